"""Arrays without reference counts.

Numba counts the references to an array whenever a function takes it or a slice of it, and each count is an atomic
operation of some 5 nanoseconds. It removes most of them, but not around loops and branches: an event that passes a
network and a state through three small functions spent 160 of its 170 nanoseconds on counting. A loop therefore borrows
its arguments: the copies carry no count, nor do slices of them. The caller keeps the arrays alive for as long as the
call lasts.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core.config import DISABLE_JIT
from numba.extending import intrinsic


def _borrow(typing_context: Any, array: Any) -> Any:
    """Return the same array with an empty memory record."""
    if not isinstance(array, types.Array):
        return None

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        view = context.make_array(signature.args[0])(context, builder, value=arguments[0])
        view.meminfo = ir.Constant(view.meminfo.type, None)
        view.parent = ir.Constant(view.parent.type, None)
        return view._getvalue()

    return array(array), code


borrow = (lambda array: array) if DISABLE_JIT else intrinsic(_borrow)
