"""The commands that the pages of the models show measure something."""

import json
import re
import shlex
from pathlib import Path

import pytest

from socialsim.cli.main import main

MODELS = Path(__file__).parents[2] / "docs" / "models"
COMMAND = re.compile(r"^\$ socialsim (run .*)$", re.MULTILINE)
COMMANDS = [
    (page.stem, line) for page in sorted(MODELS.glob("*.md")) for line in COMMAND.findall(page.read_text("utf-8"))
]
SHORT = [("emissions", line) for name, line in COMMANDS if name == "emissions" and "best_reply" in line]


def measure(line, folder, monkeypatch, capsys):
    """Run a command with two replications, and return the values of its metrics."""
    monkeypatch.chdir(folder)
    main([*shlex.split(line), "--replications", "2", "--json"])
    return [metric["value"] for metric in json.loads(capsys.readouterr().out)["metrics"].values()]


def test_firms_that_reply_best_are_measured(tmp_path, monkeypatch, capsys):
    ((_, line),) = SHORT
    assert sum(value is not None for value in measure(line, tmp_path, monkeypatch, capsys)) >= 6


@pytest.mark.full
@pytest.mark.parametrize(("name", "line"), COMMANDS, ids=[f"{name}-{k}" for k, (name, _) in enumerate(COMMANDS)])
def test_the_command_measures_something(name, line, tmp_path, monkeypatch, capsys):
    assert any(value is not None for value in measure(line, tmp_path, monkeypatch, capsys))
