"""What random, greedy and cautious agents collect, measured here and on the peers."""

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
        "apples, random, no beam, P starts": "random, no beam, P starts",
        "apples, random, no beam, SocialJax": "random, no beam, SocialJax",
        "apples, random": "random",
        "apples, random, P starts": "random, P starts",
        "apples, one greedy agent": "greedy, alone",
        "apples, greedy": "greedy",
    },
    "Hits in 1000 steps": {"hits, random": "random", "hits, random, P starts": "random, P starts"},
    "Last apple taken [step]": {"step at which greedy agents have taken the last apple": "greedy"},
}
OTHERS = {"marker": "|", "color": INK, "markersize": 15, "markeredgewidth": 1.4, "linestyle": ""}


def draw(measured: Mapping[str, Estimate], expected: Mapping[str, Any], folder: Path) -> Path:
    """Draw every figure that was measured on the peers beside ours."""
    rows = {row["quantity"]: row for row in expected["rows"]}
    with styled():
        figure = Figure(figsize=(9, 3.9))
        heights = [len(names) for names in PANELS.values()]
        grid = figure.add_gridspec(len(PANELS), 1, height_ratios=[height + 0.6 for height in heights])
        for k, (label, names) in enumerate(PANELS.items()):
            axes = figure.add_subplot(grid[k])
            found = [measured[name] for name in names]
            places = range(len(names), 0, -1)
            published = [float(rows[name]["published"]) for name in names]
            axes.errorbar(
                published, places, xerr=[3 * rows[name]["published_se"] for name in names], **OTHERS, capsize=3
            )
            reach = [[e.value - e.low for e in found], [e.high - e.value for e in found]]
            axes.errorbar(
                [e.value for e in found], places, xerr=reach, fmt="o", color=COLOURS[0], markersize=5, capsize=2
            )
            axes.set_yticks(places, names.values())
            axes.set(xlim=(0, None), ylim=(0.3, len(names) + 0.7))
            axes.set_title(label, loc="left", fontsize=9)
        figure.suptitle("Random agents collect more than greedy ones", x=0.01, ha="left")
        caption = (
            f"Dots: {measured['apples, random'].num_runs:,} episodes each, 95% intervals. "
            "Bars: measured on the peers, with three standard errors."
        )
        figure.supxlabel(caption, x=0.01, ha="left", fontsize=7, color=GREY)
        return save(figure, folder / "figure.png")
