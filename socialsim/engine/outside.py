"""What an environment must be like to be played from outside, and what may cross."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.errors import ParameterError
from socialsim.engine.interface import Box, Environment, Specification
from socialsim.engine.scenario import Scenario
from socialsim.grids.frame import Frame
from socialsim.grids.render import render


class Space(NamedTuple):
    """What all agents do, or see: its shape and dtype, and whether it is a box."""

    is_box: bool
    shape: tuple[int, ...]
    dtype: str


def common_space(environment: Environment, specifications: Mapping[str, Specification], what: str) -> Space:
    """Return the kind of actions or observations that all agent types have.

    Parameters
    ----------
    environment : Environment
    specifications : mapping of agent type to Specification
    what : {"actions", "observations"}

    Raises
    ------
    ParameterError
        If there are several kinds.
    """
    kinds = {_kind(getattr(specification, what)) for specification in specifications.values()}
    if len(kinds) > 1:
        raise ParameterError(
            f"{environment.name()}: the agent types {', '.join(specifications)} have {what} of several kinds; "
            "accepted: one dtype and shape for all, which one array can hold"
        )
    return kinds.pop()


def _kind(space: Any) -> Space:
    return Space(True, space.shape, space.dtype) if isinstance(space, Box) else Space(False, (), "int64")


def check_scenario(scenario: Scenario, num_messages: Any, **counts: Any) -> None:
    """Refuse a scenario that cannot be played from outside, and counts that are none.

    Raises
    ------
    ParameterError
        If agents or edges come and go, an episode has no step, or a count is not an integer >= 1.
    """
    for name in ("turnover", "presence_events", "rewiring", "edge_events"):
        if getattr(scenario, name):
            raise ParameterError(f"{name}: cannot be played from outside; accepted: a scenario in which all stay there")
    if any(scenario.preference.values()):
        raise ParameterError("preference: acts on learners inside a run; accepted from outside: a scenario without any")
    if not scenario.horizon.steps:
        raise ParameterError("horizon.steps: 0 is not accepted from outside; accepted: an integer >= 1")
    for name, count in counts.items():
        if not _is_count(count):
            raise ParameterError(f"{name}: {count!r} is not accepted; accepted: an integer >= 1")
    if num_messages is None:
        return
    if num_messages != "real" and not _is_count(num_messages):
        raise ParameterError(f"num_messages: {num_messages!r} is not accepted; accepted: an integer >= 1, or 'real'")
    if scenario.environment.loop == "events":
        raise ParameterError(
            f"num_messages: {scenario.environment.name()} goes event by event; accepted: an environment in which "
            "everyone acts at once"
        )


def _is_count(value: Any) -> bool:
    return isinstance(value, int | np.integer) and not isinstance(value, bool) and bool(value >= 1)


def check_array(name: str, array: Any, like: NDArray[Any], *, is_written: bool) -> None:
    """Refuse an array of the caller that cannot stand in for one of our own.

    Raises
    ------
    ParameterError
        If it is no array, of another shape or dtype, not contiguous, or to be written and read-only.
    """
    if isinstance(array, np.ndarray):
        flags = array.flags
        if array.dtype == like.dtype and array.shape == like.shape and flags.c_contiguous and flags.aligned:
            if flags.writeable or not is_written:
                return
            given = "a read-only array"
        else:
            order = "" if flags.c_contiguous else " that is not C-contiguous"
            given = f"an array of {array.dtype}, shape {array.shape},{order}".removesuffix(",")
    else:
        given = f"a {type(array).__name__}"
    kind = "writeable, C-contiguous" if is_written else "C-contiguous"
    raise ParameterError(
        f"{name}: {given} is not accepted; accepted: a {kind} NumPy array of {like.dtype}, shape {like.shape}"
    )


def picture(environment: Environment, state: Any, row: int = 0) -> NDArray[np.uint8]:
    """Return a picture of one replication of a state.

    Raises
    ------
    ParameterError
        If the environment has no plane.
    """
    frame: Callable[..., Frame] | None = getattr(environment, "frame", None)
    if frame is None:
        raise ParameterError(f"render: {environment.name()} has no plane to show; accepted: an environment with one")
    return render(frame(state, row))
