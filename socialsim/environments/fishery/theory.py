"""Where a fishery comes to rest: open access, sustainable yield, the social optimum, and Nash equilibria.

With a constant mean effort e the stock comes to rest where growth is what is caught, G(x) = q e x; with y = x/K

    q e = r (1 - y^theta),    profit = (p q x - c) e                                             [per agent and step]

Every equilibrium below is a stock y, b = c / (p q K) being that at which fishing ceases to pay:

    open access (bionomic equilibrium)     y = b                             profit is dissipated [Gordon1954]_
    maximum sustainable yield              y = (1 + theta)^(-1/theta)        K/2 and rK/4 at theta = 1 [Schaefer1957]_
    N symmetric fishers (Nash, Cournot)    y - b = (1 - y^theta) y^(1 - theta) / (N theta)
                                           y = (1 + N b) / (N + 1)           at theta = 1
    social optimum (maximum economic yield)    the same with N = 1: y = (1 + b)/2 at theta = 1
    sole owner who discounts by d a step   G'(x) + c G(x) / [x (p q x - c)] = 1/d - 1     (golden rule, [Clark1990]_)
                                           at theta = 1, with s = (1/d - 1)/r,
                                           y = (u + sqrt(u^2 + 8 b s))/4,    u = 1 + b - s

Nash efforts are those of the static game, in which each agent weighs the stock at rest, of which its own effort takes
away a 1/N-th of what the mean effort does. They are 2N/(N + 1) times the efforts of the social optimum (theta = 1), and
tend to open access. At theta = 1 the game is the common-pool resource of the laboratory ([Ostrom1992]_): F(X) = a X -
b' X^2 with a = p q K and b' = a q/(r N) in the sum X of efforts. Efforts are at most 1; where an equilibrium needs
more, all fish with effort 1.

**Tax.** With the share t of the value of each catch paid out again in equal parts, an agent keeps 1 - t of its own
catch and a 1/N-th of everybody's tax. Weighing both, N symmetric fishers come to rest where

    y - b = (1 - y^theta) y^(1 - theta) / (N theta) + t y (N - 1)/N,                          at theta = 1
    y = (1 + N b) / (N + 1 - t (N - 1)).

At the stock y* of the social optimum this is solved, whatever N >= 2, by the tax at which fishing breaks even there,

    t* = 1 - b / y*                                    (1 - b)/(1 + b) at theta = 1; after [Pigou1920]_

These are the best of all constant efforts. In long steps pulses, which let the stock grow for some steps and then take
much of it at once, pay a little more (4.5% at the default parameters), because a step's catch costs what the stock
before it makes it cost; the shorter the step, the less.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from socialsim.core.errors import ParameterError
from socialsim.environments._stocks import catch, growth, rationing

if TYPE_CHECKING:
    from socialsim.environments.fishery import Fishery


class Equilibrium(NamedTuple):
    """A stock at rest and those who fish it; amounts are per agent and step."""

    stock: float  # x
    effort: float  # mean, in [0, 1]
    catch: float
    profit: float


def at_rest(fishery: Fishery, effort: float) -> Equilibrium:
    """Return where the stock comes to rest if the mean effort never changes (Schaefer's curve).

    Examples
    --------
    >>> from socialsim.environments.fishery import Fishery
    >>> [round(value, 4) for value in at_rest(Fishery(), 0.4)]
    [0.5, 0.4, 0.1, 0.06]
    """
    if not 0.0 <= effort <= 1.0:
        raise ParameterError(f"effort: {effort!r} is not accepted; accepted: a float, >= 0, <= 1")
    taken = min(1.0, fishery.catchability * effort)
    if taken >= fishery.growth_rate:
        return Equilibrium(0.0, effort, 0.0, -fishery.cost * effort)
    stock = fishery.capacity * math.pow(1.0 - taken / fishery.growth_rate, 1.0 / fishery.growth_shape)
    caught = rationing(effort, fishery.catchability) * catch(effort, stock, fishery.catchability)
    return Equilibrium(stock, effort, caught, fishery.price * caught - fishery.cost * effort)


def open_access(fishery: Fishery) -> Equilibrium:
    """Return Gordon's equilibrium: agents enter until fishing pays nothing.

    Examples
    --------
    >>> from socialsim.environments.fishery import Fishery
    >>> [round(value, 4) for value in open_access(Fishery())]
    [0.2, 0.64, 0.064, 0.0]
    """
    return _fished_down_to(fishery, break_even(fishery))


def maximum_sustainable_yield(fishery: Fishery) -> Equilibrium:
    """Return the equilibrium of the largest catch that can go on for ever.

    Examples
    --------
    >>> from socialsim.environments.fishery import Fishery
    >>> [round(value, 4) for value in maximum_sustainable_yield(Fishery())]
    [0.5, 0.4, 0.1, 0.06]
    """
    return _fished_down_to(fishery, math.pow(1.0 + fishery.growth_shape, -1.0 / fishery.growth_shape))


def nash(fishery: Fishery, num_agents: int) -> Equilibrium:
    """Return the symmetric Nash equilibrium of the static game of so many agents, under the tax that there is.

    Examples
    --------
    >>> from socialsim.environments.fishery import Fishery
    >>> [round(value, 4) for value in nash(Fishery(), 3)]
    [0.4, 0.48, 0.096, 0.048]
    """
    if num_agents < 1:
        raise ParameterError(f"num_agents: {num_agents!r} is not accepted; accepted: an int, >= 1")
    b, shape = break_even(fishery), fishery.growth_shape
    others = fishery.tax * (num_agents - 1)
    if shape == 1.0:
        return _fished_down_to(fishery, min(1.0, (1.0 + num_agents * b) / (num_agents + 1 - others)))

    def gain(y: float) -> float:
        """What a further effort pays, up to a positive factor; it falls in y."""
        return (1.0 - y**shape) * y ** (1.0 - shape) / (num_agents * shape) - y + b + others * y / num_agents

    return _fished_down_to(fishery, 1.0 if gain(1.0) >= 0.0 else _root(gain, b))


def social_optimum(fishery: Fishery, discount: float = 1.0) -> Equilibrium:
    """Return the equilibrium that pays all together most (maximum economic yield), or pays a sole owner most who
    discounts the future.

    Parameters
    ----------
    fishery : Fishery
    discount : float
        Factor per step, in (0, 1]; 1 is the maximum economic yield.

    Examples
    --------
    >>> from socialsim.environments.fishery import Fishery
    >>> [round(value, 4) for value in social_optimum(Fishery())]
    [0.6, 0.32, 0.096, 0.064]
    >>> round(social_optimum(Fishery(), discount=0.9).stock, 3)
    0.515
    """
    if not 0.0 < discount <= 1.0:
        raise ParameterError(f"discount: {discount!r} is not accepted; accepted: a float, > 0, <= 1")
    if discount == 1.0:
        return nash(fishery, 1)
    b, rate, shape = break_even(fishery), fishery.growth_rate, fishery.growth_shape
    interest = 1.0 / discount - 1.0
    if shape == 1.0:
        s = interest / rate
        u = 1.0 + b - s
        return _fished_down_to(fishery, (u + math.sqrt(u * u + 8.0 * b * s)) / 4.0)

    def surplus(y: float) -> float:
        """G'(x) + c G(x) / [x (p q x - c)] - interest, multiplied by y - b > 0."""
        marginal = rate * (1.0 - (1.0 + shape) * y**shape)
        return (marginal - interest) * (y - b) + b * rate * (1.0 - y**shape)

    return _fished_down_to(fishery, _root(surplus, b))


def optimal_tax(fishery: Fishery) -> float:
    """Return the tax under which two or more agents, in the Nash equilibrium, fish as at the social optimum.

    Examples
    --------
    >>> from socialsim.environments.fishery import Fishery
    >>> round(optimal_tax(Fishery()), 4)
    0.6667
    """
    best = social_optimum(fishery).stock / fishery.capacity
    return 1.0 - break_even(fishery) / best if best > 0.0 else 0.0


def rent_dissipation(fishery: Fishery, profit: float) -> float:
    """Return the share of the largest sustainable profit that is lost; NaN where fishing never pays.

    Examples
    --------
    >>> from socialsim.environments.fishery import Fishery
    >>> round(rent_dissipation(Fishery(), nash(Fishery(), 3).profit), 4)
    0.25
    """
    best = social_optimum(fishery).profit
    return 1.0 - profit / best if best > 0.0 else math.nan


def break_even(fishery: Fishery) -> float:
    """Return b = c / (p q K), the share of the capacity at which a catch pays its cost, at most 1.

    Examples
    --------
    >>> from socialsim.environments.fishery import Fishery
    >>> break_even(Fishery())
    0.2
    """
    return min(1.0, fishery.cost / (fishery.price * fishery.catchability * fishery.capacity))


def _fished_down_to(fishery: Fishery, share: float) -> Equilibrium:
    """Return the equilibrium at a share of the capacity, or as far down as an effort of 1 reaches."""
    stock = share * fishery.capacity
    if share <= 0.0:  # costless: at rest just below r, where nothing is left
        return at_rest(fishery, min(1.0, fishery.growth_rate / fishery.catchability))
    grown = growth(stock, fishery.growth_rate, fishery.capacity, fishery.growth_shape)
    effort = grown / (fishery.catchability * stock)
    if effort >= 1.0:
        return at_rest(fishery, 1.0)
    return Equilibrium(stock, effort, grown, fishery.price * grown - fishery.cost * effort)


def _root(function: Callable[[float], float], low: float) -> float:
    """Return where a function of the stock's share falls to 0 between ``low`` and 1; 1 if fishing never pays."""
    if low >= 1.0:
        return 1.0
    from scipy.optimize import brentq

    return float(brentq(function, max(low, 1e-12), 1.0, xtol=1e-14))
