r"""Voting equilibria of polls: who is named by whom if nobody gains by naming another.

In equilibrium each type k names whom it gains most by at the shares z that come of it (equation 2 of
`socialsim.environments.poll_voting`),

    g_ka(z) = (w - 1) P_a / (1 + (w - 1) P_a) (u_ka - U_k) + eta u_ka,                                              (3)

up to the cost of changing one's mind: who would gain D in each step to come by another name, at the price of kappa
once, stays iff

    D <= (1 - gamma) kappa.                                                                                         (4)

In a **divided majority**, A and B share the votes of M in a hundred and C has the rest. Supporters of B desert to A iff
A leads by more than the **desertion lead** l: the root of g_BA = g_BB at z = ((M + l)/2, (M - l)/2, 1 - M). It is
positive if they like B better. Where the election is foreseeable and a voice weak it is about

    l ~ ln[(u_BB - u_BC) / (u_BA - u_BC)] / beta                                                                    (5)

if C wins against a divided majority (M < 2/3): the ratio of the chances to matter is then exp(beta l). A larger
majority wins though it is divided, and deserters must fear that C overtakes B, which it does at 3 M - 2:

    l ~ 3 M - 2 + 2 ln[(1 + w) (u_BB - u_BA) / (u_BA - u_BC)] / beta                                               (5')

Hence

- if A and B are equally strong the sincere equilibrium (all for their favourites) is strict for every beta. If C wins
  in it, it withstands an accidental lead of less than l alone, which vanishes as 1/beta: it is the non-Duvergerian
  equilibrium of [MyersonWeber1993]_, and not stable where votes are foreseeable;
- all majority voters with A, or all with B, are the two Duvergerian equilibria, once M > l: in a vague election
  (small beta) there is none, and all are sincere;
- between them is an equilibrium in which a share l / M of the supporters of B deserts (two equal halves); it is
  unstable: one more deserter makes desertion pay;
- in two equal communities with a share h of links within each, the majority may rally behind A here and behind B there
  iff (2h - 1) M >= l: parties are two in each region and three in the country ([Cox1997]_, chapter 10).
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from socialsim.core.errors import ParameterError
from socialsim.environments.poll_voting import PollVoting

BISECTIONS = 200


def winning_chances(game: PollVoting, shares: Any) -> NDArray[np.float64]:
    """Return each candidate's chance to win, equation (1).

    Parameters
    ----------
    game : PollVoting
    shares : array, shape (..., m)

    Returns
    -------
    ndarray, shape (..., m)

    Examples
    --------
    >>> winning_chances(PollVoting(precision=20.0), [0.3, 0.3, 0.4]).round(3)
    array([0.107, 0.107, 0.787])
    """
    raised = game.precision * np.asarray(shares, np.float64)
    hopes = np.exp(raised - raised.max(axis=-1, keepdims=True))
    return np.asarray(hopes / hopes.sum(axis=-1, keepdims=True))


def gains(game: PollVoting, shares: Any) -> NDArray[np.float64]:
    """Return what each type gains by naming each candidate, equation (3).

    Parameters
    ----------
    game : PollVoting
    shares : array, shape (m,)

    Returns
    -------
    ndarray, shape (K, m)

    Examples
    --------
    >>> gains(PollVoting(), [0.3, 0.3, 0.4])[0].round(3)  # who likes A best: B is worth naming, too, C is not
    array([ 0.128,  0.066, -0.098])
    """
    utilities = np.array(game.utilities)
    chances = winning_chances(game, shares)
    lifted = np.expm1(game.precision * game.weight) * chances
    excess = ((utilities[:, :, None] - utilities[:, None, :]) * chances).sum(axis=-1)  # u - U, exact where P is near 1
    return np.asarray(lifted / (1 + lifted) * excess + game.expressive * utilities)


@dataclass(frozen=True)
class VotingEquilibrium:
    """Whom each type names if nobody gains by another name.

    Parameters
    ----------
    votes : tuple of int
        A candidate for each type.
    shares : ndarray, shape (m,)
        Of the votes.
    slack : float
        What the voter who would lose least by another name would lose in a step, the cost of changing one's mind left
        out; negative where that cost alone upholds the equilibrium.
    """

    votes: tuple[int, ...]
    shares: NDArray[np.float64]
    slack: float

    @property
    def num_parties(self) -> int:
        """Candidates with votes; 2 by Duverger's law."""
        return int((self.shares > 0).sum())


def vote_shares(game: PollVoting, votes: Any) -> NDArray[np.float64]:
    """Return the share of each candidate if each type names one.

    Examples
    --------
    >>> vote_shares(PollVoting(), (0, 0, 2))
    array([0.6, 0. , 0.4])
    """
    return np.asarray(np.bincount(votes, game.type_shares, game.num_candidates), np.float64)


def voting_equilibria(game: PollVoting, *, by_habit: bool = False) -> list[VotingEquilibrium]:
    """Return all equilibria of a mean field without end in which voters of one type name one candidate.

    All m^K assignments are looked at.

    Parameters
    ----------
    game : PollVoting
    by_habit : bool
        Whether to return those, too, that the cost of changing one's mind alone upholds, equation (4): such as votes
        that have no chance to matter.

    Returns
    -------
    list of VotingEquilibrium

    Examples
    --------
    >>> [each.votes for each in voting_equilibria(PollVoting())]  # Duverger with A, sincere, Duverger with B
    [(0, 0, 2), (0, 1, 2), (1, 1, 2)]
    >>> [each.votes for each in voting_equilibria(PollVoting(precision=1.0))]  # anybody may win
    [(0, 1, 2)]
    """
    found = []
    types = np.arange(len(game.type_shares))
    for votes in product(range(game.num_candidates), repeat=len(types)):
        shares = vote_shares(game, votes)
        gained = gains(game, shares)
        own = gained[types, votes]
        gained[types, votes] = -np.inf
        slack = float((own - gained.max(axis=1)).min())
        if slack >= (-(1 - game.discount) * game.switching if by_habit else 0.0):
            found.append(VotingEquilibrium(votes, shares, slack))
    return found


def equilibrium_policy(game: PollVoting, votes: Any) -> NDArray[np.float64]:
    """Return the policy in which each type names one candidate, whatever it named last.

    Parameters
    ----------
    game : PollVoting
    votes : sequence of int, shape (K,)

    Returns
    -------
    ndarray, shape (num_states, num_actions)

    Examples
    --------
    >>> equilibrium_policy(PollVoting(), (0, 0, 2))[3].tolist()  # type 1
    [1.0, 0.0, 0.0]
    """
    return np.repeat(np.eye(game.num_candidates)[list(votes)], game.num_candidates, axis=0)


def desertion_lead(game: PollVoting, *, kind: int = 1, favourite: int = 1, rival: int = 0) -> float:
    """Return the lead of a rival at which a type deserts its favourite, found by bisection.

    The two share the votes that the types who like one of them best have, and the others are sincere. Change costs
    nothing here.

    Parameters
    ----------
    game : PollVoting
    kind, favourite, rival : int
        Type of the voters, their favourite, and whom they might name instead.

    Returns
    -------
    float
        In shares of the votes; NaN if they do not desert at any lead.

    Examples
    --------
    >>> round(desertion_lead(PollVoting()), 4)
    0.0385
    """
    sincere = vote_shares(game, game.favourites())
    both = float(sincere[favourite] + sincere[rival])

    def advantage(lead: float) -> float:
        shares = sincere.copy()
        shares[rival], shares[favourite] = (both + lead) / 2, (both - lead) / 2
        gained = gains(game, shares)[kind]
        return float(gained[rival] - gained[favourite])

    if advantage(0.0) > 0.0:
        raise ParameterError(f"favourite: type {kind} likes {rival} better; accepted: its favourite of the two")
    leads = np.linspace(0.0, both, 1001)
    after = next((k for k, lead in enumerate(leads) if advantage(lead) > 0.0), None)
    if after is None:
        return float("nan")
    low, high = leads[after - 1], leads[after]
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        low, high = (low, middle) if advantage(middle) > 0.0 else (middle, high)
    return float((low + high) / 2)


def regional_share(game: PollVoting) -> float:
    """Return the least share of links within each of two communities at which they rally behind different candidates.

        h = (1 + l / M) / 2

    Examples
    --------
    >>> round(regional_share(PollVoting()), 4)
    0.5321
    """
    sincere = vote_shares(game, game.favourites())
    return 0.5 * (1.0 + desertion_lead(game) / float(sincere[0] + sincere[1]))
