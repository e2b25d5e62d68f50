import json
import math
from dataclasses import replace

import numpy as np
import pytest

from socialsim.core.result import Result
from socialsim.metrics.metric import FAMILIES, metrics
from socialsim.metrics.records import act_table, constructed


@pytest.fixture
def saved(tmp_path):
    """Save a result of two agents who mostly do a task each, with their acts alone."""
    stream = np.random.default_rng(1)
    acts = np.where(stream.random((3, 120, 2)) < 0.8, [0, 1], [1, 0])
    return constructed(act=act_table(acts, observations=0, rewards=1.0 + acts)).save(tmp_path / "result")


def test_what_can_be_measured_is_a_table_and_the_rest_says_what_it_lacks(cli, saved):
    done = cli("metrics", saved)
    assert done.code == 0
    rows = {line.split()[0]: line for line in done.out.splitlines() if line.strip()}
    assert {"division_by_task", "efficiency", "modal_share", "constant_end"} <= rows.keys()
    assert rows["division_by_task"].split()[1] == "labour"
    assert rows["division_by_task"].split()[-2:] == ["0.005", "3"]  # p and runs
    missing = dict(line.split(": ", 1) for line in done.err.splitlines() if ": " in line)
    assert missing["deviation_cost"].endswith("it comes with a call of fork()")
    assert missing["sanction_recall"].startswith(
        "needs the table 'sanction' (step, source, target); it comes with record="
    )
    assert "on the command line: `socialsim run --record events`" in done.err
    assert rows.keys() - {"metric"} | missing.keys() >= metrics().keys()
    assert not rows.keys() & missing.keys()


@pytest.mark.parametrize("family", FAMILIES)
def test_a_family_can_be_asked_for(cli, saved, family):
    record = json.loads(cli("metrics", saved, "--family", family, "--json").out)
    assert record.keys() == metrics(family).keys()
    assert all(entry["family"] == family for entry in record.values())


def test_json_holds_the_estimate_its_null_and_its_reason(cli, saved):
    record = json.loads(cli("metrics", saved, "--json").out)
    divided = record["division_by_task"]
    assert divided["low"] <= divided["value"] <= divided["high"]
    assert divided["null"] == "permuted bouts"
    assert 0 < divided["null_mean"] < 0.1
    assert divided["p_value"] == 0.005
    assert divided["description"].startswith("I / H_task of what agents did")
    assert record["causal_influence"]["value"] is None
    assert "a call of probe()" in record["causal_influence"]["reason"]
    assert record["switch_rate"]["null"] is None
    assert math.isclose(record["switch_rate"]["value"], 0.32, abs_tol=0.05)  # 2 (.8) (.2)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("nowhere",), "error: nowhere is no result: it has no readable manifest.json"),
        (
            ("nowhere", "--family", "norm"),
            "unknown family of metrics 'norm'; did you mean 'norms'? Accepted:",
        ),
        ((), "Missing argument"),
    ],
)
def test_what_cannot_be_measured_is_exit_code_2(cli, arguments, message):
    done = cli("metrics", *arguments)
    assert done.code == 2
    assert message in done.err


def test_a_study_is_no_result(cli, tmp_path):
    (tmp_path / "study.json").write_text("{}")
    done = cli("metrics", tmp_path)
    assert done.code == 2
    assert "is a study; accepted: a result of `socialsim run --out`" in done.err


def test_a_run_without_records_says_for_each_metric_what_would_record_it(cli, run_small):
    run_small("--out", "plain")
    done = cli("metrics", "plain")
    assert done.code == 0
    assert done.out.strip() == ""
    assert len(done.err.splitlines()) == len(metrics()) + 1


def test_an_interrupted_result_says_so(cli, run_small, tmp_path):
    run_small("--out", "whole")
    whole = Result.load("whole")
    Result(replace(whole.manifest, status="interrupted"), dict(whole.tables)).save("cut")
    assert "interrupted" not in cli("metrics", "whole").err
    assert "cut was interrupted" in cli("metrics", "cut").err
