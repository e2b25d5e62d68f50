"""Foragers, taboos and those who enforce them."""

from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from socialsim.core.compiled import compiled
from socialsim.core.errors import ParameterError, ResultError
from socialsim.core.streams import uniform
from socialsim.engine.interface import Learner, constant
from socialsim.engine.run import run
from socialsim.environments.taboo import (
    EAT,
    HARMLESS,
    INCUBATING,
    MARKS,
    MARKS_SANCTIONED,
    ORDINARY,
    POISON,
    SANCTION,
    SICK,
    Taboo,
    scenario,
)
from socialsim.environments.taboo import small as small_scenario
from socialsim.environments.taboo.measures import learning_curve, mean_if_defined, sanction_precision
from socialsim.environments.taboo.theory import (
    advantage_of_compliance,
    chance_of_sanction,
    foraging_return,
    least_zeal,
    sick_share,
)
from socialsim.testing.links import by_hand

UNLIKELY = 1e-4


def at_bushes(environment, berries):
    """Return a state in which each agent stands before a berry of a kind."""
    state = environment.state(len(berries))
    state.berry[:], state.partner[:] = berries, -1
    return state


class Tables(NamedTuple):
    """What is done on each observation, and with what chance."""

    table: np.ndarray
    action: np.ndarray


class ByTable(Learner):
    """Takes one action on each observation with a fixed chance, else waits."""

    table: tuple[float, ...]
    action: tuple[int, ...]

    def state(self, specification, num_agents):
        """Return the tables."""
        return Tables(constant(self.table), constant(self.action))

    @staticmethod
    @compiled
    def act(learner, i, observation, stream):
        """Take the action with its chance, else wait."""
        from_table = uniform(stream) < learner.table[observation]
        return learner.action[observation] if from_table else 0


def foragers(poison, harmless, zeal, misdirected=0.0):
    """Return agents who eat with these chances, marked or not, and sanction so."""
    scene = (poison, harmless, 1.0, misdirected, zeal)
    return ByTable(table=scene * 2, action=(EAT, EAT, EAT, SANCTION, SANCTION) * 2)


# --- By hand ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("rule", "marks"), [("none", [0, 0, 0]), ("important", [1, 0, 0]), ("silly", [1, 1, 0])])
def test_who_eats_what_is_taboo_is_marked(rule, marks, version, stream):
    state, rewards = at_bushes(Taboo(rule=rule), [POISON, HARMLESS, ORDINARY]), np.zeros(3)
    version(Taboo.advance)(state, by_hand(3), np.full(3, EAT), rewards, stream)
    assert state.mark.tolist() == marks
    assert rewards.tolist() == [1.0, 1.0, 1.0]
    assert state.health.tolist() == [INCUBATING, 0, 0]


def test_distinct_marks_tell_what_they_are_for(stream):
    state, rewards = at_bushes(Taboo(marks="distinct"), [POISON, HARMLESS, ORDINARY]), np.zeros(3)
    Taboo.advance(state, by_hand(3), np.full(3, EAT), rewards, stream)
    assert state.mark.tolist() == [1, 2, 0]


def test_a_berry_is_worth_less_to_the_sick(stream):
    state, rewards = at_bushes(Taboo(severity=0.75), [ORDINARY, POISON]), np.zeros(2)
    state.health[:] = SICK
    Taboo.advance(state, by_hand(2), np.full(2, EAT), rewards, stream)
    assert rewards.tolist() == [0.25, 0.25]


def test_sanctions_by_hand(version, stream):
    environment = Taboo(cost=1.0, loss=5.0, bonus=3.0)
    state, rewards = environment.state(3), np.zeros(3)
    state.berry[:], state.partner[:], state.mark[:] = [-1, -1, ORDINARY], [1, 0, -1], [0, 1, 0]
    version(Taboo.advance)(state, by_hand(3), np.array([SANCTION, SANCTION, EAT]), rewards, stream)
    assert rewards.tolist() == [-1.0 + 3.0 - 5.0, -1.0 - 5.0, 1.0]
    assert state.mark[1] == 0  # cleared
    batch = state._replace(sanctioned=state.sanctioned[None])
    listed = {name: values.tolist() for name, values in environment.sanctions(batch).items()}
    assert listed == {"row": [0, 0], "source": [0, 1], "target": [1, 0], "cost": [1.0, 1.0], "loss": [5.0, 5.0]}


def test_one_sees_ones_own_mark_and_a_berry_or_how_the_other_looks():
    labels = Taboo().specification("agent", 3).observations.labels
    state = at_bushes(Taboo(), [HARMLESS, ORDINARY, POISON])
    state.partner[1], state.mark[:] = 0, [1, 1, 0]
    seen = [labels[Taboo.observe(state, None, i)] for i in range(3)]
    assert seen == ["marked, harmless berry", "marked, somebody marked", "unmarked, poisonous berry"]


# --- Properties and limits -------------------------------------------------------------------------------------


@given(st.floats(1e-3, 1.0), st.floats(1.0, 1e3), st.floats(1.0, 1e3))
def test_time_sick_grows_with_eating(chance, delay, illness):
    assert 0.0 < sick_share(chance / 2, delay, illness) < sick_share(chance, delay, illness) < 1.0


@pytest.mark.compiled
def test_time_sick_and_return_are_those_of_the_renewal_argument():
    described = scenario().replace(
        {
            "learner": foragers(1.0, 1.0, 0.0),
            "environment.rule": "none",
            "environment.delay": 5.0,
            "environment.illness": 20.0,
            "environment.share": 0.2,
            "horizon.steps": 20_000,
        }
    )
    found = run(described, replications=20, seed=1, record_every=None).metrics
    sick = sick_share(0.8 * 0.2, 5.0, 20.0)
    assert found["time_sick"].value == pytest.approx(sick, abs=4 * found["time_sick"].standard_error)
    earned = foraging_return(1.0, 1, share=0.2, meeting=0.2, severity=0.8, sick=sick)
    assert found["collective_return"].value == pytest.approx(earned, abs=4 * found["collective_return"].standard_error)


@pytest.mark.compiled
def test_a_marked_agent_is_sanctioned_as_often_as_the_theory_says():
    """An unmarked agent becomes marked in a step with chance a, a marked one unmarked with (1 - a) [1 - (1-h)(1-f)]."""
    described = scenario().replace({"learner": foragers(1.0, 1.0, 0.7), "horizon.steps": 20_000})
    runs = run(described, replications=20, seed=2, record_every=None).runs
    found, cleared = 0.8 * 0.1, 1.0 - (1.0 - chance_of_sanction(0.7, 0.2, 12)) * (1.0 - 1.0 / 4.0)
    share = found / (found + (1.0 - found) * cleared)
    assert stats.ttest_1samp(runs.steps_marked / runs.agent_steps, share).pvalue > UNLIKELY
    assert stats.ttest_1samp(runs.marked_sanctioned / runs.marked_met, 0.7).pvalue > UNLIKELY


# --- Theorem: when compliance is a best reply (eq. 3), against the exact decision problem ----------------------------


def exact_policy(zeal, environment, discount, num_agents):
    """Return by value iteration whether a forager who ignores illness eats what is taboo, (unmarked, marked)."""
    found = (1 - environment.meeting) * environment.share
    stays = (1 - chance_of_sanction(zeal, environment.meeting, num_agents)) * (1 - 1 / environment.mark_steps)
    hurt = np.array([0.0, zeal * environment.meeting * environment.loss])
    others = (1 - environment.meeting) * (1 - environment.share)
    values = np.zeros(2)
    for _ in range(400):
        after_refusal = np.array([values[0], stays * values[1] + (1 - stays) * values[0]])
        eats = 1.0 + discount * values[1] > discount * after_refusal
        best = np.maximum(1.0 + discount * values[1], discount * after_refusal)
        values = others - hurt + (1 - found) * discount * after_refusal + found * best
    return eats.tolist()


@settings(max_examples=40)
@given(st.floats(0.0, 1.0), st.floats(0.5, 30.0), st.floats(1.0, 50.0), st.floats(0.1, 0.95))
def test_compliance_is_a_best_reply_exactly_where_equation_3_says(zeal, loss, mark_steps, discount):
    environment = Taboo(rule="important", loss=loss, mark_steps=mark_steps)
    advantage = advantage_of_compliance(
        zeal, discount=discount, loss=loss, meeting=0.2, forbidden=0.05, mark_steps=mark_steps, num_agents=12
    )
    if abs(advantage) > 1e-6:
        assert exact_policy(zeal, environment, discount, 12)[0] == (advantage < 0)


def test_the_least_zeal_is_where_the_advantage_changes_sign():
    rest = {"loss": 12.0, "meeting": 0.2, "forbidden": 0.05, "mark_steps": 4.0, "num_agents": 12}
    zeal = least_zeal(discount=0.8, **rest)
    assert 0.1 < zeal < 0.3
    assert advantage_of_compliance(zeal, discount=0.8, **rest) == pytest.approx(0.0, abs=1e-9)


# --- What is learned -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def curves():
    """Return what four runs under each rule show in each third of the time of learning."""
    found = {}
    for rule in ("none", "important", "silly"):
        result = run(scenario().replace({"environment.rule": rule}), replications=4, seed=5, record_every=20_000)
        found[rule] = learning_curve(result, "poison_eaten", "poison_found").mean(axis=0)
    return found


@pytest.mark.compiled
def test_poison_is_avoided_only_where_it_is_taboo_and_sooner_with_a_silly_rule(curves):
    assert curves["none"][-1] > 0.5 > 0.05 > curves["important"][-1]
    assert curves["silly"][0] < curves["important"][0]


@pytest.mark.compiled
@pytest.mark.parametrize("change", [{"environment.loss": 0.0}, {"environment.bonus": 0.0}])
def test_nobody_complies_unless_sanctions_hurt_and_pay(change):
    described = scenario().replace({"environment.rule": "important", **change})
    found = run(described, replications=4, seed=6, record_every=20_000)
    assert learning_curve(found, "poison_eaten", "poison_found")[:, -1].mean() > 0.3


@pytest.mark.compiled
def test_precision_from_the_table_of_sanctions_is_that_of_the_counts():
    result = run(small_scenario(), replications=20, seed=3, record="events")
    table = result.table("sanction")
    looks = result.table("act").set_index(["run", "step", "agent"]).observation % 5  # 4: somebody marked
    met = looks.loc[list(table[["run", "step", "source"]].itertuples(index=False, name=None))]
    assert (met == 4).mean() == pytest.approx(sanction_precision(result).value)
    assert (table.cost == 1.0).all()
    assert len(table) == (result.runs.marked_sanctioned + result.runs.unmarked_sanctioned).sum()


def test_a_violation_is_a_mark_and_recall_the_share_of_marks_that_are_sanctioned(version, stream):
    """Each of two eats poison, again while marked, and only the first is sanctioned."""
    state, rewards = at_bushes(Taboo(rule="important", mark_steps=1e12), [POISON, POISON, ORDINARY]), np.zeros(3)
    for actions in ([EAT, EAT, 0], [EAT, EAT, 0], [0, 0, SANCTION]):
        state.berry[:2], state.partner[:] = POISON, [-1, -1, 0]
        version(Taboo.advance)(state, by_hand(3), np.array(actions), rewards, stream)
    assert state.tally[:, MARKS].tolist() == [1, 1, 0]
    assert state.tally[:, MARKS_SANCTIONED].tolist() == [1, 0, 0]


@pytest.mark.compiled
def test_recall_is_that_of_a_race_between_sanctions_and_fading():
    described = scenario().replace({"learner": foragers(1.0, 1.0, 0.7), "horizon.steps": 20_000})
    found = run(described, replications=20, seed=2, record_every=None).metrics["sanction_recall"]
    hit = chance_of_sanction(0.7, 0.2, 12)
    ends = hit + (1.0 - hit) / 4.0
    assert found.value == pytest.approx(hit / ends, abs=4 * found.standard_error)


# --- Bad input -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "value", "accepted"),
    [
        ("environment.rule", "all", "one of ['none', 'important', 'silly']"),
        ("environment.share", 0.6, "a float, > 0, <= 0.5"),
        ("environment.delay", 0.5, "a float, >= 1"),
    ],
)
def test_a_value_out_of_range_is_named_with_what_is_accepted(path, value, accepted):
    with pytest.raises(ParameterError) as error:
        scenario().replace({path: value})
    assert str(error.value) == f"{path}: {value!r} is not accepted; accepted: {accepted}"


def test_a_learning_curve_needs_a_time_course():
    with pytest.raises(ResultError, match=r"record_every"):
        learning_curve(run(small_scenario(), record_every=None), "earned", "steps")


def test_an_interval_in_which_some_run_counted_nothing_has_no_mean():
    assert mean_if_defined(np.array([0.25, 0.75])).value == 0.5
    assert mean_if_defined(np.array([np.nan, 0.75])).reason == "nothing to count in 1 of 2 runs"


def test_a_lone_forager_meets_nobody():
    result = run(small_scenario().replace({"network": "complete:n=1"}), replications=3, seed=1)
    assert result.metrics["enforcement_rate"].reason == "nobody met anybody marked"
