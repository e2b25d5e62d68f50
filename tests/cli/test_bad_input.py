"""Every refusal: exit code 2, one line on stderr, nothing on stdout, nothing written or changed."""

import errno
import os
from pathlib import Path

import pytest

NETWORKS = {
    "missing.graphml": None,
    "empty.edgelist": "",
    "nodeless.json": '{"nodes": [], "links": []}',
    "other_format.graphml": "a b\nb c\n",
    "binary.gml": "\x00\x01\x02",
    "truncated.json": '{"nodes": [',
    "selfloop.edgelist": "a a\na b\n",
    "parallel.edgelist": "a b\na b\n",
    "negative.weighted": "a b -1\n",
    "nan.weighted": "a b nan\n",
    "text.weighted": "a b much\n",
    "unknown.xyz": "a b\n",
}


@pytest.fixture
def refused(cli):
    """Call the command line and check that it refuses in one line; give the line."""

    def call(*arguments):
        before = _snapshot(Path())
        done = cli(*arguments)
        assert (done.code, done.out) == (2, ""), done.out
        assert done.err.startswith("error: ")
        assert done.err.count("\n") == 1
        assert _snapshot(Path()) == before
        return done.err

    return call


def _snapshot(folder):
    return {path: path.read_bytes() if path.is_file() else None for path in folder.rglob("*")}


@pytest.mark.parametrize("name", NETWORKS)
def test_bad_network_file_is_named(refused, name):
    if NETWORKS[name] is not None:
        Path(name).write_text(NETWORKS[name])
    line = refused("run", "epistemic", "--network", f"./{name}")
    assert name in line
    assert "accepted" in line


def test_network_folder_is_refused(refused):
    Path("village.gml").mkdir()
    assert "folder" in refused("run", "epistemic", "--network", "village.gml")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--network", "karat"], ["karat", "did you mean 'karate'?"]),
        (["--network", "cycle:m=5"], ["'m'", "n"]),
        (["--network", "cycle:n=2"], ["n = 2", "from 3"]),
        (["--network", "cycle:n=ten"], ["'ten'", "whole number"]),
        (["--network", "cycle:n=1.5"], ["1.5", "whole number"]),
        (["--network", "erdos_renyi:n=10,p=nan"], ["nan"]),
        (["--network", "cycle:n"], ["cycle", "key=value"]),
        (["--network", ""], ["network"]),
        (["--network", "complete:n=1000000000000"], ["1000000000000"]),
        (["--network", "karate", "-p", "network.n=5"], ["network.n"]),
        (["-p", "environment.efect=0.1"], ["efect", "did you mean 'environment.effect'?"]),
        (["-p", "effect=0.1"], ["'effect'", "environment.effect"]),
        (["-p", "environment.effect=0.7"], ["environment.effect", "0.7", "< 0.5"]),
        (["-p", "environment.effect=nan"], ["environment.effect", "nan"]),
        (["-p", "environment.effect=inf"], ["environment.effect", "inf"]),
        (["-p", "environment.effect=high"], ["environment.effect", "'high'", "float"]),
        (["-p", "environment.trials=2.5"], ["environment.trials", "2.5", "int"]),
        (["-p", "environment.trials=true"], ["environment.trials", "True", "int"]),
        (["-p", "environment.effect"], ["environment.effect", "PATH=VALUE"]),
        (["-p", "network.shared=1"], ["network.shared", "true or false"]),
        (["-p", "learner.treshold=0.9"], ["learner.treshold", "did you mean 'learner.threshold'?"]),
        (["-p", "environment.effect=0.1", "-p", "environment.effect=0.2"], ["environment.effect", "twice"]),
        (["--learner", "bayesan"], ["bayesan", "did you mean 'bayesian'?"]),
        (["--learner", "bayesian:threshold=2"], ["threshold", "2", "< 1"]),
        (["--learner", "bayesian:treshold=0.9"], ["treshold", "threshold"]),
        (["--learner", "voter=bayesian"], ["voter"]),
        (["--replications", "0"], ["replications", "0", ">= 1"]),
        (["--steps", "-3"], ["horizon.steps", "-3", ">= 0"]),
        (["--threads", "0"], ["threads", "0", "from 1"]),
        (["--record", "all"], ["record", "'all'", "'counts'"]),
        (["--time-limit", "0"], ["--time-limit", "> 0"]),
        (["--time-limit", "nan"], ["--time-limit", "> 0"]),
        (["--stream", "seven"], ["stream", "SEED:REPLICATION"]),
        (["--stream", "1:2", "--seed", "1"], ["--stream", "--seed"]),
        (["--resume", "nowhere"], ["nowhere", "no result"]),
    ],
)
def test_bad_option_is_named_with_what_is_accepted(refused, arguments, words):
    line = refused("run", "epistemic", *arguments)
    assert all(word in line for word in words)


@pytest.mark.parametrize("name", ["epistemc", "missing.py", "some/folder"])
def test_unknown_scenario_is_named(refused, name):
    assert name in refused("run", name)


def test_nearest_name_is_suggested(refused):
    assert "did you mean 'epistemic'?" in refused("run", "epistemc")
    assert "did you mean 'karate'?" in refused("describe", "karat")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("def scenario(:\n", ["SyntaxError"]),
        ("import a_module_that_nobody_wrote\n", ["line 1", "a_module_that_nobody_wrote"]),
        ("raise ValueError('first line\\nsecond line')\n", ["line 1", "first line second line"]),
        ("x = 1\n", ["scenario()"]),
        ("def scenario():\n    return 3\n", ["3", "a Scenario"]),
    ],
)
def test_bad_file_of_the_user_is_named(refused, text, words):
    Path("mine.py").write_text(text)
    line = refused("run", Path("mine.py").resolve())
    assert "mine.py" in line
    assert all(word in line for word in words)


@pytest.mark.parametrize("out", ["full", "file", "file/inside", "/dev/null/results"])
def test_folder_that_cannot_be_used_is_refused_before_any_work(refused, monkeypatch, out):
    from socialsim.cli import running

    monkeypatch.setattr(running, "run", lambda *_, **__: pytest.fail("it ran"))
    Path("full").mkdir()
    Path("full/earlier.txt").write_text("an earlier result")
    Path("file").write_text("a file")
    assert out in refused("run", "epistemic", "--out", out)


def test_folder_without_permission_is_refused(refused, monkeypatch):
    def deny(path, *_, **__):
        raise PermissionError(errno.EACCES, "Permission denied", path)

    monkeypatch.setattr(os, "mkdir", deny)
    assert "locked/results: Permission denied" in refused("run", "epistemic", "--out", "locked/results")


def test_full_disk_leaves_nothing(refused, monkeypatch):
    import pyarrow.parquet

    def fail(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(pyarrow.parquet, "write_table", fail)
    small = ("-p", "environment.effect=0.1", "--replications", "2")
    assert "the disk is full" in refused("run", "epistemic", *small, "--out", "results")


def test_damaged_result_is_not_resumed(refused, run_small):
    folder = Path(run_small("--out", "earlier")["out"])
    (folder / "run.parquet").write_bytes(b"")
    assert "damaged" in refused("run", "epistemic", "--resume", "earlier")


def test_result_of_another_run_is_not_resumed(refused, run_small):
    run_small("--out", "earlier")
    assert "environment.effect" in refused("run", "epistemic", "--resume", "earlier")
