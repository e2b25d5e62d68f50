import json
import subprocess
import sys

import numpy as np
import pyarrow.parquet as pq
import pytest

from socialsim.core.errors import ParameterError, ResultError
from socialsim.engine.discovery import find_module, make_scenario
from socialsim.studies.design.points import Point, make_point
from socialsim.studies.running.runner import replay_command
from socialsim.studies.storage.store import Batch, Span, Store
from socialsim.studies.study import Study

CONFIGURATION = {"scenario": "epistemic", "source": "", "seed": 3, "record_every": None}


def points(number=2):
    base = make_scenario(find_module("epistemic"))
    return [make_point(base, {"network": f"cycle:n={4 + k}", "environment.effect": 0.02}) for k in range(number)]


def batch(point, first, count, **others):
    replications = np.arange(first, first + count)
    columns = {
        "run": replications,
        "stream_key": np.array([f"3:{k}" for k in replications], dtype=object),
        "num_agents": np.full(count, 4),
        "steps": 10 * replications,
        "stop": np.array(["settled"] * count, dtype=object),
        "verdict": np.ones(count, np.int64),
        "num_on_better": np.full(count, 4),
        "num_present": np.full(count, 4),
    }
    return Batch(Span(point, first, count), {"run": columns | others}, seconds=0.1)


def test_runs_come_back_by_point_and_replication_whatever_the_order_of_writing(tmp_path):
    a, b = points()
    with Store(tmp_path / "s", CONFIGURATION) as store:
        store.enter({a: 3, b: 3})
        store.add([batch(b, 1, 2), batch(a, 2, 1)])
        store.add([batch(a, 0, 2), batch(b, 0, 1)])
    runs = Study.open(tmp_path / "s").runs()
    assert runs.columns[:5].tolist() == ["point", "network", "environment.effect", "replication", "status"]
    assert runs.network.tolist() == ["cycle:n=4"] * 3 + ["cycle:n=5"] * 3
    assert runs.replication.tolist() == [0, 1, 2, 0, 1, 2]
    assert runs.steps.tolist() == [0, 10, 20, 0, 10, 20]
    assert runs.steps.dtype == np.int64


def test_runs_are_read_by_column(tmp_path):
    with Store(tmp_path / "s", CONFIGURATION) as store:
        store.enter(dict.fromkeys(points(1), 3))
        store.add([batch(points(1)[0], 0, 3)])
    runs = Study.open(tmp_path / "s").runs(["steps"])
    assert runs.columns.tolist() == ["point", "network", "environment.effect", "replication", "status", "steps"]
    with pytest.raises(ResultError, match="the table 'run' has no column 'stepps'"):
        Study.open(tmp_path / "s").runs(["stepps"])


def test_points_may_have_columns_of_their_own(tmp_path):
    a, b = points()
    with Store(tmp_path / "s", CONFIGURATION) as store:
        store.enter({a: 2, b: 2})
        store.add([batch(a, 0, 2, share=np.array([0.5, 1.0])), batch(b, 0, 2)])
    share = Study.open(tmp_path / "s").runs().share
    assert share[:2].tolist() == [0.5, 1.0]
    assert share[2:].isna().all()


def test_summary_computes_the_scenarios_metrics_by_point(tmp_path):
    a, b = points()
    with Store(tmp_path / "s", CONFIGURATION) as store:
        store.enter({a: 4, b: 4})
        store.add([batch(a, 0, 4), batch(b, 0, 2, verdict=np.array([0, 1]))])
    summary = Study.open(tmp_path / "s").summary()
    rates = summary[summary.metric == "success_rate"]
    assert rates.network.tolist() == ["cycle:n=4", "cycle:n=5"]
    assert rates.value.tolist() == [1.0, 0.5]
    assert rates.num_runs.tolist() == [4, 2]


def test_failed_runs_are_rows_with_what_replays_them(tmp_path):
    (a,) = points(1)
    with Store(tmp_path / "s", CONFIGURATION) as store:
        store.enter({a: 3})
        store.add([batch(a, 0, 2)])
        span = Span(a, 2, 1)
        store.add_failure(span, "failed", "ValueError: no", "Traceback ...", replay_command("epistemic", span, 3))
    study = Study.open(tmp_path / "s")
    assert study.runs().status.tolist() == ["done", "done", "failed"]
    (failure,) = study.failures().itertuples()
    assert (failure.replication, failure.seed, failure.error) == (2, 3, "ValueError: no")
    assert failure.command.endswith(f"--stream 3:{'.'.join(f'{word:x}' for word in a.words)}:2")
    assert study.status().num_failed == 1
    assert study.status().num_waiting == 0
    with Store(tmp_path / "s", CONFIGURATION) as store:
        store.enter({a: 3})
        store.forget_failures()
        assert list(store.waiting({a: 3})) == [Span(a, 2, 1)]


def test_a_damaged_part_is_done_again_and_said_so(tmp_path):
    (a,) = points(1)
    with Store(tmp_path / "s", CONFIGURATION) as store:
        store.enter({a: 6})
        store.add([batch(a, 0, 2)])
        store.add([batch(a, 2, 4)])
    torn = tmp_path / "s" / "parts" / "run-000002.parquet"
    torn.write_bytes(torn.read_bytes()[:100])
    with pytest.warns(UserWarning, match=r"part run-000002.parquet is left out"):
        assert len(Study.open(tmp_path / "s").runs()) == 2
    with pytest.warns(UserWarning, match="part 2 is damaged; its 4 runs are done again"):
        store = Store(tmp_path / "s", CONFIGURATION)
    with store:
        store.enter({a: 6})
        assert list(store.waiting({a: 6})) == [Span(a, 2, 4)]
        store.add([batch(a, 2, 4)])
    assert len(Study.open(tmp_path / "s").runs()) == 6


def test_a_file_that_the_ledger_does_not_list_is_ignored_and_said_so(tmp_path):
    (a,) = points(1)
    with Store(tmp_path / "s", CONFIGURATION) as store:
        store.enter({a: 2})
    (tmp_path / "s" / "parts" / "run-000001.parquet").write_bytes(b"half a par")
    with pytest.warns(UserWarning, match="1 files of an interrupted write are ignored"):
        store = Store(tmp_path / "s", CONFIGURATION)
    with store:
        store.enter({a: 2})
        store.add([batch(a, 0, 2)])
    assert Study.open(tmp_path / "s").runs().replication.tolist() == [0, 1]


def test_a_full_disk_leaves_the_last_good_state(tmp_path, monkeypatch):
    (a,) = points(1)

    def fill_the_disk(table, file, **_):
        file.write(b"half")
        raise OSError(28, "No space left on device")

    with Store(tmp_path / "s", CONFIGURATION) as store:
        store.enter({a: 4})
        store.add([batch(a, 0, 2)])
        with monkeypatch.context() as patch:
            patch.setattr(pq, "write_table", fill_the_disk)
            with pytest.raises(ResultError, match="the disk is full; all runs entered before are kept"):
                store.add([batch(a, 2, 2)])
        assert list(store.waiting({a: 4})) == [Span(a, 2, 2)]
    assert [path.name for path in (tmp_path / "s" / "parts").iterdir()] == ["run-000001.parquet"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"seed": 4}, "seed is 3 there and 4 here"),
        ({"scenario": "voter"}, "scenario is 'epistemic' there and 'voter' here"),
        ({"record_every": 5}, "record_every is None there and 5 here"),
    ],
)
def test_a_folder_of_another_study_is_refused_with_what_differs(tmp_path, change, message):
    with Store(tmp_path / "s", CONFIGURATION):
        pass
    with pytest.raises(ParameterError, match=message):
        Store(tmp_path / "s", CONFIGURATION | change)


def test_a_folder_of_another_version_is_refused_with_what_differs(tmp_path):
    with Store(tmp_path / "s", CONFIGURATION):
        pass
    path = tmp_path / "s" / "study.json"
    content = json.loads(path.read_text())
    content["versions"]["numba"] = "0.1"
    path.write_text(json.dumps(content))
    with pytest.raises(ParameterError, match=r"numba is of version 0\.1 there"):
        Store(tmp_path / "s", CONFIGURATION)


def test_a_study_that_loses_points_is_another_study(tmp_path):
    with Store(tmp_path / "s", CONFIGURATION) as store:
        store.enter(dict.fromkeys(points(3), 2))
        with pytest.raises(ParameterError, match="1 of its 3 points are not among the 2 here"):
            store.enter(dict.fromkeys(points(2), 2))


def test_a_folder_of_something_else_is_refused(tmp_path):
    (tmp_path / "thesis.tex").write_text("draft")
    with pytest.raises(ParameterError, match=r"holds 'thesis.tex' but no study.json"):
        Store(tmp_path, CONFIGURATION)
    with pytest.raises(ResultError, match="is no study"):
        Study.open(tmp_path)


def test_a_point_that_cannot_be_written_down_is_refused(tmp_path):
    with Store(tmp_path / "s", CONFIGURATION) as store, pytest.raises(ParameterError, match="network is a object"):
        store.enter({Point("0" * 64, (), {"network": object()}): 1})


HOLDER = """
import sys, time
from socialsim.studies.storage.store import Store
with Store(sys.argv[1], {"scenario": "epistemic", "source": "", "seed": 3, "record_every": None}):
    print("ready", flush=True)
    time.sleep(60)
"""


def test_a_second_process_is_told_so_and_a_killed_one_holds_nothing(tmp_path):
    process = subprocess.Popen([sys.executable, "-c", HOLDER, tmp_path / "s"], stdout=subprocess.PIPE)
    try:
        assert process.stdout.readline() == b"ready\n"
        with pytest.raises(ParameterError, match="another process is working on this study"):
            Store(tmp_path / "s", CONFIGURATION)
        assert Study.open(tmp_path / "s").status().num_runs == 0
    finally:
        process.kill()
        process.communicate()
    with Store(tmp_path / "s", CONFIGURATION):
        pass


def test_small_parts_are_joined_and_hold_the_same(tmp_path):
    a, b = points(2)
    with Store(tmp_path / "s", CONFIGURATION) as store:
        asked = {a: 30, b: 30}
        store.enter(asked)
        for k in range(30):
            store.add([batch(a, k, 1)])
        store.add([batch(b, 0, 30)])
        before = Study(store.folder).digest()
        store.compact()
        files = sorted(path.name for path in (store.folder / "parts").iterdir())
        assert files == ["run-000031.parquet", "run-000032.parquet"]
        assert Study(store.folder).digest() == before
        assert not list(store.waiting(asked))
        store.compact()
        assert sorted(path.name for path in (store.folder / "parts").iterdir()) == files
