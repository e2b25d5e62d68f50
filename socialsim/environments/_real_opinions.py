"""What environments of opinions in [0, 1] share: how opinions are dealt out, who is stubborn, and what is measured.

Opinions are drawn from U(0, 1) or given, as a list or as a CSV file with a column ``opinion`` and a line for each agent
in the order of the rows. A share of the agents, drawn at random, is **stubborn**: it never changes its opinion, which
is its own first one or one of those given for the stubborn, dealt out in turn.

At the end opinions fall into **clusters**: sorted, neighbours no further apart than ``cluster_gap`` share one. With s_c
the share of agents in cluster c the effective number of clusters is 1 / sum_c s_c^2, which a few outliers hardly move
([Laakso1979]_).
"""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.errors import ParameterError
from socialsim.core.estimate import Estimate
from socialsim.core.parameters import parameter
from socialsim.core.result import Result
from socialsim.core.streams import uniform
from socialsim.engine.interface import Environment, constant
from socialsim.metrics.diversity import hill_number
from socialsim.metrics.estimates import mean, proportion
from socialsim.metrics.opinions import assortativity, cluster_sizes, over_networks
from socialsim.metrics.polarisation import polarisation

CONSENSUS, SEVERAL = 0, 1  # verdicts


class RealOpinions(Environment):
    """Agents with an opinion in [0, 1]; the mechanics of how they exchange them are a subclass's."""

    opinions: tuple[float, ...] = parameter((), "each agent's first opinion, in [0, 1]; empty: drawn from U(0, 1)")
    opinions_file: str = parameter(
        "", "path of a CSV file with a column opinion and a line for each agent; empty: none"
    )
    stubborn_share: float = parameter(
        0.0, "share of agents, drawn at random, that never change their opinion", ge=0, le=1
    )
    stubborn_opinions: tuple[float, ...] = parameter(
        (), "opinions of the stubborn, in [0, 1], dealt out in turn; empty: each keeps its first opinion"
    )
    medium: float = parameter(0.5, "opinion of the medium, an outside source that nobody moves", ge=0, le=1)
    tolerance: float = parameter(1e-6, "change of an opinion that counts as none", gt=0, lt=1)
    cluster_gap: float = parameter(0.01, "widest distance between two neighbouring opinions of one cluster", ge=0, lt=1)

    figure: ClassVar[Mapping[str, Any]] = {
        "series": "mean_opinion",
        "series_label": "mean opinion",
        "agent": "opinion",
        "agent_label": "opinion",
        "verdicts": {str(CONSENSUS): "consensus", str(SEVERAL): "several opinions"},
    }

    def model_post_init(self, context: Any) -> None:
        """Refuse opinions outside [0, 1], and two sources of them."""
        for name in ("opinions", "stubborn_opinions"):
            wrong = next((value for value in getattr(self, name) if not 0 <= value <= 1), None)
            if wrong is not None:
                raise ParameterError(f"environment.{name}: {wrong!r} is not accepted; accepted: numbers in [0, 1]")
        if self.opinions and self.opinions_file:
            raise ParameterError("environment.opinions_file: opinions are listed already; accepted: one of the two")

    def given(self, num_agents: int) -> NDArray[np.float64]:
        """Return the first opinions that are given, as a constant of the state; none if they are drawn."""
        name = "opinions_file" if self.opinions_file else "opinions"
        values = read_opinions(self.opinions_file) if self.opinions_file else self.opinions
        if len(values) not in (0, num_agents):
            raise ParameterError(
                f"environment.{name}: {len(values)} opinions do not fit the network; accepted: {num_agents}, one for "
                "each agent"
            )
        return constant(np.array(values, np.float64))

    def columns(self, state: Any) -> dict[str, NDArray[Any]]:
        """Return each agent's opinion."""
        return {"opinion": state.opinion}

    def outcomes(self, state: Any) -> dict[str, NDArray[Any]]:
        """Return how many clusters there are, how large, how far opinions lie apart, and their mean."""
        sizes = [cluster_sizes(opinions, self.cluster_gap) for opinions in state.opinion]
        return {
            "num_clusters": np.array([len(own) for own in sizes], np.int64),
            "effective_clusters": np.array([float(hill_number(own, order=2)) for own in sizes]),
            "largest_cluster": np.array([own.max() / own.sum() for own in sizes]),
            "polarisation": polarisation(state.opinion),
            "overall_opinion": state.opinion.mean(axis=1),
        }


def read_opinions(path: str) -> list[float]:
    """Return the column ``opinion`` of a CSV file.

    Raises
    ------
    ParameterError
        If the file cannot be read, or an opinion is no number in [0, 1]; the message names line and column.

    Examples
    --------
    >>> read_opinions("nowhere.csv")
    Traceback (most recent call last):
        ...
    socialsim.core.errors.ParameterError: environment.opinions_file: nowhere.csv: No such file or directory; accepted: a
    CSV file with a column opinion
    """
    named = f"environment.opinions_file: {Path(path).as_posix()}"
    try:
        with Path(path).open(newline="", encoding="utf-8-sig") as file:
            return _read_lines(csv.reader(file), named)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ParameterError(f"{named}: {reason}; accepted: a CSV file with a column opinion") from None


def _read_lines(lines: Any, named: str) -> list[float]:
    header = [name.strip() for name in next(lines, [])]
    if header.count("opinion") != 1:
        given = ", ".join(header) or "none"
        raise ParameterError(f"{named}, line 1: columns {given}; accepted: one column named opinion, and any others")
    place, values = header.index("opinion"), []
    for row in lines:
        if not any(cell.strip() for cell in row):
            continue
        cell = row[place].strip() if place < len(row) else ""
        try:
            value = float(cell)
        except ValueError:
            value = np.nan
        if not 0.0 <= value <= 1.0:
            where = f"{named}, line {lines.line_num}, column opinion"
            raise ParameterError(f"{where}: {cell!r} is not accepted; accepted: a number in [0, 1]")
        values.append(value)
    if not values:
        raise ParameterError(f"{named}: no opinion; accepted: a line for each agent")
    return values


# --- Compiled ----------------------------------------------------------------------------------------------------


@compiled
def is_drawn(num_left, num_agents_left, stream):
    """Return whether the next agent belongs to a random sample of which so many are still to be drawn."""
    return num_left > 0 and uniform(stream) * num_agents_left < num_left


@compiled
def deal_opinions(env, stream):
    """Give everybody their first opinion, and draw who is stubborn."""
    n = env.opinion.shape[0]
    num_drawn = 0
    for i in range(n):
        env.opinion[i] = env.given[i] if env.given.shape[0] > 0 else uniform(stream)
        env.stubborn[i] = 0
        if is_drawn(env.num_stubborn - num_drawn, n - i, stream):
            env.stubborn[i] = 1
            if env.stubborn_opinions.shape[0] > 0:
                env.opinion[i] = env.stubborn_opinions[num_drawn % env.stubborn_opinions.shape[0]]
            num_drawn += 1


@compiled
def verdict(env):
    """Return CONSENSUS if opinions lie within one gap, else SEVERAL."""
    lowest, highest = env.opinion[0], env.opinion[0]
    for i in range(env.opinion.shape[0]):
        lowest = min(lowest, env.opinion[i])
        highest = max(highest, env.opinion[i])
    return CONSENSUS if highest - lowest <= env.cluster_gap else SEVERAL


# --- Metrics -----------------------------------------------------------------------------------------------------


def consensus_rate(result: Result) -> Estimate:
    """Share of runs that come to rest in consensus."""
    return proportion((result.runs.stop == "done") & (result.runs.verdict == CONSENSUS))


def num_clusters(result: Result) -> Estimate:
    """Mean number of clusters at the end."""
    return mean(result.runs.num_clusters)


def effective_clusters(result: Result) -> Estimate:
    """Mean effective number of clusters at the end."""
    return mean(result.runs.effective_clusters)


def final_polarisation(result: Result) -> Estimate:
    """Mean polarisation at the end, in [0, 1] (`socialsim.metrics.polarisation`)."""
    return mean(result.runs.polarisation)


def echo_chambers(result: Result) -> Estimate:
    """Mean assortativity of opinions over the edges, in the listed runs that do not end in consensus."""
    gap = float(result.parameters["environment.cluster_gap"])

    def measure(opinions: NDArray[Any], indptr: NDArray[np.int64], sources: NDArray[np.int64]) -> float:
        return assortativity(opinions, indptr, sources) if np.ptp(opinions) > gap else math.nan

    return over_networks(result, "opinion", measure)
