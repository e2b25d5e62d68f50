r"""Social dilemmas in records: who earns what beside how many cooperators, and who answers whom.

A **cooperator** does what pays all best if all do it. In a record of two actions that is the action with the higher
mean reward where all players of a step take it; a record in which that never happens, or in which the difference may be
chance (its 95% interval over steps holds 0), leaves it undefined. The players of a step are the agents who act in it.
With the mean rewards R_c(l + 1) and R_d(l) of a cooperator and a defector beside l cooperators
(`socialsim.metrics.commons`),

    fear   = R_d(0) - R_c(1)            what one cooperator among defectors forgoes
    greed  = R_d(N - 1) - R_c(N)        what one defector among cooperators gains.

**Reciprocity**
is the slope of an agent's cooperation on the share of the others who cooperated the step before; for two players

    p(C | C) - p(C | D).                                                                                           (1)

Agents that persist in what they do, or learn at the same time, answer each other by chance; the null is that of local
shifts, which keeps both. It needs learning that is slow beside a window; of quick learners measure what comes later. A
**memory-one strategy** is the probability to cooperate after each joint act of the step before, p_CC, p_CD, p_DC, p_DD,
one's own act first ([Nowak1993]_). Who divides money between itself and another with the mean amounts s and o, from the
centre 50 of the scale, has the **social value orientation** ([Murphy2011]_)

    angle = arctan((o - 50) / (s - 50)),                                                                           (2)

altruistic above 57.15 degrees, prosocial above 22.45, individualistic above -12.04, competitive below.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from socialsim.core.errors import ParameterError
from socialsim.core.estimate import Estimate
from socialsim.core.result import Result
from socialsim.metrics.blocks import FEWEST_STEPS, Record
from socialsim.metrics.estimates import difference_of_means, mean, proportion
from socialsim.metrics.metric import Known, metric
from socialsim.metrics.nulls import against_null, local_shifts, over_runs
from socialsim.metrics.records import act_table, acts_by_step, constructed, joint_plays

ACTS = {"act": ("agent", "action")}
EARNED = {"act": ("step", "agent", "action", "reward")}


class MemoryOne(NamedTuple):
    """The probability to cooperate after each joint act of the step before, one's own act first."""

    after_cc: Estimate
    after_cd: Estimate
    after_dc: Estimate
    after_dd: Estimate


def memory_one(own: ArrayLike, other: ArrayLike) -> MemoryOne:
    """Fit a memory-one strategy to what two players did.

    Parameters
    ----------
    own, other : array_like of bool, shape (num_steps,) or (num_runs, num_steps)
        Whether each cooperated; rounds are consecutive within a row.

    Returns
    -------
    MemoryOne
        Shares with Wilson's 95% interval, which holds if the player has memory one (its answers are then independent
        given the state); undefined for a state that did not occur. Their ``num_runs`` counts answers.

    Raises
    ------
    ParameterError
        If the shapes differ, or an act is neither true nor false.

    Source
    ------
    [Nowak1993]_.

    Examples
    --------
    >>> own, other = [1, 1, 0, 0, 1, 1], [1, 0, 0, 1, 1, 0]  # tit for tat
    >>> [estimate.value for estimate in memory_one(own, other)]
    [1.0, 0.0, 1.0, 0.0]
    """
    mine, theirs = (np.atleast_2d(np.asarray(acts)) for acts in (own, other))
    if mine.shape != theirs.shape or mine.ndim > 2:
        raise ParameterError(f"other: shape {theirs.shape} is not accepted; accepted: that of own, {mine.shape}")
    if not (np.isin(mine, (0, 1)).all() and np.isin(theirs, (0, 1)).all()):
        raise ParameterError("own, other: an act is neither true nor false; accepted: whether each cooperated")
    answers = mine[:, 1:].ravel()
    found = []
    for was_mine, was_theirs in itertools.product((1, 0), repeat=2):
        state = ((mine[:, :-1] == was_mine) & (theirs[:, :-1] == was_theirs)).ravel()
        name = "CD"[1 - was_mine] + "CD"[1 - was_theirs]
        estimate = proportion(answers[state])
        found.append(estimate if state.any() else Estimate.undefined(f"no step came after {name}"))
    return MemoryOne(*found)


def reciprocity_of(cooperated: ArrayLike) -> float:
    """Return how much agents' cooperation follows that of the others a step before, equation (1).

    Parameters
    ----------
    cooperated : array_like of bool, shape (num_steps, num_agents)
        Whether each agent did, step by step.

    Returns
    -------
    float
        Least-squares slope on the others' share, mean over the agents for whom it is defined (the others vary); for
        two agents p(C | C) - p(C | D). NaN if it is defined for none.

    Examples
    --------
    >>> tit_for_tat = [[1, 0], [0, 1], [1, 0], [0, 1]]
    >>> reciprocity_of(tit_for_tat)
    1.0
    >>> reciprocity_of([[1, 1], [1, 1]])  # nothing to answer
    nan
    """
    c = np.asarray(cooperated, float)
    if c.ndim != 2 or len(c) < 3 or c.shape[1] < 2:
        return math.nan
    others = (c.sum(axis=1, keepdims=True) - c)[:-1] / (c.shape[1] - 1)
    others = others - others.mean(axis=0)
    own = c[1:] - c[1:].mean(axis=0)
    variance = (others**2).sum(axis=0)
    varies = variance > 1e-12
    return float(((others * own).sum(axis=0)[varies] / variance[varies]).mean()) if varies.any() else math.nan


def value_orientation(to_self: ArrayLike, to_other: ArrayLike) -> NDArray[np.float64]:
    """Return the angle of social value orientation in degrees, equation (2).

    Parameters
    ----------
    to_self, to_other : array_like, shape (..., num_choices)
        What was given to oneself and to the other in each choice, on a scale of 0 to 100.

    Returns
    -------
    ndarray, shape (...)
        0 for who is indifferent to the other, 45 for who weighs both alike; NaN where both means are 50.

    Raises
    ------
    ParameterError
        If the shapes differ, there is no choice, or an amount lies outside the scale.

    Source
    ------
    [Murphy2011]_, the slider measure.

    Examples
    --------
    >>> value_orientation([[85, 100], [100, 100], [85, 85]], [[85, 50], [50, 50], [85, 85]]).round(2).tolist()
    [22.38, 0.0, 45.0]
    """
    own, other = np.asarray(to_self, float), np.asarray(to_other, float)
    if own.shape != other.shape or own.ndim == 0 or own.shape[-1] == 0:
        raise ParameterError(f"to_other: shape {other.shape} is not accepted; accepted: that of to_self, {own.shape}")
    if not ((own >= 0) & (own <= 100) & (other >= 0) & (other <= 100)).all():
        raise ParameterError("to_self, to_other: an amount lies outside the scale; accepted: 0 to 100")
    x, y = own.mean(axis=-1) - 50.0, other.mean(axis=-1) - 50.0
    return np.where((x == 0) & (y == 0), math.nan, np.degrees(np.arctan2(y, x)))


def cooperative_action(actions: NDArray[np.int64], rewards: NDArray[np.float64]) -> int:
    """Return which of two actions pays more where all take it; -1 if the record does not tell beyond chance.

    Parameters
    ----------
    actions, rewards : ndarray, shape (num_steps, num_agents)
        Of all runs, one below the other.

    Examples
    --------
    >>> cooperative_action(np.array([[0, 0], [1, 1], [0, 1]]), np.array([[1.0, 1], [3, 3], [0, 5]]))
    1
    """
    kinds = np.unique(actions)
    if len(kinds) != 2 or actions.shape[1] < 2:
        return -1
    paid = [rewards[(actions == kind).all(axis=1)] for kind in kinds]
    if any(not len(rows) for rows in paid):
        return -1
    steps = [rows.mean(axis=1) for rows in paid]
    gain = float(steps[1].mean() - steps[0].mean())
    if any(np.ptp(rows) > 0 for rows in paid):  # else every play of a kind pays the same
        chance = difference_of_means(*(mean(values) for values in steps))
        if not (chance.low > 0 or chance.high < 0):
            return -1
    return int(kinds[int(gain > 0)]) if gain else -1


def payoffs_by_company(
    cooperated: NDArray[np.bool_], rewards: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return what cooperators and defectors earn in a step, by the number of others who cooperate.

    Parameters
    ----------
    cooperated, rewards : ndarray, shape (num_steps, num_agents)
        Of one run.

    Returns
    -------
    tuple of ndarray, each of shape (num_agents,)
        R_c(l + 1) and R_d(l) for l = 0, ..., N - 1; NaN where it did not occur. One column each of what
        `socialsim.metrics.commons.schelling` takes.

    Examples
    --------
    >>> cooperated = np.array([[1, 1], [1, 0], [0, 0]], bool)
    >>> payoffs_by_company(cooperated, np.array([[3.0, 3], [0, 5], [1, 1]]))
    (array([0., 3.]), array([1., 5.]))
    """
    others = cooperated.sum(axis=1, keepdims=True) - cooperated
    found = []
    for side in (cooperated, ~cooperated):
        times = np.bincount(others[side], minlength=cooperated.shape[1])
        earned = np.bincount(others[side], weights=rewards[side], minlength=cooperated.shape[1])
        found.append(np.where(times > 0, earned / np.maximum(times, 1), math.nan))
    return found[0], found[1]


def _known_payoffs(value: float) -> Known:
    """Return two runs of the prisoner's dilemma with each joint act once, and the value on them."""
    actions, rewards = [[0, 0], [0, 1], [1, 1], [1, 0]], [[3, 3], [0, 5], [1, 1], [5, 0]]
    return Known(constructed(act=act_table([actions] * 2, rewards=[rewards] * 2)), value)


@metric(family="dilemmas", needs=EARNED, known=lambda: _known_payoffs(1.0))
def fear(result: Result) -> Estimate:
    """What one cooperator among defectors forgoes in a step: R_d(0) - R_c(1).

    Examples
    --------
    >>> fear(fear.known().result).value
    1.0
    """
    return of_cooperators(result, lambda c, rewards: _company(c, rewards, 0))


@metric(family="dilemmas", needs=EARNED, known=lambda: _known_payoffs(2.0))
def greed(result: Result) -> Estimate:
    """What one defector among cooperators gains in a step: R_d(N - 1) - R_c(N).

    Examples
    --------
    >>> greed(greed.known().result).value
    2.0
    """
    return of_cooperators(result, lambda c, rewards: _company(c, rewards, -1))


@metric(family="dilemmas", needs=EARNED, known=lambda: _known_payoffs(0.5))
def cooperation(result: Result) -> Estimate:
    """Share of acts that are the action which pays all best if all take it.

    Examples
    --------
    >>> cooperation(cooperation.known().result).value
    0.5
    """
    return of_cooperators(result, lambda cooperated, rewards: float(cooperated.mean()))


def of_cooperators(
    result: Result,
    statistic: Callable[[NDArray[np.bool_], NDArray[np.float64]], float],
    undefined: str = "no run has both a cooperator and a defector in that company",
) -> Estimate:
    """Return a statistic of who cooperated and earned what, where the record tells which action it is to cooperate.

    Parameters
    ----------
    result : Result
        With the table ``act``.
    statistic : callable
        From who cooperated and what they earned, each of shape (num_plays, num_players), to a number.
    undefined : str
        Why no run defines the statistic, if none does.

    Examples
    --------
    >>> print(of_cooperators(fear.known().result, lambda cooperated, rewards: float(rewards[cooperated].mean())))
    1.5
    """
    runs = joint_plays(result)
    if runs[0][0].shape[1] < 2:
        return Estimate.undefined("one agent acts at a step: in whose company is not known", result.num_runs)
    together = [np.concatenate(parts) for parts in zip(*runs, strict=True)]
    action = cooperative_action(*together)
    if action < 0:
        reason = "of two actions one must pay more where all take it, beyond chance; the record does not tell which"
        return Estimate.undefined(reason, result.num_runs)
    records = [[np.concatenate([actions == action, rewards], axis=1)] for actions, rewards in runs]
    n = runs[0][0].shape[1]
    return over_runs(
        records,
        lambda record: statistic(record[0][:, :n].astype(bool), record[0][:, n:]),
        undefined,
    )


def _company(cooperated: NDArray[np.bool_], rewards: NDArray[np.float64], others: int) -> float:
    """Return what a defector earns more than a cooperator beside as many cooperators (0, or -1 for all others)."""
    cooperator, defector = payoffs_by_company(cooperated, rewards)
    return float(defector[others] - cooperator[others])


@metric(
    family="dilemmas",
    needs=ACTS,
    null="local shifts",
    known=lambda: Known(constructed(act=act_table(_copied(1000))), 0.5, tolerance=0.05),
)
def reciprocity(result: Result) -> Estimate:
    """How much agents' acts follow those of the others a step before, less the null, equation (1); of two actions.

    Examples
    --------
    >>> print(reciprocity(reciprocity.known().result))  # one of two agents copies the other
    0.498 [0.466, 0.530]
    """
    runs = acts_by_step(result)
    kinds = np.unique(np.concatenate([actions[actions >= 0] for actions, _ in runs]))
    if len(kinds) > 2:
        return Estimate.undefined(f"reciprocity is about two actions; got {len(kinds)}", result.num_runs)
    records = [(_from_first_act(actions) == kinds[-1]).T for actions, _ in runs]
    reason = f"no run has {FEWEST_STEPS} steps of two agents or more who vary what they do"

    def statistic(record: Record) -> float:
        return reciprocity_of(np.stack(record, axis=1))

    long = [record for record in records if record.shape[1] >= FEWEST_STEPS]
    return against_null(long, statistic, local_shifts, reason)


def _from_first_act(actions: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the steps from which on every agent has acted."""
    return actions[int((actions < 0).sum(axis=0).max()) :]


def _copied(num_steps: int) -> NDArray[np.int64]:
    """Return an agent that tosses a coin and another that does what the first did the step before."""
    own = np.random.Generator(np.random.SFC64(3)).integers(2, size=num_steps + 1)
    return np.stack([own[1:], own[:-1]], axis=1)
