r"""Tables for papers in LaTeX: they need ``\usepackage{booktabs}`` and nothing else.

A table has a row for each combination of levels and a column for each level of the last factor, where the points form a
grid and that factor has few levels. A long one is cut into tables that fit on a page each.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from socialsim.plotting.studies.axes import Scale, factors_of, label_of, name_of, rows_of
from socialsim.studies.report.numbers import printed

MOST_COLUMNS = 5  # of estimates, side by side
MOST_ROWS = 45  # on a page
MOST_PAGES = 5
SPECIAL: Mapping[str, str] = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "%": r"\%", "#": r"\#", "_": r"\_",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\textless{}", ">": r"\textgreater{}",
    "|": r"\textbar{}", '"': "''", "…": r"\dots{}", "×": r"$\times$",
    "[": "{[}", "]": "{]}", "*": "{*}",  # behind a line's end they would be its arguments
}  # fmt: skip


def latex_table(table: pd.DataFrame, metric: str, *, caption: str = "", labels: Mapping[str, str] | None = None) -> str:
    r"""Return the estimates of a metric as LaTeX: one table, or several where there are many points.

    Parameters
    ----------
    table : DataFrame
        A summary.
    metric : str
    caption : str
        A sentence on what the metric is; that the table shows values with 95% intervals is added.
    labels : mapping of str to str, optional
        How factors and metrics are called, with their units.

    Returns
    -------
    str
        Empty where the table would fill more than five pages.

    Raises
    ------
    ParameterError
        If the table has no such metric.

    Examples
    --------
    >>> table = pd.DataFrame({"learner.alpha": [0.1, 0.2], "metric": "mean_wage", "num_runs": 50})
    >>> print(latex_table(table.assign(value=2.0, low=1.95, high=2.05), "mean_wage", caption="What one earns."))
    \begin{table}
      \centering
      \small
      \caption{What one earns. Value and 95\% interval; 50 runs each.}
      \label{tab:mean_wage}
      \begin{tabular}{ll}
        \toprule
        alpha & mean wage \\
        \midrule
        0.1 & $2.00\ [1.95, 2.05]$ \\
        0.2 & $2.00\ [1.95, 2.05]$ \\
        \bottomrule
      \end{tabular}
    \end{table}
    """
    rows = rows_of(table, metric)
    factors = factors_of(rows)
    across = factors[-1] if _fits_across(rows, factors) else None
    head, body = _pivoted(rows, factors, across, metric, labels)
    if len(body) > MOST_ROWS * MOST_PAGES:
        return ""
    num_columns = len(body[0])
    pages = [body[k : k + MOST_ROWS] for k in range(0, len(body), MOST_ROWS)]
    note = " ".join(filter(None, [caption, f"Value and 95% interval; {_runs(rows)}."]))
    if rows.value.isna().any():
        note += " A dash: undefined."
    tables = []
    for number, page in enumerate(pages, 1):
        part = f" Part {number} of {len(pages)}." if len(pages) > 1 else ""
        label = f"tab:{metric}" + (f":{number}" if len(pages) > 1 else "")
        tables.append(_environment(head, _quiet(page, num_columns - _num_values(rows, across)), note + part, label))
    return "\n".join(tables)


def escape(text: str) -> str:
    r"""Return text in which LaTeX finds no command.

    Examples
    --------
    >>> print(escape("cost_of_effort (%)"))
    cost\_of\_effort (\%)
    """
    return "".join(SPECIAL.get(letter, letter) for letter in " ".join(text.split()))


def _fits_across(rows: pd.DataFrame, factors: Sequence[str]) -> bool:
    """Say whether the last factor can have a column for each of its levels."""
    if len(factors) < 2:
        return False
    num_levels = rows[factors[-1]].nunique()
    is_grid = len(rows) == num_levels * len(rows[factors[:-1]].drop_duplicates())
    return num_levels <= MOST_COLUMNS and is_grid and not rows.duplicated(factors).any()


def _num_values(rows: pd.DataFrame, across: str | None) -> int:
    return 1 if across is None else rows[across].nunique()


def _pivoted(
    rows: pd.DataFrame, factors: Sequence[str], across: str | None, metric: str, labels: Mapping[str, str] | None
) -> tuple[list[str], list[list[str]]]:
    """Return the lines of the head, and the cells of the body."""
    down = [path for path in factors if path != across]
    names = [escape(label_of(path, labels)) for path in down]
    rows = rows.assign(cell=[_cell(*estimate) for estimate in zip(rows.value, rows.low, rows.high, strict=True)])
    if across is None:
        head = [" & ".join([*names, escape(label_of(metric, labels))]) + r" \\"]
        return head, [[*_names(row, down), row["cell"]] for row in rows.to_dict("records")]
    scale = Scale.of(rows[across], label_of(across, labels))
    first, last = len(down) + 1, len(down) + len(scale.levels)
    head = [
        "& " * len(down) + rf"\multicolumn{{{len(scale.levels)}}}{{c}}{{{escape(scale.label)}}} \\",
        rf"\cmidrule(lr){{{first}-{last}}}",
        " & ".join([*names, *(escape(name_of(level)) for level in scale.levels)]) + r" \\",
    ]
    body = []
    for _, ours in rows.groupby(down, sort=False):
        cells = dict(zip(ours[across], ours.cell, strict=True))
        body.append([*_names(ours.iloc[0].to_dict(), down), *(cells[level] for level in scale.levels)])
    return head, body


def _names(row: Mapping[Any, Any], paths: Sequence[str]) -> list[str]:
    return [escape(name_of(row[path])) for path in paths]


def _cell(value: float, low: float, high: float) -> str:
    """Return an estimate in mathematics mode, or a dash."""
    words = printed(value, low, high)
    if not words.value:
        return "--"
    interval = rf"\ [{words.low}, {words.high}]" if words.low else ""
    power = rf" \times 10^{{{words.power}}}" if words.power else ""
    return f"${_mantissa(words.value)}{interval}{power}$"


def _mantissa(text: str) -> str:
    """Return a number without the e of a computer's notation."""
    mantissa, _, exponent = text.partition("e")
    return mantissa + (rf" \cdot 10^{{{int(exponent)}}}" if exponent else "")


def _runs(rows: pd.DataFrame) -> str:
    """Return how many runs stand behind the estimates."""
    fewest, most = int(rows.num_runs.min()), int(rows.num_runs.max())
    return f"{fewest:,} runs each" if fewest == most else f"{fewest:,} to {most:,} runs each"


def _quiet(page: Sequence[Sequence[str]], num_names: int) -> list[list[str]]:
    """Blank the names that are those of the row above, all names to their left being equal too."""
    quiet: list[list[str]] = []
    for number, row in enumerate(page):
        above = page[number - 1] if number else [""] * len(row)
        equal = 0
        while number and equal < num_names - 1 and row[equal] == above[equal]:
            equal += 1
        quiet.append([""] * equal + list(row[equal:]))
    return quiet


def _environment(head: Sequence[str], body: Sequence[Sequence[str]], caption: str, label: str) -> str:
    """Return one table."""
    lines = [r"\toprule", *head, r"\midrule", *(" & ".join(row).lstrip() + r" \\" for row in body), r"\bottomrule"]
    return "\n".join(
        [
            r"\begin{table}",
            r"  \centering",
            r"  \small",
            rf"  \caption{{{escape(caption)}}}",
            rf"  \label{{{label}}}",
            rf"  \begin{{tabular}}{{{'l' * len(body[0])}}}",
            *(f"    {line}" for line in lines),
            r"  \end{tabular}",
            r"\end{table}",
        ]
    )
