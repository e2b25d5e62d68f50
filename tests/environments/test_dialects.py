import networkx as nx
import numpy as np
import pytest

from socialsim.core.errors import ParameterError
from socialsim.engine.run import run
from socialsim.engine.scenario import PresenceEvent
from socialsim.environments.dialects import Dialects, scenario
from socialsim.testing.links import by_hand

# --- By hand ---------------------------------------------------------------------------------------------------


def test_success_by_hand():
    success = Dialects().success()
    says, does = Dialects().codes()
    for i, j in ((10, 10), (10, 5), (5, 5), (0, 15), (6, 9)):
        assert success[i, j] == np.mean([does[j, says[i, s]] == s for s in (0, 1)])
    assert (success[10, 10], success[10, 5], success[5, 5]) == (1.0, 0.0, 1.0)


def test_payoffs_are_the_mean_over_neighbours_and_roles(version):
    env, rewards = Dialects().state(3), np.zeros(3)
    version(Dialects.advance)(env, by_hand(nx.path_graph(3)), np.array([10, 10, 5]), rewards, None)
    assert rewards.tolist() == [1.0, 0.5, 0.0]
    assert env.strategy.tolist() == [10, 10, 5]


def test_whoever_has_no_neighbours_gets_nothing():
    env, rewards = Dialects().state(2), np.full(2, -1.0)
    Dialects.advance(env, by_hand(nx.empty_graph(2)), np.array([10, 10]), rewards, None)
    assert rewards.tolist() == [0.0, 0.0]


# --- Theorems --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("n", "num_systems"), [(2, 2), (3, 6)])
def test_there_are_as_many_systems_as_ways_to_give_each_state_its_message(n, num_systems):
    game = Dialects(num_states=n, num_messages=n)
    assert len(game.systems()) == num_systems
    says, does = game.codes()
    for system in game.systems():
        assert sorted(says[system]) == list(range(n))
        assert (does[system][says[system]] == np.arange(n)).all()


def test_too_few_messages_make_no_system():
    assert len(Dialects(num_states=3, num_messages=2).systems()) == 0


def test_the_game_is_symmetric_and_best_between_equal_systems_and_who_decodes_what_the_other_says():
    payoffs = Dialects().state(4).payoffs
    assert (payoffs == payoffs.T).all()
    assert payoffs.max() == 1.0
    best = {(int(i), int(j)) for i, j in np.argwhere(payoffs == 1.0)}
    assert best == {(5, 5), (10, 10), (6, 9), (9, 6)}


# --- Limits ----------------------------------------------------------------------------------------------------


def test_neighbours_on_a_torus_end_in_regions_of_both_systems():
    result = run(scenario(), replications=10, seed=1, record_every=None)
    assert (result.runs.stop == "settled").all()
    assert result.metrics["system_share"].value > 0.99
    assert result.metrics["coexistence_rate"].value == 1.0
    assert result.runs.success.between(0.8, 1.0, inclusive="left").all()  # misunderstood at borders alone


def test_where_everybody_meets_everybody_at_most_one_system_is_left():
    result = run(scenario().replace({"network": "complete:n=200"}), replications=20, seed=1, record_every=None)
    assert (result.runs.num_systems <= 1).all()


def test_nobody_plays_with_one_who_has_left():
    gone = (PresenceEvent(0, 1, "leave"),)
    pair = scenario().replace({"network": "path:n=2", "horizon.steps": 3})
    result = run(type(pair)(pair.environment, "imitate_best", "path:n=2", 3, presence_events=gone), replications=5)
    assert (result.agents.payoff == 0.0).all()


# --- Bad input -------------------------------------------------------------------------------------------------


def test_games_of_too_many_strategies_are_refused():
    with pytest.raises(ParameterError, match=r"^environment.num_messages: 4 messages of 4 states make 65536"):
        Dialects(num_states=4, num_messages=4)
