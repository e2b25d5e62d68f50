"""How fast the commons are, inside a run and played from outside, against SocialJax and an environment of PettingZoo.

    python benchmarks/commons.py --socialjax PATH

PATH is your own checkout of github.com/cooperativex/SocialJax, which the variable SOCIALJAX may name as well; it needs
jax, flax, chex and gymnax. Knights, archers and zombies come with ``pip install "pettingzoo[butterfly]"``. What is
missing is left out, in a line that says so.

All policies are uniform and cost as little as they can: inside a run a learner draws each action, outside the actions
were drawn before. Everybody's window of 11 x 11 is written at every step. A joint step moves all seven harvesters, an
agent-step one. Ours runs on one thread; SocialJax on one processor, or with --all-processors on as many as JAX takes,
inside one compiled scan, as its own training does: by ``step``, which like ours begins ended episodes anew, and by
``step_env``, which leaves that out. Each figure is the best of a few measurements in one process.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import os
import pkgutil
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.engine.vector import VectorEnvironment
from socialsim.environments.harvest import Harvest, scenario
from socialsim.environments.harvest.maps import MAPS
from socialsim.grids.codes import APPLE, BEAM, WALL, WASTE, channels

NUM_AGENTS = 7
BATCHES = {1: 20_000, 64: 2_000, 1024: 100}  # replications: steps of one measurement
NUM_DRAWN = 64  # joint actions drawn before, used in turn
PEER_STEPS = 100
KAZ_STEPS = 1000
LARGE = 200  # cells, the side of the large map
CROWDS = (10, 100, 1000)


class MissingPeerError(Exception):
    """What a comparison needs is not here."""


def load(name: str) -> ModuleType:
    """Import a file beside this one."""
    spec = importlib.util.spec_from_file_location(name, Path(__file__).parent / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# --- ours ----------------------------------------------------------------------------------------------------


def inside(community: Scenario, replications: int) -> float:
    """Run a scenario on one thread and return its joint steps."""
    return float(run(community, replications=replications, seed=1, threads=1, record_every=None).runs.steps.sum())


class Outside:
    """A vector environment and somebody who plays it at random."""

    def __init__(self, community: Scenario, replications: int) -> None:
        self.environment = VectorEnvironment(community, replications, seed=1)
        shape = (NUM_DRAWN, replications, self.environment.num_agents)
        num_actions = next(iter(self.environment.specifications.values())).num_actions
        self.drawn = list(np.random.default_rng(1).integers(num_actions, size=shape))
        self.actions = self.drawn[0].copy()
        self.environment.reset()

    def play(self, num_steps: int, look: Callable[[NDArray[Any]], object] | None = None) -> float:
        """Take so many steps, look at each, and return the joint steps taken."""
        step, actions, drawn = self.environment.step, self.actions, self.drawn
        for t in range(num_steps):
            actions[:] = drawn[t % NUM_DRAWN]
            observations = step(actions)[0]
            if look is not None:
                look(observations)
        return float(num_steps * self.environment.replications)


def one_hot(windows: NDArray[np.uint8]) -> Callable[[NDArray[np.uint8]], object]:
    """Return what turns such windows into 15 channels of float32, the bytes of SocialJax, in an array of its own."""
    table = channels(NUM_AGENTS, things=(WALL, BEAM, APPLE, WASTE))
    out = np.empty((*windows.shape, table.shape[1]), np.float32)
    return lambda observations: np.take(table, observations, axis=0, out=out, mode="clip")


def large_map() -> str:
    """Return the open map over and over, on a square of 200 x 200 cells."""
    tile = np.array([list(row[1:-1]) for row in MAPS["melting_pot_open"].split("\n")[1:-1]])
    times = [-(-LARGE // side) for side in tile.shape]
    return "\n".join("".join(row) for row in np.tile(tile, times)[:LARGE, :LARGE])


def crowd(num_agents: int) -> Scenario:
    """Return so many harvesters on the large map."""
    return Scenario(Harvest(map=large_map()), "uniform_random", f"cycle:n={num_agents}", 1000)


# --- peers ---------------------------------------------------------------------------------------------------


def socialjax(path: str, batch: int) -> dict[str, Callable[[], float]]:
    """Return what steps SocialJax's open commons and returns the joint steps taken, for each way to step it."""
    if not path:
        raise MissingPeerError("no checkout given; give one by --socialjax PATH or SOCIALJAX")
    if not (Path(path) / "socialjax").is_dir():
        raise MissingPeerError(f"{path} holds no folder socialjax")
    os.environ.setdefault("JAX_PLATFORMS", "cpu")
    sys.path.insert(0, path)
    try:
        jax = importlib.import_module("jax")
        make = importlib.import_module("socialjax").make
    except ImportError as error:
        raise MissingPeerError(f"it cannot be imported: {error}") from error
    environment = make("harvest_common_open", num_agents=NUM_AGENTS, num_inner_steps=1000, shared_rewards=False)
    keys = jax.random.split(jax.random.key(1), batch)
    states = jax.vmap(environment.reset)(keys)[1]
    actions = jax.random.randint(jax.random.key(2), (PEER_STEPS, batch, NUM_AGENTS), 0, 8)

    def player(step: Any) -> Callable[[], float]:
        def move(carry: Any, chosen: Any) -> Any:
            states, keys, seen = carry
            keys = jax.vmap(lambda key: jax.random.split(key)[0])(keys)
            observations, states, *_ = jax.vmap(step)(keys, states, chosen)
            return (states, keys, seen + observations.sum()), None  # so that all that is seen is computed

        play = jax.jit(lambda states, keys, actions: jax.lax.scan(move, (states, keys, 0.0), actions)[0])
        jax.block_until_ready(play(states, keys, actions))

        def work() -> float:
            jax.block_until_ready(play(states, keys, actions))
            return float(PEER_STEPS * batch)

        return work

    return {name: player(getattr(environment, name)) for name in ("step", "step_env")}


def knights() -> Callable[[], float]:
    """Return what plays PettingZoo's knights, archers and zombies and returns the agent-steps taken."""
    os.environ.setdefault("SDL_VIDEODRIVER", "dummy")
    os.environ.setdefault("PYGAME_HIDE_SUPPORT_PROMPT", "1")
    try:
        games = importlib.import_module("pettingzoo.butterfly")
        names = [game.name for game in pkgutil.iter_modules(games.__path__) if "zombies_v" in game.name]
        environment = importlib.import_module(f"pettingzoo.butterfly.{max(names)}").parallel_env()
        environment.reset(seed=1)
    except ImportError as error:
        raise MissingPeerError(f"it cannot be imported: {error}") from error
    sizes = {agent: int(environment.action_space(agent).n) for agent in environment.possible_agents}
    draws = np.random.default_rng(1).random((KAZ_STEPS, len(sizes))).tolist()

    def work() -> float:
        taken = 0
        for draw in draws:
            if not environment.agents:
                environment.reset()
            taken += len(environment.agents)
            chosen = zip(environment.agents, draw, strict=False)
            environment.step({agent: int(u * sizes[agent]) for agent, u in chosen})
        return float(taken)

    return work


# --- figures -------------------------------------------------------------------------------------------------


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--socialjax", default=os.environ.get("SOCIALJAX", ""), metavar="PATH", help="your checkout")
    parser.add_argument("--all-processors", action="store_true", help="let JAX use all of them")
    arguments = parser.parse_args()
    path, all_processors = arguments.socialjax, arguments.all_processors
    speed = load("speed")
    for preset in ("melting_pot_open", "socialjax"):
        community = scenario(preset)
        run(community, replications=1)
        rate = speed.best_rate(lambda: inside(community, 256))  # noqa: B023
        speed.line(f"{preset}, inside one call", rate, "joint steps/s", f"{NUM_AGENTS * rate:.3g} agent-steps/s")
    rates = {}
    for batch, num_steps in BATCHES.items():
        player = Outside(scenario("socialjax"), batch)
        player.play(100)
        rates[batch] = speed.best_rate(lambda: player.play(num_steps))  # noqa: B023
        speed.line(f"socialjax, played from outside, batch of {batch}", rates[batch], "joint steps/s")
    player = Outside(scenario("socialjax"), 64)
    look = one_hot(player.environment.observations)
    expanded = speed.best_rate(lambda: player.play(200, look))
    speed.line("  as 11 x 11 x 15 float32, batch of 64", expanded, "joint steps/s")
    ours = os.sched_getaffinity(0)
    try:
        os.sched_setaffinity(0, ours if all_processors else {max(ours)})  # JAX's threads stay where they begin
        for name, work in socialjax(path, 64).items():
            peer = speed.best_rate(work)
            ratios = (f"windows {rates[64] / peer:.0f} x", f"equal bytes {expanded / peer:.0f} x")
            speed.line(f"  SocialJax, {name}, batch of 64", peer, "joint steps/s", *ratios)
    except MissingPeerError as reason:
        print(f"  SocialJax: left out, {reason}")
    finally:
        os.sched_setaffinity(0, ours)
    try:
        peer = speed.best_rate(knights())
        speed.line(
            "  knights, archers and zombies",
            peer,
            "agent-steps/s",
            f"batch of 64 {NUM_AGENTS * rates[64] / peer:.0f} x",
        )
    except MissingPeerError as reason:
        print(f"  knights, archers and zombies: left out, {reason}")
    for num_agents in CROWDS:
        community = crowd(num_agents)
        run(community, replications=1)
        rate = num_agents * speed.best_rate(lambda: inside(community, max(1, 1000 // num_agents)))  # noqa: B023
        player = Outside(community, 1)
        player.play(10)
        outside = num_agents * speed.best_rate(lambda: player.play(200_000 // num_agents))  # noqa: B023
        speed.line(f"{LARGE} x {LARGE}, {num_agents} harvesters", rate, "agent-steps/s", f"from outside {outside:.3g}")


if __name__ == "__main__":
    main()
