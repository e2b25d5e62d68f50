"""Agents against the flows that they follow: the error falls with the root of their number, and with their steps."""

import math
from functools import partial

import networkx as nx
import numpy as np
import pytest
from scipy.special import softmax

from socialsim.core.compiled import compiled
from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.environments.dilemmas import Dilemmas
from socialsim.environments.evolution import Evolution
from socialsim.learning.best_reply import BestReply
from socialsim.learning.fermi import Fermi
from socialsim.limits.flows import Meetings, best_response, boltzmann_q, imitation, logit, q_values, replicator

pytestmark = pytest.mark.compiled

HAWK_DOVE = ((0.0, 4.0), (1.0, 2.0))
DILEMMA = ((3.0, 0.0), (4.0, 1.0))
STAG_HUNT = ((4.0, 0.0), (3.0, 2.0))
COORDINATION = ((0.5, 0.0), (0.0, 4.0))
EVEN = [0.5, 0.5]


def shares(learner, size, round_, runs, payoffs=HAWK_DOVE, seen="nothing", seed=1):
    """Return the share of action 0 among agents who all meet, in a round counted from 0, of each run."""
    environment = Dilemmas(payoffs=payoffs, observation=seen)
    scenario = Scenario(environment, learner, f"complete:n={size}", round_ + 1)
    return run(scenario, replications=runs, seed=seed, record_every=None).runs.final_cooperation.to_numpy()


def error(found, expected):
    return float(np.sqrt(np.square(found - expected).mean()))


def slope(sizes, errors):
    return np.polyfit(np.log(sizes), np.log(errors), 1)[0]


@pytest.mark.parametrize(
    ("learner", "payoffs", "seen", "flow", "step"),
    [
        ("proportional_imitation", HAWK_DOVE, "nothing", replicator, 1 / 4),
        ("fermi:selection=0.5", HAWK_DOVE, "nothing", partial(imitation, selection=0.5), 1.0),
        ("best_reply:revision_rate=0.2", COORDINATION, "payoffs", best_response, 0.2),
        ("discrete_choice:beta=0.8,memory=0.0", HAWK_DOVE, "payoffs", partial(logit, temperature=1.25), 1.0),
    ],
    ids=["replicator", "imitation", "best_response", "logit"],
)
def test_agents_who_revise_at_once_follow_the_map_with_an_error_of_order_one_over_the_root_of_n(
    learner, payoffs, seen, flow, step
):
    rounds, sizes = 6, (20, 60, 180)
    expected = flow(payoffs, EVEN, [0.0, rounds * step], step=step)[-1, 0]
    errors = [error(shares(learner, size, rounds, 300, payoffs, seen), expected) for size in sizes]
    assert slope(sizes, errors) == pytest.approx(-0.5, abs=0.1)
    assert errors[-1] < 2.0 / math.sqrt(sizes[-1])


def test_one_at_a_time_pairwise_comparison_follows_the_imitation_flow():
    sizes, end = (50, 200, 800), 3
    expected = imitation(HAWK_DOVE, [0.1, 0.9], [0.0, end], selection=1.0)[-1, 0]
    errors = []
    for size in sizes:
        environment = Evolution(
            payoffs=HAWK_DOVE, update="pairwise_comparison", payoff="averaged", selection=1.0, initial=(0.1, 0.9)
        )
        scenario = Scenario(environment, "innate", f"complete:n={size}", end * size)
        found = run(scenario, replications=300, seed=2, record_every=None).runs.final_share.to_numpy()
        errors.append(error(found, expected))
    assert slope(sizes, errors) == pytest.approx(-0.5, abs=0.1)


def test_choosers_who_remember_follow_the_boltzmann_q_flow_as_their_steps_become_small():
    tau, end, size = 0.5, 0.8, 8000
    expected = boltzmann_q(STAG_HUNT, EVEN, [0.0, end / tau], temperature=tau)[-1, 0]
    errors = []
    for alpha in (0.4, 0.1):
        learner = f"discrete_choice:memory={1 - alpha},beta={alpha / tau}"
        found = shares(learner, size, round(end / alpha), 50, STAG_HUNT, "payoffs")
        errors.append(abs(found.mean() - expected))
    assert slope([0.4, 0.1], errors) == pytest.approx(1.0, abs=0.25)
    assert errors[1] < 0.01


def test_equal_q_learners_with_small_steps_follow_the_q_value_flow_and_not_boltzmann_q():
    tau, end, alpha = 0.5, 1.2, 0.02
    learner = f"boltzmann_q:alpha={alpha},discount=0.0,temperature={tau},initial_value=2.0"
    found = shares(learner, 1000, round(end / alpha), 60, DILEMMA).mean()
    flow = q_values(DILEMMA, [[2.0, 2.0]], [0.0, end], temperature=tau).shares[-1, 0]
    assert found == pytest.approx(flow, abs=0.005)
    assert found > boltzmann_q(DILEMMA, EVEN, [0.0, end / tau], temperature=tau)[-1, 0] + 0.05


def test_cross_learners_with_small_steps_follow_the_replicator():
    alpha, end = 0.02, 2.0
    expected = replicator(HAWK_DOVE, EVEN, [0.0, end])[-1, 0]
    found = shares(f"bush_mosteller:alpha={alpha},aspiration=0.0", 400, round(end * 4 / alpha), 60)
    assert found.mean() == pytest.approx(expected, abs=0.01)


def test_beliefs_that_fade_follow_the_logit_map():
    """Stochastic fictitious play: beliefs move by 1 - phi, and choices are the logit of what they expect."""
    tau, rounds, sizes = 0.5, 6, (20, 80, 320)
    indifferent = [2 / 3, 1 / 3]  # attractions that are equal at first are a belief under which both acts pay alike
    belief = logit(HAWK_DOVE, indifferent, [0.0, 0.2 * rounds], temperature=tau, step=0.2)[-1]
    expected = softmax(np.array(HAWK_DOVE) @ belief / tau)[0]
    learner = f"experience_weighted_attraction:phi=0.8,delta=1,kappa=0,initial_experience=5,sensitivity={1 / tau}"
    errors = [error(shares(learner, size, rounds, 300, seen="payoffs"), expected) for size in sizes]
    assert slope(sizes, errors) == pytest.approx(-0.5, abs=0.1)


def test_fictitious_play_follows_the_best_response_flow_in_the_logarithm_of_time():
    rounds, size = 20, 400
    flow = best_response(COORDINATION, EVEN, [0.0, math.log(rounds)])[-1, 0]
    environment = Dilemmas(payoffs=COORDINATION, observation="payoffs")
    scenario = Scenario(environment, "fictitious_play", f"complete:n={size}", rounds)
    played = run(scenario, replications=100, seed=1, record_every=None).runs.cooperation
    assert played.mean() == pytest.approx(flow, rel=0.02)  # beliefs are the mean of what was played


class Camps(BestReply):
    """Begins with action 0 in the first three fifths of the agents, and with action 1 in the others."""

    @staticmethod
    @compiled
    def initialise(learner, i, stream):
        learner.action[i] = 0 if i < 0.6 * learner.action.shape[0] else 1
        learner.is_content[i] = 0


begin = Fermi.initialise


class ImitatingCamps(Fermi):
    """Begins as they do."""

    @staticmethod
    @compiled
    def initialise(learner, i, stream):
        begin(learner, i, stream)
        learner.action[i] = 0 if i < 0.6 * learner.action.shape[0] else 1


@pytest.mark.parametrize(
    ("learner", "payoffs", "seen", "rounds", "flow", "step", "low", "high"),
    [
        # the larger camp wins, slowly; where all meet alike it would have won
        (Camps(revision_rate=0.2), ((1.0, 0.0), (0.0, 1.0)), "payoffs", 25, best_response, 0.2, 0.7, 0.8),
        # if all looked at those at their own place, whom they equal, nobody would change: .6
        (ImitatingCamps(selection=1.0), DILEMMA, "nothing", 8, partial(imitation, selection=1.0), 1.0, 0.1, 0.15),
    ],
    ids=["best_response", "imitation"],
)
def test_two_camps_on_random_networks_follow_the_flow_on_their_graphon(
    learner, payoffs, seen, rounds, flow, step, low, high
):
    size = 400
    camps = Meetings(payoffs, graphon=lambda x, y: np.exp(-4 * np.abs(x - y)), nodes=100)
    start = np.where(camps.positions[:, None] < 0.6, [1.0, 0.0], [0.0, 1.0])
    expected = flow(camps, start, [0.0, step * rounds], step=step)[-1, :, 0].mean()
    at = (np.arange(size) + 0.5) / size
    chances = np.exp(-4 * np.abs(at[:, None] - at))
    found = []
    for seed in range(8):
        links = np.triu(np.random.default_rng(seed).random((size, size)) < chances, 1)
        network = nx.from_numpy_array((links | links.T).astype(int))
        scenario = Scenario(Dilemmas(payoffs=payoffs, observation=seen), learner, network, rounds + 1)
        runs = run(scenario, replications=10, seed=seed, record_every=None).runs
        found.append(runs.final_cooperation.mean())
    assert low < expected < high
    assert np.mean(found) == pytest.approx(expected, abs=0.02)
