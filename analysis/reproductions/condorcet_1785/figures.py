"""How often the majority is right against the number of jurors, for several competences and a common cause."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from socialsim.core.estimate import Estimate
from socialsim.environments.jury.theory import correlated_accuracy, limit_accuracy
from socialsim.plotting.figures import save
from socialsim.plotting.style import COLOURS, GREY, styled

COMPETENCES, RELIANCES = (".51", ".6"), (".1", ".2", ".5")
ODD = [n for size in (1, 10, 100) for n in range(size + (size > 1), 10 * size, 2 * max(1, size // 10))] + [1001]


def draw(measured: Mapping[str, Estimate], expected: Mapping[str, Any], folder: Path) -> Path:
    """Draw closed forms as lines and simulated juries as dots: independent votes left, a common source right."""
    with styled():
        figure = Figure(figsize=(8.6, 3.8))
        independent, correlated = figure.subplots(1, 2, sharey=True)
        for colour, p in zip(COLOURS, COMPETENCES, strict=False):
            _draw(independent, measured, f"group accuracy, p {p}, n ", "", float(p), 0.0, colour, f"p = {p}")
        for colour, c in zip(COLOURS[2:], RELIANCES, strict=False):
            start, end = "group accuracy, p .6, n ", f", reliance {c}"
            _draw(correlated, measured, start, end, 0.6, float(c), colour, f"c = {c}")
        correlated.axhline(0.6, color=GREY, linewidth=0.8, linestyle="--", zorder=0)
        correlated.text(1.1, 0.585, "one juror, and the limit where c > 1/6", va="top", fontsize=8, color=GREY)
        for axes, title in ((independent, "Independent votes"), (correlated, "A common source, p = .6")):
            axes.set(xscale="log", xlim=(1, 1500), ylim=(0.48, 1.02), xlabel="Number of jurors n", title=title)
        independent.set_ylabel("Share of right verdicts")
        independent.legend(loc="upper left")
        correlated.legend(loc="upper left")
        figure.supxlabel(_caption(measured), x=0.01, ha="left", fontsize=7, color=GREY)
        return save(figure, folder / "figure.png")


def _draw(
    axes: Axes,
    measured: Mapping[str, Estimate],
    start: str,
    end: str,
    competence: float,
    reliance: float,
    colour: str,
    label: str,
) -> None:
    """Draw one closed form and the juries that were simulated."""
    axes.plot(ODD, [correlated_accuracy(competence, n, reliance) for n in ODD], color=colour, label=label, zorder=1)
    names = {n: f"{start}{n}{end}" for n in (11, 101, 1001)}
    found = {n: measured[name] for n, name in names.items() if name in measured}
    reach = [[e.value - e.low for e in found.values()], [e.high - e.value for e in found.values()]]
    style = {"color": colour, "marker": "o", "markersize": 5, "linestyle": "", "capsize": 2.5, "zorder": 2}
    axes.errorbar(list(found), [e.value for e in found.values()], reach, **style)
    if reliance:
        size = 14 - 16 * reliance  # larger behind: two limits are equal
        style = {"color": colour, "marker": "<", "markersize": size, "zorder": 2 + reliance, "clip_on": False}
        axes.plot(1400, limit_accuracy(competence, reliance), **style)


def _caption(measured: Mapping[str, Estimate]) -> str:
    num_runs = measured["group accuracy, p .6, n 11"].num_runs
    return f"Lines: closed form. Dots: {num_runs:,} simulated juries, 95% intervals. Triangles: limits."
