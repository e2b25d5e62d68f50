"""Ranges of free parameters, and the search for the best point of their cube.

Every free parameter runs over a range; its **place** u in [0, 1] says where. On a linear range

    x = low + u (high - low),

on a logarithmic one ln x moves so. A function of the places is minimised in two stages: it is computed on a design that
fills the cube evenly (Sobol), and the lowest points of the design are each improved by the simplex of Nelder and Mead,
the best of them once more from a fresh simplex. That needs no gradient and so copes with functions that have steps
([Nelder1965]_).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from socialsim.core.errors import ParameterError, unknown
from socialsim.engine.interface import Learner

OPEN_END = 1e-3  # how near to an end that a parameter cannot take the range goes
FAR_END = 1e3  # where a range ends that has no end
DESIGN_POINTS = 64  # for each free parameter
STARTS = 4
COARSE = 1e-2  # tolerance in places and in the function from each start; the best is improved further

Bounds = tuple[float, float]


@dataclass(frozen=True)
class Range:
    """From where to where a parameter is searched.

    Parameters
    ----------
    low, high : float
        Its ends, low < high.
    is_log : bool
        Whether ratios count and not differences.

    Examples
    --------
    >>> round(Range(0.01, 100.0, is_log=True).value(0.5), 9)
    1.0
    >>> float(Range(0.0, 4.0).place(1.0))
    0.25
    """

    low: float
    high: float
    is_log: bool = False

    def value(self, place: float) -> float:
        """Return the parameter's value at a place in [0, 1]."""
        if place <= 0.0 or place >= 1.0:
            return self.high if place >= 1.0 else self.low
        if self.is_log:
            return math.exp((1.0 - place) * math.log(self.low) + place * math.log(self.high))
        return self.low + place * (self.high - self.low)

    def place(self, value: ArrayLike) -> NDArray[np.float64]:
        """Return the place in [0, 1] of a value within the range."""
        if self.is_log:
            return np.log(np.divide(value, self.low)) / math.log(self.high / self.low)
        return np.subtract(value, self.low) / (self.high - self.low)

    def slope(self, place: float) -> float:
        """Return dx/du at a place."""
        if self.is_log:
            return self.value(place) * math.log(self.high / self.low)
        return self.high - self.low


def ranges_of(learner: Learner, free: Mapping[str, Bounds | None] | Sequence[str]) -> dict[str, Range]:
    """Return the ranges of a learner's free parameters.

    Parameters
    ----------
    learner : Learner
    free : mapping of str to (low, high) or None, or sequence of str
        The free parameters. One without ends runs over all that the learner accepts, to within 0.001 of an end that
        it does not accept; where there is no upper end, from 0.001 to 1000 in ratios.

    Raises
    ------
    ParameterError
        If a name is unknown, given twice or no real number, or its ends are not accepted.

    Examples
    --------
    >>> from socialsim.learning.boltzmann_q import BoltzmannQ
    >>> ranges_of(BoltzmannQ(), {"discount": None, "temperature": (0.01, 10)})
    {'discount': Range(low=0.0, high=0.999, is_log=False), 'temperature': Range(low=0.01, high=10.0, is_log=True)}
    """
    given = dict(free) if isinstance(free, Mapping) else dict.fromkeys(free)
    if not given or len(given) != len(free):
        names = ", ".join(free) or "nothing"
        raise ParameterError(f"free: {names} is not accepted; accepted: one or more parameters, each once")
    return {name: _range(learner, name, bounds) for name, bounds in given.items()}


def _range(learner: Learner, name: str, bounds: Bounds | None) -> Range:
    fields = type(learner).model_fields
    if name not in fields:
        raise ParameterError(unknown(f"parameter of {learner.name()}", name, fields))
    if not _is_real(learner, name):
        raise ParameterError(f"free: {name} of {learner.name()} is no real number; accepted: parameters that are")
    least, most = _ends(learner, name)
    if bounds is None:
        if math.isfinite(least) and math.isfinite(most):
            return Range(least, most)
        if not 0.0 <= least < FAR_END:
            raise ParameterError(f"free: {name} of {learner.name()} may be anything; accepted: {name}=LOW:HIGH")
        return Range(max(least, OPEN_END), FAR_END, is_log=True)
    low, high = map(float, bounds)
    if not (math.isfinite(low) and math.isfinite(high) and low < high):
        raise ParameterError(f"free: {name}={low:g}:{high:g} is not accepted; accepted: two numbers that rise")
    for end in (low, high):
        _try(learner, name, end)
    return Range(low, high, is_log=low > 0.0 and not math.isfinite(most))


def _ends(learner: Learner, name: str) -> Bounds:
    """Return the lowest and the highest value that a parameter takes; an end that it does not take is kept off."""
    ends = {"gt": -math.inf, "ge": -math.inf, "lt": math.inf, "le": math.inf}
    for item in type(learner).model_fields[name].metadata:
        ends |= {key: float(getattr(item, key)) for key in ends if getattr(item, key, None) is not None}
    least = max(ends["ge"], ends["gt"] + OPEN_END)
    return least, min(ends["le"], ends["lt"] - OPEN_END)


def _is_real(learner: Learner, name: str) -> bool:
    kinds = str(type(learner).model_fields[name].annotation)
    return kinds == "<class 'float'>" or "float" in kinds.replace("|", ",").split(", ")[0]


def _try(learner: Learner, name: str, value: float) -> None:
    try:
        learner.replace(**{name: value})
    except ParameterError as error:
        raise ParameterError(f"free: {error}") from None


def values_at(ranges: Mapping[str, Range], places: ArrayLike) -> dict[str, float]:
    """Return the parameters' values at a point of the cube, by name.

    Examples
    --------
    >>> values_at({"alpha": Range(0.0, 1.0), "discount": Range(0.5, 1.0)}, [0.25, 0.5])
    {'alpha': 0.25, 'discount': 0.75}
    """
    return {name: item.value(float(u)) for (name, item), u in zip(ranges.items(), np.asarray(places), strict=True)}


def minimise(
    function: Callable[[NDArray[np.float64]], float],
    num_dimensions: int,
    *,
    design_points: int = DESIGN_POINTS,
    starts: int = STARTS,
    tolerance: float = 1e-6,
) -> tuple[NDArray[np.float64], float]:
    """Return the lowest point of a function on the unit cube that was found, and its value.

    Parameters
    ----------
    function : callable
        Of the places, shape (num_dimensions,); infinite where there is no value.
    num_dimensions : int
        >= 1.
    design_points : int
        Points of the design for each dimension.
    starts : int
        How many points of the design are improved.
    tolerance : float
        Where the simplex is smaller, in places and in the value, the search ends.

    Examples
    --------
    >>> place, value = minimise(lambda u: float((u[0] - 0.3) ** 2 + abs(u[1] - 1.0)), 2)
    >>> place.round(4).tolist(), round(value, 6)
    ([0.3, 1.0], 0.0)
    """
    from scipy.stats import qmc

    exponent = math.ceil(math.log2(design_points * num_dimensions))
    design = qmc.Sobol(num_dimensions, seed=0).random_base2(exponent)
    values = np.array([function(point) for point in design])
    best = [
        improve(function, design[k], step=0.1, tolerance=max(tolerance, COARSE))
        for k in np.argsort(values, kind="stable")[:starts]
        if math.isfinite(values[k])
    ]
    if not best:
        return design[0], math.inf
    return improve(function, min(best, key=lambda found: found[1])[0], step=0.02, tolerance=tolerance)


def improve(
    function: Callable[[NDArray[np.float64]], float],
    start: NDArray[np.float64],
    *,
    step: float = 0.05,
    tolerance: float = 1e-6,
) -> tuple[NDArray[np.float64], float]:
    """Return the lowest point that a simplex finds from a start, and its value; places stay in [0, 1]."""
    from scipy.optimize import minimize

    if not len(start):
        return start, function(start)
    simplex = np.repeat(np.clip(start, 0.0, 1.0)[None], len(start) + 1, axis=0)
    for k in range(len(start)):
        simplex[k + 1, k] += step if simplex[0, k] <= 0.5 else -step
    options: Any = {"initial_simplex": simplex, "xatol": tolerance, "fatol": tolerance, "maxfev": 400 * len(start)}
    found = minimize(function, simplex[0], method="Nelder-Mead", bounds=[(0.0, 1.0)] * len(start), options=options)
    return np.asarray(found.x), float(found.fun)
