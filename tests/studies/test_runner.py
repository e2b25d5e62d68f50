import os
import signal
import threading
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socialsim.core.errors import ParameterError
from socialsim.engine.discovery import find_module, make_scenario
from socialsim.engine.run import run
from socialsim.studies.design.points import Point, make_point
from socialsim.studies.running.runner import _Plan, _split, run_points
from socialsim.studies.running.worker import Processes
from socialsim.studies.storage.store import Span, Store
from socialsim.studies.study import Study

VALUES = [{"network": f"{family}:n={n}"} for family in ("cycle", "complete") for n in (4, 6)]
VALUES += [{"network": "watts_strogatz:n=10,k=4,p=0.5"}]


def points(values=VALUES, scenario="epistemic", **others):
    base = make_scenario(find_module(str(scenario)))
    return [make_point(base, {"environment.effect": 0.02, **each, **others}) for each in values]


def run_all(chosen, scenario, *, store, replications, executor=None, seed=0, record_every=None, retry=False, **options):
    """Run points of a scenario as `run_study` does, which takes them from a study file."""
    configuration = {"scenario": scenario, "source": "", "seed": seed, "record_every": record_every}
    memory_limit, num_processes = options.pop("memory_limit", None), options.pop("num_processes", 1)
    workers = Processes(num_processes, memory_limit) if executor is None else executor
    try:
        with Store(store, configuration) as opened:
            if retry:
                opened.forget_failures()
            asked = dict.fromkeys(chosen, replications)
            opened.enter(asked)
            run_points(opened, asked, executor=workers, num_tasks=num_processes, **options)
    finally:
        if executor is None:
            workers.shutdown(wait=False)
    return Study(opened.folder)


def in_this_process(store, replications=7, **options):
    with ThreadPoolExecutor(1) as executor:
        return run_all(points(), "epistemic", store=store, replications=replications, executor=executor, **options)


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
    study = run_all(
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
    study = run_all(points(), "epistemic", store=tmp_path / "s", replications=7, num_processes=2, batch_seconds=0.05)
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


def test_a_finished_study_hands_out_nothing(reference):
    study = run_all(points(), "epistemic", store=reference.folder, replications=7, executor=Backwards())
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


@given(st.lists(st.integers(1, 50), min_size=1, max_size=8), st.integers(1, 20))
def test_parts_of_a_task_are_a_partition_into_at_most_so_many(counts, most):
    spans = [Span(Point(f"{k:064x}", (), {}), 3, count) for k, count in enumerate(counts)]
    parts = _split(spans, most)
    runs = [[(span.point.key, k) for span in part for k in span.replications] for part in parts]
    assert list(chain(*runs)) == [(span.point.key, k) for span in spans for k in span.replications]
    assert len(parts) <= most
    assert max(map(len, runs)) == -(-sum(counts) // most)


# --- Ctrl-C ----------------------------------------------------------------------------------------------------------


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


# --- what goes wrong --------------------------------------------------------------------------------------------------


@pytest.mark.compiled
def test_a_run_that_is_too_long_times_out_and_the_others_end(tmp_path):
    slow = points([{"environment.effect": 1e-6, "environment.trials": 1, "horizon.steps": 10**12}, {}])
    with ThreadPoolExecutor(1) as executor:
        study = run_all(
            slow, "epistemic", store=tmp_path / "s", replications=2, executor=executor, num_processes=1, time_limit=0.3
        )
    status = study.runs().groupby("environment.effect", sort=False).status.agg(set)
    assert status[0.02] == {"done"}
    assert status[1e-6] == {"timed out"}


def test_a_study_at_work_refuses_a_second_one(tmp_path):
    configuration = {"scenario": "epistemic", "source": "", "seed": 0, "record_every": None}
    with (
        Store(tmp_path / "s", configuration),
        pytest.raises(ParameterError, match="another process is working on this study"),
    ):
        in_this_process(tmp_path / "s")
