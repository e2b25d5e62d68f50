r"""How much one thing says about another: entropy and mutual information, in bits, with the bias of small samples.

With the shares p(x, y) of a table of joint counts, their sums p(x) and p(y) and 0 log 0 = 0 ([Shannon1948]_)

    H(X)        = - sum_x p(x) log2 p(x)                                        entropy                              (1)
    H(Y | X)    = H(X, Y) - H(X)                                                conditional entropy                  (2)
    I(X; Y)     = sum_xy p(x, y) log2 p(x, y) / (p(x) p(y))                     mutual information                   (3)
                = H(X) + H(Y) - H(X, Y)
    I(X; Y | Z) = sum_z p(z) I(X; Y | Z = z)                                    conditional information              (4)

Put in for the truth, the shares of n plays make I too large: two independent variables of ten values each show .69 bits
in a hundred plays. Two corrections are offered.

`"miller_madow"` adds (K - 1) / (2 n ln 2) to each entropy, K the number of values seen ([Miller1955]_). It holds for
dependent variables too, but it is the first term of a series in K/n, and it supposes that nearly all that is possible
has been seen: in the example it leaves .37 of the .69 bits. With ten plays a cell it leaves next to nothing.

`"permutation"` subtracts the mean of I over all ways to pair the same values anew, which is what chance alone makes of
them, for any n. No values are drawn: given its row sum a and its column sum b a cell is hypergeometric ([Vinh2009]_)

    E[I] = sum_ab sum_k  (k / n) log2(n k / (a b))  P(k; n, a, b).                                                   (5)

What is left is 0 on average without dependence, but below I where there is much: a perfect code loses all that a
random one would show.

Both corrections suppose that plays are independent, or at least that those of one of the two variables are, as states
are that nature draws. Where both go on as they were (sticky agents), use `socialsim.metrics.nulls.circular_shifts`.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from socialsim.core.errors import ParameterError, unknown

CORRECTIONS = ("miller_madow", "permutation")
MEASURES = ("rows", "columns", "smaller")
REACH = 16  # standard deviations around a cell's mean beyond which its chances vanish in double precision


def joint_counts(first: ArrayLike, second: ArrayLike) -> NDArray[np.int64]:
    """Return how often each value of one variable met each of another.

    Parameters
    ----------
    first, second : array_like, shape (num_plays,)
        Values that can be sorted, such as indices or names.

    Returns
    -------
    ndarray of int, shape (values of first, values of second)
        Rows and columns in ascending order of the values that occur.

    Raises
    ------
    ParameterError
        If the lengths differ, or a value is NaN.

    Examples
    --------
    >>> joint_counts(["sun", "rain", "sun"], [0, 1, 0]).tolist()
    [[0, 1], [2, 0]]
    """
    x, y = np.asarray(first), np.asarray(second)
    if x.ndim != 1 or x.shape != y.shape:
        raise ParameterError(f"joint_counts: shapes {x.shape} and {y.shape}; accepted: one value of each for each play")
    if any(values.dtype.kind == "f" and np.isnan(values).any() for values in (x, y)):
        raise ParameterError("joint_counts: a value is NaN; accepted: plays in which both values are known")
    (rows, x), (columns, y) = np.unique(x, return_inverse=True), np.unique(y, return_inverse=True)
    cells = np.bincount(x * len(columns) + y, minlength=len(rows) * len(columns))
    return cells.reshape(len(rows), len(columns))


def entropy(counts: ArrayLike, correction: str | None = None) -> NDArray[np.float64]:
    """Return the entropy of the last axis, equation (1).

    Parameters
    ----------
    counts : array_like, shape (..., num_values)
        How often each value occurred; without a correction probabilities will do, or any weights >= 0.
    correction : {"miller_madow"}, optional
        See the module.

    Returns
    -------
    ndarray, shape (...)
        In bits, in [0, log2(num_values)] if not corrected; NaN where nothing was counted.

    Raises
    ------
    ParameterError
        If a count is negative or not finite, there is no value, or a correction meets counts that are not whole.

    Source
    ------
    [Shannon1948]_; [Miller1955]_ for the correction.

    Examples
    --------
    >>> entropy([[2, 2, 4], [8, 0, 0]]).tolist()
    [1.5, 0.0]
    >>> round(float(entropy([2, 2, 4], "miller_madow")), 3)  # and 2 / (2 * 8 * ln 2)
    1.68
    """
    return _entropy(_checked("entropy", counts, 1, correction, ("miller_madow",)), correction)


def conditional_entropy(joint: ArrayLike, correction: str | None = None) -> NDArray[np.float64]:
    """Return what is open about the column once the row is known, equation (2).

    Parameters
    ----------
    joint : array_like, shape (..., num_rows, num_columns)
        Joint counts, or probabilities.
    correction : {"miller_madow"}, optional
        See the module.

    Returns
    -------
    ndarray, shape (...)
        H(column | row) in bits; NaN where nothing was counted.

    Raises
    ------
    ParameterError
        As `entropy`.

    Examples
    --------
    >>> float(conditional_entropy([[2, 2], [0, 4]]))  # in half of the plays one bit is open
    0.5
    """
    counts = _checked("conditional_entropy", joint, 2, correction, ("miller_madow",))
    return _entropy(_flat(counts), correction) - _entropy(counts.sum(axis=-1), correction)


def mutual_information(joint: ArrayLike, correction: str | None = None) -> NDArray[np.float64]:
    """Return how much the row says about the column, and the column about the row, equation (3).

    Parameters
    ----------
    joint : array_like, shape (..., num_rows, num_columns)
        Joint counts; without a correction probabilities will do.
    correction : {"miller_madow", "permutation"}, optional
        What is taken off for the bias of small samples; see the module.

    Returns
    -------
    ndarray, shape (...)
        In bits; not corrected in [0, min(H(X), H(Y))]. NaN where nothing was counted.

    Raises
    ------
    ParameterError
        As `entropy`.

    Source
    ------
    [Shannon1948]_; [Miller1955]_ and [Vinh2009]_ for the corrections.

    Examples
    --------
    >>> float(mutual_information([[5, 0], [0, 5]])), float(mutual_information([[1, 1], [1, 1]]))
    (1.0, 0.0)
    >>> chance = [[3, 1], [1, 3]]
    >>> [round(float(mutual_information(chance, c)), 3) for c in (None, "miller_madow", "permutation")]
    [0.189, 0.099, 0.074]
    """
    counts = _checked("mutual_information", joint, 2, correction, CORRECTIONS)
    plug_in = None if correction == "permutation" else correction
    above = _entropy(counts.sum(axis=-1), plug_in) + _entropy(counts.sum(axis=-2), plug_in)
    information = above - _entropy(_flat(counts), plug_in)
    if correction is None:
        return np.maximum(information, 0.0)  # rounding
    return information if correction == "miller_madow" else information - information_by_chance(counts)


def information_by_chance(joint: ArrayLike) -> NDArray[np.float64]:
    """Return the mean of I(X; Y) over all ways to pair the values of X and Y anew, equation (5).

    Parameters
    ----------
    joint : array_like of whole numbers, shape (..., num_rows, num_columns)
        Joint counts.

    Returns
    -------
    ndarray, shape (...)
        In bits, >= 0; NaN where nothing was counted.

    Raises
    ------
    ParameterError
        If a count is negative or not whole.

    Source
    ------
    [Vinh2009]_.

    Examples
    --------
    >>> float(information_by_chance([[1, 0], [0, 1]]))  # two plays of either value: each pairing shows a bit
    1.0
    """
    counts = _checked("information_by_chance", joint, 2, "permutation", CORRECTIONS)
    tables = counts.reshape(-1, *counts.shape[-2:])
    return np.array([_by_chance(table) for table in tables]).reshape(counts.shape[:-2])


def conditional_information(joints: ArrayLike, correction: str | None = None) -> NDArray[np.float64]:
    """Return how much the row says about the column where a third variable is known, equation (4).

    Parameters
    ----------
    joints : array_like, shape (num_conditions, num_rows, num_columns)
        A table of joint counts for each value of the third variable.
    correction : {"miller_madow", "permutation"}, optional
        As in `mutual_information`, for each table.

    Returns
    -------
    ndarray, shape ()
        In bits; NaN if nothing was counted.

    Raises
    ------
    ParameterError
        As `entropy`.

    Examples
    --------
    >>> float(conditional_information([[[3, 0], [0, 3]], [[1, 1], [0, 0]]]))  # a bit in six of eight plays
    0.75
    """
    counts = _checked("conditional_information", joints, 3, correction, CORRECTIONS)
    sizes = counts.sum(axis=(-2, -1))
    present = sizes > 0
    if not present.any():
        return np.array(math.nan)
    return np.asarray(np.average(mutual_information(counts[present], correction), weights=sizes[present]))


def normalised_information(joint: ArrayLike, by: str = "smaller") -> NDArray[np.float64]:
    """Return the share of an entropy that the other variable explains.

        I(X; Y) / H(Y)  by the columns,    I / H(X)  by the rows,    I / min(H(X), H(Y))  by the smaller

    The first is Theil's uncertainty coefficient: which share of what there is to say about the column does the row say?

    Parameters
    ----------
    joint : array_like, shape (..., num_rows, num_columns)
        Joint counts, or probabilities.
    by : {"rows", "columns", "smaller"}
        Which entropy is to be explained.

    Returns
    -------
    ndarray, shape (...)
        In [0, 1]; NaN where that entropy is 0: there is nothing to explain.

    Raises
    ------
    ParameterError
        As `entropy`, or if ``by`` is none of these.

    Source
    ------
    [Theil1970]_.

    Examples
    --------
    >>> code = [[4, 0, 0], [0, 2, 2]]  # two states, three messages: the message tells the state, not the other way
    >>> [round(float(normalised_information(code, by)), 3) for by in ("rows", "columns")]
    [1.0, 0.667]
    """
    if by not in MEASURES:
        raise ParameterError(f"normalised_information: {unknown('entropy', by, MEASURES)}")
    counts = _checked("normalised_information", joint, 2, None, ())
    rows, columns = _entropy(counts.sum(axis=-1)), _entropy(counts.sum(axis=-2))
    whole = {"rows": rows, "columns": columns, "smaller": np.minimum(rows, columns)}[by]
    information = mutual_information(counts)
    return np.divide(information, whole, out=np.full_like(whole, math.nan), where=whole > 0).clip(max=1.0)


def _checked(
    name: str, counts: ArrayLike, num_axes: int, correction: str | None, corrections: tuple[str, ...]
) -> NDArray[np.float64]:
    """Return counts as an array of floats with at least so many axes."""
    array = np.asarray(counts, dtype=np.float64)
    if array.ndim < num_axes or 0 in array.shape:
        raise ParameterError(f"{name}: counts of shape {array.shape}; accepted: at least {num_axes} axes, none empty")
    if not np.isfinite(array).all() or (array < 0).any():
        raise ParameterError(f"{name}: a count is negative or not finite; accepted: numbers >= 0")
    if correction is not None:
        if correction not in corrections:
            raise ParameterError(f"{name}: {unknown('correction', correction, corrections)}")
        if (array != np.rint(array)).any():
            raise ParameterError(f"{name}: the correction {correction!r} needs counts; accepted: whole numbers")
    return array


def _flat(counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return tables as rows of cells."""
    return counts.reshape(*counts.shape[:-2], -1)


def _entropy(counts: NDArray[np.float64], correction: str | None = None) -> NDArray[np.float64]:
    """Return the entropy of the last axis in bits; NaN where all is 0."""
    total = counts.sum(axis=-1, keepdims=True)
    shares = np.divide(counts, total, out=np.full_like(counts, math.nan), where=total > 0)
    logs = np.log2(shares, out=np.zeros_like(shares), where=shares > 0)
    bits = -(shares * logs).sum(axis=-1) + 0.0  # not -0
    if correction == "miller_madow":
        seen = (counts > 0).sum(axis=-1)
        bits = bits + np.divide(seen - 1, 2 * math.log(2) * total[..., 0], out=np.zeros_like(bits), where=seen > 0)
    return np.asarray(bits)


def _by_chance(table: NDArray[np.float64]) -> float:
    """Return equation (5) for one table."""
    from scipy.special import gammaln

    n = table.sum()
    if n == 0:
        return math.nan
    total = 0.0
    rows, columns = (np.unique(table.sum(axis=k)[table.sum(axis=k) > 0], return_counts=True) for k in (1, 0))
    for a, repeats_a in zip(*rows, strict=True):  # equal sums are computed once
        for b, repeats_b in zip(*columns, strict=True):
            mean = a * b / n
            reach = REACH * (1.0 + math.sqrt(mean * (n - a) * (n - b) / n / max(n - 1, 1)))
            k = np.arange(max(1.0, a + b - n, math.floor(mean - reach)), min(a, b, math.ceil(mean + reach)) + 1)
            chance = gammaln(a + 1) + gammaln(n - a + 1) + gammaln(b + 1) + gammaln(n - b + 1) - gammaln(n + 1)
            chance = chance - gammaln(k + 1) - gammaln(a - k + 1) - gammaln(b - k + 1) - gammaln(n - a - b + k + 1)
            total += repeats_a * repeats_b * float(k / n * np.log2(n * k / (a * b)) @ np.exp(chance))
    return max(total, 0.0)
