"""Two gatherers of apples that come back, and a beam that tags (Gathering).

Apples lie in the middle of a field. One that is taken comes back N_apple steps later. A gatherer can shoot along its
heading; who is hit twice is **tagged** and out for N_tagged steps, in which the other has the apples to itself. Nothing
is paid for tagging: the only reason to do it is competition ([Leibo2017]_, section 4.2). A step is

    1. everyone steps or turns, one after the other in an order drawn anew; who steps on an apple has it (reward 1);
    2. apples that were taken N_apple steps ago come back; who stands there has them at once;
    3. everyone shoots who wants to, all from where they stand then; a beam ends at the first agent or wall, and who has
       been hit often enough since it was last tagged is out;
    4. those whose time is over return to a free starting cell.

A gatherer sees a window that turns with it, `socialsim.grids.codes` in uint8, or, for tables, the nearest apple in it
and the others as one of 15 numbers (`summary`).

**Abundance.** A site yields at most one apple in N_apple steps and a gatherer takes at most one in a step, so that n of
them take at most min(n, num_sites / N_apple) a step. Where N_apple <= num_sites / n the field could feed them all
without a wait, and tagging gains nothing; the scarcer apples are, the more there is to gain from being alone with them.
[Leibo2017]_ report that agents who learn shoot the more, the longer apples take to return (figure 4); their measure,
the share of steps in which one shoots, is here called **aggressiveness**.

The other numbers are those of [Perolat2017]_, section 3.2 (see `socialsim.metrics.commons`).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.errors import ParameterError
from socialsim.core.estimate import Estimate
from socialsim.core.parameters import parameter
from socialsim.core.result import Result
from socialsim.core.streams import integer
from socialsim.engine.interface import Box, Discrete, Environment, Specification
from socialsim.engine.links import is_absent, is_away
from socialsim.engine.scenario import Scenario
from socialsim.grids.beams import (
    beams,
    clear_beams,
    fault_in,
    is_in_reach,
    reach_of,
    return_agents,
    send_off,
    shoot_all,
)
from socialsim.grids.codes import ACTIONS, APPLE, EMPTY, FIRE, STAY
from socialsim.grids.frame import Frame
from socialsim.grids.maps import Map, opened, read_map
from socialsim.grids.moves import walk
from socialsim.grids.nearest import direction_of
from socialsim.grids.plane import (
    Window,
    cell_numbers,
    free_cell,
    joined,
    lay,
    look,
    place_agent,
    plane,
    positions_of,
    sees,
    shuffle,
    take_off,
    things_of,
)
from socialsim.metrics import commons
from socialsim.metrics.estimates import mean

SYMBOLS = "AP"
NUM_SUMMARIES = 15
APPLE_ROWS = {3: "A", 4: "AAA", 5: "AAAAA", 6: "AAA", 7: "A"}
LEIBO_2017 = "\n".join(
    ("P" if row == 5 else ".") + APPLE_ROWS.get(row, "").center(29, ".") + ("P" if row == 5 else ".")
    for row in range(11)
)
MAPS = {"leibo_2017": LEIBO_2017}


class Rules(NamedTuple):
    """The fields of the game beside those of its plane and its beams."""

    hears_all: bool
    apple_delay: int
    hits_to_tag: int
    start_cells: NDArray[np.int64]  # constant
    sites: NDArray[np.int64]  # (num_sites,): cells of apples; constant
    due_at: NDArray[np.int64]  # (num_cells,): step in which the apple of a cell comes back; 0 for none taken
    chosen: NDArray[np.int64]  # (num_agents,): the action that each takes
    marks: NDArray[np.int64]  # (num_agents,): hits since it was last tagged
    time: NDArray[np.int64]  # (1,), steps so far
    stock: NDArray[np.int64]  # (1,), apples on the plane
    returns: NDArray[np.float64]  # (num_agents,), apples taken
    steps_out: NDArray[np.int64]  # (num_agents,)
    num_tagged: NDArray[np.int64]  # (num_agents,), how often each was tagged


class Gathering(Environment):
    """Gatherers, apples that come back, and a beam.

    Examples
    --------
    >>> Gathering(apple_delay=5).hits_to_tag
    2
    >>> Gathering(beam=())
    Traceback (most recent call last):
        ...
    socialsim.core.errors.ParameterError: beam: [] is not accepted; accepted: one or more rays
    """

    map: str = parameter("leibo_2017", "a map's name, a .txt file, or the map: # wall, A apple, P start")
    apple_delay: int = parameter(15, "steps from taking an apple to its return (N_apple)", unit="steps", ge=1)
    time_out: int = parameter(25, "steps in which somebody who was tagged is out (N_tagged)", unit="steps", ge=0)
    hits_to_tag: int = parameter(2, "hits that tag", ge=1)
    beam: tuple[tuple[int, int, int], ...] = parameter(
        ((0, 1, 30),), "rays of the beam: cells aside, first cell ahead, number of cells"
    )
    cooldown: int = parameter(0, "steps after a shot in which one cannot shoot", unit="steps", ge=0)
    ahead: int = parameter(15, "how far one sees ahead", unit="cells", ge=0, le=200)
    behind: int = parameter(0, "how far one sees behind", unit="cells", ge=0, le=200)
    left: int = parameter(10, "how far one sees to the left", unit="cells", ge=0, le=200)
    right: int = parameter(10, "how far one sees to the right", unit="cells", ge=0, le=200)
    observation: Literal["window", "summary"] = parameter("window", "what one sees: the window, or it in a number")
    hearing: Literal["network", "sight"] = parameter("network", "who hears whom: the network's, or those in sight")
    num_others: int = parameter(0, "how many of the agents are of type other, with a learner of their own", ge=0)

    agent_types: ClassVar[tuple[str, ...]] = ("gatherer", "other")
    default_learners: ClassVar[Mapping[str, str]] = {"other": "uniform_random"}
    source: ClassVar[str] = "Leibo et al. 2017, AAMAS 16, 464-473"
    figure: ClassVar[Mapping[str, Any]] = {
        "series": "mean_stock",
        "series_label": "apples on the plane",
        "agent": "return",
        "agent_label": "apples taken",
    }

    def __init__(self, **values: Any) -> None:
        super().__init__(**opened(values))

    def model_post_init(self, context: Any) -> None:
        """Refuse a map or a beam that cannot be."""
        self.drawn_map()
        if fault := fault_in(self.beam) if self.beam else "beam: [] is not accepted; accepted: one or more rays":
            raise ParameterError(fault)

    def drawn_map(self) -> Map:
        """Return the map, read and checked."""
        return read_map(self.map, SYMBOLS, MAPS)

    def counts(self, num_agents: int) -> dict[str, int]:
        """Return the others last."""
        if self.num_others > num_agents:
            raise ParameterError(f"num_others: {self.num_others} of {num_agents} agents; accepted: 0 to {num_agents}")
        return {"gatherer": num_agents - self.num_others, "other": self.num_others}

    def state(self, num_agents: int) -> Any:
        """Lay out the field with its apples; nobody is on it yet."""
        drawn = self.drawn_map()
        walls, starts = drawn.symbols == "#", drawn.where("P")
        if len(starts) < num_agents:
            raise ParameterError(
                f"map: {len(starts)} starting cells (P) for {num_agents} agents; accepted: as many as agents"
            )
        margin = reach_of(self.beam)
        ground = plane(walls, num_agents, Window(self.ahead, self.behind, self.left, self.right), margin)
        sites = cell_numbers(drawn.where("A"), walls, margin)
        ground.things[sites] = APPLE
        ground.shown[ground.place[sites]] = APPLE
        rules = Rules(
            *(self.hearing == "network", self.apple_delay, self.hits_to_tag),
            start_cells=cell_numbers(starts, walls, margin),
            sites=sites,
            due_at=np.zeros(ground.things.size, np.int64),
            chosen=np.zeros(num_agents, np.int64),
            marks=np.zeros(num_agents, np.int64),
            time=np.zeros(1, np.int64),
            stock=np.full(1, len(sites)),
            returns=np.zeros(num_agents),
            steps_out=np.zeros(num_agents, np.int64),
            num_tagged=np.zeros(num_agents, np.int64),
        )
        return joined(ground, beams(self.beam, self.cooldown, self.time_out, num_agents), rules)

    def specification(self, agent_type: str, num_agents: int) -> Specification:
        """A gatherer sees a window of codes, or its summary, moves and shoots."""
        window = Window(self.ahead, self.behind, self.left, self.right)
        facts = {**window._asdict(), "num_agents": num_agents, "beam": self.beam}
        seen = Box(0, 255, window.shape, "uint8") if self.observation == "window" else Discrete(NUM_SUMMARIES)
        return Specification(Discrete(FIRE + 1, ACTIONS[: FIRE + 1]), seen, facts)

    def columns(self, state: Any) -> dict[str, NDArray[Any]]:
        """Return what each has taken and how often it shot, hit, was tagged and was out; and, for all, the stock."""
        return {
            "return": state.returns,
            "shots": state.num_shots,
            "hits": state.num_hits,
            "tagged": state.num_tagged,
            "steps_out": state.steps_out,
            "stock": np.broadcast_to(state.stock, state.returns.shape),
        }

    def outcomes(self, state: Any) -> dict[str, NDArray[Any]]:
        """Return what each run has come to."""
        has_begun = state.time[:, 0] > 0
        steps = np.where(has_begun, state.time[:, 0], 1)
        present = np.maximum(state.returns.shape[1] * steps - state.steps_out.sum(axis=1), 1)
        return {
            "apples": state.returns.sum(axis=1),
            "efficiency": np.where(has_begun, commons.efficiency(state.returns, steps), math.nan),
            "equality": commons.equality(state.returns),
            "peace": np.where(has_begun, commons.peace(state.steps_out, steps), math.nan),
            "aggressiveness": np.where(has_begun, state.num_shots.sum(axis=1) / present, math.nan),
            "hits": state.num_hits.sum(axis=1),
            "tags": state.num_tagged.sum(axis=1),
        }

    def frame(self, state: Any, row: int) -> Frame:
        """Return the picture of one replication."""
        return Frame(things_of(state, row), positions_of(state, row), state.heading[row])

    @staticmethod
    @compiled
    def initialise(env, network, stream):
        """Put everyone on a starting cell, heading anywhere; who has left stays away."""
        for i in range(env.cell.shape[0]):
            if not is_absent(network, i):
                place_agent(env, i, free_cell(env, env.start_cells, stream), integer(stream, 4))

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
        """Everyone moves, apples come back, everyone shoots, those who were tagged return."""
        for i in range(actions.shape[0]):
            rewards[i] = 0.0
        clear_beams(env)
        choose(env, network, actions)
        shuffle(env.order, stream)
        for k in range(actions.shape[0]):
            i = env.order[k]
            if walk(env, i, env.chosen[i]) and env.things[env.cell[i]] == APPLE:
                take(env, i, rewards)
        bring_back(env, network, rewards)
        shoot_all(env, env.chosen)
        tag(env)
        return_agents(env, env.start_cells, stream)
        env.time[0] += 1
        for i in range(actions.shape[0]):
            env.steps_out[i] += env.cell[i] < 0


@compiled
def choose(env, network, actions):
    """Take over what everyone wants to do; agents that are away want nothing, and those that have left leave."""
    for i in range(actions.shape[0]):
        env.chosen[i] = actions[i]
        if is_away(network, i):
            env.chosen[i] = STAY
            if is_absent(network, i):
                take_off(env, i)
                env.out[i] = 0


@compiled
def take(env, i, rewards):
    """Let agent i take the apple of its cell."""
    cell = env.cell[i]
    env.things[cell] = EMPTY
    env.stock[0] -= 1
    env.due_at[cell] = env.time[0] + 1 + env.apple_delay
    rewards[i] += 1.0
    env.returns[i] += 1.0


@compiled
def bring_back(env, network, rewards):
    """Let the apples come back that are due; who stands there takes them."""
    now = env.time[0] + 1
    for k in range(env.sites.shape[0]):
        cell = env.sites[k]
        if env.due_at[cell] == now:
            env.due_at[cell] = 0
            env.stock[0] += 1
            lay(env, cell, APPLE)
            i = env.occupant[cell]
            if i >= 0 and not is_away(network, i):
                take(env, i, rewards)


@compiled
def tag(env):
    """Add up hits; who has enough of them leaves the plane."""
    for i in range(env.marks.shape[0]):
        env.marks[i] += env.is_hit[i]
        env.is_hit[i] = 0
        if env.marks[i] >= env.hits_to_tag:
            env.marks[i] = 0
            env.num_tagged[i] += 1
            send_off(env, i)


@compiled
def summary(env, i):
    """Return what agent i sees as one number: where the nearest apple is, and whether others are in sight or reach.

        o = 3 apple + others

    apple: 0 none in sight, 1 ahead, 2 right, 3 behind, 4 left; others: 0 nobody in sight, 1 somebody in sight, 2 the
    beam would hit somebody.
    """
    if env.cell[i] < 0:
        return 0
    others = 0
    for j in range(env.cell.shape[0]):
        if j != i and sees(env, i, j):
            others = 1
    if is_in_reach(env, i):
        others = 2
    return 3 * direction_of(env, i, APPLE) + others


# --- Metrics ---------------------------------------------------------------------------------------------------


def apples(result: Result) -> Estimate:
    """Mean number of apples that all took."""
    return mean(result.runs.apples)


def efficiency(result: Result) -> Estimate:
    """Apples that all took a step (U)."""
    return mean(result.runs.efficiency)


def equality(result: Result) -> Estimate:
    """One minus the Gini coefficient of what each took (E)."""
    return mean(result.runs.equality.dropna())


def peace(result: Result) -> Estimate:
    """Mean number of gatherers that were not out (P)."""
    return mean(result.runs.peace)


def aggressiveness(result: Result) -> Estimate:
    """Share of their steps on the plane in which gatherers shot."""
    return mean(result.runs.aggressiveness)


def tags(result: Result) -> Estimate:
    """Mean number of times that somebody was tagged."""
    return mean(result.runs.tags)


METRICS = (apples, efficiency, equality, peace, aggressiveness, tags)


def scenario() -> Scenario:
    """Return two gatherers who act at random for a thousand steps.

    Examples
    --------
    >>> scenario().network.spec
    'complete:n=2'
    """
    return Scenario(Gathering(), "uniform_random", "complete:n=2", 1000, METRICS)


def small() -> Scenario:
    """Return three gatherers on a little field."""
    tiny = "P.A..\n.AAAP\nP.A#."
    environment = Gathering(map=tiny, apple_delay=3, time_out=2, beam=((0, 1, 4),))
    return Scenario(environment, "uniform_random", "complete:n=3", 40, METRICS)
