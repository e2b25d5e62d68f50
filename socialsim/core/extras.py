"""Optional packages: which extra of socialsim brings which.

An optional package is imported where it is needed, by `require`; where it is missing, the error names the line that
installs it.
"""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Mapping
from types import MappingProxyType, ModuleType

from socialsim.core.errors import MissingExtraError, ParameterError, unknown

EXTRAS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "deep": ("torch",),
        "dask": ("distributed",),
        "sensitivity": ("SALib",),
        "optimise": ("optuna",),
        "tables": ("xarray", "polars"),
        "voting": ("pref_voting", "abcvoting", "preflibtools"),
        "pettingzoo": ("pettingzoo",),
        "axelrod": ("axelrod",),
        "notebooks": ("ipykernel", "nbclient", "nbformat", "jupyterlab"),
    }
)
"""The modules that each extra brings, by the names under which they are imported."""


def require(module: str, extra: str) -> ModuleType:
    """Import an optional module.

    Parameters
    ----------
    module : str
        Name under which it is imported, such as ``"torch"`` or ``"torch.nn"``.
    extra : str
        The extra of socialsim that brings it, a key of `EXTRAS`.

    Raises
    ------
    MissingExtraError
        If it is not installed; the message says how to install it.
    ParameterError
        If there is no such extra.

    Examples
    --------
    >>> require("a_module_that_nobody_wrote", "deep")
    Traceback (most recent call last):
    ...
    socialsim.core.errors.MissingExtraError: a_module_that_nobody_wrote is not installed; it comes with:
    pip install 'socialsim[deep]'
    """
    if extra not in EXTRAS:
        raise ParameterError(unknown("extra", extra, EXTRAS))
    package = module.partition(".")[0]
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name != package:  # installed, but broken: not for us to explain
            raise
        raise MissingExtraError(f"{package} is not installed; it comes with: {install_line(extra)}") from None


def missing(extra: str) -> tuple[str, ...]:
    """Return the modules of an extra that are not installed; nothing is imported.

    Examples
    --------
    >>> set(missing("voting")) <= set(EXTRAS["voting"])
    True
    """
    return tuple(module for module in EXTRAS[extra] if importlib.util.find_spec(module) is None)


def check_installed(extra: str) -> None:
    """Refuse to go on without an extra, of which nothing is imported yet.

    Raises
    ------
    MissingExtraError
        If one of its modules is not installed.

    Examples
    --------
    >>> check_installed("dask")
    """
    if lacking := missing(extra):
        raise MissingExtraError(f"{lacking[0]} is not installed; it comes with: {install_line(extra)}")


def install_line(extra: str) -> str:
    """Return the command that installs an extra.

    Examples
    --------
    >>> install_line("deep")
    "pip install 'socialsim[deep]'"
    """
    return f"pip install 'socialsim[{extra}]'"
