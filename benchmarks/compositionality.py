"""How fast the topographic similarity of a code is, against the way in which EGG computes it.

EGG (MIT; Kharitonov et al. 2019) calls a distance of SciPy for each pair of meanings and an edit distance in C for each
pair of messages, from lists in Python, and SciPy's rank correlation on both. The edit distance that is called for each
pair here is this project's own, compiled, so that neither program gains by its language there. Meanings reach EGG's way
as one-hot rows, whose cosines rank like the number of attributes that differ: the two results must be equal. All in one
process, timed by the processor time that they take.
"""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import distance
from scipy.stats import spearmanr

from socialsim.metrics.codes import edit_by_bits
from socialsim.metrics.compositionality import against_permuted_meanings, topographic_similarity

NUM_MESSAGES, NUM_ATTRIBUTES, NUM_VALUES, NUM_SYMBOLS = 1000, 5, 10, 20


def load(name: str) -> ModuleType:
    """Import a file beside this one."""
    spec = importlib.util.spec_from_file_location(name, Path(__file__).parent / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def pair_by_pair(rows: list, between: Callable[..., float]) -> list[float]:
    """Return the distance of each pair of rows."""
    return [between(first, second) for i, first in enumerate(rows[:-1]) for second in rows[i + 1 :]]


def by_pairs(meanings: NDArray[np.int64], messages: NDArray[np.int64]) -> float:
    """Return the topographic similarity in EGG's way."""
    one_hot = list((meanings[:, :, None] == np.arange(NUM_VALUES)).reshape(len(meanings), -1).astype(float))
    lengths, matches, distances = np.full(2, messages.shape[1]), np.zeros(NUM_SYMBOLS, np.int64), np.empty(1, np.int64)
    pair = np.empty((2, messages.shape[1]), np.int64)

    def edits(first: NDArray[np.int64], second: NDArray[np.int64]) -> int:
        pair[0], pair[1] = first, second
        edit_by_bits(pair, lengths, matches, distances)
        return int(distances[0])

    apart = [round(x, 12) for x in pair_by_pair(one_hot, distance.cosine)]  # rounding would break ties
    return float(spearmanr(apart, pair_by_pair(list(messages), edits)).statistic)


def seconds(work: Callable[[], object], repeats: int) -> float:
    """Return the least processor time of a few calls."""
    times = []
    for _ in range(repeats):
        started = time.process_time()
        work()
        times.append(time.process_time() - started)
    return min(times)


def main() -> None:
    """Measure and print."""
    line = load("speed").line
    stream = np.random.default_rng(1)
    meanings = stream.integers(NUM_VALUES, size=(NUM_MESSAGES, NUM_ATTRIBUTES))
    for length in (5, 10):
        noise = stream.integers(NUM_SYMBOLS, size=(NUM_MESSAGES, length))
        keeps = stream.random((NUM_MESSAGES, length)) < 0.5
        code = meanings, np.where(keeps, meanings[:, np.arange(length) % NUM_ATTRIBUTES], noise)
        assert abs(by_pairs(*code) - topographic_similarity(*code)) < 1e-9
        ours = seconds(lambda: topographic_similarity(*code), 9)  # noqa: B023
        theirs = seconds(lambda: by_pairs(*code), 2)  # noqa: B023
        line(f"Topographic similarity, 1000 messages of {length} symbols", 1e3 * ours, "ms")
        line("  pair by pair, as EGG does it", 1e3 * theirs, "ms", f"the above is {theirs / ours:.0f} x as fast")
    orders = seconds(lambda: against_permuted_meanings(topographic_similarity, *code), 1)
    line("  with 200 orders of the meanings", 1e3 * orders, "ms")


if __name__ == "__main__":
    main()
