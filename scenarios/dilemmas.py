"""When do two who learn from satisfaction learn to cooperate? Run it with ``python scenarios/dilemmas.py``."""

from socialsim.engine.run import run
from socialsim.environments.dilemmas import scenario

GAMES = {
    "prisoner's dilemma": [[3.0, 0.0], [4.0, 1.0]],
    "chicken": [[3.0, 1.0], [4.0, 0.0]],
    "stag hunt": [[4.0, 0.0], [3.0, 1.0]],
}
ASPIRATIONS = (0.5, 1.5, 2.0, 2.5, 3.2)
REPLICATIONS = 1000


def main() -> None:
    """Print how many pairs are locked into mutual cooperation after 500 rounds, by game and aspiration."""
    print("aspiration            " + "".join(f"{aspiration:8}" for aspiration in ASPIRATIONS))
    for name, payoffs in GAMES.items():
        shares = []
        for aspiration in ASPIRATIONS:
            model = scenario().replace({"environment.payoffs": payoffs, "learner.aspiration": aspiration})
            result = run(model, replications=REPLICATIONS, seed=1, record_every=None)
            shares.append(result.metrics["collusion_rate"].value)
        print(f"{name:22}" + "".join(f"{share:8.2f}" for share in shares))


if __name__ == "__main__":
    main()
