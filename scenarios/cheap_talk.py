"""How much does a biased adviser tell? Q-learners against the finest equilibrium.

Run it with ``python scenarios/cheap_talk.py``; change the values below.
"""

from socialsim.engine.run import run
from socialsim.environments.cheap_talk import equilibria, loss_of_cells, scenario

BIASES = (0.0, 0.02, 0.05, 0.1, 0.15, 0.25, 0.4)
REPLICATIONS = 40
SEED = 1


def main() -> None:
    """Print what learners lose and tell, and what the finest equilibrium would."""
    print(f"{'bias':<7}{'finest cells':<22}{'loss':<10}{'learners: loss':<28}bits")
    for bias in BIASES:
        game = scenario().replace({"environment.bias": bias})
        metrics = run(game, replications=REPLICATIONS, seed=SEED, record_every=None).metrics
        finest = min(equilibria(bias, game.environment.num_states), key=loss_of_cells)
        loss = f"{loss_of_cells(finest):.4f}"
        print(f"{bias:<7}{finest!s:<22}{loss:<10}{metrics['receiver_loss']!s:<28}{metrics['information']}")


if __name__ == "__main__":
    main()
