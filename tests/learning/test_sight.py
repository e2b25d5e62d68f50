"""Shortest ways in a window: by hand, against NetworkX, and compiled against plain."""

import networkx as nx
import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare

from socialsim.core.streams import Purpose, seed_streams
from socialsim.grids.codes import AGENT, APPLE, BACKWARD, EMPTY, FORWARD, LEFT, RIGHT, TURN_LEFT, TURN_RIGHT, WALL
from socialsim.learning.sight import (
    AMPLE,
    NO_APPLES,
    THIN,
    any_step,
    apples_around,
    look,
    patch_at,
    sight,
    steps_to_apple,
    wander,
)

CODES = {".": EMPTY, "#": WALL, "a": APPLE, "@": AGENT, "o": AGENT + 4 + 2}
SIDES = {FORWARD: (-1, 0), RIGHT: (0, 1), BACKWARD: (1, 0), LEFT: (0, -1)}


def window(text):
    """Return the codes of a text: . empty, # wall, a apple, @ oneself, o another agent."""
    return np.array([[CODES[symbol] for symbol in line] for line in text.split()], np.uint8)


def eyes(codes, **rule):
    """Return an agent's sight of a window."""
    (ahead, left), (rows, columns) = np.argwhere(codes == AGENT)[0].tolist(), codes.shape
    facts = {"ahead": ahead, "behind": rows - 1 - ahead, "left": left, "right": columns - 1 - left}
    return sight(facts, 1, **rule)


def first_steps(codes, enough=0, version=lambda f: f, learner=None):
    """Return the actions that begin a shortest path to an apple."""
    learner = learner or eyes(codes)
    version(look)(learner, codes)
    steps = version(steps_to_apple)(learner, enough)
    return {k + 1 for k in range(4) if steps >> k & 1}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("... .@. ...", set()),
        ("a.. .@. ...", {FORWARD, LEFT}),
        ("a.a .@. ...", {FORWARD, LEFT, RIGHT}),
        ("a.a .@. a.a", {FORWARD, LEFT, RIGHT, BACKWARD}),
        (".a. .@. .a.", {FORWARD, BACKWARD}),
        ("a#. .@. ...", {LEFT}),
        ("a#. #@. ...", set()),
        ("a.... ##.## ..@.. ..... ....a", {FORWARD, RIGHT, BACKWARD}),  # four steps either way
        ("a.... ##.## ..@.. .#... ..#.a", {FORWARD, RIGHT, BACKWARD}),
        ("a.... ##.## ..@.. .#.## ..#.a", {FORWARD}),
        ("#a### #...# ###.# @...#", {RIGHT}),  # a maze
        ("@..a", {RIGHT}),
        ("a o @", set()),  # the only way is through somebody right beside
        ("a o . @", {FORWARD}),  # somebody further off may have moved on
        ("a... o.## @...", {RIGHT}),  # who stands in the way is walked round
        ("aa. .o. .@.", {LEFT}),
    ],
)
def test_first_steps_of_shortest_paths_by_hand(version, text, expected):
    assert first_steps(window(text), version=version) == expected


@pytest.mark.parametrize(
    ("text", "enough", "expected"),
    [
        ("a.@.aaa", 0, {LEFT, RIGHT}),
        ("a.@.aaa", 1, {RIGHT}),
        ("a.@.aaa", 2, {RIGHT}),
        ("a.@.aaa", 3, set()),
        ("@a.aaa.", 1, {RIGHT}),  # the first one has one other within two cells
        ("@a.aaa.", 2, set()),  # and then stands in the way
        ("aa. a#. a@a", 2, {LEFT}),
        ("aaa ... .@.", 2, {FORWARD}),
    ],
)
def test_apples_with_too_few_others_around_them_are_in_the_way(version, text, enough, expected):
    assert first_steps(window(text), enough, version) == expected


def by_networkx(codes, enough):
    """Return the first steps of shortest paths by NetworkX: agents block, or else only those right beside do."""
    home = tuple(np.argwhere(codes == AGENT)[0].tolist())
    apples = [tuple(cell) for cell in np.argwhere(codes == APPLE).tolist()]
    near = {a: sum(0 < (a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2 <= 4 for b in apples) for a in apples}
    goals = [cell for cell in apples if near[cell] >= enough]
    closed = {tuple(cell) for cell in np.argwhere(codes == WALL).tolist()} | (set(apples) - set(goals))
    agents = {tuple(cell) for cell in np.argwhere(codes > AGENT).tolist()}
    beside = {cell for cell in agents if abs(cell[0] - home[0]) + abs(cell[1] - home[1]) == 1}
    for blocked in (closed | agents, closed | beside):
        graph = nx.grid_2d_graph(*codes.shape)
        graph.remove_nodes_from(blocked)
        lengths = nx.multi_source_dijkstra_path_length(graph, set(goals)) if goals else {}
        if home in lengths:
            cells = {action: (home[0] + r, home[1] + c) for action, (r, c) in SIDES.items()}
            return {action for action, cell in cells.items() if lengths.get(cell, np.inf) == lengths[home] - 1}
    return set()


@st.composite
def windows(draw):
    rows, columns = draw(st.integers(1, 9)), draw(st.integers(1, 9))
    symbols = draw(st.sampled_from([".....#a", "..##a", "..#oa", ".a", "..oooa", "...#oaaa"]))
    cells = draw(st.lists(st.sampled_from(symbols), min_size=rows * columns, max_size=rows * columns))
    cells[draw(st.integers(0, rows * columns - 1))] = "@"
    return np.array([CODES[symbol] for symbol in cells], np.uint8).reshape(rows, columns)


@settings(max_examples=400)
@given(windows(), st.integers(0, 3))
@example(window("a.o @o. .#a"), 0)
def test_first_steps_are_those_of_networkx(codes, enough):
    assert first_steps(codes, enough) == by_networkx(codes, enough)


@settings(max_examples=40)
@given(windows(), st.integers(0, 3))
def test_the_plain_search_gives_the_same_steps(codes, enough):
    assert first_steps(codes, enough, lambda f: getattr(f, "py_func", f)) == first_steps(codes, enough)


@settings(max_examples=25)
@given(st.data())
def test_nothing_is_left_from_one_search_to_the_next(data):
    codes = data.draw(windows())
    learner, others = eyes(codes), codes[codes != AGENT].tolist()
    for _ in range(5):
        assert first_steps(codes, 1, learner=learner) == by_networkx(codes, 1)
        codes[codes != AGENT] = data.draw(st.permutations(others))


def test_a_whole_map_of_fifty_by_fifty_is_searched():
    """Walls make one long corridor, to and fro, with the apple at its end."""
    codes = np.zeros((51, 51), np.uint8)
    for row in range(1, 51, 2):
        codes[row, :] = WALL
        codes[row, -1 if row % 4 == 1 else 0] = EMPTY
    codes[0, 0], codes[50, 50 if 50 % 4 == 0 else 0] = AGENT, APPLE
    assert first_steps(codes) == {RIGHT} == by_networkx(codes, 0)


def test_apples_around_a_cell_are_counted_to_the_edge_of_the_window(version):
    codes = window("aa.a. .a... a.@.a")
    learner = eyes(codes)
    version(look)(learner, codes)
    field = learner.field.reshape(-1, learner.stride)
    assert (field[2:5, 2:7] == codes).all()
    assert (np.delete(np.delete(field, [2, 3, 4], 0), range(2, 7), 1) == WALL).all()
    counts = [
        [int(version(apples_around)(learner, (row + 2) * learner.stride + column + 2, 9)) for column in range(5)]
        for row in range(3)
    ]
    assert counts[0] == [3, 3, 4, 1, 2]
    assert counts[2] == [2, 3, 3, 2, 0]
    assert version(apples_around)(learner, learner.home, 1) == 1


@pytest.mark.parametrize(
    ("text", "patch"),
    [("..@..", NO_APPLES), ("a.@..", THIN), ("aa@.a", THIN), ("aaa @.. ...", AMPLE), ("aaa @.. a..", THIN)],
)
def test_a_patch_is_thin_if_one_of_its_apples_has_too_few_around_it(version, text, patch):
    codes = window(text)
    learner = eyes(codes, enough=2)
    version(look)(learner, codes)
    assert version(patch_at)(learner, learner.home) == patch


@pytest.mark.parametrize("steps", [3, 5, 10, 7, 14, 15])
def test_each_of_several_steps_is_taken_equally_often(steps):
    stream = seed_streams(steps, np.arange(1), Purpose.LEARNERS)[0]
    taken = np.bincount([any_step(steps, stream) for _ in range(600)], minlength=5)
    possible = [k + 1 for k in range(4) if steps >> k & 1]
    assert taken[possible].sum() == 600
    assert chisquare(taken[possible]).pvalue > 1e-4
    assert [any_step(1 << k, stream) for k in range(4)] == [1, 2, 3, 4]


@pytest.mark.parametrize("ahead", ["#", "a", "o"])
def test_a_wanderer_turns_to_either_side_where_something_is_in_the_way(version, stream, ahead):
    codes = window(f"{ahead} @")
    learner = eyes(codes)
    version(look)(learner, codes)
    turns = [version(wander)(learner, stream) for _ in range(400)]
    assert set(turns) == {TURN_LEFT, TURN_RIGHT}
    assert abs(turns.count(TURN_LEFT) - 200) < 5 * 10


def test_a_wanderer_goes_ahead_and_turns_at_its_rate(version, stream):
    codes = window(". @")
    learner = eyes(codes, turn_rate=0.3)
    version(look)(learner, codes)
    moves = [version(wander)(learner, stream) for _ in range(2000)]
    assert chisquare(np.bincount(moves, minlength=7)[[FORWARD, TURN_LEFT, TURN_RIGHT]], [1400, 300, 300]).pvalue > 1e-4
