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
counted and kept up to date; where everybody meets everybody they follow from the numbers of holders.
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
    if is_mixed(network):
        return np.float64(env.holders[s] - (own == s)) + env.self_play * (own == s)
    return env.met[i, s] + env.self_play * (own == s)


@compiled
def num_games(env, network, i):
    """Return how many games agent i plays, by weight."""
    if is_mixed(network):
        return network.num_agents - 1.0 + env.self_play
    return env.games[i]


@compiled
def payoff(env, network, i, own):
    """Return what agent i, who holds a strategy, is paid."""
    total = 0.0
    for s in range(env.num_strategies):
        total += env.payoffs[own, s] * num_met(env, network, i, own, s)
    games = num_games(env, network, i)
    return total / games if env.averaged and games > 0.0 else total


@compiled
def fitness(env, network, i, own):
    """Return the fitness of agent i, who holds a strategy."""
    strength = env.selection * payoff(env, network, i, own)
    return math.exp(strength) if env.exponential else 1.0 - env.selection + strength


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
def update_all(env, network, stream):
    """Let everyone choose from the present strategies; note who changes, and return how many."""
    if env.update == BEST_NEIGHBOUR:
        pay_all(env, network)
    num_changed = 0
    for i in range(env.strategy.shape[0]):
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
                new = imitated(env, network, i, own, draw_word(stream), stream)
        if new != own:
            env.changed[num_changed] = i
            env.next_strategy[num_changed] = new
            num_changed += 1
    return num_changed


@compiled
def update_one(env, network, stream):
    """Let one agent's strategy be replaced; note it if it changes, and return how many do: one or none."""
    word = draw_word(stream)
    i = below(word >> HALF, env.strategy.shape[0], stream)
    new = np.int64(env.strategy[i])
    if env.update == BIRTH_DEATH or env.update == MORAN:
        i, new = offspring(env, network, i, stream)
    elif not is_away(network, i):
        if env.update == PAIRWISE_COMPARISON:
            new = imitated(env, network, i, new, word << HALF, stream)
        else:
            new = heir(env, network, i, new, stream)
    if i < 0 or is_away(network, i):
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
        if is_away(network, j) or env.paid[j] < best:
            continue
        other = np.int64(env.strategy[j])
        if env.paid[j] > best:
            best, new = env.paid[j], other
        elif other == own or (new != own and other < new):
            new = other
    return new


@compiled
def imitated(env, network, i, own, word, stream):
    """Return the strategy that agent i has after a look at one neighbour, whom the upper half of a random word draws;
    the lower decides, where two draws are not needed.
    """
    j = drawn_neighbour(env, network, i, word >> HALF, stream)
    other = np.int64(env.strategy[np.uint64(j)])
    if other == own or is_away(network, j):
        return own
    gain = payoff(env, network, j, other) - payoff(env, network, i, own)
    if env.update == IMITATION:
        games = 1.0 if env.averaged else max(num_games(env, network, i), num_games(env, network, j))
        return other if gain > 0.0 and np.float64(word & LOW) * PART * games * env.spread < gain else own
    chance = 1.0 / (1.0 + math.exp(-env.selection * gain))
    return other if uniform(stream) < chance else own


# --- One agent at a time ---------------------------------------------------------------------------------------------


@compiled
def heir(env, network, i, own, stream):
    """Return the strategy of the neighbour that takes the place of agent i, by fitness and weight of the link."""
    if meets_own_kind_only(env, network, i, own):
        return own
    total = 0.0
    if is_mixed(network):
        for s in range(env.num_strategies):
            env.paid[s] = (env.holders[s] - (s == own)) * fitness(env, network, i, s)
            total += env.paid[s]
        new = drawn_place(env.paid, env.num_strategies, uniform(stream) * total)
        return own if new < 0 else new
    for k in range(degree(network, i)):
        total += claim(env, network, i, k)
    left, new = uniform(stream) * total, own
    for k in range(degree(network, i)):
        own_claim = claim(env, network, i, k)
        if own_claim > 0.0:
            new = np.int64(env.strategy[neighbour(network, i, k)])
            left -= own_claim
            if left < 0.0:
                break
    return new


@compiled
def claim(env, network, i, k):
    """Return the weight with which the k-th neighbour of agent i takes its place."""
    j = neighbour(network, i, k)
    if is_away(network, j):
        return 0.0
    return link_weight(network, i, k) * fitness(env, network, j, np.int64(env.strategy[j]))


@compiled
def offspring(env, network, anybody, stream):
    """Return whose place an offspring takes, anybody's under Moran's rule, and its strategy; -1 if nobody is fit."""
    total = 0.0
    if is_mixed(network):
        for s in range(env.num_strategies):
            env.paid[s] = env.holders[s] * fitness(env, network, np.int64(0), s)
            total += env.paid[s]
        s = drawn_place(env.paid, env.num_strategies, uniform(stream) * total)
        if s < 0:
            return s, s
        if env.update == BIRTH_DEATH:  # not the parent, who is one of its strategy's holders
            while env.strategy[anybody] == s and integer(stream, env.holders[s]) == 0:
                anybody = integer(stream, network.num_agents)
        return anybody, s
    for i in range(env.strategy.shape[0]):
        env.paid[i] = 0.0 if is_away(network, i) else fitness(env, network, i, np.int64(env.strategy[i]))
        total += env.paid[i]
    parent = drawn_place(env.paid, env.strategy.shape[0], uniform(stream) * total)
    if parent < 0:
        return parent, parent
    if env.update == BIRTH_DEATH:
        anybody = drawn_neighbour(env, network, parent, draw_word(stream) >> HALF, stream)
    return anybody, np.int64(env.strategy[parent])


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
