"""Which norms keep strangers helpful, and does it matter whether opinions are shared? Indirect reciprocity.

Run it with ``python scenarios/reputation.py``; change the values below.
"""

from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.environments.reputation import METRICS, Reputation
from socialsim.environments.reputation.theory import Errors, stationary_reputations

NORMS = ("scoring", "shunning", "standing", "simple_standing", "stern_judging", "judging")
NUM_AGENTS, MEETINGS, BURN_IN = 50, 50_000, 10_000
ERRORS = Errors(execution=0.02, perception=0.02, observed=0.9)
REPLICATIONS, SEED = 8, 1


def main() -> None:
    """Print how much discriminators cooperate under each norm: mean field, public opinion, private opinions."""
    print(f"{'norm':<18}{'mean field':<12}{'public':<24}{'private':<24}agreement")
    for norm in NORMS:
        _, exact = stationary_reputations(norm, ("discriminator",), [1.0], ERRORS)
        line = f"{norm:<18}{exact:<12.3f}"
        for information in ("public", "private"):
            group = Reputation(
                norm=norm,
                strategies=("discriminator",),
                information=information,
                execution_error=ERRORS.execution,
                perception_error=ERRORS.perception,
                observed=ERRORS.observed,
                burn_in=BURN_IN,
            )
            population = Scenario(group, "innate", f"complete:n={NUM_AGENTS}", MEETINGS, METRICS)
            found = run(population, replications=REPLICATIONS, seed=SEED, record_every=None).metrics
            line += f"{found['cooperation_rate']!s:<24}"
        print(line + str(found["agreement"]))


if __name__ == "__main__":
    main()
