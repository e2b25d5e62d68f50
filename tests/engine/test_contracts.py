"""Same seed, same bits: for every environment, however the work is divided, compiled or not."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys

import pytest

from socialsim.engine.discovery import environment_names
from socialsim.engine.run import run
from socialsim.testing.contracts import check_scenario, fingerprint

FINGERPRINTS = """
import importlib, json
from socialsim.engine.discovery import environment_names
from socialsim.engine.run import run
from socialsim.testing.contracts import fingerprint
print(json.dumps({
    name: fingerprint(run(importlib.import_module(f"socialsim.environments.{name}").small(), replications=3, seed=5))
    for name in environment_names()
}))
"""


def small(name):
    return importlib.import_module(f"socialsim.environments.{name}").small()


@pytest.mark.compiled
@pytest.mark.parametrize("name", environment_names())
def test_an_environment_keeps_the_contract(name):
    check_scenario(small(name))


@pytest.mark.compiled
def test_uncompiled_loops_give_the_same_bits():
    environment = os.environ | {"NUMBA_DISABLE_JIT": "1"}
    command = [sys.executable, "-W", "error", "-c", FINGERPRINTS]
    output = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
    compiled = {name: fingerprint(run(small(name), replications=3, seed=5)) for name in environment_names()}
    assert json.loads(output) == compiled


@pytest.mark.parametrize("name", environment_names())
def test_another_seed_gives_other_results(name):
    assert fingerprint(run(small(name), replications=3, seed=5)) != fingerprint(
        run(small(name), replications=3, seed=6)
    )
