"""What random and greedy harvesters collect, and what learning does to the commons."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from socialsim.core.estimate import Estimate
from socialsim.plotting.figures import save
from socialsim.plotting.style import COLOURS, GREY, INK, styled

PANELS = {
    "Apples in 1000 steps": {
        "apples, random, no beam": "random, no beam",
        "apples, random": "random",
        "apples, greedy": "greedy",
    },
    "Hits in 1000 steps": {"hits, random": "random"},
    "Last apple taken [step]": {"step at which greedy harvesters have taken the last apple": "greedy"},
    "Difference in apples": {
        "patrolling minus greedy, apples": "patrolling minus greedy",
        "cautious minus greedy, apples": "cautious minus greedy",
        "random minus greedy, apples": "random minus greedy",
        "learners, no beam: apples, trained minus untrained": "learners, trained minus untrained",
    },
}
OTHERS = {"marker": "|", "color": INK, "markersize": 15, "markeredgewidth": 1.4, "linestyle": ""}


def draw(measured: Mapping[str, Estimate], expected: Mapping[str, Any], folder: Path) -> Path:
    """Draw figures of the port beside ours, and differences between strategies."""
    rows = {row["quantity"]: row for row in expected["rows"]}
    with styled():
        figure = Figure(figsize=(9, 4.6))
        heights = [len(names) for names in PANELS.values()]
        grid = figure.add_gridspec(len(PANELS), 1, height_ratios=[height + 0.6 for height in heights])
        for k, (label, names) in enumerate(PANELS.items()):
            axes = figure.add_subplot(grid[k])
            found = [measured[name] for name in names]
            places = range(len(names), 0, -1)
            known = {place: rows[name] for place, name in zip(places, names, strict=True) if rows[name]["published_se"]}
            published = [float(row["published"]) for row in known.values()]
            error = [3 * row["published_se"] for row in known.values()]
            axes.errorbar(published, list(known), xerr=error, **OTHERS, capsize=3)
            reach = [[e.value - e.low for e in found], [e.high - e.value for e in found]]
            axes.errorbar(
                [e.value for e in found], places, xerr=reach, fmt="o", color=COLOURS[0], markersize=5, capsize=2
            )
            axes.set_yticks(places, names.values())
            axes.set(ylim=(0.3, len(names) + 0.7))
            axes.axvline(0, color=GREY, linewidth=0.8)
            axes.set_title(label, loc="left", fontsize=9)
        figure.suptitle(
            "Restraint, even by chance, sustains the commons; learning to find apples does not", x=0.01, ha="left"
        )
        caption = (
            f"Dots: {measured['apples, random'].num_runs:,} episodes each, 95% intervals. "
            "Bars: an independent port of the rules, with three standard errors."
        )
        figure.supxlabel(caption, x=0.01, ha="left", fontsize=7, color=GREY)
        return save(figure, folder / "figure.png")
