"""The mean field of `socialsim.environments.ecology`: densities, their equilibrium, and what selection favours."""

from __future__ import annotations

import cmath
import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.errors import ParameterError


class Rates(NamedTuple):
    """What happens per step to prey and predators of given speeds, equations (1) and (2)."""

    birth: float  # B, of prey beside an empty site
    capture: float  # A, of prey by a predator beside it
    conversion: float  # e, offspring of a capture
    death: float  # D, of predators


def rates(environment: Any, prey_speed: float, predator_speed: float) -> Rates:
    """Return the rates of an `Ecology` whose prey and predators all have one speed.

    Examples
    --------
    >>> from socialsim.environments.ecology import Ecology
    >>> rates(Ecology(birth=0.5, birth_cost=1, capture=1, death=0.1, death_cost=1), 0.5, 0.5)
    Rates(birth=0.375, capture=0.5, conversion=1.0, death=0.125)
    """
    e = environment
    birth = e.birth * (1.0 - e.birth_cost * prey_speed**2)
    capture = 0.5 * e.capture * (1.0 + predator_speed - prey_speed)
    death = e.death * (1.0 + e.death_cost * predator_speed**2)
    return Rates(birth, capture, e.conversion, death)


def flow(found: Rates, densities: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the change of the densities of prey and predators per step, equation (3).

    Examples
    --------
    >>> flow(Rates(0.5, 0.5, 1.0, 0.1), np.array([0.2, 0.4])).round(9).tolist()
    [0.0, 0.0]
    """
    x, y = densities
    birth, capture, conversion, death = found
    return np.array([birth * x * (1.0 - x - y) - capture * x * y, conversion * capture * x * y - death * y])


def course(found: Rates, start: tuple[float, float], num_steps: int) -> NDArray[np.float64]:
    """Return the densities of prey and predators at steps 0 to ``num_steps``, shape (num_steps + 1, 2).

    Examples
    --------
    >>> course(Rates(0.5, 0.5, 1.0, 0.1), (0.2, 0.4), 10)[-1].round(9).tolist()
    [0.2, 0.4]
    """
    from scipy.integrate import solve_ivp

    steps = np.arange(num_steps + 1)
    solved = solve_ivp(
        lambda t, z: flow(found, z), (0, num_steps), start, t_eval=steps, method="LSODA", rtol=1e-9, atol=1e-12
    )
    return np.asarray(solved.y.T)


def equilibrium(found: Rates) -> tuple[float, float]:
    """Return the densities at which both live on, equation (4).

    Raises
    ------
    ParameterError
        If predators cannot live on prey alone on all sites.

    Examples
    --------
    >>> equilibrium(Rates(0.5, 0.5, 1.0, 0.1))
    (0.2, 0.4)
    """
    birth, capture, conversion, death = found
    if death >= conversion * capture:
        raise ParameterError(
            f"predators die at {death:g} a step and breed at {conversion * capture:g} at most; accepted: that they live"
        )
    prey = death / (conversion * capture)
    return prey, birth * (1.0 - prey) / (birth + capture)


def eigenvalue(found: Rates) -> complex:
    """Return the eigenvalue of the flow at the equilibrium that has the larger imaginary part, per step.

    Where it has one, densities swing with the period 2 pi / imaginary part; they come to rest since the real part is
    always below 0.

    Examples
    --------
    >>> swing = eigenvalue(Rates(0.5, 0.5, 1.0, 0.1))
    >>> round(swing.real, 3), round(2 * math.pi / swing.imag, 1)
    (-0.05, 32.4)
    """
    x, y = equilibrium(found)
    trace, determinant = -found.birth * x, x * y * found.conversion * found.capture * (found.birth + found.capture)
    return 0.5 * (trace + cmath.sqrt(trace * trace - 4.0 * determinant))


def selection_gradient(environment: Any, prey_speed: float, predator_speed: float) -> tuple[float, float]:
    """Return how the growth of rare mutants changes with their speed, at the residents' equilibrium, equation (5).

    Examples
    --------
    >>> from socialsim.environments.ecology import Ecology
    >>> world = Ecology(birth=0.5, birth_cost=1, capture=1, death=0.1, death_cost=1)
    >>> prey, predator = selection_gradient(world, 0.0, 0.0)
    >>> prey > 0, predator > 0
    (True, True)
    """
    e = environment
    x, y = equilibrium(rates(e, prey_speed, predator_speed))
    empty = 1.0 - x - y
    prey = 0.5 * e.capture * y - 2.0 * e.birth * e.birth_cost * prey_speed * empty
    predator = 0.5 * e.conversion * e.capture * x - 2.0 * e.death * e.death_cost * predator_speed
    return prey, predator


def evolved_speeds(environment: Any) -> tuple[float, float]:
    """Return the speeds of prey and predators at which selection of both comes to rest, equation (6).

    They depend on the costs alone, and are found by going to and fro between (6)'s two lines, each cut off at 1.

    Examples
    --------
    >>> from socialsim.environments.ecology import Ecology
    >>> [round(speed, 4) for speed in evolved_speeds(Ecology(birth_cost=1, death_cost=1))]
    [0.3658, 0.5499]
    """
    c, k = environment.birth_cost, environment.death_cost
    u = v = 0.0
    for _ in range(1000):
        u = min((1.0 + v) - math.sqrt(max((1.0 + v) ** 2 - 1.0 / c, 0.0)), 1.0) if c > 0 else 1.0
        v = min(-(1.0 - u) + math.sqrt((1.0 - u) ** 2 + 1.0 / k), 1.0) if k > 0 else 1.0
    return u, v
