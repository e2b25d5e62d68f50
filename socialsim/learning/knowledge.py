"""What some learners must know of their environment, and how they refuse one that does not tell.

Those who learn from **foregone payoffs** see after each round what each of their own actions would have paid, the
others doing what they did. Such an environment shows a row of numbers, one an action, and says so by the fact
``observation``; by the fact ``payoffs_by`` one that can but does not says how. Those whose rule is made for rewards
between 0 and 1 must know between which ends rewards lie: the fact ``reward_range``.
"""

from __future__ import annotations

from socialsim.core.errors import ParameterError
from socialsim.engine.interface import Specification

FOREGONE_PAYOFFS = "payoff of each action"


def needs_foregone_payoffs(learner: str, specification: Specification) -> int:
    """Return the number of actions, each of which has a payoff that is shown.

    Parameters
    ----------
    learner : str
        Whose need it is.
    specification : Specification

    Raises
    ------
    ParameterError
        If the environment shows something else; with what makes it show payoffs where it says so.

    Examples
    --------
    >>> from socialsim.engine.interface import Discrete
    >>> needs_foregone_payoffs("fictitious_play", Specification(Discrete(2)))
    Traceback (most recent call last):
        ...
    socialsim.core.errors.ParameterError: learner: 'fictitious_play' needs an environment that shows what each action
    would have paid
    """
    if specification.facts.get("observation") != FOREGONE_PAYOFFS:
        hint = specification.facts.get("payoffs_by")
        message = f"learner: {learner!r} needs an environment that shows what each action would have paid"
        raise ParameterError(f"{message}; accepted: {hint}" if hint else message)
    return specification.num_actions


def reward_ends(
    learner: str, specification: Specification, low: float | None, high: float | None
) -> tuple[float, float]:
    """Return the lowest and the highest reward: as given, else as the environment tells.

    Parameters
    ----------
    learner : str
        Whose need it is.
    specification : Specification
    low, high : float or None
        The learner's parameters ``reward_low`` and ``reward_high``.

    Raises
    ------
    ParameterError
        If an end is neither given nor told, or the ends are in the wrong order.

    Examples
    --------
    >>> from socialsim.engine.interface import Discrete
    >>> reward_ends("exp3", Specification(Discrete(2), facts={"reward_range": (0.0, 5.0)}), None, 3.0)
    (0.0, 3.0)
    """
    if low is None or high is None:
        if "reward_range" not in specification.facts:
            raise ParameterError(
                f"learner: {learner!r} needs to know the lowest and the highest reward, which the environment does not "
                "tell; accepted: learner.reward_low and learner.reward_high"
            )
        told_low, told_high = specification.fact("reward_range")
        low, high = told_low if low is None else low, told_high if high is None else high
    if not low < high:
        raise ParameterError(f"learner.reward_high: {high} is not accepted; accepted: more than the lowest, {low}")
    return float(low), float(high)
