"""The division of labour between theories: by hand, exactly, and with Kitcher's comparison."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from socialsim.core.errors import ParameterError
from socialsim.core.streams import Purpose, seed_streams
from socialsim.engine.aggregative import draw_successor
from socialsim.engine.run import run
from socialsim.environments.theory_choice import TheoryChoice, credit_per_labour, scenario, small, solved
from socialsim.environments.theory_choice.theory import (
    Science,
    best_division,
    camp_conformity,
    equilibria,
    labour_per_head,
    marginal_value,
    pay,
    selfish_division,
    standing_at_rest,
    value_at_rest,
)
from socialsim.limits.games import Game
from socialsim.limits.solvers import solve
from socialsim.testing.links import by_hand

sciences = st.builds(
    lambda values, ceiling, rate, depletion: Science(
        np.array(values), np.full(len(values), ceiling), np.full(len(values), rate), 1.0, depletion, 0.1, 0.0, 0.9
    ),
    st.lists(st.floats(0.1, 1.0), min_size=2, max_size=4),
    st.floats(0.2, 1.0),
    st.floats(0.5, 10.0),
    st.floats(0.0, 1.0),
)


def work(game, states, actions, seed=1):
    """Return rewards and state after one step of scientists who all hear each other."""
    n = len(states)
    network = by_hand(n)
    state, rewards = game.state(n), np.zeros(n)
    state.states[:] = states
    state.common[:] = state.first_common
    stream = seed_streams(seed, np.arange(1), Purpose.DYNAMICS)[0]
    with np.errstate(over="ignore"):
        TheoryChoice.advance(state, network, np.array(actions), rewards, stream)
    return rewards, state


def novices_choose(game, division):
    """Return the policy in which novices choose by a division, and all others stay."""
    levels = game.num_levels
    stay = np.repeat(np.eye(len(game.values)), levels, axis=0)
    stay[::levels] = division
    return stay


def test_a_step_by_hand():
    """Three scientists: an expert stays on theory 0, another leaves it for theory 1 as a novice, a novice is there."""
    game = TheoryChoice(ceilings=(0.5, 1.0), rates=(2.0, 1.0), turnover=0.0, learning=1.0, conformity=0.25)
    rewards, state = work(game, [1, 1, 2], [0, 1, 1])
    assert state.aggregates[0].tolist() == [0.0, 0.5, 1.0, 1.0]  # two novices among two whom it hears; all is open
    assert rewards[0] == pytest.approx(1.0 * 1.0 * 0.5 * 2.0 + 0.25 * 0.0, abs=1e-15)  # the limit of p / z at 0
    assert state.aggregates[1].tolist() == [0.5, 0.25, 1.0, 1.0]
    assert rewards[1] == pytest.approx(0.5 * (0.5 * (1 - math.exp(-0.25)) / 0.25 + 0.25 * 0.25), abs=1e-15)
    assert state.states.tolist() == [1, 3, 3]  # all rise: the novices become experts on theory 1
    found = [0.5 * (1 - math.exp(-2.0 / 3)), 1 - math.exp(-1.0 / 3)]
    assert state.common == pytest.approx([1 - 0.2 * share for share in found], abs=1e-15)


@settings(max_examples=25)
@given(st.integers(0, 20), st.data())
def test_agents_are_paid_and_moved_by_the_very_functions_of_the_limits(seed, data):
    """Bit by bit: a step of agents, and their draws by hand from the tables of the game with the same stream."""
    game = small().environment
    n = data.draw(st.integers(2, 6))
    draw = np.random.default_rng(seed)
    states, actions = draw.integers(0, 9, n), draw.integers(0, 3, n)
    rewards, after = work(game, states, actions, seed=seed)
    tables, stream = Game(game), seed_streams(seed, np.arange(1), Purpose.DYNAMICS)[0]
    for i in range(n):
        successors, chances = tables.step(0, after.aggregates[i])
        with np.errstate(over="ignore"):
            drawn = draw_successor(successors[states[i], actions[i]], chances[states[i], actions[i]], stream)
        assert after.states[i] == drawn
        assert rewards[i] == tables.reward(0, after.aggregates[i])[states[i], actions[i]]


@given(st.floats(0.1, 1.0), st.floats(0.1, 5.0), st.floats(1.0, 3.0), st.floats(1e-6, 1.0))
def test_credit_times_labour_is_what_is_found(ceiling, rate, steepness, z):
    assert credit_per_labour(ceiling, rate, steepness, z) * z == pytest.approx(solved(ceiling, rate, steepness, z))
    at_zero = ceiling * rate if steepness == 1.0 else 0.0
    assert credit_per_labour(ceiling, rate, steepness, 0.0) == at_zero


@given(st.integers(1, 4), st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_standing_comes_to_rest_where_theory_says(num_levels, learning, turnover):
    """Two roads: the recursion, and the chain of the game raised to a high power."""
    if learning * (1 - turnover) + turnover < 0.02:
        return
    shares = standing_at_rest(num_levels, learning, turnover)
    game = TheoryChoice(standing=(1.0,) * num_levels, learning=learning, turnover=turnover)
    successors, chances = Game(game).step(0, [0.0, 0.0, 1.0, 1.0])
    chain = np.zeros((num_levels, num_levels))
    for level in range(num_levels):
        np.add.at(chain[level], successors[level, 0], chances[level, 0])
    start = np.eye(num_levels)[0] @ np.linalg.matrix_power(chain, 4096)
    assert shares == pytest.approx(start, abs=1e-9)


@settings(max_examples=15)
@given(sciences)
def test_average_success_is_equal_in_equilibrium_and_marginal_success_at_the_optimum(science):
    for division, paid in ((selfish_division(science), pay), (best_division(science), marginal_value)):
        assert division.sum() == pytest.approx(1.0)
        found = paid(science, division)
        used = division > 1e-9
        assert found[used] == pytest.approx(found[used].max(), rel=1e-6)
        assert (found[~used] <= found[used].max() + 1e-9).all()


@settings(max_examples=15)
@given(sciences, st.integers(0, 1000))
def test_no_division_is_worth_more_than_the_best(science, seed):
    best = float(value_at_rest(science, best_division(science)))
    others = np.random.default_rng(seed).dirichlet(np.ones(len(science.values)), 200)
    assert (value_at_rest(science, others) <= best + 1e-9).all()
    assert float(value_at_rest(science, selfish_division(science))) <= best + 1e-9


@settings(max_examples=15)
@given(sciences)
def test_too_many_work_on_what_promises_most(science):
    first = int(science.values.argmax())
    assert selfish_division(science)[first] >= best_division(science)[first] - 1e-6


@settings(max_examples=20)
@given(st.floats(1.0, 8.0), st.floats(0.3, 1.0))
def test_kitchers_optimum_is_in_closed_form(rate, second):
    """exp(-r x) = v exp(-r (1 - x)): x = 1/2 + ln(1 / v) / 2 r, at most 1."""
    science = Science(np.array([1.0, second]), np.full(2, 0.5), np.full(2, rate), 1.0, 0.0, 0.1, 0.0, 1.0)
    expected = min(1.0, 0.5 - math.log(second) / (2 * rate))
    assert best_division(science)[0] == pytest.approx(expected, abs=1e-9)


def test_the_best_division_on_a_grid_is_that_of_the_margins():
    """Two roads; only the grid knows what to do with a critical mass."""
    concave = TheoryChoice(values=(1.0, 0.7, 0.4), ceilings=(0.5,) * 3, rates=(3.0,) * 3).science()
    nearly = concave._replace(steepness=1.0 + 1e-12)
    assert best_division(nearly) == pytest.approx(best_division(concave), abs=2e-3)
    steep = concave._replace(steepness=4.0, rates=np.full(3, 1.0))
    assert best_division(steep).tolist() == [1.0, 0.0, 0.0]  # hands pay each other: all on the best


def test_labour_at_rest_is_that_of_the_mean_field():
    game = TheoryChoice(standing=(0.3, 0.6, 1.0))
    flow = Game(game).mean_field().flow(novices_choose(game, [0.6, 0.4]))
    labour = flow.states[-1].reshape(2, 3) @ np.array(game.standing)
    assert labour.sum() == pytest.approx(labour_per_head(game.standing, game.learning, game.turnover), abs=1e-9)


@pytest.mark.parametrize("game", [TheoryChoice(), TheoryChoice(depletion=1.0, values=(1.0, 0.9), turnover=0.2)])
def test_the_selfish_division_is_an_equilibrium_of_the_mean_field_and_the_best_division_is_none(game):
    science, limit = game.science(), Game(game).mean_field()
    selfish = limit.evaluate(novices_choose(game, selfish_division(science)))
    assert selfish.exploitability < 1e-9
    assert selfish.flow.aggregates[-1, 0, :2] == pytest.approx(science.labour * selfish_division(science), abs=1e-9)
    assert limit.exploitability(novices_choose(game, best_division(science))) > 1e-2


def test_society_gains_at_rest_what_theory_says():
    game = TheoryChoice()
    flow = Game(game).mean_field().flow(novices_choose(game, [0.7, 0.3]))
    labour, still_open = flow.aggregates[-1, 0, :2], flow.common[-1]
    found = sum(v * o * solved(0.5, 3.0, 1.0, z) for v, o, z in zip(game.values, still_open, labour, strict=True))
    assert found == pytest.approx(float(value_at_rest(game.science(), [0.7, 0.3])), abs=1e-9)


def test_a_solver_finds_the_selfish_division():
    game = TheoryChoice(standing=(1.0,), turnover=0.0, discount=0.5)  # nothing but credit
    found = solve(Game(game).mean_field(), "mirror_descent", iterations=150, rate=1.0, tolerance=1e-6)
    assert found.converged
    assert found.evaluation.flow.states[-1, 0] == pytest.approx(selfish_division(game.science()), abs=1e-5)


@given(st.floats(0.0, 3.0), st.floats(1.0, 4.0), st.floats(0.3, 1.0))
def test_equilibria_of_two_theories_alternate_in_stability(conformity, steepness, second):
    science = TheoryChoice(values=(1.0, second), conformity=conformity, steepness=steepness).science()
    found = equilibria(science)
    assert [stable for _, stable in found] == [k % 2 == 0 for k in range(len(found))]
    for share, _ in found:
        first, other = pay(science, [share, 1.0 - share])
        assert {0.0: first <= other, 1.0: first >= other}.get(share, abs(first - other) < 1e-9)


@pytest.mark.parametrize(
    "game",
    [
        TheoryChoice(values=(1.0, 0.5), conformity=1.46),
        TheoryChoice(values=(1.0, 0.8), conformity=0.5, steepness=2.0),
        TheoryChoice(values=(1.0, 1.0), conformity=0.8),
    ],
)
def test_in_the_mean_field_nobody_gains_at_any_equilibrium_and_newcomers_mend_what_is_stable(game):
    """At a stable one the theory with too few pays more, at an unstable one the theory with too many."""
    limit, found = Game(game).mean_field(), equilibria(game.science())
    assert len(found) == 3
    for share, stable in found:
        assert limit.exploitability(novices_choose(game, [share, 1.0 - share])) < 1e-9
        for moved in (share - 0.01, share + 0.01):
            if 0.0 <= moved <= 1.0:
                gained = limit.evaluate(novices_choose(game, [moved, 1.0 - moved])).best_q[0, 0, 0]
                assert (gained[0] > gained[1]) == (stable == (moved < share))


def test_all_on_the_first_theory_is_an_equilibrium_even_if_the_last_of_them_gains_nothing_by_it():
    """For e = 1 without depletion, theories that pay 1 - exp(-1) + b and 1 at the end are alike at b = exp(-1)."""
    science = Science(np.ones(2), np.ones(2), np.ones(2), 1.0, 0.0, 0.5, math.exp(-1.0), 1.0)
    first, other = pay(science, [1.0, 0.0])
    science = science._replace(conformity=science.conformity + float(other - first))
    assert pay(science, [1.0, 0.0])[0] == pay(science, [1.0, 0.0])[1]
    assert [round(share, 12) for share, _ in equilibria(science)] == [0.0, 0.5, 1.0]


def test_where_few_hands_solve_all_there_is_nothing_left_for_the_others_to_add():
    science = TheoryChoice(rates=(2000.0, 2000.0)).science()
    assert best_division(science) == pytest.approx([0.5, 0.5])
    assert selfish_division(science) == pytest.approx([2 / 3, 1 / 3])  # in proportion to what is found, v_k


def test_without_conformity_and_critical_mass_the_equilibrium_is_the_selfish_division():
    science = TheoryChoice().science()
    ((share, stable),) = equilibria(science)
    assert stable
    assert share == pytest.approx(selfish_division(science)[0], abs=1e-9)


@pytest.mark.parametrize("within", [0.6, 0.75, 0.95])
def test_two_camps_last_iff_conformity_is_worth_what_theory_says(within):
    plain = TheoryChoice(values=(1.0, 1.0))
    needed = camp_conformity(plain.science(), within)
    camps = np.stack([novices_choose(plain, each) for each in np.eye(2)])[None]
    for factor, lasts in ((0.99, False), (1.01, True)):
        game = Game(plain.replace(conformity=factor * needed))
        limit = game.graphon([[within, 1.0 - within], [1.0 - within, within]])
        assert (limit.exploitability(camps) < 1e-9) is lasts


@pytest.mark.parametrize("heard", [0.6, 0.75])
def test_at_less_conformity_camps_are_mixed_and_are_an_equilibrium_too(heard):
    """A share x of each camp on its own theory, so that one hears h x + (1 - h) (1 - x) of it."""
    plain, within = TheoryChoice(values=(1.0, 1.0)), 0.9
    own = (heard - (1.0 - within)) / (2 * within - 1.0)
    game = Game(plain.replace(conformity=camp_conformity(plain.science(), heard)))
    limit = game.graphon([[within, 1.0 - within], [1.0 - within, within]])
    camps = np.stack([novices_choose(plain, [own, 1.0 - own]), novices_choose(plain, [1.0 - own, own])])[None]
    evaluation = limit.evaluate(camps)
    assert evaluation.exploitability < 1e-9
    assert evaluation.flow.aggregates[-1, 0, 0] == pytest.approx(plain.labour_per_head() * heard, abs=1e-9)


def test_the_better_a_camp_is_shut_off_the_more_conformity_it_needs():
    science = TheoryChoice(values=(1.0, 1.0)).science()
    needed = [camp_conformity(science, within) for within in (0.55, 0.7, 0.85, 1.0)]
    assert needed == sorted(needed)
    assert camp_conformity(science._replace(steepness=3.0), 0.85) < 0.0  # a critical mass is enough


def test_outcomes_measure_the_division_of_labour():
    game = TheoryChoice()
    state = game.state(4)._replace(states=np.array([[0, 1, 1, 3]]), common=np.array([[0.4, 1.0]]))
    outcomes = game.outcomes(state)
    assert [outcomes[name][0] for name in ("share_0", "share_1", "known_0", "known_1")] == [0.75, 0.25, 0.6, 0.0]
    assert outcomes["standing"][0] == 0.875
    assert outcomes["diversity"][0] == pytest.approx(math.exp(-0.75 * math.log(0.75) - 0.25 * math.log(0.25)))
    worth = value_at_rest(game.science(), [0.75, 0.25]) / value_at_rest(game.science(), best_division(game.science()))
    assert outcomes["efficiency"][0] == pytest.approx(float(worth))


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"values": (1.0,)}, "values: 1 theories"),
        ({"rates": (1.0, 1.0, 1.0)}, "rates: 3 numbers are not accepted; accepted: one for each of 2 theories"),
        ({"ceilings": (0.5, 1.5)}, "ceilings: 1.5 is not accepted; accepted: > 0, <= 1"),
        ({"values": (1.0, 0.0)}, "values: 0.0 is not accepted; accepted: > 0$"),
        ({"standing": (0.0, 1.0)}, "standing: .* numbers > 0, <= 1"),
    ],
)
def test_tables_that_do_not_fit_are_refused(wrong, message):
    with pytest.raises(ParameterError, match=message):
        TheoryChoice(**wrong)


def test_theory_refuses_what_it_does_not_cover():
    science = TheoryChoice(conformity=0.5).science()
    with pytest.raises(ParameterError, match=r"conformity: 0\.5 is not accepted"):
        selfish_division(science)
    with pytest.raises(ParameterError, match=r"steepness: 2\.0 is not accepted; accepted: 1"):
        selfish_division(science._replace(conformity=0.0, steepness=2.0))
    with pytest.raises(ParameterError, match="values: 3 theories"):
        equilibria(small().environment.science())
    with pytest.raises(ParameterError, match="theories that differ"):
        camp_conformity(science, 0.8)
    with pytest.raises(ParameterError, match=r"within: 0\.5"):
        camp_conformity(TheoryChoice(values=(1.0, 1.0)).science(), 0.5)


def test_scientists_may_learn_what_pays():
    result = run(small(), replications=3, seed=1)
    assert result.runs.steps.tolist() == [15, 15, 15]
    assert ((result.runs.efficiency > 0) & (result.runs.efficiency < 1.001)).all()


@pytest.mark.compiled
def test_compiled_tables_of_the_limits_have_the_bits_of_plain_python():
    """And so have compiled agents, as all environments."""
    game = small().environment
    tables, env = Game(game), game.state(1)
    successors, chances = np.zeros(3, np.int64), np.zeros(3)
    for z in np.random.default_rng(1).random((5, 6)):
        paid, (leads_to, odds) = tables.reward(0, z), tables.step(0, z)
        for s, a in np.ndindex(paid.shape):
            assert paid[s, a] == TheoryChoice.reward.py_func(env, 0, s, a, z)
            TheoryChoice.step.py_func(env, 0, s, a, z, successors, chances)
            assert (leads_to[s, a].tolist(), odds[s, a].tolist()) == (successors.tolist(), chances.tolist())


@pytest.mark.compiled
def test_learners_divide_their_labour_as_selfish_scientists_do():
    result = run(scenario(), replications=20, seed=1, record_every=None)
    selfish = selfish_division(TheoryChoice().science())[0]
    assert result.runs.share_0.mean() == pytest.approx(selfish, abs=0.03)
    assert result.metrics["share_on_the_first"].low > best_division(TheoryChoice().science())[0] + 0.05
