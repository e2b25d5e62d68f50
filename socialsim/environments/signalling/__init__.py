"""A sender who knows, a receiver who acts, and messages that mean nothing at first (Lewis signalling games).

Nature draws one of n states. A sender sees it and says one of m messages; a receiver hears the message, not the state,
and does one of k acts. Both are paid U(s, a), by default 1 if the act fits the state (a = s), else 0. A message means
something once the two have learnt to use it alike. With P(m | s) and P(a | m) the expected success is

    sum_s P(s) sum_m P(m | s) sum_a P(a | m) U(s, a)                                                               (1)

In a **signalling system** each state has its own message, each message its own act, and success is certain. Without
information the best success is max_s P(s); with m < n messages it is the sum of the m largest P(s). Where several
states share a message (**partial pooling**), nobody gains by changing alone: play may end there.

With two equally likely states, two messages and Roth-Erev learners a signalling system always emerges
([Argiento2009]_, theorem 1.1). With three or more states some runs end in partial pooling ([Barrett2006]_). A run has
a **complete** system here if the success of its last plays is at least 1 - min_s P(s) / 2, for equal states
(n - 1/2) / n; on a noisy channel correspondingly less. Fewer than 20 / min_s P(s) plays do not tell, nor do payoffs or
a channel by which some state's act does not matter: then whether it is complete is undefined.

**Who meets whom**: the first ``num_senders`` agents send, the others receive; a receiver plays with the senders whom it
hears. With ``roles = "both"`` everybody sends in some plays and receives in others. **Meanings with parts**: with
``attributes`` (2, 3) a state is a colour and a shape, say, numbered in mixed radix, and payoffs ``attributes`` pay the
share of them that the act gets right; with ``symbols`` (2, 3) a message is spelled in two places ([Barrett2009b]_).
**Conflict**: ``sender_payoffs`` gives the sender interests of its own; see also `socialsim.environments.cheap_talk`.
Sources: [Lewis1969]_; [Skyrms2010]_, chapters 1, 7 and 8.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from socialsim.core.errors import ParameterError
from socialsim.core.estimate import Estimate
from socialsim.core.parameters import parameter
from socialsim.core.result import Result
from socialsim.engine.interface import Discrete, Specification
from socialsim.engine.scenario import Scenario
from socialsim.environments.signalling.game import UNPLAYED, SenderReceiver, State
from socialsim.metrics.estimates import proportion
from socialsim.metrics.runs import over_runs

ROUNDING = 1e-9
TOLD_BY = 20  # plays of the rarest state, expected, that tell whether a system is complete
Table = tuple[tuple[float, ...], ...]


class Signalling(SenderReceiver):
    """Senders and receivers, and a state of nature that only the sender sees.

    Examples
    --------
    >>> Signalling(num_states=3).counts(2)
    {'sender': 1, 'receiver': 1}
    >>> Signalling(prior=(0.5, 0.4))
    Traceback (most recent call last):
        ...
    socialsim.core.errors.ParameterError: environment.prior: its chances sum to 0.9; accepted: a sum of 1
    """

    num_states: int = parameter(2, "number of states of nature", ge=2, le=1000)
    num_messages: int = parameter(2, "number of messages", ge=1, le=1000)
    num_acts: int = parameter(0, "number of acts; 0: as many as states", ge=0, le=1000)
    prior: tuple[float, ...] = parameter((), "chance of each state; empty: by the Zipf exponent")
    zipf_exponent: float = parameter(0.0, "z: the k-th state is drawn in proportion to k^-z; 0: all alike", ge=0)
    payoffs: Literal["fit", "attributes"] | Table = parameter(
        "fit", "1 if the act is the state; the share of attributes that the act gets right; or a row of each state"
    )
    sender_payoffs: Table = parameter((), "the sender's, a row of each state; empty: those of the receiver")
    attributes: tuple[int, ...] = parameter((), "how many values each attribute of a state has; empty: one attribute")
    symbols: tuple[int, ...] = parameter((), "how many symbols each place of a message has; empty: one place")
    roles: Literal["apart", "both"] = parameter("apart", "senders beside receivers, or everybody both in turns")

    default_learners: ClassVar[Mapping[str, str]] = {
        "sender": "roth_erev_sender",
        "receiver": "roth_erev_receiver",
        "agent": "roth_erev_talker",
    }
    source: ClassVar[str] = "Lewis 1969, Convention; Skyrms 2010, Signals"
    figure: ClassVar[Mapping[str, Any]] = {
        "series": "mean_certainty",
        "series_label": "mean certainty of the urns",
        "agent": "certainty",
        "agent_label": "certainty of the urns",
    }

    def model_post_init(self, context: Any) -> None:
        """Refuse chances, attributes, symbols and payoffs that do not fit."""
        prior = self.prior
        if prior and len(prior) != self.num_states:
            raise ParameterError(f"environment.prior: {len(prior)} chances; accepted: {self.num_states}, one a state")
        if any(chance < 0 for chance in prior):
            raise ParameterError(f"environment.prior: {min(prior)} is not accepted; accepted: chances >= 0")
        if prior and abs(math.fsum(prior) - 1.0) > ROUNDING:
            raise ParameterError(f"environment.prior: its chances sum to {math.fsum(prior):g}; accepted: a sum of 1")
        if prior and self.zipf_exponent:
            raise ParameterError("environment.zipf_exponent: goes without environment.prior; accepted: one of them")
        for name, sizes, total, whole in (
            ("attributes", self.attributes, self.num_states, "num_states"),
            ("symbols", self.symbols, self.num_messages, "num_messages"),
        ):
            if sizes and (min(sizes) < 1 or math.prod(sizes) != total):
                raise ParameterError(
                    f"environment.{name}: {list(sizes)} is not accepted; accepted: sizes >= 1 whose product is "
                    f"environment.{whole}, {total}"
                )
        if self.payoffs == "attributes" and self.acts() != self.num_states:
            raise ParameterError(
                f"environment.num_acts: {self.num_acts} acts do not name {self.num_states} states attribute by "
                "attribute; accepted: 0"
            )
        for name, table in (("payoffs", self.payoffs), ("sender_payoffs", self.sender_payoffs)):
            if table and not isinstance(table, str):
                self._check(name, table)

    def _check(self, name: str, table: Table) -> None:
        shape = (self.num_states, self.acts())
        if len(table) != shape[0] or any(len(row) != shape[1] for row in table):
            raise ParameterError(
                f"environment.{name}: {len(table)} rows of {sorted({len(row) for row in table})} numbers; accepted: "
                f"{shape[0]} rows, one a state, of {shape[1]} numbers, one an act"
            )

    @property
    def agent_types(self) -> tuple[str, ...]:  # type: ignore[override]
        """Senders and receivers, or agents who are both."""
        return ("sender", "receiver") if self.roles == "apart" else ("agent",)

    @property
    def cast(self) -> tuple[str, ...]:  # type: ignore[override]
        """A sender and a receiver, or two agents who are both."""
        return self.agent_types if self.roles == "apart" else ("agent", "agent")

    def counts(self, num_agents: int) -> dict[str, int]:
        """Return how many senders and receivers there are, or so many agents who are both."""
        return {"agent": num_agents} if self.roles == "both" else super().counts(num_agents)

    def acts(self) -> int:
        """Return how many acts there are."""
        return self.num_acts or self.num_states

    def alphabet(self) -> int:
        """Return how many messages there are."""
        return self.num_messages

    def prior_of_states(self) -> NDArray[np.float64]:
        """Return the chance of each state of nature.

        Examples
        --------
        >>> Signalling(num_states=3, zipf_exponent=1).prior_of_states().round(3).tolist()
        [0.545, 0.273, 0.182]
        """
        weights = np.array(self.prior) if self.prior else np.arange(1.0, self.num_states + 1) ** -self.zipf_exponent
        return weights / weights.sum()

    def payoff_tables(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return what sender and receiver are paid, each of shape (num_states, num_acts).

        Examples
        --------
        >>> game = Signalling(num_states=4, attributes=(2, 2), payoffs="attributes")
        >>> game.payoff_tables()[1][0].tolist()  # the state (0, 0) against the acts (0, 0), (0, 1), (1, 0), (1, 1)
        [1.0, 0.5, 0.5, 0.0]
        """
        if self.payoffs == "fit":
            receiver = np.eye(self.num_states, self.acts())
        elif self.payoffs == "attributes":
            parts = meanings(self.attributes or (self.num_states,))
            receiver = (parts[:, None] == parts[None]).mean(axis=2)
        else:
            receiver = np.array(self.payoffs, float)
        return (np.array(self.sender_payoffs, float) if self.sender_payoffs else receiver), receiver

    def facts(self) -> dict[str, Any]:
        """Return what learners may know of messages: also in how many places they are spelled."""
        return super().facts() | {"symbols": self.symbols or (self.num_messages,)}

    def specification(self, agent_type: str, num_agents: int) -> Specification:
        """One who both sends and receives sees a state, or that it is to receive, and says or does something."""
        if agent_type == "agent":
            larger = max(self.acts(), self.num_messages)
            return Specification(Discrete(larger), Discrete(self.num_states + 1), self.facts())
        return super().specification(agent_type, num_agents)

    def outcomes(self, state: State) -> dict[str, NDArray[Any]]:
        """Return payoffs and information of the last plays, and whether they show a complete signalling system."""
        measured = super().outcomes(state)
        complete = measured["receiver_payoff"] >= self.least_complete() - ROUNDING
        prior = self.prior_of_states()
        is_told = self.last_plays(state).sum(axis=(1, 2, 3)) >= TOLD_BY / prior[prior > 0].min() - ROUNDING
        return measured | {"complete": np.where(is_told & (self.loss_at_stake() > 0.0), complete, math.nan)}

    def loss_at_stake(self) -> float:
        """Return what the receiver would lose by never understanding the state that matters least.

        Examples
        --------
        >>> [Signalling(num_states=4, noise=noise).loss_at_stake() for noise in (0.0, 0.5, 1.0)]
        [0.25, 0.125, 0.0]
        """
        prior, pays = self.prior_of_states(), self.payoff_tables()[1]
        return float((1.0 - self.noise) * (prior * (pays.max(axis=1) - pays.min(axis=1)))[prior > 0].min())

    def least_complete(self) -> float:
        """Return the receiver's payoff from which on a signalling system counts as complete: that of the system less
        half of `loss_at_stake`. What is misheard is answered by any act of the system.

        Examples
        --------
        >>> [round(Signalling(num_states=4, noise=noise).least_complete(), 4) for noise in (0.0, 0.5)]
        [0.875, 0.5625]
        """
        prior, pays = self.prior_of_states(), self.payoff_tables()[1]
        misheard = prior @ pays[:, pays.argmax(axis=1)].mean(axis=1)
        system = (1.0 - self.noise) * (prior @ pays.max(axis=1)) + self.noise * misheard
        return float(system - self.loss_at_stake() / 2)


def meanings(sizes: tuple[int, ...]) -> NDArray[np.int64]:
    """Return the parts of each number in mixed radix, the first part the slowest to change.

    Examples
    --------
    >>> meanings((2, 3)).tolist()
    [[0, 0], [0, 1], [0, 2], [1, 0], [1, 1], [1, 2]]
    """
    return np.stack(np.unravel_index(np.arange(math.prod(sizes)), sizes), axis=1)


def success_rate(result: Result) -> Estimate:
    """Mean of the receiver's payoff in the last plays; 1/n without information, 1 in a signalling system."""
    return over_runs(result, "receiver_payoff", UNPLAYED)


def complete_rate(result: Result) -> Estimate:
    """Share of runs whose last plays show a complete signalling system, of those whose plays can tell."""
    return over_runs(
        result, "complete", f"fewer than {TOLD_BY} plays of the rarest state, or acts that do not matter", proportion
    )


def information(result: Result) -> Estimate:
    """Mean number of bits that a message of the last plays held of the state, after Miller and Madow."""
    return over_runs(result, "information", UNPLAYED)


METRICS = (success_rate, complete_rate, information)


def scenario() -> Scenario:
    """Return the 2 x 2 game between two Roth-Erev learners."""
    return Scenario(Signalling(), {}, "path:n=2", 100_000, METRICS)


def small() -> Scenario:
    """Return forty plays with three states."""
    return Scenario(Signalling(num_states=3, num_messages=3), {}, "path:n=2", 40, METRICS)
