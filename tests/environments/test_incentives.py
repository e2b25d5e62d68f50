import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from socialsim.core.errors import ParameterError
from socialsim.engine.run import run
from socialsim.environments.incentives import (
    Incentives,
    false_discovery_share,
    false_positive_rate,
    scenario,
)
from socialsim.environments.incentives.mechanics import (
    FALSE_NEGATIVE,
    FALSE_POSITIVE,
    REPLICATION,
    TRUE_NEGATIVE,
    TRUE_POSITIVE,
    adopt,
    audit,
    draw_paper,
    draw_sample,
    look_around,
    mutated,
    open_lab,
    publish,
    replicate,
    set_chances,
    turn_over,
)
from socialsim.testing.links import by_hand

UNLIKELY = 1e-4  # with fixed seeds a test fails for ever or never; a wrong sampler has a far smaller p-value


def labs(num_agents=12, **parameters):
    """Return the state of labs that know what their practices bring."""
    state = Incentives(**{"num_sampled": 3} | parameters).state(num_agents)
    for i in range(num_agents):
        set_chances(state, i)
    return state


def chances(state, i=0):
    """Return the chance of each kind of study of a lab."""
    return np.diff(state.cut[i], prepend=0.0)


# --- Closed forms ----------------------------------------------------------------------------------------------


def test_the_error_rates_at_the_start_and_at_the_ends_are_those_of_the_paper():
    assert false_positive_rate(0.8, 75.0) == pytest.approx(1 / 20, rel=1e-15)
    assert false_positive_rate(0.8, 1.0) == pytest.approx(2 / 3, rel=1e-15)
    assert false_positive_rate(1.0, 75.0) == 1.0
    assert false_discovery_share(0.1, 0.8, 2 / 3) == pytest.approx(15 / 17, rel=1e-15)
    assert false_discovery_share(0.1, 1.0, 1.0) == pytest.approx(9 / 10, rel=1e-15)


@given(st.floats(0, 1), st.floats(1, 100))
def test_power_never_lies_below_the_false_positive_rate(power, effort):
    assert 0 <= false_positive_rate(power, effort) <= power


def test_nobody_has_false_discoveries_where_nothing_is_ever_positive():
    assert np.isnan(false_discovery_share(0.1, 0.0, 0.0))


# --- By hand: what a step brings a lab --------------------------------------------------------------------------


def test_chances_at_the_start(version):
    state = labs(effort_cost=0.1)
    state.cut[:] = -1.0
    version(set_chances)(state, 0)
    studies = 1 - 0.1 * math.log10(75)
    assert chances(state) == pytest.approx([studies * 0.08, studies * 0.9 * 0.05, 0, 0, 0], abs=1e-15)
    assert state.alpha[0] == pytest.approx(0.05, rel=1e-15)


def test_replications_take_their_share_of_studies():
    state = labs(initial_replication=0.25, initial_effort=1.0)
    assert chances(state) == pytest.approx([0.75 * 0.08, 0.75 * 0.9 * 2 / 3, 0, 0, 0.25], abs=1e-15)


def test_negative_results_are_published_at_their_rate():
    state = labs(initial_effort=1.0, negative_publication_rate=0.5)
    assert chances(state) == pytest.approx([0.08, 0.6, 0.5 * 0.02, 0.5 * 0.3, 0], abs=1e-15)


def test_registered_reports_are_always_published_and_no_more_often_false_positive_than_stated():
    state = labs(initial_effort=1.0, preregistration=1.0, nominal_false_positive_rate=0.05)
    assert chances(state) == pytest.approx([0.08, 0.9 * 0.05, 0.02, 0.9 * 0.95, 0], abs=1e-15)
    half = labs(initial_effort=1.0, preregistration=0.5, negative_publication_rate=0.2)
    false = [0.5 * (2 / 3 + 0.05), 0.5 * (1 / 3 * 0.2 + 0.95)]
    assert chances(half) == pytest.approx([0.08, 0.9 * false[0], 0.02 * 0.6, 0.9 * false[1], 0], abs=1e-15)


@settings(max_examples=60)
@given(st.floats(1, 100), *[st.floats(0, 1)] * 6, st.floats(0, 0.5))
def test_whatever_happens_in_a_step_has_a_chance_and_all_together_are_no_more_than_a_study(
    effort, power, replication, base_rate, negatives, registered, nominal, cost
):
    state = labs(
        **{"initial_effort": effort, "initial_power": power, "initial_replication": replication},
        **{"base_rate": base_rate, "negative_publication_rate": negatives, "preregistration": registered},
        **{"nominal_false_positive_rate": nominal, "effort_cost": cost},
    )
    assert (chances(state) >= -1e-15).all()
    assert state.cut[0, REPLICATION] <= 1 - cost * math.log10(effort) + 1e-12


def test_a_publication_pays_and_enters_the_literature(version):
    state, rewards = labs(novel_payoff=2.0), np.zeros(12)
    for kind in (TRUE_POSITIVE, FALSE_POSITIVE, FALSE_POSITIVE, TRUE_NEGATIVE):
        version(publish)(state, 3, kind, rewards)
    assert state.papers[3].tolist() == [1, 2, 0, 1]
    assert state.num_papers[0] == 4
    assert rewards.tolist() == [0, 0, 0, 8, *[0] * 8]
    assert state.recent.tolist() == [3, 2, 0, 0]  # positives, of which false


@pytest.mark.parametrize(
    ("kind", "power", "effort", "author_gains"),
    [
        (TRUE_POSITIVE, 1.0, 75.0, 0.1),  # full power finds the truth again
        (TRUE_POSITIVE, 0.0, 75.0, -100.0),
        (FALSE_POSITIVE, 0.0, 75.0, -100.0),  # without power nothing is ever positive
        (FALSE_POSITIVE, 1.0, 75.0, 0.1),  # with full power everything is
        (FALSE_NEGATIVE, 1.0, 75.0, -100.0),
        (TRUE_NEGATIVE, 0.0, 75.0, 0.1),
    ],
)
def test_a_replication_pays_its_author_and_judges_that_of_the_paper(version, stream, kind, power, effort, author_gains):
    state, rewards = labs(initial_power=power, initial_effort=effort), np.zeros(12)
    state.papers[4, kind] = state.num_papers[0] = 1
    version(replicate)(state, by_hand(12), 0, rewards, stream)
    assert rewards[[0, 4]].tolist() == [0.5, author_gains]
    assert state.recent[2:].tolist() == [1, author_gains > 0]


def test_ones_own_results_the_dead_and_those_who_are_away_are_neither_praised_nor_blamed(version, stream):
    for author, away in ((0, ()), (4, (4,))):
        state, rewards = labs(), np.zeros(12)
        state.papers[author, TRUE_POSITIVE] = state.num_papers[0] = 1
        version(replicate)(state, by_hand(12, failed=away), 0, rewards, stream)
        assert rewards.tolist() == [0.5, *[0] * 11]
    state, rewards = labs(), np.zeros(12)
    state.past_papers[TRUE_POSITIVE] = state.num_papers[0] = 1
    version(replicate)(state, by_hand(12), 0, rewards, stream)
    assert rewards.sum() == 0.5


def test_without_literature_there_is_nothing_to_replicate(version, stream):
    state, rewards, before = labs(), np.zeros(12), stream.tolist()
    version(replicate)(state, by_hand(12), 0, rewards, stream)
    assert rewards.sum() == 0.0
    assert stream.tolist() == before


def test_papers_are_drawn_uniformly_from_the_whole_literature(stream):
    state = labs(4)
    state.papers[:] = [[1, 0, 2, 0], [0, 0, 0, 0], [0, 3, 0, 0], [0, 0, 0, 1]]
    state.past_papers[:] = [0, 2, 0, 1]
    state.num_papers[0] = 10
    found = {}
    for _ in range(10_000):
        paper = tuple(int(x) for x in draw_paper(state, stream))
        found[paper] = found.get(paper, 0) + 1
    expected = {(0, 0): 1, (0, 2): 2, (2, 1): 3, (3, 3): 1, (-1, 1): 2, (-1, 3): 1}
    assert found.keys() == expected.keys()
    observed = [found[paper] for paper in expected]
    assert stats.chisquare(observed, 1000 * np.array(list(expected.values()))).pvalue > UNLIKELY


def test_an_inspector_fines_effort_below_the_standard_alone(version):
    for effort, fine in ((49.9, -100.0), (50.0, 0.0)):
        state, rewards = labs(initial_effort=effort), np.zeros(12)
        version(audit)(state, by_hand(12), 7, rewards)
        assert rewards[7] == fine
    version(audit)(labs(initial_effort=1.0), by_hand(12, failed=[7]), 7, rewards := np.zeros(12))
    assert rewards[7] == 0.0


# --- By hand: selection ----------------------------------------------------------------------------------------


def test_the_oldest_dies_and_the_best_paid_founds_a_lab(version, stream):
    state = labs(4, num_sampled=3, effort_mutation=0.0)
    state.born[:], state.payoff[:] = [5, 1, 1, 7], [0, 9, 9, 3]
    state.traits[:, 0] = [10, 20, 30, 40]
    state.papers[:, 0], state.clock[0] = [1, 2, 3, 4], 11
    version(turn_over)(state, by_hand(4), stream)
    dead = int(np.flatnonzero(state.born == 11)[0])
    parent = 3 - dead  # of the two oldest, 1 and 2, at least one is among three of four; the other is the best paid
    assert dead in (1, 2)
    assert state.traits[dead, 0] == 10 * (parent + 1)
    assert state.payoff[dead] == 0
    assert state.papers[dead].tolist() == [0, 0, 0, 0]
    assert state.past_papers.tolist() == [dead + 1, 0, 0, 0]


def test_chances_of_a_new_lab_follow_its_own_practice(version, stream):
    state = labs(effort_mutation=1.0)
    version(turn_over)(state, by_hand(12), stream)
    new = int(np.flatnonzero(state.traits[:, 0] != 75)[0])
    assert state.alpha[new] == pytest.approx(false_positive_rate(0.8, state.traits[new, 0]))
    assert state.alpha[new] != state.alpha[(new + 1) % 12]


def test_nobody_who_is_away_dies_or_founds_a_lab(stream):
    state = labs(4, num_sampled=3)
    state.payoff[:] = [0, 0, 5, 9]
    state.traits[:, 0], state.clock[0] = [1, 1, 60, 80], 1
    for _ in range(200):
        turn_over(state, by_hand(4, failed=[3]), stream)
    assert state.traits[3, 0] == 80
    assert state.born[3] == 0
    alone = labs(4, num_sampled=3)
    turn_over(alone, by_hand(4, failed=[0, 1, 2, 3]), stream)
    assert alone.born.tolist() == [0, 0, 0, 0]


@pytest.mark.parametrize(("trait", "value", "spread", "low", "high"), [(0, 75, 1, 1, 100), (1, 0.8, 0.01, 0, 1)])
def test_mutations_are_normal_and_cut_off_at_the_ends(stream, trait, value, spread, low, high):
    state = labs(effort_mutation=0.5, power_mutation=0.5)
    drawn = np.array([mutated(state, float(value), trait, stream) for _ in range(4000)])
    changed = drawn[drawn != value]
    assert stats.binomtest(len(changed), 4000, 0.5).pvalue > UNLIKELY
    assert stats.kstest(changed, stats.norm(value, spread).cdf).pvalue > UNLIKELY
    for end in (low, high):
        atends = np.array([mutated(state, float(end), trait, stream) for _ in range(100)])
        assert low <= atends.min()
        assert atends.max() <= high


@pytest.mark.parametrize("size", [5, 12])
def test_samples_are_uniform_and_in_random_order(stream, size):
    state, counts = labs(num_sampled=3), np.zeros((3, 12))
    outside = set(state.order[size:].tolist())
    for _ in range(6000):
        draw_sample(state, size, stream)
        counts[np.arange(3), state.order[:3]] += 1
    assert set(state.order[size:].tolist()) == outside
    for place in counts:
        assert stats.chisquare(place[:size]).pvalue > UNLIKELY


def test_the_oldest_but_k_dies_as_often_as_a_sample_holds_nobody_older(stream):
    """P(the lab of rank k dies) = C(N - 1 - k, d - 1) / C(N, d), k = 0, 1, ... from the oldest."""
    num_labs, d, deaths = 8, 3, np.zeros(8)
    state = labs(num_labs, num_sampled=d)
    for _ in range(6000):
        state.born[:], state.clock[0] = np.arange(num_labs), 99
        turn_over(state, by_hand(num_labs), stream)
        deaths[state.born == 99] += 1
    expected = [math.comb(num_labs - 1 - k, d - 1) / math.comb(num_labs, d) for k in range(num_labs - d + 1)]
    assert deaths[num_labs - d + 1 :].sum() == 0
    assert stats.chisquare(deaths[: num_labs - d + 1], 6000 * np.array(expected)).pvalue > UNLIKELY


# --- By hand: learning -----------------------------------------------------------------------------------------


def learners(num_agents=12, **parameters):
    return labs(num_agents, **{"evolve": False, "efforts": (1.0, 75.0), "revision_rate": 1.0} | parameters)


def test_practices_are_the_grid_and_labs_start_with_the_nearest():
    grid = Incentives(evolve=False, efforts=(1.0, 60.0), powers=(0.5, 0.8), replications=(0.0, 0.3))
    assert grid.practices().tolist() == [
        [effort, power, replication] for effort in (1, 60) for power in (0.5, 0.8) for replication in (0, 0.3)
    ]
    assert grid.state(3).practice.tolist() == [6, 6, 6]
    assert grid.specification("agent", 3).actions.labels[6] == "effort 60, power 0.8, replication 0"


def test_a_practice_that_is_adopted_changes_what_a_step_brings(version):
    state = learners()
    version(adopt)(state, 2, 0)
    assert state.traits[2].tolist() == [1.0, 0.8, 0.0]
    assert chances(state, 2) == pytest.approx([0.08, 0.6, 0, 0, 0], abs=1e-15)


def test_labs_see_the_best_paid_of_those_they_look_at_or_themselves(version, stream):
    state = learners(3, num_sampled=40)
    state.practice[:], state.payoff[:] = [0, 1, 0], [1.0, 7.0, 3.0]
    version(look_around)(state, by_hand(3), stream)
    assert state.observed.tolist() == [1, 1, 1]
    version(look_around)(state, by_hand(3, failed=[1]), stream)
    assert state.observed.tolist() == [0, 1, 0]
    blind = learners(3, revision_rate=0.0)
    blind.practice[:], blind.payoff[:] = [0, 1, 0], [1.0, 7.0, 3.0]
    version(look_around)(blind, by_hand(3), stream)
    assert blind.observed.tolist() == [0, 1, 0]


def test_payoffs_add_up_over_a_life_or_fade(version, stream):
    for state, expected in ((labs(effort_mutation=0.0), 8.0), (learners(memory=4.0), 6.0)):
        state.payoff[:], state.cut[:] = 8.0, 0.0
        actions = np.full(12, state.first_practice)
        version(Incentives.advance)(state, by_hand(12), actions, rewards := np.ones(12), stream)
        assert rewards.tolist() == [0.0] * 12
        assert sorted(set(state.payoff.tolist())) == ([0.0, 8.0] if state.evolves else [expected])


def test_a_lab_that_enters_starts_anew(version, stream):
    state = learners()
    adopt(state, 5, 0)
    state.papers[5, 1], state.payoff[5], state.clock[0], state.observed[5] = 3, 9.0, 44, 0
    version(Incentives.enter)(state, by_hand(12), 5, stream)
    assert state.practice[5] == state.observed[5] == state.first_practice == 1
    assert (state.payoff[5], state.born[5], state.past_papers[1]) == (0.0, 44, 3)


def test_compiled_and_uncompiled_steps_are_the_same(stream):
    options = {"initial_replication": 0.4, "preregistration": 0.5, "audit_rate": 0.5, "initial_effort": 20.0}
    ours, theirs, copy = labs(effort_mutation=0.5, **options), labs(effort_mutation=0.5, **options), stream.copy()
    for _ in range(40):
        rewards = [np.zeros(12), np.zeros(12)]
        Incentives.advance(ours, by_hand(12), np.zeros(12, np.int64), rewards[0], stream)
        plain = getattr(Incentives.advance, "py_func", Incentives.advance)
        plain(theirs, by_hand(12), np.zeros(12, np.int64), rewards[1], copy)
        assert rewards[0].tolist() == rewards[1].tolist()
    assert stream.tolist() == copy.tolist()
    assert ours.traits.tolist() == theirs.traits.tolist()


@pytest.mark.parametrize("effort", [1.0, 75.0])
def test_studies_turn_out_as_often_as_the_chances_say(stream, effort):
    state, rewards = labs(100, initial_effort=effort, negative_publication_rate=0.5), np.zeros(100)
    for _ in range(400):
        Incentives.advance(state, by_hand(100), np.zeros(100, np.int64), rewards, stream)
    published = state.papers.sum(axis=0) + state.past_papers
    observed = [*published, 40_000 - published.sum()]
    expected = 40_000 * np.array([*chances(state)[:4], 1 - state.cut[0, REPLICATION]])
    assert stats.chisquare(observed, expected).pvalue > UNLIKELY


def test_opening_a_lab_moves_its_papers_to_those_of_the_dead(version):
    state = labs()
    state.papers[1] = [1, 2, 3, 4]
    version(open_lab)(state, 1)
    assert state.past_papers.tolist() == [1, 2, 3, 4]
    assert state.papers[1].sum() == 0


# --- Bad input -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "value", "accepted"),
    [
        ("environment.base_rate", 1.5, "a float, >= 0, <= 1"),
        ("environment.initial_effort", 0.5, "a float, >= 1, <= 100"),
        ("environment.initial_power", -0.1, "a float, >= 0, <= 1"),
        ("environment.effort_cost", 0.6, "a float, >= 0, <= 0.5"),
        ("environment.num_sampled", 0, "an int, >= 1"),
        ("environment.preregistration", "yes", "a float, >= 0, <= 1"),
        ("environment.audit_standard", 101.0, "a float, >= 1, <= 100"),
        ("environment.efforts", (), "one or more numbers, >= 1, <= 100"),
        ("environment.efforts", (0.0, 10.0), "one or more numbers, >= 1, <= 100"),
        ("environment.powers", (1.1,), "one or more numbers, >= 0, <= 1"),
        ("environment.replications", (-0.1,), "one or more numbers, >= 0, <= 1"),
    ],
)
def test_a_value_out_of_range_is_named_by_its_path_with_what_is_accepted(path, value, accepted):
    with pytest.raises(ParameterError) as error:
        scenario().replace({path: value})
    assert str(error.value) == f"{path}: {value!r} is not accepted; accepted: {accepted}"


def test_a_sample_is_smaller_than_the_number_of_labs():
    with pytest.raises(
        ParameterError, match=r"^environment.num_sampled: 10 is not accepted; accepted: less than .* labs, 10$"
    ):
        run(scenario().replace({"network": "complete:n=10"}))


def test_who_counts_successes_is_refused_where_a_step_is_no_trial():
    changes = {"environment.evolve": False, "environment.audit_rate": 0.1, "learner": "thompson"}
    with pytest.raises(ParameterError, match="needs the fact 'trials', which the environment does not give"):
        run(scenario().replace(changes))
