"""From a plan to compiled functions, once for each text.

The text of a loop is kept as a module in the user's cache directory (``SOCIALSIM_CACHE_DIR``, else
``$XDG_CACHE_HOME/socialsim``), because numba keeps machine code only for functions of a file. The file is named by a
hash of its text, of every source file that its functions live in or import from the project and the user, of these
functions as the process has imported them, and of the versions of Python, numba and NumPy: numba itself does not notice
a change in an imported helper and would run stale code. Classes of a notebook or of a function body have no file to
hash; their loops are compiled in memory, once a process.
"""

from __future__ import annotations

import ast
import hashlib
import importlib.util
import os
import re
import sys
import sysconfig
import tempfile
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any

import numba
import numpy as np

from socialsim.core.errors import CompileError, ParameterError
from socialsim.engine.plan import Plan
from socialsim.engine.template import write_loop

_loaded: dict[tuple[Any, ...], Program] = {}
_loading = threading.Lock()


class Program:
    """The compiled functions of one plan."""

    def __init__(self, module: ModuleType) -> None:
        self._module = module

    def call(self, function: str, *arguments: Any) -> Any:
        """Call a function of the text, such as ``loop`` or ``stage``; it is compiled, or fetched from the cache, on its
        first call.

        Raises
        ------
        CompileError
            If a function of the environment or of a learner cannot be compiled; names the file and line.
        ParameterError
            If an action, an observation or the step of a game is none.
        """
        try:
            with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
                return getattr(self._module, function)(*arguments)
        except IndexError as error:
            if len(error.args) != 1 or not isinstance(error.args[0], int):
                raise
            raise ParameterError(self._out_of_range(error.args[0])) from None
        except ArithmeticError as error:
            if error.args != ("step",):
                raise
            raise ParameterError(self._no_step()) from None
        except numba.core.errors.NumbaError as error:
            raise CompileError(_locate(str(error), self._module.__file__ or "")) from None

    def get(self, name: str) -> Any:
        """Return what the text binds to a name."""
        return getattr(self._module, name)

    def direct(self, function: str) -> Callable[..., Any]:
        """Return one function to be called many times: as it is, once a `call` has compiled it, since looking after
        errors takes longer than a small step.
        """
        return partial(self.call, function) if numba.config.DISABLE_JIT else getattr(self._module, function)

    def _no_step(self) -> str:
        """Return what a game's agents were given in place of a step."""
        game = self._module.environment.__name__
        return (
            f"{game}.step gave chances that are none, or a state that does not exist; accepted: chances >= 0 that sum "
            f"to 1, states 0 to num_states - 1 (Game({game}(...)) of socialsim.limits.games says where)"
        )

    def _out_of_range(self, code: int) -> str:
        """Return what was out of range: the action of learner ``code`` or, below 0, an observation."""
        name, what, count = (
            ("environment", "observe", "observation") if code < 0 else (f"learner_{code}", "act", "action")
        )
        owner = getattr(self._module, name).__name__
        return (
            f"{owner}.{what} returned an {count} that does not exist; accepted: 0 to num_{count}s - 1 of the "
            "specification (NUMBA_DISABLE_JIT=1 runs it in plain Python, for a debugger)"
        )


def load(plan: Plan, rewiring: type | None = None, *, write: Callable[..., str] = write_loop) -> Program:
    """Return the program of a plan, from this process, from the cache directory, or newly written.

    Parameters
    ----------
    plan : Plan
    rewiring : type, optional
        The class whose ``choose`` rewires edges inside the loop.
    write : function
        Writes the text: the loop of a scenario, or another one for the same plan.
    """
    classes: dict[str, type] = {"environment": plan.environment}
    classes |= {f"learner_{k}": learner for k, learner in enumerate(plan.learners)}
    classes |= {f"preference_{k}": preference for k, preference in plan.preferences.items()}
    if rewiring is not None:
        classes["rewiring"] = rewiring
    return load_text(partial(write, plan), classes)


def load_text(write: Callable[..., str], classes: dict[str, type]) -> Program:
    """Return the program of a text, as `load` does.

    Parameters
    ----------
    write : function
        Returns the text, ``write(cache=...)``: whether numba keeps the machine code between processes.
    classes : dict of str to type
        Those whose functions the text uses, by the names that it has for them.
    """
    key = (write(cache=True), *classes.values())
    with _loading:  # Python 3.11 cannot parse in two threads at once
        if key not in _loaded:
            files = source_files(list(classes.values()))
            _loaded[key] = Program(_import(write(cache=files is not None), classes, files))
    return _loaded[key]


def cache_directory() -> Path:
    """Return the folder that keeps written loops and their machine code."""
    if folder := os.environ.get("SOCIALSIM_CACHE_DIR"):
        return Path(folder)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "socialsim"


def _import(text: str, classes: dict[str, type], files: dict[str, Path] | None) -> ModuleType:
    """Write the module if it is new, and import it with the classes in its namespace."""
    digest = hashlib.sha256(text.encode())
    for version in (sys.version, numba.__version__, np.__version__, *(cls.__qualname__ for cls in classes.values())):
        digest.update(version.encode())
    for module_name, file in (files or {}).items():  # machine code refers to modules by name
        digest.update(module_name.encode() + file.read_bytes() + _as_imported(sys.modules[module_name]))
    name = f"socialsim_loop_{digest.hexdigest()[:24]}"
    path = _write(name, text)
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    vars(module).update(classes)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _write(name: str, text: str) -> Path:
    """Put the module in the cache directory, whole or not at all; where that is not writable, in a temporary one."""
    for folder in (cache_directory() / "loops", Path(tempfile.gettempdir()) / f"socialsim-{os.getuid()}" / "loops"):
        path = folder / f"{name}.py"
        try:
            if not path.exists():
                folder.mkdir(parents=True, exist_ok=True)
                with tempfile.NamedTemporaryFile("w", dir=folder, suffix=".tmp", delete=False) as file:
                    file.write(text)
                os.replace(file.name, path)
            return path
        except OSError:
            continue
    raise CompileError(
        f"no folder can be written for compiled loops; tried {cache_directory()}; "
        "accepted: a writable SOCIALSIM_CACHE_DIR"
    )


def source_files(classes: list[type]) -> dict[str, Path] | None:
    """Return the project's and the user's modules that these classes come from and import, with their files; None where
    a class has no file.

    A class that is defined in a notebook, at the prompt or inside a function has none: its globals cannot be hashed.
    Nor has one whose file was executed without being imported, which another process could not find again.
    """
    modules: dict[str, Path] = {}
    waiting: list[str] = [f"socialsim.engine.{name}" for name in ("template", "links", "borrowing", "pointers")]
    for cls in classes:
        for base in cls.__mro__:
            if "<locals>" in base.__qualname__ or base.__module__ == "__main__" or base.__module__ not in sys.modules:
                return None
            waiting.append(base.__module__)
    while waiting:
        name = waiting.pop()
        module = sys.modules.get(name)
        file = getattr(module, "__file__", None)
        if module is None or file is None or name in modules or not _is_ours(name, file):
            continue
        modules[name] = Path(file)
        waiting += _imports(name, Path(file))
    return dict(sorted(modules.items()))


def _as_imported(module: ModuleType) -> bytes:
    """Return what a module's functions and constants are in this process.

    A file that has been altered since it was imported is not what is going to be compiled.
    """
    found = []
    for name, value in sorted(vars(module).items()):
        members = [value, *vars(value).values()] if isinstance(value, type) else [value]
        for member in members:
            function = getattr(member, "__func__", member)
            code = getattr(getattr(function, "py_func", function), "__code__", None)
            if code is not None and code.co_filename == module.__file__:
                found.append(f"{name} {_of_code(code)}")
        if isinstance(value, (int, float, str, tuple)) and not name.startswith("__") and " at 0x" not in repr(value):
            found.append(f"{name} {value!r}")
    return "\n".join(found).encode()


def _of_code(code: CodeType) -> str:
    """Return what a function does: its instructions, names and constants, those of inner functions too."""
    constants = [
        _of_code(each) if isinstance(each, CodeType) else repr(sorted(each) if isinstance(each, frozenset) else each)
        for each in code.co_consts
    ]
    return f"{code.co_code.hex()} {code.co_names} {code.co_varnames} {constants}"


def _imports(name: str, file: Path) -> list[str]:
    """Return the modules that a source file imports from when it is itself imported, constants and functions alike.

    What is imported later, or for types alone, is no part of compiled functions, and may or may not be there.
    """
    found = []
    for node in ast.parse(file.read_bytes()).body:
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            package = name.rsplit(".", node.level)[0] if node.level else ""
            base = ".".join(filter(None, [package, node.module or ""]))
            found += [base, *(f"{base}.{alias.name}" for alias in node.names)]
    return found


def _is_ours(name: str, file: str) -> bool:
    """Tell the project's and the user's modules from the standard library and installed packages."""
    paths = sysconfig.get_paths()
    installed = tuple(paths[key] for key in ("stdlib", "platstdlib", "purelib", "platlib"))
    is_elsewhere = file.startswith(installed) or {"site-packages", "dist-packages"} & set(Path(file).parts)
    return name.split(".")[0] == "socialsim" or (file.endswith(".py") and not is_elsewhere)


def _locate(message: str, generated: str) -> str:
    """Return one line that points at the user's line inside numba's report."""
    own = Path(generated).name
    places = [place for place in re.findall(r'File "([^"]+)", line (\d+)', message) if Path(place[0]).name != own]
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    reasons = [
        line for line in lines if not line.startswith(("File", "During", "<source", "Failed", "- ", "^", "def "))
    ]
    reason = _clean(" ".join(reasons[: 2 if reasons[0].endswith(":") else 1])) if reasons else lines[0]
    where = f"{places[-1][0]}, line {places[-1][1]}: " if places else ""
    return f"{where}cannot be compiled: {reason}"


def _clean(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", text)
