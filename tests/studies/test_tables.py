from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pytest

from socialsim.core.errors import ParameterError, ResultError
from socialsim.studies.files import StudyFile
from socialsim.studies.run import run_study
from socialsim.studies.study import Study
from socialsim.studies.tables import export

xarray = pytest.importorskip("xarray")
GRID = {"network": ["cycle:n=4", "complete:n=6"], "environment.effect": [0.05, 0.1, 0.2]}


def run_here(folder, **table):
    with ThreadPoolExecutor(1) as executor:
        file = StudyFile(scenario="epistemic", replications=4, **table)
        return run_study(file, folder, executor=executor, num_processes=1)


@pytest.fixture(scope="module")
def grid(tmp_path_factory):
    return run_here(tmp_path_factory.mktemp("grid") / "s", factors=GRID, record={"series": True, "every": 2})


def test_a_full_grid_has_a_dimension_for_each_factor(grid):
    dataset = grid.to_xarray()
    assert {name: size for name, size in dataset.sizes.items() if name != "step"} == {
        "network": 2,
        "environment.effect": 3,
        "replication": 4,
    }
    runs = grid.runs()
    for row in runs.itertuples():
        place = {"network": row.network, "environment.effect": row._3, "replication": row.replication}
        assert int(dataset.steps.sel(place)) == row.steps
    assert list(dataset["environment.effect"].values) == GRID["environment.effect"]


def test_time_courses_have_the_dimension_step(grid):
    dataset, series = grid.to_xarray(), grid.series()
    row = series.iloc[-1]
    place = {name: row[name] for name in ("network", "environment.effect", "replication", "step")}
    assert float(dataset.mean_credence.sel(place)) == row.mean_credence
    assert int(dataset.mean_credence.count()) == len(series)


def test_other_designs_have_points_with_coordinates(tmp_path):
    factors = {"environment.effect": {"linear": [0.05, 0.2]}, "network.n": {"integer": [4, 9]}}
    study = run_here(tmp_path / "s", factors=factors, design={"kind": "random", "size": 5})
    dataset = study.to_xarray()
    assert dict(dataset.sizes) == {"point": 5, "replication": 4}
    assert dataset["environment.effect"].dims == ("point",)
    assert list(dataset.point.values) == list(study.points().index)


def test_what_does_not_vary_is_an_attribute(tmp_path):
    study = run_here(tmp_path / "s", factors={"network.n": [4, 5]}, fixed={"environment.effect": 0.1})
    assert study.to_xarray().attrs["environment.effect"] == 0.1


def test_polars_and_pandas_hold_the_same(grid):
    pytest.importorskip("polars")
    frame, runs = grid.to_polars(), grid.runs()
    assert frame.columns == list(runs)
    assert frame["steps"].to_list() == runs.steps.tolist()
    assert frame["point"].to_list() == runs.point.astype(str).tolist()


@pytest.mark.parametrize("table", ["runs", "series", "summary", "failures"])
def test_a_table_survives_csv_and_parquet(grid, tmp_path, table):
    frame = {"runs": grid.runs, "series": grid.series, "summary": grid.summary, "failures": grid.failures}[table]()
    for suffix, read in ((".csv", pd.read_csv), (".parquet", pd.read_parquet)):
        again = read(export(grid, tmp_path / "new" / f"{table}{suffix}", table))
        assert list(again) == list(frame)
        assert len(again) == len(frame)
        for name in frame.select_dtypes("number") if len(frame) else ():
            assert np.array_equal(again[name], frame[name], equal_nan=True)


def test_netcdf_is_read_back_as_it_was(grid, tmp_path):
    dataset = grid.to_xarray()
    with xarray.open_dataset(export(grid, tmp_path / "a.nc"), engine="scipy") as again:
        assert dict(again.sizes) == dict(dataset.sizes)
        assert np.array_equal(again.steps.values, dataset.steps.values)
        assert list(again.network.values) == GRID["network"]


def test_integers_beyond_32_bits_survive_netcdf(tmp_path):
    factors = {"horizon.steps": [10**9, 10**10], "environment.effect": [0.1, 0.2]}
    one = run_here(tmp_path / "a", factors=factors)
    two = run_here(tmp_path / "b", factors={"environment.effect": [0.1, 0.2]}, fixed={"horizon.steps": 10**10})
    with xarray.open_dataset(export(one, tmp_path / "a.nc"), engine="scipy") as again:
        assert again["horizon.steps"].values.tolist() == [10**9, 10**10]
        assert np.array_equal(again.steps.values, one.to_xarray().steps.values)
    with xarray.open_dataset(export(two, tmp_path / "b.nc"), engine="scipy") as again:
        assert again.attrs["horizon.steps"] == 10**10


@pytest.mark.parametrize(
    ("name", "table", "message"),
    [
        ("a.xls", "runs", "a.xls: its suffix is not accepted; accepted: .csv, .parquet, .nc"),
        ("a.csv", "rnus", "unknown table 'rnus'; did you mean 'runs'"),
        ("a.nc", "summary", "netCDF is not accepted for summary"),
    ],
)
def test_wrong_names_are_refused(grid, tmp_path, name, table, message):
    with pytest.raises(ParameterError, match=message):
        export(grid, tmp_path / name, table)


def test_a_place_that_cannot_be_written_to_is_named(grid, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ResultError, match="cannot write"):
        export(grid, tmp_path / "file" / "a.csv")


def test_a_study_without_time_courses_says_how_they_come(tmp_path):
    study = run_here(tmp_path / "s", factors={"network.n": [4]})
    with pytest.raises(ResultError, match="series = true"):
        Study.open(study.folder).series()
