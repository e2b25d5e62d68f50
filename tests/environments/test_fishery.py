"""A stock that all may fish: steps by hand, the commons without rules, limits, other roads."""

import math
import random

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from socialsim.core.errors import ParameterError
from socialsim.core.streams import Purpose, seed_streams
from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.engine.simulation import Simulation
from socialsim.environments._stocks import catch, growth
from socialsim.environments.fishery import METRICS, Fishery, mechanics, scenario, small
from socialsim.environments.fishery.theory import at_rest, open_access, social_optimum
from socialsim.testing.links import by_hand


def step(env, actions, stream=None, network=None, version=lambda f: f):
    """Return the rewards of one step."""
    rewards = np.zeros(len(actions))
    network = by_hand(len(actions)) if network is None else network
    stream = seed_streams(1, np.arange(1), Purpose.DYNAMICS)[0] if stream is None else stream
    version(Fishery.advance)(env, network, np.array(actions), rewards, stream)
    return rewards


# --- By hand ---------------------------------------------------------------------------------------------------


def test_a_step_by_hand(version):
    """x = .5, q = .5: efforts 0, .4, 1 catch 0, .1, .25; G(x) = .1; mean catch .35/3."""
    env = Fishery(initial_stock=0.5).state(3)
    rewards = step(env, [0, 2, 5], version=version)
    assert rewards == pytest.approx([0.1, 0.06 + 0.1, 0.0 + 0.25], abs=1e-15)
    assert env.stock[0] == pytest.approx(0.5 + 0.1 - 0.35 / 3, abs=1e-15)
    assert env.caught == pytest.approx([0.0, 0.1, 0.25], abs=1e-15)
    assert env.totals[mechanics.PROFIT] == pytest.approx(0.35 - 0.1 * 1.4, abs=1e-15)
    assert env.around == pytest.approx([0.7, 0.5, 0.2], abs=1e-15)


def test_what_all_would_take_beyond_the_stock_is_rationed(version):
    env = Fishery(catchability=4.0, initial_stock=0.25).state(2)
    rewards = step(env, [5, 5], version=version)
    assert env.caught == pytest.approx([0.25, 0.25], abs=1e-15)
    assert rewards == pytest.approx([0.25, 0.25], abs=1e-15)
    assert env.stock[0] == pytest.approx(0.4 * 0.25 * 0.75, abs=1e-15)  # what grew


def test_observations_number_stock_record_and_neighbours(version):
    fishery = Fishery(quota=0.1, monitoring=1.0, max_offences=2, exclusion=3)  # 10 x (2 + 2) x 3 observations
    assert fishery.specification("agent", 2).num_observations == 120
    env = fishery.state(3)
    env.stock[0] = 0.37
    env.offences[:] = [0, 2, 2]
    env.excluded[:] = [0, 0, 1]
    env.around[:] = [0.0, 0.34, 1.0]
    seen = [version(Fishery.observe)(env, None, i) for i in range(3)]
    assert seen == [(3 * 4 + 0) * 3 + 0, (3 * 4 + 2) * 3 + 1, (3 * 4 + 3) * 3 + 2]
    env.stock[0] = 1.5
    assert version(Fishery.observe)(env, None, 2) == 119


def test_everybody_sees_the_mean_effort_of_those_whom_they_hear(version):
    env = Fishery().state(4)
    step(env, [0, 5, 3, 1], network=by_hand([[1, 2], [0], [], [0, 1, 2]]), version=version)
    assert env.around == pytest.approx([0.8, 0.0, 0.0, 1.6 / 3], abs=1e-15)


def test_who_is_away_fishes_nothing_and_is_paid_nothing(version):
    env = Fishery(initial_stock=0.5).state(3)
    network = by_hand(3, [0, 1, 2])
    rewards = step(env, [5, 5, 5], network=network, version=version)
    assert rewards == pytest.approx([0.25, 0.0, 0.0])
    assert env.effort.tolist() == [1.0, 0.0, 0.0]
    assert env.stock[0] == pytest.approx(0.5 + 0.1 - 0.25 / 3)


def test_measures_leave_out_the_burn_in_but_for_when_fish_were_caught():
    result = run(alone(Fishery(burn_in=2), 2, steps=4), replications=1)
    stocks, caught = [1.0], []
    for _ in range(4):
        caught.append(0.5 * 0.4 * stocks[-1])
        stocks.append(stocks[-1] + 0.4 * stocks[-1] * (1 - stocks[-1]) - caught[-1])
    row = result.runs.iloc[0]
    assert row.mean_stock == pytest.approx(np.mean(stocks[2:4]))
    assert row.lowest_stock == pytest.approx(min(stocks[3:]))
    assert row.mean_catch == pytest.approx(np.mean(caught[2:]))
    assert row.profit == pytest.approx(np.mean(caught[2:]) - 0.04)
    assert row.efficiency == pytest.approx((np.mean(caught[2:]) - 0.04) / 0.064)
    assert row.sustainability == pytest.approx(np.average([1, 2, 3, 4], weights=caught))
    assert row.final_stock == pytest.approx(stocks[-1])


def alone(fishery, action, num_agents=5, steps=400, network="complete"):
    """Return the scenario of agents who all do the same for ever."""
    return Scenario(fishery, f"constant:action={action}", f"{network}:n={num_agents}", steps, METRICS)


# --- Properties ------------------------------------------------------------------------------------------------


@settings(max_examples=50, deadline=None)
@given(
    st.floats(0.01, 2.0),
    st.floats(0.2, 5.0),
    st.floats(0.05, 3.0),
    st.floats(0.0, 1.0),
    st.lists(st.lists(st.integers(0, 5), min_size=4, max_size=4), min_size=1, max_size=30),
)
def test_nothing_ever_becomes_negative(rate, shape, catchability, noise, plays):
    fishery = Fishery(growth_rate=rate, growth_shape=shape, catchability=catchability, growth_noise=noise, quota=0.05)
    env = fishery.replace(monitoring=0.5, monitoring_cost=0.2, fine=0.3, fine_growth=2.0, exit_pay=0.1).state(4)
    stream = seed_streams(2, np.arange(1), Purpose.DYNAMICS)[0]
    for actions in plays:
        rewards = step(env, actions, stream)
        assert rewards.min() >= 0.0
        assert env.stock[0] >= 0.0
        assert (
            0 <= Fishery.observe(env, None, 0) < fishery.replace(monitoring=0.5).specification("a", 4).num_observations
        )


@settings(max_examples=50, deadline=None)
@given(st.lists(st.integers(0, 5), min_size=1, max_size=30), st.floats(0.1, 4.0), st.floats(0.05, 1.0))
def test_what_leaves_the_sea_is_what_is_landed(actions, catchability, share):
    env = Fishery(catchability=catchability, initial_stock=share).state(len(actions))
    step(env, actions)
    grown = growth(share, 0.4, 1.0, 1.0)
    assert env.caught.mean() == pytest.approx(share + grown - env.stock[0], abs=1e-12)
    assert env.caught.mean() <= share * (1 + 1e-12)


def test_the_largest_effort_earns_most_in_a_step_as_long_as_fishing_pays():
    """The tragedy: whatever the others do, and above c/(pq), the next step's reward increases with one's own effort."""
    for stock in (0.21, 0.5, 1.0):
        rewards = [step(Fishery(initial_stock=stock).state(2), [own, 3])[0] for own in range(6)]
        assert rewards == sorted(rewards)
    poor = [step(Fishery(initial_stock=0.15).state(2), [own, 3])[0] for own in range(6)]
    assert poor == sorted(poor, reverse=True)


# --- Theorems, limits, two roads -------------------------------------------------------------------------------


@pytest.mark.parametrize("action", [0, 1, 2, 3, 5])
@pytest.mark.parametrize("shape", [0.5, 1.0, 2.0])
def test_a_constant_effort_leads_to_the_stock_and_profit_of_the_theory(action, shape):
    fishery = Fishery(growth_shape=shape, burn_in=3000, capacity=7.0, price=3.0, cost=1.0)
    row = run(alone(fishery, action, steps=3100), replications=1, record_every=None).runs.iloc[0]
    rest = at_rest(fishery, action / 5)
    assert row.final_stock * 7.0 == pytest.approx(rest.stock, abs=1e-3)
    assert row.profit == pytest.approx(rest.profit, abs=1e-3)
    assert row.efficiency == pytest.approx(rest.profit / social_optimum(fishery).profit, abs=1e-3)


def test_the_number_of_agents_does_not_matter_where_all_do_the_same():
    few, many = (run(alone(Fishery(), 3, n), replications=1, record_every=None).runs.iloc[0] for n in (1, 300))
    for name in ("final_stock", "mean_stock", "profit", "efficiency", "equality", "sustainability"):
        assert few[name] == pytest.approx(many[name], rel=1e-9)


@pytest.mark.compiled
def test_random_efforts_tend_to_the_mean_field_as_fast_as_the_square_root_of_n():
    """The mean effort of N uniform agents deviates from 1/2 as N^(-1/2), and so does the stock from its mean field."""
    stock = 1.0
    for _ in range(30):
        stock += growth(stock, 0.4, 1.0, 1.0) - catch(0.5, stock, 0.5)
    sizes, errors = np.array([10, 100, 1000]), []
    for n in sizes:
        crowd = Scenario(Fishery(), "uniform_random", f"complete:n={n}", 30, METRICS)
        found = run(crowd, replications=200, seed=4, record_every=None).runs.final_stock
        errors.append(math.sqrt(((found - stock) ** 2).mean()))
    assert np.polyfit(np.log(sizes), np.log(errors), 1)[0] == pytest.approx(-0.5, abs=0.08)


def test_shocks_have_mean_1_and_the_stated_spread():
    stream = seed_streams(3, np.arange(1), Purpose.DYNAMICS)[0]
    shocks = np.array([mechanics.draw_shock(0.4, stream) for _ in range(20_000)])
    assert shocks.mean() == pytest.approx(1.0, abs=4 * shocks.std() / math.sqrt(20_000))
    assert np.log(shocks).std() == pytest.approx(0.4, abs=0.01)


@pytest.mark.compiled
def test_myopic_learners_dissipate_the_rent_and_a_sole_owner_does_not():
    common = scenario().replace({"horizon.steps": 20_000, "environment.burn_in": 15_000})
    tragedy = run(common.replace({"learner.discount": 0.0}), replications=8, seed=1, record_every=None).metrics
    owner = {"network": "complete:n=1", "horizon.steps": 50_000, "environment.burn_in": 40_000}
    planned = run(common.replace(owner), replications=20, seed=1, record_every=None).metrics
    assert tragedy["dissipation"].low > 0.8
    assert tragedy["mean_stock"].value == pytest.approx(open_access(Fishery()).stock, abs=0.03)
    assert planned["efficiency"].low > 0.8


@pytest.mark.parametrize("learner", ["roth_erev", "uniform_random", "constant:action=2", "conditional_cooperator"])
def test_other_learners_fish_too(learner):
    place = small().replace({"network": "karate", "learner": learner})
    result = run(place, replications=4, seed=2)
    assert np.isfinite(result.agents.reward).all()
    assert set(result.metrics) == {metric.__name__ for metric in METRICS}


def test_a_run_agrees_with_a_plain_account_agent_by_agent():
    """Random actions on the karate club under all rules, replayed in plain Python from what was recorded."""
    place = small().replace({"network": "karate", "learner": "uniform_random"})
    fishery, club = place.environment.replace(growth_noise=0.0, monitoring=1.0, burn_in=0), nx.karate_club_graph()
    place = Scenario(fishery, "uniform_random", "karate", 30, METRICS)
    result = run(place, replications=1, seed=5, record="events")
    acts = result.table("act")
    x, n = fishery.capacity, 34
    offences, quiet, banned = [0] * n, [0] * n, [0] * n
    earned, within, inside, sanctions = [0.0] * n, 0, 0, 0
    seen = [0.0] * n
    for t in range(30):
        now = acts[acts.step == t].sort_values("agent")
        for i, observed in enumerate(now.observation):
            record = 3 if banned[i] > 0 else offences[i]
            assert observed == (min(9, int(10 * x)) * 4 + record) * 3 + min(2, int(3 * seen[i]))
        actions = now.action.tolist()
        fishing = [banned[i] == 0 and actions[i] < 6 for i in range(n)]
        efforts = [actions[i] / 5 if fishing[i] else 0.0 for i in range(n)]
        rewards = []
        for i in range(n):
            banned[i] = max(0, banned[i] - 1)
            if offences[i] > 0:
                quiet[i] += 1
                if quiet[i] >= fishery.forgetting:
                    offences[i], quiet[i] = offences[i] - 1, 0
            if not fishing[i]:
                rewards.append(fishery.exit_pay if actions[i] == 6 else fishery.cost)
                continue
            caught = fishery.catchability * efforts[i] * x
            pay = fishery.cost * (1 - efforts[i]) + caught
            earned[i], inside = earned[i] + caught, inside + 1
            if caught > fishery.quota:
                sanctions += 1
                pay = max(0.0, pay - fishery.fine * fishery.fine_growth ** offences[i])
                offences[i], quiet[i] = min(2, offences[i] + 1), 0
                banned[i] = fishery.exclusion if offences[i] == 2 else banned[i]
            else:
                within += 1
            rewards.append(max(0.0, pay - fishery.monitoring_cost))  # all inside are watched and pay alike
        assert now.reward.tolist() == pytest.approx(rewards, abs=1e-12)
        x += fishery.growth_rate * x * (1 - x**fishery.growth_shape) - fishery.catchability * x * np.mean(efforts)
        seen = [np.mean([efforts[j] for j in club[i]]) for i in range(n)]
    row = result.runs.iloc[0]
    assert row.final_stock == pytest.approx(x)
    assert (row.num_inside, row.num_within, row.num_sanctions) == (inside, within, sanctions)
    assert result.agents.catch.tolist() == pytest.approx(earned)
    assert 0 < sanctions < inside


def test_compiled_and_uncompiled_steps_are_the_same():
    fishery, draw = small().environment, random.Random(6)
    plays = [[draw.randrange(7) for _ in range(6)] for _ in range(60)]
    states, streams = [], []
    for version in (lambda f: f, lambda f: getattr(f, "py_func", f)):
        env, stream = fishery.state(6), seed_streams(9, np.arange(1), Purpose.DYNAMICS)[0]
        for actions in plays:
            step(env, actions, stream, version=version)
        states.append(env)
        streams.append(stream.tolist())
    assert streams[0] == streams[1]
    for ours, theirs in zip(*states, strict=True):
        assert np.array_equal(ours, theirs)


def test_a_newcomer_has_no_record():
    env = Fishery().state(2)
    env.offences[:], env.quiet[:], env.excluded[:] = 3, 2, 1
    Fishery.enter(env, None, 1, None)
    assert (env.offences.tolist(), env.quiet.tolist(), env.excluded.tolist()) == ([3, 0], [2, 0], [1, 0])


def test_every_run_starts_with_the_initial_stock():
    simulation = Simulation(alone(Fishery(initial_stock=0.3, capacity=2.0), 0), seed=1, replications=range(3))
    simulation.advance(0)
    assert simulation.environment.stock.tolist() == [[0.6]] * 3


# --- Bad input -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value", "accepted"),
    [
        ("growth_rate", 0.0, "a float, > 0, <= 2"),
        ("growth_rate", 2.1, "a float, > 0, <= 2"),
        ("growth_shape", 0.0, "a float, > 0, <= 10"),
        ("growth_noise", -0.1, "a float, >= 0, <= 1"),
        ("capacity", 0.0, "a float, > 0"),
        ("initial_stock", 0.0, "a float, > 0, <= 1"),
        ("catchability", -1.0, "a float, > 0"),
        ("price", 0.0, "a float, > 0"),
        ("cost", -0.1, "a float, >= 0"),
        ("num_efforts", 1, "an int, >= 2, <= 1000"),
        ("quota", -0.1, "a float | None, >= 0"),
        ("monitoring", 1.5, "a float, >= 0, <= 1"),
        ("fine_growth", 0.5, "a float, >= 1, <= 1000"),
        ("max_offences", 0, "an int, >= 1, <= 20"),
        ("exit_pay", -0.1, "a float | None, >= 0"),
        ("burn_in", -1, "an int, >= 0"),
        ("monitoring_payer", "nobody", "one of ['outside', 'everyone', 'offenders']"),
    ],
)
def test_a_value_out_of_range_is_named_by_its_path_with_what_is_accepted(name, value, accepted):
    with pytest.raises(ParameterError) as error:
        scenario().replace({f"environment.{name}": value})
    assert str(error.value) == f"environment.{name}: {value!r} is not accepted; accepted: {accepted}"


def test_what_is_undefined_says_why():
    never = run(alone(Fishery(burn_in=9), 0, steps=5), replications=2).metrics
    assert never["mean_stock"].reason == "no step was counted"
    assert never["efficiency"].reason == "no step was counted, or fishing never pays"
    assert never["equality"].reason == never["sustainability"].reason == "nobody caught anything"
    assert never["compliance"].reason == never["sanction_rate"].reason == "nobody was in the fishery"
    dear = run(alone(Fishery(cost=0.7), 2, steps=5), replications=2).metrics
    assert dear["dissipation"].reason == "no step was counted, or fishing never pays"
    assert dear["equality"].value == 1.0
