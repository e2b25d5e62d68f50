"""The course of a naming game, as in the paper's figure 1, and how its peak grows with the population."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from socialsim.core.estimate import Estimate
from socialsim.engine.run import run
from socialsim.environments.naming import scenario
from socialsim.plotting.figures import save
from socialsim.plotting.style import COLOURS, GREY, styled

COURSES = {"mean_num_words": ("all words, / N$^{1.5}$", 0.5), "mean_share_in_words": ("different words, / N", 0.0)}
SIZES, RUNS, SEED = (30, 100, 300, 1000), 20, 1


def draw(measured: Mapping[str, Estimate], expected: Mapping[str, Any], folder: Path) -> Path:
    """Draw the two courses of 1000 agents, and time and height of the peak against N, from runs made for this."""
    courses = {size: _course(size) for size in SIZES}
    with styled():
        figure = Figure(figsize=(8.4, 3.7))
        course, scaling = figure.subplots(1, 2)
        table = courses[1000]
        for colour, (name, (label, power)) in zip(COLOURS, COURSES.items(), strict=False):
            mean = table[name].unstack().mean() / 1000**power
            course.plot(mean.index / 1000**1.5, mean, color=colour, label=label)
        t_max = measured["t_max / N^1.5, N 1000"]
        course.axvspan(t_max.low, t_max.high, color=GREY, alpha=0.3, linewidth=0)
        course.text(t_max.high + 0.02, 0.02, "t$_{max}$", color=GREY, fontsize=8)
        course.set(xlabel="games / N$^{1.5}$, N = 1000", ylim=(0, 0.62), xlim=(0, 1.2))
        course.legend(loc="upper right")
        peaks = {size: table.mean_num_words.unstack() for size, table in courses.items()}
        _draw_peaks(scaling, "games to the peak", COLOURS[0], {n: t.idxmax(axis=1).mean() for n, t in peaks.items()})
        _draw_peaks(scaling, "words at the peak", COLOURS[1], {n: n * t.max(axis=1).mean() for n, t in peaks.items()})
        scaling.set(xscale="log", yscale="log", xlabel="agents N", ylabel="games; words")
        scaling.legend(loc="upper left")
        figure.suptitle("Words are invented, spread, and all but one are forgotten", x=0.01, ha="left")
        caption = (
            f"Means of {RUNS} populations each; grey: t_max by {t_max.num_runs} populations, 95% interval; "
            "lines on the right: slope 3/2."
        )
        figure.supxlabel(caption, x=0.01, ha="left", fontsize=7, color=GREY)
        return save(figure, folder / "figure.png")


def _course(size: int) -> pd.DataFrame:
    """Return the time course of some populations, by run and game."""
    model = scenario().replace({"network.n": size, "horizon.steps": round(1.2 * size**1.5)})
    every = max(1, round(size**1.5 / 100))
    series = run(model, replications=RUNS, seed=SEED, record_every=every, series_runs=RUNS).series
    return series.set_index(["run", "step"])


def _draw_peaks(axes: Axes, label: str, colour: str, found: Mapping[int, float]) -> None:
    sizes, values = np.array(list(found)), np.array(list(found.values()))
    axes.plot(sizes, values, "o", color=colour, label=label)
    scale = np.exp(np.mean(np.log(values) - 1.5 * np.log(sizes)))
    axes.plot(sizes, scale * sizes**1.5, color=colour, linewidth=0.8)
