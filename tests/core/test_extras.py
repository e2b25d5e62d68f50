import json
import tomllib
from pathlib import Path

import pytest

from socialsim.core.errors import MissingExtraError, ParameterError
from socialsim.core.extras import EXTRAS, missing, require

PYPROJECT = Path(__file__).parents[2] / "pyproject.toml"


def test_installed_module_is_returned():
    assert require("json", "deep") is json


def test_missing_module_is_named_with_the_line_that_installs_it():
    with pytest.raises(MissingExtraError, match=r"^nobodys is not installed; .*: pip install 'socialsim\[voting\]'$"):
        require("nobodys.part", "voting")


def test_module_that_is_broken_inside_says_so_itself(tmp_path, monkeypatch):
    (tmp_path / "broken.py").write_text("import nobodys_module\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError, match="nobodys_module") as caught:
        require("broken", "deep")
    assert not isinstance(caught.value, MissingExtraError)


def test_unknown_extra_is_refused():
    with pytest.raises(ParameterError, match="did you mean 'deep'"):
        require("json", "depe")


def test_table_names_the_extras_of_the_project():
    declared = tomllib.loads(PYPROJECT.read_text())["project"]["optional-dependencies"]
    assert set(EXTRAS) == set(declared) - {"dev", "all"}
    for extra, modules in EXTRAS.items():
        packages = {requirement.partition(">")[0] for requirement in declared[extra]}
        assert set(modules) == packages


def test_missing_names_only_what_cannot_be_found(monkeypatch):
    from socialsim.core import extras

    monkeypatch.setattr(extras, "EXTRAS", {"mixed": ("json", "nobodys")})
    assert missing("mixed") == ("nobodys",)
