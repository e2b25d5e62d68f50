"""Plays of a sender who knows and a receiver who acts: what `signalling` and `cheap_talk` have in common.

One event is one play. A receiver is drawn, uniformly, and one of the senders whom it hears. Nature draws a state s from
the prior, the sender says a message m, the receiver hears it (or, with a chance epsilon, any message instead) and does
an act a. The sender is paid U_S(s, a), the receiver U_R(s, a). A receiver who hears no sender sits out, and so do both
if one of them is away.

What was said and done is counted over the last ``window`` to ``2 window`` plays, in two blocks by turns. With the
counts, P(m | s) and P(a | m) are known, and how many bits a message holds of the state.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from socialsim.core.compiled import compiled
from socialsim.core.errors import ParameterError
from socialsim.core.parameters import parameter
from socialsim.core.streams import alias_table, draw_alias, integer
from socialsim.engine.interface import Discrete, Environment, Specification, constant
from socialsim.engine.links import degree, neighbour
from socialsim.metrics.information import mutual_information

MOST_CELLS = 1 << 20  # of the table of counts
UNPLAYED = "nothing was played"


class State(NamedTuple):
    """The state of nature and how the last plays went."""

    num_senders: int  # 0: everybody is both
    num_states: int
    num_messages: int
    num_acts: int
    window: int
    is_even: bool  # all states are equally likely
    accept: NDArray[np.float64]  # (1, num_states), alias table of the prior
    shift: NDArray[np.int64]  # (1, num_states)
    sender_pays: NDArray[np.float64]  # (num_states, num_acts)
    receiver_pays: NDArray[np.float64]  # (num_states, num_acts)
    nature: NDArray[np.int64]  # (1,)
    sender: NDArray[np.int64]  # (1,), who sends in this play
    left: NDArray[np.int64]  # (1,), plays that this block still counts
    block: NDArray[np.int64]  # (1,)
    plays: NDArray[np.int64]  # (2, num_states * num_messages * num_acts), counted by block


@compiled
def linked_sender(env, network, i, stream):
    """Return a sender whom agent i hears, uniformly; -1 if there is none."""
    if network.num_agents == 2:
        return 1 - i  # two who are alone are partners
    stop = network.num_agents if env.num_senders == 0 else env.num_senders
    num_heard = 0
    for k in range(degree(network, i)):
        num_heard += neighbour(network, i, k) < stop
    if num_heard == 0:
        return -1
    chosen = integer(stream, num_heard) if num_heard > 1 else 0
    for k in range(degree(network, i)):
        j = neighbour(network, i, k)
        if j < stop:
            if chosen == 0:
                return j
            chosen -= 1
    return -1


@compiled
def count_play(env, message, act):
    """Count one play in the present block; a full block gives way to the older one, emptied."""
    cell = (env.nature[0] * env.num_messages + message) * env.num_acts + act
    env.plays[np.uint64(env.block[0]), np.uint64(cell)] += 1
    env.left[0] -= 1
    if env.left[0] == 0:
        env.left[0] = env.window
        env.block[0] = 1 - env.block[0]
        for c in range(env.plays.shape[1]):
            env.plays[np.uint64(env.block[0]), np.uint64(c)] = 0


def modal_acts(plays: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the commonest act on the commonest message of each state, shape (num_runs, num_states).

    Parameters
    ----------
    plays : ndarray, shape (num_runs, num_states, num_messages, num_acts)
        How often each happened.

    Examples
    --------
    >>> modal_acts(np.array([[[[4, 0], [0, 1]], [[0, 0], [0, 5]]]])).tolist()
    [[0, 1]]
    """
    said, done = plays.sum(axis=3), plays.sum(axis=1)
    return np.take_along_axis(done.argmax(axis=2), said.argmax(axis=2), axis=1)


def played(values: ArrayLike, num_plays: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the values of the runs that counted a play, NaN for the others.

    Examples
    --------
    >>> played([1.0, 2.0], np.array([0, 3])).tolist()
    [nan, 2.0]
    """
    return np.where(num_plays > 0, values, np.nan)


class SenderReceiver(Environment):
    """Base of games of a sender who knows a state and a receiver who acts.

    Examples
    --------
    >>> from socialsim.environments.cheap_talk import CheapTalk
    >>> issubclass(CheapTalk, SenderReceiver), CheapTalk(num_senders=2).counts(5)
    (True, {'sender': 2, 'receiver': 3})
    """

    window: int = parameter(10_000, "last plays that the measures look back on, at least", unit="plays", ge=1)
    noise: float = parameter(0.0, "chance that any message is heard in place of the one said", ge=0, le=1)
    num_senders: int = parameter(1, "senders, the first rows; all others are receivers", unit="agents", ge=1)

    loop: ClassVar = "events"
    agent_types: ClassVar[tuple[str, ...]] = ("sender", "receiver")
    cast: ClassVar[tuple[str, ...]] = ("sender", "receiver")

    @abstractmethod
    def prior_of_states(self) -> NDArray[np.float64]:
        """Return the chance of each state of nature."""

    @abstractmethod
    def payoff_tables(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return U_S and U_R, each of shape (num_states, num_acts)."""

    @abstractmethod
    def alphabet(self) -> int:
        """Return how many messages there are."""

    def counts(self, num_agents: int) -> dict[str, int]:
        """Return so many senders, and receivers."""
        if num_agents <= self.num_senders:
            raise ParameterError(
                f"network: {num_agents} agents leave no receiver beside {self.num_senders} "
                f"sender{'s' * (self.num_senders > 1)}; accepted: more agents than environment.num_senders"
            )
        return {"sender": self.num_senders, "receiver": num_agents - self.num_senders}

    def state(self, num_agents: int) -> State:
        """Lay out a game that has not begun."""
        sender_pays, receiver_pays = self.payoff_tables()
        (num_states, num_acts), num_messages = sender_pays.shape, self.alphabet()
        if num_states * num_messages * num_acts > MOST_CELLS:
            raise ParameterError(
                f"environment.num_messages: {num_states} states, {num_messages} messages and {num_acts} acts make "
                f"too many kinds of play to be counted; accepted: states times messages times acts <= {MOST_CELLS}"
            )
        prior = self.prior_of_states()
        accept, shift = alias_table(prior)
        return State(
            num_senders=self.counts(num_agents).get("sender", 0),
            num_states=num_states,
            num_messages=num_messages,
            num_acts=num_acts,
            window=self.window,
            is_even=bool((prior == prior[0]).all()),
            accept=constant(accept[None]),
            shift=constant(shift[None]),
            sender_pays=constant(sender_pays),
            receiver_pays=constant(receiver_pays),
            nature=np.zeros(1, np.int64),
            sender=np.zeros(1, np.int64),
            left=np.full(1, self.window),
            block=np.zeros(1, np.int64),
            plays=np.zeros((2, num_states * num_messages * num_acts), np.int64),
        )

    def facts(self) -> dict[str, Any]:
        """Return what learners may know of messages, and between which ends rewards lie."""
        tables = self.payoff_tables()
        return {
            "num_messages": self.alphabet(),
            "num_states": len(tables[0]),
            "num_acts": tables[0].shape[1],
            "misheard": self.noise,
            "reward_range": (float(min(table.min() for table in tables)), float(max(table.max() for table in tables))),
        }

    def specification(self, agent_type: str, num_agents: int) -> Specification:
        """The sender sees a state and says a message; the receiver sees nothing and acts."""
        num_states, num_acts = self.payoff_tables()[0].shape
        if agent_type == "sender":
            return Specification(Discrete(self.alphabet()), Discrete(num_states), self.facts())
        return Specification(Discrete(num_acts), Discrete(1), self.facts())

    def last_plays(self, state: State) -> NDArray[np.int64]:
        """Return how often states, messages and acts went together, (num_runs, num_states, num_messages, num_acts)."""
        num_states, num_acts = self.payoff_tables()[0].shape
        return state.plays.sum(axis=1).reshape(-1, num_states, self.alphabet(), num_acts)

    def outcomes(self, state: State) -> dict[str, NDArray[Any]]:
        """Return the last plays' mean payoffs, the receiver's if each state had only its commonest message and each
        message its commonest act, and the bits that a message, and an act, held of the state; NaN without a play.
        """
        plays = self.last_plays(state)
        num_plays, said, acted = plays.sum(axis=(1, 2, 3)), plays.sum(axis=3), plays.sum(axis=2)
        shares = np.where(num_plays[:, None, None] > 0, acted, np.nan) / np.maximum(num_plays, 1)[:, None, None]
        tables = self.payoff_tables()
        acts = modal_acts(plays)
        return {
            "sender_payoff": (shares * tables[0]).sum(axis=(1, 2)),
            "receiver_payoff": (shares * tables[1]).sum(axis=(1, 2)),
            "modal_payoff": played(tables[1][np.arange(acts.shape[1]), acts] @ self.prior_of_states(), num_plays),
            "information": played(mutual_information(said, "miller_madow"), num_plays),
            "acted_information": played(mutual_information(acted, "miller_madow"), num_plays),
        }

    @staticmethod
    @compiled
    def observe(env, network, i):
        """Return the state to the sender, nothing to the receiver; to one who may be either, that it is to receive."""
        if env.num_senders == 0:
            return env.nature[0] if i == env.sender[0] else env.num_states
        return env.nature[0] if i < env.num_senders else 0

    @staticmethod
    @compiled
    def wake(env, network, active, stream):
        """Draw a receiver, a sender whom it hears, and the state."""
        receiver = network.num_agents - 1
        if receiver > env.num_senders:
            receiver = env.num_senders + integer(stream, network.num_agents - env.num_senders)
        sender = linked_sender(env, network, receiver, stream)
        if sender < 0:
            return 0
        if env.is_even:
            env.nature[0] = integer(stream, env.num_states)
        else:
            env.nature[0] = draw_alias(stream, env.accept, env.shift, 0)
        env.sender[0] = sender
        active[0] = sender
        active[1] = receiver
        return 2

    @staticmethod
    @compiled
    def advance(env, network, active, actions, rewards, stream):
        """Pay both."""
        if active.shape[0] == 2:
            sender, receiver, state = np.uint64(active[0]), np.uint64(active[1]), np.uint64(env.nature[0])
            message, act = actions[sender], actions[receiver]
            rewards[sender] = env.sender_pays[state, np.uint64(act)]
            rewards[receiver] = env.receiver_pays[state, np.uint64(act)]
            count_play(env, message, act)
