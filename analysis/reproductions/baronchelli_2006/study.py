"""Baronchelli et al. 2006: how large do vocabularies grow, and when, before all agree on one word?

Run it with ``socialsim reproduce baronchelli_2006 [--full]``.
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from socialsim.core.compiled import compiled
from socialsim.core.estimate import Estimate
from socialsim.core.result import Result
from socialsim.core.streams import uniform
from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.environments.naming import HEARER, scenario
from socialsim.learning.naming_game import NamingGame, add, invent
from socialsim.metrics.estimates import mean, proportion

QUICK, FULL = (100, 300, 1000), (100, 300, 1000, 3000, 10_000)
LONG = {100: 60.0, 10_000: 1.2}  # games, as multiples of N^1.5; else 1.5, which is past the peak
LARGEST = 10_000


class Hoarding(NamingGame):
    """A mutation: nobody drops any word."""

    @staticmethod
    @compiled
    def learn(learner, i, observation, action, reward, next_observation, stream):
        """Add what was not understood, and drop nothing."""
        if observation == HEARER and learner.heard[i] >= 0:
            add(learner, i, learner.heard[i])


class Coining(NamingGame):
    """A mutation: speakers invent a word half of the time."""

    @staticmethod
    @compiled
    def speak(learner, i, observation, stream):
        """Say the first word known, or a new one."""
        if observation == HEARER:
            return np.nan
        if learner.size[i] == 0 or uniform(stream) < 0.5:
            word = invent(learner, i, stream)
            learner.words[i, 0] = word
            learner.size[i] = 1
        learner.said[i] = learner.words[i, 0]
        return np.float64(learner.said[i])


MUTATIONS = {"nobody forgets": Hoarding, "words are coined again and again": Coining}


def measure(replications: int, seed: int, full: bool, mutation: str | None = None) -> dict[str, Estimate]:
    """Return every quantity of ``expected.json``."""
    measured, peaks, words = {}, {}, {}
    for k, size in enumerate(FULL if full else QUICK):
        result = _population(size, replications // 10 if size == LARGEST else replications, seed + k, mutation)
        found = _peaks(result, size)
        peaks[size], words[size] = mean(found.step), mean(found.words)
        if size >= 1000:
            measured[f"t_max / N^1.5, N {size}"] = mean(found.step / size**1.5)
        if size == 1000:
            measured["words invented / N, N 1000"] = mean(found.invented / size)
            measured["peak of different words / N, N 1000"] = mean(found.different / size)
        if size == 100:
            measured["runs that reach consensus, N 100"] = proportion(result.runs.stop == "settled")
    measured["exponent of t_max"] = _slope(peaks)
    measured["exponent of the peak number of words"] = _slope(words)
    return measured


def _population(size: int, replications: int, seed: int, mutation: str | None) -> Result:
    games = round(LONG.get(size, 1.5) * size**1.5)
    model: Scenario = scenario().replace({"network.n": size, "horizon.steps": games})
    if mutation is not None:
        model = model.replace({"learner": MUTATIONS[mutation]()})
    every = size // 4 if size <= 1000 else size
    return run(model, replications=replications, seed=seed, record_every=every, series_runs=replications)


def _peaks(result: Result, size: int) -> pd.DataFrame:
    """Return of each run when its agents knew most words, how many, and how many different ones at most."""
    series = result.series
    at_peak = series.loc[series.groupby("run").mean_num_words.idxmax()].set_index("run")
    groups = series.groupby("run")
    return pd.DataFrame(
        {
            "step": at_peak.step,
            "words": size * at_peak.mean_num_words,
            "different": size * groups.mean_share_in_words.max(),
            "invented": size * groups.mean_has_invented.max(),
        }
    )


def _slope(found: dict[int, Estimate]) -> Estimate:
    """Return the slope of log means on log N by least squares, with its error from theirs."""
    x = np.log(list(found))
    weights = (x - x.mean()) / ((x - x.mean()) ** 2).sum()
    value = float(weights @ np.log([estimate.value for estimate in found.values()]))
    errors = [estimate.standard_error / estimate.value for estimate in found.values()]
    error = math.sqrt(sum((weight * e) ** 2 for weight, e in zip(weights, errors, strict=True)))
    num_runs = min(estimate.num_runs for estimate in found.values())
    low, high = value - 1.96 * error, value + 1.96 * error
    return Estimate(value, low, high, num_runs, method="delta method, 95%", standard_error=error)
