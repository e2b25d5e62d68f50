"""When do workers specialise, and what does it bring them? Returns, abilities, trade, and the loss of specialists.

Run it with ``python scenarios/production.py``; change the values below.
"""

from socialsim.engine.run import run
from socialsim.engine.scenario import PresenceEvent, Scenario
from socialsim.environments.production import METRICS, Production, scenario
from socialsim.environments.production.theory import best_output

RETURNS = (0.9, 0.99, 1.01, 1.1)
LEARNERS = {
    "gradient_ascent:alpha=0.5": {"effort": "continuous"},
    "q_learning:alpha=0.1,discount=0.0,epsilon=0.05": {"effort": "levels", "num_levels": 5},
    "exp3:gamma=0.05": {"effort": "levels", "num_levels": 5},
}
NETWORKS = ("complete:n=12", "cycle:n=12", "star:n=12", "path:n=12")
ROUNDS = 5  # of trade in a step
SKILLED = ((2.0, 1.0),) * 4 + ((1.0, 2.0),) * 4
REPLICATIONS = 20
SEED = 1


def bifurcation() -> None:
    """Print the index of the division of labour below and above constant returns."""
    print(f"{'returns':<10}I/H_task of ten agents who are alike and follow the slope of their output")
    for returns in RETURNS:
        found = run(scenario().replace({"environment.returns": returns}), replications=REPLICATIONS, seed=SEED)
        print(f"{returns:<10}{found.metrics['division'].value:.3f}")


def learners() -> None:
    """Print how well two agents divide two tasks at r = 1.5 who know the slope, or nothing."""
    print(f"\n{'two agents, returns 1.5':<50}{'I/H_task':<12}efficiency")
    for learner, effort in LEARNERS.items():
        team = Scenario(Production(returns=1.5, burn_in=15_000, **effort), learner, "complete:n=2", 20_000, METRICS)
        found = run(team, replications=REPLICATIONS, seed=SEED, record_every=None).metrics
        print(f"{learner:<50}{found['division'].value:<12.3f}{found['efficiency'].value:.3f}")


def trade() -> None:
    """Print what agents of different abilities gain by trade, network by network."""
    print(f"\n{'constant returns':<20}{'gains':<10}{'efficiency':<12}comparative advantage")
    for economy, network in (("autarky", NETWORKS[0]), *(("trade", network) for network in NETWORKS)):
        environment = Production(returns=1.0, ability_spread=0.5, economy=economy, num_rounds=ROUNDS, burn_in=1500)
        place = Scenario(environment, "gradient_ascent:alpha=0.05", network, 2000, METRICS)
        found = run(place, replications=REPLICATIONS, seed=SEED, record_every=None).metrics
        name = economy if economy == "autarky" else network
        followed = found["alignment"].value
        print(f"{name:<20}{found['gains'].value:<10.3f}{found['efficiency'].value:<12.3f}{followed:.2f}")


def removal() -> None:
    """Print the output before all who are better at the first task leave, at once after it, and later."""
    leave = tuple(PresenceEvent(500, i, "leave") for i in range(4))
    best = best_output(SKILLED, 1.0), best_output(SKILLED[4:], 1.0)
    print(f"\nfour of eight leave at step 500; the best outputs are {best[0]:.3f} before and {best[1]:.3f} after it")
    for steps in (500, 501, 505, 510, 600, 1000):
        team = Production(returns=1.0, abilities=SKILLED)
        losing = Scenario(team, "gradient_ascent", "complete:n=8", steps, METRICS, presence_events=leave)
        made = run(losing, replications=REPLICATIONS, seed=SEED, record_every=None).runs.last_output.mean()
        print(f"step {steps:<6}{made:.3f}")


def main() -> None:
    """Print the four tables."""
    bifurcation()
    learners()
    trade()
    removal()


if __name__ == "__main__":
    main()
