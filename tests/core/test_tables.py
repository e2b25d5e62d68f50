import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from socialsim.core.errors import ResultError
from socialsim.core.tables import TABLES, Tables, validate

RUN = {"run": [0], "stream_key": "k", "num_agents": 3, "steps": 9, "stop": "settled", "verdict": 1}


def refusal(name, table):
    with pytest.raises(ResultError) as error:
        validate(name, table)
    assert "\n" not in str(error.value)
    return str(error.value)


@pytest.mark.parametrize("name", TABLES)
def test_an_empty_table_has_its_declared_columns_and_types(name):
    frame = validate(name, {column.name: [] for column in TABLES[name].columns})
    assert list(frame) == [column.name for column in TABLES[name].columns]
    for column in TABLES[name].columns:
        assert frame[column.name].dtype == validate(name, frame)[column.name].dtype
        assert pd.api.types.is_string_dtype(frame[column.name]) == (column.dtype == "str")
        assert column.dtype in ("str", "number") or frame[column.name].dtype == np.dtype(column.dtype)


def test_leading_columns_come_first_and_further_ones_follow_in_their_order():
    frame = validate("run", {"zeal": [0.5], "bold": [True]} | dict(reversed(RUN.items())))
    assert list(frame) == [*RUN, "zeal", "bold"]
    assert frame.bold.dtype == bool


def test_a_frames_own_index_is_dropped():
    frame = validate("series", pd.DataFrame({"run": [0, 0], "step": [0, 1]}, index=[7, 8]))
    assert list(frame.index) == [0, 1]


@pytest.mark.parametrize("dtype", [np.int8, np.uint64, np.float32, np.float64, bool])
def test_numbers_are_converted_where_nothing_is_lost(dtype):
    frame = validate("series", {"run": np.array([0, 1], dtype=dtype), "step": 0})
    assert frame.run.dtype == np.int64
    assert frame.run.tolist() == [0, 1]


@pytest.mark.parametrize(
    "steps", [[0.5], [np.nan], [np.inf], [1e300], ["1"], [None], [2**64 - 1], pd.array([pd.NA], dtype="Int64")]
)
def test_a_step_that_is_no_whole_number_is_refused_by_name(steps):
    if isinstance(steps, list) and steps[0] == 2**64 - 1:
        steps = np.array(steps, dtype=np.uint64)
    assert "column 'step' of the table 'series' must be int64" in refusal("series", {"run": [0], "step": steps})


def test_an_undefined_reward_is_kept():
    acts = {"run": [0, 0], "step": 0, "agent": 0, "observation": -1, "action": 0}
    rewards = np.array([np.nan, 1], dtype=np.float32)
    assert validate("act", acts | {"reward": rewards}).reward.isna().tolist() == [True, False]


def test_what_is_wrong_is_named():
    assert "lacks the column 'step'" in refusal("series", {"run": [0]})
    assert "did you mean 'series'" in refusal("serie", {})
    assert "did you mean 'settled'" in refusal("run", RUN | {"stop": ["setled"]})
    assert "'stream_key' of the table 'run' must be str" in refusal("run", RUN | {"stream_key": [3]})
    assert "'stream_key' of the table 'run' must be str" in refusal(
        "run", RUN | {"stream_key": pd.Series([None], dtype="str")}
    )
    assert "'note' of the table 'run' must be numbers, booleans or text" in refusal("run", RUN | {"note": [{"a": 1}]})
    assert "do not make a table" in refusal("series", {"run": [0, 1], "step": [0, 1, 2]})
    assert "need names" in refusal("series", pd.DataFrame([[0, 0, 0]], columns=["run", "step", 5]))
    assert "need names" in refusal("series", pd.DataFrame([[0, 0, 0]], columns=["run", "step", "step"]))


@given(
    st.dictionaries(
        st.sampled_from(["run", "step", "credence"]),
        st.lists(st.none() | st.integers() | st.floats() | st.text(max_size=3) | st.booleans(), max_size=3),
    )
)
def test_garbage_conforms_or_is_refused(columns):
    try:
        frame = validate("series", columns)
    except ResultError:
        return
    assert (frame.run.dtype, frame.step.dtype) == (np.int64, np.int64)
    assert validate("series", frame).equals(frame), "what conforms is left as it is"


def test_a_table_is_built_when_it_is_first_asked_for_and_only_once():
    calls = []
    tables = Tables({"series": lambda: calls.append("built") or {"run": [0], "step": [0]}})
    assert "series" in tables
    assert calls == []
    assert tables["series"] is tables["series"]
    assert calls == ["built"]


def test_an_unknown_table_is_refused_at_once():
    with pytest.raises(ResultError, match="unknown result table 'runs'"):
        Tables({"runs": {}})
