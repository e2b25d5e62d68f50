"""Strategies of the library Axelrod ([Knight2016]_) as automata.

Four kinds of its players become automata that do the same after every history, mistakes included:

- those of **memory one** (and none: Random), by their four chances and their first act;
- **finite state machines**, by their transitions;
- **cyclers**, by the acts that they repeat;
- those **without chance who remember at most five turns**: each is asked what it does after every history of at most as
  many turns as it remembers, and its answers are compared with its own acts in longer random histories, for some
  remember more than they say once an act went wrong.

Others, with chance and a longer memory or with a memory without bound, are refused.
"""

from __future__ import annotations

import math
import random
from typing import Any

from socialsim.core.errors import ParameterError, unknown
from socialsim.core.extras import require
from socialsim.environments.tournament.automata import (
    OUTCOMES,
    Automaton,
    memory_one,
    of_cycle,
    of_history,
    unroll,
)
from socialsim.environments.tournament.zero_determinant import Game

DEEPEST = 5  # turns: 1365 histories
NUM_CHECKS, LONG = 40, 40  # random histories, and their turns
ACCEPTED = (
    "players of memory one, finite state machines, cyclers, and players without chance who remember at most "
    f"{DEEPEST} turns"
)


def library_strategy(name: str, game: Game) -> Automaton:
    """Return the automaton of a player of the library Axelrod.

    Parameters
    ----------
    name : str
        Of its class, such as "TitForTat".
    game : Game
        By which some players go.

    Raises
    ------
    MissingExtraError
        If Axelrod is not installed.
    ParameterError
        If it has no such player, or one of another kind.
    """
    library = require("axelrod", "axelrod")
    players = {player.__name__: player for player in library.all_strategies}
    if name not in players:
        raise ParameterError(unknown("strategy of the library Axelrod", name, players))
    rules = library.Game(r=game.reward, s=game.sucker, t=game.temptation, p=game.punishment)
    try:
        return _converted(library, players[name], rules)
    except (ValueError, ZeroDivisionError) as error:
        if isinstance(error, ParameterError):
            raise ParameterError(f"strategy axelrod:{name}: {error}") from None
        payoffs = ", ".join(f"{payoff:g}" for payoff in game)
        raise ParameterError(
            f"strategy axelrod:{name} does not exist with the payoffs (R, S, T, P) = ({payoffs}); accepted: those of "
            "a prisoner's dilemma for which its chances lie in [0, 1]"
        ) from None


def _converted(library: Any, kind: Any, rules: Any) -> Automaton:
    """Return the automaton of a class of players."""
    player = _player(kind, rules)
    if kind.strategy is library.MemoryOnePlayer.strategy:
        outcomes = [tuple(library.Action[act] for act in outcome) for outcome in OUTCOMES]
        chances = [float(player._four_vector[outcome]) for outcome in outcomes]
        return memory_one(chances, float(player._initial == library.Action.C))
    if kind.strategy is library.Random.strategy:
        return memory_one([player.p] * 4, player.p)
    if kind.strategy is library.FSMPlayer.strategy:
        return _machine(library, player)
    if kind.strategy is library.Cycler.strategy:
        return of_cycle(player.cycle)
    depth = player.classifier["memory_depth"]
    if player.classifier["stochastic"]:
        raise ParameterError(f"it acts by chance, and not by four chances and a first act; accepted: {ACCEPTED}")
    if depth > DEEPEST:
        memory = f"of {depth} turns" if math.isfinite(depth) else "without bound"
        raise ParameterError(f"it has a memory {memory}; accepted: {ACCEPTED}")
    return _of_answers(library, kind, rules, depth)


def _player(kind: Any, rules: Any) -> Any:
    """Return a new player at the start of a match of unknown length."""
    player = kind()
    player.set_match_attributes(length=-1, game=rules)
    return player


def _machine(library: Any, player: Any) -> Automaton:
    """Return the automaton of a machine: its next state and act depend on its state and on what the other did."""
    after = player.fsm.state_transitions
    return unroll(
        (player.initial_state, player.initial_action),
        lambda seen: float(seen[1] == library.Action.C),
        lambda seen, own, other: after[seen[0], library.Action[other]],
    )


def _of_answers(library: Any, kind: Any, rules: Any, depth: int) -> Automaton:
    """Return the automaton that does what a player does after each history of some depth."""

    def chance(mine: str, theirs: str) -> float:
        return float(answers(library, kind, rules, mine, theirs)[-1] == "C")

    # memory 0 is asked about one turn: a slice [-0:] would keep all
    automaton = of_history(max(depth, 1), chance)
    source = random.Random(0)
    for _ in range(NUM_CHECKS):
        mine, theirs = ("".join(source.choices("CD", k=LONG)) for _ in range(2))
        place, done = 0, ""
        for own, other in zip(mine, theirs, strict=True):
            done += "C" if automaton.chances[place] else "D"
            place = int(automaton.moves[place, OUTCOMES.index(own + other)])
        if answers(library, kind, rules, mine, theirs)[:-1] != done:
            raise ParameterError(
                f"after a mistake it remembers more than the {depth} turns that it says; accepted: {ACCEPTED}"
            )
    return automaton


def answers(library: Any, kind: Any, rules: Any, mine: str, theirs: str) -> str:
    """Return what a player means to do in each turn of a history of acts done, and after it."""
    player, opponent, meant = _player(kind, rules), library.MockPlayer(), ""
    for own, other in zip(mine, theirs, strict=True):
        meant += player.strategy(opponent).name
        player.update_history(library.Action[own], library.Action[other])
        opponent.update_history(library.Action[other], library.Action[own])
    return meant + str(player.strategy(opponent).name)
