"""What follows if somebody breaks a regularity? The interventions behind a certificate.

Runs are watched for a while, which shows what is regular. Then in each run one agent, drawn among those who are about
to do what is regular, is made to deviate, and branches go on side by side for ``duration + steps`` periods (a period is
a step, or as many events as there are agents):

    baseline      nobody is forced
    placebo       the agent is held to what it does in the baseline, while all chance events of those periods are drawn
                  anew: the others meet a surprise of the same moment, but no deviation
    deviation     the agent is forced to another act for ``duration`` periods; then it does as its learner says
    unanswered    the same, while from the next step on everybody else is held to what they do in the baseline: a
                  deviation without response
    off           everybody else is forced off what is regular, and the agent conforms, or deviates
    shock         a share of the agents is forced off what is regular, then let go

The deviation is the one that tempts most: of all acts the one with the highest reward while it lasts, and where several
have it (it may make no difference what people wear) the one to which the others respond most. It is found in
one course of chance and measured in another, and the other way round (the mean of both is taken): the maximum of noisy
gains would look like a gain where there is none. All branches of one course have their chance events in common.

What follows from chance events that depend on acts (a draw that is made only if somebody does something) is no fault of
the deviator's; where they differ between branches, held acts answer to what has not happened. That can make a deviation
without response look worse than it is, and the response smaller: never the other way round in the mean.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.errors import ParameterError
from socialsim.engine.interface import Discrete
from socialsim.engine.scenario import Scenario
from socialsim.engine.simulation import Simulation
from socialsim.inference.branches import NOBODY, Forced, Record, branch, follow, for_steps, held_to, keys_of, together
from socialsim.inference.regularity import UNKNOWN, Regularity, regular_shares

WORLDS = (0, 1)
MOST_TRIED = 32  # acts; of more, so many are tried, evenly spread
ROUNDED = 12  # decimals: what cancels leaves nothing
MOST_ACTS = 1 << 19  # of a branch that are held in memory


@dataclass(frozen=True)
class Protocol:
    """How long is watched, who is forced, and for how long.

    Parameters
    ----------
    window : int
        Periods that are watched before the deviation, >= 4.
    duration : int
        Periods for which an act is forced, >= 1.
    steps : int
        Periods that are followed afterwards, >= 4.
    shock : float
        Share of the agents who are forced off what is regular in the shock, in (0, 1).
    discount : float
        By which the gains of later periods are discounted, in (0, 1].
    agent_type : str, optional
        Of those who deviate; by default all.

    Examples
    --------
    >>> Protocol(window=2)
    Traceback (most recent call last):
        ...
    socialsim.core.errors.ParameterError: window: 2 is not accepted; accepted: an integer >= 4
    """

    window: int = 20
    duration: int = 1
    steps: int = 20
    shock: float = 0.25
    discount: float = 1.0
    agent_type: str | None = None

    def __post_init__(self) -> None:
        for name, least in (("window", 4), ("duration", 1), ("steps", 4)):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < least:
                raise ParameterError(f"{name}: {value!r} is not accepted; accepted: an integer >= {least}")
        if not 0 < self.shock < 1:
            raise ParameterError(f"shock: {self.shock!r} is not accepted; accepted: a share > 0, < 1")
        if not 0 < self.discount <= 1:
            raise ParameterError(f"discount: {self.discount!r} is not accepted; accepted: a float > 0, <= 1")

    @property
    def num_periods(self) -> int:
        """All periods from the fork on."""
        return self.window + self.duration + self.steps


@dataclass(frozen=True)
class Effects:
    """What was measured in each run; NaN where nobody could deviate.

    Shapes are (num_runs,) and, for courses over the periods from the deviation on, (num_runs, duration + steps).
    """

    regular: NDArray[np.float64]  # share of acts that are regular
    tempting: NDArray[np.float64]  # reward gained while deviating
    answered: NDArray[np.float64]  # reward gained by deviating, up to the last period
    unanswered: NDArray[np.float64]  # the same while others do as in the baseline
    best: NDArray[np.float64]  # reward gained, up to the last period, by the deviation that is best in that
    tempting_off: NDArray[np.float64]  # reward gained while deviating when everybody else is off too
    response: NDArray[np.float64]  # share of others' later acts that change after a deviation
    sham: NDArray[np.float64]  # and after a placebo
    after_shock: NDArray[np.float64]  # share of regular acts in the last quarter after a shock
    without_shock: NDArray[np.float64]  # and in the baseline
    reward: NDArray[np.float64]  # mean reward an act in the baseline
    response_course: NDArray[np.float64]
    sham_course: NDArray[np.float64]
    answered_course: NDArray[np.float64]
    unanswered_course: NDArray[np.float64]
    shock_course: NDArray[np.float64]
    regular_course: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.regular)

    def rows(self, chosen: slice | NDArray[np.int64]) -> Effects:
        """Return the effects in some of the runs."""
        return Effects(**{field.name: getattr(self, field.name)[chosen] for field in fields(self)})


def intervene(past: Simulation, protocol: Protocol, seed: int = 0) -> Effects:
    """Make all interventions in each of the runs that have come to a fork.

    Parameters
    ----------
    past : Simulation
        The runs as they stand, with a horizon that is far enough.
    protocol : Protocol
    seed : int
        Of who deviates, and of what those are forced to do who are off.

    Returns
    -------
    Effects

    Raises
    ------
    ParameterError
        If actions are no integers, nobody could respond, the agent type is unknown or a run ends within the window.
    """
    check(past.scenario, past.num_agents, protocol)
    stream = np.random.Generator(np.random.SFC64(seed))
    unit = past.num_agents if past.plan.is_events else 1
    slots = past.engine.active.shape[1] if past.plan.is_events else past.num_agents
    at_once = max(1, MOST_ACTS // (protocol.num_periods * unit * slots))
    rows = np.arange(len(past.clock))
    blocks = []
    for first in range(0, len(rows), at_once):
        block = rows[first : first + at_once]
        blocks.append(_Trial(past.copies(block, branches=True), protocol, unit, stream).effects())
    return Effects(**{f.name: np.concatenate([getattr(block, f.name) for block in blocks]) for f in fields(Effects)})


def check(scenario: Scenario, num_agents: int, protocol: Protocol) -> None:
    """Refuse scenarios whose regularities cannot be put to the test."""
    for name in scenario.learners:
        if not isinstance(scenario.environment.specification(name, num_agents).actions, Discrete):
            raise ParameterError(
                f"{scenario.name}: actions of the type {name!r} are real numbers; a certificate needs acts that recur; "
                "accepted: an environment with discrete actions"
            )
    if num_agents < 2:
        raise ParameterError("network: 1 agent has nobody to respond to it; accepted: 2 agents or more")
    counts = scenario.environment.counts(num_agents)
    if protocol.agent_type is not None and not counts.get(protocol.agent_type):
        accepted = ", ".join(name for name, count in counts.items() if count)
        raise ParameterError(f"agent_type: {protocol.agent_type!r} is not accepted; accepted: {accepted}")


class _Tried(NamedTuple):
    """What follows each act in one world; -inf of an act that is no deviation."""

    now: NDArray[np.float64]  # (num_acts, num_runs), gained while it lasts
    in_all: NDArray[np.float64]  # (num_acts, num_runs)
    gains: NDArray[np.float64]  # (num_acts, num_runs, num_periods)
    changes: NDArray[np.float64]  # (num_acts, num_runs, num_periods)

    def most_tempting(self) -> NDArray[np.int64]:
        """Return the act that gains most while it lasts, shape (num_runs,); of several the most answered one."""
        is_best = self.now >= self.now.max(axis=0) - 10.0**-ROUNDED
        return np.where(is_best, self.changes.sum(axis=2), -1.0).argmax(axis=0)


class _Trial:
    """One block of runs: watched, then branched."""

    def __init__(self, past: Simulation, protocol: Protocol, unit: int, stream: np.random.Generator) -> None:
        self.protocol, self.unit, self.stream = protocol, unit, stream
        self.num_runs, self.num_agents = len(past.clock), past.num_agents
        self.num_actions = np.concatenate(
            [np.full(past.counts[name], each.num_actions) for name, each in past.specifications.items()]
        )
        most = int(self.num_actions.max())
        self.acts = np.unique(np.linspace(0, most - 1, min(most, MOST_TRIED)).astype(np.int64))
        seen = follow(past, protocol.window * unit)
        self.start = past
        self.regularity = Regularity(seen, self.num_agents)
        self.regular = regular_shares(seen, self.num_agents)
        self.periods = protocol.duration + protocol.steps
        self.forced_steps = protocol.duration * unit
        self.baseline = [self._follow(world) for world in WORLDS]
        ended = int((self.baseline[0].agents[:, -unit:] == NOBODY).all(axis=(1, 2)).sum())
        if ended:
            raise ParameterError(
                f"at: {ended} of {self.num_runs} runs end before the last period; accepted: a scenario that goes on, "
                "or an earlier step"
            )
        self.first = [self._first_acts(record) for record in self.baseline]
        self.deviator, self.has_deviator = self._draw_deviators()

    def effects(self) -> Effects:
        """Make all branches and return what follows."""
        tried = [self._try_all(world) for world in WORLDS]
        tempting = [tried[1 - world].most_tempting() for world in WORLDS]
        best = [tried[1 - world].in_all.argmax(axis=0) for world in WORLDS]
        runs = np.arange(self.num_runs)
        courses: dict[str, list[NDArray[np.float64]]] = {}
        values: dict[str, list[NDArray[np.float64]]] = {}

        def add(lists: dict[str, list[NDArray[np.float64]]], **measured: NDArray[np.float64]) -> None:
            for name, each in measured.items():
                lists.setdefault(name, []).append(each)

        for world, trials in enumerate(tried):
            chosen = tempting[world]
            act, answered = self.acts[chosen], trials.gains[chosen, runs]
            unanswered = self._gains(self._follow(world, act, held=True), world)
            sham = self._changes(self._placebo(world), world)
            add(courses, response=trials.changes[chosen, runs], sham=sham, answered=answered, unanswered=unanswered)
            add(values, tempting=trials.now[chosen, runs], best=trials.in_all[best[world], runs])
            add(values, answered=self._discounted(answered), unanswered=self._discounted(unanswered))
            add(values, tempting_off=self._gain_when_off(world, act))
        means = {name: self._of_deviators(np.mean(each, axis=0)) for name, each in values.items()}
        lines = {name: self._of_deviators(np.mean(each, axis=0)) for name, each in courses.items()}
        later, last = slice(self.protocol.duration, None), slice(-(self.protocol.steps // 4), None)
        shock, calm = self._shares(self._shocked()), self._shares(self.baseline[0])
        acts = (self.baseline[0].agents != NOBODY).sum(axis=(1, 2))
        return Effects(
            regular=self.regular,
            response=lines["response"][:, later].mean(axis=1),
            sham=lines["sham"][:, later].mean(axis=1),
            after_shock=shock[:, last].mean(axis=1),
            without_shock=calm[:, last].mean(axis=1),
            reward=self.baseline[0].rewards.sum(axis=(1, 2)) / np.maximum(acts, 1),
            shock_course=shock,
            regular_course=calm,
            **means,
            **{f"{name}_course": line for name, line in lines.items()},
        )

    # --- branches --------------------------------------------------------------------------------------------

    def _follow(self, world: int, act: NDArray[np.int64] | None = None, *, held: bool = False) -> Record:
        """Follow a branch in which the deviators are forced to an act, and the others perhaps held to the baseline."""
        forcing = None
        if act is not None:
            forcing = for_steps(Forced(self.deviator[:, None], act[:, None]), self.forced_steps)
        if held and forcing is not None:
            forcing = together(forcing, held_to(self.baseline[world], self.deviator))
        return follow(branch(self.start, world=world), self.periods * self.unit, forcing)

    def _placebo(self, world: int) -> Record:
        """Hold the deviators to what they do anyway, while chance events are drawn anew."""
        simulation = branch(self.start, world=world)
        simulation.keys[:] = keys_of(self.start, world + len(WORLDS))
        own = self.baseline[world]

        def as_ever(k: int) -> Forced:
            is_deviator = own.agents[:, k] == self.deviator[:, None]
            return Forced(np.where(is_deviator, own.agents[:, k], NOBODY), own.actions[:, k])

        first = follow(simulation, self.forced_steps, as_ever)
        simulation.keys[:] = keys_of(self.start, world)
        rest = follow(simulation, self.protocol.steps * self.unit)
        return first.followed_by(rest)

    def _gain_when_off(self, world: int, act: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return what a deviation brings while it lasts when everybody else is off what is regular."""
        others = np.where(np.arange(self.num_agents) == self.deviator[:, None], NOBODY, np.arange(self.num_agents))
        off = Forced(others, self._off_acts(self.first[world]))
        rows = np.arange(self.num_runs)
        rewards = []
        for own in (self.first[world][rows, self.deviator], act):
            forced = off.beside(Forced(self.deviator[:, None], own[:, None]))
            record = follow(branch(self.start, world=world), self.forced_steps, for_steps(forced, self.forced_steps))
            rewards.append(record.rewards_of(self.deviator).sum(axis=1))
        return rewards[1] - rewards[0]

    def _shocked(self) -> Record:
        """Force a share of the agents off what is regular, then let them go."""
        num_shocked = min(max(1, round(self.protocol.shock * self.num_agents)), self.num_agents - 1)
        order = self.stream.random((self.num_runs, self.num_agents)).argsort(axis=1)[:, :num_shocked]
        off = np.take_along_axis(self._off_acts(self.first[0]), order, axis=1)
        forcing = for_steps(Forced(order, off), self.forced_steps)
        return follow(branch(self.start), self.periods * self.unit, forcing)

    # --- choices ---------------------------------------------------------------------------------------------

    def _first_acts(self, record: Record) -> NDArray[np.int64]:
        """Return each agent's first act within the forced steps, shape (num_runs, num_agents); -1 if there is none, or
        it is not regular.
        """
        regular = self.regularity.is_regular(record.between(0, self.forced_steps))
        first = np.full((self.num_runs, self.num_agents), UNKNOWN)
        for k in reversed(range(self.forced_steps)):
            run, slot = np.nonzero(record.agents[:, k] != NOBODY)
            acts = np.where(regular[run, k, slot], record.actions[run, k, slot], UNKNOWN)
            first[run, record.agents[run, k, slot]] = acts
        return first

    def _draw_deviators(self) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Draw in each run somebody who is about to do what is regular, and could do otherwise, in both worlds: nobody
        where nobody can.
        """
        can = np.all([first != UNKNOWN for first in self.first], axis=0)
        tried = self.acts[:, None, None]
        can &= ((tried < self.num_actions) & (tried != self.first[0]) & (tried != self.first[1])).any(axis=0)
        if self.protocol.agent_type is not None:
            counts, names = self.start.counts, list(self.start.counts)
            can &= np.repeat(np.array(names) == self.protocol.agent_type, list(counts.values()))
        lots = np.where(can, self.stream.random(can.shape), -1.0)
        has_deviator = can.any(axis=1)
        return np.where(has_deviator, lots.argmax(axis=1), NOBODY), has_deviator

    def _off_acts(self, regular: NDArray[np.int64]) -> NDArray[np.int64]:
        """Draw for every agent an act that is not its regular one, shape (num_runs, num_agents)."""
        run, agent = np.nonzero(np.ones(regular.shape, bool))
        usual = self.regularity.acts(run, agent, np.full(len(run), NOBODY)).reshape(regular.shape)
        usual = np.where(regular == UNKNOWN, np.maximum(usual, 0), regular)
        draws = (self.stream.random(regular.shape) * np.maximum(self.num_actions - 1, 1)).astype(np.int64)
        return np.where(self.num_actions > 1, draws + (draws >= usual), 0)

    def _try_all(self, world: int) -> _Tried:
        """Try every act, each in a branch."""
        runs, own = np.arange(self.num_runs), [first[np.arange(self.num_runs), self.deviator] for first in self.first]
        shape = (len(self.acts), self.num_runs)
        now, in_all = np.full(shape, -np.inf), np.full(shape, -np.inf)
        gains, changes = np.zeros((2, *shape, self.periods))
        for place, act in enumerate(self.acts):
            is_deviation = (act != own[0]) & (act != own[1]) & (act < self.num_actions[self.deviator])
            record = self._follow(world, np.where(is_deviation, act, np.maximum(own[world], 0)))
            gains[place], changes[place] = self._gains(record, world), self._changes(record, world)
            here = runs[is_deviation]
            now[place, here] = gains[place, here, : self.protocol.duration].sum(axis=1)
            in_all[place, here] = self._discounted(gains[place, here])
        return _Tried(now, in_all, gains, changes)

    # --- what follows ----------------------------------------------------------------------------------------

    def _gains(self, record: Record, world: int) -> NDArray[np.float64]:
        """Return by how much the deviator's rewards differ from the baseline, shape (num_runs, num_periods)."""
        gains = record.rewards_of(self.deviator) - self.baseline[world].rewards_of(self.deviator)
        return gains.reshape(self.num_runs, self.periods, self.unit).sum(axis=2)

    def _discounted(self, gains: NDArray[np.float64]) -> NDArray[np.float64]:
        return (gains * self.protocol.discount ** np.arange(gains.shape[1])).sum(axis=1)

    def _changes(self, record: Record, world: int) -> NDArray[np.float64]:
        """Return the share of the others' acts that differ from the baseline, shape (num_runs, num_periods)."""
        counts = record.differences(self.baseline[world], self.deviator)
        differing, all_acts = (each.reshape(self.num_runs, self.periods, self.unit).sum(axis=2) for each in counts)
        return differing / np.maximum(all_acts, 1)

    def _shares(self, record: Record) -> NDArray[np.float64]:
        """Return the share of acts that are regular, shape (num_runs, num_periods)."""
        shape = (self.num_runs, self.periods, -1)
        acted = (record.agents != NOBODY).reshape(shape).sum(axis=2)
        return self.regularity.is_regular(record).reshape(shape).sum(axis=2) / np.maximum(acted, 1)

    def _of_deviators(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the values, NaN in runs in which nobody could deviate."""
        has = self.has_deviator.reshape(-1, *[1] * (values.ndim - 1))
        return np.where(has, np.round(values, ROUNDED), np.nan)
