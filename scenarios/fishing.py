"""Few fishers, many and infinitely many: what is left of the stock, and of what it could earn?

Run it with ``python scenarios/fishing.py``; change the values below.
"""

from socialsim.engine.run import run
from socialsim.environments.fishing import Fishing, scenario
from socialsim.environments.fishing.theory import dissipation, long_run, optimum, short_run
from socialsim.limits.games import Game
from socialsim.limits.solvers import solve

SIZES = (5, 20, 100)
STEPS = 50_000
REPLICATIONS = 16
ITERATIONS = 300
SEED = 1


def main() -> None:
    """Print the rests of the theory, the solved mean field, and what learners leave."""
    game = Fishing(num_steps=0)
    for name, rest in (("best for all", optimum), ("short run", short_run), ("long run", long_run)):
        found = rest(game)
        print(f"{name:<22} stock {found.stock:.3f}   effort {found.effort:.3f}   rent {found.rent:+.4f}")
    solved = solve(Game(game).mean_field(), "mirror_descent", iterations=ITERATIONS)
    flow = solved.evaluation.flow
    stock, effort = flow.common[-1, 0], flow.aggregates[-1, 0, 0]
    lost = dissipation(game, effort)
    print(f"{'mean field, solved':<22} stock {stock:.3f}   effort {effort:.3f}   dissipated {lost:.3f}")
    print(f"{'':<22} exploitability {solved.exploitability:.1e}")
    for size in SIZES:
        learners = scenario().replace({"network.n": size, "horizon.steps": STEPS})
        metrics = run(learners, replications=REPLICATIONS, seed=SEED, record_every=None).metrics
        print(f"{f'{size} Q-learners':<22} stock {metrics['final_stock']}   efficiency {metrics['efficiency']}")


if __name__ == "__main__":
    main()
