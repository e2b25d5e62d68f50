"""``socialsim list``: what there is to run, to learn with, to live on and to reproduce."""

from __future__ import annotations

import json
from typing import Any

from socialsim.cli.checkout import reproductions
from socialsim.cli.console import first_line, plain, write_json, write_table
from socialsim.engine.discovery import (
    environment_names,
    find_module,
    learner_classes,
    make_scenario,
    preference_classes,
)
from socialsim.networks.sources import describe_generators

HEADS = {
    "scenarios": ("scenario", "learner", "network", "what it is"),
    "learners": ("learner", "what it does", "source"),
    "preferences": ("preference", "what it does", "source"),
    "networks": ("network", "parameters", "what it is"),
    "reproductions": ("reproduction", "paper", "source"),
}


def catalogue() -> dict[str, list[dict[str, Any]]]:
    """Return everything that has a name, by kind; reproductions only in a checkout.

    Examples
    --------
    >>> "epistemic" in [entry["name"] for entry in catalogue()["scenarios"]]
    True
    """
    return {
        "scenarios": [_scenario(name) for name in environment_names()],
        "learners": [
            {"name": name, "summary": first_line(learner), "source": learner.source}
            for name, learner in learner_classes().items()
        ],
        "preferences": [
            {"name": name, "summary": first_line(preference), "source": preference.source}
            for name, preference in preference_classes().items()
        ],
        "networks": [
            {
                "name": name,
                "parameters": {key: entry.default for key, entry in parameters.items()},
                "summary": plain(doc),
            }
            for name, parameters, doc in describe_generators()
        ],
        "reproductions": [_reproduction(name) for name in reproductions()],
    }


def show(*, json: bool) -> int:
    """Print the catalogue and return the exit code."""
    found = catalogue()
    if json:
        write_json(found)
        return 0
    for kind, entries in found.items():
        if entries:
            write_table(HEADS[kind], [tuple(_cell(value) for value in entry.values()) for entry in entries])
    print("More of each: socialsim describe NAME. A network can also be a file.")
    return 0


def _scenario(name: str) -> dict[str, Any]:
    """Return what is listed of a scenario."""
    module = find_module(name)
    scenario = make_scenario(module)
    learners = ", ".join(dict.fromkeys(learner.name() for learner in scenario.learners.values()))
    return {"name": name, "learner": learners, "network": scenario.network.spec, "summary": first_line(module)}


def _reproduction(name: str) -> dict[str, Any]:
    """Return what is listed of a reproduction."""
    expected = json.loads((reproductions()[name] / "expected.json").read_text(encoding="utf-8"))
    return {"name": name, "title": expected["title"], "source": expected["source"]}


def _cell(value: Any) -> str:
    """Return a value as it stands in a table."""
    return ", ".join(f"{key} = {entry}" for key, entry in value.items()) if isinstance(value, dict) else str(value)
