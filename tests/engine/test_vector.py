"""Environments played from outside: the bits of a run, arrays that nobody copies, errors that name who is wrong."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from typing import Any, NamedTuple

import numpy as np
import pytest

from socialsim.core.compiled import compiled
from socialsim.core.errors import ParameterError
from socialsim.engine.interface import Box, Discrete, Environment, Specification
from socialsim.engine.scenario import Scenario, Turnover
from socialsim.engine.simulation import Simulation
from socialsim.engine.vector import VectorEnvironment
from socialsim.environments.opinions import small as voters
from socialsim.environments.repeated_game import small as game

UNCOMPILED = """
import hashlib, json
import numpy as np
from socialsim.engine.vector import VectorEnvironment
from socialsim.environments import harvest, opinions, repeated_game, signalling
def play(module, num_actions):
    vector, digest = VectorEnvironment(module.small(), replications=3, seed=4), hashlib.sha256()
    draw = np.random.default_rng(1)
    observations = vector.reset()
    for _ in range(70):
        actions = draw.integers(0, num_actions, vector.rewards.shape)
        for array in vector.step(actions):
            digest.update(array.tobytes())
    return digest.hexdigest()
print(json.dumps([play(opinions, 2), play(repeated_game, 2), play(signalling, 3), play(harvest, 8)]))
"""


def small(name):
    return importlib.import_module(f"socialsim.environments.{name}").small()


def changing(state):
    return {key: value for key, value in state._asdict().items() if isinstance(value, np.ndarray)}


def test_recorded_actions_lead_through_the_states_of_the_run(any_environment):
    scenario = small(any_environment)
    vector, run = (
        VectorEnvironment(scenario, replications=3, seed=5),
        Simulation(scenario, seed=5, replications=range(3)),
    )
    vector.reset()
    run.advance(0)
    for step in range(min(15, scenario.horizon.steps - 1)):
        run.advance(step + 1)
        if (run.status != 0).any():
            break
        _, rewards, terminated, _ = vector.step(run.engine.actions.copy())
        assert not terminated.any()
        if scenario.environment.loop == "events":  # the next event has woken somebody already
            mine, theirs = vector.columns(), scenario.environment.columns(run.environment)
        else:
            mine, theirs = changing(vector.state), changing(run.environment)
            np.testing.assert_array_equal(rewards, run.engine.rewards)
        for key, values in theirs.items():
            np.testing.assert_array_equal(mine[key], values, err_msg=key)
    assert step >= 5 or (run.status != 0).any()


def test_episodes_follow_each_other_as_in_a_run():
    scenario = game().replace({"horizon.episode_steps": 4})
    vector, run = VectorEnvironment(scenario, 2, seed=9), Simulation(scenario, seed=9, replications=range(2))
    vector.reset()
    run.advance(0)
    for step in range(11):
        run.advance(step + 1)
        _, _, terminated, truncated = vector.step(run.engine.actions.copy())
        assert truncated.tolist() == [step % 4 == 3] * 2
        assert not terminated.any()
        last = vector.final_state if truncated[0] else vector.state
        np.testing.assert_array_equal(last.last, run.environment.last)


@pytest.mark.compiled
def test_without_compilation_the_bits_are_the_same():
    outputs = [
        subprocess.run(
            [sys.executable, "-W", "error", "-c", UNCOMPILED],
            env=os.environ | {"NUMBA_DISABLE_JIT": disabled},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for disabled in "01"
    ]
    assert json.loads(outputs[0]) == json.loads(outputs[1])


def test_threads_change_nothing():
    alone, shared = VectorEnvironment(voters(), 5, seed=2), VectorEnvironment(voters(), 5, seed=2, threads=2)
    for vector in (alone, shared):
        vector.reset()
        for step in range(90):
            vector.step(np.full((5, 6), step % 2))
    np.testing.assert_array_equal(alone.state.opinion, shared.state.opinion)
    np.testing.assert_array_equal(alone.clock, shared.clock)


def test_an_episode_that_ends_begins_anew_and_leaves_its_end():
    vector = VectorEnvironment(game().replace({"horizon.steps": 2}), 2)
    vector.reset()
    cooperate = np.zeros((2, 2), np.int64)
    vector.step(cooperate)
    observations, rewards, terminated, truncated = vector.step(cooperate)
    assert (terminated.tolist(), truncated.tolist()) == ([False, False], [True, True])
    assert rewards.tolist() == [[3.0, 3.0], [3.0, 3.0]]  # of the step that was taken
    assert observations.tolist() == [[0, 0], [0, 0]]  # before the first round of the new episode
    assert vector.final_observations.tolist() == [[1, 1], [1, 1]]  # both have cooperated
    assert vector.final_columns()["share_first"].tolist() == [[1.0, 1.0], [1.0, 1.0]]
    assert np.isnan(vector.columns()["share_first"]).all()
    assert vector.clock.tolist() == [0, 0]


def test_a_verdict_of_the_environment_terminates():
    vector = VectorEnvironment(voters(), seed=1)
    vector.reset()
    while not vector.terminated[0]:
        vector.step(np.zeros((1, 6), np.int64))
    assert vector.verdicts.tolist() == [0]
    assert vector.final_state.holders.tolist() == [[6, 0]]
    assert vector.state.holders.tolist() == [[3, 3]]


def test_observations_are_written_where_the_caller_wants_them():
    vector, again = VectorEnvironment(game(), 3), VectorEnvironment(game(), 3)
    out = np.full((3, 2), -7)
    assert vector.reset(out) is out
    assert out.tolist() == [[0, 0]] * 3
    actions = np.ones((3, 2), np.int64)
    assert vector.step(actions, out)[0] is out
    again.reset()
    assert again.step(actions)[0] is again.observations
    np.testing.assert_array_equal(out, again.observations)
    assert vector.observations.tolist() == [[0, 0]] * 3  # the environment's own array was left alone


def test_an_array_that_comes_again_is_read_anew():
    vector, actions = VectorEnvironment(game(), 1), np.zeros((1, 2), np.int64)
    vector.reset()
    vector.step(actions)
    actions[0, 1] = 1
    assert vector.step(actions)[1].tolist() == [[0.0, 5.0]]
    assert vector.step(np.ones((1, 2), np.int64))[1].tolist() == [[1.0, 1.0]]


def test_tensors_share_their_memory():
    torch = pytest.importorskip("torch")
    vector = VectorEnvironment(game(), 2)
    seen = torch.zeros((2, 2), dtype=torch.int64)
    vector.reset(seen.numpy())
    vector.step(torch.ones((2, 2), dtype=torch.int64).numpy(), seen.numpy())
    assert seen.tolist() == [[4, 4], [4, 4]]


def test_streams_go_on_at_a_reset_and_start_anew_with_a_seed():
    vector = VectorEnvironment(voters(), 40, seed=3)
    vector.reset()
    first = vector.state.opinion.copy()
    vector.reset()
    second = vector.state.opinion.copy()
    vector.reset(seed=3)
    assert (first != second).any()
    np.testing.assert_array_equal(vector.state.opinion, first)


def test_a_seed_draws_random_networks_again():
    scenario = voters().replace({"network": "erdos_renyi:n=6,p=0.5"})
    vector = VectorEnvironment(scenario, 4, seed=3)
    vector.reset()
    before = vector.audience().copy()
    vector.reset(seed=4)
    assert (vector.audience() != before).any()
    fresh = VectorEnvironment(scenario, 4, seed=4)
    fresh.reset()
    np.testing.assert_array_equal(vector.audience(), fresh.audience())


def test_rows_of_numbers_are_actions_too(models):
    vector = VectorEnvironment(Scenario(models["Windows"](), "uniform_random", "complete:n=3", 10), 2)
    vector.reset()
    actions = np.arange(12.0).reshape(2, 3, 2)
    observations, rewards, *_ = vector.step(actions)
    np.testing.assert_array_equal(rewards, actions.prod(axis=2))
    assert observations.shape == (2, 3, 3)
    assert observations[0, :, 0].tolist() == [1.0, 4.0, 7.0]
    with pytest.raises(
        ParameterError, match=r"\[0.0, nan\] of agent 1 in replication 1 is not accepted; accepted: -inf"
    ):
        vector.step(np.where(np.arange(12).reshape(2, 3, 2) == 9, np.nan, 0.0))


class Held(NamedTuple):
    held: np.ndarray


class Mixed(Environment):
    """One type counts, the other sees numbers."""

    agent_types = ("counter", "viewer")

    def counts(self, num_agents: int) -> dict[str, int]:
        return {"counter": 1, "viewer": num_agents - 1}

    def state(self, num_agents: int) -> Held:
        return Held(np.zeros(1))

    def specification(self, agent_type: str, num_agents: int) -> Specification:
        return Specification(Discrete(2), Discrete(2) if agent_type == "counter" else Box(shape=(2,)))

    @staticmethod
    @compiled
    def advance(env, network, actions, rewards, stream):
        env.held[0] += 1.0


def refused(call: Any, *parts: str) -> None:
    with pytest.raises(ParameterError) as caught:
        call()
    for part in parts:
        assert part in str(caught.value)


def test_scenarios_that_cannot_be_played_are_refused():
    away = Scenario(game().environment, "q_learning", "path:n=2", 10, turnover=Turnover(fail_rate=0.1))
    refused(lambda: VectorEnvironment(away), "turnover")
    refused(lambda: VectorEnvironment(game().replace({"horizon.steps": 0})), "horizon.steps: 0")
    refused(lambda: VectorEnvironment(game(), 0), "replications: 0")
    refused(lambda: VectorEnvironment(game(), threads=True), "threads: True")
    refused(lambda: VectorEnvironment(game(), seed=-1), "seed: -1")
    mixed = Scenario(Mixed(), "uniform_random", "complete:n=3", 10)
    refused(lambda: VectorEnvironment(mixed), "counter, viewer have observations of several kinds")


def test_nothing_happens_before_reset():
    vector = VectorEnvironment(game())
    refused(lambda: vector.step(np.zeros((1, 2), np.int64)), "after reset()")
    refused(vector.audience, "after reset()")


@pytest.mark.parametrize(
    ("wrong", "part"),
    [
        (None, "a NoneType"),
        ([[0, 0]] * 3, "a list"),
        (np.zeros((3, 2)), "an array of float64, shape (3, 2)"),
        (np.zeros((3, 2), np.int32), "an array of int32"),
        (np.zeros((2, 3), np.int64), "shape (2, 3)"),
        (np.zeros((2, 3), np.int64).T, "that is not C-contiguous"),
        (np.zeros((6, 2), np.int64)[::2], "that is not C-contiguous"),
    ],
)
def test_actions_of_another_kind_are_refused(wrong, part):
    vector = VectorEnvironment(game(), 3)
    vector.reset()
    refused(lambda: vector.step(wrong), "actions: ", part, "a C-contiguous NumPy array of int64, shape (3, 2)")
    assert vector.clock.tolist() == [0, 0, 0]


def test_observations_go_into_nothing_else():
    vector, actions = VectorEnvironment(game(), 3), np.zeros((3, 2), np.int64)
    fixed = np.zeros((3, 2), np.int64)
    fixed.flags.writeable = False
    for wrong in (np.zeros((3, 2)), np.zeros((3, 4), np.int64)[:, ::2], fixed, [1]):
        refused(lambda wrong=wrong: vector.reset(wrong), "out: ", "a writeable, C-contiguous NumPy array")
    vector.reset()
    refused(lambda: vector.step(actions, fixed), "out: a read-only array")
    assert vector.step(fixed)[0] is vector.observations  # actions are only read


@pytest.mark.parametrize("threads", [1, 2])
def test_an_action_that_does_not_exist_moves_nobody(threads):
    vector, actions = VectorEnvironment(game(), 4, threads=threads), np.zeros((4, 2), np.int64)
    vector.reset()
    for wrong in (2, -1):
        actions[3, 1] = wrong
        refused(lambda: vector.step(actions), f"actions: {wrong} of agent 1 in replication 3", "accepted: 0 to 1")
        assert vector.clock.tolist() == [0, 0, 0, 0]
    actions[3, 1] = 1
    vector.step(actions)
    assert vector.clock.tolist() == [1, 1, 1, 1]


def test_only_planes_have_pictures():
    vector = VectorEnvironment(game())
    vector.reset()
    refused(vector.render, "render: repeated_game has no plane")
