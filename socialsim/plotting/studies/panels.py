"""Small multiples: a panel for each combination of the factors that a figure has no other place for."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from socialsim.plotting.studies.axes import factors_of, label_of, name_of, note_of, short
from socialsim.plotting.style import GREY

COLUMN, PAGE = 3.5, 7.2  # inches: one column and both columns of a journal's page
MOST_PANELS = 12


@dataclass
class Panels:
    """A figure of panels that share their axes.

    Parameters
    ----------
    figure : Figure
    axes : list of Axes
        One a panel.
    parts : list of DataFrame
        What is drawn in each.
    titles : list of str
    num_columns : int
    width : float
        Of a panel, in inches.
    notes : list of str
        Sentences below the figure.

    Examples
    --------
    >>> rows = pd.DataFrame({"network": ["cycle", "complete"], "metric": "welfare", "value": [1.0, 2.0]})
    >>> panels = Panels.of(rows, used=[])
    >>> panels.titles
    ['network: cycle', 'network: complete']
    """

    figure: Figure
    axes: list[Axes]
    parts: list[pd.DataFrame]
    titles: list[str]
    num_columns: int
    width: float
    notes: list[str] = field(default_factory=list)

    @classmethod
    def of(
        cls, rows: pd.DataFrame, used: Sequence[str], labels: Mapping[str, str] | None = None, height: float = 2.5
    ) -> Panels:
        """Return an empty figure with a panel for each combination of the factors that are not used, evenly chosen
        where they are many.
        """
        others = [path for path in factors_of(rows) if path not in used]
        groups = list(rows.groupby(others, sort=False)) if others else [((), rows)]
        chosen = np.linspace(0, len(groups) - 1, min(len(groups), MOST_PANELS)).round().astype(int)
        shown = [groups[k] for k in chosen]
        titles = [
            "; ".join(f"{short(label_of(path, labels))}: {name_of(v)}" for path, v in zip(others, levels, strict=True))
            for levels, _ in shown
        ]
        last = rows[others[-1]].nunique() if len(others) > 1 else 0
        num_columns = last if last in (2, 3) else {1: 1, 2: 2, 4: 2}.get(len(shown), 3)
        num_rows = -(-len(shown) // num_columns)
        width = COLUMN if len(shown) == 1 else PAGE / num_columns
        figure = Figure(figsize=(width * num_columns, (height if len(shown) == 1 else min(height, width)) * num_rows))
        grid = figure.subplots(num_rows, num_columns, sharex=True, sharey=True, squeeze=False).ravel()
        for unused in grid[len(shown) :]:
            unused.remove()
        panels = cls(figure, list(grid[: len(shown)]), [part for _, part in shown], titles, num_columns, width)
        if len(groups) > len(shown):
            panels.notes.append(f"{len(shown)} of {len(groups)} panels are shown.")
        return panels

    def finish(self) -> Figure:
        """Write titles and note, leave labels on the outer axes alone, and return the figure."""
        for number, (axes, title) in enumerate(zip(self.axes, self.titles, strict=True)):
            if title:
                axes.set_title(_in_lines(title, int(10.5 * self.width)), fontsize=8)
            is_left, is_low = number % self.num_columns == 0, number + self.num_columns >= len(self.axes)
            axes.tick_params(labelleft=is_left, labelbottom=is_low)
            axes.yaxis.label.set_visible(is_left)
            axes.xaxis.label.set_visible(is_low)
            if len(self.axes) > 1:
                axes.minorticks_off()
        write_note(self.figure, self.notes)
        return self.figure


def write_note(figure: Figure, sentences: Sequence[str]) -> None:
    """Write a note below a figure.

    Examples
    --------
    >>> figure = Figure()
    >>> write_note(figure, ["Bands are 95% intervals."])
    >>> figure.get_supxlabel()
    'Bands are 95% intervals.'
    """
    if any(sentences):
        text = note_of(sentences, figure.get_figwidth())
        figure.supxlabel(text, x=0.01, ha="left", fontsize=7, color=GREY)


def write_legend(figure: Figure, handles: Sequence[Any], names: Sequence[str], title: str = "") -> None:
    """Put a legend above all panels, where it hides nothing, in as many columns as fit.

    Examples
    --------
    >>> from matplotlib.lines import Line2D
    >>> figure = Figure()
    >>> write_legend(figure, [Line2D([], [])], ["cycle"], "network")
    >>> figure.legends[0].get_texts()[0].get_text()
    'cycle'
    """
    letters = max(len(name) for name in names) + 6
    num_columns = max(1, min(len(names), int(16 * figure.get_figwidth() / letters)))
    figure.legend(
        handles, names, title=title, loc="outside upper left", ncols=num_columns, handlelength=1.4, columnspacing=1.2,
        title_fontsize=8, alignment="left",
    )  # fmt: skip


def _in_lines(title: str, letters: int) -> str:
    """Return a title in lines of so many letters that end between factors, where a factor fits into a line."""
    parts = [part.replace(" ", "\N{NO-BREAK SPACE}") if len(part) < letters else part for part in title.split("; ")]
    return textwrap.fill("; ".join(parts), letters)
