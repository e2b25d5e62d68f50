"""How often no signalling system is reached, against the published figures and those of others."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from socialsim.core.estimate import Estimate
from socialsim.plotting.figures import save
from socialsim.plotting.style import COLOURS, GREY, INK, styled

PUBLISHED = {"marker": "D", "color": INK, "fillstyle": "none", "markersize": 8, "linestyle": "", "zorder": 3}
OTHERS = {"marker": "_", "color": INK, "markersize": 14, "markeredgewidth": 1.2, "linestyle": "", "zorder": 3}


def draw(measured: Mapping[str, Estimate], expected: Mapping[str, Any], folder: Path) -> Path:
    """Draw failures against the number of states, and the successes of Bush-Mosteller learners against their rate."""
    published = {row["quantity"]: float(row["published"]) for row in expected["rows"] if row["kind"] != "qualitative"}
    with styled():
        figure = Figure(figsize=(8.2, 3.7))
        failures, successes = figure.subplots(1, 2)
        sizes = [n for n in (2, 3, 8) if f"failures, {n} states" in measured]
        _dots(failures, sizes, [measured[f"failures, {n} states"] for n in sizes], COLOURS[0])
        shown = [n for n in sizes if n > 2]
        failures.plot(shown, [published[f"failures, {n} states"] for n in shown], label="Barrett 2006", **PUBLISHED)
        if 8 in sizes:
            failures.plot([8], [published["failures, 8 states (others)"]], label="other programs", **OTHERS)
        failures.set(ylim=(-0.03, 1), xlim=(1.4, 8.6), xlabel="States, messages and acts", ylabel="Share of runs")
        failures.set_title("Roth-Erev: no signalling system", fontsize=9)
        failures.legend(loc="upper left", fontsize=8)
        rates = [name for name in measured if name.startswith("Bush-Mosteller")]
        places = [float(name.rpartition(" ")[2]) for name in rates]
        _dots(successes, places, [measured[name] for name in rates], COLOURS[1])
        successes.plot(places, [published[name] for name in rates], label="other programs", **OTHERS)
        successes.set(ylim=(-0.03, 1.03), xlabel="Learning rate alpha", ylabel="Share of runs")
        successes.set_title("Bush-Mosteller: success above .9 after 300 plays", fontsize=9)
        successes.legend(loc="lower right", fontsize=8)
        figure.suptitle("The more states, the more often meanings are pooled", x=0.01, ha="left")
        figure.supxlabel(_caption(measured, sizes), x=0.01, ha="left", fontsize=7, color=GREY)
        return save(figure, folder / "figure.png")


def _dots(axes: Axes, places: list[Any], found: list[Estimate], colour: str) -> None:
    values = [estimate.value for estimate in found]
    reach = [[e.value - e.low for e in found], [e.high - e.value for e in found]]
    style = {"color": colour, "marker": "o", "markersize": 4, "capsize": 2.5, "zorder": 2, "label": "measured"}
    axes.errorbar(places, values, reach, **style)


def _caption(measured: Mapping[str, Estimate], sizes: list[int]) -> str:
    runs = ", ".join(f"{measured[f'failures, {n} states'].num_runs:,} of {n}" for n in sizes)
    others = measured["Bush-Mosteller, alpha .1"].num_runs
    return f"Dots: shares of runs ({runs} states; Bush-Mosteller {others:,}), 95% intervals."
