import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from socialsim.core.errors import ParameterError
from socialsim.engine.interface import Discrete, Specification
from socialsim.learning.bayesian import Bayesian
from socialsim.learning.misinformant import Misinformant

FACTS = {"trials": 10, "better_rate": 0.6}


def a_state(**parameters):
    return Misinformant(**parameters).state(Specification(Discrete(2), facts=FACTS), 1)


@pytest.mark.parametrize(
    ("strategy", "successes", "reported"),
    [("fabrication", 7, -4), ("fabrication", 3, 4), ("selection", 7, 0), ("selection", 3, -4), ("selection", 5, 0)],
)
def test_reports_by_hand(version, stream, strategy, successes, reported):
    message = version(Misinformant.report)(a_state(strategy=strategy), 0, 0, 1, float(successes), stream)
    assert message == pytest.approx(reported * math.log(1.5))
    assert version(Misinformant.act)(a_state(), 0, 0, stream) == 1


@given(st.integers(0, 10))
def test_fabricated_evidence_is_an_honest_report_of_successes_taken_for_failures(successes):
    honest = Bayesian().state(Specification(Discrete(2), facts=FACTS), 1)
    ours = Misinformant.report(a_state(strategy="fabrication"), 0, 0, 1, float(successes), None)
    assert ours == Bayesian.report(honest, 0, 0, 1, 10.0 - successes, None)


@given(st.integers(0, 10))
def test_selected_evidence_never_speaks_for_the_better_method(successes):
    assert Misinformant.report(a_state(strategy="selection"), 0, 0, 1, float(successes), None) <= 0.0


def test_nothing_is_remembered():
    assert not any(isinstance(field, np.ndarray) for field in a_state())


def test_an_unknown_strategy_is_refused():
    with pytest.raises(ParameterError, match=r"^strategy: 'charm' is not accepted; accepted: one of"):
        Misinformant(strategy="charm")
