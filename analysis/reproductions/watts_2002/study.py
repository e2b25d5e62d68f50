"""Watts 2002: between which mean degrees can one seed set a random network ablaze, and how far does it burn?

With Granovetter's crowds (1978), whose thresholds the model has from there. Run it with
``socialsim reproduce watts_2002 [--full]``.
"""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import pandas as pd

from socialsim.core.compiled import compiled
from socialsim.core.estimate import Estimate
from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.environments.cascades import GLOBAL, Cascades
from socialsim.environments.cascades.theory import cascade_window, rest_point
from socialsim.learning.threshold import Threshold
from socialsim.metrics.estimates import difference_of_proportions, mean, proportion

NUM_NODES = 10_000
PHI = 0.18
EQUAL = f"threshold:threshold={PHI}"
QUICK = (0.8, 1.05, 2.0, 4.0, 5.5, 7.0, 9.0)
FULL = (0.8, 1.05, 1.5, 2.0, 3.0, 4.0, 5.5, 7.0, 9.0)
MEDIUM = (0.01, 0.9)
MOST_STEPS = 300


class Exceeding(Threshold):
    """A mutation: the share must exceed the threshold."""

    @staticmethod
    @compiled
    def act(learner, i, observation, stream):
        """Act if more than enough others do."""
        return 1 if observation[1] > learner.threshold[i] else 0


def must_exceed(model: Scenario) -> Scenario:
    """A mutation: a share equal to the threshold is not enough."""
    learner = model.learners["agent"]
    return model.replace({"learner": Exceeding(**dict(learner))})


def doubled(model: Scenario) -> Scenario:
    """A mutation: everybody waits for twice the share."""
    learner = dict(model.learners["agent"])
    learner |= {"threshold": 2.0 * learner["threshold"], "values": tuple(2.0 * value for value in learner["values"])}
    return model.replace({"learner": Threshold(**learner)})


def any_neighbour(model: Scenario) -> Scenario:
    """A mutation: one active neighbour always suffices."""
    learner = model.learners["agent"]
    return model.replace({"learner": Threshold(threshold=0.001, values=learner.values)})


MUTATIONS = {
    "the threshold must be exceeded": must_exceed,
    "thresholds are doubled": doubled,
    "one neighbour suffices": any_neighbour,
}


def measure(replications: int, seed: int, full: bool, mutation: str | None = None) -> dict[str, Estimate]:
    """Return every quantity of ``expected.json``, and what the figure shows beside."""
    runs = {z: _cascades(z, replications, seed + k, mutation) for k, z in enumerate(FULL if full else QUICK)}
    measured = {f"frequency, z {z:g}".replace("0.8", ".8"): _frequency(each) for z, each in runs.items()}
    for z, each in runs.items():
        measured[f"size of global cascades, z {z:g}"] = _size(each)
    for z in (1.05, 5.5):
        shares = runs[z].share_active
        measured[f"cascades of medium size, z {z:g}"] = proportion((shares >= MEDIUM[0]) & (shares <= MEDIUM[1]))
    if full:
        measured["steps of global cascades, z 5.5 over z 3"] = _ratio(_steps(runs[5.5]), _steps(runs[3.0]))
    mixed = _cascades(7.0, replications, seed + 100, mutation, f"{EQUAL},distribution=normal,spread=0.05")
    measured["frequency with normal minus equal thresholds, z 7"] = difference_of_proportions(
        _frequency(mixed), _frequency(runs[7.0])
    )
    return measured | _theory() | _crowds(mutation)


def _cascades(z: float, replications: int, seed: int, mutation: str | None, learner: str = EQUAL) -> pd.DataFrame:
    """Return how cascades from one seed ended on random graphs of a mean degree."""
    network = f"erdos_renyi:n={NUM_NODES},p={z / (NUM_NODES - 1)!r}"
    model = _mutated(Scenario(Cascades(), learner, network, MOST_STEPS), mutation)
    return run(model, replications=replications, seed=seed, record_every=None).runs


def _mutated(model: Scenario, mutation: str | None) -> Scenario:
    return model if mutation is None else MUTATIONS[mutation](model)


def _frequency(runs: pd.DataFrame) -> Estimate:
    return proportion(runs.share_active >= GLOBAL)


def _size(runs: pd.DataFrame) -> Estimate:
    shares = runs.share_active[runs.share_active >= GLOBAL]
    return mean(shares) if len(shares) > 1 else Estimate.undefined("no cascade was global")


def _steps(runs: pd.DataFrame) -> Estimate:
    return mean(runs.steps[runs.share_active >= GLOBAL])


def _ratio(first: Estimate, second: Estimate) -> Estimate:
    """Return the ratio of two independent means, by the delta method."""
    if not second.value > 0.0 or np.isnan(first.standard_error + second.standard_error):
        return Estimate.undefined("too few cascades were global")
    value = first.value / second.value
    error = value * np.hypot(first.standard_error / first.value, second.standard_error / second.value)
    low, high = value - 1.96 * error, value + 1.96 * error
    num_runs = min(first.num_runs, second.num_runs)
    return Estimate(value, low, high, num_runs, method="delta method, 95%", standard_error=error)


def _exactly(value: float) -> Estimate:
    return Estimate(value, value, value, 1, standard_error=0.0)


def _theory() -> dict[str, Estimate]:
    """Return the ends of the window, and where Granovetter's normal crowds tip, in per cent."""
    low, high = cascade_window(PHI) or (np.nan, np.nan)
    calm, tipped = 0.12, 0.125
    while tipped - calm > 1e-5:
        spread = (calm + tipped) / 2.0
        calm, tipped = (spread, tipped) if rest_point(NormalDist(0.25, spread).cdf) < 0.5 else (calm, spread)
    return {
        "window at phi .18, lower end": _exactly(low),
        "window at phi .18, upper end": _exactly(high),
        "Granovetter: standard deviation that tips": _exactly(100.0 * tipped),
        "Granovetter: share that joins at 12": _exactly(rest_point(NormalDist(0.25, 0.12).cdf)),
        "Granovetter: share that joins at 12.5": _exactly(rest_point(NormalDist(0.25, 0.125).cdf)),
    }


def _crowds(mutation: str | None) -> dict[str, Estimate]:
    """Return how many of Granovetter's hundred riot, with the thresholds 0 to 99 and with 2 in the place of 1."""
    even = [k / 100 for k in range(100)]
    crowds = {"rioters with thresholds 0 to 99": even, "rioters without threshold 1": [0.0, 0.02, *even[2:]]}
    found = {}
    for name, thresholds in crowds.items():
        model = Scenario(Cascades(seeds=0), Threshold(values=tuple(thresholds)), "complete:n=100", MOST_STEPS)
        share = run(_mutated(model, mutation), replications=1, seed=1, record_every=None).runs.share_active[0]
        found[f"Granovetter: {name}"] = _exactly(round(100 * share))
    return found
