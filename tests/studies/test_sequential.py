import itertools
import math
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from socialsim.metrics.estimates import proportion
from socialsim.studies import run as run_module
from socialsim.studies.files import StudyFile
from socialsim.studies.rounds.sequential import next_number, precision, sequential
from socialsim.studies.run import run_study
from socialsim.studies.study import Study

HILL = str(Path(__file__).with_name("hill.py"))
ZOLLMAN = {
    "scenario": "epistemic",
    "replications": 50,
    "factors": {"environment.effect": [0.003, 0.1], "network": ["cycle:n=6", "complete:n=6"]},
    "metrics": ["success_rate"],
}


def study_file(**others):
    return StudyFile(**{**ZOLLMAN, "stopping": {"half_width": {"success_rate": 0.05}}, **others})


def in_this_process(file, folder):
    with ThreadPoolExecutor(1) as executor:
        return run_study(file, folder, executor=executor, num_processes=1)


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    return in_this_process(study_file(), tmp_path_factory.mktemp("finished") / "s")


# --- The rule --------------------------------------------------------------------------------------------------------


@given(
    st.integers(1, 10**6),
    st.floats(1e-9, 1e9) | st.just(math.nan) | st.just(math.inf),
    st.floats(1e-9, 1e9),
    st.integers(1, 10**7),
)
def test_replications_grow_by_a_tenth_to_fourfold_until_the_interval_is_narrow(number, half_width, target, most):
    found = next_number(number, half_width, target, most)
    if half_width <= target or number >= most:
        assert found == number
    else:
        assert min(math.ceil(1.1 * number), most) <= found <= min(4 * number, most)


@given(st.integers(1, 10**6), st.floats(1.05, 1.99))
def test_replications_grow_with_the_square_of_the_half_width(number, ratio):
    assert next_number(number, ratio, 1.0, 10**9) == math.ceil(number * ratio**2)


def interval_after_stopping(p, target, rng):
    """Return the interval at which a point of success rate p stops."""
    outcomes = rng.random(100) < p
    while True:
        found = proportion(outcomes)
        number = next_number(outcomes.size, (found.high - found.low) / 2, target, 10_000)
        if number == outcomes.size:
            return found
        outcomes = np.concatenate([outcomes, rng.random(number - outcomes.size) < p])


@pytest.mark.parametrize("p", [0.05, 0.1, 0.3, 0.5])
def test_intervals_cover_although_they_say_when_to_stop(p):
    rng = np.random.default_rng(4)
    intervals = [interval_after_stopping(p, 0.03, rng) for _ in range(2000)]
    assert np.mean([found.low <= p <= found.high for found in intervals]) >= 0.93
    assert max(found.high - found.low for found in intervals) <= 0.06


# --- Studies ---------------------------------------------------------------------------------------------------------


def test_replications_are_added_where_the_interval_is_too_wide_and_nowhere_else(finished):
    table = precision(finished, study_file())
    assert table.reached.all()
    assert (table.half_width <= table.asked).all()
    sure = table["environment.effect"] == 0.1
    assert (table.replications[sure] == 50).all()
    assert (table.replications[~sure] > 50).any()
    assert table.replications.sum() == finished.status().num_done


def test_rounds_are_the_same_on_results_that_go_further(finished, tmp_path):
    in_this_process(study_file(stopping={}, replications=700), tmp_path / "more")
    rounds = [list(asked.values()) for asked in sequential(study_file(), finished.folder)]
    assert len(rounds) > 2
    assert rounds == [list(asked.values()) for asked in sequential(study_file(), tmp_path / "more")]
    assert all(a <= b for pair in itertools.pairwise(rounds) for a, b in zip(*pair, strict=True))


def test_a_study_that_was_interrupted_between_rounds_ends_like_one_that_was_not(finished, tmp_path, monkeypatch):
    def interrupted(*where):
        yield from itertools.islice(sequential(*where), 2)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(run_module, "sequential", interrupted)
        with pytest.raises(KeyboardInterrupt):
            in_this_process(study_file(), tmp_path / "s")
    part = Study.open(tmp_path / "s")
    assert part.status().num_done < finished.status().num_done
    again = in_this_process(study_file(), tmp_path / "s")
    assert again.status() == finished.status()
    assert again.digest() == finished.digest()


def test_a_narrower_aim_later_adds_to_what_is_there(tmp_path):
    wide = in_this_process(study_file(stopping={"half_width": {"success_rate": 0.08}}), tmp_path / "s").runs()
    narrow = in_this_process(study_file(), tmp_path / "s").runs()
    columns = ["point", "replication", "stream_key", "steps"]
    assert len(narrow) > len(wide)
    assert len(narrow.merge(wide, on=columns)) == len(wide)


def test_a_point_has_no_more_than_the_most_replications(tmp_path):
    file = study_file(stopping={"half_width": {"success_rate": 1e-6}, "most_replications": 70})
    table = precision(in_this_process(file, tmp_path / "s"), file)
    assert (table.replications == 70).all()
    assert not table.reached.any()


def test_fewer_at_most_than_the_study_has_anyhow_adds_none(tmp_path):
    file = study_file(stopping={"half_width": {"success_rate": 1e-6}, "most_replications": 7})
    assert in_this_process(file, tmp_path / "s").status().num_done == 4 * 50


def test_the_metric_that_needs_most_decides(tmp_path):
    widths = {"height": 0.05, "steepness": 10.0}
    file = StudyFile(
        scenario=HILL,
        replications=5,
        factors={"environment.noise": [0.0, 0.1]},
        stopping={"half_width": widths, "most_replications": 1000},
    )
    table = precision(in_this_process(file, tmp_path / "s"), file)
    assert table.reached.all()
    few, many = (ours for _, ours in table.groupby("environment.noise"))
    assert set(few.replications) == {5}
    assert min(many.replications) > 20
    assert len(set(many.replications)) == 1


def test_an_undefined_metric_gets_the_most_replications(tmp_path):
    file = StudyFile(
        scenario=HILL,
        replications=2,
        factors={"environment.x": [-4.0, 1.0]},
        stopping={"half_width": {"dry_height": 0.5}, "most_replications": 20},
    )
    table = precision(in_this_process(file, tmp_path / "s"), file).set_index("environment.x")
    assert math.isnan(table.half_width[-4.0])
    assert not table.reached[-4.0]
    assert (table.replications[-4.0], table.reached[1.0]) == (20, True)


def test_runs_that_fail_do_not_go_on_for_ever(tmp_path):
    file = StudyFile(
        scenario=HILL,
        replications=3,
        factors={"environment.y": [-5.0, 0.0]},
        stopping={"half_width": {"height": 0.1}, "most_replications": 500},
    )
    study = in_this_process(file, tmp_path / "s")
    assert study.status().num_failed == 3
    table = precision(study, file)
    assert table.reached[table["environment.y"] == 0.0].all()
