"""Random families: distributions and invariants."""

from collections import Counter
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from socialsim.core.errors import NetworkError
from socialsim.networks import random_graphs
from socialsim.networks.random_graphs import _pairs, _successes


def pairs_of(network):
    targets, sources, _ = network.edges()
    return frozenset((u, v) for u, v in zip(sources.tolist(), targets.tolist(), strict=True) if u < v)


def draws(generate, number, **parameters):
    rng = np.random.default_rng(20)
    return [pairs_of(generate(**parameters, rng=rng)) for _ in range(number)]


def assert_frequencies(counts, chances, number):
    """A chi-squared test that a correct generator fails once in a million seeds (this one is fixed)."""
    assert counts.keys() <= chances.keys()
    common = [outcome for outcome, chance in chances.items() if chance * number >= 5]
    observed = np.array([counts[outcome] for outcome in common])
    expected = number * np.array([chances[outcome] for outcome in common])
    if len(common) < len(chances):
        observed = np.append(observed, number - observed.sum())
        expected = np.append(expected, number - expected.sum())
    assert stats.chisquare(observed, expected).pvalue > 1e-6


def test_every_graph_of_erdos_renyi_has_its_chance():
    p, pairs = 0.3, list(combinations(range(3), 2))
    chances = {
        frozenset(edges): p**size * (1 - p) ** (3 - size) for size in range(4) for edges in combinations(pairs, size)
    }
    assert_frequencies(Counter(draws(random_graphs.erdos_renyi, 3000, n=3, p=p)), chances, 3000)


def test_every_pair_of_erdos_renyi_is_joined_equally_often():
    number = 2000
    counts = Counter(pair for edges in draws(random_graphs.erdos_renyi, number, n=8, p=0.2) for pair in edges)
    observed = np.array([counts[pair] for pair in combinations(range(8), 2)])
    statistic = ((observed - number * 0.2) ** 2 / (number * 0.2 * 0.8)).sum()
    assert 1e-6 < stats.chi2.sf(statistic, 28) < 1 - 1e-6


def test_blocks_are_joined_with_their_chances():
    number = 1500
    edges = draws(random_graphs.stochastic_block, number, sizes=[4, 3], within=0.5, between=0.1)
    inside = sum((u < 4) == (v < 4) for graph in edges for u, v in graph)
    across = sum(map(len, edges)) - inside
    assert stats.binomtest(inside, number * 9, 0.5).pvalue > 1e-6
    assert stats.binomtest(across, number * 12, 0.1).pvalue > 1e-6


def test_blocks_are_an_attribute_of_the_agents():
    network = random_graphs.stochastic_block(sizes=[2, 3], rng=np.random.default_rng(1))
    assert network.node_attributes["block"].tolist() == [0, 0, 1, 1, 1]


def test_newcomers_of_barabasi_albert_prefer_by_degree():
    number = 4000
    edges = draws(random_graphs.barabasi_albert, number, n=4, m=1)
    third = Counter(next(pair for pair in graph if pair[1] == 2)[0] for graph in edges)
    assert_frequencies(third, {0: 0.5, 1: 0.5}, number)
    hub = Counter(next(u for u, v in graph if v == 3) for graph in edges if (0, 2) in graph)
    assert_frequencies(hub, {0: 0.5, 1: 0.25, 2: 0.25}, hub.total())


def test_degrees_of_barabasi_albert_have_the_tail_of_its_theory():
    """P(degree = k) -> 2 m (m + 1) / (k (k + 1) (k + 2)), so that P(degree >= k) = m (m + 1) / (k (k + 1))."""
    degree = random_graphs.barabasi_albert(n=20_000, m=2, rng=np.random.default_rng(3)).in_degree
    for k in (2, 3, 5, 10, 20):
        assert (degree >= k).mean() == pytest.approx(6 / (k * (k + 1)), abs=0.015)


@given(st.integers(2, 30), st.integers(1, 29), st.integers(0, 2**32))
@settings(max_examples=30)
def test_barabasi_albert_has_m_edges_a_newcomer_and_is_connected(n, m, seed):
    if m < n:
        network = random_graphs.barabasi_albert(n=n, m=m, rng=np.random.default_rng(seed))
        assert network.num_edges == 2 * (m + m * (n - m - 1))
        assert network.is_connected


@given(st.integers(3, 25), st.integers(1, 12), st.floats(0, 1), st.integers(0, 2**32))
@settings(max_examples=50)
def test_rewiring_keeps_the_number_of_edges(n, half, p, seed):
    if 2 * half < n:
        network = random_graphs.watts_strogatz(n=n, k=2 * half, p=p, rng=np.random.default_rng(seed))
        assert network.num_edges == 2 * n * half
        assert (network.in_degree >= half).all()


def rewirings(n, p):
    """The exact chance of every graph that comes of a ring of n with k = 2, following the definition edge by edge."""
    chances = {frozenset(tuple(sorted((u, (u + 1) % n))) for u in range(n)): 1.0}
    for u in range(n):
        edge, following = tuple(sorted((u, (u + 1) % n))), Counter()
        for graph, chance in chances.items():
            free = [v for v in range(n) if v != u and tuple(sorted((u, v))) not in graph]
            following[graph] += chance * (1 - p if free else 1)
            for v in free:
                following[graph - {edge} | {tuple(sorted((u, v)))}] += chance * p / len(free)
        chances = following
    return chances


@pytest.mark.parametrize(("n", "p"), [(4, 0.8), (5, 0.6)])
def test_every_graph_of_watts_strogatz_has_its_chance(n, p):
    edges = draws(random_graphs.watts_strogatz, 4000, n=n, k=2, p=p)
    assert_frequencies(Counter(edges), rewirings(n, p), 4000)


def test_the_share_of_rewired_edges_is_p():
    n, k, p = 2000, 6, 0.2
    lattice = pairs_of(random_graphs.watts_strogatz(n=n, k=k, p=0.0, rng=np.random.default_rng(1)))
    rewired = pairs_of(random_graphs.watts_strogatz(n=n, k=k, p=p, rng=np.random.default_rng(1)))
    moved = len(lattice - rewired)
    assert stats.binomtest(moved, n * k // 2, p).pvalue > 1e-4


@given(st.integers(1, 12), st.integers(0, 6), st.integers(0, 2**32))
@settings(max_examples=25)
def test_random_regular_gives_everybody_d_neighbours(n, d, seed):
    if d < n and n * d % 2 == 0:
        network = random_graphs.random_regular(n=n, d=d, rng=np.random.default_rng(seed))
        assert set(network.in_degree.tolist()) == {d}


@pytest.mark.parametrize(
    ("generate", "parameters", "message"),
    [
        (random_graphs.watts_strogatz, {"n": 10, "k": 3}, "accepted: an even k less than n"),
        (random_graphs.watts_strogatz, {"n": 4, "k": 4}, "accepted: an even k less than n"),
        (random_graphs.barabasi_albert, {"n": 3, "m": 3}, "accepted: m less than n"),
        (random_graphs.random_regular, {"n": 3, "d": 1}, "accepted: d less than n, and n d even"),
        (random_graphs.random_regular, {"n": 3, "d": 4}, "accepted: d less than n, and n d even"),
    ],
)
def test_parameters_that_do_not_go_together_are_refused(generate, parameters, message):
    with pytest.raises(NetworkError, match=message):
        generate(**parameters, rng=np.random.default_rng(1))


def test_the_list_of_pairs_is_the_same_for_small_and_very_large_places():
    low, high = _pairs(np.arange(10))
    assert list(zip(low.tolist(), high.tolist(), strict=True)) == [(u, v) for v in range(5) for u in range(v)]
    for v in (94_906_267, 2**27 + 1, 3_000_000_019):
        first = v * (v - 1) // 2
        low, high = _pairs(np.array([first - 1, first, first + v - 1, first + v]))
        assert high.tolist() == [v - 1, v, v, v + 1]
        assert low.tolist() == [v - 2, 0, v - 1, 0]


@given(st.integers(0, 10**15), st.sampled_from([0.0, 1e-300, 1e-14, 1e-13]))
def test_successes_are_ascending_places_among_the_trials(total, p):
    places = _successes(total, p, np.random.default_rng(1))
    assert (np.diff(places) > 0).all()
    assert ((places >= 0) & (places < total)).all()


def test_certain_trials_all_succeed():
    assert _successes(1000, 1.0, np.random.default_rng(1)).tolist() == list(range(1000))
