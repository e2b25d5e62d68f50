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
from socialsim.limits.checks import ROUNDING, check_reward, check_step, shown
from socialsim.limits.graphon import GraphonLimit
from socialsim.limits.kernels import load_kernels
from socialsim.limits.mean_field import MeanField
from socialsim.networks.graphons import Graphon

TABLES = ("successors", "chances", "rewards")
UNFILLED = np.iinfo(np.int64).min
LATER = (1, 2, 100)  # times at which a game without end must be what it is at first
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
        If the initial distribution, features, a row of transitions or a reward is not accepted, depends on a history
        or, in a game without end, on the time; names t, s, a and z.
    """

    def __init__(self, rules: AggregativeGame) -> None:
        if not isinstance(rules, AggregativeGame):
            raise ParameterError(f"game: {rules!r} is not accepted; accepted: an AggregativeGame")
        for size in ("num_states", "num_actions", "num_successors", "num_features", "num_signals"):
            least = 0 if size == "num_features" else 1
            if getattr(rules, size) < least:
                raise ParameterError(
                    f"{rules.name()}: {size} = {getattr(rules, size)} is not accepted; accepted: {least} or more"
                )
        self.rules = rules
        self._program, self._env = load_kernels(rules)
        self._check()

    def __repr__(self) -> str:
        """Name the game and its sizes."""
        rules = self.rules
        return f"Game({rules.name()}: {rules.num_states} states, {rules.num_actions} actions)"

    # --- three fidelities ------------------------------------------------------------------------------------

    def agents(
        self, network: Any = "complete", num_agents: int | None = None, *, learner: Learner | str = "q_learning"
    ) -> Scenario:
        """Return the scenario of ``num_agents`` agents on a network, who learn or follow a policy.

        It has 100 steps where the game has no end.

        Parameters
        ----------
        network : str or networkx.Graph
            A spec, or a graph; a spec with a number of agents takes ``num_agents``.
        num_agents : int, optional
        learner : Learner or str

        Raises
        ------
        ParameterError
            If a graph comes with another number of agents than it has.
        """
        if num_agents is not None and hasattr(network, "number_of_nodes"):
            if num_agents != network.number_of_nodes():
                raise ParameterError(
                    f"num_agents: {num_agents} is not accepted; accepted: {network.number_of_nodes()}, which the graph "
                    "has, or none"
                )
            num_agents = None
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
        return self._features(0.0)

    def step(self, t: int, z: Any) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return the successors of all states and actions and their chances, each of shape (S, A, K)."""
        return self._tabulate(t, z)[:2]

    def reward(self, t: int, z: Any) -> NDArray[np.float64]:
        """Return the reward of all states and actions, shape (S, A)."""
        return self._tabulate(t, z)[2]

    def _features(self, before: float) -> NDArray[np.float64]:
        """Return phi(s, a), written over what was there before."""
        rules = self.rules
        out = np.full((rules.num_states, rules.num_actions, rules.num_features), before)
        self._program.call("features", self._env, out)
        return out

    def _tabulate(self, t: int, z: Any, *, backwards: bool = False) -> Tables:
        """Return successors, chances and rewards, asked for from the first state and action on, or from the last and
        then written over what cannot be one.
        """
        rules = self.rules
        shape = (rules.num_states, rules.num_actions)
        found = (
            np.full((*shape, rules.num_successors), UNFILLED if backwards else 0, np.int64),
            np.full((*shape, rules.num_successors), np.nan if backwards else 0.0),
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
        unfilled = np.argwhere(np.isnan(self._features(np.nan)))
        if len(unfilled):
            s, a, f = unfilled[0]
            raise ParameterError(
                f"{rules.name()}: feature({s}, {a}) does not fill number {f}, which would stay what it was before; "
                f"accepted: all {rules.num_features} are filled each time"
            )
        tables, samples = None, self._samples(weighed)
        last = max(0, rules.num_steps - 1)
        for t in sorted({0, rules.num_steps // 2, last}):
            for z in samples:
                found = self._tabulate(t, z)
                check_step(rules, t, z, *found[:2])
                check_reward(rules, t, z, found[2])
                again = self._tabulate(t, z, backwards=True)
                self._check_filled(t, z, *again[:2])
                self._check_memory(t, z, found, again)
                if not rules.num_steps:
                    self._check_timeless(z, found)
                if rules.steady and tables is not None and not all(map(np.array_equal, found[:2], tables[:2])):
                    raise ParameterError(f"{rules.name()}: is called steady, but its step depends on t or z")
                tables = found

    def _samples(self, weighed: NDArray[np.float64]) -> list[NDArray[np.float64]]:
        """Return aggregates as they occur: of each state and action if all took it, and of all mixed; the last also
        beside another common state, where a game says that nothing of this moves transitions.
        """
        common = np.asarray(self.rules.initial_common(), np.float64)
        rows = weighed.reshape(-1, weighed.shape[-1])
        pure = rows[np.unique(np.linspace(0, len(rows) - 1, min(len(rows), 9)).astype(int))]
        mixed = rows.mean(axis=0)
        found = [np.concatenate([row, common]) for row in (*pure, mixed)]
        return [*found, np.concatenate([mixed, 0.999 * common])] if self.rules.steady and len(common) else found

    def _check_filled(self, t: int, z: NDArray[np.float64], successors: Any, probabilities: Any) -> None:
        """Refuse a step that leaves entries as they were: for agents these are those of another agent's step."""
        unfilled = np.argwhere(np.isnan(probabilities) | ((successors == UNFILLED) & (probabilities != 0.0)))
        if len(unfilled):
            s, a, k = unfilled[0]
            raise ParameterError(
                f"{self.rules.name()}: step at t={t}, s={s}, a={a}, z={shown(z)} does not fill successor {k} and its "
                f"chance; accepted: all {self.rules.num_successors} are filled each time"
            )

    def _check_timeless(self, z: NDArray[np.float64], at_first: Tables) -> None:
        """Refuse functions of time in a game without end, whose policies and values are those of all times."""
        for t in LATER:
            for name, first, later in zip(TABLES, at_first, self._tabulate(t, z), strict=True):
                if not np.array_equal(first, later):
                    raise ParameterError(
                        f"{self.rules.name()}: {name} at t={t} are not those at t=0, z={shown(z)}, but the game goes "
                        "on for ever (num_steps = 0); accepted: what does not depend on t, or num_steps > 0"
                    )

    def _check_memory(self, t: int, z: NDArray[np.float64], forwards: Tables, backwards: Tables) -> None:
        """Refuse functions that depend on what they were asked before: on a history that the state does not hold."""
        is_possible = forwards[1] != 0.0  # else the successor may be anything
        for name, first, again in zip(TABLES, forwards, backwards, strict=True):
            differs = np.argwhere((first != again) & (is_possible if name == "successors" else True))
            if len(differs):
                s, a = differs[0][:2]
                raise ParameterError(
                    f"{self.rules.name()}: {name} at t={t}, s={s}, a={a}, z={shown(z)}: {first[s, a].tolist()}, but "
                    f"{again[s, a].tolist()} when states are asked for in another order; accepted: what depends on t, "
                    "s, a and z alone; a history must be part of the state"
                )
