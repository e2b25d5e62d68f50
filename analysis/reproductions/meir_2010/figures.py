"""Iterative voting, measured: who is elected before and after, and how few moves it takes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from socialsim.core.estimate import Estimate
from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.environments.iterative_voting import METRICS, IterativeVoting
from socialsim.plotting.figures import save
from socialsim.plotting.style import COLOURS, GREY, INK, styled

SIZES = {"11 voters,\n3 candidates": "11 and 3", "25 voters,\n5 candidates": "25 and 5"}
EXACT = "Condorcet efficiency, {}, 11 voters, 3 candidates"  # known for the first of them
STAGES = {"truthful": COLOURS[1], "iterated": COLOURS[0]}
RUNS, SEED = 2000, 2010


def draw(measured: Mapping[str, Estimate], expected: Mapping[str, Any], folder: Path) -> Path:
    """Draw the Condorcet efficiencies, and how many moves runs of 25 voters and 5 candidates take."""
    published = {row["quantity"]: row["published"] for row in expected["rows"]}
    with styled():
        figure = Figure(figsize=(8.2, 3.6))
        efficiency, moves = figure.subplots(1, 2)
        for stage, colour in STAGES.items():
            _draw_stage(efficiency, stage, colour, measured)
        exact = [float(published[EXACT.format(stage)]) for stage in STAGES]
        dash = {"marker": "_", "markersize": 15, "linestyle": "", "zorder": 1}
        efficiency.plot([0, 0], exact, color=INK, label="exact", **dash)
        others = [float(published[f"{stage} efficiency, 25 and 5"]) for stage in STAGES]
        efficiency.plot([1, 1], others, color=GREY, label="other programs, 20,000 elections", **dash)
        efficiency.set_xticks(range(len(SIZES)), list(SIZES))
        efficiency.set(xlim=(-0.6, 1.6), ylim=(0.5, 1.0), ylabel="Condorcet winner elected")
        efficiency.legend(loc="lower left")
        _draw_moves(moves, measured["moves, 25 and 5, to one digit"].value)
        figure.suptitle("A few changes of mind elect the Condorcet winner more often", x=0.01, ha="left")
        figure.supxlabel(_caption(measured), x=0.01, ha="left", fontsize=7, color=GREY)
        return save(figure, folder / "figure.png")


def _draw_stage(axes: Axes, stage: str, colour: str, measured: Mapping[str, Estimate]) -> None:
    names = [f"{stage} efficiency, {size}" for size in SIZES.values()]
    found = [measured[name] for name in names]
    reach = [[e.value - e.low for e in found], [e.high - e.value for e in found]]
    values = [e.value for e in found]
    label = "sincere ballots" if stage == "truthful" else "after iteration"
    axes.errorbar(range(len(found)), values, reach, color=colour, marker="o", linestyle="", capsize=2.5, label=label)


def _draw_moves(axes: Axes, average: float) -> None:
    election = IterativeVoting(num_candidates=5)
    scenario = Scenario(election, "restricted_best_reply", "complete:n=25", 2000, METRICS)
    counts = np.bincount(run(scenario, replications=RUNS, seed=SEED, record_every=None).runs.moves.astype(int))
    axes.bar(range(len(counts)), counts / RUNS, color=COLOURS[0])
    axes.axvline(average, color=INK, linewidth=1)
    axes.text(average + 0.3, 0.95 * counts.max() / RUNS, f"mean {average:.2f}")
    axes.set(xlabel="Moves until nobody gains (bound: 100)", ylabel="Share of elections")


def _caption(measured: Mapping[str, Estimate]) -> str:
    runs = measured["moves, 25 and 5, to one digit"].num_runs
    right = f"Right: {RUNS} of 25 voters and 5 candidates."
    return f"{runs} electorates of each size, impartial culture, 95% intervals. {right}"
