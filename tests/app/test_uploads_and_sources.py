"""Files of visitors, and from which file a corpus came."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from lraln_core.files.workspace import Workspace
from lraln_core.store.database import open_database
from lraln_core.store.ingest.corpora import ingest_corpus
from lraln_core.store.queries.sources import forget_source, list_sources, remember_source
from lraln_core.store.sync import sync
from pages.components.shared import uploads
from tests.app.workspaces import add_corpus, add_run


class File(io.BytesIO):
    def __init__(self, name: str, content: bytes) -> None:
        super().__init__(content)
        self.name = name


@pytest.mark.parametrize(
    ("name", "ending"),
    [
        ("a.txt", ".txt"),
        ("A.TSV", ".tsv"),
        ("a.csv.gz", ".csv.gz"),
        ("a.mk.gz", ".txt.gz"),
        ("noending", ".txt"),
        ("../x/.gz", ".txt.gz"),
        ("Story.TextGrid", ".textgrid"),
        ("a.flextext.xz", ".flextext.xz"),
        ("a.docx", ".docx"),
        ("a.exe", ".txt"),
    ],
)
def test_an_upload_gets_a_name_of_our_own(workspace: Workspace, name: str, ending: str) -> None:
    saved = uploads.save(File(name, b"text"), workspace)
    assert saved.new and saved.path.parent == workspace.root / "uploads" and saved.path.read_bytes() == b"text"
    assert saved.path.name.removesuffix(ending).isalnum() and saved.path.name.endswith(ending)
    assert uploads.is_upload(str(saved.path), workspace) and not uploads.is_upload("/etc/passwd", workspace)
    assert uploads.save(File(name, b"text"), workspace) == (saved.path, False)


def test_the_file_of_a_corpus_is_remembered_beyond_the_database(workspace: Workspace) -> None:
    path, corpus = add_corpus(workspace, ("One two three .",), "en", "a.txt")
    db = open_database(workspace)
    try:
        ingest_corpus(db, corpus.folder, "my *text*.txt")
        remember_source(workspace, corpus.id, path, "my *text*.txt")
    finally:
        db.close()
    workspace.database.unlink()
    db = open_database(workspace)
    try:
        sync(db)
        (source,) = list_sources(db)
        assert (source.title, source.path, source.available, source.runs) == ("my *text*.txt", str(path), True, 0)
        forget_source(workspace, corpus.id)
        path.unlink()
        (source,) = list_sources(db)
        assert source.title == "a.txt" and not source.available
    finally:
        db.close()


def test_the_file_of_a_corpus_is_known_from_the_run_that_used_it(workspace: Workspace) -> None:
    add_run(workspace, "run-one")
    db = open_database(workspace)
    try:
        sync(db)
        assert {Path(source.path).name for source in list_sources(db)} == {"run-one.src.txt", "run-one.trg.txt"}
    finally:
        db.close()
