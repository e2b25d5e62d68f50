import contextlib
import json
import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socialsim.core.errors import ParameterError
from socialsim.core.estimate import Estimate, holds

finite = st.floats(-1e6, 1e6)


def sampled(value, standard_error):
    return Estimate(value, value - 2 * standard_error, value + 2 * standard_error, 100, standard_error=standard_error)


def test_the_interval_decides_the_printed_digits():
    assert str(Estimate(0.97012, 0.96771, 0.97238, 20000)) == "0.970 [0.968, 0.972]"
    assert str(Estimate(1079.3, 1074.9, 1083.2, 20000)) == "1079 [1075, 1083]"
    assert str(Estimate(17 / 18, 17 / 18, 17 / 18, 1)) == "0.944444"


def test_an_undefined_value_says_why_and_is_null_in_json():
    undefined = Estimate.undefined("no run succeeded", num_runs=7)
    assert str(undefined) == "undefined: no run succeeded"
    assert undefined.to_json() == {
        "value": None,
        "low": None,
        "high": None,
        "num_runs": 7,
        "reason": "no run succeeded",
    }


@pytest.mark.parametrize(("value", "low", "high"), [(math.nan, 0, 1), (math.inf, 0, 1), (0.5, 1.0, 0.0)])
def test_an_estimate_without_sense_is_refused(value, low, high):
    with pytest.raises(ParameterError):
        Estimate(value, low, high, 10)


@given(finite, st.floats(0, 10), st.integers(0, 100), st.none() | finite, st.text(), st.text())
def test_json_keeps_every_field(value, error, num_runs, null_mean, method, reason):
    estimate = Estimate(value, value - error, value + error, num_runs, null_mean, method, reason, error)
    assert Estimate.from_json(json.loads(json.dumps(estimate.to_json(full=True), allow_nan=False))) == estimate


def test_the_last_printed_digit_and_three_standard_errors_are_allowed_and_no_more():
    edge = 0.970 + 0.0005 + 3 * 0.002
    assert holds(sampled(edge - 1e-6, 0.002), ".970", "published")
    assert not holds(sampled(edge + 1e-6, 0.002), ".970", "published")
    assert holds(sampled(edge + 1e-6, 0.002), ".97", "published")
    assert not holds(sampled(edge - 1e-6, 0.002), 0.97, "published"), "a number has no printed digits"


def test_both_errors_add_in_quadrature():
    edge = 3 * 5.0 + 0.5
    assert holds(sampled(100 + edge - 1e-6, 3.0), "100", "consensus", published_se=4.0)
    assert not holds(sampled(100 + edge + 1e-6, 3.0), "100", "consensus", published_se=4.0)


def test_an_exact_figure_that_is_computed_holds_to_rounding_only():
    assert holds(sampled(math.sqrt(2) ** 2, 0.0), 2.0, "exact")
    assert not holds(sampled(2 + 1e-6, 0.0), 2.0, "exact")
    assert holds(sampled(1.4729273, 0.0), "1.47293", "exact")
    assert not holds(sampled(1.472936, 0.0), "1.47293", "exact")


def test_scientific_notation_has_its_last_digit_where_it_is_printed():
    assert holds(sampled(1.7349e6, 0.0), "1.73e6", "published")
    assert not holds(sampled(1.7351e6, 0.0), "1.73e6", "published")


def test_a_claim_holds_only_if_the_whole_interval_satisfies_it():
    assert holds(Estimate(0.010, 0.005, 0.019, 100), "< .02", "qualitative")
    assert not holds(Estimate(0.010, -0.002, 0.021, 100), "< .02", "qualitative")
    assert holds(Estimate(0.02, 0.02, 0.02, 100), "<= .02", "qualitative")
    assert not holds(Estimate(0.02, 0.02, 0.02, 100), ">.02", "qualitative")


@pytest.mark.parametrize(("published", "kind"), [(".5", "exact"), (".5", "published"), ("< .5", "qualitative")])
def test_an_undefined_estimate_never_holds(published, kind):
    assert not holds(Estimate.undefined("no runs"), published, kind)
    assert not holds(Estimate(0.4, math.nan, math.nan, 1, standard_error=math.nan), published, kind)


@pytest.mark.parametrize(
    ("published", "kind", "published_se"),
    [
        ("ninety", "published", 0.0),
        ("nan", "published", 0.0),
        ("1/0", "exact", 0.0),
        (None, "published", 0.0),
        (".5", "guess", 0.0),
        (".5", "published", -1.0),
        (".5", "published", math.nan),
        (".5", "exact", 0.1),
        (".5", "qualitative", 0.0),
    ],
)
def test_a_figure_that_cannot_be_read_is_refused_in_one_line(published, kind, published_se):
    with pytest.raises(ParameterError) as error:
        holds(sampled(0.5, 0.1), published, kind, published_se)
    assert "\n" not in str(error.value)


@given(st.text(max_size=12), st.sampled_from(["exact", "published", "qualitative"]))
def test_garbage_is_read_or_refused_but_never_fails_otherwise(text, kind):
    with contextlib.suppress(ParameterError):
        assert holds(sampled(0.5, 0.1), text, kind) in (True, False)


@given(finite, st.floats(0.001, 10), finite)
def test_agreement_does_not_depend_on_the_side(value, error, shift):
    assert holds(sampled(value + shift, error), value, "published") == holds(
        sampled(value - shift, error), value, "published"
    ) or math.isclose(abs(shift), 3 * error, rel_tol=1e-6)


@given(st.fractions(-5, 5, max_denominator=50), st.fractions(-5, 5, max_denominator=50))
def test_an_exact_fraction_equals_only_itself(a, b):
    assert holds(sampled(float(a), 0.0), f"{b.numerator}/{b.denominator}", "exact") == (Fraction(a) == Fraction(b))
