"""Does restraint pay? Schelling diagrams of the harvest commons, with two kinds of harvesters.

    python analysis/commons_schelling.py [FIGURE]

Of N harvesters some are restrained and the others not; what one of each kind gathers in an episode is drawn against the
number of restrained others ([Hughes2018]_, with fixed strategies in place of learned ones). Restrained is
`cautious`, which leaves apples with fewer than two others around them, or `patrolling`, which also shoots at those who
stand at such apples. Unrestrained is `greedy`, or `cautious` that leaves only the very last apple of a patch. All start
outside of the fields, so that no place is better than another; episodes do not end by chance.

The differences that make a dilemma are printed for three lengths of an episode: a greedy harvester among cautious ones
is ahead at first and loses in the end, together with everybody else.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from socialsim.core.estimate import Estimate
from socialsim.engine.scenario import Scenario
from socialsim.engine.simulation import Simulation
from socialsim.environments.harvest import scenario
from socialsim.environments.harvest.maps import MAPS
from socialsim.metrics.commons import Schelling, schelling
from socialsim.plotting.figures import save
from socialsim.plotting.style import COLOURS, GREY, styled

PRESETS = {"melting_pot_open": "Melting Pot, 7 harvesters", "perolat_2017": "Perolat et al. 2017, 12 harvesters"}
PAIRS = {
    ("cautious", "greedy"): "cautious against greedy",
    ("cautious", "cautious:num_left=1"): "cautious against less cautious",
    ("patrolling", "greedy"): "patrolling against greedy",
}
STEPS = (100, 300, 1000)
RUNS = 60


def commons(preset: str) -> Scenario:
    """Return the scenario of a preset in which nobody starts inside a field and episodes do not end by chance."""
    changes = {"environment.map": MAPS[preset].replace("Q", "."), "environment.end_chance": 0.0}
    return scenario(preset).replace(changes)


def diagrams(preset: str, restrained: str, unrestrained: str) -> dict[int, Schelling]:
    """Return the Schelling diagram of two strategies after each of some numbers of steps."""
    base = commons(preset)
    n = int(base.network.parameters["n"])
    earned = {steps: np.full((2, n, RUNS), np.nan) for steps in STEPS}
    for k in range(n + 1):  # so many are restrained; they come first
        learners = {"learner.harvester": restrained, "learner.other": unrestrained}
        simulation = Simulation(
            base.replace({**learners, "environment.num_others": n - k}), seed=k, replications=range(RUNS)
        )
        for steps in STEPS:
            simulation.advance(steps)
            returns = simulation.environment.returns
            if k > 0:
                earned[steps][0, k - 1] = returns[:, :k].mean(axis=1)
            if k < n:
                earned[steps][1, k] = returns[:, k:].mean(axis=1)
    return {steps: schelling(*found) for steps, found in earned.items()}


def draw_curve(axes: Axes, estimates: tuple[Estimate, ...], **style: object) -> None:
    """Draw what a harvester gathers against the number of restrained others, with intervals."""
    reach = [[e.value - e.low for e in estimates], [e.high - e.value for e in estimates]]
    axes.errorbar(range(len(estimates)), [e.value for e in estimates], reach, fmt="o-", markersize=3, **style)


def main(path: Path) -> None:
    """Print what makes a dilemma, and draw the diagrams at the end of an episode."""
    with styled():
        figure = Figure(figsize=(9.6, 5.4))
        panels = figure.subplots(len(PRESETS), len(PAIRS), sharey="row")
        for row, (preset, title) in zip(panels, PRESETS.items(), strict=True):
            for axes, (pair, label) in zip(row, PAIRS.items(), strict=True):
                found = diagrams(preset, *pair)
                for steps, diagram in found.items():
                    ends = ", ".join(f"{name} {getattr(diagram, name)}" for name in diagram._fields[2:])
                    print(f"{preset}, {label}, {steps} steps: {ends}; dilemma: {diagram.is_dilemma}", flush=True)
                draw_curve(axes, found[STEPS[-1]].restrained, color=COLOURS[0], label="restrained")
                draw_curve(axes, found[STEPS[-1]].unrestrained, color=COLOURS[1], label="unrestrained")
                axes.set_xticks(range(len(found[STEPS[-1]].restrained)))
                axes.set_title(label, fontsize=9, loc="left")
                if preset == list(PRESETS)[-1]:
                    axes.set_xlabel("Restrained among the others")
            row[0].autoscale_view()
            row[0].set_ylim(bottom=0, top=max(axes.dataLim.ymax for axes in row) * 1.05)
            row[0].set_ylabel(f"{title}\nApples in {STEPS[-1]} steps", fontsize=8)
        panels[0, 0].legend(fontsize=8, loc="upper left")
        panels[0, 0].text(0.98, 0.02, "95% intervals", transform=panels[0, 0].transAxes, ha="right", color=GREY, size=7)
        figure.suptitle(
            "One greedy harvester ruins a commons, unless others guard it with long beams", x=0.01, ha="left"
        )
        print(save(figure, path))


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "commons_schelling.png"))
