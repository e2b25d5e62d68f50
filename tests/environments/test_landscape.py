"""Search on a landscape of approaches: what one sees, how one moves, what is kept up to date."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from socialsim.core.errors import ParameterError
from socialsim.core.streams import Purpose, seed_streams
from socialsim.engine.run import run
from socialsim.engine.simulation import Simulation
from socialsim.environments.landscape import MOVES, SIGHTS, Landscape, scenario, small
from socialsim.environments.landscape.terrain import DIRECTIONS
from socialsim.testing.links import by_hand

HERE = by_hand(1)
STAY, AHEAD, TURN, BACK, FOLLOW, EXPLORE = range(6)
NORTH, EAST, SOUTH_EAST = (-1, 0), (0, 1), (1, 1)  # (rows, columns)
UNLIKELY = 1e-4  # with fixed seeds a test fails for ever or never; a wrong rule has a far smaller p-value


def terrace(num_agents=1, width=5):
    """Return a landscape that rises by one from row to row, and somebody in the middle facing east."""
    env = Landscape(hills=((0.0, 0.0, 1.0, 1.0, 0.0, 1.0),), size=width).state(num_agents)
    heights = np.repeat(np.arange(width, dtype=float), width)
    env = env._replace(significance=heights, is_peak=np.zeros(width * width, np.uint8))
    for i in range(num_agents):
        put(env, i, width // 2, width // 2, EAST)
    return env


def put(env, i, row, column, heading, previous=None):
    """Place an agent in the middle of a patch; by default it has come over level ground."""
    env.patch[i] = row * env.num_columns + column
    env.x[i], env.y[i] = column + 0.5, row + 0.5
    length = np.hypot(*heading)
    env.heading_y[i], env.heading_x[i] = heading[0] / length, heading[1] / length
    env.previous[i] = env.significance[env.patch[i]] if previous is None else previous


def mark(env, row, column):
    """Let a helper visit a patch: the last agent goes there and stays."""
    last = len(env.patch) - 1
    put(env, last, row, column, EAST)
    act(env, [STAY] * (last + 1))


def act(env, actions, stream=None, version=lambda f: f):
    rewards = np.zeros(len(actions))
    stream = seed_streams(1, np.arange(1), Purpose.DYNAMICS)[0] if stream is None else stream
    version(Landscape.advance)(env, HERE, np.array(actions), rewards, stream)
    return rewards


def sight(env, i=0, version=lambda f: f):
    return SIGHTS[version(Landscape.observe)(env, HERE, i)]


def place(env, i=0):
    return divmod(int(env.patch[i]), env.num_columns)


# --- By hand: what one sees ------------------------------------------------------------------------------------


def test_the_sights_are_numbered_as_the_module_says():
    for trend, best, can, ahead in itertools.product((-1, 0, 1), (-1, 0, 1), (0, 1), (0, 1)):
        assert SIGHTS[12 * (trend + 1) + 4 * (best + 1) + 2 * can + ahead] == (trend, best, can, ahead)


@pytest.mark.parametrize(("previous", "trend"), [(1.0, 1), (2.0, 0), (3.0, -1)])
def test_the_trend_compares_with_the_patch_before(version, previous, trend):
    env = terrace()
    put(env, 0, 2, 2, EAST, previous=previous)
    assert sight(env, version=version) == (trend, -1, 1, 1)


@pytest.mark.parametrize(("rows", "best"), [((1,), -1), ((1, 2), 0), ((2, 3, 1), 1), ((3, 2), 1)])
def test_the_best_visited_neighbour_is_compared_with_the_own_patch(rows, best):
    env = terrace(num_agents=2)
    for row in rows:
        mark(env, row, 1)
    assert sight(env) == (0, best, 1, 1)


def test_ahead_is_visited_if_the_patch_in_front_is_and_open_ends_with_the_last_neighbour():
    env = terrace(num_agents=2)
    mark(env, 2, 3)
    assert sight(env) == (0, 0, 1, 0)
    for row, column in DIRECTIONS:
        assert sight(env)[2] == 1 or (row, column) == DIRECTIONS[-1]
        mark(env, 2 + row, 2 + column)
    assert sight(env) == (0, 1, 0, 0)


def test_neighbours_are_seen_round_the_torus():
    env = terrace(num_agents=2)
    put(env, 0, 0, 0, NORTH)
    mark(env, 4, 4)
    assert sight(env) == (0, 1, 1, 1)  # row 4 is next to row 0, and higher


# --- By hand: how one moves ------------------------------------------------------------------------------------


def test_one_goes_ahead_by_one_patch_and_back_to_where_one_was(version, stream):
    env = terrace()
    assert act(env, [AHEAD], stream, version).tolist() == [2.0]
    assert place(env) == (2, 3)
    put(env, 0, 2, 2, SOUTH_EAST, previous=0.0)
    assert act(env, [AHEAD], stream, version).tolist() == [3.0]
    assert place(env) == (3, 3)
    assert env.x[0] - 2.5 == pytest.approx(np.sqrt(0.5))
    assert env.previous[0] == 2.0
    assert act(env, [BACK], stream, version).tolist() == [2.0]
    assert (env.x[0], env.y[0]) == pytest.approx((2.5, 2.5))
    assert env.previous[0] == 2.0  # so that the trend is level
    assert np.hypot(env.heading_x[0], env.heading_y[0]) == pytest.approx(1.0)


def test_who_stays_keeps_place_heading_and_memory(version, stream):
    env = terrace()
    put(env, 0, 2, 2, EAST, previous=7.0)
    assert act(env, [STAY], stream, version).tolist() == [2.0]
    assert (*place(env), env.heading_x[0], env.previous[0]) == (2, 2, 1.0, 7.0)


def test_one_follows_to_the_best_visited_neighbour_and_explores_the_others(version, stream):
    env = terrace(num_agents=2)
    for row, column in ((1, 2), (3, 1), (2, 3)):
        mark(env, row, column)
    assert act(env, [FOLLOW, STAY], stream, version)[0] == 3.0
    assert place(env) == (3, 1)
    env = terrace(num_agents=2)
    for row, column in DIRECTIONS[:7]:
        mark(env, 2 + row, 2 + column)
    act(env, [EXPLORE, STAY], stream, version)
    assert place(env) == (2 + DIRECTIONS[7][0], 2 + DIRECTIONS[7][1])


@pytest.mark.parametrize("action", [FOLLOW, EXPLORE])
def test_where_there_is_no_such_neighbour_one_stays(version, stream, action):
    env = terrace(num_agents=2)
    for row, column in DIRECTIONS if action == EXPLORE else ():
        mark(env, 2 + row, 2 + column)
    put(env, 1, 2, 2, EAST)
    assert act(env, [action, STAY], stream, version)[0] == 2.0
    assert place(env) == (2, 2)


def test_ties_are_broken_evenly():
    env, num_draws = terrace(num_agents=2), 2000
    for column in (1, 2, 3):
        mark(env, 3, column)
    stream, found = seed_streams(3, np.arange(1), Purpose.DYNAMICS)[0], []
    for _ in range(num_draws):
        put(env, 0, 2, 2, EAST)
        act(env, [FOLLOW, STAY], stream)
        found.append(place(env))
    assert set(found) == {(3, 1), (3, 2), (3, 3)}
    assert stats.chisquare([found.count((3, column)) for column in (1, 2, 3)]).pvalue > UNLIKELY


def test_a_move_off_the_edge_arrives_on_the_other_side():
    env = terrace()
    put(env, 0, 0, 4, (-1, 1))
    act(env, [AHEAD])
    assert place(env) == (4, 0)
    put(env, 0, 0, 2, NORTH)
    env.y[0] = 1.0 - 1e-17  # what is a hair's breadth below zero must not be rounded up to five
    act(env, [AHEAD])
    assert 0.0 <= env.y[0] < 5.0


def test_nobody_sees_in_a_step_what_others_find_in_it(version, stream):
    env = terrace(num_agents=2)
    for row, column in DIRECTIONS[:7]:
        mark(env, 2 + row, 2 + column)
    for i in range(2):
        put(env, i, 2, 2, EAST)
    act(env, [EXPLORE, EXPLORE], stream, version)
    assert place(env, 0) == place(env, 1) == (1, 1)  # the only neighbour left, for both
    assert env.discoveries.tolist() == [2, 7]  # it counts for the first, who had come to the middle before


# --- Two roads: what is kept up to date against the whole landscape --------------------------------------------


def brute_force(env, patch):
    """Return the sets of unvisited and of best visited neighbours of a patch, and how the best compare with it."""
    row, column = divmod(patch, env.num_columns)
    beside = [(row + r) % env.num_rows * env.num_columns + (column + c) % env.num_columns for r, c in DIRECTIONS]
    known = {d: env.significance[q] for d, q in enumerate(beside) if env.visited[q]}
    top = max(known.values(), default=-np.inf)
    here = env.significance[patch]
    return (
        sum(1 << d for d in range(8) if d not in known),
        sum(1 << d for d, height in known.items() if height == top),
        int(top >= here) + int(top > here),
    )


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**20), st.integers(0, 60))
def test_what_is_known_of_neighbours_follows_from_what_has_been_visited(seed, steps):
    simulation = Simulation(small(), seed=seed, replications=range(1))
    simulation.advance(steps)
    whole = simulation.environment
    changing = {name for name, value in whole._asdict().items() if getattr(value, "ndim", 0) and value.flags.writeable}
    env = whole._replace(**{name: getattr(whole, name)[0] for name in changing})
    for patch in range(len(env.significance)):
        found = (env.unvisited[patch], env.best[patch], env.standing[patch])
        assert tuple(map(int, found)) == brute_force(env, patch)
    assert env.num_visited[0] == env.visited.sum()
    assert env.num_discovered[0] == (env.visited & (env.significance > 0)).sum() == env.discoveries.sum()
    assert env.num_peaks_found[0] == (env.visited & env.is_peak).sum()
    assert (np.floor(env.y) * env.num_columns + np.floor(env.x) == env.patch).all()
    assert np.hypot(env.heading_x, env.heading_y) == pytest.approx(np.ones(9))


@settings(max_examples=30, deadline=None)
@given(st.permutations(range(6)), st.lists(st.integers(0, 7), min_size=6, max_size=6))
def test_the_order_in_which_scientists_move_changes_nothing_but_names(order, headings):
    straight, shuffled = terrace(num_agents=6, width=7), terrace(num_agents=6, width=7)
    for i in range(6):
        put(straight, i, i, (3 * i) % 7, DIRECTIONS[headings[i]])
        put(shuffled, order.index(i), i, (3 * i) % 7, DIRECTIONS[headings[i]])
    for _ in range(4):
        act(straight, [AHEAD] * 6)
        act(shuffled, [AHEAD] * 6)
    assert (straight.visited == shuffled.visited).all()
    assert (straight.best == shuffled.best).all()
    assert straight.patch[order].tolist() == shuffled.patch.tolist()


def test_compiled_and_uncompiled_scientists_do_the_same():
    results = []
    for version in (lambda f: f, lambda f: getattr(f, "py_func", f)):
        env, stream = terrace(num_agents=6, width=9), seed_streams(5, np.arange(1), Purpose.DYNAMICS)[0]
        version(Landscape.initialise)(env, HERE, stream)
        sights = []
        for k in range(40):
            act(env, [(i + k) % len(MOVES) for i in range(6)], stream, version)
            sights.append([sight(env, i, version) for i in range(6)])
        results.append((sights, env.x.tolist(), env.visited.tolist(), stream.tolist()))
    assert results[0] == results[1]


# --- Properties and limits -------------------------------------------------------------------------------------


def test_progress_never_falls_and_everybody_starts_on_the_plane():
    simulation = Simulation(scenario(), seed=1, replications=range(20))
    simulation.advance(0)
    env = simulation.environment
    assert env.significance[env.patch].max() < 0.01
    before = env.num_visited.copy()
    for step in (1, 5, 20, 100):
        simulation.advance(step)
        assert (env.num_visited >= before).all()
        before = env.num_visited.copy()


def test_starts_are_uniform_over_the_plane():
    simulation = Simulation(scenario().replace({"network": "complete:n=500"}), seed=2, replications=range(100))
    simulation.advance(0)
    env = simulation.environment
    place_in_list = np.searchsorted(np.sort(env.starts), env.patch.ravel())
    counts = np.bincount(place_in_list * 50 // len(env.starts), minlength=50)
    assert stats.chisquare(counts).pvalue > UNLIKELY


def test_a_run_ends_when_all_peaks_are_found_if_it_is_to():
    result = run(scenario().replace({"environment.until_peaks": True}), replications=20, seed=1)
    assert (result.runs.stop == "done").all()
    assert (result.runs.steps == result.runs.peaks_step).all()
    assert result.metrics["steps_to_peaks"].value == result.runs.steps.mean()
    assert result.metrics["peaks_found_rate"].value == 1.0


@pytest.mark.compiled
def test_more_mavericks_find_more_and_sooner():
    results = []
    for size in (20, 80):
        change = {"network": f"complete:n={size}", "environment.num_mavericks": size, "horizon.steps": 100}
        results.append(run(scenario().replace(change), replications=100, seed=1, record_every=None).metrics)
    few, many = results
    assert few["progress"].high < many["progress"].low
    assert few["steps_to_peaks"].low > many["steps_to_peaks"].high
    assert few["discoveries_per_maverick"].low > many["discoveries_per_maverick"].high  # they get in each other's way
    assert few["discoveries_per_follower"].reason == "there is no follower"


def test_measures_agree_with_the_tables():
    result = run(scenario().replace({"environment.num_controls": 20}), replications=3, seed=4)
    agents, first = result.agents, result.runs.iloc[0]
    by_type = agents.groupby("agent_type").discoveries.sum()
    for name in ("control", "follower", "maverick"):
        assert by_type[name] == first[f"{name}_discoveries"]
    assert by_type.sum() / (Landscape().significance() > 0).sum() == pytest.approx(first.progress)
    assert agents.significance.mean() == pytest.approx(first.mean_significance)
    assert np.abs(agents[["x", "y"]]).max().max() <= 50.5
    series = result.series.groupby("run").mean_discoveries.last()
    assert series.tolist() == pytest.approx(
        result.runs[[f"{name}_discoveries" for name in ("control", "follower", "maverick")]].sum(axis=1) / 100
    )
    assert result.metrics["discoveries_per_follower"].value == pytest.approx(
        result.runs.follower_discoveries.mean() / 70
    )
    crowds = (agents.x.round() * 1000 + agents.y.round()).value_counts(normalize=True)
    assert first.diversity == pytest.approx(np.exp(-(crowds * np.log(crowds)).sum()))


@pytest.mark.compiled
def test_learners_that_know_nothing_of_landscapes_search_too():
    field = small().replace({"learner": "q_learning:alpha=0.2,epsilon=0.05"})
    early, late = (
        run(field.replace({"horizon.steps": steps}), replications=10, seed=1, record_every=None) for steps in (1, 3000)
    )
    assert early.metrics["mean_significance"].high < late.metrics["mean_significance"].low


def test_those_who_leave_find_nothing_and_those_who_enter_start_anew():
    gone = small().replace({"turnover.leave_rate": 1.0})
    result = run(gone, replications=5, seed=1)
    assert (result.agents.presence == "absent").all()
    assert (result.runs.num_visited <= 9).all()
    coming = small().replace({"turnover.leave_rate": 0.3, "turnover.enter_rate": 0.3, "horizon.steps": 300})
    result = run(coming, replications=5, seed=1)
    assert (result.runs.progress > 0.5).all()


# --- Bad input -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "value", "accepted"),
    [
        ("environment.num_controls", -1, "an int, >= 0"),
        ("environment.size", 2, "an int, >= 3, <= 1000"),
        ("environment.resolution", 0, "a float, > 0"),
        ("environment.start_below", 0, "a float, > 0"),
        ("learner.control.restlessness", 1.5, "a float, >= 0, <= 1"),
        ("learner.follower.rule", "wrong", "one of ['corrected', 'published']"),
    ],
)
def test_a_value_out_of_range_is_named_by_its_path_with_what_is_accepted(path, value, accepted):
    with pytest.raises(ParameterError) as error:
        scenario().replace({path: value})
    assert str(error.value) == f"{path}: {value!r} is not accepted; accepted: {accepted}"


def test_more_searchers_than_agents_are_refused():
    with pytest.raises(ParameterError) as error:
        run(scenario().replace({"network": "complete:n=8", "environment.num_controls": 3}))
    assert str(error.value) == (
        "environment.num_mavericks: 10 mavericks and 3 controls are not accepted on a network of 8 agents; "
        "accepted: 0 to 8 of both together"
    )
