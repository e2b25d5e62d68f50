"""Where a network comes from: a graph, a file, or a spec string such as ``watts_strogatz:n=100,k=4,p=0.1``.

A spec string is a name, or a name, a colon and parameters with TOML values (words may go without quotes). The names are
those of the functions in ``regular.py``, ``random_graphs.py`` and ``real.py``, and ``graphon``. A random network is
drawn anew for each replication; everything else is one network.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePath
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from socialsim.core.errors import NetworkError, unknown
from socialsim.core.spec import parse_spec
from socialsim.networks import files, graphon_sampling, random_graphs, real, regular
from socialsim.networks.network import Network
from socialsim.networks.parameters import Parameter, parameters_of, resolve

REGULAR = (
    regular.complete,
    regular.cycle,
    regular.wheel,
    regular.star,
    regular.path,
    regular.grid,
    regular.ring_lattice,
)
RANDOM = (
    random_graphs.watts_strogatz,
    random_graphs.barabasi_albert,
    random_graphs.erdos_renyi,
    random_graphs.random_regular,
    random_graphs.stochastic_block,
    graphon_sampling.graphon,
)
REAL = (real.karate, real.florentine, real.les_miserables, real.davis)

_FUNCTIONS: Mapping[str, Callable[..., Network]] = MappingProxyType(
    {function.__name__: function for function in (*REGULAR, *RANDOM, *REAL)}
)
_RANDOM_NAMES = frozenset(function.__name__ for function in RANDOM)


class GeneratorDescription(NamedTuple):
    """What the command line lists of a generator: its name, its parameters by name and one line."""

    name: str
    parameters: dict[str, Parameter]
    doc: str


@dataclass(frozen=True)
class NetworkSource:
    """Where networks are drawn from; made by :func:`parse`.

    Attributes
    ----------
    name : str
        The generator, the file or the graph's name.
    parameters : dict of str to object
        Every parameter of the generator, defaults included; empty for one given network.
    network : Network, or None
        The given network; None where a generator makes it.

    Examples
    --------
    >>> source = parse("watts_strogatz:n=20,k=4")
    >>> source.spec, source.is_random
    ('watts_strogatz:n=20,k=4,p=0.1', True)
    >>> source.draw(np.random.default_rng(1))
    <Network watts_strogatz:n=20,k=4,p=0.1: 20 agents, 40 edges, connected>
    """

    name: str
    parameters: dict[str, Any] = field(default_factory=dict)
    network: Network | None = None

    @property
    def spec(self) -> str:
        """The canonical string, with every parameter; parsing it gives the same source (unless it is a graph)."""
        values = (f"{name}={json.dumps(value, separators=(',', ':'))}" for name, value in self.parameters.items())
        return ":".join(filter(None, [self.name, ",".join(values)]))

    @property
    def is_random(self) -> bool:
        """Whether the network is drawn anew for each replication."""
        return self.network is None and self.name in _RANDOM_NAMES

    def draw(self, rng: np.random.Generator | None = None) -> Network:
        """Return a network: the same one for the same state of the generator.

        Raises
        ------
        NetworkError
            If the parameters do not go together, a random network gets no generator, or memory does not suffice.
        """
        if self.network is not None:
            return self.network
        if self.is_random and rng is None:
            raise NetworkError(
                f"the network {self.name} is random; accepted: a seed or a numpy.random.Generator with it"
            )
        random = {"rng": rng} if self.is_random else {}
        try:
            return replace(_FUNCTIONS[self.name](**self.parameters, **random), name=self.spec)
        except (MemoryError, OverflowError):
            raise NetworkError(f"the network {self.spec} does not fit into memory; accepted: a smaller one") from None

    def replace(self, **parameters: Any) -> NetworkSource:
        """Return the source with other parameters.

        Raises
        ------
        ParameterError
            If a name is unknown, or a value has another type or is out of range.

        Examples
        --------
        >>> parse("cycle").replace(n=50).spec
        'cycle:n=50'
        """
        known = {} if self.network is not None else parameters_of(_FUNCTIONS[self.name])
        return replace(self, parameters=resolve(self.name, known, {**self.parameters, **parameters}))


def parse(source: Any) -> NetworkSource:
    """Return the source that a network, graph, path or spec string stands for.

    Parameters
    ----------
    source : Network, NetworkSource, networkx graph, path, or str
        A string is a file if it has one of the known suffixes or a path separator; otherwise a spec.

    Raises
    ------
    NetworkError
        If a file or graph is no valid network, or the name is unknown.
    ParameterError
        If a parameter is unknown, no TOML, of another type or out of range.

    Examples
    --------
    >>> parse("grid:rows=3,neighbourhood=moore").parameters
    {'rows': 3, 'columns': 10, 'periodic': False, 'neighbourhood': 'moore'}
    >>> parse("karat")
    Traceback (most recent call last):
    socialsim.core.errors.NetworkError: unknown network 'karat'; did you mean 'karate'? Accepted: a file, barabasi_...
    """
    if isinstance(source, NetworkSource):
        return source
    if isinstance(source, Network):
        return NetworkSource(source.name, network=source)
    if isinstance(source, PurePath) or (isinstance(source, str) and _is_path(source)):
        return NetworkSource(Path(source).as_posix(), network=files.read(source))
    if isinstance(source, str):
        return _parse_spec(source)
    return _parse_graph(source)


def load(source: Any, seed: int | np.random.Generator | None = None) -> Network:
    """Return the network that `source` stands for; a random one needs a seed.

    Parameters
    ----------
    source : as for :func:`parse`
    seed : int or numpy.random.Generator, optional
        Used by random networks alone.

    Raises
    ------
    NetworkError, ParameterError
        As :func:`parse`; and if a random network has no seed.

    Examples
    --------
    >>> load("karate")
    <Network karate: 34 agents, 78 edges, connected>
    >>> load("erdos_renyi:n=50,p=0.1", seed=1).num_agents
    50
    """
    return parse(source).draw(None if seed is None else np.random.default_rng(seed))


def describe_generators() -> list[GeneratorDescription]:
    """Return every name that a spec string may have, with its parameters and one line of explanation.

    Examples
    --------
    >>> name, parameters, doc = describe_generators()[1]
    >>> name, parameters["n"].default, doc
    ('cycle', 10, 'Return a ring on which everybody hears the two neighbours.')
    """
    return [
        GeneratorDescription(name, parameters_of(function), (function.__doc__ or "").strip().splitlines()[0])
        for name, function in _FUNCTIONS.items()
    ]


def _is_path(text: str) -> bool:
    """Return whether a string means a file."""
    name = text.partition(":")[0]
    return name not in _FUNCTIONS and ("/" in text or "\\" in text or PurePath(text).suffix.lower() in files.READERS)


def _parse_spec(text: str) -> NetworkSource:
    """Return the source of a spec string."""
    name = text.strip().partition(":")[0]
    if name not in _FUNCTIONS:
        message = unknown("network", name, _FUNCTIONS).replace("Accepted: ", "Accepted: a file, ")
        raise NetworkError(message)
    return NetworkSource(name).replace(**parse_spec(text)[1])


def _parse_graph(graph: Any) -> NetworkSource:
    """Return the source of a NetworkX graph."""
    import networkx as nx

    from socialsim.networks.conversion import from_networkx

    if not isinstance(graph, nx.Graph):
        kinds = "a Network, a NetworkX graph, a path, or a spec such as 'karate' or 'cycle:n=10'"
        raise NetworkError(f"a network cannot be a {type(graph).__name__}; accepted: {kinds}")
    network = from_networkx(graph)
    return NetworkSource(network.name, network=network)
