"""When do those who chase profits leave the fundamental price? Brock and Hommes's market at five intensities of choice.

Run it with ``python scenarios/assets.py``; change the values below.
"""

from socialsim.engine.run import run
from socialsim.environments.assets import Assets, scenario
from socialsim.environments.assets.theory import primary_bifurcation, secondary_bifurcation, steady_deviation

BETAS = (2.0, 2.6, 3.0, 3.6, 4.0)
NUM_TRADERS = 1000
NOISE = 0.01  # standard deviation, in units of price
STEPS = 1500
REPLICATIONS = 20
SEED = 1


def main() -> None:
    """Print how far prices are from the fundamental one, and how much they move."""
    first, second = primary_bifurcation(Assets()), secondary_bifurcation(Assets())
    print(f"the fundamental price is stable up to beta = {first:.3f}, others up to {second:.3f}")
    print(f"{'beta':<8}{'price at rest':<16}{'distance from fundamental':<30}standard deviation")
    for beta in BETAS:
        market = scenario().replace(
            {
                "learner.beta": beta,
                "network": f"complete:n={NUM_TRADERS}",
                "horizon.steps": STEPS,
                "environment.initial_deviation": 1.0,
                "environment.noise": NOISE,
                "environment.window": 500,
            }
        )
        metrics = run(market, replications=REPLICATIONS, seed=SEED, record_every=None).metrics
        at_rest = f"{steady_deviation(Assets(), beta):.3f}" if beta < second else "none"
        distance = f"{metrics['mispricing'].value:.4f}"
        print(f"{beta:<8}{at_rest:<16}{distance:<30}{metrics['spread'].value:.4f}")


if __name__ == "__main__":
    main()
