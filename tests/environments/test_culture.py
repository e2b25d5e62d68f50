"""Axelrod's cultures."""

import math

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from socialsim.core.errors import ParameterError
from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.engine.simulation import Simulation
from socialsim.environments.culture import METRICS, Culture, num_shared, scenario
from socialsim.learning.assimilation import Assimilation
from socialsim.metrics.opinions import camps
from socialsim.testing.strategies import networks


def a_learner(num_features, num_traits):
    specification = Culture(num_features=num_features, num_traits=num_traits).specification("agent", 2)
    return Assimilation().state(specification, 2)


def shared_traits(culture, first, second):
    return int((culture[first] == culture[second]).sum())


# --- By hand ---------------------------------------------------------------------------------------------------


def test_one_of_the_traits_that_differ_is_taken_over_each_as_often(version, stream):
    seen = np.array([1.0, 2.0, 0.0, 4.0, 1.0, 3.0, 0.0, 0.0])  # features 1 and 3 differ, and are 3 and 0 beside
    found = np.bincount([version(Assimilation.act)(a_learner(4, 5), 0, seen, stream) for _ in range(1000)])
    assert np.flatnonzero(found).tolist() == [1 * 5 + 3, 3 * 5 + 0]
    assert found[8] == pytest.approx(500, abs=4 * math.sqrt(250))


def test_a_site_sees_its_culture_and_its_neighbours(version):
    env, out = Culture(num_features=2).state(3), np.zeros(4)
    env.culture[:] = [[1, 2], [3, 4], [5, 6]]
    env.pair[:] = [1, 2]
    version(Culture.observe)(env, None, 1, out)
    assert out.tolist() == [3, 4, 5, 6]


def test_similarity_counts_the_features_that_agree(version):
    env = Culture(num_features=3).state(2)
    env.culture[:] = [[1, 2, 3], [1, 0, 3]]
    assert version(num_shared)(env, 0, 1) == 2


def test_two_sites_interact_as_often_as_they_are_alike():
    simulation = Simulation(
        Scenario(Culture(num_features=5), "assimilation", "path:n=2"), seed=1, replications=range(4000)
    )
    simulation.advance(0)
    simulation.environment.culture[:] = [[0, 0, 0, 0, 0], [0, 0, 1, 1, 1]]
    simulation.environment.at_rest[:] = 0
    simulation.status[:] = 0
    simulation.advance(1)
    changed = (simulation.environment.culture[:, 0] != 0).any(axis=1) | (
        simulation.environment.culture[:, 1, 2:] == 0
    ).any(axis=1)
    assert changed.mean() == pytest.approx(0.4, abs=4 * math.sqrt(0.24 / 4000))


# --- Invariants ------------------------------------------------------------------------------------------------


@settings(max_examples=25, deadline=None)
@given(networks(), st.integers(1, 4), st.integers(2, 4), st.integers(0, 2**32))
def test_at_rest_and_only_then_no_two_neighbours_can_change_each_other(network, features, traits, seed):
    model = Scenario(Culture(num_features=features, num_traits=traits), "assimilation", network, 2000)
    simulation = Simulation(model, seed=seed, replications=range(4))
    simulation.advance(0)
    at_first = simulation.environment.culture.copy()
    simulation.advance(2000)
    env = simulation.environment
    targets, sources, _ = network.edges()
    for r, culture in enumerate(env.culture):
        alike = [shared_traits(culture, i, j) for i, j in zip(targets, sources, strict=True)]
        assert (env.at_rest[r, 0] == 1) == all(shared in (0, features) for shared in alike)
        assert all(set(culture[:, f]) <= set(at_first[r][:, f]) for f in range(features))  # no trait is invented


@settings(max_examples=25, deadline=None)
@given(st.integers(2, 4), st.integers(2, 6), st.booleans(), st.integers(0, 2**32))
def test_regions_are_the_camps_of_equal_cultures(rows, columns, periodic, seed):
    lattice = f"grid:rows={rows},columns={columns},periodic={str(periodic).lower()}"
    result = run(scenario().replace({"network": lattice, "environment.num_traits": 6}), replications=3, seed=seed)
    network = scenario().replace({"network": lattice}).network.draw()
    sizes = camps(result.agents.culture, network.indptr, network.sources)
    assert result.runs.num_regions[0] == len(sizes)
    assert result.runs.largest_share[0] == sizes[0] / network.num_agents
    assert result.runs.num_cultures[0] == result.agents.culture.nunique()
    assert result.runs.verdict[0] == (0 if len(sizes) == 1 else 1)


# --- Theorems and limits ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("features", "traits"), [(1, 3), (2, 4), (5, 10)])
def test_two_sites_come_to_agree_unless_they_have_nothing_in_common(features, traits):
    """P(one culture) = 1 - (1 - 1/q)^F; for F = 1 nothing ever changes."""
    culture = Culture(num_features=features, num_traits=traits)
    model = Scenario(culture, "assimilation", "path:n=2", 100_000, METRICS)
    result = run(model, replications=2000, seed=2, record_every=None)
    chance = 1 - (1 - 1 / traits) ** features
    assert result.metrics["one_culture_rate"].value == pytest.approx(
        chance, abs=4 * math.sqrt(chance * (1 - chance) / 2000)
    )
    assert (result.runs.steps == 0).all() == (features == 1)


def events_to_agree(num_features):
    """Return the expected events in which two sites that share one feature of F agree on all: sum of F / s."""
    return sum(num_features / shared for shared in range(1, num_features))


def test_the_run_ends_in_the_event_of_the_last_change():
    simulation = Simulation(Scenario(Culture(), "assimilation", "path:n=2", 10**6), seed=3, replications=range(3000))
    simulation.advance(0)
    simulation.environment.culture[:] = [[0, 0, 0, 0, 0], [0, 1, 1, 1, 1]]
    simulation.environment.at_rest[:] = 0
    simulation.environment.num_regions[:] = -1
    simulation.status[:] = 0
    simulation.clock[:] = 0
    simulation.advance(10**6)
    expected = events_to_agree(5)
    deviation = math.sqrt(sum((1 - s / 5) / (s / 5) ** 2 for s in range(1, 5)))
    assert simulation.clock.mean() == pytest.approx(expected, abs=4 * deviation / math.sqrt(3000))


@pytest.mark.compiled
def test_more_traits_leave_more_regions_and_more_features_fewer():
    few, more, features = (
        run(scenario().replace(changes), replications=40, seed=1, record_every=None).metrics["num_regions"].value
        for changes in ({}, {"environment.num_traits": 15}, {"environment.num_features": 10})
    )
    assert features < few < more


@pytest.mark.compiled
def test_rare_drift_lets_one_culture_win_and_frequent_drift_does_not():
    """Klemm et al. 2003: at q above the critical number, rest has many regions; noise unsettles them."""
    model = scenario().replace(
        {"network": "grid:rows=5,columns=5", "environment.num_traits": 20, "horizon.steps": 500_000}
    )
    still, rare, much = (
        run(model.replace({"environment.drift": drift}), replications=20, seed=1, record_every=None).runs
        for drift in (0.0, 1e-3, 0.3)
    )
    assert (still.stop == "done").all()
    assert (rare.stop == "horizon").all()
    assert rare.num_cultures.mean() < 4 < 8 < still.num_cultures.mean()
    assert much.num_cultures.mean() > 15
    assert rare.num_regions.isna().all()


def test_rest_on_a_directed_network_is_seen_too():
    graph = nx.DiGraph([(0, 1), (1, 2)])  # 0 informs 1 informs 2
    result = run(Scenario(Culture(num_traits=2), "assimilation", graph, 10**5), replications=50, seed=1)
    assert (result.runs.stop == "done").all()


# --- Bad input -------------------------------------------------------------------------------------------------


def test_the_rule_is_refused_where_no_cultures_are_seen():
    from socialsim.environments.opinions import scenario as opinions

    with pytest.raises(ParameterError, match="agents see: own culture, then the neighbour's"):
        run(opinions().replace({"learner": "assimilation"}), replications=1)


@pytest.mark.parametrize(
    ("path", "value", "accepted"),
    [
        ("environment.num_features", 0, "an int, >= 1, <= 100"),
        ("environment.num_traits", 1, "an int, >= 2, <= 10000"),
        ("environment.drift", -0.1, "a float, >= 0, <= 1"),
    ],
)
def test_a_value_out_of_range_is_named_by_its_path_with_what_is_accepted(path, value, accepted):
    with pytest.raises(ParameterError) as error:
        scenario().replace({path: value})
    assert str(error.value) == f"{path}: {value!r} is not accepted; accepted: {accepted}"
