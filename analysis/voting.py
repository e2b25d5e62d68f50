"""Draw Duverger's law, and how often sincere voting can be gamed, for the page of `voting`.

``python analysis/voting.py`` writes ``docs/figures/voting.png``.
"""

from __future__ import annotations

from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from socialsim.engine.run import run
from socialsim.environments.voting import scenario
from socialsim.plotting.figures import save
from socialsim.plotting.style import COLOURS, GREY, styled

RULES = {"plurality": 0, "approval": 1, "borda": 2, "instant_runoff": 3}
DYNAMIC = ("plurality", "approval", "borda")
ELECTIONS = (1, 2, 3, 5, 7, 10, 15, 20, 30, 50)
SIZES = (5, 11, 25, 51, 101, 201, 501)
REPLICATIONS, ELECTORATES, SEED = 200, 2000, 1
FOLDER = Path(__file__).parents[1] / "docs" / "figures"


def draw() -> Path:
    """Draw effective parties against time, and the share of manipulable electorates against their size."""
    with styled():
        figure = Figure(figsize=(8.6, 3.6))
        parties, gaming = figure.subplots(1, 2)
        for rule in DYNAMIC:
            _draw_parties(parties, rule)
        parties.axhline(2.0, color=GREY, linewidth=0.8, linestyle=":")
        parties.set(xscale="log", ylim=(1, 5.2), xlabel="Election", ylabel="Effective number of parties")
        parties.legend(loc="center right")
        for rule in RULES:
            _draw_manipulable(gaming, rule)
        gaming.set(xscale="log", ylim=(-0.01, None), xlabel="Voters", ylabel="Share of manipulable electorates")
        gaming.legend(loc="upper right")
        for axes, ticks in ((parties, (1, 2, 5, 10, 20, 50)), (gaming, SIZES)):
            axes.set_xticks(ticks, [str(tick) for tick in ticks])
            axes.minorticks_off()
        figure.suptitle("Under plurality two are left; large electorates are hard to game", x=0.01, ha="left")
        caption = (
            f"Left: 101 voters in a plane answer polls about five candidates, {REPLICATIONS} runs. "
            f"Right: three candidates, {ELECTORATES} electorates each; 95% intervals."
        )
        figure.supxlabel(caption, x=0.01, ha="left", fontsize=7, color=GREY)
        return save(figure, FOLDER / "voting.png")


def _draw_parties(axes: Axes, rule: str) -> None:
    found = []
    for election in ELECTIONS:
        voters = scenario().replace({"environment.rule": rule, "environment.burn_in": election - 1})
        voters = voters.replace({"horizon.steps": election})
        found.append(run(voters, replications=REPLICATIONS, seed=SEED, record_every=None).metrics["effective_parties"])
    _draw_estimates(axes, ELECTIONS, found, rule)


def _draw_manipulable(axes: Axes, rule: str) -> None:
    found = []
    for size in SIZES:
        voters = scenario().replace({"environment.rule": rule, "environment.num_candidates": 3, "learner": "sincere"})
        voters = voters.replace({"horizon.steps": 1, "network.n": size})
        found.append(run(voters, replications=ELECTORATES, seed=SEED, record_every=None).metrics["manipulable"])
    _draw_estimates(axes, SIZES, found, rule)


def _draw_estimates(axes: Axes, places: tuple[int, ...], found: list, rule: str) -> None:
    values = [estimate.value for estimate in found]
    reach = [[e.value - e.low for e in found], [e.high - e.value for e in found]]
    name, colour = rule.replace("_", " ").replace("borda", "Borda"), COLOURS[RULES[rule]]
    axes.errorbar(places, values, reach, color=colour, marker="o", markersize=3, capsize=2, label=name)


if __name__ == "__main__":
    print(draw())
