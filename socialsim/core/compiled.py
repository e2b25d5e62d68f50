"""How a function of the engine, an environment or a learner is compiled.

``compiled`` marks a plain function for numba. It is compiled on its first use inside a loop, never at import. With the
environment variable ``NUMBA_DISABLE_JIT=1`` it stays the plain function that it is: the debugger's mode, which gives
the same bits.

Numba makes a wrapper for each function by which Python can call it, and that took half of all compiling. What a loop
calls is compiled without one; only a function that Python itself calls, in a test or a notebook, gets a wrapper.
Nor do the project's own functions count references to arrays inside a loop, which borrows them all: a third less to
compile, but they cannot make arrays. Users' functions can.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numba

Function = TypeVar("Function", bound=Callable[..., object])


def compiled(function: Function) -> Function:
    """Mark a function for compilation; it releases the GIL, divides by zero as NumPy does and is inlined into its
    caller.

    Examples
    --------
    >>> @compiled
    ... def double(x):
    ...     return 2 * x
    >>> double(21)
    42
    """
    options = {"nogil": True, "error_model": "numpy", "forceinline": True}
    dispatcher: Any = numba.njit(**options)(function)
    if dispatcher is not function:
        options |= {"_nrt": not function.__module__.startswith("socialsim.")}
        inner = numba.njit(**options, no_cpython_wrapper=True, no_cfunc_wrapper=True)(function)
        dispatcher.get_call_template, dispatcher.get_overload = inner.get_call_template, inner.get_overload
    return dispatcher
