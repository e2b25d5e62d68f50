"""The paper's curves, redrawn: progress against the size of pure populations, and against the share of mavericks."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from socialsim.core.estimate import Estimate
from socialsim.engine.run import run
from socialsim.environments.landscape import scenario
from socialsim.plotting.figures import save
from socialsim.plotting.style import COLOURS, GREY, INK, styled

RUNS, SEED, STEPS = 20, 2009, 1000
SIZES = (25, 50, 100, 200, 400)
MAVERICKS = (0, 5, 10, 25, 50, 75, 100)  # among 100
PURE = {  # name, colour, share of controls, share of mavericks, rule of the followers
    "mavericks": (COLOURS[2], 0, 1, "corrected"),
    "controls": (GREY, 1, 0, "corrected"),
    "followers, corrected": (COLOURS[0], 0, 0, "corrected"),
    "followers, published": (COLOURS[1], 0, 0, "published"),
}
OTHER = {"marker": "D", "color": INK, "fillstyle": "none", "markersize": 8, "linestyle": "", "zorder": 4}


def draw(measured: Mapping[str, Estimate], expected: Mapping[str, Any], folder: Path) -> Path:
    """Draw progress of pure and of mixed populations, beside what the independent program found."""
    published = {row["quantity"]: row["published"] for row in expected["rows"] if row["kind"] == "consensus"}
    with styled():
        figure = Figure(figsize=(8.6, 3.9))
        pure, mixed = figure.subplots(1, 2, sharey=True)
        for name, (colour, controls, mavericks, rule) in PURE.items():
            found = [_progress(size, size * controls, size * mavericks, rule) for size in SIZES]
            _line(pure, SIZES, found, colour, name)
        for name in PURE:
            _mark(pure, 100, published.get(f"progress, 100 {name}"))
        _mark(pure, 400, published["progress, 400 followers, published"])
        for rule, colour in (("corrected", COLOURS[0]), ("published", COLOURS[1])):
            found = [_progress(100, 0, number, rule) for number in MAVERICKS]
            _line(mixed, MAVERICKS, found, colour, f"rest: followers, {rule}")
            _mark(mixed, 0, published[f"progress, 100 followers, {rule}"])
            _mark(mixed, 10, published[f"progress, 90 followers and 10 mavericks, {rule}"])
        _mark(mixed, 100, published["progress, 100 mavericks"])
        pure.plot([], [], label="independent program", **OTHER)
        pure.set(xscale="log", ylim=(0, 1), xlabel="Scientists, all of one strategy", ylabel="Epistemic progress")
        pure.set_xticks(SIZES, [str(size) for size in SIZES])
        pure.minorticks_off()
        mixed.set(xlabel="Mavericks among 100 scientists")
        pure.legend(loc="upper left", fontsize=8)
        mixed.legend(loc="lower right", fontsize=8)
        figure.suptitle("Mavericks find most; the error in the program held followers down", x=0.01, ha="left")
        caption = f"Dots: {RUNS} communities each after {STEPS:,} steps, 95% intervals."
        figure.supxlabel(caption, x=0.01, ha="left", fontsize=7, color=GREY)
        return save(figure, folder / "figure.png")


def _progress(size: int, controls: int, mavericks: int, rule: str) -> Estimate:
    """Measure the progress of one community."""
    composition = {"environment.num_controls": controls, "environment.num_mavericks": mavericks}
    change = {"network": f"complete:n={size}", "learner.follower.rule": rule, "horizon.steps": STEPS}
    result = run(scenario().replace(change | composition), replications=RUNS, seed=SEED, record_every=None)
    return result.metrics["progress"]


def _line(axes: Axes, places: tuple[int, ...], found: list[Estimate], colour: str, name: str) -> None:
    """Draw measured values with their intervals."""
    values = [estimate.value for estimate in found]
    reach = [[e.value - e.low for e in found], [e.high - e.value for e in found]]
    axes.errorbar(places, values, reach, color=colour, marker="o", markersize=4, capsize=2.5, label=name)


def _mark(axes: Axes, place: int, value: str | None) -> None:
    """Draw what the independent program found."""
    if value is not None:
        axes.plot(place, float(value), **OTHER)
