"""What the script on stylised facts says of series that have none."""

import runpy
import sys
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

SCRIPT = Path(__file__).parents[2] / "scenarios" / "stylised_facts.py"


def run_on(prices, folder, monkeypatch):
    path = folder / "prices.csv"
    rows = [f"{date(2000, 1, 1) + timedelta(k)},{price}" for k, price in enumerate(prices)]
    path.write_text("\n".join(["date,price", *rows]))
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "argv", [str(SCRIPT), str(path)])
    runpy.run_path(str(SCRIPT), run_name="__main__")


@pytest.mark.parametrize(
    ("prices", "message"),
    [
        ([1.0, 2.0], "it has 2 prices; accepted: 101 or more"),
        (np.linspace(1.0, 2.0, 50), "it has 50 prices; accepted: 101 or more"),
        (np.full(300, 5.0), "all returns are equal; accepted: prices that move"),
    ],
)
def test_what_has_no_stylised_facts_is_refused_in_one_line(prices, message, tmp_path, monkeypatch):
    with pytest.raises(SystemExit) as stop:
        run_on(prices, tmp_path, monkeypatch)
    assert str(stop.value) == f"{tmp_path / 'prices.csv'}: {message}"


def test_a_series_without_a_tail_is_measured_and_drawn(tmp_path, monkeypatch, capsys):
    run_on(np.where(np.arange(300) < 200, 5.0, 6.0), tmp_path, monkeypatch)
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith("tail index") and "undefined" in line for line in lines)
    assert (tmp_path / "stylised_facts.png").exists()
