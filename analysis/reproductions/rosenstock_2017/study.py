"""Rosenstock, Bruner & O'Connor 2017: is less communication better only where the better arm is hardly better?

Run it with ``socialsim reproduce rosenstock_2017 [--full]``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import networkx as nx

from socialsim.core.estimate import Estimate
from socialsim.engine.run import run
from socialsim.environments.epistemic import scenario
from socialsim.metrics.estimates import difference_of_proportions

EFFECTS = {".51": 0.01, ".525": 0.025, ".501": 0.001}
MUTATIONS: Mapping[str, Mapping[str, Any]] = {
    "few trials": {"environment.trials": 10},
    "neighbours ignored": {"network": nx.empty_graph(10)},
}


def measure(replications: int, seed: int, full: bool, mutation: str | None = None) -> dict[str, Estimate]:
    """Return every quantity of ``expected.json``."""
    changes = MUTATIONS[mutation] if mutation is not None else {}
    measured = {}
    for name, effect in EFFECTS.items():
        rates = []
        for k, network in enumerate(("cycle:n=10", "complete:n=10")):
            community = scenario().replace({"network": network, "environment.effect": effect, **changes})
            result = run(community, replications=replications, seed=seed + k, record_every=None)
            rates.append(result.metrics["success_rate"])
        measured[f"cycle minus complete at p_B = {name}"] = difference_of_proportions(*rates)
    return measured
