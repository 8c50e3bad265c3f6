"""The app in a test: AppTest over app.py, with a workspace of its own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from lraln_core.files.workspace import PROJECT, Workspace
from pages.components.server import options
from tests.runs.conftest import small_config, small_files  # noqa: F401, fixtures

PAGES = ("home", "corpora", "launch", "pairs", "dictionary", "compare", "retrieval", "suite", "space", "ner", "alignment")
OpenPage = Callable[..., AppTest]


@pytest.fixture
def app_workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    """An empty workspace that the app will open."""
    workspace = Workspace(tmp_path / "workspace").require_writable()
    monkeypatch.setenv("LRALN_WORKSPACE", str(workspace.root))
    yield workspace
    st.cache_resource.clear()  # closes the database


@pytest.fixture
def local_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """The app may read every file of this computer by path."""
    monkeypatch.setenv(options.LOCAL_FILES, "/")


@pytest.fixture
def open_page(app_workspace: Workspace) -> OpenPage:
    """open_page("pairs", run="...") shows a page with these parameters in its address."""

    def open_page(name: str = "home", **parameters: str) -> AppTest:
        app = AppTest.from_file(PROJECT / "app.py", default_timeout=500)  # of a busy machine; a quiet one takes a second
        app.run()
        if name != "home":
            app.switch_page(f"pages/{name}.py")
        for key, value in parameters.items():
            app.query_params[key] = value
        return app.run()

    return open_page
