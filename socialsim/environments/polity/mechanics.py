"""What happens in an election of a polity: preferences, ballots, pay, and the choice of the rule."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.ballots.electorate import effective_number
from socialsim.core.compiled import compiled
from socialsim.core.streams import integer, uniform
from socialsim.engine.links import is_away

UNIFORM, BELL, CAMPS = 0, 1, 2
ELECTORATES = ("uniform", "bell", "camps")
FIXED, DESIGNER, VOTE = 0, 1, 2
CONSTITUTIONS = ("fixed", "designer", "vote")
MENU = ("plurality", "plurality_runoff", "instant_runoff", "borda", "copeland")
NUM_SUMS = 9
ELECTIONS, WITH_VOTES, WELFARE, WORST, DISTANCE, PARTIES, TURNOUT, PLATFORMS, CHANGES = range(NUM_SUMS)  # of ``sums``


class State(NamedTuple):
    """What a replication holds."""

    num_voters: int
    num_candidates: int
    electorate: int
    constitution: int
    office: float
    votes: float
    ideology: float
    expressive: float
    cost: float
    equality: float
    constitution_period: int
    amendment_share: float
    burn_in: int
    first_rule: int  # place in the menu
    rules: NDArray[np.int64]  # (num_rules,), their numbers in `socialsim.ballots.tallies`
    grid: NDArray[np.float64]  # (num_platforms, num_dimensions)
    ideals: NDArray[np.float64]  # (num_voters + num_candidates, num_dimensions), ideal points
    median: NDArray[np.float64]  # (num_dimensions,), of the voters' ideal points
    platform: NDArray[np.int64]  # (num_candidates,)
    rule: NDArray[np.int64]  # (1,), in force, its place in the menu
    preference: NDArray[np.int64]  # (num_voters, num_candidates), from best to worst
    utilities: NDArray[np.float64]  # (num_voters, num_candidates)
    ballots: NDArray[np.int64]  # (num_voters, num_candidates)
    cast: NDArray[np.int64]  # (num_voters,), 1 for a vote, 0 for none
    seen: NDArray[np.int64]  # (num_agents,), the place of the better front-runner among each voter's choices
    firsts: NDArray[np.int64]  # (num_candidates,), ballots with each candidate first
    margins: NDArray[np.int64]  # (num_candidates, num_candidates)
    scores: NDArray[np.int64]  # (num_candidates,)
    winner: NDArray[np.int64]  # (1,), -1 before the first election
    fared: NDArray[np.float64]  # (num_voters, num_rules), sum of utilities under each rule
    tried: NDArray[np.int64]  # (num_rules,), elections under each rule
    clock: NDArray[np.int64]  # (1,), elections so far
    in_force: NDArray[np.int64]  # (num_rules,), counted elections under each rule
    last_rule: NDArray[np.int64]  # (1,), of the last counted election, its place in the menu; -1 before the first
    sums: NDArray[np.float64]  # (NUM_SUMS,), over counted elections


@compiled
def ideal(electorate, stream):
    """Return one coordinate of an ideal point, in [0, 1], in one camp if there are two."""
    if electorate == UNIFORM:
        return uniform(stream)
    middle = (uniform(stream) + uniform(stream) + uniform(stream)) / 3.0
    return middle if electorate == BELL else 0.5 * middle


@compiled
def populate(env, stream):
    """Draw the ideal points; with two camps each agent's lies in the lower or the upper half of all issues."""
    for i in range(env.ideals.shape[0]):
        shift = 0.5 * integer(stream, 2) if env.electorate == CAMPS else 0.0
        for d in range(env.ideals.shape[1]):
            env.ideals[i, d] = shift + ideal(env.electorate, stream)


@compiled
def find_median(env):
    """Find the voters' median on each issue: the middle one, or the mean of the two in the middle."""
    n = env.num_voters
    for d in range(env.median.shape[0]):
        total = 0.0
        for i in range(n):
            below, equal = 0, 0
            for j in range(n):
                below += env.ideals[j, d] < env.ideals[i, d]
                equal += env.ideals[j, d] == env.ideals[i, d]
            for place in ((n - 1) // 2, n // 2):
                if below <= place < below + equal:
                    total += env.ideals[i, d] / equal
        env.median[d] = 0.5 * total


@compiled
def utility(env, i, platform):
    """Return 1 - |x_i - y| / sqrt(d), what a policy is worth to an agent, in [0, 1]."""
    square = 0.0
    for d in range(env.grid.shape[1]):
        gap = env.ideals[i, d] - env.grid[platform, d]
        square += gap * gap
    return 1.0 - math.sqrt(square / env.grid.shape[1])


@compiled
def campaign(env, i, action, stream):
    """Let voter i order the candidates, equals by lot, and fill in a ballot: its action-th choice goes to the top."""
    m = env.num_candidates
    for c in range(m):
        env.utilities[i, c] = utility(env, i, env.platform[c])
    for k in range(m):  # a shuffle and an insertion sort at once
        place = integer(stream, k + 1) if k > 0 else 0
        env.preference[i, k] = env.preference[i, place]
        env.preference[i, place] = k
    for k in range(1, m):
        c, place = env.preference[i, k], k
        while place > 0 and env.utilities[i, env.preference[i, place - 1]] < env.utilities[i, c]:
            env.preference[i, place] = env.preference[i, place - 1]
            place -= 1
        env.preference[i, place] = c
    supported = action if action < m else 0
    env.ballots[i, 0] = env.preference[i, supported]
    for k in range(supported):
        env.ballots[i, k + 1] = env.preference[i, k]
    for k in range(supported + 1, m):
        env.ballots[i, k] = env.preference[i, k]


@compiled
def poll(env):
    """Note the place in each voter's preference of the better of the election's two front-runners by first places."""
    first, second = 0, -1
    for c in range(1, env.num_candidates):
        if env.firsts[c] > env.firsts[first]:
            first, second = c, first
        elif second < 0 or env.firsts[c] > env.firsts[second]:
            second = c
    for i in range(env.num_voters):
        place = 0
        while env.preference[i, place] != first and env.preference[i, place] != second:
            place += 1
        env.seen[i] = place


@compiled
def pay(env, network, rewards, winner, num_cast, welfare):
    """Pay voters for the policy and for having had their say, politicians for office, votes and policy, and the
    designer for welfare.
    """
    n, policy = env.num_voters, env.platform[winner]
    for i in range(n):
        rewards[i] = 0.0
        if not is_away(network, i):
            rewards[i] = env.utilities[i, winner]
            if env.cast[i] == 1:
                rewards[i] += env.expressive * env.utilities[i, env.ballots[i, 0]] - env.cost
    for c in range(env.num_candidates):
        rewards[n + c] = env.ideology * utility(env, n + c, policy)
        rewards[n + c] += env.votes * env.firsts[c] / max(num_cast, 1)
        if c == winner:
            rewards[n + c] += env.office
    for i in range(n + env.num_candidates, rewards.shape[0]):
        rewards[i] = welfare


@compiled
def record(env, winner, num_present, num_cast, mean, worst):
    """Add an election to the measures."""
    square, spread = 0.0, 0.0
    for d in range(env.median.shape[0]):
        gap = env.grid[env.platform[winner], d] - env.median[d]
        square += gap * gap
        for c in range(env.num_candidates):
            gap = env.grid[env.platform[c], d] - env.median[d]
            spread += gap * gap
    env.sums[ELECTIONS] += 1.0
    env.sums[WITH_VOTES] += num_cast > 0
    env.sums[WELFARE] += mean
    env.sums[WORST] += worst
    env.sums[DISTANCE] += math.sqrt(square / env.median.shape[0])
    env.sums[PLATFORMS] += math.sqrt(spread / (env.num_candidates * env.median.shape[0]))
    env.sums[PARTIES] += effective_number(env.firsts)
    env.sums[TURNOUT] += num_cast / max(num_present, 1)
    env.sums[CHANGES] += env.last_rule[0] >= 0 and env.last_rule[0] != env.rule[0]
    env.last_rule[0] = env.rule[0]
    env.in_force[env.rule[0]] += 1


@compiled
def amend(env, network, stream):
    """Put the next rule in force: each of the menu for one period, then what the voters decide."""
    num_rules = env.rules.shape[0]
    term = env.clock[0] // env.constitution_period
    rule = env.rule[0]
    if term < num_rules:
        rule = (env.first_rule + term) % num_rules
    elif term == num_rules:
        rule = env.first_rule
    elif num_rules > 1:
        challenger = (rule + 1 + integer(stream, num_rules - 1)) % num_rules
        supporters, num_present = 0, 0
        for i in range(env.num_voters):
            if not is_away(network, i):
                num_present += 1
                better = env.fared[i, challenger] / env.tried[challenger] - env.fared[i, rule] / env.tried[rule]
                supporters += better > 1e-12
        needed = env.amendment_share * num_present
        if supporters > needed + 1e-9 or (env.amendment_share > 0.5 and supporters > needed - 1e-9):
            rule = challenger
    env.rule[0] = rule
