"""Tables of action values Q(o, a), and the greedy action of each row.

Looking for the best of m actions at each act and each update would cost most of the time of a long run. So the greedy
action of each row is kept, and looked for again only when its own value falls; where several actions share the highest
value there is no greedy action (-1), and one of them is drawn.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.errors import ParameterError
from socialsim.core.streams import integer, uniform
from socialsim.engine.interface import Specification, constant

TIED = -1


def initial_table(
    specification: Specification, num_agents: int, initial_value: float | str, discount: float
) -> NDArray[np.float64]:
    """Return the values that agents start from.

    Parameters
    ----------
    specification : Specification
        With the fact ``mean_rewards``, shape (num_agents, num_actions), where values start from uniform rivals; the
        fact ``committed``, shape (num_agents, num_observations), is the only action possible on an observation, or
        -1: others are worth minus infinity there.
    num_agents : int
    initial_value : float or "uniform_rivals"
        One number for all, or what an action pays in the mean for ever if all others act uniformly at random,

            Q_0(o, a) = E[r | a] / (1 - gamma)                                          ([Calvano2020]_, eq. 8)
    discount : float
        The discount factor gamma, in [0, 1).

    Returns
    -------
    ndarray, shape (num_agents, num_observations, num_actions)

    Raises
    ------
    ParameterError
        If values are to start from uniform rivals and the environment does not say what actions pay then.

    Examples
    --------
    >>> from socialsim.engine.interface import Discrete
    >>> specification = Specification(Discrete(2), Discrete(1), {"mean_rewards": np.array([[1.0, 3.0]])})
    >>> initial_table(specification, 1, "uniform_rivals", 0.5).tolist()
    [[[2.0, 6.0]]]
    """
    shape = (num_agents, specification.num_observations, specification.num_actions)
    if isinstance(initial_value, str):
        try:
            mean_rewards = np.asarray(specification.fact("mean_rewards"), float)
        except ParameterError as error:
            raise ParameterError(f"{error}; accepted: initial_value as a number") from None
        table = np.broadcast_to(mean_rewards[:, None, :] / (1.0 - discount), shape).copy()
    else:
        table = np.full(shape, float(initial_value))
    committed = specification.facts.get("committed")
    if committed is not None:
        table[(committed[..., None] >= 0) & (np.arange(shape[2]) != committed[..., None])] = -math.inf
    return constant(table)


@compiled
def greedy_action(values, stream):
    """Return the index of the highest value, uniformly among equals; draws only where there are equals."""
    best, ties = 0, 1
    for a in range(1, values.shape[0]):
        if values[a] > values[best]:
            best, ties = a, 1
        elif values[a] == values[best]:
            ties += 1
            if integer(stream, ties) == 0:
                best = a
    return best


@compiled
def only_best(values, i, observation):
    """Return the action of the highest value in one row, -1 where several have it."""
    best, is_tied = 0, False
    for a in range(1, values.shape[2]):
        if values[i, observation, a] > values[i, observation, best]:
            best, is_tied = a, False
        elif values[i, observation, a] == values[i, observation, best]:
            is_tied = True
    return TIED if is_tied else best


@compiled
def highest_value(values, greedy, i, observation):
    """Return the highest value of one row."""
    best = greedy[i, observation]
    if best >= 0:
        return values[i, observation, best]
    highest = values[i, observation, 0]
    for a in range(1, values.shape[2]):
        highest = max(highest, values[i, observation, a])
    return highest


@compiled
def choose(values, greedy, i, observation, epsilon, stream):
    """Return any action with probability epsilon, else the greedy one; one draw, and more only where there are ties."""
    draw = uniform(stream)
    if draw < epsilon:
        return min(np.int64(draw / epsilon * values.shape[2]), values.shape[2] - 1)
    best = np.int64(greedy[i, observation])
    return best if best >= 0 else greedy_action(values[i, observation], stream)


@compiled
def assign(values, greedy, i, observation, action, value):
    """Set one value and keep the greedy action of its row up to date; return whether there was one, and it stayed."""
    before = greedy[i, observation]
    old = values[i, observation, action]
    values[i, observation, action] = value
    best = before
    if before == action:
        if value < old:
            best = only_best(values, i, observation)
    elif before < 0:
        best = only_best(values, i, observation)
    elif value >= values[i, observation, before]:
        best = action if value > values[i, observation, before] else TIED
    greedy[i, observation] = best
    return before >= 0 and best == before


def greedy_policy(state: Any) -> NDArray[np.int64]:
    """Return the greedy action on each observation, the first of equals.

    Parameters
    ----------
    state : NamedTuple
        With ``values``, shape (num_runs, num_agents, num_observations, num_actions).

    Returns
    -------
    ndarray of int, shape (num_runs, num_agents, num_observations)
    """
    return state.values.argmax(axis=3)
