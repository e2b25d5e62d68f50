"""Strategies of the iterated game as automata.

An automaton is in one of n states. In state s it cooperates with the chance p_s, and after a turn in which it did a and
the other did b it moves on to the state m(s, a, b). It starts in state 0. Every strategy that remembers finitely much
is one: a **memory-one** strategy has five states, the start and one for each outcome of the last turn ([Nowak1993]_).
A strategy that counts without end is one for as many turns as a match may last, its **horizon**.

An act that goes wrong with the chance epsilon (execution noise) turns p into

    p' = (1 - epsilon) p + epsilon (1 - p)                                                                          (1)

and both see what was done, not what was meant.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Hashable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from socialsim.core.errors import ParameterError

OUTCOMES = ("CC", "CD", "DC", "DD")  # of a turn, one's own act first
SWAPPED = (0, 2, 1, 3)  # the same outcomes as the other sees them
MOST_STATES = 1 << 16
COLUMNS = ("state", "cooperate", "after_cc", "after_cd", "after_dc", "after_dd")


class Automaton(NamedTuple):
    """A strategy with finitely many states, of which the first is the start.

    Examples
    --------
    >>> tit_for_tat = Automaton(np.array([1.0, 0.0]), np.array([[0, 1, 0, 1], [0, 1, 0, 1]]))
    >>> tit_for_tat.is_random(noise=0.0), tit_for_tat.is_random(noise=0.01)
    (False, True)
    """

    chances: NDArray[np.float64]  # (num_states,), to cooperate
    moves: NDArray[np.int64]  # (num_states, 4), next state after each of `OUTCOMES`
    horizon: int = 0  # turns for which it holds; 0: for ever

    def with_noise(self, noise: float) -> NDArray[np.float64]:
        """Return the chances to be seen to cooperate, equation (1)."""
        return (1.0 - noise) * self.chances + noise * (1.0 - self.chances)

    def is_random(self, noise: float) -> bool:
        """Say whether chance plays a part in what is done."""
        chances = self.with_noise(noise)
        return bool(((chances > 0.0) & (chances < 1.0)).any())


def unroll(
    start: Hashable,
    chance: Callable[[Any], float],
    move: Callable[[Any, str, str], Hashable],
    turns: int = 0,
) -> Automaton:
    """Return the automaton that does as a rule says: the smallest, unless it counts.

    Parameters
    ----------
    start : hashable
        What is remembered at first.
    chance : callable
        From what is remembered to the chance to cooperate.
    move : callable
        From what is remembered, one's own act and the other's ("C" or "D") to what is remembered next.
    turns : int
        Of the longest match, for a rule that may remember ever more; 0 if it does not.

    Raises
    ------
    ParameterError
        If there are more states than can be told apart by 16 bits.

    Examples
    --------
    >>> grim = unroll("calm", lambda mood: mood == "calm", lambda mood, own, other: mood if other == "C" else "angry")
    >>> grim.chances.tolist(), grim.moves.tolist()
    ([1.0, 0.0], [[0, 1, 0, 1], [1, 1, 1, 1]])
    """
    places: dict[Hashable, int] = {start: 0}
    layer, moves, depth, is_open = [start], [], 0, False
    while layer:
        depth += 1
        following = []
        for state in layer:
            after = [move(state, *outcome) for outcome in OUTCOMES]
            if turns and depth == turns:  # nobody asks what is remembered after the last turn
                is_open = is_open or any(state not in places for state in after)
                after = [state if state in places else start for state in after]
            for reached in after:
                if reached not in places:
                    places[reached] = len(places)
                    following.append(reached)
            moves.append([places[reached] for reached in after])
        if len(places) > (MOST_STATES if turns else 4 * MOST_STATES):
            raise _too_many()
        layer = following
    chances = np.array([chance(state) for state in places], float)
    if turns:  # a count has about as many states as turns, and merging would take as many rounds
        return Automaton(chances, np.array(moves, np.int64), turns if is_open else 0)
    return _merged(chances, np.array(moves, np.int64))


def _too_many() -> ParameterError:
    return ParameterError(f"a strategy has more than {MOST_STATES} states; accepted: fewer, or shorter matches")


def _merged(chances: NDArray[np.float64], moves: NDArray[np.int64]) -> Automaton:
    """Merge states that no play can tell apart (Moore's partition refinement); the start stays first."""
    _, kind = np.unique(chances, return_inverse=True)
    while True:
        looks = np.column_stack([kind, kind[moves]])
        _, first, refined = np.unique(looks, axis=0, return_index=True, return_inverse=True)
        refined = refined.ravel()
        if refined.max() == kind.max():
            break
        kind = refined
    order = np.argsort(first)  # by first appearance, so that the start is state 0
    rank = np.argsort(order)
    kept = first[order]
    if len(kept) > MOST_STATES:
        raise _too_many()
    return Automaton(chances[kept], rank[refined[moves[kept]]])


def memory_one(chances: ArrayLike, first: float = 1.0) -> Automaton:
    """Return the strategy that looks at the last turn alone.

    Parameters
    ----------
    chances : array_like, shape (4,)
        To cooperate after CC, CD, DC and DD, one's own act first.
    first : float
        Chance to cooperate in the first turn.

    Examples
    --------
    >>> memory_one([1, 0, 0, 1]).chances.tolist()  # win-stay, lose-shift
    [1.0, 0.0]
    """
    after = np.array([first, *np.asarray(chances, float).tolist()])
    if after.shape != (5,) or not ((after >= 0.0) & (after <= 1.0)).all():
        raise ParameterError(f"chances to cooperate: {after.tolist()} are not accepted; accepted: each in [0, 1]")
    return _merged(after, np.tile(np.arange(1, 5), (5, 1)))


def of_history(depth: int, chance: Callable[[str, str], float]) -> Automaton:
    """Return the strategy that looks at the last turns.

    Parameters
    ----------
    depth : int
        How many.
    chance : callable
        From one's own last acts and the other's, such as ("CD", "DD"), latest last and fewer at first, to the chance
        to cooperate.

    Examples
    --------
    >>> of_history(2, lambda mine, theirs: theirs != "DD").chances.tolist()  # tit for two tats
    [1.0, 1.0, 0.0]
    """
    return unroll(
        ("", ""),
        lambda seen: chance(*seen),
        lambda seen, own, other: ((seen[0] + own)[-depth:], (seen[1] + other)[-depth:]),
    )


def of_cycle(acts: str) -> Automaton:
    """Return the strategy that repeats given acts, whatever happens.

    Examples
    --------
    >>> of_cycle("CCD").chances.tolist()
    [1.0, 1.0, 0.0]
    """
    return unroll(0, lambda place: acts[place] == "C", lambda place, own, other: (place + 1) % len(acts))


def after_opening(opening: str, follow: Callable[[str], Automaton]) -> Automaton:
    """Return the strategy that opens with given acts and then follows another, which looks back on all that happened.

    Parameters
    ----------
    opening : str
        Acts, such as "DCC".
    follow : callable
        From what the other did meanwhile to the strategy followed from then on.

    Examples
    --------
    >>> after_opening("D", lambda theirs: memory_one([1, 0, 1, 0])).chances.tolist()  # suspicious tit for tat
    [0.0, 1.0]
    """
    followed: dict[str, Automaton] = {}

    def chance(state: Any) -> float:
        is_open, known, place = state
        return float(opening[len(known)] == "C") if is_open else float(followed[known].chances[place])

    def move(state: Any, own: str, other: str) -> Hashable:
        is_open, known, place = state
        if not is_open:
            return False, known, int(followed[known].moves[place, OUTCOMES.index(own + other)])
        history = (*known, own + other)
        if len(history) < len(opening):
            return True, history, 0
        theirs = "".join(outcome[1] for outcome in history)
        automaton = followed.setdefault(theirs, follow(theirs))
        for outcome in history:
            place = int(automaton.moves[place, OUTCOMES.index(outcome)])
        return False, theirs, place

    return unroll((True, (), 0), chance, move)


def read_automaton(path: str) -> Automaton:
    """Return the automaton in a CSV file: a line for each state, the start first.

    The columns are ``state``, its name; ``cooperate``, the chance to; and ``after_cc``, ``after_cd``, ``after_dc``,
    ``after_dd``, the state after each outcome, one's own act first.

    Raises
    ------
    ParameterError
        Naming the file, the line and the column.

    Examples
    --------
    >>> read_automaton("nowhere.csv")
    Traceback (most recent call last):
        ...
    socialsim.core.errors.ParameterError: file nowhere.csv: No such file or directory; accepted: a CSV file with the
    columns state, cooperate, after_cc, after_cd, after_dc, after_dd
    """
    named = f"file {Path(path).as_posix()}"
    try:
        with Path(path).open(newline="", encoding="utf-8-sig") as file:
            lines = csv.reader(file)
            header = [name.strip() for name in next(lines, [])]
            rows = [(lines.line_num, [cell.strip() for cell in row]) for row in lines if any(map(str.strip, row))]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ParameterError(f"{named}: {reason}; accepted: a CSV file with the columns {', '.join(COLUMNS)}") from None
    if sorted(header) != sorted(COLUMNS):
        shown = ", ".join(header) or "none"
        raise ParameterError(f"{named}, line 1: columns {shown}; accepted: {', '.join(COLUMNS)}")
    if not 0 < len(rows) <= MOST_STATES:
        raise ParameterError(f"{named}: {len(rows)} states; accepted: 1 to {MOST_STATES}, one a line")
    for line, row in rows:
        if len(row) != len(header):
            raise ParameterError(f"{named}, line {line}: {len(row)} fields; accepted: {len(header)}")
    states = [dict(zip(header, row, strict=True)) for _, row in rows]
    places: dict[str, int] = {}
    for (line, _), state in zip(rows, states, strict=True):
        if state["state"] in places:
            raise ParameterError(f"{named}, line {line}, column state: {state['state']!r} is there twice")
        places[state["state"]] = len(places)
    chances, moves = [], []
    for (line, _), state in zip(rows, states, strict=True):
        chances.append(_read_chance(state["cooperate"], f"{named}, line {line}, column cooperate"))
        for column in COLUMNS[2:]:
            if state[column] not in places:
                raise ParameterError(
                    f"{named}, line {line}, column {column}: {state[column]!r} is not accepted; accepted: a state of "
                    f"the column state, such as {next(iter(places))!r}"
                )
        moves.append([places[state[column]] for column in COLUMNS[2:]])
    return Automaton(np.array(chances), np.array(moves, np.int64))


def _read_chance(text: str, where: str) -> float:
    """Return a chance, or say where it is none."""
    try:
        chance = float(text)
    except ValueError:
        chance = math.nan
    if not 0.0 <= chance <= 1.0:
        raise ParameterError(f"{where}: {text!r} is not accepted; accepted: a chance in [0, 1]")
    return chance
