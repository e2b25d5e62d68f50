"""Controls, followers and mavericks: what they do on each sight."""

import itertools

import numpy as np
import pytest

from socialsim.core.errors import ParameterError
from socialsim.core.streams import Purpose, seed_streams
from socialsim.engine.interface import Discrete, Specification
from socialsim.learning.searchers import Control, Follower, Maverick, Sight

MOVES = ("stay", "ahead", "turn", "back", "follow", "explore")
SIGHTS = list(itertools.product((-1, 0, 1), (-1, 0, 1), (0, 1), (0, 1)))
SPECIFICATION = Specification(Discrete(6, MOVES), Discrete(36), {"sights": SIGHTS, "moves": MOVES})


def does(strategy, sight, version=lambda f: f):
    """Return the move of a strategy that does not draw."""
    state = strategy.state(SPECIFICATION, 3)
    return MOVES[version(type(strategy).act)(state, 0, SIGHTS.index(sight), np.array([1, 2, 3, 4], np.uint64))]


@pytest.mark.parametrize("rest", list(itertools.product((-1, 0, 1), (0, 1), (0, 1))))
@pytest.mark.parametrize(("trend", "move"), [(-1, "back"), (0, "turn"), (1, "ahead")])
def test_a_control_looks_at_the_trend_alone(version, trend, move, rest):
    assert does(Control(restlessness=1.0), (trend, *rest), version) == move
    assert does(Control(restlessness=0.0), (trend, *rest), version) == ("stay" if move == "turn" else move)


def test_a_control_turns_on_level_ground_once_in_fifty_steps(version):
    state, stream = Control().state(SPECIFICATION, 1), seed_streams(1, np.arange(1), Purpose.LEARNERS)[0]
    num_draws, level = 5000, SIGHTS.index((0, 0, 1, 1))
    turns = sum(MOVES[version(Control.act)(state, 0, level, stream)] == "turn" for _ in range(num_draws))
    assert abs(turns / num_draws - 0.02) < 3 * np.sqrt(0.02 * 0.98 / num_draws)


@pytest.mark.parametrize("trend", [-1, 0, 1])
@pytest.mark.parametrize(
    ("best", "can", "corrected", "published"),
    [
        (1, 1, "follow", "follow"),
        (1, 0, "follow", "follow"),
        (0, 1, "explore", "follow"),  # the error of the published program
        (0, 0, "stay", "follow"),
        (-1, 1, "explore", "explore"),
        (-1, 0, "stay", "stay"),
    ],
)
def test_a_follower_goes_where_it_is_better_and_as_published_where_it_is_as_good(
    version, trend, best, can, corrected, published
):
    for ahead in (0, 1):
        assert does(Follower(), (trend, best, can, ahead), version) == corrected
        assert does(Follower(rule="published"), (trend, best, can, ahead), version) == published


@pytest.mark.parametrize(
    ("sight", "move"),
    [
        ((-1, 1, 1, 1), "back"),
        ((-1, -1, 0, 0), "back"),
        ((0, 1, 1, 1), "ahead"),
        ((1, -1, 1, 0), "explore"),
        ((1, 1, 0, 0), "follow"),
        ((0, 0, 0, 0), "follow"),
        ((1, -1, 0, 0), "stay"),
    ],
)
def test_a_maverick_goes_where_nobody_has_been_unless_it_goes_down(version, sight, move):
    assert does(Maverick(), sight, version) == move


@pytest.mark.parametrize("strategy", [Control(), Follower(), Follower(rule="published"), Maverick()])
def test_a_strategy_has_a_move_for_every_sight_and_remembers_nothing(strategy):
    state = strategy.state(SPECIFICATION, 5)
    assert [MOVES[move] for move in state.moves] == [strategy.move(Sight(*sight)) for sight in SIGHTS]
    assert strategy.columns(state) == {}
    assert not hasattr(type(strategy), "learn")


def test_the_two_rules_of_followers_differ_only_where_the_best_neighbour_is_as_good():
    differing = {
        sight for sight in SIGHTS if Follower().move(Sight(*sight)) != Follower(rule="published").move(Sight(*sight))
    }
    assert differing == {sight for sight in SIGHTS if sight[1] == 0}


@pytest.mark.parametrize("strategy", [Control(), Follower(), Maverick()])
def test_an_environment_without_a_landscape_is_refused(strategy):
    with pytest.raises(ParameterError, match=r"^the learner needs the fact 'sights', which the environment does not"):
        strategy.state(Specification(Discrete(6), Discrete(36)), 2)
