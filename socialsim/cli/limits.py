"""``socialsim limits``: games among infinitely many agents, and how far N agents are from them.

Only typer is imported here, as in `socialsim.cli.main`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="Mean fields and graphons: list, solve, compare with N agents.")

Name = Annotated[str, typer.Argument(metavar="GAME", help="One of `socialsim limits list`, or a .py file.")]
Parameter = Annotated[
    list[str] | None,
    typer.Option("-p", "--parameter", metavar="NAME=VALUE", help="Such as infection=0.9; repeatable."),
]
Nodes = Annotated[int | None, typer.Option(metavar="K", help="Nodes of the graphon.", show_default="64")]
Method = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="fixed_point, fictitious_play, ...", show_default="mirror_descent"),
]
MethodOption = Annotated[
    list[str] | None,
    typer.Option("--option", metavar="NAME=VALUE", help="Of the method, such as rate=0.5; repeatable."),
]
Iterations = Annotated[int | None, typer.Option(metavar="K", help="At most so many.", show_default="100")]
Out = Annotated[
    Path | None, typer.Option("--out", metavar="DIR", help="A new folder; by default results/limits-GAME-<time>-...")
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]


@app.callback(invoke_without_command=True)
def _limits(context: typer.Context) -> None:
    """Mean fields and graphons: list, solve, compare with N agents.

    Begin with:  socialsim limits solve sis --graphon uniform_attachment
    """
    if context.invoked_subcommand is None:
        print(context.get_help())


@app.command("list")
def _list(json: Json = False) -> int:
    """List the games that have limits."""
    from socialsim.cli import limits_solving

    return limits_solving.list_command(json=json)


@app.command("solve")
def _solve(
    game: Name,
    parameter: Parameter = None,
    graphon: Annotated[
        str | None, typer.Option(metavar="SPEC", help="Such as power_law:alpha=0.3.", show_default="the mean field")
    ] = None,
    nodes: Nodes = None,
    rule: Annotated[
        str | None, typer.Option(metavar="midpoint|gauss|endpoints", help="Quadrature.", show_default="midpoint")
    ] = None,
    method: Method = None,
    option: MethodOption = None,
    iterations: Iterations = None,
    tolerance: Annotated[float | None, typer.Option(metavar="E", help="Exploitability at which to stop.")] = None,
    out: Out = None,
    json: Json = False,
) -> int:
    """Solve a game among infinitely many agents.

    Policy, flow, values and iterations go to a new folder, with a figure.
    """
    from socialsim.cli import limits_solving

    solver = limits_solving.Solver(method, tuple(option or ()), iterations, tolerance)
    request = limits_solving.SolveRequest(game, tuple(parameter or ()), graphon, nodes, rule, solver, out)
    return limits_solving.solve_command(request, json=json)


@app.command("compare")
def _compare(
    game: Name,
    parameter: Parameter = None,
    sizes: Annotated[
        str | None, typer.Option(metavar="N,N,...", help="Numbers of agents.", show_default="20,40,80,160,320")
    ] = None,
    network: Annotated[
        str | None,
        typer.Option(metavar="SPEC", help="Such as erdos_renyi:p=0.2 or graphon:W=minimum.", show_default="complete"),
    ] = None,
    graphon: Annotated[
        str | None, typer.Option(metavar="SPEC", help="Agents evenly spaced on this graphon's random graphs.")
    ] = None,
    nodes: Nodes = None,
    policy: Annotated[
        str | None, typer.Option(metavar="solved|uniform", help="What all follow.", show_default="solved")
    ] = None,
    method: Method = None,
    option: MethodOption = None,
    iterations: Iterations = None,
    seeds: Annotated[int | None, typer.Option(metavar="K", help="Roots of randomness.", show_default="20")] = None,
    runs: Annotated[int | None, typer.Option(metavar="R", help="Runs for each seed.", show_default="50")] = None,
    deviants: Annotated[
        int | None, typer.Option(metavar="K", help="Agents who deviate on each graph.", show_default="4")
    ] = None,
    steps: Annotated[int | None, typer.Option(metavar="T", help="Of a game without end.", show_default="50")] = None,
    out: Out = None,
    json: Json = False,
) -> int:
    """Measure how N agents come closer to their limit.

    RMS error, bias and exploitability against N, with their slopes and those of theory.
    """
    from socialsim.cli import limits_comparing, limits_solving

    solver = limits_solving.Solver(method, tuple(option or ()), iterations, None)
    request = limits_comparing.CompareRequest(
        game, tuple(parameter or ()), sizes, network, graphon, nodes, policy, solver, seeds, runs, deviants, steps, out
    )
    return limits_comparing.compare_command(request, json=json)
