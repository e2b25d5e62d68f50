import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from socialsim.core.compiled import compiled
from socialsim.core.errors import ParameterError
from socialsim.engine.interface import Specification
from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.engine.simulation import Simulation
from socialsim.environments._real_opinions import read_opinions
from socialsim.environments.deliberation import Deliberation, scenario
from socialsim.learning.degroot import SEEN, Degroot
from socialsim.learning.friedkin_johnsen import FriedkinJohnsen
from socialsim.learning.hegselmann_krause import HegselmannKrause
from socialsim.testing.links import by_hand

SPECIFICATION = Deliberation(medium_weight=2.0).specification("agent", 3)
EXACT = {"environment.tolerance": 1e-15, "horizon.steps": 100_000}


def talk(version, learner, opinions, heard, medium=np.nan):
    """Return agent 0's next opinion after hearing (weight, opinion) pairs."""
    state = learner.state(SPECIFICATION, 3)
    seen = np.array([opinions, sum(weight for weight, _ in heard), medium])
    version(type(learner).speak)(state, 0, seen, None)
    if "hear" in learner.additive:
        version(type(learner).hear)(state, 0, sum(weight * opinion for weight, opinion in heard))
    else:
        for weight, opinion in heard:
            version(type(learner).hear)(state, 0, 1, weight, opinion)
    return version(type(learner).act)(state, 0, seen, None)


def influence(graph, self_weight=0.0, medium_weight=0.0):
    """Return the influence matrix: row i holds what each agent's opinion weighs for i."""
    weights = nx.to_numpy_array(graph, weight="weight").T  # the source informs the target
    size = len(weights)
    shares = weights / (weights.sum(axis=1, keepdims=True) + medium_weight)
    return self_weight * np.eye(size) + (1 - self_weight) * shares


def opinions_of(community, seed=1, steps=None):
    """Return opinions at the start and at the end of one run, and the run's row."""
    changes = {} if steps is None else {"horizon.steps": steps}
    result = run(community.replace(changes), replications=1, seed=seed, record_every=None)
    return result.agents.initial_opinion.to_numpy(), result.agents.opinion.to_numpy(), result.runs.iloc[0]


def random_graph(seed, size=8, directed=True):
    """Return a strongly connected graph with random weights."""
    draw = np.random.default_rng(seed)
    graph = nx.DiGraph() if directed else nx.Graph()
    graph.add_nodes_from(range(size))
    graph.add_edges_from((i, (i + 1) % size) for i in range(size))
    graph.add_edges_from((int(i), int(j)) for i, j in draw.integers(size, size=(2 * size, 2)) if i != j)
    for edge in graph.edges:
        graph.edges[edge]["weight"] = float(draw.uniform(0.2, 3.0))
    return graph


# --- By hand -----------------------------------------------------------------------------------------------------


def test_degroot_by_hand(version):
    heard = [(1.0, 0.4), (3.0, 0.8)]  # their mean is 0.7
    assert talk(version, Degroot(self_weight=0.25), 0.1, heard) == pytest.approx(0.25 * 0.1 + 0.75 * 0.7)
    assert talk(version, Degroot(self_weight=0.0), 0.1, heard, medium=0.1) == pytest.approx((2.8 + 2 * 0.1) / 6)
    assert talk(version, Degroot(), 0.1, []) == 0.1
    assert talk(version, Degroot(self_weight=0.0), 0.1, [], medium=0.9) == pytest.approx(0.9)


def test_friedkin_johnsen_by_hand(version):
    learner = FriedkinJohnsen(susceptibility=0.6, self_weight=0.5)
    assert talk(version, learner, 0.2, [(1.0, 0.6)]) == pytest.approx(0.6 * 0.4 + 0.4 * 0.2)


def test_hegselmann_krause_by_hand(version):
    heard = [(1.0, 0.75), (1.0, 0.76), (2.0, 0.25), (1.0, 0.24)]
    assert talk(version, HegselmannKrause(confidence=0.25), 0.5, heard) == pytest.approx((0.5 + 0.75 + 0.5) / 4)
    assert talk(version, HegselmannKrause(confidence=0.0), 0.5, [(1.0, 0.5), (1.0, 0.6)]) == 0.5
    assert talk(version, HegselmannKrause(confidence=0.1), 0.5, [], medium=0.59) == pytest.approx((0.5 + 1.18) / 3)
    assert talk(version, HegselmannKrause(confidence=0.1), 0.5, [], medium=0.61) == 0.5


def test_a_step_moves_neither_the_stubborn_nor_the_absent_nor_beyond_the_ends(version):
    env = Deliberation(opinions=[0.1, 0.2, 0.3, 0.4]).state(4)
    env.opinion[:] = env.given
    env.stubborn[1] = 1
    actions = np.array([1.2, 0.9, 0.25, 0.9])
    version(Deliberation.advance)(env, by_hand(4, presence=[0, 0, 0, 2]), actions, np.zeros(4), None)
    assert env.opinion.tolist() == [1.0, 0.2, 0.25, 0.4]
    assert env.change[0] == 0.9
    assert np.isnan(env.change[1])
    assert env.weight_heard.tolist() == [2.0, 2.0, 2.0, 3.0]


def test_verdicts(version):
    env = Deliberation(tolerance=0.01, cluster_gap=0.05).state(3)
    env.opinion[:] = 0.5, 0.54, 0.52
    assert version(Deliberation.done)(env) == -1  # no step yet
    env.change[:] = 0.009, 0.02
    assert version(Deliberation.done)(env) == 0
    env.opinion[1] = 0.56
    assert version(Deliberation.done)(env) == 1


def test_rest_is_when_nothing_is_left_to_go(version):
    env = Deliberation(tolerance=0.01).state(3)
    for now, before, verdict in (
        (0.009, np.nan, -1),  # a first step does not tell how changes shrink
        (0.009, 0.017, -1),  # .009 (9/17 + (9/17)^2 + ...) = .0101 to go
        (0.009, 0.018, 0),  # .009 (1/2 + 1/4 + ...) = .009
        (0.01, 0.9, -1),
        (0.001, 0.001, -1),  # as in an endless swap
        (0.001, 0.0005, -1),
        (0.0, np.nan, 0),
        (1e-16, 1e-16, 0),  # mere rounding
    ):
        env.change[:] = now, before
        assert version(Deliberation.done)(env) == verdict


def test_the_given_share_is_stubborn_at_the_given_opinions_and_hears_the_medium():
    environment = Deliberation(stubborn_share=0.3, stubborn_opinions=[0.0, 1.0], medium_reach=0.4, medium=0.6)
    simulation = Simulation(Scenario(environment, "degroot", "complete:n=10", 10), seed=1, replications=range(200))
    simulation.advance(0)
    env = simulation.environment
    assert (env.stubborn.sum(axis=1) == 3).all()
    for run_, stubborn in enumerate(env.stubborn):
        assert env.opinion[run_, stubborn == 1].tolist() == [0.0, 1.0, 0.0]
    assert ((env.medium_heard == 0.6).sum(axis=1) == 4).all()
    assert np.isnan(env.medium_heard).sum(axis=1).tolist() == [6] * 200
    chances = env.stubborn.mean(axis=0)  # each agent with equal chance: 0.3 +- 4 standard errors
    assert np.abs(chances - 0.3).max() < 4 * np.sqrt(0.3 * 0.7 / 200)


# --- Theorems ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(4))
def test_degroot_ends_in_the_consensus_of_the_left_eigenvector(seed):
    graph = random_graph(seed)
    community = scenario().replace({"learner": "degroot:self_weight=0.3", "network": graph, **EXACT})
    first, last, row = opinions_of(community, seed)
    values, vectors = np.linalg.eig(influence(graph, 0.3).T)
    dominant = np.real(vectors[:, np.argmax(np.real(values))])
    assert last == pytest.approx(np.full(8, dominant @ first / dominant.sum()), abs=1e-12)
    assert (row.stop, row.verdict, row.num_clusters) == ("done", 0, 1)


@pytest.mark.compiled
def test_on_a_network_that_mixes_slowly_degroot_is_not_at_rest_before_the_consensus():
    ring = scenario().replace({"learner": "degroot", "network": "cycle:n=800"})
    for n, steps in ((800, 20_000), (100, 200_000)):
        runs = run(ring.replace({"network.n": n, "horizon.steps": steps}), replications=4, seed=1, record_every=None)
        assert set(runs.runs.stop) == {"horizon" if n == 800 else "done"}
        assert n == 800 or ((runs.runs.verdict == 0) & (runs.runs.num_clusters == 1)).all()


def test_on_an_undirected_network_the_consensus_weighs_agents_by_their_degree():
    graph = nx.barbell_graph(4, 2)
    first, last, _ = opinions_of(scenario().replace({"learner": "degroot", "network": graph, **EXACT}))
    degrees = np.array([degree for _, degree in graph.degree])
    assert last == pytest.approx(np.full(10, degrees @ first / degrees.sum()), abs=1e-12)


def test_without_a_weight_of_their_own_two_sides_swap_opinions_for_ever():
    swap = scenario().replace({"learner": "degroot:self_weight=0.0", "network": "path:n=2"})
    first, last, row = opinions_of(swap, steps=101)
    assert last.tolist() == first[::-1].tolist()
    assert row.stop == "horizon"


@pytest.mark.parametrize(("seed", "susceptibility", "self_weight"), [(0, 0.8, 0.0), (1, 0.3, 0.4), (2, 0.95, 0.2)])
def test_friedkin_johnsen_ends_where_the_theorem_says(seed, susceptibility, self_weight):
    graph = random_graph(seed)
    learner = FriedkinJohnsen(susceptibility=susceptibility, self_weight=self_weight)
    first, last, _ = opinions_of(scenario().replace({"learner": learner, "network": graph, **EXACT}), seed)
    mixing = susceptibility * influence(graph, self_weight)
    assert last == pytest.approx(np.linalg.solve(np.eye(8) - mixing, (1 - susceptibility) * first), abs=1e-12)


def test_with_stubborn_agents_and_a_medium_degroot_ends_in_the_harmonic_opinions():
    graph = random_graph(5)
    environment = Deliberation(
        stubborn_share=0.25,
        stubborn_opinions=[0.0, 1.0],
        medium=0.8,
        medium_weight=1.5,
        medium_reach=1.0,
        tolerance=1e-15,
    )
    first, last, row = opinions_of(Scenario(environment, "degroot", graph, 100_000))
    held = np.isin(first, (0.0, 1.0))
    assert held.sum() == 2
    heard = influence(graph, medium_weight=1.5)
    pull = 1.0 - heard.sum(axis=1)
    free = ~held
    constant = heard[np.ix_(free, held)] @ first[held] + 0.8 * pull[free]
    expected = np.linalg.solve(np.eye(6) - heard[np.ix_(free, free)], constant)
    assert last[free] == pytest.approx(expected, abs=1e-12)
    assert last[held].tolist() == first[held].tolist()
    assert row.verdict == 1


@pytest.mark.compiled
@settings(max_examples=25, deadline=None)
@given(st.lists(st.floats(0, 1), min_size=30, max_size=30), st.floats(0.01, 0.5))
def test_bounded_confidence_keeps_the_order_and_ends_soon_in_clusters_further_apart(opinions, confidence):
    community = scenario().replace(
        {"network": "complete:n=30", "environment.opinions": opinions, "learner.confidence": confidence}
    )
    first, last, row = opinions_of(community.replace({"environment.tolerance": 1e-9}))
    assert (np.diff(last[np.argsort(first)]) >= -1e-12).all()
    assert row.stop == "done"
    assert row.steps < 30**2
    distinct = np.sort(last)
    gaps = np.diff(distinct)
    assert ((gaps < 1e-8) | (gaps > confidence - 1e-8)).all()
    assert first.min() - 1e-12 <= last.min() <= last.max() <= first.max() + 1e-12


def test_confidence_without_bounds_agrees_on_the_mean_at_once():
    first, last, row = opinions_of(scenario().replace({"learner.confidence": 1.0}))
    assert last == pytest.approx(np.full(100, first.mean()), abs=1e-12)
    assert row.steps == 2  # one to agree and one to notice


# --- Limits, and two roads ---------------------------------------------------------------------------------------


def test_full_susceptibility_is_degroot_and_none_is_silence():
    ring = scenario().replace({"network": "watts_strogatz:n=30,k=4,p=0.2", "horizon.steps": 40})
    free = opinions_of(ring.replace({"learner": "friedkin_johnsen:susceptibility=1.0,self_weight=0.5"}))[1]
    assert free == pytest.approx(opinions_of(ring.replace({"learner": "degroot"}))[1], abs=1e-12)
    first, last, row = opinions_of(ring.replace({"learner": "friedkin_johnsen:susceptibility=0.0"}))
    assert last == pytest.approx(first, abs=1e-15)
    assert row.steps == 1


class EdgeByEdge(Degroot):
    """DeGroot's rule with each message heard by itself."""

    additive = frozenset()

    @staticmethod
    @compiled
    def speak(learner, i, observation, stream):
        learner.total[i] = 0.0
        return observation[0]

    @staticmethod
    @compiled
    def hear(learner, i, j, weight, message):
        learner.total[i] += weight * message


@pytest.mark.parametrize("network", ["cycle:n=100", "watts_strogatz:n=80,k=6,p=0.0", "complete:n=40", random_graph(3)])
def test_sums_over_rings_crowds_and_edges_are_those_edge_by_edge(network):
    community = scenario().replace({"network": network, "horizon.steps": 20})
    added = opinions_of(community.replace({"learner": "degroot"}))[1]
    assert added == pytest.approx(opinions_of(community.replace({"learner": EdgeByEdge()}))[1], abs=1e-13)


def test_who_leaves_is_not_heard_and_does_not_weigh():
    ageing = scenario().replace({"learner": "degroot", "network": "complete:n=50", "turnover.fail_rate": 0.05})
    result = run(ageing.replace({"horizon.steps": 30}), replications=1, seed=1, record_every=None).agents
    gone = result[result.presence != "present"]
    assert 10 < len(gone) < 48
    present = result[result.presence == "present"].opinion
    assert np.ptp(present) < 1e-6  # the others agree
    assert present.min() > 0.2  # and are not drawn to the 0 of those who are silent


def test_weights_count():
    graph = nx.empty_graph(3, nx.DiGraph)
    graph.add_weighted_edges_from([(0, 2, 3.0), (1, 2, 1.0)])
    community = scenario().replace(
        {"network": graph, "learner": "degroot:self_weight=0.0", "environment.opinions": [0.0, 1.0, 0.5]}
    )
    assert opinions_of(community, steps=1)[1].tolist() == [0.0, 1.0, 0.25]


# --- Given opinions, and bad input -------------------------------------------------------------------------------


def test_opinions_come_from_a_list_or_a_file(tmp_path):
    file = tmp_path / "opinions.csv"
    file.write_text("name,opinion\nAnn,0.25\n\nBo, 1\nCy,0\n")
    assert read_opinions(str(file)) == [0.25, 1.0, 0.0]
    for source in ({"environment.opinions_file": str(file)}, {"environment.opinions": [0.25, 1.0, 0.0]}):
        first, _, _ = opinions_of(scenario().replace({"network": "complete:n=3", **source}))
        assert first.tolist() == [0.25, 1.0, 0.0]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1: columns none; accepted: one column named opinion, and any others"),
        ("view\n0.5\n", "line 1: columns view; accepted: one column named opinion, and any others"),
        ("opinion\n", "no opinion; accepted: a line for each agent"),
        ("opinion\n0.5\n1.5\n", "line 3, column opinion: '1.5' is not accepted; accepted: a number in [0, 1]"),
        ("name,opinion\nAnn\n", "line 2, column opinion: '' is not accepted; accepted: a number in [0, 1]"),
        ("opinion\nnan\n", "line 2, column opinion: 'nan' is not accepted; accepted: a number in [0, 1]"),
    ],
)
def test_a_bad_file_is_named_with_line_and_column(tmp_path, text, message):
    file = tmp_path / "opinions.csv"
    file.write_text(text)
    with pytest.raises(ParameterError) as error:
        read_opinions(str(file))
    between = ", " if message.startswith("line") else ": "
    assert str(error.value) == f"environment.opinions_file: {file.as_posix()}{between}{message}"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"environment.opinions": [0.5, 1.5]},
            "environment.opinions: 1.5 is not accepted; accepted: numbers in [0, 1]",
        ),
        (
            {"environment.opinions": [0.5]},
            "environment.opinions: 1 opinions do not fit the network; accepted: 100, one for each agent",
        ),
        (
            {"environment.opinions": [0.5], "environment.opinions_file": "x.csv"},
            "environment.opinions_file: opinions are listed already; accepted: one of the two",
        ),
        ({"learner.confidence": -0.1}, "learner.confidence: -0.1 is not accepted; accepted: a float, >= 0, <= 1"),
        (
            {"learner": "deffuant"},
            "learner: 'deffuant' needs an environment in which agents meet and see: opinion, opinion met",
        ),
    ],
)
def test_bad_values_are_named_with_what_is_accepted(changes, message):
    with pytest.raises(ParameterError) as error:
        run(scenario().replace(changes), replications=1)
    assert str(error.value) == message


@pytest.mark.parametrize("learner", [Degroot, FriedkinJohnsen, HegselmannKrause])
def test_learners_of_deliberation_refuse_other_environments(learner):
    with pytest.raises(
        ParameterError, match=f"^learner: '{learner.name()}' needs an environment in which agents see: {SEEN}$"
    ):
        learner().state(Specification(SPECIFICATION.actions), 3)


def test_where_all_agree_there_are_no_echo_chambers():
    agreed = run(scenario().replace({"learner": "degroot", "network": "karate"}), replications=2, seed=1)
    assert agreed.metrics["consensus_rate"].value == 1.0
    assert "equal opinions" in agreed.metrics["echo_chambers"].reason
