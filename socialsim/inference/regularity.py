"""What agents usually do: modal acts, and how regular acts are.

The **regular act** of an agent is the one that it took most often on what it observed; on what it has not observed yet,
and where there is nothing to observe, the one that it took most often of all. How regular acts are is seen from others
than those that say which acts are regular,

    S = share of the acts of the later half that are regular by those of the earlier half,

because the mode of a few random acts always fits those acts too well: of two acts drawn by lot each time S is 1/2 in
the mean, however few acts there are.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from socialsim.inference.branches import NOBODY, Record

UNKNOWN = -1


class Regularity:
    """The regular acts of each agent of each run.

    Parameters
    ----------
    record : Record
        Of what was done, shape (num_runs, num_steps, num_slots).
    num_agents : int

    Examples
    --------
    One agent does 1 when it observes 0, and 0 when it observes 5:

    >>> agents, rewards = np.zeros((1, 5, 1), int), np.zeros((1, 5, 1))
    >>> actions, observations = np.array([1, 1, 0, 1, 0]), np.array([0, 0, 5, 0, 5])
    >>> record = Record(agents, actions.reshape(1, 5, 1), observations.reshape(1, 5, 1), rewards)
    >>> regularity = Regularity(record, num_agents=1)
    >>> regularity.acts(np.zeros(3, int), np.zeros(3, int), np.array([0, 5, 9])).tolist()
    [1, 0, 1]
    """

    def __init__(self, record: Record, num_agents: int) -> None:
        run, step, slot = np.nonzero(record.agents != NOBODY)
        self._num_agents = num_agents
        self._num_observations = int(record.observations.max(initial=0)) + 1
        who = run * num_agents + record.agents[run, step, slot]
        actions = record.actions[run, step, slot]
        self._seen, self._on_seen = _modes(self._cells(who, record.observations[run, step, slot]), actions)
        self._known, self._usual = _modes(who, actions)

    def acts(self, runs: NDArray[np.int64], agents: NDArray[np.int64], seen: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the regular act of some agents on what they see, shape (num_cases,); -1 of one that has not acted."""
        who = runs * self._num_agents + agents
        here = _looked_up(self._seen, self._on_seen, self._cells(who, seen))
        is_new = (here == UNKNOWN) | (seen >= self._num_observations)
        return np.where(is_new, _looked_up(self._known, self._usual, who), here)

    def is_regular(self, record: Record) -> NDArray[np.bool_]:
        """Say which acts of a record are regular, shape (num_runs, num_steps, num_slots)."""
        run, step, slot = np.nonzero(record.agents != NOBODY)
        usual = self.acts(run, record.agents[run, step, slot], record.observations[run, step, slot])
        regular = np.zeros(record.agents.shape, bool)
        regular[run, step, slot] = record.actions[run, step, slot] == usual
        return regular

    def shares(self, record: Record) -> NDArray[np.float64]:
        """Return the share of a record's acts that are regular, shape (num_runs,); NaN where nobody acts."""
        count = (record.agents != NOBODY).sum(axis=(1, 2))
        return np.where(count > 0, self.is_regular(record).sum(axis=(1, 2)) / np.maximum(count, 1), np.nan)

    def _cells(self, who: NDArray[np.int64], observations: NDArray[np.int64]) -> NDArray[np.int64]:
        return who * (self._num_observations + 1) + np.minimum(observations + 1, self._num_observations)


def regular_shares(record: Record, num_agents: int) -> NDArray[np.float64]:
    """Return S of this module for each run, shape (num_runs,); NaN where nobody acts in the later half.

    Examples
    --------
    >>> actions = np.array([[0, 0, 1, 0, 0, 0, 1, 0], [0, 1, 0, 0, 1, 1, 1, 1]]).reshape(2, 8, 1)
    >>> nothing = np.zeros(actions.shape)
    >>> regular_shares(Record(nothing.astype(int), actions, nothing.astype(int), nothing), num_agents=1).tolist()
    [0.75, 0.0]
    """
    middle = record.agents.shape[1] // 2
    return Regularity(record.between(0, middle), num_agents).shares(record.between(middle, None))


def _modes(cells: NDArray[np.int64], actions: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the cells that occur, sorted, and the action that is most frequent in each; of several, the lowest."""
    pairs, counts = np.unique(np.stack([cells, actions]), axis=1, return_counts=True)
    order = np.lexsort((-pairs[1], counts, pairs[0]))
    cells, actions = pairs[:, order]
    is_last = np.append(cells[1:] != cells[:-1], True)[: len(cells)]
    return cells[is_last], actions[is_last]


def _looked_up(cells: NDArray[np.int64], actions: NDArray[np.int64], wanted: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the action of each cell that is wanted, -1 where there is none."""
    if not len(cells):
        return np.full(len(wanted), UNKNOWN)
    places = np.minimum(np.searchsorted(cells, wanted), len(cells) - 1)
    return np.where(cells[places] == wanted, actions[places], UNKNOWN)
