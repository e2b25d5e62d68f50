"""Signals in the tables of a result: who counts as speaker and listener, and what leaves a metric undefined."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

from socialsim.core.manifest import Manifest
from socialsim.core.result import Result
from socialsim.metrics.information import conditional_information, information_by_chance, joint_counts
from socialsim.metrics.metric import metrics
from socialsim.metrics.nulls import corrected
from socialsim.metrics.signalling import (
    causal_influence,
    chain_capacity,
    code_capacity,
    communication_success,
    instantaneous_coordination,
    observation_action_information,
    positive_listening,
    positive_signallers,
    speaker_consistency,
    state_message_information,
)
from socialsim.metrics.speech import Pairs

STEPS = 400
FROM_RECORDS = (state_message_information, speaker_consistency, instantaneous_coordination)


def acts(run, agent, observation, action, reward=0.0):
    steps = np.arange(max(np.size(observation), np.size(action)))
    columns = {
        "run": run,
        "step": steps,
        "agent": agent,
        "observation": observation,
        "action": action,
        "reward": reward,
    }
    return pd.DataFrame(columns)


def messages(run, source, message, moment="speak"):
    steps = np.arange(len(message))
    columns = {"run": run, "step": steps, "source": source, "target": -1, "moment": moment, "message": message}
    return pd.DataFrame(columns).astype({"message": float})


def result(num_runs=1, **tables):
    joined = {name: pd.concat(parts, ignore_index=True) for name, parts in tables.items()}
    return Result(Manifest("signals", {}, seed=1, num_runs=num_runs), joined)


def edges(*ends):
    source, target = zip(*ends, strict=True)
    return pd.DataFrame({"run": 0, "source": source, "target": target, "weight": 1.0, "layer": ""})


def drawn(seed, num_values=2, size=STEPS):
    return np.random.default_rng(seed).integers(num_values, size=size)


def sticky(stream, size=STEPS):
    draws = stream.integers(3, size=size)
    return draws[np.maximum.accumulate(np.where(stream.random(size) < 0.1, np.arange(size), 0))]


def test_every_metric_of_signals_has_its_known_value():
    found = metrics("signalling")
    assert len(found) == 10
    assert all(metric.holds_on_known() for metric in found.values())


def test_only_neighbours_listen_where_edges_are_listed():
    state = drawn(1)
    tables = {
        "msg": [messages(0, 0, state)],
        "act": [acts(0, 0, state, state), acts(0, 1, 0, state, 1.0), acts(0, 2, 0, 1 - state)],
    }
    assert communication_success(result(**tables)).value == 0.5
    assert communication_success(result(**tables, edge=[edges((0, 1), (2, 0))])).value == 1.0
    assert communication_success(result(**tables, edge=[edges((0, 2))])).value == 0.0


def test_success_is_undefined_where_indices_of_acts_and_observations_mean_different_things():
    state, act = drawn(15), drawn(16)
    spoken = [messages(0, 0, state)]

    def reason(seen, done, earned=0.0):
        estimate = communication_success(result(msg=spoken, act=[acts(0, 0, seen, 0), acts(0, 1, 0, done, earned)]))
        assert math.isnan(estimate.value)
        return estimate.reason

    assert "what speakers observe never varies" in reason(-1, act)
    assert "what speakers observe never varies" in reason(1, act)  # its part, say
    assert "listeners do not earn more" in reason(state, act)
    assert "listeners do not earn more" in reason(state, act, np.random.default_rng(17).normal(size=STEPS))
    assert "listeners do not earn more" in reason(state, act, (state != act).astype(float))
    rows = [acts(0, 0, state, 0).assign(observation_1=state), acts(0, 1, 0, act).assign(observation_1=0)]
    assert "a row of numbers" in communication_success(result(msg=spoken, act=rows)).reason


def test_success_after_acting_is_paid_with_the_next_act():
    state = drawn(18)
    later = np.roll(np.where(drawn(19, 4) > 0, state, 1 - state), 1)
    paid = (later == np.roll(state, 1)).astype(float)
    record = {"msg": [messages(0, 0, state, "report")], "act": [acts(0, 0, state, 0), acts(0, 1, 0, later, paid)]}
    assert communication_success(result(**record)).value == pytest.approx(0.75, abs=0.06)


def test_what_is_said_after_acting_meets_the_next_act():
    said = drawn(2)
    listener = acts(0, 1, 0, np.roll(said, 1))
    record = {"act": [acts(0, 0, said, said), listener]}
    now = instantaneous_coordination(result(msg=[messages(0, 0, said)], **record))
    later = instantaneous_coordination(result(msg=[messages(0, 0, said, "report")], **record))
    assert now.value < 0.02 < 0.95 < later.value


def test_codes_that_differ_from_speaker_to_speaker_are_not_mixed():
    state = drawn(3)
    tables = {
        "msg": [messages(0, 0, state), messages(0, 1, 1 - state)],
        "act": [acts(0, 0, state, 0), acts(0, 1, state, 0)],
    }
    assert state_message_information(result(**tables)).value == pytest.approx(1, abs=0.02)


def test_silence_is_no_message():
    state = drawn(4)
    said = np.where(np.arange(STEPS) % 2, np.nan, state)
    estimate = state_message_information(result(msg=[messages(0, 0, said)], act=[acts(0, 0, state, 0)]))
    assert estimate.value == pytest.approx(1, abs=0.03)
    nothing = result(msg=[messages(0, 0, np.full(STEPS, np.nan))], act=[acts(0, 0, state, 0)])
    assert "changes 20 times or more" in state_message_information(nothing).reason


def test_messages_of_several_symbols_are_taken_whole():
    state = drawn(5, 4)
    spoken = messages(0, 0, state // 2).assign(message_1=(state % 2).astype(float))
    estimate = state_message_information(result(msg=[spoken], act=[acts(0, 0, state, 0)]))
    assert estimate.value == pytest.approx(2, abs=0.05)


def test_half_a_code_has_its_capacity_whatever_was_drawn():
    state = np.random.default_rng(6).choice(3, p=[0.8, 0.1, 0.1], size=2000)
    record = {"msg": [messages(0, 0, np.minimum(state, 1))]}
    record |= {"act": [acts(0, 0, state, 0), acts(0, 1, 0, np.minimum(state, 1))]}
    for capacity in (code_capacity, chain_capacity):
        assert capacity(result(**record)).value == pytest.approx(1, abs=0.01)
    assert state_message_information(result(**record)).value == pytest.approx(0.722, abs=0.03)


def test_speakers_are_tested_one_by_one():
    state = drawn(7)
    tables = {
        "msg": [messages(0, 0, state), messages(0, 1, np.zeros(STEPS))],
        "act": [acts(0, 0, state, 0), acts(0, 1, state, 0)],
    }
    assert positive_signallers(result(**tables)).value == 0.5


def test_acts_that_are_messages_make_no_consistency():
    state = drawn(8)
    estimate = speaker_consistency(result(msg=[messages(0, 0, state)], act=[acts(0, 0, 0, state)]))
    assert "each act equals its message" in estimate.reason
    keeps_word = result(msg=[messages(0, 0, state)], act=[acts(0, 0, 0, 1 - state)])
    assert speaker_consistency(keeps_word).value == pytest.approx(1, abs=0.02)


def test_information_from_sums_is_that_of_the_tables():
    stream = np.random.default_rng(12)
    record = [np.c_[stream.integers(3, size=size), stream.integers(-1, 4, size=(size, 5))] for size in (70, 90)]
    pairs = Pairs([record], 3, 4)
    tables = pairs.tables(record)
    assert tables.shape == (10, 3, 4)
    assert pairs.information(record) == pytest.approx(float(conditional_information(tables)), abs=1e-12)


def test_what_speakers_say_is_shifted_by_one_share_and_listeners_stay():
    record = [np.c_[np.arange(size), np.arange(size), np.arange(size)] for size in (160, 160, 320)]
    pairs, stream = Pairs([record], 320, 320), np.random.default_rng(1)
    shifts = []
    for _ in range(200):
        turned = pairs.turned(record, stream)
        assert all((now[:, 1:] == before[:, 1:]).all() for now, before in zip(turned, record, strict=True))
        found = [int(now[50, 1] - now[50, 0]) for now in turned]
        assert found[0] == found[1]
        assert abs(found[2] - 2 * found[0]) <= 2
        shifts.append(found[0])
    assert set(shifts) == set(range(-20, 0)) | set(range(1, 21))


def test_counts_of_a_hundred_plays_of_ten_by_ten_values_show_nothing_where_nothing_is():
    stream, values, p_values = np.random.default_rng(14), [], []
    for _ in range(60):
        table = joint_counts(stream.integers(10, size=100), stream.integers(10, size=100))
        seen, done = np.indices(table.shape)
        cells = {"run": 0, "agent": 0, "observation": seen.ravel(), "action": done.ravel(), "reward": 0.0}
        estimate = observation_action_information(result(count=[pd.DataFrame(cells | {"count": table.ravel()})]))
        values.append(estimate.value)
        p_values.append(estimate.p_value)
    assert abs(np.mean(values)) < 3 * np.std(values) / math.sqrt(60)
    assert np.count_nonzero(np.array(p_values) <= 0.05) <= binom.ppf(0.99, 60, 0.05)


def test_agents_that_see_one_thing_do_not_dilute_what_the_others_tell():
    cells = pd.DataFrame({"agent": [0, 0, 1], "observation": [0, 1, 0], "action": [1, 0, 0], "count": [40, 40, 900]})
    cells = cells.assign(run=0, reward=0.0)
    by_chance = float(information_by_chance([[0, 40], [40, 0]]))
    estimate = observation_action_information(result(count=[cells]))
    assert (estimate.value, estimate.null_mean) == pytest.approx((1 - by_chance, by_chance))
    assert estimate.p_value == 0.005
    blind = observation_action_information(result(count=[cells[cells.agent == 1]]))
    assert blind.reason == "no agent observed more than one thing"


def sticky_pair(stream):
    return [np.c_[sticky(stream), sticky(stream)]]


def listeners_in_step(stream):
    """Return twenty listeners who mostly do alike, whatever is said."""
    common = stream.integers(2, size=(200, 1))
    return [np.c_[stream.integers(2, size=200), np.where(stream.random((200, 20)) < 0.9, common, 1 - common)]]


def speakers_in_step(stream):
    """Return ten speakers who see one thing and mostly say alike, whatever it is."""
    common, seen = stream.integers(2, size=(2, 200))
    return [np.c_[np.where(stream.random(200) < 0.9, common, 1 - common), seen] for _ in range(10)]


def learners(stream):
    """Return four speakers and three listeners each who drift from .9 to .1, each for itself."""
    chance = np.linspace(0.9, 0.1, 500)[:, None]
    return [np.c_[stream.random((500, 1)) < chance, stream.random((500, 3)) < chance].astype(int) for _ in range(4)]


@pytest.mark.parametrize("draw", [sticky_pair, listeners_in_step, speakers_in_step, learners])
def test_agents_that_do_not_listen_are_seldom_found_to(draw):
    stream = np.random.default_rng(9)
    records = [draw(stream) for _ in range(120)]
    pairs = Pairs(records, 3, 3)
    found = np.array([corrected(pairs.information, each, pairs.turned, 39, seed) for seed, each in enumerate(records)])
    assert (found[:, 2] <= 0.05).sum() <= binom.ppf(0.99, 120, 0.05)
    assert abs(found[:, 0].mean()) < 3 * found[:, 0].std() / math.sqrt(120)


def test_null_draws_bring_a_result_of_sticky_agents_to_nothing():
    stream, runs = np.random.default_rng(13), range(30)
    record = {"msg": [messages(r, 0, sticky(stream)) for r in runs]}
    record["act"] = [acts(r, 0, sticky(stream), sticky(stream)) for r in runs]
    record["act"] += [acts(r, 1, 0, sticky(stream)) for r in runs]
    for metric in FROM_RECORDS:
        estimate = metric(result(30, **record))
        assert estimate.low < 0 < estimate.high
        assert estimate.null_mean > 0.03


def test_runs_too_short_and_records_that_lack_something_give_no_number():
    state = drawn(10, size=19)
    short = result(msg=[messages(0, 0, state)], act=[acts(0, 0, state, 0)])
    assert "changes 20 times or more" in state_message_information(short).reason
    assert "changes 20 times or more" in positive_signallers(short).reason
    still = result(msg=[messages(0, 0, np.ones(STEPS))], act=[acts(0, 0, 1, np.ones(STEPS))])
    assert "changes 20 times or more" in state_message_information(still).reason
    assert "needs the table 'msg'" in communication_success(result(act=[acts(0, 0, state, 0)])).reason
    assert "a call of probe()" in causal_influence(short).reason
    assert 'record="counts"' in observation_action_information(short).reason


def test_real_numbers_and_nothing_observed_are_told():
    state = drawn(11)
    real = result(msg=[messages(0, 0, state + 0.5)], act=[acts(0, 0, state, 0)])
    assert "column 'message' holds real numbers" in state_message_information(real).reason
    blind = result(msg=[messages(0, 0, state)], act=[acts(0, 0, -1, state)])
    assert "speakers observe nothing" in state_message_information(blind).reason


def asked(*rows):
    """Return a result of ``probe`` from rows of observation, message, action and probability."""
    table = pd.DataFrame(rows, columns=["observation", "message", "action", "probability"])
    return result(probe=[table.assign(run=0, step=5, agent=1)])


def test_influence_needs_two_messages_and_listening_needs_silence():
    one = asked((0, 1.0, 0, 1.0), (0, np.nan, 0, 0.5), (0, np.nan, 1, 0.5))
    assert causal_influence(one).reason == "probe() was not called with two messages or more"
    assert positive_listening(one).value == 0.5
    two = asked((0, 0.0, 0, 1.0), (0, 1.0, 1, 1.0))
    assert causal_influence(two).value == 1.0
    assert "once without any" in positive_listening(two).reason


def test_probabilities_that_do_not_sum_to_one_give_no_number():
    wrong = asked((0, 0.0, 0, 0.9), (0, 1.0, 1, 1.0))
    assert "0.9 in all for step, agent, observation = (5, 1, 0)" in causal_influence(wrong).reason
