"""Ingest of prepared corpora."""

from __future__ import annotations

import json
from pathlib import Path

import duckdb

from lraln_core.errors import CorpusError, WorkspaceError
from lraln_core.files import schemas
from lraln_core.files.run_folder import now
from lraln_core.store.database import Database
from lraln_core.text.corpus import open_corpus
from lraln_core.text.report import CorpusReport

from .parquet import damage, parquet_as

_SENTENCES = schemas.subset(schemas.SENTENCES, ("position", "text", "words"))
_COLUMNS = ("id", "number", "name", "language", "source", "sentences", "words", "types", "report", "added")
_INSERT = f"INSERT INTO corpora ({', '.join(_COLUMNS)}) VALUES ({', '.join('$' + name for name in _COLUMNS)})"


def ingest_corpus(db: Database, corpus_folder: Path, name: str = "") -> str:
    """Ingest a prepared corpus; one that is in the database already only gets the name. -> its id, the name of the folder.

    The default name is that of its text file. Raises CorpusError when the folder is damaged.
    """
    with db.transaction() as cursor:
        return insert_corpus(cursor, corpus_folder, name)


def insert_corpus(cursor: duckdb.DuckDBPyConnection, folder: Path, name: str = "") -> str:
    """`ingest_corpus` inside an open transaction."""
    if cursor.execute("SELECT 1 FROM corpora WHERE id = $id", {"id": folder.name}).fetchall():
        if name:
            cursor.execute("UPDATE corpora SET name = $name WHERE id = $id", {"id": folder.name, "name": name})
        return folder.name
    report = read_report(folder)
    with damage(CorpusError, f"The corpus folder {folder}"):
        number = cursor.execute("SELECT nextval('corpus_numbers')").fetchall()[0][0]
        with parquet_as(cursor, "sentence_files", [folder / "sentences.parquet"], _SENTENCES, CorpusError):
            cursor.execute("INSERT INTO sentences SELECT $number, * FROM sentence_files ORDER BY position", {"number": number})
        cursor.execute(
            _INSERT,
            {
                "id": folder.name,
                "number": number,
                "name": name or report.file,
                "language": report.language,
                "source": report.file,
                "sentences": report.kept,
                "words": report.words,
                "types": report.types,
                "report": json.dumps(report.to_json()),
                "added": now(),
            },
        )
    return folder.name


def delete_corpus(cursor: duckdb.DuckDBPyConnection, corpus_id: str) -> None:
    """Delete a corpus from the database inside an open transaction."""
    cursor.execute("DELETE FROM sentences WHERE corpus = (SELECT number FROM corpora WHERE id = $id)", {"id": corpus_id})
    cursor.execute("DELETE FROM corpora WHERE id = $id", {"id": corpus_id})


def read_report(folder: Path) -> CorpusReport:
    """The report of a prepared corpus. Raises CorpusError when the folder is damaged."""
    try:
        return open_corpus(folder).report
    except WorkspaceError as error:
        raise CorpusError(str(error)) from error
