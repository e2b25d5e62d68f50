"""Who is left, by how fast links move, and how unequal numbers of partners become."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import networkx as nx
import pandas as pd
from matplotlib.figure import Figure

from socialsim.core.estimate import Estimate
from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.environments.partnerships import METRICS, Partnerships
from socialsim.plotting.figures import save
from socialsim.plotting.style import COLOURS, GREY, styled

LINKING, NUM_RUNS = (0.0, 1.0, 2.0, 3.0, 4.0, 6.0, 8.0), 10
PARTNERS = {6: COLOURS[2], 10: COLOURS[0], 16: COLOURS[1]}
ACROSS = "W, updates of links for each of a strategy"


def draw(measured: Mapping[str, Estimate], expected: Mapping[str, Any], folder: Path) -> Path:
    """Draw the share of cooperators in the end and the inequality of partners against W, from runs of their own."""
    with styled():
        figure = Figure(figsize=(8.6, 3.8))
        shares, spreads = figure.subplots(1, 2)
        for partners, colour in PARTNERS.items():
            network = nx.random_regular_graph(partners, 200, seed=1)
            found = [_runs(network, linking) for linking in LINKING]
            course = [runs.cooperation.mean() for runs in found]
            shares.plot(LINKING, course, "o-", color=colour, markersize=4.5)
            inequality = [runs.partners_variance.mean() for runs in found]
            spreads.plot(LINKING, inequality, "o-", color=colour, markersize=4.5, label=f"{partners} partners")
        shares.set(xlabel=ACROSS, ylabel="share of cooperators", ylim=(-0.03, 1.05))
        shares.set_title("In the end", loc="left", fontsize=9)
        spreads.set(xlabel=ACROSS, ylabel="variance of partners")
        spreads.set_title("How unequal numbers of partners are then", loc="left", fontsize=9)
        spreads.legend(loc="upper left", fontsize=8)
        figure.suptitle("Cooperators prevail where links move fast enough", x=0.01, ha="left")
        caption = f"Prisoner's dilemma T = 2, S = -1; 200 agents on one network; beta = .02; means of {NUM_RUNS} runs."
        figure.supxlabel(caption, x=0.01, ha="left", fontsize=7, color=GREY)
        return save(figure, folder / "figure.png")


def _runs(network: nx.Graph, linking: float) -> pd.DataFrame:
    model = Scenario(Partnerships(selection=0.02, linking=linking), "innate", network, 3000, METRICS)
    return run(model, replications=NUM_RUNS, seed=1, record_every=None).runs
