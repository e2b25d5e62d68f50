"""The leading eight, measured: how much cooperation each keeps up, and what a norm without second thoughts loses."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from socialsim.core.estimate import Estimate
from socialsim.environments.reputation.norms import LEADING
from socialsim.plotting.figures import save
from socialsim.plotting.style import COLOURS, GREY, INK, styled

EXACT = {"marker": "_", "color": INK, "markersize": 16, "markeredgewidth": 1.4, "linestyle": ""}
COLUMNS = ("good to good", "good to bad", "bad to good", "bad to bad")


def draw(measured: Mapping[str, Estimate], expected: Mapping[str, Any], folder: Path) -> Path:
    """Draw the norms as tables, and the cooperation rate of each beside its closed form."""
    published = {row["quantity"]: row["published"] for row in expected["rows"]}
    names = list(LEADING)
    with styled():
        figure = Figure(figsize=(8.2, 4.4))
        tables, rates = figure.subplots(1, 2, width_ratios=(1.15, 1))
        letters = np.array([[*norm, *strategy] for norm, strategy in LEADING.values()])
        tables.imshow(np.isin(letters, ("G", "C")), cmap="Greys_r", vmin=-1.6, vmax=1, aspect="auto")
        for row, column in np.ndindex(letters.shape):
            tables.text(column, row, letters[row, column], ha="center", va="center", fontsize=8)
        for place in (3.5, 7.5):
            tables.axvline(place, color=INK, linewidth=1.4)
        tables.set_yticks(range(len(names)), names)
        tables.set_xticks(range(12), COLUMNS * 3, rotation=90, fontsize=7)
        tables.grid(visible=False)
        for place, title in ((1.5, "who gives is"), (5.5, "who refuses is"), (9.5, "one does")):
            tables.text(place, -0.8, title, ha="center")
        found = [measured[f"cooperation, {name}"] for name in names]
        values = [estimate.value for estimate in found]
        reach = [[e.value - e.low for e in found], [e.high - e.value for e in found]]
        places = range(len(names))
        rates.errorbar(
            values, places, xerr=reach, color=COLOURS[0], marker="o", linestyle="", capsize=2.5, label="simulated"
        )
        exact = [float(published[f"cooperation, {name}"]) for name in names]
        rates.plot(exact, places, label="closed form", **{**EXACT, "marker": "|"})
        rates.set_yticks(places, names)
        rates.set_ylim(len(names) - 0.5, -0.5)
        rates.set_xlabel("Share of meetings in which the donor gives")
        rates.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)
        figure.suptitle("The leading eight norms, and the cooperation they keep up", x=0.01, ha="left")
        caption = f"{found[0].num_runs} populations each of 2,000, 95% intervals; errors of acts and of judgements .05"
        figure.supxlabel(caption, x=0.01, ha="left", fontsize=7, color=GREY)
        return save(figure, folder / "figure.png")
