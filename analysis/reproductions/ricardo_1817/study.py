"""Ricardo 1817: who has the smaller disadvantage does what it does least badly; and when do equals divide labour?

Run it with ``socialsim reproduce ricardo_1817 [--full]``. The labour of one makes of cloth and wine what
chapter 7 says: in England 1/100 and 1/120, in Portugal 1/90 and 1/80. Who does what is exact for the utility
(cloth x wine)^(1/2) (`socialsim.environments.production.theory`), as is the point at which equals divide labour.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from socialsim.core.estimate import Estimate
from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.engine.simulation import Simulation
from socialsim.environments.production import METRICS, Production
from socialsim.metrics.estimates import mean

ENGLAND, PORTUGAL = (1.0, 100 / 120), (100 / 90, 100 / 80)  # of cloth and wine, by the labour of a hundred
TEAM, TEAM_STEPS, TEAM_BURN_IN = 10, 8000, 7900
TRADE_STEPS, TRADE_BURN_IN = 20_000, 19_900
FEW = 10  # sessions of the two countries: they differ by their first division of time alone
RETURNS = (0.9, 0.99, 1.01, 1.1)
Parts = dict[str, Any]


def no_trade(parts: Parts) -> Parts:
    """A mutation: everybody keeps what it makes."""
    return parts | {"economy": "autarky"} if parts["economy"] == "trade" else parts


def constant_returns(parts: Parts) -> Parts:
    """A mutation: practice makes nobody better or worse."""
    return parts | {"returns": 1.0}


MUTATIONS: dict[str, Callable[[Parts], Parts]] = {
    "nobody trades": no_trade,
    "returns are constant": constant_returns,
}


def measure(replications: int, seed: int, full: bool, mutation: str | None = None) -> dict[str, Estimate]:
    """Return every quantity of ``expected.json``."""
    measured = {}
    for returns in RETURNS:
        parts = {"economy": "team", "returns": returns, "burn_in": TEAM_BURN_IN}
        team = _economy(parts, f"complete:n={TEAM}", TEAM_STEPS, "gradient_ascent", mutation)
        result = run(team, replications=replications, seed=seed, record_every=None)
        measured[f"division of labour among equals, r = {returns:g}"] = mean(result.runs.division_by_task)
    abilities = (ENGLAND, PORTUGAL)
    parts = {"economy": "trade", "returns": 1.0, "abilities": abilities, "burn_in": TRADE_BURN_IN}
    countries = _economy(parts, "path:n=2", TRADE_STEPS, "gradient_ascent:alpha=0.05", mutation)
    simulation = Simulation(countries, seed=seed + 1, replications=range(FEW))
    simulation.advance(TRADE_STEPS)
    time = simulation.environment.time  # (num_runs, num_agents, num_tasks)
    cloth = time[:, :, 0] / time.sum(axis=2)
    return measured | {
        "England's time for cloth": mean(cloth[:, 0]),
        "Portugal's time for cloth": mean(cloth[:, 1]),
        "gains from trade": mean(countries.environment.outcomes(simulation.environment)["gains"]),
    }


def _economy(parts: Parts, network: str, steps: int, learner: str, mutation: str | None) -> Scenario:
    environment = Production(**(parts if mutation is None else MUTATIONS[mutation](parts)))
    return Scenario(environment, learner, network, steps, METRICS)
