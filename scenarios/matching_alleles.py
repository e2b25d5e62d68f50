"""How fast must hosts and parasites run to stay where they are?

Run it with ``python scenarios/matching_alleles.py``; change the values below.
"""

import numpy as np

from socialsim.engine.run import run
from socialsim.environments.matching_alleles import scenario
from socialsim.environments.matching_alleles.theory import cycle, time_shift

COSTS = (0.1, 0.3, 0.5, 1.0)
MUTATIONS = (0.0, 0.001, 0.01, 0.03)
LEARNERS = ("exp3:gamma=0.1", "bush_mosteller:alpha=0.1")
AGES = (20, 0, -20)  # of the hosts that parasites are compared with
GENERATIONS = 1000
REPLICATIONS = 10
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
    print(f"\n{'match hosts aged':<30}{AGES[0]:<12}{AGES[1]:<12}{AGES[2]}")
    for learner in LEARNERS:
        print(f"{learner:<30}" + "".join(f"{share:<12.5f}" for share in matches(learner)))


def measure(changes: dict[str, object]) -> dict[str, object]:
    """Return the metrics of the default world with some changes."""
    model = scenario().replace({"horizon.steps": GENERATIONS, **changes})
    return dict(run(model, replications=REPLICATIONS, seed=SEED, record_every=None).metrics)


def matches(learner: str) -> list[float]:
    """Return how well parasites that learn match the hosts of now and of other steps."""
    learned = {"environment.inheritance": "learned", "environment.mutation": 0.0, "learner": learner}
    costly = {"environment.host_cost": 1.0, "environment.parasite_cost": 1.0, "network.n": 1000}
    model = scenario().replace({"horizon.steps": GENERATIONS, **learned, **costly})
    series = run(model, replications=4, seed=SEED, record_every=1, series_runs=4).series
    shares = []
    for _, course in series[series.step > 0].groupby("run"):
        hosts, parasites = (
            np.stack([course[name], 1.0 - course[name]], axis=1) for name in ("mean_host_0", "mean_parasite_0")
        )
        shares.append([time_shift(hosts, parasites, age) for age in AGES])
    return np.mean(shares, axis=0).tolist()


if __name__ == "__main__":
    main()
