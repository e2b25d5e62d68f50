"""Many subjects: each fitted by itself, and the population from which they come.

Subjects differ. A **population** says how: on the logit of its place u in its range, x = ln u / (1 - u), each parameter
is normally distributed over subjects,

    x_i ~ N(mu, s^2),    P(choices of i) = int exp ln L_i(x) N(x; mu, s^2) dx,                             (1)

parameters independently of each other. Expectation and maximisation alternate, with the integral by Laplace: given mu
and s, subject i's parameters come out at the maximum m_i of ln L_i + ln N and have the covariance S_i, the inverse
of minus its curvature there; given these,

    mu = mean_i m_i,    s^2 = mean_i [(m_i - mu)^2 + S_i]                         ([Huys2011]_, supporting information)

Subjects whose choices say little are drawn towards the others, and nobody is left out for an estimate at the end of a
range. With V_i the variance of i's own estimate, 1 / S_i = 1 / V_i + 1 / s^2, that of mu is the inverse of
sum_i 1 / (s^2 + V_i); its interval is Student's, since s is estimated.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from socialsim.core.errors import ParameterError
from socialsim.core.estimate import Estimate
from socialsim.engine.interface import Learner
from socialsim.inference.choices import Choices
from socialsim.inference.maximum_likelihood import Fit, Interval, Surface, curvature, fit
from socialsim.inference.search import Bounds, Range, improve, ranges_of

FEWEST_SUBJECTS = 3
MOST_ROUNDS = 60
NARROWEST = 0.05  # standard deviation of x
LOGIT_STEP = 0.05  # of x, for second derivatives
EDGE = 1e-6  # places nearer to an end than this are no logit


@dataclass(frozen=True)
class SubjectFits:
    """A fit to each subject's choices by themselves.

    Parameters
    ----------
    fits : dict of str to Fit
        By the subject's name.
    """

    fits: dict[str, Fit]

    @property
    def log_likelihood(self) -> float:
        """Sum of the subjects' ln L*."""
        return sum(item.log_likelihood for item in self.fits.values())

    @property
    def num_parameters(self) -> int:
        """Number of values that were fitted, over all subjects."""
        return sum(item.num_parameters for item in self.fits.values())

    @property
    def num_trials(self) -> int:
        """Number of choices, over all subjects."""
        return sum(item.num_trials for item in self.fits.values())

    @property
    def chance(self) -> float:
        """Log-likelihood of uniform choice."""
        return sum(item.chance for item in self.fits.values())

    @property
    def aic(self) -> float:
        """Sum of the subjects' AIC."""
        return sum(item.aic for item in self.fits.values())

    @property
    def bic(self) -> float:
        """Sum of the subjects' BIC."""
        return sum(item.bic for item in self.fits.values())

    @property
    def remarks(self) -> tuple[str, ...]:
        """The remarks on each subject."""
        return tuple(f"subject {name}: {remark}" for name, item in self.fits.items() for remark in item.remarks)

    def values(self, name: str) -> NDArray[np.float64]:
        """Return the estimates of one parameter, NaN where undefined, shape (num_subjects,)."""
        return np.array([item.estimates[name].value for item in self.fits.values()])


def fit_subjects(
    learner: Learner,
    choices: Choices,
    free: Mapping[str, Bounds | None] | Sequence[str],
    *,
    interval: Interval = "profile",
) -> SubjectFits:
    """Fit a learner to the choices of each subject by themselves.

    Parameters
    ----------
    learner, choices, free, interval
        As for `socialsim.inference.maximum_likelihood.fit`.

    Returns
    -------
    SubjectFits

    Examples
    --------
    >>> from socialsim.learning.roth_erev import RothErev
    >>> choices = Choices.of([[0, 1, 0, 0] * 5, [1, 1, 1, 1] * 5], [[1.0, 0.5, 1.0, 0.0] * 5, [1.0] * 20])
    >>> list(fit_subjects(RothErev(), choices, ["initial_weight"]).fits)
    ['0', '1']
    """
    names = enumerate(choices.subjects)
    return SubjectFits({name: fit(learner, choices.of_subject(k), free, interval=interval) for k, name in names})


@dataclass(frozen=True)
class Population:
    """How parameters are distributed over subjects.

    Parameters
    ----------
    medians : dict of str to Estimate
        Of each parameter over the population.
    middles : dict of str to (low, high)
        Between which values the middle 95% of the population lie.
    values : dict of str to ndarray, shape (num_subjects,)
        Each subject's estimate given the population.
    converged : bool
        Whether mu and s came to rest.
    """

    medians: dict[str, Estimate]
    middles: dict[str, tuple[float, float]]
    values: dict[str, NDArray[np.float64]]
    converged: bool


def fit_population(learner: Learner, choices: Choices, free: Mapping[str, Bounds | None] | Sequence[str]) -> Population:
    """Fit the distribution of a learner's free parameters over subjects.

    Parameters
    ----------
    learner, choices, free
        As for `socialsim.inference.maximum_likelihood.fit`.

    Returns
    -------
    Population

    Raises
    ------
    ParameterError
        If there are fewer than 3 subjects, or a subject's choices are impossible everywhere in the ranges.

    Examples
    --------
    >>> from socialsim.inference.likelihood import simulate
    >>> from socialsim.learning.boltzmann_q import BoltzmannQ
    >>> payoffs = np.random.default_rng(1).random((20, 60, 2)) < [0.3, 0.7]
    >>> choices = simulate(BoltzmannQ(alpha=0.4, discount=0.0, temperature=0.2), payoffs, seed=1)
    >>> population = fit_population(BoltzmannQ(discount=0.0, temperature=0.2), choices, ["alpha"])
    >>> median = population.medians["alpha"]
    >>> median.low < 0.4 < median.high
    True
    """
    if choices.num_subjects < FEWEST_SUBJECTS:
        raise ParameterError(f"choices: {choices.num_subjects} subjects; accepted: {FEWEST_SUBJECTS} or more")
    ranges = ranges_of(learner, free)
    surfaces = [Surface(learner, choices.of_subject(k), ranges) for k in range(choices.num_subjects)]
    alone = fit_subjects(learner, choices, free, interval="none").fits
    for name, item in alone.items():
        if not math.isfinite(item.log_likelihood):
            raise ParameterError(f"subject {name}: nowhere in the ranges is what it chose possible")
    modes = np.array([_logit(item.places) for item in alone.values()])
    mu, s = np.median(modes, axis=0), np.full(modes.shape[1], 2.0)
    variances, converged = np.zeros_like(modes), False
    for _ in range(MOST_ROUNDS):
        for k, surface in enumerate(surfaces):
            modes[k], variances[k] = _given(surface, modes[k], mu, s)
        before = mu, s
        mu = modes.mean(axis=0)
        s = np.maximum(np.sqrt(((modes - mu) ** 2 + variances).mean(axis=0)), NARROWEST)
        if max(np.abs(mu - before[0]).max(), np.abs(s - before[1]).max()) < 0.01:
            converged = True
            break
    return _population(ranges, modes, variances, mu, s, converged)


def _given(
    surface: Surface, start: NDArray[np.float64], mu: NDArray[np.float64], s: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return one subject's mode and variances on the logit scale, given the population."""

    def posterior(x: NDArray[np.float64]) -> float:
        return surface(_place(x)) + 0.5 * float((((x - mu) / s) ** 2).sum())

    start = np.clip(start, mu - 3.0 * s, mu + 3.0 * s)
    mode = _logit(improve(lambda u: posterior(_logit(u)), _place(start), tolerance=1e-4)[0])
    matrix = curvature(posterior, mode, LOGIT_STEP)
    least = np.diag(1.0 / s**2)
    if not np.isfinite(matrix).all() or np.linalg.eigvalsh(matrix)[0] < 0.5 * np.linalg.eigvalsh(least)[0]:
        matrix = least  # the choices add nothing that has a curvature
    return mode, np.minimum(np.diag(np.linalg.inv(matrix)), s**2)


def _population(
    ranges: dict[str, Range],
    modes: NDArray[np.float64],
    variances: NDArray[np.float64],
    mu: NDArray[np.float64],
    s: NDArray[np.float64],
    converged: bool,
) -> Population:
    from scipy.special import stdtrit

    size = len(modes)
    own = 1.0 / np.maximum(1.0 / variances - 1.0 / s**2, 1e-12)
    error = np.sqrt(1.0 / (1.0 / (s**2 + own)).sum(axis=0))
    half = stdtrit(size - 1, 0.975) * error
    medians, middles, values = {}, {}, {}
    for k, (name, item) in enumerate(ranges.items()):
        value, low, high, left, right = (
            item.value(float(_place(x)))
            for x in (mu[k], mu[k] - half[k], mu[k] + half[k], mu[k] - 1.96 * s[k], mu[k] + 1.96 * s[k])
        )
        spread = math.nan if not converged else float(error[k] * item.slope(float(_place(mu[k]))) * _density(mu[k]))
        medians[name] = Estimate(value, low, high, size, method="random effects, 95%", standard_error=spread)
        middles[name] = (left, right)
        values[name] = np.array([item.value(float(u)) for u in _place(modes[:, k])])
    return Population(medians, middles, values, converged)


def _logit(places: NDArray[np.float64]) -> NDArray[np.float64]:
    inside = np.clip(places, EDGE, 1.0 - EDGE)
    return np.log(inside / (1.0 - inside))


def _place(x: NDArray[np.float64] | float) -> NDArray[np.float64]:
    return 1.0 / (1.0 + np.exp(-np.asarray(x)))


def _density(x: float) -> float:
    """Return du/dx."""
    u = float(_place(x))
    return u * (1.0 - u)
