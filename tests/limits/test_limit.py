"""The recursions of a limit, against matrices written out, and what they take for granted."""

import numpy as np
import pytest

from socialsim.core.compiled import compiled
from socialsim.core.errors import ParameterError, SolverError
from socialsim.core.parameters import parameter
from socialsim.engine.aggregative import AggregativeGame
from socialsim.limits.games import Game
from socialsim.limits.limit import Limit

S, A, K, F = 4, 3, 3, 2
RANDOM = np.random.default_rng(5)


class Crowd(AggregativeGame):
    """A game with everything in it: time, two features, a common state, a signal."""

    num_states, num_actions, num_successors, num_features, num_signals = S, A, K, F, 2
    pull: float = parameter(0.4, "how much z moves")

    def initial(self):
        return np.array([0.4, 0.3, 0.2, 0.1])

    def initial_common(self):
        return np.array([0.5])

    @staticmethod
    @compiled
    def feature(env, s, a, features):
        features[0], features[1] = s / 3.0, a * a / 4.0

    @staticmethod
    @compiled
    def step(env, t, s, a, z, successors, probabilities):
        up = env.pull * z[0] / (1.0 + t) + 0.1 * a
        successors[0], successors[1], successors[2] = (s + 1) % 4, (s + 3) % 4, s
        probabilities[0], probabilities[1], probabilities[2] = up, 0.2, 0.8 - up

    @staticmethod
    @compiled
    def reward(env, t, s, a, z):
        return s * z[1] - a * z[2] + 0.1 * t

    @staticmethod
    @compiled
    def common(env, t, overall, common, common_next):
        common_next[0] = 0.9 * common[0] + overall[1]

    @staticmethod
    @compiled
    def signal(env, t, z):
        return 1 if z[2] > 0.6 else 0


class Chain(AggregativeGame):
    """Two states: action 1 leaves for the other one; staying in state 1 pays 1."""

    num_states, num_actions, steady = 2, 2, True
    swap: int = parameter(0, "1: everybody always changes")

    def initial(self):
        return np.array([1.0, 0.0])

    @staticmethod
    @compiled
    def step(env, t, s, a, z, successors, probabilities):
        successors[0], probabilities[0] = (1 - s if a == 1 or env.swap == 1 else s), 1.0

    @staticmethod
    @compiled
    def reward(env, t, s, a, z):
        return float(s)


class Scaled(Chain):
    """The same in another unit of reward."""

    unit: float = parameter(1.0, "of reward")

    @staticmethod
    @compiled
    def step(env, t, s, a, z, successors, probabilities):
        successors[0], probabilities[0] = (1 - s if a == 1 else s), 1.0

    @staticmethod
    @compiled
    def reward(env, t, s, a, z):
        return env.unit * s


def random_policy(shape):
    chances = RANDOM.random(shape)
    return chances / chances.sum(axis=-1, keepdims=True)


def by_matrices(game, weights, coupling, policy):
    """Follow flow and values with matrices, node by node."""
    num_steps, n = policy.shape[:2]
    env = type("Env", (), game.rules())
    phi = np.zeros((S, A, F))
    for s in range(S):
        for a in range(A):
            game.feature(env, s, a, phi[s, a])
    mu, common, seen = np.tile(game.initial(), (n, 1)), np.array(game.initial_common()), np.zeros(n, int)
    matrices, rewards, chosen = [], [], []
    for t in range(num_steps):
        pi = np.array([policy[t, x, seen[x]] for x in range(n)])
        means = np.einsum("xs,xsa,saf->xf", mu, pi, phi)
        scale = {"degree": coupling @ weights, "N": np.ones(n), "density": np.full(n, weights @ coupling @ weights)}
        z = (coupling * weights) @ means / scale[game.normalise][:, None]
        z = np.hstack([z, np.tile(common, (n, 1))])
        p, r = np.zeros((n, S, A, S)), np.zeros((n, S, A))
        for x in range(n):
            for s in range(S):
                for a in range(A):
                    successors, chances = np.zeros(K, np.int64), np.zeros(K)
                    game.step(env, t, s, a, z[x], successors, chances)
                    np.add.at(p[x, s, a], successors, chances)
                    r[x, s, a] = game.reward(env, t, s, a, z[x])
            seen[x] = game.signal(env, t, z[x])
        following = np.zeros(1)
        game.common(env, t, weights @ means, common, following)
        common = following
        mu = np.einsum("xs,xsa,xsaq->xq", mu, pi, p)
        matrices.append(p), rewards.append(r), chosen.append(pi)
    best, value = np.zeros((n, S)), np.zeros((n, S))
    for p, r, pi in zip(matrices[::-1], rewards[::-1], chosen[::-1], strict=True):
        best = (r + game.discount * np.einsum("xsaq,xq->xsa", p, best)).max(axis=2)
        value = (pi * (r + game.discount * np.einsum("xsaq,xq->xsa", p, value))).sum(axis=2)
    return mu, common, best, value


@pytest.mark.parametrize("normalise", ["degree", "N", "density"])
def test_flow_and_values_are_those_of_matrices(normalise):
    game = Crowd(num_steps=5, discount=0.9, normalise=normalise)
    weights, factor = np.array([0.2, 0.5, 0.3]), RANDOM.random((3, 2))
    coupling = factor @ factor.T / 4
    for limit in (Limit(game, weights, coupling), Limit(game, weights, factor / 4, factor)):
        policy = random_policy(limit.policy_shape)
        found = limit.evaluate(policy)
        mu, common, best, value = by_matrices(game, weights, coupling, policy)
        assert found.flow.states[-1] == pytest.approx(mu, abs=1e-14)
        assert found.flow.common[-1] == pytest.approx(common, abs=1e-14)
        assert found.best[0] == pytest.approx(best, abs=1e-13)
        assert found.value[0] == pytest.approx(value, abs=1e-13)
        gap = weights @ ((best - value) @ game.initial())
        assert found.exploitability == pytest.approx(gap, abs=1e-13)
        assert set(np.unique(found.flow.signals)) == {0, 1}  # both were seen


def test_nobody_gains_by_answering_a_best_response_where_others_do_not_matter():
    field = Game(Chain(num_steps=6, discount=0.9)).mean_field()
    answer = field.evaluate(field.uniform_policy()).best_response()
    assert field.exploitability(answer) == 0.0
    assert field.evaluate(answer).mean_return == pytest.approx(sum(0.9**t for t in range(1, 6)))


def test_ties_are_counted_and_the_first_best_action_is_taken():
    field = Game(Chain(num_steps=2)).mean_field()
    found = field.evaluate(field.uniform_policy())
    assert found.num_ties == 2  # in the last step, in both states, nothing follows
    assert found.best_response()[1, 0, 0].tolist() == [[1.0, 0.0], [1.0, 0.0]]


def test_ties_do_not_depend_on_the_unit_of_rewards():
    for unit in (1e-15, 1.0, 1e15):
        field = Game(Scaled(num_steps=2, unit=unit)).mean_field()
        found = field.evaluate(field.uniform_policy())
        assert found.num_ties == 2  # as above: 1e-15 in one state and nothing in the other is no tie


def test_an_endless_game_settles_and_its_values_are_sums_of_geometric_series():
    """Whoever stays in state 1 earns 1/(1 - gamma); from state 0 it takes a step to get there."""
    field = Game(Chain(num_steps=0, discount=0.9)).mean_field()
    half = field.evaluate(field.uniform_policy())
    assert half.flow.states[0, 0] == pytest.approx([0.5, 0.5])
    assert half.best[0, 0] == pytest.approx([9.0, 10.0])
    assert half.value[0, 0] == pytest.approx([4.5, 5.5])
    assert half.exploitability == pytest.approx(4.5)
    assert field.exploitability(half.best_response()) == pytest.approx(0.0, abs=1e-9)


def test_a_flow_that_never_rests_is_refused(monkeypatch):
    monkeypatch.setattr("socialsim.limits.limit.MOST_STEPS", 1 << 10)
    field = Game(Chain(num_steps=0, discount=0.9, swap=1)).mean_field()
    with pytest.raises(SolverError, match="has not settled"):
        field.flow(field.uniform_policy())


def test_a_game_without_end_needs_a_discount():
    with pytest.raises(ParameterError, match=r"discount: 1\.0 is not accepted"):
        Game(Chain(num_steps=0)).mean_field()


def test_a_policy_may_leave_out_what_it_does_not_depend_on():
    limit = Limit(Crowd(num_steps=2), np.array([0.5, 0.5]), np.ones((2, 2)))
    full = random_policy(limit.policy_shape)
    by_state = full[0, 0, 0]
    for short in (by_state, by_state[None], by_state[None, None], by_state[None, None, None]):
        assert np.array_equal(limit.policy(short), np.broadcast_to(by_state, limit.policy_shape))
    assert np.array_equal(limit.policy(full), full)


@pytest.mark.parametrize(
    ("policy", "message"),
    [
        (np.full((3, 3), 1 / 3), r"policy: shape \(3, 3\) is not accepted; accepted: one of \(4, 3\)"),
        (np.full((4, 3), 0.5), r"is no distribution; accepted: chances >= 0 that sum to 1"),
        (np.array([[2.0, -1.0, 0.0]] * 4), r"\[2.0, -1.0, 0.0\] at step 0, node 0, signal 0, state 0"),
    ],
)
def test_what_is_no_policy_is_refused(policy, message):
    with pytest.raises(ParameterError, match=message):
        Game(Crowd(num_steps=2)).mean_field().evaluate(policy)
