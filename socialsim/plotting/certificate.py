"""The figure of a certificate: what follows a deviation, beside what follows a placebo and an unanswered deviation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from socialsim.plotting.style import COLOURS, GREY, styled

PANELS = (
    ("Do the others respond?", "Others' acts that change", (("response", "deviation"), ("sham", "placebo"))),
    (
        "What is it to the deviator?",
        "Reward gained a period",
        (("answered", "deviation"), ("unanswered", "unanswered deviation")),
    ),
    ("Does the regularity return?", "Acts that are regular", (("shock", "after a shock"), ("regular", "without"))),
)


def certificate_figure(courses: Mapping[str, Sequence[float]], duration: int = 1) -> Figure:
    """Draw the courses of a certificate.

    Parameters
    ----------
    courses : mapping of str to sequence of float
        As in `Certificate.courses`: "period" and, of each of six courses, NAME, NAME_low and NAME_high.
    duration : int
        Periods of deviation, which are shaded.

    Returns
    -------
    Figure

    Examples
    --------
    >>> names = ("response", "sham", "answered", "unanswered", "shock", "regular")
    >>> courses = {f"{name}{end}": [0.0, 1.0] for name in names for end in ("", "_low", "_high")}
    >>> len(certificate_figure(courses | {"period": [0.0, 1.0]}).axes)
    3
    """
    with styled():
        figure = Figure(figsize=(10.0, 3.2), layout="constrained")
        for axes, (title, label, lines) in zip(figure.subplots(1, 3), PANELS, strict=True):
            _draw(axes, courses, lines)
            axes.axvspan(-0.5, duration - 0.5, color=GREY, alpha=0.15, linewidth=0)
            axes.set_title(title, fontsize=9, loc="left", pad=18)
            axes.set(xlabel="Period from the deviation on", ylabel=label)
            axes.legend(fontsize=7, loc="lower left", bbox_to_anchor=(0, 1), ncols=2, borderaxespad=0.2)
    return figure


def _draw(axes: Axes, courses: Mapping[str, Sequence[float]], lines: Sequence[tuple[str, str]]) -> None:
    """Draw two courses with their intervals."""
    periods = np.asarray(courses["period"])
    for colour, (name, label) in zip((COLOURS[1], COLOURS[0]), lines, strict=True):
        low, high = (np.asarray(courses[f"{name}_{end}"]) for end in ("low", "high"))
        axes.fill_between(periods, low, high, color=colour, alpha=0.2, linewidth=0)
        axes.plot(periods, courses[name], color=colour, linewidth=1.4, marker="o", markersize=2.5, label=label)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
