import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socialsim.core.errors import ParameterError
from socialsim.studies.design.points import Point
from socialsim.studies.storage.slices import WHOLE, Slice, gaps


def make_asked(replications):
    keys = [hashlib.sha256(str(k).encode()).hexdigest() for k in range(len(replications))]
    return {Point(key, (), {}): number for key, number in zip(keys, replications, strict=True)}


def runs_of(share):
    return [(point.key, k) for point, runs in share.items() for k in runs]


ASKED = st.lists(st.integers(0, 30), max_size=12).map(make_asked)
EQUAL = st.tuples(st.integers(1, 12), st.integers(1, 30)).map(lambda size: make_asked([size[1]] * size[0]))


@given(ASKED, st.integers(1, 15))
def test_every_run_is_in_exactly_one_slice(asked, count):
    found = [run for number in range(1, count + 1) for run in runs_of(Slice(number, count).of(asked))]
    assert sorted(found) == sorted(runs_of(WHOLE.of(asked)))
    assert runs_of(WHOLE.of(asked)) == [(point.key, k) for point, number in asked.items() for k in range(number)]


@given(EQUAL, st.integers(1, 15))
def test_slices_of_equal_points_differ_by_one_run_at_most(asked, count):
    sizes = [len(runs_of(Slice(number, count).of(asked))) for number in range(1, count + 1)]
    assert max(sizes) - min(sizes) <= 1


@given(ASKED, st.integers(1, 15))
def test_slices_have_equally_many_whole_points_and_nearly_equal_spans_of_the_others(asked, count):
    shares = [Slice(number, count).of(asked) for number in range(1, count + 1)]
    cut = sorted(asked, key=lambda point: point.key)[len(asked) // count * count :]
    for point in asked:
        lengths = sorted(len(share[point]) for share in shares)
        assert lengths[-1] - lengths[0] <= 1 if point in cut else lengths == [0] * (count - 1) + [asked[point]]
    whole = [sum(len(share[point]) > 0 for point in asked if point not in cut) for share in shares]
    assert 0 in asked.values() or whole == [len(asked) // count] * count


@given(ASKED, st.integers(1, 15), st.randoms())
def test_a_slice_does_not_depend_on_the_order_of_points(asked, count, random):
    shuffled = list(asked.items())
    random.shuffle(shuffled)
    for number in range(1, count + 1):
        assert Slice(number, count).of(dict(shuffled)) == Slice(number, count).of(asked)


def test_slices_by_hand():
    asked = dict(sorted(make_asked([7, 7, 7, 7, 7]).items(), key=lambda entry: entry[0].key))
    none, whole = range(0), range(7)
    assert list(Slice(1, 2).of(asked).values()) == [whole, none, whole, none, range(4)]
    assert list(Slice(2, 2).of(asked).values()) == [none, whole, none, whole, range(4, 7)]
    spans = [list(Slice(number, 3).of(asked).values())[3:] for number in (1, 2, 3)]
    assert spans == [[range(3), range(5, 7)], [range(3, 5), range(3)], [range(5, 7), range(3, 5)]]


@given(st.sets(st.integers(0, 14)), st.integers(0, 12), st.integers(0, 12))
def test_gaps_are_what_is_not_taken(taken, first, count):
    runs = range(first, first + count)
    found = [k for gap in gaps(runs, [(k, 1) for k in sorted(taken)]) for k in gap]
    assert found == [k for k in runs if k not in taken]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "accepted: NUMBER/COUNT, such as 3/40"),
        ("3", "'3' is not accepted; accepted: NUMBER/COUNT"),
        ("3/", "accepted: NUMBER/COUNT"),
        ("a/b", "accepted: NUMBER/COUNT"),
        ("-1/4", "accepted: NUMBER/COUNT"),
        ("1.0/4", "accepted: NUMBER/COUNT"),
        ("1/4/5", "accepted: NUMBER/COUNT"),
        ("٣/4", "accepted: NUMBER/COUNT"),
        ("0/40", "number 0 is not accepted; accepted: an integer from 1 to 40"),
        ("41/40", "number 41 is not accepted; accepted: an integer from 1 to 40"),
        ("1/0", "count 0 is not accepted; accepted: an integer from 1 to 1000000"),
        ("1/9999999", "count 9999999 is not accepted"),
    ],
)
def test_a_text_that_names_no_slice_is_refused(text, message):
    with pytest.raises(ParameterError, match=message):
        Slice.parse(text)


def test_a_slice_is_named_by_whole_numbers():
    with pytest.raises(ParameterError, match=r"number 1\.0 is not accepted"):
        Slice(1.0, 4)
    assert str(Slice.parse(" 3/40 ")) == "3/40"


def test_folders_name_slices_and_other_entries_do_not(tmp_path):
    for name in ("10-of-40", "2-of-40", "1-of-2", "03-of-40", "41-of-40", "notes", "1-of-2.bak"):
        (tmp_path / "slices" / name).mkdir(parents=True)
    found = list(Slice.within(tmp_path))
    assert found == [Slice(1, 2), Slice(2, 40), Slice(10, 40)]
    assert [each.folder(tmp_path).name for each in found] == ["1-of-2", "2-of-40", "10-of-40"]
    assert WHOLE.folder(tmp_path) == tmp_path
