"""How fast scientists search the landscape through ``run(Scenario)``, against the same rules in a plain Python loop.

Each figure is the best of a few measurements in one process, because other work on the machine only ever slows a run.
Start-up and compilation are left out.
"""

from __future__ import annotations

import importlib.util
import math
import random
from pathlib import Path
from types import ModuleType

from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.environments.landscape import scenario

STEPS, RUNS, PLAIN_STEPS = 1000, 100, 40
BESIDE = [(dx, dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1) if dx or dy]


def load(name: str) -> ModuleType:
    """Import a file beside this one."""
    spec = importlib.util.spec_from_file_location(name, Path(__file__).parent / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Scientist:
    """One scientist of the plain model: a place, a heading in degrees and a memory."""

    def __init__(self, strategy: str, x: int, y: int) -> None:
        self.strategy, self.x, self.y = strategy, float(x), float(y)
        self.heading, self.before = float(random.randrange(360)), 0.0

    def patch(self, distance: float = 0.0) -> tuple[int, int]:
        """Return the patch here or at a distance ahead."""
        angle = math.radians(self.heading)
        x, y = self.x + distance * math.sin(angle), self.y + distance * math.cos(angle)
        return math.floor(x + 0.5) % 101, math.floor(y + 0.5) % 101

    def go(self, land: list[list[float]], distance: float) -> None:
        """Move along the heading."""
        x, y = self.patch()
        self.before = land[y][x] if distance > 0 else self.before
        angle = math.radians(self.heading)
        self.x += distance * math.sin(angle)
        self.y += distance * math.cos(angle)

    def go_back(self, land: list[list[float]]) -> None:
        """Move back and face anywhere."""
        self.go(land, -1.0)
        self.heading = float(random.randrange(360))

    def step(self, land: list[list[float]], visited: set[tuple[int, int]]) -> None:
        """Do what the strategy says."""
        x, y = self.patch()
        here = land[y][x]
        if self.strategy == "control":
            if here > self.before:
                self.go(land, 1.0)
            elif here < self.before:
                self.go_back(land)
            elif random.random() < 0.02:
                self.heading = float(random.randrange(360))
                self.go(land, 1.0)
            return
        beside = [(dx, dy, (x + dx) % 101, (y + dy) % 101) for dx, dy in BESIDE]
        known = [place for place in beside if place[2:] in visited]
        unknown = [place for place in beside if place[2:] not in visited]
        best = max((land[b][a] for _, _, a, b in known), default=-1.0)
        tops = [place for place in known if land[place[3]][place[2]] == best]
        if self.strategy == "maverick":
            if here < self.before:
                self.go_back(land)
                return
            if unknown and self.patch(1.0) not in visited:
                self.go(land, 1.0)
                return
            choices = unknown or (tops if best >= here else [])
        else:
            choices = tops if best > here else unknown
        if choices:
            dx, dy, _, _ = random.choice(choices)
            aim_x, aim_y = math.floor(self.x + 0.5) + dx, math.floor(self.y + 0.5) + dy
            self.heading = math.degrees(math.atan2(aim_x - self.x, aim_y - self.y))
            self.go(land, 1.0)


def plain_steps(community: Scenario) -> float:
    """Run the plain model once and return its agent-steps."""
    random.seed(1)
    environment = community.environment
    land = environment.significance().tolist()
    starts = [(x, y) for x in range(101) for y in range(101) if land[y][x] < environment.start_below]
    counts = environment.counts(community.network.draw().num_agents)
    scientists = [Scientist(name, *random.choice(starts)) for name, number in counts.items() for _ in range(number)]
    visited: set[tuple[int, int]] = set()
    for _ in range(PLAIN_STEPS):
        visited.update(scientist.patch() for scientist in scientists)
        for scientist in scientists:
            scientist.step(land, visited)
    return float(PLAIN_STEPS * len(scientists))


def main() -> None:
    """Measure and print."""
    speed = load("speed")
    communities = {
        "followers and ten mavericks": {},
        "the same, published rule": {"learner.follower.rule": "published"},
        "a third of each strategy": {"environment.num_controls": 33, "environment.num_mavericks": 34},
        "mavericks": {"environment.num_mavericks": 100},
    }
    for name, change in communities.items():
        community = scenario().replace({"horizon.steps": STEPS} | change)
        run(community, replications=2, record_every=None)

        def agent_steps(community: Scenario = community, threads: int = 1) -> float:
            result = run(community, replications=RUNS, seed=1, threads=threads, record_every=None)
            return float((result.runs.steps * result.runs.num_agents).sum())

        one = speed.best_rate(agent_steps)
        plain = speed.best_rate(lambda: plain_steps(community))  # noqa: B023
        speed.line(f"Landscape, {name}, one thread", one, "agent-steps/s", f"{1e9 / one:.0f} ns an agent-step")
        speed.line("  plain Python, same rules", plain, "agent-steps/s", f"the scenario is {one / plain:.0f} x as fast")


if __name__ == "__main__":
    main()
