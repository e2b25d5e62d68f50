"""Real social networks that ship with NetworkX; the edge weights of two of them are kept."""

from __future__ import annotations

from socialsim.networks.conversion import from_networkx
from socialsim.networks.network import Network


def karate() -> Network:
    """Return the friendships of a university karate club that split in two [Zachary1977]_.

    The agents' attribute `club` is the side that they took. The weight of an edge counts the contexts in which the two
    met (NetworkX's data).

    References
    ----------
    .. [Zachary1977] W. W. Zachary (1977). An information flow model for conflict and fission in small groups.
       Journal of Anthropological Research 33(4), 452-473.

    Examples
    --------
    >>> karate()
    <Network karate: 34 agents, 78 edges, connected>
    """
    import networkx as nx

    return from_networkx(nx.karate_club_graph(), name="karate")


def florentine() -> Network:
    """Return the marriages between Florentine families in the fifteenth century [Padgett1993]_.

    The fifteen families with a marriage; labels are their names.

    References
    ----------
    .. [Padgett1993] J. F. Padgett and C. K. Ansell (1993). Robust action and the rise of the Medici, 1400-1434.
       American Journal of Sociology 98(6), 1259-1319.

    Examples
    --------
    >>> florentine().labels[:2]
    ('Acciaiuoli', 'Medici')
    """
    import networkx as nx

    return from_networkx(nx.florentine_families_graph(), name="florentine")


def les_miserables() -> Network:
    """Return the characters of Les Miserables who appear in a chapter together [Knuth1993]_.

    The weight of an edge counts such chapters.

    References
    ----------
    .. [Knuth1993] D. E. Knuth (1993). The Stanford GraphBase: A Platform for Combinatorial Computing. ACM Press.

    Examples
    --------
    >>> les_miserables()
    <Network les_miserables: 77 agents, 254 edges, connected>
    """
    import networkx as nx

    return from_networkx(nx.les_miserables_graph(), name="les_miserables")


def davis() -> Network:
    """Return eighteen women of the South and the fourteen events that they attended [Davis1941]_.

    A bipartite network: the agents' attribute `bipartite` is 0 for a woman and 1 for an event.

    References
    ----------
    .. [Davis1941] A. Davis, B. B. Gardner and M. R. Gardner (1941). Deep South. University of Chicago Press.

    Examples
    --------
    >>> davis()
    <Network davis: 32 agents, 89 edges, connected>
    """
    import networkx as nx

    return from_networkx(nx.davis_southern_women_graph(), name="davis")
