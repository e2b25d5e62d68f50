"""Fixed strategies of sellers, which learn nothing: undercutting, matching, and a threat that is carried out for ever.

Sellers choose steps 0 .. m - 1 of a grid of prices, the lowest first, and see all n steps of the last periods as one
number, the last period first and seller j's step in the j-th place,

    o = d_0 + d_1 m + ... + d_{n-1} m^(n-1) + earlier periods.

With l the lowest of the rivals' last steps,

- `UndercutRival` takes max(l - 1, 0): a price war down to the lowest price;
- `MatchRival` takes l: tit for tat in prices ([Axelrod1984]_), which keeps up whatever price all begin with;
- `GrimPrice` takes a collusive step until a rival has taken a lower one, and from then on the competitive one: the
  threat that holds up collusion among the patient ([Friedman1971]_).

What is seen before the first period says nothing of anybody's choice: the first two answer to it all the same, the last
does not.
"""

from __future__ import annotations

from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.errors import ParameterError
from socialsim.core.parameters import parameter
from socialsim.engine.interface import Learner, Specification


class Market(NamedTuple):
    """How to read what is seen."""

    num_prices: int
    num_sellers: int
    num_observations: int
    first_seller: int  # whom the first row is
    step: NDArray[np.int64]  # (num_agents,), taken last


class Pact(NamedTuple):
    """How to read what is seen, and whether the pact still holds."""

    num_prices: int
    num_sellers: int
    first_seller: int
    collusive_price: int
    competitive_price: int
    num_unheard: int  # periods until all that is seen was chosen
    num_periods: NDArray[np.int64]  # (num_agents,)
    is_punishing: NDArray[np.int64]  # (num_agents,)


@compiled
def lowest_rival(learner, i, observation):
    """Return the lowest of the rivals' last steps; that of a seller without rivals is the highest there is."""
    lowest, rest = learner.num_prices - 1, observation
    for seller in range(learner.num_sellers):
        step = rest % learner.num_prices
        rest //= learner.num_prices
        if seller != learner.first_seller + i and step < lowest:
            lowest = step
    return lowest


def sees_prices(learner: str, specification: Specification) -> tuple[int, int, int]:
    """Return how many prices, sellers and observations there are, and who the first of this type is.

    Parameters
    ----------
    learner : str
        Whose need it is.
    specification : Specification

    Raises
    ------
    ParameterError
        If sellers do not see each other's prices.

    Examples
    --------
    >>> from socialsim.engine.interface import Discrete
    >>> sees_prices("match_rival", Specification(Discrete(3), Discrete(9), {"num_prices": 3, "num_sellers": 2}))
    (3, 2, 0)
    """
    num_prices, num_sellers = specification.fact("num_prices"), specification.fact("num_sellers")
    shown = specification.facts.get("observation", "prices")
    if shown != "prices" or specification.num_observations % num_prices**num_sellers != 0:
        raise ParameterError(
            f"learner: {learner!r} needs an environment in which sellers see all prices of at least one period; "
            "accepted: such as environment.observation=prices"
        )
    return num_prices, num_sellers, specification.facts.get("first_seller", 0)


class _Answer(Learner):
    """What the two have in common that answer to the lowest price of the last period."""

    change: ClassVar[int]  # in steps

    def state(self, specification: Specification, num_agents: int) -> Market:
        """Return how to read what is seen."""
        num_prices, num_sellers, first_seller = sees_prices(self.name(), specification)
        num_observations = specification.num_observations
        return Market(num_prices, num_sellers, num_observations, first_seller, np.zeros(num_agents, np.int64))

    def policy(self, state: Market) -> NDArray[np.int64]:
        """Return the step taken on each observation, shape (num_runs, num_agents, num_observations)."""
        seen = np.arange(state.num_observations)
        steps = np.array([seen // state.num_prices**j % state.num_prices for j in range(state.num_sellers)])
        answers = [
            np.delete(steps, state.first_seller + i, axis=0).min(axis=0, initial=state.num_prices - 1)
            for i in range(state.step.shape[1])
        ]
        return np.broadcast_to(np.maximum(np.array(answers) + self.change, 0), (*state.step.shape, len(seen)))


class UndercutRival(_Answer):
    """Is one step cheaper than its cheapest rival was.

    Examples
    --------
    >>> from socialsim.engine.interface import Discrete
    >>> market = Specification(Discrete(3), Discrete(9), {"num_prices": 3, "num_sellers": 2})
    >>> state = UndercutRival().state(market, num_agents=2)
    >>> [int(UndercutRival.act(state, i, 0 + 3 * 2, None)) for i in range(2)]  # seller 0 took step 0, seller 1 step 2
    [1, 0]
    """

    change: ClassVar[int] = -1

    @staticmethod
    @compiled
    def act(learner, i, observation, stream):
        """Take one step less than the cheapest rival."""
        learner.step[i] = max(lowest_rival(learner, i, observation) - 1, 0)
        return learner.step[i]


class MatchRival(_Answer):
    """Is as cheap as its cheapest rival was: tit for tat in prices.

    Examples
    --------
    >>> from socialsim.engine.interface import Discrete
    >>> market = Specification(Discrete(3), Discrete(9), {"num_prices": 3, "num_sellers": 2})
    >>> state = MatchRival().state(market, num_agents=2)
    >>> [int(MatchRival.act(state, i, 0 + 3 * 2, None)) for i in range(2)]  # seller 0 took step 0, seller 1 step 2
    [2, 0]
    """

    change: ClassVar[int] = 0

    source: ClassVar[str] = "Axelrod 1984, The Evolution of Cooperation"

    @staticmethod
    @compiled
    def act(learner, i, observation, stream):
        """Take the step of the cheapest rival."""
        learner.step[i] = lowest_rival(learner, i, observation)
        return learner.step[i]


class GrimPrice(Learner):
    """Keeps a collusive price until it is undercut, then competes for ever.

    Examples
    --------
    >>> GrimPrice(collusive_price=12).collusive_price
    12
    """

    collusive_price: int | None = parameter(None, "step kept up; if not given, nearest to the monopoly price", ge=0)
    competitive_price: int | None = parameter(None, "step of punishment; if not given, nearest to the Nash price", ge=0)

    source: ClassVar[str] = "Friedman 1971, Review of Economic Studies 38:1-12"

    def state(self, specification: Specification, num_agents: int) -> Pact:
        """Begin with a pact that holds."""
        num_prices, num_sellers, first_seller = sees_prices(self.name(), specification)
        steps = {}
        for name, fact in (("collusive_price", "monopoly_price_index"), ("competitive_price", "nash_price_index")):
            given = getattr(self, name)
            steps[name] = specification.fact(fact) if given is None else given
            if steps[name] >= num_prices:
                raise ParameterError(f"learner.{name}: {given} is not accepted; accepted: 0 to {num_prices - 1}")
        return Pact(
            num_prices=num_prices,
            num_sellers=num_sellers,
            first_seller=first_seller,
            num_unheard=num_sellers if "committed" in specification.facts else 1,
            num_periods=np.zeros(num_agents, np.int64),
            is_punishing=np.zeros(num_agents, np.int64),
            **steps,
        )

    def columns(self, state: Pact) -> dict[str, NDArray[Any]]:
        """Return who punishes."""
        return {"is_punishing": state.is_punishing}

    @staticmethod
    @compiled
    def initialise(learner, i, stream):
        """Forget everything."""
        learner.num_periods[i] = 0
        learner.is_punishing[i] = 0

    @staticmethod
    @compiled
    def act(learner, i, observation, stream):
        """Keep the pact, unless somebody has broken it."""
        is_told = learner.num_periods[i] >= learner.num_unheard
        if is_told and lowest_rival(learner, i, observation) < learner.collusive_price:
            learner.is_punishing[i] = 1
        return learner.competitive_price if learner.is_punishing[i] == 1 else learner.collusive_price

    @staticmethod
    @compiled
    def learn(learner, i, observation, action, reward, next_observation, stream):
        """Count the periods."""
        learner.num_periods[i] += 1
