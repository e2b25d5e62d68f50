"""What one replication of party competition keeps."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

RULES = ("plurality", "dhondt", "sainte_lague", "largest_remainder", "instant_runoff", "borda", "copeland")
PLURALITY, DHONDT, SAINTE_LAGUE, LARGEST_REMAINDER, INSTANT_RUNOFF, BORDA, COPELAND = range(7)
REWARDS = ("votes", "seats", "office")
VOTES, SEATS, OFFICE = range(3)
BIRTHS = ("none", "random", "dissatisfied")
NO_BIRTHS, RANDOM_BIRTHS, DISSATISFIED = range(3)

SUMS = ("eccentricity", "distance", "misery", "effective_parties", "effective_parliament", "party_variance", "parties")
ECCENTRICITY, DISTANCE, MISERY, EFFECTIVE, PARLIAMENT, VARIANCE, PARTIES = range(7)
BEFORE, AFTER = 0, 1  # a shift of the electorate


class State(NamedTuple):
    """The electorate, the parties, the last poll, and sums over the steps that count."""

    distribution: int
    spread: float
    separation: float
    rule: int
    ranking_rule: int  # the number of the rule in `socialsim.ballots.tallies`; -1 where rankings do not count
    num_seats: int
    threshold: float
    reward: int
    election_every: int
    survival_threshold: float
    fitness_memory: float
    birth: int
    dissatisfaction: float
    shift: float
    shift_step: int
    burn_in: int
    sees_directions: bool
    moves: NDArray[np.float64]  # (num_moves, d), displacements; constant
    weights: NDArray[np.int64]  # (num_groups,), voters who stand at the same point; constant
    voters: NDArray[np.float64]  # (num_groups, d), ideal points
    num_voters: NDArray[np.float64]  # (1,)
    centre: NDArray[np.float64]  # (d,), mean ideal point
    ends: NDArray[np.float64]  # (2, d), of the policy space: the lowest and the highest ideal point on each axis
    clock: NDArray[np.int64]  # (1,), steps so far
    position: NDArray[np.float64]  # (num_parties, d)
    supporters: NDArray[np.float64]  # (num_parties, d), their mean ideal point
    votes: NDArray[np.float64]  # (num_parties,)
    share: NDArray[np.float64]  # (num_parties,), of the votes
    share_before: NDArray[np.float64]  # (num_parties,), in the step before
    seats: NDArray[np.float64]  # (num_parties,), share of the seats
    last_move: NDArray[np.int64]  # (num_parties,)
    is_in_play: NDArray[np.int8]  # (num_parties,)
    is_new: NDArray[np.int8]  # (num_parties,), was born at the end of the last step
    fitness: NDArray[np.float64]  # (num_parties,)
    largest: NDArray[np.int64]  # (1,), -1 before the first poll
    gaps: NDArray[np.float64]  # (num_parties,), squared distances to one voter
    discontent: NDArray[np.float64]  # (num_groups,), squared distance to the closest party
    misery: NDArray[np.float64]  # (2,), voters' mean distance to the closest party, and its square's mean
    rankings: NDArray[np.int64]  # (num_groups, num_parties), of ranking rules alone
    margins: NDArray[np.int64]  # (num_parties, num_parties), of ranking rules alone; else without a second axis
    scores: NDArray[np.int64]  # (num_parties,)
    sums: NDArray[np.float64]  # (num_sums,)
    num_counted: NDArray[np.int64]  # (1,)
    shift_sums: NDArray[np.float64]  # (2,), of the parties' mean on the first axis
    shift_counts: NDArray[np.int64]  # (2,)
    num_births: NDArray[np.int64]  # (1,)
    num_deaths: NDArray[np.int64]  # (1,)
