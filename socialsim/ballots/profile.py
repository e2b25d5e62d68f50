"""Profiles of ballots.

A ballot ranks candidates: every candidate has a position, 1 for the best; candidates of one position tie, and position
0 says that the ballot does not rank the candidate, who then stands below all whom it ranks. Equal ballots are kept
once, with the number of voters who cast them: an anonymous profile.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from socialsim.ballots.tallies import MAX_CANDIDATES
from socialsim.core.errors import ParameterError, unknown

MAX_VOTERS = 10**12  # sums of points over them stay far from the ends of the integers


@dataclass(frozen=True)
class Profile:
    """Ballots over named candidates.

    Parameters
    ----------
    ranks : array_like of int, shape (num_ballots, num_candidates)
        Position of each candidate on each ballot: 1 is the best, equal positions tie, 0 is not ranked.
    counts : array_like of int, shape (num_ballots,)
        Voters who cast each ballot, > 0.
    candidates : sequence of str
        Distinct names, 2 to 63.

    Raises
    ------
    ParameterError
        If there are no voters, a ballot ranks nobody, or shapes and names do not fit.

    Examples
    --------
    >>> profile = Profile.of(["Ada Ben Cyd".split(), "Ben Cyd Ada".split()], counts=[3, 2])
    >>> profile.num_voters, profile.candidates
    (5, ('Ada', 'Ben', 'Cyd'))
    >>> profile.rankings().tolist()
    [[0, 1, 2], [1, 2, 0]]
    >>> profile.margins().tolist()
    [[0, 1, 1], [-1, 0, 5], [-1, -5, 0]]
    """

    ranks: NDArray[np.int64]
    counts: NDArray[np.int64]
    candidates: tuple[str, ...]

    def __post_init__(self) -> None:
        """Copy the arrays, so that nobody changes them behind the profile, and refuse what is no profile."""
        ranks, counts, names = _whole(self.ranks, "ranks"), _whole(self.counts, "counts"), tuple(self.candidates)
        if not 2 <= len(names) <= MAX_CANDIDATES:
            raise ParameterError(f"candidates: {len(names)} are not accepted; accepted: 2 to {MAX_CANDIDATES}")
        if twice := sorted({name for name in names if names.count(name) > 1}):
            raise ParameterError(f"candidates: {twice[0]!r} is named twice; accepted: distinct names")
        if ranks.ndim != 2 or ranks.shape[1] != len(names) or counts.shape != ranks.shape[:1]:
            raise ParameterError(
                f"ranks: shape {ranks.shape} and counts {counts.shape} do not fit {len(names)} candidates; accepted: "
                "ranks (num_ballots, num_candidates) and counts (num_ballots,)"
            )
        if len(counts) == 0:
            raise ParameterError("ballots: there are none; accepted: at least one voter")
        for ballot, (row, count) in enumerate(zip(ranks, counts, strict=True), start=1):
            if not 1 <= count <= MAX_VOTERS:
                raise ParameterError(f"ballot {ballot}: {count} voters are not accepted; accepted: 1 to 10^12")
            if row.min() < 0 or row.max() == 0:
                raise ParameterError(
                    f"ballot {ballot}: ranks {row.tolist()} name nobody; accepted: positions 1, 2, ..."
                )
        for field, array in (("ranks", ranks), ("counts", counts)):
            array.flags.writeable = False
            object.__setattr__(self, field, array)
        object.__setattr__(self, "candidates", names)

    @classmethod
    def of(
        cls,
        rankings: Iterable[Sequence[str | int]],
        counts: ArrayLike | None = None,
        candidates: Sequence[str] | None = None,
    ) -> Profile:
        """Return a profile from lists of candidates, best first; who is left out is not ranked.

        Parameters
        ----------
        rankings : iterable of sequence of str or int
            Names, or numbers 0, 1, ... of candidates, in the order of ``candidates`` where that is given.
        counts : array_like of int, optional
            Voters who cast each; by default one.
        candidates : sequence of str, optional
            By default the names that occur, in sorted order, or the numbers from 0 to the largest that occurs.

        Raises
        ------
        ParameterError
            If a ballot ranks a candidate twice, names one who does not stand, or is empty.

        Examples
        --------
        >>> Profile.of([["Ada", "Bob"], ["Ada", "Ada"]])
        Traceback (most recent call last):
            ...
        socialsim.core.errors.ParameterError: ballot 2: 'Ada' is ranked twice; accepted: each candidate at most once
        """
        given = [list(ballot) for ballot in rankings]
        if candidates is None:
            items = {item for ballot in given for item in ballot}
            numbers = [int(item) for item in items if not isinstance(item, str)]
            candidates = [str(c) for c in range(max(numbers) + 1)] if numbers else sorted(map(str, items))
        names = tuple(candidates)
        ballots = [[_name(item, names) for item in ballot] for ballot in given]
        ranks = np.zeros((len(ballots), len(names)), np.int64)
        for number, ballot in enumerate(ballots, start=1):
            if not ballot:
                raise ParameterError(f"ballot {number}: it is empty; accepted: at least one candidate")
            for position, item in enumerate(ballot, start=1):
                if item not in names:
                    raise ParameterError(f"ballot {number}: {unknown('candidate', item, names)}")
                if ranks[number - 1, names.index(item)]:
                    raise ParameterError(
                        f"ballot {number}: {item!r} is ranked twice; accepted: each candidate at most once"
                    )
                ranks[number - 1, names.index(item)] = position
        return cls(ranks, np.ones(len(ballots), np.int64) if counts is None else np.asarray(counts), names)

    @property
    def num_voters(self) -> int:
        """Number of voters."""
        return int(self.counts.sum())

    @property
    def num_candidates(self) -> int:
        """Number of candidates."""
        return len(self.candidates)

    @property
    def is_complete(self) -> bool:
        """Whether every ballot ranks every candidate."""
        return bool((self.ranks > 0).all())

    @property
    def is_strict(self) -> bool:
        """Whether no ballot ranks two candidates alike."""
        ordered = np.sort(self.ranks, axis=1)
        return not bool(((ordered[:, 1:] == ordered[:, :-1]) & (ordered[:, 1:] > 0)).any())

    def rankings(self) -> NDArray[np.int64]:
        """Return the candidates from best to worst, -1 behind the last, shape (num_ballots, num_candidates).

        Raises
        ------
        ParameterError
            If a ballot ranks two candidates alike.
        """
        if not self.is_strict:
            raise ParameterError("ballots: some rank candidates alike; accepted: strict rankings")
        last = self.num_candidates + 1
        places = np.where(self.ranks > 0, self.ranks, last)
        order = np.argsort(places, axis=1, kind="stable")
        return np.where(np.take_along_axis(places, order, axis=1) < last, order, -1)

    def margins(self) -> NDArray[np.int64]:
        """Return how many more voters rank a above b than b above a, shape (num_candidates, num_candidates)."""
        places = np.where(self.ranks > 0, self.ranks, self.ranks.max() + 1)
        above = places[:, :, None] < places[:, None, :]
        prefer = np.einsum("v,vab->ab", self.counts, above.astype(np.int64))
        return np.asarray(prefer - prefer.T)


def _name(item: str | int, names: Sequence[str]) -> str:
    """Return the name that is meant by a name or by a number; a number that nobody has stays as it is."""
    if isinstance(item, str):
        return item
    return names[item] if 0 <= item < len(names) else str(int(item))


def _whole(values: ArrayLike, field: str) -> NDArray[np.int64]:
    numbers = np.asarray(values)
    if numbers.dtype.kind not in "iu" and not (numbers.size == 0 or (numbers == np.floor(numbers)).all()):
        raise ParameterError(f"{field}: {numbers.tolist()} are not accepted; accepted: whole numbers")
    return np.array(numbers, np.int64)
