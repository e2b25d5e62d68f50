"""Graphons by name: ``uniform_attachment``, ``power_law:alpha=0.3``, ``step:matrix=[[0.5, 0.1], [0.1, 0.3]]``.

A spec is a name, or a name, a colon and parameters with TOML values, as a network's is. The names are those of the
functions of this module.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Annotated

import numpy as np

from socialsim.core.errors import NetworkError, unknown
from socialsim.core.spec import parse_spec
from socialsim.networks.graphons import Graphon, LowRankGraphon, PowerLaw, StepGraphon
from socialsim.networks.parameters import Bounds, parameters_of, resolve

LARGEST_ALPHA = 0.999


def constant(p: Annotated[float, Bounds("chance of each edge", 0, 1)] = 0.5) -> Graphon:
    """Return W = p: everybody is alike, as in a mean field.

    Examples
    --------
    >>> float(constant(0.3).density())
    0.3
    """
    return StepGraphon(p, name=f"W = {p:g}")


def uniform_attachment() -> Graphon:
    """Return W = 1 - max(x, y): newcomers are linked with fewer and fewer.

    Examples
    --------
    >>> float(uniform_attachment()(0.25, 0.5))
    0.5
    """
    return Graphon(lambda x, y: 1 - np.maximum(x, y), name="1 - max(x, y)")


def ranked_attachment() -> Graphon:
    """Return W = 1 - x y.

    Examples
    --------
    >>> float(ranked_attachment()(0.5, 0.5))
    0.75
    """
    return LowRankGraphon(lambda x: np.stack([np.ones_like(x), x], axis=-1), [1.0, -1.0], name="1 - x y")


def minimum() -> Graphon:
    """Return W = min(x, y).

    Examples
    --------
    >>> float(minimum()(0.25, 0.5))
    0.25
    """
    return Graphon(np.minimum, name="min(x, y)")


def product() -> Graphon:
    """Return W = x y.

    Examples
    --------
    >>> float(product()(0.5, 0.5))
    0.25
    """
    return LowRankGraphon(lambda x: x[..., None], [1.0], name="x y")


def power_law(alpha: Annotated[float, Bounds("exponent of the degrees", 0, LARGEST_ALPHA)] = 0.3) -> Graphon:
    """Return W = (1 - alpha)^2 (x y)^-alpha, which exceeds 1 near 0.

    Examples
    --------
    >>> float(power_law(0.0)(0.5, 0.5))
    1.0
    """
    return PowerLaw(alpha)


def blocks(
    number: Annotated[int, Bounds("blocks of equal size", 1)] = 2,
    within: Annotated[float, Bounds("chance of an edge inside a block", 0, 1)] = 0.5,
    between: Annotated[float, Bounds("chance of an edge between blocks", 0, 1)] = 0.1,
) -> Graphon:
    """Return blocks that are linked with one chance inside and another between them.

    Examples
    --------
    >>> float(blocks(2, 0.5, 0.1).density())
    0.3
    """
    return StepGraphon(np.where(np.eye(number, dtype=bool), within, between), name=f"{number} blocks")


FUNCTIONS: Mapping[str, Callable[..., Graphon]] = MappingProxyType(
    {
        function.__name__: function
        for function in (blocks, constant, minimum, power_law, product, ranked_attachment, uniform_attachment)
    }
)
STEP = "step"


def parse_graphon(spec: str) -> Graphon:
    """Return the graphon that a spec stands for.

    ``step:matrix=[[...], ...],sizes=[...]`` gives blocks by their chances and shares.

    Raises
    ------
    NetworkError
        If the name is unknown, or the graphon is outside [0, 1] or asymmetric.
    ParameterError
        If a parameter is unknown, no TOML, of another type or out of range.

    Examples
    --------
    >>> parse_graphon("power_law:alpha=0.3").name
    'power law 0.3'
    >>> parse_graphon("step:matrix=[[0.5, 0.1], [0.1, 0.3]],sizes=[0.2, 0.8]").degree(0.0).round(12)
    np.float64(0.18)
    >>> parse_graphon("powerlaw")
    Traceback (most recent call last):
    socialsim.core.errors.NetworkError: unknown graphon 'powerlaw'; did you mean 'power_law'? Accepted: blocks, ...
    """
    name = spec.strip().partition(":")[0]
    if name not in FUNCTIONS and name != STEP:
        raise NetworkError(unknown("graphon", name, (*FUNCTIONS, STEP)))
    given = parse_spec(spec)[1]
    if name != STEP:
        return FUNCTIONS[name](**resolve(name, parameters_of(FUNCTIONS[name]), given))
    wrong = [key for key in given if key not in ("matrix", "sizes")]
    if wrong or "matrix" not in given:
        raise NetworkError(f"step: {', '.join(wrong) or 'no matrix'} is not accepted; accepted: matrix, sizes")
    found = StepGraphon(given["matrix"], given.get("sizes"))
    found.name = f"{len(found.matrix)} blocks"
    return found
