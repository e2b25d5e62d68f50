"""Thresholds: equal, drawn or given."""

import math

import numpy as np
import pytest

from socialsim.core.errors import ParameterError
from socialsim.engine.interface import Box, Discrete, Specification
from socialsim.learning.threshold import Threshold, read_thresholds

SEES = Specification(Discrete(2), Box(0.0, 1.0, shape=(2,)))


def drawn(stream, num_agents=4000, **parameters):
    state = Threshold(**parameters).state(SEES, num_agents)
    with np.errstate(over="ignore"):
        for i in range(num_agents):
            Threshold.initialise(state, i, stream)
    return state.threshold


def test_one_acts_from_the_threshold_on(version):
    state = Threshold(values=(0.5, 0.0, 1.1)).state(SEES, 3)
    act = version(Threshold.act)
    assert [act(state, 0, np.array([0.0, share]), None) for share in (0.49, 0.5, 1.0)] == [0, 1, 1]
    assert act(state, 1, np.array([0.0, 0.0]), None) == 1
    assert act(state, 2, np.array([1.0, 1.0]), None) == 0


def test_thresholds_follow_their_distribution(stream):
    assert set(drawn(stream, threshold=0.3)) == {0.3}
    even = drawn(stream, distribution="uniform", threshold=0.4, spread=0.1)
    assert 0.3 <= even.min() < even.max() <= 0.5
    assert even.mean() == pytest.approx(0.4, abs=4 * 0.1 / math.sqrt(3 * 4000))
    bell = drawn(stream, distribution="normal", threshold=0.25, spread=0.1)
    assert bell.mean() == pytest.approx(0.25, abs=4 * 0.1 / math.sqrt(4000))
    assert bell.std() == pytest.approx(0.1, rel=4 / math.sqrt(8000))


def test_given_thresholds_stay_as_they_are(stream, tmp_path):
    values = (0.1, 0.7, 0.3)
    assert drawn(stream, 3, values=values).tolist() == list(values)
    file = tmp_path / "thresholds.csv"
    file.write_text("agent,threshold\n2,0.3\n0,0.1\n1,0.7\n")
    assert drawn(stream, 3, file=str(file)).tolist() == list(values)
    file.write_text("threshold\n0.1\n0.7\n0.3\n")
    assert drawn(stream, 3, file=str(file)).tolist() == list(values)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("share\n0.1\n0.2\n", "line 1: no column 'threshold'"),
        ("", "line 1: no column 'threshold'"),
        ("threshold\n0.1\n", "1 thresholds; accepted: 2, one for each agent"),
        ("threshold\n0.1\nlow\n", "line 3, column threshold: 'low' is not accepted; accepted: a finite number"),
        ("threshold\n0.1\nnan\n", "line 3, column threshold: 'nan'"),
        ("agent,threshold\n0,0.1\n2,0.2\n", "line 3, column agent: '2' is not accepted; accepted: 0 to 1"),
        ("agent,threshold\n0,0.1\n0,0.2\n", "line 3, column agent: 0 is there already; accepted: each once"),
        ("agent,threshold\n0,0.1\n1\n", "line 3, column threshold: None is not accepted"),
    ],
)
def test_a_wrong_file_is_named_with_its_line_and_column(text, message, tmp_path):
    file = tmp_path / "thresholds.csv"
    file.write_text(text)
    with pytest.raises(ParameterError) as error:
        read_thresholds(file, 2)
    assert str(error.value).startswith(f"learner.file: {file}")
    assert message in str(error.value)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ParameterError, match=r"nowhere\.csv: cannot be read .* accepted: a CSV file in UTF-8"):
        read_thresholds(tmp_path / "nowhere.csv", 2)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"spread": 0.1}, "spread: 0.1 is not accepted with distribution=equal; accepted: uniform, normal"),
        ({"values": (0.1,), "file": "x.csv"}, "values: not accepted beside file"),
        ({"distribution": "gamma"}, "distribution: 'gamma' is not accepted"),
    ],
)
def test_parameters_that_do_not_fit_are_refused(parameters, message):
    with pytest.raises(ParameterError, match=message):
        Threshold(**parameters)


def test_as_many_thresholds_as_agents_are_needed():
    with pytest.raises(ParameterError, match=r"learner\.values: 2 thresholds are not accepted; accepted: 3"):
        Threshold(values=(0.1, 0.2)).state(SEES, 3)
