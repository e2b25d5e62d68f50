"""Who explores a field of research best: those who climb alone, those who follow, or those who go their own way?

Run it with ``python scenarios/landscape.py``; change the values below.
"""

from socialsim.engine.run import run
from socialsim.environments.landscape import scenario

COMMUNITIES = {  # controls, mavericks; all others are followers
    "controls": (100, 0),
    "followers": (0, 0),
    "followers and ten mavericks": (0, 10),
    "mavericks": (0, 100),
}
SCIENTISTS = 100
RULES = ("corrected", "published")  # of followers: the paper's text, and the program behind its figures
STEPS = 1000
REPLICATIONS = 100
SEED = 1


def main() -> None:
    """Print how much of what matters each community visits, how often it finds both peaks, and how soon."""
    print(f"{'community':<30}{'followers':<12}{'epistemic progress':<24}{'both peaks found':<24}after steps")
    for name, (controls, mavericks) in COMMUNITIES.items():
        for rule in RULES if "followers" in name else ("",):
            change = {
                "network": f"complete:n={SCIENTISTS}",
                "environment.num_controls": controls,
                "environment.num_mavericks": mavericks,
                "horizon.steps": STEPS,
            } | ({"learner.follower.rule": rule} if rule else {})
            metrics = run(scenario().replace(change), replications=REPLICATIONS, seed=SEED, record_every=None).metrics
            found = f"{metrics['progress']!s:<24}{metrics['peaks_found_rate']!s:<24}{metrics['steps_to_peaks']}"
            print(f"{name:<30}{rule:<12}{found}")


if __name__ == "__main__":
    main()
