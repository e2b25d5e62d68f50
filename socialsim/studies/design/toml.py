"""Study files as text, for studies that are written in Python."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from socialsim.core.manifest import strict
from socialsim.core.parameters import Parameters
from socialsim.studies.design.factors import Levels, Range


def as_toml(table: Mapping[str, Any]) -> str:
    """Return a study file that says what the arguments of a `StudyFile` say.

    Examples
    --------
    >>> print(as_toml({"seed": 1, "factors": {"environment.effect": Range("log", 0.001, 0.1, 3)}}))
    seed = 1
    <BLANKLINE>
    [factors]
    "environment.effect" = {log = [0.001, 0.1], levels = 3}
    """
    plain = {name: _plain(value) for name, value in table.items() if value is not None}
    heads = [f"{name} = {_value(value)}" for name, value in plain.items() if not _is_table(value)]
    return "\n\n".join(["\n".join(heads), *_tables(plain)])


def _tables(plain: Mapping[str, Any]) -> Iterator[str]:
    """Yield each table that is not empty; a list of tables is a table each."""
    for name, value in plain.items():
        if _is_table(value):
            entries, head = ([value], f"[{name}]") if isinstance(value, Mapping) else (value, f"[[{name}]]")
            for entry in entries:
                if entry:
                    yield "\n".join([head, *(f"{_key(key)} = {_value(each)}" for key, each in entry.items())])


def _is_table(value: Any) -> bool:
    is_list = isinstance(value, list | tuple) and bool(value)
    return isinstance(value, Mapping) or (is_list and all(isinstance(each, Mapping) for each in value))


def _plain(value: Any) -> Any:
    """Return parameters and factors as the tables and lists that they were read from."""
    if isinstance(value, Levels):
        return list(value.values)
    if isinstance(value, Range):
        return {value.scale: [value.low, value.high]} | ({"levels": value.num_levels} if value.num_levels else {})
    if isinstance(value, Parameters):
        kind = {"kind": value.kind} if hasattr(value, "kind") else {}
        return kind | {
            name: _plain(entry)
            for name, entry in value
            if entry is not None and entry != type(value).model_fields[name].default
        }
    if isinstance(value, Mapping):
        return {name: _plain(entry) for name, entry in value.items() if entry is not None}
    return [_plain(entry) for entry in value] if isinstance(value, list | tuple) else strict(value)


def _key(name: str) -> str:
    """Return a name as a key: in quotes where it is a path."""
    is_bare = name.isidentifier() and name.isascii() and name not in ("network", "preference", "rewiring")
    return name if is_bare else _value(name)


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{_key(key)} = {_value(entry)}' for key, entry in value.items())}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_value, value))}]"
    return json.dumps(value, ensure_ascii=False)
