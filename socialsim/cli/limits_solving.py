"""``socialsim limits list`` and ``solve``: the games that have limits, and what their agents do there."""

from __future__ import annotations

import inspect
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from socialsim.cli.console import first_line, note, seconds, write_facts, write_json, write_table, write_title
from socialsim.cli.running import FIGURE, as_toml, default_folder
from socialsim.core.errors import ParameterError
from socialsim.core.folder import check_destination, sha256, write_folder
from socialsim.core.manifest import Manifest
from socialsim.core.result import MANIFEST
from socialsim.core.spec import parse_value
from socialsim.engine.aggregative import AggregativeGame
from socialsim.limits.discovery import find_game, game_module, game_names
from socialsim.limits.games import Game
from socialsim.limits.graphon import GraphonLimit
from socialsim.limits.limit import Limit
from socialsim.limits.solvers import METHODS, Solution, solve
from socialsim.networks.graphon_specs import parse_graphon

if TYPE_CHECKING:
    from matplotlib.figure import Figure

HEADS = ("game", "states", "actions", "steps", "what it is")
NODES, ITERATIONS, METHOD, RULE = 64, 100, "mirror_descent", "midpoint"


@dataclass(frozen=True)
class Solver:
    """How a game is to be solved, as it was asked for; None where it was not."""

    method: str | None = None
    options: tuple[str, ...] = ()
    iterations: int | None = None
    tolerance: float | None = None

    def solve(self, limit: Limit) -> Solution:
        """Solve a game.

        Examples
        --------
        >>> from socialsim.limits.library.left_right import rules
        >>> round(Solver("fictitious_play", iterations=3).solve(Game(rules()).mean_field()).exploitability, 6)
        0.046875
        """
        options: dict[str, Any] = dict(split_value("--option", text) for text in self.options)
        iterations = ITERATIONS if self.iterations is None else self.iterations
        return solve(limit, self.method or METHOD, iterations, tolerance=self.tolerance, **options)

    def shortfall(self, solution: Solution) -> str | None:
        """Return one line on what was not reached, and what to try; None where nothing is missing.

        Examples
        --------
        >>> from socialsim.limits.library.left_right import rules
        >>> solver = Solver("fictitious_play", iterations=0)
        >>> solver.shortfall(solver.solve(Game(rules()).mean_field()))
        'not solved: after 0 iterations the policy is the uniform one; accepted: --iterations 1 or more'
        """
        if solution.converged is False:
            others = " or ".join(name for name in METHODS if name != solution.method)
            own = list(inspect.signature(METHODS[solution.method]).parameters)[2:]
            return (
                f"not converged: the exploitability {solution.exploitability:.4g} is above {solution.tolerance:g} "
                f"after {_count(solution.num_iterations, 'iteration')}; try another --method ({others}), "
                f"--option {' or '.join(f'{name}=...' for name in own)}, or more --iterations"
            )
        if solution.num_iterations == 0 and solution.converged is None:
            return "not solved: after 0 iterations the policy is the uniform one; accepted: --iterations 1 or more"
        return None

    def settings(self, solution: Solution) -> dict[str, Any]:
        """Return what a manifest says of how a game was solved.

        Examples
        --------
        >>> from socialsim.limits.library.left_right import rules
        >>> solver = Solver("mirror_descent", ("rate=0.5",), iterations=3)
        >>> solver.settings(solver.solve(Game(rules()).mean_field()))
        {'method': 'mirror_descent', 'iterations': 3, 'options': 'rate=0.5'}
        """
        asked = {"options": " ".join(self.options)} if self.options else {}
        if self.tolerance is not None:
            asked["tolerance"] = f"{self.tolerance:g}"
        return {"method": solution.method, "iterations": solution.num_iterations, **asked}


@dataclass(frozen=True)
class SolveRequest:
    """The options of ``socialsim limits solve`` as they were given; None where one was not."""

    game: str
    parameters: tuple[str, ...] = ()
    graphon: str | None = None
    nodes: int | None = None
    rule: str | None = None
    solver: Solver = field(default_factory=Solver)
    out: Path | None = None


def list_command(*, json: bool) -> int:
    """Print the games and return the exit code."""
    found = [_entry(name) for name in game_names()]
    if json:
        write_json(found)
        return 0
    write_table(HEADS, [tuple(str(value) for value in entry.values()) for entry in found])
    print("More: socialsim limits solve GAME, socialsim limits compare GAME.")
    return 0


def _entry(name: str) -> dict[str, Any]:
    rules = find_game(name)
    steps: int | str = rules.num_steps or "no end"
    summary = first_line(game_module(name))
    return {"name": name, "states": rules.num_states, "actions": rules.num_actions, "steps": steps, "summary": summary}


def game_of(name: str, parameters: tuple[str, ...]) -> AggregativeGame:
    """Return a game with some of its parameters changed.

    Raises
    ------
    ParameterError
        If game, parameter or value are not accepted.

    Examples
    --------
    >>> game_of("sis", ("infection=0.9",)).infection
    0.9
    """
    changes: dict[str, Any] = {}
    for text in parameters:
        path, value = split_value("-p", text)
        key = path.removeprefix("environment.")
        if key in changes:
            raise ParameterError(f"{key} is given twice; accepted: once")
        changes[key] = value
    rules = find_game(name)
    return rules.replace(**changes) if changes else rules


def split_value(option: str, text: str) -> tuple[str, Any]:
    """Return name and value of NAME=VALUE.

    Examples
    --------
    >>> split_value("-p", "infection=0.9")
    ('infection', 0.9)
    """
    name, sign, value = text.partition("=")
    if not (name.strip() and sign):
        raise ParameterError(f"{option} {text!r} is not accepted; accepted: NAME=VALUE, such as rate=0.5")
    return name.strip(), parse_value(value.strip())


def solve_command(request: SolveRequest, *, json: bool) -> int:
    """Solve a game, write what came out and return the exit code.

    Raises
    ------
    SocialsimError
        If the request is not accepted, the game cannot be solved, or the folder cannot be written.
    """
    rules = game_of(request.game, request.parameters)
    limit = _limit(Game(rules), request)
    destination = check_destination(request.out or default_folder(f"limits-{rules.name()}"))
    limit.exploitability(limit.uniform_policy())  # compiles, so that the time is that of the solver
    started = time.perf_counter()
    solution = request.solver.solve(limit)
    took = time.perf_counter() - started
    tables = solution_tables(limit, solution)
    settings: dict[str, Any] = {"graphon": request.graphon or "mean field", "nodes": limit.num_nodes}
    if request.graphon is not None:
        settings["rule"] = request.rule or RULE
    settings |= request.solver.settings(solution)
    folder = write_result(
        destination, rules, tables, _figure(rules, tables, solution), settings=settings, timings={"solve": took}
    )
    record = {
        "game": rules.name(),
        **settings,
        "exploitability_before": float(solution.exploitabilities[0]),
        "exploitability": solution.exploitability,
        "converged": solution.converged,
        "ties": solution.num_ties,
        "mean_return": solution.evaluation.mean_return,
        "seconds": took,
        "out": str(folder),
    }
    if json:
        write_json(record)
    else:
        _write(rules, solution, record)
    missing = request.solver.shortfall(solution)
    if missing is not None:
        note(missing)
    return int(solution.converged is False)


def _limit(game: Game, request: SolveRequest) -> Limit:
    if request.graphon is None:
        for option in ("nodes", "rule"):
            if getattr(request, option) is not None:
                raise ParameterError(f"--{option}: a mean field has none; accepted: with --graphon")
        return game.mean_field()
    nodes, rule = NODES if request.nodes is None else request.nodes, request.rule or RULE
    return game.graphon(parse_graphon(request.graphon), nodes=nodes, rule=rule)  # type: ignore[arg-type]


def _write(rules: AggregativeGame, solution: Solution, record: Mapping[str, Any]) -> None:
    write_title(f"{rules.name()}: {record['graphon']}, {_count(record['nodes'], 'node')}")
    end = {None: "", True: ", converged", False: ", NOT converged"}[solution.converged]
    write_facts(
        [
            ("parameters", parameters_of(rules)),
            ("method", f"{solution.method}, {_count(solution.num_iterations, 'iteration')}{end}"),
            ("exploitability", f"{solution.exploitabilities[0]:.6g} before, {solution.exploitability:.6g} after"),
            ("mean return", f"{record['mean_return']:.6g}"),
            ("ties", f"{solution.num_ties:,}"),
            ("took", seconds(record["seconds"])),
            ("tables", record["out"]),
        ]
    )
    print(Path(record["out"]) / FIGURE)


def parameters_of(rules: AggregativeGame) -> str:
    """Return a game's parameters in one line.

    Examples
    --------
    >>> parameters_of(find_game("left_right"))[:31]
    'num_steps = 2, discount = 1.0, '
    """
    return ", ".join(f"{name} = {as_toml(value)}" for name, value in rules)


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}{'s' * (number != 1)}"


def _figure(rules: AggregativeGame, tables: Mapping[str, pd.DataFrame], solution: Solution) -> Figure:
    from socialsim.plotting.limits import solution_figure

    acts, labels, axis = acts_of(rules, solution)
    places = tables["flow"].drop_duplicates("node").set_index("node")[["position", "weight"]]
    acts.insert(2, "position", places.position.to_numpy()[acts.node])
    acts.insert(3, "weight", places.weight.to_numpy()[acts.node])
    return solution_figure(
        tables["iterations"],
        tables["flow"],
        rules.state_labels(),
        policy=acts,
        policy_labels=labels,
        policy_axis=axis,
        is_endless=not rules.num_steps,
        title=f"{rules.name()}: {solution.method}" + ("" if rules.num_steps else ", at rest"),
    )


def acts_of(rules: AggregativeGame, solution: Solution) -> tuple[pd.DataFrame, tuple[str, ...], str]:
    """Return what the agents do at each node: the mean action in each state, where actions are numbers, else shares.

    Returns
    -------
    table : DataFrame
        With step, node, state and share: of a state and its mean action, or of an action and its share.
    labels : tuple of str
    axis : str
        What the table holds.

    Examples
    --------
    >>> from socialsim.limits.library.left_right import rules
    >>> table, labels, axis = acts_of(rules(), solve(Game(rules()).mean_field(), iterations=0))
    >>> labels, axis, table.share.round(6).tolist()
    (('left', 'right'), 'Share of all agents', [0.5, 0.5, 0.5, 0.5])
    """
    flow, policy = solution.evaluation.flow, solution.policy
    steps, nodes = np.indices(policy.shape[:2])
    chances = policy[steps, nodes, flow.signals[: len(policy)]]  # as they are seen, shape (T, n, S, A)
    amounts, axis = _amounts(rules.action_labels())
    if amounts is not None:
        return _long(chances @ amounts, ("step", "node", "state"), "share"), rules.state_labels(), f"Mean {axis}"
    shares = np.einsum("txs,txsa->txa", flow.states[: len(policy)], chances)
    return _long(shares, ("step", "node", "state"), "share"), rules.action_labels(), "Share of all agents"


def _amounts(labels: tuple[str, ...]) -> tuple[Any, str]:
    """Return the numbers that actions are called by, and of what; None where they only count the actions."""
    words, numbers = zip(
        *((word, number) for word, _, number in (label.rpartition(" ") for label in labels)), strict=True
    )
    try:
        amounts = np.array([float(number) for number in numbers])
    except ValueError:
        return None, ""
    is_count = np.array_equal(amounts, np.arange(len(labels)))
    return (None, "") if is_count or len(set(words)) > 1 else (amounts, words[0])


def solution_tables(limit: Limit, solution: Solution) -> dict[str, pd.DataFrame]:
    """Return what a solver found, as tidy tables: policy, flow, aggregates, values, iterations.

    Examples
    --------
    >>> from socialsim.limits.library.left_right import rules
    >>> limit = Game(rules()).mean_field()
    >>> found = solution_tables(limit, solve(limit, iterations=2))
    >>> {name: len(table) for name, table in found.items()}
    {'policy': 12, 'flow': 9, 'aggregates': 6, 'values': 9, 'iterations': 3}
    """
    flow, evaluation = solution.evaluation.flow, solution.evaluation
    positions = limit.positions if isinstance(limit, GraphonLimit) else np.full(limit.num_nodes, 0.5)
    policy = _long(solution.policy, ("step", "node", "signal", "state", "action"), "chance")
    shares = _long(flow.states, ("step", "node", "state"), "share")
    shares.insert(2, "position", positions[shares.node])
    shares.insert(3, "weight", limit.weights[shares.node])
    felt = _long(flow.aggregates, ("step", "node", "number"), "z")  # features, and behind them the common state
    values = _long(evaluation.best, ("step", "node", "state"), "best")
    values["value"] = evaluation.value.ravel()
    count = np.arange(len(solution.exploitabilities))
    iterations = pd.DataFrame({"iteration": count, "exploitability": solution.exploitabilities})
    return {"policy": policy, "flow": shares, "aggregates": felt, "values": values, "iterations": iterations}


def _long(array: Any, axes: tuple[str, ...], value: str) -> pd.DataFrame:
    """Return an array as a table: a row for each number."""
    places = np.indices(array.shape).reshape(array.ndim, -1)
    return pd.DataFrame(dict(zip(axes, places, strict=True)) | {value: array.ravel()})


def write_result(
    destination: Path,
    rules: AggregativeGame,
    tables: Mapping[str, pd.DataFrame],
    figure: Figure,
    *,
    settings: Mapping[str, Any],
    timings: Mapping[str, float],
    num_runs: int = 0,
) -> Path:
    """Write tables, figure and manifest to a folder, whole or not at all.

    Parameters
    ----------
    destination : Path
    rules : AggregativeGame
    tables : mapping of str to DataFrame
    figure : Figure
    settings : mapping
        What stands in the manifest beside the game's parameters.
    timings : mapping
        Seconds by phase.
    num_runs : int
        Of N agents; 0 where there are none.
    """
    from socialsim.plotting.figures import save

    parameters = {f"environment.{name}": value for name, value in rules} | {
        f"limits.{name}": value for name, value in settings.items()
    }
    manifest = Manifest(rules.name(), parameters, seed=0, num_runs=num_runs, timings=dict(timings))

    def fill(folder: Path) -> None:
        for name, table in tables.items():
            table.to_parquet(folder / f"{name}.parquet", compression="zstd", index=False)
        save(figure, folder / FIGURE)
        whole = replace(
            manifest,
            tables={name: len(table) for name, table in tables.items()},
            files={file.name: sha256(file) for file in sorted(folder.iterdir())},
        )
        (folder / MANIFEST).write_text(whole.to_json(), encoding="utf-8")

    return write_folder(destination, fill)
