"""Random streams: one SFC64 generator a replication and purpose.

A stream is four 64-bit words (a, b, c, w). A draw returns a + b + w and moves the state on (Doty-Humphrey's SFC64, as
in NumPy):

    w <- w + 1,    a <- b ^ (b >> 11),    b <- c + (c << 3),    c <- rotl(c, 24) + draw

Its words are those of ``numpy.random.SFC64(SeedSequence(seed, spawn_key=(*point_words, replication, purpose)))``. The
same seed thus gives the same bits whatever the number of threads, the chunks, the order, or the replications beside it.
``SeedSequence`` costs 10 microseconds a stream; `seed_streams` computes the same hash for all replications at once.

The functions that draw are compiled, take the stream first in mind and last in the signature of whoever calls them, and
change it in place.
"""

from __future__ import annotations

import enum
import math

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.errors import ParameterError
from socialsim.core.seeding import (
    FIRST_OUTPUT,
    MASK,
    NEXT_MULTIPLIER,
    NEXT_OUTPUT,
    NUM_OUTPUTS,
    POOL_SIZE,
    WARM_UP_DRAWS,
    common_pool,
    fill_streams,
    multipliers,
)


class Purpose(enum.IntEnum):
    """What a stream is for; purposes never share draws, so that one can change without moving the others."""

    NETWORK = 0
    INITIAL = 1
    DYNAMICS = 2
    LEARNERS = 3
    CHANGE = 4


# --- Seeding ---------------------------------------------------------------------------------------------------


def seed_streams(
    seed: int, replications: NDArray[np.int64], purpose: Purpose, point_words: tuple[int, ...] = ()
) -> NDArray[np.uint64]:
    """Return the initial state of one stream a replication.

    Parameters
    ----------
    seed : int
        Root seed, >= 0.
    replications : ndarray of int, shape (num_runs,)
        Replication numbers, in [0, 2**32).
    purpose : Purpose
        What the streams are for.
    point_words : tuple of int
        The words, each in [0, 2**32), that name a point of a parameter study; none for a plain run.

    Returns
    -------
    ndarray of uint64, shape (num_runs, 4)

    Raises
    ------
    ParameterError
        If the seed is negative or not an integer.

    Examples
    --------
    >>> streams = seed_streams(7, np.arange(3), Purpose.DYNAMICS)
    >>> from numpy.random import SFC64, SeedSequence
    >>> expected = SFC64(SeedSequence(7, spawn_key=(2, Purpose.DYNAMICS))).state["state"]["state"]
    >>> bool((streams[2] == expected).all())
    True
    """
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)) or seed < 0:
        raise ParameterError(f"seed: {seed!r} is not accepted; accepted: an integer >= 0")
    root = _words(int(seed))
    root += [0] * (POOL_SIZE - len(root))
    pool, multiplier = common_pool([*root, *(word for point in point_words for word in _words(point))])
    streams = np.empty((len(replications), 4), np.uint64)
    with np.errstate(over="ignore"):
        fill_streams(
            np.array(pool, np.uint64),
            np.asarray(replications).astype(np.uint64),
            np.uint64(purpose),
            multipliers(multiplier, NEXT_MULTIPLIER, 2 * POOL_SIZE),
            multipliers(FIRST_OUTPUT, NEXT_OUTPUT, NUM_OUTPUTS),
            streams,
        )
    return streams


def _words(number: int) -> list[int]:
    """Split a non-negative integer into 32-bit words, lowest first."""
    words = [number & MASK]
    while number := number >> 32:
        words.append(number & MASK)
    return words


# --- Drawing: compiled, one replication ----------------------------------------------------------------------


@compiled
def draw_word(stream):
    """Return 64 random bits.

    Examples
    --------
    >>> from numpy.random import SFC64, SeedSequence
    >>> reference = SFC64(SeedSequence(1, spawn_key=(0, Purpose.LEARNERS)))
    >>> stream = seed_streams(1, np.arange(1), Purpose.LEARNERS)[0]
    >>> int(draw_word(stream)) == reference.random_raw()
    True
    """
    a, b, c, w = stream[0], stream[1], stream[2], stream[3]
    word = a + b + w
    stream[0] = b ^ (b >> np.uint64(11))
    stream[1] = c + (c << np.uint64(3))
    stream[2] = ((c << np.uint64(24)) | (c >> np.uint64(40))) + word
    stream[3] = w + np.uint64(1)
    return word


@compiled
def uniform(stream):
    """Return a number from U[0, 1), a multiple of 2**-53, as ``numpy.random.Generator.random`` does."""
    return np.float64(draw_word(stream) >> np.uint64(11)) * 1.1102230246251565e-16


@compiled
def integer(stream, stop):
    """Return an integer from U{0, ..., stop - 1} for 1 <= stop < 2**32, without bias (Lemire 2019, algorithm 5)."""
    bound = np.uint64(stop)
    product = (draw_word(stream) >> np.uint64(32)) * bound
    if product & np.uint64(0xFFFFFFFF) < bound:
        threshold = (np.uint64(0x100000000) - bound) % bound
        while product & np.uint64(0xFFFFFFFF) < threshold:
            product = (draw_word(stream) >> np.uint64(32)) * bound
    return np.int64(product >> np.uint64(32))


@compiled
def normal(stream):
    """Return a number from N(0, 1) by Marsaglia's polar method (one of its pair)."""
    while True:
        x = 2.0 * uniform(stream) - 1.0
        y = 2.0 * uniform(stream) - 1.0
        square = x * x + y * y
        if 0.0 < square < 1.0:
            return x * math.sqrt(-2.0 * math.log(square) / square)


@compiled
def exponential(stream):
    """Return a number from the exponential distribution of mean 1."""
    return -math.log1p(-uniform(stream))


@compiled
def gamma(stream, shape):
    """Return a number from Gamma(shape, 1), shape > 0 (Marsaglia & Tsang 2000; shapes below 1 by their boost)."""
    boost = 1.0
    if shape < 1.0:
        boost = math.pow(1.0 - uniform(stream), 1.0 / shape)
        shape += 1.0
    d = shape - 1.0 / 3.0
    c = 1.0 / math.sqrt(9.0 * d)
    while True:
        x = normal(stream)
        v = 1.0 + c * x
        if v > 0.0:
            v = v * v * v
            if math.log(1.0 - uniform(stream)) < 0.5 * x * x + d - d * v + d * math.log(v):
                return boost * d * v


@compiled
def beta(stream, a, b):
    """Return a number from Beta(a, b), a, b > 0, as a ratio of gammas.

    Where a and b are so small that both gammas vanish in double precision, the number is all but 0 or 1; it is 1 with
    probability a / (a + b).
    """
    x = gamma(stream, a)
    total = x + gamma(stream, b)
    if total == 0.0:
        return 1.0 if uniform(stream) * (a + b) < a else 0.0
    return x / total


@compiled
def geometric(stream, probability):
    """Return how many failures precede the first success, 0 <= probability <= 1: trials are skipped rather than
    drawn.
    """
    if probability >= 1.0:
        return np.int64(0)
    if probability <= 0.0:
        return np.int64(4_000_000_000_000_000_000)
    return np.int64(min(math.log1p(-uniform(stream)) / math.log1p(-probability), 4.0e18))


@compiled
def categorical(stream, weights):
    """Return an index drawn in proportion to non-negative weights that do not all vanish."""
    total = 0.0
    for k in range(weights.shape[0]):
        total += weights[k]
    left = uniform(stream) * total
    last = 0
    for k in range(weights.shape[0]):
        if weights[k] > 0.0:
            last = k
            left -= weights[k]
            if left < 0.0:
                return k
    return last


@compiled
def draw_alias(stream, accept, shift, row):
    """Return an outcome from one row of tables of `alias_table`, by one draw.

    Its whole part chooses the column, its fraction keeps or leaves it. Indices are unsigned, which saves a check for
    negative ones, and arithmetic replaces a branch, which would be mispredicted often.
    """
    scaled = uniform(stream) * accept.shape[1]
    column = np.int64(scaled)
    redirected = 1 + np.int64(math.floor(scaled - column - accept[np.uint64(row), np.uint64(column)]))
    return column + redirected * shift[np.uint64(row), np.uint64(column)]


def alias_table(probabilities: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Return Walker's tables, which draw from a discrete distribution in constant time.

    Parameters
    ----------
    probabilities : ndarray, shape (num_outcomes,)
        Non-negative, of sum 1.

    Returns
    -------
    accept : ndarray of float, shape (num_outcomes,)
        Chance of keeping the column that was drawn.
    shift : ndarray of int, shape (num_outcomes,)
        Distance to the outcome taken otherwise.

    Source
    ------
    Walker 1977; Vose 1991 for the construction.

    Examples
    --------
    >>> accept, shift = alias_table(np.array([0.5, 0.25, 0.25]))
    >>> accept.tolist(), shift.tolist()
    ([1.0, 0.75, 0.75], [0, -1, -2])
    """
    accept = np.asarray(probabilities, float) * len(probabilities)
    alias = np.arange(len(accept))
    small = [k for k in range(len(accept)) if accept[k] < 1.0]
    large = [k for k in range(len(accept)) if accept[k] >= 1.0]
    while small and large:
        receiver, donor = small.pop(), large[-1]
        alias[receiver] = donor
        accept[donor] -= 1.0 - accept[receiver]
        if accept[donor] < 1.0:
            small.append(large.pop())
    accept[small + large] = 1.0
    return accept, alias - np.arange(len(accept))


@compiled
def restart(stream, key, step, agent_index, purpose):
    """Set a stream to the start that belongs to (key, step, agent, purpose), purpose in {0, ..., 15}.

    A fork restarts its streams so at every use: an extra draw in one branch then moves no later draw of another (common
    random numbers). The words are SplitMix64's finaliser over a counter (Steele, Lea & Flood 2014).
    """
    counter = key + np.uint64(0x9E3779B97F4A7C15) * np.uint64(16 * step + purpose + 1)
    counter = _finalise(counter) + np.uint64(0x9E3779B97F4A7C15) * np.uint64(agent_index + 2)
    for k in range(3):
        counter = counter + np.uint64(0x9E3779B97F4A7C15)
        stream[k] = _finalise(counter)
    stream[3] = np.uint64(1)
    for _ in range(WARM_UP_DRAWS):
        draw_word(stream)


@compiled
def _finalise(word):
    """Mix one word (SplitMix64)."""
    word = (word ^ (word >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    word = (word ^ (word >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return word ^ (word >> np.uint64(31))
