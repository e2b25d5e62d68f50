"""Choices: files that are read, files that are refused, and acts of a run."""

import numpy as np
import pytest

from socialsim.core.errors import ParameterError, ResultError
from socialsim.engine.run import run
from socialsim.environments import opinions, repeated_game
from socialsim.inference.choices import Choices, choices_of, read_choices

GOOD = "subject,trial,action,reward\nAda,1,left,0\nBen,7,right,1\nAda,2,right,1.5\nBen,8,left,0\n"


@pytest.fixture
def read(tmp_path):
    def call(text, actions=None):
        path = tmp_path / "choices.csv"
        path.write_text(text)
        return read_choices(path, actions)

    return call


def test_rows_may_come_in_any_order_of_subjects(read):
    choices = read(GOOD)
    assert (choices.subjects, choices.actions) == (("Ada", "Ben"), ("left", "right"))
    assert choices.start.tolist() == [0, 2, 4]
    assert choices.action.tolist() == [0, 1, 1, 0]
    assert choices.reward.tolist() == [0.0, 1.5, 1.0, 0.0]
    assert choices.of_subject(1).reward.tolist() == [1.0, 0.0]


def test_a_block_is_a_sequence_of_its_own(read):
    rows = ["Ada,1,1,x,0,1", "Ada,1,2,y,1,0", "Ada,2,1,x,1,1"]
    choices = read("subject,block,trial,observation,action,reward\n" + "\n".join(rows))
    assert (choices.num_subjects, choices.start.tolist()) == (1, [0, 2, 3])
    assert choices.observation.tolist() == [0, 1, 0]
    assert choices.of_subject(0).start.tolist() == [0, 2, 3]


def test_numbered_actions_are_in_the_order_of_the_numbers(read):
    rows = [f"Ada,{trial},{trial},0" for trial in range(1, 12)]
    choices = read("subject,trial,action,reward\n" + "\n".join(rows))
    assert choices.actions == tuple(map(str, range(1, 12)))


def test_foregone_payoffs_stand_in_the_order_of_actions(read):
    header = "subject,trial,action,reward,foregone_right,foregone_left\n"
    choices = read(header + "Ada,1,left,2,5,2\nAda,2,right,4,4,1\n")
    assert choices.payoffs.tolist() == [[2.0, 5.0], [1.0, 4.0]]


def test_actions_that_nobody_chose_are_named_by_the_caller(read):
    assert read(GOOD, actions=["left", "middle", "right"]).action.tolist() == [0, 2, 2, 0]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("Ada,2,right,1.5", "Ada,2,right,nan"), "line 4, column 'reward': 'nan' is not accepted; accepted: a finite"),
        (("Ada,2,right,1.5", "Ada,2,right,"), "line 4, column 'reward': '' is not accepted"),
        (("Ada,2,right", "Ada,4,right"), "line 4, column 'trial': '4' is not accepted; accepted: 2, which follows"),
        (("Ada,2,right", "Ada,1,right"), "line 4, column 'trial': '1' is not accepted; accepted: 2"),
        (("Ada,2", "Ada,two"), "line 4, column 'trial': 'two' is not accepted; accepted: a whole number"),
        (("Ada,2,right,1.5", "Ada,2,right"), "line 4: 3 cells; accepted: 4, as the header"),
        (("Ben,7,right", ",7,right"), "line 3, column 'subject': '' is not accepted; accepted: a name"),
        (("Ben,7,right", "Ben,7,"), "line 3, column 'action': '' is not accepted"),
        (("subject,", "person,"), "line 1: unknown column 'person'"),
        (("action,", "actoin,"), "line 1: unknown column 'actoin'; did you mean 'action'?"),
        (("reward\n", "trial\n"), "line 1: the column 'trial' stands there twice"),
        (("trial,action,reward", "trial,action,block"), "line 1: the column 'reward' is missing"),
    ],
)
def test_what_is_wrong_is_named_with_its_place(read, change, words):
    with pytest.raises(ParameterError) as error:
        read(GOOD.replace(*change))
    assert "choices.csv, " + words in str(error.value)


@pytest.mark.parametrize(
    ("text", "actions", "words"),
    [
        (GOOD, ["left", "up"], "line 3, column 'action': 'right' is not accepted; accepted: left, up"),
        (GOOD, ["left", "left"], "accepted: different names"),
        ("subject,trial,action,reward\nAda,1,0,0\nAda,2,2,1\n", None, "0, 2, 1 is not among them"),
        ("subject,trial,action,reward\nAda,1,left,0\n", None, "nobody chose anything but left"),
        ("subject,trial,action,reward,foregone_a\nAda,1,b,0,1\n", None, "line 2, column 'action': 'b'"),
        ("subject,trial,action,reward,foregone_a\nAda,1,a,0,1\n", ["a", "b"], "a column for each action, foregone_a"),
        ("subject,trial,action,reward\n", None, "it has no choices"),
    ],
)
def test_unknown_and_missing_actions_are_refused(read, text, actions, words):
    with pytest.raises(ParameterError) as error:
        read(text, actions)
    assert words in str(error.value)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (["1,0", "01,0", "2,1"], "line 3, column 'action': '01' is not accepted; accepted: one way to write 1"),
        (["a,0", "NA,0", "b,1"], "line 3, column 'action': 'NA' is not accepted; accepted: the name of an action"),
        (["a,0", "b,0", "nan,1"], "line 4, column 'action': 'nan' is not accepted"),
    ],
)
def test_actions_with_two_names_and_missing_ones_are_refused(read, rows, words):
    with pytest.raises(ParameterError) as error:
        read("subject,trial,action,reward\n" + "\n".join(f"Ada,{k},{row}" for k, row in enumerate(rows)))
    assert "choices.csv, " + words in str(error.value)
    named = read("subject,trial,action,reward\nAda,1,NA,0\nAda,2,SA,1\n", ["NA", "SA"])  # continents
    assert named.actions == ("NA", "SA")


@pytest.mark.parametrize(
    ("seen", "words"),
    [
        (["x", "", "y"], "line 3, column 'observation': '' is not accepted; accepted: the name of an observation"),
        (["x", "y", "n/a"], "line 4, column 'observation': 'n/a' is not accepted"),
        (["1", "2", "+1"], None),
        (["1", "2", "001"], "line 4, column 'observation': '001' is not accepted; accepted: one way to write 1"),
    ],
)
def test_observations_with_two_names_and_missing_ones_are_refused(read, seen, words):
    text = "subject,trial,observation,action,reward\n"
    text += "\n".join(f"Ada,{k},{cell},{'ab'[k % 2]},0" for k, cell in enumerate(seen))
    if words is None:
        assert read(text).observations == ("+1", "1", "2")
        return
    with pytest.raises(ParameterError) as error:
        read(text)
    assert "choices.csv, " + words in str(error.value)


def test_a_reward_that_contradicts_what_the_action_has_paid_is_refused(read):
    header = "subject,trial,action,reward,foregone_right,foregone_left\n"
    with pytest.raises(ParameterError) as error:
        read(header + "Ada,1,left,2,5,2\nAda,2,right,3,4,1\n")
    assert "line 3, column 'foregone_right': '4' is not accepted; accepted: 3, which the action" in str(error.value)
    assert read(header + "Ada,1,left,0.3,5,0.30000000000000004\n").num_trials == 1


def test_a_file_that_is_none_is_refused(tmp_path):
    with pytest.raises(ParameterError, match="cannot be read"):
        read_choices(tmp_path / "none.csv")


def test_acts_of_a_run_are_choices():
    result = run(repeated_game.small(), replications=2, seed=1, record="events")
    choices = choices_of(result, 2, 5, agents=[1])
    acts = result.table("act").query("run == 1 and agent == 1").sort_values("step")
    assert choices.subjects == ("run 0, agent 1", "run 1, agent 1")
    assert choices.of_subject(1).action.tolist() == acts.action.tolist()
    assert choices.of_subject(1).observation.tolist() == acts.observation.tolist()


def test_a_result_without_acts_says_what_to_ask_for():
    with pytest.raises(ResultError, match='record="events"'):
        choices_of(run(repeated_game.small(), seed=1), 2)
    with pytest.raises(ParameterError, match=r"observation: [1-4] is not accepted; accepted: 0 to 0"):
        choices_of(run(repeated_game.small(), seed=2, record="events"), 2)
    with pytest.raises(ResultError, match="no act of these agents"):
        choices_of(run(opinions.small(), seed=1, record="events"), 2, agents=[10**6])


def test_arrays_are_checked():
    with pytest.raises(ParameterError, match="action: 2 is not accepted; accepted: 0 to 1"):
        Choices.of([[0, 2]], [[0.0, 1.0]], num_actions=2)
    with pytest.raises(ParameterError, match="reward: nan is not accepted"):
        Choices.of([[0, 1]], [[0.0, np.nan]])
    with pytest.raises(ParameterError, match="rewards: shape"):
        Choices.of([[0, 1]], [[0.0]])
