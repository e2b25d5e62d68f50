"""How much welfare does a learnt rule bring? Taxes on a public good and on a fishery.

    python analysis/reward_design.py [FIGURE]

Three ways to a tax are compared: a grid of fixed ones, the theory of the static game, and search. On the public good a
designer learns while the others do (`socialsim.environments.public_goods.with_designer`); on the fishery a Bayesian
search goes through whole runs (``scenarios/studies/fishery_tax.toml``; extra ``optimise``), and what it found is
measured by fresh runs. Welfare is the share of the most that all together could have, over the last steps of a run.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from socialsim.core.estimate import Estimate
from socialsim.engine.run import run
from socialsim.environments import fishery, public_goods
from socialsim.environments.fishery.theory import nash, optimal_tax, social_optimum
from socialsim.environments.public_goods.theory import critical_incentive
from socialsim.plotting.figures import save
from socialsim.plotting.style import COLOURS, GREY, INK, styled
from socialsim.studies.files import StudyFile
from socialsim.studies.rounds.optimise import best
from socialsim.studies.run import run_study

GOODS_TAXES = tuple(np.linspace(0.0, 1.2, 13).round(2).tolist())
CATCH_TAXES = tuple(np.linspace(0.0, 0.95, 20).round(2).tolist())
LEVELS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0, 1.2)
STUDY = Path(__file__).parents[1] / "scenarios" / "studies" / "fishery_tax.toml"
REPLICATIONS = 40
SEED = 1


def goods_welfare(tax: float) -> Estimate:
    """Return the efficiency of a public good under a fixed tax."""
    lasting = {"environment.tax": tax, "horizon.steps": 50_000, "environment.burn_in": 40_000}
    return run(public_goods.scenario().replace(lasting), replications=REPLICATIONS, seed=SEED).metrics["efficiency"]


def catch_welfare(tax: float) -> Estimate:
    """Return the efficiency of a fishery under a fixed tax."""
    taxed = fishery.scenario().replace({"environment.tax": tax})
    return run(taxed, replications=REPLICATIONS, seed=SEED).metrics["efficiency"]


def searched_tax() -> tuple[float, Estimate]:
    """Return the best tax on catches that a Bayesian search finds, and its efficiency in fresh runs."""
    file = StudyFile.read(STUDY)
    with tempfile.TemporaryDirectory() as parent:
        first = best(run_study(file, f"{parent}/search", num_processes=1), file).iloc[0]
    return first["environment.tax"], Estimate(first.value, first.low, first.high, int(first.num_runs))


def draw(axes: Axes, taxes: tuple[float, ...], welfare: list[Estimate], found: tuple[float, Estimate]) -> None:
    """Draw welfare against fixed taxes, and the one that was learnt."""
    name = "learnt by a designer" if taxes == GOODS_TAXES else "found by search"
    reach = [[e.value - e.low for e in welfare], [e.high - e.value for e in welfare]]
    axes.errorbar(taxes, [e.value for e in welfare], reach, fmt="o-", markersize=3, color=COLOURS[0], label="fixed")
    tax, learnt = found
    error = [[learnt.value - learnt.low], [learnt.high - learnt.value]]
    axes.errorbar([tax], [learnt.value], error, fmt="D", markersize=6, color=COLOURS[1], label=name, zorder=3)
    axes.set(ylabel="Welfare, share of the most", ylim=(-0.03, 1.08))


def main(path: Path) -> None:
    """Print what rules bring, and draw it."""
    goods = [goods_welfare(tax) for tax in GOODS_TAXES]
    designed = run(public_goods.with_designer(LEVELS), replications=REPLICATIONS, seed=SEED).metrics
    catches = [catch_welfare(tax) for tax in CATCH_TAXES]
    searched = searched_tax()
    static, pigou = fishery.Fishery(), optimal_tax(fishery.Fishery())
    for name, taxes, welfare in (("public good", GOODS_TAXES, goods), ("fishery", CATCH_TAXES, catches)):
        top = int(np.argmax([estimate.value for estimate in welfare]))
        print(f"{name}: without a tax {welfare[0]}, at the best fixed one, {taxes[top]}, {welfare[top]}")
    print(f"public good: a designer's mean tax {designed['mean_tax']}, welfare {designed['efficiency']}")
    print(f"fishery: searched tax {searched[0]:.3f}, welfare {searched[1]}; theory {pigou:.3f}, {catch_welfare(pigou)}")
    with styled():
        figure = Figure(figsize=(9.6, 3.4), layout="constrained")
        left, right = figure.subplots(1, 2)
        draw(left, GOODS_TAXES, goods, (designed["mean_tax"].value, designed["efficiency"]))
        least = critical_incentive(4, public_goods.PublicGoods().multiplier)
        left.axvline(least, color=GREY, linewidth=1, linestyle=":")
        left.text(least - 0.02, 0.62, "contributing is\ndominant from here", ha="right", fontsize=8, color=GREY)
        left.set(xlabel="Tax on who does not contribute", title="Public good of four, r = 1.6")
        draw(right, CATCH_TAXES, catches, searched)
        curve = np.linspace(0.0, 0.95, 96)
        best_profit = social_optimum(static).profit
        profits = [nash(static.replace(tax=float(tax)), 20).profit / best_profit for tax in curve]
        right.plot(curve, profits, color=INK, linewidth=1, linestyle=":", label="static equilibrium")
        right.set(xlabel="Tax on the value of a catch", title="Fishery of twenty")
        for axes in (left, right):
            axes.legend(fontsize=8, loc="upper left" if axes is left else "lower center")
            axes.title.set_fontsize(9)
        print(save(figure, path))


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "reward_design.png"))
