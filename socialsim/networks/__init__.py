"""Who can see or talk to whom: graphs from NetworkX, files and generators, as columns."""

from socialsim.networks.changes import EdgeEvents, apply, read_events
from socialsim.networks.network import Groups, Network
from socialsim.networks.sources import NetworkSource, describe_generators, load, parse

__all__ = [
    "EdgeEvents",
    "Groups",
    "Network",
    "NetworkSource",
    "apply",
    "describe_generators",
    "load",
    "parse",
    "read_events",
]
