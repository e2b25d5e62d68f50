r"""Division of labour: how much an agent and a task tell of each other, and how differently agents behave.

Of n_ij acts in which agent i did task j, with p_ij = n_ij / n, the mutual information and its three shares are
([Gorelick2004]_)

    I = sum_ij p_ij ln [p_ij / (p_i. p_.j)],    I / H_ind,    I / H_task,    I / sqrt(H_ind H_task),               (1)

H_ind and H_task the entropies of p_i. and p_.j: how far agents are divided among tasks, tasks among agents, and both.
With rows normalised, p_ij = n_ij / (N n_i.), agents that do more weigh no more.

**Role information** is what an agent's identity tells of its act beyond what it observes, I(agent; act | observation).
The **diversity** of a population is the mean distance of two policies ([Bettini2023]_, SND), here in total variation:

    SND = 2 / (N (N - 1)) sum_{i<j} mean over o of (1/2) sum_a |pi_i(a | o) - pi_j(a | o)|.                         (2)

Agents that are alike but persist are divided by chance: ten of them, who change between two tasks with probability .1
a step, have I / H_task = .029 after 200 steps, where independent acts would have .003. The null is that of permuted
bouts (`socialsim.metrics.nulls`). Agents of whom each has done one thing all the time cannot be told from agents who
persist for longer than they were observed; what they have is then undefined.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from socialsim.core.errors import ParameterError
from socialsim.core.estimate import Estimate
from socialsim.core.result import Result
from socialsim.metrics import information
from socialsim.metrics.blocks import Record
from socialsim.metrics.metric import Known, metric
from socialsim.metrics.nulls import against_null, cycle_starts, over_runs, permuted_bouts
from socialsim.metrics.records import act_table, acts_of_agents, constructed, indices

ACTS = {"act": ("agent", "action")}
SEEN = {"act": ("agent", "observation", "action")}
FEWEST_CYCLES = 2  # an agent, on average, to be dealt


class Division(NamedTuple):
    """The three indices of equation (1)."""

    by_individual: float  # I / H_ind
    by_task: float  # I / H_task
    joint: float  # I / sqrt(H_ind H_task)


def division_of_labour(counts: ArrayLike, row_normalised: bool = False) -> Division:
    """Return the three indices of the division of labour, equation (1).

    Parameters
    ----------
    counts : array_like, shape (num_agents, num_tasks)
        How often each agent did each task, >= 0.
    row_normalised : bool
        Whether each agent weighs the same, however much it did; agents who did nothing are then left out.

    Returns
    -------
    Division
        Each in [0, 1]; NaN where its entropy is 0: one agent, or one task.

    Raises
    ------
    ParameterError
        If a count is negative or not finite, or there are none.

    Source
    ------
    [Gorelick2004]_.

    Examples
    --------
    >>> division_of_labour([[10, 0], [0, 10]])
    Division(by_individual=1.0, by_task=1.0, joint=1.0)
    >>> [round(index, 3) for index in division_of_labour([[5, 0, 0], [0, 5, 5]])]
    [1.0, 0.579, 0.761]
    >>> division_of_labour([[3, 4]]).by_individual
    nan
    """
    n = np.asarray(counts, float)
    if n.ndim != 2 or n.size == 0 or not np.isfinite(n).all() or (n < 0).any():
        raise ParameterError("counts: not accepted; accepted: numbers >= 0, of shape (num_agents, num_tasks)")
    n = n[n.sum(axis=1) > 0]
    if row_normalised:
        n = n / n.sum(axis=1, keepdims=True)
    if not n.size:
        return Division(math.nan, math.nan, math.nan)
    p = n / n.sum()
    agents, tasks = entropy(p.sum(axis=1)), entropy(p.sum(axis=0))
    information = agents + tasks - entropy(p.ravel())
    return Division(*(_share(information, size) for size in (agents, tasks, math.sqrt(agents * tasks))))


def _share(information: float, entropy: float) -> float:
    return min(1.0, max(0.0, information / entropy)) if entropy > 1e-12 else math.nan


def entropy(shares: ArrayLike) -> float:
    """Return the entropy of shares that sum to 1, in nats.

    Examples
    --------
    >>> round(entropy([0.5, 0.5, 0.0]) / math.log(2), 12)
    1.0
    """
    return float(information.entropy(shares)) * math.log(2)


def role_information(counts: ArrayLike) -> float:
    """Return what identity tells of the act beyond what is observed, I(agent; act | observation), in nats.

    Parameters
    ----------
    counts : array_like, shape (num_agents, num_observations, num_actions)
        How often each agent answered each observation with each action.

    Returns
    -------
    float
        >= 0, biased upward; NaN if nobody did anything.

    Examples
    --------
    >>> round(role_information([[[4, 0], [0, 4]], [[0, 4], [0, 4]]]) / math.log(2), 12)  # half of the acts tell
    0.5
    """
    n = _policy_counts(counts)
    total = n.sum()
    if total == 0:
        return math.nan
    found = 0.0
    for cell in np.moveaxis(n, 1, 0):  # agents by actions, given an observation
        weight = cell.sum()
        if weight > 0:
            p = cell / weight
            found += weight * (entropy(p.sum(axis=1)) + entropy(p.sum(axis=0)) - entropy(p.ravel()))
    return max(0.0, float(found / total))


def behavioural_diversity(policies: ArrayLike) -> float:
    """Return the mean distance in total variation of two agents' policies, equation (2).

    Parameters
    ----------
    policies : array_like, shape (num_agents, num_observations, num_actions)
        Probabilities, or counts: each agent's answers to each observation are made to sum to 1. Two agents are
        compared at the observations that both have met, each of equal weight.

    Returns
    -------
    float
        In [0, 1]; NaN if no two agents have met the same observation.

    Source
    ------
    [Bettini2023]_, with total variation for the Wasserstein distance.

    Examples
    --------
    >>> behavioural_diversity([[[1, 0], [0.5, 0.5]], [[0, 1], [0.5, 0.5]]])
    0.5
    """
    n = _policy_counts(policies)
    met = n.sum(axis=2)
    with np.errstate(invalid="ignore"):
        shares = n / met[:, :, None]
    first, second = np.triu_indices(len(n), 1)
    apart = 0.5 * np.abs(shares[first] - shares[second]).sum(axis=2)  # NaN where one has not met it
    both = np.isfinite(apart)
    pairs = both.any(axis=1)
    if not pairs.any():
        return math.nan
    return float(np.mean(np.where(both, apart, 0.0)[pairs].sum(axis=1) / both[pairs].sum(axis=1)))


def _policy_counts(counts: ArrayLike) -> NDArray[np.float64]:
    n = np.asarray(counts, float)
    if n.ndim != 3 or not np.isfinite(n).all() or (n < 0).any():
        raise ParameterError(
            f"policies: shape {n.shape} is not accepted; accepted: numbers >= 0 of (num_agents, num_observations, "
            "num_actions)"
        )
    return n


def switch_rate_of(acts: ArrayLike) -> float:
    """Return how often an act differs from the same agent's act before.

    Parameters
    ----------
    acts : array_like, shape (num_acts,)
        Of one agent, in time order.

    Returns
    -------
    float
        In [0, 1]; NaN for fewer than two acts.

    Examples
    --------
    >>> switch_rate_of([0, 0, 1, 1, 0])
    0.5
    """
    done = np.asarray(acts)
    return float((done[1:] != done[:-1]).mean()) if len(done) > 1 else math.nan


def _known_record() -> Result:
    """Return two agents who do mostly one task each, in cycles of four and of eight acts."""
    return constructed(act=act_table(np.stack([[0, 0, 0, 1] * 50, [0, 1, 1, 1] * 50], axis=1)))


def _known_division(index: int) -> Callable[[], Known]:
    """Return what an index has on the known record: its value less the mean over all ways to deal the cycles."""

    def known() -> Known:
        observed = division_of_labour([[150, 50], [50, 150]])[index]
        ways = [math.comb(50, k) ** 2 for k in range(51)]  # k of the first agent's 50 cycles are of the second kind
        dealt = [division_of_labour([[150 - 2 * k, 50 + 2 * k], [50 + 2 * k, 150 - 2 * k]])[index] for k in range(51)]
        null_mean = sum(way * x for way, x in zip(ways, dealt, strict=True)) / sum(ways)
        return Known(_known_record(), observed - null_mean, tolerance=0.002)

    return known


@metric(family="labour", needs=ACTS, null="permuted bouts", known=_known_division(0))
def division_by_individual(result: Result) -> Estimate:
    """I / H_ind of what agents did, less its null, equation (1).

    Examples
    --------
    >>> print(division_by_individual(division_by_individual.known().result))
    0.187 [0.154, 0.220]
    """
    return _division(result, 0)


@metric(family="labour", needs=ACTS, null="permuted bouts", known=_known_division(1))
def division_by_task(result: Result) -> Estimate:
    """I / H_task of what agents did, less its null, equation (1).

    Examples
    --------
    >>> print(division_by_task(division_by_task.known().result))
    0.187 [0.154, 0.220]
    """
    return _division(result, 1)


@metric(family="labour", needs=ACTS, null="permuted bouts", known=_known_division(2))
def division_jointly(result: Result) -> Estimate:
    """I / sqrt(H_ind H_task) of what agents did, less its null, equation (1).

    Examples
    --------
    >>> print(division_jointly(division_jointly.known().result))
    0.187 [0.154, 0.220]
    """
    return _division(result, 2)


def _division(result: Result, index: int) -> Estimate:
    records = acts_of_agents(result)
    num_tasks = 1 + max(int(acts.max()) for record in records for acts in record)

    def statistic(record: Record) -> float:
        return division_of_labour([np.bincount(acts, minlength=num_tasks) for acts in record])[index]

    return _told_apart(records, statistic)


@metric(family="labour", needs=SEEN, null="permuted bouts", known=lambda: _known_by_policy(role_information))
def roles(result: Result) -> Estimate:
    """What identity tells of the act beyond what is observed, in nats, less its null: I(agent; act | observation).

    Examples
    --------
    >>> print(roles(roles.known().result))
    0.130 [0.107, 0.152]
    """
    return _of_policies(result, role_information)


@metric(family="labour", needs=SEEN, null="permuted bouts", known=lambda: _known_by_policy(behavioural_diversity))
def diversity_of_policies(result: Result) -> Estimate:
    """Mean distance of two agents' answers to what they observe, less its null, equation (2).

    Examples
    --------
    >>> print(diversity_of_policies(diversity_of_policies.known().result))
    0.460 [0.418, 0.501]
    """
    return _of_policies(result, behavioural_diversity)


def _known_by_policy(index: Callable[[ArrayLike], float]) -> Known:
    """Return what an index of policies has on the known record, as `_known_division` does."""
    ways = [math.comb(50, k) ** 2 for k in range(51)]
    dealt = [index([[[150 - 2 * k, 50 + 2 * k]], [[50 + 2 * k, 150 - 2 * k]]]) for k in range(51)]
    null_mean = sum(way * x for way, x in zip(ways, dealt, strict=True)) / sum(ways)
    return Known(_known_record(), dealt[0] - null_mean, tolerance=0.006)


def _of_policies(result: Result, index: Callable[[ArrayLike], float]) -> Estimate:
    """Return an index of policies against agents who exchange what they observe together with what they do."""
    records = acts_of_agents(result)
    seen = result.table("act")["observation"]
    if (seen >= 0).any():
        kinds = np.unique(indices("act", result.table("act"), "observation"))
        observed = [[np.searchsorted(kinds, acts) for acts in run] for run in acts_of_agents(result, "observation")]
    else:  # they observe nothing: one situation
        kinds, observed = np.zeros(1, np.int64), [[np.zeros_like(acts) for acts in run] for run in records]
    num_actions = 1 + max(int(acts.max()) for record in records for acts in record)
    answers = [[o * num_actions + a for o, a in zip(*run, strict=True)] for run in zip(observed, records, strict=True)]

    def statistic(record: Record) -> float:
        cells = len(kinds) * num_actions
        counts = np.array([np.bincount(codes, minlength=cells) for codes in record])
        return index(counts.reshape(len(record), len(kinds), num_actions))

    return _told_apart(answers, statistic)


def _told_apart(records: list[list[NDArray[np.int64]]], statistic: Callable[[Record], float]) -> Estimate:
    """Return a statistic of differences between agents, where their bouts are many enough to be dealt anew."""
    reason = (
        f"no run has two agents, two acts and {FEWEST_CYCLES} cycles of bouts an agent: who never changes is not known "
        "from who has not changed yet"
    )
    enough = [run for run in records if len(run) > 1 and _num_cycles(run) >= FEWEST_CYCLES * len(run)]
    return against_null(enough, statistic, permuted_bouts, reason)


def _num_cycles(record: Record) -> int:
    return len(cycle_starts(np.concatenate(record)))


@metric(family="labour", needs=ACTS, known=lambda: Known(constructed(act=act_table([[0, 1], [0, 0], [1, 0]])), 0.5))
def switch_rate(result: Result) -> Estimate:
    """How often an agent does something else than the time before, mean over the agents of a run.

    Examples
    --------
    >>> switch_rate(switch_rate.known().result).value
    0.5
    """

    def statistic(record: Record) -> float:
        return float(np.mean([switch_rate_of(acts) for acts in record]))

    return over_runs(acts_of_agents(result), statistic, "no run has two acts of every agent")
