r"""What a run of party competition comes to.

Averages over the steps that count, with v the share of the votes, s of the seats, p a party's position, x a voter's
ideal point, and bars for means over voters:

    eccentricity           mean over parties of |p_i - x_bar|                                           ([Laver2011]_)
    distance               mean over voters of |x - p| to the closest party                             representation
    misery                 mean over voters of |x - p|^2 to the closest party                           ([Laver2011]_)
    effective_parties      1 / sum_i v_i^2                                                              ([Laakso1979]_)
    effective_parliament   1 / sum_i s_i^2
    party_spread           P = sqrt(sum_i v_i |p_i - p_bar|^2), p_bar = sum_i v_i p_i                 ([Dalton2008]_)
                           (P^2 is averaged over steps)
    voter_spread           X = sqrt(mean over voters of |x - x_bar|^2)

**Polarisation** is P / X: 0 where all parties stand together, 1 where they are spread as the voters are. If every party
stands at its supporters' mean, the variance of the voters is that within parties plus that between them, so that

    P^2 + misery = X^2.                                                                                              (1)

At the end of the run:

    policy_distance   from the mean position of the seats to the voters' median on each axis
    congruence        1 - (area between the distribution of voters and that of seats) / (2 X_k), mean over axes k

The area between two distribution functions is the least distance by which seats would have to move on average to stand
as voters do: [Golder2010]_ call its absence many-to-many congruence. Here it is in units of two standard
deviations of the voters.

**Responsiveness** is the way that parties go when the electorate shifts, over the shift: (p_bar after - p_bar before) /
shift on the first axis; 1 if they follow entirely.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from socialsim.core.estimate import Estimate
from socialsim.core.result import Result
from socialsim.environments.parties.layout import AFTER, BEFORE, SUMS, VARIANCE
from socialsim.metrics.runs import over_runs

TOO_SHORT = "no step was counted: the run is not longer than environment.burn_in"
NO_SHIFT = "the electorate did not shift, or parties had no time to follow"


def area_between(points: ArrayLike, weights: ArrayLike, others: ArrayLike, other_weights: ArrayLike) -> float:
    """Return the area between two weighted distribution functions on a line.

    Parameters
    ----------
    points, others : array_like, shape (num_points,), (num_others,)
    weights, other_weights : array_like of the same shapes
        >= 0, not all 0.

    Returns
    -------
    float
        In the unit of the points, >= 0.

    Examples
    --------
    >>> area_between([0.0, 1.0], [1, 1], [0.5], [3.0])
    0.5
    """
    points, others = np.asarray(points, float), np.asarray(others, float)
    weights, other_weights = np.asarray(weights, float), np.asarray(other_weights, float)
    places = np.concatenate([points, others])
    steps = np.concatenate([weights / weights.sum(), -other_weights / other_weights.sum()])
    order = places.argsort()
    return float((np.abs(steps[order].cumsum()[:-1]) * np.diff(places[order])).sum())


def weighted_median(points: ArrayLike, weights: ArrayLike) -> float:
    """Return the least point with half of the weight at or below it.

    Examples
    --------
    >>> weighted_median([3.0, 1.0, 2.0], [1, 1, 3])
    2.0
    """
    points, weights = np.asarray(points, float), np.asarray(weights, float)
    order = points.argsort()
    below = weights[order].cumsum()
    return float(points[order][np.searchsorted(below, 0.5 * below[-1])])


def congruence(
    voters: NDArray[np.float64], weights: NDArray[Any], positions: NDArray[np.float64], seats: NDArray[np.float64]
) -> float:
    """Return how well the seats stand for the voters, the mean over axes.

    Parameters
    ----------
    voters : ndarray, shape (num_groups, d)
    weights : ndarray, shape (num_groups,)
    positions : ndarray, shape (num_parties, d)
    seats : ndarray, shape (num_parties,)

    Returns
    -------
    float
        At most 1; NaN without seats or where all voters agree on an axis.

    Examples
    --------
    >>> voters = np.array([[-1.0], [1.0]])
    >>> congruence(voters, np.ones(2), np.array([[-1.0], [1.0]]), np.array([0.5, 0.5]))
    1.0
    >>> congruence(voters, np.ones(2), np.array([[0.0], [1.0]]), np.array([1.0, 0.0]))
    0.5
    """
    spreads = np.sqrt(variances(voters, weights))
    if seats.sum() == 0 or (spreads == 0).any():
        return math.nan
    areas = [area_between(voters[:, k], weights, positions[:, k], seats) for k in range(voters.shape[1])]
    return float(1.0 - (np.array(areas) / (2.0 * spreads)).mean())


def variances(voters: NDArray[np.float64], weights: NDArray[Any]) -> NDArray[np.float64]:
    """Return the voters' variance on each axis, shape (d,).

    Examples
    --------
    >>> variances(np.array([[0.0, 1.0], [2.0, 1.0]]), np.array([3, 1])).tolist()
    [0.75, 0.0]
    """
    shares = weights / weights.sum()
    spread: NDArray[np.float64] = shares @ (voters - shares @ voters) ** 2
    return spread


def outcomes_of(state: Any, shift: float) -> dict[str, NDArray[Any]]:
    """Return what each run has come to so far."""
    counted = np.where(state.num_counted > 0, state.num_counted, math.nan)
    means = dict(zip(SUMS, (state.sums / counted).T, strict=True))
    means["party_spread"] = np.sqrt(means.pop(SUMS[VARIANCE]))
    runs = range(len(counted))
    ends = [_end(state.voters[r], state.weights, state.position[r], state.seats[r]) for r in runs]
    columns = zip(("voter_spread", "policy_distance", "congruence"), np.array(ends).T, strict=True)
    spreads = dict(columns)
    spread = np.where(spreads["voter_spread"] > 0, spreads["voter_spread"], math.nan)
    means["polarisation"] = means["party_spread"] / spread
    in_window = np.where(state.shift_counts > 0, state.shift_counts, math.nan)
    where = state.shift_sums / in_window
    moved = (where[:, AFTER] - where[:, BEFORE]) / (shift or math.nan)
    ends_of_lives = {"births": state.num_births[:, 0], "deaths": state.num_deaths[:, 0]}
    return means | spreads | {"responsiveness": moved} | ends_of_lives


def _end(
    voters: NDArray[np.float64], weights: NDArray[Any], positions: NDArray[np.float64], seats: NDArray[np.float64]
) -> tuple[float, float, float]:
    """Return the spread of voters, and the policy distance and the congruence of the last election."""
    spread = math.sqrt(variances(voters, weights).sum())
    if seats.sum() == 0:
        return spread, math.nan, math.nan
    median = np.array([weighted_median(axis, weights) for axis in voters.T])
    policy = seats @ positions / seats.sum()
    return spread, float(np.linalg.norm(policy - median)), congruence(voters, weights, positions, seats)


def polarisation(result: Result) -> Estimate:
    """Spread of the parties, weighted by votes, over that of the voters."""
    return over_runs(result, "polarisation", TOO_SHORT)


def voter_spread(result: Result) -> Estimate:
    """Standard deviation of the voters' ideal points, over all axes."""
    return over_runs(result, "voter_spread", TOO_SHORT)


def eccentricity(result: Result) -> Estimate:
    """Mean distance of parties from the voters' mean."""
    return over_runs(result, "eccentricity", TOO_SHORT)


def distance(result: Result) -> Estimate:
    """Mean distance of a voter to the closest party."""
    return over_runs(result, "distance", TOO_SHORT)


def effective_parties(result: Result) -> Estimate:
    """Effective number of parties by votes."""
    return over_runs(result, "effective_parties", TOO_SHORT)


def effective_parliament(result: Result) -> Estimate:
    """Effective number of parties by seats."""
    return over_runs(result, "effective_parliament", TOO_SHORT)


def policy_distance(result: Result) -> Estimate:
    """Distance from the mean position of the seats to the median voter, at the end."""
    return over_runs(result, "policy_distance", TOO_SHORT)


def many_to_many_congruence(result: Result) -> Estimate:
    """How well seats stand for voters at the end; 1 if they are distributed as voters are."""
    return over_runs(result, "congruence", TOO_SHORT)


def responsiveness(result: Result) -> Estimate:
    """Share of a shift of the electorate that parties follow."""
    return over_runs(result, "responsiveness", NO_SHIFT)


METRICS = (
    eccentricity,
    polarisation,
    distance,
    policy_distance,
    many_to_many_congruence,
    effective_parties,
    effective_parliament,
    responsiveness,
)
