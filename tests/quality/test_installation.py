"""What users install is whole, and light to import."""

import json
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HEAVY = ("torch", "mesa", "numba", "pandas", "matplotlib", "scipy")


def run_python(*arguments, path=ROOT, **options):
    """Run Python with a folder before the installed packages; return its stdout."""
    done = subprocess.run(
        [sys.executable, *arguments],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": str(path)},
        **options,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """A folder with nothing but what the wheel holds."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    shutil.copytree(ROOT / "socialsim", source / "socialsim", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, source)
    pip = ("-m", "pip", "--disable-pip-version-check", "-q")
    run_python(*pip, "wheel", "--no-deps", "--no-build-isolation", "--no-index", "-w", str(folder), str(source))
    [wheel] = folder.glob("socialsim-*.whl")
    run_python(*pip, "install", "--no-deps", "--no-index", "--target", str(folder / "site"), str(wheel))
    return folder / "site"


def test_the_wheel_holds_the_package_and_nothing_else(installed):
    assert {entry.name for entry in installed.iterdir() if "dist-info" not in entry.name} == {"socialsim", "bin"}
    for name in ("py.typed", "plotting/socialsim.mplstyle"):
        assert (installed / "socialsim" / name).is_file()
    assert list(installed.glob("socialsim-*.dist-info/licenses/LICENSE"))


def test_the_wheel_runs_a_scenario_away_from_the_checkout(installed, tmp_path):
    where = run_python("-c", "import socialsim; print(socialsim.__file__)", path=installed, cwd=tmp_path)
    assert Path(where.strip()).is_relative_to(installed)
    command = ("-m", "socialsim", "run", "epistemic", "-p", "environment.effect=0.05", "--replications", "20", "--json")
    shown = json.loads(run_python(*command, path=installed, cwd=tmp_path))
    assert shown["num_runs"] == 20
    assert Path(shown["out"]).is_relative_to(tmp_path) or not Path(shown["out"]).is_absolute()


@pytest.mark.parametrize("use", ["import socialsim", "import socialsim.cli.main as m; m.main(['--help'])"])
def test_a_light_use_loads_nothing_heavy(use):
    loaded = run_python("-c", f"import sys\n{use}\nprint('loaded', *sys.modules)").splitlines()[-1].split()[1:]
    assert "socialsim" in loaded
    assert set(HEAVY) & set(loaded) == set()


def test_a_run_loads_neither_torch_nor_mesa():
    use = "from socialsim.engine.run import run; from socialsim.environments.epistemic import small; run(small())"
    loaded = run_python("-c", f"import sys\n{use}\nprint(*sys.modules)").split()
    assert {"torch", "mesa", "matplotlib"} & set(loaded) == set()


def test_every_dependency_is_pinned_once():
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [Requirement(line) for line in lines if line and not line.startswith("#")]
    assert all(str(pin.specifier).startswith("==") for pin in pins)
    assert "torch==2.13.0" in lines
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = [item for name, items in project["optional-dependencies"].items() if name != "all" for item in items]
    for wanted in map(Requirement, (*project["dependencies"], *extras)):
        if wanted.name == project["name"]:  # an extra that takes others in
            continue
        valid = [pin for pin in pins if canonicalize_name(pin.name) == canonicalize_name(wanted.name)]
        valid = [pin for pin in valid if pin.marker is None or pin.marker.evaluate()]
        assert len(valid) == 1, wanted.name
        assert wanted.specifier.contains(next(iter(valid[0].specifier)).version), wanted.name


def test_the_extra_all_names_every_other_extra():
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    [everything] = extras.pop("all")
    assert set(everything.removeprefix("socialsim[").removesuffix("]").split(",")) == set(extras)


def test_the_version_is_the_same_everywhere():
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert run_python("-c", "import socialsim; print(socialsim.__version__)").strip() == version
    assert f"\nversion: {version}\n" in (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"\n## {version}\n" in (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
