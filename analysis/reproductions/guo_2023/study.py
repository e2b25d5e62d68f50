"""Guo and others 2023: what does MFGLib find in its own games?

Its problems and parameters are those of `socialsim.limits.library`; here the same games are solved by the solvers of
`socialsim.limits.solvers`. Run it with ``socialsim reproduce guo_2023 [--full]``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from socialsim.core.estimate import Estimate
from socialsim.engine.aggregative import AggregativeGame
from socialsim.limits.library.beach_bar import BeachBar
from socialsim.limits.library.crowd_motion import CrowdMotion
from socialsim.limits.library.left_right import LeftRight
from socialsim.limits.library.linear_quadratic import LinearQuadratic
from socialsim.limits.library.rock_paper_scissors import RockPaperScissors
from socialsim.limits.library.sis import susceptible_infected
from socialsim.limits.mean_field import MeanField
from socialsim.limits.solvers import solve

RUNS: dict[str, tuple[Callable[[], AggregativeGame], str, dict[str, Any], int]] = {
    "rock-paper-scissors, fictitious play": (RockPaperScissors, "fictitious_play", {}, 100),
    "rock-paper-scissors, mirror descent .1": (RockPaperScissors, "mirror_descent", {"rate": 0.1}, 100),
    "beach bar, fictitious play": (BeachBar, "fictitious_play", {}, 100),
    "beach bar, mirror descent 1": (BeachBar, "mirror_descent", {"rate": 1.0}, 100),
    "susceptible-infected, fictitious play": (susceptible_infected, "fictitious_play", {}, 100),
    "left-right, mirror descent 1": (LeftRight, "mirror_descent", {"rate": 1.0}, 100),
    "left-right, prior that stays": (LeftRight, "prior_descent", {}, 20),
    "linear-quadratic, fictitious play": (LinearQuadratic, "fictitious_play", {}, 100),
    "crowd motion, mirror descent .1": (CrowdMotion, "mirror_descent", {"rate": 0.1}, 20),
}


def pay_once_less(game: AggregativeGame) -> AggregativeGame:
    """A mutation: T rewards in place of T + 1."""
    return game.model_copy(update={"num_steps": game.num_steps - 1})


def discount_by_half(game: AggregativeGame) -> AggregativeGame:
    """A mutation: a reward is worth half of the one before."""
    return game.model_copy(update={"discount": 0.5})


MUTATIONS: dict[str, Callable[[AggregativeGame], AggregativeGame]] = {
    "the last step is not paid": pay_once_less,
    "later rewards are worth less": discount_by_half,
}


def measure(replications: int, seed: int, full: bool, mutation: str | None = None) -> dict[str, Estimate]:
    """Return every quantity of ``expected.json``."""
    measured = {}
    for name in RUNS:
        found = exploitabilities(name, mutation)
        for n in (0, 1, 10, len(found) - 1):
            measured[f"{name}, iteration {n}"] = Estimate(float(found[n]), float(found[n]), float(found[n]), 1)
    return measured


def exploitabilities(name: str, mutation: str | None = None) -> np.ndarray:
    """Return the exploitability after each iteration."""
    make, method, options, iterations = RUNS[name]
    game = make() if mutation is None else MUTATIONS[mutation](make())
    return solve(MeanField(game), method, iterations, **options).exploitabilities
