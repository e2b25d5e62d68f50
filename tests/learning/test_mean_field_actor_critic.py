"""Mean-field actor-critic: steps by hand, and where it climbs to."""

import math

import numpy as np
import pytest

from socialsim.engine.interface import Discrete, Specification
from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.environments.dilemmas import Dilemmas
from socialsim.learning.mean_field_actor_critic import MeanFieldActorCritic

UNUSED = np.zeros(4, np.uint64)


def a_state(num_actions=2, num_observations=1, **parameters):
    specification = Specification(Discrete(num_actions), Discrete(num_observations))
    state = MeanFieldActorCritic(**parameters).state(specification, 1)
    MeanFieldActorCritic.initialise(state, 0, UNUSED)
    return state


def learn(state, version, heard, observation, action, reward, following=0):
    version(MeanFieldActorCritic.announce)(state, 0, observation, action, UNUSED)
    for other in heard:
        version(MeanFieldActorCritic.witness)(state, 0, 1, 1.0, float(other))
    version(MeanFieldActorCritic.learn)(state, 0, observation, action, reward, following, UNUSED)


def test_the_actor_climbs_by_what_the_critic_thought_in_this_company(version):
    state = a_state(alpha=0.5, beta=0.1, discount=0.0)
    state.preferences[0, 0] = [0.0, math.log(3.0)]
    state.chances[0] = [0.25, 0.75]
    state.values[0, 0, 1] = [1.0, 5.0]  # one of four does action 0
    state.values[0, 0, 3] = [9.0, 9.0]
    learn(state, version, (0, 1, 1, 1), 0, 1, 7.0)
    step = 0.1 * (5.0 - (0.25 * 1.0 + 0.75 * 5.0))
    assert state.preferences[0, 0] == pytest.approx([-0.75 * step * 0 - 0.25 * step, math.log(3.0) + 0.25 * step])
    assert state.values[0, 0, 1].tolist() == [1.0, 6.0]
    assert state.values[0, 0, 3].tolist() == [9.0, 9.0]


def test_the_critic_expects_what_its_own_policy_will_do(version):
    state = a_state(num_observations=2, alpha=1.0, discount=0.5)
    state.preferences[0, 1] = [math.log(4.0), 0.0]
    state.values[0, 1, 0] = [10.0, 20.0]
    learn(state, version, (1, 1), 0, 0, 1.0, following=1)
    assert state.values[0, 0, 0, 0] == pytest.approx(1.0 + 0.5 * (0.8 * 10.0 + 0.2 * 20.0))


def test_preferences_keep_their_sum(version, stream):
    state = a_state(num_actions=3, beta=1.0)
    rng = np.random.default_rng(1)
    for _ in range(50):
        action = version(MeanFieldActorCritic.act)(state, 0, 0, stream)
        learn(state, version, rng.integers(3, size=4), 0, int(action), rng.normal())
    assert np.abs(state.preferences).max() > 0.1
    assert state.preferences.sum() == pytest.approx(0.0, abs=1e-12)


def test_an_agent_that_enters_starts_again(version, stream):
    state = a_state()
    learn(state, version, (1, 1, 1, 0), 0, 1, 3.0)
    learn(state, version, (1, 1, 1, 0), 0, 1, 3.0)
    version(MeanFieldActorCritic.initialise)(state, 0, stream)
    assert not state.preferences.any()
    assert not state.values.any()
    assert state.company[0] == 2
    assert state.chances.tolist() == [[0.5, 0.5]]


@pytest.mark.parametrize(("payoffs", "cooperation"), [(((3.0, 1.0), (2.0, 0.0)), 1.0), (((3.0, 0.0), (4.0, 1.0)), 0.0)])
def test_it_comes_to_the_dominant_action(payoffs, cooperation):
    learner = "mean_field_actor_critic:beta=0.3,alpha=0.3,discount=0.0"
    model = Scenario(Dilemmas(payoffs=payoffs), learner, "cycle:n=6", 300)
    final = run(model, replications=2, seed=1, record_every=None).runs.final_cooperation
    assert final.mean() == pytest.approx(cooperation, abs=0.1)


@pytest.mark.compiled
def test_crowds_that_would_rather_differ_come_to_the_mixed_equilibrium():
    """Hawk-dove with C - D = 1 - 3x: nobody gains by a change where a third cooperates."""
    learner = "mean_field_actor_critic:beta=0.02,alpha=0.2,discount=0.0,resolution=30"
    model = Scenario(Dilemmas(payoffs=((2.0, 1.0), (4.0, 0.0))), learner, "complete:n=200", 4000)
    late = run(model, replications=4, seed=1).series.query("step > 3000")
    assert late.mean_cooperates.mean() == pytest.approx(1.0 / 3.0, abs=0.03)
