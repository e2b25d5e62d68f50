r"""What can be said through a channel, and how well a code serves: Shannon's capacity and success in a signalling game.

A channel is a table of probabilities P(y | x), a row for each input: a sender who sees a state and says a message,
noise that turns one message into another, a receiver who hears one and acts. Channels that follow each other multiply.
The capacity is the largest mutual information over all distributions p of the input ([Shannon1948]_)

    C = max_p I(p),    I(p) = sum_x p(x) D_x,    D_x = sum_y P(y | x) log2 P(y | x) / sum_x' p(x') P(y | x').        (1)

The iteration of [Blahut1972]_ and [Arimoto1972]_ raises it in every step, within bounds on both sides

    p(x) <- p(x) 2^{D_x} / sum_x' p(x') 2^{D_x'},       log2 sum_x p(x) 2^{D_x}  <=  C  <=  max_x D_x,               (2)

so that it stops when the two bounds have met, not when it no longer moves. Known: the binary symmetric channel with
error e has C = 1 - H(e), the erasure channel 1 - e, and the Z channel with error e, which spoils one of two inputs,
log2(1 + (1 - e) e^{e / (1 - e)}).

In a game with prior p(s), sender P(m | s), noise P(m' | m), receiver P(a | m') and payoffs u(s, a) success is expected

    sum_s p(s) sum_m P(m | s) sum_m' P(m' | m) sum_a P(a | m') u(s, a),                                              (3)

where u is 1 if the act fits the state and 0 otherwise, unless payoffs are given.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from socialsim.core.errors import ParameterError

ROUNDING = 1e-9  # by which probabilities may miss the sum of 1
NEGLIGIBLE = 1e-12  # bits that rounding makes of nothing


class Capacity(NamedTuple):
    """Capacity of a channel, the input that attains it, and how far off it can be."""

    bits: float
    inputs: NDArray[np.float64]  # (num_inputs,), probabilities
    gap: float  # bits; the capacity is at most bits + gap


def channel_capacity(channel: ArrayLike, tolerance: float = 1e-6, max_iterations: int = 100_000) -> Capacity:
    """Return the capacity of a channel without memory, equations (1) and (2).

    Parameters
    ----------
    channel : array_like, shape (num_inputs, num_outputs)
        P(output | input); rows sum to 1.
    tolerance : float
        The gap between the bounds, in bits, at which to stop, > 0.
    max_iterations : int
        The most steps, >= 1; the gap that is then left is returned.

    Returns
    -------
    Capacity
        ``bits`` is attained by ``inputs``, and proven to be at most ``gap`` below the capacity.

    Raises
    ------
    ParameterError
        If these are no probabilities, or a parameter is out of range.

    Source
    ------
    [Blahut1972]_; [Arimoto1972]_.

    Examples
    --------
    >>> round(channel_capacity([[0.75, 0.25], [0.25, 0.75]]).bits, 6)  # binary symmetric: 1 - H(1/4)
    0.188722
    >>> erasure = channel_capacity([[0.75, 0.25, 0], [0, 0.25, 0.75]])
    >>> round(erasure.bits, 6), erasure.inputs.tolist()
    (0.75, [0.5, 0.5])
    """
    table = probabilities("channel_capacity: channel", channel, 2)
    if not tolerance > 0 or max_iterations < 1:
        raise ParameterError(
            f"channel_capacity: tolerance {tolerance} and max_iterations {max_iterations} are not accepted; accepted: "
            "above 0, and at least 1"
        )
    inputs = np.full(len(table), 1.0 / len(table))
    logs = np.log2(table, out=np.zeros_like(table), where=table > 0)
    own = (table * logs).sum(axis=1)  # of D_x the part that does not depend on p
    for _ in range(max_iterations):
        outputs = inputs @ table
        divergences = own - table @ np.log2(outputs, out=np.zeros_like(outputs), where=outputs > 0)
        weights = inputs * np.exp2(divergences)
        total = float(weights.sum())
        bits, most = float(inputs @ divergences), float(divergences.max())
        if most - bits <= tolerance:
            break
        inputs = weights / total
    bits = bits if bits > NEGLIGIBLE else 0.0
    return Capacity(bits, inputs, max(most - bits, 0.0))


def chain(*channels: ArrayLike) -> NDArray[np.float64]:
    """Return the channel that several make one after the other, such as sender, noise and receiver.

    Parameters
    ----------
    *channels : array_like, shape (num_inputs, num_outputs)
        P(output | input); each has as many inputs as the one before it has outputs.

    Returns
    -------
    ndarray, shape (inputs of the first, outputs of the last)

    Raises
    ------
    ParameterError
        If these are no probabilities, or the sizes do not fit.

    Examples
    --------
    >>> noise = [[0.9, 0.1], [0.1, 0.9]]
    >>> chain(noise, noise).round(3).tolist()
    [[0.82, 0.18], [0.18, 0.82]]
    """
    if not channels:
        raise ParameterError("chain: no channels; accepted: one or more")
    whole = probabilities("chain: channel 0", channels[0], 2)
    for k, channel in enumerate(channels[1:], 1):
        table = probabilities(f"chain: channel {k}", channel, 2)
        if whole.shape[1] != len(table):
            raise ParameterError(f"chain: channel {k} has {len(table)} inputs; accepted: {whole.shape[1]}")
        whole = whole @ table
    return whole


def success_rate(prior: ArrayLike, sender: ArrayLike, receiver: ArrayLike, payoffs: ArrayLike | None = None) -> float:
    """Return the expected success of a sender and a receiver, equation (3).

    Parameters
    ----------
    prior : array_like, shape (num_states,)
        Probability of each state.
    sender : array_like, shape (num_states, num_messages)
        P(message | state); with noise, its `chain` with the noise.
    receiver : array_like, shape (num_messages, num_acts)
        P(act | message).
    payoffs : array_like, shape (num_states, num_acts), optional
        By default 1 where act and state have the same index, 0 elsewhere.

    Returns
    -------
    float

    Raises
    ------
    ParameterError
        If these are no probabilities, or the sizes do not fit.

    Source
    ------
    [Skyrms2010]_, chapter 1.

    Examples
    --------
    >>> uniform = [0.5, 0.5]
    >>> success_rate(uniform, [[1, 0], [0, 1]], [[0.9, 0.1], [0, 1]]), success_rate(uniform, [[1], [1]], [[0.7, 0.3]])
    (0.95, 0.5)
    """
    acts = chain(sender, receiver)
    return float((_weighted(prior, acts.shape, payoffs) * acts).sum())


def best_success(prior: ArrayLike, code: ArrayLike, payoffs: ArrayLike | None = None) -> float:
    """Return the success of the best receiver to a code: what its messages are worth.

        sum_m max_a sum_s p(s) P(m | s) u(s, a)

    Parameters
    ----------
    prior : array_like, shape (num_states,)
        Probability of each state.
    code : array_like, shape (num_states, num_messages)
        P(message | state) as the receiver hears it; with noise, the `chain` of sender and noise.
    payoffs : array_like, shape (num_states, num_acts), optional
        By default an act fits the state of its index alone.

    Returns
    -------
    float

    Raises
    ------
    ParameterError
        If these are no probabilities, or the sizes do not fit.

    Source
    ------
    [Blackwell1953]_.

    Examples
    --------
    >>> pooling = [[1, 0], [1, 0], [0, 1]]  # two of three states share a message
    >>> round(best_success([1 / 3, 1 / 3, 1 / 3], pooling), 3)
    0.667
    """
    table = probabilities("best_success: code", code, 2)
    num_acts = len(table) if payoffs is None else np.asarray(payoffs).shape[-1]
    values = table.T @ _weighted(prior, (len(table), num_acts), payoffs)
    return float(values.max(axis=1).sum())


def optimal_success(prior: ArrayLike, num_messages: int) -> float:
    """Return the most that any sender and receiver reach without noise: a message for each of the likeliest states.

    Parameters
    ----------
    prior : array_like, shape (num_states,)
        Probability of each state; an act fits one state.
    num_messages : int
        Messages that there are, >= 1.

    Returns
    -------
    float
        The sum of the ``num_messages`` largest probabilities, since a receiver has one best act for each message.

    Raises
    ------
    ParameterError
        If these are no probabilities, or there is no message.

    Source
    ------
    [Skyrms2010]_, chapter 1.

    Examples
    --------
    >>> optimal_success([0.5, 0.25, 0.25], 2)
    0.75
    """
    states = probabilities("optimal_success: prior", prior, 1)
    if num_messages < 1:
        raise ParameterError(f"optimal_success: num_messages {num_messages} is not accepted; accepted: at least 1")
    return float(np.sort(states)[::-1][:num_messages].sum())


def probabilities(name: str, values: ArrayLike, num_axes: int) -> NDArray[np.float64]:
    """Return an array whose last axis holds probabilities.

    Raises
    ------
    ParameterError
        If it has another number of axes or is empty, a number is negative or not finite, or a row does not sum to 1.

    Examples
    --------
    >>> probabilities("prior", [0.5, 0.4], 1)
    Traceback (most recent call last):
    ...
    socialsim.core.errors.ParameterError: prior: probabilities sum to 0.9; accepted: numbers >= 0 of sum 1
    """
    table = np.asarray(values, dtype=np.float64)
    if table.ndim != num_axes or table.size == 0:
        raise ParameterError(f"{name}: shape {table.shape} is not accepted; accepted: {num_axes} axes, none empty")
    if not np.isfinite(table).all() or (table < 0).any():
        raise ParameterError(f"{name}: a probability is negative or not finite; accepted: numbers >= 0 of sum 1")
    sums = np.atleast_1d(table.sum(axis=-1)).ravel()
    wrong = np.flatnonzero(np.abs(sums - 1.0) > ROUNDING)
    if wrong.size:
        where = f" of row {wrong[0]}" if num_axes > 1 else ""
        raise ParameterError(f"{name}: probabilities{where} sum to {sums[wrong[0]]:g}; accepted: numbers >= 0 of sum 1")
    return table


def _weighted(prior: ArrayLike, shape: tuple[int, ...], payoffs: ArrayLike | None) -> NDArray[np.float64]:
    """Return p(s) u(s, a), after checking that the sizes fit (num_states, num_acts)."""
    states = probabilities("prior", prior, 1)
    values = np.eye(shape[0], shape[1]) if payoffs is None else np.asarray(payoffs, dtype=np.float64)
    if len(states) != shape[0]:
        raise ParameterError(f"prior: {len(states)} states, where the code has {shape[0]}; accepted: as many")
    if values.shape != shape or not np.isfinite(values).all():
        raise ParameterError(f"payoffs: shape {values.shape} is not accepted; accepted: finite numbers, shape {shape}")
    return states[:, None] * values
