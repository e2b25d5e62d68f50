import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from socialsim.core.errors import ParameterError
from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.environments.metanorms import Metanorms, scenario, small
from socialsim.environments.metanorms.mechanics import LEVELS, TOP, defect, mutated, num_offspring, reproduce
from socialsim.environments.metanorms.theory import expected_scores, vengefulness_to_deter
from socialsim.testing.links import by_hand

UNLIKELY = 1e-4


def strategies(bold, vengeful):
    return np.array([LEVELS * b + v for b, v in zip(bold, vengeful, strict=True)])


# --- By hand ---------------------------------------------------------------------------------------------------


def test_a_defection_that_is_surely_seen_and_surely_punished(version, stream):
    state, rewards = Metanorms(metanorms=False).state(4), np.zeros(4)
    state.played[:] = strategies([7, 0, 0, 0], [0, 7, 7, 0])
    version(defect)(state, by_hand(4), 0, 1.0, rewards, stream)
    assert rewards.tolist() == [3.0 - 18.0, -1.0 - 2.0, -1.0 - 2.0, -1.0]
    assert state.punished[:, 0].tolist() == [0, 1, 1, 0]
    assert state.totals.tolist() == [0, 1, 3, 2, 1, 0, 1]


@pytest.mark.parametrize(
    ("who", "rewards", "number"),
    [
        ("third_parties", [-6.0, -1.0 - 2.0 - 2.0, -1.0 - 9.0, -1.0 - 2.0 - 0.0], 1),
        ("anyone", [-6.0 - 2.0, -1.0 - 2.0 - 2.0, -1.0 - 18.0, -1.0 - 2.0], 2),
    ],
)
def test_whoever_lets_a_defector_go_is_punished_by_those_whom_the_switch_names(who, rewards, number, version, stream):
    state, found = Metanorms(metapunishers=who).state(3), np.zeros(3)
    state.played[:] = strategies([7, 0, 0], [7, 7, 0])  # the defector is vengeful too
    version(defect)(state, by_hand(3), 0, 1.0, found, stream)
    assert found.tolist() == rewards[:3]
    assert state.metapunished.sum() == number
    assert state.metapunished[:, 2].tolist() == [int(who == "anyone"), 1, 0]


def test_witnesses_alone_metapunish_where_the_switch_says_so(stream):
    counts = {}
    for who in ("third_parties", "witnesses"):
        group = Metanorms(metapunishers=who)
        state, rewards = group.state(3), np.zeros(3)
        state.played[:] = strategies([7, 0, 0], [0, 0, 7])
        for _ in range(4000):
            defect(state, by_hand(3), 0, 0.5, rewards, stream)
        counts[who] = state.totals[5]
    assert stats.binomtest(int(counts["third_parties"]), 4000, 0.25).pvalue > UNLIKELY  # 1 is seen not to punish by 2
    assert stats.binomtest(int(counts["witnesses"]), 4000, 0.125).pvalue > UNLIKELY  # who saw it as well


@pytest.mark.parametrize(
    ("selection", "expected"),
    [("deviations", [2, 1, 1, 0]), ("above_mean", [2, 1, 0, 0]), ("average", [2, 2, 0, 0])],
)
def test_offspring_by_the_distance_of_a_score_from_the_mean(selection, expected):
    state, scores = Metanorms(selection=selection).state(4), np.array([5.0, 0.5, -0.5, -5.0])
    deviation = 4 * scores.std()
    assert [num_offspring(state, 4 * score - scores.sum(), deviation, 0.0) for score in scores] == expected


def test_who_is_exactly_a_standard_deviation_away_counts_as_beyond_it():
    state, scores = Metanorms().state(2), np.array([1.0, 3.0])
    assert [num_offspring(state, 2 * score - scores.sum(), 2 * scores.std(), 0.0) for score in scores] == [0, 2]


def children(state, scores, stream):
    """Return how many offspring each strategy has, the i-th that of agent i."""
    state.played[:] = np.arange(len(scores))
    reproduce(state, by_hand(len(scores)), np.array(scores), stream)
    return np.bincount(state.inherited, minlength=len(scores)).tolist()


@pytest.mark.parametrize("selection", ["deviations", "above_mean", "average"])
def test_scores_that_differ_by_rounding_alone_are_equal(selection, version, stream):
    alike = Metanorms(temptation=0.3, hurt=0.1, metanorms=False, selection=selection, ties="once", mutation=0.0)
    state, scores = alike.state(20), np.zeros(20)
    state.played[:] = strategies([7] * 20, [0] * 20)
    for i in range(20):
        version(defect)(state, by_hand(20), i, 1.0, scores, stream)
    assert len(set(scores.tolist())) > 1  # -1.6 in any order
    assert children(state, scores.tolist(), stream) == [1] * 20


@pytest.mark.parametrize("selection", ["deviations", "above_mean"])
def test_who_is_a_standard_deviation_away_up_to_rounding_counts_as_beyond_it(selection, stream):
    state = Metanorms(selection=selection, mutation=0.0).state(4)
    for high, low in ((0.3, 0.1), (0.7, 0.1), (1.1, 0.3)):
        assert children(state, [high, high, low, low], stream)[2:] == [0, 0]


@pytest.mark.parametrize(("selection", "expected"), [("average", [2, 0, 2]), ("above_mean", [2, 0, 1])])
def test_who_scores_the_mean_up_to_rounding_is_not_below_it(selection, expected):
    state = Metanorms(selection=selection).state(3)
    leads = (0.3, -0.3, -1e-16)
    assert [num_offspring(state, lead, 0.24, 1e-12) for lead in leads] == expected


def test_equal_scores_leave_all_as_they_are_or_let_strategies_drift(stream):
    for ties, survivors in (("once", 20), ("twice", None)):
        state = Metanorms(ties=ties, mutation=0.0).state(20)
        state.played[:] = np.arange(20)
        reproduce(state, by_hand(20), np.full(20, -3.0), stream)
        kinds = len(set(state.inherited.tolist()))
        assert kinds == survivors if survivors else 10 <= kinds < 20


def test_a_strategy_is_six_bits_and_each_flips(stream):
    state = Metanorms(mutation=1.0).state(2)
    assert mutated(state, 0b101_010, stream) == 0b010_101
    assert mutated(Metanorms(mutation=0.0).state(2), 0b101_010, stream) == 0b101_010


def test_the_table_of_sanctions_holds_every_punishment_and_what_it_cost():
    result = run(scenario().replace({"horizon.steps": 5}), replications=3, seed=1, record="events")
    sanctions, runs = result.table("sanction"), result.runs
    assert len(sanctions) == (runs.num_punished + runs.num_metapunished).sum()
    assert set(zip(sanctions.cost, sanctions.loss, strict=True)) == {(2.0, 9.0)}
    assert (sanctions.source != sanctions.target).all()
    acts = result.table("act").set_index(["run", "step", "agent"])
    sources = acts.loc[list(sanctions[["run", "step", "source"]].itertuples(index=False, name=None))]
    assert (sources.action % LEVELS > 0).all()  # nobody without vengefulness punishes


# --- Theorem: when it pays to comply ---------------------------------------------------------------------------


@given(st.lists(st.integers(0, TOP), min_size=2, max_size=30), st.integers(1, TOP))
def test_boldness_pays_less_than_none_exactly_above_the_threshold(vengeful, level):
    others, bold = np.array([0, *vengeful]) / TOP, np.zeros(len(vengeful) + 1)
    timid = expected_scores(Metanorms(), bold, others)[0]
    bold[0] = level / TOP
    gain = expected_scores(Metanorms(), bold, others)[0] - timid
    threshold = vengefulness_to_deter(3.0, 9.0, level / TOP)
    assert gain == pytest.approx(4 * 4.5 * (level / TOP) ** 2 * (threshold - others.sum()), abs=1e-9)


def test_five_vengeful_agents_deter_the_least_boldness_and_four_do_not():
    assert vengefulness_to_deter(3.0, 9.0, 1 / TOP) == pytest.approx(14 / 3)


# --- Two roads: the exact mean of a generation ------------------------------------------------------------------


@pytest.mark.compiled
@pytest.mark.parametrize("metanorms", [False, True])
def test_scores_are_in_the_mean_what_the_formula_says(metanorms):
    group = Scenario(Metanorms(metanorms=metanorms), "imitation", "complete:n=6", 1)
    acts = run(group, replications=4000, seed=2, record="events").table("act")
    played, scores = (acts[name].to_numpy().reshape(-1, 6) for name in ("action", "reward"))
    exact = np.array([expected_scores(group.environment, row // LEVELS / TOP, row % LEVELS / TOP) for row in played])
    assert stats.ttest_1samp((scores - exact).mean(axis=1), 0.0).pvalue > UNLIKELY
    for high in (played // LEVELS >= 4, played % LEVELS >= 4):
        assert stats.ttest_1samp(np.where(high, scores - exact, 0.0).mean(axis=1), 0.0).pvalue > UNLIKELY


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_brute_force_over_all_triples_gives_the_same_expected_scores(seed):
    draw = np.random.default_rng(seed)
    bold, vengeful = draw.integers(0, LEVELS, (2, 5)) / TOP
    scores = np.zeros(5)
    for d in range(5):
        scores[d] += 3.0 * bold[d]
        for j in set(range(5)) - {d}:
            scores[j] -= bold[d] + 2.0 * vengeful[j] * bold[d] ** 2 / 2
            scores[d] -= 9.0 * vengeful[j] * bold[d] ** 2 / 2
            for k in set(range(5)) - {d, j}:
                caught = (1 - vengeful[j]) * vengeful[k] * bold[d] ** 3 / 3
                scores[j] -= 9.0 * caught
                scores[k] -= 2.0 * caught
    assert expected_scores(Metanorms(num_opportunities=1), bold, vengeful) == pytest.approx(scores)


# --- Limits and properties --------------------------------------------------------------------------------------


def test_without_boldness_nothing_happens(stream):
    state, rewards = Metanorms(mutation=0.0).state(6), np.ones(6)
    timid = strategies([0] * 6, [7] * 6)
    getattr(Metanorms.advance, "py_func", Metanorms.advance)(state, by_hand(6), timid, rewards, stream)
    assert rewards.tolist() == [0.0] * 6
    assert state.inherited.tolist() == timid.tolist()
    assert all(len(column) == 0 for column in Metanorms().sanctions(small_batch(state)).values())


def small_batch(state):
    """Return a state of one replication as the tables see it, with a leading axis."""
    return state._replace(punished=state.punished[None], metapunished=state.metapunished[None])


@pytest.mark.compiled
def test_metanorms_hold_what_norms_alone_do_not():
    shares = {}
    for metanorms in (False, True):
        group = scenario().replace({"environment.metanorms": metanorms})
        shares[metanorms] = run(group, replications=100, seed=3, record_every=None).metrics["established_share"]
    assert shares[False].high < 0.2 < 0.7 < shares[True].low


def test_counts_add_up():
    runs = run(small(), replications=20, seed=1, record_every=None).runs
    assert (runs.num_seen == runs.num_punished + runs.num_shirked).all()
    assert (runs.num_opportunities == 6 * 12 * 4).all()
    assert (runs.num_defections <= runs.num_opportunities).all()
    assert (runs.num_caught <= runs[["num_defections", "num_punished"]].min(axis=1)).all()


def test_whom_sanctions_meet_is_known_from_counts():
    result = run(scenario().replace({"horizon.steps": 20}), replications=5, seed=1, record="events")
    runs, found = result.runs, result.metrics
    total = len(result.table("sanction"))
    assert found["sanction_precision"].value == pytest.approx(runs.num_punished.sum() / total)
    assert found["meta_sanctions"].value == pytest.approx(runs.num_metapunished.sum() / total)
    assert 0.0 < found["sanction_recall"].value < 1.0


def test_where_nobody_punishes_whom_sanctions_meet_is_undefined():
    group = scenario().replace({"horizon.steps": 1, "network": "complete:n=1"})
    found = run(group, replications=3, seed=1).metrics
    assert found["sanction_precision"].reason == found["meta_sanctions"].reason == "nobody punished anybody"


def test_those_who_are_away_take_no_part():
    result = run(small().replace({"turnover.fail_rate": 0.05}), replications=10, seed=1, record="events")
    failed = result.table("agent").query("presence == 'failed'")
    assert len(failed)
    last = result.table("sanction").query("step == 11")
    gone = set(zip(failed.run, failed.agent, strict=True))
    assert not gone & set(zip(last.run, last.source, strict=True))
    assert not gone & set(zip(last.run, last.target, strict=True))


# --- Bad input --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"selection": "roulette"}, "selection: 'roulette' is not accepted; accepted: one of"),
        ({"mutation": 1.5}, "mutation: 1.5 is not accepted"),
        ({"ties": "twise"}, "did you mean 'twice'"),
        ({"num_opportunities": 0}, "num_opportunities: 0 is not accepted"),
    ],
)
def test_wrong_values_are_refused_by_name(values, words):
    with pytest.raises(ParameterError, match="(?s)" + words.replace("[", r"\[")):
        Metanorms(**values)
