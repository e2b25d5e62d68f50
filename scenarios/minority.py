"""When is the minority game better than tossing coins, and what does imitation do to it? Then a night at El Farol.

Run it with ``python scenarios/minority.py``; change the values below.
"""

from socialsim.core.estimate import Estimate
from socialsim.engine.run import run
from socialsim.environments.minority import scenario

MEMORIES = (3, 4, 5, 6, 7, 8)  # steps that the 101 agents remember
LINKS = (0.0, 0.01, 0.02, 0.05, 0.1)  # chance of each link in a network of agents who follow their best neighbour
THRESHOLDS = (0.4, 0.5, 0.6, 0.7)  # share of 101 people who fit into the bar
REPLICATIONS = 20
SEED = 1


def followers(memory: int, p: float) -> Estimate:
    """Return the volatility of agents on a random network who do as their most successful neighbour says."""
    herd = scenario().replace({"learner": "best_neighbour", "network": f"erdos_renyi:n=101,p={p}"})
    herd = herd.replace({"environment.memory": memory, "environment.burn_in": 2000, "horizon.steps": 4000})
    return run(herd, replications=REPLICATIONS, seed=SEED, record_every=None).metrics["volatility"]


def main() -> None:
    """Print volatility and predictability beside the theory, then followers, then attendances."""
    print(f"{'memory':<9}{'alpha':<8}{'sigma^2/N':<24}{'theory':<9}{'H/N':<33}theory")
    for memory in MEMORIES:
        steps = 400 * 2**memory
        game = scenario().replace(
            {"environment.memory": memory, "environment.burn_in": steps // 2, "horizon.steps": steps}
        )
        found = run(game, replications=REPLICATIONS, seed=SEED, record_every=None).metrics
        theory = found["theory_volatility"].value, found["theory_predictability"].value
        print(
            f"{memory:<9}{2**memory / 101:<8.3f}{found['volatility']!s:<24}{theory[0]:<9.3f}"
            f"{found['predictability']!s:<33}{theory[1]:.3f}"
        )

    print(f"\nsigma^2/N of those who follow their best neighbour\n{'links':<9}{'memory 2':<24}memory 6")
    for p in LINKS:
        found = [str(followers(memory, p)) for memory in (2, 6)]
        print(f"{p:<9}{found[0]:<24}{found[1]}")

    print(f"\nEl Farol\n{'seats':<9}attendance")
    for threshold in THRESHOLDS:
        bar = scenario("el_farol").replace({"environment.threshold": threshold, "network": "complete:n=101"})
        found = run(bar, replications=REPLICATIONS, seed=SEED, record_every=None).metrics
        print(f"{threshold * 101:<9.1f}{found['attendance']}")


if __name__ == "__main__":
    main()
