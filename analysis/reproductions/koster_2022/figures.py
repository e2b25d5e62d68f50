"""The paper's figure 4, measured: six quantities over the time of learning, under three rules."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from socialsim.cli.reproduction import study_beside
from socialsim.core.estimate import Estimate
from socialsim.environments.taboo.measures import learning_curve
from socialsim.plotting.figures import save
from socialsim.plotting.style import COLOURS, GREY, styled

RUNS, INTERVALS, SEED = 8, 30, 4000
PANELS = {  # as the paper's panels A to F
    "A  Sanctions of unmarked, per 1000 steps": ("unmarked_sanctioned", "steps", 1000.0),
    "B  Sanctions of marked, per 1000 steps": ("marked_sanctioned", "steps", 1000.0),
    "C  Time spent marked": ("steps_marked", "steps", 1.0),
    "D  Time spent sick": ("steps_sick", "steps", 1.0),
    "E  Poison eaten, of that found": ("poison_eaten", "poison_found", 1.0),
    "F  Return, berries a step": ("earned", "steps", 1.0),
}
SHOWN = {"no rule": GREY, "important rule": COLOURS[1], "silly rule": COLOURS[0]}


def draw(measured: Mapping[str, Estimate], expected: Mapping[str, Any], folder: Path) -> Path:
    """Draw means over runs with bands of one standard error."""
    study = study_beside(__file__)
    results = {name: study.forage(name, RUNS, SEED + k, INTERVALS, {}) for k, name in enumerate(SHOWN)}
    with styled():
        figure = Figure(figsize=(9.0, 5.2))
        for axes, (title, (part, whole, unit)) in zip(figure.subplots(2, 3).flat, PANELS.items(), strict=True):
            for name, colour in SHOWN.items():
                curve = unit * learning_curve(results[name], part, whole)
                steps = (np.arange(INTERVALS) + 0.5) * 60 / INTERVALS
                middle, reach = curve.mean(axis=0), curve.std(axis=0, ddof=1) / np.sqrt(RUNS)
                axes.plot(steps, middle, color=colour, label=name)
                axes.fill_between(steps, middle - reach, middle + reach, color=colour, alpha=0.25, linewidth=0)
            axes.set_title(title, loc="left", fontsize=9)
            axes.set(xlim=(0, 60))
            if title[0] in "DEF":
                axes.set_xlabel("Time of learning [1000 steps]")
        figure.axes[0].legend(frameon=False, fontsize=8)
        figure.suptitle(
            "A silly rule costs at first, then speeds up compliance with the important one", x=0.01, ha="left"
        )
        caption = f"Means over {RUNS} groups of twelve foragers under each rule, with bands of one standard error."
        figure.supxlabel(caption, x=0.01, ha="left", fontsize=7, color=GREY)
        return save(figure, folder / "figure.png")
