r"""Cultures: laws by which the rankings of n voters over m candidates are drawn.

**impartial**: every voter draws one of the m! rankings, all equally likely and independent; with utilities it is
Merrill's *random society* ([Merrill1984]_).

**urn** (Pólya and Eggenberger, [Berg1985]_): an urn holds each ranking once. A voter draws one and puts it back with
alpha m! copies of it, so that with i voters before

    P(the next voter copies a given earlier one) = alpha / (1 + i alpha),    P(draws anew) = 1 / (1 + i alpha);    (1)

two voters agree with probability (alpha + 1/m!) / (1 + alpha).

**anonymous**: every way to say how many voters hold each ranking is equally likely ([Kuga1974]_,
[GehrleinFishburn1976]_); it is the urn with one copy, alpha = 1/m!.

**mallows**: a ranking r has a probability in proportion to phi^d, where d counts the pairs that r orders otherwise than
the reference 0, 1, ..., m - 1. Candidate i enters a ranking of i others ahead of k of them with probability

    phi^k / (1 + phi + ... + phi^i)    (repeated insertion, [Doignon2004]_).                                       (2)

phi = 1 is the impartial culture; with phi = 0 all voters hold the reference.

**spatial**: voters and candidates are points of R^d, all coordinates from N(0, 1); nearer candidates are better. In one
dimension the median voter's favourite beats all others if n is odd ([Black1948]_).

**single_peaked**: each of the 2^(m-1) rankings that are single-peaked on the axis 0, 1, ..., m - 1 is equally likely
([Walsh2015]_): the last place goes to the left or to the right end of what is left of the axis, by a fair coin.

Utilities: in the spatial culture minus the distance; elsewhere m numbers from U(0, 1), of which a voter's best
candidate has the largest, and so on.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.errors import ParameterError, unknown
from socialsim.core.streams import Purpose, draw_word, integer, normal, seed_streams, uniform

CULTURES: Mapping[str, int] = MappingProxyType(
    {"impartial": 0, "anonymous": 1, "mallows": 2, "urn": 3, "spatial": 4, "single_peaked": 5}
)
"""The codes by which compiled functions know the cultures."""

IMPARTIAL, ANONYMOUS, MALLOWS, URN, SPATIAL, SINGLE_PEAKED = CULTURES.values()


def draw_profiles(
    culture: str,
    num_profiles: int,
    num_voters: int,
    num_candidates: int,
    *,
    seed: int,
    dispersion: float | None = None,
    num_dimensions: int = 2,
) -> NDArray[np.int64]:
    """Draw profiles of rankings; profile k is the same however many are drawn.

    Parameters
    ----------
    culture : str
        A key of `CULTURES`.
    num_profiles, num_voters, num_candidates : int
        How many, each >= 1.
    seed : int
        Root seed, >= 0.
    dispersion : float, optional
        For ``mallows`` phi in [0, 1], for ``urn`` alpha >= 0; no other culture has one.
    num_dimensions : int
        Dimensions of the space of the spatial culture, >= 1.

    Returns
    -------
    ndarray of int64, shape (num_profiles, num_voters, num_candidates)
        Each voter's candidates, best first.

    Raises
    ------
    ParameterError
        If the culture is unknown or a number is out of its range.

    Examples
    --------
    >>> draw_profiles("mallows", 1, 3, 4, seed=1, dispersion=0.0)[0].tolist()
    [[0, 1, 2, 3], [0, 1, 2, 3], [0, 1, 2, 3]]
    >>> draw_profiles("impartial", 1000, 5, 3, seed=1).shape
    (1000, 5, 3)
    """
    code = culture_code(culture, dispersion)
    sizes = {"num_profiles": num_profiles, "num_voters": num_voters, "num_candidates": num_candidates}
    for name, size in (sizes | {"num_dimensions": num_dimensions}).items():
        if isinstance(size, bool) or not isinstance(size, (int, np.integer)) or size < 1:
            raise ParameterError(f"{name}: {size!r} is not accepted; accepted: an int, >= 1")
    rankings = np.empty((num_profiles, num_voters, num_candidates), np.int64)
    positions = np.empty((num_voters + num_candidates, num_dimensions))
    distances = np.empty((num_voters, num_candidates))
    streams = seed_streams(seed, np.arange(num_profiles), Purpose.INITIAL)
    with np.errstate(over="ignore"):
        _draw_all(code, float(dispersion or 0.0), positions, rankings, distances, streams)
    return rankings


def culture_code(culture: str, dispersion: float | None) -> int:
    """Return a culture's code, after a check that it has the number that it needs.

    Raises
    ------
    ParameterError
        If the culture is unknown, or its number is missing, out of range or not needed.

    Examples
    --------
    >>> culture_code("mallows", 0.8)
    2
    >>> culture_code("urn", None)
    Traceback (most recent call last):
    ...
    socialsim.core.errors.ParameterError: dispersion: None is not accepted with culture urn; accepted: a float, >= 0
    """
    if culture not in CULTURES:
        raise ParameterError(unknown("culture", culture, CULTURES))
    accepted = {"mallows": "a float, >= 0, <= 1", "urn": "a float, >= 0"}.get(culture, "none")
    number = isinstance(dispersion, (int, float, np.number)) and not isinstance(dispersion, bool)
    if accepted == "none":
        valid = dispersion is None
    else:
        valid = number and 0.0 <= float(dispersion or 0.0) <= (1.0 if culture == "mallows" else 1e300)
    if not valid:
        raise ParameterError(f"dispersion: {dispersion!r} is not accepted with culture {culture}; accepted: {accepted}")
    return CULTURES[culture]


@compiled
def _draw_all(culture, dispersion, positions, rankings, distances, streams):
    for p in range(rankings.shape[0]):
        draw_rankings(culture, dispersion, positions, rankings[p], distances, streams[p])


# --- One electorate: compiled ----------------------------------------------------------------------------------


@compiled
def draw_electorate(culture, dispersion, positions, rankings, utilities, stream):
    """Draw each voter's ranking and utilities, of one culture.

    The rankings are those that `draw_rankings` draws from the same stream.

    Parameters
    ----------
    culture : int
        A code of `CULTURES`.
    dispersion : float
        phi of ``mallows`` in [0, 1], alpha of ``urn`` >= 0; ignored elsewhere.
    positions : ndarray of float, shape (num_voters + num_candidates, num_dimensions)
        Filled by the spatial culture: the voters' points, then the candidates'.
    rankings : ndarray of int64, shape (num_voters, num_candidates)
        Filled: candidates, best first.
    utilities : ndarray of float, shape (num_voters, num_candidates)
        Filled: the utility of each candidate.
    stream : ndarray of uint64, shape (4,)
        Source of the draws.

    Examples
    --------
    >>> stream = seed_streams(1, np.arange(1), Purpose.INITIAL)[0]
    >>> positions, rankings, utilities = np.zeros((2 + 3, 1)), np.zeros((2, 3), np.int64), np.zeros((2, 3))
    >>> draw_electorate(SPATIAL, 0.0, positions, rankings, utilities, stream)
    >>> bool((utilities == -abs(positions[:2] - positions[2:].T)).all())
    True
    >>> bool((rankings == np.argsort(-utilities)).all())
    True
    """
    draw_rankings(culture, dispersion, positions, rankings, utilities, stream)
    for i in range(rankings.shape[0]):
        if culture == SPATIAL:
            for c in range(rankings.shape[1]):
                utilities[i, c] = -math.sqrt(utilities[i, c])
        else:
            _spread_utilities(rankings, utilities, i, stream)


@compiled
def draw_rankings(culture, dispersion, positions, rankings, distances, stream):
    """Draw each voter's ranking alone: fewer words than `draw_electorate` takes.

    Parameters are those of `draw_electorate`; ``distances``, of the shape of ``rankings``, is filled with squared
    distances by the spatial culture and left alone by the others.
    """
    if culture == SPATIAL:
        for k in range(positions.shape[0]):
            for dimension in range(positions.shape[1]):
                positions[k, dimension] = normal(stream)
    alpha = dispersion if culture == URN else 0.0
    if culture == ANONYMOUS:
        alpha = 1.0
        for k in range(2, rankings.shape[1] + 1):
            alpha /= k
    for i in range(rankings.shape[0]):
        if culture == SPATIAL:
            _rank_by_distance(positions, rankings, distances, i)
        elif culture == MALLOWS:
            _insert_repeatedly(dispersion, rankings, i, stream)
        elif culture == SINGLE_PEAKED:
            _peel_the_axis(rankings, i, stream)
        else:
            _draw_from_urn(alpha, rankings, i, stream)


@compiled
def _draw_from_urn(alpha, rankings, i, stream):
    """Copy an earlier voter with the probability of equation (1), or draw any ranking."""
    if alpha > 0.0 and i > 0:
        share = (uniform(stream) * (1.0 + i * alpha) - 1.0) / alpha
        if share >= 0.0:
            earlier = min(np.int64(share), i - 1)  # rounding may reach i
            for k in range(rankings.shape[1]):
                rankings[i, k] = rankings[earlier, k]
            return
    shuffle_row(rankings, i, stream)


@compiled
def shuffle_row(rankings, i, stream):
    """Draw row i uniformly from all rankings (Fisher and Yates), without bias.

    Up to twelve candidates take one draw: its 32 bits times 12, 11, ... give one index after the other, and what is
    left at the end tells whether the draw must be rejected ([BrackettRozinskyLemire2024]_, algorithm 4).
    """
    num_candidates = rankings.shape[1]
    for c in range(num_candidates):
        rankings[i, c] = c
    for c in range(num_candidates - 1, 11, -1):
        _swap(rankings, i, c, integer(stream, c + 1))
    batch = min(num_candidates, 12)
    product = np.uint64(1)
    for c in range(2, batch + 1):
        product *= np.uint64(c)
    bits = draw_word(stream) >> np.uint64(32)
    if _low_half(bits * product) < product:
        rejected = (np.uint64(0x100000000) - product) % product
        while _low_half(bits * product) < rejected:
            bits = draw_word(stream) >> np.uint64(32)
    for c in range(batch - 1, 0, -1):
        bits *= np.uint64(c + 1)
        _swap(rankings, i, c, np.int64(bits >> np.uint64(32)))
        bits = _low_half(bits)


@compiled
def _low_half(bits):
    return bits & np.uint64(0xFFFFFFFF)


@compiled
def _swap(rankings, i, j, k):
    rankings[i, j], rankings[i, k] = rankings[i, k], rankings[i, j]


@compiled
def _insert_repeatedly(phi, rankings, i, stream):
    """Insert one candidate after the other by equation (2)."""
    weight, total = 1.0, 0.0
    for c in range(rankings.shape[1]):
        total += weight
        weight *= phi
        left = uniform(stream) * total
        share, place = 1.0, c
        while place > 0 and left >= share:
            left -= share
            share *= phi
            rankings[i, place] = rankings[i, place - 1]
            place -= 1
        rankings[i, place] = c


@compiled
def _peel_the_axis(rankings, i, stream):
    """Give the last place, then the one before, to an end of what is left of the axis."""
    first, last = 0, rankings.shape[1] - 1
    bits = np.uint64(0)
    for place in range(rankings.shape[1] - 1, -1, -1):
        if (rankings.shape[1] - 1 - place) % 64 == 0:
            bits = draw_word(stream)
        if bits & np.uint64(1):
            rankings[i, place] = first
            first += 1
        else:
            rankings[i, place] = last
            last -= 1
        bits >>= np.uint64(1)


@compiled
def _rank_by_distance(positions, rankings, distances, i):
    """Sort the candidates by their squared distance from voter i, by insertion."""
    for c in range(rankings.shape[1]):
        square = 0.0
        for dimension in range(positions.shape[1]):
            gap = positions[i, dimension] - positions[rankings.shape[0] + c, dimension]
            square += gap * gap
        distances[i, c] = square
        place = c
        while place > 0 and distances[i, rankings[i, place - 1]] > square:
            rankings[i, place] = rankings[i, place - 1]
            place -= 1
        rankings[i, place] = c


@compiled
def _spread_utilities(rankings, utilities, i, stream):
    """Draw as many utilities from U(0, 1) as there are candidates; better ones get larger ones."""
    for k in range(rankings.shape[1]):
        utility = uniform(stream)
        place = k
        while place > 0 and utilities[i, rankings[i, place - 1]] < utility:
            utilities[i, rankings[i, place]] = utilities[i, rankings[i, place - 1]]
            place -= 1
        utilities[i, rankings[i, place]] = utility
