"""Certificates: norms that were planted are found, habits are none, and what is undefined gives no verdict."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from socialsim.core.errors import ParameterError
from socialsim.core.estimate import Estimate
from socialsim.core.manifest import Manifest
from socialsim.core.result import Result
from socialsim.engine.discovery import environment_names, find_module
from socialsim.engine.fork import come_to
from socialsim.engine.scenario import PresenceEvent, Scenario
from socialsim.environments import encounters, opinions, pricing, repeated_game, signalling
from socialsim.inference import interventions
from socialsim.inference.branches import NOBODY, Record, branch, follow
from socialsim.inference.certificate import MEANINGS, VERDICTS, Certificate, certify, competitive_reward
from socialsim.inference.interventions import Protocol
from socialsim.inference.rebuilding import scenario_of
from socialsim.inference.regularity import regular_shares
from socialsim.testing.certificates import CASES, most, verdicts
from socialsim.testing.planted import Habit, MutualPunisher, Scold, Village

DILEMMA = repeated_game.RepeatedGame()


def dilemma(learner, payoffs=DILEMMA.payoffs):
    return Scenario(repeated_game.RepeatedGame(payoffs=payoffs), learner, "path:n=2", 60)


def values(certificate):
    return {name: estimate.value for name, estimate in certificate.estimates.items()}


# --- by hand -------------------------------------------------------------------------------------------------------


def test_a_punished_defection_by_hand():
    certificate = certify(dilemma(MutualPunisher(tremble=0.0)), replications=30)
    assert values(certificate) == pytest.approx(
        {
            "regular": 1.0,
            "temptation": 5 - 3,
            "gain": 5 - 3 + 2 * (1 - 3),  # two rounds in which both defect
            "best gain": -2.0,
            "unanswered gain": 3 * (5 - 3),  # the other cooperates on
            "response": 2 / 20,  # two of twenty later acts change
            "owed to response": 6 + 1,
            "owed to conformity": (1 - 0) - 1,
            "return": 1.0,
        }
    )
    assert certificate.verdict == "norm"
    assert [round(value, 12) for value in certificate.courses["answered"][:4]] == [2, -2, -2, 0]
    assert certificate.courses["response"][:4] == [0, 1, 1, 0]


def test_cooperation_that_does_not_survive_a_defection_is_no_norm():
    certificate = certify(dilemma(MutualPunisher(tremble=0.0, length=1000)), replications=30)
    assert all(holds for name, holds in certificate.judged("norm").items() if name != "return")
    assert certificate.estimates["return"].value == 0
    assert certificate.verdict == "neither"


def test_a_silly_rule_by_hand():
    certificate = certify(Scenario(Village(), Scold(tremble=0.0), "complete:n=5", 60), replications=30)
    found = values(certificate)
    assert found["temptation"] == 0  # blue is as good as red
    assert found["gain"] == -4  # four scold once
    assert found["unanswered gain"] == 0
    assert found["response"] == pytest.approx(1 / 20)
    assert certificate.verdict == "norm"


LOOPHOLE = ((3.0, 0.0, 3.0), (5.0, 1.0, 5.0), (4.0, 0.0, 4.0))


def test_where_another_act_pays_and_nobody_answers_it_there_is_no_norm():
    """The most tempting deviation is punished and costs 2; to take act 2 brings 4 in place of 3 and is let pass."""
    certificate = certify(dilemma(MutualPunisher(tremble=0.0), LOOPHOLE), replications=30)
    assert certificate.judged("norm").pop("best gain") is False
    assert all(holds for name, holds in certificate.judged("norm").items() if name != "best gain")
    assert (certificate.estimates["best gain"].value, certificate.verdict) == (1, "neither")


def test_nobody_is_forced_where_nobody_can_deviate_and_nobody_to_an_act_that_there_is_not(monkeypatch):
    forced, left_out = [], []

    def spy(simulation, num_steps, forcing=None):
        for k in range(num_steps if forcing else 0):
            now = forcing(k)
            if now is not None:
                forced.extend(now.actions[now.agents != NOBODY].tolist())
        return follow(simulation, num_steps, forcing)

    def draw(trial):
        deviator, has = drawn(trial)
        left_out.append(deviator[~has])
        return deviator, has

    drawn = interventions._Trial._draw_deviators
    monkeypatch.setattr(interventions, "follow", spy)
    monkeypatch.setattr(interventions._Trial, "_draw_deviators", draw)
    found = certify(dilemma(MutualPunisher(tremble=0.3), LOOPHOLE), replications=60, seed=1)
    assert set(forced) == {0, 1, 2}
    assert set(np.concatenate(left_out)) == {NOBODY}
    assert found.estimates["gain"].num_runs == 60 - len(np.concatenate(left_out)) == found.num_deviators
    assert (found.asked_for, found.num_runs) == (60, 60)


def test_patience_decides_whether_a_deviation_pays():
    learner = MutualPunisher(tremble=0.0)
    gains = [certify(dilemma(learner), replications=30, discount=d).estimates["gain"].value for d in (1.0, 0.1)]
    assert gains == pytest.approx([-2.0, 2 - 0.2 - 0.02])


def test_one_side_of_the_road_is_a_convention_and_defection_by_habit_is_none():
    roads = certify(dilemma(Habit(tremble=0.0), payoffs=((1.0, 0.0), (0.0, 1.0))), replications=30)
    alone = certify(dilemma(Habit(action=1, tremble=0.0)), replications=30)
    assert (roads.verdict, alone.verdict) == ("convention", "neither")
    assert roads.estimates["owed to conformity"].value == 1.5  # +1 if the other is on the wrong side, too
    assert alone.estimates["owed to conformity"].value == -2 + 0.5  # defection pays the more against cooperators


# --- what is not put in does not come out -----------------------------------------------------------------------


def test_nobody_responds_to_a_deviation_from_a_habit():
    certificate = certify(dilemma(Habit(tremble=0.2)), replications=60, seed=2)
    assert certificate.estimates["response"].value == 0
    assert certificate.courses["response"] == [0.0] * 21
    assert certificate.estimates["gain"] == certificate.estimates["unanswered gain"]
    assert certificate.verdict == "neither"


@pytest.mark.compiled
def test_voters_who_are_paid_nothing_have_neither_norm_nor_convention():
    changes = {"environment.stop_at_consensus": False, "horizon.steps": 600}
    certificate = certify(opinions.small().replace(changes), replications=40, seed=1)
    assert certificate.verdict == "neither"
    assert certificate.estimates["gain"].value == 0
    assert certificate.estimates["response"].value > 0  # they imitate


def test_worlds_share_the_past_and_nothing_else():
    past = come_to(dilemma(Habit(tremble=0.5)), at=10, steps=20, replications=20)
    records = [follow(branch(past, world=world), 20) for world in (0, 0, 1)]
    assert np.array_equal(records[0].actions, records[1].actions)
    assert (records[0].actions != records[2].actions).any(axis=(1, 2)).all()


def test_the_same_seed_gives_the_same_certificate_whatever_the_number_of_runs():
    shown = [follow(branch(come_to(dilemma(Habit()), at=5, steps=9, replications=r)), 9).actions[:4] for r in (4, 9)]
    assert np.array_equal(*shown)
    first, again = (certify(dilemma(Habit()), replications=40, seed=5).to_json() for _ in range(2))
    assert first == again


@given(st.integers(2, 6), st.integers(0, 1000))
def test_acts_drawn_by_lot_are_as_regular_as_chance(num_actions, seed):
    stream = np.random.default_rng(seed)
    actions = stream.integers(num_actions, size=(400, 20, 1))
    nothing = np.zeros(actions.shape, np.int64)
    shares = regular_shares(Record(nothing, actions, nothing, nothing.astype(float)), 1)
    assert abs(shares.mean() - 1 / num_actions) < 5 * shares.std() / 20


# --- the decision --------------------------------------------------------------------------------------------------


def certificate(**changed):
    """Return a certificate of collusion, but for what is changed."""
    numbers = {
        "regular": 0.9,
        "temptation": 1.0,
        "gain": -1.0,
        "best gain": -1.0,
        "owed to response": 1.0,
        "owed to conformity": 1.0,
        "response": 0.1,
        "return": 1.0,
        "excess": 1.0,
    }
    estimates = {name: Estimate(x, x - 0.05, x + 0.05, 50) for name, x in numbers.items()}
    return Certificate("made up", 0, Protocol(), {**estimates, **changed}, {"period": []})


@pytest.mark.parametrize("name", VERDICTS["collusion"])
def test_every_condition_of_collusion_is_needed(name):
    assert certificate().verdict == "collusion"
    around_the_bound = {"regular": 0.75, "return": 0.9}.get(name, 0.0)
    doubtful = Estimate(around_the_bound, around_the_bound - 0.1, around_the_bound + 0.1, 50)
    assert certificate(**{name: doubtful}).verdict == ("norm" if name == "excess" else "neither")


@pytest.mark.parametrize("name", VERDICTS["convention"])
def test_every_condition_of_a_convention_is_needed(name):
    cost = Estimate(-1.0, -1.1, -0.9, 50)
    convention = {"temptation": cost, "owed to response": cost}
    assert certificate(**convention).verdict == "convention"
    wide = Estimate(0.5, -2.0, 3.0, 50)
    assert certificate(**convention | {name: wide}).verdict == "neither"


def test_what_is_undefined_gives_no_verdict_unless_it_makes_no_difference():
    undefined = Estimate.undefined("nobody knows")
    open_ = certificate(response=undefined)
    assert (open_.verdict, open_.reason) == (None, "nobody knows")
    assert "undecided (nobody knows)" in str(open_)
    assert certificate(response=undefined, regular=Estimate(0.2, 0.1, 0.3, 50)).verdict == "neither"


def test_a_certificate_is_written_in_strict_json():
    record = json.loads(json.dumps(certificate(response=Estimate.undefined("nobody knows")).to_json(), allow_nan=False))
    assert record["verdict"] is None
    assert record["estimates"]["response"]["value"] is None
    assert record["conditions"]["norm"]["gain"] == {"claim": "< 0", "holds": True}


def test_every_quantity_is_explained():
    assert {name for conditions in VERDICTS.values() for name in conditions} <= MEANINGS.keys()


# --- how often it is right -----------------------------------------------------------------------------------------


@pytest.mark.compiled
@pytest.mark.parametrize("case", ["dilemma: all cooperate by habit", "dilemma: defection is punished"])
def test_a_few_certificates_are_right(case):
    assert verdicts(case, num_certificates=60, runs=40, seed=7)[CASES[case][0]] >= 58


@pytest.mark.full
@pytest.mark.parametrize("case", CASES)
def test_size_is_at_most_five_percent_and_power_at_least_nine_tenths(case):
    truth, total = CASES[case][0], 200
    found = verdicts(case, num_certificates=total, runs=60, seed=11)
    wrong = total - found[truth] - (found["neither"] if truth != "neither" else 0)
    assert most(wrong, total) <= 0.05
    assert 1 - most(total - found[truth], total) >= 0.9


@pytest.mark.full
@pytest.mark.parametrize(
    ("changes", "verdict"),
    [({}, "collusion"), ({"learner.discount": 0.0}, "neither"), ({"environment.memory": 0}, "neither")],
)
def test_patient_sellers_with_a_memory_collude_and_no_others(changes, verdict):
    assert certify(pricing.scenario().replace(changes), at="settled", replications=100, seed=3).verdict == verdict


@pytest.mark.full
def test_a_signalling_system_is_a_convention():
    two = {"environment.num_states": 2, "environment.num_messages": 2, "horizon.steps": 100_000}
    assert certify(signalling.scenario().replace(two), replications=100, seed=3).verdict == "convention"


# --- bad input -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scenario", "options", "message"),
    [
        (dilemma(Habit()), {"at": 30}, "at, steps: 30, 41 are not accepted"),
        (dilemma(Habit()), {"at": "later"}, "accepted: a step, or 'settled'"),
        (dilemma(Habit()), {"window": 40}, "horizon.steps: 60 is too short: the window, .* take 61 steps"),
        (dilemma(Habit()), {"window": 3}, "window: 3 is not accepted; accepted: an integer >= 4"),
        (dilemma(Habit()), {"steps": 0.5}, "steps: 0.5 is not accepted"),
        (dilemma(Habit()), {"duration": 0}, "duration: 0 is not accepted"),
        (dilemma(Habit()), {"shock": 1.0}, "shock: 1.0 is not accepted"),
        (dilemma(Habit()), {"discount": 0}, "discount: 0 is not accepted"),
        (dilemma(Habit()), {"agent_type": "seller"}, "agent_type: 'seller' is not accepted; accepted: row, column"),
        (encounters.small(), {}, "actions of the type 'agent' are real numbers"),
        (Scenario(Village(), Scold(), "complete:n=1", 60), {}, "1 agent has nobody to respond to it"),
    ],
)
def test_what_cannot_be_put_to_the_test_is_refused(scenario, options, message):
    with pytest.raises(ParameterError, match=message):
        certify(scenario, replications=30, **options)


def test_runs_that_end_within_the_window_are_refused():
    ending = opinions.small().replace({"horizon.steps": 600})
    with pytest.raises(ParameterError, match="runs end before the last period; accepted: a scenario that goes on"):
        certify(ending, at=0, replications=30)


def test_few_runs_give_no_verdict():
    certificate = certify(dilemma(Habit()), replications=20)
    assert certificate.verdict is None
    assert certificate.reason == "20 runs are too few; accepted: 30 or more"


def test_where_nobody_is_regular_nobody_deviates():
    certificate = certify(dilemma(Habit(tremble=1.0)), replications=60, seed=1)
    assert certificate.estimates["regular"].value == pytest.approx(0.5, abs=0.1)
    assert certificate.verdict == "neither"


# --- the scenario of a result ----------------------------------------------------------------------------------------


def result_of(scenario):
    """Return a result without tables, as it comes out of its folder."""
    return Result(Manifest.from_json(Manifest(scenario.name, scenario.parameters(), seed=1, num_runs=1).to_json()))


@pytest.mark.parametrize("name", environment_names())
def test_every_scenario_is_made_anew_from_its_result(name):
    small = find_module(name).small()
    assert scenario_of(result_of(small)).parameters() == small.parameters()


def test_what_no_path_names_cannot_be_made_anew():
    leaving = replace(dilemma("constant"), presence_events=(PresenceEvent(3, 0, "leave"),))
    with pytest.raises(ParameterError, match="presence_events: cannot be made anew"):
        scenario_of(result_of(leaving))


def test_an_unknown_scenario_and_changed_parameters_are_refused():
    unknown = result_of(Scenario(Village(), "constant", "complete:n=3", 60))
    with pytest.raises(ParameterError, match=r"unknown scenario 'village'.*a result of one is read with --scenario"):
        scenario_of(unknown)
    other = result_of(dilemma("constant"))
    other.parameters["environment.horns"] = 2
    with pytest.raises(ParameterError, match=r"environment\.horns"):
        scenario_of(other)


def test_sellers_know_what_competition_pays():
    market = pricing.small().environment.market(2)
    assert competitive_reward(pricing.small(), 2) == pytest.approx(market.profits(market.nash()).mean())
