"""Is a coin game a dilemma, and who learns to leave the other's coins alone?

Run it with ``python scenarios/coin_game.py``; change the values below.
"""

from socialsim.engine.run import run
from socialsim.environments.coin_game import scenario

STRATEGIES = {"takes its own": "coin_taker:takes=own", "takes all": "coin_taker:takes=all"}
STRATEGY_STEPS = 5000
LEARNERS = {"selfish": "selfish", "shared reward": "shared_reward", "half shared": "shared_reward:weight=0.5"}
LEARNING_STEPS = 100_000
REPLICATIONS = 20
SEED = 1


def main() -> None:
    """Print what red earns against blue, and what learners come to under their preferences."""
    print("reward of red a step, against a blue that")
    print(f"{'':<16}" + "".join(f"{blue:<26}" for blue in STRATEGIES))
    for red, red_spec in STRATEGIES.items():
        print(f"{red:<16}", end="")
        for blue_spec in STRATEGIES.values():
            players = {"learner.red": red_spec, "learner.blue": blue_spec, "horizon.episode_steps": 0}
            game = scenario().replace(players | {"horizon.steps": STRATEGY_STEPS})
            runs = run(game, replications=REPLICATIONS, seed=SEED, record_every=None).runs
            print(f"{runs.red_reward.mean():<26.3f}", end="")
        print()
    print(f"\nQ-learners in their last thousand of {LEARNING_STEPS} steps")
    print(f"{'':<16}{'share of own coins':<26}{'coins a step':<26}{'reward a step':<26}")
    for name, preference in LEARNERS.items():
        game = scenario().replace({"preference": preference, "horizon.steps": LEARNING_STEPS})
        metrics = run(game, replications=REPLICATIONS, seed=SEED, record_every=None).metrics
        print(f"{name:<16}" + "".join(f"{estimate!s:<26}" for estimate in metrics.values()))


if __name__ == "__main__":
    main()
