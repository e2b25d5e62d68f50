import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from socialsim.core.errors import ParameterError
from socialsim.engine.run import run
from socialsim.environments.opinions import scenario
from socialsim.limits.closures.voter import VoterPairs, complete_consensus


def by_formula(n, n0):
    """Return the mean number of sweeps to consensus by the sum over how often each state is visited."""
    rising = (n - n0) * sum(1 / (n - k) for k in range(1, n0 + 1))
    falling = n0 * sum(1 / k for k in range(n0 + 1, n))
    return (n - 1) / n * (rising + falling)


def test_a_hundred_voters_half_and_half_take_their_known_time():
    sweeps, chance = complete_consensus(100, 50)
    assert sweeps == pytest.approx(68.12904575, abs=5e-9)
    assert chance == 0.5


@given(st.integers(2, 200), st.floats(0, 1))
def test_the_tridiagonal_system_gives_the_formula(n, share):
    n0 = round(share * n)
    sweeps, chance = complete_consensus(n, n0)
    assert sweeps == pytest.approx(by_formula(n, n0) if 0 < n0 < n else 0.0, rel=1e-9)
    assert chance == n0 / n


@pytest.mark.compiled
def test_voters_who_all_hear_each_other_take_the_exact_time_and_win_as_often():
    result = run(scenario().replace({"environment.share": 0.3}), replications=1500, seed=9, record_every=None)
    sweeps, chance = complete_consensus(100, 30)
    time, first = result.metrics["sweeps_to_consensus"], result.metrics["consensus_on_first"]
    assert time.value == pytest.approx(sweeps, abs=3.5 * time.standard_error)
    assert first.value == pytest.approx(chance, abs=3.5 * first.standard_error)


@pytest.mark.compiled
def test_voters_with_four_neighbours_take_about_the_time_of_pairs():
    result = run(
        scenario().replace({"network": "random_regular:n=200,d=4"}), replications=400, seed=5, record_every=None
    )
    found = result.metrics["sweeps_to_consensus"]
    pairs = VoterPairs({4: 1.0}).sweeps_to_consensus(200)
    assert pairs == pytest.approx(1.5 * 200 * math.log(2))
    assert found.value == pytest.approx(pairs, rel=0.12)


@pytest.mark.parametrize("degrees", [{4: 1.0}, {3: 0.5, 9: 0.5}, "karate"], ids=str)
@pytest.mark.parametrize("magnetisation", [0.0, 0.6])
def test_active_links_come_to_rest_on_the_plateau(degrees, magnetisation):
    model = VoterPairs(degrees)
    for initial in (0.05, 0.9):
        end = model.trajectory([0.0, 200.0], initial, magnetisation)[-1]
        assert end == pytest.approx(model.plateau(magnetisation), abs=1e-8)


def test_with_two_neighbours_active_links_fall_as_one_over_time():
    """d rho / dt = -2 rho^2 / (1 - m^2)."""
    found = VoterPairs({2: 1.0}).trajectory([0.0, 5.0, 500.0], initial=0.4, magnetisation=0.6)
    assert found == pytest.approx([0.4, 1 / (2.5 + 10 / 0.64), 1 / (2.5 + 1000 / 0.64)], abs=1e-8)


def test_with_two_neighbours_order_comes_without_a_plateau():
    ring = VoterPairs({2: 1.0})
    assert ring.plateau() == 0.0
    assert ring.trajectory([0.0, 300.0], 0.5)[-1] < 0.01
    with pytest.raises(ParameterError, match="a mean degree of 2 leaves nothing to relax from; accepted: above 2"):
        ring.relaxation(100)


def test_many_neighbours_are_as_good_as_all():
    """The time of pairs on the complete network differs from the exact one by a few of N sweeps."""
    ratios = [
        VoterPairs({n - 1: 1.0}).sweeps_to_consensus(n) / complete_consensus(n, n // 2)[0] for n in (50, 200, 800)
    ]
    slope = np.polyfit(np.log([50, 200, 800]), np.log(np.array(ratios) - 1.0), 1)[0]
    assert slope == pytest.approx(-1.0, abs=0.05)


def test_survivors_keep_two_thirds_of_the_plateau():
    model = VoterPairs({3: 0.5, 5: 0.5})
    assert model.plateau_of_survivors == pytest.approx((4 - 2) / (3 * (4 - 1)))
    assert model.plateau() == pytest.approx((4 - 2) / (2 * (4 - 1)))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: complete_consensus(1, 0), "num_agents: 1 is not accepted"),
        (lambda: complete_consensus(10, 11), "num_first: 11 is not accepted; accepted: 0 to 10"),
        (lambda: VoterPairs({4: 1.0}).relaxation(-3), "num_agents: -3 is not accepted; accepted: an integer >= 2"),
        (lambda: VoterPairs([[0, 1], [1, 0]]), "degrees: a matrix is not accepted"),
        (lambda: VoterPairs({4: 1.0}).plateau(1.5), "magnetisation: 1.5 is not accepted; accepted: -1 to 1"),
        (lambda: VoterPairs({4: 1.0}).trajectory([1.0], -0.1), "initial: accepted: a share of active links"),
    ],
)
def test_what_is_not_accepted_is_named(make, message):
    with pytest.raises(ParameterError, match=message):
        make()
