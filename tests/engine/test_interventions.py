"""Fork and probe: interventions leave everything else as it was."""

from __future__ import annotations

import numpy as np
import pytest

from socialsim.core.errors import ParameterError
from socialsim.engine.fork import Force, fork
from socialsim.engine.probe import probe
from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.engine.simulation import Simulation
from socialsim.environments import deliberation, epistemic, opinions, repeated_game, signalling


def pivot(result, branch, column="action"):
    table = result.table("fork")
    return table[table.branch == branch].set_index(["run", "step", "agent"])[column]


def test_a_placebo_that_forces_what_is_done_anyway_changes_nothing():
    baseline = pivot(fork(repeated_game.small(), {}, at=10, steps=5, replications=4, seed=1), "baseline")
    for number in range(4):
        action = int(baseline.loc[number, 10, 0])
        result = fork(repeated_game.small(), {"placebo": [Force(0, action)]}, at=10, steps=5, replications=4, seed=1)
        assert pivot(result, "placebo").loc[number].equals(pivot(result, "baseline").loc[number])


def test_a_deviation_is_made_for_as_long_as_it_is_forced():
    result = fork(repeated_game.small(), {"deviation": [Force(1, 0, after=1, steps=3)]}, at=10, steps=6, seed=1)
    deviation = pivot(result, "deviation")
    assert deviation.loc[0, 11:13, 1].tolist() == [0, 0, 0]
    assert deviation.loc[0, 10].equals(pivot(result, "baseline").loc[0, 10])


def test_agents_beyond_the_reach_of_a_deviation_draw_the_same_numbers():
    scenario = epistemic.small().replace(
        {"network": "cycle:n=20", "learner": "thompson", "environment.trials": 3, "horizon.steps": 30}
    )
    result = fork(scenario, {"deviation": [Force(0, 0)]}, at=5, steps=4, replications=6, seed=2)
    for column in ("action", "reward"):
        baseline, deviation = pivot(result, "baseline", column), pivot(result, "deviation", column)
        far = [9, 10, 11]  # news travels one link a step
        assert np.array_equal(baseline.loc[:, :, far], deviation.loc[:, :, far])


def test_a_deviation_reaches_the_neighbours():
    scenario = epistemic.small().replace({"network": "cycle:n=6", "environment.effect": 0.4, "learner": "thompson"})
    result = fork(scenario, {"deviation": [Force(0, 0, steps=10)]}, at=0, steps=10, replications=20, seed=2)
    assert not pivot(result, "baseline").loc[:, :, 1].equals(pivot(result, "deviation").loc[:, :, 1])


def test_events_fork_as_steps_do():
    result = fork(opinions.small(), {"deviation": [Force(0, 1, steps=20)]}, at=3, steps=20, replications=5, seed=4)
    forced = result.table("fork").query("branch == 'deviation' and agent == 0")
    assert len(forced)
    assert (forced.action == 1).all()


@pytest.mark.parametrize(
    ("branches", "message"),
    [
        ({"deviation": [Force(7, 0)]}, "agent 7 is not accepted; accepted: 0 to 1"),
        ({"deviation": [Force(0, 2)]}, "action 2 is not accepted; accepted: 0 to 1"),
        ({"deviation": [Force(0, 0), Force(0, 1)]}, "each once"),
        ({"deviation": [Force(0, 0, steps=0)]}, "steps >= 1"),
        ({"baseline": []}, "'baseline' is added by itself"),
    ],
)
def test_an_impossible_intervention_is_refused(branches, message):
    with pytest.raises(ParameterError, match=message):
        fork(repeated_game.small(), branches, at=5, steps=5, seed=1)


def test_a_fork_must_lie_within_the_horizon():
    with pytest.raises(ParameterError, match="within the horizon of 30 steps"):
        fork(repeated_game.small(), {}, at=28, steps=5)


def test_a_probe_finds_the_share_of_balls_in_an_urn():
    simulation = Simulation(signalling.small(), seed=1, replications=[0])
    simulation.advance(40)
    receiver = simulation.learners["receiver"]
    table = probe(simulation, 1, [0], messages=[0.0, 1.0, 2.0], sender=0, num_draws=4000)
    for message in range(3):
        shares = receiver.weights[0, 0, message] / receiver.weights[0, 0, message].sum()
        here = table["message"] == message
        assert np.allclose(table["probability"][here], shares[table["action"][here]], atol=0.04)


def test_a_probe_leaves_the_simulation_as_it_was():
    asked, left = (Simulation(repeated_game.small(), seed=1, replications=[0, 1]) for _ in range(2))
    asked.advance(10)
    left.advance(10)
    probe(asked, 0, [0, 1, 2, 3, 4], num_draws=50)
    asked.advance(30)
    left.advance(30)
    for name, values in asked.snapshot().items():
        assert np.array_equal(values, left.snapshot()[name]), name


def test_a_probe_with_messages_needs_somebody_who_hears():
    simulation = Simulation(repeated_game.small(), seed=1, replications=[0])
    simulation.advance(2)
    with pytest.raises(ParameterError, match="the learner q_learning hears no messages"):
        probe(simulation, 0, [0], messages=[1.0])
    with pytest.raises(ParameterError, match="agent_index: 5"):
        probe(simulation, 5, [0])


def settling(**parameters):
    learner = "q_learning:alpha=0.5,beta=0.1,patience=5"
    return Scenario(repeated_game.RepeatedGame(), learner, "path:n=2", 300).replace(parameters)


def test_runs_fork_where_each_has_settled_and_go_on_together():
    result = fork(settling(), {}, at="settled", steps=4, replications=30, seed=1)
    ended = run(settling(), replications=30, seed=1).runs
    settled = ended[ended.stop == "settled"]
    table = result.table("fork")
    assert len(settled.steps.unique()) > 1
    assert table.run.unique().tolist() == settled.run.tolist()
    assert table.step.unique().tolist() == list(range(settled.steps.max(), settled.steps.max() + 4))
    assert (result.num_runs, result.parameters["fork.replications"]) == (len(settled), 30)


def test_a_function_of_the_past_forces_another_action_in_each_run():
    seen = []

    def branches(settled):
        seen.append(1 - settled.engine.actions[:, 0])
        return {"deviation": [Force(0, seen[0])]}

    table = fork(settling(), branches, at="settled", steps=2, replications=30, seed=1).table("fork")
    first = table[(table.branch == "deviation") & (table.step == table.step.min()) & (table.agent == 0)]
    assert first.action.tolist() == seen[0].tolist()


def test_a_fork_is_at_a_step_or_where_all_have_settled():
    with pytest.raises(ParameterError, match="at: 'end' is not accepted; accepted: a step, or 'settled'"):
        fork(settling(), {}, at="end", steps=1)


def test_nothing_forks_where_nobody_settles():
    with pytest.raises(ParameterError, match="in no run had all settled within 2 steps; accepted: a longer horizon"):
        fork(settling(**{"horizon.steps": 2}), {}, at="settled", steps=1, seed=1)


def test_actions_must_be_one_or_one_for_each_run():
    with pytest.raises(ParameterError, match=r"\(3,\) actions for 2 runs; accepted: one, or one each"):
        fork(repeated_game.small(), {"deviation": [Force(0, np.zeros(3))]}, at=5, steps=5, replications=2, seed=1)


def test_actions_that_are_real_numbers_can_be_forced_and_are_listed():
    community = deliberation.scenario().replace({"network": "complete:n=5", "horizon.steps": 30})
    table = fork(community, {"deviation": [Force(0, action=0.9)]}, at=2, steps=2, replications=2).table("fork")
    forced = table[(table.branch == "deviation") & (table.agent == 0)].action
    assert forced.iloc[0] == 0.9
    assert table.action.dtype == float
