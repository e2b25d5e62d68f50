"""Does a society come to the convention that pays most, or to the one that is safest? And how soon?

Run it with ``python scenarios/conventions.py``; change the values below.
"""

from socialsim.engine.run import run
from socialsim.environments.conventions import scenario
from socialsim.environments.conventions.theory import critical_share

GAMES = {  # action 0 pays more; action 1 is safer the more it pays against 0
    "pure coordination 5, 0 / 0, 3": ((5.0, 0.0), (0.0, 3.0)),
    "stag hunt 5, 0 / 4, 3": ((5.0, 0.0), (4.0, 3.0)),
}
NETWORKS = ("complete:n=100", "cycle:n=100")
REPLICATIONS, MEETINGS, SEED = 100, 20_000, 1


def main() -> None:
    """Print which convention a hundred agents in adaptive play follow after 400 meetings each."""
    print(f"{'game':<32}{'p*':<8}{'network':<18}{'agreement':<24}{'meetings until 9 of 10':<26}on the better one")
    for name, payoffs in GAMES.items():
        for network in NETWORKS:
            changes = {"environment.payoffs": payoffs, "network": network, "horizon.steps": MEETINGS}
            found = run(scenario().replace(changes), replications=REPLICATIONS, seed=SEED, record_every=None).metrics
            agreement, time, first = (
                str(found[key]) for key in ("mean_agreement", "time_to_convention", "first_convention")
            )
            print(f"{name:<32}{critical_share(payoffs):<8.3f}{network:<18}{agreement:<24}{time:<26}{first}")


if __name__ == "__main__":
    main()
