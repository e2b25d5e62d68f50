import gc
import tracemalloc
import weakref

import mesa
import networkx as nx
import numpy as np
import pandas as pd
import pytest

from socialsim.core.errors import NetworkError, ParameterError
from socialsim.engine.discovery import environment_names, find_module
from socialsim.engine.rewiring import Rewiring
from socialsim.engine.run import run
from socialsim.engine.scenario import PresenceEvent, Scenario, Turnover
from socialsim.engine.simulation import Simulation
from socialsim.environments import epistemic, opinions
from socialsim.environments.epistemic import Epistemic
from socialsim.host.guests import play
from socialsim.host.model import SocialModel
from socialsim.networks.changes import EdgeEvents
from socialsim.networks.network import Network
from socialsim.networks.sources import load

SMALL = {name: find_module(name).small() for name in environment_names()}


def changing():
    """Return a community in which everything changes: agents, edges by schedule and edges at random."""
    return Scenario(
        Epistemic(effect=0.02, trials=20),
        "bayesian",
        "watts_strogatz:n=30,k=4,p=0.2",
        40,
        turnover=Turnover(fail_rate=0.01, leave_rate=0.02, enter_rate=0.3),
        presence_events=(PresenceEvent(3, 5, "leave"), PresenceEvent(7, 5, "enter"), PresenceEvent(9, 1, "fail")),
        edge_events=EdgeEvents([2, 8], [0, 4], [9, 20], [1.0, 1.0]),
    )


def assert_same_state(left, right, steps=""):
    """Hold two simulations of one scenario to the same bits, whatever else their buffers hold."""
    for owner, fields in left.layout.fields.items():
        mine, theirs = left.layout.view(owner, left.buffers), right.layout.view(owner, right.buffers)
        for field in fields:
            if not field.is_constant:
                ours, other = getattr(mine, field.name), getattr(theirs, field.name)
                assert ours.tobytes() == other.tobytes(), (owner, field.name, steps)
    for name in ("streams", "clock", "status", "verdict"):
        assert np.array_equal(getattr(left, name), getattr(right, name)), (name, steps)
    assert np.array_equal(left.links.sources, right.links.sources)


def assert_same_tables(result, expected):
    assert set(result.tables) == set(expected.tables)
    for name in expected.tables:
        pd.testing.assert_frame_equal(result.table(name), expected.table(name), check_exact=True)


@pytest.mark.parametrize("name", SMALL)
def test_stepping_gives_the_bits_of_the_loop(name):
    model = SocialModel(SMALL[name], seed=11, replication=2)
    loop = Simulation(SMALL[name], seed=11, replications=[2])
    for steps in range(8):
        loop.advance(steps)
        assert_same_state(loop, model.simulation, steps)
        model.step()


@pytest.mark.parametrize("name", SMALL)
def test_a_model_that_has_run_leaves_the_tables_of_a_run(name):
    expected = run(SMALL[name], seed=11, first_replication=2)
    assert_same_tables(SocialModel(SMALL[name], seed=11, replication=2).run(), expected)


@pytest.mark.parametrize("name", SMALL)
def test_going_stage_by_stage_gives_the_bits_of_the_loop(name):
    loop = Simulation(SMALL[name], seed=5, replications=[0])
    loop.advance(6)
    by_hand = Simulation(SMALL[name], seed=5, replications=[0])
    by_hand.advance(2)
    by_hand.admit_guests()
    while by_hand.clock[0] < 6 and not by_hand.is_over:
        play(by_hand, {})
    assert_same_state(loop, by_hand)


@pytest.mark.parametrize("record", ["counts", "events"])
def test_counts_and_events_are_those_of_a_run(record):
    for scenario in (epistemic.small(), opinions.small()):
        expected = run(scenario, seed=3, record=record)
        assert_same_tables(SocialModel(scenario, seed=3, record=record).run(), expected)


def test_agents_and_edges_that_change_give_the_bits_of_the_loop_in_both_ways_of_stepping():
    loop = Simulation(changing(), seed=8, replications=[0])
    loop.advance(25)
    model = SocialModel(changing(), seed=8)
    model.run_for(25)
    assert_same_state(loop, model.simulation)
    by_hand = Simulation(changing(), seed=8, replications=[0])
    by_hand.advance(0)
    while by_hand.clock[0] < 25:
        play(by_hand, {})
    assert_same_state(loop, by_hand)


def test_a_model_that_opens_to_changes_goes_on_to_the_same_bits():
    scenario = Scenario(opinions.Opinions(), "imitation", "cycle:n=9", 500, rewiring=Rewiring(rate=0.05))
    model, loop = SocialModel(scenario, seed=2), Simulation(scenario, seed=2, replications=[0])
    model.run_for(20)
    model.simulation.admit_guests()
    model.run_for(20)
    loop.advance(40)
    assert_same_state(loop, model.simulation)
    assert sorted(model.network.sources) == sorted(loop.links.sources)


def test_a_model_stops_as_its_run_does():
    expected = run(epistemic.small(), seed=1).runs.iloc[0]
    model = SocialModel(epistemic.small(), seed=1)
    assert (model.running, model.stop, model.clock) == (True, "", 0)
    model.run()
    assert (model.running, model.stop, model.clock, model.verdict) == (
        False,
        expected.stop,
        expected.steps,
        expected.verdict,
    )
    model.step()
    assert model.clock == expected.steps


def test_a_user_can_stop_a_model():
    model = SocialModel(opinions.small(), seed=1)
    model.running = False
    model.run_for(5)
    assert model.clock == 0
    model.running = True
    model.run_for(5)
    assert model.clock == 5
    assert model.result().status == "interrupted"


def test_a_subclass_steps_as_in_mesa_and_collects():
    class Watched(SocialModel):
        def __init__(self, scenario, **arguments):
            super().__init__(scenario, **arguments)
            self.datacollector = mesa.DataCollector(
                model_reporters={"mean": lambda m: m.agents.agg("credence", np.mean), "clock": "clock"},
                agent_reporters={"credence": "credence"},
            )
            self.datacollector.collect(self)

        def step(self):
            super().step()
            self.datacollector.collect(self)

    model = Watched(epistemic.small(), seed=1)
    model.run_for(3)
    reference = Simulation(epistemic.small(), seed=1, replications=[0])
    means, credences = [], []
    for step in range(4):
        reference.advance(step)
        credences.append(reference.columns()["credence"][0].copy())
        means.append(credences[-1].mean())
    collected = model.datacollector.get_model_vars_dataframe()
    assert collected["mean"].tolist() == means
    assert collected["clock"].tolist() == [0, 1, 2, 3]
    by_agent = model.datacollector.get_agent_vars_dataframe()["credence"].unstack()
    assert np.array_equal(by_agent.to_numpy(), credences)


def test_mesas_own_generators_do_not_touch_the_run():
    model, other = (SocialModel(epistemic.small(), seed=4, rng=rng) for rng in (1, 2))
    model.rng.random(100)
    model.random.random()
    assert_same_tables(model.run(), other.run())


def test_mesas_generators_follow_seed_and_replication():
    draws = [SocialModel(epistemic.small(), seed=s, replication=r).rng.random() for s, r in ((1, 0), (1, 0), (1, 1))]
    assert draws[0] == draws[1] != draws[2]


def test_every_registered_population_has_an_id_of_its_own():
    model = SocialModel(SMALL["signalling"], seed=1)
    assert [population.unique_id for population in model.populations.values()] == [1, 2]


def test_several_types_are_several_populations():
    model = SocialModel(SMALL["signalling"], seed=1)
    model.run_for(4)
    assert [(p.agent_type, p.start, p.stop) for p in model.populations.values()] == [
        ("sender", 0, 1),
        ("receiver", 1, 2),
    ]
    assert model.agents.get("agent_type").tolist() == ["sender", "receiver"]
    assert [a.agent_index for a in model.agents_by_type["receiver"]] == [1]
    assert model.agent_types == ["sender", "receiver"]
    with pytest.raises(ParameterError, match="several"):
        _ = model.population


def test_writing_a_column_changes_the_run():
    model = SocialModel(epistemic.small(), seed=1)
    model.agents.set("log_odds", -1.0)
    model.step()
    assert model.agents.get("action").tolist() == [0, 0, 0, 0]
    assert (model.stop, model.verdict) == ("settled", 0)
    assert model.result().parameters["host.altered"] is True
    assert "host.altered" not in SocialModel(epistemic.small(), seed=1).result().parameters


def test_failed_agents_do_not_act_and_those_that_left_are_no_agents():
    model = SocialModel(Scenario(Epistemic(effect=0.05, trials=20), "bayesian", "complete:n=5", 50), seed=1)
    model.step()
    model.fail(1)
    model.agents[3].remove()
    before = model.population[1].log_odds
    model.run_for(3)
    assert model.population[1].log_odds == before
    assert [agent.agent_index for agent in model.agents] == [0, 1, 2, 4]
    assert model.agents.get("presence").tolist() == ["present", "failed", "present", "present"]
    model.enter(3)
    assert len(model.agents) == 5
    assert model.result().agents.presence.tolist() == ["present", "failed", "present", "present", "present"]


def test_a_network_can_be_altered_as_a_graph_between_steps():
    scenario = Scenario(opinions.Opinions(), "imitation", load("karate"), 1000)
    model = SocialModel(scenario, seed=1)
    model.run_for(10)
    graph = model.graph
    graph.remove_edges_from(list(graph.edges(model.agents[0].label)))
    model.graph = graph
    assert nx.utils.edges_equal(model.graph.edges, graph.edges)
    assert model.network.in_degree[0] == 0
    model.run_for(10)
    assert model.clock == 20
    with pytest.raises(NetworkError, match="accepted: 34"):
        model.network = Network.complete(3)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"scenario": "epistemic"}, "accepted: a Scenario"),
        ({"seed": -1}, "seed: -1"),
        ({"seed": 1.5}, "seed: 1.5"),
        ({"replication": 1 << 32}, "replication"),
        ({"record": "all"}, "accepted: 'none', 'counts' or 'events'"),
    ],
)
def test_a_wrong_argument_is_named(arguments, words):
    with pytest.raises(ParameterError, match=words):
        SocialModel(**{"scenario": epistemic.small()} | arguments)


@pytest.mark.parametrize("duration", [-1, 2.5, True])
def test_a_wrong_duration_is_named(duration):
    with pytest.raises(ParameterError, match="duration"):
        SocialModel(epistemic.small()).run_for(duration)


def test_models_made_and_dropped_leave_none_alive():
    class Listener(mesa.Agent):
        def act(self, observation):
            return 0

    alive = []
    for seed in range(20):
        model = SocialModel(epistemic.small(), seed=seed)
        model.join(0, Listener(model))
        model.run_for(2)
        alive.append(weakref.ref(model))
    del model
    gc.collect()
    assert [ref() for ref in alive] == [None] * 20


@pytest.mark.compiled
def test_a_million_agents_take_less_than_300_mb():
    scenario = Scenario(Epistemic(), "bayesian", "complete:n=1000000")
    tracemalloc.start()
    try:
        model = SocialModel(scenario, seed=1)
        model.step()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert len(model.agents) == 1_000_000
    assert 30e6 < peak < 300e6
