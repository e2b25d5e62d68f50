"""``socialsim certify``: is what agents usually do in a result a norm, a convention, collusion or neither?"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from socialsim.cli.console import spinner, write_facts, write_json, write_table, write_title
from socialsim.core.errors import ParameterError
from socialsim.core.result import Result
from socialsim.inference.certificate import Certificate, certify
from socialsim.inference.rebuilding import scenario_of

HEADS = ("quantity", "estimate [95% interval]", "speaks for", "what it is")


@dataclass(frozen=True)
class CertifyRequest:
    """The options of ``socialsim certify`` as they were given; None where one was not."""

    result: Path
    at: str | None = None
    replications: int | None = None
    scenario: str | None = None
    figure: Path | None = None
    protocol: dict[str, Any] = field(default_factory=dict)


def certify_command(request: CertifyRequest, *, json: bool) -> int:
    """Put a result's scenario to the test, print the certificate and return the exit code.

    Raises
    ------
    SocialsimError
        If the folder holds no result, its scenario cannot be made anew or put to the test.
    """
    result = Result.load(request.result)
    scenario = scenario_of(result, request.scenario)
    replications = result.num_runs if request.replications is None else request.replications
    if replications < 1:
        raise ParameterError(f"--replications: {replications} is not accepted; accepted: an integer >= 1")
    protocol = {name: value for name, value in request.protocol.items() if value is not None}
    with spinner("making agents deviate"):
        options = {"at": step_of(request.at, result), "replications": replications, "seed": result.seed}
        certificate = certify(scenario, **options, **protocol)
    if request.figure is not None:
        draw(certificate, request.figure)
    if json:
        write_json(certificate.to_json())
    else:
        _write(certificate, request.figure)
    return 0


def step_of(text: str | None, result: Result) -> Any:
    """Return the step of a fork: "settled", "end" or a number; by default "settled" if most runs of the result did.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> result = SimpleNamespace(num_runs=10, manifest=SimpleNamespace(stops={"settled": 8, "horizon": 2}))
    >>> step_of(None, result), step_of("end", result), step_of("200", result)
    ('settled', 'end', 200)
    """
    if text is None:
        return "settled" if 2 * result.manifest.stops.get("settled", 0) > result.num_runs else "end"
    if text in ("settled", "end"):
        return text
    if not text.isdecimal():
        raise ParameterError(f"--at: {text!r} is not accepted; accepted: a step >= 0, settled or end")
    return int(text)


def draw(certificate: Certificate, path: Path) -> None:
    """Write the figure of a certificate."""
    from socialsim.plotting.certificate import certificate_figure
    from socialsim.plotting.figures import save

    if not certificate.courses["response"]:
        raise ParameterError("--figure: nobody deviated, there is nothing to draw; accepted: without")
    save(certificate_figure(certificate.courses, certificate.protocol.duration), path)


def runs_of(certificate: Certificate) -> str:
    """Return how many runs a certificate rests on, and why no more.

    Examples
    --------
    >>> from socialsim.inference.interventions import Protocol
    >>> runs_of(Certificate("opinions", "settled", Protocol(), {}, {}, asked_for=200, num_runs=180, num_deviators=176))
    '180 runs; 20 more had not settled; in 4 nobody could deviate'
    """
    left_out = certificate.asked_for - certificate.num_runs
    unable = certificate.num_runs - certificate.num_deviators
    parts = [f"{certificate.num_runs} runs"]
    if left_out:
        parts.append(f"{left_out} more had {'not settled' if certificate.at == 'settled' else 'ended'}")
    if unable:
        parts.append(f"in {unable} nobody could deviate")
    return "; ".join(parts)


def _write(certificate: Certificate, figure: Path | None) -> None:
    write_title(f"{certificate.scenario}: {certificate.verdict or 'undecided'}")
    how = certificate.protocol
    facts = [
        ("fork", f"{certificate.at}; {runs_of(certificate)}"),
        ("periods", f"{how.window} watched, {how.duration} of deviation, {how.steps} followed"),
    ]
    if certificate.reason:
        facts.append(("no verdict", certificate.reason))
    if figure is not None:
        facts.append(("figure", str(figure)))
    write_facts(facts)
    write_table(HEADS, certificate.rows())
