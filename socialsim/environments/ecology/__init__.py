r"""Predators and prey on a grid, whose speeds evolve or are learnt.

On a torus every site holds one prey, one predator, or nobody. A step is as many events as there are sites. An event
takes a site at random; whoever lives there looks at one of the four beside it or, if all is ``mixed``, at any site:

    prey of speed u bears an offspring there, if it is empty, with chance     B(u) = b (1 - c u^2),             (1)
    a predator of speed v catches a prey there with chance                    A(v, u) = a (1 + v - u) / 2,
        bears an offspring in its place with chance e,
    and dies with chance                                                      D(v) = d (1 + k v^2);             (2)

before that it changes places with whoever is on a random site near by, with chance ``mobility``. Prey die in no other
way: being fast saves a prey, and costs it offspring.

**Mean field.** Where all is mixed, the densities x of prey and y of predators of one speed each follow, the better the
more sites there are,

    dx/dt = B x (1 - x - y) - A x y,    dy/dt = e A x y - D y,                                                  (3)

the equations of Lotka and Volterra with room for all. If D < e A both live on at

    x* = D / (e A),    y* = B (1 - x*) / (A + B),                                                               (4)

to which densities spiral. On the grid prey and predators gather, waves run, and densities swing for ever
([Mobilia2007b]_). A run ends when a kind has died out: verdict 0, the prey; 1, the predators.

**An arms race.** An offspring has its parent's speed or, with chance ``mutation``, another near by. A rare mutant's
growth in the mean field changes with its speed as

    prey: a y* / 2 - 2 b c u (1 - x* - y*),    predators: e a x* / 2 - 2 d k v,                                 (5)

and selection of both comes to rest where

    u^2 - 2 (1 + v) u + 1 / c = 0,    k v^2 + 2 k (1 - u) v - 1 = 0,                                            (6)

which b, a, e and d do not enter (`theory`). Faster prey makes for faster predators, but faster predators for slower
prey, whose speed then saves a smaller share of them.

**The same world with learners.** With ``inheritance = "learned"`` everybody chooses its speed in each step, one of
``num_levels`` from 0 (prey feed, predators rest) to 1 (flee, chase), sees whether none, one or more of the others are
beside it, and is paid its offspring in that step, less 1 if it dies. Agents are rows: the first half are prey, the
others predators, one of each for every site, and most are not alive. A newborn takes over the row that has been free
for longest, and what its learner has learnt; who is not alive sees 0, and is paid nothing. Sources: [Mobilia2007b]_
(Journal of Statistical Physics 128:447-483) for the grid; [Dieckmann1996]_ for evolving traits.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.errors import ParameterError
from socialsim.core.estimate import Estimate
from socialsim.core.parameters import parameter
from socialsim.core.result import Result
from socialsim.engine.interface import Discrete, Environment, Specification, constant
from socialsim.engine.scenario import Scenario
from socialsim.environments.ecology.mechanics import (
    MOST_SEEN,
    NOBODY,
    PREDATOR,
    PREY,
    State,
    found,
    live,
    others_near,
)
from socialsim.grids.codes import APPLE, COIN
from socialsim.grids.frame import Frame
from socialsim.metrics.cycles import cycle_length
from socialsim.metrics.estimates import mean, proportion

DENSITIES = ("prey", "predators")


class Ecology(Environment):
    """Predators, prey, and the speeds of both.

    Examples
    --------
    >>> Ecology(height=8, width=8).counts(128)
    {'prey': 64, 'predator': 64}
    >>> Ecology(height=8, width=8).counts(100)
    Traceback (most recent call last):
        ...
    socialsim.core.errors.ParameterError: network: 100 agents on 8 x 8 sites; accepted: 128, a prey and a predator that
    may live for each site
    """

    height: int = parameter(64, "rows of the grid", unit="sites", ge=3, le=2000)
    width: int = parameter(64, "columns of the grid", unit="sites", ge=3, le=2000)
    space: Literal["grid", "mixed"] = parameter("grid", "who is near: the four sites beside one's own, or all")
    birth: float = parameter(0.3, "b, chance that prey bears an offspring on an empty site", ge=0, le=1)
    capture: float = parameter(1.0, "a, chance that a predator of speed 1 catches a prey of speed 0", ge=0, le=1)
    conversion: float = parameter(1.0, "e, chance of an offspring after a capture", ge=0, le=1)
    death: float = parameter(0.1, "d, chance that a predator dies", ge=0, le=1)
    birth_cost: float = parameter(1.0, "c, share of its births that prey of speed 1 loses", ge=0, le=1)
    death_cost: float = parameter(1.0, "k, by which share a predator of speed 1 dies sooner", ge=0)
    mobility: float = parameter(0.0, "chance of changing places with whoever is near", ge=0, le=1)
    prey_start: float = parameter(0.3, "share of sites with prey at first", ge=0, le=1)
    predator_start: float = parameter(0.2, "share of sites with predators at first", ge=0, le=1)
    prey_speed: float = parameter(0.0, "u of the first prey", ge=0, le=1)
    predator_speed: float = parameter(0.0, "v of the first predators", ge=0, le=1)
    mutation: float = parameter(0.1, "chance that an offspring's speed differs from its parent's", ge=0, le=1)
    mutation_size: float = parameter(0.05, "standard deviation of that difference", ge=0, le=1)
    inheritance: Literal["selection", "learned"] = parameter(
        "selection", "whether speeds are inherited, or chosen in each step"
    )
    num_levels: int = parameter(2, "speeds to choose from, if they are chosen", ge=2, le=100)

    agent_types: ClassVar[tuple[str, ...]] = ("prey", "predator")
    source: ClassVar[str] = "Mobilia, Georgiev & Taeuber 2007, Journal of Statistical Physics 128:447-483"
    figure: ClassVar[Mapping[str, Any]] = {
        "series": "mean_predators",
        "series_label": "predators per site",
        "agent": "speed",
        "agent_label": "speed of the living",
        "verdicts": {"0": "prey died out", "1": "predators died out"},
    }

    def model_post_init(self, context: Any) -> None:
        """Refuse chances above 1, and more at first than there is room for."""
        if self.death * (1.0 + self.death_cost) > 1.0:
            raise ParameterError(
                f"death: {self.death} (1 + death_cost) with death_cost {self.death_cost} is no chance; "
                "accepted: at most 1"
            )
        if self.prey_start + self.predator_start > 1.0:
            raise ParameterError(
                f"prey_start: {self.prey_start} and predator_start {self.predator_start}; accepted: a sum of at most 1"
            )

    def counts(self, num_agents: int) -> dict[str, int]:
        """Return how many prey and predators may live: one of each for every site."""
        num_sites = self.height * self.width
        if num_agents != 2 * num_sites:
            raise ParameterError(
                f"network: {num_agents} agents on {self.height} x {self.width} sites; accepted: {2 * num_sites}, a "
                "prey and a predator that may live for each site"
            )
        return {"prey": num_sites, "predator": num_sites}

    def state(self, num_agents: int) -> State:
        """Lay out an empty grid; `initialise` lets prey and predators live on it."""
        num_sites = self.counts(num_agents)["prey"]
        row, column = np.divmod(np.arange(num_sites), self.width)
        beside = [(row + down) % self.height * self.width + (column + right) % self.width for down, right in STEPS]
        return State(
            **{name: getattr(self, name) for name in RATES},
            num_levels=self.num_levels,
            is_mixed=self.space == "mixed",
            is_learned=self.inheritance == "learned",
            near=constant(np.stack(beside, axis=1).astype(np.int32)),
            holder=np.full(num_sites, NOBODY, np.int32),
            site=np.full(num_agents, NOBODY, np.int32),
            speed=np.zeros(num_agents),
            unborn=np.arange(num_agents, dtype=np.int32),
            next_born=np.zeros(2, np.int64),
            num_alive=np.zeros(2, np.int64),
            num_born=np.zeros(2, np.int64),
            num_steps=np.zeros(1, np.int64),
            sums=np.zeros((2, 2)),
        )

    def specification(self, agent_type: str, num_agents: int) -> Specification:
        """Nobody has a choice; or all see how many of the others are near, and choose a speed."""
        if self.inheritance == "selection":
            return Specification(Discrete(1), facts={"decides_by": "environment.inheritance=learned"})
        slow, fast = ("feed", "flee") if agent_type == "prey" else ("rest", "chase")
        between = tuple(f"speed {k / (self.num_levels - 1):.3g}" for k in range(1, self.num_levels - 1))
        seen = ("not alive", *(f"{k} near" for k in range(MOST_SEEN)), f"{MOST_SEEN} or more near")
        return Specification(Discrete(self.num_levels, (slow, *between, fast)), Discrete(len(seen), seen))

    def columns(self, state: State) -> dict[str, NDArray[Any]]:
        """Return who lives, as prey and as predator (of the other kind: none), and how fast the living are."""
        site = np.asarray(state.site)
        lives = (site != NOBODY).astype(np.float64)
        is_prey = np.arange(site.shape[1]) < site.shape[1] // 2
        speed = np.where(site != NOBODY, state.speed, math.nan)
        return {
            "prey": np.where(is_prey, lives, math.nan),
            "predators": np.where(is_prey, math.nan, lives),
            "speed": speed,
            "prey_speed": np.where(is_prey, speed, math.nan),
            "predator_speed": np.where(is_prey, math.nan, speed),
        }

    def outcomes(self, state: State) -> dict[str, NDArray[Any]]:
        """Return densities now, their mean and standard deviation over all steps, mean speeds, and births per site."""
        num_sites = state.holder.shape[1]
        steps = np.where(state.num_steps[:, 0] > 0, state.num_steps[:, 0], math.nan)[:, None]
        average, square = (state.sums[:, k] / steps for k in range(2))
        deviation = np.sqrt(np.maximum(square - average**2, 0.0))
        lives, half = np.asarray(state.site) != NOBODY, num_sites
        shown: dict[str, NDArray[Any]] = {}
        for kind, name, rows in ((PREY, "prey", slice(0, half)), (PREDATOR, "predator", slice(half, None))):
            count = state.num_alive[:, kind]
            total = np.where(lives[:, rows], state.speed[:, rows], 0.0).sum(axis=1)
            plural = DENSITIES[kind]
            shown[plural] = count / num_sites
            shown[f"mean_{plural}"] = average[:, kind]
            shown[f"sd_{plural}"] = deviation[:, kind]
            shown[f"{name}_speed"] = np.where(count > 0, total / np.maximum(count, 1), math.nan)
            shown[f"{name}_births"] = state.num_born[:, kind] / num_sites
        return shown

    def frame(self, state: State, row: int) -> Frame:
        """Return a picture of one grid: dots are prey, diamonds predators."""
        num_sites = state.holder.shape[1]
        holder = np.asarray(state.holder[row])
        cells = np.where(holder == NOBODY, 0, np.where(holder < num_sites, APPLE, COIN + 1)).astype(np.uint8)
        nobody = np.zeros((0, 2), np.int64)
        return Frame(cells.reshape(self.height, self.width), nobody, nobody[:, 0])

    @staticmethod
    @compiled
    def initialise(env, network, stream):
        """Put prey and predators on random sites."""
        found(env, stream)

    @staticmethod
    @compiled
    def observe(env, network, i):
        """Return 0 for who does not live, else 1 plus the others near, at most two."""
        return 0 if env.site[i] < 0 or not env.is_learned else 1 + others_near(env, i)

    @staticmethod
    @compiled
    def advance(env, network, actions, rewards, stream):
        """Let as many events happen as there are sites."""
        for i in range(env.site.shape[0]):
            rewards[i] = 0.0
            if env.is_learned and env.site[i] >= 0:
                env.speed[i] = actions[i] / (env.num_levels - 1)
        for _ in range(env.holder.shape[0]):
            live(env, rewards, stream)
        env.num_steps[0] += 1
        for kind in range(2):
            density = env.num_alive[kind] / env.holder.shape[0]
            env.sums[0, kind] += density
            env.sums[1, kind] += density * density

    @staticmethod
    @compiled
    def done(env):
        """Return 0 if the prey have died out and 1 if the predators have, else -1."""
        return 0 if env.num_alive[0] == 0 else (1 if env.num_alive[1] == 0 else -1)


STEPS = ((-1, 0), (0, -1), (0, 1), (1, 0))
RATES = (
    *("birth", "birth_cost", "capture", "conversion", "death", "death_cost", "mobility", "mutation", "mutation_size"),
    *("prey_start", "predator_start", "prey_speed", "predator_speed"),
)


def prey_density(result: Result) -> Estimate:
    """Mean prey per site, over all steps."""
    return mean(result.runs.mean_prey.dropna())


def predator_density(result: Result) -> Estimate:
    """Mean predators per site, over all steps."""
    return mean(result.runs.mean_predators.dropna())


def swings(result: Result) -> Estimate:
    """Mean standard deviation of the density of predators over time."""
    return mean(result.runs.sd_predators.dropna())


def prey_speed(result: Result) -> Estimate:
    """Mean speed of prey at the end, over the runs with prey."""
    return mean(result.runs.prey_speed.dropna())


def predator_speed(result: Result) -> Estimate:
    """Mean speed of predators at the end, over the runs with predators."""
    return mean(result.runs.predator_speed.dropna())


def coexistence_rate(result: Result) -> Estimate:
    """Share of runs at whose end both live."""
    return proportion(result.runs.stop != "done")


def swing_period(result: Result) -> Estimate:
    """Mean period of the swings of predators, in steps, over the runs of which every step is recorded
    (``record_every=1``).
    """
    series = result.tables.get("series", pd.DataFrame(columns=["run", "step", "mean_predators"]))
    courses = [course for _, course in series.groupby("run") if (np.diff(course.step) == 1).all()]
    lengths = [cycle_length(course.mean_predators.to_numpy()) for course in courses]
    lengths = [length for length in lengths if not math.isnan(length)]
    return mean(lengths) if lengths else Estimate.undefined("no run has two swings and 64 steps, all recorded")


METRICS = (prey_density, predator_density, swings, prey_speed, predator_speed, coexistence_rate)


def scenario() -> Scenario:
    """Return a grid of 64 x 64 sites on which slow prey and predators begin to evolve."""
    return Scenario(Ecology(), "innate", "complete:n=8192", 2000, METRICS)


def small() -> Scenario:
    """Return a small grid for a few steps."""
    return Scenario(Ecology(height=4, width=5, mobility=0.2, mutation=0.5), "innate", "complete:n=40", 10, METRICS)
