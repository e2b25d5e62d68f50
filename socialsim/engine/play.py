"""The loop of an environment whose agents are played from outside, written out.

`write_play` returns the source of a module with one step of all replications: the environment advances by the actions
given, episodes that are over begin anew, everyone observes. It calls the same functions on the same views and streams
as the loop of a scenario (`socialsim.engine.template`), which has learners in place of the caller. Each function is
called at one place, since all of them are inlined.
"""

from __future__ import annotations

from socialsim.engine.plan import Plan
from socialsim.engine.pointers import Table
from socialsim.engine.template import bindings, views
from socialsim.engine.visits import indent, shift

SILENT = {"int64": "-1", "float64": "np.nan"}


def write_play(plan: Plan, table: Table, *, cache: bool) -> str:
    """Return the source of the module that steps an environment from outside.

    Parameters
    ----------
    plan : Plan
        Without learners.
    table : Table
        The arrays that a step reads and writes; messages are exchanged if there is an ``inbox`` among them.
    cache : bool
        Whether numba keeps the machine code between processes.
    """
    plan.check()
    opening = indent(table.opening().splitlines(), 1)
    opened = indent(views(plan), 2)
    return f"""\
from collections import namedtuple

import math

import numba
import numpy as np

from socialsim.engine.borrowing import borrow
from socialsim.engine.links import Links, degree, neighbour
from socialsim.engine.pointers import open_array

{bindings(plan)}

@numba.njit(nogil=True, error_model="numpy", _nrt=False, cache={cache})
def play(table, lo, hi, begins, is_checked):
{opening}
    n = layout[0]
    if is_checked:
        for r in range(actions.shape[0]):
{indent(_check_lines(plan, table), 3)}
    for r in range(lo, hi):
{opened}
        is_over, is_new = False, begins
        if not begins:
{indent(_step_lines(plan, table), 3)}
        while True:
            if is_new:
{indent(_begin_lines(plan, table), 4)}
{indent(_look_lines(plan), 3)}
            if not is_over:
                break
{indent(_keep_lines(plan), 3)}
            is_over, is_new = False, True
    return 0


@numba.njit(nogil=True, error_model="numpy", _nrt=False, cache={cache})
def hearers(table):
{opening}
    n = layout[0]
    for r in range(audience.shape[0]):
{opened}
        for i in range(n):
            for j in range(n):
                audience[r, i, j] = False
{indent(_each_hearing(plan, "audience[r, i, j] = True"), 3)}
"""


def _check_lines(plan: Plan, table: Table) -> list[str]:
    """Refuse an action or a message that does not exist, before anything moves; the code returned names whose."""
    refuse = "        return 1 + r * n + i"
    within = "lowest_action[i] <= {} <= highest_action[i]"
    if plan.row_actions:
        lines = [
            "    given = actions.reshape((actions.shape[0], n, actions.size // (actions.shape[0] * n)))",
            "    for c in range(given.shape[2]):",
            f"        if not {within.format('given[r, i, c]')}:",
            f"    {refuse}",
        ]
    else:
        lines = [f"    if not {within.format('actions[r, i]')}:", refuse]
    if "inbox" in table.arrays:
        is_real = table.arrays["inbox"].dtype.kind == "f"
        wrong = "math.isinf(messages[r, i])" if is_real else "not -1 <= messages[r, i] < num_messages[0]"
        lines += [f"    if {wrong}:", "        return -1 - r * n - i"]
    if plan.is_events:
        return ["for a in range(num_active[r]):", "    i = active[r, a]", *lines]
    return ["for i in range(n):", *lines]


def _step_lines(plan: Plan, table: Table) -> list[str]:
    """Deliver what is said, and let the environment advance."""
    who = "active[r, : num_active[r]], " if plan.is_events else ""
    return [
        *_deliver_lines(plan, table),
        f"environment_advance(environment_state, network, {who}actions[r], rewards[r], dynamics_stream)",
        "clock[r] += 1",
        *_outcome_lines(plan),
        "verdicts[r] = outcome",
        "terminated[r] = outcome >= 0",
        "truncated[r] = outcome < 0 and clock[r] >= horizon[0]",
        "is_over = terminated[r] or truncated[r]",
    ]


def _outcome_lines(plan: Plan) -> list[str]:
    """Ask the environment whether it is done, and after a round of events whether it is at rest."""
    done, rest = (hasattr(plan.environment, name) for name in ("done", "rest"))
    lines = ["outcome = environment_done(environment_state)" if done else "outcome = -1"]
    if rest:
        at_rest = "environment_rest(environment_state, network, clock[r] // n)"
        lines += ["if outcome < 0 and clock[r] % n == 0:", f"    outcome = {at_rest}"]
    return lines


def _keep_lines(plan: Plan) -> list[str]:
    """Keep the end of an episode."""
    lines = []
    for dtype in plan.layout.state_dtypes:
        lines += _copy(f"final_{dtype}[r, k]", f"state_{dtype}[r, k]", f"final_{dtype}.shape[1]")
    return lines


def _begin_lines(plan: Plan, table: Table) -> list[str]:
    """Begin an episode."""
    lines = ["clock[r] = 0"]
    for dtype in plan.layout.state_dtypes:
        lines += _copy(f"state_{dtype}[r, k]", f"initial_{dtype}[k]", f"initial_{dtype}.shape[0]")
    if "inbox" in table.arrays:
        lines += ["for i in range(n):", *shift(_silence_lines(table))]
    if hasattr(plan.environment, "initialise"):
        lines.append("environment_initialise(environment_state, network, initial_stream)")
    return lines


def _look_lines(plan: Plan) -> list[str]:
    """Let everyone observe; among events whoever the next one wakes, and at the end whoever the last one woke."""
    lines = []
    if plan.is_events:
        lines = [
            "if not is_over:",
            "    active[r, :] = -1",
            "    num_active[r] = environment_wake(environment_state, network, active[r], dynamics_stream)",
        ]
    if not hasattr(plan.environment, "observe"):
        return lines
    lines.append("seen = final_observations if is_over else observations")
    if plan.row_observations:
        look = ["environment_observe(environment_state, network, i, seen[r, i])"]
    else:
        look = ["seen[r, i] = environment_observe(environment_state, network, i)"]
    if plan.is_events:
        return [*lines, "for a in range(num_active[r]):", *shift(["i = active[r, a]", *look])]
    return [*lines, "for i in range(n):", *shift(look)]


def _deliver_lines(plan: Plan, table: Table) -> list[str]:
    """Hand every message to those who hear its sender, before anyone moves."""
    if "inbox" not in table.arrays:
        return []
    body = [*_silence_lines(table), *_each_hearing(plan, "inbox[r, i, j] = messages[r, j]")]
    return ["for i in range(n):", *shift(body)]


def _silence_lines(table: Table) -> list[str]:
    return ["for j in range(n):", f"    inbox[r, i, j] = {SILENT[table.arrays['inbox'].dtype.name]}"]


def _each_hearing(plan: Plan, line: str) -> list[str]:
    """Do something for each agent j that agent i hears now."""
    body = [line]
    if hasattr(plan.environment, "audible"):
        body = ["if environment_audible(environment_state, network, i, j):", *shift(body)]
    return ["for k in range(degree(network, i)):", *shift(["j = neighbour(network, i, k)", *body])]


def _copy(target: str, source: str, count: str) -> list[str]:
    return [f"for k in range({count}):", f"    {target} = {source}"]
