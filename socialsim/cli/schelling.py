"""``socialsim schelling``: is a scenario a social dilemma? What trained cooperators and defectors earn."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from socialsim.cli.console import spinner, write_facts, write_json, write_table, write_title
from socialsim.cli.request import Request
from socialsim.core.errors import ParameterError
from socialsim.engine.preferences import SELFISH
from socialsim.inference.schelling import COOPERATORS, SchellingCurves, schelling_curves

PAIRS, STEPS = 40, 1000
CURVES = ("cooperators", "one earns [95% interval]", "a defector earns")
DIFFERENCES = ("difference", "estimate [95% interval]", "what it is")


@dataclass(frozen=True)
class SchellingRequest:
    """The options of ``socialsim schelling`` as they were given; None where one was not."""

    scenario: Request
    cooperators: str | None = None
    defectors: str | None = None
    pairs: int | None = None
    play: int | None = None
    figure: Path | None = None


def schelling_command(request: SchellingRequest, *, json: bool) -> int:
    """Train cooperators and defectors, let them play, print what they earn and return the exit code.

    Raises
    ------
    SocialsimError
        If the scenario is unknown or cannot be measured so.
    """
    for option, value, least in (("--pairs", request.pairs, 2), ("--play", request.play, 1)):
        if value is not None and value < least:
            raise ParameterError(f"{option}: {value} is not accepted; accepted: an integer >= {least}")
    scenario = request.scenario.scenario()
    with spinner("training cooperators and defectors"):
        curves = schelling_curves(
            scenario,
            cooperators=COOPERATORS if request.cooperators is None else request.cooperators,
            defectors=SELFISH if request.defectors is None else request.defectors,
            pairs=PAIRS if request.pairs is None else request.pairs,
            steps=STEPS if request.play is None else request.play,
            seed=request.scenario.seed or 0,
        )
    if request.figure is not None:
        _draw(curves, request.figure)
    if json:
        write_json(curves.to_json())
    else:
        _write(curves, scenario.horizon.steps, request.figure)
    return 0


def _draw(curves: SchellingCurves, path: Path) -> None:
    from socialsim.plotting.figures import save
    from socialsim.plotting.schelling import schelling_figure

    save(schelling_figure(curves.diagram, f"{curves.scenario}: {curves.verdict}"), path)


def _write(curves: SchellingCurves, training: int, figure: Path | None) -> None:
    write_title(f"{curves.scenario}: {curves.verdict}")
    facts = [
        ("cooperators", f"{curves.learner}, {curves.cooperators}"),
        ("defectors", f"{curves.learner}, {curves.defectors}"),
        ("pairs", f"{curves.num_pairs}, trained for {training} steps; each mixture played {curves.steps}"),
    ]
    if curves.note:
        facts.append(("note", curves.note))
    if figure is not None:
        facts.append(("figure", str(figure)))
    write_facts(facts)
    write_table(CURVES, curves.curve_rows())
    write_table(DIFFERENCES, curves.rows())
