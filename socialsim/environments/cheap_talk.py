"""An adviser whose interests differ from those of whom it advises (cheap talk).

A state s is uniform on [0, 1]. The sender sees it and says a message that costs nothing; the receiver hears it and does
an act a. The receiver wants a = s, the sender a = s + b, where b > 0 is its **bias**:

    loss of the receiver   (a - s)^2                loss of the sender   (a - s - b)^2

Equilibria are **partitions**: the sender says in which of N cells the state lies, the receiver does the cell's mean.
The ends of the cells are such that the sender is indifferent there, so that cells widen by 4 b from one to the next:

    x_i = i / N - 2 b i (N - i),    i = 0, ..., N                                           (1; [Crawford1982]_, eq. 21)
    N = 1, ..., N(b),    N(b) = ceil(-1/2 + 1/2 sqrt(1 + 2 / b))                                         (2; eq. 24)
    mean loss of the receiver   1 / (12 N^2) + b^2 (N^2 - 1) / 3                                         (3; eq. 25)

The finest is best for both, and from b = 1/4 on there is only babbling. Here the state is one of n equally likely
points (2 i + 1) / (2 n), and there are 2 n - 1 acts, among them the mean of every cell. `equilibria` finds all
partitions of the points that neither side gains by leaving: those whose cells widen by 4 b -+ 2 / n. Both are paid 1
less their loss, the sender's divided by (1 + b)^2, so that payoffs lie in [0, 1]. Q-learners come to talk the less the
larger the bias, as [Condorelli2023]_ found; but here they do not come to the best equilibrium, as theirs did: at a bias
of .15 acts hold twice the bits that any equilibrium of cells allows. Source: [Crawford1982]_.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from socialsim.core.errors import ParameterError
from socialsim.core.estimate import Estimate
from socialsim.core.parameters import parameter
from socialsim.core.result import Result
from socialsim.engine.scenario import Scenario
from socialsim.environments.signalling.game import UNPLAYED, SenderReceiver, State, modal_acts, played
from socialsim.metrics.runs import over_runs

ROUNDING = 1e-12
MOST_POINTS = 12  # 2^11 partitions


class CheapTalk(SenderReceiver):
    """A biased sender and a receiver.

    Examples
    --------
    >>> CheapTalk(bias=0.1, num_states=4).payoff_tables()[1].shape
    (4, 7)
    """

    bias: float = parameter(0.05, "how far above the state the sender wants the act", unit="of the range", ge=0, le=1)
    num_states: int = parameter(6, "number of points that the state may be", ge=2, le=200)
    num_messages: int = parameter(6, "number of messages", ge=1, le=1000)

    source: ClassVar[str] = "Crawford & Sobel 1982, Econometrica 50:1431-1451"
    default_learners: ClassVar[Mapping[str, str]] = {
        "sender": "q_sender:alpha=0.02,beta=0.00004,epsilon=1.0",
        "receiver": "q_receiver:alpha=0.02,beta=0.00004,epsilon=1.0",
    }
    figure: ClassVar[Mapping[str, Any]] = {
        "series": "mean_highest_value",
        "series_label": "mean highest value",
        "agent": "highest_value",
        "agent_label": "highest value",
    }

    def alphabet(self) -> int:
        """Return how many messages there are."""
        return self.num_messages

    def prior_of_states(self) -> NDArray[np.float64]:
        """Return equal chances."""
        return np.full(self.num_states, 1.0 / self.num_states)

    def payoff_tables(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return what sender and receiver are paid, each of shape (num_states, 2 num_states - 1)."""
        states, acts = points(self.num_states)
        gap = acts[None] - states[:, None]
        return 1.0 - ((gap - self.bias) / (1.0 + self.bias)) ** 2, 1.0 - gap**2

    def outcomes(self, state: State) -> dict[str, NDArray[Any]]:
        """Return payoffs and information, the receiver's loss, and how many acts the commonest messages lead to."""
        measured = super().outcomes(state)
        plays = self.last_plays(state)
        num_cells = [len(set(row)) for row in modal_acts(plays).tolist()]
        return measured | {
            "loss": 1.0 - measured["receiver_payoff"],
            "modal_loss": 1.0 - measured["modal_payoff"],
            "num_cells": played(num_cells, plays.sum(axis=(1, 2, 3))),
        }


def points(num_states: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the states and the acts.

    Examples
    --------
    >>> states, acts = points(2)
    >>> states.tolist(), acts.tolist()
    ([0.25, 0.75], [0.25, 0.5, 0.75])
    """
    return (2.0 * np.arange(num_states) + 1.0) / (2 * num_states), np.arange(1.0, 2 * num_states) / (2 * num_states)


def most_cells(bias: float) -> float:
    """Return N(b), the most cells of an equilibrium where every number is a state, equation (2).

    Parameters
    ----------
    bias : float
        b >= 0; without a bias there is no bound.

    Examples
    --------
    >>> [most_cells(bias) for bias in (0.25, 0.1, 0.05, 0.0)]
    [1, 2, 3, inf]
    """
    if bias < 0.0:
        raise ParameterError(f"most_cells: the bias is {bias}; accepted: a number >= 0")
    return math.ceil(-0.5 + 0.5 * math.sqrt(1.0 + 2.0 / bias) - ROUNDING) if bias else math.inf


def partition(bias: float, num_cells: int) -> NDArray[np.float64]:
    """Return the ends of the cells of an equilibrium where every number is a state, equation (1).

    Parameters
    ----------
    bias : float
        b >= 0.
    num_cells : int
        N, at most `most_cells`.

    Examples
    --------
    >>> partition(0.05, 3).round(6).tolist()
    [0.0, 0.133333, 0.466667, 1.0]
    """
    if not 1 <= num_cells <= most_cells(bias):
        raise ParameterError(f"partition: {num_cells} cells with bias {bias}; accepted: 1 to {most_cells(bias)}")
    i = np.arange(num_cells + 1)
    return i / num_cells - 2.0 * bias * i * (num_cells - i)


def loss_of_receiver(bias: float, num_cells: int) -> float:
    """Return the receiver's mean loss in an equilibrium where every number is a state, equation (3).

    Examples
    --------
    >>> loss_of_receiver(0.3, 1) == 1 / 12
    True
    """
    partition(bias, num_cells)
    return 1.0 / (12 * num_cells**2) + bias**2 * (num_cells**2 - 1) / 3


def equilibria(bias: float, num_states: int) -> list[tuple[int, ...]]:
    """Return the sizes of the cells of every pure equilibrium whose cells are runs of points, coarsest first.

    The receiver answers a cell with its mean; the sender at each point must not prefer another cell's. All partitions
    are tried.

    Parameters
    ----------
    bias : float
    num_states : int
        At most 12.

    Examples
    --------
    >>> equilibria(0.1, 6)
    [(6,), (1, 5), (2, 4), (1, 2, 3)]
    """
    if not 1 <= num_states <= MOST_POINTS:
        raise ParameterError(
            f"equilibria: {num_states} states; accepted: 1 to {MOST_POINTS}, since all cells are tried"
        )
    states = points(num_states)[0]
    found = [sizes for sizes in _compositions(num_states) if _is_stable(states, sizes, bias)]
    return sorted(found, key=len)


def loss_of_cells(sizes: tuple[int, ...]) -> float:
    """Return the receiver's mean loss where it knows the cell and the cells have so many points.

    Examples
    --------
    >>> round(loss_of_cells((2, 4)), 6)
    0.025463
    """
    states = points(sum(sizes))[0]
    return float(np.mean((states - _answers(states, sizes)) ** 2))


def _compositions(total: int) -> Iterator[tuple[int, ...]]:
    """Yield all ways to cut a row of points into runs."""
    for cuts in range(1 << (total - 1)):
        ends = [0, *(k + 1 for k in range(total - 1) if cuts >> k & 1), total]
        yield tuple(stop - start for start, stop in pairwise(ends))


def _answers(states: NDArray[np.float64], sizes: tuple[int, ...]) -> NDArray[np.float64]:
    """Return the mean of each point's cell."""
    cells = np.split(states, np.cumsum(sizes)[:-1])
    return np.concatenate([np.full(len(cell), cell.mean()) for cell in cells])


def _is_stable(states: NDArray[np.float64], sizes: tuple[int, ...], bias: float) -> bool:
    own = _answers(states, sizes)
    losses = (own[None] - states[:, None] - bias) ** 2
    return bool((np.diagonal(losses) <= losses.min(axis=1) + ROUNDING).all())


def receiver_loss(result: Result) -> Estimate:
    """Mean loss of the receiver in the last plays."""
    return over_runs(result, "loss", UNPLAYED)


def cells(result: Result) -> Estimate:
    """Mean number of different acts that the commonest messages of the states lead to."""
    return over_runs(result, "num_cells", UNPLAYED)


def information(result: Result) -> Estimate:
    """Mean number of bits that acts held of the state in the last plays, after Miller and Madow: messages that lead to
    the same act mean the same.
    """
    return over_runs(result, "acted_information", UNPLAYED)


METRICS = (receiver_loss, cells, information)


def scenario() -> Scenario:
    """Return a slightly biased adviser of one who listens, both Q-learners whose exploration fades."""
    return Scenario(CheapTalk(), {}, "path:n=2", 500_000, METRICS)


def small() -> Scenario:
    """Return forty plays with three states."""
    return Scenario(CheapTalk(num_states=3, num_messages=3), {}, "path:n=2", 40, METRICS)
