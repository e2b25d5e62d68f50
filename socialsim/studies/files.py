"""Study files: what a parameter study runs, in TOML.

    scenario = "epistemic"                          # a name, or the path of a .py file
    replications = 100
    seed = 1                                        # 0 by default
    metrics = ["success_rate"]                      # the scenario's by default

    [factors]                                       # any parameter, by its path in quotes
    "network" = ["cycle:n=10", "complete:n=10"]
    "environment.effect" = {log = [1e-3, 1e-1], levels = 5}

    [fixed]
    "environment.trials" = 100

    [design]
    kind = "full"                                   # see `socialsim.studies.design.designs`
    common_random_numbers = false

    [stopping]
    time_limit = 60.0                               # seconds of one run
    half_width = {success_rate = 0.02}              # more replications where an interval is wider
    most_replications = 10000

    [record]
    series = true

    [[comparisons]]                                 # claims, see `socialsim.studies.statistics.comparisons`
    of = "success_rate"
    factor = "network"
    between = ["cycle:n=10", "complete:n=10"]
    at = {"environment.effect" = 1e-3}

Everything is checked before anything runs, at every point; a file is refused with all its problems at once, a line
each. Paths of files are those of the working directory, as on the command line.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import pydantic

from socialsim.core.errors import ParameterError, ParameterErrors, SocialsimError, unknown
from socialsim.core.parameters import Parameters
from socialsim.engine.discovery import find_module, make_scenario
from socialsim.engine.scenario import Scenario
from socialsim.studies.design.designs import Design, Full, Listed, OneAtATime, Optimise, make_design, make_settings
from socialsim.studies.design.factors import Factor, check_value, make_factor
from socialsim.studies.design.points import Point, PointMaker
from socialsim.studies.design.refusals import Refusals, refused
from socialsim.studies.design.stopping import Record, Stopping
from socialsim.studies.design.toml import as_toml
from socialsim.studies.statistics.comparisons import Comparison

MOST_RUNS = 2**32


class StudyFile(pydantic.BaseModel):
    """A study: scenario, factors, design, replications, metrics and what is kept.

    Parameters
    ----------
    scenario : str
        Name of a scenario, or path of a .py file with a function ``scenario``.
    replications : int
        Runs at each point.
    seed : int
        Root of all streams, and of the random designs.
    metrics : tuple of str, optional
        Some of the scenario's; all by default.
    factors : dict
        Path -> list of values or range.
    fixed : dict
        Path -> value, the same at all points; in a design that changes one factor at a time also a factor's base.
    design : Design or dict
    stopping : Stopping or dict
    record : Record or dict
    comparisons : tuple of Comparison or dict

    Raises
    ------
    ParameterErrors
        All problems at once, a line each.

    Examples
    --------
    >>> study = StudyFile(scenario="epistemic", replications=10, factors={"network.n": [4, 6], "network": ["cycle"]})
    >>> [point.values for point in study.points()]
    [{'network.n': 4, 'network': 'cycle'}, {'network.n': 6, 'network': 'cycle'}]
    >>> StudyFile(scenario="epistemik", replications=0, factors={"network.n": [float("nan")]})
    Traceback (most recent call last):
    ...
    socialsim.core.errors.ParameterErrors: replications: 0 is not accepted; accepted: an integer from 1 to 4294967295
    [factors] network.n: nan is not accepted; accepted: a finite number, text, true or false, or a list
    scenario: unknown scenario 'epistemik'; did you mean 'epistemic'? Accepted: ...
    """

    model_config = pydantic.ConfigDict(frozen=True, extra="forbid", strict=True, arbitrary_types_allowed=True)

    scenario: str = pydantic.Field(description="the name of a scenario, or the path of a .py file")
    replications: int = pydantic.Field(ge=1, lt=MOST_RUNS, description="an integer from 1 to 4294967295")
    seed: int = pydantic.Field(0, ge=0, description="an integer >= 0")
    metrics: Annotated[tuple[str, ...], pydantic.Strict(False)] | None = pydantic.Field(
        None, description="a list of names of metrics"
    )
    factors: dict[str, Annotated[Any, pydantic.PlainValidator(make_factor)]] = pydantic.Field(
        default_factory=dict, description="a table of lists and ranges"
    )
    fixed: dict[str, Annotated[Any, pydantic.PlainValidator(lambda value: _fixed(value))]] = pydantic.Field(
        default_factory=dict, description="a table of values"
    )
    design: Annotated[Design, pydantic.BeforeValidator(make_design)] = pydantic.Field(
        default_factory=Full, description="a table"
    )
    stopping: Annotated[Stopping, pydantic.BeforeValidator(lambda given: _table(Stopping, given))] = pydantic.Field(
        default_factory=Stopping, description="a table"
    )
    record: Annotated[Record, pydantic.BeforeValidator(lambda given: _table(Record, given))] = pydantic.Field(
        default_factory=Record, description="a table"
    )
    comparisons: Annotated[tuple[Comparison, ...], pydantic.BeforeValidator(lambda given: _tables(given))] = (
        pydantic.Field((), description="a list of tables")
    )
    _text: str = pydantic.PrivateAttr()
    _scenario: Scenario = pydantic.PrivateAttr()
    _points: dict[str, Point] = pydantic.PrivateAttr()
    _keys: list[str] = pydantic.PrivateAttr()

    def __init__(self, **table: Any) -> None:
        problems, is_whole = [], True
        try:
            super().__init__(**table)
        except pydantic.ValidationError as error:
            problems, is_whole = [line for problem in error.errors() for line in _explain(problem)], False
        try:
            scenario = _find_scenario(table["scenario"]) if isinstance(table.get("scenario"), str) else None
        except SocialsimError as error:
            problems.append(f"scenario: {error}")
            scenario = None
        if scenario is not None:
            problems += _unknown_metrics(scenario, table)
            problems += self._visit(scenario) if is_whole else _judge_parts(scenario, table)
        if problems:
            raise ParameterErrors("\n".join(dict.fromkeys(problems)))
        self._text = as_toml(table)

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> StudyFile:
        """Return the study of a file.

        Parameters
        ----------
        path : str or path
            A TOML file.

        Raises
        ------
        ParameterError
            If it cannot be read, or with all that is wrong in it, a line each, which says where.

        Examples
        --------
        >>> StudyFile.read("none.toml")
        Traceback (most recent call last):
        ...
        socialsim.core.errors.ParameterError: none.toml: No such file or directory; accepted: a study file in TOML
        """
        file = Path(path)
        try:
            text = file.read_text(encoding="utf-8-sig")
            table = tomllib.loads(text)
        except OSError as error:
            raise ParameterError(f"{file}: {error.strerror}; accepted: a study file in TOML") from None
        except (ValueError, RecursionError) as error:
            raise ParameterError(f"{file}: {error}; accepted: a study file in TOML, in UTF-8") from None
        try:
            study = cls(**table)
        except ParameterError as error:
            raise ParameterErrors("\n".join(f"{file}: {line}" for line in str(error).splitlines())) from None
        study._text = text
        return study

    def base(self) -> Scenario:
        """Return the scenario with the fixed parameters and the metrics of the study.

        Raises
        ------
        ParameterError, NetworkError
            If a fixed parameter makes sense together with a factor alone.

        Examples
        --------
        >>> study = StudyFile(
        ...     scenario="epistemic", replications=1, metrics=["success_rate"], factors={"network.n": [4]}
        ... )
        >>> study.base().metric_names
        ('success_rate',)
        """
        names = self._scenario.metric_names if self.metrics is None else self.metrics
        metrics = {metric.__name__: metric for metric in self._scenario.metrics}
        return replace(self._scenario.replace(self.fixed), metrics=tuple(metrics[name] for name in names))

    @property
    def network_name(self) -> str:
        """The network of the scenario without factors: a name, or a path.

        Examples
        --------
        >>> StudyFile(scenario="epistemic", replications=1, factors={"network.n": [4]}).network_name
        'cycle'
        """
        return self._scenario.network.name

    @property
    def text(self) -> str:
        """The study file: as it was read, or as one would write it.

        Examples
        --------
        >>> print(StudyFile(scenario="epistemic", replications=10, factors={"network": ["cycle", "karate"]}).text)
        scenario = "epistemic"
        replications = 10
        <BLANKLINE>
        [factors]
        "network" = ["cycle", "karate"]
        """
        return self._text

    def points(self) -> list[Point]:
        """Return the points in the design's order, each once.

        Examples
        --------
        >>> study = StudyFile(scenario="epistemic", replications=1, factors={"environment.effect": [0.1, 0.1, 0.2]})
        >>> [point.values["environment.effect"] for point in study.points()]
        [0.1, 0.2]
        """
        return list(self._points.values())

    def keys(self) -> list[str]:
        """Return the key of each of the design's settings, in order, those that come twice included.

        Examples
        --------
        >>> study = StudyFile(scenario="epistemic", replications=1, factors={"environment.effect": [0.1, 0.1]})
        >>> [key == study.points()[0].key for key in study.keys()]
        [True, True]
        """
        return list(self._keys)

    def _visit(self, scenario: Scenario) -> list[str]:
        """Make all points and return what the scenario refuses."""
        self._scenario, self._points, self._keys = scenario, {}, []
        if isinstance(self.design, Listed | OneAtATime):
            problems = []
        else:
            twice = [path for path in self.fixed if path in self.factors]
            problems = [f"[fixed] {path}: it is a factor too; accepted: one of both" for path in twice]
        try:
            settings = make_settings(self.design, self.factors, self.seed)
        except SocialsimError as error:
            return [*problems, str(error), *_judge_parts(scenario, {"fixed": self.fixed, "factors": self.factors})]
        maker = PointMaker(scenario, common_random_numbers=self.design.common_random_numbers)
        refusals = Refusals(scenario, self.fixed, "design" if isinstance(self.design, Listed) else "factors")
        for setting in settings:
            try:
                point = maker.make({**self.fixed, **setting})
            except SocialsimError as error:
                refusals.add(setting, error)
                continue
            self._keys.append(point.key)
            self._points.setdefault(point.key, point)
        if isinstance(self.design, Optimise):  # its points are not known yet
            problems += self._judge_search(scenario)
        problems += refusals.lines(num_accepted=len(self._keys))
        return problems or self._misplaced()

    def _judge_search(self, scenario: Scenario) -> list[str]:
        """Return what the scenario refuses of each factor alone, and what a search cannot have."""
        lines = []
        for path, factor in self.factors.items():
            lines += _judge_parts(scenario, {"fixed": self.fixed, "factors": {path: factor}})
        if self.stopping.half_width:
            lines.append("[stopping] half_width: not accepted in a search; accepted: in a design of known points")
        return lines

    def _misplaced(self) -> list[str]:
        """Return a line for each comparison that does not stand at one point of the study with each level."""
        lines = []
        for number, comparison in enumerate(self.comparisons, 1):
            for level in comparison.between:
                wanted = {**comparison.at, comparison.factor: level}
                num = sum(all(p.values.get(path) == wanted[path] for path in wanted) for p in self._points.values())
                if num != 1:
                    where = ", ".join(f"{path} = {value!r}" for path, value in wanted.items())
                    lines.append(f"[[comparisons]] {number}: {num} points have {where}; accepted: exactly one")
        return lines


def _find_scenario(name: str) -> Scenario:
    """Return the scenario of a name or path."""
    scenario = make_scenario(find_module(name))
    if not isinstance(scenario, Scenario):
        raise ParameterError(f"{name}: scenario() returns {scenario!r}; accepted: a Scenario")
    return scenario


def _unknown_metrics(scenario: Scenario, table: Mapping[str, Any]) -> list[str]:
    """Return a line for each metric that the scenario does not have, or that is listed twice."""
    known, lines, listed = scenario.metric_names, [], table.get("metrics")
    places = {
        "metrics": listed if isinstance(listed, list | tuple) else (),
        "[stopping] half_width": _part(table.get("stopping"), "half_width"),
        "[design] goal": _part(table.get("design"), "goal"),
    }
    claims = table.get("comparisons")
    for number, claim in enumerate(claims if isinstance(claims, list | tuple) else (), 1):
        of = claim.get("of") if isinstance(claim, Mapping) else getattr(claim, "of", None)
        places[f"[[comparisons]] {number}: of"] = (of,)
    for place, names in places.items():
        for name in dict.fromkeys(name for name in names if isinstance(name, str)):
            lines += [f"{place}: {unknown('metric', name, known)}"] if name not in known else []
            lines += [f"{place}: {name} is given twice; accepted: once"] if list(names).count(name) > 1 else []
    return lines


def _part(owner: Any, name: str) -> Mapping[str, Any]:
    """Return a table that a table, or what was read from it, has; an empty one where there is none."""
    part = owner.get(name) if isinstance(owner, Mapping) else getattr(owner, name, None)
    return part if isinstance(part, Mapping) else {}


def _judge_parts(scenario: Scenario, table: Mapping[str, Any]) -> list[str]:
    """Return what the scenario refuses of a file that has other faults: fixed values and each factor's first."""
    fixed: dict[str, Any] = {}
    first: dict[str, Any] = {}
    for name, read, found in (("fixed", _fixed, fixed), ("factors", _first, first)):
        given = table.get(name)
        for path, value in given.items() if isinstance(given, Mapping) else ():
            try:
                found[path] = read(value)
            except ParameterError:  # told already
                continue
    return [f"[{'factors' if path in first else 'fixed'}] {line}" for path, line in refused(scenario, fixed | first)]


def _first(given: Any) -> Any:
    """Return a factor's first value."""
    factor: Factor = make_factor(given)
    return factor.at([0.0])[0]


def _fixed(value: Any) -> Any:
    """Return a fixed value, or refuse it."""
    if isinstance(value, Mapping):
        raise ParameterError(f'{value!r} is not accepted; accepted: a value; a path stands in quotes: "learner.alpha"')
    check_value(value)
    return value


def _table(kind: type[Parameters], given: Any) -> Any:
    """Return the parameters that a table gives."""
    if isinstance(given, kind):
        return given
    if not isinstance(given, Mapping):
        raise ParameterError(f"{given!r} is not accepted; accepted: a table")
    return kind(**given)


def _tables(given: Any) -> Any:
    """Return the comparisons that a list of tables gives."""
    if not isinstance(given, list | tuple):
        raise ParameterError(f"{given!r} is not accepted; accepted: a list of tables")
    return tuple(_table(Comparison, each) for each in given)


def _explain(problem: Any) -> list[str]:
    """Turn one pydantic problem into lines that begin with their place."""
    name, *rest = (str(part) for part in problem["loc"])
    if problem["type"] == "extra_forbidden":
        return [unknown("key", name, StudyFile.model_fields)]
    is_table = name in ("factors", "fixed", "design", "stopping", "record", "comparisons")
    place = f"[{name}]{f' {rest[0]}:' if rest else ''}" if is_table else f"{name}:"
    if problem["type"] == "value_error":
        message = problem["msg"].removeprefix("Value error, ")
        return [f"{place} {line}" for line in re.split(r"; (?=unknown parameter|(?![Aa]ccepted)\w+: )", message)]
    given = "it is missing" if problem["type"] == "missing" else f"{problem['input']!r} is not accepted"
    return [f"{place} {given}; accepted: {StudyFile.model_fields[name].description}"]
