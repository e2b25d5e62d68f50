"""How do scientists who seek credit divide their labour, and how should they?

Run it with ``python scenarios/theory_choice.py``; change the values below.
"""

from socialsim.engine.run import run
from socialsim.environments.theory_choice import TheoryChoice, scenario
from socialsim.environments.theory_choice.theory import best_division, selfish_division, value_at_rest

SECOND = (0.2, 0.4, 0.6, 0.8, 1.0)  # worth of the second theory; the first is worth 1
NUM_AGENTS = 100
REPLICATIONS, SEED = 20, 1


def main() -> None:
    """Print the share on the first theory: a planner's, the mean field's, and that of learners."""
    print(f"{'second theory':<15}{'planner':<10}{'mean field':<12}{'its efficiency':<16}{'learners':<24}efficiency")
    for worth in SECOND:
        science = TheoryChoice(values=(1.0, worth)).science()
        best, selfish = best_division(science), selfish_division(science)
        reached = float(value_at_rest(science, selfish) / value_at_rest(science, best))
        changed = scenario().replace({"environment.values": (1.0, worth), "network.n": NUM_AGENTS})
        metrics = run(changed, replications=REPLICATIONS, seed=SEED, record_every=None).metrics
        print(f"{worth:<15g}{best[0]:<10.3f}{selfish[0]:<12.3f}{reached:<16.4f}", end="")
        print(f"{metrics['share_on_the_first']!s:<24}{metrics['efficiency']}")


if __name__ == "__main__":
    main()
