"""Meir et al. 2010: voters who change their ballots one at a time come to rest, and elect better than at first.

Run it with ``socialsim reproduce meir_2010 [--full]``.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from socialsim.core.compiled import compiled
from socialsim.core.estimate import Estimate
from socialsim.core.result import Result
from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.engine.simulation import Simulation
from socialsim.environments.iterative_voting import METRICS, IterativeVoting
from socialsim.learning.ballot_replies import RestrictedBestReply, restricted_best_reply
from socialsim.metrics.estimates import mean, proportion

SMALL, LARGE = (11, 3), (25, 5)  # voters, candidates
PATIENCE = 2000  # events after which a run is given up
CYCLING = Path(__file__).with_name("cycle.csv")  # two voters who go in circles under Borda


class Stubborn(RestrictedBestReply):
    """A mutation: nobody changes a ballot."""

    @staticmethod
    @compiled
    def act(learner, i, observation, stream):
        """Keep the ballot."""
        return np.int64(observation[observation.shape[0] - 1])


class Contrary(RestrictedBestReply):
    """A mutation: voters make win whom they like least; equilibria of the right rule do not hold them."""

    @staticmethod
    @compiled
    def act(learner, i, observation, stream):
        """Reply with the signs of all utilities changed."""
        m = learner.points.shape[1]
        for c in range(m):
            observation[m + c] = -observation[m + c]
        return restricted_best_reply(observation, learner.points)


MUTATIONS = {"nobody moves": Stubborn, "the worst is made to win": Contrary}


def measure(replications: int, seed: int, full: bool, mutation: str | None = None) -> dict[str, Estimate]:
    """Return every quantity of ``expected.json``."""
    learner = RestrictedBestReply() if mutation is None else MUTATIONS[mutation]()
    small = _play(learner, SMALL, replications, seed)
    large = _play(learner, LARGE, replications, seed + 1)
    veto = _play(learner, SMALL, replications // 4, seed + 2, rule="veto")
    anyone = _play(learner, LARGE, replications // 4, seed + 3, order="anyone")
    ended, length = _circle(learner)
    bound = LARGE[0] * (LARGE[1] - 1)
    most = float(large.runs.moves.max()) / bound
    truthful, iterated = "truthful_condorcet_efficiency", "condorcet_efficiency"
    gained = (anyone.runs.iterated_condorcet - anyone.runs.truthful_condorcet).dropna()
    return {
        "moves, 11 voters, 3 candidates": small.metrics["moves"],
        "Condorcet efficiency, truthful, 11 voters, 3 candidates": small.metrics[truthful],
        "Condorcet efficiency, iterated, 11 voters, 3 candidates": small.metrics[iterated],
        "moves, 11 and 3, to one digit": small.metrics["moves"],
        "moves, 25 and 5, to one digit": large.metrics["moves"],
        "truthful efficiency, 11 and 3": small.metrics[truthful],
        "iterated efficiency, 11 and 3": small.metrics[iterated],
        "truthful efficiency, 25 and 5": large.metrics[truthful],
        "iterated efficiency, 25 and 5": large.metrics[iterated],
        "plurality, restricted best replies: runs that end in an equilibrium": _ended(small, large),
        "plurality: most moves of a run over N (m - 1), 25 and 5": Estimate(most, most, most, large.num_runs),
        "veto, restricted best replies: runs that end in an equilibrium": _ended(veto),
        "Borda, a cycle: runs that end in an equilibrium": Estimate(ended, ended, ended, 1),
        "Borda, the same: moves until the first ballots come back": Estimate(length, length, length, 1),
        "gain in Condorcet efficiency, anyone may be next, 25 and 5": mean(gained),
    }


def _play(learner: Any, sizes: tuple[int, int], replications: int, seed: int, **rules: Any) -> Result:
    election = IterativeVoting(num_candidates=sizes[1], **rules)
    scenario = Scenario(election, learner, f"complete:n={sizes[0]}", PATIENCE, METRICS)
    return run(scenario, replications=replications, seed=seed, record_every=None)


def _ended(*results: Result) -> Estimate:
    return proportion(np.concatenate([result.runs.stop == "done" for result in results]))


def _circle(learner: Any) -> tuple[float, float]:
    """Return whether two voters come to rest under Borda, and after how many moves their first ballots come back."""
    election = IterativeVoting(rule="borda", culture="file", ballots=str(CYCLING))
    simulation = Simulation(
        Scenario(election, learner, "complete:n=2", PATIENCE, METRICS), seed=0, replications=range(1)
    )
    simulation.advance(0)
    env = simulation.environment
    first, length = env.ballot[0].copy(), 0
    for event in range(1, PATIENCE):
        simulation.advance(event)
        if length == 0 and env.num_moves[0, 0] > 0 and (env.ballot[0] == first).all():
            length = int(env.num_moves[0, 0])
    return float(env.num_improvers[0, 0] == 0), float(length)
