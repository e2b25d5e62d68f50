"""Pictures of a run on a plane: ``--animate``, and the figure of the paths of agents.

One run is replayed from its streams, step by step, for as long as it lasted but no longer than the cap; the replay
gives the same bits as the run. What cannot be done is refused before anything is run.
"""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

from socialsim.cli.request import Request
from socialsim.core.errors import ParameterError
from socialsim.engine.discovery import environment_class, environment_names, find_module
from socialsim.engine.scenario import Scenario
from socialsim.engine.simulation import Simulation
from socialsim.grids.frame import Frame, has_plane, take_frame

TRAJECTORIES = "trajectories.png"


def check(scenario: Scenario, request: Request) -> None:
    """Make sure that what `request` wants to be animated can be.

    Raises
    ------
    ParameterError
        If the environment has no plane, or the number of steps is not accepted.
    ResultError
        If the file's suffix names no format, or the file cannot be written.
    """
    if request.animate_steps < 1:
        raise ParameterError(f"--animate-steps: {request.animate_steps} is not accepted; accepted: an integer >= 1")
    if request.animate is None:
        return
    from socialsim.plotting.animation import check_animation

    if not has_plane(scenario.environment):
        raise ParameterError(f"--animate: {scenario.name} has no plane; accepted: {', '.join(planes())}")
    check_animation(request.animate)


def planes() -> list[str]:
    """Return the names of the project's environments that have a plane.

    Examples
    --------
    >>> "epistemic" in planes()
    False
    """
    modules = {name: find_module(name) for name in environment_names()}
    return [name for name, module in modules.items() if has_plane(environment_class(module))]


def replay(scenario: Scenario, request: Request) -> list[Frame]:
    """Return the frames of the first run that is asked for, from step 0 on.

    Examples
    --------
    >>> from socialsim.environments.epistemic import small
    >>> replay(small(), Request("epistemic"))
    []
    """
    if not has_plane(scenario.environment):
        return []
    runs = request.runs()
    first, words = runs.get("first_replication", 0), runs.get("point_words", ())
    simulation = Simulation(scenario, seed=runs["seed"], replications=[first], point_words=words)
    simulation.advance(until=0)
    frames = [take_frame(scenario.environment, simulation.environment)]
    while not simulation.is_over and len(frames) <= request.animate_steps:
        simulation.advance(until=len(frames))
        frames.append(take_frame(scenario.environment, simulation.environment))
    return frames


def has_paths(frames: list[Frame]) -> bool:
    """Say whether anybody moves about a plane: not where agents are shown by the cells that they live on.

    Examples
    --------
    >>> has_paths([])
    False
    """
    return bool(frames) and len(frames[0].positions) > 0


def draw_trajectories(frames: list[Frame], scenario: Scenario, request: Request) -> bytes:
    """Return the figure of the agents' paths as the content of a PNG file."""
    from socialsim.plotting.figures import UNDATED
    from socialsim.plotting.style import styled
    from socialsim.plotting.trajectories import trajectories

    content = BytesIO()
    with styled():
        figure = trajectories(frames, title=_title(scenario, request))
        figure.savefig(content, format="png", metadata=UNDATED["png"])
    return content.getvalue()


def animate(frames: list[Frame], scenario: Scenario, request: Request) -> Path | None:
    """Write the animation that is asked for, and return where it is."""
    if request.animate is None:
        return None
    from socialsim.plotting.animation import write_animation

    return write_animation(frames, request.animate, title=_title(scenario, request)).resolve()


def remarks(scenario: Scenario, frames: list[Frame], request: Request) -> Iterator[str]:
    """Yield what there is to say of an animation that is missing, or ends before the run may have ended."""
    shown = len(frames) - 1
    if request.animate is not None and not frames:
        yield "no animation: the run was interrupted"
    elif request.animate is not None and shown == request.animate_steps < scenario.horizon.steps:
        yield f"the animation shows the first {shown:,} steps; --animate-steps shows more"


def _title(scenario: Scenario, request: Request) -> str:
    return f"{scenario.name}, run {request.runs().get('first_replication', 0)}"
