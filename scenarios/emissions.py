"""What does a tax or a market for permits do to firms that have learned to pollute?

Run it with ``python scenarios/emissions.py``; change the values below.
"""

from socialsim.engine.run import run
from socialsim.environments.emissions import scenario

RULES = {
    "no rule": {"environment.rule": "none"},
    "tax of the damage": {},
    "half of that tax": {"environment.tax": 0.4},
    "twice that tax": {"environment.tax": 1.6},
    **{
        f"permits: {name}": {"environment.rule": "cap_and_trade", "environment.allocation": allocation}
        for name, allocation in (("to all", "equal"), ("to the cheap", "cheap"), ("at auction", "auction"))
    },
}
COLUMNS = (
    "welfare_before",
    "welfare_after",
    "gain_after",
    "emissions_after",
    "cost_ratio",
    "emission_price",
    "revenue",
)
REPLICATIONS = 10
SEED = 1


def main() -> None:
    """Print the optimum, and what became of welfare under each rule."""
    best = scenario().environment
    print(f"optimum: welfare {best.best_welfare(20):.3f}, emissions {best.best_emissions(20):.3f}\n")
    print(f"{'':<24}" + "".join(f"{name.replace('_', ' '):<18}" for name in COLUMNS))
    for name, rule in RULES.items():
        metrics = run(scenario().replace(rule), replications=REPLICATIONS, seed=SEED, record_every=None).metrics
        print(f"{name:<24}" + "".join(f"{metrics[column].value:<18.3f}" for column in COLUMNS))


if __name__ == "__main__":
    main()
