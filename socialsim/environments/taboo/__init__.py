"""Taboos: rules that others enforce, some of which protect and some of which are silly (Koster et al. 2022).

N agents forage. In every step each is at a bush or, with the chance ``meeting``, in the company of one whom it hears.
A bush bears poisonous berries (kind 0) with the chance ``share``, harmless ones that are as rare (kind 1) with the same
chance, else ordinary ones (kind 2). A berry is worth 1, **poison** too: who eats it falls ill only later, and nothing
tells it of what. Health of an agent who eats poison with probability p in a step goes, at the end of each step,

    healthy -p-> incubating -1/delay-> sick -1/illness-> healthy;    a berry is worth 1 - severity to who is sick,   (1)

so that it is sick for the share illness / (1/p + delay + illness) of its time. A learner without memory cannot find
this out by itself: neither what it sees nor what it earns next tells of it.

Some kinds may be **taboo**: kind 0 under the ``important`` rule; kinds 0 and 1 under the ``silly`` one, although kind 1
is harmless. Who eats what is taboo is **marked** for all to see, until it is sanctioned or the mark fades (by chance,
after ``mark_steps`` in the mean). In company one may **sanction** the other. It costs oneself ``cost`` and the other
``loss``; if the other was marked, it brings ``bonus`` and clears the mark. The mark is the same whatever it is for
(``marks = "same"``), so that who has learned to enforce one rule can enforce both; with ``marks = "distinct"`` each
rule has its own.

**Enforcement** changes nothing for oneself later. Hence in company it pays to sanction who is marked iff bonus > cost,
and who is not, never.

**Compliance.** Let others sanction a marked partner with probability q and an unmarked one with q_0. Then an agent is
sanctioned n = q meeting times a step in the mean while marked, n_0 = q_0 meeting times while not, and while marked at
least once with the chance h. Let a be the chance to find a tabooed berry in a step, f = 1/mark_steps. For one who
leaves tabooed berries alone, except while marked, when they cost little, the value W of what is to come differs by

    D = W(unmarked) - W(marked) = [(n - n_0) loss - a] / [1 - gamma (a + (1 - a) (1 - h) (1 - f))].                  (2)

One tabooed berry more does not pay if gamma D >= 1, so that to comply is a best reply, for whoever discounts by gamma
and does not know of illness, iff

    gamma (n - n_0) loss  >=  1 - gamma (1 - a) (1 - h) (1 - f).                                                     (3)

(At equality D = 1/gamma, and eating while marked gains (1 - h) (1 - f) > 0, as supposed.) What counts is n - n_0:
sanctions must be frequent *and* well aimed: how well is the precision, and how surely the recall, of a violation, which
is to be marked for a forbidden berry (`socialsim.metrics.sanctions` cannot see that in acts).
`socialsim.environments.taboo.theory` solves (3). So nobody complies before others enforce, and others learn to enforce
only from whom they meet marked. A silly rule forbids something for nothing, which costs (1 - meeting) share berries a
step for ever, but it gives twice the occasions to learn enforcement, and the mark is the same: that this can pay for a
time is the paper's finding. Sources: [Koster2022]_; [HadfieldMenell2019]_ for silly rules.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.parameters import parameter
from socialsim.core.streams import uniform
from socialsim.engine.interface import Discrete, Environment, Specification
from socialsim.engine.links import is_away, random_neighbour
from socialsim.engine.scenario import Scenario
from socialsim.environments.taboo.measures import METRICS

WAIT, EAT, SANCTION = 0, 1, 2
LEARNER = "boltzmann_q:alpha=0.02,discount=0.8,temperature=0.25,initial_value=4"
NOTHING, POISON, HARMLESS, ORDINARY = -1, 0, 1, 2
BERRIES = ("poisonous berry", "harmless berry", "ordinary berry")
NUM_KINDS = len(BERRIES)
HEALTHY, INCUBATING, SICK = 0, 1, 2
TALLIES = (
    *("poison_found", "poison_eaten", "harmless_found", "harmless_eaten"),
    *("marked_met", "marked_sanctioned", "unmarked_met", "unmarked_sanctioned"),
    *("steps_marked", "steps_sick", "marks", "marks_sanctioned"),
)
MARKED_MET, UNMARKED_MET, STEPS_MARKED, STEPS_SICK, MARKS, MARKS_SANCTIONED = (
    TALLIES.index(name)
    for name in ("marked_met", "unmarked_met", "steps_marked", "steps_sick", "marks", "marks_sanctioned")
)


class State(NamedTuple):
    """Marks, health, where each agent is, and what has happened so far."""

    num_looks: int  # unmarked, and as many marks as can be told apart
    poison_mark: int  # what eating kind 0 brings; 0: nothing
    harmless_mark: int  # what eating kind 1 brings
    share: float
    meeting: float
    onset: float  # chance per step that an incubating agent falls ill
    recovery: float  # chance per step that a sick one recovers
    fading: float  # chance per step that a mark fades
    severity: float
    cost: float
    loss: float
    bonus: float
    mark: NDArray[np.int64]  # (num_agents,), 0: none
    health: NDArray[np.int64]  # (num_agents,)
    berry: NDArray[np.int64]  # (num_agents,), kind found, -1 in company
    partner: NDArray[np.int64]  # (num_agents,), -1 at a bush
    punished: NDArray[np.int64]  # (num_agents,), sanctioned by so many in the last step
    sanctioned: NDArray[np.int64]  # (num_agents,), whom one sanctioned in the last step, -1: nobody
    tally: NDArray[np.int64]  # (num_agents, 12), see TALLIES
    earned: NDArray[np.float64]  # (num_agents,), sum of rewards
    num_steps: NDArray[np.int64]  # (1,)


class Taboo(Environment):
    """Foragers who may punish each other for what they eat.

    Examples
    --------
    >>> Taboo(rule="important").state(8).harmless_mark
    0
    >>> Taboo().specification("agent", 8).num_observations
    10
    """

    rule: Literal["none", "important", "silly"] = parameter(
        "silly", "what is taboo: nothing, poison (kind 0), or poison and the harmless kind 1"
    )
    marks: Literal["same", "distinct"] = parameter("same", "whether both rules bring one mark, or each its own")
    share: float = parameter(0.05, "share of bushes with poison, and as many with kind 1", gt=0, le=0.5)
    meeting: float = parameter(0.2, "chance to be in company rather than at a bush", unit="per step", gt=0, lt=1)
    severity: float = parameter(0.8, "share of a berry's value that illness takes", ge=0, le=1)
    delay: float = parameter(50.0, "mean time until poison works", unit="steps", ge=1)
    illness: float = parameter(600.0, "mean time of being ill", unit="steps", ge=1)
    mark_steps: float = parameter(4.0, "mean time until a mark fades", unit="steps", ge=1)
    cost: float = parameter(1.0, "what sanctioning costs oneself", unit="berries", ge=0)
    loss: float = parameter(12.0, "what being sanctioned costs", unit="berries", ge=0)
    bonus: float = parameter(2.0, "what it brings to sanction one who is marked", unit="berries", ge=0)

    source: ClassVar[str] = "Koster et al. 2022, PNAS 119:e2106028118"
    figure: ClassVar[Mapping[str, Any]] = {
        "series": "mean_poison_eaten",
        "series_label": "poisonous berries eaten so far",
        "agent": "earned",
        "agent_label": "berries earned",
    }

    def state(self, num_agents: int) -> State:
        """Lay out agents who are healthy and without marks; `initialise` tells where they are."""
        poison_mark, harmless_mark = int(self.rule != "none"), int(self.rule == "silly")
        if self.marks == "distinct":
            harmless_mark *= 2
        return State(
            num_looks=3 if self.marks == "distinct" else 2,
            poison_mark=poison_mark,
            harmless_mark=harmless_mark,
            share=self.share,
            meeting=self.meeting,
            onset=1.0 / self.delay,
            recovery=1.0 / self.illness,
            fading=1.0 / self.mark_steps,
            severity=self.severity,
            cost=self.cost,
            loss=self.loss,
            bonus=self.bonus,
            mark=np.zeros(num_agents, np.int64),
            health=np.zeros(num_agents, np.int64),
            berry=np.zeros(num_agents, np.int64),
            partner=np.full(num_agents, -1),
            punished=np.zeros(num_agents, np.int64),
            sanctioned=np.full(num_agents, -1),
            tally=np.zeros((num_agents, len(TALLIES)), np.int64),
            earned=np.zeros(num_agents),
            num_steps=np.zeros(1, np.int64),
        )

    def specification(self, agent_type: str, num_agents: int) -> Specification:
        """An agent sees its mark and the berry, or how the one in its company looks; it waits, eats or sanctions."""
        marks = ("marked",) if self.marks == "same" else ("marked for poison", "marked for the harmless berry")
        looks = ("unmarked", *marks)
        seen = [*BERRIES, *(f"somebody {look}" for look in looks)]
        labels = tuple(f"{look}, {what}" for look in looks for what in seen)
        return Specification(Discrete(3, ("wait", "eat", "sanction")), Discrete(len(labels), labels))

    def columns(self, state: State) -> dict[str, NDArray[Any]]:
        """Return what each agent has met and done so far, and its sum of rewards."""
        return {name: state.tally[:, :, k] for k, name in enumerate(TALLIES)} | {"earned": state.earned}

    def outcomes(self, state: State) -> dict[str, NDArray[Any]]:
        """Return the sums over agents."""
        agent_steps = state.num_steps[:, 0] * state.mark.shape[1]
        return {name: values.sum(axis=1) for name, values in self.columns(state).items()} | {"agent_steps": agent_steps}

    def sanctions(self, state: State) -> dict[str, NDArray[Any]]:
        """Return who sanctioned whom; the cost is gross: a bonus is no part of it."""
        row, source = np.nonzero(state.sanctioned >= 0)
        return {
            "row": row,
            "source": source,
            "target": state.sanctioned[row, source],
            "cost": np.full(len(row), self.cost),
            "loss": np.full(len(row), self.loss),
        }

    @staticmethod
    @compiled
    def initialise(env, network, stream):
        """All begin healthy and unmarked, at a bush or in company."""
        env.num_steps[0] = 0
        for i in range(env.mark.shape[0]):
            env.mark[i] = 0
            env.health[i] = HEALTHY
            env.sanctioned[i] = -1
            env.punished[i] = 0
            env.earned[i] = 0.0
            for k in range(env.tally.shape[1]):
                env.tally[i, k] = 0
            walk_on(env, network, i, stream)

    @staticmethod
    @compiled
    def enter(env, network, i, stream):
        """Who enters is healthy and unmarked."""
        env.mark[i] = 0
        env.health[i] = HEALTHY
        walk_on(env, network, i, stream)

    @staticmethod
    @compiled
    def observe(env, network, i):
        """Return the index of agent i's own look and of what is before it: a berry, or somebody's look."""
        j = env.partner[i]
        seen = env.berry[i] if j < 0 else NUM_KINDS + env.mark[j]
        return env.mark[i] * (NUM_KINDS + env.num_looks) + seen

    @staticmethod
    @compiled
    def advance(env, network, actions, rewards, stream):
        """All sanction at once, by the marks that they saw; then all eat, marks and health change, all walk on."""
        env.num_steps[0] += 1
        for i in range(actions.shape[0]):
            rewards[i] = 0.0
            env.sanctioned[i] = -1
            env.punished[i] = 0
        for i in range(actions.shape[0]):
            j = env.partner[i]
            if j >= 0 and not is_away(network, i) and not is_away(network, j):
                keep_company(env, rewards, i, j, actions[i] == SANCTION)
        for i in range(actions.shape[0]):
            if is_away(network, i):
                continue
            fade(env, i, stream)
            kind = env.berry[i] if env.partner[i] < 0 and actions[i] == EAT else NOTHING
            if kind >= 0:
                rewards[i] += 1.0 - env.severity * (env.health[i] == SICK)
            if 0 <= env.berry[i] <= HARMLESS:
                note(env, i, kind)
            digest(env, i, kind == POISON, stream)
            env.earned[i] += rewards[i]
            walk_on(env, network, i, stream)


@compiled
def keep_company(env, rewards, i, j, sanctions):
    """Count the meeting of i with j, and let i sanction j."""
    is_marked = np.int64(env.mark[j] > 0)
    k = MARKED_MET if is_marked else UNMARKED_MET
    env.tally[i, k] += 1
    if sanctions:
        env.tally[i, k + 1] += 1
        env.sanctioned[i] = j
        env.punished[j] += 1
        rewards[i] += env.bonus * is_marked - env.cost
        rewards[j] -= env.loss


@compiled
def fade(env, i, stream):
    """Clear the mark of one who was sanctioned, or let it fade."""
    if env.mark[i] > 0:
        env.tally[i, STEPS_MARKED] += 1
        if env.punished[i] > 0:
            env.tally[i, MARKS_SANCTIONED] += 1
            env.mark[i] = 0
        elif uniform(stream) < env.fading:
            env.mark[i] = 0


@compiled
def note(env, i, eaten):
    """Count a berry that may be taboo, and mark whoever has eaten it if it is."""
    k = 2 * env.berry[i]
    env.tally[i, k] += 1
    if eaten >= 0:
        env.tally[i, k + 1] += 1
        mark = env.poison_mark if eaten == POISON else env.harmless_mark
        if mark > 0:
            env.tally[i, MARKS] += np.int64(env.mark[i] == 0)
            env.mark[i] = mark


@compiled
def digest(env, i, ate_poison, stream):
    """Let poison take its course (eq. 1)."""
    if env.health[i] == HEALTHY:
        env.health[i] = INCUBATING if ate_poison else HEALTHY
    elif env.health[i] == INCUBATING:
        env.health[i] = SICK if uniform(stream) < env.onset else INCUBATING
    else:
        env.tally[i, STEPS_SICK] += 1
        env.health[i] = HEALTHY if uniform(stream) < env.recovery else SICK


@compiled
def walk_on(env, network, i, stream):
    """Bring agent i into somebody's company, or to a bush."""
    env.partner[i] = random_neighbour(network, i, stream) if uniform(stream) < env.meeting else -1
    chance = uniform(stream)
    kind = POISON if chance < env.share else HARMLESS if chance < 2.0 * env.share else ORDINARY
    env.berry[i] = kind if env.partner[i] < 0 else NOTHING


def scenario() -> Scenario:
    """Return twelve foragers under the silly rule, who learn by trial and error."""
    return Scenario(Taboo(), LEARNER, "complete:n=12", 60_000, METRICS)


def small() -> Scenario:
    """Return four foragers for a few steps."""
    return Scenario(Taboo(), LEARNER, "complete:n=4", 50, METRICS)
