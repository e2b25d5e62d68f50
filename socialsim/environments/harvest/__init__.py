"""Harvesters on a plane of apples that grow back only near other apples (the commons of gridworlds).

Apples lie on the sites of a map. A bare site grows one with a probability p(L) a step that rises with the number L of
apples within two cells of it, and is zero where there is none: a patch that has been eaten bare stays bare. Each
harvester gains by taking the next apple now, all gain by leaving some: the **tragedy of the commons** ([Hardin1968]_).
A step is

    1. everyone steps or turns, one after the other in an order drawn anew; who steps on an apple has it (reward 1),
       a wall or another harvester is in the way;
    2. everyone shoots who wants to, all from where they stand then; who is hit is out for a while;
    3. those whose time is over return to a free starting cell;
    4. apples grow, all sites at once.

A harvester sees a window that turns with it, `socialsim.grids.codes` in uint8, or, for tables, the nearest apple in it
as one of 30 numbers (`socialsim.environments.harvest.mechanics.summary`). It can stay, step in four directions without
turning, turn, and shoot.

Four numbers say what a population makes of its commons in T steps, with R_i the apples of harvester i and t_i the mean
step at which it took them ([Perolat2017]_, section 3.2):

    efficiency U = sum_i R_i / T            equality E = 1 - sum_ij |R_i - R_j| / (2 N sum_i R_i)
    sustainability S = mean_i t_i           peace P = N - (steps that they were out, in all) / T

**Two ends.** Greedy harvesters strip the map in some tens of steps and then starve; harvesters that act at random gain
more than twice as much, because they leave patches alive. A harvester who leaves the last apples of each patch lives on
it for ever: with L neighbours a site yields p(L) apples a step.

The rule sets of the literature are presets; `socialsim.environments.harvest.presets` says what each fixes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.errors import ParameterError, unknown
from socialsim.core.parameters import parameter
from socialsim.engine.interface import Box, Discrete, Environment, Specification
from socialsim.engine.scenario import Scenario
from socialsim.environments.harvest.maps import MAPS
from socialsim.environments.harvest.measures import METRICS, outcomes_of
from socialsim.environments.harvest.mechanics import begin, step, summary
from socialsim.environments.harvest.presets import NUM_AGENTS, PRESETS
from socialsim.grids.beams import beams, fault_in, reach_of
from socialsim.grids.codes import ACTIONS, APPLE, FIRE, TURN_LEFT
from socialsim.grids.frame import Frame
from socialsim.grids.growth import check_probabilities, growth, margin_of, near_counts
from socialsim.grids.maps import Map, opened, read_map
from socialsim.grids.plane import Window, cell_numbers, joined, look, plane, positions_of, sees, things_of

SYMBOLS = "AaPQ*"
NUM_SUMMARIES = 30


class Rules(NamedTuple):
    """The fields of the commons beside those of its plane, beams and growth."""

    turns: bool
    grows_under_agents: bool
    hears_all: bool
    num_apples: int
    end_from: int
    end_every: int
    end_chance: float
    start_cells: NDArray[np.int64]  # where agents start and return
    first_cells: NDArray[np.int64]  # where the first agents start
    first_order: NDArray[np.int64]  # in which order
    chosen: NDArray[np.int64]  # (num_agents,): the action that each takes
    time: NDArray[np.int64]  # (1,), steps of the episode so far
    stock: NDArray[np.int64]  # (1,), apples on the plane
    exhausted_at: NDArray[np.int64]  # (1,), first step after which there was none; -1 for never
    has_ended: NDArray[np.uint8]  # (1,)
    returns: NDArray[np.float64]  # (num_agents,), apples taken
    collected_at: NDArray[np.float64]  # (num_agents,), sum of the steps at which they were taken, the first being 1
    steps_out: NDArray[np.int64]  # (num_agents,)


class Harvest(Environment):
    """Harvesters, apples, a map and its rules.

    Choosing a preset sets every rule; what is given beside it departs from it.

    Examples
    --------
    >>> Harvest().beam
    ((0, 1, 3), (-1, 0, 3), (1, 0, 3))
    >>> Harvest(preset="perolat_2017", time_out=5).regrowth
    (0.0, 0.01, 0.01, 0.05, 0.05, 0.1)
    >>> Harvest(preset="perolat")
    Traceback (most recent call last):
        ...
    socialsim.core.errors.ParameterError: unknown preset 'perolat'; did you mean 'perolat_2017'? Accepted: janssen_2010,
    melting_pot_closed, melting_pot_open, melting_pot_partnership, perolat_2017, socialjax
    """

    preset: str = parameter("melting_pot_open", "the published rules that are the defaults of all others")
    map: str = parameter(
        "", "a map's name, a .txt file, or the map: # wall, A apple, a bare site, P start, Q first start"
    )
    regrowth: tuple[float, ...] = parameter(
        (), "chance that a bare site grows an apple with 0, 1, 2... apples near", unit="per step"
    )
    growth_radius: float = parameter(2.0, "how far is near, Euclidean", unit="cells", ge=1, le=8)
    grows_under_agents: bool = parameter(False, "whether a site on which somebody stands grows (and is eaten at once)")
    scales_at_edges: bool = parameter(False, "whether chances at the border refer to the cells that there are")
    num_apples: int = parameter(0, "apples on sites drawn at random at the start, beside those of the map", ge=0)
    ahead: int = parameter(9, "how far one sees ahead", unit="cells", ge=0, le=200)
    behind: int = parameter(1, "how far one sees behind", unit="cells", ge=0, le=200)
    left: int = parameter(5, "how far one sees to the left", unit="cells", ge=0, le=200)
    right: int = parameter(5, "how far one sees to the right", unit="cells", ge=0, le=200)
    turns: bool = parameter(True, "whether harvesters head somewhere and turn; if not all head north")
    beam: tuple[tuple[int, int, int], ...] = parameter(
        (), "rays of the beam: cells aside, first cell ahead, number of cells; []: no beam"
    )
    cooldown: int = parameter(0, "steps after a shot in which one cannot shoot", unit="steps", ge=0)
    time_out: int = parameter(0, "steps in which somebody who was hit is out", unit="steps", ge=0)
    end_from: int = parameter(0, "step from which on an episode can end by chance", unit="steps", ge=0)
    end_every: int = parameter(1, "steps between two such chances", unit="steps", ge=1)
    end_chance: float = parameter(0.0, "chance that it then ends; 0: never", ge=0, le=1)
    observation: Literal["window", "summary"] = parameter("window", "what one sees: the window, or it in a number")
    hearing: Literal["network", "sight"] = parameter(
        "network", "who hears whom: the network's, or those of them in sight"
    )
    num_others: int = parameter(0, "how many of the agents are of type other, with a learner of their own", ge=0)

    agent_types: ClassVar[tuple[str, ...]] = ("harvester", "other")
    default_learners: ClassVar[Mapping[str, str]] = {"other": "uniform_random"}
    source: ClassVar[str] = "Perolat et al. 2017, NeurIPS 30; Agapiou et al. 2022 (Melting Pot 2.0)"
    figure: ClassVar[Mapping[str, Any]] = {
        "series": "mean_stock",
        "series_label": "apples on the plane",
        "agent": "return",
        "agent_label": "apples taken",
    }

    def __init__(self, **values: Any) -> None:
        preset = values.get("preset", type(self).model_fields["preset"].default)
        if preset not in tuple(PRESETS):
            raise ParameterError(unknown("preset", preset, PRESETS))
        super().__init__(**opened({**PRESETS[preset], **values}))

    def model_post_init(self, context: Any) -> None:
        """Refuse a map, a table or a beam that cannot be."""
        self.drawn_map()
        faults = (check_probabilities("regrowth", self.regrowth), fault_in(self.beam))
        if fault := next(filter(None, faults), ""):
            raise ParameterError(fault)
        if self.beam and not self.turns:
            raise ParameterError("turns: false is not accepted with a beam; accepted: true, or beam = []")

    def replace(self, **values: Any) -> Harvest:
        """Return a copy with other values; with another preset, all that is not given is that preset's."""
        if values.get("preset", self.preset) != self.preset:
            kept = ("observation", "hearing", "num_others")
            return type(self)(**{**{name: getattr(self, name) for name in kept}, **values})
        return super().replace(**values)

    def drawn_map(self) -> Map:
        """Return the map, read and checked."""
        return read_map(self.map, SYMBOLS, MAPS)

    def counts(self, num_agents: int) -> dict[str, int]:
        """Return the others last."""
        if self.num_others > num_agents:
            raise ParameterError(f"num_others: {self.num_others} of {num_agents} agents; accepted: 0 to {num_agents}")
        return {"harvester": num_agents - self.num_others, "other": self.num_others}

    @property
    def num_actions(self) -> int:
        """Actions that there are: without a beam not to shoot, without turns neither to turn."""
        return FIRE + 1 if self.beam else FIRE if self.turns else TURN_LEFT

    def state(self, num_agents: int) -> Any:
        """Lay out the map with its apples; nobody is on it yet."""
        drawn = self.drawn_map()
        walls = drawn.symbols == "#"
        margin = max(margin_of(self.growth_radius), reach_of(self.beam))
        window = Window(self.ahead, self.behind, self.left, self.right)
        ground = plane(walls, num_agents, window, margin)
        starts, first = drawn.where("P*"), drawn.where("Q")
        if len(starts) + min(len(first), num_agents) < num_agents or not len(starts):
            raise ParameterError(
                f"map: {len(starts)} starting cells (P, *) and {len(first)} first ones (Q) for {num_agents} agents; "
                "accepted: at least one P, and as many in all as agents"
            )
        sites = cell_numbers(drawn.where("Aa*"), walls, margin)
        apples = cell_numbers(drawn.where("A"), walls, margin)
        if self.num_apples > max(0, len(sites) - len(apples) - num_agents):
            raise ParameterError(
                f"num_apples: {self.num_apples} do not fit; accepted: at most the {len(sites) - len(apples)} bare "
                f"sites less {num_agents} agents"
            )
        inside = np.pad(np.ones(walls.shape, bool), margin)
        growing = growth(self.regrowth, sites, inside, self.growth_radius, scales_at_edges=self.scales_at_edges)
        ground.things[apples] = APPLE
        ground.shown[ground.place[apples]] = APPLE
        growing.num_near[:] = near_counts((ground.things == APPLE).reshape(inside.shape), self.growth_radius).ravel()
        growing.num_goods[0] = len(apples)
        rules = Rules(
            *(self.turns, self.grows_under_agents, self.hearing == "network", self.num_apples),
            *(self.end_from, self.end_every, self.end_chance),
            start_cells=cell_numbers(starts, walls, margin),
            first_cells=cell_numbers(first, walls, margin),
            first_order=np.arange(max(len(first), 1)),
            chosen=np.zeros(num_agents, np.int64),
            time=np.zeros(1, np.int64),
            stock=np.full(1, len(apples)),
            exhausted_at=np.full(1, -1),
            has_ended=np.zeros(1, np.uint8),
            returns=np.zeros(num_agents),
            collected_at=np.zeros(num_agents),
            steps_out=np.zeros(num_agents, np.int64),
        )
        return joined(ground, beams(self.beam, self.cooldown, self.time_out, num_agents), growing, rules)

    def specification(self, agent_type: str, num_agents: int) -> Specification:
        """A harvester sees a window of codes, or its summary, and moves."""
        facts = {
            **{side: getattr(self, side) for side in Window._fields},
            "num_agents": num_agents,
            "discrete_by": "environment.observation=summary",
            "growth_radius": self.growth_radius,
            "beam": self.beam,
        }
        shape = Window(self.ahead, self.behind, self.left, self.right).shape
        seen = Box(0, 255, shape, "uint8") if self.observation == "window" else Discrete(NUM_SUMMARIES)
        return Specification(Discrete(self.num_actions, ACTIONS[: self.num_actions]), seen, facts)

    def columns(self, state: Any) -> dict[str, NDArray[Any]]:
        """Return what each has taken and how often it shot, hit and was out; and, the same for all, the stock."""
        return {
            "return": state.returns,
            "shots": state.num_shots,
            "hits": state.num_hits,
            "steps_out": state.steps_out,
            "stock": np.broadcast_to(state.stock, state.returns.shape),
        }

    def outcomes(self, state: Any) -> dict[str, NDArray[Any]]:
        """Return what the last episode of each run came to."""
        return outcomes_of(state)

    def frame(self, state: Any, row: int) -> Frame:
        """Return the picture of one replication."""
        return Frame(things_of(state, row), positions_of(state, row), state.heading[row])

    @staticmethod
    @compiled
    def initialise(env, network, stream):
        """Draw who starts where, and the apples that are not on the map."""
        begin(env, network, stream)

    @staticmethod
    @compiled
    def enter(env, network, i, stream):
        """A newcomer returns to a starting cell as soon as one is free."""
        if env.cell[i] < 0:
            env.out[i] = 1

    @staticmethod
    @compiled
    def observe(env, network, i, out=None):
        """Show the window, or return its summary."""
        if out is not None:
            look(env, i, out)
            return 0
        return summary(env, i)

    @staticmethod
    @compiled
    def audible(env, network, i, j):
        """Everybody on the network is heard, or those of them in sight."""
        return env.hears_all or sees(env, i, j)

    @staticmethod
    @compiled
    def advance(env, network, actions, rewards, stream):
        """Everyone moves and shoots, those who were hit return, apples grow."""
        step(env, network, actions, rewards, stream)

    @staticmethod
    @compiled
    def done(env):
        """Return 0 once the episode has ended by chance."""
        return 0 if env.has_ended[0] else -1


def scenario(preset: str = "melting_pot_open") -> Scenario:
    """Return harvesters who act at random for a thousand steps, under published rules.

    Examples
    --------
    >>> scenario("perolat_2017").network.spec
    'complete:n=12'
    """
    environment = Harvest(preset=preset)
    return Scenario(environment, "uniform_random", f"complete:n={NUM_AGENTS[preset]}", 1000, METRICS)


def small() -> Scenario:
    """Return three harvesters on a little map."""
    tiny = "###########\n#AA..A..PP#\n#AAA...aP*#\n#.A.##.Q.P#\n###########"
    environment = Harvest(
        map=tiny, regrowth=(0.01, 0.1, 0.2, 0.5), time_out=2, cooldown=1, ahead=3, left=2, right=2, num_others=1
    )
    return Scenario(environment, "uniform_random", "complete:n=3", 40, METRICS)
