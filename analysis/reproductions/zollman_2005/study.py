"""Zollman 2005: neighbours who signal to each other end in regions of different meaning.

Run it with ``socialsim reproduce zollman_2005 [--full]``.
"""

from __future__ import annotations

from socialsim.core.compiled import compiled
from socialsim.core.estimate import Estimate
from socialsim.core.result import Result
from socialsim.engine.run import run
from socialsim.environments.dialects import Dialects, scenario
from socialsim.learning.imitate_best import ImitateBest
from socialsim.metrics.estimates import mean, proportion

TORUS = "grid:rows=100,columns=100,neighbourhood=moore,periodic=true"
COMPLETE = "complete:n=900"
GENERATIONS = 200


class ImitateWorst(ImitateBest):
    """A mutation: everybody does as the least successful neighbour did."""

    @staticmethod
    @compiled
    def report(learner, i, observation, action, reward, stream, out):
        """Tell the reward with the wrong sign."""
        out[0] = -reward
        out[1] = 0.0
        out[2] = action
        learner.best[i] = -reward
        learner.lot[i] = 1.0
        learner.heard[i] = action


class Stubborn(ImitateBest):
    """A mutation: nobody ever changes."""

    @staticmethod
    @compiled
    def absorb(learner, i, j, weight, message):
        """Ignore what others did."""


MUTATIONS = {
    "everybody meets everybody": {"network": COMPLETE},
    "the worst is imitated": {"learner": ImitateWorst()},
    "nobody imitates": {"learner": Stubborn()},
}


def measure(replications: int, seed: int, full: bool, mutation: str | None = None) -> dict[str, Estimate]:
    """Return every quantity of ``expected.json``."""
    changes = {} if mutation is None else MUTATIONS[mutation]
    torus = run_on(TORUS, changes, replications, seed)
    complete = run_on(COMPLETE, changes, replications, seed)
    num_systems = float(len(Dialects().systems()))
    return {
        "signalling systems among 16 strategies": Estimate(num_systems, num_systems, num_systems, 1),
        "share of agents with a signalling system, torus": torus.metrics["system_share"],
        "runs in which both systems live on, torus": torus.metrics["coexistence_rate"],
        "share with the commonest system, torus": torus.metrics["largest_share"],
        "runs that come to rest, torus": proportion(torus.runs.stop == "settled"),
        "generations until rest, torus": mean(torus.runs.steps),
        "success with neighbours, torus": mean(torus.runs.success),
        "runs in which both systems live on, complete network": complete.metrics["coexistence_rate"],
    }


def run_on(network: str, changes: dict[str, object], replications: int, seed: int) -> Result:
    """Run the imitation of neighbours on a network until nobody changes any more."""
    community = scenario().replace({"network": network, "horizon.steps": GENERATIONS} | changes)
    return run(community, replications=replications, seed=seed, record_every=None)
