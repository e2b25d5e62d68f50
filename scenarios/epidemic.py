"""How many fall ill on which network? An epidemic with and without immunity, and what three closures say of it, all on
one network of each family.

Run it with ``python scenarios/epidemic.py``; change the values below.
"""

from typing import Any

import numpy as np

from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.environments.epidemic import METRICS, Epidemic
from socialsim.limits.closures.degree_based import DegreeBased
from socialsim.limits.closures.nimfa import NIMFA
from socialsim.limits.closures.pair_approximation import PairApproximation
from socialsim.networks.network import Network
from socialsim.networks.sources import load

NETWORKS = {
    "random, degree 4": "random_regular:n=500,d=4",
    "scale-free": "barabasi_albert:n=500,m=2",
    "small world": "watts_strogatz:n=500,k=4,p=0.1",
    "ring": "ring_lattice:n=500,k=4",
    "karate club": "karate",
}
CLOSURES = {"NIMFA": NIMFA, "degrees": DegreeBased, "pairs": PairApproximation}
INFECTION, DAYS, BURN_IN, REPLICATIONS, SEED = 0.5, 100, 30, 16, 1


def spread(network: Network, measure: str, **options: Any) -> str:
    """Return a measure of epidemics on a network."""
    environment = Epidemic(infection=INFECTION, burn_in=BURN_IN, **options)
    result = run(
        Scenario(environment, "innate", network, DAYS, METRICS), replications=REPLICATIONS, seed=SEED, record_every=None
    )
    return str(result.metrics[measure])


def main() -> None:
    """Print the share ill in the long run, by the process and by closures, and the share ever ill with immunity."""
    closures = "".join(f"{name:<10}" for name in CLOSURES)
    print(
        f"share ill in the long run, beta = {INFECTION}, delta = 1\n"
        f"{'':<18}{'process':<24}{closures}with immunity, ever ill"
    )
    for name, spec in NETWORKS.items():
        drawn = load(spec, np.random.default_rng(SEED))
        said = "".join(f"{closure(drawn, INFECTION).prevalence():<10.3f}" for closure in CLOSURES.values())
        immune = spread(drawn, "attack_rate", immunity=True, initial_share=0.02)
        print(f"{name:<18}{spread(drawn, 'endemic_prevalence'):<24}{said}{immune}")

    karate = load("karate")
    print("\nleast beta at which an epidemic lasts in the karate club, delta = 1")
    for name, closure in CLOSURES.items():
        print(f"{name:<10}{closure(karate, INFECTION).threshold:.4f}")


if __name__ == "__main__":
    main()
