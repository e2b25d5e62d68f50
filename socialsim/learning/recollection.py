"""Recollection: say what you have heard most often lately.

An agent remembers the last M words that it has heard and says the commonest of them, its best reply if the next one
whom it meets is like those whom it has met ([Centola2018]_; adaptive play of [Young1993]_ without errors, in which an
agent looks at all it remembers). Words that are level are chosen among by ``ties``: uniformly, or always the lowest of
them, which is what the program published with [Centola2018]_ does. Memories are empty at first, or full of
``first_word``; whoever remembers nothing says any word. A hearer recognises a word if it would say it itself.
A **committed** agent, drawn at random, says one word for ever.
"""

from __future__ import annotations

from typing import Any, ClassVar, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.parameters import parameter
from socialsim.core.streams import integer
from socialsim.engine.interface import Learner, Specification
from socialsim.learning.commitment import check_words, draw_commitment, num_committed

HEARER = 0


class State(NamedTuple):
    """What everybody remembers."""

    num_words: int
    ties_to_lowest: int
    first_word: int
    committed_word: int
    to_commit: NDArray[np.int64]  # (2,), committed agents and agents that are still to be dealt
    is_committed: NDArray[np.int8]  # (num_agents,)
    memory: NDArray[np.int32]  # (num_agents, memory), words heard, in a ring; -1: none yet
    oldest: NDArray[np.int64]  # (num_agents,), place of the next word in the ring
    choice: NDArray[np.int64]  # (num_agents,), word to be said


class Recollection(Learner):
    """Says the commonest of the last words heard.

    Examples
    --------
    >>> Recollection(memory=5).ties
    'random'
    """

    memory: int = parameter(12, "number M of words remembered", unit="words", ge=1, le=1000)
    ties: Literal["random", "lowest"] = parameter("random", "which of the commonest words one says")
    first_word: int = parameter(-1, "word that fills all memories at first; -1: they are empty", ge=-1)
    committed: float = parameter(0.0, "share of agents that are committed", ge=0, lt=1)
    committed_word: int = parameter(0, "the one word that they say", ge=0)

    source: ClassVar[str] = "Centola, Becker, Brackbill & Baronchelli 2018, Science 360:1116-1119"
    act_is_message: ClassVar[bool] = True

    def state(self, specification: Specification, num_agents: int) -> State:
        """Lay out memories; `initialise` fills them."""
        return State(
            num_words=check_words(self, specification),
            ties_to_lowest=int(self.ties == "lowest"),
            first_word=self.first_word,
            committed_word=self.committed_word,
            to_commit=np.array([num_committed(self, num_agents), num_agents]),
            is_committed=np.zeros(num_agents, np.int8),
            memory=np.full((num_agents, self.memory), -1, np.int32),
            oldest=np.zeros(num_agents, np.int64),
            choice=np.zeros(num_agents, np.int64),
        )

    def columns(self, state: State) -> dict[str, NDArray[Any]]:
        """Return the word that each agent said last or would recognise, its share of the memory, and commitment."""
        agreement = (state.memory == state.choice[:, :, None]).mean(axis=2)
        return {"choice": state.choice, "agreement": agreement, "is_committed": state.is_committed}

    @staticmethod
    @compiled
    def initialise(learner, i, stream):
        """Remember nothing, or the first or the committed word alone."""
        learner.is_committed[i] = draw_commitment(learner.to_commit, stream)
        word = learner.committed_word if learner.is_committed[i] else learner.first_word
        for k in range(learner.memory.shape[1]):
            learner.memory[i, k] = word
        learner.oldest[i] = 0

    @staticmethod
    @compiled
    def speak(learner, i, observation, stream):
        """Choose a word; a speaker says it."""
        learner.choice[i] = commonest(learner.memory, i, learner.num_words, learner.ties_to_lowest, stream)
        return np.nan if observation == HEARER else np.float64(learner.choice[i])

    @staticmethod
    @compiled
    def hear(learner, i, j, weight, message):
        """Remember the word in the place of the oldest; whoever is committed does not listen."""
        if not learner.is_committed[i]:
            learner.memory[i, learner.oldest[i]] = np.int32(message)
            learner.oldest[i] = (learner.oldest[i] + 1) % learner.memory.shape[1]

    @staticmethod
    @compiled
    def act(learner, i, observation, stream):
        """Say the word chosen."""
        return learner.choice[i]

    @staticmethod
    @compiled
    def settled(learner, i):
        """Return the word if one remembers no other, else -1."""
        word = np.int64(learner.memory[i, 0])
        for k in range(1, learner.memory.shape[1]):
            if learner.memory[i, k] != word:
                return -1
        return word


@compiled
def commonest(memory, i, num_words, lowest, stream):
    """Return the commonest word in row i of the memory, one of those level by lot or the lowest; any if it is empty.

    Examples
    --------
    >>> from socialsim.core.streams import Purpose, seed_streams
    >>> stream = seed_streams(1, np.arange(1), Purpose.LEARNERS)[0]
    >>> int(commonest(np.array([[2, 0, 2, -1]]), 0, 3, 1, stream))
    2
    """
    best, most, ties = np.int64(-1), 0, 1
    for k in range(memory.shape[1]):
        word = np.int64(memory[i, k])
        count, is_first = 0, True
        for m in range(memory.shape[1]):
            if memory[i, m] == word:
                count += 1
                if m < k:
                    is_first = False
        if word < 0 or not is_first or count < most:
            continue
        if count > most:
            best, most, ties = word, count, 1
        elif lowest:
            best = min(best, word)
        else:
            ties += 1
            if integer(stream, ties) == 0:
                best = word
    return best if best >= 0 else integer(stream, num_words)
