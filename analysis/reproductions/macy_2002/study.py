"""Macy & Flache 2002: how two who learn from satisfaction come to cooperate in a social dilemma.

Run it with ``socialsim reproduce macy_2002 [--full]``.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from socialsim.core.compiled import compiled
from socialsim.core.estimate import Estimate
from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.engine.simulation import Simulation
from socialsim.environments.dilemmas import scenario
from socialsim.environments.dilemmas.theory import self_correcting
from socialsim.learning.bush_mosteller import BushMosteller, move_chances
from socialsim.metrics.estimates import mean, proportion

GAMES = {
    "prisoner's dilemma": ((3.0, 0.0), (4.0, 1.0)),
    "chicken": ((3.0, 1.0), (4.0, 0.0)),
    "stag hunt": ((4.0, 0.0), (3.0, 1.0)),
}
ASPIRATIONS = (".5", "2.9", "3.2")
CERTAIN = 0.999


class Complacent(BushMosteller):
    """A mutation: what dissatisfies changes nothing."""

    @staticmethod
    @compiled
    def learn(learner, i, observation, action, reward, next_observation, stream):
        """Move towards what satisfied alone."""
        gap = max(learner.high - learner.aspiration[i], learner.aspiration[i] - learner.low)
        step = max(learner.rate * (reward - learner.aspiration[i]) / gap, 0.0)
        for b in range(learner.weights.shape[2]):
            learner.weights[i, 0, b] += step * ((1.0 if b == action else 0.0) - learner.weights[i, 0, b])


class Undiscerning(BushMosteller):
    """A mutation: how far something satisfies or dissatisfies does not count."""

    @staticmethod
    @compiled
    def learn(learner, i, observation, action, reward, next_observation, stream):
        """Take every stimulus for 1 or -1."""
        step = learner.rate if reward >= learner.aspiration[i] else -learner.rate
        move_chances(learner.weights, i, 0, action, step)


def complacent(model: Scenario) -> Scenario:
    """A mutation: failures teach nothing."""
    return model.replace({"learner": Complacent(**model.learners["agent"].model_dump())})


def slow(model: Scenario) -> Scenario:
    """A mutation: half the learning rate."""
    return model.replace({"learner.alpha": model.learners["agent"].alpha / 2.0})


def undiscerning(model: Scenario) -> Scenario:
    """A mutation: stimuli have a sign alone."""
    return model.replace({"learner": Undiscerning(**model.learners["agent"].model_dump())})


MUTATIONS = {"failures teach nothing": complacent, "half the learning rate": slow, "stimuli without size": undiscerning}


def measure(replications: int, seed: int, full: bool, mutation: str | None = None) -> dict[str, Estimate]:
    """Return every quantity of ``expected.json``."""
    measured = {}
    for k, (name, game) in enumerate(GAMES.items()):
        values = {"environment.payoffs": game, "horizon.steps": 100}
        measured[f"collusion after 100 rounds, {name}"] = _collusion(values, replications, seed + k, mutation)
    dilemma = "prisoner's dilemma"
    measured["both chances above .999 after 100 rounds"] = _certain(replications, seed + 3, mutation)
    for name in (f"collusion after 100 rounds, {dilemma}", "both chances above .999 after 100 rounds"):
        measured[f"{name} (others)"] = measured[name]
    measured[f"collusion after 500 rounds, {dilemma}"] = _collusion({}, replications, seed + 4, mutation)
    long = {"horizon.steps": 2000}
    measured["collusion after 2000 rounds"] = _collusion(long, replications // 2, seed + 5, mutation)
    first = {"horizon.steps": 60, "environment.lock_in": 60}
    name = "mutual cooperation from the first of 60 rounds on"
    measured[name] = _collusion(first, 4 * replications, seed + 6, mutation)
    measured |= _windows(replications // 2, seed + 7, mutation)
    slow_learners = {"learner.alpha": 2.0**-4, "horizon.steps": 1000}
    found = _runs(slow_learners, replications, seed + 11, mutation)
    measured["cooperation of slow learners, round 1000"] = mean(found.final_cooperation)
    root = self_correcting(_model({}, mutation).environment.payoffs, aspiration=2.0)
    measured["self-correcting equilibrium"] = Estimate(root, root, root, 1)
    return measured


def _windows(runs: int, seed: int, mutation: str | None) -> dict[str, Estimate]:
    """Return what becomes of those who aspire to too little or too much, or grow used to what they get."""
    measured = {}
    for k, aspiration in enumerate(ASPIRATIONS):
        found = _runs({"learner.aspiration": float(aspiration)}, runs, seed + k, mutation)
        name = f"collusion after 500 rounds, aspiration {aspiration}"
        measured[name] = proportion(found.locked_cooperators == 1.0)
        if aspiration == ".5":
            defect = (found.locked_in == 1.0) & (found.final_cooperation == 0.0)
            measured[f"locked into mutual defection, aspiration {aspiration}"] = proportion(defect)
    used = {"learner.habituation": 0.2}
    measured["collusion after 500 rounds, habituation .2"] = _collusion(used, runs, seed + 3, mutation)
    return measured


def _model(values: dict[str, Any], mutation: str | None) -> Scenario:
    model = scenario().replace(values)
    return model if mutation is None else MUTATIONS[mutation](model)


def _runs(values: dict[str, Any], runs: int, seed: int, mutation: str | None) -> pd.DataFrame:
    return run(_model(values, mutation), replications=runs, seed=seed, record_every=None).runs


def _collusion(values: dict[str, Any], runs: int, seed: int, mutation: str | None) -> Estimate:
    """Return the share of runs in which both have cooperated in each of the last rounds."""
    return proportion(_runs(values, runs, seed, mutation).locked_cooperators == 1.0)


def _certain(runs: int, seed: int, mutation: str | None) -> Estimate:
    """Return the share of runs in which both cooperate nearly for certain after 100 rounds."""
    simulation = Simulation(_model({"horizon.steps": 100}, mutation), seed=seed, replications=range(runs))
    simulation.advance(100)
    chances = simulation.learners["agent"].weights[:, :, 0, 0]
    return proportion((chances > CERTAIN).all(axis=1))
