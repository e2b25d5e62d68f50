"""Arrays from the tables of recorded runs: who did what, run by run.

`act` has one row an action. A metric wants sequences: what each agent did, in time order (`acts_of_agents`), or a table
of steps by agents where all act at every step (`acts_by_step`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from socialsim.core.errors import ResultError
from socialsim.core.manifest import Manifest
from socialsim.core.result import Result

if TYPE_CHECKING:
    import pandas as pd


def indices(table: str, frame: pd.DataFrame, column: str) -> NDArray[np.int64]:
    """Return a column of indices, such as actions; a row of whole numbers (a view, say) is numbered as a whole.

    Raises
    ------
    ResultError
        If it holds real numbers, or nothing was observed at all.

    Examples
    --------
    >>> import pandas as pd
    >>> indices("act", pd.DataFrame({"action": [0, 2]}), "action").tolist()
    [0, 2]
    >>> indices("act", pd.DataFrame({"observation": [5, 5, 5], "observation_1": [0, 9, 0]}), "observation").tolist()
    [0, 1, 0]
    >>> indices("act", pd.DataFrame({"action": [0.5]}), "action")
    Traceback (most recent call last):
    ...
    socialsim.core.errors.ResultError: column 'action' of the table 'act' holds real numbers; accepted: indices
    """
    columns = [column, *(str(name) for name in frame if re.fullmatch(rf"{column}_\d+", str(name)))]
    values, what = frame[columns].to_numpy(), f"column {column!r} of the table {table!r}"
    if values.dtype.kind not in "iub":
        raise ResultError(f"{what} holds real numbers; accepted: indices")
    if column == "observation" and values.size and (values < 0).all():
        raise ResultError(f"{what} is -1 throughout: the agents of this scenario observe nothing")
    if len(columns) > 1:
        return np.unique(values, axis=0, return_inverse=True)[1].ravel()
    return values[:, 0].astype(np.int64)


def by_run(result: Result, table: str) -> Iterator[tuple[int, pd.DataFrame]]:
    """Yield each run of a table with its rows, in the order of the runs.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> import pandas as pd
    >>> result = SimpleNamespace(table=lambda name: pd.DataFrame({"run": [1, 0, 1], "x": [5, 6, 7]}))
    >>> [(run, rows.x.tolist()) for run, rows in by_run(result, "act")]
    [(0, [6]), (1, [5, 7])]
    """
    frame = result.table(table)
    for run in np.unique(frame["run"].to_numpy()).tolist():
        yield run, frame[frame["run"] == run]


def acts_of_agents(result: Result, *columns: str) -> list[list[NDArray[Any]]]:
    """Return for each run what each agent did, one sequence an agent in time order.

    Parameters
    ----------
    result : Result
        With the table ``act``.
    *columns : str
        Of the table, by default the action; indices but for the reward.

    Returns
    -------
    list of list of ndarray, each of shape (num_acts,) or, of several columns, (num_acts, num_columns)

    Raises
    ------
    ResultError
        If the table was not recorded or an index is a real number.

    Examples
    --------
    >>> result = constructed(act=act_table([[2, 0], [3, 1]]))
    >>> [[acts.tolist() for acts in run] for run in acts_of_agents(result)]
    [[[2, 3], [0, 1]]]
    """
    frame = result.table("act")
    names = columns or ("action",)
    if "reward" in names:
        finite_rewards("act", frame)
    read = [frame[name].to_numpy() if name == "reward" else indices("act", frame, name) for name in names]
    values = read[0] if len(read) == 1 else np.stack(read, axis=1)
    run, agent = frame["run"].to_numpy(), frame["agent"].to_numpy()
    order = np.lexsort((frame["step"].to_numpy(), agent, run))
    run, agent, values = run[order], agent[order], values[order]
    starts = np.flatnonzero(np.r_[True, (run[1:] != run[:-1]) | (agent[1:] != agent[:-1])])
    found: dict[int, list[NDArray[Any]]] = {}
    for start, sequence in zip(starts, np.split(values, starts[1:]), strict=True):
        found.setdefault(int(run[start]), []).append(sequence)
    return list(found.values())


def acts_by_step(result: Result) -> list[tuple[NDArray[np.int64], NDArray[np.float64]]]:
    """Return for each run what each agent did last, and earned, at every step.

    Returns
    -------
    list of (ndarray of int, ndarray of float), each of shape (num_steps, num_agents)
        An agent that does not act at a step keeps its last action and earns nothing; before its first act it has the
        action -1.

    Examples
    --------
    >>> result = constructed(act={"run": 0, "step": [4, 5, 6], "agent": [0, 1, 0], "observation": -1,
    ...                           "action": [2, 0, 1], "reward": [1.0, 2.0, 3.0]})
    >>> actions, rewards = acts_by_step(result)[0]
    >>> actions.tolist(), rewards.tolist()
    ([[2, -1], [2, 0], [1, 0]], [[1.0, 0.0], [0.0, 2.0], [3.0, 0.0]])
    """
    frame, found = result.table("act"), []
    numbered = frame[["run", "step", "agent", "reward"]].assign(action=indices("act", frame, "action"))
    for _, rows in numbered.groupby("run"):
        step, agents = _grid(rows)
        shape = (int(step.max()) + 1, int(agents.max()) + 1)
        actions, when = np.full(shape, -1, np.int64), np.zeros(shape, np.int64)
        actions[step, agents], when[step, agents] = rows["action"].to_numpy(), step
        latest = np.maximum.accumulate(when, axis=0)
        found.append((np.take_along_axis(actions, latest, axis=0), _rewards(rows)))
    return found


def joint_plays(result: Result) -> list[tuple[NDArray[np.int64], NDArray[np.float64]]]:
    """Return for each run the steps at which the same number of agents acted: what they did, and earned by it.

    Returns
    -------
    list of (ndarray of int, ndarray of float), each of shape (num_plays, num_players)
        In time order; a step's players are in the order of their numbers, whoever they are.

    Raises
    ------
    ResultError
        If the number of agents who act differs between steps: what an act earns "beside the others" is then not told.

    Examples
    --------
    >>> result = constructed(act={"run": 0, "step": [4, 4, 6, 6], "agent": [0, 2, 1, 0], "observation": -1,
    ...                           "action": [2, 0, 1, 3], "reward": [1.0, 2.0, 3.0, 4.0]})
    >>> actions, rewards = joint_plays(result)[0]
    >>> actions.tolist(), rewards.tolist()
    ([[2, 0], [3, 1]], [[1.0, 2.0], [4.0, 3.0]])
    """
    frame = result.table("act")
    numbered = frame[["run", "step", "agent", "reward"]].assign(action=indices("act", frame, "action"))
    finite_rewards("act", numbered)
    found, ordered = [], numbered.sort_values(["run", "step", "agent"], kind="stable")
    counts = ordered.groupby(["run", "step"]).size().unique()
    if len(counts) > 1:
        raise ResultError(
            f"the table 'act' has steps at which {counts.min()} and at which {counts.max()} agents act; accepted: "
            "as many at every step, so that each step is one play"
        )
    for _, rows in ordered.groupby("run"):
        shape = (-1, int(counts[0]))
        found.append((rows["action"].to_numpy().reshape(shape), rows["reward"].to_numpy(float).reshape(shape)))
    return found


def rewards_by_step(result: Result) -> list[NDArray[np.float64]]:
    """Return for each run what each agent earned at every step, whatever its actions are.

    Returns
    -------
    list of ndarray, each of shape (num_steps, num_agents)
        0 where an agent did not act; without agents who never did.

    Examples
    --------
    >>> rewards_by_step(constructed(act=act_table([[0.5, 0.1]], rewards=[[2, 3]])))[0].tolist()
    [[2.0, 3.0]]
    """
    finite_rewards("act", result.table("act"))
    return [_rewards(rows) for _, rows in by_run(result, "act")]


def _grid(rows: pd.DataFrame) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return steps and agents of the acts of a run, each counted from 0 among those that occur."""
    step = rows["step"].to_numpy()
    return step - step.min(), np.unique(rows["agent"].to_numpy(), return_inverse=True)[1]


def _rewards(rows: pd.DataFrame) -> NDArray[np.float64]:
    step, agents = _grid(rows)
    rewards = np.zeros((int(step.max()) + 1, int(agents.max()) + 1))
    rewards[step, agents] = rows["reward"].to_numpy(float)
    return rewards


def finite_rewards(table: str, rows: pd.DataFrame) -> NDArray[np.float64]:
    """Return a table's rewards; refuse those that are not finite, with the place of the first.

    Raises
    ------
    ResultError

    Examples
    --------
    >>> import pandas as pd
    >>> finite_rewards("act", pd.DataFrame({"run": [0], "step": 7, "agent": 1, "reward": np.inf}))
    Traceback (most recent call last):
    ...
    socialsim.core.errors.ResultError: 'reward' of 'act' holds inf (run 0, step 7, agent 1); accepted: finite numbers
    """
    rewards = rows["reward"].to_numpy(float)
    is_bad = ~np.isfinite(rewards)
    if is_bad.any():
        run, step, agent = (int(rows[name].to_numpy()[is_bad][0]) for name in ("run", "step", "agent"))
        where = f"run {run}, step {step}, agent {agent}"
        raise ResultError(f"'reward' of {table!r} holds {rewards[is_bad][0]} ({where}); accepted: finite numbers")
    return rewards


def rows_by_step(steps: NDArray[np.int64], rows: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the rows of a run step by step, so that the steps can be resampled and not the rows.

    Parameters
    ----------
    steps : ndarray of int, shape (num_rows,)
        Of each row, in time order.
    rows : ndarray of int, shape (num_rows, num_columns)

    Returns
    -------
    ndarray of int, shape (num_steps, most rows of a step, num_columns)
        Of the steps that have rows; filled up with -1.

    Examples
    --------
    >>> rows_by_step(np.array([3, 3, 8]), np.array([[5], [6], [7]])).tolist()
    [[[5], [6]], [[7], [-1]]]
    """
    if not len(steps):
        return np.zeros((0, 0, rows.shape[1]), np.int64)
    _, first, number = np.unique(steps, return_index=True, return_inverse=True)
    place = np.arange(len(steps)) - first[number]
    found = np.full((len(first), int(place.max()) + 1, rows.shape[1]), -1, np.int64)
    found[number, place] = rows
    return found


def situations(result: Result) -> list[NDArray[np.int64]]:
    """Return for each run who observed what and did what, one row an act in time order.

    Returns
    -------
    list of ndarray of int, each of shape (num_acts, 4)
        Step, agent, observation, action.
        The observation is -1 throughout where agents observe nothing: that is one situation.

    Examples
    --------
    >>> situations(constructed(act=act_table([[2, 0]], observations=[[7, 8]])))[0].tolist()
    [[0, 0, 7, 2], [0, 1, 8, 0]]
    """
    frame = result.table("act")
    sees = (frame["observation"] >= 0).any() or "observation_1" in frame
    numbered = frame[["run", "step", "agent"]].assign(
        observation=indices("act", frame, "observation") if sees else -1, action=indices("act", frame, "action")
    )
    runs = numbered.sort_values(["run", "step"], kind="stable").groupby("run")
    return [rows[["step", "agent", "observation", "action"]].to_numpy(np.int64) for _, rows in runs]


def constructed(**tables: Any) -> Result:
    """Return a result that holds tables made by hand: what a metric's known value is measured on.

    Examples
    --------
    >>> constructed(series={"run": [0, 1], "step": 0, "share": [0.5, 0.7]})
    <Result of constructed: 2 runs, complete; tables: series>
    """
    num_runs = max(len(np.unique(table["run"])) for table in tables.values())
    return Result(Manifest("constructed", {}, seed=0, num_runs=num_runs), tables)


def act_table(actions: ArrayLike, observations: ArrayLike = -1, rewards: ArrayLike = 0.0) -> dict[str, NDArray[Any]]:
    """Return the table ``act`` of runs in which all agents act at every step.

    Parameters
    ----------
    actions : array_like, shape (num_steps, num_agents) or (num_runs, num_steps, num_agents)
    observations, rewards : array_like
        Of the shape of the actions, or one for all.

    Examples
    --------
    >>> act_table([[1, 0]])["agent"].tolist()
    [0, 1]
    """
    acted = np.asarray(actions) if np.ndim(actions) == 3 else np.asarray(actions)[None]
    run, step, agent = (axis.ravel() for axis in np.indices(acted.shape))
    columns = {"run": run, "step": step, "agent": agent, "action": acted.ravel()}
    for name, values in (("observation", observations), ("reward", np.asarray(rewards, float))):
        columns[name] = np.broadcast_to(values, acted.shape).ravel()
    return columns
