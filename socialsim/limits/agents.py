r"""N agents play a policy that was solved for infinitely many.

Agent i takes the policy of the node x(i) of the limit that it belongs to: the only one of a mean field; on a graphon
the block, or the node of the quadrature, at its position u_i in [0, 1], which is (i + 1/2) / N where none is given.

**Flow.** Let m_t(x, s) be the share of all agents who belong to x and are in s; infinitely many have w_x mu_t(x, s).
From one step to the next m moves to where it is expected to, and by a **surprise** that is zero in the mean,

    m_{t+1}(x, s') = 1/N sum_{i in x} sum_a pi_t(a | g_i, s_i) p(s' | t, s_i, a, z_i) + xi_{t+1}(x, s').

`Play` keeps both, so that what is owed to chance alone can be taken off an average (`socialsim.limits.compare`).

**Exploitability.** What agent i could earn more on this very network by leaving the policy alone, the others going on
with it. Its best response is looked for by dynamic programming on what it was found to feel (``respond``). It is then
played: runs with it and runs without, with the same random streams; the difference of what i earns is estimated without
bias for this deviation. So its mean is a lower bound of what the best deviation earns, and a close one: only i's own
influence on the others is left out of the search. Since returns are noisy, there stands in their place

    V_0 mu_0 + sum_t gamma^t d_t,                      d_t: see `socialsim.limits.agent_kernels`

whose mean is that of the return for any V whatever, because a_t and s_{t+1} are drawn apart from the others, given what
i feels; with the V of the recursion its variance falls with N as that of z does. An agent who deviates sees
its state, the time and its signal, and not the others: all of them make up a decentralised process that each observes
in part [Bernstein2002]_.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import PrivateAttr

from socialsim.core.compiled import compiled
from socialsim.core.errors import ParameterError
from socialsim.core.estimate import Estimate
from socialsim.engine.aggregative import draw_index
from socialsim.engine.interface import Learner, Specification, constant
from socialsim.engine.scenario import Horizon, Scenario
from socialsim.engine.simulation import Simulation
from socialsim.learning.fixed_policy import FixedPolicy
from socialsim.limits.agent_kernels import load_agent_kernels
from socialsim.limits.graphon import GraphonLimit
from socialsim.limits.limit import ROUNDING, TIE, Floats, Limit
from socialsim.metrics.estimates import mean
from socialsim.networks.graphons import StepGraphon
from socialsim.networks.network import Network
from socialsim.networks.sources import load

Integers = NDArray[np.int64]
MEMORY = 1 << 26  # bytes that the runs of one simulation may take


class _PlayerState(NamedTuple):
    """The policies, and who has which."""

    policies: Floats  # (num_policies, num_observations, num_actions)
    holds: Integers  # (num_agents,)


class _PolicyPlayer(Learner):
    """Plays one of a few policies; as `FixedPolicy`, which takes one for each agent, to the same bits."""

    _policies: Any = PrivateAttr(default=None)
    _holds: Any = PrivateAttr(default=None)

    def state(self, specification: Specification, num_agents: int) -> _PlayerState:
        """Lay out the policies."""
        return _PlayerState(constant(self._policies), constant(self._holds))

    def columns(self, state: _PlayerState) -> dict[str, NDArray[Any]]:
        """Nothing changes."""
        return {}

    @staticmethod
    @compiled
    def act(learner, i, observation, stream):
        """Draw from the policy that the agent has."""
        return draw_index(learner.policies[learner.holds[i], observation], stream)


@dataclass(frozen=True)
class Play:
    """What N agents did in some runs.

    Parameters
    ----------
    shares : ndarray, shape (num_runs, T + 1, n, S)
        Share of all agents who belong to a node and are in a state.
    surprises : ndarray, shape (num_runs, T + 1, n, S)
        What nobody could expect of it, xi; zero in the mean.
    returns : ndarray, shape (num_runs, N)
        What agents earned, sum_t gamma^t r_t.
    states, signals : ndarray of int, shape (num_runs, num_watched, T)
        Of the agents that were watched, as they decided.
    aggregates : ndarray, shape (num_runs, num_watched, T, F + Y)
        What they felt.
    """

    shares: Floats
    surprises: Floats
    returns: Floats
    states: Integers
    signals: Integers
    aggregates: Floats


@dataclass(frozen=True)
class GraphExploitability:
    """What agents on a network could earn more by leaving a policy, each alone.

    Parameters
    ----------
    agents : ndarray of int
        Who was made to deviate.
    gains : tuple of Estimate
        Of each: what its deviation earned more than the policy.
    mean : Estimate
        Their average; the agents stand for all.
    responses : ndarray, shape (num_agents, T, G, S, A)
        The deviations.
    """

    agents: Integers
    gains: tuple[Estimate, ...]
    mean: Estimate
    responses: Floats


class Crowd:
    """N agents on a network who follow a policy of a limit.

    Parameters
    ----------
    limit : Limit
        Its game must have an end.
    policy : array
        As `Limit.policy` takes it.
    network : str, networkx.Graph or Network
        As `socialsim.networks.sources.load` takes it.
    positions : array, shape (N,), optional
        Of the agents in [0, 1]; by default, on a graphon, those that the network has ("position"), or evenly spaced.

    Raises
    ------
    ParameterError, NetworkError
        If the game has no end, or network or positions are not accepted.

    Examples
    --------
    >>> from socialsim.limits.games import Game
    >>> from socialsim.limits.library.left_right import rules
    >>> limit = Game(rules()).mean_field()
    >>> play = Crowd(limit, limit.uniform_policy(), "complete:n=20").play(range(5))
    >>> play.shares.shape, play.returns.shape
    ((5, 3, 1, 3), (5, 20))
    """

    def __init__(self, limit: Limit, policy: Any, network: Any, positions: Any = None) -> None:
        self.limit, self.rules = limit, limit.game
        if not self.rules.num_steps:
            raise ParameterError(f"{self.rules.name()}: goes on for ever; accepted: a game with an end (num_steps > 0)")
        self.policy = limit.policy(policy)
        self.network = network if isinstance(network, Network) else load(network)
        self.num_agents = self.network.num_agents
        if positions is None and isinstance(limit, GraphonLimit):
            positions = self.network.node_attributes.get("position")
        self.node = nodes_of(limit, self.num_agents, positions)
        self._program, self._env = load_agent_kernels(self.rules)
        size = self.rules.num_successors
        self._scratch = np.zeros(size, np.int64), np.zeros(size)

    def play(
        self, runs: range, *, seed: int = 0, watched: Any = (), deviation: tuple[int, Floats] | None = None
    ) -> Play:
        """Let the agents play.

        Parameters
        ----------
        runs : range
            Numbers of the runs, each with its own random streams.
        seed : int
        watched : sequence of int
            Agents whose way is kept.
        deviation : (int, array of shape (T, G, S, A)), optional
            One agent, and what it does in place of the policy.
        """
        if not len(runs):
            raise ParameterError("runs: none are given; accepted: a range of at least one")
        self._check_agents("watched", watched)
        policies, holds = self._assign(deviation)
        shape = self.policy.shape
        player = _PolicyPlayer()
        player._policies = np.moveaxis(policies, 1, 0).reshape(len(policies[0]), -1, shape[4])
        player._holds = holds
        scenario = Scenario(self.rules, player, self.network, Horizon(steps=self.rules.num_steps))
        watched, parts, blueprint = np.atleast_1d(np.asarray(watched, np.int64)), [], None
        width = (
            self.num_agents * 8 * (8 + self.rules.num_features * 2) + self.limit.num_nodes * shape[3] * 16 * shape[0]
        )
        chunk = max(1, min(len(runs), MEMORY // width))
        for first in range(0, len(runs), chunk):
            some = runs[first : first + chunk]
            simulation = Simulation(scenario, seed=seed, replications=some, blueprint=blueprint)
            blueprint = simulation.blueprint
            parts.append(self._follow(simulation, policies, holds, watched))
        return Play(*(np.concatenate([getattr(part, name) for part in parts]) for name in Play.__dataclass_fields__))

    def _assign(self, deviation: tuple[int, Floats] | None) -> tuple[Floats, Integers]:
        """Return all policies, shape (T, n, G, S, A) and one more where somebody deviates, and who has which."""
        if deviation is None:
            return self.policy, self.node
        agent, response = deviation
        self._check_agents("deviation", agent)
        own, shape = np.asarray(response, np.float64), (len(self.policy), *self.policy.shape[2:])
        if own.shape != shape or not ((own >= 0.0).all() and (np.abs(own.sum(axis=-1) - 1.0) <= ROUNDING).all()):
            raise ParameterError(f"deviation: a policy of shape {own.shape} is not accepted; accepted: chances {shape}")
        policies = np.concatenate([self.policy, own[:, None]], axis=1)
        holds = self.node.copy()
        holds[agent] = self.limit.num_nodes
        return np.ascontiguousarray(policies), holds

    def _check_agents(self, name: str, agents: Any) -> None:
        found = np.atleast_1d(agents)
        if ((found < 0) | (found >= self.num_agents)).any():
            raise ParameterError(
                f"{name}: {found.tolist()} is not accepted; accepted: some of 0 to {self.num_agents - 1}"
            )

    def _follow(self, simulation: Simulation, policies: Floats, holds: Integers, watched: Integers) -> Play:
        rules, n, num_steps = self.rules, self.limit.num_nodes, self.rules.num_steps
        num_runs, size = len(simulation.replications), self.num_agents
        shares = np.zeros((num_runs, num_steps + 1, n, rules.num_states))
        expected = np.zeros((num_runs, num_steps + 1, n + 1, rules.num_states))
        ways: dict[str, list[NDArray[Any]]] = {"states": [], "signals": [], "aggregates": []}
        places = self.node + n * np.arange(num_runs)[:, None]
        simulation.advance(until=0)
        for t in range(num_steps + 1):
            env = simulation.environment
            states, signals = env.states.copy(), env.signals.copy()
            cells = (places * rules.num_states + states).ravel()
            counted = np.bincount(cells, minlength=num_runs * n * rules.num_states)
            shares[:, t] = counted.reshape(num_runs, n, rules.num_states) / size
            if t == num_steps:
                break
            simulation.advance(until=t + 1)
            felt = np.ascontiguousarray(simulation.environment.aggregates)
            self._program.call(
                *("expect", self._env, t, policies, holds, states, signals, felt, *self._scratch),
                expected[:, t + 1],
            )
            for name, values in (("states", states), ("signals", signals), ("aggregates", felt)):
                ways[name].append(values[:, watched])
        expected /= size
        expected[:, 0, :n] = np.bincount(self.node, minlength=n)[:, None] / size * np.asarray(rules.initial())
        surprises = shares - expected[:, :, :n]
        if (holds == n).any():  # a deviant is counted at its node; what it does is no surprise either
            surprises[:, 1:, self.node[holds == n][0]] -= expected[:, 1:, n]
        stacked = {name: np.ascontiguousarray(np.stack(values, axis=2)) for name, values in ways.items()}
        return Play(shares, surprises, simulation.environment.returns.copy(), **stacked)

    # --- what one agent could earn more ----------------------------------------------------------------------

    def exploitability(
        self, runs: range = range(200), *, seed: int = 0, agents: Any = None, samples: int = 1000
    ) -> GraphExploitability:
        """Return what agents could earn more on their networks if all others go on as they do.

        Parameters
        ----------
        runs : range
            Runs with and without each deviation.
        seed : int
        agents : sequence of int, optional
            Who deviates; by default those of `deviants`.
        samples : int
            Other runs, apart from these, from which the best response is found.
        """
        agents = self.deviants(seed=seed) if agents is None else np.atleast_1d(np.asarray(agents, np.int64))
        self._check_agents("agents", agents)
        for name, number in (("agents", len(agents)), ("runs", len(runs)), ("samples", samples)):
            if number < 1:
                raise ParameterError(f"{name}: {number} of them are not accepted; accepted: at least one")
        last = max(runs) + 1
        searched = self.play(range(last, last + samples), seed=seed, watched=agents)
        usual = self.play(runs, seed=seed, watched=agents)
        gains, responses = [], []
        for place, agent in enumerate(agents):
            policy = np.ascontiguousarray(self.policy[:, self.node[agent]])
            response, best, value = self._respond(policy, searched.signals[:, place], searched.aggregates[:, place])
            alone = self.play(runs, seed=seed, watched=[agent], deviation=(int(agent), response))
            gains.append(self.earned(response, best, alone, 0) - self.earned(policy, value, usual, place))
            responses.append(response)
        average = mean(np.mean(gains, axis=0))
        return GraphExploitability(agents, tuple(mean(gain) for gain in gains), average, np.stack(responses))

    def deviants(self, most: int = 16, *, seed: int = 0) -> Integers:
        """Return agents who stand for all: one on a complete network in a mean field, where all are alike.

        Otherwise some, evenly spaced from a random beginning: each agent is as likely to be among them as any other.
        """
        if self.limit.num_nodes == 1 and self.network.is_implicit:
            return np.zeros(1, np.int64)
        count = min(most, self.num_agents)
        start = np.random.default_rng((seed, self.num_agents, 1)).random()  # apart from what may have drawn the network
        return ((np.arange(count) + start) * self.num_agents / count).astype(np.int64)

    def _respond(self, policy: Floats, signals: Integers, felt: Floats) -> tuple[Floats, Floats, Floats]:
        """Return the best response to what an agent felt, V^* and V^pi."""
        num_steps, num_signals, num_states, _ = policy.shape
        best, value = (np.zeros((num_steps + 1, num_signals, num_states)) for _ in range(2))
        response = np.zeros_like(policy)
        signals, felt = np.ascontiguousarray(signals), np.ascontiguousarray(felt)
        self._program.call(
            *("respond", self._env, self.rules.discount, TIE, policy, signals, felt, best, value, response),
            *self._scratch,
        )
        return response, best, value

    def earned(self, policy: Floats, value: Floats, play: Play, place: int) -> Floats:
        """Return V_0 mu_0 + sum_t gamma^t d_t of an agent, shape (num_runs,): in the mean what it earned.

        Parameters
        ----------
        policy : ndarray, shape (T, G, S, A)
            What it followed.
        value : ndarray, shape (T + 1, G, S)
            V: any will do; the closer it is to what the policy earns, the less noise there is.
        play : Play
        place : int
            Which of those watched it is.
        """
        found = np.empty(len(play.states))
        way = (np.ascontiguousarray(each[:, place]) for each in (play.states, play.signals, play.aggregates))
        self._program.call("surprise", self._env, self.rules.discount, policy, value, *way, *self._scratch, found)
        return np.asarray(self.rules.initial()) @ value[0, 0] + found


def nodes_of(limit: Limit, num_agents: int, positions: Any = None) -> Integers:
    """Return the node that each agent belongs to, shape (num_agents,).

    Parameters
    ----------
    limit : Limit
    num_agents : int
    positions : array, shape (num_agents,), optional
        In [0, 1]; by default (i + 1/2) / N.

    Raises
    ------
    ParameterError
        If positions are not as many, or lie outside.
    """
    at = (np.arange(num_agents) + 0.5) / num_agents if positions is None else np.asarray(positions, np.float64)
    if at.shape != (num_agents,) or not ((at >= 0.0) & (at <= 1.0)).all():
        raise ParameterError(f"positions: {positions!r} is not accepted; accepted: {num_agents} numbers from 0 to 1")
    if not isinstance(limit, GraphonLimit):
        return np.zeros(num_agents, np.int64)
    if isinstance(limit.graphon, StepGraphon):
        return limit.graphon.block(at).astype(np.int64)
    ends = (limit.positions[1:] + limit.positions[:-1]) / 2
    return np.minimum(np.searchsorted(ends, at, side="right"), limit.num_nodes - 1).astype(np.int64)


def player(limit: Limit, policy: Any, num_agents: int | None = None, positions: Any = None) -> FixedPolicy:
    """Return the learner that plays a policy of a limit, to run it as any other scenario.

    Parameters
    ----------
    limit : Limit
    policy : array
        As `Limit.policy` takes it.
    num_agents : int, optional
        Needed where the limit has several nodes.
    positions : array, optional
        As `nodes_of` takes them.

    Examples
    --------
    >>> from socialsim.limits.games import Game
    >>> from socialsim.limits.library.left_right import rules
    >>> game = Game(rules())
    >>> limit = game.mean_field()
    >>> game.agents("complete", 30, learner=player(limit, limit.uniform_policy())).network.spec
    'complete:n=30'
    """
    full = limit.policy(policy)
    rows = np.moveaxis(full, 1, 0).reshape(limit.num_nodes, -1, full.shape[4])
    if limit.num_nodes > 1:
        if num_agents is None:
            raise ParameterError("num_agents: missing; accepted: an integer >= 1, where the limit has several nodes")
        rows = rows[nodes_of(limit, num_agents, positions)]
    chances: Any = rows.tolist()
    return FixedPolicy(chances=chances)
