"""What the pages show is true: their examples give what they say, their files work."""

import doctest
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from socialsim.studies.files import StudyFile

ROOT = Path(__file__).parents[2]
PAGES = sorted(page for page in (ROOT / "docs").rglob("*.md") if "```python\n>>>" in page.read_text(encoding="utf-8"))
LONG = {"fit-learners", "is-it-a-norm", "social-preferences", "tutorial"}


def python(*arguments, folder):
    """Run Python in a folder, with that folder's modules first; return its stdout."""
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize(
    "page", [pytest.param(page, marks=[pytest.mark.compiled] * (page.stem in LONG), id=page.stem) for page in PAGES]
)
def test_the_examples_of_the_page_are_correct(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    flags = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
    failed, attempted = doctest.testfile(str(page), module_relative=False, encoding="utf-8", optionflags=flags)
    assert attempted > 0
    assert failed == 0


@pytest.mark.compiled
def test_a_new_environment_takes_exactly_three_files(write_files, tmp_path):
    for part in ("socialsim", "tests/conftest.py", "pyproject.toml"):
        copy = shutil.copytree if (ROOT / part).is_dir() else shutil.copy
        (tmp_path / part).parent.mkdir(exist_ok=True)
        copy(ROOT / part, tmp_path / part)
    files = write_files("docs/how-to/add-an-environment.md", tmp_path)
    assert [Path(file).parts[0] for file in files] == ["socialsim", "tests", "scenarios"]
    python("-m", "pytest", "-q", "-p", "no:cacheprovider", *files[:2], folder=tmp_path)
    assert "hours" in python(files[2], folder=tmp_path)
    assert "mean_delay" in python(
        "-m", "socialsim", "run", "commuting", "--replications", "9", "--json", folder=tmp_path
    )


@pytest.mark.compiled
def test_a_new_learner_takes_one_file_anywhere(write_files, tmp_path):
    learner, test = write_files("docs/how-to/add-a-learner.md", tmp_path)
    python("-m", "pytest", "-q", "-p", "no:cacheprovider", "--doctest-modules", learner, test, folder=tmp_path)
    shown = python("-m", "socialsim", "run", learner, "--replications", "9", "--json", folder=tmp_path)
    assert "cooperation_rate" in shown


@pytest.mark.compiled
def test_the_readme_examples_run(blocks, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    examples = [text for language, _, text in blocks("README.md") if language == "python"]
    for example in examples:
        assert len(example.splitlines()) <= 15
        exec(compile(example, "README.md", "exec"), {"__name__": "readme"})
    assert len(examples) == 2
    assert len(capsys.readouterr().out.splitlines()) == 3


def test_the_study_files_of_the_pages_and_of_the_project_are_accepted(write_files, tmp_path):
    names = write_files("docs/how-to/studies.md", tmp_path)
    assert len(names) >= 4
    paths = [*(tmp_path / name for name in names), *(ROOT / "scenarios" / "studies").glob("*.toml")]
    for path in paths:
        StudyFile.read(path)
