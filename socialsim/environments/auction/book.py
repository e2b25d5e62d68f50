"""A limit order book: what is bid and asked at each price, first come first served.

Prices are integers 1, ..., P. An **order** is a side, a price and a number of units; it has a slot of its own among the
N of the book, so that it is found without a search. A bid at the price p stands at the level p, an ask at the level
P + 1 - p, so that on both sides a higher level is a better one, and a bid and an ask meet when their levels add up to
more than P. The orders at one level of one side stand in a queue, a doubly linked list through the slots;
``level_first`` and ``level_last`` hold its ends, and ``best`` the best level of each side, 0 if nobody is there.

- **Price priority**: a trade takes the best level of the other side first.
- **Time priority**: at one level it takes the order that has stood longest. What is left of an order that is filled in
  part keeps its place.

To add an order and to fill the first one of a queue take a constant time. So does to remove one, unless it was the only
one at the best level, when the next level at which anybody stands is searched for. Nothing is allocated. Every function
takes whatever has these arrays: a `Book`, or the state of `socialsim.environments.auction`.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled

BID, ASK = 0, 1
NOBODY = -1


class Book(NamedTuple):
    """Orders by slot, queues by side and level."""

    order_side: NDArray[np.int64]  # (num_slots,), BID or ASK
    order_level: NDArray[np.int64]  # (num_slots,)
    order_quantity: NDArray[np.int64]  # (num_slots,), units left; 0: no order in this slot
    order_next: NDArray[np.int64]  # (num_slots,), the one behind it in its queue, or NOBODY
    order_previous: NDArray[np.int64]  # (num_slots,), the one before it, or NOBODY
    level_first: NDArray[np.int64]  # (2, P + 1), the front of each queue, or NOBODY; level 0 is never empty
    level_last: NDArray[np.int64]  # (2, P + 1), its end
    best: NDArray[np.int64]  # (2,), best level of each side, 0: none
    num_orders: NDArray[np.int64]  # (2,), orders on each side


def empty_book(num_slots: int, highest_price: int) -> Book:
    """Return a book without orders.

    Parameters
    ----------
    num_slots : int
        How many orders there may be at once.
    highest_price : int
        P.

    Examples
    --------
    >>> book = empty_book(num_slots=4, highest_price=10)
    >>> insert(book, 0, ASK, level_of(book, ASK, 7), 2)
    >>> insert(book, 1, ASK, level_of(book, ASK, 5), 1)
    >>> insert(book, 2, BID, level_of(book, BID, 4), 3)
    >>> print(best_bid(book), best_ask(book), front(book, ASK))
    4 5 1
    >>> fill(book, 1, 1)
    >>> print(best_bid(book), best_ask(book), front(book, ASK))
    4 7 0
    >>> cancel(book, 2)
    >>> print(best_bid(book), best_ask(book))
    0 7
    """
    level_first = np.full((2, highest_price + 1), NOBODY)
    level_first[:, 0] = 0  # where a search for the best level ends
    return Book(
        order_side=np.zeros(num_slots, np.int64),
        order_level=np.zeros(num_slots, np.int64),
        order_quantity=np.zeros(num_slots, np.int64),
        order_next=np.full(num_slots, NOBODY),
        order_previous=np.full(num_slots, NOBODY),
        level_first=level_first,
        level_last=np.full((2, highest_price + 1), NOBODY),
        best=np.zeros(2, np.int64),
        num_orders=np.zeros(2, np.int64),
    )


@compiled
def level_of(book, side, price):
    """Return the level of a price, or the price of a level: the one is the other's inverse."""
    return price + side * (book.level_first.shape[1] - 2 * price)


@compiled
def best_bid(book):
    """Return the highest price bid, or 0."""
    return book.best[BID]


@compiled
def best_ask(book):
    """Return the lowest price asked, or P + 1."""
    return book.level_first.shape[1] - book.best[ASK]


@compiled
def front(book, side):
    """Return the order that trades next on a side that has one."""
    return book.level_first[np.uint64(side), np.uint64(book.best[np.uint64(side)])]


@compiled
def crosses(book, side, level):
    """Return whether a quote at this level meets the best one of the other side."""
    return level + book.best[np.uint64(1 - side)] >= book.level_first.shape[1]


@compiled
def insert(book, slot, side, level, quantity):
    """Put an order at the end of its queue; the slot must be free. Whether it crosses is not asked."""
    k, s, q = np.uint64(slot), np.uint64(side), np.uint64(level)
    last = book.level_last[s, q]
    book.num_orders[s] += 1
    book.order_side[k] = side
    book.order_level[k] = level
    book.order_quantity[k] = quantity
    book.order_next[k] = NOBODY
    book.order_previous[k] = last
    book.level_last[s, q] = slot
    if last == NOBODY:
        book.level_first[s, q] = slot
        book.best[s] = max(book.best[s], level)
    else:
        book.order_next[np.uint64(last)] = slot


@compiled
def cancel(book, slot):
    """Remove an order from its queue; a free slot stays as it is."""
    k = np.uint64(slot)
    if book.order_quantity[k] == 0:
        return
    s, q = np.uint64(book.order_side[k]), np.uint64(book.order_level[k])
    before, behind = book.order_previous[k], book.order_next[k]
    book.order_quantity[k] = 0
    book.num_orders[s] -= 1
    if before == NOBODY:
        book.level_first[s, q] = behind
    else:
        book.order_next[np.uint64(before)] = behind
    if behind == NOBODY:
        book.level_last[s, q] = before
    else:
        book.order_previous[np.uint64(behind)] = before
    if book.num_orders[s] == 0:
        book.best[s] = 0
    else:
        best = book.best[s]
        while book.level_first[s, np.uint64(best)] == NOBODY:
            best -= 1
        book.best[s] = best


@compiled
def fill(book, slot, quantity):
    """Take units off an order, which leaves the book when none is left."""
    k = np.uint64(slot)
    if book.order_quantity[k] == quantity:
        cancel(book, slot)
    else:
        book.order_quantity[k] -= quantity


@compiled
def clear(book):
    """Remove all orders."""
    for slot in range(book.order_quantity.shape[0]):
        k = np.uint64(slot)
        if book.order_quantity[k] > 0:
            s, q = np.uint64(book.order_side[k]), np.uint64(book.order_level[k])
            book.order_quantity[k] = 0
            book.level_first[s, q] = NOBODY
            book.level_last[s, q] = NOBODY
    for side in range(2):
        book.num_orders[side] = 0
        book.best[side] = 0
