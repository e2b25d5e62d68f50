"""Every public name is explained, and what is cited can be looked up."""

import dataclasses
import importlib.util
import inspect
import re
import types
from pathlib import Path

import numba
import pytest

from socialsim.engine.interface import Environment, Learner

ROOT = Path(__file__).parents[2]
spec = importlib.util.spec_from_file_location("make_reference", ROOT / "docs" / "make_reference.py")
make_reference = importlib.util.module_from_spec(spec)
spec.loader.exec_module(make_reference)

MODULES = list(make_reference.public_modules())
KEY = r"[A-Z][A-Za-z]+\d{4}[a-z]?"
WITH_EXAMPLES = (
    *("metrics", "networks", "plotting", "host", "engine.run", "engine.fork", "engine.probe"),
    *("core.estimate", "core.result", "core.manifest", "core.folder", "core.extras"),
)


def names():
    """Yield "module.name" and the object for all that is public, methods included."""
    for module in MODULES:
        yield module.__name__, module
        for name, value in make_reference.public_names(module):
            yield f"{module.__name__}.{name}", value
            if inspect.isclass(value):
                for method, function in make_reference.public_methods(value):
                    yield f"{module.__name__}.{name}.{method}", function


def is_record(value):
    """Tell plain records and exceptions from classes that do something."""
    if not inspect.isclass(value):
        return False
    is_plain = dataclasses.is_dataclass(value) and not list(make_reference.public_methods(value))
    return is_plain or issubclass(value, (tuple, Exception))


def takes_examples(name, value):
    """Tell what users call: functions and classes of some packages, and every environment and learner."""
    if isinstance(value, types.ModuleType) or is_record(value):
        return False
    if inspect.isclass(value) and issubclass(value, (Environment, Learner)):
        return value not in (Environment, Learner)
    is_member = name.count(".") > 3
    return not is_member and name.startswith(tuple(f"socialsim.{package}." for package in WITH_EXAMPLES))


@pytest.mark.compiled
@pytest.mark.skipif(numba.config.DISABLE_JIT, reason="numba's intrinsics are bare lambdas")
def test_every_public_name_has_a_docstring():
    assert [name for name, value in names() if not (value.__doc__ or "").strip()] == []


def test_what_users_call_has_an_example():
    assert [name for name, value in names() if takes_examples(name, value) and ">>>" not in value.__doc__] == []


def test_what_is_documented_with_parameters_says_what_they_are():
    for name, value in names():
        if inspect.isfunction(value) and "Parameters\n" in (value.__doc__ or ""):
            undocumented = [
                parameter
                for parameter in inspect.signature(value).parameters
                if parameter not in ("self", "cls") and not re.search(rf"\b{parameter}\b", value.__doc__)
            ]
            assert undocumented == [], name


def test_what_is_cited_is_in_the_bibliography_and_what_is_there_is_cited():
    cited = {
        key
        for folder in ("socialsim", "analysis", "scenarios", "benchmarks")
        for file in (ROOT / folder).rglob("*.py")
        for key in re.findall(rf"\[({KEY})\]_", file.read_text(encoding="utf-8"))
    }
    text = (ROOT / "docs" / "bibliography.md").read_text(encoding="utf-8")
    listed = re.findall(rf"^- \*\*\[({KEY})\]\*\* ", text, re.MULTILINE)
    assert listed == sorted(listed)
    assert set(listed) == cited


def test_the_reference_has_a_page_for_every_package_and_a_heading_for_every_name(tmp_path):
    text = "".join(page.read_text(encoding="utf-8") for page in make_reference.write_reference(tmp_path))
    for module in MODULES:
        assert f"## {module.__name__}\n" in text
        for name, _ in make_reference.public_names(module):
            assert f"### {name}\n" in text


LINK = re.compile(r"\]\((?!https?://|#)([^)#]+)")
PAGES = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    targets = LINK.findall(page.read_text(encoding="utf-8"))
    assert [target for target in targets if not (page.parent / target).exists()] == []
