"""Fixed strategies of sellers, against each other on a bare grid of prices."""

import numpy as np
import pytest

from socialsim.core.errors import ParameterError
from socialsim.engine.interface import Box, Discrete, Specification
from socialsim.learning.price_strategies import GrimPrice, MatchRival, UndercutRival

FACTS = {"nash_price_index": 1, "monopoly_price_index": 5}


def a_market(num_prices=7, num_sellers=3, memory=1, **facts):
    told = {"num_prices": num_prices, "num_sellers": num_sellers, "memory": memory, **FACTS, **facts}
    return Specification(Discrete(num_prices), Discrete(num_prices ** (num_sellers * memory)), told)


def seen(*periods, num_prices=7):
    """Return the number that stands for some periods' steps, the last period first."""
    return sum(step * num_prices**place for place, step in enumerate(sum(periods, ())))


def compete(version, learner, first, num_periods, forced=None):
    """Return what three sellers of one strategy do after some first steps; ``forced`` is (period, seller, step)."""
    state, steps, history = learner.state(a_market(), 3), first, []
    for period in range(num_periods):
        observation = seen(steps)
        steps = tuple(int(version(learner.act)(state, i, observation, None)) for i in range(3))
        if forced and forced[0] == period:
            steps = tuple(forced[2] if i == forced[1] else step for i, step in enumerate(steps))
        if hasattr(learner, "learn"):
            for i in range(3):
                version(learner.learn)(state, i, observation, steps[i], 0.0, seen(steps), None)
        history.append(steps)
    return history


def test_undercutting_ends_at_the_bottom(version):
    history = compete(version, UndercutRival(), (6, 4, 2), 4)
    assert history == [(1, 1, 3), (0, 0, 0), (0, 0, 0), (0, 0, 0)]


def test_matching_follows_the_cheapest_rival(version):
    assert compete(version, MatchRival(), (6, 4, 2), 3) == [(2, 2, 4), (2, 2, 2), (2, 2, 2)]
    assert compete(version, MatchRival(), (6, 6, 6), 4, forced=(1, 0, 3)) == [(6,) * 3, (3, 6, 6), (6, 3, 3), (3,) * 3]


def test_a_pact_holds_until_it_is_broken(version):
    assert compete(version, GrimPrice(), (0, 0, 0), 4) == [(5, 5, 5)] * 4  # what was seen first is nobody's choice
    history = compete(version, GrimPrice(), (0, 0, 0), 5, forced=(1, 2, 4))
    assert history == [(5, 5, 5), (5, 5, 4), (1, 1, 5), (1, 1, 1), (1, 1, 1)]
    history = compete(version, GrimPrice(), (0, 0, 0), 4, forced=(1, 2, 6))
    assert history == [(5, 5, 5), (5, 5, 6), (5, 5, 5), (5, 5, 5)]  # dearer is no breach


def test_prices_of_the_pact_may_be_given(version):
    history = compete(version, GrimPrice(collusive_price=3, competitive_price=0), (0, 0, 0), 4, forced=(0, 1, 2))
    assert history == [(3, 2, 3), (0, 3, 0), (0, 0, 0), (0, 0, 0)]


def test_where_sellers_move_in_turn_a_pact_waits_until_all_have_moved():
    committed = np.zeros((3, 3 * 7**3), np.int64)
    specification = Specification(
        Discrete(7), Discrete(3 * 7**3), {"num_prices": 7, "num_sellers": 3, "committed": committed, **FACTS}
    )
    state = GrimPrice().state(specification, 3)
    assert state.num_unheard == 3
    for _ in range(3):
        assert GrimPrice.act(state, 0, seen((5, 0, 5)) + 7**3, None) == 5
        GrimPrice.learn(state, 0, 0, 5, 0.0, 0, None)
    assert GrimPrice.act(state, 0, seen((5, 0, 5)) + 7**3, None) == 1


def test_whoever_enters_knows_of_no_breach(version):
    state = GrimPrice().state(a_market(), 3)
    state.num_periods[:], state.is_punishing[:] = 9, 1
    version(GrimPrice.initialise)(state, 1, None)
    assert state.num_periods.tolist() == [9, 0, 9]
    assert state.is_punishing.tolist() == [1, 0, 1]


def test_only_the_last_period_counts(version):
    state = MatchRival().state(a_market(memory=2), 3)
    assert version(MatchRival.act)(state, 0, seen((1, 6, 4), (0, 0, 0)), None) == 4


@pytest.mark.parametrize("learner", [UndercutRival(), MatchRival()])
@pytest.mark.parametrize("memory", [1, 2])
def test_the_policy_is_what_is_done_on_each_observation(learner, memory):
    specification = a_market(num_prices=3, memory=memory)
    state = learner.state(specification, 3)
    policy = learner.policy(state._replace(step=np.zeros((4, 3), np.int64)))
    assert policy.shape == (4, 3, specification.num_observations)
    for i in range(3):
        acts = [learner.act(state, i, o, None) for o in range(specification.num_observations)]
        assert policy[2, i].tolist() == acts


def test_rows_may_begin_at_another_seller():
    state = MatchRival().state(a_market(first_seller=1), 2)
    assert [MatchRival.act(state, i, seen((4, 2, 3)), None) for i in range(2)] == [3, 2]


@pytest.mark.parametrize("learner", [UndercutRival(), MatchRival(), GrimPrice()])
@pytest.mark.parametrize("memory", [0, "lowest", "payoffs"])
def test_prices_must_be_seen(learner, memory):
    specification = a_market(memory=0)
    if memory == "lowest":
        specification = a_market(num_sellers=2, observation="own and lowest price")
    if memory == "payoffs":
        specification = Specification(Discrete(7), Box(shape=(7,)), a_market(observation="payoff of each action").facts)
    with pytest.raises(
        ParameterError, match=rf"^learner: '{learner.name()}' needs an environment in which sellers see"
    ):
        learner.state(specification, 3)


@pytest.mark.parametrize("name", ["collusive_price", "competitive_price"])
def test_a_price_beyond_the_grid_is_refused(name):
    with pytest.raises(ParameterError, match=rf"^learner.{name}: 7 is not accepted; accepted: 0 to 6$"):
        GrimPrice(**{name: 7}).state(a_market(), 3)
