"""Who still disagrees after long debate? Three rules of listening, with and without stubborn agents and a medium.

Run it with ``python scenarios/deliberation.py``; change the values below.
"""

from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.environments.deliberation import METRICS, Deliberation

LEARNERS = ("degroot", "friedkin_johnsen:susceptibility=0.8", "hegselmann_krause:confidence=0.2")
COMMUNITIES = {
    "free": Deliberation(),
    "a tenth stubborn at 0 and 1": Deliberation(stubborn_share=0.1, stubborn_opinions=(0.0, 1.0)),
    "a medium at .9 for half": Deliberation(medium=0.9, medium_reach=0.5),
}
NETWORK = "watts_strogatz:n=200,k=10,p=0.1"
STEPS, REPLICATIONS, SEED = 5000, 50, 1


def main() -> None:
    """Print how many clusters of opinion there are at the end, and how far opinions lie apart."""
    print(f"{'learner':<38}{'community':<30}{'effective clusters':<24}polarisation")
    for learner in LEARNERS:
        for name, community in COMMUNITIES.items():
            debate = Scenario(community, learner, NETWORK, STEPS, METRICS)
            metrics = run(debate, replications=REPLICATIONS, seed=SEED, record_every=None).metrics
            print(f"{learner:<38}{name:<30}{metrics['effective_clusters']!s:<24}{metrics['final_polarisation']}")


if __name__ == "__main__":
    main()
