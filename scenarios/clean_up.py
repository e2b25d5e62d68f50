"""Does it pay to clean the river? A Schelling diagram of Clean Up: some keep a rota, the others only eat.

Run it with ``python scenarios/clean_up.py``; change the values below.
"""

import numpy as np

from socialsim.engine.simulation import Simulation
from socialsim.environments.clean_up import scenario
from socialsim.metrics.commons import schelling

NUM_AGENTS = 7
DUTY = 0.4  # share of its steps in which one of the rota cleans
STEPS = 1000
REPLICATIONS = 48
SEED = 1


def main() -> None:
    """Print what one of each kind eats, given how many of the other six keep the rota, and what makes a dilemma."""
    rota, greedy = np.zeros((2, NUM_AGENTS, REPLICATIONS))
    base = scenario().replace({"learner.neighbour": f"rota:duty={DUTY}", "learner.other": "greedy"})
    base = base.replace({"horizon.steps": STEPS, "environment.end_chance": 0.0})
    for k in range(NUM_AGENTS + 1):  # so many keep the rota; they come first
        community = base.replace({"environment.num_others": NUM_AGENTS - k})
        simulation = Simulation(community, seed=SEED + k, replications=range(REPLICATIONS))
        simulation.advance(STEPS)
        apples = simulation.environment.apples
        if k > 0:
            rota[k - 1] = apples[:, :k].mean(axis=1)
        if k < NUM_AGENTS:
            greedy[k] = apples[:, k:].mean(axis=1)
    diagram = schelling(rota, greedy)
    print(f"{'others on the rota':<22}{'apples of one on it':<26}apples of one who only eats")
    for others in range(NUM_AGENTS):
        print(f"{others:<22}{diagram.restrained[others]!s:<26}{diagram.unrestrained[others]}")
    print(f"fear {diagram.fear}, greed {diagram.greed}: a dilemma: {'yes' if diagram.is_dilemma else 'no'}")


if __name__ == "__main__":
    main()
