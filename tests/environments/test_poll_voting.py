"""Polls among voters of some types: by hand, exactly, and with Duverger's law."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from socialsim.core.errors import ParameterError
from socialsim.core.streams import Purpose, seed_streams
from socialsim.engine.run import run
from socialsim.environments.poll_voting import PollVoting, front_runners, majority_extremes, scenario, small
from socialsim.environments.poll_voting.theory import (
    desertion_lead,
    equilibrium_policy,
    gains,
    regional_share,
    vote_shares,
    voting_equilibria,
    winning_chances,
)
from socialsim.limits.games import Game
from socialsim.limits.solvers import solve
from socialsim.testing.links import by_hand

SINCERE, WITH_A, WITH_B = (0, 1, 2), (0, 0, 2), (1, 1, 2)

shares_of_three = (
    st.tuples(*[st.floats(0.0, 1.0)] * 3).filter(lambda z: sum(z) > 0.01).map(lambda z: [each / sum(z) for each in z])
)


def poll(game, states, actions):
    """Return rewards and state after one poll of voters who all hear each other."""
    n = len(states)
    network = by_hand(n)
    state, rewards = game.state(n), np.zeros(n)
    state.states[:] = states
    with np.errstate(over="ignore"):
        PollVoting.advance(
            state, network, np.array(actions), rewards, seed_streams(1, np.arange(1), Purpose.DYNAMICS)[0]
        )
    return rewards, state


def test_a_poll_by_hand():
    """Four voters; the first hears B, C, C, and names A, as it did."""
    game = PollVoting(precision=3.0, weight=0.5, switching=0.125)
    rewards, state = poll(game, [0, 4, 8, 8], [0, 1, 2, 2])
    hopes = np.exp(3.0 * np.array([0.0 + 0.5, 1 / 3, 2 / 3]))  # its own voice is worth half of all
    assert rewards[0] == pytest.approx((hopes @ [1.0, 0.6, 0.0]) / hopes.sum(), abs=1e-15)
    assert state.states.tolist() == [0, 4, 8, 8]
    changed, state = poll(game, [1, 4, 8, 8], [0, 1, 2, 2])
    assert changed[0] == pytest.approx(rewards[0] - 0.125, abs=1e-15)  # it named B last
    assert changed[1:].tolist() == rewards[1:].tolist()
    assert state.states.tolist() == [0, 4, 8, 8]


@given(shares_of_three, st.integers(0, 2), st.integers(0, 2), st.floats(0.1, 30.0), st.floats(0.001, 0.2))
def test_a_vote_is_worth_what_the_election_is_worth_with_its_weight_added(z, kind, vote, precision, weight):
    game = PollVoting(precision=precision, weight=weight, switching=0.0)
    chances = winning_chances(game, np.array(z) + weight * np.eye(3)[vote])
    paid = PollVoting.reward(game.state(1), 0, 3 * kind + vote, vote, np.array(z))
    assert paid == pytest.approx(float(chances @ game.utilities[kind]), abs=1e-12)
    expected = float(winning_chances(game, z) @ game.utilities[kind])
    assert paid - expected == pytest.approx(gains(game, z)[kind, vote], abs=1e-12)


@given(shares_of_three, st.integers(0, 2), st.integers(0, 2))
def test_a_weak_voice_gains_myerson_and_webers_sum_over_pivots(z, kind, vote):
    game = PollVoting(weight=1e-7, precision=5.0)
    chances, utility = winning_chances(game, z), np.array(game.utilities[kind])
    rating = sum(chances[vote] * chances[other] * (utility[vote] - utility[other]) for other in range(3))
    assert gains(game, z)[kind, vote] == pytest.approx(5.0 * 1e-7 * rating, rel=1e-5, abs=1e-14)


@given(st.integers(0, 5), st.data())
def test_agents_are_paid_and_moved_by_the_very_functions_of_the_limits(seed, data):
    """Bit by bit: a poll of agents beside the tables of the game at what each of them felt."""
    game = PollVoting(shows_poll=True, expressive=0.1)
    n = data.draw(st.integers(2, 6))
    draw = np.random.default_rng(seed)
    states, actions = draw.integers(0, 9, n), draw.integers(0, 3, n)
    rewards, after = poll(game, states, actions)
    tables = Game(game)
    for i in range(n):
        successors, chances = tables.step(0, after.aggregates[i])
        assert chances[states[i], actions[i]].tolist() == [1.0]
        assert after.states[i] == successors[states[i], actions[i], 0]
        assert rewards[i] == tables.reward(0, after.aggregates[i])[states[i], actions[i]]
        assert after.signals[i] == front_runners(after.aggregates[i], 3)


@pytest.mark.parametrize(
    ("z", "seen"),
    [((0.5, 0.3, 0.2), 1), ((0.5, 0.2, 0.3), 2), ((0.2, 0.5, 0.3), 4), ((0.1, 0.2, 0.7), 6), ((0, 0, 1), 5)],
)
def test_a_poll_tells_who_leads_and_who_is_second(z, seen):
    assert front_runners(np.array(z, float), 3) == seen


def test_who_hears_nobody_is_told_of_no_leader():
    assert front_runners(np.zeros(3), 3) == 0


def test_a_divided_majority_has_a_sincere_and_two_duvergerian_equilibria():
    found = {each.votes: each for each in voting_equilibria(PollVoting())}
    assert set(found) == {SINCERE, WITH_A, WITH_B}
    assert [found[votes].num_parties for votes in (SINCERE, WITH_A, WITH_B)] == [3, 2, 2]
    assert found[SINCERE].shares.argmax() == 2  # the Condorcet loser leads
    assert found[WITH_A].shares.tolist() == [0.6, 0.0, 0.4]


@given(st.floats(1.0, 60.0), st.floats(0.1, 0.9), st.floats(0.51, 0.8))
def test_duverger_needs_a_majority_above_the_desertion_lead(precision, second, majority):
    """Two roads: all assignments, and the root of one equation."""
    game = PollVoting(
        precision=precision,
        utilities=((1.0, second, 0.0), (second, 1.0, 0.0), (0.0, 0.0, 1.0)),
        type_shares=(majority / 2, majority / 2, 1.0 - majority),
    )
    lead = desertion_lead(game)
    votes = [each.votes for each in voting_equilibria(game)]
    if abs(lead - majority) < 1e-6:
        return
    assert (WITH_A in votes) == (lead < majority) == (WITH_B in votes)
    assert SINCERE in votes


def test_the_sincere_equilibrium_withstands_a_lead_that_vanishes_as_one_over_the_precision():
    precisions = np.array([40.0, 80.0, 160.0, 320.0])
    leads = [desertion_lead(PollVoting(precision=beta, weight=1e-4)) for beta in precisions]
    assert leads == pytest.approx(math.log(1 / 0.6) / precisions, rel=0.05)
    assert np.polyfit(np.log(precisions), np.log(leads), 1)[0] == pytest.approx(-1.0, abs=0.03)


@pytest.mark.parametrize("majority", [0.7, 0.75, 0.8])
def test_a_majority_that_wins_though_divided_deserts_where_the_third_overtakes_the_second(majority):
    """Equation (5'), even where the chance of C is below the rounding of utilities."""
    shares = (majority / 2, majority / 2, 1 - majority)
    for precision in (40.0, 160.0, 640.0):
        game = PollVoting(type_shares=shares, precision=precision, weight=1e-4)
        expected = 3 * majority - 2 + 2 * math.log((1 + math.exp(precision * 1e-4)) * 0.4 / 0.6) / precision
        assert desertion_lead(game) == pytest.approx(expected, abs=0.05 / precision)
        assert WITH_A in [each.votes for each in voting_equilibria(game)]


def test_between_the_equilibria_one_more_deserter_makes_desertion_pay():
    game = PollVoting()
    deserters = desertion_lead(game) / 0.6
    paid = []
    for share in (deserters - 0.01, deserters, deserters + 0.01):
        gained = gains(game, [0.3 + 0.3 * share, 0.3 - 0.3 * share, 0.4])[1]
        paid.append(gained[0] - gained[1])
    assert paid[1] == pytest.approx(0.0, abs=1e-12)
    assert paid[0] < 0.0 < paid[2]


def test_who_must_express_itself_is_sincere():
    """The slack of Duverger's equilibrium is what expression must outweigh, 1 - 0.6 a unit."""
    slack = next(each.slack for each in voting_equilibria(PollVoting()) if each.votes == WITH_A)
    for factor, holds in ((0.98, True), (1.02, False)):
        game = PollVoting(expressive=factor * slack / 0.4)
        assert (WITH_A in [each.votes for each in voting_equilibria(game)]) is holds


def test_in_the_mean_field_nobody_gains_by_leaving_a_voting_equilibrium_and_somebody_gains_elsewhere():
    game = PollVoting(switching=0.0)
    limit, found = Game(game).mean_field(), {each.votes for each in voting_equilibria(game)}
    for votes in [*found, (0, 1, 1), (1, 0, 2), (2, 2, 2)]:
        policy = equilibrium_policy(game, votes)
        evaluation = limit.evaluate(policy)
        assert evaluation.flow.aggregates[-1, 0].tolist() == pytest.approx(vote_shares(game, votes).tolist(), abs=1e-15)
        assert (evaluation.exploitability < 1e-12) is (votes in found)


def test_habit_upholds_what_the_cost_of_change_outweighs():
    """Equation (4), beside the mean field, where nobody gains by changing once and staying."""
    costly = PollVoting(switching=0.05)
    limit = Game(costly).mean_field()
    free, upheld = voting_equilibria(costly), voting_equilibria(costly, by_habit=True)
    assert len(upheld) > len(free)
    for each in upheld:
        assert limit.exploitability(equilibrium_policy(costly, each.votes)) < 1e-12
    for votes in ((0, 0, 1), (1, 0, 2), (2, 2, 0)):
        assert votes not in {each.votes for each in upheld}
        assert limit.exploitability(equilibrium_policy(costly, votes)) > 1e-3


def test_a_solver_finds_the_sincere_equilibrium_from_the_middle_and_duvergers_from_a_lead():
    game = PollVoting(switching=0.0)
    limit = Game(game).mean_field()
    found = solve(limit, "fixed_point", iterations=20, tolerance=1e-12, start=equilibrium_policy(game, SINCERE))
    assert found.num_iterations == 0
    start = equilibrium_policy(game, SINCERE)
    lead = desertion_lead(game)
    for excess, expected in ((-0.005, SINCERE), (0.005, WITH_A)):
        start[3:6] = [(lead + excess) / 0.6, 1.0 - (lead + excess) / 0.6, 0.0]
        found = solve(limit, "fixed_point", iterations=20, tolerance=1e-12, start=start)
        assert found.converged
        assert found.evaluation.flow.aggregates[-1, 0] == pytest.approx(vote_shares(game, expected), abs=1e-12)


def test_regions_keep_parties_of_their_own_above_the_share_of_links_within():
    game = PollVoting(switching=0.0)
    policies = np.stack([equilibrium_policy(game, WITH_A), equilibrium_policy(game, WITH_B)])[None]
    for excess, holds in ((-0.01, False), (0.01, True)):
        within = regional_share(game) + excess
        limit = Game(game).graphon([[within, 1.0 - within], [1.0 - within, within]])
        assert (limit.exploitability(policies) < 1e-12) is holds


def test_one_region_is_the_mean_field():
    game = Game(PollVoting())
    policy = np.random.default_rng(1).dirichlet(np.ones(3), 9)
    one = game.mean_field().evaluate(policy)
    two = game.graphon(np.full((2, 2), 0.5)).evaluate(policy)
    assert two.exploitability == pytest.approx(one.exploitability, abs=1e-12)
    assert two.best_q[0, 1] == pytest.approx(one.best_q[0, 0], abs=1e-12)


def test_majorities_choose_between_candidates_two_by_two():
    game = PollVoting()
    winner, loser = majority_extremes([[0.3, 0.3, 0.4], [0.35, 0.25, 0.4], [0.2, 0.2, 0.6]], game.utilities)
    assert winner.tolist() == [-1, 0, 2]
    assert loser.tolist() == [2, 2, -1]


def test_outcomes_count_the_last_poll():
    game = PollVoting(precision=200.0, weight=0.01)
    state = game.state(4)
    outcomes = game.outcomes(state._replace(states=np.array([[0, 3, 8, 8]])))  # B's friend names A; two name C
    assert [outcomes[name][0] for name in ("votes_0", "votes_1", "votes_2", "sincere")] == [0.5, 0.0, 0.5, 0.75]
    assert outcomes["effective_parties"][0] == pytest.approx(2.0)
    assert math.isnan(outcomes["condorcet"][0])  # A and C: two voters each
    assert outcomes["welfare"][0] == pytest.approx(0.5 * (1.6 + 0.0) / 4 + 0.5 * 2 / 4)


@pytest.mark.parametrize(("votes", "leads"), [([2, 2, 0, 0, 1], 0.0), ([2, 2, 2, 0, 0], 1.0), ([0, 0, 0, 2, 2], 0.0)])
def test_a_candidate_that_shares_the_lead_does_not_lead(votes, leads):
    """Voters of the types 2, 2, 1, 0, 0: C is the Condorcet loser."""
    state = PollVoting().state(5)._replace(states=3 * np.array([[2, 2, 1, 0, 0]]) + np.array([votes]))
    outcomes = PollVoting().outcomes(state)
    assert outcomes["condorcet_loser"].tolist() == [leads]


def test_rewards_stay_within_the_range_that_learners_are_told():
    utilities = ((3.0, 2.0, 1.0), (-1.0, 0.5, 1.0))
    game = PollVoting(type_shares=(0.5, 0.5), utilities=utilities, expressive=0.5, switching=0.25, precision=700.0)
    low, high = game.specification("agent", 5).facts["reward_range"]
    assert (low, high) == (-1.5 - 0.25, 4.5)
    paid = np.array([Game(game).reward(0, z) for z in np.eye(3)])
    assert (paid >= low - 1e-12).all()
    assert (paid <= high + 1e-12).all()
    assert paid.max() == pytest.approx(high)  # A is sure to win, and named by who likes it


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"type_shares": (0.5, 0.6, 0.1)}, "type_shares: .* sum to 1"),
        ({"type_shares": (0.5, 0.5)}, "utilities: 3 rows .* one for each of 2 types"),
        ({"utilities": ((1.0, 0.0), (1.0, 0.0), (1.0,))}, "utilities: 1 numbers in row 2"),
        ({"precision": 1e5}, "weight: 0.05 is not accepted with a precision of 100000"),
    ],
)
def test_tables_that_do_not_fit_are_refused(wrong, message):
    with pytest.raises(ParameterError, match=message):
        PollVoting(**wrong)


def test_polls_may_be_run_by_agents_who_learn():
    result = run(small(), replications=3, seed=1)
    assert result.runs.steps.tolist() == [15, 15, 15]
    assert np.isfinite(result.runs.welfare).all()


@pytest.mark.compiled
def test_compiled_tables_of_the_limits_have_the_bits_of_plain_python():
    """And so have compiled agents, as all environments."""
    game = small().environment
    tables, env = Game(game), game.state(1)
    for z in np.random.default_rng(1).dirichlet(np.ones(3), 5):
        paid = tables.reward(0, z)
        for s, a in np.ndindex(paid.shape):
            assert paid[s, a] == PollVoting.reward.py_func(env, 0, s, a, z)


@pytest.mark.compiled
def test_learners_are_sincere_in_a_vague_election_and_leave_the_weakest_candidate_in_a_clear_one():
    vague, clear = (
        run(scenario().replace({"environment.precision": beta}), replications=40, seed=1, record_every=None).metrics
        for beta in (2.0, 20.0)
    )
    assert vague["sincere_share"].low > clear["sincere_share"].high
    assert vague["effective_parties"].low > clear["effective_parties"].high
    assert vague["condorcet_loser_rate"].low > clear["condorcet_loser_rate"].high
