"""Maximum likelihood: the values of a learner's free parameters under which observed choices are likeliest.

Intervals at 95%. The **profile** one holds the values x of a parameter from which the likelihood, all others being
free, has not yet fallen significantly below its maximum,

    2 [ln L* - max ln L(x, others)] <= chi2_{1, .95} = 3.84,                                             (1)

and is the one to report; where the likelihood does not fall so far before the range of the parameter ends, neither
does the interval, and where it does so on neither side, the choices say nothing of the parameter: it is undefined. The
**Hessian** one is the maximum +- 1.96 standard errors from the curvature there, on the scale of the range, and needs a
smooth likelihood with an interior maximum: that of an epsilon-greedy learner has steps.

Both take the choices of several subjects for those of one who made them all, and are too narrow if subjects differ. The
one over **subjects** is the wider one, on each side, of the profile's and the jackknife's ([Tukey1958]_): with u_g the
maximum without the g-th of G groups of subjects (each its own group, up to 20),

    u* -+ t_{G-1} s,    s^2 = (G - 1)/G sum_g (u_g - mean u)^2                                           (2)

whatever makes subjects differ, and the more careful the fewer they are. How fits are compared:
`socialsim.inference.comparison`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from socialsim.core.estimate import Estimate
from socialsim.engine.interface import Learner
from socialsim.inference.choices import Choices
from socialsim.inference.likelihood import Replay
from socialsim.inference.search import Bounds, Range, improve, minimise, ranges_of, values_at

Interval = Literal["subjects", "profile", "hessian", "none"]
QUANTILE, NORMAL = 3.841458820694124, 1.959963984540054  # of chi2_1 and, its root, of |N(0, 1)|, at 95%
NEAR_END = 1e-4  # in places
HESSIAN_STEP = 1e-3  # in places
MOST_GROUPS = 20  # of subjects
NO_INTERVAL = "no interval was asked for"


@dataclass(frozen=True)
class Fit:
    """A learner fitted to choices.

    Parameters
    ----------
    learner : Learner
        With the values of highest likelihood.
    estimates : dict of str to Estimate
        The free parameters with their intervals; ``num_runs`` is the number of subjects.
    ranges : dict of str to Range
        Where they were searched.
    log_likelihood : float
        Its maximum, ln L*.
    num_trials, num_actions : int
        Of the choices.
    remarks : tuple of str
        What is to be known before the estimates are used.
    """

    learner: Learner
    estimates: dict[str, Estimate]
    ranges: dict[str, Range]
    log_likelihood: float
    num_trials: int
    num_actions: int
    remarks: tuple[str, ...] = ()

    @property
    def num_parameters(self) -> int:
        """Number of free parameters."""
        return len(self.estimates)

    @property
    def chance(self) -> float:
        """Log-likelihood of uniform choice."""
        return -self.num_trials * math.log(self.num_actions)

    @property
    def aic(self) -> float:
        """Akaike's criterion; lower is better."""
        return 2.0 * self.num_parameters - 2.0 * self.log_likelihood

    @property
    def bic(self) -> float:
        """Schwarz's criterion; lower is better."""
        return self.num_parameters * math.log(self.num_trials) - 2.0 * self.log_likelihood

    @property
    def places(self) -> NDArray[np.float64]:
        """Where in its range each free parameter came out, in [0, 1]."""
        return np.array([float(item.place(getattr(self.learner, name))) for name, item in self.ranges.items()])


def fit(
    learner: Learner,
    choices: Choices,
    free: Mapping[str, Bounds | None] | Sequence[str],
    *,
    interval: Interval = "subjects",
) -> Fit:
    """Fit a learner to choices, with one value of each free parameter for all subjects.

    Parameters
    ----------
    learner : Learner
        Its parameters that are not free keep their values.
    choices : Choices
    free : mapping of str to (low, high) or None, or sequence of str
        The free parameters and their ranges; see `socialsim.inference.search.ranges_of`.
    interval : {"subjects", "profile", "hessian", "none"}
        Which interval the estimates get; of one subject the first is the second.

    Returns
    -------
    Fit

    Raises
    ------
    ParameterError
        If the learner cannot be fitted to these choices, or a free parameter or its range is not accepted.

    Examples
    --------
    >>> from socialsim.inference.likelihood import simulate
    >>> from socialsim.learning.boltzmann_q import BoltzmannQ
    >>> payoffs = np.random.default_rng(1).random((30, 100, 2)) < [0.3, 0.7]
    >>> choices = simulate(BoltzmannQ(alpha=0.3, discount=0.0, temperature=0.2), payoffs, seed=1)
    >>> fitted = fit(BoltzmannQ(discount=0.0), choices, ["alpha", "temperature"])
    >>> print(fitted.estimates["alpha"])
    0.301 [0.268, 0.336]
    """
    ranges = ranges_of(learner, free)
    surface = Surface(learner, choices, ranges)
    places, height = minimise(surface, len(ranges))
    estimates: dict[str, Estimate] = {}
    if math.isfinite(height):
        errors = _standard_errors(surface, places)
        make = {"hessian": _by_hessian, "none": _without_interval}.get(interval, _by_profile)
        places, height, estimates = make(surface, places, height, errors)
        if interval == "subjects" and choices.num_subjects > 1:
            estimates = _over_subjects(surface, places, estimates)
    else:
        reason = "nowhere in the ranges is what was chosen possible"
        estimates = {name: Estimate.undefined(reason, choices.num_subjects) for name in ranges}
    return Fit(
        learner=surface.learner(places),
        estimates=estimates,
        ranges=ranges,
        log_likelihood=-height,
        num_trials=choices.num_trials,
        num_actions=choices.num_actions,
        remarks=(*_remarks(ranges, places, estimates), *_pooled(interval, choices.num_subjects)),
    )


class Surface:
    """Minus the log-likelihood of choices over the places of a learner's free parameters.

    Parameters
    ----------
    learner : Learner
    choices : Choices
    ranges : dict of str to Range
        Of the free parameters.

    Examples
    --------
    >>> from socialsim.learning.boltzmann_q import BoltzmannQ
    >>> surface = Surface(BoltzmannQ(), Choices.of([[0, 1]], [[0.0, 0.0]]), {"alpha": Range(0.0, 1.0)})
    >>> round(surface(np.array([0.5])), 6) == round(2 * math.log(2), 6)
    True
    """

    def __init__(self, learner: Learner, choices: Choices, ranges: dict[str, Range]) -> None:
        self.base, self.ranges, self.num_subjects = learner, ranges, choices.num_subjects
        self._replay = Replay(learner, choices)
        self._subject = np.repeat(choices.subject, np.diff(choices.start))

    def learner(self, places: NDArray[np.float64]) -> Learner:
        """Return the learner at a point of the cube."""
        return self.base.replace(**values_at(self.ranges, places))

    def __call__(self, places: NDArray[np.float64]) -> float:
        """Return minus ln L."""
        return -self._replay.log_likelihood(self.learner(places))

    def without(self, subjects: NDArray[np.int64]) -> Callable[[NDArray[np.float64]], float]:
        """Return minus ln L of all other subjects, as a function of the places."""
        is_kept = ~np.isin(self._subject, subjects)
        return lambda places: -self._replay.log_likelihood(self.learner(places), is_kept)


Found = tuple[NDArray[np.float64], float, dict[str, Estimate]]


def _without_interval(surface: Surface, places: NDArray[np.float64], height: float, errors: list[float]) -> Found:
    estimates, nan = {}, math.nan
    for (name, item), u, error in zip(surface.ranges.items(), places, errors, strict=True):
        estimates[name] = Estimate(
            value=item.value(u),
            low=nan,
            high=nan,
            num_runs=surface.num_subjects,
            method="maximum likelihood",
            reason=NO_INTERVAL,
            standard_error=error * item.slope(u),
        )
    return places, height, estimates


def _over_subjects(
    surface: Surface, places: NDArray[np.float64], estimates: dict[str, Estimate]
) -> dict[str, Estimate]:
    """Return the profile's estimates with intervals that are at least those of equation (2)."""
    from scipy.special import stdtrit

    groups = np.array_split(np.arange(surface.num_subjects), min(surface.num_subjects, MOST_GROUPS))
    others = np.array([improve(surface.without(group), places, tolerance=1e-4)[0] for group in groups])
    errors = np.sqrt((len(groups) - 1) * others.var(axis=0))
    quantile, wider = float(stdtrit(len(groups) - 1, 0.975)), {}
    for (name, item), u, error in zip(surface.ranges.items(), places, errors, strict=True):
        old = estimates[name]
        if old.reason:
            wider[name] = old
            continue
        low, high = (item.value(float(x)) for x in (u - quantile * error, u + quantile * error))
        wider[name] = replace(
            old,
            low=min(low, old.low),
            high=max(high, old.high),
            method="profile and subjects, 95%",
            standard_error=max(old.standard_error, error * item.slope(float(u))),
        )
    return wider


def _pooled(interval: Interval, num_subjects: int) -> list[str]:
    if num_subjects == 1 or interval in ("subjects", "none"):
        return []
    return [f"{num_subjects} subjects are taken for one: intervals are too narrow if they differ"]


# --- the Hessian ---------------------------------------------------------------------------------------------------


def _by_hessian(surface: Surface, places: NDArray[np.float64], height: float, errors: list[float]) -> Found:
    estimates = {}
    for (name, item), u, error in zip(surface.ranges.items(), places, errors, strict=True):
        value, method, size = item.value(u), "Hessian, 95%", surface.num_subjects
        if math.isfinite(error):
            low, high = item.value(u - NORMAL * error), item.value(u + NORMAL * error)
            estimates[name] = Estimate(value, low, high, size, method=method, standard_error=error * item.slope(u))
        else:
            reason = "the likelihood has no curvature there: it is flat, has steps or is highest at the end of a range"
            estimates[name] = Estimate.undefined(reason, size, method)
    return places, height, estimates


def _standard_errors(surface: Surface, places: NDArray[np.float64]) -> list[float]:
    """Return the standard errors of the places, NaN where the likelihood is not smooth or its maximum not inside."""
    nan = [math.nan] * len(places)
    if (np.minimum(places, 1.0 - places) < 2 * HESSIAN_STEP).any():
        return nan
    fine, coarse = (curvature(surface, places, step) for step in (HESSIAN_STEP, 2 * HESSIAN_STEP))
    if not np.isfinite(fine).all() or np.linalg.eigvalsh(fine)[0] <= 0.0:
        return nan
    if np.abs(fine - coarse).max() > 0.1 * np.abs(fine).max():
        return nan
    return np.sqrt(np.diag(np.linalg.inv(fine))).tolist()


def curvature(
    function: Callable[[NDArray[np.float64]], float], point: NDArray[np.float64], step: float
) -> NDArray[np.float64]:
    """Return the matrix of second derivatives by central differences.

    Examples
    --------
    >>> curvature(lambda u: float(u[0] ** 2 + 3 * u[0] * u[1]), np.array([0.5, 0.5]), 0.01).round(6).tolist()
    [[2.0, 3.0], [3.0, 0.0]]
    """
    size = len(point)
    steps = step * np.eye(size)
    matrix = np.empty((size, size))
    for k in range(size):
        for j in range(k + 1):
            corners = [function(point + a * steps[k] + b * steps[j]) * a * b for a in (-0.5, 0.5) for b in (-0.5, 0.5)]
            matrix[k, j] = matrix[j, k] = 4.0 * sum(corners) / step**2
    return matrix


# --- the profile ---------------------------------------------------------------------------------------------------


def _by_profile(surface: Surface, places: NDArray[np.float64], height: float, errors: list[float]) -> Found:
    """Follow each parameter's profile; where a higher likelihood turns up on the way, begin again from there."""
    for _ in range(3):
        profiles = [_Profile(surface, places, height, k) for k in range(len(places))]
        steps = [2.0 * error if error > 0.0 else 0.01 for error in errors]
        ends = [(profile.end(0.0, step), profile.end(1.0, step)) for profile, step in zip(profiles, steps, strict=True)]
        best = min(profiles, key=lambda profile: profile.lowest)
        if best.lowest > height - 1e-3:
            break
        places, height = improve(surface, best.where)
        errors = _standard_errors(surface, places)
    estimates, method, size = {}, "profile likelihood, 95%", surface.num_subjects
    for (name, item), u, (low, high), error in zip(surface.ranges.items(), places, ends, errors, strict=True):
        if low is None and high is None:
            reason = f"between {item.low:g} and {item.high:g} no value is significantly less likely than another"
            estimates[name] = Estimate.undefined(reason, size, method)
            continue
        value, left, right = (item.value(x) for x in (u, 0.0 if low is None else low, 1.0 if high is None else high))
        estimates[name] = Estimate(value, left, right, size, method=method, standard_error=error * item.slope(u))
    return places, height, estimates


class _Profile:
    """The likelihood along one parameter, all others being free: equation (1)."""

    def __init__(self, surface: Surface, places: NDArray[np.float64], height: float, index: int) -> None:
        self._surface, self._places, self._height, self._index = surface, places, height, index
        self.lowest, self.where = height, places
        self._others = np.delete(places, index)

    def fall(self, place: float) -> float:
        """Return how much further than to the end of the interval the likelihood has fallen."""
        others, value = improve(
            lambda others: self._surface(np.insert(others, self._index, place)),
            self._others,
            step=0.01,
            tolerance=1e-3,
        )
        if value < self.lowest:
            self.lowest, self.where = value, np.insert(others, self._index, place)
        self._others = others
        return min(2.0 * (value - self._height), 1e6) - QUANTILE

    def end(self, outermost: float, step: float) -> float | None:
        """Return the place on one side where the interval ends, or None if the range ends before.

        The first ``step`` goes about so far; others follow, twice as long each.
        """
        top = inside = self._places[self._index]
        self._others = np.delete(self._places, self._index)
        if abs(top - outermost) < NEAR_END:
            return None
        while True:  # outwards from the top, so that the others follow
            outside = max(top - step, 0.0) if outermost < top else min(top + step, 1.0)
            if self.fall(outside) > 0.0:
                break
            if outside == outermost:
                return None
            inside, step = outside, 2.0 * step
        while abs(outside - inside) > 0.005 * abs(outside - top):
            middle = 0.5 * (inside + outside)
            inside, outside = (inside, middle) if self.fall(middle) > 0.0 else (middle, outside)
        return 0.5 * float(inside + outside)


def _remarks(ranges: dict[str, Range], places: NDArray[np.float64], estimates: dict[str, Estimate]) -> list[str]:
    """Return what is to be known of estimates that the ranges and not the choices decide."""
    remarks = []
    for (name, item), u in zip(ranges.items(), places, strict=True):
        estimate = estimates[name]
        if math.isnan(estimate.value):
            remarks.append(f"{name}: {estimate.reason}")
        elif min(u, 1.0 - u) < NEAR_END:
            end = item.low if u < 0.5 else item.high
            remarks.append(f"{name}: the likelihood is highest at the end of its range, {end:g}")
        elif math.isnan(estimate.standard_error):
            remarks.append(f"{name}: the likelihood has steps; how often such an interval holds the truth is not known")
        elif "profile" in estimate.method and (estimate.low == item.low or estimate.high == item.high):
            end = item.low if estimate.low == item.low else item.high
            remarks.append(f"{name}: the interval ends with the range, at {end:g}; the choices do not bound it there")
    return remarks
