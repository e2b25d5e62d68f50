"""Centola et al. 2018: how large a committed minority overturns a convention among people with a memory?

Run it with ``socialsim reproduce centola_2018 [--full]``.
"""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np

from socialsim.core.compiled import compiled
from socialsim.core.estimate import Estimate
from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.environments.naming import Naming
from socialsim.learning.recollection import Recollection
from socialsim.metrics.estimates import proportion

NEW, OLD = 0, 1
SIZE, ROUNDS, MEMORY = 24, 45, 12
COMMITTED = tuple(range(1, 13))
TIES = {"to the new word": "lowest", "at random": "random"}


class Wavering(Recollection):
    """A mutation: the committed listen like anybody."""

    @staticmethod
    @compiled
    def hear(learner, i, j, weight, message):
        """Remember the word in the place of the oldest."""
        learner.memory[i, learner.oldest[i]] = np.int32(message)
        learner.oldest[i] = (learner.oldest[i] + 1) % learner.memory.shape[1]


class Forgetful(Recollection):
    """A mutation: the last word alone is remembered."""

    @staticmethod
    @compiled
    def hear(learner, i, j, weight, message):
        """Fill the memory with the word."""
        if not learner.is_committed[i]:
            for k in range(learner.memory.shape[1]):
                learner.memory[i, k] = np.int32(message)


MUTATIONS = {"the minority listens": Wavering, "one word is remembered": Forgetful}


def measure(replications: int, seed: int, full: bool, mutation: str | None = None) -> dict[str, Estimate]:
    """Return every quantity of ``expected.json``."""
    measured, masses = {}, {}
    for k, (name, ties) in enumerate(TIES.items()):
        tipped = _tipped(MEMORY, ties, replications, seed + 100 * k, mutation)
        for committed in (4, 8):
            measured[f"populations that tip, {committed} of {SIZE}, ties {name}"] = tipped[committed]
        measured[f"critical mass, ties {name}"] = masses[ties] = _critical_mass(tipped)
    for k, memory in enumerate((6, 24)):
        tipped = _tipped(memory, "random", replications, seed + 300 + 100 * k, mutation)
        name = f"critical mass, memory {memory} minus memory {MEMORY}"
        measured[name] = _difference(_critical_mass(tipped), masses["random"])
    return measured


def _tipped(memory: int, ties: str, replications: int, seed: int, mutation: str | None) -> dict[int, Estimate]:
    """Return the share of populations in which most use the new word at the end, by the size of the minority."""
    found = {}
    for committed in COMMITTED:
        learner = Recollection if mutation is None else MUTATIONS[mutation]
        rule = learner(memory=memory, ties=ties, first_word=OLD, committed=committed / SIZE, committed_word=NEW)
        model = Scenario(Naming(vocabulary=2), rule, f"complete:n={SIZE}", ROUNDS * SIZE)
        runs = run(model, replications=replications, seed=seed + committed, record_every=None).runs
        found[committed] = proportion((runs.modal_word == NEW) & (runs.commonest_word_share > 0.5))
    return found


def _critical_mass(tipped: dict[int, Estimate]) -> Estimate:
    """Return the share of committed agents at which half tip, on the line between the two sizes about it."""
    for below, above in pairwise(COMMITTED):
        low, high = tipped[below], tipped[above]
        if low.value < 0.5 <= high.value:
            rise = high.value - low.value
            place = (0.5 - low.value) / rise
            value = (below + place) / SIZE
            error = math.hypot((1 - place) * low.standard_error, place * high.standard_error) / rise / SIZE
            reach = 1.96 * error
            method = "interpolation, 95%"
            return Estimate(value, value - reach, value + reach, low.num_runs, method=method, standard_error=error)
    return Estimate.undefined("at no size do half of the populations tip")


def _difference(first: Estimate, second: Estimate) -> Estimate:
    value, error = first.value - second.value, math.hypot(first.standard_error, second.standard_error)
    if math.isnan(value):
        return Estimate.undefined(first.reason or second.reason)
    return Estimate(value, value - 1.96 * error, value + 1.96 * error, first.num_runs, standard_error=error)
