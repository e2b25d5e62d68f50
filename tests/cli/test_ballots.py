import json
from pathlib import Path

import pytest

from socialsim.ballots.profile import Profile
from socialsim.cli.ballots import top_cycle

BURLINGTON = Path(__file__).parents[2] / "scenarios" / "data" / "burlington_2009.csv"
VILLAGE = "count,1,2,3\n4,Ada,Ben,Cyd\n3,Ben,Cyd,Ada\n2,Cyd,Ada,Ben\n"


@pytest.fixture
def village(tmp_path):
    """Write a file of ballots that make a cycle."""
    path = tmp_path / "village.csv"
    path.write_text(VILLAGE)
    return path


def test_ballots_that_make_a_cycle_are_described_and_counted(cli, village):
    done = cli("ballots", village, "--rule", "minimax", "--rule", "copeland", "--rule", "condorcet")
    assert (done.code, done.err) == (0, "")
    assert "voters      9\n" in done.out
    assert "ballots     3 different, strict, complete\n" in done.out
    assert "nobody beats every other candidate; a cycle or ties among Ada, Ben, Cyd\n" in done.out
    rows = [" ".join(line.split()) for line in done.out.splitlines() if line.endswith("socialsim")]
    assert rows == [
        "minimax Ada Ada 1, Ben 3, Cyd 5 socialsim",  # the largest defeats: 4 to 5, 3 to 6, 2 to 7
        "copeland tie of Ada, Ben, Cyd Ada 0, Ben 0, Cyd 0 socialsim",
        "condorcet nobody socialsim",
    ]


def test_the_object_holds_what_the_table_shows(cli, village):
    record = json.loads(cli("ballots", village, "--rule", "minimax", "--json").out)
    assert record == {
        "voters": 9,
        "ballots": 3,
        "candidates": ["Ada", "Ben", "Cyd"],
        "strict": True,
        "complete": True,
        "condorcet_winner": None,
        "top_cycle": ["Ada", "Ben", "Cyd"],
        "margins": [[0, 3, -1], [-3, 0, 5], [1, -5, 0]],
        "outcomes": [
            {
                "rule": "minimax",
                "tied": [["Ada"]],
                "scores": {"Ada": 1, "Ben": 3, "Cyd": 5},
                "route": "socialsim",
            }
        ],
    }


def test_a_real_election_has_three_winners_and_says_what_was_not_counted(cli):
    done = cli("ballots", BURLINGTON)
    assert done.code == 0
    assert "Andy Montroll beats every other candidate; the closest, Bob Kiss, by 590\n" in done.out
    elected = {line.split()[0]: " ".join(line.split()[1:3]) for line in done.out.splitlines() if "socialsim" in line}
    assert elected == {
        "plurality": "Kurt Wright",
        "approval": "Kurt Wright",
        "instant_runoff": "Bob Kiss",
        "plurality_runoff": "Bob Kiss",
        "copeland": "Andy Montroll",
        "minimax": "Andy Montroll",
        "condorcet": "Andy Montroll",
    }
    assert "not counted: borda: some ballots leave candidates out" in done.err


def test_ballots_with_shared_places_are_counted_down_to_there(cli, tmp_path):
    (tmp_path / "village.csv").write_text("count,1,2,3\n4,Ada,Ben=Cyd\n3,Ben,Cyd,Ada\n2,Ben=Cyd,Ada\n")
    done = cli("ballots", tmp_path / "village.csv")
    assert done.code == 0
    assert "ballots     3 different, with ties, complete\n" in done.out
    elected = {line.split()[0]: line.split()[1] for line in done.out.splitlines() if "socialsim" in line}
    assert (elected["plurality"], elected["condorcet"]) == ("Ada", "Ben")  # the 2 count between pairs alone
    assert "6 voters rank candidates alike; plurality, instant_runoff, plurality_runoff count their ballots" in done.err


def test_other_packages_count_too(cli, village):
    pytest.importorskip("pref_voting")
    pytest.importorskip("abcvoting")
    options = ("--rule", "split_cycle", "--committee", "av", "--seats", "2", "--json")
    outcomes = json.loads(cli("ballots", village, *options).out)["outcomes"]
    assert [(outcome["rule"], outcome["route"]) for outcome in outcomes] == [
        ("split_cycle", "pref_voting"),
        ("av", "abcvoting"),
    ]
    assert outcomes[0]["tied"] == [["Ada"]]
    assert outcomes[1]["tied"] == [["Ada", "Ben"], ["Ada", "Cyd"], ["Ben", "Cyd"]]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--rule", "borda"], "line 2: 'Ada' is ranked twice"),
        (["--seats", "2"], "--committee and --seats: one alone is not accepted; accepted: both, or neither"),
        (["--seats", "few"], "--seats"),
    ],
)
def test_misuse_is_one_line_and_exit_code_2(cli, tmp_path, arguments, words):
    (tmp_path / "odd.csv").write_text("1,2\nAda,Ada\n")
    done = cli("ballots", tmp_path / "odd.csv", *arguments)
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
    assert done.err.startswith("error: ")
    assert words in done.err


def test_a_rule_that_is_asked_for_must_take_the_ballots(cli):
    done = cli("ballots", BURLINGTON, "--rule", "borda")
    assert (done.code, done.out) == (2, "")
    assert done.err == (
        "error: borda: some ballots leave candidates out or rank them alike; accepted: complete strict rankings\n"
    )


@pytest.mark.parametrize(
    ("rankings", "counts", "cycle"),
    [
        (["ABC"], [1], "A"),
        (["ABC", "BAC"], [1, 1], "AB"),
        (["ABCD", "BCAD", "CABD"], [1, 1, 1], "ABC"),
        (["DABC", "DBCA", "DCAB"], [1, 1, 1], "D"),
    ],
)
def test_the_smallest_set_that_beats_all_others_is_found(rankings, counts, cycle):
    assert "".join(top_cycle(Profile.of(rankings, counts))) == cycle
