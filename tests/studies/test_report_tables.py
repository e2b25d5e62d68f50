import itertools
import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from socialsim.core.errors import ParameterError
from socialsim.studies.report.archive import archive_places, as_arrow, moved, zipped
from socialsim.studies.report.latex import SPECIAL, escape, latex_table
from socialsim.studies.report.numbers import plain, printed
from socialsim.studies.report.words import markdown_table

NAN = float("nan")


@pytest.mark.parametrize(
    ("estimate", "text"),
    [
        ((0.9701, 0.9677, 0.9724), "0.9701 [0.9677, 0.9724]"),  # h = .00235: two digits
        ((0.97, 0.9657, 0.9743), "0.970 [0.966, 0.974]"),  # h = .0043: one
        ((0.72, 0.5834, 0.8253), "0.72 [0.58, 0.83]"),
        ((108.2, 95.1, 121.3), "108 [95, 121]"),
        ((14326.0, 13020.0, 15632.0), "14326 [13020, 15632]"),
        ((1.0, 0.9273, 1.0), "1.00 [0.93, 1.00]"),
        ((-0.001, -0.3, 0.31), "0.00 [-0.30, 0.31]"),
        ((5.0, NAN, NAN), "5"),
        ((2.0, 2.0, 2.0), "2"),
        ((2.5e9, 2.1e9, 2.9e9), "2.5 [2.1, 2.9] × 10^9"),
        ((NAN, NAN, NAN), "undefined"),
        ((0.0, 0.0, 0.037), "0.000 [0.000, 0.037]"),
    ],
)
def test_estimates_are_printed_to_the_precision_of_their_interval(estimate, text):
    assert plain(*estimate) == text


@given(st.floats(-1e4, 1e4), st.floats(1e-4, 1e4), st.floats(0, 1))
def test_rounding_moves_no_end_by_more_than_a_seventh_of_the_half_width(low, width, share):
    high, value = low + width, low + share * width
    words = printed(value, low, high)
    for text, number in ((words.value, value), (words.low, low), (words.high, high)):
        assert abs(float(text) * 10.0**words.power - number) <= max(width / 2 / 7, 0.5) + 1e-9 * abs(number)
    if width < 100:
        assert abs(float(words.low) * 10.0**words.power - low) <= width / 2 / 7 + 1e-6 * width


# --- LaTeX ------------------------------------------------------------------------------------------------------------


def a_summary(**factors):
    settings = [dict(zip(factors, values, strict=True)) for values in itertools.product(*factors.values())]
    table = pd.DataFrame(settings)
    value = np.linspace(0.5, 0.9, len(table))
    return table.assign(
        metric="success_rate", value=value, low=value - 0.05, high=value + 0.05, num_runs=100, reason=""
    )


def cells_of(latex):
    """The cells of each row of a table, after making sure that LaTeX would read it."""
    assert latex.isascii()
    for opened, closed in (("table", "table"), ("tabular", "tabular")):
        assert latex.count(rf"\begin{{{opened}}}") == latex.count(rf"\end{{{closed}}}")
    unescaped = re.sub(r"\\[{}$&%#_]", "", latex)
    assert unescaped.count("{") == unescaped.count("}")
    assert all(line.count("$") % 2 == 0 for line in unescaped.splitlines())
    assert not re.search(r"[#%~\"<>|]", unescaped)
    assert set(re.findall(r"\\([a-zA-Z]+)", latex)) <= {
        "begin", "end", "centering", "small", "caption", "label", "toprule", "midrule", "bottomrule", "cmidrule",
        "multicolumn", "times", "dots", "textbackslash", "textasciitilde", "textasciicircum", "textless", "textgreater",
        "textbar",
    }  # fmt: skip
    rows = []
    for columns, body in re.findall(r"\\begin{tabular}{(l+)}(.*?)\\end{tabular}", latex, re.S):
        names = [line.strip() for line in body.splitlines()]
        assert [name for name in names if name.endswith("rule")] == [r"\toprule", r"\midrule", r"\bottomrule"]
        lines = [line for line in names if line.endswith(r"\\")]
        assert not any(line.startswith(("[", "*")) for line in lines)  # they would be arguments of the line end before
        for line in lines:
            cells = re.split(r"(?<!\\)&", line.removesuffix(r"\\"))
            spans = [int(n) - 1 for n in re.findall(r"\\multicolumn{(\d+)}", line)]
            assert len(cells) + sum(spans) == len(columns)
            rows.append([cell.strip() for cell in cells])
    return rows


def test_the_last_factor_of_a_grid_has_a_column_for_each_level():
    table = a_summary(**{"network": ["cycle", "complete"], "network.n": [4, 6], "environment.effect": [0.01, 0.1]})
    rows = cells_of(latex_table(table, "success_rate"))
    assert rows[0] == ["", "", r"\multicolumn{2}{c}{effect}"]
    assert rows[1] == ["network", "network.n", "0.01", "0.1"]
    assert rows[2] == ["cycle", "4", r"$0.50\ [0.45, 0.55]$", r"$0.56\ [0.51, 0.61]$"]
    assert rows[3][:2] == ["", "6"]  # the name is not repeated
    assert rows[4][:2] == ["complete", "4"]


def test_many_levels_and_points_off_a_grid_have_a_row_each():
    many = a_summary(**{"network.n": [4, 6], "environment.effect": [0.01, 0.02, 0.03, 0.04, 0.05, 0.06]})
    assert len(cells_of(latex_table(many, "success_rate"))) == 1 + 12
    assert len(cells_of(latex_table(many[many["environment.effect"] < 0.03][:3], "success_rate"))) == 1 + 3


def test_a_table_that_no_page_holds_is_cut_and_one_of_many_pages_is_left_out():
    table = a_summary(**{"learner.alpha": range(100)})
    latex = latex_table(table, "success_rate")
    assert latex.count(r"\begin{table}") == 3
    assert "Part 3 of 3." in latex
    assert r"\label{tab:success_rate:3}" in latex
    assert len(cells_of(latex)) == 3 + 100
    assert latex_table(a_summary(**{"learner.alpha": range(226)}), "success_rate") == ""


def test_undefined_values_are_dashes_and_the_caption_says_so():
    table = a_summary(**{"learner.alpha": [0.1, 0.2]})
    table.loc[1, ["value", "low", "high"]] = NAN
    latex = latex_table(table, "success_rate", caption="Share of runs.")
    assert cells_of(latex)[-1] == ["0.2", "--"]
    assert r"\caption{Share of runs. Value and 95\% interval; 100 runs each. A dash: undefined.}" in latex


def test_the_caption_tells_numbers_of_runs_that_differ():
    table = a_summary(**{"learner.alpha": [0.1, 0.2]}).assign(num_runs=[100, 2500])
    assert "100 to 2,500 runs each" in latex_table(table, "success_rate")


def test_one_point_makes_a_table():
    assert cells_of(latex_table(a_summary(**{"learner.alpha": [0.1]}), "success_rate")) == [
        ["success rate"],
        [r"$0.50\ [0.45, 0.55]$"],
    ]


@given(st.lists(st.text('ab_%&$#{}~^\\<>|[]*" ', min_size=1, max_size=12), min_size=2, max_size=5, unique=True))
def test_any_name_can_stand_in_a_table(names):
    latex = latex_table(a_summary(network=names), "success_rate", caption=names[0], labels={"network": names[1]})
    assert len(cells_of(latex)) == 1 + len(names)


def test_every_special_letter_is_escaped():
    assert all(escape(letter) != letter for letter in SPECIAL)
    assert escape("50% of a & b_1") == r"50\% of a \& b\_1"


def test_an_unknown_metric_is_refused():
    with pytest.raises(ParameterError, match="did you mean 'success_rate'"):
        latex_table(a_summary(**{"learner.alpha": [0.1]}), "succes_rate")


# --- Markdown and the archive -----------------------------------------------------------------------------------------


def test_a_bar_in_a_cell_is_no_border():
    assert markdown_table(["a", "b"], [["x|y", 1]]).splitlines() == ["| a | b |", "|---|---|", r"| x\|y | 1 |"]


def test_files_stand_inside_the_archive_each_at_its_own_place():
    names = ["own.py", "nets/a.csv", "/home/me/a.csv", "../a.csv", "files/a.csv"]
    places = archive_places(names)
    assert places["own.py"], places["nets/a.csv"] == ("own.py", "nets/a.csv")
    assert len(set(places.values())) == len(names)
    assert not any(place.startswith(("/", "..")) for place in places.values())


def test_a_study_file_names_files_by_their_places():
    text = 'scenario = \'/home/me/own.py\'\n[factors]\n"network" = ["/home/me/a.csv", "cycle"]\n# /home/me/a.csv\n'
    places = archive_places(["/home/me/own.py", "/home/me/a.csv"])
    assert moved(text, places) == (
        'scenario = "files/own.py"\n[factors]\n"network" = ["files/a.csv", "cycle"]\n# /home/me/a.csv\n'
    )
    assert moved(text, {"own.py": "own.py"}) == text


@given(st.dictionaries(st.text("abc", min_size=1), st.binary(), max_size=5))
def test_an_archive_does_not_depend_on_the_order_of_its_entries(entries):
    assert zipped(entries) == zipped(dict(reversed(entries.items())))


def test_columns_of_lists_and_mixed_columns_become_text():
    frame = pd.DataFrame({"a": [[1, 2], None], "b": [True, "cycle"], "c": pd.Categorical(["x", "y"]), "d": [1, 2]})
    assert as_arrow(frame).to_pydict() == {
        "a": ["[1, 2]", None],
        "b": ["true", "cycle"],
        "c": ["x", "y"],
        "d": [1, 2],
    }
