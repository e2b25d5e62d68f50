"""``socialsim power``: the power of each player in a weighted voting game."""

from __future__ import annotations

from collections.abc import Sequence

from socialsim.ballots.power import banzhaf, shapley_shubik
from socialsim.cli.console import write_json, write_table
from socialsim.core.errors import ParameterError

HEADS = ("player", "weight", "swings", "Banzhaf", "Shapley-Shubik", "chance of a swing")


def whole(name: str, text: str) -> int:
    """Return a number of the command line, or raise a `ParameterError` that names it.

    Examples
    --------
    >>> whole("QUOTA", "12")
    12
    """
    try:
        return int(text)
    except ValueError:
        raise ParameterError(f"{name}: {text!r} is not accepted; accepted: a whole number") from None


def power_command(quota: int, weights: Sequence[int], *, json: bool) -> int:
    """Print the indices of all players and return the exit code.

    Examples
    --------
    >>> power_command(2, [1, 1], json=True)
    {"quota": 2, "weights": [1, 1], "swings": [1, 1], "banzhaf": [0.5, 0.5], "shapley_shubik": [0.5, 0.5], "absolute": [0.5, 0.5]}
    0
    """  # noqa: E501
    index, shapley = banzhaf(quota, weights), shapley_shubik(quota, weights)
    columns = {
        "weights": list(weights),
        "swings": list(index.swings),
        "banzhaf": [float(share) for share in index.normalised],
        "shapley_shubik": [float(share) for share in shapley],
        "absolute": [float(chance) for chance in index.absolute],
    }
    if json:
        write_json({"quota": quota, **columns})
        return 0
    write_table(
        HEADS,
        [
            (str(player), str(weight), str(swings), *(f"{share:.6g}" for share in shares))
            for player, (weight, swings, *shares) in enumerate(zip(*columns.values(), strict=True), start=1)
        ],
    )
    return 0
