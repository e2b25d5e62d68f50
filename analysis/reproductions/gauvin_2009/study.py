"""Gauvin, Vannimenus & Nadal 2009: when does a city freeze, when does it segregate, when does it stay mixed?

Run it with ``socialsim reproduce gauvin_2009 [--full]``.
"""

from __future__ import annotations

from fractions import Fraction

from socialsim.core.estimate import Estimate
from socialsim.core.result import Result
from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.environments.segregation import METRICS, Segregation
from socialsim.metrics.estimates import mean

SIDE, QUICK_SWEEPS, SWEEPS = 50, 1000, 3000
FROZEN_BELOW, FEW_SWEEPS = Fraction(3, 8), 100
SLOW = (Fraction(5, 7),)  # clusters take long to become one
POINTS = tuple(Fraction(t) for t in ("1/3", "1/2", "5/7", "3/4", "4/5"))
LIQUID = {"periodic": False, "destination": "content", "schedule": "random", "movers": "all"}


def solid(city: Segregation) -> Segregation:
    """A mutation: the content stay."""
    return Segregation(**(dict(city) | {"movers": "discontented"}))


def everywhere(city: Segregation) -> Segregation:
    """A mutation: people move to any vacancy, content or not."""
    return Segregation(**(dict(city) | {"movers": "discontented", "destination": "any"}))


MUTATIONS = {"the content stay": solid, "any vacancy will do": everywhere}


def measure(replications: int, seed: int, full: bool, mutation: str | None = None) -> dict[str, Estimate]:
    """Return every quantity of ``expected.json``."""

    def city(tolerance: Fraction, vacant: float, number: int) -> Result:
        sweeps = SWEEPS if full else QUICK_SWEEPS
        if tolerance < FROZEN_BELOW and vacant < 0.1:
            sweeps = FEW_SWEEPS  # nothing happens there, and to see that takes long
        rules = Segregation(height=SIDE, width=SIDE, tolerance=float(tolerance), **LIQUID)
        if mutation is not None:
            rules = MUTATIONS[mutation](rules)
        people = round(SIDE * SIDE * (1.0 - vacant))
        scenario = Scenario(rules, "innate", f"complete:n={people}", sweeps, METRICS)
        return run(scenario, replications=replications, seed=seed + number, record_every=None)

    measured = {}
    for number, tolerance in enumerate(POINTS):
        if tolerance in SLOW and not full:
            continue
        runs = city(tolerance, 0.05, number).runs
        s = mean(runs.clustering)
        measured |= {f"s, T = {tolerance}, 5% vacant": s, f"s, T = {tolerance}, 5% vacant (consensus)": s}
        measured[f"moves per person, T = {tolerance}, 5% vacant"] = mean(runs.moves)
        measured[f"share of like neighbours, T = {tolerance}, 5% vacant"] = mean(runs.like_share)
    if full:
        measured["s, T = 1/2, 20% vacant"] = mean(city(Fraction(1, 2), 0.2, 10).runs.clustering)
    measured["moves per person, T = 1/3, 40% vacant"] = mean(city(Fraction(1, 3), 0.4, 11).runs.moves)
    return measured
