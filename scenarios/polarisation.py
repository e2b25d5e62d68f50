"""Does a scientific community fall apart whose members mistrust those of other beliefs?

Run it with ``python scenarios/polarisation.py``; change the values below.
"""

from socialsim.engine.run import run
from socialsim.environments.epistemic import scenario

MULTIPLIERS = (0.0, 1.0, 1.5, 2.0, 3.0)  # evidence from a distance of 1/m or more is ignored
NETWORKS = ("complete:n=10", "cycle:n=10", "karate")
EFFECT = 0.01  # advantage of the better method over 1/2
TRIALS = 100  # experiments of one scientist in one round
REPLICATIONS = 2000
SEED = 1


def main() -> None:
    """Print how often each community finds the truth, agrees on the worse method, or splits for good."""
    print(f"{'network':<16}{'m':<6}{'truth':<28}{'false consensus':<28}polarised")
    for network in NETWORKS:
        community = scenario().replace({"network": network, "environment.effect": EFFECT, "environment.trials": TRIALS})
        for multiplier in MULTIPLIERS:
            mistrusting = community.replace({"learner": f"mistrust:mistrust={multiplier}"})
            metrics = run(mistrusting, replications=REPLICATIONS, seed=SEED, record_every=None).metrics
            shares = [str(metrics[rate]) for rate in ("success_rate", "false_consensus_rate", "polarisation_rate")]
            print(f"{network:<16}{multiplier:<6}{shares[0]:<28}{shares[1]:<28}{shares[2]}")


if __name__ == "__main__":
    main()
