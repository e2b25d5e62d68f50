"""Contagion of moods: traders follow the crowd and the trend, and strategies that pay spread (Lux and Marchesi).

A trader is an optimistic or a pessimistic chartist, or a fundamentalist. After a meeting it changes

- between optimism and pessimism, if both are chartists, at the rates

      nu_1 exp(+-U_1),    U_1 = alpha_1 x + alpha_2 p' / nu_1            + towards optimism

  where x in [-1, 1] is the opinion index of all chartists and p' the trend of the price;

- to the strategy of the one met, if one is a chartist and the other a fundamentalist, at the rates

      nu_2 exp(+-U_2),    U_2 = alpha_3 {+-[(r + p' / nu_2) / p - R] - s |p_f - p| / p}

  + outside towards the chartist, inside if this is an optimist: the profit of buying (dividend r and capital gain, less
  the return R to be had elsewhere) or of selling, against the fundamentalist's, which is worth s of what it will be
  when the price has come back.

Meetings of a trader with all others happen at a rate m, so that a change at the rate nu exp(U) is one at a share
nu exp(U) / m of meetings. A rate above m is cut to m: at every meeting one changes. m must be as large as the largest
rate of a change of opinion, and of strategy at the fundamental price, else the scenario is refused. Far below that
price |p_f - p| / p has no bound: each agent's ``num_cut`` counts the meetings at which its rate was cut. Rates are
those of [Lux2000]_ (section 2) with n_c/N, n_f/N and n_+-/N the chances of whom one meets; the defaults are parameter
set I.
"""

from __future__ import annotations

import math
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.errors import ParameterError
from socialsim.core.parameters import parameter
from socialsim.core.streams import uniform
from socialsim.engine.interface import Learner, Specification

OPTIMIST, FUNDAMENTALIST = 0, 2
SEEN = "mood, mood met, opinion index, trend, price, fundamental price"


class State(NamedTuple):
    """Constants, and how often a rate was cut; nothing else is remembered."""

    opinion_rate: float
    strategy_rate: float
    herding: float
    trend_weight: float
    profit_weight: float
    outside_return: float
    discount: float
    dividend: float
    meeting_rate: float
    num_cut: NDArray[np.int64]  # (num_agents,), meetings at which the rate was above the meeting rate


@compiled
def changes_at(rate, force):
    """Return a rate of change, rate exp(force), which no force makes infinite."""
    return rate * math.exp(min(force, 100.0))


class Contagion(Learner):
    """Catches moods; needs an environment in which traders meet.

    Examples
    --------
    >>> Contagion(herding=0.8).herding
    0.8
    """

    opinion_rate: float = parameter(3.0, "rate nu_1 at which chartists reconsider their opinion", unit="per day", gt=0)
    strategy_rate: float = parameter(2.0, "rate nu_2 at which strategies are reconsidered", unit="per day", gt=0)
    herding: float = parameter(0.6, "weight alpha_1 of the opinion of other chartists", ge=0)
    trend_weight: float = parameter(0.2, "weight alpha_2 of the trend of the price", unit="per price", ge=0)
    profit_weight: float = parameter(0.5, "weight alpha_3 of differences in profits", ge=0)
    outside_return: float = parameter(0.0004, "return R to be had elsewhere", unit="per day")
    discount: float = parameter(0.75, "worth s of a fundamentalist's gain, which comes later", ge=0, le=1)

    source: ClassVar[str] = "Lux & Marchesi 2000, Int. J. Theoretical and Applied Finance 3:675-702"

    def state(self, specification: Specification, num_agents: int) -> State:
        """Return the constants, and nothing cut."""
        if specification.facts.get("observation") != SEEN:
            raise ParameterError(f"learner: 'contagion' needs an environment in which traders meet and see: {SEEN}")
        self._refuse_cut_rates(specification)
        own = {name: value for name, value in self if name in State._fields}
        return State(
            **own,
            dividend=specification.fact("dividend"),
            meeting_rate=specification.fact("meeting_rate"),
            num_cut=np.zeros(num_agents, np.int64),
        )

    def _refuse_cut_rates(self, specification: Specification) -> None:
        """Refuse meetings too rare for the rates that the steepest trend makes at the fundamental price."""
        meeting_rate, steepest = specification.fact("meeting_rate"), specification.fact("steepest_trend")
        gain = specification.fact("dividend") + steepest / self.strategy_rate
        gain = gain / specification.fact("fundamental_price") + abs(self.outside_return)
        largest = {
            "opinion": changes_at(self.opinion_rate, self.herding + self.trend_weight * steepest / self.opinion_rate),
            "strategy": changes_at(self.strategy_rate, self.profit_weight * gain),
        }
        kind = max(largest, key=lambda name: largest[name])
        if largest[kind] > meeting_rate:
            is_possible = largest[kind] <= specification.fact("most_meetings")
            accepted = f"{largest[kind]:.3g} or more" if is_possible else specification.fact("flatter_by")
            raise ParameterError(
                f"environment.meeting_rate: {meeting_rate:g} is less than the largest rate of a change of {kind}; "
                f"accepted: {accepted}"
            )

    def columns(self, state: State) -> dict[str, NDArray[Any]]:
        """Return how often each trader's rate was cut."""
        return {"num_cut": state.num_cut}

    @staticmethod
    @compiled
    def initialise(learner, i, stream):
        """Count from here."""
        learner.num_cut[i] = 0

    @staticmethod
    @compiled
    def act(learner, i, observation, stream):
        """Change with the chance of the meeting, else remain."""
        own, met = int(observation[0]), int(observation[1])
        if own == FUNDAMENTALIST and met == FUNDAMENTALIST:
            return own
        trend = observation[3]
        if own != FUNDAMENTALIST and met != FUNDAMENTALIST:
            other = 1 - own
            force = learner.herding * observation[2] + learner.trend_weight * trend / learner.opinion_rate
            rate = changes_at(learner.opinion_rate, force if other == OPTIMIST else -force)
        else:
            other = met
            price = observation[4]
            gain = (learner.dividend + trend / learner.strategy_rate) / price - learner.outside_return
            if own + met - FUNDAMENTALIST != OPTIMIST:
                gain = -gain
            force = learner.profit_weight * (gain - learner.discount * abs(observation[5] - price) / price)
            rate = changes_at(learner.strategy_rate, force if own == FUNDAMENTALIST else -force)
        if rate > learner.meeting_rate:
            learner.num_cut[i] += 1
        return other if uniform(stream) * learner.meeting_rate < rate else own
