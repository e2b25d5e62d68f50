"""What agents feel of each other: weighted sums over a network, see `socialsim.engine.aggregative`."""

from __future__ import annotations

from socialsim.core.compiled import compiled
from socialsim.engine.links import COMPLETE, degree, is_away, link_weight, neighbour

NORMALISATIONS = ("degree", "N", "density")
BY_DEGREE, BY_NUMBER, BY_DENSITY = range(3)


@compiled
def strength(network, i):
    """Return the sum of the weights of those present whom i hears: its degree, on an unweighted network."""
    total = 0.0
    for k in range(degree(network, i)):
        if not is_away(network, neighbour(network, i, k)):
            total += link_weight(network, i, k)
    return total


@compiled
def mean_strength(network):
    """Return the mean of `strength` over all agents, of which those who are away have none."""
    n = network.num_agents
    if network.kind == COMPLETE and not network.may_change:
        return n - 1.0
    total = 0.0
    for i in range(n):
        if not is_away(network, i):
            total += strength(network, i)
    return total / n


@compiled
def aggregate(network, normalise, features, out):
    """Fill the first columns of ``out`` with z_i, for all i; 0 for whoever hears nobody."""
    n, num_features = features.shape
    scale = float(n) if normalise == BY_NUMBER else 0.0
    if normalise == BY_DENSITY:
        scale = mean_strength(network)
    if network.kind == COMPLETE:
        num_present = 0
        for i in range(n):
            num_present += not is_away(network, i)
        for f in range(num_features):
            total = 0.0
            for i in range(n):
                total += features[i, f]
            for i in range(n):
                own = num_present - (not is_away(network, i)) if normalise == BY_DEGREE else scale
                out[i, f] = (total - features[i, f]) / own if own > 0.0 else 0.0
        return
    for i in range(n):
        for f in range(num_features):
            out[i, f] = 0.0
        own = scale
        if normalise == BY_DEGREE:
            own = strength(network, i)
        if own > 0.0:
            for k in range(degree(network, i)):
                j, weight = neighbour(network, i, k), link_weight(network, i, k)
                for f in range(num_features):
                    out[i, f] += weight * features[j, f]
            for f in range(num_features):
                out[i, f] /= own  # at the end: six sixths are not 1


@compiled
def average(features, out):
    """Fill ``out`` with the mean of each feature over all agents."""
    for f in range(out.shape[0]):
        total = 0.0
        for i in range(features.shape[0]):
            total += features[i, f]
        out[f] = total / features.shape[0]


@compiled
def share_common(common, aggregates, first):
    """Let everybody's aggregate go on with the common state, from column ``first``."""
    for i in range(aggregates.shape[0]):
        for y in range(common.shape[0]):
            aggregates[i, first + y] = common[y]
