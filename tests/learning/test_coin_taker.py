"""Who takes coins, on boards of several sizes."""

import numpy as np
import pytest

from socialsim.core.errors import ParameterError
from socialsim.core.streams import Purpose, seed_streams
from socialsim.engine.interface import Box, Discrete, Specification
from socialsim.learning.coin_taker import CoinTaker

NORTH, EAST, SOUTH, WEST = range(4)


def acts(takes, size, south, east, is_own, version=lambda f: f):
    """Return all steps that a taker makes when a coin lies so far south and east."""
    state = CoinTaker(takes=takes).state(Specification(Discrete(4), Discrete(2 * size**4), {"size": size}), 1)
    stream = seed_streams(1, np.arange(1), Purpose.LEARNERS)[0]
    seen = 2 * (size**2 * 5 % size**2 + south * size + east) + (not is_own)
    return {int(version(CoinTaker.act)(state, 0, seen, stream)) for _ in range(60)}


@pytest.mark.parametrize(
    ("size", "south", "east", "expected"),
    [
        (3, 1, 0, {SOUTH}),
        (3, 2, 0, {NORTH}),
        (3, 1, 1, {SOUTH, EAST}),
        (3, 2, 2, {NORTH, WEST}),
        (5, 0, 2, {EAST}),
        (5, 0, 3, {WEST}),
        (4, 2, 0, {NORTH, SOUTH}),
        (4, 2, 1, {NORTH, SOUTH, EAST}),
        (2, 1, 1, {NORTH, EAST, SOUTH, WEST}),
    ],
)
def test_a_coin_is_approached_by_a_shortest_path(version, size, south, east, expected):
    assert acts("own", size, south, east, True, version) == expected
    assert acts("all", size, south, east, False, version) == expected


@pytest.mark.parametrize(
    ("size", "south", "east", "expected"),
    [
        (3, 1, 0, {NORTH, EAST, WEST}),
        (3, 0, 2, {NORTH, EAST, SOUTH}),
        (3, 1, 1, {NORTH, EAST, SOUTH, WEST}),
        (2, 1, 0, {EAST, WEST}),
    ],
)
def test_the_others_coin_is_stepped_around(size, south, east, expected):
    assert acts("own", size, south, east, False) == expected


@pytest.mark.parametrize(
    ("seen", "facts", "message"),
    [
        (Discrete(162), {}, "the learner needs the fact 'size'"),
        (Box(0, 1, (4, 3, 3), "uint8"), {"size": 3}, "reads the state as a number; here agents observe Box"),
        (Discrete(10), {"size": 3}, "reads the state as a number; here agents observe Discrete"),
    ],
)
def test_another_game_is_refused(seen, facts, message):
    with pytest.raises(ParameterError, match=message):
        CoinTaker().state(Specification(Discrete(4), seen, facts), 1)
