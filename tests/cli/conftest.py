import json
from types import SimpleNamespace

import pytest

from socialsim.cli.main import main

SMALL = ("-p", "environment.effect=0.05", "-p", "environment.trials=20", "--replications", "6")


@pytest.fixture
def cli(capsys, monkeypatch, tmp_path):
    """Call the command line in an empty folder; give its exit code and what it wrote."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments):
        code = main([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return SimpleNamespace(code=code, out=captured.out, err=captured.err)

    return call


@pytest.fixture
def run_small(cli):
    """Run a small community through the command line and give the object that it prints."""

    def call(*arguments):
        done = cli("run", "epistemic", *SMALL, "--json", *arguments)
        assert done.code == 0, done.err
        return json.loads(done.out)

    return call
