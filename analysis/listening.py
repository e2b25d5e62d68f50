"""Draw every agent's opinion over time: who listens at once (`deliberation`), and who meets in pairs (`encounters`).

``python analysis/listening.py`` writes ``docs/figures/deliberation.png`` and ``docs/figures/encounters.png``.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from socialsim.engine.scenario import Scenario
from socialsim.engine.simulation import Simulation
from socialsim.environments.deliberation import Deliberation
from socialsim.environments.encounters import Encounters
from socialsim.plotting.figures import save
from socialsim.plotting.style import COLOURS, GREY, INK, styled

FIGURES = Path(__file__).parents[1] / "docs" / "figures"
NETWORK = "watts_strogatz:n=200,k=10,p=0.1"
SEED = 5
STEPS = 1000  # of those who listen at once; their first ten are drawn wide
AT_ONCE = {
    "Averages (DeGroot)": "degroot",
    "Anchored averages (Friedkin-Johnsen)": "friedkin_johnsen:susceptibility=0.8",
    "Bounded confidence (Hegselmann-Krause)": "hegselmann_krause:confidence=0.2",
}
IN_PAIRS = {
    "Among themselves": Encounters(),
    "A tenth stubborn at 0 and 1": Encounters(stubborn_share=0.1, stubborn_opinions=(0.0, 1.0)),
    "One meeting in five with a medium at .9": Encounters(medium=0.9, medium_rate=0.2),
}


def trace(axes: Axes, community: Scenario, num_points: int, steps_between: int) -> None:
    """Draw the opinions of one community: those who never move dark."""
    simulation = Simulation(community, seed=SEED, replications=range(1))
    opinions = []
    for point in range(num_points + 1):
        simulation.advance(point * steps_between)
        opinions.append(simulation.environment.opinion[0].copy())
    course, stubborn = np.array(opinions), simulation.environment.stubborn[0] == 1
    axes.plot(course[:, ~stubborn], color=COLOURS[0], linewidth=0.4, alpha=0.6)
    axes.plot(course[:, stubborn], color=INK, linewidth=0.6)
    axes.set(xlim=(0, num_points), ylim=(-0.02, 1.02))


def draw_at_once() -> Path:
    """Draw three rules of listening, without and with stubborn agents."""
    stubborn = Deliberation(stubborn_share=0.1, stubborn_opinions=(0.0, 1.0))
    communities = {"all listen": Deliberation(), "a tenth stubborn": stubborn}
    with styled():
        figure = Figure(figsize=(9.0, 4.8))
        panels = figure.subplots(2, 3, sharex=True, sharey=True)
        for row, (name, environment) in zip(panels, communities.items(), strict=True):
            for axes, learner in zip(row, AT_ONCE.values(), strict=True):
                trace(axes, Scenario(environment, learner, NETWORK, STEPS), STEPS, 1)
                axes.set_xscale("symlog", linthresh=10)
                axes.set_xticks((0, 5, 10, 100, STEPS), ("0", "5", "10", "100", f"{STEPS}"))
            row[0].set_ylabel(f"Opinion, {name}")
        for axes, title in zip(panels[0], AT_ONCE, strict=True):
            axes.set_title(title, fontsize=8.5)
        for axes in panels[1]:
            axes.set_xlabel("Step")
        figure.suptitle("Averaging agrees, attachment and distance keep opinions apart", x=0.01, ha="left")
        caption = (
            f"One community each: 200 agents on a small world ({NETWORK}); dark: stubborn agents. "
            "Steps: linear up to 10, logarithmic beyond."
        )
        figure.supxlabel(caption, x=0.01, ha="left", fontsize=7, color=GREY)
        return save(figure, FIGURES / "deliberation.png")


def draw_in_pairs() -> Path:
    """Draw meetings of bounded confidence, among themselves, with stubborn agents and with a medium."""
    with styled():
        figure = Figure(figsize=(9.0, 3.2))
        panels = figure.subplots(1, 3, sharey=True)
        for axes, (title, environment) in zip(panels, IN_PAIRS.items(), strict=True):
            trace(axes, Scenario(environment, "deffuant:confidence=0.25", "complete:n=200", 10**6), 60, 200)
            axes.set_title(title, fontsize=9)
            axes.set_xlabel("Sweeps of 200 meetings")
        panels[0].set_ylabel("Opinion")
        figure.suptitle("Who only learns from the like-minded ends in camps", x=0.01, ha="left")
        caption = "One community each: 200 agents who may all meet, confidence .25, pace .5; dark: stubborn agents."
        figure.supxlabel(caption, x=0.01, ha="left", fontsize=7, color=GREY)
        return save(figure, FIGURES / "encounters.png")


if __name__ == "__main__":
    print(draw_at_once(), draw_in_pairs())
