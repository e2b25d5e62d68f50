"""How fast opinions move through ``run(Scenario)`` on one thread, against NDlib and against plain Python.

A row of `ROWS` is one model. An edge visit is one opinion heard: a step of a simultaneous model makes as many as the
network has directed edges (a complete one N (N - 1), for which additive rules need one sum), a meeting two, a voter's
update one. All three programs run on one network of one size, in one process, and are timed by the processor time that
they take; beside NDlib, which has no other way, ours is also timed by the clock on all cores, as the command line runs
it. NDlib (BSD), which is no dependency, takes part where it can be imported. Its Hegselmann-Krause model visits
the neighbours of N agents drawn at random a step, its algorithmic bias model without bias is Deffuant's.
``python benchmarks/opinions.py million`` runs DeGroot's rule on a million agents instead and prints time and memory.
"""

from __future__ import annotations

import os
import random
import resource
import sys
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import networkx as nx
import numpy as np

from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.environments.cascades import Cascades
from socialsim.environments.deliberation import Deliberation
from socialsim.environments.encounters import Encounters
from socialsim.environments.opinions import Opinions

REPEATS, SECONDS = 9, 1.0
NEVER = 1e-300  # a change that counts as none: runs go on to their horizon
SPARSE, CROWD, LARGE_CROWD = "random_regular:n=10000,d=10", "complete:n=1000", "complete:n=10000"


class Row(NamedTuple):
    """A model on a network."""

    name: str
    environment: Any
    learner: str
    network: str
    steps: int
    replications: int
    visits: Callable[[int], float]  # in a step, from the number of directed edges
    ndlib: Callable[[Any, nx.Graph], Any] | None  # from NDlib's opinion models
    plain: Callable[[list[list[int]], list[float]], int]


# --- Plain Python: the same rules over lists ----------------------------------------------------------------------


def plain_mean(heard: list[list[int]], opinions: list[float]) -> int:
    """One step of DeGroot's rule; return the edge visits."""
    new = [0.5 * own + 0.5 * sum(opinions[j] for j in row) / len(row) for own, row in zip(opinions, heard, strict=True)]
    opinions[:] = new
    return sum(map(len, heard))


def plain_bounded(heard: list[list[int]], opinions: list[float], confidence: float = 0.2) -> int:
    """One step of bounded confidence, all at once."""
    new = []
    for own, row in zip(opinions, heard, strict=True):
        near = [opinions[j] for j in row if abs(opinions[j] - own) <= confidence]
        new.append((own + sum(near)) / (1 + len(near)))
    opinions[:] = new
    return sum(map(len, heard))


def plain_meetings(heard: list[list[int]], opinions: list[float], confidence: float = 0.2) -> int:
    """N meetings of bounded confidence in pairs."""
    for _ in opinions:
        i = int(random.random() * len(opinions))
        j = random.choice(heard[i])
        distance = opinions[j] - opinions[i]
        if abs(distance) < confidence:
            opinions[i] += 0.5 * distance
            opinions[j] -= 0.5 * distance
    return 2 * len(opinions)


def plain_voters(heard: list[list[int]], opinions: list[float]) -> int:
    """N updates of the voter model."""
    for _ in opinions:
        i = int(random.random() * len(opinions))
        opinions[i] = opinions[random.choice(heard[i])]
    return len(opinions)


def plain_thresholds(heard: list[list[int]], opinions: list[float]) -> int:
    """One step of thresholds: join once .4 of those whom one hears have."""
    new = [float(sum(opinions[j] > 0.5 for j in row) >= 0.4 * len(row)) for row in heard]
    opinions[:] = new
    return sum(map(len, heard))


def plain_voters_at_once(heard: list[list[int]], opinions: list[float]) -> int:
    """One step in which everybody copies one neighbour."""
    opinions[:] = [opinions[random.choice(row)] for row in heard]
    return len(opinions)


# --- NDlib --------------------------------------------------------------------------------------------------------


def with_parameters(model: Any, parameters: dict[str, float]) -> Any:
    """Return an NDlib model that is ready to iterate."""
    from ndlib.models.ModelConfig import Configuration

    configuration = Configuration()
    for name, value in parameters.items():
        configuration.add_model_parameter(name, value)
    model.set_initial_status(configuration)
    return model


def ndlib_bounded(models: Any, graph: nx.Graph) -> Any:
    """Return NDlib's Hegselmann-Krause model."""
    return with_parameters(models.HKModel(graph), {"epsilon": 0.2})


def ndlib_meetings(models: Any, graph: nx.Graph) -> Any:
    """Return NDlib's Deffuant model."""
    return with_parameters(models.AlgorithmicBiasModel(graph), {"epsilon": 0.2, "gamma": 0.0})


def ndlib_pulled(models: Any, graph: nx.Graph) -> Any:
    """Return NDlib's Friedkin-Johnsen model."""
    return with_parameters(models.FJModel(graph), {})


def ndlib_voters(models: Any, graph: nx.Graph) -> Any:
    """Return NDlib's voter model, one update an iteration."""
    return with_parameters(models.VoterModel(graph), {"fraction_infected": 0.5})


def ndlib_models() -> Any:
    """Return NDlib's opinion models, or None where it is not installed."""
    try:
        import ndlib.models.opinions as models
    except ImportError as error:
        print(f"NDlib cannot be imported ({error}): it is left out")
        return None
    return models


ALL_AT_ONCE, VOTERS = Deliberation(tolerance=NEVER), Opinions(stop_at_consensus=False)
SPREAD = Cascades(ends="never", irreversible=False, seeds=0.3)
COPIES = Cascades(observation="neighbour", ends="never", irreversible=False, seeds=0.5)
ROWS = (
    Row("DeGroot", ALL_AT_ONCE, "degroot", SPARSE, 100, 60, lambda edges: edges, None, plain_mean),
    Row("DeGroot", ALL_AT_ONCE, "degroot", CROWD, 50, 500, lambda edges: edges, None, plain_mean),
    Row("Friedkin-Johnsen", ALL_AT_ONCE, "friedkin_johnsen", SPARSE, 100, 60, lambda e: e, ndlib_pulled, plain_mean),
    Row(
        "Hegselmann-Krause", ALL_AT_ONCE, "hegselmann_krause", SPARSE, 60, 40, lambda e: e, ndlib_bounded, plain_bounded
    ),
    Row(
        "Hegselmann-Krause", ALL_AT_ONCE, "hegselmann_krause", CROWD, 60, 10, lambda e: e, ndlib_bounded, plain_bounded
    ),
    Row(
        "Deffuant",
        Encounters(tolerance=NEVER),
        "deffuant",
        LARGE_CROWD,
        20_000_000,
        1,
        lambda edges: 2,
        None,
        plain_meetings,
    ),
    Row(
        "Deffuant",
        Encounters(tolerance=NEVER),
        "deffuant",
        SPARSE,
        5_000_000,
        1,
        lambda e: 2,
        ndlib_meetings,
        plain_meetings,
    ),
    Row("Thresholds", SPREAD, "threshold:threshold=0.4", SPARSE, 1000, 1, lambda edges: edges, None, plain_thresholds),
    Row("Voter, at once", COPIES, "imitation", SPARSE, 1000, 1, lambda e: 10_000, None, plain_voters_at_once),
    Row("Voter", VOTERS, "imitation", LARGE_CROWD, 20_000_000, 1, lambda edges: 1, None, plain_voters),
    Row("Voter", VOTERS, "imitation", SPARSE, 10_000_000, 1, lambda edges: 1, ndlib_voters, plain_voters),
)


def best_rate(work: Callable[[], float], repeats: int = REPEATS) -> float:
    """Return the highest rate of a few calls, each of which returns the work that it did."""
    rates = []
    for _ in range(repeats):
        started = time.process_time()
        amount = work()
        rates.append(amount / (time.process_time() - started))
    return max(rates)


def for_a_while(work: Callable[[], float]) -> float:
    """Do some work again and again for about a second; return its amount."""
    started, amount = time.process_time(), 0.0
    while time.process_time() - started < SECONDS:
        amount += work()
    return amount


def measure(row: Row, models: Any) -> None:
    """Measure one row and print it."""
    community = Scenario(row.environment, row.learner, row.network, row.steps)
    network = community.network.draw(np.random.default_rng(1))
    community = community.replace({"network": network, "network.shared": True})
    per_step = row.visits(network.num_edges)

    def ours() -> float:
        runs = run(community, replications=row.replications, seed=1, threads=1, record_every=None).runs
        return float(runs.steps.sum()) * per_step

    run(community.replace({"horizon.steps": 1}), replications=1, threads=1, record_every=None)
    rate = best_rate(ours)
    print(f"{row.name:<18} {row.network:<28} {rate:9.3g} visits/s", end="", flush=True)
    print(f"; {rate / plain_rate(row, network):,.0f} x plain Python", end="", flush=True)
    if models is not None and row.ndlib is not None:
        peer = ndlib_rate(row, models, network)
        together = clock_rate(community, row.replications, per_step)
        print(f"; {rate / peer:,.0f} x NDlib, {together / peer:,.0f} x on {os.cpu_count()} cores", end="")
    print(flush=True)


def clock_rate(community: Scenario, replications: int, per_step: float) -> float:
    """Return edge visits a second by the clock, on all cores."""
    num_runs, rates = max(replications, os.cpu_count() or 1), []
    for _ in range(REPEATS):
        started = time.perf_counter()
        runs = run(community, replications=num_runs, seed=1, record_every=None).runs
        rates.append(float(runs.steps.sum()) * per_step / (time.perf_counter() - started))
    return max(rates)


def plain_rate(row: Row, network: Any) -> float:
    """Return edge visits a second of plain Python."""
    size, others = network.num_agents, range(network.num_agents)
    if network.is_implicit:
        size = min(size, 2000)  # lists of all others; a visit costs the same
        others = range(size)
        heard = [[j for j in others if j != i] for i in others]
    else:
        heard = [network.sources[network.indptr[i] : network.indptr[i + 1]].tolist() for i in others]
    opinions = np.random.default_rng(1).random(size).tolist()
    return best_rate(lambda: for_a_while(lambda: row.plain(heard, opinions)), 2)


def ndlib_rate(row: Row, models: Any, network: Any) -> float:
    """Return edge visits a second of NDlib."""
    assert row.ndlib is not None
    model = row.ndlib(models, nx.convert_node_labels_to_integers(network.to_networkx()))
    model.iteration()  # the first returns the start
    visits = 1 if row.name == "Voter" else 2 * network.num_agents if row.name == "Deffuant" else network.num_edges

    def work() -> float:
        model.iteration(node_status=False)
        return float(visits)

    return best_rate(lambda: for_a_while(work), 2)


def million(family: str, steps: int = 100) -> None:
    """Print time and memory of DeGroot's rule among a million agents."""
    started = time.perf_counter()
    network = Scenario(ALL_AT_ONCE, "degroot", family, steps).network.draw(np.random.default_rng(1))
    drawn, memory = time.perf_counter() - started, peak()
    print(f"{family}: drawn in {drawn:.1f} s, peak memory {memory:.2f} GiB")
    community = Scenario(ALL_AT_ONCE, "degroot", network, steps)
    run(community.replace({"horizon.steps": 1}), replications=1, threads=1, record_every=None)
    started = time.perf_counter()
    run(community, replications=1, threads=1, record_every=None)
    took = time.perf_counter() - started
    print(f"{steps} steps, {network.num_edges:,} edges: {took:.1f} s with set-up and tables, peak {peak():.2f} GiB")


def peak() -> float:
    """Return the most memory that this process has held, in GiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def main() -> None:
    """Measure and print."""
    if "million" in sys.argv[1:]:
        million("barabasi_albert:n=1000000,m=5")
        return
    models = ndlib_models()
    for row in ROWS:
        measure(row, models)


if __name__ == "__main__":
    main()
