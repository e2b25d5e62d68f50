"""Laver's politicians, in positions and in moves, and learners among them."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from socialsim.core.errors import ParameterError
from socialsim.core.streams import Purpose, seed_streams
from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.environments.parties import Parties
from socialsim.learning.party_moves import PartyMoves
from socialsim.learning.party_strategies import Aggregator, Hunter, PartyRule, Predator, Sticker


def stream_of(seed):
    return seed_streams(seed, np.arange(1), Purpose.LEARNERS)[0]


def row(position, supporters, largest, share, share_before, status=0.0):
    return np.array([*position, *supporters, *largest, share, share_before, status])


def act(learner, state, seen, stream, i=0):
    where = np.full(2, math.nan)
    type(learner).act(state, i, seen, stream, where)
    return where


def ready(learner, num_agents=1):
    state = learner.state(Parties().specification("party", num_agents), num_agents)
    for i in range(num_agents):
        type(learner).initialise(state, i, stream_of(0))
    return state


SEEN = row((1.0, 2.0), (0.5, -0.5), (4.0, 6.0), 0.2, 0.1)


def test_three_rules_by_hand():
    assert act(Sticker(), ready(Sticker()), SEEN, stream_of(0)).tolist() == [1.0, 2.0]
    assert act(Aggregator(), ready(Aggregator()), SEEN, stream_of(0)).tolist() == [0.5, -0.5]
    preying = act(Predator(step=1.0), ready(Predator(step=1.0)), SEEN, stream_of(0))
    assert preying.tolist() == pytest.approx([1.6, 2.8])  # the largest is 3 and 4 away: 1/5 of the way
    assert act(Predator(step=5.0), ready(Predator(step=5.0)), SEEN, stream_of(0)).tolist() == [4.0, 6.0]
    largest = row((1.0, 2.0), (0.5, -0.5), (1.0, 2.0), 0.6, 0.1)
    assert act(Predator(), ready(Predator()), largest, stream_of(0)).tolist() == [1.0, 2.0]


@settings(max_examples=60)
@given(st.integers(0, 2**31), st.sampled_from([0.1, 0.2]))
def test_a_hunter_goes_on_after_a_gain_and_turns_to_the_half_plane_behind_it_else(seed, share_before):
    hunter, stream = Hunter(step=0.5), stream_of(seed)
    state = ready(hunter)
    act(hunter, state, row((0, 0), (0, 0), (0, 0), 0.0, 0.0), stream)
    before = state.heading[0].copy()
    assert np.linalg.norm(before) == pytest.approx(1)
    where = act(hunter, state, row((1, 1), (0, 0), (0, 0), 0.2, share_before), stream)
    assert np.linalg.norm(where - 1) == pytest.approx(0.5)
    if share_before < 0.2:
        assert (where - 1) / 0.5 == pytest.approx(before)
    else:
        assert (where - 1) @ before <= 1e-12


def test_turns_are_spread_evenly_over_the_half_circle():
    hunter, stream = Hunter(), stream_of(3)
    state, angles = ready(hunter), []
    for _ in range(4000):
        state.heading[0] = [1.0, 0.0]
        act(hunter, state, row((0, 0), (0, 0), (0, 0), 0.1, 0.1), stream)
        angles.append(math.atan2(state.heading[0, 1], -state.heading[0, 0]))  # from straight back
    counts = np.histogram(angles, np.linspace(-math.pi / 2, math.pi / 2, 9))[0]
    assert counts.sum() == 4000
    assert ((counts - 500) ** 2 / 500).sum() < 29.9  # chi square with 7 degrees of freedom, p = 1e-4


def test_rules_are_taken_in_turn_and_drawn_by_who_is_new():
    mixed = PartyRule(rules=["hunter", "sticker"])
    state = ready(mixed, 5)
    assert state.rule.tolist() == [2, 0, 2, 0, 2]
    stream, drawn = stream_of(1), []
    for _ in range(200):
        act(mixed, state, row((0, 0), (0, 0), (0, 0), 0.1, 0.1, status=1.0), stream)
        drawn.append(int(state.rule[0]))
    assert set(drawn) == {0, 2}
    assert 60 < drawn.count(0) < 140


def test_rewards_are_noted_after_the_burn_in_while_in_play():
    learner = PartyRule(rules=["hunter"])
    state = learner.state(Parties(burn_in=1).specification("party", 1), 1)
    PartyRule.initialise(state, 0, stream_of(0))
    for status in (0.0, 0.0, -1.0, 0.0):
        seen = row((0, 0), (0, 0), (0, 0), 0.1, 0.0, status)
        act(learner, state, seen, stream_of(1))
        PartyRule.learn(state, 0, seen, np.zeros(2), 0.5, seen, stream_of(0))
    assert state.rewards[0].tolist() == [0, 0, 1.0, 0]
    assert state.steps_in_play[0].tolist() == [0, 0, 2, 0]


# --- Moves -----------------------------------------------------------------------------------------------------


def test_moves_by_hand_on_the_plane():
    """Moves are numbered x first: 3 (x + 1) + y + 1, and 4 is to stay."""
    politics = Parties(actions="moves", sight="directions").specification("party", 4)
    assert politics.num_observations == 2 * 9**3
    learner = PartyMoves(rules=["sticker", "aggregator", "hunter", "predator"])
    state = learner.state(politics, 4)
    for i in range(4):
        PartyMoves.initialise(state, i, stream_of(0))
    gained = 1 + 2 * (5 + 9 * (2 + 9 * 6))
    assert [PartyMoves.act(state, i, gained, stream_of(0)) for i in range(4)] == [4, 2, 5, 6]
    turned = {PartyMoves.act(state, 2, gained - 1, stream_of(seed)) for seed in range(200)}
    assert turned == {0, 1, 3, 6, 7}  # at least 90 degrees from straight up
    assert {PartyMoves.act(state, 2, 1 + 2 * 4, stream_of(seed)) for seed in range(400)} == set(range(9)) - {4}


def test_what_a_party_sees_leads_towards_its_supporters_and_the_largest_party():
    parties = Parties(actions="moves", sight="directions", num_voters=1)
    state = parties.state(3)
    state.position[:] = [[0, 0], [3, 0.1], [0, -2]]
    state.supporters[:] = [[-1, 1], [3, 0.1], [5, 5]]
    state.largest[0], state.last_move[:], state.share[:] = 1, [4, 0, 8], [0.5, 0.4, 0.1]
    state.share_before[:] = [0.4, 0.5, 0.0]
    seen = [Parties.observe(state, None, i) for i in range(3)]
    assert seen == [1 + 2 * (4 + 9 * (2 + 9 * 7)), 0 + 2 * (0 + 9 * (4 + 9 * 4)), 1 + 2 * (8 + 9 * (8 + 9 * 8))]


@pytest.mark.parametrize("learner", ["q_learning", "exp3"])
def test_learners_compete_with_hunters(learner):
    parties = Parties(num_voters=30, actions="moves", num_rivals=2)
    system = Scenario(parties, {"party": learner, "rival": "party_moves"}, "complete:n=3", 100)
    agents = run(system, replications=2, seed=1).agents
    assert agents.agent_type.tolist() == ["party", "rival", "rival"]
    assert agents.share.sum() == pytest.approx(1)


# --- Refusals --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("learner", "parameters", "message"),
    [
        ("hunter", {"actions": "moves"}, "learner: 'hunter' takes positions; accepted: environment.actions=positions"),
        ("party_moves", {}, "learner: 'party_moves' takes moves; accepted: environment.actions=moves"),
        ("q_learning", {}, "accepted: environment.actions=moves"),
        (
            PartyMoves(rules=["predator"]),
            {"actions": "moves"},
            "learner.rules: predator must see where its supporters and the largest party are",
        ),
    ],
)
def test_who_cannot_act_or_see_is_refused(learner, parameters, message):
    with pytest.raises(ParameterError) as error:
        run(Scenario(Parties(**parameters), learner, "complete:n=2", 5))
    assert message in str(error.value)
