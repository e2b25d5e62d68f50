"""How fast must hosts and parasites run to stay where they are?

Run it with ``python scenarios/matching_alleles.py``; change the values below.
"""

from socialsim.engine.run import run
from socialsim.environments.matching_alleles import scenario
from socialsim.environments.matching_alleles.theory import cycle

COSTS = (0.1, 0.3, 0.5, 1.0)
MUTATIONS = (0.0, 0.001, 0.01, 0.03)
LEARNERS = ("exp3:gamma=0.05", "roth_erev:forgetting=0.01")
GENERATIONS = 1000
REPLICATIONS = 20
SEED = 1


def main() -> None:
    """Print the period of cycles by what infection costs, what mutation does, and what learners do."""
    print(f"{'costs':<12}{'period':<12}{'growth':<12}{'measured':<26}")
    for cost in COSTS:
        period, growth = cycle(2, cost, cost, 0.01)
        changes = {"environment.host_cost": cost, "environment.parasite_cost": cost}
        print(f"{cost:<12}{period:<12.1f}{growth:<12.4f}{measure(changes)['cycle_period']}")
    print(f"\n{'mutation':<12}{'growth':<12}{'alleles in hosts':<26}fixed")
    for mutation in MUTATIONS:
        metrics = measure({"environment.mutation": mutation})
        growth = cycle(2, 0.3, 0.3, mutation)[1]
        print(f"{mutation:<12}{growth:<12.4f}{metrics['host_diversity']!s:<26}{metrics['fixation_rate']}")
    print(f"\n{'learner':<30}{'period':<26}alleles in hosts")
    learned = {"environment.inheritance": "learned", "environment.mutation": 0.0, "network.n": 200}
    for learner in LEARNERS:
        metrics = measure(learned | {"learner": learner})
        print(f"{learner:<30}{metrics['cycle_period']!s:<26}{metrics['host_diversity']}")


def measure(changes: dict[str, object]) -> dict[str, object]:
    """Return the metrics of the default world with some changes."""
    model = scenario().replace({"horizon.steps": GENERATIONS, **changes})
    return dict(run(model, replications=REPLICATIONS, seed=SEED, record_every=None).metrics)


if __name__ == "__main__":
    main()
