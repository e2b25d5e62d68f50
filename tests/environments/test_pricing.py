"""Sellers who choose prices again and again: what a period does, what is seen, paid and refused."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from socialsim.core.errors import ParameterError
from socialsim.core.streams import Purpose, seed_streams
from socialsim.engine.links import ABSENT
from socialsim.engine.run import run
from socialsim.engine.scenario import PresenceEvent, Scenario
from socialsim.environments.pricing import Pricing, facts, scenario, small
from socialsim.environments.pricing.facts import joint_steps, profits_of_steps
from socialsim.environments.pricing.windows import profit_gain_of, windows_of
from socialsim.testing.links import by_hand


def dynamics(seed=1):
    return seed_streams(seed, np.arange(1), Purpose.DYNAMICS)[0]


def opened(pricing, history, turn=0):
    """Return the state of a market whose sellers remember ``history``, the last period first."""
    state = pricing.state(len(history[0]))
    state.history[:] = history
    state.turn[0] = turn
    return state


def sell(state, actions, network=None, stream=None, advance=Pricing.advance):
    """Return what everybody is paid in one period; ``actions`` become what they did."""
    rewards = np.zeros(len(actions))
    actions = np.array(actions) if isinstance(actions, list) else actions
    advance(state, network or by_hand(len(actions)), actions, rewards, dynamics() if stream is None else stream)
    return rewards.tolist()


def of_one_run(state):
    """Return a state as metrics see it, with a leading axis of runs."""
    return type(state)(*[np.asarray(field)[None] for field in state])


@pytest.fixture
def unlisted(monkeypatch):
    """Let no joint step be listed, so that profits are worked out in each period."""
    facts.listed.cache_clear()
    monkeypatch.setattr(facts, "MOST_LISTED", 0)
    yield
    facts.listed.cache_clear()


# --- By hand ---------------------------------------------------------------------------------------------------------


def test_a_period_by_hand(version):
    """Linear demand with a = 2, c = 0, gamma = 1/2: pN = 2/3, pM = 1, q_i = (4/3) (1 - p_i + p_j / 2)."""
    pricing = Pricing(competition="linear", costs=[0.0], num_prices=2, overshoot=0.0, memory=2)
    state = opened(pricing, [[0, 0], [1, 1]])
    rewards = sell(state, [1, 0], advance=version(Pricing.advance))
    assert rewards == pytest.approx([4 / 3 * (1 / 3), 2 / 3 * 4 / 3 * (1 / 3 + 1 / 2)])
    assert state.history.tolist() == [[1, 0], [0, 0]]
    assert [Pricing.observe(state, by_hand(2), i) for i in range(2)] == [1, 1]  # 1 + 0 b + 0 b^2 + 0 b^3
    sell(state, [0, 1], advance=version(Pricing.advance))
    assert state.seen.tolist() == [2 + 1 * 4] * 2
    outcome = pricing.outcomes(of_one_run(state))
    assert outcome["average_profit"] == pytest.approx([sum(rewards) / 2])
    assert outcome["concentration"] == pytest.approx([0.5])
    quantities = 4 / 3 * np.array([1 / 3, 1 / 3 + 1 / 2])
    surplus = 0.5 * (quantities @ quantities + quantities.prod())
    assert outcome["consumer_surplus"] == pytest.approx([surplus])
    assert outcome["total_surplus"] == pytest.approx([surplus + sum(rewards)])


def test_logit_profits_by_hand(unlisted):
    pricing = Pricing(costs=[1.0, 0.5], qualities=[2.0, 1.5], outside=0.25, num_prices=5)
    grid = pricing.grid(2)
    prices = grid[0, 3], grid[1, 1]
    weights = [math.exp((2.0 - prices[0]) / 0.25), math.exp((1.5 - prices[1]) / 0.25)]
    total = math.exp(0.25 / 0.25) + sum(weights)
    expected = [(prices[0] - 1.0) * weights[0] / total, (prices[1] - 0.5) * weights[1] / total]
    state = opened(pricing, [[0, 0]])
    assert sell(state, [3, 1]) == pytest.approx(expected)
    assert state.surplus_factor[0] == pytest.approx(total / math.exp(1.0))


def test_who_is_out_sells_nothing_and_pays_to_come_in(version):
    pricing = Pricing(num_prices=3, entry=True, fixed_cost=0.01, entry_cost=0.04)
    out, state = 3, opened(pricing, [[1, 3]])
    advance = version(Pricing.advance)
    alone = profits_of_steps(pricing, np.array([1, out]))[0]
    both = profits_of_steps(pricing, np.array([1, 1]))
    assert sell(state, [1, out], advance=advance) == pytest.approx([alone, 0.0])
    assert windows_of(pricing, of_one_run(state)).share_out[0].tolist() == [0.0, 1.0]
    assert state.seen.tolist() == [1 + 4 * 3] * 2
    assert sell(state, [1, 1], advance=advance) == pytest.approx([both[0], both[1] - 0.04])
    assert sell(state, [1, 1], advance=advance) == pytest.approx(both.tolist())
    windows = windows_of(pricing, of_one_run(state))
    assert windows.profits[0].tolist() == pytest.approx([both[0], both[1] - 0.04 / 2])  # of the last two periods
    assert windows.share_out[0].tolist() == [0.0, 0.0]
    columns = pricing.columns(of_one_run(opened(pricing, [[1, 3]])))
    assert np.isnan(columns["price"]).all()  # nothing has been chosen yet


def test_in_turn_one_may_move_and_the_others_stay_committed(version):
    pricing = Pricing(num_prices=4, moves="sequential")
    state, advance = opened(pricing, [[2, 0, 1]], turn=1), version(Pricing.advance)
    for actions, carried_out, turn in [([3, 3, 3], [2, 3, 1], 2), ([0, 0, 0], [2, 3, 0], 0), ([1, 0, 3], [1, 3, 0], 1)]:
        actions = np.array(actions)
        rewards = sell(state, actions, advance=advance)
        assert actions.tolist() == carried_out == state.history[0].tolist()
        assert rewards == pytest.approx(profits_of_steps(pricing, np.array(carried_out)).tolist())
        seen = sum(step * 4**j for j, step in enumerate(carried_out)) + turn * 4**3
        assert state.seen.tolist() == [seen] * 3
        committed = pricing.specification("seller", 3).facts["committed"][:, seen]
        assert committed.tolist() == [-1 if i == turn else step for i, step in enumerate(carried_out)]


def test_sellers_see_only_their_in_neighbours():
    pricing, network = Pricing(num_prices=4), by_hand([[], [0], [0, 1]])
    state = opened(pricing, [[0, 0, 0]])
    sell(state, [3, 2, 1], network)
    assert [Pricing.observe(state, network, i) for i in range(3)] == [3, 3 + 2 * 4, 3 + 2 * 4 + 1 * 16]


def test_of_the_lowest_others_the_neighbours_count():
    pricing = Pricing(num_prices=4, observation="lowest", memory=2)
    network = by_hand([[], [0], [0, 1]])
    state = opened(pricing, [[3, 2, 1], [0, 1, 2]])
    sell(state, [3, 1, 2], network)
    now = [3 + 4 * 3, 1 + 4 * 3, 2 + 4 * 1]  # who sees nobody takes itself for the lowest
    before = [3 + 4 * 3, 2 + 4 * 3, 1 + 4 * 2]
    assert state.seen.tolist() == [a + 16 * b for a, b in zip(now, before, strict=True)]
    sell(state, [0, 1, 2])
    assert (state.seen % 16).tolist() == [0 + 4 * 1, 1 + 4 * 0, 2 + 4 * 0]


def test_who_is_away_sells_nothing_and_keeps_its_last_price():
    pricing = Pricing(num_prices=3)
    state = opened(pricing, [[0, 2]])
    rewards = sell(state, [1, 0], by_hand(2, [0, ABSENT]))
    assert rewards[1] == 0.0
    assert rewards[0] > profits_of_steps(pricing, np.array([1, 2]))[0]
    assert state.history.tolist() == [[1, 2]]
    entry = Pricing(num_prices=3, entry=True, entry_cost=0.1)
    state = opened(entry, [[0, 2]])
    sell(state, [1, 0], by_hand(2, [0, ABSENT]))
    assert state.history.tolist() == [[1, 3]]  # seen to be out
    assert sell(state, [1, 0])[1] == pytest.approx(profits_of_steps(entry, np.array([1, 0]))[1] - 0.1)


@pytest.mark.parametrize("competition", ["logit", "linear", "cournot"])
def test_forgone_payoffs_are_what_each_step_would_have_paid(competition, version):
    pricing = Pricing(competition=competition, num_prices=4, observation="payoffs", entry=True, entry_cost=0.05)
    state = opened(pricing, [[1, 4, 0]])
    rewards = sell(state, [2, 0, 4], advance=version(Pricing.advance))
    for i, own in enumerate([2, 0, 4]):
        row = np.zeros(5)
        Pricing.observe(state, by_hand(3), i, row)
        steps = np.tile([2, 0, 4], (5, 1))
        steps[:, i] = np.arange(5)
        cost = 0.05 * (np.arange(5) < 4) if i == 1 else 0.0
        assert row == pytest.approx(profits_of_steps(pricing, steps)[:, i] - cost)
        assert row[own] == pytest.approx(rewards[i])


def test_profit_gain_is_0_at_nash_and_1_at_monopoly_whatever_it_costs_to_be_there():
    pricing = Pricing(costs=[1.0, 0.8], entry=True, fixed_cost=0.03)
    market = pricing.market(2)
    profits = np.array([market.profits(choices) - 0.03 for choices in (market.nash(), market.monopoly())])
    assert profit_gain_of(pricing, profits) == pytest.approx([0.0, 1.0])


# --- Properties and two roads ----------------------------------------------------------------------------------------


@pytest.mark.compiled
@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_period_pays_what_the_market_says(data):
    """The compiled period against the vectorised market, for every kind of demand and joint step, listed or not."""
    competition = data.draw(st.sampled_from(["logit", "linear", "cournot"]))
    n = data.draw(st.integers(2, 4))
    costs = data.draw(st.lists(st.floats(0.0, 0.2), min_size=n, max_size=n))
    pricing = Pricing(competition=competition, costs=costs, num_prices=4, entry=True, fixed_cost=0.02)
    steps = data.draw(st.lists(st.integers(0, 4), min_size=n, max_size=n))
    state = opened(pricing, [[0] * n])
    is_listed = data.draw(st.booleans())
    if not is_listed:
        state = state._replace(listed_profits=np.zeros((2, 0, n)), num_visits=np.zeros((2, 0), np.int64))
    assert sell(state, steps) == pytest.approx(profits_of_steps(pricing, np.array(steps)).tolist(), abs=1e-12)
    windows = windows_of(pricing, of_one_run(state))
    market, choices = pricing.market(n), facts.choices_of_steps(pricing, np.array(steps))
    assert windows.quantities[0] == pytest.approx(market.quantities(choices), abs=1e-12)
    assert windows.surplus[0] == pytest.approx(market.consumer_surplus(choices), abs=1e-12)


def test_stochastic_demand_pays_by_its_level():
    pricing = Pricing(num_prices=3, outside_spread=0.3)
    # the grid of the market with stochastic demand, not that of either level
    choices = facts.choices_of_steps(pricing, np.array([1, 2]))
    low, high = (pricing.replace(outside=x, outside_spread=0.0).market(2).profits(choices) for x in (-0.3, 0.3))
    stream, state = dynamics(), opened(pricing, [[0, 0]])
    paid = [sell(state, [1, 2], stream=stream)[0] for _ in range(400)]
    is_high = np.isclose(paid, high[0])
    assert (is_high | np.isclose(paid, low[0])).all()
    assert abs(is_high.mean() - 0.5) < 4 * 0.5 / math.sqrt(400)


def test_mean_rewards_are_those_of_random_rivals():
    pricing = Pricing(num_prices=3, costs=[1.0, 0.9, 0.8], entry=True, fixed_cost=0.01)
    told = pricing.specification("seller", 3).facts
    steps = joint_steps(4, 3)
    profits = profits_of_steps(pricing, steps)
    for i, k in itertools.product(range(3), range(4)):
        assert told["mean_rewards"][i, k] == pytest.approx(profits[steps[:, i] == k, i].mean())
    assert told["reward_range"] == pytest.approx((profits.min(), profits.max()))


def test_many_sellers_are_told_of_random_rivals_by_a_sample(monkeypatch):
    pricing = Pricing(num_prices=5)
    exact, _ = facts.profits_against_random(pricing, 4)
    monkeypatch.setattr(facts, "MOST_AVERAGED", 0)
    sampled, _ = facts.profits_against_random(pricing, 4)
    assert sampled == pytest.approx(exact, rel=5e-3)


@pytest.mark.compiled
def test_the_list_of_joint_steps_and_the_sums_tell_the_same(monkeypatch):
    """Two roads to a whole run: the outcome of listed steps, and that of profits worked out in each period."""
    market = small().replace({"environment.entry": True, "environment.entry_cost": 0.05})
    columns = ["average_profit_gain", "consumer_surplus", "total_surplus", "concentration", "share_out"]
    listed = run(market, replications=3, seed=4, record_every=None).runs[columns]
    facts.listed.cache_clear()
    monkeypatch.setattr(facts, "MOST_LISTED", 0)
    direct = run(market, replications=3, seed=4, record_every=None).runs[columns]
    facts.listed.cache_clear()
    assert direct.to_numpy() == pytest.approx(listed.to_numpy(), rel=1e-12)


@pytest.mark.compiled
def test_windows_are_means_over_what_was_recorded():
    result = run(small().replace({"horizon.steps": 100}), replications=3, seed=3, record="events")
    acts = result.table("act")
    last = 2 ** np.floor(np.log2(result.runs.steps - 1))  # when the present window began; the one before, at half of it
    later = acts[acts.step >= last[acts.run].to_numpy() / 2]
    profits = later.groupby(["run", "agent"]).reward.mean()
    assert result.table("agent").average_profit.to_numpy() == pytest.approx(profits.to_numpy())


# --- Runs ------------------------------------------------------------------------------------------------------------


@pytest.mark.compiled
def test_a_session_that_does_not_settle_is_said_to_have_not_and_left_out():
    result = run(small().replace({"horizon.steps": 10}), replications=4, seed=1, record_every=None)
    metrics = result.metrics
    assert metrics["share_converged"].value == 0.0
    for name in ("profit_gain", "periods_to_convergence", "cycle_length", "best_response_gap"):
        assert math.isnan(metrics[name].value)
        assert metrics[name].reason == "no run converged within the horizon"
    assert math.isfinite(metrics["average_profit_gain"].value)


@pytest.mark.compiled
def test_only_sessions_that_settled_are_averaged():
    result = run(small(), replications=30, seed=1, record_every=None)
    settled = result.runs[result.runs.stop == "settled"]
    assert 0 < len(settled) < 30
    assert result.metrics["profit_gain"].value == pytest.approx(settled.profit_gain.mean())
    assert result.metrics["profit_gain"].num_runs == len(settled)
    assert result.metrics["periods_to_convergence"].value == pytest.approx(settled.steps.mean() - 20)


@pytest.mark.compiled
def test_sellers_may_leave_and_come_back():
    events = (PresenceEvent(step=100, agent_index=1, change="leave"), PresenceEvent(200, 1, "enter"))
    market = Scenario(Pricing(num_prices=4), "constant:action=2", "complete:n=2", 300, presence_events=events)
    result = run(market, seed=1, record_every=50)
    assert result.table("series").mean_price.notna().sum() >= 5
    alone = profits_of_steps(Pricing(num_prices=4, entry=True), np.array([2, 4]))[0]
    both = profits_of_steps(Pricing(num_prices=4), np.array([2, 2]))[0]
    expected = (72 * alone + 100 * both) / 172  # the last two windows began at periods 128 and 256
    assert result.table("agent").average_profit[0] == pytest.approx(expected)


@pytest.mark.compiled
@pytest.mark.parametrize(
    ("learner", "changes"),
    [
        ("sarsa:alpha=0.2,discount=0.9,epsilon=0.1", {"environment.moves": "sequential"}),
        ("regret_matching", {"environment.observation": "payoffs", "environment.outside_spread": 0.1}),
    ],
)
def test_learners_of_other_kinds_run(learner, changes):
    market = small().replace({"learner": learner} | changes)
    result = run(market, replications=2, seed=1, record_every=None)
    assert np.isfinite(result.runs.average_profit_gain).all()
    assert result.metrics["profit_gain"].reason == "no run converged within the horizon"


# --- Bad input -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"costs": [1.0, -1.0]}, r"costs: seller 1 has -1.0; accepted: numbers >= 0"),
        ({"costs": []}, r"costs: \(\) is empty; accepted: one number for all, or one a seller"),
        ({"costs": [math.nan]}, r"costs: nan is not accepted; accepted: a list\[float\]"),
        ({"qualities": [math.inf]}, r"qualities: inf is not accepted; accepted: a list\[float\]"),
        ({"competition": "linear", "substitution": 1.0}, r"substitution: 1 .* linear demand; accepted: .* < 1"),
        ({"competition": "linear", "outside_spread": 0.1}, r"outside_spread: 0.1 .* linear demand; accepted: 0"),
        ({"moves": "sequential", "memory": 2}, r"memory: 2 .* sequential moves; accepted: 1"),
        ({"moves": "sequential", "observation": "lowest"}, r"observation: 'lowest' .* accepted: 'prices'"),
        ({"entry_cost": 0.1}, r"entry_cost, fixed_cost: nobody can stay out; accepted: with entry=true"),
        ({"overshoot": 1.5}, r"overshoot: 1.5 is not accepted; accepted: a float, >= 0, <= 1"),
        ({"num_prices": 1}, r"num_prices: 1 is not accepted; accepted: an int, >= 2, <= 1000"),
        ({"discount": 1.0}, r"discount: 1.0 is not accepted; accepted: a float, >= 0, < 1"),
    ],
)
def test_numbers_that_make_no_market_are_refused(parameters, message):
    with pytest.raises(ParameterError, match=message):
        Pricing(**parameters)


def test_too_many_situations_are_refused():
    with pytest.raises(ParameterError, match=r"num_prices: 5 sellers would see one of 759375 .* observation=lowest"):
        Pricing().specification("seller", 5)


def test_a_learner_that_cannot_read_what_is_seen_is_refused():
    with pytest.raises(ParameterError, match=r"discrete observations.*arrays of float64"):
        run(scenario().replace({"environment.observation": "payoffs"}))
    with pytest.raises(ParameterError, match=r"'regret_matching' needs .* what each action would have paid"):
        run(scenario().replace({"learner.seller": "regret_matching"}))
