"""PettingZoo's own tests for every environment of the project, and what its users can do wrong."""

from __future__ import annotations

import importlib

import numpy as np
import pytest

pytest.importorskip("pettingzoo")

from pettingzoo.test import api_test, parallel_api_test, parallel_seed_test, render_test, seed_test
from pettingzoo.utils import parallel_to_aec

from socialsim.core.errors import ParameterError
from socialsim.engine.pettingzoo import SocialEventEnv, SocialParallelEnv
from socialsim.engine.vector import VectorEnvironment
from socialsim.environments import as_pettingzoo, as_vector
from socialsim.environments.opinions import small as voters
from socialsim.environments.repeated_game import RepeatedGame
from socialsim.environments.repeated_game import small as game
from socialsim.environments.signalling import small as plays

# PettingZoo warns of spaces without bounds, of observations that are no arrays or all zeros: they are what they are
quiet = pytest.mark.filterwarnings("ignore::UserWarning:pettingzoo")


@quiet
def test_every_environment_passes_the_tests_of_pettingzoo(any_environment, capsys):
    scenario = importlib.import_module(f"socialsim.environments.{any_environment}").small()

    def make(render_mode=None):
        return as_pettingzoo(scenario, render_mode=render_mode)

    if scenario.environment.loop == "events":
        api_test(make(), num_cycles=40)
        seed_test(make, num_cycles=40)
        render_test(make)
    else:
        parallel_api_test(make(), num_cycles=50)
        parallel_seed_test(make, num_cycles=20)
        api_test(parallel_to_aec(make()), num_cycles=20)
        render_test(lambda render_mode: parallel_to_aec(make(render_mode)))
    make().close()
    capsys.readouterr()


@quiet
@pytest.mark.parametrize("alphabet", [3, "real"])
def test_environments_in_which_agents_speak_pass_them_too(alphabet, capsys):
    def make(render_mode=None):
        return as_pettingzoo(game(), num_messages=alphabet, render_mode=render_mode)

    parallel_api_test(make(), num_cycles=20)
    parallel_seed_test(make, num_cycles=20)
    api_test(parallel_to_aec(make()), num_cycles=20)


def test_a_step_is_that_of_the_vector():
    zoo, vector = as_pettingzoo("repeated_game", steps=9), as_vector("repeated_game", steps=9)
    seen, _ = zoo.reset(seed=4)
    assert vector.reset(seed=4)[0].tolist() == [int(seen[name]) for name in ("row_0", "column_0")]
    for _ in range(9):
        assert zoo.agents == ["row_0", "column_0"]
        first, second = int(seen["row_0"]) % 2, 1
        seen, rewards, _, truncations, _ = zoo.step({"column_0": second, "row_0": first})
        _, expected, _, _ = vector.step(np.array([[first, second]]))
        assert list(rewards.values()) == expected[0].tolist()
    assert truncations == {"row_0": True, "column_0": True}
    assert zoo.agents == []
    assert [int(value) for value in seen.values()] == vector.final_observations[0].tolist()


def test_the_end_stays_to_be_seen():
    zoo = as_pettingzoo("repeated_game", steps=2, render_mode="ansi")
    zoo.reset()
    for _ in range(2):
        *_, truncations, infos = zoo.step({"row_0": 0, "column_0": 1})
    assert truncations["row_0"]
    assert infos == {"row_0": {"share_first": 1.0}, "column_0": {"share_first": 0.0}}
    assert zoo.state().tolist() == [0, 1, 2, 2, 0]  # last actions, rounds, first actions: not those of a new game
    assert zoo.state_space.contains(zoo.state())
    assert zoo.render().split() == ["agent", "reward", "share_first", "row_0", "0", "1", "column_0", "5", "0"]


def test_what_is_undefined_is_not_in_an_info():
    zoo = as_pettingzoo("repeated_game")
    _, infos = zoo.reset()
    assert infos == {"row_0": {}, "column_0": {}}


def test_messages_are_heard_before_the_next_act():
    zoo = as_pettingzoo(game(), num_messages=4)
    seen, _ = zoo.reset()
    assert seen["row_0"]["heard"].tolist() == [0, 0]
    seen, *_ = zoo.step({"row_0": {"action": 0, "message": 3}, "column_0": {"action": 1, "message": -1}})
    assert (seen["column_0"]["inbox"].tolist(), seen["column_0"]["heard"].tolist()) == ([3, 0], [1, 0])
    assert seen["row_0"]["heard"].tolist() == [0, 0]
    zoo = as_pettingzoo(game(), num_messages="real")
    zoo.reset()
    seen, *_ = zoo.step({"row_0": {"action": 0, "message": np.nan}, "column_0": {"action": 1, "message": 0.5}})
    assert seen["row_0"]["inbox"].tolist() == [0.0, 0.5]
    assert seen["column_0"]["heard"].tolist() == [0, 0]


def test_an_event_selects_those_whom_it_wakes():
    zoo, vector = SocialEventEnv(voters(), seed=7), VectorEnvironment(voters(), seed=7)
    zoo.reset()
    vector.reset()
    while not vector.terminated[0]:
        assert zoo.agent_selection == f"agent_{vector.active[0, 0]}"
        observation, *_ = zoo.last()
        assert observation == vector.observations[0, vector.active[0, 0]]
        zoo.step(observation)
        vector.step(np.full((1, 6), observation))
    assert all(zoo.terminations.values())
    parts = [part[0].ravel() for part in vector.final_state if isinstance(part, np.ndarray) and part.flags.writeable]
    assert zoo.state().tolist() == np.concatenate(parts).tolist()


def refused(call, *parts):
    with pytest.raises(ParameterError) as caught:
        call()
    for part in parts:
        assert part in str(caught.value)


def test_actions_that_make_no_sense_are_refused():
    zoo = SocialParallelEnv(game())
    refused(lambda: zoo.step({"row_0": 0, "column_0": 0}), "after reset()")
    zoo.reset()
    for wrong in (2, -1, 0.5, True, None, "defect", np.array([0, 1])):
        refused(lambda wrong=wrong: zoo.step({"row_0": 0, "column_0": wrong}), "column_0: action", "an integer, 0 to 1")
    refused(lambda: zoo.step({"row_0": 0}), "column_0: no action is given")
    refused(lambda: zoo.step({"row_0": 0, "column_0": 0, "row_1": 0}), "unknown agent 'row_1'")
    refused(lambda: zoo.action_space("row"), "unknown agent 'row'; did you mean 'row_0'?")
    zoo.step({"row_0": np.int32(0), "column_0": np.array(1)})
    zoo = as_pettingzoo(game(), num_messages=2)
    zoo.reset()
    refused(lambda: zoo.step({"row_0": 0, "column_0": 0}), "row_0: 0 is not accepted; accepted: a dict")
    wrong = {"action": 0, "message": 2}
    refused(lambda: zoo.step({"row_0": wrong, "column_0": wrong}), "row_0: message 2", "-1 to 1")


def test_nobody_acts_after_the_end():
    zoo = as_pettingzoo("repeated_game", steps=1)
    zoo.reset()
    zoo.step({"row_0": 0, "column_0": 0})
    refused(lambda: zoo.step({"row_0": 0, "column_0": 0}), "step: no episode is under way")
    voters_ = as_pettingzoo(voters(), steps=1)
    voters_.reset()
    voters_.step(0)
    refused(lambda: voters_.step(0), "accepted: None, its episode is over")


def test_environments_are_named_with_their_parameters():
    vector = as_vector("repeated_game", 2, payoffs=[[1.0, 0.0], [0.0, 1.0]], steps=3, seed=2)
    assert vector.environment.payoffs == ((1.0, 0.0), (0.0, 1.0))
    assert (vector.scenario.horizon.steps, vector.seed, vector.replications) == (3, 2, 2)
    assert as_vector(RepeatedGame()).num_agents == 2
    assert as_vector("opinions", network="cycle:n=5").num_agents == 5
    refused(lambda: as_vector("repeated_gam"), "did you mean 'repeated_game'?")
    refused(lambda: as_vector("repeated_game", payoff=1), "did you mean 'environment.payoffs'?")
    refused(lambda: as_vector("repeated_game", preset="pd"), "preset: repeated_game has none")
    refused(lambda: as_vector(game(), preset="pd"), "preset: goes with an environment's name")
    refused(lambda: as_pettingzoo("repeated_game", render_mode="rgb"), "unknown render_mode 'rgb'")
    refused(lambda: as_pettingzoo("repeated_game").render(), "render_mode: none was given; accepted: human, ansi")


def test_types_of_agents_name_them():
    assert SocialEventEnv(plays()).possible_agents == ["sender_0", "receiver_0"]


def test_planes_have_presets_and_pictures():
    zoo = as_pettingzoo("harvest", preset="perolat_2017", render_mode="rgb_array")
    assert len(zoo.possible_agents) == 12
    assert zoo.observation_space("harvester_0").shape == (21, 21)
    assert "rgb_array" in zoo.metadata["render_modes"]
