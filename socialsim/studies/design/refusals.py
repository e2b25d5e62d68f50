"""What a scenario refuses of the values of a study: everything at once, each thing told once."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from socialsim.core.errors import SocialsimError
from socialsim.engine.scenario import Scenario

MOST_LINES = 20
MOST_EXPLAINED = 2000


class Refusals:
    """The points that a scenario refuses, and why.

    Parameters
    ----------
    scenario : Scenario
        What the values are replaced in.
    fixed : mapping of str to object
        Path -> value, the same at all points.
    table : str
        Table of the study file from which the other values come.

    Examples
    --------
    >>> from socialsim.environments.epistemic import scenario
    >>> from socialsim.core.errors import ParameterError
    >>> refusals = Refusals(scenario(), {}, "factors")
    >>> for effect in (0.7, 0.8):
    ...     refusals.add({"environment.effect": effect}, ParameterError("it is refused"))
    >>> print(*refusals.lines(num_accepted=3))
    [factors] environment.effect: 0.7 is not accepted; accepted: a float, > 0, < 0.5
    (at 2 of 5 points, first at environment.effect = 0.7)
    """

    def __init__(self, scenario: Scenario, fixed: Mapping[str, Any], table: str) -> None:
        self.scenario, self.fixed, self.table = scenario, fixed, table
        self._num_points = 0
        self._found: dict[tuple[str, str], list[Any]] = {}

    def add(self, setting: Mapping[str, Any], error: SocialsimError) -> None:
        """Note that a point is refused with an error, and all the reasons that there are."""
        self._num_points += 1
        if self._num_points > MOST_EXPLAINED:
            return
        for path, line in refused(self.scenario, {**self.fixed, **setting}) or [("", str(error))]:
            entry = self._found.setdefault((path, line.partition("accepted; ")[2] or line), [path, line, setting, 0])
            entry[3] += 1

    def lines(self, num_accepted: int) -> list[str]:
        """Return a line for each reason, with the number of points that it concerns and the first of them."""
        total = self._num_points + num_accepted
        lines = []
        for path, line, setting, number in self._found.values():
            table = "fixed" if path in self.fixed and path not in setting else self.table
            where = ", ".join(f"{name} = {value!r}" for name, value in setting.items())
            count = f"at {number} of {total} points, " if self._num_points <= MOST_EXPLAINED else ""
            lines.append(f"[{table}] {line}" + (f" ({count}first at {where})" if number < total and where else ""))
        if len(lines) > MOST_LINES:
            lines[MOST_LINES:] = [f"and {len(lines) - MOST_LINES} more problems"]
        return lines


def refused(scenario: Scenario, values: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return path and message for each of the values that a scenario refuses, not only the first.

    Parameters
    ----------
    scenario : Scenario
    values : mapping of str to object
        Path -> value.

    Examples
    --------
    >>> from socialsim.environments.epistemic import scenario
    >>> [path for path, _ in refused(scenario(), {"network": "ring", "environment.trials": 0, "horizon.steps": 5})]
    ['environment.trials', 'network']
    """
    mechanics = {path: value for path, value in values.items() if path.startswith("environment.")}
    found = []
    for path in list(mechanics):
        if path.removeprefix("environment.") not in type(scenario.environment).model_fields:
            found += _try(scenario, path, {path: mechanics.pop(path)})[1]
    scenario, lines = _try(scenario, "environment", mechanics)
    found += lines
    whole = scenario.whole_paths
    others = values.keys() - {path for path in values if path.startswith("environment.")}
    for path in sorted(others, key=lambda path: (whole.index(path) if path in whole else len(whole), path)):
        scenario, lines = _try(scenario, path, {path: values[path]})
        found += lines
    return found


def _try(scenario: Scenario, path: str, values: Mapping[str, Any]) -> tuple[Scenario, list[tuple[str, str]]]:
    """Return the scenario with the values, or as it was and why not."""
    try:
        return scenario.replace(values), []
    except SocialsimError as error:
        lines = re.split(r"; (?=environment\.\w+: )", " ".join(str(error).split()))
    named = [(next((name for name in values if line.startswith(f"{name}:")), path), line) for line in lines]
    return scenario, [(name, line if _names(line, name) else f"{name}: {line}") for name, line in named]


def _names(line: str, path: str) -> bool:
    """Tell whether a message says which path it is about."""
    return line.startswith(path) or repr(path) in line
