"""The notebook of the documentation runs from its first cell to its last and shows its tables."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOK = Path(__file__).resolve().parents[1] / "docs" / "first_result.ipynb"


@pytest.mark.slow
def test_the_first_result_notebook_runs(tmp_path, monkeypatch):
    monkeypatch.setenv("LRALN_WORKSPACE", str(tmp_path / "workspace"))
    monkeypatch.setenv("PYTHONPATH", str(NOTEBOOK.parents[1]))
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    NotebookClient(notebook, timeout=500, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}).execute()
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    tables = [sum("<table" in output.get("data", {}).get("text/html", "") for output in cell.outputs) for cell in code]
    assert tables == [0, 1, 1, 1, 1]
    assert "src2trg" in code[2].outputs[-1]["data"]["text/html"]
    assert {path.name for path in tmp_path.iterdir()} == {"workspace"}
