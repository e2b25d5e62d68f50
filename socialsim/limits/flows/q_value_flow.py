r"""Q-value flow: a whole population of Q-learners, whose values are spread ([Hu2019]_).

`socialsim.learning.boltzmann_q` corrects the value of the action that it takes, by alpha. In a large population of
agents that all meet, with a small alpha, an agent whose values are Q has in the mean

    dQ_a/dt = x_a(Q) (u_a + gamma max_b Q_b - Q_a),    x_a(Q) = exp(Q_a / tau) / sum_b exp(Q_b / tau)             (1)

with t = alpha times the number of steps and u = A z against the mean policy of all, z = int x(Q) p(Q) dQ. So the
density p of values is carried by a **continuity equation** ([Hu2019]_; a diffusion of order alpha is left out),

    dp/dt + sum_a d(p dQ_a/dt) / dQ_a = 0.                                                                        (2)

(2) is solved along its characteristics: particles that carry a share of the agents each move by (1), coupled by z
alone. Nothing is smoothed, and mass is kept exactly. Particles on the midpoints of a grid (`grid`) make an error of
order 2 in their spacing, agents one of N^-1/2 and of alpha. Time is followed by the classical Runge-Kutta method of
order 4.

**The spread matters.** One particle at the mean of the values gives another curve, since x(Q) is not linear: the mean
policy of agents who differ is not the policy of the mean agent. Nor is the Boltzmann-Q flow (`boltzmann_q`) exact: it
has no factor x_a in (1), as if all actions were corrected at once.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from socialsim.core.errors import ParameterError, SolverError
from socialsim.limits.flows.logit_flow import positive
from socialsim.limits.flows.meetings import ROUNDING, as_meetings, as_times

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class ValueFlow:
    """Where the values of a population go.

    Parameters
    ----------
    times : ndarray, shape (T,)
    shares : ndarray, shape (T, m), on a graphon (T, n, m), or a pair of such
        Mean policy.
    values : ndarray, shape (T, P, m), on a graphon (T, n, P, m), or a pair of such
        Of each particle.
    weights : ndarray, shape (P,)
        Share of the agents that each particle carries.
    """

    times: Floats
    shares: Any
    values: Any
    weights: Floats


def grid(low: Any, high: Any, num_cells: int, density: Callable[..., Floats] | None = None) -> tuple[Floats, Floats]:
    """Return particles on the midpoints of a grid over a box of values, and the share that each carries.

    Parameters
    ----------
    low, high : array, shape (m,)
        Corners of the box.
    num_cells : int
        Cells along each axis; there are num_cells^m particles.
    density : callable, optional
        p(Q_1, ..., Q_m) up to a factor; uniform by default.

    Returns
    -------
    particles : ndarray, shape (num_cells^m, m)
    weights : ndarray, shape (num_cells^m,)

    Examples
    --------
    >>> particles, weights = grid([0.0, 0.0], [1.0, 2.0], 2)
    >>> particles.tolist(), weights.tolist()
    ([[0.25, 0.5], [0.25, 1.5], [0.75, 0.5], [0.75, 1.5]], [0.25, 0.25, 0.25, 0.25])
    """
    lowest, highest = np.atleast_1d(np.array(low, np.float64)), np.atleast_1d(np.array(high, np.float64))
    if lowest.shape != highest.shape or not (lowest < highest).all() or not np.isfinite([lowest, highest]).all():
        raise ParameterError(f"low, high: {low}, {high} are not accepted; accepted: the corners of a box, low < high")
    if isinstance(num_cells, bool) or not isinstance(num_cells, int | np.integer) or num_cells < 1:
        raise ParameterError(f"num_cells: {num_cells!r} is not accepted; accepted: an integer >= 1")
    middles = (np.arange(num_cells) + 0.5) / num_cells
    axes = [a + (b - a) * middles for a, b in zip(lowest, highest, strict=True)]
    particles = np.stack([axis.ravel() for axis in np.meshgrid(*axes, indexing="ij")], axis=1)
    weights = np.ones(len(particles)) if density is None else np.asarray(density(*particles.T), np.float64)
    if weights.shape != (len(particles),) or (weights < 0.0).any() or not 0.0 < weights.sum() < math.inf:
        raise ParameterError("density: is not accepted; accepted: finite numbers >= 0, one each particle, not all 0")
    return particles, weights / weights.sum()


def q_values(
    payoffs: Any,
    values: Any,
    times: Any,
    *,
    temperature: float,
    weights: Any = None,
    discount: float = 0.0,
    step: float = 0.02,
) -> ValueFlow:
    """Return the values and the mean policy of a population at some times: the limit of `boltzmann_q`.

    Parameters
    ----------
    payoffs : Meetings, or array of shape (m, m)
    values : array, shape (P, m) or (n, P, m), or a pair of such
        Particles at first, for all nodes or for each.
    times : array
        In units of 1 / alpha steps; the first is that of the start.
    temperature : float
        tau, in the unit of values.
    weights : array, shape (P,), optional
        Share of the agents that each particle carries; equal by default.
    discount : float
        gamma, in [0, 1).
    step : float
        Longest step of the integration.

    Raises
    ------
    ParameterError
        If shapes do not fit, or weights are no distribution.
    SolverError
        If steps are so long that values run away.

    Examples
    --------
    >>> particles, weights = grid([0.0, 0.0], [4.0, 4.0], 16)
    >>> dilemma = [[3.0, 0.0], [4.0, 1.0]]
    >>> flow = q_values(dilemma, particles, [0.0, 1.0, 100.0], temperature=0.5, weights=weights, step=0.1)
    >>> flow.shares.round(4).tolist()
    [[0.5, 0.5], [0.4002, 0.5998], [0.1192, 0.8808]]
    """
    meetings, moments = as_meetings(payoffs), as_times(times)
    tau = positive("temperature", temperature)
    positive("step", step)
    if not 0.0 <= discount < 1.0:
        raise ParameterError(f"discount: {discount!r} is not accepted; accepted: a number >= 0, below 1")
    now = _particles(values, meetings.num_nodes, [len(table) for table in meetings.tables])
    carried = _weights(weights, now[0].shape[1])

    def policies(one: Floats) -> Floats:
        raised = np.exp((one - one.max(axis=-1, keepdims=True)) / tau)
        return np.asarray(raised / raised.sum(axis=-1, keepdims=True))

    def mean_policy(one: Floats) -> Floats:
        return np.einsum("p,npa->na", carried, one)

    def slopes(state: tuple[Floats, ...]) -> tuple[Floats, ...]:
        chosen = [policies(one) for one in state]
        paid = meetings.paid(tuple(mean_policy(one) for one in chosen))
        return tuple(
            x * (u[:, None] + discount * q.max(axis=-1, keepdims=True) - q)
            for x, u, q in zip(chosen, paid, state, strict=True)
        )

    rows = [now]
    for gap in np.diff(moments):
        num_steps = math.ceil(gap / step)
        with np.errstate(over="ignore", invalid="ignore"):
            for _ in range(num_steps):
                now = _runge_kutta(slopes, now, gap / num_steps)
        if not all(np.isfinite(one).all() for one in now):
            raise SolverError(f"q_values: values are not finite any more with steps of {step:g}; take a shorter step")
        rows.append(now)
    courses = [np.array(course) for course in zip(*rows, strict=True)]
    shares = [np.array([mean_policy(policies(one)) for one in course]) for course in courses]
    return ValueFlow(moments, meetings.end(shares), meetings.end(courses), carried)


def _runge_kutta(slopes: Callable[..., tuple[Floats, ...]], state: tuple[Floats, ...], h: float) -> tuple[Floats, ...]:
    def ahead(by: float, slope: tuple[Floats, ...]) -> tuple[Floats, ...]:
        return tuple(one + by * moved for one, moved in zip(state, slope, strict=True))

    first = slopes(state)
    second = slopes(ahead(h / 2, first))
    third = slopes(ahead(h / 2, second))
    fourth = slopes(ahead(h, third))
    parts = zip(first, second, third, fourth, strict=True)
    return ahead(h / 6, tuple(a + 2 * b + 2 * c + d for a, b, c, d in parts))


def _particles(values: Any, num_nodes: int, sizes: list[int]) -> tuple[Floats, ...]:
    given = [np.array(one, np.float64) for one in ((values,) if len(sizes) == 1 else values)]
    if len(given) != len(sizes):
        raise ParameterError(f"values: {len(given)} populations are not accepted; accepted: {len(sizes)}")
    found = []
    for one, size in zip(given, sizes, strict=True):
        fits = one.ndim in (2, 3) and one.shape[-1] == size and (one.ndim == 2 or one.shape[0] == num_nodes)
        if not fits or one.shape[-2] != given[0].shape[-2] or not np.isfinite(one).all():
            raise ParameterError(
                f"values: shape {one.shape} is not accepted; accepted: finite numbers, (particles, {size}) or "
                f"({num_nodes}, particles, {size}), as many particles in both populations"
            )
        found.append(np.array(np.broadcast_to(one, (num_nodes, *one.shape[-2:]))))
    return tuple(found)


def _weights(weights: Any, num_particles: int) -> Floats:
    found = np.full(num_particles, 1.0 / num_particles) if weights is None else np.array(weights, np.float64)
    if found.shape != (num_particles,) or (found < 0.0).any() or not abs(found.sum() - 1.0) <= ROUNDING:
        raise ParameterError(f"weights: are not accepted; accepted: {num_particles} shares >= 0 that sum to 1")
    return found
