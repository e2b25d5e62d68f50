"""Designs: which points a study visits.

A factorial design combines levels. A sampling design is a set of rows in [0, 1]^d, one column a factor, whose
coordinates the factors map to values (see `socialsim.studies.design.factors`).

==================  ============================================================  ====================================
kind                points                                                        source
==================  ============================================================  ====================================
``full``            every combination of levels, the last factor changes fastest
``one_at_a_time``   the base, then each level of each factor alone
``points``          the list in the file
``random``          `size` independent uniform points
``latin_hypercube`` `size` points, one in each of `size` strata of every factor   [McKay1979]_
``sobol``           `size` = 2^m points of a scrambled sequence                   [Sobol1967]_, [Matousek1998]_
``saltelli``        `size` (d + 2), for first-order and total indices; `size`     [Saltelli2010]_
                    (2 d + 2) with `second_order`
``morris``          `trajectories` (d + 1), for elementary effects                [Morris1991]_
``fast``            `size` d on search curves, for first-order and total indices  [Saltelli1999]_
``optimise``        `trials`, batch by batch, in search of the best outcome        [Akiba2019]_
==================  ============================================================  ====================================

The same seed gives the same points. A longer list of levels or of points, a larger `random` and a larger `sobol` design
hold all points of the smaller one.
"""

from __future__ import annotations

import itertools
import math
from abc import abstractmethod
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from socialsim.core.errors import ParameterError, unknown
from socialsim.core.extras import check_installed, require
from socialsim.core.parameters import Parameters, accepted, parameter
from socialsim.studies.design.factors import Factor, Range, check_value

MOST_POINTS = 1_000_000

Setting = dict[str, Any]


class Design(Parameters):
    """Base of the designs: what a study file's table ``[design]`` says beside its ``kind``."""

    kind: ClassVar[str] = ""

    common_random_numbers: bool = parameter(False, "whether equal replications of all points share their streams")

    def _check(self, factors: Mapping[str, Factor]) -> None:
        """Raise ParameterError if the design cannot be made of these factors."""
        if not factors:
            raise ParameterError("[factors] there are none; accepted: one or more")

    @abstractmethod
    def _num_settings(self, factors: Mapping[str, Factor]) -> int:
        """Return the number of settings, those that come twice included."""

    @abstractmethod
    def _settings(self, factors: Mapping[str, Factor], seed: int) -> Iterator[Setting]:
        """Yield what each point sets, path -> value, in order."""


class _Factorial(Design):
    """A design of levels: ranges must say how many they have."""

    def _check(self, factors: Mapping[str, Factor]) -> None:
        super()._check(factors)
        for path, factor in factors.items():
            if not len(factor):
                raise ParameterError(
                    f"[factors] {path}: the design {self.kind} needs levels = NUMBER beside the range, or another kind"
                )


class Full(_Factorial):
    """Every combination of levels."""

    kind = "full"

    def _num_settings(self, factors: Mapping[str, Factor]) -> int:
        return math.prod(len(factor) for factor in factors.values())

    def _settings(self, factors: Mapping[str, Factor], seed: int) -> Iterator[Setting]:
        for values in itertools.product(*(factor.values for factor in factors.values())):
            yield dict(zip(factors, values, strict=True))


class OneAtATime(_Factorial):
    """The base, then each level of each factor while the others stay at the base."""

    kind = "one_at_a_time"

    def _num_settings(self, factors: Mapping[str, Factor]) -> int:
        return 1 + sum(len(factor) for factor in factors.values())

    def _settings(self, factors: Mapping[str, Factor], seed: int) -> Iterator[Setting]:
        yield {}
        for path, factor in factors.items():
            yield from ({path: value} for value in factor.values)


class Listed(Design):
    """The points that the study file lists."""

    kind = "points"

    points: tuple[Setting, ...] = parameter((), "tables of values by path")

    def _check(self, factors: Mapping[str, Factor]) -> None:
        if factors:
            raise ParameterError("[factors] the design points lists its own values; accepted: no factors beside it")
        if not self.points:
            raise ParameterError("[design] points: there are none; accepted: one or more")
        for number, point in enumerate(self.points, 1):
            for path, value in point.items():
                try:
                    check_value(value)
                except ParameterError as error:
                    raise ParameterError(f"[design] point {number}: {path}: {error}") from None

    def _num_settings(self, factors: Mapping[str, Factor]) -> int:
        return len(self.points)

    def _settings(self, factors: Mapping[str, Factor], seed: int) -> Iterator[Setting]:
        yield from self.points


class _Sampled(Design):
    """A design of rows in the unit cube."""

    def _check(self, factors: Mapping[str, Factor]) -> None:
        super()._check(factors)
        for path, factor in factors.items():
            if isinstance(factor, Range) and factor.num_levels:
                raise ParameterError(f"[factors] {path}: levels are for the designs full and one_at_a_time")

    def _settings(self, factors: Mapping[str, Factor], seed: int) -> Iterator[Setting]:
        rows = self._rows(len(factors), seed)
        columns = [factor.at(rows[:, k]) for k, factor in enumerate(factors.values())]
        for values in zip(*columns, strict=True):
            yield dict(zip(factors, values, strict=True))

    @abstractmethod
    def _rows(self, num_factors: int, seed: int) -> NDArray[np.float64]:
        """Return the design in the unit cube, shape (num_settings, num_factors)."""


def _qmc() -> Any:
    """Return SciPy's module, which takes half a second to import, where it is needed."""
    from scipy.stats import qmc

    return qmc


class _Sized(_Sampled):
    """A sample whose size is asked for."""

    size: int = parameter(..., "number of points", ge=1)

    def _num_settings(self, factors: Mapping[str, Factor]) -> int:
        return self.size


class Random(_Sized):
    """Independent uniform points."""

    kind = "random"

    def _rows(self, num_factors: int, seed: int) -> NDArray[np.float64]:
        return np.random.default_rng(seed).random((self.size, num_factors))


class LatinHypercube(_Sized):
    """One point in each of `size` equal strata of every factor."""

    kind = "latin_hypercube"

    def _rows(self, num_factors: int, seed: int) -> NDArray[np.float64]:
        return _qmc().LatinHypercube(num_factors, seed=np.random.default_rng(seed)).random(self.size)


class Sobol(_Sized):
    """The first 2^m points of a scrambled Sobol sequence."""

    kind = "sobol"

    def model_post_init(self, context: Any) -> None:
        """Refuse a size at which the sequence is not balanced."""
        _check_power(self.size)

    def _rows(self, num_factors: int, seed: int) -> NDArray[np.float64]:
        return _qmc().Sobol(num_factors, seed=np.random.default_rng(seed)).random(self.size)


# --- Sensitivity -----------------------------------------------------------------------------------------------


class _Sensitivity(_Sampled):
    """A sample from which SALib computes the sensitivity of an outcome to each factor."""

    def _check(self, factors: Mapping[str, Factor]) -> None:
        super()._check(factors)
        check_installed("sensitivity")


class Saltelli(_Sensitivity):
    """Two Sobol samples, and each with one column of the other."""

    kind = "saltelli"

    size: int = parameter(..., "points of each of the two samples, a power of two", ge=2)
    second_order: bool = parameter(False, "whether also with each column of the first sample in the second")

    def model_post_init(self, context: Any) -> None:
        """Refuse a size at which the sequence is not balanced."""
        _check_power(self.size)

    def _num_settings(self, factors: Mapping[str, Factor]) -> int:
        return self.size * ((1 + self.second_order) * len(factors) + 2)

    def _rows(self, num_factors: int, seed: int) -> NDArray[np.float64]:
        sobol = require("SALib.sample.sobol", "sensitivity")
        return sobol.sample(unit_cube(num_factors), self.size, calc_second_order=self.second_order, seed=seed)


class Morris(_Sensitivity):
    """Trajectories on a grid along which one factor moves at a time."""

    kind = "morris"

    trajectories: int = parameter(..., "number of trajectories", ge=2)
    grid: int = parameter(4, "values of each factor, even", ge=2)

    def model_post_init(self, context: Any) -> None:
        """Refuse a grid on which a step of half its width does not end."""
        if self.grid % 2:
            raise ParameterError(f"grid: {self.grid} is not accepted; accepted: an even number")

    def _check(self, factors: Mapping[str, Factor]) -> None:
        super()._check(factors)
        for path, factor in factors.items():  # an effect is a slope
            if not isinstance(factor, Range):
                raise ParameterError(f"[factors] {path}: a list is not accepted for morris; accepted: a range")

    def _num_settings(self, factors: Mapping[str, Factor]) -> int:
        return self.trajectories * (len(factors) + 1)

    def _rows(self, num_factors: int, seed: int) -> NDArray[np.float64]:
        morris = require("SALib.sample.morris", "sensitivity")
        return morris.sample(unit_cube(num_factors), self.trajectories, num_levels=self.grid, seed=seed)


class Fast(_Sensitivity):
    """One search curve for each factor, which moves at a high frequency while the others move slowly."""

    kind = "fast"

    size: int = parameter(..., "points of each curve", ge=65)  # > 4 M^2 with M = 4 harmonics

    def _num_settings(self, factors: Mapping[str, Factor]) -> int:
        return self.size * len(factors)

    def _rows(self, num_factors: int, seed: int) -> NDArray[np.float64]:
        fast = require("SALib.sample.fast_sampler", "sensitivity")
        return fast.sample(unit_cube(num_factors), self.size, seed=seed)


class Optimise(_Sampled):
    """A search: each batch of points follows from the results of those before (`socialsim.studies.rounds.optimise`)."""

    kind = "optimise"

    goal: dict[str, Literal["maximise", "minimise"]] = parameter(..., "metric -> whether its best value is high or low")
    trials: int = parameter(..., "settings that are tried", ge=1, le=MOST_POINTS)
    batch: int = parameter(8, "trials that are asked for together", ge=1)
    method: Literal["tpe", "nsga2", "random"] = parameter("tpe", "how Optuna chooses them")
    finalists: int = parameter(5, "best points that are measured anew; of several metrics, the front unless 0", ge=0)

    def _check(self, factors: Mapping[str, Factor]) -> None:
        super()._check(factors)
        check_installed("optimise")
        if not self.goal:
            raise ParameterError("[design] goal: there is none; accepted: one metric or more")

    def _num_settings(self, factors: Mapping[str, Factor]) -> int:
        return 0  # none is known beforehand

    def _rows(self, num_factors: int, seed: int) -> NDArray[np.float64]:
        return np.empty((0, num_factors))


DESIGNS: Mapping[str, type[Design]] = MappingProxyType(
    {
        design.kind: design
        for design in (Full, OneAtATime, Listed, Random, LatinHypercube, Sobol, Saltelli, Morris, Fast, Optimise)
    }
)
"""The designs by the kind that a study file names."""


def make_design(given: Any) -> Design:
    """Return the design of a study file: of its table ``[design]``, or of a kind alone, as in ``design = "full"``.

    Without a kind it is the full factorial one.

    Raises
    ------
    ParameterError
        If the kind or one of its parameters is unknown, missing or not accepted.

    Examples
    --------
    >>> make_design({"kind": "latin_hypercube", "size": 100})
    LatinHypercube(common_random_numbers=False, size=100)
    >>> make_design({"kind": "sobel", "size": 100})
    Traceback (most recent call last):
    ...
    socialsim.core.errors.ParameterError: kind: unknown design 'sobel'; did you mean 'sobol'? Accepted: fast, full, ...
    """
    if isinstance(given, Design):
        return given
    if isinstance(given, str):
        given = {"kind": given}
    if not isinstance(given, Mapping):
        raise ParameterError(f"{given!r} is not accepted; accepted: a kind, such as 'full', or a table")
    kind = given.get("kind", Full.kind)
    if not isinstance(kind, str) or kind not in DESIGNS:
        raise ParameterError(f"kind: {unknown('design', kind, DESIGNS)}")
    design, values = DESIGNS[kind], {name: value for name, value in given.items() if name != "kind"}
    for name, declared in design.model_fields.items():
        if declared.is_required() and name not in values:
            raise ParameterError(f"{name}: it is missing; accepted: {accepted(declared)} ({declared.description})")
    return design(**values)


def make_settings(design: Design, factors: Mapping[str, Factor], seed: int) -> Iterator[Setting]:
    """Yield what each point of a design sets, path -> value, in the design's order; some may come twice.

    Parameters
    ----------
    design : Design
    factors : mapping of str to Factor
        By path.
    seed : int
        Of the random designs.

    Raises
    ------
    ParameterError
        If the design cannot be made of these factors, or has more than a million points.

    Examples
    --------
    >>> from socialsim.studies.design.factors import make_factor
    >>> factors = {"network": make_factor(["cycle", "complete"]), "environment.effect": make_factor([0.1, 0.2])}
    >>> for setting in make_settings(Full(), factors, seed=0):
    ...     print(setting)
    {'network': 'cycle', 'environment.effect': 0.1}
    {'network': 'cycle', 'environment.effect': 0.2}
    {'network': 'complete', 'environment.effect': 0.1}
    {'network': 'complete', 'environment.effect': 0.2}
    """
    design._check(factors)
    if (number := design._num_settings(factors)) > MOST_POINTS:
        raise ParameterError(f"[design] {number} points are not accepted; accepted: at most {MOST_POINTS}")
    return design._settings(factors, seed)


def unit_rows(design: Saltelli | Morris | Fast, num_factors: int, seed: int) -> NDArray[np.float64]:
    """Return the sample in the unit cube, shape (num_settings, num_factors).

    Raises
    ------
    MissingExtraError
        If SALib is not installed.
    """
    return design._rows(num_factors, seed)


def unit_cube(num_factors: int) -> dict[str, Any]:
    """Return the unit cube in SALib's words."""
    names = [f"x{k}" for k in range(num_factors)]
    return {"num_vars": num_factors, "names": names, "bounds": [[0.0, 1.0]] * num_factors}


def _check_power(size: int) -> None:
    """Raise ParameterError unless a size is a power of two."""
    if size & (size - 1):
        raise ParameterError(
            f"size: {size} is not accepted; accepted: a power of two, such as {1 << size.bit_length()}"
        )
