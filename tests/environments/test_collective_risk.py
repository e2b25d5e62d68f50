"""Groups that must reach a target together."""

from dataclasses import replace
from math import comb

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from socialsim.core.errors import ParameterError
from socialsim.core.streams import Purpose, seed_streams
from socialsim.engine.run import run
from socialsim.engine.scenario import PresenceEvent, Scenario
from socialsim.environments.collective_risk import CollectiveRisk, scenario, small
from socialsim.testing.links import by_hand


def play(game, rounds, advance=CollectiveRisk.advance):
    """Return the rewards of the last round and the state, after everybody did what the rounds say."""
    n = len(rounds[0])
    network = by_hand(n)
    state, rewards = game.state(n), np.zeros(n)
    stream = seed_streams(1, np.arange(1), Purpose.DYNAMICS)[0]
    with np.errstate(over="ignore"):
        for actions in rounds:
            advance(state, network, np.array(actions), rewards, stream)
    return rewards, state


def one_shot(**values):
    """Return the game of Santos and Pacheco: one round, the whole endowment at stake."""
    needed, size = values.pop("needed", 3), values.pop("group_size", 6)
    return CollectiveRisk(
        **{"num_rounds": 1, "endowment": 1.0, "amounts": [0.0, 0.1], "target": 0.1 * needed, "group_size": size}
        | {"at_stake": "endowment"}
        | values
    )


# --- By hand ---------------------------------------------------------------------------------------------------


def test_the_game_of_the_experiment_by_hand(version):
    """Six who put in 2 in each of ten rounds reach 120 and keep 20."""
    game = CollectiveRisk(risk=1.0)
    rewards, state = play(game, [[1] * 6] * 10, version(CollectiveRisk.advance))
    assert rewards.tolist() == [20.0] * 6
    assert state.totals.tolist() == [1, 1, 0, 6, 120, 120]
    almost = [[1] * 6] * 9 + [[1] * 5 + [0]]
    rewards, state = play(game, almost, version(CollectiveRisk.advance))
    assert rewards.tolist() == [0.0] * 6
    assert state.totals.tolist() == [1, 0, 1, 6, 118, 0]
    rewards, _ = play(game.replace(risk=0.0), almost)
    assert rewards.tolist() == [20.0] * 5 + [22.0]


def test_nothing_is_paid_before_the_last_round():
    rewards, state = play(CollectiveRisk(), [[2] * 6] * 9)
    assert not rewards.any()
    assert state.spent.tolist() == [36.0] * 6
    assert not state.totals.any()


def test_whose_whole_endowment_is_at_stake_has_spent_in_vain():
    rewards, _ = play(one_shot(risk=1.0), [[1, 1, 0, 0, 0, 0]])
    assert rewards == pytest.approx([-0.1, -0.1, 0, 0, 0, 0])


def test_agents_see_the_round_and_the_account():
    game = CollectiveRisk(group_size=2, num_rounds=3, endowment=12.0, amounts=[0.0, 4.0], target=16.0, num_classes=4)
    seen = []
    for rounds in ([[0, 0]], [[1, 0]], [[1, 1]], [[1, 1], [1, 1]]):
        _, state = play(game, rounds)
        seen.append(game.observe(state, None, 0))
    assert seen == [5 + 0, 5 + 1, 5 + 2, 10 + 4]  # five classes each round; the last has reached the target


# --- Theory ----------------------------------------------------------------------------------------------------


@given(st.integers(2, 15), st.integers(1, 15), st.floats(0.3, 1.0))
def test_equilibria_exist_from_a_critical_risk_on(size, needed, risk):
    """The equation of Santos and Pacheco: C(n-1, M-1) x^(M-1) (1-x)^(n-M) = c/(p e)."""
    needed = min(needed, size)
    game = one_shot(group_size=size, needed=needed, risk=risk)
    best = (needed - 1) / (size - 1)
    largest = comb(size - 1, needed - 1) * best ** (needed - 1) * (1 - best) ** (size - needed)
    found = game.equilibria()
    for share, _ in found:
        assert comb(size - 1, needed - 1) * share ** (needed - 1) * (1 - share) ** (size - needed) == pytest.approx(
            0.1 / risk
        )
    stable = [is_stable for _, is_stable in found]
    if 1 < needed < size and abs(risk * largest - 0.1) > 1e-3:
        assert stable == ([False, True] if risk * largest > 0.1 else [])
    assert stable == {1: [True] if risk > 0.1 else [], size: [False]}.get(needed, stable)


@given(
    st.integers(2, 8), st.integers(1, 8), st.floats(0.0, 1.0), st.sampled_from(["rest", "endowment"]), st.integers(0, 7)
)
def test_gains_are_differences_of_expected_payoffs(size, needed, risk, at_stake, others):
    needed, others = min(needed, size), min(others, size - 1)
    game = one_shot(group_size=size, needed=needed, risk=risk, at_stake=at_stake)
    expected = []
    for own in (0, 1):
        left = 1.0 - 0.1 * own
        lost = -0.1 * own if at_stake == "endowment" else 0.0
        chance = 0.0 if others + own >= needed else risk
        expected.append((1 - chance) * left + chance * lost)
    assert game.gains()[others] == pytest.approx(expected[1] - expected[0])


@given(st.lists(st.integers(0, 1), min_size=8, max_size=8), st.sampled_from(["rest", "endowment"]), st.floats(0, 1))
def test_rewards_stay_in_their_range(actions, at_stake, risk):
    game = one_shot(group_size=4, needed=2, at_stake=at_stake, risk=risk)
    low, high = game.specification("agent", 8).fact("reward_range")
    rewards, state = play(game, [actions])
    assert ((rewards >= low) & (rewards <= high)).all()
    assert state.totals[5] == pytest.approx(rewards.sum())


@pytest.mark.compiled
def test_losses_come_as_often_as_the_risk_says():
    game = one_shot(needed=6, risk=0.3)
    result = run(Scenario(game, "constant:action=0", "complete:n=60", 500, scenario().metrics), replications=4, seed=1)
    found = result.metrics["loss_rate"]
    assert abs(found.value - 0.3) < 4 * np.sqrt(0.21 / 20_000)


@pytest.mark.compiled
def test_a_higher_risk_makes_more_groups_reach_the_target():
    """The order of the experiment's treatments, .9 above .5 above .1, among learners."""
    found = [
        run(
            scenario().replace({"environment.risk": risk, "environment.burn_in": 100_000, "horizon.steps": 200_000}),
            replications=4,
            seed=1,
            record_every=None,
        )
        .metrics["mean_put_in"]
        .value
        for risk in (0.1, 0.9)
    ]
    assert found[1] > found[0] + 5


def test_agents_may_leave_in_the_middle_of_a_game():
    leaving = replace(small(), presence_events=(PresenceEvent(3, 0, "leave"), PresenceEvent(9, 0, "enter")))
    result = run(leaving, seed=1)
    assert result.runs.games[0] == 12  # of the games that end after the first two steps
    assert result.runs.put_in[0] >= 0


# --- Bad input -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"amounts": [2.0]}, r"environment\.amounts: \[2\.0\] is not accepted; accepted: two or more increasing"),
        ({"amounts": [2.0, 1.0]}, r"environment\.amounts: \[2\.0, 1\.0\] is not accepted"),
        ({"amounts": [-1.0, 1.0]}, r"accepted: two or more increasing amounts >= 0"),
        ({"amounts": [0.0, 5.0]}, r"10 rounds of 5\.0 exceed the endowment, 40\.0; accepted: at most 4\.0"),
        ({"target": 241.0}, r"environment\.target: 241\.0 cannot be reached by 6 agents; accepted: at most 240\.0"),
        ({"risk": 1.5}, r"risk: 1\.5 is not accepted; accepted: a float, >= 0, <= 1"),
    ],
)
def test_what_does_not_fit_is_refused(values, message):
    with pytest.raises(ParameterError, match=message):
        CollectiveRisk(**values)


def test_games_of_many_rounds_have_no_equilibria_by_shares():
    with pytest.raises(ParameterError, match=r"10 rounds of \[0\.0, 2\.0, 4\.0\] have no equilibria by shares"):
        CollectiveRisk().equilibria()
    with pytest.raises(ParameterError, match=r"environment\.group_size: 6 is not accepted; accepted: at most"):
        CollectiveRisk().state(5)
