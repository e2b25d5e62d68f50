"""What holds prices up? Sellers who have settled are made to deviate, and what follows is compared with a placebo.

After convergence play stands on its limit cycle. One seller is forced for one period to

- the **deviation**: its static best response to what the others are about to do, or another step;
- the **placebo**: what it was about to do anyway. Whatever follows it that is not in the baseline is an artefact.

If high prices are held up by the threat of punishment, the others lower theirs in the next period and come back later
([Calvano2020]_), and the deviation does not pay:

    gain = sum_t delta^t (pi^deviation_t - pi^baseline_t) < 0,    t = 0 .. steps - 1
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from socialsim.core.errors import ParameterError
from socialsim.core.estimate import Estimate
from socialsim.engine.fork import Branches, Force, fork
from socialsim.engine.scenario import Scenario
from socialsim.engine.simulation import Simulation
from socialsim.environments.pricing import Pricing
from socialsim.environments.pricing.facts import choices_of_steps, profits_of_steps
from socialsim.metrics.estimates import mean, proportion

BRANCHES = ("baseline", "placebo", "deviation")


@dataclass(frozen=True)
class Responses:
    """Prices and profits after a deviation, a placebo, and without either.

    Parameters
    ----------
    prices, profits : dict of str to ndarray, shape (num_runs, num_periods, num_sellers)
        For each of the branches "baseline", "placebo" and "deviation". Period 0 is the last before the deviation, known
        of prices alone; the deviation happens in period 1.
    deviator : int
        Who was forced.
    discount : float
        By which profits are summed.
    share_settled : Estimate
        Of all sessions; the others are left out.
    """

    prices: dict[str, NDArray[np.float64]]
    profits: dict[str, NDArray[np.float64]]
    deviator: int
    discount: float
    share_settled: Estimate

    @property
    def deviates(self) -> NDArray[np.bool_]:
        """In which runs the forced step was another than the seller's own, shape (num_runs,)."""
        own, forced = (self.prices[name][:, 1, self.deviator] for name in ("baseline", "deviation"))
        return own != forced

    def price_effect(self, branch: str, period: int) -> Estimate:
        """Return how much higher the others' mean price is in a branch than without any deviation.

        Parameters
        ----------
        branch : {"placebo", "deviation"}
        period : int
            1 for the period of the deviation itself.
        """
        others = np.delete(np.arange(self.prices[branch].shape[2]), self.deviator)
        change = (self.prices[branch] - self.prices["baseline"])[:, period][:, others].mean(axis=1)
        return mean(change[self.deviates])

    def gains(self, branch: str) -> NDArray[np.float64]:
        """Return the deviator's discounted gain in each run in which it deviates, shape (num_deviations,)."""
        change = (self.profits[branch] - self.profits["baseline"])[self.deviates, :, self.deviator]
        return change @ self.discount ** np.arange(change.shape[1])

    def share_unprofitable(self) -> Estimate:
        """Return the share of deviations that did not pay."""
        return proportion(self.gains("deviation") < 0)


def respond(
    scenario: Scenario,
    *,
    deviator: int = 0,
    step: int | Literal["best_response"] = "best_response",
    periods: int = 20,
    replications: int = 100,
    seed: int = 0,
) -> Responses:
    """Let sellers settle, force one of them to deviate for a period, and follow what happens.

    Parameters
    ----------
    scenario : Scenario
        Of `Pricing`, with learners that settle, such as Q-learners with a patience.
    deviator : int
        The seller who is forced.
    step : int or "best_response"
        The forced step of the grid; by default the static best response to the others' coming steps.
    periods : int
        Periods to follow, >= 1.
    replications, seed : int
        As for `socialsim.engine.run.run`; sessions that do not settle are left out.

    Raises
    ------
    ParameterError
        If the scenario is no market, the step is not on the grid, or nobody settles.

    Examples
    --------
    >>> from socialsim.environments.pricing import small
    >>> responses = respond(small(), periods=3, replications=20, seed=1)
    >>> print(responses.price_effect("placebo", 2))
    0
    """
    pricing = scenario.environment
    if not isinstance(pricing, Pricing):
        raise ParameterError(f"scenario: {pricing.name()!r} has no sellers to deviate; accepted: one of 'pricing'")
    before: list[NDArray[np.int64]] = []

    def branches(settled: Simulation) -> Branches:
        ahead = settled.copies(np.arange(len(settled.clock)), branches=True)
        ahead.advance(int(ahead.clock[0]) + 1)
        coming = ahead.engine.actions.copy()
        before.append(settled.environment.history[:, 0].copy())
        forced = best_responses(pricing, coming, deviator) if step == "best_response" else np.full(len(coming), step)
        return {"placebo": [Force(deviator, coming[:, deviator])], "deviation": [Force(deviator, forced)]}

    result = fork(scenario, branches, at="settled", steps=periods, replications=replications, seed=seed)
    table = result.table("fork")
    num_sellers = before[0].shape[1]
    prices, profits = {}, {}
    for branch in BRANCHES:
        rows = table[table.branch == branch].sort_values(["run", "step", "agent"])
        shape = (len(before[0]), periods, num_sellers)
        steps = np.concatenate([before[0][:, None], rows.action.to_numpy(np.int64).reshape(shape)], axis=1)
        prices[branch] = choices_of_steps(pricing, steps)
        profits[branch] = rows.reward.to_numpy().reshape(shape)
    has_settled = np.isin(np.arange(replications), table.run.unique())
    return Responses(prices, profits, deviator, pricing.discount, proportion(has_settled))


def best_responses(pricing: Pricing, steps: NDArray[np.int64], seller: int) -> NDArray[np.int64]:
    """Return a seller's static best response to the others' steps, shape (num_situations,).

    Parameters
    ----------
    pricing : Pricing
    steps : ndarray of int, shape (num_situations, num_sellers)
        The seller's own is not used.
    seller : int

    Examples
    --------
    >>> pricing = Pricing()
    >>> best_responses(pricing, np.array([[0, 1], [0, 13]]), seller=0).tolist()
    [1, 6]
    """
    trials = np.repeat(steps[:, None], pricing.num_prices, axis=1)
    trials[:, :, seller] = np.arange(pricing.num_prices)
    return profits_of_steps(pricing, trials)[:, :, seller].argmax(axis=1)
