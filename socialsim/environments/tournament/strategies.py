"""Strategies of the iterated prisoner's dilemma by name.

A strategy is named by a spec string: a name of the library, perhaps with parameters (``joss:cooperation=0.8``), a
vector (``memory_one:cc=1,cd=0.25,dc=1,dd=0.25,first=1``), a file (``automaton:file="mine.csv"``, see
`socialsim.environments.tournament.automata.read_automaton`), or a player of the library Axelrod where it is installed
(``axelrod:TitForTat``, see `socialsim.environments.tournament.axelrod_library`). Where authors differ the definitions
are those of the program PRISON ([Beaufils1997]_), except hard_tit_for_tat, which looks back three turns.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import lru_cache
from typing import Any

from socialsim.core.errors import ParameterError, unknown
from socialsim.core.spec import parse_spec
from socialsim.environments.tournament import zero_determinant as zd
from socialsim.environments.tournament.automata import (
    Automaton,
    after_opening,
    memory_one,
    of_cycle,
    of_history,
    read_automaton,
    unroll,
)
from socialsim.environments.tournament.axelrod_library import library_strategy
from socialsim.environments.tournament.zero_determinant import Game

LONGEST_PERIOD = 10  # that calculator looks for
CALCULATED = 20  # turns after which it looks
DEEPEST = 8  # turns that a history may be long

# --- Memory one --------------------------------------------------------------------------------------------------


def cooperator() -> Automaton:
    """Always cooperates."""
    return memory_one([1, 1, 1, 1])


def defector() -> Automaton:
    """Always defects."""
    return memory_one([0, 0, 0, 0], first=0)


def random(cooperation: float = 0.5) -> Automaton:
    """Cooperates with a chance."""
    return memory_one([cooperation] * 4, first=cooperation)


def tit_for_tat() -> Automaton:
    """Cooperates, then does what the other did last."""
    return memory_one([1, 0, 1, 0])


def suspicious_tit_for_tat() -> Automaton:
    """Defects, then does what the other did last."""
    return memory_one([1, 0, 1, 0], first=0)


def anti_tit_for_tat() -> Automaton:
    """Cooperates, then does the opposite of what the other did last."""
    return memory_one([0, 1, 0, 1])


def bully() -> Automaton:
    """Defects, then does the opposite of what the other did last."""
    return memory_one([0, 1, 0, 1], first=0)


def generous_tit_for_tat(game: Game, generosity: float | None = None) -> Automaton:
    """Tit for tat that forgives a defection with a chance, by default the largest that no defector can exploit,
    min(1 - (T - R) / (R - S), (R - P) / (T - P)) ([Nowak1993]_).
    """
    if generosity is None:
        reward, sucker, temptation, punishment = game
        if not (temptation > punishment and reward >= punishment and reward > sucker):
            raise ParameterError("generosity is missing; accepted: a chance, or payoffs with T > P, R >= P and R > S")
        generosity = min(
            1.0 - (temptation - reward) / (reward - sucker), (reward - punishment) / (temptation - punishment)
        )
        generosity = max(generosity, 0.0)  # 2 R < T + S: none is safe
    return memory_one([1, generosity, 1, generosity])


def win_stay_lose_shift() -> Automaton:
    """Cooperates, then if and only if both did the same ("pavlov")."""
    return memory_one([1, 0, 0, 1])


def grim() -> Automaton:
    """Cooperates until the other defects, then never again."""
    return unroll("calm", lambda mood: mood == "calm", lambda mood, own, other: mood if other == "C" else "angry")


def joss(cooperation: float = 0.9) -> Automaton:
    """Tit for tat that answers cooperation with cooperation only with a chance."""
    return memory_one([cooperation, 0, cooperation, 0])


def soft_joss(cooperation: float = 0.1) -> Automaton:
    """Tit for tat that answers a defection with cooperation with a chance."""
    return memory_one([1, cooperation, 1, cooperation])


def firm_but_fair() -> Automaton:
    """Cooperates, unless it was exploited; after mutual defection with the chance 2/3 ([Frean1994]_)."""
    return memory_one([1, 0, 1, 2 / 3])


def extort_2(game: Game) -> Automaton:
    """Extortionate with chi = 2 and phi = 1/18 ([Stewart2012]_)."""
    return memory_one(zd.extortionate(2.0, 1 / 18, game))


def zdgtft_2(game: Game) -> Automaton:
    """Generous with chi = 2 and phi = 1/8 ([Stewart2012]_)."""
    return memory_one(zd.generous(2.0, 1 / 8, game))


def extortionate(game: Game, chi: float, phi: float | None = None, first: float = 1.0) -> Automaton:
    """Gets chi times as much as the other above P, in the long run."""
    return memory_one(zd.extortionate(chi, phi, game), first)


def generous(game: Game, chi: float, phi: float | None = None, first: float = 1.0) -> Automaton:
    """Bears chi times the other's loss below R, in the long run."""
    return memory_one(zd.generous(chi, phi, game), first)


def equaliser(game: Game, score: float, phi: float | None = None, first: float = 1.0) -> Automaton:
    """Sets the other's score, in the long run."""
    return memory_one(zd.equaliser(score, phi, game), first)


# --- The last turns --------------------------------------------------------------------------------------------------


def tit_for_two_tats() -> Automaton:
    """Defects after two defections in a row."""
    return of_history(2, lambda mine, theirs: theirs != "DD")


def two_tits_for_tat() -> Automaton:
    """Defects twice after each defection."""
    return of_history(2, lambda mine, theirs: "D" not in theirs)


def hard_tit_for_tat(depth: int = 3) -> Automaton:
    """Cooperates unless the other defected in one of the last turns."""
    if not 1 <= depth <= DEEPEST:
        raise ParameterError(f"depth: {depth} is not accepted; accepted: an integer, >= 1, <= {DEEPEST}")
    return of_history(depth, lambda mine, theirs: "D" not in theirs)


def hard_tit_for_two_tats() -> Automaton:
    """Cooperates unless the other defected twice in a row within the last three turns."""
    return of_history(3, lambda mine, theirs: "DD" not in theirs)


def slow_tit_for_tat() -> Automaton:
    """Cooperates twice, and changes to what the other did once it has done it twice in a row."""

    def chance(mine: str, theirs: str) -> float:
        return 1.0 if len(theirs) < 2 else {"CC": 1.0, "DD": 0.0}.get(theirs, float(mine[-1] == "C"))

    return of_history(2, chance)


def alternator() -> Automaton:
    """Cooperates and defects in turns."""
    return cycler("CD")


def cycler(acts: str) -> Automaton:
    """Repeats given acts, such as "CCD", whatever the other does."""
    if not acts or set(acts) - {"C", "D"}:
        raise ParameterError(f"acts: {acts!r} is not accepted; accepted: letters C and D, such as 'CCD'")
    return of_cycle(acts)


def contrite_tit_for_tat() -> Automaton:
    """Tit for tat that bears the answer to its own mistakes ([Boyd1989]_): it defects if the other is in bad standing
    and it is not. Who defects without that reason is in bad standing until the next cooperation.
    """

    def move(good: tuple[bool, bool], own: str, other: str) -> tuple[bool, bool]:
        mine, theirs = good
        return own == "C" or (mine and not theirs), other == "C" or (theirs and not mine)

    return unroll((True, True), lambda good: not (good[0] and not good[1]), move)


# --- Openings ----------------------------------------------------------------------------------------------------


def prober() -> Automaton:
    """Opens with DCC; defects for ever if the other cooperated in turns 2 and 3, else tit for tat."""
    return after_opening("DCC", lambda theirs: defector() if theirs[1:] == "CC" else tit_for_tat())


def prober_2() -> Automaton:
    """Opens with DCC; cooperates for ever if the other did DC in turns 2 and 3, else tit for tat."""
    return after_opening("DCC", lambda theirs: cooperator() if theirs[1:] == "DC" else tit_for_tat())


def prober_3() -> Automaton:
    """Opens with DC; defects for ever if the other cooperated in turn 2, else tit for tat."""
    return after_opening("DC", lambda theirs: defector() if theirs[1:] == "C" else tit_for_tat())


def hard_prober() -> Automaton:
    """Opens with DDCC; defects for ever if the other cooperated in turns 2 and 3, else tit for tat."""
    return after_opening("DDCC", lambda theirs: defector() if theirs[1:3] == "CC" else tit_for_tat())


def calculator() -> Automaton:
    """Plays joss for 20 turns; then, if what the other did was periodic (at most 10 long), defects for ever, else tit
    for tat.
    """

    def chance(seen: Any) -> float:
        phase, known = seen
        if phase == "joss":
            return 1.0 if not known else 0.9 * (known[-1] == "C")
        if phase == "spoilt":  # not periodic, so that the number of turns and the last one are enough
            return 0.9 * (known[1] == "C")
        return float(phase == "tit for tat" and known == "C")

    def move(seen: Any, own: str, other: str) -> Any:
        phase, known = seen
        if phase in ("defect", "tit for tat"):
            return phase, "" if phase == "defect" else other
        if phase == "spoilt":
            num_turns = known[0] + 1
            return ("tit for tat", other) if num_turns == CALCULATED else ("spoilt", (num_turns, other))
        theirs = known + other
        is_periodic = any(theirs[period:] == theirs[:-period] for period in range(1, LONGEST_PERIOD + 1))
        if len(theirs) == CALCULATED:
            return ("defect", "") if is_periodic else ("tit for tat", other)
        return ("joss", theirs) if is_periodic else ("spoilt", (len(theirs), other))

    return unroll(("joss", ""), chance, move)


# --- Counting ----------------------------------------------------------------------------------------------------


def hard_majority(turns: int) -> Automaton:
    """Cooperates if the other has cooperated more often than defected; defects at first."""
    return _majority(lambda lead: lead > 0, turns)


def soft_majority(turns: int) -> Automaton:
    """Cooperates unless the other has defected more often than cooperated."""
    return _majority(lambda lead: lead >= 0, turns)


def _majority(chance: Callable[[int], float], turns: int) -> Automaton:
    most = turns // 2  # more cannot be made up for in the turns left

    def move(lead: int, own: str, other: str) -> int:
        return min(lead + 1, most) if other == "C" else max(lead - 1, -most)

    return unroll(0, chance, move, turns)._replace(horizon=turns)


def gradual(turns: int) -> Automaton:
    """Answers the n-th defection that it did not expect with n defections and then two cooperations
    ([Beaufils1997]_).
    """

    def move(seen: tuple[int, int], own: str, other: str) -> tuple[int, int]:
        num_answered, left = seen  # left: acts of the answer under way, the last two of which are cooperations
        if left > 1:
            return num_answered, left - 1
        return (num_answered + 1, num_answered + 3) if other == "D" else (num_answered, 0)

    return unroll((0, 0), lambda seen: seen[1] <= 2, move, turns)


LIBRARY: dict[str, Callable[..., Automaton]] = {
    rule.__name__: rule
    for rule in (
        *(cooperator, defector, random, tit_for_tat, suspicious_tit_for_tat, anti_tit_for_tat, bully),
        *(generous_tit_for_tat, win_stay_lose_shift, grim, joss, soft_joss, firm_but_fair),
        *(extort_2, zdgtft_2, extortionate, generous, equaliser),
        *(tit_for_two_tats, two_tits_for_tat, hard_tit_for_tat, hard_tit_for_two_tats, slow_tit_for_tat),
        *(alternator, cycler, contrite_tit_for_tat, prober, prober_2, prober_3, hard_prober, calculator),
        *(hard_majority, soft_majority, gradual),
    )
}

STEWART_PLOTKIN = (
    *("zdgtft_2", "generous_tit_for_tat", "tit_for_two_tats", "tit_for_tat", "hard_prober", "hard_tit_for_two_tats"),
    *("win_stay_lose_shift", "random", "prober_2", "grim", "cooperator", "hard_tit_for_tat", "hard_majority"),
    *("calculator", "prober", "joss", "prober_3", "extort_2", "defector"),
)
"""The nineteen of [Stewart2012]_."""


def strategy(spec: str, game: Game | None = None, turns: int = 200) -> Automaton:
    """Return the automaton that a spec string names.

    Parameters
    ----------
    spec : str
        Such as "tit_for_tat", "random:cooperation=0.3", "memory_one:cc=1,cd=0,dc=1,dd=0,first=1", "cycler:acts=CCD",
        "extortionate:chi=3", 'automaton:file="mine.csv"' or "axelrod:TitForTat".
    game : Game, optional
        By which some strategies go; by default (3, 0, 5, 1).
    turns : int
        Of the longest match, for those that count.

    Raises
    ------
    ParameterError
        If there is no such strategy, or it does not accept a parameter.
    MissingExtraError
        If a player of the library Axelrod is asked for, which is not installed.

    Examples
    --------
    >>> strategy("win_stay_lose_shift").moves.tolist()  # of the states "same" and "different"
    [[0, 1, 1, 0], [0, 1, 1, 0]]
    >>> strategy("tit_for_tit")
    Traceback (most recent call last):
        ...
    socialsim.core.errors.ParameterError: unknown strategy 'tit_for_tit'; did you mean 'tit_for_tat'? Accepted: ...
    """
    is_file = spec.strip().startswith("automaton:")  # which may have changed since it was read
    return (_strategy.__wrapped__ if is_file else _strategy)(spec, game or Game(), turns)


@lru_cache(maxsize=512)
def _strategy(spec: str, game: Game, turns: int) -> Automaton:
    source, _, player = spec.strip().partition(":")
    if source == "axelrod":
        return library_strategy(player.strip(), game)
    name, values = parse_spec(spec)
    rules: dict[str, Callable[..., Automaton]] = {**LIBRARY, "memory_one": _vector, "automaton": _file}
    if name not in rules:
        raise ParameterError(unknown("strategy", name, rules))
    wanted = inspect.signature(rules[name]).parameters
    context = {"game": game, "turns": turns}
    free = {key: item for key, item in wanted.items() if key not in context}
    for key, value in values.items():
        if key not in free:
            raise ParameterError(f"strategy {name}: {unknown('parameter', key, free)}")
        kind = str if key in ("acts", "file") else int if key == "depth" else (int, float)
        if isinstance(value, bool) or not isinstance(value, kind):
            raise ParameterError(f"strategy {name}: {key}: {value!r} is not accepted; accepted: {_KINDS[kind]}")
    if lacking := [key for key, item in free.items() if item.default is item.empty and key not in values]:
        raise ParameterError(f"strategy {name}: {lacking[0]} is missing; accepted: {name}:{lacking[0]}=VALUE")
    try:
        return rules[name](**{key: context[key] for key in wanted if key in context}, **values)
    except ParameterError as error:
        raise ParameterError(f"strategy {name}: {error}") from None


_KINDS: dict[Any, str] = {str: "a text", int: "an integer", (int, float): "a number"}


def _vector(cc: float, cd: float, dc: float, dd: float, first: float = 1.0) -> Automaton:
    return memory_one([cc, cd, dc, dd], first)


def _file(file: str) -> Automaton:
    return read_automaton(file)
