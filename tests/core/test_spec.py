import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socialsim.core.errors import ParameterError
from socialsim.core.spec import parse_spec, parse_value, parse_values

names = st.from_regex(r"[a-z][a-z0-9_]{0,10}", fullmatch=True)
words = names.filter(lambda word: word not in ("true", "false", "inf", "nan"))
plain = st.one_of(
    st.integers(-(2**63), 2**63 - 1), st.floats(allow_nan=False, allow_infinity=False), st.booleans(), words
)


def written(value):
    """Return a value as a user writes it: TOML, with bare words."""
    return str(value).lower() if isinstance(value, bool) else str(value)


@given(names, st.dictionaries(names, plain, max_size=4))
def test_what_is_written_is_read(name, values):
    text = ",".join(f"{key}={written(value)}" for key, value in values.items())
    assert parse_spec(f"{name}:{text}" if values else name) == (name, values)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("n=1_000", {"n": 1000}),
        ("p=1e-3, k=4", {"p": 0.001, "k": 4}),
        ("sizes=[3,4]", {"sizes": [3, 4]}),
        ("rule='open'", {"rule": "open"}),
        ("kind = small_world , n = 5", {"kind": "small_world", "n": 5}),
        ("shared=true", {"shared": True}),
        ("", {}),
    ],
)
def test_values_are_toml_with_bare_words(text, values):
    assert parse_values("x", text) == values


def test_special_numbers_stay_numbers():
    values = parse_values("x", "a=inf,b=nan")
    assert values["a"] == math.inf
    assert math.isnan(values["b"])


@pytest.mark.parametrize(
    "text", ["n", "n=", "=3", "n=3;k=4", "n=3}\nother = {k=4", "n=1,n=2", "n=[1", "n=3 k=4", "p=.5"]
)
def test_what_cannot_be_read_is_named_with_what_is_accepted(text):
    with pytest.raises(ParameterError) as error:
        parse_spec(f"cycle:{text}")
    assert str(error.value) == (
        f"cannot read the parameters {text!r} of cycle; accepted: cycle:key=value,key=value with TOML values"
    )


@given(st.text(alphabet="abn=,:.{}[]'\"#\\ -3\n\t\x00é", max_size=30))
def test_garbage_is_read_or_refused_and_nothing_else(text):
    try:
        name, values = parse_spec(text)
    except ParameterError:
        return
    assert name == text.strip().partition(":")[0]
    assert isinstance(values, dict)


@given(st.text())
def test_a_value_that_is_no_toml_is_the_text_itself(text):
    value = parse_value(text)
    assert value == text or not isinstance(value, str) or text.strip()[:1] in ("'", '"')


@pytest.mark.parametrize(
    ("text", "value"),
    [("3", 3), ("3.0", 3.0), ("true", True), ("[1, 2]", [1, 2]), ('"a b"', "a b"), ("karate", "karate")],
)
def test_a_value_has_tomls_type(text, value):
    read = parse_value(text)
    assert read == value
    assert type(read) is type(value)
