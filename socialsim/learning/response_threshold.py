"""Response thresholds: do what needs to be done as soon as it needs to be done enough, fixed or reinforced.

An idle agent i that meets task j, whose stimulus is s_j, begins it with the probability

    T(s_j) = s_j^n / (s_j^n + theta_ij^n),    n = 2                 ([Bonabeau1996]_; [Theraulaz1998]_, eq. 1)

and an active one gives up what it does with the probability p in each step, whatever the stimulus, so that it stays at
a task for 1/p steps on average. An idle agent meets all tasks in an order drawn anew in each step and begins the first
to which it responds; who has given up is idle for a step.

**Castes** differ in their thresholds theta_ij, which never change [Bonabeau1996]_. Or thresholds are **reinforced**: in
each step

    theta_ij <- theta_ij - xi    for the task that i does,
    theta_ij <- theta_ij + phi   for every other task,                                 ([Theraulaz1998]_, eq. 2)

kept between theta_min and theta_max. An agent that spends the share x of its time on a task becomes more responsive to
it where x > phi / (phi + xi), less where x is below: those who did it more by chance are soon its specialists.
"""

from __future__ import annotations

import math
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.errors import ParameterError
from socialsim.core.parameters import parameter
from socialsim.core.streams import integer, uniform
from socialsim.engine.interface import Learner, Specification, constant

SEEN = "stimulus of each task"


class State(NamedTuple):
    """Thresholds, and what everybody is doing."""

    steepness: float
    stopping: float
    learning: float
    forgetting: float
    lowest: float
    highest: float
    is_drawn: bool
    caste: NDArray[np.int64]  # (num_agents,); constant
    initial_threshold: NDArray[np.float64]  # (num_agents, num_tasks); constant
    threshold: NDArray[np.float64]  # (num_agents, num_tasks), theta
    task: NDArray[np.int64]  # (num_agents,), done last: 0 none, j + 1 task j
    order: NDArray[np.int64]  # (num_agents, num_tasks), in which tasks are met; scratch


@compiled
def response(learner, stimulus, threshold):
    """Return the chance of beginning a task."""
    if stimulus <= 0.0:
        return 0.0
    ratio = threshold / stimulus
    if learner.steepness == 2.0:
        return 1.0 / (1.0 + ratio * ratio)
    return 1.0 / (1.0 + math.exp(min(learner.steepness * math.log(ratio), 700.0)))  # exp(710) is too large


@compiled
def first_response(learner, i, stimuli, stream):
    """Return the task that idle agent i begins, 0 for none: it meets all, each time in another order."""
    num_tasks = learner.order.shape[1]
    for k in range(num_tasks):
        met = k if num_tasks == 1 else k + integer(stream, num_tasks - k)
        j = learner.order[i, met]
        learner.order[i, met] = learner.order[i, k]
        learner.order[i, k] = j
        if uniform(stream) < response(learner, stimuli[j], learner.threshold[i, j]):
            return j + 1
    return 0


class ResponseThreshold(Learner):
    """Begins a task when its stimulus is high for one's threshold.

    Examples
    --------
    >>> ResponseThreshold(shares=[0.75, 0.25]).castes(4, 1)[0].tolist()
    [0, 0, 0, 1]
    >>> ResponseThreshold(lowest=10.0, highest=5.0)
    Traceback (most recent call last):
        ...
    socialsim.core.errors.ParameterError: lowest: 10 is not accepted; accepted: at most highest, 5
    """

    thresholds: tuple[tuple[float, ...], ...] = parameter(
        ((8.0,), (20.0,)),
        "thresholds of each caste: one for all tasks, or one for each; if empty, each agent's are drawn evenly between "
        "lowest and highest",
        unit="stimulus",
    )
    shares: tuple[float, ...] = parameter((), "share of agents in each caste, the first rows first; equal if empty")
    steepness: float = parameter(2.0, "steepness n of the response", gt=0, le=100)
    stopping: float = parameter(0.2, "chance p that an active agent gives up", unit="per step", ge=0, le=1)
    learning: float = parameter(0.0, "fall xi of the threshold for what one does", unit="stimulus per step", ge=0)
    forgetting: float = parameter(
        0.0, "rise phi of the thresholds for what one does not", unit="stimulus per step", ge=0
    )
    lowest: float = parameter(1.0, "theta_min, where falling thresholds stop", unit="stimulus", gt=0)
    highest: float = parameter(1000.0, "theta_max, where rising thresholds stop", unit="stimulus", gt=0)

    source: ClassVar[str] = "Bonabeau, Theraulaz & Deneubourg 1996, Proc. R. Soc. B 263:1565-1569"

    def model_post_init(self, context: Any) -> None:
        """Refuse thresholds that are not positive or out of bounds, and shares that are none."""
        if self.lowest > self.highest:
            raise ParameterError(
                f"lowest: {self.lowest:g} is not accepted; accepted: at most highest, {self.highest:g}"
            )
        numbers = [theta for row in self.thresholds for theta in row]
        if not all(self.thresholds) or not all(theta > 0 for theta in numbers):
            raise ParameterError(
                f"thresholds: {self.thresholds} are not accepted; accepted: for each caste one or more numbers > 0"
            )
        is_reinforced = self.learning > 0 or self.forgetting > 0
        if is_reinforced and not all(self.lowest <= theta <= self.highest for theta in numbers):
            raise ParameterError(
                f"thresholds: {self.thresholds} are not accepted with learning or forgetting; accepted: numbers "
                f"between lowest and highest, {self.lowest:g} to {self.highest:g}"
            )
        if self.shares and (
            len(self.shares) != len(self.thresholds) or min(self.shares) < 0 or not math.isclose(sum(self.shares), 1)
        ):
            raise ParameterError(
                f"shares: {self.shares} are not accepted; accepted: {len(self.thresholds)} numbers >= 0, one for each "
                "caste, whose sum is 1"
            )

    def castes(self, num_agents: int, num_tasks: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Return each agent's caste, and its initial thresholds.

        Parameters
        ----------
        num_agents, num_tasks : int

        Returns
        -------
        ndarray of int, shape (num_agents,)
        ndarray of float, shape (num_agents, num_tasks)
        """
        if not self.thresholds:
            return np.zeros(num_agents, np.int64), np.zeros((num_agents, num_tasks))
        for row in self.thresholds:
            if len(row) not in (1, num_tasks):
                raise ParameterError(
                    f"learner.thresholds: {len(row)} numbers for a caste are not accepted; accepted: 1 or {num_tasks}, "
                    "one for each task"
                )
        shares = self.shares or (1.0 / len(self.thresholds),) * len(self.thresholds)
        ends = np.rint(np.cumsum(shares) * num_agents)
        caste = np.searchsorted(ends, np.arange(num_agents), side="right")
        rows = np.array([np.broadcast_to(row, num_tasks) for row in self.thresholds])
        return caste, rows[caste]

    def state(self, specification: Specification, num_agents: int) -> State:
        """Lay out castes and thresholds; `initialise` draws those that are not given."""
        if specification.facts.get("observation") != SEEN:
            raise ParameterError(
                "learner: 'response_threshold' needs an environment that shows the stimulus of each task, such as "
                "thresholds"
            )
        num_tasks = specification.num_actions - 1
        caste, initial = self.castes(num_agents, num_tasks)
        return State(
            **{name: value for name, value in self if name in State._fields},
            is_drawn=not self.thresholds,
            caste=constant(caste),
            initial_threshold=constant(initial),
            threshold=initial.copy(),
            task=np.zeros(num_agents, np.int64),
            order=np.tile(np.arange(num_tasks), (num_agents, 1)),
        )

    def columns(self, state: State) -> dict[str, NDArray[Any]]:
        """Return each agent's caste, and its threshold for each task."""
        shape = state.task.shape
        thresholds = {f"threshold_{j + 1}": state.threshold[:, :, j] for j in range(state.threshold.shape[2])}
        return {"caste": np.broadcast_to(state.caste, shape), **thresholds}

    @staticmethod
    @compiled
    def initialise(learner, i, stream):
        """Begin idle, with the thresholds of one's caste or others."""
        learner.task[i] = 0
        for j in range(learner.threshold.shape[1]):
            learner.order[i, j] = j
            learner.threshold[i, j] = learner.initial_threshold[i, j]
            if learner.is_drawn:
                learner.threshold[i, j] = learner.lowest + (learner.highest - learner.lowest) * uniform(stream)

    @staticmethod
    @compiled
    def act(learner, i, observation, stream):
        """Go on, give up, or begin something."""
        if learner.task[i] > 0:
            return 0 if uniform(stream) < learner.stopping else learner.task[i]
        return first_response(learner, i, observation, stream)

    @staticmethod
    @compiled
    def learn(learner, i, observation, action, reward, next_observation, stream):
        """Remember what one does, and let thresholds fall and rise."""
        learner.task[i] = action
        if learner.learning > 0.0 or learner.forgetting > 0.0:
            for j in range(learner.threshold.shape[1]):
                moved = learner.threshold[i, j] + (-learner.learning if action == j + 1 else learner.forgetting)
                learner.threshold[i, j] = min(max(moved, learner.lowest), learner.highest)
