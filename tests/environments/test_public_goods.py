"""Public goods: groups that contribute, punish, reward, and are taxed."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from socialsim.core.errors import ParameterError
from socialsim.core.streams import Purpose, seed_streams
from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.environments._groups import NUM_NODES, advantage, draw_order, interior_equilibria
from socialsim.environments.public_goods import PublicGoods, scenario
from socialsim.environments.public_goods.mechanics import payoff
from socialsim.environments.public_goods.theory import (
    NUM_ACTIONS,
    PEER,
    Rules,
    critical_incentive,
    critical_punishers,
    expected_payoffs,
    payoffs_beside,
)
from socialsim.testing.links import by_hand

C, D, P, R = range(4)
STAR = ((1, 2, 3), (0,), (0,), (0,))
RING = tuple(((i - 1) % 6, (i + 1) % 6) for i in range(6))
acts = st.lists(st.integers(0, 3), min_size=6, max_size=6)
shares = st.lists(st.floats(0.05, 1.0), min_size=4, max_size=4).map(lambda w: np.array(w) / sum(w))


def step(environment, actions, rows=None, away=(), state=None, advance=PublicGoods.advance):
    """Return the rewards of one step and the state after it."""
    network = by_hand(rows or [()] * len(actions), absent=away)
    state = environment.state(len(actions)) if state is None else state
    rewards = np.zeros(len(actions))
    stream = seed_streams(1, np.arange(1), Purpose.DYNAMICS)[0]
    with np.errstate(over="ignore"):
        advance(state, network, np.array(actions), rewards, stream)
    return rewards, state


def outcomes(environment, state):
    """Return the outcomes of one run."""
    batch = type(state)(*[np.asarray(field)[None] if isinstance(field, np.ndarray) else field for field in state])
    return {name: values[0] for name, values in environment.outcomes(batch).items()}


# --- By hand ---------------------------------------------------------------------------------------------------


def test_a_group_of_four_by_hand(version):
    goods = PublicGoods(multiplier=1.6)
    rewards, state = step(goods, [C, C, D, D], advance=version(PublicGoods.advance))
    assert rewards == pytest.approx([-0.2, -0.2, 0.8, 0.8])
    found = outcomes(goods, state)
    assert (found["acts"], found["contributed"], found["final_contribution"]) == (4, 2, 0.5)
    assert found["efficiency"] == pytest.approx(0.5)  # 1.2 of 2.4
    assert np.isnan(found["equality"])


def test_punishment_and_reward_by_hand(version):
    goods = PublicGoods(multiplier=2.0, sanctioning="peer", fine=1.0, fine_cost=0.25, bonus=0.5, bonus_cost=0.125)
    rewards, state = step(goods, [C, D, P, R], advance=version(PublicGoods.advance))
    shared = 2.0 * 3 / 4
    assert rewards == pytest.approx([shared - 1 + 0.5, shared - 1.0, shared - 1 - 0.25 + 0.5, shared - 1 - 0.25])
    assert (outcomes(goods, state)["punished"], outcomes(goods, state)["rewarded"]) == (1, 1)


def test_a_pool_costs_its_payers_once_and_fines_each_defector_for_each(version):
    goods = PublicGoods(multiplier=2.0, group_size=5, sanctioning="pool", fine=1.0, fine_cost=0.25)
    rewards, _ = step(goods, [P, P, D, D, C], advance=version(PublicGoods.advance))
    shared = 2.0 * 3 / 5
    assert rewards == pytest.approx([shared - 1.25, shared - 1.25, shared - 2, shared - 2, shared - 1])


def test_the_hub_of_a_star_meets_in_every_group_and_a_leaf_in_two():
    """Hub alone contributes: 2 c (1/4 + 3/2) from four groups; a leaf shares in the hub's group and its own."""
    star = PublicGoods(groups="neighbourhoods", multiplier=2.0)
    rewards, state = step(star, [C, D, D, D], STAR)
    assert state.num_meetings.tolist() == [4, 2, 2, 2]
    assert rewards == pytest.approx([2 * (1 / 4 + 3 / 2) - 4, *[2 * (1 / 4 + 1 / 2)] * 3])
    divided, _ = step(star.replace(stake="divided"), [C, D, D, D], STAR)
    assert divided == pytest.approx(rewards / 4)


def test_hyperedges_may_overlap_and_differ_in_size():
    groups = PublicGoods(groups="hyperedges", hyperedges=[[0, 1, 2], [2, 3], [3, 0, 1, 4]], multiplier=1.5)
    rewards, _ = step(groups, [D, D, C, D, D, C])  # the last belongs to no group
    assert rewards == pytest.approx([0.5, 0.5, 0.5 - 1 + 0.75 - 1, 0.75, 0.0, 0.0])


def test_who_is_away_does_not_meet_and_who_is_alone_neither():
    ring = PublicGoods(groups="neighbourhoods", multiplier=3.0)
    rewards, state = step(ring, [C] * 6, RING, away=(0, 2))
    assert state.num_meetings.tolist() == [0, 0, 0, 2, 3, 2]  # 1 has lost both neighbours
    assert rewards == pytest.approx([0, 0, 0, 4, 6, 4])


def test_who_is_left_over_by_random_groups_sits_out():
    goods = PublicGoods(group_size=4, multiplier=3.0)
    rewards, state = step(goods, [C] * 6)
    assert sorted(rewards.tolist()) == [0.0, 0.0, 2.0, 2.0, 2.0, 2.0]
    assert sorted(state.action.tolist()) == [-1, -1, C, C, C, C]


# --- Properties ------------------------------------------------------------------------------------------------


@given(acts, st.sampled_from(["neighbourhoods", "random", "hyperedges"]), st.sampled_from(["each", "divided"]))
def test_only_the_multiplier_and_sanctions_make_or_destroy_anything(actions, groups, stake):
    given_groups = {"hyperedges": ((0, 1, 2), (2, 3, 4, 5), (5, 0))} if groups == "hyperedges" else {}
    rules = {"sanctioning": "peer", "fine": 0.7, "fine_cost": 0.2, "bonus": 0.4, "bonus_cost": 0.1}
    goods = PublicGoods(groups=groups, group_size=3, stake=stake, **given_groups, **rules, tax=0.3, subsidy=0.2)
    rewards, state = step(goods, actions, RING)
    members = {
        "neighbourhoods": [(i, *RING[i]) for i in range(6)],
        "random": state.order.reshape(2, 3).tolist(),
        "hyperedges": given_groups.get("hyperedges", ()),
    }[groups]
    meetings = Counter(i for group in members for i in group)
    total = 0.0
    for group in members:
        kinds = Counter(actions[i] for i in group)
        for i in group:
            if actions[i] != D:
                total += (goods.multiplier - 1) / (meetings[i] if stake == "divided" else 1)
        total -= kinds[P] * kinds[D] * (0.7 + 0.2)
        total += kinds[R] * (len(group) - kinds[D] - 1) * (0.4 - 0.1)
    assert rewards.sum() == pytest.approx(total)


@given(st.integers(0, 3), st.lists(st.integers(0, 5), min_size=4, max_size=4).filter(any))
def test_two_formulas_of_the_payoff_agree(action, others):
    goods = PublicGoods(sanctioning="peer", endowment=0.5, tax=0.4, subsidy=0.3)
    pool = float(sum(others) - others[D])
    found = payoff(goods.state(6), action, 1.0, 1 + sum(others), pool, others[D], others[P], others[R])
    assert found == pytest.approx(payoffs_beside(goods.rules(), others)[action])


@given(acts, st.sampled_from(["neighbourhoods", "random"]))
def test_what_is_forgone_is_what_the_action_would_have_paid(actions, groups):
    goods = PublicGoods(groups=groups, group_size=3, sanctioning="peer", observation="payoffs", tax=0.2)
    rewards, state = step(goods, actions, RING)
    for i in range(6):
        assert state.forgone[i, actions[i]] == pytest.approx(rewards[i])
        for other in range(4):
            changed = [other if k == i else action for k, action in enumerate(actions)]
            assert state.forgone[i, other] == pytest.approx(step(goods, changed, RING)[0][i])


@given(acts, st.floats(0, 2), st.floats(0, 2))
def test_taxes_and_subsidies_balance_and_only_their_sum_matters(actions, tax, subsidy):
    plain, _ = step(PublicGoods(group_size=3), [a % 2 for a in actions])
    rewards, _ = step(PublicGoods(group_size=3, tax=tax, subsidy=subsidy), [a % 2 for a in actions])
    other, _ = step(PublicGoods(group_size=3, tax=tax + subsidy), [a % 2 for a in actions])
    assert rewards == pytest.approx(other)
    assert rewards.sum() == pytest.approx(plain.sum())


@settings(max_examples=30)
@given(acts, st.sampled_from(["none", "peer", "pool"]), st.sampled_from(["each", "divided"]))
def test_rewards_stay_within_their_range(actions, sanctioning, stake):
    actions = [action % NUM_ACTIONS[("none", "peer", "pool").index(sanctioning)] for action in actions]
    for groups in (
        {"group_size": 3},
        {"groups": "neighbourhoods"},
        {"groups": "hyperedges", "hyperedges": ((0, 1), (1, 2, 3))},
    ):
        goods = PublicGoods(sanctioning=sanctioning, stake=stake, tax=0.5, **groups)
        low, high = goods.reward_range(6)
        rewards, _ = step(goods, actions, RING)
        assert ((rewards >= low - 1e-12) & (rewards <= high + 1e-12)).all()


# --- Theory ----------------------------------------------------------------------------------------------------


@given(st.integers(2, 12), st.floats(0.1, 0.99))
def test_it_is_a_dilemma_between_one_and_the_size_of_the_group(size, share):
    rules = Rules(multiplier=1.0 + share * (size - 1), contribution=1.0)
    for contributors in range(size):
        contribute, defect = payoffs_beside(rules, [contributors, size - 1 - contributors])
        assert defect > contribute
    assert payoffs_beside(rules, [size - 1, 0])[C] > payoffs_beside(rules, [0, size - 1])[D]


@given(st.integers(2, 12), st.floats(0.5, 15.0), st.floats(0.1, 3.0))
def test_contributing_pays_from_the_critical_incentive_on(size, multiplier, contribution):
    least = critical_incentive(size, multiplier, contribution)
    for incentive, sign in ((least + 0.01, 1), (least - 0.01, -1)):
        rules = Rules(multiplier, contribution, incentive=incentive)
        for others in range(size):
            contribute, defect = payoffs_beside(rules, [others, size - 1 - others])
            assert sign * (contribute - defect) > 0 or (least == 0 and sign < 0)


def test_punishers_and_defectors_do_alike_at_the_critical_share():
    rules = Rules(multiplier=2.5, contribution=1.0, sanctions=PEER, fine=1.2, fine_cost=0.4)
    threshold = critical_punishers(rules, 5)
    assert 0 < threshold < 1
    for share, sign in ((threshold, 0), (threshold + 0.05, 1), (threshold - 0.05, -1)):
        paid = expected_payoffs(rules, [0.0, 1 - share, share, 0.0], 5)
        assert np.sign(round(paid[P] - paid[D], 12)) == sign


@settings(max_examples=25)
@given(shares, st.integers(2, 5))
def test_expected_payoffs_are_those_of_all_groups_weighed_by_their_chances(weights, size):
    """Brute force over what each other does."""
    rules = PublicGoods(sanctioning="peer", tax=0.2).rules()
    expected = np.zeros(4)
    for others in np.ndindex(*[4] * (size - 1)):
        expected += np.prod(weights[list(others)]) * payoffs_beside(rules, np.bincount(others, minlength=4))
    assert expected_payoffs(rules, weights, size) == pytest.approx(expected)


def test_a_cubic_has_the_interior_equilibria_of_its_roots():
    roots = (0.2, 0.5, 0.9)
    powers = np.polynomial.polynomial.polyfromroots(roots)  # to the Bernstein basis of degree 3
    ratio = [[1, 0, 0, 0], [1, 1 / 3, 0, 0], [1, 2 / 3, 1 / 3, 0], [1, 1, 1, 1]]
    gains = np.array(ratio) @ powers
    assert advantage(0.3, gains) == pytest.approx(np.prod(0.3 - np.array(roots)))
    found = interior_equilibria(gains)
    assert [share for share, _ in found] == pytest.approx(roots)
    assert [stable for _, stable in found] == [False, True, False]


def test_a_root_on_the_grid_is_found():
    grid = np.sin(np.linspace(0.0, np.pi / 2, NUM_NODES)) ** 2
    for place in (1000, 2500, 3998):
        root = float(grid[place])
        ((share, stable),) = interior_equilibria([root, root - 1.0])
        assert (share, stable) == (pytest.approx(root, abs=1e-12), True)


@pytest.mark.parametrize("size", [3, 40, 1000, 5000])
def test_advantages_are_means_over_a_binomial_number_of_others(size):
    gains, share = np.cos(np.arange(size)), np.array([0.0, 1e-3, 0.4, 1.0])
    chances = stats.binom.pmf(np.arange(size)[:, None], size - 1, share)
    assert advantage(share, gains) == pytest.approx(gains @ chances, abs=1e-9)


def test_random_groups_are_uniform(version, stream):
    """Each of the fifteen pairs of six is together in two groups of three with chance 2/5."""
    network, order, together = by_hand([()] * 6), np.zeros(6, np.int64), np.zeros((6, 6))
    with np.errstate(over="ignore"):
        for _ in range(3000):
            assert version(draw_order)(order, network, stream) == 6
            for group in (order[:3], order[3:]):
                together[np.ix_(group, group)] += 1
    off = together[~np.eye(6, dtype=bool)] / 3000
    assert np.abs(off - 0.4).max() < 4 * np.sqrt(0.24 / 3000)


# --- Runs ------------------------------------------------------------------------------------------------------


@pytest.mark.compiled
def test_learners_come_to_contribute_where_a_tax_makes_it_pay():
    least = critical_incentive(4, 1.6)
    found = [
        run(scenario().replace({"environment.tax": tax, "environment.burn_in": 1000}), replications=8, seed=1)
        for tax in (0.5 * least, 1.5 * least)
    ]
    few, many = (result.metrics["contribution_rate"].value for result in found)
    assert few < 0.06  # those who explore
    assert many > 0.94


def test_sanctions_are_listed_with_their_prices():
    group = scenario().replace({"network.n": 8, "environment.sanctioning": "peer", "horizon.steps": 5})
    result = run(group, replications=3, seed=1, record="events")
    act, sanction = result.table("act"), result.table("sanction")
    assert len(sanction) > 0
    assert set(sanction.cost) == {0.3}
    assert set(sanction.loss) == {1.0}
    for name, action in (("source", P), ("target", D)):
        whole = sanction.merge(act, left_on=["run", "step", name], right_on=["run", "step", "agent"])
        assert len(whole) == len(sanction)
        assert (whole.action == action).all()


@pytest.mark.parametrize("learner", ["roth_erev", "bush_mosteller", "q_learning", "policy_gradient"])
def test_learners_of_actions_play_with_an_endowment(learner):
    rich = {"environment.endowment": 0.2, "environment.contribution": 0.2, "environment.multiplier": 2.0}
    group = scenario().replace({"learner": learner, "network.n": 8, "horizon.steps": 5} | rich)
    assert run(group, seed=1).runs.acts[0] == 40


def test_groups_that_meet_twice_punish_twice_in_every_step():
    """More groups of the same two than there are agents: each punishment is listed once for each."""
    pair = PublicGoods(groups="hyperedges", hyperedges=[[0, 1]] * 20, sanctioning="peer")
    group = Scenario(pair, "q_learning:discount=0.0,epsilon=1.0", "path:n=2", 40)
    result = run(group, seed=1, record="events")
    act = result.table("act").pivot_table(index="step", columns="agent", values="action")
    punishing = ((act[0] == P) & (act[1] == D)) | ((act[0] == D) & (act[1] == P))
    listed = result.table("sanction").groupby("step").size()
    assert punishing.sum() > 1
    assert listed.to_dict() == dict.fromkeys(act.index[punishing], 20)


def test_one_alone_meets_nobody():
    alone = scenario().replace({"environment.groups": "neighbourhoods", "network.n": 1, "horizon.steps": 3})
    result = run(alone, seed=1)
    assert result.runs.acts[0] == 0
    assert "nobody met anybody" in result.metrics["contribution_rate"].reason


def test_urns_refuse_rewards_that_may_be_negative():
    with pytest.raises(ParameterError, match=r"accepted: an environment whose rewards are not negative"):
        run(scenario().replace({"learner": "roth_erev", "horizon.steps": 5}), seed=1)


def test_imitators_may_come_to_rest_where_groups_stay_the_same():
    lattice = scenario().replace(
        {"learner": "imitate_best", "network": "cycle:n=12", "environment.groups": "neighbourhoods"}
    )
    assert run(lattice, seed=1).runs.stop[0] == "settled"
    assert run(lattice.replace({"environment.groups": "random", "horizon.steps": 20}), seed=1).runs.stop[0] == "horizon"
