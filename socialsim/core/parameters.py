"""Validated, immutable parameters: types, ranges, units and sources stand beside the default.

Environments and learners are frozen models of their parameters. A wrong value is refused at once by one line that names
its full path (``environment.effect``), what was given and what is accepted.
"""

from __future__ import annotations

import difflib
from typing import Any, Self, get_args

import pydantic
from pydantic.fields import FieldInfo

from socialsim.core.errors import ParameterError, unknown


def parameter(default: Any, description: str, *, unit: str = "", **bounds: float) -> Any:
    """Declare one parameter of an environment or a learner.

    Parameters
    ----------
    default : object
        Default value.
    description : str
        What it is, in the field's words.
    unit : str
        Its unit; empty for a pure number.
    **bounds : float
        Any of ``gt``, ``ge``, ``lt``, ``le``: the open and closed ends of its range.

    Examples
    --------
    >>> class Fishery(Parameters):
    ...     growth: float = parameter(0.5, "intrinsic growth rate", unit="per step", gt=0, lt=4)
    >>> Fishery(growth=1).growth
    1.0
    >>> Fishery(growth=-1)
    Traceback (most recent call last):
        ...
    socialsim.core.errors.ParameterError: growth: -1 is not accepted; accepted: a float, > 0, < 4
    """
    limits: dict[str, Any] = dict(bounds)
    return pydantic.Field(default, description=description, json_schema_extra={"unit": unit}, **limits)


class Parameters(pydantic.BaseModel):
    """Base of everything that has parameters: frozen, strict, without unknown names."""

    model_config = pydantic.ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    def __init__(self, **values: Any) -> None:
        try:
            super().__init__(**{name: _hashable(value) for name, value in values.items()})
        except pydantic.ValidationError as error:
            raise ParameterError("; ".join(dict.fromkeys(map(self._explain, error.errors())))) from None

    @classmethod
    def _explain(cls, problem: Any) -> str:
        """Turn one pydantic problem into the project's one line."""
        name = str(problem["loc"][0]) if problem["loc"] else ""
        if problem["type"] == "extra_forbidden":
            return unknown("parameter", name, cls.model_fields)
        if name not in cls.model_fields:
            return problem["msg"].removeprefix("Value error, ")
        given, field = problem["input"], cls.model_fields[name]
        choices = [str(choice) for choice in get_args(field.annotation)]
        near = difflib.get_close_matches(given, choices, n=1) if isinstance(given, str) else []
        hint = f"; did you mean {near[0]!r}?" if near else ""
        return f"{name}: {given!r} is not accepted; accepted: {accepted(field)}{hint}"

    def replace(self, **values: Any) -> Self:
        """Return a copy with other values, validated anew.

        Raises
        ------
        ParameterError
            If a name is unknown or a value is not accepted.
        """
        return type(self)(**{**{name: getattr(self, name) for name in type(self).model_fields}, **values})


def accepted(field: FieldInfo) -> str:
    """Return what a parameter accepts, in words: its type and its range."""
    kind = getattr(field.annotation, "__name__", str(field.annotation)).replace("typing.", "")
    if "[" in str(field.annotation):
        kind = str(field.annotation).replace("typing.", "").replace("Literal", "one of ")
        kind = kind.replace("tuple[", "list[").replace(", ...]", "]")
        kind = kind.replace("list[str]", 'list of names in quotes, such as ["one", "two"]')
    if field.annotation is bool:
        return "true or false"
    signs = {"gt": ">", "ge": ">=", "lt": "<", "le": "<="}
    limits = [
        f"{sign} {getattr(item, name):g}"
        for name, sign in signs.items()
        for item in field.metadata
        if getattr(item, name, None) is not None
    ]
    article = "" if kind.startswith("one of") else "an " if kind[0] in "aeiou" else "a "
    return ", ".join([article + kind, *limits])


def unit_of(field: FieldInfo) -> str:
    """Return a parameter's unit, or an empty string."""
    extra = field.json_schema_extra
    return str(extra.get("unit", "")) if isinstance(extra, dict) else ""


def _hashable(value: Any) -> Any:
    """Turn lists, as TOML gives them, into tuples."""
    return tuple(_hashable(item) for item in value) if isinstance(value, list) else value
