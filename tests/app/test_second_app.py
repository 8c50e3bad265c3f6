"""A second app on one workspace says what happens and what to do, and goes on as soon as the first has ended."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
from streamlit.testing.v1 import AppTest

from lraln_core.files.atomic import write_json
from lraln_core.files.workspace import PROJECT, Workspace
from tests.app.conftest import PAGES, OpenPage
from tests.app.workspaces import add_run

HOLD = """
import sys
from pathlib import Path
from lraln_core.store.database import open_database
from lraln_core.files.workspace import Workspace
db = open_database(Workspace(Path(sys.argv[1])))
print("ready", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def first(app_workspace: Workspace) -> Iterator[subprocess.Popen]:
    """A process that has the workspace's database open; communicate("") ends it."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(app_workspace.root)], cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "ready\n"
    yield process
    if process.poll() is None:
        process.communicate("")


def html(app: AppTest) -> str:
    return " ".join(element.proto.body for element in app.get("html"))


@pytest.mark.parametrize("name", PAGES)
def test_every_page_says_that_the_workspace_is_open_elsewhere(open_page: OpenPage, first: subprocess.Popen, name: str) -> None:
    app = open_page(name)
    assert not app.exception and not app.error
    said = html(app)
    assert app.title[0].value == "This workspace is open elsewhere"
    assert f"process {first.pid}" in said and "Ctrl+C" in said and "LRALN_WORKSPACE" in said
    assert [caption.value for caption in app.caption] == ["Waiting for the other one to end."]


def test_it_goes_on_when_the_first_has_ended(open_page: OpenPage, app_workspace: Workspace, first: subprocess.Popen) -> None:
    add_run(app_workspace, "run-one")
    app = open_page("pairs")
    assert app.title[0].value == "This workspace is open elsewhere"
    first.communicate("")
    app.run()
    assert app.title[0].value == "Word pairs" and not app.exception and not app.error


@pytest.mark.parametrize(
    ("process", "address", "shown"),
    [
        ("first", "http://127.0.0.1:8777/", True),
        ("first", "javascript:alert(1)", False),
        ("another", "http://127.0.0.1:8777/", False),  # an app that has ended since: a command has the workspace now
    ],
)
def test_the_address_of_the_first_is_given_when_it_is_known(
    open_page: OpenPage, app_workspace: Workspace, first: subprocess.Popen, process: str, address: str, shown: bool
) -> None:
    write_json(app_workspace.root / "app.json", {"process": first.pid + (process != "first"), "address": address})
    said = html(open_page())
    assert (f'href="{address}"' in said) == shown


def test_an_app_leaves_its_own_address(open_page: OpenPage, app_workspace: Workspace) -> None:
    open_page()
    said = json.loads((app_workspace.root / "app.json").read_text(encoding="utf-8"))
    assert said == {"process": os.getpid(), "address": "http://127.0.0.1:8501/"}


def test_a_workspace_that_is_deleted_while_the_app_runs_is_said(open_page: OpenPage, app_workspace: Workspace) -> None:
    app = open_page("home")
    assert not app.exception and not app.error
    app_workspace.root.rename(app_workspace.root.with_name("elsewhere"))
    for _ in range(2):
        app.run()
        assert not app.exception and len(app.error) == 1
        assert "is gone" in app.error[0].value and "no prepared corpus" not in app.error[0].value
    assert not app_workspace.root.exists()
    app_workspace.root.with_name("elsewhere").rename(app_workspace.root)
    assert not app.run().error
