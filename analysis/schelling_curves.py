"""Which situations are social dilemmas for those who learn in them? Schelling curves of trained agents.

    python analysis/schelling_curves.py [FIGURE]

Cooperators learn with a social preference that looks after the others, defectors without; then both are frozen and play
in all mixtures (`socialsim.inference.schelling`). In matrix games and in a public good it is known what must come out;
in the fishery and on the plane of apples it is not. There agents learn how much to leave around an apple that they
take (`learning_forager`), episode by episode.
"""

from __future__ import annotations

import sys
from pathlib import Path

from matplotlib.figure import Figure

from socialsim.engine.scenario import Scenario
from socialsim.environments import fishery, harvest
from socialsim.environments.dilemmas import Dilemmas
from socialsim.environments.harvest.maps import MAPS
from socialsim.environments.public_goods import PublicGoods
from socialsim.inference.schelling import SchellingCurves, schelling_curves
from socialsim.plotting.figures import save
from socialsim.plotting.schelling import draw_schelling
from socialsim.plotting.style import GREY, styled

LEARNER = "q_learning:alpha=0.05,discount=0.0,epsilon=0.5"
COMPETITIVE = "social_value_orientation:angle=-45"
EPISODE = 1000
PAIRS = 20
SEED = 1


def game(reward: float, sucker: float, temptation: float, punishment: float) -> Scenario:
    """Return two Q-learners in a matrix game of cooperators and defectors."""
    return Scenario(Dilemmas(payoffs=((reward, sucker), (temptation, punishment))), LEARNER, "complete:n=2", 2000)


def common_good(multiplier: float) -> Scenario:
    """Return a public good of four Q-learners."""
    return Scenario(PublicGoods(multiplier=multiplier), LEARNER, "complete:n=4", 2000)


def common_stock(num_agents: int) -> Scenario:
    """Return some Q-learners who fish one stock, from its capacity on in every episode."""
    changes = {
        "network": f"complete:n={num_agents}",
        "environment.burn_in": 0,
        "environment.num_neighbour_classes": 1,
        "learner.epsilon": 0.2,
        "horizon.steps": 200_000,
        "horizon.episode_steps": 200,
    }
    return fishery.scenario().replace(changes)


def apples() -> Scenario:
    """Return seven harvesters who learn restraint, of whom nobody starts inside a field."""
    changes = {
        "environment.map": MAPS["melting_pot_open"].replace("Q", "."),
        "environment.end_chance": 0.0,
        "learner.harvester": f"learning_forager:trial={EPISODE},alpha=0.1,epsilon=0.3",
        "horizon.steps": 150 * EPISODE,
        "horizon.episode_steps": EPISODE,
    }
    return harvest.scenario().replace(changes)


def situations() -> dict[str, SchellingCurves]:
    """Return what was measured, by title."""
    fixed = {"pairs": PAIRS, "seed": SEED}
    return {
        "public good, r = 2 of 4": schelling_curves(common_good(2.0), steps=50, **fixed),
        "public good, r = 7 of 4": schelling_curves(common_good(7.0), steps=50, **fixed),
        "prisoner's dilemma": schelling_curves(game(3, 0, 4, 1), steps=50, **fixed),
        "stag hunt": schelling_curves(game(4, 0, 3, 2), steps=50, **fixed),
        "snowdrift, competitive": schelling_curves(game(3, 1, 4, 0), steps=50, defectors=COMPETITIVE, **fixed),
        "snowdrift, selfish": schelling_curves(game(3, 1, 4, 0), steps=50, **fixed),
        "fishery, 4 fishers": schelling_curves(common_stock(4), steps=200, **fixed),
        "harvest, 7 harvesters": schelling_curves(apples(), steps=EPISODE, **fixed),
    }


def main(path: Path) -> None:
    """Print verdicts and differences, and draw the curves."""
    with styled():
        figure = Figure(figsize=(10.4, 5.2), layout="constrained")
        panels = figure.subplots(2, 4)
        for axes, (title, curves) in zip(panels.ravel(), situations().items(), strict=True):
            differences = ", ".join(f"{name} {estimate}" for name, estimate in curves.differences.items())
            print(f"{title}: {curves.verdict}; {differences}", flush=True)
            draw_schelling(axes, curves.diagram)
            axes.set_title(f"{title}\n{curves.verdict}", fontsize=9, loc="left")
        for axes in panels[:, 0]:
            axes.set_ylabel("Reward per step")
        for axes in panels[1]:
            axes.set_xlabel("Cooperators among the others", fontsize=8)
        panels[0, 0].legend(fontsize=8)
        figure.suptitle(f"95% intervals over {PAIRS} trained pairs", x=0.995, ha="right", color=GREY, fontsize=7)
        print(save(figure, path))


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "schelling_curves.png"))
