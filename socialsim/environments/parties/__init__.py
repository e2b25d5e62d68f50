"""Parties that look for votes in a policy space (Laver 2005), and the rules that turn votes into seats and office.

A policy is a point of R^d, d = 1, 2 or 3. Each voter v has an ideal point x_v and supports the closest party; between
parties at the same distance each voter draws a lot. In every step all parties in play move at once, to any point or by
one of 3^d moves, but not beyond the lowest and the highest ideal point on any axis; then there is a poll:

    v_i = share of the voters whose closest party is i        m_i = mean ideal point of these, i's supporters

and the **election rule** turns it into shares s_i of the seats: ``plurality`` gives all to the largest party,
``dhondt``, ``sainte_lague`` and ``largest_remainder`` are proportional
(`socialsim.environments.parties.apportionment`), ``instant_runoff``, ``borda`` and ``copeland`` give all to the winner
when voters rank parties by distance (`socialsim.ballots.tallies`). Winners that tie share. A party is paid v_i, s_i, or
office: 1 for the most seats.

A party may see its position, m_i, the position of the largest party, v_i now and before, and whether it is new: enough
for the rules of [Laver2005]_, which are learners (`socialsim.learning.party_strategies`). With ``actions = "moves"`` it
sees one number, so that tabular learners can be politicians: whether the last move was followed by a gain and which
move it was, all that a Hunter knows; with ``sight = "directions"`` also which move leads towards its supporters and
which to the largest party.

**Birth and death** ([Laver2011]_, chapter 6). After every ``election_every`` steps the fitness of parties is updated,

    f_i <- alpha f_i + (1 - alpha) v_i,

and the weakest with f_i < tau leave, as long as more than two are in play. Then a voter chosen at random founds a party
where it stands, if a place is left, with f = 1 / (number of parties): always (``random``), or with a chance beta times
its squared distance to the closest party (``dissatisfied``). The network says how many places there are.

**Known results.** If every party moves to m_i each step is one of Lloyd's algorithm: the voters' mean squared distance
to the closest party never rises, and parties come to rest where each is the mean of its own Voronoi cell, a centroidal
Voronoi tessellation ([Du1999]_). Of voters N(0, 1) on two axes and 2, 3 or 4 parties in equal sectors, these are at the
distance from the centre

    |m| = sqrt(pi/2) sin(pi/N) / (pi/N)                                                                              (2)

and a party where a random voter stands at sqrt(pi/2) on average. With d = 1 and two parties that want votes, the median
voter's ideal point beats every other ([Downs1957]_).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from socialsim.ballots import tallies
from socialsim.core.compiled import compiled
from socialsim.core.errors import ParameterError
from socialsim.core.parameters import parameter
from socialsim.engine.interface import Box, Discrete, Environment, Specification, constant
from socialsim.engine.scenario import Scenario
from socialsim.environments.parties.electorate import (
    AXES,
    DISTRIBUTIONS,
    FARTHEST,
    any_voter,
    draw_voters,
    find_centre,
    read_electorate,
)
from socialsim.environments.parties.layout import BIRTHS, INSTANT_RUNOFF, REWARDS, RULES, SUMS, State
from socialsim.environments.parties.measures import METRICS, outcomes_of
from socialsim.environments.parties.mechanics import (
    bury,
    elect,
    follow_shift,
    give_birth,
    measure,
    pay,
    place,
    plays,
    poll,
)

POINTS = ("position", "supporters", "largest")  # what a row shows, d numbers each, before the numbers below
NUMBERS = ("share", "share_before", "status")
IN_PLAY, NEW, OUT_OF_PLAY = 0.0, 1.0, -1.0  # status


def moves_of(num_dimensions: int, step: float) -> NDArray[np.float64]:
    """Return the displacements of all moves, of equal length but for the one in the middle, which is to stay.

    Examples
    --------
    >>> moves_of(1, 0.5).tolist()
    [[-0.5], [0.0], [0.5]]
    """
    grid = np.array(list(itertools.product((-1.0, 0.0, 1.0), repeat=num_dimensions)))
    lengths = np.linalg.norm(grid, axis=1, keepdims=True)
    return step * grid / np.where(lengths > 0, lengths, 1.0)


@compiled
def move(env, network, actions):
    """Put all parties in play where they want to be, within the policy space; those that were new are so no more."""
    for i in range(env.position.shape[0]):
        env.is_new[i] = 0
        if plays(env, network, i):
            for k in range(env.position.shape[1]):
                aim = actions[i, k] if actions.ndim == 2 else env.position[i, k] + env.moves[actions[i], k]
                env.position[i, k] = min(max(aim, env.ends[0, k]), env.ends[1, k])
            if actions.ndim == 1:
                env.last_move[i] = actions[i]


@compiled
def move_towards(env, i, points, j):
    """Return the move of party i that leads towards row j of some points; to stay, if they are within half a move."""
    best, reach, square = env.moves.shape[0] // 2, 0.0, 0.0
    for k in range(env.position.shape[1]):
        square += (points[j, k] - env.position[i, k]) ** 2
    for move in range(env.moves.shape[0]):
        along, length = 0.0, 0.0
        for k in range(env.position.shape[1]):
            along += env.moves[move, k] * (points[j, k] - env.position[i, k])
            length += env.moves[move, k] * env.moves[move, k]
        if 4.0 * square > length and along > reach:
            best, reach = move, along
    return best


class Parties(Environment):
    """Parties that compete for voters in a policy space.

    Examples
    --------
    >>> Parties(num_voters=500, rule="dhondt", num_seats=20).specification("party", 3).actions.shape
    (2,)
    >>> Parties(actions="moves").specification("party", 3).num_observations
    18
    >>> Parties(voters="electorate.csv")
    Traceback (most recent call last):
        ...
    socialsim.core.errors.ParameterError: voters: file electorate.csv: No such file or directory; accepted: a CSV file
    with the columns x, y and, if groups differ in size, weight
    """

    num_dimensions: int = parameter(2, "dimensions of the policy space", ge=1, le=3)
    voters: str = parameter("normal", "distribution of ideal points: normal, uniform, camps, or the path of a CSV file")
    num_voters: int = parameter(1000, "voters, where no file gives them", ge=1, le=10_000_000)
    spread: float = parameter(
        1.0, "standard deviation of normal and camps, half width of uniform", ge=1 / FARTHEST, le=FARTHEST
    )
    separation: float = parameter(2.0, "distance between the means of two camps", ge=0, le=FARTHEST)
    shift: float = parameter(
        0.0, "by how much all voters move along the first axis at some step", ge=-FARTHEST, le=FARTHEST
    )
    shift_step: int = parameter(0, "step at which they do", unit="steps", ge=0)
    actions: Literal["positions", "moves"] = parameter(
        "positions", "what parties choose: any point, or one of 3^d moves"
    )
    sight: Literal["feedback", "directions"] = parameter(
        "feedback", "what parties that choose moves see: their last move and whether it gained; also directions"
    )
    step: float = parameter(0.1, "length of a move", gt=0, le=FARTHEST)
    rule: Literal["plurality", "dhondt", "sainte_lague", "largest_remainder", "instant_runoff", "borda", "copeland"] = (
        parameter("plurality", "election rule")
    )
    num_seats: int = parameter(100, "seats of proportional rules", ge=1, le=10_000)
    threshold: float = parameter(0.0, "share of the votes below which proportional rules give no seat", ge=0, lt=1)
    reward: Literal["votes", "seats", "office"] = parameter("votes", "what a party is paid")
    election_every: int = parameter(1, "steps between elections, at which parties leave and come", unit="steps", ge=1)
    survival_threshold: float = parameter(0.0, "fitness tau below which a party leaves", ge=0, lt=1)
    fitness_memory: float = parameter(0.5, "weight alpha of past fitness", ge=0, lt=1)
    birth: Literal["none", "random", "dissatisfied"] = parameter("none", "who founds new parties")
    dissatisfaction: float = parameter(1.0, "chance beta of a birth per squared distance", gt=0)
    num_rivals: int = parameter(0, "how many of the parties, the last ones, have a learner of their own", ge=0)
    burn_in: int = parameter(0, "first steps, which the measures leave out", unit="steps", ge=0)

    source: ClassVar[str] = "Laver 2005, American Political Science Review 99:263-281"
    figure: ClassVar[Mapping[str, Any]] = {
        "series": "mean_eccentricity",
        "series_label": "mean eccentricity of parties",
        "agent": "share",
        "agent_label": "share of the votes",
    }
    default_learners: ClassVar[Mapping[str, str]] = {"rival": "sticker"}

    def model_post_init(self, context: Any) -> None:
        """Refuse a file without voters, a burn-in beyond the shift, and what cannot be."""
        if self.voters not in DISTRIBUTIONS[:-1]:
            if not self.voters.endswith(".csv"):
                accepted = ", ".join(DISTRIBUTIONS[:-1])
                raise ParameterError(f"voters: {self.voters!r} is not accepted; accepted: {accepted}, or a .csv file")
            try:
                read_electorate(self.voters, self.num_dimensions)
            except ParameterError as error:
                raise ParameterError(f"voters: {error}") from None
        if self.shift != 0 and self.shift_step <= self.burn_in:
            raise ParameterError(
                f"shift_step: {self.shift_step} is not accepted; accepted: a step after burn_in, {self.burn_in}"
            )

    @property
    def agent_types(self) -> tuple[str, ...]:  # type: ignore[override]
        """Parties, and rivals if there are any."""
        return ("party", "rival") if self.num_rivals else ("party",)

    def counts(self, num_agents: int) -> dict[str, int]:
        """Return how many parties and rivals there are, in the order of their rows."""
        if self.num_rivals >= num_agents:
            raise ParameterError(
                f"environment.num_rivals: {self.num_rivals} is not accepted; accepted: fewer than the {num_agents} "
                "parties"
            )
        return dict(zip(self.agent_types, (num_agents - self.num_rivals, self.num_rivals), strict=False))

    def electorate(self) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """Return the ideal points in the file, or room for them, and how many voters stand at each."""
        if self.voters in DISTRIBUTIONS:
            return np.zeros((self.num_voters, self.num_dimensions)), np.ones(self.num_voters, np.int64)
        return read_electorate(self.voters, self.num_dimensions)

    def state(self, num_agents: int) -> State:
        """Lay out a system of parties before the first poll."""
        n, d = num_agents, self.num_dimensions
        voters, weights = self.electorate()
        ranked = n if RULES.index(self.rule) >= INSTANT_RUNOFF else 0
        return State(
            distribution=DISTRIBUTIONS.index(self.voters if self.voters in DISTRIBUTIONS else "file"),
            spread=self.spread,
            separation=self.separation,
            rule=RULES.index(self.rule),
            ranking_rule=tallies.RULES[self.rule] if ranked else -1,
            num_seats=self.num_seats,
            threshold=self.threshold,
            reward=REWARDS.index(self.reward),
            election_every=self.election_every,
            survival_threshold=self.survival_threshold,
            fitness_memory=self.fitness_memory,
            birth=BIRTHS.index(self.birth),
            dissatisfaction=self.dissatisfaction,
            shift=self.shift,
            shift_step=self.shift_step,
            burn_in=self.burn_in,
            sees_directions=self.sight == "directions",
            moves=constant(moves_of(d, self.step)),
            weights=constant(weights),
            voters=voters.copy(),
            num_voters=np.zeros(1),
            centre=np.zeros(d),
            ends=np.zeros((2, d)),
            clock=np.zeros(1, np.int64),
            position=np.zeros((n, d)),
            supporters=np.zeros((n, d)),
            votes=np.zeros(n),
            share=np.zeros(n),
            share_before=np.zeros(n),
            seats=np.zeros(n),
            last_move=np.full(n, 3**d // 2),
            is_in_play=np.ones(n, np.int8),
            is_new=np.zeros(n, np.int8),
            fitness=np.zeros(n),
            largest=np.full(1, -1),
            gaps=np.zeros(n),
            discontent=np.zeros(len(voters)),
            misery=np.zeros(2),
            rankings=np.zeros((len(voters) if ranked else 0, ranked), np.int64),
            margins=np.zeros((ranked, ranked) if ranked else 0, np.int64),
            scores=np.zeros(ranked, np.int64),
            sums=np.zeros(len(SUMS)),
            num_counted=np.zeros(1, np.int64),
            shift_sums=np.zeros(2),
            shift_counts=np.zeros(2, np.int64),
            num_births=np.zeros(1, np.int64),
            num_deaths=np.zeros(1, np.int64),
        )

    def specification(self, agent_type: str, num_agents: int) -> Specification:
        """A party chooses a position, or a move; learners may know what a row or a number shows."""
        d = self.num_dimensions
        facts: dict[str, Any] = {
            "num_dimensions": d,
            "moves": moves_of(d, self.step),
            "reward_range": (0.0, 1.0),
            "burn_in": self.burn_in,
            "discrete_by": "environment.actions=moves",
        }
        if self.actions == "moves":
            num_digits = 3 if self.sight == "directions" else 1
            facts["shows_directions"] = self.sight == "directions"
            return Specification(Discrete(3**d), Discrete(2 * 3 ** (d * num_digits)), facts)
        facts["row"] = {name: k * d for k, name in enumerate(POINTS)}
        facts["row"] |= {name: len(POINTS) * d + k for k, name in enumerate(NUMBERS)}
        return Specification(Box(shape=(d,)), Box(shape=(len(POINTS) * d + len(NUMBERS),)), facts)

    def columns(self, state: State) -> dict[str, NDArray[Any]]:
        """Return position, share of votes and seats, and eccentricity of each party; NaN out of play."""
        out = state.is_in_play == 0
        gaps = state.position - state.centre[:, None]
        columns = {axis: state.position[:, :, k] for k, axis in enumerate(AXES[: self.num_dimensions])}
        columns |= {"share": state.share, "seats": state.seats, "eccentricity": np.sqrt((gaps**2).sum(axis=2))}
        return {name: np.where(out, math.nan, values) for name, values in columns.items()}

    def outcomes(self, state: State) -> dict[str, NDArray[Any]]:
        """Return what parties and voters have come to in each run."""
        return outcomes_of(state, self.shift)

    @staticmethod
    @compiled
    def initialise(env, network, stream):
        """Draw the voters; every party begins where a random voter stands, and knows nothing before the first poll."""
        draw_voters(env, stream)
        find_centre(env)
        for i in range(env.position.shape[0]):
            place(env, i, any_voter(env, stream), 1.0 / env.position.shape[0])

    @staticmethod
    @compiled
    def enter(env, network, i, stream):
        """Let a party that comes from outside begin where a random voter stands."""
        place(env, i, any_voter(env, stream), 1.0 / env.position.shape[0])
        env.is_new[i] = 1

    @staticmethod
    @compiled
    def observe(env, network, i, out=None):
        """Return the number of what party i sees, or fill in the row."""
        d, largest = env.position.shape[1], env.largest[0] if env.largest[0] >= 0 else i
        if out is None:
            size = env.moves.shape[0]
            seen = (1 if env.share[i] > env.share_before[i] else 0) + 2 * env.last_move[i]
            if env.sees_directions:
                seen += 2 * size * move_towards(env, i, env.supporters, i)
                seen += 2 * size * size * move_towards(env, i, env.position, largest)
            return seen
        for k in range(d):
            out[k] = env.position[i, k]
            out[d + k] = env.supporters[i, k]
            out[2 * d + k] = env.position[largest, k]
        out[3 * d] = env.share[i]
        out[3 * d + 1] = env.share_before[i]
        out[3 * d + 2] = (NEW if env.is_new[i] else IN_PLAY) if plays(env, network, i) else OUT_OF_PLAY
        return 0

    @staticmethod
    @compiled
    def advance(env, network, actions, rewards, stream):
        """Parties move, voters choose, votes become seats; after an election parties leave and come."""
        move(env, network, actions)
        if env.clock[0] == env.shift_step and env.shift != 0.0:
            for v in range(env.voters.shape[0]):
                env.voters[v, 0] += env.shift
            find_centre(env)
        poll(env, network, stream)
        elect(env, network, stream)
        pay(env, rewards)
        if env.clock[0] >= env.burn_in:
            measure(env, network)
        if env.shift != 0.0:
            follow_shift(env)
        env.clock[0] += 1
        if env.clock[0] % env.election_every == 0:
            give_birth(env, network, bury(env, network), stream)


def scenario() -> Scenario:
    """Return eight parties, two of each of Laver's rules, among a thousand voters."""
    return Scenario(Parties(burn_in=200), "party_rule", "complete:n=8", 1000, METRICS)


def small() -> Scenario:
    """Return a few voters and places for four parties that come and go."""
    parties = Parties(
        num_voters=40,
        rule="dhondt",
        num_seats=9,
        election_every=4,
        survival_threshold=0.2,
        birth="random",
        reward="seats",
    )
    return Scenario(parties, "party_rule", "complete:n=4", 30, METRICS)
