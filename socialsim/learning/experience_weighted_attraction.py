"""Experience-weighted attraction: reinforcement and belief learning in one rule (Camerer & Ho 1999).

After a round in which it took s_t and each action a would have paid u_t(a), an agent's attraction to a and its
experience are

    N_t    = rho N_{t-1} + 1,    rho = phi (1 - kappa)
    A_t(a) = {phi N_{t-1} A_{t-1}(a) + [delta + (1 - delta) 1(a = s_t)] u_t(a)} / N_t     ([CamererHo1999]_, section 2)

and it chooses by logit, P_{t+1}(a) = exp[lambda A_t(a)] / sum_b exp[lambda A_t(b)]. What one did counts in full, what
one forwent with the weight of imagination delta; phi makes the past fade; kappa says whether attractions are averages
(0) or sums (1). Corners of the cube of (delta, kappa, phi) are rules with names of their own:

    delta  kappa
      1      0    weighted fictitious play: A is the expected payoff if the others' acts are as likely as they were
                  frequent, weighted by phi^age; with phi = 1 and N_0 = 0 the belief of fictitious play
      0      1    cumulative reinforcement, A <- phi A + u; with phi = 1 that of Roth and Erev, but by logit
      0      0    average reinforcement

The reward received stands for u_t(s_t). Estimates from experiments are about phi .8-1 and delta .5.
"""

from __future__ import annotations

from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.parameters import parameter
from socialsim.engine.interface import Learner, Specification
from socialsim.learning.knowledge import needs_foregone_payoffs
from socialsim.learning.logit import logit_chances, logit_choice


class State(NamedTuple):
    """Attractions and experience."""

    phi: float
    delta: float
    rho: float
    sensitivity: float
    initial_attraction: float
    initial_experience: float
    attractions: NDArray[np.float64]  # (num_agents, num_actions), A
    experience: NDArray[np.float64]  # (num_agents,), N
    weights: NDArray[np.float64]  # (num_agents, num_actions), proportional to the chances at the last act


class ExperienceWeightedAttraction(Learner):
    """Learns from what it did and what it forwent; needs an environment that shows what each action would have paid.

    Examples
    --------
    >>> ExperienceWeightedAttraction(delta=1, kappa=0).delta
    1.0
    """

    phi: float = parameter(0.9, "what is left of an old attraction after a round", ge=0, le=1)
    delta: float = parameter(0.5, "weight of foregone payoffs", ge=0, le=1)
    kappa: float = parameter(0.0, "whether attractions are averages (0) or sums (1) of payoffs", ge=0, le=1)
    sensitivity: float = parameter(1.0, "sensitivity lambda of choice to attractions", unit="per reward", ge=0)
    initial_attraction: float = parameter(0.0, "attraction of every action at first", unit="reward")
    initial_experience: float = parameter(1.0, "rounds N that the initial attractions are worth", unit="rounds", ge=0)

    source: ClassVar[str] = "Camerer & Ho 1999, Econometrica 67:827-874"

    def state(self, specification: Specification, num_agents: int) -> State:
        """Start equally attracted to all actions."""
        shape = (num_agents, needs_foregone_payoffs(self.name(), specification))
        return State(
            phi=self.phi,
            delta=self.delta,
            rho=self.phi * (1.0 - self.kappa),
            sensitivity=self.sensitivity,
            initial_attraction=self.initial_attraction,
            initial_experience=self.initial_experience,
            attractions=np.full(shape, self.initial_attraction),
            experience=np.full(num_agents, self.initial_experience),
            weights=np.ones(shape),
        )

    def columns(self, state: State) -> dict[str, NDArray[Any]]:
        """Return each agent's experience, and how certain its last choice was: the largest chance of an action."""
        return {"experience": state.experience, "certainty": state.weights.max(axis=2) / state.weights.sum(axis=2)}

    @staticmethod
    @compiled
    def initialise(learner, i, stream):
        """Forget everything."""
        learner.experience[i] = learner.initial_experience
        for a in range(learner.attractions.shape[1]):
            learner.attractions[i, a] = learner.initial_attraction
            learner.weights[i, a] = 1.0

    @staticmethod
    @compiled
    def act(learner, i, observation, stream):
        """Choose by logit."""
        return logit_choice(learner.attractions[i], learner.sensitivity, learner.weights[i], stream)

    @staticmethod
    @compiled
    def probabilities(learner, i, observation, out):
        """Write the chance of each action."""
        logit_chances(learner.attractions[i], learner.sensitivity, out)

    @staticmethod
    @compiled
    def learn(learner, i, observation, action, reward, next_observation, stream):
        """Let attractions fade, and add what was paid and what would have been."""
        past = learner.phi * learner.experience[i]
        learner.experience[i] = learner.rho * learner.experience[i] + 1.0
        for a in range(learner.attractions.shape[1]):
            paid = reward if a == action else learner.delta * next_observation[a]
            learner.attractions[i, a] = (past * learner.attractions[i, a] + paid) / learner.experience[i]
