"""Barrett 2006: how often do two who reinforce successes fail to reach a signalling system?

Run it with ``socialsim reproduce barrett_2006 [--full]``.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from socialsim.core.compiled import compiled
from socialsim.core.estimate import Estimate
from socialsim.core.result import Result
from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.engine.simulation import Simulation
from socialsim.environments.signalling import scenario
from socialsim.learning.bush_mosteller import BushMostellerReceiver, BushMostellerSender
from socialsim.learning.roth_erev import RothErevReceiver, RothErevSender
from socialsim.metrics.channels import success_rate
from socialsim.metrics.estimates import difference_of_proportions, proportion

PLAYS = 1_000_000
SHORT = 300
RATES = {".03": 0.03, ".05": 0.05, ".07": 0.07, ".1": 0.1}
BUSH_RUNS = {False: 2000, True: 20_000}
GOOD, GOOD_ENOUGH = 0.9, 0.8
FORGETTING = {"learner.forgetting": 0.01, "learner.floor": 0.0001}


class EagerSender(RothErevSender):
    """A mutation: failures reinforce what was said as successes do."""

    @staticmethod
    @compiled
    def learn(learner, i, observation, action, reward, next_observation, stream):
        """Add a ball in any case."""
        learner.weights[i, learner.urn[i], action] += 1.0


class EagerReceiver(RothErevReceiver):
    """A mutation: failures reinforce what was done as successes do."""

    @staticmethod
    @compiled
    def learn(learner, i, observation, action, reward, next_observation, stream):
        """Add a ball in any case."""
        learner.weights[i, learner.urn[i], action] += 1.0


def reinforce_failures(game: Scenario) -> Scenario:
    """A mutation: both reinforce failures."""
    return game.replace({"learner.sender": EagerSender(), "learner.receiver": EagerReceiver()})


def forget(game: Scenario) -> Scenario:
    """A mutation: urns fade."""
    return game.replace(FORGETTING)


def mishear(game: Scenario) -> Scenario:
    """A mutation: half of all messages are misheard."""
    return game.replace({"environment.noise": 0.5})


MUTATIONS = {"failures reinforce": reinforce_failures, "urns forget": forget, "messages are misheard": mishear}


def measure(replications: int, seed: int, full: bool, mutation: str | None = None) -> dict[str, Estimate]:
    """Return every quantity of ``expected.json``."""
    games = {n: _play(n, replications, seed + n, mutation) for n in ((2, 3, 8) if full else (3,))}
    measured = {f"failures, {n} states": proportion(1 - result.runs.complete) for n, result in games.items()}
    if full:
        measured["failures, 8 states (others)"] = measured["failures, 8 states"]
        measured["success below .8, 8 states"] = proportion(games[8].runs.receiver_payoff < GOOD_ENOUGH)
        forgetful = _play(3, replications, seed, mutation, FORGETTING)
        measured["failures, 3 states, less those with forgetting"] = difference_of_proportions(
            measured["failures, 3 states"], proportion(1 - forgetful.runs.complete)
        )
    for k, (name, rate) in enumerate(RATES.items()):
        measured[f"Bush-Mosteller, alpha {name}"] = proportion(_success(rate, BUSH_RUNS[full], seed + k) > GOOD)
    return measured


def _play(n: int, runs: int, seed: int, mutation: str | None, changes: dict[str, Any] | None = None) -> Result:
    sizes = {"environment.num_states": n, "environment.num_messages": n, "horizon.steps": PLAYS}
    game = scenario().replace(sizes | (changes or {}))
    if mutation is not None:
        game = MUTATIONS[mutation](game)
    return run(game, replications=runs, seed=seed, record_every=None)


def _success(rate: float, runs: int, seed: int) -> np.ndarray:
    """Return each run's expected success after a few hundred plays, from the chances themselves."""
    learners = {"sender": BushMostellerSender(alpha=rate), "receiver": BushMostellerReceiver(alpha=rate)}
    game = scenario().replace({f"learner.{name}": learner for name, learner in learners.items()})
    simulation = Simulation(game.replace({"horizon.steps": SHORT}), seed=seed, replications=range(runs))
    simulation.advance(SHORT)
    says, does = (simulation.learners[name].weights[:, 0] for name in learners)
    prior = np.full(says.shape[1], 1.0 / says.shape[1])
    return np.array([success_rate(prior, *codes) for codes in zip(says, does, strict=True)])
