"""The naming game's rule: say a word that you know, keep to what was understood.

An agent has an **inventory** of words, empty at first. A speaker says one of them, uniformly; if it has none it invents
one. On success speaker and hearer drop all words but that one; on failure the hearer adds it ([Baronchelli2006]_). Who
drops words is ``forgets``: both, or only the hearer, or only the speaker ([Baronchelli2011]_). A **committed** agent,
drawn at random, knows one word and never another ([Xie2011]_, [Lu2009]_). An agent whose ``memory`` is full
takes up no new word; by default there is room for more words than the largest inventories hold, about 1.4 sqrt(N).

Where the environment has a vocabulary, to invent is to draw a word of it uniformly.
"""

from __future__ import annotations

import math
from typing import Any, ClassVar, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.parameters import parameter
from socialsim.core.streams import integer
from socialsim.engine.interface import Learner, Specification
from socialsim.learning.commitment import check_words, draw_commitment, num_committed

HEARER = 0
WHO_KEEPS = {"both": -1, "hearer": 1, "speaker": 0}  # their words on success, by the part that they observe
SMALL = 32_767  # words from which on two bytes do not number them


class State(NamedTuple):
    """Who knows which words."""

    num_words: int
    invents: int
    keeps: int
    first_word: int
    committed_word: int
    to_commit: NDArray[np.int64]  # (2,), committed agents and agents that are still to be dealt
    is_committed: NDArray[np.int8]  # (num_agents,)
    num_invented: NDArray[np.int64]  # (1,)
    has_invented: NDArray[np.int8]  # (num_agents,)
    size: NDArray[np.int32]  # (num_agents,), words known
    words: NDArray[np.int16]  # (num_agents, memory), those known first; int32 where two bytes are few
    said: NDArray[np.int32]  # (num_agents,)
    heard: NDArray[np.int32]  # (num_agents,); -1 once it is found to be known
    num_missed: NDArray[np.int64]  # (num_agents,), words not taken up for want of memory


class NamingGame(Learner):
    """Has an inventory of words.

    Examples
    --------
    >>> NamingGame(committed=0.1).forgets
    'both'
    """

    forgets: Literal["both", "hearer", "speaker"] = parameter("both", "who drops all other words on success")
    memory: int = parameter(0, "most words that an agent knows; 0: 16 + 2 sqrt(agents)", unit="words", ge=0, le=100_000)
    first_word: int = parameter(-1, "word that all know at first; -1: none", ge=-1)
    committed: float = parameter(0.0, "share of agents that are committed", ge=0, lt=1)
    committed_word: int = parameter(0, "the one word that they know", ge=0)

    source: ClassVar[str] = "Baronchelli et al. 2006, J. Stat. Mech. P06014"
    act_is_message: ClassVar[bool] = True

    def state(self, specification: Specification, num_agents: int) -> State:
        """Lay out inventories; `initialise` fills them."""
        num_words = check_words(self, specification)
        memory = min(num_words, self.memory or 16 + math.ceil(2 * math.sqrt(num_agents)))
        return State(
            num_words=num_words,
            invents=int(specification.fact("invents")),
            keeps=WHO_KEEPS[self.forgets],
            first_word=self.first_word,
            committed_word=self.committed_word,
            to_commit=np.array([num_committed(self, num_agents), num_agents]),
            is_committed=np.zeros(num_agents, np.int8),
            num_invented=np.zeros(1, np.int64),
            has_invented=np.zeros(num_agents, np.int8),
            size=np.zeros(num_agents, np.int32),
            words=np.zeros((num_agents, memory), np.int16 if num_words <= SMALL else np.int32),
            said=np.zeros(num_agents, np.int32),
            heard=np.zeros(num_agents, np.int32),
            num_missed=np.zeros(num_agents, np.int64),
        )

    def columns(self, state: State) -> dict[str, NDArray[Any]]:
        """Return how many words each agent knows; its share in the different words, the sum of 1 / holders over its
        words, so that all shares sum to their number; the word that it knows alone, or -1; whether it has invented one;
        how many it has not taken up for want of memory; and whether it is committed.
        """
        share = np.zeros(state.size.shape)
        for r, size in enumerate(state.size):
            owner = np.repeat(np.arange(len(size)), size)
            place = np.arange(len(owner)) - np.repeat(np.cumsum(size) - size, size)
            words = state.words[r][owner, place]
            share[r] = np.bincount(owner, 1.0 / np.bincount(words)[words], len(size))
        return {
            "num_words": state.size,
            "share_in_words": share,
            "only_word": np.where(state.size == 1, state.words[:, :, 0], -1),
            "has_invented": state.has_invented,
            "num_missed": state.num_missed,
            "is_committed": state.is_committed,
        }

    @staticmethod
    @compiled
    def initialise(learner, i, stream):
        """Know nothing, or the first or the committed word alone."""
        learner.size[i] = 0
        learner.has_invented[i] = 0
        learner.num_missed[i] = 0
        learner.is_committed[i] = draw_commitment(learner.to_commit, stream)
        if learner.is_committed[i]:
            add(learner, i, learner.committed_word)
        elif learner.first_word >= 0:
            add(learner, i, learner.first_word)

    @staticmethod
    @compiled
    def speak(learner, i, observation, stream):
        """Say one of the words known, or a new one; a hearer is silent."""
        if observation == HEARER:
            return np.nan
        row = np.uint64(i)
        size = learner.size[row]
        if size > 1:
            word = np.int64(learner.words[row, np.uint64(integer(stream, size))])
        elif size == 1:
            word = np.int64(learner.words[row, np.uint64(0)])
        else:
            word = invent(learner, row, stream)
            add(learner, row, word)
        learner.said[row] = word
        return np.float64(word)

    @staticmethod
    @compiled
    def hear(learner, i, j, weight, message):
        """Keep the word in mind."""
        learner.heard[np.uint64(i)] = np.int32(message)

    @staticmethod
    @compiled
    def act(learner, i, observation, stream):
        """Return the word said; or the word heard if one knows it, else none."""
        row = np.uint64(i)
        if observation != HEARER:
            return np.int64(learner.said[row])
        word = np.int64(learner.heard[row])
        found = is_known(learner, row, word)
        learner.heard[row] = -1 if found else word
        return word if found else learner.num_words

    @staticmethod
    @compiled
    def learn(learner, i, observation, action, reward, next_observation, stream):
        """Drop all other words on success; add the word on failure, as a hearer."""
        row = np.uint64(i)
        if learner.is_committed[row]:
            return
        if reward > 0.0:
            if observation != learner.keeps:
                learner.words[row, np.uint64(0)] = action
                learner.size[row] = 1
        elif observation == HEARER and learner.heard[row] >= 0:
            add(learner, row, learner.heard[row])

    @staticmethod
    @compiled
    def settled(learner, i):
        """Return the word if it is the only one known, else -1."""
        return np.int64(learner.words[i, 0]) if learner.size[i] == 1 else -1


@compiled
def invent(learner, i, stream):
    """Return a word that nobody has invented yet; where there is a vocabulary, one of it."""
    learner.has_invented[i] = 1
    if not learner.invents:
        return integer(stream, learner.num_words)
    word = learner.num_invented[0] % learner.num_words  # more than agents only where agents come and go
    learner.num_invented[0] += 1
    return word


@compiled
def is_known(learner, i, word):
    """Return whether agent i knows a word; looking at all of them is quicker than stopping at the right one."""
    found = False
    for k in range(np.uint64(learner.size[i])):
        found |= learner.words[i, k] == word
    return found


@compiled
def add(learner, i, word):
    """Add a word that agent i does not know, unless its memory is full."""
    size = learner.size[i]
    if size < learner.words.shape[1]:
        learner.words[i, np.uint64(size)] = word
        learner.size[i] = size + 1
    else:
        learner.num_missed[i] += 1
