"""Paths of parties in the plane of policies, as the paper draws them, and what each rule finds."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Circle

from socialsim.core.estimate import Estimate
from socialsim.engine.scenario import Scenario
from socialsim.engine.simulation import Simulation
from socialsim.environments.parties import Parties
from socialsim.learning.party_strategies import RULES, PartyRule
from socialsim.plotting.figures import save
from socialsim.plotting.style import COLOURS, GREY, INK, styled

SEED, STEPS = 2005, 200
PATHS = {"5 Aggregators": ("aggregator",) * 5, "5 Hunters": ("hunter",) * 5, "two of each rule": RULES * 2}
INKS = dict(zip(RULES, (INK, COLOURS[0], COLOURS[1], COLOURS[2]), strict=True))
ECCENTRICITIES = ("5 Stickers", "3 Aggregators", "2 Aggregators", "5 Hunters", "2 Hunters")


def draw(measured: Mapping[str, Estimate], expected: Mapping[str, Any], folder: Path) -> Path:
    """Draw three systems' paths, the mean eccentricity of systems, and how far Hunters are ahead."""
    published = {row["quantity"]: row["published"] for row in expected["rows"]}
    with styled():
        figure = Figure(figsize=(10.2, 6.6), layout="constrained")
        above, below = figure.subfigures(2, 1, height_ratios=(1.25, 1))
        for axes, (name, rules) in zip(above.subplots(1, 3), PATHS.items(), strict=True):
            _draw_paths(axes, name, rules)
        systems, contests = below.subplots(1, 2)
        found = {name: measured[f"eccentricity, {name}"] for name in ECCENTRICITIES}
        forms = {name: published[f"eccentricity, {name}"] for name in ECCENTRICITIES}
        _draw_rows(systems, found, "Mean distance from the voters' mean", forms)
        names = [name for name in measured if name.startswith("votes of a") and " minus " in name]
        ahead = {name.removeprefix("votes of "): measured[name] for name in names}
        _draw_rows(contests, ahead, "Difference in a party's share of the votes", {})
        contests.axvline(0, color=GREY, linewidth=0.8)
        figure.suptitle("Hunters find the votes, near the centre but not at it", x=0.01, ha="left")
        return save(figure, folder / "figure.png")


def _draw_paths(axes: Axes, name: str, rules: tuple[str, ...]) -> None:
    """Draw where parties of one system go, over circles of one and two standard deviations of the voters."""
    scenario = Scenario(Parties(), PartyRule(rules=rules), f"complete:n={len(rules)}", STEPS)
    simulation = Simulation(scenario, seed=SEED, replications=range(1))
    path = []
    for step in range(1, STEPS + 1):
        simulation.advance(step)
        path.append(simulation.environment.position[0].copy())
    for radius in (1, 2):
        axes.add_patch(Circle((0, 0), radius, fill=False, color=GREY, linewidth=0.6, linestyle=":"))
    for i, rule in enumerate(rules):
        x, y = np.array(path)[:, i].T
        axes.plot(x, y, color=INKS[rule], linewidth=0.8, alpha=0.8)
        label = rule.capitalize() if rule not in rules[:i] else None
        axes.plot(x[-1], y[-1], "o", color=INKS[rule], markersize=5, label=label)
    axes.set(xlim=(-2.6, 2.6), ylim=(-2.6, 2.6), aspect="equal", title=f"{name}, {STEPS} steps")
    axes.set_xticks(range(-2, 3))
    axes.set_yticks(range(-2, 3))
    if len(set(rules)) > 1:
        axes.legend(fontsize=7, loc="lower left", handletextpad=0.2, borderpad=0.2)


def _draw_rows(axes: Axes, rows: Mapping[str, Estimate], label: str, published: Mapping[str, str]) -> None:
    """Draw one interval a row, beside closed forms."""
    for k, (name, estimate) in enumerate(rows.items()):
        axes.plot([estimate.low, estimate.high], [k, k], color=COLOURS[0], linewidth=2)
        axes.plot(estimate.value, k, "o", color=COLOURS[0], markersize=4, label="measured, 95%" if k == 0 else None)
        figure = published.get(name, "<")
        if figure[0] not in "<>":
            exact = "closed form" if k == 0 else None
            axes.plot(float(figure), k, "D", color=INK, fillstyle="none", markersize=8, linestyle="", label=exact)
    axes.set_yticks(range(len(rows)), list(rows))
    axes.set(ylim=(len(rows) - 0.5, -0.5), xlabel=label)
    if published:
        axes.legend(fontsize=7, loc="upper left")
