"""One claim, a drawer full of negative results, and the facts that come of it."""

import logging
import math
import random

import networkx as nx
import numpy as np
import pytest
from scipy import stats

from socialsim.core.errors import ParameterError
from socialsim.core.streams import Purpose, seed_streams
from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.engine.simulation import Simulation
from socialsim.environments import publication
from socialsim.environments.publication import METRICS, Publication, publish, scenario, small, withdraw
from socialsim.environments.publication.measures import false_canonisation_rate
from socialsim.environments.publication.theory import absorption
from socialsim.testing.links import by_hand

UNLIKELY = 1e-4  # with fixed seeds a test fails for ever or never; a wrong rule has a far smaller p-value


def alone(environment, **parameters):
    """Return the scenario of one researcher in this environment."""
    return Scenario(environment, "reader", "complete:n=1", 100_000, METRICS).replace(parameters)


# --- By hand ---------------------------------------------------------------------------------------------------


def test_a_step_publishes_every_positive_and_some_negative_results(version, stream):
    every, none = Publication(negative_publication_rate=1.0), Publication(negative_publication_rate=0.0)
    env, rewards = every.state(5), np.full(5, 9.0)
    env.positive_chance.flags.writeable = True
    env.positive_chance[:] = 1.0
    version(Publication.advance)(env, by_hand(5), np.zeros(5, np.int64), rewards, stream)
    assert env.num_published.tolist() == [5, 0]
    env.positive_chance[:] = 0.0
    version(Publication.advance)(env, by_hand(5), np.zeros(5, np.int64), rewards, stream)
    assert env.num_published.tolist() == [5, 5]
    assert env.record.tolist() == [[1.0, 1.0]] * 5
    assert rewards.tolist() == [1.0] * 5
    drawer = none.state(5)
    drawer.positive_chance.flags.writeable = True
    drawer.positive_chance[:] = 0.0
    version(Publication.advance)(drawer, by_hand(5), np.zeros(5, np.int64), rewards, stream)
    assert drawer.num_experiments.tolist() == [5]
    assert drawer.num_published.tolist() == [0, 0]
    assert rewards.tolist() == [0.0] * 5
    version(Publication.advance)(drawer, by_hand(5), np.array([0, 1, 0, 0, 1]), rewards, stream)  # two insist
    assert drawer.num_published.tolist() == [0, 2]
    assert rewards.tolist() == [0.0, 1.0, 0.0, 0.0, 1.0]


@pytest.mark.parametrize("num_citations", [0, 3])
def test_everybody_sees_their_own_publications_and_those_of_whom_they_hear(version, num_citations):
    env = Publication(num_citations=num_citations).state(3)
    width = env.record.shape[1]
    env.record[:] = np.arange(3 * width).reshape(3, width) ** 2
    env.literature[:] = env.record.sum(axis=0)
    out = np.zeros(width)
    version(Publication.observe)(env, by_hand([[2], [], [0, 1]]), 0, out)
    assert out.tolist() == (env.record[0] + env.record[2]).tolist()
    version(Publication.observe)(env, by_hand([[2], [], [0, 1]]), 1, out)
    assert out.tolist() == env.record[1].tolist()
    version(Publication.observe)(env, by_hand(3), 1, out)
    assert out.tolist() == env.literature.tolist()


def test_the_first_publication_has_nothing_to_cite_and_the_second_can_only_cite_the_first(version, stream):
    env = Publication(num_citations=4).state(2)
    version(publish)(env, 0, 1, stream)
    assert env.record.tolist() == [[0, 1, 0, 0], [0, 0, 0, 0]]
    assert env.urn.tolist() == [0, 1]
    version(publish)(env, 1, 0, stream)
    assert env.record.tolist() == [[0, 1, 0, 0], [1, 0, 0, 4]]
    assert env.urn.tolist() == [1, 5]


@pytest.mark.parametrize(("is_true", "left"), [(0, [0.0, 3.0]), (1, [2.0, 0.0])])
def test_retraction_at_rate_one_leaves_only_what_is_right(version, stream, is_true, left):
    env = Publication(retraction_rate=1.0).state(2)
    env.is_true[0] = is_true
    for author, result in ((0, 0), (1, 0), (0, 1), (0, 1), (1, 1)):
        version(publish)(env, author, result, stream)
    version(withdraw)(env, stream)
    assert env.literature.tolist() == left
    assert env.record.sum(axis=0).tolist() == left
    assert env.num_withdrawn[0] == 5 - sum(left)
    assert env.num_published.tolist() == [2, 3]


def test_who_is_away_makes_no_experiment(stream):
    env, rewards = Publication(negative_publication_rate=1.0).state(3), np.ones(3)
    network = by_hand(3, [0, 1, 2])
    Publication.advance(env, network, np.zeros(3, np.int64), rewards, stream)
    assert env.num_experiments.tolist() == [1]
    assert rewards.tolist() == [1.0, 0.0, 0.0]


# --- Two roads -------------------------------------------------------------------------------------------------


@pytest.mark.compiled
@pytest.mark.parametrize(
    ("a", "b", "t", "r"),
    [(0.05, 0.2, 0.9, 0.1), (0.05, 0.2, 0.999, 0.05), (0.05, 0.2, 0.999, 1), (0.05, 0.4, 0.999, 0.2)],
)
def test_runs_agree_with_the_exact_solution(a, b, t, r):
    environment = Publication(false_positive_rate=a, false_negative_rate=b, threshold=t, negative_publication_rate=r)
    found = run(alone(environment), replications=4000, seed=1, record_every=None)
    expected = absorption(environment)
    num_canonised = int((found.runs.verdict == 1).sum())
    assert stats.binomtest(num_canonised, 4000, expected.canonised).pvalue > UNLIKELY
    for name, mean in (("experiments_to_verdict", expected.experiments), ("publications_to_verdict", expected[2])):
        assert found.metrics[name].value == pytest.approx(mean, abs=4 * found.metrics[name].standard_error)


@pytest.mark.parametrize(
    ("changes", "reading"),
    [
        ({"base_rate": 1.0, "threshold": 0.9, "negative_publication_rate": 1.0}, {}),
        ({"p_hacking": 4.0, "negative_publication_rate": 0.6}, {"prior": 0.3}),
        ({"negative_publication_rate": 0.02, "threshold": 0.9}, {"surprise": 1.0}),
        ({"negative_publication_rate": 0.1, "threshold": 0.95}, {"surprise": 0.4, "prior": 0.4}),
        ({"lower_threshold": 0.2, "negative_publication_rate": 0.1}, {"prior": 0.7}),
        ({"negative_publication_rate": 0.1, "threshold": 0.8}, {"corrected": True}),
        ({"false_negative_rate": 0.97, "negative_publication_rate": 0.9, "threshold": 0.7}, {}),
    ],
)
def test_every_rule_with_an_exact_solution_agrees_with_it(changes, reading):
    environment = Publication(**changes)
    community = alone(environment, **{f"learner.{name}": value for name, value in reading.items()})
    found = run(community, replications=3000, seed=2, record_every=None)
    expected = absorption(environment, is_true=environment.base_rate == 1.0, **reading)
    assert expected.canonised + expected.rejected == pytest.approx(1.0, abs=1e-12)
    assert stats.binomtest(int((found.runs.verdict == 1).sum()), 3000, expected.canonised).pvalue > UNLIKELY
    experiments = found.metrics["experiments_to_verdict"]
    assert experiments.value == pytest.approx(expected.experiments, abs=4 * experiments.standard_error)


def count_canonised(environment, num_runs, seed):
    """Return how often one naive reader canonises a false claim, with every paper and its citations kept apart."""
    draw, num_canonised = random.Random(seed), 0
    up, down = environment.evidence()
    for _ in range(num_runs):
        papers, cited = [], []  # whether each is positive; how often it is cited
        standing = []
        log_odds = 0.0
        while abs(log_odds) <= math.log(environment.threshold / (1 - environment.threshold)):
            if environment.retraction_rate > 0:
                for k, positive in enumerate(papers):
                    if standing[k] and positive and draw.random() < environment.retraction_rate:
                        standing[k] = False
            positive = draw.random() < environment.false_positive_rate
            if positive or draw.random() < environment.negative_publication_rate:
                if papers:
                    for _ in range(environment.num_citations):
                        cited[draw.choices(range(len(papers)), [1 + count for count in cited])[0]] += 1
                papers.append(positive)
                cited.append(0)
                standing.append(True)
            log_odds = sum(
                (up if p else down) * (stands + c) for p, c, stands in zip(papers, cited, standing, strict=True)
            )
        num_canonised += log_odds > 0
    return num_canonised


@pytest.mark.parametrize(
    "changes",
    [
        {"num_citations": 2, "negative_publication_rate": 0.15},
        {"retraction_rate": 0.05, "negative_publication_rate": 0.05},
        {"num_citations": 1, "retraction_rate": 0.1, "negative_publication_rate": 0.1},
    ],
)
def test_citations_and_retraction_agree_with_a_plain_account_paper_by_paper(changes):
    environment = Publication(**changes)
    ours = int((run(alone(environment), replications=3000, seed=3, record_every=None).runs.verdict == 1).sum())
    theirs = count_canonised(environment, 1500, seed=4)
    table = [[ours, 3000 - ours], [theirs, 1500 - theirs]]
    assert stats.fisher_exact(table).pvalue > UNLIKELY


def test_evidence_reaches_exactly_those_who_hear_it():
    environment = Publication(negative_publication_rate=0.5, num_citations=2)
    community = alone(environment, network="karate", **{"horizon.steps": 12})
    simulation = Simulation(community, seed=3, replications=range(10))
    simulation.advance(12)
    sees = nx.to_numpy_array(nx.karate_club_graph(), weight=None) + np.eye(34)
    up, down = environment.evidence()
    expected = sees @ simulation.environment.record @ np.array([up, down, up, down])
    running = simulation.clock == 12
    assert simulation.learners["agent"].log_odds[running] == pytest.approx(expected[running], abs=1e-9)


# --- Theorems --------------------------------------------------------------------------------------------------


def test_who_knows_that_negative_results_never_appear_learns_nothing():
    environment = Publication(negative_publication_rate=0.0)
    assert environment.evidence(corrected=True)[0] == 0.0
    with pytest.raises(ParameterError, match="published results are no evidence"):
        absorption(environment, corrected=True)
    found = run(alone(environment, **{"learner.corrected": True, "horizon.steps": 500}), replications=20)
    assert set(found.runs.stop) == {"horizon"}
    assert found.agents.belief.tolist() == [0.5]
    assert found.metrics["experiments_to_verdict"].reason == "no runs"


def test_citations_are_a_polya_urn(stream):
    """From one positive and one negative publication, n further citations leave a uniform number of positive ones."""
    num_citations, counts = 6, np.zeros(7)
    for _ in range(7000):
        env = Publication(num_citations=num_citations).state(1)
        env.urn[:] = 1.0
        publish(env, 0, 0, stream)
        counts[int(env.record[0, 2])] += 1
    assert stats.chisquare(counts).pvalue > UNLIKELY


def test_withdrawals_are_binomial(stream):
    rate, num_papers, counts = 0.3, 5, np.zeros(6)
    for _ in range(5000):
        env = Publication(retraction_rate=rate).state(1)
        env.record[0, 0] = env.literature[0] = num_papers
        withdraw(env, stream)
        counts[env.num_withdrawn[0]] += 1
    assert stats.chisquare(counts, 5000 * stats.binom.pmf(np.arange(6), num_papers, rate)).pvalue > UNLIKELY


# --- Limits ----------------------------------------------------------------------------------------------------


def test_a_community_that_reads_everything_is_one_researcher_who_works_faster():
    together = run(alone(Publication(), network="complete:n=3"), replications=4000, seed=5, record_every=None)
    expected = absorption(Publication()).canonised
    assert together.metrics["false_canonisation_rate"].value == pytest.approx(expected, abs=0.05)
    assert together.metrics["experiments_to_verdict"].value > absorption(Publication()).experiments
    assert together.runs.steps.mean() < absorption(Publication()).experiments / 2


def test_retraction_prevents_false_facts_and_naive_citation_makes_them():
    base = alone(Publication(negative_publication_rate=0.15))
    rates = [
        run(base.replace(change), replications=1500, seed=6, record_every=None).metrics["false_canonisation_rate"]
        for change in ({"environment.retraction_rate": 0.2}, {}, {"environment.num_citations": 3})
    ]
    assert rates[0].high < rates[1].low
    assert rates[1].high < rates[2].low
    deaf = {"environment.num_citations": 3, "learner.corrected": True}
    assert (
        run(base.replace(deaf), replications=500, seed=6, record_every=None).metrics["false_canonisation_rate"].value
        < 0.01
    )


# --- Metrics ---------------------------------------------------------------------------------------------------


def test_metrics_count_by_the_truth_of_the_claim():
    result = run(alone(Publication(base_rate=0.4)), replications=3000, seed=7, record_every=None)
    runs, metrics = result.runs, result.metrics
    assert stats.binomtest(int(runs.is_true.sum()), 3000, 0.4).pvalue > UNLIKELY
    false = runs[runs.is_true == 0]
    assert metrics["false_canonisation_rate"].value == (false.verdict == 1).mean()
    assert metrics["false_canonisation_rate"].num_runs == len(false)
    assert metrics["true_canonisation_rate"].value > 0.99
    assert metrics["false_fact_rate"].value == (runs.is_true[runs.verdict == 1] == 0).mean()
    wrong = false.num_positive.sum() + runs.num_negative[runs.is_true == 1].sum()
    assert metrics["wrong_result_rate"].value == pytest.approx(wrong / (runs.num_positive + runs.num_negative).sum())


def test_of_the_published_results_on_a_false_claim_the_share_that_equation_2_says_is_positive():
    result = run(alone(Publication()), replications=4000, seed=8, record_every=None)
    share = result.metrics["wrong_result_rate"]
    assert share.value == pytest.approx(0.05 / (0.05 + 0.95 * 0.1), abs=4 * share.standard_error)


def test_what_no_run_shows_is_undefined_with_a_reason():
    metrics = run(alone(Publication(negative_publication_rate=1.0)), replications=20).metrics
    assert metrics["true_canonisation_rate"].reason == "no claim was true"
    assert metrics["false_fact_rate"].reason == "no claim was canonised"
    assert run(alone(Publication(base_rate=1.0)), replications=2).metrics["false_canonisation_rate"].reason == (
        "no claim was false"
    )


def test_compiled_and_uncompiled_steps_are_the_same():
    environment = small().environment
    states, streams = [], []
    for version in (lambda f: f, lambda f: getattr(f, "py_func", f)):
        env, stream, rewards = environment.state(6), seed_streams(9, np.arange(1), Purpose.DYNAMICS)[0], np.zeros(6)
        for _ in range(50):
            version(Publication.advance)(env, by_hand(6), np.arange(6) % 2, rewards, stream)
        states.append(env)
        streams.append(stream.tolist())
    assert streams[0] == streams[1]
    for ours, theirs in zip(*states, strict=True):
        assert np.array_equal(ours, theirs)


# --- Bad input -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "value", "accepted"),
    [
        ("environment.base_rate", 1.1, "a float, >= 0, <= 1"),
        ("environment.false_positive_rate", 0, "a float, > 0, < 1"),
        ("environment.false_negative_rate", 1, "a float, > 0, < 1"),
        ("environment.negative_publication_rate", -0.1, "a float, >= 0, <= 1"),
        ("environment.threshold", 1.0, "a float, > 0, < 1"),
        ("environment.threshold", 0.4, "a float, > 0.5, < 1"),
        ("environment.lower_threshold", 0.9995, "a float, > 0, < 0.999 (threshold)"),
        ("environment.p_hacking", 21.0, "a float, >= 1, <= 20 (1 / false_positive_rate)"),
        ("learner.surprise", 2.0, "a float, >= 0, <= 1"),
        ("environment.num_citations", -1, "an int, >= 0, <= 1000"),
        ("environment.retraction_rate", 1.5, "a float, >= 0, <= 1"),
        ("learner.prior", 1.0, "a float, > 0, < 1"),
    ],
)
def test_a_value_out_of_range_is_named_by_its_path_with_what_is_accepted(path, value, accepted):
    with pytest.raises(ParameterError) as error:
        scenario().replace({path: value})
    assert str(error.value) == f"{path}: {value!r} is not accepted; accepted: {accepted}"


def test_tests_without_power_are_legal_and_reported_once(caplog):
    publication._notice_low_power.cache_clear()
    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            worse = Publication(false_positive_rate=0.3, false_negative_rate=0.8)
    assert [record.getMessage() for record in caplog.records] == [
        "note: the power 1 - false_negative_rate, 0.2, does not exceed the false_positive_rate, 0.3: a positive result "
        "does not speak for the claim"
    ]
    assert worse.evidence()[0] < 0 < worse.evidence()[1]
    publication._notice_low_power.cache_clear()
    caplog.clear()
    with caplog.at_level(logging.WARNING):
        useless = Publication(false_positive_rate=0.2, false_negative_rate=0.8)
    assert len(caplog.records) == 1
    with pytest.raises(ParameterError, match="published results are no evidence"):
        absorption(useless)


def test_a_prior_past_a_threshold_is_a_verdict_at_once():
    assert absorption(Publication(), prior=0.9995) == (1.0, 0.0, 0.0, 0.0)
    found = run(scenario().replace({"learner.prior": 0.9995}), replications=3)
    assert found.runs.steps.tolist() == [0, 0, 0]
    assert false_canonisation_rate(found).value == 1.0
