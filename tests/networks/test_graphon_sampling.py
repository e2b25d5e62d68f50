"""Networks from graphons: chances of edges, degrees, seeds, and what is refused."""

import time

import numpy as np
import pytest
from scipy import stats

from socialsim.core.errors import NetworkError, ParameterError
from socialsim.networks import load, parse
from socialsim.networks.graphon_sampling import draw_positions, sample
from socialsim.networks.graphons import Graphon, PowerLaw, StepGraphon, as_graphon

GRAPHONS = {
    "a function": Graphon(lambda x, y: (x + y) / 2),
    "blocks": StepGraphon([[0.9, 0.1], [0.1, 0.4]], sizes=[0.4, 0.6]),
    "a power law": PowerLaw(0.4),
    "factors": as_graphon("ranked_attachment"),
}


@pytest.mark.parametrize("rho", [1.0, 0.4])
@pytest.mark.parametrize("name", GRAPHONS)
def test_each_pair_is_linked_with_its_chance(name, rho):
    number, graphon, rng = 1500, GRAPHONS[name], np.random.default_rng(5)
    at = draw_positions(7, "grid", rng)
    counts = np.zeros((7, 7))
    for _ in range(number):
        targets, sources, _ = sample(graphon, at, rho=rho, rng=rng).edges()
        counts[targets, sources] += 1
    assert (counts == counts.T).all()
    assert (np.diag(counts) == 0).all()
    for i, j in zip(*np.triu_indices(7, 1), strict=True):
        chance = min(1.0, rho * float(graphon(at[i], at[j])))
        assert stats.binomtest(int(counts[i, j]), number, chance).pvalue > 1e-6


def test_pairs_are_linked_independently():
    """The number of edges has the variance of independent coins."""
    number, rng = 1500, np.random.default_rng(6)
    at = draw_positions(12, "grid", rng)
    edges = [sample(GRAPHONS["a function"], at, rng=rng).num_edges / 2 for _ in range(number)]
    chances = GRAPHONS["a function"](at[:, None], at)[np.triu_indices(12, 1)]
    variance = (chances * (1 - chances)).sum()
    assert np.mean(edges) == pytest.approx(chances.sum(), abs=5 * np.sqrt(variance / number))
    assert 1e-6 < stats.chi2.cdf(np.var(edges) * number / variance, number) < 1 - 1e-6


def test_positions_are_uniform_and_in_order():
    at = draw_positions(5000, "drawn", np.random.default_rng(1))
    assert (np.diff(at) >= 0).all()
    assert stats.kstest(at, "uniform").pvalue > 1e-6
    assert draw_positions(4, "grid", np.random.default_rng(1)).tolist() == [0.125, 0.375, 0.625, 0.875]


def test_sparse_networks_of_a_power_law_have_its_tail():
    """Degrees have the mean (n - 1) rho (1 - alpha) x^-alpha, so that P(degree > k) ~ k^(-1 / alpha)."""
    network = load('graphon:n=50000,W="power_law:alpha=0.4",rho=0.0004,positions=grid', seed=3)
    degree, at = network.in_degree, network.node_attributes["position"]
    means = 49_999 * 4e-4 * PowerLaw(0.4).degree(at)
    hubs = slice(20, 2000)  # beyond the few pairs whose chance is cut at 1
    assert degree[hubs].sum() == pytest.approx(means[hubs].sum(), rel=0.01)
    counts = [(degree > k).sum() for k in (80, 160)]
    assert np.log2(counts[0] / counts[1]) == pytest.approx(1 / 0.4, abs=0.3)


@pytest.mark.parametrize(
    ("spec", "density"),
    [
        ("graphon:n=100000,W=product,rho=0.0001", 0.25e-4),
        ('graphon:n=100000,W="power_law:alpha=0.4",rho=0.0001', 1e-4),
        ('graphon:n=100000,W="blocks:number=10,within=0.5,between=0.01",rho=0.001', 5.9e-5),
    ],
)
def test_a_hundred_thousand_agents_take_time_by_edges_not_by_pairs(spec, density):
    began = time.process_time()
    network = load(spec, seed=1)
    assert time.process_time() - began < 20.0  # 5e9 pairs would take minutes
    assert network.num_edges == pytest.approx(density * 1e10, rel=0.02)


def test_agents_know_position_and_block():
    network = load('graphon:n=10,W="blocks:number=2,within=1.0,between=0.0",positions=grid', seed=1)
    assert network.node_attributes["block"].tolist() == [0] * 5 + [1] * 5
    assert network.num_edges == 2 * 20
    assert "block" not in load("graphon:n=10,W=minimum", seed=1).node_attributes


def test_the_same_seed_gives_the_same_network():
    spec = "graphon:n=60,W=minimum"
    first, again, other = (load(spec, seed=seed) for seed in (4, 4, 5))
    assert all(map(np.array_equal, first.edges(), again.edges()))
    assert first.num_edges != other.num_edges


def test_a_spec_names_the_graphon_and_returns():
    source = parse('graphon:n=30,W="power_law:alpha=0.3",rho=0.1')
    assert source.is_random
    assert source.spec == 'graphon:n=30,W="power_law:alpha=0.3",rho=0.1,positions="drawn"'
    assert parse(source.spec) == source
    assert source.replace(n=40).draw(np.random.default_rng(1)).num_agents == 40


def test_one_agent_and_no_edges_are_networks():
    nobody = sample(PowerLaw(0.3), np.linspace(0, 1, 20), rho=0.0, rng=np.random.default_rng(1))
    assert nobody.num_edges == 0  # though W is infinite at 0
    assert load("graphon:n=1", seed=1).num_edges == 0
    assert load("graphon:n=20,rho=0.0", seed=1).num_edges == 0


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda rng: load("graphon:W=unknown", seed=1), NetworkError, "unknown graphon 'unknown'"),
        (lambda rng: load("graphon:W=3"), ParameterError, r"W = 3; accepted: text \(a graphon's spec"),
        (lambda rng: load("graphon:rho=-1"), ParameterError, "rho = -1; accepted: a number >= 0"),
        (lambda rng: load("graphon:positions=any"), ParameterError, "positions = 'any'; accepted: drawn or grid"),
        (lambda rng: load("graphon"), NetworkError, "is random; accepted: a seed"),
        (lambda rng: sample(0.5, np.array([0.5, 0.1]), rng=rng), NetworkError, "ascending numbers from 0 to 1"),
        (lambda rng: sample(0.5, np.array([0.5, 1.1]), rng=rng), NetworkError, "ascending numbers from 0 to 1"),
        (lambda rng: sample(0.5, np.array([0.5]), rho=-1.0, rng=rng), NetworkError, "rho: -1.0 is not accepted"),
        (lambda rng: sample(0.0, np.array([0.5]), rho=np.inf, rng=rng), NetworkError, "accepted: a finite number >= 0"),
        (lambda rng: sample(lambda x, y: x + 0 * y, np.linspace(0, 1, 9), rng=rng), NetworkError, "back; .* symmetric"),
        (lambda rng: sample(lambda x, y: x + y, np.linspace(0, 1, 9), rng=rng), NetworkError, r"W\(.*accepted: 0 to 1"),
        (
            lambda rng: sample(Graphon(lambda x, y: 2 * x * y, bounded=False), np.array([0.1, 0.2]), rng=rng),
            NetworkError,
            "an unbounded function cannot be sampled; accepted: W <= 1, or a PowerLaw",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_sampled_gets_refused(make, error, message):
    with pytest.raises(error, match=message):
        make(np.random.default_rng(1))
