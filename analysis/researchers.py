"""What pays a scientist against what serves the truth: every practice, alone and among learners.

Run it with ``python analysis/researchers.py [FIGURE]``. Communities in which all follow one practice show what it
earns and what its readers learn; learners show where credit leads. Four conditions: with and without publication bias
(a tenth of the negative results is published) and citation bias (half of the references are copied unread).
"""

import sys
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from socialsim.core.estimate import Estimate
from socialsim.core.result import Result
from socialsim.engine.run import run
from socialsim.environments.researchers import scenario
from socialsim.plotting.figures import save
from socialsim.plotting.style import COLOURS, GREY, INK, styled

CONDITIONS = {"no bias": (1.0, 0.0), "citation\nbias": (1.0, 0.5), "publication\nbias": (0.1, 0.0), "both": (0.1, 0.5)}
COLOUR_OF = {0.5: COLOURS[0], 0.1: COLOURS[1]}
LEARNERS = {
    "Q-learning": "q_learning:alpha=0.01,discount=0.0,epsilon=0.1",
    "policy gradient": "policy_gradient:alpha=0.05",
}
REPLICATIONS = 20
SEED = 1


def community(condition: str, learner: str, steps: int) -> Result:
    """Return the runs of fifty scientists; the first half of the time is not tallied."""
    published, copied = CONDITIONS[condition]
    changes = {
        "environment.negative_publication_rate": published,
        "environment.citation_bias": copied,
        "environment.burn_in": steps // 2,
        "horizon.steps": steps,
        "learner": learner,
    }
    return run(scenario().replace(changes), replications=REPLICATIONS, seed=SEED, record_every=None)


def main(path: Path) -> None:
    """Print all figures and draw them."""
    environment = scenario().environment
    tests = environment.practices()[: len(environment.base_rates) * len(environment.sample_sizes)]
    uniform = {
        condition: [community(condition, f"constant:action={k}", 10_000).metrics for k in range(len(tests))]
        for condition in ("no bias", "both")
    }
    learned = {
        (condition, learner): community(condition, spec, 20_000).metrics
        for condition in CONDITIONS
        for learner, spec in LEARNERS.items()
    }
    for condition, metrics in uniform.items():
        for practice, found in zip(tests, metrics, strict=True):
            print(f"all {practice:<21} {condition:<10}", *(f"{name} {found[name]}; " for name in SHOWN))
    for (condition, learner), found in learned.items():
        print(
            f"{learner:<18}{condition.replace(chr(10), ' '):<18}",
            *(f"{name} {found[name]}; " for name in (*SHOWN, *LEARNED)),
        )
    with styled():
        figure = Figure(figsize=(10.2, 3.8))
        panels = figure.subplots(1, 3, width_ratios=(1, 1, 1.1))
        for axes, (condition, metrics) in zip(panels, uniform.items(), strict=False):
            draw_practices(axes, condition, metrics)
        panels[0].set_ylabel("Knowledge [bits per scientist and step]")
        draw_false_facts(panels[2], learned)
        figure.suptitle("What pays is not what serves the truth", x=0.01, ha="left")
        print(save(figure, path))


SHOWN = ("credit_rate", "knowledge_rate", "false_fact_rate")
LEARNED = ("truth_gap", "replication_share", "mean_sample_size", "approaches")


def draw_practices(axes: Axes, condition: str, metrics: list[dict[str, Estimate]]) -> None:
    """Draw what each test earns against what its readers learn, if everybody does it."""
    environment = scenario().environment
    sizes = environment.sample_sizes
    axes.axhline(0, color=GREY, linewidth=0.6)
    for kind, rate in enumerate(environment.base_rates):
        found = metrics[kind * len(sizes) : (kind + 1) * len(sizes)]
        credit, knowledge = ([each[name].value for each in found] for name in ("credit_rate", "knowledge_rate"))
        axes.plot(credit, knowledge, "o-", color=COLOUR_OF[rate], label=f"{rate:g} of hypotheses true")
        for size, x, y in zip(sizes, credit, knowledge, strict=True):
            place = {"xytext": (-6, -10), "ha": "right"} if kind == 0 else {"xytext": (5, 5)}
            axes.annotate(f"n = {size}", (x, y), textcoords="offset points", fontsize=7, color=INK, **place)
    axes.set(xscale="log", xlabel="Credit per scientist and step", xlim=(min(credit) / 5, max(credit) * 3))
    axes.set_title({"no bias": "No bias, all follow one practice", "both": "Both biases"}[condition], fontsize=9)
    axes.margins(y=0.15)
    if condition == "no bias":
        axes.legend(fontsize=7, loc="lower right")


def draw_false_facts(axes: Axes, learned: dict[tuple[str, str], dict[str, Estimate]]) -> None:
    """Draw the share of false facts where scientists learn what pays."""
    for k, learner in enumerate(LEARNERS):
        for place, condition in enumerate(CONDITIONS):
            rate = learned[condition, learner]["false_fact_rate"]
            x, reach = place + 0.2 * (2 * k - 1), [[rate.value - rate.low], [rate.high - rate.value]]
            label = learner if place == 0 else None
            axes.errorbar(x, rate.value, reach, fmt="o", color=COLOURS[2 + k], label=label)
            axes.annotate(
                f"{rate.value:.1%}", (x, rate.value), (0, 6), textcoords="offset points", fontsize=7, ha="center"
            )
    axes.set_xticks(range(len(CONDITIONS)), list(CONDITIONS), fontsize=8)
    axes.set(xlim=(-0.5, len(CONDITIONS) - 0.5), ylim=(0, 1), ylabel="False among the facts")
    axes.set_title("Where credit leads learners", fontsize=9)
    axes.legend(fontsize=7, loc="upper left")


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "researchers.png"))
