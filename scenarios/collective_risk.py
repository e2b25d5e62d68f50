"""How high must the risk of a catastrophe be for a group to prevent it? The collective-risk dilemma.

Run it with ``python scenarios/collective_risk.py``; change the values below.
"""

from socialsim.engine.run import run
from socialsim.environments.collective_risk import CollectiveRisk, scenario

RISKS = (0.1, 0.3, 0.5, 0.7, 0.9)
STEPS, BURN_IN = 200_000, 150_000
REPLICATIONS, SEED = 2, 1


def main() -> None:
    """Print the rest points of the one-shot game, and what learners of the game of ten rounds do."""
    print(f"{'risk':<8}{'one shot: barrier, stable':<28}{'put in of 40':<16}{'target reached':<18}kept")
    for risk in RISKS:
        one_shot = CollectiveRisk(
            num_rounds=1, endowment=1.0, amounts=(0.0, 0.1), target=0.3, at_stake="endowment", risk=risk
        )
        shares = ", ".join(f"{share:.3f}" for share, _ in one_shot.equilibria()) or "none"
        changes = {"environment.risk": risk, "environment.burn_in": BURN_IN, "horizon.steps": STEPS}
        found = run(scenario().replace(changes), replications=REPLICATIONS, seed=SEED, record_every=None).metrics
        values = (found[name].value for name in ("mean_put_in", "success_rate", "mean_kept"))
        print(f"{risk:<8}{shares:<28}" + "{:<16.1f}{:<18.3f}{:.1f}".format(*values))


if __name__ == "__main__":
    main()
