"""Episodes within a run: the environment starts afresh, learners keep what they have learnt."""

import importlib
import math
from typing import NamedTuple

import numpy as np
import pytest

from socialsim.core.errors import ParameterError
from socialsim.engine.interface import constant
from socialsim.engine.layout import Layout
from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.engine.simulation import Simulation
from socialsim.environments.harvest import Harvest
from socialsim.environments.repeated_game import small
from socialsim.testing.contracts import check_scenario

EPISODES = {"horizon.episode_steps": 7}
LOTTERY = {"end_chance": 0.5, "end_from": 2, "end_every": 1, "map": "AP", "beam": ()}


def test_the_environment_starts_afresh_at_the_first_step_after_an_episode():
    simulation = Simulation(small().replace(EPISODES), seed=1, replications=[0])
    rounds = []
    for step in range(1, 17):
        simulation.advance(step)
        rounds.append(int(simulation.environment.num_rounds[0, 0]))
    assert rounds == [1, 2, 3, 4, 5, 6, 7, 1, 2, 3, 4, 5, 6, 7, 1, 2]
    assert simulation.engine.num_episodes[0, 0] == 2


def test_learners_keep_what_they_have_learnt():
    simulation = Simulation(small().replace(EPISODES | {"learner.beta": 0.1}), seed=1, replications=[0])
    simulation.advance(16)
    assert simulation.learners["row"].exploration[0] == pytest.approx([0.1 * math.exp(-1.6)])


def test_runs_with_episodes_keep_the_contract():
    check_scenario(small().replace(EPISODES))


def test_an_environment_that_is_done_ends_an_episode_and_not_the_run():
    simulation = Simulation(
        Scenario(Harvest(**LOTTERY), "uniform_random", "complete:n=1", 400).replace({"horizon.episode_steps": 50}),
        seed=1,
        replications=range(20),
    )
    simulation.advance(400)
    assert np.all(simulation.clock == 400)
    mean_length = 400 * 20 / (simulation.engine.num_episodes.sum() + 20)
    assert abs(mean_length - 3.0) < 0.2  # two steps, then a coin a step
    assert np.all(simulation.environment.time <= 50)


def test_without_episodes_the_same_environment_ends_the_run():
    simulation = Simulation(
        Scenario(Harvest(**LOTTERY), "uniform_random", "complete:n=1", 400), seed=1, replications=range(20)
    )
    simulation.advance(400)
    assert simulation.stops().tolist() == ["done"] * 20


def test_every_environment_can_start_afresh(any_environment):
    scenario = importlib.import_module(f"socialsim.environments.{any_environment}").small()
    fresh = scenario.replace({"horizon.episode_steps": 4, "horizon.steps": 9})
    simulation = Simulation(fresh, seed=1, replications=[0])
    simulation.advance(9)
    assert simulation.engine.num_episodes[0, 0] >= (2 if simulation.clock[0] == 9 else 0)


def test_constant_flags_stay_constant():
    class Own(NamedTuple):
        flags: np.ndarray

    layout = Layout({"environment": Own(constant(np.array([True, False])))}, 1)
    assert layout.fields["environment"][0].is_constant


def test_the_series_shows_the_ends_of_episodes():
    result = run(small().replace({"horizon.episode_steps": 7, "horizon.steps": 28}), replications=1)
    assert result.series.step.tolist() == [0, 7, 14, 21, 28]


def test_a_negative_length_is_refused():
    with pytest.raises(ParameterError, match=r"horizon.episode_steps: -1 is not accepted"):
        small().replace({"horizon.episode_steps": -1})
