"""Every notebook runs from top to bottom, can be read as it is, and defines nothing that belongs in the package."""

import ast
import shutil
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOKS = sorted((Path(__file__).parents[2] / "notebooks").glob("*.ipynb"))


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def path(request):
    return request.param


@pytest.mark.compiled
def test_the_notebook_runs(path, tmp_path):
    shutil.copy(path, tmp_path)
    notebook = nbformat.read(tmp_path / path.name, as_version=4)
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(tmp_path)}}).execute()
    before = nbformat.read(path, as_version=4)
    kinds = [[output.output_type for output in cell.get("outputs", [])] for cell in notebook.cells]
    assert kinds == [[output.output_type for output in cell.get("outputs", [])] for cell in before.cells]


def test_the_notebook_can_be_read_without_running_it(path):
    cells = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    assert any("image/png" in output.get("data", {}) for cell in cells for output in cell.outputs)


def test_the_notebook_defines_no_classes(path):
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "code":
            source = "\n".join(line for line in cell.source.splitlines() if not line.startswith("%"))
            assert not any(isinstance(node, ast.ClassDef) for node in ast.walk(ast.parse(source)))
