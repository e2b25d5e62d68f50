"""Where do fat tails and clustered volatility come from? Lux and Marchesi's market, with and without switching.

Run it with ``python scenarios/herding.py``; change the values below.
"""

from socialsim.engine.run import run
from socialsim.environments.herding import STEPS_A_DAY, scenario

CONDITIONS = {
    "as in the paper": {},
    "strategies are fixed": {"learner.strategy_rate": 1e-9, "learner.profit_weight": 0.0},
    "deaf to crowd and trend": {"learner.herding": 0.0, "learner.trend_weight": 0.0},
    "twice the fundamentalists' trades": {"environment.fundamentalist_volume": 10.0},
}
METRICS = ("typical_tail_index", "typical_excess_kurtosis", "volatility_correlation", "chartist_share")
DAYS = 1100
REPLICATIONS = 8
SEED = 1


def main() -> None:
    """Print the tail index, the kurtosis, the clustering of volatility and the share of chartists."""
    print(f"{'':<36}{'tail index':<14}{'kurtosis':<14}{'clustering':<14}chartists")
    for name, changes in CONDITIONS.items():
        market = scenario().replace({"horizon.steps": DAYS * STEPS_A_DAY, "environment.window": 1000, **changes})
        metrics = run(market, replications=REPLICATIONS, seed=SEED, record_every=None).metrics
        print(f"{name:<36}" + "".join(f"{metrics[metric].value:<14.3f}" for metric in METRICS))


if __name__ == "__main__":
    main()
