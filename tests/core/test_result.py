import contextlib
import errno
import os
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from socialsim.core import folder
from socialsim.core.errors import ResultError
from socialsim.core.estimate import Estimate
from socialsim.core.folder import check_destination
from socialsim.core.manifest import Manifest
from socialsim.core.result import Result

BARE = {"versions": {}, "commit": "", "machine": {}, "created": ""}


def a_result(status="complete"):
    metrics = {"success_rate": Estimate(0.5, 0.25, 0.75, 2), "rounds": Estimate.undefined("no run succeeded")}
    manifest = Manifest("epistemic", {"environment.effect": 0.001}, 1, 2, status=status, metrics=metrics, **BARE)
    runs = {"run": [0, 1], "stream_key": ["1/0", "1/1"], "num_agents": 3, "steps": 9, "stop": "settled", "verdict": 1}
    return Result(manifest, {"run": runs, "series": {"run": [0, 1], "step": 0, "credence": [0.5, np.nan]}})


def leftovers(parent):
    return [path.name for path in parent.iterdir()]


def test_a_saved_result_loads_as_it_was(tmp_path):
    before = a_result()
    after = Result.load(replace(before, files={"checkpoint.npz": b"state"}).save(tmp_path / "deep" / "out"))
    assert (after.scenario, after.parameters, after.seed, after.num_runs) == ("epistemic", before.parameters, 1, 2)
    assert after.runs.equals(before.runs)
    assert after.series.equals(before.series)
    assert after.metrics["success_rate"] == before.metrics["success_rate"]
    assert after.metrics["rounds"].reason == "no run succeeded"
    assert after.manifest.tables == {"run": 2, "series": 2}
    assert (tmp_path / "deep" / "out" / "checkpoint.npz").read_bytes() == b"state"


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_any_columns_survive_the_disk(tmp_path_factory, data):
    rows = data.draw(st.integers(0, 5))
    names = data.draw(
        st.lists(st.text(min_size=1, max_size=5).filter(lambda s: s.isprintable()), unique=True, max_size=3)
    )
    columns = {"run": np.arange(rows), "step": np.arange(rows)}
    for name in set(names) - set(columns):
        dtype = data.draw(hnp.integer_dtypes(endianness="=") | hnp.floating_dtypes(sizes=(32, 64), endianness="="))
        texts = st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=rows, max_size=rows)
        columns[name] = data.draw(hnp.arrays(dtype, rows) | texts)
    before = Result(Manifest("any", {}, 1, 1, **BARE), {"series": columns})
    after = Result.load(before.save(tmp_path_factory.mktemp("results") / "out"))
    assert after.series.equals(before.series)
    assert list(after.series.dtypes) == list(before.series.dtypes)


def test_the_same_result_makes_the_same_files(tmp_path):
    first, second = a_result().save(tmp_path / "first"), a_result().save(tmp_path / "second")
    for file in first.iterdir():
        assert file.read_bytes() == (second / file.name).read_bytes()


def test_an_interrupted_result_loads_and_says_so(tmp_path):
    assert Result.load(a_result("interrupted").save(tmp_path / "out")).status == "interrupted"


def test_the_summary_has_a_row_a_metric():
    summary = a_result().summary()
    assert list(summary.index) == ["success_rate", "rounds"]
    assert summary.loc["success_rate", ["value", "low", "high", "num_runs"]].tolist() == [0.5, 0.25, 0.75, 2]
    assert summary.reason["rounds"] == "no run succeeded"


def test_a_table_that_was_not_recorded_is_named_with_what_brings_it():
    with pytest.raises(ResultError, match=r"'count' was not recorded; it comes with record=\"counts\""):
        a_result().table("count")
    with pytest.raises(ResultError, match="'edge' was not recorded"):
        _ = a_result().edges
    with pytest.raises(ResultError, match="unknown result table 'egde'"):
        a_result().table("egde")


def test_an_earlier_result_is_never_touched(tmp_path):
    out = a_result().save(tmp_path / "out")
    before = {file.name: file.read_bytes() for file in out.iterdir()}
    with pytest.raises(ResultError, match="exists and is not empty; give another --out"):
        a_result().save(out)
    assert {file.name: file.read_bytes() for file in out.iterdir()} == before
    assert leftovers(tmp_path) == ["out"]


def test_an_empty_folder_is_filled_and_a_link_to_one_stays_a_link(tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "out")
    a_result().save(tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert Result.load(tmp_path / "out").num_runs == 2


@pytest.mark.parametrize("name", ["file", "file/below", "x" * 300, "null\0byte", "loop/below", "dangling/below"])
def test_a_destination_that_cannot_be_written_is_refused_before_any_work(tmp_path, name):
    (tmp_path / "file").write_text("something")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    (tmp_path / "dangling").symlink_to(tmp_path / "file" / "nowhere")
    with pytest.raises(ResultError) as error:
        check_destination(tmp_path / name)
    assert "cannot write to the folder" in str(error.value)
    assert "\n" not in str(error.value)


def test_the_current_folder_cannot_be_replaced(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ResultError, match="current folder"):
        check_destination(".")


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="/proc")
def test_a_read_only_file_system_is_refused():
    with pytest.raises(ResultError, match="cannot write to the folder /proc/results"):
        check_destination("/proc/results")


def test_a_check_leaves_nothing_behind(tmp_path):
    check_destination(tmp_path / "a" / "b")
    assert leftovers(tmp_path) == []


class Killed(BaseException):
    """Stands for the death of the process: nothing after it runs, no cleaning up either."""


def die_at(k, monkeypatch, error):
    """Make the k-th call that touches the disk while a result is saved raise the error; return the calls so far."""
    calls = []

    def counting(function):
        def call(*args, **kwargs):
            calls.append(function.__name__)
            if len(calls) == k:
                if function.__name__ == "write_table":
                    args[1].write(b"PAR1, and then nothing")
                raise error
            return function(*args, **kwargs)

        return call

    for name in ("mkdir", "rmdir", "fsync", "rename"):
        monkeypatch.setattr(folder.os, name, counting(getattr(os, name)))
    monkeypatch.setattr(pq, "write_table", counting(pq.write_table))
    monkeypatch.setattr(Path, "write_text", counting(Path.write_text))
    monkeypatch.setattr(Path, "write_bytes", counting(Path.write_bytes))
    return calls


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()])
def test_a_failed_write_leaves_nothing_behind(tmp_path, monkeypatch, error):
    expected, k = (ResultError if isinstance(error, OSError) else KeyboardInterrupt), 0
    while True:
        k += 1
        out = tmp_path / str(k) / "out"
        out.parent.mkdir()
        with monkeypatch.context() as patch:
            calls = die_at(k, patch, error)
            with contextlib.suppress(expected):
                replace(a_result(), files={"checkpoint.npz": b"state"}).save(out)
        if len(calls) < k:
            break
        assert leftovers(out.parent) == [] or Result.load(out).num_runs == 2
    assert {"mkdir", "fsync", "rename", "write_table", "write_text", "write_bytes"} <= set(calls)


def test_a_killed_write_never_leaves_a_result_at_its_destination(tmp_path, monkeypatch):
    monkeypatch.setattr(shutil, "rmtree", lambda *args, **kwargs: None)
    for k in range(1, 12):
        out = tmp_path / str(k) / "out"
        out.parent.mkdir()
        with monkeypatch.context() as patch, contextlib.suppress(Killed):
            die_at(k, patch, Killed())
            a_result().save(out)
        if out.exists():
            assert Result.load(out).runs.equals(a_result().runs)
        for half_written in set(out.parent.iterdir()) - {out}:
            with contextlib.suppress(ResultError):
                assert Result.load(half_written).series.equals(a_result().series)


@pytest.mark.skipif(os.name != "posix", reason="resource limits")
def test_a_full_disk_is_one_line_and_leaves_nothing(tmp_path):
    import resource

    big = Result(Manifest("big", {}, 1, 1, **BARE), {"series": {"run": np.arange(9999), "step": np.arange(9999)}})
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2000, limits[1]))
    try:
        with pytest.raises(ResultError, match="cannot write to the folder") as error:
            big.save(tmp_path / "out")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert "\n" not in str(error.value)
    assert leftovers(tmp_path) == []


def test_a_table_that_does_not_conform_is_not_saved(tmp_path):
    with pytest.raises(ResultError, match="lacks the column 'step'"):
        Result(Manifest("bad", {}, 1, 1, **BARE), {"series": {"run": [0]}}).save(tmp_path / "out")
    assert leftovers(tmp_path) == []


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_no_damaged_file_loads(tmp_path_factory, data):
    result = replace(a_result(), files={"checkpoint.npz": b"state"})
    out = result.save(tmp_path_factory.mktemp("results") / "out")
    file = out / data.draw(st.sampled_from(["run.parquet", "series.parquet", "checkpoint.npz", "manifest.json"]))
    content = file.read_bytes()
    cut = data.draw(st.integers(0, len(content) - 2))  # the manifest's last byte is a line end
    if file.name != "manifest.json" and data.draw(st.booleans()):
        content = content[:cut] + bytes([content[cut] ^ 1]) + content[cut + 1 :]
    else:
        content = content[:cut]
    file.write_bytes(content)
    with pytest.raises(ResultError) as error:
        Result.load(out)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("name", ["run.parquet", "manifest.json"])
def test_a_missing_file_is_named(tmp_path, name):
    out = a_result().save(tmp_path / "out")
    (out / name).unlink()
    with pytest.raises(ResultError, match=name):
        Result.load(out)


def test_a_table_that_vanishes_after_loading_is_named(tmp_path):
    result = Result.load(a_result().save(tmp_path / "out"))
    (tmp_path / "out" / "series.parquet").unlink()
    with pytest.raises(ResultError, match=r"series\.parquet"):
        _ = result.series
