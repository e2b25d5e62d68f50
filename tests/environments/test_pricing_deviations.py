"""What follows a deviation: placebos, retaliation, gains; and sellers of two kinds."""

from __future__ import annotations

import numpy as np
import pytest

from socialsim.core.errors import ParameterError
from socialsim.engine.run import run
from socialsim.engine.simulation import Simulation
from socialsim.environments import repeated_game
from socialsim.environments.pricing import Pricing, small
from socialsim.environments.pricing.deviations import Responses, best_responses, respond
from socialsim.environments.pricing.facts import profits_of_steps

SETTLING = {"horizon.steps": 5000, "learner.patience": 200, "learner.beta": 0.01}


@pytest.fixture(scope="module")
def responses():
    return respond(small().replace(SETTLING), periods=6, replications=30, seed=1)


def test_a_placebo_changes_nothing(responses):
    for values in (responses.prices, responses.profits):
        assert np.array_equal(values["placebo"], values["baseline"])
    assert (responses.gains("placebo") == 0).all()


def test_a_deviation_begins_in_period_one_with_the_deviator_alone(responses):
    baseline, deviation = responses.prices["baseline"], responses.prices["deviation"]
    assert np.array_equal(baseline[:, 0], deviation[:, 0])
    assert np.array_equal(baseline[:, 1, 1], deviation[:, 1, 1])
    assert responses.deviates.any()
    assert (baseline[responses.deviates, 1, 0] != deviation[responses.deviates, 1, 0]).all()


def test_the_static_best_response_pays_at_first(responses):
    gain = responses.profits["deviation"][:, 0, 0] - responses.profits["baseline"][:, 0, 0]
    assert (gain[responses.deviates] > 0).all()
    assert (gain[~responses.deviates] == 0).all()


def test_sellers_who_remember_nothing_do_not_answer():
    market = small().replace(SETTLING | {"environment.memory": 0, "learner.epsilon": 0.0, "learner.alpha": 0.01})
    responses = respond(market, step=0, periods=2, replications=10, seed=1)
    assert responses.price_effect("deviation", 2).value == 0


def test_gains_are_discounted_from_the_deviation_on():
    steps = {"baseline": [2, 2, 2], "placebo": [2, 2, 2], "deviation": [2, 1, 2]}
    prices = {name: np.array(row, float).reshape(1, 3, 1) for name, row in steps.items()}
    profits = {"baseline": [1.0, 1.0], "placebo": [1.0, 1.0], "deviation": [1.5, 0.2]}
    responses = Responses(
        prices, {name: np.array(row).reshape(1, 2, 1) for name, row in profits.items()}, 0, 0.5, share_settled=None
    )
    assert responses.gains("deviation") == pytest.approx([0.5 - 0.5 * 0.8])


def test_best_responses_beat_every_other_step():
    pricing = Pricing(num_prices=6, costs=[1.0, 1.2])
    steps = np.array([[0, k] for k in range(6)])
    chosen = best_responses(pricing, steps, seller=0)
    for row, best in zip(steps, chosen, strict=True):
        profits = [profits_of_steps(pricing, np.array([own, row[1]]))[0] for own in range(6)]
        assert best == int(np.argmax(profits))


def test_only_sellers_deviate():
    with pytest.raises(ParameterError, match="'repeated_game' has no sellers to deviate"):
        respond(repeated_game.small())


# --- Sellers of two kinds ---------------------------------------------------------------------------------------


def rivalry(rival, **changes):
    changes = {"environment.num_rivals": 1, "learner.rival": rival} | changes
    return small().replace(SETTLING | changes)


def test_rivals_are_the_last_sellers_and_know_their_own_market():
    pricing = Pricing(num_prices=3, costs=[1.0, 1.2, 1.5], num_rivals=2)
    assert pricing.counts(3) == {"seller": 1, "rival": 2}
    seller, rival = (pricing.specification(name, 3).facts for name in ("seller", "rival"))
    everybody = Pricing(num_prices=3, costs=[1.0, 1.2, 1.5]).specification("seller", 3).facts
    assert np.array_equal(np.vstack([seller["mean_rewards"], rival["mean_rewards"]]), everybody["mean_rewards"])
    assert (seller["first_seller"], rival["first_seller"]) == (0, 1)


def test_a_rival_that_matches_prices_teaches_a_learner_to_raise_them():
    result = run(rivalry("match_rival"), replications=20, seed=1, record_every=None)
    market = Pricing(num_prices=4).market(2)
    assert result.metrics["profit_gain"].low > 0.5
    assert market.profits(market.monopoly()).mean() > market.profits(market.nash()).mean()


def test_the_limit_cycle_of_a_learner_and_a_strategy_is_where_play_goes():
    fixed = {"learner.epsilon": 0.0, "learner.alpha": 1e-12, "learner.patience": 0}
    simulation = Simulation(rivalry("undercut_rival", **fixed), seed=2, replications=range(8))
    simulation.advance(100)
    cycles = simulation.scenario.environment.outcomes_of_policies(simulation.environment, simulation.policies())
    prices = []
    for step in range(100, 160):
        simulation.advance(step + 1)
        prices.append(simulation.columns()["price"].mean(axis=1))
    whole = 60 % cycles["cycle_length"] == 0
    assert whole.any()
    assert np.mean(prices, axis=0)[whole] == pytest.approx(cycles["cycle_price"][whole])


def test_more_rivals_than_sellers_are_refused():
    with pytest.raises(ParameterError, match="num_rivals: 3 of 2 sellers; accepted: 0 to 2"):
        run(small().replace({"environment.num_rivals": 3}))
