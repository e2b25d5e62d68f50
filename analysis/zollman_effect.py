"""Where a community that talks less finds the truth more often: the figure of the study `zollman_effect`.

    socialsim study run scenarios/studies/zollman_effect.toml
    python analysis/zollman_effect.py results/zollman_effect zollman_effect.png

In each cell the share of cycles that find the better method less that of complete networks, with Newcombe's interval of
the difference; grey where it holds both more and less than two percentage points.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd
from matplotlib.figure import Figure

from socialsim.plotting.figures import save
from socialsim.plotting.studies.maps import phase_diagram
from socialsim.studies.statistics.contrasts import contrasts
from socialsim.studies.study import Study

FACTORS = ("environment.effect", "network.n", "environment.trials")
SMALL = 0.02  # a difference in the share of successes that matters little


def zollman_effect(study: Study) -> pd.DataFrame:
    """Return the difference between cycle and complete network, in the columns of a summary.

    Parameters
    ----------
    study : Study
        Of the factor ``network`` with the levels cycle and complete.
    """
    table = contrasts(study, "success_rate", "network", reference="complete")
    table = table.assign(metric="zollman_effect", value=table.difference, reason="")
    return table[[*FACTORS, "metric", "value", "low", "high", "num_runs", "reason"]]


def figure(study: Study) -> Figure:
    """Return the phase diagram over effect and size, a panel for each number of trials."""
    return phase_diagram(
        zollman_effect(study),
        *FACTORS[:2],
        "zollman_effect",
        level=SMALL,
        labels={
            "zollman_effect": "success rate of the cycle less that of the complete network",
            "environment.effect": "advantage of the better method",
            "network.n": "scientists",
            "environment.trials": "trials in a step",
        },
    )


if __name__ == "__main__":
    folder, target = sys.argv[1:]
    save(figure(Study.open(folder)), Path(target))
