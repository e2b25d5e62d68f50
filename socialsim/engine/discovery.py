"""Finding environments, learners, preferences and scenarios by name: there is no registry to edit.

An environment is a module of `socialsim.environments` with a function ``scenario()``; a learner is a subclass of
`Learner` in a module of `socialsim.learning`, a preference a subclass of `Preference` in
`socialsim.learning.preferences`; a user's own file is loaded by its path.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import inspect
import pkgutil
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

from socialsim.core.errors import ParameterError, SocialsimError, unknown
from socialsim.engine.interface import Environment, Learner
from socialsim.engine.preferences import SELFISH, Preference

T = TypeVar("T")


def environment_names() -> list[str]:
    """Return the names of the project's environments, sorted."""
    package = importlib.import_module("socialsim.environments")
    return sorted(module.name for module in pkgutil.iter_modules(package.__path__) if not module.name.startswith("_"))


def find_module(name_or_path: str) -> ModuleType:
    """Return the module of an environment of the project, or of a user's file.

    Raises
    ------
    ParameterError
        If the name is unknown, or the file is missing, fails on import or has no function ``scenario``.
    """
    if name_or_path.endswith(".py") or "/" in name_or_path:
        return load_file(Path(name_or_path))
    if name_or_path not in environment_names():
        message = unknown("scenario", name_or_path, environment_names())
        raise ParameterError(f"{message}, or the path of a .py file with a function scenario()")
    return importlib.import_module(f"socialsim.environments.{name_or_path}")


def load_file(path: Path) -> ModuleType:
    """Import a user's file under a name of its own, so that its functions can be compiled and cached.

    Raises
    ------
    ParameterError
        If it is missing, fails on import or has no function ``scenario``.
    """
    if not path.is_file():
        raise ParameterError(f"{path}: no such file; accepted: a .py file with a function scenario()")
    name = f"socialsim_user_{path.stem}_{hashlib.sha256(str(path.resolve()).encode()).hexdigest()[:12]}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ParameterError(f"{path}: not a Python file; accepted: a .py file with a function scenario()")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        del sys.modules[name]
        line = _line_in(error, path)
        raise ParameterError(f"{path}{line}: {type(error).__name__}: {error}") from None
    if not callable(getattr(module, "scenario", None)):
        raise ParameterError(f"{path}: has no function scenario(); accepted: one that returns a Scenario")
    return module


def make_scenario(module: ModuleType, preset: Any = None) -> Any:
    """Return the scenario of a module; what goes wrong in a user's file is reported with its line.

    Parameters
    ----------
    module : module
        With a function ``scenario()``.
    preset : str, optional
        A rule set, with its number of agents, where ``scenario(preset)`` takes one.

    Raises
    ------
    ParameterError
        If ``scenario()`` raises.
    """
    try:
        return module.scenario(preset) if preset is not None and takes_preset(module) else module.scenario()
    except SocialsimError:
        raise
    except Exception as error:
        path = Path(module.__file__ or "")
        raise ParameterError(f"{path}{_line_in(error, path)}: {type(error).__name__}: {error}") from None


def takes_preset(module: ModuleType) -> bool:
    """Say whether the scenario of a module comes in several rule sets."""
    return "preset" in inspect.signature(module.scenario).parameters


def learner_classes() -> dict[str, type[Learner]]:
    """Return the project's learners by name."""
    package = importlib.import_module("socialsim.learning")
    found = {}
    for module in pkgutil.iter_modules(package.__path__):
        if not module.ispkg and not module.name.startswith("_"):
            found.update(_learners_in(importlib.import_module(f"socialsim.learning.{module.name}")))
    return dict(sorted(found.items()))


def find_learner(name: str) -> type[Learner]:
    """Return the learner class of a name: the project's, or one that a loaded module of the user defines.

    Raises
    ------
    ParameterError
        If the name is unknown; the nearest is suggested.
    """
    known = {cls.name(): cls for cls in _subclasses(Learner) if not _is_project(cls)}
    alone = f"socialsim.learning.{name}"
    if name not in known and name.isidentifier() and importlib.util.find_spec(alone) is not None:
        known |= _learners_in(importlib.import_module(alone))  # most stand in a file of their name: others are not read
    if name not in known:
        known = learner_classes() | known
    if name not in known:
        raise ParameterError(unknown("learner", name, known))
    return known[name]


def preference_classes() -> dict[str, type[Preference]]:
    """Return the project's social preferences by name."""
    module = importlib.import_module("socialsim.learning.preferences")
    found = [value for value in vars(module).values() if _defines(module, value, Preference)]
    return {cls.name(): cls for cls in sorted(found, key=lambda cls: cls.name())}


def find_preference(name: str) -> type[Preference]:
    """Return the class of a social preference: the project's, or one that a loaded module of the user defines.

    Raises
    ------
    ParameterError
        If the name is unknown; the nearest is suggested.
    """
    known = preference_classes() | {cls.name(): cls for cls in _subclasses(Preference) if not _is_project(cls)}
    if name not in known:
        raise ParameterError(unknown("preference", name, [SELFISH, *known]))
    return known[name]


def environment_class(module: ModuleType) -> type[Environment]:
    """Return the environment that a module defines."""
    return next(value for value in vars(module).values() if _defines(module, value, Environment))


def _learners_in(module: ModuleType) -> dict[str, type[Learner]]:
    return {value.name(): value for value in vars(module).values() if _defines(module, value, Learner)}


def _defines(module: ModuleType, value: Any, base: type) -> bool:
    if not isinstance(value, type) or value.__name__.startswith("_"):
        return False
    return issubclass(value, base) and value.__module__ == module.__name__


def _is_project(cls: type) -> bool:
    return cls.__module__.split(".")[0] == "socialsim"


def _subclasses(cls: type[T]) -> Iterator[type[T]]:
    for child in cls.__subclasses__():
        yield child
        yield from _subclasses(child)


def _line_in(error: BaseException, path: Path) -> str:
    """Return ", line N" for the last place in the user's file that led to an error."""
    lines = []
    trace = error.__traceback__
    while trace is not None:
        if Path(trace.tb_frame.f_code.co_filename).resolve() == path.resolve():
            lines.append(trace.tb_lineno)
        trace = trace.tb_next
    return f", line {lines[-1]}" if lines else ""
