r"""Firms of several cost types who choose quantities: Cournot's market as a game that has limits of many firms.

Firm i has a type s, its marginal cost at first c_s, and chooses a quantity q in {0, h, 2h, ...}. In each step

    price     P_i = max(0, A - b (z_i + q_i/N))                                                    [Cournot1838]_
    profit    P_i q_i - c_s q_i - d q_i^2/2

with z_i the quantities of the others that the firm competes with, per firm of the market: demand grows with the number
of firms, so that the market has a limit ([Novshek1980]_). On a complete network, with ``normalise = "N"``, z_i + q_i/N
is the mean quantity and the market is Cournot's. Elsewhere a firm competes with its neighbours, whose goods are
substitutes for its own ([Bramoulle2014]_). With ``num_firms = 0`` a firm is too small to move the price: there is no
term q_i/N.

**Types change** by doing and forgetting: a firm moves to the next cheaper type with the chance lambda q, as what it has
produced taught it ([Spence1981]_), and to the next costlier one with the chance delta. With both 0 a firm keeps its
type and each step is a game of its own, whose equilibria are known: of N firms, of infinitely many, and on networks and
graphons (`socialsim.environments.cournot.theory`).

A firm sees its type. Welfare, per firm, is what buyers gain and firms earn, A Q - b Q^2/2 less the costs, in a market
that all are in; at a price of 0 buyers take A/b and leave the rest.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.errors import ParameterError
from socialsim.core.estimate import Estimate
from socialsim.core.parameters import parameter
from socialsim.core.result import Result
from socialsim.engine.aggregative import AggregativeGame
from socialsim.engine.scenario import Scenario
from socialsim.environments.cournot.theory import best_welfare
from socialsim.metrics.estimates import mean
from socialsim.metrics.runs import over_runs

ROUNDING = 1e-9
QUANTITY, TYPE = 0, 1  # what ``z`` holds: means of both


@compiled
def expense(env, s, quantity):
    """Return what a quantity costs a firm of type s."""
    return env.costs[s] * quantity + 0.5 * env.cost_slope * quantity * quantity


class Cournot(AggregativeGame):
    """A market in which firms choose how much to sell.

    Examples
    --------
    >>> Cournot().quantities()[:3], Cournot().num_actions
    ((0.0, 0.25, 0.5), 25)
    """

    num_successors = 3
    num_features = 2

    discount: float = parameter(0.95, "worth of a profit one step later", gt=0, le=1)
    normalise: Literal["degree", "N", "density"] = parameter(
        "N", "what the sum over competitors is divided by: the firm's degree, the number of firms, the mean degree"
    )
    intercept: float = parameter(10.0, "A, the price at which nobody buys", unit="money", gt=0)
    slope: float = parameter(1.0, "b, fall of the price with the quantity per firm", unit="money per unit", gt=0)
    costs: tuple[float, ...] = parameter((1.0, 2.0), "c, of each type, from cheap to costly", unit="money per unit")
    shares: tuple[float, ...] = parameter((0.5, 0.5), "share of the firms of each type at first")
    cost_slope: float = parameter(1.0, "d, rise of marginal cost", unit="money per unit squared", ge=0)
    learning: float = parameter(0.02, "lambda, chance to become cheaper", unit="per unit and step", ge=0)
    forgetting: float = parameter(0.05, "delta, chance to become costlier", unit="per step", ge=0, le=1)
    largest: float = parameter(6.0, "largest quantity", unit="units", gt=0)
    num_quantities: int = parameter(25, "quantities from 0 to the largest", ge=2, le=1000)
    num_firms: int = parameter(0, "N, of which each knows that it moves the price; 0: too many for that", ge=0)

    source: ClassVar[str] = "Cournot 1838, Recherches; Novshek 1980, Review of Economic Studies 47:473-486"
    figure: ClassVar[Mapping[str, Any]] = {
        "series": "mean_quantity",
        "series_label": "quantity per firm",
        "agent": "quantity",
        "agent_label": "quantity in the last step",
    }

    def model_post_init(self, context: Any) -> None:
        """Refuse types that do not fit each other."""
        k = len(self.costs)
        if not k or list(self.costs) != sorted(self.costs) or self.costs[0] < 0:
            raise ParameterError(
                f"environment.costs: {self.costs} is not accepted; accepted: one or more, >= 0, from cheap to costly"
            )
        if len(self.shares) != k or min(self.shares) < 0 or not abs(sum(self.shares) - 1.0) <= ROUNDING:
            raise ParameterError(
                f"environment.shares: {self.shares} is not accepted; accepted: {k} shares >= 0 that sum to 1"
            )
        if self.learning * self.largest + self.forgetting > 1.0:
            raise ParameterError(
                f"environment.learning: {self.learning} is not accepted; accepted: at most "
                f"{(1.0 - self.forgetting) / self.largest:g}, so that the chances sum to 1 at the largest quantity"
            )

    @property
    def num_states(self) -> int:
        """Types of firms."""
        return len(self.costs)

    @property
    def num_actions(self) -> int:
        """Quantities."""
        return self.num_quantities

    @property
    def own_share(self) -> float:
        """Return what of its own quantity a firm finds in the price, 1/N."""
        return 1.0 / self.num_firms if self.num_firms else 0.0

    def quantities(self) -> tuple[float, ...]:
        """Return what a firm may choose from."""
        return tuple(k * self.unit for k in range(self.num_quantities))

    @property
    def unit(self) -> float:
        """Return h, the distance between two quantities."""
        return self.largest / (self.num_quantities - 1)

    def state(self, num_agents: int) -> Any:
        """Lay out a market; refuse firms who take it for another one's size."""
        if self.num_firms not in (0, num_agents):
            raise ParameterError(
                f"environment.num_firms: {self.num_firms} is not accepted in a market of {num_agents}; accepted: "
                f"{num_agents}, or 0 for firms who do not know that they move the price"
            )
        return super().state(num_agents)

    def initial(self) -> NDArray[np.float64]:
        """Return the shares of the types at first."""
        return np.array(self.shares)

    def constants(self) -> dict[str, Any]:
        """Return what the functions read besides the parameters."""
        return {"unit": self.unit, "own_share": self.own_share, "last": len(self.costs) - 1}

    def state_labels(self) -> tuple[str, ...]:
        """Return a name for each type."""
        return tuple(f"cost {cost:g}" for cost in self.costs)

    def action_labels(self) -> tuple[str, ...]:
        """Return a name for each quantity."""
        return tuple(f"quantity {quantity:.4g}" for quantity in self.quantities())

    def columns(self, state: Any) -> dict[str, NDArray[Any]]:
        """Return each firm's type, its last quantity and price, and what it has earned."""
        quantity = state.features[:, :, QUANTITY]
        rivals = state.aggregates[:, :, QUANTITY]
        price = np.maximum(0.0, self.intercept - self.slope * (rivals + self.own_share * quantity))
        return {"type": state.states, "quantity": quantity, "price": price, "return": state.returns}

    def outcomes(self, state: Any) -> dict[str, NDArray[Any]]:
        """Return quantity, price and welfare of the last step, and the shares of the types after it."""
        sold, types = state.features[:, :, QUANTITY], state.features[:, :, TYPE].astype(int)  # types as they sold
        spent = (np.array(self.costs)[types] * sold + 0.5 * self.cost_slope * sold**2).mean(axis=1)
        bought = np.minimum(sold.mean(axis=1), self.intercept / self.slope)
        welfare = self.intercept * bought - 0.5 * self.slope * bought**2 - spent
        sellers = np.array([(types == s).mean(axis=1) for s in range(self.num_states)])
        best = np.array([best_welfare(self, row) for row in sellers.T])
        shares = {f"share_{s}": (state.states == s).mean(axis=1) for s in range(self.num_states)}
        return {
            "quantity": state.overall[:, QUANTITY],
            "price": self.columns(state)["price"].mean(axis=1),
            "welfare": welfare,
            "efficiency": np.divide(welfare, best, out=np.full(len(best), np.nan), where=best > 0.0),
            **shares,
            "mean_return": state.returns.mean(axis=1),
        }

    @staticmethod
    @compiled
    def feature(env, s, a, features):
        """A quantity; and the type that sells it, which is there to be measured."""
        features[0] = a * env.unit
        features[1] = s

    @staticmethod
    @compiled
    def step(env, t, s, a, z, successors, probabilities):
        """Become cheaper by doing, costlier by forgetting."""
        better = env.learning * a * env.unit if s > 0 else 0.0
        worse = env.forgetting if s < env.last else 0.0
        successors[0], probabilities[0] = max(0, s - 1), better
        successors[1], probabilities[1] = s, 1.0 - better - worse
        successors[2], probabilities[2] = min(env.last, s + 1), worse

    @staticmethod
    @compiled
    def reward(env, t, s, a, z):
        """Sell at the price that is found, less the cost."""
        quantity = a * env.unit
        price = max(0.0, env.intercept - env.slope * (z[QUANTITY] + env.own_share * quantity))
        return price * quantity - expense(env, s, quantity)


def quantity(result: Result) -> Estimate:
    """Mean quantity per firm in the last step."""
    return mean(result.runs.quantity)


def price(result: Result) -> Estimate:
    """Mean price in the last step."""
    return mean(result.runs.price)


def welfare(result: Result) -> Estimate:
    """Mean of what buyers gain and firms earn in the last step, per firm."""
    return mean(result.runs.welfare)


def efficiency(result: Result) -> Estimate:
    """Mean welfare of the last step, over the largest that the firms' types allow."""
    return over_runs(result, "efficiency", "no welfare can be made")


METRICS = (efficiency, welfare, quantity, price)


def rules() -> Cournot:
    """Return the market whose limits are solved: firms that learn and forget, too small to move the price."""
    return Cournot()


def scenario() -> Scenario:
    """Return four Q-learners in Cournot's market, who keep their types."""
    game = Cournot(num_steps=0, learning=0.0, forgetting=0.0, num_firms=4)
    learner = "q_learning:discount=0.0,epsilon=1.0,beta=0.0002"
    return Scenario(game, learner, "complete:n=4", 50_000, METRICS)


def small() -> Scenario:
    """Return five firms on a ring for a few steps."""
    game = Cournot(num_steps=20, num_quantities=7, learning=0.05, normalise="degree")
    return Scenario(game, "q_learning", "cycle:n=5", 20, METRICS)
