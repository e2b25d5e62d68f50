"""What a game must be to have limits."""

import numpy as np
import pytest

from socialsim.core.compiled import compiled
from socialsim.core.errors import ParameterError
from socialsim.core.parameters import parameter
from socialsim.engine.aggregative import AggregativeGame
from socialsim.limits.games import Game


class Faulty(AggregativeGame):
    """A game with one fault, or none."""

    num_states, num_actions, num_successors, steady = 2, 2, 2, True
    fault: int = parameter(0, "which")

    def initial(self):
        return np.array([0.5, 0.6 if self.fault == 5 else 0.5])

    @staticmethod
    @compiled
    def feature(env, s, a, features):
        features[0] = np.inf if env.fault == 6 and s == 1 else s

    @staticmethod
    @compiled
    def step(env, t, s, a, z, successors, probabilities):
        successors[0], successors[1] = s, 1 - s
        probabilities[0], probabilities[1] = 0.5, 0.5
        if env.fault == 1 and s == 1 and a == 0:
            probabilities[1] = 0.6
        if env.fault == 2 and s == 0 and a == 1:
            successors[1] = 2
        if env.fault == 4:
            probabilities[0], probabilities[1] = 1.0 - z[0] / 2, z[0] / 2

    @staticmethod
    @compiled
    def reward(env, t, s, a, z):
        return np.nan if env.fault == 3 and s == 1 and a == 1 else z[0]


def test_a_faultless_game_is_accepted():
    game = Game(Faulty(num_steps=3))
    successors, chances = game.step(0, 0.5)
    assert successors.tolist() == [[[0, 1], [0, 1]], [[1, 0], [1, 0]]]
    assert (chances == 0.5).all()
    assert game.reward(0, [0.25]).tolist() == [[0.25, 0.25], [0.25, 0.25]]
    assert game.features()[:, :, 0].tolist() == [[0.0, 0.0], [1.0, 1.0]]


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (1, r"faulty: step at t=0, s=1, a=0, z=\[0.0\] has the chances \[0.5, 0.6\]; accepted: .* sum to 1"),
        (2, r"faulty: step at t=0, s=0, a=1, z=\[0.0\] leads to state 2; accepted: 0 to 1"),
        (3, r"faulty: reward at t=0, s=1, a=1, z=\[0.0\] is nan; accepted: a finite number"),
        (4, r"faulty: is called steady, but its step depends on t or z"),
        (5, r"faulty: initial\(\) returned \[0.5, 0.6\]; accepted: 2 chances that sum to 1"),
        (6, r"faulty: feature\(1, 0\) is not finite"),
    ],
)
def test_a_fault_is_named_with_its_place(fault, message):
    with pytest.raises(ParameterError, match=message):
        Game(Faulty(num_steps=3, fault=fault))


class Remembering(AggregativeGame):
    """Who is paid for a change of what the function was asked for before: for a history that no state holds."""

    num_states, num_actions = 2, 2
    in_step: int = parameter(0, "whether the step remembers, and not the reward")

    def constants(self):
        return {"memory": (np.zeros(1),)}  # an array by itself could not be written to

    @staticmethod
    @compiled
    def step(env, t, s, a, z, successors, probabilities):
        successors[0], probabilities[0] = (int(env.memory[0][0]) if env.in_step else a), 1.0
        if env.in_step:
            env.memory[0][0] = s

    @staticmethod
    @compiled
    def reward(env, t, s, a, z):
        if env.in_step:
            return 0.0
        earned = abs(a - env.memory[0][0])
        env.memory[0][0] = a
        return earned


@pytest.mark.parametrize(("in_step", "name"), [(0, "reward"), (1, "successors")])
def test_a_history_that_no_state_holds_is_found_out(in_step, name):
    with pytest.raises(ParameterError, match=rf"{name} at t=0, s=.*in another order; .* must be part of the state"):
        Game(Remembering(in_step=in_step))


class Unused(AggregativeGame):
    """A second successor that has no chance and is no state."""

    num_states, num_actions, num_successors = 2, 2, 2

    @staticmethod
    @compiled
    def step(env, t, s, a, z, successors, probabilities):
        successors[0], probabilities[0] = a, 1.0
        successors[1], probabilities[1] = -1, 0.0

    @staticmethod
    @compiled
    def reward(env, t, s, a, z):
        return 1.0 * s


def test_a_successor_without_a_chance_may_be_anything():
    limit = Game(Unused(num_steps=3)).mean_field()
    found = limit.evaluate(limit.uniform_policy())
    assert found.mean_return == pytest.approx(1.5)
    assert found.exploitability == pytest.approx(1.0)  # being in state 1 twice in place of half the time


def test_what_is_no_game_is_refused():
    with pytest.raises(ParameterError, match="accepted: an AggregativeGame"):
        Game("sis")
    with pytest.raises(ParameterError, match=r"z: .* is not accepted; accepted: 1 numbers"):
        Game(Faulty()).reward(0, [1.0, 2.0])
