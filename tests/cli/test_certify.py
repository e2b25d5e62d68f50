import json

import pytest


@pytest.fixture
def folder(cli):
    """Run two who always defect."""
    done = cli(
        *("run", "repeated_game", "--learner", "constant:action=1", "--steps", 60),
        *("--replications", 30, "--out", "r", "--quiet"),
    )
    assert done.code == 0, done.err
    return "r"


def test_the_certificate_is_printed_and_drawn(cli, folder, tmp_path):
    done = cli("certify", folder, "--figure", "f.png")
    assert done.code == 0, done.err
    assert done.out.startswith("repeated_game: neither\n")
    assert "owed to conformity   -1.5" in done.out
    assert "fork     end; 30 runs\n" in done.out
    assert (tmp_path / "f.png").read_bytes().startswith(b"\x89PNG")


def test_json_holds_the_verdict_and_what_it_rests_on(cli, folder):
    record = json.loads(cli("certify", folder, "--at", 7, "--steps", 8, "--json").out)
    assert (record["verdict"], record["at"], record["protocol"]["steps"]) == ("neither", 7, 8)
    assert record["estimates"]["gain"]["value"] == -1
    assert record["runs"] == {"asked for": 30, "at the fork": 30, "with a deviator": 30}
    assert record["conditions"]["convention"]["owed to conformity"]["holds"] is False


def test_few_runs_are_not_judged(cli, folder):
    done = cli("certify", folder, "--replications", 9)
    assert done.out.startswith("repeated_game: undecided\n")
    assert "no verdict  9 runs are too few; accepted: 30 or more" in done.out


def test_what_is_printed_is_how_many_runs_came_to_the_fork_and_could_deviate(cli):
    """Half of the runs of two undecided players have none who is about to do what is regular."""
    options = ("--learner", "uniform_random", "--steps", 60, "--replications", 60, "--seed", 1, "--out", "u", "--quiet")
    assert cli("run", "repeated_game", *options).code == 0
    record = json.loads(cli("certify", "u", "--json").out)["runs"]
    assert record["with a deviator"] < record["at the fork"] == record["asked for"] == 60
    missing = 60 - record["with a deviator"]
    assert f"fork     end; 60 runs; in {missing} nobody could deviate\n" in cli("certify", "u").out


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--at", "soon"), "--at: 'soon' is not accepted; accepted: a step >= 0, settled or end"),
        (("--at", 50), "within the horizon of 60 steps"),
        (("--at", "settled"), "in no run had all settled"),
        (("--window", 1), "window: 1 is not accepted; accepted: an integer >= 4"),
        (("--replications", 0), "--replications: 0 is not accepted; accepted: an integer >= 1"),
        (("--type", "seller"), "accepted: row, column"),
        (("--scenario", "nowhere.py"), "nowhere.py: no such file"),
        (("--scenario", "opinions"), "environment.payoffs"),
    ],
)
def test_bad_input_is_exit_code_2(cli, folder, options, message):
    done = cli("certify", folder, *options)
    assert done.code == 2
    assert message in done.err


def test_a_folder_without_a_result_is_refused(cli):
    assert "nowhere is no result" in cli("certify", "nowhere").err
