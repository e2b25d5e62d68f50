"""The game of conventions: equilibria and exploitabilities by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from socialsim.core.errors import ParameterError
from socialsim.limits.games import Game
from socialsim.limits.library.coordination import Coordination, mixed_equilibrium, staying_exploitability
from socialsim.limits.solvers import solve

STAY = np.eye(2)
TO_THE_WORSE = np.array([[1.0, 0.0], [1.0, 0.0]])


def limit(**values):
    return Game(Coordination(**values)).mean_field()


def test_the_uniform_policy_by_hand():
    """One step, half at each: 1/2 or 2/2 without a change, and in the mean half of all pay .3 for one."""
    found = limit(num_steps=1, cost=0.3).evaluate(np.full((2, 2), 0.5))
    assert found.mean_return == pytest.approx((0.5 + 1.0) / 2 - 0.15)
    best = 0.5 * max(0.5, 1.0 - 0.3) + 0.5 * 1.0
    assert found.exploitability == pytest.approx(best - 0.6)


@pytest.mark.parametrize("steps", [1, 4])
@pytest.mark.parametrize("share", [0.2, 0.6, 0.7, 0.95])
@pytest.mark.parametrize("cost", [0.0, 0.5, 3.0])
def test_to_stay_is_as_exploitable_as_is_said(steps, share, cost):
    values = {"num_steps": steps, "cost": cost, "shares": (share, 1.0 - share)}
    assert limit(**values).exploitability(STAY) == pytest.approx(
        staying_exploitability(Coordination(**values)), abs=1e-12
    )


@pytest.mark.parametrize("values", [{"num_steps": 0, "discount": 0.9}, {"discount": 0.5}])
def test_what_staying_costs_is_known_of_games_with_an_end_and_no_discount(values):
    with pytest.raises(ParameterError, match="staying_exploitability: accepted: a game with an end"):
        staying_exploitability(Coordination(**values))


def test_inertia_is_wider_the_shorter_the_game():
    """At shares .5 and .5 the better convention pays .5 more a step: to change costs 2, hence pays from T = 5 on."""
    values = {"cost": 2.0, "shares": (0.5, 0.5)}
    exploitable = [limit(num_steps=steps, **values).exploitability(STAY) > 1e-12 for steps in (3, 4, 5)]
    assert exploitable == [False, False, True]


@pytest.mark.parametrize(("cost", "expected"), [(2.9, 0.0), (3.0, 0.0), (3.5, 0.4 * 0.5)])
def test_all_move_to_the_worse_convention_if_it_does_not_cost_too_much(cost, expected):
    """T v = 3: who is among the .4 elsewhere pays the cost, or meets nobody for three steps."""
    found = limit(num_steps=3, cost=cost, shares=(0.6, 0.4)).exploitability(TO_THE_WORSE)
    assert found == pytest.approx(expected, abs=1e-12)


@settings(max_examples=20, deadline=None)
@given(st.lists(st.floats(0.2, 5.0), min_size=2, max_size=4))
def test_nobody_gains_by_leaving_the_mixed_equilibrium_of_one_step(values):
    game = Coordination(num_steps=1, cost=0.0, values=tuple(values))
    shares = mixed_equilibrium(game)
    found = Game(game).mean_field().evaluate(np.tile(shares, (len(values), 1)))
    assert found.exploitability == pytest.approx(0.0, abs=1e-12)
    assert found.mean_return == pytest.approx(1.0 / sum(1.0 / v for v in values))


@pytest.mark.parametrize(("first", "expected"), [(0.7, 0), (0.6, 1)])
def test_the_mixed_equilibrium_is_a_watershed_of_best_responses(first, expected):
    """It lies at 2/3: above, all go to the first convention, below, to the second."""
    found = solve(limit(num_steps=1, cost=0.0), "fixed_point", 3, start=np.tile([first, 1.0 - first], (2, 1)))
    assert found.exploitability == 0.0
    assert found.policy[0, 0, 0, :, expected].tolist() == [1.0, 1.0]


def test_a_convention_without_followers_is_an_equilibrium_nobody_leaves_alone():
    assert limit(num_steps=5, cost=0.0, shares=(1.0, 0.0)).exploitability(TO_THE_WORSE) == 0.0


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"values": (1.0,)}, "values: .* two or more numbers above 0"),
        ({"values": (1.0, 0.0)}, "values: .* two or more numbers above 0"),
        ({"shares": (0.5, 0.4)}, "shares: .* 2 shares that sum to 1"),
        ({"shares": (1.0,)}, "shares: .* 2 shares that sum to 1"),
    ],
)
def test_bad_values_are_refused(values, message):
    with pytest.raises(ParameterError, match=message):
        Coordination(**values)
