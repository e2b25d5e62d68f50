"""Zero-determinant strategies: one player alone ties the long-run scores of both to a line.

Let s_X and s_Y be the mean scores a turn of X, who plays the memory-one strategy p = (p_CC, p_CD, p_DC, p_DD), and of
any opponent Y, over infinitely many turns. With X's and Y's payoffs in the four outcomes, S_X = (R, S, T, P) and
S_Y = (R, T, S, P), if

    (p_CC - 1, p_CD - 1, p_DC, p_DD) = phi [(S_X - kappa) - chi (S_Y - kappa)],                                     (1)

then, whatever Y does, be its memory long or short,

    s_X - kappa = chi (s_Y - kappa).                                                                                (2)

The baseline kappa is what X gets against itself. With kappa = P the strategy is **extortionate**: above mutual
defection X gets chi times what Y gets. With kappa = R it is **generous**: X bears chi times Y's loss below mutual
cooperation. With (p_CC - 1, ...) = -phi (S_Y - kappa) X sets Y's score to kappa (an **equaliser**). The scale phi > 0
only sets how fast; all chances lie in [0, 1] for

    0 < phi <= 1 / max_k |v_k|,                                                                                     (3)

with v the vector that phi multiplies, if v_CC, v_CD <= 0 <= v_DC, v_DD; else for none. Extort-2 is kappa = P, chi = 2,
phi = 1/18 = (8/9, 1/2, 1/3, 0); ZDGTFT-2 is kappa = R, chi = 2, phi = 1/8 = (1, 1/8, 1, 1/4). Sources: [Press2012]_,
equations 7-15; [Stewart2012]_ for kappa.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.errors import ParameterError

Vector = NDArray[np.float64]
ROUNDING = 1e-12


class Game(NamedTuple):
    """The payoffs of one turn to whoever acts first in the outcomes CC, CD, DC and DD."""

    reward: float = 3.0
    sucker: float = 0.0
    temptation: float = 5.0
    punishment: float = 1.0

    def own(self) -> Vector:
        """Return one's own payoffs in the four outcomes, S_X."""
        return np.array(self)

    def other(self) -> Vector:
        """Return the other's payoffs in the four outcomes, S_Y."""
        return np.array(self)[[0, 2, 1, 3]]


def zero_determinant(kappa: float, chi: float, phi: float | None = None, game: Game | None = None) -> Vector:
    """Return the memory-one strategy that enforces s_X - kappa = chi (s_Y - kappa), equation (1).

    Parameters
    ----------
    kappa : float
        Baseline, in [P, R] for a prisoner's dilemma.
    chi : float
        Slope, >= 1.
    phi : float, optional
        Scale; by default half of the largest.
    game : Game, optional
        By default (3, 0, 5, 1).

    Returns
    -------
    ndarray, shape (4,)
        Chances to cooperate after CC, CD, DC and DD.

    Raises
    ------
    ParameterError
        If no phi makes it a strategy, or this one does not: the message names those that do.

    Examples
    --------
    >>> zero_determinant(kappa=3.0, chi=2.0, phi=1 / 8).tolist()  # ZDGTFT-2
    [1.0, 0.125, 1.0, 0.25]
    >>> zero_determinant(kappa=1.0, chi=2.0, phi=0.5)
    Traceback (most recent call last):
        ...
    socialsim.core.errors.ParameterError: phi: 0.5 is not accepted; accepted: a float, > 0, <= 0.111111 with kappa = 1
    and chi = 2
    """
    game = game or Game()
    direction = (game.own() - kappa) - chi * (game.other() - kappa)
    return _scaled(direction, phi, f"kappa = {kappa:g} and chi = {chi:g}", game)


def extortionate(chi: float, phi: float | None = None, game: Game | None = None) -> Vector:
    """Return the strategy that gets chi times as much above P as its opponent.

    Examples
    --------
    >>> extortionate(2.0, 1 / 18).round(4).tolist()  # Extort-2
    [0.8889, 0.5, 0.3333, 0.0]
    """
    game = game or Game()
    return zero_determinant(game.punishment, chi, phi, game)


def generous(chi: float, phi: float | None = None, game: Game | None = None) -> Vector:
    """Return the strategy that bears chi times its opponent's loss below R.

    Examples
    --------
    >>> generous(2.0, 1 / 8).tolist()
    [1.0, 0.125, 1.0, 0.25]
    """
    game = game or Game()
    return zero_determinant(game.reward, chi, phi, game)


def equaliser(score: float, phi: float | None = None, game: Game | None = None) -> Vector:
    """Return the strategy that sets its opponent's score.

    Examples
    --------
    >>> equaliser(2.0, 1 / 3).round(4).tolist()
    [0.6667, 0.0, 0.6667, 0.3333]
    >>> equaliser(4.0)
    Traceback (most recent call last):
        ...
    socialsim.core.errors.ParameterError: score = 4 cannot be enforced with the payoffs (R, S, T, P) = (3, 0, 5, 1);
    accepted: in a prisoner's dilemma, baselines from P to R and chi >= 1
    """
    game = game or Game()
    return _scaled(-(game.other() - score), phi, f"score = {score:g}", game)


def largest_phi(direction: Vector) -> float:
    """Return the largest scale of a direction that gives chances, equation (3); 0 if none does.

    Examples
    --------
    >>> largest_phi(np.array([-2.0, -9.0, 6.0, 0.0])) == 1 / 9
    True
    """
    size = float(np.abs(direction).max())
    has_signs = bool((direction[:2] <= ROUNDING).all() and (direction[2:] >= -ROUNDING).all())
    return 1.0 / size if has_signs and size > 0.0 else 0.0


def _scaled(direction: Vector, phi: float | None, line: str, game: Game) -> Vector:
    """Return the chances, or say which phi give some."""
    largest = largest_phi(direction)
    if largest == 0.0:
        payoffs = ", ".join(f"{payoff:g}" for payoff in game)
        raise ParameterError(
            f"{line} cannot be enforced with the payoffs (R, S, T, P) = ({payoffs}); accepted: in a prisoner's "
            "dilemma, baselines from P to R and chi >= 1"
        )
    scale = largest / 2.0 if phi is None else phi
    if not 0.0 < scale <= largest * (1.0 + ROUNDING):
        raise ParameterError(f"phi: {phi:g} is not accepted; accepted: a float, > 0, <= {largest:g} with {line}")
    chances: Vector = np.clip(scale * direction + np.array([1.0, 1.0, 0.0, 0.0]), 0.0, 1.0)
    return chances
