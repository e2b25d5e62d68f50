"""The states of rest against the share of the committed, as in the paper's figure 2, with simulated populations."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from socialsim.core.estimate import Estimate
from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.environments.naming import Naming
from socialsim.environments.naming.theory import path, states_of_rest, tipping_point
from socialsim.learning.naming_game import NamingGame
from socialsim.plotting.figures import save
from socialsim.plotting.style import COLOURS, GREY, styled

SHARES = (0.01, 0.03, 0.05, 0.07, 0.08, 0.09, 0.1, 0.11, 0.12, 0.15)
RUNS, GAMES, SIZE, SEED = 6, 200, 1000, 1


def draw(measured: Mapping[str, Estimate], expected: Mapping[str, Any], folder: Path) -> Path:
    """Draw who is left with B at rest, and the mean-field courses below and above the tipping point."""
    with styled():
        figure = Figure(figsize=(8.4, 3.7))
        rest, course = figure.subplots(1, 2)
        tip = tipping_point()
        shares = np.append(np.linspace(0.002, tip - 1e-6, 60), tip - 1e-6)
        states = [states_of_rest(p) for p in shares]
        for k, style in enumerate(("-", "--")):
            label = ("stable", "unstable")[k]
            rest.plot(shares, [found[k][1] for found in states], style, color=COLOURS[0], label=label)
        rest.plot([0, 0.16], [0, 0], color=COLOURS[0])
        for p in SHARES:
            rest.plot([p] * RUNS, _populations(p), "o", color=COLOURS[1], markersize=3, alpha=0.6)
        rest.plot([], [], "o", color=COLOURS[1], markersize=3, label="populations of 1000")
        rest.axvline(tip, color=GREY, linewidth=0.8, linestyle=":")
        rest.text(tip + 0.002, 0.5, f"p$_c$ = {tip:.4f}", fontsize=8, color=GREY)
        rest.set(xlabel="share p of committed agents", ylabel="share who know B alone, at rest", xlim=(0, 0.16))
        rest.legend(loc="lower left", bbox_to_anchor=(0, 0.08))
        times = np.linspace(0, 120, 121)
        for k, p in enumerate((0.08, 0.097, 0.1, 0.12)):
            course.plot(times, path(p, times, step=0.05)[:, 1], color=COLOURS[k], label=f"p = {p:g}")
        course.set(xlabel="games per agent", ylabel="share who know B alone, mean field", ylim=(0, 1))
        course.legend(loc=(0.42, 0.12))
        figure.suptitle("A tenth who never change their minds change everybody's", x=0.01, ha="left")
        caption = f"Points: {RUNS} populations for each p, after {GAMES} games per agent."
        figure.supxlabel(caption, x=0.01, ha="left", fontsize=7, color=GREY)
        return save(figure, folder / "figure.png")


def _populations(p: float) -> pd.Series:
    """Return which share of some simulated populations knows B alone after a while."""
    learner = NamingGame(first_word=1, committed=p, committed_word=0)
    model = Scenario(Naming(vocabulary=2), learner, f"complete:n={SIZE}", GAMES * SIZE)
    agents = run(model, replications=RUNS, seed=SEED, record="counts", record_every=None).agents
    return agents.groupby("run").only_word.apply(lambda words: (words == 1).mean())
