"""When a run is given up, when a point has replications enough, and what is kept of a run."""

from __future__ import annotations

from typing import Any, Literal

from socialsim.core.errors import ParameterError
from socialsim.core.parameters import Parameters, parameter


class Stopping(Parameters):
    """When a run is given up, and when a point has replications enough.

    Examples
    --------
    >>> Stopping(time_limit=60).time_limit
    60.0
    >>> Stopping(half_width={"success_rate": 0.02}).most_replications
    10000
    """

    time_limit: float | None = parameter(None, "time after which a run is given up", unit="seconds", gt=0)
    memory_limit: float | None = parameter(None, "memory beyond which a run is given up", unit="GiB", gt=0)
    half_width: dict[str, float] = parameter({}, "metric -> half-width of its interval that is narrow enough")
    most_replications: int = parameter(10_000, "replications of a point at most, in pursuit of the half-widths", ge=1)

    def model_post_init(self, context: Any) -> None:
        """Refuse half-widths that no interval reaches."""
        for name, width in self.half_width.items():
            if not width > 0:
                raise ParameterError(f"half_width: {name}: {width!r} is not accepted; accepted: a number > 0")


class Record(Parameters):
    """What is kept beside a row for each run.

    Examples
    --------
    >>> Record(series=True).every
    'auto'
    """

    series: bool = parameter(False, "whether the time course of every run is kept")
    every: int | Literal["auto"] = parameter("auto", "steps between two of its rows", unit="steps", ge=1)
