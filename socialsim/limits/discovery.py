"""Finding games by name: there is no registry to edit.

A game is a module of `socialsim.limits.library` with a function ``rules()``, or an environment of the project, or of a
user's file, whose scenario has an `AggregativeGame`, or that has such a function beside ``scenario()``.
"""

from __future__ import annotations

import ast
import importlib
import pkgutil
from pathlib import Path
from types import ModuleType
from typing import Any

from socialsim.core.errors import ParameterError, unknown
from socialsim.engine.aggregative import AggregativeGame
from socialsim.engine.discovery import environment_names, find_module, make_scenario


def library_names() -> list[str]:
    """Return the names of the games from the literature, sorted.

    Examples
    --------
    >>> "sis" in library_names()
    True
    """
    package = importlib.import_module("socialsim.limits.library")
    return sorted(module.name for module in pkgutil.iter_modules(package.__path__) if _defines(_path(module), "rules"))


def game_names() -> list[str]:
    """Return the names of all games: those from the literature, and the environments that are one; sorted.

    Examples
    --------
    >>> {"sis", "epistemic"} & set(game_names())
    {'sis'}
    """
    package = importlib.import_module("socialsim.environments")
    own = [module.name for module in pkgutil.iter_modules(package.__path__) if _is_aggregative(_path(module))]
    return sorted({*library_names(), *(name for name in own if name in environment_names())})


def find_game(name_or_path: str) -> AggregativeGame:
    """Return a game with its default parameters.

    Parameters
    ----------
    name_or_path : str
        One of `game_names`, or the path of a .py file whose ``scenario()`` has an `AggregativeGame`. A function
        ``rules()`` beside it goes first: what suits learners need not suit limits.

    Raises
    ------
    ParameterError
        If the name is unknown, and then the nearest is suggested; if the environment has no limit; or the file has no
        such game.

    Examples
    --------
    >>> find_game("sis").num_steps
    50
    """
    module = game_module(name_or_path)
    found = module.rules() if hasattr(module, "rules") else make_scenario(module).environment
    if not isinstance(found, AggregativeGame):
        raise ParameterError(
            f"{name_or_path}: its {type(found).__name__} is no AggregativeGame; accepted: a game whose agents meet in "
            "an aggregate alone"
        )
    return found


def game_module(name_or_path: str) -> ModuleType:
    """Return the module that a game stands in.

    Raises
    ------
    ParameterError
        As `find_game` does.

    Examples
    --------
    >>> game_module("sis").__name__
    'socialsim.limits.library.sis'
    """
    if name_or_path.endswith(".py") or "/" in name_or_path:
        return find_module(name_or_path)
    if name_or_path in library_names():
        return importlib.import_module(f"socialsim.limits.library.{name_or_path}")
    if name_or_path not in game_names():
        message = unknown("game", name_or_path, game_names())
        if name_or_path in environment_names():
            message = f"{name_or_path} has no limit; accepted: {', '.join(game_names())}"
        raise ParameterError(f"{message}, or the path of a .py file with a function scenario()")
    return find_module(name_or_path)


def _path(module: pkgutil.ModuleInfo) -> Path:
    """Return the file of a module, or of a package's beginning."""
    folder = Path(getattr(module.module_finder, "path", ""))
    return folder / module.name / "__init__.py" if module.ispkg else folder / f"{module.name}.py"


def _files(path: Path) -> list[Path]:
    """Return the files of a module or package."""
    return sorted(path.parent.glob("*.py")) if path.name == "__init__.py" else [path]


def _parts(path: Path, kind: Any) -> list[Any]:
    """Return what a file that mentions the base defines, read and not imported: to list names must not take seconds."""
    text = path.read_text(encoding="utf-8")
    return [part for part in ast.parse(text).body if isinstance(part, kind)] if "AggregativeGame" in text else []


def _defines(path: Path, function: str) -> bool:
    return any(part.name == function for part in _parts(path, ast.FunctionDef))


def _is_aggregative(path: Path) -> bool:
    """Say whether a class of an environment is derived from `AggregativeGame`."""
    return any(
        "AggregativeGame" in [getattr(base, "id", "") for base in part.bases]
        for file in _files(path)
        for part in _parts(file, ast.ClassDef)
    )
