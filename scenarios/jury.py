"""When is a jury wiser than its members? Size, a common source, talk, and learning under unanimity.

Run it with ``python scenarios/jury.py``; change the values below.
"""

from socialsim.engine.run import run
from socialsim.environments.jury import scenario, strategic

SIZES = (1, 11, 101)
RELIANCES = (0.0, 0.2, 0.5)
TALKS = {
    "nobody talks": {},
    "in a ring": {"environment.deliberation": 3, "network": "cycle:n=25"},
    "in a small world": {"environment.deliberation": 3, "network": "watts_strogatz:n=25,k=4,p=0.2"},
    "all with all": {"environment.deliberation": 1},
}
REPLICATIONS = 100
SEED = 1


def main() -> None:
    """Print how often groups are right."""
    print(f"{'jurors':<8}" + "".join(f"reliance {reliance:<20}" for reliance in RELIANCES))
    for n in SIZES:
        found = [
            run(
                scenario().replace({"network": f"complete:n={n}", "environment.reliance": reliance}),
                replications=REPLICATIONS,
                seed=SEED,
            ).metrics["group_accuracy"]
            for reliance in RELIANCES
        ]
        print(f"{n:<8}" + "".join(f"{accuracy!s:<29}" for accuracy in found))
    print(f"\n{'25 jurors':<20}{'group':<26}{'each':<26}correlation")
    for name, changes in TALKS.items():
        talk = scenario().replace({"network": "complete:n=25"} | changes)
        metrics = run(talk, replications=REPLICATIONS, seed=SEED).metrics
        shown = (metrics[each] for each in ("group_accuracy", "individual_accuracy", "vote_correlation"))
        print(f"{name:<20}" + "".join(f"{estimate!s:<26}" for estimate in shown))
    learned = run(strategic(), replications=20, seed=SEED).metrics
    print("\nfive learners who must agree (sincere: .583; symmetric equilibrium: .667)")
    for name in ("policy_accuracy", "sincere_share", "largest_gain"):
        print(f"{name:<20}{learned[name]}")


if __name__ == "__main__":
    main()
