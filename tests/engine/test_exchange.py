"""What agents hear, against matrix products written down by hand."""

from __future__ import annotations

import networkx as nx
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from socialsim.engine.scenario import Scenario
from socialsim.engine.simulation import Simulation
from socialsim.networks.network import Network
from socialsim.testing.strategies import networks

SLOW = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def step_once(environment, learner, network):
    simulation = Simulation(Scenario(environment(), learner(), network, 1), seed=1, replications=[0])
    simulation.advance(1)
    return simulation.learners["agent"]


def adjacency(network: Network) -> np.ndarray:
    matrix = np.zeros((network.num_agents, network.num_agents))
    targets, sources, weights = network.edges()
    matrix[targets, sources] = weights
    return matrix


@SLOW
@given(networks())
def test_a_sum_is_the_adjacency_matrix_times_the_messages(models, network):
    opinions = 1.0 + np.arange(network.num_agents)
    heard = step_once(models["Silence"], models["Adding"], network).heard[0]
    assert np.allclose(heard, (adjacency(network) > 0) @ opinions)


@SLOW
@given(networks())
def test_whoever_hears_itself_hears_its_own_message_as_well(models, network):
    opinions = 1.0 + np.arange(network.num_agents)
    heard = step_once(models["Silence"], models["AddingItself"], network).heard[0]
    assert np.allclose(heard, (adjacency(network) > 0) @ opinions + opinions)


@SLOW
@given(networks(weighted=True))
def test_weights_multiply_only_for_a_model_that_asks_for_them(models, network):
    opinions = 1.0 + np.arange(network.num_agents)
    matrix = adjacency(network)
    linked = np.zeros_like(matrix)
    targets, sources, _ = network.edges()
    linked[targets, sources] = 1.0
    assert np.allclose(step_once(models["Weighted"], models["Adding"], network).heard[0], matrix @ opinions)
    assert np.allclose(step_once(models["Silence"], models["Adding"], network).heard[0], linked @ opinions)


@SLOW
@given(networks(weighted=True))
def test_edge_by_edge_a_silent_neighbour_is_not_heard(models, network):
    opinions = 1.0 + np.arange(network.num_agents)
    speaks = np.arange(network.num_agents) % 3 != 0
    learner = step_once(models["Weighted"], models["Listening"], network)
    targets, sources, _ = network.edges()
    assert np.allclose(learner.heard[0], adjacency(network) @ (opinions * speaks))
    assert np.array_equal(learner.num_heard[0], np.bincount(targets[speaks[sources]], minlength=network.num_agents))


@pytest.mark.parametrize("network", ["complete:n=9", "cycle:n=9", "cycle:n=100", "ring_lattice:n=90,k=6", "star:n=9"])
def test_every_kind_of_network_gives_the_sum_of_its_graph(models, network):
    simulation = Simulation(Scenario(models["Silence"](), models["Adding"](), network, 1), seed=1, replications=[0])
    simulation.advance(1)
    graph = simulation.networks[0].to_networkx()
    opinions = 1.0 + np.arange(graph.number_of_nodes())
    assert np.allclose(simulation.learners["agent"].heard[0], nx.to_numpy_array(graph) @ opinions)


@pytest.mark.parametrize("network", ["complete:n=7", "cycle:n=7", "karate"])
def test_rows_of_numbers_add_up_too(models, network):
    simulation = Simulation(Scenario(models["Silence"](), models["AddingRows"](), network, 1), seed=1, replications=[0])
    simulation.advance(1)
    matrix = (nx.to_numpy_array(simulation.networks[0].to_networkx()) > 0).astype(float)
    opinions = 1.0 + np.arange(len(matrix))
    assert np.allclose(simulation.learners["agent"].heard[0], matrix @ opinions)
    assert np.array_equal(simulation.learners["agent"].num_heard[0], matrix.sum(axis=1))


def test_on_a_directed_edge_the_source_informs_the_target(models):
    graph = nx.DiGraph([("teacher", "pupil")])
    learner = step_once(models["Silence"], models["Adding"], graph)
    assert learner.heard[0].tolist() == [0.0, 1.0]


def test_an_announcement_travels_between_acting_and_outcomes(models):
    learner = step_once(models["Silence"], models["Announcing"], "path:n=3")
    assert learner.heard[0].tolist() == [12.0, 11.0 + 13.0, 12.0]


def test_observations_and_actions_may_be_rows_of_numbers(models):
    scenario = Scenario(models["Windows"](), models["Watcher"](), "cycle:n=4", 3)
    simulation = Simulation(scenario, seed=1, replications=[0, 1])
    simulation.advance(3)
    learner, engine = simulation.learners["agent"], simulation.engine
    assert learner.before[0].tolist() == [2.0, 5.0, 8.0, 11.0]
    assert learner.after[0].tolist() == [3.0, 6.0, 9.0, 12.0]
    assert np.array_equal(engine.rewards, engine.actions[..., 0] * engine.actions[..., 1])
    assert not np.array_equal(engine.actions[0, :, 1], engine.actions[1, :, 1])
