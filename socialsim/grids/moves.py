"""How agents move on a plane: a step ahead, aside or back without turning, or a quarter turn."""

from __future__ import annotations

from socialsim.core.compiled import compiled
from socialsim.grids.codes import FORWARD, LEFT, TURN_LEFT, TURN_RIGHT
from socialsim.grids.plane import is_free, move_agent, target_cell, turn_agent


@compiled
def walk(env, i, action):
    """Let agent i step or turn, as far as nothing is in the way; return whether it has come to another cell."""
    if env.cell[i] < 0 or action < FORWARD or action > TURN_RIGHT:
        return False
    if action > LEFT:
        turn_agent(env, i, -1 if action == TURN_LEFT else 1)
        return False
    cell = target_cell(env, i, action)
    if not is_free(env, cell):
        return False
    move_agent(env, i, cell)
    return True
