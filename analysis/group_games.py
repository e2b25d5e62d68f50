"""Draw what is exact and what learners do in games played in groups: ``python analysis/group_games.py FOLDER``.

Writes public_goods.png, volunteers.png, collective_risk.png and reputation.png.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from socialsim.core.estimate import Estimate
from socialsim.engine.run import run
from socialsim.engine.scenario import Scenario
from socialsim.environments import collective_risk, public_goods, reputation, volunteers
from socialsim.environments.collective_risk import CollectiveRisk
from socialsim.environments.public_goods.theory import critical_incentive
from socialsim.environments.reputation.norms import LEADING
from socialsim.environments.reputation.theory import Errors, stationary_reputations
from socialsim.environments.volunteers import Volunteers
from socialsim.plotting.figures import save
from socialsim.plotting.style import COLOURS, GREY, styled

RUNS, SEED = 8, 1
DOTS = {"marker": "o", "markersize": 4, "linestyle": "", "capsize": 2.5, "zorder": 3}


def measure(scenario: Scenario, metric: str, changes: dict[str, Any], runs: int = RUNS) -> Estimate:
    """Return a metric of a scenario with some values changed."""
    return run(scenario.replace(changes), replications=runs, seed=SEED, record_every=None).metrics[metric]


def dots(axes: Axes, places: Any, found: list[Estimate], **how: Any) -> None:
    """Draw estimates with their intervals."""
    values = [estimate.value for estimate in found]
    reach = [[e.value - e.low for e in found], [e.high - e.value for e in found]]
    axes.errorbar(places, values, reach, **{**DOTS, **how})


def draw_public_goods(folder: Path) -> Path:
    """Draw contributions against a tax, and what sanctions do to contributions and efficiency."""
    goods, rates = public_goods.scenario().replace({"environment.burn_in": 1000}), np.arange(0.0, 1.61, 0.2)
    figure = Figure(figsize=(8.2, 3.6))
    taxes, sanctions = figure.subplots(1, 2)
    dots(taxes, rates, [measure(goods, "contribution_rate", {"environment.tax": float(tax)}) for tax in rates])
    least = critical_incentive(4, 1.6)
    taxes.axvline(least, color=GREY, linestyle=(0, (4, 3)))
    taxes.text(least + 0.03, 0.3, "contributing is dominant\nfrom here on", color=GREY, fontsize=7)
    taxes.set(xlabel="Tax on those who do not contribute", ylabel="Share who contribute", ylim=(-0.02, 1.02))
    for place, kind in enumerate(("none", "peer", "pool")):
        changes = {"environment.sanctioning": kind, "environment.fine": 1.5}
        for shift, metric, colour in ((-0.12, "contribution_rate", 0), (0.12, "efficiency", 1)):
            label = metric.replace("_rate", "") if place == 0 else None
            dots(sanctions, place + shift, [measure(goods, metric, changes)], color=COLOURS[colour], label=label)
    sanctions.axhline(0.0, color=GREY, linewidth=0.8)
    sanctions.set(xticks=range(3), xticklabels=("no sanctions", "peers", "a pool"), ylim=(None, 1.06))
    sanctions.set(xlim=(-0.4, 2.4), ylabel="Share of acts, and of the possible gain")
    sanctions.legend(loc="center right")
    figure.suptitle("Forty Q-learners in random groups of four, r = 1.6", x=0.01, ha="left")
    return save(figure, folder / "public_goods.png")


def draw_volunteers(folder: Path) -> Path:
    """Draw who volunteers, and how often nobody does, in groups of several sizes."""
    sizes, many = (2, 3, 5, 8, 12), np.arange(2, 15)
    shares = np.array([Volunteers(group_size=int(n)).equilibria()[0][0] for n in many])
    figure = Figure(figsize=(8.2, 3.6))
    panels = figure.subplots(1, 2)
    exact = (shares, 1.0 - (1.0 - shares) ** many)
    labels = ("Share who volunteer", "Share of groups that are helped")
    for axes, metric, curve, label in zip(panels, ("volunteering_rate", "help_rate"), exact, labels, strict=True):
        axes.plot(many, curve, color=GREY, label="symmetric equilibrium", zorder=1)
        for colour, fixed in enumerate((False, True)):
            found = []
            for size in sizes:
                together = size if fixed else 100 - 100 % size
                steps = {"environment.group_size": size, "environment.burn_in": 10_000, "horizon.steps": 20_000}
                found.append(measure(volunteers.scenario(), metric, {"network": f"complete:n={together}", **steps}))
            name = "learners who always meet" if fixed else "learners in random groups"
            dots(axes, sizes, found, color=COLOURS[colour], label=name)
        axes.set(xlabel="Size of the group", ylabel=label, ylim=(0, 1.02))
    panels[0].legend(loc="upper right")
    figure.suptitle("The larger the group, the less likely is help (c/b = 1/2)", x=0.01, ha="left")
    return save(figure, folder / "volunteers.png")


def draw_collective_risk(folder: Path) -> Path:
    """Draw the rest points of the one-shot game against the risk, and what learners put in, in the experiment's."""
    risks = np.linspace(0.0, 1.0, 401)
    figure = Figure(figsize=(8.2, 3.6))
    exact, learned = figure.subplots(1, 2)
    for stable, colour, label in ((True, COLOURS[0], "stable"), (False, COLOURS[1], "unstable: the barrier")):
        points = [
            (risk, share)
            for risk in risks
            for share, is_stable in CollectiveRisk(
                num_rounds=1, endowment=1.0, amounts=(0.0, 0.1), target=0.3, at_stake="endowment", risk=float(risk)
            ).equilibria()
            if is_stable == stable
        ]
        exact.plot(*zip(*points, strict=True), color=colour, label=label)
    exact.set(xlabel="Risk", ylabel="Share who contribute", xlim=(0, 1), ylim=(0, 1))
    exact.set_title("One shot: 3 of 6 needed, c/e = .1", fontsize=9, loc="left")
    exact.legend(loc="upper left")
    changes = {"environment.burn_in": 150_000, "horizon.steps": 200_000}
    tried = (0.1, 0.3, 0.5, 0.7, 0.9)
    found = [
        measure(collective_risk.scenario(), "mean_put_in", {"environment.risk": risk, **changes}) for risk in tried
    ]
    dots(learned, tried, found, label="Q-learners")
    learned.axhline(20.0, color=GREY, linestyle=(0, (4, 3)))
    learned.text(0.02, 20.6, "fair share of the target", color=GREY, fontsize=7)
    learned.set(xlabel="Risk", ylabel="Put in, of an endowment of 40", xlim=(0, 1), ylim=(0, 40))
    learned.set_title("Ten rounds of 0, 2 or 4, a target of 120", fontsize=9, loc="left")
    figure.suptitle("A risk that is high enough makes a barrier, and what lies above it", x=0.01, ha="left")
    return save(figure, folder / "collective_risk.png")


def draw_reputation(folder: Path) -> Path:
    """Draw when image scores win, and what private opinions do to the leading eight."""
    figure = Figure(figsize=(8.2, 3.6))
    scores, norms = figure.subplots(1, 2)
    meetings = (60, 125, 250, 500, 1000)
    for colour, known in enumerate((1.0, 0.5, 0.0)):
        found = []
        for number in meetings:
            lives = {"environment.generation": number, "horizon.steps": 200 * number, "environment.observed": known}
            found.append(measure(reputation.scenario(), "cooperators", lives, 100))
        dots(scores, meetings, found, color=COLOURS[colour], linestyle="-", label=f"{known:.0%} become known")
    scores.set(xscale="log", xlabel="Meetings of a generation of 100", ylabel="Share who give to a newcomer")
    scores.set(ylim=(-0.02, 1.02), xticks=meetings, xticklabels=meetings)
    scores.minorticks_off()
    scores.legend(loc="upper left", fontsize=7)
    scores.set_title("Image scores, after 200 generations", fontsize=9, loc="left")
    places = np.arange(len(LEADING))
    group = reputation.Reputation(norm="L1", perception_error=0.05, observed=0.9, burn_in=20_000)
    alike = Scenario(group, "innate", "complete:n=50", 100_000, reputation.METRICS)
    for colour, information in enumerate(("public", "private")):
        found = []
        for name, (_, strategy) in LEADING.items():
            changes = {"environment.norm": name, "environment.strategies": [strategy]}
            changes |= {"environment.information": information}
            found.append(measure(alike, "cooperation_rate", changes))
        dots(norms, places, found, color=COLOURS[colour], label=f"{information} opinions")
    exact = [
        stationary_reputations(name, (strategy,), [1.0], Errors(perception=0.05, observed=0.9))[1]
        for name, (_, strategy) in LEADING.items()
    ]
    norms.plot(places, exact, linestyle="", marker="_", color=GREY, markersize=14, zorder=1, label="mean field")
    norms.set(xticks=places, xticklabels=list(LEADING), ylim=(-0.02, 1.02), ylabel="Cooperation rate")
    norms.legend(loc="lower left", fontsize=7)
    norms.set_title("The leading eight, each error .05", fontsize=9, loc="left")
    figure.suptitle("What is thought of us, and whether it is shared", x=0.01, ha="left")
    return save(figure, folder / "reputation.png")


if __name__ == "__main__":
    place = Path(sys.argv[1])
    with styled():
        for draw in (draw_public_goods, draw_volunteers, draw_collective_risk, draw_reputation):
            print(draw(place))
