"""From a hosted model to a result: the engine's recorder, one replication, the tables of `socialsim.engine.run.run`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from socialsim.core.manifest import Manifest
from socialsim.core.result import Result
from socialsim.engine.plan import RUNNING
from socialsim.engine.recording import Recorder
from socialsim.engine.simulation import Simulation


def has_ended(simulation: Simulation) -> bool:
    """Return whether a simulation of one replication has ended; asked at every step, so without whole-array work.

    Examples
    --------
    >>> from socialsim.environments.epistemic import small
    >>> simulation = Simulation(small(), seed=1, replications=[0])
    >>> has_ended(simulation)
    False
    >>> _ = simulation.advance(50)
    >>> has_ended(simulation)
    True
    """
    return bool(simulation.status[0] != RUNNING or simulation.clock[0] >= simulation.scenario.horizon.steps)


class HostRecorder:
    """Records one replication at the steps at which a run would.

    Parameters
    ----------
    simulation : Simulation
        Of one replication.

    Examples
    --------
    >>> from socialsim.environments.epistemic import small
    >>> simulation = Simulation(small(), seed=1, replications=[0])
    >>> recorder = HostRecorder(simulation)
    >>> for step in range(4):
    ...     _ = simulation.advance(step)
    ...     recorder.observe()
    >>> recorder.result({}).series.step.tolist()
    [0, 1, 2, 3]
    """

    def __init__(self, simulation: Simulation) -> None:
        self._simulation = simulation
        self._recorder = Recorder(simulation, "auto", int(simulation.replications[0]) + 1)
        self._due = 0

    def observe(self) -> None:
        """Record the present state if it is due: often at first, then ever more rarely, and at the end."""
        clock = int(self._simulation.clock[0])
        if clock >= self._due or has_ended(self._simulation):
            self._recorder.observe(clock)
            self._due = self._recorder.next_pause(clock)

    def result(self, notes: Mapping[str, Any]) -> Result:
        """Return the tables so far and the scenario's metrics; ``notes`` join the parameters in the manifest."""
        simulation = self._simulation
        scenario = simulation.scenario
        (stop,) = simulation.stops()
        manifest = Manifest(
            scenario.name,
            scenario.parameters() | dict(notes),
            seed=simulation.seed,
            num_runs=1,
            status="interrupted" if stop == "interrupted" else "complete",
            stops={stop: 1},
            figure=dict(scenario.environment.figure),
        )
        result = Result(manifest, self._recorder.tables(np.array([True])))
        for metric in scenario.metrics:
            manifest.metrics[metric.__name__] = metric(result)
        return result
