"""Cui and Koeppl 2022: an epidemic and investments on graphons, their exploitabilities, and agents beside them.

Run it with ``socialsim reproduce cui_2022 [--full]``.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from socialsim.core.compiled import compiled
from socialsim.core.estimate import Estimate
from socialsim.engine.aggregative import AggregativeGame
from socialsim.limits.agents import Crowd
from socialsim.limits.graphon import GraphonLimit
from socialsim.limits.library.investment import Investment
from socialsim.limits.library.sis import SIS
from socialsim.limits.solvers import Solution, solve
from socialsim.metrics.estimates import mean
from socialsim.networks.graphon_sampling import draw_positions, sample

NODES, RULE = 101, "endpoints"
GRAPHONS = {"1 - max(x, y)": "uniform_attachment", "1 - x y": "ranked_attachment", "1/2": "constant:p=0.5"}
TEMPERATURES = {"1 - max(x, y)": 0.101, "1 - x y": 0.3, "1/2": 0.101}
ITERATIONS = {False: 60, True: 250}
SIZES, NUM_NETWORKS = (10, 100), 20


class CarelessSIS(SIS):
    """A mutation: care costs, and does not help."""

    @staticmethod
    @compiled
    def step(env, t, s, a, z, successors, probabilities):
        """Fall ill all the same, or recover."""
        change = env.recovery if s == 1 else min(1.0, env.infection * z[0])
        successors[0], probabilities[0] = s, 1.0 - change
        successors[1], probabilities[1] = 1 - s, change


def degrees_divide(game: AggregativeGame) -> AggregativeGame:
    """A mutation: z is a mean over neighbours."""
    return type(game)(normalise="degree")


def care_does_not_help(game: AggregativeGame) -> AggregativeGame:
    """A mutation: the careful fall ill as others do."""
    return CarelessSIS() if isinstance(game, SIS) else game


def one_step_less(game: AggregativeGame) -> AggregativeGame:
    """A mutation: 49 decisions."""
    return type(game)(num_steps=49)


MUTATIONS = {
    "a mean over neighbours": degrees_divide,
    "care does not help": care_does_not_help,
    "one step less": one_step_less,
}


def measure(replications: int, seed: int, full: bool, mutation: str | None = None) -> dict[str, Estimate]:
    """Return every quantity of ``expected.json``."""
    change = MUTATIONS[mutation] if mutation else lambda game: game
    epidemic, firms = change(SIS()), change(Investment())
    measured = {}
    uniform = {}
    for name, graphon in GRAPHONS.items():
        for title, game in (("SIS", epidemic), ("investment", firms))[: 1 + full]:
            uniform[title, name] = uniform_exploitability(limit_of(game, graphon))
            measured[f"uniform policy, {title}, {name}"] = computed(uniform[title, name])
    solutions = {name: boltzmann(limit_of(epidemic, GRAPHONS[name]), TEMPERATURES[name], full) for name in GRAPHONS}
    for name, solution in solutions.items():
        text = str(TEMPERATURES[name]).lstrip("0")
        measured[f"Boltzmann minus uniform policy, SIS, {name}, eta = {text}"] = computed(
            solution.exploitability - uniform["SIS", name]
        )
    cycling = solve(limit_of(epidemic, "ranked_attachment"), "fixed_point", ITERATIONS[full])
    last = cycling.exploitabilities[-10:]
    measured["spread of the last ten, SIS, 1 - x y, eta = 0"] = computed(last.max() - last.min())
    careful = solutions["1 - max(x, y)"]
    care = careful.policy[25, :, 0, 0, 1]
    measured["care of the healthy at t = 25, SIS, 1 - max(x, y), x = 0 minus x = 1"] = computed(care[0] - care[-1])
    if full:
        best = solve(limit_of(firms, "uniform_attachment"), "fixed_point", ITERATIONS[full])
        quality = best.evaluation.flow.states[-1] @ np.arange(firms.num_states)
        measured["quality at the end, investment, 1 - max(x, y), x = 1 minus x = 0"] = computed(
            quality[-1] - quality[0]
        )
        small, large = (deviations(epidemic, careful, size, replications, seed) for size in SIZES)
        measured["deviation of agents' returns, SIS, 1 - max(x, y), N = 10 minus N = 100"] = mean(small - large)
    return measured


def limit_of(game: AggregativeGame, graphon: str) -> GraphonLimit:
    """Return a game on a graphon with the source's quadrature."""
    return GraphonLimit(game, graphon, nodes=NODES, rule=RULE)


def uniform_exploitability(limit: GraphonLimit) -> float:
    """Return what one agent could earn more if all others act at random."""
    return limit.evaluate(limit.uniform_policy()).exploitability  # as solvers do, so that less has to be compiled


def boltzmann(limit: GraphonLimit, temperature: float, full: bool) -> Solution:
    """Iterate softmax(Q* / eta) from the uniform policy."""
    return solve(limit, "prior_descent", ITERATIONS[full], temperature=temperature)


def deviations(game: AggregativeGame, solution: Solution, size: int, replications: int, seed: int) -> np.ndarray:
    """Return max_i |J_i - J(x_i)| on each of some W-random networks, shape (number,)."""
    limit = limit_of(game, "uniform_attachment")
    expected = (solution.evaluation.flow.states[0] * solution.evaluation.value[0]).sum(axis=1)
    found = []
    for number in range(NUM_NETWORKS):
        rng = np.random.default_rng((seed, number, size))
        network = sample("uniform_attachment", draw_positions(size, "drawn", rng), rng=rng)
        crowd = Crowd(limit, solution.policy, network)
        returns = crowd.play(range(replications), seed=seed + number).returns.mean(axis=0)
        found.append(np.abs(returns - expected[crowd.node]).max())
    return np.array(found)


def computed(value: Any) -> Estimate:
    """Return a number that is computed and not sampled."""
    return Estimate(float(value), float(value), float(value), 1)
