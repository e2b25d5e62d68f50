"""Draw how hosts and parasites cycle, and who matches whom: ``python analysis/matching_alleles.py FILE.png``."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.environments.matching_alleles import METRICS, MatchingAlleles
from socialsim.environments.matching_alleles.theory import cycle, time_shift
from socialsim.plotting.figures import save
from socialsim.plotting.style import COLOURS, GREY, INK, styled

AGENTS, GENERATIONS, REPLICATIONS = "complete:n=4000", 1000, 20
COSTS = (0.2, 0.3, 0.5, 0.8)
GROWTH = 0.998  # per generation: cycles nearly fade, so that chance keeps them near even frequencies
SHOWN, SETTLED = slice(200, 401), 100  # generations
LAGS = np.arange(-30, 31, 2)
SHARES = ("mean_host_0", "mean_parasite_0")


def draw_course(axes: Axes, course: pd.DataFrame) -> None:
    """Draw the shares of allele 0 in one run."""
    for name, label, colour in zip(SHARES, ("hosts", "parasites"), COLOURS, strict=False):
        axes.plot(course.step[SHOWN], course[name][SHOWN], color=colour, label=label)
    axes.set(xlabel="Generation", ylabel="Share of allele 0", ylim=(0, 1))
    axes.legend(loc="upper right")


def draw_shifts(axes: Axes, courses: list[pd.DataFrame]) -> None:
    """Draw how well parasites match the hosts of other generations than their own."""
    matches = []
    for course in courses:
        hosts, parasites = (np.stack([course[name], 1.0 - course[name]], axis=1)[SETTLED:] for name in SHARES)
        matches.append([time_shift(hosts, parasites, int(lag)) for lag in LAGS])
    axes.axhline(0.5, color=GREY, linewidth=0.8)
    axes.axvline(0, color=GREY, linewidth=0.8)
    axes.plot(LAGS, np.mean(matches, axis=0), color=COLOURS[2])
    axes.set(xlabel="Age of hosts [generations]", ylabel="Share of pairs that match")


def draw_periods(axes: Axes) -> None:
    """Draw the period of cycles by what infection, and failing to infect, costs."""
    for cost in COSTS:
        mutation = 0.5 * (1.0 - GROWTH / cycle(2, cost, cost)[1])
        world = MatchingAlleles(host_cost=cost, parasite_cost=cost, mutation=mutation)
        scenario = Scenario(world, "innate", AGENTS, GENERATIONS, METRICS)
        found = run(scenario, replications=REPLICATIONS, seed=1, record_every=None).metrics["cycle_period"]
        reach = [[found.value - found.low], [found.high - found.value]]
        axes.errorbar(cost, found.value, reach, fmt="o", color=COLOURS[0], capsize=2.5)
        print(f"costs {cost}, mutation {mutation:.4f}: {found}, theory {cycle(2, cost, cost)[0]:.1f}")
    costs = np.linspace(0.15, 1, 100)
    axes.plot(costs, [cycle(2, cost, cost)[0] for cost in costs], color=INK, linewidth=1, label="theory")
    axes.set(xlabel="Cost of infection, of failing to infect", ylabel="Period [generations]", yscale="log")
    axes.set_yticks([8, 16, 32, 64], ["8", "16", "32", "64"])
    axes.minorticks_off()
    axes.legend()


def draw() -> Figure:
    """Return the figure."""
    scenario = Scenario(MatchingAlleles(), "innate", AGENTS, GENERATIONS, METRICS)
    series = run(scenario, replications=REPLICATIONS, seed=1, record_every=1, series_runs=REPLICATIONS).series
    courses = [course.reset_index() for _, course in series.groupby("run")]
    with styled():
        figure = Figure(figsize=(10, 3.4))
        course, shifts, periods = figure.subplots(1, 3, width_ratios=(1.4, 1, 1))
        draw_course(course, courses[0])
        draw_shifts(shifts, courses)
        draw_periods(periods)
        figure.suptitle("Parasites are after whoever was common a quarter of a cycle ago", x=0.01, ha="left")
        caption = (
            f"Two alleles, 2,000 hosts and 2,000 parasites. Middle: means of {REPLICATIONS} runs. Right: mutation at "
            "which cycles nearly fade; 95% intervals."
        )
        figure.supxlabel(caption, x=0.01, ha="left", fontsize=7, color=GREY)
    return figure


if __name__ == "__main__":
    save(draw(), Path(sys.argv[1]))
