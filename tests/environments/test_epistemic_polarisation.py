"""Communities that need not agree: mistrust, misinformants, networks of the like-minded, and how runs end."""

import dataclasses
from types import SimpleNamespace

import networkx as nx
import numpy as np
import pytest
from scipy.special import expit, logit

from socialsim.core.errors import ParameterError
from socialsim.engine.rewiring import LikeMinded
from socialsim.engine.run import run
from socialsim.engine.scenario import PresenceEvent
from socialsim.engine.simulation import Simulation
from socialsim.environments.epistemic import (
    POLARISED,
    Epistemic,
    credence_polarisation,
    disagreement,
    false_consensus_rate,
    scenario,
    small,
)
from socialsim.learning.standing import UNDECIDED
from socialsim.metrics.polarisation import polarisation
from socialsim.testing.contracts import check_scenario

EASY = {"environment.effect": 0.2, "environment.trials": 50}


def communities(changes, replications=500, seed=1, **options):
    options = {"record_every": None} | options
    return run(scenario().replace(EASY | changes), replications=replications, seed=seed, **options)


# --- Two roads: a step of mistrusting agents in plain numpy -------------------------------------------------------


def one_round(credences, results, trials, effect, multiplier, sequential):
    """Return credences after one round on a complete network, one's own result first, then the others' by row."""
    believed, updated = credences.copy(), credences.copy()
    evidence = (2 * results - trials) * logit(0.5 + effect)
    for i in range(len(credences)):
        for j in [i, *(j for j in range(len(credences)) if j != i)]:
            if believed[j] <= 0.5:
                continue
            other = updated[j] if sequential else believed[j]
            doubt = 0.0 if j == i else min(1.0, multiplier * abs(updated[i] - other))
            posterior = expit(logit(updated[i]) + evidence[j])
            updated[i] = (1 - doubt) * posterior + doubt * updated[i]
    return updated


@pytest.mark.parametrize("sequential", [False, True])
def test_a_round_of_mistrust_is_that_of_a_plain_implementation(sequential):
    learner = f"mistrust:mistrust=1.5,sequential={str(sequential).lower()}"
    changes = {"network": "complete:n=9", "learner": learner, "environment.effect": 0.02, "horizon.steps": 1}
    simulation = Simulation(scenario().replace(EASY | changes), seed=5, replications=range(40))
    simulation.advance(0)
    before = simulation.columns()["credence"].copy()
    simulation.advance(1)
    for r in range(40):
        expected = one_round(before[r], simulation.engine.rewards[r], 50, 0.02, 1.5, sequential)
        assert simulation.columns()["credence"][r] == pytest.approx(expected, rel=1e-9)


# --- Limits and theorems -----------------------------------------------------------------------------------------


@pytest.mark.compiled
@pytest.mark.parametrize("network", ["complete:n=8", "cycle:n=8", "karate"])
def test_without_mistrust_runs_are_those_of_bayesians(network):
    runs = [
        communities({"network": network, "learner": learner, "environment.effect": 0.01}).runs
        for learner in ("mistrust:mistrust=0.0,threshold=0.999", "bayesian:threshold=0.999")
    ]
    assert runs[0].drop(columns="seed", errors="ignore").equals(runs[1].drop(columns="seed", errors="ignore"))


def test_those_who_are_away_do_not_keep_others_from_an_end():
    """Three of six fail at once; without mistrust the rest are Bayesians and come to their ends."""
    events = tuple(PresenceEvent(0, agent, "fail") for agent in (0, 2, 5))
    runs = []
    for learner in ("mistrust:mistrust=0.0", "bayesian:threshold=0.99"):
        changed = scenario().replace(EASY | {"network": "complete:n=6", "learner": learner})
        result = run(dataclasses.replace(changed, presence_events=events), replications=300, seed=2, record_every=None)
        runs.append(result.runs)
    assert runs[0].verdict.tolist() == runs[1].verdict.tolist()
    assert abs(runs[0].steps - runs[1].steps).max() <= 1  # who is away is known after a round
    assert set(runs[0].verdict) == {0, 1}


def test_the_learner_of_all_is_that_of_the_scientists():
    """Whatever order: misinformants stay what they are unless named."""
    together = scenario().replace({"environment.num_misinformants": 2, "learner": "mistrust:mistrust=1.5"})
    assert together.parameters()["learner.misinformant"] == "misinformant"
    assert together.parameters()["learner.agent.mistrust"] == 1.5


def test_up_to_a_multiplier_of_one_no_community_polarises():
    for multiplier in (0.5, 1.0):
        found = communities({"network": "complete:n=6", "learner": f"mistrust:mistrust={multiplier}"})
        assert (found.runs.stop == "settled").all()
        assert found.metrics["polarisation_rate"].value == 0.0


@pytest.mark.compiled
@pytest.mark.parametrize("network", ["complete:n=8", "cycle:n=8"])
def test_every_community_comes_to_one_of_three_ends_and_stays_there(network):
    """After a run has ended polarised, no sceptic moves in a hundred further rounds."""
    changed = scenario().replace(EASY | {"network": network, "learner": "mistrust:mistrust=2.0"})
    simulation = Simulation(changed, seed=3, replications=range(300))
    simulation.advance(10_000)
    assert set(simulation.verdict) == {0, 1, POLARISED}
    ended = simulation.verdict == POLARISED
    before = simulation.columns()["credence"][ended].copy()
    assert ((before > 0.99) | (before <= 0.5)).all()
    assert (before > 0.99).any(axis=1).all()
    for _ in range(100):  # each round ends the runs anew
        simulation.status[:] = 0
        simulation.learners["agent"].standing[:] = UNDECIDED
        simulation.advance(int(simulation.clock.max()) + 1)
    assert (simulation.clock.min(axis=0) >= 100).all()
    after = simulation.columns()["credence"][ended]
    sceptics = before <= 0.5
    assert np.isclose(after[sceptics], before[sceptics], rtol=1e-12).mean() > 0.99


def test_polarisation_rises_with_mistrust_and_truth_falls():
    metrics = [
        communities({"network": "complete:n=10", "learner": f"mistrust:mistrust={m}"}, 1000).metrics
        for m in (1.0, 1.5, 2.0, 3.0)
    ]
    polarised = [found["polarisation_rate"].value for found in metrics]
    right = [found["success_rate"].value for found in metrics]
    assert polarised == sorted(polarised)
    assert right == sorted(right, reverse=True)
    assert polarised[0] == 0.0
    assert polarised[-1] > 0.9


def test_the_ends_of_runs_add_up():
    metrics = communities({"network": "complete:n=6", "learner": "mistrust:mistrust=1.5"}).metrics
    shares = [metrics[name].value for name in ("success_rate", "false_consensus_rate", "polarisation_rate")]
    assert sum(shares) == pytest.approx(1.0)
    assert metrics["rounds_to_polarisation"].value >= 1.0
    assert 0.0 < metrics["disagreement"].value < 1.0


def test_nobody_who_does_not_use_the_better_method_at_the_horizon_is_a_false_consensus():
    doubters = {"learner.prior_high": 0.5, "horizon.steps": 3, "learner": "conformist"}
    result = communities(doubters, 20)
    assert false_consensus_rate(result).value == 1.0
    assert disagreement(result).value == 0.0


def test_the_polarisation_of_credences_is_that_of_every_run_listed():
    result = communities({"network": "complete:n=6", "learner": "mistrust:mistrust=2.0"}, 50, record="counts")
    by_run = [polarisation(agents.credence) for _, agents in result.agents.groupby("run")]
    assert credence_polarisation(result).value == pytest.approx(np.mean(by_run))
    without = SimpleNamespace(agents=result.agents.drop(columns="credence"))
    assert credence_polarisation(without).reason == "the learner has no credences"


# --- Misinformants -----------------------------------------------------------------------------------------------


def test_misinformants_are_the_last_agents_and_do_not_count():
    environment = Epistemic(num_misinformants=3)
    assert environment.agent_types == ("agent", "misinformant")
    assert environment.counts(10) == {"agent": 7, "misinformant": 3}
    result = communities({"network": "complete:n=10", "environment.num_misinformants": 3, "horizon.steps": 1}, 20)
    assert (result.runs.num_present == 7).all()
    assert (result.runs.num_on_better <= 7).all()
    assert set(result.agents[result.agents.agent >= 7].agent_type) == {"misinformant"}


@pytest.mark.compiled
def test_without_misinformants_everything_stays_as_it_was():
    community = scenario().replace({"network": "karate", "learner.prior_high": 0.6})
    assert Epistemic().agent_types == ("agent",)
    assert "learner.prior_high" in community.parameters()
    verdicts = run(community, replications=1000, seed=2, record_every=None).runs.verdict
    assert verdicts.value_counts().to_dict() == {1: 754, 0: 246}


@pytest.mark.compiled
@pytest.mark.parametrize("strategy", ["selection", "fabrication"])
def test_each_misinformant_costs_success(strategy):
    hard = {"environment.effect": 0.01, "environment.trials": 100, "horizon.steps": 5000}
    rates = []
    for number in (0, 1, 3):
        changes = {"network": f"complete:n={10 + number}", "environment.num_misinformants": number}
        if number:
            changes |= {"learner.misinformant.strategy": strategy}
        rates.append(communities(hard | changes, 1000).metrics["success_rate"])
    assert rates[0].low > rates[1].high
    assert rates[1].low > rates[2].high


def test_a_learner_may_be_given_for_misinformants_by_name():
    community = scenario().replace({"environment.num_misinformants": 2, "learner.misinformant": "constant:action=0"})
    assert community.learners["misinformant"].name() == "constant"
    assert community.learners["agent"].name() == "bayesian"


def test_more_misinformants_than_agents_are_refused():
    with pytest.raises(ParameterError) as error:
        run(scenario().replace({"environment.num_misinformants": 10}))
    assert str(error.value) == (
        "environment.num_misinformants: 10 is not accepted; accepted: 0 to 9 on a network of 10 agents"
    )


# --- Networks of the like-minded ---------------------------------------------------------------------------------


def test_the_like_minded_are_chosen_uniformly_among_those_who_do_the_same(stream):
    actions = np.array([1, 0, 1, 1, 0, 1])
    links = type("Links", (), {"num_agents": 6})
    choose = getattr(LikeMinded.choose, "py_func", LikeMinded.choose)
    chosen = np.bincount([choose(links, 0, 1, actions, stream) for _ in range(3000)], minlength=6)
    assert chosen[[0, 1, 4]].tolist() == [0, 0, 0]
    assert (np.abs(chosen[[2, 3, 5]] - 1000) < 4 * np.sqrt(3000 * 2 / 9)).all()
    assert choose(links, 0, 2, actions, stream) == -1  # the source is like-minded already
    assert choose(links, 0, 1, np.array([1, 0, 0, 0, 0, 0]), stream) == -1  # nobody else is


@pytest.mark.compiled
def test_rewiring_separates_those_who_do_otherwise():
    graph = nx.gnp_random_graph(30, 0.2, seed=1)
    camps = {"learner": "mistrust:mistrust=1.5", "network": graph, "rewiring": "like_minded:rate=0.2"}
    community = scenario().replace(EASY | {"environment.effect": 0.01} | camps)
    simulation = Simulation(community, seed=1, replications=range(20))
    simulation.advance(10_000)
    links, actions = simulation.links, simulation.engine.actions
    divided = [r for r in range(20) if simulation.verdict[r] == POLARISED]
    assert len(divided) > 10
    alike = []
    for r in divided:
        m = links.row[r]
        targets = np.repeat(np.arange(30), np.diff(links.indptr[m]))
        sources = links.sources[links.extent[m, 1] : links.extent[m, 2]]
        alike.append((actions[r, targets] == actions[r, sources]).mean())
    assert np.mean(alike) > 0.9


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("alike", "unknown rewiring 'alike'; accepted: like_minded, uniform"),
        ("like_minded:rate=2", "rewiring.rate: 2 is not accepted; accepted: a float, >= 0, <= 1"),
        (3, "rewiring: 3 is not accepted; accepted: a rewiring or its spec string"),
    ],
)
def test_an_unknown_rewiring_is_refused(value, message):
    with pytest.raises(ParameterError) as error:
        scenario().replace({"rewiring": value})
    assert str(error.value).lower() == message


def test_a_rewiring_keeps_its_rule_when_its_rate_changes_and_when_a_run_is_repeated():
    community = scenario().replace({"rewiring": "like_minded", "rewiring.rate": 0.3})
    assert community.rewiring == LikeMinded(rate=0.3)
    assert community.parameters()["rewiring"] == "like_minded"
    again = scenario().replace(community.parameters())
    assert again.rewiring == community.rewiring


# --- Contracts ---------------------------------------------------------------------------------------------------

SMALL = {
    "mistrust": {"learner": "mistrust:mistrust=1.5"},
    "anti-updating in turn": {"learner": "mistrust:mistrust=3.0,anti_updating=true,sequential=true"},
    "conformity": {"learner": "conformist:conformity=1.5"},
    "reticence": {"learner": "reticent"},
    "misinformants": {"environment.num_misinformants": 2},
    "misinformants among the mistrusting": {
        "environment.num_misinformants": 1,
        "learner.agent": "mistrust",
        "learner.misinformant.strategy": "fabrication",
    },
    "like-minded": {"rewiring": "like_minded:rate=0.3"},
    "mistrust with turnover": {"learner": "mistrust", "turnover.leave_rate": 0.1, "turnover.enter_rate": 0.3},
}


@pytest.mark.compiled
@pytest.mark.parametrize("changes", SMALL.values(), ids=SMALL)
def test_every_way_keeps_the_contract(changes):
    community = small().replace({"network": "cycle:n=7", "environment.effect": 0.02} | changes)
    check_scenario(community)
