"""Strategies that take the place of others."""

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest

from socialsim.core.errors import ParameterError
from socialsim.engine.run import run
from socialsim.engine.scenario import PresenceEvent, Scenario, Turnover
from socialsim.engine.simulation import Simulation
from socialsim.environments.evolution import METRICS, Evolution
from socialsim.environments.evolution.theory import (
    death_birth_fixation,
    donation_game,
    fixation_probability,
    moran_fixation,
    stationary_distribution,
)
from socialsim.environments.evolution.updating import UPDATES

LEAST_P = 1e-4
DILEMMA = ((1.0, 0.0), (2.0, 0.0))


def population(environment, network, strategies, seed=0, **options):
    """Return one replication that begins with given strategies."""
    scenario = Scenario(environment, "innate", network, 10**9, **options)
    simulation = Simulation(scenario, seed=seed, replications=range(1))
    simulation.advance(0)
    state = simulation.environment
    state.strategy[0] = strategies
    state.holders[0] = np.bincount(strategies, minlength=len(environment.payoffs))
    state.fixed[0] = -1
    state.is_stale[0], state.lattice[:], state.wait[:] = 1, 0, -1  # by the general rules
    return simulation


def after(environment, network, strategies, steps=1, seed=0):
    simulation = population(environment, network, strategies, seed)
    simulation.advance(steps)
    return simulation.columns()["strategy"][0].tolist()


def fixed_share(environment, network, replications, steps=100_000):
    """Return how often strategy 0 took over, and in how many runs."""
    scenario = Scenario(environment, "innate", network, steps)
    runs = run(scenario, replications=replications, seed=1, threads=1, record_every=None).runs
    assert (runs.stop == "done").all()
    return int((runs.verdict == 0).sum()), replications


def agrees(count, probability):
    return binomtest(count[0], count[1], probability).pvalue > LEAST_P


# --- By hand -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("temptation", "num_defectors"), [(1.1, 1), (1.2, 9), (1.7, 9)])
def test_one_defector_among_cooperators_wins_its_neighbours_if_eight_games_pay_more_than_nine(
    temptation, num_defectors
):
    strategies = np.zeros(49, np.int64)
    strategies[24] = 1
    environment = Evolution(payoffs=((1.0, 0.0), (temptation, 0.0)), self_play=True)
    torus = "grid:rows=7,columns=7,periodic=true,neighbourhood=moore"
    assert sum(after(environment, torus, strategies)) == num_defectors


def test_without_self_play_a_lone_defector_wins_its_neighbours_at_lower_temptation():
    strategies = np.zeros(49, np.int64)
    strategies[24] = 1
    environment = Evolution(payoffs=((1.0, 0.0), (1.1, 0.0)))  # 8 x 1.1 against 8
    assert sum(after(environment, "grid:rows=7,columns=7,periodic=true,neighbourhood=moore", strategies)) == 9


def test_whose_own_strategy_is_among_the_best_keeps_it_and_others_take_the_lowest_of_several():
    environment = Evolution(payoffs=((1.0, 1.0, 1.0), (1.0, 1.0, 1.0), (0.0, 0.0, 0.0)), payoff="averaged")
    assert after(environment, "path:n=3", [1, 2, 0]) == [1, 0, 0]
    assert after(environment, "path:n=3", [0, 1, 0]) == [0, 1, 0]


def test_imitation_takes_over_with_the_gain_over_games_and_spread():
    """C - C - D: the middle one looks at the defector half of the time, who gains 1 more, of 2 games x 2 at most."""
    environment = Evolution(payoffs=DILEMMA, update="imitation")
    changed = sum(after(environment, "path:n=3", [0, 0, 1], seed=seed) == [0, 1, 1] for seed in range(800))
    assert agrees((changed, 800), 1 / 8)


def test_a_step_of_pairwise_comparison_changes_one_agent_at_most():
    environment = Evolution(payoffs=DILEMMA, update="pairwise_comparison", mutation=0.5)
    before = [0, 1, 0, 1, 1, 0]
    for seed in range(20):
        assert sum(a != b for a, b in zip(before, after(environment, "cycle:n=6", before, seed=seed), strict=True)) <= 1


def test_the_mean_share_leaves_the_first_steps_out():
    scenario = Scenario(Evolution(update="pairwise_comparison", mutation=0.3, burn_in=10), "innate", "cycle:n=6", 25)
    result = run(scenario, replications=3, seed=1, record_every=1)
    for number, runs in result.series.groupby("run"):
        shares = runs[runs.step > 10].mean_cooperates
        assert len(shares) == 15
        assert result.runs.share_0[number] == pytest.approx(shares.mean(), rel=1e-12)


def test_a_run_that_is_not_longer_than_the_burn_in_has_no_mean_share():
    scenario = Scenario(Evolution(burn_in=9, update="pairwise_comparison"), "innate", "cycle:n=30", 9, METRICS)
    estimate = run(scenario, replications=2, seed=1).metrics["cooperation"]
    assert np.isnan(estimate.value)
    assert "burn_in" in estimate.reason


# --- Properties ----------------------------------------------------------------------------------------------------

NETWORKS = {
    "complete": "complete:n=7",
    "karate": "karate",  # weighted
    "directed": nx.gn_graph(9, seed=1),
    "scale-free": "barabasi_albert:n=20,m=2",
    "torus": "grid:rows=4,columns=5,periodic=true,neighbourhood=moore",
}


@settings(max_examples=60, deadline=None)
@given(
    update=st.sampled_from(UPDATES),
    network=st.sampled_from(list(NETWORKS)),
    seed=st.integers(0, 99),
    averaged=st.booleans(),
    self_play=st.booleans(),
    away=st.booleans(),
)
def test_meetings_and_holders_are_kept_up_to_date(update, network, seed, averaged, self_play, away):
    environment = Evolution(
        payoffs=((0.5, 0.0, 1.0), (1.0, 0.2, 0.1), (0.3, 0.9, 0.4)),
        update=update,
        payoff="averaged" if averaged else "accumulated",
        self_play=self_play,
    )
    turnover = Turnover(fail_rate=0.05) if away else None
    scenario = Scenario(environment, "innate", NETWORKS[network], 12, turnover=turnover)
    simulation = Simulation(scenario, seed=seed, replications=range(1))
    simulation.advance(12)
    state = simulation.environment
    if not away:  # else counted afresh at the beginning of the next step
        check_counts(simulation, state, network)


def check_counts(simulation, state, network):
    strategy = state.strategy[0]
    assert state.holders[0].tolist() == np.bincount(strategy, minlength=3).tolist()
    if network != "complete" and not state.is_stale[0, 0]:
        targets, sources, weights = simulation.networks[0].edges()
        met = np.zeros_like(state.met[0])
        np.add.at(met, (targets, strategy[sources]), weights)
        assert np.allclose(state.met[0], met, atol=1e-12)


def test_whoever_is_away_keeps_their_strategy_and_is_not_counted():
    environment = Evolution(update="fermi", payoffs=((1.0, 1.0), (1.0, 1.0)))
    gone = tuple(PresenceEvent(0, i, "leave") for i in range(4))
    simulation = population(environment, "complete:n=12", [0] * 4 + [1] * 8, presence_events=gone)
    simulation.advance(50)
    assert simulation.columns()["strategy"][0].tolist() == [0] * 4 + [1] * 8
    assert simulation.environment.num_present[0].tolist() == [8]


@given(st.integers(0, 999), st.sampled_from(UPDATES))
@settings(max_examples=30, deadline=None)
def test_without_mutation_no_strategy_comes_back(seed, update):
    scenario = Scenario(Evolution(update=update), "innate", "cycle:n=8", 40)
    result = run(scenario, seed=seed, record_every=1)
    shares = result.series.mean_cooperates.to_numpy()
    if 0.0 in shares[:-1]:
        assert shares[-1] == 0.0


def test_isolated_agents_keep_their_strategies():
    for update in UPDATES[:-1]:
        assert after(Evolution(update=update), nx.empty_graph(4), [0, 1, 0, 1], steps=20) == [0, 1, 0, 1]


def test_links_without_weight_are_none():
    graph = nx.path_graph(4)
    nx.set_edge_attributes(graph, 1.0, "weight")
    graph.edges[1, 2]["weight"] = 0.0
    environment = Evolution(payoffs=((0.0, 0.0), (1.0, 1.0)))  # a defector two links away is best paid
    assert after(environment, graph, [0, 0, 1, 1], steps=3) == [0, 0, 1, 1]
    graph.add_edge(0, 2, weight=1.0)
    graph.edges[2, 3]["weight"] = 0.0
    assert after(environment, graph, [0, 0, 1, 0], steps=1) == [1, 0, 1, 0]


@pytest.mark.parametrize("update", UPDATES[4:])
@pytest.mark.parametrize(("network", "least"), [("complete:n=4", 0.0), ("cycle:n=4", 0.0), ("cycle:n=4", -2000.0)])
def test_exponential_fitness_stays_finite(update, network, least):
    """Fitness exp(1000), exp(999) and exp(0), or exp(-2000) of each: the first has offspring e times as often."""
    payoffs = ((least + 1000.0,) * 3, (least + 999.0,) * 3, (least,) * 3)
    environment = Evolution(payoffs=payoffs, update=update, fitness="exponential", payoff="averaged")
    simulation = population(environment, network, [0, 1, 2, 2])
    taken = np.zeros(3, int)
    for step in range(1, 1201):
        before = simulation.environment.strategy[0].copy()
        simulation.advance(step)
        state = simulation.environment
        for s in state.strategy[0][state.strategy[0] != before]:
            taken[s] += 1
        state.strategy[0], state.holders[0] = [0, 1, 2, 2], [1, 1, 2]
        state.is_stale[0], state.fixed[0] = 1, -1
    assert taken[2] == 0 or update == "death_birth"
    assert taken[0] > taken[1] > 0


def test_a_large_loss_is_hardly_ever_imitated():
    environment = Evolution(payoffs=((0.0, 0.0), (9000.0, 9000.0)), update="fermi")
    assert after(environment, "complete:n=6", [1, 1, 1, 1, 1, 0]) == [1] * 6


def test_the_last_holders_of_a_strategy_who_leave_end_the_run():
    gone = tuple(PresenceEvent(3, i, "leave") for i in range(4))
    environment = Evolution(update="fermi", payoffs=((1.0, 1.0), (1.0, 1.0)))
    simulation = population(environment, nx.empty_graph(9), [0] * 4 + [1] * 5, presence_events=gone)
    simulation.advance(10)
    assert simulation.environment.fixed[0, 0] == 1
    assert int(simulation.clock[0]) < 10


# --- Two roads: simulated and exact --------------------------------------------------------------------------------


def test_pairwise_comparison_takes_over_as_often_as_theory_says():
    payoffs = ((1.0, 0.2), (1.3, 0.0))
    environment = Evolution(payoffs=payoffs, update="pairwise_comparison", selection=0.8, initial=(0.2, 0.8))
    assert agrees(fixed_share(environment, "complete:n=5", 1500), fixation_probability(payoffs, 5, 0.8))


@pytest.mark.parametrize("update", UPDATES[3:])
@pytest.mark.parametrize("self_play", [False, True])
def test_changes_that_are_drawn_ahead_come_as_often_as_by_the_general_rules(update, self_play):
    payoffs = ((1.0, 0.2), (1.3, 0.6))
    environment = Evolution(payoffs=payoffs, update=update, mutation=0.2, payoff="averaged", self_play=self_play)
    chances = environment.state(5).chances
    simulation = population(environment, "complete:n=5", [0, 0, 0, 1, 1], seed=1)
    state, holders = simulation.environment, [3]
    for step in range(1, 8001):
        simulation.advance(step)
        holders.append(int(state.holders[0, 0]))
    before, moves = np.array(holders[:-1]), np.diff(holders)
    for k in range(6):
        here = moves[before == k]
        assert agrees((int((here != 0).sum()), len(here)), chances[k, 0])
        assert agrees((int((here > 0).sum()), int((here != 0).sum())), chances[k, 1])


def test_holders_are_kept_in_a_row_while_changes_are_drawn_ahead():
    environment = Evolution(update="pairwise_comparison", mutation=0.3)
    simulation = Simulation(Scenario(environment, "innate", "complete:n=9", 500), seed=4, replications=range(1))
    simulation.advance(500)
    state = simulation.environment
    row = state.row[0]
    assert sorted(row) == list(range(9))
    assert state.strategy[0, row].tolist() == sorted(state.strategy[0].tolist())
    assert state.holders[0].tolist() == np.bincount(state.strategy[0], minlength=2).tolist()


@pytest.mark.parametrize("update", ["moran", "birth_death"])
@pytest.mark.parametrize("network", ["complete:n=5", "cycle:n=5"])
def test_one_mutant_of_constant_fitness_takes_over_by_morans_formula(update, network):
    """Where all have equally many neighbours the network does not matter (the isothermal theorem)."""
    environment = Evolution(payoffs=((2.0, 2.0), (1.0, 1.0)), update=update, payoff="averaged", initial=(0.2, 0.8))
    assert agrees(fixed_share(environment, network, 800), moran_fixation(2.0, 5))


@pytest.mark.parametrize(("weighted", "selection"), [(False, 0.4), (True, 0.4), (False, 0.5)])  # .5: some are not fit
def test_death_birth_takes_over_as_often_as_the_chain_of_all_states_says(weighted, selection):
    graph = nx.lollipop_graph(3, 2)
    for u, v in graph.edges:
        graph.edges[u, v]["weight"] = 1.0 + 2.0 * weighted * (u + v)
    payoffs = donation_game(2.0, 1.0)
    environment = Evolution(
        payoffs=tuple(map(tuple, payoffs.tolist())),
        update="death_birth",
        selection=selection,
        payoff="averaged",
        initial=(0.2, 0.8),
    )
    exact = death_birth_fixation(nx.to_numpy_array(graph), payoffs, selection)
    assert agrees(fixed_share(environment, graph, 800), exact)


@pytest.mark.compiled
def test_with_mutation_shares_are_those_of_the_stationary_distribution():
    payoffs = ((1.0, 0.0), (1.5, 0.2))
    environment = Evolution(payoffs=payoffs, update="pairwise_comparison", mutation=0.05, burn_in=1000)
    result = run(Scenario(environment, "innate", "complete:n=10", 200_000, METRICS), replications=10, seed=3)
    exact = stationary_distribution(payoffs, 10, 1.0, 0.05) @ np.arange(11) / 10
    estimate = result.metrics["cooperation"]
    assert abs(estimate.value - exact) < 5 * estimate.standard_error


# --- Bad input -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"payoffs": ((1.0, 0.0, 0.0), (1.0, 0.0, 0.0))}, "payoffs: .* accepted: m rows of m finite numbers"),
        ({"payoffs": ((1.0,),)}, "payoffs: .* 2 <= m <= 100"),
        ({"payoffs": ((1.0, float("nan")), (1.0, 0.0))}, "payoffs: .* is not accepted"),
        ({"payoffs": ((1.0, float("inf")), (1.0, 0.0))}, "payoffs: .* is not accepted"),
        ({"initial": (0.5, 0.4)}, "initial: .* accepted: 2 shares >= 0 of sum 1"),
        ({"initial": (0.5, 0.3, 0.2)}, "initial: .* accepted: 2 shares"),
        ({"update": "moran", "selection": 2.0}, "selection: 2.0 .* accepted: 0 to 1, or fitness=exponential"),
        ({"update": "moran", "payoffs": ((1.0, -1.0), (2.0, 0.0))}, "payoffs: -1.0 .* may fall below zero"),
        (
            {"update": "death_birth", "payoffs": ((1.0, -3.0), (2.0, 0.0)), "payoff": "averaged", "selection": 0.5},
            "payoffs: -3.0 .* accepted: payoffs >= 0",
        ),
        ({"update": "copy"}, "update: 'copy' is not accepted"),
        ({"mutation": 1.5}, "mutation: 1.5"),
    ],
)
def test_what_does_not_fit_is_refused(values, message):
    with pytest.raises(ParameterError, match=message):
        Evolution(**values)


def test_payoffs_below_zero_are_accepted_where_fitness_cannot_be():
    Evolution(update="death_birth", payoffs=((1.0, -1.0), (2.0, 0.0)), payoff="averaged", selection=0.5)
    Evolution(update="moran", payoffs=((1.0, -9.0), (2.0, 0.0)), fitness="exponential", selection=3.0)


def test_learners_that_act_have_nothing_to_decide():
    with pytest.raises(ParameterError):
        run(Scenario(Evolution(), "bayesian", "cycle:n=5", 5))
