"""How many changes of mind until nobody wants another? Run it with ``python scenarios/iterative_voting.py``."""

from socialsim.engine.run import run
from socialsim.environments.iterative_voting import scenario

SIZES = ((11, 3), (25, 5), (101, 5))  # voters, candidates
RULES = ("plurality", "veto", "borda")
REPLICATIONS = 1000
STEPS = 2000
SEED = 1


def main() -> None:
    """Print convergence, moves and the Condorcet efficiency before and after."""
    print(f"{'':<36}{'converged':<12}{'moves':<22}{'truthful':<24}iterated")
    for rule in RULES:
        for num_voters, num_candidates in SIZES:
            if rule == "borda" and num_voters > 25:
                continue
            values = {"environment.rule": rule, "environment.num_candidates": num_candidates, "horizon.steps": STEPS}
            voters = scenario().replace(values | {"network.n": num_voters})
            runs = REPLICATIONS if rule != "borda" else REPLICATIONS // 10
            found = run(voters, replications=runs, seed=SEED, record_every=None).metrics
            print(
                f"{f'{rule}, {num_voters} voters, {num_candidates} candidates':<36}{found['convergence'].value:<12.3f}"
                f"{found['moves']!s:<22}{found['truthful_condorcet_efficiency']!s:<24}{found['condorcet_efficiency']}"
            )


if __name__ == "__main__":
    main()
