"""What holds for the code as a whole: style, types, import direction, size, and no traces of a workplace."""

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
CODE = ("socialsim", "tests", "scenarios", "analysis", "benchmarks", "docs", "notebooks")
FILES = sorted(file for folder in CODE for file in (ROOT / folder).rglob("*.py") if "__pycache__" not in file.parts)
TEXTS = [
    *FILES,
    *(ROOT / "docs").rglob("*.md"),
    *(ROOT / "notebooks").glob("*.ipynb"),
    *(ROOT / "analysis").rglob("*.json"),
    *(ROOT / name for name in ("README.md", "CHANGELOG.md", "Makefile", "pyproject.toml", "constraints.txt")),
]


def check(*command):
    """Run a tool in the checkout; fail with what it printed."""
    done = subprocess.run(
        [sys.executable, *command], cwd=ROOT, capture_output=True, text=True, env=os.environ | {"NO_COLOR": "1"}
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_ruff_has_nothing_to_say():
    check("-m", "ruff", "check")


def test_the_code_is_formatted():
    check("-m", "ruff", "format", "--check")


def test_types_are_right():
    check("-m", "mypy")


def test_imports_point_one_way():
    check("-c", "import sys; from importlinter.cli import lint_imports_command as lint; sys.exit(lint())")


def test_no_file_is_longer_than_four_hundred_lines():
    lengths = {str(file.relative_to(ROOT)): len(file.read_text(encoding="utf-8").splitlines()) for file in FILES}
    assert {file: length for file, length in lengths.items() if length > 400} == {}


def test_nothing_is_left_to_do_and_no_workplace_shows():
    trace = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b|/(root|work|tmp)/\w")
    found = [
        f"{text.relative_to(ROOT)}:{number}: {line.strip()[:80]}"
        for text in TEXTS
        if text.is_file() and text != Path(__file__)
        for number, line in enumerate(text.read_text(encoding="utf-8").splitlines(), 1)
        if trace.search(line)
    ]
    assert found == []


def test_inside_the_package_names_come_from_the_module_that_defines_them():
    found = [
        f"{file.relative_to(ROOT)}: {line}"
        for file in (ROOT / "socialsim").rglob("*.py")
        for line in re.findall(r"^\s*(from socialsim import (?!__version__).*)$", file.read_text(), re.MULTILINE)
    ]
    assert found == []
