"""Does credit divide labour well? Three reward rules, for separate goals and a race, and learners who see more or less.

Run it with ``python scenarios/credit.py``; change the values below.
"""

from socialsim.engine.run import run
from socialsim.environments.credit import scenario

REWARDS = ("marginal", "fair_share", "priority")
LEARNERS = {  # learner -> what it is shown, and how it is paid
    "best_reply": {"environment.shows_payoffs": True, "environment.sampled": False},
    "q_learning:alpha=0.02,discount=0,epsilon=0.05": {"environment.shows_payoffs": False, "environment.sampled": True},
    "roth_erev": {"environment.shows_payoffs": False, "environment.sampled": True},
    "uniform_random": {"environment.shows_payoffs": False, "environment.sampled": True},
}
STEPS = 2000
REPLICATIONS = 100
SEED = 1


def main() -> None:
    """Print how much of the best possible value each community reaches."""
    print("efficiency: value to society, relative to the best division of labour")
    for common_goal in (False, True):
        print(f"\n{'one goal, a race' if common_goal else 'separate goals':<18}", end="")
        print("".join(f"{reward:<24}" for reward in REWARDS))
        for learner, sight in LEARNERS.items():
            print(f"{learner.partition(':')[0]:<18}", end="")
            for reward in REWARDS:
                rule = {"environment.reward": reward, "environment.common_goal": common_goal}
                community = scenario().replace({"learner": learner, "horizon.steps": STEPS} | rule | sight)
                metrics = run(community, replications=REPLICATIONS, seed=SEED, record_every=None).metrics
                print(f"{metrics['efficiency']!s:<24}", end="")
            print()


if __name__ == "__main__":
    main()
