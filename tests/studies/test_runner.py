import os
import shlex
import signal
import sqlite3
import subprocess
import sys
import textwrap
import threading
import time
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socialsim.core.errors import ParameterError, ResultError
from socialsim.engine.discovery import find_module, make_scenario
from socialsim.engine.run import run
from socialsim.studies import runner as runner_module
from socialsim.studies.points import Point, make_point
from socialsim.studies.runner import _Plan, run_study
from socialsim.studies.store import Span, Store
from socialsim.studies.study import Study

VALUES = [{"network": f"{family}:n={n}"} for family in ("cycle", "complete") for n in (4, 6)]
VALUES += [{"network": "watts_strogatz:n=10,k=4,p=0.5"}]


def points(values=VALUES, scenario="epistemic", **others):
    base = make_scenario(find_module(str(scenario)))
    return [make_point(base, {"environment.effect": 0.02, **each, **others}) for each in values]


def in_this_process(store, replications=7, **options):
    with ThreadPoolExecutor(1) as executor:
        return run_study(
            points(), "epistemic", store=store, replications=replications, executor=executor, num_processes=1, **options
        )


@pytest.fixture(scope="module")
def reference(tmp_path_factory):
    return in_this_process(tmp_path_factory.mktemp("reference") / "s")


class Backwards(Executor):
    """Answers the latest task first."""

    def __init__(self):
        self.calls = []

    def submit(self, function, /, *args, **kwargs):
        future = Future()
        self.calls.append((future, function, args))
        if len(self.calls) == 3:
            self.answer()
        else:
            threading.Timer(0.3, self.answer).start()
        return future

    def answer(self):
        while self.calls:
            future, function, args = self.calls.pop()
            future.set_result(function(*args))


# --- results --------------------------------------------------------------------------------------------------------


def test_a_run_of_a_study_is_the_run_that_the_engine_makes_alone(reference):
    runs = reference.runs()
    for row in runs[runs.replication == 5].itertuples():
        point = next(point for point in points() if point.key == row.point)
        scenario = make_scenario(find_module("epistemic")).replace(point.values)
        (alone,) = run(scenario, first_replication=5, point_words=point.words).runs.itertuples()
        assert (alone.stream_key, alone.steps, alone.verdict) == (row.stream_key, row.steps, row.verdict)


@pytest.mark.parametrize("batch_seconds", [1e-6, 0.01, 10.0])
def test_results_do_not_depend_on_the_size_of_batches(reference, tmp_path, batch_seconds):
    assert in_this_process(tmp_path / "s", batch_seconds=batch_seconds).digest() == reference.digest()


def test_results_do_not_depend_on_the_order_of_answers_or_points(reference, tmp_path):
    study = run_study(
        points()[::-1],
        "epistemic",
        store=tmp_path / "s",
        replications=7,
        executor=Backwards(),
        num_processes=3,
        batch_seconds=0.01,
    )
    assert study.digest() == reference.digest()


def test_results_do_not_depend_on_processes(reference, tmp_path):
    study = run_study(points(), "epistemic", store=tmp_path / "s", replications=7, num_processes=2, batch_seconds=0.05)
    assert study.status().is_complete
    assert study.digest() == reference.digest()


def test_the_digest_sees_every_table(reference, tmp_path):
    other = in_this_process(tmp_path / "s", seed=1)
    assert other.digest() != reference.digest()


def test_more_replications_leave_the_earlier_runs_as_they_are(reference, tmp_path):
    in_this_process(tmp_path / "s", replications=3)
    parts = sorted((tmp_path / "s" / "parts").iterdir())
    before = [path.read_bytes() for path in parts]
    assert in_this_process(tmp_path / "s").digest() == reference.digest()
    assert [path.read_bytes() for path in parts] == before


def test_a_finished_study_returns_at_once(reference):
    started = time.perf_counter()
    study = run_study(points(), "epistemic", store=reference.folder, replications=7, num_processes=2)
    assert time.perf_counter() - started < 1.0
    assert study.digest() == reference.digest()


def test_time_courses_are_those_of_the_engine(tmp_path):
    study = in_this_process(tmp_path / "s", replications=3, record_every=1)
    series = study.series()
    point = points()[4]
    scenario = make_scenario(find_module("epistemic")).replace(point.values)
    expected = run(scenario, replications=3, point_words=point.words, record_every=1).series
    mine = series[series.point == point.key]
    assert mine.mean_credence.tolist() == expected.mean_credence.tolist()
    assert mine.replication.tolist() == expected.run.tolist()
    assert study.digest() == in_this_process(tmp_path / "t", 3, record_every=1, batch_seconds=1e-6).digest()


def test_summary_agrees_with_the_engines_metrics(reference):
    summary = reference.summary()
    point = points()[0]
    scenario = make_scenario(find_module("epistemic")).replace(point.values)
    expected = run(scenario, replications=7, point_words=point.words).metrics
    mine = summary[summary.point == point.key].set_index("metric")
    assert mine.value.dropna().to_dict() == {k: v.value for k, v in expected.items() if v.value == v.value}
    assert mine.num_runs.to_dict() == {k: v.num_runs for k, v in expected.items()}


@given(
    st.lists(st.integers(1, 50), min_size=1, max_size=8),
    st.lists(st.floats(1e-6, 10.0), min_size=1, max_size=8),
)
def test_tasks_are_a_partition_of_what_waits(counts, costs):
    spans = [Span(Point(f"{k:064x}", (), {}), 0, count) for k, count in enumerate(counts)]
    plan, seen = _Plan(spans, 0.5), []
    while (task := plan.next()) is not None:
        seen += [(span.point.key, k) for span in task.spans for k in span.replications]
        num_runs = sum(span.count for span in task.spans)
        plan.learn(costs[len(seen) % len(costs)] * num_runs, num_runs)
    assert seen == [(span.point.key, k) for span in spans for k in span.replications]


# --- killed and resumed -----------------------------------------------------------------------------------------------

SCRIPT = """
import sys
from socialsim.engine.discovery import find_module, make_scenario
from socialsim.studies.points import make_point
from socialsim.studies.runner import run_study

if __name__ == "__main__":
    base = make_scenario(find_module("epistemic"))
    values = [{"network": f"cycle:n={n}", "environment.effect": 0.005} for n in (4, 6, 8, 10)]
    points = [make_point(base, each) for each in values]
    run_study(points, "epistemic", store=sys.argv[1], replications=2000, num_processes=2, batch_seconds=0.02)
    print("over", flush=True)
"""


def start(script, *arguments):
    return subprocess.Popen(
        [sys.executable, script, *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )


def wait_for_runs(process, folder, number):
    """Return when a study has so many runs, or has ended."""
    while process.poll() is None:
        try:
            if Study.open(folder).status().num_done >= number:
                return
        except (ResultError, OSError, sqlite3.Error):
            pass
        time.sleep(0.005)


def test_a_study_that_is_killed_and_resumed_loses_and_doubles_nothing(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(SCRIPT)
    for number in (1, 500, 2500):
        process = start(script, tmp_path / "killed")
        wait_for_runs(process, tmp_path / "killed", number)
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL, "the study was over before it was killed"
        process.communicate()
        assert not Study.open(tmp_path / "killed").status().is_complete
    for folder in ("killed", "whole"):
        _, errors = start(script, tmp_path / folder).communicate()
        assert b"Traceback" not in errors
    killed, whole = Study.open(tmp_path / "killed"), Study.open(tmp_path / "whole")
    assert killed.status() == whole.status()
    assert killed.status().is_complete
    assert not killed.runs().duplicated(["point", "replication"]).any()
    assert killed.digest() == whole.digest()


def test_ctrl_c_drains_and_leaves_a_study_that_runs_on(tmp_path, reference):
    interrupts = []

    def interrupt(status):
        if status.num_done and not interrupts:
            interrupts.append(status)
            os.kill(os.getpid(), signal.SIGINT)

    before = signal.getsignal(signal.SIGINT)
    study = in_this_process(tmp_path / "s", batch_seconds=1e-6, progress=interrupt)
    assert signal.getsignal(signal.SIGINT) is before
    assert 0 < study.status().num_done < 35
    assert in_this_process(tmp_path / "s").digest() == reference.digest()


def test_a_second_ctrl_c_stops(tmp_path):
    def interrupt(_):
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        in_this_process(tmp_path / "s", batch_seconds=1e-6, progress=interrupt)
    assert Study.open(tmp_path / "s").status().num_waiting > 0


# --- failures ---------------------------------------------------------------------------------------------------------

FAULTY = textwrap.dedent("""
    import os
    import time
    import numpy as np
    from socialsim.core.parameters import parameter
    from socialsim.engine.scenario import Scenario
    from socialsim.environments.epistemic import Epistemic, success_rate

    class Faulty(Epistemic):
        fault: str = parameter("none", "what happens where nobody uses the better method in the end")

        def outcomes(self, state):
            if (state.num_on_better == 0).any():
                if self.fault == "raise":
                    raise ValueError("nobody uses the better method")
                if self.fault == "exit":
                    os._exit(3)
                if self.fault == "hang":
                    time.sleep(1000.0)
                if self.fault == "eat":
                    np.ones(1 << 34)
            return super().outcomes(state)

    def scenario():
        return Scenario(Faulty(effect=0.05, trials=20), "bayesian", "complete:n=3", 10_000, (success_rate,))
""")


@pytest.fixture(scope="module")
def faulty(tmp_path_factory):
    path = tmp_path_factory.mktemp("faulty") / "faulty.py"
    path.write_text(FAULTY)
    run(make_scenario(find_module(str(path))), threads=1)  # compiled once: the workers load it in a moment
    return str(path)


def faulty_points(faulty, *faults):
    """Return a point for each fault, with the same draws at all of them."""
    base = make_scenario(find_module(faulty))
    return [make_point(base, {"environment.fault": fault}, common_random_numbers=True) for fault in faults]


def test_each_kind_of_failure_leaves_the_rest_complete(tmp_path, faulty, monkeypatch):
    monkeypatch.setattr(runner_module, "GRACE_SECONDS", 4.0)
    study = run_study(
        faulty_points(faulty, "none", "raise", "exit", "hang", "eat"),
        faulty,
        store=tmp_path / "s",
        replications=6,
        seed=3,
        num_processes=2,
        time_limit=1.0,
        memory_limit=4 << 30,
    )
    runs = study.runs()
    states = {fault: list(ours.status) for fault, ours in runs.groupby("environment.fault")}
    failing = {"none": "done", "raise": "failed", "exit": "crashed", "hang": "timed out", "eat": "failed"}
    assert states == {fault: ["done", "done", how, "done", "done", "done"] for fault, how in failing.items()}
    assert study.status().num_waiting == 0
    errors = study.failures().set_index("environment.fault").error
    assert errors["raise"] == "ValueError: nobody uses the better method"
    assert "MemoryError" in errors["eat"]


def test_a_failure_is_replayed_by_its_command_and_tried_again_by_a_retry(tmp_path, faulty):
    chosen = faulty_points(faulty, "raise")
    options = {"store": tmp_path / "s", "replications": 6, "seed": 3, "num_processes": 1}
    with ThreadPoolExecutor(1) as executor:
        study = run_study(chosen, faulty, executor=executor, **options)
    (failure,) = study.failures().itertuples()
    assert "in outcomes" in failure.traceback
    assert failure.replication == 2
    command = [sys.executable, "-m", *shlex.split(failure.command), "--out", tmp_path / "r"]
    replay = subprocess.run(command, capture_output=True, text=True)
    assert "ValueError: nobody uses the better method" in replay.stderr
    assert study.status().num_failed == 1
    with ThreadPoolExecutor(1) as executor:
        again = run_study(chosen, faulty, executor=executor, retry=True, **options)
    assert again.status() == study.status()


def test_a_run_that_is_too_long_times_out_and_the_others_end(tmp_path):
    slow = points([{"environment.effect": 1e-6, "environment.trials": 1, "horizon.steps": 10**12}, {}])
    with ThreadPoolExecutor(1) as executor:
        study = run_study(
            slow, "epistemic", store=tmp_path / "s", replications=2, executor=executor, num_processes=1, time_limit=0.3
        )
    status = study.runs().groupby("environment.effect", sort=False).status.agg(set)
    assert status[0.02] == {"done"}
    assert status[1e-6] == {"timed out"}


def test_an_executor_that_breaks_is_said_so_and_the_study_runs_on_elsewhere(tmp_path, faulty):
    chosen = faulty_points(faulty, "none", "exit")
    options = {"store": tmp_path / "s", "replications": 6, "seed": 3, "num_processes": 1, "batch_seconds": 1e-6}
    with (
        ProcessPoolExecutor(1, mp_context=get_context("spawn")) as executor,
        pytest.raises(ResultError, match="the executor takes no tasks any more"),
    ):
        run_study(chosen, faulty, executor=executor, **options)
    assert Study.open(tmp_path / "s").status().num_done == 8
    study = run_study(chosen, faulty, **options)
    assert (study.status().num_done, study.status().num_crashed) == (11, 1)


# --- bad input --------------------------------------------------------------------------------------------------------


def test_a_users_file_that_has_changed_is_another_study(tmp_path, faulty):
    chosen = faulty_points(faulty, "none")
    with ThreadPoolExecutor(1) as executor:
        options = {"store": tmp_path / "s", "replications": 1, "executor": executor, "num_processes": 1}
        run_study(chosen, faulty, **options)
        Path(faulty).write_text(FAULTY + "# changed")
        try:
            with pytest.raises(ParameterError, match="source is"):
                run_study(chosen, faulty, **options)
        finally:
            Path(faulty).write_text(FAULTY)


def test_a_script_without_a_guard_is_told_so(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(SCRIPT.replace('if __name__ == "__main__":', "if True:"))
    _, errors = start(script, tmp_path / "s").communicate()
    assert b"worker processes cannot start; a script that starts them needs" in errors


def test_a_study_at_work_refuses_a_second_one(tmp_path):
    configuration = {"scenario": "epistemic", "source": "", "seed": 0, "record_every": None}
    with (
        Store(tmp_path / "s", configuration),
        pytest.raises(ParameterError, match="another process is working on this study"),
    ):
        in_this_process(tmp_path / "s")
