"""Games on graphons: against the mean field, several populations, published figures and agents."""

import doctest
from pathlib import Path

import networkx as nx
import numpy as np
import pytest

from socialsim.core.compiled import compiled
from socialsim.core.errors import NetworkError
from socialsim.engine.aggregative import AggregativeGame
from socialsim.limits.agents import Crowd, nodes_of
from socialsim.limits.games import Game
from socialsim.limits.library import investment, sis
from socialsim.networks.graphon_fitting import fit_graphon
from socialsim.networks.graphon_sampling import draw_positions, sample
from socialsim.networks.graphons import PowerLaw, StepGraphon

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "graphons.md"
UNIFORM, RANKED = "uniform_attachment", "ranked_attachment"
MATRIX, SHARES = np.array([[0.9, 0.2, 0.0], [0.2, 0.5, 0.4], [0.0, 0.4, 0.1]]), np.array([0.2, 0.3, 0.5])
LIBRARY = [sis.rules(), investment.rules()]


def slope(sizes, errors):
    return np.polyfit(np.log(sizes), np.log(errors), 1)[0]


def random_policy(limit, seed=1):
    chances = np.random.default_rng(seed).random(limit.policy_shape)
    return chances / chances.sum(axis=-1, keepdims=True)


@pytest.mark.parametrize("graphon", [1.0, lambda x, y: 1.0 + 0 * x * y, "blocks:number=3,within=1.0,between=1.0"])
@pytest.mark.parametrize("rules", LIBRARY)
def test_a_constant_graphon_is_the_mean_field_to_rounding(rules, graphon):
    game = Game(rules.model_copy(update={"num_steps": 8}))
    mean_field, limit = game.mean_field(), game.graphon(graphon, nodes=6)
    policy = random_policy(mean_field)
    one, many = mean_field.evaluate(policy), limit.evaluate(policy[:, 0, 0])
    for name in ("states", "aggregates"):
        alone, together = getattr(one.flow, name), getattr(many.flow, name)
        np.testing.assert_allclose(together, np.broadcast_to(alone, together.shape), rtol=1e-13, atol=1e-14)
    assert many.exploitability == pytest.approx(one.exploitability, rel=1e-13)


@pytest.mark.parametrize("normalise", ["degree", "density"])
def test_the_height_of_a_constant_does_not_matter_once_divided_by(normalise):
    game = Game(sis.SIS(num_steps=6, normalise=normalise))
    policy = random_policy(game.mean_field())
    found = game.graphon(0.3).exploitability(policy[:, 0, 0])
    assert found == pytest.approx(game.mean_field().exploitability(policy), rel=1e-13)


class Villages(AggregativeGame):
    """The epidemic in three populations that a step graphon couples, written as one population: s = 2 village + ill."""

    num_states, num_actions, num_successors, num_features = 6, 2, 2, 3

    def initial(self):
        return np.repeat(SHARES, 2) / 2

    def constants(self):
        return {"coupling": MATRIX.copy()}

    @staticmethod
    @compiled
    def feature(env, s, a, features):
        for village in range(3):
            features[village] = 0.0
        features[s // 2] = s % 2

    @staticmethod
    @compiled
    def step(env, t, s, a, z, successors, probabilities):
        met = 0.0
        for village in range(3):
            met += env.coupling[s // 2, village] * z[village]
        change = 0.2 if s % 2 == 1 else 0.8 * (1 - a) * met
        successors[0], probabilities[0] = s, 1.0 - change
        successors[1], probabilities[1] = 2 * (s // 2) + 1 - s % 2, change

    @staticmethod
    @compiled
    def reward(env, t, s, a, z):
        return -2.0 * (s % 2) - 0.5 * a


def test_a_step_graphon_is_a_game_between_populations_to_rounding():
    limit = Game(sis.SIS(num_steps=10)).graphon(StepGraphon(MATRIX, SHARES))
    populations = Game(Villages(num_steps=10, normalise="N")).mean_field()
    policy = random_policy(limit)  # (T, 3, 1, 2, A)
    on_graphon = limit.evaluate(policy)
    together = populations.evaluate(policy[:, :, 0].reshape(10, 6, 2))
    expected = together.flow.states[:, 0].reshape(11, 3, 2) / SHARES[:, None]
    np.testing.assert_allclose(on_graphon.flow.states, expected, rtol=1e-13)
    np.testing.assert_allclose(on_graphon.best_q, together.best_q[:, 0].reshape(10, 3, 2, 2), rtol=1e-13)
    assert on_graphon.exploitability == pytest.approx(together.exploitability, rel=1e-13)
    assert on_graphon.mean_return == pytest.approx(together.mean_return, rel=1e-13)


def test_a_function_of_blocks_is_the_step_graphon():
    """Four midpoints lie in two blocks of one half, two in each."""
    step = StepGraphon([[0.9, 0.2], [0.2, 0.4]])
    game = Game(sis.SIS(num_steps=6))
    limit = game.graphon(lambda x, y: step(x, y), nodes=4)
    policy = random_policy(game.mean_field())[:, 0, 0]
    assert limit.exploitability(policy) == pytest.approx(game.graphon(step).exploitability(policy), rel=1e-13)


PUBLISHED = {  # the uniform policy's, of the code of Cui & Koeppl 2022 (plots/plot_exploitability.py)
    ("sis", UNIFORM): 8.818052870102195,
    ("sis", RANKED): 20.819854740697597,
    ("sis", "constant:p=0.5"): 6.6561950457623915,
    ("investment", UNIFORM): 31.94247706262201,
    ("investment", RANKED): 36.19500591691547,
    ("investment", "constant:p=0.5"): 33.726102257573864,
}


@pytest.mark.compiled
@pytest.mark.parametrize(("name", "graphon"), PUBLISHED)
def test_published_exploitabilities_come_out_to_rounding(name, graphon):
    game = Game({"sis": sis, "investment": investment}[name].rules())
    limit = game.graphon(graphon, nodes=101, rule="endpoints")
    assert limit.exploitability(limit.uniform_policy()) == pytest.approx(PUBLISHED[name, graphon], abs=2e-14)


@pytest.mark.compiled
@pytest.mark.parametrize(("rule", "order"), [("midpoint", 2.0), ("gauss", 2.0), ("endpoints", 1.0)])
def test_a_kink_on_the_diagonal_leaves_this_order(rule, order):
    game, policy, sizes = Game(sis.rules()), np.full((2, 2), 0.5), np.array([16, 32, 64, 128])
    finest = [game.graphon(UNIFORM, nodes=n).exploitability(policy) for n in (256, 512)]
    exact = finest[1] + (finest[1] - finest[0]) / 3
    errors = [abs(game.graphon(UNIFORM, nodes=n, rule=rule).exploitability(policy) - exact) for n in sizes]
    assert slope(sizes, errors) == pytest.approx(-order, abs=0.1)


def test_gauss_is_exact_to_rounding_where_the_graphon_is_smooth():
    """Of what a policy earns; the exploitability has kinks in x where another response becomes the best."""
    game, policy = Game(sis.SIS(num_steps=6)), np.full((2, 2), 0.5)
    found = [game.graphon(lambda x, y: 1 - x * y, nodes=n, rule="gauss").evaluate(policy) for n in (8, 12, 16)]
    np.testing.assert_allclose([each.mean_return for each in found], found[-1].mean_return, rtol=1e-13)


@pytest.mark.parametrize("normalise", ["degree", "N", "density"])
def test_factors_give_what_the_matrix_gives(normalise):
    game = Game(sis.SIS(num_steps=6, normalise=normalise))
    factors, matrix = game.graphon(RANKED, nodes=20), game.graphon(lambda x, y: 1 - x * y, nodes=20)
    assert factors.left.shape == (20, 2)
    assert matrix.left.shape == (20, 20)
    policy = random_policy(matrix)
    np.testing.assert_allclose(factors.flow(policy).states, matrix.flow(policy).states, rtol=1e-12)
    assert factors.exploitability(policy) == pytest.approx(matrix.exploitability(policy), rel=1e-12)


def test_a_low_rank_comes_close_to_a_kinked_graphon():
    game = Game(sis.SIS(num_steps=6))
    exact, rough = (game.graphon(w, nodes=24) for w in (UNIFORM, game.graphon(UNIFORM).graphon.low_rank(6, nodes=64)))
    assert rough.left.shape == (24, 6)
    assert rough.exploitability(np.full((2, 2), 0.5)) == pytest.approx(
        exact.exploitability(np.full((2, 2), 0.5)), rel=1e-3
    )


@pytest.mark.parametrize("normalise", ["degree", "N", "density"])
def test_an_unbounded_power_law_has_finite_aggregates_and_proper_chances(normalise):
    game = Game(sis.SIS(num_steps=6, normalise=normalise))
    limit = game.graphon(PowerLaw(0.45), nodes=200)
    assert limit.graphon(0.001, 0.001) > 1.0
    flow = limit.flow(np.full((2, 2), 0.5))
    assert np.isfinite(flow.aggregates).all()
    np.testing.assert_allclose(flow.states.sum(axis=-1), 1.0, rtol=1e-12)
    assert (flow.states >= 0).all()
    if normalise == "N":
        assert flow.aggregates[0, 0, 0] > 1.0  # hubs meet more than one infected agent


def test_scales_are_degree_number_and_density():
    expected = {"degree": 1 / np.array([0.24, 0.39, 0.17]), "N": np.ones(3), "density": np.full(3, 1 / 0.25)}
    expected = {name: 0.5 * scale * (MATRIX @ SHARES) for name, scale in expected.items()}
    for normalise, aggregates in expected.items():
        limit = Game(sis.SIS(num_steps=2, normalise=normalise)).graphon(StepGraphon(MATRIX, SHARES))
        np.testing.assert_allclose(limit.flow(limit.uniform_policy()).aggregates[0, :, 0], aggregates, rtol=1e-12)


def test_a_game_is_played_on_a_graphon_fitted_to_the_karate_club():
    fit = fit_graphon(nx.Graph(nx.karate_club_graph().edges), method="blocks", num_blocks=4, variance=0.12)
    limit = Game(sis.SIS(num_steps=6, normalise="density")).graphon(fit.graphon)
    assert limit.num_nodes == 4
    assert np.array_equal(nodes_of(limit, 34, fit.positions), fit.blocks)
    infected = limit.flow(np.full((2, 2), 0.5)).states[-1, :, 1]
    assert infected[0] < infected[-1]  # who has fewest links, and who has most


@pytest.mark.compiled
@pytest.mark.parametrize("normalise", ["degree", "N", "density"])
def test_agents_on_a_sampled_network_feel_what_the_limit_says(normalise):
    game, rng = Game(sis.SIS(num_steps=12, normalise=normalise)), np.random.default_rng(7)
    limit = game.graphon(UNIFORM, nodes=32)
    network = sample(UNIFORM, draw_positions(640, "grid", rng), rng=rng)
    watched = np.arange(32) * 20 + 10
    play = Crowd(limit, limit.uniform_policy(), network).play(range(60), seed=1, watched=watched)
    felt, expected = play.aggregates.mean(axis=0)[:, -1, 0], limit.flow(limit.uniform_policy()).aggregates[-1, :, 0]
    few = slice(0, 26)  # the last have about ten neighbours or none
    assert np.abs(felt - expected)[few].max() < 0.25 * expected[few].mean()
    assert abs((felt - expected)[few].mean()) < 0.03 * expected[few].mean()


@pytest.mark.compiled
def test_agents_on_w_random_networks_come_to_the_graphon_as_one_over_root_n():
    """Quenched: one network for each size and seed, whose randomness stays in the error."""
    game = Game(sis.SIS(num_steps=12))
    limit = game.graphon(UNIFORM, nodes=64)
    expected = limit.weights @ limit.flow(limit.uniform_policy()).states[:, :, 1].T
    sizes, errors = np.array([40, 80, 160, 320, 640]), []
    for size in sizes:
        squares = []
        for seed in range(12):
            rng = np.random.default_rng((seed, size))
            network = sample(UNIFORM, draw_positions(size, "grid", rng), rng=rng)
            play = Crowd(limit, limit.uniform_policy(), network).play(range(20), seed=seed)
            squares.append(((play.shares.sum(axis=2)[:, :, 1] - expected) ** 2).mean())
        errors.append(np.sqrt(np.mean(squares)))
    assert slope(sizes, errors) == pytest.approx(-0.5, abs=0.07)


@pytest.mark.parametrize(
    ("graphon", "options", "message"),
    [
        (lambda x, y: x + y, {}, "accepted: 0 to 1"),
        (lambda x, y: x + 0 * y, {}, "accepted: symmetric"),
        ("unknown", {}, "unknown graphon 'unknown'"),
        (UNIFORM, {"nodes": 0}, "nodes: 0 is not accepted"),
        (UNIFORM, {"rule": "trapezoid"}, "accepted: midpoint, gauss, endpoints"),
        (PowerLaw(0.3), {"rule": "endpoints"}, "infinite at 0"),
    ],
)
def test_what_no_graphon_is_gets_refused(graphon, options, message):
    with pytest.raises(NetworkError, match=message):
        Game(sis.rules()).graphon(graphon, **options)


def test_the_examples_of_the_page_are_correct():
    failed, attempted = doctest.testfile(str(PAGE), module_relative=False, encoding="utf-8")
    assert attempted > 15
    assert failed == 0
