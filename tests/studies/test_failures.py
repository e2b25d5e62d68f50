import errno
import os
import shlex
import subprocess
import sys
import textwrap
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context

import pytest

from socialsim.core.errors import ResultError
from socialsim.engine.discovery import find_module, make_scenario
from socialsim.engine.run import run
from socialsim.studies.files import StudyFile
from socialsim.studies.run import run_study
from socialsim.studies.running import runner as runner_module
from socialsim.studies.study import Study

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


def study_file(faulty, *faults, replications=6, fixed=None, **stopping):
    """Return a study with a point for each fault, with the same draws at all of them: the third run of six fails."""
    return StudyFile(
        scenario=faulty,
        replications=replications,
        seed=3,
        factors={"environment.fault": list(faults)},
        fixed=fixed or {},
        design={"kind": "full", "common_random_numbers": True},
        stopping=stopping,
    )


def run_here(file, folder, **options):
    with ThreadPoolExecutor(1) as executor:
        return run_study(file, folder, executor=executor, num_processes=1, **options)


# --- runs -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["processes", "dask"])
def test_each_kind_of_failure_leaves_the_rest_complete(tmp_path, faulty, monkeypatch, kind):
    monkeypatch.setattr(runner_module, "GRACE_SECONDS", 4.0)
    file = study_file(faulty, "none", "raise", "exit", "hang", "eat", time_limit=1.0, memory_limit=4.0)
    study = run_study(file, tmp_path / "s", executor=kind, num_processes=2)
    runs = study.runs()
    states = {fault: list(ours.status) for fault, ours in runs.groupby("environment.fault")}
    failing = {"none": "done", "raise": "failed", "exit": "crashed", "hang": "timed out", "eat": "failed"}
    assert states == {fault: ["done", "done", how, "done", "done", "done"] for fault, how in failing.items()}
    assert study.status().num_waiting == 0
    errors = study.failures().set_index("environment.fault").error
    assert errors["raise"] == "ValueError: nobody uses the better method"
    assert "MemoryError" in errors["eat"]
    assert "time limit of 1 s" in errors["hang"]
    assert "the worker died twice in this run" in errors["exit"]


@pytest.mark.full
@pytest.mark.parametrize("kind", ["processes", "dask"])
def test_many_crashing_runs_take_none_of_their_neighbours_with_them(tmp_path, faulty, kind):
    often = {"replications": 24, "fixed": {"environment.effect": 0.005}}
    study = run_study(study_file(faulty, "exit", **often), tmp_path / "s", executor=kind, num_processes=2)
    expected = run_here(study_file(faulty, "raise", **often), tmp_path / "t").runs()
    assert (expected.status == "failed").sum() > 2
    assert study.runs().status.tolist() == expected.status.replace("failed", "crashed").tolist()


def test_a_failure_is_replayed_by_its_command_and_tried_again_by_a_retry(tmp_path, faulty):
    file = study_file(faulty, "raise")
    study = run_here(file, tmp_path / "s")
    (failure,) = study.failures().itertuples()
    assert "in outcomes" in failure.traceback
    assert failure.replication == 2
    command = [sys.executable, "-m", *shlex.split(failure.command), "--out", tmp_path / "r"]
    replay = subprocess.run(command, capture_output=True, text=True)
    assert "ValueError: nobody uses the better method" in replay.stderr
    assert study.status().num_failed == 1
    again = run_here(file, tmp_path / "s", retry=True)
    assert again.status() == study.status()


def test_an_executor_that_breaks_is_said_so_and_the_study_runs_on_elsewhere(tmp_path, faulty):
    file = study_file(faulty, "none", "exit")
    with (
        ProcessPoolExecutor(1, mp_context=get_context("spawn")) as executor,
        pytest.raises(ResultError, match="the executor takes no tasks any more"),
    ):
        run_study(file, tmp_path / "s", executor=executor, num_processes=1, batch_seconds=1e-6)
    assert Study.open(tmp_path / "s").status().num_done == 8
    study = run_study(file, tmp_path / "s", num_processes=1, batch_seconds=1e-6)
    assert (study.status().num_done, study.status().num_crashed) == (11, 1)


# --- the disk ---------------------------------------------------------------------------------------------------------

LIMITED = """
import resource, sys
from socialsim.studies.files import StudyFile
from socialsim.studies.run import run_study

if __name__ == "__main__":
    file = StudyFile.read(sys.argv[1])
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
    run_study(file, sys.argv[2], num_processes=1, batch_seconds=1e-6)
"""


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """A study, its file and its digest."""
    folder = tmp_path_factory.mktemp("plain")
    file = StudyFile(scenario="epistemic", replications=60, factors={"network": ["cycle:n=4", "cycle:n=6"]})
    (folder / "study.toml").write_text(file.text)
    return file, folder / "study.toml", run_here(file, folder / "s").digest()


@pytest.mark.compiled
def test_a_ledger_that_cannot_grow_leaves_the_last_good_state(tmp_path, plain):
    file, path, digest = plain
    script = tmp_path / "script.py"
    script.write_text(LIMITED)
    errors = subprocess.run([sys.executable, script, path, tmp_path / "s"], capture_output=True, text=True).stderr
    assert "disk I/O error; all runs entered before are kept" in errors
    study = Study.open(tmp_path / "s")
    assert 0 < study.status().num_done < 120
    assert len(study.runs()) == study.status().num_done
    with pytest.warns(UserWarning, match="1 files of an interrupted write are ignored"):
        study = run_here(file, tmp_path / "s")
    assert study.digest() == digest


def test_a_full_disk_is_named_and_the_study_runs_on_when_there_is_room(tmp_path, plain, monkeypatch):
    file, _, digest = plain
    calls = []

    def fill_the_disk(descriptor, fsync=os.fsync):
        calls.append(descriptor)
        if len(calls) > 20:
            raise OSError(errno.ENOSPC, "No space left on device")
        fsync(descriptor)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fill_the_disk)
        with pytest.raises(ResultError, match="the disk is full; all runs entered before are kept"):
            run_here(file, tmp_path / "s", batch_seconds=1e-6)
    study = Study.open(tmp_path / "s")
    assert 0 < study.status().num_done < 120
    assert len(study.runs()) == study.status().num_done
    assert run_here(file, tmp_path / "s").digest() == digest


def test_a_torn_part_is_done_again(tmp_path, plain):
    file, _, digest = plain
    study = run_here(file, tmp_path / "s", batch_seconds=1e-6)
    torn = sorted((study.folder / "parts").iterdir())[-1]
    torn.write_bytes(torn.read_bytes()[:-200])
    with pytest.warns(UserWarning, match="is damaged; its .* runs are done again"):
        study = run_here(file, tmp_path / "s")
    assert study.status().is_complete
    assert study.digest() == digest
