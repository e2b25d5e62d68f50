"""Draw what a tax and a market for permits change, before and after: ``python analysis/emissions.py FILE.png``."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from socialsim.engine.run import run
from socialsim.engine.simulation import Simulation
from socialsim.environments.emissions import scenario
from socialsim.plotting.figures import save
from socialsim.plotting.style import COLOURS, GREY, styled

RULES = {
    "tax": {},
    "permits to all": {"environment.rule": "cap_and_trade"},
    "permits at auction": {"environment.rule": "cap_and_trade", "environment.allocation": "auction"},
}
TAXES = np.arange(0.0, 1.61, 0.2)
BEFORE, AFTER, EVERY = 200, 800, 5  # steps around the switch
RUNS, NUM_FIRMS = 20, 20


def draw_course(axes: Axes) -> None:
    """Draw mean emissions around the switch, and the optimum."""
    switch = scenario().environment.rule_from
    steps = range(switch - BEFORE, switch + AFTER, EVERY)
    for colour, (name, changes) in zip(COLOURS, RULES.items(), strict=False):
        simulation, emitted = Simulation(scenario().replace(changes), seed=1, replications=range(RUNS)), []
        for step in steps:
            simulation.advance(step)
            emitted.append(simulation.columns()["emissions"].mean())
        axes.plot(np.array(steps) - switch, emitted, color=colour, linewidth=1.0, label=name)
    best = scenario().environment.best_emissions(NUM_FIRMS)
    axes.axhline(best, color=GREY, linestyle=(0, (4, 3)), linewidth=0.9)
    axes.axvline(0, color=GREY, linewidth=0.9)
    axes.text(-BEFORE + 10, best - 0.012, "optimum", color=GREY, fontsize=7, va="top")
    axes.set(xlabel="Steps after the rule", ylabel="Emissions of a firm", xlim=(-BEFORE, AFTER), ylim=(0.5, 1.0))
    axes.set_title("Emissions", fontsize=9, loc="left")
    axes.legend(fontsize=7, loc="upper right")


def draw_welfare(axes: Axes) -> None:
    """Draw mean welfare before and after each rule, with the optimum and welfare without abatement."""
    environment = scenario().environment
    for k, changes in enumerate(RULES.values()):
        metrics = run(scenario().replace(changes), replications=RUNS, seed=1, record_every=None).metrics
        before, after = metrics["welfare_before"], metrics["welfare_after"]
        axes.annotate("", (k, after.value), (k, before.value), arrowprops={"arrowstyle": "->", "color": GREY})
        for welfare, when, colour in ((before, "before", GREY), (after, "after", COLOURS[k])):
            axes.plot(k, welfare.value, "o", color=colour, markersize=6)
            axes.plot([k, k], [welfare.low, welfare.high], color="black", linewidth=1.0)
            axes.text(k + 0.12, welfare.value - 0.005, when, fontsize=7, va="center")
    best, none = environment.best_welfare(NUM_FIRMS), environment.earnings - environment.damage
    for level, label in ((best, "optimum"), (none, "nobody abates")):
        axes.axhline(level, color=GREY, linestyle=(0, (4, 3)), linewidth=0.9)
        axes.text(2.6, level + 0.002, label, color=GREY, fontsize=7, ha="right", va="bottom")
    axes.set(xlim=(-0.4, 2.6), ylim=(2.18, 2.37), ylabel="Welfare of a step, per firm", xticks=range(len(RULES)))
    axes.set_xticklabels([name.replace(" ", "\n", 1) for name in RULES], fontsize=8)
    axes.set_title("Welfare", fontsize=9, loc="left")


def draw_taxes(axes: Axes) -> None:
    """Draw what learners reach of the possible gain at each tax, and what theory says of firms that know."""
    environment = scenario().environment
    slopes, none = environment.slopes(NUM_FIRMS), environment.earnings - environment.damage
    fine = np.linspace(0, TAXES[-1], 200)
    abated = np.minimum(fine[:, None] / slopes, 1.0)
    welfare = environment.earnings - (0.5 * slopes * abated**2 + environment.damage * (1 - abated)).mean(axis=1)
    axes.plot(fine, (welfare - none) / (environment.best_welfare(NUM_FIRMS) - none), color=GREY, label="equilibrium")
    found = [
        run(scenario().replace({"environment.tax": float(tax)}), replications=8, seed=1, record_every=None)
        for tax in TAXES
    ]
    gains = [result.metrics["gain_after"] for result in found]
    axes.plot(TAXES, [gain.value for gain in gains], "o", color=COLOURS[0], markersize=4, label="learners")
    axes.axvline(environment.damage, color=GREY, linewidth=0.9)
    axes.text(environment.damage + 0.03, 0.02, "tax = damage", color=GREY, fontsize=7)
    axes.set(xlabel="Tax on a unit of emissions", ylabel="Share of the possible gain", ylim=(-0.1, 1.05))
    axes.set_title("Which tax?", fontsize=9, loc="left")
    axes.legend(fontsize=7, loc="lower center", bbox_to_anchor=(0.75, 0.12))


def draw() -> Figure:
    """Return the figure: emissions in time, welfare before and after, and the gain at each tax."""
    with styled():
        figure = Figure(figsize=(9.4, 3.5), layout="constrained")
        course, welfare, taxes = figure.subplots(1, 3)
        draw_course(course)
        draw_welfare(welfare)
        draw_taxes(taxes)
        figure.suptitle("A price on emissions makes selfish firms spare others", x=0.01, ha="left")
    return figure


if __name__ == "__main__":
    save(draw(), Path(sys.argv[1]))
