"""Greedy, cautious, patrolling and conditionally cooperative foragers, by hand and on random windows."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from socialsim.core.errors import ParameterError
from socialsim.core.streams import Purpose, seed_streams
from socialsim.engine.interface import Box, Discrete, Specification
from socialsim.engine.run import run
from socialsim.environments.harvest import scenario, small
from socialsim.grids.codes import (
    AGENT,
    APPLE,
    BACKWARD,
    BEAM,
    EMPTY,
    FIRE,
    FORWARD,
    LEFT,
    RIGHT,
    STAY,
    TURN_LEFT,
    TURN_RIGHT,
    WALL,
)
from socialsim.learning.foragers import Cautious, ConditionalForager, Greedy, Patrolling
from socialsim.testing.contracts import check_scenario

CODES = {".": EMPTY, "#": WALL, "a": APPLE, "@": AGENT, "o": AGENT + 4 + 2, "*": BEAM}
SIDES = {FORWARD: (-1, 0), RIGHT: (0, 1), BACKWARD: (1, 0), LEFT: (0, -1)}
WANDERING = {FORWARD, TURN_LEFT, TURN_RIGHT}
STRATEGIES = [Greedy(), Cautious(), Patrolling(), ConditionalForager()]


def window(text):
    """Return the codes of a text: . empty, # wall, a apple, @ oneself, o another agent, * a beam."""
    return np.array([[CODES[symbol] for symbol in line] for line in text.split()], np.uint8)


def specification(codes, *, num_actions=8, **facts):
    """Return what an environment says whose windows are like this one."""
    (ahead, left), (rows, columns) = np.argwhere(codes == AGENT)[0].tolist(), codes.shape
    sides = {"ahead": ahead, "behind": rows - 1 - ahead, "left": left, "right": columns - 1 - left}
    facts = {"growth_radius": 2.0, "beam": ((0, 1, 3), (-1, 0, 3), (1, 0, 3))} | sides | facts
    return Specification(Discrete(num_actions), Box(0, 255, (rows, columns), "uint8"), facts)


def acts(strategy, codes, version=lambda f: f, num_draws=60, **facts):
    """Return all that a strategy does on a window, over many draws."""
    codes = window(codes) if isinstance(codes, str) else codes
    state = strategy.state(specification(codes, **facts), 2)
    stream = seed_streams(1, np.arange(1), Purpose.LEARNERS)[0]
    return {int(version(type(strategy).act)(state, 0, codes, stream)) for _ in range(num_draws)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a.a .@. ...", {FORWARD, LEFT, RIGHT}),
        ("#a. .@. ...", {FORWARD}),
        ("... *@a ...", {RIGHT}),
        ("... .@. .a.", {BACKWARD}),
        ("*.. a*@ ...", {LEFT}),  # a beam is no obstacle
        ("... .@. ...", WANDERING),
        ("... #@. ...", WANDERING),
        (".#. .@. ...", {TURN_LEFT, TURN_RIGHT}),
        ("a#. #@. .#.", {TURN_LEFT, TURN_RIGHT}),
        (".o. .@. ...", {TURN_LEFT, TURN_RIGHT}),
    ],
)
def test_a_greedy_agent_takes_the_nearest_apple_or_wanders(version, text, expected):
    assert acts(Greedy(), text, version) == expected


@pytest.mark.parametrize(
    ("text", "num_left", "expected"),
    [
        ("... .@a ...", 2, WANDERING),
        ("... .@a .aa", 2, {RIGHT, BACKWARD}),
        (".a. .@. ...", 1, {TURN_LEFT, TURN_RIGHT}),  # waits before it
        (".a. .@. ..a", 1, {TURN_LEFT, TURN_RIGHT}),  # two rows and a column apart is too far
        ("..aa@aaaaa", 3, {RIGHT}),
        ("... .@a ...", 0, {RIGHT}),
    ],
)
def test_a_cautious_agent_leaves_apples_that_have_too_few_around_them(version, text, num_left, expected):
    assert acts(Cautious(num_left=num_left), text, version) == expected


def test_a_given_radius_counts_and_else_the_one_of_growth():
    row = "...... @a...a"
    assert acts(Cautious(num_left=1), row, growth_radius=2.0) == WANDERING
    assert acts(Cautious(num_left=1), row, growth_radius=4.0) == {RIGHT}
    assert acts(Cautious(num_left=1, radius=4.0), row, growth_radius=2.0) == {RIGHT}
    assert acts(Cautious(num_left=1, radius=3.9), row, growth_radius=9.0) == WANDERING


@pytest.mark.parametrize(
    ("text", "fires"),
    [
        (".oa ... .@.", True),  # two ahead, beside the last apple
        ("aao aaa .@.", False),  # the patch is ample
        ("o.. ... .@.", False),  # no apple is near
        (".oa .#. .@.", False),  # behind a wall
        ("o.. a#. .@.", True),  # past the wall
        ("o.. a.. #.. .@.", False),
        ("a.. ... ... o.. ... ... .@.", False),  # too far from the apple
        (".oa ... ... ... .@.", False),  # out of reach, four ahead
        (".oa ... ... .@.", True),
        ("..oa .... .... @...", False),  # two columns aside
        ("... .@. .oa", False),  # behind
        ("a.. o@. ...", True),  # the rays aside begin right beside
        ("..oa .... ..o. ..@.", False),  # somebody else is in the way
        ("oa. ... ... .@.", False),  # a ray aside reaches two rows ahead
        (".oa ... ..o .@.", True),  # each ray ends for itself
        ("o@a", True),
        ("@oa", True),
    ],
)
def test_a_patrolling_agent_fires_at_those_at_thin_patches_within_reach(version, text, fires):
    assert (acts(Patrolling(), text, version) == {FIRE}) == fires


def test_a_patrolling_agent_is_cautious_otherwise():
    text = "aa.aa a..aa ..@.. ....o a...."
    assert acts(Patrolling(), text) == acts(Cautious(), text) == {RIGHT, FORWARD}


def test_where_nobody_turns_a_wanderer_steps_to_any_free_side(version):
    assert acts(Greedy(), "... .@. ...", version, num_actions=5) == set(SIDES)
    assert acts(Cautious(), ".#. .@a ...", version, num_actions=5) == {LEFT, BACKWARD}
    assert acts(Cautious(), "# @", version, num_actions=5) == {STAY}
    assert acts(Greedy(), "..a .@. ...", version, num_actions=5) == {FORWARD, RIGHT}


@st.composite
def windows(draw):
    rows, columns = draw(st.integers(2, 9)), draw(st.integers(1, 9))
    cells = draw(st.lists(st.sampled_from("...##oaa*"), min_size=rows * columns, max_size=rows * columns))
    cells[draw(st.integers(columns, rows * columns - 1))] = "@"  # not in the first row: one sees ahead
    return np.array([CODES[symbol] for symbol in cells], np.uint8).reshape(rows, columns)


def around(codes, row, column, symbol=APPLE):
    """Return how many cells of a code lie within two cells."""
    near = [(r, c) for r, c in np.argwhere(codes == symbol).tolist() if 0 < (r - row) ** 2 + (c - column) ** 2 <= 4]
    return len(near)


@settings(max_examples=200)
@given(windows(), st.integers(0, 3))
def test_no_forager_steps_into_a_wall_or_an_agent_and_only_patrols_fire(codes, num_left):
    (row, column) = np.argwhere(codes == AGENT)[0].tolist()
    rules = [Greedy(), Cautious(num_left=num_left), Patrolling(num_left=num_left)]
    for strategy in [*rules, ConditionalForager(num_left=num_left)]:
        for action in acts(strategy, codes, num_draws=4):
            assert action in (*SIDES, TURN_LEFT, TURN_RIGHT) or (action == FIRE and type(strategy) is Patrolling)
            if action in SIDES:
                target = row + SIDES[action][0], column + SIDES[action][1]
                assert EMPTY <= codes[target] < AGENT
                assert codes[target] != WALL
                if type(strategy) in (Cautious, Patrolling) and codes[target] == APPLE:
                    assert around(codes, *target) >= num_left


@settings(max_examples=50)
@given(windows())
def test_who_asks_for_no_neighbours_is_greedy(codes):
    greedy, cautious = Greedy().state(specification(codes), 1), Cautious(num_left=0).state(specification(codes), 1)
    streams = seed_streams(3, np.zeros(2, int), Purpose.LEARNERS)
    for _ in range(5):
        assert Greedy.act(greedy, 0, codes, streams[0]) == Cautious.act(cautious, 0, codes, streams[1])


@settings(max_examples=30)
@given(windows())
def test_plain_and_compiled_strategies_draw_and_do_the_same(codes):
    for strategy in STRATEGIES:
        cls, streams = type(strategy), seed_streams(3, np.zeros(2, int), Purpose.LEARNERS)
        states = [strategy.state(specification(codes), 1) for _ in range(2)]
        for _ in range(3):
            plain = getattr(cls.act, "py_func", cls.act)(states[0], 0, codes, streams[0])
            assert plain == cls.act(states[1], 0, codes, streams[1])
        assert (streams[0] == streams[1]).all()
        assert all(np.array_equal(a, b) for a, b in zip(*states, strict=True))


class Conditional:
    """One conditional co-operator among four, before a window."""

    def __init__(self, version, text, **values):
        self.codes, self.version = window(text), version
        strategy = ConditionalForager(**values)
        self.state = strategy.state(specification(self.codes), 4)
        self.stream = seed_streams(1, np.arange(1), Purpose.LEARNERS)[0]
        for i in range(4):
            version(ConditionalForager.initialise)(self.state, i, self.stream)

    def act(self, *messages):
        """Return what agent 1 does once it has heard the messages, and what it then says."""
        for j, message in enumerate(messages):
            self.version(ConditionalForager.hear)(self.state, 1, j + 2, 1.0, message)
        action = self.version(ConditionalForager.act)(self.state, 1, self.codes, self.stream)
        return action, self.version(ConditionalForager.speak)(self.state, 1, self.codes, self.stream)


LAST_APPLE = "... .@a ..."


def test_a_conditional_forager_alone_is_cautious_and_says_so(version):
    agent = Conditional(version, LAST_APPLE)
    for _ in range(20):
        action, message = agent.act()
        assert action in WANDERING
        assert message == 1.0


def test_it_takes_the_last_apple_once_too_few_of_the_others_are_restrained(version):
    agent = Conditional(version, LAST_APPLE, threshold=0.5)
    assert agent.act(1.0, 0.0)[0] in WANDERING  # one half is enough
    assert agent.act(1.0, 0.0, 0.0) == (RIGHT, 0.0)
    assert agent.act(0.2, 0.2) == (RIGHT, 0.0)
    action, message = agent.act()  # what was said last time is forgotten; its own deed is not
    assert action in WANDERING
    assert message == 0.0
    assert agent.state.restrained.tolist() == [1.0, 0.0, 1.0, 1.0]


def test_taking_an_apple_of_an_ample_patch_clears_the_record(version):
    agent = Conditional(version, LAST_APPLE)
    assert agent.act(0.0) == (RIGHT, 0.0)
    agent.codes = window("... .@a .aa")
    assert agent.act(1.0)[1] == 1.0


@pytest.mark.parametrize(
    ("text", "threshold", "takes"),
    [
        ("o.a...... ...@a....", 0.5, True),  # who stands at the last apple
        ("o.aaa.... ...@.....", 0.5, True),  # the first has two around it, less than three
        ("o........ ....@...a", 0.5, False),  # who is away from apples shows nothing
    ],
)
def test_without_messages_it_goes_by_the_patches_at_which_others_stand(version, text, threshold, takes):
    agent = Conditional(version, text, threshold=threshold, num_left=3)
    actions = {agent.act()[0] for _ in range(40)}
    assert (not actions & {TURN_LEFT, TURN_RIGHT}) == takes


def test_a_threshold_of_zero_is_unconditional(version):
    agent = Conditional(version, LAST_APPLE, threshold=0.0)
    assert all(agent.act(0.0, 0.0, 0.0)[0] in WANDERING for _ in range(10))


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_what_is_no_plane_is_refused(strategy):
    name, facts = strategy.name(), specification(window(LAST_APPLE)).facts
    with pytest.raises(ParameterError, match=r"^the learner needs the fact 'ahead', which the environment does"):
        strategy.state(Specification(Discrete(8)), 2)
    with pytest.raises(ParameterError, match=rf"^learner: '{name}' reads a window of codes, uint8 of shape \(3"):
        strategy.state(Specification(Discrete(8), Discrete(10), facts), 2)
    with pytest.raises(ParameterError, match=rf"^learner: '{name}' (steps|fires)"):
        strategy.state(specification(window(LAST_APPLE), num_actions=4), 2)


def test_a_patrol_without_a_beam_is_refused():
    for values in ({"num_actions": 7}, {"beam": ()}):
        with pytest.raises(ParameterError, match=r"^learner: 'patrolling' fires; here agents have no beam$"):
            Patrolling().state(specification(window(LAST_APPLE), **values), 2)


def test_parameters_out_of_range_are_refused():
    for values in ({"turn_rate": 1.5}, {"num_left": -1}, {"radius": -0.1}, {"threshold": 2.0}, {"greed": 1}):
        with pytest.raises(ParameterError, match=next(iter(values))):
            ConditionalForager(**values)


@pytest.mark.full
def test_foragers_on_a_plane_keep_the_contract():
    learners = {"learner.harvester": "conditional_forager", "learner.other": "patrolling"}
    check_scenario(small().replace({**learners, "environment.hearing": "sight"}))


@pytest.mark.full
def test_the_greedy_strip_the_plane_and_the_cautious_never_do():
    stocks = {}
    for strategy in ("greedy", "cautious"):
        commons = scenario().replace({"learner.harvester": strategy, "horizon.steps": 400})
        stocks[strategy] = run(commons, replications=10, seed=1, record_every=None).runs
    assert (stocks["greedy"].stock == 0).all()
    assert stocks["greedy"].apples.between(60, 80).all()
    assert stocks["cautious"].exhausted_at.isna().all()
    assert (stocks["cautious"].apples > 90).all()
