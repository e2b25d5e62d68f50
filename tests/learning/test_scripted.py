import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chisquare

from socialsim.core.errors import ParameterError
from socialsim.engine.interface import Discrete, Specification
from socialsim.learning.scripted import Constant, UniformRandom


@given(st.integers(1, 20), st.data())
def test_a_constant_player_repeats_its_action_whatever_it_sees(num_actions, data):
    action, seen = data.draw(st.integers(0, num_actions - 1)), data.draw(st.integers(0, 100))
    state = Constant(action=action).state(Specification(Discrete(num_actions)), 3)
    assert Constant.act(state, 2, seen, np.zeros(4, np.uint64)) == action


def test_a_random_player_takes_every_action_equally_often(version, stream):
    state = UniformRandom().state(Specification(Discrete(5)), 1)
    counts = np.bincount([version(UniformRandom.act)(state, 0, 0, stream) for _ in range(3000)], minlength=5)
    assert chisquare(counts).pvalue > 1e-4


def test_an_action_that_does_not_exist_is_refused():
    with pytest.raises(ParameterError, match=r"^learner.action: 2 is not accepted; accepted: 0 to 1$"):
        Constant(action=2).state(Specification(Discrete(2)), 1)
    with pytest.raises(ParameterError, match=r"^action: -1 is not accepted; accepted: an int, >= 0$"):
        Constant(action=-1)
