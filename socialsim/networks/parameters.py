"""The parameters of network generators, read from their signatures.

A generator is a plain function whose parameters are annotated with what they accept,

    def cycle(n: Annotated[int, Bounds("number of agents", 3)] = 10) -> Network: ...

and that signature is the only place where names, types, ranges, defaults and one-line explanations stand.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from numbers import Integral, Real
from typing import Any, Literal, get_args, get_origin, get_type_hints

from socialsim.core.errors import ParameterError, unknown

RANDOM = "rng"
"""The argument through which a random generator takes its numpy.random.Generator."""


@dataclass(frozen=True)
class Bounds:
    """What an annotated parameter means, and the least and greatest value that it accepts (of each entry of a list)."""

    doc: str
    low: float = float("-inf")
    high: float = float("inf")


@dataclass(frozen=True)
class Parameter:
    """One parameter of a generator.

    Attributes
    ----------
    name : str
    kind : type
        int, float, bool, str, or list (of whole numbers).
    default : object
    bounds : Bounds
    choices : tuple of str
        The accepted words of a str; empty where any text is, and for other kinds.

    Examples
    --------
    >>> p = Parameter("p", float, 0.1, Bounds("chance of an edge", 0, 1))
    >>> p.accepted
    'a number from 0 to 1 (chance of an edge)'
    >>> p.accept(1)
    1.0
    """

    name: str
    kind: type
    default: Any
    bounds: Bounds
    choices: tuple[str, ...] = ()

    @property
    def accepted(self) -> str:
        """What the parameter accepts, in words."""
        words = {int: "a whole number", float: "a number", bool: "true or false", list: "a list of whole numbers"}
        text = words.get(self.kind) or " or ".join(self.choices) or "text"
        low, high = (None if abs(bound) == float("inf") else bound for bound in (self.bounds.low, self.bounds.high))
        if low is not None:
            text += f" >= {low}" if high is None else f" from {low} to {high}"
        return f"{text} ({self.bounds.doc})"

    def accept(self, value: Any) -> Any:
        """Return the value as the parameter's type.

        Raises
        ------
        ParameterError
            If it has another type or is out of range.
        """
        if self.kind is list and isinstance(value, (list, tuple)) and value:
            return [self._accept_number(entry, int) for entry in value]
        if self.kind is int or self.kind is float:
            return self._accept_number(value, self.kind)
        if self.kind is bool and isinstance(value, bool):
            return value
        if self.kind is str and isinstance(value, str) and (not self.choices or value in self.choices):
            return value
        raise self._refusal(value)

    def _accept_number(self, value: Any, kind: type[int] | type[float]) -> Any:
        """Return a whole number as int or any number as float, if it is in range."""
        fits = not isinstance(value, bool) and isinstance(value, Integral if kind is int else Real)
        if not fits or not self.bounds.low <= value <= self.bounds.high:
            raise self._refusal(value)
        return kind(value)

    def _refusal(self, value: Any) -> ParameterError:
        """Return the error for a value that is not accepted."""
        return ParameterError(f"{self.name} = {value!r}; accepted: {self.accepted}")


@cache
def parameters_of(generator: Callable[..., Any]) -> dict[str, Parameter]:
    """Return the parameters of a generator by name, in the order of its signature.

    Examples
    --------
    >>> from typing import Annotated
    >>> def ring(n: Annotated[int, Bounds("number of agents", 3)] = 10): ...
    >>> parameters_of(ring)["n"].default, parameters_of(ring)["n"].accepted
    (10, 'a whole number >= 3 (number of agents)')
    """
    hints = get_type_hints(generator, include_extras=True)
    signature = inspect.signature(generator).parameters
    return {name: _parameter(name, hints[name], entry.default) for name, entry in signature.items() if name != RANDOM}


def _parameter(name: str, annotation: Any, default: Any) -> Parameter:
    """Read one annotated parameter."""
    kind, bounds = get_args(annotation)
    if get_origin(kind) is Literal:
        return Parameter(name, str, default, bounds, get_args(kind))
    return Parameter(name, get_origin(kind) or kind, default, bounds)


def resolve(owner: str, parameters: Mapping[str, Parameter], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return a value for every parameter: the given ones, checked, and the defaults of the rest.

    Raises
    ------
    ParameterError
        If a name is unknown, or a value has another type or is out of range.

    Examples
    --------
    >>> known = {"n": Parameter("n", int, 10, Bounds("number of agents", 3))}
    >>> resolve("cycle", known, {})
    {'n': 10}
    >>> resolve("cycle", known, {"n": 2})
    Traceback (most recent call last):
    socialsim.core.errors.ParameterError: cycle: n = 2; accepted: a whole number >= 3 (number of agents)
    """
    for name in given:
        if name not in parameters:
            raise ParameterError(unknown(f"parameter of the network {owner}", name, parameters))
    try:
        return {name: entry.accept(given.get(name, entry.default)) for name, entry in parameters.items()}
    except ParameterError as error:
        raise ParameterError(f"{owner}: {error}") from None
