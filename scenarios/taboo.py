"""Can a silly rule be good for those who follow it?

Run it with ``python scenarios/taboo.py``; change the values below.
"""

from socialsim.engine.run import run
from socialsim.environments.taboo import scenario
from socialsim.environments.taboo.measures import learning_curve, mean_if_defined

RULES = {
    "no rule": {"environment.rule": "none"},
    "important rule": {"environment.rule": "important"},
    "silly rule besides": {"environment.rule": "silly"},
    "silly rule, own mark": {"environment.rule": "silly", "environment.marks": "distinct"},
}
STEPS, FIFTHS = 60_000, ("first", "second", "third", "fourth", "last")
REPLICATIONS, SEED = 12, 1


def main() -> None:
    """Print what a forager earns in a step, in each fifth of the time of learning."""
    print(f"{'berries a step':<26}" + "".join(f"{fifth + ' fifth':<26}" for fifth in FIFTHS))
    for name, rule in RULES.items():
        foragers = scenario().replace({**rule, "horizon.steps": STEPS})
        result = run(foragers, replications=REPLICATIONS, seed=SEED, record_every=STEPS // len(FIFTHS))
        earned = learning_curve(result, "earned", "steps")
        print(f"{name:<26}" + "".join(f"{mean_if_defined(earned[:, k])!s:<26}" for k in range(len(FIFTHS))))


if __name__ == "__main__":
    main()
