"""How long one exploitability takes in the limit of infinitely many agents, on one thread, against peers.

- A crowd on a ring of 400 places over 50 steps (`socialsim.limits.library.ring`), where nobody is held, so that
  transitions depend on nobody, and where a crowd holds: against MFGLib (MIT), with opt_einsum and as it is installed,
  and against OpenSpiel (Apache), whose crowd model is this ring: its game in Python less its cost of moving, which
  depends on a move that its states do not hold, and its game in C++ as it is. The exploitabilities are printed too.
- How the time grows with the number of transitions: the slope in logarithms.
- All iterations of a solver on a graphon of 64 nodes, in the epidemic of `socialsim.limits.library.sis`.

Peers take part where they can be imported. All are timed by the processor time that they take, in one process; the best
of a few.
"""

from __future__ import annotations

import importlib.util
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np

from socialsim.limits.games import Game
from socialsim.limits.library.ring import Ring
from socialsim.limits.library.sis import rules as sis
from socialsim.limits.solvers import solve

PLACES, STEPS, REPEATS = 400, 50, 20
CONGESTIONS = {"transitions depend on nobody": 0.0, "transitions depend on z": 1.0}
SIZES = (200, 400, 800, 1600, 3200)


def least_time(work: Callable[[], Any], repeats: int = REPEATS) -> tuple[float, Any]:
    """Return the least processor time of a few calls, in seconds, and what the last one returned."""
    times = []
    for _ in range(repeats):
        started = time.process_time()
        found = work()
        times.append(time.process_time() - started)
    return min(times), found


def ours(congestion: float, places: int = PLACES) -> tuple[float, float]:
    """Return the time of an exploitability, and what it is."""
    limit = Game(Ring(num_places=places, num_steps=STEPS, congestion=congestion)).mean_field()
    policy = limit.uniform_policy()
    limit.exploitability(policy)
    return least_time(lambda: limit.exploitability(policy))


# --- Peers ---------------------------------------------------------------------------------------------------------


def mfglib_ring(congestion: float) -> Any:
    """Return the ring as MFGLib has games: whole arrays p(s', s, a) and r(s, a). Its T = 49 pays 50 steps."""
    import torch
    from mfglib.env import Environment

    half = PLACES // 2
    moved = torch.zeros(PLACES, PLACES, 3)
    for s in range(PLACES):
        for a in range(3):
            for shift in (-1, 0, 1):
                moved[(s + a - 1 + shift) % PLACES, s, a] += 1.0 / 3.0
    still = torch.eye(PLACES)[:, :, None].repeat(1, 1, 3)
    worth = (1.0 - (torch.arange(PLACES) - half).abs() / half)[:, None].repeat(1, 3)

    def transition(env: Any, t: int, joint: Any) -> Any:
        if congestion == 0.0:
            return moved
        free = (1.0 / (1.0 + congestion * PLACES * joint.sum(dim=1)))[None, :, None]
        return free * moved + (1.0 - free) * still

    def reward(env: Any, t: int, joint: Any) -> Any:
        return worth - torch.log(joint.sum(dim=1) + 1e-25)[:, None]

    start = torch.full((PLACES,), 1.0 / PLACES)
    return Environment(
        T=STEPS - 1, S=(PLACES,), A=(3,), mu0=start, r_max=100.0, reward_fn=reward, transition_fn=transition
    )


def mfglib_time(congestion: float, *, einsum: bool) -> tuple[float, float]:
    """Return the time of an exploitability of MFGLib, and what it is."""
    import torch

    importlib.import_module("mfglib.alg")  # first: its scoring cannot be imported by itself
    from mfglib.scoring import exploitability_score

    torch.set_num_threads(1)
    torch.set_default_dtype(torch.float64)
    torch.backends.opt_einsum.enabled = einsum
    env = mfglib_ring(congestion)
    policy = torch.full((STEPS, PLACES, 3), 1.0 / 3.0)
    return least_time(lambda: exploitability_score(env, policy), 3 if einsum else 1)


def open_spiel_times(size: int, steps: int) -> dict[str, tuple[float, float]]:
    """Return the time of an exploitability of OpenSpiel, and what it is, of its two games."""
    import pyspiel
    from open_spiel.python.mfg.algorithms.nash_conv import NashConv
    from open_spiel.python.mfg.games import crowd_modelling
    from open_spiel.python.policy import UniformRandomPolicy

    class Free(crowd_modelling.MFGCrowdModellingState):  # type: ignore[misc]
        """A place without the move that led there, which would cost something."""

        def _apply_action(self, action: int) -> None:
            super()._apply_action(action)
            self._last_action = self._NEUTRAL_ACTION

    class FreeGame(crowd_modelling.MFGCrowdModellingGame):  # type: ignore[misc]
        """The crowd model without a cost of moving."""

        def new_initial_state(self) -> Free:
            return Free(self)

    sizes = {"size": size, "horizon": steps}
    games = {"Python": FreeGame(sizes), "C++": pyspiel.load_game("mfg_crowd_modelling", sizes)}
    return {
        name: least_time(lambda: NashConv(game, UniformRandomPolicy(game)).nash_conv(), 1)  # noqa: B023
        for name, game in games.items()
    }


# --- Measurements --------------------------------------------------------------------------------------------------


def is_here(*modules: str) -> bool:
    """Say whether modules can be imported, and print it if not."""
    missing = [name for name in modules if importlib.util.find_spec(name) is None]
    if missing:
        print(f"  {', '.join(missing)} cannot be imported: left out")
    return not missing


def ring() -> None:
    """Measure the ring against its peers."""
    for title, congestion in CONGESTIONS.items():
        seconds, value = ours(congestion)
        print(f"Ring of {PLACES}, T = {STEPS}, {title}: {1e3 * seconds:.3g} ms (exploitability {value:.10g})")
        if is_here("torch", "mfglib"):
            for einsum in (True, False):
                if not einsum or is_here("opt_einsum"):
                    taken, found = mfglib_time(congestion, einsum=einsum)
                    kind = "with opt_einsum" if einsum else "as it is installed"
                    print(f"  {taken / seconds:.0f} x MFGLib {kind} ({1e3 * taken:.4g} ms; {found:.10g})")
        if congestion == 0.0 and is_here("pyspiel", "open_spiel"):
            for kind, (taken, found) in open_spiel_times(PLACES, STEPS).items():
                print(f"  {taken / seconds:.0f} x OpenSpiel, game in {kind} ({taken:.3g} s; {found:.10g})")


def growth() -> None:
    """Measure how the time grows with the number of transitions, which is that of places."""
    for title, congestion in CONGESTIONS.items():
        times = [ours(congestion, places)[0] for places in SIZES]
        slope = np.polyfit(np.log(SIZES), np.log(times), 1)[0]
        per = times[-1] / (SIZES[-1] * STEPS * 3 * (4 if congestion else 3))
        print(f"Time against transitions, {title}: slope {slope:.2f}; {1e9 * per:.2g} ns a transition")


def graphon() -> None:
    """Measure a solver on a graphon."""
    limit = Game(sis()).graphon(lambda x, y: 1.0 - np.maximum(x, y), nodes=64)
    solve(limit, "fictitious_play", 1)
    for method in ("mirror_descent", "fictitious_play"):
        seconds, found = least_time(lambda: solve(limit, method, 100), 5)  # noqa: B023
        print(
            f"Graphon of 64 nodes, SIS, T = 50, 100 iterations: {1e3 * seconds:.3g} ms; "
            f"{method} from {found.exploitabilities[0]:.3g} to {found.exploitability:.3g}"
        )


def main() -> None:
    """Measure and print; with ``--no-peers`` ours alone."""
    if "--no-peers" not in sys.argv:
        ring()
    growth()
    graphon()


if __name__ == "__main__":
    main()
