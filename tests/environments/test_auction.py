"""The double auction: its institutions by hand, days, and what any traders can achieve."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.environments.auction import MARKET_ROW, METRICS, Auction, scenario, small
from socialsim.environments.auction.book import best_ask, best_bid
from socialsim.environments.auction.mechanics import call_market, quote
from socialsim.environments.auction.schedules import LADDERS, built_in

ZI_U, ZI_C = ({"buyer": name, "seller": name} for name in ("zi_u", "zi_c"))
PAIR = {"values": ((10, 8), (9,)), "costs": ((2, 3), (4,)), "highest_price": 20, "num_days": 2}
DEMAND, SUPPLY = 2, 2


def play(quotes, **changes):
    """Return the state after some quotes (trader, price)."""
    state, rewards = Auction(**(PAIR | changes)).state(DEMAND + SUPPLY), np.zeros(DEMAND + SUPPLY)
    for trader, price in quotes:
        quote(state, trader, price, rewards)
    return state


def best(state):
    return int(best_bid(state)), int(best_ask(state))


# --- Gode and Sunder's rules


def test_a_quote_that_meets_the_standing_one_trades_at_the_earlier_price_and_clears_the_book():
    state = play([(0, 5), (2, 9), (3, 4)])
    assert state.price[0, :2].tolist() == [5, 0]
    assert state.profit.tolist() == [5.0, 0.0, 0.0, 1.0]
    assert best(state) == (0, 21)
    assert state.surplus[0] == 10 - 4
    assert state.last_price[0] == 5.0


def test_a_quote_must_better_the_standing_one_of_its_side():
    state = play([(0, 5), (1, 5), (1, 4), (2, 12), (3, 12), (3, 13)])
    assert best(state) == (5, 12)
    assert state.order_quantity.tolist() == [1, 0, 1, 0]
    assert best(play([(0, 5), (1, 6), (2, 12), (3, 11)])) == (6, 11)


def test_silence_leaves_the_standing_quote_of_gode_and_sunder():
    assert best(play([(0, 5), (0, 0)])) == (5, 21)


def test_units_are_traded_in_order():
    state = play([(0, 5), (2, 5), (0, 5), (2, 5)])
    assert state.surplus[0] == (10 - 2) + (8 - 3)
    assert state.unit.tolist() == [2, 0, 2, 0]
    assert sorted(state.able[: state.num_able[0]].tolist()) == [1, 3]


# --- The continuous book


def test_an_order_of_several_units_takes_the_best_quotes_each_at_its_own_price_and_the_rest_stands():
    state = play([(2, 6), (3, 4), (0, 7)], institution="continuous", order_size=2)
    assert state.price[0, :3].tolist() == [4, 6, 0]  # (3) has one unit, (2) keeps one of two
    assert best(state) == (0, 6)
    assert state.order_quantity.tolist() == [0, 0, 1, 0]
    assert state.profit.tolist() == [(10 - 4) + (8 - 6), 0.0, 6 - 2, 4 - 4]


def test_a_new_quote_replaces_the_old_one_and_silence_withdraws_it():
    continuous = {"institution": "continuous"}
    assert best(play([(0, 5), (0, 3)], **continuous)) == (3, 21)
    assert best(play([(0, 5), (1, 4), (0, 0)], **continuous)) == (4, 21)


# --- The call


def test_a_call_trades_all_that_cross_at_one_price():
    state = play([(0, 9), (1, 7), (2, 3), (3, 5)], institution="call")
    call_market(state, np.zeros(4))
    assert state.price[0, :3].tolist() == [6, 6, 0]  # every price in 5, ..., 7 clears the market
    assert state.profit.tolist() == [10 - 6, 9 - 6, 6 - 2, 6 - 4]
    assert best(state) == (0, 21)


def test_a_call_serves_the_oldest_order_first_at_the_marginal_price():
    state = play([(1, 8), (0, 8), (3, 5)], institution="call")
    call_market(state, np.zeros(4))
    assert state.unit.tolist() == [0, 1, 0, 1]
    assert state.price[0, 0] == 8  # any higher bid or lower price would leave the other bid unserved


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 7), st.integers(1, 12)), max_size=20))
def test_a_call_trades_as_much_as_any_price_could_at_a_price_that_does(quotes):
    side = ((6,),) * 4
    state = Auction(values=side, costs=side, highest_price=12, institution="call").state(8)
    for trader, price in quotes:
        quote(state, trader, price, np.zeros(8))
    last = dict(quotes)
    bids, asks = [p for i, p in last.items() if i < 4], [p for i, p in last.items() if i >= 4]
    volume = {p: min(sum(b >= p for b in bids), sum(a <= p for a in asks)) for p in range(1, 13)}
    call_market(state, np.zeros(8))
    assert state.num_trades[0] == max(volume.values())
    if state.num_trades[0]:
        assert volume[state.price[0, 0]] == state.num_trades[0]


# --- Days and information


def advance(market, state, actor, actions):
    state.quoter[0] = actor
    active = np.array([actor, *(i for i in range(4) if i != actor)])
    actions, rewards = np.array(actions), np.full(4, 9.0)
    Auction.advance(state, None, active, actions, rewards, None)
    return actions.tolist(), rewards.tolist()


def test_who_waits_learns_what_the_standing_quote_brings():
    market = Auction(**PAIR, institution="continuous")
    state = market.state(4)
    assert advance(market, state, 0, [5, 1, 2, 3]) == ([5, 0, 0, 0], [0.0] * 4)
    actions, rewards = advance(market, state, 2, [7, 7, 4, 7])
    assert actions == [5, 0, 4, 0]  # the buyer's action is what stands
    assert rewards == [10 - 5, 0.0, 5 - 2, 0.0]


def test_the_market_row_shows_the_last_event_and_the_best_quotes():
    market = Auction(**PAIR, institution="continuous", information="market")
    state, out = market.state(4), np.zeros(len(MARKET_ROW))
    for actor, price in ((0, 5), (1, 3), (2, 4)):
        advance(market, state, actor, [price] * 4)
    assert Auction.observe(state, None, 2, out) == 3  # the cost of the second unit
    assert out.tolist() == [3.0, 1.0, 3.0, 21.0, 1.0, 4.0, 5.0, 3.0]


def test_a_day_begins_with_an_empty_book_and_fresh_endowments():
    market = Auction(**PAIR, institution="continuous", day_length=2)
    state = market.state(4)
    advance(market, state, 0, [5] * 4)
    advance(market, state, 2, [4] * 4)
    assert state.day[0] == 1
    assert state.unit.tolist() == [0, 0, 0, 0]
    assert state.units_left.tolist() == [3, 3]
    assert (state.best == 0).all()
    assert state.surplus.tolist() == [8, 0, 0]
    assert Auction.done(state) == -1


def test_a_day_ends_when_one_side_has_nothing_left():
    market = Auction(values=((10, 10),), costs=((2,),), highest_price=20, num_days=1)
    result = run(Scenario(market, ZI_U, "complete:n=2", 10_000, METRICS), replications=5, seed=1)
    assert (result.runs.stop == "done").all()
    assert (result.runs.volume == 1).all()
    assert (result.runs.num_quotes < 10_000).all()


def test_a_quote_beyond_the_limit_counts_as_silence_under_the_budget_constraint():
    state = play([(0, 11), (0, 10), (2, 1)], budget_constraint=True)
    assert best(state) == (10, 21)
    assert state.num_quotes[0] == 1


# --- What any traders can achieve


def market_of(name, learners, **changes):
    market = Auction(schedule=name, **({"information": "limit", "num_days": 2} | changes))
    return Scenario(market, learners, "complete:n=12", market.day_length * market.num_days, METRICS)


@pytest.mark.parametrize("institution", ["continuous", "gode_sunder", "call"])
def test_trade_in_all_units_makes_the_same_surplus_whoever_trades_with_whom(institution):
    for name, ladder in LADDERS.items():
        schedule = built_in(name)
        everything = sum(map(sum, schedule.values)) - sum(map(sum, schedule.costs))
        runs = run(market_of(name, ZI_U, institution=institution, day_length=20_000), replications=3, seed=1).runs
        expected = everything / Auction(schedule=name).equilibrium().surplus
        assert runs.efficiency.tolist() == [expected] * 3
        assert (runs.volume == ladder.num_units).all()


@pytest.mark.compiled
@pytest.mark.parametrize("institution", ["continuous", "gode_sunder", "call"])
def test_constrained_traders_never_lose_and_reach_nearly_all_there_is(institution):
    result = run(market_of("market_1", ZI_C, institution=institution), replications=50, seed=1)
    assert 0.9 < result.metrics["efficiency"].low < result.metrics["efficiency"].high < 1.0
    assert (result.agents.profit >= 0.0).all()


@pytest.mark.compiled
def test_waking_everybody_changes_nothing_for_traders_who_do_not_learn():
    few, all_ = (
        run(market_of("market_1", ZI_C, information=information, day_length=300), replications=200, seed=2).runs
        for information in ("limit", "outcomes")
    )
    gap = few.efficiency.mean() - all_.efficiency.mean()
    assert abs(gap) < 4 * np.hypot(few.efficiency.sem(), all_.efficiency.sem())


def test_learners_of_this_project_can_trade():
    market = small().environment.replace(budget_constraint=True, num_days=200, day_length=30)
    learners = {"buyer": "q_learning:epsilon=0.05,discount=0.5", "seller": "roth_erev"}
    result = run(Scenario(market, learners, "complete:n=4", 6000, METRICS), replications=4, seed=1)
    assert 0.3 < result.metrics["efficiency"].value <= 1.0
    assert (result.agents.profit >= 0.0).all()


# --- Schedules


@pytest.mark.parametrize(
    ("name", "price", "quantity"),
    [("market_1", 69, 12), ("market_2", 69, 15), ("market_3", 106, 6), ("market_4", 170, 12), ("market_5", 131, 24)],
)
def test_the_built_in_schedules_have_the_printed_equilibria(name, price, quantity):
    found = Auction(schedule=name).equilibrium()
    assert (found.price, found.quantity) == (price, quantity)


def write(folder, *lines):
    path = folder / "market.csv"
    path.write_text("\n".join(lines) + "\n")
    return str(path)


HEADER = "side,trader,unit,limit"


def test_a_schedule_from_a_file_is_the_one_in_lists(tmp_path):
    path = write(tmp_path, HEADER, "seller,Bo,1,4", "buyer,Ann,2,8", "buyer,Ann,1,10", "", "buyer,Cy,1,9")
    assert Auction(schedule=path).units() == Auction(values=((10, 8), (9,)), costs=((4,),)).units()


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ([], "line 1: columns none; accepted: side, trader, unit, limit"),
        (["side,trader,limit"], "line 1: columns side, trader, limit"),
        ([HEADER], "column side: no buyer"),
        ([HEADER, "buyer,a,1,9"], "column side: no seller"),
        ([HEADER, "buyer,a,1,9", "seler,b,1,3"], "line 3, column side: 'seler'"),
        ([HEADER, "buyer,,1,9"], "line 2, column trader"),
        ([HEADER, "buyer,a,0,9"], "line 2, column unit: 0"),
        ([HEADER, "buyer,a,one,9"], "line 2, column unit: 'one'"),
        ([HEADER, "buyer,a,1,9", "buyer,a,1,8"], "line 3, column unit: buyer a has a unit 1 already, on line 2"),
        ([HEADER, "buyer,a,1,9", "buyer,a,3,8", "seller,b,1,1"], "line 3, column unit: .* but no unit 2"),
        ([HEADER, "seller,b,1,-3"], "line 2, column limit: -3 is off the grid"),
        ([HEADER, "buyer,a,1,201"], "line 2, column limit: 201 is off the grid of prices; .* 1 to 200"),
        ([HEADER, "buyer,a,1,9.5"], "line 2, column limit: '9.5'"),
        ([HEADER, "buyer,a,1,nan"], "line 2, column limit: 'nan'"),
        ([HEADER, "buyer,a,1"], "line 2: 3 cells"),
        ([HEADER, "buyer,a,1,3", "seller,b,1,4"], "the highest, 3, is below the lowest cost, 4"),
    ],
)
def test_a_wrong_schedule_file_is_refused_by_line_and_column(lines, message, tmp_path):
    with pytest.raises(ValueError, match=message):
        Auction(schedule=write(tmp_path, *lines))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"schedule": "market_6"}, "unknown schedule 'market_6'"),
        ({"schedule": "nowhere.csv"}, "nowhere.csv: No such file"),
        ({"schedule": "market_4", "highest_price": 100}, "market_4: values: 182, of trader 1, unit 1, is off the grid"),
        ({"values": ((9,),)}, "costs: none for the given values"),
        ({"costs": ((9,),)}, "values: none for the given costs"),
        ({"values": ((9,), ()), "costs": ((1,),)}, "values: trader 2 has no unit"),
        ({"values": ((9, 8),), "costs": ((1, -2),)}, "costs: -2, of trader 1, unit 2"),
        ({"values": ((9,),), "costs": ((0,),)}, "costs: 0, of trader 1, unit 1"),
        ({"values": ((9,),), "costs": ((10,),)}, "can be traded at a gain"),
        ({"values": ((9.5,),), "costs": ((1,),)}, "values: .* is not accepted"),
        ({"order_size": 2}, "order_size: 2 in gode_sunder"),
        ({"institution": "dutch"}, "institution: 'dutch'"),
        ({"highest_price": 1}, "highest_price: 1"),
    ],
)
def test_wrong_parameters_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        Auction(**changes)


def test_a_network_of_another_size_is_refused():
    with pytest.raises(ValueError, match="10 agents for a schedule of 6 buyers and 6 sellers; accepted: 12 agents"):
        run(scenario().replace({"network": "complete:n=10"}))
