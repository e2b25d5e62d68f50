r"""What follows a deviation: its cost, whether one would pay, and whether a regularity comes back after a shock.

A regularity that nobody upholds is a habit. What a deviation causes is seen where it is forced (`fork`), with common
random numbers, beside a placebo. In branch b agent i earns r_b(t); who is forced is who acts otherwise than in the
baseline at the first step at which the branches differ, t = f. Per run, and paired over runs,

    deviation cost     = sum_{t > f} [r_placebo(t) - r_deviation(t)],     what the answers take from the deviator    (1)
    best-response gap  = max_b sum_{t >= f} [r_b(t) - r_baseline(t)],     not below 0,                               (2)

averaged over the forced agents. Without a placebo branch the baseline stands for it. (2) tells of the forced acts that
were tried, no more. The maximum of several noisy means is too large; b is therefore chosen by one half of the runs (the
branch with the highest mean gain, none if that is not above 0) and its gain measured in the other half, both ways. By
chance that may lie below 0. After a **shock** to one or several agents a regularity with the share m_0 of the last
quarter of the steps in the baseline, m_1 at the step of the shock and m_2 in the last quarter has regained

    (m_2 - m_1) / (m_0 - m_1);                                                                                     (3)

the regularity is what most agents do at that step in the baseline.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from socialsim.core.errors import ResultError
from socialsim.core.estimate import Estimate
from socialsim.core.result import Result
from socialsim.metrics.estimates import mean, ratio
from socialsim.metrics.metric import Known, metric
from socialsim.metrics.records import act_table, by_run, constructed, finite_rewards

NEEDS = {"fork": ("branch", "step", "agent", "action", "reward")}
BASELINE, PLACEBO, DEVIATION = "baseline", "placebo", "deviation"


def paired_difference(first: ArrayLike, second: ArrayLike, confidence: float = 0.95) -> Estimate:
    """Return the mean over runs of a difference between two branches with common random numbers.

    Parameters
    ----------
    first, second : array_like, shape (num_runs,)
        Of the same runs; runs in which either is NaN are left out.
    confidence : float
        Of the interval, in (0, 1).

    Examples
    --------
    >>> print(paired_difference([5.0, 7.0, 9.0], [4.0, 6.1, 7.9]))
    1.00 [0.75, 1.25]
    """
    difference = np.asarray(first, float) - np.asarray(second, float)
    return mean(difference[np.isfinite(difference)], confidence)


class Branch(NamedTuple):
    """What agents did and earned in one branch of a run."""

    actions: NDArray[np.float64]  # (num_steps, num_agents), NaN where an agent did not act
    rewards: NDArray[np.float64]  # 0 there


def branches_by_run(result: Result) -> list[dict[str, Branch]]:
    """Return the branches of each run of a fork, by name, on the same steps and agents.

    Examples
    --------
    >>> branches_by_run(_known_fork())[0]["deviation"].actions[0].tolist()
    [1.0, 1.0, 0.0, 0.0]
    """
    found = []
    for _, rows in by_run(result, "fork"):
        step, agent = (rows[name].to_numpy() - rows[name].min() for name in ("step", "agent"))
        shape = (int(step.max()) + 1, int(agent.max()) + 1)
        run: dict[str, Branch] = {}
        for name in rows["branch"].unique():
            here = (rows["branch"] == name).to_numpy()
            actions, rewards = np.full(shape, math.nan), np.zeros(shape)
            actions[step[here], agent[here]] = rows["action"].to_numpy(float)[here]
            rewards[step[here], agent[here]] = finite_rewards("fork", rows)[here]
            run[str(name)] = Branch(actions, rewards)
        found.append(run)
    return found


def first_difference(branch: Branch, baseline: Branch) -> tuple[int, NDArray[np.int64]]:
    """Return the first step, from 0, at which a branch differs from the baseline, and the agents who act otherwise.

    Returns
    -------
    tuple of int and ndarray of int
        -1 and nobody if the branches do not differ: who is forced did the same anyway.

    Examples
    --------
    >>> run = branches_by_run(_known_fork())[0]
    >>> first_difference(run["deviation"], run["baseline"])
    (0, array([0, 1]))
    """
    same = (branch.actions == baseline.actions) | (np.isnan(branch.actions) & np.isnan(baseline.actions))
    steps = np.flatnonzero(~same.all(axis=1))
    return (int(steps[0]), np.flatnonzero(~same[steps[0]])) if len(steps) else (-1, np.zeros(0, np.int64))


def _known_fork() -> Result:
    """Return a fork of four agents in two runs, over four steps.

    Agents 0 and 1 deviate at the first step, gain 2 by it and lose 1.5 at each of the three others; 0 comes back, 1
    does not. Another deviation, by agent 2, pays 1/4 a step; the placebo, by agent 3, changes nothing.
    """
    actions = {name: np.zeros((4, 4), int) for name in (BASELINE, PLACEBO, DEVIATION, "another")}
    rewards = {name: np.ones((4, 4)) for name in actions}
    actions[PLACEBO][0, 3] = actions["another"][0, 2] = 2
    actions[DEVIATION][0, 0] = 1
    actions[DEVIATION][:, 1] = 1
    rewards[DEVIATION][0, :2] += 2.0
    rewards[DEVIATION][1:, :2] -= 1.5
    rewards["another"][:, 2] += 0.25
    tables = []
    for name in actions:
        table = act_table([actions[name]] * 2, rewards=rewards[name])
        tables.append(table | {"branch": np.full(len(table["run"]), name)})
    return constructed(fork={name: np.concatenate([table[name] for table in tables]) for name in tables[0]})


@metric(family="norms", needs=NEEDS, known=lambda: Known(_known_fork(), 4.5))
def deviation_cost(result: Result) -> Estimate:
    """What a deviator earns less than under the placebo in the steps after it deviated, equation (1).

    Examples
    --------
    >>> deviation_cost(deviation_cost.known().result).value
    4.5
    """
    runs = branches_by_run(result)
    name = _deviation(runs)
    kept, lost = [], []
    for run in runs:
        step, agents = first_difference(run[name], run[BASELINE])
        later = slice(step + 1, None)
        if step >= 0:
            kept.append(run.get(PLACEBO, run[BASELINE]).rewards[later, agents].sum() / len(agents))
            lost.append(run[name].rewards[later, agents].sum() / len(agents))
    if not kept:
        return Estimate.undefined("in no run did the forced act differ from what the agent did anyway", len(runs))
    return paired_difference(kept, lost)


@metric(family="norms", needs=NEEDS, known=lambda: Known(_known_fork(), 1.0))
def best_response_gap(result: Result) -> Estimate:
    """What an agent would gain by the best of the forced acts that were tried, equation (2).

    Examples
    --------
    >>> best_response_gap(best_response_gap.known().result).value
    1.0
    """
    runs = branches_by_run(result)
    forced = [name for name in runs[0] if name not in (BASELINE, PLACEBO)]
    if not forced or BASELINE not in runs[0]:
        return Estimate.undefined("the fork needs a baseline and a branch that deviates from it", len(runs))
    gains = np.array([[_gain(run[name], run[BASELINE]) for run in runs] for name in forced])
    if len(runs) == 1 and len(forced) > 1:
        return Estimate.undefined("one run cannot both choose the best of several deviations and measure it", 1)
    if len(runs) == 1:
        return mean(np.maximum(gains[0], 0.0))
    found, is_even = np.zeros(len(runs)), np.arange(len(runs)) % 2 == 0
    for chosen_in in (is_even, ~is_even):
        means = gains[:, chosen_in].mean(axis=1)
        if means.max() > 0:  # else not to deviate is best
            found[~chosen_in] = gains[int(means.argmax()), ~chosen_in]
    return mean(found)


def _gain(branch: Branch, baseline: Branch) -> float:
    """Return what the forced agents earn more than in the baseline; 0 if they did the same anyway."""
    step, agents = first_difference(branch, baseline)
    return float((branch.rewards - baseline.rewards)[:, agents].sum() / len(agents)) if step >= 0 else 0.0


@metric(family="norms", needs=NEEDS, known=lambda: Known(_known_fork(), 0.5))
def return_after_shock(result: Result) -> Estimate:
    """Share of a regularity which a shock destroyed that is back in the last quarter of the steps, equation (3).

    Examples
    --------
    >>> return_after_shock(return_after_shock.known().result).value
    0.5
    """
    runs = branches_by_run(result)
    name = _deviation(runs)
    back, lost = [], []
    for run in runs:
        step, _ = first_difference(run[name], run[BASELINE])
        if step >= 0:
            usual, end = _mode(run[BASELINE].actions[step]), -max(1, len(run[name].actions) // 4)
            shares = [_share(part, usual) for part in (run[BASELINE].actions[end:], run[name].actions[step : step + 1])]
            back.append(_share(run[name].actions[end:], usual) - shares[1])
            lost.append(shares[0] - shares[1])
    if not sum(lost) > 0:
        return Estimate.undefined("the shock destroyed nothing of what most agents do", len(runs))
    return ratio(back, lost)


def _mode(actions: NDArray[np.float64]) -> float:
    kinds, counts = np.unique(actions[np.isfinite(actions)], return_counts=True)
    return float(kinds[np.argmax(counts)])


def _share(actions: NDArray[np.float64], action: float) -> float:
    return float((actions[np.isfinite(actions)] == action).mean())


def _deviation(runs: list[dict[str, Branch]]) -> str:
    """Return the branch that deviates: the one of that name, or the only one beside baseline and placebo."""
    names = [name for name in runs[0] if name not in (BASELINE, PLACEBO)]
    if BASELINE not in runs[0] or (DEVIATION not in names and len(names) != 1):
        raise ResultError(
            f"the table 'fork' has the branches {', '.join(runs[0])}; accepted: 'baseline' and one named 'deviation', "
            "or one alone beside 'baseline' and 'placebo'"
        )
    return DEVIATION if DEVIATION in names else names[0]
