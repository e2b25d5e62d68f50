"""One game, three ways: N agents on a network, a mean field, a graphon.

A `Game` holds an `AggregativeGame`, whose functions say what happens to one agent, checks that they are what the limits
take them for, and hands the very same functions to each of the three.
"""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from socialsim.core.errors import ParameterError
from socialsim.engine.aggregative import AggregativeGame
from socialsim.engine.interface import Learner
from socialsim.engine.scenario import Horizon, Scenario
from socialsim.limits.graphon import GraphonLimit
from socialsim.limits.kernels import load_kernels
from socialsim.limits.mean_field import MeanField
from socialsim.networks.graphons import Graphon

ROUNDING = 1e-9
Tables = tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]


class Game:
    """A game in the form that has limits.

    Parameters
    ----------
    rules : AggregativeGame
        Its parameters and functions.

    Raises
    ------
    ParameterError
        If the initial distribution, a row of transitions or a reward is not accepted; names t, s, a and z.
    """

    def __init__(self, rules: AggregativeGame) -> None:
        if not isinstance(rules, AggregativeGame):
            raise ParameterError(f"game: {rules!r} is not accepted; accepted: an AggregativeGame")
        self.rules = rules
        self._program, self._env = load_kernels(rules)
        self._check()

    # --- three fidelities ------------------------------------------------------------------------------------

    def agents(
        self, network: Any = "complete", num_agents: int | None = None, *, learner: Learner | str = "q_learning"
    ) -> Scenario:
        """Return the scenario of ``num_agents`` agents on a network, who learn or follow a policy.

        Parameters
        ----------
        network : str or networkx.Graph
            A spec, or a graph; a spec with a number of agents takes ``num_agents``.
        num_agents : int, optional
        learner : Learner or str
        """
        steps = self.rules.num_steps or 100
        scenario = Scenario(environment=self.rules, learners=learner, network=network, horizon=Horizon(steps=steps))
        return scenario if num_agents is None else scenario.replace({"network.n": num_agents})

    def mean_field(self) -> MeanField:
        """Return the limit of infinitely many agents who hear each other alike."""
        return MeanField(self.rules)

    def graphon(
        self,
        graphon: Graphon | object,
        *,
        nodes: int = 64,
        rule: Literal["midpoint", "gauss", "endpoints"] = "midpoint",
    ) -> GraphonLimit:
        """Return the limit of infinitely many agents on a graphon; see `GraphonLimit`."""
        return GraphonLimit(self.rules, graphon, nodes=nodes, rule=rule)

    # --- its functions, over all states and actions ----------------------------------------------------------

    def features(self) -> NDArray[np.float64]:
        """Return phi(s, a), shape (S, A, F)."""
        rules = self.rules
        out = np.zeros((rules.num_states, rules.num_actions, rules.num_features))
        self._program.call("features", self._env, out)
        return out

    def step(self, t: int, z: Any) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return the successors of all states and actions and their chances, each of shape (S, A, K)."""
        return self._tabulate(t, z)[:2]

    def reward(self, t: int, z: Any) -> NDArray[np.float64]:
        """Return the reward of all states and actions, shape (S, A)."""
        return self._tabulate(t, z)[2]

    def _tabulate(self, t: int, z: Any, *, backwards: bool = False) -> Tables:
        """Return successors, chances and rewards, asked for from the first state and action on, or from the last."""
        rules = self.rules
        shape = (rules.num_states, rules.num_actions)
        found = (
            np.zeros((*shape, rules.num_successors), np.int64),
            np.zeros((*shape, rules.num_successors)),
            np.zeros(shape),
        )
        self._program.call("tabulate", self._env, t, self._aggregate(z), backwards, *found)
        return found

    def _aggregate(self, z: Any) -> NDArray[np.float64]:
        width = self.rules.num_features + self.rules.num_common
        found = np.atleast_1d(np.asarray(z, np.float64))
        if found.shape != (width,):
            raise ParameterError(f"z: {z!r} is not accepted; accepted: {width} numbers, features then common state")
        return found

    # --- what the limits take for granted --------------------------------------------------------------------

    def _check(self) -> None:
        rules = self.rules
        start = np.asarray(rules.initial(), np.float64)
        if start.shape != (rules.num_states,) or (start < 0).any() or not abs(start.sum() - 1.0) <= ROUNDING:
            raise ParameterError(
                f"{rules.name()}: initial() returned {start.tolist()}; accepted: {rules.num_states} chances that sum "
                "to 1"
            )
        weighed = self.features()
        if not np.isfinite(weighed).all():
            s, a, _ = np.argwhere(~np.isfinite(weighed))[0]
            raise ParameterError(f"{rules.name()}: feature({s}, {a}) is not finite; accepted: finite numbers")
        tables = None
        for t in sorted({0, max(0, rules.num_steps // 2), max(0, rules.num_steps - 1)}):
            for z in self._samples(weighed):
                found = self._tabulate(t, z)
                self._check_step(t, z, *found[:2])
                self._check_reward(t, z, found[2])
                self._check_memory(t, z, found, self._tabulate(t, z, backwards=True))
                if rules.steady and tables is not None and not all(map(np.array_equal, found[:2], tables[:2])):
                    raise ParameterError(f"{rules.name()}: is called steady, but its step depends on t or z")
                tables = found

    def _samples(self, weighed: NDArray[np.float64]) -> list[NDArray[np.float64]]:
        """Return aggregates as they occur: of each state and action if all took it, and of all mixed."""
        common = np.asarray(self.rules.initial_common(), np.float64)
        rows = weighed.reshape(-1, weighed.shape[-1])
        pure = rows[np.unique(np.linspace(0, len(rows) - 1, min(len(rows), 9)).astype(int))]
        return [np.concatenate([row, common]) for row in (*pure, rows.mean(axis=0))]

    def _check_step(self, t: int, z: NDArray[np.float64], successors: Any, probabilities: Any) -> None:
        name, most = self.rules.name(), self.rules.num_states
        outside = np.argwhere(((successors < 0) | (successors >= most)) & (probabilities != 0.0))
        if len(outside):
            s, a, k = outside[0]
            raise ParameterError(
                f"{name}: step at t={t}, s={s}, a={a}, z={z.tolist()} leads to state {successors[s, a, k]}; accepted: "
                f"0 to {most - 1}"
            )
        wrong = np.argwhere(
            (probabilities < 0.0).any(axis=-1) | ~(np.abs(probabilities.sum(axis=-1) - 1.0) <= ROUNDING)
        )
        if len(wrong):
            s, a = wrong[0]
            raise ParameterError(
                f"{name}: step at t={t}, s={s}, a={a}, z={z.tolist()} has the chances {probabilities[s, a].tolist()}; "
                "accepted: chances >= 0 that sum to 1"
            )

    def _check_memory(self, t: int, z: NDArray[np.float64], forwards: Tables, backwards: Tables) -> None:
        """Refuse functions that depend on what they were asked before: on a history that the state does not hold."""
        names = ("successors", "chances", "reward")
        for name, first, again in zip(names, forwards, backwards, strict=True):
            differs = np.argwhere(first != again)
            if len(differs):
                s, a = differs[0][:2]
                raise ParameterError(
                    f"{self.rules.name()}: {name} at t={t}, s={s}, a={a}, z={z.tolist()}: {first[s, a].tolist()}, but "
                    f"{again[s, a].tolist()} when states are asked for in another order; accepted: what depends on t, "
                    "s, a and z alone; a history must be part of the state"
                )

    def _check_reward(self, t: int, z: NDArray[np.float64], found: NDArray[np.float64]) -> None:
        if not np.isfinite(found).all():
            s, a = np.argwhere(~np.isfinite(found))[0]
            raise ParameterError(
                f"{self.rules.name()}: reward at t={t}, s={s}, a={a}, z={z.tolist()} is {found[s, a]}; accepted: a "
                "finite number"
            )
