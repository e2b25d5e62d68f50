import itertools
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from socialsim.core.errors import ParameterError, ResultError
from socialsim.studies.design.designs import Optimise
from socialsim.studies.design.points import Point
from socialsim.studies.files import StudyFile
from socialsim.studies.rounds.optimise import _finalists, best
from socialsim.studies.rounds.trials import FILE, Trial
from socialsim.studies.run import run_study
from socialsim.studies.study import Study

optuna = pytest.importorskip("optuna")

HILL = str(Path(__file__).with_name("hill.py"))
PLANE = {"environment.x": {"linear": [-5, 5]}, "environment.y": {"linear": [-5, 5]}}


def search(goal="height", factors=PLANE, fixed=None, replications=5, seed=1, **design):
    goal = {goal: "maximise"} if isinstance(goal, str) else goal
    design = {"kind": "optimise", "goal": goal, "trials": 20, "batch": 4, "finalists": 2, **design}
    return StudyFile(
        scenario=HILL, replications=replications, seed=seed, factors=factors, fixed=fixed or {}, design=design
    )


def in_this_process(file, folder):
    with ThreadPoolExecutor(1) as executor:
        return run_study(file, folder, executor=executor, num_processes=1)


def tried(folder):
    """Return settings, states and values of all trials, as Optuna's file has them."""
    storage = optuna.storages.RDBStorage(f"sqlite:///{folder / FILE}")
    try:
        found = optuna.load_study(study_name="search", storage=storage).trials
    finally:
        storage.remove_session()
        storage.engine.dispose()
    return [(trial.number, trial.params, trial.state.name, trial.values) for trial in found]


# --- What is found ---------------------------------------------------------------------------------------------------


def test_the_top_of_a_hill_is_found(tmp_path):
    file = search(factors={**PLANE, "environment.side": ["north", "south"]}, trials=64, batch=8)
    found = best(in_this_process(file, tmp_path / "s"), file).iloc[0]
    assert found["environment.side"] == "south"
    assert abs(found["environment.x"] - 1) < 0.5
    assert abs(found["environment.y"] + 2) < 0.5
    assert 8.7 < found.value < 9.1


def test_a_search_beats_chance(tmp_path):
    def gap(method):
        file = search(trials=48, batch=8, method=method, finalists=1)
        return 9 - best(in_this_process(file, tmp_path / method), file).value[0]

    assert gap("tpe") < gap("random") / 2


def test_integers_logarithms_and_minima_are_searched_too(tmp_path):
    factors = {"environment.x": {"linear": [-5, 5]}, "environment.effect": {"log": [1e-4, 1e-2]}}
    file = search({"steepness": "minimise"}, {**factors, "network.n": {"integer": [4, 7]}}, trials=40)
    table = best(in_this_process(file, tmp_path / "s"), file)
    assert abs(table["environment.x"][0]) < 0.7
    assert table["environment.effect"].between(1e-4, 1e-2).all()
    assert table["environment.effect"].lt(1e-3).mean() > 0.2
    assert set(table["network.n"]) == {4, 5, 6, 7}


def test_finalists_are_measured_anew_without_the_luck_that_chose_them(tmp_path):
    plain = {"environment.slope": 0.0, "environment.noise": 1.0}
    file = search(fixed=plain, trials=64, batch=64, method="random", finalists=4, replications=10)
    table = best(in_this_process(file, tmp_path / "s"), file)
    assert list(table.fresh) == [True] * 4 + [False] * (len(table) - 4)
    assert list(table.num_runs[:4]) == [40] * 4
    standard_error = np.sqrt(2.5 / 10)
    assert table.searched[:4].mean() > 9 + 1.5 * standard_error
    assert abs(table.value[:4].mean() - 9) < 4 * np.sqrt(2.5 / 160)


def test_a_table_is_sorted_and_says_what_has_no_value(tmp_path):
    file = search("dry_height", trials=60, batch=20, method="random")
    study = in_this_process(file, tmp_path / "s")
    table = best(study, file)
    assert len(table) == 60
    undefined, refused = table.value.isna() & table.point.notna(), table.point.isna()
    assert list(undefined | refused) == sorted(undefined | refused)
    assert list(refused) == sorted(refused)
    assert table.value[2:][table.value[2:].notna()].is_monotonic_decreasing
    assert undefined.sum() > 5
    assert table.reason[undefined & (table["environment.y"] >= -4.5)].eq("no runs").all()
    assert refused.any()
    assert table.reason[refused].str.contains("beyond the cliff").all()
    states = {number: state for number, _, state, _ in tried(study.folder)}
    assert {states[k] for k in table.trial[undefined]} == {"FAIL"}
    assert {states[k] for k in table.trial[refused]} == {"PRUNED"}


def test_a_search_of_which_every_setting_is_refused_says_so(tmp_path):
    file = search(factors={"environment.y": {"linear": [3.0, 5.0]}}, fixed={"environment.x": 4.0}, trials=4)
    study = in_this_process(file, tmp_path / "s")
    table = best(study, file)
    assert study.status().num_runs == 0
    assert table.reason.str.contains("beyond the cliff").all()
    assert len(table) == 4


def test_runs_that_fail_leave_a_trial_without_a_value(tmp_path):
    file = search(factors={"environment.y": [-5.0, -2.0]}, trials=4, batch=4, method="random")
    study = in_this_process(file, tmp_path / "s")
    assert study.status().num_failed == 5
    assert {tuple(params.values()): state for _, params, state, _ in tried(study.folder)} == {
        ("-5.0",): "FAIL",
        ("-2.0",): "COMPLETE",
    }


def test_equal_settings_are_one_point_and_told_to_each_trial(tmp_path):
    file = search(factors={"environment.side": ["north", "south", "north"]}, trials=8, finalists=0)
    study = in_this_process(file, tmp_path / "s")
    assert study.status().num_runs == 2 * 5
    assert len(best(study, file)) == 2
    assert len({(*params.values(), *values) for _, params, _, values in tried(study.folder)}) == 2


@pytest.mark.parametrize("method", ["tpe", "nsga2"])
def test_a_front_of_two_metrics_is_searched_and_measured_anew(tmp_path, method):
    file = search(
        {"height": "maximise", "steepness": "minimise"},
        {"environment.x": {"linear": [-3, 3]}, "environment.side": ["north", "south"]},
        trials=48,
        batch=8,
        method=method,
    )
    table = best(in_this_process(file, tmp_path / "s"), file)
    assert list(table.metric[:2]) == ["height", "steepness"]
    front = table[table.fresh & (table.metric == "height")]
    assert len(front) > 3
    assert front["environment.x"].between(-0.5, 1.5).all()  # the front is [0, 1], but for noise
    assert (front["environment.side"] == "south").mean() > 0.5


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=1, max_size=12))
def test_the_front_is_what_no_other_point_beats(values):
    design = Optimise(goal={"a": "maximise", "b": "minimise"}, trials=12)
    trials = [Trial(k, {}, Point(str(k), (), {}), "", True, tuple(map(float, v))) for k, v in enumerate(values)]
    beats = {(v, w) for v, w in itertools.product(values, repeat=2) if v[0] >= w[0] and v[1] <= w[1] and v != w}
    expected = [str(k) for k, w in enumerate(values) if not any((v, w) in beats for v in values)]
    assert [point.key for point in _finalists(design, trials)] == expected


def test_the_results_of_a_shorter_search_are_those_of_its_trials(tmp_path):
    study = in_this_process(search(), tmp_path / "s")
    assert best(study, search(trials=8)).trial.max() == 7


# --- Bad input -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"goal": "hight"}, r"\[design\] goal: unknown metric 'hight'; did you mean 'height'"),
        ({"goal": {}}, "goal: there is none"),
        ({"goal": {"height": "up"}}, "goal: 'up' is not accepted; accepted: .*maximise"),
        ({"factors": {}}, "there are none"),
        ({"factors": {"environment.z": {"linear": [0, 1]}}}, r"environment\.z"),
        ({"factors": {"environment.x": {"linear": [0, 1], "levels": 3}}}, "levels are for the designs full"),
        ({"factors": {"environment.x": {"linear": [1, 0]}}}, "the lower first"),
        ({"trials": 0}, "trials: 0 is not accepted"),
        ({"batch": 0}, "batch: 0 is not accepted"),
        ({"method": "annealing"}, "method: 'annealing' is not accepted; accepted: one of"),
    ],
)
def test_a_wrong_search_is_refused(change, message):
    with pytest.raises(ParameterError, match=message):
        search(**change)


def test_the_best_of_what_is_no_search_is_refused(tmp_path):
    file = StudyFile(scenario=HILL, replications=1, factors={"environment.x": [0.0]})
    with pytest.raises(ParameterError, match="'full' is not accepted; accepted: 'optimise'"):
        best(in_this_process(file, tmp_path / "s"), file)
    with pytest.raises(ResultError, match="no trial is over"):
        best(Study(tmp_path / "s"), search())
