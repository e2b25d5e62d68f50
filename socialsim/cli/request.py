"""What one call of ``socialsim run`` asks for, and the scenario that it means.

Options name the same paths as ``-p`` does: ``--network`` is `network`, ``--learner TYPE=SPEC`` is `learner.TYPE`,
``--steps`` is `horizon.steps`. Their order does not matter: networks and learners are put in place first and their
parameters are set afterwards. A path that is given twice is refused.
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from socialsim.core.errors import ParameterError
from socialsim.core.spec import parse_value
from socialsim.engine.discovery import find_module, make_scenario
from socialsim.engine.recording import parse_stream_key
from socialsim.engine.scenario import Scenario

REPLICATIONS, SEED = 200, 0


@dataclass(frozen=True)
class Request:
    """The options of ``socialsim run`` as they were given; None where one was not.

    Examples
    --------
    >>> Request("epistemic", parameters=("environment.effect=0.01",)).changes()
    {'environment.effect': 0.01}
    """

    name: str
    network: str | None = None
    parameters: tuple[str, ...] = ()
    learners: tuple[str, ...] = ()
    replications: int | None = None
    steps: int | None = None
    seed: int | None = None
    stream: str | None = None
    threads: int | None = None
    out: Path | None = None
    record: str = "none"
    time_limit: float | None = None
    resume: Path | None = None
    animate: Path | None = None
    animate_steps: int = 300

    def __post_init__(self) -> None:
        if self.time_limit is not None and not self.time_limit > 0:
            raise ParameterError(f"--time-limit: {self.time_limit} is not accepted; accepted: a number > 0, in seconds")
        for option in ("replications", "seed"):
            if self.stream is not None and getattr(self, option) is not None:
                raise ParameterError(f"--stream replays one run of one seed; accepted: without --{option}")

    def changes(self) -> dict[str, Any]:
        """Return what differs from the scenario as it stands, path -> value.

        Raises
        ------
        ParameterError
            If an option is not of its form, or a path is given twice.

        Examples
        --------
        >>> Request("lewis", learners=("sender=roth_erev:phi=0.1",), steps=50).changes()
        {'learner.sender': 'roth_erev:phi=0.1', 'horizon.steps': 50}
        """
        given = [_split_learner(text) for text in self.learners]
        given += [("network", self.network)] if self.network is not None else []
        given += [("horizon.steps", self.steps)] if self.steps is not None else []
        given += [_split_parameter(text) for text in self.parameters]
        twice = [path for k, (path, _) in enumerate(given) if path in dict(given[:k])]
        if twice:
            raise ParameterError(f"{twice[0]} is given twice; accepted: once")
        return dict(given)

    def scenario(self) -> Scenario:
        """Return the scenario that is to be run.

        Raises
        ------
        ParameterError, NetworkError
            If the scenario, a path or a value is unknown or not accepted.

        Examples
        --------
        >>> Request("epistemic", "karate", ("network.shared=true",)).scenario().network.spec
        'karate'
        """
        changes = self.changes()
        scenario = make_scenario(find_module(self.name), changes.get("environment.preset"))
        if not isinstance(scenario, Scenario):
            raise ParameterError(f"{self.name}: scenario() returns {scenario!r}; accepted: a Scenario")
        parts = {"network", "learner", *(f"learner.{agent_type}" for agent_type in scenario.learners)}
        scenario = scenario.replace({path: value for path, value in changes.items() if path in parts})
        return scenario.replace({path: value for path, value in changes.items() if path not in parts})

    def runs(self) -> dict[str, Any]:
        """Return which runs are asked for, as arguments of `socialsim.engine.run.run`.

        Raises
        ------
        ParameterError
            If the stream key is not of its form.

        Examples
        --------
        >>> Request("epistemic", stream="7:3").runs()["first_replication"]
        3
        """
        if self.stream is None:
            replications = REPLICATIONS if self.replications is None else self.replications
            return {"seed": self.seed or SEED, "replications": replications}
        seed, words, number = parse_stream_key(self.stream)
        only = {"first_replication": number, "replications": 1, "series_runs": number + 1}
        return {"seed": seed, "point_words": words, **only}

    def command(self, resume: Path) -> str:
        """Return the command that completes this request's interrupted result.

        Examples
        --------
        >>> Request("epistemic", "karate", seed=3).command(Path("results/partial"))
        'socialsim run epistemic --network karate --seed 3 --resume results/partial'
        """
        words = ["socialsim", "run", self.name]
        for option in ("network", "replications", "steps", "seed", "stream", "threads"):
            value = getattr(self, option)
            words += [] if value is None else [f"--{option}", str(value)]
        words += [word for text in self.learners for word in ("--learner", text)]
        words += [word for text in self.parameters for word in ("-p", text)]
        words += ["--record", self.record] if self.record != "none" else []
        return shlex.join([*words, "--resume", str(resume)])


def _split_parameter(text: str) -> tuple[str, Any]:
    """Return path and value of PATH=VALUE."""
    path, sign, value = text.partition("=")
    if not (path.strip() and sign):
        raise ParameterError(f"-p {text!r} is not accepted; accepted: PATH=VALUE, such as environment.effect=0.01")
    return path.strip(), parse_value(value.strip())


def _split_learner(text: str) -> tuple[str, Any]:
    """Return path and spec of [TYPE=]SPEC; the parameters of a spec have equals signs too, behind its colon."""
    agent_type, sign, _ = text.partition(":")[0].partition("=")
    return (f"learner.{agent_type}", text.partition("=")[2]) if sign else ("learner", text)
