"""Condorcet 1785: how often the majority of a jury is right, with independent votes and with a common cause.

Run it with ``socialsim reproduce condorcet_1785 [--full]``.
"""

from __future__ import annotations

from itertools import count
from typing import Any

from socialsim.core.compiled import compiled
from socialsim.core.estimate import Estimate
from socialsim.core.result import Result
from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.environments.jury import Jury, State, deliberate, pose
from socialsim.environments.jury.measures import METRICS
from socialsim.environments.jury.theory import limit_accuracy, majority_accuracy
from socialsim.metrics.estimates import difference_of_means

QUESTIONS = {False: 200, True: 500}  # in each run
INDEPENDENT = {".51": (11, 101, 1001), ".6": (11, 101)}  # competence -> numbers of jurors
CORRELATED = {".1": (1001,), ".2": (11, 101, 1001), ".5": (11, 101)}  # reliance -> numbers of jurors


class Dictator(Jury):
    """A mutation: only the first juror's vote counts."""

    @staticmethod
    @compiled
    def initialise(env, network, stream):
        """Give the others no weight."""
        for i in range(env.ability.shape[0]):
            env.ability[i] = env.competence
            env.weight[i] = 1.0 if i == 0 else 0.0
        pose(env, network, stream)
        deliberate(env, network)


class Contrary(Jury):
    """A mutation: the minority decides."""

    @staticmethod
    @compiled
    def initialise(env, network, stream):
        """Count every vote against its answer."""
        for i in range(env.ability.shape[0]):
            env.ability[i] = env.competence
            env.weight[i] = -1.0
        pose(env, network, stream)
        deliberate(env, network)


class Newspaper(Jury):
    """A mutation: all rely on one source."""

    def state(self, num_agents: int) -> State:
        """Return the state with full reliance."""
        return super().state(num_agents)._replace(reliance=1.0)


MUTATIONS = {"one juror decides": Dictator, "the minority decides": Contrary, "all read one newspaper": Newspaper}


def measure(replications: int, seed: int, full: bool, mutation: str | None = None) -> dict[str, Estimate]:
    """Return every quantity of ``expected.json``."""
    kind = Jury if mutation is None else MUTATIONS[mutation]
    seeds = count(seed)

    def vote(num_jurors: int, **parameters: Any) -> Result:
        jury = Scenario(kind(**parameters), "imitation", f"complete:n={num_jurors}", QUESTIONS[full], METRICS)
        return run(jury, replications=replications, seed=next(seeds), record_every=None)

    measured = {}
    for competence, sizes in INDEPENDENT.items():
        for n in sizes:
            measured[f"P_n, p {competence}, n {n}"] = _exact(majority_accuracy([float(competence)] * n))
            result = vote(n, competence=float(competence))
            measured[f"group accuracy, p {competence}, n {n}"] = result.metrics["group_accuracy"]
    others = {"p .4, n 101": (101, 0.4, 0.0), "p .6, n 100": (100, 0.6, 0.0), "p from .4 to .8, n 101": (101, 0.6, 0.2)}
    for name, (n, p, spread) in others.items():
        measured[f"group accuracy, {name}"] = vote(n, competence=p, spread=spread).metrics["group_accuracy"]
    for reliance, sizes in CORRELATED.items():
        for n in sizes:
            result = vote(n, competence=0.6, reliance=float(reliance))
            measured[f"group accuracy, p .6, n {n}, reliance {reliance}"] = result.metrics["group_accuracy"]
            if n == 101:
                measured[f"vote correlation, n {n}, reliance {reliance}"] = result.metrics["vote_correlation"]
                measured[f"individual accuracy, n {n}, reliance {reliance}"] = result.metrics["individual_accuracy"]
    for reliance in (".1", ".2"):
        measured[f"limit of P_n, p .6, reliance {reliance}"] = _exact(limit_accuracy(0.6, float(reliance)))
    measured["n 101 less n 1001, p .6, reliance .2"] = difference_of_means(
        *(measured[f"group accuracy, p .6, n {n}, reliance .2"] for n in (101, 1001))
    )
    del measured["individual accuracy, n 101, reliance .2"]
    return measured


def _exact(value: float) -> Estimate:
    return Estimate(value, value, value, 1, method="exact")
