"""Where do which signals mean what? Neighbours who imitate the best of them, on several networks.

Run it with ``python scenarios/dialects.py``; change the values below.
"""

from socialsim.engine.run import run
from socialsim.environments.dialects import scenario

NETWORKS = (
    "grid:rows=30,columns=30,neighbourhood=moore,periodic=true",
    "grid:rows=30,columns=30,periodic=true",
    "ring_lattice:n=900,k=8",
    "watts_strogatz:n=900,k=8,p=0.3",
    "erdos_renyi:n=900,p=0.01",
    "complete:n=900",
)
REPLICATIONS = 20
SEED = 1


def main() -> None:
    """Print who ends with a signalling system, and whether several live on."""
    print(f"{'network':<60}{'have a system':<24}{'the commonest':<24}several systems")
    for network in NETWORKS:
        community = scenario().replace({"network": network})
        metrics = run(community, replications=REPLICATIONS, seed=SEED, record_every=None).metrics
        shares = f"{metrics['system_share']!s:<24}{metrics['largest_share']!s:<24}"
        print(f"{network:<60}{shares}{metrics['coexistence_rate']}")


if __name__ == "__main__":
    main()
