r"""Observed choices: what the subjects of an experiment, or simulated agents, did and what it brought them.

A CSV file has a header and a row for each choice, in any order of subjects:

    subject       who chose
    block         optional: in a new block the subject begins afresh, as with new machines
    trial         whole numbers that rise by 1 within a block
    observation   optional: what the subject saw before it chose
    action        what it chose
    reward        what it was paid
    foregone_A    optional: what action A has paid, or would have paid, in this trial; one such column for each action

Actions and observations may have any names. Names that are whole numbers are put in the order of the numbers, others in
that of the alphabet; actions that nobody ever chose must be named by the caller.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from socialsim.core.errors import ParameterError, ResultError
from socialsim.core.result import Result
from socialsim.inference.choice_file import ChoiceFile


@dataclass(frozen=True, eq=False)
class Choices:
    """Choices in sequences: the trials of one subject in one block.

    Parameters
    ----------
    subjects, actions, observations : tuple of str
        Their names.
    subject : ndarray of int, shape (num_sequences,)
        Whose each sequence is.
    start : ndarray of int, shape (num_sequences + 1,)
        The trial with which each sequence begins; last the number of trials.
    observation, action : ndarray of int, shape (num_trials,)
        Indices of what was seen and done.
    reward : ndarray of float, shape (num_trials,)
    payoffs : ndarray of float, shape (num_trials, num_actions), optional
        What each action has paid, or would have paid.

    Raises
    ------
    ParameterError
        If an index is out of range, a reward is not finite, or lengths differ.

    Examples
    --------
    >>> choices = Choices.of([[0, 1, 1], [1, 0, 0]], [[0.0, 1.0, 1.0], [0.0, 0.0, 1.0]])
    >>> choices.num_subjects, choices.num_trials, choices.of_subject(1).action.tolist()
    (2, 6, [1, 0, 0])
    """

    subjects: tuple[str, ...]
    actions: tuple[str, ...]
    observations: tuple[str, ...]
    subject: NDArray[np.int64]
    start: NDArray[np.int64]
    observation: NDArray[np.int64]
    action: NDArray[np.int64]
    reward: NDArray[np.float64]
    payoffs: NDArray[np.float64] | None = None

    def __post_init__(self) -> None:
        trials = self.start[-1]
        if not len(self.observation) == len(self.action) == len(self.reward) == trials:
            raise ParameterError(f"choices: observation, action and reward need {trials} values each")
        for name, values, size in (
            ("action", self.action, len(self.actions)),
            ("observation", self.observation, len(self.observations)),
        ):
            if len(values) and not 0 <= values.min() <= values.max() < size:
                wrong = values[(values < 0) | (values >= size)][0]
                raise ParameterError(f"{name}: {wrong} is not accepted; accepted: 0 to {size - 1}")
        if not np.isfinite(self.reward).all():
            raise ParameterError(
                f"reward: {self.reward[~np.isfinite(self.reward)][0]} is not accepted; accepted: finite"
            )
        shape = (trials, len(self.actions))
        if self.payoffs is not None and (self.payoffs.shape != shape or not np.isfinite(self.payoffs).all()):
            raise ParameterError(f"payoffs: accepted: finite numbers of shape {shape}")

    @classmethod
    def of(
        cls, actions: ArrayLike, rewards: ArrayLike, num_actions: int | None = None, observations: ArrayLike = 0
    ) -> Choices:
        """Return the choices in arrays of shape (num_subjects, num_trials), of one block each.

        Parameters
        ----------
        actions, rewards : array_like, shape (num_subjects, num_trials)
        num_actions : int, optional
            By default the largest action + 1.
        observations : array_like
            Of the same shape, or one for all.
        """
        action, reward = np.atleast_2d(np.asarray(actions, np.int64)), np.atleast_2d(np.asarray(rewards, float))
        observation = np.broadcast_to(np.asarray(observations, np.int64), action.shape)
        if action.shape != reward.shape or not action.size:
            raise ParameterError(f"rewards: shape {reward.shape} is not accepted; accepted: that of actions, not empty")
        return cls(
            subjects=_numbered(len(action)),
            actions=_numbered(num_actions or int(action.max()) + 1),
            observations=_numbered(int(observation.max()) + 1),
            subject=np.arange(len(action)),
            start=np.arange(len(action) + 1) * action.shape[1],
            observation=observation.ravel(),
            action=action.ravel(),
            reward=reward.ravel(),
        )

    @property
    def num_subjects(self) -> int:
        """Number of subjects."""
        return len(self.subjects)

    @property
    def num_trials(self) -> int:
        """Number of choices of all subjects together."""
        return len(self.action)

    @property
    def num_actions(self) -> int:
        """Number of actions."""
        return len(self.actions)

    def of_subject(self, subject: int) -> Choices:
        """Return the choices of one subject alone, all actions and observations keeping their names."""
        sequences = np.flatnonzero(self.subject == subject)
        parts = [np.arange(self.start[k], self.start[k + 1]) for k in sequences]
        trials = np.concatenate(parts)
        return Choices(
            subjects=(self.subjects[subject],),
            actions=self.actions,
            observations=self.observations,
            subject=np.zeros(len(parts), np.int64),
            start=np.cumsum([0, *map(len, parts)]),
            observation=self.observation[trials],
            action=self.action[trials],
            reward=self.reward[trials],
            payoffs=None if self.payoffs is None else self.payoffs[trials],
        )

    def __repr__(self) -> str:
        parts = (
            f"{self.num_trials} trials of {self.num_subjects} subjects",
            f"{len(self.subject)} sequences",
            f"actions {', '.join(self.actions)}",
        )
        return f"<Choices: {'; '.join(parts)}>"


def read_choices(path: str | Path, actions: Sequence[str] | None = None) -> Choices:
    r"""Return the choices in a CSV file.

    Parameters
    ----------
    path : str or Path
        See the module.
    actions : sequence of str, optional
        The names of all actions, in the order in which they are numbered; by default those in the file.

    Returns
    -------
    Choices

    Raises
    ------
    ParameterError
        Naming file, line and column, what stands there and what is accepted; the header is line 1.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "choices.csv"
    >>> _ = path.write_text("subject,trial,action,reward\nAda,1,left,0\nAda,2,right,1\nAda,3,right,1\n")
    >>> read_choices(path)
    <Choices: 3 trials of 1 subjects; 1 sequences; actions left, right>
    """
    file = ChoiceFile(Path(path))
    names = file.actions(None if actions is None else tuple(actions))
    observations, seen = file.observations()
    sequences = file.sequences()
    order = [row for rows in sequences.values() for row in rows]
    subjects = tuple(dict.fromkeys(subject for subject, _ in sequences))
    reward = [file.number(row, "reward") for row in order]
    payoffs = file.payoffs(order, names)
    chosen = file.column("action")
    return Choices(
        subjects=subjects,
        actions=names,
        observations=observations,
        subject=np.array([subjects.index(subject) for subject, _ in sequences]),
        start=np.cumsum([0, *map(len, sequences.values())]),
        observation=np.array([observations.index(seen[row]) for row in order]),
        action=np.array([names.index(chosen[row]) for row in order]),
        reward=np.array(reward),
        payoffs=payoffs,
    )


def choices_of(
    result: Result, num_actions: int, num_observations: int = 1, agents: Sequence[int] | None = None
) -> Choices:
    """Return the choices in a result's table ``act``; every agent of every run is a subject.

    Parameters
    ----------
    result : Result
        Of a run with ``record="events"``.
    num_actions, num_observations : int
        How many there are, as the environment's specification says.
    agents : sequence of int, optional
        Rows of the population; by default all.

    Raises
    ------
    ResultError
        If acts were not recorded, or are real numbers.
    ParameterError
        If an act or an observation is out of range.

    Examples
    --------
    >>> from socialsim.engine.run import run
    >>> from socialsim.environments.repeated_game import small
    >>> choices_of(run(small(), replications=2, seed=1, record="events"), num_actions=2, num_observations=5)
    <Choices: 120 trials of 4 subjects; 4 sequences; actions 0, 1>
    """
    table = result.table("act").sort_values(["run", "agent", "step"], kind="stable")
    if agents is not None:
        table = table[table.agent.isin(list(agents))]
    if not len(table):
        raise ResultError("the table 'act' has no act of these agents")
    for name in ("action", "observation"):
        if table[name].to_numpy().dtype.kind not in "iu":
            raise ResultError(f"the table 'act' has real numbers as {name}s; accepted: indices")
    keys = table[["run", "agent"]].to_numpy()
    start = np.flatnonzero(np.r_[True, (keys[1:] != keys[:-1]).any(axis=1)])
    return Choices(
        subjects=tuple(f"run {run}, agent {agent}" for run, agent in keys[start].tolist()),
        actions=_numbered(num_actions),
        observations=_numbered(num_observations),
        subject=np.arange(len(start)),
        start=np.append(start, len(table)),
        observation=np.maximum(table.observation.to_numpy(), 0),
        action=table.action.to_numpy(),
        reward=table.reward.to_numpy(),
    )


def _numbered(count: int) -> tuple[str, ...]:
    return tuple(map(str, range(count)))
