"""Schelling's city."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from socialsim.core.errors import ParameterError
from socialsim.core.streams import Purpose, seed_streams
from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.environments.segregation import METRICS, Segregation, scenario
from socialsim.environments.segregation.city import cluster_index, expected_like_share, neighbours, sites_by_distance
from socialsim.environments.segregation.mechanics import judge, move_all, settle
from socialsim.testing.links import by_hand

NETWORK = by_hand(0)


def a_city(plan, **values):
    """Return a state in which people live as drawn, a digit a group and a dot a vacancy, rows from the top."""
    rows = plan.split()
    lived = np.array([[-1 if symbol == "." else int(symbol) for symbol in row] for row in rows]).ravel()
    order = np.argsort(np.where(lived < 0, 9, lived), kind="stable")
    sizes = np.bincount(lived[lived >= 0], minlength=2)
    city = Segregation(
        height=len(rows), width=len(rows[0]), shares=tuple(sizes / sizes.sum()), **{"periodic": False, **values}
    )
    env = city.state(int(sizes.sum()))
    env.slots[:] = order
    env.holder[order] = np.arange(len(order))
    for site, group in enumerate(lived):
        if group >= 0:
            env.around[env.near[site][env.near[site] >= 0], group] += 1
    for site in range(len(lived)):
        judge(env, site)
    return env


def move(function, env, stream):
    """Let those who want to move do so."""
    with np.errstate(over="ignore"):
        function(env, NETWORK, np.ones(env.group.shape[0], np.int64), stream)


def drawn(env):
    """Return a state as `a_city` reads it."""
    symbols = ["." if k >= len(env.group) else str(env.group[k]) for k in env.holder]
    return ["".join(symbols[first : first + env.num_columns]) for first in range(0, len(symbols), int(env.num_columns))]


def discontented_sites(env):
    return sorted(env.slots[env.queue[: env.num_discontented[0]]].tolist())


def check_books(env, city):
    """Make sure that all that is kept by increments is what counting gives."""
    n, near = len(env.group), neighbours(city.height, city.width, city.periodic, city.neighbourhood)
    assert sorted(env.slots) == list(range(len(env.slots)))
    assert (env.slots[env.holder] == np.arange(len(env.slots))).all()
    lived = np.where(env.holder < n, np.append(env.group, 0)[np.minimum(env.holder, n)], -1)
    for site, around in enumerate(near):
        found = [int((lived[around[around >= 0]] == g).sum()) for g in range(len(city.shares))]
        assert env.around[site].tolist() == found
    unhappy = set()
    for i, site in enumerate(env.slots[:n]):
        like, total = env.around[site, env.group[i]], env.around[site].sum()
        if total - like > city.tolerance * total + 1e-9 or like > city.most_like * total + 1e-9:
            unhappy.add(i)
    assert set(env.queue[: env.num_discontented[0]].tolist()) == unhappy
    assert {i for i in range(n) if env.rank[i] >= 0} == unhappy


# --- By hand ---------------------------------------------------------------------------------------------------


def test_who_is_outnumbered_is_discontented():
    assert discontented_sites(a_city("001 0.1 ..1", tolerance=0.5)) == []
    assert discontented_sites(a_city("001 0.1 ..1", tolerance=0.4)) == [1, 2]  # half are unlike
    assert discontented_sites(a_city("001 0.1 ..1", tolerance=0.0)) == [1, 2, 5]
    assert discontented_sites(a_city("001 0.1 ..1", tolerance=1.0, most_like=0.5)) == [0, 3, 5, 8]


def test_the_nearest_that_suits_is_taken(version, stream):
    env = a_city("0.11..1 .......", tolerance=0.5, destination="nearest", neighbourhood="von_neumann")
    assert discontented_sites(env) == []
    env = a_city("0110..0. ........", tolerance=0.4, destination="nearest", neighbourhood="von_neumann")
    assert discontented_sites(env) == [0, 1, 2, 3]
    env.rank[env.queue[:4]] = -1  # only the 0 on site 3 is asked
    env.queue[0], env.rank[1], env.num_discontented[0] = 1, 0, 1
    move(version(move_all), env, stream)
    assert drawn(env) in (["011.0.0.", "........"], ["011...0.", "...0...."])  # a step away it has nobody beside it


def test_one_in_a_crowd_moves_to_its_like(version, stream):
    env = a_city("111... 101..0 111..0", tolerance=0.5, destination="nearest")
    assert discontented_sites(env) == [7]
    move(version(move_all), env, stream)
    assert drawn(env) == ["111...", "1.1.00", "111..0"]  # on the fourth column three of four would be unlike


def test_whoever_moves_next_door_is_no_neighbour_of_itself(version, stream):
    env = a_city("10..", tolerance=0.0, most_like=0.0, destination="nearest")
    env.rank[1], env.num_discontented[0] = -1, 1  # only the 0 is asked
    env.queue[0], env.rank[0] = 0, 0
    move(version(move_all), env, stream)
    assert drawn(env) == ["1.0."]
    assert env.num_discontented[0] == 0


def test_nobody_moves_where_nothing_suits_and_that_is_the_end():
    env = a_city("0101 1.10", tolerance=0.2, destination="content")
    move(move_all, env, seed_streams(1, np.arange(1), Purpose.DYNAMICS)[0])
    assert env.num_moves[0] == 0
    assert Segregation.done(env) == 1


def test_in_reading_order_people_are_asked_row_by_row(version, stream):
    env = a_city("10.. 01..", tolerance=0.5, schedule="reading", neighbourhood="von_neumann")
    move(version(move_all), env, stream)
    assert env.slots[2] != 0  # the 1 in the corner is asked first, and moves
    assert env.num_discontented[0] == 0


def test_a_single_one_moves_a_step(version, stream):
    env = a_city("10.. 01..", tolerance=0.4, schedule="single", neighbourhood="von_neumann")
    move(version(move_all), env, stream)
    assert env.num_moves[0] == 1


def test_steps_to_sites_come_by_rows_and_columns():
    assert sites_by_distance(3, 4, False)[:4, 2].tolist() == [1, 1, 1, 1]
    for periodic in (True, False):
        steps = sites_by_distance(4, 5, periodic)
        reached = {(r % 4, c % 5) for r, c, _ in steps.tolist()}
        assert len(reached) == 4 * 5 - 1 if periodic else len(steps) == 7 * 9 - 1
        assert (np.diff(steps[:, 2]) >= 0).all()
    assert len(sites_by_distance(4, 5, True)) == 4 * 5 - 1


# --- Invariants ------------------------------------------------------------------------------------------------


@settings(max_examples=40, deadline=None)
@given(
    st.integers(3, 6),
    st.integers(3, 7),
    st.booleans(),
    st.sampled_from(["moore", "von_neumann"]),
    st.sampled_from(["any", "content", "nearest"]),
    st.sampled_from(["together", "random", "reading", "single"]),
    st.sampled_from([(0.5, 0.5), (0.2, 0.3, 0.5)]),
    st.sampled_from([0.2, 0.5, 0.7]),
    st.sampled_from([1.0, 0.8]),
    st.booleans(),
    st.integers(0, 2**32),
)
def test_the_books_are_right_after_any_moves(
    height, width, periodic, around, destination, schedule, shares, tolerance, most_like, flows, seed
):
    city = Segregation(
        height=height,
        width=width,
        periodic=periodic,
        neighbourhood=around,
        destination=destination,
        schedule=schedule,
        shares=shares,
        tolerance=tolerance,
        most_like=most_like,
        movers="all" if flows and destination != "any" else "discontented",
    )
    env = city.state(height * width * 3 // 4)
    stream = seed_streams(seed, np.arange(1), Purpose.DYNAMICS)[0]
    with np.errstate(over="ignore"):
        settle(env, stream)
        check_books(env, city)
        for _ in range(3):
            move(move_all, env, stream)
            check_books(env, city)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from(["content", "nearest"]), st.sampled_from(["random", "reading", "single"]))
def test_where_people_move_one_by_one_a_move_ends_in_content(seed, destination, schedule):
    city = Segregation(height=6, width=6, destination=destination, schedule=schedule)
    env = city.state(28)
    stream = seed_streams(seed, np.arange(1), Purpose.DYNAMICS)[0]
    with np.errstate(over="ignore"):
        settle(env, stream)
        if schedule == "single":
            before = env.slots[:28].copy()
            move(move_all, env, stream)
            moved = np.flatnonzero(before != env.slots[:28])
            assert len(moved) <= 1
            assert (env.rank[moved] < 0).all()


# --- Theorems and limits ---------------------------------------------------------------------------------------


def test_the_expected_share_is_the_mean_over_all_permutations():
    near = neighbours(2, 4, False, "moore")
    homes, groups = (0, 1, 3, 4, 6), (0, 0, 0, 1, 1)
    shares = []
    for order in set(itertools.permutations(groups)):
        lived = dict(zip(homes, order, strict=True))
        pairs = [(s, t) for s in homes for t in near[s] if t in lived]
        shares.append(np.mean([lived[s] == lived[t] for s, t in pairs]))
    assert np.mean(shares) == pytest.approx(expected_like_share(groups), abs=1e-12)


def test_random_homes_are_not_segregated_in_the_mean():
    city = Scenario(Segregation(height=10, width=10, shares=(0.7, 0.3)), "innate", "complete:n=80", 0, METRICS)
    index = run(city, replications=200, seed=1).metrics["segregation_index"]
    assert abs(index.value) < 4 * index.standard_error
    assert index.standard_error < 0.01


def test_a_chessboard_is_at_rest_if_half_unlike_is_tolerated_and_not_else():
    board = "0101 1010 0101 101."
    assert discontented_sites(a_city(board, tolerance=1.0, neighbourhood="von_neumann")) == []
    assert len(discontented_sites(a_city(board, tolerance=0.9, neighbourhood="von_neumann"))) == 15
    inner = a_city(board, tolerance=0.5, neighbourhood="moore")
    assert not {5, 6, 9} & set(discontented_sites(inner))  # four like, four unlike; at the border three of five unlike


def test_a_chessboard_with_joined_borders_and_a_vacancy_is_at_rest_if_four_unlike_of_seven_are_tolerated():
    board = "010101 101010 010101 101010 010101 10101."
    assert discontented_sites(a_city(board, tolerance=4 / 7, periodic=True)) == []
    assert discontented_sites(a_city(board, tolerance=0.5, periodic=True)) == [0, 4, 24, 28]  # across the corners
    assert len(discontented_sites(a_city(board, tolerance=0.9, periodic=True, neighbourhood="von_neumann"))) == 35


def test_who_tolerates_all_never_moves():
    result = run(scenario().replace({"environment.tolerance": 1.0}), replications=3, seed=1)
    assert (result.runs.steps == 0).all()
    assert (result.runs.verdict == 0).all()


def test_mild_preferences_segregate():
    """Those who want a third alike, less than chance gives them, end with over two thirds."""
    city = Scenario(
        Segregation(height=20, width=20, tolerance=2 / 3, destination="any"), "innate", "complete:n=360", 500, METRICS
    )
    found = run(city, replications=4, seed=1).metrics
    assert found["like_share"].low > 0.65
    assert found["rest_rate"].value == 1.0


def test_integrationists_stay_mixed():
    city = Segregation(height=20, width=20, tolerance=0.75, most_like=0.75, destination="any")
    found = run(Scenario(city, "innate", "complete:n=300", 300, METRICS), replications=4, seed=1).metrics
    assert found["segregation_index"].high < 0.5


def rest_of_a_plain_city(height, width, num_agents, tolerance, rng):
    """Return the share of like pairs when a city written with a dictionary has come to rest (any vacancy, together)."""
    sites = [(r, c) for r in range(height) for c in range(width)]
    order = [sites[k] for k in rng.permutation(len(sites))]
    lived = {site: k % 2 for k, site in enumerate(order[:num_agents])}
    vacant = order[num_agents:]

    def beside(site):
        steps = [(r, c) for r in (-1, 0, 1) for c in (-1, 0, 1) if (r, c) != (0, 0)]
        return [lived.get(((site[0] + r) % height, (site[1] + c) % width)) for r, c in steps]

    def counts(site):
        near = [group for group in beside(site) if group is not None]
        return sum(group == lived[site] for group in near), len(near)

    while unhappy := [site for site in lived if (lambda a, n: n - a > tolerance * n)(*counts(site))]:
        for k in rng.permutation(len(unhappy)):
            place = rng.integers(len(vacant))
            lived[vacant[place]] = lived.pop(unhappy[k])
            vacant[place] = unhappy[k]
    found = np.array([counts(site) for site in lived]).sum(axis=0)
    return found[0] / found[1]


def test_a_city_written_with_a_dictionary_ends_as_segregated():
    rng = np.random.Generator(np.random.SFC64(1))
    plain = [rest_of_a_plain_city(10, 10, 80, 0.6, rng) for _ in range(40)]
    city = Scenario(
        Segregation(height=10, width=10, tolerance=0.6, destination="any"), "innate", "complete:n=80", 1000, METRICS
    )
    found = run(city, replications=100, seed=1).metrics["like_share"]
    error = math.hypot(found.standard_error, np.std(plain, ddof=1) / math.sqrt(len(plain)))
    assert found.value == pytest.approx(np.mean(plain), abs=4 * error)


def test_clusters_are_those_of_networkx():
    import networkx as nx

    rng = np.random.Generator(np.random.SFC64(2))
    near = neighbours(6, 7, True, "von_neumann")
    lived = rng.integers(-1, 2, 42)
    graph = nx.Graph([(s, t) for s in range(42) for t in near[s] if lived[s] == lived[t] >= 0])
    graph.add_nodes_from(np.flatnonzero(lived >= 0))
    squares = sum(len(part) ** 2 for part in nx.connected_components(graph))
    assert cluster_index(lived, 7, True) == pytest.approx(squares / ((lived == 0).sum() ** 2 + (lived == 1).sum() ** 2))


# --- Learners --------------------------------------------------------------------------------------------------


def test_those_who_learn_see_eighths_and_are_paid_for_content():
    env = a_city("001 0.1 ..1", tolerance=0.5, decision="learned", moving_cost=0.25)
    assert [Segregation.observe(env, NETWORK, i) for i in range(6)] == [9, 5, 9, 5, 6, 9]
    rewards = np.zeros(6)
    stream = seed_streams(1, np.arange(1), Purpose.DYNAMICS)[0]
    with np.errstate(over="ignore"):
        Segregation.advance(env, NETWORK, np.array([0, 1, 0, 0, 0, 0]), rewards, stream)
    assert rewards[1] == (0.75 if env.rank[1] < 0 else -0.25)
    assert all(rewards[i] == (1.0 if env.rank[i] < 0 else 0.0) for i in (0, 2, 3, 4, 5))


def test_the_rule_learnt_is_to_leave_where_few_are_alike():
    city = Segregation(height=8, width=8, decision="learned", tolerance=0.5, moving_cost=0.2)
    model = Scenario(city, "q_learning:discount=0,epsilon=0.05,initial_value=1", "complete:n=48", 400)
    counts = run(model, replications=1, seed=1, record="counts").tables["count"]
    few, many = (counts[counts.observation.isin(seen)] for seen in ((1, 2, 3), (6, 7, 8, 9)))
    moves = [float(part["count"][part.action == 1].sum() / part["count"].sum()) for part in (few, many)]
    assert moves[0] > 0.5 > 0.15 > moves[1]


# --- Bad input -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"shares": (0.5, 0.6)}, "shares: [0.5, 0.6] is not accepted; accepted: 2 to 7 numbers >= 0 of sum 1"),
        ({"shares": (1.0,)}, "shares: [1.0] is not accepted; accepted: 2 to 7 numbers >= 0 of sum 1"),
        ({"shares": (0.5, math.nan)}, "shares"),
        ({"tolerance": 1.1}, "tolerance: 1.1 is not accepted; accepted: a float, >= 0, <= 1"),
        ({"height": 2}, "height: 2 x 50 sites with joined borders; accepted: 3 or more of height and width"),
        ({"movers": "all", "destination": "any"}, "movers: 'all' with destination 'any' is aimless"),
        ({"decision": "learned", "schedule": "single"}, "decision: 'learned' asks everybody at once"),
        ({"moving_cost": 0.1}, "moving_cost: 0.1 is not accepted; accepted: 0 with decision=rule"),
    ],
)
def test_what_cannot_be_is_refused_by_name(values, words):
    with pytest.raises(ParameterError) as error:
        Segregation(**values)
    assert words in str(error.value)


def test_a_learner_without_choice_is_refused_where_there_is_one():
    with pytest.raises(ParameterError, match="'innate' decides nothing"):
        run(scenario().replace({"environment.decision": "learned"}))


def test_a_full_city_is_refused():
    with pytest.raises(ParameterError, match="2500 agents on 50 x 50 sites; accepted: at most 2499"):
        run(scenario().replace({"network": "complete:n=2500"}))
