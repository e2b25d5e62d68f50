"""What happens to the agents in one step of a fishery: they catch, rules are enforced, and all is counted.

The stock itself is in `socialsim.environments._stocks`.
"""

from __future__ import annotations

import math

from socialsim.core.compiled import compiled
from socialsim.core.streams import normal, uniform
from socialsim.engine.links import COMPLETE, degree, is_away, neighbour

OUTSIDE, EVERYONE, OFFENDERS = 0, 1, 2  # who pays for monitoring
ROUNDING = 1e-12  # relative; a catch that exceeds the quota by less does not exceed it

# What is counted in ``totals`` over the steps after the burn-in, summed over agents where there are several
STEPS, STOCK, EFFORT, CATCH, PROFIT, MONITORING, FINES, SANCTIONS, INSIDE, WITHIN, OUT = range(11)
ANY_CATCH, TIMED_CATCH = 11, 12  # over all steps: catch, and catch times the number of its step
NUM_TOTALS = 13


@compiled
def draw_shock(noise, stream):
    """Return a log-normal number of mean 1; draws nothing without noise."""
    if noise == 0.0:
        return 1.0
    return math.exp(noise * normal(stream) - 0.5 * noise * noise)


@compiled
def sanction_class(env, i):
    """Return the offences that are remembered of agent i; one class more is to be excluded."""
    return env.max_offences + 1 if env.excluded[i] > 0 else env.offences[i]


@compiled
def look_around(env, network):
    """Note what the neighbours of each agent did in this step: the mean effort of those whom it hears."""
    total, num_present = 0.0, 0
    if network.kind == COMPLETE:
        for j in range(network.num_agents):
            total += env.effort[j]
            num_present += not is_away(network, j)
    for i in range(network.num_agents):
        around, num_heard = 0.0, 0
        if network.kind == COMPLETE:
            around = max(0.0, total - env.effort[i])
            num_heard = num_present - (not is_away(network, i))
        else:
            for k in range(degree(network, i)):
                j = neighbour(network, i, k)
                around += env.effort[j]
                num_heard += not is_away(network, j)
        env.around[i] = around / num_heard if num_heard > 0 else 0.0


@compiled
def forget(env, i):
    """Forget one offence of agent i where it has kept to the rules for long enough, and shorten its exclusion."""
    if env.excluded[i] > 0:
        env.excluded[i] -= 1
    if env.forgetting > 0 and env.offences[i] > 0:
        env.quiet[i] += 1
        if env.quiet[i] >= env.forgetting:
            env.offences[i] -= 1
            env.quiet[i] = 0


@compiled
def fine_of(fine, fine_growth, num_offences):
    """Return the fine for an offence: f g^k, where k earlier ones are remembered.

    Examples
    --------
    >>> [fine_of(0.1, 2.0, k) for k in range(3)]
    [0.1, 0.2, 0.4]
    """
    for _ in range(num_offences):
        fine *= fine_growth
    return fine


@compiled
def punish(env, i):
    """Record a found offence of agent i, and return what it must pay."""
    due = fine_of(env.fine, env.fine_growth, env.offences[i])
    env.offences[i] = min(env.max_offences, env.offences[i] + 1)
    env.quiet[i] = 0
    if env.offences[i] == env.max_offences:
        env.excluded[i] = env.exclusion
    return due


@compiled
def choose_efforts(env, network, actions):
    """Note who fishes with which effort, and return the mean effort; whoever does not fish makes none."""
    total = 0.0
    for i in range(actions.shape[0]):
        env.inside[i] = not is_away(network, i) and env.excluded[i] == 0 and actions[i] < env.num_efforts
        env.effort[i] = actions[i] / (env.num_efforts - 1) if env.inside[i] else 0.0
        total += env.effort[i]
    return total / actions.shape[0]


@compiled
def is_watched(env, stream):
    """Return whether an agent is watched; draws nothing without monitoring."""
    return env.monitoring > 0.0 and uniform(stream) < env.monitoring


@compiled
def share_out(env, rewards, fund):
    """Pay out what the tax has brought in equal parts to all in the fishery."""
    num_inside = 0
    for i in range(rewards.shape[0]):
        num_inside += env.inside[i]
    for i in range(rewards.shape[0]):
        if env.inside[i]:
            rewards[i] += fund / num_inside


@compiled
def levy(env, rewards, num_watched):
    """Let all in the fishery pay alike for the watching, each at most what it has."""
    num_inside = 0
    for i in range(rewards.shape[0]):
        num_inside += env.inside[i]
    for i in range(rewards.shape[0]):
        if env.inside[i]:
            rewards[i] = max(0.0, rewards[i] - env.monitoring_cost * num_watched / num_inside)


@compiled
def count_catch(env, i, caught, is_lawful, is_found, fine):
    """Add the catch of an agent in the fishery to the totals."""
    env.caught[i] += caught
    env.totals[PROFIT] += env.price * caught - env.cost * env.effort[i]
    env.totals[INSIDE] += 1.0
    env.totals[WITHIN] += 1.0 if is_lawful else 0.0
    env.totals[SANCTIONS] += 1.0 if is_found else 0.0
    env.totals[FINES] += fine


@compiled
def count_step(env, stock, mean_effort, mean_catch, num_watched, is_counted):
    """Add a step to the totals."""
    num_agents = env.effort.shape[0]
    env.clock[0] += 1
    env.totals[ANY_CATCH] += num_agents * mean_catch
    env.totals[TIMED_CATCH] += env.clock[0] * num_agents * mean_catch
    if is_counted:
        env.totals[STEPS] += 1.0
        env.totals[STOCK] += stock
        env.totals[EFFORT] += num_agents * mean_effort
        env.totals[CATCH] += num_agents * mean_catch
        env.totals[MONITORING] += env.monitoring_cost * num_watched
        env.lowest[0] = min(env.lowest[0], env.stock[0])
