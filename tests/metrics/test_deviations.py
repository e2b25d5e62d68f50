import math
from typing import NamedTuple

import numpy as np
import pytest

from socialsim.core.compiled import compiled
from socialsim.engine.fork import Force, fork
from socialsim.engine.interface import Learner
from socialsim.engine.scenario import Scenario
from socialsim.environments.repeated_game import RepeatedGame
from socialsim.metrics.deviations import (
    best_response_gap,
    branches_by_run,
    deviation_cost,
    first_difference,
    paired_difference,
    return_after_shock,
)
from socialsim.metrics.records import act_table, constructed

GAME = RepeatedGame(payoffs=((3.0, 0.0), (5.0, 1.0)))


class Rule(NamedTuple):
    """Nothing is remembered."""

    num_actions: int


class Grim(Learner):
    """Cooperates at first and after mutual cooperation, and never otherwise."""

    def state(self, specification, num_agents):
        """Return the constants."""
        return Rule(specification.num_actions)

    @staticmethod
    @compiled
    def act(learner, i, observation, stream):
        """Return whether anybody has defected."""
        return 0 if observation <= 1 else 1


def forked(learner, branches):
    scenario = Scenario(GAME, learner, "path:n=2", 40)
    return fork(scenario, branches, at=20, steps=8, replications=4, seed=1)


def by_hand(**branches):
    """Return a fork of one run whose branches are tables of actions and of rewards."""
    tables = []
    for name, (actions, rewards) in branches.items():
        table = act_table(actions, rewards=rewards)
        tables.append(table | {"branch": np.full(len(table["run"]), name)})
    return constructed(fork={name: np.concatenate([table[name] for table in tables]) for name in tables[0]})


def test_grim_players_make_a_deviation_dear_and_unconditional_ones_do_not():
    deviation = {"deviation": [Force(0, action=1)]}
    grim = forked(Grim(), deviation)
    assert deviation_cost(grim).value == 7 * 3 - 7 * 1
    assert best_response_gap(grim).value == 0.0
    naive = forked("constant:action=0", deviation)
    assert deviation_cost(naive).value == 0.0
    assert best_response_gap(naive).value == 2.0


def test_who_is_forced_is_who_first_acts_otherwise():
    run = branches_by_run(forked("constant:action=0", {"deviation": [Force(1, action=1, after=2)]}))[0]
    step, agents = first_difference(run["deviation"], run["baseline"])
    assert (step, agents.tolist()) == (2, [1])
    assert first_difference(run["baseline"], run["baseline"])[0] == -1


def test_a_forced_act_that_changes_nothing_is_no_deviation():
    result = forked("constant:action=0", {"deviation": [Force(0, action=0)]})
    assert deviation_cost(result).reason == "in no run did the forced act differ from what the agent did anyway"
    assert best_response_gap(result).value == 0.0
    assert return_after_shock(result).reason == "the shock destroyed nothing of what most agents do"


def test_the_cost_is_measured_against_the_placebo_where_there_is_one():
    acts, forced = np.zeros((3, 2), int), np.array([[1, 0], [0, 0], [0, 0]])
    pays = {"baseline": np.full((3, 2), 9.0), "placebo": np.full((3, 2), 7.0), "deviation": np.full((3, 2), 4.0)}
    other = np.array([[2, 0], [0, 0], [0, 0]])
    without = {"baseline": (acts, pays["baseline"]), "deviation": (forced, pays["deviation"])}
    with_placebo = by_hand(placebo=(other, pays["placebo"]), **without)
    assert deviation_cost(with_placebo).value == 2 * 7 - 2 * 4
    assert deviation_cost(by_hand(**without)).value == 2 * 9 - 2 * 4


def test_the_best_of_several_deviations_is_chosen_in_one_half_of_the_runs_and_measured_in_the_other():
    one = forked("constant:action=0", {"deviation": [Force(0, action=1)]})
    two = forked("constant:action=0", {"long": [Force(0, action=1, steps=5)], "short": [Force(0, action=1)]})
    assert best_response_gap(one).method == "Student, 95%"
    assert best_response_gap(two).value == 10.0
    assert best_response_gap(two).num_runs == 4
    assert deviation_cost(two).reason.startswith("the table 'fork' has the branches baseline, long, short; accepted:")


@pytest.mark.parametrize(("back_at", "expected"), [(1, 1.0), (8, 0.0), (7, 0.5)])
def test_a_shock_is_forgotten_or_not(back_at, expected):
    before, after = np.zeros((8, 4), int), np.zeros((8, 4), int)
    after[:back_at, :2] = 1
    result = by_hand(baseline=(before, 0.0), deviation=(after, 0.0))
    assert return_after_shock(result).value == pytest.approx(expected)


def test_pairs_in_which_one_is_undefined_are_left_out():
    assert paired_difference([1.0, math.nan, 3.0], [0.0, 0.0, 2.0]).num_runs == 2
    assert paired_difference([math.nan], [1.0]).reason == "no runs"


def noisy_fork(stream, num_runs, num_branches):
    """Return runs in which each branch forces an act that is worth nothing but noise."""
    tables = []
    for name in ["baseline", *(f"b{k}" for k in range(num_branches))]:
        actions = np.full((num_runs, 1, 1), int(name != "baseline"))
        rewards = stream.normal(size=actions.shape) * (name != "baseline")
        table = act_table(actions, rewards=rewards)
        tables.append(table | {"branch": np.full(num_runs, name)})
    return constructed(fork={name: np.concatenate([table[name] for table in tables]) for name in tables[0]})


def test_noise_in_several_branches_is_no_gap():
    stream = np.random.default_rng(1)
    found = [best_response_gap(noisy_fork(stream, 8, 4)).value for _ in range(40)]
    assert abs(np.mean(found)) < 4 * np.std(found) / math.sqrt(40)  # the maximum of the means: .36
    assert best_response_gap(noisy_fork(stream, 1, 4)).reason.startswith("one run cannot both choose")


def test_a_reward_that_is_no_number_is_refused_in_words():
    acts = np.zeros((2, 1), int)
    result = by_hand(baseline=(acts, [[1.0], [math.nan]]), deviation=(acts + 1, 1.0))
    expected = "'reward' of 'fork' holds nan (run 0, step 1, agent 0); accepted: finite numbers"
    assert best_response_gap(result).reason == expected
