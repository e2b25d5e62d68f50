"""Who votes: an electorate that a culture draws, or the voters of a ballot file.

From a file of complete strict rankings comes, where the electorate has as many voters as the file, each voter once in
the file's order; else voters drawn from the file with replacement. Rankings alone say nothing of strengths: a voter's
k-th best candidate of m, k = 0, 1, ..., is then worth (m - 1 - k) / (m - 1).

What society thinks of a candidate c is its total utility U_c. The **utilitarian efficiency** of electing w is what it
gains over a candidate drawn by lot, as a share of what could be gained, summed over electorates before it is divided
([Merrill1984]_, efficiency for social utility):

    sum (U_w - mean_c U_c) / sum (max_c U_c - mean_c U_c)

Of a ballot file it is undefined: by the points above U_c is the Borda count, which its winner maximises by definition.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.ballots.cultures import CULTURES, SPATIAL, culture_code, draw_electorate
from socialsim.core.compiled import compiled
from socialsim.core.errors import ParameterError
from socialsim.core.streams import integer

FILE = len(CULTURES)


class Source(NamedTuple):
    """Where voters come from."""

    code: int  # of `CULTURES`, or FILE
    dispersion: float
    ballots: NDArray[np.int64]  # (num_ballots, 1 + num_candidates), of the file: how many voters up to and with this
    # ballot, and the candidates, best first; else empty


def source(culture: str, dispersion: float, path: str, num_candidates: int) -> Source:
    """Return where voters come from, after checking it.

    Parameters
    ----------
    culture : str
        A key of `CULTURES`, or ``"file"``.
    dispersion : float
        Of the Mallows and the urn culture; without meaning elsewhere.
    path : str
        The ballot file, if that is the source.
    num_candidates : int
        How many the file must name.

    Raises
    ------
    ParameterError
        If the culture is unknown, its dispersion out of range, or the file is missing, not readable, incomplete or
        about another number of candidates.

    Examples
    --------
    >>> source("mallows", 0.5, "", 3).code
    2
    >>> source("file", 0.0, "", 3)
    Traceback (most recent call last):
        ...
    socialsim.core.errors.ParameterError: ballots: '' is not accepted with culture file; accepted: the path of a file
    """
    if culture != "file":
        if path:
            raise ParameterError(f"ballots: {path!r} is not read with culture {culture}; accepted: culture file")
        code = culture_code(culture, dispersion if culture in ("mallows", "urn") else None)
        return Source(code, dispersion, np.zeros((0, 1 + num_candidates), np.int64))
    if not path:
        raise ParameterError("ballots: '' is not accepted with culture file; accepted: the path of a file")
    from socialsim.ballots.files import read_ballots  # may load preflibtools

    profile = read_ballots(Path(path))
    if not (profile.is_strict and profile.is_complete):
        raise ParameterError(
            f"ballots: {path}: some leave candidates out or rank them alike; accepted: complete rankings"
        )
    if profile.num_candidates != num_candidates:
        raise ParameterError(
            f"num_candidates: {num_candidates} is not accepted; accepted: {profile.num_candidates}, as in {path}"
        )
    return Source(FILE, dispersion, np.column_stack([np.cumsum(profile.counts), profile.rankings()]))


def utility_range(code: int) -> tuple[float, float] | None:
    """Return between which ends utilities lie, None where there are none.

    Examples
    --------
    >>> utility_range(CULTURES["spatial"]), utility_range(CULTURES["urn"])
    (None, (0.0, 1.0))
    """
    return None if code == SPATIAL else (0.0, 1.0)


@compiled
def gather(code, dispersion, ballots, positions, rankings, utilities, stream):
    """Fill ``rankings`` and ``utilities`` with an electorate: from ``ballots`` as `Source` has them, or as
    `socialsim.ballots.cultures.draw_electorate` does.
    """
    if code != FILE:
        draw_electorate(code, dispersion, positions, rankings, utilities, stream)
        return
    m = rankings.shape[1]
    everyone = ballots[ballots.shape[0] - 1, 0]
    for i in range(rankings.shape[0]):
        voter = i if rankings.shape[0] == everyone else integer(stream, everyone)
        b = 0
        while ballots[b, 0] <= voter:
            b += 1
        for k in range(m):
            rankings[i, k] = ballots[b, 1 + k]
            utilities[i, rankings[i, k]] = (m - 1.0 - k) / (m - 1.0)


def condorcet_winners(rankings: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the candidate that beats every other by a majority, -1 where there is none.

    Parameters
    ----------
    rankings : ndarray of int, shape (num_runs, num_voters, num_candidates)
        Candidates, best first.

    Returns
    -------
    ndarray of int, shape (num_runs,)

    Examples
    --------
    >>> cycle, agreed = [[0, 1, 2], [1, 2, 0], [2, 0, 1]], [[0, 1, 2], [1, 2, 0], [1, 0, 2]]
    >>> condorcet_winners(np.array([cycle, agreed])).tolist()
    [-1, 1]
    """
    places = np.argsort(rankings, axis=2)
    num_runs, num_voters, m = rankings.shape
    beats_all = np.ones((num_runs, m), np.bool_)
    for a in range(m):
        for b in range(m):
            if a != b:
                beats_all[:, a] &= 2 * (places[:, :, a] < places[:, :, b]).sum(axis=1) > num_voters
    return np.where(beats_all.any(axis=1), beats_all.argmax(axis=1), -1)


def welfare_gains(
    utilities: NDArray[np.float64], chances: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return what a lottery over candidates gains over a candidate drawn by lot, and the most that could be gained.

    Parameters
    ----------
    utilities : ndarray, shape (num_runs, num_voters, num_candidates)
        Of each candidate to each voter.
    chances : ndarray, shape (num_runs, num_candidates)
        Of each candidate to be elected, of sum 1.

    Returns
    -------
    gained, possible : ndarray, shape (num_runs,)
        In sums of utilities; the ratio of their sums over runs is the utilitarian efficiency.

    Examples
    --------
    >>> gained, possible = welfare_gains(np.array([[[1.0, 0.5, 0.0]]]), np.array([[0.5, 0.5, 0.0]]))
    >>> gained.tolist(), possible.tolist()
    ([0.25], [0.5])
    """
    totals = utilities.sum(axis=1)
    average = totals.mean(axis=1)
    return (totals * chances).sum(axis=1) - average, totals.max(axis=1) - average


@compiled
def effective_number(votes):
    """Return the effective number of parties, 1 / sum of squared shares ([Laakso1979]_); 0 without votes.

    Examples
    --------
    >>> float(effective_number(np.array([2, 2, 0])))
    2.0
    """
    total, squares = 0.0, 0.0
    for c in range(votes.shape[0]):
        total += votes[c]
        squares += np.float64(votes[c]) * votes[c]
    return total * total / squares if squares > 0.0 else 0.0
