"""Parties in a policy space: polls and elections by hand, Lloyd's algorithm, the median voter, birth and death."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest

from socialsim.ballots.profile import Profile
from socialsim.ballots.rules import elect as elect_profile
from socialsim.core.errors import ParameterError
from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.engine.simulation import Simulation
from socialsim.environments.parties import Parties, move, moves_of
from socialsim.environments.parties.electorate import find_centre
from socialsim.environments.parties.layout import PARTIES
from socialsim.environments.parties.measures import METRICS, area_between, congruence, variances
from socialsim.environments.parties.mechanics import bury, elect, give_birth, measure, pay, poll
from socialsim.learning.party_strategies import RULES, PartyRule
from socialsim.metrics.diversity import hill_number
from socialsim.testing.links import by_hand


def follow(parties, rules, num_parties, steps, metrics=METRICS, **options):
    """Return a scenario of parties that follow some rules; one learner for all, so that one loop is compiled."""
    return Scenario(parties, PartyRule(rules=rules), f"complete:n={num_parties}", steps, metrics, **options)


def politics(voters, positions, **parameters):
    """Return a state in which these voters and parties stand, and its network."""
    voters, positions = np.array(voters, float), np.array(positions, float)
    parties = Parties(num_voters=len(voters), num_dimensions=voters.shape[1], **parameters)
    state = parties.state(len(positions))
    state.voters[:], state.position[:] = voters, positions
    state.num_voters[:], state.centre[:] = len(voters), voters.mean(axis=0)
    return state, by_hand(len(positions))


def test_a_poll_by_hand(version, stream):
    state, network = politics([[0, 0], [1, 0], [4, 0], [4, 2]], [[0, 0], [4, 1], [9, 9]])
    version(poll)(state, network, stream)
    assert state.votes.tolist() == [2, 2, 0]
    assert state.share.tolist() == [0.5, 0.5, 0]
    assert state.supporters.tolist() == [[0.5, 0], [4, 1], [9, 9]]  # nobody: its own position
    assert state.misery.tolist() == [(0 + 1 + 1 + 1) / 4, (0 + 1 + 1 + 1) / 4]
    assert state.largest[0] in (0, 1)


@pytest.mark.parametrize(("actions", "aims"), [("positions", np.array([[0.5], [9.0]])), ("moves", np.array([2, 2]))])
def test_parties_move_as_far_as_there_are_voters(actions, aims, version):
    state, network = politics([[-1.0], [1.0]], [[0.0], [1.0]], actions=actions, step=0.5)
    version(find_centre)(state)
    version(move)(state, network, aims)
    assert state.position.tolist() == [[0.5], [1.0]]
    assert state.last_move.tolist() == ([1, 1] if actions == "positions" else [2, 2])


def test_voters_between_parties_at_one_point_draw_lots(stream):
    state, network = politics(np.zeros((4000, 2)), np.ones((4, 2)))
    poll(state, network, stream)
    assert state.votes.sum() == 4000
    assert all(binomtest(int(votes), 4000, 0.25).pvalue > 1e-4 for votes in state.votes)


def test_measures_of_a_step_by_hand(stream):
    state, network = politics([[-1.0], [-1.0], [-1.0], [1.0]], [[-1.0], [2.0]], rule="dhondt", num_seats=4)
    poll(state, network, stream)
    elect(state, network, stream)
    measure(state, network)
    outcomes = Parties(num_voters=4, num_dimensions=1).outcomes(with_a_run(state))
    assert state.centre[0] == -0.5
    assert outcomes["eccentricity"][0] == (0.5 + 2.5) / 2
    assert outcomes["distance"][0] == outcomes["misery"][0] == 0.25
    assert outcomes["effective_parties"][0] == hill_number([3, 1], 2) == 1.6
    assert outcomes["effective_parliament"][0] == 1.6
    assert outcomes["party_spread"][0] == pytest.approx(math.sqrt(0.75 * 0.25 * 9))  # variance p (1 - p) 3^2
    assert outcomes["voter_spread"][0] == pytest.approx(math.sqrt(0.75))
    assert outcomes["policy_distance"][0] == 0.75  # seats at 3/4 (-1) + 1/4 2 = -1/4, the median at -1
    assert math.isnan(outcomes["responsiveness"][0])


def with_a_run(state):
    """Return a state with a leading axis of one replication, as tables see it."""
    scalars = {"moves", "weights"}
    return type(state)(
        **{
            name: value[None] if isinstance(value, np.ndarray) and name not in scalars else value
            for name, value in state._asdict().items()
        }
    )


# --- Elections -------------------------------------------------------------------------------------------------

SQUEEZE = [[-1.0]] * 40 + [[0.05]] * 25 + [[1.0]] * 35
WINNERS = {"plurality": 0, "instant_runoff": 2, "borda": 1, "copeland": 1}


@pytest.mark.parametrize(("rule", "winner"), WINNERS.items())
def test_the_centre_is_squeezed_by_some_rules_and_wins_by_others(rule, winner, version, stream):
    state, network = politics(SQUEEZE, [[-1.0], [0.0], [1.0]], rule=rule)
    version(poll)(state, network, stream)
    version(elect)(state, network, stream)
    assert state.seats.tolist() == [float(i == winner) for i in range(3)]


@pytest.mark.parametrize("rule", ["instant_runoff", "borda", "copeland"])
def test_ranking_rules_agree_with_elections_of_the_same_ballots(rule, stream):
    generator = np.random.default_rng(3)
    for num_parties in (2, 3, 5):
        voters, positions = generator.normal(size=(21, 2)), generator.normal(size=(num_parties, 2))
        state, network = politics(voters, positions, rule=rule)
        poll(state, network, stream)
        elect(state, network, stream)
        distances = ((voters[:, None] - positions) ** 2).sum(axis=2)
        outcome = elect_profile(Profile.of(distances.argsort(axis=1).tolist()), rule)
        won = {int(name[0]) for name in outcome.tied}
        assert {i for i in range(num_parties) if state.seats[i] > 0} == won
        assert state.seats.sum() == pytest.approx(1)


def test_who_is_out_of_play_wins_nothing(stream):
    for rule in WINNERS:
        state, network = politics(SQUEEZE, [[-1.0], [0.0], [1.0]], rule=rule)
        state.is_in_play[WINNERS[rule]] = 0
        poll(state, network, stream)
        elect(state, network, stream)
        assert state.votes[WINNERS[rule]] == state.seats[WINNERS[rule]] == 0
        assert state.seats.sum() == 1


@pytest.mark.parametrize(
    ("reward", "paid"), [("votes", [0.4, 0.4, 0.2]), ("seats", [0.5, 0.5, 0.0]), ("office", [0.5, 0.5, 0.0])]
)
def test_parties_are_paid_votes_seats_or_office_and_share_what_they_tie_for(reward, paid, version, stream):
    state, network = politics([[-1.0]] * 2 + [[1.0]] * 2 + [[5.0]], [[-1.0], [1.0], [5.0]], reward=reward)
    rewards = np.zeros(3)
    poll(state, network, stream)
    version(elect)(state, network, stream)
    version(pay)(state, rewards)
    assert rewards.tolist() == paid


# --- Lloyd's algorithm -----------------------------------------------------------------------------------------


@settings(max_examples=60)
@given(
    st.integers(1, 3),
    st.integers(1, 6),
    st.integers(1, 40),
    st.integers(0, 2**32 - 1),
)
def test_misery_never_rises_when_every_party_moves_to_its_supporters(num_dimensions, num_parties, num_voters, seed):
    generator = np.random.default_rng(seed)
    voters = generator.normal(size=(num_voters, num_dimensions))
    state, network = politics(voters, generator.normal(size=(num_parties, num_dimensions)))
    stream, before = generator.integers(0, 2**63, 4, np.uint64), math.inf
    for _ in range(12):
        poll(state, network, stream)
        assert state.misery[1] <= before * (1 + 1e-12)
        before = state.misery[1]
        state.position[:] = state.supporters


@pytest.mark.compiled
def test_aggregators_come_to_rest_in_a_centroidal_voronoi_tessellation():
    parties = Parties(num_voters=200, burn_in=299)
    simulation = Simulation(follow(parties, ["aggregator"], 5, 300), seed=1, replications=range(20))
    simulation.advance(300)
    state = simulation.environment
    assert np.array_equal(state.position, state.supporters)
    result = run(simulation.scenario, replications=20, seed=1)
    parts = result.runs.party_spread**2 + result.runs.misery
    assert parts.to_numpy() == pytest.approx(result.runs.voter_spread.to_numpy() ** 2, rel=1e-12)  # equation (1)


@pytest.mark.compiled
@pytest.mark.parametrize("num_parties", [2, 3])
def test_few_aggregators_rest_where_theory_puts_them(num_parties):
    parties = Parties(num_voters=20_000, burn_in=150)
    result = run(
        Scenario(parties, "aggregator", f"complete:n={num_parties}", 151, ()),
        replications=12,
        seed=2,
        record_every=None,
    )
    slice_width = math.pi / num_parties
    radius = math.sqrt(math.pi / 2) * math.sin(slice_width) / slice_width  # equation (2)
    assert result.runs.eccentricity.to_numpy() == pytest.approx(radius, abs=0.02)


# --- The median voter ------------------------------------------------------------------------------------------


@settings(max_examples=40)
@given(st.integers(0, 2**32 - 1), st.floats(-2, 2))
def test_the_median_voters_ideal_point_beats_every_other(seed, elsewhere):
    generator = np.random.default_rng(seed)
    voters = generator.normal(size=(21, 1))
    median = np.median(voters)
    state, network = politics(voters, [[median], [elsewhere]])
    stream = generator.integers(0, 2**63, 4, np.uint64)
    poll(state, network, stream)
    elect(state, network, stream)
    assert elsewhere == median or state.seats.tolist() == [1, 0]


def test_two_hunters_on_a_line_turn_in_step_and_their_midpoint_stays_where_no_share_changes():
    """A line leaves one direction to turn to: two Hunters who lose nothing and win nothing turn about together."""
    voters = np.linspace(-1, 1, 401)[:, None]  # evenly spread
    state, network = politics(voters, [[-0.503], [0.401]])
    learner, generator = PartyRule(rules=["hunter"]), np.random.default_rng(1)
    specification = Parties(num_dimensions=1).specification("party", 2)
    hunters, row, stream = learner.state(specification, 2), np.zeros(6), generator.integers(0, 2**63, 4, np.uint64)
    midpoints = []
    for _ in range(200):
        for i in range(2):
            Parties.observe(state, network, i, row)
            PartyRule.act(hunters, i, row, stream, state.position[i])
        poll(state, network, stream)
        midpoints.append(state.position.mean())
    assert np.ptp(midpoints[20:]) <= 0.1 + 1e-9  # one step of one party moves it by half a step


@pytest.mark.compiled
def test_two_hunters_converge_to_the_centre_of_the_plane_and_aggregators_do_not():
    found = {
        rule: run(follow(Parties(burn_in=300), [rule], 2, 800), replications=30, seed=2, record_every=None).metrics
        for rule in ("hunter", "aggregator")
    }
    assert found["hunter"]["eccentricity"].high < 0.3
    assert found["hunter"]["policy_distance"].high < 0.5
    assert found["aggregator"]["eccentricity"].low > 0.7


# --- Birth and death -------------------------------------------------------------------------------------------


def test_the_weakest_leave_as_long_as_more_than_two_are_in_play(version):
    lives = {"survival_threshold": 0.2, "fitness_memory": 0.5}
    state, network = politics([[0.0]], [[0.0], [1.0], [2.0], [3.0]], **lives)
    state.fitness[:], state.share[:] = [0.3, 0.1, 0.2, 0.5], [0.2, 0.1, 0.1, 0.6]
    assert version(bury)(state, network) == 2
    assert state.fitness.tolist() == pytest.approx([0.25, 0.1, 0.15, 0.55])
    assert state.is_in_play.tolist() == [1, 0, 0, 1]
    state.fitness[:], state.share[:] = 0.0, 0.0
    assert version(bury)(state, network) == 2
    assert state.num_deaths[0] == 2


def test_a_party_is_born_where_a_voter_stands(version, stream):
    state, network = politics([[7.0], [8.0]], [[0.0], [1.0], [2.0]], birth="random")
    state.is_in_play[1] = 0
    version(give_birth)(state, network, 2, stream)
    assert state.position[1, 0] in (7.0, 8.0)
    assert state.fitness[1] == 1 / 3
    assert (state.is_in_play[1], state.is_new[1], state.num_births[0]) == (1, 1, 1)
    version(give_birth)(state, network, 3, stream)  # no place left
    assert state.num_births[0] == 1


def test_only_the_dissatisfied_found_parties(stream):
    state, network = politics([[0.0], [3.0]], [[0.0], [9.0]], birth="dissatisfied", dissatisfaction=0.5)
    state.is_in_play[1] = 0
    state.discontent[:] = [0.0, 2.0]
    for _ in range(20):
        state.is_in_play[1] = 0
        give_birth(state, network, 1, stream)
        assert state.position[1, 0] in (9.0, 3.0)
    assert 0 < state.num_births[0] < 20


@pytest.mark.compiled
def test_new_parties_draw_a_rule_and_rewards_are_told_apart_by_rule():
    lives = {"survival_threshold": 0.1, "birth": "random", "election_every": 10, "burn_in": 100}
    simulation = Simulation(follow(Parties(num_voters=200, **lives), RULES, 8, 500), seed=4, replications=range(10))
    simulation.advance(500)
    state, learner = simulation.environment, simulation.learners["party"]
    assert state.num_births.min() > 0
    assert (learner.rule != np.arange(8) % 4).any()
    assert learner.steps_in_play.sum(axis=(1, 2)) == pytest.approx(state.sums[:, PARTIES])  # both count those in play
    assert learner.rewards.sum(axis=(1, 2)) == pytest.approx(400)  # all votes of all counted steps


# --- Changes ---------------------------------------------------------------------------------------------------


@pytest.mark.compiled
@pytest.mark.parametrize(("rule", "low", "high"), [("sticker", -1e-12, 0.75), ("aggregator", 0.9, 1.1)])
def test_parties_that_move_follow_a_shift_of_the_electorate(rule, low, high):
    parties = Parties(num_voters=300, shift=1.0, shift_step=150, burn_in=50)
    result = run(follow(parties, [rule], 4, 300), replications=20, seed=3, record_every=None)
    assert low < result.metrics["responsiveness"].value < high  # votes alone move the parties' weighted mean
    assert (result.metrics["responsiveness"].value < 0.75) == (rule == "sticker")


def test_a_party_that_is_away_gets_no_votes(stream):
    state, network = politics(SQUEEZE, [[-1.0], [0.0], [1.0]])
    network = network._replace(presence=np.array([0, 1, 0], np.int8), may_change=True)
    poll(state, network, stream)
    elect(state, network, stream)
    assert state.votes.tolist() == [40, 0, 60]
    assert state.seats.tolist() == [0, 0, 1]


# --- Measures --------------------------------------------------------------------------------------------------


@pytest.mark.compiled
@pytest.mark.parametrize("spread", [1e-6, 1e6])
def test_measures_scale_with_the_electorate(spread):
    one, other = (
        run(follow(Parties(num_voters=50, spread=size), ["aggregator"], 3, 20), replications=4, seed=1).runs
        for size in (1.0, spread)
    )
    assert (other.eccentricity / spread).to_numpy() == pytest.approx(one.eccentricity.to_numpy())
    for name in ("effective_parties", "polarisation", "congruence"):
        assert other[name].to_numpy() == pytest.approx(one[name].to_numpy())


@pytest.mark.compiled
@settings(max_examples=40)
@given(st.integers(0, 2**32 - 1))
def test_the_area_between_distributions_is_the_mean_way_from_one_to_the_other(seed):
    generator = np.random.default_rng(seed)
    first, second = np.sort(generator.normal(size=7)), np.sort(generator.normal(size=7))
    ones = np.ones(7)
    assert area_between(first, ones, second, ones) == pytest.approx(np.abs(first - second).mean())
    assert area_between(first, ones, first, ones) == 0


def test_parties_that_stand_as_voters_do_are_congruent_and_one_in_the_middle_is_not():
    voters, weights = np.random.default_rng(1).normal(size=(101, 2)), np.arange(1, 102)
    assert congruence(voters, weights, voters, weights / weights.sum()) == pytest.approx(1.0)
    middle = congruence(voters, weights, np.zeros((1, 2)), np.ones(1))
    assert middle == pytest.approx(
        1 - np.mean(weights @ np.abs(voters) / weights.sum() / np.sqrt(variances(voters, weights)) / 2)
    )
    assert math.isnan(congruence(np.zeros((3, 1)), np.ones(3), np.zeros((1, 1)), np.ones(1)))


# --- Bad input -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        (
            {"voters": "gaussian"},
            "voters: 'gaussian' is not accepted; accepted: normal, uniform, camps, or a .csv",
        ),
        ({"voters": "file"}, "voters: 'file' is not accepted"),
        ({"num_dimensions": 4}, "num_dimensions: 4 is not accepted; accepted: an int, >= 1, <= 3"),
        (
            {"shift": 1.0, "shift_step": 5, "burn_in": 5},
            "shift_step: 5 is not accepted; accepted: a step after",
        ),
        ({"rule": "first past the post"}, "rule: 'first past the post' is not accepted"),
        ({"threshold": 1.0}, "threshold: 1.0 is not accepted"),
        ({"spread": 1e300}, "spread: 1e+300 is not accepted"),
        ({"spread": 1e-200}, "spread: 1e-200 is not accepted"),
        ({"separation": 1e300}, "separation: 1e+300 is not accepted"),
        ({"shift": -1e300, "shift_step": 5}, "shift: -1e+300 is not accepted"),
        ({"step": 1e300}, "step: 1e+300 is not accepted"),
    ],
)
def test_what_cannot_be_is_refused(parameters, message):
    with pytest.raises(ParameterError) as error:
        Parties(**parameters)
    assert message in str(error.value)


def test_rivals_are_fewer_than_parties():
    with pytest.raises(ParameterError, match="num_rivals: 3 is not accepted; accepted: fewer than the 3 parties"):
        run(Scenario(Parties(num_rivals=3), "sticker", "complete:n=3", 5))


def test_moves_have_one_length_and_the_middle_one_is_to_stay():
    for num_dimensions in (1, 2, 3):
        moves = moves_of(num_dimensions, 0.3)
        lengths = np.linalg.norm(moves, axis=1)
        assert lengths[len(moves) // 2] == 0
        assert np.delete(lengths, len(moves) // 2) == pytest.approx(0.3)
