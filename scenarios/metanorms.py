"""Does a norm stand if those who let offenders go are punished too? And which disputed rule decides it?

Run it with ``python scenarios/metanorms.py``; change the values below.
"""

from socialsim.engine.run import run
from socialsim.environments.metanorms import scenario

RULES = {
    "norms game": {"environment.metanorms": False},
    "norms game, above the mean once": {"environment.metanorms": False, "environment.selection": "above_mean"},
    "metanorms": {},
    "metanorms, ties once": {"environment.ties": "once"},
    "metanorms, above the mean once": {"environment.selection": "above_mean"},
    "metanorms, witnesses alone": {"environment.metapunishers": "witnesses"},
    "metanorms of a tenth": {"environment.metapunishment": 0.9, "environment.metaenforcement": 0.2},
}
GENERATIONS = (100, 500)
REPLICATIONS, SEED = 150, 1


def main() -> None:
    """Print how often the norm stands, and how often it has collapsed, after some generations."""
    print(f"{'rules':<34}{'generation':<12}{'established':<24}{'collapsed':<26}compliance")
    for name, changes in RULES.items():
        for generations in GENERATIONS:
            group = scenario().replace({**changes, "horizon.steps": generations})
            found = run(group, replications=REPLICATIONS, seed=SEED, record_every=None).metrics
            established, collapsed, compliance = (
                str(found[key]) for key in ("established_share", "collapsed_share", "compliance_rate")
            )
            print(f"{name:<34}{generations:<12}{established:<24}{collapsed:<26}{compliance}")


if __name__ == "__main__":
    main()
