r"""Which side of the road? Agents who meet in pairs, again and again, and come to do alike.

An event is a meeting: an agent, drawn uniformly, and one of its neighbours play a matrix game. Where one does a and the
other b the first is paid A[a][b], and the other A[b][a], or B[a][b] where the game has roles and the first is the row.
What one does is learned from meetings with anybody (*social learning*, [Sen2007]_). A **convention** is a state in
which all do the same; in a game with roles all rows do, and all columns.

**Which convention?** In a 2 x 2 game with the equilibria (0, 0) and (1, 1), action 0 is a best reply to those who play
it with a probability of at least

    p* = (A11 - A01) / (A11 - A01 + A00 - A10);    action 0 is **risk dominant** if p* < 1/2                       (1)

([Harsanyi1988]_). Let agents reply best to k of their last m meetings (`socialsim.learning.adaptive_play`) and err with
probability epsilon. Then every history occurs, and there is one stationary distribution; as epsilon -> 0 it stays on
the **stochastically stable** states, those that need the fewest errors to be reached from the others. To leave the
convention of 0 takes ceil[k (1 - p*)] errors, that of 1 ceil[k p*]: the risk dominant one is stable, whatever it pays
([Young1993]_, theorem 3; [Kandori1993]_). Among N agents who all meet a share of N must err; the wait for it grows
exponentially with N. On a ring two neighbours who do the risk dominant action win over the next, and the wait does not
grow ([Ellison1993]_). `socialsim.environments.conventions.theory` solves small cases exactly.

**Who meets.** With ``meeting = "pairs"`` both act at once, as above. With ``"neighbours"`` an event wakes one agent,
who chooses against what all its neighbours did last and is paid the mean; adaptive play with m = k = 1 is then best
reply with mutations. Roles are *none*; *drawn*: in each meeting the one drawn first is the row, and both see who is
what; or *fixed*: the first half of the agents are rows and meet columns only (two classes).

**What agents see.** What each action would have paid in their last meeting (``observation = "payoffs"``, for
`adaptive_play`, `fictitious_play`, `best_reply`, ...), or only their role (``"role"``, for `q_learning`, `wolf_phc`,
...). First acts, and what is seen before the first meeting, are drawn uniformly unless all ``start`` alike.

The run notes when the share of agents that follow the modal action (of the role with the smaller such share) first
reached .8, .9 and 1, and ends at ``stop_at`` with the convention as its verdict: the row's action, plus, where there
are roles, the number of actions times the column's. Where all ``start`` alike, only another convention counts, and
learners are told so by the fact ``all_start_alike``: adaptive play then remembers nothing else at first. One that
heeds no history (``observation = "role"``) leaves such a start by its own first acts.
Sources: [Young1993]_; [Sen2007]_; [Airiau2014]_ on networks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.errors import ParameterError
from socialsim.core.estimate import Estimate
from socialsim.core.parameters import parameter
from socialsim.core.result import Result
from socialsim.core.streams import integer
from socialsim.engine.interface import Box, Discrete, Environment, Specification, constant
from socialsim.engine.scenario import Scenario
from socialsim.environments.conventions.mechanics import (
    DRAWN,
    FIXED,
    State,
    mean_payoff,
    modal_action,
    note_agreement,
    partner,
    take,
)
from socialsim.metrics.estimates import mean, proportion

LEVELS = (0.8, 0.9, 1.0)
ROLES = ("none", "drawn", "fixed")
ALONE = "one agent has nobody to agree with"


class Conventions(Environment):
    """A population that plays a coordination game in random pairs.

    Examples
    --------
    >>> Conventions().specification("agent", 10).observations.shape
    (2,)
    >>> Conventions(payoffs=((1.0, 0.0),))
    Traceback (most recent call last):
        ...
    socialsim.core.errors.ParameterError: payoffs: ((1.0, 0.0),) is not accepted; accepted: m rows of m finite numbers
    """

    payoffs: tuple[tuple[float, ...], ...] = parameter(
        ((4.0, -1.0), (-1.0, 4.0)), "what one is paid for an action, against each action of the other", unit="reward"
    )
    column_payoffs: tuple[tuple[float, ...], ...] = parameter(
        (), "what the column is paid there, in games with roles; if empty, the game is symmetric", unit="reward"
    )
    roles: Literal["none", "drawn", "fixed"] = parameter("none", "whether there are rows and columns, and who is which")
    meeting: Literal["pairs", "neighbours"] = parameter(
        "pairs", "what an event is: two who meet, or one who chooses against all its neighbours"
    )
    observation: Literal["payoffs", "role"] = parameter(
        "payoffs", "what is seen: what each action would have paid last, or one's role"
    )
    start: int = parameter(-1, "action that all do at first; -1: drawn uniformly", ge=-1)
    stop_at: float = parameter(0.0, "share that follows the modal action at which the run ends; 0: never", ge=0, le=1)

    loop: ClassVar = "events"
    participants: ClassVar[int] = 2
    source: ClassVar[str] = "Young 1993, Econometrica 61:57-84; Sen & Airiau 2007, IJCAI-07, 1507-1512"
    figure: ClassVar[Mapping[str, Any]] = {
        "step_label": "meetings",
        "series": "mean_act",
        "series_label": "mean action",
        "agent": "act",
        "agent_label": "last action",
    }

    @property
    def cast(self) -> tuple[str, ...]:  # type: ignore[override]
        """Two who meet, or one who plays with all neighbours."""
        return ("agent",) if self.meeting == "neighbours" else ("agent", "agent")

    def model_post_init(self, context: Any) -> None:
        """Refuse matrices that are not square or of two sizes, and settings that contradict each other."""
        for name, matrix in (("payoffs", self.payoffs), ("column_payoffs", self.column_payoffs or self.payoffs)):
            if len(matrix) < 1 or any(len(row) != len(matrix) for row in matrix):
                raise ParameterError(f"{name}: {matrix} is not accepted; accepted: m rows of m finite numbers")
        if len(self.column_payoffs) not in (0, len(self.payoffs)):
            raise ParameterError(
                f"column_payoffs: {len(self.column_payoffs)} rows are not accepted; accepted: as many as of payoffs, "
                f"{len(self.payoffs)}, or none"
            )
        if self.start >= len(self.payoffs):
            raise ParameterError(
                f"start: {self.start} is not accepted; accepted: -1, or an action from 0 to {len(self.payoffs) - 1}"
            )
        if self.column_payoffs and self.roles == "none":
            raise ParameterError("column_payoffs: not accepted without roles; accepted: roles=drawn or roles=fixed")
        if self.meeting == "neighbours" and self.roles != "none":
            raise ParameterError(
                f"roles: {self.roles!r} is not accepted with meeting=neighbours; accepted: none, or meeting=pairs"
            )
        if self.observation == "payoffs" and self.roles == "drawn":
            raise ParameterError(
                "observation: 'payoffs' is not accepted with roles=drawn, since what is seen must show the role; "
                "accepted: observation=role, or roles=fixed"
            )

    def _payoffs(self) -> NDArray[np.float64]:
        """Return what row and column are paid, shape (2, num_actions, num_actions), one's own action first."""
        row = np.array(self.payoffs)
        return np.stack([row, np.array(self.column_payoffs).T if self.column_payoffs else row])

    def state(self, num_agents: int) -> State:
        """Lay out the population; `initialise` draws the first acts."""
        num_actions, num_roles = len(self.payoffs), 1 if self.roles == "none" else 2
        num_rows = (num_agents + 1) // 2
        sizes = [num_rows, num_agents - num_rows] if self.roles == "fixed" else [num_agents] * num_roles
        return State(
            payoffs=constant(self._payoffs()),
            roles=ROLES.index(self.roles),
            plays_field=int(self.meeting == "neighbours"),
            num_rows=num_rows,
            start=self.start,
            stop_at=self.stop_at,
            sizes=constant(np.maximum(np.array(sizes, np.float64), 1.0)),
            levels=constant(np.array(LEVELS) - 1e-12),
            act=np.zeros((num_agents, 2 if self.roles == "drawn" else 1), np.int64),
            role=np.zeros(num_agents, np.int64),
            other=np.zeros(num_agents, np.int64),
            pair=np.zeros(2, np.int64),
            followers=np.zeros((num_roles, num_actions), np.int64),
            joint=np.zeros((num_actions, num_actions), np.int64),
            agreement=np.zeros(1),
            reached=np.full(3, -1, np.int64),
            num_events=np.zeros(1, np.int64),
        )

    def specification(self, agent_type: str, num_agents: int) -> Specification:
        """An agent sees what each action would have paid, or its role, and chooses an action."""
        payoffs, num_actions = self._payoffs(), len(self.payoffs)
        facts: dict[str, Any] = {"reward_range": (float(payoffs.min()), float(payoffs.max()))}
        facts["all_start_alike"] = self.start >= 0
        if self.roles == "none":
            facts["mean_rewards"] = np.tile(payoffs[0].mean(axis=1), (num_agents, 1))
        if self.observation == "payoffs":
            shown = {"observation": "payoff of each action", "discrete_by": "environment.observation=role"}
            return Specification(Discrete(num_actions), Box(shape=(num_actions,)), facts | shown)
        facts["payoffs_by"] = "environment.observation=payoffs"
        seen = Discrete(2, ("row", "column")) if self.roles == "drawn" else Discrete(1)
        return Specification(Discrete(num_actions), seen, facts)

    def columns(self, state: State) -> dict[str, NDArray[Any]]:
        """Return what each agent did last, in roles that are drawn as a row."""
        return {"act": state.act[:, :, 0]}

    def outcomes(self, state: State) -> dict[str, NDArray[Any]]:
        """Return the convention that is nearest, how many follow it, when, and how often all meetings agreed; NaN where
        there is nobody to agree with, or where two have never met.
        """
        reached, joint = np.asarray(state.reached), np.asarray(state.joint)
        meetings = np.where(joint.any(axis=(1, 2)), joint.sum(axis=(1, 2)), np.nan)
        times = {f"time_{round(100 * level)}": reached[:, k] for k, level in enumerate(LEVELS)}
        is_alone = state.act.shape[1] < 2
        return {
            "modal_action": _convention(np.asarray(state.followers)),
            "agreement": np.where(is_alone, np.nan, state.agreement[:, 0]),
            **{name: np.where((steps < 0) | is_alone, np.nan, steps) for name, steps in times.items()},
            "same_share": np.einsum("rkk->r", joint) / meetings,
            "first_share": joint[:, 0, 0] / meetings,
        }

    @staticmethod
    @compiled
    def initialise(env, network, stream):
        """Draw what everybody did and saw last, or set it."""
        num_actions = env.followers.shape[1]
        for r in range(env.followers.shape[0]):
            for a in range(num_actions):
                env.followers[r, a] = 0
        for i in range(env.act.shape[0]):
            env.role[i] = 1 if env.roles == FIXED and i >= env.num_rows else 0
            env.other[i] = env.start if env.start >= 0 else integer(stream, num_actions)
            for r in range(env.act.shape[1]):
                env.act[i, r] = env.start if env.start >= 0 else integer(stream, num_actions)
                env.followers[max(r, env.role[i]), env.act[i, r]] += 1
        note_agreement(env)

    @staticmethod
    @compiled
    def wake(env, network, active, stream):
        """Draw who meets whom; whoever has nobody to meet meets nobody."""
        i = integer(stream, network.num_agents)
        active[0] = i
        env.pair[0] = i
        if env.plays_field:
            return 1
        j = partner(env, network, i, stream)
        if j < 0:
            return 0
        active[1] = j
        env.pair[1] = j
        if env.roles == DRAWN:
            env.role[i] = 0
            env.role[j] = 1
        return 2

    @staticmethod
    @compiled
    def observe(env, network, i, out=None):
        """Return the role; or show what each action would have paid in the last meeting, or pays among neighbours."""
        if out is not None:
            if env.plays_field:
                for a in range(env.payoffs.shape[1]):
                    out[a] = mean_payoff(env, network, i, a)
            else:
                for a in range(env.payoffs.shape[1]):
                    out[a] = env.payoffs[env.role[i], a, env.other[i]]
        return env.role[i] if env.roles == DRAWN else 0

    @staticmethod
    @compiled
    def advance(env, network, active, actions, rewards, stream):
        """Pay those who meet and see how far all agree."""
        env.num_events[0] += 1
        if active.shape[0] == 0:
            return
        i = active[0]
        if env.plays_field:
            rewards[i] = mean_payoff(env, network, i, actions[i])
            if take(env, i, actions[i]):
                note_agreement(env)
            return
        j = active[1]
        rewards[i] = env.payoffs[env.role[i], actions[i], actions[j]]
        rewards[j] = env.payoffs[env.role[j], actions[j], actions[i]]
        env.other[i] = actions[j]
        env.other[j] = actions[i]
        is_new = take(env, i, actions[i])
        if take(env, j, actions[j]) or is_new:
            note_agreement(env)
        row = j if env.role[j] < env.role[i] else i
        env.joint[actions[row], actions[i + j - row]] += 1

    @staticmethod
    @compiled
    def done(env):
        """Return the convention once enough agents follow it, and did not from the start, or -1."""
        if env.stop_at == 0.0 or env.agreement[0] < env.stop_at - 1e-12:
            return -1
        verdict, place, is_new = 0, 1, False
        for r in range(env.followers.shape[0]):
            modal = modal_action(env, r)
            verdict += place * modal
            place *= env.followers.shape[1]
            is_new |= modal != env.start
        return verdict if is_new else -1


def _convention(followers: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the modal action, plus the number of actions times the columns' where there are roles."""
    modal = followers.argmax(axis=2)
    places = followers.shape[2] ** np.arange(followers.shape[1])
    return np.asarray(modal @ places, np.int64)


# --- Metrics ---------------------------------------------------------------------------------------------------


def mean_agreement(result: Result) -> Estimate:
    """Mean share of agents that follow the modal action at the end."""
    return _over(result.runs.agreement.dropna(), mean, ALONE)


def converged_share(result: Result) -> Estimate:
    """Share of runs in which at least nine of ten agents have followed one action."""
    runs = result.runs
    return _over(runs.time_90[runs.agreement.notna()].notna(), proportion, ALONE)


def time_to_convention(result: Result) -> Estimate:
    """Mean number of times that each agent acts until nine of ten follow one action, over the runs where they do.

    That is the number of its meetings; in each two act, or one where it chooses against all its neighbours.
    """
    acting = 1.0 if result.parameters["environment.meeting"] == "neighbours" else 2.0
    times = (acting * result.runs.time_90 / result.runs.num_agents).dropna()
    return _over(times, mean, "in no run nine of ten agents followed one action")


def first_convention(result: Result) -> Estimate:
    """Share of runs in which most agents follow action 0 at the end, among those that end with one convention."""
    ended = result.runs[result.runs.agreement >= LEVELS[1]]
    return _over(ended.modal_action == 0, proportion, "no run ended with one action followed by all but a tenth")


def same_share(result: Result) -> Estimate:
    """Mean share of all meetings of two in which both did the same."""
    return _over(result.runs.same_share.dropna(), mean, "no two met")


def _over(values: pd.Series, estimate: Callable[[pd.Series], Estimate], reason: str) -> Estimate:
    """Return an estimate over the runs in which something is defined, or why there is none."""
    return estimate(values) if len(values) else Estimate.undefined(reason)


METRICS = (mean_agreement, converged_share, time_to_convention, first_convention, same_share)


def scenario() -> Scenario:
    """Return a hundred agents in adaptive play on the two sides of the road."""
    return Scenario(Conventions(), "adaptive_play", "complete:n=100", 10_000, METRICS)


def small() -> Scenario:
    """Return five agents on a ring, in two classes, who remember four meetings."""
    return Scenario(Conventions(roles="fixed"), "adaptive_play:memory=4,sample=2", "cycle:n=5", 60, METRICS)
