import json

import pytest


def test_the_table_names_each_player(cli):
    done = cli("power", 12, 4, 4, 4, 2, 2, 1)
    assert done.code == 0
    lines = [line.split() for line in done.out.splitlines() if line.strip()]
    assert lines[2] == ["1", "4", "10", "0.238095", "0.233333", "0.3125"]
    assert lines[-1] == ["6", "1", "0", "0", "0", "0"]


def test_json_holds_every_index(cli):
    record = json.loads(cli("power", 12, 4, 4, 4, 2, 2, 1, "--json").out)
    assert record["swings"] == [10, 10, 10, 6, 6, 0]
    assert record["banzhaf"][0] == 10 / 42
    assert record["shapley_shubik"][3] == 9 / 60


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((99, 4, 4), "from 1 to the sum of the weights, 8"),
        ((3, 4, -1), "weights: -1, of player 2, is not accepted"),
        ((3, 4, 1.5), "WEIGHT: '1.5' is not accepted; accepted: a whole number"),
        (("x", 4), "QUOTA: 'x' is not accepted; accepted: a whole number"),
        ((3,), "Missing argument"),
    ],
)
def test_what_is_no_game_is_exit_code_2(cli, arguments, message):
    done = cli("power", *arguments)
    assert done.code == 2
    assert message in done.err
