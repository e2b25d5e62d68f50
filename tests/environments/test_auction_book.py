"""The limit order book against a list of orders, over random streams of quotes."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from socialsim.environments.auction import Auction
from socialsim.environments.auction.book import (
    ASK,
    BID,
    best_ask,
    best_bid,
    cancel,
    clear,
    empty_book,
    fill,
    front,
    insert,
)
from socialsim.environments.auction.book import level_of as level
from socialsim.environments.auction.mechanics import quote

HIGHEST, TRADERS, UNITS = 10, 6, 40
quotes = st.lists(st.tuples(st.integers(0, TRADERS - 1), st.integers(0, HIGHEST)), max_size=80)


class ListBook:
    """Orders in the order of their arrival: [trader, price, quantity]."""

    def __init__(self):
        self.orders, self.trades = [], []

    def quote(self, trader, price, quantity):
        self.orders = [order for order in self.orders if order[0] != trader]
        is_buyer = trader < TRADERS // 2
        while price and quantity:
            rivals = [order for order in self.orders if (order[0] < TRADERS // 2) != is_buyer]
            meets = [order for order in rivals if (order[1] <= price if is_buyer else order[1] >= price)]
            if not meets:
                break
            other = min(meets, key=lambda order: order[1] if is_buyer else -order[1])  # min takes the first of equals
            self.trades.append((trader, other[0], other[1]))
            other[2] -= 1
            self.orders = [order for order in self.orders if order[2]]
            quantity -= 1
        if price and quantity:
            self.orders.append([trader, price, quantity])

    def queue(self, is_buyer, price):
        return [order[0] for order in self.orders if order[1] == price and (order[0] < TRADERS // 2) == is_buyer]


def market(order_size):
    side = tuple((5,) * UNITS for _ in range(TRADERS // 2))
    return Auction(
        values=side, costs=side, highest_price=HIGHEST, institution="continuous", order_size=order_size, num_days=1
    ).state(TRADERS)


def queue(state, side, price):
    k, found = state.level_first[side, level(state, side, price)], []
    while k >= 0:
        found.append(int(k))
        assert state.order_next[k] < 0 or state.order_previous[state.order_next[k]] == k
        k = state.order_next[k]
    return found


@settings(max_examples=60)
@given(quotes, st.integers(1, 3))
def test_the_book_trades_as_a_list_of_orders_would(stream, order_size):
    state, rewards, book = market(order_size), np.zeros(TRADERS), ListBook()
    profit, units = np.zeros(TRADERS), np.zeros(TRADERS, int)
    for trader, price in stream:
        quote(state, trader, price, rewards)
        book.quote(trader, price, order_size)
        assert best_bid(state) < best_ask(state)  # never crossed
        for side in (BID, ASK):  # price and time priority: the same orders in the same queues
            for p in range(1, HIGHEST + 1):
                assert queue(state, side, p) == book.queue(side == BID, p)
    for pair in book.trades:
        for trader in pair[:2]:
            profit[trader] += (5 - pair[2]) if trader < TRADERS // 2 else (pair[2] - 5)
            units[trader] += 1
    assert state.price[0, : len(book.trades)].tolist() == [price for _, _, price in book.trades]
    assert state.num_trades[0] == len(book.trades)
    assert state.profit.tolist() == profit.tolist() == rewards.tolist()
    assert state.unit.tolist() == units.tolist()
    assert state.order_quantity.sum() == sum(order[2] for order in book.orders)
    assert units[: TRADERS // 2].sum() == units[TRADERS // 2 :].sum()  # what is bought is sold


@given(st.lists(st.tuples(st.integers(0, 4), st.sampled_from((BID, ASK)), st.integers(1, HIGHEST)), max_size=30))
def test_cancelling_all_orders_in_any_order_leaves_an_empty_book(orders):
    book = empty_book(5, HIGHEST)
    for slot, side, price in orders:
        cancel(book, slot)
        insert(book, slot, side, level(book, side, price), 1)
    for slot in sorted({slot for slot, _, _ in orders}, key=lambda slot: (slot * 3) % 5):
        cancel(book, slot)
    assert (book.best == 0).all()
    assert (book.level_first[:, 1:] < 0).all()
    assert (book.level_last < 0).all()
    assert (book.num_orders == 0).all()


def test_clearing_removes_every_order():
    book = empty_book(3, HIGHEST)
    for slot, side, price in ((0, BID, 3), (1, BID, 3), (2, ASK, 3)):
        insert(book, slot, side, level(book, side, price), 2)
    clear(book)
    fresh = empty_book(3, HIGHEST)
    assert all((getattr(book, name) == getattr(fresh, name)).all() for name in ("best", "level_first", "level_last"))
    insert(book, 1, ASK, level(book, ASK, 9), 1)
    assert queue(book, ASK, 9) == [1]


@pytest.mark.parametrize("side", [BID, ASK])
def test_an_order_filled_in_part_keeps_its_place(side, version):
    book = empty_book(2, HIGHEST)
    for slot in range(2):
        version(insert)(book, slot, side, level(book, side, 4), 3)
    version(fill)(book, 0, 2)
    assert version(front)(book, side) == 0
    version(fill)(book, 0, 1)
    assert version(front)(book, side) == 1


@given(st.integers(1, HIGHEST), st.sampled_from((BID, ASK)))
def test_price_and_level_are_inverse(price, side):
    book = empty_book(1, HIGHEST)
    assert level(book, side, level(book, side, price)) == price
