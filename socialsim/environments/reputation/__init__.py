r"""Strangers who give or refuse, and what is thought of them (indirect reciprocity).

At every event an agent drawn at random, the donor, meets one of those whom it hears, the recipient. The donor either
gives, at a cost c to itself and a benefit b > c to the recipient, or refuses. The two need not meet again: who gives
does so for what others will think of it. A **norm** says which reputation the donor has next, by what it did, its own
reputation and that of the recipient:

- *image_score*: one point more for giving, one less for refusing, whoever the recipient is, from -5 to 5
  ([Nowak1998]_); strategies give to those of a score of at least k, from k = -5 (always) to k = 6 (never);
- good or bad: *scoring*, good iff one gave; *standing* ([Leimar2001]_), bad only by refusing somebody good, good again
  by giving; *simple_standing*, *stern_judging*, *shunning*, *staying*, *judging*; *L1* to *L8*, the leading eight
  ([Ohtsuki2004]_; [OhtsukiIwasa2006]_); or any of the 256 by eight letters. Strategies are *cooperator*, *defector*,
  *discriminator*, *contrite*, which also gives if both are bad, *paradoxical*, or any of the sixteen by four letters
  (`socialsim.environments.reputation.norms`).

A gift may fail (``execution_error``), an act may be taken for the other (``perception_error``), and of good and bad the
wrong one may be noted (``assignment_error``). A meeting becomes known with probability ``observed``. Where information
is *public* all share one view of everybody. Where it is *private* each has its own: donor, recipient and each neighbour
of the donor who observes judge by what **they** think of both, each with its own errors, and opinions may part: under
stern judging they become independent, however small the errors ([Hilbe2018]_). What is measured of reputations is what
others think.

**Innate strategies** are drawn at first from those listed (``strategies``; if none is listed, all thresholds, or
cooperator, defector and discriminator). After each ``generation`` of so many meetings the agents die: each place goes
to the offspring of one drawn in proportion to its payoff, or, with the chance of a mutation, to any strategy, and all
are new again: of score 0, or good ([Nowak1998]_). So that payoffs are not negative, a donor has an endowment of at
least c before each meeting, here and where acts are learned. With ``generation = 0`` nobody dies. The learner is
`innate`.

**Learned** behaviour (``behaviour = "learned"``): a donor sees its own reputation and the recipient's, as one number,
own x levels + recipient's, and chooses to give (0) or to refuse (1). It is paid what it has received since it was last
a donor, plus the endowment, less the cost: to give pays if others look at reputations, and only to those who are
patient. Any tabular learner will do.

`socialsim.environments.reputation.theory` has the exact shares of good ones and rates of cooperation under public
information, in large populations and in a population of N, and finds the leading eight. An observation of
[Nowak1998]_: that somebody gives whenever it knows the other's reputation and it is good pays only if it is known with
a probability q > c/b.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.errors import ParameterError
from socialsim.core.parameters import parameter
from socialsim.core.streams import integer
from socialsim.engine.interface import Discrete, Environment, Specification, constant
from socialsim.engine.links import is_away
from socialsim.engine.scenario import Scenario
from socialsim.environments.reputation import mechanics as parts
from socialsim.environments.reputation.measures import METRICS
from socialsim.environments.reputation.mechanics import (
    NUM_TOTALS,
    State,
    count,
    decide,
    find_partner,
    forget,
    reproduce,
    seen_by,
    spread,
)
from socialsim.environments.reputation.norms import (
    GIVE,
    GOOD,
    IMAGE_SCORE,
    TOP_SCORE,
    assessment_table,
    strategy_table,
    thresholds,
)
from socialsim.environments.reputation.theory import Errors

FIRST_ORDER = ("cooperator", "defector", "discriminator")


class Reputation(Environment):
    """A population of donors and recipients.

    Examples
    --------
    >>> Reputation(norm="stern_judging", behaviour="learned").specification("agent", 50).num_observations
    4
    >>> Reputation(norm="stern_juding")
    Traceback (most recent call last):
        ...
    socialsim.core.errors.ParameterError: environment.norm: unknown norm 'stern_juding'; did you mean 'stern_judging'?
    Accepted: L1, L2, L3, L4, L5, L6, L7, L8, image_score, judging, scoring, shunning, simple_standing, standing,
    staying, stern_judging, or eight letters G and B
    """

    norm: str = parameter(IMAGE_SCORE, "what is thought of a donor")
    benefit: float = parameter(1.0, "b, to the recipient of a gift", unit="reward", gt=0)
    cost: float = parameter(0.1, "c, to the donor of a gift", unit="reward", ge=0)
    endowment: float = parameter(0.1, "what a donor has before each meeting", unit="reward", ge=0)
    behaviour: Literal["innate", "learned"] = parameter(
        "innate", "whether strategies are inherited or acts are learned"
    )
    strategies: tuple[str, ...] = parameter((), "innate strategies; empty: the simple ones of the norm")
    generation: int = parameter(0, "meetings of a generation; 0: nobody dies", unit="meetings", ge=0)
    mutation: float = parameter(0.0, "chance that a strategy is drawn anew at birth", ge=0, le=1)
    information: Literal["public", "private"] = parameter("public", "whether all share one view of everybody")
    observed: float = parameter(1.0, "chance that a meeting becomes known, to all or to each", ge=0, le=1)
    execution_error: float = parameter(0.0, "chance that a gift fails", ge=0, le=1)
    perception_error: float = parameter(0.0, "chance that who judges takes an act for the other", ge=0, le=1)
    assignment_error: float = parameter(0.0, "chance that bad is noted for good, or good for bad", ge=0, le=1)
    burn_in: int = parameter(0, "first meetings that the measures leave out", unit="meetings", ge=0)

    loop: ClassVar = "events"
    participants: ClassVar[int] = 1
    source: ClassVar[str] = "Nowak & Sigmund 1998, Nature 393:573-577; Ohtsuki & Iwasa 2004, J. Theor. Biol. 231:107"
    figure: ClassVar[Mapping[str, Any]] = {
        "step_label": "meeting",
        "series": "mean_gave",
        "series_label": "share who gave when they last could",
        "agent": "reputation",
        "agent_label": "reputation",
    }

    def model_post_init(self, context: Any) -> None:
        """Refuse norms and strategies that do not exist, and payoffs by which nobody could be born."""
        num_levels = len(assessment_table(self.norm))
        for name in self.strategies:
            strategy_table(name, num_levels)
        if len(set(self.strategies)) < len(self.strategies):
            raise ParameterError(f"environment.strategies: {list(self.strategies)}: accepted: each strategy once")
        if self.norm == IMAGE_SCORE and self.assignment_error > 0:
            raise ParameterError(
                f"environment.assignment_error: {self.assignment_error} is not accepted under image scores, where "
                "nobody is good or bad; accepted: 0, or environment.perception_error"
            )
        if self.behaviour == "learned" and (self.strategies or self.generation > 0):
            name = "strategies" if self.strategies else "generation"
            raise ParameterError(
                f"environment.{name}: {getattr(self, name)} is not accepted with environment.behaviour=learned, where "
                "nobody inherits a strategy; accepted: strategies=[], generation=0"
            )
        if (self.generation > 0 or self.behaviour == "learned") and self.endowment < self.cost:
            why = "offspring are drawn in proportion to them" if self.generation > 0 else "some learners add them up"
            raise ParameterError(
                f"environment.endowment: {self.endowment} is not accepted: payoffs could be negative, and {why}; "
                f"accepted: at least the cost, {self.cost}"
            )

    def errors(self) -> Errors:
        """Return what goes wrong how often, for `socialsim.environments.reputation.theory`."""
        return Errors(self.execution_error, self.perception_error, self.assignment_error, self.observed)

    def names(self) -> tuple[str, ...]:
        """Return the innate strategies."""
        return self.strategies or (thresholds() if self.norm == IMAGE_SCORE else FIRST_ORDER)

    def gives(self) -> NDArray[np.int8]:
        """Return whether each innate strategy gives, shape (num_strategies, num_levels, num_levels)."""
        num_levels = len(assessment_table(self.norm))
        return np.stack([strategy_table(name, num_levels) for name in self.names()])

    def _gives_to_new(self) -> NDArray[np.float64]:
        """Return whether each innate strategy gives where both are new, shape (num_strategies,)."""
        initial = TOP_SCORE if self.norm == IMAGE_SCORE else GOOD
        return self.gives()[:, initial, initial].astype(float)

    def state(self, num_agents: int) -> State:
        """Lay out a population in which nobody has met anybody."""
        assessment, gives = assessment_table(self.norm), self.gives()
        initial = TOP_SCORE if self.norm == IMAGE_SCORE else GOOD
        num_observers = num_agents if self.information == "private" else 1
        return State(
            benefit=self.benefit,
            cost=self.cost,
            endowment=self.endowment,
            is_learned=int(self.behaviour == "learned"),
            is_private=int(self.information == "private"),
            observed=self.observed,
            execution_error=self.execution_error,
            perception_error=self.perception_error,
            assignment_error=self.assignment_error,
            generation=self.generation,
            mutation=self.mutation,
            burn_in=self.burn_in,
            initial=initial,
            assessment=constant(assessment),
            gives=constant(gives),
            image=np.full((num_observers, num_agents), initial, np.int8),
            partner=np.full(num_agents, -1, np.int64),
            donor=np.zeros(1, np.int64),
            strategy=np.zeros(num_agents, np.int64),
            born=np.zeros(num_agents, np.int64),
            payoff=np.zeros(num_agents),
            owed=np.zeros(num_agents),
            cumulated=np.zeros(num_agents),
            last=np.full(num_agents, math.nan),
            level=np.array([initial * num_agents * max(1, num_observers - 1)], np.int64),
            census=np.zeros(len(gives)),
            clock=np.zeros(1, np.int64),
            totals=np.zeros(NUM_TOTALS),
        )

    def specification(self, agent_type: str, num_agents: int) -> Specification:
        """A donor who learns sees both reputations and gives or refuses; one of innate behaviour decides nothing. There
        is no range of rewards: how much one receives between two meetings as a donor has no bound.
        """
        if self.behaviour == "innate":
            return Specification(Discrete(1), facts={"decides_by": "environment.behaviour=learned"})
        num_levels = len(assessment_table(self.norm))
        reputations = ("bad", "good") if num_levels == 2 else tuple(str(k - TOP_SCORE) for k in range(num_levels))
        labels = tuple(f"own {own}, other {other}" for own in reputations for other in reputations)
        return Specification(Discrete(2, ("give", "refuse")), Discrete(num_levels**2, labels))

    def columns(self, state: State) -> dict[str, NDArray[Any]]:
        """Return each agent's reputation in the mean eye, whether it gave when it last could, and its strategy."""
        shift = TOP_SCORE if self.norm == IMAGE_SCORE else 0
        view = np.asarray(state.image, float)
        seen = view.sum(axis=1)
        if self.information == "private":
            with np.errstate(invalid="ignore"):  # one alone is seen by nobody
                seen = (seen - np.einsum("rii->ri", view)) / (view.shape[1] - 1)
        found = {"reputation": seen - shift, "gave": state.last}
        if self.behaviour == "innate":
            found |= {"strategy": state.strategy, "cooperates": self._gives_to_new()[state.strategy]}
        return found

    def outcomes(self, state: State) -> dict[str, NDArray[Any]]:
        """Return how often donors gave, what was thought of all, and which strategies there are and were."""
        totals, view = state.totals.T, np.asarray(state.image)
        shift = TOP_SCORE if self.norm == IMAGE_SCORE else 0
        gives_to_new, num_agents = self._gives_to_new(), view.shape[2]
        num_seen = num_agents * max(1, view.shape[1] - 1)  # in the eyes of others, where these have views of their own
        innate = self.behaviour == "innate"
        with np.errstate(invalid="ignore", divide="ignore"):
            past = np.asarray(state.census) / totals[parts.LIVES][:, None]
            found = {
                "meetings": totals[parts.MEETINGS].astype(np.int64),
                "gifts": totals[parts.GIFTS].astype(np.int64),
                "mean_reputation": totals[parts.LEVEL] / totals[parts.MEETINGS] / num_seen - shift,
                "agreement": _agreement(view),
                "cooperators": gives_to_new[state.strategy].mean(axis=1) if innate else np.full(len(view), math.nan),
                "past_cooperators": past @ gives_to_new if innate else np.full(len(view), math.nan),
            }
        if innate:
            found |= {f"past_{name}": past[:, k] for k, name in enumerate(self.names())}
        return found

    @staticmethod
    @compiled
    def initialise(env, network, stream):
        """Draw everybody's strategy and first partner."""
        for i in range(env.strategy.shape[0]):
            env.strategy[i] = integer(stream, env.gives.shape[0])
            find_partner(env, network, i, stream)

    @staticmethod
    @compiled
    def enter(env, network, i, stream):
        """Whoever enters is new, with any strategy."""
        env.strategy[i] = integer(stream, env.gives.shape[0])
        forget(env, i)
        find_partner(env, network, i, stream)

    @staticmethod
    @compiled
    def wake(env, network, active, stream):
        """Draw a donor; nothing happens if it is away, or has nobody to meet."""
        i = integer(stream, network.num_agents)
        if is_away(network, i):
            return 0
        if env.partner[i] < 0 or is_away(network, env.partner[i]):
            find_partner(env, network, i, stream)
        active[0] = i
        return 1 if env.partner[i] >= 0 else 0

    @staticmethod
    @compiled
    def observe(env, network, i):
        """Return one's own reputation and that of the next partner as one number, in one's own eyes; 0 for who is
        innate.
        """
        if not env.is_learned or env.partner[i] < 0:
            return 0
        return env.assessment.shape[0] * seen_by(env, i, i) + seen_by(env, i, env.partner[i])

    @staticmethod
    @compiled
    def advance(env, network, active, actions, rewards, stream):
        """The donor gives or not, all judge, and at the end of a generation the next is born."""
        if active.shape[0] == 0:
            return
        i = active[0]
        j = env.partner[i]
        act = decide(env, i, actions[i], stream)
        earned = env.endowment - (env.cost if act == GIVE else 0.0)
        rewards[i] = env.owed[i] + earned
        env.payoff[i] += earned
        env.owed[i] = 0.0
        if act == GIVE:
            env.payoff[j] += env.benefit
            env.owed[j] += env.benefit
        env.last[i] = 1.0 if act == GIVE else 0.0
        spread(env, network, i, j, act, stream)
        count(env, act)
        env.clock[0] += 1
        if env.generation > 0 and env.clock[0] % env.generation == 0:
            reproduce(env, network, stream)
        find_partner(env, network, i, stream)


def _agreement(view: NDArray[np.int8]) -> NDArray[np.float64]:
    """Return the chance that two observers agree on an agent that is neither, shape (num_runs,)."""
    num_observers, num_agents = view.shape[1:]
    if num_observers == 1:
        return np.ones(len(view))
    if num_agents < 3:
        return np.full(len(view), math.nan)
    agreeing = np.zeros(len(view))
    others = ~np.eye(num_agents, dtype=bool)
    for level in range(int(view.max()) + 1):
        holding = ((view == level) & others).sum(axis=1).astype(float)
        agreeing += (holding * (holding - 1)).sum(axis=1)
    return agreeing / (num_agents * (num_agents - 1) * (num_agents - 2))


def scenario() -> Scenario:
    """Return a hundred agents of all thresholds of the image score, for two hundred generations and most of another."""
    return Scenario(Reputation(generation=500), "innate", "complete:n=100", 100_400, METRICS)


def small() -> Scenario:
    """Return six agents who judge sternly, each for itself, for a few generations."""
    errors: dict[str, Any] = {"execution_error": 0.1, "perception_error": 0.1, "assignment_error": 0.1, "observed": 0.7}
    group = Reputation(norm="stern_judging", information="private", generation=10, mutation=0.1, burn_in=5, **errors)
    return Scenario(group, "innate", "cycle:n=6", 60, METRICS)
