"""Yang et al. 2018: mean-field Q-learners on the torus of the Ising model find its order by themselves.

Run it with ``socialsim reproduce yang_2018 [--full]``.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from socialsim.core.estimate import Estimate
from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.environments.ising import METRICS, Ising
from socialsim.metrics.estimates import bootstrap, difference_of_means, mean

LEARNT, KNOWN = "mean-field Q", "logit on known payoffs"
LEARNERS = (LEARNT, KNOWN)
SIDES = (8, 16)  # whose cumulants cross
CROSSING = (2.21, 2.25, 2.29, 2.33)  # T
TAUS = (1.05, 1.1, 1.15, 1.2, 1.25, 1.3, 1.35)
SIDE = 20  # of the paper
ALPHA = 0.1  # learning rate, as in the authors' program
STEPS = {False: (1200, 1000, 2500), True: (20_000, 8000, 10_000)}  # crossing, fluctuation, levels
RARE_STEPS = {False: 2500, True: 160_000}  # until each agent has tried everything in companies that are rare in order
BURN_IN = 0.5  # share of the steps, in which values are learnt and the lattice comes to rest

Change = Callable[[Scenario], Scenario]


def whole_bond(scenario: Scenario) -> Scenario:
    """A mutation: each agent is paid the whole energy of its bonds, not half."""
    return scenario.replace({"environment.coupling": 2.0})


def eight_neighbours(scenario: Scenario) -> Scenario:
    """A mutation: the cells at the corners are neighbours too."""
    return scenario.replace({"network.neighbourhood": "moore"})


def coarse_company(scenario: Scenario) -> Scenario:
    """A mutation: learners tell apart only whether at least half of the neighbours are down."""
    is_learnt = scenario.learners["agent"].name() == "mean_field_q"
    return scenario.replace({"learner.resolution": 1}) if is_learnt else scenario


MUTATIONS: dict[str, Change] = {
    "whole bond": whole_bond,
    "eight neighbours": eight_neighbours,
    "coarse company": coarse_company,
}


def measure(replications: int, seed: int, full: bool, mutation: str | None = None) -> dict[str, Estimate]:
    """Return every quantity of ``expected.json``."""
    crossing_steps, fluctuation_steps, level_steps = STEPS[full]
    change: Change = MUTATIONS[mutation] if mutation is not None else lambda scenario: scenario

    def play(learner: str, tau: float, side: int, steps: int, alpha: float = ALPHA) -> NDArray[np.float64]:
        """Return <|m|>, <m^2>, <m^4> and u of each run, shape (replications, 4)."""
        model = change(lattice(learner, tau, side, steps, alpha))
        number = round(1000 * tau) + 10_000 * side + 1_000_000 * LEARNERS.index(learner)
        runs = run(model, replications=replications, seed=seed + number, record_every=None).runs
        return runs[["order", "order_squared", "order_fourth", "energy"]].to_numpy()

    found: dict[str, Estimate] = {}
    for who in LEARNERS:
        rows = [[play(who, t / 2.0, side, crossing_steps)[:, 1:3] for t in CROSSING] for side in SIDES]
        moments = np.transpose(rows, (2, 0, 1, 3))  # (replications, sizes, temperatures, 2)
        found[f"T of the transition, {who}: cumulants of 8 x 8 and 16 x 16 cross"] = bootstrap(moments, crossing)
        spread = np.stack([play(who, tau, SIDE, fluctuation_steps)[:, :2] for tau in TAUS], axis=1)
        found[f"tau of the largest fluctuation, {who}, 20 x 20"] = bootstrap(spread, largest_fluctuation)
        in_order = play(who, 1.0, SIDE, RARE_STEPS[full] if who == LEARNT else level_steps, alpha=1.0)
        found[f"order at tau = 1, {who}, 20 x 20"] = mean(in_order[:, 0])
        found[f"energy at tau = 1.5, {who}, 20 x 20"] = mean(play(who, 1.5, SIDE, level_steps)[:, 3])
    cold, hot = (mean(play(LEARNT, tau, SIDE, level_steps)[:, 0]) for tau in (0.9, 2.0))
    found["order at tau = 0.9 minus at tau = 2, mean-field Q, 20 x 20"] = difference_of_means(cold, hot)
    return found


def lattice(learner: str, tau: float, side: int, steps: int, alpha: float = ALPHA) -> Scenario:
    """Return a torus of learners at a temperature of choice, who learn what pays at a rate alpha, or know it."""
    known = learner == KNOWN
    spec = (
        f"discrete_choice:beta={1.0 / tau}" if known else f"mean_field_q:temperature={tau},alpha={alpha},discount=0.0"
    )
    environment = Ising(burn_in=round(BURN_IN * steps), observation="payoffs" if known else "nothing")
    return Scenario(environment, spec, f"grid:rows={side},columns={side},periodic=true", steps, METRICS)


def cumulants(moments: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return U = 1 - <m^4> / (3 <m^2>^2), means over the runs on the first axis."""
    squared, fourth = np.moveaxis(moments.mean(axis=0), -1, 0)
    return np.asarray(1.0 - fourth / (3.0 * squared**2))


def crossing(moments: NDArray[np.float64]) -> float:
    """Return T where the two sizes' cumulants are equal: the root of a parabola through their difference."""
    small, large = cumulants(moments)
    centre = (CROSSING[0] + CROSSING[-1]) / 2.0
    fit = np.polynomial.Polynomial.fit(np.array(CROSSING) - centre, large - small, 2)
    roots = fit.roots()
    inside = [
        float(root.real) + centre for root in roots if root.imag == 0.0 and CROSSING[0] <= root + centre <= CROSSING[-1]
    ]
    if inside:
        return min(inside, key=lambda root: abs(root - centre))
    return CROSSING[-1] if float((large - small).mean()) > 0.0 else CROSSING[0]


def largest_fluctuation(moments: NDArray[np.float64]) -> float:
    """Return tau where <m^2> - <|m|>^2 is largest: the vertex of a parabola through the logarithm of three values."""
    order, squared = np.moveaxis(moments.mean(axis=0), -1, 0)
    logs = np.log(np.maximum(squared - order**2, 1e-12))
    middle = int(np.clip(np.argmax(logs), 1, len(TAUS) - 2))
    below, at, above = logs[middle - 1 : middle + 2]
    bend = below - 2.0 * at + above
    shift = 0.5 * (below - above) / bend if bend < 0.0 else 0.0
    return float(TAUS[middle] + np.clip(shift, -1.0, 1.0) * (TAUS[1] - TAUS[0]))
