"""Ising's lattice: pay and woven systems by hand, exact chances of a small ring, Onsager's and Yang's formulas."""

import itertools
import math

import numpy as np
import pytest

from socialsim.core.errors import ParameterError
from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.environments.ising import (
    CRITICAL,
    PLAIN,
    Ising,
    binder_cumulant,
    exact_energy,
    exact_order,
    scenario,
    small,
)
from socialsim.networks.regular import complete, cycle, grid
from socialsim.testing.links import by_hand


def links(network):
    return by_hand([np.flatnonzero(row) for row in adjacency(network)])


def adjacency(network):
    import networkx as nx

    return nx.to_numpy_array(network.to_networkx(), weight=None)


def lattice(network, stream, **values):
    state, seen = Ising(**values).state(network.num_agents), links(network)
    Ising.initialise(state, seen, stream)
    return state, seen


def turn(state, seen, actions, stream, version=lambda f: f):
    rewards = np.zeros(len(actions))
    version(Ising.advance)(state, seen, np.array(actions), rewards, stream)
    return rewards


# --- By hand ---------------------------------------------------------------------------------------------------


def test_agents_are_paid_half_of_their_bonds_and_the_field(version, stream):
    state, seen = lattice(cycle(4), stream, coupling=3.0, field=0.25)
    rewards = turn(state, seen, [1, 1, 0, 0], stream, version)
    assert rewards.tolist() == [0.25, 0.25, -0.25, -0.25]
    rewards = turn(state, seen, [1, 1, 1, 0], stream, version)
    assert rewards.tolist() == [0.25, 3.25, 0.25, -3.25]


def test_what_each_spin_would_have_paid_is_shown(version, stream):
    state, seen = lattice(cycle(4), stream, coupling=1.0, field=0.5, observation="payoffs")
    turn(state, seen, [1, 1, 1, 0], stream)
    shown = np.zeros(2)
    for i, up in enumerate((0.5, 1.5, 0.5, 1.5)):
        version(Ising.observe)(state, seen, i, shown)
        assert shown.tolist() == [-up, up]


def test_two_opposed_woven_systems_are_both_in_order(stream):
    """The first colour up and the second down, and then the other way round, for ever: nobody agrees with anybody now,
    and everybody with what the neighbours were a step ago.
    """
    state, seen = lattice(cycle(4), stream, field=0.125)
    for step in range(3):
        assert turn(state, seen, [step % 2, 1 - step % 2] * 2, stream).sum() == -4.0
    assert state.num_samples[0] == 4
    assert (state.moments / state.num_samples).tolist() == [1.0, 1.0, 1.0, -1.0]
    assert Ising().outcomes(stacked(state))["final_order"].tolist() == [0.0]


def stacked(state):
    return state._replace(
        **{name: np.asarray(getattr(state, name))[None] for name in ("spins", "moments", "num_samples")}
    )


@pytest.mark.parametrize("network", [cycle(6), grid(4, 6, periodic=True), grid(3, 5)])
def test_two_colours_are_found_where_there_are(network, version, stream):
    state, seen = Ising().state(network.num_agents), links(network)
    version(Ising.initialise)(state, seen, stream)
    low, high = np.nonzero(adjacency(network))
    assert set(state.colours) == {0, 1}
    assert (state.colours[low] != state.colours[high]).all()


@pytest.mark.parametrize("network", [cycle(5), grid(3, 4, periodic=True), complete(4)])
def test_where_two_colours_are_too_few_the_plain_mean_is_measured(network, stream):
    state, seen = lattice(network, stream)
    assert set(state.colours) == {PLAIN}
    matrix, n = adjacency(network), network.num_agents
    actions = np.random.default_rng(1).integers(2, size=(3, n))
    for row in actions:
        turn(state, seen, row, stream)
    spins = 2.0 * actions[1:] - 1.0
    assert state.num_samples[0] == 2
    assert state.moments[1] == pytest.approx((spins.mean(axis=1) ** 2).sum())
    assert state.moments[3] == pytest.approx(-sum(s @ matrix @ s for s in spins) / 2.0 / n)


def test_woven_moments_against_brute_force(version, stream):
    network = grid(4, 4, periodic=True)
    state, seen = lattice(network, stream, burn_in=2, coupling=0.7, field=0.3)
    matrix, actions = adjacency(network), np.random.default_rng(2).integers(2, size=(7, 16))
    for row in actions:
        turn(state, seen, row, stream, version)
    expected = np.zeros(4)
    for before, now in zip(2.0 * actions[1:-1] - 1.0, 2.0 * actions[2:] - 1.0, strict=True):
        for older in (0, 1):
            woven = np.where(state.colours == older, before, now)
            m, energy = woven.mean(), -0.7 * woven @ matrix @ woven / 2.0 / 16 - 0.3 * woven.mean()
            expected += [abs(m), m**2, m**4, energy]
    assert state.num_samples[0] == 10
    assert state.moments == pytest.approx(expected)


# --- Theorems ----------------------------------------------------------------------------------------------------


@pytest.mark.compiled
def test_woven_systems_of_agents_who_know_what_pays_are_isings_exactly():
    """All 64 states of a ring of six, at T = 2 tau in a field H = 2 h."""
    tau, coupling, field = 0.9, 1.0, 0.15
    states = np.array(list(itertools.product((-1, 1), repeat=6)))
    bonds = (states * np.roll(states, 1, axis=1)).sum(axis=1)
    weights = np.exp((coupling * bonds + 2.0 * field * states.sum(axis=1)) / (2.0 * tau))
    m = states.mean(axis=1)
    exact = {
        "order": weights @ np.abs(m) / weights.sum(),
        "order_squared": weights @ m**2 / weights.sum(),
        "energy": weights @ (-coupling * bonds / 6 - field * m) / weights.sum(),
    }
    environment = Ising(coupling=coupling, field=field, burn_in=20, observation="payoffs")
    model = Scenario(environment, f"discrete_choice:beta={1 / tau}", "cycle:n=6", 1020)
    runs = run(model, replications=400, seed=1, record_every=None).runs
    for name, value in exact.items():
        error = runs[name].std() / math.sqrt(len(runs))
        assert error < 0.004
        assert abs(runs[name].mean() - value) < 4.0 * error


@pytest.mark.compiled
@pytest.mark.parametrize("noise", [0.0, 0.5])
def test_mean_field_q_learners_come_to_onsagers_energy(noise):
    """T = 3, far from the transition, where 12 x 12 is as good as infinite. Noise of a tenth of it that remains in
    values shifts the energy by less than the tolerance.
    """
    learner = "mean_field_q:temperature=1.5,discount=0.0,alpha=0.02"
    model = Scenario(Ising(burn_in=2000, noise=noise), learner, "grid:rows=12,columns=12,periodic=true", 6000)
    runs = run(model, replications=6, seed=1, record_every=None).runs
    assert runs.energy.mean() == pytest.approx(exact_energy(3.0), abs=0.012)


def test_exact_energy_is_the_slope_of_onsagers_free_energy():
    """ln Z / N = ln 2 + 1/(8 pi^2) int int ln[cosh(2K)^2 - sinh(2K) (cos x + cos y)], u = - d ln Z / dK / N."""
    angles = (np.arange(400) + 0.5) * math.pi / 400

    def log_partition(k):
        inner = math.cosh(2 * k) ** 2 - math.sinh(2 * k) * (np.cos(angles)[:, None] + np.cos(angles))
        return math.log(2.0) + 0.5 * np.log(inner).mean()

    for temperature in (1.7, 2.1, 2.5, 4.0):
        k = 1.0 / temperature
        slope = (log_partition(k + 1e-5) - log_partition(k - 1e-5)) / 2e-5
        assert exact_energy(temperature) == pytest.approx(-slope, abs=1e-6)
        assert exact_energy(3.0 * temperature, 3.0) == pytest.approx(-3.0 * slope, abs=3e-6)


def test_exact_order_vanishes_as_the_eighth_root():
    gaps = np.array([1e-3, 1e-5, 1e-7])
    orders = [exact_order(CRITICAL * (1.0 - gap)) for gap in gaps]
    assert np.polyfit(np.log(gaps), np.log(orders), 1)[0] == pytest.approx(0.125, abs=1e-3)
    assert exact_order(0.3) == pytest.approx(1.0, abs=1e-9)


def test_without_heat_all_are_alike():
    assert (exact_order(1e-9), exact_energy(1e-9)) == (1.0, pytest.approx(-2.0, abs=1e-15))


@pytest.mark.parametrize("values", [(0.0,), (-2.0,), (math.nan,), (math.inf,), (2.0, -1.0), (2.0, 0.0)])
@pytest.mark.parametrize("formula", [exact_order, exact_energy])
def test_onsagers_formulas_are_of_a_positive_temperature_and_coupling(formula, values):
    """With a negative coupling neighbours differ, and the order is of another kind."""
    with pytest.raises(ParameterError, match=r"temperature, coupling: .* accepted: numbers above 0"):
        formula(*values)


# --- Noise, metrics, bad input ---------------------------------------------------------------------------------


def test_noise_has_its_spread_and_no_mean(stream):
    state, seen = lattice(cycle(4), stream, noise=2.0)
    rewards = np.concatenate([turn(state, seen, [1, 1, 0, 0], stream) for _ in range(1000)])
    assert rewards.mean() == pytest.approx(0.0, abs=5 * 2.0 / math.sqrt(4000))
    assert rewards.std() == pytest.approx(2.0, rel=0.06)
    assert "reward_range" not in Ising(noise=0.1).specification("agent", 4).facts


def test_the_cumulant_is_two_thirds_in_perfect_order():
    cold = small().replace({"learner.temperature": 0.01, "environment.field": 9.0, "environment.burn_in": 40})
    result = run(cold.replace({"horizon.steps": 50}), replications=2, seed=3, record_every=None)
    assert binder_cumulant(result).value == pytest.approx(2.0 / 3.0, abs=1e-3)


def test_before_the_second_step_nothing_is_known():
    runs = run(small().replace({"horizon.steps": 1}), replications=2, seed=1).runs
    assert runs.order.isna().all()
    assert runs.final_order.between(0.0, 1.0).all()


def test_the_default_lattice_is_that_of_yang_and_others():
    assert scenario().environment == Ising(burn_in=1000)


@pytest.mark.parametrize(("name", "value"), [("noise", -1.0), ("observation", "spins"), ("burn_in", -1)])
def test_bad_values_are_refused(name, value):
    with pytest.raises(ParameterError, match=name):
        Ising(**{name: value})
