"""Running: arguments, records, interruption."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from socialsim.core.errors import ParameterError, ResultError
from socialsim.core.result import Result
from socialsim.engine import run as run_module
from socialsim.engine.recording import parse_stream_key, stream_key
from socialsim.engine.run import run
from socialsim.engine.simulation import Simulation
from socialsim.environments import encounters, epistemic, opinions, repeated_game, signalling
from socialsim.testing.contracts import fingerprint


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"replications": 0}, "replications: 0 is not accepted; accepted: an integer >= 1"),
        ({"replications": 1.5}, "replications: 1.5"),
        ({"replications": True}, "replications: True"),
        ({"seed": -1}, "seed: -1 is not accepted; accepted: an integer >= 0"),
        ({"threads": 0}, "threads: 0"),
        ({"record": "all"}, "record: 'all' is not accepted; accepted: 'none', 'counts' or 'events'"),
        ({"record_every": 0}, "record_every: 0 is not accepted"),
        ({"first_replication": -1}, "first_replication: -1"),
    ],
)
def test_a_wrong_argument_is_named_with_what_is_accepted(arguments, message):
    with pytest.raises(ParameterError, match=message):
        run(epistemic.small(), **arguments)


def test_a_run_ends_where_its_horizon_or_its_community_says():
    result = run(epistemic.small().replace({"horizon.steps": 8}), replications=60, seed=1)
    assert set(result.runs.stop) == {"settled", "horizon"}
    assert (result.runs.steps[result.runs.stop == "horizon"] == 8).all()
    assert (result.runs.verdict[result.runs.stop == "horizon"] == -1).all()


def test_counts_are_what_events_add_up_to():
    events = run(repeated_game.small(), replications=4, seed=2, record="events").table("act")
    counts = run(repeated_game.small(), replications=4, seed=2, record="counts").table("count")
    keys = ["run", "agent", "observation", "action"]
    added = events.groupby(keys).agg(count=("reward", "size"), reward=("reward", "sum")).reset_index()
    assert added.equals(counts.sort_values(keys).reset_index(drop=True)[added.columns.tolist()].astype(added.dtypes))


def test_an_event_loop_lists_one_act_an_event():
    result = run(opinions.small(), replications=3, seed=2, record="events")
    assert result.table("act").groupby("run").size().tolist() == result.runs.steps.tolist()


def test_acts_may_be_real_numbers_and_rows_of_them():
    acts = run(encounters.small(), replications=2, seed=2, record="events").table("act")
    assert acts.action.between(0, 1).all()
    assert {"observation", "observation_1"} <= set(acts)
    whole = run(opinions.small(), replications=2, seed=2, record="events").table("act")
    assert (whole.observation.dtype, whole.action.dtype) == (np.int64, np.int64)


def test_messages_are_listed_with_who_said_what():
    messages = run(signalling.small(), replications=2, seed=2, record="events").table("msg")
    assert set(messages.source[messages.message.notna()]) == {0}
    assert set(messages.message.dropna()) <= {0.0, 1.0, 2.0}


class Grudge(repeated_game.RepeatedGame):
    """Whoever meets a defection sanctions it, which no payoff knows of."""

    def sanctions(self, state):
        row, target = np.nonzero(state.last == 1)
        return {"row": row, "source": 1 - target, "target": target, "cost": np.ones(len(row)), "loss": 3.0 * row**0}


def test_sanctions_are_listed_with_who_sanctioned_whom():
    scenario = replace(repeated_game.small(), environment=Grudge())
    result = run(scenario, replications=3, seed=2, record="events")
    sanctions, acts = result.table("sanction"), result.table("act")
    assert len(sanctions) > 0
    assert sanctions.step.min() >= 0
    assert (sanctions.source == 1 - sanctions.target).all()
    defections = acts[acts.action == 1].sort_values(["run", "step", "agent"])
    listed = sanctions.sort_values(["run", "step", "target"])
    assert listed[["run", "step", "target"]].to_numpy().tolist() == defections[["run", "step", "agent"]].values.tolist()
    assert set(sanctions.loss) == {3.0}
    with pytest.raises(ResultError, match="sanction"):
        run(repeated_game.small(), seed=2, record="events").table("sanction")


def test_a_time_course_begins_at_zero_and_ends_with_the_run():
    result = run(epistemic.small(), replications=5, seed=1)
    course = result.series.groupby("run").step
    assert (course.min() == 0).all()
    assert np.array_equal(course.max(), result.runs.steps)


def test_a_time_course_can_be_coarse_or_left_out():
    assert run(repeated_game.small(), seed=1, record_every=10).series.step.tolist() == [0, 10, 20, 30]
    assert "series" not in run(epistemic.small(), seed=1, record_every=None).tables


def test_recording_changes_no_run():
    plain = run(repeated_game.small(), replications=3, seed=4, record_every=None)
    for record in ("none", "counts", "events"):
        assert run(repeated_game.small(), replications=3, seed=4, record=record).runs.equals(plain.runs)


def interrupted(scenario, monkeypatch, **arguments):
    """Return a result that was stopped after the first slice of work."""
    calls = []

    def stop_soon(self, simulation, until):
        row = simulation.advance(until, budget=40)
        calls.append(row)
        if len(calls) >= 3:
            self.stop.set()
        return row >= len(simulation.clock)

    with monkeypatch.context() as patch:
        patch.setattr(run_module._Job, "_advance", stop_soon)
        return run(scenario, **arguments)


@pytest.mark.parametrize("module", [epistemic, opinions, signalling, repeated_game])
def test_an_interrupted_run_resumes_to_the_same_bits(module, monkeypatch, tmp_path):
    arguments = {"replications": 6, "seed": 9, "threads": 1, "chunk": 2}
    partial = interrupted(module.small(), monkeypatch, **arguments)
    assert partial.status == "interrupted"
    assert "interrupted" in set(partial.runs.stop)
    reloaded = Result.load(partial.save(tmp_path / "partial"))
    completed = run(module.small(), **arguments, resume=reloaded)
    assert completed.status == "complete"
    assert fingerprint(completed) == fingerprint(run(module.small(), **arguments))


def test_only_a_result_of_the_same_run_can_be_resumed(monkeypatch):
    arguments = {"replications": 4, "seed": 9, "threads": 1, "chunk": 2}
    partial = interrupted(epistemic.small(), monkeypatch, **arguments)
    with pytest.raises(ParameterError, match=r"resume: the result differs in environment.effect, seed"):
        run(epistemic.small().replace({"environment.effect": 0.04}), **(arguments | {"seed": 8}), resume=partial)
    with pytest.raises(ParameterError, match="other replications"):
        run(epistemic.small(), replications=1, first_replication=7, seed=9, resume=partial)


@pytest.mark.compiled
def test_a_time_limit_stops_a_long_run():
    scenario = repeated_game.scenario().replace({"horizon.steps": 10**9})
    result = run(scenario, replications=2, seed=1, time_limit=0.2, record_every=None)
    assert result.status == "interrupted"
    assert (result.runs.steps > 0).all()


def test_progress_reaches_the_number_of_runs():
    seen = []
    run(epistemic.small(), replications=20, seed=1, chunk=2, progress=seen.append)
    assert seen[-1].num_ended == seen[-1].num_runs == 20


def test_an_error_in_one_chunk_ends_the_run(monkeypatch):
    def fail(self, *arguments, **keywords):
        raise ParameterError("no such thing")

    monkeypatch.setattr(Simulation, "advance", fail)
    with pytest.raises(ParameterError, match="no such thing"):
        run(epistemic.small(), replications=8, chunk=1)


def test_a_stream_key_replays_its_run():
    result = run(epistemic.small(), replications=5, seed=3, point_words=(7, 300))
    seed, words, replication = parse_stream_key(result.runs.stream_key[4])
    alone = run(epistemic.small(), seed=seed, point_words=words, first_replication=replication)
    assert alone.runs.steps[0] == result.runs.steps[4]
    assert alone.runs.stream_key[0] == stream_key(3, (7, 300), 4)


@pytest.mark.parametrize("key", ["", "7", "a:b", "1:2:3:4", "-1:0", "1:zz:0", "1:ffffffffff:0", "1:-1"])
def test_a_malformed_stream_key_is_refused(key):
    with pytest.raises(ParameterError, match="accepted: SEED:REPLICATION"):
        parse_stream_key(key)


def test_a_random_network_is_drawn_anew_for_each_replication_unless_it_is_shared():
    scenario = epistemic.small().replace({"network": "erdos_renyi:n=12,p=0.4"})
    apart = run(scenario, replications=3, seed=1, record="counts").edges
    shared = run(scenario.replace({"network.shared": True}), replications=3, seed=1, record="counts").edges
    edges = [set(zip(part.source, part.target, strict=True)) for _, part in apart.groupby("run")]
    assert edges[0] != edges[1] != edges[2]
    same = [set(zip(part.source, part.target, strict=True)) for _, part in shared.groupby("run")]
    assert same[0] == same[1] == same[2]
