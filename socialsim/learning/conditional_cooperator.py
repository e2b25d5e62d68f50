"""Conditional co-operation: restrain yourself if enough of the others do.

A conditional co-operator i takes the restrained action if it expects at least a share ``threshold`` of those whom it
hears to do so, else the unrestrained one (both are facts that the environment gives):

    a_i = restrained  if  s_i >= threshold,    s_i = trust w_i + (1 - trust) d_i

where w_i is the share of neighbours who have just said, before acting, that they will restrain themselves, and d_i the
share who did in the last step. Everybody says what it intends on what it then expects, and after acting what it took.
At first all expect the best; who hears nobody goes on doing so.

Mistakes (with probability ``tremble`` one does the other thing) show in deeds and not in words. By deeds alone
restraint unravels from the first mistakes on; words re-establish it in the next step. Words cost nothing, though:
**free riders** never restrain themselves and say that they will, so that those who trust words alone are exploited for
ever. Source: [Fischbacher2001]_ for conditional co-operators and free riders; [Ostrom1992]_ for communication in a
commons.
"""

from __future__ import annotations

from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.parameters import parameter
from socialsim.core.streams import uniform
from socialsim.engine.interface import Learner, Specification

ROUNDING = 1e-12  # a share that is at the threshold but for rounding is not below it


class State(NamedTuple):
    """What each agent has heard."""

    threshold: float
    trust: float
    tremble: float
    free_riders: float
    restrained_action: int
    unrestrained_action: int
    is_free_rider: NDArray[np.int64]  # (num_agents,)
    words: NDArray[np.float64]  # (num_agents,), share of those heard who said that they restrain themselves
    deeds: NDArray[np.float64]  # (num_agents,), share of them who did


class ConditionalCooperator(Learner):
    """Restrains itself if enough neighbours say that they will, or did; needs the facts ``restrained_action`` and
    ``unrestrained_action``.

    Examples
    --------
    >>> ConditionalCooperator(trust=0.5).trust
    0.5
    """

    threshold: float = parameter(0.6, "share of restrained neighbours from which on one joins them", ge=0, le=1)
    trust: float = parameter(0.0, "weight of words against deeds; 0: no communication", ge=0, le=1)
    tremble: float = parameter(0.0, "chance of doing the other thing by mistake", unit="per step", ge=0, le=1)
    free_riders: float = parameter(0.0, "chance that an agent is a free rider", ge=0, le=1)

    additive: ClassVar[frozenset[str]] = frozenset({"hear", "absorb"})
    source: ClassVar[str] = "Fischbacher, Gächter & Fehr 2001, Economics Letters 71:397-404"

    def state(self, specification: Specification, num_agents: int) -> State:
        """Lay out agents who expect the best."""
        return State(
            threshold=self.threshold,
            trust=self.trust,
            tremble=self.tremble,
            free_riders=self.free_riders,
            restrained_action=specification.fact("restrained_action"),
            unrestrained_action=specification.fact("unrestrained_action"),
            is_free_rider=np.zeros(num_agents, np.int64),
            words=np.ones(num_agents),
            deeds=np.ones(num_agents),
        )

    def message_size(self, specification: Specification) -> int:
        """Return 2: whether one restrains oneself, and a 1 by which voices are counted."""
        return 2

    def columns(self, state: State) -> dict[str, NDArray[Any]]:
        """Return who is a free rider and what each agent expects."""
        expected = state.trust * state.words + (1.0 - state.trust) * state.deeds
        return {"is_free_rider": state.is_free_rider, "expected_restraint": expected}

    @staticmethod
    @compiled
    def initialise(learner, i, stream):
        """Draw whether the agent is a free rider; it has heard nothing bad yet."""
        learner.is_free_rider[i] = uniform(stream) < learner.free_riders
        learner.words[i] = 1.0
        learner.deeds[i] = 1.0

    @staticmethod
    @compiled
    def speak(learner, i, observation, stream, out):
        """Say what one intends; a free rider promises restraint."""
        out[0] = 1.0 if learner.is_free_rider[i] or is_willing(learner, i) else 0.0
        out[1] = 1.0

    @staticmethod
    @compiled
    def hear(learner, i, total):
        """Count the promises."""
        if total[1] > 0.0:
            learner.words[i] = total[0] / total[1]

    @staticmethod
    @compiled
    def act(learner, i, observation, stream):
        """Restrain oneself if enough others are expected to, but for mistakes."""
        restrains = not learner.is_free_rider[i] and is_willing(learner, i)
        if learner.tremble > 0.0 and uniform(stream) < learner.tremble:
            restrains = not restrains
        return learner.restrained_action if restrains else learner.unrestrained_action

    @staticmethod
    @compiled
    def report(learner, i, observation, action, reward, stream, out):
        """Say what one did."""
        out[0] = 1.0 if action == learner.restrained_action else 0.0
        out[1] = 1.0

    @staticmethod
    @compiled
    def absorb(learner, i, total):
        """Count the deeds."""
        if total[1] > 0.0:
            learner.deeds[i] = total[0] / total[1]


@compiled
def is_willing(learner, i):
    """Return whether agent i expects enough restraint to join in."""
    expected = learner.trust * learner.words[i] + (1.0 - learner.trust) * learner.deeds[i]
    return expected >= learner.threshold - ROUNDING
