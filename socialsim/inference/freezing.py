"""What agents have learnt, frozen: policies that can be put to work elsewhere, without learning and exploration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from socialsim.core.errors import ParameterError
from socialsim.engine.interface import Learner, Specification
from socialsim.engine.scenario import Scenario
from socialsim.engine.simulation import Simulation
from socialsim.learning.fixed_policy import FixedPolicy


@dataclass(frozen=True)
class Frozen:
    """What agents have learnt, as a learner that goes on with it and learns no more.

    Parameters
    ----------
    learner : Learner
    arrays : mapping of str to ndarray, shape (num_runs, num_agents, ...)
        What to write into its state; one of them, ``chances`` or ``values``, tells two policies apart.
    """

    learner: Learner
    arrays: Mapping[str, NDArray[Any]]


def freeze(simulation: Simulation) -> Frozen:
    """Return what the agents of a simulation have learnt, without learning and exploration.

    A learner that says itself how to go on (``frozen(state)``, which returns a learner and the arrays of its state) is
    asked; else its policy is tabulated: the mixed one that it keeps, or the highest values, equal ones sharing the
    chance; a learner without a policy goes on with the chances of its actions, and what exploration is in them.

    Examples
    --------
    >>> from socialsim.environments.dilemmas import small
    >>> simulation = Simulation(small().replace({"learner": "q_learning"}), seed=1, replications=range(2))
    >>> freeze(simulation).arrays["chances"].shape
    (2, 5, 4, 2)
    """
    agent_type, learner = only_learner(simulation.scenario)
    state, specification = simulation.learners[agent_type], simulation.specifications[agent_type]
    if hasattr(learner, "frozen"):
        return Frozen(*learner.frozen(state))
    policy = learner.policy(state)
    if policy is not None:
        return Frozen(FixedPolicy(), {"chances": _policy_chances(state, policy, specification.num_actions)})
    size = (len(simulation.clock), simulation.num_agents)
    return Frozen(FixedPolicy(), {"chances": _tabulated_chances(learner, state, specification, size)})


def _policy_chances(state: Any, policy: NDArray[np.int64], num_actions: int) -> NDArray[np.float64]:
    """Return a policy as chances: a mixed one as the state holds it; where the highest of some values is taken, those
    of that value share the chance.
    """
    mixed, values = (getattr(state, name, np.zeros(0)) for name in ("policy", "values"))
    if mixed.shape == (*policy.shape, num_actions):
        return np.array(mixed)
    if values.shape == (*policy.shape, num_actions) and np.array_equal(values.argmax(axis=-1), policy):
        highest = values == values.max(axis=-1, keepdims=True)
        return np.asarray(highest / highest.sum(axis=-1, keepdims=True))
    return np.eye(num_actions)[policy]


def _tabulated_chances(
    learner: Learner, state: Any, specification: Specification, size: tuple[int, int]
) -> NDArray[np.float64]:
    """Return the chances that a learner gives its actions, by run, agent and observation."""
    chances = np.zeros((*size, specification.num_observations, specification.num_actions))
    write: Any = learner.probabilities  # type: ignore[attr-defined]
    for run in range(size[0]):
        row = state._replace(**{name: array[run] for name, array in state._asdict().items() if _varies(array)})
        for i in range(size[1]):
            for observation in range(specification.num_observations):
                write(row, i, observation, chances[run, i, observation])
    return chances


def _varies(value: Any) -> bool:
    """Return whether a field of a state differs between runs."""
    return isinstance(value, np.ndarray) and value.flags.writeable


def only_learner(scenario: Scenario) -> tuple[str, Learner]:
    """Return the only agent type that has agents, and its learner.

    Examples
    --------
    >>> from socialsim.environments.dilemmas import small
    >>> only_learner(small())[0]
    'agent'
    """
    num_agents = num_agents_of(scenario)
    types = [name for name, count in scenario.environment.counts(num_agents).items() if count]
    if len(types) != 1 or num_agents < 2:
        raise ParameterError(
            f"{scenario.name}: {num_agents} agents of the types {', '.join(types)}; accepted: two or more, of one type"
        )
    return types[0], scenario.learners[types[0]]


def num_agents_of(scenario: Scenario) -> int:
    """Return how many agents a scenario has.

    Examples
    --------
    >>> from socialsim.environments.dilemmas import small
    >>> num_agents_of(small())
    5
    """
    return scenario.network.draw(np.random.default_rng(0)).num_agents


def contrast_of(first: Frozen, second: Frozen) -> NDArray[np.float64]:
    """Return the mean distance between the policies of each pair of runs, total variation over agents and
    observations, shape (num_runs,).

    Examples
    --------
    >>> tables = [np.array([[[[1.0, 0.0]], [[share, 1.0 - share]]]]) for share in (0.0, 1.0)]
    >>> contrast_of(*(Frozen(FixedPolicy(), {"chances": table}) for table in tables)).tolist()
    [0.5]
    """
    name = "chances" if "chances" in first.arrays else "values"
    chances = [_as_chances(frozen.arrays[name], name) for frozen in (first, second)]
    return np.asarray(np.abs(chances[0] - chances[1]).sum(axis=-1).mean(axis=tuple(range(1, chances[0].ndim - 1))) / 2)


def _as_chances(array: NDArray[np.float64], name: str) -> NDArray[np.float64]:
    return array if name == "chances" else np.eye(array.shape[-1])[array.argmax(axis=-1)]
