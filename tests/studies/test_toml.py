import tomllib

import pytest

from socialsim.studies.files import StudyFile

STUDIES = [
    {"factors": {"network": ["cycle:n=10", "karate"], "environment.effect": {"log": [1e-3, 1e-1], "levels": 3}}},
    {
        "seed": 3,
        "metrics": ["success_rate"],
        "factors": {"environment.effect": {"linear": [0.01, 0.4]}, "network.n": {"integer": [4, 20]}},
        "fixed": {"network": "cycle", "network.shared": True},
        "design": {"kind": "latin_hypercube", "size": 8, "common_random_numbers": True},
        "stopping": {"time_limit": 60, "half_width": {"success_rate": 0.02}},
        "record": {"series": True, "every": 5},
    },
    {"design": {"kind": "points", "points": [{"network": "cycle:n=4"}, {"network": "karate"}]}},
    {"design": "one_at_a_time", "factors": {"environment.trials": [10, 100]}},
]


@pytest.mark.parametrize("table", STUDIES)
def test_a_study_written_in_python_is_the_study_of_its_text(table):
    study = StudyFile(scenario="epistemic", replications=7, **table)
    again = StudyFile(**tomllib.loads(study.text))
    assert again.points() == study.points()
    assert again == study
    validated = StudyFile(**{name: getattr(study, name) for name in StudyFile.model_fields})
    assert StudyFile(**tomllib.loads(validated.text)).points() == study.points()


def test_the_text_of_a_file_is_the_file(tmp_path):
    text = 'scenario = "epistemic"  # why\nreplications = 2\n[factors]\n"network.n" = [4]\n'
    (tmp_path / "a.toml").write_text(text)
    assert StudyFile.read(tmp_path / "a.toml").text == text
