"""How long two learners take to collude, and for which aspirations they do at all."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from socialsim.core.estimate import Estimate
from socialsim.environments.dilemmas.theory import collusion
from socialsim.plotting.figures import save
from socialsim.plotting.style import COLOURS, GREY, styled

DILEMMA = "prisoner's dilemma"
GAMES = {
    "stag hunt": ([[4.0, 0.0], [3.0, 1.0]], COLOURS[2]),
    "chicken": ([[3.0, 1.0], [4.0, 0.0]], COLOURS[1]),
    DILEMMA: ([[3.0, 0.0], [4.0, 1.0]], COLOURS[0]),
}
SWAPPED = [[1.0, 4.0], [0.0, 3.0]]  # the prisoner's dilemma with the actions' names exchanged
ROUNDS, LOCK_IN, NUM_POINTS = (50, 60, 70, 80, 100, 125, 150, 200, 250, 325, 400, 500), 50, 101
LOW, HIGH = (0.1, 0.5, 0.8, 0.95, 1.05), (1.2, 1.4, 1.7, 2.0, 2.2, 2.4, 2.6, 2.8, 3.0, 3.4)


def draw(measured: Mapping[str, Estimate], expected: Mapping[str, Any], folder: Path) -> Path:
    """Draw the exact course of collusion in three games, beside what becomes of it at other aspirations."""
    with styled():
        figure = Figure(figsize=(8.6, 3.8))
        course, window = figure.subplots(1, 2)
        for name, (game, colour) in GAMES.items():
            course.plot(ROUNDS, collusion(game, 2.0, 0.5, ROUNDS, LOCK_IN, NUM_POINTS), color=colour)
            for rounds in (100, 500):
                _point(course, measured, f"collusion after {rounds} rounds, {name}", rounds, colour)
        for name, x, y in (("stag hunt", 5, 1.0), ("chicken", 112, 0.66), (DILEMMA, 215, 0.56)):
            course.text(x, y, name, color=GAMES[name][1], va="top")
        course.set(xlabel="rounds", ylabel="share of pairs", xlim=(0, 520), ylim=(-0.02, 1.04))
        course.set_title("Both have cooperated 50 times in a row", loc="left", fontsize=9)
        window.plot(LOW + HIGH, [_locked_in(GAMES[DILEMMA][0], a) for a in LOW + HIGH], color=COLOURS[0])
        window.plot(LOW + HIGH, [_locked_in(SWAPPED, a) for a in LOW] + [0.0] * len(HIGH), color=COLOURS[3])
        window.text(2.26, 0.78, "mutual\ncooperation", color=COLOURS[0])
        window.text(0.1, 0.72, "mutual\ndefection", color=COLOURS[3])
        for aspiration in (".5", "2.9", "3.2"):
            name = f"collusion after 500 rounds, aspiration {aspiration}"
            _point(window, measured, name, float(aspiration), COLOURS[0])
        _point(window, measured, f"collusion after 500 rounds, {DILEMMA}", 2.0, COLOURS[0])
        _point(window, measured, "locked into mutual defection, aspiration .5", 0.5, COLOURS[3])
        for payoff, name in ((1.0, "P"), (3.0, "R")):
            window.axvline(payoff, color=GREY, linewidth=0.8, linestyle=":")
            window.text(payoff + 0.04, 1.03, name, color=GREY, va="top")
        window.set(xlabel="aspiration", ylim=(-0.02, 1.04), xlim=(0.0, 3.5))
        window.set_title("Locked in after 500 rounds, prisoner's dilemma", loc="left", fontsize=9)
        figure.suptitle("Stochastic collusion, and its narrow window of aspirations", x=0.01, ha="left")
        caption = "Payoffs 4, 3, 1, 0; rate .5. Lines: chances on a grid. Points: simulated, 95% intervals."
        figure.supxlabel(caption, x=0.01, ha="left", fontsize=7, color=GREY)
        return save(figure, folder / "figure.png")


def _locked_in(game: list[list[float]], aspiration: float) -> float:
    """Return the chance to be locked into the first joint act of a game after 500 rounds."""
    return max(float(collusion(game, aspiration, 0.5, [500], LOCK_IN, num_points=81)[0]), 0.0)


def _point(axes: Axes, measured: Mapping[str, Estimate], name: str, x: float, colour: str) -> None:
    """Draw one estimate, where it was measured."""
    if name in measured:
        e = measured[name]
        reach = [[e.value - e.low], [e.high - e.value]]
        axes.errorbar([x], [e.value], reach, color=colour, marker="o", markersize=5, capsize=2.5)
