"""Arrays without reference counts, checks and round trips to memory.

Numba counts the references to an array whenever a function takes it or a slice of it, and each count is an atomic
operation of some 5 nanoseconds. It removes most of them, but not around loops and branches: an event that passes a
network and a state through three small functions spent 160 of its 170 nanoseconds on counting. A loop therefore borrows
its arguments: the copies carry no count, nor do slices of them. The caller keeps the arrays alive for as long as the
call lasts.

Two more spare an event a third of its time. A stream that a loop **holds** is a copy of its four words that nothing
else points to, so that they stay in registers; the loop gives them back where it pauses. And the **head** of an array
is a slice whose bounds are known to be right.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
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


def _hold(typing_context: Any, stream: Any) -> Any:
    """Return a copy of a stream's four words, on the stack."""
    if not isinstance(stream, types.Array):
        return None

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        source = context.make_array(signature.args[0])(context, builder, value=arguments[0])
        word = ir.IntType(64)
        words = cgutils.alloca_once(builder, word, size=4)
        for k in range(4):
            place = ir.Constant(word, k)
            builder.store(builder.load(builder.gep(source.data, [place])), builder.gep(words, [place]))
        held = context.make_array(signature.return_type)(context, builder)
        shape = cgutils.pack_array(builder, [ir.Constant(word, 4)])
        strides = cgutils.pack_array(builder, [ir.Constant(word, 8)])
        context.populate_array(
            held, data=words, shape=shape, strides=strides, itemsize=ir.Constant(word, 8), meminfo=None
        )
        return held._getvalue()

    return stream(stream), code


def _head(typing_context: Any, array: Any, size: Any) -> Any:
    """Return the first entries of an array of one axis, at most as many as it has."""
    if not isinstance(array, types.Array):
        return None

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        view = context.make_array(signature.args[0])(context, builder, value=arguments[0])
        length = context.cast(builder, arguments[1], signature.args[1], types.intp)
        view.shape = cgutils.pack_array(builder, [length])
        view.nitems = length
        return view._getvalue()

    return array(array, size), code


borrow = (lambda array: array) if DISABLE_JIT else intrinsic(_borrow)
hold = (lambda stream: stream.copy()) if DISABLE_JIT else intrinsic(_hold)
head = (lambda array, size: array[:size]) if DISABLE_JIT else intrinsic(_head)
