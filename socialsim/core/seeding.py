"""NumPy's seeding of SFC64, for many replications at once.

``numpy.random.SeedSequence`` hashes its words one after the other into a pool of four; a stream's initial state is made
from the pool, and SFC64 forgets its first twelve draws. All replications have all words in common but the last two, the
replication and the purpose, so that the rest is hashed once. The hash of a word v into a slot x of the pool is

    v <- (v xor m) m',    v <- v xor (v >> 16),    x <- 0xCA01F9DD x - 0x4973F715 v,    x <- x xor (x >> 16),

modulo 2^32, where the multiplier m becomes m' = 0x931E8875 m with each use. `fill_streams` is the one function that
numba keeps in its own cache: it belongs to no scenario's loop and calls no other function, and without it short runs
would spend most of their time here.
"""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

POOL_SIZE = 4
MASK = 0xFFFFFFFF
FIRST_MULTIPLIER, NEXT_MULTIPLIER = 0x43B0D7E5, 0x931E8875
FIRST_OUTPUT, NEXT_OUTPUT = 0x8B51F9DD, 0x58F38DED
NUM_OUTPUTS = 6
WARM_UP_DRAWS = 12


def common_pool(words: list[int]) -> tuple[list[int], int]:
    """Return the pool after the words that all streams have in common, and the multiplier that comes next.

    Parameters
    ----------
    words : list of int
        At least four words of 32 bits.

    Examples
    --------
    >>> from numpy.random import SeedSequence
    >>> pool, _ = common_pool([7, 0, 0, 0])
    >>> pool == SeedSequence(7).pool.tolist()
    True
    """
    multiplier = FIRST_MULTIPLIER

    def hashed(value: int) -> int:
        nonlocal multiplier
        value ^= multiplier
        multiplier = multiplier * NEXT_MULTIPLIER & MASK
        value = value * multiplier & MASK
        return value ^ value >> 16

    def mixed(x: int, y: int) -> int:
        result = 0xCA01F9DD * x - 0x4973F715 * y & MASK
        return result ^ result >> 16

    pool = [hashed(word) for word in words[:POOL_SIZE]]
    for source in range(POOL_SIZE):
        for target in range(POOL_SIZE):
            if source != target:
                pool[target] = mixed(pool[target], hashed(pool[source]))
    for word in words[POOL_SIZE:]:
        pool = [mixed(slot, hashed(word)) for slot in pool]
    return pool, multiplier


def multipliers(first: int, step: int, count: int) -> NDArray[np.uint64]:
    """Return ``first`` and what it becomes: count + 1 multipliers.

    Examples
    --------
    >>> multipliers(3, 5, 2).tolist()
    [3, 15, 75]
    """
    values = [first]
    for _ in range(count):
        values.append(values[-1] * step & MASK)
    return np.array(values, np.uint64)


@numba.njit(nogil=True, cache=True)
def fill_streams(pool, replications, purpose, hash_multipliers, output_multipliers, streams):
    """Write the initial state of the stream of each replication, shape (num_runs, 4)."""
    mask, half, word_bits, one = np.uint64(MASK), np.uint64(16), np.uint64(32), np.uint64(1)
    words, slots, outputs = np.zeros(2, np.uint64), np.zeros(4, np.uint64), np.zeros(6, np.uint64)
    words[1] = purpose
    for r in range(replications.shape[0]):
        words[0] = replications[r]
        slots[:] = pool
        for k in range(8):
            value = (words[k // 4] ^ hash_multipliers[k]) * hash_multipliers[k + 1] & mask
            value ^= value >> half
            slot = np.uint64(0xCA01F9DD) * slots[k % 4] - np.uint64(0x4973F715) * value & mask
            slots[k % 4] = slot ^ (slot >> half)
        for k in range(6):
            value = (slots[k % 4] ^ output_multipliers[k]) * output_multipliers[k + 1] & mask
            outputs[k] = value ^ (value >> half)
        a = outputs[0] | (outputs[1] << word_bits)
        b = outputs[2] | (outputs[3] << word_bits)
        c = outputs[4] | (outputs[5] << word_bits)
        w = one
        for _ in range(WARM_UP_DRAWS):
            draw = a + b + w
            a = b ^ (b >> np.uint64(11))
            b = c + (c << np.uint64(3))
            c = ((c << np.uint64(24)) | (c >> np.uint64(40))) + draw
            w += one
        streams[r, 0], streams[r, 1], streams[r, 2], streams[r, 3] = a, b, c, w
