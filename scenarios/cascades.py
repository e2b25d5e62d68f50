"""When does one spark set a network ablaze? Mean degree, thresholds, and a few who will not have it.

Run it with ``python scenarios/cascades.py``; change the values below.
"""

from socialsim.engine.run import run
from socialsim.environments.cascades import scenario
from socialsim.environments.cascades.theory import cascade_window, poisson, trigger_chance

NUM_AGENTS = 1000
DEGREES = (0.8, 1.5, 3.0, 5.0, 7.0, 9.0)
THRESHOLD = 0.18
ZEALOTS = (0.0, 0.05, 0.1, 0.2, 0.3)  # share of agents who never become active
REPLICATIONS = 200
SEED = 1


def main() -> None:
    """Print how often and how far cascades from one seed go, by mean degree and by zealots against them."""
    low, high = cascade_window(THRESHOLD) or (float("nan"), float("nan"))
    print(f"threshold {THRESHOLD}: one seed can start a global cascade for mean degrees from {low:.3f} to {high:.3f}")
    print(f"{'mean degree':<13}{'global cascades':<24}{'N to infinity':<15}{'their size':<38}steps to rest")
    for z in DEGREES:
        model = scenario().replace({"network.n": NUM_AGENTS, "network.p": z / (NUM_AGENTS - 1)})
        model = model.replace({"learner.threshold": THRESHOLD})
        found = run(model, replications=REPLICATIONS, seed=SEED, record_every=None).metrics
        exact = trigger_chance(poisson(z), THRESHOLD)
        print(
            f"{z:<13}{found['global_cascade_rate']!s:<24}{exact:<15.3f}{found['size_of_global_cascades']!s:<38}"
            f"{found['steps_to_rest']}"
        )

    print(f"\nmean degree 4, zealots against it\n{'share':<13}{'global cascades':<24}their size")
    for share in ZEALOTS:
        model = scenario().replace({"environment.zealots": [share, 0]})
        found = run(model, replications=REPLICATIONS, seed=SEED, record_every=None).metrics
        print(f"{share:<13}{found['global_cascade_rate']!s:<24}{found['size_of_global_cascades']}")


if __name__ == "__main__":
    main()
