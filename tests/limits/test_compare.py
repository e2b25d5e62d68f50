"""How fast N agents come closer to their limit."""

import json

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

from socialsim.core.compiled import compiled
from socialsim.core.errors import NetworkError, ParameterError
from socialsim.core.manifest import strict
from socialsim.core.parameters import parameter
from socialsim.engine.aggregative import AggregativeGame
from socialsim.limits.agents import Crowd
from socialsim.limits.compare import carried, compare, derivatives
from socialsim.limits.games import Game
from socialsim.limits.library import sis
from socialsim.limits.rates import fit_slope
from socialsim.networks.graphons import StepGraphon


class Coin(AggregativeGame):
    """Everybody tosses a coin in each step and is paid for its own."""

    num_states, num_actions, num_successors = 2, 2, 2
    num_steps: int = parameter(3, "T", ge=1)

    @staticmethod
    @compiled
    def step(env, t, s, a, z, successors, probabilities):
        for k in range(2):
            successors[k], probabilities[k] = k, 0.5

    @staticmethod
    @compiled
    def reward(env, t, s, a, z):
        return s


class Company(AggregativeGame):
    """Whoever goes out once is paid for the number of its neighbours."""

    num_states, num_actions, steady = 1, 2, True
    num_steps: int = parameter(1, "T", ge=1)

    @staticmethod
    @compiled
    def feature(env, s, a, features):
        features[0] = 1.0

    @staticmethod
    @compiled
    def step(env, t, s, a, z, successors, probabilities):
        successors[0], probabilities[0] = 0, 1.0

    @staticmethod
    @compiled
    def reward(env, t, s, a, z):
        return a * z[0]


SHORT = Game(sis.rules().replace(num_steps=3))


def exact_errors(size, num_steps):
    """Return RMS error and bias of the epidemic at u = .5: on a complete network the number of the ill is a chain."""
    numbers = np.arange(size + 1)
    stays = binom.pmf(numbers[None, :], numbers[:, None], 0.8)  # of k ill, those who stay so
    falls = binom.pmf(numbers[None, :], size - numbers[:, None], 0.4 * numbers[:, None] / size)
    step = np.stack([np.convolve(stays[k], falls[k])[: size + 1] for k in numbers])
    chances, limit = binom.pmf(numbers, size, 0.5), 0.5
    squares, biases = [], []
    for _ in range(num_steps + 1):
        squares.append(2 * chances @ (numbers / size - limit) ** 2)
        biases.append(2 * (chances @ numbers / size - limit) ** 2)
        chances, limit = chances @ step, 0.8 * limit + 0.4 * limit * (1 - limit)
    return np.sqrt(np.mean(squares)), np.sqrt(np.mean(biases))


def table(sizes, values, errors):
    return pd.DataFrame({"size": sizes, "rms": values, "rms_se": errors})


def test_the_slope_of_a_power_is_its_exponent():
    sizes = np.array([20, 50, 300])
    slope = fit_slope(table(sizes, 3.0 * sizes**-0.7, 0.01 * sizes**-0.7), "rms")
    assert slope.value == pytest.approx(-0.7)
    assert slope.theory == -0.5


def test_the_error_of_a_slope_through_two_points_is_that_of_their_difference():
    slope = fit_slope(table([10, 100], [1.0, 0.5], [0.03, 0.02]), "rms")
    assert slope.value == pytest.approx(-np.log10(2))
    assert slope.standard_error == pytest.approx(np.hypot(0.03, 0.04) / np.log(10))


def test_points_that_scatter_more_than_their_errors_widen_the_slopes():
    exact = fit_slope(table([10, 100, 1000], [1.0, 0.1, 0.01], [0.01, 0.001, 0.0001]), "rms")
    bent = fit_slope(table([10, 100, 1000], [1.0, 0.2, 0.01], [0.01, 0.002, 0.0001]), "rms")
    assert bent.standard_error > 10 * exact.standard_error


def test_values_within_their_noise_do_not_enter_a_slope():
    slope = fit_slope(table([10, 100, 1000], [1.0, 0.1, 0.05], [0.01, 0.001, 0.04]), "rms")
    assert slope.num_sizes == 2
    assert slope.value == pytest.approx(-1.0)
    alone = fit_slope(table([10, 100], [1.0, 0.1], [0.01, 0.09]), "rms")
    assert np.isnan(alone.value)
    assert str(alone) == "undefined: 1 size is above the noise, two are needed"


def test_what_is_zero_to_rounding_is_told_from_what_is_within_the_noise():
    nothing = pd.DataFrame({"size": [10, 100], "bias": [0.0, 1e-12], "bias_se": [np.inf, 1e-12]})
    within = nothing.assign(bias_high=0.1)
    assert str(fit_slope(nothing.assign(bias_high=1e-11), "bias")) == "none: 0 to rounding"
    assert str(fit_slope(within, "bias")) == "undefined: 0 sizes are above the noise, two are needed"


def test_the_derivative_of_a_step_is_that_of_the_equations():
    """x' = x + .8 (1 - u) x (1 - x) - .2 x at u = .5: with healthy h and infected x apart, .4 x h - .2 x."""
    limit = SHORT.mean_field()
    evaluation = limit.evaluate(limit.uniform_policy())
    for t, found in enumerate(derivatives(limit, evaluation)):
        h, x = evaluation.flow.states[t, 0]
        assert found == pytest.approx(np.array([[1 - 0.4 * x, -0.4 * h + 0.2], [0.4 * x, 0.8 + 0.4 * h]]), abs=1e-8)


def test_the_derivative_on_a_graphon_hands_shares_on_between_blocks():
    limit = SHORT.graphon(StepGraphon([[0.5, 1.0], [1.0, 0.0]], [0.25, 0.75]))
    found = derivatives(limit, limit.evaluate(limit.uniform_policy()))[0]
    nobody = 0.4 * 0.25 * 0.5  # healthy at the first block, by infected at the second, in shares of all agents
    assert found[1, 3] == pytest.approx(nobody, abs=1e-8)
    assert found[3, 1] == pytest.approx(0.4 * 0.75 * 0.5, abs=1e-8)


def test_without_coupling_the_error_is_that_of_coins_and_there_is_no_bias():
    found = compare(Coin(), (4, 16), seeds=range(8), runs=10, policy="uniform")
    for row in found.table.to_dict("records"):
        assert row["rms_low"] < np.sqrt(2 * 0.25 / row["size"]) < row["rms_high"]
        assert row["bias_high"] < 1e-12  # all was owed to chance
        assert abs(row["gap"]) < 1e-12  # what is earned is known without chance
    assert found.slopes["bias"].num_sizes == 0  # rounding has no slope


def test_errors_are_those_of_the_chain_that_a_complete_network_is():
    found = compare(SHORT, (5, 10), seeds=range(12), runs=12, policy="uniform", deviants=0)
    for row in found.table.to_dict("records"):
        rms, bias = exact_errors(row["size"], 3)
        assert abs(row["rms"] - rms) < 4 * row["rms_se"]
        assert abs(row["bias"] - bias) < 4 * row["bias_se"]
        assert row["bias_se"] < 0.3 * bias


def test_the_surprises_that_are_taken_off_leave_less_noise():
    limit = SHORT.mean_field()
    crowd = Crowd(limit, limit.uniform_policy(), "complete:n=30")
    play = crowd.play(range(60), seed=1)
    evaluation = limit.evaluate(limit.uniform_policy())
    rest = play.shares[:, :, 0] - carried(play.surprises, derivatives(limit, evaluation))
    assert (rest.std(axis=0) < 0.3 * play.shares[:, :, 0].std(axis=0)).all()
    assert rest[:, 0] == pytest.approx(0.5)


def test_tables_and_slopes_can_be_written_as_json():
    found = compare(SHORT, (5, 10), seeds=range(3), runs=5, policy="uniform")
    record = json.loads(json.dumps(strict(found.to_json())))
    assert [row["size"] for row in record["sizes"]] == [5, 10]
    assert set(record["slopes"]) == {"rms", "bias", "gap"}
    assert record["exploitability_of_limit"] == found.exploitability
    assert str(found).startswith("sis: slopes in log N\nrms ")


def test_a_game_without_end_is_played_for_some_steps_by_its_own_policy():
    endless = SHORT.rules.replace(num_steps=0, discount=0.5)
    found = compare(endless, (4, 8), seeds=range(2), runs=2, steps=2)
    assert found.evaluation.policy.shape == (2, 1, 1, 2, 2)
    assert np.array_equal(found.evaluation.policy[0], found.evaluation.policy[1])


def test_without_deviants_the_exploitability_is_left_out():
    found = compare(SHORT, (5,), seeds=range(3), runs=5, policy="uniform", deviants=0)
    assert "gap" not in found.slopes
    assert "exploitability" not in found.table


def test_few_deviants_stand_for_all_agents_of_a_graphon():
    """In 1 - max(x, y) an agent at x has (1 - x^2) / 2 to gain: on the average 1/3, but the first 1/2."""
    game = Company(normalise="N")
    found = compare(game, (32,), "graphon:W=uniform_attachment,positions=grid", range(8), policy=[[1, 0]], deviants=1)
    row = found.table.iloc[0]
    assert found.exploitability == pytest.approx(1 / 3, abs=0.001)
    assert abs(row["gap"]) < 4.0 * row["gap_se"]
    assert row["gap_se"] < 0.04  # that of a gain without the others would be over .05


def test_what_changes_its_sign_has_the_slope_of_large_numbers():
    slope = fit_slope(table([10, 100, 1000], [-1.0, 0.1, 0.01], [0.01, 0.001, 0.0001]), "rms")
    assert (slope.num_sizes, slope.value) == (2, pytest.approx(-1.0))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"sizes": [1]}, "sizes: .* accepted: numbers of agents >= 2"),
        ({"sizes": []}, "sizes"),
        ({"seeds": [3]}, "seeds: .* at least two different"),
        ({"runs": 1}, "runs: 1 is not accepted"),
        ({"deviants": -1}, "deviants: -1 is not accepted"),
        ({"policy": "unifrom"}, "did you mean 'uniform'"),
        ({"graph": "karate"}, "'karate' is a network of fixed size; accepted: one with n"),
        ({"graph": "erdos_renyi:p=0.2"}, "'erdos_renyi:p=0.2' has no limit of its own with normalise = 'N'"),
        ({"graph": "graphon:W=minimum,rho=0.5"}, "a rho other than 1 is not accepted"),
    ],
)
def test_what_cannot_be_compared_is_refused(arguments, message):
    with pytest.raises(ParameterError, match=message):
        compare(SHORT, **{"sizes": [5], "seeds": range(2), "runs": 2, "policy": "uniform"} | arguments)


def test_a_network_that_does_not_exist_is_refused():
    with pytest.raises(NetworkError, match="did you mean 'complete'"):
        compare(SHORT, [5], "complet", range(2))


@pytest.mark.compiled
def test_the_errors_fall_as_theory_says():
    found = compare(sis.rules(), seeds=range(20), runs=15, policy="uniform")
    assert found.slopes["rms"].value == pytest.approx(-0.5, abs=0.07)
    assert found.slopes["bias"].value == pytest.approx(-1.08, abs=0.1)
    assert found.slopes["gap"].value < -0.9
    for row in found.table.to_dict("records"):
        rms, bias = exact_errors(row["size"], 50)
        assert abs(row["rms"] - rms) < 4 * row["rms_se"]
        assert abs(row["bias"] - bias) < 4 * row["bias_se"]
        assert row["bias_se"] < 0.1 * bias
    larger = found.table[found.table["size"] >= 80]
    assert fit_slope(larger, "rms").value == pytest.approx(-0.5, abs=0.05)
    assert fit_slope(larger, "bias").value == pytest.approx(-1.0, abs=0.1)


@pytest.mark.compiled
def test_agents_on_graphs_drawn_from_blocks_come_closer_to_the_graphon():
    blocks = StepGraphon([[0.9, 0.2], [0.2, 0.6]], [0.5, 0.5])
    found = compare(sis.rules(), (20, 80, 320), blocks, range(8), runs=10, policy="uniform", deviants=0)
    assert found.slopes["rms"].value == pytest.approx(-0.5, abs=0.1)
