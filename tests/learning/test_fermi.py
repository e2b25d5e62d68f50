import math

import networkx as nx
import numpy as np
import pytest

from socialsim.core.errors import ParameterError
from socialsim.core.streams import Purpose, seed_streams
from socialsim.engine.interface import Discrete, Specification
from socialsim.engine.rewiring import Rewiring
from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.environments.dilemmas import METRICS, Dilemmas
from socialsim.learning.fermi import Fermi, ProportionalImitation, fermi_chance


def a_state(learner=Fermi, num_agents=4, **parameters):
    state = learner(**parameters).state(Specification(Discrete(3), facts={"reward_range": (0.0, 4.0)}), num_agents)
    own = seed_streams(5, np.arange(num_agents), Purpose.INITIAL)
    state.lots[:] = own
    return state


def compared(learner, state, own, others, version, stream, i=0):
    """Let agent i, who did and was paid ``own``, hear of others and decide; return its next action."""
    told = np.zeros(2)
    version(learner.report)(state, i, 0, own[0], own[1], stream, told)
    assert told.tolist() == [own[1], own[0]]
    for j, (action, reward) in enumerate(others):
        version(learner.absorb)(state, i, j + 1, 1.0, np.array([reward, action], float))
    version(learner.learn)(state, i, 0, own[0], own[1], 0, stream)
    return int(version(learner.act)(state, i, 0, stream))


def test_the_chance_is_one_half_between_equals_and_nearly_one_or_zero_far_apart():
    assert fermi_chance(3.0, 1.0, 1.0) == 0.5
    assert fermi_chance(1.0, 0.0, 1.0) + fermi_chance(1.0, 1.0, 0.0) == pytest.approx(1.0)
    assert fermi_chance(1e6, 0.0, 1.0) == 1.0
    assert 0.0 <= fermi_chance(1e6, 1.0, 0.0) < 1e-300


def test_strong_selection_copies_whoever_fared_better_and_nobody_else(version, stream):
    state = a_state(selection=1e5)
    assert compared(Fermi, state, (0, 1.0), [(2, 1.5)], version, stream) == 2
    assert compared(Fermi, state, (0, 1.0), [(2, 0.5)], version, stream) == 0


def test_nobody_copies_who_fared_no_better_in_proportional_imitation(version, stream):
    state = a_state(ProportionalImitation)
    assert {compared(ProportionalImitation, state, (0, 1.0), [(2, 1.0)], version, stream) for _ in range(50)} == {0}


@pytest.mark.parametrize(
    ("learner", "parameters", "chance"),
    [(Fermi, {"selection": 0.5}, 1 / (1 + math.exp(-1.0))), (ProportionalImitation, {}, 2.0 / 4.0)],
)
def test_the_share_that_copies_is_the_chance_of_the_rule(learner, parameters, chance, stream):
    state, plain = a_state(learner, **parameters), lambda f: getattr(f, "py_func", f)
    copied = [compared(learner, state, (0, 1.0), [(1, 3.0)], plain, stream) == 1 for _ in range(2000)]
    assert np.mean(copied) == pytest.approx(chance, abs=4 * math.sqrt(chance * (1 - chance) / 2000))


def test_each_neighbour_is_compared_with_equally_often_and_by_each_agent_for_itself(stream):
    state, plain = a_state(num_agents=2, selection=1e5), lambda f: getattr(f, "py_func", f)
    others = [(1, 2.0), (2, 2.0), (1, 2.0), (2, 2.0)]
    chosen = np.array(
        [[compared(Fermi, state, (0, 1.0), others, plain, stream, i) for i in range(2)] for _ in range(2000)]
    )
    assert (chosen == 1).mean(axis=0) == pytest.approx([0.5, 0.5], abs=4 * 0.5 / math.sqrt(2000))
    assert (chosen[:, 0] == chosen[:, 1]).mean() == pytest.approx(0.5, abs=4 * 0.5 / math.sqrt(2000))


def test_an_agent_has_settled_while_it_hears_of_nothing_else(version, stream):
    state = a_state()
    assert version(Fermi.settled)(state, 0) == -1  # has heard nothing yet
    compared(Fermi, state, (1, 0.0), [(1, 3.0), (1, 4.0)], version, stream)
    assert version(Fermi.settled)(state, 0) == 1  # on what it does
    compared(Fermi, state, (1, 0.0), [(1, 3.0), (2, 4.0)], version, stream)
    assert version(Fermi.settled)(state, 0) == -1
    mutating = a_state(mutation=0.1)
    compared(Fermi, mutating, (1, 0.0), [(1, 3.0)], version, stream)
    assert version(Fermi.settled)(mutating, 0) == -1


@pytest.mark.compiled
def test_pairs_that_do_different_things_have_not_settled_where_links_may_move():
    """Two pairs copy each other: at once, or in the end when links have mixed them, all do the same."""
    pairs = nx.Graph([(0, 1), (2, 3)])
    model = Scenario(Dilemmas(), "fermi:selection=0.0", pairs, 2000, METRICS, rewiring=Rewiring(rate=0.05))
    found = run(model, replications=40, seed=2).runs
    assert (found.stop == "settled").all()
    assert set(found.final_cooperation) == {0.0, 1.0}
    assert (found.verdict == 1 - found.final_cooperation).all()  # the action that all do


def test_mutants_do_anything(version, stream):
    state = a_state(mutation=1.0)
    assert {compared(Fermi, state, (1, 0.0), [], version, stream) for _ in range(60)} == {0, 1, 2}


@pytest.mark.compiled
def test_without_selection_a_pair_ends_in_either_action_alike():
    """Both draw a first action; if they differ each copies the other with chance 1/2 until they agree."""
    model = Scenario(Dilemmas(), "fermi:selection=0.0", "path:n=2", 200, METRICS)
    found = run(model, replications=4000, seed=2).runs
    assert (found.stop == "settled").all()
    assert found.final_cooperation.mean() == pytest.approx(0.5, abs=4 * 0.5 / math.sqrt(4000))
    assert found.steps.mean() == pytest.approx(2.0, abs=0.1)  # 1 + the mean of a geometric number, 1/2 x 2


def test_proportional_imitation_needs_to_know_the_rewards():
    with pytest.raises(ParameterError, match=r"^the learner needs the fact 'reward_range'"):
        ProportionalImitation().state(Specification(Discrete(2)), 3)
    with pytest.raises(ParameterError, match=r"^selection: -1.0 is not accepted; accepted: a float, >= 0$"):
        Fermi(selection=-1.0)
