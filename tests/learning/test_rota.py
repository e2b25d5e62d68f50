"""The rota: what it does on duty and off, by hand, and what comes of it."""

import numpy as np
import pytest

from socialsim.core.errors import ParameterError
from socialsim.core.streams import Purpose, seed_streams
from socialsim.engine.interface import Box, Discrete, Specification
from socialsim.engine.run import run
from socialsim.environments.clean_up import scenario, small
from socialsim.grids.codes import (
    AGENT,
    APPLE,
    CLEAN,
    EMPTY,
    FORWARD,
    LEFT,
    RIGHT,
    RIVER,
    TURN_LEFT,
    TURN_RIGHT,
    WALL,
    WASTE,
)
from socialsim.learning.rota import Rota
from socialsim.testing.contracts import check_scenario

CODES = {".": EMPTY, "#": WALL, "a": APPLE, "w": WASTE, "r": RIVER, "@": AGENT, "o": AGENT + 4 + 2}
RAYS = ((0, 1, 2), (-1, 0, 2), (1, 0, 2))


def specification(codes, num_actions=9, **facts):
    (ahead, left), (rows, columns) = np.argwhere(codes == AGENT)[0].tolist(), codes.shape
    sides = {"ahead": ahead, "behind": rows - 1 - ahead, "left": left, "right": columns - 1 - left}
    return Specification(Discrete(num_actions), Box(0, 255, (rows, columns), "uint8"), {**sides, **facts})


def acts(text, duty=1.0, num_draws=60):
    """Return all that one on duty does on a window, over many draws."""
    codes = np.array([[CODES[symbol] for symbol in line] for line in text.split()], np.uint8)
    state = Rota(duty=duty).state(specification(codes, cleaning_beam=RAYS, beam=()), 1)
    stream = seed_streams(1, np.arange(1), Purpose.LEARNERS)[0]
    return {int(Rota.act(state, 0, codes, stream)) for _ in range(num_draws)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("..w.. ..... ..@.. .....", {CLEAN}),
        ("..... .w... ..@.. .....", {CLEAN}),
        ("..... ..... ..@w. .....", {CLEAN}),
        ("..w.. ..#.. ..@.. .....", {LEFT, RIGHT}),  # a wall ends the ray: around it
        ("..w.. ..o.. ..@.. .....", {CLEAN}),  # an agent does not
        ("w.... ..... ..@.. .....", {FORWARD}),
        ("..... ..... w.@.. .....", {TURN_LEFT}),
        ("..... ..... ..@.w .....", {TURN_RIGHT}),
        ("..... ..... ..@.. ..w..", {TURN_RIGHT}),
        ("..... ..... ..@.. .w...", {TURN_LEFT}),
        ("rrrrr .a... ..@.. .....", {FORWARD, TURN_LEFT, TURN_RIGHT}),  # nothing to do: it wanders
        ("..w.. ..... ..... .aoa. ..@..", {LEFT, RIGHT}),
    ],
)
def test_on_duty_it_cleans_or_goes_towards_the_nearest_waste(text, expected):
    assert acts(text) == expected


def test_off_duty_it_takes_the_nearest_apple():
    assert acts(".aw.. ..... a.@.. .....", duty=0.0) == {LEFT}


def test_duties_are_spread_and_take_their_share():
    codes = np.array([[WASTE], [AGENT]], np.uint8)
    state = Rota(duty=0.25, period=8).state(specification(codes, cleaning_beam=((0, 1, 1),), beam=()), 4)
    stream = seed_streams(1, np.arange(1), Purpose.LEARNERS)[0]
    cleans = np.array([[Rota.act(state, i, codes, stream) == CLEAN for i in range(4)] for _ in range(16)])
    assert np.all(cleans.sum(axis=1) == 1)  # always one of the four
    assert np.all(cleans.sum(axis=0) == 4)


def test_it_needs_something_to_clean_with():
    codes = np.array([[EMPTY], [AGENT]], np.uint8)
    for wrong in (specification(codes), specification(codes, num_actions=8, cleaning_beam=RAYS)):
        with pytest.raises(ParameterError, match="'rota' cleans; here agents have no beam to clean with"):
            Rota().state(wrong, 1)


def test_it_keeps_the_contract():
    check_scenario(small().replace({"learner": "rota:duty=0.5"}))


@pytest.mark.compiled
def test_a_rota_provides_the_good_that_a_token_one_does_not():
    apples = {}
    for duty in (0.1, 0.4):
        rota = scenario().replace({"learner": f"rota:duty={duty}"})
        apples[duty] = run(rota, replications=8, seed=1).runs.apples
    assert apples[0.4].min() > 1000
    assert apples[0.1].max() < 100
