"""What is known of juries in closed form: how often a vote finds the truth.

**Independent votes.** K, the number of right votes of n jurors who are right with chances p_1, ..., p_n, has the
Poisson-binomial distribution, the product of the polynomials (1 - p_i) + p_i x. The majority is right with probability

    P_n = P(K > n/2) + P(K = n/2)/2.                                                       ([Condorcet1785]_)

For equal p > 1/2 it rises with odd n, to 1; for p < 1/2 it falls, to 0.

**Votes with a common cause.** A juror relies with probability c on one source that is right with probability p, else on
evidence of its own. Given that the source is right, or wrong, votes are independent:

    P_n(p, c) = p P_n(c + (1 - c) p) + (1 - p) P_n((1 - c) p)                              ([Boland1989]_)

Each is right with probability p as before, and two votes have the correlation c^2 ([Ladha1992]_ on what correlation
does in general). As n -> infinity the limit is 1 while (1 - c) p > 1/2, that is c < 1 - 1/(2p), and p beyond: a crowd
that leans on one newspaper is no better than the newspaper.

**Juries that need more than half** ([Feddersen1998]_). A vote counts only where it decides. Under unanimity that is
where all others vote to convict, which speaks for guilt, so that to vote as one's evidence says is no equilibrium. The
symmetric one has jurors vote to convict on evidence of guilt, and against evidence of innocence with probability

    sigma = (r p - (1 - p))/(p - r (1 - p)),    r = [(1 - p)/p]^{1/(n-1)},

for even prior odds and errors of equal weight. The chance that an innocent is convicted does then not vanish with n.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from socialsim.core.compiled import compiled
from socialsim.core.errors import ParameterError

ROUNDING = 1e-9  # votes; .55 x 100 is 55


@compiled
def needed_votes(quota, num_votes):
    """Return how many votes of weight 1 the answer 1 needs, not rounded up: quota x votes, but for rounding.

    Examples
    --------
    >>> float(needed_votes(0.55, 100)), float(needed_votes(0.5, 11))
    (55.0, 5.5)
    """
    needed = quota * num_votes
    nearest = math.floor(needed + 0.5)
    return np.float64(nearest) if abs(needed - nearest) < ROUNDING else needed


@compiled
def chance_of_one(votes, quota, total):
    """Return the chance that the group answers 1: 1, 0, or 1/2 where a simple majority is tied.

    Examples
    --------
    >>> chance_of_one(6, 0.5, 11), chance_of_one(2, 0.5, 4), chance_of_one(11, 1.0, 12)
    (1.0, 0.5, 0.0)
    """
    needed = needed_votes(quota, total)
    if abs(votes - needed) < ROUNDING:
        return 0.5 if quota == 0.5 else 1.0
    return 1.0 if votes > needed else 0.0


def number_of_votes(chances: ArrayLike) -> NDArray[np.float64]:
    """Return the distribution of the number of votes where juror i votes yes with probability chances[i].

    Parameters
    ----------
    chances : array_like of float, shape (..., num_jurors)
        Independent of each other, in [0, 1].

    Returns
    -------
    ndarray, shape (..., num_jurors + 1)

    Raises
    ------
    ParameterError
        If there is no juror or a chance is out of range.

    Examples
    --------
    >>> number_of_votes([0.5, 0.5, 1.0]).tolist()
    [0.0, 0.25, 0.5, 0.25]
    """
    chances = np.asarray(chances, float)
    if chances.ndim == 0 or chances.shape[-1] == 0 or not ((chances >= 0.0) & (chances <= 1.0)).all():
        raise ParameterError("chances: accepted: one for each juror, at least one, from 0 to 1")
    distribution = np.zeros((*chances.shape[:-1], chances.shape[-1] + 1))
    distribution[..., 0] = 1.0
    for n, chance in enumerate(np.moveaxis(chances, -1, 0)[..., None]):
        moved = distribution[..., : n + 1] * chance
        distribution[..., : n + 1] -= moved
        distribution[..., 1 : n + 2] += moved
    return distribution


def verdict_chance(chances: ArrayLike, quota: float = 0.5) -> Any:
    """Return the chance that the group answers 1 if juror i votes 1 with probability chances[i], independently.

    Parameters
    ----------
    chances : array_like of float, shape (..., num_jurors)
    quota : float
        Share of votes that the answer 1 needs, in [1/2, 1]; at 1/2 more than half, and a coin decides a tie.

    Returns
    -------
    float or ndarray, shape (...)

    Examples
    --------
    >>> round(float(verdict_chance([0.6, 0.6, 0.6])), 12), round(float(verdict_chance([0.6, 0.6, 0.6], quota=1.0)), 12)
    (0.648, 0.216)
    """
    distribution = number_of_votes(chances)
    return distribution @ _answers(distribution.shape[-1] - 1, quota)


def _answers(num_jurors: int, quota: float) -> NDArray[np.float64]:
    """Return the chance of the answer 1 for each number of votes, shape (num_jurors + 1,)."""
    return np.array([chance_of_one(votes, quota, num_jurors) for votes in range(num_jurors + 1)])


def majority_accuracy(competences: ArrayLike) -> float:
    """Return P_n, the chance that the majority of independent jurors is right.

    Parameters
    ----------
    competences : array_like of float, shape (num_jurors,)
        The chance p_i that each is right.

    Source
    ------
    [Condorcet1785]_, pp. 1-10.

    Examples
    --------
    >>> [f"{majority_accuracy(n * [0.51]):.4f}" for n in (11, 101, 1001)]
    ['0.5271', '0.5799', '0.7366']
    """
    return float(verdict_chance(competences))


def correlated_accuracy(competence: float, num_jurors: int, reliance: float) -> float:
    """Return P_n(p, c), the chance that the majority is right if jurors may rely on one common source.

    Parameters
    ----------
    competence : float
        p, of each juror and of the source, in [0, 1].
    num_jurors : int
        n >= 1.
    reliance : float
        c, the chance that a juror relies on the source, in [0, 1]; the correlation of two votes is c^2.

    Source
    ------
    [Boland1989]_, whose leader, other than here, votes as well.

    Examples
    --------
    >>> correlated_accuracy(0.6, 101, 0.0) == majority_accuracy(101 * [0.6])
    True
    >>> round(correlated_accuracy(0.6, 101, 1.0), 12)
    0.6
    """
    own = (1.0 - reliance) * competence
    led, misled = (verdict_chance(np.full(num_jurors, chance)) for chance in (min(1.0, reliance + own), own))
    return float(competence * led + (1.0 - competence) * misled)


def limit_accuracy(competence: float, reliance: float) -> float:
    """Return the limit of P_n(p, c) as n -> infinity.

    Examples
    --------
    >>> [limit_accuracy(0.8, c) for c in (0.3, 0.375, 0.5)]  # the critical reliance is 3/8
    [1.0, 0.9, 0.8]
    >>> limit_accuracy(0.5, 0.0)
    0.5
    """
    own = (1.0 - reliance) * competence
    led, misled = (
        0.5 * (1.0 + float(np.sign(round(chance - 0.5, 12)))) for chance in (reliance + own, own)
    )  # a crowd each of whom is right with this chance
    return competence * led + (1.0 - competence) * misled


def strategic_accuracy(strategies: ArrayLike, competences: ArrayLike, quota: float = 0.5, prior: float = 0.5) -> Any:
    """Return how often the group is right if jurors, each with a signal of its own, vote by given strategies.

    Parameters
    ----------
    strategies : array_like of float, shape (..., num_jurors, 2)
        The chance of a vote for answer 1, on the signal 0 and on the signal 1. [0, 1] is sincere.
    competences : array_like of float, shape (..., num_jurors)
        The chance that each signal is right.
    quota : float
        Share of votes that the answer 1 needs, in [1/2, 1].
    prior : float
        The chance that 1 is the right answer.

    Returns
    -------
    float or ndarray, shape (...)

    Examples
    --------
    >>> sincere = np.tile([0.0, 1.0], (3, 1))
    >>> round(float(strategic_accuracy(sincere, [0.6] * 3)), 12)
    0.648
    """
    if_one, if_zero = _chances_of_yes(strategies, competences)
    return prior * verdict_chance(if_one, quota) + (1.0 - prior) * (1.0 - verdict_chance(if_zero, quota))


def _chances_of_yes(strategies: ArrayLike, competences: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return each juror's chance of a vote for 1 if 1 is the right answer, and if 0 is."""
    on_zero, on_one = np.moveaxis(np.asarray(strategies, float), -1, 0)
    right = np.asarray(competences, float)
    return right * on_one + (1.0 - right) * on_zero, (1.0 - right) * on_one + right * on_zero


def gains_by_deviation(
    strategies: ArrayLike, competences: ArrayLike, quota: float = 0.5, prior: float = 0.5
) -> NDArray[np.float64]:
    """Return by how much each juror alone could raise the group's accuracy; all 0 in a Nash equilibrium.

    Arguments are those of `strategic_accuracy`. The best reply is exact: with the votes of the others known in
    distribution, each signal has its better vote.

    Returns
    -------
    ndarray, shape (..., num_jurors), >= 0 but for rounding

    Source
    ------
    [AustenSmith1996]_: to vote as one's signal says is no equilibrium in general.

    Examples
    --------
    >>> sincere = np.tile([0.0, 1.0], (3, 1))
    >>> gains_by_deviation(sincere, [0.6] * 3).round(12).tolist()
    [0.0, 0.0, 0.0]
    >>> gains_by_deviation(sincere, [0.6] * 3, quota=1.0).round(12).tolist()
    [0.024, 0.024, 0.024]
    """
    strategies, right = np.asarray(strategies, float), np.asarray(competences, float)
    if_one, if_zero = _chances_of_yes(strategies, right)
    num_jurors = if_one.shape[-1]
    answers = _answers(num_jurors, quota)
    gains = np.empty(if_one.shape)
    for i in range(num_jurors):
        given_one, given_zero = (_answers_by_vote(np.delete(each, i, axis=-1), answers) for each in (if_one, if_zero))
        gain = 0.0
        for signal, chance in ((0, 1.0 - right[..., i, None]), (1, right[..., i, None])):  # of the signal if 1 is right
            by_vote = prior * chance * given_one + (1.0 - prior) * (1.0 - chance) * (1.0 - given_zero)
            chosen = strategies[..., i, signal]
            gain = gain + by_vote.max(axis=-1) - (1.0 - chosen) * by_vote[..., 0] - chosen * by_vote[..., 1]
        gains[..., i] = gain
    return gains


def _answers_by_vote(others: NDArray[np.float64], answers: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the chance of the answer 1 for either vote of one juror, given the others' chances, shape (..., 2)."""
    votes = number_of_votes(others) if others.shape[-1] else np.ones((*others.shape[:-1], 1))
    return np.stack([votes @ answers[:-1], votes @ answers[1:]], axis=-1)


def unanimity_equilibrium(competence: float, num_jurors: int) -> float:
    """Return sigma, the chance of a vote to convict against one's evidence where all n must vote so.

    Parameters
    ----------
    competence : float
        p, in (1/2, 1).
    num_jurors : int
        n >= 2.

    Source
    ------
    [Feddersen1998]_, proposition 2, with even prior odds and a threshold of reasonable doubt of 1/2.

    Examples
    --------
    >>> round(unanimity_equilibrium(0.7, 3), 4)
    0.3143
    >>> strategy = np.tile([unanimity_equilibrium(0.7, 3), 1.0], (3, 1))
    >>> bool((abs(gains_by_deviation(strategy, [0.7] * 3, quota=1.0)) < 1e-12).all())
    True
    """
    if not 0.5 < competence < 1.0 or num_jurors < 2:
        raise ParameterError("unanimity: accepted: a competence between 1/2 and 1, and at least 2 jurors")
    doubt = 1.0 - competence
    ratio = (doubt / competence) ** (1.0 / (num_jurors - 1))
    return (ratio * competence - doubt) / (competence - ratio * doubt)
