"""Comparisons: a claim about two levels of a factor that is written down before the first run, and then judged.

    [[comparisons]]
    of = "success_rate"                             # a metric
    factor = "network"
    between = ["cycle:n=10", "complete:n=10"]       # the difference is the first less the second
    at = {"environment.effect" = 0.001}             # where the other factors stand
    test = "superiority"
    margin = 0.02
    alpha = 0.05
    power = 0.9                                     # that is wanted if the true difference is
    expected = 0.05

With d the difference and M the margin, in the unit of the outcome, a test rejects its null hypothesis in favour of
the claim:

    difference        d = 0    in favour of  d != 0           two-sided
    superiority       d <= M   in favour of  d > M            one-sided
    non_inferiority   d <= -M  in favour of  d > -M           one-sided
    equivalence       |d| >= M in favour of  |d| < M          both one-sided tests reject ([Schuirmann1987]_)

by the p values of `socialsim.studies.statistics.differences`, corrected over the study's comparisons by Holm's method.
What is not shown is undecided: that no difference was found does not say that there is none, for which there is
``equivalence``. The study's folder keeps the comparisons that it was begun with, and its number of replications, and
refuses others: to add runs until a claim is shown would show false ones.

**Runs.** With a standard deviation s of one run, n runs on each side, z_q the normal quantile, and the true difference
D (`expected`), the power is, with e = s sqrt(2/n),

    difference        Phi(|D|/e - z_{1-alpha/2}) + Phi(-|D|/e - z_{1-alpha/2})
    superiority       Phi((D - M)/e - z_{1-alpha})
    non_inferiority   Phi((D + M)/e - z_{1-alpha})
    equivalence       max(0, Phi((M - D)/e - z_{1-alpha}) + Phi((M + D)/e - z_{1-alpha}) - 1)

(chapter 3 of [Chow2008]_; for shares s^2 is p (1 - p), at most 1/4).
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from socialsim.core.errors import ParameterError, unknown
from socialsim.core.parameters import Parameters, parameter
from socialsim.studies.statistics.contrasts import corrected, samples
from socialsim.studies.statistics.differences import Difference, difference

if TYPE_CHECKING:
    import pandas as pd

    from socialsim.studies.study import Study

MOST_RUNS = 10**12
CLAIMS = MappingProxyType(
    {
        "difference": "different",
        "superiority": "superior",
        "non_inferiority": "not inferior",
        "equivalence": "equivalent",
    }
)
"""What is shown where a test rejects its null hypothesis, by the name of the test."""


class Comparison(Parameters):
    """A claim about two levels of a factor.

    Raises
    ------
    ParameterError
        If a value is not accepted, or a margin lacks or is of no use.

    Examples
    --------
    >>> Comparison(of="success_rate", factor="network", between=["cycle", "complete"]).test
    'difference'
    >>> Comparison(of="success_rate", factor="network", between=["cycle", "complete"], test="equivalence")
    Traceback (most recent call last):
    ...
    socialsim.core.errors.ParameterError: margin: 0.0 is not accepted; accepted: for the test equivalence a number > 0
    """

    of: str = parameter(..., "a metric of the scenario")
    factor: str = parameter(..., "path of the factor")
    between: tuple[Any, Any] = parameter(..., "its two levels; the difference is the first less the second")
    at: dict[str, Any] = parameter({}, "path -> value of the other factors")
    test: Literal["difference", "superiority", "non_inferiority", "equivalence"] = parameter(
        "difference", "what is to be shown"
    )
    margin: float = parameter(0.0, "a difference that does not matter, in the unit of the outcome", ge=0)
    alpha: float = parameter(0.05, "chance of a false claim", gt=0, lt=0.5)
    power: float = parameter(0.9, "chance with which a true claim is to be shown", gt=0.5, lt=1)
    expected: float | None = parameter(None, "true difference for which this power is wanted")

    def model_post_init(self, context: Any) -> None:
        """Refuse tests that cannot be made."""
        if self.test in ("equivalence", "non_inferiority") and not self.margin > 0:
            raise ParameterError(
                f"margin: {self.margin} is not accepted; accepted: for the test {self.test} a number > 0"
            )
        if self.test == "difference" and self.margin:
            raise ParameterError(f"margin: {self.margin} is not accepted; accepted: for the test difference none")
        if self.between[0] == self.between[1]:
            raise ParameterError(f"between: {self.between[0]!r} is given twice; accepted: two levels")

    @property
    def claim(self) -> str:
        """What is to be shown, in words.

        Examples
        --------
        >>> Comparison(of="success_rate", factor="network", between=["a", "b"], test="superiority", margin=0.02).claim
        'success_rate at network = a is more than 0.02 above that at b'
        """
        first, second = self.between
        words = {
            "difference": f"differs from that at {second}",
            "superiority": f"is {f'more than {self.margin:g} ' if self.margin else ''}above that at {second}",
            "non_inferiority": f"is less than {self.margin:g} below that at {second}",
            "equivalence": f"is less than {self.margin:g} from that at {second}",
        }
        where = "".join(f", {path} = {value}" for path, value in self.at.items())
        return f"{self.of} at {self.factor} = {first} {words[self.test]}{where}"


def judge(study: Study, comparisons: Sequence[Comparison]) -> pd.DataFrame:
    """Return what has come of comparisons.

    Parameters
    ----------
    study : Study
    comparisons : sequence of Comparison
        All that were registered: p values are corrected for how many they are.

    Returns
    -------
    DataFrame
        A row each: claim, test, margin, alpha, difference with its interval low to high (of confidence 1 - alpha for
        the test of a difference, else 1 - 2 alpha), p, p_corrected, verdict ("different", "superior", "not
        inferior", "equivalent" or "undecided"), num_runs (of the side with fewer) and num_needed: on each side, for
        the power that was asked for at the `expected` difference and the spread that was found; NaN where no
        difference is expected.

    Raises
    ------
    ParameterError
        If a comparison names no two points of the study.
    """
    import pandas as pd

    rows = []
    for comparison in comparisons:
        first, second = (_key(study, comparison, level) for level in comparison.between)
        sample = samples(study, comparison.of)
        one, other = sample(first), sample(second)
        found = difference(one, other)
        low, high = found.interval(1 - comparison.alpha * (1 if comparison.test == "difference" else 2))
        spread = math.sqrt((one.spread**2 + other.spread**2) / 2)
        rows.append(
            {
                "claim": comparison.claim,
                "test": comparison.test,
                "margin": comparison.margin,
                "alpha": comparison.alpha,
                "difference": found.value,
                "low": low,
                "high": high,
                "p": p_value(comparison, found),
                "num_runs": min(one.estimate.num_runs, other.estimate.num_runs),
                "num_needed": required_replications(comparison, spread),
            }
        )
    table = pd.DataFrame(rows)
    if len(table):
        counted = corrected(table.p.fillna(1.0), "holm")  # what is not known yet counts too
        table.insert(8, "p_corrected", np.where(table.p.isna(), np.nan, counted))
        shown = table.p_corrected <= table.alpha
        table.insert(9, "verdict", [CLAIMS[t] if s else "undecided" for t, s in zip(table.test, shown, strict=True)])
    return table


def p_value(comparison: Comparison, found: Difference) -> float:
    """Return the p value of a comparison from the difference that was found; NaN where there is none.

    Examples
    --------
    >>> from socialsim.studies.statistics.differences import StudentDifference
    >>> same = Comparison(of="steps", factor="network", between=["a", "b"], test="equivalence", margin=3.0)
    >>> round(p_value(same, StudentDifference(0.5, error=1.0, freedom=1e6)), 4)
    0.0062
    """
    margin = comparison.margin
    tests: Mapping[str, Callable[[], float]] = {
        "difference": found.p_value,
        "superiority": lambda: found.tail(margin),
        "non_inferiority": lambda: found.tail(-margin),
        "equivalence": lambda: max(found.tail(-margin), 1 - found.tail(margin)),
    }
    return tests[comparison.test]()


def power_of(comparison: Comparison, replications: int, spread: float) -> float:
    """Return the chance that a comparison shows its claim if the difference is as expected; NaN if none is.

    Parameters
    ----------
    comparison : Comparison
    replications : int
        Runs on each side, >= 1.
    spread : float
        Standard deviation of one run, > 0; of a share sqrt(p (1 - p)).

    Examples
    --------
    >>> test = Comparison(of="steps", factor="network", between=["a", "b"], power=0.8, expected=0.5)
    >>> round(power_of(test, 63, spread=1.0), 3)
    0.801
    """
    from scipy.stats import norm

    expected = _expected(comparison)
    error, z, m = spread * math.sqrt(2 / replications), _quantile(comparison), comparison.margin
    phi = lambda x: float(norm.cdf(x / error - z))  # noqa: E731
    powers: Mapping[str, Callable[[], float]] = {
        "difference": lambda: phi(abs(expected)) + phi(-abs(expected)),
        "superiority": lambda: phi(expected - m),
        "non_inferiority": lambda: phi(expected + m),
        "equivalence": lambda: max(0.0, phi(m - expected) + phi(m + expected) - 1),
    }
    return powers[comparison.test]()


def required_replications(comparison: Comparison, spread: float) -> float:
    """Return how many runs on each side give a comparison the power that it asks for.

    Infinity if no number does, NaN if no difference is expected.

    Parameters
    ----------
    comparison : Comparison
    spread : float
        Standard deviation of one run; of a share sqrt(p (1 - p)), at most .5.

    Examples
    --------
    >>> test = Comparison(of="steps", factor="network", between=["a", "b"], power=0.8, expected=0.5)
    >>> required_replications(test, spread=1.0)
    63.0
    >>> same = test.replace(test="equivalence", margin=0.05, expected=None)
    >>> required_replications(same, spread=0.5)
    1713.0
    """
    if math.isnan(spread) or math.isnan(_expected(comparison)):
        return math.nan
    if not spread > 0:
        return 2.0
    low, high = 1, 2
    while power_of(comparison, high, spread) < comparison.power:
        low, high = high, 2 * high
        if high > MOST_RUNS:
            return math.inf
    while high - low > 1:
        middle = (low + high) // 2
        if power_of(comparison, middle, spread) < comparison.power:
            low = middle
        else:
            high = middle
    return float(max(high, 2))


def _expected(comparison: Comparison) -> float:
    """Return the difference that is expected: none, where the claim is that there is none that matters."""
    if comparison.expected is None:
        return 0.0 if comparison.test in ("equivalence", "non_inferiority") else math.nan
    return comparison.expected


def _quantile(comparison: Comparison) -> float:
    """Return the normal quantile of a test: two-sided for a difference, one-sided otherwise."""
    from scipy.stats import norm

    return float(norm.isf(comparison.alpha / 2 if comparison.test == "difference" else comparison.alpha))


def _key(study: Study, comparison: Comparison, level: Any) -> str:
    """Return the key of the one point at which a comparison stands with a level."""
    points = study.points()
    wanted = {**comparison.at, comparison.factor: level}
    chosen = points
    for path, value in wanted.items():
        if path not in chosen:
            raise ParameterError(f"[[comparisons]] {unknown('factor', path, map(str, points))}")
        chosen = chosen[[each == value for each in chosen[path]]]
    if len(chosen) != 1:
        where = json.dumps(wanted, ensure_ascii=False)
        raise ParameterError(f"[[comparisons]] {len(chosen)} points have {where}; accepted: `at` that leaves one")
    return str(chosen.index[0])
