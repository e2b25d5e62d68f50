import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from socialsim.core.errors import ParameterError
from socialsim.engine.interface import Specification
from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.engine.simulation import Simulation
from socialsim.environments._real_opinions import CONSENSUS
from socialsim.environments.encounters import WATCH_EVERY, Encounters, can_move, scenario
from socialsim.learning.deffuant import SEEN, Deffuant
from socialsim.testing.links import by_hand

UNLIKELY = 1e-4  # with fixed seeds a test fails for ever or never
SPECIFICATION = Encounters().specification("agent", 2)


def meet(version, env, network, active, actions):
    """Let agents take opinions, and return all opinions."""
    version(Encounters.advance)(env, network, np.array(active), np.array(actions), np.zeros(len(actions)), None)
    return env.opinion.tolist()


def holding(opinions, **parameters):
    """Return a state with these opinions."""
    env = Encounters(**parameters).state(len(opinions))
    env.opinion[:] = opinions
    return env


# --- By hand -----------------------------------------------------------------------------------------------------


def test_deffuant_by_hand(version):
    act = version(Deffuant.act)
    state = Deffuant(confidence=0.3, pace=0.25).state(SPECIFICATION, 2)
    assert act(state, 0, np.array([0.5, 0.7]), None) == pytest.approx(0.55)
    assert act(state, 1, np.array([0.7, 0.5]), None) == pytest.approx(0.65)
    assert act(state, 0, np.array([0.5, 0.2]), None) == 0.5  # as far as epsilon is too far
    assert act(Deffuant(confidence=2.0, pace=1.0).state(SPECIFICATION, 2), 0, np.array([0.0, 1.0]), None) == 1.0


def test_each_of_a_pair_sees_the_other(version):
    env, seen = holding([0.1, 0.2, 0.9], medium=0.6), np.zeros(2)
    for both, i, expected in ((0 + 2, 0, [0.1, 0.9]), (0 + 2, 2, [0.9, 0.1]), (-1, 1, [0.2, 0.6])):
        env.both[:] = both
        version(Encounters.observe)(env, None, i, seen)
        assert seen.tolist() == expected


def test_a_meeting_moves_those_who_are_free(version):
    crowd = by_hand(3)
    for is_watched in (0, 1):
        env = holding([0.1, 0.2, 0.9])
        env.is_watched[0] = is_watched
        assert meet(version, env, crowd, [0, 2], [0.3, 0.5, 1.7]) == [0.3, 0.2, 1.0]
        assert meet(version, env, crowd, [1], [0.0, 0.7, 0.0]) == [0.3, 0.7, 1.0]
    env = holding([0.3, 0.2, 1.0], stubborn_share=0.4)
    env.stubborn[0] = 1
    assert meet(version, env, crowd, [0, 1], [0.5, 0.4, 0.0]) == [0.3, 0.4, 1.0]


def test_a_run_ends_after_a_watched_sweep_in_which_nobody_moved_and_whoever_asks_twice_changes_nothing(version):
    crowd, rest = by_hand(2), version(Encounters.rest)
    env = holding([0.5, 0.5])
    for num_rounds in range(WATCH_EVERY):
        assert rest(env, crowd, num_rounds) == -1
        assert env.is_watched[0] == (num_rounds == WATCH_EVERY - 1)
    assert rest(env, crowd, WATCH_EVERY - 1) == -1
    env.change[0] = 0.1
    for _ in range(2):
        assert rest(env, crowd, WATCH_EVERY) == -1
        assert not env.is_watched[0]
    assert rest(env, crowd, 2 * WATCH_EVERY - 1) == -1
    assert rest(env, crowd, 2 * WATCH_EVERY) == CONSENSUS


def test_what_is_refused_is_noted_in_watched_sweeps(version):
    crowd = by_hand(4)
    env = holding([0.1, 0.2, 0.6, 0.9])
    meet(version, env, crowd, [0, 3], [0.1, 0.2, 0.6, 0.9])
    assert env.refused[0] == np.inf  # not watched
    env.is_watched[0] = 1
    meet(version, env, crowd, [0, 3], [0.1, 0.2, 0.6, 0.9])
    meet(version, env, crowd, [0, 1], [0.15, 0.15, 0.6, 0.9])
    assert env.refused[0] == pytest.approx(0.8)
    assert env.change[0] == pytest.approx(0.05)


def test_pairs_are_drawn_evenly_and_meet_the_medium_at_its_rate(version, stream):
    env, crowd, active = holding([0.5] * 5), by_hand(5), np.zeros(2, np.int64)
    counts = np.zeros((5, 5))
    for _ in range(4000):
        assert version(Encounters.wake)(env, crowd, active, stream) == 2
        assert env.both[0] == active.sum()
        counts[active[0], active[1]] += 1
    assert counts.trace() == 0
    assert stats.chisquare(counts[~np.eye(5, dtype=bool)]).pvalue > UNLIKELY
    env = holding([0.5] * 5, medium_rate=0.3)
    alone = sum(version(Encounters.wake)(env, crowd, active, stream) == 1 for _ in range(2000))
    assert stats.binomtest(alone, 2000, 0.3).pvalue > UNLIKELY


def test_whoever_hears_nobody_meets_nobody(version, stream):
    env, active = holding([0.5, 0.6]), np.zeros(2, np.int64)
    assert version(Encounters.wake)(env, by_hand(nx.empty_graph(2)), active, stream) == 0
    result = run(scenario().replace({"network": nx.empty_graph(3)}), replications=3, record_every=None)
    assert result.runs.stop.tolist() == ["done"] * 3
    assert (result.agents.opinion == result.agents.initial_opinion).all()


# --- Theorems ----------------------------------------------------------------------------------------------------


@settings(max_examples=20, deadline=None)
@given(st.floats(0.0, 1.0), st.floats(0.0, 1.0), st.integers(0, 1000))
def test_the_mean_is_conserved_and_the_variance_never_rises(confidence, pace, seed):
    community = scenario().replace(
        {"learner.confidence": confidence, "learner.pace": pace, "network": "complete:n=20", "horizon.steps": 400}
    )
    simulation = Simulation(community, seed=seed, replications=range(3))
    means, variances = [], []
    for step in range(0, 401, 40):
        simulation.advance(step)
        means.append(simulation.environment.opinion.mean(axis=1))
        variances.append(simulation.environment.opinion.var(axis=1))
    assert np.ptp(means, axis=0).max() < 1e-14
    assert np.diff(variances, axis=0).max() <= 1e-15


def test_a_meeting_lowers_the_variance_as_stated():
    community = scenario().replace({"learner": "deffuant:confidence=2.0,pace=0.3", "network": "path:n=2"})
    simulation = Simulation(community, seed=1, replications=range(10))
    simulation.advance(0)
    before = simulation.environment.opinion.copy()
    simulation.advance(1)
    fall = before.var(axis=1) - simulation.environment.opinion.var(axis=1)
    assert fall == pytest.approx(2 * 0.3 * 0.7 * np.diff(before, axis=1)[:, 0] ** 2 / 2, abs=1e-15)


def test_confidence_without_bounds_ends_in_consensus_on_the_mean():
    result = run(scenario().replace({"learner.confidence": 1.5}), replications=20, record_every=None)
    assert (result.runs.verdict == 0).all()
    agents = result.agents
    assert agents.opinion.to_numpy() == pytest.approx(np.full(100, agents.initial_opinion.mean()), abs=1e-6)


@pytest.mark.compiled
@pytest.mark.parametrize("network", ["complete:n=60", "watts_strogatz:n=60,k=6,p=0.1"])
def test_at_rest_no_linked_pair_is_within_confidence(network):
    community = scenario().replace({"network": network, "learner.confidence": 0.15})
    simulation = Simulation(community, seed=2, replications=range(20))
    simulation.advance(10**6)
    assert (simulation.stops() == "done").all()
    for number, opinions in enumerate(simulation.environment.opinion):
        targets, sources, _ = simulation.network_of(number).edges()
        apart = np.abs(opinions[sources] - opinions[targets])
        assert ((apart < 2e-6) | (apart > 0.15 - 2e-6)).all()


@pytest.mark.compiled
def test_about_one_cluster_in_two_confidences_is_left():
    for confidence, expected in ((0.5, 1), (0.2, 2), (0.12, 4)):
        community = scenario().replace({"network": "complete:n=1000", "learner.confidence": confidence})
        found = run(community, replications=20, record_every=None).metrics["effective_clusters"].value
        assert round(found) == expected


def test_a_medium_alone_wins_everybody_over_and_the_stubborn_hold_out():
    everyone = Scenario(Encounters(medium=0.8, medium_rate=0.5), "deffuant:confidence=2.0", "complete:n=20", 10**6)
    result = run(everyone, replications=5, record_every=None)
    assert (result.runs.verdict == 0).all()
    assert result.agents.opinion.to_numpy() == pytest.approx(np.full(20, 0.8), abs=1e-5)
    torn = Encounters(stubborn_share=0.2, stubborn_opinions=[0.0, 1.0])
    result = run(Scenario(torn, "deffuant:confidence=2.0", "complete:n=20", 20_000), replications=5, record_every=None)
    assert (result.runs.stop == "horizon").all()  # between two who never move nobody rests
    held = result.agents[result.agents.initial_opinion.isin([0.0, 1.0])]
    assert len(held) == 4
    assert (held.opinion == held.initial_opinion).all()


# --- Two roads ---------------------------------------------------------------------------------------------------


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.sampled_from([0.1, 0.1 + 1e-9, 0.3, 0.5, 0.5 + 1e-9, 0.9]), min_size=1, max_size=7),
    st.lists(st.booleans(), min_size=7, max_size=7),
    st.sampled_from([0.15, 0.2, 0.35, 0.4, 0.9]),
)
def test_camps_and_links_agree_on_who_can_move(opinions, stubborn, refused):
    answers = []
    for network in (by_hand(len(opinions)), by_hand(nx.complete_graph(len(opinions)))):
        env = holding(opinions)
        env.stubborn[:] = stubborn[: len(opinions)]
        env.refused[0] = refused + 1e-6
        answers.append(bool(can_move(env, network)))
    brute = any(
        1e-6 <= abs(a - b) < refused + 1e-6 and not (stubborn[i] and stubborn[j])
        for i, a in enumerate(opinions)
        for j, b in enumerate(opinions)
    )
    assert answers == [brute, brute]


# --- Bad input ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"learner.pace": 1.5}, "learner.pace: 1.5 is not accepted; accepted: a float, >= 0, <= 1"),
        ({"environment.medium_rate": -1}, "environment.medium_rate: -1 is not accepted; accepted: a float, >= 0, <= 1"),
        (
            {"environment.stubborn_opinions": [2]},
            "environment.stubborn_opinions: 2.0 is not accepted; accepted: numbers in [0, 1]",
        ),
        (
            {"learner": "hegselmann_krause"},
            "learner: 'hegselmann_krause' needs an environment in which agents see: opinion, weight heard, opinion of "
            "the medium",
        ),
    ],
)
def test_bad_values_are_named_with_what_is_accepted(changes, message):
    with pytest.raises(ParameterError) as error:
        run(scenario().replace(changes), replications=1)
    assert str(error.value) == message


def test_deffuant_refuses_other_environments():
    with pytest.raises(ParameterError, match=f"needs an environment in which agents meet and see: {SEEN}$"):
        Deffuant().state(Specification(SPECIFICATION.actions), 2)
