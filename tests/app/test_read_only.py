"""The read-only mode: every page shows what there is, offers nothing that would change it, and the core refuses all the same."""

from __future__ import annotations

from pathlib import Path

import pytest

from lraln_core.errors import WorkspaceError
from lraln_core.files.read_only import READ_ONLY
from lraln_core.files.run_folder import RunFolder
from lraln_core.files.workspace import PROJECT, Workspace
from lraln_core.runs.jobs import background
from lraln_core.runs.samples import sample_config
from lraln_core.store.database import open_database
from lraln_core.store.judging.translations import translate
from lraln_core.store.removal import remove_run
from lraln_core.store.sync import sync
from pages.components.server import options
from pages.components.shared import uploads
from tests.app.conftest import OpenPage
from tests.app.jobs_by_hand import add_maps
from tests.app.lessons import add_lesson
from tests.app.looks import assert_sound, sentences
from tests.app.test_every_page import EVERY_PAGE
from tests.app.workspaces import add_run, write_status

CHANGES = (
    "Run the sample", "Run again", "Start", "Import", "Resume", "Cancel", "Try again", "Add this file", "Prepare the lesson",
    "Compute this picture", "Yes, remove it", "Run the counterpart", "Start the test", "correct", "wrong",
)  # fmt: skip


@pytest.fixture
def read_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(READ_ONLY, "1")


@pytest.mark.parametrize("page", EVERY_PAGE)
def test_no_page_offers_a_change(page: str, open_page: OpenPage, app_workspace: Workspace, read_only: None) -> None:
    add_maps(add_run(app_workspace, "run-one"))
    write_status(add_run(app_workspace, "run-two", state="cancelled"), "cancelled")
    add_lesson(app_workspace)
    app = open_page(page, run="run-one")
    assert_sound(app)
    assert not [button.label for button in app.button if button.label in CHANGES]
    assert not app.file_uploader
    if page == "pairs":
        assert "judge" not in app.segmented_control(key="pairs_view").options


def test_the_core_refuses_changes(workspace: Workspace, read_only: None) -> None:
    folder = add_run(workspace, "run-one")
    database = open_database(workspace)
    try:
        sync(database, workspace)
        for change in (
            lambda: background.launch_run(sample_config("mk-en"), workspace),
            lambda: background.start_run(folder, workspace),
            lambda: remove_run(database, "run-one"),
            lambda: translate(database, "mk", "реченица", "sentence", annotator="Ana"),
            lambda: RunFolder(folder.path).request_cancel(),
            lambda: uploads.save(open(PROJECT / "LICENSE", "rb"), workspace),
        ):
            with pytest.raises(WorkspaceError, match="read-only"):
                change()
    finally:
        database.close()
    assert folder.path.is_dir() and len(list(workspace.runs.glob("*"))) == 1 and not (workspace.root / "uploads").exists()


def test_the_option_reaches_the_app(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv(READ_ONLY, "")
    script = PROJECT / "app.py"
    options.read(script, [str(script), "--read-only"])
    assert options.os.environ[READ_ONLY] == "1"


def test_the_sidebar_says_so(open_page: OpenPage, app_workspace: Workspace, read_only: None) -> None:
    add_run(app_workspace, "run-one")
    app = open_page("home")
    assert "Read-only" in sentences(app) or any("Read-only" in element.value for element in app.sidebar.markdown)
