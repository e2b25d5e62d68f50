"""Ctrl-C: what was reached is kept, can be read, and can be completed to the same bits."""

import shlex
import signal
import subprocess
import sys
from contextlib import contextmanager

import pandas as pd
import pytest

from socialsim.cli import running
from socialsim.cli.main import main
from socialsim.core.result import Result

MODEL = ("run", "epistemic", "-p", "environment.effect=0.0002", "--replications", "700", "--threads", "1", "--quiet")

CHILD = """
import signal, sys
from contextlib import contextmanager
signal.signal(signal.SIGINT, signal.default_int_handler)
from socialsim.cli import running
from socialsim.cli.main import main
@contextmanager
def announced(wanted, unit):
    yield lambda progress: print("running", flush=True) if progress.work else None
running.progress_bar = announced
sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture
def interrupting(monkeypatch):
    """Let Ctrl-C come at the first progress after which some work is done."""

    @contextmanager
    def bar(wanted, unit):
        yield lambda progress: signal.raise_signal(signal.SIGINT) if progress.work else None

    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    with monkeypatch.context() as patch:
        patch.setattr(running, "progress_bar", bar)
        yield patch
    signal.signal(signal.SIGINT, before)


@pytest.mark.compiled
def test_interrupted_and_completed_run_equals_an_uninterrupted_one(cli, interrupting):
    cut = cli(*MODEL, "--out", "partial")
    assert cut.code == 130
    partial = Result.load("partial")
    assert partial.status == "interrupted"
    line, command = cut.err.splitlines()
    assert line.startswith("interrupted: ")

    interrupting.undo()
    go_on = shlex.split(command.removeprefix("to go on: "))
    assert main([*go_on[1:], "--out", "completed", "--quiet"]) == 0
    assert cli(*MODEL, "--out", "whole").code == 0
    completed, whole = Result.load("completed"), Result.load("whole")
    assert completed.status == whole.status == "complete"
    assert len(partial.runs.query("stop != 'interrupted'")) < whole.num_runs
    assert completed.metrics == whole.metrics
    for table in whole.tables:
        pd.testing.assert_frame_equal(completed.table(table), whole.table(table))


def test_signal_to_a_running_process_leaves_a_readable_result(tmp_path):
    endless = ("--replications", "2", "--steps", "1000000000000")
    command = [sys.executable, "-c", CHILD, "run", "repeated_game", *endless, "--out", "partial"]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout.readline() == "running\n"
            process.send_signal(signal.SIGINT)
            _, errors = process.communicate(timeout=60)
        finally:
            process.kill()
    assert process.returncode == 130
    assert errors.splitlines()[-1].startswith("to go on: socialsim run repeated_game --replications 2 ")
    partial = Result.load(tmp_path / "partial")
    assert partial.status == "interrupted"
    assert (partial.runs.stop == "interrupted").all()
    assert (partial.runs.steps > 0).any()


def test_interruption_before_anything_was_reached_writes_nothing(cli, monkeypatch, tmp_path):
    def interrupt(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(running, "run", interrupt)
    done = cli("run", "epistemic")
    assert (done.code, done.out) == (130, "")
    assert done.err == "interrupted before the first step; nothing was written\n"
    assert list(tmp_path.iterdir()) == []
