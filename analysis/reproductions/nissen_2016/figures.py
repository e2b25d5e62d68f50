"""The paper's figures 4, 8 and 9: how often a false claim is canonised, exactly and by simulation."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure

from socialsim.core.estimate import Estimate
from socialsim.environments.publication import Publication
from socialsim.environments.publication.theory import absorption
from socialsim.plotting.figures import save
from socialsim.plotting.style import GREY, INK, styled

SIZES = (0.05, 0.10, 0.15, 0.20, 0.25)  # a, the false positive rate
SHADES = LinearSegmentedColormap.from_list("errors", ["#d9a400", "#a4123f"])(np.linspace(0, 1, len(SIZES)))
RATES = np.concatenate([np.linspace(0.005, 0.5, 20), np.linspace(0.56, 1, 6)])
DOTS = {"marker": "o", "markersize": 4.5, "color": "white", "markeredgecolor": INK, "linestyle": "", "zorder": 3}
PANELS = {
    "Figure 4A: b = .2, t = .9": {"false_negative_rate": 0.2, "threshold": 0.9},
    "Figure 4B: b = .4, t = .9": {"false_negative_rate": 0.4, "threshold": 0.9},
    "Figure 8: p-hacking": {"false_negative_rate": 0.2, "threshold": 0.999, "hacked": True},
    "Figure 4C: b = .2, t = .999": {"false_negative_rate": 0.2, "threshold": 0.999},
    "Figure 4D: b = .4, t = .999": {"false_negative_rate": 0.4, "threshold": 0.999},
    "Figure 9B: surprise": {"false_negative_rate": 0.4, "threshold": 0.9, "surprise": 1.0},
}
SIMULATED = {  # the rows of each panel, by the text that comes before r
    "Figure 4A: b = .2, t = .9": "simulated, a .05, b .2, t .9, r ",
    "Figure 4C: b = .2, t = .999": "simulated, a .05, b .2, t .999, r ",
    "Figure 4D: b = .4, t = .999": "simulated, a .05, b .4, t .999, r ",
}
DIFFERENCES = {  # rows of simulated minus exact
    "Figure 8: p-hacking": {
        "simulated minus exact, a .25 for .05, r 1": (0.25, 1.0),
        "simulated minus exact, a .15 for .05, r .4": (0.15, 0.4),
    },
    "Figure 9B: surprise": {"simulated minus exact, surprise, a .25, r .4": (0.25, 0.4)},
}


def draw(measured: Mapping[str, Estimate], expected: Mapping[str, Any], folder: Path) -> Path:
    """Draw the probability of a false fact against the share of negative results that are published."""
    with styled():
        figure = Figure(figsize=(10, 6))
        grid = figure.subplots(2, 3, sharex=True, sharey=True)
        for axes, (title, values) in zip(grid.flat, PANELS.items(), strict=True):
            for size, shade in zip(SIZES, SHADES, strict=True):
                axes.plot(RATES, [canonised(size, rate, **values) for rate in RATES], color=shade, linewidth=1.6)
            _draw_simulated(axes, title, values, measured)
            axes.set_title(title, loc="left", fontsize=9)
            axes.set(xlim=(0, 1.02), ylim=(-0.02, 1.02))
        for size, shade in zip(SIZES, SHADES, strict=True):
            grid[0, 0].plot([], [], color=shade, label=f"a = {size:.2f}, exact")
        grid[0, 0].plot([], [], label="simulated", **DOTS)
        grid[0, 0].legend(loc="upper right")
        for axes in grid[1]:
            axes.set_xlabel("Share r of negative results published")
        for axes in grid[:, 0]:
            axes.set_ylabel("False claims canonised")
        figure.suptitle("What stays in the drawer makes facts of false claims", x=0.01, ha="left")
        figure.supxlabel(_caption(measured), x=0.01, ha="left", fontsize=7, color=GREY)
        return save(figure, folder / "figure.png")


def canonised(size: float, rate: float, *, hacked: bool = False, surprise: float = 0.0, **values: float) -> float:
    """Return the exact probability; p-hacked tests have the size that readers take for .05."""
    nominal = 0.05 if hacked else size
    environment = Publication(
        **{"false_positive_rate": nominal, "p_hacking": size / nominal, "negative_publication_rate": rate}, **values
    )
    return absorption(environment, surprise=surprise).canonised


def _draw_simulated(axes: Axes, title: str, values: Mapping[str, Any], measured: Mapping[str, Estimate]) -> None:
    if title in SIMULATED:
        found = {
            float(name.removeprefix(SIMULATED[title])): estimate.value
            for name, estimate in measured.items()
            if name.startswith(SIMULATED[title])
        }
        axes.plot(list(found), list(found.values()), **DOTS)
    for name, (size, rate) in DIFFERENCES.get(title, {}).items():
        axes.plot(rate, canonised(size, rate, **values) + measured[name].value, **DOTS)


def _caption(measured: Mapping[str, Estimate]) -> str:
    num_runs = measured["simulated, a .05, b .2, t .9, r 1"].num_runs
    return (
        f"Dots: {num_runs:,} claims each. Prior belief 1/2; b: false negative rate; t: threshold. Figure 8: a is the "
        "actual rate, readers take it for .05 (b = .2, t = .999).\nFigure 9B: negative results appear with probability "
        "r + q (1 - r), where q is the belief in the claim (b = .4, t = .9)."
    )
