"""Does it help cooperators that partners can be left? Run it with ``python scenarios/partnerships.py``."""

from socialsim.engine.run import run
from socialsim.environments.partnerships import scenario

LINKING = (0.0, 1.0, 2.0, 3.0, 5.0)
RULES = {
    "contest, acquaintances": {},
    "the same, defectors refused": {"environment.refusal": 1.0},
    "out-for-tat": {"environment.decides": "leaver", "environment.seeks": "anyone"},
}
REPLICATIONS = 10


def main() -> None:
    """Print the share of cooperators in the end, by how fast links move beside strategies."""
    print("updates of links for each of a strategy" + "".join(f"{linking:8}" for linking in LINKING))
    for name, values in RULES.items():
        shares = []
        for linking in LINKING:
            model = scenario().replace({**values, "environment.linking": linking})
            result = run(model, replications=REPLICATIONS, seed=1, record_every=None)
            shares.append(result.metrics["final_cooperation"].value)
        print(f"{name:39}" + "".join(f"{share:8.2f}" for share in shares))


if __name__ == "__main__":
    main()
