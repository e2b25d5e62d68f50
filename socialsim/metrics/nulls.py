r"""What a metric would be if there were nothing to find: null hypotheses that keep each agent's own time structure.

Agents that do today what they did yesterday look different from each other, and in step with each other, by chance
alone: a long stretch of one act counts as one observation, not as many. Shuffling single acts destroys the stretches,
so that nearly every record of sticky agents seems to hold something. A null therefore moves acts only together:

- **circular shifts**: each agent's sequence is turned by a number of steps of its own. What an agent does, how often
  and for how long stays; *when*, beside what the others do or what it observes, does not. The null of everything that
  is about coincidence in time: coordination, influence, information between two sequences. Turned by one number of
  steps for all (`turned_together`) it is the null of what changes between the beginning and the end of a record.
- **local shifts**: the same within each of up to 16 windows, of 40 steps and of 5 mean bouts of one act at least.
  Agents that all learn change in step without a look at each other; turned over a whole record that seems to be
  coincidence (two independent learners who drift from .9 to .1 in 500 steps: rejected in 93%). What varies slowly
  beside a window stays where it is.
- **permuted bouts**: identical agents may exchange what they do between two beginnings of one act. Such cycles are
  independent and alike if an agent's next bout depends on its last one alone ([Athreya1992]_); they are pooled over
  all agents, permuted, and cut into sequences of the old lengths. How long bouts last and what follows what stays;
  *who* does it does not. The null of everything that is about differences between agents.
- **AR(1) surrogates**: Gaussian series with the mean, the variance and the autocorrelation at lag 1 of the record but
  without a trend. The null of early-warning signals.

With the statistic S of the record and S_1, ..., S_D those of D draws from the null

    value = S - mean of S_d,    p = (1 + #{d: S_d >= S}) / (D + 1),                                                 (1)

which is a valid p-value for any D if the draws are exchangeable with the record ([Davison1997]_, section 4.2). That
supposes **stationary** records, in all nulls but the local one, where a window is to be stationary nearly: of a record
in which agents still learn, measure the end. Where
there are several runs, S is the mean over runs. The interval around the value is Student's over runs; for one run it is
that of moving blocks (`socialsim.metrics.blocks`). A record is a sequence of acts for each agent, in time order: a list
of arrays, or the rows of one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.errors import ParameterError
from socialsim.core.estimate import Estimate
from socialsim.metrics.blocks import Array, Record, Z, error_of_one_run
from socialsim.metrics.estimates import mean

Null = Callable[[Record, np.random.Generator], Record]
Statistic = Callable[[Record], float]
NUM_DRAWS = 199
NOTHING = 1e-12  # what sums leave by rounding
WINDOW, BOUTS, MOST_WINDOWS = 40, 5, 16  # of local shifts: fewest steps and bouts in a window, most windows


class Corrected(NamedTuple):
    """A statistic beside its null, equation (1)."""

    value: float  # S minus the mean of the null
    null_mean: float
    p_value: float


def circular_shifts(record: Record, stream: np.random.Generator) -> list[Array]:
    """Return the record with each sequence turned by a number of steps of its own.

    Parameters
    ----------
    record : sequence of ndarray, each of shape (num_acts, ...)
        One sequence an agent, in time order.
    stream : numpy.random.Generator

    Returns
    -------
    list of ndarray

    Examples
    --------
    >>> [acts.tolist() for acts in circular_shifts([np.arange(4), np.arange(3)], np.random.default_rng(5))]
    [[2, 3, 0, 1], [1, 2, 0]]
    """
    return [np.roll(acts, stream.integers(len(acts)), axis=0) if len(acts) else acts for acts in record]


def local_shifts(record: Record, stream: np.random.Generator) -> list[Array]:
    """Return the record with each sequence turned within windows, by a number of steps of its own in each.

    Parameters
    ----------
    record : sequence of ndarray, each of shape (num_acts, ...)
        One sequence an agent, in time order.
    stream : numpy.random.Generator

    Returns
    -------
    list of ndarray
        Trends that are slow beside a window are kept, and so is what agents have in common by them.

    Examples
    --------
    >>> [turned] = local_shifts([np.arange(200)], np.random.default_rng(1))
    >>> (turned // 40 == np.arange(200) // 40).all(), (turned == np.arange(200)).all()  # five windows
    (np.True_, np.False_)
    """
    bouts = len(record) + sum(
        int((acts[1:] != acts[:-1]).any(axis=tuple(range(1, np.ndim(acts)))).sum()) for acts in record
    )
    shortest = max(WINDOW, BOUTS * sum(len(acts) for acts in record) / max(bouts, 1))
    found = []
    for acts in record:
        num_windows = max(1, min(int(len(acts) / shortest), MOST_WINDOWS))
        found.append(np.concatenate(circular_shifts(np.array_split(acts, num_windows), stream)))
    return found


def turned_together(record: Record, stream: np.random.Generator) -> list[Array]:
    """Return the record with all sequences turned by one share of their length.

    Parameters
    ----------
    record : sequence of ndarray, each of shape (num_acts, ...)
    stream : numpy.random.Generator

    Returns
    -------
    list of ndarray

    Examples
    --------
    >>> [acts.tolist() for acts in turned_together([np.arange(4), np.arange(4)], np.random.default_rng(0))]
    [[2, 3, 0, 1], [2, 3, 0, 1]]
    """
    share = stream.random()
    return [np.roll(acts, int(share * len(acts)), axis=0) for acts in record]


def permuted_bouts(record: Record, stream: np.random.Generator) -> list[Array]:
    """Return the record with the cycles between two beginnings of the commonest act dealt anew among the agents.

    Parameters
    ----------
    record : sequence of ndarray of int, each of shape (num_acts,)
        One sequence an agent, in time order.
    stream : numpy.random.Generator

    Returns
    -------
    list of ndarray
        Sequences of the same lengths.

    Source
    ------
    Regenerative blocks: [Athreya1992]_.

    Examples
    --------
    >>> record = [np.array([0, 0, 1, 0, 1, 1]), np.array([0, 1, 1, 1, 0, 1])]
    >>> [acts.tolist() for acts in permuted_bouts(record, np.random.default_rng(1))]
    [[0, 0, 1, 0, 1, 1], [0, 1, 1, 1, 0, 1]]
    """
    order = stream.permutation(len(record))  # who comes behind whom in the circle of all acts
    circle = np.concatenate([record[i] for i in order])
    starts = cycle_starts(circle)
    turned = np.roll(circle, -int(starts[0]))
    lengths = np.diff(np.r_[starts, starts[0] + len(circle)])
    first = np.r_[0, np.cumsum(lengths)[:-1]]
    dealt = stream.permutation(len(lengths))
    place = np.repeat(first[dealt] - np.r_[0, np.cumsum(lengths[dealt])[:-1]], lengths[dealt]) + np.arange(len(circle))
    mixed = np.roll(turned[place], stream.integers(len(circle)))
    return np.split(mixed, np.cumsum([len(acts) for acts in record])[:-1])


def cycle_starts(circle: Array) -> NDArray[np.int64]:
    """Return where, in a circle of acts, the bouts of that act begin which has most of them.

    Examples
    --------
    >>> cycle_starts(np.array([1, 0, 0, 2, 0, 1])).tolist()
    [1, 4]
    """
    begins = np.flatnonzero(circle != np.roll(circle, 1))
    if not len(begins):
        return np.zeros(1, np.int64)
    kinds, counts = np.unique(circle[begins], return_counts=True)
    return begins[circle[begins] == kinds[np.argmax(counts)]]


def ar1_surrogates(record: Record, stream: np.random.Generator) -> list[Array]:
    """Return stationary Gaussian series with mean, variance and autocorrelation at lag 1 of those of the record.

    Parameters
    ----------
    record : sequence of ndarray of float, each of shape (num_steps,)
        Two numbers or more each.
    stream : numpy.random.Generator

    Returns
    -------
    list of ndarray

    Examples
    --------
    >>> series = np.sin(np.arange(5000) / 3)
    >>> [surrogate] = ar1_surrogates([series], np.random.default_rng(1))
    >>> bool(abs(np.corrcoef(surrogate[1:], surrogate[:-1])[0, 1] - np.cos(1 / 3)) < 0.02)
    True
    """
    from scipy.signal import lfilter

    found: list[Array] = []
    for series in record:
        deviations = series - series.mean()
        variance = float(deviations @ deviations) / len(series)
        memory = float(deviations[1:] @ deviations[:-1]) / max(variance * len(series), 1e-300)
        noise = stream.standard_normal(len(series))
        noise[1:] *= math.sqrt(max(0.0, 1.0 - memory**2))
        found.append(series.mean() + math.sqrt(variance) * lfilter([1.0], [1.0, -memory], noise))
    return found


def corrected(statistic: Statistic, record: Record, null: Null, num_draws: int = NUM_DRAWS, seed: int = 0) -> Corrected:
    """Return a statistic of one record minus its mean under a null, equation (1).

    Parameters
    ----------
    statistic : callable
        From a record to a number; large values speak against the null.
    record : sequence of ndarray
    null : callable
        From a record and a stream to a record, such as `circular_shifts`.
    num_draws : int
        Draws from the null, >= 1.
    seed : int
        Of the draws, >= 0: the same record gives the same numbers.

    Returns
    -------
    Corrected
        All NaN if the statistic is.

    Examples
    --------
    >>> def apart(record):  # the largest difference in how often agents do 1
    ...     shares = [acts.mean() for acts in record]
    ...     return max(shares) - min(shares)
    >>> record = np.array([[0, 1, 1, 1] * 10, [0, 0, 0, 1] * 10])
    >>> value, null_mean, p_value = corrected(apart, record, permuted_bouts)
    >>> round(value + null_mean, 12), p_value
    (0.5, 0.005)
    """
    observed, draws = float(statistic(record)), _draws(statistic, [record], null, num_draws, seed)[0]
    is_drawn = np.isfinite(draws)
    null_mean = float(draws[is_drawn].mean()) if is_drawn.any() else math.nan
    p_value = _p_value(observed, np.where(is_drawn, draws, np.inf))  # a draw that is undefined speaks for the null
    return Corrected(observed - null_mean, null_mean, p_value)


def against_null(
    records: Sequence[Record],
    statistic: Statistic,
    null: Null,
    undefined: str,
    num_draws: int = NUM_DRAWS,
    seed: int = 0,
    has_order: bool = False,
) -> Estimate:
    """Return the mean over runs of a statistic minus its null, with an interval and a p-value, equation (1).

    Parameters
    ----------
    records : sequence of records
        One a run.
    statistic : callable
        From a record to a number, NaN where the record leaves it undefined; large values speak against the null.
    null : callable
        From a record and a stream to a record.
    undefined : str
        Why no run defines the statistic, if none does.
    num_draws, seed : int
        Draws from the null in each run, and their seed.
    has_order : bool
        Whether the statistic is about what comes early and late in a record. Blocks of time that are put together anew
        say nothing of it: a single run then has no interval.

    Returns
    -------
    Estimate
        Over the runs that define the statistic; `null_mean` and `p_value` are set.

    Examples
    --------
    >>> def apart(record):
    ...     shares = [acts.mean() for acts in record]
    ...     return max(shares) - min(shares)
    >>> record = np.array([[0, 1, 1, 1] * 10, [0, 0, 0, 1] * 10])
    >>> estimate = against_null([record, record[::-1]], apart, permuted_bouts, "no agents")
    >>> estimate.num_runs, estimate.p_value
    (2, 0.005)
    """
    observed, kept = _observed(records, statistic)
    if not kept:
        return Estimate.undefined(undefined, len(records))
    draws = _draws(statistic, kept, null, num_draws, seed)
    is_drawn = np.isfinite(draws)
    if not is_drawn.any(axis=1).all():
        return Estimate.undefined(f"{undefined}, or its null leaves it so", len(records))
    null_means = np.where(is_drawn, draws, 0.0).sum(axis=1) / is_drawn.sum(axis=1)
    plain = _with_interval(kept, statistic, observed, null_means, seed, has_order)
    at_worst = np.where(is_drawn, draws, np.inf).mean(axis=0)  # a draw that is undefined speaks for the null
    p_value = _p_value(float(observed.mean()), at_worst)
    return replace(plain, null_mean=float(null_means.mean()), p_value=p_value)


def over_runs(
    records: Sequence[Record],
    statistic: Statistic,
    undefined: str,
    seed: int = 0,
    bounds: tuple[float, float] = (-math.inf, math.inf),
) -> Estimate:
    """Return the mean over runs of a statistic without a null, and its interval; of one run that of moving blocks.

    Parameters
    ----------
    records, statistic, undefined
        As for `against_null`.
    seed : int
        Of the resampling, >= 0.
    bounds : tuple of float
        Between which the statistic lies, and so does its interval: 0 and 1 for a share.

    Examples
    --------
    >>> record = [np.arange(200) % 2]
    >>> print(over_runs([record, record], lambda record: record[0].mean(), "no acts"))
    0.5
    >>> over_runs([record], lambda record: record[0].mean(), "no acts").method
    'moving blocks, 95%'
    """
    observed, kept = _observed(records, statistic)
    if not kept:
        return Estimate.undefined(undefined, len(records))
    found = _with_interval(kept, statistic, observed, np.zeros(len(kept)), seed)
    return replace(found, low=max(found.low, bounds[0]), high=min(found.high, bounds[1]))  # NaN stays NaN


def _observed(records: Sequence[Record], statistic: Statistic) -> tuple[NDArray[np.float64], list[Record]]:
    """Return the statistic of the runs that define it, and these runs."""
    observed = np.array([statistic(record) for record in records], float)
    defined = np.flatnonzero(np.isfinite(observed))
    return observed[defined], [records[r] for r in defined]


def _draws(
    statistic: Statistic, records: Sequence[Record], null: Null, num_draws: int, seed: int
) -> NDArray[np.float64]:
    """Return the statistic of draws from the null, shape (num_runs, num_draws)."""
    if num_draws < 1:
        raise ParameterError(f"num_draws: {num_draws} is not accepted; accepted: >= 1")
    draws = np.empty((len(records), num_draws))
    for r, record in enumerate(records):
        stream = np.random.Generator(np.random.SFC64([seed, r]))
        for d in range(num_draws):
            draws[r, d] = statistic(null(record, stream))
    return draws


def _p_value(observed: float, draws: NDArray[np.float64]) -> float:
    if math.isnan(observed):
        return math.nan
    slack = 1e-12 * max(1.0, abs(observed))  # equal sums differ by rounding
    return float((1 + np.count_nonzero(draws >= observed - slack)) / (len(draws) + 1))


def _with_interval(
    records: Sequence[Record],
    statistic: Statistic,
    observed: NDArray[np.float64],
    null_means: NDArray[np.float64],
    seed: int,
    has_order: bool = False,
) -> Estimate:
    """Return the mean over runs of what exceeds the null."""
    excess = observed - null_means
    excess = np.where(np.abs(excess) < NOTHING, 0.0, excess)
    if len(records) > 1 or has_order:
        return mean(excess)
    value, error = float(excess[0]), error_of_one_run(records[0], statistic, seed)
    method = "moving blocks, 95%"
    if math.isnan(error):
        reason = "the run is too short to resample, or what happens in it lasts too long beside it"
        return Estimate(value, error, error, 1, method=method, reason=reason, standard_error=error)
    return Estimate(value, value - Z * error, value + Z * error, 1, method=method, standard_error=error)
