import numpy as np
import pytest

from socialsim.core.errors import ParameterError
from socialsim.engine.interface import Discrete, Specification
from socialsim.engine.run import run
from socialsim.environments import conventions, epistemic
from socialsim.learning.imitate_best import ImitateBest


def a_state(num_agents=4, facts=None, **parameters):
    facts = {"payoffs_by_actions": True} if facts is None else facts
    return ImitateBest(**parameters).state(Specification(Discrete(5), facts=facts), num_agents)


def generation(version, state, actions, rewards, hears, stream):
    """Let everybody tell, listen and decide; return the next actions."""
    told = np.zeros((len(actions), 3))
    for i, (action, reward) in enumerate(zip(actions, rewards, strict=True)):
        version(ImitateBest.report)(state, i, 0, action, reward, stream, told[i])
    for i, neighbours in enumerate(hears):
        for j in neighbours:
            version(ImitateBest.absorb)(state, i, j, 1.0, told[j])
    for i, action in enumerate(actions):
        version(ImitateBest.learn)(state, i, 0, action, rewards[i], 0, stream)
    return [int(version(ImitateBest.act)(state, i, 0, stream)) for i in range(len(actions))]


def test_everybody_does_as_the_best_neighbour_that_did_better(version, stream):
    hears = [[1], [0, 2], [1, 3], [2]]
    assert generation(version, a_state(), [0, 1, 2, 3], [1.0, 0.0, 3.0, 2.0], hears, stream) == [0, 2, 2, 2]


def test_nobody_leaves_what_did_as_well(version, stream):
    state = a_state()
    assert generation(version, state, [0, 1, 2, 3], [1.0] * 4, [[1, 2, 3]] * 4, stream) == [0, 1, 2, 3]
    assert [version(ImitateBest.settled)(state, i) for i in range(4)] == [0, 0, 0, 0]


def test_equals_among_neighbours_are_ranked_by_lot(version, stream):
    chosen = [
        generation(version, a_state(3), [0, 1, 2], [0.0, 1.0, 1.0], [[1, 2], [], []], stream)[0] for _ in range(200)
    ]
    assert 60 < chosen.count(1) < 140
    assert set(chosen) == {1, 2}


def test_an_agent_has_not_settled_while_it_changes_or_may(version, stream):
    state = a_state(2)
    generation(version, state, [0, 1], [0.0, 1.0], [[1], [0]], stream)
    assert [version(ImitateBest.settled)(state, i) for i in range(2)] == [-1, 0]
    mutating = a_state(2, mutation=0.1)
    generation(version, mutating, [0, 0], [1.0, 1.0], [[1], [0]], stream)
    assert version(ImitateBest.settled)(mutating, 0) == -1


def test_an_agent_has_not_settled_while_the_best_of_its_neighbours_did_different_things(version, stream):
    """Agent 0 is drawn to 1, who did the same, or to 2, who did not; worse ones and those who did as well as itself do
    not matter.
    """
    did, hears = [0, 0, 1, 1], [[3, 1, 2], [], [], []]
    kept = set()
    for _ in range(40):
        state = a_state()
        following = generation(version, state, did, [1.0, 2.0, 2.0, 0.0], hears, stream)[0]
        assert version(ImitateBest.settled)(state, 0) == -1
        kept.add(following)
    assert kept == {0, 1}
    for rewards in ([1.0, 3.0, 2.0, 2.0], [2.0, 2.0, 2.0, 0.0]):
        state = a_state()
        assert generation(version, state, did, rewards, hears, stream)[0] == 0
        assert version(ImitateBest.settled)(state, 0) == 0


def test_the_first_action_may_be_any(version, stream):
    state, seen = a_state(1), set()
    for _ in range(100):
        version(ImitateBest.initialise)(state, 0, stream)
        seen.add(int(state.action[0]))
    assert seen == {0, 1, 2, 3, 4}


def test_nobody_settles_where_the_same_actions_may_pay_otherwise(version, stream):
    state = a_state(2, facts={})
    generation(version, state, [0, 1], [1.0, 1.0], [[1], [0]], stream)
    assert [version(ImitateBest.settled)(state, i) for i in range(2)] == [-1, -1]
    model = epistemic.scenario().replace({"learner": "imitate_best", "network": "complete:n=8", "horizon.steps": 20})
    assert (run(model, replications=6, seed=1).runs.steps == 20).all()


def test_environments_in_which_agents_act_alone_are_refused():
    with pytest.raises(ParameterError, match=r"^Conventions: learners that hear themselves need the simultaneous"):
        run(conventions.scenario().replace({"learner": "imitate_best"}), replications=1)
