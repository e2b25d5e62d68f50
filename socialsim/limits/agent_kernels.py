r"""What agents are expected to do and to earn next, written out around the functions of one game.

Agent i at time t is in state s, sees signal g, and feels z; its policy is pi_t(a | g, s). Three functions:

- ``expect``: where agents are expected to be after a step, given where they are and what they feel,
  sum_a pi_t(a | g_i, s_i) p(. | t, s_i, a, z_i), added up over the agents of each node;
- ``respond``: the best response of one agent to M samples of what it feels, z^(m)_t, which is the recursion

      Q_t(g, s, a) = mean_m [r(t, s, a, z^(m)_t) + gamma sum_s' p(s' | t, s, a, z^(m)_t) V_{t+1}(g', s')],

  with g' the signal that z^(m)_t gives, over the samples in which the agent saw g (over all, if in none);
- ``surprise``: by how much what an agent feels on its way makes its prospects better than V had it,

      d_t = sum_a pi_t(a | g_t, s_t) [r(t, s_t, a, z_t) + gamma sum_s' p(s' | t, s_t, a, z_t) V_{t+1}(g_{t+1}, s')]
            - V_t(g_t, s_t),

  and D = sum_t gamma^t d_t.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from socialsim.engine.aggregative import AggregativeGame
from socialsim.engine.program import Program, load_text

TEXT = '''\
from collections import namedtuple

import numba
import numpy as np

Rules = namedtuple("Rules", {fields})
step, reward, signal = game.step, game.reward, game.signal


@numba.njit(nogil=True, error_model="numpy", cache={cache})
def expect(rules, t, policies, node, states, seen, aggregates, successors, probabilities, out):
    """Add to ``out``, shape (num_runs, n, S), where agents, shape (num_runs, N), are expected to be."""
    for run in range(states.shape[0]):
        for i in range(states.shape[1]):
            x, s, g = node[i], states[run, i], seen[run, i]
            for a in range(policies.shape[4]):
                chance = policies[min(t, policies.shape[0] - 1), x, g, s, a]
                if chance > 0.0:
                    step(rules, t, s, a, aggregates[run, i], successors, probabilities)
                    for k in range(successors.shape[0]):
                        if probabilities[k] > 0.0:  # else the successor may be anything
                            out[run, x, successors[k]] += chance * probabilities[k]


@numba.njit(nogil=True, error_model="numpy", cache={cache})
def respond(rules, discount, tie, policy, seen, aggregates, best, value, response, successors, probabilities):
    """Fill V^* and V^pi (T + 1, G, S) and the best response (T, G, S, A), from the last rows of the V."""
    num_samples, num_steps = seen.shape
    num_signals, num_states, num_actions = response.shape[1:]
    q_best = np.empty(num_actions)
    for back in range(num_steps):
        t = num_steps - 1 - back
        for g in range(num_signals):
            count = 0
            for m in range(num_samples):
                count += seen[m, t] == g
            for s in range(num_states):
                mean = 0.0
                for a in range(num_actions):
                    total_best, total_value, met = 0.0, 0.0, 0
                    for m in range(num_samples):
                        if count > 0 and seen[m, t] != g:
                            continue
                        z, met = aggregates[m, t], met + 1
                        ahead = signal(rules, t, z)
                        step(rules, t, s, a, z, successors, probabilities)
                        now = reward(rules, t, s, a, z)
                        next_best, next_value = 0.0, 0.0
                        for k in range(successors.shape[0]):
                            if probabilities[k] > 0.0:
                                next_best += probabilities[k] * best[t + 1, ahead, successors[k]]
                                next_value += probabilities[k] * value[t + 1, ahead, successors[k]]
                        total_best += now + discount * next_best
                        total_value += now + discount * next_value
                    q_best[a] = total_best / met
                    mean += policy[t, g, s, a] * total_value / met
                largest = q_best[0]
                for a in range(num_actions):
                    largest = max(largest, q_best[a])
                best[t, g, s], value[t, g, s] = largest, mean
                response[t, g, s, :] = 0.0
                for a in range(num_actions):
                    if q_best[a] >= largest - tie * max(1.0, abs(largest)):
                        response[t, g, s, a] = 1.0
                        break


@numba.njit(nogil=True, error_model="numpy", cache={cache})
def surprise(rules, discount, policy, value, states, seen, aggregates, successors, probabilities, out):
    """Fill ``out``, shape (num_runs,), with D along the way of one agent, shape (num_runs, T)."""
    for run in range(states.shape[0]):
        total, worth = 0.0, 1.0
        for t in range(states.shape[1]):
            s, g, z = states[run, t], seen[run, t], aggregates[run, t]
            ahead, prospect = signal(rules, t, z), 0.0
            for a in range(policy.shape[3]):
                if policy[t, g, s, a] > 0.0:
                    step(rules, t, s, a, z, successors, probabilities)
                    later = 0.0
                    for k in range(successors.shape[0]):
                        if probabilities[k] > 0.0:
                            later += probabilities[k] * value[t + 1, ahead, successors[k]]
                    prospect += policy[t, g, s, a] * (reward(rules, t, s, a, z) + discount * later)
            total += worth * (prospect - value[t, g, s])
            worth *= discount
        out[run] = total
'''


def write_agent_kernels(fields: tuple[str, ...], *, cache: bool) -> str:
    """Return the source of the module that has these functions for a game.

    Parameters
    ----------
    fields : tuple of str
        What the functions of the game find in ``env``.
    cache : bool
        Whether numba keeps the machine code between processes.
    """
    return TEXT.replace("{fields}", repr(list(fields))).replace("{cache}", str(cache))


def load_agent_kernels(game: AggregativeGame) -> tuple[Program, Any]:
    """Return these functions, compiled around a game, and what they take as its rules."""
    found = game.rules()
    program = load_text(partial(write_agent_kernels, tuple(found)), {"game": type(game)})
    return program, program.get("Rules")(**found)
