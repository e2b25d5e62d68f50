"""When do cooperators survive selection? On a torus, on networks, and where neighbours decide who is heard.

Run it with ``python scenarios/evolution.py``; change the values below.
"""

from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.environments.evolution import METRICS, Evolution
from socialsim.environments.evolution.theory import critical_ratio, donation_game, weight_matrix
from socialsim.networks.sources import parse

TEMPTATIONS = (1.2, 1.5, 1.7, 1.85, 2.1)
TORUS = "grid:rows=100,columns=100,periodic=true,neighbourhood=moore"
NETWORKS = {
    "scale-free": "barabasi_albert:n=1000,m=2",
    "random regular": "random_regular:n=1000,d=4",
    "ring": "ring_lattice:n=1000,k=4",
}
RULES = ("pairwise_comparison", "birth_death", "death_birth")
BENEFITS = (2.0, 12.0)
SMALL_NETWORK = "ring_lattice:n=20,k=4"
STEPS, BURN_IN, REPLICATIONS, SEED = 1500, 1000, 8, 1


def dilemma(temptation: float, network: str, **options: object) -> str:
    """Return the share of cooperators in the prisoner's dilemma R = 1, T = b, S = P = 0."""
    environment = Evolution(payoffs=((1.0, 0.0), (temptation, 0.0)), burn_in=BURN_IN, **options)
    scenario = Scenario(environment, "innate", network, STEPS, METRICS)
    return str(run(scenario, replications=REPLICATIONS, seed=SEED, record_every=None).metrics["cooperation"])


def mutant(rule: str, benefit: float) -> str:
    """Return how often one cooperator takes over a small network under weak selection."""
    environment = Evolution(
        payoffs=tuple(map(tuple, donation_game(benefit, 1.0).tolist())),
        update=rule,
        selection=0.05,
        payoff="averaged",
        initial=(1 / 20, 19 / 20),
    )
    scenario = Scenario(environment, "innate", SMALL_NETWORK, 10_000_000, METRICS)
    return str(run(scenario, replications=20_000, seed=SEED, record_every=None).metrics["fixation"])


def main() -> None:
    """Print cooperators by temptation on each structure, and the fate of one cooperator by rule."""
    print("share of cooperators, by temptation\n" + f"{'':<20}" + "".join(f"b = {b:<23}" for b in TEMPTATIONS))
    print(f"{'torus, best of nine':<20}" + "".join(f"{dilemma(b, TORUS, self_play=True):<27}" for b in TEMPTATIONS))
    for name, network in NETWORKS.items():
        shares = [dilemma(b, network, update="imitation") for b in TEMPTATIONS]
        print(f"{name:<20}" + "".join(f"{share:<27}" for share in shares))

    critical = critical_ratio(weight_matrix(parse(SMALL_NETWORK).draw(None)))
    print(f"\none cooperator among 20 takes over (0.05 without selection; (b/c)* = {critical:.2f} under death_birth)")
    for rule in RULES:
        print(f"{rule:<20}" + "".join(f"b/c = {b:g}: {mutant(rule, b):<26}" for b in BENEFITS))


if __name__ == "__main__":
    main()
