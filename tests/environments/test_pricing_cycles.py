"""Where play by fixed policies ends up, and what a best response would gain."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from socialsim.core.streams import Purpose, seed_streams
from socialsim.engine.run import run
from socialsim.environments.pricing import Pricing, small
from socialsim.environments.pricing.cycles import Play, best_response_gaps, outcomes_of_cycles
from socialsim.environments.pricing.facts import choices_of_steps, joint_steps, profits_of_steps
from socialsim.environments.pricing.selling import see
from socialsim.environments.pricing.windows import profit_gain_of
from socialsim.learning.values import initial_table
from socialsim.testing.links import by_hand

ALL_SEE = np.ones((2, 2), bool)


def links(visible):
    """Return the network on which seller i sees those j where ``visible[i, j]``."""
    n = len(visible)
    sources = [np.flatnonzero(row & (np.arange(n) != i)) for i, row in enumerate(visible)]
    return by_hand(n if visible.all() else sources)


def opened(pricing, history, visible=ALL_SEE, turn=0):
    """Return one run's state, as it is inside a loop."""
    state = pricing.state(len(visible))
    state.history[:], state.visible[:], state.turn[0] = history, visible, turn
    return state


def of_one_run(state):
    """Return a state as it is outside of loops, with a leading axis of runs."""
    return type(state)(*[np.array(field)[None] for field in state])


def play_of(pricing, policies, history, **others):
    """Return the play of one run by policies of shape (num_sellers, num_observations)."""
    return Play(pricing, of_one_run(opened(pricing, history, **others)), np.array(policies)[None])


def simulate(pricing, policies, history, visible, turn, num_periods):
    """Return joint steps and rewards, shape (num_periods, num_sellers), from the compiled market."""
    state, network = opened(pricing, history, visible, turn), links(visible)
    stream = seed_streams(1, np.arange(1), Purpose.DYNAMICS)[0]
    see(state, network)
    steps, paid = [], []
    for _ in range(num_periods):
        actions = np.array([policies[i][Pricing.observe(state, network, i)] for i in range(len(visible))])
        rewards = np.zeros(len(visible))
        Pricing.advance(state, network, actions, rewards, stream)
        steps.append(actions), paid.append(rewards)
    return np.array(steps), np.array(paid)


# --- Limit cycles ----------------------------------------------------------------------------------------------------


def test_a_limit_cycle_by_hand():
    """Seller 0 answers one step above the rival's last, seller 1 copies: they climb, and fall back from the top."""
    pricing = Pricing(num_prices=3)
    rival = np.arange(9) // 3
    policies = [(rival + 1) % 3, np.arange(9) % 3]
    play = play_of(pricing, policies, [[0, 0]])
    # (0, 0) -> (1, 0) -> (1, 1) -> (2, 1) -> (2, 2) -> (0, 2) -> (0, 0)
    situations, lengths = play.limit_cycles()
    assert lengths.tolist() == [6]
    path = [situations]
    for _ in range(6):
        path.append(play.follow(path[-1], play.rows))
    assert path[0].tolist() == path[6].tolist()
    assert {tuple(each[0, 1:]) for each in path} == {(0, 0), (1, 0), (1, 1), (2, 1), (2, 2), (0, 2)}


@pytest.mark.compiled
@settings(max_examples=60, deadline=None)
@given(st.data())
def test_play_is_what_the_market_does(data):
    """Two roads: the limit cycle that is computed, and the market when every seller follows its policy."""
    sight, moves, memory = data.draw(
        st.sampled_from(
            [
                ("prices", "simultaneous", 0),
                ("prices", "simultaneous", 1),
                ("prices", "simultaneous", 2),
                ("lowest", "simultaneous", 1),
                ("lowest", "simultaneous", 2),
                ("prices", "sequential", 1),
            ]
        )
    )
    n, entry = data.draw(st.integers(2, 3)), data.draw(st.booleans())
    costs = {"entry_cost": 0.03, "fixed_cost": 0.01} if entry else {}
    pricing = Pricing(num_prices=2, observation=sight, moves=moves, memory=memory, entry=entry, **costs)
    generator = np.random.default_rng(data.draw(st.integers(0, 1 << 30)))
    visible = (generator.random((n, n)) < data.draw(st.sampled_from([0.5, 1.0]))) | np.eye(n, dtype=bool)
    size = pricing.specification("seller", n).num_observations
    policies = generator.integers(pricing.num_steps, size=(n, size))
    history = generator.integers(pricing.num_steps, size=(max(memory, 1), n))
    turn = int(generator.integers(n)) if moves == "sequential" else 0

    outcome = outcomes_of_cycles(pricing, of_one_run(opened(pricing, history, visible, turn)), policies[None])
    (length,) = outcome["cycle_length"]
    before = pricing.num_steps ** (n * max(memory, 1)) * n + 1  # situations: play has come to its cycle by then
    num_periods = min(before, 300) + 2 * int(length)
    steps, rewards = simulate(pricing, policies, history, visible, turn, num_periods)
    assert (steps[-length:] == steps[-2 * length : -length]).all()
    market, last = pricing.market(n), steps[-length:]
    assert outcome["profit_gain"] == pytest.approx([profit_gain_of(pricing, rewards[-length:]).mean()])
    prices = np.where(last < 2, choices_of_steps(pricing, last), np.nan)
    if np.isfinite(prices).any(axis=1).all():
        assert outcome["cycle_price"] == pytest.approx([np.nanmean(prices, axis=1).mean()])
        dispersion = np.nanmax(prices, axis=1) - np.nanmin(prices, axis=1)
        assert outcome["cycle_dispersion"] == pytest.approx([dispersion.mean()])
    else:
        assert np.isnan(outcome["cycle_price"]).all()
    surplus = market.consumer_surplus(choices_of_steps(pricing, last)).mean()
    assert outcome["cycle_surplus"] == pytest.approx([surplus])


def test_sellers_who_neither_explore_nor_learn_stay_on_their_limit_cycle():
    """Two roads through a whole run: profits that were made, and those of the cycle computed from the policies."""
    still = {"learner.epsilon": 0.0, "learner.alpha": 1e-12, "learner.patience": 200}
    result = run(small().replace(still), replications=5, seed=2, record_every=None)
    assert (result.runs.stop == "settled").all()
    assert result.runs.profit_gain.to_numpy() == pytest.approx(result.runs.average_profit_gain.to_numpy())
    assert result.metrics["periods_to_convergence"].value <= 2


# --- Best responses --------------------------------------------------------------------------------------------------


def values_by_iteration(pricing, policies, i, chooses):
    """Return what each state of a duopoly's memory is worth to seller i, by plain iteration of Bellman's equation."""
    base, value = pricing.num_steps, np.zeros(pricing.num_steps**2)
    for _ in range(1500):
        new = np.zeros_like(value)
        for s in range(base**2):
            others = policies[1 - i][s]
            worth = []
            for own in range(base) if chooses else [policies[i][s]]:
                steps = np.array([own, others] if i == 0 else [others, own])
                profit = PROFITS[pricing][tuple(steps)][i]
                comes_in = s // base**i % base == pricing.num_prices != own
                worth.append(
                    profit - pricing.entry_cost * comes_in + pricing.discount * value[steps[0] + base * steps[1]]
                )
            new[s] = max(worth)
        value = new
    return value


PROFITS = {
    pricing: {tuple(steps): profits_of_steps(pricing, steps) for steps in joint_steps(pricing.num_steps, 2)}
    for pricing in (
        Pricing(num_prices=3, costs=[1.0, 1.2], discount=0.9),
        Pricing(num_prices=2, entry=True, entry_cost=0.2, fixed_cost=0.05, discount=0.8),
    )
}


@pytest.mark.parametrize("pricing", PROFITS, ids=["unequal costs", "entry"])
def test_the_gap_is_that_of_value_iteration(pricing):
    generator = np.random.default_rng(3)
    policies = generator.integers(3, size=(2, 9))
    gaps = best_response_gaps(play_of(pricing, policies, [[0, 0]]))
    expected = np.zeros(9)
    for i in range(2):
        own, best = (values_by_iteration(pricing, policies, i, chooses) for chooses in (False, True))
        expected += (1 - own / best) / 2
    assert gaps[0] == pytest.approx(expected, abs=1e-9)
    assert (expected > 0.01).any()


def test_a_grim_threat_is_an_equilibrium_among_the_patient_alone():
    """Monopoly for ever against the best deviation and Nash for ever: delta* = (pi_D - pi_M) / (pi_D - pi_N)."""
    pricing = Pricing(num_prices=3, overshoot=0.0)
    nash, deviation, monopoly = (profits_of_steps(pricing, np.array(steps))[0] for steps in ([0, 0], [1, 2], [2, 2]))
    assert deviation > profits_of_steps(pricing, np.array([0, 2]))[0]  # step 1 is the best reply to the monopoly price
    threshold = (deviation - monopoly) / (deviation - nash)
    grim = np.where(np.arange(9) == 2 + 3 * 2, 2, 0)
    for discount, is_equilibrium in ((threshold + 0.01, True), (threshold - 0.01, False)):
        play = play_of(pricing.replace(discount=discount), [grim, grim], [[2, 2]])
        gap = best_response_gaps(play)[0, 2 + 3 * 2]
        assert (gap < 1e-12) == is_equilibrium
    assert play.limit_cycles()[1].tolist() == [1]


def test_static_nash_for_ever_is_an_equilibrium():
    pricing = Pricing(num_prices=2, overshoot=0.0)
    always = np.zeros((2, 4), np.int64)
    assert best_response_gaps(play_of(pricing, always, [[0, 1]])) == pytest.approx(0.0)


def test_no_gap_is_computed_where_memory_is_large_or_moves_are_in_turn():
    for pricing in (Pricing(memory=2), Pricing(num_prices=3, moves="sequential")):
        size = pricing.specification("seller", 2).num_observations
        play = play_of(pricing, np.zeros((2, size), np.int64), np.zeros((pricing.memory, 2), np.int64))
        assert best_response_gaps(play) is None


# --- Moves in turn ---------------------------------------------------------------------------------------------------


def test_values_of_what_one_is_not_free_to_do_are_minus_infinity():
    specification = Pricing(num_prices=3, moves="sequential").specification("seller", 2)
    table = initial_table(specification, 2, "uniform_rivals", 0.9)
    committed = specification.facts["committed"]
    for i, o, a in itertools.product(range(2), range(18), range(3)):
        assert np.isfinite(table[i, o, a]) == (committed[i, o] in (-1, a))


def test_learners_in_turn_learn_of_what_they_were_committed_to():
    market = small().replace({"environment.moves": "sequential", "learner.patience": 0, "horizon.steps": 60})
    result = run(market, replications=2, seed=1, record="events", record_every=None)
    acts = result.table("act").sort_values(["run", "step", "agent"])
    steps = acts.action.to_numpy().reshape(2, 60, 2)
    seen = acts.observation.to_numpy().reshape(2, 60, 2)
    assert (seen[:, :, 0] == seen[:, :, 1]).all()
    assert (seen[:, 1:, 0] % 16 == steps[:, :-1, 0] + 4 * steps[:, :-1, 1]).all()  # what was done is what is seen
    turn = seen[:, :, 0] // 16
    assert (turn[:, 1:] == 1 - turn[:, :-1]).all()
    changed = steps[:, 1:] != steps[:, :-1]
    assert not changed[turn[:, 1:, None] != np.arange(2)].any()
    assert changed.any()
