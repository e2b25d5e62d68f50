"""When compliance pays, how ill those are who do not know, and what a step is worth: closed forms of taboos."""

from __future__ import annotations

import math


def sick_share(chance: float, delay: float, illness: float) -> float:
    """Return the share of its time that an agent is sick.

        illness / (1/p + delay + illness),                                     a renewal argument on eq. 1 of the module

    Parameters
    ----------
    chance : float
        p of eating poison in a step, in [0, 1].
    delay, illness : float
        Mean steps until poison works, and of being sick.

    Returns
    -------
    float

    Examples
    --------
    >>> sick_share(0.05, 30.0, 50.0)
    0.5
    >>> sick_share(0.0, 30.0, 50.0)
    0.0
    """
    return illness / (1.0 / chance + delay + illness) if chance > 0.0 else 0.0


def foraging_return(
    eaten: float, num_forbidden: int, share: float, meeting: float, severity: float, sick: float
) -> float:
    """Return the berries that a forager finds worth eating in a step, before sanctions.

        (1 - meeting) [1 - F share + eaten F share] (1 - severity sick)

    where it leaves all but a part ``eaten`` of the F forbidden kinds alone.

    Parameters
    ----------
    eaten : float
        Part of forbidden berries eaten, in [0, 1].
    num_forbidden : int
        F: 0, 1 or 2 kinds.
    share, meeting, severity : float
        As of `socialsim.environments.taboo.Taboo`.
    sick : float
        Share of time sick, see `sick_share`.

    Returns
    -------
    float

    Examples
    --------
    >>> foraging_return(0.0, 1, share=0.1, meeting=0.5, severity=0.8, sick=0.0)
    0.45
    >>> foraging_return(1.0, 1, share=0.1, meeting=0.5, severity=0.8, sick=0.5)
    0.3
    """
    forbidden = num_forbidden * share
    return (1.0 - meeting) * (1.0 - forbidden * (1.0 - eaten)) * (1.0 - severity * sick)


def chance_of_sanction(zeal: float, meeting: float, num_agents: int) -> float:
    """Return the chance h that a marked agent is sanctioned in a step, where all may meet.

        h = 1 - [1 - q meeting / (N - 1)]^(N - 1)

    Parameters
    ----------
    zeal : float
        q with which others sanction a marked partner, in [0, 1].
    meeting : float
        Chance per step to be in company.
    num_agents : int
        N, >= 2.

    Returns
    -------
    float

    Examples
    --------
    >>> chance_of_sanction(1.0, 0.5, 2)
    0.5
    """
    return 1.0 - (1.0 - zeal * meeting / (num_agents - 1)) ** (num_agents - 1)


def advantage_of_compliance(
    zeal: float,
    *,
    discount: float,
    loss: float,
    meeting: float,
    forbidden: float,
    mark_steps: float,
    num_agents: int,
) -> float:
    """Return gamma n loss - 1 + gamma (1 - a) (1 - h) (1 - f), at least 0 iff to comply is a best reply (eq. 3).

    Parameters
    ----------
    zeal : float
        q with which others sanction a marked partner; an unmarked one they leave in peace.
    discount : float
        gamma, in [0, 1).
    loss, meeting, mark_steps : float
        As of `socialsim.environments.taboo.Taboo`.
    forbidden : float
        Share of bushes with what is taboo.
    num_agents : int
        N >= 2, who may all meet.

    Returns
    -------
    float

    Examples
    --------
    >>> rest = dict(discount=0.9, meeting=0.25, forbidden=0.1, mark_steps=20.0, num_agents=12)
    >>> advantage_of_compliance(1.0, loss=4.0, **rest) > 0.0 > advantage_of_compliance(0.0, loss=4.0, **rest)
    True
    """
    found = (1.0 - meeting) * forbidden
    hits = zeal * meeting
    stays = (1.0 - found) * (1.0 - chance_of_sanction(zeal, meeting, num_agents)) * (1.0 - 1.0 / mark_steps)
    return discount * hits * loss - 1.0 + discount * stays


def least_zeal(*, discount: float, **rest: float) -> float:
    """Return the least q at which to comply is a best reply, by bisection; NaN if even q = 1 does not suffice.

    Parameters
    ----------
    discount : float
    **rest : float
        As of `advantage_of_compliance`.

    Returns
    -------
    float

    Examples
    --------
    >>> rest = dict(meeting=0.25, forbidden=0.1, mark_steps=20.0, num_agents=12)
    >>> round(least_zeal(discount=0.9, loss=4.0, **rest), 3)
    0.295
    >>> least_zeal(discount=0.9, loss=0.5, **rest)
    nan
    """

    def advantage(zeal: float) -> float:
        return advantage_of_compliance(zeal, discount=discount, **rest)  # type: ignore[arg-type]

    if advantage(1.0) < 0.0:
        return math.nan
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2.0
        low, high = (low, middle) if advantage(middle) >= 0.0 else (middle, high)
    return high
