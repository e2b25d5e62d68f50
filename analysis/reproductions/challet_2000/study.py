"""Challet, Marsili & Zecchina 2000: the volatility and the predictability of a minority game, against its closed form.

Run it with ``socialsim reproduce challet_2000 [--full]``.
"""

from __future__ import annotations

from typing import Any

from socialsim.core.compiled import compiled
from socialsim.core.estimate import Estimate
from socialsim.core.result import Result
from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.environments.minority import Minority, scenario
from socialsim.environments.minority.measures import METRICS
from socialsim.environments.minority.theory import critical_alpha
from socialsim.learning.inductive import Inductive, score
from socialsim.metrics.estimates import mean, ratio

NUM_AGENTS, THRESHOLD = 301, 60
SOLVED = {".850": 8, "1.701": 9, "3.402": 10}  # alpha -> memory m
SYMMETRIC = {".053": 4, ".106": 5, ".213": 6}
FULL_ONLY = {".027": 3, ".425": 7, "6.804": 11}
WEIGHTS = {7: 2, 8: 8, 11: 1}  # memory -> quarters of the replications; short games are cheap
COUNTED = {False: 40, True: 300}  # P times so many steps are counted, after at least as many of burn-in
RELAXATION = {False: 2e7, True: 8e7}  # over P: steps of burn-in above the critical alpha, where scores relax slowly


class MajorityWins(Inductive):
    """A mutation: strategies are scored as if the majority won."""

    @staticmethod
    @compiled
    def learn(learner, i, observation, action, reward, next_observation, stream):
        """Add the wrong sign."""
        score(learner.scores, learner.strategies, learner.contrast, observation, i, action, -reward, reward)


class Oblivious(Inductive):
    """A mutation: nobody learns, so that all toss coins between their strategies."""

    @staticmethod
    @compiled
    def learn(learner, i, observation, action, reward, next_observation, stream):
        """Forget what happened."""


class Aware(Inductive):
    """A mutation: agents know that they move the outcome themselves; the other action would have paid 2 less."""

    @staticmethod
    @compiled
    def learn(learner, i, observation, action, reward, next_observation, stream):
        """Subtract one's own impact."""
        score(learner.scores, learner.strategies, learner.contrast, observation, i, action, reward, -reward - 2.0)


MUTATIONS = {"the majority wins": MajorityWins, "nobody learns": Oblivious, "own impact is known": Aware}


def measure(replications: int, seed: int, full: bool, mutation: str | None = None) -> dict[str, Estimate]:
    """Return every quantity of ``expected.json``."""
    learner = Inductive() if mutation is None else MUTATIONS[mutation]()
    memories = SYMMETRIC | SOLVED | (FULL_ONLY if full else {})
    measured = {"critical alpha": Estimate(critical_alpha(), critical_alpha(), critical_alpha(), 1)}
    for k, (alpha, memory) in enumerate(memories.items()):
        runs = replications * WEIGHTS.get(memory, 4) // 4
        random = _play(learner, "random", memory, full, runs, seed + k)
        measured[f"sigma^2/N, alpha {alpha}"] = random.metrics["volatility"]
        measured[f"H/N, alpha {alpha}"] = random.metrics["predictability"]
        if alpha in SOLVED:
            real = _play(learner, "real", memory, full, runs, seed + k)  # the same strategies: runs are pairs
            measured[f"real over random history, alpha {alpha}"] = ratio(real.runs.volatility, random.runs.volatility)
    bar = run(scenario("el_farol"), replications=2 * replications, seed=seed, record_every=None)
    excess = bar.runs.attendance - THRESHOLD
    measured["attendance at El Farol less 60"] = mean(excess)
    measured["60 less attendance at El Farol"] = mean(-excess)
    measured["standard deviation of attendance at El Farol"] = bar.metrics["attendance_spread"]
    return measured


def _play(learner: Any, history: str, memory: int, full: bool, replications: int, seed: int) -> Result:
    num_histories = 2**memory
    counted = COUNTED[full] * num_histories
    is_slow = num_histories > critical_alpha() * NUM_AGENTS
    burn_in = max(counted, int(RELAXATION[full] / num_histories) if is_slow else 0)
    game = Minority(memory=memory, history=history, burn_in=burn_in)
    community = Scenario(game, learner, f"complete:n={NUM_AGENTS}", burn_in + counted, METRICS)
    return run(community, replications=replications, seed=seed, record_every=None)
