"""Where the nearest thing of a kind is: what a table of values can make of a window."""

from __future__ import annotations

from socialsim.core.compiled import compiled

NOWHERE, AHEAD, TO_THE_RIGHT, BEHIND, TO_THE_LEFT = range(5)
NUM_DIRECTIONS = 5


@compiled
def nearest_in_sight(env, i, code):
    """Return where the nearest cell with a code lies in the window of agent i, which is on the plane, and the cell.

    0 nowhere in sight, 1 ahead, 2 right, 3 behind, 4 left, whichever it lies farther in, ahead and behind first.
    Distance is the number of steps where nothing is in the way; of equally near cells the one farthest ahead counts,
    then the leftmost.
    """
    d = env.heading[i]
    start = env.place[env.cell[i], d]
    nearest, forward, right = 1 << 30, 0, 0
    for f in range(env.ahead, -env.behind - 1, -1):
        if abs(f) >= nearest:
            continue
        for s in range(-env.left, env.right + 1):
            if env.shown[start - f * env.pitch[d] + s] == code and abs(f) + abs(s) < nearest:
                nearest, forward, right = abs(f) + abs(s), f, s
    if nearest == 1 << 30:
        return NOWHERE, -1
    cell = env.cell[i] + forward * env.neighbour_step[d] + right * env.neighbour_step[(d + 1) & 3]
    if abs(forward) >= abs(right):
        return (AHEAD if forward > 0 else BEHIND), cell
    return (TO_THE_RIGHT if right > 0 else TO_THE_LEFT), cell


@compiled
def direction_of(env, i, code):
    """Return where the nearest cell with a code lies, as `nearest_in_sight` does, without the cell."""
    return nearest_in_sight(env, i, code)[0]
