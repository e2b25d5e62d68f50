import io
import sys

import pytest

from socialsim.cli import console
from socialsim.engine.run import Progress


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_bar_shows_runs_work_and_time_left_on_a_terminal(monkeypatch, capsys):
    terminal = Terminal()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stderr", terminal)
    with console.progress_bar(True, "events") as show:
        show(Progress(0, 40, 0))
        show(Progress(30, 40, 2_000_000))
    shown = terminal.getvalue()
    assert all(text in shown for text in ("30/40", "left", "2 million events"))
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("wanted", [True, False])
def test_nothing_is_shown_where_there_is_no_terminal(capsys, wanted):
    with console.progress_bar(wanted, "events") as show:
        assert show is None
    with console.spinner("measuring"):
        pass
    assert capsys.readouterr() == ("", "")


def test_brackets_in_tables_are_no_markup(capsys):
    console.write_table(("metric", "estimate"), [("share", "[bold]0.5[/bold] [0.4, 0.6]")])
    assert "[bold]0.5[/bold] [0.4, 0.6]" in capsys.readouterr().out
