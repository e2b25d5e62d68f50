"""Social norms as tables of what is thought of a donor, and strategies as tables of whom it gives to.

Reputations are numbered from the worst: 0 is bad and 1 good, or an image score of -5 to 5 is 0 to 10. A **norm** says
what reputation a donor has next, d[own, recipient's, act], the act being 0 to give and 1 to refuse. A **strategy** says
whether to give, g[own, recipient's]. In letters a norm is what is thought (G or B) of who gives, then of who refuses,
and a strategy is C or D, each for good to good, good to bad, bad to good, bad to bad.
"""

from __future__ import annotations

import re
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from socialsim.core.errors import ParameterError, unknown

BAD, GOOD = 0, 1
GIVE, REFUSE = 0, 1
TOP_SCORE = 5
SITUATIONS = ((GOOD, GOOD), (GOOD, BAD), (BAD, GOOD), (BAD, BAD))  # the donor's own reputation, the recipient's

# The leading eight, in the order of [OhtsukiIwasa2006]_, table 1; "standing" is that of [Leimar2001]_.
LEADING = MappingProxyType(
    {
        "L1": ("GGGGBGBB", "CDCC"),
        "L2": ("GBGGBGBB", "CDCC"),
        "L3": ("GGGGBGBG", "CDCD"),
        "L4": ("GGGBBGBG", "CDCD"),
        "L5": ("GBGGBGBG", "CDCD"),
        "L6": ("GBGBBGBG", "CDCD"),
        "L7": ("GGGBBGBB", "CDCD"),
        "L8": ("GBGBBGBB", "CDCD"),
    }
)
NORMS = MappingProxyType(
    {
        **{name: norm for name, (norm, _) in LEADING.items()},
        "standing": LEADING["L1"][0],
        "simple_standing": LEADING["L3"][0],
        "stern_judging": LEADING["L6"][0],
        "staying": LEADING["L7"][0],
        "judging": LEADING["L8"][0],
        "scoring": "GGGGBBBB",
        "shunning": "GBGBBBBB",
    }
)
STRATEGIES = MappingProxyType(
    {"cooperator": "CCCC", "defector": "DDDD", "discriminator": "CDCD", "contrite": "CDCC", "paradoxical": "DCDC"}
)
IMAGE_SCORE = "image_score"


def assessment_table(norm: str) -> NDArray[np.int64]:
    """Return the reputation that a donor has next, d[own, recipient's, act].

    Parameters
    ----------
    norm : str
        A name of `NORMS`, eight letters G and B, or ``image_score``: one point up or down, from -5 to 5.

    Returns
    -------
    ndarray of int, shape (num_levels, num_levels, 2)

    Raises
    ------
    ParameterError
        If there is no such norm.

    Source
    ------
    [OhtsukiIwasa2006]_; [Nowak1998]_ for image scores.

    Examples
    --------
    >>> table = assessment_table("stern_judging")
    >>> int(table[GOOD, BAD, REFUSE]), int(table[GOOD, BAD, GIVE])
    (1, 0)
    >>> assessment_table("image_score")[5, 0].tolist()  # from 0 to 1 or -1
    [6, 4]
    """
    if norm == IMAGE_SCORE:
        own = np.arange(2 * TOP_SCORE + 1)
        moved = np.stack([np.minimum(own + 1, 2 * TOP_SCORE), np.maximum(own - 1, 0)], axis=1)
        return np.repeat(moved[:, None, :], len(own), axis=1)
    letters = NORMS.get(norm, norm)
    if not re.fullmatch("[GB]{8}", letters):
        raise ParameterError(
            f"environment.norm: {unknown('norm', norm, (*NORMS, IMAGE_SCORE))}, or eight letters G and B"
        )
    table = np.zeros((2, 2, 2), np.int64)
    for k, letter in enumerate(letters):
        table[(*SITUATIONS[k % 4], k // 4)] = int(letter == "G")
    return table


def strategy_table(strategy: str, num_levels: int) -> NDArray[np.int8]:
    """Return whether a strategy gives, g[own, recipient's].

    Parameters
    ----------
    strategy : str
        Under a norm of good and bad a name of `STRATEGIES` or four letters C and D; under image scores ``k=-5`` to
        ``k=6``: gives to those of a score of at least k.
    num_levels : int
        Of reputation: 2, or 11.

    Raises
    ------
    ParameterError
        If there is no such strategy.

    Examples
    --------
    >>> strategy_table("discriminator", 2).tolist()
    [[0, 1], [0, 1]]
    >>> int(strategy_table("k=0", 11)[0].sum())
    6
    """
    if num_levels > 2:
        found = re.fullmatch(r"k=(-?\d)", strategy)
        if not found or not -TOP_SCORE <= int(found[1]) <= TOP_SCORE + 1:
            raise ParameterError(
                f"environment.strategies: {unknown('strategy', strategy, thresholds())} under image scores"
            )
        gives = np.arange(num_levels) - TOP_SCORE >= int(found[1])
        return np.tile(gives, (num_levels, 1)).astype(np.int8)
    letters = STRATEGIES.get(strategy, strategy)
    if not re.fullmatch("[CD]{4}", letters):
        raise ParameterError(
            f"environment.strategies: {unknown('strategy', strategy, STRATEGIES)}, or four letters C and D"
        )
    table = np.zeros((2, 2), np.int8)
    for situation, letter in zip(SITUATIONS, letters, strict=True):
        table[situation] = letter == "C"
    return table


def thresholds() -> tuple[str, ...]:
    """Return all strategies under image scores, from unconditional giving to unconditional refusal.

    Examples
    --------
    >>> thresholds()[:2]
    ('k=-5', 'k=-4')
    """
    return tuple(f"k={k}" for k in range(-TOP_SCORE, TOP_SCORE + 2))
