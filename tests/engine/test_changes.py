"""Agents that fail, leave and enter; edges that come, go and move."""

from __future__ import annotations

import numpy as np
import pytest

from socialsim.core.errors import ParameterError
from socialsim.engine.rewiring import Rewiring
from socialsim.engine.run import run
from socialsim.engine.scenario import PresenceEvent, Scenario, Turnover
from socialsim.engine.simulation import Simulation
from socialsim.environments.epistemic import small
from socialsim.networks.changes import EdgeEvents


def community(models, **changes):
    return Scenario(models["Silence"](), models["Adding"](), "cycle:n=6", 10, **changes)


def test_whoever_fails_is_heard_no_more_and_hears_no_more(models):
    events = (PresenceEvent(1, 2, "fail"),)
    simulation = Simulation(community(models, presence_events=events), seed=1, replications=[0])
    simulation.advance(3)
    heard = simulation.learners["agent"].heard[0]
    assert heard[2] == 1 * (2 + 4)
    assert heard[1] == 3 * 1 + 1 * 3
    assert heard[5] == 3 * (5 + 1)


def test_whoever_enters_starts_afresh(models):
    events = (PresenceEvent(0, 2, "leave"), PresenceEvent(2, 2, "enter"))
    simulation = Simulation(community(models, presence_events=events), seed=1, replications=[0, 1])
    simulation.advance(2)
    assert simulation.learners["agent"].heard[:, 2].tolist() == [0.0, 0.0]
    simulation.advance(3)
    assert simulation.learners["agent"].heard[:, 2].tolist() == [6.0, 6.0]


def test_changes_do_not_depend_on_where_the_loop_pauses(models):
    events = (PresenceEvent(0, 0, "leave"), PresenceEvent(2, 3, "fail"), PresenceEvent(4, 0, "enter"))
    scenario = community(models, presence_events=events, turnover=Turnover(fail_rate=0.05))
    whole, stepped = (Simulation(scenario, seed=3, replications=range(4)) for _ in range(2))
    whole.advance(10)
    for step in range(11):
        stepped.advance(step)
    for name, values in whole.snapshot().items():
        assert np.array_equal(values, stepped.snapshot()[name], equal_nan=values.dtype.kind == "f"), name


def test_agents_survive_as_a_geometric_law_says(models):
    scenario = Scenario(
        models["Silence"](), models["Adding"](), "complete:n=50", 20, turnover=Turnover(leave_rate=0.03)
    )
    simulation = Simulation(scenario, seed=5, replications=range(200))
    simulation.advance(20)
    present = (simulation.engine.presence == 0).mean()
    expected = 0.97**20
    assert abs(present - expected) < 4 * np.sqrt(expected * (1 - expected) / 10_000)


def test_leaving_and_entering_come_to_a_balance(models):
    turnover = Turnover(leave_rate=0.1, enter_rate=0.3)
    scenario = Scenario(models["Silence"](), models["Adding"](), "complete:n=50", 100, turnover=turnover)
    simulation = Simulation(scenario, seed=5, replications=range(100))
    simulation.advance(100)
    absent = (simulation.engine.presence == 2).mean()
    low, high = 0.1 * 0.7 / (0.1 + 0.3), 0.1 / (0.1 + 0.3)  # the order of changes within a step lies between these
    assert low - 0.02 < absent < high + 0.02


def test_an_edge_event_holds_from_the_beginning_of_its_step(models):
    events = EdgeEvents(step=[2, 4], source=[0, 0], target=[3, 1], weight=[1.0, 0.0])
    simulation = Simulation(community(models, edge_events=events), seed=1, replications=[0])
    simulation.advance(2)
    assert simulation.learners["agent"].heard[0, 3] == 2 * (3 + 5)
    simulation.advance(5)
    assert simulation.learners["agent"].heard[0, 3] == 5 * (3 + 5) + 3 * 1
    assert simulation.learners["agent"].heard[0, 1] == 4 * (1 + 3) + 1 * 3


def test_rewiring_keeps_in_degrees_and_makes_neither_loops_nor_doubles(models):
    scenario = Scenario(
        models["Silence"](), models["Adding"](), "ring_lattice:n=30,k=6", 50, rewiring=Rewiring(rate=0.2)
    )
    result = run(scenario, replications=3, seed=2, record="counts")
    before = Simulation(scenario, seed=2, replications=[0]).networks[0]
    for _, edges in result.edges.groupby("run"):
        assert np.array_equal(np.bincount(edges.target, minlength=30), before.in_degree)
        assert not (edges.source == edges.target).any()
        assert not edges.duplicated(["source", "target"]).any()
    assert result.edges[result.edges.run == 0].source.tolist() != result.edges[result.edges.run == 1].source.tolist()


def test_without_rewiring_at_rate_zero_nothing_moves(models):
    scenario = Scenario(models["Silence"](), models["Adding"](), "cycle:n=8", 20, rewiring=Rewiring(rate=0.0))
    simulation = Simulation(scenario, seed=2, replications=[0])
    before = simulation.links.sources.copy()
    simulation.advance(20)
    assert np.array_equal(simulation.links.sources, before)


def test_a_complete_network_has_no_edge_to_move(models):
    scenario = Scenario(models["Silence"](), models["Adding"](), "complete:n=8", 20, rewiring=Rewiring())
    with pytest.raises(ParameterError, match="a complete network has no edge to move"):
        Simulation(scenario, seed=2, replications=[0])


def test_the_tables_say_who_is_still_there():
    scenario = Scenario(
        small().environment,
        small().learners["agent"],
        "cycle:n=4",
        5,
        presence_events=(PresenceEvent(0, 1, "fail"), PresenceEvent(0, 2, "leave")),
    )
    agents = run(scenario, seed=1).agents
    assert agents.presence.tolist() == ["present", "failed", "absent", "present"]


def test_a_change_of_an_unknown_agent_is_refused(models):
    simulation = Simulation(community(models, presence_events=(PresenceEvent(0, 9, "fail"),)), seed=1, replications=[0])
    with pytest.raises(ParameterError, match="agent_index: 9 is not accepted; accepted: 0 to 5"):
        simulation.advance(1)
