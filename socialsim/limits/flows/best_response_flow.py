r"""Best response flow: some reconsider at any time, and take what pays most ([Gilboa1991]_).

    x' in BR(x) - x                                                                                               (1)

It is the limit of two learners.

- `socialsim.learning.best_reply`: with a revision rate rho all who reconsider do so at once, a large population makes
  the step ``step = rho``, and a step takes the time rho as rho -> 0. Who would gain nothing stays, as here.
- `socialsim.learning.fictitious_play`: the belief after t rounds moves by 1/t of the way to a best reply, so that it
  follows (1) in the time ln t ([Gilboa1991]_).

The right side jumps where another action becomes best, and (1) may slide along such a place: it is a differential
inclusion. While the best reply is the same shares move on a straight line, and payoffs as well, so that the moment at
which another becomes best is known, and the next side of the polygon begins just behind it: that is exact to
``OVERSHOOT``. Where sides would last less than ``SHORTEST`` they last as long; so a flow that slides is followed by a
polygon about it, which converges to it as ``SHORTEST`` goes to 0 ([Aubin1984]_, chapter 2). Alone it errs by
``SHORTEST``; where many nodes of a graphon slide at once, a node may err by ten times as much.

In zero-sum games V = max_a (A y)_a - min_b (x A)_b falls as exp(-t) ([Hofbauer2006]_), and in games with a
symmetric matrix the mean payoff never falls. The smoothed form is `socialsim.limits.flows.logit_flow`.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from socialsim.core.errors import ParameterError
from socialsim.limits.flows.meetings import Meetings, as_meetings, as_times, follow

Floats = NDArray[np.float64]

SHORTEST = 1e-3  # time
OVERSHOOT = 1e-7  # of the way to the best reply
INDIFFERENT = 1e-9  # relative, as `socialsim.learning.best_reply`


def best_response_velocity(shares: Floats, paid: Floats) -> Floats:
    """Return how fast shares move: all leave what does not pay most, for the first action that does.

    Examples
    --------
    >>> best_response_velocity(np.array([[0.2, 0.3, 0.5]]), np.array([[1.0, 2.0, 2.0]])).tolist()
    [[-0.2, 0.2, 0.0]]
    """
    is_worse = paid.max(axis=-1, keepdims=True) > paid + INDIFFERENT * np.abs(paid)
    moved = np.where(is_worse, -shares, 0.0)
    np.put_along_axis(moved, paid.argmax(axis=-1)[..., None], -moved.sum(axis=-1, keepdims=True), axis=-1)
    return moved


def best_response(payoffs: Any, start: Any, times: Any, *, step: float | None = None) -> Any:
    """Return the shares of actions at some times: the limit of `best_reply` and of `fictitious_play`.

    Parameters
    ----------
    payoffs : Meetings, or array of shape (m, m)
    start : array, shape (m,) or (n, m), or a pair of such
    times : array
        The first is that of the start.
    step : float, optional
        Revision rate of agents who reconsider all at once; without it time is continuous.

    Returns
    -------
    ndarray, shape (times, m), on a graphon (times, n, m), or a pair of such

    Examples
    --------
    >>> dilemma = [[3.0, 0.0], [4.0, 1.0]]
    >>> best_response(dilemma, [0.8, 0.2], [0.0, np.log(2)])[-1].round(6).tolist()  # half have reconsidered
    [0.4, 0.6]
    """
    if step is not None:
        if not 0.0 < step <= 1.0:
            raise ParameterError(f"step: {step!r} is not accepted; accepted: a number > 0, at most 1")
        return follow(best_response_velocity, payoffs, start, times, step)
    meetings, moments = as_meetings(payoffs), as_times(times)
    shares = meetings.begin(start)
    courses = [[one] for one in shares]
    for gap in np.diff(moments):
        shares = _advance(meetings, shares, gap)
        for course, one in zip(courses, shares, strict=True):
            course.append(one)
    return meetings.end([np.array(course) for course in courses])


def _advance(meetings: Meetings, shares: tuple[Floats, ...], left: float) -> tuple[Floats, ...]:
    """Follow the sides of the polygon for some time; a side of length 1 would lead to the best replies."""
    while left > 0.0:
        paid = meetings.paid(shares)
        slopes = tuple(best_response_velocity(*pair) for pair in zip(shares, paid, strict=True))
        there = meetings.paid(tuple(one + slope for one, slope in zip(shares, slopes, strict=True)))
        length = min(_until_overtaken(*pair) for pair in zip(paid, there, strict=True)) + OVERSHOOT
        time = -math.log1p(-length) if length < 1.0 else math.inf
        time = min(max(time, SHORTEST), left)
        shares = tuple(one - math.expm1(-time) * slope for one, slope in zip(shares, slopes, strict=True))
        left = 0.0 if time == left else left - time
    return shares


def _until_overtaken(here: Floats, there: Floats) -> float:
    """Return which share of the way from some payoffs to others is left when an action overtakes the first best."""
    best = here.argmax(axis=-1)[..., None]
    ahead = np.take_along_axis(here, best, axis=-1) - here
    ahead_there = np.take_along_axis(there, best, axis=-1) - there
    is_overtaken = ahead_there < 0.0
    return float(np.where(is_overtaken, ahead / np.where(is_overtaken, ahead - ahead_there, 1.0), 1.0).min())
