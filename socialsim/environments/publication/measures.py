"""What a community made of its claims: facts, true and false, and how long it took."""

from __future__ import annotations

import numpy as np

from socialsim.core.estimate import Estimate
from socialsim.core.result import Result
from socialsim.metrics.estimates import mean, proportion, ratio

CANONISED = 1


def false_canonisation_rate(result: Result) -> Estimate:
    """Share of false claims that are canonised as facts."""
    false = result.runs[result.runs.is_true == 0]
    return proportion(false.verdict == CANONISED) if len(false) else Estimate.undefined("no claim was false")


def true_canonisation_rate(result: Result) -> Estimate:
    """Share of true claims that are canonised as facts."""
    true = result.runs[result.runs.is_true == 1]
    return proportion(true.verdict == CANONISED) if len(true) else Estimate.undefined("no claim was true")


def false_fact_rate(result: Result) -> Estimate:
    """Share of the canonised facts that are false."""
    facts = result.runs[result.runs.verdict == CANONISED]
    return proportion(facts.is_true == 0) if len(facts) else Estimate.undefined("no claim was canonised")


def wrong_result_rate(result: Result) -> Estimate:
    """Share of the published results that are wrong: positive on a false claim, negative on a true one."""
    runs = result.runs
    wrong = np.where(runs.is_true == 1, runs.num_negative, runs.num_positive)
    return ratio(wrong, runs.num_positive + runs.num_negative)


def experiments_to_verdict(result: Result) -> Estimate:
    """Mean number of experiments until the verdict, over the runs that reach one."""
    return mean(result.runs.num_experiments[result.runs.verdict >= 0])


def publications_to_verdict(result: Result) -> Estimate:
    """Mean number of publications until the verdict, over the runs that reach one."""
    ended = result.runs[result.runs.verdict >= 0]
    return mean(ended.num_positive + ended.num_negative)
