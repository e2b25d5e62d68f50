"""Tables of action values Q(o, a), and the greedy action of each row.

Looking for the best of m actions at each act and each update would cost most of the time of a long run. So the greedy
action of each row is kept, with a bound that no other value of the row exceeds: it is looked for again only when its
own value falls to that bound. Where several actions share the highest value there is no greedy action (-1), and one of
them is drawn. A learner's state has the three arrays

    values   (num_agents, num_observations, num_actions)
    greedy   (num_agents, num_observations)
    others   (num_agents, num_observations), at least the highest value among the other actions
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.errors import ParameterError
from socialsim.core.streams import draw_word, integer
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

            Q_0(o, a) = E[r | a] / (1 - gamma)                                                    ([Calvano2020]_)
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
def forget(learner, i):
    """Give agent i its initial values, of which no greedy action is known yet."""
    for o in range(learner.values.shape[1]):
        learner.greedy[i, o] = TIED
        learner.others[i, o] = -math.inf
        for a in range(learner.values.shape[2]):
            learner.values[i, o, a] = learner.initial_values[i, o, a]


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
def look_again(learner, i, observation):
    """Find the action of the highest value in one row (-1 where several have it), and the highest of the others."""
    best, highest, second = 0, learner.values[i, observation, 0], -math.inf
    for a in range(1, learner.values.shape[2]):  # selections, not branches, which would be mispredicted often
        value = learner.values[i, observation, a]
        lower = value if value < highest else highest
        second = lower if lower > second else second
        best = a if value > highest else best
        highest = value if value > highest else highest
    learner.greedy[i, observation] = best if highest > second else TIED
    learner.others[i, observation] = second


@compiled
def highest_value(learner, i, observation):
    """Return the highest value of one row."""
    best = learner.greedy[i, observation]
    if best >= 0:
        return learner.values[i, observation, best]
    highest = learner.values[i, observation, 0]
    for a in range(1, learner.values.shape[2]):
        highest = max(highest, learner.values[i, observation, a])
    return highest


@compiled
def choose(learner, i, observation, epsilon, stream):
    """Return any action with probability epsilon, to within 2^-32, else the greedy one.

    Both halves of one word decide, so that nothing waits for a branch; only ties draw more.
    """
    word = draw_word(stream)
    explores = np.float64(word >> np.uint64(32)) < 4294967296.0 * epsilon
    any_action = np.int64(((word & np.uint64(0xFFFFFFFF)) * np.uint64(learner.values.shape[2])) >> np.uint64(32))
    best = np.int64(learner.greedy[i, observation])
    if best < 0 and not explores:
        best = greedy_action(learner.values[i, observation], stream)
    return any_action if explores else best


@compiled
def chances(values, epsilon, out):
    """Write the chances of `choose`: epsilon in equal parts, the rest for the highest value or in equal parts for all
    that share it.

    Examples
    --------
    >>> out = np.zeros(4)
    >>> chances(np.array([0.0, 2.0, 1.0, 2.0]), 0.4, out)
    >>> out.round(12).tolist()
    [0.1, 0.4, 0.1, 0.4]
    """
    highest, ties = values[0], 0
    for a in range(values.shape[0]):
        if values[a] > highest:
            highest, ties = values[a], 0
        ties += values[a] == highest
    for a in range(values.shape[0]):
        out[a] = epsilon / values.shape[0] + ((1.0 - epsilon) / ties if values[a] == highest else 0.0)


@compiled
def assign(learner, i, observation, action, value):
    """Set one value and keep the greedy action of its row up to date; return whether there was one, and it stayed."""
    learner.values[i, observation, action] = value
    before = learner.greedy[i, observation]
    if before >= 0:
        bound = learner.others[i, observation]
        if value > bound if before == action else value < bound:
            return True
    look_again(learner, i, observation)
    return before >= 0 and learner.greedy[i, observation] == before


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
