r"""Is a code compositional: are the parts of a message about the parts of its meaning?

A meaning is a row of attributes, a message a sequence of symbols. Of n pairs of them

    topographic similarity        Spearman's correlation, over all pairs of pairs, of the distance between the two
                                  meanings with the distance between the two messages        [Brighton2006]_        (1)
    positional disentanglement    mean over positions j of (I(s_j; a_1) - I(s_j; a_2)) / H(s_j)  [Chaabouni2020]_   (2)
    bag-of-symbols disentangl.    the same with n_k, how often symbol k occurs in a message, in place of s_j        (3)
    context independence          mean over attribute values c of max_w P(c | w), times P(w | c)  [Bogin2018]_      (4)

where s_j is the symbol at position j, and a_1 and a_2 the attributes that share most information with it: (2) is 1 if
each position is about one attribute alone, wherever other symbols stand; (3) if each symbol is, wherever it stands;
(4) if each attribute value has its own symbol. Positions and symbols that never vary (H = 0) do not count. In (4)
P(w | c) is the share of messages about c that contain w, and P(c | w) the share of messages with w that are about c;
Bogin et al. align words with concepts by a translation model first, which for one symbol a message is the same.

A random code does not score 0 by (2) to (4), nor exactly by (1). `against_permuted_meanings` subtracts what the same
messages score with the meanings dealt out anew. A code has no time in it: its pairs may be exchanged, unlike acts.

Messages of different lengths are padded behind with -1, or given as a list.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from socialsim.core.errors import ParameterError
from socialsim.core.estimate import Estimate
from socialsim.metrics.codes import DIGITS, NOTHING, Codes, Messages, distances, padded
from socialsim.metrics.information import entropy, joint_counts, mutual_information


def topographic_similarity(
    meanings: ArrayLike,
    messages: Messages,
    meaning_distance: str = "hamming",
    message_distance: str = "levenshtein",
) -> float:
    """Return how far similar meanings have similar messages, equation (1).

    Parameters
    ----------
    meanings : array_like of int, shape (num_messages, num_attributes)
        Attributes, as indices of their values; for the cosine any numbers.
    messages : array_like of int, shape (num_messages, length), or a list of sequences
        Symbols >= 0, padded with -1.
    meaning_distance, message_distance : {"hamming", "levenshtein", "cosine"}
        Places that differ; edits from one to the other; 1 less the cosine of the angle between the rows.

    Returns
    -------
    float
        In [-1, 1], near 0 for a random code; NaN if all meanings or all messages are equally far apart, as those of a
        single attribute or a single symbol are.

    Raises
    ------
    ParameterError
        If there are not as many meanings as messages, a symbol is negative, or a distance is unknown.

    Source
    ------
    [Brighton2006]_; with these distances [Chaabouni2020]_.

    Examples
    --------
    >>> meanings = [[0, 0], [0, 1], [1, 0], [1, 1]]
    >>> topographic_similarity(meanings, [[4, 6], [4, 7], [5, 6], [5, 7]])
    1.0
    >>> round(topographic_similarity(meanings, [[4, 6], [5, 7], [5, 6], [4, 7]]), 3)
    -0.5
    """
    first = _rank_deviations(meanings, meaning_distance)
    second = _rank_deviations(messages, message_distance)
    _check_pairs(meanings, messages)
    return _correlation(first, second)


def positional_disentanglement(meanings: ArrayLike, messages: Messages) -> float:
    """Return how far each position of a message is about one attribute alone, equation (2).

    Parameters
    ----------
    meanings : array_like of int, shape (num_messages, num_attributes)
        Attributes, two at least.
    messages : array_like of int, shape (num_messages, length), or a list of sequences
        Symbols >= 0, padded with -1, which counts as a symbol of its own.

    Returns
    -------
    float
        In [0, 1]; NaN if all messages are equal.

    Raises
    ------
    ParameterError
        If there are not as many meanings as messages, fewer than two attributes, or a symbol is negative.

    Source
    ------
    [Chaabouni2020]_.

    Examples
    --------
    >>> meanings = [[0, 0], [0, 1], [1, 0], [1, 1]]
    >>> positional_disentanglement(meanings, [[0, 0], [0, 1], [1, 0], [1, 1]])
    1.0
    >>> positional_disentanglement(meanings, [[0, 0], [1, 1], [2, 2], [3, 3]])  # holistic: both attributes at once
    0.0
    """
    return _information_gap(_attributes(meanings, messages), padded(messages))


def bag_of_symbols_disentanglement(meanings: ArrayLike, messages: Messages) -> float:
    """Return how far each symbol is about one attribute alone, wherever it stands, equation (3).

    Parameters
    ----------
    meanings : array_like of int, shape (num_messages, num_attributes)
        Attributes, two at least.
    messages : array_like of int, shape (num_messages, length), or a list of sequences
        Symbols >= 0, padded with -1.

    Returns
    -------
    float
        In [0, 1]; NaN if all messages hold the same symbols.

    Raises
    ------
    ParameterError
        If there are not as many meanings as messages, fewer than two attributes, or a symbol is negative.

    Source
    ------
    [Chaabouni2020]_.

    Examples
    --------
    >>> meanings = [[0, 0], [0, 1], [1, 0], [1, 1]]
    >>> bag_of_symbols_disentanglement(meanings, [[4, 6], [7, 4], [6, 5], [5, 7]])  # in any order
    1.0
    """
    symbols, places = np.unique(padded(messages), return_inverse=True)
    places = places.reshape(len(padded(messages)), -1)
    counts = np.stack([(places == k).sum(axis=1) for k in range(len(symbols)) if symbols[k] != NOTHING], axis=1)
    return _information_gap(_attributes(meanings, messages), counts)


def context_independence(meanings: ArrayLike, messages: Messages) -> float:
    """Return how far each attribute value has a symbol of its own, whatever the other attributes are, equation (4).

    Parameters
    ----------
    meanings : array_like of int, shape (num_messages, num_attributes)
        Attributes; a value of one attribute is another concept than the same value of the next.
    messages : array_like of int, shape (num_messages, length), or a list of sequences
        Symbols >= 0, padded with -1.

    Returns
    -------
    float
        In [0, 1]. Of symbols that tell a concept equally well the one used for it most often counts.

    Raises
    ------
    ParameterError
        If there are not as many meanings as messages, or a symbol is negative.

    Source
    ------
    [Bogin2018]_; see the module for what differs.

    Examples
    --------
    >>> meanings = [[0, 0], [0, 1], [1, 0], [1, 1]]
    >>> context_independence(meanings, [[4, 6], [4, 7], [5, 6], [5, 7]])
    1.0
    >>> context_independence(meanings, [[0], [1], [2], [3]])  # half of a symbol's concepts, in half of their messages
    0.5
    """
    codes, symbols = padded(messages), np.unique(padded(messages))
    attributes = _attributes(meanings, messages, fewest=1)
    contains = np.stack([(codes == symbol).any(axis=1) for symbol in symbols if symbol != NOTHING], axis=1)
    concepts = np.concatenate(
        [attributes[:, [k]] == np.unique(attributes[:, k]) for k in range(attributes.shape[1])], 1
    )
    together = concepts.T.astype(float) @ contains
    given_symbol, given_concept = together / contains.sum(axis=0), together / concepts.sum(axis=0)[:, None]
    best = given_symbol == given_symbol.max(axis=1, keepdims=True)
    return float((given_symbol.max(axis=1) * np.where(best, given_concept, 0.0).max(axis=1)).mean())


def against_permuted_meanings(
    metric: Callable[..., float],
    meanings: ArrayLike,
    messages: Messages,
    num_permutations: int = 200,
    seed: int = 0,
) -> Estimate:
    """Return a metric of this module less its mean with the meanings dealt out anew.

    Parameters
    ----------
    metric : callable
        From meanings and messages to a number, such as `topographic_similarity`.
    meanings, messages
        As the metric takes them.
    num_permutations : int
        Random orders of the meanings, >= 20.
    seed : int
        Of the orders, >= 0.

    Returns
    -------
    Estimate
        The value above chance, with ``null_mean`` and ``p_value``. One code has no interval; that comes from the codes
        of several runs.

    Raises
    ------
    ParameterError
        As the metric, or if there are fewer than 20 permutations.

    Examples
    --------
    >>> meanings = [[i, j] for i in range(4) for j in range(4)]
    >>> estimate = against_permuted_meanings(positional_disentanglement, meanings, meanings)
    >>> round(estimate.value, 2), round(estimate.null_mean, 2), round(estimate.p_value, 3)
    (0.88, 0.12, 0.005)
    """
    if num_permutations < 20:
        raise ParameterError(f"num_permutations: {num_permutations} is not accepted; accepted: at least 20")
    value, method, nan = metric(meanings, messages), "permuted meanings", math.nan
    if math.isnan(value):
        return Estimate.undefined("all meanings or all messages are alike", 1, method)
    rows, stream = np.asarray(meanings), np.random.Generator(np.random.SFC64(seed))
    draws = _dealt_out(metric, rows, messages, [stream.permutation(len(rows)) for _ in range(num_permutations)])
    share = (1 + int((draws >= value - 10.0**-DIGITS).sum())) / (1 + num_permutations)
    mean, reason = float(draws.mean()), "one code gives no interval"
    return Estimate(value - mean, nan, nan, 1, mean, method, reason, standard_error=nan, p_value=share)


def _attributes(meanings: ArrayLike, messages: Messages, fewest: int = 2) -> NDArray[Any]:
    """Return meanings as rows of attributes, as many as there are messages."""
    rows = np.asarray(meanings)
    if rows.ndim != 2 or rows.shape[1] < fewest:
        raise ParameterError(
            f"meanings: shape {rows.shape} is not accepted; accepted: {fewest} attributes or more each"
        )
    _check_pairs(meanings, messages)
    return rows


def _check_pairs(meanings: ArrayLike, messages: Messages) -> None:
    number, expected = len(np.asarray(meanings)), len(padded(messages))
    if number != expected:
        raise ParameterError(f"meanings: {number}, but {expected} messages; accepted: one meaning for each message")


def _information_gap(attributes: NDArray[Any], places: Codes) -> float:
    """Return the mean of (I(s; a_1) - I(s; a_2)) / H(s) over the columns s that vary."""
    gaps = []
    for column in places.T:
        tables = [joint_counts(attributes[:, k], column) for k in range(attributes.shape[1])]
        largest = sorted(float(mutual_information(table)) for table in tables)[-2:]
        variety = float(entropy(tables[0].sum(axis=0)))
        if variety > 0:
            gaps.append((largest[1] - largest[0]) / variety)
    return float(np.mean(gaps)) if gaps else math.nan


def _rank_deviations(rows: Messages, kind: str) -> NDArray[np.float64]:
    """Return the ranks of all distances, less their mean; equal distances share the mean of their ranks."""
    apart = distances(rows, kind)
    if apart.dtype.kind == "f":
        apart = np.unique(apart, return_inverse=True)[1]
    numbers = np.bincount(apart) if len(apart) else np.zeros(1)
    ranks = np.cumsum(numbers) - (numbers - 1) / 2
    return (ranks - (len(apart) + 1) / 2)[apart]


def _correlation(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    """Return the correlation of two series of mean 0; NaN if one does not vary."""
    scale = math.sqrt(float(first @ first) * float(second @ second))
    return min(max(float(first @ second) / scale, -1.0), 1.0) if scale > 0 else math.nan


def _dealt_out(
    metric: Callable[..., float],
    meanings: NDArray[Any],
    messages: Messages,
    orders: list[NDArray[np.int64]],
) -> NDArray[np.float64]:
    """Return the metric for each order of the meanings; distances are computed once."""
    if metric is not topographic_similarity:
        return np.array([metric(meanings[order], messages) for order in orders])
    from scipy.spatial.distance import squareform

    first = squareform(_rank_deviations(meanings, "hamming"))
    second = squareform(_rank_deviations(messages, "levenshtein")).ravel()
    return np.array([_correlation(first[np.ix_(order, order)].ravel(), second) for order in orders])
