import copy

import mesa
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit

from socialsim.core.errors import ParameterError
from socialsim.engine.scenario import Scenario
from socialsim.environments import epistemic, opinions, signalling
from socialsim.environments.epistemic import Epistemic
from socialsim.host.model import SocialModel
from socialsim.host.population import ColumnError
from socialsim.networks.sources import load


def community(num_agents=6):
    return SocialModel(Scenario(Epistemic(effect=0.05, trials=20), "bayesian", f"cycle:n={num_agents}", 50), seed=1)


class Person(mesa.Agent):
    """An ordinary Mesa agent with a credence."""

    def __init__(self, model, credence):
        super().__init__(model)
        self.credence = credence


def twins(credences):
    """Return our agents and Mesa's own with the same credences."""
    ours, theirs = community(len(credences)), mesa.Model(rng=1)
    log_odds = np.log(credences) - np.log1p(-np.array(credences))
    ours.agents.set("log_odds", log_odds)
    for credence in ours.agents.get("credence").tolist():
        Person(theirs, credence)
    return ours.agents, theirs.agents


def test_a_row_reads_the_columns_of_its_agent():
    model = community()
    log_odds = model.simulation.learners["agent"].log_odds[0]
    agent = model.population[4]
    assert agent.log_odds == log_odds[4]
    assert agent.credence == expit(log_odds)[4]
    assert (agent.agent_index, agent.unique_id, agent.agent_type, agent.label) == (4, 4, "agent", "4")
    assert agent.presence == "present"
    assert agent.model is model
    assert isinstance(agent.log_odds, float)


def test_a_written_value_is_read_at_once_in_every_column_that_depends_on_it():
    model = community()
    for value in (0.0, 2.0):
        model.agents[2].log_odds = value
        assert model.agents[2].credence == expit(value)
        assert model.simulation.learners["agent"].log_odds[0, 2] == value
    model.simulation.learners["agent"].log_odds[0, 2] = -2.0
    assert model.agents[2].credence == expit(-2.0)


def test_stepping_renews_computed_columns():
    model = community()
    before = model.agents.get("credence")
    model.step()
    assert model.agents.get("credence").tolist() == model.simulation.columns()["credence"][0].tolist()
    assert not np.array_equal(before, model.agents.get("credence"))


def test_a_leap_of_the_simulation_renews_computed_columns():
    model = community()
    simulation = model.simulation
    before = model.agents.get("credence")
    simulation.advance(until=4)
    assert model.agents.get("credence").tolist() == simulation.columns()["credence"][0].tolist() != before.tolist()


def test_attributes_of_nodes_are_columns():
    model = SocialModel(Scenario(Epistemic(), "bayesian", load("karate")))
    assert model.agents.groupby("node_club").count() == {"Mr. Hi": 17, "Officer": 17}


def test_arrays_of_an_agent_can_be_read_and_written():
    model = SocialModel(signalling.small(), seed=1)
    sender = model.agents[0]
    sender.weights[1, 2] = 9.0
    assert model.simulation.learners["sender"].weights[0, 0, 1, 2] == 9.0
    sender.weights = np.ones((3, 3))
    assert sender.certainty == pytest.approx(1 / 3)


def test_an_unknown_attribute_is_an_attribute_error_that_suggests_the_nearest():
    agent = community().agents[0]
    assert not hasattr(agent, "wealth")
    assert getattr(agent, "wealth", 3) == 3
    with pytest.raises(ColumnError, match="did you mean 'credence'"):
        _ = agent.credense
    with pytest.raises(ColumnError, match="unknown column"):
        agent.wealth = 3


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("credence", 0.5, "computed and cannot be written; accepted: log_odds"),
        ("presence", "failed", "computed and cannot be written"),
        ("log_odds", "high", "'high' is not accepted; accepted: numbers"),
        ("log_odds", [1.0, 2.0], "not accepted"),
        ("action", 2, "accepted: an integer from 0 to 1"),
        ("action", -1, "accepted: an integer from 0 to 1"),
        ("action", 0.5, "accepted: an integer from 0 to 1"),
    ],
)
def test_a_value_that_does_not_fit_is_named_and_changes_nothing(name, value, words):
    model = community()
    before = model.simulation.snapshot()
    with pytest.raises((ColumnError, ParameterError), match=words):
        setattr(model.agents[0], name, value)
    after = model.simulation.snapshot()
    assert all(np.array_equal(before[key], after[key]) for key in before)


def test_a_fraction_does_not_fit_a_column_of_integers():
    with pytest.raises(ParameterError, match=r"opinion: 0\.5 is not accepted; accepted: integers"):
        SocialModel(opinions.small(), seed=1).agents[0].opinion = 0.5


def test_rows_are_equal_if_they_are_the_same_agent():
    model, other = community(), community()
    assert model.agents[1] == model.population[1] == model.population[-5]
    assert model.agents[1] != model.agents[2]
    assert model.agents[1] != other.agents[1]
    assert len({*model.agents, *model.agents}) == 6
    assert copy.copy(model.agents[1]) == model.agents[1]
    with pytest.raises(IndexError, match="accepted: 0 to 5"):
        _ = model.population[6]


@given(st.lists(st.floats(0.01, 0.99), min_size=3, max_size=12, unique=True), st.data())
def test_sets_of_agents_do_what_mesas_do(credences, data):
    ours, theirs = twins(credences)
    bound = data.draw(st.sampled_from(credences))
    at_most = data.draw(st.sampled_from([0, 1, 2, 100, 0.0, 0.3, 1.0, float("inf")]))

    def believes(agent):
        return agent.credence > bound

    def of(agents):
        return [agent.credence for agent in agents]

    assert len(ours) == len(theirs)
    assert of(ours) == of(theirs)
    assert of(ours.select(believes)) == of(theirs.select(believes))
    assert of(ours.select(at_most=at_most)) == of(theirs.select(at_most=at_most))
    if isinstance(at_most, int) or at_most > 1:
        assert of(ours.select(believes, at_most=at_most)) == of(theirs.select(believes, at_most=at_most))
    assert of(ours.select(ours.get("credence") > bound)) == of(theirs.select(believes))
    for ascending in (True, False):
        assert of(ours.sort("credence", ascending)) == of(theirs.sort("credence", ascending))
        by_side = [agents.sort(believes, ascending) for agents in (ours, theirs)]
        assert of(by_side[0]) == of(by_side[1])
    assert list(ours.get("credence")) == list(theirs.get("credence"))
    assert ours.get(["credence", "credence"]) == theirs.get(["credence", "credence"])
    assert ours.get("wealth", "default", 7).tolist() == theirs.get("wealth", "default", 7)
    assert ours.agg("credence", max) == theirs.agg("credence", max)
    assert ours.agg("credence", [min, len]) == theirs.agg("credence", [min, len])
    assert ours.map(believes) == theirs.map(believes)
    groups = [agents.groupby(believes) for agents in (ours, theirs)]
    assert groups[0].count() == groups[1].count()
    assert groups[0].agg("credence", max) == groups[1].agg("credence", max)
    assert {key: of(group) for key, group in groups[0]} == {key: of(group) for key, group in groups[1]}
    assert of(ours[1:3]) == of(list(theirs)[1:3])
    assert ours[-1].credence == list(theirs)[-1].credence


def test_sorting_keeps_the_order_of_equals():
    agents = community().agents
    agents.set("action", np.array([0, 1, 0, 1, 0, 1]))
    assert agents.sort("action").get("agent_index").tolist() == [1, 3, 5, 0, 2, 4]
    assert agents.sort("action", ascending=True).get("agent_index").tolist() == [0, 2, 4, 1, 3, 5]


def test_inplace_changes_the_set_itself():
    agents = community().agents
    assert agents.select(lambda agent: agent.agent_index > 2, inplace=True) is agents
    assert len(agents) == 3
    assert len(agents.model.agents) == 6


def test_shuffling_keeps_everybody_and_follows_the_generator():
    orders = [community(30).agents.shuffle().get("agent_index").tolist() for _ in range(2)]
    assert orders[0] == orders[1] != sorted(orders[0])
    assert sorted(orders[0]) == list(range(30))
    called = []
    community(30).agents.shuffle_do(lambda agent: called.append(agent.agent_index))
    assert called == orders[0]


def test_do_calls_methods_by_name():
    model = community()
    model.agents.select(lambda agent: agent.agent_index % 2 == 0).do("remove")
    assert model.agents.get("agent_index").tolist() == [1, 3, 5]
    assert model.agents[0] in model.agents
    assert model.population[0] not in model.agents


def test_set_takes_one_value_or_one_for_each():
    agents = community().agents
    assert agents.set("log_odds", 1.0).get("log_odds").tolist() == [1.0] * 6
    agents.sort("agent_index").set("log_odds", np.arange(6.0))
    assert agents.get("log_odds").tolist() == [5.0, 4.0, 3.0, 2.0, 1.0, 0.0]


def test_columns_run_over_agent_types():
    agents = SocialModel(signalling.small(), seed=1).agents
    assert agents.get("weights").shape == (2, 3, 3)
    assert agents.shuffle().sort("agent_index", ascending=True).get("agent_type").tolist() == ["sender", "receiver"]
    assert agents.set("drawn", np.array([2, 1])).get("drawn").tolist() == [2, 1]
    assert len(agents.select(at_most=0).get("certainty")) == 0


def test_groups_in_lists_hold_rows():
    agents = community().agents
    agents.set("action", np.array([0, 1, 0, 1, 0, 1]))
    groups = agents.groupby("action", result_type="list")
    assert [agent.agent_index for agent in groups.groups[1]] == [1, 3, 5]


def test_computed_columns_cannot_be_written_through_the_array():
    column = SocialModel(epistemic.small(), seed=1).population.column("credence")
    with pytest.raises(ValueError, match="read-only"):
        column[0] = 1.0
