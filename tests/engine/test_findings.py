"""Mistakes that were made once: each test fails without its mend."""

from __future__ import annotations

import numpy as np
import pytest

from socialsim.core.errors import ParameterError
from socialsim.engine import run as run_module
from socialsim.engine.discovery import load_file, make_scenario
from socialsim.engine.fork import Force, fork
from socialsim.engine.probe import probe
from socialsim.engine.rewiring import Rewiring
from socialsim.engine.run import run
from socialsim.engine.scenario import PresenceEvent, Scenario
from socialsim.engine.simulation import Simulation
from socialsim.environments import epistemic, opinions, pricing, repeated_game, signalling
from socialsim.learning.scripted import Constant
from socialsim.networks.changes import EdgeEvents
from socialsim.testing.contracts import fingerprint


def believers(**changes):
    """Return a community whose members all try the better method."""
    learner = "bayesian:prior_low=0.9,threshold=0.9999"
    return Scenario(
        epistemic.Epistemic(effect=0.05, trials=20), learner, "cycle:n=6", 40, epistemic.small().metrics, **changes
    )


def test_rewiring_reaches_the_sums_of_a_large_ring(models):
    plain, rewired = (
        Scenario(models["Silence"](), models["Adding"](), "cycle:n=100", 5, rewiring=rule)
        for rule in (None, Rewiring(rate=1.0))
    )
    heard = []
    for scenario in (plain, rewired):
        simulation = Simulation(scenario, seed=1, replications=[0])
        simulation.advance(5)
        heard.append(simulation.learners["agent"].heard[0].copy())
    assert not np.array_equal(*heard)


def test_rewiring_and_edge_events_exclude_each_other(models):
    events = EdgeEvents(step=[2], source=[0], target=[3], weight=[1.0])
    scenario = Scenario(
        models["Silence"](), models["Adding"](), "cycle:n=6", 5, rewiring=Rewiring(), edge_events=events
    )
    with pytest.raises(ParameterError, match="accepted: one of them"):
        run(scenario)


def test_a_forced_act_is_what_is_reinforced():
    scenario = repeated_game.scenario().replace({"learner": "roth_erev", "horizon.steps": 100})
    past = Simulation(scenario, seed=1, replications=[0])
    past.advance(10)
    future = past.copies(np.array([0]), branches=True)
    future.engine.forced_until[:, 0] = 60
    future.engine.forced_actions[:, 0] = 1
    future.advance(60)
    grown = future.learners["row"].weights[0, 0] - past.learners["row"].weights[0, 0]
    assert grown[:, 0].sum() == 0.0
    assert grown[:, 1].sum() > 0.0


def test_a_sender_that_is_forced_says_what_it_is_forced_to():
    scenario = signalling.scenario().replace({"horizon.steps": 30_000})
    table = fork(scenario, {"stuck": [Force(0, 1, steps=200)]}, at=20_000, steps=200, seed=1).table("fork")
    reward = table[table.agent == 1].groupby("branch").reward.mean()
    assert reward["baseline"] > 0.95
    assert reward["stuck"] < 0.7


def test_a_probe_of_a_sender_asks_what_it_would_say():
    simulation = Simulation(signalling.scenario(), seed=1, replications=[0])
    simulation.advance(20_000)
    weights = simulation.learners["sender"].weights[0, 0]
    table = probe(simulation, 0, [0, 1], num_draws=2000)
    for state in (0, 1):
        here = table["observation"] == state
        shares = weights[state] / weights[state].sum()
        assert np.allclose(table["probability"][here], shares[table["action"][here]], atol=0.05)


@pytest.mark.parametrize("observation", [-1, 5, 10**7])
def test_a_probe_with_what_cannot_be_seen_is_refused(observation):
    simulation = Simulation(repeated_game.small(), seed=1, replications=[0])
    simulation.advance(2)
    with pytest.raises(ParameterError, match="accepted: integers from 0 to 4"):
        probe(simulation, 0, [observation])


def test_whoever_left_does_not_stand_in_the_way_of_success():
    scenario = believers(presence_events=(PresenceEvent(0, 2, "leave"),)).replace({"horizon.steps": 3})
    result = run(scenario, replications=50, seed=1, record="counts")
    assert result.metrics["success_rate"].value > 0.8
    assert (result.agents.reward[result.agents.presence == "absent"] == 0).all()


def test_nobody_copies_somebody_who_is_away():
    events = tuple(PresenceEvent(0, i, "leave") for i in range(1, 6))
    scenario = Scenario(opinions.Opinions(), "imitation", "complete:n=6", 200, presence_events=events)
    alone = run(scenario, replications=10, seed=1, record="counts").agents.query("agent == 0")
    assert (alone.opinion == alone.initial_opinion).all()


def test_a_learner_is_replaced_before_its_parameters():
    changes = {"learner.alpha": 0.5, "learner.row": "q_learning"}
    scenario = repeated_game.scenario().replace(changes)
    assert [learner.alpha for learner in scenario.learners.values()] == [0.5, 0.5]


def test_tables_do_not_depend_on_chunks_where_edges_change():
    events = EdgeEvents(step=[5, 30], source=[0, 1], target=[3, 4], weight=[1.0, 1.0])
    scenario = believers(edge_events=events)
    together, apart = (run(scenario, replications=6, seed=2, record="counts", chunk=chunk) for chunk in (6, 1))
    assert fingerprint(together) == fingerprint(apart)
    assert together.edges.groupby("run").size().nunique() > 1


def test_attributes_of_random_networks_do_not_depend_on_chunks():
    scenario = epistemic.small().replace({"network": "stochastic_block"})
    together, apart = (run(scenario, replications=4, seed=2, record="counts", chunk=chunk) for chunk in (4, 1))
    assert fingerprint(together) == fingerprint(apart)


def test_a_snapshot_can_be_restored_across_an_edge_event():
    events = EdgeEvents(step=[5], source=[0], target=[3], weight=[1.0])
    simulation = Simulation(believers(edge_events=events), seed=1, replications=[0])
    simulation.advance(2)
    before = simulation.snapshot()
    simulation.advance(8)
    after = simulation.learners["agent"].log_odds.copy()
    simulation.restore(before)
    simulation.advance(8)
    assert np.array_equal(simulation.learners["agent"].log_odds, after)


def stopped_after(calls, monkeypatch, scenario, **arguments):
    """Return a result that was stopped within its ``calls``-th slice of a few agent-steps."""
    done = []

    def advance(self, simulation, until):
        row = 0
        while True:
            row = simulation.advance(until, budget=7, first=row)
            done.append(row)
            if row >= len(simulation.clock):
                return True
            if len(done) >= calls:
                self.stop.set()
                return False

    with monkeypatch.context() as patch:
        patch.setattr(run_module._Job, "_advance", advance)
        return run(scenario, **arguments)


@pytest.mark.parametrize("calls", [3, 20, 60, 110])
@pytest.mark.parametrize("record", ["none", "events"])
def test_interruptions_anywhere_and_twice_lose_no_row(calls, record, monkeypatch):
    scenario = repeated_game.small()
    arguments = {"replications": 5, "seed": 3, "threads": 1, "chunk": 3, "record": record, "record_every": 4}
    once = stopped_after(calls, monkeypatch, scenario, **arguments)
    twice = stopped_after(calls // 2, monkeypatch, scenario, **arguments, resume=once)
    reached = twice.runs.set_index("run").steps
    assert (reached.loc[once.runs.run].to_numpy() >= once.runs.steps).all()
    whole = run(scenario, **arguments)
    assert fingerprint(run(scenario, **arguments, resume=twice)) == fingerprint(whole)
    if record == "events":
        assert set(whole.series.step) == {0, 4, 8, 12, 16, 20, 24, 28, 30}


def test_a_result_with_other_events_or_records_is_not_resumed(monkeypatch):
    partial = stopped_after(5, monkeypatch, believers(), replications=3, seed=1, threads=1)
    with pytest.raises(ParameterError, match="differs in presence_events"):
        run(believers(presence_events=(PresenceEvent(3, 1, "fail"),)), replications=3, seed=1, resume=partial)
    with pytest.raises(ParameterError, match="differs in record"):
        run(believers(), replications=3, seed=1, record="counts", resume=partial)
    with pytest.raises(ParameterError, match="differs in point_words"):
        run(believers(), replications=3, seed=1, point_words=(4,), resume=partial)


def test_a_chunk_of_large_states_fits_into_memory():
    job_rows = []
    scenario = repeated_game.small().replace(
        {"environment.payoffs": [[float(i + j) for i in range(60)] for j in range(60)]}
    )
    chunks = run_module._chunks
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            run_module, "_chunks", lambda numbers, count, most: job_rows.append(most) or chunks(numbers, count, most)
        )
        run(scenario, replications=2, seed=1)
    assert max(job_rows) * 60 * 60 * 60 * 8 * 2 < 1 << 29


def test_what_cannot_be_heard_in_an_event_or_at_once_is_refused(models):
    class Meetings(models["Silence"]):
        loop = "events"
        wake = staticmethod(models["Silence"].advance)

    class Loud(models["Listening"]):
        hears_itself = True

    class Town(models["Silence"]):
        agent_types = ("a", "b")

        def counts(self, num_agents):
            return {"a": 1, "b": num_agents - 1}

    with pytest.raises(ParameterError, match="learners that hear themselves need the simultaneous loop"):
        run(Scenario(Meetings(), Loud(), "cycle:n=4", 3))
    mixed = {"a": models["Adding"](), "b": models["Listening"]()}
    with pytest.raises(ParameterError, match="some learners add messages up and others hear each"):
        run(Scenario(Town(), mixed, "cycle:n=4", 3))


@pytest.mark.parametrize(("step", "change"), [(-1, "fail"), (1.5, "fail"), (True, "fail"), (2, "quit")])
def test_a_presence_event_that_can_never_come_is_refused(step, change):
    with pytest.raises(ParameterError):
        PresenceEvent(step, 0, change)


@pytest.mark.parametrize("chunk", [0, -3, 1.5])
def test_a_chunk_of_no_runs_is_refused(chunk):
    with pytest.raises(ParameterError, match="chunk: "):
        run(epistemic.small(), chunk=chunk)


USERS = """
from typing import NamedTuple
import numpy as np
from socialsim.core.compiled import compiled
from socialsim.engine.interface import Learner
from socialsim.engine.scenario import Scenario
from socialsim.environments.repeated_game import RepeatedGame

class State(NamedTuple):
    memory: np.ndarray

class Careless(Learner):
    def state(self, specification, num_agents):
        return {state}

    @staticmethod
    @compiled
    def act(learner, i, observation, stream):
        return {action}

def cooperation(result):
    return result.runs.{column}.mean()

def scenario():
    {scenario}
    return Scenario(RepeatedGame(), Careless(), "path:n=2", 5, (cooperation,))
"""


def users_file(folder, state="State(np.zeros(num_agents))", action="0", column="share_first", scenario="pass"):
    path = folder / "careless.py"
    path.write_text(USERS.format(state=state, action=action, column=column, scenario=scenario))
    return load_file(path)


@pytest.mark.parametrize("action", ["7", "-1"])
def test_an_action_that_does_not_exist_is_refused_and_corrupts_nothing(tmp_path, action):
    with pytest.raises(ParameterError, match=r"Careless.act returned an action that does not exist"):
        run(make_scenario(users_file(tmp_path, action=action)))


@pytest.mark.parametrize("observation", ["5", "-1"])
def test_an_observation_that_the_specification_does_not_know_is_refused(tmp_path, observation):
    path = tmp_path / "hallucinating.py"
    path.write_text(
        "from socialsim.core.compiled import compiled\n"
        "from socialsim.engine.scenario import Scenario\n"
        "from socialsim.environments.repeated_game import RepeatedGame\n"
        "class Hallucinating(RepeatedGame):\n"
        "    @staticmethod\n"
        "    @compiled\n"
        "    def observe(env, network, i):\n"
        f"        return {observation}\n"
        "def scenario():\n"
        "    return Scenario(Hallucinating(), 'q_learning', 'path:n=2', 5)\n"
    )
    with pytest.raises(ParameterError, match=r"^Hallucinating.observe returned an observation that does not exist"):
        run(make_scenario(load_file(path)))


def test_a_state_that_is_no_named_tuple_is_refused(tmp_path):
    with pytest.raises(ParameterError, match=r"Careless.state returned a dict; accepted: a NamedTuple"):
        run(make_scenario(users_file(tmp_path, state="dict(memory=1)")))


def test_a_metric_that_fails_loses_no_run(tmp_path):
    result = run(make_scenario(users_file(tmp_path, column="nothing")))
    assert result.num_runs == 1
    assert "cooperation failed: AttributeError" in result.metrics["cooperation"].reason


def test_a_scenario_that_raises_is_reported_with_its_line(tmp_path):
    module = users_file(tmp_path, scenario="1 / 0")
    with pytest.raises(ParameterError, match=r"careless.py, line 25: ZeroDivisionError"):
        make_scenario(module)


def test_an_environment_or_learner_without_a_state_is_refused(models):
    class Bare(models["Silence"].__base__):
        advance = models["Silence"].__dict__["advance"]

    with pytest.raises(ParameterError, match=r"Bare: a method specification\(agent_type, num_agents\) is missing"):
        run(Scenario(Bare(), "constant", "cycle:n=3", 2))


def test_a_column_of_a_learner_does_not_take_the_place_of_the_environments():
    class Priced(Constant):
        def columns(self, state):
            return {"price": np.full((1, 2), -1.0)}

    simulation = Simulation(Scenario(pricing.Pricing(), {"seller": Priced()}, "complete:n=2"), seed=1, replications=[0])
    columns = simulation.columns()
    assert (columns["learner_price"] == -1).all()
    assert np.isnan(columns["price"]).all()  # before the first period
