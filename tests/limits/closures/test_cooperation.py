import math
import time

import networkx as nx
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from socialsim.core.errors import ParameterError
from socialsim.environments.evolution.theory import critical_ratio_of_alike, death_birth_fixation, donation_game
from socialsim.limits.closures.coalescence import cooperation_threshold
from socialsim.limits.closures.games_on_graphs import (
    RULES,
    critical_ratio_by_pairs,
    is_favoured,
    payoffs_on_graph,
    replicator,
)

payoffs = st.lists(st.floats(-5, 5), min_size=4, max_size=4).map(lambda row: np.reshape(row, (2, 2)))


# --- Coalescence -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "graph",
    [nx.cycle_graph(30), nx.circulant_graph(40, [1, 2]), nx.hypercube_graph(4), nx.grid_2d_graph(5, 6, periodic=True)],
    ids=["cycle", "ring of four neighbours", "hypercube", "torus"],
)
def test_where_all_are_alike_the_ratio_has_its_closed_form(graph):
    n, k = len(graph), next(iter(dict(graph.degree).values()))
    found = cooperation_threshold(nx.convert_node_labels_to_integers(graph))
    assert found.ratio == pytest.approx(critical_ratio_of_alike(n, k), rel=1e-9)
    assert found.favours == "cooperation"
    assert found.structure == pytest.approx((found.ratio + 1) / (found.ratio - 1), rel=1e-9)


@pytest.mark.parametrize("n", [4, 7, 20])
def test_where_all_meet_spite_alone_is_favoured(n):
    found = cooperation_threshold(f"complete:n={n}")
    assert found.ratio == pytest.approx(-(n - 1), rel=1e-9)
    assert found.favours == "spite"


@pytest.mark.parametrize("sizes", [(1, 5), (3, 4)])
def test_on_complete_bipartite_networks_nothing_is_favoured(sizes):
    found = cooperation_threshold(nx.complete_bipartite_graph(*sizes))
    assert (found.ratio, found.favours) == (math.inf, "neither")


@pytest.mark.parametrize("weighted", [False, True])
def test_the_effect_of_weak_selection_changes_its_sign_at_the_threshold(weighted):
    graph = nx.path_graph(6)
    graph.edges[0, 1]["weight"] = 5.0
    weights = nx.to_numpy_array(graph, weight="weight" if weighted else None)
    ratio = cooperation_threshold(graph, weighted=weighted).ratio
    effect = [death_birth_fixation(weights, donation_game(f * ratio, 1.0), 1e-4) - 1 / 6 for f in (0.95, 1.05)]
    assert effect[0] < 0 < effect[1]


@pytest.mark.parametrize("game", [[[1.0, 0.2], [0.4, 0.6]], [[3.0, 0.0], [4.0, 1.0]], [[0.0, 1.4], [1.0, 0.5]]])
def test_any_game_is_decided_by_the_structure_coefficient(game):
    """Selection favours the first of two strategies if it makes more of its mutants than of the other's take over."""
    weights = nx.to_numpy_array(nx.lollipop_graph(3, 3))
    turned = np.array(game)[::-1, ::-1]
    gap = death_birth_fixation(weights, game, 1e-4) - death_birth_fixation(weights, turned, 1e-4)
    assert cooperation_threshold(weights).favours_first(game) == (gap > 0)


def test_a_thousand_agents_are_seconds_of_work():
    started = time.process_time()
    found = cooperation_threshold(nx.random_regular_graph(4, 1000, seed=3))
    assert time.process_time() - started < 10.0
    assert found.ratio == pytest.approx(4.0, rel=0.01)


@pytest.mark.parametrize(
    ("network", "message"),
    [
        (
            nx.disjoint_union(nx.cycle_graph(5), nx.cycle_graph(3)),
            "network: it falls apart into 2 parts of 5, 3 agents; accepted: a connected one",
        ),
        (nx.DiGraph([(0, 1), (1, 2), (2, 0)]), "network: some link is not mutual; accepted by coalescence times"),
        ("path:n=2", "network: 2 agents are not accepted; accepted: 3 to 3000"),
        (np.array([[0.0, 1.0], [1.0, 0.0], [0.0, 0.0]]), "network: accepted: a square matrix"),
    ],
    ids=["in parts", "one way", "two", "not square"],
)
def test_a_network_that_has_no_threshold_is_refused(network, message):
    with pytest.raises(ParameterError, match=message):
        cooperation_threshold(network)


@pytest.mark.parametrize("game", [np.eye(3), [[np.nan, 1.0], [1.0, 1.0]]], ids=["three", "not a number"])
def test_a_game_that_is_not_of_two_strategies_is_refused(game):
    with pytest.raises(ParameterError, match="payoffs: accepted: two rows of two finite numbers"):
        cooperation_threshold("cycle:n=5").favours_first(game)


# --- Pairs -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("k", [3, 4, 10])
def test_helping_pays_beyond_the_number_of_neighbours_or_two_more_or_never(k):
    assert [critical_ratio_by_pairs(k, rule) for rule in RULES] == [math.inf, k, k + 2]


@pytest.mark.parametrize("k", [3, 4, 10])
def test_large_networks_of_agents_alike_ask_for_what_pairs_ask_for(k):
    sizes = np.array([1e3, 1e4, 1e5])
    gaps = [critical_ratio_of_alike(int(n), k) - critical_ratio_by_pairs(k, "death_birth") for n in sizes]
    assert np.polyfit(np.log(sizes), np.log(gaps), 1)[0] == pytest.approx(-1.0, abs=0.02)


@given(payoffs, st.integers(3, 20))
def test_death_birth_favours_by_the_published_inequality(game, k):
    (a, b), (c, d) = game
    left = (k + 1) ** 2 * a + (2 * k**2 - 2 * k - 1) * b
    right = (k**2 - k + 1) * c + (2 * k**2 + k - 1) * d
    if abs(left - right) > 1e-6:
        assert is_favoured(game, k, "death_birth") == (left > right)


@given(payoffs, st.sampled_from(RULES))
def test_with_many_neighbours_the_payoffs_are_those_of_a_crowd(game, rule):
    assert payoffs_on_graph(game, 10**9, rule) == pytest.approx(game, abs=1e-6)


@given(payoffs, st.integers(3, 20), st.sampled_from(RULES))
def test_competition_takes_from_one_what_it_gives_another(game, k, rule):
    gain = payoffs_on_graph(game, k, rule) - game
    assert gain == pytest.approx(-gain.T, abs=1e-9)


def test_hawks_and_doves_rest_where_both_earn_the_same():
    game = [[-0.5, 2.0], [0.0, 1.0]]
    end = replicator(game, 5, "imitation", [0.0, 300.0], [0.5, 0.5])[-1]
    on_graph = payoffs_on_graph(game, 5, "imitation")
    earned = on_graph @ end
    assert end.sum() == pytest.approx(1.0)
    assert (end > 0.01).all()
    assert earned[0] == pytest.approx(earned[1], abs=1e-7)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: payoffs_on_graph([[1.0, 2.0]], 4, "imitation"), "payoffs: accepted: a square matrix"),
        (lambda: payoffs_on_graph(np.eye(2), 2, "imitation"), "num_neighbours: 2 is not accepted; accepted: above 2"),
        (lambda: payoffs_on_graph(np.eye(2), 4, "moran"), "rule: 'moran' is not accepted; accepted: birth_death"),
        (lambda: is_favoured(np.eye(3), 4, "imitation"), "payoffs: 3 strategies are not accepted; accepted: 2"),
        (lambda: replicator(np.eye(2), 4, "imitation", [1.0], [0.5, 0.6]), "initial: accepted: 2 shares >= 0"),
    ],
)
def test_what_is_not_accepted_is_named(make, message):
    with pytest.raises(ParameterError, match=message):
        make()
