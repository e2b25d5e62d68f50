"""Many arrays in one argument.

An array that crosses the call boundary costs some .13 microseconds. A step from outside would pass thirty, at each call
the same. They are therefore handed over once, as their addresses and lengths in one vector of integers, and opened
again inside. Whoever holds the table keeps the arrays alive.
"""

from __future__ import annotations

from collections.abc import Mapping
from ctypes import addressof, c_char, c_void_p
from typing import Any

import numpy as np
from numba import carray, types
from numba.core import cgutils
from numba.core.config import DISABLE_JIT
from numba.extending import intrinsic
from numba.np import arrayobj
from numpy.typing import NDArray


def _open_array(typing_context: Any, address: Any, shape: Any, dtype: Any) -> Any:
    """Return the C-contiguous array that lies at an address, without a memory record."""
    kind = types.Array(dtype.dtype, len(shape), "C")

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array = context.make_array(kind)(context, builder)
        size = context.get_constant(types.intp, context.get_abi_sizeof(context.get_data_type(kind.dtype)))
        lengths, strides = cgutils.unpack_tuple(builder, arguments[1]), [size]
        for length in reversed(lengths[1:]):
            strides.insert(0, builder.mul(strides[0], length))
        data = builder.inttoptr(arguments[0], array.data.type)
        arrayobj.populate_array(array, data=data, shape=lengths, strides=strides, itemsize=size, meminfo=None)
        return array._getvalue()

    return kind(address, shape, dtype), code


def _open_uncompiled(address: Any, shape: tuple[int, ...], dtype: Any) -> NDArray[Any]:
    return carray(c_void_p(int(address)), shape, dtype)


open_array = _open_uncompiled if DISABLE_JIT else intrinsic(_open_array)


class Table:
    """Arrays by name, as one vector: for each its address, then its shape.

    Parameters
    ----------
    arrays : mapping of str to ndarray
        C-contiguous.

    Examples
    --------
    >>> table = Table({"stock": np.zeros((2, 3)), "clock": np.zeros(2, np.int64)})
    >>> table.vector[1:3].tolist(), table.places
    ([2, 3], {'stock': 0, 'clock': 3})
    >>> print(table.opening())
    stock = open_array(table[0], (table[1], table[2]), np.float64)
    clock = open_array(table[3], (table[4],), np.int64)
    """

    def __init__(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        self.arrays = dict(arrays)
        self.places: dict[str, int] = {}
        numbers: list[int] = []
        for name, array in arrays.items():
            self.places[name] = len(numbers)
            numbers += [address(array), *array.shape]
        self.vector = np.array(numbers, np.int64)

    def opening(self) -> str:
        """Return the lines of source that open the arrays again; they depend on dtypes and dimensions alone."""
        lines = []
        for name, array in self.arrays.items():
            first = self.places[name] + 1
            shape = ", ".join(f"table[{first + k}]" for k in range(array.ndim)) + ("," if array.ndim == 1 else "")
            lines.append(f"{name} = open_array(table[{first - 1}], ({shape}), np.{array.dtype.type.__name__})")
        return "\n".join(lines)


def address(array: NDArray[Any]) -> int:
    """Return where a C-contiguous array lies in memory; the way through the buffer is four times as fast as NumPy's."""
    if array.flags.writeable and array.nbytes:
        return addressof(c_char.from_buffer(array))  # type: ignore[arg-type]
    return array.ctypes.data
