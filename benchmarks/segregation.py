"""How fast a city comes to rest through ``run(Scenario)`` on one thread, against Mesa's example and plain Python.

All three play the rule of Mesa's Schelling model: those who are discontented when a step begins move, in random order,
to any vacant site of a torus with eight neighbours, until all are content. A row is timed over whole runs, from random
homes to rest, without the compilation of the loop; the cities are as large and as tolerant as one another, and what is
compared is moves a second and cities a second. Mesa (Apache 2.0) takes part where it can be imported, and tells
whether the cities end as segregated.

    python benchmarks/segregation.py
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable

import numpy as np

from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.environments.segregation import METRICS, Segregation

SIDE, DENSITY, TOLERANCE = 50, 0.8, 0.6
REPEATS, REPLICATIONS = 5, 20
STEPS = 10_000


def ours() -> tuple[int, float]:
    """Run cities; return how many, and their mean share of like neighbours."""
    city = Segregation(height=SIDE, width=SIDE, tolerance=TOLERANCE, destination="any")
    scenario = Scenario(city, "innate", f"complete:n={round(DENSITY * SIDE * SIDE)}", STEPS, METRICS)
    result = run(scenario, replications=REPLICATIONS, seed=1, threads=1, record_every=None)
    return REPLICATIONS, float(result.runs.like_share.mean())


def mesa_example() -> tuple[int, float]:
    """Run Mesa's example once."""
    from mesa.examples.basic.schelling.model import Schelling

    model = Schelling(SIDE, SIDE, DENSITY, 0.5, 1.0 - TOLERANCE, 1, seed=random.randrange(2**31))
    while model.running:
        model.step()
    like = total = 0
    for agent in model.agents:
        near = list(agent.cell.get_neighborhood(radius=1).agents)
        like += sum(other.type == agent.type for other in near)
        total += len(near)
    return 1, like / total


def plain() -> tuple[int, float]:
    """Run the same rule over lists."""
    size = SIDE * SIDE
    steps = [(r, c) for r in (-1, 0, 1) for c in (-1, 0, 1) if (r, c) != (0, 0)]
    near = [[(s // SIDE + r) % SIDE * SIDE + (s % SIDE + c) % SIDE for r, c in steps] for s in range(size)]
    order = random.sample(range(size), size)
    people = round(DENSITY * size)
    lived = [-1] * size
    for k, site in enumerate(order[:people]):
        lived[site] = k % 2
    homes, vacant = order[:people], order[people:]

    def counts(site: int) -> tuple[int, int]:
        groups = [lived[other] for other in near[site]]
        alike = groups.count(lived[site])
        return alike, 8 - groups.count(-1)

    def discontented(site: int) -> bool:
        alike, total = counts(site)
        return total - alike > TOLERANCE * total + 1e-9

    while movers := [i for i, site in enumerate(homes) if discontented(site)]:
        random.shuffle(movers)
        for i in movers:
            place = random.randrange(len(vacant))
            old, new = homes[i], vacant[place]
            lived[new], lived[old] = lived[old], -1
            homes[i], vacant[place] = new, old
    found = np.array([counts(site) for site in homes]).sum(axis=0)
    return 1, float(found[0] / found[1])


def best_rate(program: Callable[[], tuple[int, float]], repeats: int) -> tuple[float, float]:
    """Return the most cities a second of processor time, and the mean share of like neighbours."""
    rates, shares = [], []
    for _ in range(repeats):
        started = time.process_time()
        cities, share = program()
        rates.append(cities / (time.process_time() - started))
        shares.append(share)
    return max(rates), float(np.mean(shares))


def main() -> None:
    """Print one line a program."""
    ours()  # compiles
    rates = {"socialsim": best_rate(ours, REPEATS), "plain Python": best_rate(plain, 3)}
    try:
        rates["Mesa's example"] = best_rate(mesa_example, 2)
    except ImportError:
        print("Mesa is not installed: left out")
    first = rates["socialsim"][0]
    print(f"{SIDE} x {SIDE} sites, {DENSITY:.0%} lived on, {TOLERANCE:.0%} unlike borne; load {os.getloadavg()[0]:.1f}")
    for name, (rate, share) in rates.items():
        print(f"{name:<16}{rate:12,.1f} cities/s{first / rate:12,.1f} x{share:12.3f} alike")


if __name__ == "__main__":
    main()
