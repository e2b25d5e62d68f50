"""The blueprint of a scenario: who there is, what each owner keeps where in memory, and the compiled loop.

All simulations of a scenario and way of recording share one.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from socialsim.core.errors import ParameterError
from socialsim.engine.interface import Box, Environment, Specification, constant
from socialsim.engine.layout import Layout
from socialsim.engine.plan import MOMENTS, Plan
from socialsim.engine.program import Program, load
from socialsim.engine.scenario import Scenario, Turnover
from socialsim.networks.network import Network

Record = Literal["none", "counts", "events"]
MOST_COUNTED_CELLS = 1 << 26


@dataclass(frozen=True)
class Blueprint:
    """What all simulations of a scenario have in common: who there is, where it lies in memory, and the compiled
    loop.
    """

    num_agents: int
    counts: dict[str, int]
    specifications: dict[str, Specification]
    layout: Layout
    plan: Plan
    program: Program


def draw_blueprint(
    scenario: Scenario, network: Network, record: Record = "none", *, branches: bool = False, guests: bool = False
) -> Blueprint:
    """Lay out the memory of a scenario on a network of this size, and load its loop."""
    environment, n = scenario.environment, network.num_agents
    counts = environment.counts(n)
    if sum(counts.values()) != n or min(counts.values()) < 0:
        raise ParameterError(f"network: {n} agents do not fit the environment {environment.name()}, which has {counts}")
    specifications = {name: environment.specification(name, n) for name in scenario.learners}
    for name, learner in scenario.learners.items():
        way = specifications[name].facts.get("decides_by")
        if way is not None and hasattr(learner, "act"):
            raise ParameterError(
                f"learner: {learner.name()!r} has nothing to decide in {environment.name()}; accepted: innate"
                f"{f', or {way}' if way else ''}"
            )
    sizes = _message_sizes(scenario, specifications)
    may_change = guests or scenario.turnover is not None or bool(scenario.presence_events)
    if scenario.rewiring is not None and network.kind == "complete":
        raise ParameterError("rewiring: a complete network has no edge to move; accepted: a sparse network")
    if scenario.rewiring is not None and scenario.edge_events is not None:
        raise ParameterError(
            "rewiring: cannot go with edge events, which name edges that it moves; accepted: one of them"
        )
    owners: dict[str, Any] = {"environment": _laid_out(environment, environment.state(n))}
    for k, (name, learner) in enumerate(scenario.learners.items()):
        try:
            owners[f"learner_{k}"] = _laid_out(learner, learner.state(specifications[name], counts[name]))
        except ParameterError as error:
            raise ParameterError(str(error).replace("the learner ", f"learner: {learner.name()!r} ", 1)) from None
    preferences = {
        k: scenario.preference[name] for k, name in enumerate(scenario.learners) if name in scenario.preference
    }
    owners |= {f"preference_{k}": _laid_out(each, each.state(n)) for k, each in preferences.items()}
    sample = specifications[next(iter(specifications))]
    engine = _engine_columns(scenario, n, sample, sizes, counts)
    for k, specification in enumerate(specifications.values()):
        engine[f"num_actions_{k}"] = getattr(specification.actions, "size", 0)
        engine[f"num_observations_{k}"] = getattr(specification.observations, "size", 0)
    engine |= _period_columns(scenario, n)
    if may_change:
        engine |= _presence_columns(scenario.turnover)
    if preferences:
        engine["subjective_rewards"] = np.zeros(n)
    if record == "counts":
        engine |= _counters(n, specifications.values())
    if branches:
        engine |= {
            "forced_from": np.zeros(n, np.int64),
            "forced_until": np.zeros(n, np.int64),
            "forced_actions": _column(sample.actions, n),
        }
    if scenario.horizon.episode_steps:
        engine |= {
            "episode_steps": scenario.horizon.episode_steps,
            "episode_start": np.zeros(1, np.int64),
            "num_episodes": np.zeros(1, np.int64),
        }
        owners["initial"] = _fresh(owners["environment"])
    owners["engine"] = namedtuple("engine", engine)(**engine)
    layout = Layout(owners, n)
    plan = Plan(
        environment=type(environment),
        learners=tuple(type(learner) for learner in scenario.learners.values()),
        layout=layout,
        message_sizes=sizes,
        row_observations=isinstance(sample.observations, Box) and bool(sample.observations.shape),
        row_actions=isinstance(sample.actions, Box) and bool(sample.actions.shape),
        changes_agents=may_change,
        rewires=scenario.rewiring is not None,
        counts=record == "counts",
        branches=branches,
        has_episodes=scenario.horizon.episode_steps > 0,
        preferences={k: type(each) for k, each in preferences.items()},
        periodic=frozenset(k for k, name in enumerate(scenario.learners) if name in environment.periods()),
        cast=() if may_change or branches or record == "counts" else _cast(environment),
    )
    program = load(plan, type(scenario.rewiring) if scenario.rewiring else None)
    return Blueprint(n, counts, specifications, layout, plan, program)


def _cast(environment: Environment) -> tuple[int, ...]:
    """Return the agent types of those whom every event wakes, by position; none where their number varies."""
    if len(environment.cast) > environment.participants:
        raise ParameterError(
            f"{environment.name()}: a cast of {len(environment.cast)} for {environment.participants} participants; "
            "accepted: at most as many"
        )
    return tuple(environment.agent_types.index(agent_type) for agent_type in environment.cast)


def _laid_out(owner: Any, state: Any) -> Any:
    if not hasattr(state, "_asdict"):
        kind = type(state).__name__
        raise ParameterError(
            f"{type(owner).__name__}.state returned a {kind}; accepted: a NamedTuple of numbers and arrays"
        )
    return state


def _fresh(state: Any) -> Any:
    """Return the environment's arrays as they are at the start of each episode, as constants."""
    arrays = {
        name: constant(value)
        for name, value in state._asdict().items()
        if getattr(value, "flags", None) is not None and isinstance(value, np.ndarray) and value.flags.writeable
    }
    return namedtuple("initial", arrays)(**arrays)


def _message_sizes(scenario: Scenario, specifications: Mapping[str, Specification]) -> dict[str, int]:
    sizes: dict[str, int] = {}
    for name, learner in scenario.learners.items():
        for moment in MOMENTS:
            if hasattr(type(learner), moment):
                size = learner.message_size(specifications[name])
                if sizes.setdefault(moment, size) != size:
                    raise ParameterError(f"learner.{name}: its messages have {size} numbers, others {sizes[moment]}")
    return sizes


def _engine_columns(
    scenario: Scenario, n: int, sample: Specification, sizes: Mapping[str, int], counts: Mapping[str, int]
) -> dict[str, Any]:
    """Return the columns that the engine keeps of each agent, and the numbers that it needs inside the loop."""
    columns: dict[str, Any] = {
        "starts": constant(np.cumsum([0, *counts.values()])),
        "presence": np.zeros(n, np.int8),
        "actions": _column(sample.actions, n),
        "rewards": np.zeros(n),
    }
    if scenario.environment.loop == "events":
        columns["active"] = np.full(scenario.environment.participants, -1, np.int64)
        columns["num_active"] = np.zeros(1, np.int64)
    if hasattr(scenario.environment, "observe"):
        columns["observations"] = _column(sample.observations, n)
        if isinstance(sample.observations, Box) and sample.observations.shape:
            columns["next_observation"] = _column(sample.observations, 1)[0]
    for moment, size in sizes.items():
        additive = any(MOMENTS[moment] in learner.additive for learner in scenario.learners.values())
        silence = 0.0 if additive else np.nan
        columns[f"messages_{moment}"] = np.full((n, size) if size else n, silence)
        columns[f"silence_{moment}"] = constant([silence])
        if additive:
            columns["row_inbox" if size else "inbox"] = np.zeros((2, size) if size else n)
    if any(hasattr(learner, "hear_near") for learner in scenario.learners.values()):
        columns |= {"near_order": np.arange(n), "near_values": np.zeros(n), "near_sums": np.zeros(n + 1)}
    if scenario.rewiring is not None:
        columns |= {"edge_rate": scenario.rewiring.rate, "edge_skip": np.zeros(1, np.int64)}
    return columns


def _period_columns(scenario: Scenario, n: int) -> dict[str, Any]:
    """Return the periods of those agent types that have one, and room for their rewards."""
    periods = scenario.environment.periods()
    for name, steps in periods.items():
        if name not in scenario.learners or steps < 1:
            raise ParameterError(
                f"{type(scenario.environment).__name__}.periods: {name!r}: {steps} is not accepted; accepted: steps "
                f">= 1 of {', '.join(scenario.learners)}"
            )
    if not periods:
        return {}
    steps_of = {f"period_{k}": periods[name] for k, name in enumerate(scenario.learners) if name in periods}
    return steps_of | {"period_rewards": np.zeros(n)}


def _presence_columns(turnover: Turnover | None) -> dict[str, Any]:
    rates = (turnover.fail_rate, turnover.leave_rate, turnover.enter_rate) if turnover else (0.0, 0.0, 0.0)
    return {"rates": constant(rates), "skips": np.zeros(3, np.int64)}


def _counters(n: int, specifications: Iterable[Specification]) -> dict[str, Any]:
    num_observations = max(specification.num_observations for specification in specifications)
    shape = (n, num_observations, max(specification.num_actions for specification in specifications))
    if np.prod(shape, dtype=float) > MOST_COUNTED_CELLS:
        raise ParameterError(f"record: 'counts' would keep {shape} cells a run; accepted: 'none' or a smaller scenario")
    return {"counts": np.zeros(shape, np.int64), "reward_sums": np.zeros(shape)}


def _column(space: Any, num_agents: int) -> NDArray[Any]:
    if isinstance(space, Box):
        return np.zeros((num_agents, *space.shape), space.dtype)
    return np.zeros(num_agents, np.int64)
