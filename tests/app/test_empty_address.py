"""An option that stands in the address without a value chooses nothing: the page is as if it were not there."""

from __future__ import annotations

import re

import pytest

from lraln_core.files.workspace import PROJECT, Workspace
from tests.app.conftest import OpenPage
from tests.app.jobs_by_hand import add_ner, add_projection
from tests.app.lessons import add_lesson
from tests.app.workspaces import add_run

SOURCE = "\n".join(path.read_text(encoding="utf-8") for path in sorted((PROJECT / "pages").rglob("*.py")))
OPTIONS = sorted(set(re.findall(r'key="(\w+)"', SOURCE)) - {"run", "other", "pair", "view"})


@pytest.mark.parametrize("page", ["pairs", "compare", "retrieval", "space", "ner", "guide", "launch", "suite", "corpora", "home"])
@pytest.mark.parametrize("view", [None, "", "Only in one", "Named entities", "results"])
def test_options_without_a_value(page: str, view: str | None, open_page: OpenPage, app_workspace: Workspace) -> None:
    folder = add_run(app_workspace, "run-one")
    add_run(app_workspace, "run-two", name="Another", minutes=1)
    add_projection(folder, [["а", "б"], ["в"]], [["a", "b"], ["c"]], umap=True)
    add_ner(folder)
    add_lesson(app_workspace)
    chosen = {} if view is None else {"view": view}
    app = open_page(page, run="run-one", **dict.fromkeys(OPTIONS, ""), **chosen)
    assert not app.exception, [element.message for element in app.exception]
