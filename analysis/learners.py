"""Which learning rules find an equilibrium? Average play over time in two games of three actions.

    python analysis/learners.py [FIGURE]

Rock-paper-scissors is zero-sum: rules without regrets play the equilibrium, a third each, on average. Shapley's game is
not, and there fictitious play cycles for ever.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from socialsim.engine.scenario import Scenario
from socialsim.engine.simulation import Simulation
from socialsim.environments.repeated_game import RepeatedGame
from socialsim.plotting.figures import save
from socialsim.plotting.style import COLOURS, GREY, styled

ROCK_PAPER_SCISSORS = RepeatedGame(payoffs=((0.0, -1.0, 1.0), (1.0, 0.0, -1.0), (-1.0, 1.0, 0.0)))
SHAPLEY = RepeatedGame(
    payoffs=((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
    column_payoffs=((0.0, 1.0, 0.0), (0.0, 0.0, 1.0), (1.0, 0.0, 0.0)),
)
LEARNERS = {  # what they are called, and what they see
    "fictitious play": ("fictitious_play", "payoffs"),
    "regret matching": ("regret_matching", "payoffs"),
    "EWA": ("experience_weighted_attraction:sensitivity=5", "payoffs"),
    "Exp3": ("exp3:gamma=0.02", "rounds"),
    "UCB1": ("ucb1", "rounds"),
    "WoLF-PHC": ("wolf_phc:discount=0,delta_win=0.0005,delta_lose=0.002", "rounds"),
}
ROUNDS = np.unique(np.geomspace(10, 100_000, 120).astype(int))
RUNS = 100


def shares(game: RepeatedGame, name: str) -> NDArray[np.float64]:
    """Return each player's share of action 0 so far, shape (num_times, num_runs, 2)."""
    learner, observation = LEARNERS[name]
    scenario = Scenario(game.replace(observation=observation), learner, "path:n=2", int(ROUNDS[-1]))
    simulation, found = Simulation(scenario, seed=1, replications=range(RUNS)), []
    for rounds in ROUNDS:
        simulation.advance(int(rounds))
        found.append(game.columns(simulation.environment)["share_first"])
    return np.array(found)


def draw(zero_sum: dict[str, NDArray[np.float64]], shapley: dict[str, NDArray[np.float64]], file: Path) -> Path:
    """Draw the distance to equilibrium in the one game and one player's share of an action in the other."""
    with styled():
        figure = Figure(figsize=(10, 3.6))
        distance, share = figure.subplots(1, 2)
        for colour, name in zip(COLOURS, LEARNERS, strict=True):
            distance.plot(ROUNDS, np.abs(zero_sum[name] - 1 / 3).mean(axis=(1, 2)), color=colour, label=name)
            share.plot(ROUNDS, shapley[name][:, 0, 0], color=colour, label=name)
        distance.set_yscale("log")
        distance.set_title("Rock-paper-scissors", loc="left")
        distance.set_ylabel("Distance of average play to 1/3")
        share.axhline(1 / 3, color=GREY, linewidth=1, linestyle="--", zorder=0)
        share.set_title("Shapley's game", loc="left")
        share.set(ylabel="Share of action 0, row player of one pair", ylim=(0, 1))
        for axes in (distance, share):
            axes.set(xscale="log", xlabel="Rounds", xlim=(ROUNDS[0], ROUNDS[-1]))
        share.legend(loc="upper right", ncols=2)
        caption = f"Left: mean over {RUNS} pairs of equal learners and both players. Dashed: the equilibrium."
        figure.supxlabel(caption, x=0.01, ha="left", fontsize=7, color=GREY)
        return save(figure, file)


def main() -> None:
    """Print how far average play is from equilibrium in the end, and draw the figure."""
    zero_sum, shapley = ({name: shares(game, name) for name in LEARNERS} for game in (ROCK_PAPER_SCISSORS, SHAPLEY))
    print(f"{'':<18}{'rock-paper-scissors':<22}Shapley's game")
    for name in LEARNERS:
        ends = [np.abs(found[name][-1] - 1 / 3).mean() for found in (zero_sum, shapley)]
        print(f"{name:<18}{ends[0]:<22.4f}{ends[1]:.4f}")
    print(draw(zero_sum, shapley, Path(sys.argv[1] if len(sys.argv) > 1 else "learners.png")))


if __name__ == "__main__":
    main()
