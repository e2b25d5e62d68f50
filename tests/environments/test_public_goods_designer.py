"""A designer of taxes among those who may contribute to a public good."""

import numpy as np
import pytest

from socialsim.core.errors import ParameterError
from socialsim.core.streams import Purpose, seed_streams
from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.environments.public_goods import LEARNER, PublicGoods, scenario, with_designer
from socialsim.environments.public_goods.theory import critical_incentive
from socialsim.testing.links import by_hand

C, D = range(2)
LEVELS = (0.0, 0.25, 1.0)


def step(environment, actions, version=lambda function: function):
    """Return the rewards of one step, and the state after it."""
    state, rewards = environment.state(len(actions)), np.zeros(len(actions))
    network = by_hand([()] * len(actions))
    with np.errstate(over="ignore"):
        stream = seed_streams(1, np.arange(1), Purpose.DYNAMICS)[0]
        version(PublicGoods.advance)(state, network, np.array(actions), rewards, stream)
    return rewards, state


def test_the_tax_in_force_is_the_designers_by_hand(version):
    goods = PublicGoods(multiplier=1.6, tax_levels=LEVELS, subsidy=0.1)
    taxed = PublicGoods(multiplier=1.6, tax=0.25, subsidy=0.1)
    rewards, state = step(goods, [C, D, D, C, 1], version)
    assert rewards[:4] == pytest.approx(step(taxed, [C, D, D, C])[0])
    assert rewards[:4] == pytest.approx([-0.025, 0.625, 0.625, -0.025])
    assert rewards[4] == pytest.approx(0.3)  # welfare: half of what all could gain, 0.6; the budget balances
    assert state.incentive[0] == pytest.approx(0.35)


def test_the_designer_belongs_to_no_group():
    goods = PublicGoods(tax_levels=LEVELS)
    state = goods.state(9)
    assert (len(state.order), len(state.earned), state.action.shape) == (8, 8, (8,))
    with pytest.raises(ParameterError, match=r"group_size: 4 is not accepted; accepted: at most as many as agents, 3"):
        goods.state(4)


def test_hyperedges_may_be_taxed_too(version):
    goods = PublicGoods(groups="hyperedges", hyperedges=[[0, 1, 2], [1, 2]], tax_levels=LEVELS)
    taxed = PublicGoods(groups="hyperedges", hyperedges=[[0, 1, 2], [1, 2]], tax=1.0)
    assert step(goods, [C, D, C, 2], version)[0][:3] == pytest.approx(step(taxed, [C, D, C])[0])


def test_taxes_move_money_and_make_none():
    for levels in ((0.0,), (5.0,)):
        rewards, _ = step(PublicGoods(multiplier=2.0, tax_levels=levels), [C, D, D, C, 0])
        assert rewards[:4].sum() == pytest.approx(2.0)


def test_a_designer_without_a_choice_changes_nothing_but_who_is_there():
    designed = Scenario(PublicGoods(tax_levels=(0.5, 0.5)), {"agent": LEARNER}, "complete:n=9", 50)
    taxed = Scenario(PublicGoods(tax=0.5), LEARNER, "complete:n=8", 50)
    ours, theirs = (run(each, replications=60, seed=1).runs for each in (designed, taxed))
    gap = ours.contributed.mean() - theirs.contributed.mean()
    assert abs(gap) < 4 * np.hypot(ours.contributed.sem(), theirs.contributed.sem())
    assert (ours.mean_tax == 0.5).all()


def test_what_the_designer_may_know():
    goods = PublicGoods(tax_levels=LEVELS)
    specification = goods.specification("designer", 9)
    assert specification.actions.labels == ("tax 0", "tax 0.25", "tax 1")
    assert specification.fact("reward_range") == (0.0, pytest.approx(0.6))
    low, high = goods.specification("agent", 9).fact("reward_range")
    for actions in ([C, D, D, D], [C, C, C, D], [D, D, D, D], [C, C, C, C]):
        for level in range(3):
            rewards = step(goods, [*actions, level])[0][:4]
            assert (low <= rewards).all() & (rewards <= high).all()


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"tax_levels": LEVELS, "groups": "neighbourhoods"}, "groups are 'neighbourhoods'; accepted: with env"),
        ({"tax_levels": LEVELS, "tax": 0.5}, "tax: 0.5 is not accepted; accepted: 0 beside environment.tax_levels"),
        ({"tax_levels": (0.5, -0.1)}, "are not accepted; accepted: numbers >= 0"),
        ({"tax_levels": (float("nan"),)}, "accepted"),
        ({"designer_period": 0}, "designer_period: 0 is not accepted"),
    ],
)
def test_designers_that_cannot_be_are_refused(values, message):
    with pytest.raises(ParameterError, match=message):
        PublicGoods(**values)


@pytest.mark.compiled
def test_the_designer_learns_a_tax_that_makes_contributing_dominant():
    """Least rate (4 - 1.6)/3 = 0.8; below it hardly anybody contributes, whatever the designer learns."""
    assert critical_incentive(4, 1.6) == pytest.approx(0.8)
    designed = with_designer((0.0, 0.3, 0.6, 1.0))
    found = run(designed, replications=30, seed=1)
    assert found.metrics["efficiency"].low > 0.8
    assert found.metrics["mean_tax"].low > 0.9
    powerless = run(with_designer((0.0, 0.3, 0.5, 0.7)), replications=30, seed=1)
    assert powerless.metrics["efficiency"].high < 0.1
    assert run(scenario(), replications=30, seed=1).metrics["efficiency"].high < 0.1
