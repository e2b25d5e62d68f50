"""At which temperature do learners on a lattice lose their order? Run it with ``python scenarios/ising.py``."""

from socialsim.engine.run import run
from socialsim.environments.ising import exact_energy, exact_order, scenario

TAUS = (0.9, 1.0, 1.1, 1.2, 1.3, 1.5, 2.0)
REPLICATIONS = 4


def main() -> None:
    """Print order and energy of mean-field Q-learners, beside those of infinitely many spins at T = 2 tau."""
    print("   tau     T   order  exact   energy   exact")
    for tau in TAUS:
        model = scenario().replace({"learner.temperature": tau})
        runs = run(model, replications=REPLICATIONS, seed=1, record_every=None).runs
        exact = exact_order(2 * tau), exact_energy(2 * tau)
        print(f"{tau:6} {2 * tau:5} {runs.order.mean():7.3f} {exact[0]:6.3f} {runs.energy.mean():8.3f} {exact[1]:7.3f}")


if __name__ == "__main__":
    main()
