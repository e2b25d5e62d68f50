"""Boltzmann Q-learning: by hand, and how often it does what."""

import math

import numpy as np
import pytest
from scipy.stats import chisquare

from socialsim.core.errors import ParameterError
from socialsim.engine.interface import Discrete, Specification
from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.environments.repeated_game import RepeatedGame
from socialsim.learning.boltzmann_q import BoltzmannQ
from socialsim.learning.q_learning import QLearning

UNUSED = np.zeros(4, np.uint64)


def a_state(num_actions=2, **parameters):
    return BoltzmannQ(**parameters).state(Specification(Discrete(num_actions), Discrete(2)), 1)


def test_better_actions_are_taken_more_often(version, stream):
    state, act = a_state(3, temperature=2.0), version(BoltzmannQ.act)
    state.values[0, 1] = [0.0, 2 * math.log(2), 2 * math.log(5)]
    counts = np.bincount([act(state, 0, 1, stream) for _ in range(2000)], minlength=3)
    assert state.weights[0] / state.weights[0].sum() == pytest.approx([1 / 8, 2 / 8, 5 / 8])
    assert chisquare(counts, [250, 500, 1250]).pvalue > 1e-4


def test_the_temperature_falls_with_ones_own_acts(version, stream):
    state = a_state(temperature=3.0, beta=0.5)
    for _ in range(4):
        version(BoltzmannQ.act)(state, 0, 0, stream)
    assert state.heat[0] == pytest.approx(3.0 * math.exp(-2.0))


@pytest.mark.parametrize("heat", [0.0, 1e-320, 1e-8])
def test_the_coldest_takes_the_best_action(version, stream, heat):
    state = a_state(3)
    state.values[0, 0], state.heat[0] = [-math.inf, 1.0, 1.0 - 1e-3], heat
    assert {int(version(BoltzmannQ.act)(state, 0, 0, stream)) for _ in range(20)} == {1}


def test_values_move_as_a_q_learners(version):
    boltzmann = a_state(alpha=0.3, discount=0.7)
    q_learner = QLearning(alpha=0.3, discount=0.7).state(Specification(Discrete(2), Discrete(2)), 1)
    rng = np.random.default_rng(2)
    for _ in range(30):
        observation, action, following = rng.integers(2, size=3)
        reward = rng.normal()
        version(BoltzmannQ.learn)(boltzmann, 0, observation, action, reward, following, UNUSED)
        version(QLearning.learn)(q_learner, 0, observation, action, reward, following, UNUSED)
    assert boltzmann.values.tolist() == q_learner.values.tolist()
    assert boltzmann.num_stable.tolist() == q_learner.num_stable.tolist()


def test_an_agent_that_enters_starts_again(version, stream):
    state = a_state(initial_value=2.0, temperature=3.0)
    state.values[:], state.heat[:], state.num_stable[:] = 1.0, 0.1, 7
    version(BoltzmannQ.initialise)(state, 0, stream)
    assert (state.values == 2.0).all()
    assert (state.heat[0], state.num_stable[0]) == (3.0, 0)


@pytest.mark.parametrize("temperature", [0.5, 2.0])
def test_against_a_defector_it_cooperates_by_logit(temperature):
    """Values become the payoffs 0 and 1, so that P(cooperate) = 1 / (1 + e^(1/T))."""
    learners = {
        "row": f"boltzmann_q:discount=0,alpha=0.5,temperature={temperature}",
        "column": "constant:action=1",
    }
    runs = run(Scenario(RepeatedGame(), learners, "path:n=2", 5000), replications=20, seed=1).runs
    chance = 1 / (1 + math.exp(1 / temperature))
    assert 2 * runs.share_first.mean() == pytest.approx(chance, abs=0.01)


def test_a_temperature_of_zero_is_refused():
    with pytest.raises(ParameterError, match=r"^temperature: 0 is not accepted; accepted: a float, > 0$"):
        BoltzmannQ(temperature=0)
