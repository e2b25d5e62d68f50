"""The errors that socialsim raises on purpose: one line each, naming the thing and what is accepted."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class SocialsimError(Exception):
    """Base of every error that a user can cause; its message is one line that the command line prints as it is."""


class ParameterError(SocialsimError, ValueError):
    """A parameter is unknown, of the wrong type or out of its range."""


class ParameterErrors(ParameterError):  # noqa: N818 - errors, in the plural
    """Several at once, a line each."""


class NetworkError(SocialsimError, ValueError):
    """A network cannot be read, parsed or built."""


class ResultError(SocialsimError, OSError):
    """A result folder cannot be written or read, or is incomplete."""


class CompileError(SocialsimError):
    """A function of an environment or a learner cannot be compiled; the message names its file and line."""


class SolverError(SocialsimError, ArithmeticError):
    """A recursion or a solver does not converge; the message says how far it came."""


class MissingExtraError(SocialsimError, ImportError):
    """An optional dependency is not installed; the message names the extra that brings it."""


def unknown(kind: str, name: object, known: Iterable[str]) -> str:
    """Return the message for an unknown name, with the nearest known ones first.

    Parameters
    ----------
    kind : str
        What the name should have named, such as ``"scenario"``.
    name : object
        What was given.
    known : iterable of str
        What is accepted.

    Examples
    --------
    >>> unknown("scenario", "epistemik", ["epistemic", "voter"])
    "unknown scenario 'epistemik'; did you mean 'epistemic'? Accepted: epistemic, voter"
    """
    accepted = sorted(known)
    near = difflib.get_close_matches(str(name), accepted, n=1)
    near += [path for path in accepted if difflib.get_close_matches(str(name), [path.rpartition(".")[2]])]
    hint = f"did you mean {near[0]!r}? " if near else ""
    return f"unknown {kind} {str(name)!r}; {hint}Accepted: {', '.join(accepted) or 'none'}"
