"""Figures of recovery: parameters that went in and came out, and which model was found in what each had made.

Both take the tables of `socialsim.inference.recovery`, or tables like them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap

from socialsim.core.errors import ParameterError
from socialsim.plotting.style import COLOURS, GREY, INK

if TYPE_CHECKING:
    import pandas as pd


def draw_recovery(axes: Axes, table: pd.DataFrame, parameter: str) -> None:
    """Draw a parameter's estimates against its true values, with intervals; those that miss the truth stand out.

    Parameters
    ----------
    axes : Axes
    table : DataFrame
        With the columns parameter, true, fitted, low and high; a row without an estimate is left out, and counted.
    parameter : str

    Raises
    ------
    ParameterError
        If the table has no such parameter.

    Examples
    --------
    >>> import pandas as pd
    >>> from matplotlib.figure import Figure
    >>> axes = Figure().subplots()
    >>> rows = [("alpha", 0.2, 0.25, 0.1, 0.4), ("alpha", 0.8, 0.5, 0.4, 0.6)]
    >>> draw_recovery(axes, pd.DataFrame(rows, columns=["parameter", "true", "fitted", "low", "high"]), "alpha")
    >>> axes.get_title(loc="left")
    'alpha: 1 of 2 intervals hold the truth'
    """
    rows = table[table.parameter == parameter]
    if not len(rows):
        raise ParameterError(
            f"parameter: {parameter!r} is not accepted; accepted: {', '.join(table.parameter.unique())}"
        )
    fitted = rows.dropna(subset=["fitted", "low", "high"])
    holds = (fitted.low <= fitted.true) & (fitted.true <= fitted.high)
    for subset, colour in ((fitted[holds], COLOURS[0]), (fitted[~holds], COLOURS[1])):
        reach = [subset.fitted - subset.low, subset.high - subset.fitted]
        style: dict[str, Any] = {"linestyle": "", "elinewidth": 0.7, "alpha": 0.75, "markersize": 3.5, "capsize": 0}
        axes.errorbar(subset.true, subset.fitted, reach, marker="o", color=colour, **style)
    ends = rows.true.min(), rows.true.max()
    axes.plot(ends, ends, color=GREY, linewidth=1.0, linestyle="--", zorder=0)
    axes.set_title(f"{parameter}: {int(holds.sum())} of {len(fitted)} intervals hold the truth", loc="left", fontsize=9)
    axes.set(xlabel=f"{parameter} that went in", ylabel=f"{parameter} that came out")
    if len(fitted) < len(rows):
        axes.text(0.98, 0.02, f"{len(rows) - len(fitted)} undefined", transform=axes.transAxes, ha="right", fontsize=8)


def draw_confusion(axes: Axes, confusion: pd.DataFrame) -> None:
    """Draw a confusion matrix: a row for the model that made the choices, a column for the one that fits best.

    Parameters
    ----------
    axes : Axes
    confusion : DataFrame
        Shares, with the models' names as index and columns.

    Examples
    --------
    >>> import pandas as pd
    >>> from matplotlib.figure import Figure
    >>> axes = Figure().subplots()
    >>> draw_confusion(axes, pd.DataFrame([[0.9, 0.1], [0.2, 0.8]], ["a", "b"], ["a", "b"]))
    >>> [text.get_text() for text in axes.texts]
    ['0.90', '0.10', '0.20', '0.80']
    """
    shares = confusion.to_numpy()
    axes.imshow(shares, vmin=0, vmax=1, cmap=LinearSegmentedColormap.from_list("", ["#FFFFFF", COLOURS[0]]))
    for i, row in enumerate(shares):
        for j, share in enumerate(row):
            axes.text(j, i, f"{share:.2f}", ha="center", va="center", color="#FFFFFF" if share > 0.55 else INK)
    axes.set_xticks(range(shares.shape[1]), list(confusion.columns), fontsize=8)
    axes.set_yticks(range(shares.shape[0]), list(confusion.index), fontsize=8, rotation=90, va="center")
    axes.set(xlabel="fits best", ylabel="made by")
    axes.tick_params(length=0)
    axes.grid(visible=False)
    for spine in axes.spines.values():
        spine.set_visible(False)
