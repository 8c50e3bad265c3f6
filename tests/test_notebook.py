"""The notebook of the documentation runs from its first cell to its last and shows its tables."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOK = Path(__file__).resolve().parents[1] / "docs" / "first_result.ipynb"


def put_in(source: str, after: str, added: str) -> str:
    assert source.count(after) == 1
    return source.replace(after, after + added)


@pytest.mark.slow
def test_the_first_result_notebook_runs(tmp_path, monkeypatch, tiny_bert):
    """As it stands, but for a small language model and few steps."""
    monkeypatch.setenv("LRALN_WORKSPACE", str(tmp_path / "workspace"))
    monkeypatch.setenv("PYTHONPATH", str(NOTEBOOK.parents[1]))
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    few = "training={'steps': 20, 'evaluate_every': 10, 'warmup_steps': 5}"
    code[0].source = put_in(code[0].source, 'trg_lang="en",', f" encoder={{'name': {str(tiny_bert)!r}}}, {few},")
    code[4].source = put_in(code[4].source, "maps=run,", f" encoder={str(tiny_bert)!r},")
    NotebookClient(notebook, timeout=500, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}).execute()
    tables = [sum("<table" in output.get("data", {}).get("text/html", "") for output in cell.outputs) for cell in code]
    assert tables == [0, 1, 1, 1, 1]
    assert "src2trg" in code[2].outputs[-1]["data"]["text/html"]
    assert {path.name for path in tmp_path.iterdir()} == {"workspace"}
