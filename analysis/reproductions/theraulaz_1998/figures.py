"""Practice divides labour; specialists who come back find that others have taken over."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from socialsim.core.estimate import Estimate
from socialsim.plotting.figures import save
from socialsim.plotting.style import COLOURS, GREY, INK, styled

INDEX = ("I / H_task, xi 10, phi 1", "I / H_task, xi = phi = 0")
ABSENCES = (100, 1500)
TAKEN_OVER = (
    ("took over in", "did the task when they came back", COLOURS[2]),
    ("kept it after", "still did it later", COLOURS[1]),
)


def draw(measured: Mapping[str, Estimate], expected: Mapping[str, Any], folder: Path) -> Path:
    """Draw the index with and without practice, and who took over and kept a task."""
    published = {row["quantity"]: row["published"] for row in expected["rows"]}
    with styled():
        figure = Figure(figsize=(8.2, 3.6))
        index, removal = figure.subplots(1, 2)
        for k, name in enumerate(INDEX):
            _bar(index, k, measured[name], COLOURS[k])
            index.plot(k, float(published[name]), "_", color=INK, markersize=34, zorder=3)
        index.plot([], [], "_", color=INK, markersize=12, label="other implementations")
        index.set_xticks(range(2), ["reinforced\nthresholds", "fixed and\nequal"])
        index.set(xlim=(-0.7, 1.7), ylim=(0, 1.15), ylabel="Division of labour, I / H_task")
        index.legend(loc="upper right")
        for k, absence in enumerate(ABSENCES):
            for place, (what, label, colour) in enumerate(TAKEN_OVER):
                found = measured[f"of 100, {what} an absence of {absence} steps"]
                _bar(removal, k + 0.34 * (place - 0.5), found, colour, width=0.32)
                removal.text(k + 0.34 * (place - 0.5), found.high + 0.7, f"{found.value:.1f}", ha="center", fontsize=8)
                if k == 0:
                    removal.bar([-9], [0], color=colour, label=label)
        removal.set_xticks(range(2), [f"{absence} steps\naway" for absence in ABSENCES])
        removal.set(xlim=(-0.7, 1.7), ylim=(0, 36), ylabel="Others who took over, of 100 agents")
        removal.legend(loc="upper left")
        figure.suptitle("Practice makes specialists; after a long absence others have their place", x=0.01, ha="left")
        num_runs, num_large = (
            measured[name].num_runs for name in (INDEX[0], "of 100, took over in an absence of 100 steps")
        )
        caption = f"Means with 95% intervals: {num_runs:,} colonies of five (left), {num_large} of a hundred (right)."
        figure.supxlabel(caption, x=0.01, ha="left", fontsize=7, color=GREY)
        return save(figure, folder / "figure.png")


def _bar(axes: Axes, place: float, found: Estimate, colour: str, width: float = 0.5) -> None:
    axes.bar(place, found.value, width=width, color=colour, zorder=1)
    reach = [[found.value - found.low], [found.high - found.value]]
    axes.errorbar(place, found.value, reach, color=INK, capsize=2.5, linestyle="", zorder=2)
