"""A fixed policy: what to do on each observation, given once and for all.

A policy maps an observation to an action (``policies``) or to a distribution over actions (``chances``). One that was
learnt elsewhere can be put to work here as it is: without learning, without exploration, each agent with its own.
`socialsim.inference.schelling` does so with what cooperators and defectors have learnt.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.errors import ParameterError
from socialsim.core.parameters import parameter
from socialsim.core.streams import uniform
from socialsim.engine.interface import Learner, Specification

ROUNDING = 1e-9


class State(NamedTuple):
    """The chances of all actions."""

    chances: NDArray[np.float64]  # (num_agents, num_observations, num_actions)


class FixedPolicy(Learner):
    """Does on each observation what its policy says.

    Examples
    --------
    >>> from socialsim.engine.interface import Discrete
    >>> tit_for_tat = FixedPolicy(policies=((0, 0, 1),))  # at first, after cooperation, after defection
    >>> state = tit_for_tat.state(Specification(Discrete(2), Discrete(3)), num_agents=2)
    >>> state.chances[1].tolist()
    [[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]]
    >>> wavering = FixedPolicy(chances=(((0.5, 0.5), (0.9, 0.1), (0.0, 1.0)),))
    >>> wavering.state(Specification(Discrete(2), Discrete(3)), num_agents=2).chances[1, 1].tolist()
    [0.9, 0.1]
    """

    policies: tuple[tuple[int, ...], ...] = parameter(
        ((0,),), "the action on each observation: one row for all agents, or one for each; one action for all, or each"
    )
    chances: tuple[tuple[tuple[float, ...], ...], ...] = parameter(
        (), "in place of policies: the chance of each action on each observation, once for all agents, or for each"
    )

    def state(self, specification: Specification, num_agents: int) -> State:
        """Lay out each agent's policy."""
        shape = (num_agents, specification.num_observations)
        num_actions = specification.num_actions
        if self.chances:
            return State(self._mixed((*shape, num_actions)))
        rows = len(self.policies)
        if rows not in (1, num_agents):
            raise ParameterError(
                f"learner.policies: {rows} rows are not accepted; accepted: one, or one for each of {num_agents} agents"
            )
        for row, policy in enumerate(self.policies):
            if len(policy) not in (1, shape[1]):
                raise ParameterError(
                    f"learner.policies: row {row} has {len(policy)} actions; accepted: one, or one for each of "
                    f"{shape[1]} observations"
                )
            for action in policy:
                if not 0 <= action < num_actions:
                    raise ParameterError(
                        f"learner.policies: action {action} in row {row} is not accepted; accepted: 0 to "
                        f"{num_actions - 1}"
                    )
        actions = np.stack([np.broadcast_to(policy, shape[1]) for policy in self.policies])
        return State(np.eye(num_actions)[np.broadcast_to(actions, shape)])

    def _mixed(self, shape: tuple[int, int, int]) -> NDArray[np.float64]:
        """Return the chances that are given, for all agents."""
        if len(self.chances) not in (1, shape[0]):
            raise ParameterError(
                f"learner.chances: {len(self.chances)} policies are not accepted; accepted: one, or one for each of "
                f"{shape[0]} agents"
            )
        for row, policy in enumerate(self.chances):
            if len(policy) != shape[1]:
                raise ParameterError(
                    f"learner.chances: policy {row} has {len(policy)} observations; accepted: {shape[1]}"
                )
            for observation, each in enumerate(policy):
                if len(each) != shape[2] or min(each) < 0.0 or not abs(sum(each) - 1.0) <= ROUNDING:
                    raise ParameterError(
                        f"learner.chances: {list(each)} of policy {row} on observation {observation} is not accepted; "
                        f"accepted: {shape[2]} chances >= 0 that sum to 1"
                    )
        return np.array(np.broadcast_to(np.array(self.chances), shape))

    def columns(self, state: State) -> dict[str, NDArray[Any]]:
        """Nothing changes."""
        return {}

    @staticmethod
    @compiled
    def act(learner, i, observation, stream):
        """Draw from the policy; where rounding leaves a rest it is the last possible action's."""
        left, last = uniform(stream), 0
        for action in range(learner.chances.shape[2]):
            chance = learner.chances[i, observation, action]
            if chance > 0.0:
                last = action
                left -= chance
                if left < 0.0:
                    break
        return last

    @staticmethod
    @compiled
    def probabilities(learner, i, observation, out):
        """Write the chance of each action."""
        for action in range(learner.chances.shape[2]):
            out[action] = learner.chances[i, observation, action]
