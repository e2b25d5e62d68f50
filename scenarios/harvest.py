"""What becomes of a commons whose harvesters are greedy, act at random, or leave the last apples?

Run it with ``python scenarios/harvest.py``; change the values below.
"""

from socialsim.engine.run import run
from socialsim.environments.harvest import scenario

PRESETS = ("melting_pot_open", "perolat_2017")
HARVESTERS = ("uniform_random", "greedy", "cautious")
BEAMS = False  # uniform_random shoots, the others never do
STEPS = 1000
REPLICATIONS = 64
SEED = 1


def main() -> None:
    """Print how many apples each population takes, when it takes them, and how often it takes the last one."""
    print(f"{'rules':<20}{'harvesters':<18}{'apples':<24}{'sustainability':<24}last apple taken")
    for preset in PRESETS:
        for learner in HARVESTERS:
            change = {"learner": learner, "horizon.steps": STEPS} | ({} if BEAMS else {"environment.beam": ()})
            metrics = run(scenario(preset).replace(change), replications=REPLICATIONS, seed=SEED).metrics
            found = f"{metrics['apples']!s:<24}{metrics['sustainability']!s:<24}{metrics['exhaustion_rate']}"
            print(f"{preset:<20}{learner:<18}{found}")


if __name__ == "__main__":
    main()
