"""Firms that pollute, a tax and a market for permits."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from socialsim.core.errors import ParameterError
from socialsim.engine.run import run
from socialsim.engine.scenario import PresenceEvent, Scenario
from socialsim.engine.simulation import Simulation
from socialsim.environments.emissions import Emissions, scenario
from socialsim.environments.emissions.theory import abatement_cost, best_abatement, least_cost
from socialsim.testing.links import by_hand

SEEING = {"learner": "best_reply", "environment.observation": "payoffs", "environment.rule_from": 0}
TWO = {"lowest_slope": 1.0, "highest_slope": 4.0, "damage": 0.8, "rule_from": 0}  # marginal costs a and 4 a


def produce(environment, actions, state=None, advance=Emissions.advance):
    """Return the state and the rewards of one step."""
    state, rewards = environment.state(len(actions)) if state is None else state, np.zeros(len(actions))
    advance(state, by_hand(len(actions)), np.array(actions), rewards, None)
    return state, rewards


def outcomes(environment, state):
    return environment.outcomes(type(state)(*[np.asarray(field)[None] for field in state]))


# --- By hand ---------------------------------------------------------------------------------------------------


def test_a_step_under_a_tax_by_hand(version):
    environment = Emissions(**TWO, num_levels=5)
    state, rewards = produce(environment, [3, 1], advance=version(Emissions.advance))  # abate 3/4 and 1/4
    assert rewards.tolist() == pytest.approx([3 - 0.5 * 9 / 16 - 0.8 / 4, 3 - 2 / 16 - 0.8 * 3 / 4])
    found = outcomes(environment, state)
    assert found["revenue"] == pytest.approx([0.8 * (1 / 4 + 3 / 4) / 2])
    assert found["welfare_after"] == pytest.approx([3 - (9 / 32 + 1 / 8) / 2 - 0.8 / 2])
    assert np.isnan(found["welfare_before"]).all()


def test_a_market_for_permits_by_hand(version):
    """Two firms with half a permit each must abate one unit: p + p/4 = 1, so p = .8 and shares of .8 and .2."""
    environment = Emissions(**TWO, rule="cap_and_trade", cap=0.5, num_levels=5)
    state, rewards = produce(environment, [0, 0], advance=version(Emissions.advance))
    assert state.price[0] == pytest.approx(0.8)
    assert state.abated == pytest.approx([0.8, 0.2])
    assert rewards == pytest.approx([3 - 0.32 + 0.8 * 0.3, 3 - 0.08 - 0.8 * 0.3])
    found = outcomes(environment, state)
    assert found["cost_ratio"] == pytest.approx([1.0])
    assert found["gain_after"] == pytest.approx([1.0])
    assert found["permits_traded"] == pytest.approx([0.3 / 2])
    state, rewards = produce(environment, [0, 2], advance=version(Emissions.advance))  # the costly firm abates half
    assert state.price[0] == pytest.approx(0.5)
    assert rewards == pytest.approx([3 - 0.125, 3 - 0.5])
    assert outcomes(environment, state)["cost_ratio"] == pytest.approx([0.625 / 0.4])


def test_permits_at_auction_are_paid_to_the_public():
    environment = Emissions(**TWO, rule="cap_and_trade", cap=0.5, allocation="auction")
    state, rewards = produce(environment, [0, 0])
    assert rewards == pytest.approx([3 - 0.32 - 0.8 * 0.2, 3 - 0.08 - 0.8 * 0.8])
    assert outcomes(environment, state)["revenue"] == pytest.approx([0.4])


def test_enough_permits_are_worth_nothing():
    environment = Emissions(**TWO, rule="cap_and_trade", cap=0.5, num_levels=3)
    state, rewards = produce(environment, [2, 0])
    assert state.price[0] == 0.0
    assert rewards == pytest.approx([3 - 0.5, 3.0])


def test_the_rule_comes_when_it_is_said_to():
    environment = Emissions(**TWO | {"rule_from": 2}, num_levels=3)
    state, prices = environment.state(2), []
    for _ in range(4):
        produce(environment, [1, 1], state)
        prices.append(state.price[0])
    assert prices == [0.0, 0.0, 0.8, 0.8]
    found = outcomes(environment, state)
    assert found["welfare_before"] == pytest.approx(found["welfare_after"])  # a tax is a transfer
    assert outcomes(environment.replace(burn_in=2), state)["emission_price"] == pytest.approx([0.8])


def test_the_measures_leave_out_the_first_steps_of_both_times():
    environment = Emissions(**TWO | {"rule_from": 3}, num_levels=3, burn_in=2)
    state = environment.state(2)
    for actions in ([0, 0], [0, 0], [1, 1], [0, 0], [0, 0], [2, 2]):
        produce(environment, actions, state)
    found = outcomes(environment, state)
    assert (found["emissions_before"], found["emissions_after"]) == ([0.5], [0.0])


def test_of_a_time_that_ends_too_early_the_last_step_is_measured():
    environment = Emissions(**TWO, num_levels=3, burn_in=5)
    state = environment.state(2)
    for actions in ([0, 0], [2, 2], [1, 0]):
        produce(environment, actions, state)
    assert outcomes(environment, state)["emissions_after"] == pytest.approx([0.75])


def test_best_repliers_are_measured_where_they_have_settled():
    found = run(scenario().replace(SEEING), replications=4, seed=1, record_every=None)
    assert (found.runs.stop == "settled").all()
    shares = [min(range(11), key=lambda k: 0.5 * g * (k / 10) ** 2 - 0.8 * k / 10) / 10 for g in np.linspace(1, 4, 20)]
    assert found.runs.emissions_after.to_numpy() == pytest.approx(np.full(4, 1.0 - np.mean(shares)))


# --- Properties ------------------------------------------------------------------------------------------------


@settings(max_examples=60)
@given(st.data())
def test_the_cap_is_kept_and_permits_only_change_hands(data):
    num_firms = data.draw(st.integers(1, 7))
    environment = Emissions(
        rule="cap_and_trade",
        rule_from=0,
        cap=data.draw(st.floats(0, 1)),
        allocation=data.draw(st.sampled_from(["equal", "cheap", "costly", "auction"])),
        lowest_slope=data.draw(st.floats(0.1, 3)),
        highest_slope=data.draw(st.floats(3, 9)),
        num_levels=5,
    )
    actions = data.draw(st.lists(st.integers(0, 4), min_size=num_firms, max_size=num_firms))
    state, rewards = produce(environment, actions)
    chosen, price = environment.levels()[actions], state.price[0]
    emitted, permits = (1 - state.abated).sum(), environment.permits(num_firms) * num_firms
    assert emitted <= permits + 1e-9
    assert price == 0.0 or emitted == pytest.approx(permits, abs=1e-9)
    marginal = state.slopes * state.abated
    further = state.abated > chosen + 1e-9
    assert marginal[further & (state.abated < 1 - 1e-9)] == pytest.approx(price, abs=1e-6)
    assert (marginal[~further & (chosen < 1)] >= price - 1e-6).all()
    paid = (environment.earnings - 0.5 * state.slopes * state.abated**2 - rewards).sum()
    assert paid == pytest.approx(price * (emitted - environment.given(num_firms).sum()), abs=1e-8)


@settings(max_examples=30)
@given(st.data())
def test_what_firms_see_is_what_each_share_would_have_paid(data):
    num_firms = data.draw(st.integers(1, 4))
    environment = Emissions(
        rule=data.draw(st.sampled_from(["none", "tax", "cap_and_trade"])),
        allocation=data.draw(st.sampled_from(["equal", "cheap", "auction"])),
        rule_from=0,
        cap=data.draw(st.floats(0, 1)),
        num_levels=4,
        observation="payoffs",
    )
    actions = data.draw(st.lists(st.integers(0, 3), min_size=num_firms, max_size=num_firms))
    state, _ = produce(environment, actions)
    for i in range(num_firms):
        seen = np.zeros(4)
        Emissions.observe(state, by_hand(num_firms), i, seen)
        others = [produce(environment, [*actions[:i], k, *actions[i + 1 :]])[1][i] for k in range(4)]
        assert seen == pytest.approx(others)


# --- Theorems --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("allocation", ["equal", "cheap", "costly", "auction"])
@pytest.mark.parametrize("cap", [0.1, 0.4, 0.9])
def test_trade_keeps_a_cap_at_the_least_cost_whoever_was_given_the_permits(allocation, cap):
    """Montgomery: marginal costs are equal; what changes is who pays."""
    environment = Emissions(rule="cap_and_trade", rule_from=0, cap=cap, allocation=allocation)
    state, _ = produce(environment, [0] * 9)
    marginal = state.slopes * state.abated
    assert marginal[state.abated < 1] == pytest.approx(state.price[0])
    assert abatement_cost(state.abated, state.slopes) == pytest.approx(least_cost(9 * (1 - cap), state.slopes))


def test_the_optimal_cap_has_the_price_of_the_optimal_tax():
    environment = Emissions(rule="cap_and_trade", rule_from=0)
    state, _ = produce(environment, [0] * 12)
    assert state.price[0] == pytest.approx(environment.damage)
    assert state.abated == pytest.approx(best_abatement(environment.damage, environment.slopes(12)))
    assert outcomes(environment, state)["gain_after"] == pytest.approx([1.0])


def final(changes, replications=4):
    """Return how best-repliers end: welfare, and the cost of abatement over the least; all must have settled."""
    community = scenario().replace(SEEING | {"horizon.steps": 1000} | changes)
    simulation = Simulation(community, seed=1, replications=range(replications))
    simulation.advance(1000)
    assert (simulation.stops() == "settled").all()
    abated = 1 - simulation.columns()["emissions"]
    environment, num_firms = community.environment, abated.shape[1]
    slopes = environment.slopes(num_firms)
    costs = abatement_cost(abated, slopes)
    welfare = environment.earnings - (costs + environment.damage * (1 - abated).sum(axis=1)) / num_firms
    return welfare, costs / least_cost(abated.sum(axis=1), slopes)


def test_a_tax_of_the_marginal_damage_restores_the_optimum_and_no_other_tax_does_better():
    """Pigou: on the grid of shares each firm's best reply to the tax d is the best for all."""
    environment = Emissions()
    levels, slopes = environment.levels(), environment.slopes(20)[:, None]
    best = (environment.earnings - 0.5 * slopes * levels**2 - environment.damage * (1 - levels)).max(axis=1).mean()
    welfare, _ = final({})
    assert welfare == pytest.approx(best)
    assert 0.99 < (best - 2.2) / (environment.best_welfare(20) - 2.2) < 1.0  # the grid costs less than 1%
    for tax in (0.4, 0.6, 1.0, 1.6):
        assert (final({"environment.tax": tax})[0] < best - 1e-3).all()


@pytest.mark.compiled
def test_market_power_fades_as_firms_become_many():
    """Hahn: buyers at an auction abate too much to lower the price; the more firms, the less it matters."""
    excess = []
    for num_firms in (10, 30, 90):
        changes = {"environment.rule": "cap_and_trade", "environment.allocation": "auction"}
        _, ratio = final(changes | {"network": f"complete:n={num_firms}"}, replications=2)
        excess.append(ratio.mean() - 1)
    assert excess[0] > 0.02
    assert excess[0] > excess[1] > excess[2]
    assert excess[2] < 0.01


@pytest.mark.compiled
@pytest.mark.parametrize("rule", ["tax", "cap_and_trade"])
def test_learners_pollute_until_the_rule_comes_and_welfare_rises_with_it(rule):
    short = {"environment.rule": rule, "horizon.steps": 8000, "environment.rule_from": 4000}
    community = scenario().replace(short | {"environment.burn_in": 2000, "network": "complete:n=8"})
    metrics = run(community, replications=8, seed=1, record_every=None).metrics
    assert metrics["emissions_before"].low > 0.9
    assert metrics["welfare_after"].low > metrics["welfare_before"].high
    assert metrics["gain_before"].high < 0.1
    assert metrics["gain_after"].low > 0.75
    assert 1.0 < metrics["cost_ratio"].value < 1.25


# --- Two roads, absent firms and bad input --------------------------------------------------------------------------


@pytest.mark.parametrize(("rule", "rule_from"), [("none", 0), ("tax", 0), ("tax", 5), ("cap_and_trade", 5)])
def test_mean_rewards_are_those_of_random_others(rule, rule_from):
    environment = Emissions(rule=rule, rule_from=rule_from, num_levels=3)
    told = environment.specification("agent", 2).fact("mean_rewards")
    rewards = np.zeros((2, 3))
    for actions in itertools.product(range(3), repeat=2):
        for i, reward in enumerate(produce(environment, list(actions))[1]):
            rewards[i, actions[i]] += reward / 3
    assert told == pytest.approx(rewards)


def test_under_permits_from_the_first_step_no_mean_rewards_are_told():
    with pytest.raises(ParameterError, match=r"needs the fact 'mean_rewards', which the environment does not give"):
        Emissions(rule="cap_and_trade", rule_from=0).specification("agent", 3).fact("mean_rewards")


def test_a_firm_that_has_closed_neither_emits_nor_counts():
    environment = Emissions(rule="cap_and_trade", rule_from=0, cap=0.5)
    closed = (PresenceEvent(1, 0, "fail"),)
    community = Scenario(environment, "constant:action=0", "complete:n=3", 2, presence_events=closed)
    agents = run(community, replications=1, seed=1).agents
    assert np.isnan(agents.emissions[0])
    assert agents.emissions[1:].sum() == pytest.approx(2 * 0.5)  # its permits lapse


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"lowest_slope": 5.0}, "lowest_slope: 5.0 is not accepted; accepted: at most highest_slope, 4.0"),
        ({"lowest_slope": 0.0}, "lowest_slope: 0.0 is not accepted; accepted: a float, > 0"),
        ({"damage": -1.0}, "damage: -1.0 is not accepted; accepted: a float, >= 0"),
        ({"num_levels": 1}, "num_levels: 1 is not accepted; accepted: an int, >= 2, <= 1000"),
        ({"rule": "ban"}, "rule: 'ban' is not accepted; accepted: one of ['none', 'tax', 'cap_and_trade']"),
        ({"cap": 1.5}, "cap: 1.5 is not accepted; accepted: a float | None, >= 0, <= 1"),
    ],
)
def test_what_is_not_accepted_is_named(values, message):
    with pytest.raises(ParameterError) as error:
        Emissions(**values)
    assert message in str(error.value)
