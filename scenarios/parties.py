"""Where do parties stand, and whom do they represent? Systems of one rule each, and of all four.

Run it with ``python scenarios/parties.py``; change the values below.
"""

from socialsim.engine.run import run
from socialsim.environments.parties import scenario

SYSTEMS = {
    "Stickers": ["sticker"],
    "Aggregators": ["aggregator"],
    "Hunters": ["hunter"],
    "Hunters and Aggregators": ["hunter", "aggregator"],
    "all four rules": ["sticker", "aggregator", "hunter", "predator"],
}
CHANGES = {"network": "complete:n=6", "environment.rule": "dhondt", "environment.num_voters": 500}
METRICS = ("eccentricity", "polarisation", "distance", "many_to_many_congruence", "effective_parties")
REPLICATIONS = 20
SEED = 1


def main() -> None:
    """Print how far parties are from the centre, how polarised, and how close to voters."""
    print(f"{'':<26}{'eccentricity':<14}{'polarisation':<14}{'distance':<14}{'congruence':<14}parties")
    for name, rules in SYSTEMS.items():
        system = scenario().replace({**CHANGES, "learner.rules": rules})
        metrics = run(system, replications=REPLICATIONS, seed=SEED, record_every=None).metrics
        print(f"{name:<26}" + "".join(f"{metrics[metric].value:<14.3f}" for metric in METRICS))


if __name__ == "__main__":
    main()
