import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from socialsim.ballots.files import cut_ties, read_ballots, write_ballots
from socialsim.ballots.profile import Profile
from socialsim.ballots.rules import elect
from socialsim.core.errors import ParameterError

BURLINGTON = Path(__file__).parents[2] / "scenarios" / "data" / "burlington_2009.csv"
HEADER = """# FILE NAME: village.{kind}
# TITLE: Village
# DATA TYPE: {kind}
# NUMBER ALTERNATIVES: 3
# NUMBER VOTERS: {voters}
# NUMBER UNIQUE ORDERS: 2
# ALTERNATIVE NAME 1: Ada
# ALTERNATIVE NAME 2: Ben
# ALTERNATIVE NAME 3: Cyd
"""


@pytest.fixture
def preflib(tmp_path):
    """Write a PrefLib file and return its path."""
    pytest.importorskip("preflibtools")

    def write(ballots, kind="toi", voters=5, header=HEADER):
        path = tmp_path / f"village.{kind}"
        path.write_text(header.format(kind=kind, voters=voters) + ballots)
        return path

    return write


@pytest.fixture
def table(tmp_path):
    """Write a CSV file and return its path."""

    def write(text):
        path = tmp_path / "village.csv"
        path.write_text(text)
        return path

    return write


def as_dict(profile):
    """Return how many voters cast each ballot: the ranks of the candidates by name."""
    rows = [tuple(sorted(zip(profile.candidates, row, strict=True))) for row in profile.ranks.tolist()]
    return dict(zip(rows, profile.counts.tolist(), strict=True))


# --- Reading -------------------------------------------------------------------------------------------------------


def test_a_table_with_counts_is_read(table):
    profile = read_ballots(table("count,1,2,3\n3,Cyd,Ada,Ben\n2,Ben\n\n1, Ada , Ben=Cyd ,\n"))
    assert profile.candidates == ("Ada", "Ben", "Cyd")
    assert profile.ranks.tolist() == [[2, 3, 1], [0, 1, 0], [1, 2, 2]]
    assert profile.counts.tolist() == [3, 2, 1]


def test_a_table_without_counts_has_one_voter_a_line_and_equal_ballots_are_put_together(table):
    profile = read_ballots(table("Rank 1,Rank 2\nAda,Ben\nBen,Ada\nAda,Ben\n"))
    assert profile.ranks.tolist() == [[1, 2], [2, 1]]
    assert profile.counts.tolist() == [2, 1]


def test_a_table_as_spreadsheets_save_it_is_read(tmp_path):
    path = tmp_path / "village.csv"
    path.write_bytes(b'\xef\xbb\xbfcount,1,2\r\n2,"Ada, Dr.",Ben\r\n')
    assert read_ballots(path).candidates == ("Ada, Dr.", "Ben")


def test_candidates_whom_nobody_ranks_can_be_named(table):
    profile = read_ballots(table("1,2\nAda,Ben\n"), ["Zoe", "Ben", "Ada"])
    assert profile.candidates == ("Zoe", "Ben", "Ada")
    assert profile.ranks.tolist() == [[0, 2, 1]]


@pytest.mark.parametrize(
    ("kind", "ballots", "ranks"),
    [
        ("soc", "3: 3,1,2\n2: 1, 2, 3\n", [[2, 3, 1], [1, 2, 3]]),
        ("soi", "3: 3,1\n2: 2\n", [[2, 0, 1], [0, 1, 0]]),
        ("toc", "3: 3,{1,2}\n2: {1, 2, 3}\n", [[2, 2, 1], [1, 1, 1]]),
        ("toi", "3: {1,3}\n2: 2,{1,3},\n", [[1, 0, 1], [2, 1, 2]]),
    ],
)
def test_every_preflib_format_is_read(preflib, kind, ballots, ranks):
    profile = read_ballots(preflib(ballots, kind))
    assert profile.candidates == ("Ada", "Ben", "Cyd")
    assert profile.ranks.tolist() == ranks
    assert profile.counts.tolist() == [3, 2]


def test_lines_with_equal_orders_add_up(preflib):
    # preflibtools gives both lines the count of the last one, unless it is told to correct the file.
    profile = read_ballots(preflib("3: {1,2}\n1: 3\n4: {2,1}\n2: 3\n", voters=10))
    assert profile.ranks.tolist() == [[1, 1, 0], [0, 0, 1]]
    assert profile.counts.tolist() == [7, 3]


def test_a_header_that_counts_other_orders_is_refused(preflib):
    header = HEADER.replace("UNIQUE ORDERS: 2", "UNIQUE ORDERS: 7")
    with pytest.raises(ParameterError, match="line 6: NUMBER UNIQUE ORDERS is 7; accepted: 2, as the ballots have"):
        read_ballots(preflib("3: 1,2\n2: 3\n", header=header))


def test_files_that_pref_voting_writes_are_read(tmp_path):
    profiles = pytest.importorskip("pref_voting.profiles")
    profile = profiles.Profile([[0, 1, 2], [2, 1, 0]], [3, 4])
    profile.write(str(tmp_path / "village.soc"), file_format="preflib")
    read = read_ballots(tmp_path / "village.soc")
    assert sorted(zip(read.ranks.tolist(), read.counts.tolist(), strict=True)) == [([1, 2, 3], 3), ([3, 2, 1], 4)]


@given(st.data())
def test_a_profile_that_is_written_and_read_is_the_same(tmp_path_factory, data):
    num_candidates = data.draw(st.integers(2, 5))
    rows = data.draw(st.lists(st.permutations(range(num_candidates)), min_size=1, max_size=6))
    places = [[min(k, data.draw(st.integers(1, num_candidates))) for k in row] for row in rows]  # some tie, some are 0
    ranks = np.array([row if any(row) else [1] * num_candidates for row in places])
    names = ["Ada", "Ben", "Cyd, Dr.", 'Dan "the man"', "Éva"][:num_candidates]
    profile = Profile(ranks, np.arange(1, len(ranks) + 1), tuple(names))
    path = tmp_path_factory.mktemp("ballots") / "village.csv"
    write_ballots(profile, path)
    again = read_ballots(path, profile.candidates)
    assert (again.margins() == profile.margins()).all()
    assert again.num_voters == profile.num_voters
    assert ((again.ranks > 0).T @ again.counts == (profile.ranks > 0).T @ profile.counts).all()


# --- Burlington 2009 -----------------------------------------------------------------------------------------------


def test_burlingtons_ballots_have_the_pairwise_totals_that_were_published():
    profile = read_ballots(BURLINGTON)
    ranks = np.where(profile.ranks > 0, profile.ranks, 9)
    index = {name: c for c, name in enumerate(profile.candidates)}
    assert (profile.num_voters, len(profile.counts), profile.is_strict) == (8833, 9, True)
    assert {
        (a, b): int(profile.counts @ (ranks[:, index[a]] < ranks[:, index[b]])) for a in index for b in index if a != b
    } == {
        ("Andy Montroll", "Bob Kiss"): 4067,
        ("Bob Kiss", "Andy Montroll"): 3477,
        ("Andy Montroll", "Kurt Wright"): 4597,
        ("Kurt Wright", "Andy Montroll"): 3668,
        ("Bob Kiss", "Kurt Wright"): 4314,
        ("Kurt Wright", "Bob Kiss"): 4064,
    }


def test_burlington_elected_neither_the_condorcet_winner_nor_the_plurality_winner():
    profile = read_ballots(BURLINGTON)
    assert elect(profile, "condorcet").winner == "Andy Montroll"
    assert elect(profile, "plurality").scores == {"Kurt Wright": 3297, "Bob Kiss": 2982, "Andy Montroll": 2554}
    assert elect(profile, "plurality").winner == "Kurt Wright"
    assert elect(profile, "instant_runoff").winner == "Bob Kiss"


# --- Shared places -------------------------------------------------------------------------------------------------


def test_ballots_are_cut_above_a_shared_place():
    profile = Profile(
        np.array([[1, 2, 2, 3], [1, 1, 2, 3], [2, 1, 3, 3], [1, 2, 0, 0]]), np.arange(1, 5), tuple("ABCD")
    )
    cut = cut_ties(profile)
    assert cut.ranks.tolist() == [[1, 0, 0, 0], [2, 1, 0, 0], [1, 2, 0, 0]]
    assert cut.counts.tolist() == [1, 3, 4]


# --- Bad input -----------------------------------------------------------------------------------------------------


def refused(path, **options):
    with pytest.raises(ParameterError) as error:
        read_ballots(path, **options)
    message = str(error.value)
    assert message.startswith(f"ballot file {path.as_posix()}")
    assert "\n" not in message
    return message.removeprefix(f"ballot file {path.as_posix()}").lstrip(",: ")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the file is empty; accepted: a header such as count,1,2,3, then ballots"),
        ("count,1,2\n", "there are no ballots; accepted: at least one voter"),
        ("Ada,Ben\nBen,Ada\n", "line 1: 'Ada,Ben' is no header; accepted: count (may be left out), then 1,2,3,..."),
        ("count,2,1\n1,Ada,Ben\n", "line 1: 'count,2,1' is no header"),
        ("count\n1\n", "line 1: 'count' is no header"),
        ("count,1,2\n1,Ada,Ben\n1,Ben,Ben\n", "line 3: 'Ben' is ranked twice; accepted: each candidate at most once"),
        ("count,1,2\n1,Ada=Ada\n", "line 2: 'Ada' is ranked twice"),
        ("count,1,2\n1,Ada,Ben\n4,,\n", "line 3: the ballot is empty; accepted: at least one candidate"),
        ("1,2\nAda,Ben\n,\n", "line 3: the ballot is empty"),
        ("count,1,2\n4,,Ada\n", "line 2, column 2: '' is not accepted; accepted: a candidate in every place"),
        ("1,2\nAda=,Ben\n", "line 2, column 1: 'Ada=' is not accepted"),
        ("count,1,2\n0,Ada,Ben\n", "line 2, column count: '0' is not accepted; accepted: voters, 1 to 10^12"),
        ("count,1,2\n-3,Ada,Ben\n", "line 2, column count: '-3' is not accepted"),
        ("count,1,2\nAda,Ben\n", "line 2, column count: 'Ada' is not accepted"),
        ("count,1\n1,Ada,Ben\n", "line 2: 2 places; accepted: at most 1, as in the header"),
        ('count,1,2\n1,Ada,"Ben\n2,Ben,Ada\n', "line 2: unexpected end of data; accepted: cells separated by commas"),
        ("count,1\n1,Ada\n", "candidates: 1 are not accepted; accepted: 2 to 63"),
    ],
)
def test_a_table_that_is_no_election_is_refused_with_its_line(table, text, message):
    assert refused(table(text)).startswith(message)


def test_a_candidate_who_does_not_stand_is_refused_with_the_line(table):
    path = table("1,2\nAda,Ben\nBen,Adah\n")
    assert refused(path, candidates=["Ada", "Ben"]) == (
        "line 3: unknown candidate 'Adah'; did you mean 'Ada'? Accepted: Ada, Ben"
    )


@pytest.mark.parametrize(
    ("kind", "ballots", "message"),
    [
        ("toi", "3: 1,2\n2: 1,4\n", "line 11: unknown candidate '4'; Accepted: 1, 2, 3"),
        ("toi", "3: 1,2\n2: 1,{2,1}\n", "line 11: 'Ada' is ranked twice; accepted: each candidate at most once"),
        (
            "toi",
            "3: 1,2\n2:\n",
            "line 11: '2:' is no ballot; accepted: voters (1 to 10^12) and an order, as 5: 2,{1,3}",
        ),
        ("toi", "5: 1,x,2\n", "line 10: '5: 1,x,2' is no ballot"),
        ("toi", "5: 1,{2\n", "line 10: '5: 1,{2' is no ballot"),
        ("toi", "5 1,2\n", "line 10: '5 1,2' is no ballot"),
        ("toi", "0: 1,2\n5: 2\n", "line 10: '0: 1,2' is no ballot"),
        ("toi", "-5: 1,2\n", "line 10: '-5: 1,2' is no ballot"),
        ("toi", "", "there are no ballots; accepted: at least one voter"),
        ("toi", "3: 1,2\n1: 2\n", "line 5: NUMBER VOTERS is 5; accepted: 4, as the ballots have"),
        ("soc", "3: 1,2,3\n2: 1,2\n", "line 11: 2 of 3 candidates are ranked; accepted in .soc: all"),
        ("toc", "5: {1,2}\n", "line 10: 2 of 3 candidates are ranked; accepted in .toc: all"),
        ("soi", "5: {1,2}\n", "line 10: candidates share a place; accepted in .soi: strict orders"),
    ],
)
def test_a_preflib_file_with_a_bad_ballot_is_refused_with_its_line(preflib, kind, ballots, message):
    assert refused(preflib(ballots, kind)).startswith(message)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("# NUMBER VOTERS: {voters}\n", "", "line 9: the header ends without 'NUMBER VOTERS'; accepted: a line"),
        ("# NUMBER VOTERS: {voters}", "#NUMBER VOTERS 5", "line 5: '#NUMBER VOTERS 5' is no header; accepted: such as"),
        ("# NUMBER VOTERS: {voters}", "# NUMBER VOTERS: many", "line 5: NUMBER VOTERS is many; accepted: 5"),
        ("ALTERNATIVES: 3", "ALTERNATIVES: 4", "line 4: NUMBER ALTERNATIVES is '4'; accepted: 3, as names are given"),
        ("# DATA TYPE: {kind}", "# DATA TYPE: cat", "line 3: DATA TYPE is 'cat'; accepted: toi, as the suffix"),
        ("NAME 3: Cyd", "NAME 3: Ada", "line 9: '# ALTERNATIVE NAME 3: Ada': accepted: a number and a name, each once"),
        ("NAME 3: Cyd", "NAME 2: Cyd", "line 9: '# ALTERNATIVE NAME 2: Cyd': accepted: a number and a name"),
        ("NAME 3: Cyd", "NAME: Cyd", "line 9: '# ALTERNATIVE NAME: Cyd': accepted: a number and a name"),
        ("# FILE", "\n# FILE", "line 1: the header ends without 'DATA TYPE'"),
    ],
)
def test_a_malformed_preflib_header_is_refused_with_its_line(preflib, old, new, message):
    assert refused(preflib("5: 1,2\n", header=HEADER.replace(old, new))).startswith(message)


def test_the_format_of_preflib_before_2022_is_refused(preflib):
    assert refused(preflib("5,1,2\n", header="3\n1,Ada\n2,Ben\n3,Cyd\n5,5,1\n")).startswith("line 1: the header ends")


def test_a_header_without_ballots_or_line_end_is_refused(preflib):
    assert refused(preflib("", header=HEADER.rstrip())).startswith("there are no ballots")


def test_a_file_that_cannot_be_read_is_refused(tmp_path):
    assert refused(tmp_path / "none.csv").startswith("No such file or directory; accepted: a text file ending in .csv")
    assert refused(tmp_path / "none.xls") == "unknown suffix '.xls'; accepted: .csv, .soc, .soi, .toc, .toi"
    (tmp_path / "odd.csv").write_bytes(b"1,2\n\xff\xfe\n")
    assert re.match("'utf-8' codec can't decode", refused(tmp_path / "odd.csv"))


@pytest.mark.parametrize("name", ["A=B", " A", "A  B"])
def test_a_name_that_a_table_cannot_hold_is_not_written(name, tmp_path):
    with pytest.raises(ParameterError, match="cannot stand in a CSV file"):
        write_ballots(Profile(np.array([[1, 2]]), np.array([1]), (name, "B")), tmp_path / "village.csv")


def test_only_tables_are_written(tmp_path):
    with pytest.raises(ParameterError, match=r"unknown suffix '\.soc'; accepted: \.csv"):
        write_ballots(Profile.of(["AB"]), tmp_path / "village.soc")
