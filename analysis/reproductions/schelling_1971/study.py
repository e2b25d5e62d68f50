"""Schelling 1971: how far apart do people end up who want half of their neighbours to be like them?

Run it with ``socialsim reproduce schelling_1971 [--full]``.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from socialsim.core.estimate import Estimate
from socialsim.core.parameters import parameter
from socialsim.core.result import Result
from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.environments.segregation import METRICS, Segregation
from socialsim.metrics.estimates import mean, ratio

RULES = {"height": 13, "width": 16, "periodic": False, "destination": "nearest", "schedule": "reading"}
PEOPLE = 138
HALF, MORE_THAN_HALF = 0.5, 0.499  # share of unlike neighbours that is borne
STEPS = 300
BOUNDS = ((0, 0), (0, 1), (1, 1), (1, 2), (2, 3), (2, 4), (3, 4), (3, 5), (3, 6))  # p. 166, by number of neighbours


class Board(Segregation):
    """A city whose people may also have the demands of figures 11, 16 and 17."""

    demand: Literal["by tolerance", "about a third", "three", "neither too few nor too many"] = parameter(
        "by tolerance", "what neighbours people want"
    )

    def content_table(self, num_neighbours: int) -> NDArray[np.int8]:
        """Return who is content by like and unlike neighbours."""
        if self.demand == "by tolerance":
            return super().content_table(num_neighbours)
        like, unlike = np.mgrid[: num_neighbours + 1, : num_neighbours + 1]
        total = np.minimum(like + unlike, num_neighbours)
        if self.demand == "about a third":  # figure 11: one of four or fewer, two of five or more
            return ((like >= np.where(total <= 4, 1, 2)) | (total == 0)).astype(np.int8)
        if self.demand == "three":  # figure 16: whoever else is there
            return (like >= 3).astype(np.int8)
        low, high = np.array(BOUNDS)[total].transpose(2, 0, 1)  # figure 17, left
        return ((low <= like) & (like <= high)).astype(np.int8)


def with_four_neighbours(city: Board) -> Board:
    """A mutation: those at the corners are no neighbours."""
    return Board(**(dict(city) | {"neighbourhood": "von_neumann"}))


def undemanding(city: Board) -> Board:
    """A mutation: one bears half as many unlike neighbours again."""
    return Board(**(dict(city) | {"tolerance": 1.5 * city.tolerance}))


MUTATIONS = {"only four are neighbours": with_four_neighbours, "demands are smaller": undemanding}


def measure(replications: int, seed: int, full: bool, mutation: str | None = None) -> dict[str, Estimate]:
    """Return every quantity of ``expected.json``."""

    def board(city: Board, number: int, steps: int = STEPS) -> Result:
        if mutation is not None:
            city = MUTATIONS[mutation](city)
        scenario = Scenario(city, "innate", f"complete:n={PEOPLE}", steps, METRICS)
        return run(scenario, replications=replications, seed=seed + number, record_every=None)

    found = {
        "random homes": board(Board(**RULES), 0, steps=0),
        "half wanted": board(Board(**RULES, tolerance=HALF), 1),
        "more than half wanted": board(Board(**RULES, tolerance=MORE_THAN_HALF), 2),
        "about a third wanted": board(Board(**RULES, demand="about a third"), 3),
        "three wanted": board(Board(**RULES, demand="three"), 4),
    }
    both = {"shares": (90 / PEOPLE, 48 / PEOPLE), "demand": "neither too few nor too many"}
    mixed = board(Board(**RULES, **both), 5)
    measured = {}
    for name in ("random homes", "half wanted", "more than half wanted", "three wanted"):
        measured[f"share of like neighbours, {name}"] = mean(found[name].runs.like_share)
        measured[f"share without unlike neighbours, {name}"] = mean(found[name].runs.among_themselves)
    measured["share discontented, random homes"] = mean(found["random homes"].runs.discontented)
    for name in ("more than half wanted", "about a third wanted"):
        like = found[name].runs.like_share
        measured[f"like to unlike neighbours, {name}"] = ratio(like, 1.0 - like)
    measured["moves of integrationists per move of those who want half"] = ratio(
        mixed.runs.moves, found["half wanted"].runs.moves
    )
    measured["share of integrationists that stay discontented"] = mean(mixed.runs.discontented)
    return measured
