"""Rules by which politicians look for votes, and learn nothing (Laver 2005).

With p the party's position, m the mean ideal point of its supporters, L the largest party's position and v its share:

- `Sticker` stays where it is: an ideological party;
- `Aggregator` moves to m: a democratic party that follows its supporters;
- `Hunter` goes on by a step in the same direction if its share has just risen; else it turns to a direction drawn
  evenly from the half-plane behind it, at least 90 degrees from the present one: win-stay, lose-shift with nothing but
  one's own share known;
- `Predator` moves towards L by a step, or all the way if it is closer than that; the largest party stays.

`PartyRule` mixes them: party i follows the i-th of some rules, in turn, and a party that is new to the system draws one
of them at random. What each rule has earned in each place tells which of them is fit.

Where parties choose among moves instead of positions, `socialsim.learning.party_moves` does the like.

Source: [Laver2005]_; the turn and the Predator's step as in the code of [Fowler2008]_'s tournament.
"""

from __future__ import annotations

import math
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.errors import ParameterError, unknown
from socialsim.core.parameters import parameter
from socialsim.core.streams import integer, normal
from socialsim.engine.interface import Learner, Specification, constant

STICKER, AGGREGATOR, HUNTER, PREDATOR = range(4)
RULES = ("sticker", "aggregator", "hunter", "predator")
STEP = 0.1  # a tenth of the voters' standard deviation


class State(NamedTuple):
    """What a party follows, where it is heading, and what each rule has earned."""

    step: float
    burn_in: int
    position: int  # where a row holds it
    supporters: int
    largest: int
    share: int
    share_before: int
    status: int  # -1 out of play, 1 new, else 0
    mix: NDArray[np.int64]  # (num_rules,), the rules that parties take in turn; constant
    rule: NDArray[np.int64]  # (num_agents,)
    heading: NDArray[np.float64]  # (num_agents, d), of length 1
    turned: NDArray[np.float64]  # (num_agents, d), a heading to come
    plays: NDArray[np.int8]  # (num_agents,), whether it was in play when it acted
    num_steps: NDArray[np.int64]  # (num_agents,)
    rewards: NDArray[np.float64]  # (num_agents, 4), earned by each rule in this place
    steps_in_play: NDArray[np.int64]  # (num_agents, 4)


# --- Directions ------------------------------------------------------------------------------------------------


@compiled
def turn(learner, i, stream):
    """Draw a direction at least 90 degrees from the present one; any if that has no length."""
    square, along = 0.0, 0.0
    for k in range(learner.heading.shape[1]):
        learner.turned[i, k] = normal(stream)
        square += learner.turned[i, k] * learner.turned[i, k]
        along += learner.turned[i, k] * learner.heading[i, k]
    length = -math.sqrt(square) if along > 0.0 else math.sqrt(square)
    for k in range(learner.heading.shape[1]):
        learner.heading[i, k] = learner.turned[i, k] / length


@compiled
def forget_heading(learner, i):
    """Leave the direction open; the first turn goes anywhere."""
    for k in range(learner.heading.shape[1]):
        learner.heading[i, k] = 0.0


# --- Rules -----------------------------------------------------------------------------------------------------


@compiled
def position_of(learner, i, row, out, stream):
    """Fill in the position that party i takes."""
    d, rule = learner.heading.shape[1], learner.rule[i]
    start = learner.supporters if rule == AGGREGATOR else learner.position
    length = 0.0
    if rule == HUNTER:
        if row[learner.share] <= row[learner.share_before]:
            turn(learner, i, stream)
    elif rule == PREDATOR:
        for k in range(d):
            length += (row[learner.largest + k] - row[learner.position + k]) ** 2
        length = math.sqrt(length)
        if length <= learner.step:
            start, length = learner.largest, 0.0
    for k in range(d):
        out[k] = row[start + k]
        if rule == HUNTER:
            out[k] += learner.step * learner.heading[i, k]
        elif rule == PREDATOR and length > 0.0:
            out[k] += learner.step * (row[learner.largest + k] - row[learner.position + k]) / length


def check_rules(rules: tuple[str, ...]) -> None:
    """Refuse a mix that is empty or names a rule that there is not.

    Examples
    --------
    >>> check_rules(())
    Traceback (most recent call last):
        ...
    socialsim.core.errors.ParameterError: rules: () is empty; accepted: at least one of sticker, aggregator, hunter,
    predator
    """
    if not rules:
        raise ParameterError(f"rules: () is empty; accepted: at least one of {', '.join(RULES)}")
    for name in rules:
        if name not in RULES:
            raise ParameterError(f"rules: {unknown('rule', name, RULES)}")


class _Politician(Learner):
    """What all have in common: the rules are functions, and who follows which is a number."""

    mix: ClassVar[tuple[str, ...]]

    source: ClassVar[str] = "Laver 2005, American Political Science Review 99:263-281"

    def rule_names(self) -> tuple[str, ...]:
        """Return the rules that parties take in turn."""
        return self.mix

    def state(self, specification: Specification, num_agents: int) -> State:
        """Lay out who follows which rule, and how to read what is seen."""
        d, names = specification.fact("num_dimensions"), self.rule_names()
        if "row" not in specification.facts:
            raise ParameterError(
                f"learner: {self.name()!r} takes positions; accepted: environment.actions=positions, or "
                "--learner party_moves"
            )
        return State(
            step=getattr(self, "step", STEP),
            burn_in=specification.fact("burn_in"),
            **specification.fact("row"),
            mix=constant([RULES.index(name) for name in names]),
            rule=np.zeros(num_agents, np.int64),
            heading=np.zeros((num_agents, d)),
            turned=np.zeros((num_agents, d)),
            plays=np.ones(num_agents, np.int8),
            num_steps=np.zeros(num_agents, np.int64),
            rewards=np.zeros((num_agents, len(RULES))),
            steps_in_play=np.zeros((num_agents, len(RULES)), np.int64),
        )

    def columns(self, state: State) -> dict[str, NDArray[Any]]:
        """Return each place's rule (its number in `RULES`), and for each rule in the mix what parties that followed it
        there earned in all and for how many steps they were in play, after the environment's burn-in.
        """
        columns: dict[str, NDArray[Any]] = {"rule": state.rule}
        for k in sorted(set(state.mix.tolist())):
            columns |= {
                f"reward_as_{RULES[k]}": state.rewards[:, :, k],
                f"steps_as_{RULES[k]}": state.steps_in_play[:, :, k],
            }
        return columns

    @staticmethod
    @compiled
    def initialise(learner, i, stream):
        """Take one's rule, and forget everything."""
        learner.rule[i] = learner.mix[i % learner.mix.shape[0]]
        learner.num_steps[i] = 0
        for k in range(learner.rewards.shape[1]):
            learner.rewards[i, k] = 0.0
            learner.steps_in_play[i, k] = 0
        forget_heading(learner, i)

    @staticmethod
    @compiled
    def act(learner, i, observation, stream, out):
        """Follow one's rule; a new party draws it first."""
        learner.plays[i] = observation[learner.status] >= 0.0
        if observation[learner.status] > 0.0:
            learner.rule[i] = learner.mix[integer(stream, learner.mix.shape[0])]
            forget_heading(learner, i)
        position_of(learner, i, observation, out, stream)

    @staticmethod
    @compiled
    def learn(learner, i, observation, action, reward, next_observation, stream):
        """Note what the rule has earned."""
        learner.num_steps[i] += 1
        if learner.num_steps[i] > learner.burn_in and learner.plays[i]:
            learner.rewards[i, learner.rule[i]] += reward
            learner.steps_in_play[i, learner.rule[i]] += 1


class Sticker(_Politician):
    """Stays where it is.

    Examples
    --------
    >>> Sticker().rule_names()
    ('sticker',)
    """

    mix: ClassVar[tuple[str, ...]] = ("sticker",)


class Aggregator(_Politician):
    """Moves to the mean ideal point of its supporters.

    Examples
    --------
    >>> from socialsim.engine.interface import Box
    >>> row = {"position": 0, "supporters": 1, "largest": 2, "share": 3, "share_before": 4, "status": 5}
    >>> facts = {"num_dimensions": 1, "burn_in": 0, "row": row}
    >>> state = Aggregator().state(Specification(Box(shape=(1,)), facts=facts), num_agents=1)
    >>> stream, where = np.ones(4, np.uint64), np.zeros(1)
    >>> Aggregator.initialise(state, 0, stream)
    >>> Aggregator.act(state, 0, np.array([0.0, 0.7, 2.0, 0.4, 0.3, 0.0]), stream, where)
    >>> where.tolist()
    [0.7]
    """

    mix: ClassVar[tuple[str, ...]] = ("aggregator",)


class Hunter(_Politician):
    """Goes on while its share rises, else turns.

    Examples
    --------
    >>> Hunter(step=0.05).step
    0.05
    """

    mix: ClassVar[tuple[str, ...]] = ("hunter",)

    step: float = parameter(STEP, "how far it goes", unit="policy", gt=0)


class Predator(_Politician):
    """Moves towards the largest party.

    Examples
    --------
    >>> Predator().step
    0.1
    """

    mix: ClassVar[tuple[str, ...]] = ("predator",)

    step: float = parameter(STEP, "how far it goes", unit="policy", gt=0)


class PartyRule(_Politician):
    """Parties that follow several rules: in turn at first, at random when they are new.

    Examples
    --------
    >>> PartyRule(rules=["hunter", "hunter", "sticker"]).rule_names()
    ('hunter', 'hunter', 'sticker')
    >>> PartyRule(rules=["hunters"])
    Traceback (most recent call last):
        ...
    socialsim.core.errors.ParameterError: rules: unknown rule 'hunters'; did you mean 'hunter'? Accepted: aggregator,
    hunter, predator, sticker
    """

    rules: tuple[str, ...] = parameter(RULES, "the rules that parties take in turn: " + ", ".join(RULES))
    step: float = parameter(STEP, "how far Hunters and Predators go", unit="policy", gt=0)

    def model_post_init(self, context: Any) -> None:
        """Refuse a rule that there is not."""
        check_rules(self.rules)

    def rule_names(self) -> tuple[str, ...]:
        """Return the rules that parties take in turn."""
        return self.rules
