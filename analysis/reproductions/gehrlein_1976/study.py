"""Gehrlein and Fishburn 1976: how often does one candidate beat every other, if preferences are drawn at random?

Beside the simulation the probability of the impartial culture is summed exactly. Candidate 0 beats all others if none
of them is above it on more than (n - 1)/2 of the n ballots, n odd; a ballot puts a set of s others above it with
probability s! (m - 1 - s)! / m!, and m candidates are alike, so that

    P = m sum over counts (k_1, ..., k_{m-1}), all k_j <= (n - 1)/2, of P(k_j ballots put j above 0 for all j).

Run it with ``socialsim reproduce gehrlein_1976 [--full]``.
"""

from __future__ import annotations

from itertools import product
from math import factorial

import numpy as np

from socialsim.core.estimate import Estimate
from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.environments.elections import Elections
from socialsim.environments.elections.measures import condorcet_winner_share
from socialsim.metrics.estimates import difference_of_means

STEPS = 1000
CELLS = [("impartial", m, n) for m in (3, 4, 5) for n in (3, 5, 7, 11, 25)]
CELLS += [("anonymous", 3, n) for n in (3, 5, 7, 11, 25)] + [("anonymous", 4, 3)]
SUMS = [(3, 3), (3, 11), (4, 7)]


def swap_cultures(culture: str, num_voters: int) -> tuple[str, int]:
    """A mutation: each culture stands for the other."""
    return {"impartial": "anonymous", "anonymous": "impartial"}[culture], num_voters


def send_one_home(culture: str, num_voters: int) -> tuple[str, int]:
    """A mutation: one voter too few, so that pairs can tie."""
    return culture, num_voters - 1


MUTATIONS = {"cultures swapped": swap_cultures, "one voter at home": send_one_home}


def measure(replications: int, seed: int, full: bool, mutation: str | None = None) -> dict[str, Estimate]:
    """Return every quantity of ``expected.json``."""
    measured = {}
    for k, (culture, num_candidates, num_voters) in enumerate(CELLS):
        drawn, present = (culture, num_voters) if mutation is None else MUTATIONS[mutation](culture, num_voters)
        environment = Elections(num_candidates=num_candidates, culture=drawn, utilities=False, rules=())
        scenario = Scenario(environment, "imitation", f"complete:n={present}", STEPS, (condorcet_winner_share,))
        result = run(scenario, replications=replications, seed=seed + k, record_every=None)
        name = f"{culture}, {num_candidates} candidates, {num_voters} voters"
        measured[name] = result.metrics["condorcet_winner_share"]
    for num_candidates, num_voters in SUMS:
        measured[f"sum over counts, {num_candidates} candidates, {num_voters} voters"] = _exact(
            probability(num_candidates, num_voters)
        )
    small, large = probability(3, 201), probability(3, 401)  # the rest falls as 1/n
    measured["sum over counts, 3 candidates, limit"] = _exact((401 * large - 201 * small) / 200)
    measured["anonymous minus impartial, 3 candidates, 11 voters"] = difference_of_means(
        measured["anonymous, 3 candidates, 11 voters"], measured["impartial, 3 candidates, 11 voters"]
    )
    return measured


def probability(num_candidates: int, num_voters: int) -> float:
    """Return the exact probability that one candidate beats every other, impartial culture, n odd."""
    others, most = num_candidates - 1, (num_voters - 1) // 2
    chances = np.zeros((most + 1,) * others)
    chances[(0,) * others] = 1.0
    for _ in range(num_voters):
        later = np.zeros_like(chances)
        for above in product((0, 1), repeat=others):
            size = sum(above)
            weight = factorial(size) * factorial(others - size) / factorial(num_candidates)
            kept = tuple(slice(0, most + 1 - a) for a in above)
            moved = tuple(slice(a, most + 1) for a in above)
            later[moved] += weight * chances[kept]
        chances = later
    return float(num_candidates * chances.sum())


def _exact(value: float) -> Estimate:
    return Estimate(value, value, value, 1, method="exact sum")
