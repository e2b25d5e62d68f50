"""What a voter may write on a ballot, as a table for loops.

Under each rule there are B ways to fill in a ballot, its **forms**: a candidate (plurality, veto), a set of candidates
(approval, B = 2^m), or a ranking (all other rules, B = m!). A form is a row of candidates as
`socialsim.ballots.tallies` counts it, -1 behind the last: ``[c, -1, ...]`` for c, ``[..., c]`` against c, the members
of a set, a ranking.

Read with a voter's own ranking in place of the candidates' numbers, 0 for the best, form a says what to do whoever one
prefers: "for my second choice". `form_of` translates. Sincere are the forms 0 (for the best; one's own ranking), m - 1
(against the worst) and, under approval, every set of one's k best candidates, k = 0 ... m: who approves of a candidate
approves of all whom it likes better ([Brams1978]_). Of these `sincere_form` is the better half, rounded up.

A voter who believes that the election lies between two candidates is served best by ([MyersonWeber1993]_)

    plurality    a vote for the better of the two
    veto         one against the worse of the two
    approval     approving of all who are better than the leader, and of the leader if it is the better of the two: the
                 leader rule of [Laslier2009]_
    Borda        the better of the two first and the worse last, the others sincerely between
    other rules  one's own ranking: between two candidates it matters only who is above whom

where of several that serve as well the most sincere is taken; and who knows of no two, by its sincere ballot.
"""

from __future__ import annotations

import itertools
import math

import numpy as np
from numpy.typing import NDArray

from socialsim.ballots.rules import rule_number
from socialsim.ballots.tallies import APPROVAL, BORDA, PLURALITY, VETO
from socialsim.core.compiled import compiled
from socialsim.core.errors import ParameterError

MOST_CANDIDATES = {PLURALITY: 20, VETO: 20, APPROVAL: 7}
MOST_RANKED = 5  # 120 rankings


def ballot_forms(rule: str, num_candidates: int) -> NDArray[np.int64]:
    """Return all ballots that a rule allows, shape (num_forms, num_candidates).

    Raises
    ------
    ParameterError
        If the rule is unknown or there are more forms than are worth a table.

    Examples
    --------
    >>> ballot_forms("veto", 3).tolist()
    [[1, 2, 0], [0, 2, 1], [0, 1, 2]]
    >>> len(ballot_forms("approval", 3)), len(ballot_forms("borda", 4))
    (8, 24)
    """
    number, m = rule_number(rule), num_candidates
    most = MOST_CANDIDATES.get(number, MOST_RANKED)
    if not 2 <= m <= most:
        raise ParameterError(f"num_candidates: {m} is not accepted under {rule}; accepted: an int, >= 2, <= {most}")
    if number == PLURALITY:
        rows = [[c] for c in range(m)]
    elif number == VETO:
        rows = [[*(b for b in range(m) if b != c), c] for c in range(m)]
    elif number == APPROVAL:
        rows = [[c for c in range(m) if bits >> c & 1] for bits in range(2**m)]
    else:
        rows = [list(ranking) for ranking in itertools.permutations(range(m))]
    return np.array([row + [-1] * (m - len(row)) for row in rows])


def points_of(rule: str, num_candidates: int) -> NDArray[np.int64]:
    """Return the points that each form gives to each candidate, shape (num_forms, num_candidates): those of the rule
    where it counts points, else one for the first.

    Examples
    --------
    >>> points_of("veto", 3).tolist()
    [[0, 1, 1], [1, 0, 1], [1, 1, 0]]
    >>> points_of("borda", 3)[1].tolist(), points_of("copeland", 3)[1].tolist()
    ([2, 0, 1], [1, 0, 0])
    """
    number, m = rule_number(rule), num_candidates
    forms = ballot_forms(rule, m)
    points = np.zeros(forms.shape, np.int64)
    for form, row in zip(points, forms, strict=True):
        for k, c in enumerate(row):
            if c >= 0:
                by_rule = {VETO: int(k < m - 1), APPROVAL: 1, BORDA: m - 1 - k}
                form[c] = by_rule.get(number, int(k == 0))
    return points


def sincere_form(rule: str, num_candidates: int) -> int:
    """Return which form, read with one's own ranking, the sincere cast.

    Examples
    --------
    >>> [sincere_form(rule, 3) for rule in ("plurality", "veto", "approval", "borda")]
    [0, 2, 3, 0]
    """
    number = rule_number(rule)
    if number == VETO:
        return num_candidates - 1
    return (1 << math.ceil(num_candidates / 2)) - 1 if number == APPROVAL else 0


def sincere_forms(rule: str, num_candidates: int) -> list[int]:
    """Return all forms that are sincere, read with one's own ranking; more than one under approval alone.

    Examples
    --------
    >>> sincere_forms("approval", 3), sincere_forms("veto", 3)  # sets as bits
    ([0, 1, 3, 7], [2])
    """
    if rule_number(rule) == APPROVAL:
        return [(1 << k) - 1 for k in range(num_candidates + 1)]
    return [sincere_form(rule, num_candidates)]


def front_runner_replies(rule: str, num_candidates: int) -> NDArray[np.int64]:
    """Return the form, read with one's own ranking, that serves best if one's k-th best candidate leads and one's l-th
    best is second, shape (num_candidates (num_candidates - 1) + 1,).

    Pairs are in the order of `pair_code`; the last is the sincere form, for where no two are in front.

    Examples
    --------
    >>> front_runner_replies("plurality", 3).tolist()
    [0, 0, 0, 1, 0, 1, 0]
    >>> [int(form) for form in front_runner_replies("approval", 3)]  # sets as bits
    [1, 1, 1, 3, 3, 3, 3]
    """
    number, m = rule_number(rule), num_candidates
    forms = [tuple(row) for row in ballot_forms(rule, m)]
    replies = np.full(m * (m - 1) + 1, sincere_form(rule, m))
    for k, second in itertools.permutations(range(m), 2):
        better, worse = min(k, second), max(k, second)
        others = [c for c in range(m) if c not in (better, worse)]
        by_rule = {
            PLURALITY: better,
            VETO: worse,
            APPROVAL: (2 << k) - 1 if k < second else (1 << k) - 1,
            BORDA: forms.index((better, *others, worse)) if number == BORDA else 0,
        }
        replies[pair_code(m, k, second)] = by_rule.get(number, 0)
    return replies


@compiled
def pair_code(num_candidates, first, second):
    """Return the number of an ordered pair of two candidates, 0 ... m(m - 1) - 1.

    Examples
    --------
    >>> [pair_code(3, k, l) for k in range(3) for l in range(3) if k != l]
    [0, 1, 2, 3, 4, 5]
    """
    return first * (num_candidates - 1) + (second if second < first else second - 1)


@compiled
def form_of(rule, forms, rankings, i, form):
    """Return the ballot that a form is when voter i reads it with their own ranking.

    Examples
    --------
    >>> rankings = np.array([[2, 0, 1]])
    >>> int(form_of(PLURALITY, ballot_forms("plurality", 3), rankings, 0, 1))  # for my second choice, who is 0
    0
    >>> forms = ballot_forms("borda", 3)
    >>> forms[form_of(BORDA, forms, rankings, 0, 1)].tolist()  # the last two exchanged
    [2, 1, 0]
    """
    if rule in (PLURALITY, VETO):
        return rankings[i, form]
    m = forms.shape[1]
    number = np.int64(0)
    for k in range(m):
        if rule == APPROVAL:
            if forms[form, k] >= 0:
                number |= np.int64(1) << rankings[i, forms[form, k]]
        else:  # the number of a ranking in lexicographic order
            lower = 0
            for later in range(k + 1, m):
                lower += rankings[i, forms[form, later]] < rankings[i, forms[form, k]]
            number = number * (m - k) + lower
    return number


def read_with(rule: str, form: int, rankings: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the ballot that a form is for each of many voters, `form_of` for whole arrays.

    Parameters
    ----------
    rule : str
    form : int
    rankings : ndarray of int, shape (..., num_candidates)

    Returns
    -------
    ndarray of int, shape (...)

    Examples
    --------
    >>> read_with("plurality", 1, np.array([[2, 0, 1], [1, 2, 0]])).tolist()
    [0, 2]
    """
    number, m = rule_number(rule), rankings.shape[-1]
    if number in (PLURALITY, VETO):
        return rankings[..., form]
    row = ballot_forms(rule, m)[form]
    if number == APPROVAL:
        return np.asarray((1 << rankings[..., row[row >= 0]]).sum(axis=-1))
    read = rankings[..., row]
    later = np.triu(np.ones((m, m), np.bool_), k=1)
    digits = ((read[..., None, :] < read[..., :, None]) & later).sum(axis=-1)
    return np.asarray(digits @ [math.factorial(m - 1 - k) for k in range(m)])


@compiled
def winner_after(scores, points, before, after):
    """Return who wins by points, the first of equals, after one voter exchanges a form for another.

    Parameters
    ----------
    scores : ndarray, shape (at least num_candidates,)
        Points of each candidate.
    points : ndarray of int, shape (num_forms, num_candidates)
    before, after : int
        The forms.

    Examples
    --------
    >>> winner_after(np.array([3, 2, 2]), points_of("plurality", 3), 0, 2)
    2
    """
    best, highest = 0, scores[0] + points[after, 0] - points[before, 0]
    for c in range(1, points.shape[1]):
        score = scores[c] + points[after, c] - points[before, c]
        if score > highest:
            best, highest = c, score
    return best
