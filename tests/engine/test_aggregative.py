"""Games whose agents meet in an aggregate alone, as agents."""

import networkx as nx
import numpy as np
import pytest

from socialsim.core.compiled import compiled
from socialsim.core.errors import ParameterError
from socialsim.core.parameters import parameter
from socialsim.core.streams import Purpose, seed_streams
from socialsim.engine.aggregation import NORMALISATIONS, aggregate
from socialsim.engine.aggregative import AggregativeGame, draw_index
from socialsim.engine.run import run
from socialsim.engine.scenario import Horizon, Scenario
from socialsim.engine.simulation import Simulation
from socialsim.learning.fixed_policy import FixedPolicy
from socialsim.testing.contracts import check_scenario
from socialsim.testing.links import by_hand


class Counting(AggregativeGame):
    """A state that goes up by the action, wraps, and is paid for z, with a common count of what all did."""

    num_states, num_actions, num_features, num_signals = 3, 2, 2, 2
    pay: float = parameter(2.0, "what z is worth")

    def initial(self):
        return np.array([1.0, 0.0, 0.0])

    def initial_common(self):
        return np.array([10.0])

    @staticmethod
    @compiled
    def feature(env, s, a, features):
        features[0], features[1] = s, a

    @staticmethod
    @compiled
    def step(env, t, s, a, z, successors, probabilities):
        successors[0], probabilities[0] = (s + a) % 3, 1.0

    @staticmethod
    @compiled
    def reward(env, t, s, a, z):
        return env.pay * z[1] + 100.0 * z[0] + z[2]

    @staticmethod
    @compiled
    def common(env, t, overall, common, common_next):
        common_next[0] = common[0] + overall[1]

    @staticmethod
    @compiled
    def signal(env, t, z):
        return 1 if z[1] > 0.5 else 0


def play(graph, actions, steps, **parameters):
    """Return the state after some steps in which every agent repeats its own action."""
    learner = FixedPolicy(policies=tuple((action,) for action in actions))
    game = Counting(num_steps=4, **parameters)
    simulation = Simulation(
        Scenario(environment=game, learners=learner, network=graph, horizon=Horizon(steps=4)), seed=1, replications=[0]
    )
    simulation.advance(steps)
    return simulation


PATH = nx.path_graph(3)


@pytest.mark.parametrize(
    ("normalise", "path", "everybody"),
    [
        ("degree", [2.0, 4.5, 2.0], [5.0, 4.5, 1.5]),
        ("N", [2 / 3, 3.0, 2 / 3], [10 / 3, 3.0, 1.0]),
        ("density", [1.5, 6.75, 1.5], [5.0, 4.5, 1.5]),
    ],
)
def test_the_sum_over_neighbours_is_divided_by_degree_number_or_mean_degree(normalise, path, everybody):
    features, out = np.array([[1.0], [2.0], [8.0]]), np.zeros((3, 1))
    for network, expected in ((by_hand(PATH), path), (by_hand(3), everybody)):
        aggregate(network, NORMALISATIONS.index(normalise), features, out)
        assert out[:, 0] == pytest.approx(expected)


def test_a_mean_over_neighbours_who_are_all_alike_is_what_each_of_them_is():
    """To the last bit, as on a complete network: 1/6 added up six times is not 1."""
    for n in range(2, 60):
        features = np.ones((n, 1))
        for network in (by_hand(nx.complete_graph(n)), by_hand(n)):
            out = np.zeros((n, 1))
            aggregate(network, 0, features, out)
            assert (out == 1.0).all(), n


def test_whoever_hears_nobody_feels_nothing():
    out = np.ones((2, 1))
    aggregate(by_hand(nx.empty_graph(2)), 0, np.ones((2, 1)), out)
    assert out.tolist() == [[0.0], [0.0]]


def test_whoever_is_away_is_neither_heard_nor_counted():
    away = np.array([0, 1, 0], np.int8)
    out = np.zeros((3, 1))
    for network in (by_hand(nx.complete_graph(3)), by_hand(3)):
        aggregate(network._replace(presence=away, may_change=True), 0, np.array([[1.0], [0.0], [8.0]]), out)
        assert out[[0, 2], 0].tolist() == [8.0, 1.0]


def test_chances_are_drawn_as_they_are():
    stream = seed_streams(1, np.arange(1), Purpose.DYNAMICS)[0]
    with np.errstate(over="ignore"):
        drawn = [draw_index(np.array([0.2, 0.0, 0.5, 0.3]), stream) for _ in range(4000)]
    assert np.bincount(drawn, minlength=4) / 4000 == pytest.approx([0.2, 0.0, 0.5, 0.3], abs=0.03)
    assert drawn.count(1) == 0


def test_two_steps_by_hand():
    """On the path 0 - 1 - 2 the ends act and the middle does not; z = (mean state, mean action) of neighbours."""
    first = play(PATH, [1, 0, 1], 1)
    assert first.engine.rewards.tolist() == [[10.0, 12.0, 10.0]]
    assert first.environment.states.tolist() == [[1, 0, 1]]
    assert first.environment.signals.tolist() == [[0, 1, 0]]
    assert first.environment.common[0] == pytest.approx([10 + 2 / 3])
    second = play(PATH, [1, 0, 1], 2, discount=0.5)
    rewards = np.array([10 + 2 / 3, 2 + 100 + 10 + 2 / 3, 10 + 2 / 3])
    assert second.engine.rewards[0] == pytest.approx(rewards)
    assert second.environment.returns[0] == pytest.approx(np.array([10.0, 12.0, 10.0]) + 0.5 * rewards)
    assert second.environment.states.tolist() == [[2, 0, 2]]


def test_an_agent_sees_time_signal_and_state_as_one_number():
    game = Counting(num_steps=4)
    state = play(PATH, [1, 0, 1], 1).environment
    one = type(state)(*(value[0] if np.ndim(value) and len(value) == 1 else value for value in state))
    assert [Counting.observe(one, by_hand(PATH), i) for i in range(3)] == [6 + 1, 6 + 3 + 0, 6 + 1]
    assert game.specification("agent", 3).observations.labels[9] == "step 1, signal 1, state 0"


def test_what_a_game_holds_is_written_down():
    """The description of a scenario reads it."""
    state = Counting().state(3)
    (held,) = state.parts
    assert set(held._fields) | set(Counting().rules()) == set(state._fields)


def test_a_parameter_whose_name_the_engine_needs_is_refused():
    class Greedy(Counting):
        returns: float = parameter(1.0, "returns to scale")

    with pytest.raises(ParameterError, match="greedy: returns is what the engine keeps"):
        Greedy().state(3)


def test_a_size_that_no_game_has_is_refused():
    """A slip of the pen in a name would leave the size as it is by default."""
    with pytest.raises(ParameterError, match=r"Slip: num_feature = 2 is neither a size of a game nor a parameter"):

        class Slip(Counting):
            num_feature = 2


def test_a_game_without_states_cannot_be_made():
    class Stateless(AggregativeGame):
        num_actions = 2

    with pytest.raises(TypeError, match="num_states"):
        Stateless()


def test_states_and_their_names_are_as_many():
    class Nameless(Counting):
        def state_labels(self):
            return ("one",)

    with pytest.raises(ParameterError, match="nameless: 1 state_labels; accepted: 3, its states"):
        Nameless().specification("agent", 3)


def test_a_game_ends_after_its_last_decision():
    found = run(Scenario(environment=Counting(num_steps=3), learners="q_learning", network=PATH), replications=2)
    assert found.runs.steps.tolist() == [3, 3]
    assert found.runs.stop.tolist() == ["done", "done"]


def test_a_game_without_end_goes_on():
    endless = Counting(num_steps=0, discount=0.9)
    assert endless.specification("agent", 3).num_observations == 6
    assert (
        run(Scenario(environment=endless, learners="q_learning", network=PATH, horizon=Horizon(steps=7))).runs.steps[0]
        == 7
    )


@pytest.mark.compiled
def test_an_aggregative_game_keeps_the_contract():
    check_scenario(
        Scenario(environment=Counting(num_steps=9), learners="q_learning", network="karate", horizon=Horizon(steps=9))
    )


class Halving(Counting):
    """Another common state alone."""

    @staticmethod
    @compiled
    def common(env, t, overall, common, common_next):
        common_next[0] = common[0] / 2


def test_whoever_inherits_a_game_may_change_one_function():
    simulation = Simulation(
        Scenario(environment=Halving(num_steps=4), learners="q_learning", network=PATH, horizon=Horizon(steps=4)),
        seed=1,
        replications=[0],
    )
    simulation.advance(2)
    assert simulation.environment.common.tolist() == [[2.5]]


class Astray(Counting):
    """Chances of .9, or a state too many, in the third step."""

    fault: int = parameter(0, "which")

    @staticmethod
    @compiled
    def step(env, t, s, a, z, successors, probabilities):
        successors[0] = 3 if env.fault == 1 and t == 2 else 0
        probabilities[0] = 0.9 if env.fault == 0 and t == 2 else 1.0


@pytest.mark.parametrize("fault", [0, 1])
@pytest.mark.parametrize("loop", [pytest.param("compiled", marks=pytest.mark.compiled), "as the suite runs"])
def test_agents_are_not_led_astray(fault, loop):
    scenario = Scenario(environment=Astray(fault=fault), learners="q_learning", network=PATH, horizon=Horizon(steps=9))
    with pytest.raises(ParameterError, match=r"Astray.step gave chances that are none, or a state that does not exist"):
        run(scenario)
