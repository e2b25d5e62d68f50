"""``socialsim limits compare``: how fast N agents come closer to their limit."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from socialsim.cli.console import note, seconds, spinner, write_facts, write_json, write_table, write_title
from socialsim.cli.limits_solving import NODES, Solver, game_of, parameters_of, write_result
from socialsim.cli.running import FIGURE, default_folder
from socialsim.core.errors import ParameterError, unknown
from socialsim.core.folder import check_destination
from socialsim.core.spec import parse_spec
from socialsim.engine.aggregative import AggregativeGame
from socialsim.limits.compare import QUANTITIES, Comparison, compare, limit_of
from socialsim.limits.games import Game
from socialsim.limits.graphon import GraphonLimit
from socialsim.limits.rates import MEANINGS, ROUNDING
from socialsim.limits.solvers import Solution
from socialsim.networks.graphon_specs import parse_graphon
from socialsim.networks.sources import parse

SIZES, SEEDS, RUNS, DEVIANTS, STEPS = (20, 40, 80, 160, 320), 20, 50, 4, 50
POLICIES = ("solved", "uniform")
COLUMNS = {"rms": "RMS error", "bias": "bias", "exploitability": "exploitability", "gap": "gap"}


@dataclass(frozen=True)
class CompareRequest:
    """The options of ``socialsim limits compare`` as they were given; None where one was not."""

    game: str
    parameters: tuple[str, ...] = ()
    sizes: str | None = None
    network: str | None = None
    graphon: str | None = None
    nodes: int | None = None
    policy: str | None = None
    solver: Solver = field(default_factory=Solver)
    seeds: int | None = None
    runs: int | None = None
    deviants: int | None = None
    steps: int | None = None
    out: Path | None = None

    def numbers(self) -> tuple[int, ...]:
        """Return the numbers of agents.

        Examples
        --------
        >>> CompareRequest("sis", sizes="20,40").numbers()
        (20, 40)
        """
        if self.sizes is None:
            return SIZES
        try:
            return tuple(int(word) for word in self.sizes.split(","))
        except ValueError:
            raise ParameterError(f"--sizes: {self.sizes!r} is not accepted; accepted: such as 20,40,80") from None


def compare_command(request: CompareRequest, *, json: bool) -> int:
    """Compare agents with their limit, write what came out and return the exit code.

    Raises
    ------
    SocialsimError
        If the request is not accepted, or the folder cannot be written.
    """
    if request.policy not in (None, *POLICIES):
        raise ParameterError(unknown("policy", request.policy, POLICIES))
    if request.network is not None and request.graphon is not None:
        raise ParameterError("--network and --graphon cannot go together; accepted: one of them")
    if request.network is not None:
        _check_network(request.network)
    seeds = SEEDS if request.seeds is None else request.seeds
    runs = RUNS if request.runs is None else request.runs
    deviants = DEVIANTS if request.deviants is None else request.deviants
    rules = game_of(request.game, request.parameters)
    if request.steps is not None and rules.num_steps:
        raise ParameterError(f"--steps: {rules.name()} has an end; accepted: -p num_steps={request.steps}")
    graph = request.network or "complete" if request.graphon is None else parse_graphon(request.graphon)
    limit = limit_of(Game(rules), graph, NODES if request.nodes is None else request.nodes)
    if request.nodes is not None and not isinstance(limit, GraphonLimit):
        raise ParameterError("--nodes: a mean field has none; accepted: with --graphon, or --network graphon:W=...")
    destination = check_destination(request.out or default_folder(f"limits-{rules.name()}"))
    started = time.perf_counter()
    with spinner("playing with more and more agents"):
        solution = None if request.policy == "uniform" else request.solver.solve(limit)
        policy = limit.uniform_policy() if solution is None else solution.policy
        found = compare(
            rules,
            request.numbers(),
            graph,
            range(seeds),
            policy=policy,
            nodes=limit.num_nodes,
            runs=runs,
            steps=STEPS if request.steps is None else request.steps,
            deviants=deviants,
        )
    took = time.perf_counter() - started
    name = request.graphon or request.network or "complete"
    settings: dict[str, Any] = {"graph": name, "policy": request.policy or POLICIES[0], "seeds": seeds, "runs": runs}
    settings |= {"nodes": limit.num_nodes, "deviants": deviants, "steps": found.limit.game.num_steps}
    if solution is not None:
        settings |= request.solver.settings(solution)
    from socialsim.plotting.limits import comparison_figure

    figure = comparison_figure(found.table, found.to_json()["slopes"], f"{rules.name()}, {name}")
    timings, count = {"compare": took}, seeds * runs * len(found.table)
    folder = write_result(
        destination, rules, {"compare": found.table}, figure, settings=settings, timings=timings, num_runs=count
    )
    if json:
        write_json(found.to_json() | settings | {"seconds": took, "out": str(folder)})
    else:
        write_title(f"{found.game}: N agents ({name}) against their limit")
        facts = [("parameters", parameters_of(rules)), *_played(rules, found, solution)]
        effort = f"{seeds} seeds of {runs} runs for each N, took {seconds(took)}"
        write_facts([*facts, ("runs", effort), ("tables", str(folder))])
        _write_tables(found, deviants)
        print(folder / FIGURE)
    missing = None if solution is None else request.solver.shortfall(solution)
    if missing is not None:
        note(missing)
    return 0


def _check_network(text: str) -> None:
    """Refuse a number of agents that stands in the network, since those of --sizes are played."""
    source = parse(text)
    if "n" in source.parameters and "n" in parse_spec(text)[1]:
        n = source.parameters["n"]
        raise ParameterError(
            f"--network: n={n} is not accepted, since --sizes gives the numbers of agents; accepted: --sizes {n}"
        )


def _played(rules: AggregativeGame, found: Comparison, solution: Solution | None) -> list[tuple[str, str]]:
    """Say what all follow, and over how many steps a game without end is played."""
    policy = POLICIES[1] if solution is None else POLICIES[0]
    steps = found.limit.game.num_steps
    if rules.num_steps:
        return [
            ("policy", f"{policy}; exploitability in the limit {found.exploitability:.6g}"),
            ("steps", f"{steps:,}"),
        ]
    endless = "" if solution is None else f"{solution.exploitability:.6g} without end, for which it was solved; "
    return [
        ("policy", f"{policy}; exploitability in the limit {endless}{found.exploitability:.6g} over {steps:,} steps"),
        (
            "steps",
            f"{steps:,} from the beginning of a game without end; cut there, more may be left to gain (--steps)",
        ),
    ]


def _write_tables(found: Comparison, deviants: int) -> None:
    names = [name for name in COLUMNS if name in found.table]
    rows = [
        (f"{row['size']:,}", *(_interval(row[n], row[f"{n}_low"], row[f"{n}_high"]) for n in names))
        for row in found.table.to_dict("records")
    ]
    write_table(("N", *(f"{COLUMNS[name]} [95% interval]" for name in names)), rows)
    why = {"bias": "not measured: needs --seeds 3 or more", "gap": "not measured: some exploitability is not finite"}
    if not deviants:
        why["gap"] = "not measured: needs --deviants 1 or more"
    slopes = [(COLUMNS[name], str(found.slopes.get(name, why.get(name))), MEANINGS[name]) for name in QUANTITIES]
    write_table(("slope in log N", "measured", "theory"), slopes)


def _interval(value: float, low: float, high: float) -> str:
    if max(abs(value), abs(low), abs(high)) <= ROUNDING:
        return "0 to rounding"
    return f"{value:.4g} [{low:.4g}, {high:.4g}]"
