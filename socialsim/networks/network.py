"""The network: who hears whom, as columns.

A directed edge u -> v means that u informs v; an undirected edge goes both ways. Row i of the CSR lists the agents that
i **hears** (its in-neighbours), so that an agent gathers messages from one slice:

    sources[indptr[i]:indptr[i + 1]],    with weights[indptr[i]:indptr[i + 1]]

Three kinds are told apart, because exchange on two of them is much cheaper than on the third:

- ``"sparse"``: any network;
- ``"complete"``: everybody hears everybody else, unweighted. Its edges are not stored (``indptr`` is all zeros), so
  that a complete network of a million agents costs nothing; :meth:`Network.edges` lists them on demand.
- ``"circulant"``: the in-neighbours of i are {(i + o) mod N : o in offsets}, unweighted: rings and ring lattices.

A kind is found from the edges, not declared: a cycle of three agents is complete. Whether one hears oneself is the
model's choice, so a network holds no self-loops. In a multiplex network every edge lies in a layer and a pair may be
joined once a layer. Group interactions (hyperedges) stand beside the edges in :class:`Groups`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from socialsim.core.errors import NetworkError
from socialsim.networks.checks import (
    check_agents,
    check_columns,
    check_edges,
    check_layers,
    check_members,
    check_parallel,
    numbers,
)
from socialsim.networks.csr import Array, find_offsets, row_of_edge, row_order

if TYPE_CHECKING:
    import networkx as nx

LARGEST_LISTED_COMPLETE = 5000
"""The most agents of a complete network whose edges are listed one by one (25 million of them)."""


@dataclass(frozen=True, eq=False)
class Groups:
    """Group interactions: group g holds the agents ``group_members[group_ptr[g]:group_ptr[g + 1]]``.

    Attributes
    ----------
    group_ptr : ndarray of int64, shape (num_groups + 1,)
    group_members : ndarray of int32
        Ascending within each group.

    Examples
    --------
    >>> groups = Groups.from_lists([[2, 0, 1], [1, 3]])
    >>> groups.group_ptr, groups.group_members
    (array([0, 3, 5]), array([0, 1, 2, 1, 3], dtype=int32))
    """

    group_ptr: Array
    group_members: Array

    def __post_init__(self) -> None:
        self.group_ptr.flags.writeable = self.group_members.flags.writeable = False

    @classmethod
    def from_lists(cls, groups: Iterable[Iterable[int]]) -> Groups:
        """Return the groups with the given members.

        Raises
        ------
        NetworkError
            If a group is empty or names an agent twice.
        """
        lists = [sorted(members) for members in groups]
        for number, members in enumerate(lists):
            if not members or len(set(members)) < len(members):
                raise NetworkError(f"group {number} is {members}; accepted: one or more different agents")
        ends = np.cumsum([0, *map(len, lists)], dtype=np.int64)
        return cls(ends, np.array([agent for members in lists for agent in members], dtype=np.int32))


@dataclass(frozen=True, eq=False, repr=False)
class Network:
    """A network in CSR form; made by :meth:`from_edges`, :func:`~socialsim.networks.sources.load` or a generator.

    The constructor trusts its arguments; the makers check theirs.

    Attributes
    ----------
    indptr : ndarray of int64, shape (N + 1,)
        Row i of the edges begins at ``indptr[i]``; all zeros in a complete network.
    sources : ndarray of int32, shape (E,)
        Who is heard, ascending within each row.
    weights : ndarray of float64, shape (E,)
        Finite, >= 0; 1 where unweighted. Only models that ask for weights use them.
    kind : str
        ``"sparse"``, ``"complete"`` or ``"circulant"``.
    directed : bool
        False if every edge was given for both ways.
    offsets : ndarray of int64, shape (k,)
        Of a circulant network, ascending in 1..N-1; else empty.
    given_labels : tuple of str, or None
        The agents' names; None where they are their numbers.
    node_attributes : dict of str to ndarray, shape (N,)
    edge_attributes : dict of str to ndarray, shape (E,)
        In the order of the CSR; the weight is not among them.
    layers : ndarray of int32, shape (E,), or None
        The layer of each edge in a multiplex network, a place in ``layer_names``.
    layer_names : tuple of str
    groups : Groups, or None
    name : str
        The spec string, file or name that it came from.

    Examples
    --------
    >>> network = Network.from_edges(4, [0, 1, 2], [1, 2, 3], name="line")
    >>> network
    <Network line: 4 agents, 3 edges, connected>
    >>> network.indptr, network.sources
    (array([0, 1, 3, 5, 6]), array([1, 0, 2, 1, 3, 2], dtype=int32))
    """

    indptr: Array
    sources: Array
    weights: Array
    kind: str = "sparse"
    directed: bool = False
    offsets: Array = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    given_labels: tuple[str, ...] | None = None
    node_attributes: Mapping[str, Array] = field(default_factory=dict)
    edge_attributes: Mapping[str, Array] = field(default_factory=dict)
    layers: Array | None = None
    layer_names: tuple[str, ...] = ()
    groups: Groups | None = None
    name: str = "network"

    def __post_init__(self) -> None:
        for entry in fields(self):
            value = getattr(self, entry.name)
            if isinstance(value, np.ndarray):
                value.flags.writeable = False

    def __repr__(self) -> str:
        return f"<Network {self.describe()}>"

    @classmethod
    def from_edges(
        cls,
        num_agents: int,
        sources: Sequence[int] | Array,
        targets: Sequence[int] | Array,
        weights: Sequence[float] | Array | None = None,
        *,
        directed: bool = False,
        labels: Sequence[str] | None = None,
        node_attributes: Mapping[str, Any] | None = None,
        edge_attributes: Mapping[str, Any] | None = None,
        layers: Sequence[int] | Array | None = None,
        layer_names: Sequence[str] = (),
        groups: Groups | None = None,
        name: str = "network",
    ) -> Network:
        """Return the network with the given edges.

        Parameters
        ----------
        num_agents : int
            N >= 1.
        sources, targets : array_like of int, shape (M,)
            Edge m says that ``sources[m]`` informs ``targets[m]``; in 0..N-1.
        weights : array_like of float, shape (M,), optional
            Finite and >= 0; 1 where not given.
        directed : bool
            If False each edge is given once and goes both ways.
        labels : sequence of str, optional
            N different names.
        node_attributes, edge_attributes : mapping of str to array_like, optional
            N and M values each.
        layers : array_like of int, shape (M,), optional
            The layer of each edge, a place in `layer_names`.
        layer_names : sequence of str
        groups : Groups, optional
        name : str

        Raises
        ------
        NetworkError
            If there is no agent, an edge is a self-loop, parallel to another or names no agent, a weight is negative
            or not finite, two agents have one name, or a column has another length.

        Examples
        --------
        >>> network = Network.from_edges(3, [0, 0], [1, 2], [0.5, 2.0], directed=True)
        >>> network.in_degree, network.weights
        (array([0, 1, 1]), array([0.5, 2. ]))
        """
        names = None if labels is None else tuple(map(str, labels))
        check_agents(num_agents, names)
        start, end = numbers("sources", sources, np.int64), numbers("targets", targets, np.int64)
        strength = np.ones(len(start)) if weights is None else numbers("weights", weights, np.float64)
        layer = None if layers is None else numbers("layers", layers, np.int32)
        edge_columns = check_columns("edge", len(start), edge_attributes or {})
        check_edges(num_agents, start, end, strength, names)
        check_layers(len(start), layer, layer_names)
        check_members(num_agents, None if groups is None else groups.group_members)
        if not directed:
            start, end = np.concatenate([start, end]), np.concatenate([end, start])
            strength, edge_columns = _twice(strength), _map(_twice, edge_columns)
            layer = None if layer is None else _twice(layer)
        order, indptr = row_order(num_agents, start, end, layer)
        layer = None if layer is None else layer[order]
        check_parallel(start[order], end[order], layer, names)
        network = cls(
            indptr,
            start[order].astype(np.int32),
            strength[order],
            directed=directed,
            given_labels=names,
            node_attributes=check_columns("agent", num_agents, node_attributes or {}),
            edge_attributes=_map(lambda values: values[order], edge_columns),
            layers=layer,
            layer_names=tuple(layer_names),
            groups=groups,
            name=name,
        )
        return _with_kind(network)

    @classmethod
    def complete(cls, num_agents: int, name: str = "complete") -> Network:
        """Return the network in which everybody hears everybody else; no edge is stored.

        Raises
        ------
        NetworkError
            If there is no agent.

        Examples
        --------
        >>> Network.complete(1_000_000)
        <Network complete: 1000000 agents, 499999500000 edges, connected>
        """
        check_agents(num_agents, None)
        indptr = np.zeros(num_agents + 1, dtype=np.int64)
        return cls(indptr, np.empty(0, dtype=np.int32), np.empty(0), kind="complete", name=name)

    @property
    def num_agents(self) -> int:
        """N, the number of agents."""
        return len(self.indptr) - 1

    @property
    def is_implicit(self) -> bool:
        """Whether the network is complete and its edges are not stored."""
        return self.kind == "complete" and len(self.sources) == 0

    @property
    def num_edges(self) -> int:
        """The number of directed edges; an undirected edge counts twice."""
        return self.num_agents * (self.num_agents - 1) if self.is_implicit else len(self.sources)

    @property
    def weighted(self) -> bool:
        """Whether any weight differs from 1."""
        return bool((self.weights != 1.0).any())

    @cached_property
    def labels(self) -> tuple[str, ...]:
        """The agents' names in the order of the rows."""
        return self.given_labels or tuple(map(str, range(self.num_agents)))

    @property
    def in_degree(self) -> Array:
        """How many agents each one hears, shape (N,)."""
        if self.is_implicit:
            return np.full(self.num_agents, self.num_agents - 1, dtype=np.int64)
        return np.diff(self.indptr)

    @cached_property
    def num_components(self) -> int:
        """The number of parts that no edge joins, whichever way it points."""
        if self.is_implicit:
            return 1
        from scipy.sparse import csr_array
        from scipy.sparse.csgraph import connected_components

        links = np.ones(len(self.sources), dtype=np.int8)
        matrix = csr_array((links, self.sources, self.indptr), shape=(self.num_agents, self.num_agents))
        number: Any = connected_components(matrix, directed=True, connection="weak", return_labels=False)
        return int(number)

    @property
    def is_connected(self) -> bool:
        """Whether the network is in one part."""
        return self.num_components == 1

    def edges(self) -> tuple[Array, Array, Array]:
        """Return (targets, sources, weights) of every directed edge, in the order of the CSR.

        Raises
        ------
        NetworkError
            If the network is complete and has more than 5000 agents.

        Examples
        --------
        >>> Network.complete(3).edges()
        (array([0, 0, 1, 1, 2, 2]), array([1, 2, 0, 2, 0, 1], dtype=int32), array([1., 1., 1., 1., 1., 1.]))
        """
        if not self.is_implicit:
            return row_of_edge(self.indptr), self.sources, self.weights
        if self.num_agents > LARGEST_LISTED_COMPLETE:
            raise NetworkError(
                f"the edges of a complete network of {self.num_agents} agents are not listed; "
                f"accepted: at most {LARGEST_LISTED_COMPLETE} agents"
            )
        targets, sources = np.nonzero(~np.eye(self.num_agents, dtype=bool))
        return targets, sources.astype(np.int32), np.ones(len(sources))

    def to_networkx(self) -> nx.Graph:
        """Return the network as a NetworkX graph; see :func:`~socialsim.networks.conversion.to_networkx`."""
        from socialsim.networks.conversion import to_networkx

        return to_networkx(self)

    def describe(self) -> str:
        """Return one line with the name, the numbers of agents and edges, and whether the network is connected.

        Examples
        --------
        >>> Network.from_edges(5, [0, 2], [1, 3], name="pairs").describe()
        'pairs: 5 agents, 2 edges, disconnected (3 components)'
        """
        edges = f"{self.num_edges} directed edges" if self.directed else f"{self.num_edges // 2} edges"
        parts = "connected" if self.is_connected else f"disconnected ({self.num_components} components)"
        return f"{self.name}: {self.num_agents} agents, {edges}, {parts}"


def _twice(values: Array) -> Array:
    """Return a column of undirected edges for both ways."""
    return np.concatenate([values, values])


def _map(function: Callable[[Array], Array], columns: Mapping[str, Array]) -> dict[str, Array]:
    """Return the columns, each passed through the function."""
    return {name: function(values) for name, values in columns.items()}


def _with_kind(network: Network) -> Network:
    """Return the network with its kind found; a complete one whose edges carry nothing gives up their storage."""
    if network.weighted or network.layers is not None:
        return network
    if network.num_edges == network.num_agents * (network.num_agents - 1):
        if network.edge_attributes:
            return replace(network, kind="complete")
        implicit = Network.complete(network.num_agents)
        return replace(network, kind="complete", **{name: getattr(implicit, name) for name in _CSR})
    offsets = find_offsets(network.indptr, network.sources)
    return replace(network, kind="circulant", offsets=offsets) if len(offsets) else network


_CSR = ("indptr", "sources", "weights")
