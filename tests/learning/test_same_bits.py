"""Same seed, same bits, compiled or not, for learners that no environment has by default.

They play in pairs, so that each loop serves two.
"""

import json
import os
import subprocess
import sys

import pytest

from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.environments.repeated_game import RepeatedGame
from socialsim.testing.contracts import fingerprint

PAIRS = {
    "rounds": [
        ("exp3:gamma=0.3", "ucb1"),
        ("sarsa:epsilon=0.5,beta=0.01,patience=20", "boltzmann_q:beta=0.01,patience=20"),
        ("wolf_phc:delta_win=0.05,delta_lose=0.2", "uniform_random"),
        ("mean_field_q:beta=0.01", "mean_field_actor_critic"),
    ],
    "payoffs": [
        ("regret_matching", "fictitious_play"),
        ("experience_weighted_attraction", "regret_matching:plus=true"),
    ],
}
CASES = [(observation, *pair) for observation, pairs in PAIRS.items() for pair in pairs]
FINGERPRINTS = """
import json, sys
sys.path.insert(0, sys.argv[1])
from test_same_bits import CASES, a_scenario
from socialsim.engine.run import run
from socialsim.testing.contracts import fingerprint
print(json.dumps([fingerprint(run(a_scenario(*case), replications=3, seed=5)) for case in CASES]))
"""


def a_scenario(observation, row, column):
    game = RepeatedGame(payoffs=((1.0, -1.0), (-1.0, 1.0)), column_payoffs=((-1.0, 1.0), (1.0, -1.0)))
    return Scenario(game.replace(observation=observation), {"row": row, "column": column}, "path:n=2", 60)


@pytest.mark.compiled
def test_uncompiled_loops_give_the_same_bits():
    command = [sys.executable, "-W", "error", "-c", FINGERPRINTS, os.path.dirname(__file__)]
    environment = os.environ | {"NUMBA_DISABLE_JIT": "1"}
    output = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
    compiled = [fingerprint(run(a_scenario(*case), replications=3, seed=5)) for case in CASES]
    assert json.loads(output) == compiled
