import math
from typing import Literal

import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st

from socialsim.core.errors import ParameterError
from socialsim.core.parameters import Parameters, accepted, parameter, unit_of


class Fishery(Parameters):
    """Some of every kind of parameter."""

    growth: float = parameter(0.5, "intrinsic growth rate", unit="per step", gt=0, lt=4)
    boats: int = parameter(3, "number of boats", ge=1, le=10)
    rule: Literal["open", "closed"] = parameter("open", "who may fish")
    quotas: tuple[float, ...] = parameter((1.0, 2.0), "quota of each boat", unit="tonnes")
    licensed: bool = parameter(False, "whether boats need a licence")


def refusal(**values):
    with pytest.raises(ParameterError) as error:
        Fishery(**values)
    return str(error.value)


def test_a_misspelt_choice_is_told_the_nearest():
    assert refusal(rule="closd").endswith("accepted: one of ['open', 'closed']; did you mean 'closed'?")
    assert "did you mean" not in refusal(rule="nobody")


@given(st.floats())
def test_a_number_is_accepted_iff_it_lies_in_the_open_range(growth):
    if 0 < growth < 4:
        assert Fishery(growth=growth).growth == growth
    else:
        assert refusal(growth=growth) == f"growth: {growth!r} is not accepted; accepted: a float, > 0, < 4"


@given(st.integers())
def test_an_integer_is_accepted_iff_it_lies_in_the_closed_range(boats):
    if 1 <= boats <= 10:
        assert Fishery(boats=boats).boats == boats
    else:
        assert refusal(boats=boats) == f"boats: {boats} is not accepted; accepted: an int, >= 1, <= 10"


def test_an_integer_serves_as_a_float():
    growth = Fishery(growth=1).growth
    assert growth == 1.0
    assert isinstance(growth, float)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"growth": "1"}, "growth: '1' is not accepted; accepted: a float, > 0, < 4"),
        ({"growth": math.nan}, "growth: nan is not accepted; accepted: a float, > 0, < 4"),
        ({"growth": None}, "growth: None is not accepted; accepted: a float, > 0, < 4"),
        ({"boats": 2.0}, "boats: 2.0 is not accepted; accepted: an int, >= 1, <= 10"),
        ({"boats": True}, "boats: True is not accepted; accepted: an int, >= 1, <= 10"),
        ({"rule": "shut"}, "rule: 'shut' is not accepted; accepted: one of ['open', 'closed']"),
        ({"licensed": 1}, "licensed: 1 is not accepted; accepted: true or false"),
        (
            {"grwth": 1.0},
            "unknown parameter 'grwth'; did you mean 'growth'? Accepted: boats, growth, licensed, quotas, rule",
        ),
    ],
)
def test_a_wrong_value_is_refused_by_its_name_with_what_is_accepted(values, message):
    assert refusal(**values) == message


def test_several_wrong_values_are_all_named_in_one_line():
    message = refusal(growth=-1, boats=0)
    assert "growth: -1 is not accepted" in message
    assert "boats: 0 is not accepted" in message
    assert "\n" not in message


def test_a_list_as_toml_gives_it_becomes_a_tuple_so_that_parameters_can_be_hashed():
    fishery = Fishery(quotas=[1, 2.5])
    assert fishery.quotas == (1.0, 2.5)
    assert hash(fishery) == hash(Fishery(quotas=(1.0, 2.5)))


def test_parameters_cannot_be_changed():
    with pytest.raises(pydantic.ValidationError):
        Fishery().growth = 1.0


def test_replace_returns_a_copy_that_is_validated_anew():
    before = Fishery(boats=4)
    after = before.replace(growth=2.0)
    assert (after.boats, after.growth, before.growth) == (4, 2.0, 0.5)
    with pytest.raises(ParameterError, match=r"^growth: 9 is not accepted"):
        before.replace(growth=9)
    with pytest.raises(ParameterError, match="did you mean 'boats'"):
        before.replace(boat=9)


def test_a_field_tells_its_unit_and_its_range():
    fields = Fishery.model_fields
    assert [unit_of(fields[name]) for name in ("growth", "boats", "quotas")] == ["per step", "", "tonnes"]
    assert accepted(fields["growth"]) == "a float, > 0, < 4"
    assert accepted(fields["quotas"]) == "a list[float]"
