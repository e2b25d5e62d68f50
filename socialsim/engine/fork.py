"""What follows a deviation? One past, several futures.

`fork` runs a scenario to a step, then lets copies of each run go on apart: the **baseline**, in which nobody is forced,
and branches in which some agents are made to act otherwise for a while. What differs between two branches of a run is
caused by the intervention, because all branches share their chance events: streams restart at every use from (key of
the run, step, agent, purpose), so that an extra draw in one branch moves no other draw (common random numbers). A
**placebo** branch forces something that should not matter; its difference from the baseline is what a deviation is
compared with.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from socialsim.core.errors import ParameterError
from socialsim.core.manifest import Manifest
from socialsim.core.result import Result
from socialsim.engine.plan import RUNNING
from socialsim.engine.recording import Columns, acting, concatenate
from socialsim.engine.scenario import Scenario
from socialsim.engine.simulation import Simulation

BASELINE = "baseline"


@dataclass(frozen=True)
class Force:
    """Make an agent take an action.

    Parameters
    ----------
    agent_index : int
        Row of the agent.
    action : int or float
        What it is made to do.
    after : int
        Steps from the fork to the first forced action, >= 0.
    steps : int
        Number of forced steps, >= 1.
    """

    agent_index: int
    action: float
    after: int = 0
    steps: int = 1


def fork(
    scenario: Scenario,
    branches: Mapping[str, Sequence[Force]],
    *,
    at: int,
    steps: int,
    replications: int = 1,
    seed: int = 0,
) -> Result:
    """Run a scenario to a step and let its branches go on from there.

    Parameters
    ----------
    scenario : Scenario
    branches : mapping of str to sequence of Force
        What is forced in each branch; the branch "baseline" is added. An agent can be forced once in a branch.
    at : int
        Step at which the branches part, >= 0; runs that stop before it are left out.
    steps : int
        Steps that each branch goes on, >= 1.
    replications, seed : int
        As for `run`.

    Returns
    -------
    Result
        With the table ``fork``: run, branch, step, agent, action, reward.

    Raises
    ------
    ParameterError
        If an agent is unknown or forced twice, an action or number is not accepted, or no run reaches the step.

    Examples
    --------
    >>> from socialsim.environments.repeated_game import small
    >>> result = fork(small(), {"deviation": [Force(0, action=1)]}, at=10, steps=3, seed=1)
    >>> result.table("fork").groupby("branch").size().to_dict()
    {'baseline': 6, 'deviation': 6}
    """
    if at < 0 or steps < 1 or at + steps > scenario.horizon.steps:
        raise ParameterError(
            f"at, steps: {at}, {steps} are not accepted; accepted: at >= 0, steps >= 1, both within the horizon of "
            f"{scenario.horizon.steps} steps"
        )
    if BASELINE in branches:
        raise ParameterError(f"branches: {BASELINE!r} is added by itself; accepted: other names")
    past = Simulation(scenario, seed=seed, replications=range(replications))
    past.advance(at)
    rows = np.flatnonzero(past.status == RUNNING)
    if not len(rows):
        raise ParameterError(f"at: every run has stopped before step {at}; accepted: an earlier step")
    blocks = [_branch(past, rows, name, forces, steps) for name, forces in {BASELINE: (), **branches}.items()]
    table = concatenate(blocks)
    order = np.argsort(table["run"], kind="stable")
    parameters = scenario.parameters() | {"fork.at": at, "fork.steps": steps}
    manifest = Manifest(scenario.name, parameters, seed=seed, num_runs=len(rows))
    return Result(manifest, {"fork": {name: values[order] for name, values in table.items()}})


def _branch(past: Simulation, rows: Any, name: str, forces: Sequence[Force], steps: int) -> Columns:
    """Go on with copies of the runs, some agents forced, and list every act."""
    future = past.copies(rows, branches=True)
    _force(future, name, forces)
    start = int(future.clock[0])
    blocks = []
    for step in range(start, start + steps):
        future.advance(step + 1)
        moved = np.flatnonzero(future.clock == step + 1)
        acted = np.zeros(future.engine.actions.shape[:2], bool)
        for row in moved:
            acted[row, acting(future, int(row))] = True
        runs, agents = np.nonzero(acted)
        blocks.append(
            {
                "run": future.replications[runs],
                "branch": np.array([name] * len(runs)),
                "step": np.full(len(runs), step),
                "agent": agents,
                "action": future.engine.actions[runs, agents],
                "reward": future.engine.rewards[runs, agents],
            }
        )
    return concatenate(blocks)


def _force(future: Simulation, name: str, forces: Sequence[Force]) -> None:
    """Write down who is forced to what and when."""
    seen = set()
    for force in forces:
        i = force.agent_index
        if not 0 <= i < future.num_agents or i in seen:
            last = future.num_agents - 1
            raise ParameterError(f"branch {name}: agent {i} is not accepted; accepted: 0 to {last}, each once")
        if force.after < 0 or force.steps < 1:
            raise ParameterError(f"branch {name}: {force} is not accepted; accepted: after >= 0, steps >= 1")
        _check_action(future, i, force.action, name)
        seen.add(i)
        future.engine.forced_from[:, i] = future.clock + force.after
        future.engine.forced_until[:, i] = future.clock + force.after + force.steps
        future.engine.forced_actions[:, i] = force.action


def _check_action(future: Simulation, agent_index: int, action: float, branch: str) -> None:
    for agent_type, specification in future.specifications.items():
        rows = future.rows(agent_type)
        size = getattr(specification.actions, "size", None)
        if size is not None and rows.start <= agent_index < rows.stop and action not in range(size):
            raise ParameterError(f"branch {branch}: action {action} is not accepted; accepted: 0 to {size - 1}")
