"""What becomes of a commons when harvesters fail or leave.

    python analysis/commons_failures.py

Half of the harvesters stop at step 200, or all are exposed to a small chance of it in every step. One that **fails**
stays where it is, an obstacle that gathers nothing; one that **leaves** is taken off the plane. Printed are the apples
of an episode of a thousand steps in all, and those of the half that is never made to stop; means with 95% intervals.

The greedy have eaten everything by then. Among the cautious half as many gather as much in all. Conditional foragers
take a failed harvester that stands at a thin patch for one without restraint, and follow it; those that have left set
no such example.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from socialsim.engine.scenario import PresenceEvent, Turnover
from socialsim.engine.simulation import Simulation
from socialsim.environments.harvest import scenario
from socialsim.metrics.estimates import mean

STRATEGIES = ("uniform_random", "greedy", "cautious", "patrolling", "conditional_forager")
PRESETS = ("melting_pot_open", "perolat_2017")
STOP_AT, RATE = 200, 0.001
RUNS = 40


def disturbances(num_agents: int) -> dict[str, dict[str, Any]]:
    """Return what is changed of a scenario, by name; the first half of the harvesters is spared."""
    stopping = range((num_agents + 1) // 2, num_agents)
    return {
        "nobody stops": {},
        **{
            f"half of them {verb} at step {STOP_AT}": {
                "presence_events": tuple(PresenceEvent(STOP_AT, i, change) for i in stopping)
            }
            for change, verb in (("fail", "fail"), ("leave", "leave"))
        },
        f"each fails at {RATE} a step": {"turnover": Turnover(fail_rate=RATE)},
        f"each leaves at {RATE} a step": {"turnover": Turnover(leave_rate=RATE)},
        f"each leaves at {RATE}, places refill at {10 * RATE}": {
            "turnover": Turnover(leave_rate=RATE, enter_rate=10 * RATE)
        },
    }


def main() -> None:
    """Print a row for each preset, strategy and disturbance."""
    print(f"{'preset':<18}{'strategy':<21}{'disturbance':<46}{'apples':<20}{'of the spared half':<22}")
    for preset in PRESETS:
        for strategy in STRATEGIES:
            base = scenario(preset).replace({"learner.harvester": strategy, "environment.end_chance": 0.0})
            n = int(base.network.parameters["n"])
            for name, changes in disturbances(n).items():
                simulation = Simulation(replace(base, **changes), seed=1, replications=range(RUNS))
                simulation.advance(base.horizon.steps)
                returns = simulation.environment.returns
                spared = returns[:, : (n + 1) // 2].sum(axis=1)
                print(
                    f"{preset:<18}{strategy:<21}{name:<46}{mean(returns.sum(axis=1))!s:<20}{mean(spared)!s:<22}",
                    flush=True,
                )


if __name__ == "__main__":
    main()
