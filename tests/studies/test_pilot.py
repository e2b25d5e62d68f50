import math
import textwrap

import pytest

from socialsim.core.errors import ParameterError
from socialsim.studies.cost import pilot as pilot_module
from socialsim.studies.cost.cost import Cost, Pilot
from socialsim.studies.cost.pilot import count_runs, estimate_cost
from socialsim.studies.cost.timing import peak_memory, time_point
from socialsim.studies.files import StudyFile
from socialsim.studies.run import run_study

SMALL = {"scenario": "epistemic", "replications": 200, "fixed": {"environment.effect": 0.05}}
TASK = {"scenario": "epistemic", "words": [1, 2], "seed": 0, "record_every": None, "time_limit": None}
FAULTY = textwrap.dedent("""
    import os
    import time
    from socialsim.core.parameters import parameter
    from socialsim.engine.scenario import Scenario
    from socialsim.environments.epistemic import Epistemic

    class Faulty(Epistemic):
        fault: str = parameter("none", "what happens at the end of a run")

        def outcomes(self, state):
            if self.fault == "raise":
                raise ValueError("nobody knows")
            if self.fault == "exit":
                os._exit(3)
            if self.fault == "hang":
                time.sleep(1000.0)
            return super().outcomes(state)

    def scenario():
        return Scenario(Faulty(effect=0.05, trials=20), "bayesian", "complete:n=3", 10_000)
""")


# --- arithmetic ---------------------------------------------------------------------------------------------------


def test_costs_by_hand():
    cost = Cost(
        num_points=10,
        num_runs=3600,
        most_runs=7200,
        num_processes=4,
        pilots=(Pilot({}, problem="a"), Pilot({}, 3, 1.0)),
        seconds_per_run=2.0,
        least_seconds=1.0,
        most_seconds=5.0,
        start_seconds=36.0,
        bytes_per_run=100.0,
        bytes_per_point=1000.0,
        worker_memory=300,
        parent_memory=50,
    )
    assert (cost.cpu_hours, cost.cpu_hours_range) == (2.0, (1.0, 10.0))
    assert (cost.wall_hours, cost.wall_hours_range) == (0.51, (0.26, 2.51))
    assert (cost.disk_bytes, cost.most_disk_bytes, cost.memory_bytes) == (370_000.0, 730_000.0, 1250)
    assert cost.problems == ("a",)


@pytest.mark.parametrize(
    ("others", "expected"),
    [
        ({}, (3, 600, 600)),
        ({"stopping": {"half_width": {"success_rate": 0.1}, "most_replications": 1000}}, (3, 600, 3000)),
        ({"stopping": {"half_width": {"success_rate": 0.1}, "most_replications": 10}}, (3, 600, 600)),
        ({"stopping": {"most_replications": 1000}}, (3, 600, 600)),
    ],
)
def test_runs_are_counted(others, expected):
    assert count_runs(StudyFile(**SMALL, factors={"network.n": [4, 6, 8]}, **others)) == expected


def test_runs_of_a_search_are_counted():
    pytest.importorskip("optuna")
    goal = {"success_rate": "maximise"}
    design = {"kind": "optimise", "goal": goal, "trials": 30, "finalists": 5}
    smooth, levels = {"network.n": {"integer": [4, 20]}}, {"network.n": [4, 6]}
    assert count_runs(StudyFile(**SMALL, factors=smooth, design=design)) == (30, 6000, 6000 + 5 * 4 * 200)
    assert count_runs(StudyFile(**SMALL, factors=levels, design=design)) == (30, 200, 6000 + 5 * 4 * 200)
    both = design | {"goal": goal | {"rounds_to_success": "minimise"}}
    assert count_runs(StudyFile(**SMALL, factors=smooth, design=both)) == (30, 6000, 6000 + 30 * 4 * 200)


def test_seconds_are_interpolated_between_the_pilots():
    mean = pilot_module._interpolated_mean
    assert mean([(0.0, 1.0), (10.0, 11.0)], [0.0, 2.0, 10.0]) == pytest.approx((1 + 3 + 11) / 3)
    assert mean([(5.0, 1.0), (5.0, 3.0)], [5.0, 5.0, 5.0]) == 2.0
    assert math.isnan(mean([], [1.0]))


# --- which points -------------------------------------------------------------------------------------------------


def pilots_of(**table):
    points, sizes = pilot_module._guess_sizes(StudyFile(**{**SMALL, **table}))
    return [points[k].values for k in pilot_module._spread(len(points))[:3]], sizes


def test_the_smallest_the_median_and_the_largest_point_are_tried():
    values, sizes = pilots_of(factors={"network.n": [50, 4, 1000, 6, 10], "learner.threshold": [0.99]})
    assert [each["network.n"] for each in values] == [4, 1000, 10]
    assert sizes == sorted(sizes)
    values, _ = pilots_of(factors={"network": ["grid:rows=10,columns=20", "karate", "cycle:n=60"]})
    assert [each["network"] for each in values] == ["karate", "grid:rows=10,columns=20", "cycle:n=60"]
    values, _ = pilots_of(factors={"horizon.steps": [500, 100]})
    assert [each["horizon.steps"] for each in values] == [100, 500]


def test_points_of_one_size_are_taken_from_the_whole_design():
    values, _ = pilots_of(fixed={}, factors={"environment.effect": {"linear": [0.01, 0.05], "levels": 5}})
    assert [each["environment.effect"] for each in values] == [0.01, 0.05, 0.03]


def test_up_to_a_dozen_points_are_tried_and_no_grid_is_in_step_with_them():
    assert [len(pilot_module._spread(number)) for number in (1, 2, 3, 7, 1000)] == [1, 2, 3, 7, 12]
    for period in range(2, 51):
        assert len({k % period for k in pilot_module._spread(1000)}) >= min(period, 6) - 1


def test_a_search_is_tried_at_its_low_middle_and_high_values():
    pytest.importorskip("optuna")
    design = {"kind": "optimise", "goal": {"success_rate": "maximise"}, "trials": 10}
    values, _ = pilots_of(factors={"network.n": {"integer": [4, 8]}}, design=design)
    assert [each["network.n"] for each in values] == [4, 8, 6]


# --- timing -------------------------------------------------------------------------------------------------------


def test_pilots_take_no_more_replications_in_a_call_than_the_study_asks_for():
    timed = time_point(TASK | {"values": {"environment.effect": 0.05}, "replications": 3})
    runs = [each["run"]["run"].tolist() for each in timed["tables"]]
    assert len(runs) > 1
    assert all(len(each) == 3 for each in runs)
    assert [k for each in runs for k in each] == list(range(runs[0][0], runs[-1][-1] + 1))
    assert not timed["is_cut"]


@pytest.mark.compiled
def test_a_run_that_is_cut_short_is_taken_on_to_its_horizon():
    values = {"environment.effect": 1e-7, "environment.trials": 1, "network.n": 50}
    short, long = (
        time_point(TASK | {"values": values | {"horizon.steps": steps}, "replications": 1, "time_limit": 0.3})
        for steps in (10**12, 10**13)
    )
    assert short["is_cut"]
    assert long["is_cut"]
    assert short["num_runs"] == 1
    assert 3 < long["seconds_per_run"] / short["seconds_per_run"] < 30


def test_peak_memory_is_that_of_this_process_and_never_falls():
    before = peak_memory()
    ballast = bytearray(200 << 20)
    ballast[:: 1 << 12] = b"x" * len(ballast[:: 1 << 12])
    assert peak_memory() >= before
    del ballast
    assert peak_memory() >= before + (100 << 20) or before > 300 << 20


# --- whole --------------------------------------------------------------------------------------------------------


@pytest.mark.compiled
def test_a_study_takes_about_the_room_that_is_estimated(tmp_path):
    file = StudyFile(**SMALL, factors={"network.n": [4, 10, 16]}, record={"series": True})
    cost = estimate_cost(file, num_processes=1)
    assert cost.problems == ()
    assert (cost.num_points, cost.num_runs, cost.most_runs) == (3, 600, 600)
    assert [pilot.values["network.n"] for pilot in cost.pilots] == [4, 16, 10]
    study = run_study(file, tmp_path / "s", num_processes=1)
    size = sum(path.stat().st_size for path in study.folder.rglob("*") if path.is_file())
    assert 0.5 < cost.disk_bytes / size < 2
    assert 50 << 20 < cost.worker_memory < 2 << 30
    assert 0 < cost.least_seconds <= cost.seconds_per_run <= cost.most_seconds


def test_pilots_that_go_wrong_are_reported_and_the_others_count(tmp_path, monkeypatch):
    monkeypatch.setattr(pilot_module, "ANSWER_SECONDS", 20.0)
    path = tmp_path / "faulty.py"
    path.write_text(FAULTY)
    table = {"scenario": str(path), "replications": 5}
    cost = estimate_cost(StudyFile(**table, factors={"environment.fault": ["raise", "none", "exit"]}), 2)
    assert cost.problems[0] == "environment.fault = 'raise': ValueError: nobody knows"
    assert cost.problems[1].startswith("environment.fault = 'exit': BrokenProcessPool")
    assert [math.isnan(pilot.seconds_per_run) for pilot in cost.pilots] == [True, True, False]
    assert cost.least_seconds == cost.most_seconds == pytest.approx(cost.seconds_per_run)
    monkeypatch.setattr(pilot_module, "ANSWER_SECONDS", 2.0)
    cost = estimate_cost(StudyFile(**table, factors={"environment.fault": ["hang"]}), 2)
    assert cost.problems == ("environment.fault = 'hang': it did not answer within 2 s and was killed",)
    assert math.isnan(cost.cpu_hours)
    assert math.isnan(cost.disk_bytes)


def test_a_run_beyond_the_time_limit_costs_the_limit():
    fixed = {"environment.effect": 1e-7, "environment.trials": 1, "horizon.steps": 10**12}
    table = SMALL | {"fixed": fixed, "factors": {"network.n": [10]}, "stopping": {"time_limit": 0.3}}
    cost = estimate_cost(StudyFile(**table), 1)
    assert cost.seconds_per_run == 0.3
    (problem,) = cost.problems
    assert "a run did not end within 0.3 s; to its horizon it would take" in problem
    assert problem.endswith("s, and the study's time limit is 0.3 s")


@pytest.mark.parametrize("number", [0, -1, 1.0, True, "2"])
def test_a_number_of_processes_that_is_none_is_refused(number):
    with pytest.raises(ParameterError, match=r"num_processes: .* is not accepted; accepted: an integer >= 1"):
        estimate_cost(StudyFile(**SMALL, factors={"network.n": [4]}), number)
