"""Infinitely many agents on some nodes: their flow under a policy, what the policy earns, and what more one could earn.

`Limit` is what a mean field (one node) and a graphon (its quadrature points, or blocks) have in common. A policy says
what an agent does at time t, at node x, beside signal g, in state s: an array (T, n, G, S, A) of chances. One with
fewer axes holds for all that it leaves out: (S, A), (T, S, A), (T, n, S, A).

**Horizon.** T = ``num_steps`` decisions at t = 0 .. T - 1, each with a reward; nothing is paid after the last step.
With ``num_steps = 0`` the game goes on for ever with gamma < 1: a policy is one (S, A), the flow is the distribution
that it settles at, and values are those of an agent whose state is drawn from it.

**Exploitability** is what one agent could earn more if all others go on as they do, before its first state is known,

    E(pi) = sum_x w_x sum_s mu_0(x, s) [V^*_0(x, s) - V^pi_0(x, s)],

with V^* and V^pi at the flow of pi; 0 at an equilibrium and nowhere else.

**Ties.** Where several actions are best within ``TIE`` times the largest absolute value of Q, the best response takes
the first of them; `Evaluation.num_ties` says how often that was.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from socialsim.core.errors import ParameterError, SolverError
from socialsim.engine.aggregative import AggregativeGame
from socialsim.limits.checks import ROUNDING, check_reward, check_step, shown
from socialsim.limits.kernels import load_kernels

Floats = NDArray[np.float64]

TIE = 1e-12
STRETCH = 64  # steps between two looks at whether an endless game has settled
MOST_STEPS = 1 << 20
NOWHERE = np.zeros((0, 0, 0, 0))


@dataclass(frozen=True)
class Flow:
    """Where a policy takes infinitely many agents.

    Parameters
    ----------
    states : ndarray, shape (T + 1, n, S)
        Distribution of states at each node.
    common : ndarray, shape (T + 1, Y)
        Common state.
    aggregates : ndarray, shape (T, n, F + Y)
        What agents feel, and behind it the common state.
    signals : ndarray of int, shape (T + 1, n)
        What they see of it, one step later.
    """

    states: Floats
    common: Floats
    aggregates: Floats
    signals: NDArray[np.int64]


@dataclass(frozen=True)
class Evaluation:
    """What a policy earns in a limit, and what one agent could earn more.

    Parameters
    ----------
    policy : ndarray, shape (T, n, G, S, A)
    flow : Flow
    best, value : ndarray, shape (T + 1, n, S)
        V^* and V^pi.
    best_q, value_q : ndarray, shape (T, n, S, A)
        Q^* and Q^pi.
    weights : ndarray, shape (n,)
    """

    policy: Floats
    flow: Flow
    best: Floats
    value: Floats
    best_q: Floats
    value_q: Floats
    weights: Floats

    def __repr__(self) -> str:
        """Say what the policy earns, and what one could earn more."""
        return f"Evaluation(mean_return={self.mean_return:.6g}, exploitability={self.exploitability:.6g})"

    @property
    def mean_return(self) -> float:
        """What an agent earns before its first state is known."""
        return float(self.weights @ (self.flow.states[0] * self.value[0]).sum(axis=1))

    @property
    def exploitability(self) -> float:
        """What one agent could earn more."""
        return _gain(self.weights, self.flow, self.best, self.value)

    @property
    def regret(self) -> Floats:
        """What an agent could earn more who starts at node x in state s, shape (n, S)."""
        return self.best[0] - self.value[0]

    @property
    def num_ties(self) -> int:
        """In how many places several actions are best within the tolerance."""
        return int((self._among_best().sum(axis=-1) > 1).sum())

    def _among_best(self) -> NDArray[np.bool_]:
        slack = TIE * float(np.abs(self.best_q).max())
        return self.best_q >= self.best_q.max(axis=-1, keepdims=True) - slack

    def best_response(self, *, split: bool = False) -> Floats:
        """Return the policy that takes the first best action, shape (T, n, G, S, A); or, split, all of them alike."""
        best = self._among_best()
        chosen = best / best.sum(axis=-1, keepdims=True) if split else np.eye(best.shape[-1])[best.argmax(axis=-1)]
        return np.ascontiguousarray(np.broadcast_to(chosen[:, :, None], self.policy.shape))


def _gain(weights: Floats, flow: Flow, best: Floats, value: Floats) -> float:
    """Return sum_x w_x sum_s mu_0(x, s) [V^*_0(x, s) - V^pi_0(x, s)]."""
    return float(weights @ (flow.states[0] * (best[0] - value[0])).sum(axis=1))


class Limit:
    """A game among infinitely many agents at some nodes.

    Parameters
    ----------
    game : AggregativeGame
    weights : array, shape (n,)
        Share of the agents at each node.
    left, right : array
        Coupling: left is W, shape (n, n), with ``right`` of shape (0, 0); or both are factors, shape (n, rank),
        W = left right^T.
    """

    def __init__(self, game: AggregativeGame, weights: Any, left: Any, right: Any = None) -> None:
        if game.num_steps == 0 and game.discount >= 1.0:
            raise ParameterError("discount: 1.0 is not accepted for a game without end; accepted: below 1")
        self.game = game
        self.weights = np.ascontiguousarray(weights, np.float64)
        self.left = np.ascontiguousarray(left, np.float64)
        self.right = np.ascontiguousarray(np.zeros((0, 0)) if right is None else right, np.float64)
        self.num_nodes = len(self.weights)
        self._program, self._rules = load_kernels(game)
        self._weighed = self._sparse_features()
        self._scale = self._scales()
        shape = (game.num_states, game.num_actions, game.num_successors)
        self._scratch = np.zeros(shape, np.int64), np.zeros(shape)

    def __repr__(self) -> str:
        """Name the game and the number of nodes."""
        return f"{type(self).__name__}({self.game.name()}: {self.num_nodes} node{'s' * (self.num_nodes != 1)})"

    def _sparse_features(self) -> tuple[NDArray[np.int64], NDArray[np.int64], Floats, bool]:
        """Return phi without its zeros: where those of (s, a) begin, which features they are, their values, and whether
        they are the same for all actions.
        """
        game = self.game
        dense = np.zeros((game.num_states, game.num_actions, game.num_features))
        self._program.call("features", self._rules, dense)
        states, actions, columns = np.nonzero(dense)
        ends = np.cumsum(np.count_nonzero(dense, axis=2)).reshape(dense.shape[:2])
        starts = np.empty((game.num_states, game.num_actions + 1), np.int64)
        starts[:, 1:] = ends
        starts[:, 0] = np.concatenate([[0], ends[:-1, -1]])
        return starts, columns, dense[states, actions, columns], bool((dense == dense[:, :1]).all())

    @property
    def degrees(self) -> Floats:
        """The degree of each node, sum_y W(x, y) w_y, shape (n,)."""
        if self.right.shape[0]:
            return np.asarray(self.left @ (self.right.T @ self.weights))
        return np.asarray(self.left @ self.weights)

    def _scales(self) -> Floats:
        if self.game.normalise == "N":
            return np.ones(self.num_nodes)
        degrees = self.degrees
        if self.game.normalise == "density":
            degrees = np.full(self.num_nodes, self.weights @ degrees)
        return np.divide(1.0, degrees, out=np.zeros(self.num_nodes), where=degrees > 0.0)

    # --- policies --------------------------------------------------------------------------------------------

    @property
    def policy_shape(self) -> tuple[int, int, int, int, int]:
        """Shape of a policy in full: (T, n, G, S, A), with T = 1 for a game without end."""
        game = self.game
        return max(1, game.num_steps), self.num_nodes, game.num_signals, game.num_states, game.num_actions

    def uniform_policy(self) -> Floats:
        """Return the policy that takes all actions alike."""
        return np.full(self.policy_shape, 1.0 / self.game.num_actions)

    def policy(self, chances: Any) -> Floats:
        """Return a policy in full, from one with fewer axes.

        Raises
        ------
        ParameterError
            If its shape does not fit, or a row is no distribution.
        """
        try:
            given = np.asarray(chances, np.float64)
        except (TypeError, ValueError):
            raise ParameterError(f"policy: {chances!r} is not accepted; accepted: an array of chances") from None
        shape = self.policy_shape
        forms = {2: (3, 4), 3: (0, 3, 4), 4: (0, 1, 3, 4), 5: (0, 1, 2, 3, 4)}
        axes = forms.get(given.ndim)
        if axes is None or any(size not in (shape[axis], 1) for size, axis in zip(given.shape, axes, strict=True)):
            accepted = ", ".join(str(tuple(shape[axis] for axis in form)) for form in forms.values())
            raise ParameterError(f"policy: shape {given.shape} is not accepted; accepted: one of {accepted}")
        wide = given.reshape([given.shape[axes.index(axis)] if axis in axes else 1 for axis in range(5)])
        full = np.ascontiguousarray(np.broadcast_to(wide, shape))
        off = np.abs(full @ np.ones(shape[-1]) - 1.0)
        if not (off.max() <= ROUNDING and full.min() >= 0.0):
            t, x, g, s = np.argwhere((full < 0.0).any(axis=-1) | ~(off <= ROUNDING))[0]
            raise ParameterError(
                f"policy: {full[t, x, g, s].tolist()} at step {t}, node {x}, signal {g}, state {s} is no distribution; "
                "accepted: chances >= 0 that sum to 1"
            )
        return full

    # --- recursions ------------------------------------------------------------------------------------------

    def flow(self, policy: Any) -> Flow:
        """Return where a policy takes everybody.

        Raises
        ------
        SolverError
            If a game without end does not settle.
        ParameterError
            If transitions or a signal on the way are not accepted; names t, s, a and z.
        """
        return self.flow_full(self.policy(policy))

    def evaluate(self, policy: Any) -> Evaluation:
        """Return what a policy earns if all follow it, and what one agent could earn more.

        Raises
        ------
        SolverError, ParameterError
            As `flow`; and if a reward is not finite.
        """
        return self.evaluate_full(self.policy(policy))

    def exploitability(self, policy: Any) -> float:
        """Return what one agent could earn more if all others follow a policy; quicker than an `Evaluation`."""
        full = self.policy(policy)
        flow = self.flow_full(full)
        if not self.game.num_steps:
            return self.respond(full, flow).exploitability
        best, value = np.zeros(flow.states.shape), np.zeros(flow.states.shape)
        self._recede("values", full, flow, best, value, NOWHERE, NOWHERE)
        self._refuse_values(flow, best, value)
        return _gain(self.weights, flow, best, value)

    def evaluate_full(self, policy: Floats) -> Evaluation:
        """As `evaluate`, of a policy that is known to be in full and right; what solvers call."""
        return self.respond(policy, self.flow_full(policy))

    def respond(self, policy: Floats, flow: Flow) -> Evaluation:
        """Return what a policy (in full) earns at a given flow, and what one could earn there."""
        num_steps, n, _, num_states, num_actions = self.policy_shape
        best, value = np.zeros((num_steps + 1, n, num_states)), np.zeros((num_steps + 1, n, num_states))
        best_q, value_q = (
            np.empty((num_steps, n, num_states, num_actions)),
            np.empty((num_steps, n, num_states, num_actions)),
        )
        discount = self.game.discount
        for _ in range(MOST_STEPS):
            self._recede("backward", policy, flow, best, value, best_q, value_q)
            if self.game.num_steps:
                break
            moved = max(np.abs(best[0] - best[1]).max(), np.abs(value[0] - value[1]).max())
            best[1], value[1] = best[0], value[0]
            if not moved * discount > ROUNDING * 1e-3 * (1.0 - discount) * max(1.0, np.abs(best[0]).max()):
                break
        else:
            raise SolverError(f"values: have not converged in {MOST_STEPS} steps; accepted: a smaller discount")
        self._refuse_values(flow, best, value)
        return Evaluation(policy, flow, best, value, best_q, value_q, self.weights)

    def _recede(self, function: str, policy: Floats, flow: Flow, *values: Floats) -> None:
        """Fill values from their last rows."""
        self._program.call(
            *(function, self._rules, self.game.steady, self.game.discount, 0),
            *(policy, flow.aggregates, flow.signals, *values, *self._scratch),
        )

    def _refuse_values(self, flow: Flow, best: Floats, value: Floats) -> None:
        """Refuse values that are not finite, and name the reward that made them so."""
        if np.isfinite(best[0]).all() and np.isfinite(value[0]).all():
            return
        rewards = np.zeros((self.game.num_states, self.game.num_actions))
        for t, nodes in enumerate(flow.aggregates):
            for z in nodes:
                self._program.call("tabulate", self._rules, t, z, False, *self._scratch, rewards)
                check_reward(self.game, t, z, rewards)
        raise SolverError("values: are not finite, though all rewards are; accepted: rewards whose sum is finite")

    def flow_full(self, policy: Floats) -> Flow:
        """As `flow`, of a policy that is known to be in full and right."""
        states = np.empty((self.num_nodes, self.game.num_states))
        states[:] = self.game.initial()
        common = np.array(self.game.initial_common(), np.float64)
        if self.game.num_steps:
            return self._advance(policy, states, common, np.zeros(self.num_nodes, np.int64))
        return self._settle(policy, states, common)

    def next_states(self, t: int, policy: Floats, states: Floats, flow: Flow) -> Floats:
        """Return where a policy (in full) takes a distribution of states, shape (n, S), at step t of a flow."""
        all_states, all_common = np.empty((2, *states.shape)), np.full((2, flow.common.shape[1]), np.nan)
        all_states[0], all_common[0] = states, flow.common[t]
        seen = np.zeros((2, self.num_nodes), np.int64)
        seen[0] = flow.signals[t]
        aggregates = np.zeros_like(flow.aggregates[:1])
        self._go_forward(t, policy[t : t + 1], all_states, all_common, aggregates, seen)
        return all_states[1]

    def _go_forward(
        self, first: int, policy: Floats, states: Floats, common: Floats, aggregates: Floats, seen: Any
    ) -> None:
        """Fill a flow from its first rows, or refuse transitions or a signal."""
        wrong = self._program.call(
            *("forward", self._rules, self.game.steady, self.weights, self.left, self.right, self._scale),
            *(self._weighed, first, policy, states, common, aggregates, seen, *self._scratch),
        )
        if wrong >= 0:
            t, x = divmod(wrong, self.num_nodes)
            z = aggregates[t, x]
            check_step(self.game, first + t, z, *self._scratch)
            raise ParameterError(
                f"{self.game.name()}: signal at t={first + t}, z={shown(z)} is {seen[t + 1, x]}; accepted: 0 to "
                f"{self.game.num_signals - 1}"
            )

    def _advance(self, policy: Floats, states: Floats, common: Floats, signals: NDArray[np.int64]) -> Flow:
        """Follow the flow from its first row over as many steps as the policy has."""
        num_steps, n = policy.shape[:2]
        all_states = np.empty((num_steps + 1, *states.shape))
        all_common = np.full((num_steps + 1, len(common)), np.nan)  # what a game does not fill is found out
        seen = np.zeros((num_steps + 1, n), np.int64)
        all_states[0], all_common[0], seen[0] = states, common, signals
        aggregates = np.zeros((num_steps, n, self.game.num_features + len(common)))
        self._go_forward(0, policy, all_states, all_common, aggregates, seen)
        return Flow(all_states, all_common, aggregates, seen)

    def _settle(self, policy: Floats, states: Floats, common: Floats) -> Flow:
        """Follow an endless flow until it rests."""
        stretched = np.ascontiguousarray(np.broadcast_to(policy, (STRETCH, *policy.shape[1:])))
        signals = np.zeros(self.num_nodes, np.int64)
        mark, next_mark = states, 1
        for stretch in range(MOST_STEPS // STRETCH):
            flow = self._advance(stretched, states, common, signals)
            states, common, signals = flow.states[-1], flow.common[-1], flow.signals[-1]
            moved = np.abs(np.diff(flow.states[-3:], axis=0)).max()
            if len(common):
                moved = max(moved, np.abs(np.diff(flow.common[-3:], axis=0)).max())
            if moved <= ROUNDING * 1e-4:
                return Flow(flow.states[-2:], flow.common[-2:], flow.aggregates[-1:], flow.signals[-2:])
            if not len(common) and np.array_equal(states, mark):  # it goes in a circle (Brent's way to find one)
                break
            if stretch + 1 == next_mark:
                mark, next_mark = states, 2 * next_mark
        raise SolverError(
            f"flow: has not settled in {(stretch + 1) * STRETCH} steps, in which it still moves by {moved:.3g} a step; "
            "accepted: a policy under which the population comes to rest, or a game with an end (num_steps > 0)"
        )
