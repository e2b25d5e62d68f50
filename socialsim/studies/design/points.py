"""Points of a parameter study: a scenario with every parameter resolved, named by its content.

    key = SHA-256(canonical JSON of {scenario, parameters})

A key depends on what a point *is*: not on the order in which values are given, nor on which of them the study names and
which are defaults, nor on metrics and recording. In canonical JSON names are sorted, an integral number is written
without a fraction (1 and 1.0 are equal, true is neither) and a network that was read from a file or handed over as a
graph stands for its content rather than its path.

Replication r of a point draws from ``SeedSequence(seed, spawn_key=(*words, r, purpose))``, where the words are the
eight 32-bit words of the key. Points or replications that are added later thus change no earlier run. With common
random numbers there are no words: replication r draws from the same streams at every point, those of a plain run.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from socialsim.core.errors import SocialsimError
from socialsim.core.manifest import strict
from socialsim.engine.parts import make_learner
from socialsim.engine.rewiring import make_rewiring
from socialsim.engine.scenario import Scenario
from socialsim.networks.network import Network
from socialsim.networks.sources import parse

CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), allow_nan=False)


@dataclass(frozen=True)
class Point:
    """One point of a study.

    Attributes
    ----------
    key : str
        64 hexadecimal digits: SHA-256 of what the point is.
    words : tuple of int
        What names its streams, each in [0, 2**32): the key's eight words, or none with common random numbers.
    values : mapping of str to object
        What the study sets, by path: ``scenario.replace(values)`` is the point's scenario. Points with the same key and
        words are equal, however their values are written.
    """

    key: str
    words: tuple[int, ...]
    values: Mapping[str, Any] = field(compare=False)


def make_point(scenario: Scenario, values: Mapping[str, Any], *, common_random_numbers: bool = False) -> Point:
    """Return the point at which a scenario has other values, each named by its path.

    Parameters
    ----------
    scenario : Scenario
        What the values are replaced in.
    values : mapping of str to object
        Path -> value.
    common_random_numbers : bool
        Whether equal replications of all points draw from the same streams.

    Raises
    ------
    ParameterError, NetworkError
        If a path names nothing or a value is not accepted.

    Examples
    --------
    >>> from socialsim.environments.epistemic import scenario
    >>> point = make_point(scenario(), {"environment.trials": 1000, "environment.effect": 0.01})
    >>> point.key == make_point(scenario(), {"environment.effect": 0.01}).key  # 1000 is the default
    True
    >>> len(point.key), len(point.words), point.words[0] == int(point.key[:8], 16)
    (64, 8, True)
    """
    return PointMaker(scenario, common_random_numbers=common_random_numbers).make(values)


def key_of(scenario: Scenario) -> str:
    """Return the key of a scenario: 64 hexadecimal digits.

    Examples
    --------
    >>> from socialsim.environments.epistemic import scenario
    >>> key_of(scenario()) == key_of(scenario().replace({"environment.effect": 0.002}))
    False
    """
    parameters = scenario.parameters()
    if scenario.network.network is not None:
        parameters["network"] = fingerprint(scenario.network.network)
    record = {"scenario": scenario.name, "parameters": {path: canonical(parameters[path]) for path in parameters}}
    return hashlib.sha256(CANONICAL.encode(record).encode()).hexdigest()


def canonical(value: Any) -> Any:
    """Return a value in the types of JSON, integral numbers as integers.

    Examples
    --------
    >>> canonical((1.0, 0.5, True, "karate", {"n": np.float64(2)}))
    [1, 0.5, True, 'karate', {'n': 2}]
    """
    if isinstance(value, float):
        return int(value) if value.is_integer() else value
    if isinstance(value, str | int) or value is None:
        return value
    if isinstance(value, Mapping):
        return {str(name): canonical(entry) for name, entry in value.items()}
    if isinstance(value, list | tuple):
        return [canonical(entry) for entry in value]
    return canonical(strict(value))


@lru_cache(maxsize=64)  # a network is immutable and compared by identity
def fingerprint(network: Network) -> str:
    """Return what tells a network's content: ``sha256:`` and 64 hexadecimal digits, whatever its name.

    Examples
    --------
    >>> from socialsim.networks.sources import load
    >>> fingerprint(load("karate")) == fingerprint(load("florentine"))
    False
    """
    digest = hashlib.sha256()
    for name, value in _content(network):
        digest.update(f"{name}:{len(value)}:".encode() + value)
    return f"sha256:{digest.hexdigest()}"


def _content(value: Any, name: str = "") -> Iterator[tuple[str, bytes]]:
    """Yield the parts of a network by name, as bytes."""
    if is_dataclass(value):
        for entry in fields(value):
            if entry.name != "name":
                yield from _content(getattr(value, entry.name), f"{name}.{entry.name}")
    elif isinstance(value, Mapping):
        for key in sorted(value):
            yield from _content(value[key], f"{name}.{key}")
    elif isinstance(value, np.ndarray) and value.dtype.kind != "O":
        yield f"{name}{value.dtype.str}{value.shape}", value.tobytes()
    else:
        yield name, repr(value.tolist() if isinstance(value, np.ndarray) else value).encode()


class PointMaker:
    """Makes point after point of one scenario, reading each spec and building each network once.

    Parameters
    ----------
    scenario : Scenario
        What the values are replaced in.
    common_random_numbers : bool
        Whether equal replications of all points draw from the same streams.

    Examples
    --------
    >>> from socialsim.environments.epistemic import scenario
    >>> maker = PointMaker(scenario())
    >>> maker.make({"network.n": 10}).key == maker.make({"network": "cycle"}).key
    True
    """

    def __init__(self, scenario: Scenario, *, common_random_numbers: bool = False) -> None:
        self.scenario, self.common_random_numbers = scenario, common_random_numbers
        self._on_network: dict[str, Scenario] = {}
        self._specs: dict[tuple[str, str], Any] = {}

    def make(self, values: Mapping[str, Any]) -> Point:
        """Return the point with these values, path -> value.

        Raises
        ------
        ParameterError, NetworkError
            If a path names nothing or a value is not accepted.
        """
        key = key_of(self._resolve(values))
        words = () if self.common_random_numbers else tuple(int(key[k : k + 8], 16) for k in range(0, 64, 8))
        return Point(key, words, dict(values))

    def _resolve(self, values: Mapping[str, Any]) -> Scenario:
        """Return what ``scenario.replace(values)`` returns, sooner."""
        network = {path: self._read(path, value) for path, value in values.items() if path.startswith("network")}
        others = {path: self._read(path, value) for path, value in values.items() if path not in network}
        name = repr(sorted((path, values[path]) for path in network))
        if name not in self._on_network:
            self._on_network[name] = self.scenario.replace(network)
        return self._on_network[name].replace(others)

    def _read(self, path: str, value: Any) -> Any:
        """Return what a spec stands for; whatever is none is left for the scenario to judge."""
        is_learner = path.removeprefix("learner.") in ("learner", *self.scenario.learners)
        make: Any = make_learner if is_learner else {"network": parse, "rewiring": make_rewiring}.get(path)
        if make is None or not isinstance(value, str):
            return value
        if (path, value) not in self._specs:
            try:
                self._specs[path, value] = make(value)
            except SocialsimError:
                return value
        return self._specs[path, value]
