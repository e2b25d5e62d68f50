"""How far network closures are from the epidemic that they approximate.

``python analysis/closures.py`` writes ``docs/figures/closures.png``: the share ill in the long run against the rate of
infection, by the process (dots) and by three closures, where everybody has four neighbours and in the karate club.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from socialsim.core.estimate import Estimate
from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.environments.epidemic import METRICS, Epidemic
from socialsim.limits.closures.degree_based import DegreeBased
from socialsim.limits.closures.nimfa import NIMFA
from socialsim.limits.closures.pair_approximation import PairApproximation
from socialsim.networks.sources import load
from socialsim.plotting.figures import save
from socialsim.plotting.style import COLOURS, GREY, INK, styled

CLOSURES = {
    "NIMFA": (NIMFA, COLOURS[1], "-"),
    "degrees": (DegreeBased, COLOURS[2], "--"),
    "pairs": (PairApproximation, COLOURS[0], "-"),
}
PANELS = {
    "Four neighbours each (N = 2000)": ("random_regular:n={},d=4", 2000, 100, 8, np.linspace(0.2, 1.0, 17)),
    "Karate club (N = 34)": ("karate", 34, 34, 400, np.linspace(0.05, 0.6, 12)),
}  # the network with its size, and the size on which closures are solved, who say the same for any
BURN_IN, DAYS, SEED = 100, 200, 1
FOLDER = Path(__file__).parents[1] / "docs" / "figures"


def simulated(network: str, infection: float, replications: int) -> Estimate:
    """Return the mean share ill at the end, runs that have died out included."""
    environment = Epidemic(infection=infection, initial_share=1.0, burn_in=BURN_IN)
    scenario = Scenario(environment, "innate", network, DAYS, METRICS)
    return run(scenario, replications=replications, seed=SEED, record_every=None).metrics["prevalence"]


def draw_panel(
    axes: Axes, title: str, network: str, size: int, solved_size: int, replications: int, rates: np.ndarray
) -> None:
    """Draw the process and its closures on one network."""
    drawn = load(network.format(solved_size), np.random.default_rng(SEED))
    fine = np.linspace(rates[0], rates[-1], 56)
    for name, (closure, colour, style) in CLOSURES.items():
        threshold = closure(drawn, 1.0).threshold  # the curve has its corner there
        at = np.sort(np.append(fine[np.abs(fine - threshold) > 0.004], threshold))
        axes.plot(at, [closure(drawn, beta).prevalence() for beta in at], style, color=colour, label=name)
    found = [simulated(network.format(size), beta, replications) for beta in rates]
    reach = np.array([[e.value - e.low, e.high - e.value] for e in found]).T.clip(0)
    axes.errorbar(rates, [e.value for e in found], reach, fmt="o", color=INK, markersize=4, label="process")
    axes.set(title=title, xlabel="Rate of infection, beta", ylabel="Share ill", ylim=(-0.02, 0.8))
    axes.legend(loc="upper left")


def main() -> None:
    """Draw both networks."""
    with styled():
        figure = Figure(figsize=(9.2, 4.0))
        for axes, (title, values) in zip(figure.subplots(1, 2), PANELS.items(), strict=True):
            draw_panel(axes, title, *values)
        figure.suptitle("Closures overestimate epidemics, pairs least", x=0.01, ha="left")
        counts = " and ".join(str(runs) for *_, runs, _ in PANELS.values())
        caption = (
            f"Dots: share ill on day {DAYS}, means of {counts} runs, all ill at first, recovery rate 1, 95% intervals"
        )
        figure.supxlabel(caption, x=0.01, ha="left", fontsize=7, color=GREY)
        print(save(figure, FOLDER / "closures.png"))


if __name__ == "__main__":
    main()
