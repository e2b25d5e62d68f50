"""Which rule of election serves voters best, and who finds it: a designer, or the voters themselves?

Run it with ``python scenarios/polity.py``; change the values below.
"""

from socialsim.engine.run import run
from socialsim.environments.polity import MENU, scenario, with_constitution

SHARES = (0.5, 0.6, 0.75)  # of the voters, that an amendment needs
REPLICATIONS = 10
SEED = 1


def main() -> None:
    """Print welfare and the rules in force, with fixed rules beside."""
    polities = {f"fixed: {rule}": with_constitution("fixed", rule=rule) for rule in MENU}
    polities["designer who learns"] = scenario()
    polities["designer who draws lots"] = scenario().replace({"learner.designer.epsilon": 1.0})
    polities |= {f"vote, {share:.0%}": with_constitution("vote", amendment_share=share) for share in SHARES}
    print(f"{'constitution':<26}{'welfare':<24}{'worst off':<24}{'from median':<26}rules in force")
    for name, polity in polities.items():
        result = run(polity, replications=REPLICATIONS, seed=SEED)
        shown = (result.metrics[each] for each in ("welfare", "worst_off", "distance_from_median"))
        shares = {rule: result.runs[f"share_{rule}"].mean() for rule in MENU}
        used = ", ".join(f"{rule} {share:.2f}" for rule, share in shares.items() if 0.005 <= share < 1.0)
        print(f"{name:<26}" + "".join(f"{estimate!s:<24}" for estimate in shown) + f"  {used}")


if __name__ == "__main__":
    main()
