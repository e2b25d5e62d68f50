"""Sellers who post prices and buyers who look around."""

import itertools
import math

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from socialsim.core.errors import ParameterError
from socialsim.core.streams import Purpose, seed_streams
from socialsim.engine.run import run
from socialsim.environments.search_market import SearchMarket, scenario
from socialsim.environments.search_market.theory import dispersed_price
from socialsim.testing.links import by_hand


def dynamics(seed=1):
    return seed_streams(seed, np.arange(1), Purpose.DYNAMICS)[0]


def trade(market, actions, network=None, state=None, stream=None, advance=SearchMarket.advance):
    """Return the state and the rewards of one step."""
    state = market.state(len(actions)) if state is None else state
    rewards = np.zeros(len(actions))
    stream = dynamics() if stream is None else stream
    advance(state, network or by_hand(len(actions)), np.array(actions), rewards, stream)
    return state, rewards


# --- By hand ---------------------------------------------------------------------------------------------------


def test_a_day_by_hand(version):
    """Prices 1.25 (seller 1) and 1.75 (seller 0); valuations 2, 1.75, 1.5. Action 2 j + k - 1: seller j, k quotes."""
    market = SearchMarket(num_sellers=2, num_prices=4, lowest_valuation=1.5, search_cost=0.125)
    state, rewards = trade(market, [2, 0, 0, 1, 0], advance=version(SearchMarket.advance))
    # buyer 0 asks seller 0 alone, buyer 1 asks both, buyer 2 asks seller 0 alone and cannot afford it
    assert rewards.tolist() == [0.75, 0.25, 0.25, 1.75 - 1.25 - 0.125, 0.0]
    assert state.sales.tolist() == [1, 1]
    assert state.quotes.tolist() == [1, 2, 1]
    outcome = market.outcomes(type(state)(*[np.asarray(field)[None] for field in state]))
    assert outcome["price"] == pytest.approx([1.5])
    assert outcome["posted_price"] == pytest.approx([1.5])
    assert outcome["price_dispersion"] == pytest.approx([0.25 / 1.5])
    assert outcome["sales_hhi"] == pytest.approx([0.5])
    assert outcome["num_quotes"] == pytest.approx([4 / 3])
    assert outcome["efficiency"] == pytest.approx([(0.75 + 0.25 + 0.25 + 0.375) / (1.0 + 0.75 + 0.5)])


def test_loyalty_is_coming_back_to_the_seller_asked_first():
    market = SearchMarket(num_sellers=2, num_prices=2, most_quotes=1)
    state, _ = trade(market, [1, 1, 0, 1])
    assert state.repeated.tolist() == [-1, -1]
    trade(market, [1, 1, 0, 0], state=state)
    assert state.repeated.tolist() == [1, 0]
    assert state.visits.tolist() == [[2, 0], [1, 1]]


def test_a_seller_out_of_reach_sells_nothing_and_further_quotes_come_from_those_in_reach():
    market = SearchMarket(num_sellers=3, num_prices=2, search_cost=0.1, most_quotes=3)
    # buyer 3 hears sellers 1 and 2, buyer 4 hears seller 1 and buyer 3
    network = by_hand([[], [], [], [1, 2], [1, 3]])
    state, rewards = trade(market, [0, 1, 0, 1 * 3 + 2, 0 * 3 + 2], network)
    assert rewards.tolist() == pytest.approx([0.0, 0.0, 0.5, 0.5 - 0.1, 0.0])  # a third seller is out of reach
    assert state.quotes.tolist() == [2, 0]


def test_entry_costs_what_it_says_and_is_seen():
    market = SearchMarket(num_sellers=2, num_prices=2, most_quotes=1, entry=True, operating_cost=0.125, entry_cost=0.25)
    out = 2
    state, rewards = trade(market, [0, out, 0, 1])  # buyer 1 finds the door closed
    assert rewards.tolist() == [0.5 - 0.375, 0.0, 0.5, 0.0]
    network = by_hand(4)
    assert [SearchMarket.observe(state, network, i) for i in range(4)] == [1, 2, 0, 0]
    _, rewards = trade(market, [0, 1, 0, 1], state=state)
    assert rewards.tolist() == [0.5 - 0.125, 1.0 - 0.375, 0.5, 0.0]
    assert [SearchMarket.observe(state, network, i) for i in range(2)] == [3, 3]
    outcome = market.outcomes(type(state)(*[np.asarray(field)[None] for field in state]))
    assert outcome["share_out"] == pytest.approx([0.25])
    assert outcome["share_alone"] == pytest.approx([0.5])
    assert outcome["price_alone"] == pytest.approx([1.5])


# --- Properties ------------------------------------------------------------------------------------------------


@settings(max_examples=50)
@given(st.data())
def test_money_only_changes_hands(data):
    """All rewards together are the value of what was bought, less what it cost to make, to look for and to be there."""
    num_sellers, num_buyers = data.draw(st.integers(1, 4)), data.draw(st.integers(1, 6))
    market = SearchMarket(
        num_sellers=num_sellers,
        num_prices=3,
        lowest_valuation=0.5,
        most_quotes=num_sellers,
        entry=True,
        operating_cost=0.3,
        entry_cost=0.2,
    )
    actions = data.draw(st.lists(st.integers(0, 3), min_size=num_sellers, max_size=num_sellers))
    actions += data.draw(st.lists(st.integers(0, num_sellers**2 - 1), min_size=num_buyers, max_size=num_buyers))
    state, rewards = trade(market, actions, stream=dynamics(data.draw(st.integers(0, 99))))
    num_in = np.isfinite(state.price).sum()
    bought = rewards[num_sellers:] + market.search_cost * (state.quotes - 1) > 0  # a price below the valuation
    assert (state.quotes == 1 + np.array(actions[num_sellers:]) % num_sellers).all()
    assert state.sales.sum() == state.totals[4] >= bought.sum()
    assert state.sales[~np.isfinite(state.price)].sum() == 0
    profit = ((np.where(np.isfinite(state.price), state.price, 0.0) - market.cost) * state.sales).sum()
    assert rewards[:num_sellers].sum() == pytest.approx(profit - 0.5 * num_in)


def test_further_quotes_are_drawn_without_replacement_and_evenly():
    market, counts, stream = (
        SearchMarket(num_sellers=4, num_prices=4, search_cost=0.0, most_quotes=3),
        np.zeros(4),
        dynamics(),
    )
    for _ in range(50):
        state, _ = trade(market, [0, 1, 2, 3] + [3 * 3 + 2] * 60, stream=stream)  # seller 3 first, and two others
        counts += state.sales
    # of the three others two are asked: the cheapest is among them in 2/3 of the cases, else the second cheapest is
    assert counts[2:].tolist() == [0, 0]
    assert counts[0] / 3000 == pytest.approx(2 / 3, abs=4 * math.sqrt(2 / 9 / 3000))


# --- Theorems --------------------------------------------------------------------------------------------------


@pytest.mark.compiled
def test_dispersed_prices_leave_sellers_indifferent_in_the_market():
    """Against sellers who draw from the equilibrium of Burdett and Judd every price in its support earns the same."""
    market = SearchMarket(num_sellers=3, num_prices=2, search_cost=0.05)
    generator, one, num_steps, num_buyers = np.random.default_rng(1), 0.6, 400, 300
    state, stream, rewards = market.state(3 + num_buyers), dynamics(), np.zeros(3 + num_buyers)
    for price in (dispersed_price(1.0, [one, 1 - one], 1.0, 2.0).item(), 1.6, 2.0):
        profits = []
        for _ in range(num_steps):
            rivals = dispersed_price(generator.random(2), [one, 1 - one], 1.0, 2.0)
            state = state._replace(prices=np.array([price, *rivals]))  # a grid of exactly the three prices
            buyers = 2 * generator.integers(3, size=num_buyers) + (generator.random(num_buyers) > one)
            actions = np.concatenate([[0, 1, 2], buyers])
            SearchMarket.advance(state, by_hand(len(actions)), actions, rewards, stream)
            profits.append(rewards[0] / num_buyers)
        mean, error = np.mean(profits), np.std(profits) / math.sqrt(num_steps)
        assert mean == pytest.approx(one / 3, abs=4 * error)  # (v - c) q_1 for each buyer and seller
        assert error < 0.005


def profits_of_deviating(market, common, num_buyers, actions):
    """Return what each price earns seller 0 when the others ask the price ``common``."""
    return [trade(market, [p, *[common] * (market.num_sellers - 1), *actions])[1][0] for p in range(market.num_prices)]


@pytest.mark.parametrize(("num_quotes", "stable"), [(3, [0]), (2, [0, 1])])
def test_quotes_for_all_leave_only_the_lowest_price_as_an_equilibrium_and_two_quotes_the_next_one_too(
    num_quotes, stable
):
    """Bertrand. To undercut a margin of two steps among two quotes doubles sales and halves the margin: a tie."""
    market = SearchMarket(num_sellers=num_quotes, num_prices=5, fewest_quotes=num_quotes, most_quotes=num_quotes)
    buyers = list(range(num_quotes)) * (60 // num_quotes)  # each seller first for its share of them; all are asked
    profits = [profits_of_deviating(market, common, 60, buyers) for common in range(5)]
    assert [p for p in range(5) if profits[p][p] >= max(profits[p]) - 1e-9] == stable


def test_one_quote_for_all_makes_the_monopoly_price_dominant():
    """Diamond: what one sells does not depend on prices, at any search cost."""
    for search_cost in (0.001, 0.5):
        market = SearchMarket(num_sellers=3, num_prices=5, most_quotes=1, search_cost=search_cost)
        for common in range(5):
            profits = profits_of_deviating(market, common, 60, [0, 1, 2] * 20)
            assert profits == pytest.approx(20 * (market.prices() - 1.0))


@pytest.mark.compiled
def test_learning_sellers_find_the_monopoly_price_and_the_competitive_one():
    few = {"network": "complete:n=63", "environment.num_sellers": 3, "environment.num_prices": 5}
    market = scenario().replace(few | {"horizon.steps": 6000, "learner.buyer": "uniform_random"})
    quiet = {"environment.burn_in": 5000, "learner.seller": "q_learning:discount=0.0,epsilon=1.0,beta=0.002"}
    one = run(market.replace(quiet | {"environment.most_quotes": 1}), replications=4, seed=1, record_every=None)
    assert one.metrics["price"].value == pytest.approx(2.0, abs=0.01)
    two = run(market.replace(quiet | {"environment.fewest_quotes": 2}), replications=4, seed=1, record_every=None)
    assert two.metrics["price"].value == pytest.approx(1.2, abs=0.05)
    assert one.metrics["loyalty"].value == pytest.approx(1 / 3, abs=0.01)


@pytest.mark.compiled
def test_roth_erev_buyers_become_loyal_as_polya_urns_do():
    """Urns with balls of weight w for n sellers and a reward r: any two visits agree with chance (w + r)/(n w + r)."""
    learners = {"learner.seller": "constant:action=0", "learner.buyer": "roth_erev:initial_weight=0.25"}
    urns = {"environment.num_sellers": 4, "environment.num_prices": 2, "environment.most_quotes": 1}
    market = scenario().replace(learners | urns | {"network": "complete:n=204", "environment.burn_in": 0})
    result = run(market.replace({"horizon.steps": 30}), replications=40, seed=1, record_every=None)
    loyalty = result.metrics["loyalty"]
    assert loyalty.value == pytest.approx((0.25 + 0.5) / (4 * 0.25 + 0.5), abs=3.5 * loyalty.standard_error)
    assert loyalty.standard_error < 0.01


# --- Two roads: what a learner is told, and all that can happen ---------------------------------------------------


@pytest.mark.parametrize("entry", [False, True])
def test_mean_rewards_are_those_of_random_rivals(entry):
    market = SearchMarket(
        num_sellers=2, num_prices=3, lowest_valuation=1.3, entry=entry, operating_cost=0.1, entry_cost=0.05
    )
    choices = [range(3 + entry)] * 2 + [range(4)] * 2
    rewards = np.zeros((4, 4 + entry))
    times = np.zeros((4, 4 + entry))
    for actions in itertools.product(*choices):
        _, paid = trade(market, list(actions))
        for i, action in enumerate(actions):
            rewards[i, action] += paid[i]
            times[i, action] += 1
    for agent_type, rows, size in (("seller", slice(0, 2), 3 + entry), ("buyer", slice(2, 4), 4)):
        told = market.specification(agent_type, 4).fact("mean_rewards")
        assert told == pytest.approx(rewards[rows, :size] / times[rows, :size])


# --- Limits of the network and bad input --------------------------------------------------------------------------


def test_a_buyer_who_hears_one_seller_learns_to_go_there():
    star = nx.empty_graph(6, nx.DiGraph)
    star.add_edges_from([(0, 2), (0, 3), (1, 4), (1, 5), (2, 3)])
    market = scenario().replace({"network": star, "environment.num_sellers": 2, "environment.num_prices": 3})
    market = market.replace({"learner.seller": "constant:action=0", "learner.buyer.epsilon": 0.01})
    horizon = {"environment.burn_in": 500, "horizon.steps": 2000, "environment.most_quotes": 1}
    own = run(market.replace(horizon), replications=4, seed=1, record_every=None)
    assert own.metrics["loyalty"].value > 0.95
    assert own.metrics["sales_hhi"].value == pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"environment.num_sellers": 0}, "environment.num_sellers: 0 is not accepted; accepted: an int, >= 1, <= 1000"),
        ({"environment.cost": 2.0}, "environment.highest_valuation: 2.0 is not accepted; accepted: > cost, 2.0"),
        ({"environment.cost": -1.0}, "environment.cost: -1.0 is not accepted; accepted: a float, >= 0"),
        (
            {"environment.lowest_valuation": 2.5},
            "environment.lowest_valuation: 2.5 is not accepted; accepted: at most 2.0",
        ),
        (
            {"environment.most_quotes": 6},
            "environment.most_quotes: 6 is not accepted; accepted: at most num_sellers, 5",
        ),
        ({"environment.fewest_quotes": 3}, "environment.fewest_quotes: 3 is not accepted; accepted: at most 2"),
        ({"environment.search_cost": -0.1}, "environment.search_cost: -0.1 is not accepted; accepted: a float, >= 0"),
    ],
)
def test_what_does_not_fit_is_named_with_what_is_accepted(values, message):
    with pytest.raises(ParameterError) as error:
        scenario().replace(values)
    assert message in str(error.value)


def test_a_market_needs_a_buyer():
    with pytest.raises(ParameterError, match=r"^environment.num_sellers: 5 is not accepted; accepted: 1 to 4 on"):
        run(scenario().replace({"network": "complete:n=5"}), replications=1)
