"""The corpora that a run took its sentences from."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb
import pyarrow as pa

from lraln_core.errors import CorpusError, RunError
from lraln_core.files import schemas

from .corpora import insert_corpus, read_report
from .parquet import first_line
from .run_files import RunFiles

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,100}")  # a path would lead outside the workspace
SAMPLE = 200  # pairs that are looked up to check that a corpus is the right one
_SETTINGS = {"language": "", "tokenized": False, "column": "", "limit": 0}  # that the configuration and a corpus report share


def corpus_of(cursor: duckdb.DuckDBPyConnection, corpora: Path, files: RunFiles, side: str) -> str | None:
    """Id of the corpus of a side, `src` or `trg`, which is ingested if it was not; None when the run has none.

    The summary, the status or the configuration of the run names it. Raises RunError when the mined words do not occur in the
    corpus at the places that the run gives.
    """
    named = files.corpus_id(side)
    if not named:
        return _guess_by_file_name(cursor, corpora, files, side)
    if not _ID.fullmatch(named):
        raise RunError(f"The run folder {files.folder.path} is damaged: {named[:80]!r} is not the id of a corpus.")
    folder = corpora / named
    if folder.is_dir():
        insert_corpus(cursor, folder)
        if not _fits(cursor, folder.name, files, side):
            raise RunError(f"The mined words of run {files.id} do not occur in its corpus {folder}; one of them was changed.")
    return named


def _guess_by_file_name(cursor: duckdb.DuckDBPyConnection, corpora: Path, files: RunFiles, side: str) -> str | None:
    """For run folders of older versions only, whose status lost the id when the run was resumed and stopped again.

    The corpus is the latest one that was prepared from a file of the same name with the same settings and holds the mined words.
    """
    wanted = {key: files.config_value(side, key, default=default) for key, default in _SETTINGS.items()}
    file = Path(str(files.config_value(side, "corpus", default=""))).name
    if not file or files.summary is not None:
        return None
    found = []
    for folder in corpora.glob("[!.]*/"):
        try:
            report = read_report(folder)
        except CorpusError:
            continue
        if report.file == file and all(getattr(report, key) == value for key, value in wanted.items()):
            found.append(folder)
    for folder in sorted(found, key=lambda folder: folder.stat().st_mtime, reverse=True):
        insert_corpus(cursor, folder)
        if _fits(cursor, folder.name, files, side):
            return folder.name
    return None


def _fits(cursor: duckdb.DuckDBPyConnection, corpus_id: str, files: RunFiles, side: str) -> bool:
    """Whether the first mined words occur in the corpus where the run found them."""
    paths = files.folder.pair_files()[:1]
    columns = [f"{side}_sentence", f"{side}_word", f"{side}_token"]
    try:
        tables = [schemas.read(path, schemas.PAIRS, columns).slice(0, SAMPLE) for path in paths]
    except (pa.ArrowException, OSError, ValueError, KeyError) as error:
        raise RunError(f"{paths[0]} is damaged and cannot be ingested ({first_line(error)}).") from error
    sample = [row for table in tables for row in table.to_pylist()]
    words = dict(
        cursor.execute(
            "SELECT position, words FROM sentences WHERE corpus = (SELECT number FROM corpora WHERE id = $id) "
            "AND position IN (SELECT unnest($positions::BIGINT[]))",
            {"id": corpus_id, "positions": [row[columns[0]] for row in sample]},
        ).fetchall()
    )
    return all(words.get(row[columns[0]], [])[row[columns[1]] :][:1] == [row[columns[2]]] for row in sample)
