"""How significant every approach is: hills, random hills, files, and what counts as a peak."""

import numpy as np
import pytest

from socialsim.core.errors import ParameterError
from socialsim.engine.run import run
from socialsim.environments.landscape import Landscape, scenario
from socialsim.environments.landscape.terrain import hilly, peaks, random_hills, read

# --- By hand ------------------------------------------------------------------------------------


def test_the_default_landscape_is_that_of_the_paper():
    heights = Landscape().significance()
    assert heights.shape == (101, 101)
    assert heights[75, 75] == 0.75
    assert heights[45, 45] == 0.70
    assert np.argwhere(peaks(heights)).tolist() == [[45, 45], [75, 75]]
    x, y = np.meshgrid(np.arange(-50, 51), np.arange(-50, 51))
    high = 0.75 * np.exp(-(0.02 * (x - 25) ** 2 + 0.01 * (x - 25) * (y - 25) + 0.02 * (y - 25) ** 2))
    low = 0.70 * np.exp(-(0.01 * (x + 5) ** 2 + 0.01 * (x + 5) * (y + 5) + 0.01 * (y + 5) ** 2))
    assert heights == pytest.approx(np.trunc(1000 * (high + low)) / 1000, abs=1e-12)  # no hill reaches round the torus


def test_scientists_start_on_patches_of_less_than_ten_thousandths():
    env, heights = Landscape().state(4), Landscape().significance().ravel()
    assert sorted(env.starts) == np.flatnonzero(heights < 0.01).tolist()


def test_a_hill_on_the_edge_goes_on_at_the_other_side():
    heights = hilly([(2, 0, 1, 0.5, 0, 0.5)], 5, 0.001)  # five columns, -2 ... 2
    assert heights[2].tolist() == [0.606, 0.135, 0.135, 0.606, 1.0]


def test_a_ledge_below_a_top_is_no_peak_and_a_flat_top_is_one():
    assert np.argwhere(peaks([[0, 0, 0, 0, 0], [0, 1, 1, 2, 0], [0, 0, 0, 0, 0]])).tolist() == [[1, 3]]
    assert peaks([[0, 0, 0, 0, 0], [0, 2, 2, 0, 0], [0, 0, 0, 0, 0]]).sum() == 2
    assert not peaks(np.ones((4, 4))).any()


def test_a_file_gives_the_landscape_as_it_stands(tmp_path):
    file = tmp_path / "field.txt"
    file.write_text("# a small field\n0, 0, 0, 0\n\n0 1.5 2 0  # the middle\n0 0 0 0\n")
    assert read(str(file)).tolist() == [[0, 0, 0, 0], [0, 1.5, 2, 0], [0, 0, 0, 0]]
    env = Landscape(file=str(file), num_mavericks=0).state(2)
    assert (env.num_rows, env.num_columns, env.num_peaks) == (3, 4, 1)
    result = run(scenario().replace({"environment.file": str(file), "horizon.steps": 30}), replications=5, seed=1)
    assert result.runs.progress.tolist() == [1.0] * 5


def test_random_hills_are_those_of_their_seed():
    first, second = (Landscape(num_random_hills=5, landscape_seed=seed).significance() for seed in (1, 2))
    assert (first == Landscape(num_random_hills=5, landscape_seed=1).significance()).all()
    assert (first != second).any()
    hills = random_hills(1000, 101, 3)
    assert np.abs(hills[:, :2]).max() == 50
    assert 0.25 <= hills[:, 2].min() <= hills[:, 2].max() <= 1


# --- Bad input -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("0 0 0\n0 nan 0\n0 0 0\n", ", line 2: 'nan'; accepted: finite numbers"),
        ("0 0 0\n0 1 0\n0 0 inf\n", ", line 3: 'inf'; accepted: finite numbers"),
        ("0 0 0\n\n0 1 high\n0 0 0\n", ", line 3: 'high'; accepted: finite numbers"),
        ("0 0 0\n0 1 0 0\n0 0 0\n", ", line 2: 4 numbers; accepted: 3, as in the first row"),
        ("0 0\n0 1\n0 0\n", " holds 3 x 2 numbers; accepted: at least 3 rows and 3 columns"),
        ("", " holds 0 x 0 numbers; accepted: at least 3 rows and 3 columns"),
    ],
)
def test_a_file_that_is_no_landscape_is_refused_with_its_line(tmp_path, text, problem):
    file = tmp_path / "field.txt"
    file.write_text(text)
    with pytest.raises(ParameterError) as error:
        scenario().replace({"environment.file": str(file)})
    assert str(error.value) == f"environment.file: {str(file)!r}{problem}"


def test_a_file_that_is_missing_or_no_text_is_refused(tmp_path):
    (tmp_path / "picture.png").write_bytes(b"\x89PNG\xff\xfe")
    for name, problem in (("nowhere.txt", "cannot be read .No such file"), ("picture.png", "is not text")):
        with pytest.raises(ParameterError, match=f"^environment.file: '.*{name}' {problem}"):
            scenario().replace({"environment.file": str(tmp_path / name)})
    with pytest.raises(ParameterError, match=r"^environment.file: .* cannot be read .Is a directory"):
        scenario().replace({"environment.file": str(tmp_path)})


@pytest.mark.parametrize("hills", [(), ((0.0, 0.0, -1.0, 0.1, 0.0, 0.1),)])
def test_a_landscape_without_anything_to_find_is_refused(hills):
    with pytest.raises(
        ParameterError, match=r"^environment.hills: .* leaves no significance above 0; accepted: at least"
    ):
        scenario().replace({"environment.hills": hills})


@pytest.mark.parametrize(
    "hill", [(0.0, 0.0, 1.0), (0.0, 0.0, 1.0, -0.1, 0.0, 0.1), (0.0, 0.0, 1.0, 0.1, 0.3, 0.1), (0.0, 0.0, 1.0, 0, 0, 0)]
)
def test_a_hill_takes_six_numbers_and_falls_on_all_sides(hill):
    with pytest.raises(
        ParameterError, match=r"^environment.hills: .* is not accepted; accepted: x0, y0, height, a, b, c"
    ):
        scenario().replace({"environment.hills": (hill,)})
