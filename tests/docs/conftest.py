"""What the tests of the pages share: reading the code blocks that a page shows."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def read_blocks(page):
    """Return (language, file named on the fence or "", text) of each code block of a page, in order."""
    return BLOCK.findall((ROOT / page).read_text(encoding="utf-8"))


@pytest.fixture
def blocks():
    return read_blocks


@pytest.fixture
def write_files(blocks):
    def write(page, folder):
        """Write the files that a page shows into a folder, and return their paths within it."""
        files = {name: text for _, name, text in blocks(page) if name}
        for name, text in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8")
        return list(files)

    return write
