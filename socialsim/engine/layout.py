"""Where everything lies in memory.

The state of all replications is one two-dimensional buffer for each dtype: a row a replication, so that a row is
contiguous, a snapshot is a copy of a few arrays, and a call into a compiled loop passes a handful of arrays whatever
the model. Constants lie in one flat buffer for each dtype. Inside a loop each owner's fields are views again, a
NamedTuple of slices whose ends stand in the vector ``layout``. The ends are data, not types: ten agents and eleven
share one compilation.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.errors import ParameterError


@dataclass(frozen=True)
class Field:
    """One field of one owner: its place in the buffer of its dtype, and in the layout vector."""

    name: str
    dtype: str
    shape: tuple[int, ...]
    is_constant: bool
    is_scalar: bool
    start: int
    stop: int
    position: int

    def expression(self) -> str:
        """Return the source text of this field's view inside a loop."""
        start, stop, first = self.position, self.position + 1, self.position + 2
        if self.is_scalar:
            return f"constant_{self.dtype}[layout[{start}]]"
        buffer = f"constant_{self.dtype}[" if self.is_constant else f"state_{self.dtype}[r, "
        view = f"{buffer}layout[{start}]:layout[{stop}]]"
        if len(self.shape) == 1:
            return view
        dimensions = ", ".join(f"layout[{first + k}]" for k in range(len(self.shape)))
        return f"borrow({view}.reshape(({dimensions})))"


class Layout:
    """The fields of every owner (environment, learners, engine) and their initial values.

    Parameters
    ----------
    owners : mapping of str to NamedTuple
        What each owner holds in one replication: scalars and read-only arrays are constants, other arrays are state.

    Raises
    ------
    ParameterError
        If a field is neither a number nor a numeric array.

    Examples
    --------
    >>> class Urn(NamedTuple):
    ...     speed: float
    ...     balls: np.ndarray
    >>> layout = Layout({"urn": Urn(2.0, np.ones((2, 3)))}, num_agents=2)
    >>> buffers = layout.allocate(num_runs=5)
    >>> layout.view("urn", buffers).balls.shape
    (5, 2, 3)
    >>> [field.expression() for field in layout.fields["urn"]]
    ['constant_float64[layout[1]]', 'borrow(state_float64[r, layout[2]:layout[3]].reshape((layout[4], layout[5])))']
    """

    def __init__(self, owners: Mapping[str, NamedTuple], num_agents: int) -> None:
        self.fields: dict[str, list[Field]] = {}
        self.constants: dict[str, NDArray[Any]] = {}
        self._initial: dict[str, NDArray[Any]] = {}
        parts: dict[tuple[bool, str], list[NDArray[Any]]] = {}
        vector = [num_agents]
        for owner, state in owners.items():
            self.fields[owner] = []
            for name, value in state._asdict().items():
                array = _numeric(owner, name, value)
                is_scalar = np.isscalar(value) or isinstance(value, np.generic)
                is_constant = is_scalar or not array.flags.writeable
                block = parts.setdefault((is_constant, array.dtype.name), [])
                start = sum(part.size for part in block)
                stop = start + array.size
                field = Field(name, array.dtype.name, array.shape, is_constant, is_scalar, start, stop, len(vector))
                vector += [start] if is_scalar else [start, stop, *(array.shape if array.ndim > 1 else ())]
                block.append(array.ravel())
                self.fields[owner].append(field)
        for (is_constant, dtype), block in parts.items():
            (self.constants if is_constant else self._initial)[dtype] = np.concatenate(block)
        for array in self.constants.values():
            array.flags.writeable = False
        self.vector = np.array(vector, np.int64)
        self._types = {owner: namedtuple(owner, state._fields) for owner, state in owners.items()}

    @property
    def state_dtypes(self) -> list[str]:
        """Names of the dtypes of the state buffers, sorted."""
        return sorted(self._initial)

    @property
    def constant_dtypes(self) -> list[str]:
        """Names of the dtypes of the constant buffers, sorted."""
        return sorted(self.constants)

    def allocate(self, num_runs: int) -> dict[str, NDArray[Any]]:
        """Return the state buffers, one row a replication, at their initial values."""
        return {
            dtype: np.repeat(initial[None, :], num_runs, axis=0) for dtype, initial in sorted(self._initial.items())
        }

    def view(self, owner: str, buffers: Mapping[str, NDArray[Any]]) -> Any:
        """Return an owner's fields as a NamedTuple; state fields are views of shape (num_runs, ...)."""
        values = []
        for field in self.fields[owner]:
            block = self.constants[field.dtype] if field.is_constant else buffers[field.dtype]
            if field.is_scalar:
                values.append(block[field.start].item())
            elif field.is_constant:
                values.append(block[field.start : field.stop].reshape(field.shape))
            else:
                values.append(block[:, field.start : field.stop].reshape(len(block), *field.shape))
        return self._types[owner](*values)


def _numeric(owner: str, name: str, value: Any) -> NDArray[Any]:
    """Return a field as a C-ordered numeric array of at least one dimension."""
    array = np.asarray(value)
    if array.dtype == bool:
        is_writeable, array = array.flags.writeable, array.astype(np.uint8)
        array.flags.writeable = is_writeable
    if array.dtype.kind not in "iuf":
        raise ParameterError(
            f"{owner}.{name}: {type(value).__name__} of dtype {array.dtype} cannot be part of a state; "
            "accepted: numbers and numeric arrays"
        )
    if array.ndim == 0 and isinstance(value, np.ndarray):
        raise ParameterError(f"{owner}.{name}: a scalar that changes needs shape (1,), not ()")
    if array.ndim == 0:
        kind = np.int64 if array.dtype.kind in "iu" else np.float64
        return array.astype(kind).reshape(1)
    if not array.flags.writeable:
        fixed = np.ascontiguousarray(array)
        fixed.flags.writeable = False
        return fixed
    return np.ascontiguousarray(array)
