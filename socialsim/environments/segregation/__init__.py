"""How people who tolerate each other come to live apart (Schelling's model).

People of two or more groups live on the sites of a grid, some of which are vacant. With a like and b unlike neighbours
somebody is **content** if

    b <= theta (a + b)    and    a <= lambda (a + b)                                                            (1)

that is, if the share of unlike neighbours is not above the ``tolerance`` theta; lambda < 1 (``most_like``) makes
integrationists, who do not want to be among themselves either ([Schelling1971]_, pp. 165-166). Without neighbours one
is content. In a step the discontented move, one after the other, to a vacant site. Each move changes who is content on
up to sixteen other sites, so that many more move than were discontented at first, and the city ends up far more
segregated than anybody asked for.

**What is left open is a switch.** ``destination``: *any* vacancy (the rule of most teaching models), one where one is
*content*, or the *nearest* of these by rows and columns, Schelling's. ``schedule``: all who are discontented when the
step begins move in random order (*together*); everybody is asked once in *random* order, or in *reading* order, row by
row, as Schelling did; or a *single* one of those who want to move, and can, moves a step. ``movers``: with *all* the
content, too, move to any other site where they are content: a city that flows, the liquid of [Vinkovic2006]_, and is
never at rest.

**How segregated.** Of all ordered pairs of neighbours a share x is alike. If the n_g people of the groups were permuted
over the homes it would be, in the mean and whatever the homes,

    x_0 = sum_g n_g (n_g - 1) / [N (N - 1)],                                                                    (2)

which is also what random homes give. The **index** is (x - x_0) / (1 - x_0): 0 by chance, 1 if no two neighbours
differ. The ``interface`` is the share of all pairs of neighbouring sites on which two who differ live. A **cluster** is
a largest set of like people who live side by side; the mean size of clusters, weighed by people, over what it would be
with one cluster a group is sum_c n_c^2 / sum_g n_g^2 ([Gauvin2009]_), 1 if every group is one cluster.

**Rest.** A run ends with the verdict 0 when all are content, and 1 when nobody who wants to move can. With theta >= 1
and lambda = 1 it never begins. On a chessboard of two groups half of the eight neighbours are alike (none of four):
with joined borders and vacancies far apart it is at rest for theta >= 4/7, since a vacancy leaves seven neighbours to
those beside it. Perfect integration is possible, but nothing leads there.

**The same city with learners.** With ``decision = "learned"`` everybody chooses in each step to stay or to move, seeing
nothing but the share of like neighbours in eighths, and is paid 1 in each step that ends in content, less the
``moving_cost`` if it moved. Who should move by (1) then has to be found out. Sources: [Schelling1971]_ (Journal of
Mathematical Sociology 1:143-186); [Vinkovic2006]_ and [Gauvin2009]_ for the physics of it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.errors import ParameterError
from socialsim.core.estimate import Estimate
from socialsim.core.parameters import parameter
from socialsim.core.result import Result
from socialsim.engine.interface import Discrete, Environment, Specification, constant
from socialsim.engine.scenario import Scenario
from socialsim.environments.segregation.city import (
    cluster_index,
    expected_like_share,
    group_sizes,
    neighbours,
    neighbours_of_all,
    sites_by_distance,
)
from socialsim.environments.segregation.mechanics import NUM_CLASSES, State, move_all, settle
from socialsim.grids.codes import COIN
from socialsim.grids.frame import Frame
from socialsim.metrics.estimates import mean, proportion

DESTINATIONS = ("any", "content", "nearest")
SCHEDULES = ("together", "random", "reading", "single")
ALL_CONTENT, STUCK = 0, 1
MOST_GROUPS = 7
ROUNDING = 1e-9  # 0.3 of 10 neighbours are 3


class Segregation(Environment):
    """A city whose people move where they like their neighbours.

    Examples
    --------
    >>> Segregation(tolerance=0.7).state(2000).slots.shape
    (2500,)
    >>> Segregation(height=10, width=10).state(100)
    Traceback (most recent call last):
        ...
    socialsim.core.errors.ParameterError: network: 100 agents on 10 x 10 sites; accepted: at most 99, so that a site is
    vacant
    """

    height: int = parameter(50, "rows of the grid", unit="sites", ge=1, le=2000)
    width: int = parameter(50, "columns of the grid", unit="sites", ge=1, le=2000)
    periodic: bool = parameter(True, "whether opposite borders are joined")
    neighbourhood: Literal["moore", "von_neumann"] = parameter("moore", "the 8 sites around one's own, or 4 of them")
    shares: tuple[float, ...] = parameter((0.5, 0.5), "share of each group among people; of sum 1")
    tolerance: float = parameter(0.5, "theta, largest share of unlike neighbours one is content with", ge=0, le=1)
    most_like: float = parameter(1.0, "lambda, largest share of like neighbours one is content with", ge=0, le=1)
    destination: Literal["any", "content", "nearest"] = parameter(
        "content", "where one moves: any vacancy, one where one is content, or the nearest of these"
    )
    schedule: Literal["together", "random", "reading", "single"] = parameter(
        "together", "who is asked in a step, and in which order: see the theory"
    )
    movers: Literal["discontented", "all"] = parameter(
        "discontented", "who moves: the discontented, or the content too"
    )
    decision: Literal["rule", "learned"] = parameter("rule", "who decides on moving: the rule, or each one's learner")
    moving_cost: float = parameter(0.0, "cost of a move to one who learns", unit="reward", ge=0)

    source: ClassVar[str] = "Schelling 1971, Journal of Mathematical Sociology 1:143-186"
    figure: ClassVar[Mapping[str, Any]] = {
        "series": "mean_like_share",
        "series_label": "mean share of like neighbours",
        "agent": "like_share",
        "agent_label": "share of like neighbours",
        "verdicts": {"0": "all content", "1": "stuck"},
    }

    def model_post_init(self, context: Any) -> None:
        """Refuse shares that are none, a torus whose sites meet themselves, and switches that contradict each other."""
        shares = self.shares
        if not 2 <= len(shares) <= MOST_GROUPS or min(shares) < 0 or not math.isclose(sum(shares), 1.0):
            raise ParameterError(
                f"shares: {list(shares)} is not accepted; accepted: 2 to {MOST_GROUPS} numbers >= 0 of sum 1"
            )
        if self.periodic and min(self.height, self.width) < 3:
            raise ParameterError(
                f"height: {self.height} x {self.width} sites with joined borders; accepted: 3 or more of height "
                "and width"
            )
        if self.movers == "all" and self.destination == "any":
            raise ParameterError("movers: 'all' with destination 'any' is aimless; accepted: content, nearest")
        if self.decision == "learned" and (self.movers == "all" or self.schedule != "together"):
            raise ParameterError(
                "decision: 'learned' asks everybody at once who wants to move; accepted: with movers=discontented and "
                "schedule=together"
            )
        if self.moving_cost and self.decision == "rule":
            raise ParameterError(f"moving_cost: {self.moving_cost} is not accepted; accepted: 0 with decision=rule")

    def state(self, num_agents: int) -> State:
        """Lay out the grid and the groups; `initialise` gives everybody a home."""
        num_sites = self.height * self.width
        if num_agents >= num_sites:
            raise ParameterError(
                f"network: {num_agents} agents on {self.height} x {self.width} sites; accepted: at most "
                f"{num_sites - 1}, so that a site is vacant"
            )
        near = neighbours(self.height, self.width, self.periodic, self.neighbourhood)
        sizes = group_sizes(self.shares, num_agents)
        return State(
            num_columns=self.width,
            num_rows=self.height,
            periodic=self.periodic,
            destination=DESTINATIONS.index(self.destination),
            schedule=SCHEDULES.index(self.schedule),
            is_restless=self.movers == "all",
            is_learned=self.decision == "learned",
            moving_cost=self.moving_cost,
            near=constant(near),
            is_content=constant(self.content_table(near.shape[1])),
            reach=constant(
                sites_by_distance(self.height, self.width, self.periodic if self.destination == "nearest" else None)
            ),
            group=constant(np.repeat(np.arange(len(sizes)), sizes).astype(np.int8)),
            slots=np.arange(num_sites, dtype=np.int32),
            holder=np.arange(num_sites, dtype=np.int32),
            around=np.zeros((num_sites, len(sizes)), np.int8),
            queue=np.zeros(num_agents, np.int32),
            rank=np.full(num_agents, -1, np.int32),
            order=np.zeros(num_agents, np.int32),
            num_discontented=np.zeros(1, np.int64),
            num_moves=np.zeros(1, np.int64),
            is_stuck=np.zeros(1, np.int8),
        )

    def content_table(self, num_neighbours: int) -> NDArray[np.int8]:
        """Return who is content by like and unlike neighbours, equation (1).

        Examples
        --------
        >>> Segregation(tolerance=0.5, most_like=0.75).content_table(4)[:, :3].tolist()
        [[1, 0, 0], [0, 1, 0], [0, 1, 1], [0, 1, 1], [0, 0, 1]]
        """
        like, unlike = np.mgrid[: num_neighbours + 1, : num_neighbours + 1]
        total = like + unlike
        bounds = (unlike <= self.tolerance * total + ROUNDING) & (like <= self.most_like * total + ROUNDING)
        return bounds.astype(np.int8)

    def specification(self, agent_type: str, num_agents: int) -> Specification:
        """Nobody has a choice; or all see the share of like neighbours and choose to stay or to move."""
        if self.decision == "rule":
            return Specification(Discrete(1), facts={"decides_by": "environment.decision=learned"})
        seen = ("nobody near", *(f"{k}/8 or more alike" for k in range(NUM_CLASSES - 1)))
        facts = {"reward_range": (-self.moving_cost, 1.0)}
        return Specification(Discrete(2, ("stay", "move")), Discrete(NUM_CLASSES, seen), facts)

    def columns(self, state: State) -> dict[str, NDArray[Any]]:
        """Return everybody's group, home, share of like neighbours (none without neighbours) and discontent."""
        homes = state.slots[:, : state.rank.shape[1]]
        like, total = neighbours_of_all(homes, state.around, state.group)
        return {
            "group": np.broadcast_to(state.group, homes.shape),
            "row": homes // self.width,
            "column": homes % self.width,
            "like_share": np.where(total > 0, like / np.maximum(total, 1), math.nan),
            "discontented": (state.rank >= 0).astype(np.float64),
        }

    def outcomes(self, state: State) -> dict[str, NDArray[Any]]:
        """Return how segregated each city is."""
        groups, homes = np.asarray(state.group), state.slots[:, : state.rank.shape[1]].astype(np.int64)
        like, total = neighbours_of_all(homes, state.around, groups)
        pairs = total.sum(axis=1)
        share = np.where(pairs > 0, like.sum(axis=1) / np.maximum(pairs, 1), math.nan)
        chance = expected_like_share(groups)
        lived = np.full(state.slots.shape, -1, np.int64)
        np.put_along_axis(lived, homes, groups[None].astype(np.int64), axis=1)
        num_links = np.count_nonzero(state.near >= 0)
        return {
            "like_share": share,
            "segregation": (share - chance) / (1.0 - chance) if chance < 1.0 else np.full(len(share), math.nan),
            "among_themselves": ((like == total) & (total > 0)).mean(axis=1),
            "interface": (total - like).sum(axis=1) / max(num_links, 1),
            "discontented": state.num_discontented[:, 0] / homes.shape[1],
            "clustering": np.array([cluster_index(row, self.width, self.periodic) for row in lived]),
            "moves": state.num_moves[:, 0] / homes.shape[1],
        }

    def frame(self, state: State, row: int) -> Frame:
        """Return a picture of one city: a diamond for each home, in the colour of the group."""
        cells = np.zeros(state.slots.shape[1], np.uint8)
        cells[state.slots[row, : state.rank.shape[1]]] = COIN + np.asarray(state.group)
        nobody = np.zeros((0, 2), np.int64)
        return Frame(cells.reshape(self.height, self.width), nobody, nobody[:, 0])

    @staticmethod
    @compiled
    def initialise(env, network, stream):
        """Give everybody a home at random."""
        settle(env, stream)

    @staticmethod
    @compiled
    def observe(env, network, i):
        """Return 0 if nobody is near, else 1 plus the eighths of like neighbours, rounded down."""
        site, total = env.slots[i], 0
        for g in range(env.around.shape[1]):
            total += env.around[site, g]
        return 0 if total == 0 or not env.is_learned else 1 + 8 * env.around[site, env.group[i]] // total

    @staticmethod
    @compiled
    def advance(env, network, actions, rewards, stream):
        """Those who want to move do so; those who learn are paid for content, less the cost of their move."""
        if env.is_learned:
            for i in range(env.group.shape[0]):
                rewards[i] = env.slots[i]  # where one lived, to see who has moved
        move_all(env, network, actions, stream)
        if env.is_learned:
            for i in range(env.group.shape[0]):
                moved = rewards[i] != env.slots[i]
                rewards[i] = (1.0 if env.rank[i] < 0 else 0.0) - (env.moving_cost if moved else 0.0)

    @staticmethod
    @compiled
    def done(env):
        """Return 0 if all are content and 1 if nobody can move; never while people learn or flow."""
        if env.is_learned or env.is_restless:
            return -1
        return 0 if env.num_discontented[0] == 0 else (1 if env.is_stuck[0] else -1)


def like_share(result: Result) -> Estimate:
    """Mean share of pairs of neighbours that are alike, at the end."""
    return mean(result.runs.like_share.dropna())


def segregation_index(result: Result) -> Estimate:
    """Mean of that share beyond what chance gives, 0, up to 1 where no two neighbours differ."""
    return mean(result.runs.segregation.dropna())


def clustering(result: Result) -> Estimate:
    """Mean size of clusters, weighed by people, over what it would be with one cluster a group."""
    return mean(result.runs.clustering)


def among_themselves(result: Result) -> Estimate:
    """Mean share of people who have neighbours, and none that is unlike."""
    return mean(result.runs.among_themselves)


def discontented_share(result: Result) -> Estimate:
    """Mean share of people who are not content at the end."""
    return mean(result.runs.discontented)


def moves_per_person(result: Result) -> Estimate:
    """Mean number of moves so far, per person."""
    return mean(result.runs.moves)


def rest_rate(result: Result) -> Estimate:
    """Share of runs that end with everybody content."""
    return proportion((result.runs.stop == "done") & (result.runs.verdict == ALL_CONTENT))


def steps_to_rest(result: Result) -> Estimate:
    """Mean number of steps until all are content, over the runs in which they come to be."""
    runs = result.runs
    return mean(runs.steps[(runs.stop == "done") & (runs.verdict == ALL_CONTENT)])


METRICS = (
    *(like_share, segregation_index, among_themselves, clustering),
    *(discontented_share, moves_per_person, rest_rate, steps_to_rest),
)


def scenario() -> Scenario:
    """Return two groups of a thousand on 2,500 sites, who want half of their neighbours to be like them."""
    return Scenario(Segregation(), "innate", "complete:n=2000", 1000, METRICS)


def small() -> Scenario:
    """Return three groups on a small grid with a border."""
    city = Segregation(height=5, width=6, periodic=False, shares=(0.4, 0.4, 0.2))
    return Scenario(city, "innate", "complete:n=22", 20, METRICS)
