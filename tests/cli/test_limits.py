import json

import pandas as pd
import pytest

from socialsim.cli.limits_solving import acts_of
from socialsim.core.folder import check_files
from socialsim.core.manifest import Manifest
from socialsim.engine.aggregative import AggregativeGame
from socialsim.limits.discovery import find_game, game_names
from socialsim.limits.games import Game
from socialsim.limits.library import sis
from socialsim.limits.solvers import solve
from socialsim.plotting.limits import comparison_figure, solution_figure

SHORT = ("-p", "num_steps=3")

USER = """
from socialsim.core.compiled import compiled
from socialsim.engine.aggregative import AggregativeGame
from socialsim.engine.scenario import Horizon, Scenario

class Herd(AggregativeGame):
    num_states, num_actions, steady = 2, 2, True

    @staticmethod
    @compiled
    def feature(env, s, a, features):
        features[0] = a

    @staticmethod
    @compiled
    def step(env, t, s, a, z, successors, probabilities):
        successors[0], probabilities[0] = a, 1.0

    @staticmethod
    @compiled
    def reward(env, t, s, a, z):
        return -abs(a - z[0])

def scenario():
    return Scenario(Herd(num_steps=2), "q_learning", "karate", Horizon(steps=2))
"""


def test_every_game_can_be_listed_and_is_one(cli):
    found = json.loads(cli("limits", "list", "--json").out)
    assert [entry["name"] for entry in found] == game_names()
    entry = next(entry for entry in found if entry["name"] == "sis")
    assert (entry["states"], entry["actions"], entry["steps"]) == (2, 2, 50)
    assert cli("limits", "list").out.count("An epidemic among people who may be careful.") == 1
    assert all(isinstance(find_game(name), AggregativeGame) for name in game_names())


def test_a_solved_game_leaves_tables_a_figure_and_a_manifest(cli, tmp_path):
    done = cli("limits", "solve", "sis", *SHORT, "--iterations", 5, "--out", "found")
    assert done.code == 0, done.err
    assert done.out.startswith("sis: mean field, 1 node\n")
    manifest = Manifest.from_json((tmp_path / "found" / "manifest.json").read_text())
    check_files(tmp_path / "found", manifest.files)
    assert manifest.tables == {"policy": 12, "flow": 8, "aggregates": 3, "values": 8, "iterations": 6}
    assert manifest.parameters["environment.num_steps"] == 3
    assert (manifest.parameters["limits.method"], manifest.parameters["limits.iterations"]) == ("mirror_descent", 5)
    assert (tmp_path / "found" / "figure.png").read_bytes().startswith(b"\x89PNG")
    flow = pd.read_parquet(tmp_path / "found" / "flow.parquet")
    assert flow[flow.step == 0].share.tolist() == [0.5, 0.5]
    policy = pd.read_parquet(tmp_path / "found" / "policy.parquet").chance.to_numpy().reshape(3, 2, 2)
    limit = Game(sis.rules().replace(num_steps=3)).mean_field()
    iterations = pd.read_parquet(tmp_path / "found" / "iterations.parquet")
    assert limit.exploitability(policy) == pytest.approx(iterations.exploitability.iloc[-1])


def test_a_graphon_has_as_many_nodes_as_asked_for(cli, tmp_path):
    options = ("--graphon", "minimum", "--nodes", 3, "--iterations", 2, "--option", "rate=0.5", "--json")
    record = json.loads(cli("limits", "solve", "sis", *SHORT, *options, "--out", "found").out)
    assert (record["graphon"], record["nodes"], record["iterations"]) == ("minimum", 3, 2)
    assert (record["rule"], record["options"]) == ("midpoint", "rate=0.5")
    assert record["exploitability"] < record["exploitability_before"]
    flow = pd.read_parquet(tmp_path / "found" / "flow.parquet")
    assert flow.position.unique() == pytest.approx([1 / 6, 1 / 2, 5 / 6])


def test_who_has_not_converged_says_so(cli):
    done = cli("limits", "solve", "sis", *SHORT, "--iterations", 1, "--tolerance", 1e-12)
    assert done.code == 1
    assert "1 iteration, NOT converged" in done.out
    assert done.err.startswith("not converged: the exploitability 0.5418 is above 1e-12 after 1 iteration; try another")
    assert "--method (fixed_point or fictitious_play" in done.err
    assert "--option rate=..., or more --iterations\n" in done.err


def test_who_has_not_solved_anything_says_so(cli):
    done = cli("limits", "solve", "sis", *SHORT, "--iterations", 0)
    assert done.code == 0
    assert (
        done.err == "not solved: after 0 iterations the policy is the uniform one; accepted: --iterations 1 or more\n"
    )


def test_agents_are_compared_with_their_limit(cli, tmp_path):
    options = ("--sizes", "4,8", "--seeds", 3, "--runs", 4, "--policy", "uniform", "--out", "found")
    record = json.loads(cli("limits", "compare", "sis", *SHORT, *options, "--json").out)
    assert [row["size"] for row in record["sizes"]] == [4, 8]
    assert (record["graph"], record["policy"], record["seeds"], record["runs"]) == ("complete", "uniform", 3, 4)
    table = pd.read_parquet(tmp_path / "found" / "compare.parquet")
    assert table.rms.tolist() == [row["rms"] for row in record["sizes"]]
    manifest = Manifest.from_json((tmp_path / "found" / "manifest.json").read_text())
    assert manifest.num_runs == 24
    check_files(tmp_path / "found", manifest.files)


def test_a_comparison_is_printed_with_its_slopes(cli):
    options = ("--sizes", "4,8", "--seeds", 3, "--runs", 4, "--graphon", "constant:p=0.9", "--iterations", 1)
    done = cli("limits", "compare", "sis", *SHORT, *options)
    assert done.code == 0, done.err
    assert done.out.startswith("sis: N agents (constant:p=0.9) against their limit\nparameters  num_steps = 3, ")
    assert "\npolicy      solved; exploitability in the limit " in done.out
    assert "-1, where the game is smooth" in done.out


def test_what_was_not_measured_says_why(cli):
    options = ("--sizes", "4,8", "--seeds", 2, "--runs", 4, "--policy", "uniform", "--deviants", 0)
    done = cli("limits", "compare", "sis", *SHORT, *options)
    assert "not measured: needs --seeds 3 or more" in done.out
    assert "not measured: needs --deviants 1 or more" in done.out


def test_a_game_without_end_says_over_how_many_steps_it_is_played(cli, tmp_path):
    (tmp_path / "herd.py").write_text(USER.replace("Herd(num_steps=2)", "Herd(num_steps=0, discount=0.9)"))
    options = ("--sizes", "4,8", "--seeds", 3, "--runs", 2, "--steps", 3, "--iterations", 2, "--deviants", 0)
    done = cli("limits", "compare", tmp_path / "herd.py", *options)
    assert done.code == 0, done.err
    assert " without end, for which it was solved; " in done.out
    assert "3 from the beginning of a game without end" in done.out


def _table(shares, steps=2, nodes=1):
    rows = [
        (t, x, (x + 0.5) / nodes, 1 / nodes, s, share)
        for t in range(steps)
        for x in range(nodes)
        for s, share in enumerate(shares)
    ]
    return pd.DataFrame(rows, columns=["step", "node", "position", "weight", "state", "share"])


ITERATIONS = pd.DataFrame({"iteration": [0, 1], "exploitability": [1.0, 0.1]})


def test_shares_at_rest_are_bars_and_on_a_graphon_lines_over_positions():
    bars = solution_figure(ITERATIONS, _table([0.3, 0.7]), ["well", "ill"], is_endless=True).axes[1]
    assert [bar.get_width() for bar in bars.patches] == [0.3, 0.7]
    lines = solution_figure(ITERATIONS, _table([0.3, 0.7], nodes=2), ["well", "ill"], is_endless=True).axes
    assert len(lines) == 2
    assert lines[1].lines[1].get_xdata().tolist() == [0.25, 0.75]
    assert lines[1].get_xlabel() == "Position x of an agent"


def test_lines_that_lie_on_each_other_are_dashed_differently():
    axes = solution_figure(ITERATIONS, _table([0.5, 0.5]), ["dear", "cheap"]).axes[1]
    assert axes.lines[0].get_linestyle() != axes.lines[1].get_linestyle()


def test_many_states_are_a_map_with_few_names_and_a_colour_bar():
    labels = [f"place {k}" for k in range(40)]
    figure = solution_figure(ITERATIONS, _table([1 / 40] * 40), labels)
    assert len(figure.axes) == 3
    assert [tick.get_text() for tick in figure.axes[1].get_yticklabels()][:2] == ["place 0", "place 4"]
    assert len(figure.axes[1].get_yticks()) == 10
    assert figure.axes[2].get_ylabel() == "Share of all agents"


def test_three_states_at_most_are_shown_at_each_position():
    figure = solution_figure(ITERATIONS, _table([0.25] * 4, nodes=2), list("abcd"))
    assert [axes.get_title(loc="left") for axes in figure.axes[2:5]] == [f"share in state: {k}" for k in "abc"]


def test_numbers_that_agents_choose_are_drawn_as_their_mean():
    game = find_game("cournot").replace(num_steps=2)
    solution = solve(Game(game).mean_field(), iterations=0)
    table, labels, axis = acts_of(game, solution)
    assert (labels, axis) == (game.state_labels(), "Mean quantity")
    assert table.share.to_numpy() == pytest.approx(sum(game.quantities()) / game.num_actions)


def test_a_quantity_that_is_zero_says_so_in_its_panel():
    table = pd.DataFrame({"size": [10, 20], "bias": [0.0, 1e-12], "bias_low": [0.0, 0.0], "bias_high": [1e-11, 1e-11]})
    slope = {"value": float("nan"), "standard_error": float("nan"), "theory": -1.0, "is_zero": True}
    axes = comparison_figure(table, {"bias": slope}).axes[0]
    assert [text.get_text() for text in axes.texts] == ["0 to rounding"]
    assert not axes.lines


def test_the_gap_is_drawn_beside_both_rates_of_theory():
    table = pd.DataFrame({"size": [10, 100], "gap": [1.0, 0.1], "gap_low": [0.9, 0.05], "gap_high": [1.1, 0.15]})
    axes = comparison_figure(table, {"gap": {"value": -1.0, "standard_error": 0.1, "theory": -0.5}}).axes[0]
    ends = {line.get_label(): line.get_ydata() for line in axes.lines if "N" in line.get_label()}
    assert sorted(y[0] / y[-1] for y in ends.values()) == pytest.approx([10**0.5, 10])


def test_a_block_is_drawn_as_high_as_its_share():
    rows = [(t, x, (0.125, 0.625)[x], (0.25, 0.75)[x], s, 0.5) for t in range(2) for x in range(2) for s in range(2)]
    flow = pd.DataFrame(rows, columns=["step", "node", "position", "weight", "state", "share"])
    iterations = pd.DataFrame({"iteration": [0, 1], "exploitability": [1.0, 0.1]})
    figure = solution_figure(iterations, flow, ["well", "ill"])
    corners = figure.axes[2].collections[0].get_coordinates()
    assert corners[:, 0, 1].tolist() == [0.0, 0.25, 1.0]
    assert corners[0, :, 0].tolist() == [-0.5, 0.5, 1.5]


def test_a_game_of_ones_own_file_is_solved(cli, tmp_path):
    (tmp_path / "herd.py").write_text(USER)
    record = json.loads(cli("limits", "solve", tmp_path / "herd.py", "--iterations", 0, "--json").out)
    assert record["game"] == "herd"
    assert record["mean_return"] == pytest.approx(2 * -0.5)


@pytest.mark.parametrize("more", ["def rules():\n    return {}\n", "def rules():\n    return Scenario\n"])
def test_a_file_whose_rules_are_no_game_is_refused(cli, tmp_path, more):
    (tmp_path / "herd.py").write_text(USER + more)
    done = cli("limits", "solve", tmp_path / "herd.py")
    assert done.code == 2
    assert "is no AggregativeGame; accepted: a game whose agents meet in an aggregate alone" in done.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("solve", "siss"), "unknown game 'siss'; did you mean 'sis'"),
        (("solve", "epistemic"), "epistemic has no limit; accepted: beach_bar, "),
        (("compare", "ising"), "ising has no limit; accepted: beach_bar, "),
        (("solve", "nowhere.py"), "no such file"),
        (("solve", "sis", "-p", "infektion=0.9"), "did you mean 'infection'"),
        (("solve", "sis", "-p", "infection=2"), "infection: 2 is not accepted"),
        (("solve", "sis", "-p", "infection"), "accepted: NAME=VALUE"),
        (("solve", "sis", *SHORT, "-p", "environment.num_steps=4"), "num_steps is given twice"),
        (("solve", "sis", "--method", "miror_descent"), "did you mean 'mirror_descent'"),
        (("solve", "sis", "--option", "rat=1"), "did you mean 'rate'"),
        (("solve", "sis", "--nodes", 5), "--nodes: a mean field has none; accepted: with --graphon"),
        (("solve", "sis", "--graphon", "minimun"), "did you mean 'minimum'"),
        (("solve", "sis", "--graphon", "minimum", "--rule", "simpson"), "rule: 'simpson' is not accepted"),
        (("compare", "sis", "--sizes", "20;40"), "--sizes: '20;40' is not accepted"),
        (("compare", "sis", "--nodes", 5), "--nodes: a mean field has none; accepted: with --graphon"),
        (("compare", "sis", "--policy", "best"), "unknown policy 'best'"),
        (("compare", "sis", "--network", "complete", "--graphon", "minimum"), "cannot go together"),
        (("compare", "sis", "--network", "complet"), "did you mean 'complete'"),
        (("compare", "sis", "--network", "complete:n=20"), "--network: n=20 is not accepted, since --sizes gives"),
        (
            ("compare", "sis", "--network", "karate"),
            "'karate' is a network of fixed size; accepted: one with n, such as",
        ),
        (("compare", "sis", "--network", "erdos_renyi:p=0.01"), "graph: 'erdos_renyi:p=0.01' has no limit of its own"),
        (("compare", "sis", "--steps", 3), "--steps: sis has an end; accepted: -p num_steps=3"),
        (("compare", "sis", "--seeds", 1, "--policy", "uniform"), "at least two different"),
    ],
)
def test_what_cannot_be_done_is_refused_in_one_line(cli, arguments, message, tmp_path):
    done = cli("limits", *arguments)
    assert done.code == 2
    assert message in done.err
    assert done.err.count("\n") == 1
    assert not list(tmp_path.iterdir())
