r"""Is there a regularity in what agents do, when did it come, and do agents comply with it?

Of N agents with the actions a_i(t), the **modal share** m(t) = max_a #{i: a_i(t) = a} / N and the **normalised
entropy** H(t) / ln k, of the k different actions that occur at any time in any run, say how far there is one behaviour.
The **convergence time** at the level x is the first step from which on m stays >= x until the run ends, for a tenth of
its steps at least; runs that have not converged count as later than any that has, so that a median over runs is defined
if more than half of them have.

What most others do in a situation is the descriptive norm there. **Compliance** is the share of acts that do the same
where the norm applies: where others have met the situation and more than one act was done in it by anybody in any run
(what all runs do alike may be all that one can do). The contrary is a violation. Whether agents uphold what they do is
another question: see `socialsim.metrics.sanctions` and `socialsim.metrics.deviations`.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from socialsim.core.errors import ParameterError
from socialsim.core.estimate import Estimate
from socialsim.core.result import Result
from socialsim.metrics.blocks import Record
from socialsim.metrics.estimates import quantile
from socialsim.metrics.information import entropy
from socialsim.metrics.metric import Known, metric
from socialsim.metrics.nulls import over_runs
from socialsim.metrics.records import act_table, acts_by_step, constructed, rows_by_step, situations

ACTS = {"act": ("agent", "action")}
SEEN = {"act": ("agent", "observation", "action")}
LAST = 10  # a regularity is one if it holds over the last tenth of the steps


def modal_shares(actions: ArrayLike) -> NDArray[np.float64]:
    """Return the share of agents who do what most do, at each step.

    Parameters
    ----------
    actions : array_like of int, shape (num_steps, num_agents)
        -1 for an agent that has not acted yet: it is left out.

    Returns
    -------
    ndarray, shape (num_steps,)
        In (0, 1]; NaN where nobody has acted.

    Examples
    --------
    >>> modal_shares([[0, 1, 2, -1], [1, 1, 2, 1]]).round(3).tolist()
    [0.333, 0.75]
    """
    counts = _counts(actions)
    total = counts.sum(axis=1)
    return np.where(total > 0, counts.max(axis=1) / np.maximum(total, 1), math.nan)


def normalised_entropies(actions: ArrayLike, num_actions: int) -> NDArray[np.float64]:
    """Return the entropy of what agents do over that of all actions alike, at each step.

    Parameters
    ----------
    actions : array_like of int, shape (num_steps, num_agents)
        -1 for an agent that has not acted yet.
    num_actions : int
        That agents can choose, >= 1 and more than any action.

    Returns
    -------
    ndarray, shape (num_steps,)
        In [0, 1]; NaN where nobody has acted, or there is one action only.

    Raises
    ------
    ParameterError
        If there are fewer actions than occur.

    Examples
    --------
    >>> normalised_entropies([[0, 1], [1, 1]], num_actions=2).tolist()
    [1.0, 0.0]
    """
    counts = _counts(actions)
    if num_actions < counts.shape[1]:
        raise ParameterError(f"num_actions: {num_actions} is not accepted; accepted: >= {counts.shape[1]}")
    if num_actions == 1:
        return np.full(len(counts), math.nan)
    return entropy(counts) / math.log2(num_actions)


def _counts(actions: ArrayLike) -> NDArray[np.int64]:
    """Return how many agents do each action, shape (num_steps, num_actions)."""
    a = np.asarray(actions)
    if a.ndim != 2 or a.size == 0 or a.dtype.kind not in "iu":
        raise ParameterError(f"actions: shape {a.shape} is not accepted; accepted: indices, (num_steps, num_agents)")
    counts = np.zeros((len(a), max(int(a.max()) + 1, 1)), np.int64)
    steps, agents = np.nonzero(a >= 0)
    np.add.at(counts, (steps, a[steps, agents]), 1)
    return counts


def convergence_step(shares: ArrayLike, level: float, held: int = 1) -> int:
    """Return the first step from which on a share stays at a level or above until the end; -1 if there is none.

    Parameters
    ----------
    shares : array_like, shape (num_steps,)
    level : float
        In (0, 1].
    held : int
        Steps for which it must have stayed there, >= 1.

    Examples
    --------
    >>> convergence_step([0.5, 0.9, 0.7, 0.8, 1.0], 0.8), convergence_step([1.0, 0.5], 0.8)
    (3, -1)
    >>> convergence_step([0.5, 0.9, 0.7, 0.8, 1.0], 0.8, held=3)
    -1
    """
    if not 0 < level <= 1:
        raise ParameterError(f"level: {level} is not accepted; accepted: above 0, 1 at most")
    below = np.flatnonzero(~(np.asarray(shares, float) >= level - 1e-12))
    step = int(below[-1]) + 1 if len(below) else 0
    return step if step <= np.size(shares) - held else -1


def median_with_censoring(times: ArrayLike, ends: ArrayLike) -> Estimate:
    """Return the median over runs of a time that some runs did not see come.

    Parameters
    ----------
    times : array_like, shape (num_runs,)
        -1 where it has not come by the end of the run.
    ends : array_like, shape (num_runs,)
        Lengths of the runs.

    Returns
    -------
    Estimate
        NaN with its reason if the median falls on a run in which it has not come; its upper end is infinite if that
        does.

    Examples
    --------
    >>> print(median_with_censoring([3, 5, -1], [10, 10, 10]))
    5
    >>> print(median_with_censoring([3, -1, -1], [10, 10, 10]))
    undefined: 2 of 3 runs had not converged when they ended
    """
    t, n = np.asarray(times, float), np.asarray(ends, float)
    if t.shape != n.shape or t.ndim != 1:
        raise ParameterError(f"ends: shape {n.shape} is not accepted; accepted: that of times, {t.shape}")
    late, never = t < 0, 2.0 * (max(n.max(), t.max()) + 1.0) if t.size else 1.0
    found = quantile(np.where(late, never, t), 0.5)
    if found.value > never / 2:  # also where it lies between a run that has converged and one that has not
        return Estimate.undefined(f"{late.sum()} of {t.size} runs had not converged when they ended", t.size)
    high = math.inf if found.high >= never else found.high
    error = found.standard_error if math.isfinite(high) else math.nan
    return Estimate(
        found.value, found.low, high, t.size, method=found.method, reason=found.reason, standard_error=error
    )


def has_alternatives(situations: ArrayLike, actions: ArrayLike) -> NDArray[np.bool_]:
    """Return for each act whether another was ever done in its situation, in all that is given.

    Parameters
    ----------
    situations, actions : array_like of int, shape (num_acts,)

    Examples
    --------
    >>> has_alternatives([0, 0, 1, 1], [2, 3, 2, 2]).tolist()
    [True, True, False, False]
    """
    situation = np.unique(np.asarray(situations), return_inverse=True)[1]
    kinds = np.unique(np.c_[situation, np.asarray(actions)], axis=0)
    return np.asarray(np.bincount(kinds[:, 0])[situation] > 1) if len(situation) else np.zeros(0, bool)


def follows_others(
    situations: ArrayLike, actions: ArrayLike, agents: ArrayLike, is_open: ArrayLike | None = None
) -> NDArray[np.float64]:
    """Return whether each act is what most other agents do in its situation.

    Parameters
    ----------
    situations, actions, agents : array_like of int, shape (num_acts,)
        What was observed, what was done, and by whom.
    is_open : array_like of bool, shape (num_acts,), optional
        Whether more than one act is possible in the situation; by default where these acts show more than one. Of one
        run among several, `has_alternatives` of them all: a run in which everybody complies is one of compliance.

    Returns
    -------
    ndarray, shape (num_acts,)
        1 or 0; NaN where no norm applies: no other agent has met the situation, there was nothing else to do (or nobody
        tried it), or two acts are equally common among the others.

    Examples
    --------
    >>> follows_others([0, 0, 0, 1], [1, 1, 0, 1], [0, 1, 2, 2])  # nobody else was in situation 1
    array([nan, nan,  0., nan])
    >>> follows_others([0] * 5, [1, 1, 1, 0, 1], [0, 1, 2, 3, 4])
    array([1., 1., 1., 0., 1.])
    >>> follows_others([0] * 2, [1, 1], [0, 1]), follows_others([0] * 2, [1, 1], [0, 1], is_open=[True, True])
    (array([nan, nan]), array([1., 1.]))
    """
    s, a, i = (np.unique(np.asarray(column), return_inverse=True)[1] for column in (situations, actions, agents))
    if not s.shape == a.shape == i.shape or s.ndim != 1:
        raise ParameterError("situations, actions, agents: different shapes; accepted: (num_acts,), all three")
    if not len(s):
        return np.zeros(0)
    num_actions = int(a.max()) + 1
    everybody = np.bincount(s * num_actions + a, minlength=(int(s.max()) + 1) * num_actions).reshape(-1, num_actions)
    pairs, row = np.unique(s * (int(i.max()) + 1) + i, return_inverse=True)
    own = np.bincount(row * num_actions + a, minlength=len(pairs) * num_actions).reshape(-1, num_actions)
    others = everybody[pairs // (int(i.max()) + 1)] - own
    most = others.max(axis=1)
    is_norm = (others == most[:, None]).sum(axis=1) == 1
    opened = has_alternatives(s, a) if is_open is None else np.asarray(is_open, bool)
    return np.where(is_norm[row] & opened, (others.argmax(axis=1)[row] == a).astype(float), math.nan)


def _known_actions(num_copies: int = 1) -> Result:
    """Return four agents and ten steps: one dissents at all of them, another until the sixth, a third at the last."""
    actions = np.zeros((10, 4), int)
    actions[:, 0], actions[:6, 1], actions[9, 2] = 1, 2, 1
    return constructed(act=act_table([actions] * num_copies))


@metric(family="norms", needs=ACTS, known=lambda: Known(_known_actions(2), 0.5))
def modal_share(result: Result) -> Estimate:
    """Share of agents who do what most do, over the last tenth of the steps.

    Examples
    --------
    >>> modal_share(modal_share.known().result).value
    0.5
    """
    return _at_the_end(result, lambda actions: float(modal_shares(actions).mean()))


@metric(family="norms", needs=ACTS, known=lambda: Known(_known_actions(2), math.log(2) / math.log(3)))
def action_entropy(result: Result) -> Estimate:
    """Entropy of what agents do over that of all actions that occur alike, over the last tenth of the steps.

    Examples
    --------
    >>> round(action_entropy(action_entropy.known().result).value, 4)
    0.6309
    """
    runs = [actions for actions, _ in acts_by_step(result)]
    kinds = np.unique(np.concatenate([actions[actions >= 0] for actions in runs]))  # those that occur

    def statistic(actions: NDArray[np.int64]) -> float:
        numbered = np.where(actions < 0, -1, np.searchsorted(kinds, actions))
        return float(normalised_entropies(numbered, len(kinds)).mean())

    return _at_the_end(result, statistic)


def _at_the_end(result: Result, statistic: Callable[[NDArray[np.int64]], float]) -> Estimate:
    runs = [actions for actions, _ in acts_by_step(result)]
    ends = [[actions[-max(1, len(actions) // LAST) :]] for actions in runs]
    return over_runs(ends, lambda record: statistic(np.asarray(record[0])), "only one action occurs", bounds=(0, 1))


@metric(family="norms", needs=ACTS, known=lambda: Known(_known_convergence(), 4.0))
def convergence_time_80(result: Result) -> Estimate:
    """Median over runs of the step from which on 80% of the agents do the same.

    Examples
    --------
    >>> convergence_time_80(convergence_time_80.known().result).value
    4.0
    """
    return _convergence_time(result, 0.8)


@metric(family="norms", needs=ACTS, known=lambda: Known(_known_convergence(), 5.0))
def convergence_time_90(result: Result) -> Estimate:
    """Median over runs of the step from which on 90% of the agents do the same.

    Examples
    --------
    >>> convergence_time_90(convergence_time_90.known().result).value
    5.0
    """
    return _convergence_time(result, 0.9)


@metric(family="norms", needs=ACTS, known=lambda: Known(_known_convergence(), 6.0))
def convergence_time_100(result: Result) -> Estimate:
    """Median over runs of the step from which on all agents do the same.

    Examples
    --------
    >>> convergence_time_100(convergence_time_100.known().result).value
    6.0
    """
    return _convergence_time(result, 1.0)


def _known_convergence() -> Result:
    """Return two runs of ten agents, of whom one more joins the others at each step, and one that never converges."""
    joining = (np.arange(10)[None] < 4 + np.arange(9)[:, None]).astype(int)
    return constructed(act=act_table([joining, joining, np.tile(np.arange(10) % 2, (9, 1))]))


def _convergence_time(result: Result, level: float) -> Estimate:
    shares = [modal_shares(actions) for actions, _ in acts_by_step(result)]
    steps = [convergence_step(m, level, held=-(-len(m) // LAST)) for m in shares]
    return median_with_censoring(steps, [len(m) for m in shares])


@metric(family="norms", needs=SEEN, known=lambda: Known(_known_compliance(), 0.75))
def compliance(result: Result) -> Estimate:
    """Share of acts that are what most others do in the situation, where there is such a norm.

    Examples
    --------
    >>> compliance(compliance.known().result).value
    0.75
    """
    runs = situations(result)
    everything = np.concatenate(runs)
    is_open = has_alternatives(everything[:, 2], everything[:, 3])
    opened = np.split(is_open.astype(np.int64), np.cumsum([len(rows) for rows in runs])[:-1])
    records = [[rows_by_step(rows[:, 0], np.c_[rows[:, 1:], o])] for rows, o in zip(runs, opened, strict=True)]

    def statistic(record: Record) -> float:
        rows = record[0][record[0][..., 3] >= 0]  # without what fills up a step
        agents, seen, acts, possible = rows.T
        follows = follows_others(seen, acts, agents, possible)
        return float(np.nanmean(follows)) if np.isfinite(follows).any() else math.nan

    reason = "no norm applies: in no situation did two agents meet it and more than one act occur"
    return over_runs(records, statistic, reason, bounds=(0, 1))


def _known_compliance() -> Result:
    """Return two runs of four agents: in situation 0 one violates, in situation 1 all do the same."""
    return constructed(act=act_table([[[0, 0, 0, 1], [1, 1, 1, 1]]] * 2, observations=[[[0] * 4, [1] * 4]] * 2))
