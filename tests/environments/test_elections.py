"""Elections: numbers of rankings, the count against plain Python, exact shares, and what is refused."""

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from socialsim.ballots.rules import winners
from socialsim.ballots.tallies import RULES
from socialsim.core.errors import ParameterError
from socialsim.core.streams import draw_word
from socialsim.engine.run import run
from socialsim.engine.scenario import PresenceEvent
from socialsim.engine.simulation import Simulation
from socialsim.environments.elections import Elections, scenario
from socialsim.environments.elections.measures import ELECTING
from socialsim.environments.elections.orders import batch_of, draw_numbers, number_of, orders, pair_words, write_order

CULTURES = [("impartial", None), ("mallows", 0.7), ("urn", 0.5), ("anonymous", None), ("spatial", None)]


def society(num_voters=5, num_candidates=3, **environment):
    environment.setdefault("utilities", False)
    if not environment["utilities"]:
        environment.setdefault("num_approved", 1)
    changes = {f"environment.{name}": value for name, value in environment.items()}
    return scenario().replace(
        {"environment.num_candidates": num_candidates, "network": f"complete:n={num_voters}", "horizon.steps": 40}
        | changes
    )


def electorates(made, steps):
    """Return the rankings (and utilities) of each election, read between the steps, and the last state."""
    simulation = Simulation(made, seed=3, replications=[0])
    simulation.advance(0)
    seen = []
    for step in range(1, steps + 1):
        seen.append((simulation.environment.number[0].copy(), simulation.environment.utilities[0].copy()))
        simulation.advance(step)
    return seen, simulation.environment


# --- Rankings as numbers ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("num_candidates", [2, 3, 5, 8])
def test_numbers_and_rankings_name_each_other(num_candidates):
    last = math.factorial(num_candidates) - 1
    table, none = orders(min(num_candidates, 5)), np.zeros((0, num_candidates), np.int64)
    row = np.zeros((1, num_candidates), np.int64)
    for number in {0, 1, last // 3, last // 2, last}:
        write_order(none, number, row, 0)
        assert sorted(row[0].tolist()) == list(range(num_candidates))
        assert number_of(row, 0) == number
        if num_candidates <= 5:
            assert row[0].tolist() == table[number].tolist()


def test_every_number_is_drawn_alike():
    numbers, stream = np.zeros(30_000, np.int64), np.array([1, 2, 3, 4], np.uint64)
    for num_orders in (6, 120):
        draw_numbers(numbers, num_orders, batch_of(num_orders), stream)
        assert stats.chisquare(np.bincount(numbers, minlength=num_orders)).pvalue > 0.001
        pairs = numbers.reshape(-1, 2)  # of one word
        if num_orders == 6:
            assert stats.chisquare(np.bincount(6 * pairs[:, 0] + pairs[:, 1], minlength=36)).pvalue > 0.001


def test_a_word_that_would_bias_is_drawn_anew():
    """The word 0 leaves 0, which is below 2^32 mod 6^7: the numbers are those of the word after it."""
    biased, after = np.array([0, 0, 5, 0], np.uint64), np.array([0, 0, 5, 0], np.uint64)
    with np.errstate(over="ignore"):
        assert draw_word(after) == 0
    first, second = np.full(7, -1), np.full(7, -1)
    draw_numbers(first, 6, batch_of(6), biased)
    draw_numbers(second, 6, batch_of(6), after)
    assert first.tolist() == second.tolist()
    assert biased.tolist() == after.tolist()


def test_fields_are_wide_enough_for_all_voters_and_a_majority():
    for num_candidates, num_voters in itertools.product((2, 4, 6), (1, 2, 3, 63, 64, 1000)):
        pairs = pair_words(num_candidates, num_voters)
        assert 2 * num_voters < 2**pairs.field_bits
        assert pairs.words.min() >= 0
        assert num_voters * pairs.ones.max() < 2**62


# --- The count ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("num_candidates", [3, 6, 7])
@pytest.mark.parametrize(("culture", "dispersion"), CULTURES)
def test_rules_elect_whom_they_elect_from_the_same_rankings(culture, dispersion, num_candidates):
    made = society(6, num_candidates, culture=culture, dispersion=dispersion, rules=ELECTING, num_approved=2)
    seen, state = electorates(made, 40)
    profiles = np.zeros((40, 6, num_candidates), np.int64)
    for p, i in np.ndindex(40, 6):
        write_order(np.zeros((0, num_candidates), np.int64), seen[p][0][i], profiles[p], i)
    best = winners(profiles, "condorcet")
    assert state.num_decided[0, 0] == best.any(axis=1).sum()
    for rule in ELECTING:
        elected = winners(profiles, rule, num_approved=2)
        assert state.ties[0, RULES[rule]] == (elected.sum(axis=1) > 1).sum()
        assert state.hits[0, RULES[rule]] == pytest.approx(((elected & best).sum(axis=1) / elected.sum(axis=1)).sum())


def test_welfare_is_the_mean_utility_of_whoever_wins():
    seen, state = electorates(society(5, 4, utilities=True, rules=("approval", "borda")), 30)
    best = mean = elected = 0.0
    for numbers, utilities in seen:
        assert [np.argsort(-row).tolist() for row in utilities] == [orders(4)[r].tolist() for r in numbers]
        welfare, approved = utilities.mean(axis=0), utilities > utilities.mean(axis=1, keepdims=True)
        chosen = approved.sum(axis=0) == approved.sum(axis=0).max()
        best, mean, elected = best + welfare.max(), mean + welfare.mean(), elected + welfare[chosen].mean()
    assert state.best_welfare[0, 0] == pytest.approx(best)
    assert state.mean_welfare[0, 0] == pytest.approx(mean)
    assert state.elected_welfare[0, RULES["approval"]] == pytest.approx(elected)


def test_voters_are_paid_by_the_first_rule():
    simulation = Simulation(society(4, 3, utilities=True, rules=("veto", "borda")), seed=1, replications=[0])
    simulation.advance(0)
    numbers, utilities = simulation.environment.number[0].copy(), simulation.environment.utilities[0].copy()
    simulation.advance(1)
    chosen = winners([orders(3)[numbers]], "veto")[0]
    assert simulation.engine.rewards[0] == pytest.approx(utilities[:, chosen].mean(axis=1))


def test_a_ballot_need_not_be_the_true_ranking():
    """The Condorcet winner is that of the preferences; rules see the ballots, here drawn at random."""
    made = society(9, 3, culture="mallows", dispersion=0.1, rules=("copeland", "borda"), num_approved=0)
    noisy = run(made.replace({"learner": "imitation:noise=1", "horizon.steps": 2000}), seed=1)
    sincere = run(made.replace({"horizon.steps": 2000}), seed=1)
    assert sincere.metrics["condorcet_efficiency_copeland"].value == 1.0
    assert noisy.metrics["condorcet_winner_share"].value > 0.99
    assert noisy.metrics["condorcet_efficiency_borda"].value == pytest.approx(1 / 3, abs=0.05)


def test_who_is_away_does_not_vote():
    made = society(4, 3, rules=("plurality", "copeland"), num_approved=0)
    away = (PresenceEvent(0, 1, "fail"), PresenceEvent(0, 2, "leave"))
    seen, state = electorates(replace(made, presence_events=away), 30)
    profiles = np.array([orders(3)[numbers[[0, 3]]] for numbers, _ in seen])
    assert state.num_decided[0, 0] == winners(profiles, "condorcet").any(axis=1).sum()
    assert state.ties[0, RULES["plurality"]] == (winners(profiles, "plurality").sum(axis=1) > 1).sum()


# --- Exact ----------------------------------------------------------------------------------------------------


def exact_share(num_voters, num_candidates):
    table = orders(num_candidates)
    profiles = np.array(list(itertools.product(range(len(table)), repeat=num_voters)))
    return float(winners(table[profiles], "condorcet").any(axis=1).mean())


def test_all_profiles_of_three_voters_give_seventeen_eighteenths():
    assert exact_share(3, 3) == pytest.approx(17 / 18, abs=1e-15)
    assert exact_share(5, 3) == pytest.approx(67 / 72, abs=1e-15)


@pytest.mark.compiled
@pytest.mark.parametrize(("num_voters", "expected"), [(3, 17 / 18), (5, 67 / 72), (7, 0.924983), (11, 0.920186)])
def test_drawn_electorates_have_a_condorcet_winner_as_often_as_they_must(num_voters, expected):
    made = society(num_voters, 3, rules=()).replace({"horizon.steps": 100_000})
    result = run(made, replications=10, seed=5)
    share = result.metrics["condorcet_winner_share"]
    assert abs(share.value - expected) < 4 * math.sqrt(expected * (1 - expected) / 1e6)


def test_on_a_line_the_median_voter_decides():
    result = run(society(7, 5, culture="spatial", dimensions=1, rules=("copeland",)), replications=5, seed=2)
    assert result.metrics["condorcet_winner_share"].value == 1.0


# --- Refused ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"culture": "urn"}, "dispersion: None is not accepted with culture urn; accepted: a float, >= 0"),
        ({"culture": "mallows", "dispersion": 1.5}, "dispersion: 1.5 is not accepted"),
        ({"dispersion": 0.5}, "dispersion: 0.5 is not accepted with culture impartial; accepted: none"),
        ({"rules": ("bordar",)}, "rules: unknown rule 'bordar'; did you mean 'borda'"),
        ({"rules": ("borda", "borda")}, "rules: 'borda' is named twice"),
        ({"rules": ("condorcet",)}, "rules: unknown rule 'condorcet'"),
        ({"num_approved": 9}, "num_approved: 9 is not accepted with 3 candidates"),
        ({"utilities": False}, "num_approved: 0 is not accepted for approval without utilities"),
        ({"num_candidates": 1}, "num_candidates: 1 is not accepted"),
    ],
)
def test_what_does_not_fit_is_refused(changes, message):
    with pytest.raises(ParameterError, match=message):
        Elections(**changes)


def test_metrics_say_what_was_not_counted():
    result = run(society(3, 3, rules=("borda",), num_approved=0), seed=1)
    assert result.metrics["condorcet_efficiency_veto"].reason == "veto is not among environment.rules"
    assert result.metrics["utilitarian_efficiency_borda"].reason == "voters have no utilities"
