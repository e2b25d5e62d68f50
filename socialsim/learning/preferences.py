"""Social preferences: inequity aversion, social value orientation, shared reward.

With a preference an agent learns from u_i, its own function of everybody's material rewards r_1, ..., r_N
(`socialsim.engine.preferences`). The others, j, are the n_i agents that i hears and that are present: on a complete
network all others, n_i = N - 1. Weights of edges do not count. Whoever hears nobody learns from u_i = r_i.

**Inequity aversion** ([Fehr1999]_, eq. 1; for sequences of rewards [Hughes2018]_) compares smoothed rewards e, of which
the share gamma lambda is kept from step to step,

    e_j^t = gamma lambda e_j^{t-1} + r_j^t,    e_j^0 = 0 before an episode,

    u_i = r_i - alpha / n_i sum_j max(e_j - e_i, 0) - beta / n_i sum_j max(e_i - e_j, 0).

Both terms lower the reward: being behind (envy, alpha) and being ahead (guilt, beta). With the second sign reversed, as
in some public versions, it would pay to be ahead. The case lambda = 0 compares the rewards of one step, as Fehr and
Schmidt do.

**Social value orientation** ([Griesinger1973]_, [Liebrand1984]_) is an angle theta between one's own outcome and that
of others,

    u_i = cos(theta) r_i + sin(theta) mean_j r_j:

0 degrees is individualistic, 45 prosocial, 90 altruistic, -45 competitive. [McKee2020]_ have agents learn from r_i less
a multiple of |theta - theta_i|, with the angle theta_i of the point (r_i, mean_j r_j); where nobody is paid, as at most
steps of a foraging game, that angle is undefined, so that the linear form is used here.

**Shared reward** moves from one's own reward to the mean over oneself and one's neighbours,

    u_i = (1 - w) r_i + w (r_i + sum_j r_j) / (1 + n_i);

w = 1 is the team reward, a prosocial learner of [Peysakhovich2018]_ is in between. On a complete network the sum of
u_i is that of r_i, whatever w.
"""

from __future__ import annotations

import math
from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.parameters import parameter
from socialsim.engine.links import COMPLETE, degree, is_away, neighbour
from socialsim.engine.preferences import Preference

SORTED_FROM = 96  # agents of a complete network; below it comparing each with each is quicker than sorting


class Levels(NamedTuple):
    """Smoothed rewards, and on a large complete network the same in order."""

    envy: float
    guilt: float
    decay: float
    levels: NDArray[np.float64]  # (num_agents,), e_i
    ordered: NDArray[np.float64]  # (num_agents,), those of the present, ascending
    sums: NDArray[np.float64]  # (num_agents + 1,), sums[m] is that of the m lowest
    num_present: NDArray[np.int64]  # (1,)


@compiled
def sift_down(values, root, size):
    """Let an entry of a heap sink until none below it is greater."""
    while 2 * root + 1 < size:
        child = 2 * root + 1
        if child + 1 < size and values[child] < values[child + 1]:
            child += 1
        if values[root] >= values[child]:
            return
        values[root], values[child] = values[child], values[root]
        root = child


@compiled
def sort_ascending(values, size):
    """Sort the first entries in place, without allocating anything (heapsort)."""
    for root in range(size // 2 - 1, -1, -1):
        sift_down(values, root, size)
    for last in range(size - 1, 0, -1):
        values[0], values[last] = values[last], values[0]
        sift_down(values, 0, last)


@compiled
def num_up_to(ordered, size, bound, including):
    """Return how many of the first entries, ascending, are below a bound, those that equal it included or not."""
    low, high = 0, size
    while low < high:
        middle = (low + high) // 2
        if ordered[middle] < bound or (including and ordered[middle] == bound):
            low = middle + 1
        else:
            high = middle
    return low


class InequityAversion(Preference):
    """Dislikes to have less than others (envy), and to have more (guilt).

    Examples
    --------
    >>> InequityAversion(envy=0.0).guilt
    0.05
    >>> InequityAversion(guilt=-0.05)
    Traceback (most recent call last):
        ...
    socialsim.core.errors.ParameterError: guilt: -0.05 is not accepted; accepted: a float, >= 0
    """

    envy: float = parameter(5.0, "aversion alpha to having less than others", ge=0)
    guilt: float = parameter(0.05, "aversion beta to having more than others", ge=0)
    discount: float = parameter(0.99, "discount factor gamma of the smoothed rewards", unit="per step", ge=0, le=1)
    trace_decay: float = parameter(
        0.975, "decay lambda of the smoothed rewards; 0: rewards of one step are compared", unit="per step", ge=0, le=1
    )

    source: ClassVar[str] = "Hughes et al. 2018, NeurIPS 31; Fehr & Schmidt 1999, Quarterly Journal of Economics 114"

    def state(self, num_agents: int) -> Levels:
        """Lay out the smoothed rewards."""
        return Levels(
            envy=self.envy,
            guilt=self.guilt,
            decay=self.discount * self.trace_decay,
            levels=np.zeros(num_agents),
            ordered=np.zeros(num_agents),
            sums=np.zeros(num_agents + 1),
            num_present=np.zeros(1, np.int64),
        )

    @staticmethod
    @compiled
    def initialise(preference, i):
        """Forget what agent i has got."""
        preference.levels[i] = 0.0

    @staticmethod
    @compiled
    def prepare(preference, network, rewards):
        """Smooth everybody's rewards; on a large complete network also sort them and add them up."""
        present = 0
        for j in range(network.num_agents):
            if not is_away(network, j):
                preference.levels[j] = preference.decay * preference.levels[j] + rewards[j]
                preference.ordered[present] = preference.levels[j]
                present += 1
        preference.num_present[0] = present
        if network.kind == COMPLETE and present >= SORTED_FROM:
            sort_ascending(preference.ordered, present)
            for m in range(present):
                preference.sums[m + 1] = preference.sums[m] + preference.ordered[m]

    @staticmethod
    @compiled
    def feel(preference, network, i, rewards):
        """Return the reward less envy of those who have more and guilt towards those who have less."""
        own, behind, ahead, others = preference.levels[i], 0.0, 0.0, 0
        if network.kind == COMPLETE and preference.num_present[0] >= SORTED_FROM:
            present = preference.num_present[0]
            low = num_up_to(preference.ordered, present, own, False)
            high = num_up_to(preference.ordered, present, own, True)
            behind = max(0.0, preference.sums[present] - preference.sums[high] - (present - high) * own)
            ahead = max(0.0, low * own - preference.sums[low])
            others = present - 1
        else:
            for k in range(degree(network, i)):
                j = neighbour(network, i, k)
                if not is_away(network, j):
                    behind += max(0.0, preference.levels[j] - own)
                    ahead += max(0.0, own - preference.levels[j])
                    others += 1
        if others == 0:
            return rewards[i]
        return rewards[i] - preference.envy * behind / others - preference.guilt * ahead / others


class Weights(NamedTuple):
    """How much one's own and others' rewards count, and the sum that serves everybody on a complete network."""

    own: float
    others: float
    total: NDArray[np.float64]  # (1,), of the rewards of all who are present
    num_present: NDArray[np.int64]  # (1,)


@compiled
def others_reward(preference, network, i, rewards):
    """Return the sum of the rewards of the others, and how many they are."""
    if network.kind == COMPLETE:
        return preference.total[0] - rewards[i], preference.num_present[0] - 1
    total, others = 0.0, 0
    for k in range(degree(network, i)):
        j = neighbour(network, i, k)
        if not is_away(network, j):
            total += rewards[j]
            others += 1
    return total, others


class _Weighing(Preference):
    """Base of preferences that weigh the others' mean reward."""

    def _weights(self, own: float, others: float) -> Weights:
        return Weights(own, others, np.zeros(1), np.zeros(1, np.int64))

    @staticmethod
    @compiled
    def prepare(preference, network, rewards):
        """On a complete network add up the rewards of all who are present."""
        if network.kind == COMPLETE:
            preference.total[0] = 0.0
            preference.num_present[0] = 0
            for j in range(network.num_agents):
                if not is_away(network, j):
                    preference.total[0] += rewards[j]
                    preference.num_present[0] += 1


class SocialValueOrientation(_Weighing):
    """Weighs its own reward by the cosine and the others' mean by the sine of an angle.

    Examples
    --------
    >>> state = SocialValueOrientation(angle=45).state(num_agents=2)
    >>> round(state.own, 3), round(state.others, 3)
    (0.707, 0.707)
    """

    angle: float = parameter(
        45.0, "0 individualistic, 45 prosocial, 90 altruistic, -45 competitive", unit="degrees", ge=-180, le=180
    )

    source: ClassVar[str] = "Griesinger & Livingston 1973, Behavioral Science 18; McKee et al. 2020, AAMAS"

    def state(self, num_agents: int) -> Weights:
        """Return the weights."""
        return self._weights(math.cos(math.radians(self.angle)), math.sin(math.radians(self.angle)))

    @staticmethod
    @compiled
    def feel(preference, network, i, rewards):
        """Return cos(theta) of one's own reward and sin(theta) of the others' mean."""
        total, others = others_reward(preference, network, i, rewards)
        if others == 0:
            return rewards[i]
        return preference.own * rewards[i] + preference.others * (total / others)


class SharedReward(_Weighing):
    """Shares rewards with its neighbours.

    Examples
    --------
    >>> SharedReward(weight=0.25).state(num_agents=2).own
    0.75
    """

    weight: float = parameter(1.0, "weight of the mean over oneself and one's neighbours", ge=0, le=1)

    source: ClassVar[str] = "Peysakhovich & Lerer 2018, AAMAS"

    def state(self, num_agents: int) -> Weights:
        """Return the weights."""
        return self._weights(1.0 - self.weight, self.weight)

    @staticmethod
    @compiled
    def feel(preference, network, i, rewards):
        """Return the reward moved towards the mean over oneself and one's neighbours."""
        total, others = others_reward(preference, network, i, rewards)
        return preference.own * rewards[i] + preference.others * ((total + rewards[i]) / (others + 1))
