"""The order of the lattice against temperature, as the paper shows it, and why a glance at one step may miss it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from socialsim.core.estimate import Estimate
from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.environments.ising import CRITICAL, METRICS, Ising, exact_order
from socialsim.plotting.figures import save
from socialsim.plotting.style import COLOURS, GREY, INK, styled

TAUS = (0.9, 1.0, 1.1, 1.15, 1.2, 1.3, 1.5, 1.75, 2.0)
RUNS, STEPS = 6, 2000
KINDS = {"known payoffs": "discrete_choice:beta={beta}", "mean-field Q": "mean_field_q:discount=0.0,temperature={tau}"}
LOOKS: dict[str, dict[str, Any]] = {
    "known payoffs": {"marker": "s", "color": COLOURS[1], "markerfacecolor": "none"},
    "mean-field Q": {"marker": "o", "color": COLOURS[0]},
}


def draw(measured: Mapping[str, Estimate], expected: Mapping[str, Any], folder: Path) -> Path:
    """Draw |m| of the woven lattices against the learners' temperature, and of the spins of one step, run by run."""
    with styled():
        figure = Figure(figsize=(8.8, 3.9))
        woven, plain = figure.subplots(1, 2, sharey=True)
        tables = {kind: [play(kind, tau) for tau in TAUS] for kind in KINDS}
        draw_order(woven, tables)
        draw_plain(plain, tables)
        figure.suptitle("Learners who see only their rewards find the order of the Ising model", x=0.01, ha="left")
        found = measured["T of the transition, mean-field Q: cumulants of 8 x 8 and 16 x 16 cross"]
        caption = f"20 x 20 agents, means of {RUNS} runs of {STEPS} steps. Cumulants cross at T = 2 tau = {found}"
        figure.supxlabel(caption, x=0.01, ha="left", fontsize=7, color=GREY)
        return save(figure, folder / "figure.png")


def play(kind: str, tau: float) -> Any:
    """Return the table of some runs at a temperature."""
    environment = Ising(burn_in=STEPS // 2, observation="nothing" if kind == "mean-field Q" else "payoffs")
    learner = KINDS[kind].format(tau=tau, beta=1.0 / tau)
    model = Scenario(environment, learner, "grid:rows=20,columns=20,periodic=true", STEPS, METRICS)
    return run(model, replications=RUNS, seed=1, record_every=None).runs


def draw_order(axes: Axes, tables: Mapping[str, Any]) -> None:
    """Draw |m| of learners, of agents who know, and of infinitely many spins."""
    line = np.linspace(TAUS[0], TAUS[-1], 400)
    axes.plot(line, [exact_order(2.0 * tau) for tau in line], color=INK, linewidth=1.0, label="infinite lattice, exact")
    for kind, found in tables.items():
        orders = [runs.order.mean() for runs in found]
        axes.plot(TAUS, orders, linestyle="none", markersize=5, label=kind, **LOOKS[kind])
    axes.axvline(1.2, color=GREY, linewidth=0.8, linestyle="--")
    axes.text(1.22, 0.05, "1.2, the paper's", color=GREY, fontsize=8)
    axes.axvline(CRITICAL / 2.0, color=GREY, linewidth=0.8)
    axes.text(CRITICAL / 2.0 - 0.02, 0.05, "exact", color=GREY, fontsize=8, ha="right")
    axes.set(xlabel="Temperature tau of choice", ylabel="Order", ylim=(-0.03, 1.03))
    axes.set_title("Spins of two steps, woven", fontsize=9)
    axes.legend(loc="upper right", fontsize=8)


def draw_plain(axes: Axes, tables: Mapping[str, Any]) -> None:
    """Draw |share up - share down| in the last step of each run, of the two kinds side by side."""
    for shift, (kind, found) in zip((-0.008, 0.008), tables.items(), strict=True):
        for tau, runs in zip(TAUS, found, strict=True):
            places = np.full(len(runs), tau + shift)
            axes.plot(places, runs.final_order, linestyle="none", markersize=4, alpha=0.7, **LOOKS[kind])
    axes.set(xlabel="Temperature tau of choice")
    axes.set_title("Spins of the last step, each run: systems may cancel", fontsize=9)
