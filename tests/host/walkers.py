"""Two walkers in a walled room of five by seven: the smallest environment with a plane, for tests of pictures."""

from typing import NamedTuple

import numpy as np

from socialsim.core.compiled import compiled
from socialsim.engine.interface import Discrete, Environment, Specification, constant
from socialsim.engine.scenario import Scenario
from socialsim.grids.codes import ACTIONS, APPLE, TURN_LEFT, TURN_RIGHT, WALL
from socialsim.grids.frame import Frame

ROOM = np.zeros((5, 7), np.int64)
ROOM[[0, -1]] = ROOM[:, [0, -1]] = WALL
FIRST = [(2, 2), (2, 4)]


class State(NamedTuple):
    """What a replication holds."""

    walls: np.ndarray  # (5, 7), constant
    apples: np.ndarray  # (5, 7), 1 where one stands
    row: np.ndarray  # (num_agents,)
    column: np.ndarray  # (num_agents,)
    heading: np.ndarray  # (num_agents,)


class Walkers(Environment):
    """They go forward or turn, eat the one apple, and may share a cell."""

    def state(self, num_agents):
        apples = np.zeros_like(ROOM)
        apples[1, 5] = 1
        row, column = np.array([FIRST[i % 2] for i in range(num_agents)]).T
        return State(constant(ROOM), apples, row.copy(), column.copy(), np.arange(num_agents) % 4)

    def specification(self, agent_type, num_agents):
        return Specification(Discrete(7, ACTIONS[:7]))

    def columns(self, state):
        return {"heading": state.heading}

    def frame(self, state, row):
        cells = np.where(state.apples[row] > 0, APPLE, ROOM).astype(np.uint8)
        return Frame(cells, np.stack([state.row[row], state.column[row]], axis=1), state.heading[row])

    @staticmethod
    @compiled
    def advance(env, network, actions, rewards, stream):
        for i in range(actions.shape[0]):
            rewards[i] = 0.0
            if actions[i] == TURN_LEFT:
                env.heading[i] = (env.heading[i] + 3) % 4
            elif actions[i] == TURN_RIGHT:
                env.heading[i] = (env.heading[i] + 1) % 4
            elif actions[i] > 0:
                direction = (env.heading[i] + actions[i] - 1) % 4
                row = env.row[i] + (direction == 2) - (direction == 0)
                column = env.column[i] + (direction == 1) - (direction == 3)
                if env.walls[row, column] == 0:
                    env.row[i], env.column[i] = row, column
                    rewards[i] = float(env.apples[row, column])
                    env.apples[row, column] = 0


def scenario():
    return Scenario(Walkers(), "uniform_random", "complete:n=2", 20)
