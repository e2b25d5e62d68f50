import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.colors import LogNorm

from socialsim.core.errors import ParameterError, ResultError
from socialsim.plotting.figures import save
from socialsim.plotting.studies.axes import Scale, factors_of, name_of, note_of
from socialsim.plotting.studies.lines import convergence, line_with_band
from socialsim.plotting.studies.maps import heat_map, phase_diagram, phases
from socialsim.plotting.studies.panels import COLUMN, PAGE
from socialsim.plotting.studies.samples import pair_plots, sensitivity_bars

EFFECTS = [0.001, 0.003, 0.01, 0.03, 0.1]


def a_summary(function=lambda row: 0.5, half_width=0.05, **factors):
    """A summary of a full design in which a metric is a function of the factors."""
    settings = [dict(zip(factors, values, strict=True)) for values in itertools.product(*factors.values())]
    table = pd.DataFrame(settings)
    table.insert(0, "point", [f"{number:064x}" for number in range(len(table))])
    value = np.array([function(row) for row in settings], float)
    estimates = {"value": value, "low": value - half_width, "high": value + half_width}
    return table.assign(metric="success_rate", **estimates, num_runs=100, reason="")


def zollman(row):
    return 0.55 + 0.15 * np.log10(row["environment.effect"] / 0.001) + 0.01 * row.get("network.n", 4)


def two_factors(**others):
    return a_summary(zollman, **{"network.n": [4, 6, 10], "environment.effect": EFFECTS}, **others)


def note(figure):
    return figure.get_supxlabel().replace("\n", " ")


def titles(figure):
    return [axes.get_title(loc="left").replace("\N{NO-BREAK SPACE}", " ") for axes in figure.axes]


def legend(figure):
    return [text.get_text() for text in figure.legends[0].get_texts()]


# --- axes -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("levels", "kind"),
    [
        ([4, 6, 8, 10, 14, 20], "linear"),
        ([10, 100, 1000], "log"),
        ([0.001, 1.0], "log"),
        ([0, 10, 100], "linear"),
        (list(range(1, 101)), "linear"),
        (["cycle", "complete"], "category"),
        ([True, False], "category"),
        ([0.1, None], "category"),
        ([[0.1, 0.2], [0.3, 0.4]], "category"),
    ],
)
def test_an_axis_is_logarithmic_where_its_levels_are(levels, kind):
    assert Scale.of(pd.Series(levels), "x").kind == kind


@given(st.lists(st.floats(1e-6, 1e6), min_size=5, max_size=20, unique=True), st.randoms())
def test_the_scale_does_not_depend_on_the_order_of_rows(values, random):
    shuffled = random.sample(values, len(values))
    assert Scale.of(pd.Series(values), "x") == Scale.of(pd.Series(shuffled), "x")


def test_a_sample_that_is_uniform_on_a_log_scale_is_drawn_on_one():
    stream = np.random.default_rng(1)
    assert Scale.of(pd.Series(10 ** stream.uniform(-3, 0, 200)), "x").kind == "log"
    assert Scale.of(pd.Series(stream.uniform(0.001, 1, 200)), "x").kind == "linear"


def test_a_factor_with_one_level_is_none():
    assert factors_of(a_summary(**{"network.n": [4], "network": ["cycle", "complete"]})) == ["network"]


@given(st.text(min_size=1, max_size=60), st.integers(5, 30))
def test_a_shortened_name_has_no_more_letters_than_allowed(text, letters):
    assert len(name_of(text, letters)) <= letters
    assert name_of(text, 60) == text


@given(st.lists(st.text("abc .", max_size=40), max_size=5))
def test_a_note_fits_its_figure(sentences):
    assert all(len(line) <= 17 * COLUMN for line in note_of(sentences, COLUMN).splitlines())


# --- lines ------------------------------------------------------------------------------------------------------------


def test_a_line_goes_through_the_values_and_its_band_through_the_intervals():
    table = a_summary(zollman, **{"environment.effect": EFFECTS[::-1]})
    axes = line_with_band(table, "environment.effect", metric="success_rate").axes[0]
    assert axes.get_xscale() == "log"
    assert axes.lines[0].get_xdata().tolist() == EFFECTS
    assert axes.lines[0].get_ydata().tolist() == pytest.approx([zollman({"environment.effect": e}) for e in EFFECTS])
    corners = axes.collections[0].get_paths()[0].vertices
    assert corners[:, 1].min() == pytest.approx(0.55 + 0.04 - 0.05)
    assert corners[:, 1].max() == pytest.approx(0.55 + 0.3 + 0.04 + 0.05)


def test_labels_name_factors_and_metric_with_their_units():
    labels = {"environment.effect": "effect (probability)", "success_rate": "success rate (share of runs)"}
    axes = line_with_band(two_factors(), "environment.effect", by="network.n", metric="success_rate", labels=labels)
    assert axes.axes[0].get_xlabel() == "effect (probability)"
    assert axes.axes[0].get_ylabel() == "success rate (share of runs)"
    assert axes.legends[0].get_title().get_text() == "network.n"


def test_factors_without_a_place_of_their_own_make_panels():
    table = two_factors(network=["cycle", "complete"])
    figure = line_with_band(table, "environment.effect", by="network.n", metric="success_rate")
    assert titles(figure) == ["network: cycle", "network: complete"]
    assert [len(axes.lines) for axes in figure.axes] == [3, 3]
    assert figure.get_figwidth() == PAGE


def test_what_does_not_fit_is_left_out_and_the_note_says_so():
    table = a_summary(**{"learner.a": range(8), "learner.b": range(15), "learner.c": [1, 2]})
    figure = line_with_band(table, "learner.c", by="learner.a", metric="success_rate")
    assert len(figure.axes) == 12
    assert legend(figure) == ["0", "1", "3", "4", "6", "7"]
    assert "12 of 15 panels are shown." in note(figure)
    assert "6 of 8 levels of a are shown." in note(figure)
    assert (titles(figure)[0], titles(figure)[-1]) == ("b: 0", "b: 14")


def test_an_undefined_value_is_a_gap_and_is_counted():
    table = two_factors()
    table.loc[2, ["value", "low", "high"]] = np.nan
    figure = line_with_band(table, "environment.effect", by="network.n", metric="success_rate")
    assert np.isnan(figure.axes[0].lines[0].get_ydata()).tolist() == [False, False, True, False, False]
    assert "1 of 15 values is undefined." in note(figure)


def test_categories_have_bars_side_by_side():
    table = a_summary(**{"network": ["cycle", "complete", "star"], "network.n": [4, 6]})
    axes = line_with_band(table, "network", by="network.n", metric="success_rate").axes[0]
    places = np.array([line.get_xdata() for line in axes.lines])
    assert (np.diff(places, axis=0) > 0).all()
    assert np.abs(places - np.arange(3)).max() < 0.5
    assert [text.get_text() for text in axes.get_xticklabels()] == ["cycle", "complete", "star"]


def test_values_that_span_much_are_drawn_on_a_log_scale():
    table = a_summary(lambda row: 10 / row["environment.effect"], half_width=1, **{"environment.effect": EFFECTS})
    assert line_with_band(table, "environment.effect", metric="success_rate").axes[0].get_yscale() == "log"


def test_shares_and_bands_that_reach_zero_are_drawn_on_a_linear_scale():
    shares = a_summary(lambda row: row["environment.effect"], half_width=0, **{"environment.effect": [0.001, 0.5, 1.0]})
    assert line_with_band(shares, "environment.effect", metric="success_rate").axes[0].get_yscale() == "linear"
    table = a_summary(lambda row: 1 / row["environment.effect"], half_width=20, **{"environment.effect": EFFECTS})
    assert line_with_band(table, "environment.effect", metric="success_rate").axes[0].get_yscale() == "linear"


def test_convergence_ends_at_the_estimate_of_all_replications():
    table = pd.concat(a_summary(**{"network.n": [4, 6]}, half_width=1 / n).assign(replications=n) for n in (10, 100))
    figure = convergence(table, "success_rate")
    assert titles(figure) == ["network.n: 4", "network.n: 6"]
    for axes in figure.axes:
        assert axes.lines[0].get_ydata()[0] == axes.lines[1].get_ydata()[-1]
    with pytest.raises(ResultError, match="the column replications"):
        convergence(two_factors(), "success_rate")


# --- maps -------------------------------------------------------------------------------------------------------------


def test_a_heat_map_has_a_cell_for_each_point_with_its_value():
    axes, bar = heat_map(two_factors(), "environment.effect", "network.n", "success_rate").axes
    values = axes.images[0].get_array()
    assert values.shape == (3, 5)
    assert values[2, 1] == pytest.approx(zollman({"environment.effect": 0.003, "network.n": 10}))
    assert [text.get_text() for text in axes.texts][:2] == ["0.59", "0.66"]
    assert [text.get_text() for text in axes.get_xticklabels()] == ["0.001", "0.003", "0.01", "0.03", "0.1"]
    assert bar.get_ylabel() == "success rate"


def test_undefined_cells_are_hatched_and_absent_ones_blank():
    table = two_factors()
    table.loc[3, ["value", "low", "high"]] = np.nan
    figure = heat_map(table.drop(index=7), "environment.effect", "network.n", "success_rate")
    axes = figure.axes[0]
    assert [(patch.get_x(), patch.get_y()) for patch in axes.patches] == [(2.5, -0.5)]
    assert axes.patches[0].get_hatch()
    assert axes.images[0].get_array().mask.sum() == 2
    assert len(axes.texts) == 13
    assert note(figure) == "Hatched: undefined. Blank: no point."


def test_wide_values_have_logarithmic_shades_and_equal_ones_any():
    table = a_summary(lambda row: 1 / row["environment.effect"], **{"network.n": [4, 6], "environment.effect": EFFECTS})
    wide = heat_map(table, "environment.effect", "network.n", "success_rate").axes[0].images[0]
    assert isinstance(wide.norm, LogNorm)
    even = heat_map(two_factors().assign(value=0.0), "environment.effect", "network.n", "success_rate")
    assert {text.get_text() for text in even.axes[0].texts} == {"0.0"}


@given(
    st.lists(st.tuples(st.floats(-2, 2), st.floats(0, 1)), min_size=1, max_size=20),
    st.lists(st.floats(-1, 1), min_size=1, max_size=4, unique=True).map(sorted),
)
def test_a_point_is_decided_if_and_only_if_its_interval_holds_no_level(intervals, levels):
    low = np.array([start for start, _ in intervals])
    high = low + np.array([width for _, width in intervals])
    for region, start, end in zip(phases(low, high, levels), low, high, strict=True):
        holds_one = any(start <= level <= end for level in levels)
        assert region == (-1 if holds_one else sum(level < start for level in levels))


def test_a_phase_diagram_shows_regions_and_what_is_undecided():
    table = two_factors()
    table.loc[14, ["value", "low", "high"]] = np.nan
    figure = phase_diagram(table, "environment.effect", "network.n", "success_rate", level=[0.65, 0.8])
    assert legend(figure) == ["< 0.65", "0.65 to 0.8", "> 0.8", "undecided", "undefined"]
    regions = figure.axes[0].images[0].get_array()
    assert regions[0].tolist() == [0, -1, 1, -1, 2]  # .59, .66, .74, .81, .89 with .05 around each
    assert "Undecided: the 95% interval of the point holds the level." in note(figure)


@pytest.mark.parametrize("level", [float("nan"), [0.7, 0.6], [], [0.5, 0.5]])
def test_levels_that_are_no_ascending_numbers_are_refused(level):
    with pytest.raises(ParameterError, match="level"):
        phase_diagram(two_factors(), "environment.effect", "network.n", "success_rate", level=level)


# --- samples ----------------------------------------------------------------------------------------------------------


def a_sample(num_factors=3, size=64):
    stream = np.random.default_rng(1)
    columns = {f"learner.f{k}": stream.random(size) for k in range(num_factors)}
    columns["learner.f0"] = 10 ** (-3 * columns["learner.f0"])
    value = columns["learner.f0"]
    return pd.DataFrame(columns).assign(metric="success_rate", value=value, low=value, high=value)


def test_pair_plots_show_the_metric_and_each_pair_once():
    table = a_sample().assign(network=["cycle", "complete"] * 32)
    figure = pair_plots(table, factors_of(table), "success_rate")
    shown = [axes for axes in figure.axes if axes.collections]
    assert len(shown) == 4 + 6  # the metric by each factor, and the pairs below
    assert shown[0].get_xscale() == "log"
    assert shown[0].get_ylabel() == "success rate"


def test_pair_plots_leave_out_factors_beyond_six():
    table = a_sample(8)
    assert "6 of 8 factors are shown." in note(pair_plots(table, factors_of(table), "success_rate"))
    with pytest.raises(ParameterError, match="factors: there are none"):
        pair_plots(table, [], "success_rate")


def indices(num_factors, names=("S1", "ST")):
    factors = [f"learner.f{k}" for k in range(num_factors)]
    tables = [
        pd.DataFrame({"factor": factors, "index": name, "value": np.arange(num_factors) / 10}).assign(
            low=lambda t: t.value - 0.05, high=lambda t: t.value + 0.05
        )
        for name in names
    ]
    return pd.concat(tables, ignore_index=True)


def test_the_strongest_factor_stands_on_top():
    figure = sensitivity_bars(indices(3))
    assert [text.get_text() for text in figure.axes[0].get_yticklabels()] == ["f2", "f1", "f0"]
    assert [bar.get_width() for bar in figure.axes[0].containers[1]] == pytest.approx([0.2, 0.1, 0.0])
    assert legend(figure) == ["first order, $S_1$", "total, $S_T$"]


def test_many_factors_are_cut_and_elementary_effects_have_their_own_names():
    figure = sensitivity_bars(indices(25, ("mu", "mu_star", "sigma")))
    assert "The strongest 20 of 25 factors are shown." in note(figure)
    assert legend(figure) == [r"$\mu^*$", r"$\sigma$"]
    with pytest.raises(ResultError, match="there are none of these"):
        sensitivity_bars(indices(2, ("S7",)))


# --- all --------------------------------------------------------------------------------------------------------------

FIGURES = {
    "line": lambda t: line_with_band(t, "environment.effect", by="network.n", metric="success_rate"),
    "heat_map": lambda t: heat_map(t, "environment.effect", "network.n", "success_rate"),
    "phase_diagram": lambda t: phase_diagram(t, "environment.effect", "network.n", "success_rate", level=0.7),
    "pairs": lambda t: pair_plots(t, ["environment.effect", "network.n"], "success_rate"),
}


@pytest.mark.parametrize("kind", ["pdf", "svg", "png"])
@pytest.mark.parametrize("name", FIGURES)
def test_two_writes_of_a_figure_have_the_same_bytes(tmp_path, name, kind):
    table = two_factors()
    table.loc[0, ["value", "low", "high"]] = np.nan
    first, second = (save(FIGURES[name](table), tmp_path / f"{k}.{kind}").read_bytes() for k in range(2))
    assert first == second


@pytest.mark.parametrize("name", FIGURES)
def test_no_text_is_cut_off(name):
    table = two_factors(network=["cycle:n=10", "watts_strogatz:n=100,k=4,p=0.1"])
    figure = FIGURES[name](table.drop(columns="network").drop_duplicates(["network.n", "environment.effect"]))
    figure.draw_without_rendering()
    box, whole = figure.get_tightbbox(), figure.bbox_inches
    assert box.x0 > -0.02
    assert box.y0 > -0.02
    assert box.x1 < whole.width + 0.02
    assert box.y1 < whole.height + 0.02


@pytest.mark.parametrize("name", FIGURES)
def test_bad_input_is_refused_with_what_is_accepted(name):
    table = two_factors()
    with pytest.raises(ParameterError, match="unknown metric 'success_rate'; Accepted: welfare"):
        FIGURES[name](table.assign(metric="welfare"))
    with pytest.raises(ParameterError, match="unknown factor"):
        FIGURES[name](table.rename(columns={"network.n": "network.size"}))
    with pytest.raises(ParameterError, match="the same factors and metric"):
        FIGURES[name](pd.concat([table, table]))
    with pytest.raises(ResultError, match="missing: low"):
        FIGURES[name](table.drop(columns="low"))


def test_a_factor_named_twice_is_refused():
    with pytest.raises(ParameterError, match=r"network\.n is given twice"):
        heat_map(two_factors(), "network.n", "network.n", "success_rate")
