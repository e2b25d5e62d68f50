"""Zealots, media, samples and links in the model of opinions that spread one at a time."""

import math

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import betaln, gammaln

from socialsim.core.errors import ParameterError
from socialsim.core.streams import Purpose, seed_streams
from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.engine.simulation import Simulation
from socialsim.environments._influence import below, shown
from socialsim.environments.opinions import Opinions, scenario
from socialsim.testing.links import by_hand
from socialsim.testing.strategies import networks


def voters(network="complete:n=12", learner="imitation", steps=10**6, **parameters):
    return Scenario(Opinions(**parameters), learner, network, steps)


# --- By hand ---------------------------------------------------------------------------------------------------


def test_two_numbers_of_one_word_are_uniform_where_the_range_divides_no_power_of_two(version, stream):
    pick = version(below)
    with np.errstate(over="ignore"):
        assert pick(np.uint64(0), 3, stream) != pick(np.uint64(0xFFFFFFFF), 3, stream)
        assert [pick(np.uint64(k << 30), 4, stream) for k in range(4)] == [0, 1, 2, 3]


def test_a_number_that_would_be_favoured_is_drawn_again():
    """With a range of 3 * 2**30 the lowest remainder of every four is refused (Lemire's threshold is 2**30)."""
    stop = 3 << 30
    stream = seed_streams(1, np.arange(1), Purpose.DYNAMICS)[0]
    before = stream.copy()
    assert below(np.uint64(2), stop, stream) == 1  # 2 * stop = 1 * 2**32 + 2**31, above the threshold
    assert (stream == before).all()
    below(np.uint64(0), stop, stream)
    assert (stream != before).any()


def test_an_agent_sees_the_medium_where_it_always_looks_there(version, stream):
    env = Opinions(num_opinions=3, media=(0.0, 0.0, 1.0)).state(4)
    network = by_hand(4)
    with np.errstate(over="ignore"):
        assert version(shown)(env, network, 0, 1, stream) == 2


def test_a_sample_is_shown_behind_ones_own_opinion(version):
    env = Opinions(num_opinions=3, sample=4).state(5)
    env.opinion[2] = 1
    env.tally[:] = [1, 0, 3]
    out = np.zeros(4)
    version(Opinions.observe)(env, None, 2, out)
    assert out.tolist() == [1, 1, 0, 3]


def test_zealots_are_who_is_named_and_hold_what_is_said():
    simulation = Simulation(voters(zealots=(1, 2), zealot_agents=(7, 0, 3)), seed=1, replications=range(5))
    simulation.advance(0)
    env = simulation.environment
    assert env.opinion[:, [7, 0, 3]].tolist() == [[0, 1, 1]] * 5
    assert env.is_zealot.sum(axis=1).tolist() == [3] * 5
    assert (env.opinion.sum(axis=1) == 2 + 4).all()  # round(.5 * 9) = 4 of the others


def test_zealots_drawn_at_random_are_anybody_alike():
    simulation = Simulation(voters(zealots=(0, 0.25), share=0.0), seed=1, replications=range(3000))
    simulation.advance(0)
    env = simulation.environment
    assert (env.is_zealot == env.opinion).all()
    assert env.is_zealot.mean(axis=0) == pytest.approx(np.full(12, 0.25), abs=4 * math.sqrt(0.1875 / 3000))


# --- Invariants ------------------------------------------------------------------------------------------------


@settings(max_examples=15)
@given(networks(), st.integers(0, 300), st.sampled_from(["node", "link"]), st.integers(0, 2**32))
def test_zealots_never_change_and_holders_count_opinions(network, events, update, seed):
    zealots = (1, 0, 1) if network.num_agents > 1 else (0, 1, 0)
    model = voters(network, steps=300, num_opinions=3, zealots=zealots, media=(0.1, 0.1, 0.0), update=update)
    simulation = Simulation(model, seed=seed, replications=range(3))
    simulation.advance(0)
    at_first = simulation.environment.opinion.copy()
    simulation.advance(events)
    env = simulation.environment
    stubborn = env.is_zealot.astype(bool)
    assert (env.opinion[stubborn] == at_first[stubborn]).all()
    for opinion, holders in zip(env.opinion, env.holders, strict=True):
        assert np.bincount(opinion, minlength=3).tolist() == holders.tolist()


@settings(max_examples=15)
@given(networks(), st.integers(2, 4), st.integers(2, 5), st.integers(0, 2**32))
def test_a_tally_counts_the_sample(network, num_opinions, sample, seed):
    model = voters(network, "majority", 100, num_opinions=num_opinions, sample=sample)
    simulation = Simulation(model, seed=seed, replications=range(3))
    simulation.advance(20)
    moved = simulation.clock > 0
    assert (simulation.environment.tally[moved].sum(axis=1) == sample).all()


# --- Theorems --------------------------------------------------------------------------------------------------


def beta_binomial(n, a, b):
    """Return the module's long-run law of the number of others who hold opinion 1."""
    m = np.arange(n + 1)
    chosen = gammaln(n + 1) - gammaln(m + 1) - gammaln(n - m + 1)
    return np.exp(chosen + betaln(m + a, n - m + b) - betaln(a, b))


def long_run(model, sweeps=200, replications=4000):
    """Return how often each number of agents held opinion 1 after many sweeps."""
    simulation = Simulation(model, seed=5, replications=range(replications))
    n = simulation.num_agents
    simulation.advance(sweeps * n)
    return np.bincount(simulation.environment.holders[:, 1], minlength=n + 1) / replications


@pytest.mark.compiled
@pytest.mark.parametrize("zealots", [(1, 1), (2, 1)])
def test_zealots_keep_opinions_alive_by_the_beta_binomial_law(zealots):
    law = beta_binomial(12 - sum(zealots), zealots[1], zealots[0])
    expected = np.concatenate([np.zeros(zealots[1]), law, np.zeros(zealots[0])])
    found = long_run(voters(zealots=zealots, stop_at_consensus=False))
    assert found == pytest.approx(expected, abs=4.5 * math.sqrt(0.25 / 4000))


@pytest.mark.compiled
def test_media_do_as_zealots_do():
    media = (0.05, 0.1)
    a, b = (11 * reach / (1 - sum(media)) for reach in reversed(media))
    found = long_run(voters(media=media, stop_at_consensus=False))
    assert found == pytest.approx(beta_binomial(12, a, b), abs=4.5 * math.sqrt(0.25 / 4000))


@pytest.mark.compiled
def test_noise_is_a_medium_of_every_opinion():
    a = 11 * 0.1 / (1 - 0.2)
    found = long_run(voters(learner="imitation:noise=0.2", stop_at_consensus=False))
    assert found == pytest.approx(beta_binomial(12, a, a), abs=4.5 * math.sqrt(0.25 / 4000))


def test_one_zealot_wins_the_others_over_in_the_end():
    result = run(voters(zealots=(0, 1), share=0.0), replications=50, seed=1)
    assert (result.runs.verdict == 1).all()


@pytest.mark.parametrize(("update", "by_degree"), [("node", True), ("link", False)])
def test_a_link_that_is_drawn_conserves_the_share_and_an_agent_that_is_drawn_the_share_of_links(update, by_degree):
    graph = nx.star_graph(5)
    simulation = Simulation(voters(graph, update=update), seed=2, replications=range(3000))
    simulation.advance(0)
    simulation.environment.opinion[:] = np.arange(6) == 0  # the centre alone
    simulation.environment.holders[:] = [5, 1]
    simulation.advance(10**6)
    chance = 0.5 if by_degree else 1 / 6
    assert (simulation.verdict >= 0).all()
    assert simulation.verdict.mean() == pytest.approx(chance, abs=4 * math.sqrt(chance * (1 - chance) / 3000))


def exit_chance(n, up, down):
    """Return the chance to hit n before 0 from every k of a birth and death chain."""
    ratios = np.cumprod([1.0] + [down(k) / up(k) for k in range(1, n)])
    return np.concatenate([[0.0], np.cumsum(ratios) / ratios.sum()])


@pytest.mark.compiled
@pytest.mark.parametrize(("sample", "epsilon"), [(2, 0.0), (3, 0.1)])
def test_the_q_voter_wins_as_often_as_its_chain_says(sample, epsilon):
    """An agent of the other opinion flips if all q it looks at agree against it, or by epsilon if they differ."""
    n, n0 = 20, 8

    def flips(k):
        x, y = k / (n - 1), (n - 1 - k) / (n - 1)  # k of the n - 1 others are against one
        return x**sample + epsilon * (1 - x**sample - y**sample)

    chance = exit_chance(n, lambda k: (n - k) / n * flips(k), lambda k: k / n * flips(n - k))[n0]
    model = voters("complete:n=20", f"q_voter:epsilon={epsilon}", share=n0 / n, sample=sample)
    verdicts = run(model, replications=3000, seed=3, record_every=None).runs.verdict
    assert (verdicts >= 0).all()
    assert verdicts.mean() == pytest.approx(chance, abs=4 * math.sqrt(chance * (1 - chance) / 3000))


@pytest.mark.compiled
@pytest.mark.parametrize("learner", ["majority", "q_voter:epsilon=0.5"])
def test_two_looks_win_as_often_as_their_chain_says(learner):
    """Castellano et al.: q = 2 with epsilon = 1/2 is the voter. By majority one changes if both are against one."""
    n, n0 = 15, 5

    def flips(k):
        x = k / (n - 1)
        return x if "q_voter" in learner else x * x

    chance = exit_chance(n, lambda k: (n - k) / n * flips(k), lambda k: k / n * flips(n - k))[n0]
    assert chance == pytest.approx(n0 / n) or "majority" in learner
    verdicts = run(voters("complete:n=15", learner, share=n0 / n, sample=2), replications=3000, seed=3).runs.verdict
    assert verdicts.mean() == pytest.approx(chance, abs=4 * math.sqrt(chance * (1 - chance) / 3000))


# --- Measures --------------------------------------------------------------------------------------------------


def test_on_a_ring_opinions_form_camps_and_links_join_the_like():
    ring = scenario().replace({"network": "cycle:n=200", "horizon.steps": 200 * 30})
    metrics = run(ring, replications=3, seed=1).metrics
    assert 1 < metrics["number_of_camps"].value < 60
    assert metrics["echo_chamber"].value > 0.5
    assert metrics["cross_cutting_exposure"].value == pytest.approx(metrics["number_of_camps"].value / 200)
    assert 1.0 < metrics["effective_opinions"].value <= 2.0


# --- Bad input -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"zealots": (1,)}, r"zealots: \[1\] is not accepted; accepted: 2 numbers >= 0, one an opinion, or none"),
        ({"media": (0.7, 0.7)}, "accepted: chances of sum at most 1"),
        ({"zealot_agents": (1,)}, "not accepted without zealots"),
        ({"update": "link", "sample": 3}, "sample: 3 is not accepted with update=link; accepted: 1"),
    ],
)
def test_lists_that_do_not_fit_are_refused(parameters, message):
    with pytest.raises(ParameterError, match=message):
        Opinions(**parameters)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"zealots": (10, 3)}, r"environment.zealots: \[10, 3\] is not accepted; accepted: at most 12 zealots"),
        ({"zealots": (0.5, 1.0)}, "a share such as 0.1, below 1"),
        ({"zealots": (0, 2), "zealot_agents": (1, 1)}, "accepted: 2 different agents from 0 to 11"),
        ({"zealots": (0, 1), "zealot_agents": (12,)}, "accepted: 1 different agents from 0 to 11"),
    ],
)
def test_zealots_must_be_agents_of_the_network(parameters, message):
    with pytest.raises(ParameterError, match=message):
        run(voters(**parameters), replications=1)


@pytest.mark.parametrize("learner", ["majority", "q_voter"])
def test_a_learner_of_tallies_says_which_parameter_shows_them(learner):
    with pytest.raises(ParameterError, match=r"such as opinions with environment\.sample=2 or more"):
        run(voters(learner=learner), replications=1)


def test_imitation_says_how_to_see_one_opinion():
    with pytest.raises(ParameterError, match=r"environment\.sample=1"):
        run(voters(sample=2), replications=1)


def test_a_medium_for_another_opinion_keeps_consensus_from_being_an_end():
    swayed = run(voters(share=0.0, media=(0.0, 0.1)), replications=5, seed=1).runs
    assert (swayed.verdict == 1).all()
    assert (swayed.steps > 0).all()
    backed = run(voters(share=0.0, media=(0.1, 0.0)), replications=5, seed=1).runs
    assert (backed.steps == 0).all()
