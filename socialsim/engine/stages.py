"""Lines of source of each stage of a step, and of what comes before the first and ends the last."""

from __future__ import annotations

from socialsim.engine.exchange import receive, send
from socialsim.engine.plan import DONE, MOMENTS, SETTLED, Plan
from socialsim.engine.visits import (
    check_observation,
    everyone,
    observation,
    observe,
    place,
    restart_stream,
    row,
    seldom,
    shift,
    visit,
)


def stage_lines(plan: Plan, name: str) -> list[str]:
    """Return the lines of one stage; none if nobody takes part in it."""
    if name == "episode":
        return _begin_episode(plan) if plan.has_episodes else []
    if name == "change":
        return _change(plan) if plan.changes_agents else []
    if name == "wake":
        return _wake(plan) if plan.is_events else []
    if name == "talk":
        return send(plan, "speak")
    if name == "act":
        return _act(plan)
    if name in ("announce", "report"):
        return send(plan, name)
    if name == "advance":
        return _advance(plan)
    if name == "learn":
        return feel_lines(plan) + _learn(plan)
    if name == "rewire":
        return _rewire(plan) if plan.rewires else []
    sender = next(moment for moment, receiver in MOMENTS.items() if receiver == name)
    return receive(plan, sender) if plan.users(sender) else []


def _act(plan: Plan) -> list[str]:
    look = [] if plan.users("speak") else observe(plan)

    def body(k: int) -> list[str]:
        call = f"learner_{k}_act(learner_{k}_state, {row(k)}, {observation(plan)}, learner_stream"
        act = f"{call}, actions[{place(plan)}])" if plan.row_actions else f"actions[{place(plan)}] = {call})"
        force = ["if forced_from[i] <= t < forced_until[i]:", "    actions[i] = forced_actions[i]"]
        checked = plan.is_checked and not plan.row_actions
        check = [f"if num_actions_{k} and not 0 <= actions[i] < num_actions_{k}:", f"    raise IndexError({k})"]
        lines = [*look, *check_observation(plan, k, observation(plan))]
        opens = ["period_rewards[i] = 0.0"] if k in plan.periodic else []
        lines = seldom(plan, k, [*lines, *restart_stream(plan, "learner_stream", "i", "act"), act, *opens])
        return lines + (force if plan.branches else []) + (check if checked else [])

    return visit(plan, plan.users("act"), body)


def _advance(plan: Plan) -> list[str]:
    active = "head(active, count), " if plan.is_events else ""
    lines = restart_stream(plan, "dynamics_stream", "-1", "advance")
    lines += [f"environment_advance(environment_state, network, {active}actions, rewards, dynamics_stream)"]
    if plan.counts:
        seen = observation(plan)
        cell = [f"counts[i, {seen}, actions[i]] += 1", f"reward_sums[i, {seen}, actions[i]] += rewards[i]"]
        lines += visit(plan, list(range(len(plan.learners))), lambda k: cell)
    return lines


def feel_lines(plan: Plan) -> list[str]:
    """Let social preferences turn the material rewards into those that agents learn from, guests included."""
    if not plan.preferences:
        return []
    lines = [
        f"preference_{k}_prepare(preference_{k}_state, network, rewards)"
        for k, preference in plan.preferences.items()
        if hasattr(preference, "prepare")
    ]
    away = ["if 1 <= presence[i] <= 2:", "    continue"] if plan.changes_agents else []
    for k in range(len(plan.learners)):
        start = "0" if k == 0 else f"start_{k}"
        feel = f"preference_{k}_feel(preference_{k}_state, network, i, rewards)"
        subjective = feel if k in plan.preferences else "rewards[i]"
        lines += [f"for i in range({start}, stop_{k}):", *shift([*away, f"subjective_rewards[i] = {subjective}"])]
    return lines


def _initialise_preferences(plan: Plan) -> list[str]:
    """Give agent i a fresh start in every preference: what it has got so far is forgotten."""
    return [
        f"preference_{k}_initialise(preference_{k}_state, i)"
        for k, preference in plan.preferences.items()
        if hasattr(preference, "initialise")
    ]


def _everyone_starts(plan: Plan) -> list[str]:
    lines = _initialise_preferences(plan)
    return ["for i in range(n):", *shift(lines)] if lines else []


def _learn(plan: Plan) -> list[str]:
    rewards = "subjective_rewards" if plan.preferences else "rewards"

    def body(k: int) -> list[str]:
        lines, following, reward = [], "0", f"{rewards}[{place(plan)}]"
        if hasattr(plan.environment, "observe"):
            following = "next_observation"
            if plan.row_observations:
                lines = ["environment_observe(environment_state, network, i, next_observation)"]
            else:
                lines = ["next_observation = environment_observe(environment_state, network, i)"]
                lines += check_observation(plan, k, "next_observation")
        lines += restart_stream(plan, "learner_stream", "i", "learn")
        before = []
        if k in plan.periodic:
            before, reward = [f"period_rewards[i] += {reward}"], f"period_rewards[i] / period_{k}"
        outcome = f"{observation(plan)}, actions[{place(plan)}], {reward}, {following}"
        lines += [f"learner_{k}_learn(learner_{k}_state, {row(k)}, {outcome}, learner_stream)"]
        if k in plan.periodic:  # whoever entered within the period has nothing to learn from it
            lines = ["if not math.isnan(period_rewards[i]):", *shift(lines)]
        return [*before, *seldom(plan, k, lines, end=True)]

    return visit(plan, plan.users("learn"), body)


def _wake(plan: Plan) -> list[str]:
    lines = restart_stream(plan, "dynamics_stream", "-1", "wake")
    lines.append("count = environment_wake(environment_state, network, active, dynamics_stream)")
    if plan.changes_agents:
        lines += [
            "for a in range(count):",
            "    if 1 <= presence[active[a]] <= 2:  # an event that needs somebody who is away does not happen",
            "        count = 0",
            "        break",
        ]
    return lines + [f"i_{a} = active[np.uint64({a})]" for a in range(len(plan.cast))]


def _change(plan: Plan) -> list[str]:
    """Let agents fail, leave and enter at their rates, skipping geometrically from one change to the next."""
    lines = [*restart_stream(plan, "change_stream", "-1", "change"), "for k in range(3):"]
    return lines + shift(
        [
            "if rates[k] > 0.0:",
            "    while skips[k] < n:",
            "        i = skips[k]",
            "        if k == 2 and presence[i] == 2:",
            *shift(enter_lines(plan), 3),
            "        elif k < 2 and presence[i] == 0:",
            "            presence[i] = k + 1",
            "        skips[k] += 1 + geometric(change_stream, rates[k])",
            "    skips[k] -= n",
        ]
    )


def enter_lines(plan: Plan) -> list[str]:
    """Give agent i a fresh start."""
    lines = ["presence[i] = 0", *(["period_rewards[i] = math.nan"] if plan.periodic else [])]
    if hasattr(plan.environment, "enter"):
        lines.append("environment_enter(environment_state, network, i, change_stream)")
    for k in plan.users("initialise"):
        start = "0" if k == 0 else f"start_{k}"
        call = f"learner_{k}_initialise(learner_{k}_state, {row(k)}, change_stream)"
        lines += [f"if {start} <= i < stop_{k}:", f"    {call}"]
    return lines + _initialise_preferences(plan)


def _rewire(plan: Plan) -> list[str]:
    """Redirect each edge at its rate to another source; an edge that exists already stays."""
    return [
        *restart_stream(plan, "change_stream", "-1", "rewire"),
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


def initialise_lines(plan: Plan) -> list[str]:
    """Return the lines that draw the initial state."""
    lines = []
    if hasattr(plan.environment, "initialise"):
        lines.append("environment_initialise(environment_state, network, initial_stream)")
    for k in plan.users("initialise"):
        start = "0" if k == 0 else f"start_{k}"
        call = f"learner_{k}_initialise(learner_{k}_state, {row(k)}, initial_stream)"
        lines += [f"for i in range({start}, stop_{k}):", f"    {call}"]
    lines += _everyone_starts(plan)
    if plan.changes_agents:
        lines += [
            "for k in range(3):",
            "    if rates[k] > 0.0:",
            "        skips[k] = geometric(change_stream, rates[k])",
        ]
    if plan.rewires:
        lines.append("edge_skip[0] = geometric(change_stream, edge_rate)")
    return lines or ["pass"]


def _begin_episode(plan: Plan) -> list[str]:
    """Start the environment afresh where an episode has ended; learners keep what they have learnt."""
    ended = "t - episode_start[0] == episode_steps"
    if hasattr(plan.environment, "done"):
        ended += " or environment_done(environment_state) >= 0"
    fresh = {field.name: field for field in plan.layout.fields["initial"]}
    lines = []
    for field in plan.layout.fields["environment"]:
        if not field.is_constant:
            start, stop, shift_by = field.position, field.position + 1, fresh[field.name].position
            lines += [
                f"for k in range(layout[{start}], layout[{stop}]):",
                f"    state_{field.dtype}[r, k] = constant_{field.dtype}[layout[{shift_by}] + k - layout[{start}]]",
            ]
    if hasattr(plan.environment, "initialise"):
        lines += [
            *restart_stream(plan, "initial_stream", "-1", "initialise"),
            "environment_initialise(environment_state, network, initial_stream)",
        ]
    lines += _everyone_starts(plan)
    return [f"if {ended}:", *shift([*lines, "episode_start[0] = t", "num_episodes[0] += 1"])]


def is_done(plan: Plan, function: str = "done") -> str:
    """Return the call that says whether the environment ends the run; none where it never does."""
    if plan.has_episodes or not hasattr(plan.environment, function):
        return ""
    more = ", network, t // n" if function == "rest" else ""
    return f"environment_{function}(environment_state{more})"


def _end_if(call: str) -> list[str]:
    if not call:
        return []
    end = ["if outcome >= 0:", f"    status[r] = {DONE}", "    verdict[r] = outcome", "    break"]
    return [f"outcome = {call}", *end]


def _settled(plan: Plan) -> list[str]:
    """Stop when every learner that can settle reports the same verdict."""
    lines = ["outcome = -2"] if plan.users("settled") else []
    for position, k in enumerate(plan.users("settled")):
        body = [
            f"own = learner_{k}_settled(learner_{k}_state, {row(k)})",
            "if own < 0 or (outcome >= 0 and own != outcome):",
            "    outcome = -1",
            "    break",
            "outcome = own",
        ]
        loop = everyone(plan, k, body)
        lines += ["if outcome != -1:", *shift(loop)] if position else loop
    if lines:
        lines += ["if outcome >= 0:", f"    status[r] = {SETTLED}", "    verdict[r] = outcome", "    break"]
    return lines


def stop_lines(plan: Plan) -> list[str]:
    """Return the lines that end a run; among events, whether all are at rest or have settled is looked at once a round.
    A branch of a fork goes on: what follows a deviation is seen after all have settled too.
    """
    settled = [] if plan.branches else _settled(plan)
    if plan.is_events:
        settled = ["if t == next_check:", "    next_check += n", *shift(_end_if(is_done(plan, "rest")) + settled)]
    return _end_if(is_done(plan)) + settled


def probe_lines(plan: Plan) -> list[str]:
    """Ask agent i what it would do on an observation, after a message where one is given."""
    lines = []
    for k in range(len(plan.learners)):
        start = "0" if k == 0 else f"start_{k}"
        call = f"learner_{k}_act(learner_{k}_state, {row(k)}, observation, learner_stream"
        act = f"{call}, actions[i])" if plan.row_actions else f"actions[i] = {call})"
        body = []
        if "speak" in plan.message_sizes and not plan.message_sizes["speak"]:
            if hasattr(plan.learners[k], "speak"):
                body += [f"learner_{k}_speak(learner_{k}_state, {row(k)}, observation, learner_stream)"]
            if hasattr(plan.learners[k], "hear") and "hear" not in plan.learners[k].additive:
                hear = f"learner_{k}_hear(learner_{k}_state, {row(k)}, sender, 1.0, message)"
                body += ["if sender >= 0:", f"    {hear}"]
        body += [act] if k in plan.users("act") else ["actions[i] = 0"]
        lines += [f"if {start} <= i < stop_{k}:", *shift(body)]
    return lines
