r"""The recursions of a limit, written out around the functions of one game.

A limit has n **nodes** x with weights w_x that sum to 1: one in a mean field, populations or quadrature points on a
graphon. Node x has the distribution of states mu_t(x, s) and the policy pi_t(x, a | s). **Forward**, for t = 0 .. T -
1,

    m_t(y, f) = sum_{s, a} mu_t(y, s) pi_t(y, a | s) phi_f(s, a)                          mean feature at a node
    z_t(x, f) = 1/c_x sum_y W(x, y) w_y m_t(y, f)                                         what an agent at x feels
    mu_{t+1}(x, s') = sum_{s, a} mu_t(x, s) pi_t(x, a | s) p(s' | t, s, a, z_t(x))
    y_{t+1} = g(t, sum_x w_x m_t(x), y_t)                                                 common state, if any

**backward**, for t = T - 1 .. 0, with V_T given (0 where the game ends),

    Q^*_t(x, s, a) = r(t, s, a, z_t(x)) + gamma sum_s' p(s' | t, s, a, z_t(x)) max_a' Q^*_{t+1}(x, s', a')
    Q^pi_t(x, s, a) = the same with sum_a' pi_{t+1}(x, a' | s') Q^pi_{t+1}(x, s', a') in place of the maximum.

A transition is visited once for each t and node and nothing is ever stored as a matrix S x S, so that the cost is
linear in the number of transitions. W comes as a matrix or as two factors, W = L R^T; a game that calls itself steady
has its transitions tabulated once.

The text is kept and compiled as that of a scenario's loop is (`socialsim.engine.program`).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from socialsim.engine.aggregative import AggregativeGame
from socialsim.engine.program import Program, load_text

TEXT = '''\
from collections import namedtuple

import numba
import numpy as np

Rules = namedtuple("Rules", {fields})
feature, step, reward, common_step, signal = game.feature, game.step, game.reward, game.common, game.signal


@numba.njit(nogil=True, error_model="numpy", cache={cache})
def transitions(rules, t, z, successors, probabilities):
    """Fill both, shape (num_states, num_actions, num_successors)."""
    for s in range(successors.shape[0]):
        for a in range(successors.shape[1]):
            step(rules, t, s, a, z, successors[s, a], probabilities[s, a])


@numba.njit(nogil=True, error_model="numpy", cache={cache})
def rewards(rules, t, z, out):
    """Fill with the reward of each state and action."""
    for s in range(out.shape[0]):
        for a in range(out.shape[1]):
            out[s, a] = reward(rules, t, s, a, z)


@numba.njit(nogil=True, error_model="numpy", cache={cache})
def features(rules, out):
    """Fill with phi, shape (num_states, num_actions, num_features)."""
    for s in range(out.shape[0]):
        for a in range(out.shape[1]):
            feature(rules, s, a, out[s, a])


@numba.njit(nogil=True, error_model="numpy", cache={cache})
def couple(weights, left, right, scale, means, out):
    """Fill the first columns of ``out``, shape (n, .), with z at each node."""
    n, num_features = means.shape
    for f in range(num_features):
        if right.shape[0] == 0:
            for x in range(n):
                total = 0.0
                for y in range(n):
                    total += left[x, y] * weights[y] * means[y, f]
                out[x, f] = total * scale[x]
        else:
            for x in range(n):
                out[x, f] = 0.0
            for k in range(left.shape[1]):
                total = 0.0
                for y in range(n):
                    total += right[y, k] * weights[y] * means[y, f]
                for x in range(n):
                    out[x, f] += left[x, k] * total * scale[x]


@numba.njit(nogil=True, error_model="numpy", cache={cache})
def forward(rules, steady, weights, left, right, scale, weighed, first, policy, states, commons, aggregates, seen,
            successors, probabilities):
    """Fill mu (T + 1, n, S), y (T + 1, Y), z (T, n, F + Y) and the signals seen (T, n) from their first rows."""
    num_steps, n = aggregates.shape[0], aggregates.shape[1]
    num_states, num_actions, num_features = weighed.shape
    means, overall = np.empty((n, num_features)), np.empty(num_features)
    is_filled = False
    for t in range(num_steps):
        now, after = states[t], states[t + 1]
        means[:] = 0.0
        for x in range(n):
            for s in range(num_states):
                if now[x, s] > 0.0:
                    for a in range(num_actions):
                        mass = now[x, s] * policy[t, x, seen[t, x], s, a]
                        if mass > 0.0:
                            for f in range(num_features):
                                means[x, f] += mass * weighed[s, a, f]
        for f in range(num_features):
            overall[f] = 0.0
            for x in range(n):
                overall[f] += weights[x] * means[x, f]
        couple(weights, left, right, scale, means, aggregates[t])
        for x in range(n):
            z = aggregates[t, x]
            for y in range(commons.shape[1]):
                z[num_features + y] = commons[t, y]
            if not (steady and is_filled):
                transitions(rules, first + t, z, successors, probabilities)
                is_filled = True
            after[x, :] = 0.0
            for s in range(num_states):
                if now[x, s] > 0.0:
                    for a in range(num_actions):
                        mass = now[x, s] * policy[t, x, seen[t, x], s, a]
                        if mass > 0.0:
                            for k in range(successors.shape[2]):
                                after[x, successors[s, a, k]] += mass * probabilities[s, a, k]
            seen[t + 1, x] = signal(rules, first + t, z)
        common_step(rules, first + t, overall, commons[t], commons[t + 1])


@numba.njit(nogil=True, error_model="numpy", cache={cache})
def backward(rules, steady, discount, first, policy, aggregates, seen, best, value, best_q, value_q, successors,
             probabilities):
    """Fill V^* and V^pi (T + 1, n, S), Q^* and Q^pi (T, n, S, A) from the last rows of the V."""
    num_steps, n = aggregates.shape[0], aggregates.shape[1]
    num_states, num_actions = best_q.shape[2], best_q.shape[3]
    is_filled = False
    for back in range(num_steps):
        t = num_steps - 1 - back
        for x in range(n):
            z = aggregates[t, x]
            if not (steady and is_filled):
                transitions(rules, first + t, z, successors, probabilities)
                is_filled = True
            ahead_best, ahead_value = best[t + 1, x], value[t + 1, x]
            for s in range(num_states):
                largest, mean = -np.inf, 0.0
                for a in range(num_actions):
                    now = reward(rules, first + t, s, a, z)
                    next_best, next_value = 0.0, 0.0
                    for k in range(successors.shape[2]):
                        chance = probabilities[s, a, k]
                        next_best += chance * ahead_best[successors[s, a, k]]
                        next_value += chance * ahead_value[successors[s, a, k]]
                    q_best, q_value = now + discount * next_best, now + discount * next_value
                    best_q[t, x, s, a], value_q[t, x, s, a] = q_best, q_value
                    largest = max(largest, q_best)
                    mean += policy[t, x, seen[t, x], s, a] * q_value
                best[t, x, s], value[t, x, s] = largest, mean
'''


def write_kernels(fields: tuple[str, ...], *, cache: bool) -> str:
    """Return the source of the module that has a game's recursions.

    Parameters
    ----------
    fields : tuple of str
        What the functions of the game find in ``env``.
    cache : bool
        Whether numba keeps the machine code between processes.
    """
    return TEXT.replace("{fields}", repr(list(fields))).replace("{cache}", str(cache))


def load_kernels(game: AggregativeGame) -> tuple[Program, Any]:
    """Return a game's compiled recursions, and what they take as its rules."""
    found: Mapping[str, Any] = game.rules()
    program = load_text(partial(write_kernels, tuple(found)), {"game": type(game)})
    return program, program.get("Rules")(**found)
