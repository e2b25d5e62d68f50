"""Learners in matrix games with their neighbours."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from socialsim.core.errors import ParameterError
from socialsim.engine.links import Links
from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.engine.simulation import Simulation
from socialsim.environments.dilemmas import METRICS, Dilemmas, scenario
from socialsim.environments.dilemmas.theory import (
    collusion,
    expected_motion,
    lasting_chance,
    self_correcting,
    self_reinforcing,
    spread,
    stimuli,
)
from socialsim.environments.evolution import Evolution
from socialsim.networks.network import Network

PD, CHICKEN, STAG_HUNT = ([[3.0, 0.0], [4.0, 1.0]], [[3.0, 1.0], [4.0, 0.0]], [[4.0, 0.0], [3.0, 1.0]])
BATTLE = {"payoffs": ((2.0, 0.0), (0.0, 1.0)), "column_payoffs": ((1.0, 0.0), (0.0, 2.0))}
KINDS = {"sparse": 0, "complete": 1, "circulant": 2}


def links(network, presence=None):
    """Return a network as compiled functions see it."""
    n = network.num_agents
    away = np.zeros(n, np.int8) if presence is None else np.array(presence, np.int8)
    arrays = network.indptr, network.sources, network.weights, np.zeros(0, np.int64)
    return Links(KINDS[network.kind], n, *arrays, away, presence is not None)


def path(n):
    return Network.from_edges(n, list(range(n - 1)), list(range(1, n)), name="path")


def play(game, network, actions, version=lambda f: f, state=None):
    """Play one round; return the state and the rewards."""
    env, rewards = state or game.state(network.num_agents), np.zeros(network.num_agents)
    version(Dilemmas.advance)(env, network, np.array(actions), rewards, None)
    return env, rewards.tolist()


# --- By hand ---------------------------------------------------------------------------------------------------


def test_a_round_on_a_path_pays_the_mean_or_the_sum_over_neighbours(version):
    line = links(path(4))
    assert play(Dilemmas(), line, [0, 0, 1, 1], version)[1] == [3.0, 1.5, 2.5, 1.0]
    assert play(Dilemmas(payoff="accumulated"), line, [0, 0, 1, 1], version)[1] == [3.0, 3.0, 5.0, 1.0]


def test_rows_and_columns_are_paid_by_their_own_matrices_and_play_only_each_other(version):
    game = Dilemmas(**BATTLE)
    assert play(game, links(Network.complete(4)), [0, 1, 0, 0], version)[1] == [2.0, 0.0, 0.5, 0.5]
    assert play(game, links(path(4)), [0, 1, 1, 0], version)[1] == [0.0, 1.0, 2.0, 0.0]  # 0 - 1 and 2 - 3 are no pairs


def test_what_is_seen_of_the_last_round(version):
    line, observe = links(path(4)), version(Dilemmas.observe)
    for observation, expected in (
        ("nothing", [0, 0, 0, 0]),
        ("own", [1, 1, 2, 2]),
        ("neighbours", [2, 2, 2, 1]),
    ):
        game = Dilemmas(observation=observation)
        assert [observe(game.state(4), line, i) for i in range(4)] == [0, 0, 0, 0]
        env, _ = play(game, line, [0, 0, 1, 1])
        assert [observe(env, line, i) for i in range(4)] == expected


def test_cooperating_neighbours_are_counted_up_to_a_number(version):
    game = Dilemmas(observation="neighbours", most_counted=2)
    env, _ = play(game, links(Network.complete(5)), [0, 0, 0, 0, 1])
    assert [version(Dilemmas.observe)(env, links(Network.complete(5)), i) for i in range(5)] == [3] * 5
    assert game.specification("agent", 5).num_observations == 4


def test_agents_may_see_what_each_action_would_have_paid(version):
    game, line, shown = Dilemmas(observation="payoffs"), links(path(4)), np.full(2, -1.0)
    env, _ = play(game, line, [0, 0, 1, 1])
    version(Dilemmas.observe)(env, line, 1, shown)
    assert shown.tolist() == [1.5, 2.5]


def test_streaks_count_rounds_in_a_row_and_cooperation_is_counted():
    game, pair = Dilemmas(lock_in=2), links(path(2))
    env, _ = play(game, pair, [0, 1])
    env, _ = play(game, pair, [0, 0], state=env)
    env, _ = play(game, pair, [0, 0], state=env)
    assert env.streak.tolist() == [3, 2]
    assert env.num_first.tolist() == [3, 2]
    stacked = type(env)(*env[:6], *(values[None] for values in env[6:]))
    assert {k: v.tolist() for k, v in game.outcomes(stacked).items()} == {
        "cooperation": [5 / 6],
        "final_cooperation": [1.0],
        "locked_in": [1.0],
        "locked_cooperators": [1.0],
    }


def test_nobody_plays_with_those_who_are_away(version):
    ring = links(path(3), presence=[0, 2, 0])
    env, rewards = play(Dilemmas(), ring, [0, 0, 0], version)
    assert rewards == [0.0, 0.0, 0.0]
    assert env.last.tolist() == [0, -1, 0]
    assert env.num_rounds.tolist() == [1, 0, 1]


def test_before_the_first_round_there_is_nothing_to_tell():
    env = Dilemmas().state(3)
    stacked = type(env)(*env[:6], *(values[None] for values in env[6:]))
    assert np.isnan(Dilemmas().columns(stacked)["cooperates"]).all()
    assert np.isnan(list(Dilemmas().outcomes(stacked).values())).all()


# --- Properties and two roads ----------------------------------------------------------------------------------


@given(st.integers(2, 6), st.integers(1, 3), st.booleans(), st.booleans(), st.data())
def test_payoffs_are_those_of_the_matrices_on_any_network(n, num_actions, is_mean, has_sides, data):
    """By hand over all links, against counts on the complete network and lists elsewhere."""
    cell = st.integers(-9, 9).map(float)
    row = st.lists(cell, min_size=num_actions, max_size=num_actions)
    matrices = [data.draw(st.lists(row, min_size=num_actions, max_size=num_actions)) for _ in range(2)]
    column = {"column_payoffs": matrices[1]} if has_sides else {}
    game = Dilemmas(payoffs=matrices[0], payoff="averaged" if is_mean else "accumulated", **column)
    pairs = [(i, j) for i in range(n) for j in range(i)]
    chosen = data.draw(st.lists(st.sampled_from(pairs), unique=True, min_size=1))
    network = Network.from_edges(n, [i for i, _ in chosen], [j for _, j in chosen], name="drawn")
    actions = data.draw(st.lists(st.integers(0, num_actions - 1), min_size=n, max_size=n))
    first = (n + 1) // 2
    expected = []
    for i in range(n):
        own = game.tables()[int(has_sides and i >= first)]
        met = [
            j for j in range(n) if (max(i, j), min(i, j)) in chosen and (not has_sides or (i < first) != (j < first))
        ]
        paid = [own[actions[i], actions[j]] for j in met]
        expected.append(sum(paid) / (len(paid) if is_mean and paid else 1))
    assert play(game, links(network), actions)[1] == pytest.approx(expected)


def test_what_learners_may_know_of_the_game():
    facts = Dilemmas(**BATTLE).specification("agent", 3).facts
    assert facts["mean_rewards"].tolist() == [[1.0, 0.5], [1.0, 0.5], [0.5, 1.0]]
    assert facts["reward_range"] == (0.0, 2.0)
    assert Dilemmas(payoff="accumulated", payoffs=((3.0, -1.0), (4.0, 1.0))).specification("agent", 5).fact(
        "reward_range"
    ) == (-4.0, 16.0)


@pytest.mark.parametrize("network", ["path:n=2", "complete:n=6", "grid:rows=3,columns=3"])
def test_fixed_players_cooperate_for_ever_or_never(network):
    for action in range(2):
        model = Scenario(Dilemmas(), f"constant:action={action}", network, 60, METRICS)
        found = run(model, replications=2, seed=1)
        assert found.metrics["cooperation_rate"].value == 1.0 - action
        assert found.metrics["locked_in_rate"].value == 1.0
        assert found.metrics["collusion_rate"].value == 1.0 - action
        assert (found.agents.reward == [3.0, 1.0][action]).all()


@pytest.mark.parametrize("network", ["grid:rows=9,columns=10,periodic=true", "random_regular:n=60,d=3"])
def test_to_imitate_the_best_neighbour_is_to_be_replaced_by_it(network):
    """Learning by messages and selection, two programs, from the same first round; no two sums of payoffs are equal."""
    payoffs = ((1.0, 0.0123), (1.2571, 0.0371))
    learning = Scenario(Dilemmas(payoffs=payoffs, payoff="accumulated"), "imitate_best", network, 12, METRICS)
    acts = run(learning, replications=1, seed=5, record="events").table("act")
    played = acts.pivot(index="step", columns="agent", values="action").to_numpy()
    selection = Simulation(Scenario(Evolution(payoffs=payoffs), "innate", network, 12), seed=5, replications=range(1))
    selection.advance(0)
    state = selection.environment
    state.strategy[0], state.fixed[0], state.is_stale[0], state.lattice[:] = played[0], -1, 1, 0
    for t in range(1, len(played)):
        selection.advance(t)
        assert selection.columns()["strategy"][0].tolist() == played[t].tolist()
    assert 0 < played[-1].mean() < 1
    assert (played[-1] != played[1]).any()


# --- Stochastic collusion --------------------------------------------------------------------------------------


def test_stimuli_and_the_equilibria_that_reinforce_themselves():
    assert stimuli(PD, 2.0).tolist() == [[0.5, -1.0], [1.0, -0.5]]
    assert self_reinforcing(PD, 2.0) == self_reinforcing(CHICKEN, 2.0) == self_reinforcing(STAG_HUNT, 2.0) == [(0, 0)]
    assert self_reinforcing(PD, 0.5) == [(0, 0), (1, 1)]
    assert self_reinforcing(CHICKEN, 0.5) == [(0, 0), (0, 1), (1, 0)]
    assert self_reinforcing(PD, 3.5) == []


def test_the_self_correcting_equilibrium_of_the_prisoners_dilemma_solves_its_quadratic():
    """With p = p' equation (2) is (1 - p) (1 - 2 p - 2 p^2) / 2."""
    assert expected_motion(0.3, 0.3, PD, 2.0) == pytest.approx(0.7 * (1 - 0.6 - 0.18) / 2)
    root = (math.sqrt(3.0) - 1.0) / 2.0
    assert self_correcting(PD, 2.0) == pytest.approx(root, abs=1e-12)
    assert expected_motion(root, root, PD, 2.0) == pytest.approx(0.0, abs=1e-12)
    assert math.isnan(self_correcting(PD, -1.0))  # everything satisfies


def test_the_spread_of_chances_is_that_of_all_histories():
    """Brute force: every sequence of six joint acts."""
    rate, s = 0.5, stimuli(PD, 2.0)
    mean_chance, states = [], {(0.5, 0.5): 1.0}

    def moved(p, action, step):
        done = p if action == 0 else 1 - p
        done += step * (1 - done) if step >= 0 else step * done
        return done if action == 0 else 1 - done

    for _ in range(6):
        following = {}
        for (p, q), weight in states.items():
            for a in range(2):
                for b in range(2):
                    chance = weight * (1 - p if a else p) * (1 - q if b else q)
                    pair = moved(p, a, rate * s[a, b]), moved(q, b, rate * s[b, a])
                    following[pair] = following.get(pair, 0.0) + chance
        states = following
        mean_chance.append(sum(weight * p for (p, _), weight in states.items()))
    both = sum(weight * p * q for (p, q), weight in states.items())
    for t, expected in enumerate(mean_chance):
        points, mass = spread(PD, 2.0, rate, t + 1, num_points=401)
        assert points @ mass.sum(axis=1) == pytest.approx(expected, abs=1e-3)
    assert points @ mass @ points == pytest.approx(both, abs=1e-3)


def test_the_error_of_the_grid_falls_with_the_square_of_its_spacing():
    values = []
    for size in (81, 161, 321, 641):
        points, mass = spread(PD, 2.0, 0.5, 20, size)
        values.append(float(points @ mass @ points))
    changes = np.abs(np.diff(values))
    assert 1.5 < math.log2(changes[0] / changes[2]) / 2.0 < 2.5  # over two halvings


def test_who_cooperates_from_the_first_round_on_may_never_stop():
    """The product is the limit of the chance to cooperate in every round so far."""
    step = 0.5 * stimuli(PD, 2.0)[0, 0]
    assert collusion(PD, 2.0, 0.5, [120], 120)[0] == pytest.approx(lasting_chance(0.5, 0.5, step), rel=1e-9)


@pytest.mark.compiled
@pytest.mark.parametrize(("game", "rounds"), [(PD, 60), (PD, 100), (CHICKEN, 70), (STAG_HUNT, 60)])
def test_simulated_collusion_is_that_of_the_distribution_of_chances(game, rounds):
    model = scenario().replace({"environment.payoffs": game, "horizon.steps": rounds})
    found = run(model, replications=20_000, seed=3).metrics["collusion_rate"]
    assert abs(found.value - collusion(game, 2.0, 0.5, [rounds], 50)[0]) < 4 * found.standard_error + 0.001


@pytest.mark.compiled
@pytest.mark.parametrize(("aspiration", "low", "high"), [(0.5, 0.0, 0.2), (2.0, 0.85, 1.0), (3.2, 0.0, 0.01)])
def test_collusion_needs_an_aspiration_between_punishment_and_reward(aspiration, low, high):
    model = scenario().replace({"learner.aspiration": aspiration})
    assert low <= run(model, replications=500, seed=4).metrics["collusion_rate"].value <= high


# --- Bad input -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"payoffs": [[1.0, 2.0]]}, r"payoffs: .* is not square; accepted: m rows of m finite numbers"),
        ({"payoffs": [[1.0], [2.0, 3.0]]}, r"payoffs: .* is not square; accepted: m rows of m finite numbers"),
        ({"payoffs": [[math.nan]]}, r"payoffs: .* is not accepted; accepted: a list"),
        ({"payoffs": []}, r"payoffs: \(\) is not square; accepted: m rows of m finite numbers"),
        ({"payoffs": [[1.0, "a"], [0.0, 0.0]]}, r"payoffs: .* is not accepted; accepted: a list"),
        ({"column_payoffs": [[1.0]]}, r"column_payoffs: 1 rows are not accepted; accepted: as many as of payoffs, 2"),
        ({"column_payoffs": [[1.0, 2.0], [3.0]]}, r"column_payoffs: .* is not square; accepted: m rows of m finite"),
        ({"observation": "all"}, r"observation: 'all' is not accepted; accepted: one of"),
        ({"lock_in": 0}, r"lock_in: 0 is not accepted; accepted: an int, >= 1"),
    ],
)
def test_games_that_make_no_sense_are_refused(values, problem):
    with pytest.raises(ParameterError, match=rf"^environment\.{problem}") as error:
        scenario().replace({f"environment.{name}": value for name, value in values.items()})
    assert "\n" not in str(error.value)


def test_theory_refuses_what_it_does_not_hold_for():
    with pytest.raises(ParameterError, match=r"^payoffs: shape \(3, 3\) is not accepted; accepted: 2 x 2"):
        stimuli(np.zeros((3, 3)), 1.0)
    with pytest.raises(ParameterError, match=r"^rounds: \[4\] is not accepted; accepted: ascending numbers"):
        collusion(PD, 2.0, 0.5, [4], 5)
    with pytest.raises(ParameterError, match=r"^first, second, step: accepted"):
        lasting_chance(1.5, 0.5, 0.5)
    with pytest.raises(ParameterError, match=r"^num_points: 10 is not accepted; accepted: an odd number >= 5$"):
        spread(PD, 2.0, 0.5, 1, 10)
    with pytest.raises(ParameterError, match=r"^rounds: \[\] is not accepted; accepted: ascending numbers"):
        collusion(PD, 2.0, 0.5, [], 5)
    with pytest.raises(ParameterError, match=r"^aspiration: nan is not accepted; accepted: a finite number$"):
        stimuli(PD, math.nan)
    with pytest.raises(ParameterError, match=r"^rate: 3.0 is not accepted; accepted: a number in \(0, 1\]$"):
        collusion(PD, 2.0, 3.0, [10], 5)
    with pytest.raises(ParameterError, match=r"^num_rounds: -1 is not accepted; accepted: a number >= 0$"):
        spread(PD, 2.0, 0.5, -1)
