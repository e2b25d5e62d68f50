"""Sen & Airiau 2007: do agents who learn from meetings with anybody come to one rule of the road?

Run it with ``socialsim reproduce sen_2007 [--full]``.
"""

from __future__ import annotations

import numpy as np

from socialsim.core.estimate import Estimate
from socialsim.core.result import Result
from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.environments.conventions import METRICS, Conventions
from socialsim.metrics.estimates import difference_of_means, mean, proportion

ROAD = Conventions(payoffs=((4.0, -1.0), (-1.0, 4.0)), stop_at=0.9)
CROSSING = Conventions(
    payoffs=((-1.0, 3.0), (2.0, 1.0)),  # go or yield
    column_payoffs=((-1.0, 2.0), (3.0, 1.0)),
    roles="drawn",
    observation="role",
    stop_at=0.9,
)
LEARNERS = {
    "q_learning": "q_learning:discount=0.0,epsilon=0.1,alpha=0.3",
    "wolf_phc": "wolf_phc:discount=0.0,delta_win=0.01,delta_lose=0.04,alpha=0.3",
    "fictitious_play": "fictitious_play",
}
SIZES = (25, 100, 400)
MEETINGS = 2000  # of each agent at most
ROW_YIELDS, COLUMN_YIELDS = 1, 2  # verdicts: 1 (row's action) + 2 (column's)


def one_partner(model: Scenario, size: int) -> Scenario:
    """A mutation: everybody always meets the same other."""
    import networkx as nx

    pairs = nx.Graph([(k, k + 1) for k in range(0, size - 1, 2)])
    pairs.add_nodes_from(range(size))
    return model.replace({"network": pairs})


def contrary(model: Scenario, size: int) -> Scenario:
    """A mutation: both are paid for not doing alike."""
    swapped = tuple(tuple(reversed(row)) for row in model.environment.payoffs)
    return model.replace({"environment.payoffs": swapped})


def deaf(model: Scenario, size: int) -> Scenario:
    """A mutation: whatever is done, all are paid alike, so that nobody has anything to learn."""
    return model.replace({"environment.payoffs": ((1.0, 1.0), (1.0, 1.0))})


MUTATIONS = {
    "everybody meets one other": one_partner,
    "to differ pays": contrary,
    "all actions pay alike": deaf,
}


def measure(replications: int, seed: int, full: bool, mutation: str | None = None) -> dict[str, Estimate]:
    """Return every quantity of ``expected.json``."""
    measured, sides = {}, []
    for k, name in enumerate(LEARNERS):
        if name == "wolf_phc" and not full:  # it takes as long to compile as all the rest
            continue
        results = {size: _road(name, size, replications, seed + 10 * k + size, mutation) for size in SIZES}
        measured[f"converged, {name}"] = results[100].metrics["converged_share"]
        times = {size: _meetings(result) for size, result in results.items()}
        measured[f"meetings until converged, 400 minus 25 agents, {name}"] = difference_of_means(times[400], times[25])
        sides += [result.runs.modal_action.to_numpy() for result in results.values()]
    measured["left rather than right"] = proportion(np.concatenate(sides) == 0)
    return measured | _crossing(replications, seed + 5, mutation)


def _road(name: str, size: int, runs: int, seed: int, mutation: str | None) -> Result:
    seen = "payoffs" if name == "fictitious_play" else "role"
    return _run(ROAD.replace(observation=seen), name, size, runs, seed, mutation)


def _run(environment: Conventions, name: str, size: int, runs: int, seed: int, mutation: str | None) -> Result:
    model = Scenario(environment, LEARNERS[name], f"complete:n={size}", MEETINGS * size // 2, METRICS)
    if mutation is not None:
        model = MUTATIONS[mutation](model, size)
    return run(model, replications=runs, seed=seed, record_every=None)


def _meetings(result: Result) -> Estimate:
    """Return the meetings of each agent until its population has converged; all there are where it has not."""
    return mean((2.0 * result.runs.time_90 / result.runs.num_agents).fillna(MEETINGS))


def _crossing(runs: int, seed: int, mutation: str | None) -> dict[str, Estimate]:
    """Return how often one rule of who yields emerges, and which."""
    found = _run(CROSSING, "q_learning", 100, runs, seed, mutation).runs
    return {
        "converged, who yields, q_learning": proportion(found.verdict.isin([ROW_YIELDS, COLUMN_YIELDS])),
        "yield to the right rather than to the left": proportion(found.verdict == ROW_YIELDS),
        "yield to the left rather than to the right": proportion(found.verdict == COLUMN_YIELDS),
    }
