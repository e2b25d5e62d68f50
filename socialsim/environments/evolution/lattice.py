"""Two strategies on a torus where everybody takes after the best of the nine, 60 cells to a word.

A cell is one bit, 1 for strategy 0. Each row of the torus is cut into words of at most 60 cells; on either side a word
repeats the two cells that follow (its **ghosts**), and above and below the torus two rows are repeated, so that nine
cells are counted, and whatever a cell shows is carried to its eight neighbours, by shifts and by words a row apart,
without a thought for borders. One generation:

1. **Count** the holders of strategy 0 among the nine cells around each, in four bit planes (adders of bits).
2. A cell whose nine agree keeps its strategy. The others are **open**.
3. **Walk** through the pairs (strategy, count) from the best paid to the worst (`walk_order`, known beforehand). The
   cells of a pair are marked, the mark is carried to the eight neighbours, and each open cell that it reaches takes
   the pair's strategy and is open no more.

Where two pairs of different strategies are paid alike, those who hold strategy 0 look at its pairs first, and all
others at those of strategy 1: a cell whose own strategy is among the best keeps it, as in `updating.best_neighbour`,
with which this agrees bit by bit.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.engine.interface import constant
from socialsim.engine.links import CIRCULANT, SPARSE

MOST_CELLS, GHOSTS = 60, 2  # cells of a word; cells and rows repeated on either side
FEWEST = 16  # rows and columns
ONES = (1 << 64) - 1
NUM_PLANES = 10
CELLS, LOW, HIGH, BIT_0, BIT_1, BIT_2, BIT_3, OPEN, MARK, INSIDE = range(NUM_PLANES)
NUM_ROWS, NUM_COLUMNS, NUM_WORDS = range(3)
ONE, TWO = np.uint64(1), np.uint64(2)
PAIRS, FOURS = np.uint64(0x5555555555555555), np.uint64(0x3333333333333333)
EIGHTS = np.uint64(0x0F0F0F0F0F0F0F0F)
ANYBODY, COOPERATES = 5, 6  # columns of the walk order, after the five bits of a pair


def plane_words(num_agents: int) -> int:
    """Return words enough for any torus of so many cells that the kernel takes.

    Examples
    --------
    >>> plane_words(40_000) >= (200 + 4) * 4
    True
    """
    return num_agents // FEWEST + 64


def walk_order(payoffs: NDArray[np.float64], self_play: bool, averaged: bool) -> NDArray[np.uint64]:
    """Return the pairs (strategy, count among the nine) from the best paid on, as what to compare bit planes with.

    Parameters
    ----------
    payoffs : ndarray, shape (2, 2)
    self_play, averaged : bool
        Whether a cell plays against itself too, and whether payoffs are averaged.

    Returns
    -------
    ndarray of uint64, shape (num_entries, 7)
        Five words that turn a cell of the pair into ones by exclusive or; whether the entry is for all cells or only
        for those of strategy 0; and whether the pair's strategy is 0.

    Examples
    --------
    >>> order = walk_order(np.array([[1.0, 0.0], [1.85, 0.0]]), self_play=True, averaged=False)
    >>> best = order[0] == 0  # strategy 1, eight holders of strategy 0 around it: 8 * 1.85
    >>> best.tolist()
    [False, False, False, True, False, False, True]
    """
    pairs = [(0, count) for count in range(1, 10)] + [(1, count) for count in range(9)]
    paid = {pair: _paid(payoffs, *pair, self_play, averaged) for pair in pairs}
    entries = []
    for level in sorted(set(paid.values()), reverse=True):
        first = [(0, count) for strategy, count in pairs if paid[strategy, count] == level and strategy == 0]
        second = [(1, count) for strategy, count in pairs if paid[strategy, count] == level and strategy == 1]
        if first and second:
            entries += [(*pair, 0) for pair in first]  # whoever holds 0 keeps it, before anybody takes 1
        entries += [(*pair, ONES) for pair in second + first]
    table = [
        [
            *(0 if count >> bit & 1 else ONES for bit in range(4)),
            *(0 if strategy == 0 else ONES, anybody, ONES if strategy == 0 else 0),
        ]
        for strategy, count, anybody in entries
    ]
    return constant(np.array(table, np.uint64))


def no_order() -> NDArray[np.uint64]:
    """Return the order of no pairs, for all that the kernel does not take."""
    return constant(np.zeros((0, 7), np.uint64))


def _paid(payoffs: NDArray[np.float64], strategy: int, count: int, self_play: bool, averaged: bool) -> float:
    """Return the payoff of a cell, summed up in the order of `updating.payoff`, so that ties are the same."""
    met = [count, 9 - count]
    met[strategy] -= 0 if self_play else 1
    total = 0.0
    for other in range(2):
        total += float(payoffs[strategy, other]) * met[other]
    return total / sum(met) if averaged else total


@compiled
def is_moore_torus(network):
    """Return the number of columns if the network is a torus of Moore neighbourhoods that the kernel takes, else 0."""
    n = network.num_agents
    if (network.kind != SPARSE and network.kind != CIRCULANT) or n < FEWEST * FEWEST or network.indptr[n] != 8 * n:
        return 0
    columns = np.int64(network.sources[2])  # of agent 0: 1, columns - 1, columns, ...
    if columns < FEWEST or n % columns != 0 or n // columns < FEWEST:
        return 0
    rows = n // columns
    for i in range(n):
        row, column = i // columns, i % columns
        if network.indptr[i] != 8 * i:
            return 0
        for k in range(8):  # sorted, so that eight different neighbours are all eight
            j = np.int64(network.sources[8 * i + k])
            down, right = (j // columns - row + rows) % rows, (j % columns - column + columns) % columns
            if (1 < down < rows - 1) or (1 < right < columns - 1) or j == i:
                return 0
            if k > 0 and network.sources[8 * i + k - 1] == j:
                return 0
    return columns


@compiled
def first_column(lattice, w):
    """Return the column with which word w begins; words differ by at most one cell."""
    size, more = lattice[NUM_COLUMNS] // lattice[NUM_WORDS], lattice[NUM_COLUMNS] % lattice[NUM_WORDS]
    return w * size + min(w, more)


@compiled
def pack(planes, lattice, strategy, columns):
    """Lay out the torus and take over everybody's strategy."""
    lattice[NUM_ROWS] = strategy.shape[0] // columns
    lattice[NUM_COLUMNS] = columns
    lattice[NUM_WORDS] = (columns + MOST_CELLS - 1) // MOST_CELLS
    words = lattice[NUM_WORDS]
    for row in range(lattice[NUM_ROWS]):
        for w in range(words):
            cells, inside = np.uint64(0), np.uint64(0)
            first = first_column(lattice, w)
            for column in range(first, first_column(lattice, w + 1)):
                bit = ONE << np.uint64(column - first + GHOSTS)
                inside |= bit
                if strategy[row * columns + column] == 0:
                    cells |= bit
            planes[CELLS, (row + GHOSTS) * words + w] = cells
            planes[INSIDE, (row + GHOSTS) * words + w] = inside


def unpack(planes: NDArray[np.uint64], lattice: NDArray[np.int64]) -> NDArray[np.int8]:
    """Return everybody's strategy, cell by cell.

    Examples
    --------
    >>> planes, lattice = np.zeros((NUM_PLANES, plane_words(256)), np.uint64), np.zeros(3, np.int64)
    >>> strategy = np.arange(256, dtype=np.int8) % 2
    >>> pack(planes, lattice, strategy, 16)
    >>> bool((unpack(planes, lattice) == strategy).all())
    True
    """
    rows, columns, words = (int(number) for number in lattice)
    first = np.array([first_column(lattice, w) for w in range(words + 1)])
    word = np.repeat(np.arange(words), np.diff(first))
    bit = (np.arange(columns) - first[word] + GHOSTS).astype(np.uint64)
    cells = planes[CELLS, GHOSTS * words : (rows + GHOSTS) * words].reshape(rows, words)
    return np.asarray(1 - ((cells[:, word] >> bit) & ONE).astype(np.int8).ravel(), np.int8)


@compiled
def generation(planes, lattice, order):
    """Let every cell take after the best of the nine; return how many hold strategy 0 then."""
    words = np.uint64(lattice[NUM_WORDS])
    repeat_borders(planes, lattice)
    count(planes, lattice[NUM_ROWS], words)
    walk(planes, lattice[NUM_ROWS], words, order)
    total = np.uint64(0)
    for x in range((lattice[NUM_ROWS] + GHOSTS) * lattice[NUM_WORDS]):
        total += num_ones(planes[CELLS, np.uint64(x)] & planes[INSIDE, np.uint64(x)])
    return np.int64(total)


@compiled
def repeat_borders(planes, lattice):
    """Write the ghosts: two cells on either side of each word, then two rows above and below."""
    rows, words = lattice[NUM_ROWS], lattice[NUM_WORDS]
    for row in range(GHOSTS, rows + GHOSTS):
        for w in range(words):
            x = np.uint64(row * words + w)
            before, after = w - 1 if w > 0 else words - 1, w + 1 if w < words - 1 else 0
            size = np.uint64(first_column(lattice, w + 1) - first_column(lattice, w))
            size_before = np.uint64(first_column(lattice, before + 1) - first_column(lattice, before))
            left = planes[CELLS, np.uint64(row * words + before)] >> size_before & np.uint64(3)
            right = planes[CELLS, np.uint64(row * words + after)] >> TWO & np.uint64(3)
            planes[CELLS, x] = planes[CELLS, x] & planes[INSIDE, x] | left | right << size + TWO
    for w in range(GHOSTS * words):
        planes[CELLS, np.uint64(w)] = planes[CELLS, np.uint64(rows * words + w)]
        planes[CELLS, np.uint64((rows + GHOSTS) * words + w)] = planes[CELLS, np.uint64(GHOSTS * words + w)]


@compiled
def count(planes, rows, words):
    """Count the ones among the nine cells around each, first along rows, then across; open those who disagree."""
    for x in range((rows + 2 * GHOSTS) * np.int64(words)):
        y = np.uint64(x)
        here = planes[CELLS, y]
        left, right = here << ONE, here >> ONE
        either = left ^ right
        planes[LOW, y] = either ^ here
        planes[HIGH, y] = left & right | either & here
    for x in range(np.int64(words), (rows + 2 * GHOSTS - 1) * np.int64(words)):
        y = np.uint64(x)
        a, b, c = planes[LOW, y - words], planes[LOW, y], planes[LOW, y + words]
        either = a ^ b
        carry = a & b | either & c
        planes[BIT_0, y] = either ^ c
        planes[MARK, y] = carry
    for x in range(np.int64(words), (rows + 2 * GHOSTS - 1) * np.int64(words)):
        y = np.uint64(x)
        a, b, c = planes[HIGH, y - words], planes[HIGH, y], planes[HIGH, y + words]
        either = a ^ b
        twos, fours, carry = either ^ c, a & b | either & c, planes[MARK, y]
        planes[BIT_1, y] = twos ^ carry
        planes[BIT_2, y] = fours ^ (twos & carry)
        planes[BIT_3, y] = fours & twos & carry
    for x in range(np.int64(words), (rows + 2 * GHOSTS - 1) * np.int64(words)):
        y = np.uint64(x)
        none = planes[BIT_0, y] | planes[BIT_1, y] | planes[BIT_2, y] | planes[BIT_3, y]
        nine = planes[BIT_3, y] & planes[BIT_0, y]
        planes[OPEN, y] = none & ~nine & planes[INSIDE, y]


@compiled
def walk(planes, rows, words, order):
    """Let the open cells take the strategy of the first pair that they are reached by.

    What a cell held is needed to the end of the walk, so that its next strategy is written to a plane of the row sums.
    """
    start, stop = np.int64(words), (rows + 2 * GHOSTS - 1) * np.int64(words)
    for x in range(start, stop):
        planes[HIGH, np.uint64(x)] = planes[CELLS, np.uint64(x)] & ~planes[OPEN, np.uint64(x)]
    for k in range(order.shape[0]):
        bit_0, bit_1, bit_2, bit_3 = order[k, 0], order[k, 1], order[k, 2], order[k, 3]
        bit_4, anybody, cooperates = order[k, 4], order[k, ANYBODY], order[k, COOPERATES]
        for x in range(start, stop):
            y = np.uint64(x)
            pair = (planes[BIT_0, y] ^ bit_0) & (planes[BIT_1, y] ^ bit_1) & (planes[BIT_2, y] ^ bit_2)
            pair &= (planes[BIT_3, y] ^ bit_3) & (planes[CELLS, y] ^ bit_4)
            planes[MARK, y] = pair | pair << ONE | pair >> ONE
        still_open = np.uint64(0)
        for x in range(start + np.int64(words), stop - np.int64(words)):
            y = np.uint64(x)
            reached = planes[MARK, y - words] | planes[MARK, y] | planes[MARK, y + words]
            reached &= planes[OPEN, y] & (planes[CELLS, y] | anybody)
            planes[LOW, y] = reached
            planes[OPEN, y] ^= reached
            still_open |= planes[OPEN, y]
        if cooperates != 0:
            for x in range(start + np.int64(words), stop - np.int64(words)):
                planes[HIGH, np.uint64(x)] |= planes[LOW, np.uint64(x)]
        if still_open == 0:
            break
    for x in range(start + np.int64(words), stop - np.int64(words)):
        planes[CELLS, np.uint64(x)] = planes[HIGH, np.uint64(x)]


@compiled
def num_ones(word):
    """Return how many bits of a word are one, by sums in ever larger fields."""
    word = word - (word >> ONE & PAIRS)
    word = (word & FOURS) + (word >> TWO & FOURS)
    word = (word + (word >> np.uint64(4))) & EIGHTS
    word = word + (word >> np.uint64(8))
    word = word + (word >> np.uint64(16))
    return word + (word >> np.uint64(32)) & np.uint64(0x7F)
