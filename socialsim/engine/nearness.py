"""Sums over the messages near one's own, where everybody hears everybody.

Edge by edge N agents compare N (N - 1) pairs of messages. Sorted, m_(0) <= ... <= m_(K-1), the messages within reach of
one's own stand side by side, and with the running sums S_k = m_(0) + ... + m_(k-1)

    sum of those from place a to place b - 1 = S_b - S_a,

so that a step costs N log N. The order is kept from step to step: opinions that converge keep it, and sorting what is
sorted is cheap.
"""

from __future__ import annotations

import math

from socialsim.core.compiled import compiled


@compiled
def sort_messages(messages, order, values, sums):
    """Sort the messages into ``values``, silence (NaN) left out, and sum them up; return how many there are.

    ``order`` is a permutation of the senders, the last one or any (Shell 1959, Communications of the ACM 2:30-32, with
    gaps of 3^k - 1 over 2, Knuth's).
    """
    n = order.shape[0]
    gap = 1
    while 3 * gap + 1 < n:
        gap = 3 * gap + 1
    while gap > 0:
        for k in range(gap, n):
            sender = order[k]
            place = k
            while place >= gap and comes_before(messages[sender], messages[order[place - gap]]):
                order[place] = order[place - gap]
                place -= gap
            order[place] = sender
        gap //= 3
    count = 0
    sums[0] = 0.0
    while count < n and not math.isnan(messages[order[count]]):
        values[count] = messages[order[count]]
        sums[count + 1] = sums[count] + values[count]
        count += 1
    return count


@compiled
def comes_before(first, second):
    """Return whether a message sorts before another; silence comes last."""
    return first < second or (math.isnan(second) and not math.isnan(first))


@compiled
def first_within(values, count, own, reach):
    """Return the place of the lowest message that lies no further than ``reach`` below one's own."""
    low, high = 0, count
    while low < high:
        middle = (low + high) // 2
        if own - values[middle] <= reach:
            high = middle
        else:
            low = middle + 1
    return low


@compiled
def end_within(values, count, own, reach):
    """Return the place after the highest message that lies no further than ``reach`` above one's own."""
    low, high = 0, count
    while low < high:
        middle = (low + high) // 2
        if values[middle] - own <= reach:
            low = middle + 1
        else:
            high = middle
    return low
