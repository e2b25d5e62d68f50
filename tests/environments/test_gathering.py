"""Gathering: every rule by hand, and what must hold on any play."""

import numpy as np
import pytest

from socialsim.core.errors import ParameterError
from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.engine.vector import VectorEnvironment
from socialsim.environments.gathering import Gathering, scenario, summary
from socialsim.grids.codes import APPLE, BEAM, FIRE, FORWARD, STAY, TURN_RIGHT
from socialsim.testing.planes import check_plane, naive_window, put

NORTH, EAST, SOUTH, WEST = range(4)
BARE = {"ahead": 3, "left": 2, "right": 2}
FIELD = "......\n......\n......\n..PPPP"


def play(text, *agents, replications=1, **rules):
    """Return a game on a map, its agents put by hand: (row, column, heading) each."""
    environment = Gathering(**{**BARE, "map": text, **rules})
    game = VectorEnvironment(Scenario(environment, "uniform_random", f"complete:n={len(agents)}"), replications, seed=1)
    game.reset()
    for row in range(replications):
        game.state.occupant[row] = -1
        game.state.cell[row] = -1
        for i, (r, c, heading) in enumerate(agents):
            put(game.state, row, i, (r, c), heading)
    return game


def act(game, *actions):
    """Let every replication take the same actions; return rewards, shape (num_agents,), of the first."""
    return game.step(np.tile(np.array(actions, np.int64), (game.replications, 1)))[1][0].tolist()


def test_an_apple_comes_back_after_the_delay():
    game = play("PA..", (0, 0, EAST), apple_delay=3)
    assert act(game, FORWARD) == [1.0]  # step 1
    assert act(game, FORWARD) == [0.0]
    stocks = []
    for _ in range(3):
        stocks.append(int(game.state.stock[0, 0]))
        act(game, STAY)
    assert stocks == [0, 0, 1]  # back at the end of step 1 + 3


def test_who_stands_where_an_apple_comes_back_takes_one_in_every_delay():
    game = play("PA", (0, 0, EAST), apple_delay=4)
    assert [act(game, FORWARD)[0] for _ in range(13)] == [1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1]
    assert game.state.returns[0].tolist() == [4.0]


def test_who_arrives_as_the_apple_comes_back_takes_it():
    game = play("PAP.", (0, 0, EAST), (0, 3, WEST), apple_delay=3)
    assert act(game, FORWARD, STAY) == [1.0, 0.0]
    act(game, 3, STAY)  # back off
    act(game, STAY, FORWARD)
    assert act(game, STAY, FORWARD) == [0.0, 1.0]


def test_one_of_two_gets_a_contested_apple_each_half_the_time():
    game = play("PAP", (0, 0, EAST), (0, 2, WEST), replications=2000)
    rewards = game.step(np.full((2000, 2), FORWARD))[1]
    assert np.all(rewards.sum(axis=1) == 1.0)
    assert abs(rewards[:, 0].mean() - 0.5) < 4 * 0.5 / np.sqrt(2000)


def test_two_hits_tag_and_the_count_begins_anew():
    game = play(FIELD, (1, 0, EAST), (1, 4, NORTH), time_out=2)
    present = []
    for _ in range(2):
        act(game, FIRE, STAY)
        present.append(bool(game.state.cell[0, 1] >= 0))
    assert present == [True, False]
    assert game.state.marks[0].tolist() == [0, 0]
    assert game.state.num_hits[0].tolist() == [2, 0]
    assert game.state.num_tagged[0].tolist() == [0, 1]


def test_hits_need_not_come_in_a_row():
    game = play(FIELD, (1, 0, EAST), (1, 4, NORTH))
    for action in (FIRE, STAY, STAY, FIRE):
        act(game, action, STAY)
    assert game.state.cell[0, 1] < 0


def test_who_is_tagged_loses_the_time_and_returns_to_a_starting_cell():
    game = play(FIELD, (1, 0, EAST), (1, 4, NORTH), time_out=3, hits_to_tag=1)
    act(game, FIRE, STAY)
    seen = []
    for _ in range(4):
        seen.append(bool(game.state.cell[0, 1] < 0))
        act(game, STAY, STAY)
    assert seen == [True, True, True, False]
    assert game.state.steps_out[0].tolist() == [0, 3]
    assert game.environment.frame(game.state, 0).positions[1, 0] == 3


def test_the_beam_goes_straight_to_the_border_and_ends_at_agents_and_walls():
    game = play(FIELD, (1, 0, EAST), (1, 5, NORTH), (2, 3, NORTH), hits_to_tag=1)
    act(game, FIRE, STAY, STAY)
    assert (game.state.cell[0] < 0).tolist() == [False, True, False]
    game = play(FIELD, (1, 0, EAST), (1, 2, NORTH), (1, 4, NORTH), hits_to_tag=1)
    act(game, FIRE, STAY, STAY)
    assert (game.state.cell[0] < 0).tolist() == [False, True, False]
    game = play("...#..\n..PPPP", (0, 0, EAST), (0, 5, NORTH), hits_to_tag=1)
    act(game, FIRE, STAY)
    assert game.state.num_hits.sum() == 0


def test_two_can_tag_each_other_and_two_who_shoot_a_third_tag_it_at_once():
    game = play(FIELD, (1, 0, EAST), (1, 4, WEST), hits_to_tag=1)
    act(game, FIRE, FIRE)
    assert np.all(game.state.cell[0] < 0)
    game = play(FIELD, (1, 0, EAST), (1, 2, NORTH), (1, 5, WEST), hits_to_tag=2)
    act(game, FIRE, STAY, FIRE)
    assert (game.state.cell[0] < 0).tolist() == [False, True, False]


def test_tagging_pays_nothing():
    game = play(FIELD, (1, 0, EAST), (1, 4, WEST), hits_to_tag=1)
    assert act(game, FIRE, STAY) == [0.0, 0.0]


def test_planes_stay_in_order_and_every_site_bears_or_waits_on_random_play():
    environment = Gathering(apple_delay=4, ahead=5, left=3, right=4, time_out=4)
    game = VectorEnvironment(Scenario(environment, "uniform_random", "complete:n=2"), 3, seed=2)
    game.reset()
    rng, state, total = np.random.default_rng(1), game.state, np.zeros((3, 2))
    for row in range(3):
        put(state, row, 0, (5, 12), EAST)
    for step in range(200):
        total += game.step(rng.choice(8, size=(3, 2), p=[0.02, 0.3, 0.13, 0.13, 0.13, 0.1, 0.1, 0.09]))[1]
        for row in range(3):
            if step % 10 == 0:
                check_plane(state, row)
                for i in range(2):
                    assert np.array_equal(game.observations[row, i], naive_window(state, row, i))
            bears = state.things[row, state.sites] == APPLE
            waits = state.due_at[row, state.sites]
            assert state.stock[row, 0] == bears.sum()
            assert np.all(bears == (waits == 0))
            assert np.all(waits[~bears] > step + 1)
            assert np.all(waits <= step + 1 + 4)
    assert np.array_equal(total, state.returns)
    assert total.sum() > 0
    assert np.all(total.sum(axis=1) <= 13 * (1 + 200 / 4))  # what the field bears


def test_a_beam_is_seen_for_one_step():
    game = play(FIELD, (3, 2, NORTH))
    act(game, FIRE)
    assert game.observations[0, 0, :3, 2].tolist() == [BEAM, BEAM, BEAM]
    act(game, TURN_RIGHT)
    assert BEAM not in game.observations


def test_a_summary_says_where_an_apple_is_and_whether_others_are_near():
    game = play("..A...\n......\n......\n..PPPP", (3, 2, NORTH), (3, 4, NORTH))
    row = type(game.state)(*(v[0] if isinstance(v, np.ndarray) and v.flags.writeable else v for v in game.state))
    assert summary(row, 0) == 3 * 1 + 1  # the other stands two to the right
    assert summary(row, 1) == 3 * 1 + 1  # three ahead is farther than two to the left
    row.heading[0] = EAST
    assert summary(row, 0) == 3 * 0 + 2  # in reach of the beam; the apple is out of sight
    row.cell[0] = -1
    assert summary(row, 0) == 0
    assert summary(row, 1) == 3 * 1 + 0


def test_one_hears_all_or_those_in_sight():
    for hearing, heard in (("network", True), ("sight", False)):
        game = play(FIELD, (3, 2, NORTH), (3, 5, NORTH), hearing=hearing)
        row = type(game.state)(*(v[0] if isinstance(v, np.ndarray) and v.flags.writeable else v for v in game.state))
        assert Gathering.audible(row, None, 0, 1) == heard  # three to the right, the window ends at two


def test_the_field_is_as_in_the_public_versions():
    drawn = Gathering().drawn_map()
    assert (drawn.shape, len(drawn.where("A")), drawn.where("P").tolist()) == ((11, 31), 13, [[5, 0], [5, 30]])


@pytest.mark.compiled
def test_greedy_gatherers_take_the_more_the_sooner_apples_return():
    taken = []
    for delay in (5, 20, 80):
        greedy = scenario().replace({"learner": "greedy", "environment.apple_delay": delay})
        taken.append(run(greedy, replications=20, seed=1).runs.apples.mean())
        assert taken[-1] <= min(2 * 1000, 13 * (1 + 1000 / delay))
    assert taken[0] > taken[1] > taken[2]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"map": "A.P\nA."}, "row 1 has 2 cells, row 0 has 3"),
        ({"map": "leibo"}, "did you mean 'leibo_2017'?"),
        ({"beam": ()}, "beam: [] is not accepted; accepted: one or more rays"),
        ({"beam": ((0, 0, 3),)}, "beam: ray [0, 0, 3] is not accepted"),
        ({"apple_delay": 0}, "apple_delay: 0 is not accepted"),
        ({"hits_to_tag": 0}, "hits_to_tag: 0 is not accepted"),
    ],
)
def test_what_cannot_be_is_refused(values, message):
    with pytest.raises(ParameterError) as error:
        Gathering(**values)
    assert message in str(error.value)


def test_agents_must_have_room():
    with pytest.raises(ParameterError, match=r"2 starting cells \(P\) for 3 agents"):
        run(Scenario(Gathering(), "uniform_random", "complete:n=3", 1))
