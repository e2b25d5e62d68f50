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
linear in the number of transitions; features that are 0 are left out. W comes as a matrix or as two factors, W = L R^T;
a game that calls itself steady has its transitions tabulated once. Forward, each row of them is checked before it is
used; backward they are the same again.

The text is kept and compiled as that of a scenario's loop is (`socialsim.engine.program`).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from socialsim.engine.aggregative import AggregativeGame
from socialsim.engine.program import Program, load_text
from socialsim.limits.checks import ROUNDING

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
            for k in range(successors.shape[2]):
                if probabilities[s, a, k] == 0.0:
                    successors[s, a, k] = 0  # it may have been anything


@numba.njit(nogil=True, error_model="numpy", cache={cache})
def are_chances(successors, probabilities):
    """Return whether all rows are distributions over states: what is written to memory by them stays inside."""
    for s in range(successors.shape[0]):
        for a in range(successors.shape[1]):
            total = 0.0
            for k in range(successors.shape[2]):
                chance, there = probabilities[s, a, k], successors[s, a, k]
                if chance != 0.0 and (there < 0 or there >= successors.shape[0] or not chance > 0.0):
                    return False
                total += chance
            if not abs(total - 1.0) <= {rounding}:
                return False
    return True


@numba.njit(nogil=True, error_model="numpy", cache={cache})
def tabulate(rules, t, z, backwards, successors, probabilities, rewards):
    """Fill all three, visiting states and actions from the first to the last, or backwards."""
    num_states, num_actions = rewards.shape
    for number in range(num_states * num_actions):
        place = num_states * num_actions - 1 - number if backwards else number
        s, a = place // num_actions, place % num_actions
        step(rules, t, s, a, z, successors[s, a], probabilities[s, a])
        rewards[s, a] = reward(rules, t, s, a, z)


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
    if n == 1 and right.shape[0] == 0:  # a mean field, whose features may be many
        share = left[0, 0] * weights[0]
        for f in range(num_features):
            out[0, f] = share * means[0, f] * scale[0]
        return
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
    """Fill mu (T + 1, n, S), y (T + 1, Y), z (T, n, F + Y) and the signals seen (T + 1, n) from their first rows.

    Return -1, or t n + x where the first transitions or signal are not accepted.
    """
    num_steps, n = aggregates.shape[0], aggregates.shape[1]
    starts, columns, values, by_state = weighed
    num_states, num_actions = starts.shape[0], starts.shape[1] - 1
    num_features = aggregates.shape[2] - commons.shape[1]
    means, overall = np.empty((n, num_features)), np.empty(num_features)
    masses = np.empty((n, num_states, num_actions))
    is_filled = False
    for t in range(num_steps):
        for x in range(n):
            now, chosen, mass, mean = states[t, x], policy[t, x, seen[t, x]], masses[x], means[x]
            mean[:] = 0.0
            for s in range(num_states):
                if by_state:  # features that no action changes are weighed once
                    for e in range(starts[s, 0], starts[s, 1]):
                        mean[np.uint64(columns[e])] += now[s] * values[e]
                for a in range(num_actions):
                    mass[s, a] = now[s] * chosen[s, a]
                    if mass[s, a] > 0.0 and not by_state:
                        for e in range(starts[s, a], starts[s, a + 1]):
                            mean[np.uint64(columns[e])] += mass[s, a] * values[e]
        if commons.shape[1] > 0:
            for f in range(num_features):
                overall[f] = 0.0
                for x in range(n):
                    overall[f] += weights[x] * means[x, f]
        couple(weights, left, right, scale, means, aggregates[t])
        for x in range(n):
            z, mass, after = aggregates[t, x], masses[x], states[t + 1, x]
            for y in range(commons.shape[1]):
                z[num_features + y] = commons[t, y]
            if not (steady and is_filled):
                transitions(rules, first + t, z, successors, probabilities)
                is_filled = True
                if not are_chances(successors, probabilities):
                    return t * n + x
            after[:] = 0.0
            for s in range(num_states):
                for a in range(num_actions):
                    if mass[s, a] > 0.0:
                        for k in range(successors.shape[2]):
                            after[np.uint64(successors[s, a, k])] += mass[s, a] * probabilities[s, a, k]
            seen[t + 1, x] = signal(rules, first + t, z)
            if seen[t + 1, x] < 0 or seen[t + 1, x] >= policy.shape[2]:
                return t * n + x
        if commons.shape[1] > 0:
            common_step(rules, first + t, overall, commons[t], commons[t + 1])
    return -1
'''

# without Q to be stored, what a reward shares between actions is computed once: half the time
BACKWARD = '''

@numba.njit(nogil=True, error_model="numpy", cache={cache})
def {name}(rules, steady, discount, first, policy, aggregates, seen, best, value, best_q, value_q, successors,
           probabilities):
    """Fill V^* and V^pi (T + 1, n, S){and} from the last rows of the V."""
    num_steps, n = aggregates.shape[0], aggregates.shape[1]
    num_states, num_actions = policy.shape[3], policy.shape[4]
    is_filled = False
    for back in range(num_steps):
        t = num_steps - 1 - back
        for x in range(n):
            z, chosen = aggregates[t, x], policy[t, x, seen[t, x]]
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
                        chance, there = probabilities[s, a, k], np.uint64(successors[s, a, k])
                        next_best += chance * ahead_best[there]
                        next_value += chance * ahead_value[there]
                    now_best, now_value = now + discount * next_best, now + discount * next_value
                    {store}
                    largest = max(largest, now_best)
                    mean += chosen[s, a] * now_value
                best[t, x, s], value[t, x, s] = largest, mean
'''
STORE = "best_q[t, x, s, a], value_q[t, x, s, a] = now_best, now_value"


def _backward(name: str, done: str, store: str) -> str:
    return BACKWARD.replace("{name}", name).replace("{and}", done).replace("{store}", store)


TEXT += _backward("backward", ", Q^* and Q^pi (T, n, S, A)", STORE)
TEXT += _backward("values", "", "pass")


def write_kernels(fields: tuple[str, ...], *, cache: bool) -> str:
    """Return the source of the module that has a game's recursions.

    Parameters
    ----------
    fields : tuple of str
        What the functions of the game find in ``env``.
    cache : bool
        Whether numba keeps the machine code between processes.
    """
    return (
        TEXT.replace("{fields}", repr(list(fields))).replace("{cache}", str(cache)).replace("{rounding}", str(ROUNDING))
    )


def load_kernels(game: AggregativeGame) -> tuple[Program, Any]:
    """Return a game's compiled recursions, and what they take as its rules."""
    found: Mapping[str, Any] = game.rules()
    program = load_text(partial(write_kernels, tuple(found)), {"game": type(game)})
    return program, program.get("Rules")(**found)
