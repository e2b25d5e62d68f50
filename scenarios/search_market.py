"""What do buyers who look around, or come back, do to prices? Sellers and buyers who learn, or shop anywhere.

Run it with ``python scenarios/search_market.py``; change the values below.
"""

from socialsim.engine.run import run
from socialsim.environments.search_market import scenario
from socialsim.environments.search_market.theory import mean_price_paid, search_equilibria

ANYWHERE = {"learner.buyer": "uniform_random"}
MARKETS = {
    "one quote, anywhere (Diamond)": ANYWHERE | {"environment.most_quotes": 1},
    "one quote, by experience": {"environment.most_quotes": 1},
    "one quote, Roth-Erev": {"learner.buyer": "roth_erev", "environment.most_quotes": 1},
    "one or two, anywhere": ANYWHERE,
    "one or two, by experience": {},
    "the same, dear search": {"environment.search_cost": 0.2},
    "two quotes, anywhere (Bertrand)": ANYWHERE | {"environment.fewest_quotes": 2},
    "sellers may stay out": {
        "environment.entry": True,
        "environment.operating_cost": 8.0,
        "environment.entry_cost": 20.0,
    },
}
COLUMNS = ("price", "price_dispersion", "num_quotes", "loyalty", "sales_hhi", "buyer_surplus", "share_out")
STEPS = 6000
REPLICATIONS = 4
SEED = 1


def main() -> None:
    """Print the equilibria with one or two quotes, then what became of each market; cost 1, valuation 2."""
    for one in search_equilibria(scenario().environment.search_cost, 1.0, 2.0)[:-1]:
        price = mean_price_paid(1, [one, 1.0 - one], 1.0, 2.0)
        print(f"equilibrium with dispersed prices: {one:.3f} of the buyers ask once and pay {price:.3f}")
    print(f"\n{'':<34}" + "".join(f"{name.replace('_', ' '):<18}" for name in COLUMNS))
    for name, changes in MARKETS.items():
        market = scenario().replace({"horizon.steps": STEPS, "environment.burn_in": STEPS // 2} | changes)
        metrics = run(market, replications=REPLICATIONS, seed=SEED, record_every=None).metrics
        print(f"{name:<34}" + "".join(f"{metrics[column].value:<18.3f}" for column in COLUMNS))


if __name__ == "__main__":
    main()
