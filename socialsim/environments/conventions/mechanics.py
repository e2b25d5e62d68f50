"""Who meets whom, what that pays, and how far all agree (see the package)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.streams import integer
from socialsim.engine.links import COMPLETE, degree, is_away, neighbour, random_neighbour

NONE, DRAWN, FIXED = range(3)  # how roles are given


class State(NamedTuple):
    """The game, what everybody did last, and how far they agree."""

    payoffs: NDArray[np.float64]  # constant (2, num_actions, num_actions), of row and column, own action first
    roles: int
    plays_field: int
    num_rows: int  # agents below this are rows where roles are fixed
    start: int
    stop_at: float
    sizes: NDArray[np.float64]  # constant (num_roles,), agents in each role
    levels: NDArray[np.float64]  # constant (3,)
    act: NDArray[np.int64]  # (num_agents, num_roles), last in each role
    role: NDArray[np.int64]  # (num_agents,), in the last meeting
    other: NDArray[np.int64]  # (num_agents,), what the partner did there
    pair: NDArray[np.int64]  # (2,), who meet
    followers: NDArray[np.int64]  # (num_roles, num_actions), agents whose last act it is
    joint: NDArray[np.int64]  # (num_actions, num_actions), meetings so far by what row and column did
    agreement: NDArray[np.float64]  # (1,), share that follows the modal action
    reached: NDArray[np.int64]  # (3,), events until the agreement was .8, .9 and 1; -1: not yet
    num_events: NDArray[np.int64]  # (1,)


@compiled
def partner(env, network, i, stream):
    """Return a neighbour to meet, of the other class where roles are fixed; -1 if there is none."""
    if env.roles != FIXED:
        return random_neighbour(network, i, stream)
    num_agents, is_row = network.num_agents, i < env.num_rows
    if network.kind == COMPLETE:
        size = num_agents - env.num_rows if is_row else env.num_rows
        first = env.num_rows if is_row else 0
        return first + integer(stream, size) if size > 0 else -1
    chosen, seen = -1, 0
    for k in range(degree(network, i)):
        j = neighbour(network, i, k)
        if (j < env.num_rows) != is_row:
            seen += 1
            if integer(stream, seen) == 0:
                chosen = j
    return chosen


@compiled
def mean_payoff(env, network, i, action):
    """Return what an action pays agent i in the mean against what its neighbours did last; 0 without any."""
    total, size = 0.0, 0
    if network.kind == COMPLETE and not network.may_change:
        for b in range(env.followers.shape[1]):
            total += env.payoffs[0, action, b] * (env.followers[0, b] - (1 if env.act[i, 0] == b else 0))
        size = network.num_agents - 1
    else:
        for k in range(degree(network, i)):
            j = neighbour(network, i, k)
            if not is_away(network, j):
                total += env.payoffs[0, action, env.act[j, 0]]
                size += 1
    return total / size if size > 0 else 0.0


@compiled
def take(env, i, action):
    """Note what agent i has done; return whether that is new."""
    r = env.role[i]
    column = r if env.act.shape[1] == 2 else 0
    before = env.act[i, column]
    if action != before:
        env.act[i, column] = action
        env.followers[r, before] -= 1
        env.followers[r, action] += 1
    return action != before


@compiled
def modal_action(env, r):
    """Return the action that most agents in role r did last, the first of equals."""
    modal = 0
    for a in range(1, env.followers.shape[1]):
        if env.followers[r, a] > env.followers[r, modal]:
            modal = a
    return modal


@compiled
def note_agreement(env):
    """Work out the share that follows the modal action, and note which levels it reaches for the first time; where all
    start alike, in another convention.
    """
    agreement, is_new = 1.0, False
    for r in range(env.followers.shape[0]):
        modal = modal_action(env, r)
        agreement = min(agreement, env.followers[r, modal] / env.sizes[r])
        is_new |= modal != env.start
    env.agreement[0] = agreement
    for level in range(env.levels.shape[0]):
        if is_new and env.reached[level] < 0 and agreement >= env.levels[level]:
            env.reached[level] = env.num_events[0]
