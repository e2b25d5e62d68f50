r"""Do sanctions meet those who violate a norm?

With a violation as in `socialsim.metrics.norms` (an act that is not what most others do in its situation), the

    precision  P(violation | sanction)              share of sanctions that meet a violator,
    recall     P(sanction | violation)              share of violations that are sanctioned,
    fall-out   P(sanction | compliance)             share of compliant acts that are sanctioned,                    (1)

and a **meta-sanction** ([Axelrod1986]_) meets an agent that complied but left a violator of the same step unsanctioned.
A sanction answers the latest act of its target. Environments that know what a violation is offer metrics of these names
of their own, from exact counts (`metanorms`, `taboo`); the readers here judge by acts alone, and are undefined where
agents observe their own strategy.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from socialsim.core.errors import ParameterError
from socialsim.core.estimate import Estimate
from socialsim.core.result import Result
from socialsim.metrics.blocks import Record
from socialsim.metrics.metric import Known, metric
from socialsim.metrics.norms import follows_others, has_alternatives
from socialsim.metrics.nulls import over_runs
from socialsim.metrics.records import act_table, by_run, constructed, rows_by_step, situations

NEEDS = {"act": ("step", "agent", "observation", "action"), "sanction": ("step", "source", "target")}


class Sanctions(NamedTuple):
    """How well sanctions tell violations from compliance, equation (1)."""

    precision: float
    recall: float
    fall_out: float


def sanction_scores(violated: ArrayLike, sanctioned: ArrayLike) -> Sanctions:
    """Return precision, recall and fall-out of sanctions, equation (1).

    Parameters
    ----------
    violated : array_like of bool, shape (num_acts,)
        Whether each act was a violation.
    sanctioned : array_like of int, shape (num_acts,)
        How many sanctions it met.

    Returns
    -------
    Sanctions
        Each NaN where its condition did not occur.

    Examples
    --------
    >>> sanction_scores([1, 1, 0, 0], [2, 0, 1, 0])
    Sanctions(precision=0.6666666666666666, recall=0.5, fall_out=0.5)
    """
    v, times = np.asarray(violated, bool), np.asarray(sanctioned)
    if v.shape != times.shape:
        raise ParameterError(f"sanctioned: shape {times.shape} is not accepted; accepted: that of violated, {v.shape}")

    def share(part: NDArray[np.int64], whole: NDArray[np.int64]) -> float:
        return float(part.sum() / whole.sum()) if whole.sum() else math.nan

    met = times > 0
    return Sanctions(share(times * v, times), share(met & v, v), share(met & ~v, ~v))


def _known_record() -> Result:
    """Return two runs of four agents and two steps in which agent 3, then agent 2, does what the others do not.

    In the first step 0 sanctions 3, and 1 by mistake; in the second 0 sanctions the violator 2, and 1, who sanctions
    nobody, for that.
    """
    rows = {"step": [0, 0, 1, 1], "source": [0, 0, 0, 0], "target": [3, 1, 2, 1]}
    sanction: dict[str, Any] = {name: values * 2 for name, values in rows.items()}
    sanction |= {"run": [0] * 4 + [1] * 4, "cost": 1.0, "loss": 3.0}
    acts = act_table([[[0, 0, 0, 1], [0, 0, 1, 0]]] * 2, observations=0)
    return constructed(act=acts, sanction=sanction)


@metric(family="norms", needs=NEEDS, known=lambda: Known(_known_record(), 0.5))
def sanction_precision(result: Result) -> Estimate:
    """Share of sanctions that meet an agent who has just done what the others do not, equation (1).

    Examples
    --------
    >>> sanction_precision(sanction_precision.known().result).value
    0.5
    """
    return _of_acts(result, lambda v, n: sanction_scores(v, n).precision, "no sanction follows an act under a norm")


@metric(family="norms", needs=NEEDS, known=lambda: Known(_known_record(), 1.0))
def sanction_recall(result: Result) -> Estimate:
    """Share of violations that are sanctioned, equation (1).

    Examples
    --------
    >>> sanction_recall(sanction_recall.known().result).value
    1.0
    """
    return _of_acts(result, lambda v, n: sanction_scores(v, n).recall, "no act violates a norm")


@metric(family="norms", needs=NEEDS, known=lambda: Known(_known_record(), 1 / 3))
def sanction_fall_out(result: Result) -> Estimate:
    """Share of compliant acts that are sanctioned, equation (1).

    Examples
    --------
    >>> round(sanction_fall_out(sanction_fall_out.known().result).value, 4)
    0.3333
    """
    return _of_acts(result, lambda v, n: sanction_scores(v, n).fall_out, "no act complies with a norm")


@metric(family="norms", needs=NEEDS, known=lambda: Known(_known_record(), 0.5))
def meta_sanctions(result: Result) -> Estimate:
    """Share of sanctions that meet an agent who complied but left a violator of the same step unsanctioned.

    Examples
    --------
    >>> meta_sanctions(meta_sanctions.known().result).value
    0.5
    """
    records = [[met] for met in map(_sanctioned_for_leniency, _judged(result)) if len(met)]

    def statistic(record: Record) -> float:
        return float(np.mean(record[0][record[0] >= 0]))  # without what fills up a step

    return over_runs(records, statistic, "no sanction follows an act", bounds=(0, 1))


class Judged(NamedTuple):
    """The acts of a run, whether each is a violation (NaN where no norm applies), and the sanctions."""

    step: NDArray[np.int64]
    agent: NDArray[np.int64]
    violates: NDArray[np.float64]
    sanctions: NDArray[np.int64]  # one row each: step, source, target
    answered: NDArray[np.int64]  # the act that each sanction answers, -1 if its target has not acted


def _judged(result: Result) -> list[Judged]:
    tables, runs = dict(by_run(result, "sanction")), situations(result)
    everything = np.concatenate(runs)
    is_open = has_alternatives(everything[:, 2], everything[:, 3])
    opened = np.split(is_open, np.cumsum([len(rows) for rows in runs])[:-1])
    found = []
    for (run, _), known, possible in zip(by_run(result, "act"), runs, opened, strict=True):
        step, agent, seen, acts = known.T
        violates = 1.0 - follows_others(seen, acts, agent, possible)
        columns = ["step", "source", "target"]
        sanctions = tables[run][columns].to_numpy(np.int64) if run in tables else np.zeros((0, 3), np.int64)
        latest = {int(i): np.flatnonzero(agent == i) for i in np.unique(agent)}
        answered = [_latest(latest.get(int(j)), step, int(t)) for t, _, j in sanctions]
        found.append(Judged(step, agent, violates, sanctions, np.array(answered, np.int64)))
    return found


def _latest(acts: NDArray[np.int64] | None, step: NDArray[np.int64], now: int) -> int:
    """Return the last of an agent's acts at or before a step; -1 if there is none."""
    if acts is None:
        return -1
    place = int(np.searchsorted(step[acts], now, side="right"))
    return int(acts[place - 1]) if place else -1


def _of_acts(
    result: Result, score: Callable[[NDArray[np.bool_], NDArray[np.int64]], float], undefined: str
) -> Estimate:
    """Return a score of acts under a norm: whether each violates it, and how many sanctions it meets."""
    records = []
    for judged in _judged(result):
        times = np.bincount(judged.answered[judged.answered >= 0], minlength=len(judged.step))
        under = np.isfinite(judged.violates)
        rows = np.stack([judged.violates[under].astype(np.int64), times[under]], axis=1)
        records.append([rows_by_step(judged.step[under], rows)])
    kept = [record for record in records if len(record[0])]
    return over_runs(kept, lambda record: score(*_columns(record[0])), undefined, bounds=(0, 1))


def _columns(rows: NDArray[np.int64]) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    acts = rows[rows[..., 0] >= 0]  # without what fills up a step
    return acts[:, 0].astype(bool), acts[:, 1]


def _sanctioned_for_leniency(judged: Judged) -> NDArray[np.int64]:
    """Return of each sanction that answers an act under a norm whether it is a meta-sanction, step by step."""
    violators: dict[int, set[int]] = {}
    for t, i in zip(judged.step[judged.violates == 1.0], judged.agent[judged.violates == 1.0], strict=True):
        violators.setdefault(int(t), set()).add(int(i))
    punished: dict[tuple[int, int], set[int]] = {}
    for t, i, j in judged.sanctions.tolist():
        punished.setdefault((t, i), set()).add(j)
    met, when = [], []
    for (t, _, j), act in zip(judged.sanctions.tolist(), judged.answered.tolist(), strict=True):
        if act >= 0 and math.isfinite(judged.violates[act]):
            spared = violators.get(t, set()) - punished.get((t, j), set()) - {j}
            met.append([int(judged.violates[act] == 0.0 and bool(spared))])
            when.append(t)
    order = np.argsort(when, kind="stable")
    return rows_by_step(np.array(when, np.int64)[order], np.array(met, np.int64).reshape(-1, 1)[order])
