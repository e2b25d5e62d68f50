r"""Partnerships that are ended and begun: a social dilemma on a network that its players change.

Each of N agents is a cooperator or a defector (innate: nobody learns, `socialsim.learning.innate`), and plays with each
of its partners. What it is paid is summed over them, P_i; by default R = 1, S = -1, T = 2, P = 0. A partner who defects
leaves one dissatisfied, whatever one does oneself. A step is a generation of N updates. In each an agent i and one of
its partners j are drawn, uniformly; with the probability 1 / (1 + W) i reconsiders its **strategy**, otherwise the two
reconsider their **partnership** ([Santos2006]_):

    strategy       i takes that of j with the probability    p(j, i) = 1 / (1 + exp[-beta (P_j - P_i)])              (1)

    partnership    both cooperate: they stay together
                   i alone is dissatisfied: it leaves with the probability p(i, j); j alone: with p(j, i)            (2)
                   both are: i leaves with the probability p(i, j), otherwise j does

Whoever leaves takes the link along, to a new partner drawn uniformly among the other partners of the old one; if the
two are partners already, all stays. The number of links never changes, and who has a single partner is not left. W is
the ratio of two time scales: at W = 0 the network stands still.

With ``decides = "leaver"`` nobody can be held: who alone is dissatisfied leaves, and of two either does; with
``seeks = "anyone"`` new partners are drawn among all agents. Together this is **out-for-tat**: not to punish a defector
in kind but to leave ([Hayashi1998]_). Nor need anybody be taken: with the chance ``refusal`` whoever is sought knows a
defector for what it is and refuses it, and all stays.

**Why cooperation can prevail.** On a homogeneous network of many partners defectors win if links stand still. Where
they move, cooperators keep each other, while everybody leaves defectors: cooperators come to have more partners, and
are paid more, than those who exploit them. Above a critical W, the larger the more partners all have, cooperators take
over; on the way the network becomes heterogeneous, since defectors are not chosen and never settle ([Santos2006]_).
Where all meet all, no link can move, and i of N cooperators become i + 1 and i - 1 with chances of the ratio
exp[beta (P_C - P_D)] whatever W is, so that k of them take over with the probability                            (3)

    sum_{m < k} q_m / sum_{m < N} q_m,    q_m = exp(-beta sum_{i <= m} [P_C(i) - P_D(i)])           ([Traulsen2006]_)

**Assortment** is the chance that a partner of a cooperator cooperates, less that of a partner of a defector. The run
ends when one strategy is left, which is the verdict: 0, all cooperate, or 1. Agents hold at most ``most_partners``
links: one more is not made, and those of the network beyond are left out. A link of a directed network is mutual here.
Who is away is neither drawn nor sought.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.errors import ParameterError
from socialsim.core.estimate import Estimate
from socialsim.core.parameters import parameter
from socialsim.core.result import Result
from socialsim.core.streams import integer, uniform
from socialsim.engine.interface import Discrete, Environment, Specification, constant
from socialsim.engine.links import degree, is_away, neighbour
from socialsim.engine.scenario import Scenario
from socialsim.metrics.estimates import mean, proportion

COOPERATE, DEFECT = 0, 1
STEEPEST = 700.0  # beyond it exp overflows


class State(NamedTuple):
    """Who cooperates, and who is whose partner."""

    payoffs: NDArray[np.float64]  # constant (2, 2)
    selection: float
    strategy_share: float  # 1 / (1 + W)
    is_contest: int
    seeks_anyone: int
    refusal: float
    first_cooperators: int
    strategy: NDArray[np.int64]  # (num_agents,)
    size: NDArray[np.int64]  # (num_agents,), partners
    partners: NDArray[np.int32]  # (num_agents, most_partners)
    friends: NDArray[np.int64]  # (num_agents,), partners who cooperate
    num_cooperators: NDArray[np.int64]  # (1,)
    num_moved: NDArray[np.int64]  # (1,), links, so far
    peak: NDArray[np.int64]  # (1,), most partners that anybody has had
    assorted: NDArray[np.float64]  # (1,), sum of the assortments of all generations with both strategies
    num_mixed: NDArray[np.int64]  # (1,), how many these were


class Partnerships(Environment):
    """Cooperators and defectors who may leave each other.

    Examples
    --------
    >>> Partnerships(linking=3.0).state(10).strategy_share
    0.25
    >>> Partnerships(payoffs=((1.0, 0.0, 0.0), (2.0, 0.0, 0.0)))
    Traceback (most recent call last):
        ...
    socialsim.core.errors.ParameterError: payoffs: ((1.0, 0.0, 0.0), (2.0, 0.0, 0.0)) is not accepted; accepted: 2 rows
    of 2 finite numbers
    """

    payoffs: tuple[tuple[float, ...], ...] = parameter(
        ((1.0, -1.0), (2.0, 0.0)), "what a strategy is paid against each; strategy 0 cooperates", unit="reward"
    )
    cooperators: float = parameter(0.5, "share of cooperators at first", ge=0, le=1)
    selection: float = parameter(0.005, "intensity of selection beta", unit="per reward", ge=0)
    linking: float = parameter(2.0, "W, updates of a partnership for each of a strategy", ge=0)
    decides: Literal["contest", "leaver"] = parameter(
        "contest", "whether who is dissatisfied leaves: by what both are paid, or always"
    )
    seeks: Literal["acquaintances", "anyone"] = parameter(
        "acquaintances", "among whom a new partner is drawn: partners of the old one, or all"
    )
    refusal: float = parameter(0.0, "chance that a defector is refused by whoever it seeks", ge=0, le=1)
    most_partners: int = parameter(1000, "links that an agent can have", ge=1)

    source: ClassVar[str] = "Santos, Pacheco & Lenaerts 2006, PLoS Comput. Biol. 2:e140"
    figure: ClassVar[Mapping[str, Any]] = {
        "step_label": "generation",
        "series": "mean_cooperates",
        "series_label": "share of cooperators",
        "agent": "num_partners",
        "agent_label": "partners",
        "verdicts": {"0": "all cooperate", "1": "all defect"},
    }

    def model_post_init(self, context: Any) -> None:
        """Refuse another than a 2 x 2 game."""
        if len(self.payoffs) != 2 or any(len(row) != 2 for row in self.payoffs):
            raise ParameterError(f"payoffs: {self.payoffs} is not accepted; accepted: 2 rows of 2 finite numbers")

    def state(self, num_agents: int) -> State:
        """Lay out agents without partners; `initialise` takes them from the network."""
        most = min(self.most_partners, max(num_agents - 1, 1))
        return State(
            payoffs=constant(np.array(self.payoffs)),
            selection=self.selection,
            strategy_share=1.0 / (1.0 + self.linking),
            is_contest=int(self.decides == "contest"),
            seeks_anyone=int(self.seeks == "anyone"),
            refusal=self.refusal,
            first_cooperators=round(self.cooperators * num_agents),
            strategy=np.zeros(num_agents, np.int64),
            size=np.zeros(num_agents, np.int64),
            partners=np.zeros((num_agents, most), np.int32),
            friends=np.zeros(num_agents, np.int64),
            num_cooperators=np.zeros(1, np.int64),
            num_moved=np.zeros(1, np.int64),
            peak=np.zeros(1, np.int64),
            assorted=np.zeros(1),
            num_mixed=np.zeros(1, np.int64),
        )

    def specification(self, agent_type: str, num_agents: int) -> Specification:
        """An agent has nothing to choose: it is what it is."""
        return Specification(Discrete(1), Discrete(1), {"decides_by": ""})  # nothing: selection alone

    def columns(self, state: State) -> dict[str, NDArray[Any]]:
        """Return who cooperates, and how many partners each has."""
        return {"cooperates": (np.asarray(state.strategy) == COOPERATE).astype(float), "num_partners": state.size}

    def outcomes(self, state: State) -> dict[str, NDArray[Any]]:
        """Return the share of cooperators, how unequal numbers of partners are, the mean assortment while there were
        both, and how often each link has moved.
        """
        cooperates, size = np.asarray(state.strategy) == COOPERATE, np.asarray(state.size)
        links, mixed = size.sum(axis=1) / 2.0, np.asarray(state.num_mixed)[:, 0]
        return {
            "cooperation": cooperates.mean(axis=1),
            "partners_variance": size.var(axis=1),
            "most_partners": size.max(axis=1),
            "peak_partners": np.asarray(state.peak)[:, 0],
            "assortment": np.asarray(state.assorted)[:, 0] / np.where(mixed > 0, mixed, math.nan),
            "moves": np.asarray(state.num_moved)[:, 0] / np.where(links > 0, links, math.nan),
        }

    @staticmethod
    @compiled
    def initialise(env, network, stream):
        """Draw who cooperates, that many exactly, and make the links of the network."""
        left = env.first_cooperators
        env.num_cooperators[0] = left
        env.num_moved[0] = 0
        env.assorted[0] = 0.0
        env.num_mixed[0] = 0
        for i in range(network.num_agents):
            env.strategy[i] = COOPERATE if integer(stream, network.num_agents - i) < left else DEFECT
            left -= env.strategy[i] == COOPERATE
            env.size[i] = 0
            env.friends[i] = 0
        for i in range(network.num_agents):
            for k in range(degree(network, i)):
                j = neighbour(network, i, k)
                if j != i and has_room(env, i) and has_room(env, j) and place(env, i, j) < 0:
                    join(env, i, j)
                    join(env, j, i)
        env.peak[0] = 0
        for i in range(network.num_agents):
            env.peak[0] = max(env.peak[0], env.size[i])

    @staticmethod
    @compiled
    def advance(env, network, actions, rewards, stream):
        """Let a generation pass, and pay everybody as they then are."""
        for _ in range(network.num_agents):
            i = integer(stream, network.num_agents)
            if env.size[i] > 0:
                j = np.int64(env.partners[i, integer(stream, env.size[i])])
                if not is_away(network, i) and not is_away(network, j):
                    if uniform(stream) < env.strategy_share:
                        imitate(env, i, j, stream)
                    else:
                        reconsider(env, network, i, j, stream)
        for i in range(network.num_agents):
            rewards[i] = paid(env, i)
        note_assortment(env)

    @staticmethod
    @compiled
    def done(env):
        """Return the strategy that is left, or -1."""
        if env.num_cooperators[0] == 0:
            return DEFECT
        return COOPERATE if env.num_cooperators[0] == env.strategy.shape[0] else -1


@compiled
def paid(env, i):
    """Return what agent i is paid by all its partners."""
    s = env.strategy[i]
    return env.payoffs[s, 0] * env.friends[i] + env.payoffs[s, 1] * (env.size[i] - env.friends[i])


@compiled
def wins(env, i, j):
    """Return the chance that i prevails over j, p(i, j) of equation (1)."""
    gain = min(max(env.selection * (paid(env, i) - paid(env, j)), -STEEPEST), STEEPEST)
    return 1.0 / (1.0 + math.exp(-gain))


@compiled
def imitate(env, i, j, stream):
    """Let i take the strategy of j with the chance that j prevails."""
    if env.strategy[i] != env.strategy[j] and uniform(stream) < wins(env, j, i):
        env.strategy[i] = env.strategy[j]
        change = 1 if env.strategy[i] == COOPERATE else -1
        env.num_cooperators[0] += change
        for k in range(env.size[i]):
            env.friends[env.partners[i, k]] += change


@compiled
def reconsider(env, network, i, j, stream):
    """Let whoever is dissatisfied leave the other, equation (2)."""
    i_would, j_would = env.strategy[j] == DEFECT, env.strategy[i] == DEFECT
    if not (i_would or j_would):
        return
    chance = 0.5 if i_would and j_would else (1.0 if i_would else 0.0)
    i_prevails = uniform(stream) < (wins(env, i, j) if env.is_contest else chance)
    if i_prevails and i_would:
        leave(env, network, i, j, stream)
    elif j_would and not i_prevails:
        leave(env, network, j, i, stream)


@compiled
def leave(env, network, i, j, stream):
    """Let i leave j for another, if j has others and the new one is none of i's already and does not refuse."""
    if env.size[j] < 2:
        return
    here = place(env, j, i)
    if env.seeks_anyone:
        new = integer(stream, network.num_agents)
    else:
        k = integer(stream, env.size[j] - 1)
        new = np.int64(env.partners[j, k if k < here else k + 1])
    if new == i or is_away(network, new) or not has_room(env, new) or place(env, i, new) >= 0:
        return
    if env.refusal > 0.0 and env.strategy[i] == DEFECT and uniform(stream) < env.refusal:
        return
    part(env, j, here)
    part(env, i, place(env, i, j))
    join(env, i, new)
    join(env, new, i)
    env.num_moved[0] += 1
    env.peak[0] = max(env.peak[0], env.size[new])


@compiled
def has_room(env, i):
    """Return whether agent i can have one more partner."""
    return env.size[i] < env.partners.shape[1]


@compiled
def place(env, i, j):
    """Return where j stands among the partners of i; -1 if it is none."""
    for k in range(env.size[i]):
        if env.partners[i, k] == j:
            return k
    return -1


@compiled
def join(env, i, j):
    """Make j a partner of i."""
    env.partners[i, env.size[i]] = j
    env.size[i] += 1
    env.friends[i] += env.strategy[j] == COOPERATE


@compiled
def part(env, i, k):
    """Take the k-th off the partners of i; the last one takes its place."""
    env.friends[i] -= env.strategy[env.partners[i, k]] == COOPERATE
    env.size[i] -= 1
    env.partners[i, k] = env.partners[i, env.size[i]]


@compiled
def note_assortment(env):
    """Add how much more of the partners of cooperators cooperate than of those of defectors, if both have any."""
    friends_c, size_c, friends_d, size_d = 0, 0, 0, 0
    for i in range(env.size.shape[0]):
        if env.strategy[i] == COOPERATE:
            friends_c += env.friends[i]
            size_c += env.size[i]
        else:
            friends_d += env.friends[i]
            size_d += env.size[i]
    if size_c > 0 and size_d > 0:
        env.assorted[0] += friends_c / size_c - friends_d / size_d
        env.num_mixed[0] += 1


def final_cooperation(result: Result) -> Estimate:
    """Mean share of cooperators at the end."""
    return mean(result.runs.cooperation)


def cooperation_fixed(result: Result) -> Estimate:
    """Share of runs at whose end all cooperate."""
    return proportion(result.runs.cooperation == 1.0)


def partners_variance(result: Result) -> Estimate:
    """Mean variance of the number of partners at the end."""
    return mean(result.runs.partners_variance)


def assortment(result: Result) -> Estimate:
    """Mean assortment over the generations in which there are both, mean over the runs."""
    defined = result.runs.assortment.dropna()
    return mean(defined) if len(defined) else Estimate.undefined("in no run there are partners of both strategies")


METRICS = (final_cooperation, cooperation_fixed, partners_variance, assortment)


def scenario() -> Scenario:
    """Return two hundred agents who have ten partners each at first."""
    return Scenario(Partnerships(selection=0.02, linking=4.0), "innate", "random_regular:n=200,d=10", 2000, METRICS)


def small() -> Scenario:
    """Return eight agents who leave each other, for a few generations."""
    return Scenario(Partnerships(selection=0.1), "innate", "random_regular:n=8,d=3", 20, METRICS)
