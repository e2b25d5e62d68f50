"""Two strategies where everybody meets everybody and one agent is replaced a step: from change to change.

The number k of holders of strategy 0 is a Markov chain that moves up with the chance U_k, down with D_k, and else
stays. How many steps it stays is geometric, so that it is drawn once and counted down: most steps cost next to nothing.
With fitness f_0 and f_1, q = k f_0 / (k f_0 + (N - k) f_1), F the Fermi function of w (P_0 - P_1), u the mutation rate:

    rule                 U_k without mutation                       D_k without mutation       replaced holds strategy 1
    pairwise_comparison  (N-k)/N k/(N-1) F                          k/N (N-k)/(N-1) (1-F)      (N-k)/N
    death_birth          (N-k)/N k f_0 / (k f_0 + (N-k-1) f_1)      likewise                   (N-k)/N
    moran                q (N-k)/N                                  (1-q) k/N                  (N-k)/N
    birth_death          q (N-k)/(N-1)                              (1-q) k/(N-1)              U_k + (1-q) (N-k-1)/(N-1)

and with it U_k' = (1 - u) U_k + u P(the replaced holds strategy 1), D_k' likewise. Agents stand in a row, the holders
of strategy 0 first; a change takes one of those who may change, uniformly, across the border.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.streams import integer, uniform
from socialsim.engine.interface import constant

FOR_EVER = 4_000_000_000_000_000_000
Column = NDArray[np.float64]


class Rules(NamedTuple):
    """What the chain depends on, beside the payoffs and the number of agents."""

    update: str
    selection: float
    is_exponential: bool
    is_averaged: bool
    self_play: bool
    mutation: float


def chances(payoffs: NDArray[np.float64], num_agents: int, rules: Rules) -> NDArray[np.float64]:
    """Return, for k = 0 .. N holders of strategy 0, the chance that k changes in a step, that it grows if it changes,
    and 1 / log(1 - the first), by which geometric numbers are drawn.

    Parameters
    ----------
    payoffs : ndarray, shape (2, 2)
    num_agents : int
    rules : Rules

    Returns
    -------
    ndarray, shape (num_agents + 1, 3)

    Examples
    --------
    >>> neutral = Rules("moran", 0.0, False, False, False, 0.0)
    >>> chances(np.ones((2, 2)), 4, neutral)[:, :2].tolist()
    [[0.0, 0.0], [0.375, 0.5], [0.5, 0.5], [0.375, 0.5], [0.0, 0.0]]
    """
    if num_agents < 2:
        return constant(np.zeros((num_agents + 1, 3)))
    up, down, replaced_holds_1 = _moves(payoffs, num_agents, rules)
    up = (1.0 - rules.mutation) * up + rules.mutation * replaced_holds_1
    down = (1.0 - rules.mutation) * down + rules.mutation * (1.0 - replaced_holds_1)
    change = np.minimum(up + down, 1.0)
    with np.errstate(divide="ignore"):
        scale = np.where(change > 0, 1.0 / np.log1p(-change), 0.0)
    return constant(np.column_stack([change, up / np.where(change > 0, up + down, 1.0), scale]))


def _moves(payoffs: NDArray[np.float64], n: int, rules: Rules) -> tuple[Column, Column, Column]:
    """Return U_k and D_k without mutation, and the chance that the replaced holds strategy 1."""
    k = np.arange(n + 1.0)
    paid = _payoffs(payoffs, n, rules)
    share_1 = (n - k) / n
    if rules.update == "pairwise_comparison":
        adopts = 0.5 * (1.0 + np.tanh(0.5 * rules.selection * (paid[0] - paid[1])))
        meet = share_1 * k / (n - 1)
        return meet * adopts, meet * (1.0 - adopts), share_1
    first, second = _fitness(paid, rules)
    if rules.update == "death_birth":
        up = share_1 * _share(k * first, (n - k - 1) * second)
        down = k / n * _share((n - k) * second, (k - 1) * first)
        return np.where(k == n, 0.0, up), np.where(k == 0, 0.0, down), share_1
    q, others = _share(k * first, (n - k) * second), _share((n - k) * second, k * first)
    if rules.update == "moran":
        return q * share_1, others * k / n, share_1
    up, down = q * (n - k) / (n - 1), others * k / (n - 1)
    return up, down, up + others * np.maximum(n - k - 1, 0.0) / (n - 1)


def _payoffs(payoffs: NDArray[np.float64], n: int, rules: Rules) -> NDArray[np.float64]:
    """Return what holders of either strategy are paid, shape (2, n + 1)."""
    k, myself = np.arange(n + 1.0), float(rules.self_play)
    games = n - 1 + myself if rules.is_averaged else 1.0
    first = payoffs[0, 0] * (k - 1 + myself) + payoffs[0, 1] * (n - k)
    second = payoffs[1, 0] * k + payoffs[1, 1] * (n - k - 1 + myself)
    return np.array([first, second]) / games


def _fitness(paid: NDArray[np.float64], rules: Rules) -> NDArray[np.float64]:
    """Return the fitness of either strategy, up to a common factor."""
    if rules.is_exponential:
        return np.asarray(np.exp(rules.selection * (paid - paid.max(axis=0))))
    return np.asarray(1.0 - rules.selection + rules.selection * paid)


def _share(own: Column, others: Column) -> Column:
    """Return own / (own + others), and 0 where nobody is fit."""
    total = own + others
    return np.asarray(np.where(total > 0, own / np.where(total > 0, total, 1.0), 0.0))


@compiled
def line_up(env, stream):
    """Put the holders of strategy 0 first and draw when the first change comes."""
    first, last = 0, env.strategy.shape[0] - 1
    for i in range(env.strategy.shape[0]):
        if env.strategy[i] == 0:
            env.row[first] = i
            first += 1
        else:
            env.row[last] = i
            last -= 1
    draw_wait(env, stream)


@compiled
def draw_wait(env, stream):
    """Draw how many steps pass without a change."""
    k = env.holders[0]
    if env.chances[k, 0] > 0.0:
        env.wait[0] = np.int64(min(math.log1p(-uniform(stream)) * env.chances[k, 2], 4.0e18))
    else:
        env.wait[0] = FOR_EVER


@compiled
def cross(env, stream):
    """Let one agent take the other strategy, and note it; return how many do: one."""
    k = env.holders[0]
    if uniform(stream) < env.chances[k, 1]:
        place = k + integer(stream, env.strategy.shape[0] - k)
        border = k
    else:
        place, border = integer(stream, k), k - 1
    i = env.row[place]
    env.row[place] = env.row[border]
    env.row[border] = i
    env.changed[0] = i
    env.next_strategy[0] = 1 - env.strategy[i]
    return 1
