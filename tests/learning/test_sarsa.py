"""Sarsa: by hand, and the value of what one really does."""

import numpy as np
import pytest

from socialsim.engine.interface import Discrete, Specification
from socialsim.engine.scenario import Scenario
from socialsim.engine.simulation import Simulation
from socialsim.environments.repeated_game import RepeatedGame
from socialsim.learning.q_learning import QLearning
from socialsim.learning.sarsa import Sarsa

UNUSED = np.zeros(4, np.uint64)


def a_state(num_agents=1, **parameters):
    return Sarsa(**parameters).state(Specification(Discrete(2), Discrete(2)), num_agents)


def test_an_act_is_valued_by_the_next_one(version):
    """Two observations; on the second the worse action is taken, which a Q-learner would not count on."""
    state, learn = a_state(alpha=0.5, discount=0.9), version(Sarsa.learn)
    state.values[0] = [[0.0, 0.0], [10.0, 4.0]]
    learn(state, 0, 0, 1, 5.0, 1, UNUSED)
    assert state.values[0].tolist() == [[0, 0], [10, 4]]  # what comes next is not known yet
    learn(state, 0, 1, 1, 2.0, 0, UNUSED)
    assert state.values[0].tolist() == [[0, 0.5 * (5 + 0.9 * 4)], [10, 4]]
    learn(state, 0, 0, 0, 7.0, 1, UNUSED)
    assert state.values[0].tolist() == [[0, 4.3], [10, 4 + 0.5 * (2 + 0.9 * 0 - 4)]]


def test_without_a_future_it_is_q_learning_one_act_later():
    sarsa, q_learner = a_state(discount=0.0), QLearning(discount=0.0).state(Specification(Discrete(2), Discrete(2)), 1)
    rng = np.random.default_rng(1)
    history = [(*rng.integers(2, size=2), *rng.normal(size=1), rng.integers(2)) for _ in range(30)]
    for step, (observation, action, reward, following) in enumerate(history):
        Sarsa.learn(sarsa, 0, observation, action, reward, following, UNUSED)
        assert sarsa.values.tolist() == q_learner.values.tolist(), step
        QLearning.learn(q_learner, 0, observation, action, reward, following, UNUSED)


def test_who_enters_owes_nothing(version, stream):
    state = a_state(num_agents=2, initial_value=1.0)
    version(Sarsa.learn)(state, 0, 0, 1, 5.0, 1, UNUSED)
    version(Sarsa.learn)(state, 1, 0, 1, 5.0, 1, UNUSED)
    version(Sarsa.initialise)(state, 1, stream)
    version(Sarsa.learn)(state, 0, 1, 1, 2.0, 0, UNUSED)
    version(Sarsa.learn)(state, 1, 1, 1, 2.0, 0, UNUSED)
    assert state.values[0, 0, 1] != 1.0
    assert (state.values[1] == 1.0).all()


def test_it_settles_when_its_strategy_stays(version):
    state, learn = a_state(patience=3, alpha=0.5, discount=0.0), version(Sarsa.learn)
    verdicts = []
    for _ in range(6):
        learn(state, 0, 0, 1, 5.0, 0, UNUSED)
        verdicts.append(int(version(Sarsa.settled)(state, 0)))
    assert verdicts == [-1, -1, -1, -1, 0, 0]  # the first values nothing, the second makes 1 the best action


@pytest.mark.compiled
@pytest.mark.parametrize(
    ("learner", "share"),
    [(Sarsa, lambda epsilon: 1 - epsilon / 2), (QLearning, lambda epsilon: 1.0)],
    ids=["sarsa", "q_learning"],
)
def test_values_are_those_of_the_policy_that_explores(learner, share):
    """Against a defector defection pays 1 and cooperation 0: V = share of defection / (1 - gamma), Q = r + gamma V."""
    epsilon, discount = 0.4, 0.8
    learners = {
        "row": learner(alpha=0.02, discount=discount, epsilon=epsilon),
        "column": "constant:action=1",
    }
    simulation = Simulation(Scenario(RepeatedGame(), learners, "path:n=2", 30_000), seed=1, replications=range(40))
    simulation.advance(30_000)
    values = simulation.learners["row"].values[:, 0, [2, 4]].mean(axis=(0, 1))  # after either act of one's own
    value = share(epsilon) / (1 - discount)
    assert values == pytest.approx([discount * value, 1 + discount * value], abs=0.03)
