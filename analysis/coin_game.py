"""Do learners come to leave each other's coins alone? Rewards and cooperation over episodes of the coin game.

    python analysis/coin_game.py [FIGURE]

Two Q-learners learn from their own rewards, or from the mean of both (`shared_reward`). The lines of the fixed
strategies are exact (`socialsim.environments.coin_game`, eq. 3).
"""

from __future__ import annotations

import sys
from pathlib import Path

from matplotlib.figure import Figure

from socialsim.core.result import Result
from socialsim.engine.run import run
from socialsim.engine.simulation import Simulation
from socialsim.environments.coin_game import CoinGame, scenario
from socialsim.grids.frame import Frame
from socialsim.grids.render import render
from socialsim.plotting.figures import save
from socialsim.plotting.style import COLOURS, GREY, styled

PREFERENCES = {"selfish": "selfish", "shared reward": "shared_reward"}
EPISODES, EPISODE_STEPS, RUNS = 400, 1000, 100
EXACT = {"both cooperate": 249 / 742, "both are greedy": 0.0}


def learn(preference: str) -> Result:
    """Return a hundred pairs of learners with a preference."""
    steps = {"horizon.steps": EPISODES * EPISODE_STEPS, "horizon.episode_steps": EPISODE_STEPS}
    pairs = scenario().replace({"preference": preference, **steps})
    return run(pairs, replications=RUNS, seed=1, record_every=EPISODE_STEPS)


def draw(results: dict[str, Result], file: Path) -> Path:
    """Draw a board, and reward and cooperation in each episode."""
    with styled():
        figure = Figure(figsize=(10, 3.4))
        board, reward, share = figure.subplots(1, 3, width_ratios=[0.7, 1, 1])
        board.imshow(render(example(), scale=60))
        board.set_axis_off()
        board.set_title("Two players, a coin of player 1", loc="left", fontsize=9)
        for colour, (name, result) in zip(COLOURS, results.items(), strict=False):
            series = result.series[result.series.step > 0]
            for axes, column, unit in ((reward, "mean_return", EPISODE_STEPS), (share, "mean_own_share", 1)):
                by_step = series.groupby("step")[column]
                episodes = [step / EPISODE_STEPS for step in by_step.mean().index]
                low, high = by_step.quantile(0.1) / unit, by_step.quantile(0.9) / unit
                axes.fill_between(episodes, low, high, color=colour, alpha=0.25, linewidth=0)
                axes.plot(episodes, by_step.mean() / unit, color=colour, label=name)
        for name, value in EXACT.items():
            reward.axhline(value, color=GREY, linewidth=1, linestyle="--")
            reward.text(EPISODES, value - 0.008, name, color=GREY, ha="right", va="top", fontsize=8)
        reward.set(xlabel="Episode", ylabel="Reward of a player in a step", ylim=(-0.05, 0.4), xlim=(0, EPISODES))
        share.set(xlabel="Episode", ylabel="Share of own coins", ylim=(0.4, 1.02), xlim=(0, EPISODES))
        share.legend(loc="center right")
        caption = (
            f"Means over {RUNS} pairs, bands from the 10th to the 90th percentile; episodes of {EPISODE_STEPS} steps."
        )
        figure.supxlabel(caption, x=0.01, ha="left", fontsize=7, color=GREY)
        return save(figure, file)


def example() -> Frame:
    """Return a board before a step."""
    simulation = Simulation(scenario(), seed=1, replications=[0])
    simulation.advance(0)
    return CoinGame().frame(simulation.environment, 0)


def main() -> None:
    """Print what learners come to, and draw how."""
    results = {name: learn(preference) for name, preference in PREFERENCES.items()}
    for name, result in results.items():
        print(f"{name:<16}" + ", ".join(f"{metric} {value}" for metric, value in result.metrics.items()))
    if len(sys.argv) > 1:
        print(draw(results, Path(sys.argv[1])))


if __name__ == "__main__":
    main()
