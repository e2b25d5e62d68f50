"""Lines of source that carry messages, at one of three moments of a step.

A sum over in-neighbours is taken once for all on a complete network, over whole arrays on a large ring, and by a gather
elsewhere; edge by edge, each message is passed on with its weight.
"""

from __future__ import annotations

from socialsim.engine.plan import MOMENTS, WHOLE_ARRAY_FROM, Plan
from socialsim.engine.visits import (
    everyone,
    observation,
    observe,
    place,
    restart_stream,
    row,
    seldom,
    shift,
    visit,
    visit_cast,
)


def send(plan: Plan, moment: str) -> list[str]:
    """Write each sender's message; agents that are away send the silent value that the column starts with."""
    if not plan.users(moment):
        return []
    seen = {"speak": "", "announce": ", actions[i]", "report": ", actions[i], rewards[i]"}[moment]

    def body(k: int) -> list[str]:
        lines = observe(plan) if moment == "speak" else []
        lines += restart_stream(plan, "learner_stream", "i", moment)
        call = f"learner_{k}_{moment}(learner_{k}_state, {row(k)}, {observation(plan)}{seen}, learner_stream"
        if plan.message_sizes[moment]:
            return [*lines, f"{call}, messages_{moment}[{place(plan)}])"]
        lines = [*lines, f"messages_{moment}[{place(plan)}] = {call})"]
        if plan.branches and moment == "speak" and plan.learners[k].act_is_message:
            lines += ["if forced_from[i] <= t < forced_until[i]:", "    messages_speak[i] = forced_actions[i]"]
        return lines

    types = list(range(len(plan.learners))) if moment == "speak" else plan.users(moment)
    watch = [k for k in types if k not in plan.users(moment)]
    lines = visit(plan, watch, lambda k: seldom(plan, k, observe(plan)) or ["pass"])
    lines += visit(plan, plan.users(moment), body)
    if plan.changes_agents and not plan.is_events:
        own = f"messages_{moment}[i, :]" if plan.message_sizes[moment] else f"messages_{moment}[i]"
        silence = ["if presence[i] != 0:", f"    {own} = silence_{moment}[0]"]
        lines = ["for i in range(n):", *shift(silence), *lines]
    return lines


def receive(plan: Plan, moment: str) -> list[str]:
    """Pass each message to those who hear it."""
    receiver = MOMENTS[moment]
    lines = []
    for k in plan.users(receiver):
        if receiver in plan.learners[k].additive:
            lines += _receive_sum(plan, k, moment)
        elif plan.cast:
            lines += visit_cast(plan, [k], lambda a: _receive_from_cast(plan, a, moment))
        elif plan.is_events:
            lines += visit(plan, [k], lambda k: _receive_from_active(plan, k, moment))
        elif moment == "speak" and plan.sorts_messages(k):
            edges = everyone(plan, k, _receive_edges(plan, k, moment))
            lines += ["if network.kind == 1:", *shift(_receive_near(plan, k)), "else:", *shift(edges)]
        else:
            lines += everyone(plan, k, _receive_edges(plan, k, moment))
    return lines


def _hear(plan: Plan, k: int, moment: str, j: str, weight: str) -> list[str]:
    """Pass j's message to agent i unless it is silence."""
    message = f"messages_{moment}[{j}]"
    probe = f"messages_{moment}[{j}, 0]" if plan.message_sizes[moment] else message
    call = f"learner_{k}_{MOMENTS[moment]}(learner_{k}_state, {row(k)}, {j}, {weight}, {message})"
    reaches = f" and environment_audible(environment_state, network, i, {j})" if _is_judged(plan) and j != "i" else ""
    return [f"if not math.isnan({probe}){reaches}:", f"    {call}"]


def _is_judged(plan: Plan) -> bool:
    """Whether the environment decides at each step who hears whom."""
    return hasattr(plan.environment, "audible")


def _receive_near(plan: Plan, k: int) -> list[str]:
    """Give everyone the sum of the messages near its own, on a complete network."""
    body = [
        "own = messages_speak[i]",
        "if not math.isnan(own):",
        f"    reach = learner_{k}_reach(learner_{k}_state, {row(k)})",
        "    begin = first_within(near_values, num_near, own, reach)",
        "    end = end_within(near_values, num_near, own, reach)",
        f"    learner_{k}_hear_near(learner_{k}_state, {row(k)}, near_sums[end] - near_sums[begin], end - begin)",
    ]
    return ["num_near = sort_messages(messages_speak, near_order, near_values, near_sums)", *everyone(plan, k, body)]


def _receive_edges(plan: Plan, k: int, moment: str) -> list[str]:
    own = _hear(plan, k, moment, "i", "1.0") if plan.learners[k].hears_itself else []
    return [
        *own,
        "if network.kind == 1:",
        "    for j in range(n):",
        "        if j != i:",
        *shift(_hear(plan, k, moment, "j", "1.0"), 3),
        "else:",
        "    for e in range(network.indptr[i], network.indptr[i + 1]):",
        "        j = np.int64(network.sources[e])",
        "        weight = network.weights[e] if weighted else 1.0",
        *shift(_hear(plan, k, moment, "j", "weight"), 2),
    ]


def _receive_from_active(plan: Plan, k: int, moment: str) -> list[str]:
    return [
        "for b in range(count):",
        "    if b != a:",
        "        j = active[b]",
        *shift(_hear(plan, k, moment, "j", "1.0"), 2),
    ]


def _receive_from_cast(plan: Plan, a: int, moment: str) -> list[str]:
    """Pass the messages of the other places to the one at place a."""
    size = plan.message_sizes[moment]
    lines = []
    for b, sender in enumerate(plan.cast):
        if b == a or sender not in plan.users(moment):
            continue
        message = f"messages_{moment}[np.uint64(i_{b})]" if size else f"messages_{moment}_{b}"
        probe = f"messages_{moment}[np.uint64(i_{b}), 0]" if size else message
        call = f"learner_{plan.cast[a]}_{MOMENTS[moment]}(learner_{plan.cast[a]}_state, {row(plan.cast[a])}, i_{b}"
        lines += [f"if not math.isnan({probe}):", f"    {call}, 1.0, {message})"]
    return lines


def _receive_sum(plan: Plan, k: int, moment: str) -> list[str]:
    """Sum the in-neighbours' messages: one sum for all on a complete network, whole arrays on a ring, else a gather."""
    own = plan.learners[k].hears_itself
    receive = f"learner_{k}_{MOMENTS[moment]}(learner_{k}_state, {row(k)}"
    messages = f"messages_{moment}"
    if plan.message_sizes[moment]:
        return _receive_row_sum(plan, k, messages, receive)
    absorb = [f"{receive}, total)"] if own else [f"{receive}, total - {messages}[i])"]
    start = f"{messages}[i]" if own else "0.0"
    gather = [
        f"total = {start}",
        "for e in range(np.uint64(network.indptr[i]), np.uint64(network.indptr[i + 1])):",  # no check for -1
        f"    total += {messages}[np.uint64(network.sources[e])]",
        f"{receive}, total)",
    ]
    gather_weighted = [gather[0], gather[1], gather[2].replace("+= ", "+= network.weights[e] * "), gather[3]]
    ring = [
        "for i in range(n):",
        f"    inbox[i] = {messages}[i]" if own else "    inbox[i] = 0.0",
        "for k in range(network.offsets.shape[0]):",
        "    shift = network.offsets[k]",
        "    for i in range(n - shift):",
        f"        inbox[i] += {messages}[i + shift]",
        "    for i in range(n - shift, n):",
        f"        inbox[i] += {messages}[i + shift - n]",
    ]
    return [
        "if network.kind == 1:",
        *shift(["total = 0.0", "for i in range(n):", f"    total += {messages}[i]", *everyone(plan, k, absorb)]),
        f"elif network.kind == 2 and n >= {WHOLE_ARRAY_FROM}:",
        *shift([*ring, *everyone(plan, k, [f"{receive}, inbox[i])"])]),
        "elif weighted:",
        *shift(everyone(plan, k, gather_weighted)),
        "else:",
        *shift(everyone(plan, k, gather)),
    ]


def _receive_row_sum(plan: Plan, k: int, messages: str, receive: str) -> list[str]:
    own = plan.learners[k].hears_itself
    width = f"{messages}.shape[1]"
    absorb = [
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
        *shift([*total, *everyone(plan, k, absorb)]),
        "else:",
        *shift(everyone(plan, k, gather)),
    ]
