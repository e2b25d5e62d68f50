r"""Ising's lattice as a game: agents who would rather be as their neighbours are.

In each step every agent chooses a spin s_i: down (action 0, s = -1) or up (action 1, s = +1), and is paid its share of
the energy, with the sign turned ([Yang2018]_):

    r_i = h s_i + lambda/2 s_i sum_k s_k,      E = - sum_i r_i

over those k whom it hears; noise of standard deviation ``noise`` may come on top. There is no state: what pays depends
on what the others do now.

**Two temperatures.** An agent who knows what each spin pays and chooses by logit at temperature tau goes up with the
odds exp[(lambda sum_k s_k + 2 h) / tau]. In physics a spin of coupling J in a field H at temperature T (the heat bath)
has the odds exp[(2 J sum_k s_k + 2 H) / T]: to turn a spin changes the energy by twice what changes in the agent's own
share of it, because half of each bond is the neighbour's. Hence, with J = lambda and H = 2 h,

    T = 2 tau.

The square lattice orders below T_c = 2 lambda / ln(1 + sqrt 2) = 2.2692 lambda ([Onsager1944]_), for agents below
tau_c = 1.1346 lambda; Yang et al. report 1.2.

**Two lattices in one.** All choose at once, in reply to what their neighbours did in the step before. On a network of
two colours, each agent of one colour with neighbours of the other alone (a torus with even sides), the first colour in
step t - 1 and the second in step t make one system, and the other way round another, and the two never meet. Each is
the heat bath on one colour after the other: at rest its chances are Ising's at temperature T, without any
approximation. So all that is measured here is measured in the two **woven** systems:

    m = 1/N [sum of the first colour's s_{t-1} + sum of the second's s_t]
    u = - h m - lambda/N sum of s_i s_j over bonds

The share of all who are up **now** mixes the two: if they order in opposite ways it stays at one half and everybody
turns around in each step. (On networks that are not of two colours the plain mean of the step is taken for m.)

Exact, for the infinite lattice without field: `exact_order` ([Yang1952]_) and `exact_energy` ([Onsager1944]_). In
finite ones the order falls gradually; Binder's cumulant U = 1 - <m^4> / (3 <m^2>^2) goes from 2/3 to 0, and its curves
for two sizes cross near T_c ([Binder1981]_).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ellipk

from socialsim.core.compiled import compiled
from socialsim.core.errors import ParameterError
from socialsim.core.estimate import Estimate
from socialsim.core.parameters import parameter
from socialsim.core.result import Result
from socialsim.core.streams import normal
from socialsim.engine.interface import Box, Discrete, Environment, Specification
from socialsim.engine.links import degree, is_away, neighbour
from socialsim.engine.scenario import Scenario
from socialsim.metrics.estimates import bootstrap, mean

CRITICAL = 2.0 / math.log(1.0 + math.sqrt(2.0))  # T_c / lambda on the square lattice
PLAIN, FIRST, SECOND = -1, 0, 1  # colours
COLDEST = 300.0  # of 2 lambda / T: all is as at T = 0 to rounding, and its hyperbolic sine still a number


class State(NamedTuple):
    """The spins of two steps, and sums over steps."""

    coupling: float
    field: float
    noise: float
    shows_payoffs: int
    burn_in: int
    spins: NDArray[np.int64]  # (num_agents,), now: -1 or 1; 0 for who is away, and before the first step
    before: NDArray[np.int64]  # (num_agents,), a step ago
    colours: NDArray[np.int64]  # (num_agents,), of the network; all PLAIN if two are too few
    queue: NDArray[np.int64]  # (num_agents,), scratch
    clock: NDArray[np.int64]  # (1,)
    num_samples: NDArray[np.int64]  # (1,), systems summed over
    moments: NDArray[np.float64]  # (4,), sums of |m|, m^2, m^4 and u


class Ising(Environment):
    """Agents on a lattice who are paid for being as their neighbours are.

    Examples
    --------
    >>> Ising(coupling=0.5).specification("agent", 9).fact("reward_range")
    (-2.0, 2.0)
    """

    coupling: float = parameter(1.0, "lambda: what two neighbours who are alike earn together", unit="reward")
    field: float = parameter(0.0, "h, what it pays to be up", unit="reward")
    noise: float = parameter(0.0, "standard deviation of what chance adds to each reward", unit="reward", ge=0)
    burn_in: int = parameter(0, "first steps, of which nothing is measured", unit="steps", ge=0)
    observation: Literal["nothing", "payoffs"] = parameter(
        "nothing", "what is seen of the last step: nothing, or what each spin would have paid in it"
    )

    source: ClassVar[str] = "Yang et al. 2018, ICML, PMLR 80:5571-5580"
    figure: ClassVar[Mapping[str, Any]] = {
        "series": "mean_spin",
        "series_label": "mean spin",
        "agent": "spin",
        "agent_label": "spin",
    }

    def state(self, num_agents: int) -> State:
        """Lay out the lattice before the first step."""
        return State(
            coupling=self.coupling,
            field=self.field,
            noise=self.noise,
            shows_payoffs=int(self.observation == "payoffs"),
            burn_in=self.burn_in,
            spins=np.zeros(num_agents, np.int64),
            before=np.zeros(num_agents, np.int64),
            colours=np.full(num_agents, PLAIN),
            queue=np.zeros(num_agents, np.int64),
            clock=np.zeros(1, np.int64),
            num_samples=np.zeros(1, np.int64),
            moments=np.zeros(4),
        )

    def specification(self, agent_type: str, num_agents: int) -> Specification:
        """An agent sees nothing, or what each spin would have paid, and chooses a spin."""
        actions, facts = Discrete(2, ("down", "up")), dict[str, Any]()
        if self.noise == 0.0:
            most = abs(self.field) + 0.5 * abs(self.coupling) * (num_agents - 1)
            facts["reward_range"] = (-most, most)
        if self.observation == "payoffs":
            facts |= {"observation": "payoff of each action", "discrete_by": "environment.observation=nothing"}
            return Specification(actions, Box(shape=(2,)), facts)
        return Specification(actions, Discrete(1), facts | {"payoffs_by": "environment.observation=payoffs"})

    def columns(self, state: State) -> dict[str, NDArray[Any]]:
        """Return everybody's spin, 0 before the first step and for those away."""
        return {"spin": state.spins}

    def outcomes(self, state: State) -> dict[str, NDArray[Any]]:
        """Return the means of |m|, m^2, m^4 and u over the steps after the first ``burn_in``, and |share up - share
        down| in the last step, that of Yang et al.
        """
        samples = np.asarray(state.num_samples)[:, 0]
        means = np.asarray(state.moments) / np.where(samples > 0, samples, math.nan)[:, None]
        spins = np.asarray(state.spins)
        present = (spins != 0).sum(axis=1)
        return {
            "order": means[:, 0],
            "order_squared": means[:, 1],
            "order_fourth": means[:, 2],
            "energy": means[:, 3],
            "final_order": np.abs(spins.sum(axis=1)) / np.where(present > 0, present, math.nan),
        }

    @staticmethod
    @compiled
    def initialise(env, network, stream):
        """Colour the network; nobody has a spin yet."""
        paint(env, network)
        for i in range(env.spins.shape[0]):
            env.spins[i] = 0
            env.before[i] = 0
        env.clock[0] = 0
        env.num_samples[0] = 0
        for k in range(env.moments.shape[0]):
            env.moments[k] = 0.0

    @staticmethod
    @compiled
    def observe(env, network, i, out=None):
        """Show nothing, or what each spin would have paid in the last step."""
        if out is not None:
            pull = share(env, network, i)
            out[0] = -pull
            out[1] = pull
        return 0

    @staticmethod
    @compiled
    def advance(env, network, actions, rewards, stream):
        """Turn all spins at once, and pay."""
        n = actions.shape[0]
        for i in range(n):
            env.before[i] = env.spins[i]
            env.spins[i] = 0 if is_away(network, i) else 2 * actions[i] - 1
        for i in range(n):
            if env.spins[i] != 0:
                rewards[i] = env.spins[i] * share(env, network, i)
                if env.noise > 0.0:
                    rewards[i] += env.noise * normal(stream)
        if env.clock[0] >= max(1, env.burn_in):  # the first step has none before it
            measure(env, network)
        env.clock[0] += 1


@compiled
def share(env, network, i):
    """Return h + lambda/2 sum_k s_k: what it pays to be up now."""
    total = 0
    for k in range(degree(network, i)):
        total += env.spins[neighbour(network, i, k)]
    return env.field + 0.5 * env.coupling * total


@compiled
def paint(env, network):
    """Give neighbours different colours, breadth first; if that cannot be done, give all none."""
    n = env.colours.shape[0]
    for i in range(n):
        env.colours[i] = PLAIN
    for start in range(n):
        if env.colours[start] != PLAIN:
            continue
        env.colours[start] = FIRST
        env.queue[0] = start
        head, tail = 0, 1
        while head < tail:
            i = env.queue[head]
            head += 1
            for k in range(degree(network, i)):
                j = neighbour(network, i, k)
                if env.colours[j] == PLAIN:
                    env.colours[j] = 1 - env.colours[i]
                    env.queue[tail] = j
                    tail += 1
                elif env.colours[j] == env.colours[i]:
                    for every in range(n):
                        env.colours[every] = PLAIN
                    return


@compiled
def measure(env, network):
    """Add up the moments of m, and u, of the two woven systems; or of the plain one."""
    n = env.spins.shape[0]
    first, second = 0.0, 0.0  # sums over the system whose first colour is the older, and the other
    bonds = 0.0
    for i in range(n):
        older, newer = env.before[i], env.spins[i]
        first += older if env.colours[i] == FIRST else newer
        second += older if env.colours[i] == SECOND else newer
        for k in range(degree(network, i)):
            j = neighbour(network, i, k)
            bonds += newer * (env.spins[j] if env.colours[i] == PLAIN else env.before[j])
    energy = -env.coupling * bonds / n / 2.0  # per system: each bond is met twice, in the woven ones once in each
    add_sample(env, first / n, energy)
    if env.colours[0] != PLAIN:
        add_sample(env, second / n, energy)


@compiled
def add_sample(env, m, energy):
    """Add one system's moments."""
    env.moments[0] += abs(m)
    env.moments[1] += m * m
    env.moments[2] += m * m * m * m
    env.moments[3] += energy - env.field * m
    env.num_samples[0] += 1


def exact_order(temperature: float, coupling: float = 1.0) -> float:
    """Return the infinite lattice's spontaneous |m| = (1 - sinh(2 lambda / T)^-4)^(1/8), 0 from T_c on. [Yang1952]_

    Parameters
    ----------
    temperature : float
        T, twice that of the agents.
    coupling : float

    Raises
    ------
    ParameterError
        If one of them is not above 0.

    Examples
    --------
    >>> round(exact_order(2.0), 6), exact_order(2.3)
    (0.911319, 0.0)
    """
    inner = 1.0 - math.sinh(_strength(temperature, coupling)) ** -4
    return float(inner**0.125) if inner > 0.0 else 0.0


def exact_energy(temperature: float, coupling: float = 1.0) -> float:
    r"""Return the infinite lattice's energy of an agent ([Onsager1944]_).

    With K = lambda / T and k = 2 sinh(2K) / cosh(2K)^2,
    u = - lambda coth(2K) {1 + (2/pi) [2 tanh(2K)^2 - 1] F(k)}, F the complete elliptic integral of the first kind.

    Parameters
    ----------
    temperature : float
        T, twice that of the agents.
    coupling : float

    Raises
    ------
    ParameterError
        If one of them is not above 0.

    Examples
    --------
    >>> round(exact_energy(2.0), 6), round(exact_energy(CRITICAL * (1 + 1e-9)), 6)
    (-1.745565, -1.414214)
    """
    x = _strength(temperature, coupling)
    modulus = 2.0 * math.sinh(x) / math.cosh(x) ** 2
    inner = 1.0 + 2.0 / math.pi * (2.0 * math.tanh(x) ** 2 - 1.0) * float(ellipk(min(modulus**2, 1.0 - 1e-16)))
    return -coupling / math.tanh(x) * inner


def _strength(temperature: float, coupling: float) -> float:
    """Return 2 lambda / T."""
    if not (0.0 < temperature < math.inf and 0.0 < coupling < math.inf):
        raise ParameterError(
            f"temperature, coupling: {temperature}, {coupling} are not accepted; accepted: numbers above 0"
        )
    return min(COLDEST, 2.0 * coupling / temperature)


def order_parameter(result: Result) -> Estimate:
    """Mean of |m| over steps and runs."""
    return mean(result.runs.order.dropna())


def energy_per_agent(result: Result) -> Estimate:
    """Mean of u over steps and runs."""
    return mean(result.runs.energy.dropna())


def binder_cumulant(result: Result) -> Estimate:
    """U = 1 - <m^4> / (3 <m^2>^2), means over steps and runs; runs are drawn again for the interval."""
    moments = result.runs[["order_squared", "order_fourth"]].dropna().to_numpy()

    def cumulant(rows: NDArray[np.float64]) -> float:
        squared, fourth = rows.mean(axis=0)
        return float(1.0 - fourth / (3.0 * squared**2))

    return bootstrap(moments, cumulant)


METRICS = (order_parameter, energy_per_agent, binder_cumulant)


def scenario() -> Scenario:
    """Return the lattice of Yang et al. at a temperature below the transition: 20 x 20 mean-field Q-learners.

    Examples
    --------
    >>> scenario().network.spec
    'grid:rows=20,columns=20,periodic=true,neighbourhood="von_neumann"'
    """
    learner = "mean_field_q:temperature=1.0,discount=0.0"
    return Scenario(Ising(burn_in=1000), learner, "grid:rows=20,columns=20,periodic=true", 5000, METRICS)


def small() -> Scenario:
    """Return a little torus, whose sides are even."""
    learner = "mean_field_q:temperature=1.2,discount=0.5"
    return Scenario(Ising(burn_in=2, noise=0.1), learner, "grid:rows=4,columns=4,periodic=true", 20, METRICS)
