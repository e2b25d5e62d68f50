"""What a community has found, how soon, and how it has divided the work."""

from __future__ import annotations

from socialsim.core.estimate import Estimate
from socialsim.core.result import Result
from socialsim.metrics.estimates import mean, proportion


def progress(result: Result) -> Estimate:
    """Mean share of the significant approaches that have been visited (epistemic progress)."""
    return mean(result.runs.progress)


def peaks_found_rate(result: Result) -> Estimate:
    """Share of runs in which all peaks have been visited."""
    return proportion(result.runs.peaks_step >= 0)


def steps_to_peaks(result: Result) -> Estimate:
    """Mean number of steps until all peaks have been visited, over the runs in which they have."""
    runs = result.runs
    return mean(runs.peaks_step[runs.peaks_step >= 0])


def mean_significance(result: Result) -> Estimate:
    """Mean significance of the approaches that scientists pursue at the end."""
    return mean(result.runs.mean_significance)


def diversity(result: Result) -> Estimate:
    """Effective number of approaches pursued at the end: the exponential of the entropy of scientists over patches."""
    return mean(result.runs.diversity)


def discoveries_per_follower(result: Result) -> Estimate:
    """Mean number of significant approaches that a follower was the first to visit."""
    return _per_head(result, "follower")


def discoveries_per_maverick(result: Result) -> Estimate:
    """Mean number of significant approaches that a maverick was the first to visit."""
    return _per_head(result, "maverick")


def _per_head(result: Result, agent_type: str) -> Estimate:
    """Return the discoveries of a type, by the number of its agents."""
    parameters, num_agents = result.parameters, int(result.runs.num_agents.iloc[0])
    sizes = {"maverick": parameters["environment.num_mavericks"]}
    sizes["follower"] = num_agents - sizes["maverick"] - parameters["environment.num_controls"]
    if not sizes[agent_type]:
        return Estimate.undefined(f"there is no {agent_type}")
    return mean(result.runs[f"{agent_type}_discoveries"] / sizes[agent_type])


METRICS = (
    progress,
    peaks_found_rate,
    steps_to_peaks,
    mean_significance,
    diversity,
    discoveries_per_follower,
    discoveries_per_maverick,
)
