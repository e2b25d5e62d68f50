"""The scenario of a result, made anew from its manifest."""

from __future__ import annotations

from socialsim.core.errors import ParameterError
from socialsim.core.manifest import strict
from socialsim.core.result import Result
from socialsim.engine.discovery import find_module, make_scenario
from socialsim.engine.scenario import Scenario

UNNAMED = ("presence_events", "edge_events")  # parts that no path names


def scenario_of(result: Result, name: str | None = None) -> Scenario:
    """Return the scenario that a result came out of.

    Parameters
    ----------
    result : Result
    name : str, optional
        The environment or the .py file that it was run from; by default the environment of the result's name.

    Raises
    ------
    ParameterError
        If there is no such environment, or it cannot be given the result's parameters.

    Examples
    --------
    >>> from socialsim.engine.run import run
    >>> from socialsim.environments.repeated_game import small
    >>> result = run(small().replace({"learner.row": "constant", "horizon.steps": 9}))
    >>> again = scenario_of(result)
    >>> again.horizon.steps, again.learners["row"].name()
    (9, 'constant')
    """
    try:
        module = find_module(name or result.scenario)
    except ParameterError as error:
        if name is not None:
            raise
        raise ParameterError(f"{error}; a result of one is read with --scenario FILE.py") from None
    parameters = {path: value for path, value in result.parameters.items() if not path.startswith("fork.")}
    scenario = make_scenario(module, parameters.get("environment.preset"))
    for part in UNNAMED:
        if part in parameters:
            raise ParameterError(f"{part}: cannot be made anew from a manifest; accepted: a result without")
    whole = scenario.whole_paths
    scenario = scenario.replace({path: value for path, value in parameters.items() if path in whole})
    now = strict(scenario.parameters())
    scenario = scenario.replace({path: value for path, value in parameters.items() if value != now.get(path)})
    now = strict(scenario.parameters())
    differing = sorted(path for path, value in parameters.items() if now.get(path) != strict(value))
    if differing:
        path = differing[0]
        raise ParameterError(
            f"{path}: {parameters.get(path)!r} in the result, {now.get(path)!r} in the scenario made anew; accepted: a "
            "result of this version of the scenario"
        )
    return scenario
