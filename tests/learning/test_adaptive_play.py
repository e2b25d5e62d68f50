import numpy as np
import pytest
from scipy import stats

from socialsim.core.errors import ParameterError
from socialsim.core.streams import Purpose, seed_streams
from socialsim.engine.interface import Box, Discrete, Specification
from socialsim.learning.adaptive_play import AdaptivePlay, best_of

SEEN = Specification(Discrete(2), Box(shape=(2,)), {"observation": "payoff of each action"})
UNLIKELY = 1e-4


def plain(function):
    return getattr(function, "py_func", function)


@pytest.fixture
def stream():
    return seed_streams(1, np.arange(1), Purpose.LEARNERS)[0]


def player(**values):
    return AdaptivePlay(**values).state(SEEN, num_agents=2)


def meets(state, payoffs, stream):
    return plain(AdaptivePlay.act)(state, 0, np.array(payoffs), stream)


def test_a_full_memory_without_errors_gives_the_best_reply_to_all_of_it(stream):
    state = player(memory=3, sample=3, error=0.0)
    for payoffs in ([1.0, 0.0], [1.0, 0.0]):
        meets(state, payoffs, stream)
    assert meets(state, [0.0, 1.5], stream) == 0  # 2 against 1.5
    assert meets(state, [0.0, 1.5], stream) == 1  # the oldest is forgotten: 1 against 3
    assert state.totals[0].tolist() == [1.0, 3.0]
    assert state.totals[1].tolist() == [0.0, 0.0]


def test_until_the_memory_is_full_actions_are_drawn_uniformly(stream):
    draws = []
    for _ in range(400):
        state = player(memory=2, sample=1, error=0.0)
        draws.append(meets(state, [1.0, 0.0], stream))
    assert stats.binomtest(sum(draws), 400).pvalue > UNLIKELY


def test_where_all_start_alike_the_whole_memory_is_what_is_seen_first(stream):
    alike = Specification(Discrete(2), Box(shape=(2,)), {**SEEN.facts, "all_start_alike": True})
    state = AdaptivePlay(memory=3, sample=3, error=0.0).state(alike, num_agents=2)
    assert meets(state, [1.0, 0.0], stream) == 0
    assert state.totals[0].tolist() == [3.0, 0.0]
    meets(state, [0.0, 2.0], stream)
    assert state.totals[0].tolist() == [2.0, 2.0]


def test_a_sample_is_drawn_without_repetition(stream):
    state = player(memory=4, sample=2, error=0.0)
    for k in range(3):
        meets(state, [2.0**k, 0.0], stream)
    totals = []
    for _ in range(600):
        state.num_seen[0] = 3
        meets(state, [8.0, 0.0], stream)
        totals.append(state.totals[0, 0])
    kinds, counts = np.unique(totals, return_counts=True)
    assert kinds.tolist() == [3.0, 5.0, 6.0, 9.0, 10.0, 12.0]
    assert stats.chisquare(counts).pvalue > UNLIKELY


def test_errors_are_uniform_and_as_frequent_as_stated(stream):
    state = player(memory=1, sample=1, error=0.4)
    wrong = sum(meets(state, [1.0, 0.0], stream) for _ in range(2000))
    assert stats.binomtest(wrong, 2000, 0.2).pvalue > UNLIKELY


def test_equals_up_to_rounding_are_drawn_from_evenly(stream):
    values = np.array([0.3, 0.1 + 0.2, 0.0])
    drawn = [plain(best_of)(values, stream) for _ in range(600)]
    assert set(drawn) == {0, 1}
    assert stats.binomtest(sum(drawn), 600).pvalue > UNLIKELY


def test_a_sample_beyond_the_memory_is_refused():
    with pytest.raises(ParameterError, match="sample: 3 is not accepted; accepted: at most the memory, 2"):
        player(memory=2, sample=3)


def test_an_environment_that_does_not_show_payoffs_is_refused():
    with pytest.raises(ParameterError, match="'adaptive_play' needs an environment that shows what each action"):
        AdaptivePlay().state(Specification(Discrete(2)), 2)
