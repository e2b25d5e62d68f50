"""The project's environments behind the interfaces that others know.

`as_vector` gives arrays, for learners that train by the million steps; `as_pettingzoo` dictionaries, for everything
that speaks PettingZoo. Both take an environment by name, with its parameters as keywords.
"""

from __future__ import annotations

import importlib
import sys
from dataclasses import replace
from typing import Any, Literal

from socialsim.core.errors import ParameterError
from socialsim.engine.discovery import find_module, make_scenario, takes_preset
from socialsim.engine.interface import Environment
from socialsim.engine.scenario import Horizon, Scenario
from socialsim.engine.vector import VectorEnvironment
from socialsim.networks.sources import parse


def as_vector(
    environment: str | Environment | Scenario,
    replications: int = 1,
    *,
    preset: str | None = None,
    network: Any = None,
    steps: int | None = None,
    seed: int = 0,
    num_messages: int | Literal["real"] | None = None,
    threads: int = 1,
    **parameters: Any,
) -> VectorEnvironment:
    """Return all replications of an environment, to be stepped by arrays of actions.

    Parameters
    ----------
    environment : str, Environment or Scenario
        Name of an environment of the project, path of a user's file, or the thing itself.
    replications : int
        How many.
    preset : str, optional
        One of the environment's published rule sets.
    network : str, path, networkx graph, Network or NetworkSource, optional
        Its size is the number of agents; by default that of the environment's scenario.
    steps : int, optional
        Steps of an episode; by default those of the scenario.
    seed : int
        Root of all random streams, >= 0.
    num_messages : int or "real", optional
        Lets agents speak when they act: one of so many messages, or a number.
    threads : int
        Threads that share the replications of a step.
    **parameters : object
        Parameters of the environment.

    Raises
    ------
    ParameterError, NetworkError
        If a name is unknown or a value not accepted.

    Examples
    --------
    >>> game = as_vector("repeated_game", 64, payoffs=[[2.0, 0.0], [3.0, 1.0]], steps=10)
    >>> game.reset().shape
    (64, 2)
    """
    scenario = choose(environment, preset=preset, network=network, steps=steps, parameters=parameters)
    return VectorEnvironment(scenario, replications, seed, num_messages=num_messages, threads=threads)


def as_pettingzoo(
    environment: str | Environment | Scenario,
    *,
    preset: str | None = None,
    network: Any = None,
    steps: int | None = None,
    seed: int = 0,
    num_messages: int | Literal["real"] | None = None,
    render_mode: str | None = None,
    **parameters: Any,
) -> Any:
    """Return an environment as a PettingZoo `ParallelEnv`, or as an `AECEnv` where it goes event by event.

    Parameters
    ----------
    environment : str, Environment or Scenario
        Name of an environment of the project, path of a user's file, or the thing itself.
    preset, network, steps, num_messages
        As in `as_vector`.
    seed : int
        For the first ``reset`` that is given none.
    render_mode : {"human", "ansi", "rgb_array"}, optional
        What ``render`` does; pictures of environments with a plane alone.
    **parameters : object
        Parameters of the environment.

    Raises
    ------
    MissingExtraError
        If PettingZoo is not installed.
    ParameterError, NetworkError
        If a name is unknown or a value not accepted.

    Examples
    --------
    >>> game = as_pettingzoo("signalling", num_states=3)
    >>> game.possible_agents, game.observation_space("sender_0")
    (['sender_0', 'receiver_0'], Discrete(3))
    """
    scenario = choose(environment, preset=preset, network=network, steps=steps, parameters=parameters)
    module = importlib.import_module("socialsim.engine.pettingzoo")  # which needs PettingZoo
    form = module.SocialEventEnv if scenario.environment.loop == "events" else module.SocialParallelEnv
    return form(scenario, seed=seed, num_messages=num_messages, render_mode=render_mode)


def choose(
    environment: str | Environment | Scenario,
    *,
    preset: str | None,
    network: Any,
    steps: int | None,
    parameters: dict[str, Any],
) -> Scenario:
    """Return the scenario that is meant; its learners play no part."""
    if isinstance(environment, Scenario):
        scenario = environment
    elif isinstance(environment, Environment):
        scenario = _around(environment, network)
    else:
        scenario = _published(environment, preset)
    if preset is not None and not isinstance(environment, str):
        raise ParameterError("preset: goes with an environment's name; accepted: none, what is given has its rules")
    if parameters:
        scenario = scenario.replace({f"environment.{name}": value for name, value in parameters.items()})
    if network is not None:
        scenario = replace(scenario, network=parse(network))
    return scenario if steps is None else replace(scenario, horizon=Horizon(steps=steps))


def _published(name: str, preset: str | None) -> Scenario:
    """Return the scenario of an environment's module, under one of its rule sets where one is named."""
    module = find_module(name)
    if preset is None:
        return make_scenario(module)
    if not takes_preset(module):
        raise ParameterError(f"preset: {name} has none; accepted: its parameters by name")
    return module.scenario(preset=preset)


def _around(environment: Environment, network: Any) -> Scenario:
    """Return the scenario of an environment's module, with another environment in it."""
    module = sys.modules[type(environment).__module__]
    if hasattr(module, "scenario"):
        preset = getattr(environment, "preset", None)
        return replace(make_scenario(module, preset), environment=environment)
    if network is None:
        raise ParameterError(f"network: {environment.name()} comes without a scenario; accepted: a network's spec")
    return Scenario(environment, "uniform_random", network)
