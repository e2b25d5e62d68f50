"""Strategic manipulation: what one voter can gain by an insincere ballot, all others staying with theirs.

A profile is **manipulable** if some voter gains by some insincere ballot; its **regret** is the largest such gain.
Every ballot of every voter is tried (`socialsim.ballots.forms`): only what moves one voter's ballot from form b to form
a matters, so that a profile takes at most one count of votes for each pair of forms, however many voters there are.

By the theorem of Gibbard and Satterthwaite every rule that elects one of at least three candidates, each of whom can
win, is manipulable in some profile unless it is dictatorial ([Gibbard1973]_, [Satterthwaite1975]_). How often it is, is
the rule's **Nitzan-Kelly index** ([Kelly1993]_).

Ties are broken in the order of the candidates (``"first"``), or a voter counts the mean utility of those who tie
(``"mean"``).
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from socialsim.ballots.forms import ballot_forms, read_with, sincere_form
from socialsim.ballots.rules import rule_number
from socialsim.ballots.tallies import contains, count_each, winners_by
from socialsim.core.compiled import compiled
from socialsim.core.errors import ParameterError

MEAN, FIRST, RANDOM = 0, 1, 2
TIES = ("mean", "first", "random")
INDIFFERENT = 1e-9  # utilities that differ by less are equal up to rounding


@compiled
def decided(winners, order):
    """Return the first of the tied winners in an order of the candidates.

    Examples
    --------
    >>> decided(0b101, np.array([1, 2, 0]))
    2
    """
    k = 0
    while not contains(winners, order[k]):
        k += 1
    return order[k]


@compiled
def worth(ties, utilities, i, winners, order):
    """Return the utility to voter i of a set of tied winners.

    Examples
    --------
    >>> utilities = np.array([[1.0, 0.0, 0.5]])
    >>> worth(MEAN, utilities, 0, 0b101, np.arange(3)), worth(FIRST, utilities, 0, 0b110, np.arange(3))
    (0.75, 0.0)
    """
    if ties != MEAN:
        return utilities[i, decided(winners, order)]
    total, size = 0.0, 0
    for c in range(utilities.shape[1]):
        if contains(winners, c):
            total += utilities[i, c]
            size += 1
    return total / size


@compiled
def fill_outcomes(rule, forms, counts, margins, scores, outcomes):
    """Fill outcomes[b, a] with the winners after one voter exchanges form b for a, and [b, b] with the present ones.

    Parameters
    ----------
    rule : int
    forms : ndarray of int, shape (num_forms, num_candidates)
    counts : ndarray of int, shape (num_forms + 1,)
        Voters who cast each form; the last is of those who abstain.
    margins, scores : ndarray of int, shapes (num_candidates, num_candidates) and (num_candidates,)
        Scratch.
    outcomes : ndarray of int64, shape (num_options, num_options)
        Sets of winners as the bits of numbers. With one row only the present winners are found. Rows of forms that
        nobody casts are left alone, but for the first.
    """
    for b in range(outcomes.shape[0]):
        for a in range(outcomes.shape[0]):
            if b > 0 and (a == b or counts[b] == 0):
                outcomes[b, b] = outcomes[0, 0]
                continue
            if a != b and counts[b] == 0:
                continue
            counts[b] -= 1
            counts[a] += 1
            outcomes[b, a] = winners_by(rule, forms, counts, forms.shape[1], margins, scores)
            counts[b] += 1
            counts[a] -= 1


def regret(
    rankings: ArrayLike,
    rule: str,
    *,
    utilities: ArrayLike | None = None,
    ties: Literal["mean", "first"] = "first",
    ballots: ArrayLike | None = None,
    abstention: bool = False,
    voting_cost: float = 0.0,
) -> NDArray[np.float64]:
    """Return the largest gain of any voter by another ballot in each of many profiles; above 0 it is manipulable.

    Parameters
    ----------
    rankings : array_like of int, shape (num_profiles, num_voters, num_candidates)
        Candidates 0, 1, ... from best to worst.
    rule : str
        A key of `socialsim.ballots.rules.RULES` that always elects somebody.
    utilities : array_like of float, same shape, optional
        Of each candidate; without them a gain is in places: from one's third choice to the first it is 2.
    ties : "first" or "mean"
        How ties are broken, or what they are worth.
    ballots : array_like of int, shape (num_profiles, num_voters), optional
        Forms cast (`ballot_forms`; their number stands for abstention); by default the sincere ones.
    abstention : bool
        Whether a voter may abstain too.
    voting_cost : float
        What casting a ballot costs, in utility.

    Returns
    -------
    ndarray of float, shape (num_profiles,)

    Raises
    ------
    ParameterError
        If the rule is unknown or may elect nobody, or shapes do not fit.

    Examples
    --------
    >>> profile = [[0, 1, 2], [0, 1, 2], [1, 0, 2], [2, 1, 0], [2, 1, 0]]  # 0 and 2 tie
    >>> regret([profile], "plurality").tolist(), regret([profile], "borda").tolist()
    ([0.0], [1.0])
    >>> regret([profile], "plurality", ties="mean").tolist()
    [0.5]
    """
    number, profiles = rule_number(rule), np.ascontiguousarray(rankings, np.int64)
    if rule == "condorcet":
        raise ParameterError("rule: 'condorcet' is not accepted; accepted: a rule that always elects somebody")
    if profiles.ndim != 3 or profiles.size == 0:
        raise ParameterError(
            f"rankings: shape {profiles.shape} is not accepted; accepted: (num_profiles, num_voters, num_candidates)"
        )
    if ties not in TIES[:2]:
        raise ParameterError(f"ties: {ties!r} is not accepted; accepted: 'first', 'mean'")
    m = profiles.shape[2]
    worths = (m - 1.0 - np.argsort(profiles, axis=2)) if utilities is None else np.asarray(utilities, float)
    sincere = read_with(rule, sincere_form(rule, m), profiles)
    cast = sincere if ballots is None else np.asarray(ballots, np.int64)
    if worths.shape != profiles.shape or cast.shape != profiles.shape[:2]:
        raise ParameterError(f"utilities and ballots do not fit rankings of shape {profiles.shape}")
    blank = np.full((1, m), -1)
    forms = np.concatenate([ballot_forms(rule, m), blank])  # the last is abstention
    options = len(forms) - (not abstention)
    costs = np.full(len(forms), float(voting_cost))
    costs[-1] = 0.0
    return np.array(
        [_largest_gain(number, ties, forms, options, costs, *each) for each in zip(worths, cast, strict=True)]
    )


def _largest_gain(
    rule: int,
    ties: str,
    forms: NDArray[np.int64],
    num_options: int,
    costs: NDArray[np.float64],
    utilities: NDArray[np.float64],
    cast: NDArray[np.int64],
) -> float:
    """Return the largest gain in one profile: a form taken back is one with the weight -1."""
    present, held = np.unique(cast, return_counts=True)
    m = forms.shape[1]
    changed = np.empty((len(present), num_options + 1, len(present) + 2, m), np.int64)
    changed[:, :, :-2] = forms[present]
    changed[:, :, -2] = forms[present][:, None]
    changed[:, :-1, -1] = forms[:num_options]
    changed[:, -1, -1] = forms[present]  # no change
    profiles = changed.reshape(-1, len(present) + 2, m)
    tied = np.zeros((len(profiles), m), np.bool_)
    count_each(rule, profiles, np.append(held, [-1, 1]), m, tied, np.zeros(m, np.int64))
    if ties == "first":
        tied &= np.cumsum(tied, axis=1) == 1
    chances = (tied / tied.sum(axis=1, keepdims=True)).reshape(len(present), num_options + 1, m)
    largest = 0.0
    for b, own in enumerate(present):
        values = utilities[cast == own] @ chances[b].T
        gains = (values[:, :-1] - costs[:num_options]).max(axis=1) - (values[:, -1] - costs[own])
        largest = max(largest, float(gains.max()))
    return largest if largest > INDIFFERENT else 0.0
