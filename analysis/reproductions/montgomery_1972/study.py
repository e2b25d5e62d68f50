"""Montgomery 1972: does it matter to whom permits are given, and what do they save?

Firms that do what they are told, or reply best, are held against figures worked out by hand for four firms; firms that
learn, against what Pigou, Montgomery and Hahn say in words. Run it with ``socialsim reproduce montgomery_1972
[--full]``.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, count
from typing import Any, ClassVar, NamedTuple

import numpy as np

from socialsim.core.compiled import compiled
from socialsim.core.estimate import Estimate
from socialsim.engine.interface import Learner, Specification, constant
from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.engine.simulation import Simulation
from socialsim.environments.emissions import METRICS, Emissions, scenario
from socialsim.environments.emissions.theory import abatement_cost, best_abatement, least_cost, price_of
from socialsim.metrics.estimates import difference_of_means, mean

FOUR: dict[str, Any] = {"lowest_slope": 1.0, "highest_slope": 4.0, "damage": 0.8, "earnings": 3.0}  # slopes 1, 2, 3, 4
SIXTIETHS = 61  # shares to choose from
OPTIMUM = (48, 24, 16, 12)  # sixtieths
SETTLED = 1000  # steps after which best-repliers have come to rest
HANDS = {"equal": "given to all", "cheap": "given to the cheap half", "costly": "given to the costly half"}
HANDS["auction"] = "sold at auction"
RULES: dict[str, dict[str, Any]] = {
    "no rule": {"environment.rule": "none"},
    "tax": {},
    "half the tax": {"environment.tax": 0.4},
    "twice the tax": {"environment.tax": 1.6},
} | {
    f"permits {words}": {"environment.rule": "cap_and_trade", "environment.allocation": allocation}
    for allocation, words in HANDS.items()
}


class Orders(NamedTuple):
    """What each firm is told."""

    actions: Any  # (num_agents,)


class Told(Learner):
    """Firms that do what they are told, each its own."""

    actions: tuple[int, ...] = (0,)

    source: ClassVar[str] = ""

    def state(self, specification: Specification, num_agents: int) -> Orders:
        """Lay out the actions; the last one is that of all further firms."""
        given = self.actions + self.actions[-1:] * num_agents
        return Orders(constant(given[:num_agents]))

    @staticmethod
    @compiled
    def act(learner, i, observation, stream):
        """Do what one is told."""
        return learner.actions[i]


_advance = Emissions.advance


class Untraded(Emissions):
    """A mutation: permits cannot be traded, so that each firm abates what it has no permits for."""

    @staticmethod
    @compiled
    def advance(env, network, actions, rewards, stream):
        """Let firms abate what is not allowed to them."""
        if env.rule == 2 and env.clock[0] >= env.rule_from:
            for i in range(actions.shape[0]):
                steps = env.levels.shape[0] - 1
                while actions[i] < steps and env.levels[actions[i]] < 1.0 - env.allocation[i] - 1e-9:
                    actions[i] += 1
        _advance(env, network, actions, rewards, stream)


class Repaid(Emissions):
    """A mutation: firms get back what they have paid for their emissions."""

    @staticmethod
    @compiled
    def advance(env, network, actions, rewards, stream):
        """Pay it back."""
        _advance(env, network, actions, rewards, stream)
        for i in range(actions.shape[0]):
            given = env.allocation[i] if env.rule == 2 else 0.0
            rewards[i] += env.price[0] * (1.0 - env.abated[i] - given)


class Alike(Emissions):
    """A mutation: all firms have the same costs, the mean of the slopes."""

    def slopes(self, num_firms: int) -> Any:
        """Return the mean slope for every firm."""
        return np.full(num_firms, (self.lowest_slope + self.highest_slope) / 2)


MUTATIONS: dict[str, type[Emissions]] = {
    "permits cannot be traded": Untraded,
    "payments are returned": Repaid,
    "firms are alike": Alike,
}


class Industry:
    """Where firms are run, with or without an error in the rules."""

    def __init__(self, replications: int, seed: int, mutation: str | None) -> None:
        self.replications, self.seeds = replications, count(seed)  # independent from industry to industry
        self.environment = Emissions if mutation is None else MUTATIONS[mutation]

    def four(self, **rules: Any) -> Emissions:
        """Return the environment of the four firms, under a rule from the first step on."""
        return self.environment(**FOUR, num_levels=SIXTIETHS, rule_from=0, **rules)

    def told(self, environment: Emissions, actions: tuple[int, ...]) -> tuple[dict[str, float], Any]:
        """Return what four firms bring about that do what they are told, and what each abates."""
        place = Scenario(environment, Told(actions=actions), "complete:n=4", 2, METRICS)
        result = run(place, replications=1, seed=next(self.seeds), record_every=None)
        values = {name: estimate.value for name, estimate in result.metrics.items()}
        return values, 1.0 - result.agents.emissions.to_numpy()

    def replying(self, environment: Emissions, num_firms: int, replications: int) -> tuple[Estimate, Estimate]:
        """Return the gain, and the cost over the least cost, where firms that reply best have come to rest."""
        seeing = environment.replace(observation="payoffs", rule_from=0)
        place = Scenario(seeing, "best_reply", f"complete:n={num_firms}", SETTLED, METRICS)
        simulation = Simulation(place, seed=next(self.seeds), replications=range(replications))
        simulation.advance(SETTLED)
        abated = 1.0 - simulation.columns()["emissions"]
        slopes = seeing.slopes(num_firms)
        costs = abatement_cost(abated, slopes)
        welfare = seeing.earnings - costs / num_firms - seeing.damage * (1.0 - abated).mean(axis=1)
        none = seeing.earnings - seeing.damage
        gain = (welfare - none) / (seeing.best_welfare(num_firms) - none)
        return mean(gain), mean(costs / least_cost(abated.sum(axis=1), slopes))

    def learned(self, changes: dict[str, Any]) -> dict[str, Estimate]:
        """Return what learners bring about under a rule."""
        place = scenario().replace(changes)
        place = replace(place, environment=self.environment(**dict(place.environment)))
        return run(place, replications=self.replications, seed=next(self.seeds), record_every=None).metrics


def measure(replications: int, seed: int, full: bool, mutation: str | None = None) -> dict[str, Estimate]:
    """Return every quantity of ``expected.json``."""
    industry = Industry(replications, seed, mutation)
    return solved(industry) | standards(industry) | permits(industry) | replies(industry) | learners(industry)


def solved(industry: Industry) -> dict[str, Estimate]:
    """Return optima and least costs as the solver finds them."""
    environment, many = industry.four(), industry.environment()
    slopes, more = environment.slopes(4), many.slopes(20)
    best, total = best_abatement(0.8, slopes), best_abatement(0.8, more).sum()
    uniform = abatement_cost(np.full(20, total / 20), more)
    measured = {
        "best emissions of a firm": environment.best_emissions(4),
        "best welfare of a firm": environment.best_welfare(4),
        "best share of the costliest firm": best[3],
        "price that asks for the best total": price_of(best.sum(), slopes),
        "price that asks for three of four units": price_of(3.0, slopes),
        "least cost of three of four units": least_cost(3.0, slopes),
        "best emissions of a firm, 20 firms": many.best_emissions(20),
        "best welfare of a firm, 20 firms": many.best_welfare(20),
        "uniform standard / least cost, 20 firms": uniform / least_cost(total, more),
    }
    return {name: known(value) for name, value in measured.items()}


def standards(industry: Industry) -> dict[str, Estimate]:
    """Return what firms bring about that are told what to abate: as is best, or all alike."""
    best, _ = industry.told(industry.four(rule="tax"), OPTIMUM)
    uniform, _ = industry.told(industry.four(rule="none"), (25,))
    strict, _ = industry.told(industry.four(rule="none"), (45,))
    return {
        "welfare at the optimum, firms that are told": known(best["welfare_after"]),
        "tax revenue at the optimum, firms that are told": known(best["revenue"]),
        "uniform standard / least cost, firms that are told": known(uniform["cost_ratio"]),
        "uniform standard of 3/4 / least cost, firms that are told": known(strict["cost_ratio"]),
    }


def permits(industry: Industry) -> dict[str, Estimate]:
    """Return what four firms bring about that only trade permits, whoever was given them."""
    measured, shares, revenue = {}, [], 0.0
    for allocation, words in HANDS.items():
        values, abated = industry.told(industry.four(rule="cap_and_trade", allocation=allocation), (0,))
        measured[f"price of permits, {words}"] = known(values["emission_price"])
        measured[f"cost / least cost, permits {words}"] = known(values["cost_ratio"])
        measured[f"permits traded, {words}"] = known(values["permits_traded"])
        shares.append(abated)
        revenue = values["revenue"]
    taxed, _ = industry.told(industry.four(rule="tax"), OPTIMUM)
    tight, _ = industry.told(industry.four(rule="cap_and_trade", cap=0.25), (0,))
    apart = max(np.abs(first - second).max() for first, second in combinations(shares, 2))
    spread = max(np.ptp(abated * industry.four().slopes(4)) for abated in shares)
    return measured | {
        "largest difference of a firm's abatement between two allocations": known(apart),
        "largest difference of marginal costs between two firms that trade": known(spread),
        "revenue at auction minus tax revenue": known(revenue - taxed["revenue"]),
        "price of permits for one unit of four": known(tight["emission_price"]),
    }


def replies(industry: Industry) -> dict[str, Estimate]:
    """Return where firms come to rest that reply best to what they see, under taxes and with market power."""
    measured = {}
    for name, tax in (("4/5", 0.8), ("2/5", 0.4), ("8/5", 1.6)):
        gain, _ = industry.replying(industry.four(rule="tax", tax=tax), 4, industry.replications)
        measured[f"gain under the tax {name}, best replies"] = gain
    few = max(8, industry.replications // 10)
    excess = {
        (allocation, num_firms): industry.replying(
            industry.environment(rule="cap_and_trade", allocation=allocation), num_firms, few
        )[1]
        for allocation, num_firms in (("auction", 10), ("equal", 10), ("auction", 30))
    }
    for name, other in (
        ("cost / least cost, best replies of 10, auction minus given to all", ("equal", 10)),
        ("cost / least cost, best replies at auction, 10 minus 30 firms", ("auction", 30)),
    ):
        measured[name] = difference_of_means(excess["auction", 10], excess[other])
    return measured


def learners(industry: Industry) -> dict[str, Estimate]:
    """Return what twenty firms that learn make of each rule."""
    found = {name: industry.learned(changes) for name, changes in RULES.items()}
    gain = {name: metrics["gain_after"] for name, metrics in found.items()}
    measured = {
        "gain without a rule, learners": gain["no rule"],
        "gain under the tax, learners": gain["tax"],
        "gain, tax of the damage minus half of it, learners": difference_of_means(gain["tax"], gain["half the tax"]),
        "gain, tax of the damage minus twice it, learners": difference_of_means(gain["tax"], gain["twice the tax"]),
        "cost / least cost, tax, learners": found["tax"]["cost_ratio"],
    }
    measured |= {f"gain, permits {words}, learners": gain[f"permits {words}"] for words in HANDS.values()}
    given, sold = found["permits given to all"], found["permits sold at auction"]
    for half in ("cheap", "costly"):
        less = difference_of_means(gain[f"permits given to the {half} half"], given["gain_after"])
        measured[f"gain, permits given to the {half} half minus to all, learners"] = less
    measured["cost / least cost, permits given to all, learners"] = given["cost_ratio"]
    measured["cost / least cost, permits sold at auction, learners"] = sold["cost_ratio"]
    cheaper = difference_of_means(sold["emission_price"], given["emission_price"])
    measured["price of permits, auction minus given to all, learners"] = cheaper
    return measured


def known(value: Any) -> Estimate:
    """Return a value without an error: nothing in it is drawn."""
    return Estimate(float(value), float(value), float(value), 1)
