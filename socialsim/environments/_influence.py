"""What environments of opinions share: zealots, media, and whom one looks at.

A **zealot** holds an opinion and never changes it. A **medium** of opinion k is looked at in place of a neighbour with
probability r_k, its reach.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from socialsim.core.compiled import compiled
from socialsim.core.errors import ParameterError
from socialsim.core.streams import draw_word, integer, uniform
from socialsim.engine.interface import constant
from socialsim.engine.links import COMPLETE, is_away

LOW = np.uint64(0xFFFFFFFF)
HALF = np.uint64(32)


class Zealots(NamedTuple):
    """Who never changes: how many hold each opinion, and which agents, those of opinion 0 first; none if at random."""

    counts: NDArray[np.int64]  # (num_opinions,)
    agents: NDArray[np.int64]  # (num_zealots,) or (0,)


def read_zealots(
    zealots: tuple[int | float, ...], agents: tuple[int, ...], num_opinions: int, num_agents: int
) -> Zealots:
    """Return the zealots that an environment's parameters name.

    Parameters
    ----------
    zealots : tuple of int or float
        One entry an opinion: an integer counts agents, another number is a share of all.
    agents : tuple of int
        Which they are; empty if they are drawn at random.
    num_opinions, num_agents : int

    Raises
    ------
    ParameterError
        If there are more than agents, or the agents named are not so many different ones of the network.

    Examples
    --------
    >>> read_zealots((0.1, 3), (), 2, 20).counts.tolist()
    [2, 3]
    """
    counts = [how_many(entry, num_agents, "environment.zealots", zealots) for entry in zealots] or [0] * num_opinions
    if sum(counts) > num_agents:
        raise ParameterError(
            f"environment.zealots: {list(zealots)} is not accepted; accepted: at most {num_agents} zealots, the number "
            "of agents of the network"
        )
    check_agents("zealot", agents, sum(counts), num_agents)
    return Zealots(constant(np.array(counts, np.int64)), constant(np.array(agents, np.int64)))


def how_many(entry: int | float, num_agents: int, path: str, given: object) -> int:
    """Return a number of agents from a count (an integer) or a share of all (another number below 1).

    Examples
    --------
    >>> how_many(0.25, 10, "environment.seeds", 0.25), how_many(3, 10, "environment.seeds", 3)
    (2, 3)
    """
    is_share = isinstance(entry, float)
    if not 0 <= entry <= num_agents or (is_share and entry >= 1):  # 1.0 would be told from 1 in no file
        given = list(given) if isinstance(given, tuple) else given
        raise ParameterError(
            f"{path}: {given} is not accepted; accepted: a number of agents from 0 to {num_agents}, or a share such as "
            "0.1, below 1"
        )
    return round(entry * num_agents) if is_share else int(entry)


def check_agents(name: str, agents: tuple[int, ...], number: int, num_agents: int) -> None:
    """Refuse a list of agents that does not name so many different ones of the network.

    Raises
    ------
    ParameterError
        It names the parameter and what is accepted.
    """
    if agents and not (len(agents) == number == len(set(agents)) and all(0 <= i < num_agents for i in agents)):
        raise ParameterError(
            f"environment.{name}_agents: {list(agents)} is not accepted; accepted: {number} different agents from 0 to "
            f"{num_agents - 1}, as many as there are {name}s, or none: then they are drawn at random"
        )


def check_lists(
    zealots: tuple[int | float, ...], agents: tuple[int, ...], media: tuple[float, ...], num_opinions: int
) -> None:
    """Refuse lists that do not have one entry an opinion, and media that ask for more attention than there is.

    Raises
    ------
    ParameterError
        It names the parameter and what is accepted.
    """
    for name, entries in (("zealots", zealots), ("media", media)):
        if entries and (len(entries) != num_opinions or min(entries) < 0):
            raise ParameterError(
                f"{name}: {list(entries)} is not accepted; accepted: {num_opinions} numbers >= 0, one an opinion, or "
                "none"
            )
    if sum(media) > 1.0:
        raise ParameterError(f"media: {list(media)} is not accepted; accepted: chances of sum at most 1")
    if agents and not zealots:
        raise ParameterError(f"zealot_agents: {list(agents)} is not accepted without zealots, one number an opinion")


@compiled
def place_zealots(env, stream):
    """Give every zealot its opinion: to the agents named, else to some drawn at random."""
    placed = 0
    for opinion in range(env.zealots.shape[0]):
        for _ in range(env.zealots[opinion]):
            if env.zealot_agents.shape[0] > 0:
                i = env.zealot_agents[placed]
            else:
                i = integer(stream, env.opinion.shape[0])
                while env.is_zealot[i]:
                    i = integer(stream, env.opinion.shape[0])
            env.is_zealot[i] = 1
            env.opinion[i] = opinion
            placed += 1


@compiled
def below(bits, stop, stream):
    """Return an integer from U{0, ..., stop - 1} for 1 <= stop < 2**32 from 32 random bits, without bias: where these
    would favour some, from further words (Lemire 2019, algorithm 5). Two such numbers come from one word.
    """
    bound = np.uint64(stop)
    product = bits * bound
    if product & LOW < bound:
        threshold = (np.uint64(0x100000000) - bound) % bound
        while product & LOW < threshold:
            product = (draw_word(stream) >> HALF) * bound
    return np.int64(product >> HALF)


@compiled
def someone_heard(network, i, bits, stream):
    """Return one of those whom agent i hears, uniformly, chosen by 32 random bits; i itself if it hears nobody."""
    if network.kind == COMPLETE:
        size, first = network.num_agents - 1, 0
    else:
        first = network.indptr[np.uint64(i)]
        size = network.indptr[np.uint64(i + 1)] - first
    if size == 0:
        return i
    k = first + below(bits, size, stream)
    if network.kind == COMPLETE:
        return k if k < i else k + 1
    return np.int64(network.sources[np.uint64(k)])


@compiled
def pair_heard(network, by_link, word, stream):
    """Return an agent and one whom it hears, from one random word: the agent uniformly, or the link between them; an
    agent that hears nobody twice, and -1 twice if a link is wanted and there is none.
    """
    if by_link and network.kind != COMPLETE:
        num_links = network.indptr[network.num_agents]
        if num_links == 0:
            return np.int64(-1), np.int64(-1)
        link = below(word >> HALF, num_links, stream)
        return np.searchsorted(network.indptr, link, side="right") - 1, np.int64(network.sources[link])
    i = below(word >> HALF, network.num_agents, stream)
    return i, np.int64(someone_heard(network, i, word & LOW, stream))


@compiled
def shown(env, network, i, j, stream):
    """Return the opinion that agent i sees when it looks at j: now and then a medium's instead, and its own where j is
    away.
    """
    if env.attention > 0.0:
        left = uniform(stream)
        if left < env.attention:
            for k in range(env.media.shape[0] - 1):
                left -= env.media[k]
                if left < 0.0:
                    return np.int64(k)
            return np.int64(env.media.shape[0] - 1)
    return np.int64(env.opinion[np.uint64(i if is_away(network, j) else j)])
