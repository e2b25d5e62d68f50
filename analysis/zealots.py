"""What zealots do to voters who would otherwise agree.

``python analysis/zealots.py`` writes ``docs/figures/opinions.png``.

Left, the long-run law of how many of a hundred voters on a complete network hold opinion 1, simulated (dots) and by the
beta-binomial law (lines); right, sweeps to consensus without zealots against the number of voters, on three networks.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray
from scipy.special import betaln, gammaln

from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.engine.simulation import Simulation
from socialsim.environments.opinions import METRICS, Opinions
from socialsim.plotting.figures import save
from socialsim.plotting.style import COLOURS, GREY, styled

NUM_VOTERS = 100
ZEALOTS = ((1, 1), (5, 5), (3, 12))
SWEEPS, RUNS = 500, 5000
SIZES = (50, 100, 200, 400)
NETWORKS = {"complete": "complete:n={}", "scale-free": "barabasi_albert:n={},m=2", "ring": "cycle:n={}"}
RUNS_TO_CONSENSUS = 200
FOLDER = Path(__file__).parents[1] / "docs" / "figures"


def law(num_others: int, first: float, other: float) -> NDArray[np.float64]:
    """Return the beta-binomial law of the number of others who hold opinion 1."""
    m = np.arange(num_others + 1)
    chosen = gammaln(num_others + 1) - gammaln(m + 1) - gammaln(num_others - m + 1)
    masses: NDArray[np.float64] = np.exp(chosen + betaln(m + first, num_others - m + other) - betaln(first, other))
    return masses


def holders(zealots: tuple[int, int]) -> NDArray[np.float64]:
    """Return how often each number of agents held opinion 1 in the long run."""
    voters = Opinions(zealots=zealots, stop_at_consensus=False)
    scenario = Scenario(voters, "imitation", f"complete:n={NUM_VOTERS}", SWEEPS * NUM_VOTERS)
    simulation = Simulation(scenario, seed=1, replications=range(RUNS))
    simulation.advance(SWEEPS * NUM_VOTERS)
    return np.bincount(simulation.environment.holders[:, 1], minlength=NUM_VOTERS + 1) / RUNS


def draw() -> Path:
    """Draw both panels."""
    with styled():
        figure = Figure(figsize=(10, 3.8))
        laws, times = figure.subplots(1, 2)
        _draw_laws(laws)
        _draw_times(times)
        caption = (
            f"Left: {NUM_VOTERS} voters who all hear each other, {RUNS:,} runs of {SWEEPS} sweeps, in bins of five. "
            f"Right: {RUNS_TO_CONSENSUS} runs, 95% intervals."
        )
        figure.supxlabel(caption, x=0.01, ha="left", fontsize=7, color=GREY)
        return save(figure, FOLDER / "opinions.png")


def _draw_laws(axes: Axes) -> None:
    for colour, zealots in zip(COLOURS, ZEALOTS, strict=False):
        exact = np.zeros(NUM_VOTERS + 1)
        exact[zealots[1] : NUM_VOTERS + 1 - zealots[0]] = law(NUM_VOTERS - sum(zealots), zealots[1], zealots[0])
        axes.plot(np.arange(NUM_VOTERS + 1), exact, color=colour, label=f"{zealots[0]} for 0, {zealots[1]} for 1")
        found = holders(zealots)[: NUM_VOTERS // 5 * 5].reshape(-1, 5).mean(axis=1)
        axes.plot(np.arange(2, NUM_VOTERS, 5), found, color=colour, marker="o", markersize=4, linestyle="")
    axes.set(xlabel="voters who hold opinion 1", ylabel="chance", ylim=(0, None), xlim=(0, NUM_VOTERS))
    axes.set_title("Zealots keep opinions alive", loc="left")
    axes.legend(title="zealots", fontsize=8, loc="upper left")


def _draw_times(axes: Axes) -> None:
    for colour, (name, network) in zip(COLOURS, NETWORKS.items(), strict=False):
        found = []
        for size in SIZES:
            scenario = Scenario(Opinions(), "imitation", network.format(size), 10**10, METRICS[2:3])
            found.append(run(scenario, replications=RUNS_TO_CONSENSUS, seed=1).metrics["sweeps_to_consensus"])
        values = [estimate.value for estimate in found]
        reach = [[e.value - e.low for e in found], [e.high - e.value for e in found]]
        axes.errorbar(SIZES, values, reach, color=colour, marker="o", markersize=4, capsize=2.5)
        axes.text(SIZES[-1] * 1.06, values[-1], name, color=colour, va="center")
    axes.set(xscale="log", yscale="log", xlabel="number of voters", ylabel="sweeps to consensus", xlim=(45, 640))
    axes.set_xticks(SIZES, [str(size) for size in SIZES])
    axes.minorticks_off()
    axes.set_title("Without them all agree in the end", loc="left")


if __name__ == "__main__":
    print(draw())
