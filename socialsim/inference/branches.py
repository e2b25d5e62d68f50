"""Branches of a simulation, followed act by act: one past, several futures, in which anybody can be forced.

What `socialsim.engine.fork` lists as a table is kept here in arrays, many runs at once, and who is forced to what may
change from step to step: all others can be held to what they did in another branch. A **world** is one course of
chance: branches of one world have their chance events in common, two worlds have none.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.engine.interface import Discrete
from socialsim.engine.simulation import Simulation

NOBODY = -1
ANOTHER_WORLD = np.uint64(0xD1B54A32D192ED03)  # odd: no two worlds share a key


class Record(NamedTuple):
    """Who did what on which observation, and what it brought; a slot is an agent, or a place among those that an event
    wakes.
    """

    agents: NDArray[np.int64]  # (num_runs, num_steps, num_slots), -1: nobody
    actions: NDArray[np.int64]  # (num_runs, num_steps, num_slots)
    observations: NDArray[np.int64]  # (num_runs, num_steps, num_slots), and what one is told by the other of two
    rewards: NDArray[np.float64]  # (num_runs, num_steps, num_slots), 0 where nobody acted

    def between(self, first: int, last: int | None) -> Record:
        """Return the steps from one to before another."""
        return Record(*(column[:, first:last] for column in self.columns()))

    def followed_by(self, later: Record) -> Record:
        """Return one record of both."""
        return Record(*(np.concatenate(pair, axis=1) for pair in zip(self.columns(), later.columns(), strict=True)))

    def columns(self) -> list[Any]:
        """Return the four columns."""
        return list(self)

    def rewards_of(self, agents: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return what one agent of each run gets in each step, shape (num_runs, num_steps)."""
        return np.where(self.agents == agents[:, None, None], self.rewards, 0.0).sum(axis=2)

    def differences(self, other: Record, agents: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return in each step how many act otherwise than in another branch, one agent of each run left out, and out of
        how many who act in both; each of shape (num_runs, num_steps).
        """
        both = (self.agents == other.agents) & (self.agents != NOBODY) & (self.agents != agents[:, None, None])
        return (both & (self.actions != other.actions)).sum(axis=2), both.sum(axis=2)


class Forced(NamedTuple):
    """Who is forced in a step, and to what; agent -1 is nobody."""

    agents: NDArray[np.int64]  # (num_runs, num_forced)
    actions: NDArray[np.int64]  # (num_runs, num_forced)

    def beside(self, other: Forced) -> Forced:
        """Return both at once."""
        return Forced(*(np.concatenate(each, axis=1) for each in zip(self, other, strict=True)))


Forcing = Callable[[int], Forced | None]


def branch(simulation: Simulation, *, world: int = 0) -> Simulation:
    """Return copies of all runs, which go on apart, in one of several courses of chance."""
    copy = simulation.copies(np.arange(len(simulation.clock)), branches=True)
    copy.keys[:] = keys_of(simulation, world)
    return copy


def keys_of(simulation: Simulation, world: int) -> NDArray[np.uint64]:
    """Return the keys from which the streams of a world restart, shape (num_runs,)."""
    return simulation.keys + np.full(1, ANOTHER_WORLD) * np.uint64(world)


def follow(simulation: Simulation, num_steps: int, forcing: Forcing | None = None) -> Record:
    """Move a branch on and record every act.

    Parameters
    ----------
    simulation : Simulation
        As `branch` returns it; all runs at one step.
    num_steps : int
    forcing : callable, optional
        From the number of steps made so far to who is forced in the next one.

    Returns
    -------
    Record

    Examples
    --------
    >>> from socialsim.environments.repeated_game import small
    >>> start = Simulation(small(), seed=1, replications=[0, 1])
    >>> _ = start.advance(10)
    >>> first = Forced(np.zeros((2, 1), int), np.array([[0], [1]]))
    >>> record = follow(branch(start), 3, lambda k: first if k == 0 else None)
    >>> record.actions[:, 0, 0].tolist()
    [0, 1]
    """
    engine, start = simulation.engine, int(simulation.clock[0])
    shape = (len(simulation.clock), num_steps, _num_slots(simulation))
    record = Record(np.full(shape, NOBODY), np.zeros(shape, np.int64), np.full(shape, NOBODY), np.zeros(shape))
    rows = np.arange(shape[0])[:, None]
    num_messages = _num_messages(simulation)
    for k in range(num_steps):
        _force(simulation, forcing(k) if forcing else None)
        simulation.advance(start + k + 1)
        agents = np.where((simulation.clock == start + k + 1)[:, None], _who_acted(simulation), NOBODY)
        acted, who = agents != NOBODY, np.maximum(agents, 0)
        record.agents[:, k] = agents
        record.actions[:, k] = np.where(acted, engine.actions[rows, who], 0)
        record.rewards[:, k] = np.where(acted, engine.rewards[rows, who], 0.0)
        contexts = np.zeros(agents.shape, np.int64)
        if _sees_numbers(simulation):
            contexts += engine.observations[rows, who]
        if num_messages:
            heard = engine.messages_speak[rows, who][:, ::-1]
            contexts = contexts * (num_messages + 1) + np.nan_to_num(heard, nan=num_messages).astype(np.int64)
        record.observations[:, k] = np.where(acted, contexts, NOBODY)
    return record


def held_to(record: Record, spared: NDArray[np.int64]) -> Forcing:
    """Return the forcing of everybody but one agent of each run to what they did in another branch, from the step on
    that follows the first act of the one.
    """
    first = (record.agents == spared[:, None, None]).any(axis=2).argmax(axis=1)

    def forcing(k: int) -> Forced:
        agents = record.agents[:, k]
        is_free = (agents == spared[:, None]) | (k <= first)[:, None]
        return Forced(np.where(is_free, NOBODY, agents), record.actions[:, k])

    return forcing


def for_steps(forced: Forced, num_steps: int) -> Forcing:
    """Return the same forcing in each of the first steps."""
    return lambda k: forced if k < num_steps else None


def together(first: Forcing, second: Forcing) -> Forcing:
    """Return two forcings at once."""

    def forcing(k: int) -> Forced | None:
        one, other = first(k), second(k)
        return one.beside(other) if one and other else one or other

    return forcing


def _force(simulation: Simulation, forced: Forced | None) -> None:
    engine = simulation.engine
    engine.forced_until[:] = 0
    if forced is None:
        return
    row, place = np.nonzero(forced.agents != NOBODY)
    agents = forced.agents[row, place]
    engine.forced_from[row, agents] = simulation.clock[row]
    engine.forced_until[row, agents] = simulation.clock[row] + 1
    engine.forced_actions[row, agents] = forced.actions[row, place]


def _num_slots(simulation: Simulation) -> int:
    return int(simulation.engine.active.shape[1]) if simulation.plan.is_events else simulation.num_agents


def _who_acted(simulation: Simulation) -> NDArray[np.int64]:
    """Return the agents that acted in the last step, shape (num_runs, num_slots)."""
    engine = simulation.engine
    if simulation.plan.is_events:
        place = np.arange(engine.active.shape[1])
        return np.where(place < engine.num_active, engine.active, NOBODY)
    is_there = np.isin(engine.presence, (0, 3))
    return np.where(is_there, np.arange(simulation.num_agents), NOBODY)


def _sees_numbers(simulation: Simulation) -> bool:
    each = simulation.specifications.values()
    return hasattr(simulation.engine, "observations") and all(isinstance(s.observations, Discrete) for s in each)


def _num_messages(simulation: Simulation) -> int:
    """Return how many messages there are, where two who meet tell each other something before they act; 0 elsewhere."""
    speaks = "speak" in simulation.plan.message_sizes and not simulation.plan.message_sizes["speak"]
    if _num_slots(simulation) != 2 or not speaks:
        return 0
    return max(int(each.facts.get("num_messages", 0)) for each in simulation.specifications.values())
