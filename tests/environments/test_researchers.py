from dataclasses import replace

import networkx as nx
import numpy as np
import pytest
from scipy.stats import norm

from socialsim.core.errors import ParameterError
from socialsim.engine.run import run
from socialsim.engine.scenario import PresenceEvent
from socialsim.engine.simulation import Simulation
from socialsim.environments.publication import Publication
from socialsim.environments.publication.theory import absorption
from socialsim.environments.researchers import Researchers, scenario, small
from socialsim.environments.researchers.measures import practice_table, tallies
from socialsim.environments.researchers.mechanics import cite, publish, read, study
from socialsim.testing.links import by_hand

LONE_LINE = {  # one question, one size, no citations: the community of Nissen et al.
    "environment.num_lines": 1,
    "environment.base_rates": [0.5],
    "environment.novelty": [1.0],
    "environment.sample_sizes": [20],
    "environment.burn_in": 0,
    "environment.citation_bias": 0.0,
    "network": nx.empty_graph(1),
    "learner": "constant:action=0",
}


ANYTHING = "q_learning:epsilon=1.0"  # acts at random


def community(changes):
    return scenario().replace({"network": "complete:n=10", "environment.burn_in": 0, "horizon.steps": 400, **changes})


# --- By hand ---------------------------------------------------------------------------------------------------


def test_power_is_that_of_a_one_sided_z_test():
    environment = Researchers(sample_sizes=(4, 25), effect_size=0.4, false_positive_rate=0.1)
    assert environment.power() == pytest.approx(norm.sf(norm.isf(0.1) - 0.4 * np.array([2.0, 5.0])))


def test_naive_evidence_is_the_likelihood_ratio_and_corrected_evidence_that_of_what_gets_published():
    environment = Researchers(sample_sizes=(20,), negative_publication_rate=0.25)
    power = environment.power()[0]
    assert np.exp(environment.evidence()[:, 0]) == pytest.approx(np.array([[(1 - power) / 0.95, power / 0.05]] * 2))
    corrected = environment.replace(corrected_readers=True).evidence()[:, 0]
    shown_if_true, shown_if_false = power + 0.25 * (1 - power), 0.05 + 0.25 * 0.95
    assert np.exp(corrected[0, 1]) == pytest.approx((power / shown_if_true) / (0.05 / shown_if_false))
    assert np.exp(corrected[1, 1]) == pytest.approx(power / 0.05)  # replications are always published


HERE = by_hand(3)


def literature(**changes):
    """Return a state with two lines, both false, and no papers."""
    environment = Researchers(num_lines=2, memory=3, sample_sizes=(20,), **changes)
    state = environment.state(3)
    return state._replace(claimant=np.full(2, -1))


def test_a_positive_test_is_paid_and_claimed_and_its_refutation_costs_the_claimant_once(version, stream):
    state = literature(negative_publication_rate=1.0, refutation_penalty=0.5, replication_credit=0.1)
    sure = state._replace(power=np.ones(1), alpha=1.0)
    rewards = np.zeros(3)
    version(study)(sure, HERE, 0, 1, rewards, stream)  # kind 1 lives on line 1
    assert rewards.tolist() == [1.0, 0.0, 0.0]
    assert sure.claimant.tolist() == [-1, 0]
    assert sure.positives.tolist() == [1, 1]
    never = sure._replace(alpha=0.0)
    version(study)(never, HERE, 2, 2, rewards, stream)
    assert rewards == pytest.approx([1.0 - 0.5 + 0.1, 0.0, 0.1])  # a citation of scientist 0 among it
    assert never.claimant.tolist() == [-1, -1]
    assert never.replications.tolist() == [1, 0]
    version(study)(never, HERE, 2, 2, rewards, stream)
    assert never.replications.tolist() == [1, 0]  # no claim is left to replicate
    assert state.credit.tolist() == pytest.approx([0.0, 0.6, 0.1 + 0.1 + 0.1])


def test_a_copied_reference_moves_naive_readers_of_an_open_question_alone(version, stream):
    for corrected, settled, moved in ((0, 0, 1.5), (1, 0, 0.0), (0, 1, 0.0)):
        state = literature()._replace(corrected_readers=corrected)
        rewards = np.zeros(3)
        version(publish)(state, 1, 0, 0, 1.5, stream)
        paper = version(publish)(state, 2, 0, 1, -0.3, stream)
        assert state.cited[:2].tolist() == [-1, 0]
        state.is_copied[paper] = True
        state.num_settled[0] += settled
        version(cite)(state, HERE, 0, paper, rewards, stream)
        assert rewards.tolist() == [0.0, 0.1, 0.0]
        assert state.log_odds.tolist() == [moved, 0.0]


def test_a_hypothesis_past_the_threshold_is_settled_and_the_line_turns_to_a_new_one(version, stream):
    state = literature(threshold=0.9)
    version(read)(state, 0, 0, 2.0, stream)
    assert state.facts.tolist() == [0, 0]
    version(read)(state, 0, 0, 0.3, stream)  # ln 9 = 2.197
    assert state.facts.tolist() == [1, 1]
    assert state.num_settled.tolist() == [1, 0]
    assert state.log_odds[0] == pytest.approx(0.0)
    assert state.num_results[0] == 0
    assert state.knowledge[0] == pytest.approx(np.log2(2 / (1 + np.exp(2.3))))  # misled, in bits


# --- Accounts and theorems -------------------------------------------------------------------------------------


def test_what_readers_learn_is_the_change_of_their_score():
    quiet = {"environment.threshold": 1 - 1e-15, "environment.sample_sizes": [5, 20], "learner": ANYTHING}
    simulation = Simulation(community(quiet), seed=1, replications=range(5))
    simulation.advance(8)
    state = simulation.environment
    sign = np.where(state.is_true == 1, -1.0, 1.0)
    rates = np.resize([0.5, 0.1], 100)
    before, after = sign * np.log(rates / (1 - rates)), sign * state.log_odds
    bits = (np.logaddexp(0, before) - np.logaddexp(0, after)).sum(axis=1) / np.log(2)
    assert state.num_settled.sum() == 0
    assert state.knowledge.sum(axis=1) == pytest.approx(bits)


def test_credit_is_paid_to_somebody():
    result = run(community({"learner": ANYTHING}), replications=6, seed=2, record="counts")
    earned = result.agents.groupby("run").credit.sum()
    assert tallies(result, "credit").sum(axis=1) == pytest.approx(earned.to_numpy())
    assert (tallies(result, "uses").sum(axis=1) == 4000).all()


@pytest.mark.compiled
@pytest.mark.parametrize(("rho", "corrected"), [(1.0, False), (0.1, False), (0.1, True)])
def test_a_lone_line_canonises_false_hypotheses_as_often_as_the_absorbing_chain_says(rho, corrected):
    """Prior 1/2 and one size: the published results about a hypothesis are those of Nissen et al."""
    changes = {"environment.negative_publication_rate": rho, "environment.corrected_readers": corrected}
    runs = run(community({**LONE_LINE, **changes, "horizon.steps": 20_000}), replications=40, seed=3).runs
    wrong = runs.false_facts.sum()
    false_hypotheses = wrong + runs.all_refuted.sum() - runs.true_refuted.sum()
    beta = 1 - Researchers(sample_sizes=(20,)).power()[0]
    exact = absorption(
        Publication(false_negative_rate=beta, false_positive_rate=0.05, threshold=0.999, negative_publication_rate=rho),
        is_true=False,
        corrected=corrected,
    ).canonised
    assert wrong / false_hypotheses == pytest.approx(exact, abs=4 * np.sqrt(exact * (1 - exact) / false_hypotheses))


@pytest.mark.compiled
def test_unbiased_facts_are_false_at_most_as_often_as_readers_believe():
    """A posterior is calibrated: of those past the threshold, at most 1 - threshold are false."""
    fair = {"environment.negative_publication_rate": 1.0, "environment.citation_bias": 0.0, "learner": ANYTHING}
    biased = {"environment.negative_publication_rate": 0.05, "learner": "constant:action=0"}
    shares = {}
    for name, changes in {"fair": fair, "biased": biased}.items():
        changes = {**changes, "environment.threshold": 0.95, "horizon.steps": 2000}
        shares[name] = run(community(changes), replications=40, seed=4).metrics["false_fact_rate"]
    assert shares["fair"].high < 0.05
    assert shares["biased"].low > 0.3


@pytest.mark.compiled
@pytest.mark.parametrize("copying", [0.0, 0.5, 0.8])
def test_half_the_papers_are_never_cited_and_more_where_references_are_copied(copying):
    """With redirection r the share of papers without a citation tends to 1 / (2 - r) (Krapivsky & Redner 2001)."""
    literate = community({"environment.citation_bias": copying, "environment.memory": 100_000, "horizon.steps": 20_000})
    simulation = Simulation(literate.replace({"learner": "constant:action=0"}), seed=5, replications=range(4))
    simulation.advance(20_000)
    state = simulation.environment
    shares = [
        1 - len(np.unique(cited[1:papers])) / papers
        for cited, papers in zip(state.cited, state.num_papers[:, 0], strict=True)
    ]
    assert state.num_papers.min() > 10_000
    assert np.mean(shares) == pytest.approx(1 / (2 - copying), abs=0.01)


@pytest.mark.compiled
def test_learners_find_what_pays_not_what_is_true():
    fair = {"environment.negative_publication_rate": 1.0, "environment.citation_bias": 0.0}
    learned = {}
    for name, changes in {"fair": fair, "biased": {}}.items():
        changes = {
            **changes,
            "environment.burn_in": 10_000,
            "horizon.steps": 15_000,
            "learner": "q_learning:alpha=0.02,discount=0.0",
        }
        learned[name] = run(community(changes), replications=10, seed=6, record_every=None)
    paid = practice_table(learned["fair"])
    assert paid.credit.argmax() == paid.share.argmax() == 3  # small studies of unlikely hypotheses
    assert paid.knowledge.argmax() == 1
    for result in learned.values():
        assert result.metrics["truth_gap"].low > 0
        assert result.metrics["mean_sample_size"].high < 12
    assert learned["fair"].metrics["false_fact_rate"].high < learned["biased"].metrics["false_fact_rate"].low
    assert learned["biased"].metrics["knowledge_rate"].high < learned["fair"].metrics["knowledge_rate"].low


@pytest.mark.compiled
def test_imitators_take_up_the_practice_of_the_best_paid_neighbour():
    """Without noise the practices only die out; what is left pays more than the mean of all."""
    seen = {"environment.shows_neighbours": True, "learner": "imitation:noise=0.01", "network": "cycle:n=30"}
    changes = {**seen, "environment.negative_publication_rate": 1.0, "horizon.steps": 6000, "environment.burn_in": 4000}
    table = practice_table(run(community(changes), replications=10, seed=7, record_every=None))
    assert table.share.argmax() in (0, 3)
    assert table.share[[0, 3]].sum() > 0.6


@pytest.mark.compiled
def test_corrected_readers_repair_what_publication_bias_does():
    biased = {"learner": "constant:action=3", "horizon.steps": 2000}
    rates = [
        run(community({**biased, "environment.corrected_readers": corrected}), replications=20, seed=8).metrics
        for corrected in (False, True)
    ]
    assert rates[0]["false_fact_rate"].low > 0.3
    assert rates[1]["false_fact_rate"].value < 0.01
    assert rates[0]["knowledge_rate"].high < 0 < rates[1]["knowledge_rate"].low


def test_metrics_of_a_community_that_did_nothing_say_why():
    metrics = run(small().replace({"horizon.steps": 0}), replications=3).metrics
    assert metrics["truth_gap"].reason == "nobody used any practice"
    assert metrics["knowledge_rate"].reason == "the denominators sum to zero"
    assert {metrics[name].reason for name in ("mean_sample_size", "replication_share", "approaches")} == {"no runs"}


@pytest.mark.compiled
def test_a_paper_never_cites_itself_even_where_little_is_remembered():
    busy = {"environment.memory": 3, "environment.num_lines": 2, "environment.citation_bias": 0.9}
    simulation = Simulation(community({**busy, "learner": ANYTHING}), seed=1, replications=range(20))
    for step in range(1, 200):
        simulation.advance(step)
        state = simulation.environment
        oldest = state.num_papers - 3
        row = np.arange(3)
        number = oldest + (row - oldest) % 3  # of the paper in each row
        assert (state.cited < number)[number >= 0].all()


@pytest.mark.compiled
def test_who_leaves_is_paid_no_more_and_who_enters_has_no_past():
    events = (PresenceEvent(200, 3, "leave"), PresenceEvent(399, 3, "enter"))
    peopled = replace(community({"learner": ANYTHING, "environment.citation_bias": 0.5}), presence_events=events)
    simulation = Simulation(peopled, seed=1, replications=range(10))
    simulation.advance(200)
    before = simulation.environment.earned[:, 3].copy()
    simulation.advance(399)
    assert simulation.environment.earned[:, 3].tolist() == before.tolist()
    assert (before > 1).all()
    simulation.advance(400)
    assert (simulation.environment.earned[:, 3] <= 1.2).all()
    assert (simulation.environment.claimant != 3).mean() > 0.95


# --- Bad input -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("environment.base_rates", [0.5, 1.5], "environment.base_rates: "),
        ("environment.base_rates", [], "environment.base_rates: "),
        ("environment.base_rates", [0.5, 0.0005], "environment.base_rates: .* between 1 - threshold and threshold"),
        ("environment.novelty", [1.0], "environment.novelty: 1 values for 2 base_rates"),
        ("environment.novelty", [1.0, -1.0], "environment.novelty: "),
        ("environment.sample_sizes", [20, 5], "environment.sample_sizes: .* ascending"),
        ("environment.sample_sizes", [], "environment.sample_sizes: "),
        ("environment.num_lines", 1, "environment.num_lines: 1; accepted: at least one for each of 2 base_rates"),
        ("environment.negative_publication_rate", 1.2, "environment.negative_publication_rate: 1.2 is not accepted"),
        ("environment.threshold", 0.4, "environment.threshold: 0.4 is not accepted"),
    ],
)
def test_a_value_out_of_range_is_named_by_its_path(path, value, message):
    with pytest.raises(ParameterError, match=f"^{message}"):
        scenario().replace({path: value})
