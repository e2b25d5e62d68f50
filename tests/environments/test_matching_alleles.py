"""Hosts, parasites and the alleles by which they match."""

import math
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from socialsim.core.errors import ParameterError
from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.environments.matching_alleles import (
    METRICS,
    MatchingAlleles,
    angle,
    breed,
    cycle_period,
    excess,
    look,
    scenario,
)
from socialsim.environments.matching_alleles.theory import cycle, next_frequencies, time_shift
from socialsim.metrics.cycles import cycle_length
from socialsim.testing.links import by_hand

NETWORK = by_hand(0)


def with_alleles(hosts, parasites, **values):
    env = MatchingAlleles(host_share=len(hosts) / (len(hosts) + len(parasites)), **values).state(
        len(hosts) + len(parasites)
    )
    env.allele[:] = [*hosts, *parasites]
    look(env, NETWORK)
    return env


def orbit(hosts, parasites, num_generations, *costs):
    """Return the frequencies of infinite populations, shape (2, num_generations + 1, num_alleles)."""
    course = [(np.array(hosts), np.array(parasites))]
    for _ in range(num_generations):
        course.append(next_frequencies(*course[-1], *costs))
    return np.array(course).transpose(1, 0, 2)


# --- By hand ---------------------------------------------------------------------------------------------------


def test_a_generation_by_hand(version):
    env = with_alleles([0, 0, 0, 1], [0, 1], host_cost=0.5, parasite_cost=0.4, mutation=0.0)
    assert env.numbers.tolist() == [[3, 1], [1, 1]]
    assert env.fitness.tolist() == [[0.75, 0.75], [0.9, 0.7]]  # half the parasites are 0; 3/4 and 1/4 of hosts
    assert env.infected[0] == 0.5
    version(breed)(env)
    assert env.chance.ravel().tolist() == pytest.approx([0.75, 0.25, 9 / 16, 7 / 16])


def test_mutants_have_any_other_allele(version):
    env = with_alleles([0, 0], [1, 1], num_alleles=3, host_cost=0.5, parasite_cost=0.0, mutation=0.3)
    version(breed)(env)
    assert env.chance.ravel().tolist() == pytest.approx([0.7, 0.15, 0.15, 0.15, 0.7, 0.15])


def test_where_all_are_unfit_no_allele_comes_from_nowhere(version):
    """As with a cost just below 1, where all are equally fit."""
    env = with_alleles([0, 0, 0], [1, 1, 1, 2], num_alleles=3, host_cost=1.0, parasite_cost=1.0, mutation=0.0)
    assert env.fitness[1].tolist() == [1.0, 0.0, 0.0]
    version(breed)(env)
    assert env.chance[1].tolist() == [0.0, 0.75, 0.25]
    assert next_frequencies([1, 0, 0], [0, 0.75, 0.25], 1.0, 1.0)[1].tolist() == [0.0, 0.75, 0.25]


def test_angles_are_turns_from_hosts_to_parasites(version):
    assert version(angle)(1.0, 0.0, 0.0, 2.0) == pytest.approx(math.pi / 2)
    assert version(angle)(0.0, 1.0, 1.0, 0.0) == pytest.approx(-math.pi / 2)
    assert version(angle)(0.0, 0.0, 1.0, 0.0) == 0.0


def test_the_excess_is_that_of_allele_0(version):
    env = with_alleles([0, 0, 0, 1], [0, 1, 1, 1], host_cost=0.5, parasite_cost=0.4)
    assert version(excess)(env, 0) == pytest.approx(0.4 * 0.25)
    assert version(excess)(env, 1) == pytest.approx(0.5 * -0.25)


# --- Two roads -------------------------------------------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(
    st.integers(2, 5),
    st.lists(st.integers(0, 4), min_size=4, max_size=12),
    st.lists(st.integers(0, 4), min_size=4, max_size=12),
    st.floats(0, 1),
    st.floats(0, 1),
    st.floats(0, 1),
)
def test_chances_of_offspring_are_the_next_frequencies(m, hosts, parasites, host_cost, parasite_cost, mutation):
    hosts, parasites = [a % m for a in hosts], [a % m for a in parasites]
    costs = {"host_cost": host_cost, "parasite_cost": parasite_cost, "mutation": mutation}
    env = with_alleles(hosts, parasites, num_alleles=m, **costs)
    breed(env)
    h, p = (np.bincount(alleles, minlength=m) / len(alleles) for alleles in (hosts, parasites))
    expected = next_frequencies(h, p, *costs.values())
    assert env.chance == pytest.approx(np.array(expected), abs=1e-12)


@pytest.mark.parametrize(("m", "costs"), [(2, (0.3, 0.3, 0.0)), (3, (0.7, 0.2, 0.05)), (5, (1.0, 0.9, 0.01))])
def test_period_and_growth_are_those_of_the_jacobian(m, costs):
    """The eigenvalues of the map itself, differentiated numerically on the plane of frequencies."""
    even, step = np.full(m, 1 / m), 1e-6
    columns = []
    for k in range(2 * (m - 1)):
        ends = []
        for sign in (1, -1):
            moved = np.concatenate([even, even])
            first = k % (m - 1) + m * (k // (m - 1))
            moved[first] += sign * step
            moved[m - 1 + m * (k // (m - 1))] -= sign * step
            h, p = next_frequencies(moved[:m], moved[m:], *costs)
            ends.append(np.concatenate([h[:-1], p[:-1]]))
        columns.append((ends[0] - ends[1]) / (2 * step))
    values = np.linalg.eigvals(np.array(columns).T)
    period, growth = cycle(m, *costs)
    assert np.abs(values) == pytest.approx(np.full(len(values), growth), abs=1e-7)
    assert 2 * np.pi / np.abs(np.angle(values)) == pytest.approx(np.full(len(values), period), rel=1e-6)


# --- Theorems and limits ---------------------------------------------------------------------------------------


@given(st.integers(2, 6), st.floats(0, 1), st.floats(0, 0.99), st.floats(0, 1))
def test_even_frequencies_stay(m, host_cost, parasite_cost, mutation):
    even = np.full(m, 1 / m)
    assert np.array(next_frequencies(even, even, host_cost, parasite_cost, mutation)) == pytest.approx(1 / m)


def test_cycles_widen_without_mutation_and_fade_with_enough_of_it():
    for mutation, sign in ((0.0, 1), (0.02, -1)):
        hosts, parasites = orbit([0.52, 0.48], [0.5, 0.5], 200, 0.3, 0.3, mutation)
        size = np.hypot(hosts[:, 0] - 0.5, parasites[:, 0] - 0.5)
        growth = math.log(size[-1] / size[0]) / 200
        assert math.copysign(1, growth) == sign
        if sign < 0:
            assert growth == pytest.approx(math.log(cycle(2, 0.3, 0.3, mutation)[1]), rel=0.02)


def test_parasites_follow_a_quarter_of_a_cycle_behind():
    hosts, parasites = orbit([0.6, 0.4], [0.5, 0.5], 360, 0.3, 0.3, 0.011)
    period = cycle(2, 0.3, 0.3)[0]
    quarter = round(period / 4)
    assert cycle_length(hosts[:, 0]) == pytest.approx(period, rel=0.03)
    shifted = {lag: time_shift(hosts, parasites, lag) for lag in range(-quarter, quarter + 1, 3)}
    assert list(shifted.values()) == sorted(shifted.values())  # the older the hosts, the better parasites match them
    assert shifted[min(shifted)] < 0.5 < shifted[max(shifted)]


def test_without_selection_diversity_decays_as_wright_and_fisher_have_it():
    """E(H_t) = H_0 (1 - 1/N)^t, and every allele wins as often as it was common."""
    model = Scenario(MatchingAlleles(host_cost=0, parasite_cost=0, mutation=0), "innate", "complete:n=20", 5, METRICS)
    runs = run(model, replications=1500, seed=1, record_every=None).runs
    left = 2 * runs.host_0 * (1 - runs.host_0)
    expected = 2 * 0.25 * (1 - 1 / 10) * (1 - 1 / 10) ** 5  # the first ten are drawn too
    assert left.mean() == pytest.approx(expected, abs=4 * left.std() / math.sqrt(len(left)))


@pytest.mark.compiled
def test_finite_populations_swing_as_the_linear_noise_has_it():
    """Around even frequencies S = M S M' + I / (4 N) (equation (3), binomial draws)."""
    from scipy.linalg import solve_discrete_lyapunov

    host_cost, parasite_cost, mutation, size = 0.3, 0.5, 0.04, 1000
    model = Scenario(
        MatchingAlleles(host_cost=host_cost, parasite_cost=parasite_cost, mutation=mutation),
        *("innate", f"complete:n={2 * size}", 120, METRICS),
    )
    runs = run(model, replications=300, seed=1, record_every=None).runs
    a, b = host_cost / (2 - host_cost), parasite_cost / (2 * (1 - parasite_cost) + parasite_cost)
    matrix = (1 - 2 * mutation) * np.array([[1, -a], [b, 1]])
    expected = solve_discrete_lyapunov(matrix, np.eye(2) / (4 * size))
    measured = np.cov(runs.host_0, runs.parasite_0)
    assert np.diag(measured) == pytest.approx(np.diag(expected), rel=4 * math.sqrt(2 / 300))
    assert abs(measured[0, 1] - expected[0, 1]) < 4 * math.sqrt(expected[0, 0] * expected[1, 1] / 300)


@pytest.mark.compiled
@pytest.mark.parametrize(("m", "costs"), [(2, (0.3, 0.3)), (2, (0.8, 0.2))])
def test_finite_populations_turn_with_the_period_of_the_theory(m, costs):
    period, growth = cycle(m, *costs)
    mutation = (1 - 0.998 / growth) * (m - 1) / m  # cycles fade slowly, so that noise keeps them near even frequencies
    world = MatchingAlleles(num_alleles=m, host_cost=costs[0], parasite_cost=costs[1], mutation=mutation)
    model = Scenario(world, "innate", "complete:n=10000", 1500, METRICS)
    found = run(model, replications=20, seed=1, record_every=None).metrics["cycle_period"]
    assert found.value == pytest.approx(period, rel=0.05)


def a_result(steps, cycles):
    columns = {"steps": steps, "cycles": cycles}
    return SimpleNamespace(runs=pd.DataFrame(columns, index=pd.RangeIndex(len(steps))))


def test_short_runs_have_the_same_period():
    """Each kind of run counts, not only those that have come round once."""
    found = cycle_period(a_result([40] * 4, [1.25, 0.75, 1.1, 0.9]))
    assert found.value == pytest.approx(40)
    assert found.low < 40 < found.high


@pytest.mark.parametrize("cycles", [[0.0, 0.0], [1.5, -1.4, 0.2], [-1.0, -1.1, -1.2]])
def test_those_who_do_not_go_round_have_no_period(cycles):
    assert "parasites do not go round" in cycle_period(a_result([100] * len(cycles), cycles)).reason


def test_loss_of_all_but_one_allele_is_the_end():
    result = run(scenario().replace({"network.n": 8, "environment.mutation": 0.0}), replications=40, seed=1)
    assert (result.runs.stop == "done").all()
    assert result.metrics["host_diversity"].value == 1.0


# --- Learners --------------------------------------------------------------------------------------------------


def test_those_who_choose_are_paid_the_fitness_of_their_allele(version):
    env = MatchingAlleles(inheritance="learned", mutation=0, host_cost=0.5, parasite_cost=0.4).state(6)
    rewards = np.zeros(6)
    version(MatchingAlleles.advance)(env, NETWORK, np.array([0, 0, 1, 0, 1, 1]), rewards, np.zeros(4, np.uint64))
    assert rewards.tolist() == pytest.approx([1 - 0.5 / 3] * 2 + [1 - 1.0 / 3] + [1 - 0.4 / 3] + [1 - 0.8 / 3] * 2)


@pytest.mark.compiled
def test_parasites_that_learn_match_past_hosts_better_than_those_to_come():
    world = MatchingAlleles(inheritance="learned", mutation=0, host_cost=1.0, parasite_cost=1.0)
    model = Scenario(world, "exp3:gamma=0.1", "complete:n=1000", 1000, METRICS)
    series = run(model, replications=4, seed=1, record_every=1, series_runs=4).series
    for _, course in series.groupby("run"):
        hosts, parasites = (
            np.stack([course[name], 1 - course[name]], axis=1) for name in ("mean_host_0", "mean_parasite_0")
        )
        assert time_shift(hosts[1:], parasites[1:], 20) > 0.5 > time_shift(hosts[1:], parasites[1:], -20)


# --- Bad input -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"num_alleles": 1}, "num_alleles: 1 is not accepted; accepted: an int, >= 2, <= 100"),
        ({"host_cost": -0.1}, "host_cost: -0.1 is not accepted; accepted: a float, >= 0, <= 1"),
        ({"inheritance": "learned"}, "mutation: 0.01 is not accepted; accepted: 0 with inheritance=learned"),
        ({"inheritance": "eaten"}, "inheritance"),
    ],
)
def test_what_cannot_be_is_refused_by_name(values, words):
    with pytest.raises(ParameterError) as error:
        MatchingAlleles(**values)
    assert words in str(error.value)


def test_a_world_without_parasites_is_refused():
    with pytest.raises(ParameterError, match=r"host_share: 0\.9 of 3 agents leaves no host or no parasite"):
        MatchingAlleles(host_share=0.9).counts(3)


@pytest.mark.parametrize(("m", "mutation"), [(2, 0.5), (3, 0.9), (2, -0.1), (2, math.nan)])
def test_cycles_of_those_who_inherit_nothing_are_refused(m, mutation):
    with pytest.raises(ParameterError, match=f"mutation: .* with {m} alleles; accepted: >= 0, below 0"):
        cycle(m, 0.5, 0.5, mutation)


def test_cycles_without_selection_are_refused():
    with pytest.raises(ParameterError, match="accepted: 2 or more, with costs in"):
        cycle(2, 0.0, 0.5)
