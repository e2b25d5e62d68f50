import json
from pathlib import Path

import pandas as pd
import pytest

from socialsim.cli.running import summary
from socialsim.core.result import Result

QUICK = ("-p", "environment.effect=0.1", "--replications", "3")
KEYS = ["scenario", "parameters", "seed", "num_runs", "steps", "metrics", "seconds", "out"]


def test_json_is_one_object_that_agrees_with_the_folder(run_small):
    printed = run_small("--out", "here", "--seed", "5")
    result = Result.load("here")
    assert list(printed) == KEYS
    assert printed["out"] == str(Path("here").resolve())
    assert (printed["seed"], printed["num_runs"]) == (5, 6)
    assert printed["steps"] == result.runs.steps.sum()
    assert printed["parameters"] == result.parameters
    assert printed["metrics"] == {name: estimate.to_json() for name, estimate in result.metrics.items()}
    assert json.loads(json.dumps(summary(result, Path("here").resolve()))) == printed


def test_same_seed_same_numbers_whatever_the_threads(run_small):
    one, two = (run_small("--threads", threads, "--out", f"threads_{threads}") for threads in (1, 2))
    assert one["metrics"] == two["metrics"]


def test_undefined_metric_is_null_with_its_reason(run_small):
    metric = run_small("--steps", "0")["metrics"]["rounds_to_success"]
    assert metric["value"] is None
    assert metric["reason"]


def test_summary_ends_with_the_figure_and_says_what_was_run(cli):
    done = cli("run", "epistemic", "--network", "karate", "-p", "environment.effect=0.1", "--replications", "5")
    assert (done.code, done.err) == (0, "")
    figure = Path(done.out.splitlines()[-1])
    assert figure.name == "figure.png"
    assert figure.read_bytes().startswith(b"\x89PNG")
    assert figure.parent.parent == Path("results").resolve()
    for text in ("effect = 0.1", "karate: 34 agents, 78 edges, connected", "5 settled", "success_rate", "95% interval"):
        assert text in done.out


def test_figure_is_among_the_files_that_the_manifest_keeps(run_small):
    assert "figure.png" in Result.load(run_small()["out"]).manifest.files


def test_quiet_prints_the_figure_alone(cli):
    done = cli("run", "epistemic", *QUICK, "--quiet")
    assert done.out.count("\n") == 1
    assert Path(done.out.strip()).is_file()
    assert done.err == ""


def test_disconnected_network_is_legal_and_said(cli):
    Path("two.edgelist").write_text("a b\nc d\n")
    done = cli("run", "epistemic", "--network", "two.edgelist", *QUICK)
    assert done.code == 0
    assert "two.edgelist: 4 agents, 2 edges, disconnected (2 components)" in done.out


def test_disconnected_network_is_said_beside_json(cli):
    Path("two.edgelist").write_text("a b\nc d\n")
    done = cli("run", "epistemic", "--network", "two.edgelist", *QUICK, "--json")
    assert json.loads(done.out)["parameters"]["network"] == "two.edgelist"
    assert "disconnected (2 components)" in done.err


def test_learner_without_the_usual_columns_still_has_a_figure(cli):
    done = cli("run", "epistemic", "--learner", "epsilon_greedy", "--steps", "5", "--replications", "3", "--quiet")
    assert (done.code, done.err) == (0, "")
    assert Path(done.out.strip()).name == "figure.png"


def test_own_file_runs_like_a_scenario_of_the_project(cli):
    Path("mine.py").write_text("from socialsim.environments.epistemic import small as scenario\n")
    printed = json.loads(cli("run", "mine.py", "--replications", "4", "--json").out)
    assert (printed["scenario"], printed["parameters"]["network"]) == ("epistemic", "cycle:n=4")


def test_stream_replays_one_run_alone(run_small, cli):
    whole = Result.load(run_small("--seed", "3", "--record", "counts")["out"])
    key = whole.runs.stream_key[4]
    model = ("-p", "environment.effect=0.05", "-p", "environment.trials=20")
    done = cli("run", "epistemic", *model, "--stream", key, "--record", "counts", "--json")
    assert done.code == 0, done.err
    alone = Result.load(json.loads(done.out)["out"])
    assert alone.manifest.stream_key == key
    for table in ("run", "agent", "edge", "series", "count"):
        expected = whole.table(table).query("run == 4").reset_index(drop=True)
        pd.testing.assert_frame_equal(alone.table(table), expected)


def test_time_limit_keeps_what_was_reached_and_resume_completes_it(cli):
    model = ("run", "epistemic", "-p", "environment.effect=0.0001", "--replications", "3000", "--threads", "1")
    cut = cli(*model, "--time-limit", "0.05", "--out", "cut", "--quiet")
    assert cut.code == 0
    assert Result.load("cut").status == "interrupted"
    assert cut.err.splitlines()[0].startswith("time limit: ")
    assert cut.err.splitlines()[1].endswith(f"--resume {Path('cut').resolve()}")


def test_figure_that_cannot_be_drawn_costs_nobody_the_result(cli, monkeypatch):
    from socialsim.cli import running
    from socialsim.core.errors import ResultError

    def fail(result):
        raise ResultError("nothing to draw")

    monkeypatch.setattr(running, "draw", fail)
    done = cli("run", "epistemic", "-p", "environment.effect=0.1", "--replications", "3", "--out", "here")
    assert done.code == 0
    assert done.err == "no figure: nothing to draw\n"
    assert done.out.splitlines()[-1] == str(Path("here").resolve())
    assert Result.load("here").status == "complete"


@pytest.mark.parametrize("record", ["none", "counts", "events"])
def test_record_decides_which_tables_there_are(run_small, record):
    result = Result.load(run_small("--record", record, "--steps", "3")["out"])
    assert ("count" in result.tables, "act" in result.tables) == (record == "counts", record == "events")
