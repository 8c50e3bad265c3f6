"""Links in a workspace that lead outside: what is there is not written, changed or removed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from lraln_core.errors import WorkspaceError
from lraln_core.files import app_log
from lraln_core.files.run_folder import RunFolder
from lraln_core.files.workspace import Workspace
from lraln_core.runs.jobs import background
from lraln_core.store.database import open_database
from lraln_core.store.judging.judgements import judge
from lraln_core.store.removal import remove_corpus, remove_run
from lraln_core.store.sync import sync
from tests.store.store_folders import write_sample


@pytest.fixture
def theirs(tmp_path) -> Path:
    """Somebody else's folder."""
    folder = tmp_path / "theirs"
    (folder / "inner").mkdir(parents=True)
    (folder / "file.txt").write_text("mine\n")
    return folder


@pytest.fixture(autouse=True)
def untouched(theirs):
    before = {str(path): path.read_bytes() if path.is_file() else None for path in theirs.rglob("*")}
    yield
    assert {str(path): path.read_bytes() if path.is_file() else None for path in theirs.rglob("*")} == before


@pytest.fixture
def run(workspace) -> RunFolder:
    return RunFolder(write_sample(workspace))


@pytest.mark.parametrize("name", ["events.jsonl", "log.txt", "lock", "status.json", "config.json", "checkpoint.safetensors", "cancel"])
def test_a_file_of_a_run_that_is_a_link_stops_all_work_on_it(run, workspace, theirs, name):
    (run.path / name).unlink(missing_ok=True)
    (run.path / name).symlink_to(theirs / "file.txt")
    for work in (lambda: run.hold().__enter__(), run.request_cancel, lambda: background.start(run, workspace, ["run"])):
        with pytest.raises(WorkspaceError, match=f"{name} is a link to another place"):
            work()


@pytest.mark.parametrize("job", [False, True])
def test_a_run_that_is_a_link_is_read_but_not_worked_on(workspace, theirs, job):
    run = RunFolder(write_sample(workspace))
    shutil.copytree(run.path, theirs.parent / "elsewhere")
    shutil.rmtree(run.path)
    run.path.symlink_to(theirs.parent / "elsewhere")
    folder = RunFolder(run.path / "jobs" / "x") if job else run
    with pytest.raises(WorkspaceError, match="is a link"):
        folder.hold().__enter__()
    assert not (theirs.parent / "elsewhere" / "jobs").exists() and not (theirs.parent / "elsewhere" / "lock").exists()
    db = open_database(workspace)
    try:
        assert sync(db) == ["c-en", "c-mk", run.id]
        remove_run(db, run.id)
    finally:
        db.close()
    assert not run.path.exists() and (theirs.parent / "elsewhere" / "config.json").exists()


def test_jobs_of_a_run_in_another_place(run, theirs):
    (run.path / "jobs").symlink_to(theirs)
    with pytest.raises(WorkspaceError, match="jobs is a link"):
        RunFolder(run.path / "jobs" / "x").hold().__enter__()


def test_judgements_the_database_and_the_log(run, workspace, theirs):
    db = open_database(workspace)
    try:
        sync(db)
        workspace.judgements.mkdir(exist_ok=True)
        (workspace.judgements / "judgements.jsonl").symlink_to(theirs / "file.txt")
        with pytest.raises(WorkspaceError, match="judgements.jsonl is a link"):
            judge(db, run.id, 0, "right", annotator="x")
    finally:
        db.close()
    workspace.database.unlink()
    workspace.database.symlink_to(theirs / "new.duckdb")
    with pytest.raises(WorkspaceError, match="lraln.duckdb is a link"):
        open_database(workspace)
    (workspace.root / "app.log").symlink_to(theirs / "file.txt")
    with pytest.raises(WorkspaceError, match="app.log is a link"):
        app_log.start(workspace)


def test_a_corpus_that_is_a_link_is_removed_as_a_link(workspace, theirs):
    write_sample(workspace)
    shutil.rmtree(workspace.corpora / "c-mk")
    (workspace.corpora / "c-mk").symlink_to(theirs)
    db = open_database(workspace)
    try:
        sync(db)
        remove_run(db, "run-1")
        remove_corpus(db, "c-mk")
    finally:
        db.close()
    assert not (workspace.corpora / "c-mk").is_symlink()


def test_a_room_may_lie_on_another_disk(tmp_path):
    workspace = Workspace(tmp_path / "w").require_writable()
    (tmp_path / "disk").mkdir()
    workspace.runs.symlink_to(tmp_path / "disk")
    with RunFolder(workspace.runs / "run-1").hold():
        assert (tmp_path / "disk" / "run-1" / "lock").exists()
