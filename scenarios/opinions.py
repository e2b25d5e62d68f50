"""How long do voters need to agree, and what keeps them from it?

Run it with ``python scenarios/opinions.py``; change the values below.
"""

from socialsim.engine.run import run
from socialsim.environments.opinions import scenario

NETWORKS = ("complete:n=100", "random_regular:n=100,d=4", "barabasi_albert:n=100,m=2", "ring_lattice:n=100,k=4")
LEARNERS = {  # who listens, and to how many
    "imitation": 1,
    "q_voter": 2,
    "majority": 3,
}
ZEALOTS = (0, 1, 5, 20)  # for either opinion, among 100
SWEEPS = 2000  # events per agent, where opinions stay alive
REPLICATIONS = 200
SEED = 1


def main() -> None:
    """Print the sweeps to consensus by network and rule, then how zealots and media split the others."""
    print(f"{'sweeps to consensus':<28}" + "".join(f"{learner:<28}" for learner in LEARNERS))
    for network in NETWORKS:
        found = []
        for learner, sample in LEARNERS.items():
            changes = {"network": network, "learner": learner, "environment.sample": sample}
            model = scenario().replace(changes | {"horizon.steps": 100 * SWEEPS})
            runs = run(model, replications=REPLICATIONS, seed=SEED, record_every=None).metrics
            found.append(f"{runs['sweeps_to_consensus']} ({runs['consensus_rate'].value:.0%})")
        print(f"{network:<28}" + "".join(f"{text:<28}" for text in found))
    print("In brackets: how many runs came to one.")

    print(f"\n{'zealots of each opinion':<28}{'effective opinions':<22}consensus")
    for zealots in ZEALOTS:
        model = scenario().replace({"environment.zealots": [zealots, zealots], "horizon.steps": 100 * SWEEPS})
        metrics = run(model, replications=REPLICATIONS, seed=SEED, record_every=None).metrics
        print(f"{zealots:<28}{metrics['effective_opinions']!s:<22}{metrics['consensus_rate']}")


if __name__ == "__main__":
    main()
