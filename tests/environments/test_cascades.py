"""Cascades and the voter model in discrete time."""

import math

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from socialsim.core.errors import ParameterError
from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.engine.simulation import Simulation
from socialsim.environments.cascades import Cascades, scenario
from socialsim.learning.threshold import Threshold
from socialsim.testing.strategies import networks


def crowd(network, learner="threshold", steps=1000, **parameters):
    return Scenario(Cascades(**parameters), learner, network, steps)


def voters(network, steps=10**6, **parameters):
    return crowd(network, "imitation", steps, observation="neighbour", irreversible=False, **parameters)


def a_state(opinion, **parameters):
    state = Cascades(**parameters).state(len(opinion))
    state.opinion[:] = opinion
    state.holders[:] = np.bincount(opinion, minlength=2)
    return state


# --- By hand ---------------------------------------------------------------------------------------------------


def test_a_step_by_hand(version, stream):
    env = a_state([1, 0, 0, 1], zealots=(1, 0), zealot_agents=(2,))
    env.is_zealot[2] = 1
    links = Simulation(crowd("cycle:n=4"), seed=1, replications=[0]).networks[0]
    version(Cascades.advance)(env, fixed(links), np.array([0, 1, 1, 1]), np.zeros(4), stream)
    assert env.opinion.tolist() == [1, 1, 0, 1]  # the first cannot turn back, the third is a zealot
    assert env.holders.tolist() == [1, 3]
    assert env.changes[0] == 1


def fixed(network):
    """Return a network as compiled functions see it."""
    from socialsim.engine.links import KINDS, PRESENT, Links

    presence = np.full(network.num_agents, PRESENT)
    kind = KINDS[network.kind]
    return Links(
        kind, network.num_agents, network.indptr, network.sources, np.zeros(0), np.zeros(0, np.int64), presence
    )


@pytest.mark.parametrize("network", ["path:n=4", "complete:n=4"])
def test_agents_see_the_share_of_those_they_hear(version, network):
    env, out, shares = a_state([1, 1, 0, 0]), np.zeros(2), []
    links = fixed(Scenario(Cascades(), "threshold", network).network.draw())
    for i in range(4):
        version(Cascades.observe)(env, links, i, out)
        assert out[0] == env.opinion[i]
        shares.append(out[1])
    assert shares == ([1.0, 0.5, 0.5, 0.0] if network == "path:n=4" else [1 / 3, 1 / 3, 2 / 3, 2 / 3])


def test_media_stand_in_for_their_share_of_what_is_seen(version):
    env, out = a_state([1, 0, 0], media=(0.1, 0.3)), np.zeros(2)
    version(Cascades.observe)(env, fixed(Scenario(Cascades(), "threshold", "path:n=3").network.draw()), 1, out)
    assert out[1] == pytest.approx(0.6 * 0.5 + 0.3)


def test_a_line_topples_one_by_one():
    line = crowd("path:n=6", "threshold:threshold=0.5", seed_agents=(0,))
    result = run(line, replications=1)
    assert result.runs.steps.tolist() == [6]  # five steps, and one in which nothing happens
    assert result.runs.verdict.tolist() == [1]
    stuck = run(line.replace({"learner.threshold": 0.6}), replications=1)
    assert (stuck.runs.verdict[0], stuck.runs.steps[0], stuck.runs.share_active[0]) == (2, 1, 1 / 6)


def riot(thresholds):
    community = crowd(f"complete:n={len(thresholds)}", Threshold(values=tuple(thresholds)), seeds=0)
    return run(community, replications=1).runs


def test_granovetters_hundred_all_riot_and_with_one_threshold_changed_one_does():
    """Thresholds 0, 1, ..., 99 of a hundred; then nobody has threshold 1 and two have 2."""
    all_in = riot([k / 100 for k in range(100)])
    assert (all_in.verdict[0], all_in.share_active[0], all_in.steps[0]) == (1, 1.0, 101)
    one = riot([0.0, 0.02, *(k / 100 for k in range(2, 100))])
    assert (one.verdict[0], one.share_active[0]) == (2, 0.01)


def test_two_voters_who_hear_each_other_swap_for_ever():
    pair = voters("path:n=2", 1000, seeds=1, ends="consensus")
    assert run(pair, replications=5, seed=1).runs.stop.tolist() == ["horizon"] * 5


@pytest.mark.parametrize(("seeds", "count"), [(3, 3), (0, 0), (0.25, 3), (12, 12), (0.9, 11)])
def test_seeds_are_a_count_or_a_share(seeds, count):
    simulation = Simulation(crowd("cycle:n=12", seeds=seeds), seed=1, replications=range(20))
    simulation.advance(0)
    assert simulation.environment.holders.tolist() == [[12 - count, count]] * 20
    assert (simulation.environment.opinion.sum(axis=1) == count).all()


@pytest.mark.parametrize("seeds", [4, 9])
def test_seeds_are_anybody_but_zealots_alike(seeds):
    simulation = Simulation(
        crowd("cycle:n=12", seeds=seeds, zealots=(2, 0), zealot_agents=(0, 5)), seed=1, replications=range(3000)
    )
    simulation.advance(0)
    share = simulation.environment.opinion.mean(axis=0)
    assert share[[0, 5]].tolist() == [0.0, 0.0]
    others = np.delete(share, [0, 5])
    assert others == pytest.approx(np.full(10, seeds / 10), abs=4 * math.sqrt(0.25 / 3000))


# --- Invariants ------------------------------------------------------------------------------------------------


@settings(max_examples=20)
@given(networks(), st.floats(-0.1, 1.1), st.floats(0, 1), st.booleans(), st.integers(0, 2**32))
def test_a_cascade_agrees_with_the_rule_written_out(network, threshold, seeds, irreversible, seed):
    model = crowd(network, f"threshold:threshold={threshold}", 6, seeds=seeds, irreversible=irreversible)
    simulation = Simulation(model, seed=seed, replications=[0])
    simulation.advance(0)
    opinion = simulation.environment.opinion[0].astype(int)
    rows = [list(graph_row) for graph_row in heard(network)]
    for step in range(1, 7):
        simulation.advance(step)
        shares = [sum(opinion[j] for j in row) / len(row) if row else 0.0 for row in rows]
        following = np.array([share >= threshold for share in shares]).astype(int)
        if irreversible:
            following = np.maximum(following, opinion)
        assert simulation.environment.opinion[0].tolist() == following.tolist()
        assert simulation.environment.holders[0].tolist() == np.bincount(following, minlength=2).tolist()
        if (following == opinion).all():
            assert simulation.verdict[0] in (0, 1, 2)
            break
        opinion = following


def heard(network):
    """Return whom each agent hears."""
    if network.kind == "complete":
        return [[j for j in range(network.num_agents) if j != i] for i in range(network.num_agents)]
    return [network.sources[a:b] for a, b in zip(network.indptr[:-1], network.indptr[1:], strict=True)]


@settings(max_examples=10)
@given(networks(), st.integers(0, 2**32))
def test_one_sees_only_those_one_hears(network, seed):
    simulation = Simulation(voters(network, 20, ends="never"), seed=seed, replications=range(3))
    rows = [set(map(int, row)) for row in heard(network)]
    for step in range(4):
        simulation.advance(step)
        for model in simulation.environment.model:
            assert all(
                int(j) in row or (not row and j == i) for i, (j, row) in enumerate(zip(model, rows, strict=True))
            )


def test_who_has_left_is_not_seen():
    from socialsim.engine.scenario import PresenceEvent

    star = nx.star_graph(4)  # the centre hears four, of whom two are active and one of these leaves
    events = (PresenceEvent(0, 1, "leave"),)
    model = Scenario(
        Cascades(seeds=2, seed_agents=(1, 2), irreversible=False),
        "threshold:threshold=0.4",
        star,
        1,
        presence_events=events,
    )
    assert run(model, replications=1).agents.opinion[0] == 0  # 1 of 3
    alone = model.replace({"learner.threshold": 0.33})
    assert run(alone, replications=1).agents.opinion[0] == 1


# --- Theorems --------------------------------------------------------------------------------------------------


@pytest.mark.compiled
@pytest.mark.parametrize("graph", [nx.lollipop_graph(4, 3), nx.karate_club_graph()], ids=["lollipop", "karate"])
def test_opinions_follow_random_walks_backwards(graph):
    """Duality: P(o_i(t) = 1) = (P^t o(0))_i."""
    adjacency = nx.to_numpy_array(graph, weight=None)
    walk = adjacency / adjacency.sum(axis=1, keepdims=True)
    first = tuple(range(3))
    expected = np.linalg.matrix_power(walk, 4) @ np.isin(np.arange(len(graph)), first)
    simulation = Simulation(
        voters(graph, 4, seeds=3, seed_agents=first, ends="never"), seed=1, replications=range(8000)
    )
    simulation.advance(4)
    found = simulation.environment.opinion.mean(axis=0)
    assert found == pytest.approx(expected, abs=4.5 * math.sqrt(0.25 / 8000))


def matrix_of_the_complete_network(n):
    """Return the chain of the number of agents who hold opinion 1, one step of everybody at once."""
    from scipy.stats import binom

    rows = []
    for m in range(n + 1):
        stay = binom.pmf(np.arange(m + 1), m, max(m - 1, 0) / (n - 1))
        turn = binom.pmf(np.arange(n - m + 1), n - m, m / (n - 1))
        rows.append(np.convolve(stay, turn))
    return np.array(rows)


@pytest.mark.compiled
def test_voters_on_the_complete_network_agree_as_often_and_as_fast_as_their_chain_says():
    n, n1 = 20, 6
    chain = matrix_of_the_complete_network(n)
    inner = chain[1:-1, 1:-1]
    steps = np.linalg.solve(np.eye(n - 1) - inner, np.ones(n - 1))
    wins = np.linalg.solve(np.eye(n - 1) - inner, chain[1:-1, -1])
    assert wins == pytest.approx(np.arange(1, n) / n)  # the martingale
    runs = run(voters(f"complete:n={n}", seeds=n1, ends="consensus"), replications=4000, seed=2, record_every=None).runs
    assert runs.verdict.mean() == pytest.approx(n1 / n, abs=4 * math.sqrt(0.21 / 4000))
    assert runs.steps.mean() == pytest.approx(steps[n1 - 1], abs=4 * runs.steps.std() / math.sqrt(4000))


@pytest.mark.compiled
def test_a_normal_crowd_comes_to_rest_where_its_distribution_says():
    """Granovetter's figure 2: from a standard deviation of 12.2 % to 12.3 % a handful becomes everybody."""
    wide = crowd("complete:n=200000", "threshold:distribution=normal,threshold=0.25,spread=0.1", seeds=0)
    few = run(wide, replications=1, seed=1, record_every=None).runs.share_active[0]
    assert few == pytest.approx(0.0077, abs=4 * math.sqrt(0.0077 / 200000) / 0.8)
    many = run(wide.replace({"learner.spread": 0.14}), replications=1, seed=1, record_every=None).runs.share_active[0]
    assert many > 0.99


def test_a_medium_starts_a_cascade_alone():
    quiet = crowd("cycle:n=30", "threshold:threshold=0.2", seeds=0)
    assert run(quiet, replications=1).runs.share_active[0] == 0.0
    assert run(quiet.replace({"environment.media": [0.0, 0.2]}), replications=1).runs.share_active[0] == 1.0


def test_zealots_against_it_stop_a_cascade():
    line = crowd("path:n=7", "threshold:threshold=0.5", seed_agents=(0,), zealots=(1, 0), zealot_agents=(3,))
    assert run(line, replications=1).agents.opinion.tolist() == [1, 1, 1, 0, 0, 0, 0]


# --- Measures --------------------------------------------------------------------------------------------------


@pytest.mark.compiled
def test_a_cascade_in_the_window_is_rare_or_large():
    metrics = run(scenario(), replications=100, seed=1, record_every=None).metrics
    assert 0.6 < metrics["global_cascade_rate"].value < 0.95
    assert metrics["size_of_global_cascades"].value > 0.95
    assert metrics["consensus_rate"].value < 0.5
    without = run(scenario().replace({"learner.threshold": 0.6}), replications=20, seed=1, record_every=None).metrics
    assert without["size_of_global_cascades"].reason == "no cascade was global"


# --- Bad input -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"observation": "neighbour"}, "ends: 'rest' is not accepted with observation=neighbour"),
        ({"zealots": (1, 1, 1)}, "accepted: 2 numbers >= 0"),
        ({"media": (0.0, 1.5)}, "accepted: chances of sum at most 1"),
        ({"seeds": -1}, "seeds: -1 is not accepted"),
    ],
)
def test_parameters_that_do_not_fit_are_refused(parameters, message):
    with pytest.raises(ParameterError, match=message):
        Cascades(**parameters)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"seeds": 13}, "environment.seeds: 13 is not accepted; accepted: a number of agents from 0 to 12"),
        ({"seeds": 11, "zealots": (2, 0)}, "beside 2 zealots; accepted: at most 10"),
        ({"seeds": 2, "seed_agents": (3,)}, "environment.seed_agents: .* accepted: 2 different agents from 0 to 11"),
        ({"seed_agents": (3,), "zealots": (1, 0), "zealot_agents": (3,)}, r"seed_agents: \[3\] are zealots"),
    ],
)
def test_seeds_must_be_agents_of_the_network(parameters, message):
    with pytest.raises(ParameterError, match=message):
        run(crowd("cycle:n=12", **parameters), replications=1)


def test_each_learner_says_what_it_must_see():
    with pytest.raises(ParameterError, match="observation=neighbour"):
        run(crowd("cycle:n=12", "imitation"), replications=1)
    with pytest.raises(ParameterError, match="observation=share"):
        run(crowd("cycle:n=12", observation="neighbour", ends="never"), replications=1)
