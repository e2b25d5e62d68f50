"""Guests: ordinary Python objects that play agents of a compiled population.

A guest takes the place of one row. It is any object, a `mesa.Agent` or not, with a method ``act``, and those of the
others that it needs; they are a learner's functions (`socialsim.engine.interface`) without ``learner, i`` and
``stream``::

    act(observation) -> action
    learn(observation, action, reward, next_observation)
    speak(observation) -> message                  and hear
    announce(observation, action) -> message       and witness
    report(observation, action, reward) -> message and absorb
    settled() -> verdict

What it receives has the form in which learners of its agent type receive: edge by edge, ``hear(sender, weight,
message)``, or, where they are additive, ``hear(total)``; likewise ``witness`` and ``absorb``. A message of None is
silence. A run settles when all compiled agents agree and no guest that has ``settled`` objects.

The compiled stages of a step skip the rows of guests; `play` runs them one at a time and fills in the guests' part in
between. Sums are taken in the order of the compiled loops, so that a guest that does what its learner does gives the
same bits for everybody, as long as that learner draws no random numbers. After each step attributes of a guest that are
named like a column of the learner's state (``log_odds``) are copied into it, and so into tables and reporters; decimal
columns that the guest does not have are NaN.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from socialsim.core.errors import ParameterError
from socialsim.engine.links import GUEST, PRESENT
from socialsim.engine.plan import RUNNING, SETTLED, STAGES
from socialsim.engine.simulation import Simulation
from socialsim.host.recording import has_ended
from socialsim.host.seats import Seats, present_guests, type_of

Guests = Mapping[int, Any]


def play(simulation: Simulation, guests: Guests) -> None:
    """Take one step of a simulation of one replication stage by stage, with the guests' part in between.

    Parameters
    ----------
    simulation : Simulation
        One that admits guests.
    guests : mapping of int to object
        By row.

    Raises
    ------
    ParameterError
        If a guest's action or message is not accepted. Whatever stops a guest leaves the step unfinished; to go on from
        before it, keep a snapshot.

    Examples
    --------
    >>> from socialsim.environments.epistemic import small
    >>> simulation = Simulation(small(), seed=1, replications=[0])
    >>> _ = simulation.advance(0)
    >>> simulation.admit_guests()
    >>> play(simulation, {})
    >>> simulation.clock.tolist()
    [1]
    """
    _look_whether_over(simulation, guests)
    if has_ended(simulation):
        return
    simulation.begin_step()
    seats, count = Seats(simulation), 0
    for stage in STAGES:
        count = simulation.stage(stage, 0, count)
        if stage == "change":
            _take_seats(seats.presence, guests)
        elif part := getattr(seats, stage, None):
            for i in seats.taking_part(guests, count):
                part(i, guests[i])
    for i in guests:
        mirror(simulation, i, guests[i])
    simulation.clock[0] += 1
    _look_whether_over(simulation, guests)


def _look_whether_over(simulation: Simulation, guests: Guests) -> None:
    """Look whether the run ends at the present step; not if a guest objects to what all others have settled on."""
    simulation.advance(until=int(simulation.clock[0]))
    if simulation.status[0] == SETTLED:
        present = present_guests(simulation.engine.presence[0], guests)
        own = {guests[i].settled() for i in present if hasattr(guests[i], "settled")}
        if own - {int(simulation.verdict[0])}:
            simulation.status[0], simulation.verdict[0] = RUNNING, -1


def _take_seats(presence: NDArray[np.int8], guests: Guests) -> None:
    """Give guests that have just entered their row back."""
    for i in guests:
        if presence[i] == PRESENT:
            presence[i] = GUEST


def mirror(simulation: Simulation, i: int, guest: Any, *, fresh: bool = False) -> None:
    """Copy a guest's attributes into the learner's columns of the same names.

    Parameters
    ----------
    simulation : Simulation
    i : int
        Row of the guest.
    guest : object
    fresh : bool
        Whether the guest has just joined: then decimal columns that it does not have become NaN.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> from socialsim.environments.epistemic import small
    >>> simulation = Simulation(small(), seed=1, replications=[0])
    >>> mirror(simulation, 2, SimpleNamespace(log_odds=3.0))
    >>> simulation.learners["agent"].log_odds[0].tolist()
    [0.0, 0.0, 3.0, 0.0]
    """
    agent_type = type_of(simulation, i)
    row = i - simulation.rows(agent_type).start
    for name, values in simulation.learners[agent_type]._asdict().items():
        if not isinstance(values, np.ndarray) or not values.flags.writeable or values.ndim < 2:
            continue
        own = getattr(guest, name, None)
        if isinstance(own, (int, float, np.generic, np.ndarray)):
            values[0, row] = own
        elif fresh and values.dtype.kind == "f":
            values[0, row] = np.nan


def check_guest(simulation: Simulation, agent_index: Any, guests: Guests, guest: Any) -> None:
    """Refuse what cannot play this row.

    Raises
    ------
    ParameterError
        If there is no such row, it has a guest already, or the object has no method ``act``.

    Examples
    --------
    >>> from socialsim.environments.epistemic import small
    >>> check_guest(Simulation(small(), seed=1, replications=[0]), 0, {}, 3)
    Traceback (most recent call last):
        ...
    socialsim.core.errors.ParameterError: guest: 3 has no method act(observation); accepted: an object that has
    """
    if not callable(getattr(guest, "act", None)):
        raise ParameterError(f"guest: {guest!r} has no method act(observation); accepted: an object that has")
    if isinstance(agent_index, bool) or not isinstance(agent_index, (int, np.integer)):
        raise ParameterError(f"agent_index: {agent_index!r} is not accepted; accepted: an integer")
    if not 0 <= agent_index < simulation.num_agents:
        raise ParameterError(f"agent_index: {agent_index} is not accepted; accepted: 0 to {simulation.num_agents - 1}")
    if agent_index in guests:
        raise ParameterError(f"agent_index: {agent_index} is played by {guests[int(agent_index)]!r}; dismiss it first")
