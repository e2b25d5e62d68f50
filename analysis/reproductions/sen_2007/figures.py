"""How a rule of the road emerges: the share on one side in single populations, and the time it takes by size."""

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
from socialsim.environments.conventions import Conventions, time_to_convention
from socialsim.plotting.figures import save
from socialsim.plotting.style import COLOURS, GREY, styled

LEARNERS = {
    "WoLF-PHC": ("wolf_phc:discount=0.0,delta_win=0.01,delta_lose=0.04,alpha=0.3", "role", COLOURS[1]),
    "Q-learning": ("q_learning:discount=0.0,epsilon=0.1,alpha=0.3", "role", COLOURS[0]),
    "fictitious play": ("fictitious_play", "payoffs", COLOURS[2]),
}
SIZES = (25, 50, 100, 200, 400)
SHOWN, MEETINGS, SIZE, SEED = 12, 100, 100, 7


def draw(measured: Mapping[str, Estimate], expected: Mapping[str, Any], folder: Path) -> Path:
    """Draw the courses of twelve populations of Q-learners, beside the time that each learner needs."""
    with styled():
        figure = Figure(figsize=(8.6, 3.7))
        courses, times = figure.subplots(1, 2)
        _draw_courses(courses)
        for name in LEARNERS:
            if f"converged, {LEARNERS[name][0].partition(':')[0]}" in measured:
                _draw_times(times, name)
        courses.set(
            xlim=(0, MEETINGS), ylim=(-0.02, 1.02), xlabel="meetings of each agent", ylabel="share on the right"
        )
        times.set(xscale="log", yscale="log", xlim=(21, 1500), xlabel="agents")
        times.set_ylabel("meetings until nine of ten agree")
        times.set_xticks(SIZES, [str(size) for size in SIZES])
        times.set_yticks([10, 20, 50, 100, 200], ["10", "20", "50", "100", "200"])
        times.minorticks_off()
        figure.suptitle("Learning from meetings with anybody leads all to one side of the road", x=0.01, ha="left")
        caption = f"Left: {SHOWN} populations of {SIZE} Q-learners, exploring one act in ten. Right: 100 of each."
        figure.supxlabel(caption, x=0.01, ha="left", fontsize=7, color=GREY)
        return save(figure, folder / "figure.png")


def _model(name: str, size: int, steps: int, stop_at: float) -> Scenario:
    learner, seen, _ = LEARNERS[name]
    environment = Conventions(observation=seen, stop_at=stop_at)
    return Scenario(environment, learner, f"complete:n={size}", steps, (time_to_convention,))


def _draw_courses(axes: Axes) -> None:
    steps = MEETINGS * SIZE // 2
    series = run(_model("Q-learning", SIZE, steps, 0.0), replications=SHOWN, seed=SEED, record_every=SIZE).table(
        "series"
    )
    for _, course in series.groupby("run"):
        ends_right = course.mean_act.iloc[-1] > 0.5
        axes.plot(
            2 * course.step / SIZE, course.mean_act, color=COLOURS[0 if ends_right else 3], alpha=0.7, linewidth=1
        )


def _draw_times(axes: Axes, name: str) -> None:
    colour = LEARNERS[name][2]
    found = [
        run(_model(name, size, 1000 * size, 0.9), replications=100, seed=SEED, record_every=None).metrics[
            "time_to_convention"
        ]
        for size in SIZES
    ]
    values = np.array([estimate.value for estimate in found])
    reach = [values - [e.low for e in found], [e.high for e in found] - values]
    axes.errorbar(SIZES, values, reach, color=colour, marker="o", markersize=4, capsize=2.5)
    axes.text(460, values[-1], name, color=colour, va="center", fontsize=8)
