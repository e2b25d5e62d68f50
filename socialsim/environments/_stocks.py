"""A stock that grows and is fished, per agent: what the fishery and the fishing game have in common.

All are functions of numbers alone and know no agent, so that a limit of many agents uses the same ones with the mean
effort in place of the efforts.
"""

from __future__ import annotations

import math

from socialsim.core.compiled import compiled


@compiled
def growth(stock, rate, capacity, shape):
    """Return how much a stock grows in a step: r x [1 - (x/K)^theta] (theta-logistic; logistic at theta = 1).

    Examples
    --------
    >>> growth(0.5, 0.4, 1.0, 1.0)
    0.1
    """
    share = stock / capacity
    return rate * stock * (1.0 - (share if shape == 1.0 else math.pow(share, shape)))


@compiled
def catch(effort, stock, catchability):
    """Return what an effort catches: q e x (Schaefer). The mean effort catches the mean catch.

    Examples
    --------
    >>> catch(0.5, 0.8, 0.5)
    0.2
    """
    return catchability * effort * stock


@compiled
def rationing(mean_effort, catchability):
    """Return the share of each catch that is left where all together would take more than there is: min(1, 1/(q e)).

    Examples
    --------
    >>> rationing(1.0, 2.0), rationing(1.0, 0.5)
    (0.5, 1.0)
    """
    share = catchability * mean_effort
    return 1.0 if share <= 1.0 else 1.0 / share


@compiled
def stock_class(stock, capacity, num_classes):
    """Return the class of a stock among ``num_classes`` of equal width up to the capacity.

    Examples
    --------
    >>> stock_class(0.35, 1.0, 10), stock_class(1.2, 1.0, 10)
    (3, 9)
    """
    return min(num_classes - 1, int(num_classes * stock / capacity))
