r"""A measured number with its uncertainty, and the rule by which it agrees with a published one.

Every metric returns an `Estimate`: a value, the interval [low, high] around it, and the number of runs behind it (the
run is the unit of inference: agents of one run are not independent). An undefined value is NaN and says why.

A published figure *holds* when

    |measured - published| <= 3 sqrt(se^2 + se_published^2) + u/2,                                    (1)

where u is the unit of the last printed digit: ".970" is known to within .0005. An exact figure has no error of its own,
so where the measured value is computed and not sampled (se = 0) the two agree to rounding. A qualitative claim such
as "< .02" holds when the whole interval satisfies it.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Mapping
from dataclasses import dataclass, fields
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any

from socialsim.core.errors import ParameterError, unknown

KINDS = ("exact", "published", "consensus", "qualitative")
ROUNDING = 1e-9  # relative; what double precision loses in a computation of ordinary length
COMPARISONS = {"<=": operator.le, ">=": operator.ge, "<": operator.lt, ">": operator.gt}


@dataclass(frozen=True)
class Estimate:
    """A value with its interval, the number of runs behind it and, where it is undefined, the reason.

    Parameters
    ----------
    value : float
        The estimate, already corrected by its null where it has one; NaN if undefined.
    low, high : float
        Ends of the interval, in the unit of the value; NaN if there is none.
    num_runs : int
        Independent runs that entered, >= 0.
    null_mean : float, optional
        Mean of the metric under its null hypothesis, where the metric has one.
    method : str
        How the interval was made, such as ``"Wilson, 95%"``.
    reason : str
        Why the value or its interval is undefined; empty otherwise.
    standard_error : float
        In the unit of the value; 0 for a quantity that is computed and not sampled, NaN if unknown.
    p_value : float, optional
        Share of the null's draws in which the metric is at least as large, where the metric has a null.

    Raises
    ------
    ParameterError
        If the value is infinite, is NaN without a reason, or the interval is upside down.

    Examples
    --------
    >>> print(Estimate(0.9701, 0.9677, 0.9724, 20000))
    0.970 [0.968, 0.972]
    >>> print(Estimate(0.8, 0.7999999999999999, 0.8000000000000002, 4))
    0.8
    >>> print(Estimate.undefined("no run succeeded"))
    undefined: no run succeeded
    """

    value: float
    low: float
    high: float
    num_runs: int
    null_mean: float | None = None
    method: str = ""
    reason: str = ""
    standard_error: float = 0.0
    p_value: float | None = None

    def __post_init__(self) -> None:
        if math.isinf(self.value):
            raise ParameterError(f"an estimate's value must be finite, or NaN with a reason; got {self.value}")
        if math.isnan(self.value) and not self.reason:
            raise ParameterError("an estimate without a value needs a reason")
        if self.low > self.high:
            raise ParameterError(f"an interval needs low <= high; got [{self.low}, {self.high}]")

    @classmethod
    def undefined(cls, reason: str, num_runs: int = 0, method: str = "") -> Estimate:
        """Return the estimate of something that these runs leave undefined.

        Examples
        --------
        >>> Estimate.undefined("no run succeeded", num_runs=20).value
        nan
        """
        nan = math.nan
        return cls(nan, nan, nan, num_runs, method=method, reason=reason, standard_error=nan)

    @classmethod
    def from_json(cls, record: Mapping[str, Any]) -> Estimate:
        """Return the estimate that a JSON object describes; null stands for NaN.

        Examples
        --------
        >>> record = {"value": None, "low": None, "high": None, "num_runs": 0, "reason": "no run succeeded"}
        >>> print(Estimate.from_json(record))
        undefined: no run succeeded
        """
        numbers = {"value", "low", "high", "standard_error"}
        values: dict[str, Any] = {k: math.nan if x is None and k in numbers else x for k, x in record.items()}
        return cls(**values)

    def to_json(self, *, full: bool = False) -> dict[str, Any]:
        """Return what the command line prints of the estimate, or every field; NaN and infinities become None.

        Examples
        --------
        >>> Estimate(0.5, 0.25, 0.75, 12).to_json()
        {'value': 0.5, 'low': 0.25, 'high': 0.75, 'num_runs': 12, 'reason': ''}
        """
        shown = [f.name for f in fields(self)] if full else ["value", "low", "high", "num_runs", "reason"]
        return {name: _finite(getattr(self, name)) for name in shown}

    def __str__(self) -> str:
        if math.isnan(self.value):
            return f"undefined: {self.reason}"
        width = self.high - self.low
        if not (math.isfinite(width) and width > ROUNDING * abs(self.value)):
            return f"{self.value:.6g}"
        size = max(abs(self.low), abs(self.high))
        # Three significant digits, or more where the interval is so narrow that they mean something.
        decimals = max(0, 2 - math.floor(math.log10(size)), round(1 - math.log10(width)))
        return f"{self.value:.{decimals}f} [{self.low:.{decimals}f}, {self.high:.{decimals}f}]"


def holds(measured: Estimate, published: str | float, kind: str, published_se: float = 0.0) -> bool:
    """Say whether a measured value agrees with a published one, by equation (1) of this module.

    Parameters
    ----------
    measured : Estimate
        What was measured; an undefined one never holds.
    published : str or float
        The figure as printed, such as ``".970"``, ``"1.73e6"`` or ``"17/18"``, because the last printed digit counts; a
        number is taken at full precision. For a qualitative claim a comparison, such as ``"< .02"``.
    kind : {"exact", "published", "consensus", "qualitative"}
        Where the figure comes from: a closed form, a paper, several implementations that agree, a claim in words.
    published_se : float
        Standard error of the published figure, >= 0; an exact one has none.

    Returns
    -------
    bool

    Raises
    ------
    ParameterError
        If the kind is unknown, the figure cannot be read, or the error is negative or given for an exact figure.

    Examples
    --------
    >>> measured = Estimate(0.9688, 0.9663, 0.9711, 20000, standard_error=0.0012)
    >>> holds(measured, ".970", "consensus"), holds(measured, ".975", "consensus")
    (True, False)
    >>> holds(Estimate(17 / 18, 17 / 18, 17 / 18, 1), "17/18", "exact")
    True
    >>> holds(measured, "> .95", "qualitative")
    True
    """
    if kind not in KINDS:
        raise ParameterError(unknown("kind of figure", kind, KINDS))
    if not published_se >= 0 or (kind == "exact" and published_se > 0):
        raise ParameterError(f"published_se must be >= 0, and 0 for an exact figure; got {published_se}")
    if kind == "qualitative":
        return _satisfies(measured, str(published))
    figure, half_digit = _as_printed(published)
    tolerance = 3 * math.hypot(measured.standard_error, published_se) + half_digit
    return abs(measured.value - figure) <= tolerance + ROUNDING * abs(figure)


def _satisfies(measured: Estimate, claim: str) -> bool:
    """Say whether the whole interval satisfies a claim such as "< .02"."""
    symbol = next((symbol for symbol in COMPARISONS if claim.strip().startswith(symbol)), None)
    if symbol is None:
        raise ParameterError(f"a qualitative claim is a comparison with a number, such as '< .02'; got {claim!r}")
    bound, _ = _as_printed(claim.strip().removeprefix(symbol))
    return all(COMPARISONS[symbol](x, bound) for x in (measured.low, measured.value, measured.high))


def _as_printed(published: str | float) -> tuple[float, float]:
    """Return a printed figure and half the unit of its last digit: (.97, .0005) for ".970"."""
    try:
        if not isinstance(published, str):
            figure, half_digit = float(published), 0.0
        elif "/" in published:
            figure, half_digit = float(Fraction(published.strip())), 0.0
        else:
            decimal = Decimal(published.strip())
            figure, half_digit = float(decimal), 0.5 * 10.0 ** int(decimal.as_tuple().exponent)
    except (ArithmeticError, InvalidOperation, TypeError, ValueError):
        figure, half_digit = math.nan, 0.0
    if not math.isfinite(figure):
        raise ParameterError(f"a published figure is a number as printed, such as '.970' or '17/18'; got {published!r}")
    return figure, half_digit


def _finite(x: Any) -> Any:
    """Return x, or None if it is a number that JSON cannot hold."""
    return None if isinstance(x, float) and not math.isfinite(x) else x
