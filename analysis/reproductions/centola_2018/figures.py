"""How many populations tip against the size of the committed minority, as in the paper's figure 3; and by memory."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure

from socialsim.core.estimate import Estimate
from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.environments.naming import Naming
from socialsim.learning.recollection import Recollection
from socialsim.metrics.estimates import proportion
from socialsim.plotting.figures import save
from socialsim.plotting.style import COLOURS, GREY, styled

SIZE = 24
RULES = {"to the new word": "lowest", "at random": "random"}
RUNS, SEED = 400, 1


def draw(measured: Mapping[str, Estimate], expected: Mapping[str, Any], folder: Path) -> Path:
    """Draw the share of populations that tip, and the critical mass by memory."""
    with styled():
        figure = Figure(figsize=(8.2, 3.7))
        tipped, memory = figure.subplots(1, 2, width_ratios=(1.6, 1))
        for colour, marker, ties in zip(COLOURS, "os", RULES, strict=False):
            found = {k / SIZE: _tipped(k, RULES[ties]) for k in range(1, 13)}
            values = [estimate.value for estimate in found.values()]
            reach = [[e.value - e.low for e in found.values()], [e.high - e.value for e in found.values()]]
            style = {"color": colour, "marker": marker, "capsize": 2.5, "label": f"ties {ties}"}
            tipped.errorbar(list(found), values, reach, **style)
        tipped.axvline(0.25, color=GREY, linewidth=0.8, linestyle=":")
        tipped.text(0.255, 0.04, "a quarter", fontsize=8, color=GREY)
        tipped.set(xlabel="share of committed agents", ylabel="share of populations that tip", ylim=(-0.03, 1.03))
        tipped.legend(loc="center right")
        twelve = measured["critical mass, ties at random"].value
        masses = {k: twelve + measured[f"critical mass, memory {k} minus memory 12"].value for k in (6, 24)}
        masses = {6: masses[6], 12: twelve, 24: masses[24]}
        memory.plot(list(masses), list(masses.values()), color=COLOURS[1], marker="s")
        memory.set(
            xlabel="words remembered", ylabel="critical mass, ties at random", xticks=list(masses), ylim=(0, 0.5)
        )
        figure.suptitle("A committed quarter overturns a convention; long memories resist", x=0.01, ha="left")
        num_runs = measured["critical mass, ties at random"].num_runs
        caption = f"Left: {RUNS} populations of 24 each, memory 12, 95% intervals. Right: {num_runs:,}. 45 rounds."
        figure.supxlabel(caption, x=0.01, ha="left", fontsize=7, color=GREY)
        return save(figure, folder / "figure.png")


def _tipped(committed: int, ties: str) -> Estimate:
    """Return the share of some populations in which most use the new word at the end."""
    rule = Recollection(ties=ties, first_word=1, committed=committed / SIZE, committed_word=0)
    model = Scenario(Naming(vocabulary=2), rule, f"complete:n={SIZE}", 45 * SIZE)
    runs = run(model, replications=RUNS, seed=SEED, record_every=None).runs
    return proportion((runs.modal_word == 0) & (runs.commonest_word_share > 0.5))
