"""The mechanics of social situations, one file each.

`as_vector` and `as_pettingzoo` give one of them to learners outside; they are imported when they are first asked for.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from socialsim.engine.standard import as_pettingzoo, as_vector

__all__ = ["as_pettingzoo", "as_vector"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        return getattr(importlib.import_module("socialsim.engine.standard"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
