"""Crawford & Sobel 1982: how much is said by an adviser with interests of its own, in equilibrium and by learners?

Run it with ``socialsim reproduce crawford_1982 [--full]``.
"""

from __future__ import annotations

import math

import numpy as np

from socialsim.core.estimate import Estimate
from socialsim.core.result import Result
from socialsim.engine.run import run
from socialsim.environments.cheap_talk import loss_of_receiver, most_cells, partition, scenario
from socialsim.metrics.estimates import difference_of_means, mean

BIASES = {"bias .02": 0.02, "bias .15": 0.15, "bias .25": 0.25, "bias .4": 0.4}
MUTATIONS = {
    "the bias is forgotten": {"environment.bias": 0.0},
    "messages are lost": {"environment.noise": 1.0},
}


def measure(replications: int, seed: int, full: bool, mutation: str | None = None) -> dict[str, Estimate]:
    """Return every quantity of ``expected.json``."""
    changes = {} if mutation is None else MUTATIONS[mutation]
    measured = {name: _exact(value) for name, value in _closed_forms().items()}
    results = {name: learn(bias, changes, replications, seed + k) for k, (name, bias) in enumerate(BIASES.items())}
    bits = {name: result.metrics["information"] for name, result in results.items()}
    measured["bits, learners of bias .02"] = bits["bias .02"]
    for more, less in (("bias .02", "bias .15"), ("bias .15", "bias .25"), ("bias .25", "bias .4")):
        measured[f"bits, {more} less {less}"] = difference_of_means(bits[more], bits[less])
    measured["share of the state's bits, learners of bias .4"] = mean(
        results["bias .4"].runs.acted_information / math.log2(6)
    )
    return measured


def learn(bias: float, changes: dict[str, object], replications: int, seed: int) -> Result:
    """Let two Q-learners play the game."""
    game = scenario().replace({"environment.bias": bias} | changes)
    return run(game, replications=replications, seed=seed, record_every=None)


def _exact(value: float) -> Estimate:
    return Estimate(value, value, value, 1)


def _closed_forms() -> dict[str, float]:
    """Return the closed forms, each checked against what follows from the sender's indifference alone."""
    ends = partition(0.05, 3)
    assert np.allclose(ends, by_indifference(0.05, 3))
    assert math.isclose(loss_of_receiver(0.05, 3), by_integration(ends))
    for bias in (0.05, 0.01, 0.25):
        assert most_cells(bias) == by_trying(bias)
    return {
        "most cells, bias .05": most_cells(0.05),
        "most cells, bias .01": most_cells(0.01),
        "most cells, bias .25": most_cells(0.25),
        "end of the first of three cells, bias .05": ends[1],
        "end of the second of three cells, bias .05": ends[2],
        "receiver's loss in three cells, bias .05": loss_of_receiver(0.05, 3),
        "receiver's loss without information": loss_of_receiver(0.3, 1),
    }


def by_indifference(bias: float, num_cells: int) -> np.ndarray:
    """Return the ends of cells at which the sender does not care which of the two means is done.

    x_{i+1} = 2 x_i - x_{i-1} + 4 b; the end of the first cell is such that the last one ends at 1.
    """

    def ends(first: float) -> list[float]:
        found = [0.0, first]
        while len(found) <= num_cells:
            found.append(2 * found[-1] - found[-2] + 4 * bias)
        return found

    at_0, at_1 = ends(0.0)[-1], ends(1.0)[-1]
    return np.array(ends((1.0 - at_0) / (at_1 - at_0)))


def by_trying(bias: float) -> int:
    """Return the most cells for which the first is not empty."""
    most = 1
    while by_indifference(bias, most + 1)[1] > 1e-12:
        most += 1
    return most


def by_integration(ends: np.ndarray) -> float:
    """Return the receiver's mean loss from the widths of the cells: sum w^3 / 12."""
    return float((np.diff(ends) ** 3).sum() / 12)
