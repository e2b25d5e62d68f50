"""Predators and prey on a grid."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from socialsim.core.errors import ParameterError
from socialsim.core.streams import Purpose, seed_streams
from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.environments.ecology import METRICS, Ecology, scenario, swing_period
from socialsim.environments.ecology.mechanics import bear, found, live, others_near, remove
from socialsim.environments.ecology.theory import (
    Rates,
    course,
    eigenvalue,
    equilibrium,
    evolved_speeds,
    flow,
    rates,
    selection_gradient,
)


def an_empty_grid(**values):
    world = Ecology(height=3, width=4, prey_start=0.0, predator_start=0.0, **values)
    env = world.state(24)
    with np.errstate(over="ignore"):
        found(env, a_stream(1))
    return env


def a_stream(seed):
    return seed_streams(seed, np.arange(1), Purpose.DYNAMICS)[0]


def let_live(env, num_events, seed=1):
    """Let so many events happen and return the rewards."""
    rewards, stream = np.zeros(len(env.site)), a_stream(seed)
    with np.errstate(over="ignore"):
        for _ in range(num_events):
            live(env, rewards, stream)
    return rewards


def check_books(env):
    """Make sure that sites and agents agree on who lives where."""
    num_sites = len(env.holder)
    for s, i in enumerate(env.holder):
        assert i < 0 or env.site[i] == s
    living = np.flatnonzero(env.site >= 0)
    assert (env.holder[env.site[living]] == living).all()
    assert env.num_alive.tolist() == [(living < num_sites).sum(), (living >= num_sites).sum()]
    for kind in range(2):
        first = kind * num_sites
        free = env.unborn[first + (env.next_born[kind] + np.arange(num_sites - env.num_alive[kind])) % num_sites]
        own = living[(living >= first) & (living < first + num_sites)]
        assert sorted([*free.tolist(), *own.tolist()]) == list(range(first, first + num_sites))


# --- By hand ---------------------------------------------------------------------------------------------------


def test_a_sure_hunter_turns_prey_into_predators():
    env = an_empty_grid(birth=0.0, capture=1.0, death=0.0, conversion=1.0, mutation=0.0)
    for site in range(11):
        bear(env, 0, site, 0.0)
    bear(env, 1, 11, 1.0)
    rewards = let_live(env, 400)
    assert env.num_alive.tolist() == [0, 12]
    assert env.num_born.tolist() == [0, 11]
    assert (env.speed[env.holder] == 1.0).all()  # all inherit it
    assert rewards[:11].tolist() == [-1.0] * 11
    assert rewards[12:].sum() == 11


def test_prey_faster_than_any_predator_is_never_caught():
    env = an_empty_grid(birth=0.0, capture=1.0, death=0.0)
    bear(env, 0, 0, 1.0)
    bear(env, 1, 1, 0.0)
    let_live(env, 300)
    assert env.num_alive.tolist() == [1, 1]


def test_prey_alone_fills_the_grid_and_is_paid_for_offspring():
    env = an_empty_grid(birth=1.0)
    bear(env, 0, 5, 0.0)
    rewards = let_live(env, 400)
    assert env.num_alive.tolist() == [12, 0]
    assert rewards.sum() == 11


def test_prey_at_full_cost_bears_nothing():
    env = an_empty_grid(birth=1.0, birth_cost=1.0)
    bear(env, 0, 5, 1.0)
    let_live(env, 300)
    assert env.num_alive.tolist() == [1, 0]


def test_those_near_are_counted_up_to_two(version):
    env = an_empty_grid()
    bear(env, 0, 5, 0.0)
    for number, site in enumerate((6, 4, 1)):
        assert version(others_near)(env, 0) == min(number, 2)
        bear(env, 1, site, 0.0)
    bear(env, 0, 9, 0.0)
    assert version(others_near)(env, 0) == 2
    assert [version(Ecology.observe)(env, None, i) for i in (0, 2)] == [0, 0]  # nobody chooses here


# --- Invariants ------------------------------------------------------------------------------------------------


@settings(max_examples=30, deadline=None)
@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 0.5), st.floats(0, 1), st.booleans(), st.integers(0, 2**32))
def test_sites_and_agents_agree_after_any_events(birth, conversion, death, mobility, mixed, seed):
    world = Ecology(
        height=4,
        width=5,
        birth=birth,
        conversion=conversion,
        death=death,
        mobility=mobility,
        mutation=0.5,
        mutation_size=0.4,
        space="mixed" if mixed else "grid",
    )
    env = world.state(40)
    with np.errstate(over="ignore"):
        found(env, a_stream(seed))
    check_books(env)
    for k in range(5):
        let_live(env, 20, seed + k)
        check_books(env)
        living = env.site >= 0
        assert ((env.speed[living] >= 0) & (env.speed[living] <= 1)).all()


def test_rows_are_used_again_the_longest_free_first():
    """So that nobody is paid, in the step of its death, what a newborn earns."""
    env = an_empty_grid()
    rows = []
    for _ in range(50):
        bear(env, 1, 3, 0.5)
        check_books(env)
        rows.append(int(env.holder[3]))
        remove(env, env.holder[3])
    check_books(env)
    assert rows == [12 + k % 12 for k in range(50)]


# --- Theorems and limits ---------------------------------------------------------------------------------------


def test_predators_without_prey_die_at_their_rate():
    """Each is looked at binomially often: survival of a step is (1 - d / S)^S."""
    alive = 0
    for seed in range(60):
        env = an_empty_grid(death=0.3, death_cost=0.0)
        for site in range(12):
            bear(env, 1, site, 0.0)
        let_live(env, 12, seed)
        alive += env.num_alive[1]
    chance = (1 - 0.3 / 12) ** 12
    assert alive / 720 == pytest.approx(chance, abs=4 * math.sqrt(chance * (1 - chance) / 720))


def distance_to_the_mean_field(side, replications):
    """Return the root mean square distance of densities from the mean field over forty steps."""
    world = Ecology(height=side, width=side, space="mixed", birth=0.5, mutation=0.0)
    model = Scenario(world, "innate", f"complete:n={2 * side * side}", 40, METRICS)
    series = run(model, replications=replications, seed=1, record_every=8, series_runs=replications).series
    exact = course(rates(world, 0.0, 0.0), (0.3, 0.2), 40)
    here = exact[series.step.to_numpy()]
    return math.sqrt(np.mean((series.mean_prey - here[:, 0]) ** 2 + (series.mean_predators - here[:, 1]) ** 2))


def test_where_all_is_mixed_densities_follow_the_mean_field():
    few, many = distance_to_the_mean_field(8, 8), distance_to_the_mean_field(40, 1)
    assert many < 0.025
    assert 2.0 < few / many < 12.0  # 1 / sqrt(number of sites): 5, give or take


@pytest.mark.compiled
def test_distances_fall_with_the_root_of_the_number_of_sites():
    sides = (16, 32, 64)
    distances = [distance_to_the_mean_field(side, 20) for side in sides]
    slope = np.polyfit(np.log(np.square(sides)), np.log(distances), 1)[0]
    assert slope == pytest.approx(-0.5, abs=0.07)


@given(st.floats(0.05, 1), st.floats(0.2, 1), st.floats(0.3, 1), st.floats(0.01, 0.05))
def test_the_equilibrium_rests_and_draws_densities_in(birth, capture, conversion, death):
    here = Rates(birth, capture, conversion, death)
    point = np.array(equilibrium(here))
    assert flow(here, point) == pytest.approx([0, 0], abs=1e-12)
    step = 1e-6
    columns = [(flow(here, point + step * axis) - flow(here, point - step * axis)) / (2 * step) for axis in np.eye(2)]
    values = np.linalg.eigvals(np.array(columns).T)
    expected = eigenvalue(here)
    assert expected.real < 0
    assert min(abs(values - expected)) < 1e-6


@pytest.mark.compiled
def test_chance_keeps_up_swings_of_the_period_that_the_mean_field_has():
    world = Ecology(height=48, width=48, space="mixed", birth=0.2, death=0.1, mutation=0.0)
    model = Scenario(world, "innate", f"complete:n={2 * 48 * 48}", 2000, METRICS)
    found = swing_period(run(model, replications=10, seed=1, record_every=1, series_runs=10))
    value = eigenvalue(rates(world, 0.0, 0.0))
    assert found.value == pytest.approx(2 * math.pi / value.imag, rel=0.2)


@given(st.floats(0, 0.9), st.floats(0, 0.9))
def test_gradients_are_those_of_the_growth_of_rare_mutants(prey_speed, predator_speed):
    world = Ecology(birth=0.5, birth_cost=0.8, capture=0.9, conversion=0.7, death=0.03, death_cost=2.0)
    x, y = equilibrium(rates(world, prey_speed, predator_speed))

    def prey_growth(u):
        mutant = rates(world, u, predator_speed)
        return mutant.birth * (1 - x - y) - mutant.capture * y

    def predator_growth(v):
        mutant = rates(world, prey_speed, v)
        return mutant.conversion * mutant.capture * x - mutant.death

    assert prey_growth(prey_speed) == pytest.approx(0, abs=1e-12)  # residents neither grow nor shrink
    assert predator_growth(predator_speed) == pytest.approx(0, abs=1e-12)
    step = 1e-5
    slopes = [
        (growth(speed + step) - growth(speed - step)) / (2 * step)
        for growth, speed in ((prey_growth, prey_speed), (predator_growth, predator_speed))
    ]
    assert selection_gradient(world, prey_speed, predator_speed) == pytest.approx(slopes, abs=1e-8)


@given(st.floats(0.7, 1), st.floats(0.5, 3), st.floats(0.1, 1), st.floats(0.01, 0.1))
def test_selection_rests_where_the_theory_has_it_whatever_the_rates(birth_cost, death_cost, birth, death):
    world = Ecology(birth=birth, birth_cost=birth_cost, death=death, death_cost=death_cost)
    u, v = evolved_speeds(world)
    prey, predator = selection_gradient(world, u, v)
    assert u < 1
    assert prey == pytest.approx(0, abs=1e-9)
    assert predator == pytest.approx(0, abs=1e-9) or (v == 1.0 and predator > 0)


def test_cheap_speed_of_one_kind_speeds_predators_up_and_prey_down():
    """Faster predators make for slower prey, and faster prey for faster predators."""
    prey, predators = evolved_speeds(Ecology())
    prey_chased, fast_predators = evolved_speeds(Ecology(death_cost=0.8))
    fast_prey, predators_fled = evolved_speeds(Ecology(birth_cost=0.8))
    assert fast_predators > predators
    assert prey_chased < prey
    assert fast_prey > prey
    assert predators_fled > predators


@pytest.mark.compiled
@pytest.mark.parametrize("start", [(0.0, 0.0), (0.8, 0.9)])
def test_speeds_evolve_to_where_selection_rests(start):
    world = Ecology(
        height=48,
        width=48,
        space="mixed",
        birth=0.6,
        death=0.06,
        mutation_size=0.03,
        prey_speed=start[0],
        predator_speed=start[1],
    )
    model = Scenario(world, "innate", f"complete:n={2 * 48 * 48}", 4000, METRICS)
    found = run(model, replications=6, seed=1, record_every=None).metrics
    u, v = evolved_speeds(world)
    assert found["prey_speed"].value == pytest.approx(u, abs=0.06)
    assert found["predator_speed"].value == pytest.approx(v, abs=0.06)


@pytest.mark.compiled
def test_a_lone_predator_dies_out_as_often_as_its_branching_process():
    """Born with chance A, dies with chance D, in each event: lost with D (1 - A) / [A (1 - D)]."""
    world = Ecology(
        height=30,
        width=30,
        space="mixed",
        birth=1.0,
        death=0.25,
        death_cost=0.0,
        mutation=0.0,
        prey_start=0.0,
        predator_start=0.0,
    )
    lost = 0
    for seed in range(60):
        state = world.state(1800)
        with np.errstate(over="ignore"):
            found(state, a_stream(seed))
        for site in range(899):
            bear(state, 0, site, 0.0)
        bear(state, 1, 899, 0.0)
        rewards, stream = np.zeros(1800), a_stream(seed)
        with np.errstate(over="ignore"):
            while 0 < state.num_alive[1] < 12:
                live(state, rewards, stream)
        lost += state.num_alive[1] == 0
    chance = 0.25 * 0.5 / (0.5 * 0.75)
    assert lost / 60 == pytest.approx(chance, abs=4 * math.sqrt(chance * (1 - chance) / 60))


# --- Learners --------------------------------------------------------------------------------------------------


def test_those_who_choose_see_others_and_run_at_the_speed_chosen():
    env = an_empty_grid(inheritance="learned", num_levels=3, birth=0.0, death=0.0, capture=0.0)
    bear(env, 0, 5, 0.0)
    bear(env, 1, 6, 0.0)
    assert [Ecology.observe(env, None, i) for i in (0, 1, 12, 13)] == [2, 0, 2, 0]
    with np.errstate(over="ignore"):
        Ecology.advance(env, None, np.full(24, 2), np.zeros(24), a_stream(1))
    assert env.speed[[0, 12]].tolist() == [1.0, 1.0]


@pytest.mark.compiled
def test_prey_learns_to_flee_and_predators_to_chase_where_others_are_near_and_to_save_it_elsewhere():
    world = Ecology(height=24, width=24, inheritance="learned")
    model = Scenario(world, "q_learning:discount=0,alpha=0.02", f"complete:n={2 * 24 * 24}", 4000, METRICS)
    counts = run(model, replications=1, seed=1, record="counts").tables["count"]
    for is_predator in (False, True):
        own = counts[(counts.agent >= 24 * 24) == is_predator].groupby(["observation", "action"])["count"].sum()
        alone, near = (own[seen, 1] / own[seen].sum() for seen in (1, 3))
        assert alone < 0.35 < 0.6 < near


# --- Bad input -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"birth": 1.5}, "birth: 1.5 is not accepted; accepted: a float, >= 0, <= 1"),
        ({"death": 0.6}, "death: 0.6 (1 + death_cost) with death_cost 1.0 is no chance; accepted: at most 1"),
        ({"prey_start": 0.9}, "prey_start: 0.9 and predator_start 0.2; accepted: a sum of at most 1"),
        ({"height": 2}, "height: 2 is not accepted"),
    ],
)
def test_what_cannot_be_is_refused_by_name(values, words):
    with pytest.raises(ParameterError) as error:
        Ecology(**values)
    assert words in str(error.value)


def test_agents_who_do_not_fit_the_grid_are_refused():
    with pytest.raises(ParameterError, match="100 agents on 64 x 64 sites; accepted: 8192"):
        run(scenario().replace({"network": "complete:n=100"}))


def test_predators_who_cannot_live_have_no_equilibrium():
    with pytest.raises(ParameterError, match="accepted: that they live"):
        equilibrium(Rates(0.5, 0.1, 1.0, 0.2))
