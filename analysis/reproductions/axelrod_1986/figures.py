"""Axelrod's figures of the two games, measured: where groups end, and how many stand or fall over time."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from socialsim.core.estimate import Estimate
from socialsim.core.result import Result
from socialsim.engine.run import run
from socialsim.environments.metanorms import scenario
from socialsim.metrics.estimates import proportion
from socialsim.plotting.figures import save
from socialsim.plotting.style import COLOURS, GREY, INK, styled

GAMES = {False: (COLOURS[0], "o", "norms game"), True: (COLOURS[1], "^", "with metanorms")}  # by whether with metanorms
STATES = {"established": "-", "collapsed": ":"}
GENERATIONS, EVERY, NUM_GROUPS, SEED = 1000, 50, 100, 86
SHOWN = 40  # groups on the left
LEVEL = 1e-9  # rounding of means of sevenths


def draw(measured: Mapping[str, Estimate], expected: Mapping[str, Any], folder: Path) -> Path:
    """Draw forty groups of each game at generation 1000, and the shares of groups over the generations."""
    published = {row["quantity"]: float(row["published"]) for row in expected["rows"] if row["kind"] == "consensus"}
    with styled():
        figure = Figure(figsize=(8.8, 3.9))
        groups, shares = figure.subplots(1, 2, width_ratios=(1, 1.35))
        for metanorms in GAMES:
            changes = {"environment.metanorms": metanorms, "horizon.steps": GENERATIONS}
            found = run(scenario().replace(changes), replications=NUM_GROUPS, seed=SEED, record_every=EVERY)
            _draw_groups(groups, metanorms, found)
            _draw_courses(shares, metanorms, found)
        groups.axvspan(-0.05, 2 / 7, ymin=(5 / 7 + 0.05) / 1.1, color=GREY, alpha=0.15, linewidth=0)
        groups.axvspan(6 / 7, 1.05, ymax=(1 / 7 + 0.05) / 1.1, color=GREY, alpha=0.15, linewidth=0)
        groups.text(2 / 7 + 0.015, 1.03, "established", fontsize=8, color=GREY, va="top")
        groups.text(1.03, 1 / 7 + 0.02, "collapsed", fontsize=8, color=GREY, ha="right")
        groups.set(xlim=(-0.05, 1.05), ylim=(-0.05, 1.05), xlabel="mean boldness", ylabel="mean vengefulness")
        groups.legend(loc="center", bbox_to_anchor=(0.6, 0.55), fontsize=8)
        style = {"marker": "_", "color": INK, "markersize": 14, "markeredgewidth": 1.4, "linestyle": "", "zorder": 5}
        shares.plot(
            [100, 1000, 100],
            [
                published["norms game, collapsed at generation 100"],
                published["norms game, collapsed at generation 1000"],
                published["metanorms, established at generation 100"],
            ],
            label="other implementations",
            **style,
        )
        shares.set(xlim=(0, 1040), ylim=(-0.03, 1.03), xlabel="generation", ylabel="share of groups")
        shares.legend(loc="center right", fontsize=8)
        figure.suptitle("Norms collapse unless it costs not to enforce them", x=0.01, ha="left")
        caption = f"Left: {SHOWN} groups of 20, generation 1000. Right: {NUM_GROUPS} groups of each, 95% intervals."
        figure.supxlabel(caption, x=0.01, ha="left", fontsize=7, color=GREY)
        return save(figure, folder / "figure.png")


def _draw_groups(axes: Axes, metanorms: bool, found: Result) -> None:
    colour, marker, label = GAMES[metanorms]
    jitter = np.random.default_rng(metanorms).uniform(-0.012, 0.012, (2, SHOWN))
    last = found.runs.head(SHOWN)
    style = {"color": colour, "alpha": 0.6, "markersize": 4.5, "linestyle": "", "label": label}
    axes.plot(last.boldness + jitter[0], last.vengefulness + jitter[1], marker, **style)


def _draw_courses(axes: Axes, metanorms: bool, found: Result) -> None:
    colour, _, label = GAMES[metanorms]
    series = found.table("series").query("step > 0")
    bold, vengeful = 7 * series.mean_boldness, 7 * series.mean_vengefulness
    states = {
        "established": (bold <= 2 + LEVEL) & (vengeful >= 5 - LEVEL),
        "collapsed": (bold >= 6 - LEVEL) & (vengeful <= 1 + LEVEL),
    }
    for state, there in states.items():
        course = there.groupby(series.step).apply(proportion)
        axes.plot(course.index, [e.value for e in course], STATES[state], color=colour, label=f"{label}: {state}")
        ends = [e.low for e in course], [e.high for e in course]
        axes.fill_between(course.index, *ends, color=colour, alpha=0.15, linewidth=0)
