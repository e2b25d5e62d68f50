"""Who works when something must be done? Castes with fixed thresholds, and workers who specialise by practice.

Run it with ``python scenarios/thresholds.py``; change the values below.
"""

import numpy as np

from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.engine.simulation import Simulation
from socialsim.environments.thresholds import METRICS, Thresholds, scenario
from socialsim.environments.thresholds.theory import mean_field
from socialsim.learning.response_threshold import ResponseThreshold

MINORS, MAJORS = 8.0, 64.0  # thresholds of the two castes
SHARES_OF_MAJORS = (0.05, 0.25, 0.5, 0.75, 0.95)
COLONY = 200
STEPS = 4000
PRACTICE = {"fixed": (0.0, 0.0), "reinforced": (10.0, 1.0)}  # fall and rise of thresholds in a step
REPLICATIONS = 8
SEED = 1


def castes() -> None:
    """Print how active each caste is, whatever the mix: all together always a third."""
    print(f"{'majors':<8}{'minors active':<22}{'majors active':<22}{'all active':<12}stimulus")
    for share in SHARES_OF_MAJORS:
        learner = ResponseThreshold(thresholds=((MINORS,), (MAJORS,)), shares=(1 - share, share))
        colony = Scenario(Thresholds(burn_in=STEPS // 4), learner, f"complete:n={COLONY}", STEPS, METRICS)
        simulation = Simulation(colony, seed=SEED, replications=range(REPLICATIONS))
        simulation.advance(STEPS)
        columns = simulation.columns()
        active = [columns["active"][columns["caste"] == caste].mean() for caste in (0, 1)]
        rest = mean_field([MINORS, MAJORS], [1 - share, share])
        both = [f"{found:.3f} (theory {x:.3f})" for found, x in zip(active, rest.active, strict=True)]
        outcomes = colony.environment.outcomes(simulation.environment)
        print(
            f"{share:<8}{both[0]:<22}{both[1]:<22}{outcomes['active'].mean():<12.4f}{outcomes['stimulus'].mean():.2f}"
        )


def practice() -> None:
    """Print how labour is divided between two tasks, with and without practice."""
    print(f"\n{'thresholds':<14}{'I/H_task':<12}{'specialisation F':<20}switch rate")
    for name, (learning, forgetting) in PRACTICE.items():
        changes = {"learner.learning": learning, "learner.forgetting": forgetting}
        colony = scenario().replace(changes | {"horizon.steps": STEPS, "environment.burn_in": STEPS // 2})
        result = run(colony, replications=REPLICATIONS, seed=SEED, record_every=None)
        found, switches = result.metrics, result.runs.switch_rate.mean()
        division, specialisation = found["division"].value, found["mean_specialisation"].value
        print(f"{name:<14}{division:<12.3f}{specialisation:<20.3f}{switches:.3f}")


def removal() -> None:
    """Print how many do the first task before its specialists are taken away, at once after it, and later."""
    colony = scenario().replace({"horizon.steps": 3 * STEPS})
    simulation = Simulation(colony, seed=SEED, replications=range(REPLICATIONS), guests=True)
    simulation.advance(STEPS)
    is_specialist = simulation.learners["agent"].threshold[:, :, 0] < 100
    worked = _work(simulation)
    for row, i in np.argwhere(is_specialist):
        simulation.change_presence(int(row), int(i), "leave")
    print(f"\nof 20 agents {is_specialist.sum(axis=1).mean():.1f} are specialists of task 1; they leave")
    before = worked[:, 0].sum() / (STEPS * simulation.num_agents * REPLICATIONS)
    print(f"{'before':<26}{before:.3f} of all are at task 1")
    num_left = (simulation.num_agents - is_specialist.sum(axis=1)).sum()
    for start, end in ((0, 100), (100, 500), (500, 2000), (2000, STEPS)):
        simulation.advance(STEPS + end)
        now = _work(simulation)
        share = (now - worked)[:, 0].sum() / ((end - start) * num_left)
        print(f"steps {start:>4} to {end:>4} after{'':<4}{share:.3f}")
        worked = now


def _work(simulation: Simulation) -> np.ndarray:
    """Return how often each task has been done, shape (num_runs, num_tasks)."""
    return simulation.environment.work.sum(axis=1)


def main() -> None:
    """Print the three tables."""
    castes()
    practice()
    removal()


if __name__ == "__main__":
    main()
