"""A widget's key is its name in the visit and in the address, so two pages must not share one: the value of the first would come along."""

from __future__ import annotations

import ast
from collections import defaultdict

from lraln_core.files.workspace import PROJECT, Workspace
from tests.app.conftest import OpenPage
from tests.app.jobs_by_hand import add_projection
from tests.app.workspaces import add_run


def keys_by_file() -> dict[str, set[str]]:
    """Every key that is written out, with the files that use it."""
    found: dict[str, set[str]] = defaultdict(set)
    for path in (PROJECT / "pages").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            for word in node.keywords if isinstance(node, ast.Call) else ():
                if word.arg == "key" and isinstance(word.value, ast.Constant) and isinstance(word.value.value, str):
                    found[word.value.value].add(path.name)
    return found


def test_no_two_files_use_one_key() -> None:
    found = keys_by_file()
    assert len(found) > 50
    assert {key: files for key, files in found.items() if len(files) > 1} == {}


def test_what_was_chosen_on_space_does_not_come_along_to_pairs(open_page: OpenPage, app_workspace: Workspace) -> None:
    add_projection(add_run(app_workspace, "run-one"), [["вода"]], [["water"]])
    app = open_page("space", run="run-one")
    assert app.select_slider(key="points").value == 2000
    app.switch_page("pages/pairs.py").run()
    assert app.selectbox(key="size").value == 20
