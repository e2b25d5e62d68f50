r"""How play changes: drift of what an agent lives in, convergence and cycles, recovery from a loss.

To one agent the others are part of its environment, which is stationary only if they do not learn. With the shares
P_w(o' | o, a) of what it observed next in the window w = 1, 2, the halves of the record, n_w(o, a) visits and the mean
reward r_w(o, a), the **drift** of its environment is

    transitions  sum_oa v(o, a) d(P_1(. | o, a), P_2(. | o, a)),                                                   (1)
    rewards      sum_oa v(o, a) |r_1(o, a) - r_2(o, a)| / s,       v proportional to min(n_1, n_2),                (2)

d the total variation (or the Jensen-Shannon divergence, in nats) and s the standard deviation of all its rewards. Two
windows of a stationary world differ by chance, and the more, the longer what happens lasts; the null turns the whole
record, which moves the border between the windows. Drift is thus change **from one half to the other**: what changes
within the first steps alone (quick learning at the start of a long record) lies in one half wherever the record is
turned, and scores about nothing. To measure it, record the beginning only, twice as long as the change.

Play **ends in a cycle** of p steps if the last steps repeat with that period, three times or more and over a tenth of
the record at least; with p = 1 it is constant.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from socialsim.core.errors import ParameterError, unknown
from socialsim.core.estimate import Estimate
from socialsim.core.result import Result
from socialsim.metrics.blocks import FEWEST_STEPS, Record
from socialsim.metrics.estimates import mean, proportion
from socialsim.metrics.metric import Known, metric
from socialsim.metrics.nulls import against_null, turned_together
from socialsim.metrics.records import act_table, acts_by_step, acts_of_agents, constructed
from socialsim.metrics.series import finite_series

ACTS = {"act": ("step", "agent", "action")}
SEEN = {"act": ("step", "agent", "observation", "action")}
PAID = {"act": ("step", "agent", "observation", "action", "reward")}
Distance = Callable[[NDArray[np.float64], NDArray[np.float64]], NDArray[np.float64]]
NUM_REPEATS, SHORTEST_SHARE = 3, 0.1  # of a cycle, to be called one


def total_variation(p: ArrayLike, q: ArrayLike) -> NDArray[np.float64]:
    """Return half the sum of absolute differences of two distributions on the last axis.

    Examples
    --------
    >>> float(total_variation([0.5, 0.5], [1.0, 0.0]))
    0.5
    """
    return np.asarray(_variation(np.asarray(p, float), np.asarray(q, float)).sum(axis=-1))


def jensen_shannon(p: ArrayLike, q: ArrayLike) -> NDArray[np.float64]:
    """Return the Jensen-Shannon divergence of two distributions on the last axis, in nats: 0 to ln 2.

    Source
    ------
    [Lin1991]_.

    Examples
    --------
    >>> (jensen_shannon([[1.0, 0.0], [0.5, 0.5]], [[0.0, 1.0], [0.5, 0.5]]) / np.log(2)).tolist()
    [1.0, 0.0]
    """
    return np.asarray(_divergence(np.asarray(p, float), np.asarray(q, float)).sum(axis=-1))


def _variation(p: NDArray[np.float64], q: NDArray[np.float64]) -> NDArray[np.float64]:
    return 0.5 * np.abs(p - q)


def _divergence(p: NDArray[np.float64], q: NDArray[np.float64]) -> NDArray[np.float64]:
    middle = np.where(p + q > 0, (p + q) / 2, 1.0)
    return sum(0.5 * x * np.log(np.where(x > 0, x, 1.0) / np.where(x > 0, middle, 1.0)) for x in (p, q))


DISTANCES = {"total variation": _variation, "Jensen-Shannon": _divergence}


def transition_drift_of(cells: ArrayLike, following: ArrayLike, distance: str = "total variation") -> float:
    """Return how far what follows a cell differs between the first and the second half, equation (1).

    Parameters
    ----------
    cells : array_like of int, shape (num_steps,)
        Which observation and action, as one number >= 0.
    following : array_like of int, shape (num_steps,)
        What was observed next, >= 0.
    distance : {"total variation", "Jensen-Shannon"}

    Returns
    -------
    float
        >= 0; NaN if no cell was visited in both halves.

    Examples
    --------
    >>> transition_drift_of([0, 0, 0, 0], [1, 1, 1, 0])
    0.5
    """
    if distance not in DISTANCES:
        raise ParameterError(unknown("distance", distance, DISTANCES))
    c, f = _codes(cells, following)
    return _drift_of_pairs(np.unique(c * (int(f.max()) + 1) + f, return_inverse=True)[1], c, DISTANCES[distance])


def _drift_of_pairs(pairs: NDArray[np.int64], cells: NDArray[np.int64], terms: Distance = _variation) -> float:
    """Return equation (1), where each pair of a cell and what follows it has a number."""
    half, num_pairs, num_cells = len(pairs) // 2, int(pairs.max()) + 1, int(cells.max()) + 1
    cell_of = np.zeros(num_pairs, np.int64)
    cell_of[pairs] = cells
    counts = [np.bincount(pairs[window], minlength=num_pairs) for window in (slice(half), slice(half, None))]
    visits = [np.bincount(cell_of, n, num_cells) for n in counts]
    weights = np.minimum(*visits)
    if not weights.any():
        return math.nan
    shares = [n / np.maximum(v, 1.0)[cell_of] for n, v in zip(counts, visits, strict=True)]
    apart = np.bincount(cell_of, terms(*shares), num_cells)
    return float((apart * weights).sum() / weights.sum())


def reward_drift_of(cells: ArrayLike, rewards: ArrayLike) -> float:
    """Return how far the mean reward in a cell differs between the first and the second half, equation (2).

    Parameters
    ----------
    cells : array_like of int, shape (num_steps,)
    rewards : array_like of float, shape (num_steps,)

    Returns
    -------
    float
        In standard deviations of the rewards, >= 0; NaN if no cell was visited in both halves, or all are alike.

    Examples
    --------
    >>> reward_drift_of([0, 0, 0, 0], [1.0, 1.0, 3.0, 3.0])
    2.0
    """
    (c, _), r, half = _codes(cells, cells), finite_series(rewards, 2), np.size(cells) // 2
    if r.shape != c.shape:
        raise ParameterError(f"rewards: shape {r.shape} is not accepted; accepted: that of the cells, {c.shape}")
    spread = float(r.std())
    windows = (slice(half), slice(half, None))
    visits = np.stack([np.bincount(c[w], minlength=int(c.max()) + 1) for w in windows])
    both = visits.min(axis=0) > 0
    if not both.any() or spread <= 1e-12 * float(np.abs(r).max()):
        return math.nan
    means = np.stack([np.bincount(c[w], r[w], int(c.max()) + 1)[both] for w in windows]) / visits[:, both]
    return float(np.average(np.abs(means[0] - means[1]), weights=visits.min(axis=0)[both])) / spread


def _codes(cells: ArrayLike, following: ArrayLike) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    c, f = np.asarray(cells), np.asarray(following)
    if c.ndim != 1 or c.shape != f.shape or len(c) < 2:
        raise ParameterError(
            f"cells, following: shapes {c.shape} and {f.shape} are not accepted; accepted: (num_steps,)"
        )
    if c.dtype.kind not in "iu" or f.dtype.kind not in "iu" or min(c.min(), f.min()) < 0:
        raise ParameterError("cells, following: not accepted; accepted: whole numbers >= 0")
    return c, f


class Cycle(NamedTuple):
    """How play ends."""

    length: int  # steps; 1 if it is constant, 0 if it does not repeat
    start: int  # first step of the repetition, -1 if there is none


def final_cycle(play: ArrayLike) -> Cycle:
    """Return the shortest cycle in which a record ends.

    Parameters
    ----------
    play : array_like, shape (num_steps,) or (num_steps, num_agents)
        What was done, or in which state the system was.

    Returns
    -------
    Cycle

    Examples
    --------
    >>> final_cycle([5, 7, 1, 2, 3, 1, 2, 3, 1, 2, 3]), final_cycle([0, 1, 1, 1]), final_cycle([0, 1, 2])
    (Cycle(length=3, start=2), Cycle(length=1, start=1), Cycle(length=0, start=-1))
    """
    x = np.asarray(play)
    states = np.unique(x.reshape(len(x), -1), axis=0, return_inverse=True)[1].reshape(-1)
    agrees = _agreement(states[::-1].tolist())
    for p in range(1, len(x) // NUM_REPEATS + 1):
        length = p + agrees[p]
        if length >= max(NUM_REPEATS * p, SHORTEST_SHARE * len(x)):
            return Cycle(p, len(x) - length)
    return Cycle(0, -1)


def _agreement(word: list[int]) -> list[int]:
    """Return for how long a word agrees with itself from each place on, in linear time (the Z function)."""
    size = len(word)
    agrees, begin, end = [size] + [0] * (size - 1), 0, 0  # word[begin:end] is the furthest known repetition of a start
    for place in range(1, size):
        length = min(end - place, agrees[place - begin]) if place < end else 0
        while place + length < size and word[length] == word[place + length]:
            length += 1
        agrees[place] = length
        if place + length > end:
            begin, end = place, place + length
    return agrees


class Recovery(NamedTuple):
    """What becomes of an output when those who made it are taken away."""

    lost: float  # share of the output before
    regained: float  # share of what was lost
    steps: int  # until 90% of the output before is back; -1 if it never is


def recovery(output: ArrayLike, removed_at: int, window: int) -> Recovery:
    """Return what removing agents costs and how much of it the others make good.

    Parameters
    ----------
    output : array_like, shape (num_steps,)
        Of the population, at each step.
    removed_at : int
        The first step without them.
    window : int
        Steps over which the output is averaged: before, just after and at the end.

    Returns
    -------
    Recovery
        `lost` is NaN if nothing was made before, `regained` NaN if nothing was lost.

    Raises
    ------
    ParameterError
        If the output does not cover a window before and two after.

    Examples
    --------
    >>> recovery([10] * 5 + [4, 6] + [8] * 3 + [10] * 5, removed_at=5, window=2)
    Recovery(lost=0.5, regained=1.0, steps=5)
    """
    made = np.asarray(output, float)
    if made.ndim != 1 or not 1 <= window <= removed_at or removed_at + 2 * window > len(made):
        raise ParameterError(
            f"recovery: {made.shape} steps, removed_at={removed_at}, window={window} are not accepted; accepted: one "
            "window before and two after"
        )
    before, after = made[removed_at - window : removed_at].mean(), made[removed_at : removed_at + window].mean()
    lost = float(1.0 - after / before) if before > 0 else math.nan
    regained = float((made[-window:].mean() - after) / (before - after)) if before > after else math.nan
    back = np.flatnonzero(made[removed_at:] >= 0.9 * before)
    return Recovery(lost, regained, int(back[0]) if len(back) and before > 0 else -1)


def _known_drift(value: float, tolerance: float) -> Known:
    """Return an agent that sees next what it does and earns 1, in the second half what it does not do and earns 3.

    A record turned by a share u of its length drifts by |1 - 4u| (u < 1/2) of that, by half of it on average.
    """
    actions = np.random.Generator(np.random.SFC64(1)).integers(2, size=1000)
    regime = np.arange(1000) >= 500
    seen = np.r_[0, np.where(regime, 1 - actions, actions)[:-1]]
    acts = act_table(actions[:, None], seen[:, None], np.where(regime, 3.0, 1.0)[:, None])
    return Known(constructed(act=acts), value, tolerance)


@metric(family="dynamics", needs=SEEN, null="circular shifts", known=lambda: _known_drift(0.5, 0.08))
def transition_drift(result: Result) -> Estimate:
    """How far what follows what agents saw and did differs between the halves, less its null, equation (1).

    Examples
    --------
    >>> transition_drift(transition_drift.known().result).p_value
    0.01
    """
    runs = acts_of_agents(result, "observation", "action")
    records = [[_pairs(acts) for acts in run if len(acts) > 1] for run in runs]
    return _drift(records, lambda acts: _drift_of_pairs(acts[:, 0], acts[:, 1]))


def _pairs(acts: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return numbers of what an agent saw, did and saw next, and of the first two: one row a step but the last."""
    cells = np.unique(acts, axis=0, return_inverse=True)[1].ravel()[:-1]
    return np.c_[np.unique(np.c_[cells, acts[1:, 0]], axis=0, return_inverse=True)[1].ravel(), cells]


@metric(family="dynamics", needs=PAID, null="circular shifts", known=lambda: _known_drift(1.0, 0.15))
def reward_drift(result: Result) -> Estimate:
    """How far what agents earn by what they saw and did differs between the halves, less its null, equation (2).

    Examples
    --------
    >>> reward_drift(reward_drift.known().result).p_value
    0.005
    """
    is_seen = (result.table("act")["observation"] >= 0).any()
    columns = ("observation", "action") if is_seen else ("action",)
    records = []
    for run, rewards in zip(acts_of_agents(result, *columns), acts_of_agents(result, "reward"), strict=True):
        cells = [np.unique(acts, axis=0, return_inverse=True)[1].ravel() for acts in run]
        records.append([np.c_[c, r] for c, r in zip(cells, rewards, strict=True)])
    return _drift(records, lambda acts: reward_drift_of(acts[:, 0].astype(np.int64), acts[:, 1]))


def _drift(records: list[list[NDArray[Any]]], of_agent: Callable[[NDArray[Any]], float]) -> Estimate:
    """Return a drift, mean over the agents who have acted often enough, against records that are turned together."""

    def statistic(record: Record) -> float:
        found = [of_agent(acts) for acts in record if len(acts) >= FEWEST_STEPS - 1]
        return float(np.mean(found)) if found else math.nan  # undefined for one agent: for the run

    reason = f"in no run have all agents {FEWEST_STEPS} acts, and each met a situation in both halves"
    return against_null(records, statistic, turned_together, reason, has_order=True)


@metric(family="dynamics", needs=ACTS, known=lambda: Known(_known_cycles(), 1 / 3))
def constant_end(result: Result) -> Estimate:
    """Share of runs in which play ends with everybody doing the same at every step as at the step before.

    Examples
    --------
    >>> print(constant_end(constant_end.known().result))
    0.333 [0.061, 0.792]
    """
    lengths, undefined = _cycles(result)
    return undefined or proportion(lengths == 1)


@metric(family="dynamics", needs=ACTS, known=lambda: Known(_known_cycles(), 1 / 3))
def cyclic_end(result: Result) -> Estimate:
    """Share of runs in which play ends in a cycle of two steps or more.

    Examples
    --------
    >>> print(cyclic_end(cyclic_end.known().result))
    0.333 [0.061, 0.792]
    """
    lengths, undefined = _cycles(result)
    return undefined or proportion(lengths > 1)


@metric(family="dynamics", needs=ACTS, known=lambda: Known(_known_cycles(), 2.5))
def cycle_length(result: Result) -> Estimate:
    """Mean length of the cycle in which play ends, in steps, over the runs in which it does; 1 if it is constant.

    Examples
    --------
    >>> cycle_length(cycle_length.known().result).value
    2.5
    """
    lengths, undefined = _cycles(result)
    if undefined is None and not lengths.any():
        return Estimate.undefined("in no run does play end in a cycle", len(lengths))
    return undefined or mean(lengths[lengths > 0])


def _cycles(result: Result) -> tuple[NDArray[np.int64], Estimate | None]:
    """Return the length of each run's final cycle, 0 for none; what is said if the runs are too short."""
    runs = [actions for actions, _ in acts_by_step(result)]
    if min(len(actions) for actions in runs) < FEWEST_STEPS:
        return np.zeros(0, np.int64), Estimate.undefined(f"a run has fewer than {FEWEST_STEPS} steps", len(runs))
    return np.array([final_cycle(actions).length for actions in runs]), None


def _known_cycles() -> Result:
    """Return three runs of two agents: constant play, a cycle of four steps, and none."""
    cycle = np.tile([[0, 0], [0, 1], [1, 0], [1, 1]], (10, 1))
    coins = np.random.Generator(np.random.SFC64(1)).integers(2, size=(40, 2))
    return constructed(act=act_table([np.ones((40, 2), int), cycle, coins]))
