"""Names that two agree on at a time, until all do (the naming game).

There is one thing to name. A game is played by a **speaker** and a **hearer**, drawn at random: the speaker says a word
and the hearer recognises it or not. If it does the game is a **success**, and both are paid 1; else nobody is paid.
What the two know, say and make of the outcome is their learners' affair. With `socialsim.learning.naming_game` each has
an inventory of words, invents one if it has none, drops all others on success and, as a hearer, adds the word on
failure. Among N agents who may all meet, and who know nothing at first, the total number of words grows to a peak and
falls to N, one word for each, with

    t_max ~ N^1.5,    N_w(t_max) ~ N^1.5  [games, words],    max N_d = N / 2                      ([Baronchelli2006]_)

where N_w counts the words in all inventories and N_d the different ones: half of all agents speak before they hear.
With two words and a share p of **committed** agents, who know word A for ever, the shares n_A, n_B and n_AB = 1 - p -
n_A - n_B of all agents who can change and know A, B or both follow, in N games a unit of time and for large N,

    dn_A/dt = -n_A n_B + n_AB^2 + n_AB n_A + 3/2 p n_AB
    dn_B/dt = -n_A n_B + n_AB^2 + n_AB n_B - p n_B                                          ([Xie2011]_, eq. 1)

(`theory`), and the state in which most know B alone disappears at p_c = .0979. Agents with a memory of their last M
games who say the commonest word in it (`socialsim.learning.recollection`) tip at about a quarter ([Centola2018]_).

An agent **uses** the last word on which it has agreed with somebody; from the first game on after which 80% of all use
one word that is the convention of 80%. Who speaks to whom ([DallAsta2006]_):

- ``pairs = "direct"``: a speaker is drawn, and then a hearer among those whom it hears;
- ``"reverse"``: a hearer is drawn, and then a speaker among those whom it hears;
- ``"neutral"``: a link is drawn; its target hears its source.

They differ where degrees do. Links of a directed network matter as in ``reverse``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.estimate import Estimate
from socialsim.core.parameters import parameter
from socialsim.core.result import Result
from socialsim.core.streams import draw_word
from socialsim.engine.interface import Discrete, Environment, Specification, constant
from socialsim.engine.scenario import Scenario
from socialsim.environments._influence import pair_heard
from socialsim.metrics.diversity import hill_number
from socialsim.metrics.estimates import mean, proportion, ratio

HEARER, SPEAKER = 0, 1
LEVELS = (0.8, 0.9, 1.0)  # shares of agents from which on a word is a convention
PAIRS = ("direct", "reverse", "neutral")


class State(NamedTuple):
    """Who plays, and what has been said."""

    num_words: int
    pairs: int
    levels: NDArray[np.int64]  # (3,), agents who must use a word
    speaker: NDArray[np.int64]  # (1,)
    word: NDArray[np.int32]  # (num_agents,), in use; num_words: none yet
    users: NDArray[np.int32]  # (num_words + 1,)
    num_games: NDArray[np.int64]  # (1,)
    num_successes: NDArray[np.int64]  # (1,)
    num_reached: NDArray[np.int64]  # (1,), how many levels some word has reached
    reached: NDArray[np.int64]  # (3,), after which game


class Naming(Environment):
    """Agents who meet in pairs and name a thing.

    Examples
    --------
    >>> Naming(vocabulary=2).state(10).num_words
    2
    """

    vocabulary: int = parameter(
        0, "number of words that there are; 0: as many as agents, so that whoever invents one invents a new one", ge=0
    )
    pairs: Literal["direct", "reverse", "neutral"] = parameter(
        "direct", "who is drawn first: the speaker, the hearer, or a link"
    )

    cast: ClassVar[tuple[str, ...]] = ("agent", "agent")
    loop: ClassVar = "events"
    source: ClassVar[str] = "Baronchelli, Felici, Loreto, Caglioti & Steels 2006, J. Stat. Mech. P06014"
    figure: ClassVar[Mapping[str, Any]] = {
        "step_label": "game",
        "series": "mean_num_words",
        "series_label": "words that an agent knows, mean",
        "agent": "word",
        "agent_label": "word in use",
    }

    def state(self, num_agents: int) -> State:
        """Lay out a population in which nobody has spoken."""
        num_words = self.vocabulary or num_agents
        return State(
            num_words=num_words,
            pairs=PAIRS.index(self.pairs),
            levels=constant([math.ceil(level * num_agents - 1e-9) for level in LEVELS]),
            speaker=np.zeros(1, np.int64),
            word=np.full(num_agents, num_words, np.int32),
            users=np.array([0] * num_words + [num_agents], np.int32),
            num_games=np.zeros(1, np.int64),
            num_successes=np.zeros(1, np.int64),
            num_reached=np.zeros(1, np.int64),
            reached=np.full(len(LEVELS), -1, np.int64),
        )

    def specification(self, agent_type: str, num_agents: int) -> Specification:
        """An agent sees its part; a speaker says a word, a hearer the same if it knows it, else the last action."""
        num_words = self.vocabulary or num_agents
        facts = {"num_words": num_words, "invents": self.vocabulary == 0}
        return Specification(Discrete(num_words + 1), Discrete(2, ("hearer", "speaker")), facts)

    def columns(self, state: State) -> dict[str, NDArray[Any]]:
        """Return the word in use by each agent; -1 before its first."""
        return {"word": np.where(state.word < state.num_words, state.word, -1)}

    def outcomes(self, state: State) -> dict[str, NDArray[Any]]:
        """Return games and successes, how many words are in use, by how many, and since when by most."""
        users = np.asarray(state.users)[:, :-1]
        reached = np.where(state.reached >= 0, state.reached, math.nan)
        return {
            "games": state.num_games[:, 0],
            "successes": state.num_successes[:, 0],
            "commonest_word_share": users.max(axis=1) / state.word.shape[1],
            "modal_word": np.where(users.any(axis=1), users.argmax(axis=1), -1),
            "words_in_use": (users > 0).sum(axis=1),
            "effective_words": np.nan_to_num(hill_number(users)),
            **{f"games_to_{100 * level:.0f}": reached[:, k] for k, level in enumerate(LEVELS)},
        }

    @staticmethod
    @compiled
    def wake(env, network, active, stream):
        """Draw a speaker and a hearer by one random word; whoever hears nobody plays no game."""
        first, second = pair_heard(network, env.pairs == 2, draw_word(stream), stream)
        if first < 0:
            return 0
        speaker, hearer = (first, second) if env.pairs == 0 else (second, first)
        env.speaker[0] = speaker
        active[0] = speaker
        active[1] = hearer
        return 0 if first == second else 2

    @staticmethod
    @compiled
    def observe(env, network, i):
        """Return one's part."""
        return SPEAKER if env.speaker[0] == i else HEARER

    @staticmethod
    @compiled
    def advance(env, network, active, actions, rewards, stream):
        """Pay both if the hearer recognises what the speaker says, and note that they use the word."""
        if active.shape[0] == 0:
            return
        speaker, hearer = np.uint64(active[0]), np.uint64(active[1])
        word = actions[speaker]
        success = word == actions[hearer] and word < env.num_words
        rewards[speaker] = rewards[hearer] = np.float64(success)
        env.num_games[0] += 1
        if success:
            env.num_successes[0] += 1
            use(env, speaker, word)
            use(env, hearer, word)
            while env.num_reached[0] < 3 and env.users[np.uint64(word)] >= env.levels[env.num_reached[0]]:
                env.reached[env.num_reached[0]] = env.num_games[0]
                env.num_reached[0] += 1


@compiled
def use(env, i, word):
    """Let agent i use a word; without a branch, since whether it is another one is hard to predict."""
    env.users[np.uint64(env.word[i])] -= 1
    env.users[np.uint64(word)] += 1
    env.word[i] = word


def consensus_rate(result: Result) -> Estimate:
    """Share of runs that end with everybody knowing one and the same word."""
    return proportion(result.runs.stop == "settled")


def games_to_consensus(result: Result) -> Estimate:
    """Mean number of games, a whole number of rounds of N, to consensus, over the runs that reach it."""
    return mean(result.runs.steps[result.runs.stop == "settled"])


def success_rate(result: Result) -> Estimate:
    """Share of games that were successes."""
    return ratio(result.runs.successes, result.runs.games)


def commonest_word_share(result: Result) -> Estimate:
    """Mean share of agents who use the commonest word at the end."""
    return mean(result.runs.commonest_word_share)


def games_to_80(result: Result) -> Estimate:
    """Mean number of games until 80% of all agents use one word, over the runs in which they come to."""
    return mean(result.runs.games_to_80.dropna())


def games_to_90(result: Result) -> Estimate:
    """Mean number of games until 90% of all agents use one word, over the runs in which they come to."""
    return mean(result.runs.games_to_90.dropna())


def games_to_100(result: Result) -> Estimate:
    """Mean number of games until all agents use one word, over the runs in which they come to."""
    return mean(result.runs.games_to_100.dropna())


METRICS = (
    consensus_rate,
    games_to_consensus,
    success_rate,
    commonest_word_share,
    games_to_80,
    games_to_90,
    games_to_100,
)


def scenario() -> Scenario:
    """Return a hundred agents who know no word yet and may all meet."""
    return Scenario(Naming(), "naming_game", "complete:n=100", 1_000_000, METRICS)


def small() -> Scenario:
    """Return six agents on a ring."""
    return Scenario(Naming(), "naming_game", "cycle:n=6", 60, METRICS)
