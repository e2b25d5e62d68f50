import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from socialsim.core.errors import ResultError
from socialsim.core.estimate import Estimate
from socialsim.core.manifest import Manifest, commit, strict

BARE = {"versions": {}, "commit": "", "machine": {}, "created": ""}
plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(), plain, max_size=4), st.integers(0), st.text())
def test_a_manifest_survives_json(parameters, seed, scenario):
    manifest = Manifest(scenario, parameters, seed, 3, metrics={"m": Estimate(0.5, 0.25, 0.75, 3)}, **BARE)
    assert Manifest.from_json(manifest.to_json()) == manifest


def test_undefined_numbers_are_null_and_numpys_are_pythons():
    manifest = Manifest(
        "voter",
        {"rate": np.float64("inf"), "sizes": np.arange(2), "pair": (np.int32(1), math.nan)},
        seed=np.int64(4),
        num_runs=1,
        metrics={"m": Estimate.undefined("no runs")},
        **BARE,
    )
    record = json.loads(manifest.to_json(), parse_constant=lambda name: pytest.fail(name))
    assert record["parameters"] == {"rate": None, "sizes": [0, 1], "pair": [1, None]}
    assert record["metrics"]["m"]["value"] is None
    again = Manifest.from_json(manifest.to_json())
    assert again.seed == 4
    assert math.isnan(again.metrics["m"].value)


def test_what_json_cannot_hold_is_named_by_its_path():
    with pytest.raises(ResultError, match=r"parameters\.network\.graph is a object"):
        strict({"parameters": {"network.graph": [object()]}})


def test_versions_and_machine_are_found_out():
    manifest = Manifest("voter", {}, 1, 1)
    assert {"python", "socialsim", "numpy", "numba", "networkx"} <= set(manifest.versions)
    assert manifest.machine["cpus"] >= 1
    assert manifest.created.startswith("20")


def test_outside_a_repository_there_is_no_commit(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    commit.cache_clear()
    assert commit() == ""
    monkeypatch.setenv("PATH", "")
    commit.cache_clear()
    assert commit() == ""
    commit.cache_clear()


def test_an_unknown_status_is_refused():
    with pytest.raises(ResultError, match="complete or interrupted"):
        Manifest("voter", {}, 1, 1, status="broken", **BARE)


def test_a_later_format_is_refused():
    text = Manifest("voter", {}, 1, 1, **BARE).to_json().replace('"format": 1', '"format": 2')
    with pytest.raises(ResultError, match="later version"):
        Manifest.from_json(text)


@given(st.text() | st.builds(json.dumps, plain))
def test_garbage_is_no_manifest(text):
    with pytest.raises(ResultError):
        Manifest.from_json(text)


@given(st.data())
def test_a_damaged_entry_is_refused_or_of_its_kind(data):
    manifest = Manifest("voter", {}, 1, 1, metrics={"m": Estimate(0.5, 0.25, 0.75, 3)}, **BARE)
    record = json.loads(manifest.to_json())
    name = data.draw(st.sampled_from(sorted(set(record) - {"format"})))
    before = record.pop(name)
    if data.draw(st.booleans()):
        record[name] = data.draw(plain)
    try:
        again = Manifest.from_json(json.dumps(record))
    except ResultError as error:
        assert "\n" not in str(error)  # noqa: PT017
    else:
        assert isinstance(getattr(again, name), type(before))
