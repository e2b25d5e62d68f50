"""The commons on a plane: every rule by hand, and what must hold on any play."""

import numpy as np
import pytest

from socialsim.core.errors import ParameterError
from socialsim.engine.run import run
from socialsim.engine.scenario import PresenceEvent, Scenario
from socialsim.engine.simulation import Simulation
from socialsim.engine.vector import VectorEnvironment
from socialsim.environments.harvest import NUM_AGENTS, PRESETS, Harvest, scenario
from socialsim.grids.codes import AGENT, APPLE, BEAM, EMPTY, WALL
from socialsim.testing.planes import check_plane, naive_window, put, repaint

STAY, FORWARD, RIGHT, BACKWARD, LEFT, TURN_LEFT, TURN_RIGHT, FIRE = range(8)
NORTH, EAST, SOUTH, WEST = range(4)
BARE = {"regrowth": (0.0,), "cooldown": 0, "time_out": 2, "end_chance": 0.0, "ahead": 3, "left": 2, "right": 2}


def play(text, *agents, replications=1, **rules):
    """Return a game on a map, its agents put by hand: (row, column, heading) each."""
    environment = Harvest(**{**BARE, "map": text, **rules})
    game = VectorEnvironment(Scenario(environment, "uniform_random", f"complete:n={len(agents)}"), replications, seed=1)
    game.reset()
    for row in range(replications):
        for i in range(len(agents)):
            game.state.occupant[row, game.state.cell[row, i]] = -1
            game.state.cell[row, i] = -1
        for i, (r, c, heading) in enumerate(agents):
            put(game.state, row, i, (r, c), heading)
    return game


def act(game, *actions):
    """Let every replication take the same actions; return rewards, shape (num_agents,), of the first."""
    return game.step(np.tile(np.array(actions, np.int64), (game.replications, 1)))[1][0].tolist()


def places(game, row=0):
    return game.environment.frame(game.state, row).positions.tolist()


OPEN = ".....\n.....\n.....\n.....\n..PPP"


@pytest.mark.parametrize(
    ("heading", "ends"),
    [
        (NORTH, [(2, 2), (1, 2), (2, 3), (3, 2), (2, 1)]),
        (EAST, [(2, 2), (2, 3), (3, 2), (2, 1), (1, 2)]),
        (SOUTH, [(2, 2), (3, 2), (2, 1), (1, 2), (2, 3)]),
        (WEST, [(2, 2), (2, 1), (1, 2), (2, 3), (3, 2)]),
    ],
)
def test_steps_go_by_the_heading_and_do_not_turn(heading, ends):
    for action, end in enumerate(ends):
        game = play(OPEN, (2, 2, heading))
        act(game, action)
        assert places(game) == [list(end)]
        assert game.state.heading[0, 0] == heading


def test_turns_are_quarters_and_stay_in_place():
    game = play(OPEN, (2, 2, NORTH))
    for action, heading in [(TURN_LEFT, WEST), (TURN_LEFT, SOUTH), (TURN_RIGHT, WEST), (TURN_RIGHT, NORTH)]:
        act(game, action)
        assert (places(game), game.state.heading[0, 0]) == ([[2, 2]], heading)


def test_walls_and_the_border_are_in_the_way():
    game = play("#.P", (0, 1, WEST))
    act(game, FORWARD)
    act(game, LEFT)
    act(game, RIGHT)
    assert places(game) == [[0, 1]]


def test_an_apple_is_taken_by_stepping_on_it():
    game = play("PAA", (0, 0, EAST))
    assert act(game, FORWARD) == [1.0]
    assert act(game, STAY) == [0.0]
    assert act(game, FORWARD) == [1.0]
    assert game.state.returns[0].tolist() == [2.0]
    assert game.state.collected_at[0].tolist() == [1.0 + 3.0]
    assert (game.state.stock[0, 0], game.state.exhausted_at[0, 0]) == (0, 3)


def test_one_of_two_gets_a_contested_apple_each_half_the_time():
    game = play("PAP", (0, 0, EAST), (0, 2, WEST), replications=2000)
    rewards = game.step(np.full((2000, 2), FORWARD))[1]
    assert np.all(rewards.sum(axis=1) == 1.0)
    assert abs(rewards[:, 0].mean() - 0.5) < 4 * 0.5 / np.sqrt(2000)


def test_the_follower_moves_up_only_if_the_leader_goes_first():
    game = play("PP..", (0, 0, EAST), (0, 1, EAST), replications=2000)
    game.step(np.full((2000, 2), FORWARD))
    ends = np.array([places(game, row) for row in range(2000)])[:, :, 1]
    assert np.all(ends[:, 1] == 2)
    assert set(ends[:, 0]) == {0, 1}
    assert abs((ends[:, 0] == 1).mean() - 0.5) < 4 * 0.5 / np.sqrt(2000)


def test_two_cannot_swap():
    game = play("PP", (0, 0, EAST), (0, 1, WEST), replications=50)
    game.step(np.full((50, 2), FORWARD))
    assert all(places(game, row) == [[0, 0], [0, 1]] for row in range(50))


BEAM_MAP = "......P\n......P\n......P\n......P\n......P"


@pytest.mark.parametrize(
    ("target", "is_hit"),
    [((2, 1), True), ((2, 3), True), ((2, 4), False), ((1, 0), True), ((3, 2), True), ((3, 3), False), ((0, 0), False)],
)
def test_melting_pots_beam_is_three_rays_of_three(target, is_hit):
    game = play(BEAM_MAP, (2, 0, EAST), (*target, NORTH))
    act(game, FIRE, STAY)
    assert (game.state.cell[0, 1] < 0) == is_hit
    assert game.state.num_hits[0].tolist() == [int(is_hit), 0]


def test_a_ray_ends_at_the_first_agent_and_at_walls():
    game = play(BEAM_MAP, (2, 0, EAST), (2, 1, NORTH), (2, 2, NORTH))
    act(game, FIRE, STAY, STAY)
    assert (game.state.cell[0] >= 0).tolist() == [True, False, True]
    game = play("...P\n.#.P\n...P", (1, 0, EAST), (1, 2, NORTH))
    act(game, FIRE, STAY)
    assert game.state.num_hits[0].sum() == 0


def test_two_can_hit_each_other_and_beams_are_shot_after_moves():
    game = play(BEAM_MAP, (2, 0, EAST), (2, 3, WEST), (4, 5, NORTH))
    act(game, FIRE, FIRE, STAY)
    assert (game.state.cell[0] >= 0).tolist() == [False, False, True]
    game = play(BEAM_MAP, (2, 0, EAST), (2, 3, EAST))
    act(game, FIRE, FORWARD)
    assert game.state.cell[0, 1] >= 0


def test_who_is_hit_is_out_for_the_time_and_returns_to_a_starting_cell():
    game = play(BEAM_MAP, (2, 0, EAST), (2, 1, NORTH), time_out=2)
    act(game, FIRE, STAY)
    seen = []
    for _ in range(3):
        seen.append(game.state.cell[0, 1] < 0)
        act(game, STAY, BACKWARD)
    assert seen == [True, True, False]  # two actions are lost
    assert game.state.steps_out[0].tolist() == [0, 2]
    returned = play(BEAM_MAP, (2, 0, EAST), (2, 1, NORTH), time_out=0)
    act(returned, FIRE, STAY)
    assert returned.environment.frame(returned.state, 0).positions[1, 1] == 6


def test_an_agent_waits_while_no_starting_cell_is_free():
    game = play("...P", (0, 0, EAST), (0, 3, WEST), (0, 1, EAST), time_out=0, map="...P\n....\nPP..")
    put(game.state, 0, 1, (2, 0), NORTH)
    put(game.state, 0, 0, (2, 1), NORTH)
    put(game.state, 0, 2, (1, 1), NORTH)
    game.state.cell[0, 2], game.state.out[0, 2] = -1, 1
    game.state.occupant[0] = -1
    for i in (0, 1):
        game.state.occupant[0, game.state.cell[0, i]] = i
    repaint(game.state, 0)
    act(game, STAY, STAY, STAY)
    assert places(game)[2] == [0, 3]


def test_one_cannot_shoot_during_the_cooldown():
    game = play(BEAM_MAP, (2, 0, EAST), cooldown=2)
    shots = []
    for _ in range(7):
        act(game, FIRE)
        shots.append(int(game.state.num_shots[0, 0]))
    assert shots == [1, 1, 1, 2, 2, 2, 3]


def test_a_beam_is_seen_for_one_step_over_apples_and_does_not_block():
    game = play("PA..", (0, 0, EAST))
    act(game, FIRE)
    assert game.observations[0, 0, :3, 2].tolist() == [BEAM, BEAM, BEAM]
    assert game.environment.frame(game.state, 0).cells[0].tolist() == [EMPTY, BEAM, BEAM, BEAM]
    assert act(game, FORWARD) == [1.0]
    assert BEAM not in game.observations


def test_growth_goes_by_the_apples_near_and_all_sites_decide_at_once():
    always = play("Aa..aP", (0, 5, WEST), regrowth=(0.0, 1.0))
    act(always, STAY)
    assert always.environment.frame(always.state, 0).cells[0].tolist() == [APPLE, APPLE, EMPTY, EMPTY, EMPTY, EMPTY]
    chain = play("Aaaaa.P", (0, 6, WEST), regrowth=(0.0, 1.0), growth_radius=1.0)
    for step in range(1, 4):
        act(chain, STAY)
        assert chain.state.stock[0, 0] == 1 + step  # not all at once: counts are those before


@pytest.mark.parametrize(("table", "near", "chance"), [((0.0, 0.1, 0.3), 1, 0.1), ((0.0, 0.1, 0.3), 3, 0.3)])
def test_sites_grow_at_the_rate_of_the_table(table, near, chance):
    text = {1: "Aa...\n....P", 3: "AaA..\n.A..P"}[near]
    count = 4000
    game = play(text, (1, 4, WEST), regrowth=table, replications=count)
    act(game, STAY)
    grown = (game.state.stock[:, 0] == near + 1).mean()
    assert abs(grown - chance) < 4 * np.sqrt(chance * (1 - chance) / count)


def test_an_apple_under_an_agent_grows_if_the_rules_say_so_and_is_eaten_at_once():
    for grows in (True, False):
        game = play("AaP", (0, 1, EAST), regrowth=(0.0, 1.0), grows_under_agents=grows)
        assert act(game, STAY) == [float(grows)]
        assert game.state.stock[0, 0] == 1


def test_chances_at_the_border_can_refer_to_the_cells_that_there_are():
    count, table = 6000, tuple(0.3 * k / 8 for k in range(9))
    game = play(
        "aA.\n...\n..P", (2, 2, NORTH), regrowth=table, growth_radius=1.5, scales_at_edges=True, replications=count
    )
    act(game, STAY)
    grown = (game.state.stock[:, 0] == 2).mean()
    assert abs(grown - 0.1) < 4 * np.sqrt(0.1 * 0.9 / count)  # one of three neighbours


@pytest.mark.parametrize("preset", PRESETS)
def test_planes_stay_in_order_and_windows_are_those_of_a_naive_drawing(preset):
    sides = {"ahead": 5, "behind": 1, "left": 5, "right": 4}
    environment = Harvest(preset=preset, **sides, regrowth=(0.01, 0.02, 0.05, 0.1))
    game = VectorEnvironment(Scenario(environment, "uniform_random", f"complete:n={NUM_AGENTS[preset]}"), 3, seed=2)
    game.reset()
    rng, before = np.random.default_rng(1), game.state.stock.copy()
    for step in range(60):
        rewards = game.step(rng.integers(environment.num_actions, size=(3, game.num_agents)))[1]
        for row in range(3):
            if step % 3 == 0:
                check_plane(game.state, row, APPLE, environment.growth_radius)
                for i in range(game.num_agents):
                    assert np.array_equal(game.observations[row, i], naive_window(game.state, row, i))
            grown = game.state.num_grown[row, 0]
            assert game.state.stock[row, 0] == before[row, 0] - rewards[row].sum() + grown
        before = game.state.stock.copy()


def test_one_sees_oneself_and_others_by_their_heading():
    game = play(OPEN, (2, 2, EAST), (2, 3, WEST))
    window = game.step(np.zeros((1, 2), np.int64))[0][0, 0]
    assert window.shape == (5, 5)
    assert window[3, 2] == AGENT
    assert window[2, 2] == AGENT + 4 + 2  # towards me
    assert window[0, 2] == WALL  # three ahead is off the map
    assert game.final_observations.shape == (1, 2, 5, 5)


@pytest.mark.parametrize(
    ("text", "direction", "richness"),
    [
        ("...A...\n...PP..\n.......", 1, 0),
        ("AA.....\nAA.PP..\n.......", 4, 2),
        (".......\n...PP..\n...A.A.", 3, 1),
        ("......A\n...PP..\n.......", 2, 0),
        (".......\n...PP..\n.......", 0, 0),
    ],
)
def test_the_summary_is_where_the_nearest_apple_is_and_how_many_lie_near_it(text, direction, richness):
    game = play(text, (1, 3, NORTH), (1, 4, NORTH), observation="summary", ahead=3, behind=1, left=3, right=3)
    seen = game.step(np.zeros((1, 2), np.int64))[0][0, 0]
    assert seen == 2 * (3 * direction + richness) + 1  # the neighbour is beside one, where a ray begins


def test_who_has_left_is_off_the_plane_and_who_has_failed_is_in_the_way():
    environment = Harvest(**{**BARE, "map": "P.P.P", "beam": ()})
    events = (PresenceEvent(1, 0, "leave"), PresenceEvent(1, 1, "fail"), PresenceEvent(5, 0, "enter"))
    scenario = Scenario(environment, "constant:action=0", "complete:n=3", 12, presence_events=events)
    simulation = Simulation(scenario, seed=1, replications=range(3))
    on_plane = []
    for step in range(1, 9):
        simulation.advance(step)
        on_plane.append((simulation.environment.cell[0] >= 0).tolist())
        check_plane(simulation.environment, 0)
    assert on_plane == [[True] * 3] + [[False, True, True]] * 4 + [[True] * 3] * 3
    assert simulation.environment.steps_out[0].tolist() == [4, 0, 0]


def test_who_has_left_stays_away_when_an_episode_begins():
    scenario = Scenario(
        Harvest(**{**BARE, "map": "P.P.P", "beam": ()}),
        "uniform_random",
        "complete:n=3",
        12,
        presence_events=(PresenceEvent(1, 0, "leave"),),
    ).replace({"horizon.episode_steps": 4})
    simulation = Simulation(scenario, seed=1, replications=range(3))
    simulation.advance(10)
    assert np.all(simulation.environment.cell[:, 0] == -1)
    assert np.all(simulation.environment.cell[:, 1:] >= 0)


def test_one_hears_all_or_those_in_sight():
    places = [(2, 2, NORTH), (0, 2, NORTH), (4, 2, NORTH), (2, 4, NORTH), (2, 0, NORTH)]
    text = OPEN.replace("..PPP", "PPPPP")
    rules = {"ahead": 2, "behind": 1, "left": 0, "right": 2}
    sight = play(text, *places, hearing="sight", **rules).audience()[0]
    assert sight[0].tolist() == [False, True, False, True, False]
    assert play(text, *places, hearing="network", **rules).audience()[0].sum() == 20


def test_nobody_returns_to_a_cell_with_an_apple():
    environment = Harvest(map="A*A*A\n*A*A*\nA*A*A", regrowth=(0.0, 0.5), time_out=1, cooldown=0, end_chance=0.0)
    game = VectorEnvironment(Scenario(environment, "uniform_random", "complete:n=4"), 4, seed=3)
    game.reset()
    rng = np.random.default_rng(3)
    for _ in range(100):
        game.step(rng.integers(8, size=(4, 4)))
        for row in range(4):
            check_plane(game.state, row)


def test_maps_and_presets_are_as_published():
    apples = {"melting_pot_open": 64, "melting_pot_closed": 64, "melting_pot_partnership": 64, "perolat_2017": 155}
    for name, count in apples.items():
        assert len(Harvest(preset=name).drawn_map().where("A")) == count
    assert Harvest(preset="perolat_2017").drawn_map().shape == (16, 38)
    assert Harvest(preset="janssen_2010").drawn_map().shape == (26, 26)
    for name in PRESETS:
        assert scenario(name).environment.preset == name
    state = run(scenario("janssen_2010").replace({"horizon.steps": 0}), replications=2).runs
    assert state.stock.tolist() == [169, 169]


def test_another_preset_brings_all_its_rules():
    changed = scenario().replace({"environment.preset": "perolat_2017", "environment.time_out": 7}).environment
    assert (changed.map, changed.time_out, changed.cooldown) == ("perolat_2017", 7, 0)
    assert scenario().replace({"environment.time_out": 7}).environment.cooldown == 2


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"map": "A.P\nA."}, "row 1 has 2 cells, row 0 has 3"),
        ({"map": "A.P\nA?."}, "'?' in row 1, column 1 is not a symbol"),
        ({"map": "melting_pot"}, "did you mean 'melting_pot_open'?"),
        ({"map": "nowhere.txt"}, "no such file"),
        ({"regrowth": (0.1, 1.5)}, "regrowth: [0.1, 1.5] is not accepted"),
        ({"regrowth": ()}, "regrowth: [] is not accepted"),
        ({"preset": ["perolat_2017"]}, "unknown preset"),
        ({"beam": ((0, 1, 10**13),)}, "none above 200"),
        ({"beam": ((0, 0, 3),)}, "beam: ray [0, 0, 3] is not accepted"),
        ({"turns": False}, "turns: false is not accepted with a beam"),
        ({"preset": "perolat"}, "did you mean 'perolat_2017'?"),
        ({"observation": "picture"}, "observation: 'picture' is not accepted"),
    ],
)
def test_what_cannot_be_is_refused(values, message):
    with pytest.raises(ParameterError) as error:
        Harvest(**values)
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("values", "n", "message"),
    [
        ({"map": "A..."}, 1, "0 starting cells"),
        ({"map": "A.PP"}, 3, "2 starting cells (P, *) and 0 first ones (Q) for 3 agents"),
        ({"map": "AaaP", "num_apples": 2}, 1, "num_apples: 2 do not fit"),
        ({"num_others": 8}, 7, "num_others: 8 of 7 agents"),
    ],
)
def test_agents_and_apples_must_have_room(values, n, message):
    environment = Harvest(**values)
    with pytest.raises(ParameterError) as error:
        run(Scenario(environment, "uniform_random", f"complete:n={n}", 1))
    assert message in str(error.value)


def test_a_table_learner_is_told_how_to_see_numbers():
    with pytest.raises(ParameterError, match=r"arrays of uint8, 11 x 11; accepted: environment.observation=summary"):
        run(scenario().replace({"learner.harvester": "q_learning"}))
