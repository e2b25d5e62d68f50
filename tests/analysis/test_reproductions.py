import json
import shutil
from pathlib import Path

import pytest

from socialsim.cli.reproduction import read_expected, reproduce, save
from socialsim.core.errors import ParameterError
from socialsim.core.estimate import KINDS, Estimate, holds

FOLDERS = sorted(
    path.parent for path in (Path(__file__).parents[2] / "analysis" / "reproductions").glob("*/expected.json")
)
MUTATIONS = [  # with as many runs as the error needs to show
    ("zollman_2007", "neighbours ignored", 60),
    ("zollman_2007", "wrong likelihood", 200),
    ("rosenstock_2017", "few trials", 400),
    ("rosenstock_2017", "neighbours ignored", 100),
    ("oconnor_2018", "no mistrust", 100),
    ("oconnor_2018", "all at once", 100),
    ("oconnor_2018", "distance ignored", 100),
    ("nissen_2016", "all results published", 60),
    ("nissen_2016", "wrong likelihood", 60),
    ("nissen_2016", "thresholds swapped", 60),
    ("smaldino_2016", "no selection", 3),
    ("smaldino_2016", "no mutation", 3),
    ("smaldino_2016", "all results published", 3),
    ("weisberg_2009", "controls never rest", 20),
    ("weisberg_2009", "followers ignore what has been visited", 20),
    ("weisberg_2009", "mavericks follow", 20),
    ("weisberg_2009", "the error stays", 20),
    ("agapiou_2022", "growth without neighbours", 40),
    ("agapiou_2022", "hits without consequences", 100),
    ("agapiou_2022", "near is the square of nine", 40),
    ("perolat_2017", "growth without neighbours", 8),
    ("perolat_2017", "hits without consequences", 8),
    ("perolat_2017", "near is the square of nine", 8),
    ("janssen_2010", "growth without neighbours", 40),
    ("janssen_2010", "no growth", 40),
    ("janssen_2010", "only the four nearest count", 40),
    ("gordon_1954", "the catch stays in the sea", 4),
    ("gordon_1954", "another growth", 4),
    ("calvano_2020", "nothing is remembered", 10),
    ("calvano_2020", "profits are shared", 10),
    ("calvano_2020", "a narrow grid", 10),
    ("brock_1998", "information is free", 4),
    ("brock_1998", "profits are remembered", 4),
    ("lux_2000", "strategies are fixed", 6),
    ("lux_2000", "fundamentalists do not trade", 6),
    ("challet_2000", "the majority wins", 10),
    ("challet_2000", "nobody learns", 10),
    ("challet_2000", "own impact is known", 10),
    ("gode_1993", "buyers alone are constrained", 20),
    ("gode_1993", "no margins", 20),
    ("gode_1993", "days end early", 20),
    ("burdett_1983", "sellers draw evenly", 10),
    ("burdett_1983", "the second quote is not heard", 10),
    ("burdett_1983", "profits are shared", 10),
    ("montgomery_1972", "permits cannot be traded", 3),
    ("montgomery_1972", "payments are returned", 3),
    ("montgomery_1972", "firms are alike", 3),
    ("condorcet_1785", "one juror decides", 40),
    ("condorcet_1785", "the minority decides", 40),
    ("condorcet_1785", "all read one newspaper", 40),
    ("hegselmann_2002", "oneself does not count", 4),
    ("hegselmann_2002", "half the confidence", 4),
    ("hegselmann_2002", "only the lower of two moves", 4),
    ("meir_2010", "nobody moves", 400),
    ("meir_2010", "the worst is made to win", 400),
    ("gehrlein_1976", "cultures swapped", 20),
    ("gehrlein_1976", "one voter at home", 20),
    ("merrill_1984", "one approved", 10),
    ("merrill_1984", "ballots by lot", 10),
    ("watts_2002", "one neighbour suffices", 30),
    ("watts_2002", "thresholds are doubled", 30),
    ("watts_2002", "the threshold must be exceeded", 30),
    ("laver_2005", "Hunters never turn", 6),
    ("laver_2005", "Aggregators go to the mean of all", 6),
    ("wilson_2019", "nothing becomes a habit", 2),
    ("wilson_2019", "rewards teach nothing", 2),
    ("axelrod_1986", "punishing is free", 60),
    ("axelrod_1986", "punishment does not hurt", 60),
    ("axelrod_1986", "scores do not count", 60),
    ("young_1993", "one meeting is remembered", 4),
    ("young_1993", "another game", 4),
    ("young_1993", "half the errors", 4),
    ("sen_2007", "everybody meets one other", 20),
    ("sen_2007", "to differ pays", 20),
    ("sen_2007", "all actions pay alike", 20),
    ("koster_2022", "each rule has its own mark", 6),
    ("koster_2022", "sanctions do not hurt", 6),
    ("koster_2022", "sanctions do not pay", 6),
    ("barrett_2006", "failures reinforce", 30),
    ("barrett_2006", "urns forget", 60),
    ("barrett_2006", "messages are misheard", 30),
    ("zollman_2005", "everybody meets everybody", 10),
    ("zollman_2005", "the worst is imitated", 10),
    ("zollman_2005", "nobody imitates", 10),
    ("crawford_1982", "the bias is forgotten", 20),
    ("crawford_1982", "messages are lost", 20),
    ("baronchelli_2006", "nobody forgets", 4),
    ("baronchelli_2006", "words are coined again and again", 8),
    ("xie_2011", "the minority listens", 30),
    ("xie_2011", "one hearing suffices", 30),
    ("axelrod_1997", "similarity does not matter", 30),
    ("axelrod_1997", "the lattice has no border", 60),
    ("centola_2018", "the minority listens", 60),
    ("centola_2018", "one word is remembered", 60),
    ("stewart_2012", "matches of ten turns", 60),
    ("stewart_2012", "one act in twenty goes wrong", 60),
    ("stewart_2012", "nobody meets itself", 60),
    ("stewart_2012", "one's own act is taken for the other's", 60),
    ("nowak_1992", "without self-play", 2),
    ("nowak_1992", "four neighbours", 2),
    ("nowak_1992", "one at a time", 2),
    ("santos_2005", "payoffs averaged", 4),
    ("santos_2005", "also the worse are imitated", 4),
    ("allen_2017", "births come first", 40_000),
    ("allen_2017", "strategies are paid alike", 40_000),
    ("bonabeau_1996", "nobody rests", 4),
    ("bonabeau_1996", "demand does not wait", 4),
    ("theraulaz_1998", "practice is in vain", 20),
    ("theraulaz_1998", "thresholds never rise", 20),
    ("ricardo_1817", "nobody trades", 4),
    ("ricardo_1817", "returns are constant", 4),
    ("schelling_1971", "only four are neighbours", 20),
    ("schelling_1971", "demands are smaller", 20),
    ("gauvin_2009", "the content stay", 4),
    ("gauvin_2009", "any vacancy will do", 4),
    ("macy_2002", "failures teach nothing", 300),
    ("macy_2002", "half the learning rate", 300),
    ("macy_2002", "stimuli without size", 300),
    ("santos_2006", "links stand still", 4),
    ("santos_2006", "no selection", 8),
    ("ohtsuki_2004", "whoever refuses is bad", 4),
    ("ohtsuki_2004", "gifts never fail", 4),
    ("ohtsuki_2004", "opinions are shared", 4),
    ("santos_2008", "strangers meet", 4),
    ("santos_2008", "the worse are imitated", 4),
    ("hu_2019", "one particle at the mean", 20),
    ("hu_2019", "all start alike", 20),
    ("hu_2019", "rare actions are corrected more", 20),
    ("van_mieghem_2009", "one is ill for twice as long", 4),
    ("van_mieghem_2009", "nobody falls ill twice", 4),
    ("van_mieghem_2009", "one meets anybody", 4),
    ("yang_2018", "whole bond", 2),
    ("yang_2018", "eight neighbours", 2),
    ("yang_2018", "coarse company", 2),
    ("guo_2023", "the last step is not paid", 1),
    ("guo_2023", "later rewards are worth less", 1),
    ("cui_2022", "a mean over neighbours", 10),
    ("cui_2022", "care does not help", 10),
    ("cui_2022", "one step less", 10),
]
SLOW = {  # more than five seconds of one core for the quickest mutation that shows the error: with --full alone
    *("baronchelli_2006", "bonabeau_1996", "burdett_1983", "calvano_2020", "centola_2018", "challet_2000"),
    *(
        "gode_1993",
        "gordon_1954",
        "laver_2005",
        "lux_2000",
        "montgomery_1972",
        "santos_2005",
        "wilson_2019",
        "xie_2011",
    ),
}
every_folder = pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)


def with_fewer_runs(folder, replications, place):
    """Return a copy of a reproduction whose quick version is quicker."""
    copy = shutil.copytree(folder, place / folder.name, ignore=shutil.ignore_patterns("__pycache__"))
    expected = json.loads((copy / "expected.json").read_text())
    expected["replications"]["quick"] = replications
    (copy / "expected.json").write_text(json.dumps(expected))
    return copy


def is_refuted(row):
    """Say whether a row fails by more than chance: an interval that is merely wide refutes no claim."""
    if row.kind != "qualitative":
        return not row.holds
    reach = 3 * row.measured.standard_error
    ends = (row.measured.value - reach, row.measured.value + reach)
    return not any(holds(Estimate(end, end, end, 1), row.published, row.kind) for end in ends)


@pytest.mark.compiled
@every_folder
def test_the_quick_version_holds_in_every_row_and_is_drawn(folder, tmp_path):
    reproduction = reproduce(folder)
    assert {row.quantity: str(row.measured) for row in reproduction.rows if not row.holds} == {}
    written = save(reproduction, folder, tmp_path / "out")
    assert (written / "figure.png").read_bytes().startswith(b"\x89PNG")
    assert len(json.loads((written / "measured.json").read_text())["rows"]) == sum(
        row.get("quick", True) for row in read_expected(folder)["rows"]
    )


@pytest.mark.full
@every_folder
def test_the_full_version_holds_in_every_row(folder):
    reproduction = reproduce(folder, full=True)
    assert {row.quantity: str(row.measured) for row in reproduction.rows if not row.holds} == {}
    assert len(reproduction.rows) == len(read_expected(folder)["rows"])


def first_always(cases):
    """Try one mutation of each study that is quick always, and all with --full."""
    seen = set(SLOW)
    for case in cases:
        yield pytest.param(*case, marks=pytest.mark.full if case[0] in seen else ())
        seen.add(case[0])


@pytest.mark.compiled
@pytest.mark.parametrize(("name", "mutation", "replications"), list(first_always(MUTATIONS)))
def test_a_broken_rule_refutes_a_row_that_the_right_rule_does_not(name, mutation, replications, tmp_path):
    folder = next(folder for folder in FOLDERS if folder.name == name)
    few = with_fewer_runs(folder, replications, tmp_path)
    assert not any(is_refuted(row) for row in reproduce(few).rows)
    assert any(is_refuted(row) for row in reproduce(few, mutate=mutation).rows)


@every_folder
def test_every_mutation_of_a_study_is_tested_here(folder):
    tested = ", ".join(sorted(mutation for name, mutation, _ in MUTATIONS if name == folder.name))
    with pytest.raises(ParameterError) as error:
        reproduce(folder, mutate="nothing at all")
    assert str(error.value) == f"unknown mutation 'nothing at all'; Accepted: {tested}"


@every_folder
def test_what_is_expected_is_complete_and_readable(folder):
    expected = read_expected(folder)
    assert expected["name"] == folder.name
    for version in ("quick", "full"):
        assert expected["seeds"][version] >= 0
        assert expected["replications"][version] > 0
    assert expected["replications"]["quick"] < expected["replications"]["full"]
    quantities = [row["quantity"] for row in expected["rows"]]
    assert len(set(quantities)) == len(quantities)
    nowhere = Estimate(1e9, 1e9, 1e9, 1)
    for row in expected["rows"]:
        assert row["kind"] in KINDS
        assert isinstance(row["published"], str)  # as printed: the last digit counts
        assert row["where"]
        if row["kind"] != "qualitative":
            assert not holds(nowhere, row["published"], row["kind"], row["published_se"])


@every_folder
def test_the_readme_shows_every_quantity_and_how_to_run_it(folder):
    text = (folder / "README.md").read_text()
    assert f"socialsim reproduce {folder.name} --full" in text
    for row in read_expected(folder)["rows"]:
        assert f"| {row['quantity']} | {row['kind']} | {row['published']} |" in text
