"""Solvers of mean-field and graphon games."""

import numpy as np
import pytest

from socialsim.core.compiled import compiled
from socialsim.core.errors import ParameterError, SolverError
from socialsim.core.parameters import parameter
from socialsim.engine.aggregative import AggregativeGame
from socialsim.limits.games import Game
from socialsim.limits.library.beach_bar import BeachBar
from socialsim.limits.library.left_right import LeftRight
from socialsim.limits.library.rock_paper_scissors import RockPaperScissors
from socialsim.limits.solvers import METHODS, softmax, solve


def two_roads():
    return Game(LeftRight()).mean_field()


def chance_of_left(solution, node=0):
    return solution.policy[0, node, 0, 0, 0]


class Commuters(AggregativeGame):
    """Two roads for ever: who is on road s pays for the crowd there, and 1 - s has a toll; a road is left at will."""

    num_states, num_actions, num_features, steady = 2, 2, 2, True

    num_steps: int = parameter(0, "endless", ge=0)
    discount: float = parameter(0.5, "gamma", gt=0, le=1)
    toll: float = parameter(0.25, "of road 1")

    @staticmethod
    @compiled
    def feature(env, s, a, features):
        features[0], features[1] = 1.0 - s, s

    @staticmethod
    @compiled
    def step(env, t, s, a, z, successors, probabilities):
        successors[0], probabilities[0] = a, 1.0

    @staticmethod
    @compiled
    def reward(env, t, s, a, z):
        return -z[s] - env.toll * s


class Ladder(AggregativeGame):
    """Action 1 climbs, and once up it pays 1: to climb is worth twice as much to whoever will not err up there."""

    num_states, num_actions, steady = 2, 2, True
    num_steps: int = parameter(2, "T", ge=0)

    def initial(self):
        return np.array([1.0, 0.0])

    @staticmethod
    @compiled
    def step(env, t, s, a, z, successors, probabilities):
        successors[0], probabilities[0] = max(s, a), 1.0

    @staticmethod
    @compiled
    def reward(env, t, s, a, z):
        return float(s * a)


@pytest.mark.parametrize(
    ("method", "options", "worth"),
    [
        ("mirror_descent", {"rate": 2.0}, 0.5),  # the uniform policy goes on at random
        ("boltzmann_iteration", {"temperature": 0.5}, 0.5),
        ("prior_descent", {"temperature": 0.5}, 1.0),  # the best one does not
    ],
)
def test_methods_go_by_what_the_policy_earns_later_or_by_what_is_best(method, options, worth):
    found = solve(Game(Ladder()).mean_field(), method, 1, **options)
    odds = np.exp(2.0 * worth)
    assert found.policy[0, 0, 0, 0, 1] == pytest.approx(odds / (1.0 + odds), rel=1e-14)


def test_boltzmann_iteration_forgets_and_mirror_descent_adds_up():
    """Two iterations; the second Q is that of a policy which climbs, and pays, with other chances than 1/2."""
    first = 1.0 / (1.0 + np.exp(-2.0))  # the chance of action 1 up there, where it pays 1
    for method, options, score in (
        ("boltzmann_iteration", {"temperature": 0.5}, 2.0 * first),
        ("mirror_descent", {"rate": 2.0}, 2.0 * (0.5 + first)),
    ):
        found = solve(Game(Ladder()).mean_field(), method, 2, **options)
        assert found.policy[0, 0, 0, 0, 1] == pytest.approx(1.0 / (1.0 + np.exp(-score)), rel=1e-14)


@pytest.mark.parametrize(("method", "share"), [("fixed_point", 0.3), ("fictitious_play", 0.5)])
def test_a_mixed_policy_takes_people_where_its_parts_do_at_each_node(method, share):
    """Where transitions depend on nobody; averages of the policies themselves would not."""
    limit = Game(BeachBar(num_steps=5)).graphon([[1.0, 0.1], [0.1, 1.0]])
    start = np.full((1, 2, 4, 3), 0.1)
    start[0, 0, :, 0] = start[0, 1, :, 2] = 0.8  # to the left at one node, to the right at the other
    before = limit.evaluate(start)
    there = limit.flow(before.best_response()).states
    assert not np.allclose(there[:, 0], there[:, 1])
    options = {"share": share} if method == "fixed_point" else {}
    mixed = solve(limit, method, 1, start=start, **options).evaluation.flow.states
    assert mixed == pytest.approx((1.0 - share) * before.flow.states + share * there, abs=1e-14)


def test_mirror_descent_by_hand_one_step_from_uniform():
    found = solve(two_roads(), "mirror_descent", 1, rate=0.5)
    odds = np.exp(0.5 * (-0.5)) / np.exp(0.5 * (-1.0))  # half the crowd on each: 1/2 left, 1 right
    assert chance_of_left(found) == pytest.approx(odds / (1 + odds), rel=1e-14)


def test_boltzmann_iteration_by_hand_one_step_from_uniform():
    found = solve(two_roads(), "boltzmann_iteration", 1, temperature=0.25)
    odds = np.exp((-0.5 + 1.0) / 0.25)
    assert chance_of_left(found) == pytest.approx(odds / (1 + odds), rel=1e-14)


def test_fictitious_play_by_hand_is_the_average_of_best_responses():
    # uniform: left is best; 3/4 left: right is (3/4 against 1/2); so 1/2, (1/2 + 1) / 2, (1/2 + 1 + 1) / 3, ...
    start = [chance_of_left(solve(two_roads(), "fictitious_play", n)) for n in range(3)]
    assert start == pytest.approx([1 / 2, 3 / 4, 1 / 2], rel=1e-14)


def test_fixed_point_jumps_between_best_responses_for_ever():
    found = solve(two_roads(), "fixed_point", 40)
    assert np.array_equal(found.exploitabilities[1:], np.tile([1.0, 2.0], 20))


def test_damped_fixed_point_moves_the_share_and_stays_as_far_from_the_equilibrium_as_it_is():
    steps = [chance_of_left(solve(two_roads(), "fixed_point", n, share=0.1)) for n in (0, 1, 2)]
    assert steps == pytest.approx([0.5, 0.55, 0.595], rel=1e-14)
    late = solve(two_roads(), "fixed_point", 200, share=0.01)
    assert abs(chance_of_left(late) - 2 / 3) <= 0.01


@pytest.mark.parametrize(
    ("method", "options"),
    [("mirror_descent", {}), ("prior_descent", {"every": 1}), ("prior_descent", {"every": 2, "temperature": 2.0})],
)
def test_two_thirds_go_left_in_equilibrium(method, options):
    found = solve(two_roads(), method, 400, tolerance=1e-9, strict=True, **options)
    assert chance_of_left(found) == pytest.approx(2 / 3, abs=1e-8)
    assert found.evaluation.mean_return == pytest.approx(-2 / 3, abs=1e-8)


def test_rock_paper_scissors_comes_to_the_shares_at_which_all_earn_alike():
    found = solve(Game(RockPaperScissors()).mean_field(), "mirror_descent", 4000, rate=0.1, tolerance=1e-4)
    assert found.policy[0, 0, 0, 0] == pytest.approx(np.array([26, 20, 31]) / 77, abs=1e-4)


def test_best_responses_to_rock_paper_scissors_run_in_a_circle_but_their_averages_come_to_rest():
    """Wins outweigh losses: it is not Shapley's game, where the averages would circle too."""
    limit = Game(RockPaperScissors()).mean_field()
    responses = solve(limit, "fixed_point", 40).exploitabilities
    assert responses[-3:] == pytest.approx(responses[-6:-3])
    assert responses[-6:].min() > 1.0
    found = solve(limit, "fictitious_play", 800)
    assert found.exploitability < 0.02
    assert found.policy[0, 0, 0, 0] == pytest.approx(np.array([26, 20, 31]) / 77, abs=5e-3)
    shapley = Game(RockPaperScissors(wins=(1.0, 2.0, 3.0), losses=(2.0, 4.0, 6.0))).mean_field()  # losses outweigh
    assert solve(shapley, "fictitious_play", 400).exploitabilities[100:].min() > 0.1


def test_a_split_response_to_a_tie_stays_at_the_tie():
    """Two roads that cost the same: the first of the best takes all to the left, a split one half of them."""
    alike = Game(LeftRight(right=1.0)).mean_field()
    assert solve(alike, "fixed_point", 1).exploitability == 1.0
    assert solve(alike, "fixed_point", 1, split=True).exploitability == 0.0
    assert solve(alike, "fictitious_play", 3, split=True).exploitability == 0.0


@pytest.mark.parametrize("temperature", [1.0, 3.0])
def test_boltzmann_iteration_rests_at_the_logit_equilibrium(temperature):
    left = chance_of_left(solve(two_roads(), "boltzmann_iteration", 300, temperature=temperature))
    assert np.log(left / (1 - left)) == pytest.approx((2 * (1 - left) - left) / temperature, abs=1e-10)


def test_prior_that_stays_makes_prior_descent_a_boltzmann_response():
    # values are the same for all policies one step before the end, so that Q^* is Q^pi there
    kept = solve(two_roads(), "prior_descent", 30, temperature=2.0)
    forgetful = solve(two_roads(), "boltzmann_iteration", 30, temperature=2.0)
    assert np.allclose(kept.policy, forgetful.policy, rtol=0, atol=1e-14)


@pytest.mark.parametrize("method", METHODS)
def test_an_equilibrium_stays(method):
    start = np.array([[2 / 3, 1 / 3]] * 3)
    options = {"temperature": 1e9} if "temperature" in METHODS[method].__code__.co_varnames else {}
    found = solve(two_roads(), method, 1, start=start, **options)
    assert found.exploitabilities[0] == pytest.approx(0.0, abs=1e-15)


def test_constant_graphon_goes_the_way_of_the_mean_field():
    game = Game(RockPaperScissors(normalise="N"))
    for method in METHODS:
        field = solve(game.mean_field(), method, 8)
        graph = solve(game.graphon(1.0, nodes=3), method, 8)
        assert np.allclose(field.exploitabilities, graph.exploitabilities, rtol=0, atol=1e-12), method


def test_endless_game_comes_to_the_split_at_which_both_roads_cost_the_same():
    found = solve(Game(Commuters()).mean_field(), "mirror_descent", 200, tolerance=1e-8, strict=True)
    on_first = found.evaluation.flow.states[0, 0, 0]
    assert on_first == pytest.approx(5 / 8, abs=1e-6)  # x = (1 - x) + 1/4
    assert found.evaluation.mean_return == pytest.approx(-(5 / 8) / (1 - 0.5), abs=1e-6)


def test_long_game_earns_what_the_endless_one_does():
    start = np.array([[0.7, 0.3], [0.7, 0.3]])
    endless = Game(Commuters()).mean_field().evaluate(start)
    long = Game(Commuters(num_steps=60)).mean_field().evaluate(start)
    # from the first step on 70% are on road 0; the values of a state do not depend on how they came there
    settled = Game(Commuters(num_steps=61)).mean_field().evaluate(start)
    assert long.flow.states[5, 0] == pytest.approx(endless.flow.states[0, 0], abs=1e-12)
    assert settled.value[1, 0] == pytest.approx(endless.value[0, 0], abs=1e-11)
    assert settled.best[1, 0] == pytest.approx(endless.best[0, 0], abs=1e-11)


def test_endless_values_by_hand():
    # 70% on road 0: it costs .7, the other .3 + .25 a step; whoever is on 0 goes over at once and stays
    found = Game(Commuters()).mean_field().evaluate(np.array([[0.7, 0.3], [0.7, 0.3]]))
    assert found.best[0, 0] == pytest.approx([-0.7 - 0.55, -0.55 / 0.5], abs=1e-11)
    mean = -(0.7 * 0.7 + 0.3 * 0.55) / 0.5
    assert found.mean_return == pytest.approx(mean, abs=1e-11)


def test_endless_game_whose_crowd_swings_for_ever_has_no_flow():
    swing = np.array([[0.0, 1.0], [1.0, 0.0]])  # everybody leaves the road that he is on

    class Lopsided(Commuters):
        def initial(self):
            return np.array([1.0, 0.0])

    limit = Game(Lopsided()).mean_field()
    with pytest.raises(SolverError, match=r"flow: has not settled in \d{2,3} steps, .* moves by 1 a step"):
        solve(limit, start=swing)


def test_exploitability_alone_is_that_of_an_evaluation():
    for game in (LeftRight(), RockPaperScissors(num_steps=4), Commuters(), Commuters(num_steps=5)):
        limit = Game(game).mean_field()
        policy = np.random.default_rng(1).dirichlet(np.ones(game.num_actions), limit.policy_shape[:-1])
        assert limit.exploitability(policy) == limit.evaluate(policy).exploitability


def test_softmax_is_invariant_under_shifts_and_keeps_what_is_impossible_so():
    scores = np.array([0.3, -1.0, -np.inf])
    assert np.allclose(softmax(scores), softmax(scores + 800.0), rtol=1e-12)
    assert softmax(scores)[2] == 0.0


def test_solution_says_how_it_ended():
    near = solve(two_roads(), "mirror_descent", 100, tolerance=1e-6)
    assert near.converged
    assert near.num_iterations < 100
    assert "within" in str(near)
    far = solve(two_roads(), "fixed_point", 5, tolerance=1e-6)
    assert far.converged is False
    assert str(far).startswith("fixed_point: exploitability 1 after 5 iterations, NOT within the tolerance of 1e-06")
    assert solve(two_roads(), "fixed_point", 5).converged is None


def test_strict_solver_that_does_not_converge_says_its_last_exploitability():
    with pytest.raises(SolverError, match=r"not converged to 1e-06 in 6 .* last exploitability is 2, "):
        solve(two_roads(), "fixed_point", 6, tolerance=1e-6, strict=True)


@pytest.mark.parametrize(
    ("keywords", "message"),
    [
        ({"method": "mirror"}, "unknown method 'mirror'.*mirror_descent"),
        ({"iterations": -1}, "iterations: -1"),
        ({"tolerance": float("nan")}, "tolerance: nan"),
        ({"strict": True}, "needs a tolerance"),
        ({"temperature": 1.0}, "unknown option of mirror_descent 'temperature'.*rate"),
        ({"rate": 0.0}, "rate: 0.0"),
        ({"method": "fixed_point", "share": 1.5}, "share: 1.5"),
        ({"method": "prior_descent", "every": 0}, "every: 0"),
        ({"start": np.ones((3, 2))}, "no distribution"),
    ],
)
def test_solver_refuses(keywords, message):
    with pytest.raises(ParameterError, match=message):
        solve(two_roads(), **keywords)


class Precipice(LeftRight):
    """A reward that is not finite where the whole crowd goes left."""

    @staticmethod
    @compiled
    def step(env, t, s, a, z, successors, probabilities):
        successors[0], probabilities[0] = 1 + a, 1.0

    @staticmethod
    @compiled
    def reward(env, t, s, a, z):
        return np.nan if t == 1 and z[1] > 0.999 and z[0] + z[2] > 0.0 else -z[s] * (s == 2)


def test_a_reward_that_is_not_finite_stops_the_solver():
    with pytest.raises(ParameterError, match=r"precipice: reward at t=1, s=0, a=0, z=\[.*\] is nan"):
        solve(Game(Precipice()).mean_field(), "mirror_descent", 400, rate=5.0)
