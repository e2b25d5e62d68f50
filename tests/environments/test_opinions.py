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
from socialsim.environments.opinions import Opinions, scenario
from socialsim.testing.links import by_hand
from socialsim.testing.strategies import networks


def a_state(opinion, num_opinions=2):
    state = Opinions(num_opinions=num_opinions).state(len(opinion))
    state.opinion[:] = opinion
    state.holders[:] = np.bincount(opinion, minlength=num_opinions)
    return state


def start(simulation, opinions):
    """Give every replication the same opinions at step 0."""
    simulation.advance(0)
    simulation.environment.opinion[:] = opinions
    simulation.environment.holders[:] = np.bincount(opinions, minlength=2)


# --- By hand ---------------------------------------------------------------------------------------------------


def test_an_agent_sees_the_opinion_of_the_agent_looked_at(version):
    env = a_state([0, 1, 1])
    env.seen[0] = 1
    assert version(Opinions.observe)(env, None, 0) == 1


def test_whoever_is_awake_takes_the_opinion_and_the_holders_follow(version, stream):
    env = a_state([0, 1, 2, 2], num_opinions=3)
    version(Opinions.advance)(env, None, np.array([3]), np.array([1, 1, 1, 0]), np.zeros(4), stream)
    assert env.opinion.tolist() == [0, 1, 2, 0]
    assert env.holders.tolist() == [2, 1, 1]


def test_a_run_is_done_with_the_opinion_that_all_hold(version):
    assert version(Opinions.done)(a_state([1, 1, 1])) == 1
    assert version(Opinions.done)(a_state([0, 0, 0])) == 0
    assert version(Opinions.done)(a_state([0, 1, 1])) == -1


def test_waking_draws_agents_and_models_uniformly_and_nobody_looks_at_itself(stream):
    network = by_hand(4)
    env, active, pairs = a_state([0, 1, 2, 3], num_opinions=4), np.zeros(1, np.int64), np.zeros((4, 4))
    for _ in range(6000):
        assert Opinions.wake(env, network, active, stream) == 1
        pairs[active[0], env.seen[0]] += 1
    assert np.diag(pairs).sum() == 0
    off_diagonal = pairs[~np.eye(4, dtype=bool)]
    assert off_diagonal == pytest.approx(np.full(12, 500), abs=4 * math.sqrt(500))


@pytest.mark.parametrize(
    ("num_opinions", "share", "holders"),
    [(2, 0.3, [7, 3]), (2, 0.0, [10, 0]), (2, 1.0, [0, 10]), (3, 0.2, [4, 2, 4]), (4, 0.5, [2, 5, 2, 1])],
)
def test_opinion_1_starts_with_its_share_and_the_others_share_the_rest(num_opinions, share, holders):
    community = Scenario(Opinions(num_opinions=num_opinions, share=share), "imitation", "complete:n=10")
    simulation = Simulation(community, seed=1, replications=range(3))
    simulation.advance(0)
    assert simulation.environment.holders.tolist() == [holders] * 3


def test_opinions_are_dealt_to_every_agent_alike():
    community = scenario().replace({"network.n": 10, "environment.share": 0.3})
    simulation = Simulation(community, seed=1, replications=range(3000))
    simulation.advance(0)
    assert simulation.environment.opinion.mean(axis=0) == pytest.approx(
        np.full(10, 0.3), abs=4 * math.sqrt(0.21 / 3000)
    )


# --- Invariants ------------------------------------------------------------------------------------------------


@settings(max_examples=30)
@given(networks(), st.integers(2, 5), st.floats(0, 1), st.integers(0, 200), st.integers(0, 2**32))
def test_holders_count_opinions_and_none_is_invented(network, num_opinions, share, events, seed):
    community = Scenario(Opinions(num_opinions=num_opinions, share=share), "imitation", network, 200)
    simulation = Simulation(community, seed=seed, replications=range(4))
    simulation.advance(0)
    at_first, alone = simulation.environment.opinion.copy(), network.in_degree == 0
    simulation.advance(events)
    env = simulation.environment
    for opinion, before, holders in zip(env.opinion, at_first, env.holders, strict=True):
        assert np.bincount(opinion, minlength=num_opinions).tolist() == holders.tolist()
        assert set(opinion) <= set(before)
        assert (opinion[alone] == before[alone]).all()


# --- Theorems: exit probability and time to consensus -----------------------------------------------------------


def sweeps_by_formula(n, n0):
    """Return the module's expected number of sweeps to consensus on the complete network."""
    rising = (n - n0) * sum(1 / (n - k) for k in range(1, n0 + 1))
    falling = n0 * sum(1 / k for k in range(n0 + 1, n))
    return (n - 1) / n * (rising + falling)


def sweeps_by_chain(n, noise=0.0):
    """Return the same for every n0 from the birth and death chain: (I - P) T = 1 events, with T = 0 at both ends."""
    k = np.arange(1, n)
    up = (n - k) / n * (noise / 2 + (1 - noise) * k / (n - 1))
    down = k / n * (noise / 2 + (1 - noise) * (n - k) / (n - 1))
    events = np.linalg.solve(np.diag(up + down) - np.diag(up[:-1], 1) - np.diag(down[1:], -1), np.ones(n - 1))
    return events / n


@pytest.mark.parametrize("n", [2, 3, 10, 101])
def test_the_formula_of_the_module_solves_the_chain(n):
    assert [sweeps_by_formula(n, n0) for n0 in range(1, n)] == pytest.approx(sweeps_by_chain(n).tolist(), rel=1e-10)


def test_the_formula_gives_the_known_time_of_a_hundred_agents():
    assert sweeps_by_formula(100, 50) == pytest.approx(68.12904575, abs=5e-9)


@pytest.mark.compiled
@pytest.mark.parametrize("share", [0.5, 0.2])
def test_a_complete_network_agrees_with_the_exact_probability_and_time(share):
    result = run(scenario().replace({"environment.share": share}), replications=2000, seed=4, record_every=None)
    assert result.metrics["consensus_rate"].value == 1.0
    first, sweeps = result.metrics["consensus_on_first"], result.metrics["sweeps_to_consensus"]
    assert first.value == pytest.approx(share, abs=3 * first.standard_error)
    assert sweeps.value == pytest.approx(sweeps_by_formula(100, round(100 * share)), abs=3 * sweeps.standard_error)


@pytest.mark.compiled
def test_with_noise_consensus_takes_as_long_as_the_chain_says():
    noisy = scenario().replace({"network.n": 20, "learner.noise": 0.1})
    sweeps = run(noisy, replications=2000, seed=4, record_every=None).metrics["sweeps_to_consensus"]
    assert sweeps.value == pytest.approx(sweeps_by_chain(20, noise=0.1)[9], abs=3 * sweeps.standard_error)


@pytest.mark.compiled
@pytest.mark.parametrize(
    ("graph", "holders"),
    [
        (nx.star_graph(5), [0]),
        (nx.star_graph(5), [1]),
        (nx.path_graph(4), [0, 1]),
        (nx.lollipop_graph(4, 3), [0, 6]),
    ],
)
def test_the_chance_of_winning_is_the_holders_share_of_all_links(graph, holders):
    """Whoever is awake copies a neighbour, so sum_i d_i o_i is a martingale: P = sum of the holders' degrees / 2E."""
    degrees = np.array([graph.degree(i) for i in range(len(graph))])
    simulation = Simulation(scenario().replace({"network": graph}), seed=2, replications=range(2000))
    start(simulation, np.isin(np.arange(len(graph)), holders).astype(int))
    simulation.advance(10**6)
    chance = degrees[holders].sum() / degrees.sum()
    assert (simulation.verdict >= 0).all()
    assert simulation.verdict.mean() == pytest.approx(chance, abs=3 * math.sqrt(chance * (1 - chance) / 2000))


# --- Bad input -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "value", "accepted"),
    [
        ("environment.num_opinions", 1, "an int, >= 2, <= 1000"),
        ("environment.share", 1.1, "a float, >= 0, <= 1"),
        ("learner.noise", -0.5, "a float, >= 0, <= 1"),
    ],
)
def test_a_value_out_of_range_is_named_by_its_path_with_what_is_accepted(path, value, accepted):
    with pytest.raises(ParameterError) as error:
        scenario().replace({path: value})
    assert str(error.value) == f"{path}: {value!r} is not accepted; accepted: {accepted}"


@pytest.mark.compiled
def test_with_noise_a_run_goes_on_past_consensus_where_that_is_asked():
    noisy = scenario().replace({"network": "complete:n=4", "learner": "imitation:noise=0.2", "horizon.steps": 500})
    runs = run(noisy.replace({"environment.stop_at_consensus": False}), replications=20, seed=1).runs
    assert (runs.steps == 500).all()
    assert (run(noisy, replications=20, seed=1).runs.steps < 500).all()
