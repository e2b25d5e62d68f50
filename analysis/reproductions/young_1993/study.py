"""Young 1993: which convention lasts if everybody now and then errs? Exact chains against simulation.

With the one-at-a-time version of Kandori, Mailath & Rob (1993) and Ellison's ring (1993). Run it with
``socialsim reproduce young_1993 [--full]``.
"""

from __future__ import annotations

import networkx as nx
import numpy as np

from socialsim.core.estimate import Estimate
from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.environments.conventions import Conventions
from socialsim.environments.conventions.theory import (
    adaptive_play_chain,
    errors_to_leave,
    least_errors,
    revision_chain,
    stationary,
    waiting_time,
)
from socialsim.learning.adaptive_play import AdaptivePlay
from socialsim.metrics.estimates import mean

GAME = ((5.0, 0.0), (4.0, 3.0))
MEMORY, SAMPLE = 4, 2
ERRORS = (0.2, 0.1, 0.05)
MEETINGS = 200_000
RING, COMPLETE = "cycle", "complete"


def one_meeting(model: Scenario) -> Scenario:
    """A mutation: only the last meeting is remembered."""
    return model.replace({"learner.sample": 1, "learner.memory": 1})


def less_dominant(model: Scenario) -> Scenario:
    """A mutation: the risk dominant action pays so little that it is so no longer."""
    return model.replace({"environment.payoffs": ((5.0, 0.0), (4.0, 0.5))})


def careful(model: Scenario) -> Scenario:
    """A mutation: half as many errors."""
    return model.replace({"learner.error": model.learners["agent"].error / 2.0})


MUTATIONS = {"one meeting is remembered": one_meeting, "another game": less_dominant, "half the errors": careful}


def measure(replications: int, seed: int, full: bool, mutation: str | None = None) -> dict[str, Estimate]:
    """Return every quantity of ``expected.json``."""
    measured = {}
    for k, error in enumerate(ERRORS):
        name = f"both play the risk dominant action, errors {error:g}".replace("0.", ".")
        measured[name] = _both(error, replications, seed + k, mutation)
    leave, cheapest = errors_to_leave(GAME, SAMPLE), least_errors(GAME, MEMORY, SAMPLE)
    for name, formula, found in zip(("payoff", "risk"), leave, cheapest, strict=True):
        agreed = formula if formula == found else np.nan
        measured[f"errors to leave the {name} dominant convention"] = _exactly(agreed)
    chain = adaptive_play_chain(GAME, MEMORY, SAMPLE, error=0.001)
    measured["risk dominant convention, errors .001"] = _exactly(stationary(chain)[-1])
    runs = 4 * replications
    measured["share on the risk dominant action, six who all meet"] = _share(runs, seed + 10, mutation)
    measured["wait for the risk dominant convention, ring of six"] = _wait(RING, runs, seed + 11, mutation)
    measured["wait for the risk dominant convention, six who all meet"] = _wait(COMPLETE, runs, seed + 12, mutation)
    return measured | _exact_waits()


def _mutated(model: Scenario, mutation: str | None) -> Scenario:
    return model if mutation is None else MUTATIONS[mutation](model)


def _both(error: float, runs: int, seed: int, mutation: str | None) -> Estimate:
    """Return the share of meetings of two players in which both take action 1."""
    learner = AdaptivePlay(memory=MEMORY, sample=SAMPLE, error=error)
    model = _mutated(Scenario(Conventions(payoffs=GAME), learner, "path:n=2", MEETINGS), mutation)
    found = run(model, replications=runs, seed=seed, record_every=None).runs
    return mean(found.same_share - found.first_share)


def _revising(network: str, steps: int, mutation: str | None) -> Scenario:
    learner = AdaptivePlay(memory=1, sample=1, error=0.1)
    environment = Conventions(payoffs=GAME, meeting="neighbours", start=0, stop_at=0.0)
    return _mutated(Scenario(environment, learner, f"{network}:n=6", steps), mutation)


def _share(runs: int, seed: int, mutation: str | None) -> Estimate:
    """Return the share of six agents that do action 1 after 6000 revisions."""
    model = _revising(COMPLETE, 6000, mutation)
    series = run(model, replications=10 * runs, seed=seed, record_every=6000).table("series")
    return mean(series.mean_act[series.step == 6000])


def _wait(network: str, runs: int, seed: int, mutation: str | None) -> Estimate:
    """Return the mean number of revisions until all six do action 1."""
    model = _revising(network, 20_000, mutation).replace({"environment.stop_at": 1.0})
    times = run(model, replications=runs, seed=seed, record_every=None).runs.time_100
    return mean(times) if times.notna().all() else Estimate.undefined("some runs did not get there")


def _exact_waits() -> dict[str, Estimate]:
    """Return how the exact wait of each agent for the risk dominant convention grows from six agents to ten."""
    growth = {network: _wait_of_each(network, 10) / _wait_of_each(network, 6) for network in (RING, COMPLETE)}
    return {
        "wait for each agent, ring of 10 over ring of 6, errors .05": _exactly(growth[RING]),
        "wait for each agent, 10 over 6 who all meet, errors .05": _exactly(growth[COMPLETE]),
    }


def _wait_of_each(network: str, size: int) -> float:
    sees = nx.to_numpy_array(nx.cycle_graph(size) if network == RING else nx.complete_graph(size))
    chain = revision_chain(GAME, sees, error=0.05)
    return waiting_time(chain, 0, np.arange(2**size) == 2**size - 1) / size


def _exactly(value: float) -> Estimate:
    if np.isnan(value):
        return Estimate.undefined("the formula and the search do not agree")
    return Estimate(float(value), float(value), float(value), 1)
