import json
import os
import subprocess
import sys
import textwrap
import warnings
from concurrent.futures import ThreadPoolExecutor

import pytest

from socialsim.core.errors import ParameterError, ResultError
from socialsim.studies import merge as merge_module
from socialsim.studies.files import StudyFile
from socialsim.studies.merge import merge
from socialsim.studies.run import configuration, rounds, run_study
from socialsim.studies.storage.slices import Slice
from socialsim.studies.storage.store import Span, Store
from socialsim.studies.study import Study

FACTORS = {"network": ["cycle:n=4", "complete:n=4", "cycle:n=6"], "environment.effect": [0.05]}


def study_file(**others):
    return StudyFile(**{"scenario": "epistemic", "replications": 7, "factors": FACTORS, **others})


def run_slice(file, folder, share):
    with ThreadPoolExecutor(1) as executor:
        run_study(file, folder, executor=executor, num_processes=1, batch_seconds=1e-6, share=share)


def run_slices(file, folder, count, left_out=()):
    for number in range(1, count + 1):
        if number not in left_out:
            run_slice(file, folder, Slice(number, count))


def run_whole(file, folder):
    with ThreadPoolExecutor(1) as executor:
        return run_study(file, folder, executor=executor, num_processes=1)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    return run_whole(study_file(), tmp_path_factory.mktemp("whole") / "s")


@pytest.mark.parametrize("count", [2, 3, 5])
def test_slices_joined_are_the_study_run_in_one_piece(tmp_path, whole, count):
    run_slices(study_file(), tmp_path, count)
    status = [Study.open(Slice(number, count).folder(tmp_path)).status() for number in range(1, count + 1)]
    assert all(each.is_complete for each in status)
    assert sum(each.num_runs for each in status) == 21
    study = merge(study_file(), tmp_path)
    assert study.status() == whole.status()
    assert study.digest() == whole.digest()
    assert study.runs().drop(columns="point").equals(whole.runs().drop(columns="point"))
    assert (tmp_path / "study.toml").read_text() == study_file().text


def test_time_courses_are_joined_too(tmp_path):
    file = study_file(record={"series": True}, replications=2)
    run_slices(file, tmp_path / "sliced", 4)
    study = merge(file, tmp_path / "sliced")
    assert study.digest() == run_whole(file, tmp_path / "whole").digest()
    assert len(study.series()) > 0


def test_to_join_twice_changes_nothing(tmp_path):
    run_slices(study_file(), tmp_path, 3)
    merge(study_file(), tmp_path)
    before = {path: path.read_bytes() for path in (tmp_path / "parts").iterdir()}
    batches, sessions = (Study(tmp_path)._rows(f"SELECT * FROM {table}") for table in ("batch", "session"))
    study = merge(study_file(), tmp_path)
    assert {path: path.read_bytes() for path in (tmp_path / "parts").iterdir()} == before
    assert study._rows("SELECT * FROM batch") == batches
    assert study._rows("SELECT * FROM session") == sessions


def test_missing_and_incomplete_slices_are_named_and_what_they_lack_is_run_afterwards(tmp_path, whole):
    run_slices(study_file(), tmp_path, 4, left_out=[2, 3])
    asked = next(iter(rounds(study_file(), tmp_path)))
    with Store(Slice(2, 4).folder(tmp_path), configuration(study_file()), Slice(2, 4)) as store:
        store.enter(asked)
    with pytest.warns(UserWarning, match=r"slice 3/4 is missing; slice 2/4 lacks \d runs; what is not there waits"):
        study = merge(study_file(), tmp_path)
    assert 0 < study.status().num_waiting < 21
    assert run_whole(study_file(), tmp_path).digest() == whole.digest()


def test_runs_that_are_there_already_are_not_doubled(tmp_path, whole):
    """The study has its own first 4 replications, in parts that the slices cut elsewhere."""
    run_whole(study_file(replications=4), tmp_path)
    run_slices(study_file(), tmp_path, 2)
    study = merge(study_file(), tmp_path)
    assert not study.runs().duplicated(["point", "replication"]).any()
    assert study._rows("SELECT sum(num_rows) FROM part WHERE name = 'run'") == [(21,)]
    assert study.digest() == whole.digest()


def test_slices_of_several_counts_are_joined(tmp_path, whole):
    run_slices(study_file(), tmp_path, 2, left_out=[2])
    run_slices(study_file(), tmp_path, 5, left_out=[1])
    with pytest.warns(UserWarning, match="slice 2/2 is missing; slice 1/5 is missing"):
        study = merge(study_file(), tmp_path)
    assert run_whole(study_file(), tmp_path).digest() == study.digest() == whole.digest()


def test_a_study_in_slices_may_grow(tmp_path):
    small, large = study_file(replications=3), study_file()
    run_slices(small, tmp_path / "sliced", 4)
    merge(small, tmp_path / "sliced")
    run_slices(large, tmp_path / "sliced", 4)
    study = merge(large, tmp_path / "sliced")
    assert study.status().num_done == 21
    assert study.digest() == run_whole(large, tmp_path / "whole").digest()


def test_failures_are_joined_and_a_run_that_is_done_replaces_one(tmp_path):
    file = study_file()
    asked = next(iter(rounds(file, tmp_path)))
    first, second = (Slice(number, 2) for number in (1, 2))
    for share in (first, second):
        with Store(share.folder(tmp_path), configuration(file), share) as store:
            store.enter(asked)
            for span in list(store.waiting(asked)):
                store.add_failure(Span(span.point, span.first, 1), "failed", "ValueError: no", "Traceback", "run")
    with pytest.warns(UserWarning, match=r"slice 1/2 lacks \d+ runs; slice 2/2 lacks"):
        assert merge(file, tmp_path).status().num_failed == 4
    with pytest.warns(UserWarning, match="lacks"):
        assert merge(file, tmp_path).status().num_failed == 4
    with Store(first.folder(tmp_path), configuration(file), first) as store:
        store.forget_failures()
    run_slice(file, tmp_path, first)
    with pytest.warns(UserWarning, match="slice 2/2 lacks"):
        study = merge(file, tmp_path)
    assert study.status().num_failed == 2
    assert study.status().num_done == 11
    assert not study.runs().duplicated(["point", "replication"]).any()


# --- bad input and interruptions --------------------------------------------------------------------------------


def test_a_folder_without_slices_is_refused(tmp_path):
    with pytest.raises(ParameterError, match="it has no slices"):
        merge(study_file(), tmp_path)


@pytest.mark.parametrize(
    ("others", "message"),
    [
        ({"seed": 1}, r"slices/2-of-2: holds another study: seed is 1 there and 0 here"),
        ({"record": {"series": True}}, "record_every is 'auto' there and None here"),
    ],
)
def test_a_slice_of_another_study_is_refused_before_anything_is_written(tmp_path, others, message):
    run_slices(study_file(), tmp_path, 2, left_out=[2])
    run_slice(study_file(**others), tmp_path, Slice(2, 2))
    with pytest.raises(ParameterError, match=message):
        merge(study_file(), tmp_path)
    assert not (tmp_path / "study.json").exists()


def test_a_slice_of_another_version_is_refused(tmp_path):
    run_slices(study_file(), tmp_path, 2)
    path = Slice(1, 2).folder(tmp_path) / "study.json"
    content = json.loads(path.read_text())
    content["versions"]["numba"] = "0.1"
    path.write_text(json.dumps(content))
    with pytest.raises(ParameterError, match=r"1-of-2: .* numba is of version 0\.1 there"):
        merge(study_file(), tmp_path)


@pytest.mark.parametrize(
    "others", [{"factors": {"network": ["cycle:n=9"]}}, {"design": {"common_random_numbers": True}}]
)
def test_a_slice_with_other_points_or_streams_is_refused(tmp_path, others):
    run_slice(study_file(**others), tmp_path, Slice(1, 2))
    run_slice(study_file(), tmp_path, Slice(2, 2))
    with pytest.raises(ParameterError, match=r"1-of-2: holds another study"):
        merge(study_file(), tmp_path)


def test_a_damaged_part_of_a_slice_is_not_joined(tmp_path, whole):
    run_slices(study_file(), tmp_path, 2)
    torn = next((Slice(1, 2).folder(tmp_path) / "parts").iterdir())
    torn.write_bytes(torn.read_bytes()[:50])
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        study = merge(study_file(), tmp_path)
    assert any("slice 1/2 lacks" in str(each.message) for each in caught)
    assert any("is damaged" in str(each.message) for each in caught)
    assert study.status().num_waiting > 0
    assert run_whole(study_file(), tmp_path).digest() == whole.digest()


def test_a_slice_at_work_is_left_out_and_named(tmp_path):
    run_slices(study_file(), tmp_path, 2)
    with (
        Store(Slice(1, 2).folder(tmp_path), configuration(study_file()), Slice(1, 2)),
        pytest.warns(UserWarning, match="slice 1/2 is at work; what is not there waits"),
    ):
        study = merge(study_file(), tmp_path)
    assert study.status().num_done == Study.open(Slice(2, 2).folder(tmp_path)).status().num_done


def test_parts_are_copied_where_they_cannot_be_linked(tmp_path, whole, monkeypatch):
    def refuse(*_):
        raise OSError(18, "Invalid cross-device link")

    run_slices(study_file(), tmp_path, 2)
    monkeypatch.setattr(os, "link", refuse)
    study = merge(study_file(), tmp_path)
    assert study.digest() == whole.digest()
    assert {path.stat().st_nlink for path in (tmp_path / "parts").iterdir()} == {1}


def num_files(folder, share):
    return len(list((share.folder(folder) / "parts").iterdir()))


def test_a_full_disk_leaves_slices_joined_whole_or_not_at_all(tmp_path, monkeypatch):
    link_file, calls = merge_module.link_file, []
    file = study_file(record={"series": True})  # two files a part
    run_slices(file, tmp_path, 2)
    num_first = num_files(tmp_path, Slice(1, 2))

    def fill_the_disk(source, path):
        calls.append(path)
        if len(calls) == num_first + 2:
            raise OSError(28, "No space left on device")
        link_file(source, path)

    with monkeypatch.context() as patch:
        patch.setattr(merge_module, "link_file", fill_the_disk)
        with pytest.raises(ResultError, match="the disk is full; all runs entered before are kept"):
            merge(file, tmp_path)
    assert Study(tmp_path).status().num_done == Study.open(Slice(1, 2).folder(tmp_path)).status().num_done
    with pytest.warns(UserWarning, match="1 files of an interrupted write are ignored"):
        study = merge(file, tmp_path)
    assert study.digest() == run_whole(file, tmp_path / "whole").digest()
    assert len(list((tmp_path / "parts").iterdir())) == study._rows("SELECT count(*) FROM part")[0][0]


KILLED = textwrap.dedent("""
    import os, sys
    from pathlib import Path
    from socialsim.studies import merge
    from socialsim.studies.files import StudyFile

    inner, calls = merge.link_file, []

    def link_file(source, path):
        calls.append(path)
        if len(calls) == int(sys.argv[2]):
            os.kill(os.getpid(), 9)
        inner(source, path)

    merge.link_file = link_file
    merge.merge(StudyFile.read(Path(sys.argv[1]) / "slices/1-of-2/study.toml"), sys.argv[1])
""")


def test_a_merge_that_is_killed_is_done_again(tmp_path, whole):
    run_slices(study_file(), tmp_path, 2)
    num_first = num_files(tmp_path, Slice(1, 2))
    for number, num_done in ((1, 0), (num_first, 0), (num_first + 1, 11)):
        process = subprocess.run([sys.executable, "-c", KILLED, tmp_path, str(number)], capture_output=True)
        assert process.returncode == -9
        assert Study(tmp_path).status().num_done == num_done
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        study = merge(study_file(), tmp_path)
    assert study.status() == whole.status()
    assert study.digest() == whole.digest()
