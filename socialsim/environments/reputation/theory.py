r"""What reputations come to under public information, and which norms keep cooperation up.

All see the same reputations, good or bad. A donor who means to give fails to with probability eps; who judges takes one
act for the other with probability pi and notes the opposite of what the norm says with probability mu; what a donor did
becomes known with probability q. The donor, of reputation i, meets a recipient of reputation j and is good next with
the probability

    a(i, j, give) = q [mu + (1 - 2 mu) D] + (1 - q) [i good],    D = (1 - pi) d(i, j, give) + pi d(i, j, refuse)    (1)

and correspondingly if it refuses. Let strategies s have shares x_s and give to j with probability p_s(i, j) (0 or
1 - eps). In a large population the share g_s of good ones among them and G = sum_s x_s g_s rest where

    g_s = sum_ij P(i; g_s) P(j; G) [p_s a(i, j, give) + (1 - p_s) a(i, j, refuse)],    P(good; g) = g.              (2)

In a population of N of one strategy the number of good ones is a birth-death chain, whose stationary distribution gives
the exact share and cooperation rate (`stationary_chain`).

**The leading eight.** A strategy is evolutionarily stable under a norm if each of the fifteen others, when rare, earns
strictly less beside it, b times the chance to be given to less c times that to give. With rare errors e of execution
and of assignment eight pairs of the 256 norms and 16 strategies, without mirror images, are stable for little more than
b > c and lose no more than 3 e of cooperation ([Ohtsuki2004]_): who gives to a good one is good, who refuses it is bad,
and a good one that refuses a bad one remains good. Nine others lose about 1.4 or 2.8 times sqrt(e) and so fall short
unless errors are very rare; where b is several times c still others join them, of which sixteen lose 5 e.
"""

from __future__ import annotations

import itertools
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from socialsim.core.errors import ParameterError
from socialsim.environments.reputation.norms import BAD, GIVE, GOOD, REFUSE, assessment_table, strategy_table

Array = NDArray[np.float64]
MOST_ITERATIONS = 200_000
ROUNDING = 1e-13


class Errors(NamedTuple):
    """How often acts and judgements go wrong, and how often they are known."""

    execution: float = 0.0  # eps
    perception: float = 0.0  # pi
    assignment: float = 0.0  # mu
    observed: float = 1.0  # q


def chances_of_good(table: ArrayLike, errors: Errors) -> Array:
    """Return the chance to be good next, a(i, j, act) of equation (1), shape (2, 2, 2).

    Examples
    --------
    >>> chances_of_good(assessment_table("scoring"), Errors(assignment=0.1))[GOOD, GOOD].tolist()
    [0.9, 0.1]
    """
    d = np.asarray(table, float)
    seen = (1.0 - errors.perception) * d + errors.perception * d[..., ::-1]
    judged = errors.assignment + (1.0 - 2.0 * errors.assignment) * seen
    own = np.arange(2.0)[:, None, None]
    return np.asarray(errors.observed * judged + (1.0 - errors.observed) * own)


def _next_good(chances: Array, gives: Array, own_good: Array, all_good: float) -> Array:
    """Return the right side of equation (2) for several strategies, shape (num_strategies,)."""
    own = np.stack([1.0 - own_good, own_good], axis=1)
    other = np.array([1.0 - all_good, all_good])
    next_good = gives * chances[..., GIVE] + (1.0 - gives) * chances[..., REFUSE]
    return np.asarray(np.einsum("si,j,sij->s", own, other, next_good))


def stationary_reputations(
    norm: str, strategies: tuple[str, ...], shares: ArrayLike, errors: Errors
) -> tuple[Array, float]:
    """Return the share of good ones among those of each strategy, equation (2), and the cooperation rate.

    Parameters
    ----------
    norm : str
        Of good and bad.
    strategies : tuple of str
    shares : array_like of float, shape (num_strategies,)
        Of the population; of sum 1.
    errors : Errors

    Returns
    -------
    good : ndarray, shape (num_strategies,)
        Where reputations rest if all are good at first.
    cooperation : float
        Share of meetings in which the donor gives.

    Raises
    ------
    ParameterError
        If errors are so rare that reputations do not come to rest.

    Examples
    --------
    >>> good, cooperation = stationary_reputations(
    ...     "stern_judging", ("discriminator",), [1.0], Errors(execution=0.1, assignment=0.1)
    ... )
    >>> float(good[0].round(4)), round(cooperation, 4)  # g = .9 / (1.9 - .82), and .9 g
    (0.8333, 0.75)
    """
    chances, x = chances_of_good(assessment_table(norm), errors), np.asarray(shares, float)
    tables = np.array([strategy_table(name, 2) for name in strategies], float)
    gives = (1.0 - errors.execution) * tables
    good = np.ones(len(strategies))
    for _ in range(MOST_ITERATIONS):
        following = _next_good(chances, gives, good, float(x @ good))
        moved = float(np.abs(following - good).max())
        good = 0.5 * (good + following)  # half steps: they follow the mean field, and do not oscillate
        if moved < ROUNDING:
            break
    else:
        raise ParameterError(
            f"errors: {errors} are so rare that reputations do not come to rest in {MOST_ITERATIONS} steps; accepted: "
            "larger ones"
        )
    all_good = float(x @ good)
    own, other = np.stack([1.0 - good, good], axis=1), np.array([1.0 - all_good, all_good])
    return good, float(np.einsum("s,si,j,sij->", x, own, other, gives))


def stationary_chain(norm: str, strategy: str, num_agents: int, errors: Errors) -> tuple[float, float]:
    """Return the expected share of good ones and cooperation rate in a population of N of one strategy.

    Parameters
    ----------
    norm, strategy : str
        Of good and bad.
    num_agents : int
        N >= 2.
    errors : Errors
        Such that every state can be reached.

    Returns
    -------
    tuple of float

    Raises
    ------
    ParameterError
        If some state cannot be reached, or nobody can meet anybody.

    Examples
    --------
    >>> good, cooperation = stationary_chain("stern_judging", "discriminator", 2, Errors(assignment=0.5))
    >>> round(good, 6), round(cooperation, 6)
    (0.5, 0.5)
    """
    if num_agents < 2:
        raise ParameterError(f"num_agents: {num_agents} is not accepted; accepted: at least 2")
    chances = chances_of_good(assessment_table(norm), errors)
    gives = (1.0 - errors.execution) * np.asarray(strategy_table(strategy, 2), float)
    next_good = gives * chances[..., GIVE] + (1.0 - gives) * chances[..., REFUSE]
    k: Array = np.arange(num_agents + 1).astype(float)
    share: Array = k / num_agents
    donor: dict[int, Array] = {BAD: np.asarray(1.0 - share), GOOD: share}
    rises = donor[BAD] * _beside(k, num_agents, next_good[BAD])
    falls = donor[GOOD] * _beside(np.asarray(k - 1.0), num_agents, np.asarray(1.0 - next_good[GOOD]))
    if min(rises[:-1].min(), falls[1:].min()) <= 0.0:
        raise ParameterError(
            f"errors: {errors} leave reputations that nobody can come to under {norm!r}; accepted: such that every "
            "number of good ones may rise and fall"
        )
    logs = np.concatenate([[0.0], np.cumsum(np.log(rises[:-1]) - np.log(falls[1:]))])
    weights = np.exp(logs - logs.max())
    weights /= weights.sum()
    given = donor[BAD] * _beside(k, num_agents, gives[BAD])
    given = given + donor[GOOD] * _beside(np.asarray(k - 1.0), num_agents, gives[GOOD])
    return float(weights @ k) / num_agents, float(weights @ given)


def _beside(num_good: Array, num_agents: int, value: Array) -> Array:
    """Return the mean of a value of the recipient's reputation, of whom so many are good among the N - 1 others."""
    share = num_good / (num_agents - 1)
    return np.asarray((1.0 - share) * value[BAD] + share * value[GOOD])


def stable_pairs(benefit: float, cost: float, errors: Errors, least_cooperation: float = 0.9) -> list[tuple[str, str]]:
    """Return the norms and strategies, in letters, that are evolutionarily stable and keep cooperation up.

    Parameters
    ----------
    benefit, cost : float
        Of an act of giving.
    errors : Errors
    least_cooperation : float
        Cooperation rate from which on a pair counts.

    Returns
    -------
    list of (str, str)

    Raises
    ------
    ParameterError
        If reputations are never noted wrongly, or never known.

    Source
    ------
    [Ohtsuki2004]_.

    Examples
    --------
    >>> found = stable_pairs(1.5, 1.0, Errors(execution=0.02, assignment=0.02))
    >>> len(found), ("GBGBBGBG", "CDCD") in found  # the leading eight, stern judging among them
    (8, True)
    """
    if errors.assignment <= 0.0 or errors.observed <= 0.0:
        raise ParameterError(
            f"errors: {errors} leave the reputations of some strategies as they were at first; accepted: an assignment "
            "error and a chance to be observed above 0"
        )
    strategies = ["".join(letters) for letters in itertools.product("CD", repeat=4)]
    tables = np.array([strategy_table(name, 2) for name in strategies], float)
    found = []
    for letters in itertools.product("GB", repeat=8):
        norm = "".join(letters)
        chances = chances_of_good(assessment_table(norm), errors)
        for resident, strategy in enumerate(strategies):
            good = _resting(chances, (1.0 - errors.execution) * tables[resident])
            given = good * tables[resident, GOOD] + (1.0 - good) * tables[resident, BAD]
            rate = (1.0 - errors.execution) * float(good * given[GOOD] + (1.0 - good) * given[BAD])
            if rate >= least_cooperation and _is_stable(chances, tables, resident, good, benefit, cost, errors):
                found.append((norm, strategy))
    return found


def _resting(chances: Array, gives: Array) -> float:
    """Return the share of good ones in a population of one strategy if all are good at first: the largest root of
    equation (2), a quadratic one, in [0, 1].
    """
    n = gives * chances[..., GIVE] + (1.0 - gives) * chances[..., REFUSE]
    mixed = n[BAD, GOOD] + n[GOOD, BAD]
    roots = np.roots([n[BAD, BAD] - mixed + n[GOOD, GOOD], mixed - 2.0 * n[BAD, BAD] - 1.0, n[BAD, BAD]])
    real = roots[np.abs(roots.imag) < 1e-9].real
    return float(np.clip(max(real[(real > -1e-9) & (real < 1 + 1e-9)], default=1.0), 0.0, 1.0))


def _is_stable(
    chances: Array, tables: Array, resident: int, good: float, benefit: float, cost: float, errors: Errors
) -> bool:
    """Return whether the resident earns more than each other strategy when that is rare; good is above bad."""
    if good <= 0.5:
        return False  # a mirror image: what is called bad here is good
    gives = (1.0 - errors.execution) * tables
    population = np.array([1.0 - good, good])
    next_good = gives * chances[..., GIVE] + (1.0 - gives) * chances[..., REFUSE]
    to_good = next_good @ population  # (num_strategies, own)
    own_good = to_good[:, BAD] / (1.0 - to_good[:, GOOD] + to_good[:, BAD])
    own = np.stack([1.0 - own_good, own_good], axis=1)
    received = own @ (population @ gives[resident])
    given = np.einsum("si,sij,j->s", own, gives, population)
    earned = benefit * received - cost * given
    return bool((np.delete(earned, resident) < earned[resident] - ROUNDING).all())
