"""A colony whose tasks call for work (response thresholds).

N agents, of which n_j do task j in a step, see a stimulus s_j for each of m tasks, such as hungry larvae or an open
nest. It grows by a demand delta_j in each step and falls with every agent that works:

    s_j <- max(0, s_j + delta_j - alpha n_j / N)                     ([Bonabeau1996]_; [Theraulaz1998]_, eq. 7)

Demand is per agent: of a colony that has lost half of its members half as much is asked, as of brood that is divided
with it ([Wilson1984]_). Agents do one task or none. What makes them begin and stop is the learner's
(`socialsim.learning.response_threshold`).

**Who works does not matter for how many do.** As long as no stimulus falls to 0, the sum of the equation over T steps
is

    mean share active at j = delta_j / alpha - [s_j(T) - s_j(0)] / (alpha T),

exactly: whatever the thresholds and the mix of castes, delta_j / alpha of all are active at j in the long run, if so
many can be. If those who work most are taken away the others take over, at a higher stimulus: the colony is elastic
([Wilson1984]_; `socialsim.environments.thresholds.theory` has the stimulus at rest).

A worker earns what it takes away of the stimulus, alpha / N times N, or less where there is less to do.

Division of labour is measured over the steps after the first ``burn_in`` of them: from how often each agent did each
task (`socialsim.metrics.labour`), and from the agents' **specialisation** F, the switches c between the tasks of an
agent's successive bouts against those of one who begins any task ([Gautrais2002]_):

    F_i = 1 - m / (m - 1) c_i,    1: always the same task, 0: any, below 0: in turn.

Who enters is a newcomer in the place of somebody who left, and counts in that place's time at each task.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.errors import ParameterError
from socialsim.core.estimate import Estimate
from socialsim.core.parameters import parameter
from socialsim.core.result import Result
from socialsim.engine.interface import Box, Discrete, Environment, Specification, constant
from socialsim.engine.links import is_away
from socialsim.engine.scenario import Scenario
from socialsim.metrics.labour import Division, division_of_labour
from socialsim.metrics.runs import over_runs

IDLE = 0


class State(NamedTuple):
    """What a replication holds."""

    efficiency: float
    change_at: int
    burn_in: int
    demand: NDArray[np.float64]  # (num_tasks,); constant
    later_demand: NDArray[np.float64]  # (num_tasks,); constant
    initial_stimulus: NDArray[np.float64]  # (num_tasks,); constant
    stimulus: NDArray[np.float64]  # (num_tasks,), s
    relief: NDArray[np.float64]  # (num_tasks,), what a worker takes away; scratch
    clock: NDArray[np.int64]  # (1,), steps so far
    doing: NDArray[np.int64]  # (num_agents,), in the last step: 0 nothing, j + 1 task j
    # of the counted steps:
    stimulus_sum: NDArray[np.float64]  # (num_tasks,)
    num_there: NDArray[np.int64]  # (num_agents,), steps in which it was there
    work: NDArray[np.int64]  # (num_agents, num_tasks), steps at each task
    last_task: NDArray[np.int64]  # (num_agents,), of the last bout; 0 before the first
    num_chances: NDArray[np.int64]  # (num_agents,), bouts that followed another of the same agent
    num_switches: NDArray[np.int64]  # (num_agents,), of these, at another task


class Thresholds(Environment):
    """Tasks that call for work the louder, the longer they wait.

    Examples
    --------
    >>> Thresholds(demand=[1.0, 0.5]).needed()
    (0.3333333333333333, 0.16666666666666666)
    >>> Thresholds(demand=[1.0, 0.0])
    Traceback (most recent call last):
        ...
    socialsim.core.errors.ParameterError: demand: task 2 has no demand in (1.0, 0.0); accepted: numbers >= 0, for each
    task one > 0 in demand or later_demand
    """

    demand: tuple[float, ...] = parameter((1.0,), "demand delta of each task, per agent", unit="stimulus per step")
    later_demand: tuple[float, ...] = parameter(
        (), "demand of each task from step change_at on; as before if empty", unit="stimulus per step"
    )
    change_at: int = parameter(0, "step from which on later_demand holds", unit="steps", ge=0)
    efficiency: float = parameter(
        3.0, "by how much all agents together lower a stimulus (alpha)", unit="stimulus per step", gt=0
    )
    initial_stimulus: float = parameter(0.0, "stimulus of each task at first", unit="stimulus", ge=0)
    burn_in: int = parameter(0, "first steps, which the measures leave out", unit="steps", ge=0)

    source: ClassVar[str] = "Bonabeau, Theraulaz & Deneubourg 1996, Proc. R. Soc. B 263:1565-1569"
    figure: ClassVar[Mapping[str, Any]] = {
        "series": "mean_stimulus",
        "series_label": "stimulus of a task, mean",
        "agent": "active",
        "agent_label": "share of its time at work",
    }

    def model_post_init(self, context: Any) -> None:
        """Refuse tasks without demand, two lists of different lengths, and a change to nothing."""
        later = self.later_demand or self.demand
        if len(later) != len(self.demand) or not self.demand:
            raise ParameterError(
                f"later_demand: {len(later)} numbers are not accepted; accepted: {len(self.demand)}, as many as of "
                "demand, or none"
                if self.demand
                else "demand: no task is not accepted; accepted: a number for each task"
            )
        if self.change_at and not self.later_demand:
            raise ParameterError(
                f"change_at: {self.change_at} is not accepted without later_demand; accepted: 0, or a later_demand"
            )
        for name, numbers in (("demand", self.demand), ("later_demand", later)):
            if min(numbers) < 0:
                raise ParameterError(f"{name}: {numbers} are not accepted; accepted: numbers >= 0")
        for j, (before, after) in enumerate(zip(self.demand, later, strict=True)):
            if before == 0 and after == 0:
                raise ParameterError(
                    f"demand: task {j + 1} has no demand in {self.demand}; accepted: numbers >= 0, for each task one "
                    "> 0 in demand or later_demand"
                )

    def needed(self) -> tuple[float, ...]:
        """Return the share of agents that must be active at each task to meet its demand, delta / alpha."""
        return tuple(delta / self.efficiency for delta in self.demand)

    def state(self, num_agents: int) -> State:
        """Lay out tasks at which nobody has worked yet."""
        num_tasks = len(self.demand)
        return State(
            efficiency=self.efficiency,
            change_at=self.change_at,
            burn_in=self.burn_in,
            demand=constant(np.array(self.demand, float)),
            later_demand=constant(np.array(self.later_demand or self.demand, float)),
            initial_stimulus=constant(np.full(num_tasks, self.initial_stimulus)),
            stimulus=np.full(num_tasks, self.initial_stimulus),
            relief=np.zeros(num_tasks),
            clock=np.zeros(1, np.int64),
            doing=np.zeros(num_agents, np.int64),
            stimulus_sum=np.zeros(num_tasks),
            num_there=np.zeros(num_agents, np.int64),
            work=np.zeros((num_agents, num_tasks), np.int64),
            last_task=np.zeros(num_agents, np.int64),
            num_chances=np.zeros(num_agents, np.int64),
            num_switches=np.zeros(num_agents, np.int64),
        )

    def specification(self, agent_type: str, num_agents: int) -> Specification:
        """An agent sees the stimulus of each task, and does one of them or nothing."""
        num_tasks = len(self.demand)
        labels = ("idle", *(f"task {j + 1}" for j in range(num_tasks)))
        facts = {"observation": "stimulus of each task", "reward_range": (0.0, self.efficiency)}
        return Specification(Discrete(num_tasks + 1, labels), Box(low=0.0, shape=(num_tasks,)), facts)

    def columns(self, state: State) -> dict[str, NDArray[Any]]:
        """Return what each agent does, its shares of time at work and at each task, and its specialisation; and the
        mean stimulus, the same for all.
        """
        there = np.where(state.num_there > 0, state.num_there, math.nan)
        shares = state.work / there[:, :, None]
        stimulus = np.broadcast_to(state.stimulus.mean(axis=1, keepdims=True), state.doing.shape)
        return {
            "doing": state.doing,
            "stimulus": stimulus,
            "active": shares.sum(axis=2),
            **{f"active_{j + 1}": shares[:, :, j] for j in range(shares.shape[2])},
            "specialisation": specialisation(state.num_switches, state.num_chances, shares.shape[2]),
        }

    def outcomes(self, state: State) -> dict[str, NDArray[Any]]:
        """Return, of the counted steps, how many worked, at which stimulus, and how they divided the tasks."""
        with np.errstate(invalid="ignore", divide="ignore"):
            there = state.num_there.sum(axis=1)
            shares = state.work.sum(axis=1) / there[:, None]
            stimuli = state.stimulus_sum / np.maximum(state.clock - state.burn_in, 0)
            switch_rate = state.num_switches.sum(axis=1) / state.num_chances.sum(axis=1)
        indices = np.array([_division(counts) for counts in state.work])
        each = specialisation(state.num_switches, state.num_chances, state.work.shape[2])
        num_defined = np.isfinite(each).sum(axis=1)
        return {
            "active": shares.sum(axis=1),
            **{f"active_{j + 1}": shares[:, j] for j in range(shares.shape[1])},
            **{f"stimulus_{j + 1}": stimuli[:, j] for j in range(shares.shape[1])},
            "stimulus": stimuli.mean(axis=1),
            "division_by_individual": indices[:, 0],
            "division_by_task": indices[:, 1],
            "division_jointly": indices[:, 2],
            "switch_rate": switch_rate,
            "specialisation": np.where(num_defined > 0, np.nansum(each, axis=1) / np.maximum(num_defined, 1), math.nan),
        }

    @staticmethod
    @compiled
    def initialise(env, network, stream):
        """Begin with the initial stimuli."""
        for j in range(env.stimulus.shape[0]):
            env.stimulus[j] = env.initial_stimulus[j]

    @staticmethod
    @compiled
    def observe(env, network, i, out):
        """Show the stimuli."""
        for j in range(env.stimulus.shape[0]):
            out[j] = env.stimulus[j]

    @staticmethod
    @compiled
    def enter(env, network, i, stream):
        """A newcomer has done nothing yet: its first task is no switch from its predecessor's."""
        env.doing[i] = env.last_task[i] = IDLE

    @staticmethod
    @compiled
    def advance(env, network, actions, rewards, stream):
        """Everybody works or not, and stimuli fall and grow."""
        is_counted = env.clock[0] >= env.burn_in
        for j in range(env.relief.shape[0]):
            env.relief[j] = 0.0
        num_there = 0
        for i in range(actions.shape[0]):
            if not is_away(network, i):
                num_there += 1
                take_up(env, i, actions[i], is_counted)
        lower_stimuli(env, num_there, is_counted)
        for i in range(actions.shape[0]):
            is_working = not is_away(network, i) and actions[i] != IDLE
            rewards[i] = env.relief[actions[i] - 1] if is_working else 0.0
        env.clock[0] += 1


@compiled
def take_up(env, i, action, is_counted):
    """Let agent i do what it has chosen, and count its work and, where a bout begins, its bouts."""
    if action != IDLE:
        env.relief[action - 1] += 1.0
    if is_counted:
        env.num_there[i] += 1
        if action != IDLE:
            env.work[i, action - 1] += 1
            if action != env.doing[i] or env.last_task[i] == IDLE:
                if env.last_task[i] != IDLE:
                    env.num_chances[i] += 1
                    env.num_switches[i] += 1 if env.last_task[i] != action else 0
                env.last_task[i] = action
    env.doing[i] = action


@compiled
def lower_stimuli(env, num_there, is_counted):
    """Turn the numbers of workers, in ``relief``, into what each has taken away, and let demand grow."""
    for j in range(env.stimulus.shape[0]):
        num_workers = env.relief[j]
        delta = env.later_demand[j] if env.clock[0] >= env.change_at else env.demand[j]
        waiting = env.stimulus[j] + delta
        env.stimulus[j] = max(0.0, waiting - env.efficiency * num_workers / max(num_there, 1))
        env.relief[j] = num_there * (waiting - env.stimulus[j]) / num_workers if num_workers > 0.0 else 0.0
        if is_counted:
            env.stimulus_sum[j] += env.stimulus[j]


def specialisation(num_switches: NDArray[np.int64], num_chances: NDArray[np.int64], num_tasks: int) -> NDArray[Any]:
    """Return F of each agent; NaN for fewer than two bouts, or one task.

    Parameters
    ----------
    num_switches, num_chances : ndarray of int, any shape
        Bouts at another task than that of the agent's bout before, and bouts that had one before.
    num_tasks : int

    Returns
    -------
    ndarray of float, of that shape

    Source
    ------
    [Gautrais2002]_.

    Examples
    --------
    >>> specialisation(np.array([0, 5, 10]), np.array([10, 10, 10]), num_tasks=2).tolist()
    [1.0, 0.0, -1.0]
    """
    if num_tasks == 1:
        return np.full(np.shape(num_switches), math.nan)
    chances = np.where(num_chances > 0, num_chances, math.nan)
    return 1.0 - num_tasks / (num_tasks - 1) * num_switches / chances


def _division(counts: NDArray[np.int64]) -> Division:
    return division_of_labour(counts) if counts.any() else Division(math.nan, math.nan, math.nan)


def active_share(result: Result) -> Estimate:
    """Mean share of agents at work in a counted step."""
    return over_runs(result, "active", "no step was counted")


def mean_stimulus(result: Result) -> Estimate:
    """Mean stimulus of a task in a counted step."""
    return over_runs(result, "stimulus", "no step was counted")


def division(result: Result) -> Estimate:
    """Division of labour by task, I / H_task, of the counted steps; no null is subtracted."""
    return over_runs(result, "division_by_task", "there is one task, or nobody worked")


def mean_specialisation(result: Result) -> Estimate:
    """Mean specialisation F of the agents with two bouts or more."""
    return over_runs(result, "specialisation", "there is one task, or nobody had two bouts")


METRICS = (active_share, mean_stimulus, division, mean_specialisation)
REINFORCED = "response_threshold:thresholds=[[500.0]],learning=10.0,forgetting=1.0"


def scenario() -> Scenario:
    """Return twenty agents with reinforced thresholds and two tasks."""
    return Scenario(Thresholds(demand=(1.0, 1.0)), REINFORCED, "complete:n=20", 3000, METRICS)


def small() -> Scenario:
    """Return five agents for a few steps."""
    return Scenario(Thresholds(demand=(1.0, 1.0), burn_in=5), REINFORCED, "complete:n=5", 40, METRICS)
