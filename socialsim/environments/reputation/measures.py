"""What is measured of donors, recipients, and what is thought of them."""

from __future__ import annotations

from socialsim.core.estimate import Estimate
from socialsim.core.result import Result
from socialsim.metrics.estimates import ratio
from socialsim.metrics.runs import over_runs

NO_MEETING = "nobody met anybody in the time that counts"


def cooperation_rate(result: Result) -> Estimate:
    """Share of meetings in which the donor gave."""
    runs = result.runs
    return ratio(runs.gifts, runs.meetings) if runs.meetings.sum() else Estimate.undefined(NO_MEETING, len(runs))


def mean_reputation(result: Result) -> Estimate:
    """Mean reputation over meetings: the share of good ones, or the mean image score."""
    return over_runs(result, "mean_reputation", NO_MEETING)


def agreement(result: Result) -> Estimate:
    """Chance that two observers agree on a third agent, in the end; 1 where reputations are public."""
    return over_runs(result, "agreement", "fewer than two agents have views of others")


def cooperators(result: Result) -> Estimate:
    """Share of agents, in the end, whose strategy gives to somebody new."""
    return over_runs(result, "cooperators", "strategies are learned")


def past_cooperators(result: Result) -> Estimate:
    """Share of agents whose strategy gives to somebody new, over the generations that count."""
    return over_runs(result, "past_cooperators", "no generation has ended in the time that counts")


METRICS = (cooperation_rate, mean_reputation, agreement, cooperators, past_cooperators)
