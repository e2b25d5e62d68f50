import itertools
import math
import subprocess
import sys
from pathlib import Path

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from socialsim.core.errors import ParameterError
from socialsim.studies.files import StudyFile

SMALL = {"scenario": "epistemic", "replications": 2}
EXAMPLE = """
scenario = "epistemic"
replications = 100
seed = 7
metrics = ["success_rate"]

[factors]
"network" = ["cycle:n=10", "complete:n=10"]
"environment.effect" = {log = [1e-3, 1e-1], levels = 3}

[fixed]
"environment.trials" = 100

[design]
kind = "full"

[stopping]
time_limit = 60

[record]
series = true
every = 10
"""
OWN = """
from socialsim.environments.epistemic import scenario as base


def scenario():
    return base().replace({"network": "star"})
"""

UNNAMEABLE = """
import socialsim.environments.epistemic as epistemic


class Epistemic(epistemic.Epistemic):
    extra: object = object()


def scenario():
    return epistemic.Scenario(Epistemic(), "bayesian", "cycle")
"""


def written(folder, text):
    path = folder / "study.toml"
    path.write_text(text, encoding="utf-8")
    return path


def refusal(folder, text):
    """Return the lines with which a file is refused, without the file's name."""
    path = written(folder, text)
    with pytest.raises(ParameterError) as error:
        StudyFile.read(path)
    lines = str(error.value).splitlines()
    assert all(line.startswith(f"{path}: ") for line in lines)
    return [line.removeprefix(f"{path}: ") for line in lines]


def test_a_file_is_read_by_hand(tmp_path):
    study = StudyFile.read(written(tmp_path, EXAMPLE))
    assert (study.scenario, study.replications, study.seed, study.metrics) == ("epistemic", 100, 7, ("success_rate",))
    assert (study.stopping.time_limit, study.stopping.memory_limit) == (60.0, None)
    assert (study.record.series, study.record.every) == (True, 10)
    grid = itertools.product(["cycle:n=10", "complete:n=10"], [0.001, 0.01, 0.1])
    expected = [
        {"environment.trials": 100, "network": network, "environment.effect": effect} for network, effect in grid
    ]
    assert [point.values for point in study.points()] == expected
    assert study.base().metric_names == ("success_rate",)
    assert study.base().environment.trials == 100


def test_what_is_left_out_has_its_default():
    study = StudyFile(**SMALL, factors={"network.n": [4]})
    assert (study.seed, study.metrics, study.design.kind) == (0, None, "full")
    assert study.base().metric_names[0] == "success_rate"
    assert len(study.base().metric_names) > 1


def test_values_lead_from_the_base_to_the_point():
    study = StudyFile(**SMALL, factors={"network": ["cycle", "complete"]}, fixed={"network.n": 7})
    for point in study.points():
        assert study.base().replace(point.values).network.parameters["n"] == 7


def test_a_fixed_parameter_may_need_a_factor():
    study = StudyFile(
        **SMALL, factors={"network": ["erdos_renyi:n=9", "watts_strogatz:n=9,k=2"]}, fixed={"network.p": 0.5}
    )
    assert len(study.points()) == 2
    with pytest.raises(ParameterError, match=r"network\.p"):
        study.base()


@given(st.lists(st.integers(4, 40), min_size=1, max_size=6), st.lists(st.integers(4, 40), max_size=6))
def test_more_levels_keep_the_points_of_fewer(levels, more):
    few, many = (StudyFile(**SMALL, factors={"network.n": sizes}).points() for sizes in (levels, levels + more))
    assert many[: len(few)] == few
    assert len(many) == len({*levels, *more})


def test_neither_replications_nor_metrics_nor_recording_change_a_point():
    factors = {"environment.effect": [0.1, 0.2]}
    other = StudyFile(
        scenario="epistemic", replications=9, seed=4, metrics=["success_rate"], factors=factors, record={"series": True}
    )
    assert StudyFile(**SMALL, factors=factors).points() == other.points()


def test_points_come_once_and_keys_as_often_as_settings():
    study = StudyFile(**SMALL, factors={"learner.prior_high": [1, 1.0, 0.5]})
    assert len(study.points()) == 2
    assert study.keys() == [study.points()[k].key for k in (0, 0, 1)]


def test_one_at_a_time_starts_from_the_fixed_values():
    study = StudyFile(
        **SMALL,
        design={"kind": "one_at_a_time"},
        fixed={"environment.effect": 0.1},
        factors={"environment.effect": [0.1, 0.2], "network.n": [4]},
    )
    found = [(p.values["environment.effect"], p.values.get("network.n")) for p in study.points()]
    assert found == [(0.1, None), (0.2, None), (0.1, 4)]


@pytest.mark.parametrize("kind", ["random", "latin_hypercube", "sobol"])
def test_a_sample_covers_its_ranges(kind):
    study = StudyFile(
        **SMALL,
        design={"kind": kind, "size": 16},
        factors={"environment.effect": {"log": [1e-3, 0.4]}, "network.n": {"integer": [4, 20]}},
    )
    assert len(study.points()) == 16
    for point in study.points():
        assert 1e-3 <= point.values["environment.effect"] <= 0.4
        assert isinstance(point.values["network.n"], int)


def test_common_random_numbers_are_asked_for_in_the_design():
    factors = {"network.n": [4, 5]}
    shared = StudyFile(**SMALL, factors=factors, design={"common_random_numbers": True}).points()
    assert [point.words for point in shared] == [(), ()]
    assert [point.key for point in shared] == [point.key for point in StudyFile(**SMALL, factors=factors).points()]


def test_a_users_own_file_is_a_scenario(tmp_path):
    path = tmp_path / "own.py"
    path.write_text(OWN)
    study = StudyFile(scenario=str(path), replications=1, factors={"environment.effect": [0.1]})
    assert study.base().network.name == "star"


def test_a_saltelli_sample_has_d_plus_2_blocks():
    pytest.importorskip("SALib")
    factors = {"environment.effect": {"linear": [0.01, 0.4]}, "learner.threshold": {"linear": [0.6, 0.99]}}
    study = StudyFile(**SMALL, design={"kind": "saltelli", "size": 8}, factors=factors)
    assert len(study.keys()) == 8 * (2 + 2)


# --- Bad input -------------------------------------------------------------------------------------------------

FAULTY = """
scenario = "epistemic"
replications = 0
sead = 3
metrics = ["sucess_rate"]

[factors]
"environment.efect" = [0.1, 0.2]
"environment.effect" = [0.1, nan]
"network.p" = {log = [0, 1.0]}
"network" = ["cicle:n=3"]
learner.k = [3]

[fixed]
"environment.num_arms" = 1
"learner.treshold" = 0.9

[design]
kind = "sobel"

[stopping]
time_limit = inf
half_width = {sucess_rate = 0.1}
most_replication = 5

[record]
series = 1
"""


def test_all_that_is_wrong_is_told_at_once_with_its_place(tmp_path):
    lines = refusal(tmp_path, FAULTY)
    for start in (
        "replications: 0 is not accepted; accepted: an integer from 1 to",
        "unknown key 'sead'; did you mean 'seed'?",
        "metrics: unknown metric 'sucess_rate'; did you mean 'success_rate'?",
        "[factors] unknown parameter 'environment.efect'; did you mean 'environment.effect'?",
        "[factors] environment.effect: nan is not accepted; accepted: a finite number",
        "[factors] network.p: log = [0, 1.0] is not accepted; accepted: two finite numbers, the lower first, > 0",
        "[factors] network: unknown network 'cicle'; did you mean 'cycle'?",
        "[factors] learner: {'k': [3]} is not accepted",
        "[fixed] environment.num_arms: 1 is not accepted; accepted: an int, >= 2",
        "[fixed] unknown parameter 'learner.treshold'; did you mean 'learner.threshold'?",
        "[design] kind: unknown design 'sobel'; did you mean 'sobol'?",
        "[stopping] time_limit: inf is not accepted",
        "[stopping] half_width: unknown metric 'sucess_rate'; did you mean 'success_rate'?",
        "[stopping] unknown parameter 'most_replication'; did you mean 'most_replications'?",
        "[record] series: 1 is not accepted; accepted: true or false",
    ):
        assert len([line for line in lines if line.startswith(start)]) == 1, start
    assert len(lines) == 15


def test_a_refused_value_is_told_with_the_points_that_have_it(tmp_path):
    (line,) = refusal(tmp_path, EXAMPLE.replace("1e-1]", "1.0]"))
    assert line == (
        "[factors] environment.effect: 1.0 is not accepted; accepted: a float, > 0, < 0.5 (at 2 of 6 points, "
        "first at network = 'cycle:n=10', environment.effect = 1.0)"
    )


def test_two_factors_that_no_parameter_matches_are_both_told(tmp_path):
    factors = '"learner.alpha" = [0.1]\n"effect" = [0.2]\n"network.n" = [4]'
    lines = refusal(tmp_path, f'scenario = "epistemic"\nreplications = 1\n[factors]\n{factors}')
    assert [line.partition(";")[0] for line in lines] == [
        "[factors] unknown parameter 'effect'",
        "[factors] unknown parameter 'learner.alpha'",
    ]


def test_a_range_that_leaves_what_is_accepted_is_one_line(tmp_path):
    factors = '"environment.effect" = {linear = [0.1, 0.9]}'
    text = (
        f'scenario = "epistemic"\nreplications = 1\n[design]\nkind = "latin_hypercube"\nsize = 80\n[factors]\n{factors}'
    )
    (line,) = refusal(tmp_path, text)
    assert "(at 40 of 80 points, first at environment.effect = 0." in line


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "scenario: it is missing; accepted: the name of a scenario, or the path of a .py file"),
        ("scenario = 3\nreplications = 1", "scenario: 3 is not accepted"),
        ('scenario = "epistemc"\nreplications = 1', "scenario: unknown scenario 'epistemc'; did you mean 'epistemic'"),
        ('scenario = "no.py"\nreplications = 1', "scenario: no.py: no such file"),
        ('scenario = "epistemic"\nreplications = true', "replications: True is not accepted"),
        ('scenario = "epistemic"\nreplications = 4294967296', "replications: 4294967296 is not accepted"),
        ('scenario = "epistemic"\nreplications = 1\nseed = -1', "seed: -1 is not accepted; accepted: an integer >= 0"),
        ('scenario = "epistemic"\nreplications = 1', "[factors] there are none; accepted: one or more"),
        ('scenario = "epistemic"\nreplications = 1\nfactors = 3', "[factors] 3 is not accepted; accepted: a table"),
        ('scenario = "epistemic"\nreplications = 1\nmetrics = "success_rate"', "metrics: 'success_rate' is not"),
        ('scenario = "epistemic"\nreplications = 1\ndesign = 3', "[design] 3 is not accepted; accepted: a kind"),
        ('scenario = "epistemic"\nreplications = 1\ndesign = "fill"', "[design] kind: unknown design 'fill'"),
        ('scenario = "epistemic"\nreplications = 1\nreplications = 2', "Cannot overwrite a value (at"),
        ("a = [", "accepted: a study file in TOML"),
    ],
)
def test_a_faulty_file_is_refused(tmp_path, text, message):
    assert any(message in line for line in refusal(tmp_path, text))


def test_a_parameter_is_fixed_or_a_factor(tmp_path):
    (line,) = refusal(tmp_path, EXAMPLE.replace('"environment.trials" = 100', '"environment.effect" = 0.1'))
    assert line == "[fixed] environment.effect: it is a factor too; accepted: one of both"


def test_a_metric_is_named_once(tmp_path):
    (line,) = refusal(tmp_path, EXAMPLE.replace('["success_rate"]', '["success_rate", "success_rate"]'))
    assert line == "metrics: success_rate is given twice; accepted: once"


def test_what_is_no_text_file_is_refused(tmp_path):
    path = tmp_path / "study.toml"
    for make in (lambda: path.write_bytes(b"\xff\x00"), lambda: (path.unlink(), path.mkdir())):
        make()
        with pytest.raises(ParameterError, match="accepted: a study file in TOML"):
            StudyFile.read(path)


def test_a_broken_network_file_is_refused_before_anything_runs(tmp_path):
    good, broken = tmp_path / "good.graphml", tmp_path / "broken.graphml"
    nx.write_graphml(nx.cycle_graph(5), good)
    broken.write_text("<graphml>")
    (line,) = refusal(
        tmp_path, f"scenario = \"epistemic\"\nreplications = 1\n[factors]\n\"network\" = ['{good}', '{broken}']"
    )
    assert "broken.graphml: it cannot be read" in line
    assert "at 1 of 2 points" in line


def test_a_point_that_cannot_be_named_is_never_left_out_in_silence(tmp_path):
    path = tmp_path / "own.py"
    path.write_text(UNNAMEABLE)
    (line,) = refusal(tmp_path, f'scenario = "{path}"\nreplications = 1\n[factors]\n"horizon.steps" = [1, 2]')
    assert "is a object and cannot be written" in line


# --- Two roads, and what it loads ------------------------------------------------------------------------------


def test_a_fresh_process_makes_the_same_points_and_loads_no_mesa(tmp_path):
    path = written(tmp_path, EXAMPLE)
    code = (
        "import sys; from socialsim.studies.files import StudyFile; "
        f"print(*(p.key for p in StudyFile.read({str(path)!r}).points())); "
        "assert not {'mesa', 'matplotlib', 'SALib', 'torch'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path.cwd())
    assert done.stdout.split() == [point.key for point in StudyFile.read(path).points()]


def test_a_large_study_is_a_product_without_doubles():
    sizes, effects = list(range(4, 54)), [k / 1000 for k in range(1, 61)]
    study = StudyFile(**SMALL, factors={"network.n": sizes, "environment.effect": effects})
    assert len(study.points()) == math.prod((len(sizes), len(effects)))
