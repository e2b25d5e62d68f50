"""A tax on catches that is paid back to all."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from socialsim.engine.simulation import Simulation
from socialsim.environments.fishery import Fishery, scenario
from socialsim.environments.fishery.theory import at_rest, nash, optimal_tax, social_optimum


@given(st.floats(0.3, 3.0), st.floats(0.01, 0.3), st.integers(2, 60))
def test_the_optimal_tax_makes_the_nash_equilibrium_the_social_optimum(shape, cost, num_agents):
    fishery = Fishery(growth_shape=shape, cost=cost, catchability=0.9)
    taxed = fishery.replace(tax=optimal_tax(fishery))
    assert nash(taxed, num_agents).stock == pytest.approx(social_optimum(fishery).stock, abs=1e-9)


def test_the_optimal_tax_does_not_depend_on_how_many_share_it():
    assert optimal_tax(Fishery()) == pytest.approx((1 - 0.2) / (1 + 0.2))
    assert nash(Fishery(tax=0.5), 4).stock == pytest.approx((1 + 4 * 0.2) / (5 - 0.5 * 3))


def test_a_tax_that_takes_everything_stops_fishing():
    assert nash(Fishery(tax=1.0), 10**6).effort == pytest.approx(0.0, abs=1e-5)


def test_at_the_taxed_equilibrium_no_effort_pays_more():
    """By brute force in the static game: one agent tries other efforts while the rest stay."""
    fishery, n = Fishery(tax=0.4), 5
    rest = nash(fishery, n).effort

    def payoff(effort):
        mean = (effort + (n - 1) * rest) / n
        stock, value = at_rest(fishery, mean).stock, fishery.price * fishery.catchability
        return value * stock * ((1 - fishery.tax) * effort + fishery.tax * mean) - fishery.cost * effort

    efforts = np.linspace(0.0, 1.0, 20_001)
    assert efforts[np.argmax([payoff(effort) for effort in efforts])] == pytest.approx(rest, abs=1e-4)


def test_a_tax_moves_money_and_makes_none():
    free, taxed = (scenario().replace({"network": "complete:n=4", "environment.tax": tax}) for tax in (0.0, 0.75))
    paid = []
    for each in (free, taxed):
        simulation = Simulation(each.replace({"learner": "uniform_random"}), seed=1, replications=range(1))
        simulation.advance(1)
        paid.append(simulation.engine.rewards[0].copy())
        efforts = simulation.environment.effort[0]
    assert paid[0].sum() == pytest.approx(paid[1].sum())
    gained = [each - 0.1 * (1 - efforts) for each in paid]
    assert gained[1] == pytest.approx(0.25 * gained[0] + 0.75 * gained[0].mean())
