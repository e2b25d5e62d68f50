"""Spec strings: ``name`` or ``name:key=value,key=value`` with TOML values, in which words may go without quotes."""

from __future__ import annotations

import re
import tomllib
from typing import Any

from socialsim.core.errors import ParameterError

_WORD = re.compile(r"(?<==)\s*(?!(?:true|false|inf|nan)\b)([A-Za-z_]\w*)\s*(?=,|$)")


def parse_spec(text: str) -> tuple[str, dict[str, Any]]:
    """Return the name and the parameters of a spec string.

    Raises
    ------
    ParameterError
        If the parameters are not ``key=value`` pairs with TOML values.

    Examples
    --------
    >>> parse_spec("watts_strogatz:n=100,p=0.1")
    ('watts_strogatz', {'n': 100, 'p': 0.1})
    >>> parse_spec("karate")
    ('karate', {})
    """
    name, _, given = text.strip().partition(":")
    return name, parse_values(name, given)


def parse_values(name: str, text: str) -> dict[str, Any]:
    """Return ``key=value,key=value`` as a dictionary: the entries of a TOML inline table.

    Raises
    ------
    ParameterError
        If the text cannot be read so.
    """
    try:
        table = tomllib.loads("given = {" + _WORD.sub(r'"\1"', text) + "}")
    except (ValueError, RecursionError):
        table = {}
    if set(table) != {"given"} or "#" in text:  # a comment would hide the rest
        shown = name if name.isidentifier() else repr(name)
        raise ParameterError(
            f"cannot read the parameters {text!r} of {shown}; accepted: {shown}:key=value,key=value with TOML values"
        )
    return table["given"]


def parse_value(text: str) -> Any:
    """Return one TOML value, or the text itself where it is a bare word or a spec string.

    Examples
    --------
    >>> parse_value("1e-3"), parse_value("cycle:n=20")
    (0.001, 'cycle:n=20')
    """
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except (ValueError, RecursionError):
        return text
