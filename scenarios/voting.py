"""Duverger's law, and how often sincere voting can be gamed. Run it with ``python scenarios/voting.py``.

Voters in a plane answer polls under one rule after the other; change the values below.
"""

from socialsim.engine.run import run
from socialsim.environments.voting import scenario

RULES = ("plurality", "approval", "borda", "instant_runoff", "minimax")
SIZES = (11, 101, 1001)  # voters, for the second table
REPLICATIONS = 200
SEED = 1


def main() -> None:
    """Print parties and efficiencies of sincere voters and of those who answer polls, then manipulability by size."""
    print(f"{'101 voters, 5 candidates':<35}{'parties':<24}{'Condorcet efficiency':<24}utilitarian efficiency")
    for rule in RULES:
        voters = scenario().replace({"environment.rule": rule, "environment.burn_in": 50})
        found = run(voters, replications=REPLICATIONS, seed=SEED, record_every=None).metrics
        for kind, names in (
            ("sincere", ("sincere_parties", "sincere_condorcet_efficiency", "sincere_utilitarian")),
            ("answering polls", ("effective_parties", "condorcet_efficiency", "utilitarian")),
        ):
            print(f"{rule + ', ' + kind:<35}" + "".join(f"{found[name].value:<24.3f}" for name in names))

    print(f"\n{'share of electorates':<24}" + "".join(f"{rule:<16}" for rule in RULES))
    for size in SIZES:
        shares = []
        for rule in RULES:
            voters = scenario().replace({"environment.rule": rule, "network.n": size, "learner": "sincere"})
            voters = voters.replace({"environment.num_candidates": 3, "horizon.steps": 1})
            found = run(voters, replications=REPLICATIONS, seed=SEED, record_every=None).metrics
            shares.append(f"{found['manipulable'].value:<16.3f}")
        print(f"{f'manipulable, n={size}':<24}" + "".join(shares))


if __name__ == "__main__":
    main()
