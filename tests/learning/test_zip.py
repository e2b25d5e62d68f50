import numpy as np
import pytest

from socialsim.core.errors import ParameterError
from socialsim.engine.interface import Box, Discrete, Specification
from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.environments.auction import MARKET_ROW as ROW_OF_THE_MARKET
from socialsim.environments.auction import METRICS, Auction
from socialsim.learning.market_row import MARKET_ROW
from socialsim.learning.zip import Zip

CERTAIN = {"lowest_rate": 0.5, "highest_rate": 0.5, "highest_momentum": 0.0, "relative": 0.0, "absolute": 0.0}
BID, ASK = 0, 1


def learner(is_buyer, margin, limit=50.0, **changes):
    facts = {"is_buyer": is_buyer, "highest_price": 200, "market_row": MARKET_ROW}
    specification = Specification(Discrete(201), Box(shape=(len(MARKET_ROW),)), facts)
    state = Zip(**(CERTAIN | changes)).state(specification, 1)
    state.margin[0], state.limit[0], state.rate[0], state.momentum[0] = margin, limit, 0.5, 0.5
    return state


def row(limit=50.0, turn=1.0, side=-1.0, shout=0.0, trade=0.0):
    return np.array([limit, turn, 0.0, 201.0, side, shout, trade, 1.0])


# A seller with the limit 50 and the margin .2 would ask 60, a buyer with the margin -.2 bid 40. Half of the way to q,
# and by the momentum half of that: a target 8 away moves the price by 2.
@pytest.mark.parametrize(
    ("is_buyer", "active", "side", "shout", "trade", "moved"),
    [
        (False, True, BID, 68, 68, 2.0),  # would have sold there too: asks more
        (False, False, ASK, 68, 68, 2.0),  # even with nothing left
        (False, True, BID, 52, 52, -2.0),  # a buyer found another seller
        (False, True, ASK, 52, 52, 0.0),  # a seller found a buyer for less: none of its business
        (False, False, BID, 52, 52, 0.0),  # nothing left to sell
        (False, True, ASK, 52, 0, -2.0),  # a lower ask found nobody
        (False, True, ASK, 60, 0, 0.0),  # its own price: target and price agree
        (False, True, ASK, 68, 0, 0.0),  # a higher ask found nobody
        (False, True, BID, 52, 0, 0.0),  # a bid found nobody
        (False, True, -1, 0, 52, -2.0),  # a call
        (True, True, ASK, 32, 32, -2.0),
        (True, True, ASK, 48, 48, 2.0),
        (True, True, BID, 48, 48, 0.0),
        (True, True, BID, 48, 0, 2.0),
        (True, True, BID, 32, 0, 0.0),
        (True, True, -1, 0, 0, 0.0),  # silence
    ],
)
def test_a_margin_moves_by_the_rule(is_buyer, active, side, shout, trade, moved, stream, version):
    state = learner(is_buyer, -0.2 if is_buyer else 0.2)
    before = row(limit=50.0 if active else 0.0)
    version(Zip.learn)(state, 0, before, 0, 0.0, row(side=side, shout=shout, trade=trade), stream)
    assert 50.0 * (1.0 + state.margin[0]) == pytest.approx((40.0 if is_buyer else 60.0) + moved)


def test_momentum_keeps_a_part_of_the_last_change(stream, version):
    state = learner(False, 0.2)
    for expected in (62.0, 62.0 + 0.5 * 2.0 + 0.5 * 0.5 * 6.0):
        version(Zip.learn)(state, 0, row(), 0, 0.0, row(side=BID, shout=68, trade=68), stream)
        assert 50.0 * (1.0 + state.margin[0]) == pytest.approx(expected)


@pytest.mark.parametrize(("is_buyer", "price"), [(True, 90.0), (False, 10.0)])
def test_no_margin_is_worth_a_loss(is_buyer, price, stream, version):
    state = learner(is_buyer, 0.0)
    outcome = row(side=BID if is_buyer else ASK, shout=price)
    for _ in range(5):
        version(Zip.learn)(state, 0, row(), 0, 0.0, outcome, stream)
    assert state.margin[0] == 0.0
    assert version(Zip.act)(state, 0, row(), stream) == 50


def test_the_price_carries_over_to_a_unit_with_another_limit(stream, version):
    state = learner(False, 0.2)
    assert version(Zip.act)(state, 0, row(limit=55.0), stream) == 60
    assert version(Zip.act)(state, 0, row(limit=70.0), stream) == 70
    assert state.margin[0] == 0.0


def test_who_is_not_asked_or_has_nothing_left_is_silent(stream, version):
    state = learner(True, -0.2)
    assert version(Zip.act)(state, 0, row(turn=0.0), stream) == 0
    assert version(Zip.act)(state, 0, row(limit=0.0), stream) == 0


def test_first_margins_and_rates_lie_in_the_papers_ranges(stream):
    facts = {"is_buyer": True, "highest_price": 200, "market_row": MARKET_ROW}
    state = Zip().state(Specification(Discrete(201), Box(shape=(8,)), facts), 500)
    for i in range(500):
        Zip.initialise(state, i, stream)
    for values, low, high in ((state.margin, -0.35, -0.05), (state.rate, 0.1, 0.5), (state.momentum, 0.0, 0.1)):
        assert low <= values.min() < low + 0.02 * (high - low)
        assert high - 0.02 * (high - low) < values.max() <= high


def test_the_row_is_the_one_that_the_market_shows():
    assert MARKET_ROW == ROW_OF_THE_MARKET


def test_a_market_that_is_not_seen_is_refused():
    with pytest.raises(ParameterError, match="'zip' needs a market in which everybody sees every quote"):
        run(Scenario(Auction(), "zip", "complete:n=12", 10, METRICS))


@pytest.mark.compiled
def test_prices_approach_equilibrium_from_day_to_day():
    market = Auction(information="market", num_days=8, day_length=400)
    result = run(Scenario(market, "zip", "complete:n=12", 3200, METRICS), replications=20, seed=1)
    assert result.runs.smith_alpha_first_day.mean() > 4 * result.runs.smith_alpha_last_day.mean()
    assert result.metrics["efficiency"].low > 0.97
