"""The published rule sets, by name: what each says of every rule.

Where a public version departs from its own description, the preset follows the description: SocialJax moves in world
axes while the view turns, its beam wraps around the border and stays to block, and its rewards are shared or multiplied
by the number of agents; none of this is here. Melting Pot's chances follow the number of apples with a lag of two
frames; here they do not.

``janssen_2010`` has the board of the later experiments with the same rules: 26 x 26 cells and four players in place of
29 x 29 and five. People took a token by a key of its own and moved up to eight times a second; here a step is one move,
which takes what it comes to.
"""

from __future__ import annotations

from typing import Any

MELTING_POT_RAYS = ((0, 1, 3), (-1, 0, 3), (1, 0, 3))
LONGER_RAYS = ((0, 1, 4), (-1, 0, 4), (1, 0, 4))

MELTING_POT: dict[str, Any] = {
    "regrowth": (0.0, 0.001, 0.005, 0.025),
    "growth_radius": 2.0,
    "grows_under_agents": True,
    "scales_at_edges": False,
    "num_apples": 0,
    "ahead": 9,
    "behind": 1,
    "left": 5,
    "right": 5,
    "turns": True,
    "beam": LONGER_RAYS,
    "cooldown": 1,
    "time_out": 101,
    "end_from": 1099,
    "end_every": 100,
    "end_chance": 0.15,
}

PRESETS: dict[str, dict[str, Any]] = {
    "melting_pot_open": {
        **MELTING_POT,
        "map": "melting_pot_open",
        "regrowth": (0.0, 0.0025, 0.005, 0.025),
        "beam": MELTING_POT_RAYS,
        "cooldown": 2,
        "time_out": 5,
    },
    "melting_pot_closed": {**MELTING_POT, "map": "melting_pot_closed"},
    "melting_pot_partnership": {**MELTING_POT, "map": "melting_pot_partnership"},
    "socialjax": {
        **MELTING_POT,
        "map": "melting_pot_open",
        "grows_under_agents": False,
        "beam": ((0, 1, 1), (0, 2, 1), (-1, 1, 1), (1, 1, 1)),
        "cooldown": 0,
        "time_out": 0,
        "end_chance": 0.0,
    },
    "perolat_2017": {
        **MELTING_POT,
        "map": "perolat_2017",
        "regrowth": (0.0, 0.01, 0.01, 0.05, 0.05, 0.1),
        "grows_under_agents": False,
        "ahead": 20,
        "behind": 0,
        "left": 10,
        "right": 10,
        "beam": tuple((aside, 1, 10) for aside in range(-2, 3)),
        "cooldown": 0,
        "time_out": 25,
        "end_chance": 0.0,
    },
    "janssen_2010": {
        **MELTING_POT,
        "map": "janssen_2010",
        "regrowth": tuple(0.01 * count / 8 for count in range(9)),
        "growth_radius": 1.5,
        "scales_at_edges": True,
        "num_apples": 169,
        "ahead": 25,
        "behind": 25,
        "left": 25,
        "right": 25,
        "turns": False,
        "beam": (),
        "cooldown": 0,
        "time_out": 0,
        "end_chance": 0.0,
    },
}

NUM_AGENTS = {name: {"perolat_2017": 12, "janssen_2010": 4}.get(name, 7) for name in PRESETS}
