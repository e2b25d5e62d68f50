"""Do sellers who learn to price come to collude, and what becomes of it in other markets?

Run it with ``python scenarios/pricing.py``; change the values below.
"""

from socialsim.engine.run import run
from socialsim.environments.pricing import scenario

MARKETS = {
    "duopoly": {},
    "triopoly": {"network.n": 3},
    "duopoly, no future (delta = 0)": {"learner.discount": 0.0, "environment.discount": 0.0},
    "duopoly, no memory": {"environment.memory": 0},
    "duopoly, unequal costs": {"environment.costs": [1.0, 0.75]},
    "Cournot duopoly": {"environment.competition": "cournot"},
}
COLUMNS = ("share_converged", "profit_gain", "periods_to_convergence", "best_response_gap", "price_dispersion")
SESSIONS = 8
SEED = 1


def main() -> None:
    """Print prices at Nash and monopoly, and where the sellers of each market end up between them."""
    print("profit gain: 0 at the static Nash equilibrium, 1 at the joint monopoly\n")
    print(f"{'':<32}{'Nash':<8}{'monopoly':<10}" + "".join(f"{name.replace('_', ' '):<28}" for name in COLUMNS))
    for name, changes in MARKETS.items():
        sellers = scenario().replace(changes)
        market = sellers.environment.market(sellers.network.draw().num_agents)
        nash, monopoly = (market.prices(choices).mean() for choices in (market.nash(), market.monopoly()))
        metrics = run(sellers, replications=SESSIONS, seed=SEED, record_every=None).metrics
        print(f"{name:<32}{nash:<8.3f}{monopoly:<10.3f}" + "".join(f"{metrics[c]!s:<28}" for c in COLUMNS))


if __name__ == "__main__":
    main()
