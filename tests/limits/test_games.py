"""What a game must be to have limits."""

import networkx as nx
import numpy as np
import pytest

from socialsim.core.compiled import compiled
from socialsim.core.errors import ParameterError
from socialsim.core.parameters import parameter
from socialsim.engine.aggregative import AggregativeGame
from socialsim.limits.checks import shown
from socialsim.limits.games import Game
from socialsim.limits.solvers import solve


class Faulty(AggregativeGame):
    """A game with one fault, or none."""

    num_states, num_actions, num_successors, steady = 2, 2, 2, True
    fault: int = parameter(0, "which")

    def initial(self):
        return np.array([0.5, 0.6 if self.fault == 5 else 0.5])

    @staticmethod
    @compiled
    def feature(env, s, a, features):
        features[0] = np.inf if env.fault == 6 and s == 1 else s

    @staticmethod
    @compiled
    def step(env, t, s, a, z, successors, probabilities):
        successors[0], successors[1] = s, 1 - s
        probabilities[0], probabilities[1] = 0.5, 0.5
        if env.fault == 1 and s == 1 and a == 0:
            probabilities[1] = 0.6
        if env.fault == 2 and s == 0 and a == 1:
            successors[1] = 2
        if env.fault == 4:
            probabilities[0], probabilities[1] = 1.0 - z[0] / 2, z[0] / 2

    @staticmethod
    @compiled
    def reward(env, t, s, a, z):
        return np.nan if env.fault == 3 and s == 1 and a == 1 else z[0]


def test_a_faultless_game_is_accepted():
    game = Game(Faulty(num_steps=3))
    successors, chances = game.step(0, 0.5)
    assert successors.tolist() == [[[0, 1], [0, 1]], [[1, 0], [1, 0]]]
    assert (chances == 0.5).all()
    assert game.reward(0, [0.25]).tolist() == [[0.25, 0.25], [0.25, 0.25]]
    assert game.features()[:, :, 0].tolist() == [[0.0, 0.0], [1.0, 1.0]]


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (1, r"faulty: step at t=0, s=1, a=0, z=\[0.0\] has the chances \[0.5, 0.6\]; accepted: .* sum to 1"),
        (2, r"faulty: step at t=0, s=0, a=1, z=\[0.0\] leads to state 2; accepted: 0 to 1"),
        (3, r"faulty: reward at t=0, s=1, a=1, z=\[0.0\] is nan; accepted: a finite number"),
        (4, r"faulty: is called steady, but its step depends on t or z"),
        (5, r"faulty: initial\(\) returned \[0.5, 0.6\]; accepted: 2 chances that sum to 1"),
        (6, r"faulty: feature\(1, 0\) is not finite"),
    ],
)
def test_a_fault_is_named_with_its_place(fault, message):
    with pytest.raises(ParameterError, match=message):
        Game(Faulty(num_steps=3, fault=fault))


class Remembering(AggregativeGame):
    """Who is paid for a change of what the function was asked for before: for a history that no state holds."""

    num_states, num_actions = 2, 2
    in_step: int = parameter(0, "whether the step remembers, and not the reward")

    def constants(self):
        return {"memory": (np.zeros(1),)}  # an array by itself could not be written to

    @staticmethod
    @compiled
    def step(env, t, s, a, z, successors, probabilities):
        successors[0], probabilities[0] = (int(env.memory[0][0]) if env.in_step else a), 1.0
        if env.in_step:
            env.memory[0][0] = s

    @staticmethod
    @compiled
    def reward(env, t, s, a, z):
        if env.in_step:
            return 0.0
        earned = abs(a - env.memory[0][0])
        env.memory[0][0] = a
        return earned


@pytest.mark.parametrize(("in_step", "name"), [(0, "rewards"), (1, "successors")])
def test_a_history_that_no_state_holds_is_found_out(in_step, name):
    with pytest.raises(ParameterError, match=rf"{name} at t=0, s=.*in another order; .* must be part of the state"):
        Game(Remembering(in_step=in_step))


class Stocked(Faulty):
    """Who moves by the common state, and is called steady."""

    def initial_common(self):
        return np.array([0.5])

    @staticmethod
    @compiled
    def step(env, t, s, a, z, successors, probabilities):
        successors[0], successors[1] = s, 1 - s
        probabilities[0], probabilities[1] = z[1], 1.0 - z[1]


def test_a_game_that_moves_by_its_common_state_is_not_steady():
    with pytest.raises(ParameterError, match="stocked: is called steady, but its step depends on t or z"):
        Game(Stocked(num_steps=3))


class Careless(AggregativeGame):
    """Who fills what it has been given in part: by fault, one feature of two, or one successor of two."""

    num_states, num_actions, num_successors, num_features = 2, 2, 2, 2
    fault: int = parameter(0, "which")

    @staticmethod
    @compiled
    def feature(env, s, a, features):
        if env.fault != 1:
            features[0] = features[1] = 0.0
        features[s] = 1.0

    @staticmethod
    @compiled
    def step(env, t, s, a, z, successors, probabilities):
        successors[0], probabilities[0] = a, 1.0
        if env.fault != 2 or s == 1:
            successors[1], probabilities[1] = s, 0.0

    @staticmethod
    @compiled
    def reward(env, t, s, a, z):
        return z[0]


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        (1, r"careless: feature\(0, 0\) does not fill number 1, which .* all 2 are filled"),
        (2, r"careless: step at t=0, s=0, a=0, z=\[1.0, 0.0\] does not fill successor 1 and its chance; .* all 2"),
    ],
)
def test_what_is_not_filled_is_found_out(fault, message):
    """In a limit it would be 0, and among agents what another one left there."""
    Game(Careless())
    with pytest.raises(ParameterError, match=message):
        Game(Careless(fault=fault))


class Late(AggregativeGame):
    """A game that is what it is taken for at the times and aggregates at which it is looked at first."""

    num_states, num_actions, num_signals = 2, 2, 2
    fault: int = parameter(0, "which")

    @staticmethod
    @compiled
    def feature(env, s, a, features):
        features[0] = s

    @staticmethod
    @compiled
    def step(env, t, s, a, z, successors, probabilities):
        successors[0], probabilities[0] = a, 1.0
        if t == 3 and s == 1:
            if env.fault == 1:
                successors[0] = 10**9
            if env.fault == 2:
                probabilities[0] = 0.75

    @staticmethod
    @compiled
    def reward(env, t, s, a, z):
        return np.inf if env.fault == 4 and t == 3 and z[0] == 0.25 else 1.0 * t

    @staticmethod
    @compiled
    def signal(env, t, z):
        return 2 if env.fault == 3 and t == 1 else 0


def check_later_faults():
    """Raise where a fault is not named."""
    away = np.array([[0.75, 0.25], [0.75, 0.25]])
    limit = Game(Late(num_steps=9)).mean_field()
    assert limit.exploitability(away) == 0.0
    for fault, message in (
        (1, r"late: step at t=3, s=1, a=0, z=\[0.25\] leads to state 1000000000; accepted: 0 to 1"),
        (2, r"late: step at t=3, s=1, a=0, z=\[0.25\] has the chances \[0.75\]"),
        (3, r"late: signal at t=1, z=\[0.25\] is 2; accepted: 0 to 1"),
        (4, r"late: reward at t=3, s=0, a=0, z=\[0.25\] is inf; accepted: a finite number"),
    ):
        limit = Game(Late(num_steps=9, fault=fault)).mean_field()
        for ask in (limit.evaluate, limit.exploitability):
            with pytest.raises(ParameterError, match=message):
                ask(away)


def test_a_fault_at_a_time_or_aggregate_that_was_not_looked_at_is_named_when_it_is_come_to():
    check_later_faults()


@pytest.mark.compiled
def test_a_fault_is_named_before_machine_code_writes_where_it_leads():
    check_later_faults()


def test_a_game_without_end_may_not_depend_on_time():
    with pytest.raises(ParameterError, match=r"late: rewards at t=1 are not those at t=0, .* num_steps > 0"):
        Game(Late(num_steps=0, discount=0.5))


class Unused(AggregativeGame):
    """A second successor that has no chance and is no state."""

    num_states, num_actions, num_successors = 2, 2, 2

    @staticmethod
    @compiled
    def step(env, t, s, a, z, successors, probabilities):
        successors[0], probabilities[0] = a, 1.0
        successors[1], probabilities[1] = -1, 0.0

    @staticmethod
    @compiled
    def reward(env, t, s, a, z):
        return 1.0 * s


def test_a_successor_without_a_chance_may_be_anything():
    limit = Game(Unused(num_steps=3)).mean_field()
    found = limit.evaluate(limit.uniform_policy())
    assert found.mean_return == pytest.approx(1.5)
    assert found.exploitability == pytest.approx(1.0)  # being in state 1 twice in place of half the time


def test_a_long_aggregate_is_not_printed_whole():
    assert shown(np.arange(4) / 4) == "[0.0, 0.25, 0.5, 0.75]"
    assert shown(np.arange(400.0)) == "[0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, ... 400 numbers]"


def test_a_graph_has_the_agents_that_it_has():
    game = Game(Faulty(num_steps=3))
    assert game.agents(nx.path_graph(4), 4).network.network.num_agents == 4
    with pytest.raises(
        ParameterError, match="num_agents: 7 is not accepted; accepted: 4, which the graph has, or none"
    ):
        game.agents(nx.path_graph(4), 7)


class Empty(Faulty):
    """A game without successors."""

    num_successors = 0


def test_sizes_of_nothing_are_refused():
    with pytest.raises(ParameterError, match="empty: num_successors = 0 is not accepted; accepted: 1 or more"):
        Game(Empty())


def test_what_is_no_limit_and_no_policy_is_refused():
    field = Game(Faulty(num_steps=2)).mean_field()
    with pytest.raises(ParameterError, match=r"limit: Game\(faulty: .*\) is not accepted; accepted: a Limit"):
        solve(Game(Faulty()))
    with pytest.raises(ParameterError, match="policy: 'uniform' is not accepted; accepted: an array of chances"):
        field.evaluate("uniform")


def test_games_and_what_they_earn_print_in_a_line():
    field = Game(Faulty(num_steps=2)).mean_field()
    assert repr(field) == "MeanField(faulty: 1 node)"
    assert repr(field.evaluate(field.uniform_policy())) == "Evaluation(mean_return=1, exploitability=0)"


def test_what_is_no_game_is_refused():
    with pytest.raises(ParameterError, match="accepted: an AggregativeGame"):
        Game("sis")
    with pytest.raises(ParameterError, match=r"z: .* is not accepted; accepted: 1 numbers"):
        Game(Faulty()).reward(0, [1.0, 2.0])
