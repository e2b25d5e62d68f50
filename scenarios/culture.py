"""Why do differences persist if contact makes people alike?

Run it with ``python scenarios/culture.py``; change the values below.
"""

from socialsim.engine.run import run
from socialsim.environments.culture import scenario

FEATURES = (2, 5, 10)
TRAITS = (5, 10, 15, 30)
LATTICES = {
    "4 neighbours, open border": "grid:rows=10,columns=10",
    "4 neighbours, torus": "grid:rows=10,columns=10,periodic=true",
    "8 neighbours, open border": "grid:rows=10,columns=10,neighbourhood=moore",
    "everybody": "complete:n=100",
}
DRIFTS = (0.0, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1)
EVENTS = 1_000_000  # with drift nothing is ever at rest
REPLICATIONS = 30
SEED = 1


def main() -> None:
    """Print the regions that are left, by features and traits, by lattice, and with drift."""
    print("regions at rest\n" + f"{'features':<12}" + "".join(f"{f'{q} traits':<24}" for q in TRAITS))
    for features in FEATURES:
        found = []
        for traits in TRAITS:
            model = scenario().replace({"environment.num_features": features, "environment.num_traits": traits})
            found.append(run(model, replications=REPLICATIONS, seed=SEED, record_every=None).metrics["num_regions"])
        print(f"{features:<12}" + "".join(f"{estimate!s:<24}" for estimate in found))

    print("\n5 features, 10 traits: regions, and share of the largest")
    for name, lattice in LATTICES.items():
        metrics = run(
            scenario().replace({"network": lattice}), replications=REPLICATIONS, seed=SEED, record_every=None
        ).metrics
        print(f"{name:<30}{metrics['num_regions']!s:<24}{metrics['largest_share']}")

    print(f"\n5 features, 15 traits, 5 x 5 sites: cultures after {EVENTS:,} events")
    small = scenario().replace({"network.rows": 5, "network.columns": 5, "environment.num_traits": 15})
    for drift in DRIFTS:
        model = small.replace({"environment.drift": drift, "horizon.steps": EVENTS})
        metrics = run(model, replications=REPLICATIONS, seed=SEED, record_every=None).metrics
        print(f"drift {drift:<24g}{metrics['num_cultures']}")


if __name__ == "__main__":
    main()
