"""Mean-field Q-learning: classes of mean actions, updates by hand, and what it finds."""

import itertools
import math

import numpy as np
import pytest
from scipy.optimize import brentq

from socialsim.core.errors import ParameterError
from socialsim.engine.interface import Discrete, Specification
from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.engine.simulation import Simulation
from socialsim.environments.dilemmas import Dilemmas
from socialsim.learning.mean_field_q import MeanFieldQ, class_of, class_ranks, in_company

UNUSED = np.zeros(4, np.uint64)


def a_state(num_actions=2, num_observations=1, **parameters):
    state = MeanFieldQ(**parameters).state(Specification(Discrete(num_actions), Discrete(num_observations)), 1)
    MeanFieldQ.initialise(state, 0, UNUSED)
    return state


def hear(state, version, *actions):
    version(MeanFieldQ.announce)(state, 0, 0, 0, UNUSED)
    for action in actions:
        version(MeanFieldQ.witness)(state, 0, 1, 1.0, float(action))


@pytest.mark.parametrize(("num_actions", "resolution"), [(2, 1), (2, 4), (3, 4), (4, 3), (5, 2)])
def test_every_mean_action_on_the_grid_has_a_class_of_its_own(num_actions, resolution):
    ranks = class_ranks(num_actions, resolution)
    grid = [c for c in itertools.product(range(resolution + 1), repeat=num_actions) if sum(c) == resolution]
    found = sorted(int(class_of(np.array(counts, float), ranks, -1)) for counts in grid)
    assert found == list(range(math.comb(resolution + num_actions - 1, num_actions - 1)))


@pytest.mark.parametrize(
    ("downs", "expected"), [(0, 0), (1, 1), (2, 1), (3, 2), (4, 2), (5, 3), (6, 3), (7, 4), (8, 4)]
)
def test_shares_between_two_classes_are_rounded_to_the_nearest(version, downs, expected):
    counts = np.array([float(downs), 8.0 - downs])
    assert version(class_of)(counts, class_ranks(2, 4), -1) == expected


def test_who_hears_nobody_keeps_what_it_heard_last(version):
    state = a_state(resolution=4)
    hear(state, version, 1, 1, 1, 0)
    version(MeanFieldQ.learn)(state, 0, 0, 0, 1.0, 0, UNUSED)
    assert state.company[0] == 1
    hear(state, version)
    version(MeanFieldQ.learn)(state, 0, 0, 0, 1.0, 0, UNUSED)
    assert state.company[0] == 1


def test_at_first_all_actions_are_expected_alike():
    assert a_state(2, resolution=4).company[0] == 2
    assert a_state(4, resolution=4).company[0] == class_of(np.ones(4), class_ranks(4, 4), -1)


def test_the_value_of_yangs_figure_2_moves_by_a_tenth_of_the_way(version):
    """.82 + .1 (2 - .82) = .938 (the paper prints .93): down among four who are down."""
    state = a_state(alpha=0.1, discount=0.0)
    state.values[0, 0, 4, 0] = 0.82
    hear(state, version, 0, 0, 0, 0)
    version(MeanFieldQ.learn)(state, 0, 0, 0, 2.0, 0, UNUSED)
    assert state.values[0, 0, 4, 0] == pytest.approx(0.938, abs=1e-15)
    assert np.count_nonzero(state.values) == 1


def test_the_next_observation_counts_by_its_boltzmann_mean_in_the_company_just_heard(version):
    state = a_state(num_observations=2, alpha=0.5, discount=0.8, temperature=2.0)
    state.values[0, 1, 1] = [0.0, 2.0 * math.log(3.0)]  # chances 1/4 and 3/4
    hear(state, version, 1, 1, 1, 0)
    version(MeanFieldQ.learn)(state, 0, 0, 1, 1.0, 1, UNUSED)
    assert state.values[0, 0, 1, 1] == pytest.approx(0.5 * (1.0 + 0.8 * 0.75 * 2.0 * math.log(3.0)))


def test_it_acts_by_the_company_heard_last(version, stream):
    state = a_state(temperature=1.0)
    state.values[0, 0, 3] = [0.0, math.log(4.0)]
    state.company[0] = 3
    acts = [version(MeanFieldQ.act)(state, 0, 0, stream) for _ in range(500)]
    assert state.weights[0] / state.weights[0].sum() == pytest.approx([0.2, 0.8])
    assert np.mean(acts) == pytest.approx(0.8, abs=5 * math.sqrt(0.16 / 500))


def test_links_count_by_their_weight(version):
    state = a_state(resolution=4)
    version(MeanFieldQ.announce)(state, 0, 0, 0, UNUSED)
    version(MeanFieldQ.witness)(state, 0, 1, 3.0, 0.0)
    version(MeanFieldQ.witness)(state, 0, 2, 1.0, 1.0)
    version(MeanFieldQ.learn)(state, 0, 0, 0, 0.0, 0, UNUSED)
    assert state.company[0] == 3


def test_what_one_could_not_do_is_not_counted(version):
    state = a_state(num_actions=2)
    hear(state, version, 2, 7, 1)
    assert state.counts[0].tolist() == [0.0, 1.0]


def test_an_agent_that_enters_starts_again(version, stream):
    state = a_state(initial_value=2.0, temperature=3.0, beta=0.5)
    version(MeanFieldQ.act)(state, 0, 0, stream)
    hear(state, version, 1, 1)
    version(MeanFieldQ.learn)(state, 0, 0, 0, 9.0, 0, UNUSED)
    version(MeanFieldQ.initialise)(state, 0, stream)
    assert set(state.values.ravel()) == {2.0}
    assert (state.heat[0], state.company[0], state.counts.sum()) == (3.0, 2, 0.0)


def test_a_table_that_is_too_large_is_refused():
    with pytest.raises(
        ParameterError, match=r"^learner.resolution: 20 makes 30045015 classes .* accepted: at most 100000"
    ):
        a_state(num_actions=11, resolution=20)


def test_two_players_learn_the_payoff_matrix_itself():
    """With one neighbour and K = 1 the mean action is its action: Q(a, b) is the matrix, whatever is played."""
    payoffs = ((3.0, 0.0), (4.0, 1.0))
    model = Scenario(
        Dilemmas(payoffs=payoffs), "mean_field_q:resolution=1,discount=0.0,temperature=50.0", "path:n=2", 400
    )
    simulation = Simulation(model, replications=range(1), seed=1)
    simulation.advance(400)
    values = simulation.learners["agent"].values[0]
    by_others_action = np.array(payoffs)[:, ::-1].T  # class 0: the other took action 1
    for i in range(2):
        np.testing.assert_allclose(values[i, 0], by_others_action, atol=0.02)


@pytest.mark.compiled
def test_a_large_population_comes_to_the_logit_equilibrium():
    """Hawk-dove, C - D = 1 - 3x: x = 1 / (1 + exp(3x - 1)), a fixed point of choice and mean action."""
    model = Scenario(
        Dilemmas(payoffs=((2.0, 1.0), (4.0, 0.0))),
        "mean_field_q:resolution=20,discount=0.0,temperature=1.0,alpha=0.5",
        "complete:n=200",
        1500,
    )
    late = run(model, replications=4, seed=1, record_every=1).series.query("step > 500")
    equilibrium = brentq(lambda x: x - 1.0 / (1.0 + math.exp(3.0 * x - 1.0)), 0.0, 1.0)
    assert late.mean_cooperates.mean() == pytest.approx(equilibrium, abs=0.01)


def test_columns_and_policy_are_those_of_the_present_company():
    model = Scenario(Dilemmas(observation="own"), "mean_field_q", "cycle:n=5", 30)
    result = run(model, replications=2, seed=1)
    assert {"highest_value", "certainty"} <= set(result.agents.columns)
    state = MeanFieldQ().state(Specification(Discrete(2), Discrete(3)), 4)
    stacked = state._replace(values=state.values[None].copy(), company=np.array([[0, 1, 2, 3]]))
    stacked.values[0, 2, 1, 2, 1] = 5.0
    assert in_company(stacked).max(axis=(2, 3)).tolist() == [[0.0, 0.0, 5.0, 0.0]]
    assert MeanFieldQ().policy(stacked)[0, 2].tolist() == [0, 1, 0]
