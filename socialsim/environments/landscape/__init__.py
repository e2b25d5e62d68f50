"""Scientists who search a landscape of approaches (epistemic landscapes and the division of cognitive labour).

A field of research is a torus of patches, each an approach to the same question, and the height of a patch is the
**significance** of what the approach brings to light (`socialsim.environments.landscape.terrain`). N scientists start
somewhere on the plane around the hills. A scientist has a place, a heading and the memory of how significant the patch
was from which the last move led here. A patch on which somebody has been is **visited**, and its significance known to
all on the eight neighbouring patches. In every step a scientist sees four things:

    trend     is this patch less, equally or more significant than the one before?            -1, 0, 1
    best      is the best visited neighbour less (or is none visited), equally or more?       -1, 0, 1
    open      is any of the eight neighbours unvisited?                                        0, 1
    ahead     is the patch at distance one straight ahead unvisited?                           0, 1

which are the 36 observations 12 (trend + 1) + 4 (best + 1) + 2 open + ahead, and does one of six things:

    stay;    go ahead;    turn, that is go in a random direction;    go back and face a random direction;
    follow: go towards the best visited neighbour;    explore: go towards an unvisited neighbour;

ties at random. Where there is no such neighbour one stays. Every move is one patch long and every place on a patch is
possible, as in the program of [Weisberg2009]_: headings are whole degrees, or what points to the middle of the
neighbour, which a move across a corner may miss. Going back keeps the memory, so that the trend is level then. All see
before anybody moves: the program, too, marks once a step what has been visited. The payoff of a step is the
significance of the patch on which it ends.

The strategies are learners, `socialsim.learning.searchers`: **controls** climb alone, **followers** go where others
have found something better, **mavericks** go where nobody has been. Any other learner of 36 observations and six
actions can search as well. Nobody hears anybody: what one sees of others is on the landscape, and the network only says
how many scientists there are.

**Epistemic progress** is the share of the patches of significance above zero that have been visited. A patch counts as
discovered by the first who comes to it, in the order of the rows if several come at once. Source:
[Weisberg2009]_ (Philosophy of Science 76:225-252); [Alexander2015]_ (Philosophy of Science 82:424-453) for what
was wrong with its followers.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.errors import ParameterError
from socialsim.core.parameters import parameter
from socialsim.core.streams import integer
from socialsim.engine.interface import Discrete, Environment, Specification, constant
from socialsim.engine.links import is_away
from socialsim.engine.scenario import Scenario
from socialsim.environments.landscape.measures import METRICS
from socialsim.environments.landscape.terrain import DIRECTIONS, FEWEST, check_hills, hilly, peaks, random_hills, read
from socialsim.metrics.diversity import hill_number

TWO_HILLS = ((25.0, 25.0, 0.75, 0.02, 0.01, 0.02), (-5.0, -5.0, 0.70, 0.01, 0.01, 0.01))
MOVES = ("stay", "ahead", "turn", "back", "follow", "explore")
STAY, AHEAD, TURN, BACK, FOLLOW, EXPLORE = range(6)
SIGHTS = tuple(itertools.product((-1, 0, 1), (-1, 0, 1), (0, 1), (0, 1)))  # (trend, best, open, ahead)
PICK = [[d for d in range(8) if mask >> d & 1] for mask in range(256)]  # the directions in a set of them


class State(NamedTuple):
    """The landscape, what has been visited of it, and who is where. A set of directions is a byte, one bit each."""

    num_columns: int
    num_rows: int
    num_peaks: int
    until_peaks: int
    significance: NDArray[np.float64]  # (num_patches,), row after row
    is_peak: NDArray[np.uint8]  # (num_patches,)
    starts: NDArray[np.int64]  # patches on which scientists may start
    row_step: NDArray[np.int64]  # (8,)
    column_step: NDArray[np.int64]  # (8,)
    size_of: NDArray[np.int64]  # (256,), number of directions in a set
    pick: NDArray[np.int64]  # (256, 8), the directions in a set
    compass: NDArray[np.float64]  # (360, 2), x and y of headings of whole degrees
    visited: NDArray[np.uint8]  # (num_patches,)
    unvisited: NDArray[np.uint8]  # (num_patches,), set of directions of unvisited neighbours
    best: NDArray[np.uint8]  # (num_patches,), set of directions of the best visited neighbours
    standing: NDArray[np.uint8]  # (num_patches,), the best visited neighbour: 0 lower or none, 1 level, 2 higher
    step: NDArray[np.int64]  # (1,)
    num_visited: NDArray[np.int64]  # (1,)
    num_discovered: NDArray[np.int64]  # (1,), visited patches of significance above zero
    num_peaks_found: NDArray[np.int64]  # (1,)
    peaks_step: NDArray[np.int64]  # (1,), step at which the last peak was found, -1 before
    patch: NDArray[np.int64]  # (num_agents,), where each scientist is
    x: NDArray[np.float64]  # (num_agents,), in [0, num_columns) [patches]
    y: NDArray[np.float64]  # (num_agents,), in [0, num_rows) [patches]
    heading_x: NDArray[np.float64]  # (num_agents,), with heading_y a vector of length one
    heading_y: NDArray[np.float64]  # (num_agents,)
    previous: NDArray[np.float64]  # (num_agents,), significance of the patch from which the last move led here
    discoveries: NDArray[np.int64]  # (num_agents,), significant patches that this agent was the first to visit


class Landscape(Environment):
    """A torus of approaches, and scientists of three strategies who search it.

    Examples
    --------
    >>> Landscape(num_controls=5, num_mavericks=10).counts(100)
    {'control': 5, 'follower': 85, 'maverick': 10}
    """

    num_controls: int = parameter(0, "how many scientists search alone", ge=0)
    num_mavericks: int = parameter(10, "how many go where nobody has been; all others are followers", ge=0)
    size: int = parameter(101, "patches along each side", unit="patches", ge=FEWEST, le=1000)
    hills: tuple[tuple[float, ...], ...] = parameter(
        TWO_HILLS, "x0, y0, height, a, b, c of each hill; the middle is (0, 0)"
    )
    num_random_hills: int = parameter(0, "random hills, in place of `hills` if there are any", ge=0, le=10_000)
    landscape_seed: int = parameter(1, "seed of the random hills, the same in all replications", ge=0)
    resolution: float = parameter(0.001, "significance is cut down to a multiple of this", unit="significance", gt=0)
    file: str = parameter("", "text file of numbers, a row of patches a line, in place of all hills")
    start_below: float = parameter(
        0.01, "scientists start on patches less than this above the lowest", unit="significance", gt=0
    )
    until_peaks: bool = parameter(False, "whether a run ends when all peaks have been visited")

    agent_types: ClassVar[tuple[str, ...]] = ("control", "follower", "maverick")
    default_learners: ClassVar[Mapping[str, str]] = {name: name for name in agent_types}
    source: ClassVar[str] = "Weisberg & Muldoon 2009, Philosophy of Science 76:225-252"
    figure: ClassVar[Mapping[str, Any]] = {
        "series": "mean_discoveries",
        "series_label": "significant approaches found, per head",
        "agent": "significance",
        "agent_label": "significance of the approach",
        "verdicts": {"1": "all peaks found"},
    }

    def model_post_init(self, context: Any) -> None:
        """Refuse hills that are none, a landscape that cannot be read, and one without anything to find."""
        check_hills(self.hills)
        if not (self.significance() > 0).any():
            name = "file" if self.file else "num_random_hills" if self.num_random_hills else "hills"
            raise ParameterError(
                f"{name}: {getattr(self, name)!r} leaves no significance above 0; accepted: at least one patch above 0"
            )

    def significance(self) -> NDArray[np.float64]:
        """Return the significance of every patch, shape (num_rows, num_columns)."""
        if self.file:
            return read(self.file)
        random = random_hills(self.num_random_hills, self.size, self.landscape_seed)
        return hilly(random if self.num_random_hills else self.hills, self.size, self.resolution)

    def counts(self, num_agents: int) -> dict[str, int]:
        """Return how many scientists follow each strategy, in the order of their rows."""
        num_followers = num_agents - self.num_controls - self.num_mavericks
        if num_followers < 0:
            raise ParameterError(
                f"environment.num_mavericks: {self.num_mavericks} mavericks and {self.num_controls} controls are not "
                f"accepted on a network of {num_agents} agents; accepted: 0 to {num_agents} of both together"
            )
        return dict(zip(self.agent_types, (self.num_controls, num_followers, self.num_mavericks), strict=True))

    def state(self, num_agents: int) -> State:
        """Lay out the landscape before anybody is on it."""
        significance = self.significance()
        is_peak = peaks(significance)
        starts = np.flatnonzero(significance < significance.min() + self.start_below)
        return State(
            num_columns=significance.shape[1],
            num_rows=significance.shape[0],
            num_peaks=int(is_peak.sum()),
            until_peaks=int(self.until_peaks),
            significance=constant(significance.ravel()),
            is_peak=constant(is_peak.ravel().astype(np.uint8)),
            starts=constant(starts),
            row_step=constant([step for step, _ in DIRECTIONS]),
            column_step=constant([step for _, step in DIRECTIONS]),
            size_of=constant([len(directions) for directions in PICK]),
            pick=constant([directions + [0] * (8 - len(directions)) for directions in PICK]),
            compass=constant([(math.sin(math.radians(k)), math.cos(math.radians(k))) for k in range(360)]),
            visited=np.zeros(significance.size, np.uint8),
            unvisited=np.full(significance.size, 255, np.uint8),
            best=np.zeros(significance.size, np.uint8),
            standing=np.zeros(significance.size, np.uint8),
            step=np.zeros(1, np.int64),
            num_visited=np.zeros(1, np.int64),
            num_discovered=np.zeros(1, np.int64),
            num_peaks_found=np.zeros(1, np.int64),
            peaks_step=np.full(1, -1),
            patch=np.zeros(num_agents, np.int64),
            x=np.zeros(num_agents),
            y=np.zeros(num_agents),
            heading_x=np.zeros(num_agents),
            heading_y=np.zeros(num_agents),
            previous=np.zeros(num_agents),
            discoveries=np.zeros(num_agents, np.int64),
        )

    def specification(self, agent_type: str, num_agents: int) -> Specification:
        """Scientists see one of 36 sights, (trend, best, open, ahead), and make one of six moves."""
        return Specification(Discrete(len(MOVES), MOVES), Discrete(len(SIGHTS)), {"sights": SIGHTS, "moves": MOVES})

    def columns(self, state: State) -> dict[str, NDArray[Any]]:
        """Return where each scientist is, how significant that is, and what was discovered on the way."""
        found = {"significance": state.significance[state.patch], "discoveries": state.discoveries}
        return found | {
            "x": state.x - 0.5 - state.num_columns // 2,
            "y": state.y - 0.5 - state.num_rows // 2,
        }

    def outcomes(self, state: State) -> dict[str, NDArray[Any]]:
        """Return what the community has found, and how many approaches it still pursues."""
        crowds = [np.unique(patches, return_counts=True)[1] for patches in state.patch]
        first, last = self.num_controls, state.patch.shape[1] - self.num_mavericks
        return {
            "progress": state.num_discovered[:, 0] / np.count_nonzero(state.significance > 0),
            "num_visited": state.num_visited[:, 0],
            "num_peaks_found": state.num_peaks_found[:, 0],
            "peaks_step": state.peaks_step[:, 0],
            "mean_significance": state.significance[state.patch].mean(axis=1),
            "diversity": np.array([float(hill_number(crowd)) for crowd in crowds]),
            "control_discoveries": state.discoveries[:, :first].sum(axis=1),
            "follower_discoveries": state.discoveries[:, first:last].sum(axis=1),
            "maverick_discoveries": state.discoveries[:, last:].sum(axis=1),
        }

    @staticmethod
    @compiled
    def initialise(env, network, stream):
        """Put everybody on a random patch of the plane, facing anywhere; these patches are visited."""
        for i in range(env.patch.shape[0]):
            place(env, i, stream)
            if not is_away(network, i):
                visit(env, i)

    @staticmethod
    @compiled
    def enter(env, network, i, stream):
        """Whoever enters starts on the plane."""
        place(env, i, stream)
        env.discoveries[i] = 0
        visit(env, i)

    @staticmethod
    @compiled
    def observe(env, network, i):
        """Return what scientist i sees, one of the 36 sights."""
        patch = np.uint64(env.patch[i])
        here, before = env.significance[patch], env.previous[i]
        trend = np.int64(here >= before) + np.int64(here > before)
        ahead = 1 - np.int64(env.visited[patch_ahead(env, i)])
        return 12 * trend + 4 * np.int64(env.standing[patch]) + 2 * np.int64(env.unvisited[patch] > 0) + ahead

    @staticmethod
    @compiled
    def advance(env, network, actions, rewards, stream):
        """All move, seeing the landscape as it was; then what they have come to is visited."""
        env.step[0] += 1
        for i in range(actions.shape[0]):
            if actions[i] != STAY and not is_away(network, i):
                move(env, i, actions[i], stream)
        for i in range(actions.shape[0]):
            if is_away(network, i):
                rewards[i] = 0.0
            else:
                visit(env, i)
                rewards[i] = env.significance[np.uint64(env.patch[i])]

    @staticmethod
    @compiled
    def done(env):
        """Return 1 when all peaks have been visited, if the run is to end then."""
        return 1 if env.until_peaks and env.num_peaks_found[0] == env.num_peaks else -1


@compiled
def place(env, i, stream):
    """Put agent i on a random patch of the plane; the patch before is worth nothing, as in the paper's program."""
    patch = env.starts[integer(stream, env.starts.shape[0])]
    env.patch[i] = patch
    env.x[i] = patch % env.num_columns + 0.5
    env.y[i] = patch // env.num_columns + 0.5
    env.previous[i] = 0.0
    face_anywhere(env, i, stream)


@compiled
def face_anywhere(env, i, stream):
    """Turn agent i to a random heading."""
    degrees = np.uint64(integer(stream, 360))
    env.heading_x[i] = env.compass[degrees, 0]
    env.heading_y[i] = env.compass[degrees, 1]


@compiled
def around(place, size):
    """Return a place that is less than `size` off the edge, on the torus; what rounding lifts to the edge is 0."""
    if place < 0.0:
        place += size
    return place - size if place >= size else place


@compiled
def patch_ahead(env, i):
    """Return the patch at distance one straight ahead of agent i, an unsigned index."""
    x = around(env.x[i] + env.heading_x[i], env.num_columns)
    y = around(env.y[i] + env.heading_y[i], env.num_rows)
    return np.uint64(np.int64(y) * env.num_columns + np.int64(x))


@compiled
def move(env, i, action, stream):
    """Move agent i by one patch, or leave it where it is if there is no neighbour of the wanted kind."""
    patch = np.uint64(env.patch[i])
    if action == BACK:
        go(env, i, -1.0)
        face_anywhere(env, i, stream)
        return
    if action == TURN:
        face_anywhere(env, i, stream)
    elif action != AHEAD:
        directions = np.uint64(env.best[patch] if action == FOLLOW else env.unvisited[patch])
        size = env.size_of[directions]
        if size == 0:
            return
        face(env, i, env.pick[directions, np.uint64(integer(stream, size) if size > 1 else 0)])
    env.previous[i] = env.significance[patch]
    go(env, i, 1.0)


@compiled
def face(env, i, direction):
    """Turn agent i towards the middle of a neighbouring patch."""
    x = math.floor(env.x[i]) + 0.5 + env.column_step[np.uint64(direction)] - env.x[i]
    y = math.floor(env.y[i]) + 0.5 + env.row_step[np.uint64(direction)] - env.y[i]
    scale = 1.0 / math.sqrt(x * x + y * y)
    env.heading_x[i] = scale * x
    env.heading_y[i] = scale * y


@compiled
def go(env, i, distance):
    """Move agent i along its heading."""
    x = around(env.x[i] + distance * env.heading_x[i], env.num_columns)
    y = around(env.y[i] + distance * env.heading_y[i], env.num_rows)
    env.x[i] = x
    env.y[i] = y
    env.patch[i] = np.int64(y) * env.num_columns + np.int64(x)


@compiled
def visit(env, i):
    """See to it that the patch of agent i counts as visited."""
    patch = np.uint64(env.patch[i])
    if not env.visited[patch]:
        discover(env, i, patch)


@compiled
def discover(env, i, patch):
    """Count a patch on which nobody has been before, and let its neighbours know."""
    env.visited[patch] = 1
    env.num_visited[0] += 1
    if env.significance[patch] > 0.0:
        env.num_discovered[0] += 1
        env.discoveries[i] += 1
    if env.is_peak[patch]:
        env.num_peaks_found[0] += 1
        if env.num_peaks_found[0] == env.num_peaks:
            env.peaks_step[0] = env.step[0]
    for direction in range(8):
        tell(env, neighbour(env, np.int64(patch), direction), (direction + 4) & 7, env.significance[patch])


@compiled
def neighbour(env, patch, direction):
    """Return the patch next to one, in a direction."""
    row = (patch // env.num_columns + env.row_step[direction]) % env.num_rows
    return row * env.num_columns + (patch % env.num_columns + env.column_step[direction]) % env.num_columns


@compiled
def tell(env, patch, direction, height):
    """Let a patch know that its neighbour in a direction has been visited and how significant it is."""
    bit = 1 << direction
    best = env.best[patch]
    highest = env.significance[neighbour(env, patch, env.pick[best, 0])] if best else -math.inf
    env.unvisited[patch] = np.uint8(env.unvisited[patch] & (255 - bit))
    if height > highest:
        here = env.significance[patch]
        env.best[patch] = np.uint8(bit)
        env.standing[patch] = np.uint8(np.int64(height >= here) + np.int64(height > here))
    elif height == highest:
        env.best[patch] = np.uint8(best | bit)


def scenario() -> Scenario:
    """Return ten mavericks and ninety followers for a thousand steps."""
    return Scenario(Landscape(), {}, "complete:n=100", 1000, METRICS)


def small() -> Scenario:
    """Return three scientists of each strategy around a small hill."""
    environment = Landscape(num_controls=3, num_mavericks=3, size=9, hills=((1.0, 0.0, 0.5, 0.2, 0.1, 0.2),))
    return Scenario(environment, {}, "complete:n=9", 30, METRICS)
