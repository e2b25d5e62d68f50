"""How many firms does a market need to be competitive? Firms that learn, Cournot's equilibrium and the mean field.

Run it with ``python scenarios/cournot.py``; change the values below.
"""

from socialsim.engine.run import run
from socialsim.environments.cournot import Cournot, scenario
from socialsim.environments.cournot.theory import at_rest, equilibrium

FIRMS = (1, 2, 4, 8, 16, 32)
REPLICATIONS = 16
SEED = 1


def main() -> None:
    """Print quantity, price and efficiency against the number of firms, and firms that learn by doing."""
    print(f"{'firms':<8}{'Cournot':<10}{'quantity of learners':<24}{'price':<24}efficiency")
    for size in FIRMS:
        market = scenario().replace({"network.n": size, "environment.num_firms": size})
        found = run(market, replications=REPLICATIONS, seed=SEED, record_every=None).metrics
        theory = equilibrium(Cournot(num_firms=size)).mean()
        print(f"{size:<8}{theory:<10.3f}{found['quantity']!s:<24}{found['price']!s:<24}{found['efficiency']}")
    print(f"{'many':<8}{equilibrium(Cournot()).mean():<10.3f}")
    rest = at_rest(Cournot())
    print(
        f"with learning by doing: price {rest.price:.3f}, {rest.cheap:.1%} are cheap, and sell {rest.quantities[0]:.3f}"
    )


if __name__ == "__main__":
    main()
