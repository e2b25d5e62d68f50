import math

import numpy as np
import pytest

from socialsim.core.errors import ParameterError
from socialsim.engine.interface import Box, Discrete, Specification
from socialsim.learning.discrete_choice import DiscreteChoice
from socialsim.learning.experience_weighted_attraction import ExperienceWeightedAttraction

SPECIFICATION = Specification(Discrete(3), Box(shape=(3,)), {"observation": "payoff of each action"})


def chances(learner, state, observation, stream):
    """Return the chances with which agent 0 acts."""
    learner.act(state, 0, np.array(observation, float), stream)
    return (state.weights[0] / state.weights[0].sum()).tolist()


def test_chances_by_hand(stream):
    learner = DiscreteChoice(beta=2.0)
    state = learner.state(SPECIFICATION, 1)
    assert chances(learner, state, [0.0, math.log(2.0) / 2.0, -math.inf], stream) == pytest.approx([1 / 3, 2 / 3, 0.0])
    assert chances(learner, state, [1e6, 1e6, 1e6], stream) == pytest.approx([1 / 3] * 3)


def test_fitness_remembers_with_its_weight(stream):
    learner = DiscreteChoice(memory=0.5)
    state = learner.state(SPECIFICATION, 1)
    for payoffs in ([4.0, 0.0, 0.0], [0.0, 2.0, 0.0], [1.0, 1.0, 1.0]):
        learner.act(state, 0, np.array(payoffs), stream)
        learner.learn(state, 0, np.array(payoffs), 0, 0.0, np.zeros(3), stream)
    assert state.past[0].tolist() == [1.0 + 0.25 * 4.0, 1.0 + 0.5 * 2.0, 1.0]


def test_a_second_look_without_learning_is_the_same(stream):
    """A probe asks what an agent would do; that must not change what it remembers."""
    learner = DiscreteChoice(memory=0.9)
    state = learner.state(SPECIFICATION, 1)
    learner.learn(state, 0, np.zeros(3), 0, 0.0, np.zeros(3), stream)
    first = chances(learner, state, [1.0, 2.0, 3.0], stream)
    assert chances(learner, state, [1.0, 2.0, 3.0], stream) == first


def test_without_intensity_all_are_chosen_alike_and_with_much_the_best(stream):
    for beta, expected in ((0.0, [1 / 3] * 3), (1e6, [0.0, 0.0, 1.0])):
        learner = DiscreteChoice(beta=beta)
        assert chances(learner, learner.state(SPECIFICATION, 1), [1.0, 2.0, 3.0], stream) == pytest.approx(expected)


def test_it_is_a_corner_of_experience_weighted_attraction(stream):
    ours = DiscreteChoice(beta=1.5, memory=0.7)
    theirs = ExperienceWeightedAttraction(phi=0.7, delta=1.0, kappa=1.0, sensitivity=1.5)
    state, other = ours.state(SPECIFICATION, 1), theirs.state(SPECIFICATION, 1)
    before = np.zeros(3)
    for payoffs in np.random.default_rng(1).normal(size=(20, 3)):
        if before.any():
            theirs.act(other, 0, before, stream)
            assert chances(ours, state, before, stream) == pytest.approx(other.weights[0] / other.weights[0].sum())
            ours.learn(state, 0, before, 0, before[0], payoffs, stream)
        theirs.learn(other, 0, before, 0, payoffs[0], payoffs, stream)
        before = payoffs


def test_compiled_and_uncompiled_choices_are_the_same(stream):
    learner, copy = DiscreteChoice(beta=3.0, memory=0.2), stream.copy()
    compiled, plain = learner.state(SPECIFICATION, 2), learner.state(SPECIFICATION, 2)
    act = getattr(learner.act, "py_func", learner.act)
    for payoffs in np.random.default_rng(2).normal(size=(30, 3)):
        assert learner.act(compiled, 1, payoffs, stream) == act(plain, 1, payoffs, copy)
    assert compiled.weights.tolist() == plain.weights.tolist()


def test_payoffs_must_be_seen():
    with pytest.raises(ParameterError, match="'discrete_choice' needs an environment that shows what each action"):
        DiscreteChoice().state(Specification(Discrete(2)), 1)
