import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest, chisquare

from socialsim.core.errors import ParameterError
from socialsim.engine.interface import Discrete, Specification
from socialsim.engine.run import run
from socialsim.engine.simulation import Simulation
from socialsim.environments.minority import scenario
from socialsim.learning.inductive import BestNeighbour, Inductive

UNLIKELY = 1e-4


def specification(num_observations=4, payoff_sum=0.0, num_actions=2):
    return Specification(Discrete(num_actions), Discrete(num_observations), {"payoff_sum": payoff_sum})


def a_state(learner=Inductive, num_agents=1, payoff_sum=0.0, **parameters):
    return learner(**parameters).state(specification(payoff_sum=payoff_sum), num_agents)


# --- By hand ---------------------------------------------------------------------------------------------------


def test_two_strategies_are_scored_by_what_they_would_have_paid(version, stream):
    state = a_state()
    state.strategies[2, 0] = [0, 1]
    state.scores[0] = 1.0  # the second leads
    assert version(Inductive.act)(state, 0, 2, stream) == 1
    version(Inductive.learn)(state, 0, 2, 1, -3.0, 0, stream)
    assert state.scores[0] == -5.0  # the second lost 3, the first won 3
    assert version(Inductive.act)(state, 0, 2, stream) == 0
    version(Inductive.learn)(state, 0, 2, 0, 2.0, 0, stream)
    assert state.scores[0] == -9.0


def test_strategies_that_agree_keep_their_distance(version, stream):
    state = a_state()
    state.strategies[1, 0] = [1, 1]
    state.scores[0] = -2.0
    assert version(Inductive.act)(state, 0, 1, stream) == 1
    version(Inductive.learn)(state, 0, 1, 1, 5.0, 0, stream)
    assert state.scores[0] == -2.0


def test_three_strategies_are_scored_apart(version, stream):
    state = a_state(num_strategies=3, payoff_sum=1.0)
    state.strategies[3, 0] = [0, 1, 1]
    state.scores[0] = [0.0, 2.0, 5.0]
    assert version(Inductive.act)(state, 0, 3, stream) == 1
    version(Inductive.learn)(state, 0, 3, 1, 0.25, 0, stream)
    assert state.scores[0].tolist() == [0.75, 2.25, 5.25]


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(-9, 9)), min_size=1, max_size=30))
def test_the_difference_of_two_scores_is_that_of_scores_kept_apart(rounds):
    stream, pair, apart = np.arange(1, 5, dtype=np.uint64), a_state(), a_state(num_strategies=3)
    pair.strategies[:, 0] = [[0, 1], [1, 0], [1, 1], [0, 0]]
    apart.strategies[:, 0, :2] = pair.strategies[:, 0]
    apart.scores[0, 2] = -1e9  # a third that is never followed
    for observation, size in rounds:
        action = Inductive.act(pair, 0, observation, stream)
        Inductive.learn(pair, 0, observation, action, float(size), 0, stream)
        Inductive.learn(apart, 0, observation, action, float(size), 0, stream)
    assert pair.scores[0] == apart.scores[0, 1] - apart.scores[0, 0]


def test_ties_are_broken_by_coin(stream):
    pair, many = a_state(), a_state(num_strategies=4)
    pair.strategies[0, 0] = [0, 1]
    taken = sum(Inductive.act(pair, 0, 0, stream) for _ in range(4000))
    assert binomtest(int(taken), 4000).pvalue > UNLIKELY
    many.scores[0] = [1.0, 3.0, 3.0, 3.0]
    many.strategies[0, 0] = [0, 0, 1, 0]
    taken = sum(Inductive.act(many, 0, 0, stream) for _ in range(4000))
    assert chisquare([taken, 4000 - taken], [4000 / 3, 8000 / 3]).pvalue > UNLIKELY


def test_strategies_are_drawn_with_the_stated_chance(stream):
    learner = Inductive(chance=0.3, num_strategies=5)
    state = learner.state(specification(64), 20)
    for i in range(20):
        Inductive.initialise(state, i, stream)
    assert binomtest(int(state.strategies.sum()), state.strategies.size, 0.3).pvalue > UNLIKELY


def test_the_range_of_scores_is_shown():
    assert Inductive().columns(a_state()._replace(scores=np.array([[-3.0]])))["score_range"].tolist() == [[3.0]]
    many = a_state(num_strategies=3)._replace(scores=np.array([[[1.0, 4.0, 2.0]]]))
    assert Inductive(num_strategies=3).columns(many)["score_range"].tolist() == [[3.0]]


# --- Bad input -------------------------------------------------------------------------------------------------


def test_it_needs_two_actions_whose_payoffs_it_can_infer():
    with pytest.raises(ParameterError, match="'inductive' chooses between two actions, not 3"):
        Inductive().state(specification(num_actions=3), 1)
    with pytest.raises(ParameterError, match="the learner needs the fact 'payoff_sum'"):
        Inductive().state(Specification(Discrete(2), Discrete(3)), 1)
    with pytest.raises(ParameterError, match="num_strategies: 0 is not accepted; accepted: an int, >= 1, <= 100"):
        Inductive(num_strategies=0)


# --- Followers -------------------------------------------------------------------------------------------------


def test_followers_do_what_the_most_successful_neighbour_recommends(version, stream):
    state, out = a_state(BestNeighbour, num_agents=3), np.zeros(2)
    state.strategies[0] = [[0, 0], [1, 1], [0, 0]]
    state.num_right[:] = [3, 7, 5]
    for i in range(3):
        version(BestNeighbour.speak)(state, i, 0, stream, out)
        assert int(out[0]) == state.num_right[i]
        assert out[1] == state.strategies[0, i, 0]
    for j in (2, 1):
        version(BestNeighbour.hear)(state, 0, j, 1.0, np.array([state.rank[j], state.heard[j]]))
    version(BestNeighbour.hear)(state, 1, 2, 1.0, np.array([state.rank[2], 0.0]))
    assert [version(BestNeighbour.act)(state, i, 0, stream) for i in range(3)] == [1, 1, 0]
    assert state.leader.tolist() == [1, 1, 2]


def test_followers_count_whether_they_would_have_been_right_themselves(version, stream):
    state = a_state(BestNeighbour, num_agents=2, payoff_sum=1.0)
    state.advice[:] = [0, 1]
    for i in range(2):
        version(BestNeighbour.learn)(state, i, 0, 1, 1.0, 0, stream)  # both took 1, which won
    assert state.num_right.tolist() == [0, 1]


def test_without_links_followers_follow_themselves():
    alone = scenario().replace({"learner": "best_neighbour", "network": "erdos_renyi:n=21,p=0.0", "horizon.steps": 50})
    simulation = Simulation(alone, seed=1, replications=range(2))
    simulation.advance(50)
    assert (simulation.learners["agent"].leader == np.arange(21)).all()


def test_where_all_hear_all_everybody_follows_one_and_the_majority_is_everybody():
    herd = scenario().replace({"learner": "best_neighbour", "network": "complete:n=11", "environment.burn_in": 5})
    result = run(herd.replace({"horizon.steps": 200}), replications=3, seed=1, record_every=None)
    assert result.metrics["volatility"].value == 11.0
    assert result.metrics["win_share"].value == 0.0


def test_leaders_are_neighbours():
    import networkx as nx

    graph = nx.gnp_random_graph(21, 0.2, seed=4)
    herd = scenario().replace({"learner": "best_neighbour", "network": graph, "horizon.steps": 30})
    simulation = Simulation(herd, seed=1, replications=range(3))
    simulation.advance(30)
    for run_leaders in simulation.learners["agent"].leader:
        assert all(i == j or graph.has_edge(i, int(j)) for i, j in enumerate(run_leaders))
