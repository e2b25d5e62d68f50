"""What a run of a jury comes to, and the theory beside it.

With K the number of right votes of n in a question, over the T counted ones, and m_i the share in which juror i was
right, the correlation of votes is the sum over pairs of the covariances over that of the products of the deviations,

    rho = [Var(K) - sum_i v_i]/[(sum_i sqrt v_i)^2 - sum_i v_i],    v_i = m_i (1 - m_i),

which is the mean correlation of two votes where all are right equally often.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from socialsim.core.estimate import Estimate
from socialsim.core.result import Result
from socialsim.environments.jury.theory import correlated_accuracy, gains_by_deviation, strategic_accuracy
from socialsim.metrics.runs import over_runs

NO_QUESTION = "no question was counted after environment.burn_in"
SOLVED = {  # the jury whose accuracy is known
    "environment.deliberation": 0,
    "environment.observation": "opinion",
    "environment.quota": 0.5,
    "environment.votes": "equal",
    "learner": "imitation",
    "learner.noise": 0.0,
}


def shares(numbers: NDArray[Any], totals: NDArray[Any]) -> NDArray[np.float64]:
    """Return numbers over totals; NaN where a total is 0.

    Examples
    --------
    >>> shares(np.array([1, 0]), np.array([2, 0])).tolist()
    [0.5, nan]
    """
    return np.asarray(numbers / np.where(totals > 0, totals, math.nan), float)


def outcomes_of(state: Any) -> dict[str, NDArray[Any]]:
    """Return what each run has come to so far; NaN before the first counted question."""
    verdicts = state.verdicts.sum(axis=(1, 2))
    group = shares(state.verdicts[:, 0, 0] + state.verdicts[:, 1, 1], verdicts)
    individual = shares(state.right.sum(axis=1), state.voted.sum(axis=1))
    return {
        "group_accuracy": group,
        "individual_accuracy": individual,
        "gain": group - individual,
        "vote_correlation": correlation_of_votes(state.right, state.voted, state.sums[:, 0], state.sums[:, 1]),
        "margin": shares(state.sums[:, 2], verdicts),
        "false_ones": shares(state.verdicts[:, 0, 1], state.verdicts[:, 0].sum(axis=1)),
        "false_zeros": shares(state.verdicts[:, 1, 0], state.verdicts[:, 1].sum(axis=1)),
    }


def correlation_of_votes(
    right: NDArray[Any], voted: NDArray[Any], total: NDArray[Any], squares: NDArray[Any]
) -> NDArray[np.float64]:
    """Return the correlation of being right between two jurors.

    Parameters
    ----------
    right, voted : ndarray, shape (num_runs, num_jurors)
        Right votes and votes of each juror.
    total, squares : ndarray, shape (num_runs,)
        Sums over questions of the number of right votes, and of its square.

    Returns
    -------
    ndarray, shape (num_runs,)
        NaN where somebody did not always vote, or nobody's votes vary.

    Examples
    --------
    >>> right, voted = np.array([[2, 2], [2, 2]]), np.full((2, 2), 4)
    >>> correlation_of_votes(right, voted, np.array([4, 4]), np.array([8, 4])).tolist()  # 2, 2, 0, 0 and 1, 1, 1, 1
    [1.0, -1.0]
    """
    steps = voted.max(axis=1)
    mean = shares(right, voted)
    deviations = np.sqrt(mean * (1.0 - mean))
    own = (deviations**2).sum(axis=1)
    pairs = deviations.sum(axis=1) ** 2 - own
    variance = shares(squares, steps) - shares(total, steps) ** 2
    is_defined = (voted == steps[:, None]).all(axis=1) & (pairs > 1e-12)
    return np.where(is_defined, (variance - own) / np.where(is_defined, pairs, 1.0), math.nan)


def outcomes_of_strategies(
    policies: NDArray[np.int64], abilities: NDArray[np.float64], quota: float, prior: float
) -> dict[str, NDArray[np.float64]]:
    """Return how often the group would be right with the votes that jurors hold best, and what one alone could gain.

    Parameters
    ----------
    policies : ndarray of int, shape (num_runs, num_jurors, 2)
        The vote on each signal.
    abilities : ndarray, shape (num_runs, num_jurors)
    quota, prior : float
    """
    gains = gains_by_deviation(policies, abilities, quota, prior).max(axis=1)
    return {
        "policy_accuracy": strategic_accuracy(policies, abilities, quota, prior),
        "sincere_share": (policies == np.array([0, 1])).all(axis=2).mean(axis=1),
        "largest_gain": gains,
    }


def group_accuracy(result: Result) -> Estimate:
    """Share of questions to which the group gave the right answer."""
    return over_runs(result, "group_accuracy", NO_QUESTION)


def theory_accuracy(result: Result) -> Estimate:
    """The same in closed form, where it is known: sincere jurors who do not deliberate, a majority, and signals that
    are independent or share one source.
    """
    given = result.parameters
    for name, value in SOLVED.items():
        if given.get(name) != value:
            return Estimate.undefined(f"no closed form; it is known for {name}={str(value).lower()}")
    reliance, spread = float(given["environment.reliance"]), float(given["environment.spread"])
    if reliance > 0.0 and given["environment.sources"] != "common":
        return Estimate.undefined("no closed form; it is known for environment.sources=common")
    if len(result.runs) == 0:
        return Estimate.undefined("no runs")
    num_jurors, competence = int(result.runs.num_agents.iloc[0]), float(given["environment.competence"])
    value = correlated_accuracy(competence, num_jurors, reliance)
    method = "exact" if spread == 0.0 else "exact, mean over competences"
    return Estimate(value, value, value, result.num_runs, method=method)


def individual_accuracy(result: Result) -> Estimate:
    """Share of votes that were right."""
    return over_runs(result, "individual_accuracy", NO_QUESTION)


def group_gain(result: Result) -> Estimate:
    """By how much the group is right more often than its members."""
    return over_runs(result, "gain", NO_QUESTION)


def vote_correlation(result: Result) -> Estimate:
    """Mean correlation of being right between two jurors."""
    return over_runs(result, "vote_correlation", "somebody did not always vote, or no vote varied")


def margin(result: Result) -> Estimate:
    """Mean lead of the more frequent vote over the other, as a share of the votes."""
    return over_runs(result, "margin", NO_QUESTION)


def false_one_rate(result: Result) -> Estimate:
    """Share of the questions with right answer 0 to which the group answered 1: convicted innocents."""
    return over_runs(result, "false_ones", "1 was always the right answer")


def false_zero_rate(result: Result) -> Estimate:
    """Share of the questions with right answer 1 to which the group answered 0: acquitted culprits."""
    return over_runs(result, "false_zeros", "0 was always the right answer")


def policy_accuracy(result: Result) -> Estimate:
    """How often the group would be right if all voted as they now hold best, exactly."""
    return _learned(result, "policy_accuracy")


def sincere_share(result: Result) -> Estimate:
    """Share of jurors who hold it best to vote as their signal says."""
    return _learned(result, "sincere_share")


def largest_gain(result: Result) -> Estimate:
    """What one juror alone could at most add to the group's accuracy by another policy, exactly; 0 in equilibrium."""
    return _learned(result, "largest_gain")


def _learned(result: Result, column: str) -> Estimate:
    if column not in result.runs:
        return Estimate.undefined("no closed form, or the learner has no policy")
    return over_runs(result, column, NO_QUESTION)


METRICS = (
    group_accuracy,
    theory_accuracy,
    individual_accuracy,
    group_gain,
    vote_correlation,
    margin,
    false_one_rate,
    false_zero_rate,
)
LEARNED = (policy_accuracy, sincere_share, largest_gain)
