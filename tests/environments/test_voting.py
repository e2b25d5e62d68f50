"""Elections again and again: voters who learn how to vote."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from socialsim.ballots.forms import ballot_forms, form_of, pair_code, sincere_form
from socialsim.ballots.rules import winners
from socialsim.ballots.tallies import RULES
from socialsim.core.errors import ParameterError
from socialsim.engine.links import FAILED
from socialsim.engine.parts import make_learner
from socialsim.engine.run import run
from socialsim.environments.voting import Voting, scenario, small
from socialsim.environments.voting.measures import METRICS, end_period
from socialsim.environments.voting.mechanics import COUNTED, DECIDED, PARTIES, TURNOUT, translate
from socialsim.learning.sincere import Sincere
from socialsim.testing.links import by_hand

ELECTING = [rule for rule in RULES if rule != "condorcet"]
TOWN = [[0, 1, 2], [0, 1, 2], [1, 0, 2], [2, 1, 0], [2, 1, 0]]  # the voter in the middle decides between 0 and 2


def plain(function):
    """Return a compiled function as the plain Python that it was written as."""
    return getattr(function, "py_func", function)


def stand(rankings, **rules):
    """Return the state of an electorate with these rankings, whose k-th best candidate of m is worth m - 1 - k."""
    rankings = np.array(rankings)
    env = Voting(num_candidates=rankings.shape[1], **rules).state(len(rankings))
    env.rankings[:] = rankings
    env.utilities[:] = rankings.shape[1] - 1.0 - np.argsort(rankings, axis=1)
    plain(translate)(env.rule, env.forms, env.rankings, env.ballot_of, env.place)
    env.cast[:] = env.ballot_of[:, env.sincere]
    return env


def elect(env, actions, stream, presence=None):
    """Hold one election; return rewards."""
    rewards = np.zeros(len(actions))
    network = by_hand(len(actions), presence)
    with np.errstate(over="ignore"):
        plain(Voting.advance)(env, network, np.array(actions), rewards, stream)
    return rewards


class StaysHome(Sincere):
    """Takes the last action, which is to abstain."""

    def state(self, specification, num_agents):
        return super().state(specification, num_agents)._replace(sincere=specification.num_actions - 1)


def see(env, i, num_options=0, network=None):
    """Return what voter i observes."""
    if num_options:
        out = np.zeros(num_options)
        plain(Voting.observe)(env, network, i, out)
        return out
    return int(plain(Voting.observe)(env, network, i))


# --- By hand ---------------------------------------------------------------------------------------------------


def test_who_votes_for_whom_is_read_with_ones_own_ranking(stream):
    env = stand(TOWN)
    rewards = elect(env, [0, 0, 1, 0, 0], stream)  # the third voter for its second choice, 0
    assert env.cast.tolist() == [0, 0, 0, 2, 2]
    assert env.outcomes[0, 0] == 0b001
    assert rewards.tolist() == [2, 2, 1, 0, 0]


def test_a_tie_pays_the_mean_the_first_or_one_drawn(stream):
    assert elect(stand(TOWN), [0] * 5, stream).tolist() == [1, 1, 0.5, 1, 1]  # 0 and 2 tie
    assert elect(stand(TOWN, ties="first"), [0] * 5, stream).tolist() == [2, 2, 1, 0, 0]
    drawn = [tuple(elect(stand(TOWN, ties="random"), [0] * 5, stream)) for _ in range(400)]
    assert set(drawn) == {(2, 2, 1, 0, 0), (0, 0, 0, 2, 2)}
    assert drawn.count((2, 2, 1, 0, 0)) == pytest.approx(200, abs=45)


def test_voting_costs_and_abstention_does_not(stream):
    env = stand(TOWN, abstention=True, voting_cost=0.25)
    assert elect(env, [0, 0, 0, 0, 3], stream).tolist() == [1.75, 1.75, 0.75, -0.25, 0.0]
    assert env.counts.tolist() == [2, 1, 1, 1]
    assert env.sums[[COUNTED, TURNOUT]].tolist() == [1.0, 0.8]


def test_where_nobody_votes_all_tie(stream):
    for rule in ELECTING:
        env = stand(TOWN, rule=rule, abstention=True)
        assert elect(env, [len(env.forms)] * 5, stream).tolist() == [1.0] * 5, rule


def test_those_who_are_away_neither_vote_nor_earn(stream):
    env = stand(TOWN)
    assert elect(env, [0] * 5, stream, [0, 0, 0, FAILED, 0]).tolist() == [2, 2, 1, 0, 0]
    assert env.sums[TURNOUT] == 1.0


def test_a_poll_shows_leader_and_second_by_their_places(stream):
    env = stand(TOWN)
    elect(env, [0, 0, 0, 0, 1], stream)  # votes 2, 2, 1: 0 and 1 tie for the lead
    env.order[:] = [2, 0, 1]
    assert [see(env, i) for i in (0, 2, 3)] == [pair_code(3, 0, 1), pair_code(3, 1, 0), pair_code(3, 2, 1)]
    env.order[:] = [1, 2, 0]
    assert [see(env, i) for i in (0, 2, 3)] == [pair_code(3, 1, 0), pair_code(3, 0, 1), pair_code(3, 1, 2)]


@pytest.mark.parametrize("ties", ["mean", "first", "random"])
def test_who_leads_among_equals_is_drawn_by_lot_for_each_poll(ties, stream):
    env = stand(TOWN, ties=ties)
    seen = []
    for _ in range(400):
        elect(env, [0] * 5, stream)  # votes 2, 1, 2
        seen.append(see(env, 0))
    assert set(seen) == {pair_code(3, 0, 2), pair_code(3, 2, 0)}
    assert seen.count(pair_code(3, 0, 2)) == pytest.approx(200, abs=45)


def test_where_fewer_than_two_have_votes_nobody_is_in_front_and_voters_stay_sincere(stream):
    env = stand(TOWN)
    elect(env, [0, 0, 1, 2, 2], stream)  # all for 0
    assert [see(env, i) for i in range(5)] == [6] * 5
    for rule in ELECTING:
        specification = Voting(rule=rule).specification("agent", 5)
        assert specification.num_observations == 7
        assert specification.fact("front_runner_replies")[6] == sincere_form(rule, 3)


def test_a_small_poll_asks_so_many(stream):
    env = stand(TOWN, poll_size=4)
    shown = []
    for _ in range(300):
        elect(env, [0] * 5, stream)
        assert env.poll.sum() == 4
        shown.append(env.poll.copy())
    assert np.mean(shown, axis=0) == pytest.approx([1.6, 0.8, 1.6], abs=0.25)


def test_the_winner_is_seen_by_its_place(stream):
    env = stand(TOWN, observation="winner")
    elect(env, [0, 0, 1, 0, 0], stream)
    assert [see(env, i) for i in range(5)] == [0, 0, 1, 2, 2]


def test_of_tied_winners_one_drawn_by_lot_is_seen_unless_the_first_wins(stream):
    for ties, expected in (("mean", {0, 2}), ("random", {0, 2}), ("first", {0})):
        env = stand(TOWN, ties=ties, observation="winner")
        seen = set()
        for _ in range(40):
            elect(env, [0] * 5, stream)
            seen.add(see(env, 0))
        assert seen == expected


def test_neighbours_are_those_whom_one_hears(stream):
    env = stand(TOWN, observation="neighbours")
    elect(env, [0] * 5, stream)
    network = by_hand([[0, 3, 4], [3, 4], [], [], []])
    assert see(env, 0, network=network) == pair_code(3, 2, 0)  # hears one vote for 0 and two for 2
    assert see(env, 1, network=network) == 6  # hears two for 2, none for others
    assert see(env, 2, network=network) == 6  # hears nobody


# --- Properties and theorems -----------------------------------------------------------------------------------


@pytest.mark.compiled
@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(ELECTING),
    st.lists(st.permutations(range(3)), min_size=1, max_size=6),
    st.sampled_from(["mean", "first"]),
    st.booleans(),
    st.data(),
)
def test_payoffs_shown_are_those_of_electing_again_with_another_ballot(rule, rankings, ties, abstention, data):
    stream = np.arange(1, 5, dtype=np.uint64)
    rules = {"rule": rule, "ties": ties, "abstention": abstention, "voting_cost": 0.1}
    num_options = len(ballot_forms(rule, 3)) + abstention
    actions = [data.draw(st.integers(0, num_options - 1)) for _ in rankings]
    env = stand(rankings, observation="payoffs", **rules)
    assert see(env, 0, num_options).tolist() == [0.0] * num_options  # before the first election
    rewards = elect(env, actions, stream)
    i = data.draw(st.integers(0, len(rankings) - 1))
    shown = see(env, i, num_options)
    assert shown[actions[i]] == rewards[i]
    for other in range(num_options):
        changed = [*actions[:i], other, *actions[i + 1 :]]
        assert shown[other] == elect(stand(rankings, **rules), changed, stream)[i]


@pytest.mark.compiled
@pytest.mark.parametrize("rule", ELECTING)
def test_sincere_voters_elect_whom_the_rule_elects(rule):
    result = run(
        scenario().replace({"environment.rule": rule, "learner": "sincere", "horizon.steps": 25, "network.n": 21}),
        replications=60, seed=1, record_every=None,
    )  # fmt: skip
    runs = result.runs
    assert runs.condorcet.to_numpy() == pytest.approx(runs.sincere_condorcet.to_numpy(), nan_ok=True)
    assert runs.utility_gain.to_numpy() == pytest.approx(runs.sincere_utility_gain.to_numpy())
    assert runs.parties.to_numpy() == pytest.approx(runs.sincere_parties.to_numpy())
    assert (runs.period == 1).all()
    assert runs.gain_at_the_end.to_numpy() == pytest.approx(runs.regret.to_numpy())


@pytest.mark.compiled
def test_duverger_plurality_deserts_all_but_two_and_approval_does_not():
    late = {"environment.burn_in": 50, "environment.culture": "impartial"}
    plurality = run(scenario().replace(late), replications=60, seed=1, record_every=None).runs
    assert (plurality.sincere_parties > 3.5).all()
    assert (plurality.parties <= 2.0 + 1e-9).all()
    assert plurality.parties.mean() > 1.8  # a close race of two
    approval = scenario().replace(late | {"environment.rule": "approval"})
    assert run(approval, replications=60, seed=1, record_every=None).runs.parties.min() > 3.0


@pytest.mark.compiled
def test_the_leader_rule_elects_the_condorcet_winner_by_approval():
    """Laslier 2009: if leader-rule voters come to rest with a Condorcet winner in the race, it is elected."""
    laslier = scenario().replace({"environment.rule": "approval", "environment.burn_in": 80})  # the window is counted
    runs = run(laslier, replications=200, seed=1, record_every=None).runs
    rest = runs[(runs.period == 1) & runs.condorcet.notna()]
    assert len(rest) > 150
    assert (rest.condorcet == 1.0).all()


@pytest.mark.compiled
def test_borda_voters_who_all_answer_every_poll_go_in_cycles():
    borda = scenario().replace({"environment.rule": "borda", "learner.revision_rate": 1.0, "network.n": 21})
    metrics = run(borda, replications=40, seed=1, record_every=None).metrics
    assert metrics["convergence"].value == 0.0
    assert metrics["cycles"].value > 0.5  # the others are kept from it by lots for equals in the poll


def test_best_replies_end_in_a_nash_equilibrium():
    replies = small().replace(
        {"learner": "best_reply:revision_rate=0.3", "environment.observation": "payoffs", "horizon.steps": 3000}
    )
    for rule in ("plurality", "approval", "minimax"):
        result = run(replies.replace({"environment.rule": rule}), replications=40, seed=1, record_every=None)
        settled = result.runs[result.runs.stop == "settled"]
        assert len(settled) > 20
        assert (settled.gain_at_the_end == 0.0).all()


@pytest.mark.compiled
def test_turnout_falls_with_the_cost_of_voting():
    learner = {"learner": "best_reply:revision_rate=0.3", "environment.observation": "payoffs"}
    election = small().replace(learner | {"environment.abstention": True, "horizon.steps": 300})
    shares = [
        run(election.replace({"environment.voting_cost": cost}), replications=40, seed=1, record_every=None)
        .metrics["turnout"].value
        for cost in (0.001, 0.3, 30.0)
    ]  # fmt: skip
    assert shares == sorted(shares, reverse=True)
    assert shares[2] < 0.45 < shares[0]


def test_effective_parties_are_those_of_the_votes(stream):
    env = stand(TOWN)
    elect(env, [0] * 5, stream)
    assert env.sums[PARTIES] == pytest.approx(25 / (4 + 1 + 4))


def test_parties_are_averaged_over_the_elections_with_votes(stream):
    env = stand(TOWN, abstention=True)
    elect(env, [0] * 5, stream)
    elect(env, [3] * 5, stream)
    assert env.sums[[COUNTED, DECIDED]].tolist() == [2.0, 1.0]
    assert env.sums[PARTIES] / env.sums[DECIDED] == pytest.approx(25 / 9)
    once = small().replace({"environment.abstention": True, "horizon.steps": 1, "learner": StaysHome()})
    metrics = run(once, replications=4, seed=1).metrics
    assert metrics["turnout"].value == 0.0
    assert metrics["effective_parties"].reason == "no vote was cast after environment.burn_in"


def test_under_approval_every_set_of_ones_best_is_sincere(stream):
    env = stand(TOWN, rule="approval")
    elect(env, [0b001, 0b011, 0b111, 0b010, 0b101], stream)
    one = env._replace(**{name: getattr(env, name)[None] for name in ("cast", "ballot_of")})
    assert Voting(rule="approval").columns(one)["sincere"].tolist() == [[1, 1, 1, 0, 0]]
    town = {"environment.rule": "approval", "environment.culture": "impartial", "horizon.steps": 1}
    metrics = run(small().replace(town | {"learner": "sincere"}), replications=300, seed=1).metrics
    assert metrics["manipulable"].value == 0.0
    assert metrics["regret_of_sincerity"].value > 0.0


def test_the_manipulable_share_of_small_electorates_is_that_of_all_profiles():
    """Three voters, three candidates, ties to the first: a sixth of all profiles under plurality."""
    three = small().replace(
        {"network.n": 3, "environment.culture": "impartial", "environment.ties": "first", "learner": "sincere"}
    )
    share = run(three.replace({"horizon.steps": 1}), replications=3000, seed=1, record_every=None).metrics[
        "manipulable"
    ]
    assert share.value == pytest.approx(1 / 6, abs=4 * share.standard_error)


# --- How runs end, other learners, bad input --------------------------------------------------------------------


def test_periods_are_found_and_nothing_else():
    assert end_period(np.array([1, 2, 3, 1, 2, 3]), 6) == 3.0
    assert np.isnan(end_period(np.array([1, 2, 3, 4, 1, 2]), 6))  # a period of four needs a window of eight
    assert end_period(np.array([9, 9, 9, 9]), 400) == 1.0


def test_runs_shorter_than_the_window_do_not_say_how_they_end():
    metrics = run(small().replace({"horizon.steps": 10}), replications=3).metrics
    assert (
        metrics["convergence"].reason == metrics["cycles"].reason == "runs have fewer elections than environment.window"
    )
    metrics = run(small().replace({"environment.burn_in": 30}), replications=3).metrics
    assert metrics["turnout"].reason == "no election was counted after environment.burn_in"
    assert len(metrics) == len(METRICS)


@pytest.mark.parametrize(
    ("learner", "rules"),
    [
        ("boltzmann_q", {}),
        ("trial_and_error", {"observation": "winner"}),
        ("exp3", {"culture": "urn"}),
        ("regret_matching", {"observation": "payoffs", "rule": "instant_runoff"}),
        ("poll_reply", {"observation": "neighbours"}),
    ],
)
def test_other_learners_can_vote(learner, rules):
    assert make_learner(learner).state(Voting(**rules).specification("agent", 7), 7) is not None


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"environment.rule": "condorcet"}, "environment.rule: 'condorcet' is not accepted"),
        ({"environment.rule": "borda", "environment.num_candidates": 6}, "6 is not accepted under borda"),
        ({"environment.voting_cost": -0.1}, "environment.voting_cost: -0.1 is not accepted; accepted: a float, >= 0"),
        ({"environment.culture": "mallows", "environment.dispersion": 2.0}, "2.0 is not accepted with culture mallows"),
        ({"learner": "best_reply"}, "needs an environment that shows what each action would pay"),
        ({"learner": "poll_reply", "environment.observation": "winner"}, "the fact 'front_runner_replies'"),
        ({"learner": "q_learning", "environment.observation": "payoffs"}, "environment.observation=poll"),
        ({"learner": "exp3"}, "accepted: learner.reward_low and learner.reward_high"),
    ],
)
def test_bad_input_is_refused_in_one_line(change, words):
    with pytest.raises(ParameterError) as error:
        run(small().replace(change), replications=1)
    assert words in str(error.value)
    assert "\n" not in str(error.value)


def test_sincere_forms_are_the_sincere_ballots():
    for rule, ranking in itertools.product(ELECTING, itertools.permutations(range(3))):
        forms = ballot_forms(rule, 3)
        ballot = forms[form_of(RULES[rule], forms, np.array([ranking]), 0, sincere_form(rule, 3))]
        if rule not in ("plurality", "approval"):
            assert winners([[ranking]], rule)[0].tolist() == winners([[ballot]], rule)[0].tolist()
