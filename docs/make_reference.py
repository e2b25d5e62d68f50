"""Write the reference, one Markdown page a package, from the docstrings.

Run it with ``python docs/make_reference.py [FOLDER]``; the pages go to docs/reference.
"""

import importlib
import inspect
import pkgutil
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import socialsim

ANNOTATION = re.compile(r"(: |-> )'([^']*)'")  # as `from __future__ import annotations` leaves it


def public_modules() -> Iterator[ModuleType]:
    """Yield the public modules that hold something, in the order of their names."""
    for found in pkgutil.walk_packages(socialsim.__path__, "socialsim."):
        if not found.ispkg and not any(part.startswith("_") for part in found.name.split(".")):
            yield importlib.import_module(found.name)


def public_names(module: ModuleType) -> Iterator[tuple[str, Any]]:
    """Yield the public functions and classes that a module defines, in the order of the file."""
    for name, value in vars(module).items():
        plain = inspect.unwrap(getattr(value, "py_func", value))
        is_ours = getattr(plain, "__module__", None) == module.__name__
        if not name.startswith("_") and is_ours and (inspect.isclass(plain) or inspect.isfunction(plain)):
            yield name, plain


def public_methods(cls: type) -> Iterator[tuple[str, Any]]:
    """Yield the public methods and properties that a class defines itself."""
    for name, value in vars(cls).items():
        value = value.fget if isinstance(value, property) else getattr(value, "__func__", value)
        value = getattr(value, "py_func", value)
        if not name.startswith("_") and inspect.isfunction(value):
            yield name, value


def write_page(package: str, modules: list[ModuleType]) -> str:
    """Return the page of one package."""
    parts = [f"# socialsim.{package}", ""]
    for module in modules:
        parts += [f"## {module.__name__}", "", *_quoted("", module.__doc__)]
        for name, value in public_names(module):
            parts += [f"### {name}", "", *_quoted(_signature(name, value), value.__doc__)]
            if inspect.isclass(value):
                for method, function in public_methods(value):
                    parts += [f"#### {name}.{method}", "", *_quoted(_signature(method, function), function.__doc__)]
    return "\n".join(parts)


def write_reference(folder: Path) -> list[Path]:
    """Write all pages and return their paths."""
    packages: dict[str, list[ModuleType]] = {}
    for module in public_modules():
        packages.setdefault(module.__name__.split(".")[1], []).append(module)
    folder.mkdir(parents=True, exist_ok=True)
    pages = []
    for package, modules in packages.items():
        pages.append(folder / f"{package}.md")
        pages[-1].write_text(write_page(package, modules), encoding="utf-8")
    return pages


def _quoted(signature: str, text: str | None) -> list[str]:
    """Return a signature and a docstring as they stand: their layout carries equations and shapes."""
    return ["```text", *([signature, ""] if signature else []), inspect.cleandoc(text or ""), "```", ""]


def _signature(name: str, value: Any) -> str:
    """Return how a function or class is called, or nothing where there is nothing to show."""
    try:
        return name + ANNOTATION.sub(r"\1\2", str(inspect.signature(value)))
    except (TypeError, ValueError):
        return ""


if __name__ == "__main__":
    for page in write_reference(Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent / "reference")):
        print(page)
