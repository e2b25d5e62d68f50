"""Does a bandit experiment tell how its subjects learn? Draws the figure of ``docs/how-to/fit-learners.md``.

Run it with ``python analysis/recovery.py [FILE]``: 100 subjects of 200 choices between two machines that pay 1 with the
probabilities .3 and .7 are simulated with known parameters and fitted. It takes about a minute.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from socialsim.inference.recovery import Recovery, recover, recover_models
from socialsim.learning.boltzmann_q import BoltzmannQ
from socialsim.learning.q_learning import QLearning
from socialsim.learning.roth_erev import RothErev
from socialsim.plotting.figures import save
from socialsim.plotting.recovery import draw_confusion, draw_recovery
from socialsim.plotting.style import styled

SUBJECTS, TRIALS, ARMS, SEED = 100, 200, (0.3, 0.7), 1
VALUES = BoltzmannQ(discount=0.0), {"alpha": (0.05, 0.95), "temperature": (0.1, 0.8)}
MODELS = {
    "boltzmann_q": VALUES,
    "q_learning": (QLearning(discount=0.0), {"alpha": (0.05, 0.95), "epsilon": (0.05, 0.6)}),
    "roth_erev": (RothErev(), {"initial_weight": (0.2, 10.0)}),
}


def main(path: str = "recovery.png") -> None:
    """Print and draw what comes out."""
    payoffs = np.random.default_rng(SEED).random((SUBJECTS, TRIALS, 2)) < ARMS
    recovery = recover(*VALUES, payoffs, seed=SEED)
    for name in VALUES[1]:
        measured = recovery.coverage(name), recovery.correlation(name), recovery.error(name)
        print(f"{name:<12} coverage {measured[0]}, correlation {measured[1]}, error {measured[2]}")
    confusion = recover_models(MODELS, payoffs, seed=SEED).confusion()
    print(confusion.round(2).to_string())
    print(draw(recovery, confusion, Path(path)))


def draw(recovery: Recovery, confusion: object, path: Path) -> Path:
    """Draw what went in and came out, and which model was found."""
    with styled():
        figure = Figure(figsize=(9.6, 3.5))
        *panels, last = figure.subplots(1, 3, width_ratios=(1, 1, 1.1))
        for axes, name in zip(panels, VALUES[1], strict=True):
            draw_recovery(axes, recovery.table, name)
        draw_confusion(last, confusion)  # type: ignore[arg-type]
        last.set_title("which model is found", loc="left", fontsize=9)
        figure.suptitle("What goes in comes out, with intervals that say how nearly", x=0.01, ha="left")
        return save(figure, path)


if __name__ == "__main__":
    main(*sys.argv[1:2])
