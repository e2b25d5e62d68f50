"""Which rule finds the candidate that beats all others, and which the one that people like best?

Run it with ``python scenarios/elections.py``; change the values below.
"""

from socialsim.engine.run import run
from socialsim.environments.elections import scenario

RULES = ("plurality", "plurality_runoff", "instant_runoff", "approval", "borda", "copeland")
SOCIETIES = {
    "random society": {"environment.culture": "impartial"},
    "Mallows, phi = .8": {"environment.culture": "mallows", "environment.dispersion": 0.8},
    "urn, alpha = .1": {"environment.culture": "urn", "environment.dispersion": 0.1},
    "two dimensions": {"environment.culture": "spatial", "environment.dimensions": 2},
}
NUM_VOTERS = 25
NUM_CANDIDATES = 5
ELECTIONS = 1000  # a replication
REPLICATIONS = 20
SEED = 1


def main() -> None:
    """Print, for each society, both efficiencies of each rule."""
    for name, society in SOCIETIES.items():
        made = scenario().replace({"environment.rules": RULES, "environment.num_candidates": NUM_CANDIDATES} | society)
        made = made.replace({"network": f"complete:n={NUM_VOTERS}", "horizon.steps": ELECTIONS})
        found = run(made, replications=REPLICATIONS, seed=SEED, record_every=None).metrics
        print(f"\n{name}: {found['condorcet_winner_share']} of the elections have a Condorcet winner")
        print(f"{'rule':<20}{'elects the Condorcet winner':<30}utilitarian efficiency")
        for rule in RULES:
            print(f"{rule:<20}{found[f'condorcet_efficiency_{rule}']!s:<30}{found[f'utilitarian_efficiency_{rule}']}")


if __name__ == "__main__":
    main()
