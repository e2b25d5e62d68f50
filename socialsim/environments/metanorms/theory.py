"""When it pays to comply, and what everybody scores in the mean (see the package)."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from socialsim.environments.metanorms import Metanorms


def vengefulness_to_deter(temptation: float, punishment: float, boldness: float) -> float:
    """Return the sum of the others' vengefulness above which a boldness pays less than none, 2 T / (|P| b) (eq. 1).

    Examples
    --------
    >>> round(vengefulness_to_deter(3.0, 9.0, 1 / 7), 2)
    4.67
    """
    return 2.0 * temptation / (punishment * boldness)


def expected_scores(game: Metanorms, boldness: ArrayLike, vengefulness: ArrayLike) -> NDArray[np.float64]:
    """Return each agent's expected score of a generation in which everybody can see everybody.

    With beta_n = b^n / n, the integral of S^(n-1) over the chances at which one defects, agent i gets at an opportunity

        T b_i + sum_{j != i} { H b_j + P beta_2(b_i) V_j + E beta_2(b_j) V_i }
        + sum_{d, j, k different} beta_3(b_d) (1 - V_j) V_k { P' 1(j = i) + E' 1(k = i) }

    Parameters
    ----------
    game : Metanorms
        With third parties as metapunishers.
    boldness, vengefulness : array_like, shape (num_agents,)
        In [0, 1].

    Returns
    -------
    ndarray, shape (num_agents,)

    Examples
    --------
    >>> expected_scores(Metanorms(metanorms=False, num_opportunities=1), [1.0, 0.0], [0.0, 1.0]).tolist()
    [-1.5, -2.0]
    """
    bold, vengeful = np.asarray(boldness, float), np.asarray(vengefulness, float)
    others = vengeful.sum() - vengeful
    seen, twice_seen = bold**2 / 2.0, bold**3 / 3.0
    score = game.temptation * bold - game.hurt * (bold.sum() - bold) - game.punishment * seen * others
    score -= game.enforcement * vengeful * (seen.sum() - seen)
    if game.metanorms:
        shirks = 1.0 - vengeful
        pairs = twice_seen[:, None] * np.ones(len(bold))  # (defector d, any other agent)
        np.fill_diagonal(pairs, 0.0)
        caught = (pairs * (vengeful.sum() - vengeful[:, None] - vengeful[None, :])).sum(axis=0)
        shirkers = (pairs * (shirks.sum() - shirks[:, None] - shirks[None, :])).sum(axis=0)
        score -= game.metapunishment * shirks * caught + game.metaenforcement * vengeful * shirkers
    result: NDArray[np.float64] = game.num_opportunities * score
    return result
