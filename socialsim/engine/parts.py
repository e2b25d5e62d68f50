"""Parts of a scenario as they may be given: by themselves, by their spec, or one for each agent type."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from socialsim.core.errors import ParameterError, unknown
from socialsim.core.spec import parse_spec
from socialsim.engine.discovery import find_learner, find_preference
from socialsim.engine.interface import Environment, Learner
from socialsim.engine.preferences import SELFISH, Preference
from socialsim.engine.rewiring import Rewiring, make_rewiring


def make_learner(spec: str) -> Learner:
    """Return the learner of a spec string.

    Examples
    --------
    >>> make_learner("q_learning:alpha=0.2").alpha
    0.2
    """
    name, values = parse_spec(spec)
    learner = find_learner(name)
    try:
        return learner(**values)
    except ParameterError as error:
        prefix = f"learner {name}: " if str(error).startswith("unknown") else "learner."
        raise ParameterError(prefix + str(error)) from None


def make_preference(spec: str) -> Preference | None:
    """Return the social preference of a spec string; None for "selfish".

    Examples
    --------
    >>> make_preference("inequity_aversion:envy=2").envy
    2.0
    """
    name, values = parse_spec(spec)
    if name == SELFISH and not values:
        return None
    if name == SELFISH:
        raise ParameterError(f"preference: {spec!r} is not accepted; accepted: {SELFISH}, which has no parameters")
    preference = find_preference(name)
    try:
        return preference(**values)
    except ParameterError as error:
        prefix = f"preference {name}: " if str(error).startswith("unknown") else "preference."
        raise ParameterError(prefix + str(error)) from None


def preferences_by_type(given: Any, agent_types: tuple[str, ...]) -> dict[str, Preference]:
    """Return the preference of each agent type that has one."""
    by_type = dict(given) if isinstance(given, Mapping) else dict.fromkeys(agent_types, given)
    for name in by_type:
        if name not in agent_types:
            raise ParameterError(unknown("agent type", name, agent_types))
    made = {name: make_preference(value) if isinstance(value, str) else value for name, value in by_type.items()}
    chosen = {}
    for name in agent_types:
        value = made.get(name)
        if isinstance(value, Preference):
            chosen[name] = value
        elif value is not None:
            path = f"preference.{name}" if isinstance(given, Mapping) else "preference"
            raise ParameterError(f"{path}: {value!r} is not accepted; accepted: a preference or its spec string")
    return chosen


def as_rewiring(value: Any) -> Rewiring:
    """Return a rule of rewiring, given as one or by its spec."""
    rewiring = make_rewiring(value) if isinstance(value, str) else value
    if not isinstance(rewiring, Rewiring):
        raise ParameterError(f"rewiring: {value!r} is not accepted; accepted: a rewiring or its spec string")
    return rewiring


def learners_by_type(learners: Any, environment: Environment) -> dict[str, Learner]:
    """Return one learner for each agent type; those that the environment has defaults for need not be named."""
    agent_types, defaults = environment.agent_types, getattr(environment, "default_learners", {})
    given = dict(learners) if isinstance(learners, Mapping) else dict.fromkeys(agent_types, learners)
    given = {name: given.get(name, default) for name, default in defaults.items() if name in agent_types} | {
        name: learner for name, learner in given.items() if name in agent_types or name not in defaults
    }
    for agent_type in given:
        if agent_type not in agent_types:
            raise ParameterError(unknown("agent type", agent_type, agent_types))
    missing = [agent_type for agent_type in agent_types if agent_type not in given]
    if missing:
        raise ParameterError(f"learner: none for agent type {missing[0]!r}; accepted: one for each of {agent_types}")
    made = {name: make_learner(given[name]) if isinstance(given[name], str) else given[name] for name in agent_types}
    for name, learner in made.items():
        if not isinstance(learner, Learner):
            raise ParameterError(f"learner.{name}: {learner!r} is not accepted; accepted: a learner or its spec string")
    return made
