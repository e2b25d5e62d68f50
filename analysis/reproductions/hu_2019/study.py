"""Hu, Leung & Leung 2019: a large population of Q-learners, whose values are spread, follows a continuity equation.

Run it with ``socialsim reproduce hu_2019 [--full]``.
"""

from __future__ import annotations

import math
from collections import namedtuple
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from socialsim.core.compiled import compiled
from socialsim.core.estimate import Estimate
from socialsim.core.parameters import parameter
from socialsim.core.streams import uniform
from socialsim.engine.interface import Specification
from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.environments.dilemmas import Dilemmas
from socialsim.learning.boltzmann_q import BoltzmannQ
from socialsim.limits.flows import boltzmann_q, grid, q_values

Floats = NDArray[np.float64]

GAMES = {
    "prisoner's dilemma": ((3.0, 0.0), (4.0, 1.0)),
    "stag hunt": ((4.0, 0.0), (3.0, 2.0)),
    "hawk-dove": ((0.0, 4.0), (1.0, 2.0)),
}
LOW, HIGH, TEMPERATURE = 0.0, 4.0, 0.5
CELLS = 32  # particles along each axis
END, MOMENTS = 4.0, 8  # of alpha times steps; times that are compared
ALPHA = {False: 0.02, True: 0.01}
SIZES = {False: (16, 64, 512), True: (20, 80, 320, 1280)}
Z95 = 1.959963984540054

start = BoltzmannQ.initialise


class SpreadQ(BoltzmannQ):
    """A Q-learner whose first values are drawn uniformly."""

    low: float = parameter(LOW, "lowest first value", unit="reward")
    high: float = parameter(HIGH, "highest first value", unit="reward")

    def state(self, specification: Specification, num_agents: int) -> Any:
        """Lay out the tables, and keep the ends."""
        fields = super().state(specification, num_agents)._asdict() | {"low": self.low, "high": self.high}
        return namedtuple("State", fields)(**fields)

    def columns(self, state: Any) -> dict[str, NDArray[Any]]:
        """Return the chance of action 0 at the last act."""
        return {"chance": state.weights[:, :, 0] / state.weights.sum(axis=2)}

    @staticmethod
    @compiled
    def initialise(learner, i, stream):
        """Draw the values."""
        start(learner, i, stream)
        for o in range(learner.values.shape[1]):
            for a in range(learner.values.shape[2]):
                learner.values[i, o, a] = learner.low + (learner.high - learner.low) * uniform(stream)


class AdjustedQ(SpreadQ):
    """Corrects an action the more the more rarely it takes it, as if all were corrected at once."""

    @staticmethod
    @compiled
    def learn(learner, i, observation, action, reward, next_observation, stream):
        """Divide alpha by the chance of the action."""
        whole = 0.0
        for a in range(learner.weights.shape[1]):
            whole += learner.weights[i, a]
        rate = min(1.0, learner.alpha * whole / learner.weights[i, action])
        learner.values[i, observation, action] += rate * (reward - learner.values[i, observation, action])


MUTATIONS = ("rare actions are corrected more", "one particle at the mean", "all start alike")


def measure(replications: int, seed: int, full: bool, mutation: str | None = None) -> dict[str, Estimate]:
    """Return every quantity of ``expected.json``."""
    slopes, errors = {}, {}
    for number, name in enumerate(GAMES):
        by_size = [
            agents_less_flow(name, size, replications, seed + 100 * number + k, full, mutation)[1]
            for k, size in enumerate(SIZES[full])
        ]
        slopes[f"slope of the error in log N, {name}"] = slope_of(SIZES[full], by_size)
        errors[f"agents less flow, largest over time, {name}"] = largest(by_size[-1])
    late = flow("prisoner's dilemma", np.array([0.0, 400.0]), cells=8, step=0.1)[-1]
    moments = np.linspace(0.0, END, 81)
    exact = flow("prisoner's dilemma", moments)
    one, wrong = flow("prisoner's dilemma", moments, cells=1), all_corrected("prisoner's dilemma", moments)
    return {
        **slopes,
        **errors,
        "error of one particle at the mean, prisoner's dilemma": computed(np.abs(one - exact).max()),
        "error of the Boltzmann-Q flow, prisoner's dilemma": computed(np.abs(wrong - exact).max()),
        "order of the error in the spacing of particles, hawk-dove": computed(order_in_spacing("hawk-dove")),
        "mean policy after long, less the quantal response equilibrium, prisoner's dilemma": computed(
            late - equilibrium("prisoner's dilemma")
        ),
    }


def flow(name: str, moments: Floats, cells: int = CELLS, step: float = 0.02) -> Floats:
    """Return the share of action 0 in the mean policy at some times, from values uniform on the square."""
    particles, weights = grid([LOW] * 2, [HIGH] * 2, cells)
    found = q_values(GAMES[name], particles, moments, temperature=TEMPERATURE, weights=weights, step=step)
    return np.asarray(found.shares[:, 0])


def all_corrected(name: str, moments: Floats) -> Floats:
    """Return the share by the Boltzmann-Q flow, whose learners correct all actions at once."""
    shares = boltzmann_q(GAMES[name], [0.5, 0.5], moments / TEMPERATURE, temperature=TEMPERATURE)
    return np.asarray(shares[:, 0])


def population(name: str, size: int, full: bool, mutation: str | None) -> tuple[Scenario, float]:
    """Return Q-learners who all play each other at once, and their alpha."""
    alpha = ALPHA[full]
    values = {"low": 2.0, "high": 2.0} if mutation == "all start alike" else {}
    kind = AdjustedQ if mutation == "rare actions are corrected more" else SpreadQ
    learner = kind(alpha=alpha, discount=0.0, temperature=TEMPERATURE, **values)
    return Scenario(Dilemmas(payoffs=GAMES[name]), learner, f"complete:n={size}", round(END / alpha)), alpha


def agents_less_flow(
    name: str, size: int, replications: int, seed: int, full: bool, mutation: str | None
) -> tuple[Floats, Floats]:
    """Return times, and the share of action 0 in the agents' mean policy less that of the flow, (runs, times)."""
    scenario, alpha = population(name, size, full, mutation)
    every = round(END / MOMENTS / alpha)
    series = run(scenario, replications=replications, seed=seed, record_every=every).series
    chances = series[series.step > 0].pivot(index="run", columns="step", values="mean_chance")
    moments = (chances.columns.to_numpy() - 1) * alpha  # the chances of an act are those after the steps before it
    cells = 1 if mutation == "one particle at the mean" else CELLS
    from_start = np.union1d(0.0, moments)
    return moments, chances.to_numpy() - flow(name, from_start, cells)[-len(moments) :]


def slope_of(sizes: tuple[int, ...], errors: list[Floats]) -> Estimate:
    """Return the slope of the log of the root mean square error in log N, by least squares; its error by the delta
    method from the mean squares of the runs.
    """
    squares = [np.square(one).mean(axis=1) for one in errors]
    logs = np.array([0.5 * math.log(one.mean()) for one in squares])
    spreads = np.array([0.5 * one.std(ddof=1) / math.sqrt(one.size) / one.mean() for one in squares])
    centred = np.log(sizes) - np.mean(np.log(sizes))
    factors = centred / (centred @ centred)
    return sampled(float(factors @ logs), float(np.sqrt(np.square(factors * spreads).sum())), len(errors[0]))


def largest(errors: Floats) -> Estimate:
    """Return the mean error over runs at the time at which it is largest."""
    means = errors.mean(axis=0)
    at = int(np.abs(means).argmax())
    return sampled(float(abs(means[at])), float(errors[:, at].std(ddof=1) / math.sqrt(len(errors))), len(errors))


def order_in_spacing(name: str) -> float:
    """Return the order in which the error falls as the spacing of particles is halved, from 32 to 64 on an axis."""
    moments = np.array([0.0, 2.0])
    coarse, middle, fine = (flow(name, moments, cells)[-1] for cells in (16, 32, 64))
    return math.log2(abs(coarse - middle) / abs(middle - fine))


def equilibrium(name: str) -> float:
    """Return the quantal response equilibrium, the root of x = L(A x) (one, in the prisoner's dilemma)."""
    (reward, sucker), (temptation, punishment) = GAMES[name]

    def gap(x: float) -> float:
        ahead = (reward - temptation) * x + (sucker - punishment) * (1.0 - x)
        return x - 1.0 / (1.0 + math.exp(-ahead / TEMPERATURE))

    return float(brentq(gap, 0.0, 1.0, xtol=1e-14))


def sampled(value: float, standard_error: float, num_runs: int) -> Estimate:
    """Return a number with its 95% interval."""
    width = Z95 * standard_error
    return Estimate(value, value - width, value + width, num_runs, standard_error=standard_error)


def computed(value: float) -> Estimate:
    """Return a number that is computed and not sampled."""
    return Estimate(float(value), float(value), float(value), 1)
