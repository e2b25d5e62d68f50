"""What the records of any scenario say about its signals: metrics of the family ``signalling``.

Agent types are not asked: who says something is a speaker, and who hears it a listener (`socialsim.metrics.speech`).

Information is taken within each speaker, or within each pair of a speaker and a listener, and averaged over the plays
of a run: codes may differ from speaker to speaker. From it is subtracted what remains when what is said is set against
what was seen, or done, a little earlier or later (`socialsim.metrics.speech` says what that null keeps). Speakers of
fewer than 60 messages, and runs in which the two change fewer than 20 times, show too little for a test and are left
out; if none remains the metric is undefined.

Messages and observations must come from a finite set; rows of numbers, such as messages of several symbols, are taken
whole. That a message is itself the speaker's act (as in `socialsim.environments.signalling`) makes the information
between the two trivial; `speaker_consistency` then says so and gives no number.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from socialsim.core.errors import ResultError
from socialsim.core.estimate import Estimate
from socialsim.core.manifest import Manifest
from socialsim.core.result import Result
from socialsim.metrics import listening
from socialsim.metrics.channels import channel_capacity
from socialsim.metrics.estimates import mean
from socialsim.metrics.information import entropy, information_by_chance, mutual_information
from socialsim.metrics.metric import Known, metric
from socialsim.metrics.nulls import NUM_DRAWS, Record, Statistic, against_null, corrected
from socialsim.metrics.speech import (
    BEFORE_ACTING,
    FEWEST_CHANGES,
    FEWEST_MESSAGES,
    Pairs,
    messages_heard,
    messages_said,
    num_changes,
    pairs_of,
)

if TYPE_CHECKING:
    import pandas as pd

TOO_SHORT = (
    f"no run with speakers of {FEWEST_MESSAGES} messages or more in which what is seen, said or done changes "
    f"{FEWEST_CHANGES} times or more"
)
SIZE = 0.05  # of the test of one speaker
CLEARLY, ROUNDING = 3.0, 1e-12  # standard errors; by which equal sums differ
CAPACITY_DRAWS, CAPACITY_GAP = 39, 1e-3  # a capacity takes an iteration for each draw
SAID = {"msg": ("step", "source", "moment", "message"), "act": ("step", "agent", "observation", "action")}
ASKED = {"probe": ("step", "agent", "observation", "message", "action", "probability")}


def _known(value: float, tolerance: float, record: Callable[[], dict[str, dict[str, Any]]]) -> Callable[[], Known]:
    return lambda: Known(Result(Manifest("signals", {}, seed=1, num_runs=2), record()), value, tolerance)


def _blocks(*blocks: dict[str, Any]) -> dict[str, Any]:
    """Return blocks of rows one below the other; a single value fills its column."""
    sizes = [max(np.size(values) for values in block.values()) for block in blocks]
    parts = list(zip(blocks, sizes, strict=True))
    return {name: np.concatenate([np.broadcast_to(b[name], size) for b, size in parts]) for name in blocks[0]}


def _heard_rightly() -> dict[str, dict[str, Any]]:
    """Return a thousand plays in two runs: a state drawn from two, a word for each, and the act that fits it."""
    state = np.random.Generator(np.random.SFC64(1)).permutation(np.arange(2000) % 2)
    run, step = np.divmod(np.arange(2000), 1000)
    when = {"run": run, "step": step}
    message = {"source": 0, "target": -1, "moment": BEFORE_ACTING, "message": 1.0 - state}
    speaker = {"agent": 0, "observation": state, "action": state, "reward": 1.0}
    return {"msg": when | message, "act": _blocks(when | speaker, when | speaker | {"agent": 1, "observation": 0})}


def _counted() -> dict[str, dict[str, Any]]:
    """Return counts of an agent that does what it sees in one run, and anything in the other."""
    cells = {"run": [0, 0, 1, 1, 1, 1], "observation": [0, 1, 0, 0, 1, 1], "action": [0, 1, 0, 1, 0, 1]}
    return {"count": cells | {"agent": 0, "count": [500, 500, 250, 250, 250, 250], "reward": 0.0}}


def _asked() -> dict[str, dict[str, Any]]:
    """Return the answers of a listener that obeys on one observation and not on the other, after two words or none."""
    who, nan = {"run": 0, "step": 9, "agent": 1}, math.nan
    obeys = {"message": [0.0, 1.0, nan, nan], "action": [0, 1, 0, 1], "probability": [1.0, 1.0, 0.5, 0.5]}
    does_not = {"message": [0.0, 1.0, nan], "action": 2, "probability": 1.0}
    return {"probe": _blocks(who | {"observation": 0} | obeys, who | {"observation": 1} | does_not)}


@metric(family="signalling", needs=SAID, null="local shifts", known=_known(1.0, 0.01, _heard_rightly))
def state_message_information(result: Result) -> Estimate:
    """I(observation; message) of speakers, in bits: how much what is said tells of what was seen.

    Examples
    --------
    >>> round(state_message_information(state_message_information.known().result).value, 1)
    1.0
    """
    pairs = pairs_of(messages_said(result), "observation", "message")
    return _against_shifts(result, pairs, pairs.information)


@metric(
    family="signalling",
    needs={"count": ("agent", "observation", "action", "count")},
    null="permutations",
    known=_known(0.5, 0.001, _counted),
)
def observation_action_information(result: Result) -> Estimate:
    """I(observation; action) of agents that see more than one thing, in bits, less its mean over all ways to pair the
    same observations and actions anew; of those whose act is a message, what it says. Supposes that observations or
    actions are independent in time, as states are that nature draws: counts do not show whether they are.

    Examples
    --------
    >>> round(observation_action_information(observation_action_information.known().result).value, 2)
    0.5
    """
    stream = np.random.Generator(np.random.SFC64(0))
    found = [_of_counts(rows, stream) for _, rows in result.table("count").groupby("run")]
    runs = np.array([of_run for of_run in found if of_run is not None])
    if not len(runs):
        return Estimate.undefined("no agent observed more than one thing", result.num_runs)
    observed, by_chance, draws = runs[:, 0], runs[:, 1], runs[:, 2:].mean(axis=0)
    above = np.count_nonzero(draws >= observed.mean() - ROUNDING)
    p_value = (1 + above) / (NUM_DRAWS + 1)
    return replace(mean(observed - by_chance), null_mean=float(by_chance.mean()), p_value=p_value)


@metric(family="signalling", needs=SAID, known=_known(1.0, 1e-9, _heard_rightly))
def positive_signallers(result: Result) -> Estimate:
    """Share of speakers whose messages depend on what they saw, by a test of size .05 against local shifts; one in
    twenty is found where there is no dependence.

    Examples
    --------
    >>> round(positive_signallers(positive_signallers.known().result).value, 3)
    1.0
    """
    pairs = pairs_of(messages_said(result), "observation", "message")
    shares = []
    for record in pairs.records:
        tests = [
            corrected(pairs.information, [sequence], pairs.turned)
            for sequence in record
            if num_changes(sequence) >= FEWEST_CHANGES
        ]
        if tests:
            shares.append(sum(test.p_value <= SIZE for test in tests) / len(tests))
    return mean(shares) if shares else Estimate.undefined(TOO_SHORT, result.num_runs)


@metric(family="signalling", needs=SAID, null="local shifts", known=_known(1.0, 0.01, _heard_rightly))
def speaker_consistency(result: Result) -> Estimate:
    """I(message; own act) of speakers, in bits, as Lowe et al. (2019) define it: do agents do what they say?

    Examples
    --------
    >>> round(speaker_consistency(speaker_consistency.known().result).value, 1)
    1.0
    """
    said = messages_said(result)
    if (said["message"] == said["action"]).all():
        return Estimate.undefined("each act equals its message: acts that are messages say nothing", result.num_runs)
    pairs = pairs_of(said, "message", "action")
    return _against_shifts(result, pairs, pairs.information)


@metric(family="signalling", needs=SAID, null="local shifts", known=_known(1.0, 0.01, _heard_rightly))
def instantaneous_coordination(result: Result) -> Estimate:
    """I(message; what the listener does next), in bits: common causes raise it as listening does. The mean over pairs
    of agents, where Jaques et al. (2019) report the pair that has most of it.

    Examples
    --------
    >>> round(instantaneous_coordination(instantaneous_coordination.known().result).value, 1)
    1.0
    """
    pairs = pairs_of(messages_heard(result), "message", "act")
    return _against_shifts(result, pairs, pairs.information)


@metric(family="signalling", needs=SAID, known=_known(1.0, 1e-9, _heard_rightly))
def communication_success(result: Result) -> Estimate:
    """Share of messages after which the listener's act has the index of what the speaker saw, as in a Lewis game.

    Undefined where that is no success, so far as the tables tell: speakers see nothing or always the same, or listeners
    do not earn more by it (by three standard errors). A scenario's own measure of success is to be preferred.

    Examples
    --------
    >>> round(communication_success(communication_success.known().result).value, 3)
    1.0
    """
    heard = messages_heard(result)
    if reason := _same_indices(heard) if len(heard) else "nobody heard a message and acted":
        return Estimate.undefined(reason, result.num_runs)
    return mean((heard["observation"] == heard["act"]).groupby(heard["run"]).mean())


@metric(family="signalling", needs=SAID, null="local shifts", known=_known(1.0, 0.01, _heard_rightly))
def code_capacity(result: Result) -> Estimate:
    """Most bits that speakers' messages could tell of what they see, were it drawn best for them, less chance.

    Examples
    --------
    >>> round(code_capacity(code_capacity.known().result).value, 2)
    1.0
    """
    return _capacity(result, pairs_of(messages_said(result), "observation", "message"))


@metric(family="signalling", needs=SAID, null="local shifts", known=_known(1.0, 0.01, _heard_rightly))
def chain_capacity(result: Result) -> Estimate:
    """Most bits that listeners' acts could tell of what speakers see: the whole way, noise and all, less chance.

    Examples
    --------
    >>> round(chain_capacity(chain_capacity.known().result).value, 2)
    1.0
    """
    return _capacity(result, pairs_of(messages_heard(result), "observation", "act"))


@metric(family="signalling", needs=ASKED, known=_known(0.5, 1e-9, _asked))
def causal_influence(result: Result) -> Estimate:
    """Causal influence of communication, in bits: I(message; act) where each message asked is heard equally often, mean
    over what listeners observed (Lowe et al. 2019).

    Examples
    --------
    >>> round(causal_influence(causal_influence.known().result).value, 3)
    0.5
    """

    def influence(heard: NDArray[np.float64], _: NDArray[np.float64] | None) -> float:
        return listening.causal_influence(heard) if len(heard) > 1 else math.nan

    return _over_policies(result, influence, "two messages or more")


@metric(family="signalling", needs=ASKED, known=_known(0.25, 1e-9, _asked))
def positive_listening(result: Result) -> Estimate:
    """Total variation distance between what listeners do after the message that moves them most and what they do in
    silence, mean over what they observed (Lowe et al. 2019).

    Examples
    --------
    >>> round(positive_listening(positive_listening.known().result).value, 3)
    0.25
    """

    def distance(heard: NDArray[np.float64], silent: NDArray[np.float64] | None) -> float:
        return math.nan if silent is None or not len(heard) else listening.positive_listening(heard, silent)

    return _over_policies(result, distance, "messages and once without any")


def _capacity(result: Result, pairs: Pairs) -> Estimate:
    """Return the capacity of each sequence's channel from rows to columns, less that of shifted messages."""

    def capacity(record: Record) -> float:
        tables = [table[table.any(axis=1)] for table in pairs.tables(record) if table.any()]
        bits = [channel_capacity(table / table.sum(axis=1, keepdims=True), CAPACITY_GAP).bits for table in tables]
        return float(np.average(bits, weights=[table.sum() for table in tables])) if tables else math.nan

    return _against_shifts(result, pairs, capacity, CAPACITY_DRAWS)


def _against_shifts(result: Result, pairs: Pairs, statistic: Statistic, num_draws: int = NUM_DRAWS) -> Estimate:
    """Return a statistic of each run less that of its messages shifted in time."""
    if not pairs.records:
        return Estimate.undefined(TOO_SHORT, result.num_runs)
    return against_null(pairs.records, statistic, pairs.turned, TOO_SHORT, num_draws)


def _of_counts(rows: pd.DataFrame, stream: np.random.Generator) -> list[float] | None:
    """Return I(observation; action) within the agents of one run, its mean by chance, and draws of it by chance;
    nothing if no observation varies.

    An agent that always sees the same cannot tell of it.
    """
    from scipy.stats import random_table

    agent, seen, done = (np.unique(rows[name], return_inverse=True)[1] for name in ("agent", "observation", "action"))
    tables = np.zeros((agent.max() + 1, seen.max() + 1, done.max() + 1), np.int64)
    np.add.at(tables, (agent, seen, done), rows["count"])
    varied = tables[entropy(tables.sum(axis=2)) > 0]
    if not len(varied):
        return None
    weights = varied.sum(axis=(1, 2)) / varied.sum()
    draws = np.zeros(NUM_DRAWS)
    for table, weight in zip(varied, weights, strict=True):
        paired = random_table(table.sum(axis=1), table.sum(axis=0), seed=stream).rvs(NUM_DRAWS)
        draws += weight * mutual_information(paired)
    return [float(weights @ mutual_information(varied)), float(weights @ information_by_chance(varied)), *draws]


def _same_indices(heard: pd.DataFrame) -> str:
    """Return why the indices of what speakers see and of what listeners do cannot be compared; empty if they may be."""
    if any(re.fullmatch(r"observation_\d+", str(name)) for name in heard):
        return "speakers observe a row of numbers, which no act can equal"
    if heard["observation"].nunique() < 2:
        return "what speakers observe never varies: no act can fit it"
    fits = heard["observation"] == heard["act"]
    earned = [heard.loc[chosen, "earned"].to_numpy(float) for chosen in (fits, ~fits)]
    if min(map(len, earned)) == 0:
        return ""
    error = math.sqrt(sum(part.var() / len(part) for part in earned))
    if earned[0].mean() - earned[1].mean() > max(CLEARLY * error, ROUNDING):
        return ""
    return "listeners do not earn more when their act has the index of what the speaker saw: it means something else"


def _over_policies(
    result: Result, statistic: Callable[[NDArray[np.float64], NDArray[np.float64] | None], float], asked: str
) -> Estimate:
    """Return the mean over runs of a statistic of each listener on each observation."""
    values = []
    for _, rows in result.table("probe").groupby("run"):
        found = np.array([statistic(heard, silent) for heard, silent in _policies(rows)])
        if np.isfinite(found).any():
            values.append(float(found[np.isfinite(found)].mean()))
    return mean(values) if values else Estimate.undefined(f"probe() was not called with {asked}", result.num_runs)


def _policies(rows: pd.DataFrame) -> Iterator[tuple[NDArray[np.float64], NDArray[np.float64] | None]]:
    """Yield for each listener and observation P(action | message), a row a message, and P(action) in silence."""
    actions, column = np.unique(rows["action"], return_inverse=True)
    for where, part in rows.assign(column=column).groupby(["step", "agent", "observation"]):
        messages, row = np.unique(part["message"], return_inverse=True)  # silence, NaN, comes last
        chances = np.zeros((len(messages), len(actions)))
        np.add.at(chances, (row, part["column"]), part["probability"])
        sums = chances.sum(axis=1)
        if not np.allclose(sums, 1.0) or (chances < 0).any():
            raise ResultError(
                f"column 'probability' of the table 'probe': {sums[np.argmax(np.abs(sums - 1.0))]:g} in all for step, "
                f"agent, observation = {where}; accepted: probabilities >= 0 of sum 1"
            )
        heard = ~np.isnan(messages)
        yield chances[heard], None if heard.all() else chances[-1]
