"""Copying short runs of bytes between arrays, eight or sixteen at a time.

A window of eleven by eleven cells is eleven runs of eleven bytes; one by one they cost four times as much. A run that
is no multiple of eight ends with a copy that overlaps the one before.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core.config import DISABLE_JIT
from numba.extending import intrinsic

from socialsim.core.compiled import compiled


def _copy(width: int) -> Any:
    """Return numba's description of a copy of ``width`` bytes between two contiguous arrays, at byte offsets."""

    def copy(typing_context: Any, target: Any, to: Any, source: Any, start: Any) -> Any:
        if not (isinstance(target, types.Array) and isinstance(source, types.Array)):
            return None

        def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            block = ir.VectorType(ir.IntType(8), width).as_pointer()
            places = []
            for array, offset, kind in ((0, 1, signature.args[0]), (2, 3, signature.args[2])):
                data = context.make_array(kind)(context, builder, value=arguments[array]).data
                first = builder.bitcast(data, ir.IntType(8).as_pointer())
                places.append(builder.bitcast(builder.gep(first, [arguments[offset]]), block))
            builder.store(builder.load(places[1], align=1), places[0], align=1)
            return context.get_dummy_value()

        return types.void(target, types.intp, source, types.intp), code

    return copy


def _plain_copy(width: int) -> Any:
    def copy(target: Any, to: Any, source: Any, start: Any) -> None:
        bytes_of(target)[to : to + width] = bytes_of(source)[start : start + width]

    return copy


def bytes_of(array: Any) -> Any:
    """Return the bytes of a contiguous array as a view."""
    return array.reshape(-1).view("uint8")


_copy_8: Any = _plain_copy(8) if DISABLE_JIT else intrinsic(_copy(8))
_copy_16: Any = _plain_copy(16) if DISABLE_JIT else intrinsic(_copy(16))
_copy_1: Any = _plain_copy(1) if DISABLE_JIT else intrinsic(_copy(1))


@compiled
def copy_16(target, to, source, start):
    """Copy sixteen bytes from byte ``start`` of one contiguous array to byte ``to`` of another.

    Examples
    --------
    >>> import numpy as np
    >>> target = np.zeros(20, np.uint8)
    >>> copy_16(target, 3, np.arange(20, dtype=np.uint8), 4)
    >>> target.tolist()
    [0, 0, 0, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 0]
    """
    _copy_16(target, to, source, start)


@compiled
def copy_bytes(target, to, source, start, count):
    """Copy ``count`` bytes from byte ``start`` of one contiguous array to byte ``to`` of another.

    Examples
    --------
    >>> import numpy as np
    >>> target = np.zeros((2, 11), np.uint8)
    >>> copy_bytes(target, 11, np.arange(30, dtype=np.uint8), 5, 11)
    >>> target[1].tolist()
    [5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]
    """
    if count >= 16:
        k = 0
        while k + 16 < count:
            _copy_16(target, to + k, source, start + k)
            k += 16
        _copy_16(target, to + count - 16, source, start + count - 16)
    elif count >= 8:
        _copy_8(target, to, source, start)
        _copy_8(target, to + count - 8, source, start + count - 8)
    else:
        for k in range(count):
            _copy_1(target, to + k, source, start + k)
