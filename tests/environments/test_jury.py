"""Juries: votes, signals, deliberation, and what learners find."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from socialsim.core.errors import ParameterError
from socialsim.engine.links import FAILED
from socialsim.engine.run import run
from socialsim.environments.jury import Jury, deliberate, scenario, strategic
from socialsim.environments.jury.measures import METRICS, correlation_of_votes
from socialsim.environments.jury.theory import correlated_accuracy, majority_accuracy
from socialsim.testing.links import by_hand


def vote(jury, answer, actions, stream, presence=None, version=lambda f: f):
    """Return the state after one vote on a question with this answer, and the rewards."""
    state, rewards = jury.state(len(actions)), np.zeros(len(actions))
    state.answer[0] = answer
    network = by_hand(len(actions), presence)
    version(Jury.advance)(state, network, np.array(actions), rewards, stream)
    return state, rewards


def verdict(state):
    """Return the only verdict that was counted, as (right answer, verdict)."""
    ((answer, given),) = np.argwhere(state.verdicts)
    return int(answer), int(given)


def metrics(changes, replications=200, seed=1):
    """Return the metrics of some variant of the default jury."""
    return run(scenario().replace(changes), replications=replications, seed=seed, record_every=None).metrics


# --- By hand ---------------------------------------------------------------------------------------------------


def test_the_majority_decides_and_everybody_is_paid(version, stream):
    state, rewards = vote(Jury(), 1, [1, 1, 0, 0, 1], stream, version=version)
    assert verdict(state) == (1, 1)
    assert rewards.tolist() == [1, 1, 1, 1, 1]
    assert state.right.tolist() == [1, 1, 0, 0, 1]
    assert state.sums.tolist() == [3, 9, pytest.approx(1 / 5)]


def test_a_wrong_majority_pays_nobody(version, stream):
    state, rewards = vote(Jury(), 0, [1, 1, 0, 0, 1], stream, version=version)
    assert verdict(state) == (0, 1)
    assert rewards.tolist() == [0] * 5
    assert vote(Jury(pays="own"), 0, [1, 1, 0, 0, 1], stream, version=version)[1].tolist() == [0, 0, 1, 1, 0]


@pytest.mark.parametrize(("quota", "yes", "given"), [(1.0, 4, 0), (1.0, 5, 1), (0.6, 3, 1), (0.6, 2, 0), (0.55, 3, 1)])
def test_a_quota_is_what_answer_1_needs(quota, yes, given, stream):
    assert verdict(vote(Jury(quota=quota), 1, [1] * yes + [0] * (5 - yes), stream)[0]) == (1, given)


def test_a_coin_decides_a_tie(stream):
    verdicts = [verdict(vote(Jury(), 1, [1, 0], stream)[0])[1] for _ in range(100)]
    assert 30 < sum(verdicts) < 70


def test_who_is_away_neither_votes_nor_is_paid(stream):
    state, rewards = vote(Jury(), 1, [0, 0, 0, 1, 1], stream, presence=[FAILED, FAILED, 0, 0, 0])
    assert verdict(state) == (1, 1)
    assert rewards.tolist() == [0, 0, 1, 1, 1]
    assert state.voted.tolist() == [0, 0, 1, 1, 1]


def test_weighed_votes_follow_the_better_juror(version, stream):
    jury = Jury(votes="weighed", spread=0.3)
    state, network = jury.state(3), by_hand(3)
    version(Jury.initialise)(state, network, stream)
    assert state.weight == pytest.approx([math.log(p / (1 - p)) for p in state.ability])
    state.weight[:] = [3.0, 1.0, 1.0]
    state.answer[0] = 1
    version(Jury.advance)(state, network, np.array([1, 0, 0]), np.zeros(3), stream)
    assert verdict(state) == (1, 1)


def test_jurors_join_the_majority_around_them(version):
    state = Jury(deliberation=1).state(4)
    state.signal[:] = [1, 0, 0, 1]
    network = by_hand([[1, 2], [0], [1, 3], []])
    version(deliberate)(state, network)
    assert state.opinion.tolist() == [0, 0, 0, 1]  # outvoted; a tie; a majority of three; nobody to hear
    version(deliberate)(Jury(deliberation=0).state(4), network)


def test_those_who_are_away_are_not_heard():
    state = Jury(deliberation=1).state(3)
    state.signal[:] = [1, 0, 0]
    deliberate(state, by_hand([[1, 2], [0, 2], [0, 1]], [0, 0, FAILED]))
    assert state.opinion[:2].tolist() == [1, 0]  # one against one: a tie


def test_a_second_round_spreads_further():
    state = Jury(deliberation=2).state(5)
    state.signal[:] = [1, 1, 0, 0, 1]
    deliberate(state, by_hand([[], [0], [0, 1], [2, 4], [4]]))
    assert state.opinion.tolist() == [1, 1, 1, 1, 1]


def test_both_shows_signal_and_opinion():
    state = Jury(observation="both").state(2)
    state.signal[:], state.opinion[:] = [1, 0], [0, 1]
    assert [Jury.observe(state, None, i) for i in range(2)] == [2, 1]
    assert Jury(observation="both").specification("agent", 2).num_observations == 4


def test_the_correlation_of_votes_is_that_of_numpy():
    draw = np.random.Generator(np.random.SFC64(3))
    votes = draw.random((500, 4)) < draw.choice([0.3, 0.8], (500, 1))
    expected = (np.cov(votes.T, ddof=0).sum() - votes.var(axis=0).sum()) / (
        votes.std(axis=0).sum() ** 2 - votes.var(axis=0).sum()
    )
    total = votes.sum(axis=1)
    measured = correlation_of_votes(
        votes.sum(axis=0)[None], np.full((1, 4), 500), total.sum()[None], (total**2).sum()[None]
    )
    assert measured[0] == pytest.approx(expected)


def test_mean_rewards_are_those_of_coins():
    assert Jury().mean_rewards(1).tolist() == [0.5, 0.5]
    assert Jury(quota=1.0, prior=0.2).mean_rewards(3).tolist() == [0.8, 0.65]
    assert Jury(pays="own", prior=0.2).mean_rewards(3).tolist() == [0.8, 0.2]


# --- Theory ----------------------------------------------------------------------------------------------------


@pytest.mark.compiled
@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, majority_accuracy([0.6] * 11)),
        ({"environment.spread": 0.3}, majority_accuracy([0.6] * 11)),
        ({"environment.prior": 0.9}, majority_accuracy([0.6] * 11)),
        ({"environment.reliance": 0.4}, correlated_accuracy(0.6, 11, 0.4)),
        ({"network": "complete:n=4"}, majority_accuracy([0.6] * 4)),
        ({"network": "complete:n=25", "environment.competence": 0.45}, majority_accuracy([0.45] * 25)),
    ],
)
def test_sincere_juries_are_right_as_often_as_theory_says(changes, expected):
    measured = metrics(changes)
    assert measured["theory_accuracy"].value == pytest.approx(expected)
    assert abs(measured["group_accuracy"].value - expected) < 3.5 * measured["group_accuracy"].standard_error


@pytest.mark.compiled
def test_a_common_source_makes_votes_as_alike_as_the_square_of_the_reliance():
    measured = metrics({"environment.reliance": 0.5})
    assert abs(measured["vote_correlation"].value - 0.25) < 3.5 * measured["vote_correlation"].standard_error
    assert abs(measured["individual_accuracy"].value - 0.6) < 3.5 * measured["individual_accuracy"].standard_error


@pytest.mark.compiled
def test_neighbours_as_sources_make_votes_alike_as_often_as_two_share_a_source():
    reliance = 0.8
    own = np.eye(5) * (1 - reliance)
    hub_and_leaves = np.zeros((5, 5))
    hub_and_leaves[1:, 0], hub_and_leaves[0, 1:] = 1.0, 0.25
    sources = own + reliance * hub_and_leaves  # chances of each juror's source
    shared = sources @ sources.T
    expected = shared[~np.eye(5, dtype=bool)].mean()
    measured = metrics(
        {"network": "star:n=5", "environment.reliance": reliance, "environment.sources": "neighbours"}, 300
    )["vote_correlation"]
    assert abs(measured.value - expected) < 3.5 * measured.standard_error


@pytest.mark.compiled
def test_talk_in_a_ring_costs_accuracy_and_talk_of_all_with_all_does_not():
    alone = metrics({"network": "cycle:n=25"})
    ring = metrics({"network": "cycle:n=25", "environment.deliberation": 3})
    together = metrics({"network": "complete:n=25", "environment.deliberation": 1})
    assert ring["group_accuracy"].high < alone["group_accuracy"].low
    assert ring["individual_accuracy"].low > alone["individual_accuracy"].high  # each is better off
    assert abs(together["group_accuracy"].value - alone["group_accuracy"].value) < 0.01
    assert together["individual_accuracy"].value == pytest.approx(together["group_accuracy"].value)


@pytest.mark.compiled
def test_weighed_votes_do_at_least_as_well_as_counted_ones():
    counted = metrics({"environment.spread": 0.35})["group_accuracy"]
    weighed = metrics({"environment.spread": 0.35, "environment.votes": "weighed"})["group_accuracy"]
    assert weighed.low > counted.high


@pytest.mark.compiled
def test_learners_who_must_agree_vote_against_their_evidence_in_an_equilibrium():
    """Exact best replies: hardly a jury of Q-learners leaves anybody a gain, and all do better than sincere ones."""
    jury = strategic().replace({"environment.burn_in": 0, "horizon.steps": 30_000})
    runs = run(jury, replications=10, seed=1, record_every=None).runs
    assert (runs.largest_gain < 1e-9).mean() > 0.7
    assert runs.sincere_share.max() < 1.0
    assert runs.policy_accuracy.mean() > 0.66  # sincere jurors .583, the symmetric equilibrium .667


@pytest.mark.compiled
def test_learners_under_majority_rule_are_sincere():
    changes = {"environment.quota": 0.5, "environment.burn_in": 0, "horizon.steps": 30_000}
    runs = run(strategic().replace(changes), replications=8, seed=2, record_every=None).runs
    assert runs.largest_gain.mean() < 0.01


# --- Properties ------------------------------------------------------------------------------------------------


@settings(max_examples=50)
@given(st.lists(st.integers(0, 1), min_size=1, max_size=9), st.integers(0, 1), st.sampled_from([0.5, 0.6, 2 / 3, 1.0]))
def test_more_votes_for_1_never_turn_the_verdict_to_0(actions, answer, quota):
    stream = np.arange(1, 5, dtype=np.uint64)
    before = verdict(vote(Jury(quota=quota), answer, actions, stream.copy())[0])[1]
    for i in range(len(actions)):
        more = [*actions[:i], 1, *actions[i + 1 :]]
        assert verdict(vote(Jury(quota=quota), answer, more, stream.copy())[0])[1] >= before


# --- Limits and bad input --------------------------------------------------------------------------------------


def test_nothing_is_measured_before_the_burn_in():
    result = run(scenario().replace({"environment.burn_in": 1000}), replications=2)
    assert all("no question" in result.metrics[f.__name__].reason for f in METRICS[:1])


def test_theory_is_silent_where_there_is_none():
    assert "environment.deliberation=0" in metrics({"environment.deliberation": 1}, 2)["theory_accuracy"].reason
    asks = {"environment.sources": "neighbours", "environment.reliance": 0.5}
    assert "environment.sources=common" in metrics(asks, 2)["theory_accuracy"].reason


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"competence": 0.9, "spread": 0.2}, "spread: 0.2 is not accepted; accepted: at most 0.1"),
        ({"votes": "weighed", "quota": 0.6}, "votes: 'weighed' is not accepted with quota 0.6"),
        (
            {"votes": "weighed", "competence": 0.75, "spread": 0.25},
            "spread: 0.25 is not accepted where votes",
        ),
        ({"quota": 0.4}, "quota: 0.4 is not accepted"),
        ({"sources": "press"}, "sources"),
    ],
)
def test_what_is_no_jury_is_refused(parameters, message):
    with pytest.raises(ParameterError) as caught:
        Jury(**parameters)
    assert message in str(caught.value)
