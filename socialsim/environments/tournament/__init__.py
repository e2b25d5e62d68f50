"""Tournaments of the iterated prisoner's dilemma.

N entrants meet on a network, each pair once a repetition, and perhaps each itself. In every turn of a match both
cooperate or defect at once, and with what one did first and the other second one gets

    CC: R = 3,    CD: S = 0,    DC: T = 5,    DD: P = 1,                                                            (1)

for as many turns as are set, or until the match ends, with a chance after each turn. A strategy is an automaton whose
states say with which chance it cooperates (`socialsim.environments.tournament.automata`); a library of them goes by
name (`.strategies`), and what they get from each other is known exactly (`.exact`). An act goes wrong with the chance
``noise``. A score is the mean payoff a turn over all that one has played; the strategy with the highest wins the
tournament. Strategies are innate: one step is one repetition of all matches, nobody learns. Sources: [Axelrod1984]_;
[Stewart2012]_, whose nineteen strategies are the default.

How it is computed: a match goes turn by turn through two tables. A random word decides for both, 32 bits each, so that
a chance is a multiple of 2^-32. A match without chance is played once and remembered.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.errors import ParameterError
from socialsim.core.estimate import Estimate
from socialsim.core.parameters import parameter
from socialsim.core.result import Result
from socialsim.core.streams import draw_word, geometric
from socialsim.engine.interface import Discrete, Environment, Specification, constant
from socialsim.engine.links import COMPLETE, degree, is_away, neighbour
from socialsim.engine.scenario import Scenario
from socialsim.environments.tournament.automata import Automaton
from socialsim.environments.tournament.strategies import STEWART_PLOTKIN, strategy
from socialsim.environments.tournament.zero_determinant import Game
from socialsim.metrics.estimates import mean

ONE, FOUR, FIVE, HALF = np.uint64(1), np.uint64(4), np.uint64(5), np.uint64(32)
LOW, PLACE = np.uint64(0xFFFFFFFF), np.uint64(0xFFFF)  # half a word, a sixteenth of four
MOST_TURNS = 65_535  # that a count of 16 bits holds


class State(NamedTuple):
    """Tables of the automata, and what entrants have got."""

    payoffs: NDArray[np.float64]  # (4,), after CC, CD, DC, DD
    turns: int
    ending: float
    self_play: int
    kind: NDArray[np.int64]  # (num_agents,), strategy of each
    first: NDArray[np.uint64]  # (num_strategies,), where the states of each begin
    is_random: NDArray[np.uint8]  # (num_strategies,)
    chance: NDArray[np.uint64]  # (num_states,), to cooperate [2^-32]
    moves: NDArray[np.uint64]  # (num_states,), next states after CC, CD, DC, DD, 16 bits each, lowest first
    known: NDArray[np.uint64]  # (num_strategies, num_strategies), outcomes of a match without chance; 0: not yet played
    scored: NDArray[np.float64]  # (num_agents,), in this repetition
    played: NDArray[np.int64]  # (num_agents,), turns in this repetition
    num_turns: NDArray[np.int64]  # (num_agents,)
    num_cooperations: NDArray[np.int64]  # (num_agents,)
    num_matches: NDArray[np.int64]  # (num_agents,), against others
    num_wins: NDArray[np.int64]  # (num_agents,), matches in which one got more than the other
    total: NDArray[np.float64]  # (num_agents,), payoffs


class Tournament(Environment):
    """Strategies that meet, pair by pair.

    Examples
    --------
    >>> Tournament(strategies=["tit_for_tat", "memory_one:cc=1,cd=0.1,dc=1,dd=0.1"]).turns
    200
    >>> Tournament(strategies=["tit_for_tat", "zdgtft"])
    Traceback (most recent call last):
        ...
    socialsim.core.errors.ParameterError: strategies: unknown strategy 'zdgtft'; did you mean 'zdgtft_2'? Accepted: ...
    """

    strategies: tuple[str, ...] = parameter(STEWART_PLOTKIN, "who enters; agent i plays the (i mod m)-th of m")
    turns: int = parameter(200, "turns of a match, at most", ge=1, le=MOST_TURNS)
    ending: float = parameter(0.0, "chance that a match ends after a turn", unit="per turn", ge=0, lt=1)
    noise: float = parameter(0.0, "chance that an act goes wrong", unit="per act", ge=0, le=1)
    self_play: bool = parameter(True, "whether everybody also meets itself")
    reward: float = parameter(3.0, "payoff R of mutual cooperation", unit="per turn")
    sucker: float = parameter(0.0, "payoff S of a cooperator who meets a defector", unit="per turn")
    temptation: float = parameter(5.0, "payoff T of a defector who meets a cooperator", unit="per turn")
    punishment: float = parameter(1.0, "payoff P of mutual defection", unit="per turn")

    source: ClassVar[str] = "Axelrod 1984, The Evolution of Cooperation; Stewart & Plotkin 2012, PNAS 109:10134-10135"
    figure: ClassVar[Mapping[str, Any]] = {
        "step_label": "repetition",
        "series": "mean_score",
        "series_label": "mean score a turn",
        "agent": "score",
        "agent_label": "score a turn",
    }

    def model_post_init(self, context: Any) -> None:
        """Refuse strategies that do not exist, or do not accept their parameters."""
        if not self.strategies:
            raise ParameterError("strategies: none is not accepted; accepted: at least one name")
        for spec in self.strategies:
            try:
                strategy(spec, self.game(), self.turns)
            except ParameterError as error:
                raise ParameterError(f"strategies: {error}") from None

    def game(self) -> Game:
        """Return the payoffs."""
        return Game(self.reward, self.sucker, self.temptation, self.punishment)

    def automata(self) -> list[Automaton]:
        """Return the strategies as automata, in their order."""
        return [strategy(spec, self.game(), self.turns) for spec in self.strategies]

    def state(self, num_agents: int) -> State:
        """Lay out the tables; nobody has played."""
        if num_agents < len(self.strategies):
            raise ParameterError(
                f"network: {num_agents} agents are too few for {len(self.strategies)} strategies; accepted: at least "
                "one each"
            )
        automata = self.automata()
        sizes = [len(automaton.chances) for automaton in automata]
        chances = np.concatenate([automaton.with_noise(self.noise) for automaton in automata])
        sixteens = np.concatenate([automaton.moves for automaton in automata]).astype(np.uint64)
        ints, floats = (lambda: np.zeros(num_agents, np.int64)), (lambda: np.zeros(num_agents))
        return State(
            payoffs=constant(self.game().own()),
            turns=self.turns,
            ending=self.ending,
            self_play=int(self.self_play),
            kind=constant(np.arange(num_agents) % len(automata)),
            first=constant(np.cumsum([0, *sizes[:-1]]).astype(np.uint64)),
            is_random=constant(np.array([automaton.is_random(self.noise) for automaton in automata], np.uint8)),
            chance=constant(np.rint(chances * 2.0**32).astype(np.uint64)),
            moves=constant(np.bitwise_or.reduce(sixteens << np.arange(0, 64, 16, dtype=np.uint64), axis=1)),
            known=np.zeros((len(automata), len(automata)), np.uint64),
            scored=floats(),
            played=ints(),
            num_turns=ints(),
            num_cooperations=ints(),
            num_matches=ints(),
            num_wins=ints(),
            total=floats(),
        )

    def specification(self, agent_type: str, num_agents: int) -> Specification:
        """An entrant decides nothing: it is its strategy."""
        return Specification(Discrete(1), facts={"decides_by": ""})  # nothing: strategies are given

    def columns(self, state: State) -> dict[str, NDArray[Any]]:
        """Return each entrant's score and share of cooperation a turn, and the share of its matches that it won."""
        turns = np.where(state.num_turns > 0, state.num_turns, np.nan)
        matches = np.where(state.num_matches > 0, state.num_matches, np.nan)
        return {
            "strategy": np.broadcast_to(state.kind, state.total.shape),
            "score": state.total / turns,
            "cooperation": state.num_cooperations / turns,
            "wins": state.num_wins / matches,
        }

    def labels(self) -> list[str]:
        """Return a name for each strategy, numbered where one comes again.

        A player of the library Axelrod has its own.

        Examples
        --------
        >>> Tournament(strategies=("random", "tit_for_tat", "random:cooperation=0.1")).labels()
        ['random', 'tit_for_tat', 'random_2']
        """
        parts = [spec.strip().partition(":") for spec in self.strategies]
        names = [player.strip() if name == "axelrod" else name for name, _, player in parts]
        labels: list[str] = []
        for name in names:
            label, time = name, 1
            while label in labels or (time > 1 and label in names):  # prober_2 is a name as well
                time += 1
                label = f"{name}_{time}"
            labels.append(label)
        return labels

    def outcomes(self, state: State) -> dict[str, NDArray[Any]]:
        """Return the strategy that won (its place in the list, from 0, the first of equals; -1 if nobody played), its
        score, score and cooperation over all entrants, and the score of each strategy.
        """
        m, num_agents = len(self.strategies), state.total.shape[1]
        member = np.arange(num_agents)[:, None] % m == np.arange(m)
        with np.errstate(invalid="ignore"):
            scores = (state.total @ member) / (state.num_turns @ member)
            overall = state.total.sum(axis=1) / state.num_turns.sum(axis=1)
            cooperation = state.num_cooperations.sum(axis=1) / state.num_turns.sum(axis=1)
        comparable = np.nan_to_num(scores, nan=-np.inf)
        has_played = np.isfinite(overall)
        return {
            "winner": np.where(has_played, comparable.argmax(axis=1), -1),
            "winning_score": np.where(has_played, comparable.max(axis=1), np.nan),
            "score": overall,
            "cooperation": cooperation,
            **{f"score_{label}": scores[:, k] for k, label in enumerate(self.labels())},
        }

    @staticmethod
    @compiled
    def advance(env, network, actions, rewards, stream):
        """Play one repetition."""
        for i in range(rewards.shape[0]):
            env.scored[i] = 0.0
            env.played[i] = 0
        for i in range(rewards.shape[0]):
            if is_away(network, i):
                continue
            if env.self_play:
                meet(env, i, i, stream)
            for k in range(degree(network, i)):
                j = neighbour(network, i, k)
                if not is_away(network, j) and (j > i or not hears(network, j, i)):
                    meet(env, i, j, stream)
        for i in range(rewards.shape[0]):
            rewards[i] = env.scored[i] / env.played[i] if env.played[i] > 0 else 0.0
            env.total[i] += env.scored[i]
            env.num_turns[i] += env.played[i]


# --- One match ---------------------------------------------------------------------------------------------------


@compiled
def hears(network, j, i):
    """Return whether i is among those whom j hears."""
    is_heard = network.kind == COMPLETE
    if not is_heard:
        for k in range(degree(network, j)):
            is_heard = is_heard or neighbour(network, j, k) == i
    return is_heard


@compiled
def meet(env, i, j, stream):
    """Let two entrants play a match, or one a match against itself, in which its own side counts."""
    a, b = env.kind[i], env.kind[j]
    has_chance = env.is_random[a] or env.is_random[b] or env.ending > 0.0
    counts = env.known[a, b]
    if has_chance or counts == 0:
        length = env.turns
        if env.ending > 0.0:
            length = min(env.turns, 1 + geometric(stream, env.ending))
        counts = play(env, env.first[a], env.first[b], length, stream)
        env.known[a, b] = counts
    both = np.int64(counts & PLACE)
    mine = np.int64((counts >> np.uint64(16)) & PLACE)  # turns in which i alone cooperated
    theirs = np.int64((counts >> np.uint64(32)) & PLACE)
    none = np.int64(counts >> np.uint64(48))
    alike = both * env.payoffs[0] + none * env.payoffs[3]
    own = alike + mine * env.payoffs[1] + theirs * env.payoffs[2]
    credit(env, i, own, both + mine, both + mine + theirs + none)
    if i != j:
        other = alike + theirs * env.payoffs[1] + mine * env.payoffs[2]
        credit(env, j, other, both + theirs, both + mine + theirs + none)
        env.num_matches[i] += 1
        env.num_matches[j] += 1
        env.num_wins[i] += own > other
        env.num_wins[j] += other > own


@compiled
def credit(env, i, payoff, cooperations, turns):
    """Add a match to what an entrant has got and done."""
    env.scored[i] += payoff
    env.played[i] += turns
    env.num_cooperations[i] += cooperations


@compiled
def play(env, first, second, turns, stream):
    """Return how often CC, CD, DC and DD happened in a match of two automata, 16 bits each, lowest first."""
    s, t, counts = first, second, np.uint64(0)
    for _ in range(turns):
        word = draw_word(stream)
        x = np.uint64((word & LOW) >= env.chance[s])  # 1: defects
        y = np.uint64((word >> HALF) >= env.chance[t])
        outcome = (x << FIVE) + (y << FOUR)  # 16 times its place
        counts += ONE << outcome
        s = first + ((env.moves[s] >> outcome) & PLACE)
        t = second + ((env.moves[t] >> ((y << FIVE) + (x << FOUR))) & PLACE)
    return counts


# --- Metrics -----------------------------------------------------------------------------------------------------


def winning_score(result: Result) -> Estimate:
    """Mean score a turn of the strategy that won, over the runs in which anybody played."""
    return mean(result.runs.winning_score.dropna())


def mean_score(result: Result) -> Estimate:
    """Mean score a turn over all entrants."""
    return mean(result.runs.score.dropna())


def cooperation_rate(result: Result) -> Estimate:
    """Share of all acts that are cooperation."""
    return mean(result.runs.cooperation.dropna())


METRICS = (winning_score, mean_score, cooperation_rate)


def scenario() -> Scenario:
    """Return Stewart & Plotkin's nineteen, five repetitions."""
    return Scenario(Tournament(), "innate", f"complete:n={len(STEWART_PLOTKIN)}", 5, METRICS)


def small() -> Scenario:
    """Return five strategies on a ring of six for two repetitions of ten noisy turns."""
    five = ("tit_for_tat", "win_stay_lose_shift", "hard_majority", "random", "defector")
    return Scenario(Tournament(strategies=five, turns=10, noise=0.05, ending=0.01), "innate", "cycle:n=6", 2, METRICS)
