"""How fast an SIS epidemic runs through ``run(Scenario)`` on one thread, against plain Python and EoN.

All three simulate the same process in continuous time on one random network of ten thousand agents with four
neighbours each, from half of them ill, over the same days, and are timed by the processor time that they take. An
event is an infection or a recovery. The plain program is Gillespie's method with a list of the infected, over lists;
EoN (MIT), which is no dependency, takes part where it can be imported, with its own event-driven algorithm
(`fast_SIS`).
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable

import networkx as nx

from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.environments.epidemic import Epidemic

SIZE, DEGREE, INFECTION, DAYS, REPLICATIONS, REPEATS = 10_000, 4, 0.5, 50, 16, 5


def ours(graph: nx.Graph) -> float:
    """Return the events of some replications, infections and recoveries, as those of the first times their number."""
    environment = Epidemic(infection=INFECTION, initial_share=0.5)
    result = run(
        Scenario(environment, "innate", graph, DAYS), replications=REPLICATIONS, seed=1, threads=1, record_every=None
    )
    shown = result.agents[result.agents.run == 0]
    begun = SIZE // 2
    return REPLICATIONS * float(2 * shown.num_infections.sum() - shown.infected.sum() - begun)


def plain(graph: nx.Graph) -> float:
    """Return the events of one epidemic in plain Python."""
    neighbours = [list(graph[i]) for i in range(SIZE)]
    infected = random.sample(range(SIZE), SIZE // 2)
    place = {agent: k for k, agent in enumerate(infected)}
    now, events = 0.0, 0
    while infected:
        healing, meeting = len(infected), INFECTION * DEGREE * len(infected)
        now += random.expovariate(healing + meeting)
        if now > DAYS:
            break
        agent = infected[int(random.random() * len(infected))]
        if random.random() * (healing + meeting) < healing:
            last = infected.pop()
            if last != agent:
                infected[place[agent]] = last
                place[last] = place[agent]
            del place[agent]
            events += 1
        else:
            other = neighbours[agent][int(random.random() * DEGREE)]
            if other not in place:
                place[other] = len(infected)
                infected.append(other)
                events += 1
    return events


def eon(graph: nx.Graph) -> float:
    """Return the events of one epidemic in EoN."""
    import EoN

    times, _, _ = EoN.fast_SIS(graph, INFECTION, 1.0, rho=0.5, tmax=DAYS)
    return float(len(times))


def rate(work: Callable[[nx.Graph], float], graph: nx.Graph, repeats: int) -> float:
    """Return the most events per second of processor time in a few calls."""
    rates = []
    for _ in range(repeats):
        started = time.process_time()
        events = work(graph)
        rates.append(events / (time.process_time() - started))
    return max(rates)


def main() -> None:
    """Measure and print."""
    graph = nx.random_regular_graph(DEGREE, SIZE, seed=1)
    run(Scenario(Epidemic(), "innate", graph, 1), replications=1)  # compiles
    own = rate(ours, graph, REPEATS)
    print(f"{'socialsim, one thread':<28} {own:10.3g} events/s")
    for name, work in (("plain Python", plain), ("EoN, fast_SIS", eon)):
        try:
            other = rate(work, graph, 2)
        except ImportError:
            print(f"{name:<28} not installed")
            continue
        print(f"{name:<28} {other:10.3g} events/s; socialsim is {own / other:.0f} times as fast")


if __name__ == "__main__":
    main()
