import json

import pytest

QUICK = ("--learner", "q_learning:discount=0.0,epsilon=0.5", "--steps", 400, "--pairs", 4, "--play", 5)


def test_the_verdict_is_printed_and_drawn(cli, tmp_path):
    done = cli("schelling", "dilemmas", *QUICK, "--cooperators", "social_value_orientation", "--figure", "f.png")
    assert done.code == 0, done.err
    assert done.out.startswith("dilemmas: dilemma by fear and greed\n")
    assert "pairs        4, trained for 400 steps; each mixture played 5\n" in done.out
    assert "cooperators  q_learning, social_value_orientation\n" in done.out
    assert " 2             3                          -" in done.out
    assert (tmp_path / "f.png").read_bytes().startswith(b"\x89PNG")


def test_json_holds_curves_and_differences(cli):
    record = json.loads(cli("schelling", "dilemmas", *QUICK, "--seed", 3, "--json").out)
    assert record["verdict"] == "dilemma by fear and greed"
    assert record["preferences"] == {"cooperators": "shared_reward", "defectors": "selfish"}
    assert (record["pairs"], record["steps"], record["seed"]) == (4, 5, 3)
    assert len(record["cooperators"]) == len(record["defectors"]) == 2
    assert record["differences"]["greed"]["value"] == pytest.approx(1.0)


def test_what_was_learnt_alike_is_noted(cli):
    done = cli("schelling", "dilemmas", *QUICK, "--cooperators", "selfish", "--defectors", "selfish")
    assert done.out.startswith("dilemmas: no dilemma\n") or "undecided" in done.out
    assert "cooperators learnt much the same as defectors" in done.out


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("dilemmas", "--pairs", 1), "--pairs: 1 is not accepted; accepted: an integer >= 2"),
        (("dilemmas", "--play", 0), "--play: 0 is not accepted; accepted: an integer >= 1"),
        (("dilemmas", "--cooperators", "nice"), "unknown preference 'nice'"),
        (("dilemmas", "--defectors", ""), "unknown preference ''"),
        (("dilemmas", "--learner", "imitate_best"), "has no policy that could be frozen"),
        (("encounters",), "accepted: a scenario in which all act at once"),
        (("dilemma",), "did you mean 'dilemmas'"),
        (("dilemmas", "-p", "environment.payoff=all"), "environment.payoff"),
        (("dilemmas", *QUICK, "--figure", "f.bmp"), "unknown figure format 'bmp'"),
    ],
)
def test_what_cannot_be_done_is_refused_in_one_line(cli, options, message):
    done = cli("schelling", *options)
    assert done.code == 2
    assert message in done.err
    assert done.err.count("\n") == 1
