"""Neighbours of a river and an orchard: apples grow only while somebody cleans the river (Clean Up).

Waste gathers in a river, and apples grow on the sites of an orchard away from it, at a rate that falls with the share w
of the river that waste covers. Everybody eats the apples; who cleans has to leave the orchard to do it. The clean river
is a **public good** that is paid for in time ([Hughes2018]_). A bare site grows an apple in a step with probability

    p(w) = p_max min(1, (w_0 - w) / (w_0 - w_1)),    0 where w >= w_0,

w_0 the **depletion**, w_1 the **restoration** threshold. A step is

    1. apples grow, all sites at once, and waste appears by chance on one clean cell of the river; both go by the waste
       at the end of the step before;
    2. everyone steps or turns, one after the other in an order drawn anew; who steps on an apple has it (reward 1);
    3. everyone cleans who wants to: each ray of the beam takes away the first waste that it meets; all at once, so that
       two can clean the same cell and both have done it;
    4. everyone shoots who wants to, and who is hit is out for a while, or fined;
    5. those whose time is over return to a free starting cell.

Agents walk through river and waste. They see a window that turns with them, `socialsim.grids.codes` in uint8, or, for
tables, where apples and waste are as one of 50 numbers (`socialsim.environments.clean_up.mechanics.summary`).

**Two ends.** Both published rivers begin with w > w_0: if nobody cleans, nobody ever eats. A river that is soiled with
chance q a step stays as it is where q pieces of waste a step are cleaned; a group that keeps it clean lives beside an
orchard that yields up to p_max num_sites apples a step (6.1 under the rules of Melting Pot), whoever did the cleaning.

The four numbers of [Perolat2017]_, section 3.2 (see `socialsim.metrics.commons`), are taken of apples; fines count in
``return`` alone. The rule sets of the literature are presets: `socialsim.environments.clean_up.presets`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.errors import ParameterError, unknown
from socialsim.core.parameters import parameter
from socialsim.engine.interface import Box, Discrete, Environment, Specification, constant
from socialsim.engine.scenario import Scenario
from socialsim.environments.clean_up.maps import MAPS
from socialsim.environments.clean_up.measures import METRICS, outcomes_of
from socialsim.environments.clean_up.mechanics import begin, step, summary
from socialsim.environments.clean_up.presets import NUM_AGENTS, PRESETS
from socialsim.grids.beams import beams, fault_in, reach_of
from socialsim.grids.codes import ACTIONS, APPLE, RIVER, WASTE
from socialsim.grids.frame import Frame
from socialsim.grids.maps import Map, opened, read_map
from socialsim.grids.plane import Window, cell_numbers, joined, look, plane, positions_of, sees, things_of

SYMBOLS = "AaPWRS"
THINGS = {"A": APPLE, "W": WASTE, "R": RIVER, "S": RIVER}
RULES = (
    *("depletion", "restoration", "grows_under_agents", "waste_chance", "waste_delay", "waste_stops"),
    *("cleaning_cooldown", "cleans_past_agents", "shot_cost", "fine", "end_from", "end_every", "end_chance"),
)
NUM_SUMMARIES = 50


class Rules(NamedTuple):
    """The fields of the public good beside those of its plane and its beams."""

    hears_all: bool
    depletion: float
    restoration: float
    grows_under_agents: bool
    growth_scale: float  # 1 / log(1 - p_max)
    waste_chance: float
    waste_delay: int
    waste_stops: bool
    cleaning_cooldown: int
    cleans_past_agents: bool
    shot_cost: float
    fine: float
    end_from: int
    end_every: int
    end_chance: float
    start_cells: NDArray[np.int64]  # constant
    sites: NDArray[np.int64]  # (num_sites,): cells of the orchard; constant
    waste_cells: NDArray[np.int64]  # cells of the river on which waste can appear; constant
    cleaning_rays: NDArray[np.int64]  # (num_rays, 3): aside, first, length; constant
    skip: NDArray[np.int64]  # (1,): sites before the next one that may grow
    chosen: NDArray[np.int64]  # (num_agents,): the action that each takes
    cleaning_waiting: NDArray[np.int64]  # (num_agents,): steps before one can clean again
    washed: NDArray[np.int64]  # cells whose waste is hit in this step, the first num_washed
    num_washed: NDArray[np.int64]  # (1,)
    time: NDArray[np.int64]  # (1,), steps of the episode so far
    stock: NDArray[np.int64]  # (1,), apples on the plane
    num_waste: NDArray[np.int64]  # (1,), cells with waste
    waste_sum: NDArray[np.float64]  # (1,), sum over steps of the share of waste at their end
    has_ended: NDArray[np.uint8]  # (1,)
    returns: NDArray[np.float64]  # (num_agents,), sum of rewards
    apples: NDArray[np.int64]  # (num_agents,), taken
    collected_at: NDArray[np.float64]  # (num_agents,), sum of the steps at which they were taken, the first being 1
    steps_out: NDArray[np.int64]  # (num_agents,)
    num_cleanings: NDArray[np.int64]  # (num_agents,), shots of the cleaning beam
    num_cleaned: NDArray[np.int64]  # (num_agents,), pieces of waste that they hit


class CleanUp(Environment):
    """A river, an orchard, those who live there, and the rules.

    Choosing a preset sets every rule; what is given beside it departs from it.

    Examples
    --------
    >>> CleanUp().cooldown, CleanUp(preset="hughes_2018", fine=10.0).shot_cost
    (10, 1.0)
    >>> CleanUp(restoration=0.5)
    Traceback (most recent call last):
        ...
    socialsim.core.errors.ParameterError: restoration: 0.5 is not accepted; accepted: less than depletion, 0.4
    """

    preset: str = parameter("melting_pot", "the published rules that are the defaults of all others")
    map: str = parameter(
        "", "a map's name, a .txt file, or the map: # wall, A apple, a bare site, W waste, R river, S stream, P start"
    )
    growth_rate: float = parameter(
        0.05, "chance that a bare site grows an apple where the river is clean", unit="per step", ge=0, le=1
    )
    depletion: float = parameter(0.4, "share of waste from which on no apple grows", gt=0, le=1)
    restoration: float = parameter(0.0, "share of waste up to which apples grow at the full rate", ge=0, lt=1)
    grows_under_agents: bool = parameter(True, "whether a site on which somebody stands grows (and is eaten at once)")
    waste_chance: float = parameter(
        0.5, "chance that waste appears on one clean cell of the river", unit="per step", ge=0, le=1
    )
    waste_delay: int = parameter(50, "steps before the first waste appears", unit="steps", ge=0)
    waste_stops: bool = parameter(False, "whether no more waste appears once there is too much for apples")
    cleaning_beam: tuple[tuple[int, int, int], ...] = parameter(
        (), "rays of the cleaning beam: cells aside, first cell ahead, number of cells"
    )
    cleaning_cooldown: int = parameter(2, "steps after cleaning in which one cannot clean", unit="steps", ge=0)
    cleans_past_agents: bool = parameter(True, "whether the cleaning beam goes on behind agents")
    beam: tuple[tuple[int, int, int], ...] = parameter((), "rays of the beam against agents; []: no beam")
    cooldown: int = parameter(10, "steps after a shot in which one cannot shoot", unit="steps", ge=0)
    time_out: int = parameter(51, "steps in which somebody who was hit is out; 0: hits send nobody off", ge=0)
    shot_cost: float = parameter(0.0, "what a shot at others costs the shooter", unit="reward", ge=0)
    fine: float = parameter(0.0, "what a hit costs who is hit", unit="reward", ge=0)
    ahead: int = parameter(9, "how far one sees ahead", unit="cells", ge=0, le=200)
    behind: int = parameter(1, "how far one sees behind", unit="cells", ge=0, le=200)
    left: int = parameter(5, "how far one sees to the left", unit="cells", ge=0, le=200)
    right: int = parameter(5, "how far one sees to the right", unit="cells", ge=0, le=200)
    end_from: int = parameter(1099, "step from which on an episode can end by chance", unit="steps", ge=0)
    end_every: int = parameter(100, "steps between two such chances", unit="steps", ge=1)
    end_chance: float = parameter(0.2, "chance that it then ends; 0: never", ge=0, le=1)
    observation: Literal["window", "summary"] = parameter("window", "what one sees: the window, or it in a number")
    hearing: Literal["network", "sight"] = parameter(
        "network", "who hears whom: the network's, or those of them in sight"
    )
    num_others: int = parameter(0, "how many of the agents are of type other, with a learner of their own", ge=0)

    agent_types: ClassVar[tuple[str, ...]] = ("neighbour", "other")
    default_learners: ClassVar[Mapping[str, str]] = {"other": "uniform_random"}
    source: ClassVar[str] = "Hughes et al. 2018, NeurIPS 31; Agapiou et al. 2022 (Melting Pot 2.0)"
    figure: ClassVar[Mapping[str, Any]] = {
        "series": "mean_waste_share",
        "series_label": "share of waste in the river",
        "agent": "apples",
        "agent_label": "apples taken",
    }

    def __init__(self, **values: Any) -> None:
        preset = values.get("preset", type(self).model_fields["preset"].default)
        if preset not in tuple(PRESETS):
            raise ParameterError(unknown("preset", preset, PRESETS))
        super().__init__(**opened({**PRESETS[preset], **values}))

    def model_post_init(self, context: Any) -> None:
        """Refuse a map, thresholds or a beam that cannot be."""
        self.drawn_map()
        if self.restoration >= self.depletion:
            raise ParameterError(
                f"restoration: {self.restoration} is not accepted; accepted: less than depletion, {self.depletion}"
            )
        if not self.cleaning_beam:
            raise ParameterError("cleaning_beam: [] is not accepted; accepted: one or more rays")
        cleaning_fault = fault_in(self.cleaning_beam)
        if fault := fault_in(self.beam) or (f"cleaning_{cleaning_fault}" if cleaning_fault else ""):
            raise ParameterError(fault)

    def replace(self, **values: Any) -> CleanUp:
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
        return {"neighbour": num_agents - self.num_others, "other": self.num_others}

    def state(self, num_agents: int) -> Any:
        """Lay out the river and the orchard; nobody is there yet."""
        drawn = self.drawn_map()
        walls, starts = drawn.symbols == "#", drawn.where("P")
        if len(starts) < num_agents:
            raise ParameterError(
                f"map: {len(starts)} starting cells (P) for {num_agents} agents; accepted: as many as agents"
            )
        margin = max(reach_of(self.beam), reach_of(self.cleaning_beam))
        ground = plane(walls, num_agents, Window(self.ahead, self.behind, self.left, self.right), margin)
        for symbol, code in THINGS.items():
            cells = cell_numbers(drawn.where(symbol), walls, margin)
            ground.things[cells] = code
            ground.shown[ground.place[cells]] = code
        rays = np.array(self.cleaning_beam, np.int64)
        tagging = beams(self.beam, self.cooldown, self.time_out, num_agents)
        longest = max(sum(ray[2] for ray in shape) for shape in (self.beam, self.cleaning_beam))
        rate = self.growth_rate
        rules = Rules(
            hears_all=self.hearing == "network",
            **{name: getattr(self, name) for name in RULES},
            growth_scale=-math.inf if rate == 0 else 0.0 if rate == 1 else 1.0 / math.log1p(-rate),
            start_cells=cell_numbers(starts, walls, margin),
            sites=cell_numbers(drawn.where("Aa"), walls, margin),
            waste_cells=cell_numbers(drawn.where("WR"), walls, margin),
            cleaning_rays=constant(rays),
            skip=np.zeros(1, np.int64),
            chosen=np.zeros(num_agents, np.int64),
            cleaning_waiting=np.zeros(num_agents, np.int64),
            washed=np.zeros(num_agents * len(rays), np.int64),
            num_washed=np.zeros(1, np.int64),
            time=np.zeros(1, np.int64),
            stock=np.full(1, len(drawn.where("A"))),
            num_waste=np.full(1, len(drawn.where("W"))),
            waste_sum=np.zeros(1),
            has_ended=np.zeros(1, np.uint8),
            returns=np.zeros(num_agents),
            apples=np.zeros(num_agents, np.int64),
            collected_at=np.zeros(num_agents),
            steps_out=np.zeros(num_agents, np.int64),
            num_cleanings=np.zeros(num_agents, np.int64),
            num_cleaned=np.zeros(num_agents, np.int64),
        )
        return joined(ground, tagging._replace(lit=np.zeros(num_agents * longest, np.int64)), rules)

    def specification(self, agent_type: str, num_agents: int) -> Specification:
        """One sees a window of codes, or its summary, and moves, shoots or cleans."""
        window = Window(self.ahead, self.behind, self.left, self.right)
        facts = {
            **window._asdict(),
            "num_agents": num_agents,
            "discrete_by": "environment.observation=summary",
            "beam": self.beam,
            "cleaning_beam": self.cleaning_beam,
        }
        seen = Box(0, 255, window.shape, "uint8") if self.observation == "window" else Discrete(NUM_SUMMARIES)
        return Specification(Discrete(len(ACTIONS), ACTIONS), seen, facts)

    def columns(self, state: Any) -> dict[str, NDArray[Any]]:
        """Return what each took, gave and suffered; and, the same for all, the state of the river and the orchard."""
        size = max(len(state.waste_cells), 1)
        return {
            "return": state.returns,
            "apples": state.apples,
            "cleanings": state.num_cleanings,
            "cleaned": state.num_cleaned,
            "shots": state.num_shots,
            "hits": state.num_hits,
            "steps_out": state.steps_out,
            "waste_share": np.broadcast_to(state.num_waste / size, state.returns.shape),
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
        """Draw who starts where."""
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
        """Apples grow and waste appears; everyone moves, cleans and shoots; those who were hit return."""
        step(env, network, actions, rewards, stream)

    @staticmethod
    @compiled
    def done(env):
        """Return 0 once the episode has ended by chance."""
        return 0 if env.has_ended[0] else -1


def scenario(preset: str = "melting_pot") -> Scenario:
    """Return agents who act at random for a thousand steps, under published rules.

    Examples
    --------
    >>> scenario("hughes_2018").network.spec
    'complete:n=5'
    """
    environment = CleanUp(preset=preset)
    return Scenario(environment, "uniform_random", f"complete:n={NUM_AGENTS[preset]}", 1000, METRICS)


def small() -> Scenario:
    """Return three neighbours of a little river who act at random."""
    tiny = "#########\n#WR..PaA#\n#RWS.P.a#\n#W.R.Paa#\n#########"
    environment = CleanUp(
        map=tiny, growth_rate=0.3, depletion=0.9, waste_delay=5, time_out=2, cooldown=1, ahead=3, left=2, right=2
    )
    return Scenario(environment, "uniform_random", "complete:n=3", 40, METRICS)
