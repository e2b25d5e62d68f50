"""Do predators and prey live on, and how fast do they become?

Run it with ``python scenarios/ecology.py``; change the values below.
"""

from socialsim.engine.run import run
from socialsim.environments.ecology import scenario
from socialsim.environments.ecology.theory import equilibrium, evolved_speeds, rates

SIDE = 32
STEPS = 1500
WORLDS = {
    "grid": {},
    "grid, all stir": {"environment.mobility": 0.9},
    "mixed": {"environment.space": "mixed"},
}
COSTS = ((1.0, 1.0), (1.0, 3.0), (0.6, 1.0))
REPLICATIONS = 8
SEED = 1


def main() -> None:
    """Print densities by space beside the mean field, and the speeds that evolve beside those of the theory."""
    still = {"environment.mutation": 0.0}
    prey, predators = equilibrium(rates(scenario().environment, 0.0, 0.0))
    print(f"{'speed 0':<22}{'prey':<26}{'predators':<26}swings of predators")
    print(f"{'mean field':<22}{prey:<26.3f}{predators:<26.3f}0")
    for name, changes in WORLDS.items():
        metrics = measure(changes | still)
        print(f"{name:<22}{metrics['prey_density']!s:<26}{metrics['predator_density']!s:<26}{metrics['swings']}")
    print(f"\n{'costs of speed':<22}{'prey':<26}{'predators':<26}theory, mixed")
    for birth_cost, death_cost in COSTS:
        costs = {"environment.birth_cost": birth_cost, "environment.death_cost": death_cost}
        speeds = evolved_speeds(scenario().replace(costs).environment)
        for name in ("mixed", "grid"):
            metrics = measure(costs | WORLDS[name])
            row = f"{birth_cost:g}, {death_cost:g}, {name}"
            print(f"{row:<22}{metrics['prey_speed']!s:<26}{metrics['predator_speed']!s:<26}", end="")
            print(", ".join(f"{speed:.2f}" for speed in speeds) if name == "mixed" else "")


def measure(changes: dict[str, object]) -> dict[str, object]:
    """Return the metrics of a smaller world with some changes."""
    size = {"environment.height": SIDE, "environment.width": SIDE, "network.n": 2 * SIDE * SIDE}
    model = scenario().replace({"horizon.steps": STEPS, **size, **changes})
    return dict(run(model, replications=REPLICATIONS, seed=SEED, record_every=None).metrics)


if __name__ == "__main__":
    main()
