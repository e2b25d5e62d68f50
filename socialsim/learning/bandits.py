"""Learners for bandits who know nothing about the arms: greedy Bayesian, Thompson sampling, epsilon-greedy.

Each agent counts, for each arm a, successes s_a and failures f_a in all results that it sees, on top of a Beta prior.
Its belief about the success probability of a is

    Beta(alpha_a + s_a, beta_a + f_a),    mean m_a = (alpha_a + s_a) / (alpha_a + beta_a + s_a + f_a).

- `BetaBayesian` uses the arm of the highest mean: the myopic agent of [Zollman2010]_, whose priors alpha, beta ~ U(0,
  prior) differ between agents (transient diversity).
- `Thompson` draws a probability from each belief and uses the arm of the highest draw ([Thompson1933]_).
- `EpsilonGreedy` uses the arm of the highest mean, or with probability epsilon any arm ([Sutton2018]_, section 2.4).

Results are counts, so evidence adds up over neighbours and oneself. An agent has **settled** on the arm of the highest
mean when it believes that this one beats each other with a probability above the threshold, by the normal approximation
of two independent beliefs,

    P(p_a > p_b) = Phi[(m_a - m_b) / sqrt(v_a + v_b)],    v = m (1 - m) / (alpha + beta + s + f + 1).
"""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from socialsim.core.compiled import compiled
from socialsim.core.parameters import parameter
from socialsim.core.streams import beta, integer, uniform
from socialsim.engine.interface import Learner, Specification


class State(NamedTuple):
    """Beliefs: pseudo-counts of successes and failures."""

    trials: int
    prior: float
    epsilon: float
    settled_above: float  # standard deviations between the best two arms
    successes: NDArray[np.float64]  # (num_agents, num_arms), with the prior's alpha
    failures: NDArray[np.float64]  # (num_agents, num_arms), with the prior's beta


@compiled
def best_arm(learner, i):
    """Return the arm of the highest mean, the first of equals."""
    best, highest = 0, -1.0
    for arm in range(learner.successes.shape[1]):
        mean = learner.successes[i, arm] / (learner.successes[i, arm] + learner.failures[i, arm])
        if mean > highest:
            best, highest = arm, mean
    return best


@compiled
def lead(learner, i, arm, other):
    """Return by how many standard deviations an agent believes an arm to beat another."""
    difference, variance = 0.0, 0.0
    for sign, a in ((1.0, arm), (-1.0, other)):
        count = learner.successes[i, a] + learner.failures[i, a]
        mean = learner.successes[i, a] / count
        difference += sign * mean
        variance += mean * (1.0 - mean) / (count + 1.0)
    return difference / math.sqrt(variance)


class _Counting(Learner):
    """What the three have in common: priors, evidence and when they have settled."""

    threshold: float = parameter(0.9999, "belief that an arm is the best above which one has settled", ge=0.5, lt=1)
    prior: float = parameter(4.0, "upper end of the uniform distribution of the priors alpha and beta", gt=0)

    additive: ClassVar[frozenset[str]] = frozenset({"absorb"})
    hears_itself: ClassVar[bool] = True

    def state(self, specification: Specification, num_agents: int) -> State:
        """Start from no counts; `initialise` draws the priors."""
        return State(
            trials=specification.fact("trials"),
            prior=self.prior,
            epsilon=float(getattr(self, "epsilon", 0.0)),
            settled_above=NormalDist().inv_cdf(self.threshold),
            successes=np.ones((num_agents, specification.num_actions)),
            failures=np.ones((num_agents, specification.num_actions)),
        )

    def message_size(self, specification: Specification) -> int:
        """A message is a result: the successes, then the failures of each arm."""
        return 2 * specification.num_actions

    def columns(self, state: State) -> dict[str, NDArray[Any]]:
        """Return each agent's credence that arm 1 is the best, by the normal approximation against its strongest
        rival.
        """
        count = state.successes + state.failures
        mean = state.successes / count
        variance = mean * (1.0 - mean) / (count + 1.0)
        rivals = np.delete(np.arange(mean.shape[2]), 1)
        ahead = (mean[..., [1]] - mean[..., rivals]) / np.sqrt(variance[..., [1]] + variance[..., rivals])
        return {"credence": ndtr(ahead.min(axis=2))}

    @staticmethod
    @compiled
    def initialise(learner, i, stream):
        """Draw alpha and beta of each arm from U(0, prior)."""
        for arm in range(learner.successes.shape[1]):
            learner.successes[i, arm] = learner.prior * (1.0 - uniform(stream))
            learner.failures[i, arm] = learner.prior * (1.0 - uniform(stream))

    @staticmethod
    @compiled
    def report(learner, i, observation, action, reward, stream, out):
        """Report one's result."""
        num_arms = learner.successes.shape[1]
        for c in range(2 * num_arms):
            out[c] = 0.0
        out[action] = reward
        out[num_arms + action] = learner.trials - reward

    @staticmethod
    @compiled
    def absorb(learner, i, total):
        """Count what one sees."""
        num_arms = learner.successes.shape[1]
        for arm in range(num_arms):
            learner.successes[i, arm] += total[arm]
            learner.failures[i, arm] += total[num_arms + arm]

    @staticmethod
    @compiled
    def settled(learner, i):
        """Return the arm on which agent i has settled, or -1."""
        best = best_arm(learner, i)
        for arm in range(learner.successes.shape[1]):
            if arm != best and lead(learner, i, best, arm) <= learner.settled_above:
                return -1
        return best


class BetaBayesian(_Counting):
    """Uses the arm that it believes to be the best.

    Examples
    --------
    >>> BetaBayesian(prior=2).prior
    2.0
    """

    source: ClassVar[str] = "Zollman 2010, Erkenntnis 72:17-35"

    @staticmethod
    @compiled
    def act(learner, i, observation, stream):
        """Use the arm of the highest mean."""
        return best_arm(learner, i)


class Thompson(_Counting):
    """Uses each arm as often as it believes it to be the best.

    Examples
    --------
    >>> Thompson().threshold
    0.9999
    """

    source: ClassVar[str] = "Thompson 1933, Biometrika 25:285-294"

    @staticmethod
    @compiled
    def act(learner, i, observation, stream):
        """Draw from each belief and use the arm of the highest draw."""
        best, highest = 0, -1.0
        for arm in range(learner.successes.shape[1]):
            draw = beta(stream, learner.successes[i, arm], learner.failures[i, arm])
            if draw > highest:
                best, highest = arm, draw
        return best


class EpsilonGreedy(_Counting):
    """Uses the best arm so far, and now and then any.

    Examples
    --------
    >>> EpsilonGreedy(epsilon=0.05).epsilon
    0.05
    """

    epsilon: float = parameter(0.1, "chance of an arm drawn uniformly", unit="per action", ge=0, le=1)

    source: ClassVar[str] = "Sutton & Barto 2018, Reinforcement Learning, section 2.4"

    @staticmethod
    @compiled
    def act(learner, i, observation, stream):
        """Use any arm with probability epsilon, else that of the highest mean."""
        if uniform(stream) < learner.epsilon:
            return integer(stream, learner.successes.shape[1])
        return best_arm(learner, i)
