"""Social preferences in the loop: learners see subjective rewards, everything else the material ones."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest

from socialsim.core.compiled import compiled
from socialsim.core.errors import ParameterError
from socialsim.engine.discovery import find_preference, learner_classes, load_file, preference_classes
from socialsim.engine.fork import Force, fork
from socialsim.engine.preferences import Preference
from socialsim.engine.probe import probe
from socialsim.engine.run import run
from socialsim.engine.scenario import Horizon, PresenceEvent, Scenario, Turnover
from socialsim.engine.simulation import Simulation
from socialsim.environments import opinions
from socialsim.learning.preferences import InequityAversion, SharedReward
from socialsim.testing.contracts import check_scenario, fingerprint

MODELS = load_file(Path(__file__).with_name("payday.py"))
CASES, payday = MODELS.CASES, MODELS.payday

FINGERPRINTS = """
import json
import sys
from pathlib import Path
from socialsim.engine.discovery import load_file
from socialsim.engine.run import run
from socialsim.testing.contracts import fingerprint
models = load_file(Path(sys.argv[1]))
runs = {name: run(models.payday(*case), replications=2, seed=5) for name, case in models.CASES.items()}
print(json.dumps({name: fingerprint(result) for name, result in runs.items()}))
"""


class Nothing(NamedTuple):
    factor: float


class Doubled(Preference):
    """A user's own: twice the reward."""

    def state(self, num_agents):
        return Nothing(2.0)

    @staticmethod
    @compiled
    def feel(preference, network, i, rewards):
        return preference.factor * rewards[i]


def learned(simulation):
    """Return what all agents learned from last, and what they got."""
    parts = [state.subjective for state in simulation.learners.values()]
    return np.concatenate(parts, axis=1), simulation.engine.rewards


# --- The contract ----------------------------------------------------------------------------------------------


@pytest.mark.compiled
@pytest.mark.parametrize("case", CASES)
def test_a_scenario_with_preferences_keeps_the_contract(case):
    check_scenario(payday(*CASES[case]), replications=3)


@pytest.mark.compiled
def test_uncompiled_loops_give_the_same_bits():
    environment = os.environ | {"NUMBA_DISABLE_JIT": "1"}
    command = [sys.executable, "-W", "error", "-c", FINGERPRINTS, MODELS.__file__]
    output = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
    compiled = {name: fingerprint(run(payday(*case), replications=2, seed=5)) for name, case in CASES.items()}
    assert json.loads(output) == compiled


# --- What is subjective and what is not ------------------------------------------------------------------------


def test_learners_learn_from_the_subjective_reward_of_their_type_and_report_the_material_one():
    simulation = Simulation(payday({"clerk": Doubled(), "worker": None}), seed=1, replications=range(2))
    simulation.advance(3)
    subjective, material = learned(simulation)
    assert np.array_equal(subjective, [1, 1, 1, 2, 2, 2] * material)
    assert np.array_equal(simulation.engine.subjective_rewards, subjective)
    reported = np.concatenate([state.reported for state in simulation.learners.values()], axis=1)
    assert np.array_equal(reported, material)
    assert (material > 0).any()


def test_tables_counts_and_events_show_material_rewards():
    aware, selfish = (
        {
            name: run(payday(preference, steps=1), replications=3, seed=2, record=record).table(name)
            for name, record in (("act", "events"), ("count", "counts"), ("agent", "none"))
        }
        for preference in ("inequity_aversion", None)
    )
    assert aware["act"].equals(selfish["act"])
    assert aware["count"].equals(selfish["count"])
    assert aware["agent"].reward.equals(selfish["agent"].reward)
    assert not aware["agent"].subjective.equals(selfish["agent"].subjective)


def test_without_preferences_nothing_is_written_into_the_loop():
    plain, aware = (Simulation(payday(preference), seed=1, replications=[0]) for preference in (None, "shared_reward"))
    assert plain.plan.preferences == {}
    assert "subjective_rewards" not in plain.engine._fields
    assert set(aware.plan.preferences) == {0, 1}


@pytest.mark.parametrize(
    "spec",
    ["inequity_aversion:envy=0,guilt=0", "social_value_orientation:angle=0", "shared_reward:weight=0", "selfish"],
)
def test_a_preference_for_nothing_but_oneself_is_the_selfish_run_to_the_bit(spec):
    for scenario in (payday(None), payday(None, "cycle:n=5")):
        changed = scenario.replace({"preference": spec})
        assert fingerprint(run(changed, replications=3, seed=7)) == fingerprint(run(scenario, replications=3, seed=7))


# --- Fresh starts and absence ----------------------------------------------------------------------------------


def levels(simulation):
    return simulation.layout.view("preference_0", simulation.buffers).levels[0]


def test_smoothed_rewards_start_at_zero_with_each_episode():
    preference = InequityAversion(discount=1.0, trace_decay=1.0)  # levels are sums
    horizon = Horizon(steps=20, episode_steps=4)
    simulation = Simulation(payday(preference, steps=horizon), seed=1, replications=[0])
    total = np.zeros(6)
    for step in range(11):
        total = (0 if step % 4 == 0 else total) + _step(simulation)
        assert np.array_equal(levels(simulation), total)


def _step(simulation):
    simulation.advance(int(simulation.clock.max()) + 1 if simulation.clock[0] >= 0 else 1)
    return simulation.engine.rewards[0].copy()


def test_whoever_is_away_is_compared_with_nobody():
    events = (PresenceEvent(2, 1, "leave"), PresenceEvent(2, 5, "fail"), PresenceEvent(6, 1, "enter"))
    preference = InequityAversion(envy=1.0, guilt=1.0, trace_decay=0.0)  # r_0 - mean |r_j - r_0|
    for network, others, then in (("complete:n=6", [2, 3, 4], [1, 2, 3, 4]), ("cycle:n=6", [], [1])):
        simulation = Simulation(payday(preference, network, presence_events=events), seed=1, replications=[0])
        for until, present in ((4, others), (8, then)):
            simulation.advance(until)
            subjective, material = (values[0] for values in learned(simulation))
            distances = np.abs(material[present] - material[0])
            assert subjective[0] == pytest.approx(material[0] - (distances.mean() if present else 0.0), rel=1e-12)


def test_an_agent_that_enters_has_got_nothing_yet():
    events = (PresenceEvent(2, 1, "leave"), PresenceEvent(5, 1, "enter"))
    preference = InequityAversion(discount=1.0, trace_decay=1.0)
    simulation = Simulation(payday(preference, presence_events=events), seed=1, replications=[0])
    simulation.advance(5)
    paid = _step(simulation)
    assert levels(simulation)[1] == paid[1]
    assert levels(simulation)[0] > paid[0]


def test_turnover_and_preferences_keep_the_contract():
    turnover = Turnover(fail_rate=0.02, leave_rate=0.05, enter_rate=0.3)
    check_scenario(payday("inequity_aversion", "ring_lattice:n=20,k=4", turnover=turnover), replications=3)


# --- Interventions ---------------------------------------------------------------------------------------------


def test_a_placebo_fork_changes_nothing_and_a_deviation_moves_what_others_learn_from():
    scenario, size = payday("shared_reward"), {"at": 5, "steps": 5, "replications": 30, "seed": 1}
    table = fork(scenario, {"deviation": [Force(0, 0, steps=5)]}, **size).table("fork")
    baseline, deviation = (table[table.branch == branch].reset_index(drop=True) for branch in ("baseline", "deviation"))
    assert not baseline[baseline.agent > 0].action.equals(deviation[deviation.agent > 0].action)
    assert fork(scenario, {}, **size).table("fork").equals(baseline)


def test_a_probe_asks_an_agent_with_a_preference():
    simulation = Simulation(payday("shared_reward"), seed=1, replications=[0])
    simulation.advance(20)
    before = simulation.snapshot()
    assert probe(simulation, 0, [0], num_draws=50)["probability"].sum() == pytest.approx(1.0)
    assert all(np.array_equal(values, simulation.snapshot()[name]) for name, values in before.items())


# --- Paths and bad input ---------------------------------------------------------------------------------------


def test_every_path_of_a_preference_can_be_read_and_set():
    changes = {"preference.envy": 1.0, "preference": "inequity_aversion", "preference.clerk.guilt": 2}
    scenario = payday(None).replace(changes)
    values = scenario.parameters()
    assert values["preference.worker"] == values["preference.clerk"] == "inequity_aversion"
    assert (values["preference.worker.envy"], values["preference.clerk.envy"]) == (1.0, 1.0)
    assert (values["preference.worker.guilt"], values["preference.clerk.guilt"]) == (0.05, 2.0)
    only = {path: value for path, value in values.items() if path.startswith("preference")}
    assert payday(None).replace(only).parameters() == values
    half = scenario.replace({"preference.worker": "selfish"})
    assert list(half.preference) == ["clerk"]
    assert half.replace({"preference": "selfish"}).parameters() == payday(None).parameters()


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"preference": "inequity"}, "did you mean 'inequity_aversion'"),
        ({"preference": "q_learning"}, "unknown preference 'q_learning'"),
        ({"preference": 3}, "preference: 3 is not accepted; accepted: a preference or its spec string"),
        ({"preference": MODELS.Diarist()}, "accepted: a preference or its spec string"),
        ({"preference.worker": 3}, "preference.worker: 3 is not accepted"),
        ({"preference": {"boss": "shared_reward"}}, "unknown agent type 'boss'"),
        (
            {"preference": "shared_reward:weight=2"},
            "preference.weight: 2 is not accepted; accepted: a float, >= 0, <= 1",
        ),
        ({"preference": "shared_reward:wait=1"}, "did you mean 'weight'"),
        ({"preference": "selfish:weight=1"}, "selfish, which has no parameters"),
        ({"preference.envy": 1}, "preference.envy: nobody has a preference"),
        ({"preference": "shared_reward", "preference.envy": 1}, "unknown parameter 'preference.envy'"),
        (
            {"preference": "shared_reward", "preference.worker.weight": -1},
            "preference.worker.weight: -1 is not accepted",
        ),
        ({"preference.worker": "shared_reward", "preference.clerk.weight": 1}, "preference.clerk.weight: nobody has"),
    ],
)
def test_a_wrong_preference_is_refused_by_its_path(values, message):
    with pytest.raises(ParameterError) as caught:
        payday(None).replace(values)
    assert message in str(caught.value)


def test_events_take_no_preference():
    scenario = opinions.small().replace({"preference": "shared_reward"})
    with pytest.raises(ParameterError, match="pays one event at a time"):
        run(scenario)


def test_a_preference_without_feelings_or_state_is_refused():
    class Numb(Preference):
        def state(self, num_agents):
            return Nothing(1.0)

    with pytest.raises(ParameterError, match="Numb: a function feel"):
        run(payday(Numb()))
    with pytest.raises(ParameterError, match="a method state"):
        run(payday(Preference()))


def test_preferences_are_no_learners_and_are_found_by_name():
    assert {"inequity_aversion", "shared_reward", "social_value_orientation"} == set(preference_classes())
    assert not set(preference_classes()) & set(learner_classes())
    assert find_preference("shared_reward") is SharedReward
    assert find_preference("doubled") is Doubled
    with pytest.raises(ParameterError, match="unknown preference"):
        find_preference("bayesian")


def test_the_same_scenario_can_be_written_in_several_ways():
    ways = ("shared_reward", SharedReward(), {"worker": "shared_reward", "clerk": SharedReward()})
    assert len({str(payday(way).parameters()) for way in ways}) == 1
    assert Scenario(MODELS.Payday(), MODELS.Diarist(), "path:n=2", 5).preference == {}
