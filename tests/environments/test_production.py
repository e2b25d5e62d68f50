"""Workers who divide their time between tasks that need each other."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from socialsim.core.errors import ParameterError
from socialsim.core.streams import Purpose, seed_streams
from socialsim.engine.run import run
from socialsim.engine.scenario import PresenceEvent, Scenario
from socialsim.environments.production import METRICS, Production, scenario, small
from socialsim.environments.production.mechanics import exchange, utility
from socialsim.environments.production.theory import alone, best_output, curvature, output
from socialsim.metrics.trade import gains_from_trade
from socialsim.testing.links import by_hand

RICARDO = ((6.0, 4.0), (3.0, 1.0))  # the first is better at both, the second relatively better at the first


def step(advance, environment, actions, absent=()):
    """Return state and rewards after a step of given actions."""
    stream = seed_streams(1, np.arange(1), Purpose.DYNAMICS)[0]
    state, rewards = environment.state(len(actions)), np.zeros(len(actions))
    with np.errstate(over="ignore"):
        advance(state, by_hand(len(actions), absent=absent), np.array(actions), rewards, stream)
    return state, rewards


def plain(function):
    return getattr(function, "py_func", function)


abilities = st.lists(st.tuples(st.floats(0.2, 5.0), st.floats(0.2, 5.0)), min_size=1, max_size=5)
shares = st.floats(0.01, 0.99)


def test_a_team_by_hand(version):
    environment = Production(returns=1.0, abilities=RICARDO)
    state, rewards = step(version(Production.advance), environment, [0.25, 1.0])
    made = math.sqrt((0.25 * 6 + 3) * (0.75 * 4))
    assert rewards == pytest.approx([made / 2, made / 2])
    assert state.time.tolist() == [[0.25, 0.75], [1.0, 0.0]]


def test_autarky_by_hand(version):
    environment = Production(returns=2.0, abilities=RICARDO, economy="autarky")
    _, rewards = step(version(Production.advance), environment, [0.25, 0.5])
    assert rewards == pytest.approx([0.25 * 6 * 0.75 * 4, 0.5 * 3 * 0.5 * 1])  # the root of squares


def test_who_is_away_makes_nothing_and_gets_nothing(version):
    advance = version(Production.advance)
    state, rewards = step(advance, Production(returns=1.0), [0.5, 1.0, 0.0], absent=(1,))
    assert rewards == pytest.approx([math.sqrt(0.5 * 1.5) / 2, 0.0, math.sqrt(0.5 * 1.5) / 2])
    assert state.time[1].tolist() == [0.0, 0.0]


def test_chosen_tasks_and_levels_divide_time_as_they_say(version):
    advance = version(Production.advance)
    state, _ = step(advance, Production(effort="levels", num_levels=5), [0, 3, 4])
    assert state.share.tolist() == [[0.0, 1.0], [0.75, 0.25], [1.0, 0.0]]
    state, rewards = step(advance, Production(effort="tasks", num_tasks=3, returns=1.0), [0, 1, 2, 2])
    assert state.share[:, 2].tolist() == [0.0, 0.0, 1.0, 1.0]
    assert rewards == pytest.approx([2 ** (1 / 3) / 4] * 4)


@pytest.mark.parametrize("returns", [0.7, 1.0, 1.3])
def test_the_slope_of_a_team_is_the_derivative_of_its_output(version, returns):
    x, q, h = np.array([0.3, 0.8, 0.55]), np.array([[2.0, 1.0], [1.0, 1.5], [0.7, 0.7]]), 1e-6
    environment = Production(returns=returns, abilities=tuple(map(tuple, q)))
    state, _ = step(version(Production.advance), environment, x)

    def made(i, change):
        moved = x + change * (np.arange(3) == i)
        return output(np.stack([moved, 1 - moved], axis=1), q, returns)

    numeric = [(made(i, h) - made(i, -h)) / (2 * h) for i in range(3)]
    assert state.slope == pytest.approx(numeric, rel=1e-6)


def test_the_curvature_at_the_generalists_changes_its_sign_at_constant_returns():
    h = 1e-3
    for num_agents, returns in itertools.product((2, 5, 10), (0.9, 0.99, 1.0, 1.01, 1.5)):
        direction = np.zeros(num_agents)
        direction[:2] = 1 / math.sqrt(2), -1 / math.sqrt(2)

        def made(change):
            x = 0.5 + change * direction  # noqa: B023 - called in the same round
            return output(np.stack([x, 1 - x], axis=1), np.ones((num_agents, 2)), returns)  # noqa: B023

        second = (made(h) - 2 * made(0.0) + made(-h)) / h**2
        assert second == pytest.approx(curvature(returns), abs=1e-5)
    assert curvature(0.99) < 0 == curvature(1.0) < curvature(1.01)


@pytest.mark.parametrize(("returns", "index"), [(0.99, 0.0), (1.01, 1.0)])
def test_labour_is_divided_above_constant_returns_and_not_below(returns, index):
    result = run(scenario().replace({"environment.returns": returns}), replications=2, seed=1, record_every=None)
    assert result.runs.division_by_task.to_numpy() == pytest.approx([index] * 2, abs=1e-9)
    assert result.runs.efficiency.to_numpy() == pytest.approx([1.0] * 2, abs=1e-9)


@settings(max_examples=40, deadline=None)
@given(abilities, st.sampled_from([0.5, 0.99, 1.0, 1.01, 2.0]))
def test_the_best_division_is_at_least_as_good_as_any_on_a_grid(q, returns):
    q = np.array(q[:3])
    grid = np.linspace(0, 1, 11)
    best = best_output(q, returns)
    for x in itertools.product(grid, repeat=len(q)):
        assert output(np.stack([x, 1 - np.array(x)], axis=1), q, returns) <= best * (1 + 1e-6)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(*[st.floats(0.2, 5.0)] * 3), min_size=3, max_size=5))
def test_few_agents_are_assigned_as_well_as_can_be(q):
    q = np.array(q)
    brute = max(output(np.eye(3)[list(task)], q, 1.0) for task in itertools.product(range(3), repeat=len(q)))
    assert best_output(q, 1.0, divisible=False) == pytest.approx(brute)


def test_agents_in_order_of_comparative_advantage_do_as_well_as_any_division_of_many():
    stream = np.random.default_rng(1)
    for returns in (1.0, 1.2):
        q = np.exp(stream.normal(size=(9, 2)))
        best = best_output(q, returns)
        brute = 0.0
        for divides in range(9):
            others = [i for i in range(9) if i != divides]
            for task in itertools.product((0, 1), repeat=8):
                shares = np.zeros((9, 2))
                shares[others, task] = 1.0
                made = ((shares * q) ** returns).sum(axis=0)
                x = np.linspace(0, 1, 51)
                a, b = made[0] + (x * q[divides, 0]) ** returns, made[1] + ((1 - x) * q[divides, 1]) ** returns
                brute = max(brute, np.sqrt(a * b).max())
        assert 0.999 * best <= brute <= best * (1 + 1e-9)


def test_ricardo_by_hand():
    # all of the second's time for the first task, the first divides: max (6x + 3)(4 - 4x) at x = 1/4
    assert best_output(RICARDO, 1.0) == pytest.approx(math.sqrt(4.5 * 3.0))
    assert gains_from_trade(RICARDO, [[0.25, 0.75], [1, 0]]) == pytest.approx(
        best_output(RICARDO, 1.0) / alone(RICARDO, 1.0) - 1
    )


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(0.0, 5.0), min_size=4, max_size=4), st.sampled_from(["nash", "price"]))
def test_nobody_loses_by_an_exchange_and_nothing_is_lost(goods, bargaining):
    state = Production(economy="trade", bargaining=bargaining).state(2)
    state.goods[:] = np.array(goods).reshape(2, 2)
    before, total = [plain(utility)(state, i) for i in range(2)], state.goods.sum(axis=0)
    plain(exchange)(state, 0, 1)
    after = [plain(utility)(state, i) for i in range(2)]
    assert state.goods.sum(axis=0) == pytest.approx(total)
    assert (state.goods >= 0).all()
    assert all(late >= early - 1e-9 for early, late in zip(before, after, strict=True))
    assert sum(after) == pytest.approx(max(math.sqrt(total.prod()), sum(before)))  # all that there is to gain
    if bargaining == "nash" and sum(after) > sum(before):
        assert after[0] - before[0] == pytest.approx(after[1] - before[1], abs=1e-9)


def test_a_price_clears_the_market_of_two(version):
    state = Production(economy="trade", bargaining="price").state(2)
    state.goods[:] = [[4.0, 0.0], [1.0, 5.0]]
    version(exchange)(state, 0, 1)
    price = 5.0 / 5.0  # of good 1 in good 2: total of the second over that of the first
    wealth = np.array([4.0 * price, 1.0 * price + 5.0])
    assert state.goods[:, 0] == pytest.approx(wealth / (2 * price))  # half of wealth for each good
    assert state.goods[:, 1] == pytest.approx(wealth / 2)


@pytest.mark.parametrize("network", ["complete:n=4", "cycle:n=4"])
def test_many_rounds_of_trade_are_as_good_as_a_common_market(network):
    environment = Production(economy="trade", returns=1.0, num_rounds=300)
    scene = Scenario(environment, "gradient_ascent", network, 1, METRICS)
    found = run(scene, replications=3, seed=1).agents
    for _, agents in found.groupby("run"):
        made = output(agents[["share_1", "share_2"]], np.ones((4, 2)), 1.0)
        assert agents.utility.sum() == pytest.approx(made)


def test_two_who_trade_follow_comparative_advantage():
    environment = Production(economy="trade", returns=1.0, abilities=RICARDO, burn_in=300)
    learner = "gradient_ascent:alpha=0.02"
    result = run(Scenario(environment, learner, "complete:n=2", 400, METRICS), replications=2, seed=1)
    assert result.metrics["efficiency"].value == pytest.approx(1.0, abs=1e-6)
    assert result.metrics["alignment"].value == 1.0
    assert result.agents.share_1.to_numpy() == pytest.approx([0.25, 1.0], abs=1e-3)  # of the first run


def test_a_team_recovers_from_the_loss_of_its_specialists():
    skilled = ((2.0, 1.0),) * 4 + ((1.0, 2.0),) * 4
    leave = tuple(PresenceEvent(300, i, "leave") for i in range(4))
    environment = Production(returns=1.0, abilities=skilled)
    made = {}
    for steps in (300, 301, 700):
        scene = Scenario(environment, "gradient_ascent", "complete:n=8", steps, METRICS, presence_events=leave)
        made[steps] = run(scene, seed=1, record_every=None).runs.last_output.item()
    assert made[300] == pytest.approx(best_output(skilled, 1.0), abs=1e-6)
    assert made[301] == 0.0  # nobody is left at the first task
    assert made[700] == pytest.approx(best_output(skilled[4:], 1.0), abs=1e-6)


def test_who_lives_alone_gains_nothing_whoever_leaves():
    leave = tuple(PresenceEvent(20, i, "leave") for i in range(2))
    environment = Production(economy="autarky", abilities=((2.0, 3.0),) + ((1.0, 1.0),) * 3)
    scene = Scenario(environment, "gradient_ascent:spread=0", "complete:n=4", 50, METRICS, presence_events=leave)
    metrics = run(scene, seed=1, record_every=None).metrics
    assert metrics["gains"].value == pytest.approx(0.0, abs=1e-12)  # against those present alone
    assert metrics["efficiency"].reason == "no step was counted, or agents came or went in the counted steps"


def test_small_runs_draw_other_abilities():
    result = run(small(), replications=2, seed=1)
    assert result.agents.ability_1.nunique() == 4
    assert (result.runs.efficiency <= 1 + 1e-12).all()


def test_learners_without_slopes_divide_labour_too():
    environment = Production(effort="tasks", returns=1.0, burn_in=400)
    result = run(Scenario(environment, "exp3:gamma=0.1", "complete:n=2", 800, METRICS), replications=2, seed=1)
    assert result.metrics["division"].value > 0.5


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"num_tasks": 3}, "num_tasks: 3 is not accepted with effort=continuous; accepted: 2, or effort=tasks"),
        ({"abilities": ((1.0, 0.0),)}, "abilities: (1.0, 0.0) of agent 0 is not accepted; accepted: 2 numbers > 0"),
        ({"abilities": ((1.0, 1.0), (1.0,))}, "abilities: (1.0,) of agent 1 is not accepted"),
        ({"returns": 0.0}, "returns: 0.0 is not accepted; accepted: a float, > 0"),
        ({"economy": "barter"}, "economy: 'barter' is not accepted"),
        ({"economy": "autarky", "effort": "tasks"}, "economy: 'autarky' is not accepted with effort=tasks"),
        ({"economy": "autarky", "effort": "levels", "num_levels": 2}, "is not accepted with num_levels=2"),
    ],
)
def test_what_cannot_be_is_refused(parameters, message):
    with pytest.raises(ParameterError) as error:
        Production(**parameters)
    assert message in str(error.value)


def test_abilities_are_those_of_all_agents():
    scene = Scenario(Production(abilities=RICARDO), "gradient_ascent", "complete:n=3", 5)
    with pytest.raises(ParameterError, match=r"environment.abilities: 2 rows are not accepted; accepted: 3"):
        run(scene, seed=1)


def test_each_task_can_have_its_agent():
    scene = Scenario(Production(effort="tasks", num_tasks=3), "roth_erev", "complete:n=2", 5)
    with pytest.raises(ParameterError, match=r"environment.num_tasks: 3 is not accepted with 2 agents .* at most 2"):
        run(scene, seed=1)


def test_learners_that_do_not_fit_say_what_would():
    with pytest.raises(ParameterError, match=r"accepted: environment\.effort=continuous"):
        run(Scenario(Production(effort="levels"), "gradient_ascent", "complete:n=3", 5), seed=1)
    with pytest.raises(ParameterError, match=r"accepted: environment\.effort=levels or environment\.effort=tasks"):
        run(Scenario(Production(), "q_learning", "complete:n=3", 5), seed=1)
