import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from socialsim.core.errors import ParameterError
from socialsim.metrics.polarisation import polarisation

credences = st.lists(st.floats(0, 1), min_size=1, max_size=30)


@given(credences)
def test_it_lies_between_agreement_and_two_camps(beliefs):
    assert 0 <= polarisation(beliefs) <= 1 + 1e-12


@given(credences)
def test_it_does_not_matter_which_way_a_belief_is_stated(beliefs):
    assert polarisation(1 - np.array(beliefs)) == pytest.approx(polarisation(beliefs), abs=1e-12)


def test_it_is_twice_the_mean_squared_distance_of_two_agents():
    beliefs = np.array([0.1, 0.4, 0.4, 0.95])
    assert polarisation(beliefs) == pytest.approx(2 * ((beliefs[:, None] - beliefs) ** 2).mean())


def test_uniform_credences_are_polarised_by_a_third():
    assert polarisation((np.arange(10_000) + 0.5) / 10_000) == pytest.approx(1 / 3, abs=1e-6)


@pytest.mark.parametrize("beliefs", [[], 0.5, [1.1], [-0.1, 0.5], [np.nan]])
def test_what_is_no_credence_is_refused(beliefs):
    with pytest.raises(ParameterError, match=r"^polarisation: "):
        polarisation(beliefs)
