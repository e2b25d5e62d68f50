"""Lines of source that visit agents: everyone of a type, or those that an event has woken."""

from __future__ import annotations

import re
from collections.abc import Callable

from socialsim.engine.plan import Plan


def row(k: int) -> str:
    """Return the row of agent i among the agents of type k."""
    return "i" if k == 0 else f"i - start_{k}"


def everyone(plan: Plan, k: int, body: list[str]) -> list[str]:
    """Visit all present agents of type k."""
    start = "0" if k == 0 else f"start_{k}"
    guard = ["if presence[i] != 0:", "    continue"] if plan.changes_agents else []
    return [f"for i in range({start}, stop_{k}):", *shift(guard + body)]


def visit(plan: Plan, types: list[int], body: Callable[[int], list[str]]) -> list[str]:
    """Visit everyone of some types, or the active among them."""
    if not types:
        return []
    if not plan.is_events:
        return [line for k in types for line in everyone(plan, k, body(k))]
    if plan.cast:
        return visit_cast(plan, types, lambda a: body(plan.cast[a]))
    guard = ["if presence[i] != 0:", "    continue"] if plan.changes_agents else []
    if len(plan.learners) == 1:
        return ["for a in range(count):", *shift(["i = active[np.uint64(a)]", *guard, *body(0)])]
    lines = guard
    for k in types:
        start = "0" if k == 0 else f"start_{k}"
        lines += [f"if {start} <= i < stop_{k}:", *shift(body(k))]
    return ["for a in range(count):", *shift(["i = active[a]", *lines])]


def visit_cast(plan: Plan, types: list[int], body: Callable[[int], list[str]]) -> list[str]:
    """Visit those of some types whom an event has woken, place by place.

    Of the agent at place a, what it sees, does and says stands in variables of its own as well as in the columns: numba
    cannot know that two agents are not one and the same, and would read them again.
    """
    lines = [line for a, k in enumerate(plan.cast) if k in types for line in _at_place(plan, a, body(a))]
    return ["if count > 0:", *shift(lines)] if lines else []


def _at_place(plan: Plan, a: int, lines: list[str]) -> list[str]:
    """Turn lines about agent i into lines about the one at place a."""
    found = []
    for line in lines:
        own = re.sub(r"\bi\b", f"i_{a}", line)
        for column in columns_at_places(plan):
            cell, held = f"{column}[np.uint64(i_{a})]", f"{column}_{a}"
            if own.startswith(f"{cell} = "):
                found.append(own.replace(cell, held, 1))
                own = f"{cell} = {held}"
                break
            own = own.replace(cell, held)
        found.append(own)
    return found


def columns_at_places(plan: Plan) -> list[str]:
    """Return the engine's columns of numbers that an event of a cast also holds in variables."""
    columns = [] if plan.row_observations or not hasattr(plan.environment, "observe") else ["observations"]
    columns += [] if plan.row_actions else ["actions"]
    return columns + [f"messages_{moment}" for moment, size in plan.message_sizes.items() if not size]


def read_cast(plan: Plan) -> list[str]:
    """Read from the columns what an event of a cast holds in variables, for a stage by itself."""
    lines = []
    for a in range(len(plan.cast)):
        lines.append(f"i_{a} = active[np.uint64({a})] if count > 0 else 0")
        lines += [f"{column}_{a} = {column}[np.uint64(i_{a})]" for column in columns_at_places(plan)]
    return lines


def seldom(plan: Plan, k: int, lines: list[str], *, end: bool = False) -> list[str]:
    """Do something at the start, or at the end, of each period of agent type k; in every step if it has none."""
    step = "(t + 1)" if end else "t"
    return [f"if {step} % period_{k} == 0:", *shift(lines)] if k in plan.periodic and lines else lines


def restart_stream(plan: Plan, stream: str, agent: str, function: str) -> list[str]:
    """In a fork, restart a stream before a function that draws from it."""
    order = ("wake", "advance", "act", "learn", "speak", "announce", "report", "change", "rewire", "initialise")
    return [f"restart({stream}, keys[r], t, {agent}, {order.index(function)})"] if plan.branches else []


def place(plan: Plan) -> str:
    """Return the index of agent i: among events numba cannot know that it is none from the end, and would check."""
    return "np.uint64(i)" if plan.is_events else "i"


def observation(plan: Plan) -> str:
    """Return the expression of what agent i has observed in this step; 0 where there is nothing to see."""
    return f"observations[{place(plan)}]" if hasattr(plan.environment, "observe") else "0"


def observe(plan: Plan) -> list[str]:
    """Let agent i observe."""
    if not hasattr(plan.environment, "observe"):
        return []
    if plan.row_observations:
        return [f"environment_observe(environment_state, network, i, {observation(plan)})"]
    return [f"{observation(plan)} = environment_observe(environment_state, network, i)"]


def check_observation(plan: Plan, k: int, seen: str) -> list[str]:
    """Refuse an observation that the specification of agent type k does not know; -1 - k names the type."""
    if not plan.is_checked or plan.row_observations or not hasattr(plan.environment, "observe"):
        return []
    return [f"if num_observations_{k} and not 0 <= {seen} < num_observations_{k}:", f"    raise IndexError({-1 - k})"]


def shift(lines: list[str], levels: int = 1) -> list[str]:
    """Indent lines by some levels."""
    return ["    " * levels + line for line in lines]


def indent(lines: list[str], levels: int) -> str:
    """Return indented lines as one text."""
    return "\n".join(shift(lines, levels))
