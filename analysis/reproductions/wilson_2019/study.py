"""Wilson & Collins 2019: which of five models of a two-armed bandit is found in choices that another one has made?

    1  random       P(first) = b
    2  win-stay     stay after a reward, shift without one; with probability epsilon any arm
    3  values       Q(a_t) += alpha (r_t - Q(a_t)), Q_1 = 1/2;                       P ~ exp(beta Q)
    4  habits       H(a) += alpha_c ([a = a_t] - H(a)), H_1 = 0;                     P ~ exp(beta_c H)
    5  both                                                                          P ~ exp(beta Q + beta_c H)

Each simulates subjects of 1000 trials, arms paying 1 with the probabilities .2 and .8; all five are fitted to each, and
the lowest BIC is the best. Parameters are uniform; sensitivities beta, beta_c ~ Exp(1) in panel A and 1 + Exp(1) in
panel B. Rules and panels are those of the authors' code; the likelihood is searched from several starts where they
have one. Run it with ``socialsim reproduce wilson_2019 [--full]``.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.estimate import Estimate
from socialsim.core.parameters import parameter
from socialsim.core.streams import categorical, uniform
from socialsim.engine.interface import Learner, Specification
from socialsim.inference.recovery import ModelRecovery, recover_models
from socialsim.learning.logit import logit_chances

NUM_TRIALS, ARMS = 1000, (0.2, 0.8)
SENSITIVE = (1e-3, 1e3)
PANELS = {"A": 0.0, "B": 1.0}  # least sensitivity


class Biased(NamedTuple):
    """Constants."""

    chance: float


class BiasedCoin(Learner):
    """Takes the first arm with one probability for ever."""

    bias: float = parameter(0.5, "chance of the first arm", ge=0, le=1)

    def state(self, specification: Specification, num_agents: int) -> Biased:
        """Remember nothing."""
        return Biased(self.bias)

    @staticmethod
    @compiled
    def probabilities(learner, i, observation, out):
        """Write the chance of each arm."""
        out[0], out[1] = learner.chance, 1.0 - learner.chance

    @staticmethod
    @compiled
    def act(learner, i, observation, stream):
        """Take the first arm with its chance."""
        return 0 if uniform(stream) < learner.chance else 1


class Last(NamedTuple):
    """Noise, and what is done unless it strikes."""

    noise: float
    next_arm: NDArray[np.int64]  # (num_agents,), -1 at first


class WinStay(Learner):
    """Stays after a reward and shifts without one."""

    noise: float = parameter(0.1, "chance epsilon of any arm", ge=0, le=1)

    def state(self, specification: Specification, num_agents: int) -> Last:
        """Begin with any arm."""
        return Last(self.noise, np.full(num_agents, -1))

    @staticmethod
    @compiled
    def initialise(learner, i, stream):
        """Forget the last trial."""
        learner.next_arm[i] = -1

    @staticmethod
    @compiled
    def probabilities(learner, i, observation, out):
        """Write the chance of each arm."""
        for a in range(2):
            other = 1.0 - learner.noise if a == learner.next_arm[i] else 0.0
            out[a] = 0.5 if learner.next_arm[i] < 0 else 0.5 * learner.noise + other

    @staticmethod
    @compiled
    def act(learner, i, observation, stream):
        """Do what was decided, or with the noise any."""
        any_arm = 0 if uniform(stream) < 0.5 else 1
        is_noise = uniform(stream) < learner.noise
        return any_arm if learner.next_arm[i] < 0 or is_noise else learner.next_arm[i]

    @staticmethod
    @compiled
    def learn(learner, i, observation, action, reward, next_observation, stream):
        """Decide for the next trial."""
        learner.next_arm[i] = action if reward > 0.5 else 1 - action


class Both(NamedTuple):
    """Values and habits."""

    alpha: float
    beta: float
    alpha_c: float
    beta_c: float
    values: NDArray[np.float64]  # (num_agents, num_actions)
    habits: NDArray[np.float64]  # (num_agents, num_actions)
    chances: NDArray[np.float64]  # (num_agents, num_actions), at the last act


class ValuesAndHabits(Learner):
    """Learns the values of actions, and to repeat itself."""

    alpha: float = parameter(0.0, "learning rate of values", ge=0, le=1)
    beta: float = parameter(0.0, "sensitivity to values", unit="per reward", ge=0)
    alpha_c: float = parameter(0.0, "learning rate of habits", ge=0, le=1)
    beta_c: float = parameter(0.0, "sensitivity to habits", ge=0)

    def state(self, specification: Specification, num_agents: int) -> Both:
        """Expect half a reward, without habits."""
        shape = (num_agents, specification.num_actions)
        parameters = (self.alpha, self.beta, self.alpha_c, self.beta_c)
        return Both(*parameters, np.full(shape, 0.5), np.zeros(shape), np.zeros(shape))

    @staticmethod
    @compiled
    def initialise(learner, i, stream):
        """Forget everything."""
        for a in range(learner.values.shape[1]):
            learner.values[i, a], learner.habits[i, a] = 0.5, 0.0

    @staticmethod
    @compiled
    def probabilities(learner, i, observation, out):
        """Write the chance of each action."""
        for a in range(learner.values.shape[1]):
            out[a] = learner.beta * learner.values[i, a] + learner.beta_c * learner.habits[i, a]
        logit_chances(out, 1.0, out)

    @staticmethod
    @compiled
    def act(learner, i, observation, stream):
        """Choose by logit."""
        for a in range(learner.values.shape[1]):
            learner.chances[i, a] = learner.beta * learner.values[i, a] + learner.beta_c * learner.habits[i, a]
        logit_chances(learner.chances[i], 1.0, learner.chances[i])
        return categorical(stream, learner.chances[i])

    @staticmethod
    @compiled
    def learn(learner, i, observation, action, reward, next_observation, stream):
        """Move the value of what was done towards the reward, and habits towards what was done."""
        learner.values[i, action] += learner.alpha * (reward - learner.values[i, action])
        for a in range(learner.habits.shape[1]):
            done = 1.0 if a == action else 0.0
            learner.habits[i, a] += learner.alpha_c * (done - learner.habits[i, a])


class WithoutHabits(ValuesAndHabits):
    """A mutation: what was done leaves no trace."""

    @staticmethod
    @compiled
    def learn(learner, i, observation, action, reward, next_observation, stream):
        """Move the value of what was done alone."""
        learner.values[i, action] += learner.alpha * (reward - learner.values[i, action])


class WithoutValues(ValuesAndHabits):
    """A mutation: rewards leave no trace."""

    @staticmethod
    @compiled
    def learn(learner, i, observation, action, reward, next_observation, stream):
        """Move habits alone."""
        for a in range(learner.habits.shape[1]):
            done = 1.0 if a == action else 0.0
            learner.habits[i, a] += learner.alpha_c * (done - learner.habits[i, a])


MUTATIONS = {"nothing becomes a habit": WithoutHabits, "rewards teach nothing": WithoutValues}
MODELS = ("random", "win-stay", "values", "habits", "both")


def measure(replications: int, seed: int, full: bool, mutation: str | None = None) -> dict[str, Estimate]:
    """Return every quantity of ``expected.json``."""
    learner = ValuesAndHabits() if mutation is None else MUTATIONS[mutation]()
    found = {panel: recovery(learner, least, replications, seed) for panel, least in PANELS.items()}
    return {
        f"panel {panel}: {made}, {best} fits best": item.share(made, best)
        for panel, item in found.items()
        for made in MODELS
        for best in MODELS
    }


def recovery(learner: ValuesAndHabits, least: float, num_subjects: int, seed: int) -> ModelRecovery:
    """Simulate subjects by each model and fit all models to each."""
    rng = np.random.default_rng(seed)
    payoffs = rng.random((num_subjects, NUM_TRIALS, 2)) < ARMS
    values = {"alpha": (0.0, 1.0), "beta": SENSITIVE}
    habits = {"alpha_c": (0.0, 1.0), "beta_c": SENSITIVE}
    models = {
        "random": (BiasedCoin(), ["bias"]),
        "win-stay": (WinStay(), ["noise"]),
        "values": (learner, values),
        "habits": (learner, habits),
        "both": (learner, values | habits),
    }

    def draw(name: str) -> NDArray[np.float64]:
        return least + rng.exponential(size=num_subjects) if name.startswith("beta") else rng.random(num_subjects)

    true = {model: {name: draw(name) for name in free} for model, (_, free) in models.items()}
    return recover_models(models, payoffs, seed=seed, true=true)  # type: ignore[arg-type]
