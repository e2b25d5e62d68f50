"""Santos, Pacheco & Lenaerts 2006: cooperators prevail where links move fast enough beside strategies.

Run it with ``socialsim reproduce santos_2006 [--full]``.
"""

from __future__ import annotations

import pandas as pd

from socialsim.core.estimate import Estimate
from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.environments.partnerships import METRICS, Partnerships
from socialsim.metrics.estimates import difference_of_means, mean, proportion

GAMES = {
    "prisoner's dilemma": ((1.0, -1.0), (2.0, 0.0)),
    "stag hunt": ((1.0, -0.75), (0.75, 0.0)),
    "snowdrift game": ((1.0, 0.25), (1.75, 0.0)),
}
LINKING = (0.0, 8.0)
SMALL = "random_regular:n=500,d=10"
LARGE = {10: "random_regular:n=1000,d=10", 30: "random_regular:n=1000,d=30"}
GENERATIONS = 10_000


def stand_still(model: Scenario) -> Scenario:
    """A mutation: links never move."""
    return model.replace({"environment.linking": 0.0})


def unselected(model: Scenario) -> Scenario:
    """A mutation: what one is paid decides nothing."""
    return model.replace({"environment.selection": 0.0})


MUTATIONS = {"links stand still": stand_still, "no selection": unselected}


def measure(replications: int, seed: int, full: bool, mutation: str | None = None) -> dict[str, Estimate]:
    """Return every quantity of ``expected.json``; those of 1000 agents in the full version alone."""
    measured = {}
    everybody = Partnerships(selection=0.05, linking=3.0)
    found = _runs(everybody, "complete:n=6", 100 * replications, seed, mutation)
    measured["fixation of 3 cooperators among 6 who all meet"] = proportion(found.cooperation == 1.0)
    for k, (name, payoffs) in enumerate(GAMES.items()):
        for linking in LINKING:
            game = Partnerships(payoffs=payoffs, selection=0.02, linking=linking)
            found = _runs(game, SMALL, replications, seed + k + 1, mutation)
            measured[f"cooperation, {name}, W = {linking:g}"] = mean(found.cooperation)
            if k == 0 and linking > 0:
                measured[f"variance of partners, {name}, W = {linking:g}"] = mean(found.partners_variance)
    return measured | (_large(replications, seed + 5, mutation) if full else {})


def _large(runs: int, seed: int, mutation: str | None) -> dict[str, Estimate]:
    """Return what becomes of a thousand agents, with the paper's intensity of selection."""
    measured = {}
    for linking in (0.0, 12.0):
        found = _runs(Partnerships(linking=linking), LARGE[30], runs, seed, mutation)
        measured[f"cooperation, 1000 agents, 30 partners, W = {linking:g}"] = mean(found.cooperation)
    few, many = (mean(_runs(Partnerships(), LARGE[d], runs, seed + d, mutation).cooperation) for d in (10, 30))
    return measured | {"cooperation at W = 2, 1000 agents, 10 partners less 30": difference_of_means(few, many)}


def _runs(environment: Partnerships, network: str, runs: int, seed: int, mutation: str | None) -> pd.DataFrame:
    model = Scenario(environment, "innate", network, GENERATIONS, METRICS)
    if mutation is not None:
        model = MUTATIONS[mutation](model)
    return run(model, replications=runs, seed=seed, record_every=None).runs
