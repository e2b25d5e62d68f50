"""Tallies of one profile, for loops.

A profile is ``rankings``, shape (num_ballots, num_candidates): candidates from best to worst, -1 behind the last that a
ballot ranks; and ``weights``, how many voters cast each ballot. A tally adds to numbers that the caller holds, so that
nothing is made inside a loop. Winners are a set of candidates as the bits of a number (bit c: candidate c is among
those tied for first), at most 63; `first_of` and `one_of` break ties. With s_c the score of c, and m_ab how many more
voters rank a above b than b above a (who is not ranked is below all who are):

    plurality       s_c: ballots with c first                         highest wins
    veto            s_c: minus ballots with c last of all             highest wins
    approval        s_c: ballots with c among the first k             highest wins
    Borda           s_c: sum over ballots of the candidates below c   highest wins
    instant runoff  until one has more than half: all with the fewest first places among those left go out at once;
                    if these are all, all win
    runoff          pairwise majority between the first two by plurality, in every way to break ties for these places
    Copeland        s_a = #{b: m_ab > 0} - #{b: m_ab < 0}             highest wins
    minimax         s_a = max(0, max_b m_ba)                          lowest wins
    Condorcet       a with m_ab > 0 for all b, if there is one

Source: [Zwicker2016]_ (Handbook of Computational Social Choice, ch. 2). Ties are those of [Holliday2025]_.
"""

from __future__ import annotations

from types import MappingProxyType

import numba
import numpy as np

from socialsim.core.compiled import compiled
from socialsim.core.streams import integer

MAX_CANDIDATES = 63


# --- Sets of candidates ----------------------------------------------------------------------------------------


@compiled
def clear(scores):
    """Set all scores to 0."""
    for c in range(scores.shape[0]):
        scores[c] = 0


@compiled
def highest(scores):
    """Return the candidates of the highest score.

    Examples
    --------
    >>> bin(highest(np.array([3, 1, 3])))
    '0b101'
    """
    best, winners = scores[0], np.int64(1)
    for c in range(1, scores.shape[0]):
        bit = np.int64(1) << np.int64(c)
        if scores[c] > best:
            best, winners = scores[c], bit
        elif scores[c] == best:
            winners |= bit
    return winners


@compiled
def lowest(scores):
    """Return the candidates of the lowest score."""
    best, winners = scores[0], np.int64(1)
    for c in range(1, scores.shape[0]):
        bit = np.int64(1) << np.int64(c)
        if scores[c] < best:
            best, winners = scores[c], bit
        elif scores[c] == best:
            winners |= bit
    return winners


@compiled
def contains(winners, candidate):
    """Return whether a set holds a candidate."""
    return (winners >> np.int64(candidate)) & np.int64(1) == 1


@compiled
def size_of(winners):
    """Return how many candidates a set holds.

    Examples
    --------
    >>> size_of(np.int64(0b1011))
    3
    """
    size = 0
    while winners != 0:
        winners &= winners - np.int64(1)
        size += 1
    return size


@compiled
def first_of(winners):
    """Return the candidate of the lowest number in a set; -1 if it is empty."""
    if winners == 0:
        return -1
    candidate = 0
    while not contains(winners, candidate):
        candidate += 1
    return candidate


@compiled
def one_of(winners, stream):
    """Return a candidate of a set, each with the same chance; -1 if it is empty. One alone costs no draw."""
    size = size_of(winners)
    skipped = integer(stream, size) if size > 1 else 0
    for _ in range(skipped):
        winners &= winners - np.int64(1)
    return first_of(winners)


# --- Scores ----------------------------------------------------------------------------------------------------


@compiled
def add_plurality(rankings, weights, scores):
    """Add one point for the first on each ballot."""
    for b in range(rankings.shape[0]):
        if rankings[b, 0] >= 0:
            scores[rankings[b, 0]] += weights[b]


@compiled
def add_veto(rankings, weights, scores):
    """Take one point for the last on each ballot that ranks all."""
    last = rankings.shape[1] - 1
    for b in range(rankings.shape[0]):
        if rankings[b, last] >= 0:
            scores[rankings[b, last]] -= weights[b]


@compiled
def add_approval(rankings, weights, num_approved, scores):
    """Add one point for each of the first ``num_approved`` on each ballot."""
    for b in range(rankings.shape[0]):
        for k in range(min(num_approved, rankings.shape[1])):
            if rankings[b, k] < 0:
                break
            scores[rankings[b, k]] += weights[b]


@compiled
def add_borda(rankings, weights, scores):
    """Add, for each candidate on each ballot, how many stand below."""
    num_candidates = rankings.shape[1]
    for b in range(rankings.shape[0]):
        for k in range(num_candidates):
            if rankings[b, k] < 0:
                break
            scores[rankings[b, k]] += weights[b] * (num_candidates - 1 - k)


@compiled
def add_first_of(rankings, weights, candidates, scores):
    """Add one point for the first on each ballot among some candidates; return how many voters rank any of them."""
    total = np.int64(0)
    for b in range(rankings.shape[0]):
        for k in range(rankings.shape[1]):
            c = rankings[b, k]
            if c < 0:
                break
            if contains(candidates, c):
                scores[c] += weights[b]
                total += weights[b]
                break
    return total


@compiled
def pairwise(rankings, weights, margins):
    """Fill margins[a, b] with how many more voters rank a above b than b above a."""
    num_candidates = rankings.shape[1]
    for a in range(num_candidates):
        for b in range(num_candidates):
            margins[a, b] = 0
    for v in range(rankings.shape[0]):
        above = np.int64(0)
        for k in range(num_candidates):
            a = rankings[v, k]
            if a < 0:
                break
            above |= np.int64(1) << np.int64(a)
            for b in range(num_candidates):
                if not contains(above, b):
                    margins[a, b] += weights[v]
                    margins[b, a] -= weights[v]


# --- Rules -----------------------------------------------------------------------------------------------------


@compiled
def condorcet(margins):
    """Return the candidate that beats every other, as a set; empty if there is none."""
    for a in range(margins.shape[0]):
        beats_all = True
        for b in range(margins.shape[0]):
            if b != a and margins[a, b] <= 0:
                beats_all = False
                break
        if beats_all:
            return np.int64(1) << np.int64(a)
    return np.int64(0)


@compiled
def copeland(margins, scores):
    """Return the winners by wins minus losses against the others."""
    for a in range(margins.shape[0]):
        scores[a] = 0
        for b in range(margins.shape[0]):
            scores[a] += int(margins[a, b] > 0) - int(margins[a, b] < 0)
    return highest(scores)


@compiled
def minimax(margins, scores):
    """Return those whose worst defeat is the smallest."""
    for a in range(margins.shape[0]):
        scores[a] = 0
        for b in range(margins.shape[0]):
            scores[a] = max(scores[a], margins[b, a])
    return lowest(scores)


@compiled
def instant_runoff(rankings, weights, scores):
    """Return the winners of instant runoff; all who tie for the last place go out at once."""
    left = (np.int64(1) << np.int64(rankings.shape[1])) - np.int64(1)
    while True:
        clear(scores)
        total = add_first_of(rankings, weights, left, scores)
        fewest, out = total + 1, np.int64(0)
        for c in range(scores.shape[0]):
            if contains(left, c):
                if 2 * scores[c] > total:
                    return np.int64(1) << np.int64(c)
                if scores[c] < fewest:
                    fewest, out = scores[c], np.int64(0)
                if scores[c] == fewest:
                    out |= np.int64(1) << np.int64(c)
        if out == left:
            return left
        left &= ~out


@compiled
def runoff(rankings, weights, margins, scores):
    """Return who wins a runoff between the first two by plurality, in some way to break ties for these places."""
    clear(scores)
    add_plurality(rankings, weights, scores)
    first, second = first_two(scores)
    winners = np.int64(0)
    for a in range(scores.shape[0]):
        for b in range(scores.shape[0]):
            if a != b and contains(first, a) and contains(second, b):
                if margins[a, b] >= 0:
                    winners |= np.int64(1) << np.int64(a)
                if margins[a, b] <= 0:
                    winners |= np.int64(1) << np.int64(b)
    return winners if winners != 0 else first


@compiled
def first_two(scores):
    """Return those who may come first and those who may come second, ties broken either way."""
    first = highest(scores)
    if size_of(first) > 1:
        return first, first
    top, best, second = first_of(first), np.int64(-1), np.int64(0)
    for c in range(scores.shape[0]):
        if c != top:
            if scores[c] > best:
                best, second = scores[c], np.int64(0)
            if scores[c] == best:
                second |= np.int64(1) << np.int64(c)
    return first, second


# --- Rules by number ---------------------------------------------------------------------------------------------

RULES = MappingProxyType(
    {
        "plurality": 0,
        "veto": 1,
        "approval": 2,
        "borda": 3,
        "instant_runoff": 4,
        "plurality_runoff": 5,
        "copeland": 6,
        "minimax": 7,
        "condorcet": 8,
    }
)
"""The compiled rules, and the number of each in a loop."""

PLURALITY, VETO, APPROVAL, BORDA, INSTANT_RUNOFF, PLURALITY_RUNOFF, COPELAND, MINIMAX, CONDORCET = range(len(RULES))


@compiled
def winners_by(rule, rankings, weights, num_approved, margins, scores):
    """Return the winners of one profile by the rule of a number, as the bits of a number.

    Scratch of the caller: ``margins`` (num_candidates, num_candidates) and ``scores`` (num_candidates,).
    """
    if rule >= PLURALITY_RUNOFF:
        pairwise(rankings, weights, margins)
    return winners_given_margins(rule, rankings, weights, num_approved, margins, scores)


@compiled
def winners_given_margins(rule, rankings, weights, num_approved, margins, scores):
    """Return the winners where the pairwise margins are known already; plurality to instant runoff do not read them."""
    if rule == INSTANT_RUNOFF:
        return instant_runoff(rankings, weights, scores)
    if rule == PLURALITY_RUNOFF:
        return runoff(rankings, weights, margins, scores)
    if rule == COPELAND:
        return copeland(margins, scores)
    if rule == MINIMAX:
        return minimax(margins, scores)
    if rule == CONDORCET:
        return condorcet(margins)
    clear(scores)
    if rule == PLURALITY:
        add_plurality(rankings, weights, scores)
    elif rule == VETO:
        add_veto(rankings, weights, scores)
    elif rule == APPROVAL:
        add_approval(rankings, weights, num_approved, scores)
    else:
        add_borda(rankings, weights, scores)
    return highest(scores)


@numba.njit(nogil=True, cache=True)  # its functions all stand in this file, whose changes numba notices
def count_each(rule, profiles, weights, num_approved, elected, scores):
    """Fill elected[p, c] with whether c wins or ties in profile p; ``scores`` are those of the last."""
    num_candidates = profiles.shape[2]
    margins = np.zeros((num_candidates, num_candidates), np.int64)
    for p in range(profiles.shape[0]):
        mask = winners_by(rule, profiles[p], weights, num_approved, margins, scores)
        for c in range(num_candidates):
            elected[p, c] = contains(mask, c)
