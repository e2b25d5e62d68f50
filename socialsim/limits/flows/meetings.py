r"""Who meets whom in a learning flow, what they are paid, and how a flow is followed.

A population of infinitely many agents plays a matrix game: x_a is the share of action a, or its chance. All meet all
alike, or those at x meet those at y as often as a graphon W says,

    u_a = sum_b A_ab z_b,    z_b(x) = 1/c(x) int W(x, y) x_b(y) dy,    c(x) = int W(x, y) dy.                     (1)

In a game of two populations rows meet columns alone, and are paid A[a][b] and B[a][b]. A **flow** says how fast the
shares move, from the shares and payoffs of the node that they belong to; it is followed by an explicit Runge-Kutta
method of order 8 (`scipy.integrate.solve_ivp`, DOP853, relative tolerance 1e-10, absolute 1e-12).

**All at once.** Agents who all revise in the same step follow a map, x <- x + h f(x), with h the share or the rate at
which they do; the flow is its limit as h -> 0. ``step = h`` follows the map.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import solve_ivp
from scipy.special import softmax

from socialsim.core.errors import ParameterError, SolverError
from socialsim.networks.graphons import as_graphon

Floats = NDArray[np.float64]
Velocity = Callable[[Floats, Floats], Floats]  # from shares and payoffs of one population, both of shape (n, m)

RELATIVE, ABSOLUTE = 1e-10, 1e-12
ROUNDING = 1e-9


class Meetings:
    """A matrix game between infinitely many agents, and who meets whom.

    Parameters
    ----------
    payoffs : array, shape (m, k)
        A[a][b], what action a pays against b.
    column_payoffs : array, shape (m, k), optional
        B[a][b], what columns are paid; without it there is one population, and m = k.
    graphon : Graphon, callable, array or number, optional
        W; without it all meet alike.
    nodes : int
        Nodes of the quadrature; a step graphon has its own.
    rule : {"midpoint", "gauss", "endpoints"}

    Raises
    ------
    ParameterError
        If the payoffs are not finite numbers of these shapes.

    Examples
    --------
    >>> meetings = Meetings([[3.0, 0.0], [5.0, 1.0]])
    >>> meetings.paid(meetings.begin([0.5, 0.5]))[0].tolist()
    [[1.5, 3.0]]
    """

    def __init__(
        self,
        payoffs: Any,
        column_payoffs: Any = None,
        *,
        graphon: object = None,
        nodes: int = 64,
        rule: Literal["midpoint", "gauss", "endpoints"] = "midpoint",
    ) -> None:
        matrix = _matrix("payoffs", payoffs)
        if column_payoffs is None:
            if matrix.shape[0] != matrix.shape[1]:
                raise ParameterError(
                    f"payoffs: shape {matrix.shape} is not accepted for one population; accepted: m x m"
                )
            self.tables: tuple[Floats, ...] = (matrix,)
        else:
            other = _matrix("column_payoffs", column_payoffs)
            if other.shape != matrix.shape:
                raise ParameterError(f"column_payoffs: shape {other.shape} is not accepted; accepted: {matrix.shape}")
            self.tables = (matrix, other.T)
        self.is_graphon = graphon is not None
        self.positions, self.weights = np.array([0.5]), np.ones(1)
        if self.is_graphon:
            found = as_graphon(graphon).discretise(nodes, rule)
            self.positions, self.weights = found.positions, found.weights
            self._left = found.left
            self._right = found.right.T * self.weights if found.right.shape[0] else np.diag(self.weights)
            degrees = self._left @ self._right.sum(axis=1)
            self._scale = np.divide(1.0, degrees, out=np.zeros(self.num_nodes), where=degrees > 0.0)

    @property
    def num_nodes(self) -> int:
        """Number of nodes; 1 where all meet alike."""
        return len(self.weights)

    @property
    def num_populations(self) -> int:
        """1, or 2 in a game of rows and columns."""
        return len(self.tables)

    def met(self, shares: Floats) -> Floats:
        """Return z, whom those at each node meet, for shares of shape (n, m)."""
        if not self.is_graphon:
            return shares
        return np.asarray(self._scale[:, None] * (self._left @ (self._right @ shares)))

    def paid(self, shares: tuple[Floats, ...]) -> tuple[Floats, ...]:
        """Return what each action pays at each node, in each population."""
        return tuple(self.met(other) @ table.T for table, other in zip(self.tables, reversed(shares), strict=True))

    def begin(self, start: Any) -> tuple[Floats, ...]:
        """Return the shares of each population at each node, shape (n, m), from shares that hold for all nodes or from
        the shares of each.

        Raises
        ------
        ParameterError
            If they do not fit, or are no distributions.
        """
        given = (start,) if self.num_populations == 1 else tuple(start)
        if len(given) != self.num_populations:
            raise ParameterError(f"start: {len(given)} populations are not accepted; accepted: {self.num_populations}")
        return tuple(
            self._spread(np.array(one, np.float64), len(table)) for one, table in zip(given, self.tables, strict=True)
        )

    def _spread(self, shares: Floats, num_actions: int) -> Floats:
        shape = (self.num_nodes, num_actions)
        if shares.shape not in ((num_actions,), shape):
            raise ParameterError(f"start: shape {shares.shape} is not accepted; accepted: {(num_actions,)} or {shape}")
        if (shares < 0.0).any() or not (np.abs(shares.sum(axis=-1) - 1.0) <= ROUNDING).all():
            raise ParameterError(f"start: {shares.tolist()} is not accepted; accepted: shares >= 0 that sum to 1")
        return np.array(np.broadcast_to(shares, shape))

    def end(self, courses: list[Floats]) -> Any:
        """Return courses of shape (times, n, m, ...) without the axis of nodes where all meet alike, and as one array
        where there is one population.
        """
        found = tuple(course if self.is_graphon else course[:, 0] for course in courses)
        return found[0] if len(found) == 1 else found


def as_meetings(payoffs: Any) -> Meetings:
    """Return `Meetings` as they are, or those of one population who all meet alike."""
    return payoffs if isinstance(payoffs, Meetings) else Meetings(payoffs)


def as_times(times: Any) -> Floats:
    """Return times as an array, of which the first is that of the start.

    Raises
    ------
    ParameterError
        If they do not increase.
    """
    found = np.atleast_1d(np.array(times, np.float64))
    if found.ndim != 1 or not found.size or not np.isfinite(found).all() or (np.diff(found) <= 0.0).any():
        raise ParameterError(f"times: {found.tolist()} is not accepted; accepted: finite numbers that increase")
    return found


def follow(velocity: Velocity, payoffs: Any, start: Any, times: Any, step: float | None = None) -> Any:
    """Follow a flow, or the map of agents who revise all at once.

    Parameters
    ----------
    velocity : callable
        f(shares, paid), of one population; both of shape (n, m).
    payoffs : Meetings, or array of shape (m, m)
    start : array, shape (m,) or (n, m), or a pair of such
        Shares at the first of the times.
    times : array
    step : float, optional
        h of the map; without it time is continuous.

    Returns
    -------
    ndarray, shape (times, m), on a graphon (times, n, m), or a pair of such

    Raises
    ------
    ParameterError
        If times do not increase, are not whole numbers of steps apart, or steps lead to shares below 0.
    SolverError
        If the integration fails, or leads to shares below 0.

    Examples
    --------
    >>> decay = lambda shares, paid: 0.5 - shares
    >>> follow(decay, [[0.0, 0.0], [0.0, 0.0]], [1.0, 0.0], [0, 1], step=0.5).tolist()
    [[1.0, 0.0], [0.625, 0.375]]
    """
    meetings = as_meetings(payoffs)

    def slopes(now: tuple[Floats, ...]) -> tuple[Floats, ...]:
        return tuple(velocity(*pair) for pair in zip(now, meetings.paid(now), strict=True))

    courses = _course(slopes, meetings.begin(start), as_times(times), step)
    if any((course < -ROUNDING).any() for course in courses):
        if step is not None:
            raise ParameterError(f"step: {step!r} is not accepted; accepted: a step so short that shares remain >= 0")
        raise SolverError("flow: has not been followed: shares are below 0")
    return meetings.end(courses)


def grow(rate: Velocity, payoffs: Any, start: Any, times: Any, step: float | None = None) -> Any:
    """Follow a flow of shares that grow at rates of their own, x_a' = x_a (g_a - sum_b x_b g_b).

    Logarithms of shares are followed, (ln x_a)' = g_a - sum_b x_b g_b; actions that nobody takes at first stay away.

    Parameters
    ----------
    rate : callable
        g(shares, paid), of one population; both of shape (n, m).
    payoffs, start, times, step
        As of `follow`.

    Examples
    --------
    >>> rarer = lambda shares, paid: np.array([[0.0, 1.0]])  # the odds rise by a factor of e per unit of time
    >>> grow(rarer, np.zeros((2, 2)), [1 - 1e-20, 1e-20], [0.0, 46.0])[-1].round(4).tolist()
    [0.5129, 0.4871]
    """
    if step is not None:
        return follow(
            lambda shares, paid: shares * _beyond_mean(shares, rate(shares, paid)), payoffs, start, times, step
        )
    meetings = as_meetings(payoffs)
    first = meetings.begin(start)
    absent = tuple(np.where(one > 0.0, 0.0, -np.inf) for one in first)

    def shares_of(logs: tuple[Floats, ...]) -> tuple[Floats, ...]:
        return tuple(softmax(one + out, axis=-1) for one, out in zip(logs, absent, strict=True))

    def slopes(logs: tuple[Floats, ...]) -> tuple[Floats, ...]:
        now = shares_of(logs)
        return tuple(_beyond_mean(one, rate(one, paid)) for one, paid in zip(now, meetings.paid(now), strict=True))

    logs = tuple(np.log(np.where(one > 0.0, one, 1.0)) for one in first)
    return meetings.end(list(shares_of(tuple(_course(slopes, logs, as_times(times), None)))))


def _beyond_mean(shares: Floats, rates: Floats) -> Floats:
    return np.asarray(rates - (shares * rates).sum(axis=-1, keepdims=True))


def _course(
    slopes: Callable[[tuple[Floats, ...]], tuple[Floats, ...]],
    first: tuple[Floats, ...],
    moments: Floats,
    step: float | None,
) -> list[Floats]:
    """Return what each population is at some times, shape (times, n, m)."""
    shapes = [one.shape for one in first]
    ends = np.cumsum([one.size for one in first])

    def slope(_: float, flat: Floats) -> Floats:
        parts = zip(np.split(flat, ends[:-1]), shapes, strict=True)
        return np.concatenate([one.ravel() for one in slopes(tuple(part.reshape(shape) for part, shape in parts))])

    flat = np.concatenate([one.ravel() for one in first])
    rows = _integrate(slope, flat, moments) if step is None else _iterate(slope, flat, moments, step)
    parts = np.split(rows, ends[:-1], axis=1)
    return [part.reshape(len(moments), *shape) for part, shape in zip(parts, shapes, strict=True)]


def _integrate(slope: Callable[[float, Floats], Floats], first: Floats, moments: Floats) -> Floats:
    if len(moments) == 1:
        return first[None]
    span = (moments[0], moments[-1])
    found = solve_ivp(slope, span, first, "DOP853", moments, rtol=RELATIVE, atol=ABSOLUTE)
    if not found.success or not np.isfinite(found.y).all():
        raise SolverError(f"flow: has not been followed to time {moments[-1]:g}: {found.message}")
    return np.asarray(found.y.T)


def _iterate(slope: Callable[[float, Floats], Floats], first: Floats, moments: Floats, step: float) -> Floats:
    if not 0.0 < step < np.inf:
        raise ParameterError(f"step: {step!r} is not accepted; accepted: a number > 0")
    counts = (moments - moments[0]) / step
    if (np.abs(counts - counts.round()) > ROUNDING * np.maximum(1.0, counts)).any():
        raise ParameterError(f"times: {moments.tolist()} is not accepted; accepted: whole numbers of steps of {step:g}")
    rows, done, flat = [], 0, first
    for count in counts.round().astype(int):
        for _ in range(done, count):
            flat = flat + step * slope(0.0, flat)
        done = count
        rows.append(flat)
    return np.array(rows)


def _matrix(name: str, given: Any) -> Floats:
    found = np.array(given, np.float64)
    if found.ndim != 2 or not found.size or not np.isfinite(found).all():
        raise ParameterError(
            f"{name}: shape {found.shape} is not accepted; accepted: rows of finite numbers, one each action"
        )
    return found
