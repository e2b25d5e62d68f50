"""Small populations solved exactly: risk dominance, stationary distributions, errors to escape, waiting times.

A chain that errs with probability epsilon > 0 visits every state; its stationary distribution pi = pi P is that of a
finite Markov chain and is solved as a linear system. The **resistance** of a way from one convention to another is the
number of errors on the cheapest one; with two conventions the one that is harder to leave is stochastically stable
(radius and coradius, [Ellison2000]_; [Young1993]_, theorem 2).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from socialsim.core.errors import ParameterError

TIED = 1e-9  # relative; payoffs that differ by less are equal up to rounding
MOST_STATES = 4096


def critical_share(payoffs: ArrayLike) -> float:
    """Return p*, the share of others that must play action 0 for 0 to be a best reply; equation (1) of the package.

    Parameters
    ----------
    payoffs : array_like, shape (2, 2)
        Of a coordination game: A00 > A10 and A11 > A01.

    Raises
    ------
    ParameterError
        If the game is no coordination game.

    Examples
    --------
    >>> critical_share([[2.0, 0.0], [0.0, 1.0]]), critical_share([[5.0, 0.0], [4.0, 3.0]])
    (0.3333333333333333, 0.75)
    """
    (a00, a01), (a10, a11) = np.asarray(payoffs, float)
    if not (a00 > a10 and a11 > a01):
        raise ParameterError("payoffs: a coordination game of two actions is needed, with A00 > A10 and A11 > A01")
    return float((a11 - a01) / (a11 - a01 + a00 - a10))


def errors_to_leave(payoffs: ArrayLike, sample: int) -> tuple[int, int]:
    """Return the errors that it takes to leave the conventions of action 0 and of action 1, in a sample of k.

        ceil[k (1 - p*)],    ceil[k p*]                                              ([Young1993]_, section 7)

    Examples
    --------
    >>> errors_to_leave([[2.0, 0.0], [0.0, 1.0]], sample=3)
    (2, 1)
    """
    p = critical_share(payoffs)
    return math.ceil(sample * (1.0 - p) - TIED), math.ceil(sample * p - TIED)


def reply_chances(payoffs: ArrayLike, memory: int, sample: int) -> NDArray[np.float64]:
    """Return the chance of a best reply of action 1 for each number of the m meetings in which the other did 1.

    The number in a sample is hypergeometric; equal payoffs count half.

    Examples
    --------
    >>> reply_chances([[1.0, 0.0], [0.0, 1.0]], memory=3, sample=2).round(3).tolist()
    [0.0, 0.333, 0.667, 1.0]
    """
    game = np.asarray(payoffs, float)
    chances = np.zeros(memory + 1)
    for ones in range(memory + 1):
        for drawn in range(max(0, sample - memory + ones), min(sample, ones) + 1):
            weight = math.comb(ones, drawn) * math.comb(memory - ones, sample - drawn) / math.comb(memory, sample)
            chances[ones] += weight * _reply(game @ np.array([sample - drawn, drawn], float))
    return chances


def _reply(values: NDArray[np.float64]) -> float:
    """Return the chance that a best reply to two values is action 1."""
    gain = values[1] - values[0]
    if abs(gain) <= TIED * np.abs(values).max():
        return 0.5
    return float(gain > 0)


def adaptive_play_chain(
    payoffs: ArrayLike, memory: int, sample: int, error: float, column_payoffs: ArrayLike | None = None
) -> NDArray[np.float64]:
    """Return the transition matrix of two players in adaptive play, shape (4^m, 4^m).

    A state is what both did in the last m meetings: bit s of its low half what the row did s meetings ago, its high
    half the column.

    Parameters
    ----------
    payoffs, column_payoffs : array_like, shape (2, 2)
        What row and column are paid by the row's and the column's action; without the second the game is symmetric.
    memory, sample : int
        m and k.
    error : float
        Chance of an action drawn uniformly.

    Raises
    ------
    ParameterError
        If there are more than 4096 states.

    Examples
    --------
    >>> chain = adaptive_play_chain([[1.0, 0.0], [0.0, 1.0]], memory=1, sample=1, error=0.2)
    >>> chain[0].round(2).tolist()
    [0.81, 0.09, 0.09, 0.01]
    """
    if 4**memory > MOST_STATES:
        raise ParameterError(f"memory: {memory} is not accepted; accepted: at most 6, 4096 states")
    row = np.asarray(payoffs, float)
    column = row if column_payoffs is None else np.asarray(column_payoffs, float).T
    chances = [error / 2.0 + (1.0 - error) * reply_chances(game, memory, sample) for game in (row, column)]
    size = 1 << memory
    ones = np.array([state.bit_count() for state in range(size)])
    chain = np.zeros((size * size, size * size))
    for state in range(size * size):
        rows, columns = state % size, state // size
        acts = chances[0][ones[columns]], chances[1][ones[rows]]  # each replies to what the other did
        for a in range(2):
            for b in range(2):
                following = (rows * 2 + a) % size + size * ((columns * 2 + b) % size)
                chain[state, following] += (acts[0] if a else 1 - acts[0]) * (acts[1] if b else 1 - acts[1])
    return chain


def stationary(chain: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the stationary distribution of an irreducible chain, by the elimination of Grassmann, Taksar and Heyman:
    it subtracts nothing, so that small probabilities keep all their digits.

    Examples
    --------
    >>> stationary(np.array([[0.9, 0.1], [0.3, 0.7]])).round(12).tolist()
    [0.75, 0.25]
    """
    p = np.array(chain, float)
    size = len(p)
    for n in range(size - 1, 0, -1):
        p[:n, n] /= p[n, :n].sum()
        p[:n, :n] += np.outer(p[:n, n], p[n, :n])
    pi = np.ones(size)
    for n in range(1, size):
        pi[n] = pi[:n] @ p[:n, n]
    return pi / pi.sum()


def least_errors(payoffs: ArrayLike, memory: int, sample: int) -> tuple[int, int]:
    """Return the errors to leave either convention for the other, by the cheapest way through all histories.

    The chain without errors costs nothing to follow; each player who does what is no best reply to any sample costs
    one. Where samples are at most half the memory this equals `errors_to_leave`.

    Examples
    --------
    >>> least_errors([[2.0, 0.0], [0.0, 1.0]], memory=4, sample=2)
    (2, 1)
    """
    chances = reply_chances(payoffs, memory, sample)
    size = 1 << memory
    costs = [(float(c >= 1.0), float(c <= 0.0)) for c in chances]  # of playing 0 and 1
    ones = [state.bit_count() for state in range(size)]
    found = []
    for start, goal in ((0, size * size - 1), (size * size - 1, 0)):
        least = np.full(size * size, np.inf)
        least[start], queue = 0.0, [start]
        while queue:  # a label is corrected until none falls any more
            state = queue.pop()
            rows, columns = state % size, state // size
            for a in range(2):
                for b in range(2):
                    following = (rows * 2 + a) % size + size * ((columns * 2 + b) % size)
                    cost = least[state] + costs[ones[columns]][a] + costs[ones[rows]][b]
                    if cost < least[following]:
                        least[following] = cost
                        queue.append(following)
        found.append(int(least[goal]))
    return found[0], found[1]


def revision_chain(payoffs: ArrayLike, network: ArrayLike, error: float) -> NDArray[np.float64]:
    """Return the transition matrix of N agents who revise one at a time, shape (2^N, 2^N): bit i is what agent i does.

    Whoever revises replies best to what its neighbours do, equals drawn from uniformly, or errs (adaptive play with
    m = k = 1 and ``meeting = "neighbours"``).

    Parameters
    ----------
    payoffs : array_like, shape (2, 2)
    network : array_like of bool, shape (num_agents, num_agents)
        Entry i, j: i sees j.
    error : float

    Raises
    ------
    ParameterError
        If there are more than 4096 states.

    Examples
    --------
    >>> chain = revision_chain([[1.0, 0.0], [0.0, 1.0]], [[0, 1], [1, 0]], error=0.2)
    >>> chain[0].round(2).tolist()
    [0.9, 0.05, 0.05, 0.0]
    """
    sees, game = np.asarray(network, bool), np.asarray(payoffs, float)
    num_agents = len(sees)
    if 2**num_agents > MOST_STATES:
        raise ParameterError(f"network: {num_agents} agents are not accepted; accepted: at most 12, 4096 states")
    states = np.arange(2**num_agents)
    acts = states[:, None] >> np.arange(num_agents) & 1
    chain = np.zeros((len(states), len(states)))
    for i in range(num_agents):
        ones = acts[:, sees[i]].sum(axis=1)
        replies = np.array([_reply(game @ np.array([sees[i].sum() - k, k], float)) for k in range(num_agents + 1)])
        takes_one = error / 2.0 + (1.0 - error) * replies[ones]
        np.add.at(chain, (states, states | (1 << i)), takes_one / num_agents)
        np.add.at(chain, (states, states & ~(1 << i)), (1.0 - takes_one) / num_agents)
    return chain


def waiting_time(chain: NDArray[np.float64], start: int, goals: ArrayLike) -> float:
    """Return the expected number of steps from a state to the first of some others.

    Parameters
    ----------
    chain : ndarray, shape (num_states, num_states)
    start : int
    goals : array_like of bool, shape (num_states,)

    Examples
    --------
    >>> waiting_time(np.array([[0.9, 0.1], [0.3, 0.7]]), 0, [False, True])
    10.0...
    """
    waits = ~np.asarray(goals, bool)
    if not waits[start]:
        return 0.0
    times = np.linalg.solve(np.eye(waits.sum()) - chain[np.ix_(waits, waits)], np.ones(waits.sum()))
    return float(times[waits[:start].sum()])
