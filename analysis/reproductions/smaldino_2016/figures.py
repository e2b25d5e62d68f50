"""The paper's figures, redrawn: power evolves, effort evolves, and effort beside replications, fixed or evolving."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from socialsim.core.estimate import Estimate
from socialsim.engine.run import run
from socialsim.environments.incentives import scenario
from socialsim.plotting.figures import save
from socialsim.plotting.style import COLOURS, GREY, INK, styled

RUNS, SEED, POINTS = 2, 2016, 50
POWER_EVOLVES = {"environment.effort_mutation": 0.0, "environment.power_mutation": 0.01}
REPLICATION_EVOLVES = {"environment.replication_mutation": 0.01}
PUBLISHED = {"marker": "D", "color": INK, "fillstyle": "none", "markersize": 8, "linestyle": "", "zorder": 4}
TITLE = "Selection for publications lowers effort and fills the literature with false findings"


def draw(measured: Mapping[str, Estimate], expected: Mapping[str, Any], folder: Path) -> Path:
    """Draw the evolution of power, of effort and of replication, beside the published end points."""
    published = {row["quantity"]: row["published"] for row in expected["rows"]}
    with styled():
        figure = Figure(figsize=(10.5, 4.1))
        power, effort, replication = figure.subplots(1, 3)
        power_evolves = _series(POWER_EVOLVES, 200_000)
        _draw_rates(power, power_evolves, power_evolves.mean_power, "power")
        none = _series({}, 1_000_000)
        _draw_rates(effort, none, none.mean_effort / 100, "effort / 100")
        effort.plot(
            [3], [float(published["effort after 300 000 steps"]) / 100], label="other implementations", **PUBLISHED
        )
        effort.plot([3], [float(published["false discovery rate after 300 000 steps"])], **PUBLISHED)
        _draw_efforts(replication, none)
        for axes, title in ((power, "Power evolves"), (effort, "Effort evolves"), (replication, "Beside replications")):
            axes.set(title=title, xlabel="Steps (100 000)")
            axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.2), ncols=2, fontsize=7.5)
        figure.suptitle(TITLE, x=0.01, ha="left")
        figure.supxlabel(_caption(measured), x=0.01, ha="left", fontsize=7, color=GREY)
        return save(figure, folder / "figure.png")


def _series(changes: Mapping[str, Any], steps: int) -> pd.DataFrame:
    """Return the time course of a few communities, averaged."""
    labs = scenario().replace({"horizon.steps": steps} | dict(changes))
    return run(labs, replications=RUNS, seed=SEED, record_every=steps // POINTS).series.groupby("step").mean()


def _draw_rates(axes: Axes, series: pd.DataFrame, trait: pd.Series, name: str) -> None:
    """Draw error rates and the trait that evolves against time."""
    steps = series.index / 1e5
    axes.plot(steps, trait, color=COLOURS[2], label=name)
    axes.plot(steps, series.mean_false_discovery_rate, color=COLOURS[1], label="false discovery rate")
    axes.plot(steps, series.mean_false_positive_rate, color=COLOURS[0], label="false positive rate")
    axes.set(ylim=(0, 1.02), xlim=(0, steps[-1]))


def _draw_efforts(axes: Axes, none: pd.DataFrame) -> None:
    """Draw how effort falls without replications, with many, and while their rate evolves."""
    half = _series({"environment.initial_replication": 0.5}, 1_000_000)
    evolves = _series(REPLICATION_EVOLVES, 1_500_000)
    axes.plot(none.index / 1e5, none.mean_effort, color=INK, label="effort, no replication")
    axes.plot(half.index / 1e5, half.mean_effort, color=COLOURS[4], label="effort, half are replications")
    axes.plot(evolves.index / 1e5, evolves.mean_effort, color=COLOURS[3], label="effort, rate evolves")
    rate = 100 * evolves.mean_replication
    axes.plot(evolves.index / 1e5, rate, color=COLOURS[3], linestyle=":", label="rate of replication, %")
    axes.set(ylim=(0, 102), xlim=(0, 15))


def _caption(measured: Mapping[str, Estimate]) -> str:
    end = measured["false discovery rate when effort has evolved"]
    runs = f"Lines: means of {RUNS} communities of 100 labs."
    return f"{runs} False discovery rate when effort has evolved, {end.num_runs} communities: {end}."
