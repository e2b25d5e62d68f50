"""How long play stays on the risk dominant action as errors vanish, and how long it takes to get there."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
from matplotlib.figure import Figure

from socialsim.core.estimate import Estimate
from socialsim.environments.conventions.theory import adaptive_play_chain, revision_chain, stationary, waiting_time
from socialsim.plotting.figures import save
from socialsim.plotting.style import COLOURS, GREY, styled

START = "both play the risk dominant action, errors "
GAME = ((5.0, 0.0), (4.0, 3.0))
ERRORS, SIZES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3), (4, 5, 6, 7, 8, 9, 10)
NETWORKS = {"ring": (COLOURS[2], nx.cycle_graph), "all meet": (COLOURS[0], nx.complete_graph)}


def draw(measured: Mapping[str, Estimate], expected: Mapping[str, Any], folder: Path) -> Path:
    """Draw the exact share and the simulated one against the errors, beside the waits on a ring and among all."""
    with styled():
        figure = Figure(figsize=(8.6, 3.7))
        shares, waits = figure.subplots(1, 2)
        shares.plot(ERRORS, [_both(error) for error in ERRORS], color=GREY, label="exact chain", zorder=1)
        found = _numbers(START, measured)
        reach = [[e.value - e.low for e in found.values()], [e.high - e.value for e in found.values()]]
        style = {"color": COLOURS[0], "linestyle": "", "marker": "o", "markersize": 5, "capsize": 2.5}
        shares.errorbar(list(found), [e.value for e in found.values()], reach, label="simulated, 95% interval", **style)
        shares.set(xscale="log", xlabel="chance of an error", ylabel="share of meetings", ylim=(0.65, 1.01))
        shares.set_title("Both take the risk dominant action", loc="left", fontsize=9)
        shares.set_xticks([0.01, 0.03, 0.1, 0.3], ["0.01", "0.03", "0.1", "0.3"])
        shares.minorticks_off()
        shares.legend(loc="lower left", fontsize=8)
        for label, (colour, build) in NETWORKS.items():
            course = [_wait(build(size)) for size in SIZES]
            waits.plot(SIZES, course, "o-", color=colour, markersize=4.5)
            waits.text(10.2, course[-1], label, color=colour, va="center")
        waits.set(yscale="log", xlabel="agents", ylabel="revisions for each agent", xlim=(3.6, 12), ylim=(5, 1000))
        waits.set_title("Wait for it from the other convention", loc="left", fontsize=9)
        waits.set_xticks(SIZES)
        figure.suptitle("Errors select what is harder to leave, and sooner among neighbours", x=0.01, ha="left")
        caption = "Game 5, 0 / 4, 3. Left: adaptive play, memory 4, sample 2. Right: exact, best reply with errors .05."
        figure.supxlabel(caption, x=0.01, ha="left", fontsize=7, color=GREY)
        return save(figure, folder / "figure.png")


def _both(error: float) -> float:
    """Return how often two in adaptive play both take action 1: the last bit of either's history."""
    shares = stationary(adaptive_play_chain(GAME, memory=4, sample=2, error=error))
    states = np.arange(256)
    return float(shares[(states & states >> 4 & 1) == 1].sum())


def _wait(network: nx.Graph) -> float:
    """Return the revisions of each agent until all do action 1."""
    chain = revision_chain(GAME, nx.to_numpy_array(network), error=0.05)
    return waiting_time(chain, 0, np.arange(len(chain)) == len(chain) - 1) / len(network)


def _numbers(start: str, measured: Mapping[str, Estimate]) -> dict[float, Estimate]:
    """Return the quantities that begin so, by the number that ends their name."""
    found = {float(name.removeprefix(start)): value for name, value in measured.items() if name.startswith(start)}
    return dict(sorted(found.items()))
