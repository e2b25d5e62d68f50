"""Conditional co-operators: who restrains itself if enough others do."""

import numpy as np
import pytest

from socialsim.core.errors import ParameterError
from socialsim.core.streams import Purpose, seed_streams
from socialsim.engine.interface import Discrete, Specification
from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.environments.fishery import Fishery
from socialsim.learning.conditional_cooperator import ConditionalCooperator

FACTS = {"restrained_action": 1, "unrestrained_action": 4}
SPECIFICATION = Specification(Discrete(6), facts=FACTS)


@pytest.fixture
def stream():
    return seed_streams(1, np.arange(1), Purpose.LEARNERS)[0]


def act(learner, i, stream, version=lambda f: f):
    return version(ConditionalCooperator.act)(learner, i, 0, stream)


def test_it_restrains_itself_from_the_threshold_on(version, stream):
    learner = ConditionalCooperator(threshold=0.6).state(SPECIFICATION, 3)
    learner.deeds[:] = [0.61, 0.1 + 0.2 + 0.3, 0.59]  # 0.6000000000000001
    assert [act(learner, i, stream, version) for i in range(3)] == [1, 1, 4]


def test_trust_weighs_words_against_deeds(version, stream):
    learner = ConditionalCooperator(threshold=0.5, trust=0.25).state(SPECIFICATION, 2)
    learner.words[:], learner.deeds[:] = 1.0, [0.34, 0.32]  # .25 + .75 * .34 = .505, .49
    assert [act(learner, i, stream, version) for i in range(2)] == [1, 4]


def test_shares_are_those_of_the_voices_that_were_heard(version, stream):
    learner = ConditionalCooperator().state(SPECIFICATION, 2)
    version(ConditionalCooperator.hear)(learner, 0, np.array([3.0, 4.0]))
    version(ConditionalCooperator.absorb)(learner, 0, np.array([1.0, 4.0]))
    version(ConditionalCooperator.absorb)(learner, 1, np.array([0.0, 0.0]))  # nobody
    assert learner.words.tolist() == [0.75, 1.0]
    assert learner.deeds.tolist() == [0.25, 1.0]


def test_it_says_what_it_intends_and_what_it_did(version, stream):
    learner, out = ConditionalCooperator().state(SPECIFICATION, 2), np.zeros(2)
    learner.deeds[:] = [1.0, 0.0]
    said = []
    for i in range(2):
        version(ConditionalCooperator.speak)(learner, i, 0, stream, out)
        said.append(out.tolist())
    assert said == [[1.0, 1.0], [0.0, 1.0]]
    for action, did in ((1, 1.0), (4, 0.0)):
        version(ConditionalCooperator.report)(learner, 0, 0, action, 0.0, stream, out)
        assert out.tolist() == [did, 1.0]


def test_a_free_rider_promises_and_does_not_do(version, stream):
    learner, out = ConditionalCooperator(free_riders=1.0).state(SPECIFICATION, 1), np.zeros(2)
    version(ConditionalCooperator.initialise)(learner, 0, stream)
    version(ConditionalCooperator.speak)(learner, 0, 0, stream, out)
    assert learner.is_free_rider[0] == 1
    assert out.tolist() == [1.0, 1.0]
    assert act(learner, 0, stream, version) == 4


def test_mistakes_go_both_ways(version, stream):
    learner = ConditionalCooperator(tremble=1.0).state(SPECIFICATION, 2)
    learner.deeds[:] = [1.0, 0.0]
    assert [act(learner, i, stream, version) for i in range(2)] == [4, 1]


def town(**parameters):
    """Return twelve on a ring, who hear two neighbours each."""
    return Scenario(Fishery(), ConditionalCooperator(**parameters), "cycle:n=12", 60)


def test_without_mistakes_and_free_riders_all_restrain_themselves_for_ever():
    acts = run(town(), replications=2, record="events").table("act")
    assert set(acts.action) == {2}


def test_on_a_ring_one_free_rider_undoes_all_who_need_more_than_half():
    """With two neighbours and a threshold above 1/2 restraint ends at distance d from the free rider after d steps."""
    result = run(town(free_riders=0.1), replications=20, seed=2, record="events")
    acts, agents = result.table("act"), run(town(free_riders=0.1), replications=20, seed=2, record="counts").agents
    for number in range(20):
        rider = agents[agents.run == number].is_free_rider.to_numpy()
        played = acts[acts.run == number].pivot(index="step", columns="agent", values="action").to_numpy()
        where = np.flatnonzero(rider)
        for i in range(12):
            away = min((min((i - j) % 12, (j - i) % 12) for j in where), default=99)
            restrained = played[:, i] == 2
            assert restrained[: min(away, 60)].all()
            assert not restrained[min(away, 60) :].any()


def test_trust_in_words_alone_keeps_all_others_restrained():
    result = run(town(free_riders=0.3, trust=1.0), replications=10, seed=3, record="counts")
    agents = result.agents
    assert 0 < agents.is_free_rider.mean() < 1
    assert (agents[agents.is_free_rider == 0].effort == 0.4).all()
    assert (agents[agents.is_free_rider == 1].effort == 0.6).all()


def test_it_needs_to_know_what_restraint_is():
    with pytest.raises(ParameterError, match="the learner needs the fact 'restrained_action'"):
        ConditionalCooperator().state(Specification(Discrete(2)), 1)
    with pytest.raises(ParameterError, match=r"trust: 2.0 is not accepted; accepted: a float, >= 0, <= 1"):
        ConditionalCooperator(trust=2.0)
