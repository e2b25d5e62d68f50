r"""Owners of boats who share a stock of fish: the commons as a game that has limits of many agents.

N agents fish one stock; the whole of it is N x and one agent's catchability q/N, as in the environment ``fishery``. An
agent has a boat (s = 1) or none (s = 0) and chooses an effort e in {0, 1/(m - 1), ..., 1}. With a boat it fishes:

    profit    p q e x - (c + kappa z) e                                        [Gordon1954]_
    boat      lost with chance gamma, whether it fishes or not

where z is the mean effort of those whom the agent hears, who are on the same grounds: their boats and nets are in its
way, which costs time ([Brown1974]_). Without a boat the effort goes into getting one: it pays e R and has a boat in the
next step with chance e. The stock is common to all and moves with the mean effort E at sea,

    x <- x + r x (1 - x/K) - q E x                                                                 [Schaefer1957]_

so that nobody has a reason to spare it once N is large. Boats cannot be sold again ([Clark1979]_): while there are many
of them only c counts, and the stock falls to where fishing does not pay even that; in the long run it must pay for the
boats too. `socialsim.environments.fishing.theory` has these equilibria, the best that all together could do, and how
fishers spread over grounds that are crowded differently.

What an agent sees of the stock is its class among some of equal width in the last step, nothing with one class. The
game has an end, or none (``num_steps = 0``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.estimate import Estimate
from socialsim.core.parameters import parameter
from socialsim.core.result import Result
from socialsim.engine.aggregative import AggregativeGame
from socialsim.engine.scenario import Scenario
from socialsim.environments._stocks import catch, growth, stock_class
from socialsim.environments.fishing.theory import optimum, total_cost
from socialsim.metrics.estimates import mean
from socialsim.metrics.runs import over_runs

NO_BOAT, BOAT = 0, 1
EFFORT, STOCK = 0, 1  # what ``z`` holds


class Fishing(AggregativeGame):
    """A stock that all may fish who have a boat.

    Examples
    --------
    >>> Fishing(num_efforts=3).efforts()
    (0.0, 0.5, 1.0)
    >>> Fishing().interest  # i, of a discount of .95
    0.0526...
    """

    num_states = 2
    num_successors = 2
    steady = True

    num_steps: int = parameter(80, "T, decisions of each agent; 0: it goes on for ever", unit="steps", ge=0)
    discount: float = parameter(0.95, "worth of a reward one step later", gt=0, le=1)
    growth_rate: float = parameter(0.4, "intrinsic growth rate r", unit="per step", gt=0, le=1)
    capacity: float = parameter(1.0, "carrying capacity K", unit="stock per agent", gt=0)
    initial_stock: float = parameter(1.0, "stock at first, as a share of the capacity", gt=0, le=1)
    catchability: float = parameter(
        0.5, "share q of the stock that all take with effort 1; q/N is one agent's", unit="per effort", gt=0, le=1
    )
    price: float = parameter(1.0, "price p of the catch", unit="money per stock", gt=0)
    cost: float = parameter(0.1, "cost c of effort", unit="money per effort", ge=0)
    crowding: float = parameter(0.1, "kappa, what neighbours' effort adds to the cost", unit="money per effort", ge=0)
    boat_price: float = parameter(1.0, "R, price of a boat", unit="money", ge=0)
    boat_loss: float = parameter(0.05, "gamma, chance that a boat is lost", unit="per step", gt=0, le=1)
    initial_boats: float = parameter(1.0, "share of agents who have a boat at first", ge=0, le=1)
    num_efforts: int = parameter(3, "levels of effort m from 0 to 1", ge=2, le=100)
    num_stock_classes: int = parameter(1, "classes of the last stock that agents tell apart; 1: unseen", ge=1, le=100)

    source: ClassVar[str] = "Gordon 1954, J. Political Economy 62:124-142; Clark et al. 1979, Econometrica 47:25-47"
    figure: ClassVar[Mapping[str, Any]] = {
        "series": "mean_stock",
        "series_label": "stock / capacity",
        "agent": "effort",
        "agent_label": "effort at sea in the last step",
    }

    @property
    def num_actions(self) -> int:
        """Levels of effort."""
        return self.num_efforts

    @property
    def num_signals(self) -> int:
        """Classes of the stock."""
        return self.num_stock_classes

    @property
    def interest(self) -> float:
        """The rate of interest i that the discount stands for, 1/(1 + i)."""
        return 1.0 / self.discount - 1.0

    def efforts(self) -> tuple[float, ...]:
        """Return the levels of effort."""
        return tuple(k / (self.num_efforts - 1) for k in range(self.num_efforts))

    def initial(self) -> NDArray[np.float64]:
        """Return who has a boat at first."""
        return np.array([1.0 - self.initial_boats, self.initial_boats])

    def initial_common(self) -> NDArray[np.float64]:
        """Return the stock at first."""
        return np.array([self.initial_stock * self.capacity])

    def state_labels(self) -> tuple[str, ...]:
        """Return a name for each state."""
        return ("no boat", "boat")

    def action_labels(self) -> tuple[str, ...]:
        """Return a name for each effort."""
        return tuple(f"effort {effort:.3g}" for effort in self.efforts())

    def columns(self, state: Any) -> dict[str, NDArray[Any]]:
        """Return each agent's boat, effort at sea and earnings; and the stock, the same for all."""
        return {
            "boat": state.states,
            "effort": state.features[:, :, 0],
            "stock": np.broadcast_to(state.common / self.capacity, state.states.shape),
            "return": state.returns,
        }

    def outcomes(self, state: Any) -> dict[str, NDArray[Any]]:
        """Return stock, boats and efforts at the end, and what the last step's would earn for ever."""
        effort, aggregates = state.features[:, :, 0], state.aggregates
        revenue = self.price * self.catchability * aggregates[:, :, STOCK]
        yields = revenue - total_cost(self) - self.crowding * aggregates[:, :, EFFORT]
        rent, best = (effort * yields).mean(axis=1), optimum(self).rent
        return {
            "stock": state.common[:, 0] / self.capacity,
            "boats": (state.states == BOAT).mean(axis=1),
            "effort": effort.mean(axis=1),
            "rent": rent,
            "efficiency": rent / best if best > 0.0 else np.full(len(rent), np.nan),
            "mean_return": state.returns.mean(axis=1),
        }

    @staticmethod
    @compiled
    def feature(env, s, a, features):
        """Only who has a boat is at sea."""
        features[0] = a / (env.num_efforts - 1) if s == BOAT else 0.0

    @staticmethod
    @compiled
    def step(env, t, s, a, z, successors, probabilities):
        """Boats are lost, and come to those who have ordered one."""
        has_boat = 1.0 - env.boat_loss if s == BOAT else a / (env.num_efforts - 1)
        successors[0], probabilities[0] = NO_BOAT, 1.0 - has_boat
        successors[1], probabilities[1] = BOAT, has_boat

    @staticmethod
    @compiled
    def reward(env, t, s, a, z):
        """Sell the catch, pay for effort and crowding; or pay for a boat."""
        effort = a / (env.num_efforts - 1)
        if s == NO_BOAT:
            return -env.boat_price * effort
        caught = catch(effort, z[STOCK], env.catchability)
        return env.price * caught - (env.cost + env.crowding * z[EFFORT]) * effort

    @staticmethod
    @compiled
    def common(env, t, overall, common, common_next):
        """The stock grows and is fished."""
        grown = growth(common[0], env.growth_rate, env.capacity, 1.0)
        common_next[0] = max(0.0, common[0] + grown - catch(overall[0], common[0], env.catchability))

    @staticmethod
    @compiled
    def signal(env, t, z):
        """Return the class of the stock that was fished."""
        return stock_class(z[STOCK], env.capacity, env.num_stock_classes)


def final_stock(result: Result) -> Estimate:
    """Mean stock at the end, as a share of the capacity."""
    return mean(result.runs.stock)


def final_effort(result: Result) -> Estimate:
    """Mean effort at sea in the last step."""
    return mean(result.runs.effort)


def boats(result: Result) -> Estimate:
    """Mean share of agents who have a boat at the end."""
    return mean(result.runs.boats)


def efficiency(result: Result) -> Estimate:
    """Mean rent of the last step, its boats paid for with interest, over the largest that can last."""
    return over_runs(result, "efficiency", "fishing never pays")


METRICS = (efficiency, final_stock, final_effort, boats)


def rules() -> Fishing:
    """Return the game whose limits are solved: it has an end, and nobody sees the stock."""
    return Fishing()


def scenario() -> Scenario:
    """Return twenty Q-learners who see the stock and fish for ever."""
    game = Fishing(num_steps=0, num_stock_classes=10)
    return Scenario(game, "q_learning:discount=0.95,epsilon=0.05", "complete:n=20", 50_000, METRICS)


def small() -> Scenario:
    """Return six fishers on a ring for a few steps."""
    game = Fishing(num_steps=20, num_stock_classes=4, initial_boats=0.5)
    return Scenario(game, "q_learning", "cycle:n=6", 20, METRICS)
