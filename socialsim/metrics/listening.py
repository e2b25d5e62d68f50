r"""Do messages matter to those who hear them? Signals, consistency, coordination and causal influence, in bits.

That agents talk and do well does not show that they listen: messages may merely accompany what they do ([Lowe2019]_).
Two questions are kept apart.

**Positive signalling**: does what is said depend on what the speaker sees or does? Their mutual information is above 0
(`positive_signalling` tests it against circular shifts, which keep how either goes on in time and suppose that both are
stationary; metrics of a result use shifts that bear trends, `socialsim.metrics.speech`).

**Positive listening**: does what is said change what the listener does, all else equal? With P(a | o, m) what it does
on observation o after message m, and P(a | o) what it does in silence, some message has ([Lowe2019]_, definition 3.2)

    max_m 1/2 sum_a |P(a | o, m) - P(a | o)|  >  0,                                                                  (1)

and, where messages are *set* with probabilities p(m) and not merely seen, the causal influence of communication is

    CIC = sum_m p(m) sum_a P(a | o, m) log2 P(a | o, m) / P(a | o),    P(a | o) = sum_m p(m) P(a | o, m).            (2)

The marginal is the sum over messages of p(m) P(a | o, m). A public implementation takes the mean of these terms in
place of their sum, and is therefore too high by log2(number of messages), whatever the agents do. The influence of the
one message that was said is the inner sum of (2), the divergence that [Jaques2019]_ pay out as *social influence*; (2)
is its mean over messages.

Two measures that need no intervention say less. *Instantaneous coordination* is I(message; what the listener does next)
([Jaques2019]_, who report the largest of all pairs of agents): common causes raise it too. *Speaker
consistency* is here that of [Lowe2019]_, the mutual information I(message; own act)
(`socialsim.metrics.signalling.speaker_consistency`). What [Jaques2019]_ call so is another thing, a score in [0, 1] for
how nearly one to one messages and acts are, here `one_to_one_score`: the mean of

    1 - H(A | m) / log2(number of acts)  over messages    and    1 - H(M | a) / log2(number of messages)  over acts, (3)

in which rare messages and acts count as much as common ones. Their supplement (section 4.4) prints sums in place of the
means; only with means is it the score in [0, 1] that they describe.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from socialsim.core.errors import ParameterError
from socialsim.metrics.channels import probabilities
from socialsim.metrics.information import entropy, joint_counts, mutual_information
from socialsim.metrics.nulls import NUM_DRAWS, Corrected, circular_shifts, corrected


def positive_signalling(
    observations: ArrayLike, messages: ArrayLike, num_draws: int = NUM_DRAWS, seed: int = 0
) -> Corrected:
    """Return how much a speaker's messages say about what it saw, less what circular shifts show.

    Parameters
    ----------
    observations, messages : array_like, shape (num_steps,)
        What the speaker saw (or did), and what it said, in time order.
    num_draws : int
        Shifts, >= 1.
    seed : int
        Of the shifts, >= 0.

    Returns
    -------
    Corrected
        ``value`` in bits, ``null_mean`` and ``p_value``: a speaker signals positively if the last is small.

    Raises
    ------
    ParameterError
        If the lengths differ, or a value is NaN.

    Source
    ------
    [Lowe2019]_, definition 3.1.

    Examples
    --------
    >>> seen = np.random.default_rng(1).integers(2, size=200)
    >>> signal = positive_signalling(seen, 1 - seen)
    >>> round(signal.value, 2), signal.p_value
    (1.0, 0.005)
    """
    joint_counts(observations, messages)  # refuses what it does not accept
    seen, said = (np.unique(np.asarray(values), return_inverse=True)[1] for values in (observations, messages))
    if not len(seen):
        return Corrected(math.nan, math.nan, math.nan)
    seen, said = seen[: closed(said)], said[: closed(said)]
    shape = (int(seen.max()) + 1, int(said.max()) + 1)
    return corrected(
        lambda record: float(mutual_information(tabulated(record[0], record[1], shape))),
        [seen, said],
        lambda record, stream: [record[0], *circular_shifts(record[1:], stream)],
        num_draws,
        seed,
    )


def instantaneous_coordination(messages: ArrayLike, acts: ArrayLike, lag: int = 1) -> float:
    """Return how much a message says about what the listener does so many steps later.

    Parameters
    ----------
    messages, acts : array_like, shape (num_steps,)
        What one agent said and what another did at each step.
    lag : int
        Steps between them, >= 0; 0 where messages are heard before acting.

    Returns
    -------
    float
        I(m_t; a_{t+lag}) in bits, as it is: short records are biased upwards (`socialsim.metrics.information`). NaN if
        no step is left.

    Raises
    ------
    ParameterError
        If the lengths differ, a value is NaN or the lag is negative.

    Source
    ------
    [Jaques2019]_; [Lowe2019]_.

    Examples
    --------
    >>> instantaneous_coordination([0, 1, 1, 0, 1], [0, 0, 1, 1, 0])
    1.0
    """
    said, done = np.asarray(messages), np.asarray(acts)
    if lag < 0 or said.shape != done.shape:
        raise ParameterError(f"lag {lag}, shapes {said.shape} and {done.shape}: accepted: >= 0, and equal lengths")
    if lag >= len(said):
        return math.nan
    return float(mutual_information(joint_counts(said[: len(said) - lag], done[lag:])))


def one_to_one_score(counts: ArrayLike) -> float:
    """Return how nearly one to one an agent's messages and its acts are, equation (3).

    Parameters
    ----------
    counts : array_like, shape (num_messages, num_acts)
        How often each message came with each act of the same agent.

    Returns
    -------
    float
        In [0, 1]; messages and acts that never occur do not enter the means. NaN if there is one message or one act, or
        none occurred. A random speaker scores above 0.

    Raises
    ------
    ParameterError
        If a count is negative or not finite.

    Source
    ------
    [Jaques2019]_, supplement, equation (5), as "speaker consistency".

    Examples
    --------
    >>> one_to_one_score([[7, 0], [0, 2]]), one_to_one_score([[3, 3], [3, 3]])
    (1.0, 0.0)
    """
    table = np.asarray(counts, dtype=np.float64)
    bits = entropy(table), entropy(table.T)  # H(A | m) and H(M | a); NaN where nothing was counted
    if table.ndim != 2 or min(table.shape) < 2 or not table.any():
        return math.nan
    most = math.log2(table.shape[1]), math.log2(table.shape[0])
    return 1.0 - 0.5 * sum(float(np.nanmean(h)) / highest for h, highest in zip(bits, most, strict=True))


def causal_influence(policies: ArrayLike, message_probabilities: ArrayLike | None = None) -> float:
    """Return the causal influence of communication on what a listener does, equation (2).

    Parameters
    ----------
    policies : array_like, shape (num_messages, num_actions)
        P(action | observation, message) of one listener on one observation, a row for each message that it was made to
        hear; see `socialsim.engine.probe.probe`.
    message_probabilities : array_like, shape (num_messages,), optional
        p(m), such as the speaker's policy; by default all are equally likely.

    Returns
    -------
    float
        In bits, in [0, log2(num_messages)]; NaN if there are fewer than two messages to tell apart.

    Raises
    ------
    ParameterError
        If these are no probabilities.

    Source
    ------
    [Lowe2019]_.

    Examples
    --------
    >>> causal_influence([[1, 0], [0, 1]]), causal_influence([[0.5, 0.5], [0.5, 0.5]])
    (1.0, 0.0)
    """
    table, weights = _policies(policies, message_probabilities)
    if len(table) < 2:
        return math.nan
    return float(sum(p * _divergence(row, weights @ table) for p, row in zip(weights, table, strict=True) if p > 0))


def social_influence(policies: ArrayLike, said: int, message_probabilities: ArrayLike | None = None) -> float:
    """Return how much the message that was said moved the listener, against what else could have been said.

        sum_a P(a | m) log2 P(a | m) / sum_m' p(m') P(a | m')

    Parameters
    ----------
    policies : array_like, shape (num_messages, num_actions)
        As in `causal_influence`.
    said : int
        The message, a row of the policies.
    message_probabilities : array_like, shape (num_messages,), optional
        p(m), by default equal.

    Returns
    -------
    float
        In bits, >= 0. NaN if there are fewer than two messages, or ``said`` has probability 0 and leads to an act that
        no other message leads to: the divergence is then infinite.

    Raises
    ------
    ParameterError
        If these are no probabilities, or there is no such message.

    Source
    ------
    [Jaques2019]_, supplement, equation (1).

    Examples
    --------
    >>> round(social_influence([[1, 0], [0, 1]], said=0, message_probabilities=[0.25, 0.75]), 6)
    2.0
    """
    table, weights = _policies(policies, message_probabilities)
    if said not in range(len(table)):
        raise ParameterError(f"said: {said} is not accepted; accepted: 0 to {len(table) - 1}")
    if len(table) < 2:
        return math.nan
    return _divergence(table[said], weights @ table)


def positive_listening(policies: ArrayLike, silent: ArrayLike) -> float:
    """Return how far some message moves a listener from what it does in silence, equation (1).

    Parameters
    ----------
    policies : array_like, shape (num_messages, num_actions)
        As in `causal_influence`.
    silent : array_like, shape (num_actions,)
        P(action | observation) without a message.

    Returns
    -------
    float
        Total variation distance, in [0, 1].

    Raises
    ------
    ParameterError
        If these are no probabilities, or the actions are not as many.

    Source
    ------
    [Lowe2019]_, definition 3.2.

    Examples
    --------
    >>> positive_listening([[0.75, 0.25], [0.5, 0.5]], silent=[0.5, 0.5])
    0.25
    """
    table, default = probabilities("policies", policies, 2), probabilities("silent", silent, 1)
    if table.shape[1] != len(default):
        raise ParameterError(f"silent: {len(default)} actions; accepted: {table.shape[1]}, as in the policies")
    return float(np.abs(table - default).sum(axis=1).max() / 2)


def closed(values: NDArray[Any]) -> int:
    """Return the length of the longest beginning of a sequence that ends with the value it starts with.

    Turned in time, a whole sequence has one bout more than it had, where its end meets its start, and so matches any
    other less well than it did: tests of sticky agents would find too much. A closed one gains none.

    Examples
    --------
    >>> closed(np.array([2, 2, 0, 2, 1, 1]))
    4
    """
    return int(np.flatnonzero(values == values[0])[-1]) + 1


def tabulated(first: NDArray[Any], second: NDArray[Any], shape: tuple[int, int]) -> NDArray[np.int64]:
    """Return joint counts of two sequences of indices, shape ``shape``.

    Examples
    --------
    >>> tabulated(np.array([0, 1, 1]), np.array([2, 0, 0]), (2, 3)).tolist()
    [[0, 0, 1], [2, 0, 0]]
    """
    return np.bincount(first * shape[1] + second, minlength=shape[0] * shape[1]).reshape(shape)


def _policies(
    policies: ArrayLike, message_probabilities: ArrayLike | None
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return P(a | m) and p(m), after checking them."""
    table = probabilities("policies", policies, 2)
    given = np.full(len(table), 1.0 / len(table)) if message_probabilities is None else message_probabilities
    weights = probabilities("message_probabilities", given, 1)
    if len(weights) != len(table):
        raise ParameterError(f"message_probabilities: {len(weights)}; accepted: {len(table)}, one for each message")
    return table, weights


def _divergence(row: NDArray[np.float64], others: NDArray[np.float64]) -> float:
    """Return the Kullback-Leibler divergence in bits; NaN where it is infinite."""
    possible = row > 0
    if (others[possible] == 0).any():
        return math.nan
    return max(float((row[possible] * np.log2(row[possible] / others[possible])).sum()), 0.0)
