"""Moods: Young's interactive trial and error."""

import numpy as np
import pytest

from socialsim.core.errors import ParameterError
from socialsim.engine.interface import Discrete, Specification
from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.environments.repeated_game import RepeatedGame, cooperation_rate
from socialsim.learning.trial_and_error import CONTENT, DISCONTENT, HOPEFUL, WATCHFUL, TrialAndError

PARTLY = ((1.0, 0.2), (0.0, 0.7)), ((0.9, 0.1), (0.8, 0.3))  # row's, column's payoffs; (0, 0) is the only equilibrium


def agent(mood, action=0, payoff=1.0, **parameters):
    state = TrialAndError(**parameters).state(Specification(Discrete(3)), 1)
    state.mood[0], state.action[0], state.payoff[0] = mood, action, payoff
    return state


def after(state):
    return int(state.mood[0]), int(state.action[0]), float(state.payoff[0])


# --- By hand: the table of the module ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mood", "action", "reward", "expected"),
    [
        (CONTENT, 0, 1.0, (CONTENT, 0, 1.0)),
        (CONTENT, 0, 2.0, (HOPEFUL, 0, 1.0)),
        (CONTENT, 0, 0.5, (WATCHFUL, 0, 1.0)),
        (CONTENT, 2, 2.0, (CONTENT, 2, 2.0)),  # an experiment that pays
        (CONTENT, 2, 1.0, (CONTENT, 0, 1.0)),
        (CONTENT, 2, 0.5, (CONTENT, 0, 1.0)),
        (HOPEFUL, 0, 2.0, (CONTENT, 0, 2.0)),
        (HOPEFUL, 0, 1.0, (CONTENT, 0, 1.0)),
        (HOPEFUL, 0, 0.5, (WATCHFUL, 0, 1.0)),
        (WATCHFUL, 0, 2.0, (HOPEFUL, 0, 1.0)),
        (WATCHFUL, 0, 1.0, (CONTENT, 0, 1.0)),
        (WATCHFUL, 0, 0.5, (DISCONTENT, 0, 1.0)),
        (DISCONTENT, 2, 1e9, (CONTENT, 2, 1e9)),  # far above the benchmark: accepted for certain
        (DISCONTENT, 2, -100.0, (DISCONTENT, 0, 1.0)),
    ],
)
def test_moods_follow_from_payoffs(mood, action, reward, expected, version, stream):
    state = agent(mood)
    version(TrialAndError.learn)(state, 0, 0, action, reward, 0, stream)
    assert after(state) == expected


def test_a_hopeless_payoff_is_refused_however_small_the_scale(version, stream):
    for mood, action, reward, scale in ((DISCONTENT, 2, 0.0, 1e-3), (DISCONTENT, 2, -1e9, 1e-9)):
        state = agent(mood, scale=scale)
        version(TrialAndError.learn)(state, 0, 0, action, reward, 0, stream)
        assert after(state) == (DISCONTENT, 0, 1.0)


def test_only_the_content_experiment_and_only_the_discontent_search(stream):
    for mood, shares in ((CONTENT, [0.7, 0.15, 0.15]), (HOPEFUL, [1, 0, 0]), (WATCHFUL, [1, 0, 0])):
        state = agent(mood, epsilon=0.3)
        acts = [TrialAndError.act(state, 0, 0, stream) for _ in range(3000)]
        assert np.bincount(acts, minlength=3) / 3000 == pytest.approx(shares, abs=0.04)
    acts = [TrialAndError.act(agent(DISCONTENT), 0, 0, stream) for _ in range(3000)]
    assert np.bincount(acts) / 3000 == pytest.approx([1 / 3] * 3, abs=0.04)


def test_the_chance_to_accept_is_one_half_at_the_benchmark(stream):
    accepted = 0
    for _ in range(3000):
        state = agent(DISCONTENT)
        TrialAndError.learn(state, 0, 0, 1, 1.0, 0, stream)
        accepted += after(state)[0] == CONTENT
    assert accepted / 3000 == pytest.approx(0.5, abs=0.04)


# --- Theorem ----------------------------------------------------------------------------------------------------


@pytest.mark.compiled
@pytest.mark.parametrize(
    ("payoffs", "column_payoffs", "equilibrium", "shares"),
    [
        (*PARTLY, 0, (0.9, 0.98)),
        (((3.0, 0.0), (5.0, 1.0)), (), 1, (0.6, 0.9)),  # the prisoner's dilemma, which is slower to leave cooperation
    ],
)
def test_the_equilibrium_is_played_the_more_often_the_fewer_experiments_there_are(
    payoffs, column_payoffs, equilibrium, shares
):
    game = RepeatedGame(payoffs=payoffs, column_payoffs=column_payoffs)
    played = []
    for epsilon in (0.03, 0.003):
        learners = f"trial_and_error:epsilon={epsilon}"
        rate = run(
            Scenario(game, learners, "path:n=2", 100_000, (cooperation_rate,)),
            replications=20, seed=1, record_every=None,
        ).metrics["cooperation_rate"].value  # fmt: skip
        played.append(rate if equilibrium == 0 else 1.0 - rate)
    assert [share > least for share, least in zip(played, shares, strict=True)] == [True, True]
    assert played[1] > played[0]


@pytest.mark.compiled
def test_matching_pennies_have_no_equilibrium_to_rest_in():
    game = RepeatedGame(payoffs=((1.0, -1.0), (-1.0, 1.0)), column_payoffs=((-1.0, 1.0), (1.0, -1.0)))
    scenario = Scenario(game, "trial_and_error:epsilon=0.01", "path:n=2", 20_000, (cooperation_rate,))
    assert run(scenario, replications=10, seed=1).metrics["cooperation_rate"].value == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"epsilon": 0.0}, "epsilon: 0.0 is not accepted; accepted: a float, > 0, < 1"),
        ({"scale": 0.0}, "scale: 0.0 is not accepted; accepted: a float, > 0"),
    ],
)
def test_bad_input_is_refused(change, words):
    with pytest.raises(ParameterError) as error:
        TrialAndError(**change)
    assert str(error.value) == words
