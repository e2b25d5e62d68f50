"""The paper's maps and time course, drawn from runs of the same rules."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from socialsim.core.estimate import Estimate
from socialsim.core.result import Result
from socialsim.engine.run import run
from socialsim.environments.evolution import Evolution, scenario
from socialsim.plotting.figures import save
from socialsim.plotting.style import COLOURS, GREY, styled

KINDS = ("cooperator", "cooperator, was defector", "defector", "defector, was cooperator")
SHADES = (COLOURS[0], COLOURS[2], "#B8B8B8", COLOURS[1])
SIDES = {"chaos": 100, "pattern": 69}


def draw(measured: Mapping[str, Estimate], expected: Mapping[str, Any], folder: Path) -> Path:
    """Draw the torus of a random start, the pattern that one defector makes, and the share of cooperators."""
    published = {row["quantity"]: row["published"] for row in expected["rows"]}
    with styled():
        figure = Figure(figsize=(10.2, 3.9))
        chaos, pattern, course = figure.subplots(1, 3, width_ratios=[1, 1, 1.25])
        show(chaos, "A random start, step 200", SIDES["chaos"], 200, (0.9, 0.1))
        side = SIDES["pattern"]
        show(pattern, "One defector, step 30", side, 30, (1 - 1 / side**2, 1 / side**2))
        chaos.legend(
            handles=[Patch(color=shade, label=kind) for shade, kind in zip(SHADES, KINDS, strict=True)],
            loc="upper left",
            bbox_to_anchor=(0, -0.03),
            ncols=2,
            columnspacing=1.2,
        )
        draw_course(course, float(published["cooperators, 1.8 < b < 2"]))
        figure.suptitle("Cooperators and defectors chase each other, b = 1.85", x=0.01, ha="left")
        estimate = measured["cooperators, 1.8 < b < 2"]
        caption = f"Measured on 200 x 200 cells, {estimate.num_runs} runs: {estimate}"
        figure.supxlabel(caption, x=0.99, ha="right", fontsize=7, color=GREY)
        return save(figure, folder / "figure.png")


def torus(side: int, steps: int, initial: tuple[float, float], every: int | None = None) -> Result:
    """Run a torus and return it."""
    network = f"grid:rows={side},columns={side},periodic=true,neighbourhood=moore"
    values = {"network": network, "horizon.steps": steps}
    model = scenario().replace({**values, "environment.initial": initial, "environment.burn_in": 0})
    assert isinstance(model.environment, Evolution)
    return run(model, seed=1, record_every=every)


def show(axes: Axes, title: str, side: int, step: int, initial: tuple[float, float]) -> None:
    """Draw the cells after a step, and which have changed in it, with the first defector in the middle."""
    before, now = (torus(side, end, initial).agents.sort_values("agent") for end in (step - 1, step))
    cells = 2 * now.strategy.to_numpy() + (now.strategy.to_numpy() != before.strategy.to_numpy())
    first = divmod(int(np.argmax(now.initial_strategy.to_numpy())), side)
    centred = np.roll(cells.reshape(side, side), (side // 2 - first[0], side // 2 - first[1]), axis=(0, 1))
    axes.imshow(centred, cmap=ListedColormap(SHADES), vmin=-0.5, vmax=3.5, interpolation="nearest")
    axes.set(xticks=[], yticks=[])
    axes.set_title(title, fontsize=9)
    axes.spines[:].set_visible(False)


def draw_course(axes: Axes, published: float) -> None:
    """Draw the share of cooperators against time, from three starts."""
    for defectors, colour in ((0.1, COLOURS[0]), (0.5, COLOURS[2]), (0.7, COLOURS[1])):
        series = torus(200, 200, (1 - defectors, defectors), every=1).series
        axes.plot(series.step, series.mean_cooperates, color=colour, linewidth=1.2, label=f"{defectors:.0%} at first")
    axes.axhline(published, color=GREY, linewidth=0.8, linestyle="--")
    axes.text(200, published - 0.12, f"{published:g}", color=GREY, ha="right", fontsize=8)
    axes.set(xlim=(0, 200), ylim=(0, 1), xlabel="Generation", ylabel="Share of cooperators")
    axes.legend(title="Defectors", loc="upper right")
