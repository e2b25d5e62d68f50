"""How fast elections are held through ``run(Scenario)``, against pref_voting, in one process.

Both draw an impartial culture, build the profile and elect by plurality, Borda, instant runoff and Condorcet. The table
of the paradox of voting (three voters, three candidates: is there a Condorcet winner?) is held against NumPy over a
million profiles at a time. Without pref_voting (``pip install 'socialsim[voting]'``) its lines are left out.
"""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Callable

import numpy as np

from socialsim.engine.run import run
from socialsim.environments.elections import scenario

REPEATS = 7
FOUR_RULES = ("plurality", "borda", "instant_runoff")  # the Condorcet winner is always looked for


def best_rate(work: Callable[[], float]) -> float:
    """Return the highest rate of a few calls, each of which returns the work that it did."""
    rates = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        amount = work()
        rates.append(amount / (time.perf_counter() - started))
    return max(rates)


def line(what: str, rate: float, unit: str, *ratios: str) -> None:
    """Print one measurement."""
    print(f"{what:<58} {rate:10.3g} {unit:<14} {'; '.join(ratios)}", flush=True)


def scenario_elections(num_voters: int, num_candidates: int, rules: tuple[str, ...], steps: int) -> float:
    """Hold elections as the command line does, on one thread, and return how many."""
    made = scenario().replace(
        {
            "network": f"complete:n={num_voters}",
            "horizon.steps": steps,
            "environment.num_candidates": num_candidates,
            "environment.utilities": False,
            "environment.num_approved": 1,
            "environment.rules": rules,
        }
    )
    return float(run(made, replications=1, seed=1, threads=1, record_every=None).runs.elections.sum())


def pref_voting_elections(num_voters: int, num_candidates: int, elections: int = 40) -> float:
    """Hold elections with pref_voting, profile by profile."""
    from pref_voting.iterative_methods import instant_runoff
    from pref_voting.profiles import Profile
    from pref_voting.scoring_methods import borda, plurality

    draw = np.random.default_rng(1)
    for _ in range(elections):
        profile = Profile([draw.permutation(num_candidates) for _ in range(num_voters)])
        for rule in (plurality, borda, instant_runoff):
            rule(profile)
        profile.condorcet_winner()
    return float(elections)


def numpy_paradox(profiles: int = 1_000_000) -> float:
    """Look for Condorcet winners of three voters among three candidates with NumPy, all profiles at once."""
    above = np.array([[1, 1, 1], [1, 1, 0], [0, 1, 1], [0, 0, 1], [1, 0, 0], [0, 0, 0]], np.int8)  # 0>1, 0>2, 1>2
    wins = above[np.random.default_rng(1).integers(6, size=(profiles, 3))].sum(axis=1) >= 2
    cycles = (wins[:, 0] & wins[:, 2] & ~wins[:, 1]) | (~wins[:, 0] & ~wins[:, 2] & wins[:, 1])
    assert abs(cycles.mean() - 1 / 18) < 0.01
    return float(profiles)


def main() -> None:
    """Measure and print."""
    scenario_elections(3, 3, (), 10)  # compile
    rate = best_rate(lambda: scenario_elections(3, 3, (), 50_000_000))
    peer = best_rate(numpy_paradox)
    line("Paradox of voting, n = 3, m = 3: NumPy over profiles", peer, "profiles/s")
    line("  run(Scenario), one thread", rate, "profiles/s", f"{rate / peer:.0f}x NumPy")
    for num_voters, num_candidates in ((101, 5), (11, 3)):
        rate = best_rate(lambda n=num_voters, m=num_candidates: scenario_elections(n, m, FOUR_RULES, 200_000))
        if importlib.util.find_spec("pref_voting") is None:
            line(f"Four rules, n = {num_voters}, m = {num_candidates}: one thread", rate, "profiles/s")
            continue
        peer = best_rate(lambda n=num_voters, m=num_candidates: pref_voting_elections(n, m))
        line(f"Four rules, n = {num_voters}, m = {num_candidates}: pref_voting", peer, "profiles/s")
        line("  run(Scenario), one thread", rate, "profiles/s", f"{rate / peer:.0f}x pref_voting")


if __name__ == "__main__":
    main()
