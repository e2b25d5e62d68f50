"""How strategies are replaced: who looks at whom, and with what chance one strategy takes the place of another.

With P_i the payoff of agent i and f_i its fitness (1 - w + w P_i, or exp(w P_i)), one step is, for everyone at once,

- ``best_neighbour``: take the strategy of the best paid among oneself and one's neighbours; whose own strategy is
  among the best keeps it, else of several the one with the lowest number is taken;
- ``imitation``: look at one neighbour j; if P_j > P_i take its strategy with the chance (P_j - P_i) / (g D), where g is
  the larger of the two numbers of games (1 for mean payoffs) and D the spread of the payoffs, 0 among them;
- ``fermi``: look at one neighbour j; take its strategy with the chance 1 / (1 + exp(-w (P_j - P_i)));

and for one agent

- ``pairwise_comparison``: the same, for one agent drawn uniformly;
- ``death_birth``: one agent, drawn uniformly, dies; a neighbour j takes its place, in proportion to w_ij f_j;
- ``birth_death``: one agent, drawn in proportion to its fitness, has offspring that takes the place of a neighbour;
- ``moran``: the same, but the offspring takes the place of anybody, its parent included.

A neighbour is drawn in proportion to the weight of the link. Each agent's meetings with holders of each strategy are
counted and kept up to date; where everybody meets everybody one row of them, the numbers of holders, serves all.
"""

from __future__ import annotations

import math

import numpy as np

from socialsim.core.compiled import compiled
from socialsim.core.streams import draw_word, integer, uniform
from socialsim.engine.links import COMPLETE, degree, is_away, link_weight, neighbour
from socialsim.environments._influence import HALF, LOW, below, someone_heard

UPDATES = ("best_neighbour", "imitation", "fermi", "pairwise_comparison", "death_birth", "birth_death", "moran")
BEST_NEIGHBOUR, IMITATION, FERMI, PAIRWISE_COMPARISON, DEATH_BIRTH, BIRTH_DEATH, MORAN = range(len(UPDATES))
PART = 1.0 / 4294967296.0  # of half a random word
LARGEST = 700.0  # number of which exp is finite


# --- Meetings and payoffs ------------------------------------------------------------------------------------------


@compiled
def is_mixed(network):
    """Return whether everybody meets everybody, so that numbers of holders say whom one meets."""
    return network.kind == COMPLETE and not network.may_change


@compiled
def count_all(env, network):
    """Count the holders among those present, and everybody's meetings."""
    for s in range(env.num_strategies):
        env.holders[s] = 0
    env.num_present[0] = 0
    for i in range(env.strategy.shape[0]):
        if not is_away(network, i):
            env.holders[env.strategy[i]] += 1
            env.num_present[0] += 1
            if not is_mixed(network):
                count_meetings(env, network, i)
    if is_mixed(network):
        for s in range(env.num_strategies):
            env.met[0, s] = env.holders[s]
        env.games[0] = env.num_present[0] - 1.0 + env.self_play
    note_fixation(env)


@compiled
def note_fixation(env):
    """Note the strategy that alone is left among those present, unless mutation brings others back."""
    if env.mutation == 0.0:
        for s in range(env.num_strategies):
            if env.holders[s] == env.num_present[0] > 0:
                env.fixed[0] = s


@compiled
def count_meetings(env, network, i):
    """Count whom agent i meets, by weight of the link."""
    for s in range(env.num_strategies):
        env.met[i, s] = 0.0
    env.games[i] = env.self_play
    for k in range(degree(network, i)):
        j = neighbour(network, i, k)
        if not is_away(network, j):
            env.met[i, env.strategy[j]] += link_weight(network, i, k)
            env.games[i] += link_weight(network, i, k)


@compiled
def links_are_mutual(network):
    """Return whether each link has its reverse, of the same weight."""
    if network.kind == COMPLETE:
        return True
    for i in range(network.num_agents):
        for k in range(degree(network, i)):
            j = neighbour(network, i, k)
            back, size = place_of(network, j, i), degree(network, j)
            while back < size and neighbour(network, j, back) == i:
                if link_weight(network, j, back) == link_weight(network, i, k):
                    break
                back += 1
            if back == size or neighbour(network, j, back) != i:
                return False
    return True


@compiled
def place_of(network, i, j):
    """Return where among the neighbours of agent i, which are sorted, j stands or would stand."""
    low, high = 0, degree(network, i)
    while low < high:
        middle = (low + high) // 2
        if neighbour(network, i, middle) < j:
            low = middle + 1
        else:
            high = middle
    return low


@compiled
def num_met(env, network, i, own, s):
    """Return how often agent i meets holders of a strategy, itself included if it plays against itself."""
    if is_mixed(network):  # its row counts everybody, itself included
        return env.met[0, s] + (env.self_play - 1.0) * (own == s)
    return env.met[i, s] + env.self_play * (own == s)


@compiled
def num_games(env, network, i):
    """Return how many games agent i plays, by weight."""
    return env.games[0 if is_mixed(network) else i]


@compiled
def payoff(env, network, i, own):
    """Return what agent i, who holds a strategy, is paid."""
    total = 0.0
    for s in range(env.num_strategies):
        total += env.payoffs[own, s] * num_met(env, network, i, own, s)
    games = num_games(env, network, i)
    return total / games if env.averaged and games > 0.0 else total


# --- One step --------------------------------------------------------------------------------------------------------


@compiled
def replace(env, network, i, new):
    """Give agent i another strategy, and tell those whom it meets."""
    old = np.int64(env.strategy[i])
    env.strategy[i] = new
    env.holders[old] -= 1
    env.holders[new] += 1
    if env.holders[new] == env.num_present[0] and env.mutation == 0.0:
        env.fixed[0] = new
    if is_mixed(network):
        env.met[0, old] -= 1.0
        env.met[0, new] += 1.0
        return
    if not env.is_mutual[0]:
        env.is_stale[0] = 1
        return
    for k in range(degree(network, i)):
        j = neighbour(network, i, k)
        if network.weights.shape[0] == 0:
            env.met[np.uint64(j), np.uint64(old)] -= 1.0
            env.met[np.uint64(j), np.uint64(new)] += 1.0
        else:  # afresh, since sums of weights are rounded
            count_meetings(env, network, j)


@compiled
def look(env, network, stream):
    """Let everyone, or one agent, look at others and choose; note who changes, and return how many."""
    word, first, stop = np.uint64(0), np.int64(0), np.int64(env.strategy.shape[0])
    if env.update == PAIRWISE_COMPARISON:
        word = draw_word(stream)
        first = below(word >> HALF, env.strategy.shape[0], stream)
        stop = first + 1
    elif env.update == BEST_NEIGHBOUR:
        pay_all(env, network)
    num_changed = 0
    for i in range(first, stop):
        if is_away(network, i):
            continue
        own = np.int64(env.strategy[i])
        new = own
        if env.mutation > 0.0 and uniform(stream) < env.mutation:
            new = another(env, own, stream)
        elif not meets_own_kind_only(env, network, i, own):
            if env.update == BEST_NEIGHBOUR:
                new = best_neighbour(env, network, i, own)
            else:
                if env.update != PAIRWISE_COMPARISON:
                    word = draw_word(stream)
                new = imitated(env, network, i, own, word, stream)
        if new != own:
            env.changed[num_changed] = i
            env.next_strategy[num_changed] = new
            num_changed += 1
    return num_changed


@compiled
def give_birth(env, network, stream):
    """Let an offspring take one agent's place; note it if its strategy is another, and return how many do: one or
    none.
    """
    i = below(draw_word(stream) >> HALF, env.strategy.shape[0], stream)
    new = np.int64(env.strategy[i])
    if env.update != DEATH_BIRTH or not (is_away(network, i) or meets_own_kind_only(env, network, i, new)):
        k = drawn_parent(env, network, i, new, stream)
        if k >= 0:
            new = np.int64(env.strategy[candidate(env, network, i, k)]) if not is_mixed(network) else k
            if env.update == BIRTH_DEATH:
                i = place_beside(env, network, i, k, stream)
        elif env.update != DEATH_BIRTH:  # nobody is fit
            return 0
    if is_away(network, i):
        return 0
    own = np.int64(env.strategy[i])
    if env.mutation > 0.0 and uniform(stream) < env.mutation:
        new = another(env, own, stream)
    if new == own:
        return 0
    env.changed[0] = i
    env.next_strategy[0] = new
    return 1


@compiled
def another(env, own, stream):
    """Return any other strategy, uniformly."""
    s = integer(stream, env.num_strategies - 1)
    return s if s < own else s + 1


@compiled
def meets_own_kind_only(env, network, i, own):
    """Return whether nobody whom agent i meets holds another strategy, so that it has nothing to take over."""
    return num_met(env, network, i, own, own) == num_games(env, network, i)


@compiled
def drawn_neighbour(env, network, i, bits, stream):
    """Return a neighbour of agent i, by weight of the link, from 32 random bits; i itself if there is none."""
    if network.weights.shape[0] == 0:
        return np.int64(someone_heard(network, i, bits, stream))
    total = 0.0
    for k in range(degree(network, i)):
        total += link_weight(network, i, k)
    left, last = uniform(stream) * total, i
    for k in range(degree(network, i)):
        if link_weight(network, i, k) > 0.0:
            last = neighbour(network, i, k)
            left -= link_weight(network, i, k)
            if left < 0.0:
                break
    return np.int64(last)


# --- Everyone at once ------------------------------------------------------------------------------------------------


@compiled
def pay_all(env, network):
    """Pay everybody; where all meet all it is enough to know what each strategy is paid."""
    if is_mixed(network):
        for s in range(env.num_strategies):
            env.paid[s] = payoff(env, network, np.int64(0), s) if env.holders[s] > 0 else -math.inf
    else:
        for i in range(env.strategy.shape[0]):
            env.paid[i] = payoff(env, network, i, np.int64(env.strategy[i]))


@compiled
def best_neighbour(env, network, i, own):
    """Return the strategy of the best paid among agent i and its neighbours."""
    new = own
    if is_mixed(network):
        best = env.paid[own]
        for s in range(env.num_strategies):
            if env.paid[s] > best:
                best, new = env.paid[s], np.int64(s)
        return new
    best = env.paid[i]
    for k in range(degree(network, i)):
        j = neighbour(network, i, k)
        if is_away(network, j) or env.paid[j] < best or link_weight(network, i, k) == 0.0:
            continue
        other = np.int64(env.strategy[j])
        if env.paid[j] > best:
            best, new = env.paid[j], other
        elif other == own or (new != own and other < new):
            new = other
    return new


@compiled
def imitated(env, network, i, own, word, stream):
    """Return the strategy that agent i has after a look at one neighbour, whom half of a random word draws: the upper,
    and the lower decides; but the lower, where the upper drew agent i.
    """
    j = drawn_neighbour(env, network, i, word & LOW if env.update == PAIRWISE_COMPARISON else word >> HALF, stream)
    other = np.int64(env.strategy[np.uint64(j)])
    if other == own or is_away(network, j):
        return own
    gain = payoff(env, network, j, other) - payoff(env, network, i, own)
    if env.update == IMITATION:
        games = 1.0 if env.averaged else max(num_games(env, network, i), num_games(env, network, j))
        return other if gain > 0.0 and np.float64(word & LOW) * PART * games * env.spread < gain else own
    chance = 1.0 / (1.0 + math.exp(min(-env.selection * gain, LARGEST)))
    return other if uniform(stream) < chance else own


# --- One agent at a time ---------------------------------------------------------------------------------------------


@compiled
def candidate(env, network, i, k):
    """Return the k-th of those who may have offspring: a neighbour of agent i, if i has died, or anybody."""
    return neighbour(network, i, k) if env.update == DEATH_BIRTH else k


@compiled
def drawn_parent(env, network, i, own, stream):
    """Return which candidate has offspring, by fitness and, of agent i who has died, by weight of the link; where all
    meet all, which strategy's holders do. It is -1 if nobody is fit.
    """
    mixed, dies_first = is_mixed(network), env.update == DEATH_BIRTH
    size = env.strategy.shape[0]
    if mixed:
        size = env.num_strategies
    elif dies_first:
        size = degree(network, i)
    total, best = 0.0, -math.inf
    for k in range(size):
        j, s = i, np.int64(k)
        if mixed:
            claim = np.float64(env.holders[s] - (dies_first and s == own))
        else:
            j = candidate(env, network, i, k)
            s = np.int64(env.strategy[j])
            claim = np.float64(link_weight(network, i, k) if dies_first else 1.0)
            if is_away(network, j):
                claim = np.float64(0.0)
        strength = env.selection * payoff(env, network, j, s)
        if env.exponential:
            env.paid[k] = strength
            if claim > 0.0:
                best = max(best, strength)
        else:
            claim *= 1.0 - env.selection + strength
            total += claim
        env.claims[k] = claim
    if env.exponential:
        total = exponential_claims(env, size, best)
    return drawn_place(env.claims, size, uniform(stream) * total)


@compiled
def exponential_claims(env, size, best):
    """Multiply claims by exp(w P), in units of the best, since it may be too large a number; return their sum."""
    total = 0.0
    for k in range(size):
        if env.claims[k] > 0.0:
            env.claims[k] *= math.exp(env.paid[k] - best)
            total += env.claims[k]
    return total


@compiled
def place_beside(env, network, anybody, k, stream):
    """Return whose place the offspring of parent k takes, not its parent's."""
    if not is_mixed(network):
        return drawn_neighbour(env, network, k, draw_word(stream) >> HALF, stream)
    while env.strategy[anybody] == k and integer(stream, env.holders[k]) == 0:  # it was the parent
        anybody = integer(stream, network.num_agents)
    return anybody


@compiled
def drawn_place(weights, num_places, left):
    """Return the place where a running sum of weights exceeds a number; -1 where all weights vanish."""
    place = np.int64(-1)
    for k in range(num_places):
        if weights[k] > 0.0:
            place = np.int64(k)
            left -= weights[k]
            if left < 0.0:
                break
    return place
