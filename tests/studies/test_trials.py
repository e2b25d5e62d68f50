import logging
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from socialsim.core.errors import ParameterError, ResultError
from socialsim.studies.files import StudyFile
from socialsim.studies.rounds.optimise import best
from socialsim.studies.rounds.trials import FILE
from socialsim.studies.run import run_study
from socialsim.studies.study import Study

optuna = pytest.importorskip("optuna")

HILL = str(Path(__file__).with_name("hill.py"))
PLANE = {"environment.x": {"linear": [-5, 5]}, "environment.y": {"linear": [-5, 5]}}


def search(goal="height", factors=PLANE, fixed=None, replications=5, seed=1, **design):
    goal = {goal: "maximise"} if isinstance(goal, str) else goal
    design = {"kind": "optimise", "goal": goal, "trials": 12, "batch": 4, "finalists": 2, **design}
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


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    return in_this_process(search(), tmp_path_factory.mktemp("finished") / "s")


# --- The same trials, whatever happens -------------------------------------------------------------------------------


def test_trials_do_not_depend_on_processes(finished, tmp_path):
    study = run_study(search(), tmp_path / "s", num_processes=2, batch_seconds=0.01)
    assert tried(study.folder) == tried(finished.folder)
    assert study.digest() == finished.digest()


@pytest.mark.parametrize("method", ["tpe", "nsga2"])
def test_more_trials_later_are_those_of_a_longer_search(tmp_path, method):
    in_this_process(search(trials=6, method=method), tmp_path / "s")
    longer = in_this_process(search(trials=10, method=method), tmp_path / "s")
    whole = in_this_process(search(trials=10, method=method), tmp_path / "t")
    assert tried(longer.folder) == tried(whole.folder)


@pytest.mark.parametrize(("method", "num_writes"), [*(("tpe", k) for k in (0, 2, 6, 10)), ("nsga2", 10)])
def test_a_search_that_is_interrupted_anywhere_goes_on_with_the_same_trials(
    finished, tmp_path, monkeypatch, method, num_writes
):
    file, left = search(method=method), [num_writes]

    def stopping(write):
        def wrapped(*arguments):
            if not left[0]:
                raise KeyboardInterrupt
            left[0] -= 1
            return write(*arguments)

        return wrapped

    with monkeypatch.context() as patched:
        for owner, name in ((optuna.study.Study, "tell"), (optuna.storages.RDBStorage, "_create_new_trial")):
            patched.setattr(owner, name, stopping(getattr(owner, name)))
        with pytest.raises(KeyboardInterrupt):
            in_this_process(file, tmp_path / "s")
    study = in_this_process(file, tmp_path / "s")
    whole = finished if method == "tpe" else in_this_process(file, tmp_path / "whole")
    assert tried(study.folder) == tried(whole.folder)
    assert study.digest() == whole.digest()


SCRIPT = """
import sys
from test_trials import in_this_process, search
in_this_process(search(), sys.argv[1])
"""


@pytest.mark.full
def test_a_search_that_is_killed_at_random_goes_on_with_the_same_trials(finished, tmp_path):
    rng, num_kills = np.random.default_rng(0), 0
    code = f"import sys; sys.path.insert(0, {str(Path(__file__).parent)!r}); " + SCRIPT.strip().replace("\n", "; ")
    while True:
        process = subprocess.Popen([sys.executable, "-c", code, str(tmp_path / "s")])
        try:
            process.wait(rng.uniform(1.0, 3.0))
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.wait()
            num_kills += 1
        if process.returncode == 0:
            break
    assert num_kills > 2
    assert tried(tmp_path / "s") == tried(finished.folder)
    assert Study.open(tmp_path / "s").digest() == finished.digest()


def test_a_list_of_trials_that_was_deleted_is_made_again_without_a_run(finished, tmp_path):
    study = in_this_process(search(), tmp_path / "s")
    before = tried(study.folder)
    (study.folder / FILE).unlink()
    parts = sorted(os.listdir(study.folder / "parts"))
    in_this_process(search(), tmp_path / "s")
    assert tried(study.folder) == before
    assert sorted(os.listdir(study.folder / "parts")) == parts


def test_a_finished_search_returns_soon(finished):
    started = time.process_time()
    in_this_process(search(), finished.folder)
    assert time.process_time() - started < 5.0


def test_optuna_is_quiet_and_is_left_as_it_was(tmp_path, capfd):
    verbosity = optuna.logging.get_verbosity()
    in_this_process(search(trials=4), tmp_path / "s")
    assert optuna.logging.get_verbosity() == verbosity == logging.INFO
    assert capfd.readouterr() == ("", "")


def test_the_file_holds_no_pickles(finished):
    assert b"\x80\x04\x95" not in (finished.folder / FILE).read_bytes()


# --- Bad input -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"batch": 5}, "batch is 4 there and 5 here"),
        ({"goal": {"height": "minimise"}}, "goal is .*maximise.* there and .*minimise.* here"),
        ({"replications": 6}, "replications is 5 there and 6 here"),
        ({"factors": {**PLANE, "environment.y": {"linear": [-5, 4]}}}, r"\[factors\] environment.y is .*5\.0.* there"),
        ({"fixed": {"environment.noise": 0.2}}, r"\[fixed\] environment.noise is None there and 0\.2 here"),
    ],
)
def test_another_search_in_the_same_folder_is_refused(finished, change, message):
    before = tried(finished.folder)
    with pytest.raises(ParameterError, match=f"holds another search: {message}"):
        in_this_process(search(**change), finished.folder)
    assert tried(finished.folder) == before


@pytest.mark.parametrize(
    "damage", [lambda content: b"no database" * 1000, lambda content: content[: len(content) // 2]]
)
def test_a_damaged_list_of_trials_is_said_so_and_can_be_deleted(tmp_path, damage):
    study = in_this_process(search(trials=4), tmp_path / "s")
    before, path = tried(study.folder), study.folder / FILE
    path.write_bytes(damage(path.read_bytes()))
    for use in (lambda: in_this_process(search(trials=4), study.folder), lambda: best(study, search(trials=4))):
        with pytest.raises(ResultError, match=rf"{FILE}: .*; if the file is damaged, delete it"):
            use()
    path.unlink()
    in_this_process(search(trials=4), study.folder)
    assert tried(study.folder) == before
