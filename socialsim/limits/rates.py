r"""Rates: how fast an error falls with the number of agents N.

An error that falls as N^r is a line of slope r on logarithmic axes. Where it is measured with errors, the slope is that
of weighted least squares on the logarithms.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

RATES = {"rms": -0.5, "bias": -1.0, "gap": -0.5}
MEANINGS = {
    "rms": "-1/2",
    "bias": "-1, where the game is smooth",
    "gap": "-1/2 or faster; -1 where the game is smooth",
}
ROUNDING = 1e-9  # below this a value is no error but rounding


@dataclass(frozen=True)
class Slope:
    """A slope in log N.

    Parameters
    ----------
    value, standard_error : float
        NaN where there are too few sizes.
    theory : float
        The rate that theory gives, or the slowest.
    num_sizes : int
        Sizes that entered.
    is_zero : bool
        Whether the quantity is 0 to rounding at all sizes, so that it has no slope.
    """

    value: float
    standard_error: float
    theory: float
    num_sizes: int
    is_zero: bool = False

    def __str__(self) -> str:
        """Say it with its error."""
        if self.is_zero:
            return "none: 0 to rounding"
        if math.isnan(self.value):
            above = "1 size is" if self.num_sizes == 1 else f"{self.num_sizes} sizes are"
            return f"undefined: {above} above the noise, two are needed"
        return f"{self.value:.2f} +- {self.standard_error:.2f}"


def is_zero(table: pd.DataFrame, name: str) -> bool:
    """Say whether a quantity and the ends of its intervals are 0 to rounding, at all sizes.

    Examples
    --------
    >>> import pandas as pd
    >>> is_zero(pd.DataFrame({"bias": [0.0, 1e-12], "bias_high": [2e-12, 1e-11]}), "bias")
    True
    >>> is_zero(pd.DataFrame({"bias": [0.0, 1e-12], "bias_high": [0.1, 0.2]}), "bias")  # within the noise
    False
    """
    columns = [column for column in (name, f"{name}_low", f"{name}_high") if column in table]
    return bool((table[columns].abs() <= ROUNDING).all(axis=None))


def root(name: str, square: float, error: float, reach: float) -> dict[str, float]:
    """Return the root of a square that is known with an error, with its ends; 0 where the square is not above 0.

    Examples
    --------
    >>> root("rms", 0.25, 0.0, 2.0)
    {'rms': 0.5, 'rms_low': 0.5, 'rms_high': 0.5, 'rms_se': 0.0}
    """
    value = math.sqrt(max(0.0, square))
    return {
        name: value,
        f"{name}_low": math.sqrt(max(0.0, square - reach * error)),
        f"{name}_high": math.sqrt(max(0.0, square + reach * error)),
        f"{name}_se": error / (2.0 * value) if value > 0.0 else math.inf,
    }


def fit_slope(table: pd.DataFrame, name: str) -> Slope:
    """Return the slope of |quantity| in log N, by weighted least squares on the logarithms.

    A size enters if its value is further from zero than twice its standard error, and on the same side of it as at the
    largest such size: what changes its sign is no power of N. The slope's own standard error is
    widened where the points scatter more about the line than theirs say.

    Examples
    --------
    >>> import pandas as pd
    >>> table = pd.DataFrame({"size": [10, 100, 1000], "rms": [1.0, 0.1, 0.01], "rms_se": [0.1, 0.01, 0.001]})
    >>> round(fit_slope(table, "rms").value, 9)
    -1.0
    """
    signed, error = table[name].to_numpy(np.float64), table[f"{name}_se"].to_numpy(np.float64)
    value = np.abs(signed)
    known = np.isfinite(value) & np.isfinite(error) & (value > 2.0 * error) & (value > ROUNDING)
    if known.any():
        known &= np.sign(signed) == np.sign(signed[known][np.argmax(table["size"].to_numpy()[known])])
    x, y = np.log(table["size"].to_numpy(np.float64)[known]), np.log(value[known])
    spread = np.maximum(error[known] / value[known], 1e-12)
    if len(x) < 2:
        return Slope(math.nan, math.nan, RATES[name], len(x), is_zero(table, name))
    weights = 1.0 / spread**2
    centre = np.average(x, weights=weights)
    scatter = float(weights @ (x - centre) ** 2)
    slope = float(weights @ ((x - centre) * y)) / scatter
    rest = y - np.average(y, weights=weights) - slope * (x - centre)
    excess = float(weights @ rest**2) / (len(x) - 2) if len(x) > 2 else 1.0
    return Slope(slope, math.sqrt(max(1.0, excess) / scatter), RATES[name], len(x))
