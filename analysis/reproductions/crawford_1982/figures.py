"""The finest equilibria against the bias, and how much learners say."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from socialsim.core.estimate import Estimate
from socialsim.environments.cheap_talk import equilibria, most_cells, partition
from socialsim.plotting.figures import save
from socialsim.plotting.style import COLOURS, GREY, INK, styled

NUM_STATES = 6
BIASES = (0.02, 0.15, 0.25, 0.4)


def draw(measured: Mapping[str, Estimate], expected: Mapping[str, Any], folder: Path) -> Path:
    """Draw the ends of the cells against the bias, and bits in equilibrium and of learners."""
    with styled():
        figure = Figure(figsize=(8.6, 3.7))
        cells, bits = figure.subplots(1, 2)
        _draw_cells(cells)
        _draw_bits(bits, measured)
        figure.suptitle("The larger the bias, the less is said", x=0.01, ha="left")
        runs = measured["bits, learners of bias .02"].num_runs
        caption = f"Right: {NUM_STATES} points; lines: all equilibria of cells; dots: {runs} runs of Q-learners."
        figure.supxlabel(caption, x=0.01, ha="left", fontsize=7, color=GREY)
        return save(figure, folder / "figure.png")


def _draw_cells(axes: Axes) -> None:
    for bias in np.geomspace(0.005, 0.3, 120):
        ends = partition(float(bias), int(most_cells(float(bias))))[1:-1]
        axes.plot(np.full(len(ends), bias), ends, ".", color=COLOURS[0], markersize=2)
    axes.set(xscale="log", ylim=(0, 1), xlabel="Bias b", ylabel="State")
    axes.set_xticks([0.01, 0.03, 0.1, 0.3], ["0.01", "0.03", "0.1", "0.3"])
    axes.minorticks_off()
    axes.set_title("Ends of the cells of the finest equilibrium", fontsize=9)


def _draw_bits(axes: Axes, measured: Mapping[str, Estimate]) -> None:
    grid = np.linspace(0.0, 0.45, 91)
    for bias in grid:
        for sizes in equilibria(float(bias), NUM_STATES):
            axes.plot(bias, _bits(sizes), "_", color=INK, markersize=5, alpha=0.5)
    found = measured["bits, learners of bias .02"].value
    learnt = [found]
    for more, less in (("bias .02", "bias .15"), ("bias .15", "bias .25"), ("bias .25", "bias .4")):
        found -= measured[f"bits, {more} less {less}"].value
        learnt.append(found)
    axes.plot(BIASES, learnt, "o", color=COLOURS[1], label="learners")
    axes.plot([], [], "_", color=INK, label="equilibria")
    axes.set(ylim=(-0.1, 2.8), xlabel="Bias b", ylabel="I(state; act) [bits]")
    axes.set_title("Bits that an act holds of the state", fontsize=9)
    axes.legend(loc="upper right", fontsize=8)


def _bits(sizes: tuple[int, ...]) -> float:
    return -sum(size / NUM_STATES * math.log2(size / NUM_STATES) for size in sizes) + 0.0
