"""What is measured of researchers: truth against credit, by practice and altogether."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from socialsim.core.estimate import Estimate
from socialsim.core.result import Result
from socialsim.metrics.estimates import bootstrap, mean, ratio


def knowledge_rate(result: Result) -> Estimate:
    """Bits by which the readers come closer to the truth, per scientist and step; negative if they are misled."""
    return ratio(tallies(result, "knowledge").sum(axis=1), tallies(result, "uses").sum(axis=1))


def credit_rate(result: Result) -> Estimate:
    """Credit per scientist and step."""
    return ratio(tallies(result, "credit").sum(axis=1), tallies(result, "uses").sum(axis=1))


def truth_gap(result: Result) -> Estimate:
    """Knowledge per step of the practice that serves truth best, minus that of the practice that pays best.

    Both practices are those of all runs together; practices that nobody used do not count. It is never negative, and
    small but above zero where practices are alike and runs few. The interval is that of the bootstrap over runs, which
    chooses both anew.
    """
    runs = np.stack([tallies(result, tally) for tally in ("uses", "credit", "knowledge")], axis=1)
    if not runs.sum():
        return Estimate.undefined("nobody used any practice")
    return bootstrap(runs, _gap, num_resamples=500)


def false_discovery_rate(result: Result) -> Estimate:
    """Share of published positive tests whose hypothesis is false."""
    return ratio(result.runs.false_positives, result.runs.all_positives)


def false_fact_rate(result: Result) -> Estimate:
    """Share of hypotheses settled as facts that are false."""
    return ratio(result.runs.false_facts, result.runs.all_facts)


def replication_rate(result: Result) -> Estimate:
    """Share of replications of claims (hypotheses with a positive result) that confirm."""
    return ratio(result.runs.confirming_replications, result.runs.all_replications)


def replication_share(result: Result) -> Estimate:
    """Share of scientists' time spent on replications."""
    return mean(result.runs.replication_share.dropna())


def mean_sample_size(result: Result) -> Estimate:
    """Mean sample size of the practices in use, by time spent."""
    return mean(result.runs.mean_sample_size.dropna())


def approaches(result: Result) -> Estimate:
    """Effective number of practices in use (Hill number of order 1): how far labour is divided."""
    return mean(result.runs.approaches.dropna())


def credit_gini(result: Result) -> Estimate:
    """Gini coefficient of credit among scientists; who is below zero counts as holding nothing."""
    return mean(result.runs.gini_of_credit.dropna())


METRICS = (
    *(knowledge_rate, truth_gap, credit_rate, false_discovery_rate, false_fact_rate),
    *(replication_rate, replication_share, mean_sample_size, approaches, credit_gini),
)


def tallies(result: Result, tally: str) -> NDArray[np.float64]:
    """Return ``uses``, ``credit`` or ``knowledge`` of each practice in each run, shape (num_runs, num_practices).

    Parameters
    ----------
    result : Result
        Of a scenario with the environment `researchers`.
    tally : str
        Its name.

    Examples
    --------
    >>> from socialsim.engine.run import run
    >>> from socialsim.environments.researchers import small
    >>> tallies(run(small(), replications=3), "uses").sum(axis=1).tolist()
    [360.0, 360.0, 360.0]
    """
    names = [name for name in result.runs.columns if name.rpartition("_")[0] == tally]
    return result.runs[names].to_numpy(dtype=np.float64)


def practice_table(result: Result) -> pd.DataFrame:
    """Return what each practice brought, over all runs: share of use, credit and knowledge per step.

    Parameters
    ----------
    result : Result
        Of a scenario with the environment `researchers`.

    Returns
    -------
    DataFrame
        One row a practice, in the order of `Researchers.practices`; NaN where it was not used.

    Examples
    --------
    >>> from socialsim.engine.run import run
    >>> from socialsim.environments.researchers import small
    >>> practice_table(run(small(), replications=3)).columns.tolist()
    ['share', 'credit', 'knowledge']
    """
    uses, credit, knowledge = (tallies(result, tally).sum(axis=0) for tally in ("uses", "credit", "knowledge"))
    used = np.where(uses > 0, uses, np.nan)
    return pd.DataFrame({"share": uses / uses.sum(), "credit": credit / used, "knowledge": knowledge / used})


def _gap(runs: NDArray[np.float64]) -> float:
    """Return the gap of tallies, shape (num_runs, 3, num_practices)."""
    uses, credit, knowledge = runs.sum(axis=0)
    used = uses > 0
    credit_rate, knowledge_rate = credit[used] / uses[used], knowledge[used] / uses[used]
    return float(knowledge_rate.max() - knowledge_rate[credit_rate.argmax()])
