"""What happens in a step: parties move, voters choose, votes become seats, the weak leave and new parties come."""

from __future__ import annotations

import math

from socialsim.ballots.electorate import effective_number
from socialsim.ballots.tallies import contains, size_of, winners_by
from socialsim.core.compiled import compiled
from socialsim.core.streams import integer, uniform
from socialsim.engine.links import is_away
from socialsim.environments.parties.apportionment import apportion
from socialsim.environments.parties.electorate import any_voter
from socialsim.environments.parties.layout import (
    AFTER,
    BEFORE,
    DHONDT,
    DISSATISFIED,
    DISTANCE,
    ECCENTRICITY,
    EFFECTIVE,
    INSTANT_RUNOFF,
    MISERY,
    NO_BIRTHS,
    OFFICE,
    PARLIAMENT,
    PARTIES,
    PLURALITY,
    VARIANCE,
    VOTES,
)

FEWEST = 2  # parties that stay however weak


@compiled
def plays(env, network, i):
    """Return whether party i is there to be voted for."""
    return env.is_in_play[i] == 1 and not is_away(network, i)


# --- Votes -----------------------------------------------------------------------------------------------------


@compiled
def look_around(env, network, v):
    """Note how far every party is from voter v, squared; those out of play are infinitely far."""
    for i in range(env.gaps.shape[0]):
        env.gaps[i] = 0.0 if plays(env, network, i) else math.inf
        for k in range(env.voters.shape[1]):
            gap = env.voters[v, k] - env.position[i, k]
            env.gaps[i] += gap * gap


@compiled
def nearest(gaps, stream):
    """Return the place of the least number, one drawn by lot where several are least; -1 if all are infinite."""
    best, least, ties = -1, math.inf, 1
    for i in range(gaps.shape[0]):
        if gaps[i] < least:
            best, least, ties = i, gaps[i], 1
        elif gaps[i] == least and best >= 0:
            ties += 1
            if integer(stream, ties) == 0:
                best = i
    return best


@compiled
def rank(env, v, first):
    """Rank the parties for voter v behind the first, the closer first; those out of play are not ranked.

    The first is removed by one lot among equals, the others at the same distance follow in an order that begins there.
    """
    n = env.gaps.shape[0]
    env.rankings[v, 0] = first
    for place in range(1, n):
        env.gaps[env.rankings[v, place - 1]] = math.inf
        best = -1
        for turn in range(1, n):
            i = (first + turn) % n
            if env.gaps[i] < math.inf and (best < 0 or env.gaps[i] < env.gaps[best]):
                best = i
        env.rankings[v, place] = best
        if best < 0:
            for rest in range(place, n):
                env.rankings[v, rest] = -1
            break


@compiled
def support(env, v, i):
    """Let voter v, who is as far as noted from party i, support it."""
    weight = env.weights[v]
    env.votes[i] += weight
    env.discontent[v] = env.gaps[i]
    env.misery[0] += weight * math.sqrt(env.gaps[i]) / env.num_voters[0]
    env.misery[1] += weight * env.gaps[i] / env.num_voters[0]
    for k in range(env.voters.shape[1]):
        env.supporters[i, k] += weight * env.voters[v, k]


@compiled
def poll(env, network, stream):
    """Let everybody support the closest party; note votes, shares, the supporters' means and the largest party."""
    n, d = env.position.shape
    for i in range(n):
        env.share_before[i] = env.share[i]
        env.votes[i] = 0.0
        for k in range(d):
            env.supporters[i, k] = 0.0
    env.misery[0] = env.misery[1] = 0.0
    for v in range(env.voters.shape[0]):
        look_around(env, network, v)
        i = nearest(env.gaps, stream)
        if i >= 0:
            support(env, v, i)
            if env.rankings.shape[0] > 0:
                rank(env, v, i)
    for i in range(n):
        env.share[i] = env.votes[i] / env.num_voters[0]
        env.gaps[i] = -env.votes[i]
        for k in range(d):
            env.supporters[i, k] = env.supporters[i, k] / env.votes[i] if env.votes[i] > 0.0 else env.position[i, k]
    env.largest[0] = nearest(env.gaps, stream)


# --- Seats -----------------------------------------------------------------------------------------------------


@compiled
def seat_winners(env, margins):
    """Give all seats to those who win when rankings are counted."""
    if margins.ndim == 2:  # known when this is compiled: rules without rankings need not wait for those with them
        winners = winners_by(env.ranking_rule, env.rankings, env.weights, 1, env.margins, env.scores)
        for i in range(env.seats.shape[0]):
            env.seats[i] = 1.0 / size_of(winners) if contains(winners, i) else 0.0


@compiled
def share_between_largest(values, shares):
    """Give 1 to the largest value, in equal parts where several are the largest and above 0; it may be in place."""
    most, ties = 0.0, 0
    for i in range(values.shape[0]):
        most = max(most, values[i])
    for i in range(values.shape[0]):
        ties += values[i] == most
    for i in range(values.shape[0]):
        shares[i] = 1.0 / ties if values[i] == most and most > 0.0 else 0.0


@compiled
def elect(env, network, stream):
    """Turn the last poll into shares of seats."""
    n = env.seats.shape[0]
    if env.rule == PLURALITY:
        share_between_largest(env.votes, env.seats)
    elif env.rule < INSTANT_RUNOFF:
        apportion(env.rule - DHONDT, env.votes, env.num_seats, env.threshold, env.seats, stream)
        for i in range(n):
            env.seats[i] /= env.num_seats
    else:
        seat_winners(env, env.margins)


@compiled
def pay(env, rewards):
    """Pay the share of votes, the share of seats, or office."""
    if env.reward == OFFICE:
        share_between_largest(env.seats, rewards)
        return
    for i in range(rewards.shape[0]):
        rewards[i] = env.share[i] if env.reward == VOTES else env.seats[i]


# --- Measures --------------------------------------------------------------------------------------------------


@compiled
def distance_from_centre(env, i):
    """Return how far a party is from the voters' mean ideal point."""
    total = 0.0
    for k in range(env.centre.shape[0]):
        gap = env.position[i, k] - env.centre[k]
        total += gap * gap
    return math.sqrt(total)


@compiled
def party_mean(env, k):
    """Return the mean position of parties on an axis, weighted by votes."""
    total = 0.0
    for i in range(env.share.shape[0]):
        total += env.share[i] * env.position[i, k]
    return total


@compiled
def measure(env, network):
    """Add this step to the sums."""
    count, eccentricity, variance = 0, 0.0, 0.0
    for i in range(env.share.shape[0]):
        if plays(env, network, i):
            count += 1
            eccentricity += distance_from_centre(env, i)
    for k in range(env.centre.shape[0]):
        mean = party_mean(env, k)
        for i in range(env.share.shape[0]):
            gap = env.position[i, k] - mean
            variance += env.share[i] * gap * gap
    by_votes, by_seats = effective_number(env.votes), effective_number(env.seats)
    if count > 0 and by_votes > 0.0 and by_seats > 0.0:
        env.sums[ECCENTRICITY] += eccentricity / count
        env.sums[DISTANCE] += env.misery[0]
        env.sums[MISERY] += env.misery[1]
        env.sums[EFFECTIVE] += by_votes
        env.sums[PARLIAMENT] += by_seats
        env.sums[VARIANCE] += variance
        env.sums[PARTIES] += count
        env.num_counted[0] += 1


@compiled
def follow_shift(env):
    """Note where parties stand on the first axis before the electorate shifts, and once they had time to follow."""
    is_after = env.clock[0] >= env.shift_step + env.burn_in
    if is_after or env.burn_in <= env.clock[0] < env.shift_step:
        window = AFTER if is_after else BEFORE
        env.shift_sums[window] += party_mean(env, 0)
        env.shift_counts[window] += 1


# --- Birth and death -------------------------------------------------------------------------------------------


@compiled
def bury(env, network):
    """Update fitness; the weakest below the threshold leave, as long as more than two are in play."""
    count = 0
    for i in range(env.fitness.shape[0]):
        if plays(env, network, i):
            env.fitness[i] = env.fitness_memory * env.fitness[i] + (1.0 - env.fitness_memory) * env.share[i]
            count += 1
    while count > FEWEST:
        weakest = -1
        for i in range(env.fitness.shape[0]):
            if plays(env, network, i) and (weakest < 0 or env.fitness[i] < env.fitness[weakest]):
                weakest = i
        if env.fitness[weakest] >= env.survival_threshold:
            break
        env.is_in_play[weakest] = 0
        env.share[weakest] = 0.0
        env.num_deaths[0] += 1
        count -= 1
    return count


@compiled
def place(env, i, v, fitness):
    """Let party i begin where voter v stands."""
    for k in range(env.position.shape[1]):
        env.position[i, k] = env.voters[v, k]
        env.supporters[i, k] = env.voters[v, k]
    env.share[i] = env.share_before[i] = 0.0
    env.fitness[i] = fitness
    env.is_in_play[i] = 1


@compiled
def give_birth(env, network, count, stream):
    """Let a voter found a party where it stands, if there is a place left and, where it matters, if it is unhappy."""
    free = -1
    for i in range(env.is_in_play.shape[0] - 1, -1, -1):
        if env.is_in_play[i] == 0 and not is_away(network, i):
            free = i
    if env.birth == NO_BIRTHS or free < 0:
        return
    v = any_voter(env, stream)
    if env.birth == DISSATISFIED and uniform(stream) >= env.dissatisfaction * env.discontent[v]:
        return
    place(env, free, v, 1.0 / (count + 1))
    env.is_new[free] = 1
    env.num_births[0] += 1
