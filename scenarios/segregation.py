"""How far apart do people end up who tolerate each other?

Run it with ``python scenarios/segregation.py``; change the values below.
"""

from socialsim.engine.run import run
from socialsim.environments.segregation import scenario

TOLERANCES = (0.8, 0.7, 0.6, 0.5, 0.4)
CITIES = {
    "any vacancy": {"environment.destination": "any"},
    "where one is content": {},
    "the nearest of these": {"environment.destination": "nearest"},
    "content ones move too": {"environment.movers": "all", "horizon.steps": 100},
    "a tenth is vacant": {"network.n": 2250},
    "one of five in the minority": {"environment.shares": (0.8, 0.2)},
    "nobody wants over 3/4 alike": {"environment.most_like": 0.75, "horizon.steps": 200},
}
REPLICATIONS = 20
SEED = 1


def main() -> None:
    """Print how segregated cities become, by tolerance and by rules."""
    print(f"{'bear so many unlike':<30}{'alike':<26}{'index':<26}moves per person")
    for tolerance in TOLERANCES:
        show(f"{tolerance:.0%}", {"environment.tolerance": tolerance})
    print(f"\n{'bear half unlike, and':<30}")
    for name, changes in CITIES.items():
        show(name, changes)


def show(name: str, changes: dict[str, object]) -> None:
    """Run a city and print a line."""
    metrics = run(scenario().replace(changes), replications=REPLICATIONS, seed=SEED, record_every=None).metrics
    print(f"{name:<30}{metrics['like_share']!s:<26}{metrics['segregation_index']!s:<26}{metrics['moves_per_person']}")


if __name__ == "__main__":
    main()
