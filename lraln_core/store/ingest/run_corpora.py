"""Which corpora a run took its sentences from."""

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

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,100}")  # a path would lead out of the workspace
SAMPLE = 200  # pairs that are looked up to see whether a corpus is the right one
_ASKED = {"language": "", "tokenized": False, "column": "", "limit": 0}  # what the configuration and a corpus report share


def corpus_of(cursor: duckdb.DuckDBPyConnection, corpora: Path, files: RunFiles, side: str) -> str | None:
    """Id of the corpus of a side, `src` or `trg`, which is taken in when it was not; None when the run has none.

    A finished run names it. Of another run the text file is known: its corpus is the latest one made from a file of that
    name in whose sentences the mined words stand. Raises RunError when the words do not stand in the corpus that the run names.
    """
    named = files.summary_value(f"{side}_corpus")
    if named:
        if not _ID.fullmatch(str(named)):
            raise RunError(f"The summary of run {files.id} is damaged: {str(named)[:80]!r} is no name of a corpus.")
        folder = corpora / str(named)
        if folder.is_dir():
            insert_corpus(cursor, folder)
            if not _fits(cursor, folder.name, files, side):
                raise RunError(f"The mined words of run {files.id} do not stand in its corpus {folder}; one of them was changed.")
        return str(named)
    for folder in _candidates(corpora, files, side):
        insert_corpus(cursor, folder)
        if _fits(cursor, folder.name, files, side):
            return folder.name
    return None


def _candidates(corpora: Path, files: RunFiles, side: str) -> list[Path]:
    """Corpora made from a file of that name in the way the run asked for, the latest first."""
    wanted = {key: files.config_value(side, key, default=default) for key, default in _ASKED.items()}
    file = Path(str(files.config_value(side, "corpus", default=""))).name
    if not file or files.summary is not None:
        return []
    found = []
    for folder in corpora.glob("[!.]*/"):
        try:
            report = read_report(folder)
        except CorpusError:
            continue
        if report.file == file and all(getattr(report, key) == value for key, value in wanted.items()):
            found.append(folder)
    return sorted(found, key=lambda folder: folder.stat().st_mtime, reverse=True)


def _fits(cursor: duckdb.DuckDBPyConnection, corpus_id: str, files: RunFiles, side: str) -> bool:
    paths = files.folder.pair_files()[:1]
    columns = [f"{side}_sentence", f"{side}_word", f"{side}_token"]
    try:
        tables = [schemas.read(path, schemas.PAIRS, columns).slice(0, SAMPLE) for path in paths]
    except (pa.ArrowException, OSError, ValueError, KeyError) as error:
        raise RunError(f"{paths[0]} is damaged and cannot be taken in ({first_line(error)}).") from error
    sample = [row for table in tables for row in table.to_pylist()]
    words = dict(
        cursor.execute(
            "SELECT position, words FROM sentences WHERE corpus = (SELECT number FROM corpora WHERE id = $id) "
            "AND position IN (SELECT unnest($positions::BIGINT[]))",
            {"id": corpus_id, "positions": [row[columns[0]] for row in sample]},
        ).fetchall()
    )
    return all(words.get(row[columns[0]], [])[row[columns[1]] :][:1] == [row[columns[2]]] for row in sample)
