"""Simulated moments: parameter values of a whole scenario under which its metrics are as they were observed.

Let m be the vector of observed metrics, with the covariance V_o of their errors, and m(theta) what R simulated runs
give, with the covariance V_s(theta). With g = m - m(theta), the estimate minimises

    Q(theta) = g' W g,    W = [V_o + V_s]^-1,                          ([McFadden1989]_; [Gourieroux1996]_, chapter 2)

so that moments count as much as they are known. V_s is estimated from batches of runs, with nu = 19 degrees of freedom,
and so W is too: its inverse is too large in the mean, and the more so the more moments there are. With p moments, k
parameters and q = p - k, intervals are therefore Student's ([Rao1959]_), and the least distance, which tells whether
any values could have made the moments (the J-test), is Hotelling's:

    Cov(theta) = (D' W D)^-1 (1 + J / nu) nu / (nu - q),    D = dm / dtheta,    t with nu - q degrees,           (1)
    J = min Q ~ F_{q, nu - q + 1} nu q / (nu - q + 1)    if the scenario is right.                              (2)

Both are exact for moments that are linear in theta and normal, if V_o is in proportion to V_s. Where V_o is known by
itself, nu is nu / f^2 with f = tr(W V_s) / p, the share of what is estimated (Satterthwaite's rule).

If the observed metrics come from n runs of which nothing but the mean is known, V_o = (R / n) V_s, and (1) is the
familiar (1 + n / R) times what infinitely many simulations would leave. All points theta are simulated on the same
random streams (common random numbers): m(theta) then moves with theta and not by chance. It has steps all the same
where outcomes are counts, so the search is one without gradients (`socialsim.inference.search`), first with each moment
weighed by itself, then with W at the first estimate, and D is a difference over a tenth of the range.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from socialsim.core.errors import ParameterError, unknown
from socialsim.core.estimate import Estimate
from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.inference.search import Bounds, Range, improve, minimise, values_at

if TYPE_CHECKING:
    import pandas as pd

BATCHES = 20
HALF_STEP = 0.05  # in places, for D
DESIGN_POINTS, STARTS, TOLERANCE = 16, 2, 1e-3
NEAR_END = 1e-3  # in places
Moments = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class MomentFit:
    """A scenario fitted to observed metrics.

    Parameters
    ----------
    scenario : Scenario
        With the values that were found.
    estimates : dict of str to Estimate
        The free parameters by path; ``num_runs`` is the number of simulated runs behind each moment.
    moments : DataFrame
        Indexed by metric: observed, simulated, and ``z``, their difference in standard errors.
    j : float
        The least distance, equation (2).
    degrees : int
        p - k.
    p_value : float
        Of the J-test; NaN where there are no more moments than parameters.
    remarks : tuple of str
        What is to be known before the estimates are used.
    """

    scenario: Scenario
    estimates: dict[str, Estimate]
    moments: pd.DataFrame
    j: float
    degrees: int
    p_value: float
    remarks: tuple[str, ...] = ()


def fit_moments(
    scenario: Scenario,
    observed: Mapping[str, float | Estimate],
    free: Mapping[str, Bounds | Range],
    *,
    replications: int = 200,
    seed: int = 0,
    num_observed: int | None = None,
    covariance: ArrayLike | None = None,
) -> MomentFit:
    """Fit parameters of a scenario to observed metrics.

    Parameters
    ----------
    scenario : Scenario
        Whose metrics are compared; parameters that are not free keep their values.
    observed : mapping of str to float or Estimate
        Observed values of some or all of its metrics, by name.
    free : mapping of str to (low, high) or Range
        The free parameters by path, with their ranges.
    replications : int
        Simulated runs at each point, a multiple of 20 and at least 40.
    seed : int
        Of all simulations, >= 0.
    num_observed : int, optional
        Runs (groups, sessions, villages) behind the observed values.
    covariance : array_like, shape (num_moments, num_moments), optional
        Of the errors of the observed values. Without it and without ``num_observed`` they are estimates that bring
        their standard errors, and are taken for independent.

    Returns
    -------
    MomentFit

    Raises
    ------
    ParameterError
        If a metric or a path is unknown, the errors of the observed values are not known, there are fewer moments than
        parameters, or moments do not vary apart from each other.

    Examples
    --------
    >>> from socialsim.environments.epistemic import small
    >>> village = small().replace({"environment.trials": 20})
    >>> observed = run(village.replace({"environment.effect": 0.05}), replications=400, seed=1).metrics
    >>> ranges = {"environment.effect": (0.01, 0.2)}
    >>> fitted = fit_moments(village, observed, ranges, replications=200, seed=2)
    >>> effect = fitted.estimates["environment.effect"]
    >>> effect.low < 0.05 < effect.high, fitted.degrees
    (True, 1)
    """
    ranges = _ranges(scenario, free)
    known = _Observed.of(scenario, observed, num_observed, covariance)
    if len(known.names) < len(ranges):
        raise ParameterError(f"observed: {len(known.names)} for {len(ranges)} parameters; accepted: as many or more")
    if replications % BATCHES or replications < 2 * BATCHES:
        raise ParameterError(
            f"replications: {replications} is not accepted; accepted: a multiple of {BATCHES}, at least {2 * BATCHES}"
        )
    simulator = _Simulator(scenario, ranges, known.names, replications, seed)
    weight: NDArray[np.float64] = np.diag(1.0 / known.scales() ** 2)
    settings = {"design_points": DESIGN_POINTS, "starts": STARTS, "tolerance": TOLERANCE}
    places, first = minimise(lambda u: simulator.distance(u, known.values, weight), len(ranges), **settings)  # type: ignore[arg-type]
    if not math.isfinite(first):
        raise ParameterError("free: nowhere in the ranges are all of the metrics defined; accepted: other ranges")
    spread, freedom = simulator.covariance(places)
    total = known.errors(spread, replications) + spread
    weight = np.asarray(np.linalg.inv(total), float)
    if known.covariance is not None:
        freedom /= float(np.trace(weight @ spread) / len(spread)) ** 2
    places, j = improve(lambda u: simulator.distance(u, known.values, weight), places, tolerance=TOLERANCE)
    simulated = simulator.moments(places)
    slopes = simulator.slopes(places)
    degrees = len(known.names) - len(ranges)
    weight = weight / _inflation(j, degrees, freedom)
    estimates = _estimates(ranges, places, slopes, weight, freedom - degrees, replications)
    return MomentFit(
        scenario=scenario.replace(values_at(ranges, places)),
        estimates=estimates,
        moments=_table(known, simulated, total),
        j=j,
        degrees=degrees,
        p_value=_p_value(j, degrees, freedom),
        remarks=tuple(_remarks(ranges, places, estimates)),
    )


@dataclass(frozen=True)
class _Observed:
    """Observed moments and what is known of their errors."""

    names: tuple[str, ...]
    values: Moments
    num_observed: int | None
    covariance: NDArray[np.float64] | None

    @classmethod
    def of(
        cls,
        scenario: Scenario,
        observed: Mapping[str, float | Estimate],
        num_observed: int | None,
        covariance: ArrayLike | None,
    ) -> _Observed:
        names = tuple(observed)
        for name in names:
            if name not in scenario.metric_names:
                raise ParameterError(unknown("metric", name, scenario.metric_names))
        values = np.array([x.value if isinstance(x, Estimate) else float(x) for x in observed.values()])
        for name, value in zip(names, values, strict=True):
            if not math.isfinite(value):
                raise ParameterError(f"observed: {name} is {value}; accepted: finite numbers")
        if num_observed is not None and covariance is not None:
            raise ParameterError("num_observed, covariance: both are not accepted; accepted: one of them")
        if num_observed is not None:
            if num_observed < 1:
                raise ParameterError(f"num_observed: {num_observed} is not accepted; accepted: an integer >= 1")
            return cls(names, values, num_observed, None)
        if covariance is None:
            errors = np.array([float(getattr(value, "standard_error", math.nan)) for value in observed.values()])
            for name, error in zip(names, errors, strict=True):
                if not error > 0.0:
                    raise ParameterError(
                        f"observed: how exact {name} is remains open; accepted: an Estimate with a standard error, or "
                        "num_observed=, or covariance="
                    )
            return cls(names, values, None, np.diag(errors**2))
        matrix = np.asarray(covariance, float)
        if matrix.shape != (len(names),) * 2 or not np.allclose(matrix, matrix.T) or np.linalg.eigvalsh(matrix)[0] < 0:
            raise ParameterError(f"covariance: accepted: a symmetric matrix of {len(names)} rows, not indefinite")
        return cls(names, values, None, matrix)

    def scales(self) -> Moments:
        """Return how much each moment may be off in the first search."""
        if self.covariance is not None:
            return np.sqrt(np.maximum(np.diag(self.covariance), 1e-12))
        return np.where(self.values == 0.0, 1.0, np.abs(self.values))

    def errors(self, simulated: NDArray[np.float64], replications: int) -> NDArray[np.float64]:
        """Return V_o, given V_s."""
        if self.covariance is not None:
            return self.covariance
        assert self.num_observed is not None
        return simulated * (replications / self.num_observed)


class _Simulator:
    """The moments of a scenario at a point of the cube, on the same streams everywhere."""

    def __init__(
        self, scenario: Scenario, ranges: dict[str, Range], names: tuple[str, ...], replications: int, seed: int
    ) -> None:
        self._scenario, self._ranges, self._names = scenario, ranges, names
        self._replications, self._seed = replications, seed

    def moments(self, places: NDArray[np.float64], first: int = 0, size: int | None = None) -> Moments:
        point = self._scenario.replace(values_at(self._ranges, places))
        options = {"replications": size or self._replications, "first_replication": first, "seed": self._seed}
        metrics = run(point, record_every=None, **options).metrics  # type: ignore[arg-type]
        return np.array([metrics[name].value for name in self._names])

    def distance(self, places: NDArray[np.float64], observed: Moments, weight: NDArray[np.float64]) -> float:
        apart = observed - self.moments(places)
        return float(apart @ weight @ apart) if np.isfinite(apart).all() else math.inf

    def covariance(self, places: NDArray[np.float64]) -> tuple[NDArray[np.float64], float]:
        """Return V_s from batches of the runs behind the moments, and its degrees of freedom."""
        size = self._replications // BATCHES
        batches = np.array([self.moments(places, first=k * size, size=size) for k in range(BATCHES)])
        defined = batches[np.isfinite(batches).all(axis=1)]
        if len(defined) <= len(self._names) + 1:
            raise ParameterError(
                f"replications: in {BATCHES - len(defined)} of {BATCHES} batches a metric is undefined; accepted: more"
            )
        matrix = np.atleast_2d(np.cov(defined.T)) / BATCHES
        for k, name in enumerate(self._names):
            if matrix[k, k] <= 0.0:
                raise ParameterError(f"observed: {name} is the same in all runs near the estimate; accepted: others")
        scale = np.sqrt(np.diag(matrix))
        if np.linalg.eigvalsh(matrix / np.outer(scale, scale))[0] < 1e-8:
            names = ", ".join(self._names)
            raise ParameterError(f"observed: {names} do not vary apart from each other; accepted: fewer of them")
        return matrix, len(defined) - 1.0

    def slopes(self, places: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return D with respect to places, shape (num_moments, num_parameters)."""
        columns = []
        for k in range(len(places)):
            low, high = places.copy(), places.copy()
            low[k], high[k] = max(low[k] - HALF_STEP, 0.0), min(high[k] + HALF_STEP, 1.0)
            columns.append((self.moments(high) - self.moments(low)) / (high[k] - low[k]))
        return np.array(columns).T


def _ranges(scenario: Scenario, free: Mapping[str, Bounds | Range]) -> dict[str, Range]:
    if not free:
        raise ParameterError("free: nothing is not accepted; accepted: one or more parameters by path")
    ranges = {}
    for path, bounds in free.items():
        item = bounds if isinstance(bounds, Range) else Range(float(bounds[0]), float(bounds[1]))
        if not (math.isfinite(item.low) and math.isfinite(item.high) and item.low < item.high):
            raise ParameterError(f"free: {path} from {item.low:g} to {item.high:g} is not accepted; accepted: rising")
        for end in (item.low, item.high):
            scenario.replace({path: end})
        ranges[path] = item
    return ranges


def _estimates(
    ranges: dict[str, Range],
    places: NDArray[np.float64],
    slopes: NDArray[np.float64],
    weight: NDArray[np.float64],
    freedom: float,
    replications: int,
) -> dict[str, Estimate]:
    """Return the free parameters with the intervals of equation (1), made on the scale of the range."""
    from scipy.special import stdtrit

    method, quantile = "simulated moments, 95%", float(stdtrit(freedom, 0.975))
    information = slopes.T @ weight @ slopes
    errors = np.full(len(places), math.inf)
    if np.isfinite(information).all() and np.linalg.cond(information) < 1e12:
        errors = np.sqrt(np.diag(np.linalg.inv(information)))
    estimates = {}
    for (path, item), u, error in zip(ranges.items(), places, errors, strict=True):
        if not 2.0 * quantile * error < 1.0:
            reason = f"its interval is wider than its range, {item.low:g} to {item.high:g}: the metrics hardly tell"
            estimates[path] = Estimate.undefined(reason, replications, method)
            continue
        low, value, high = (item.value(float(x)) for x in (u - quantile * error, u, u + quantile * error))
        spread = float(error * item.slope(float(u)))
        estimates[path] = Estimate(value, low, high, replications, method=method, standard_error=spread)
    return estimates


def _table(known: _Observed, simulated: Moments, total: NDArray[np.float64]) -> pd.DataFrame:
    import pandas as pd

    z = (known.values - simulated) / np.sqrt(np.diag(total))
    return pd.DataFrame(
        {"observed": known.values, "simulated": simulated, "z": z}, index=pd.Index(known.names, name="metric")
    )


def _inflation(j: float, degrees: int, freedom: float) -> float:
    """Return by how much (D' W D)^-1 is too small, in equation (1)."""
    return (1.0 + j / freedom) * freedom / (freedom - degrees)


def _p_value(j: float, degrees: int, freedom: float) -> float:
    """Return the chance of a distance as large, by equation (2)."""
    from scipy.special import fdtrc

    left = freedom - degrees + 1.0
    return float(fdtrc(degrees, left, j * left / (freedom * degrees))) if degrees > 0 else math.nan


def _remarks(ranges: dict[str, Range], places: NDArray[np.float64], estimates: dict[str, Estimate]) -> list[str]:
    remarks = [f"{path}: {item.reason}" for path, item in estimates.items() if item.reason]
    for (path, item), u in zip(ranges.items(), places, strict=True):
        if min(u, 1.0 - u) < NEAR_END:
            remarks.append(f"{path}: the best value is the end of its range, {item.low if u < 0.5 else item.high:g}")
    return remarks
