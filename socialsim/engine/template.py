"""The loop of a scenario, written out.

`write_loop` returns the source of a small module: the compiled loop over replications, and the same stages one at a
time for those who step by hand (the Mesa host, `probe`). Two templates serve all environments: ``simultaneous`` visits
every agent in each stage, ``events`` the agents that `wake` named. A stage whose functions nobody defines is left out,
so that a model pays for what it uses. The text depends on classes and dtypes, never on sizes or parameter values.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from socialsim.core.errors import ParameterError
from socialsim.engine.interface import Environment, Learner
from socialsim.engine.layout import Layout

RUNNING, SETTLED, DONE = 0, 1, 2
WHOLE_ARRAY_FROM = 64  # agents; below it whole-array exchange on a ring stalls on values stored one by one just before

STAGES = (
    "change",
    "wake",
    "talk",
    "hear",
    "act",
    "announce",
    "witness",
    "advance",
    "report",
    "absorb",
    "learn",
    "rewire",
)
MOMENTS = {"speak": "hear", "announce": "witness", "report": "absorb"}
STREAMS = ("initial_stream", "dynamics_stream", "learner_stream", "change_stream")


@dataclass(frozen=True)
class Plan:
    """Everything that the text of a loop depends on.

    Parameters
    ----------
    environment : type of Environment
    learners : tuple of type of Learner
        One for each agent type, in row order.
    layout : Layout
    message_sizes : mapping of str to int
        For each sending function in use: 0 for numbers, k for rows of k.
    row_observations, row_actions : bool
        Whether an observation, an action, is a row of numbers.
    changes_agents : bool
        Whether agents may fail, leave, enter or be played by a guest.
    rewires, counts, branches : bool
        Whether edges are rewired inside the loop, acts are counted, streams restart at each use (a fork).
    """

    environment: type[Environment]
    learners: tuple[type[Learner], ...]
    layout: Layout
    message_sizes: dict[str, int] = field(default_factory=dict)
    row_observations: bool = False
    row_actions: bool = False
    changes_agents: bool = False
    rewires: bool = False
    counts: bool = False
    branches: bool = False

    @property
    def is_events(self) -> bool:
        """Whether the environment wakes agents event by event."""
        return self.environment.loop == "events"

    def users(self, function: str) -> list[int]:
        """Return the agent types whose learner defines a function."""
        return [k for k, learner in enumerate(self.learners) if hasattr(learner, function)]

    def check(self) -> None:
        """Refuse what the templates cannot express, naming it."""
        if self.is_events and not hasattr(self.environment, "wake"):
            raise ParameterError(
                f"{self.environment.__name__}: loop 'events' needs a function wake(env, network, active, stream)"
            )
        if self.is_events and any(self.learners[k].additive for k in range(len(self.learners))):
            raise ParameterError(
                f"{self.environment.__name__}: learners with additive messages need the simultaneous loop"
            )
        if not hasattr(self.environment, "advance"):
            raise ParameterError(f"{self.environment.__name__}: a function advance is missing")
        for learner in self.learners:
            if not hasattr(learner, "act"):
                raise ParameterError(f"{learner.__name__}: a function act(learner, i, observation, stream) is missing")


def write_loop(plan: Plan, *, cache: bool) -> str:
    """Return the source of the module that runs a plan.

    Parameters
    ----------
    plan : Plan
    cache : bool
        Whether numba keeps the machine code between processes.
    """
    plan.check()
    views = _views(plan)
    arguments = _arguments(plan.layout)
    borrowed = _indent([f"{name} = borrow({name})" for name in arguments.split(", ")], 1)
    stages = {name: lines for name in STAGES if (lines := _stage(plan, name))}
    step = _indent([line for lines in stages.values() for line in lines], 3)
    by_hand = [
        line
        for name, lines in stages.items()
        for line in (f"if which == {STAGES.index(name)}:", *_shift(lines or ["pass"]))
    ]
    cost = "1" if plan.is_events else "n"
    return f"""\
from collections import namedtuple

import math

import numba
import numpy as np

from socialsim.core.streams import geometric, integer, restart
from socialsim.engine.borrowing import borrow
from socialsim.engine.links import Links

{_bindings(plan)}

@numba.njit(nogil=True, error_model="numpy", cache={cache})
def loop({arguments}, lo, hi, until, budget):
{borrowed}
    n = layout[0]
    for r in range(lo, hi):
        if status[r] != {RUNNING}:
            continue
{_indent(views, 2)}
        t = clock[r]
        if t < 0:
{_indent(_initialise(plan), 3)}
            t = 0
        count = 0
        next_check = (t + n - 1) // n * n
        while True:
{_indent(_stop(plan), 3)}
            if t >= until:
                break
            if budget <= 0:
                clock[r] = t
                return r
{step}
            t += 1
            budget -= {cost}
        clock[r] = t
    return hi


@numba.njit(nogil=True, error_model="numpy", cache={cache})
def stage({arguments}, r, which, count):
{borrowed}
    n = layout[0]
{_indent(views, 1)}
    t = clock[r]
{_indent(by_hand, 1)}
    return count


@numba.njit(nogil=True, error_model="numpy", cache={cache})
def enter({arguments}, r, i):
{borrowed}
    n = layout[0]
{_indent(views, 1)}
{_indent(_enter(plan), 1)}


@numba.njit(nogil=True, error_model="numpy", cache={cache})
def probe({arguments}, i, sender, message, observation):
{borrowed}
    n = layout[0]
    for r in range(clock.shape[0]):
{_indent(views, 2)}
{_indent(_probe(plan), 2)}
"""


# --- What the loop receives ----------------------------------------------------------------------------------


def _arguments(layout: Layout) -> str:
    """Return the parameters that carry the whole state across the call boundary."""
    names = [f"state_{dtype}" for dtype in layout.state_dtypes]
    names += [f"constant_{dtype}" for dtype in layout.constant_dtypes]
    names += ["layout", "streams", "keys", "clock", "status", "verdict"]
    names += [f"link_{name}" for name in ("row", "extent", "indptr", "sources", "weights", "offsets")]
    return ", ".join(names)


def _bindings(plan: Plan) -> str:
    """Bind every function to a module global, which numba can cache; the classes are put here by the loader."""
    lines = [f"environment_{name} = environment.{name}" for name in plan.environment.defined()]
    for k, learner in enumerate(plan.learners):
        lines += [f"learner_{k}_{name} = learner_{k}.{name}" for name in learner.defined()]
    if plan.rewires:
        lines.append("rewiring_choose = rewiring.choose")
    for owner, fields in plan.layout.fields.items():
        lines.append(f"{owner.title()} = namedtuple({owner!r}, {[item.name for item in fields]!r})")
    return "\n".join(lines) + "\n"


def _views(plan: Plan) -> list[str]:
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
        " link_weights[first * weighted : last * weighted], link_offsets[m, : link_extent[m, 4]], presence)",
    ]
    lines += [f"{name} = streams[r, {k}]" for k, name in enumerate(STREAMS)]
    lines += [f"start_{k} = starts[{k}]" for k in range(1, len(plan.learners))]
    lines += [f"stop_{k} = starts[{k + 1}]" for k in range(len(plan.learners))]
    return lines


# --- Visiting agents -----------------------------------------------------------------------------------------


def _row(k: int) -> str:
    """Return the row of agent i among the agents of type k."""
    return "i" if k == 0 else f"i - start_{k}"


def _everyone(plan: Plan, k: int, body: list[str]) -> list[str]:
    """Visit all present agents of type k."""
    start = "0" if k == 0 else f"start_{k}"
    guard = ["if presence[i] != 0:", "    continue"] if plan.changes_agents else []
    return [f"for i in range({start}, stop_{k}):", *_shift(guard + body)]


def _visit(plan: Plan, types: list[int], body: Callable[[int], list[str]]) -> list[str]:
    """Visit everyone of some types, or the active among them."""
    if not types:
        return []
    if not plan.is_events:
        return [line for k in types for line in _everyone(plan, k, body(k))]
    guard = ["if presence[i] != 0:", "    continue"] if plan.changes_agents else []
    if len(plan.learners) == 1:
        return ["for a in range(count):", *_shift(["i = active[a]", *guard, *body(0)])]
    lines = guard
    for k in types:
        start = "0" if k == 0 else f"start_{k}"
        lines += [f"if {start} <= i < stop_{k}:", *_shift(body(k))]
    return ["for a in range(count):", *_shift(["i = active[a]", *lines])]


def _draw(plan: Plan, stream: str, agent: str, function: str) -> list[str]:
    """In a fork, restart a stream before a function that draws from it."""
    order = ("wake", "advance", "initialise", "act", "learn", "speak", "announce", "report", "change", "rewire")
    return [f"restart({stream}, keys[r], t, {agent}, {order.index(function)})"] if plan.branches else []


# --- Stages --------------------------------------------------------------------------------------------------


def _stage(plan: Plan, name: str) -> list[str]:
    """Return the lines of one stage; none if nobody takes part in it."""
    if name == "change":
        return _change(plan) if plan.changes_agents else []
    if name == "wake":
        return _wake(plan) if plan.is_events else []
    if name == "talk":
        return _send(plan, "speak")
    if name == "act":
        return _act(plan)
    if name in ("announce", "report"):
        return _send(plan, name)
    if name == "advance":
        return _advance(plan)
    if name == "learn":
        return _learn(plan)
    if name == "rewire":
        return _rewire(plan) if plan.rewires else []
    sender = next(moment for moment, receiver in MOMENTS.items() if receiver == name)
    return _receive(plan, sender) if plan.users(sender) else []


def _observation(plan: Plan) -> str:
    """Return the expression of what agent i has observed in this step; 0 where there is nothing to see."""
    return "observations[i]" if hasattr(plan.environment, "observe") else "0"


def _observe(plan: Plan) -> list[str]:
    if not hasattr(plan.environment, "observe"):
        return []
    if plan.row_observations:
        return ["environment_observe(environment_state, network, i, observations[i])"]
    return ["observations[i] = environment_observe(environment_state, network, i)"]


def _act(plan: Plan) -> list[str]:
    observe = [] if plan.users("speak") else _observe(plan)

    def body(k: int) -> list[str]:
        call = f"learner_{k}_act(learner_{k}_state, {_row(k)}, {_observation(plan)}, learner_stream"
        act = f"{call}, actions[i])" if plan.row_actions else f"actions[i] = {call})"
        force = ["if forced_from[i] <= t < forced_until[i]:", "    actions[i] = forced_actions[i]"]
        return [*observe, *_draw(plan, "learner_stream", "i", "act"), act, *(force if plan.branches else [])]

    return _visit(plan, list(range(len(plan.learners))), body)


def _send(plan: Plan, moment: str) -> list[str]:
    """Write each sender's message; agents that are away send the silent value that the column starts with."""
    if not plan.users(moment):
        return []
    seen = {"speak": "", "announce": ", actions[i]", "report": ", actions[i], rewards[i]"}[moment]

    def body(k: int) -> list[str]:
        lines = _observe(plan) if moment == "speak" else []
        lines += _draw(plan, "learner_stream", "i", moment)
        call = f"learner_{k}_{moment}(learner_{k}_state, {_row(k)}, {_observation(plan)}{seen}, learner_stream"
        if plan.message_sizes[moment]:
            return [*lines, f"{call}, messages_{moment}[i])"]
        return [*lines, f"messages_{moment}[i] = {call})"]

    types = list(range(len(plan.learners))) if moment == "speak" else plan.users(moment)
    watch = [k for k in types if k not in plan.users(moment)]
    lines = _visit(plan, watch, lambda k: _observe(plan) or ["pass"]) + _visit(plan, plan.users(moment), body)
    if plan.changes_agents and not plan.is_events:
        row = f"messages_{moment}[i, :]" if plan.message_sizes[moment] else f"messages_{moment}[i]"
        rows = [f"{row} = silence_{moment}[0]"]
        lines = ["for i in range(n):", *_shift(["if presence[i] != 0:", *_shift(rows)]), *lines]
    return lines


def _receive(plan: Plan, moment: str) -> list[str]:
    receiver = MOMENTS[moment]
    lines = []
    for k in plan.users(receiver):
        if receiver in plan.learners[k].additive:
            lines += _receive_sum(plan, k, moment)
        elif plan.is_events:
            lines += _visit(plan, [k], lambda k: _receive_from_active(plan, k, moment))
        else:
            lines += _everyone(plan, k, _receive_edges(plan, k, moment))
    return lines


def _hear(plan: Plan, k: int, moment: str, j: str, weight: str) -> list[str]:
    """Pass j's message to agent i unless it is silence."""
    message = f"messages_{moment}[{j}]"
    probe = f"messages_{moment}[{j}, 0]" if plan.message_sizes[moment] else message
    call = f"learner_{k}_{MOMENTS[moment]}(learner_{k}_state, {_row(k)}, {j}, {weight}, {message})"
    return [f"if not math.isnan({probe}):", f"    {call}"]


def _receive_edges(plan: Plan, k: int, moment: str) -> list[str]:
    own = _hear(plan, k, moment, "i", "1.0") if plan.learners[k].hears_itself else []
    return [
        *own,
        "if network.kind == 1:",
        "    for j in range(n):",
        "        if j != i:",
        *_shift(_hear(plan, k, moment, "j", "1.0"), 3),
        "else:",
        "    for e in range(network.indptr[i], network.indptr[i + 1]):",
        "        j = np.int64(network.sources[e])",
        "        weight = network.weights[e] if weighted else 1.0",
        *_shift(_hear(plan, k, moment, "j", "weight"), 2),
    ]


def _receive_from_active(plan: Plan, k: int, moment: str) -> list[str]:
    return [
        "for b in range(count):",
        "    if b != a:",
        "        j = active[b]",
        *_shift(_hear(plan, k, moment, "j", "1.0"), 2),
    ]


def _receive_sum(plan: Plan, k: int, moment: str) -> list[str]:
    """Sum the in-neighbours' messages: one sum for all on a complete network, whole arrays on a ring, else a gather."""
    own = plan.learners[k].hears_itself
    receive = f"learner_{k}_{MOMENTS[moment]}(learner_{k}_state, {_row(k)}"
    messages = f"messages_{moment}"
    if plan.message_sizes[moment]:
        return _receive_row_sum(plan, k, messages, receive)
    everyone = [f"{receive}, total)"] if own else [f"{receive}, total - {messages}[i])"]
    start = f"{messages}[i]" if own else "0.0"
    gather = [
        f"total = {start}",
        "for e in range(network.indptr[i], network.indptr[i + 1]):",
        f"    total += {messages}[network.sources[e]]",
        f"{receive}, total)",
    ]
    gather_weighted = [gather[0], gather[1], gather[2].replace("+= ", "+= network.weights[e] * "), gather[3]]
    ring = [
        f"inbox[:] = {messages}" if own else "inbox[:] = 0.0",
        "for k in range(network.offsets.shape[0]):",
        "    shift = network.offsets[k]",
        "    for i in range(n - shift):",
        f"        inbox[i] += {messages}[i + shift]",
        "    for i in range(n - shift, n):",
        f"        inbox[i] += {messages}[i + shift - n]",
    ]
    return [
        "if network.kind == 1:",
        *_shift(["total = 0.0", "for i in range(n):", f"    total += {messages}[i]", *_everyone(plan, k, everyone)]),
        f"elif network.kind == 2 and n >= {WHOLE_ARRAY_FROM}:",
        *_shift([*ring, *_everyone(plan, k, [f"{receive}, inbox[i])"])]),
        "elif weighted:",
        *_shift(_everyone(plan, k, gather_weighted)),
        "else:",
        *_shift(_everyone(plan, k, gather)),
    ]


def _receive_row_sum(plan: Plan, k: int, messages: str, receive: str) -> list[str]:
    own = plan.learners[k].hears_itself
    width = f"{messages}.shape[1]"
    everyone = [
        f"for c in range({width}):",
        "    row_inbox[1, c] = row_inbox[0, c]" if own else f"    row_inbox[1, c] = row_inbox[0, c] - {messages}[i, c]",
        f"{receive}, row_inbox[1, :{width}])",
    ]
    gather = [
        f"for c in range({width}):",
        f"    row_inbox[1, c] = {messages}[i, c]" if own else "    row_inbox[1, c] = 0.0",
        "for e in range(network.indptr[i], network.indptr[i + 1]):",
        "    j = np.int64(network.sources[e])",
        "    weight = network.weights[e] if weighted else 1.0",
        f"    for c in range({width}):",
        f"        row_inbox[1, c] += weight * {messages}[j, c]",
        f"{receive}, row_inbox[1, :{width}])",
    ]
    total = [
        f"for c in range({width}):",
        "    row_inbox[0, c] = 0.0",
        "for i in range(n):",
        f"    for c in range({width}):",
        f"        row_inbox[0, c] += {messages}[i, c]",
    ]
    return [
        "if network.kind == 1:",
        *_shift([*total, *_everyone(plan, k, everyone)]),
        "else:",
        *_shift(_everyone(plan, k, gather)),
    ]


def _advance(plan: Plan) -> list[str]:
    active = "active[:count], " if plan.is_events else ""
    lines = _draw(plan, "dynamics_stream", "-1", "advance")
    lines += [f"environment_advance(environment_state, network, {active}actions, rewards, dynamics_stream)"]
    if plan.counts:
        seen = _observation(plan)
        cell = [f"counts[i, {seen}, actions[i]] += 1", f"reward_sums[i, {seen}, actions[i]] += rewards[i]"]
        lines += _visit(plan, list(range(len(plan.learners))), lambda k: cell)
    return lines


def _learn(plan: Plan) -> list[str]:
    def body(k: int) -> list[str]:
        lines, following = [], "0"
        if hasattr(plan.environment, "observe"):
            following = "next_observation"
            if plan.row_observations:
                lines = ["environment_observe(environment_state, network, i, next_observation)"]
            else:
                lines = ["next_observation = environment_observe(environment_state, network, i)"]
        lines += _draw(plan, "learner_stream", "i", "learn")
        outcome = f"{_observation(plan)}, actions[i], rewards[i], {following}"
        return [*lines, f"learner_{k}_learn(learner_{k}_state, {_row(k)}, {outcome}, learner_stream)"]

    return _visit(plan, plan.users("learn"), body)


def _wake(plan: Plan) -> list[str]:
    lines = _draw(plan, "dynamics_stream", "-1", "wake")
    lines.append("count = environment_wake(environment_state, network, active, dynamics_stream)")
    if plan.changes_agents:
        lines += [
            "for a in range(count):",
            "    if 1 <= presence[active[a]] <= 2:  # an event that needs somebody who is away does not happen",
            "        count = 0",
            "        break",
        ]
    return [*lines, "num_active[0] = count"]


def _change(plan: Plan) -> list[str]:
    """Let agents fail, leave and enter at their rates, skipping geometrically from one change to the next."""
    lines = [*_draw(plan, "change_stream", "-1", "change"), "for k in range(3):"]
    return lines + _shift(
        [
            "if rates[k] > 0.0:",
            "    while skips[k] < n:",
            "        i = skips[k]",
            "        if k == 2 and presence[i] == 2:",
            *_shift(_enter(plan), 3),
            "        elif k < 2 and presence[i] == 0:",
            "            presence[i] = k + 1",
            "        skips[k] += 1 + geometric(change_stream, rates[k])",
            "    skips[k] -= n",
        ]
    )


def _enter(plan: Plan) -> list[str]:
    """Give agent i a fresh start."""
    lines = ["presence[i] = 0"]
    if hasattr(plan.environment, "enter"):
        lines.append("environment_enter(environment_state, network, i, change_stream)")
    for k in plan.users("initialise"):
        start = "0" if k == 0 else f"start_{k}"
        call = f"learner_{k}_initialise(learner_{k}_state, {_row(k)}, change_stream)"
        lines += [f"if {start} <= i < stop_{k}:", f"    {call}"]
    return lines


def _rewire(plan: Plan) -> list[str]:
    """Redirect each edge at its rate to another source; an edge that exists already stays."""
    return [
        *_draw(plan, "change_stream", "-1", "rewire"),
        "while edge_skip[0] < last - first:",
        "    e = edge_skip[0]",
        "    i = np.searchsorted(network.indptr, e, side='right') - 1",
        "    j = rewiring_choose(network, i, np.int64(network.sources[e]), actions, change_stream)",
        "    free = j != i and j >= 0",
        "    for f in range(network.indptr[i], network.indptr[i + 1]):",
        "        if network.sources[f] == j:",
        "            free = False",
        "    if free:",
        "        network.sources[e] = j",
        "    edge_skip[0] += 1 + geometric(change_stream, edge_rate)",
        "edge_skip[0] -= last - first",
    ]


def _initialise(plan: Plan) -> list[str]:
    lines = []
    if hasattr(plan.environment, "initialise"):
        lines.append("environment_initialise(environment_state, network, initial_stream)")
    for k in plan.users("initialise"):
        start = "0" if k == 0 else f"start_{k}"
        call = f"learner_{k}_initialise(learner_{k}_state, {_row(k)}, initial_stream)"
        lines += [f"for i in range({start}, stop_{k}):", f"    {call}"]
    if plan.changes_agents:
        lines += [
            "for k in range(3):",
            "    if rates[k] > 0.0:",
            "        skips[k] = geometric(change_stream, rates[k])",
        ]
    if plan.rewires:
        lines.append("edge_skip[0] = geometric(change_stream, edge_rate)")
    return lines or ["pass"]


def _done(plan: Plan) -> list[str]:
    if not hasattr(plan.environment, "done"):
        return []
    return [
        "outcome = environment_done(environment_state)",
        "if outcome >= 0:",
        f"    status[r] = {DONE}",
        "    verdict[r] = outcome",
        "    break",
    ]


def _settled(plan: Plan) -> list[str]:
    """Stop when every learner that can settle reports the same verdict."""
    lines = ["outcome = -2"] if plan.users("settled") else []
    for position, k in enumerate(plan.users("settled")):
        body = [
            f"own = learner_{k}_settled(learner_{k}_state, {_row(k)})",
            "if own < 0 or (outcome >= 0 and own != outcome):",
            "    outcome = -1",
            "    break",
            "outcome = own",
        ]
        loop = _everyone(plan, k, body)
        lines += ["if outcome != -1:", *_shift(loop)] if position else loop
    if lines:
        lines += ["if outcome >= 0:", f"    status[r] = {SETTLED}", "    verdict[r] = outcome", "    break"]
    return lines


def _stop(plan: Plan) -> list[str]:
    """Return the lines that end a run; among events, whether all have settled is looked at once a round."""
    settled = _settled(plan)
    if settled and plan.is_events:
        settled = ["if t == next_check:", *_shift(["next_check += n", *settled])]
    return _done(plan) + settled


def _probe(plan: Plan) -> list[str]:
    """Ask agent i what it would do on an observation, after a message where one is given."""
    lines = []
    for k in range(len(plan.learners)):
        start = "0" if k == 0 else f"start_{k}"
        call = f"learner_{k}_act(learner_{k}_state, {_row(k)}, observation, learner_stream"
        act = f"{call}, actions[i])" if plan.row_actions else f"actions[i] = {call})"
        body = []
        if "hear" not in plan.learners[k].additive and hasattr(plan.learners[k], "hear"):
            hear = f"learner_{k}_hear(learner_{k}_state, {_row(k)}, sender, 1.0, message)"
            body = ["if sender >= 0:", f"    {hear}"]
        lines += [f"if {start} <= i < stop_{k}:", *_shift([*body, act])]
    return lines


def _shift(lines: list[str], levels: int = 1) -> list[str]:
    return ["    " * levels + line for line in lines]


def _indent(lines: list[str], levels: int) -> str:
    return "\n".join(_shift(lines, levels))
