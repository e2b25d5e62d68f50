r"""How opinions lie beside each other, and beside the opinions of those one hears.

**Clusters.** Sorted real opinions fall into clusters wherever two neighbours in that order are further than ``gap``
apart. Discrete opinions form **camps** on a network: maximal sets of agents of one opinion that are linked among
themselves, whichever way an edge goes.

**Echo chambers.** Over all edges from a source j to a target i (j informs i; an undirected edge goes both ways) let x_j
and x_i be the opinions at its ends. Newman's assortativity is their correlation, and for discrete opinions with e_kl
the share of edges from k to l,

    r = cov(x_j, x_i) / (sd(x_j) sd(x_i)),    r = (sum_k e_kk - sum_k a_k b_k) / (1 - sum_k a_k b_k),            (1, 2)

with a and b the sums of e over rows and columns: 1 where one hears one's own opinion alone, 0 where links ignore it
([Cinelli2021]_, PNAS 118:e2023301118, for what that means). **Cross-cutting exposure** is the share of edges that join
different opinions. Sources: [Newman2003]_ (Physical Review E 67:026126; eq. 1 is its 21, eq. 2 its 2), [Bakshy2015]_
(Science 348:1130-1132) for cross-cutting exposure.

Networks are given as in `socialsim.networks.network`: agent i hears ``sources[indptr[i]:indptr[i + 1]]``.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from socialsim.core.errors import ParameterError
from socialsim.core.estimate import Estimate
from socialsim.core.result import Result
from socialsim.metrics.estimates import mean


def cluster_sizes(opinions: ArrayLike, gap: float) -> NDArray[np.int64]:
    """Return how many agents each cluster of real opinions holds, from the lowest opinion to the highest.

    Parameters
    ----------
    opinions : array_like of float, shape (num_agents,)
    gap : float
        The widest distance between two neighbouring opinions of one cluster, >= 0. Distances that are wider by mere
        rounding, 8 units in the last place of the largest number, are not.

    Returns
    -------
    ndarray of int, shape (num_clusters,)
        Of sum num_agents.

    Raises
    ------
    ParameterError
        If there is no opinion, one is not finite, or the gap is negative.

    Examples
    --------
    >>> cluster_sizes([0.1, 0.9, 0.15, 0.2], gap=0.05).tolist()
    [3, 1]
    """
    values = _opinions(opinions, "cluster_sizes")
    if values.ndim != 1:
        raise ParameterError(f"cluster_sizes: opinions of shape {values.shape} are not accepted; accepted: a list")
    if not gap >= 0:
        raise ParameterError(f"cluster_sizes: gap {gap} is not accepted; accepted: a number >= 0")
    rounding = 8 * np.finfo(float).eps * max(np.abs(values).max(), gap)
    breaks = np.flatnonzero(np.diff(np.sort(values)) > gap + rounding)
    return np.diff(np.concatenate([[-1], breaks, [len(values) - 1]]))


def camps(opinions: ArrayLike, indptr: ArrayLike, sources: ArrayLike) -> NDArray[np.int64]:
    """Return the sizes of the camps: agents of one opinion who are linked among themselves, largest first.

    Parameters
    ----------
    opinions : array_like, shape (num_agents,)
    indptr : array_like of int, shape (num_agents + 1,)
    sources : array_like of int, shape (num_edges,)

    Returns
    -------
    ndarray of int, shape (num_camps,)
        Of sum num_agents.

    Raises
    ------
    ParameterError
        If the opinions are not finite or the network is another's.

    Examples
    --------
    A path of five agents:

    >>> camps([0, 0, 1, 0, 0], [0, 1, 3, 5, 7, 8], [1, 0, 2, 1, 3, 2, 4, 3]).tolist()
    [2, 2, 1]
    """
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    values, heard, hearing = _edges(opinions, indptr, sources, "camps")
    same = values[heard] == values[hearing]
    size = len(values)
    links = coo_matrix((np.ones(int(same.sum()), np.int8), (heard[same], hearing[same])), shape=(size, size))
    _, labels = connected_components(links, directed=False)
    return np.sort(np.bincount(labels))[::-1].astype(np.int64)


def assortativity(opinions: ArrayLike, indptr: ArrayLike, sources: ArrayLike) -> float:
    """Return the correlation (1) of the numeric opinions at the two ends of an edge.

    Parameters
    ----------
    opinions : array_like of float, shape (num_agents,)
    indptr : array_like of int, shape (num_agents + 1,)
    sources : array_like of int, shape (num_edges,)

    Returns
    -------
    float
        In [-1, 1]; NaN where there is no edge or all ends hold one opinion.

    Raises
    ------
    ParameterError
        If an opinion is not finite or the network is another's.

    Examples
    --------
    Two pairs, each of one mind, and a path on which opinions alternate:

    >>> assortativity([0.2, 0.2, 0.7, 0.7], [0, 1, 2, 3, 4], [1, 0, 3, 2])
    1.0
    >>> assortativity([0, 1, 0], [0, 1, 3, 4], [1, 0, 2, 1])
    -1.0
    """
    values, heard, hearing = _edges(opinions, indptr, sources, "assortativity")
    return _correlation(values[heard], values[hearing])


def nominal_assortativity(opinions: ArrayLike, indptr: ArrayLike, sources: ArrayLike) -> float:
    """Return the assortativity (2) of opinions that are mere kinds.

    Parameters
    ----------
    opinions : array_like, shape (num_agents,)
    indptr : array_like of int, shape (num_agents + 1,)
    sources : array_like of int, shape (num_edges,)

    Returns
    -------
    float
        At most 1; NaN where there is no edge or all ends hold one opinion.

    Raises
    ------
    ParameterError
        If an opinion is not finite or the network is another's.

    Examples
    --------
    >>> nominal_assortativity([0, 0, 2, 2], [0, 1, 2, 3, 4], [1, 0, 3, 2])
    1.0
    """
    values, heard, hearing = _edges(opinions, indptr, sources, "nominal_assortativity")
    if not len(heard):
        return float("nan")
    kinds, place = np.unique(values, return_inverse=True)
    rows, columns = (np.bincount(place[ends], minlength=len(kinds)) / len(heard) for ends in (heard, hearing))
    within, by_chance = float(np.mean(place[heard] == place[hearing])), float(rows @ columns)
    both_ends_alike = np.ptp(place[heard]) == 0 and np.ptp(place[hearing]) == 0 and within == 1.0
    return float("nan") if both_ends_alike else (within - by_chance) / (1.0 - by_chance)


def cross_cutting(opinions: ArrayLike, indptr: ArrayLike, sources: ArrayLike) -> float:
    """Return the share of edges that join different opinions.

    Parameters
    ----------
    opinions : array_like, shape (num_agents,)
    indptr : array_like of int, shape (num_agents + 1,)
    sources : array_like of int, shape (num_edges,)

    Returns
    -------
    float
        In [0, 1]; NaN where there is no edge.

    Raises
    ------
    ParameterError
        If an opinion is not finite or the network is another's.

    Examples
    --------
    >>> cross_cutting([0, 0, 1], [0, 1, 3, 4], [1, 0, 2, 1])
    0.5
    """
    values, heard, hearing = _edges(opinions, indptr, sources, "cross_cutting")
    return float(np.mean(values[heard] != values[hearing])) if len(heard) else float("nan")


def over_networks(
    result: Result, column: str, measure: Callable[[NDArray[Any], NDArray[np.int64], NDArray[np.int64]], float]
) -> Estimate:
    """Return the mean of a measure of opinions on a network, over the runs whose agents and edges are listed.

    Parameters
    ----------
    result : Result
    column : str
        Of the table ``agent``: the opinions.
    measure : callable
        Of opinions, indptr and sources, such as `assortativity`.

    Returns
    -------
    Estimate
        NaN with a reason where no edges are listed or the measure is undefined in all runs.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> import pandas as pd
    >>> agents = pd.DataFrame({"run": 0, "agent": [0, 1, 2], "opinion": [0, 0, 1]})
    >>> edges = pd.DataFrame({"run": 0, "source": [0, 1, 1, 2], "target": [1, 0, 2, 1]})
    >>> result = SimpleNamespace(agents=agents, edges=edges, tables={"edge": edges})
    >>> over_networks(result, "opinion", cross_cutting).value
    0.5
    """
    if "edge" not in result.tables:
        return Estimate.undefined("no edges are listed: there are none, or all of a large complete network")
    links = dict(iter(result.edges.groupby("run")))
    values = []
    for run, agents in result.agents.groupby("run"):
        edges = links.get(run, result.edges.iloc[:0]).sort_values("target", kind="stable")
        indptr = np.concatenate([[0], np.cumsum(np.bincount(edges.target, minlength=len(agents)))])
        values.append(measure(agents[column].to_numpy(), indptr, edges.source.to_numpy()))
    defined = np.array(values)[np.isfinite(values)]
    if defined.size:
        return mean(defined)
    if result.edges.empty:
        return Estimate.undefined("there are no edges")
    return Estimate.undefined("all edges join equal opinions in every listed run")


def number_of_camps(result: Result) -> Estimate:
    """Mean number of camps: sets of agents of one opinion that are linked among themselves, in the listed runs.

    Examples
    --------
    Three agents on a path, of whom the last differs:

    >>> from types import SimpleNamespace
    >>> import pandas as pd
    >>> agents = pd.DataFrame({"run": 0, "agent": [0, 1, 2], "opinion": [0, 0, 1]})
    >>> edges = pd.DataFrame({"run": 0, "source": [0, 1, 1, 2], "target": [1, 0, 2, 1]})
    >>> number_of_camps(SimpleNamespace(agents=agents, edges=edges, tables={"edge": edges})).value
    2.0
    """
    return over_networks(result, "opinion", lambda *network: float(len(camps(*network))))


def echo_chamber(result: Result) -> Estimate:
    """Mean assortativity (2) of opinions over edges in the listed runs: 1 where everybody hears their like alone.

    Examples
    --------
    Three agents on a path, of whom the last differs:

    >>> from types import SimpleNamespace
    >>> import pandas as pd
    >>> agents = pd.DataFrame({"run": 0, "agent": [0, 1, 2], "opinion": [0, 0, 1]})
    >>> edges = pd.DataFrame({"run": 0, "source": [0, 1, 1, 2], "target": [1, 0, 2, 1]})
    >>> round(echo_chamber(SimpleNamespace(agents=agents, edges=edges, tables={"edge": edges})).value, 3)
    -0.333
    """
    return over_networks(result, "opinion", nominal_assortativity)


def cross_cutting_exposure(result: Result) -> Estimate:
    """Mean share of edges that join different opinions in the listed runs.

    Examples
    --------
    Three agents on a path, of whom the last differs:

    >>> from types import SimpleNamespace
    >>> import pandas as pd
    >>> agents = pd.DataFrame({"run": 0, "agent": [0, 1, 2], "opinion": [0, 0, 1]})
    >>> edges = pd.DataFrame({"run": 0, "source": [0, 1, 1, 2], "target": [1, 0, 2, 1]})
    >>> cross_cutting_exposure(SimpleNamespace(agents=agents, edges=edges, tables={"edge": edges})).value
    0.5
    """
    return over_networks(result, "opinion", cross_cutting)


def _correlation(x: NDArray[Any], y: NDArray[Any]) -> float:
    """Return Pearson's correlation; NaN where one side is constant."""
    if len(x) == 0 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return float("nan")
    x, y = x - x.mean(), y - y.mean()
    return float(np.clip((x @ y) / np.sqrt((x @ x) * (y @ y)), -1.0, 1.0))


def _opinions(opinions: ArrayLike, name: str) -> NDArray[np.float64]:
    values = np.asarray(opinions, float)
    if values.ndim == 0 or values.shape[-1] == 0 or not np.isfinite(values).all():
        raise ParameterError(f"{name}: accepted: at least one opinion, all of them finite")
    return values


def _edges(
    opinions: ArrayLike, indptr: ArrayLike, sources: ArrayLike, name: str
) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
    """Return the opinions, and for each edge who is heard and who hears."""
    values, rows, heard = _opinions(opinions, name), np.asarray(indptr), np.asarray(sources, np.int64)
    fits = values.ndim == 1 and rows.shape == (len(values) + 1,) and heard.ndim == 1 and rows[-1] == len(heard)
    if not fits or (len(heard) and not 0 <= heard.min() <= heard.max() < len(values)):
        raise ParameterError(
            f"{name}: {values.shape} opinions do not fit the network; accepted: num_agents opinions, num_agents + 1 "
            "places in indptr, the last the number of sources, and sources among the agents"
        )
    return values, heard, np.repeat(np.arange(len(values)), np.diff(rows))
