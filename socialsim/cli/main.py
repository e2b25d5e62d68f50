"""The command ``socialsim``: its subcommands, options and exit codes.

    0     done, and what had to hold holds
    1     a reproduction does not hold, a benchmark fails, or `doctor` found something
    2     bad input: one line on stderr says what was wrong and what is accepted; of a study file a line for each fault
    3     some runs of a study failed
    130   Ctrl-C; what was reached is in the folder that the message names

Results go to stdout; progress, notes and errors to stderr. Only typer is imported here, so that ``--help`` is instant;
each subcommand imports what it needs.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from socialsim import __version__
from socialsim.cli import limits, study
from socialsim.core.errors import ParameterErrors, SocialsimError

BAD_INPUT, INTERRUPTED = 2, 130
UsageError: Any = typer.BadParameter.__mro__[1]  # typer has its own copy of click, or not, according to its version

app = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
app.add_typer(study.app, name="study")
app.add_typer(limits.app, name="limits")
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object and nothing else.")]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit code.

    Parameters
    ----------
    arguments : sequence of str, optional
        By default those of the process.

    Examples
    --------
    >>> main(["--version"])
    socialsim 0.1.0
    0
    """
    try:
        code = app(args=arguments, prog_name="socialsim", standalone_mode=False)
        sys.stdout.flush()
    except ParameterErrors as errors:
        for line in str(errors).splitlines():
            _refuse(line)
        return BAD_INPUT
    except SocialsimError as error:
        return _refuse(str(error))
    except UsageError as error:
        return _refuse(error.format_message())
    except (typer.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except BrokenPipeError:  # whoever read us has left, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return int(code or 0)


def _refuse(message: str) -> int:
    """Say what was wrong with the input, in one line."""
    print(f"error: {' '.join(message.split())}", file=sys.stderr)
    return BAD_INPUT


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"socialsim {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def _socialsim(
    context: typer.Context,
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and leave.")
    ] = False,
) -> None:
    """Learning agents on networks, simulated fast and reproducibly.

    Begin with:  socialsim run epistemic --network karate
    """
    if context.invoked_subcommand is None:
        print(context.get_help())


@app.command("list")
def _list(json: Json = False) -> int:
    """List what there is."""
    from socialsim.cli import catalogue

    return catalogue.show(json=json)


@app.command("describe")
def _describe(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A scenario, learner or network, or a .py file.")],
    json: Json = False,
) -> int:
    """Describe a scenario, a learner or a network."""
    from socialsim.cli import description

    return description.show(name, json=json)


@app.command("run")
def _run(
    name: Annotated[str, typer.Argument(metavar="NAME_OR_FILE", help="A scenario, or a .py file with scenario().")],
    network: Annotated[
        str | None, typer.Option(metavar="SPEC", help="karate, cycle:n=20, watts_strogatz:n=100,k=4,p=0.1, a file...")
    ] = None,
    parameter: Annotated[
        list[str] | None,
        typer.Option("-p", "--parameter", metavar="PATH=VALUE", help="Such as environment.effect=0.01; repeatable."),
    ] = None,
    learner: Annotated[
        list[str] | None, typer.Option(metavar="[TYPE=]SPEC", help="Such as bayesian:threshold=0.99; repeatable.")
    ] = None,
    replications: Annotated[int | None, typer.Option(metavar="R", help="Number of runs.", show_default="200")] = None,
    steps: Annotated[int | None, typer.Option(metavar="T", help="Steps at most: horizon.steps.")] = None,
    seed: Annotated[
        int | None, typer.Option(metavar="S", min=0, help="Root of all randomness.", show_default="0")
    ] = None,
    stream: Annotated[
        str | None, typer.Option(metavar="KEY", help="Replay one run alone: its stream_key in the table `run`.")
    ] = None,
    threads: Annotated[int | None, typer.Option(metavar="N", help="By default one a processor.")] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="A new folder; by default results/<scenario>-<time>-<process>.")
    ] = None,
    record: Annotated[str, typer.Option(metavar="none|counts|events", help="What the tables keep.")] = "none",
    time_limit: Annotated[float | None, typer.Option(metavar="SECONDS", help="Stop then, as Ctrl-C would.")] = None,
    resume: Annotated[Path | None, typer.Option(metavar="DIR", help="Complete this interrupted result.")] = None,
    animate: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Show the first run on its plane: .gif, .mp4 or .html.")
    ] = None,
    animate_steps: Annotated[int, typer.Option(metavar="T", help="Steps that are shown at most.")] = 300,
    json: Json = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print only where the figure is.")] = False,
) -> int:
    """Run a scenario and measure it.

    Tables and a figure go to a new folder; the metrics are printed with their intervals.
    """
    from socialsim.cli import running
    from socialsim.cli.request import Request

    values = (network, tuple(parameter or ()), tuple(learner or ()), replications, steps, seed, stream, threads, out)
    shown: dict[str, Any] = {"animate": animate, "animate_steps": animate_steps}
    request = Request(name, *values, record=record, time_limit=time_limit, resume=resume, **shown)
    return running.run_command(request, json=json, quiet=quiet)


@app.command("reproduce")
def _reproduce(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A folder of analysis/reproductions.")],
    full: Annotated[bool, typer.Option("--full", help="With as many runs as the paper, or more.")] = False,
    mutation: Annotated[
        str | None, typer.Option(metavar="MUTATION", help="Break a rule on purpose: it should not hold then.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="A new folder; by default results/reproduce-NAME-<time>-...")
    ] = None,
    json: Json = False,
) -> int:
    """Compare with what a paper reports.

    Exit code 1 where a quantity does not hold.
    """
    from socialsim.cli import reproduction

    return reproduction.reproduce_command(name, full=full, mutation=mutation, out=out, json=json)


@app.command("power", context_settings={"ignore_unknown_options": True})
def _power(
    quota: Annotated[str, typer.Argument(metavar="QUOTA", help="Weight that a coalition needs to win.")],
    weights: Annotated[list[str], typer.Argument(metavar="WEIGHT", help="Weight of each player.")],
    json: Json = False,
) -> int:
    """Measure the power of players whose votes weigh: Banzhaf and Shapley-Shubik.

    Such as the Council of the EEC in 1958:  socialsim power 12 4 4 4 2 2 1
    """
    from socialsim.cli import power

    whole = [power.whole("QUOTA", quota), *(power.whole("WEIGHT", weight) for weight in weights)]
    return power.power_command(whole[0], whole[1:], json=json)


@app.command("ballots")
def _ballots(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Ballots: .csv, or PrefLib's .soc, .soi, .toc, .toi.")],
    rule: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Such as borda, or one of pref_voting; repeatable.", show_default="all own"),
    ] = None,
    committee: Annotated[
        str | None, typer.Option(metavar="RULE", help="Such as pav: a committee by approval, with abcvoting.")
    ] = None,
    seats: Annotated[int | None, typer.Option(metavar="K", help="Size of the committee.")] = None,
    json: Json = False,
) -> int:
    """Count the ballots of a file: whom each rule elects.

    Such as:  socialsim ballots scenarios/data/burlington_2009.csv --rule minimax --rule split_cycle
    """
    from socialsim.cli import ballots

    return ballots.ballots_command(file, tuple(rule or ()), committee, seats, json=json)


@app.command("fit")
def _fit(
    file: Annotated[Path, typer.Argument(metavar="CHOICES.csv", help="subject, trial, action, reward, ...")],
    learner: Annotated[
        list[str], typer.Option(metavar="SPEC", help="Such as boltzmann_q:discount=0; repeatable, to compare.")
    ],
    free: Annotated[
        list[str], typer.Option(metavar="NAME[=LOW:HIGH]", help="A parameter to fit, and its range; repeatable.")
    ],
    actions: Annotated[
        str | None, typer.Option(metavar="A,B,...", help="All actions, where nobody chose some of them.")
    ] = None,
    each: Annotated[bool, typer.Option("--each", help="Fit each subject by itself, and their population.")] = False,
    json: Json = False,
) -> int:
    """Fit learners to observed choices by maximum likelihood, and compare them.

    Such as:  socialsim fit scenarios/data/choices.csv --learner boltzmann_q:discount=0 --free alpha --free temperature
    """
    from socialsim.cli import fit

    return fit.fit_command(file, learner, free, actions, each=each, json=json)


@app.command("certify")
def _certify(
    result: Annotated[Path, typer.Argument(metavar="RESULT", help="A folder that `socialsim run` wrote.")],
    at: Annotated[
        str | None,
        typer.Option(metavar="STEP|settled|end", help="Where agents are watched.", show_default="settled, or end"),
    ] = None,
    replications: Annotated[
        int | None, typer.Option(metavar="R", help="Number of runs.", show_default="as in the result")
    ] = None,
    scenario: Annotated[
        str | None, typer.Option(metavar="NAME_OR_FILE", help="What was run, if not the scenario of that name.")
    ] = None,
    window: Annotated[int | None, typer.Option(metavar="T", help="Periods watched.", show_default="20")] = None,
    duration: Annotated[int | None, typer.Option(metavar="T", help="Periods of deviation.", show_default="1")] = None,
    steps: Annotated[int | None, typer.Option(metavar="T", help="Periods followed.", show_default="20")] = None,
    shock: Annotated[
        float | None, typer.Option(metavar="SHARE", help="Of the agents, forced off.", show_default="0.25")
    ] = None,
    discount: Annotated[float | None, typer.Option(metavar="FACTOR", help="Of later gains.", show_default="1")] = None,
    agent_type: Annotated[str | None, typer.Option("--type", metavar="TYPE", help="Of those who deviate.")] = None,
    figure: Annotated[Path | None, typer.Option(metavar="FILE", help="Draw what follows a deviation.")] = None,
    json: Json = False,
) -> int:
    """Find out whether what agents usually do is a norm, a convention, collusion or neither.

    Agents are made to deviate: what follows is compared with a placebo.
    """
    from socialsim.cli import certify

    protocol = {"window": window, "duration": duration, "steps": steps, "shock": shock, "discount": discount}
    request = certify.CertifyRequest(result, at, replications, scenario, figure, {**protocol, "agent_type": agent_type})
    return certify.certify_command(request, json=json)


@app.command("schelling")
def _schelling(
    name: Annotated[str, typer.Argument(metavar="NAME_OR_FILE", help="A scenario, or a .py file with scenario().")],
    network: Annotated[str | None, typer.Option(metavar="SPEC", help="As for run.")] = None,
    parameter: Annotated[
        list[str] | None,
        typer.Option("-p", "--parameter", metavar="PATH=VALUE", help="Such as environment.tax=0.5; repeatable."),
    ] = None,
    learner: Annotated[list[str] | None, typer.Option(metavar="[TYPE=]SPEC", help="With a policy.")] = None,
    steps: Annotated[int | None, typer.Option(metavar="T", help="Of training: horizon.steps.")] = None,
    play: Annotated[
        int | None, typer.Option(metavar="T", help="Steps that each mixture plays.", show_default="1000")
    ] = None,
    pairs: Annotated[
        int | None, typer.Option(metavar="R", help="Trained pairs of populations.", show_default="40")
    ] = None,
    cooperators: Annotated[
        str | None, typer.Option(metavar="SPEC", help="Social preference of one kind.", show_default="shared_reward")
    ] = None,
    defectors: Annotated[
        str | None, typer.Option(metavar="SPEC", help="Of the other kind.", show_default="selfish")
    ] = None,
    seed: Annotated[int | None, typer.Option(metavar="S", min=0, show_default="0")] = None,
    figure: Annotated[Path | None, typer.Option(metavar="FILE", help="Draw the Schelling diagram.")] = None,
    json: Json = False,
) -> int:
    """Find out whether a scenario is a social dilemma, by fear or by greed.

    Cooperators and defectors are trained, frozen, and play in all mixtures:  socialsim schelling public_goods
    """
    from socialsim.cli import schelling
    from socialsim.cli.request import Request

    scenario = Request(name, network, tuple(parameter or ()), tuple(learner or ()), steps=steps, seed=seed)
    request = schelling.SchellingRequest(scenario, cooperators, defectors, pairs, play, figure)
    return schelling.schelling_command(request, json=json)


@app.command("metrics")
def _metrics(
    result: Annotated[Path, typer.Argument(metavar="RESULT", help="A folder that `socialsim run` wrote.")],
    family: Annotated[
        str | None,
        typer.Option(metavar="FAMILY", help="signalling, norms, dilemmas, labour, dynamics.", show_default="all"),
    ] = None,
    json: Json = False,
) -> int:
    """Measure a finished result by every metric that its tables allow.

    Most need the acts one by one:  socialsim run repeated_game --record events --replications 5 --out games
    """
    from socialsim.cli import metrics

    return metrics.metrics_command(result, family, json=json)


@app.command("bench")
def _bench(name: Annotated[str | None, typer.Argument(metavar="[NAME]", show_default=False)] = None) -> int:
    """Run a benchmark, or list them."""
    from socialsim.cli import checkout

    return checkout.bench_command(name)


@app.command("doctor")
def _doctor() -> int:
    """Check this installation."""
    from socialsim.cli import doctor

    return doctor.doctor_command()
