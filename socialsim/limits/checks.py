"""What the limits take for granted of a game's functions, refused by name where it is not so."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from socialsim.core.errors import ParameterError
from socialsim.engine.aggregative import AggregativeGame

ROUNDING = 1e-9
SHOWN = 8  # numbers of an aggregate


def shown(z: NDArray[np.float64]) -> str:
    """Return an aggregate as text: its first numbers, if there are many.

    Examples
    --------
    >>> shown(np.array([0.25, 0.75]))
    '[0.25, 0.75]'
    """
    if len(z) <= SHOWN:
        return str(z.tolist())
    return f"{str(z[:SHOWN].tolist())[:-1]}, ... {len(z)} numbers]"


def check_step(game: AggregativeGame, t: int, z: NDArray[np.float64], successors: Any, probabilities: Any) -> None:
    """Refuse successors that are no states, and chances that are none.

    Parameters
    ----------
    game : AggregativeGame
    t : int
    z : ndarray, shape (F + Y,)
    successors, probabilities : ndarray, shape (S, A, K)

    Raises
    ------
    ParameterError
        Names the first row that is not accepted, by t, s, a and z.
    """
    name, most = game.name(), game.num_states
    outside = np.argwhere(((successors < 0) | (successors >= most)) & (probabilities != 0.0))
    if len(outside):
        s, a, k = outside[0]
        raise ParameterError(
            f"{name}: step at t={t}, s={s}, a={a}, z={shown(z)} leads to state {successors[s, a, k]}; accepted: "
            f"0 to {most - 1}"
        )
    wrong = np.argwhere((probabilities < 0.0).any(axis=-1) | ~(np.abs(probabilities.sum(axis=-1) - 1.0) <= ROUNDING))
    if len(wrong):
        s, a = wrong[0]
        raise ParameterError(
            f"{name}: step at t={t}, s={s}, a={a}, z={shown(z)} has the chances {probabilities[s, a].tolist()}; "
            "accepted: chances >= 0 that sum to 1"
        )


def check_reward(game: AggregativeGame, t: int, z: NDArray[np.float64], rewards: NDArray[np.float64]) -> None:
    """Refuse rewards, shape (S, A), that are not finite.

    Raises
    ------
    ParameterError
        Names the first of them by t, s, a and z.
    """
    if not np.isfinite(rewards).all():
        s, a = np.argwhere(~np.isfinite(rewards))[0]
        raise ParameterError(
            f"{game.name()}: reward at t={t}, s={s}, a={a}, z={shown(z)} is {rewards[s, a]}; accepted: a finite number"
        )
