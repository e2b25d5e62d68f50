import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from socialsim.core.errors import ParameterError
from socialsim.core.streams import Purpose, seed_streams
from socialsim.engine.interface import Discrete, Specification
from socialsim.environments.repeated_game import RepeatedGame
from socialsim.learning.imitation import Imitation


def a_state(num_actions, **parameters):
    return Imitation(**parameters).state(Specification(Discrete(num_actions), Discrete(num_actions)), 1)


@given(st.integers(2, 50), st.data())
def test_without_noise_what_was_seen_is_done_and_nothing_is_drawn(num_actions, data):
    seen, stream = data.draw(st.integers(0, num_actions - 1)), np.array([1, 2, 3, 4], np.uint64)
    assert Imitation.act(a_state(num_actions), 0, seen, stream) == seen
    assert stream.tolist() == [1, 2, 3, 4]


@pytest.mark.parametrize("noise", [0.25, 1.0])
def test_with_noise_any_action_is_taken_with_the_stated_chance(version, noise):
    stream, state, num_draws = seed_streams(2, np.arange(1), Purpose.LEARNERS)[0], a_state(4, noise=noise), 3000
    shares = (
        np.bincount([version(Imitation.act)(state, 0, 2, stream) for _ in range(num_draws)], minlength=4) / num_draws
    )
    chances = np.full(4, noise / 4) + (1 - noise) * np.eye(4)[2]
    assert (np.abs(shares - chances) <= 3 * np.sqrt(chances * (1 - chances) / num_draws)).all()


def test_compiled_and_uncompiled_imitators_do_the_same():
    streams = [seed_streams(2, np.arange(1), Purpose.LEARNERS)[0] for _ in range(2)]
    plain, state = getattr(Imitation.act, "py_func", Imitation.act), a_state(3, noise=0.5)
    pairs = [(Imitation.act(state, 0, 1, streams[0]), plain(state, 0, 1, streams[1])) for _ in range(100)]
    assert all(ours == theirs for ours, theirs in pairs)


def test_an_environment_in_which_one_does_not_see_actions_is_refused():
    with pytest.raises(ParameterError, match=r"^learner: 'imitation' needs an environment in which agents see what"):
        Imitation().state(RepeatedGame().specification("agent", 2), 2)


@pytest.mark.parametrize("noise", [-0.1, 1.1, math.nan])
def test_noise_is_a_probability(noise):
    with pytest.raises(ParameterError, match=r"^noise: .* is not accepted; accepted: a float, >= 0, <= 1$"):
        Imitation(noise=noise)
