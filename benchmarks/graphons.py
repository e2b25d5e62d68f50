"""How long graphons take, on one thread: the epidemic solved on 64 nodes, factors against the matrix, networks.

- The source's solver of the epidemic (Boltzmann iteration, eta = .101) on 1 - max(x, y): until it rests, 100 and 250
  iterations; and 100 of mirror descent. The bar is .2 s. Beside it the same iterations in NumPy, vectorised over nodes.
- One exploitability against the number of nodes, with W as a matrix and as two factors: slopes in logarithms.
- Networks of 100,000 agents drawn from graphons, and graphons fitted to a network of 1,000.

Processor time, the best of a few, in one process.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from socialsim.limits.games import Game
from socialsim.limits.library.sis import rules
from socialsim.limits.limit import Limit
from socialsim.limits.solvers import solve
from socialsim.networks import load
from socialsim.networks.graphon_fitting import METHODS, fit_graphon

NODES, TEMPERATURE, REST, REPEATS = 64, 0.101, 1e-6, 9
SIZES = (128, 256, 512, 1024)
GRAPHON = "uniform_attachment"
NETWORKS = (
    "graphon:n=100000,W=product,rho=0.0001",
    'graphon:n=100000,W="power_law:alpha=0.4",rho=0.0001',
    'graphon:n=100000,W="blocks:number=10,within=0.5,between=0.01",rho=0.001',
)


def least_time(work: Callable[[], Any], repeats: int = REPEATS) -> tuple[float, Any]:
    """Return the least processor time of a few calls, in seconds, and what the last one returned."""
    times = []
    for _ in range(repeats):
        started = time.process_time()
        found = work()
        times.append(time.process_time() - started)
    return min(times), found


def line(what: str, seconds: float, *remarks: str) -> None:
    """Print one measurement."""
    print(f"{what:<66} {seconds * 1e3:10.3g} ms   {'; '.join(remarks)}", flush=True)


def numpy_boltzmann(limit: Limit, iterations: int) -> float:
    """Return the last exploitability of the same iteration in NumPy, vectorised over nodes."""
    game, num_steps, coupled = rules(), 50, limit.left * limit.weights
    care = np.full((num_steps, NODES, 2), 0.5)
    for n in range(iterations + 1):
        ill, met = np.full(NODES, game.infected), np.empty((num_steps, NODES))
        for t in range(num_steps):
            met[t] = coupled @ ill
            ill = ill * (1 - game.recovery) + (1 - ill) * game.infection * met[t] * (1 - care[t, :, 0])
        best, value, q = np.zeros((NODES, 2)), np.zeros((NODES, 2)), np.empty((num_steps, NODES, 2, 2))
        for t in range(num_steps - 1, -1, -1):
            earned = np.empty((NODES, 2, 2))
            for a in range(2):
                risk = game.infection * met[t] * (1 - a)
                for table, ahead in ((q[t], best), (earned, value)):
                    table[:, 0, a] = -game.effort * a + (1 - risk) * ahead[:, 0] + risk * ahead[:, 1]
                    table[:, 1, a] = -game.illness - game.effort * a
                    table[:, 1, a] += (1 - game.recovery) * ahead[:, 1] + game.recovery * ahead[:, 0]
            best, value = q[t].max(axis=-1), earned[:, :, 0] + care[t] * (earned[:, :, 1] - earned[:, :, 0])
        if n < iterations:
            care = 1 / (1 + np.exp((q[..., 0] - q[..., 1]) / TEMPERATURE))
    gain = (best - value) @ [1 - game.infected, game.infected]
    return float(limit.weights @ gain)


def measure_solver() -> None:
    """Print the time of whole solves on 64 nodes."""
    limit = Game(rules()).graphon(GRAPHON, nodes=NODES)
    moves = np.abs(np.diff(solve(limit, "prior_descent", 250, temperature=TEMPERATURE).exploitabilities))
    resting = int(np.flatnonzero(moves > REST)[-1]) + 2
    for iterations in (resting, 100, 250):
        seconds, found = least_time(lambda n=iterations: solve(limit, "prior_descent", n, temperature=TEMPERATURE))
        slow, plain = least_time(lambda n=iterations: numpy_boltzmann(limit, n), 2)
        name = f"Boltzmann iteration, {iterations} iterations" + (", at rest" if iterations == resting else "")
        line(
            f"SIS, {NODES} nodes, T = 50: {name}",
            seconds,
            f"exploitability {found.exploitability:.6f}",
            f"NumPy {plain:.6f}, takes {slow / seconds:.1f} times as long",
        )
    seconds, found = least_time(lambda: solve(limit, "mirror_descent", 100))
    name = f"SIS, {NODES} nodes, T = 50: mirror descent, 100 iterations"
    line(name, seconds, f"exploitability {found.exploitability:.6f}")


def measure_factors() -> None:
    """Print one exploitability against the number of nodes."""
    for name, graphon in (("matrix", lambda x, y: 1 - x * y), ("two factors", "ranked_attachment")):
        times = []
        for nodes in SIZES:
            limit = Game(rules()).graphon(graphon, nodes=nodes)
            policy = limit.uniform_policy()
            limit.evaluate_full(policy)
            times.append(least_time(lambda limit=limit, policy=policy: limit.evaluate_full(policy))[0])
        slope = np.polyfit(np.log(SIZES), np.log(times), 1)[0]
        line(f"One exploitability on {SIZES[-1]} nodes, W as {name}", times[-1], f"slope in nodes {slope:.2f}")


def measure_networks() -> None:
    """Print sampling and fitting."""
    for spec in NETWORKS:
        seconds, network = least_time(lambda spec=spec: load(spec, seed=1), 3)
        line(spec, seconds, f"{network.num_edges // 2} edges")
    network = load("graphon:n=1000,W=product", seed=1)
    for method in METHODS:
        seconds, _ = least_time(lambda method=method: fit_graphon(network, method=method), 2)
        line(f"A graphon fitted to 1000 agents by {method}", seconds)


def main() -> None:
    """Measure and print."""
    measure_solver()
    measure_factors()
    measure_networks()


if __name__ == "__main__":
    main()
