"""Every page: empty, loaded, after a failed or interrupted run, in a workspace that cannot be used."""

from __future__ import annotations

from pathlib import Path

import pytest

from lraln_core.files.workspace import Workspace
from lraln_core.runs.jobs import background
from tests.app.conftest import PAGES, OpenPage
from tests.app.looks import assert_sound, html_text, sentences
from tests.app.workspaces import add_run, write_status


@pytest.mark.parametrize("page", PAGES)
def test_an_empty_workspace_says_what_to_do_next(page: str, open_page: OpenPage) -> None:
    app = open_page(page)
    assert_sound(app)
    said = sentences(app) + html_text(app)
    expected = {
        "home": "Run the sample",
        "corpora": "There is no corpus yet",
        "launch": "No run is finished yet",
        "pairs": "There are no word pairs yet",
        "dictionary": "There are no word pairs yet",
        "alignment": "No run is finished yet",
        "compare": "There is no run yet",
        "retrieval": "No run has been tested yet",
        "space": "No run is finished yet",
        "ner": "No run is finished yet",
        "suite": "No suite has been started yet",
    }
    assert expected[page] in said


@pytest.mark.parametrize("page", PAGES)
def test_every_page_draws_a_loaded_workspace(page: str, open_page: OpenPage, app_workspace: Workspace) -> None:
    add_run(app_workspace, "run-one")
    app = open_page(page)
    assert_sound(app)
    html_text(app)


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("state", ["failed", "cancelled", "interrupted"])
def test_a_run_that_did_not_finish(page: str, state: str, open_page: OpenPage, app_workspace: Workspace) -> None:
    folder = add_run(app_workspace, "run-bad", state=state, error="Iteration 1 mined no word pair." if state == "failed" else None)
    if state == "interrupted":
        write_status(folder, "running")  # and nobody holds the lock
    app = open_page(page)
    assert not app.exception
    if page == "home":
        assert any(button.label == "Resume" for button in app.button)
        assert bool(app.error) == (state == "failed")  # once, in the panel of the latest run
        assert state in [badge.value for badge in app.markdown] or state in sentences(app)


def test_home_shows_before_and_after_and_three_pairs(open_page: OpenPage, app_workspace: Workspace) -> None:
    add_run(app_workspace, "run-one")
    text = html_text(open_page())
    assert "50.0\xa0%" in text and "75.0\xa0%" in text and "+25.0\xa0points" in text
    assert "95 % interval: 50.0 to 100.0" in text
    assert "книга – book" in text


def test_a_failed_run_shows_its_sentence_on_home(open_page: OpenPage, app_workspace: Workspace) -> None:
    add_run(app_workspace, "run-bad", state="failed", error="news.mk.txt line 17: not UTF-8 (byte 0xe9); save the file as UTF-8.")
    app = open_page()
    assert any(
        error.value.replace("\\", "") == "news.mk.txt line 17: not UTF-8 (byte 0xe9); save the file as UTF-8." for error in app.error
    )


def test_resume_starts_the_worker_again(open_page: OpenPage, app_workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = add_run(app_workspace, "run-cut", state="cancelled")
    started = []
    monkeypatch.setattr(background, "start_run", lambda folder, workspace: started.append((folder.path, workspace.root)))
    app = open_page()
    next(button for button in app.button if button.label == "Resume").click().run()
    assert started == [(folder.path, app_workspace.root)]


def test_a_sample_is_launched_by_its_button(open_page: OpenPage, app_workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        background,
        "start_run",
        lambda folder, workspace: write_status(folder, "queued", stage="", message="Starting", done=0, total=0),
    )
    app = open_page()
    app.button(key="run_sw-en").click().run()
    assert_sound(app)
    assert [path.name.split("-", 2)[2][:15] for path in app_workspace.runs.iterdir()] == ["sample--swahili"]
    assert "waiting to start" in sentences(app)
    assert app.button(key="run_mk-en").disabled


def test_progress_is_read_from_the_folder_and_can_be_cancelled(open_page: OpenPage, app_workspace: Workspace) -> None:
    folder = add_run(app_workspace, "run-live", state="running")
    with folder.hold():
        app = open_page()
        assert_sound(app)
        assert "Bring closer" in html_text(app)
        metrics = {metric.label: metric.value for metric in app.metric}
        assert metrics == {"Accuracy before": "50.0\xa0%", "Iterations": "1", "Pairs in this iteration": "5", "Several pairs": "67%"}
        next(button for button in app.button if button.label == "Cancel").click().run()
        assert folder.cancel_request.exists()
        reloaded = open_page()  # a new session: nothing was kept but the folder
        assert "stopping at the next step" in sentences(reloaded)


def test_a_damaged_run_folder_is_passed_over_with_its_reason(open_page: OpenPage, app_workspace: Workspace) -> None:
    add_run(app_workspace, "run-one")
    broken = add_run(app_workspace, "run-two", minutes=1)
    broken.pairs(0).write_bytes(b"not parquet")
    app = open_page()
    assert not app.exception
    assert any("damaged" in warning.value for warning in app.warning)
    assert "75.0" in html_text(app)


def test_a_workspace_that_is_a_file_gives_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, open_page: OpenPage) -> None:
    place = tmp_path / "file"
    place.write_text("")
    monkeypatch.setenv("LRALN_WORKSPACE", str(place))
    app = open_page()
    assert not app.exception and len(app.error) == 1
    assert "file" in app.error[0].value
