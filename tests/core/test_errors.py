import pytest
from hypothesis import given
from hypothesis import strategies as st

from socialsim.core import errors
from socialsim.core.errors import SocialsimError, unknown


@pytest.mark.parametrize(
    ("name", "builtin"),
    [
        ("ParameterError", ValueError),
        ("NetworkError", ValueError),
        ("ResultError", OSError),
        ("MissingExtraError", ImportError),
        ("CompileError", Exception),
    ],
)
def test_every_error_is_caught_as_ours_and_as_the_builtin_kind(name, builtin):
    for kind in (SocialsimError, builtin):
        with pytest.raises(kind, match=r"^one line$"):
            raise getattr(errors, name)("one line")


def test_an_unknown_name_gets_the_nearest_known_one():
    message = unknown("learner", "bayesan", ["thompson", "bayesian"])
    assert message == "unknown learner 'bayesan'; did you mean 'bayesian'? Accepted: bayesian, thompson"


def test_a_name_that_resembles_nothing_gets_the_list_alone():
    assert unknown("metric", "zzz", ["gini", "mean"]) == "unknown metric 'zzz'; Accepted: gini, mean"
    assert unknown("metric", "gini", []) == "unknown metric 'gini'; Accepted: none"


@given(st.text(), st.lists(st.text(alphabet="abc_", min_size=1), max_size=5))
def test_whatever_the_name_the_message_is_one_line_that_names_all_that_is_accepted(name, known):
    message = unknown("learner", name, known)
    assert len(message.splitlines()) == 1
    assert message.endswith(", ".join(sorted(known)) or "none")
