"""Draw the iterated game exactly: ``python analysis/tournament.py FOLDER`` writes tournament.png.

What mistakes do to nineteen strategies, who is left when they reproduce by their scores, and the lines that
zero-determinant strategies enforce on all others. Nothing is sampled.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from socialsim.environments.tournament.exact import ecological_tournament, long_run_shares, score_matrix
from socialsim.environments.tournament.strategies import STEWART_PLOTKIN, strategy
from socialsim.environments.tournament.zero_determinant import Game
from socialsim.plotting.figures import save
from socialsim.plotting.style import COLOURS, GREY, styled

SHOWN = {
    "zdgtft_2": COLOURS[1],
    "generous_tit_for_tat": COLOURS[0],
    "tit_for_tat": COLOURS[2],
    "win_stay_lose_shift": COLOURS[3],
    "extort_2": COLOURS[4],
    "defector": GREY,
}
NOISE = np.linspace(0.0, 0.1, 11)
GENERATIONS = 400


def spread(values: list[float], least: float) -> list[float]:
    """Move labels apart, keeping their order."""
    order = np.argsort(values)
    places = [float(values[k]) for k in order]
    for k in range(1, len(places)):
        places[k] = max(places[k], places[k - 1] + least)
    return [places[int(np.argwhere(order == k)[0, 0])] for k in range(len(values))]


def draw_noise(axes: Axes) -> None:
    """Draw scores against the chance of a mistake."""
    scores = np.array([score_matrix(STEWART_PLOTKIN, noise=float(noise)).mean(axis=1) for noise in NOISE])
    ends = [float(scores[-1, STEWART_PLOTKIN.index(name)]) for name in SHOWN]
    for (name, colour), place in zip(SHOWN.items(), spread(ends, 0.055), strict=True):
        axes.plot(NOISE, scores[:, STEWART_PLOTKIN.index(name)], color=colour)
        axes.text(0.103, place, name.replace("_", " "), color=colour, fontsize=7, va="center")
    axes.set(xlim=(0, 0.1), xlabel="Chance that an act goes wrong", ylabel="Expected score a turn among nineteen")


def draw_ecology(axes: Axes) -> None:
    """Draw shares of the nineteen that reproduce by their scores."""
    path = ecological_tournament(score_matrix(STEWART_PLOTKIN), GENERATIONS)
    for k, name in enumerate(STEWART_PLOTKIN):
        axes.plot(
            range(1, GENERATIONS + 2), path[:, k], color=SHOWN.get(name, GREY), linewidth=1.6 if name in SHOWN else 0.5
        )
    axes.set_xscale("log")
    axes.set_xticks([1, 10, 100, GENERATIONS], ["1", "10", "100", str(GENERATIONS)])
    axes.minorticks_off()
    axes.set(xlim=(1, GENERATIONS), ylim=(0, None), xlabel="Generation", ylabel="Share of the population")


def draw_lines(axes: Axes) -> None:
    """Draw long-run scores of two zero-determinant strategies against every other, and the lines on which they lie."""
    game = Game()
    others = [strategy(name) for name in STEWART_PLOTKIN if not strategy(name).horizon]
    for name, baseline in (("extort_2", game.punishment), ("zdgtft_2", game.reward)):
        scores = [long_run_shares(strategy(name), other) for other in others]
        own, theirs = ([float(shares @ payoffs) for shares in scores] for payoffs in (game.own(), game.other()))
        ends = np.array([1.0, 3.0])
        axes.plot(ends, baseline + 2.0 * (ends - baseline), color=SHOWN[name], linewidth=0.8, zorder=1)
        axes.plot(theirs, own, "o", color=SHOWN[name], markersize=4, zorder=2)
    axes.text(1.55, 2.75, "extort 2", color=SHOWN["extort_2"], fontsize=8, ha="right")
    axes.text(2.45, 1.35, "zdgtft 2", color=SHOWN["zdgtft_2"], fontsize=8)
    axes.set(xlim=(0.9, 3.1), ylim=(0, 4), xlabel="Long-run score of the opponent", ylabel="Its own long-run score")


def main(folder: Path) -> Path:
    """Draw the three panels."""
    with styled():
        figure = Figure(figsize=(11.6, 3.7))
        noise, ecology, lines = figure.subplots(1, 3)
        draw_noise(noise)
        draw_ecology(ecology)
        draw_lines(lines)
        figure.suptitle("The iterated prisoner's dilemma, exactly", x=0.01, ha="left")
        return save(figure, folder / "tournament.png")


if __name__ == "__main__":
    print(main(Path(sys.argv[1] if len(sys.argv) > 1 else ".")))
