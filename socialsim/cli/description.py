"""``socialsim describe``: parameters, metrics and workings of a scenario, a learner, a preference or a network.

Nothing is written for this command alone: it reads defaults, units and ranges from the parameters themselves, and the
prose from the docstrings of modules, classes and compiled functions.
"""

from __future__ import annotations

import inspect
import re
import sys
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from socialsim.cli.console import first_line, plain, write_facts, write_json, write_table, write_title
from socialsim.cli.odd import odd
from socialsim.core.errors import ParameterError, unknown
from socialsim.core.parameters import Parameters, accepted, unit_of
from socialsim.engine.discovery import (
    environment_names,
    find_module,
    learner_classes,
    make_scenario,
    preference_classes,
)
from socialsim.engine.interface import Learner
from socialsim.engine.preferences import Preference
from socialsim.engine.rewiring import Rewiring
from socialsim.engine.scenario import Horizon, Scenario, Turnover
from socialsim.networks.parameters import Parameter
from socialsim.networks.sources import GeneratorDescription, describe_generators

WIDTH = 120  # characters a line
_ACCEPTED = re.compile(r"(?:an? )?(?P<type>.*?)(?P<range>(?:, [<>]=? [^,]+)*)")  # "a float, > 0, < 1"


@dataclass(frozen=True)
class ParameterRow:
    """One parameter: the path that ``-p`` takes, its type, default, unit and range, and what it is."""

    path: str
    type: str
    default: Any
    unit: str
    range: str
    description: str

    def cells(self) -> tuple[str, ...]:
        """Return the row as it is printed."""
        default = "off" if self.default is None else str(self.default)
        return self.path, default, self.type, self.range, self.unit, self.description


@dataclass(frozen=True)
class Description:
    """What there is to say about a thing with a name."""

    name: str
    kind: str
    summary: str
    source: str
    parameters: tuple[ParameterRow, ...]
    metrics: Mapping[str, str] = field(default_factory=dict)
    sections: Mapping[str, str] = field(default_factory=dict)


def describe(name: str) -> Description:
    """Return the description of a scenario, a learner, a preference, a network generator or a user's file.

    Raises
    ------
    ParameterError
        If nothing has that name.

    Examples
    --------
    >>> describe("cycle").parameters[0].description
    'number of agents'
    >>> describe("epistemic").parameters[0].range
    '> 0, < 0.5'
    """
    generators = {generator.name: generator for generator in describe_generators()}
    learners: dict[str, type[Learner] | type[Preference]] = {**learner_classes(), **preference_classes()}
    if name in environment_names() or name.endswith(".py") or "/" in name:
        return _of_scenario(name)
    if name in learners:
        return _of_class(learners[name])
    if name in generators:
        return _of_generator(generators[name])
    raise ParameterError(unknown("name", name, [*environment_names(), *learners, *generators]))


def show(name: str, *, json: bool) -> int:
    """Print a description and return the exit code."""
    description = describe(name)
    if json:
        write_json(asdict(description))
        return 0
    write_title(f"{description.name} ({description.kind}): {description.summary}")
    if description.source:
        write_facts([("source", description.source)])
    if description.parameters:
        heads = ("parameter", "default", "type", "range", "unit", "what it is")
        write_table(heads, [row.cells() for row in description.parameters])
    if description.metrics:
        write_table(("metric", "what it is"), description.metrics.items())
    for heading, text in description.sections.items():
        write_title(heading)
        lines = [textwrap.fill(line, WIDTH, subsequent_indent="    ") for line in text.splitlines()]
        print(textwrap.indent("\n".join(lines), "  ") + "\n")
    return 0


def _of_scenario(name: str) -> Description:
    """Describe a scenario: its parts' parameters, its metrics, and how it works."""
    module = find_module(name)
    scenario = make_scenario(module)
    return Description(
        name=scenario.name,
        kind="scenario",
        summary=first_line(module),
        source=scenario.environment.source,
        parameters=tuple(_scenario_rows(scenario)),
        metrics={metric.__name__: first_line(metric) for metric in scenario.metrics},
        sections=odd(scenario, module),
    )


def _scenario_rows(scenario: Scenario) -> Iterator[ParameterRow]:
    """Give every parameter that ``-p`` can set, with the value that this scenario has."""
    values = scenario.parameters()
    yield from _rows("environment", type(scenario.environment), values)
    for agent_type, learner in scenario.learners.items():
        path = "learner" if len(scenario.learners) == 1 else f"learner.{agent_type}"
        words = f"how it learns: {first_line(type(learner))}"
        yield ParameterRow(path, "spec", learner.name(), "", "see socialsim list", words)
        yield from _rows(path, type(learner), values)
    words = "what it learns from; off: its own rewards"
    for agent_type in scenario.preference or [""]:
        path = "preference" if len(scenario.learners) == 1 or not agent_type else f"preference.{agent_type}"
        yield ParameterRow(path, "spec", values.get(path), "", "see socialsim list", words)
        if agent_type:
            yield from _rows(path, type(scenario.preference[agent_type]), values)
    accepts = "a file or a name, see socialsim list"
    yield ParameterRow("network", "spec", scenario.network.spec, "", accepts, "who hears whom")
    for generator in describe_generators():
        if generator.name == scenario.network.name:
            yield from _generator_rows("network.", generator, values)
    words = "whether all runs share one draw of a random network"
    yield ParameterRow("network.shared", "bool", scenario.shared_network, "", "", words)
    for prefix, part in (("horizon", Horizon), ("turnover", Turnover), ("rewiring", Rewiring)):
        off = {f"{prefix}.{name}": None for name in part.model_fields}  # unless the scenario has it
        yield from _rows(prefix, part, off | values)


def _rows(prefix: str, owner: type[Parameters], values: Mapping[str, Any]) -> Iterator[ParameterRow]:
    """Give the parameters of one part of a scenario."""
    for name, entry in owner.model_fields.items():
        path = f"{prefix}.{name}" if prefix else name
        said = _ACCEPTED.fullmatch(accepted(entry))
        assert said is not None  # the pattern matches every text
        limits = said["range"].removeprefix(", ")
        default = values.get(path, entry.default)
        yield ParameterRow(path, said["type"], default, unit_of(entry), limits, plain(entry.description or ""))


def _generator_rows(prefix: str, generator: GeneratorDescription, values: Mapping[str, Any]) -> Iterator[ParameterRow]:
    """Give the parameters of a network generator."""
    for name, entry in generator.parameters.items():
        default = values.get(f"{prefix}{name}", entry.default)
        yield ParameterRow(prefix + name, entry.kind.__name__, default, "", _range(entry), plain(entry.bounds.doc))


def _range(entry: Parameter) -> str:
    """Return the words or the numbers that a parameter of a network accepts."""
    low, high = entry.bounds.low, entry.bounds.high
    limits = [f"{sign} {bound:g}" for sign, bound in ((">=", low), ("<=", high)) if abs(bound) != float("inf")]
    return " or ".join(entry.choices) or ", ".join(limits)


def _of_class(learner: type[Learner] | type[Preference]) -> Description:
    """Describe a learner or a preference: its parameters, its theory, and what each of its functions does."""
    theory = plain(inspect.getdoc(sys.modules[learner.__module__]) or "")
    functions = "\n".join(f"{name}: {first_line(getattr(learner, name))}" for name in learner.defined())
    return Description(
        name=learner.name(),
        kind="learner" if issubclass(learner, Learner) else "preference",
        summary=first_line(learner),
        source=learner.source,
        parameters=tuple(_rows("", learner, {})),
        sections={"Theory": theory, "Functions": functions},
    )


def _of_generator(generator: GeneratorDescription) -> Description:
    """Describe a network generator."""
    rows = tuple(_generator_rows("", generator, {}))
    return Description(generator.name, "network", plain(generator.doc), "", rows)
