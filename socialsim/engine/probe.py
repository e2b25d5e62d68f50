"""What would this agent do? Interventions that trajectories cannot answer.

`probe` asks a policy: it shows an agent an observation, after a message if one is given, and counts what the agent
does. The agents asked are copies; the simulation goes on as if nothing had happened.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from socialsim.core.errors import ParameterError
from socialsim.core.streams import Purpose, seed_streams
from socialsim.engine.plan import STREAMS
from socialsim.engine.recording import Columns, concatenate
from socialsim.engine.simulation import Simulation


def probe(
    simulation: Simulation,
    agent_index: int,
    observations: Sequence[int],
    *,
    messages: Sequence[float] = (),
    sender: int = -1,
    num_draws: int = 1000,
    row: int = 0,
) -> Columns:
    """Estimate an agent's policy on each observation, and after each message.

    Parameters
    ----------
    simulation : Simulation
        As it is now; it is not changed.
    agent_index : int
        Row of the agent.
    observations : sequence of int
        What it is shown.
    messages : sequence of float
        What it hears before it acts; none, and it hears nothing.
    sender : int
        Row of the agent that is said to send the messages.
    num_draws : int
        Copies of the agent that are asked, each on a stream of its own, >= 1.
    row : int
        Replication, counted within the simulation.

    Returns
    -------
    dict of columns
        The table ``probe``: run, step, agent, observation, message, action, probability; one row for each action that
        some copy took.

    Raises
    ------
    ParameterError
        If the agent is unknown, or hears nothing although messages are given.

    Examples
    --------
    >>> from socialsim.environments.repeated_game import small
    >>> simulation = Simulation(small(), seed=1, replications=[0])
    >>> _ = simulation.advance(until=30)
    >>> table = probe(simulation, agent_index=0, observations=[0, 4])
    >>> bool(np.isclose(table["probability"].sum(), 2.0))
    True
    """
    if not 0 <= agent_index < simulation.num_agents:
        raise ParameterError(f"agent_index: {agent_index} is not accepted; accepted: 0 to {simulation.num_agents - 1}")
    learner = _learner_of(simulation, agent_index)
    hears = hasattr(learner, "hear") and "hear" not in learner.additive
    if len(messages) and not hears:
        raise ParameterError(f"messages: the learner {learner.name()} hears no messages; accepted: none")
    if len(messages) and not 0 <= sender < simulation.num_agents:
        raise ParameterError(f"sender: {sender} is not accepted; accepted: 0 to {simulation.num_agents - 1}")
    if len(messages) and simulation.plan.message_sizes["speak"]:
        raise ParameterError("messages: this learner hears rows of numbers; accepted: none")
    _check_seen(simulation, agent_index, observations, messages)
    blocks = []
    for observation in observations:
        heard: list[float | None] = [*messages] or [None]
        for message in heard:
            copies = simulation.copies(np.full(num_draws, row))
            copies.streams[:, STREAMS.index("learner_stream")] = seed_streams(
                simulation.seed, np.arange(num_draws), Purpose.LEARNERS, (int(simulation.replications[row]), 1)
            )
            copies.probe(agent_index, observation, -1 if message is None else sender, float(message or 0.0))
            actions, counts = np.unique(copies.engine.actions[:, agent_index], return_counts=True)
            block: dict[str, Any] = {
                "run": simulation.replications[row],
                "step": simulation.clock[row],
                "agent": agent_index,
                "observation": observation,
                "message": np.nan if message is None else message,
            }
            columns = {name: np.full(len(actions), value) for name, value in block.items()}
            blocks.append(columns | {"action": actions, "probability": counts / num_draws})
    return concatenate(blocks)


def _check_seen(
    simulation: Simulation, agent_index: int, observations: Sequence[int], messages: Sequence[float]
) -> None:
    """Refuse what the agent can never see or hear: compiled code would read beyond its tables."""
    specification = next(
        simulation.specifications[name]
        for name in simulation.scenario.learners
        if simulation.rows(name).start <= agent_index < simulation.rows(name).stop
    )
    for observation in observations:
        if observation not in range(specification.num_observations):
            most = specification.num_observations - 1
            raise ParameterError(f"observations: {observation!r} is not accepted; accepted: integers from 0 to {most}")
    num_messages = specification.facts.get("num_messages")
    for message in messages:
        if not np.isfinite(message) or (num_messages is not None and message not in range(num_messages)):
            raise ParameterError(f"messages: {message!r} is not accepted; accepted: what the environment's senders say")


def _learner_of(simulation: Simulation, agent_index: int) -> Any:
    for name, learner in simulation.scenario.learners.items():
        if simulation.rows(name).start <= agent_index < simulation.rows(name).stop:
            return type(learner)
    raise AssertionError
