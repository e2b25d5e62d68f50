"""The published rule sets, by name: what each says of every rule.

``melting_pot`` is the code of Melting Pot 2.0 ([Agapiou2022]_). ``hughes_2018`` is the game in which the public good
was introduced ([Hughes2018]_): its parameters, with the map and the beams of the public re-implementation by Vinitsky
and others. That version tries every clean cell of the river in turn, each with the chance that is meant for the step,
so that waste appears in nearly every step; the preset keeps to one chance a step.
"""

from __future__ import annotations

from typing import Any

PRESETS: dict[str, dict[str, Any]] = {
    "melting_pot": {
        "map": "melting_pot",
        "growth_rate": 0.05,
        "depletion": 0.4,
        "restoration": 0.0,
        "grows_under_agents": True,
        "waste_chance": 0.5,
        "waste_delay": 50,
        "waste_stops": False,
        "cleaning_beam": ((0, 1, 3), (-1, 0, 3), (1, 0, 3)),
        "cleaning_cooldown": 2,
        "cleans_past_agents": True,
        "beam": ((0, 1, 3), (-1, 0, 3), (1, 0, 3)),
        "cooldown": 10,
        "time_out": 51,
        "shot_cost": 0.0,
        "fine": 0.0,
        "ahead": 9,
        "behind": 1,
        "left": 5,
        "right": 5,
        "end_from": 1099,
        "end_every": 100,
        "end_chance": 0.2,
    },
    "hughes_2018": {
        "map": "hughes_2018",
        "growth_rate": 0.05,
        "depletion": 0.4,
        "restoration": 0.0,
        "grows_under_agents": False,
        "waste_chance": 0.5,
        "waste_delay": 0,
        "waste_stops": True,
        "cleaning_beam": ((0, 1, 5), (-1, 0, 5), (1, 0, 5)),
        "cleaning_cooldown": 0,
        "cleans_past_agents": False,
        "beam": ((0, 1, 5), (-1, 0, 5), (1, 0, 5)),
        "cooldown": 0,
        "time_out": 0,
        "shot_cost": 1.0,
        "fine": 50.0,
        "ahead": 7,
        "behind": 7,
        "left": 7,
        "right": 7,
        "end_from": 0,
        "end_every": 1,
        "end_chance": 0.0,
    },
}

NUM_AGENTS = {"melting_pot": 7, "hughes_2018": 5}
