"""What a run of elections comes to.

Of the elections after ``environment.burn_in``, with q_c the share of them that candidate c wins (a tie that is not
broken is shared):

    Condorcet efficiency       q of the Condorcet winner by sincere rankings, in runs where there is one
    utilitarian efficiency     sum (sum_c q_c U_c - mean_c U_c) / sum (max_c U_c - mean_c U_c), sums over runs
                               ([Merrill1984]_);   U_c: total utility of c
    effective parties          1 / sum_c v_c^2, v_c the candidate's share of the points (first places where the rule
                               counts none), mean over the elections in which any were cast ([Laakso1979]_)
    turnout                    share that votes

and of its end: whether the last ``environment.window`` elections saw all ballots stay put (**converged**), or come back
every p elections, p at most half the window (a **cycle** of period p); and the largest gain of a voter by another
ballot than its last (0: the ballots are a Nash equilibrium). A run whose learners all have settled has converged,
however early. Ballots are compared by hashes of 64 bits.

Of sincere voting by the same electorate: both efficiencies, the effective parties, whether it is **manipulable** (some
voter gains by an insincere ballot what no sincere one brings), and its **regret**, the largest gain of a voter by any
other ballot (`socialsim.ballots.manipulation`; a tie broken by lot is worth the mean there). Under approval, where any
set of one's best candidates is sincere, regret may be positive and nothing is manipulable.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from socialsim.ballots.electorate import FILE, condorcet_winners, welfare_gains
from socialsim.ballots.manipulation import FIRST, Gains, gains
from socialsim.ballots.rules import winners
from socialsim.ballots.tallies import RULES
from socialsim.core.estimate import Estimate
from socialsim.core.result import Result
from socialsim.environments.voting.mechanics import COUNTED, DECIDED, PARTIES, SINCERE_PARTIES, TURNOUT
from socialsim.metrics.estimates import mean, proportion, ratio
from socialsim.metrics.runs import over_runs

NO_CONDORCET_WINNER = "no run with a counted election has a Condorcet winner"
NO_UTILITIES = "ballot files say nothing of utilities"
NO_VOTES = "no vote was cast after environment.burn_in"
TOO_FEW = "no election was counted after environment.burn_in"
TOO_SHORT = "runs have fewer elections than environment.window"


def outcomes_of(state: Any) -> dict[str, NDArray[Any]]:
    """Return what the ``run`` table shows of each run."""
    counted = np.where(state.sums[:, COUNTED] > 0.0, state.sums[:, COUNTED], math.nan)
    elected = state.elected / counted[:, None]
    best = condorcet_winners(state.rankings)
    period = np.array([end_period(hashes, int(t)) for hashes, t in zip(state.hashes, state.clock[:, 0], strict=True)])
    decided = np.where(state.sums[:, DECIDED] > 0.0, state.sums[:, DECIDED], math.nan)
    gained, possible = welfare(state, elected)
    return {
        "condorcet": efficiency(elected, best),
        "utility_gain": gained,
        "possible_gain": possible,
        "parties": state.sums[:, PARTIES] / decided,
        "turnout": state.sums[:, TURNOUT] / counted,
        "period": period,
        "gain_at_the_end": largest_gains(state, state.cast).by_any,
        **_of_sincere_voting(state, best),
    }


def _of_sincere_voting(state: Any, best: NDArray[np.int64]) -> dict[str, NDArray[Any]]:
    rule = list(RULES)[state.rule]
    tied = winners(state.rankings, rule, num_approved=-(-state.rankings.shape[2] // 2)).astype(float)
    chances = tied / tied.sum(axis=1, keepdims=True)
    if state.ties == FIRST:
        chances = (np.arange(tied.shape[1]) == tied.argmax(axis=1)[:, None]).astype(float)
    found = largest_gains(state, None)
    return {
        "sincere_condorcet": efficiency(chances, best),
        "sincere_utility_gain": welfare(state, chances)[0],
        "sincere_parties": state.sums[:, SINCERE_PARTIES],
        "manipulable": (found.by_insincerity > 0.0).astype(float),
        "regret": found.by_any,
    }


def welfare(state: Any, chances: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return what society gains by a lottery over candidates, and could gain at most; NaN for a ballot file."""
    gained, possible = welfare_gains(state.utilities, chances)
    known = math.nan if state.culture == FILE else 1.0
    return gained * known, possible * known


def largest_gains(state: Any, cast: NDArray[np.int64] | None) -> Gains:
    """Return the largest gains of any voter by another ballot than that cast, or than the sincere one, of each run."""
    return gains(
        state.rankings,
        list(RULES)[state.rule],
        utilities=state.utilities,
        ties="first" if state.ties == FIRST else "mean",
        ballots=cast,
        abstention=bool(state.abstention) and cast is not None,
        voting_cost=state.voting_cost,
    )


def efficiency(elected: NDArray[np.float64], best: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the chance that the Condorcet winner is elected, NaN where there is none.

    Examples
    --------
    >>> efficiency(np.array([[0.5, 0.5], [0.0, 1.0]]), np.array([1, -1])).tolist()
    [0.5, nan]
    """
    chance = np.take_along_axis(elected, np.maximum(best, 0)[:, None], axis=1)[:, 0]
    return np.where(best >= 0, chance, math.nan)


def end_period(hashes: NDArray[np.uint64], num_elections: int) -> float:
    """Return the period of the last profiles: 1 if all are equal; NaN if they do not come back, or are too few.

    Parameters
    ----------
    hashes : ndarray, shape (window,)
        Of the last profiles, a ring.
    num_elections : int
        So far, >= 0.

    Examples
    --------
    >>> end_period(np.array([7, 8, 7, 8]), 10), end_period(np.array([5, 5, 5, 5]), 4)
    (2.0, 1.0)
    >>> end_period(np.array([1, 2, 3, 4]), 4), end_period(np.array([5, 5, 0, 0]), 2)
    (nan, nan)
    """
    if num_elections < len(hashes):
        return math.nan
    profiles = np.roll(hashes, -(num_elections % len(hashes)))  # the oldest first
    for period in range(1, len(profiles) // 2 + 1):
        if (profiles[period:] == profiles[:-period]).all():
            return float(period)
    return math.nan


# --- Metrics ---------------------------------------------------------------------------------------------------


def condorcet_efficiency(result: Result) -> Estimate:
    """Share of elections that the Condorcet winner wins, over runs in which there is one."""
    return over_runs(result, "condorcet", NO_CONDORCET_WINNER)


def sincere_condorcet_efficiency(result: Result) -> Estimate:
    """The same if all were sincere."""
    return over_runs(result, "sincere_condorcet", NO_CONDORCET_WINNER)


def utilitarian(result: Result) -> Estimate:
    """Utilitarian efficiency of whom they elect."""
    return _share_of_possible_gain(result, "utility_gain")


def sincere_utilitarian(result: Result) -> Estimate:
    """The same if all were sincere."""
    return _share_of_possible_gain(result, "sincere_utility_gain")


def _share_of_possible_gain(result: Result, column: str) -> Estimate:
    if result.parameters["environment.culture"] == "file":
        return Estimate.undefined(NO_UTILITIES)
    defined = result.runs[result.runs[column].notna()]
    return ratio(defined[column], defined.possible_gain) if len(defined) else Estimate.undefined(TOO_FEW)


def effective_parties(result: Result) -> Estimate:
    """Mean effective number of parties (Laakso and Taagepera) in elections with votes; 2 by Duverger's law."""
    return over_runs(result, "parties", NO_VOTES)


def sincere_parties(result: Result) -> Estimate:
    """The same if all were sincere."""
    return mean(result.runs.sincere_parties)


def turnout(result: Result) -> Estimate:
    """Mean share that votes."""
    return over_runs(result, "turnout", TOO_FEW)


def convergence(result: Result) -> Estimate:
    """Share of runs that settle, or at whose end all ballots stay put over ``environment.window`` elections."""
    return _share_of_ends(result, lambda period: period == 1)


def cycles(result: Result) -> Estimate:
    """Share of runs that end in a cycle of period 2 or more."""
    return _share_of_ends(result, lambda period: period > 1)


def _share_of_ends(result: Result, which: Callable[[NDArray[np.float64]], NDArray[np.bool_]]) -> Estimate:
    """Return the share of periods, over the runs that settled or are as long as the window."""
    runs = result.runs
    settled = (runs.stop == "settled").to_numpy()
    known = settled | (runs.steps >= result.parameters["environment.window"]).to_numpy()
    period = np.where(settled, 1.0, runs.period)
    return proportion(which(period[known])) if known.any() else Estimate.undefined(TOO_SHORT)


def equilibrium(result: Result) -> Estimate:
    """Share of runs whose last ballots are a Nash equilibrium: nobody gains by another."""
    return proportion(result.runs.gain_at_the_end == 0.0)


def manipulable(result: Result) -> Estimate:
    """Share of electorates where, others being sincere, an insincere ballot serves a voter better than sincere ones."""
    return proportion(result.runs.manipulable)


def regret_of_sincerity(result: Result) -> Estimate:
    """Mean over electorates of the largest gain of a voter by any other ballot if all are sincere."""
    return mean(result.runs.regret)


METRICS = (
    condorcet_efficiency,
    sincere_condorcet_efficiency,
    utilitarian,
    sincere_utilitarian,
    effective_parties,
    sincere_parties,
    turnout,
    convergence,
    cycles,
    equilibrium,
    manipulable,
    regret_of_sincerity,
)
