r"""What contributing pays, and which rule makes it pay.

A member of a group of n, beside others of whom C contribute and D do not, P of the contributors punish and R reward,
earns with its own contribution of c

    e + r c (C + 1)/n - c + t D/n + b R                                          who contributes                    (1)
    ... - g D                                                                    and punishes each who does not
    ... - h C                                                                    and rewards each who does
    e + r c C/n - t C/n - f P                                                    who does not contribute

with t the sum of tax and subsidy (see below), the fine f at the cost g and the bonus b at the cost h. With a pool the
punisher pays g once, whoever defects. Without sanctions contributing costs c (1 - r/n) whatever others do: it is a
social dilemma iff 1 < r < n.

**Tax and subsidy.** Each who does not contribute pays a tax, each who does gets a subsidy, and what is left, or
lacking, is shared equally in the group: a contributor nets t D/n and a defector -t C/n (C and D without oneself), where
**only the sum t of the two rates matters**; it is the rule of [Falkinger1996]_. To contribute is then dominant iff

    t >= c (n - r)/(n - 1).                                                                                         (2)

**Punishment.** In a large population of random groups, of which a share x punishes and the others defect, both do alike
where

    x* = [c (1 - r/n) + g (n-1)] / [(f + g)(n-1)],                                                                  (3)

and above it punishers spread: both ends are stable ([Sigmund2001]_). Those who contribute and do not punish do no worse
than punishers anywhere: second-order free riders.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

CONTRIBUTE, DEFECT, PUNISH, REWARD = range(4)
NONE, PEER, POOL = range(3)
NUM_ACTIONS = {NONE: 2, PEER: 4, POOL: 3}


class Rules(NamedTuple):
    """What a group plays by."""

    multiplier: float
    contribution: float
    endowment: float = 0.0
    sanctions: int = NONE
    fine: float = 0.0
    fine_cost: float = 0.0
    bonus: float = 0.0
    bonus_cost: float = 0.0
    incentive: float = 0.0  # t, tax and subsidy


def payoffs_beside(rules: Rules, others: ArrayLike, stakes: tuple[float, float] | None = None) -> NDArray[np.float64]:
    """Return what each action pays beside others, equation (1).

    Parameters
    ----------
    rules : Rules
    others : array_like of float, shape (num_actions,)
        How many others take each action; expected numbers give the expected payoff, which is linear in them.
    stakes : tuple of float, optional
        What oneself, and each other who contributes, puts in; by default the contribution.

    Returns
    -------
    ndarray, shape (num_actions,)

    Examples
    --------
    >>> payoffs_beside(Rules(multiplier=2.0, contribution=1.0), [1, 2]).round(3).tolist()
    [0.0, 0.5]
    """
    counts = np.zeros(4)
    given = np.asarray(others, float)
    counts[: len(given)] = given
    own, theirs = (rules.contribution, rules.contribution) if stakes is None else stakes
    size, defectors, punishers, rewarders = 1 + counts.sum(), counts[DEFECT], counts[PUNISH], counts[REWARD]
    contributors = size - 1 - defectors
    contributing = rules.multiplier * (theirs * contributors + own) / size - own + rules.incentive * defectors / size
    found = np.full(4, rules.endowment + contributing + rules.bonus * rewarders)
    found[DEFECT] = rules.endowment + (rules.multiplier * theirs - rules.incentive) * contributors / size
    found[DEFECT] -= rules.fine * punishers
    found[PUNISH] -= rules.fine_cost * (defectors if rules.sanctions == PEER else 1.0)
    found[REWARD] -= rules.bonus_cost * contributors
    return found[: len(given)]


def expected_payoffs(rules: Rules, shares: ArrayLike, group_size: int) -> NDArray[np.float64]:
    """Return what each action pays in the mean in a random group of a large population.

    Parameters
    ----------
    rules : Rules
    shares : array_like of float, shape (num_actions,)
        Of the population that take each action; of sum 1.
    group_size : int
        n >= 2.

    Returns
    -------
    ndarray, shape (num_actions,)

    Examples
    --------
    >>> expected_payoffs(Rules(multiplier=2.0, contribution=1.0), [0.5, 0.5], 4).tolist()
    [0.25, 0.75]
    """
    return payoffs_beside(rules, (group_size - 1) * np.asarray(shares, float))


def critical_incentive(group_size: int, multiplier: float, contribution: float = 1.0) -> float:
    """Return the least sum of tax and subsidy at which contributing is dominant, equation (2).

    Examples
    --------
    >>> critical_incentive(4, 2.5)
    0.5
    """
    return max(0.0, contribution * (group_size - multiplier) / (group_size - 1))


def critical_punishers(rules: Rules, group_size: int) -> float:
    """Return the share of peer punishers among defectors above which punishers spread, equation (3).

    Parameters
    ----------
    rules : Rules
    group_size : int

    Returns
    -------
    float
        Not in (0, 1) where one of the two always does better.

    Source
    ------
    [Sigmund2001]_.

    Examples
    --------
    >>> rules = Rules(multiplier=2.0, contribution=1.0, sanctions=PEER, fine=1.5, fine_cost=0.5)
    >>> round(critical_punishers(rules, 4), 4)
    0.3333
    """
    others = group_size - 1
    loss = rules.contribution * (1.0 - rules.multiplier / group_size)
    return (loss + rules.fine_cost * others) / ((rules.fine + rules.fine_cost) * others)
