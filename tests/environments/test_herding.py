import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from socialsim.core.errors import ParameterError
from socialsim.engine.run import run
from socialsim.engine.simulation import Simulation
from socialsim.environments.herding import (
    FUNDAMENTALIST,
    OPTIMIST,
    PESSIMIST,
    STEPS_A_DAY,
    TREND_STEPS,
    Herding,
    move_price,
    orders,
    scenario,
    small,
)
from socialsim.environments.herding.theory import critical_share, mood_concentration
from socialsim.testing.links import by_hand

SET_ONE = {"opinion_rate": 3.0, "herding": 0.6, "trend_weight": 0.2, "profit_weight": 0.5}
UNLIKELY = 1e-4


def market(moods, stream, **values):
    """Return a market of traders with these moods, at its fundamental price."""
    state = Herding(num_chartists=0, **values).state(len(moods))
    Herding.initialise(state, by_hand(len(moods)), stream)
    state.mood[:] = moods
    state.holders[:] = np.bincount(moods, minlength=3)
    return state


# --- By hand ---------------------------------------------------------------------------------------------------


def test_orders_by_hand(version, stream):
    state = market([OPTIMIST, FUNDAMENTALIST], stream)
    assert version(orders)(state, OPTIMIST) == 10.0
    assert version(orders)(state, PESSIMIST) == -10.0
    state.ticks[0] = 980
    assert version(orders)(state, FUNDAMENTALIST) == pytest.approx(5.0 * 0.2)


@pytest.mark.parametrize(
    ("moods", "ticks", "moved"),
    [
        ([0, 0, 0, 1], 1000, 5),  # ED = 10 / 2: 30 ticks are called for, 5 are allowed
        ([1, 1, 1, 0], 1000, -5),
        ([0, 1, 2, 2], 900, 5),  # half of them buy 5 times 1
        ([2, 2, 2, 2], 1010, [0, -1]),  # ED = -.5 a unit of price above: -3 ticks on average
        ([0, 1, 0, 1], 1234, 0),  # optimists and pessimists in equal numbers
    ],
)
def test_the_price_moves_with_excess_demand(moods, ticks, moved, version, stream):
    state = market(moods, stream, noise=0.0)
    state.ticks[0] = ticks
    version(move_price)(state, stream)
    if isinstance(moved, list):
        assert state.ticks[0] - ticks == -3  # 6 x 5 x .1 = 3, with nothing left to chance
    else:
        assert state.ticks[0] - ticks == moved


def test_the_number_of_ticks_is_right_on_average(stream):
    state, found = market([FUNDAMENTALIST] * 4, stream, noise=0.0, price_speed=1.3), []
    for _ in range(20_000):
        state.ticks[0] = 1020  # 1.3 x 5 x .2 = 1.3 ticks down
        move_price(state, stream)
        found.append(1020 - state.ticks[0])
    assert set(found) == {1, 2}
    assert stats.binomtest(found.count(2), len(found), 0.3).pvalue > UNLIKELY


def test_the_trend_is_that_of_the_last_fifth_of_a_day(stream):
    state = market([OPTIMIST] * 4, stream, noise=0.0)
    for steps in range(1, 2 * TREND_STEPS):
        move_price(state, stream)
        state.num_steps[0] += 1
        rise = 5 * min(steps, TREND_STEPS) * 0.01
        assert state.trend[0] == pytest.approx(rise / 0.2)


def test_the_last_of_a_mood_stay(version, stream):
    state = market([0, 0, 1, 1, 2, 2], stream, fewest=1)
    active, actions, rewards = np.arange(6), np.full(6, FUNDAMENTALIST), np.zeros(6)
    version(Herding.advance)(state, by_hand(6), active, actions, rewards, stream)
    assert state.holders.tolist() == [1, 1, 4]
    assert np.bincount(state.mood, minlength=3).tolist() == [1, 1, 4]


# --- Properties -------------------------------------------------------------------------------------------------


@settings(max_examples=25)
@given(st.integers(0, 2**32), st.integers(2, 30), st.integers(0, 3))
def test_traders_are_conserved_no_mood_dies_out_and_the_price_stays_on_its_grid(seed, num_agents, fewest):
    draw, stream = np.random.default_rng(seed), np.random.default_rng(seed).integers(1, 2**63, 4).astype(np.uint64)
    moods = draw.integers(3, size=num_agents)
    state, before = market(moods, stream, fewest=fewest, window=3), np.bincount(moods, minlength=3)
    for _ in range(50):
        active = draw.permutation(num_agents)[: draw.integers(num_agents + 1)]
        actions, rewards, last = draw.integers(3, size=num_agents), np.zeros(num_agents), state.ticks[0]
        Herding.advance(state, by_hand(num_agents), active, actions, rewards, stream)
        assert state.holders.sum() == num_agents
        assert state.holders.tolist() == np.bincount(state.mood, minlength=3).tolist()
        assert (state.holders >= np.minimum(before, fewest)).all()
        assert abs(state.ticks[0] - last) <= 5
        assert state.ticks[0] >= 1


def test_traders_meet_at_the_stated_rate(stream):
    state = market([OPTIMIST] * 30 + [FUNDAMENTALIST] * 70, stream, meeting_rate=5.0)
    active, meetings, met = np.zeros(100, np.int64), 0, 0
    for _ in range(4000):
        count = Herding.wake(state, by_hand(100), active, stream)
        assert len(set(active[:count].tolist())) == count
        meetings += count
        met += int((state.met[active[:count]] == OPTIMIST).sum())
    assert stats.binomtest(meetings, 400_000, 0.05).pvalue > UNLIKELY
    assert stats.binomtest(met, meetings, 0.3).pvalue > UNLIKELY  # (30 x 29 + 70 x 30) / (100 x 99) = .3


# --- Theorems ---------------------------------------------------------------------------------------------------


@pytest.mark.compiled
def test_moods_that_are_caught_with_noise_are_distributed_as_polyas_urn():
    """Kirman's ants: the number of optimists is beta-binomial."""
    num_traders, noise, runs = 10, 0.3, 3000
    ants = scenario().replace(
        {
            "environment.observation": "mood",
            "environment.meeting_rate": 1.0,
            "environment.fewest": 0,
            "environment.num_chartists": 5,
            "environment.window": 1,
            "learner": f"imitation:noise={noise}",
            "network": f"complete:n={num_traders}",
            "horizon.steps": 2500,
        }
    )
    simulation = Simulation(ants, seed=4, replications=range(runs))
    simulation.advance(2500)
    a = mood_concentration(num_traders, noise)
    expected = stats.betabinom(num_traders, a, 2.0 * a).pmf(np.arange(num_traders + 1)) * runs
    for mood in range(3):
        observed = np.bincount(simulation.environment.holders[:, mood], minlength=num_traders + 1)
        pooled = [np.append(values[:7], values[7:].sum()) for values in (observed, expected)]
        assert stats.chisquare(*pooled).pvalue > UNLIKELY


def test_the_critical_share_is_that_of_parameter_set_one():
    assert critical_share(Herding(), **SET_ONE) == pytest.approx((math.sqrt(33.6**2 + 4 * 18 * 30) - 33.6) / 36)
    assert critical_share(Herding(fundamentalist_volume=50.0), **SET_ONE) > 0.9
    assert critical_share(Herding(), 3.0, 0.0, 0.0, 0.0) == 1.0


def test_above_the_critical_share_small_moods_grow_and_below_they_fade():
    """The trace of the linearised mean dynamics changes its sign there."""
    z = critical_share(Herding(), **SET_ONE)

    def trace(z):
        return 2 * z * (3.0 * (0.6 - 1.0) + 6 * z * 10 * 0.2 + 6 * (1 - z) * 10 * 0.5 / 10.0) - 6 * (1 - z) * 5.0

    assert trace(z - 0.01) < 0.0 < trace(z + 0.01)


# --- What the market shows --------------------------------------------------------------------------------------


@pytest.mark.compiled
def test_returns_have_fat_tails_and_clusters_because_strategies_change():
    base = scenario().replace({"horizon.steps": 800 * STEPS_A_DAY, "environment.window": 700})
    free = run(base, replications=8, seed=1, record_every=None)
    fixed = run(
        base.replace({"learner.strategy_rate": 1e-9, "learner.profit_weight": 0.0}),
        replications=8,
        seed=1,
        record_every=None,
    )
    assert (free.runs.excess_kurtosis > 1.0).all()
    assert free.metrics["volatility_correlation"].low > 0.05 > fixed.metrics["volatility_correlation"].high
    assert free.metrics["return_correlation"].high < -0.2  # prices are noise around a price that stays
    assert free.metrics["typical_variance_ratio"].value < 0.2
    assert fixed.runs.excess_kurtosis.abs().max() < 1.0
    assert np.allclose(fixed.runs.chartist_share, 0.1)


def test_too_few_days_leave_the_facts_undefined():
    result = run(small(), replications=2, seed=1)
    assert result.runs.tail_index_050.isna().all()
    assert math.isnan(result.metrics["typical_tail_index"].value)
    reason = "no run has 100 returns of prices above zero that move"
    assert result.metrics["typical_tail_index"].reason == result.metrics["return_correlation"].reason == reason


# --- Bad input --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"environment.num_chartists": 501},
            "environment.num_chartists: 501 is not accepted; accepted: 0 to 500, the number of agents of the network",
        ),
        ({"network": "cycle:n=10001"}, "network: herding has room for 10000 agents, not 10001"),
        (
            {"environment.tick": 20},
            "environment.tick: 20.0 is not accepted; accepted: at most a 10th of fundamental_price, 1",
        ),
        (
            {"environment.tick": 1.0},
            "environment.meeting_rate: 8 is less than the largest rate of a change of opinion; accepted: a smaller "
            "environment.tick or environment.most_ticks",
        ),
        (
            {"learner.profit_weight": 6.0},
            "environment.meeting_rate: 8 is less than the largest rate of a change of strategy; accepted: 9.01 or more",
        ),
        ({"environment.tick": 0}, "environment.tick: 0 is not accepted; accepted: a float, > 0"),
        (
            {"environment.meeting_rate": 101},
            "environment.meeting_rate: 101 is not accepted; accepted: a float, > 0, <= 100",
        ),
    ],
)
def test_wrong_values_are_refused_in_one_line(changes, message):
    with pytest.raises(ParameterError) as error:
        run(scenario().replace(changes))
    assert str(error.value) == message
