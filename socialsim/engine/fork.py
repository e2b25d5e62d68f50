"""What follows a deviation? One past, several futures.

`fork` runs a scenario to a step, then lets copies of each run go on apart: the **baseline**, in which nobody is forced,
and branches in which some agents are made to act otherwise for a while. What differs between two branches of a run is
caused by the intervention, because all branches share their chance events: streams restart at every use from (key of
the run, step, agent, purpose), so that an extra draw in one branch moves no other draw (common random numbers). A
**placebo** branch forces something that should not matter; its difference from the baseline is what a deviation is
compared with.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from socialsim.core.errors import ParameterError
from socialsim.core.manifest import Manifest
from socialsim.core.result import Result
from socialsim.engine.plan import RUNNING, SETTLED
from socialsim.engine.recording import Columns, acting, concatenate
from socialsim.engine.scenario import Scenario
from socialsim.engine.simulation import Simulation

BASELINE = "baseline"
Branches = Mapping[str, Sequence["Force"]]


@dataclass(frozen=True)
class Force:
    """Make an agent take an action.

    Parameters
    ----------
    agent_index : int
        Row of the agent.
    action : int, float or ndarray
        What it is made to do: one action for all runs, or one for each run that comes to the fork.
    after : int
        Steps from the fork to the first forced action, >= 0.
    steps : int
        Number of forced steps, >= 1.
    """

    agent_index: int
    action: float | NDArray[Any]
    after: int = 0
    steps: int = 1


def fork(
    scenario: Scenario,
    branches: Branches | Callable[[Simulation], Branches],
    *,
    at: int | Literal["settled"],
    steps: int,
    replications: int = 1,
    seed: int = 0,
) -> Result:
    """Run a scenario to a step and let its branches go on from there.

    Parameters
    ----------
    scenario : Scenario
    branches : mapping of str to sequence of Force, or function
        What is forced in each branch; the branch "baseline" is added. An agent can be forced once in a branch. A
        function is given the simulation of the runs as they stand at the fork and returns the mapping.
    at : int or "settled"
        Step at which the branches part, >= 0; runs that stop before it are left out. "settled": each run's own step
        at which all its agents have settled; runs that do not settle are left out, and all go on from the latest such
        step by the table's clock.
    steps : int
        Steps that each branch goes on, >= 1, whether its agents have settled or not.
    replications, seed : int
        As for `run`.

    Returns
    -------
    Result
        With the table ``fork``: run, branch, step, agent, action, reward. Its manifest says how many replications were
        asked for (``fork.replications``) and how many came to the fork (``num_runs``).

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
    past = come_to(scenario, at=at, steps=steps, replications=replications, seed=seed)
    chosen = branches(past) if callable(branches) else branches
    if BASELINE in chosen:
        raise ParameterError(f"branches: {BASELINE!r} is added by itself; accepted: other names")
    blocks = [_branch(past, name, forces, steps) for name, forces in {BASELINE: (), **chosen}.items()]
    table = concatenate(blocks)
    order = np.argsort(table["run"], kind="stable")
    parameters = scenario.parameters() | {"fork.at": at, "fork.steps": steps, "fork.replications": replications}
    manifest = Manifest(scenario.name, parameters, seed=seed, num_runs=len(past.clock))
    return Result(manifest, {"fork": {name: values[order] for name, values in table.items()}})


def come_to(
    scenario: Scenario, *, at: int | Literal["settled"], steps: int, replications: int = 1, seed: int = 0
) -> Simulation:
    """Return the runs as they stand at a fork, free to go on for some steps; parameters as for `fork`.

    Examples
    --------
    >>> from socialsim.environments.repeated_game import small
    >>> come_to(small(), at=10, steps=3, replications=2).clock.tolist()
    [10, 10]
    """
    if isinstance(at, str) and at != "settled":
        raise ParameterError(f"at: {at!r} is not accepted; accepted: a step, or 'settled'")
    if steps < 1 or (at != "settled" and not 0 <= at <= scenario.horizon.steps - steps):
        raise ParameterError(
            f"at, steps: {at}, {steps} are not accepted; accepted: at >= 0, steps >= 1, both within the horizon of "
            f"{scenario.horizon.steps} steps"
        )
    if at == "settled":
        return _settled_past(scenario, steps, replications, seed)
    return _past(scenario, at, replications, seed)


def _past(scenario: Scenario, at: int, replications: int, seed: int) -> Simulation:
    """Return the runs that come to a step."""
    past = Simulation(scenario, seed=seed, replications=range(replications))
    past.advance(at)
    rows = np.flatnonzero(past.status == RUNNING)
    if not len(rows):
        raise ParameterError(f"at: every run has stopped before step {at}; accepted: an earlier step")
    return past.copies(rows)


def _settled_past(scenario: Scenario, steps: int, replications: int, seed: int) -> Simulation:
    """Return the runs in which all have settled, set to go on at one common step."""
    if scenario.presence_events or scenario.edge_events is not None:
        raise ParameterError("at: 'settled' cannot go with presence or edge events; accepted: a step")
    horizon = scenario.horizon.steps
    longer = replace(scenario, horizon=scenario.horizon.replace(steps=horizon + steps))
    past = Simulation(longer, seed=seed, replications=range(replications))
    past.advance(horizon)
    rows = np.flatnonzero(past.status == SETTLED)
    if not len(rows):
        raise ParameterError(f"at: in no run had all settled within {horizon} steps; accepted: a longer horizon.steps")
    settled = past.copies(rows)
    later = settled.clock.max() - settled.clock
    settled.clock += later
    if settled.plan.has_episodes:
        settled.engine.episode_start[:, 0] += later
    settled.status[:], settled.verdict[:] = RUNNING, -1
    return settled


def _branch(past: Simulation, name: str, forces: Sequence[Force], steps: int) -> Columns:
    """Go on with copies of the runs, some agents forced, and list every act."""
    future = past.copies(np.arange(len(past.clock)), branches=True)
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


def _check_action(future: Simulation, agent_index: int, action: float | NDArray[Any], branch: str) -> None:
    if np.ndim(action) and np.shape(action) != (len(future.clock),):
        raise ParameterError(
            f"branch {branch}: {np.shape(action)} actions for {len(future.clock)} runs; accepted: one, or one each"
        )
    for agent_type, specification in future.specifications.items():
        rows = future.rows(agent_type)
        size = getattr(specification.actions, "size", None)
        if size is not None and rows.start <= agent_index < rows.stop:
            for each in np.atleast_1d(action).tolist():
                if each not in range(size):
                    raise ParameterError(f"branch {branch}: action {each} is not accepted; accepted: 0 to {size - 1}")
