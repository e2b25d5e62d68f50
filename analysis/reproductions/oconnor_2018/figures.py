"""The paper's figure, measured: how often communities polarise, against how much their members mistrust each other."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from socialsim.core.estimate import Estimate
from socialsim.plotting.figures import save
from socialsim.plotting.style import COLOURS, GREY, INK, styled

SIZES = {20: COLOURS[1], 10: COLOURS[2], 6: COLOURS[0], 2: COLOURS[3]}
MULTIPLIERS = ("1.1", "1.5", "2", "2.5")
LABEL_SHIFTS = {20: 0.02, 10: -0.015}  # where lines end close together
OTHERS = {"marker": "_", "color": INK, "markersize": 13, "markeredgewidth": 1.2, "linestyle": "", "zorder": 1}


def draw(measured: Mapping[str, Estimate], expected: Mapping[str, Any], folder: Path) -> Path:
    """Draw the share of polarised communities against the multiplier, for agents who update in turn and all at once."""
    published = {row["quantity"]: row["published"] for row in expected["rows"]}
    with styled():
        figure = Figure(figsize=(8.2, 3.8))
        in_turn, at_once = figure.subplots(1, 2, sharey=True)
        for axes, suffix in ((in_turn, ""), (at_once, ", simultaneous")):
            for size in SIZES:
                _draw_size(axes, size, suffix, measured, published)
            axes.set(xlim=(0.95, 2.95), xlabel="Mistrust multiplier m", ylim=(-0.03, 1.06))
            axes.set_xticks([1, 1.5, 2, 2.5])
        in_turn.set(title="Agents update in turn", ylabel="Share of communities that polarise")
        at_once.set(title="All update at once")
        in_turn.plot([], [], label="another implementation", **OTHERS)
        in_turn.legend(loc="lower right")
        figure.suptitle("Whether larger communities polarise more depends on the order of updates", x=0.01, ha="left")
        figure.supxlabel(_caption(measured), x=0.01, ha="left", fontsize=7, color=GREY)
        return save(figure, folder / "figure.png")


def _draw_size(
    axes: Axes, size: int, suffix: str, measured: Mapping[str, Estimate], published: Mapping[str, str]
) -> None:
    """Draw one line: measured shares with their intervals, and what others found."""
    names = {float(m): f"polarised, {size} scientists, m = {m}{suffix}" for m in MULTIPLIERS}
    names = {m: name for m, name in names.items() if name in measured}
    if not names:
        return
    found = [measured[name] for name in names.values()]
    values = [estimate.value for estimate in found]
    reach = [[e.value - e.low for e in found], [e.high - e.value for e in found]]
    style = {"color": SIZES[size], "marker": "o", "markersize": 4, "capsize": 2.5, "zorder": 2}
    axes.errorbar(list(names), values, reach, **style)
    axes.plot(list(names), [float(published[name]) for name in names.values()], **OTHERS)
    label = f"{size} scientists" if size == 20 else f"{size}"
    axes.text(2.58, values[-1] + LABEL_SHIFTS.get(size, 0.0), label, color=SIZES[size], va="center", fontsize=8)


def _caption(measured: Mapping[str, Estimate]) -> str:
    num_runs = measured["polarised, 20 scientists, m = 2"].num_runs
    return f"Dots: {num_runs:,} communities each, 95% intervals. Effect .2, 50 trials a round, threshold .99."
