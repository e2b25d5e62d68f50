"""What two strategies get from each other, exactly.

Two automata that meet are one Markov chain on pairs of their states. In the pair (s, t), with p and q the chances that
the first and the second are seen to cooperate, the outcomes CC, CD, DC and DD have the chances

    p q,    p (1 - q),    (1 - p) q,    (1 - p) (1 - q)                                                            (1)

and each leads to one pair. With the distribution pi_t over pairs before turn t, and the chance w to play on after each
of at most T turns, the expected share of each outcome is

    x = sum_{t < T} w^t pi_t G / sum_{t < T} w^t,    pi_{t+1} = pi_t M,                                            (2)

with G the chances (1) and M the chain: one product of a sparse matrix and a vector a turn, no sampling. In the long run
the share is the sum over the closed classes of pairs of the chance to end in one, times the stationary shares within it
(for periodic classes too, as a mean over time). A player gets x . (R, S, T, P) a turn.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array, eye_array
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import spsolve

from socialsim.core.errors import ParameterError
from socialsim.environments.tournament.automata import SWAPPED, Automaton
from socialsim.environments.tournament.strategies import strategy
from socialsim.environments.tournament.zero_determinant import Game

Vector = NDArray[np.float64]
MANY_PAIRS = 100_000  # that are not kept all at once
MOST_PAIRS = 2_000_000  # of a long run


class Chain(NamedTuple):
    """Two strategies that meet, as a Markov chain on the pairs that they can come to; the first is the start."""

    transitions: csr_array  # (num_pairs, num_pairs)
    outcomes: Vector  # (num_pairs, 4), chances (1)


def joint_chain(first: Automaton, second: Automaton, noise: float = 0.0, turns: int = 0) -> Chain:
    """Return the chain of two automata, on the pairs that they can come to within some turns (0: ever).

    Examples
    --------
    >>> tit_for_tat, suspicious = strategy("tit_for_tat"), strategy("suspicious_tit_for_tat")
    >>> joint_chain(tit_for_tat, suspicious).outcomes.tolist()  # they alternate
    [[0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]]
    """
    p, q = first.with_noise(noise), second.with_noise(noise)
    seen = frontier = np.zeros(1, np.int64)
    depth = 0
    while frontier.size and not 0 < turns <= depth + 1:
        following, chances = _step(first, second, p, q, frontier)
        frontier = np.setdiff1d(following[chances > 0.0], seen)
        seen, depth = np.union1d(seen, frontier), depth + 1
        if len(seen) > MOST_PAIRS:
            raise ParameterError(f"two strategies can come to more than {MOST_PAIRS} pairs of states; accepted: fewer")
    following, chances = _step(first, second, p, q, seen)
    targets = np.searchsorted(seen, following).clip(max=len(seen) - 1)
    is_move = (chances > 0.0) & (seen[targets] == following)  # the rest comes after the last turn
    rows = np.broadcast_to(np.arange(len(seen))[:, None], is_move.shape)
    shape = (len(seen), len(seen))
    return Chain(csr_array((chances[is_move], (rows[is_move], targets[is_move])), shape=shape), chances)


def _step(
    first: Automaton, second: Automaton, p: Vector, q: Vector, pairs: NDArray[np.int64]
) -> tuple[NDArray[np.int64], Vector]:
    """Return where each pair goes after each outcome, and the chances (1), both of shape (num_pairs, 4)."""
    s, t = np.divmod(pairs, len(second.chances))
    following = first.moves[s] * len(second.chances) + second.moves[t][:, SWAPPED]
    a, b = p[s], q[t]
    return following, np.stack([a * b, a * (1.0 - b), (1.0 - a) * b, (1.0 - a) * (1.0 - b)], axis=1)


def outcome_shares(
    first: Automaton, second: Automaton, turns: int = 200, noise: float = 0.0, ending: float = 0.0
) -> Vector:
    """Return the expected shares of CC, CD, DC and DD in a match, equation (2).

    Parameters
    ----------
    first, second : Automaton
        The players; the first one's act comes first.
    turns : int
        The most, >= 1.
    noise : float
        Chance that an act goes wrong.
    ending : float
        Chance that the match ends after a turn, in [0, 1).

    Examples
    --------
    >>> tit_for_tat, random = strategy("tit_for_tat"), strategy("random")
    >>> outcome_shares(tit_for_tat, random, turns=10).tolist()
    [0.275, 0.275, 0.225, 0.225]
    """
    _check(first, second, noise)
    if turns < 1:
        raise ParameterError(f"turns: {turns} is not accepted; accepted: an integer, >= 1")
    if not 0.0 <= ending < 1.0:
        raise ParameterError(f"ending: {ending} is not accepted; accepted: a chance, >= 0, < 1")
    for player in (first, second):
        if 0 < player.horizon < turns:
            raise ParameterError(f"turns: {turns} is not accepted; accepted: at most {player.horizon} with a strategy")
    if len(first.chances) * len(second.chances) > MANY_PAIRS:
        return _walk(first, second, turns, noise, ending)
    chain = joint_chain(first, second, noise, turns)
    backwards = csr_array(chain.transitions.T)
    present = np.zeros(len(chain.outcomes))
    present[0] = 1.0
    occupied = np.zeros_like(present)
    for turn in range(turns):
        occupied += (1.0 - ending) ** turn * present
        present = backwards @ present
    return np.asarray(occupied @ chain.outcomes / occupied.sum())


def _check(first: Automaton, second: Automaton, noise: float) -> None:
    """Refuse chances that are none, and states that do not exist."""
    if not 0.0 <= noise <= 1.0:
        raise ParameterError(f"noise: {noise} is not accepted; accepted: a chance in [0, 1]")
    for chances, moves, _ in (first, second):
        if not ((chances >= 0.0) & (chances <= 1.0)).all():
            raise ParameterError(f"chances to cooperate: {chances.tolist()} are not accepted; accepted: each in [0, 1]")
        if moves.shape != (len(chances), 4) or not ((moves >= 0) & (moves < len(chances))).all():
            raise ParameterError(
                f"moves: accepted: four of the states 0 to {len(chances) - 1} for each of {len(chances)} states"
            )


def _walk(first: Automaton, second: Automaton, turns: int, noise: float, ending: float) -> Vector:
    """Return the shares of equation (2) from turn to turn, with no more pairs in mind than are possible at each."""
    p, q = first.with_noise(noise), second.with_noise(noise)
    pairs: NDArray[np.int64] = np.zeros(1, np.int64)
    present: Vector = np.ones(1)
    shares = np.zeros(4)
    for turn in range(turns):
        following, chances = _step(first, second, p, q, pairs)
        arriving = present[:, None] * chances
        shares += (1.0 - ending) ** turn * arriving.sum(axis=0)
        is_possible = arriving > 0.0
        pairs, place = np.unique(following[is_possible], return_inverse=True)
        present = np.zeros(len(pairs))
        np.add.at(present, place.ravel(), arriving[is_possible])
    return shares / shares.sum()


def long_run_shares(first: Automaton, second: Automaton, noise: float = 0.0) -> Vector:
    """Return the shares of CC, CD, DC and DD in a match without end.

    Raises
    ------
    ParameterError
        If a strategy counts: it is an automaton for matches of some length only.

    Examples
    --------
    >>> long_run_shares(strategy("extort_2"), strategy("cooperator")).round(4).tolist()
    [0.75, 0.0, 0.25, 0.0]
    """
    _check(first, second, noise)
    if first.horizon or second.horizon:
        raise ParameterError("a strategy that counts has no long run here; accepted: those of finitely many states")
    chain = joint_chain(first, second, noise)
    num_classes, label = connected_components(chain.transitions, directed=True, connection="strong")
    rows, columns = chain.transitions.nonzero()
    is_closed = np.ones(num_classes, bool)
    is_closed[label[rows[label[rows] != label[columns]]]] = False
    ends = _ends(chain, is_closed[label])
    shares = np.zeros(4)
    for k in np.flatnonzero(is_closed):
        inside = np.flatnonzero(label == k)
        if (chance := ends[inside].sum()) > 0.0:
            shares += chance * (_stationary(chain.transitions[inside][:, inside]) @ chain.outcomes[inside])
    return shares


def _ends(chain: Chain, is_closed: NDArray[np.bool_]) -> Vector:
    """Return with which chance each pair of a closed class is the first of such a class that is come to."""
    ends = np.zeros(len(is_closed))
    if is_closed[0]:
        ends[0] = 1.0
        return ends
    passing = np.flatnonzero(~is_closed)
    start = np.zeros(len(passing))
    start[np.searchsorted(passing, 0)] = 1.0
    among = chain.transitions[passing][:, passing]
    visits = np.atleast_1d(spsolve((eye_array(len(passing)) - among).T.tocsc(), start))
    ends[is_closed] = visits @ chain.transitions[passing][:, np.flatnonzero(is_closed)]
    return ends


def _stationary(transitions: csr_array) -> Vector:
    """Return the stationary distribution of an irreducible chain."""
    size = transitions.shape[0]
    system = (eye_array(size) - transitions.T).tolil()
    system[-1, :] = 1.0
    ones = np.zeros(size)
    ones[-1] = 1.0
    return np.atleast_1d(spsolve(system.tocsc(), ones))


def score_matrix(
    strategies: Sequence[str | Automaton],
    turns: int = 200,
    noise: float = 0.0,
    ending: float = 0.0,
    game: Game | None = None,
) -> Vector:
    """Return what each strategy is expected to get from each, a turn.

    Parameters
    ----------
    strategies : sequence of str or Automaton
        Spec strings (`socialsim.environments.tournament.strategies.strategy`) or automata.
    turns : int
        The most; 0 for matches without end.
    noise, ending : float
        See `outcome_shares`.
    game : Game, optional
        By default (3, 0, 5, 1).

    Returns
    -------
    ndarray, shape (num_strategies, num_strategies)
        The row's score against the column.

    Examples
    --------
    >>> score_matrix(["tit_for_tat", "defector"], turns=10).tolist()
    [[3.0, 0.9], [1.4, 1.0]]
    """
    game = game or Game()
    players = [rule if isinstance(rule, Automaton) else strategy(rule, game, turns or 1) for rule in strategies]
    scores = np.zeros((len(players), len(players)))
    for i, first in enumerate(players):
        for j, second in enumerate(players[: i + 1]):
            if turns:
                shares = outcome_shares(first, second, turns, noise, ending)
            else:
                shares = long_run_shares(first, second, noise)
            scores[i, j], scores[j, i] = shares @ game.own(), shares @ game.other()
    return scores


def ranks(scores: ArrayLike, *, self_play: bool = True) -> NDArray[np.int64]:
    """Return the place of each strategy by its mean score over all opponents, from 1; equals in their order.

    Parameters
    ----------
    scores : array_like, shape (num_strategies, num_strategies)
        Of the row against the column.
    self_play : bool
        Whether the match against itself counts.

    Examples
    --------
    >>> ranks([[3.0, 0.0], [5.0, 1.0]]).tolist(), ranks([[3.0, 0.0], [5.0, 1.0]], self_play=False).tolist()
    ([2, 1], [2, 1])
    """
    matrix = np.array(scores, float)
    if not self_play:
        np.fill_diagonal(matrix, 0.0)
    order = np.argsort(-matrix.sum(axis=1), kind="stable")
    return np.argsort(order) + 1


def ecological_tournament(scores: ArrayLike, generations: int, shares: ArrayLike | None = None) -> Vector:
    """Return the shares of strategies that reproduce by what they score, generation by generation.

        x_i' = x_i (A x)_i / x . A x                                          ([Axelrod1984]_, chapter 2)

    Parameters
    ----------
    scores : array_like, shape (num_strategies, num_strategies)
        A, none below zero.
    generations : int
        How many follow the first.
    shares : array_like, optional
        Of the first generation; by default equal.

    Returns
    -------
    ndarray, shape (generations + 1, num_strategies)

    Raises
    ------
    ParameterError
        If a score is negative, or all are zero, or shares are negative, or do not sum to one.

    Examples
    --------
    >>> scores = score_matrix(["tit_for_tat", "defector"], turns=10)
    >>> ecological_tournament(scores, 2, [0.5, 0.5])[:, 0].round(3).tolist()
    [0.5, 0.619, 0.741]
    """
    matrix = np.asarray(scores, float)
    if not (matrix >= 0.0).all():
        raise ParameterError(
            f"scores: {matrix.min():g} is not accepted; accepted: scores >= 0, which say how many follow"
        )
    x = np.full(len(matrix), 1.0 / len(matrix)) if shares is None else np.asarray(shares, float)
    if x.shape != (len(matrix),) or not (x >= 0.0).all() or abs(x.sum() - 1.0) > 1e-9:
        raise ParameterError(f"shares: {x.tolist()} are not accepted; accepted: {len(matrix)} shares that sum to 1")
    path = [x]
    for _ in range(generations):
        fitness = matrix @ x
        if x @ fitness == 0.0:
            raise ParameterError("scores: all that are left score 0; accepted: scores of which one at least is above 0")
        x = x * fitness / (x @ fitness)
        path.append(x)
    return np.array(path)
