"""What holds for all metrics: a known value, nothing where there is nothing, and a reason where something is missing.

The null of a metric is put to identical agents that persist in what they do, see and say, independently of each other.
A test of the null at 5% may reject at most 7% of such records; with fewer records than would show that, the number of
rejections must be one that 7% make likely enough.
"""

import itertools
import math
import pickle

import numpy as np
import pytest
from scipy.stats import binom

from socialsim.core.errors import ParameterError
from socialsim.core.estimate import Estimate
from socialsim.core.result import Result
from socialsim.core.tables import TABLES
from socialsim.metrics import blocks, nulls
from socialsim.metrics.metric import FAMILIES, Known, Metric, metrics
from socialsim.metrics.records import act_table, constructed

ALL = metrics()
WITH_NULL = sorted(name for name, metric in ALL.items() if metric.null)
SLOW = {"code_capacity", "chain_capacity"}  # Blahut and Arimoto's iteration for each draw


@pytest.fixture(params=sorted(ALL))
def metric(request):
    return ALL[request.param]


def sticky(stream, num_agents, num_steps=200, switch_rate=0.1):
    """Return agents that change between 0 and 1 with some probability a step."""
    changes = stream.random((num_steps - 1, num_agents)) < switch_rate
    return np.cumsum(np.vstack([stream.integers(2, size=(1, num_agents)), changes]), axis=0) % 2


def identical_agents(seed, num_agents):
    """Return a record in which nothing tells of anything else."""
    stream = np.random.default_rng(seed)
    seen, done, said, earned = (sticky(stream, num_agents) for _ in range(4))
    said = act_table(said)
    messages = {"run": said["run"], "step": said["step"], "source": said["agent"], "target": -1, "moment": "speak"}
    act = act_table(done, seen, earned)
    observation, action = stream.integers(10, size=(2, 100))  # counts have no time
    counts = {"run": 0, "agent": 0, "observation": observation, "action": action, "count": 1, "reward": 0.0}
    return constructed(act=act, msg=messages | {"message": said["action"].astype(float)}, count=counts)


@pytest.fixture
def with_few_draws(monkeypatch):
    """Draw 19 times from a null, which is an exact test at 5% too, anew for each record; leave intervals rough."""
    draws, seeds = nulls._draws, itertools.count()
    monkeypatch.setattr(nulls, "_draws", lambda s, records, null, n, seed: draws(s, records, null, 19, next(seeds)))
    monkeypatch.setattr(blocks, "NUM_RESAMPLES", 2)


def estimates_under_the_null(name, num_records):
    num_agents = 3 if ALL[name].family == "signalling" else 10
    return [ALL[name](identical_agents([seed, 1], num_agents)) for seed in range(num_records)]


def test_each_family_has_metrics_and_each_name_is_taken_once():
    assert {metric.family for metric in ALL.values()} == set(FAMILIES)
    assert sum(len(metrics(family)) for family in FAMILIES) == len(ALL)
    with pytest.raises(ParameterError, match="unknown family of metrics 'norm'; did you mean 'norms'"):
        metrics("norm")


def test_a_metric_has_its_known_value_on_the_record_that_was_made_for_it(metric):
    result, value, tolerance = metric.known()
    estimate = metric(result)
    assert abs(estimate.value - value) <= tolerance, f"{estimate} instead of {value} +- {tolerance}"
    assert estimate.low <= estimate.value <= estimate.high or estimate.reason
    assert (estimate.null_mean is not None) == (metric.null is not None)
    assert metric(result) == estimate or math.isnan(estimate.low)  # the same record gives the same numbers


def test_what_a_result_lacks_is_named_with_what_provides_it(metric):
    result = metric.known().result
    for table, columns in metric.needs.items():
        provider = TABLES[table].asked_by
        others = {name: result.table(name) for name in result.tables if name != table}
        without_table = metric(Result(result.manifest, others))
        assert math.isnan(without_table.value)
        assert repr(table) in without_table.reason
        assert provider in without_table.reason
        for column in columns:
            assert column in without_table.reason
        empty = metric(Result(result.manifest, others | {table: result.table(table).iloc[:0]}))
        assert empty.reason == f"the table {table!r} has no rows; it comes with {provider}"


def test_a_further_column_that_is_missing_is_named():
    wanting = Metric(lambda result: Estimate(0, 0, 0, 1), "norms", {"agent": ("mood",)}, None, lambda: None)
    agents = {"run": [0], "agent": [0], "agent_type": ["a"], "label": ["0"], "presence": ["present"], "choice": [0]}
    expected = "needs the column 'mood' of the table 'agent'; it comes with every run, where the scenario has it"
    assert wanting(constructed(agent=agents)).reason == expected


def test_actions_that_are_real_numbers_are_refused_in_words():
    result = constructed(act=act_table(np.full((30, 2), 0.5), np.zeros((30, 2), int), 1.0))
    for name in ("modal_share", "division_by_task", "reciprocity", "fear", "constant_end", "compliance"):
        assert ALL[name](result).reason == "column 'action' of the table 'act' holds real numbers; accepted: indices"


def test_one_act_leaves_a_metric_undefined_or_defined_but_never_fails(metric):
    if set(metric.needs) == {"act"}:
        estimate = metric(constructed(act=act_table([[1]], [[0]], [[1.0]])))
        assert estimate.reason or estimate.value in (0.0, 1.0)


def test_a_metric_survives_pickling_and_keeps_its_name_and_docstring(metric):
    assert pickle.loads(pickle.dumps(metric)) is metric
    assert metric.__name__ == metric.name
    assert metric.__doc__.strip()


@pytest.mark.parametrize("name", WITH_NULL)
def test_a_null_is_not_rejected_and_nothing_is_left_where_agents_are_alike_but_persist(name, with_few_draws):
    estimates = estimates_under_the_null(name, 15 if name in SLOW else 60)
    _check_null(name, estimates, likely=1e-3)


@pytest.mark.full
@pytest.mark.parametrize("name", sorted(set(WITH_NULL) - SLOW))
def test_the_size_of_a_null_is_below_seven_per_cent(name, with_few_draws):
    _check_null(name, estimates_under_the_null(name, 1000), likely=0.05)


def _check_null(name, estimates, likely):
    defined = [estimate for estimate in estimates if not math.isnan(estimate.value)]
    assert len(defined) > 0.9 * len(estimates), estimates[0].reason
    values = np.array([estimate.value for estimate in defined])
    null_mean = np.mean([estimate.null_mean for estimate in defined])
    error = values.std(ddof=1) / math.sqrt(len(values))
    assert abs(values.mean()) <= max(4 * error, 0.1 * abs(null_mean))
    rejected = sum(estimate.p_value <= 0.05 for estimate in defined)
    assert binom.sf(rejected - 1, len(defined), 0.07) > likely, f"{rejected} of {len(defined)}"


def independent_learners(seed, num_steps=400):
    """Return agents who change what they do at the same time, and never look at each other."""
    stream, often = np.random.default_rng(seed), np.linspace(0.85, 0.15, num_steps)[:, None]
    done, said = (stream.random((num_steps, 2)) < often for _ in range(2))
    spoken = act_table(said[:, :1].astype(int))
    messages = {"run": 0, "step": spoken["step"], "source": 0, "target": -1, "moment": "speak"}
    return constructed(act=act_table(done.astype(int), 0), msg=messages | {"message": spoken["action"].astype(float)})


@pytest.mark.parametrize("name", sorted(name for name in WITH_NULL if ALL[name].null == "local shifts"))
def test_a_local_null_is_not_rejected_where_agents_learn_at_the_same_time(name, with_few_draws):
    estimates = [ALL[name](independent_learners([seed, 2])) for seed in range(60)]
    _check_null(name, estimates, likely=1e-3)


def test_a_reward_that_is_no_number_leaves_metrics_of_rewards_undefined_and_the_others_as_they_were():
    rewards = np.ones((60, 3))
    rewards[5, 1] = math.nan
    actions = np.random.default_rng(1).integers(2, size=(60, 3))
    result = constructed(act=act_table(actions, np.zeros((60, 3), int), rewards))
    expected = "'reward' of 'act' holds nan (run 0, step 5, agent 1); accepted: finite numbers"
    of_acts = [m for m in ALL.values() if set(m.needs) == {"act"}]
    assert {m(result).reason for m in of_acts if "reward" in m.needs["act"]} == {expected}
    assert all(expected not in m(result).reason for m in of_acts if "reward" not in m.needs["act"])


def test_a_known_value_that_is_wrong_shows():
    metric = ALL["switch_rate"]
    wrong = Metric(metric.function, "labour", metric.needs, None, lambda: Known(metric.known().result, 0.75))
    assert metric.holds_on_known()
    assert not wrong.holds_on_known()


@pytest.mark.parametrize(
    ("family", "null", "needs", "message"),
    [
        ("norm", None, {}, "unknown family of metrics 'norm'"),
        ("norms", "shuffled acts", {}, "unknown null 'shuffled acts'"),
        ("norms", None, {"acts": ()}, "unknown result table 'acts'; did you mean 'act'"),
    ],
)
def test_a_metric_that_declares_nonsense_is_refused(family, null, needs, message):
    with pytest.raises(ParameterError, match=message):
        Metric(lambda result: None, family, needs, null, lambda: None)
