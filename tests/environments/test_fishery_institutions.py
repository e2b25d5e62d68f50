"""Rules of a fishery: quotas, monitoring, graduated sanctions, communication and exit."""

import numpy as np
import pytest
from scipy import stats

from socialsim.core.streams import Purpose, seed_streams
from socialsim.engine.run import run
from socialsim.environments.fishery import METRICS, Fishery, mechanics, scenario
from socialsim.testing.contracts import fingerprint
from socialsim.testing.links import by_hand

UNLIKELY = 1e-4  # with fixed seeds a test fails for ever or never; a wrong rule has a far smaller p-value


@pytest.fixture
def stream():
    return seed_streams(1, np.arange(1), Purpose.DYNAMICS)[0]


def step(env, actions, stream, version=lambda f: f):
    """Return the rewards of one step on a complete network."""
    rewards, n = np.zeros(len(actions)), len(actions)
    network = by_hand(n)
    version(Fishery.advance)(env, network, np.array(actions), rewards, stream)
    return rewards


def learned(changes, replications=8):
    """Return the metrics of twenty Q-learners under some rules, and the run table."""
    place = scenario().replace({"horizon.steps": 20_000, "environment.burn_in": 15_000, **changes})
    result = run(place, replications=replications, seed=3, record_every=None)
    return result.metrics, result.runs


# --- By hand ---------------------------------------------------------------------------------------------------


def test_a_sanction_by_hand(version, stream):
    """At x = .5 an effort of 1 takes .25 and one of .2 takes .05; all are watched."""
    fishery = Fishery(initial_stock=0.5, quota=0.1, monitoring=1.0, monitoring_cost=0.03, fine=0.05)
    paid = {}
    for payer in ("outside", "everyone", "offenders"):
        env = fishery.replace(monitoring_payer=payer).state(2)
        paid[payer] = step(env, [5, 1], stream, version)
        assert env.totals[mechanics.MONITORING] == pytest.approx(0.06)
        assert env.totals[mechanics.FINES] == pytest.approx(0.05)
        assert env.totals[mechanics.SANCTIONS] == 1.0
        assert env.totals[mechanics.WITHIN] == 1.0
        assert env.offences.tolist() == [1, 0]
    assert paid["outside"] == pytest.approx([0.25 - 0.05, 0.08 + 0.05])
    assert paid["everyone"] == pytest.approx([0.20 - 0.03, 0.13 - 0.03])
    assert paid["offenders"] == pytest.approx([0.20 - 0.03, 0.13])


def test_fines_grow_with_remembered_offences_up_to_the_largest_and_then_exclude(version, stream):
    fishery = Fishery(quota=0.0, monitoring=1.0, fine=0.01, fine_growth=3.0, max_offences=2, exclusion=2)
    env, fines, efforts = fishery.state(1), [], []
    for _ in range(8):
        before = env.totals[mechanics.FINES]
        step(env, [5], stream, version)
        fines.append(env.totals[mechanics.FINES] - before)
        efforts.append(env.effort[0])
    assert efforts == [1, 1, 0, 0, 1, 0, 0, 1]
    assert fines == pytest.approx([0.01, 0.03, 0, 0, 0.09, 0, 0, 0.09])


def test_offences_are_forgotten_one_by_one(version, stream):
    env = Fishery(quota=0.0, monitoring=1.0, forgetting=3).state(1)
    remembered = []
    for action in (5, 5, 0, 0, 0, 0, 0, 0, 0):
        step(env, [action], stream, version)
        remembered.append(int(env.offences[0]))
    assert remembered == [1, 2, 2, 2, 1, 1, 1, 0, 0]


def test_nobody_pays_more_than_it_has(version, stream):
    fishery = Fishery(initial_stock=0.5, quota=0.1, monitoring=1.0, monitoring_cost=9.0, fine=5.0)
    for payer in ("outside", "everyone", "offenders"):
        env = fishery.replace(monitoring_payer=payer).state(2)
        assert step(env, [5, 5], stream, version).tolist() == [0.0, 0.0]
        assert env.totals[mechanics.FINES] == pytest.approx(0.5)


def test_staying_out_is_paid_and_leaves_the_fish_and_the_watching_to_others(version, stream):
    fishery = Fishery(initial_stock=0.5, exit_pay=0.3, monitoring=1.0, monitoring_cost=0.02)
    assert fishery.specification("agent", 2).actions.labels[-1] == "stay out"
    env = fishery.state(2)
    assert step(env, [6, 5], stream, version) == pytest.approx([0.3, 0.25 - 0.02])
    assert env.stock[0] == pytest.approx(0.6 - 0.125)
    assert (env.totals[mechanics.OUT], env.totals[mechanics.INSIDE]) == (1.0, 1.0)


def test_a_catch_at_the_quota_is_lawful(stream):
    env = Fishery(initial_stock=0.3, quota=0.5 * 0.6 * 0.3, monitoring=1.0, fine=0.1).state(1)
    step(env, [3], stream)
    assert env.offences.tolist() == [0]


# --- Theorems --------------------------------------------------------------------------------------------------


def test_offenders_are_found_as_often_as_agents_are_watched(stream):
    env, num_found = Fishery(quota=0.0, monitoring=0.3).state(50), 0
    for _ in range(60):
        env.stock[0] = 1.0
        step(env, [5] * 50, stream)
    num_found = int(env.totals[mechanics.SANCTIONS])
    assert stats.binomtest(num_found, 3000, 0.3).pvalue > UNLIKELY


def test_a_quota_that_nobody_monitors_changes_no_bit():
    free, paper = (
        run(
            scenario().replace({"horizon.steps": 300, "environment.quota": quota, "environment.burn_in": 0}),
            replications=3,
            seed=1,
        )
        for quota in (None, 0.05)
    )
    assert paper.metrics["compliance"].value < 1.0 == free.metrics["compliance"].value
    columns = ["final_stock", "mean_stock", "profit", "efficiency", "equality", "sustainability", "num_sanctions"]
    assert free.runs[columns].equals(paper.runs[columns])
    assert free.agents.equals(paper.agents)


def test_rules_without_an_effect_change_no_bit():
    base = scenario().replace({"horizon.steps": 200, "environment.burn_in": 0})
    idle = {"fine": 1.0, "fine_growth": 2.0, "forgetting": 3, "exclusion": 5, "monitoring_cost": 1.0}
    same = base.replace({f"environment.{name}": value for name, value in idle.items()})
    assert fingerprint(run(base, replications=3, seed=1)) == fingerprint(run(same, replications=3, seed=1))


@pytest.mark.parametrize(("fine", "deters"), [(0.1, False), (0.15, True)])
def test_a_fine_deters_the_myopic_iff_its_expectation_exceeds_the_gain(fine, deters):
    """One agent that hardly moves the stock gains p q K - c = .1 by fishing; it is fined with a chance of .8."""
    plenty = {"growth_rate": 2.0, "catchability": 0.01, "capacity": 100.0, "price": 0.2, "cost": 0.1, "num_efforts": 2}
    rules = {"quota": 0.5, "monitoring": 0.8, "fine": fine, "max_offences": 1}
    place = {f"environment.{name}": value for name, value in (plenty | rules).items()} | {"network": "complete:n=1"}
    myopic = {"learner.discount": 0.0, "learner.alpha": 0.01, "learner.epsilon": 0.05}
    metrics, _ = learned(place | myopic, replications=4)
    assert (metrics["compliance"].low > 0.95) == deters
    assert (metrics["compliance"].high < 0.1) != deters


# --- Learners under rules --------------------------------------------------------------------------------------

UNDER_SANCTIONS = {"environment.quota": 0.07, "environment.monitoring": 0.5, "environment.monitoring_cost": 0.005}
UNDER_SANCTIONS |= {"environment.fine": 0.05, "environment.fine_growth": 2.0, "environment.forgetting": 50}


@pytest.mark.compiled
def test_monitored_and_graduated_sanctions_save_the_stock_and_pay_for_themselves():
    free, _ = learned({})
    paper, _ = learned({"environment.quota": 0.07})
    ruled, runs = learned(UNDER_SANCTIONS)
    assert paper["efficiency"].high < 0.5
    assert ruled["mean_stock"].low > free["mean_stock"].high + 0.1
    assert ruled["efficiency"].low > free["efficiency"].high + 0.1
    assert (runs.num_sanctions > 0).all()


@pytest.mark.compiled
def test_a_better_life_elsewhere_empties_the_boats_and_leaves_more_fish():
    some, runs = learned({"environment.exit_pay": 0.2})
    none, _ = learned({})
    assert (runs.num_out > 0).all()
    assert some["mean_stock"].low > none["mean_stock"].high


@pytest.mark.compiled
def test_words_keep_restraint_where_mistakes_would_unravel_it_and_lies_exploit_those_who_trust():
    base = {"learner": "conditional_cooperator:tremble=0.02", "horizon.steps": 1000, "environment.burn_in": 500}
    deeds, _ = learned(base)
    words, _ = learned(base | {"learner.trust": 1.0})
    exploited, _ = learned(base | {"learner.trust": 1.0, "learner.free_riders": 0.4})
    assert deeds["efficiency"].high < 0.6
    assert words["efficiency"].low > 0.9
    assert exploited["efficiency"].high < words["efficiency"].low
    assert exploited["equality"].high < words["equality"].low


def test_the_metrics_are_those_of_the_scenario():
    assert scenario().metrics == METRICS
