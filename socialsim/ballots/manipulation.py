"""Strategic manipulation: what one voter can gain by an insincere ballot, all others staying with theirs.

With u_i(b) the utility to voter i of who wins if it casts b, all others staying with theirs, b_i its present ballot,
B all ballots and S_i those of them that are sincere (`socialsim.ballots.forms`):

    regret        max_i [max_{b in B} u_i(b) - u_i(b_i)]                           the largest gain by any ballot
    manipulable   max_i [max_{b in B - S_i} u_i(b) - max_{b in S_i} u_i(b)] > 0    some gain needs insincerity

where all cast their sincere ballots. Under rules with one sincere ballot a profile is manipulable if and only if its
regret is positive, as usual ([Gibbard1973]_, [Satterthwaite1975]_). Under approval every set of one's best candidates
is sincere ([Brams1978]_): who gains by approving of fewer or more of them does not manipulate. Against given ballots of
the others some such set serves as well as any: if a tie for the win is broken in the order of the candidates, all who
are at least as good as whoever one makes win; so approval is never manipulable in this sense, and its regret is what a
voter gains by drawing the line elsewhere.

Every ballot of every voter is tried: only what moves one voter's ballot from form b to form a matters, so that a
profile takes at most one count of votes for each pair of forms, however many voters there are.

By the theorem of Gibbard and Satterthwaite every rule on rankings that elects one of at least three candidates, each of
whom can win, is manipulable in some profile unless it is dictatorial. How often it is, is the rule's **Nitzan-Kelly
index** ([Kelly1993]_).

Ties are broken in the order of the candidates (``"first"``), or a voter counts the mean utility of those who tie
(``"mean"``).
"""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from socialsim.ballots.forms import ballot_forms, read_with, sincere_form, sincere_forms
from socialsim.ballots.rules import rule_number
from socialsim.ballots.tallies import contains, count_each, first_of, winners_by
from socialsim.core.compiled import compiled
from socialsim.core.errors import ParameterError

MEAN, FIRST, RANDOM = 0, 1, 2
TIES = ("mean", "first", "random")
INDIFFERENT = 1e-9  # utilities that differ by less are equal up to rounding


@compiled
def decided(ties, winners, order):
    """Return one of the tied winners: the first of all candidates, or the first in an order that was drawn.

    Examples
    --------
    >>> decided(FIRST, 0b101, np.array([1, 2, 0])), int(decided(RANDOM, 0b101, np.array([1, 2, 0])))
    (0, 2)
    """
    if ties == FIRST:
        return first_of(winners)
    k = 0
    while not contains(winners, order[k]):
        k += 1
    return order[k]


@compiled
def worth(ties, utilities, i, winners, order):
    """Return the utility to voter i of a set of tied winners; ties by lot are broken in an order that was drawn.

    Examples
    --------
    >>> utilities, order = np.array([[1.0, 0.0, 0.5]]), np.array([2, 1, 0])
    >>> [float(worth(ties, utilities, 0, 0b110, order)) for ties in (MEAN, FIRST, RANDOM)]
    [0.25, 0.0, 0.5]
    """
    if ties != MEAN:
        return utilities[i, decided(ties, winners, order)]
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


class Gains(NamedTuple):
    """What one voter can gain at most in each of many profiles, shape (num_profiles,), 0 if nobody gains."""

    by_any: NDArray[np.float64]  # other ballot than its own: the regret
    by_insincerity: NDArray[np.float64]  # over the best of its sincere ballots


def gains(
    rankings: ArrayLike,
    rule: str,
    *,
    utilities: ArrayLike | None = None,
    ties: Literal["mean", "first"] = "first",
    ballots: ArrayLike | None = None,
    abstention: bool = False,
    voting_cost: float = 0.0,
) -> Gains:
    """Return the largest gains of any voter by another ballot, and by insincerity, in each of many profiles.

    Parameters
    ----------
    rankings : array_like of int, shape (num_profiles, num_voters, num_candidates)
        Candidates 0, 1, ... from best to worst.
    rule : str
        A key of `socialsim.ballots.tallies.RULES` that always elects somebody.
    utilities : array_like of float, same shape, optional
        Of each candidate; without them a gain is in places: from one's third choice to the first it is 2.
    ties : "first" or "mean"
        How ties are broken, or what they are worth.
    ballots : array_like of int, shape (num_profiles, num_voters), optional
        Forms cast (`ballot_forms`; their number stands for abstention); by default the sincere ones.
    abstention : bool
        Whether a voter may abstain too, which is not insincere.
    voting_cost : float
        What casting a ballot costs, in utility.

    Raises
    ------
    ParameterError
        If the rule is unknown or may elect nobody, a row is not a ranking, a ballot is none of the forms, or shapes do
        not fit.

    Examples
    --------
    >>> print(gains([[[0, 1, 2], [1, 2, 0]]], "approval"))  # 1 wins; whoever approves of 0 alone makes all three tie
    Gains(by_any=array([1.]), by_insincerity=array([0.]))
    """
    number, profiles = rule_number(rule), np.ascontiguousarray(rankings, np.int64)
    if rule == "condorcet":
        raise ParameterError("rule: 'condorcet' is not accepted; accepted: a rule that always elects somebody")
    if profiles.ndim != 3 or profiles.size == 0:
        raise ParameterError(
            f"rankings: shape {profiles.shape} is not accepted; accepted: (num_profiles, num_voters, num_candidates)"
        )
    m = profiles.shape[2]
    forms = np.concatenate([ballot_forms(rule, m), np.full((1, m), -1)])  # the last is abstention
    if not (np.sort(profiles, axis=2) == np.arange(m)).all():
        raise ParameterError("rankings: some row does not rank every candidate 0, 1, ... once")
    if ties not in TIES[:2]:
        raise ParameterError(f"ties: {ties!r} is not accepted; accepted: 'first', 'mean'")
    worths = (m - 1.0 - np.argsort(profiles, axis=2)) if utilities is None else np.asarray(utilities, float)
    cast = read_with(rule, sincere_form(rule, m), profiles) if ballots is None else np.asarray(ballots, np.int64)
    if worths.shape != profiles.shape or cast.shape != profiles.shape[:2]:
        raise ParameterError(f"utilities and ballots do not fit rankings of shape {profiles.shape}")
    if cast.min() < 0 or cast.max() >= len(forms):
        wrong = cast.min() if cast.min() < 0 else cast.max()
        raise ParameterError(
            f"ballots: {wrong} is not accepted; accepted: 0 to {len(forms) - 2}, and {len(forms) - 1} for abstention"
        )
    options = len(forms) - (not abstention)
    costs = np.full(len(forms), float(voting_cost))
    costs[-1] = 0.0
    is_sincere = np.zeros((*cast.shape, options), np.bool_)
    for form in sincere_forms(rule, m):
        np.put_along_axis(is_sincere, read_with(rule, form, profiles)[..., None], True, axis=2)
    found = [_largest_gains(number, ties, forms, costs, *each) for each in zip(worths, cast, is_sincere, strict=True)]
    by_any, by_insincerity = np.where(np.array(found) > INDIFFERENT, found, 0.0).T
    return Gains(by_any, by_insincerity)


def regret(rankings: ArrayLike, rule: str, **how: Any) -> NDArray[np.float64]:
    """Return the largest gain of any voter by any other ballot in each of many profiles, as `gains` finds it.

    Examples
    --------
    >>> profile = [[0, 1, 2], [0, 1, 2], [1, 0, 2], [2, 1, 0], [2, 1, 0]]  # 0 and 2 tie
    >>> regret([profile], "plurality").tolist(), regret([profile], "borda").tolist()
    ([0.0], [1.0])
    >>> regret([profile], "plurality", ties="mean").tolist()
    [0.5]
    """
    return gains(rankings, rule, **how).by_any


def manipulable(rankings: ArrayLike, rule: str, **how: Any) -> NDArray[np.bool_]:
    """Return whether some voter gains by an insincere ballot what no sincere one brings, as `gains` finds it.

    Examples
    --------
    >>> profile = [[0, 1, 2], [0, 1, 2], [1, 0, 2], [2, 1, 0], [2, 1, 0]]
    >>> [bool(manipulable([profile], rule)[0]) for rule in ("plurality", "borda", "approval")]
    [False, True, False]
    """
    return gains(rankings, rule, **how).by_insincerity > 0.0


def _largest_gains(
    rule: int,
    ties: str,
    forms: NDArray[np.int64],
    costs: NDArray[np.float64],
    utilities: NDArray[np.float64],
    cast: NDArray[np.int64],
    is_sincere: NDArray[np.bool_],
) -> tuple[float, float]:
    """Return both gains in one profile: a form taken back is one with the weight -1."""
    num_voters, num_options = is_sincere.shape
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
    worths = np.empty((num_voters, num_options + 1))  # of each ballot; the last: of one's own
    for b, own in enumerate(present):
        worths[cast == own] = utilities[cast == own] @ chances[b].T
    worths -= np.append(np.broadcast_to(costs[:num_options], (num_voters, num_options)), costs[cast][:, None], axis=1)
    by_form = worths[:, :-1]
    sincere = np.where(is_sincere, by_form, -np.inf).max(axis=1)
    is_vote = np.arange(num_options) < len(forms) - 1
    insincere = np.where(~is_sincere & is_vote, by_form, -np.inf).max(axis=1)
    return float((by_form.max(axis=1) - worths[:, -1]).max()), float((insincere - sincere).max())
