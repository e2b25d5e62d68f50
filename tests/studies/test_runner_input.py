import subprocess
import sys

import pytest

from socialsim.core.errors import ParameterError
from socialsim.engine.discovery import find_module, make_scenario
from socialsim.studies.points import make_point
from socialsim.studies.runner import run_study


def points():
    base = make_scenario(find_module("epistemic"))
    return [make_point(base, {"network": f"cycle:n={n}"}) for n in (4, 6)]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"replications": 0}, "replications: 0 is not accepted"),
        ({"seed": -1}, "seed: -1 is not accepted"),
        ({"num_processes": 0}, "num_processes: 0 is not accepted"),
        ({"batch_seconds": 0.0}, r"batch_seconds: 0\.0 is not accepted"),
        ({"time_limit": float("nan")}, "time_limit: nan is not accepted"),
        ({"memory_limit": 0}, "memory_limit: 0 is not accepted"),
    ],
)
def test_arguments_out_of_range_are_refused_before_anything_is_written(tmp_path, options, message):
    with pytest.raises(ParameterError, match=message):
        run_study(points(), "epistemic", **{"store": tmp_path / "s", "replications": 1, **options})
    assert not (tmp_path / "s").exists()


def test_no_points_unknown_scenarios_and_doubles_are_refused(tmp_path):
    options = {"store": tmp_path / "s", "replications": 1}
    with pytest.raises(ParameterError, match="points: none is given"):
        run_study([], "epistemic", **options)
    with pytest.raises(ParameterError, match="some are given twice"):
        run_study([points()[0]] * 2, "epistemic", **options)
    with pytest.raises(ParameterError, match="did you mean 'epistemic'"):
        run_study(points(), "epistemik", **options)
    assert not (tmp_path / "s").exists()


def test_a_worker_loads_neither_mesa_nor_matplotlib():
    code = (
        "import sys, socialsim.studies.worker as w; "
        "w.run_pieces({'scenario': 'epistemic', 'seed': 0, 'record_every': None, 'time_limit': None, "
        "'batch_seconds': 0.5, 'pieces': [[{'network': 'cycle:n=4'}, [1], 0, 2]]}); "
        "print([name for name in ('mesa', 'matplotlib', 'socialsim.host') if name in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "[]"
