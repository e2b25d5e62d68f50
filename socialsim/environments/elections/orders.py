"""Rankings as numbers.

The m! rankings of m candidates, in lexicographic order, are the numbers 0 ... m! - 1. With d_k how many of the
candidates behind place k have a lower number than the one at place k, a ranking has the number

    r = sum_k d_k (m - 1 - k)!                                                     (Lehmer's code, [Knuth1998]_ 5.1.1)

Pairwise counts of many voters are sums of words: each ranking has one field of bits for each pair a < b, which is 1 if
a is above b, and a field is so wide that the sum over all voters leaves its top bit free. All fields of a word are then
compared with a majority at once: a sum to which 2^(bits - 1) - majority is added has its top bit set where the majority
is reached.
"""

from __future__ import annotations

import itertools
import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.streams import draw_word
from socialsim.engine.links import is_away

LARGEST_TABLE = 6  # candidates; 720 rankings
WORD = 62  # bits in use of a word of fields


def orders(num_candidates: int) -> NDArray[np.int64]:
    """Return all rankings in lexicographic order, shape (m!, m).

    Examples
    --------
    >>> orders(3).tolist()
    [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]]
    """
    return np.array(list(itertools.permutations(range(num_candidates))), np.int64)


class PairWords(NamedTuple):
    """Words of fields, one for each pair a < b, and which fields concern whom."""

    field_bits: int
    words: NDArray[np.int64]  # (m!, num_words): of each ranking; a field is 1 if a is above b
    ones: NDArray[np.int64]  # (num_words,): 1 in every field
    wins_low: NDArray[np.int64]  # (num_words, m): top bits of the fields in which a candidate is a
    wins_high: NDArray[np.int64]  # (num_words, m): and of those in which it is b


def pair_words(num_candidates: int, num_voters: int) -> PairWords:
    """Return the words of all rankings.

    Examples
    --------
    >>> pairs = pair_words(3, 3)  # pairs 01, 02, 12 in fields of three bits
    >>> pairs.field_bits, [f"{word:09b}" for word in pairs.words[:2, 0].tolist()]
    (3, ['001001001', '000001001'])
    >>> [f"{mask:09b}" for mask in pairs.wins_low[0].tolist()], [f"{mask:09b}" for mask in pairs.wins_high[0].tolist()]
    (['000100100', '100000000', '000000000'], ['000000000', '000000100', '100100000'])
    """
    field_bits = num_voters.bit_length() + 1
    pairs = list(itertools.combinations(range(num_candidates), 2))
    table = orders(num_candidates)
    place = np.argsort(table, axis=1)
    num_words = -(-len(pairs) // (WORD // field_bits))
    words, ones = np.zeros((len(table), num_words), np.int64), np.zeros(num_words, np.int64)
    low, high = np.zeros((2, num_words, num_candidates), np.int64)
    for position, (a, b) in enumerate(pairs):
        word, field = divmod(position, WORD // field_bits)
        one = 1 << (field * field_bits)
        words[:, word] += np.where(place[:, a] < place[:, b], one, 0)
        ones[word] += one
        low[word, a] += one << (field_bits - 1)
        high[word, b] += one << (field_bits - 1)
    return PairWords(field_bits, words, ones, low, high)


def batch_of(num_orders: int) -> int:
    """Return how many rankings to take from one random word: their numbers together stay below 2^20, so that one word
    in 2^12 is rejected at most.

    Examples
    --------
    >>> batch_of(6), batch_of(120), batch_of(math.factorial(10))
    (7, 2, 1)
    """
    return max(1, int(20 * math.log(2) / math.log(num_orders)))


@compiled
def draw_numbers(numbers, num_orders, batch, stream):
    """Fill numbers with draws from U{0, ..., num_orders - 1}, without bias.

    The 32 bits x of one word, as a fraction of 2^32, give digit after digit to the base ``num_orders``; with b the
    product of the bases, x is rejected if (x b) mod 2^32 < 2^32 mod b ([BrackettRozinskyLemire2024]_, algorithm 4).
    """
    base, start = np.uint64(num_orders), 0
    while start < numbers.shape[0]:
        stop = min(start + batch, numbers.shape[0])
        bits, bound = draw_word(stream) >> np.uint64(32), np.uint64(1)
        for i in range(start, stop):
            bits *= base
            bound *= base
            numbers[i] = np.int64(bits >> np.uint64(32))
            bits &= np.uint64(0xFFFFFFFF)
        if bits >= bound or bits >= (np.uint64(0x100000000) - bound) % bound:
            start = stop


@compiled
def number_of(rankings, i):
    """Return the number of the ranking in row i."""
    num_candidates, number = rankings.shape[1], np.int64(0)
    for k in range(num_candidates):
        lower = 0
        for later in range(k + 1, num_candidates):
            lower += rankings[i, later] < rankings[i, k]
        number = number * (num_candidates - k) + lower
    return number


@compiled
def write_order(table, number, rankings, i):
    """Write the ranking of a number into row i: from the table of all, or digit by digit from the last place on."""
    num_candidates = rankings.shape[1]
    if table.shape[0] > 0:
        for k in range(num_candidates):
            rankings[i, k] = table[number, k]
        return
    for k in range(num_candidates - 1, -1, -1):
        rankings[i, k] = number % (num_candidates - k)
        number //= num_candidates - k
        for later in range(k + 1, num_candidates):
            rankings[i, later] += rankings[i, later] >= rankings[i, k]


@compiled
def condorcet_of(env, network, numbers):
    """Return the candidate that a majority ranks above each other one, as a set; empty if there is none."""
    num_voters = count_voters(env, network)
    reach = (np.int64(1) << np.int64(env.field_bits - 1)) - num_voters // 2 - 1
    winners = (np.int64(1) << np.int64(env.scores.shape[0])) - np.int64(1)
    for word in range(env.ones.shape[0]):
        low = sum_of_words(env, network, numbers, word)
        high = num_voters * env.ones[word] - low
        low, high = low + reach * env.ones[word], high + reach * env.ones[word]
        for c in range(env.scores.shape[0]):
            lost = (env.wins_low[word, c] & ~low) | (env.wins_high[word, c] & ~high)
            winners &= ~(np.int64(lost != 0) << np.int64(c))
    return winners


@compiled
def add_pairs(env, network, numbers):
    """Fill the pairwise margins of the rankings of these numbers."""
    num_voters, mask = count_voters(env, network), (np.int64(1) << np.int64(env.field_bits)) - np.int64(1)
    word, left, total = -1, 0, np.int64(0)
    for a in range(env.margins.shape[0]):
        for b in range(a + 1, env.margins.shape[0]):
            if left == 0:
                word, left = word + 1, WORD // env.field_bits
                total = sum_of_words(env, network, numbers, word)
            margin = 2 * (total & mask) - num_voters
            env.margins[a, b], env.margins[b, a] = margin, -margin
            total >>= np.int64(env.field_bits)
            left -= 1


@compiled
def sum_of_words(env, network, numbers, word):
    """Return the sum of one word over those who vote."""
    total = np.int64(0)
    for i in range(numbers.shape[0]):
        if not is_away(network, i):
            total += env.words[numbers[i], word]
    return total


@compiled
def count_voters(env, network):
    """Return how many vote."""
    num_voters = np.int64(env.number.shape[0])
    if network.may_change:
        for i in range(env.number.shape[0]):
            num_voters -= is_away(network, i)
    return num_voters
