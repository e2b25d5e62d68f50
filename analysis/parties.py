"""Draw parties on their way through the voters, and which rules survive, for the page of `parties`.

``python analysis/parties.py`` writes ``docs/figures/parties.png``.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from socialsim.engine.scenario import Scenario
from socialsim.engine.simulation import Simulation
from socialsim.environments.parties import Parties
from socialsim.learning.party_strategies import RULES, PartyRule
from socialsim.plotting.figures import save
from socialsim.plotting.style import COLOURS, GREY, INK, styled

INKS = dict(zip(RULES, (INK, COLOURS[0], COLOURS[1], COLOURS[2]), strict=True))
LIVES = {"num_voters": 300, "election_every": 20, "survival_threshold": 0.1, "birth": "random"}
STEPS, ELECTIONS, SYSTEMS = 150, 200, 60
FOLDER = Path(__file__).parents[1] / "docs" / "figures"


def draw() -> Path:
    """Draw one system in the plane, and the votes of each rule where parties come and go."""
    with styled():
        figure = Figure(figsize=(9.6, 4.2))
        plane, course = figure.subplots(1, 2)
        _draw_paths(plane)
        _draw_votes(course)
        return save(figure, FOLDER / "parties.png")


def _draw_paths(axes: Axes) -> None:
    simulation = Simulation(Scenario(Parties(), PartyRule(), "complete:n=4", STEPS), seed=4, replications=range(1))
    path = np.zeros((STEPS, 4, 2))
    for step in range(STEPS):
        simulation.advance(step + 1)
        path[step] = simulation.environment.position[0]
    axes.plot(*simulation.environment.voters[0].T, ".", color=GREY, markersize=2, alpha=0.35, zorder=0)
    for i, rule in enumerate(RULES):
        axes.plot(*path[:, i].T, color=INKS[rule], linewidth=1)
        axes.plot(*path[-1, i], "o", color=INKS[rule], markersize=7, label=rule.capitalize())
    axes.set(xlim=(-3, 3), ylim=(-3, 3), aspect="equal", title=f"One party of each rule, {STEPS} steps")
    axes.set(xlabel="Policy on the first issue", ylabel="Policy on the second issue")
    axes.legend(fontsize=8, loc="lower left")


def _draw_votes(axes: Axes) -> None:
    steps = LIVES["election_every"] * ELECTIONS
    scenario = Scenario(Parties(**LIVES), PartyRule(), "complete:n=12", steps)
    simulation = Simulation(scenario, seed=1, replications=range(SYSTEMS))
    elections, votes = np.arange(1, ELECTIONS + 1, 2), []
    for election in elections:
        simulation.advance(int(election) * LIVES["election_every"] + 1)  # the first poll of those who are left or new
        share, rule = simulation.environment.share, simulation.learners["party"].rule
        assert np.allclose(share.sum(axis=1), 1.0), "parties that are in play have all votes"
        votes.append([(share * (rule == k)).sum(axis=1).mean() for k in range(len(RULES))])
    for k, rule in enumerate(RULES):
        line = np.array(votes)[:, k]
        axes.plot(elections, line, color=INKS[rule], linewidth=1.4)
        axes.text(ELECTIONS + 3, line[-8:].mean(), f"{rule.capitalize()}s", color=INKS[rule], va="center", fontsize=9)
    axes.axhline(1 / len(RULES), color=GREY, linewidth=0.7, linestyle=":")
    axes.text(1.24 * ELECTIONS, 1 / len(RULES) + 0.008, "equal shares", color=GREY, ha="right", fontsize=8)
    axes.set(xlim=(0, 1.25 * ELECTIONS), ylim=(0, 0.75), xlabel="Election", ylabel="Votes of all parties of a rule")
    axes.set(title=f"Parties come and go, mean of {SYSTEMS} systems")
    axes.set_xticks(range(0, ELECTIONS + 1, 50))


if __name__ == "__main__":
    print(draw())
