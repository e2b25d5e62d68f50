"""When a market of chartists and fundamentalists is calm, and how moods are distributed that are only caught.

With many traders the opinion index x, the share z of chartists and the price p follow the mean of the rates of
`socialsim.learning.contagion`, and the price moves at p' = beta ED a day. At x = 0 and p = p_f the market rests with
any share z, if the dividend pays as much as can be had elsewhere. Near there ([Lux2000]_, appendix)

    d(x')/dx = 2 z [nu_1 (alpha_1 - 1) + beta z T_c alpha_2 + beta (1 - z) T_c alpha_3 / p_f]
    d(p')/dp = -beta (1 - z) T_f

and since the determinant is positive for alpha_1 < 1, rest is stable while the sum of the two is negative. It is for
few chartists; the share at which it vanishes is the **critical share**: .660 for parameter set I, about .65 in the
paper.

With the learner `socialsim.learning.imitation` of noise e on the complete network of N traders, whoever has met
somebody takes over that mood, or with probability e any of the 3 moods. If one trader at a time meets another, the
numbers of traders of each mood are distributed as Polya's urn leaves them (Kirman's ants, [Kirman1993]_; the noisy
voter model, [Granovsky1995]_),

    P(n) = Dirichlet-multinomial(N; a, a, a),    a = (N - 1) e / [3 (1 - e)],

a Dirichlet law for many traders: with a < 1 most are of one mood at most times, with a > 1 moods are mixed.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from socialsim.environments.herding import Herding


def critical_share(
    market: Herding, opinion_rate: float, herding: float, trend_weight: float, profit_weight: float
) -> float:
    """Return the share of chartists above which the market is unstable.

    Parameters
    ----------
    market : Herding
    opinion_rate, herding, trend_weight, profit_weight : float
        nu_1, alpha_1, alpha_2 and alpha_3 of `socialsim.learning.contagion`, alpha_1 < 1.

    Returns
    -------
    float
        In (0, 1]; 1 if the market is stable for any share.

    Examples
    --------
    >>> from socialsim.environments.herding import Herding
    >>> round(critical_share(Herding(), 3.0, 0.6, 0.2, 0.5), 3)
    0.66
    """
    beta, volume = market.price_speed, market.chartist_volume
    profit = beta * volume * profit_weight / market.fundamental_price
    square = 2.0 * (beta * volume * trend_weight - profit)
    linear = 2.0 * (opinion_rate * (herding - 1.0) + profit) + beta * market.fundamentalist_volume
    constant = -beta * market.fundamentalist_volume
    inside = linear**2 - 4.0 * square * constant
    if square == 0.0:
        roots = [-constant / linear] if linear != 0.0 else []
    elif inside < 0.0:
        roots = []
    else:
        roots = [(-linear + sign * math.sqrt(inside)) / (2.0 * square) for sign in (1.0, -1.0)]
    return min((root for root in roots if 0.0 < root < 1.0), default=1.0)


def mood_concentration(num_traders: int, noise: float) -> float:
    """Return a of the Dirichlet-multinomial law of moods that are caught with noise.

    Examples
    --------
    >>> round(mood_concentration(31, 0.1), 4)
    1.1111
    """
    return (num_traders - 1) * noise / (3.0 * (1.0 - noise))
