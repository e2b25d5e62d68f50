import subprocess
import sys

import numpy as np
import pytest
from matplotlib.collections import LineCollection

from socialsim.core.errors import ResultError
from socialsim.core.manifest import Manifest
from socialsim.core.result import Result
from socialsim.engine.run import run
from socialsim.environments.culture import scenario as culture
from socialsim.plotting.figures import comparison_figure, result_figure, save
from socialsim.plotting.panels import outcomes
from socialsim.plotting.style import COLOURS

VERDICTS = {"0": "false consensus", "1": "truth"}
ROW = {"quantity": "cycle", "published": ".5", "measured": 0.45, "low": 0.4, "high": 0.5, "holds": False}


def a_result(num_agents=4, verdicts=(1, 0, 1), status="complete", without=(), **figure):
    """Runs on a ring; run r takes r + 2 steps and its credence rises to 1 or falls to 0."""
    num_runs, agents = len(verdicts), np.arange(num_agents)
    steps = np.arange(num_runs) + 2
    series = [(r, t, v * t / steps[r]) for r, v in enumerate(verdicts) for t in range(steps[r] + 1)]
    runs = np.repeat(np.arange(num_runs), num_agents)
    tables = {
        "run": {"run": np.arange(num_runs), "stream_key": "", "num_agents": num_agents, "steps": steps}
        | {"stop": "settled", "verdict": verdicts},
        "series": dict(zip(("run", "step", "credence"), map(np.array, zip(*series, strict=True)), strict=True)),
        "agent": {"run": runs, "agent": np.tile(agents, num_runs), "agent_type": "scientist", "label": "a"}
        | {"presence": "present", "choice": 1, "name_length": 1.0, "credence": np.tile(agents / num_agents, num_runs)},
        "edge": {
            "run": runs,
            "source": np.tile(agents, num_runs),
            "target": np.tile((agents + 1) % num_agents, num_runs),
        }
        | {"weight": 1.0, "layer": ""},
    }
    manifest = Manifest("epistemic", {"network": "cycle"}, 1, num_runs, status=status, figure=figure)
    return Result(manifest, {name: table for name, table in tables.items() if name not in without})


def legend(axes):
    return [text.get_text() for text in axes.get_legend().get_texts()]


def test_the_legend_counts_the_runs_of_each_outcome():
    assert legend(result_figure(a_result(verdicts=(1, 0, 1))).axes[0]) == ["outcome 1: 2 runs", "outcome 0: 1 run"]
    assert legend(result_figure(a_result(verdicts=(1, 0, -1))).axes[0])[-1] == "undecided: 1 run"
    assert legend(result_figure(a_result(verdicts=(-1, -1))).axes[0]) == ["settled: 2 runs"]


def test_every_run_has_its_line_and_every_outcome_its_median():
    left = result_figure(a_result()).axes[0]
    lines = [line for drawn in left.collections if isinstance(drawn, LineCollection) for line in drawn.get_segments()]
    assert sorted(len(line) for line in lines) == [3, 4, 5]
    truth = left.lines[0]
    # Runs 0 and 2 take 2 and 4 steps: at step 1 they stand at 1/2 and 1/4; run 0 keeps 1 after its end.
    assert list(truth.get_ydata()) == pytest.approx([0, 3 / 8, 3 / 4, 7 / 8, 1])


def test_a_median_between_recorded_steps_is_interpolated():
    result = a_result(verdicts=(1, 1))
    series = result.series[~((result.series.run == 1) & (result.series.step == 1))]
    sparse = Result(result.manifest, {"run": result.runs, "series": series})
    assert list(result_figure(sparse).axes[0].lines[0].get_ydata())[1] == pytest.approx((1 / 2 + 1 / 3) / 2)


def test_an_outcome_keeps_its_colour_when_another_does_not_occur():
    both = a_result(verdicts=(1, 0))
    named = {outcome.runs[0]: outcome.colour for outcome in outcomes(both)}
    alone = Result(Manifest("x", {}, 1, 1, figure={"verdicts": VERDICTS}), {"run": a_result(verdicts=(0,)).runs})
    assert [(o.name, o.colour) for o in outcomes(alone)] == [("false consensus", named[1])]
    assert set(named.values()) <= set(COLOURS)


def test_hints_choose_the_columns_and_name_the_axes():
    figure = result_figure(a_result(agent="credence", agent_label="Credence", series_label="Mean", step_label="Round"))
    left, right, bar = figure.axes
    assert (left.get_xlabel(), left.get_ylabel(), bar.get_ylabel()) == ("Round", "Mean", "Credence")
    dots = next(drawn for drawn in right.collections if not isinstance(drawn, LineCollection))
    assert dots.get_array().tolist() == [0, 0.25, 0.5, 0.75]


def test_without_hints_the_first_numeric_column_is_drawn():
    assert result_figure(a_result()).axes[2].get_ylabel() == "Name length"


def test_the_highlighted_run_is_the_one_whose_network_is_drawn():
    assert result_figure(a_result(highlight=1)).axes[1].get_title(loc="left") == "Run 1 at the end: outcome 0"


def test_what_was_not_recorded_is_left_out():
    assert result_figure(a_result(without=("series",))).axes[0].get_ylabel() == "Runs"
    assert len(result_figure(a_result(without=("agent",))).axes) == 1
    assert result_figure(a_result(without=("edge",))).axes[1].get_ylabel() == "Agents (all runs)"
    assert result_figure(a_result(), network_layout=False).axes[1].get_ylabel() == "Agents (all runs)"
    with pytest.raises(ResultError, match="'run' was not recorded"):
        result_figure(a_result(without=("run",)))


def test_a_large_network_becomes_a_distribution():
    assert result_figure(a_result(num_agents=501)).axes[1].get_ylabel() == "Agents (all runs)"


def test_a_dense_network_becomes_a_distribution():
    result = a_result(num_agents=16)
    pairs = np.argwhere(~np.eye(16, dtype=bool))
    everybody = {"run": 0, "source": pairs[:, 0], "target": pairs[:, 1], "weight": 1.0, "layer": ""}
    first = result.agents[result.agents.run == 0].drop(columns="initial_credence", errors="ignore")
    tables = {"run": result.runs, "series": result.series, "agent": first, "edge": everybody}
    assert result_figure(Result(result.manifest, tables)).axes[1].get_ylabel() == "Agents (run 0)"


@pytest.mark.parametrize("value", [7.0, -3.0, 1e12])
def test_a_column_that_is_the_same_for_all_is_drawn(value):
    result = a_result()
    tables = {"run": result.runs, "agent": result.agents.assign(credence=value)}
    figure = result_figure(Result(result.manifest, tables))
    assert sum(bar.get_height() for bar in figure.axes[1].patches) == len(result.agents)


def test_a_single_agent_needs_no_second_panel():
    result = a_result()
    tables = {"run": result.runs, "series": result.series, "agent": result.agents.iloc[:1], "edge": result.edges[:0]}
    assert len(result_figure(Result(result.manifest, tables)).axes) == 1


def test_a_hint_for_a_column_that_does_not_exist_is_one_line():
    with pytest.raises(ResultError, match="unknown numeric column 'credense'; did you mean 'credence'"):
        result_figure(a_result(agent="credense"))


def test_title_and_caption_say_what_was_run():
    figure = result_figure(a_result(status="interrupted"))
    assert figure.get_suptitle() == "epistemic on cycle: 3 runs, interrupted"
    assert figure.get_supxlabel().startswith("seed 1, socialsim ")


@pytest.mark.parametrize("suffix", ["png", "svg", "pdf"])
def test_two_writes_give_the_same_bytes(tmp_path, suffix):
    first = save(result_figure(a_result()), tmp_path / f"first.{suffix}")
    second = save(result_figure(a_result()), tmp_path / f"second.{suffix}")
    assert first.read_bytes() == second.read_bytes()
    assert first.stat().st_size > 5000


def test_a_figure_that_cannot_be_written_is_one_line(tmp_path):
    with pytest.raises(ResultError, match="cannot write the figure"):
        save(result_figure(a_result()), tmp_path / "nowhere" / "figure.png")
    with pytest.raises(ResultError, match="unknown figure format"):
        save(result_figure(a_result()), tmp_path / "figure.jpg")


def test_drawing_never_loads_pyplot(tmp_path):
    code = f"""
import sys
from socialsim.plotting.figures import comparison_figure, save
save(comparison_figure([{ROW!r}]), {str(tmp_path / "figure.png")!r})
sys.exit("matplotlib.pyplot" in sys.modules)
"""
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_comparison_is_relative_to_the_published_figure():
    axes, words = comparison_figure([ROW, ROW | {"quantity": "star", "published": "1/2", "holds": True}]).axes
    identity, interval, dot, *_ = axes.lines
    assert identity.get_xdata() == [1, 1]
    assert list(interval.get_xdata()) == pytest.approx([0.8, 1.0])
    assert list(dot.get_xdata()) == pytest.approx([0.9])
    assert dot.get_markerfacecolor() == "white"
    assert axes.lines[4].get_markerfacecolor() == COLOURS[0]
    assert [text.get_text() for text in words.texts][:2] == [".5", "0.450 [0.400, 0.500]"]


@pytest.mark.parametrize("change", [{"published": "< .02"}, {"published": "0"}, {"measured": None}])
def test_what_has_no_ratio_has_no_dot_but_its_words(tmp_path, change):
    figure = comparison_figure([ROW, ROW | change])
    assert np.isnan(figure.axes[0].lines[4].get_xdata()).all()
    assert str(change.get("published", "undefined")) in [text.get_text() for text in figure.axes[1].texts]
    assert save(figure, tmp_path / "figure.png").exists()


@pytest.mark.parametrize("rows", [[], [{"quantity": "cycle"}]])
def test_a_comparison_without_figures_is_refused(rows):
    with pytest.raises(ResultError, match="a comparison takes rows"):
        comparison_figure(rows)


def test_a_few_slow_runs_do_not_squeeze_the_others():
    steps = [(r, t) for r in range(200) for t in (0, 9)] + [(0, 999)]
    runs = {"run": range(200), "stream_key": "", "num_agents": 4, "steps": 9, "stop": "settled", "verdict": -1}
    series = {"run": [r for r, _ in steps], "step": [t for _, t in steps], "share": 0.5}
    axes = result_figure(Result(Manifest("voter", {}, 1, 200), {"run": runs, "series": series})).axes[0]
    assert axes.get_xlim() == (0, 9)
    assert axes.get_xlabel() == "Step (1% of the runs last longer)"


def test_agents_of_a_grid_are_drawn_as_a_map_however_many_they_are():
    model = culture()
    result = run(
        model.replace({"network.rows": 24, "network.columns": 23, "horizon.steps": 10}), replications=2, seed=1
    )
    start, end = result_figure(result).axes[1:3]
    assert [axes.images[0].get_array().shape for axes in (start, end)] == [(24, 23)] * 2
    shown = result.agents[result.agents.run == 0].culture.to_numpy().reshape(24, 23)
    assert np.array_equal(end.images[0].get_array(), shown)
