"""The page of all learners leaves none out."""

import re
from pathlib import Path

from socialsim.engine.discovery import learner_classes

DOCS = Path(__file__).parents[2] / "docs"
PAGE, BIBLIOGRAPHY = ((DOCS / name).read_text(encoding="utf-8") for name in ("learners.md", "bibliography.md"))


def test_every_learner_stands_in_one_of_the_tables():
    tables = PAGE.partition("## Which of them")[0]
    rows = re.findall(r"^\| (`[^|]*`) \|", tables, re.MULTILINE)
    assert sorted(re.findall(r"`(\w+)`", " ".join(rows))) == sorted(learner_classes())


def test_sources_are_in_the_bibliography():
    cited = re.findall(r"\[(\w+)\]\(bibliography.md\)", PAGE)
    listed = re.findall(r"^- \*\*\[(\w+)\]", BIBLIOGRAPHY, re.MULTILINE)
    assert set(cited) - set(listed) == set()
