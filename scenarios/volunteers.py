"""Are larger groups less likely to be helped? The volunteer's dilemma, exactly and among learners.

Run it with ``python scenarios/volunteers.py``; change the values below.
"""

from socialsim.engine.run import run
from socialsim.environments.volunteers import Volunteers, scenario

SIZES = (2, 3, 5, 10)
STEPS, BURN_IN = 20_000, 10_000
REPLICATIONS, SEED = 4, 1


def main() -> None:
    """Print shares of volunteers and of groups helped: in equilibrium, in random groups, in groups that stay."""
    print(f"{'n':<4}{'equilibrium: volunteer':<24}{'helped':<10}{'random groups':<16}{'helped':<10}{'fixed':<10}helped")
    for size in SIZES:
        share = Volunteers(group_size=size).equilibria()[0][0]
        line = f"{size:<4}{share:<24.3f}{1 - (1 - share) ** size:<10.3f}"
        for network, width in ((f"complete:n={10 * size}", 16), (f"complete:n={size}", 10)):
            group = {"environment.group_size": size, "environment.burn_in": BURN_IN, "horizon.steps": STEPS}
            changed = scenario().replace({"network": network, **group})
            found = run(changed, replications=REPLICATIONS, seed=SEED, record_every=None).metrics
            line += f"{found['volunteering_rate'].value:<{width}.3f}{found['help_rate'].value:<10.3f}"
        print(line)


if __name__ == "__main__":
    main()
