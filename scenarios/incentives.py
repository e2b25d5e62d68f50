"""Do institutions stop the natural selection of bad science, and do labs that learn do any better?

Run it with ``python scenarios/incentives.py``; change the values below. Effort evolves ten times as fast as in the
paper, by ten times as many mutations, so that the script takes seconds.
"""

from socialsim.engine.run import run
from socialsim.environments.incentives import scenario

INSTITUTIONS = {
    "none": {},
    "replication, 20%": {"environment.initial_replication": 0.2},
    "negative results published": {"environment.negative_publication_rate": 1.0},
    "preregistration": {"environment.preregistration": 1.0},
    "audits": {"environment.audit_rate": 0.5},
}
LEARNERS = ("imitation:noise=0.001", "policy_gradient")
EVOLUTION = {"environment.effort_mutation": 0.1, "horizon.steps": 80_000}
LEARNING = {"environment.evolve": False, "horizon.steps": 4000}
REPLICATIONS = 8
SEED = 1


def main() -> None:
    """Print effort and false discoveries after evolution under each institution, and after learning."""
    print("effort on the way down; see docs/models/incentives.md for where it ends")
    print(f"{'labs':<48}{'mean effort':<26}share of false findings")
    for name, changes in INSTITUTIONS.items():
        show(f"evolve; institution: {name}", EVOLUTION | changes)
    for learner in LEARNERS:
        show(f"learn by {learner}", LEARNING | {"learner": learner})


def show(what: str, changes: dict[str, object]) -> None:
    """Run some communities and print one line."""
    metrics = run(scenario().replace(changes), replications=REPLICATIONS, seed=SEED, record_every=None).metrics
    print(f"{what:<48}{metrics['mean_effort']!s:<26}{metrics['false_discovery_rate']}")


if __name__ == "__main__":
    main()
