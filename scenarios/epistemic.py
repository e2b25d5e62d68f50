"""Does a scientific community that talks more find the truth more often? Zollman's model on four networks.

Run it with ``python scenarios/epistemic.py``; change the values below.
"""

from socialsim.engine.run import run
from socialsim.environments.epistemic import scenario

NETWORKS = ("cycle:n=10", "wheel:n=10", "complete:n=10", "karate")
EFFECT = 0.005  # advantage of the better method over 1/2
TRIALS = 1000  # experiments of one scientist in one round
REPLICATIONS = 2000
SEED = 1


def main() -> None:
    """Print how often, and how soon, each community agrees on the better method."""
    print(f"{'network':<16}{'share that finds the truth':<30}rounds until it does")
    for network in NETWORKS:
        community = scenario().replace({"network": network, "environment.effect": EFFECT, "environment.trials": TRIALS})
        metrics = run(community, replications=REPLICATIONS, seed=SEED).metrics
        print(f"{network:<16}{metrics['success_rate']!s:<30}{metrics['rounds_to_success']}")


if __name__ == "__main__":
    main()
