import json
from pathlib import Path

import pytest

from socialsim.cli.reproduction import read_expected, reproduce, study_beside
from socialsim.core.errors import ParameterError, ResultError

EXPECTED = {
    "name": "fable_1900",
    "title": "Coins",
    "source": "A fable of 1900",
    "seeds": {"quick": 1, "full": 2},
    "replications": {"quick": 400, "full": 4000},
    "rows": [
        {"quantity": "heads", "kind": "exact", "published": "1/2", "where": "p. 1"},
        {"quantity": "share", "kind": "published", "published": ".50", "published_se": 0.01},
        {"quantity": "never", "kind": "qualitative", "published": "< .1", "quick": False},
    ],
}
STUDY = """
from socialsim.core.estimate import Estimate

MUTATIONS = {"loaded coin": 0.75}


def measure(replications, seed, full, mutation=None):
    p = MUTATIONS[mutation] if mutation else 0.5
    share = Estimate(p + 0.001 * seed, p - 0.05, p + 0.05, replications, standard_error=0.02)
    undefined = Estimate.undefined("nothing was thrown")
    return {"heads": Estimate(p, p, p, 1), "share": share, "never": undefined}
"""


@pytest.fixture
def checkout(cli, tmp_path):
    """Make a checkout with one reproduction and give its folder."""
    folder = tmp_path / "analysis" / "reproductions" / "fable_1900"
    folder.mkdir(parents=True)
    (folder / "expected.json").write_text(json.dumps(EXPECTED))
    (folder / "study.py").write_text(STUDY)
    return folder


def test_quick_version_compares_the_quick_rows(checkout):
    done = reproduce(checkout)
    assert [row.quantity for row in done.rows] == ["heads", "share"]
    assert (done.replications, done.seed, done.holds) == (400, 1, True)


def test_full_version_compares_all_rows_with_its_own_seed(checkout):
    done = reproduce(checkout, full=True)
    assert (done.replications, done.seed) == (4000, 2)
    assert [row.holds for row in done.rows] == [True, True, False]


def test_mutation_breaks_the_reproduction(checkout):
    assert not any(row.holds for row in reproduce(checkout, mutate="loaded coin").rows)


def test_unknown_mutation_is_named(checkout):
    with pytest.raises(ParameterError, match="did you mean 'loaded coin'"):
        reproduce(checkout, mutate="loaded coins")


def test_quantity_that_the_study_does_not_measure_is_named(checkout):
    (checkout / "study.py").write_text(STUDY.replace('"share": share', '"shar": share'))
    with pytest.raises(ResultError, match="'share'; did you mean 'shar'"):
        reproduce(checkout)


@pytest.mark.parametrize("text", ["", "[]", "{", '{"name": "fable_1900"}'])
def test_expected_that_cannot_be_read_is_named(checkout, text):
    (checkout / "expected.json").write_text(text)
    with pytest.raises(ResultError, match=r"expected\.json"):
        read_expected(checkout)


def test_command_prints_json_and_writes_what_was_measured(checkout, cli):
    done = cli("reproduce", "fable_1900", "--json", "--out", "here")
    assert (done.code, done.err) == (0, "")
    printed = json.loads(done.out)
    assert list(printed) == ["name", "rows"]
    assert list(printed["rows"][0]) == ["quantity", "kind", "published", "measured", "low", "high", "holds"]
    written = json.loads(Path("here/measured.json").read_text())
    assert [row["measured"] for row in written["rows"]] == [0.5, 0.501]
    assert written["mutation"] is None
    assert Path("here/figure.png").read_bytes().startswith(b"\x89PNG")


def test_row_that_does_not_hold_is_exit_code_1(checkout, cli):
    done = cli("reproduce", "fable_1900", "--full", "--json")
    assert done.code == 1
    last = json.loads(done.out)["rows"][-1]
    assert (last["measured"], last["holds"]) == (None, False)


def test_table_says_what_holds_and_ends_with_the_figure(checkout, cli):
    done = cli("reproduce", "fable_1900", "--mutation", "loaded coin")
    assert done.code == 1
    assert "loaded coin" in done.out
    assert "0 of 2 hold" in done.out
    assert Path(done.out.splitlines()[-1]).is_file()


def test_figure_of_the_study_takes_the_place_of_the_usual_one(checkout, cli):
    own = "def draw(measured, expected, folder):\n    (folder / 'own.svg').write_text(expected['title'])\n"
    (checkout / "figures.py").write_text(own)
    cli("reproduce", "fable_1900", "--out", "here")
    assert sorted(file.name for file in Path("here").iterdir()) == ["measured.json", "own.svg"]


def test_figures_draw_from_the_very_module_that_has_measured(checkout, cli):
    """Code that is compiled for a study is kept under the name of its module, and must be found by that name again."""
    (checkout / "study.py").write_text(STUDY + "\n\nclass Model:\n    pass\n")
    own = (
        "import sys\n"
        "from socialsim.cli.reproduction import study_beside\n\n\n"
        "def draw(measured, expected, folder):\n"
        "    study = study_beside(__file__)\n"
        "    assert sys.modules[study.Model.__module__] is study is study_beside(__file__)\n"
        "    (folder / 'own.svg').write_text(study.Model.__module__)\n"
    )
    (checkout / "figures.py").write_text(own)
    cli("reproduce", "fable_1900", "--out", "here")
    assert Path("here/own.svg").read_text() == "socialsim_reproduction_fable_1900_study"


def test_figures_that_are_drawn_alone_load_their_study(checkout, tmp_path):
    assert study_beside(checkout / "figures.py").MUTATIONS == {"loaded coin": 0.75}
    elsewhere = tmp_path / "copy" / checkout.name
    elsewhere.mkdir(parents=True)
    (elsewhere / "study.py").write_text(STUDY.replace("0.75", "0.8"))
    assert study_beside(elsewhere / "figures.py").MUTATIONS == {"loaded coin": 0.8}  # not another of this name
    with pytest.raises(ResultError, match=r"study\.py cannot be read"):
        study_beside(tmp_path / "figures.py")


def test_checkout_is_found_from_a_folder_inside_it(checkout, cli, monkeypatch):
    monkeypatch.chdir(checkout)
    assert cli("reproduce", "fable_1900", "--json", "--out", "../here").code == 0


def test_unknown_reproduction_is_refused(checkout, cli):
    done = cli("reproduce", "fable_1901")
    assert (done.code, done.out) == (2, "")
    assert "did you mean 'fable_1900'?" in done.err


@pytest.mark.parametrize("command", [["reproduce", "fable_1900"], ["bench"], ["bench", "speed"]])
def test_without_a_checkout_one_line_says_so(cli, command):
    done = cli(*command)
    assert (done.code, done.out, done.err.count("\n")) == (2, "", 1)
    assert "checkout" in done.err


def test_benchmarks_are_listed_and_run(checkout, cli, tmp_path):
    (tmp_path / "benchmarks").mkdir()
    (tmp_path / "benchmarks" / "speed.py").write_text('"""How fast.\n\nMore."""\nraise SystemExit(3)\n')
    listed = cli("bench")
    assert listed.code == 0
    assert "speed" in listed.out
    assert "How fast." in listed.out
    assert cli("bench", "speed").code == 3
    assert "did you mean 'speed'?" in cli("bench", "sped").err
