"""What the closures share: networks as matrices, degrees with their shares, trajectories, and where these come to rest.

Row i of a matrix holds whom i hears: a_ij is 1, or the link's weight, where j acts on i.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.integrate import solve_ivp
from scipy.sparse import csr_array, issparse
from scipy.sparse.csgraph import connected_components

from socialsim.core.errors import ParameterError, SolverError
from socialsim.networks.sources import load

Floats = NDArray[np.float64]
AT_REST = 1e-10  # change per unit of time at which a flow has come to rest
STILL = 1e-9  # or change over a stretch as long as all before: fast parts of a large flow tremble above `AT_REST`
LONGEST = 1e5  # time for which a flow is followed to its rest
ACCURACY = 1e-10  # of a step of the integration, relative


@dataclass(frozen=True)
class Trajectory:
    """What a closure predicts over time.

    Attributes
    ----------
    times : array, shape (T,)
    chances : array, shape (T, n)
        Chance of being infected, of each agent or degree.
    prevalence : array, shape (T,)
        Share infected.
    """

    times: Floats
    chances: Floats
    prevalence: Floats


def adjacency(network: Any, *, weighted: bool = False) -> csr_array:
    """Return whom each agent hears as a sparse matrix.

    Parameters
    ----------
    network : Network, NetworkX graph, spec string, file or matrix
        A matrix holds weights a_ij >= 0 of what j does to i, and is taken with them.
    weighted : bool
        Whether the weights of links count, else each counts 1.

    Raises
    ------
    ParameterError
        If a matrix is not square, or holds negative or infinite weights or a diagonal.

    Examples
    --------
    >>> adjacency("path:n=3").toarray().tolist()
    [[0.0, 1.0, 0.0], [1.0, 0.0, 1.0], [0.0, 1.0, 0.0]]
    """
    if issparse(network) or isinstance(network, np.ndarray | list | tuple):
        matrix: Any = csr_array(cast("Any", network), dtype=np.float64)
        is_square = matrix.ndim == 2 and matrix.shape[0] == matrix.shape[1] > 0
        if not is_square or not (np.isfinite(matrix.data) & (matrix.data >= 0)).all() or matrix.diagonal().any():
            raise ParameterError("network: accepted: a square matrix of finite weights >= 0 with zeros on the diagonal")
        matrix.eliminate_zeros()
        return matrix
    drawn = load(network)
    targets, sources, weights = drawn.edges()
    values = weights if weighted else np.ones(len(sources))
    heard = csr_array((values, (targets, sources)), shape=(drawn.num_agents, drawn.num_agents))
    heard.eliminate_zeros()
    return heard


def check_symmetric(matrix: csr_array, who: str) -> None:
    """Refuse a network whose links are not mutual, of the same weight both ways."""
    if abs(matrix - matrix.T).max() > 0:
        raise ParameterError(f"network: some link is not mutual; accepted by {who}: an undirected network")


def check_connected(matrix: csr_array) -> None:
    """Refuse a network that falls apart."""
    parts, part = connected_components(matrix, connection="weak")
    if parts > 1:
        sizes = sorted(np.bincount(part).tolist(), reverse=True)
        shown = ", ".join(map(str, sizes[:5])) + (", ..." if parts > 5 else "")
        raise ParameterError(f"network: it falls apart into {parts} parts of {shown} agents; accepted: a connected one")


def degree_shares(given: Any) -> tuple[Floats, Floats]:
    """Return the degrees that occur, ascending, and the share of agents of each.

    Parameters
    ----------
    given : mapping, sequence of degrees, or network
        Shares by degree {k: p_k}, which are scaled to sum to 1; one degree an agent; or an undirected network, as
        anything that `adjacency` takes but for a matrix.

    Raises
    ------
    ParameterError
        If degrees or shares are negative, there is no link, a matrix is given, or some link is not mutual.

    Examples
    --------
    >>> [column.tolist() for column in degree_shares({2: 3, 4: 1})]
    [[2.0, 4.0], [0.75, 0.25]]
    >>> [column.tolist() for column in degree_shares("star:n=5")]
    [[1.0, 4.0], [0.8, 0.2]]
    """
    if isinstance(given, Mapping):
        degrees, counts = (np.array(list(column), float) for column in (given.keys(), given.values()))
    else:
        if not isinstance(given, np.ndarray | list | tuple):
            drawn = load(given)
            if drawn.directed:
                check_symmetric(adjacency(drawn), "closures by degree")
            given = drawn.in_degree
        if np.ndim(given) != 1:
            raise ParameterError("degrees: a matrix is not accepted; accepted: its row sums, or the network otherwise")
        degrees, counts = np.unique(np.asarray(given, float), return_counts=True)
    right = len(degrees) and (degrees >= 0).all() and (counts >= 0).all() and counts @ degrees > 0
    if not right or not np.isfinite(degrees).all() or not np.isfinite(counts).all():
        raise ParameterError("degrees: accepted: degrees >= 0 with shares >= 0, and some link among them")
    order = np.argsort(degrees)
    return degrees[order], counts[order] / counts.sum()


def check_rates(infection: Any, recovery: Any, self_infection: Any) -> None:
    """Refuse rates that are no rates."""
    if np.ndim(infection) > 0:
        raise ParameterError("infection: accepted: one rate for all links; weights of links multiply it")
    for name, rate, positive in (
        ("infection", infection, False),
        ("recovery", recovery, True),
        ("self_infection", self_infection, False),
    ):
        values = np.asarray(rate, float)
        if not (np.isfinite(values) & ((values > 0) if positive else (values >= 0))).all():
            raise ParameterError(f"{name}: {rate!r} is not accepted; accepted: a rate {'> 0' if positive else '>= 0'}")


def check_chances(initial: ArrayLike, size: int) -> Floats:
    """Return initial chances in full, or refuse them."""
    chances = np.asarray(initial, float)
    if chances.shape not in ((), (size,)) or not ((chances >= 0) & (chances <= 1)).all():
        raise ParameterError(f"initial: accepted: a chance in [0, 1], or {size} of them")
    return np.array(np.broadcast_to(chances, size))


def per_agent(rate: ArrayLike, size: int) -> Floats:
    """Return a rate of all, or of each agent, in full."""
    values = np.asarray(rate, float)
    if values.shape not in ((), (size,)):
        raise ParameterError(
            f"rates: shape {values.shape} is not accepted; accepted: one, or one for each of {size} agents"
        )
    return np.array(np.broadcast_to(values, size))


def check_times(times: ArrayLike) -> Floats:
    """Return times at which a trajectory is asked for, or refuse them."""
    asked = np.asarray(times, float)
    rises = asked.ndim == 1 and len(asked) and asked[0] >= 0 and (np.diff(asked) > 0).all()
    if not rises or not np.isfinite(asked).all():
        raise ParameterError("times: accepted: finite numbers >= 0 that rise")
    return asked


def follow(derivative: Callable[[Floats], Floats], initial: Floats, times: ArrayLike) -> Floats:
    """Return the states of a flow at some times from 0 on, shape (T, n) (Dormand and Prince, order 8).

    Raises
    ------
    SolverError
        If the integration breaks off, as where the derivative is not finite.

    Examples
    --------
    >>> follow(lambda x: -x, np.ones(1), [0.0, 1.0]).round(9).tolist()
    [[1.0], [0.367879441]]
    """
    asked = check_times(times)
    if asked[-1] == 0.0:
        return initial[None, :].copy()
    solved = solve_ivp(
        lambda _, x: derivative(x), (0.0, asked[-1]), initial, "DOP853", asked, rtol=ACCURACY, atol=ACCURACY**1.2
    )
    if not solved.success:
        raise SolverError(f"flow: {solved.message}")
    return np.ascontiguousarray(solved.y.T)


def settle(derivative: Callable[[Floats], Floats], initial: Floats, unit: float = 1.0) -> Floats:
    """Return where a flow comes to rest.

    Parameters
    ----------
    derivative : callable
    initial : array, shape (n,)
    unit : float
        A time that means something to the flow, such as that of a recovery.

    Raises
    ------
    SolverError
        If it has not come to rest in 100 000 units.

    Examples
    --------
    >>> settle(lambda x: 1.0 - x, np.zeros(1)).round(9).tolist()
    [1.0]
    """
    state, passed, stretch = initial, 0.0, 10.0 * unit
    while passed < LONGEST * unit:
        before, state = state, follow(derivative, state, [stretch])[-1]
        passed += stretch
        moved = float(np.abs(derivative(state)).max()) * unit
        if moved <= AT_REST or np.abs(state - before).max() <= STILL:
            return state
        stretch *= 2.0
    raise SolverError(
        f"flow: still moves by {moved:.3g} per unit of time after {passed:g}; accepted: rates away from the threshold"
    )
