"""How the command line writes: tables and lines for people on stdout, JSON for programs, notes and progress on stderr.

Nothing is coloured or animated where the stream is no terminal.
"""

from __future__ import annotations

import inspect
import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from socialsim.core.manifest import strict

if TYPE_CHECKING:
    from socialsim.engine.run import Progress

PLAIN_WIDTH = 140  # characters, where there is no terminal to say


def console() -> Console:
    """Return where results are written: stdout, without markup, so that brackets mean nothing."""
    width = None if sys.stdout.isatty() else PLAIN_WIDTH
    return Console(markup=False, highlight=False, emoji=False, width=width)


def write_table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Write a table; all columns but the first, the name, are wrapped where the line is too short.

    Examples
    --------
    >>> write_table(("name", "default"), [("n", "10")])
    <BLANKLINE>
     name   default
     ──────────────
     n      10
    <BLANKLINE>
    """
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for place, head in enumerate(heads):
        table.add_column(head, no_wrap=place == 0, overflow="fold")
    for row in rows:
        table.add_row(*row)
    output = console()
    with output.capture() as captured:
        output.print(table)
    print("\n".join(line.rstrip() for line in captured.get().splitlines()))


def write_facts(facts: Iterable[tuple[str, str]]) -> None:
    """Write lines of a name and what there is to say about it.

    Examples
    --------
    >>> write_facts([("seed", "0"), ("network", "karate")])
    seed     0
    network  karate
    """
    facts = list(facts)
    width = max(len(name) for name, _ in facts)
    for name, text in facts:
        console().print(Text(f"{name:{width}}  ", "bold").append(text, "not bold"), soft_wrap=True)


def write_title(text: str) -> None:
    """Write a line in bold."""
    console().print(Text(text, "bold"), soft_wrap=True)


def write_json(record: Any) -> None:
    """Write one object in strict JSON; an undefined number is null.

    Examples
    --------
    >>> write_json({"value": float("nan")})
    {"value": null}
    """
    print(json.dumps(strict(record), allow_nan=False, ensure_ascii=False))


def note(text: str) -> None:
    """Write a line on stderr."""
    print(text, file=sys.stderr)


@contextmanager
def progress_bar(wanted: bool, unit: str) -> Iterator[Callable[[Progress], None] | None]:
    """Show on stderr how far a run is and how long it will still take; give the function that takes a `Progress`.

    Work is counted in ``unit``. Where stderr is no terminal, or no bar is wanted, nothing is shown.
    """
    if not (wanted and sys.stderr.isatty()):
        yield None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    rest = (TextColumn("elapsed"), TimeElapsedColumn(), TextColumn("left"), TimeRemainingColumn())
    columns = (TextColumn("runs"), BarColumn(), MofNCompleteColumn(), *rest, TextColumn("{task.fields[work]}"))
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("runs", total=None, work="compiling")

        def show(progress: Progress) -> None:
            work = f"{number(progress.work)} {unit}" if progress.work else "compiling"
            bar.update(task, completed=progress.num_ended, total=progress.num_runs, work=work)

        yield show


@contextmanager
def spinner(text: str) -> Iterator[None]:
    """Show on stderr that something is under way, where it is a terminal."""
    if not sys.stderr.isatty():
        yield
        return
    with Console(stderr=True).status(text):
        yield


def first_line(thing: object) -> str:
    """Return in one sentence what a thing is: the beginning of its docstring, as plain text.

    Examples
    --------
    >>> first_line(first_line)
    'Return in one sentence what a thing is: the beginning of its docstring, as plain text.'
    """
    paragraph = plain(inspect.getdoc(thing) or "").partition("\n\n")[0]
    return " ".join(paragraph.split())


def plain(docstring: str) -> str:
    """Return a docstring without the marks of reStructuredText.

    Examples
    --------
    >>> plain("Zollman's rule ([Zollman2007]_), with ``threshold``")
    "Zollman's rule (Zollman 2007), with threshold"
    """
    text = re.sub(r"\[([A-Za-z]+)(\d+[a-z]?)\]_", r"\1 \2", docstring)
    return text.replace("``", "").replace("`", "").replace("**", "").replace("::", ":")


def number(count: float) -> str:
    """Return a large number in words that can be read at a glance.

    Examples
    --------
    >>> number(1234), number(41_941_674), number(2.5e9)
    ('1,234', '41.9 million', '2.5 billion')
    """
    for size, name in ((1e9, "billion"), (1e6, "million")):
        if count >= size:
            return f"{count / size:.3g} {name}"
    return f"{count:,.0f}"


def seconds(duration: float) -> str:
    """Return a duration in seconds, or minutes and hours where it is long.

    Examples
    --------
    >>> seconds(0.78), seconds(83), seconds(7300)
    ('0.78 s', '1 min 23 s', '2 h 1 min')
    """
    if duration < 60:
        return f"{duration:.2g} s" if duration < 10 else f"{duration:.0f} s"
    minutes = round(duration) // 60
    return f"{minutes} min {round(duration) % 60} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
