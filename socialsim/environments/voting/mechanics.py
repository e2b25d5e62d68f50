"""Ballots, polls and what voters see of them: compiled. Functions take the arrays that they use, not the whole state,
which would take long to compile.
"""

from __future__ import annotations

import numpy as np

from socialsim.ballots.forms import form_of, pair_code
from socialsim.ballots.manipulation import MEAN, decided
from socialsim.ballots.tallies import contains, size_of
from socialsim.core.compiled import compiled
from socialsim.core.streams import integer
from socialsim.engine.links import degree, is_away, neighbour

POLL, NEIGHBOURS, WINNER, PAYOFFS = range(4)
OBSERVATIONS = ("poll", "neighbours", "winner", "payoffs")
COUNTED, TURNOUT, DECIDED, PARTIES, SINCERE_PARTIES = range(5)  # of ``sums``
HASH_START, HASH_FACTOR = 14_695_981_039_346_656_037, 1_099_511_628_211  # Fowler, Noll and Vo


@compiled
def translate(rule, forms, rankings, ballot_of, place):
    """Fill ``ballot_of`` with the ballot that each form is for each voter, and ``place`` with candidates' places."""
    for i in range(rankings.shape[0]):
        for k in range(rankings.shape[1]):
            place[i, rankings[i, k]] = k
        for a in range(ballot_of.shape[1]):
            ballot_of[i, a] = form_of(rule, forms, rankings, i, a)


@compiled
def add_points(points, form, weight, poll):
    """Add the points of a ballot; none if it is abstention."""
    if form < points.shape[0]:
        for c in range(poll.shape[0]):
            poll[c] += weight * points[form, c]


@compiled
def ask_all(points, counts, poll):
    """Fill a poll with the points of all ballots cast."""
    for c in range(poll.shape[0]):
        poll[c] = 0
    for b in range(points.shape[0]):
        add_points(points, b, counts[b], poll)


@compiled
def ask_some(points, cast, poll_size, poll, stream):
    """Ask voters drawn with replacement what they have cast, where a poll is smaller than the electorate."""
    if poll_size > 0:
        for c in range(poll.shape[0]):
            poll[c] = 0
        for _ in range(poll_size):
            add_points(points, cast[integer(stream, cast.shape[0])], 1, poll)


@compiled
def ask_neighbours(network, points, cast, i, poll):
    """Ask those whom a voter hears what they have cast."""
    for c in range(poll.shape[0]):
        poll[c] = 0
    for k in range(degree(network, i)):
        add_points(points, cast[neighbour(network, i, k)], 1, poll)


@compiled
def front_runners(poll, order, place, i):
    """Return leader and second of a poll as the code of their places in a voter's ranking; of equals the first in an
    order of the candidates. The number of codes where no two have points.

    Examples
    --------
    >>> votes, order, place = np.array([3, 5, 5]), np.array([0, 2, 1]), np.array([[0, 1, 2]])
    >>> print(front_runners(votes, order, place, 0) == pair_code(3, 2, 1))
    True
    >>> front_runners(np.array([0, 5, 0]), order, place, 0)
    6
    """
    first, second = order[0], order[1]
    if poll[second] > poll[first]:
        first, second = second, first
    for k in range(2, order.shape[0]):
        c = order[k]
        if poll[c] > poll[first]:
            first, second = c, first
        elif poll[c] > poll[second]:
            second = c
    m = order.shape[0]
    return pair_code(m, place[i, first], place[i, second]) if poll[second] > 0 else m * (m - 1)


@compiled
def collect(network, actions, ballot_of, cast, counts):
    """Fill ``cast`` and ``counts``; return how many could vote, and a hash of all ballots."""
    num_forms = ballot_of.shape[1]
    for b in range(num_forms + 1):
        counts[b] = 0
    num_present = 0
    code = np.uint64(HASH_START)
    for i in range(actions.shape[0]):
        away = is_away(network, i)
        form = num_forms if away or actions[i] == num_forms else ballot_of[i, actions[i]]
        cast[i] = form
        counts[form] += 1
        num_present += not away
        code = (code ^ np.uint64(form)) * np.uint64(HASH_FACTOR)
    return num_present, code


@compiled
def shuffle(order, stream):
    """Draw an order of the candidates (Fisher and Yates)."""
    for k in range(order.shape[0] - 1, 0, -1):
        j = integer(stream, k + 1)
        order[k], order[j] = order[j], order[k]


@compiled
def add_elected(ties, winners, order, elected):
    """Add one election to the candidate who wins, or in equal parts to those who tie."""
    for c in range(elected.shape[0]):
        if ties == MEAN:
            elected[c] += contains(winners, c) / size_of(winners)
        else:
            elected[c] += c == decided(ties, winners, order)
