"""The loop of a scenario, written out.

`write_loop` returns the source of a small module: the compiled loop over replications, and the same stages one at a
time for those who step by hand (the Mesa host, `probe`). Two templates serve all environments: ``simultaneous`` visits
every agent in each stage, ``events`` the agents that `wake` named. A stage whose functions nobody defines is left out,
so that a model pays for what it uses. The text depends on classes and dtypes, never on sizes or parameter values.
"""

from __future__ import annotations

from socialsim.engine.layout import Layout
from socialsim.engine.plan import RUNNING, STAGES, STREAMS, Plan
from socialsim.engine.stages import enter_lines, initialise_lines, is_done, probe_lines, stage_lines, stop_lines
from socialsim.engine.visits import indent, read_cast, shift


def write_loop(plan: Plan, *, cache: bool) -> str:
    """Return the source of the module that runs a plan.

    Parameters
    ----------
    plan : Plan
    cache : bool
        Whether numba keeps the machine code between processes.
    """
    plan.check()
    opened = views(plan)
    arguments = _arguments(plan.layout)
    borrowed = indent([f"{name} = borrow({name})" for name in arguments.split(", ")], 1)
    stages = {name: lines for name in STAGES if (lines := stage_lines(plan, name))}
    step = [line for lines in stages.values() for line in lines]
    stop = stop_lines(plan)
    held = {name: k for k, name in enumerate(STREAMS) if any(name in line for line in step + stop)}
    give_back = [f"streams[r, {k}, {word}] = {name}[{word}]" for name, k in held.items() for word in range(4)]
    by_hand = [
        line
        for name, lines in stages.items()
        for line in (f"if which == {STAGES.index(name)}:", *shift([*lines, *_keep_count(plan, name)]))
    ]
    return f"""\
from collections import namedtuple

import math

import numba
import numpy as np

from socialsim.core.streams import geometric, restart
from socialsim.engine.borrowing import borrow, head, hold
from socialsim.engine.links import Links
from socialsim.engine.nearness import end_within, first_within, sort_messages

{bindings(plan)}

@numba.njit(nogil=True, error_model="numpy", _nrt=False, cache={cache})
def loop({arguments}, lo, hi, until, budget):
{borrowed}
    n = layout[0]
    for r in range(lo, hi):
        if status[r] != {RUNNING}:
            continue
{indent(opened, 2)}
        t = clock[r]
        if t < 0:
{indent(initialise_lines(plan), 3)}
            t = 0
{indent([f"{name} = hold({name})" for name in held], 2)}
        count = 0
        next_check = (t + n - 1) // n * n
        while True:
{indent(stop, 3)}
            if t >= until:
                break
            if budget <= 0:
                clock[r] = t
{indent(give_back, 4)}
                return r
{indent(_go_on(plan, step), 3)}
        clock[r] = t
{indent(give_back, 2)}
    return hi


@numba.njit(nogil=True, error_model="numpy", _nrt=False, cache={cache})
def stage({arguments}, r, which, count):
{borrowed}
    n = layout[0]
{indent(opened, 1)}
    t = clock[r]
{indent(read_cast(plan), 1)}
{indent(by_hand, 1)}
    return count


@numba.njit(nogil=True, error_model="numpy", _nrt=False, cache={cache})
def enter({arguments}, r, i):
{borrowed}
    n = layout[0]
{indent(opened, 1)}
{indent(enter_lines(plan), 1)}


@numba.njit(nogil=True, error_model="numpy", _nrt=False, cache={cache})
def probe({arguments}, i, sender, message, observation):
{borrowed}
    n = layout[0]
    for r in range(clock.shape[0]):
{indent(opened, 2)}
{indent(probe_lines(plan), 2)}
"""


def _go_on(plan: Plan, step: list[str]) -> list[str]:
    """Take one step, or events up to the next pause or check."""
    if not plan.is_events:
        return [*step, "t += 1", "budget -= n"]
    call = is_done(plan)
    return [
        "begun = t",
        "stop = min(until, t + budget, next_check)",
        "while t < stop:",
        *shift([*step, "t += 1", *([f"if {call} >= 0:", "    break"] if call else [])]),
        *_keep_count(plan, "wake"),
        "budget -= t - begun",
    ]


def _keep_count(plan: Plan, stage: str) -> list[str]:
    """Note how many took part in the last event; within a loop of events nobody asks."""
    return ["num_active[0] = count"] if plan.is_events and stage == "wake" else []


def _arguments(layout: Layout) -> str:
    """Return the parameters that carry the whole state across the call boundary."""
    names = [f"state_{dtype}" for dtype in layout.state_dtypes]
    names += [f"constant_{dtype}" for dtype in layout.constant_dtypes]
    names += ["layout", "streams", "keys", "clock", "status", "verdict"]
    names += [f"link_{name}" for name in ("row", "extent", "indptr", "sources", "weights", "offsets")]
    return ", ".join(names)


def bindings(plan: Plan) -> str:
    """Bind every function to a module global, which numba can cache; the classes are put here by the loader."""
    lines = [f"environment_{name} = environment.{name}" for name in plan.environment.defined()]
    for k, learner in enumerate(plan.learners):
        lines += [f"learner_{k}_{name} = learner_{k}.{name}" for name in learner.defined()]
    for k, preference in plan.preferences.items():
        lines += [f"preference_{k}_{name} = preference_{k}.{name}" for name in preference.defined()]
    if plan.rewires:
        lines.append("rewiring_choose = rewiring.choose")
    for owner, fields in plan.layout.fields.items():
        lines.append(f"{owner.title()} = namedtuple({owner!r}, {[item.name for item in fields]!r})")
    return "\n".join(lines) + "\n"


def views(plan: Plan) -> list[str]:
    """Return the lines that open replication r: one NamedTuple for each owner, the network and the streams."""
    lines = []
    for owner, fields in plan.layout.fields.items():
        if owner == "engine":
            lines += [f"{item.name} = {item.expression()}" for item in fields]
        else:
            lines.append(f"{owner}_state = {owner.title()}({', '.join(item.expression() for item in fields)})")
    lines += [
        "m = link_row[r]",
        "first = link_extent[m, 1]",
        "last = link_extent[m, 2]",
        "weighted = link_extent[m, 3]",
        "network = Links(link_extent[m, 0], n, link_indptr[m], link_sources[first:last],"
        " link_weights[first * weighted : last * weighted], link_offsets[m, : link_extent[m, 4]], presence,"
        f" {plan.changes_agents})",
    ]
    lines += [f"{name} = streams[r, {k}]" for k, name in enumerate(STREAMS)]
    lines += [f"start_{k} = starts[{k}]" for k in range(1, len(plan.learners))]
    lines += [f"stop_{k} = starts[{k + 1}]" for k in range(len(plan.learners))]
    return lines
