"""The page on Mesa says what happens."""

import doctest
from pathlib import Path

PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "mesa.md"


def test_the_examples_of_the_page_are_correct():
    failed, attempted = doctest.testfile(str(PAGE), module_relative=False, encoding="utf-8")
    assert attempted > 30
    assert failed == 0
