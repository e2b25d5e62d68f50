"""Networks drawn from a graphon: G(n, W), and its sparse relatives.

Agents get positions in [0, 1], and each pair is linked with chance min(1, rho W(x_i, x_j)), independently: with rho = 1
the W-random graph of [LovaszSzegedy2006]_, with rho -> 0 as n grows a sparse network, in which W need not be bounded
[BickelChen2009]_, [Borgs2019]_.

Not all pairs are looked at. Agents form groups (those of one block; of similar position where W is a power law; else
all), between which candidates are drawn with the largest chance that W has there, by geometric skips, and then kept
with the ratio of the chances. Time and memory grow with n and the number of candidates; for blocks and power laws that
is about the number of edges, else rho n^2 / 2.
"""

from __future__ import annotations

from itertools import combinations_with_replacement
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray

from socialsim.core.errors import NetworkError
from socialsim.networks.graphon_nodes import ROUNDING
from socialsim.networks.graphons import Floats, Graphon, StepGraphon, as_graphon
from socialsim.networks.network import Network
from socialsim.networks.parameters import Bounds
from socialsim.networks.random_graphs import _pairs, _successes
from socialsim.networks.regular import MOST_AGENTS

Edges = NDArray[np.int64]


def graphon(
    n: Annotated[int, Bounds("number of agents", 1, MOST_AGENTS)] = 100,
    W: Annotated[  # noqa: N803 - as the field writes it
        str, Bounds("a graphon's spec, such as minimum or power_law:alpha=0.3")
    ] = "uniform_attachment",
    rho: Annotated[float, Bounds("factor of all chances of edges", 0)] = 1.0,
    positions: Annotated[
        Literal["drawn", "grid"], Bounds("of the agents: uniform draws, in order, or midpoints of n cells")
    ] = "drawn",
    *,
    rng: np.random.Generator,
) -> Network:
    """Return a network drawn from a graphon.

    The agents' attribute `position` is their x, and `block` their block where the graphon has blocks.

    References
    ----------
    .. [LovaszSzegedy2006] L. Lovasz and B. Szegedy (2006). Limits of dense graph sequences.
       Journal of Combinatorial Theory B 96(6), 933-957.

    Examples
    --------
    >>> network = graphon(n=4, W="constant:p=1", positions="grid", rng=np.random.default_rng(1))
    >>> network.num_edges, network.node_attributes["position"]
    (12, array([0.125, 0.375, 0.625, 0.875]))
    """
    return sample(W, draw_positions(n, positions, rng), rho=rho, rng=rng)


def draw_positions(n: int, kind: Literal["drawn", "grid"], rng: np.random.Generator) -> Floats:
    """Return positions of n agents, ascending.

    Examples
    --------
    >>> draw_positions(2, "grid", np.random.default_rng(1))
    array([0.25, 0.75])
    """
    return (np.arange(n) + 0.5) / n if kind == "grid" else np.sort(rng.random(n))


def sample(given: Graphon | object, positions: Floats, *, rho: float = 1.0, rng: np.random.Generator) -> Network:
    """Return a network of agents at given positions.

    Parameters
    ----------
    given : Graphon, or what `as_graphon` accepts
    positions : array, shape (n,)
        Ascending.
    rho : float
        Edges have the chance min(1, rho W).
    rng : numpy.random.Generator

    Raises
    ------
    NetworkError
        If positions are outside [0, 1] or not in order, or W is found outside its range or asymmetric.

    Examples
    --------
    >>> sample(lambda x, y: x * y, np.linspace(0, 1, 50), rng=np.random.default_rng(1)).num_agents
    50
    """
    limit, at = as_graphon(given), np.asarray(positions, np.float64)
    if at.ndim != 1 or not ((at >= 0) & (at <= 1)).all() or (np.diff(at) < 0).any():
        raise NetworkError("positions are not accepted; accepted: ascending numbers from 0 to 1")
    if not 0 <= rho < np.inf:
        raise NetworkError(f"rho: {rho!r} is not accepted; accepted: a finite number >= 0")
    bounds = limit.groups(at)
    starts, ends = bounds[:-1][np.diff(bounds) > 0], bounds[1:][np.diff(bounds) > 0]
    edges = [np.empty((2, 0), np.int64)]
    for a, b in combinations_with_replacement(range(len(starts)), 2):
        edges.append(_between(limit, at, rho, (starts[a], ends[a]), (starts[b], ends[b]), rng))
    sources, targets = np.concatenate(edges, axis=1)
    attributes: dict[str, NDArray[Any]] = {"position": at}
    if isinstance(limit, StepGraphon):
        attributes["block"] = limit.block(at)
    return Network.from_edges(len(at), sources, targets, node_attributes=attributes, name="graphon")


def _between(
    limit: Graphon,
    positions: Floats,
    rho: float,
    one: tuple[int, int],
    other: tuple[int, int],
    rng: np.random.Generator,
) -> Edges:
    """Return the edges between two groups of agents, or within one, shape (2, number)."""
    most = min(1.0, rho * limit.bound(positions[one[0]], positions[other[0]])) if rho > 0 else 0.0
    size, width = one[1] - one[0], other[1] - other[0]
    if one == other:
        low, high = _pairs(_successes(size * (size - 1) // 2, most, rng))
    else:
        low, high = np.divmod(_successes(size * width, most, rng), width)
    found = np.array([low + one[0], high + other[0]])
    if isinstance(limit, StepGraphon) or not found.size:
        return found
    x, y = positions[found]
    chances, back = limit(x, y), limit(y, x)
    for k in np.flatnonzero(~((chances >= -ROUNDING) & (chances <= limit.most + ROUNDING)))[:1]:
        raise NetworkError(f"graphon: W({x[k]:g}, {y[k]:g}) = {chances[k]:g}; accepted: 0 to 1")
    for k in np.flatnonzero(~np.isclose(chances, back, rtol=ROUNDING, atol=ROUNDING))[:1]:
        raise NetworkError(
            f"graphon: W({x[k]:g}, {y[k]:g}) = {chances[k]:g}, and {back[k]:g} back; accepted: symmetric"
        )
    return np.asarray(found[:, rng.random(found.shape[1]) * most < rho * chances])
