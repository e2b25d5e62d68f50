"""A forager who learns how much to leave."""

import math

import numpy as np
import pytest

from socialsim.core.errors import ParameterError
from socialsim.core.streams import Purpose, seed_streams, uniform
from socialsim.engine.scenario import Scenario
from socialsim.engine.simulation import Simulation
from socialsim.environments.dilemmas import Dilemmas
from socialsim.environments.harvest import scenario, small
from socialsim.grids.codes import APPLE, EMPTY
from socialsim.inference.freezing import freeze
from socialsim.learning.foragers import Cautious
from socialsim.learning.learning_forager import LearningForager


def trials(rewards, **parameters):
    """Return the values after trials of two steps, one k a trial, each paying the same in both steps."""
    learner = LearningForager(trial=2, **parameters)
    state = learner.state(small().environment.specification("harvester", 3), 1)
    stream = seed_streams(1, np.arange(1), Purpose.LEARNERS)[0]
    LearningForager.initialise(state, 0, stream)
    for k, reward in rewards:
        state.num_left[0] = k
        state.gained[0] = 0.0
        for _ in range(2):
            LearningForager.learn(state, 0, None, 0, reward, None, stream)
    return state.values[0].tolist()


def test_values_by_hand():
    assert trials([(0, 1.0), (2, 0.5), (0, 3.0)], alpha=0.25, most_left=2) == [1.5, math.inf, 0.5]


def test_who_learns_nothing_keeps_its_values():
    assert trials([(0, 1.0)], alpha=0.0, most_left=1) == [math.inf, math.inf]


def test_at_one_k_it_forages_as_a_cautious_one_does():
    """To the bit, given the same draws: a trial begins with one draw more."""
    learner, other = LearningForager(epsilon=0.0, alpha=0.0, trial=10), Cautious(num_left=2)
    specification = small().environment.specification("harvester", 3)
    state, theirs = learner.state(specification, 1), other.state(specification, 1)
    state.values[0] = [1.0, 0.5, 2.0, 0.0, -1.0]
    streams = seed_streams(1, np.zeros(2, np.int64), Purpose.LEARNERS)
    windows = np.random.default_rng(1).choice(
        np.array([EMPTY, APPLE], np.uint8), (10, *specification.observations.shape)
    )
    with np.errstate(over="ignore"):
        uniform(streams[1])
        for window in windows:
            action = LearningForager.act(state, 0, window, streams[0])
            assert action == Cautious.act(theirs, 0, window, streams[1])
            LearningForager.learn(state, 0, window, action, 0.0, window, streams[0])


def test_frozen_it_neither_learns_nor_explores():
    base = small().replace({"environment.num_others": 0, "learner.harvester": "learning_forager:trial=5"})
    simulation = Simulation(base, seed=1, replications=range(2))
    simulation.advance(40)
    frozen = freeze(simulation)
    assert (frozen.learner.alpha, frozen.learner.epsilon, frozen.learner.trial) == (0.0, 0.0, 5)
    assert frozen.arrays["values"].shape == (2, 3, 5)


def test_frozen_it_tries_nothing_new():
    """Two trials of five k are over: whatever they paid, it goes on with the better of the two."""
    base = small().replace({"environment.num_others": 0, "learner.harvester": "learning_forager:trial=5"})
    simulation = Simulation(base, seed=1, replications=range(2))
    simulation.advance(10)
    tried = np.isfinite(simulation.learners["harvester"].values)
    values = freeze(simulation).arrays["values"]
    assert (tried.sum(axis=-1) < 5).all()
    assert np.take_along_axis(tried, values.argmax(axis=-1)[..., None], axis=-1).all()


def test_each_k_is_tried_once_before_any_is_again():
    base = small().replace({"environment.num_others": 0, "learner.harvester": "learning_forager:trial=4,epsilon=0.0"})
    simulation = Simulation(base.replace({"horizon.steps": 20}), seed=1, replications=range(3))
    simulation.advance(20)
    assert np.isfinite(simulation.learners["harvester"].values).all()


def test_it_needs_a_window():
    with pytest.raises(ParameterError, match="the fact 'ahead'"):
        Simulation(Scenario(Dilemmas(), "learning_forager", "complete:n=2", 5), seed=1, replications=range(1))


@pytest.mark.compiled
def test_the_selfish_strip_patches_and_the_prosocial_leave_apples():
    learner = "learning_forager:alpha=0.1,epsilon=0.3,trial=500"
    base = scenario().replace({"environment.end_chance": 0.0, "horizon.steps": 75_000, "horizon.episode_steps": 500})
    left = {}
    for preference in ("social_value_orientation:angle=0", "social_value_orientation:angle=80"):
        learning = base.replace({"learner.harvester": learner, "preference": preference})
        simulation = Simulation(learning, seed=1, replications=range(10))
        simulation.advance(75_000)
        left[preference] = simulation.learners["harvester"].values.argmax(axis=-1).mean(axis=1)
    selfish, prosocial = left.values()
    assert selfish.mean() + 1.0 < prosocial.mean()
