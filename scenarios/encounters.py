"""How close must two people be to learn from each other if all are to agree in the end?

Run it with ``python scenarios/encounters.py``; change the values below.
"""

from socialsim.engine.run import run
from socialsim.environments.encounters import scenario

NETWORKS = ("complete:n=200", "watts_strogatz:n=200,k=10,p=0.1")
CONFIDENCES = (0.1, 0.2, 0.3, 0.5)
REPLICATIONS, SEED = 100, 1


def main() -> None:
    """Print how often opinions end in consensus, and in how many clusters."""
    print(f"{'network':<34}{'confidence':<12}{'1/(2 confidence)':<18}{'effective clusters':<24}consensus")
    for network in NETWORKS:
        for confidence in CONFIDENCES:
            community = scenario().replace({"network": network, "learner.confidence": confidence})
            metrics = run(community, replications=REPLICATIONS, seed=SEED, record_every=None).metrics
            rule = f"{1 / (2 * confidence):.1f}"
            print(
                f"{network:<34}{confidence:<12}{rule:<18}{metrics['effective_clusters']!s:<24}{metrics['consensus_rate']}"
            )


if __name__ == "__main__":
    main()
