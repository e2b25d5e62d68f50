import numpy as np
import pytest

from socialsim.metrics.commons import efficiency as exact_efficiency
from socialsim.metrics.inequality import gini
from socialsim.metrics.outcomes import (
    atkinson_of_returns,
    efficiency,
    equality,
    sustainability,
    theil_of_returns,
)
from socialsim.metrics.records import act_table, constructed

REWARDS = np.random.default_rng(1).integers(3, size=(4, 30, 5)).astype(float)
RESULT = constructed(act=act_table(np.zeros(REWARDS.shape, int), rewards=REWARDS))


def test_from_acts_the_outcomes_are_those_of_the_returns():
    returns = REWARDS.sum(axis=1)
    assert efficiency(RESULT).value == pytest.approx(exact_efficiency(returns, 30).mean())
    assert equality(RESULT).value == pytest.approx((1 - gini(returns)).mean())
    times = [[np.flatnonzero(agent > 0).mean() for agent in run.T] for run in REWARDS]
    assert sustainability(RESULT).value == pytest.approx(np.mean(times))


@pytest.mark.parametrize("metric", [equality, theil_of_returns, atkinson_of_returns])
@pytest.mark.parametrize("rewards", [[[0.0, 0.0]], [[-1.0, 3.0]], [[-1.0, -2.0]]], ids=["nothing", "a loss", "losses"])
def test_shares_of_nothing_and_of_losses_are_undefined(metric, rewards):
    result = constructed(act=act_table([[0, 0]], rewards=rewards))
    assert metric(result).reason == "in no run are all returns >= 0 and their sum > 0: shares of it mean nothing"
    mixed = constructed(act=act_table([[[0, 0]]] * 3, rewards=[rewards, [[1, 1]], [[1, 1]]]))
    assert metric(mixed).num_runs == 2


def test_who_never_earned_has_no_time_of_earning():
    result = constructed(act=act_table([[0, 0]] * 3, rewards=[[0, 0], [0, 0], [1, -1]]))
    assert sustainability(result).value == 2.0
    losses = constructed(act=act_table([[0, 0]], rewards=[[-1, 0]]))
    assert sustainability(losses).reason == "in no run did anybody earn a positive reward"


def test_what_was_done_need_be_no_index_for_what_it_earned():
    result = constructed(act=act_table(np.full((30, 2), 0.25), rewards=np.tile([1.0, 2.0], (30, 1))))
    assert efficiency(result).value == 3.0
    assert equality(result).value == pytest.approx(1 - 1 / 6)
