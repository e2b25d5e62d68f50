"""Which rule serves selfish learners best? Taxes on a public good and on a fishery, fixed and learnt.

Run it with ``python scenarios/reward_design.py``; change the values below. How to search several rules at once:
docs/how-to/design-rewards.md.
"""

from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.environments import fishery, public_goods
from socialsim.environments.fishery.theory import optimal_tax
from socialsim.environments.public_goods.theory import critical_incentive

LEVELS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)  # taxes on those who do not contribute
STEPS = 20_000
TAXES = (0.0, 0.25, 0.5, optimal_tax(fishery.Fishery()), 0.85)  # shares of the value of a catch
REPLICATIONS = 20
SEED = 1


def show(name: str, scenario: Scenario) -> None:
    """Print the welfare that a rule leads to, as a share of the most that there could be."""
    found = run(scenario, replications=REPLICATIONS, seed=SEED, record_every=None).metrics
    tax = f"   mean tax {found['mean_tax']}" if "mean_tax" in found else ""
    print(f"  {name:<24} {found['efficiency']}{tax}")


def main() -> None:
    """Print the welfare of learners under fixed taxes, and under those that a designer learns."""
    least = critical_incentive(4, public_goods.PublicGoods().multiplier)
    print(f"public good of four: contributing is dominant from a tax of {least:g} on")
    for tax in LEVELS:
        lasting = {"environment.tax": tax, "horizon.steps": STEPS, "environment.burn_in": STEPS // 2}
        show(f"tax {tax:g}", public_goods.scenario().replace(lasting))
    show("a designer who learns", public_goods.with_designer(LEVELS))
    print(f"fishery of twenty: the best tax of the static game is {TAXES[3]:.3f}")
    for tax in TAXES:
        show(f"tax {tax:.3g}", fishery.scenario().replace({"environment.tax": tax}))


if __name__ == "__main__":
    main()
