"""Zollman's ten scientists as one loop written by hand: how fast can this one model be?

The generator's words stay in registers, the network is known, nothing can be changed or looked at. Same streams, same
rules, same results as the scenario.
"""

from __future__ import annotations

import math

import numba
import numpy as np


@numba.njit(nogil=True, error_model="numpy")
def zollman(
    num_agents, is_complete, fewest, accept, shift, trials, weight, settled_above, initial, dynamics, steps, verdicts
):
    """Run every replication to its end."""
    log_odds = np.empty(num_agents)
    evidence = np.empty(num_agents)
    num_columns = accept.shape[1]
    for r in range(initial.shape[0]):
        stream = initial[r].copy()
        for i in range(num_agents):
            credence = _uniform(stream)
            log_odds[i] = math.log(credence / (1.0 - credence))
        a, b, c, w = dynamics[r, 0], dynamics[r, 1], dynamics[r, 2], dynamics[r, 3]
        t = 0
        while True:
            some_try = False
            all_sure = True
            for i in range(num_agents):
                if log_odds[i] > 0.0:
                    some_try = True
                if log_odds[i] <= settled_above:
                    all_sure = False
            if all_sure or not some_try:
                verdicts[r] = 1 if all_sure else 0
                break
            total = 0.0
            for i in range(num_agents):
                word = a + b + w
                w += np.uint64(1)
                a = b ^ (b >> np.uint64(11))
                b = c + (c << np.uint64(3))
                c = ((c << np.uint64(24)) | (c >> np.uint64(40))) + word
                if log_odds[i] > 0.0:
                    scaled = np.float64(word >> np.uint64(11)) * 1.1102230246251565e-16 * num_columns
                    column = np.int64(scaled)
                    column += (1 + np.int64(math.floor(scaled - column - accept[1, column]))) * shift[1, column]
                    own = (2.0 * (fewest + column) - trials) * weight
                    evidence[i] = own
                    total += own
                else:
                    evidence[i] = 0.0
            if is_complete:
                for i in range(num_agents):
                    log_odds[i] += total
            else:
                before = evidence[num_agents - 1]
                first = evidence[0]
                for i in range(num_agents - 1):
                    own = evidence[i]
                    log_odds[i] += before + own + evidence[i + 1]
                    before = own
                log_odds[num_agents - 1] += before + evidence[num_agents - 1] + first
            t += 1
        steps[r] = t


@numba.njit(nogil=True, error_model="numpy")
def _uniform(stream):
    word = stream[0] + stream[1] + stream[3]
    stream[3] += np.uint64(1)
    stream[0] = stream[1] ^ (stream[1] >> np.uint64(11))
    stream[1] = stream[2] + (stream[2] << np.uint64(3))
    stream[2] = ((stream[2] << np.uint64(24)) | (stream[2] >> np.uint64(40))) + word
    return np.float64(word >> np.uint64(11)) * 1.1102230246251565e-16
