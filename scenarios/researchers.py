"""Does what pays a scientist serve the truth? Learners under publication and citation bias.

Run it with ``python scenarios/researchers.py``; change the values below.
"""

from socialsim.engine.run import run
from socialsim.environments.researchers import scenario
from socialsim.environments.researchers.measures import practice_table

CONDITIONS = {  # (share of negative results that are published, share of references that are copied)
    "no bias": (1.0, 0.0),
    "citation bias": (1.0, 0.5),
    "publication bias": (0.1, 0.0),
    "both": (0.1, 0.5),
}
LEARNER = "q_learning:alpha=0.01,discount=0.0,epsilon=0.1"
REPLICATIONS = 20
SEED = 1


def main() -> None:
    """Print what scientists come to do, what would serve the truth best, and how many facts are false."""
    print(f"{'':<18}{'pays best':<22}{'serves truth best':<22}{'gap [bits per step]':<28}false facts")
    for condition, (published, copied) in CONDITIONS.items():
        community = scenario().replace(
            {
                "environment.negative_publication_rate": published,
                "environment.citation_bias": copied,
                "learner": LEARNER,
            }
        )
        result = run(community, replications=REPLICATIONS, seed=SEED, record_every=None)
        practices, table = community.environment.practices(), practice_table(result)
        best = [practices[table[worth].argmax()] for worth in ("credit", "knowledge")]
        gap, false_facts = result.metrics["truth_gap"], result.metrics["false_fact_rate"]
        print(f"{condition:<18}{best[0]:<22}{best[1]:<22}{gap!s:<28}{false_facts}")


if __name__ == "__main__":
    main()
