"""What happens in a step: groups meet, contribute, sanction, and share (see the package)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.engine.links import degree, is_away, neighbour
from socialsim.environments.public_goods.theory import DEFECT, PEER, PUNISH, REWARD

NEIGHBOURHOODS, RANDOM, HYPEREDGES = range(3)
ACTS, CONTRIBUTED, PUNISHED, REWARDED, SURPLUS, POTENTIAL, SEATS, STEPS, INCENTIVES = range(9)
NUM_TOTALS = 9


class State(NamedTuple):
    """What a replication holds."""

    groups: int
    group_size: int
    multiplier: float
    contribution: float
    is_divided: int  # whether the contribution is divided among the groups in which an agent meets
    endowment: float
    sanctions: int
    fine: float
    fine_cost: float
    bonus: float
    bonus_cost: float
    incentives: NDArray[np.float64]  # (num_levels,), sums of tax and subsidy that may be in force
    is_designed: int  # whether the last agent chooses among them
    burn_in: int
    starts: NDArray[np.int64]  # (num_groups + 1,), of each hyperedge among the members
    members: NDArray[np.int64]  # (num_seats,), of all hyperedges
    incentive: NDArray[np.float64]  # (1,), in force
    clock: NDArray[np.int64]  # (1,)
    order: NDArray[np.int64]  # (num_agents,), random groups: who sits with whom
    num_meetings: NDArray[np.int64]  # (num_agents,), groups in which each met in the last step
    action: NDArray[np.int64]  # (num_agents,), of the last step, -1 for who met nobody
    forgone: NDArray[np.float64]  # (num_agents, num_actions), what each action would have paid; no rows if unseen
    sanctioned: NDArray[np.int64]  # (num_agents, num_agents), clock x more than any times + times; none if not kept
    earned: NDArray[np.float64]  # (num_agents,), in the steps that count
    totals: NDArray[np.float64]  # (NUM_TOTALS,)


# --- Who meets ---------------------------------------------------------------------------------------------------


@compiled
def num_groups(env, num_present):
    """Return how many groups there are in this step."""
    if env.groups == RANDOM:
        return num_present // env.group_size
    return env.starts.shape[0] - 1 if env.groups == HYPEREDGES else env.order.shape[0]


@compiled
def size_of(env, network, group):
    """Return how many agents belong to a group, whether or not they are away; 0 if whoever organises it is."""
    if env.groups == RANDOM:
        return env.group_size
    if env.groups == HYPEREDGES:
        return env.starts[group + 1] - env.starts[group]
    return 0 if is_away(network, group) else 1 + degree(network, group)


@compiled
def member(env, network, group, k):
    """Return the k-th member of a group; who organises a neighbourhood is its first."""
    if env.groups == RANDOM:
        return env.order[group * env.group_size + k]
    if env.groups == HYPEREDGES:
        return env.members[env.starts[group] + k]
    return group if k == 0 else neighbour(network, group, k - 1)


@compiled
def num_present_in(env, network, group):
    """Return how many members of a group are there; one alone does not meet, which counts as none."""
    present = 0
    for k in range(size_of(env, network, group)):
        present += 0 if is_away(network, member(env, network, group, k)) else 1
    return present if present > 1 else 0


# --- What they are paid ------------------------------------------------------------------------------------------


@compiled
def stake(env, i):
    """Return what agent i puts into each of its groups if it contributes."""
    return env.contribution / env.num_meetings[i] if env.is_divided else env.contribution


@compiled
def payoff(env, action, own, size, pool, defectors, punishers, rewarders):
    """Return what an action pays in a group of a size, beside what the others put in and do: equation (1)."""
    contributors = size - 1 - defectors
    if action == DEFECT:
        paid = (env.multiplier * pool - env.incentive[0] * contributors) / size - env.fine * punishers
        return env.endowment + paid
    paid = env.multiplier * (pool + own) / size - own + env.incentive[0] * defectors / size + env.bonus * rewarders
    if action == PUNISH:
        paid -= env.fine_cost * defectors if env.sanctions == PEER else env.fine_cost
    if action == REWARD:
        paid -= env.bonus_cost * contributors
    return env.endowment + paid


@compiled
def meet(env, network, group, actions, rewards):
    """Let the members of a group contribute, and pay them."""
    size = num_present_in(env, network, group)
    pool, all_in, defectors, punishers, rewarders = 0.0, 0.0, 0, 0, 0
    for k in range(size_of(env, network, group)):
        i = member(env, network, group, k)
        if size > 0 and not is_away(network, i):
            all_in += stake(env, i)
            pool += stake(env, i) if actions[i] != DEFECT else 0.0
            defectors += actions[i] == DEFECT
            punishers += actions[i] == PUNISH
            rewarders += actions[i] == REWARD
    for k in range(size_of(env, network, group)):
        i = member(env, network, group, k)
        if size > 0 and not is_away(network, i):
            own = stake(env, i)
            others = pool - own if actions[i] != DEFECT else pool
            d = defectors - (actions[i] == DEFECT)
            p = punishers - (actions[i] == PUNISH)
            r = rewarders - (actions[i] == REWARD)
            rewards[i] += payoff(env, actions[i], own, size, others, d, p, r)
            if env.forgone.shape[0] > 0:
                for action in range(env.forgone.shape[1]):
                    env.forgone[i, action] += payoff(env, action, own, size, others, d, p, r)
            if env.sanctioned.shape[0] > 0 and actions[i] == PUNISH:
                sanction(env, network, group, i, actions)
    env.totals[POTENTIAL] += (env.multiplier - 1.0) * all_in
    env.totals[SEATS] += size


@compiled
def sanction(env, network, group, i, actions):
    """Note that i punishes each defector of a group; what was noted in earlier steps is written over."""
    nothing = env.clock[0] * (env.order.shape[0] + env.starts.shape[0])  # no two share as many groups
    for k in range(size_of(env, network, group)):
        j = member(env, network, group, k)
        if actions[j] == DEFECT and not is_away(network, j):
            env.sanctioned[i, j] = max(env.sanctioned[i, j], nothing) + 1


@compiled
def count(env, actions, rewards):
    """Add the step to the totals; as long as it is too early to count, only the last step stands. Return the mean
    reward of those who met.
    """
    gained, num_met = 0.0, 0
    for i in range(env.num_meetings.shape[0]):
        if env.num_meetings[i] > 0:
            gained += rewards[i]
            num_met += 1
            env.totals[ACTS] += 1.0
            env.totals[CONTRIBUTED] += actions[i] != DEFECT
            env.totals[PUNISHED] += actions[i] == PUNISH
            env.totals[REWARDED] += actions[i] == REWARD
            env.totals[SURPLUS] += rewards[i]
            env.earned[i] += rewards[i]
    env.totals[STEPS] += 1.0
    env.totals[INCENTIVES] += env.incentive[0]
    return gained / num_met if num_met > 0 else 0.0


@compiled
def start_anew(env):
    """Forget what was counted."""
    for k in range(NUM_TOTALS):
        env.totals[k] = 0.0
    for i in range(env.earned.shape[0]):
        env.earned[i] = 0.0
