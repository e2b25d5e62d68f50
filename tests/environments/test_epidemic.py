import math

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from socialsim.core.errors import ParameterError
from socialsim.engine.links import COMPLETE, PRESENT, SPARSE, Links
from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.engine.simulation import Simulation
from socialsim.environments.epidemic import (
    IMMUNE,
    INFECTED,
    METRICS,
    SUSCEPTIBLE,
    Epidemic,
    infect,
    is_mutual,
    list_the_infected,
    recover,
    scenario,
    small,
)
from socialsim.networks.network import Network
from socialsim.testing.strategies import networks

ALL_ILL = {"initial_share": 1.0, "burn_in": 0}


def links_of(network):
    """Return a network as compiled functions see it."""
    kind = COMPLETE if network.kind == "complete" else SPARSE
    present = np.full(network.num_agents, PRESENT, np.int8)
    return Links(kind, network.num_agents, network.indptr, network.sources, np.zeros(0), np.zeros(0, np.int64), present)


def infected_after(network, steps, replications, **parameters):
    """Return who is infected after some steps, shape (replications, num_agents)."""
    community = Scenario(Epidemic(**parameters), "innate", network, steps)
    simulation = Simulation(community, seed=3, replications=range(replications))
    simulation.advance(steps)
    return simulation.environment.status == INFECTED


def begun_at(agent, network, replications):
    """Return epidemics that begin with one agent."""
    simulation = Simulation(
        Scenario(Epidemic(infection=5.0), "innate", network, 20), seed=1, replications=range(replications)
    )
    simulation.advance(0)
    env = simulation.environment
    env.status[:], env.num_infections[:], env.num_infected[:] = SUSCEPTIBLE, 0, 1
    env.status[:, agent] = INFECTED
    return simulation


# --- By hand ---------------------------------------------------------------------------------------------------


def test_the_last_of_the_list_takes_the_place_of_whoever_recovers(version):
    network = links_of(Network.from_edges(4, [0, 1, 2], [1, 2, 3]))
    env = Epidemic().state(4)
    env.status[:] = [INFECTED, INFECTED, SUSCEPTIBLE, INFECTED]
    version(list_the_infected)(env, network)
    assert (env.num_infected[0], env.contacts[0], env.longest[0]) == (3, 4, 2)
    version(recover)(env, network, 0)
    assert env.infected[:2].tolist() == [3, 1]
    assert (env.num_infected[0], env.contacts[0]) == (2, 3)
    version(infect)(env, network, 2)
    version(infect)(env, network, 1)
    assert env.infected[:3].tolist() == [3, 1, 2]
    assert (env.num_infected[0], env.contacts[0]) == (3, 5)
    assert env.num_infections.tolist() == [0, 0, 1, 0]


def test_whoever_recovers_with_immunity_is_not_infected_again(version):
    network = links_of(Network.complete(3))
    env = Epidemic(immunity=True).state(3)
    env.status[:] = [INFECTED, SUSCEPTIBLE, INFECTED]
    version(list_the_infected)(env, network)
    version(recover)(env, network, 0)
    version(infect)(env, network, 0)
    assert env.status.tolist() == [IMMUNE, SUSCEPTIBLE, INFECTED]
    assert env.num_infected[0] == 1


def test_an_epidemic_is_over_when_nobody_is_ill_unless_some_fall_ill_by_themselves(version):
    assert version(Epidemic.done)(Epidemic().state(3)) == 0
    assert version(Epidemic.done)(Epidemic(self_infection=0.1).state(3)) == -1


# --- Invariants ------------------------------------------------------------------------------------------------


@settings(max_examples=20)
@given(networks(), st.floats(0, 3), st.booleans(), st.integers(0, 5), st.integers(0, 2**32))
def test_the_list_holds_the_infected_and_their_degrees(network, infection, immunity, steps, seed):
    environment = Epidemic(infection=infection, immunity=immunity, initial_share=0.4, self_infection=0.05)
    simulation = Simulation(Scenario(environment, "innate", network, 10), seed=seed, replications=range(3))
    simulation.advance(steps)
    env = simulation.environment
    for r in range(3):
        ill = np.flatnonzero(env.status[r] == INFECTED)
        assert sorted(env.infected[r][: env.num_infected[r, 0]].tolist()) == ill.tolist()
        assert (env.num_infections[r][env.status[r] != SUSCEPTIBLE] > 0).all()
        if steps:
            degrees = network.in_degree
            assert env.contacts[r, 0] == (degrees[ill] if env.is_mutual[r, 0] else degrees).sum()


@settings(max_examples=40)
@given(networks())
def test_links_are_found_mutual_where_everybody_is_heard_by_those_they_hear(network):
    targets, sources, _ = network.edges()
    pairs = set(zip(targets.tolist(), sources.tolist(), strict=True))
    assert is_mutual(links_of(network)) == all((j, i) in pairs for i, j in pairs)


def test_two_one_way_cycles_are_not_taken_for_mutual_links():
    """On 64 agents a hash that is nearly linear gives these links and their reverse the same sum."""
    hears = [(5, 31), (31, 13), (13, 5), (44, 52), (52, 46), (46, 44)]
    targets, sources = zip(*hears, strict=True)
    assert not is_mutual(links_of(Network.from_edges(64, sources, targets, directed=True)))
    assert is_mutual(links_of(Network.from_edges(64, sources, targets)))


def test_an_epidemic_stays_in_the_part_of_the_network_where_it_began():
    parts = nx.disjoint_union(nx.complete_graph(3), nx.complete_graph(3))
    simulation = begun_at(0, parts, 30)
    simulation.advance(5)
    assert (simulation.environment.num_infections[:, 1:3] > 0).any()
    assert not simulation.environment.num_infections[:, 3:].any()


def test_infection_follows_the_direction_of_a_link():
    chain = nx.DiGraph([(0, 1), (1, 2)])
    simulation = begun_at(1, chain, 60)
    simulation.advance(1)
    times = simulation.environment.num_infections
    assert not times[:, 0].any()
    assert times[:, 2].any()


# --- Theorems --------------------------------------------------------------------------------------------------


def test_without_infection_everybody_recovers_exponentially():
    ill = infected_after("cycle:n=10", 2, 400, infection=0.0, recovery=0.5, interval=0.7, **ALL_ILL)
    share = math.exp(-0.5 * 1.4)
    assert ill.mean() == pytest.approx(share, abs=4 * math.sqrt(share * (1 - share) / 4000))


def test_of_two_agents_the_time_to_extinction_is_three_halves_and_half_of_beta():
    """From both ill T_2 = 1/2 + T_1, from one (1 + beta) T_1 = 1 + beta T_2, with delta = 1."""
    community = Scenario(Epidemic(infection=2.0, **ALL_ILL), "innate", "complete:n=2", 1000, METRICS)
    time = run(community, replications=800, seed=1, record_every=None).metrics["time_to_extinction"]
    assert time.value == pytest.approx(2.5, abs=3.5 * time.standard_error)


def test_alone_one_is_ill_from_outside_as_often_as_rates_say():
    ill = infected_after("star:n=2", 8, 3000, infection=0.0, recovery=1.0, self_infection=0.5, initial_share=0.0)
    assert ill.mean() == pytest.approx(1 / 3, abs=4 * math.sqrt(2 / 9 / 6000))


def test_an_epidemic_from_outside_lasts_for_ever_and_its_prevalence_is_that_of_the_whole_time():
    """Alone one is ill for a share epsilon / (epsilon + delta) of the time, and well in between."""
    environment = Epidemic(infection=0.0, self_infection=0.25, burn_in=5)
    result = run(Scenario(environment, "innate", "star:n=2", 105, METRICS), replications=60, seed=4)
    share = result.metrics["endemic_prevalence"]
    assert share.value == pytest.approx(0.2, abs=3.5 * share.standard_error)
    assert result.runs.time_endemic.to_numpy() == pytest.approx(100.0)
    assert result.runs.extinction_time.isna().all()
    assert math.isnan(result.metrics["time_to_extinction"].value)


@pytest.mark.parametrize(("share", "first"), [(0.0, 0), (0.01, 1), (0.2, 1), (0.5, 3), (1.0, 6)])
def test_a_share_above_zero_infects_somebody(share, first):
    assert Epidemic(initial_share=share).state(6).num_first == first


def test_with_immunity_the_second_of_two_falls_ill_with_the_chance_of_meeting_first():
    community = Scenario(
        Epidemic(infection=3.0, immunity=True, initial_share=0.5), "innate", "complete:n=2", 1000, METRICS
    )
    attack = run(community, replications=1500, seed=1, record_every=None).metrics["attack_rate"]
    assert attack.value == pytest.approx((1 + 3 / 4) / 2, abs=3.5 * attack.standard_error)


@pytest.mark.compiled
def test_a_large_crowd_with_immunity_reaches_the_final_size():
    """r = 1 - s exp(-R_0 r) with a share s susceptible at first."""
    environment = Epidemic(infection=2.0 / 19_999, immunity=True, initial_share=0.05)
    result = run(Scenario(environment, "innate", "complete:n=20000", 200, METRICS), replications=8, seed=1)
    size = 0.5
    for _ in range(200):
        size = 1.0 - 0.95 * math.exp(-2.0 * size)
    assert result.metrics["attack_rate"].value == pytest.approx(size, abs=0.005)
    assert result.metrics["extinction"].value == 1.0


@pytest.mark.compiled
def test_on_a_complete_network_the_prevalence_is_that_of_the_birth_and_death_chain():
    """The quasi-stationary law of the number infected, up at beta k (N - k), down at delta k."""
    n, beta = 30, 3.0 / 29
    k = np.arange(1, n + 1)
    up, down = beta * k * (n - k), 1.0 * k
    chain = np.diag(up[:-1], 1) + np.diag(down[1:], -1) - np.diag(up + down)
    values, vectors = np.linalg.eig(chain.T)
    law = vectors[:, values.real.argmax()].real
    exact = (law / law.sum()) @ k / n
    environment = Epidemic(infection=beta, initial_share=0.6, burn_in=20)
    found = run(Scenario(environment, "innate", f"complete:n={n}", 300, METRICS), replications=60, seed=2)
    share = found.metrics["endemic_prevalence"]
    assert share.value == pytest.approx(exact, abs=3.5 * share.standard_error)


def test_the_interval_changes_what_is_recorded_and_not_what_happens():
    shares = [
        infected_after("cycle:n=8", steps, 250, infection=1.2, interval=interval, **ALL_ILL).mean()
        for steps, interval in ((2, 1.0), (10, 0.2))
    ]
    assert shares[0] == pytest.approx(shares[1], abs=4 * math.sqrt(2 * 0.25 * 2 / 2000))


# --- Coming and going, measures, bad input -----------------------------------------------------------------------


def test_whoever_is_away_neither_infects_nor_recovers(version):
    network = links_of(Network.complete(3))._replace(may_change=True)
    network.presence[0] = 1
    env = Epidemic(infection=50.0, recovery=50.0).state(3)
    env.status[0] = INFECTED
    version(list_the_infected)(env, network)
    assert env.num_infected[0] == 0


def test_an_epidemic_ends_when_the_last_who_is_ill_leaves(version, stream):
    network = links_of(Network.complete(3))._replace(may_change=True)
    env = Epidemic(interval=0.5).state(3)
    env.status[0], env.num_infected[0], env.clock[0] = INFECTED, 1, 4
    network.presence[0] = 2
    version(Epidemic.advance)(env, network, np.zeros(3, np.int64), np.zeros(3), stream)
    assert env.ended[0] == 2.0
    assert env.num_infected[0] == 0


def test_nothing_is_said_of_an_endemic_state_that_no_run_reaches():
    community = small().replace({"environment.infection": 0.0, "environment.burn_in": 400, "horizon.steps": 500})
    estimate = run(community, replications=3, seed=1).metrics["endemic_prevalence"]
    assert math.isnan(estimate.value)
    assert estimate.reason == "no run outlasts the burn-in"


@pytest.mark.parametrize(
    ("path", "value", "accepted"),
    [
        ("environment.infection", -1.0, "a float, >= 0"),
        ("environment.recovery", 0.0, "a float, > 0"),
        ("environment.initial_share", 1.5, "a float, >= 0, <= 1"),
        ("environment.interval", 0.0, "a float, > 0"),
    ],
)
def test_a_rate_out_of_range_is_named_with_what_is_accepted(path, value, accepted):
    with pytest.raises(ParameterError) as error:
        scenario().replace({path: value})
    assert str(error.value) == f"{path}: {value!r} is not accepted; accepted: {accepted}"
