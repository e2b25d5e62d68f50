"""Loops are written once, cached by their sources, and point at the user's line."""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
import textwrap
from dataclasses import replace

import numba
import pytest

from socialsim.core.errors import CompileError, ParameterError
from socialsim.engine.discovery import environment_names, find_learner, find_module, learner_classes, load_file
from socialsim.engine.program import source_files
from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.engine.simulation import Simulation
from socialsim.engine.template import write_loop
from socialsim.environments import epistemic

only_compiled = pytest.mark.skipif(numba.config.DISABLE_JIT, reason="nothing is compiled")
FILE = """
from typing import NamedTuple
import numpy as np
from socialsim.core.compiled import compiled
from socialsim.engine.interface import Discrete, Environment, Specification
from socialsim.engine.scenario import Scenario
{imports}

class State(NamedTuple):
    stock: np.ndarray

class Fishery(Environment):
    def state(self, num_agents):
        return State(np.ones(1))

    def specification(self, agent_type, num_agents):
        return Specification(Discrete(2))

    @staticmethod
    @compiled
    def advance(env, network, actions, rewards, stream):
        {body}

def scenario():
    return Scenario(Fishery(), "uniform_random", "cycle:n=3", 4)
"""


def write(folder, body, name="fishery.py", imports=""):
    path = folder / name
    path.write_text(FILE.format(body=textwrap.indent(body, " " * 8).strip(), imports=imports))
    return path


@pytest.mark.parametrize("name", environment_names())
def test_the_text_of_a_loop_depends_on_no_size(name):
    module = importlib.import_module(f"socialsim.environments.{name}")
    texts = {
        write_loop(replace(Simulation(make(), seed=1, replications=[0]).plan, cast=()), cache=True)
        for make in (module.small, module.scenario)
    }
    assert len(texts) == 1


@only_compiled
@pytest.mark.compiled
def test_ten_agents_and_eleven_share_one_compilation():
    for n in (10, 11):
        run(epistemic.small().replace({"network.n": n}))
    simulation = Simulation(epistemic.small(), seed=1, replications=[0])
    assert len(simulation.program._module.loop.signatures) == 1


@pytest.mark.compiled
def test_a_users_own_file_runs(tmp_path):
    module = load_file(write(tmp_path, "for i in range(3):\n    rewards[i] = 2.0"))
    assert run(module.scenario()).agents.reward.tolist() == [2.0, 2.0, 2.0]


@pytest.mark.compiled
def test_a_change_in_an_imported_helper_is_noticed(tmp_path):
    """Numba alone would run the stale machine code; so a second process must see the new helper."""
    (tmp_path / "helper.py").write_text(
        "from socialsim.core.compiled import compiled\n\n@compiled\ndef pay():\n    return 1.0\n"
    )
    path = write(tmp_path, "rewards[0] = pay() * RATE", imports="from helper import RATE, pay")
    code = (
        "import sys; from pathlib import Path; from socialsim.engine.discovery import load_file; "
        "from socialsim.engine.run import run; print(run(load_file(Path(sys.argv[1])).scenario()).agents.reward[0])"
    )
    environment = os.environ | {"PYTHONPATH": str(tmp_path)}
    outputs = []
    for reward in ("1.0", "5.0"):
        (tmp_path / "helper.py").write_text(
            f"from socialsim.core.compiled import compiled\nRATE = {reward}\n\n@compiled\ndef pay():\n    return 2.0\n"
        )
        command = [sys.executable, "-c", code, str(path)]
        outputs.append(
            subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.strip()
        )
    assert outputs == ["2.0", "10.0"]


@pytest.mark.compiled
def test_a_file_that_was_altered_after_its_import_spoils_no_later_run(tmp_path):
    helper = "from socialsim.core.compiled import compiled\n\n@compiled\ndef pay():\n    return {}\n"
    path = write(tmp_path, "rewards[0] = pay()", imports="from helper import pay")
    code = (
        "import sys; from pathlib import Path; from socialsim.engine.discovery import load_file; "
        "from socialsim.engine.run import run; scenario = load_file(Path(sys.argv[1])).scenario(); "
        "Path(sys.argv[2]).write_text(sys.argv[3]); print(run(scenario).agents.reward[0])"
    )
    environment = os.environ | {"PYTHONPATH": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"}
    (tmp_path / "helper.py").write_text(helper.format("1.0"))
    outputs = []
    for _ in range(2):
        command = [sys.executable, "-c", code, str(path), str(tmp_path / "helper.py"), helper.format("77.0")]
        outputs.append(
            subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.strip()
        )
    assert outputs == ["1.0", "77.0"]


@only_compiled
@pytest.mark.compiled
def test_a_compile_error_points_at_the_users_line(tmp_path):
    module = load_file(write(tmp_path, "rewards[0] = env.fish", name="wrong.py"))
    line = (tmp_path / "wrong.py").read_text().splitlines().index("        rewards[0] = env.fish") + 1
    with pytest.raises(CompileError, match=rf"wrong.py, line {line}: cannot be compiled") as error:
        run(module.scenario())
    assert "\n" not in str(error.value)


def test_a_file_that_is_no_scenario_is_refused(tmp_path):
    with pytest.raises(ParameterError, match="no such file"):
        load_file(tmp_path / "nothing.py")
    (tmp_path / "empty.py").write_text("x = 1\n")
    with pytest.raises(ParameterError, match=r"has no function scenario\(\)"):
        load_file(tmp_path / "empty.py")
    (tmp_path / "broken.py").write_text("x = 1\ny = 1 / 0\n")
    with pytest.raises(ParameterError, match=r"broken.py, line 2: ZeroDivisionError"):
        load_file(tmp_path / "broken.py")
    (tmp_path / "syntax.py").write_text("def f(:\n")
    with pytest.raises(ParameterError, match=r"syntax.py.*SyntaxError"):
        load_file(tmp_path / "syntax.py")


def test_an_unknown_scenario_suggests_the_nearest():
    with pytest.raises(ParameterError, match="did you mean 'epistemic'"):
        find_module("epistemics")


def test_a_learner_is_found_by_the_name_of_its_class():
    assert {"bayesian", "q_learning", "thompson"} <= set(learner_classes())
    assert find_learner("epsilon_greedy").__name__ == "EpsilonGreedy"


@pytest.mark.compiled
def test_a_class_of_a_function_body_runs_uncached(models):
    class Local(models["Silence"]):
        pass

    assert source_files([Local]) is None
    assert run(Scenario(Local(), "constant", "cycle:n=3", 3)).agents.reward.tolist() == [0.0, 1.0, 2.0]


def test_an_environment_without_its_functions_is_refused(models):
    class NoWake(models["Silence"]):
        loop = "events"

    with pytest.raises(ParameterError, match="needs a function wake"):
        run(Scenario(NoWake(), "constant", "cycle:n=3", 3))
    NoWake.wake = models["Silence"].advance
    with pytest.raises(ParameterError, match="additive messages need the simultaneous loop"):
        run(Scenario(NoWake(), models["Adding"](), "cycle:n=3", 3))


def test_a_class_of_a_file_that_was_executed_without_an_import_has_no_file():
    space = {"__name__": "nowhere"}
    exec("class Stray:\n    pass\n", space)
    assert source_files([space["Stray"]]) is None
