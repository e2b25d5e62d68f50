import math

import numpy as np
import pytest
from scipy import stats

from socialsim.core.errors import ParameterError
from socialsim.engine.run import run
from socialsim.engine.simulation import Simulation
from socialsim.environments.signalling import LEARNERS, RECENT, Signalling, scenario, small


def play_once(sender_urns, receiver_urns, num_runs):
    """Return nature's states, the acts and the success of one play of each replication, from given urns."""
    sender_urns, receiver_urns = np.array(sender_urns), np.array(receiver_urns)
    num_states, num_messages = sender_urns.shape
    sizes = {"environment.num_states": num_states, "environment.num_messages": num_messages}
    simulation = Simulation(scenario().replace(sizes), seed=1, replications=range(num_runs))
    simulation.advance(0)
    simulation.learners["sender"].weights[:, 0] = sender_urns
    simulation.learners["receiver"].weights[:, 0] = receiver_urns
    nature = simulation.environment.nature[:, 0].copy()
    simulation.advance(1)
    return nature, simulation.engine.actions[:, 1].copy(), simulation.engine.rewards.copy()


# --- By hand ---------------------------------------------------------------------------------------------------


def test_only_the_sender_sees_the_state(version):
    env = Signalling(num_states=5).state(2)
    env.nature[0] = 4
    assert [version(Signalling.observe)(env, None, i) for i in (0, 1)] == [4, 0]


@pytest.mark.parametrize(("act", "success"), [(1, 1.0), (0, 0.0)])
def test_both_are_paid_if_the_act_fits_the_state(version, stream, act, success):
    env, rewards = Signalling().state(2), np.full(2, -1.0)
    env.nature[0] = 1
    version(Signalling.advance)(env, None, np.array([0, act]), rewards, stream)
    assert rewards.tolist() == [success, success]
    assert env.recent_success[0] == 0.5 + RECENT * (success - 0.5)
    assert env.nature[0] in (0, 1)


def test_states_are_drawn_uniformly(stream):
    env, rewards, counts = Signalling(num_states=5).state(2), np.zeros(2), np.zeros(5)
    for _ in range(3000):
        Signalling.advance(env, None, np.array([0, 0]), rewards, stream)
        counts[env.nature[0]] += 1
    assert stats.chisquare(counts).pvalue > 1e-4


def test_a_signalling_system_always_succeeds_and_its_inversion_with_one_side_never():
    system, inverted = [[1.0, 0.0], [0.0, 1.0]], [[0.0, 1.0], [1.0, 0.0]]
    for sender, receiver, success in ((system, system, 1.0), (inverted, inverted, 1.0), (system, inverted, 0.0)):
        _, _, rewards = play_once(sender, receiver, 50)
        assert (rewards == success).all()


# --- Two roads -------------------------------------------------------------------------------------------------


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
    success = np.trace(joint)
    assert rewards[:, 0].mean() == pytest.approx(success, abs=3 * math.sqrt(success * (1 - success) / num_runs))
    assert (rewards[:, 0] == rewards[:, 1]).all()


# --- Theorems and limits ---------------------------------------------------------------------------------------


def test_two_states_and_two_messages_come_to_a_signalling_system():
    early = run(scenario().replace({"horizon.steps": 1000}), replications=200, seed=1, record_every=None)
    late = run(scenario(), replications=200, seed=1, record_every=None)
    assert late.metrics["recent_success"].low > 0.95
    assert (late.runs.recent_success > 0.95).mean() > 0.9
    assert late.metrics["recent_success"].low > early.metrics["recent_success"].high


def test_fewer_messages_than_states_bound_the_success_by_their_ratio():
    narrow = scenario().replace({"environment.num_states": 4, "environment.num_messages": 1, "horizon.steps": 20_000})
    success = run(narrow, replications=50, seed=1, record_every=None).metrics["recent_success"]
    assert success.low <= 0.25 <= success.high


def test_success_lies_between_nothing_and_certainty():
    success = run(small(), replications=50, record_every=None).runs.recent_success
    assert ((success > 0) & (success < 1)).all()


# --- Bad input -------------------------------------------------------------------------------------------------


def test_a_network_of_another_size_is_refused():
    with pytest.raises(ParameterError, match=r"^network: signalling needs 2 agents, a sender and a receiver, not 3$"):
        run(scenario().replace({"network": "path:n=3"}))


@pytest.mark.parametrize("name", ["num_states", "num_messages"])
def test_no_states_and_no_messages_are_refused(name):
    with pytest.raises(ParameterError, match=rf"^environment.{name}: 0 is not accepted; accepted: an int, >= [12]"):
        scenario().replace({f"environment.{name}": 0})


def test_each_side_has_its_learner():
    assert set(LEARNERS) == set(Signalling.agent_types)
    with pytest.raises(ParameterError, match="none for agent type 'receiver'"):
        type(scenario())(Signalling(), {"sender": "roth_erev_sender"}, "path:n=2")
