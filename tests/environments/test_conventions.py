import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from socialsim.core.errors import ParameterError
from socialsim.engine.interface import Specification
from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.environments.conventions import METRICS, Conventions, small
from socialsim.environments.conventions.theory import (
    adaptive_play_chain,
    critical_share,
    errors_to_leave,
    least_errors,
    reply_chances,
    revision_chain,
    stationary,
    waiting_time,
)

UNLIKELY = 1e-4
STAG = ((5.0, 0.0), (4.0, 3.0))  # action 0 pays more, action 1 is risk dominant
YIELD = {"payoffs": ((-1.0, 3.0), (2.0, 1.0)), "column_payoffs": ((-1.0, 2.0), (3.0, 1.0))}
UNIFORM = "adaptive_play:memory=1,sample=1,error=1.0"


def acts_of(environment, learner, network, steps, replications=20):
    model = Scenario(environment, learner, network, steps, METRICS)
    return run(model, replications=replications, seed=4, record="events")


# --- By hand: who meets whom, and what is paid ------------------------------------------------------------------


@pytest.mark.compiled
def test_two_who_meet_are_paid_by_the_matrix():
    acts = acts_of(Conventions(payoffs=STAG), UNIFORM, "complete:n=5", 100).table("act")
    pairs = acts.groupby(["run", "step"])
    assert (pairs.size() == 2).all()
    first, second = pairs.nth(0).reset_index(), pairs.nth(1).reset_index()
    assert (first.agent != second.agent).all()
    game = np.array(STAG)
    assert (first.reward == game[first.action, second.action]).all()
    assert (second.reward == game[second.action, first.action]).all()


def test_what_is_seen_is_what_the_first_action_would_have_paid_in_the_last_meeting():
    acts = (
        acts_of(Conventions(payoffs=STAG), UNIFORM, "path:n=2", 50).table("act").sort_values(["run", "agent", "step"])
    )
    other = acts.groupby(["run", "step"]).action.transform("sum") - acts.action
    expected = np.where(other.groupby([acts.run, acts.agent]).shift() == 0, 5.0, 0.0)
    later = acts.step > 0
    assert (acts.observation[later] == expected[later]).all()


@pytest.mark.compiled
def test_fixed_roles_meet_across_classes_and_are_paid_by_their_own_matrix():
    game = Conventions(roles="fixed", **YIELD)
    acts = acts_of(game, UNIFORM, "complete:n=5", 100).table("act")
    acts["role"] = (acts.agent >= 3).astype(int)
    wide = acts.pivot(index=["run", "step"], columns="role", values=["action", "reward"])
    rows, columns = wide["action"][0].astype(int), wide["action"][1].astype(int)
    assert (wide["reward"][0] == np.array(YIELD["payoffs"])[rows, columns]).all()
    assert (wide["reward"][1] == np.array(YIELD["column_payoffs"])[rows, columns]).all()


def test_whoever_has_nobody_of_the_other_class_to_meet_does_not_play():
    pairs = nx.Graph([(0, 1), (2, 3)])  # 0 and 1 are rows, 2 and 3 are columns
    result = acts_of(Conventions(roles="fixed"), UNIFORM, pairs, 30, replications=3)
    assert "act" not in result.tables or result.table("act").empty


@pytest.mark.compiled
def test_one_who_chooses_against_its_neighbours_sees_and_gets_the_mean():
    game = Conventions(payoffs=STAG, meeting="neighbours", start=1)
    result = acts_of(game, "adaptive_play:memory=1,sample=1,error=0.0", "cycle:n=6", 40)
    acts = result.table("act")
    assert (acts.observation == 0.0).all()  # action 0 pays nothing against neighbours who do 1
    assert (acts.reward == 3.0).all()
    assert (acts.action == 1).all()


def test_times_and_verdicts_say_when_and_on_what_all_agree():
    model = Scenario(Conventions(stop_at=1.0), "adaptive_play:error=0.0", "complete:n=10", 50_000, METRICS)
    runs = run(model, replications=40, seed=1, record_every=None).runs
    assert (runs.stop == "done").all()
    assert (runs.agreement == 1.0).all()
    assert (runs.verdict == runs.modal_action).all()
    assert (runs.time_100 == runs.steps).all()
    assert (runs.time_80 <= runs.time_90).all()
    assert (runs.time_90 <= runs.time_100).all()
    assert set(runs.verdict) == {0, 1}


def test_a_run_that_starts_in_a_convention_ends_at_another_only():
    game = Conventions(payoffs=STAG, meeting="neighbours", start=0, stop_at=1.0)
    learner = "adaptive_play:memory=1,sample=1,error=0.1"
    runs = run(Scenario(game, learner, "cycle:n=6", 20_000), replications=200, seed=2, record_every=None).runs
    assert (runs.verdict == 1).all()
    chain = revision_chain(STAG, nx.to_numpy_array(nx.cycle_graph(6)), error=0.1)
    exact = waiting_time(chain, 0, np.arange(64) == 63)
    assert stats.ttest_1samp(runs.time_100, exact).pvalue > UNLIKELY


@pytest.mark.compiled
def test_all_who_start_alike_and_never_err_stay_so():
    model = Scenario(Conventions(start=0), "adaptive_play:error=0.0", "complete:n=20", 2000, METRICS)
    result = run(model, replications=10, seed=1, record_every=None)
    assert (result.runs.modal_action == 0).all()
    assert result.metrics["mean_agreement"].value == 1.0
    assert result.metrics["same_share"].value == 1.0


@pytest.mark.compiled
@pytest.mark.parametrize(("meeting", "acting"), [("pairs", 2), ("neighbours", 1)])
def test_the_time_to_a_convention_counts_how_often_each_acts(meeting, acting):
    model = Scenario(Conventions(meeting=meeting), "adaptive_play:error=0.0", "complete:n=10", 2000, METRICS)
    result = run(model, replications=10, seed=1, record_every=None)
    runs = result.runs[result.runs.time_90.notna()]
    assert len(runs) > 3
    assert result.metrics["time_to_convention"].value == pytest.approx(acting * runs.time_90.mean() / 10)


@pytest.mark.parametrize(
    ("values", "network"), [({"meeting": "neighbours"}, "cycle:n=5"), ({}, nx.empty_graph(4)), ({}, "complete:n=1")]
)
def test_where_no_two_meet_what_meetings_would_show_is_undefined(values, network):
    model = Scenario(Conventions(**values), "adaptive_play", network, 50, METRICS)
    result = run(model, replications=3, seed=1, record_every=None)
    assert result.runs[["same_share", "first_share"]].isna().all(axis=None)
    assert result.metrics["same_share"].reason == "no two met"


@pytest.mark.parametrize("roles", ["none", "fixed"])
def test_one_agent_alone_has_nobody_to_agree_with(roles):
    model = Scenario(Conventions(roles=roles), "adaptive_play", "complete:n=1", 50, METRICS)
    found = run(model, replications=3, seed=1, record_every=None).metrics
    for name in ("mean_agreement", "converged_share"):
        assert found[name].reason == "one agent has nobody to agree with"
    assert found["time_to_convention"].reason == "in no run nine of ten agents followed one action"
    assert found["first_convention"].reason == "no run ended with one action followed by all but a tenth"


# --- Two roads: exact chains against simulation, and against each other -----------------------------------------


@pytest.mark.compiled
@pytest.mark.parametrize("column_payoffs", [(), ((1.0, 0.0), (0.0, 2.0))])
def test_two_players_follow_the_exact_chain_of_histories(column_payoffs):
    game = Conventions(payoffs=STAG, column_payoffs=column_payoffs, roles="fixed" if column_payoffs else "none")
    model = Scenario(game, "adaptive_play:memory=3,sample=2,error=0.2", "path:n=2", 20_000)
    runs = run(model, replications=100, seed=3, record_every=None).runs
    shares = stationary(adaptive_play_chain(STAG, 3, 2, 0.2, column_payoffs or None))
    states = np.arange(64)
    rows, columns = states & 1, states >> 3 & 1
    assert stats.ttest_1samp(runs.first_share, shares[(rows == 0) & (columns == 0)].sum()).pvalue > UNLIKELY
    assert stats.ttest_1samp(runs.same_share, shares[rows == columns].sum()).pvalue > UNLIKELY


def test_the_chain_of_those_who_all_meet_is_a_birth_and_death_chain():
    chain = revision_chain(STAG, ~np.eye(6, dtype=bool), error=0.1)
    shares, ones = stationary(chain), np.array([state.bit_count() for state in range(64)])
    exact = np.ones(7)  # up with chance (6 - k)/6 a(k) seen by a 0, down k/6 (1 - a(k - 1)) seen by a 1
    game = np.array(STAG)
    replies = [0.05 + 0.9 * float(np.argmax(game @ [5 - k, k])) for k in range(6)]
    for k in range(6):
        exact[k + 1] = exact[k] * (6 - k) * replies[k] / ((k + 1) * (1 - replies[k]))
    assert np.bincount(ones, shares) == pytest.approx(exact / exact.sum())


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 9), st.integers(1, 9), st.sampled_from([(2, 1), (3, 1), (4, 2)]))
def test_the_cheapest_way_out_costs_what_youngs_formula_says(first, second, sizes):
    game, (memory, sample) = ((float(first), 0.0), (0.0, float(second))), sizes
    assert least_errors(game, memory, sample) == errors_to_leave(game, sample)


def test_samples_are_hypergeometric():
    chances = reply_chances(((1.0, 0.0), (0.0, 1.0)), memory=7, sample=3)
    exact = [stats.hypergeom(7, ones, 3).sf(1) for ones in range(8)]
    assert chances == pytest.approx(exact)


def test_a_stationary_distribution_is_that_of_the_linear_system():
    chain = np.random.default_rng(1).dirichlet(np.ones(9), size=9)
    assert stationary(chain) @ chain == pytest.approx(stationary(chain))


# --- Theorems --------------------------------------------------------------------------------------------------


def test_as_errors_vanish_all_time_is_spent_in_the_risk_dominant_convention():
    shares = [stationary(adaptive_play_chain(STAG, 4, 2, error))[-1] for error in (0.1, 0.01, 0.001)]
    assert shares == sorted(shares)
    assert shares[-1] > 0.99


def test_neighbours_make_the_wait_shorter_and_independent_of_their_number():
    waits = {}
    for name, build in (("ring", nx.cycle_graph), ("complete", nx.complete_graph)):
        for size in (6, 9):
            chain = revision_chain(STAG, nx.to_numpy_array(build(size)), error=0.05)
            waits[name, size] = waiting_time(chain, 0, np.arange(2**size) == 2**size - 1) / size
    assert waits["ring", 9] < waits["ring", 6] < waits["complete", 6]
    assert waits["ring", 9] < waits["complete", 9]


@given(st.floats(0.1, 10.0), st.floats(0.1, 10.0), st.floats(-5.0, 5.0), st.floats(-5.0, 5.0))
def test_at_the_critical_share_both_actions_pay_the_same(first, second, third, fourth):
    game = np.array([[third + first, fourth], [third, fourth + second]])
    share = critical_share(game)
    values = game @ np.array([share, 1.0 - share])
    assert values[0] == pytest.approx(values[1], abs=1e-9)


# --- Bad input --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"payoffs": ((1.0, 0.0), (1.0,))}, "payoffs: .* accepted: m rows of m finite numbers"),
        ({"payoffs": ()}, "payoffs: .* accepted: m rows"),
        ({"column_payoffs": ((1.0,),), "roles": "drawn"}, "column_payoffs: 1 rows are not accepted; .* 2, or none"),
        ({"column_payoffs": ((1.0, 0.0), (0.0, 1.0))}, "column_payoffs: not accepted without roles"),
        ({"roles": "fixed", "meeting": "neighbours"}, "roles: 'fixed' is not accepted with meeting=neighbours"),
        ({"roles": "drawn"}, "observation: 'payoffs' is not accepted with roles=drawn"),
        ({"start": 2}, "start: 2 is not accepted; accepted: -1, or an action from 0 to 1"),
        ({"stop_at": 1.5}, "stop_at: 1.5 is not accepted"),
    ],
)
def test_settings_that_contradict_each_other_are_refused(values, words):
    with pytest.raises(ParameterError, match=words):
        Conventions(**values)


def test_learners_that_see_too_little_or_too_much_are_told_what_to_ask_for():
    with pytest.raises(ParameterError, match="observation=payoffs"):
        run(small().replace({"environment.roles": "drawn", "environment.observation": "role"}), replications=1)
    with pytest.raises(ParameterError, match="observation=role"):
        run(small().replace({"learner": "q_learning"}), replications=1)


def test_games_that_are_no_coordination_games_and_chains_that_are_too_large_are_refused():
    with pytest.raises(ParameterError, match="A00 > A10 and A11 > A01"):
        critical_share(((0.0, 1.0), (1.0, 0.0)))
    with pytest.raises(ParameterError, match="memory: 9 is not accepted; accepted: at most 6"):
        adaptive_play_chain(STAG, 9, 2, 0.1)
    with pytest.raises(ParameterError, match="13 agents are not accepted; accepted: at most 12"):
        revision_chain(STAG, ~np.eye(13, dtype=bool), 0.1)


def test_facts_tell_the_range_of_rewards():
    specification = Conventions(payoffs=STAG).specification("agent", 4)
    assert isinstance(specification, Specification)
    assert specification.fact("reward_range") == (0.0, 5.0)
    assert specification.fact("mean_rewards")[0].tolist() == [2.5, 3.5]
