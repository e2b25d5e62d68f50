from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.interpolate import CubicSpline

from socialsim.core.errors import ParameterError
from socialsim.engine.interface import Box, Discrete, Specification
from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.environments.auction import METRICS, Auction
from socialsim.learning.gjerstad_dickhaut import AGAINST, FOR, GjerstadDickhaut, best_quote, remember
from socialsim.learning.market_row import MARKET_ROW

HIGHEST, BID, ASK = 20, 0, 1
NO_BID, NO_ASK = 0.0, HIGHEST + 1.0


def learner(is_buyer=False, memory=5):
    facts = {"is_buyer": is_buyer, "highest_price": HIGHEST, "market_row": MARKET_ROW}
    return GjerstadDickhaut(memory=memory).state(Specification(Discrete(HIGHEST + 1), Box(shape=(8,)), facts), 1)


def row(bid=NO_BID, ask=NO_ASK, side=-1, shout=0, trade=0):
    return np.array([10.0, 1.0, bid, ask, side, shout, trade, 1.0])


def counted(state):
    """Return the levels counted for and against acceptance."""
    return [
        [int(at) for at in np.flatnonzero(state.counts[kind]) for _ in range(state.counts[kind, at])] for kind in (0, 1)
    ]


# What a seller learns; the first row is before the event, the second after it.
@pytest.mark.parametrize(
    ("before", "after", "likes", "dislikes"),
    [
        (row(), row(bid=7, side=BID, shout=7), [7], []),  # a bid
        (row(), row(ask=12, side=ASK, shout=12), [], []),  # an ask stands: nothing is known yet
        (row(ask=12), row(ask=11, side=ASK, shout=11), [], [12]),  # it is bettered
        (row(ask=12), row(ask=12, side=ASK, shout=14), [], [14]),  # one that betters nothing
        (row(ask=12), row(side=BID, shout=15, trade=12), [12], []),  # a buyer takes it
        (row(bid=7, ask=12), row(side=ASK, shout=7, trade=7), [], [12]),  # a seller takes a bid, the book is cleared
        (row(bid=9, ask=8), row(trade=8), [8], []),  # a call
        (row(ask=12), row(ask=12), [], []),  # silence
    ],
)
def test_what_an_event_says_about_acceptance(before, after, likes, dislikes, version):
    state = learner()
    version(remember)(state, before, after)
    assert counted(state) == [likes, dislikes]
    mirror = learner(is_buyer=True)
    flip = [row(*_mirrored(r)) for r in (before, after)]
    version(remember)(mirror, *flip)
    assert counted(mirror) == [likes, dislikes]


def _mirrored(r):
    """Return the same event with buyers and sellers exchanged."""

    def price(p):
        return HIGHEST + 1 - p

    side = r[4] if r[4] < 0 else 1 - r[4]
    return price(r[3]), price(r[2]), side, price(r[5]) if r[5] else 0, price(r[6]) if r[6] else 0


def test_quotes_before_the_last_trades_are_forgotten():
    state = learner(memory=2)
    for k in range(4):
        remember(state, row(), row(bid=3 + k, side=BID, shout=3 + k))
        assert counted(state)[FOR][-1] == 3 + k
        remember(state, row(bid=3 + k), row(side=ASK, shout=3 + k, trade=3 + k))
        assert counted(state)[FOR] == list(range(max(3, 2 + k), 4 + k))


def belief(likes, dislikes):
    """Return the belief at every level, by counting and scipy's clamped cubic."""
    knots = sorted({0, HIGHEST + 1, *likes, *dislikes})

    def at(x):
        if x in (0, HIGHEST + 1):
            return 1.0 if x == 0 else 0.0
        up, down = sum(y >= x for y in likes), sum(y <= x for y in dislikes)
        return up / (up + down)

    found = np.zeros(HIGHEST + 2)
    for low, high in pairwise(knots):
        piece = CubicSpline([low, high], [at(low), at(high)], bc_type="clamped")
        found[low : high + 1] = piece(np.arange(low, high + 1))
    return found


levels = st.lists(st.integers(1, HIGHEST), max_size=8)


@settings(max_examples=80)
@given(levels, levels, st.integers(1, HIGHEST), st.integers(0, HIGHEST), st.integers(0, HIGHEST))
def test_the_quote_maximises_expected_surplus(likes, dislikes, limit, low, high):
    state = learner()
    for kind, history in ((FOR, likes), (AGAINST, dislikes)):
        for at in history:
            state.counts[kind, at] += 1
    chance = belief(likes, dislikes)
    assert (np.diff(chance) < 1e-9).all()  # the more one asks, the less likely
    surplus = {x: (x - limit) * chance[x] for x in range(low + 1, high + 1)} | ({low: low - limit} if low else {})
    most = max(surplus.values(), default=0.0)
    best = best_quote(state, limit, low, high)
    if most > 1e-9:
        assert surplus[best] == pytest.approx(most)
    else:
        assert best == 0 or surplus[best] == pytest.approx(0.0, abs=1e-9)


def test_a_quote_that_is_met_for_sure_is_taken_when_nothing_else_promises_more(stream, version):
    state = learner(is_buyer=True)
    assert version(GjerstadDickhaut.act)(state, 0, row(ask=3.0), stream) == 3
    assert version(GjerstadDickhaut.act)(state, 0, row(bid=9.0, ask=12.0), stream) == 0  # 10 or 11 would gain nothing


def test_a_market_that_is_not_seen_is_refused():
    with pytest.raises(ParameterError, match="'gjerstad_dickhaut' needs a market"):
        run(Scenario(Auction(), "gjerstad_dickhaut", "complete:n=12", 10, METRICS))


@pytest.mark.compiled
def test_markets_are_efficient_and_prices_approach_equilibrium():
    market = Auction(information="market", num_days=6, day_length=300)
    result = run(Scenario(market, "gjerstad_dickhaut", "complete:n=12", 1800, METRICS), replications=20, seed=1)
    assert result.metrics["efficiency"].low > 0.98
    assert result.runs.smith_alpha_first_day.mean() > 1.5 * result.runs.smith_alpha_last_day.mean()
