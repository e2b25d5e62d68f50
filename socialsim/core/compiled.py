"""How a function of the engine, an environment or a learner is compiled.

``compiled`` marks a plain function for numba. It is compiled on its first use inside a loop, never at import. With the
environment variable ``NUMBA_DISABLE_JIT=1`` it stays the plain function that it is: the debugger's mode, which gives
the same bits.

Numba makes a wrapper for each function by which Python can call it, and that took half of all compiling. What a loop
calls is compiled without one; only a function that Python itself calls, in a test or a notebook, gets a wrapper.
Nor do the project's own functions count references to arrays inside a loop, which borrows them all: a third less to
compile, but they cannot make arrays. Users' functions can. And since the project's functions run nowhere but inside a
loop, which contains a copy of their code, none of them is made into machine code for itself: another third.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import llvmlite.binding as llvm
import numba
from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import Compiler

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
    options: dict[str, Any] = {"nogil": True, "error_model": "numpy", "forceinline": True}
    dispatcher: Any = numba.njit(**options)(function)
    if dispatcher is not function:
        if function.__module__.startswith("socialsim."):
            options |= {"_nrt": False, "pipeline_class": _InnerCompiler}
        inner = numba.njit(**options, no_cpython_wrapper=True, no_cfunc_wrapper=True)(function)
        dispatcher.get_call_template, dispatcher.get_overload = inner.get_call_template, inner.get_overload
    return dispatcher


class _InnerLibrary(JITCodeLibrary):
    """The code of a function that only loops contain: a text for them, which is neither optimised nor assembled."""

    def _optimize_final_module(self) -> None:
        """Leave that to the loop, which does it to its copy."""

    def _finalize_final_module(self) -> None:
        """Give numba the one address that it writes to when it has compiled a function, that of its environment."""
        self._finalize_dynamic_globals()
        names = [variable.name for variable in self._final_module.global_variables if "NumbaEnv" in variable.name]
        environments = llvm.parse_assembly("\n".join(f'@"{name}" = common global i8* null' for name in names))
        self._codegen._add_module(environments)
        self._codegen._engine.finalize_object()
        self._finalized = True


class _InnerCompiler(Compiler):
    """Numba's compiler, for functions that only loops contain."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        if self.state.library is None:
            self.state.library = _InnerLibrary(self.state.targetctx.codegen(), "inner")
            self.state.library.enable_object_caching()
