"""The scenario: the concrete composition that one runs.

    environment + learners + network + horizon + metrics

Every number in it has one name, its path: ``environment.effect``, ``learner.alpha``, ``learner.<agent_type>.alpha``,
``network``, ``network.p``, ``network.shared``, ``horizon.steps``, ``turnover.fail_rate``, ``rewiring``,
``rewiring.rate``, ``preference``, ``preference.envy``, ``preference.<agent_type>.envy``. The same path serves Python,
the command line (``-p PATH=VALUE``) and studies.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal, Self

import numpy as np

from socialsim.core.errors import ParameterError, unknown
from socialsim.core.estimate import Estimate
from socialsim.core.parameters import Parameters, parameter
from socialsim.core.result import Result
from socialsim.engine.interface import Environment, Learner
from socialsim.engine.parts import as_rewiring, learners_by_type, make_learner, preferences_by_type
from socialsim.engine.preferences import Preference
from socialsim.engine.rewiring import Rewiring, rule_name
from socialsim.networks.changes import EdgeEvents
from socialsim.networks.sources import NetworkSource, parse

Metric = Callable[[Result], Estimate]


class Horizon(Parameters):
    """How long a run lasts at most."""

    steps: int = parameter(
        1000, "steps after which a run ends in any case; an event is a step", unit="steps", ge=0, le=10**18
    )
    episode_steps: int = parameter(
        0,
        "steps after which the environment starts afresh, learners keeping what they have learnt; 0: never",
        unit="steps",
        ge=0,
        le=10**18,
    )


class Turnover(Parameters):
    """Agents that fail, leave and enter at random.

    A failed agent stays where it is but neither acts, speaks nor learns any more; one that left is absent until another
    enters in its place, with a fresh start.
    """

    fail_rate: float = parameter(0.0, "chance that a present agent fails", unit="per agent and step", ge=0, le=1)
    leave_rate: float = parameter(0.0, "chance that a present agent leaves", unit="per agent and step", ge=0, le=1)
    enter_rate: float = parameter(0.0, "chance that an absent place is taken", unit="per place and step", ge=0, le=1)


@dataclass(frozen=True)
class PresenceEvent:
    """At a step, before anybody acts, an agent fails, leaves or enters."""

    step: int
    agent_index: int
    change: Literal["fail", "leave", "enter"]

    def __post_init__(self) -> None:
        """Refuse a step that never comes and an unknown change."""
        if isinstance(self.step, bool) or not isinstance(self.step, int) or self.step < 0:
            raise ParameterError(f"presence event: step {self.step!r} is not accepted; accepted: an integer >= 0")
        if self.change not in ("fail", "leave", "enter"):
            raise ParameterError(unknown("change of presence", self.change, ("fail", "leave", "enter")))


@dataclass(frozen=True)
class Scenario:
    """A social situation ready to run.

    Parameters
    ----------
    environment : Environment
    learners : Learner, str, or mapping of agent type to either
        One learner for all agent types, or one for each. A string is a spec such as ``"bayesian:threshold=0.999"``.
    network : str, path, networkx graph, Network or NetworkSource
        Who hears whom; its size is the number of agents.
    horizon : Horizon or int
    metrics : tuple of functions from Result to Estimate
        Named by the functions' names.
    shared_network : bool
        Whether all replications share one draw of a random network.
    turnover : Turnover, optional
    presence_events : tuple of PresenceEvent
    rewiring : Rewiring, optional
    edge_events : EdgeEvents, optional
    preference : Preference, str, or mapping of agent type to either or None
        What agents learn from in place of their own rewards; one for all agent types, or one for each that has one. By
        default nobody has: agents are ``"selfish"``.
    name : str
        By default the environment's.

    Raises
    ------
    ParameterError, NetworkError
        If a part is unknown, or does not fit the others.
    """

    environment: Environment
    learners: Mapping[str, Learner]
    network: NetworkSource
    horizon: Horizon
    metrics: tuple[Metric, ...]
    shared_network: bool
    turnover: Turnover | None
    presence_events: tuple[PresenceEvent, ...]
    rewiring: Rewiring | None
    edge_events: EdgeEvents | None
    preference: Mapping[str, Preference]
    name: str

    def __init__(
        self,
        environment: Environment,
        learners: Learner | str | Mapping[str, Learner | str],
        network: Any,
        horizon: Horizon | int = 1000,
        metrics: tuple[Metric, ...] = (),
        *,
        shared_network: bool = False,
        turnover: Turnover | None = None,
        presence_events: tuple[PresenceEvent, ...] = (),
        rewiring: Rewiring | None = None,
        edge_events: EdgeEvents | None = None,
        preference: Preference | str | Mapping[str, Preference | str | None] | None = None,
        name: str = "",
    ) -> None:
        steps = horizon if isinstance(horizon, Horizon) else Horizon(steps=horizon)
        values = {
            "environment": environment,
            "learners": learners_by_type(learners, environment),
            "network": parse(network),
            "horizon": steps,
            "metrics": tuple(metrics),
            "shared_network": shared_network,
            "turnover": turnover,
            "presence_events": tuple(sorted(presence_events, key=lambda event: event.step)),
            "rewiring": rewiring,
            "edge_events": edge_events,
            "preference": preferences_by_type(preference, environment.agent_types),
            "name": name or environment.name(),
        }
        for key, value in values.items():
            object.__setattr__(self, key, value)

    @property
    def metric_names(self) -> tuple[str, ...]:
        """Names of the metrics, in order."""
        return tuple(metric.__name__ for metric in self.metrics)

    @property
    def whole_paths(self) -> list[str]:
        """Paths of whole parts, which are put in place before their parameters."""
        by_type = [f"{part}.{name}" for part in ("learner", "preference") for name in self.learners]
        return ["learner", "preference", *by_type, "network", "rewiring"]

    def parameters(self) -> dict[str, Any]:
        """Return every resolved parameter by its path."""
        values = {f"environment.{key}": value for key, value in self.environment}
        for agent_type, learner in self.learners.items():
            prefix = "learner" if len(self.learners) == 1 else f"learner.{agent_type}"
            values[prefix] = learner.name()
            values |= {f"{prefix}.{key}": value for key, value in learner}
        for agent_type, preference in self.preference.items():
            prefix = "preference" if len(self.learners) == 1 else f"preference.{agent_type}"
            values[prefix] = preference.name()
            values |= {f"{prefix}.{key}": value for key, value in preference}
        values["network"] = self.network.spec
        values |= {f"network.{key}": value for key, value in self.network.parameters.items()}
        values["network.shared"] = self.shared_network
        values["horizon.steps"] = self.horizon.steps
        if self.horizon.episode_steps:
            values["horizon.episode_steps"] = self.horizon.episode_steps
        if self.rewiring is not None:
            values["rewiring"] = rule_name(self.rewiring)
        for prefix, part in (("turnover", self.turnover), ("rewiring", self.rewiring)):
            if part is not None:
                values |= {f"{prefix}.{key}": value for key, value in part}
        if self.presence_events:
            values["presence_events"] = [
                [event.step, event.agent_index, event.change] for event in self.presence_events
            ]
        if self.edge_events is not None:
            columns = (self.edge_events.step, self.edge_events.source, self.edge_events.target, self.edge_events.weight)
            values["edge_events"] = [np.asarray(column).tolist() for column in columns]
        return values

    def replace(self, values: Mapping[str, Any]) -> Self:
        """Return the scenario with other values, each named by its path; those of the environment are judged together.

        Raises
        ------
        ParameterError
            If a path names nothing (the nearest one is suggested) or a value is not accepted.

        Examples
        --------
        >>> from socialsim.environments.epistemic import scenario
        >>> changed = scenario().replace({"environment.effect": 0.01, "network": "karate"})
        >>> changed.environment.effect, changed.network.spec
        (0.01, 'karate')
        """
        mechanics = {path: value for path, value in values.items() if path.startswith("environment.")}
        scenario = self._replace_environment(mechanics) if mechanics else self
        whole = self.whole_paths
        others = values.keys() - mechanics.keys()
        for path in sorted(others, key=lambda path: (whole.index(path) if path in whole else len(whole), path)):
            scenario = scenario._replace_one(path, values[path])
        return scenario

    def _replace_environment(self, values: Mapping[str, Any]) -> Self:
        """Replace parameters of the environment all at once, since what one accepts may depend on another."""
        names = {path.removeprefix("environment."): value for path, value in values.items()}
        for path, name in zip(values, names, strict=True):
            if name not in type(self.environment).model_fields:
                raise ParameterError(unknown("parameter", path, self._paths()))
        try:
            return replace(self, environment=self.environment.replace(**names))
        except ParameterError as error:
            message = f"; {error}"
            for name in type(self.environment).model_fields:
                message = message.replace(f"; {name}: ", f"; environment.{name}: ")
            raise ParameterError(message.removeprefix("; ")) from None

    def _replace_one(self, path: str, value: Any) -> Self:
        head, _, rest = path.partition(".")
        try:
            if head == "learner":
                return self._replace_learner(path, rest, value)
            if head == "preference":
                return self._replace_preference(path, rest, value)
            if path == "network":
                return replace(self, network=parse(value))
            if path == "rewiring":
                return replace(self, rewiring=as_rewiring(value))
            if path == "network.shared":
                if not isinstance(value, bool):
                    raise ParameterError(f"shared: {value!r} is not accepted; accepted: true or false")
                return replace(self, shared_network=value)
            if head == "network" and rest:
                return replace(self, network=self.network.replace(**{rest: value}))
            if head == "horizon" and rest:
                return replace(self, horizon=self.horizon.replace(**{rest: value}))
            if head in ("turnover", "rewiring") and rest:
                part = getattr(self, head) or {"turnover": Turnover, "rewiring": Rewiring}[head]()
                return replace(self, **{head: part.replace(**{rest: value})})
        except ParameterError as error:
            if rest and str(error).startswith("unknown parameter"):
                raise ParameterError(unknown("parameter", path, self._paths())) from None
            raise ParameterError(_with_path(str(error), path)) from None
        raise ParameterError(unknown("parameter", path, self._paths()))

    def _paths(self) -> list[str]:
        """Return all paths that name something, those of parts that are switched off included."""
        off: dict[str, type[Parameters]] = {"turnover": Turnover, "rewiring": Rewiring}
        return [
            *self.parameters(),
            "horizon.episode_steps",
            *("preference", "rewiring"),
            *(f"{name}.{key}" for name, part in off.items() for key in part.model_fields),
        ]

    def _replace_learner(self, path: str, rest: str, value: Any) -> Self:
        """Replace a learner (``learner``, ``learner.<type>``) or one of its parameters."""
        types = tuple(self.learners)
        agent_type, _, key = rest.partition(".")
        if rest in types or not rest:
            learner = make_learner(value) if isinstance(value, str) else value
            if not isinstance(learner, Learner):
                raise ParameterError(f"{path}: {value!r} is not accepted; accepted: a learner or its spec string")
            defaults = getattr(self.environment, "default_learners", {})
            own = [name for name in types if name not in defaults] or types
            chosen = {rest: learner} if rest else dict.fromkeys(own, learner)
        elif agent_type in types and key:
            chosen = {agent_type: self.learners[agent_type].replace(**{key: value})}
        else:
            having = [name for name in types if rest in type(self.learners[name]).model_fields]
            if not having:
                raise ParameterError(unknown("parameter", path, self._paths()))
            chosen = {name: self.learners[name].replace(**{rest: value}) for name in having}
        return replace(self, learners={**self.learners, **chosen})

    def _replace_preference(self, path: str, rest: str, value: Any) -> Self:
        """Replace a preference (``preference``, ``preference.<type>``) or one of its parameters."""
        agent_type, _, key = rest.partition(".")
        if not rest:
            return replace(self, preference=value)
        if rest in self.learners:
            return replace(self, preference={**self.preference, rest: value})
        owners = [*self.preference]
        if key and agent_type in self.learners:
            owners, rest = [name for name in owners if name == agent_type], key
        if not owners:
            raise ParameterError(f"{path}: nobody has a preference with this parameter; accepted: with preference=NAME")
        having = [name for name in owners if rest in type(self.preference[name]).model_fields]
        if not having:
            raise ParameterError(unknown("parameter", path, self._paths()))
        chosen = {name: self.preference[name].replace(**{rest: value}) for name in having}
        return replace(self, preference={**self.preference, **chosen})


def _with_path(message: str, path: str) -> str:
    """Name the full path in a message that begins with the last part of it."""
    last = path.rpartition(".")[2]
    return f"{path}{message.removeprefix(last)}" if message.startswith(f"{last}:") else message
