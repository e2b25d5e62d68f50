"""How a function of the engine, an environment or a learner is compiled.

``compiled`` marks a plain function for numba. It is compiled on its first use inside a loop, never at import. With the
environment variable ``NUMBA_DISABLE_JIT=1`` it stays the plain function that it is: the debugger's mode, which gives
the same bits.
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
    dispatcher: Any = numba.njit(nogil=True, error_model="numpy", forceinline=True)(function)
    return dispatcher
