"""Gordon 1954 and after: where a fishery comes to rest without rules, under a sole owner, in between, and under rules.

Agents who never change their effort are held against the equilibria of Gordon, Schaefer and Clark and against the
laboratory commons of Ostrom, Walker and Gardner; agents who learn, against what these say in words. Run it with
``socialsim reproduce gordon_1954 [--full]``.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, ClassVar, NamedTuple

from socialsim.core.compiled import compiled
from socialsim.core.estimate import Estimate
from socialsim.engine.interface import Learner, Specification, constant
from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.environments.fishery import METRICS, Fishery, scenario
from socialsim.environments.fishery.theory import social_optimum
from socialsim.metrics.estimates import difference_of_means

STEPS_TO_REST = 4000
NUM_LEVELS = 26  # efforts 0, .04, ..., 1
SCHAEFER = {"5": ".2", "10": ".4", "15": ".6"}  # level -> effort
NASH = {1: 8, 3: 12, 7: 14}  # agents -> level of 16 N/(N + 1) * .04, for r = .4, q = .5, b = .2
OPEN_ACCESS = 16
PLAYERS, TOKENS = 8, 25
WHALE_RATES = ("0", ".01", ".05", ".1", ".2")
UNWATCHED = {"environment.quota": 0.07}
SANCTIONS = UNWATCHED | {
    "environment.monitoring": 0.5,
    "environment.monitoring_cost": 0.005,
    "environment.fine": 0.05,
    "environment.fine_growth": 2.0,
    "environment.forgetting": 50,
}
TALKERS = {"learner": "conditional_cooperator:tremble=0.02", "horizon.steps": 2000, "environment.burn_in": 1000}
COMMUNITIES: dict[str, dict[str, Any]] = {
    "1 learner": {"network": "complete:n=1"},
    "2 learners": {"network": "complete:n=2"},
    "4 learners": {"network": "complete:n=4"},
    "20 learners": {},
    "quota alone": UNWATCHED,
    "graduated sanctions": SANCTIONS,
    "exit": {"environment.exit_pay": 0.2},
    "deeds": TALKERS,
    "words": TALKERS | {"learner.trust": 1.0},
    "words, free riders": TALKERS | {"learner.trust": 1.0, "learner.free_riders": 0.4},
}


class Profile(NamedTuple):
    """Who does what."""

    actions: Any  # (num_agents,)


class Fixed(Learner):
    """Agents who always do what they are told, each its own."""

    actions: tuple[int, ...] = (0,)

    source: ClassVar[str] = ""

    def state(self, specification: Specification, num_agents: int) -> Profile:
        """Lay out the actions; the last one is that of all further agents."""
        given = self.actions + self.actions[-1:] * num_agents
        return Profile(constant(given[:num_agents]))

    @staticmethod
    @compiled
    def act(learner, i, observation, stream):
        """Do what one is told."""
        return learner.actions[i]


_advance = Fishery.advance


class Endless(Fishery):
    """A mutation: what is caught is still there."""

    @staticmethod
    @compiled
    def advance(env, network, actions, rewards, stream):
        """Put the mean catch back."""
        before = env.stock[0]
        _advance(env, network, actions, rewards, stream)
        mean_effort = 0.0
        for i in range(actions.shape[0]):
            mean_effort += env.effort[i] / actions.shape[0]
        env.stock[0] += min(1.0, env.catchability * mean_effort) * before


def put_back(fishery: Fishery) -> Fishery:
    """A mutation: what is caught is still there."""
    return Endless(**dict(fishery))


def bend(fishery: Fishery) -> Fishery:
    """A mutation: growth is theta-logistic with theta = 1.2."""
    return fishery.replace(growth_shape=1.2)


MUTATIONS = {
    "the catch stays in the sea": put_back,
    "another growth": bend,
}


class Sea:
    """Where fisheries are run, with or without an error in the rules."""

    def __init__(self, replications: int, seed: int, mutation: str | None) -> None:
        self.replications, self.seed = replications, seed
        self.change = MUTATIONS[mutation] if mutation is not None else lambda fishery: fishery

    def at_rest(self, fishery: Fishery, actions: tuple[int, ...], num_agents: int) -> Any:
        """Return the run and the agents' rewards when the stock has come to rest under fixed efforts."""
        changed = self.change(fishery.replace(burn_in=STEPS_TO_REST - 1))
        place = Scenario(changed, Fixed(actions=actions), f"complete:n={num_agents}", STEPS_TO_REST, METRICS)
        result = run(place, replications=1, seed=self.seed, record_every=None, record="counts")
        last = result.runs.iloc[0]
        gross = result.agents.catch * fishery.price + fishery.cost * (1.0 - result.agents.effort)
        return last, gross.to_numpy()

    def learned(self, changes: dict[str, Any]) -> dict[str, Estimate]:
        """Return the metrics of learners under some rules."""
        place = scenario().replace(changes)
        place = replace(place, environment=self.change(place.environment))
        return run(place, replications=self.replications, seed=self.seed, record_every=None).metrics


def measure(replications: int, seed: int, full: bool, mutation: str | None = None) -> dict[str, Estimate]:
    """Return every quantity of ``expected.json``."""
    sea = Sea(replications, seed, mutation)
    return schaefer(sea) | equilibria(sea) | laboratory(sea) | whales(sea) | learners(sea)


def schaefer(sea: Sea) -> dict[str, Estimate]:
    """Return stock and catch at rest under constant efforts."""
    measured = {}
    for level, effort in SCHAEFER.items():
        last, _ = sea.at_rest(Fishery(num_efforts=NUM_LEVELS), (int(level),), 2)
        measured[f"stock at rest, effort {effort}"] = known(last.final_stock)
        measured[f"catch at rest, effort {effort}"] = known(last.mean_catch)
    return measured


def equilibria(sea: Sea) -> dict[str, Estimate]:
    """Return the share of the largest profit that is left at Nash efforts and in open access, and what one gains who
    makes a little more or less effort than the others.
    """
    fishery, measured = Fishery(num_efforts=NUM_LEVELS), {}
    best = social_optimum(fishery).profit
    for n, level in NASH.items():
        last, rewards = sea.at_rest(fishery, (level,), n)
        measured[f"rent at Nash efforts, N = {n}"] = known(last.profit / best)
        for word, change in (("more", 1), ("less", -1)):
            _, others = sea.at_rest(fishery, (level + change, level), n)
            measured[f"gain from one level {word}, N = {n}"] = known((others[0] - rewards[0]) / best)
    last, _ = sea.at_rest(fishery, (OPEN_ACCESS,), 5)
    measured["rent at open-access effort"] = known(last.profit / best)
    measured["stock at open-access effort"] = known(last.final_stock)
    return measured


def laboratory(sea: Sea) -> dict[str, Estimate]:
    """Return what players earn in cents with eight tokens each, what a deviator earns, and what the group earns at best
    and in equilibrium beyond what it would outside the commons.
    """
    catchability = 0.5
    lab = Fishery(
        growth_rate=23 * catchability / (PLAYERS * TOKENS * 0.25),
        catchability=catchability,
        price=23 * TOKENS / catchability,
        cost=5.0 * TOKENS,
        num_efforts=TOKENS + 1,
    )
    outside = 5.0 * TOKENS * PLAYERS
    nash, best = (sea.at_rest(lab, actions, PLAYERS)[1] for actions in ((8,), (4, 4, 4, 4, 5)))
    measured = {
        "laboratory: cents of each with 8 tokens": known(nash[0]),
        "laboratory: rent with 36 tokens [cents]": known(best.sum() - outside),
        "laboratory: rent with 64 tokens / with 36": known((nash.sum() - outside) / (best.sum() - outside)),
    }
    for tokens in (7, 9):
        deviator = sea.at_rest(lab, (tokens, 8), PLAYERS)[1][0]
        measured[f"laboratory: cents with {tokens} tokens against 8"] = known(deviator)
    return measured


def whales(sea: Sea) -> dict[str, Estimate]:
    """Return the stocks of a sole owner of Clark's whales at some rates of interest."""
    fishery = sea.change(
        Fishery(growth_rate=0.08, capacity=400_000.0, catchability=0.5, price=1.0, cost=20_000.0, num_efforts=2)
    )
    return {
        f"whales, interest {rate}": known(social_optimum(fishery, 1.0 / (1.0 + float(rate))).stock)
        for rate in WHALE_RATES
    }


def learners(sea: Sea) -> dict[str, Estimate]:
    """Return how learners fare alone and together, without rules and under some."""
    found = {name: sea.learned(changes) for name, changes in COMMUNITIES.items()}
    measured = {f"efficiency, {name}": metrics["efficiency"] for name, metrics in found.items()}
    measured |= {f"stock, {name}": metrics["mean_stock"] for name, metrics in found.items()}
    for metric, first, second in (
        ("efficiency", "1 learner", "2 learners"),
        ("efficiency", "2 learners", "4 learners"),
        ("efficiency", "4 learners", "20 learners"),
        ("stock", "1 learner", "20 learners"),
        ("efficiency", "quota alone", "20 learners"),
        ("efficiency", "graduated sanctions", "20 learners"),
        ("stock", "graduated sanctions", "20 learners"),
        ("stock", "exit", "20 learners"),
        ("efficiency", "words", "deeds"),
        ("efficiency", "words", "words, free riders"),
    ):
        pair = (measured[f"{metric}, {first}"], measured[f"{metric}, {second}"])
        measured[f"{metric}, {first} minus {second}"] = difference_of_means(*pair)
    return measured


def known(value: float) -> Estimate:
    """Return a value without an error: nothing in it is drawn."""
    return Estimate(float(value), float(value), float(value), 1)
