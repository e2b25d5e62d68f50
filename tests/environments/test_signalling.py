import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from socialsim.core.errors import ParameterError
from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.engine.simulation import Simulation
from socialsim.environments.signalling import METRICS, Signalling, meanings, scenario, small
from socialsim.metrics.channels import optimal_success, success_rate


def a_pair(**parameters):
    """Return the state of a game of two, woken once if a stream is given."""
    return Signalling(**parameters).state(2)


def play_once(sender_urns, receiver_urns, num_runs, **changes):
    """Return nature's states, the acts and the success of one play of each replication, from given urns."""
    sender_urns, receiver_urns = np.array(sender_urns), np.array(receiver_urns)
    num_states, num_messages = sender_urns.shape
    sizes = {"environment.num_states": num_states, "environment.num_messages": num_messages}
    simulation = Simulation(scenario().replace(sizes | changes), seed=1, replications=range(num_runs))
    simulation.advance(0)
    simulation.learners["sender"].weights[:, 0] = sender_urns
    simulation.learners["receiver"].weights[:, 0] = receiver_urns
    simulation.advance(1)
    nature = simulation.environment.nature[:, 0]
    return nature, simulation.engine.actions[:, 1].copy(), simulation.engine.rewards.copy()


def measured(changes, steps, replications=10):
    return run(
        scenario().replace(changes | {"horizon.steps": steps}), replications=replications, seed=1, record_every=None
    )


# --- By hand ---------------------------------------------------------------------------------------------------


def test_only_the_sender_sees_the_state(version):
    env = a_pair(num_states=5)
    env.nature[0] = 4
    assert [version(Signalling.observe)(env, None, i) for i in (0, 1)] == [4, 0]


def test_one_who_may_do_both_sees_a_state_or_that_it_is_to_listen(version):
    env = Signalling(num_states=5, roles="both").state(3)
    env.nature[0], env.sender[0] = 4, 2
    assert [version(Signalling.observe)(env, None, i) for i in (0, 1, 2)] == [5, 5, 4]


@pytest.mark.parametrize(("act", "success"), [(1, 1.0), (0, 0.0)])
def test_both_are_paid_if_the_act_fits_the_state(version, act, success):
    env, rewards = a_pair(), np.full(2, -1.0)
    env.nature[0] = 1
    version(Signalling.advance)(env, None, np.array([0, 1]), np.array([0, act]), rewards, None)
    assert rewards.tolist() == [success, success]
    assert env.plays[0, 4 + act] == env.plays.sum() == 1


def test_a_play_that_nobody_is_woken_for_pays_and_counts_nothing(version):
    env, rewards = a_pair(), np.full(2, -1.0)
    version(Signalling.advance)(env, None, np.zeros(0, np.int64), np.array([0, 1]), rewards, None)
    assert rewards.tolist() == [-1.0, -1.0]
    assert not env.plays.any()


def test_a_sender_may_have_interests_of_its_own():
    table, other = ((1.0, 0.0), (0.0, 1.0)), ((0.0, 0.5), (0.5, 0.0))
    env = a_pair(payoffs=table, sender_payoffs=other)
    env.nature[0], rewards = 1, np.zeros(2)
    Signalling.advance(env, None, np.array([0, 1]), np.array([0, 0]), rewards, None)
    assert rewards.tolist() == [0.5, 0.0]


def test_old_plays_are_forgotten_block_by_block(version):
    env, rewards, pair = a_pair(window=3), np.zeros(2), np.array([0, 1])
    totals = []
    for play in range(10):
        env.nature[0] = play % 2
        version(Signalling.advance)(env, None, pair, np.array([0, 0]), rewards, None)
        totals.append(int(env.plays.sum()))
    assert totals == [1, 2, 3, 4, 5, 3, 4, 5, 3, 4]  # never fewer than the last three once there are so many
    assert env.plays[:, :4].sum() == sum(play % 2 == 0 for play in range(6, 10))


def test_states_are_drawn_from_the_prior():
    prior = (0.5, 0.3, 0.15, 0.05)
    sizes = {"environment.num_states": 4, "environment.prior": prior, "environment.window": 20_000}
    simulation = Simulation(scenario().replace(sizes), seed=1, replications=[0])
    simulation.advance(19_999)
    counts = simulation.environment.plays[0].sum(axis=0).reshape(4, -1).sum(axis=1)
    assert stats.chisquare(counts, np.array(prior) * counts.sum()).pvalue > 1e-4


def test_a_signalling_system_always_succeeds_and_its_inversion_with_one_side_never():
    system, inverted = [[1.0, 0.0], [0.0, 1.0]], [[0.0, 1.0], [1.0, 0.0]]
    for sender, receiver, success in ((system, system, 1.0), (inverted, inverted, 1.0), (system, inverted, 0.0)):
        _, _, rewards = play_once(sender, receiver, 50)
        assert (rewards == success).all()


# --- Who meets whom --------------------------------------------------------------------------------------------


def pairs(changes, plays=2000):
    """Return who sent and who received in each play, with how often."""
    simulation = Simulation(scenario().replace(changes | {"horizon.steps": plays}), seed=1, replications=[0])
    found = {}
    for step in range(plays):
        simulation.advance(step + 1)
        if simulation.engine.num_active[0, 0]:
            pair = tuple(simulation.engine.active[0].tolist())
            found[pair] = found.get(pair, 0) + 1
    return found


def test_receivers_play_with_the_senders_whom_they_hear():
    import networkx as nx

    graph = nx.empty_graph(5)
    graph.add_edges_from([(0, 2), (0, 3), (1, 3), (2, 3), (3, 4)])  # 0 and 1 send; 4 hears no sender
    found = pairs({"network": graph, "environment.num_senders": 2})
    assert set(found) == {(0, 2), (0, 3), (1, 3)}
    assert stats.chisquare([found[0, 2], found[0, 3] + found[1, 3], 2000 - sum(found.values())]).pvalue > 1e-4
    assert stats.chisquare([found[0, 3], found[1, 3]]).pvalue > 1e-4


def test_everybody_plays_both_parts_with_neighbours_where_roles_are_both():
    found = pairs({"network": "path:n=3", "environment.roles": "both"})
    assert set(found) == {(0, 1), (1, 0), (1, 2), (2, 1)}
    assert stats.chisquare([found[1, 0], found[0, 1] + found[2, 1], found[1, 2]]).pvalue > 1e-4


@pytest.mark.compiled
def test_a_population_comes_to_share_a_language():
    for changes in (
        {"network": "complete:n=6", "environment.num_senders": 3},
        {"network": "complete:n=4", "environment.roles": "both"},
    ):
        assert measured(changes, 200_000).metrics["success_rate"].value > 0.9


# --- Two roads -------------------------------------------------------------------------------------------------


@pytest.mark.compiled
@pytest.mark.parametrize(
    ("sender_urns", "receiver_urns"),
    [
        ([[3.0, 1.0], [1.0, 4.0]], [[2.0, 1.0], [1.0, 5.0]]),
        ([[1.0, 1.0], [2.0, 6.0], [5.0, 1.0]], [[4.0, 1.0, 1.0], [1.0, 3.0, 2.0]]),
    ],
)
def test_success_is_the_sum_over_states_and_messages(sender_urns, receiver_urns):
    says = np.array(sender_urns) / np.sum(sender_urns, axis=1, keepdims=True)
    does = np.array(receiver_urns) / np.sum(receiver_urns, axis=1, keepdims=True)
    joint = says @ does / len(says)  # P(state, act)
    num_runs = 8000
    nature, acts, rewards = play_once(sender_urns, receiver_urns, num_runs)
    counts = np.zeros_like(joint)
    np.add.at(counts, (nature, acts), 1)
    assert stats.chisquare(counts.ravel(), joint.ravel() * num_runs).pvalue > 1e-4
    success = success_rate(np.full(len(says), 1 / len(says)), says, does)
    assert success == pytest.approx(np.trace(joint))
    assert rewards[:, 0].mean() == pytest.approx(success, abs=4 * math.sqrt(success * (1 - success) / num_runs))
    assert (rewards[:, 0] == rewards[:, 1]).all()


def test_noise_lets_any_message_be_heard_in_place_of_the_one_said():
    system = [[1.0, 0.0], [0.0, 1.0]]
    _, _, rewards = play_once(system, system, 4000, **{"environment.noise": 0.4})
    assert rewards[:, 0].mean() == pytest.approx(0.6 + 0.4 / 2, abs=4 * math.sqrt(0.16 / 4000))


def test_what_is_reported_is_counted_from_the_acts():
    game = small().replace({"environment.num_acts": 2, "environment.window": 100})
    result = run(game, replications=20, seed=2, record="events")
    acts = result.table("act")
    for r, row in result.runs.iterrows():
        mine = acts[acts.run == r]
        assert row.receiver_payoff == pytest.approx(mine[mine.agent == 1].reward.mean())
        assert row.sender_payoff == pytest.approx(mine[mine.agent == 0].reward.mean())


@given(st.lists(st.integers(1, 4), min_size=1, max_size=3))
def test_every_state_has_its_own_attributes(sizes):
    parts = meanings(tuple(sizes))
    assert len({tuple(part) for part in parts.tolist()}) == math.prod(sizes) == len(parts)
    assert (parts.max(axis=0) == np.array(sizes) - 1).all()


# --- Theorems and limits ---------------------------------------------------------------------------------------


@pytest.mark.compiled
def test_two_states_and_two_messages_come_to_a_signalling_system():
    early = run(scenario().replace({"horizon.steps": 1000}), replications=100, seed=1, record_every=None)
    late = run(scenario(), replications=100, seed=1, record_every=None)
    assert late.metrics["success_rate"].low > 0.95
    assert late.metrics["complete_rate"].value > 0.95
    assert late.metrics["information"].value > 0.9
    assert late.metrics["success_rate"].low > early.metrics["success_rate"].high


@pytest.mark.compiled
def test_fewer_messages_than_states_bound_the_success():
    narrow = {"environment.num_states": 4, "environment.num_messages": 1}
    success = measured(narrow, 20_000, 50).metrics["success_rate"]
    assert success.value == pytest.approx(0.25, abs=0.01)
    game = Signalling(num_states=4, num_messages=2, zipf_exponent=1.0)
    best = optimal_success(game.prior_of_states(), 2)
    two = {"environment.num_states": 4, "environment.num_messages": 2, "environment.zipf_exponent": 1.0}
    assert best - 0.15 < measured(two, 100_000, 20).metrics["success_rate"].value < best + 0.01


@pytest.mark.compiled
def test_a_symbol_for_each_attribute_makes_a_complete_code_in_most_runs():
    game = {
        **{"environment.num_states": 4, "environment.num_messages": 4, "environment.attributes": (2, 2)},
        **{"environment.symbols": (2, 2), "learner.sender": "roth_erev_speller"},
    }
    rate = measured(game, 200_000, 40).metrics["complete_rate"]
    assert 0.4 < rate.value < 0.95
    assert measured(game | {"environment.payoffs": "attributes"}, 50_000, 20).metrics["success_rate"].value > 0.8


@pytest.mark.compiled
@pytest.mark.parametrize("rule", ["bush_mosteller", "q"])
def test_other_rules_come_to_signal_too(rule):
    pair = {"learner.sender": f"{rule}_sender", "learner.receiver": f"{rule}_receiver"}
    if rule == "q":
        pair |= {"learner.sender.beta": 0.001, "learner.receiver.beta": 0.001}
    assert measured(pair, 30_000).metrics["success_rate"].value > 0.95


@pytest.mark.compiled
def test_information_is_none_where_nobody_listens_to_nature():
    deaf = {"learner.sender": "uniform_random", "learner.receiver": "uniform_random", "environment.num_states": 8}
    information = measured(deaf, 15_000, 20).metrics["information"]
    assert abs(information.value) < 0.001  # the bias of plug-in estimates is taken off


def test_success_lies_between_nothing_and_certainty():
    payoff = run(small(), replications=50, record_every=None).runs.receiver_payoff
    assert ((payoff > 0) & (payoff < 1)).all()


# --- Bad input -------------------------------------------------------------------------------------------------


def test_a_network_without_a_receiver_is_refused():
    with pytest.raises(ParameterError, match=r"^network: 3 agents leave no receiver beside 3 senders; accepted"):
        run(scenario().replace({"network": "path:n=3", "environment.num_senders": 3}))


@pytest.mark.parametrize("name", ["num_states", "num_messages"])
def test_no_states_and_no_messages_are_refused(name):
    with pytest.raises(ParameterError, match=rf"^environment.{name}: 0 is not accepted; accepted: an int, >= [12]"):
        scenario().replace({f"environment.{name}": 0})


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"prior": (0.5, 0.4)}, r"^environment.prior: its chances sum to 0.9; accepted: a sum of 1$"),
        ({"prior": (1.5, -0.5)}, r"^environment.prior: -0.5 is not accepted; accepted: chances >= 0$"),
        ({"prior": (1.0,)}, r"^environment.prior: 1 chances; accepted: 2, one a state$"),
        ({"prior": (0.5, 0.5), "zipf_exponent": 1.0}, r"^environment.zipf_exponent: goes without environment.prior"),
        ({"attributes": (2, 2)}, r"^environment.attributes: \[2, 2\] is not accepted; accepted: .*num_states, 2$"),
        ({"symbols": (3,)}, r"^environment.symbols: \[3\] is not accepted; accepted: .* environment.num_messages, 2$"),
        ({"payoffs": ((1.0, 0.0),)}, r"^environment.payoffs: 1 rows of \[2\] numbers; accepted: 2 rows"),
        ({"sender_payoffs": ((1.0,), (0.0,))}, r"^environment.sender_payoffs: 2 rows of \[1\] numbers"),
        ({"payoffs": "attributes", "num_acts": 3}, r"^environment.num_acts: 3 acts do not name 2 states"),
        ({"payoffs": "attribute"}, r"payoffs: 'attribute' is not accepted"),
        ({"noise": 1.5}, r"^noise: 1.5 is not accepted; accepted: a float, >= 0, <= 1$"),
    ],
)
def test_what_does_not_fit_is_refused(values, message):
    with pytest.raises(ParameterError, match=message):
        Signalling(**values)


def test_each_side_has_its_learner_by_default_and_none_of_another_type():
    assert set(Scenario(Signalling(), {}, "path:n=2").learners) == {"sender", "receiver"}
    assert set(Scenario(Signalling(roles="both"), {}, "path:n=2", 10, METRICS).learners) == {"agent"}
    with pytest.raises(ParameterError, match="unknown agent type 'speaker'"):
        Scenario(Signalling(), {"speaker": "roth_erev_sender"}, "path:n=2")


# --- What cannot be told ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "plays", "is_told"),
    [
        ({}, 39, False),
        ({}, 40, True),
        ({"environment.prior": (0.9, 0.1)}, 199, False),
        ({"environment.prior": (0.9, 0.1)}, 200, True),
        ({"environment.payoffs": ((1.0, 1.0), (0.0, 1.0))}, 5000, False),  # in the first state the act does not matter
        ({"environment.noise": 1.0}, 5000, False),
    ],
)
def test_whether_a_system_is_complete_is_undefined_where_plays_cannot_tell(changes, plays, is_told):
    result = measured(changes, plays)
    assert result.runs.complete.notna().all() == result.runs.complete.notna().any() == is_told
    assert bool(result.metrics["complete_rate"].reason) != is_told


def test_without_a_play_every_measure_is_undefined():
    result = measured({}, 0)
    for name in ("receiver_payoff", "modal_payoff", "information", "acted_information", "complete"):
        assert result.runs[name].isna().all()
    assert [result.metrics[name].reason for name in ("success_rate", "information")] == ["nothing was played"] * 2
