import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats

from socialsim.core.compiled import compiled
from socialsim.core.errors import ParameterError
from socialsim.core.streams import Purpose, seed_streams
from socialsim.engine.interface import Discrete, Specification
from socialsim.learning.bandits import BetaBayesian, EpsilonGreedy, Thompson, best_arm, lead

NUM_DRAWS = 20_000
LEARNERS = (BetaBayesian, Thompson, EpsilonGreedy)
positive = st.floats(0.1, 1e4)
thompson_act = Thompson.act


def a_state(successes, failures, learner=BetaBayesian, **parameters):
    """Return the state of one agent with these pseudo-counts of its arms."""
    specification = Specification(Discrete(len(successes)), facts={"trials": 10})
    state = learner(**parameters).state(specification, 1)
    state.successes[0], state.failures[0] = successes, failures
    return state


@compiled
def thompson_actions(state, stream, out):
    for k in range(out.shape[0]):
        out[k] = thompson_act(state, 0, 0, stream)


# --- By hand ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("learner", LEARNERS)
def test_a_result_is_reported_as_successes_and_failures_of_its_arm(version, stream, learner):
    out = np.full(6, np.nan)
    version(learner.report)(a_state([1, 1, 1], [1, 1, 1]), 0, 0, 2, 7.0, stream, out)
    assert out.tolist() == [0, 0, 7, 0, 0, 3]


@pytest.mark.parametrize("learner", LEARNERS)
def test_what_is_seen_is_counted(version, learner):
    state = a_state([1.0, 2.0], [3.0, 4.0])
    version(learner.absorb)(state, 0, np.array([10.0, 20.0, 30.0, 40.0]))
    assert state.successes.tolist() == [[11, 22]]
    assert state.failures.tolist() == [[33, 44]]


def test_the_lead_is_the_difference_of_means_in_standard_deviations(version):
    state = a_state([3.0, 1.0], [1.0, 1.0])  # means 3/4 and 1/2, variances 3/80 and 1/12
    expected = 0.25 / math.sqrt(3 / 80 + 1 / 12)
    assert version(lead)(state, 0, 0, 1) == pytest.approx(expected, rel=1e-14)
    assert version(lead)(state, 0, 1, 0) == pytest.approx(-expected, rel=1e-14)


def test_of_equal_means_the_first_is_used(version, stream):
    state = a_state([1.0, 2.0, 4.0, 2.0], [1.0, 1.0, 2.0, 1.0])
    assert version(BetaBayesian.act)(state, 0, 0, stream) == 1


def test_an_agent_settles_on_the_best_arm_once_its_lead_over_all_others_is_clear(version):
    settled = version(BetaBayesian.settled)
    assert settled(a_state([30.0, 900.0, 40.0], [30.0, 100.0, 40.0]), 0) == 1
    assert settled(a_state([10.0, 11.0, 20.0], [10.0, 9.0, 20.0]), 0) == -1
    assert settled(a_state([30.0, 900.0, 85.0], [30.0, 100.0, 15.0]), 0) == -1  # one rival is still close
    assert settled(a_state([6.0, 4.0], [4.0, 6.0], threshold=0.5), 0) == 0


# --- Properties ------------------------------------------------------------------------------------------------


@given(st.lists(st.tuples(positive, positive), min_size=2, max_size=6))
def test_the_greedy_agent_uses_the_arm_of_the_highest_mean(counts):
    successes, failures = np.array(counts).T
    means = successes / (successes + failures)
    assert best_arm(a_state(successes, failures), 0) == int(np.argmax(means))


@given(positive, positive, positive, positive)
def test_the_credence_is_the_normal_approximation_of_the_two_beliefs(a0, b0, a1, b1):
    beliefs = stats.beta(a0, b0), stats.beta(a1, b1)
    ahead = (beliefs[1].mean() - beliefs[0].mean()) / math.hypot(*(belief.std() for belief in beliefs))
    state = a_state([a0, a1], [b0, b1])
    stacked = state._replace(successes=state.successes[None], failures=state.failures[None])
    assert BetaBayesian().columns(stacked)["credence"][0, 0] == pytest.approx(stats.norm.cdf(ahead), abs=1e-7)


def test_priors_are_uniform_and_never_zero():
    stream = seed_streams(3, np.arange(1), Purpose.INITIAL)[0]
    specification = Specification(Discrete(4), facts={"trials": 10})
    state = BetaBayesian(prior=2.5).state(specification, 500)
    for i in range(500):
        BetaBayesian.initialise(state, i, stream)
    for counts in (state.successes, state.failures):
        assert (counts > 0).all()
        assert stats.kstest(counts.ravel(), stats.uniform(0, 2.5).cdf).pvalue > 1e-4


# --- Two roads -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("successes", "failures"),
    [([2.0, 3.0], [3.0, 2.0]), ([40.0, 45.0], [60.0, 55.0]), ([1.0, 2.0, 0.5], [2.0, 3.0, 1.0])],
)
def test_thompson_uses_an_arm_as_often_as_its_draw_is_the_highest(successes, failures, stream):
    beliefs = [stats.beta(a, b) for a, b in zip(successes, failures, strict=True)]

    def highest(arm):
        others = [belief for k, belief in enumerate(beliefs) if k != arm]
        return integrate.quad(lambda p: beliefs[arm].pdf(p) * np.prod([o.cdf(p) for o in others]), 0, 1, limit=200)[0]

    chances, actions = [highest(arm) for arm in range(len(beliefs))], np.empty(NUM_DRAWS, np.int64)
    assert sum(chances) == pytest.approx(1.0, abs=1e-6)
    thompson_actions(a_state(successes, failures, Thompson), stream, actions)
    counts = np.bincount(actions, minlength=len(beliefs))
    assert stats.chisquare(counts, np.array(chances) * NUM_DRAWS, sum_check=False).pvalue > 1e-4


@pytest.mark.parametrize("epsilon", [0.0, 0.3, 1.0])
def test_the_greedy_arm_is_left_with_the_stated_chance(epsilon, stream):
    state, num_draws = a_state([1.0, 9.0, 1.0], [9.0, 1.0, 9.0], EpsilonGreedy, epsilon=epsilon), 3000
    actions = np.array([EpsilonGreedy.act(state, 0, 0, stream) for _ in range(num_draws)])
    chances = np.array([epsilon / 3, 1 - 2 * epsilon / 3, epsilon / 3])
    errors = np.sqrt(chances * (1 - chances) / num_draws)
    assert (np.abs(np.bincount(actions, minlength=3) / num_draws - chances) <= 3 * errors).all()


# --- Bad input -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("learner", "values", "accepted"),
    [
        (EpsilonGreedy, {"epsilon": 1.5}, "a float, >= 0, <= 1"),
        (Thompson, {"prior": 0.0}, "a float, > 0"),
        (BetaBayesian, {"threshold": 1.0}, "a float, >= 0.5, < 1"),
    ],
)
def test_a_value_out_of_range_is_refused(learner, values, accepted):
    name, value = next(iter(values.items()))
    with pytest.raises(ParameterError) as error:
        learner(**values)
    assert str(error.value) == f"{name}: {value!r} is not accepted; accepted: {accepted}"
