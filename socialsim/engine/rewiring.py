"""Networks that change inside the loop.

At each step every directed edge is redirected with probability ``rate``: its target looks to another source instead.
In-degrees stay as they are. The new source is that of `choose`: with `Rewiring` any other agent, with `LikeMinded` one
who does the same as the target. An edge that would double another, or come from the agent itself, stays.
"""

from __future__ import annotations

from socialsim.core.compiled import compiled
from socialsim.core.errors import ParameterError, unknown
from socialsim.core.parameters import Parameters, parameter
from socialsim.core.spec import parse_spec
from socialsim.core.streams import integer


class Rewiring(Parameters):
    """Redirect edges to sources drawn uniformly.

    Examples
    --------
    >>> Rewiring(rate=0.01).rate
    0.01
    """

    rate: float = parameter(0.01, "chance that an edge is redirected", unit="per edge and step", ge=0, le=1)

    @staticmethod
    @compiled
    def choose(network, i, source, actions, stream):
        """Return the new source of an edge that informs agent i, or -1 to keep the old one."""
        return integer(stream, network.num_agents)


class LikeMinded(Rewiring):
    """Redirect edges from those who do otherwise to those who do the same, drawn uniformly among them.

    In [Holme2006]_ any edge moves; here one from a like-minded source stays. Whoever is alone in what they do keeps
    their edges.

    Examples
    --------
    >>> LikeMinded(rate=0.05).rate
    0.05
    """

    @staticmethod
    @compiled
    def choose(network, i, source, actions, stream):
        """Return an agent whose action is that of agent i, or -1 where the source's is already, or nobody's is."""
        if actions[source] == actions[i]:
            return -1
        num_alike = -1  # i itself
        for j in range(network.num_agents):
            num_alike += actions[j] == actions[i]
        if num_alike == 0:
            return -1
        rank = integer(stream, num_alike)
        for j in range(network.num_agents):
            if j != i and actions[j] == actions[i]:
                if rank == 0:
                    return j
                rank -= 1
        return -1


RULES: dict[str, type[Rewiring]] = {"uniform": Rewiring, "like_minded": LikeMinded}


def make_rewiring(spec: str) -> Rewiring:
    """Return the rule of a spec string.

    Raises
    ------
    ParameterError
        If the rule is unknown or a parameter is not accepted.

    Examples
    --------
    >>> make_rewiring("like_minded:rate=0.1")
    LikeMinded(rate=0.1)
    """
    name, values = parse_spec(spec)
    if name not in RULES:
        raise ParameterError(unknown("rewiring", name, RULES))
    try:
        return RULES[name](**values)
    except ParameterError as error:
        raise ParameterError(f"rewiring.{error}") from None


def rule_name(rewiring: Rewiring) -> str:
    """Return the name of a rule: that of its spec, or of the user's class.

    Examples
    --------
    >>> rule_name(Rewiring())
    'uniform'
    """
    names = {rule: name for name, rule in RULES.items()}
    return names.get(type(rewiring), type(rewiring).__name__)
