import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from socialsim.core.errors import ParameterError, SolverError
from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.engine.simulation import Simulation
from socialsim.environments.epidemic import INFECTED, METRICS, Epidemic
from socialsim.limits.closures.common import adjacency, degree_shares, follow, settle
from socialsim.limits.closures.degree_based import DegreeBased
from socialsim.limits.closures.exact import ExactSIS
from socialsim.limits.closures.nimfa import NIMFA, bipartite_rest, largest_eigenvalue
from socialsim.limits.closures.pair_approximation import PairApproximation, regular_prevalence
from socialsim.networks.sources import load

CLOSURES = (NIMFA, DegreeBased, PairApproximation)
TIMES = [0.0, 0.4, 1.5, 4.0]
TINY = [nx.path_graph(3), nx.star_graph(4), nx.cycle_graph(5), nx.lollipop_graph(4, 2)]


def connected_graphs():
    return st.tuples(st.integers(3, 8), st.integers(0, 2**20)).map(
        lambda pair: nx.compose(nx.path_graph(pair[0]), nx.gnp_random_graph(pair[0], 0.4, seed=pair[1]))
    )


# --- Known figures -----------------------------------------------------------------------------------------------


def test_the_karate_club_has_its_known_eigenvalue_and_threshold():
    assert largest_eigenvalue(adjacency("karate")) == pytest.approx(6.7256977, abs=5e-8)
    assert NIMFA("karate", 1.0).threshold == pytest.approx(0.1486835, abs=5e-8)


@pytest.mark.parametrize(("infection", "share"), [(0.3, 0.167), (0.35, 0.286), (0.5, 0.5), (1.0, 0.75)])
def test_four_neighbours_each_give_nimfas_known_prevalence(infection, share):
    model = NIMFA(nx.random_regular_graph(4, 60, seed=1), infection)
    assert model.prevalence() == pytest.approx(1 - 1 / (4 * infection), abs=1e-12)
    assert model.prevalence() == pytest.approx(share, abs=5e-4)


@pytest.mark.parametrize("sizes", [(1, 4), (1, 30), (3, 5)])
@pytest.mark.parametrize("infection", [0.2, 0.8, 2.0])
def test_complete_bipartite_networks_rest_where_the_closed_form_says(sizes, infection):
    found = NIMFA(nx.complete_bipartite_graph(*sizes), infection).stationary()
    first, second = bipartite_rest(infection, sizes)
    assert found[: sizes[0]] == pytest.approx(first, abs=1e-11)
    assert found[sizes[0] :] == pytest.approx(second, abs=1e-11)


@pytest.mark.parametrize("infection", [0.4, 0.5, 1.0, 3.0])
def test_pairs_on_regular_networks_rest_where_the_closed_form_says(infection):
    found = PairApproximation(nx.random_regular_graph(4, 16, seed=2), infection).stationary()
    assert found == pytest.approx(regular_prevalence(infection, 4), abs=1e-8)


# --- Theorems ----------------------------------------------------------------------------------------------------


@settings(max_examples=15)
@given(connected_graphs(), st.floats(0.05, 3.0), st.floats(0.05, 1.0))
def test_nimfa_is_never_below_the_process(graph, infection, initial):
    exact = ExactSIS(graph, infection).trajectory(TIMES, initial).chances
    assert (NIMFA(graph, infection).trajectory(TIMES, initial).chances >= exact - 1e-9).all()


@pytest.mark.parametrize("graph", TINY, ids=str)
@pytest.mark.parametrize("infection", [0.3, 1.0, 2.5])
def test_pairs_are_nearer_to_the_process_than_nimfa(graph, infection):
    exact, pairs, nimfa = (
        model(graph, infection).trajectory(TIMES[1:], 0.4).prevalence for model in (ExactSIS, PairApproximation, NIMFA)
    )
    assert (abs(pairs - exact) < nimfa - exact).all()


@pytest.mark.parametrize("self_infection", [0.0, 0.3])
def test_pairs_are_exact_for_two_agents(self_infection):
    exact = ExactSIS("path:n=2", 1.7, 0.8, self_infection).trajectory(TIMES, 0.3).chances
    pairs = PairApproximation("path:n=2", 1.7, 0.8, self_infection).trajectory(TIMES, 0.3).chances
    assert pairs == pytest.approx(exact, abs=1e-8)


@settings(max_examples=20)
@given(connected_graphs(), st.floats(0.02, 4.0))
def test_at_rest_nothing_moves_and_an_epidemic_lasts_beyond_the_threshold_alone(graph, infection):
    for closure in (NIMFA, DegreeBased):
        model = closure(graph, infection)
        rest = model.stationary()
        assert np.abs(model.derivative(rest)).max() < 1e-12
        if abs(infection - model.threshold) > 1e-6:
            assert (rest > 0).all() == (infection > model.threshold)


@pytest.mark.parametrize("graph", [*TINY[1:], nx.karate_club_graph()], ids=str)
def test_the_threshold_of_pairs_is_where_a_small_epidemic_stops_to_shrink(graph):
    """The largest eigenvalue of the derivative at 0, by central differences, changes its sign."""
    threshold = PairApproximation(graph, 1.0).threshold
    rates = []
    for factor in (0.99, 1.01):
        model = PairApproximation(graph, factor * threshold)
        size = model.size + len(model.matrix.data)
        step = 1e-6
        columns = [(model.derivative(step * e) - model.derivative(-step * e)) / (2 * step) for e in np.eye(size)]
        rates.append(np.linalg.eigvals(np.array(columns).T).real.max())
    assert rates[0] < 0 < rates[1]


def test_pairs_ask_for_more_than_nimfa():
    for graph in (*TINY[1:], nx.karate_club_graph()):
        assert PairApproximation(graph, 1.0).threshold > NIMFA(graph, 1.0).threshold


def test_pairs_have_no_threshold_where_nobody_has_two_neighbours():
    assert PairApproximation("path:n=2", 1.0).threshold == float("inf")


@settings(max_examples=20)
@given(connected_graphs(), st.floats(0.2, 5.0), st.floats(0.1, 10.0))
def test_only_the_ratio_of_rates_counts_at_rest(graph, infection, factor):
    for closure in CLOSURES[:2]:
        model, scaled = closure(graph, infection), closure(graph, factor * infection, factor)
        assert scaled.stationary() == pytest.approx(model.stationary(), abs=1e-9)
        assert scaled.threshold == pytest.approx(factor * model.threshold)


def test_all_closures_are_one_where_all_have_as_many_neighbours_but_pairs():
    graph, times = nx.random_regular_graph(3, 12, seed=4), [0.0, 1.0, 5.0]
    nimfa, degrees = (closure(graph, 0.9).trajectory(times, 0.2).prevalence for closure in CLOSURES[:2])
    assert nimfa == pytest.approx(degrees, abs=1e-9)


@pytest.mark.parametrize("recovery", [0.1, 0.3, 0.7, 1.3, 2.9])
@pytest.mark.parametrize("k", [3, 4, 7])
def test_at_the_threshold_nobody_is_ill_at_rest_whatever_the_rounding(k, recovery):
    graph = nx.random_regular_graph(k, 10, seed=1)
    for closure, infection in (
        (NIMFA, recovery / k),
        (DegreeBased, recovery / k),
        (PairApproximation, recovery / (k - 1)),
    ):
        for rate in (infection, np.nextafter(infection, 9.0)):
            assert closure(graph, rate, recovery).prevalence() < 1e-12


@pytest.mark.parametrize("self_infection", [1e-16, 1e-9])
def test_a_little_illness_from_outside_is_multiplied_by_the_distance_from_the_threshold(self_infection):
    """rho = epsilon / (delta - beta k) to first order."""
    for closure in (NIMFA, DegreeBased):
        found = closure("ring_lattice:n=12,k=4", 0.1, 1.0, self_infection).prevalence()
        assert found == pytest.approx(self_infection / 0.6, rel=1e-6)


@pytest.mark.parametrize("size", [30, 450])  # eigenvalues found densely, and by iteration
def test_links_that_lead_nowhere_back_have_no_threshold(size):
    rng = np.random.default_rng(5)
    ranks = rng.permutation(size)
    links = (rng.random((size, size)) < 6 / size) & (ranks[:, None] > ranks[None, :])
    model = NIMFA(links.astype(float), 50.0)
    assert (model.threshold, model.prevalence()) == (np.inf, 0.0)
    assert NIMFA(np.zeros((size, size)), 50.0).threshold == np.inf


def test_an_epidemic_rests_among_those_whom_a_part_beyond_its_threshold_reaches():
    """0 -> the triangle 1, 2, 3 -> 4 -> 5, and a pair apart that is too small."""
    graph = nx.DiGraph([(0, 1), (1, 2), (2, 3), (3, 1), (3, 4), (4, 5), (2, 1), (3, 2), (6, 7), (7, 6)])
    model = NIMFA(graph, 0.9)
    rest = model.stationary()
    assert (rest > 0).tolist() == [False, True, True, True, True, True, False, False]
    assert rest == pytest.approx(model.trajectory([300.0]).chances[0], abs=1e-8)


# --- Two roads ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("closure", CLOSURES)
@pytest.mark.parametrize("self_infection", [0.0, 0.2])
def test_a_flow_comes_to_the_rest_that_is_solved_for(closure, self_infection):
    model = closure("karate", 0.4, 1.3, self_infection)
    flowed = model.trajectory([0.0, 80.0], 0.9)
    assert flowed.chances[-1] == pytest.approx(model.stationary(), abs=1e-7)


def test_agents_with_rates_of_their_own_have_the_threshold_at_which_their_epidemic_begins():
    recovery = np.array([0.5, 1.0, 2.0, 3.0])
    threshold = NIMFA("path:n=4", 1.0, recovery).threshold
    below, above = (NIMFA("path:n=4", factor * threshold, recovery).prevalence() for factor in (0.999, 1.001))
    assert below == 0.0 < above < 0.01


def test_weights_multiply_rates_and_directions_count():
    one_way = np.array([[0.0, 0.0], [2.0, 0.0]])  # 1 hears 0, twice as much
    model = NIMFA(one_way, 0.5, 1.0, 0.2)
    assert model.stationary() == pytest.approx([0.2 / 1.2, (0.2 + 1 / 6) / (1.2 + 1 / 6)])


@pytest.mark.parametrize(
    ("network", "self_infection"),
    [(nx.star_graph(3), 0.0), (nx.DiGraph([(0, 1), (1, 2), (2, 0), (0, 2)]), 0.2), (nx.complete_graph(4), 0.0)],
    ids=["star", "directed", "complete"],
)
def test_the_simulated_epidemic_is_the_chain_of_all_states(network, self_infection):
    environment = Epidemic(infection=1.5, self_infection=self_infection, initial_share=1.0, interval=0.5)
    simulation = Simulation(Scenario(environment, "innate", network, 10), seed=7, replications=range(1500))
    simulation.advance(3)
    ill = simulation.environment.status == INFECTED
    exact = ExactSIS(network, 1.5, 1.0, self_infection).trajectory([1.5]).chances[0]
    assert ill.mean(axis=0) == pytest.approx(exact, abs=4 * np.sqrt(0.25 / 1500))


def test_an_epidemic_from_outside_rests_where_the_chains_trajectory_ends():
    chain = ExactSIS("cycle:n=4", 2.0, 1.0, 0.4)
    assert chain.trajectory([40.0]).chances[0] == pytest.approx(chain.stationary(), rel=1e-8)
    assert chain.stationary_law().sum() == pytest.approx(1.0)


@pytest.mark.parametrize("size", [4, 9])  # eigenvectors found densely, and by shift and invert
def test_the_quasi_stationary_law_dies_out_at_one_rate(size):
    chain = ExactSIS(nx.cycle_graph(size), 2.0)
    law = chain.stationary_law()
    moved = chain.rates.T @ law
    assert law[0] == 0.0
    assert law.sum() == pytest.approx(1.0)
    assert moved[1:] == pytest.approx(-moved[0] * law[1:], abs=1e-10)
    assert moved[0] > 0


@pytest.mark.compiled
@pytest.mark.parametrize(("infection", "share"), [(0.5, 0.387), (1.0, 0.726)])
def test_the_process_among_four_neighbours_is_below_pairs_and_these_below_nimfa(infection, share):
    environment = Epidemic(infection=infection, initial_share=0.5, burn_in=50)
    community = Scenario(environment, "innate", "random_regular:n=1000,d=4", 150, METRICS)
    found = run(community, replications=16, seed=1, record_every=None).metrics["endemic_prevalence"]
    assert found.value == pytest.approx(share, abs=0.003)
    graph = load("random_regular:n=1000,d=4", 1)
    pairs, nimfa = (closure(graph, infection).prevalence() for closure in (PairApproximation, NIMFA))
    assert found.value < pairs < nimfa
    assert pairs - found.value < 0.2 * (nimfa - found.value)


# --- Bad input ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("closure", CLOSURES)
@pytest.mark.parametrize(
    ("rates", "message"),
    [
        ((-1.0,), "infection: -1.0 is not accepted; accepted: a rate >= 0"),
        ((1.0, 0.0), "recovery: 0.0 is not accepted; accepted: a rate > 0"),
        ((1.0, 1.0, float("nan")), "self_infection: nan is not accepted; accepted: a rate >= 0"),
    ],
)
def test_rates_that_are_none_are_named(closure, rates, message):
    with pytest.raises(ParameterError) as error:
        closure("karate", *rates)
    assert str(error.value) == message


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: NIMFA([[0.0, -1.0], [1.0, 0.0]], 1.0), "network: accepted: a square matrix"),
        (lambda: NIMFA("karate", [0.1, 0.2]), "infection: accepted: one rate for all links"),
        (lambda: NIMFA("karate", 1.0, [1.0, 2.0]), r"rates: shape \(2,\) is not accepted"),
        (lambda: NIMFA("karate", 1.0).trajectory([0.0], 1.2), "initial: accepted: a chance in"),
        (lambda: NIMFA("karate", 1.0).trajectory([1.0, 0.5]), "times: accepted: finite numbers >= 0 that rise"),
        (lambda: NIMFA("karate", 1.0).trajectory([0.0, np.nan]), "times: accepted: finite numbers >= 0 that rise"),
        (lambda: NIMFA("karate", 1.0).trajectory([0.0, np.inf]), "times: accepted: finite numbers >= 0 that rise"),
        (lambda: ExactSIS("cycle:n=4", 1.0).trajectory([1.0, -1.0]), "times: accepted: finite numbers >= 0 that rise"),
        (lambda: ExactSIS("cycle:n=3", 1.0, 1.0, [1.0, 2.0]), r"rates: shape \(2,\) is not accepted"),
        (lambda: PairApproximation(nx.DiGraph([(0, 1), (1, 2)]), 1.0), "network: some link is not mutual"),
        (lambda: PairApproximation([[0, 2], [2, 0]], 1.0), "network: accepted by the pair approximation"),
        (lambda: ExactSIS("complete:n=13", 1.0), "network: 13 agents are not accepted; accepted: at most 12"),
        (lambda: DegreeBased({0: 1.0}, 1.0), "degrees: accepted: degrees >= 0"),
        (lambda: DegreeBased([], 1.0), "degrees: accepted: degrees >= 0"),
        (lambda: DegreeBased(nx.to_numpy_array(nx.star_graph(4)), 1.0), "degrees: a matrix is not accepted"),
        (lambda: DegreeBased(nx.DiGraph([(0, 1), (0, 2)]), 1.0), "network: some link is not mutual"),
    ],
)
def test_what_is_not_accepted_is_named(make, message):
    with pytest.raises(ParameterError, match=message):
        make()


@pytest.mark.parametrize(
    ("network", "infection"),
    [
        (nx.disjoint_union(nx.cycle_graph(3), nx.cycle_graph(3)), 2.0),
        (nx.DiGraph([(0, 1), (1, 2)]), 2.0),
        (nx.cycle_graph(3), 0.0),
    ],
    ids=["in parts", "one way", "no infection"],
)
def test_no_quasi_stationary_law_is_given_where_there_is_not_one(network, infection):
    chain = ExactSIS(network, infection)
    with pytest.raises(ParameterError, match="network: no one quasi-stationary law"):
        chain.stationary()
    assert chain.time_to_extinction() > 1.0


def test_a_flow_without_end_in_sight_is_not_cut_short_silently():
    """x' = x^2 from 1 is 1 / (1 - t): at 1/2 it is 2, at 1 it is infinite."""
    assert follow(lambda x: x * x, np.ones(1), [0.5])[0, 0] == pytest.approx(2.0, abs=1e-8)
    with pytest.raises(SolverError, match="flow: "):
        follow(lambda x: x * x, np.ones(1), [0.5, 2.0])


def test_a_flow_that_does_not_rest_says_how_much_it_still_moves():
    with pytest.raises(SolverError, match="flow: still moves by 1 per unit of time"):
        settle(lambda x: np.ones_like(x), np.zeros(1))


def test_a_flow_of_fast_and_slow_parts_is_found_to_rest():
    """Steps as long as stability allows leave the fast parts trembling, at more than `AT_REST` per unit of time."""
    rates, calls = 30.0 * np.linspace(0.01, 1.0, 20), []

    def derivative(x):
        calls.append(1)
        assert len(calls) < 15_000
        return rates * (0.5 * np.roll(x, 1) + 0.5 - x)

    assert settle(derivative, np.zeros(20)) == pytest.approx(1.0, abs=1e-8)


def test_shares_by_degree_and_one_degree_an_agent_are_the_same():
    for given_ in ({1: 0.75, 3: 0.25}, [1, 1, 3, 1], np.array([3, 1, 1, 1]), "star:n=4"):
        degrees, shares = degree_shares(given_)
        assert (degrees.tolist(), shares.tolist()) == ([1.0, 3.0], [0.75, 0.25])
