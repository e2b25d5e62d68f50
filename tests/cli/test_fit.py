import json
from pathlib import Path

import pytest

from socialsim.cli.fit import parse_free
from socialsim.core.errors import ParameterError

CHOICES = Path(__file__).parents[2] / "scenarios" / "data" / "choices.csv"
VALUES = ("--learner", "boltzmann_q:discount=0", "--free", "alpha", "--free", "temperature=0.01:10")


@pytest.fixture
def some(tmp_path):
    """Write the first subjects of the experiment, 40 choices each."""
    rows = CHOICES.read_text().splitlines()
    kept = [rows[0], *(row for row in rows[1:] if row[:3] <= "S04" and int(row.split(",")[1]) <= 40)]
    (tmp_path / "some.csv").write_text("\n".join(kept) + "\n")
    return tmp_path / "some.csv"


@pytest.mark.compiled
def test_estimates_and_the_comparison_are_printed(cli):
    done = cli("fit", CHOICES, *VALUES)
    assert (done.code, done.err) == (0, "")
    assert "1,200 choices\nsubjects  12\nactions   left, right\n" in done.out
    rows = [" ".join(line.split()) for line in done.out.splitlines()]
    assert "boltzmann_q:discount=0 alpha 0.250 [0.142, 0.358] profile and subjects" in rows
    assert any(row.startswith("chance 0 -831.78") for row in rows)


def test_several_learners_share_the_free_parameters_that_they_have(cli, some):
    done = cli("fit", some, *VALUES, "--learner", "roth_erev", "--free", "initial_weight", "--json")
    record = json.loads(done.out)
    assert list(record["fits"]["boltzmann_q:discount=0"]["estimates"]) == ["alpha", "temperature"]
    assert list(record["fits"]["roth_erev"]["estimates"]) == ["initial_weight"]
    assert {row["learner"] for row in record["comparison"]} == {"boltzmann_q:discount=0", "roth_erev", "chance"}
    assert (record["trials"], record["subjects"], record["actions"]) == (160, 4, ["left", "right"])


def test_each_subject_and_their_population_are_fitted(cli, some):
    command = ("fit", some, "--learner", "boltzmann_q:discount=0,temperature=0.3", "--free", "alpha", "--each")
    record = json.loads(cli(*command, "--json").out)
    (fits,) = record["fits"].values()
    assert list(fits["subjects"]) == ["S01", "S02", "S03", "S04"]
    (population,) = record["populations"].values()
    assert population["medians"]["alpha"]["low"] < population["medians"]["alpha"]["value"]
    shown = cli(*command)
    assert " S04 " in shown.out
    assert "middle 95% of subjects" in shown.out


def test_what_an_estimate_rests_on_is_said_on_stderr(cli, tmp_path):
    rows = [f"Ada,{trial},{'ab'[trial % 2]},0" for trial in range(20)]
    (tmp_path / "unpaid.csv").write_text("\n".join(["subject,trial,action,reward", *rows]))
    done = cli("fit", tmp_path / "unpaid.csv", *VALUES)
    assert done.code == 0
    assert "undefined: between 0.001 and 1 no value is significantly less likely" in " ".join(done.out.split())
    assert done.err.count("alpha: between 0.001 and 1 no value") == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nowhere.csv", *VALUES], "nowhere.csv: cannot be read"),
        ([CHOICES, "--learner", "boltzmann", "--free", "alpha"], "unknown learner 'boltzmann'"),
        ([CHOICES, "--learner", "imitation", "--free", "noise"], "accepted: boltzmann_q, "),
        ([CHOICES, *VALUES, "--free", "lambda"], "unknown parameter of boltzmann_q 'lambda'"),
        ([CHOICES, *VALUES, "--free", "alpha"], "each once"),
        ([CHOICES, *VALUES, "--learner", "roth_erev"], "no parameter of roth_erev is free; accepted: one or more of"),
        ([CHOICES, *VALUES[:2], "--free", "alpha=3"], "--free: 'alpha=3' is not accepted; accepted: NAME or NAME=LOW"),
        ([CHOICES, *VALUES[:2], "--free", "alpha=0:1"], "alpha: 0.0 is not accepted"),
        ([CHOICES, *VALUES, "--actions", "left,middle"], "line 4, column 'action'"),
        ([CHOICES, "--free", "alpha"], "--learner"),
    ],
)
def test_misuse_is_one_line_and_exit_code_2(cli, arguments, words):
    done = cli("fit", *arguments)
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
    assert done.err.startswith("error: ")
    assert words in done.err


def test_a_range_is_two_numbers():
    assert parse_free("alpha=1e-3:.5") == ("alpha", (0.001, 0.5))
    with pytest.raises(ParameterError, match="--free: 'alpha=a:b' is not accepted"):
        parse_free("alpha=a:b")
