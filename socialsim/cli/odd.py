"""An ODD description of a scenario, made from its code.

ODD stands for Overview, Design concepts and Details, the protocol in which agent-based models are described (Grimm et
al. 2006, Ecological Modelling 198:115-126; Grimm et al. 2020, JASSS 23(2):7). Its seven elements are filled from what
stands beside the code itself: the docstrings and comments of its modules, classes and compiled functions, and which
functions it defines.
"""

from __future__ import annotations

import dis
import inspect
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from types import ModuleType
from typing import Any

import numpy as np

from socialsim.cli.console import first_line, plain
from socialsim.core.tables import TABLES
from socialsim.engine.interface import Environment, Learner
from socialsim.engine.preferences import Preference
from socialsim.engine.scenario import Scenario
from socialsim.engine.simulation import Simulation

SCHEDULE = (
    *("environment.wake", "learner.speak", "learner.hear", "environment.observe", "learner.act"),
    *("learner.announce", "learner.witness", "environment.advance", "learner.report", "learner.absorb"),
    *("preference.prepare", "preference.feel", "learner.learn", "environment.done", "learner.settled"),
)
"""The functions of one step, in the order in which the engine calls them."""

INITIALISATION = ("environment.initialise", "learner.initialise", "preference.initialise")

MESSAGES = {
    "hear": "before they act they hear messages",
    "witness": "after acting, before outcomes are known, they receive messages",
    "absorb": "after outcomes are known they receive messages",
}

_FIELD = re.compile(r"\s+(\w+): [^#]+?(?:\s+#\s*(.*))?")


def odd(scenario: Scenario, module: ModuleType) -> dict[str, str]:
    """Return the seven elements of an ODD description, heading -> text.

    Parameters
    ----------
    scenario : Scenario
    module : module
        That defines the scenario's environment; its docstring holds the theory.

    Examples
    --------
    >>> from socialsim.environments import epistemic
    >>> sections = odd(epistemic.small(), epistemic)
    >>> print(sections["3. Process overview and scheduling"])
    In one step all agents that are present do at once, in this order:
    1. learner.act: Use arm 1 iff it is believed to be better.
    ...
    """
    simulation = Simulation(scenario, seed=0, replications=[0])
    return {
        "1. Purpose": plain(inspect.getdoc(module) or ""),
        "2. Entities, state variables and scales": "\n".join(_entities(scenario, simulation)),
        "3. Process overview and scheduling": "\n".join(_schedule(scenario)),
        "4. Design concepts": "\n".join(_concepts(scenario, simulation)),
        "5. Initialization": "\n".join(_told(scenario, INITIALISATION)) or "Nothing is drawn; all begin alike.",
        "6. Input": _input(scenario, simulation),
        "7. Submodels": "\n\n".join(_submodels(scenario)),
    }


Owner = type[Environment] | type[Learner] | type[Preference]


def _owners(scenario: Scenario, owner: str) -> list[tuple[str, Owner]]:
    """Return the environment, or every learner or preference, with the name that it goes by."""
    if owner == "environment":
        return [("environment", type(scenario.environment))]
    parts: Mapping[str, Learner | Preference] = scenario.learners if owner == "learner" else scenario.preference
    if len(scenario.learners) == 1:
        return [(owner, type(part)) for part in parts.values()]
    return [(f"{owner}.{agent_type}", type(part)) for agent_type, part in parts.items()]


def _functions(scenario: Scenario, paths: tuple[str, ...]) -> Iterator[tuple[str, Callable[..., Any]]]:
    """Give those of the named functions that the scenario defines."""
    for path in paths:
        owner, _, function = path.partition(".")
        for name, cls in _owners(scenario, owner):
            if function in cls.defined():
                yield f"{name}.{function}", getattr(cls, function)


def _told(scenario: Scenario, paths: tuple[str, ...]) -> list[str]:
    """Return what the named functions do, one line each."""
    return [f"{name}: {first_line(function)}" for name, function in _functions(scenario, paths)]


def _entities(scenario: Scenario, simulation: Simulation) -> Iterator[str]:
    counts = ", ".join(f"{count} of type {name!r}" for name, count in simulation.counts.items())
    yield f"Agents: {counts}. Time: at most horizon.steps = {scenario.horizon.steps} steps."
    states = {"environment": scenario.environment.state(simulation.num_agents)}
    for (name, _), (agent_type, learner) in zip(_owners(scenario, "learner"), scenario.learners.items(), strict=True):
        states[name] = learner.state(simulation.specifications[agent_type], simulation.counts[agent_type])
    for (name, _), preference in zip(_owners(scenario, "preference"), scenario.preference.values(), strict=True):
        states[name] = preference.state(simulation.num_agents)
    for name, state in states.items():
        yield f"State of the {name}: {plain(first_line(type(state)))}"
        yield from (f"  {line}" for line in _fields(state))


def _fields(state: Any) -> Iterator[str]:
    """Give each variable of a state: constants as their value, others with their shape and the comment beside them."""
    comments = {}
    for part in getattr(state, "parts", [type(state)]):
        for line in _source(part).splitlines():
            if found := _FIELD.fullmatch(line):
                comments[found[1]] = found[2]
    for name, value in state._asdict().items():
        is_array = isinstance(value, np.ndarray)
        fixed = "" if is_array and value.flags.writeable else "constant"
        said = comments.get(name) or (f"{value.shape}" if is_array else f"{value:g}")
        yield f"{name}: {', '.join(filter(None, (fixed, said)))}"


def _source(part: type) -> str:
    """Return the text of a class; of one that was made from parameters, as a game's state is, there is none."""
    try:
        return inspect.getsource(part)
    except OSError:
        return ""


def _schedule(scenario: Scenario) -> Iterator[str]:
    events = scenario.environment.loop == "events"
    yield (
        "A step is one event; the agents that it wakes do, in this order:"
        if events
        else "In one step all agents that are present do at once, in this order:"
    )
    yield from (f"{k}. {line}" for k, line in enumerate(_told(scenario, SCHEDULE), start=1))


def _concepts(scenario: Scenario, simulation: Simulation) -> Iterator[str]:
    for name, learner in _owners(scenario, "learner"):
        yield f"Learning ({name} = {learner.name()}): {first_line(learner)}"
    for name, preference in _owners(scenario, "preference"):
        yield f"Objectives ({name} = {preference.name()}): {first_line(preference)}"
    yield f"Interaction: {_interaction(scenario)}"
    if "specification" in vars(type(scenario.environment)):
        yield f"Sensing: {first_line(type(scenario.environment).specification)}"
    drawing = ", ".join(name for name, function in _all_functions(scenario) if _draws(function))
    network = "; each run draws its own network" if scenario.network.is_random else ""
    yield f"Stochasticity: chance enters in {drawing or 'no function'}{network}."
    outcomes = scenario.environment.outcomes(simulation.environment)
    columns = {"run": [*(c.name for c in TABLES["run"].columns), *outcomes], "agent": simulation.columns()}
    seen = "; ".join(f"the table `{table}` has {', '.join(names)}" for table, names in columns.items())
    yield f"Observation: {seen}. Metrics: {', '.join(scenario.metric_names) or 'none'}."


def _interaction(scenario: Scenario) -> str:
    """Say what passes along the edges of the network."""
    texts = []
    for name, learner in _owners(scenario, "learner"):
        assert issubclass(learner, Learner)
        heard = [text for moment, text in MESSAGES.items() if moment in learner.defined()]
        itself = " and from themselves" if learner.hears_itself else ""
        texts += [f"{name}: {'; '.join(heard)} from those whom they hear{itself}."] if heard else []
    if not texts:
        texts = ["no messages; agents meet through the environment alone."]
    weights = "count" if scenario.environment.weighted else "are ignored"
    return " ".join([*texts, f"Weights of edges {weights}."])


def _input(scenario: Scenario, simulation: Simulation) -> str:
    again = "; each run draws its own, this is the first of seed 0" if scenario.network.is_random else ""
    return f"The network: {simulation.networks[0].describe()}{again}."


def _all_functions(scenario: Scenario) -> Iterator[tuple[str, Callable[..., Any]]]:
    """Give every compiled function of the scenario."""
    for owner in ("environment", "learner", "preference"):
        for name, cls in _owners(scenario, owner):
            yield from ((f"{name}.{function}", getattr(cls, function)) for function in cls.defined())


def _draws(function: Callable[..., Any]) -> bool:
    """Say whether a compiled function uses the random stream that it is given."""
    return any("stream" in step.argrepr for step in dis.get_instructions(_python(function)))


def _python(function: Any) -> Any:
    """Return the Python function behind a compiled one."""
    return getattr(function, "py_func", function)


def _submodels(scenario: Scenario) -> Iterator[str]:
    for name, function in _all_functions(scenario):
        text = plain(inspect.getdoc(function) or "").replace("\n", "\n  ")
        yield f"{name}{inspect.signature(_python(function))}\n  {text}"
    owners = _owners(scenario, "learner") + _owners(scenario, "preference")
    for module in dict.fromkeys(sys.modules[cls.__module__] for _, cls in owners):
        yield f"From {module.__name__}:\n\n" + plain(inspect.getdoc(module) or "")
