"""Do gatherers who learn shoot more where apples are scarce? Q-learners on a small field.

Run it with ``python scenarios/gathering.py``; change the values below.
"""

from socialsim.engine.simulation import Simulation
from socialsim.environments.gathering import scenario
from socialsim.metrics.estimates import mean

FIELD = """
.........
....A....
...AAA...
P.AAAAA.P
...AAA...
....A....
.........
"""
APPLE_DELAYS = (5, 10, 20, 40, 80)
TIME_OUTS = (5, 25)
LEARNING_STEPS, MEASURED_STEPS = 150_000, 50_000
REPLICATIONS = 10
SEED = 1


def main() -> None:
    """Print how often Q-learners shoot, and how much they gather, after they have learnt."""
    print(f"{'apples back after':<20}{'out for':<10}{'aggressiveness':<28}apples a step")
    for delay in APPLE_DELAYS:
        for time_out in TIME_OUTS:
            window = {"environment.ahead": 6, "environment.left": 4, "environment.right": 4}
            rules = {"environment.apple_delay": delay, "environment.time_out": time_out}
            sight = {"environment.map": FIELD, "environment.observation": "summary", **window}
            game = scenario().replace({**sight, **rules, "learner": "q_learning", "horizon.steps": 10**6})
            simulation = Simulation(game, seed=SEED, replications=range(REPLICATIONS))
            simulation.advance(LEARNING_STEPS)
            before = simulation.environment
            shots, apples, out = (-x.sum(axis=1) for x in (before.num_shots, before.returns, before.steps_out))
            simulation.advance(LEARNING_STEPS + MEASURED_STEPS)
            after = simulation.environment
            shots += after.num_shots.sum(axis=1)
            apples += after.returns.sum(axis=1)
            out += after.steps_out.sum(axis=1)
            aggressiveness, gathered = mean(shots / (2 * MEASURED_STEPS - out)), mean(apples / MEASURED_STEPS)
            print(f"{delay:<20}{time_out:<10}{aggressiveness!s:<28}{gathered}", flush=True)


if __name__ == "__main__":
    main()
