"""Power indices, against enumeration and what is known."""

import itertools
import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socialsim.ballots.power import banzhaf, shapley_shubik
from socialsim.core.errors import ParameterError

STATES = {55: 1, 38: 1, 29: 2, 20: 2, 18: 1, 16: 2, 15: 1, 14: 1, 13: 1, 12: 1, 11: 4, 10: 4, 9: 3, 8: 2, 7: 3, 6: 6}
STATES |= {5: 3, 4: 5, 3: 8}  # electors of 2012 to 2020 -> states with so many, and the District of Columbia


@st.composite
def games(draw):
    """Draw a quota and the weights of two to seven players."""
    weights = draw(st.lists(st.integers(0, 9), min_size=1, max_size=7).filter(any))
    return draw(st.integers(1, sum(weights))), weights


def swings_by_hand(quota, weights):
    """Return the number of swings of each player, from all coalitions."""
    others = [[w for j, w in enumerate(weights) if j != i] for i in range(len(weights))]
    return [
        sum(
            quota - weight <= sum(coalition) < quota
            for size in range(len(weights))
            for coalition in itertools.combinations(rest, size)
        )
        for weight, rest in zip(weights, others, strict=True)
    ]


def pivots_by_hand(quota, weights):
    """Return the share of all orders in which each player turns the proposal."""
    pivots = [0] * len(weights)
    for order in itertools.permutations(range(len(weights))):
        reached = itertools.accumulate(weights[i] for i in order)
        pivots[next(i for i, total in zip(order, reached, strict=True) if total >= quota)] += 1
    return [Fraction(pivot, math.factorial(len(weights))) for pivot in pivots]


# --- Known games -----------------------------------------------------------------------------------------------


def test_luxembourg_had_no_power_in_1958():
    index = banzhaf(12, [4, 4, 4, 2, 2, 1])
    assert index.swings == (10, 10, 10, 6, 6, 0)
    assert index.normalised == tuple(Fraction(k, 42) for k in index.swings)
    assert index.absolute == tuple(Fraction(k, 32) for k in index.swings)
    assert [60 * share for share in shapley_shubik(12, [4, 4, 4, 2, 2, 1])] == [14, 14, 14, 9, 9, 0]


def test_veto_players_of_the_security_council_hold_nearly_all_power():
    shares = shapley_shubik(39, [7] * 5 + [1] * 10)
    assert shares == (Fraction(421, 2145),) * 5 + (Fraction(4, 2145),) * 10
    swings = banzhaf(39, [7] * 5 + [1] * 10).swings
    assert set(swings[:5]) == {sum(math.comb(10, k) for k in range(4, 11))}
    assert set(swings[5:]) == {math.comb(9, 3)}


def test_the_electoral_college_is_exact():
    electors = [weight for weight, states in STATES.items() for _ in range(states)]
    assert (len(electors), sum(electors)) == (51, 538)
    index, shares = banzhaf(270, electors), shapley_shubik(270, electors)
    assert sum(shares) == 1
    assert list(index.swings) == sorted(index.swings, reverse=True)
    assert shares[0] > Fraction(55, 538)  # large states have more power than weight
    reached = [1] + [0] * 537  # coalitions of the other fifty by weight, added up one state after the other
    for weight in electors[1:]:
        reached = [k + (reached[w - weight] if w >= weight else 0) for w, k in enumerate(reached)]
    assert index.swings[0] == sum(reached[270 - 55 : 270])


def test_a_dictator_has_all_power():
    assert banzhaf(3, [3, 1, 1]).normalised == (1, 0, 0)
    assert shapley_shubik(3, [3, 1, 1]) == (1, 0, 0)


def test_large_weights_do_not_overflow():
    index = banzhaf(10**30, [10**30 - 10**29, 5 * 10**29, 10**29])
    assert index.swings == banzhaf(10, [9, 5, 1]).swings == (3, 1, 1)


# --- Properties ------------------------------------------------------------------------------------------------


@given(games())
def test_swings_are_those_of_all_coalitions(game):
    assert list(banzhaf(*game).swings) == swings_by_hand(*game)


@given(games())
def test_pivots_are_those_of_all_orders(game):
    assert list(shapley_shubik(*game)) == pivots_by_hand(*game)


@given(games())
def test_shares_sum_to_one(game):
    assert sum(banzhaf(*game).normalised) == 1
    assert sum(shapley_shubik(*game)) == 1


@given(games())
def test_players_of_more_weight_have_at_least_as_much_power(game):
    quota, weights = game
    for index in (banzhaf(quota, weights).swings, shapley_shubik(quota, weights)):
        ranked = [power for _, power in sorted(zip(weights, index, strict=True))]
        assert ranked == sorted(ranked)


@given(games(), st.randoms(use_true_random=False))
def test_power_follows_players_who_change_places(game, random):
    quota, weights = game
    order = random.sample(range(len(weights)), len(weights))
    for index in (lambda w: banzhaf(quota, w).swings, lambda w: shapley_shubik(quota, w)):
        assert index([weights[i] for i in order]) == tuple(index(weights)[i] for i in order)


@given(games())
def test_a_dummy_changes_nobodys_share(game):
    quota, weights = game
    assert banzhaf(quota, [*weights, 0]).absolute == (*banzhaf(quota, weights).absolute, 0)
    assert shapley_shubik(quota, [*weights, 0]) == (*shapley_shubik(quota, weights), 0)


@given(games(), st.integers(1, 1000))
def test_the_unit_of_weight_does_not_matter(game, unit):
    quota, weights = game
    assert banzhaf(unit * quota, [unit * w for w in weights]) == banzhaf(quota, weights)


# --- Bad input -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("index", [banzhaf, shapley_shubik])
@pytest.mark.parametrize(
    ("quota", "weights", "message"),
    [
        (1, [], "weights: none are given; accepted: one for each player, whole numbers >= 0"),
        (2, [3, -1], "weights: -1, of player 2, is not accepted"),
        (2, [3.0, 1], "weights: 3.0, of player 1"),
        (2, [True, 1], "weights: True, of player 1"),
        (9, [4, 4], "quota: 9 is not accepted; accepted: a whole number from 1 to the sum of the weights, 8"),
        (0, [4, 4], "quota: 0 is"),
        (1.5, [4, 4], "quota: 1.5 is"),
        (1, [0, 0], "quota: 1 is not accepted"),
    ],
)
def test_what_is_no_game_is_refused(index, quota, weights, message):
    with pytest.raises(ParameterError) as caught:
        index(quota, weights)
    assert message in str(caught.value)


def test_games_too_large_to_count_are_refused():
    with pytest.raises(ParameterError, match=r"would take [\d,]+ MiB, more than 256"):
        banzhaf(10**9 + 1, [10**9, 3, 7])
