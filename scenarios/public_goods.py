"""What makes learners contribute to a public good: taxes, subsidies, punishment, a pool, or partners who stay?

Run it with ``python scenarios/public_goods.py``; change the values below.
"""

from socialsim.engine.run import run
from socialsim.environments.public_goods import scenario
from socialsim.environments.public_goods.theory import critical_incentive

LEAST = critical_incentive(group_size=4, multiplier=1.6)
SOCIETIES = {
    "strangers": {},
    "half the tax that it takes": {"environment.tax": 0.5 * LEAST},
    "a tenth more than it takes": {"environment.tax": 1.1 * LEAST},
    "the same as a subsidy": {"environment.subsidy": 1.1 * LEAST},
    "peers punish and reward": {"environment.sanctioning": "peer", "environment.fine": 1.5},
    "a pool punishes": {"environment.sanctioning": "pool", "environment.fine": 1.5},
    "neighbours on a ring": {"environment.groups": "neighbourhoods", "network": "watts_strogatz:n=40,k=4,p=0.0"},
}
COLUMNS = ("contribution_rate", "punishment_rate", "reward_rate", "efficiency")
REPLICATIONS, SEED = 8, 1


def main() -> None:
    """Print who contributes, who sanctions, and what is gained of what there is to gain."""
    print(f"least tax and subsidy by which contributing is dominant: {LEAST:.2f}\n")
    print(f"{'':<30}" + "".join(f"{name.replace('_', ' '):<20}" for name in COLUMNS))
    for name, changes in SOCIETIES.items():
        society = scenario().replace({"environment.burn_in": 1000, **changes})
        found = run(society, replications=REPLICATIONS, seed=SEED, record_every=None).metrics
        print(f"{name:<30}" + "".join(f"{found[column].value:<20.3f}" for column in COLUMNS))


if __name__ == "__main__":
    main()
