"""How many negative results must be published, lest false claims become facts? Nissen et al.'s model, and what helps.

Run it with ``python scenarios/publication.py``; change the values below.
"""

from socialsim.engine.run import run
from socialsim.environments.publication import scenario
from socialsim.environments.publication.theory import absorption

RATES = (0.025, 0.05, 0.1, 0.2, 0.4, 1.0)  # share of negative results that are published
FALSE_POSITIVE_RATE = 0.05
FALSE_NEGATIVE_RATE = 0.2
THRESHOLD = 0.999  # belief at which a claim is a fact
COMMUNITIES = {
    "naive": {},
    "corrected": {"learner.corrected": True},
    "p-hacking": {"environment.p_hacking": 3.0},
    "citations": {"environment.num_citations": 2},
    "retraction": {"environment.retraction_rate": 0.05},
}
REPLICATIONS = 2000
SEED = 1


def main() -> None:
    """Print how often a false claim becomes a fact: exactly for naive readers, then as simulated."""
    tests = {"false_positive_rate": FALSE_POSITIVE_RATE, "false_negative_rate": FALSE_NEGATIVE_RATE}
    base = scenario().replace({f"environment.{name}": value for name, value in tests.items()})
    base = base.replace({"environment.threshold": THRESHOLD})
    print("published   exact   " + "".join(f"{name:<12}" for name in COMMUNITIES))
    for rate in RATES:
        field = base.replace({"environment.negative_publication_rate": rate})
        line = f"{rate:<12}{absorption(field.environment).canonised:<8.3f}"
        for changes in COMMUNITIES.values():
            metrics = run(field.replace(changes), replications=REPLICATIONS, seed=SEED, record_every=None).metrics
            line += f"{metrics['false_canonisation_rate'].value:<12.3f}"
        print(line)


if __name__ == "__main__":
    main()
