"""Mistrust: evidence counts the less the further its author's belief is from one's own (O'Connor & Weatherall 2018).

As with `socialsim.learning.bayesian`, arm 1 succeeds with q = 1/2 + e (hypothesis H) or 1 - q, and an agent uses it iff
P_i(H) > 1/2. Agent i is not sure that what j reports, E, has happened. With the distance d = |P_i(H) - P_j(H)| of their
beliefs and a multiplier m it believes the report to the degree

    P_f(E) = 1 - min(1, d m) (1 - P_i(E)),                                      at worst the report is ignored
    P_f(E) = max(0, 1 - d m (1 - P_i(E))),                                      anti-updating

and its new belief follows from Jeffrey's rule, P_f(H) = P_i(H|E) P_f(E) + P_i(H|not E) (1 - P_f(E)). Since
P_i(H) = P_i(H|E) P_i(E) + P_i(H|not E) (1 - P_i(E)), where D = d m and P_f(E) > 0 this is simply

    P_f(H) = (1 - D) P_i(H|E) + D P_i(H),                                                                         (1)

a mixture of believing and ignoring: Bayes' rule where D = 0, no change where D = 1, and beyond it, with anti-updating,
the opposite of what Bayes' rule would do. In log-odds x, with the evidence w = (2k - n) ln[q / (1 - q)] of k successes
in n trials, p = P_i(H) and Z = p e^w + 1 - p,

    x <- x + ln [(1 - D) e^w + D Z] - ln [(1 - D) + D Z].                                                         (2)

What E is matters only where P_f(E) is 0: here the number k of successes, whose chances are binomial.

Agents take up their own result first, undiscounted, then those of the others in the order of the rows, each after the
other. All distances are to the beliefs with which others went into the round; with ``sequential`` agents update in turn
and the distance is to what the other believes by then. **This is no detail**: one who is convinced within a round is
lost to sceptics who come later in that round, and sequential communities polarise much more often
(`analysis/reproductions/oconnor_2018`).

A run ends in consensus as a Bayesian's does, and also when it is **polarised**: every agent either exceeds the
threshold, or has x <= 0 and took nothing from any colleague in the last round (D >= 1 throughout). Sceptics then no
longer move, and believers would have to lose their confidence first: with x the log-odds of the least confident one and
y those of a credence within 1/m of the most open sceptic, this happens with a chance of at most about e^(y - x). For
m <= 1 nobody is ever ignored, since d < 1, and no disagreement lasts. Source: [OConnor2018]_, eqs. 1 (anti-updating)
and 2; [Jeffrey1990]_, chapter 11, for the rule.
"""

from __future__ import annotations

import math
from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from socialsim.core.compiled import compiled
from socialsim.core.parameters import parameter
from socialsim.engine.interface import Specification, constant
from socialsim.learning.bayesian import Bayesian
from socialsim.learning.bayesian import State as Prior
from socialsim.learning.standing import BELIEVER, LISTENER, NOWHERE, NUM_STANDS, SCEPTIC, UNDECIDED, take_stand, verdict

MISINFORMANT_CREDENCE = 0.0  # what those who are no scientists profess to believe
TINY = 1e-300  # keeps logarithms finite where both hypotheses have underflown

draw_prior = Bayesian.initialise


class State(NamedTuple):
    """A Bayesian's beliefs, whom each agent mistrusts how much, and where all stand."""

    trials: int
    weight: float  # ln[q / (1 - q)]
    settled_above: float  # log-odds of the threshold
    prior_low: float
    prior_high: float
    log_odds: NDArray[np.float64]  # (num_agents,)
    mistrust: float
    anti_updating: int
    sequential: int
    log_better: NDArray[np.float64]  # (trials + 1,), ln P(k successes | H); empty unless needed
    log_worse: NDArray[np.float64]  # (trials + 1,), ln P(k successes | not H)
    stated: NDArray[np.float64]  # (num_agents,), credence with which one went into the round
    listens: NDArray[np.int64]  # (num_agents,), whether one took anything from another in this round
    standing: NDArray[np.int64]  # (num_agents,)
    tally: NDArray[np.int64]  # (num_stands + 1,), how many stand where, and who was the last to say


@compiled
def credence(log_odds):
    """Return the credence of log-odds, 1 / (1 + e^-x).

    Examples
    --------
    >>> credence(0.0), credence(-math.inf), credence(1000.0)
    (0.5, 0.0, 1.0)
    """
    if log_odds >= 0.0:
        return 1.0 / (1.0 + math.exp(-log_odds))
    odds = math.exp(log_odds)
    return odds / (1.0 + odds)


@compiled
def mixed_update(belief, evidence, discount):
    """Return what a discounted result adds to the log-odds, by equation (2).

    Numerator and denominator are divided by e^w where w > 0, so that nothing overflows.

    Parameters
    ----------
    belief : float
        p, in [0, 1].
    evidence : float
        w.
    discount : float
        D >= 0, with P_f(E) > 0.

    Examples
    --------
    >>> round(mixed_update(0.5, math.log(3.0), 0.0), 12) == round(math.log(3.0), 12)  # Bayes' rule
    True
    >>> mixed_update(0.5, math.log(3.0), 1.0)  # ignored
    0.0
    """
    trust = 1.0 - discount
    ratio = math.exp(-abs(evidence))
    if evidence > 0.0:
        known = discount * (belief + (1.0 - belief) * ratio)
        return math.log(max(TINY, trust + known)) - math.log(max(TINY, trust * ratio + known))
    known = discount * (1.0 - belief + belief * ratio)
    return math.log(max(TINY, trust * ratio + known)) - math.log(max(TINY, trust + known))


@compiled
def contrary_update(learner, belief, evidence, discount):
    """Return what a result adds to the log-odds with anti-updating, D > 1: by equation (2), or, where P_f(E) = 0, by
    P(H | not E), whose odds are the prior's times [1 - P(E|H)] / [1 - P(E|not H)].
    """
    k = np.int64(math.floor((evidence / learner.weight + learner.trials) / 2.0 + 0.5))
    better, worse = math.exp(learner.log_better[k]), math.exp(learner.log_worse[k])
    if discount * (1.0 - belief * better - (1.0 - belief) * worse) >= 1.0:
        return math.log1p(-better) - math.log1p(-worse)
    return mixed_update(belief, evidence, discount)


@compiled
def stand(learner, i):
    """Return where agent i stands."""
    if learner.log_odds[i] > learner.settled_above:
        return BELIEVER
    if learner.log_odds[i] > 0.0:
        return UNDECIDED
    return LISTENER if learner.listens[i] else SCEPTIC


class Mistrust(Bayesian):
    """Weighs evidence by how near its author's belief is; its agents are the first of the network.

    Examples
    --------
    >>> Mistrust(mistrust=1.5).threshold
    0.99
    """

    threshold: float = parameter(0.99, "credence above which an agent has settled on arm 1", ge=0.5, lt=1)
    mistrust: float = parameter(
        2.0, "multiplier m: what is reported from a distance of 1/m or more is not believed", ge=0
    )
    anti_updating: bool = parameter(False, "whether what is not believed is taken for evidence of the contrary")
    sequential: bool = parameter(False, "whether agents update in turn, and distances are to beliefs of this round")

    source: ClassVar[str] = "O'Connor & Weatherall 2018, European Journal for Philosophy of Science 8:855-875"
    additive: ClassVar[frozenset[str]] = frozenset()
    hears_itself: ClassVar[bool] = True

    def state(self, specification: Specification, num_agents: int) -> State:
        """Start as a Bayesian does; nobody stands anywhere yet."""
        prior: Prior = super().state(specification, num_agents)
        better = specification.fact("better_rate")
        k = np.arange(prior.trials + 1) if self.anti_updating else np.zeros(0)
        ways = gammaln(prior.trials + 1.0) - gammaln(k + 1.0) - gammaln(prior.trials - k + 1.0)
        failures = prior.trials - k
        return State(
            *prior,
            mistrust=self.mistrust,
            anti_updating=int(self.anti_updating),
            sequential=int(self.sequential),
            log_better=constant(ways + k * math.log(better) + failures * math.log(1.0 - better)),
            log_worse=constant(ways + k * math.log(1.0 - better) + failures * math.log(better)),
            stated=np.zeros(num_agents),
            listens=np.ones(num_agents, np.int64),
            standing=np.full(num_agents, NOWHERE),
            tally=np.zeros(NUM_STANDS + 1, np.int64),
        )

    @staticmethod
    @compiled
    def initialise(learner, i, stream):
        """Draw a credence from U(low, high); who does not believe listens at first."""
        draw_prior(learner, i, stream)
        learner.listens[i] = 1
        take_stand(learner.standing, learner.tally, i, stand(learner, i))

    @staticmethod
    @compiled
    def report(learner, i, observation, action, reward, stream):
        """State one's credence, and return the evidence of one's result; without an experiment there is none."""
        learner.stated[i] = credence(learner.log_odds[i])
        learner.listens[i] = 0
        return (2.0 * reward - learner.trials) * learner.weight if action == 1 else math.nan

    @staticmethod
    @compiled
    def absorb(learner, i, j, weight, message):  # type: ignore[override]
        """Take up one result by equation (2), discounted by D = d m."""
        is_scientist = j < learner.log_odds.shape[0]
        if not is_scientist:
            if message == 0.0:  # a selective misinformant has nothing to say
                return
            other = MISINFORMANT_CREDENCE
        elif learner.sequential:
            other = credence(learner.log_odds[j])
        else:
            other = learner.stated[j]
        belief = credence(learner.log_odds[i])
        discount = learner.mistrust * abs(belief - other)
        if discount == 0.0:
            learner.log_odds[i] += message
        elif discount < 1.0:
            learner.log_odds[i] += mixed_update(belief, message, discount)
        elif learner.anti_updating:
            learner.log_odds[i] += contrary_update(learner, belief, message, discount)
        if is_scientist and j != i and discount < 1.0:
            learner.listens[i] = 1

    @staticmethod
    @compiled
    def learn(learner, i, observation, action, reward, next_observation, stream):
        """Note where one stands after the round."""
        take_stand(learner.standing, learner.tally, i, stand(learner, i))

    @staticmethod
    @compiled
    def settled(learner, i):
        """Return the community's end (see `socialsim.learning.standing`), or -1."""
        return verdict(learner.standing, learner.tally, i)
