"""The likelihood of choices: by hand, by another road, uncompiled, and true to what learners do."""

import json
import math
import os
import subprocess
import sys

import numpy as np
import pytest

from socialsim.core.errors import ParameterError
from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.environments.repeated_game import RepeatedGame
from socialsim.inference.choices import Choices, choices_of
from socialsim.inference.likelihood import choice_probabilities, log_likelihood, simulate
from socialsim.learning.boltzmann_q import BoltzmannQ
from socialsim.learning.experience_weighted_attraction import ExperienceWeightedAttraction
from socialsim.learning.imitation import Imitation
from socialsim.learning.q_learning import QLearning
from socialsim.learning.roth_erev import RothErev


def test_three_trials_by_hand():
    """Values 0, 0; then 0, .5; then .25, .5; temperature 1."""
    choices = Choices.of([[1, 0, 1]], [[1.0, 0.5, 0.0]])
    chances = [1 / 2, 1 / (1 + math.exp(0.5)), 1 / (1 + math.exp(0.25 - 0.5))]
    learner = BoltzmannQ(alpha=0.5, discount=0.0, temperature=1.0)
    assert log_likelihood(learner, choices) == pytest.approx(sum(map(math.log, chances)), rel=1e-12)


def test_urns_by_hand():
    choices = Choices.of([[0, 1, 0]], [[2.0, 1.0, 0.0]])
    assert choice_probabilities(RothErev(), choices)[:, 0] == pytest.approx([1 / 2, 3 / 4, 3 / 5])


def reference(alpha, discount, temperature, choices):
    """Return the log-likelihood of a Boltzmann Q-learner, written a second time."""
    total = 0.0
    for k in range(len(choices.subject)):
        values = np.zeros((len(choices.observations), choices.num_actions))
        trials = range(choices.start[k], choices.start[k + 1])
        for t in trials:
            o, a = choices.observation[t], choices.action[t]
            weights = np.exp(values[o] / temperature)
            total += np.log(weights[a] / weights.sum())
            following = values[choices.observation[min(t + 1, trials[-1])]].max()
            values[o, a] += alpha * (choices.reward[t] + discount * following - values[o, a])
    return total


def test_two_roads_lead_to_one_likelihood():
    rng = np.random.default_rng(4)
    shape = (3, 50)
    choices = Choices.of(rng.integers(3, size=shape), rng.normal(size=shape), 3, rng.integers(2, size=shape))
    learner = BoltzmannQ(alpha=0.3, discount=0.6, temperature=0.8)
    assert log_likelihood(learner, choices) == pytest.approx(reference(0.3, 0.6, 0.8, choices), rel=1e-12)


def test_a_new_block_begins_afresh_and_subjects_add_up():
    rng = np.random.default_rng(5)
    choices = Choices.of(rng.integers(2, size=(4, 20)), rng.random((4, 20)))
    learner = BoltzmannQ(alpha=0.4, discount=0.0, temperature=0.3)
    alone = [log_likelihood(learner, choices.of_subject(k)) for k in range(4)]
    assert log_likelihood(learner, choices) == pytest.approx(sum(alone), rel=1e-12)


def test_a_run_and_its_replay_have_the_same_chances():
    """The run tells how certain each player's last act was, having learnt in the engine's own loop."""
    learner = BoltzmannQ(alpha=0.2, discount=0.5, temperature=1.5, beta=0.02)
    result = run(Scenario(RepeatedGame(), learner, "path:n=2", 40), replications=5, seed=3, record="events")
    choices = choices_of(result, 2, 5)
    last = choice_probabilities(learner, choices)[choices.start[1:] - 1].max(axis=1)
    assert len(result.agents) == len(last) == 10
    assert last == pytest.approx(result.agents.certainty.to_numpy(), rel=1e-12)


def test_foregone_payoffs_are_learnt_from_by_those_who_ask_for_them():
    """With delta = 1, kappa = 0, phi = 1 and N_0 = 1 attractions are (A_0 + sum of payoffs) / (1 + t)."""
    payoffs = np.array([[[3.0, 0.0], [1.0, 2.0], [0.0, 0.0]]])
    learner = ExperienceWeightedAttraction(phi=1.0, delta=1.0, kappa=0.0, sensitivity=1.0)
    choices = simulate(learner, payoffs, seed=1)
    expected = [0.5, 1 / (1 + math.exp(-1.5)), 1 / (1 + math.exp(-(4 - 2) / 3))]
    assert choice_probabilities(learner, choices)[:, 0] == pytest.approx(expected)


def test_who_needs_more_than_is_told_is_refused():
    choices = Choices.of([[0, 1]], [[0.0, 1.0]])
    with pytest.raises(ParameterError, match=r"'imitation' does not tell the chances of its actions; .*q_learning"):
        log_likelihood(Imitation(), choices)
    with pytest.raises(ParameterError, match="accepted: choices with a column foregone_ACTION for each action"):
        log_likelihood(ExperienceWeightedAttraction(), choices)
    with pytest.raises(ParameterError, match=r"'roth_erev' adds rewards to weights, and here they may be -3"):
        log_likelihood(RothErev(), Choices.of([[0, 1, 0]], [[-3.0, 1.0, 1.0]]))
    with pytest.raises(ParameterError, match="payoffs: shape"):
        simulate(RothErev(), [[1.0, 2.0]])


def test_what_is_impossible_has_no_likelihood():
    choices = Choices.of([[0, 1, 0, 1]], [[1.0, 0.0, 1.0, 0.0]])
    assert log_likelihood(QLearning(alpha=0.5, epsilon=0.0, discount=0.0), choices) == -math.inf


UNCOMPILED = """
import copy, json
import numpy as np
from socialsim.core.streams import Purpose, seed_streams
from socialsim.engine.interface import Box, Discrete, Specification
from socialsim.engine.parts import make_learner
from socialsim.inference.likelihood import choice_probabilities, fitted_learners, log_likelihood, sees_payoffs, simulate
from socialsim.learning.boltzmann_q import BoltzmannQ

SPECS = {"exp3": "exp3:gamma=0.3,reward_low=0,reward_high=1",
         "q_learning": "q_learning:alpha=0.3,epsilon=0.3,beta=0.01", "sarsa": "sarsa:alpha=0.3,epsilon=0.3",
         "policy_gradient": "policy_gradient:alpha=0.5", "memory_one": "memory_one:cd=0.3,noise=0.1"}
OTHERS = {"memory_one": (2, 5)}  # actions and observations that a learner needs
FACTS = {"num_messages": 3, "reward_range": (0.0, 1.0)}
np.seterr(over="ignore")
rng = np.random.default_rng(6)
payoffs = rng.random((200, 20, 3)) * [0.5, 0.8, 1.0]
payoffs[:, :, 1] = np.round(payoffs[:, :, 1])
found = {}
for name in fitted_learners():
    learner = make_learner(SPECS.get(name, name))
    num_actions, num_seen = OTHERS.get(name, (3, 1))
    shown = np.arange(200 * 20).reshape(200, 20) % num_seen
    choices = simulate(learner, payoffs[:, :, :num_actions], seed=2, observations=shown)
    chances = choice_probabilities(learner, choices)
    assert np.allclose(chances.sum(axis=1), 1.0) and (chances >= 0).all(), name
    # calibration: within each bin of predicted chances, how often the action was taken
    taken = np.eye(num_actions)[choices.action]
    bins = np.digitize(chances, [0.1, 0.2, 0.3, 0.4, 0.6, 0.8])
    z = []
    for action in range(num_actions):
        for b in range(7):
            inside = bins[:, action] == b
            variance = (chances[inside, action] * (1 - chances[inside, action])).sum()
            excess = (taken - chances)[inside, action].sum()
            if variance > 5:
                z.append(excess / variance**0.5)
            elif variance == 0:
                assert excess == 0, name
    # what is asked alters nothing, and what is learnt draws nothing
    cls, seen = type(learner), 0
    if sees_payoffs(learner, choices):
        state = learner.state(Specification(Discrete(3), Box(shape=(3,)), {"observation": "payoff of each action"}), 2)
        seen = np.array([0.2, 0.5, 0.9])
    else:
        state = learner.state(Specification(Discrete(num_actions), Discrete(max(num_seen, 2)), FACTS), 2)
    stream = seed_streams(1, np.arange(1), Purpose.LEARNERS)[0]
    before = stream.copy()
    if hasattr(cls, "initialise"):
        cls.initialise(state, 0, stream)
    for k in range(5):
        assert (stream == before).all(), name
        held = copy.deepcopy(state)
        cls.probabilities(state, 0, seen, np.zeros(num_actions))
        assert all(np.array_equal(a, b) for a, b in zip(held, state)), name
        if hasattr(cls, "speak"):
            cls.speak(state, 0, seen, stream)
        cls.act(state, 0, seen, stream)
        before = stream.copy()
        if hasattr(cls, "learn"):
            cls.learn(state, 0, seen, k % num_actions, 0.5, seen, stream)
    found[name] = z
learner = BoltzmannQ(alpha=0.3, discount=0.5, temperature=0.4, beta=0.01)
choices = simulate(learner, payoffs, seed=3)
print(json.dumps([found, choices.action.tolist(), log_likelihood(learner, choices)]))
"""


@pytest.fixture(scope="module")
def uncompiled():
    environment = os.environ | {"NUMBA_DISABLE_JIT": "1"}
    command = [sys.executable, "-W", "error", "-c", UNCOMPILED]
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_every_learner_acts_with_the_chances_that_it_tells(uncompiled):
    assert len(uncompiled[0]) >= 10
    for name, z in uncompiled[0].items():
        assert z or name == "fixed_policy", name  # which leaves nothing to chance
        assert max(map(abs, z), default=0.0) < 4.5, name  # of some 150 normal numbers


@pytest.mark.compiled
def test_uncompiled_choices_and_likelihoods_have_the_same_bits(uncompiled):
    rng = np.random.default_rng(6)
    payoffs = rng.random((200, 20, 3)) * [0.5, 0.8, 1.0]
    payoffs[:, :, 1] = np.round(payoffs[:, :, 1])
    learner = BoltzmannQ(alpha=0.3, discount=0.5, temperature=0.4, beta=0.01)
    choices = simulate(learner, payoffs, seed=3)
    assert choices.action.tolist() == uncompiled[1]
    assert log_likelihood(learner, choices) == uncompiled[2]
