"""Does a divided majority unite? Voters who learn from polls, and what theory says.

Run it with ``python scenarios/poll_voting.py``; change the values below.
"""

from socialsim.engine.run import run
from socialsim.environments.poll_voting import PollVoting, scenario
from socialsim.environments.poll_voting.theory import desertion_lead, voting_equilibria

PRECISIONS = (2.0, 5.0, 10.0, 20.0, 40.0)
SIZES = (20, 100)
REPLICATIONS, SEED = 50, 1


def main() -> None:
    """Print equilibria and what learners come to, for vague and for clear elections."""
    print(f"{'precision':<11}{'equilibria':<12}{'desertion lead':<16}", end="")
    print("".join(f"{f'{n} voters: parties':<22}{'C leads':<9}" for n in SIZES))
    for precision in PRECISIONS:
        voters = PollVoting(precision=precision)
        found = voting_equilibria(voters)
        print(f"{precision:<11g}{len(found):<12}{desertion_lead(voters):<16.3f}", end="")
        for n in SIZES:
            changed = scenario().replace({"environment.precision": precision, "network": f"complete:n={n}"})
            metrics = run(changed, replications=REPLICATIONS, seed=SEED, record_every=None).metrics
            print(f"{metrics['effective_parties'].value:<22.2f}{metrics['condorcet_loser_rate'].value:<9.2f}", end="")
        print()


if __name__ == "__main__":
    main()
