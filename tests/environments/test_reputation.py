"""Indirect reciprocity: donors, recipients, and what is thought of them."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from socialsim.core.errors import ParameterError
from socialsim.core.streams import Purpose, seed_streams
from socialsim.engine.run import run
from socialsim.engine.scenario import PresenceEvent, Scenario
from socialsim.engine.simulation import Simulation
from socialsim.environments.reputation import Reputation, scenario
from socialsim.environments.reputation.mechanics import judge, reproduce
from socialsim.environments.reputation.norms import (
    BAD,
    GIVE,
    GOOD,
    LEADING,
    REFUSE,
    assessment_table,
    strategy_table,
)
from socialsim.environments.reputation.theory import (
    Errors,
    chances_of_good,
    stable_pairs,
    stationary_chain,
    stationary_reputations,
)
from socialsim.testing.links import by_hand

UNLIKELY = 1e-4
chance = st.floats(0.05, 0.4)
a_norm = st.lists(st.sampled_from("GB"), min_size=8, max_size=8).map("".join)
a_strategy = st.lists(st.sampled_from("CD"), min_size=4, max_size=4).map("".join)


def meet(group, i, j, num_agents=3, action=GIVE, state=None, advance=Reputation.advance):
    """Return the state after donor i has met j, and what i was paid."""
    state, rewards = group.state(num_agents) if state is None else state, np.zeros(num_agents)
    state.partner[i] = j
    stream = seed_streams(1, np.arange(1), Purpose.DYNAMICS)[0]
    with np.errstate(over="ignore"):
        advance(state, by_hand(num_agents), np.array([i]), np.full(num_agents, action), rewards, stream)
    return state, rewards[i]


def learned(norm, **values):
    return Reputation(norm=norm, behaviour="learned", **values)


# --- By hand ---------------------------------------------------------------------------------------------------


def test_image_scores_by_hand(version):
    advance = version(Reputation.advance)
    group = learned("image_score", benefit=2.0, cost=0.5, endowment=0.5)
    state, paid = meet(group, 0, 1, advance=advance)
    assert (state.image.tolist(), paid) == ([[6, 5, 5]], 0.0)
    state, paid = meet(group, 1, 2, action=REFUSE, state=state, advance=advance)
    assert (state.image.tolist(), paid) == ([[6, 4, 5]], 2.5)  # what 0 gave, and its own endowment
    for _ in range(9):
        state, _ = meet(group, 0, 1, state=state)
    assert state.image[0, 0] == 10  # 5 at most


def test_thresholds_decide_to_whom_one_gives():
    group = Reputation(strategies=["k=1", "k=0", "k=-5", "k=6"])
    for strategy, score, gives in ((0, 0, False), (0, 1, True), (1, 0, True), (2, -5, True), (3, 5, False)):
        state = group.state(3)
        state.strategy[0], state.image[0, 1] = strategy, score + 5
        state, paid = meet(group, 0, 1, state=state)
        assert paid == pytest.approx(0.0 if gives else 0.1)
        assert state.payoff[1] == (1.0 if gives else 0.0)


@pytest.mark.parametrize(
    ("norm", "own", "other", "act", "after"),
    [
        ("scoring", GOOD, BAD, REFUSE, BAD),
        ("standing", GOOD, BAD, REFUSE, GOOD),
        ("standing", BAD, BAD, REFUSE, BAD),
        ("standing", BAD, BAD, GIVE, GOOD),
        ("simple_standing", BAD, BAD, REFUSE, GOOD),
        ("stern_judging", GOOD, BAD, GIVE, BAD),
        ("stern_judging", BAD, BAD, REFUSE, GOOD),
        ("shunning", GOOD, BAD, REFUSE, BAD),
        ("shunning", GOOD, BAD, GIVE, BAD),
        ("staying", BAD, BAD, REFUSE, BAD),
        ("judging", BAD, BAD, GIVE, BAD),
    ],
)
def test_norms_by_hand(norm, own, other, act, after, version):
    state = learned(norm).state(2)
    state.image[0] = own, other
    version(judge)(state, 0, 0, 1, act, np.ones(4, np.uint64))
    assert state.image[0, 0] == after


def test_each_judges_by_its_own_view(version):
    """0 refuses 1, whom 2 alone thinks bad: under stern judging 0 is then good in the eyes of 2 and bad in others'."""
    group = learned("stern_judging", information="private")
    state = group.state(4)
    state.image[2, 1] = BAD
    state, _ = meet(group, 0, 1, 4, REFUSE, state, version(Reputation.advance))
    assert state.image[:, 0].tolist() == [BAD, BAD, GOOD, BAD]


def test_errors_that_are_certain_turn_everything_round():
    assert meet(learned("scoring", execution_error=1.0), 0, 1)[0].image[0, 0] == BAD  # nothing was given
    assert meet(learned("scoring", perception_error=1.0), 0, 1)[0].image[0, 0] == BAD
    assert meet(learned("scoring", assignment_error=1.0), 0, 1)[0].image[0, 0] == BAD
    both = learned("scoring", perception_error=1.0, assignment_error=1.0)
    assert meet(both, 0, 1)[0].image[0, 0] == GOOD
    unseen = learned("scoring", observed=0.0)
    assert meet(unseen, 0, 1, action=REFUSE)[0].image[0, 0] == GOOD
    for_itself = learned("scoring", observed=0.0, information="private")
    assert meet(for_itself, 0, 1, action=REFUSE)[0].image[:, 0].tolist() == [BAD, BAD, GOOD]  # both who met saw it


# --- Generations -----------------------------------------------------------------------------------------------


def test_offspring_are_drawn_in_proportion_to_payoffs(version, stream):
    group = Reputation(norm="scoring")
    payoffs, times = np.array([1.0, 0.0, 3.0]), np.zeros(3)
    with np.errstate(over="ignore"):
        for _ in range(1000):
            state = group.state(3)
            state.strategy[:], state.payoff[:] = range(3), payoffs
            version(reproduce)(state, by_hand(3), stream)
            times += np.bincount(state.strategy, minlength=3)
    assert times[1] == 0
    assert stats.chisquare(times[[0, 2]], 3000 * payoffs[[0, 2]] / 4).pvalue > UNLIKELY


def test_a_generation_without_payoffs_drifts_and_one_that_is_away_stays(stream):
    group, seen = Reputation(norm="scoring"), set()
    with np.errstate(over="ignore"):
        for _ in range(60):
            state = group.state(3)
            state.strategy[:] = range(3)
            reproduce(state, by_hand(3, absent=[1]), stream)
            assert state.strategy[1] == 1
            seen |= set(state.strategy[[0, 2]].tolist())
    assert seen == {0, 2}


def test_the_new_generation_is_new(stream):
    group = Reputation(information="private")
    state = group.state(4)
    state.image[:] = np.arange(16).reshape(4, 4) % 11
    state.level[0] = state.image.sum() - np.trace(state.image)  # what others think
    state.payoff[:] = 1.0
    with np.errstate(over="ignore"):
        reproduce(state, by_hand(4), stream)
    assert (state.image == 5).all()
    assert not state.payoff.any()
    assert state.level[0] == 5 * 12


@settings(max_examples=20)
@given(
    st.sampled_from(["image_score", "standing", "GBBGBGGB"]), st.sampled_from(["public", "private"]), st.integers(0, 99)
)
def test_what_is_counted_is_what_is_thought(norm, information, seed):
    group = Reputation(
        norm=norm, information=information, generation=7, mutation=0.2, perception_error=0.2, observed=0.5
    )
    leaving = (PresenceEvent(5, 1, "leave"), PresenceEvent(15, 1, "enter"), PresenceEvent(16, 2, "fail"))
    simulation = Simulation(
        Scenario(group, "innate", "cycle:n=5", 40, presence_events=leaving), seed=seed, replications=range(1)
    )
    for steps in range(0, 41, 5):
        simulation.advance(steps)
        state = simulation.environment
        seen = state.image[0].astype(int)
        assert state.level[0, 0] == seen.sum() - (np.trace(seen) if information == "private" else 0)
        assert state.image.min() >= 0
        assert state.image.max() < state.assessment.shape[-3]


def test_a_meeting_creates_benefit_less_cost():
    group = Reputation(benefit=3.0, cost=1.0, endowment=0.0)
    simulation = Simulation(Scenario(group, "innate", "complete:n=10", 200), seed=1, replications=range(1))
    simulation.advance(200)
    state = simulation.environment
    meetings, gifts = state.totals[0, :2]
    assert meetings == 200
    assert state.payoff.sum() == pytest.approx(2.0 * gifts)
    assert 0 < gifts < 200


# --- Theory ----------------------------------------------------------------------------------------------------


def test_the_leading_eight_follow_four_rules():
    for norm, strategy in LEADING.values():
        d, gives = assessment_table(norm), strategy_table(strategy, 2)
        for own in (GOOD, BAD):
            assert d[own, GOOD].tolist() == [GOOD, BAD]  # who gives to the good is good, who refuses is bad
        assert d[GOOD, BAD, REFUSE] == GOOD  # the good may refuse the bad
        assert gives[GOOD].tolist() == gives[BAD].tolist() or strategy == "CDCC"
        assert gives[BAD, BAD] == (d[BAD, BAD, GIVE] == GOOD and d[BAD, BAD, REFUSE] == BAD)


@pytest.mark.parametrize("benefit", [1.1, 1.5, 2.0])
def test_exactly_the_leading_eight_are_stable_and_cooperate(benefit):
    found = stable_pairs(benefit, 1.0, Errors(execution=0.02, assignment=0.02))
    assert sorted(found) == sorted(LEADING.values())


def test_the_leading_eight_lose_least_as_errors_vanish():
    """They lose 3 e; the nine others that are stable at any b > c lose about sqrt(2 e) or twice as much."""
    rare = 1e-6
    errors, lost = Errors(execution=rare, assignment=rare), {}
    for norm, strategy in stable_pairs(1.5, 1.0, errors):
        lost[norm, strategy] = 1 - stationary_reputations(norm, (strategy,), [1.0], errors)[1]
    assert len(lost) == 17
    for pair, loss in lost.items():
        if pair in LEADING.values():
            assert loss == pytest.approx(3 * rare, rel=0.01)
        else:
            assert loss == pytest.approx(np.sqrt(2 * rare) * (1 if loss < 2 * np.sqrt(rare) else 2), rel=0.01)


def test_theory_refuses_errors_too_rare_for_an_answer():
    discriminators = ("scoring", ("discriminator",), [1.0])
    with pytest.raises(ParameterError, match=r"errors: .* are so rare that reputations do not come to rest"):
        stationary_reputations(*discriminators, Errors(execution=1e-6))  # all are bad in the end
    with pytest.raises(ParameterError, match=r"errors: .* leave reputations that nobody can come to under 'scoring'"):
        stationary_chain("scoring", "discriminator", 5, Errors())
    with pytest.raises(ParameterError, match=r"num_agents: 1 is not accepted; accepted: at least 2"):
        stationary_chain("scoring", "discriminator", 1, Errors(assignment=0.1))
    with pytest.raises(ParameterError, match=r"accepted: an assignment error and a chance to be observed above 0"):
        stable_pairs(2.0, 1.0, Errors())


@given(chance, chance)
def test_stern_judging_has_a_closed_form(execution, assignment):
    """Beside the bad one refuses and is good but for errors of assignment; beside the good, who gives is."""
    helped = (1 - execution) * (1 - assignment) + execution * assignment
    good = (1 - assignment) / (1 - helped + 1 - assignment)
    for norm in ("stern_judging", "simple_standing"):
        found, cooperation = stationary_reputations(norm, ("discriminator",), [1.0], Errors(execution, 0.0, assignment))
        assert found[0] == pytest.approx(good)
        assert cooperation == pytest.approx((1 - execution) * good)


@settings(max_examples=40)
@given(a_norm, a_strategy, chance, chance, st.floats(0.3, 1.0))
def test_a_large_population_approaches_the_mean_field(norm, strategy, execution, assignment, observed):
    errors = Errors(execution, 0.1, assignment, observed)
    good, cooperation = stationary_reputations(norm, (strategy,), [1.0], errors)
    chains = [stationary_chain(norm, strategy, size, errors) for size in (200, 400)]
    distances = [abs(chain[1] - cooperation) for chain in chains]
    assert distances[1] < max(0.7 * distances[0], 1e-6) or distances[1] < 0.01
    assert chains[1][0] == pytest.approx(good[0], abs=0.05)


@settings(max_examples=25)
@given(a_norm, a_strategy, chance, chance)
def test_the_chain_of_good_ones_is_that_of_all_reputations(norm, strategy, execution, assignment):
    """Brute force over the eight states of three agents."""
    chances = chances_of_good(assessment_table(norm), Errors(execution, 0.0, assignment))
    gives = (1 - execution) * strategy_table(strategy, 2)
    states = list(itertools.product((BAD, GOOD), repeat=3))
    transition, given_in = np.zeros((8, 8)), np.zeros(8)
    for s, state in enumerate(states):
        for i, j in itertools.permutations(range(3), 2):
            p = gives[state[i], state[j]]
            given_in[s] += p / 6
            good = p * chances[state[i], state[j], GIVE] + (1 - p) * chances[state[i], state[j], REFUSE]
            for after, weight in ((GOOD, good), (BAD, 1 - good)):
                transition[s, states.index((*state[:i], after, *state[i + 1 :]))] += weight / 6
    stationary = np.linalg.matrix_power(transition, 4096)[0]
    good, cooperation = stationary_chain(norm, strategy, 3, Errors(execution, 0.0, assignment))
    assert good == pytest.approx(stationary @ [np.mean(state) for state in states])
    assert cooperation == pytest.approx(stationary @ given_in)


def homogeneous(norm, strategy, size, steps, errors, **values):
    named = {"execution_error": errors.execution, "perception_error": errors.perception}
    named |= {"assignment_error": errors.assignment, "observed": errors.observed}
    group = Reputation(norm=norm, strategies=[strategy], burn_in=steps // 10, **named, **values)
    return Scenario(group, "innate", f"complete:n={size}", steps, scenario().metrics)


@pytest.mark.compiled
@pytest.mark.parametrize("name", LEADING)
def test_simulated_populations_cooperate_as_the_chain_says(name):
    norm, strategy = LEADING[name]
    errors = Errors(0.1, 0.05, 0.05, 0.8)
    result = run(homogeneous(norm, strategy, 10, 50_000, errors), replications=20, seed=3, record_every=None)
    good, cooperation = stationary_chain(norm, strategy, 10, errors)
    for metric, exact in (("cooperation_rate", cooperation), ("mean_reputation", good)):
        found = result.metrics[metric]
        assert abs(found.value - exact) < 4 * found.standard_error


@pytest.mark.compiled
def test_a_mixed_population_comes_to_the_shares_of_the_mean_field():
    names, size, errors = ("cooperator", "defector", "discriminator"), 1200, Errors(0.1, 0.0, 0.1)
    group = Reputation(norm="simple_standing", execution_error=0.1, assignment_error=0.1, burn_in=50 * size)
    result = run(
        Scenario(group, "innate", f"complete:n={size}", 400 * size, scenario().metrics),
        replications=4,
        seed=1,
        record_every=None,
    )
    shares = [1 / 3] * 3  # in the mean; 400 of each, more or less
    _, cooperation = stationary_reputations("simple_standing", names, shares, errors)
    assert result.metrics["cooperation_rate"].value == pytest.approx(cooperation, abs=0.03)


@pytest.mark.compiled
def test_stern_judges_who_err_each_for_itself_end_up_thinking_at_random():
    """Opinions of a third party become independent, and half of them good, whoever small the errors ([Hilbe2018])."""
    errors = Errors(perception=0.05)
    group = homogeneous("stern_judging", "discriminator", 40, 40_000, errors, information="private")
    private = run(group, replications=6, seed=1, record_every=None).metrics
    public = run(
        group.replace({"environment.information": "public"}), replications=6, seed=1, record_every=None
    ).metrics
    assert private["mean_reputation"].value == pytest.approx(0.5, abs=0.02)
    assert private["agreement"].value == pytest.approx(0.5, abs=0.02)
    assert public["mean_reputation"].value > 0.9


# --- Runs ------------------------------------------------------------------------------------------------------


@pytest.mark.compiled
def test_discriminators_win_where_deeds_are_known_and_defectors_where_they_are_not():
    known = scenario().replace({"horizon.steps": 500 * 200})
    unknown = known.replace({"environment.observed": 0.0})
    for group, low, high in ((known, 0.95, 1.0), (unknown, 0.0, 0.1)):
        found = run(group, replications=40, seed=1, record_every=None).metrics["cooperators"].value
        assert low <= found <= high
