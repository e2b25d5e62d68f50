"""Who spares a stock that all may fish? Learners alone and together, and under rules.

Run it with ``python scenarios/fishery.py``; change the values below.
"""

from socialsim.engine.run import run
from socialsim.environments.fishery import Fishery, scenario
from socialsim.environments.fishery.theory import nash, open_access, social_optimum

FEW = (1, 2, 4)
SANCTIONS = {
    "environment.quota": 0.07,  # of a maximum sustainable yield of .1
    "environment.monitoring": 0.5,
    "environment.monitoring_cost": 0.005,
    "environment.fine": 0.05,
    "environment.fine_growth": 2.0,
    "environment.forgetting": 50,
}
COMMUNITIES = {
    **{f"{n} without rules": {"network": f"complete:n={n}"} for n in FEW},
    "20 without rules": {},
    "20 under a quota, unmonitored": {"environment.quota": 0.07},
    "20 under a quota, with fines": SANCTIONS,
    "20 who may work elsewhere": {"environment.exit_pay": 0.2},
    "20 who do as others did": {"learner": "conditional_cooperator:tremble=0.02"},
    "20 who do as others promise": {"learner": "conditional_cooperator:tremble=0.02,trust=1.0"},
}
STEPS = 30_000
REPLICATIONS = 8
SEED = 1


def main() -> None:
    """Print the equilibria of the theory, then what became of each community."""
    for name, rest in (
        ("social optimum", social_optimum(Fishery())),
        ("20 in equilibrium", nash(Fishery(), 20)),
        ("open access", open_access(Fishery())),
    ):
        print(f"{name:<34} stock {rest.stock:.2f}   effort {rest.effort:.2f}   profit {rest.profit:.3f}")
    print(f"\n{'':<34} {'stock':<8}{'efficiency':<12}{'equality':<10}compliance")
    lasting = {"horizon.steps": STEPS, "environment.burn_in": STEPS * 4 // 5}
    for name, changes in COMMUNITIES.items():
        community = scenario().replace(lasting | changes)
        found = run(community, replications=REPLICATIONS, seed=SEED, record_every=None).metrics
        stock, efficiency = found["mean_stock"].value, found["efficiency"].value
        equality, compliance = found["equality"].value, found["compliance"].value
        print(f"{name:<34} {stock:<8.2f}{efficiency:<12.2f}{equality:<10.2f}{compliance:.2f}")


if __name__ == "__main__":
    main()
