"""What holds for every environment and learner: same seed, same bits.

Each check takes a scenario and raises an `AssertionError` that says what differs. `check_scenario` runs them all; the
project's own environments pass it, and a user's own can be given to it in one line of a test::

    def test_fishery_keeps_the_contract():
        check_scenario(small())
"""

from __future__ import annotations

import hashlib

import numpy as np

from socialsim.core.result import Result
from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.engine.simulation import Simulation


def check_scenario(scenario: Scenario, *, replications: int = 7, seed: int = 11) -> None:
    """Run every check of this module.

    Parameters
    ----------
    scenario : Scenario
        A small one: a horizon of some ten steps will do.
    replications, seed : int
        How many runs are compared, and their seed.

    Raises
    ------
    AssertionError
        Naming the first contract that is broken.

    Examples
    --------
    >>> from socialsim.environments.opinions import small
    >>> check_scenario(small())
    """
    reference = run(scenario, replications=replications, seed=seed, threads=1)
    check_division(scenario, reference, seed)
    check_slices(scenario, replications, seed)
    check_snapshot(scenario, replications, seed)
    check_single_run(scenario, reference, seed)
    check_columns(scenario, reference)


def fingerprint(result: Result) -> str:
    """Return a hash of all tables of a result: equal hashes, equal bits.

    Examples
    --------
    >>> from socialsim.environments.opinions import small
    >>> fingerprint(run(small(), seed=1)) == fingerprint(run(small(), seed=1))
    True
    >>> fingerprint(run(small(), seed=1)) == fingerprint(run(small(), seed=2))
    False
    """
    digest = hashlib.sha256()
    for name in sorted(result.tables):
        table = result.tables[name]
        for column in sorted(table.columns):
            values = table[column].to_numpy()
            digest.update(f"{name}.{column}".encode())
            digest.update("\0".join(map(str, values)).encode() if values.dtype == object else values.tobytes())
    return digest.hexdigest()


def check_division(scenario: Scenario, reference: Result, seed: int) -> None:
    """Neither threads nor chunks nor their order change a bit."""
    for threads, chunk in ((2, 1), (2, 3), (1, reference.num_runs)):
        other = run(scenario, replications=reference.num_runs, seed=seed, threads=threads, chunk=chunk)
        assert fingerprint(other) == fingerprint(reference), (
            f"{threads} threads in chunks of {chunk} give other results"
        )


def check_slices(scenario: Scenario, replications: int, seed: int) -> None:
    """A loop that returns after every few agent-steps and is resumed gives the bits of one call."""
    whole = Simulation(scenario, seed=seed, replications=range(replications))
    whole.advance(scenario.horizon.steps)
    sliced = Simulation(scenario, seed=seed, replications=range(replications))
    row = 0
    while row < replications:
        row = sliced.advance(scenario.horizon.steps, budget=1, first=row)
    _assert_equal(whole, sliced, "a loop that is interrupted and resumed")


def check_snapshot(scenario: Scenario, replications: int, seed: int) -> None:
    """A simulation restored from a snapshot goes on as the original does."""
    original = Simulation(scenario, seed=seed, replications=range(replications))
    original.advance(scenario.horizon.steps // 2)
    restored = Simulation(scenario, seed=seed, replications=range(replications))
    restored.restore(original.snapshot())
    for simulation in (original, restored):
        simulation.advance(scenario.horizon.steps)
    _assert_equal(original, restored, "a simulation restored from a snapshot")


def check_single_run(scenario: Scenario, reference: Result, seed: int) -> None:
    """A run is the same alone as among others."""
    last = reference.num_runs - 1
    alone = run(scenario, replications=1, first_replication=last, seed=seed).runs
    among = reference.runs[reference.runs.run == last].reset_index(drop=True)
    assert alone.equals(among), "a run alone differs from the same run among others"


def check_columns(scenario: Scenario, reference: Result) -> None:
    """Metrics are estimates, rewards are finite, and the tables list every run and agent."""
    assert set(reference.metrics) == set(scenario.metric_names), "some metric has no estimate"
    assert len(reference.runs) == reference.num_runs, "some run is missing"
    assert len(reference.agents) == reference.runs.num_agents[0], "some agent of the first run is missing"
    assert np.isfinite(reference.agents.reward).all(), "some reward is not finite"


def _assert_equal(first: Simulation, second: Simulation, what: str) -> None:
    for name, values in first.snapshot().items():
        assert np.array_equal(values, second.snapshot()[name], equal_nan=values.dtype.kind == "f"), (
            f"{what} differs in {name}"
        )
