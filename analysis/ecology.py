"""Draw densities of predators and prey, how fast they become, and a grid: ``python analysis/ecology.py FILE.png``."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure

from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.engine.simulation import Simulation
from socialsim.environments.ecology import METRICS, Ecology
from socialsim.environments.ecology.theory import course, evolved_speeds, rates
from socialsim.plotting.figures import save
from socialsim.plotting.style import COLOURS, GREY, INK, styled

SIDE, SHORT, LONG, REPLICATIONS = 64, 300, 6000, 6
SPACES = ("grid", "mixed")
STILL = Ecology(height=SIDE, width=SIDE, mutation=0.0)
RACE = {"birth": 0.6, "death": 0.06, "mutation_size": 0.03}


def on_the_grid(world: Ecology, num_steps: int) -> Scenario:
    """Return a world with its rows of agents."""
    return Scenario(world, "innate", f"complete:n={2 * SIDE * SIDE}", num_steps, METRICS)


def draw_densities(axes: Axes) -> None:
    """Draw one run of each space, beside the mean field."""
    for space, colour in zip(SPACES, COLOURS, strict=False):
        series = run(on_the_grid(Ecology(**(dict(STILL) | {"space": space})), SHORT), seed=1, record_every=1).series
        axes.plot(series.step, series.mean_prey, color=colour, label=f"prey, {space}")
        axes.plot(series.step, series.mean_predators, "--", color=colour, label=f"predators, {space}")
    start = (STILL.prey_start, STILL.predator_start)
    axes.plot(course(rates(STILL, 0.0, 0.0), start, SHORT), color=INK, linewidth=0.8)
    axes.plot([], [], color=INK, linewidth=0.8, label="mean field")
    axes.set(xlabel="Step", ylabel="Per site", ylim=(0, 0.62))
    axes.legend(loc="upper right", ncols=2, fontsize=7)


def draw_speeds(axes: Axes) -> None:
    """Draw how fast both become, beside where selection rests if all is mixed."""
    for space, colour in zip(SPACES, COLOURS, strict=False):
        world = Ecology(height=SIDE, width=SIDE, space=space, **RACE)
        kept = {"record_every": LONG // 100, "series_runs": REPLICATIONS}
        series = run(on_the_grid(world, LONG), replications=REPLICATIONS, seed=1, **kept).series
        speeds = series.groupby("step")[["mean_prey_speed", "mean_predator_speed"]].mean()
        axes.plot(speeds.index, speeds.mean_prey_speed, color=colour, label=f"prey, {space}")
        axes.plot(speeds.index, speeds.mean_predator_speed, "--", color=colour, label=f"predators, {space}")
        last = speeds.iloc[-20:].mean()
        print(f"{space}, last fifth: prey {last.mean_prey_speed:.3f}, predators {last.mean_predator_speed:.3f}")
    for speed, line in zip(evolved_speeds(world), ("-", "--"), strict=True):
        axes.axhline(speed, color=INK, linewidth=0.8, linestyle=line)
    axes.set(xlabel="Step", ylabel="Mean speed", ylim=(0, 0.75))
    axes.legend(loc="lower right", fontsize=7)


def draw_grid(axes: Axes) -> None:
    """Draw who lives where at the end of a run."""
    simulation = Simulation(on_the_grid(STILL, SHORT), seed=1, replications=[0])
    simulation.advance(SHORT)
    holder = simulation.environment.holder[0]
    kinds = np.where(holder < 0, 0, np.where(holder < SIDE * SIDE, 1, 2)).reshape(SIDE, SIDE)
    colours = ListedColormap(["white", COLOURS[2], COLOURS[1]])
    axes.imshow(kinds, cmap=colours, vmin=0, vmax=2, interpolation="nearest")
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set_visible(False)
    axes.set_title("green: prey; red: predators", loc="left")


def draw() -> Figure:
    """Return the figure."""
    with styled():
        figure = Figure(figsize=(10, 3.4))
        densities, speeds, grid = figure.subplots(1, 3, width_ratios=(1.3, 1.3, 1))
        draw_densities(densities)
        draw_speeds(speeds)
        draw_grid(grid)
        figure.suptitle("Where all is mixed, theory holds; on a grid prey and predators gather", x=0.01, ha="left")
        caption = (
            f"{SIDE} x {SIDE} sites. Left: one run, all of speed 0. Middle: means of {REPLICATIONS} runs; black: where "
            "selection rests."
        )
        figure.supxlabel(caption, x=0.01, ha="left", fontsize=7, color=GREY)
    return figure


if __name__ == "__main__":
    save(draw(), Path(sys.argv[1]))
