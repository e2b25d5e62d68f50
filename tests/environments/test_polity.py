"""Polities: elections by hand, three time scales, the median voter, and who finds the better rule."""

import math

import numpy as np
import pytest
from scipy.stats import binomtest

from socialsim.core.errors import ParameterError
from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.environments.polity import POLITICIAN, RULE_DESIGNER, Polity, scenario
from socialsim.environments.polity.measures import METRICS
from socialsim.environments.polity.mechanics import DISTANCE, MENU, PARTIES, TURNOUT, WELFARE, WORST, find_median
from socialsim.testing.links import by_hand

POLICY = "q_learning:discount=0.0,initial_value=1.0,"
VOTERS = np.array([0.0, 0.1, 0.4, 0.6, 1.0])  # ideal points


def hold(polity, actions, stream, away=(), version=lambda f: f, voters=VOTERS):
    """Return the state after one election among five voters and what everybody is paid."""
    n = len(voters)
    state, rewards = polity.state(len(actions)), np.zeros(len(actions))
    state.ideals[:n, 0] = voters
    version(find_median)(state)
    version(Polity.advance)(state, by_hand(len(actions), failed=away), np.array(actions), rewards, stream)
    return state, rewards


def fixed(**values):
    """Return a polity of three politicians on eleven positions, under a rule that stays."""
    return Polity(**{"constitution": "fixed", "num_candidates": 3, **values})


def learning(polity, num_voters, steps, politician=POLITICIAN):
    """Return sincere voters, and politicians and a designer who learn: few kinds of learners, few loops to compile."""
    learners = {"voter": "constant:action=0", "politician": politician}
    if polity.constitution == "designer":
        learners["designer"] = RULE_DESIGNER
    num_agents = num_voters + polity.num_candidates + (polity.constitution == "designer")
    return Scenario(polity, learners, f"complete:n={num_agents}", steps, METRICS)


# --- By hand ---------------------------------------------------------------------------------------------------


def test_an_election_by_hand(version, stream):
    platforms = [1, 5, 9]  # at .1, .5 and .9
    state, rewards = hold(fixed(cost=0.1), [0, 0, 0, 0, 0, *platforms], stream, version=version)
    assert state.firsts.tolist() == [2, 2, 1]
    assert state.winner[0] in (0, 1)  # a tie, broken by lot
    policy = platforms[state.winner[0]] / 10
    worth = 1 - abs(VOTERS - policy)
    supported = 1 - abs(VOTERS - np.array([0.1, 0.1, 0.5, 0.5, 0.9]))
    assert rewards[:5] == pytest.approx(worth + 0.5 * supported - 0.1)
    assert rewards[5:].tolist() == [float(c == state.winner[0]) for c in range(3)]
    assert state.median[0] == 0.4
    assert state.sums[[WELFARE, WORST, DISTANCE]] == pytest.approx([worth.mean(), worth.min(), abs(policy - 0.4)])
    assert state.sums[[PARTIES, TURNOUT]] == pytest.approx([1 / (0.16 + 0.16 + 0.04), 1.0])


def test_a_second_choice_goes_to_the_top_and_the_rest_stay_in_order(version, stream):
    state, _ = hold(fixed(), [0, 0, 1, 0, 2, 1, 5, 9], stream, version=version)
    assert state.ballots.tolist() == [[0, 1, 2], [0, 1, 2], [0, 1, 2], [1, 2, 0], [0, 2, 1]]
    assert state.preference[2].tolist() == [1, 0, 2]
    assert state.firsts.tolist() == [4, 1, 0]


def test_who_abstains_saves_the_cost_and_has_no_say(stream):
    state, rewards = hold(fixed(cost=0.2), [3, 3, 0, 0, 3, 1, 5, 9], stream)
    assert state.cast.tolist() == [0, 0, 1, 1, 0]
    assert state.winner[0] == 1
    assert rewards[0] == pytest.approx(0.5)
    assert rewards[2] == pytest.approx(0.9 + 0.5 * 0.9 - 0.2)
    assert state.sums[TURNOUT] == 0.4


@pytest.mark.parametrize("rule", MENU)
def test_an_election_without_votes_is_a_lottery(rule, stream):
    winners = {int(hold(fixed(rule=rule), [3] * 5 + [1, 5, 9], stream)[0].winner[0]) for _ in range(40)}
    assert winners == {0, 1, 2}


def outcomes_after(elections, stream, polity=None):
    """Return what a run comes to whose elections have these actions."""
    polity = polity or fixed()
    state, rewards = polity.state(len(elections[0])), np.zeros(len(elections[0]))
    state.ideals[:5, 0] = VOTERS
    for actions in elections:
        Polity.advance(state, by_hand(len(actions)), np.array(actions), rewards, stream)
    fields = {name: value[None] if isinstance(value, np.ndarray) else value for name, value in state._asdict().items()}
    return polity.outcomes(type(state)(**fields))


def test_elections_without_votes_have_no_number_of_parties(stream):
    voted, empty = [0] * 5 + [1, 5, 9], [3] * 5 + [1, 5, 9]
    assert outcomes_after([voted, empty], stream)["effective_parties"][0] == pytest.approx(25 / 9)  # 2, 2 and 1 of 5
    assert outcomes_after([voted, empty], stream)["turnout"][0] == 0.5
    assert math.isnan(outcomes_after([empty, empty], stream)["effective_parties"][0])


@pytest.mark.parametrize(("burn_in", "changes"), [(0, 3), (1, 2), (2, 2), (3, 1), (5, 0)])
def test_changes_of_the_rule_are_between_counted_elections(burn_in, changes, stream):
    rules = [4, 2, 2, 4, 0, 0]
    elections = [[0] * 5 + [1, 5, 9, rule] for rule in rules]
    outcomes = outcomes_after(elections, stream, Polity(num_candidates=3, burn_in=burn_in))
    assert outcomes["rule_changes"][0] == changes
    counted = rules[burn_in:]
    for k, rule in enumerate(MENU):
        assert outcomes[f"share_{rule}"][0] == counted.count(k) / len(counted)
    assert math.isnan(outcomes_after(elections, stream, Polity(num_candidates=3, burn_in=6))["rule_changes"][0])


@pytest.mark.parametrize(
    ("rule", "winner"),
    [("plurality", 2), ("plurality_runoff", 0), ("instant_runoff", 0), ("borda", 1), ("copeland", 1)],
)
def test_the_squeezed_centre_wins_by_some_rules(rule, winner, stream):
    voters = np.array([0.1] * 4 + [0.49] * 2 + [0.9] * 5)  # four, two and five
    state, _ = hold(fixed(rule=rule), [0] * 11 + [1, 5, 9], stream, voters=voters)
    assert state.winner[0] == winner


def test_politicians_want_office_votes_and_policy(stream):
    polity = fixed(office=2.0, votes=3.0, ideology=4.0)
    state, rewards = hold(polity, [0, 0, 0, 1, 0, 1, 5, 9], stream)  # ideal points at 0
    assert state.winner[0] == 0 or state.firsts.tolist() == [2, 1, 2]
    policy = [0.1, 0.5, 0.9][state.winner[0]]
    expected = [2.0 * (c == state.winner[0]) + 3.0 * state.firsts[c] / 5 + 4.0 * (1 - policy) for c in range(3)]
    assert rewards[5:] == pytest.approx(expected)


def test_the_designer_sets_the_rule_and_is_paid_the_welfare(stream):
    polity = Polity(num_candidates=3, equality=0.25)
    state, rewards = hold(polity, [0] * 5 + [1, 5, 9, 4], stream)
    assert state.rule[0] == 4
    assert state.winner[0] == 1
    worth = 1 - abs(VOTERS - 0.5)
    assert rewards[-1] == pytest.approx(0.75 * worth.mean() + 0.25 * worth.min())


def test_who_is_away_neither_votes_nor_counts(stream):
    state, rewards = hold(fixed(), [0] * 5 + [1, 5, 9], stream, away=(0, 1))
    assert state.cast.tolist() == [0, 0, 1, 1, 1]
    assert state.winner[0] == 1
    assert rewards[:2].tolist() == [0, 0]
    assert state.sums[WELFARE] == pytest.approx((0.9 + 0.9 + 0.5) / 3)


def test_the_poll_shows_the_better_front_runner(stream):
    voters = np.array([0.1] * 4 + [0.49] * 2 + [0.9] * 5)
    state, _ = hold(fixed(), [0] * 11 + [1, 5, 9], stream, voters=voters)
    assert state.seen[:11].tolist() == [0] * 4 + [1] * 2 + [0] * 5


def test_the_median_of_an_even_number_is_the_mean_of_the_middle():
    for voters, median in (([0.1, 0.2, 0.6, 0.9], 0.4), ([0.3, 0.3, 0.3, 0.9], 0.3), ([0.5], 0.5)):
        state = fixed().state(len(voters) + 3)
        state.ideals[: len(voters), 0] = voters
        find_median(state)
        assert state.median[0] == pytest.approx(median)


# --- Three time scales -----------------------------------------------------------------------------------------


def test_platforms_and_rules_change_only_at_their_periods():
    polity = Polity(num_candidates=3, politician_period=2, designer_period=6)
    acts = run(learning(polity, 8, 30), replications=2, seed=1, record="events").table("act").query("run == 0")
    for first, last, period in ((8, 10, 2), (11, 11, 6)):
        actions = acts.query(f"{first} <= agent <= {last}").pivot(index="step", columns="agent", values="action")
        changed = (actions.diff().iloc[1:] != 0).any(axis=1)
        assert changed.any()
        assert {int(step) % period for step in changed[changed].index} == {0}


@pytest.mark.compiled
def test_each_rule_is_tried_before_anybody_votes_on_it():
    polity = Polity(constitution="vote", constitution_period=10, rule="borda")
    for steps, tried, with_borda in ((10, 1, 10), (30, 3, 10), (50, 5, 10), (59, 5, 19)):
        runs = run(learning(polity, 11, steps), replications=2, seed=1).runs
        assert ((runs[[f"share_{name}" for name in MENU]] > 0).sum(axis=1) == tried).all()
        assert (runs.share_borda == with_borda / steps).all()
        assert (runs.rule_changes == steps // 10 - (steps % 10 == 0)).all()  # one trial after another


def test_an_amendment_needs_those_who_fared_better():
    polity = Polity(constitution="vote", menu=("plurality", "borda"), constitution_period=1, num_candidates=2)
    for share, better, rule in ((0.5, 3, 1), (0.5, 2, 0), (0.6, 3, 1), (0.8, 3, 0), (1.0, 5, 1), (1.0, 4, 0)):
        state = polity.replace(amendment_share=share).state(7)
        state.clock[0], state.tried[:] = 3, (2, 2)  # after the trials and the return of the first
        state.fared[:better, 1] = 3.0
        Polity.advance(state, by_hand(7), np.array([0] * 5 + [0, 0]), np.zeros(7), np.ones(4, np.uint64))
        assert state.rule[0] == rule


# --- Theorems and what learners find ---------------------------------------------------------------------------


@pytest.mark.compiled
def test_two_learning_politicians_meet_at_the_median_voter():
    """Hotelling and Downs: on the line a platform at the median beats every other."""
    polity = fixed(num_candidates=2, num_positions=21, politician_period=1, burn_in=15_000)
    downs = learning(polity, 51, 20_000, politician=f"{POLICY}epsilon=1.0,beta=0.0005,alpha=0.05")
    runs = run(downs, replications=20, seed=1, record_every=None).runs
    assert runs.dispersion.mean() < 0.03  # positions are .05 apart
    assert runs.distance.max() < 0.06
    control = downs.replace({"learner.politician.beta": 0.0})  # who never stops to explore
    assert run(control, replications=20, seed=1, record_every=None).runs.dispersion.mean() > 0.25


@pytest.mark.compiled
def test_a_designer_finds_the_better_of_two_rules_and_a_random_one_does_not():
    polity = Polity(menu=("plurality", "copeland"), burn_in=4000)
    quick = learning(polity, 51, 10_000)
    learned = run(quick, replications=20, seed=1, record_every=None).runs
    random = run(quick.replace({"learner.designer.epsilon": 1.0}), replications=20, seed=1, record_every=None).runs
    assert learned.share_copeland.mean() > 0.8
    assert abs(random.share_copeland.mean() - 0.5) < 0.1
    assert binomtest(int(random.rule_changes.sum()), 20 * 29, 0.5).pvalue > 1e-4  # 30 periods are counted
    gain = learned.welfare - random.welfare  # the same ideal points
    assert gain.mean() > 4 * gain.std() / len(gain) ** 0.5


@pytest.mark.compiled
def test_voters_amend_a_bad_rule_by_majority_and_keep_it_under_unanimity():
    polity = Polity(constitution="vote", menu=("plurality", "copeland"))
    half, all_of_them = (
        run(learning(polity.replace(amendment_share=share), 51, 6000), replications=20, seed=2, record_every=None).runs
        for share in (0.5, 1.0)
    )
    assert (half.last_rule == "copeland").mean() >= 0.9
    assert (all_of_them.last_rule == "plurality").mean() >= 0.9  # hardly ever has everybody fared better


@pytest.mark.compiled
def test_nothing_is_measured_before_the_burn_in():
    result = run(learning(Polity(burn_in=30), 11, 30), replications=2)
    assert all(
        "no election" in metric.reason
        for metric in (result.metrics[f.__name__] for f in METRICS if f.__name__ != "effective_parties")
    )
    assert result.metrics["effective_parties"].reason == "nobody voted in an election after environment.burn_in"


@pytest.mark.compiled
def test_shares_of_rules_are_metrics_of_their_own_and_sum_to_one():
    result = run(learning(Polity(menu=("plurality", "borda")), 8, 500), replications=6, seed=1)
    shares = [result.metrics[f"share_{rule}"] for rule in ("plurality", "borda")]
    assert sum(share.value for share in shares) == pytest.approx(1.0)
    assert result.metrics["share_copeland"].reason == "copeland is not on environment.menu"


# --- Bad input -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"rule": "veto"}, "rule: 'veto' is not on the menu; accepted: plurality"),
        ({"menu": ["plurality", "anarchy"]}, "menu: unknown rule 'anarchy'"),
        ({"menu": ["plurality", "plurality"]}, "menu: plurality, plurality is not accepted"),
        ({"menu": []}, "menu: no rule is not accepted"),
        ({"num_candidates": 1}, "num_candidates: 1 is not accepted"),
    ],
)
def test_what_is_no_polity_is_refused(parameters, message):
    with pytest.raises(ParameterError) as caught:
        Polity(**parameters)
    assert message in str(caught.value)


def test_a_network_without_voters_is_refused():
    with pytest.raises(ParameterError, match="more than 5, the politicians and the designer"):
        run(scenario().replace({"network": "complete:n=5"}), replications=1)
