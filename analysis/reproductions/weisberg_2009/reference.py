"""The rules of the paper's program once more, written from scratch: an independent check of the scenario.

It shares nothing with `socialsim` (other random numbers, loops over neighbours in place of what is kept up to date) and
gave the figures of kind *consensus* in ``expected.json``. Run it with
``python analysis/reproductions/weisberg_2009/reference.py [RUNS]``.
"""

from __future__ import annotations

import math
import sys

import numba
import numpy as np

HALF, SIDE = 50, 101
HIGH, LOW = (75, 75), (45, 45)  # cells of the two peaks
CONTROL, FOLLOWER, MAVERICK = 0, 1, 2
COMMUNITIES = {  # controls, followers, mavericks, whether followers make the program's error
    "100 controls": (100, 0, 0, True),
    "100 followers, published": (0, 100, 0, True),
    "100 followers, corrected": (0, 100, 0, False),
    "100 mavericks": (0, 0, 100, True),
    "90 followers and 10 mavericks, published": (0, 90, 10, True),
    "90 followers and 10 mavericks, corrected": (0, 90, 10, False),
    "400 followers, published": (0, 400, 0, True),
}
STEPS = 1000


def thousandths() -> np.ndarray:
    """Return significance in whole thousandths, one row for each x."""
    x, y = np.meshgrid(np.arange(-HALF, HALF + 1), np.arange(-HALF, HALF + 1), indexing="ij")
    high = 0.75 * np.exp(-(0.02 * (x - 25) ** 2 + 0.01 * (x - 25) * (y - 25) + 0.02 * (y - 25) ** 2))
    low = 0.70 * np.exp(-(0.01 * (x + 5) ** 2 + 0.01 * (x + 5) * (y + 5) + 0.01 * (y + 5) ** 2))
    return np.trunc(1000.0 * (high + low))


@numba.njit
def cell(place):
    """Return the cell in which a coordinate lies."""
    return (math.floor(place + 0.5) + HALF) % SIDE


@numba.njit
def below(stop, rng):
    """Return a whole number from 0 to stop - 1, at random."""
    return int(rng.random() * stop)


@numba.njit
def community(land, kind, steps, published, rng):
    """Run one community; return the share of significant patches visited, and when both peaks had been (or -1)."""
    num_agents = kind.shape[0]
    x, y, heading, before = np.zeros(num_agents), np.zeros(num_agents), np.zeros(num_agents), np.zeros(num_agents)
    for i in range(num_agents):
        while True:
            x[i], y[i] = below(SIDE, rng) - HALF, below(SIDE, rng) - HALF
            if land[cell(x[i]), cell(y[i])] < 10:
                break
        heading[i] = below(360, rng)
    visited = np.zeros((SIDE, SIDE), np.bool_)
    both = -1
    for step in range(steps + 1):
        for i in range(num_agents):
            visited[cell(x[i]), cell(y[i])] = True
        if both < 0 and visited[HIGH] and visited[LOW]:
            both = step
        if step == steps:
            break
        for i in range(num_agents):
            act(land, visited, kind[i], published, i, x, y, heading, before, rng)
    return (visited & (land > 0)).sum() / (land > 0).sum(), both


@numba.njit
def act(land, visited, kind, published, i, x, y, heading, before, rng):
    """Let one agent move, or not."""
    here = land[cell(x[i]), cell(y[i])]
    distance = 1.0
    if kind == CONTROL:
        if here < before[i]:
            distance = -1.0
        elif here == before[i]:
            if below(50, rng) != 1:
                return
            heading[i] = below(360, rng)
    else:
        best, known, unknown = neighbours(land, visited, x[i], y[i], rng)
        aim = -1
        if kind == FOLLOWER:
            aim = known if known >= 0 and (best > here or (published and best == here)) else unknown
            if aim < 0:
                return
        elif here < before[i]:
            distance = -1.0
        elif unknown >= 0:
            angle = math.radians(heading[i])
            if visited[cell(x[i] + math.sin(angle)), cell(y[i] + math.cos(angle))]:
                aim = unknown
        elif best >= here:
            aim = known
        else:
            return
        if aim >= 0:
            to_x, to_y = math.floor(x[i] + 0.5) + aim // 3 - 1 - x[i], math.floor(y[i] + 0.5) + aim % 3 - 1 - y[i]
            heading[i] = math.degrees(math.atan2(to_x, to_y))
    if distance > 0:
        before[i] = here
    x[i] += distance * math.sin(math.radians(heading[i]))
    y[i] += distance * math.cos(math.radians(heading[i]))
    if distance < 0:
        heading[i] = below(360, rng)


@numba.njit
def neighbours(land, visited, x, y, rng):
    """Return the height of the best visited neighbour, one of the best and one of the unvisited, at random."""
    best, known, unknown, num_known, num_unknown = -1.0, -1, -1, 0, 0
    for aim in range(9):
        if aim == 4:
            continue
        a, b = cell(x + aim // 3 - 1), cell(y + aim % 3 - 1)
        if not visited[a, b]:
            num_unknown += 1
            if below(num_unknown, rng) == 0:
                unknown = aim
        elif land[a, b] >= best:
            num_known = num_known + 1 if land[a, b] == best else 1
            best = land[a, b]
            if below(num_known, rng) == 0:
                known = aim
    return best, known, unknown


def main() -> None:
    """Print progress, the share of communities that find both peaks, and how soon, with standard errors."""
    num_runs = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    land = thousandths()
    for name, (num_controls, num_followers, num_mavericks, published) in COMMUNITIES.items():
        kind = np.repeat([CONTROL, FOLLOWER, MAVERICK], [num_controls, num_followers, num_mavericks])
        streams = (np.random.default_rng(seed) for seed in range(num_runs))
        runs = np.array([community(land, kind, STEPS, published, rng) for rng in streams])
        found = runs[:, 1] >= 0
        share, soon = found.mean(), runs[found, 1]
        print(
            f"{name:42} progress {runs[:, 0].mean():.4f} +- {runs[:, 0].std() / num_runs**0.5:.4f}; "
            f"peaks {share:.4f} +- {(share * (1 - share) / num_runs) ** 0.5:.4f}; "
            f"steps {soon.mean():.2f} +- {soon.std() / max(1, len(soon)) ** 0.5:.2f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
