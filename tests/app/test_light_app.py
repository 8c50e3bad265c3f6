"""The app stays light: no page loads torch or another heavy library, not even when it measures or teaches."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from lraln_core.files.workspace import PROJECT, Workspace
from tests.app.lessons import add_lesson
from tests.app.test_every_page import EVERY_PAGE
from tests.app.workspaces import add_run

WALK = """
import sys
from streamlit.testing.v1 import AppTest
app = AppTest.from_file("app.py", default_timeout=60).run()
for page in sys.argv[1:]:
    app.switch_page(f"pages/{page}.py").run()
    assert not app.exception, page
    for button in app.button:
        if button.key == "fertility_measure":
            button.click().run()
            assert not app.exception
            break
print([name for name in ("torch", "transformers", "faiss", "umap") if name in sys.modules])
"""


def test_no_page_loads_a_heavy_library(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "workspace").require_writable()
    add_run(workspace, "run-one")
    add_lesson(workspace)
    pages = [page for page in EVERY_PAGE if page != "space"]  # it starts work of its own when it is opened
    result = subprocess.run(
        [sys.executable, "-c", WALK, *pages],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        env={"PATH": "", "HOME": str(tmp_path), "LRALN_WORKSPACE": str(workspace.root)},
    )
    assert result.returncode == 0, result.stderr[-2000:]
    assert result.stdout.strip().splitlines()[-1] == "[]"
