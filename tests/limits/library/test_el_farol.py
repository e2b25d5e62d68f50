"""The bar El Farol: exploitability by hand, the one equilibrium, and the mixed one of N agents."""

import math

import numpy as np
import pytest

from socialsim.core.errors import ParameterError
from socialsim.limits.games import Game
from socialsim.limits.library.el_farol import ElFarol, mixed_equilibrium
from socialsim.limits.solvers import solve


def limit(**values):
    return Game(ElFarol(**values)).mean_field()


@pytest.mark.parametrize("chance", [0.0, 0.3, 0.6, 0.75, 1.0])
@pytest.mark.parametrize("steps", [1, 3])
def test_exploitability_by_hand(chance, steps):
    pays = -math.tanh(4.0 * (chance - 0.6))
    expected = steps * (max(pays, 0.0) - chance * pays)
    found = limit(num_steps=steps, sharpness=8.0).evaluate([[1.0 - chance, chance]])
    assert found.exploitability == pytest.approx(expected, abs=1e-12)
    assert found.mean_return == pytest.approx(steps * chance * pays, abs=1e-12)


def test_arthurs_bar_has_no_equilibrium_in_the_limit_of_sharpness():
    """Just above c it pays -1 and just below +1: each crowd but that at c itself is exploitable by about c or 1 - c."""
    bar = limit(sharpness=1e6)
    assert bar.exploitability([[0.4 - 1e-4, 0.6 + 1e-4]]) == pytest.approx(0.6, abs=1e-3)
    assert bar.exploitability([[0.4 + 1e-4, 0.6 - 1e-4]]) == pytest.approx(0.4, abs=1e-3)


def test_mirror_descent_comes_to_a_comfortable_bar():
    found = solve(limit(comfort=0.3, sharpness=2.0), iterations=120, tolerance=1e-8)
    assert found.converged
    assert found.policy[0, 0, 0, 0, 1] == pytest.approx(0.3, abs=1e-6)


def test_two_agents_mix_by_hand():
    """The other one goes or does not: (1 - q) tanh(3) = q tanh(2)."""
    expected = math.tanh(3.0) / (math.tanh(3.0) + math.tanh(2.0))
    assert mixed_equilibrium(ElFarol(), 2) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize(("comfort", "sharpness"), [(0.6, 10.0), (0.3, 4.0)])
def test_n_agents_differ_from_the_limit_by_the_square_of_1_over_n(comfort, sharpness):
    game, numbers = ElFarol(comfort=comfort, sharpness=sharpness), np.array([200, 400, 800])
    gaps = np.array([mixed_equilibrium(game, n) - comfort for n in numbers])
    assert np.polyfit(np.log(numbers), np.log(np.abs(gaps)), 1)[0] == pytest.approx(-2.0, abs=0.05)
    leading = sharpness**2 / 12.0 * comfort * (1.0 - comfort) * (1.0 - 2.0 * comfort)
    assert gaps[-1] * 800.0**2 == pytest.approx(leading, rel=0.1)


def test_bad_values_are_refused():
    with pytest.raises(ParameterError, match="comfort"):
        ElFarol(comfort=1.0)
    with pytest.raises(ParameterError, match="num_agents: 1 is not accepted; accepted: 2 or more"):
        mixed_equilibrium(ElFarol(), 1)
