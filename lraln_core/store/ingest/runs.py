"""Ingest of runs that have ended, each in one transaction; a repeated ingest replaces the earlier one."""

from __future__ import annotations

import json
from pathlib import Path
from types import NoneType

import duckdb

from lraln_core.errors import RunError
from lraln_core.files.schemas import DIRECTIONS, RETRIEVAL, TEST_SENTENCES, TYPE_PAIRS
from lraln_core.store.database import Database

from .contexts import rank_contexts
from .pairs import fill_mean_similarity, insert_pairs
from .parquet import damage, insert_rows, parquet_as
from .places import count_places
from .run_corpora import corpus_of
from .run_files import RunFiles, read_run
from .run_records import curve_rows, metric_rows, mining_rows
from .scores import insert_scores

RUN_TABLES = ("minings", "mined_pairs", "curves", "metrics", "test_sentences", "retrieval", "type_pairs")


def ingest_run(db: Database, run_folder: Path) -> str:
    """Ingest a run that has ended, with its corpora; an earlier state of the same run is replaced. -> its id.

    Without the folder of a corpus the run has pairs but no sentences. Raises RunError when the run is still running or its
    folder is damaged, CorpusError when a corpus is damaged; the database is then unchanged.
    """
    files = read_run(run_folder)
    with db.transaction() as cursor, damage(RunError, f"The run folder {run_folder}"):
        number = cursor.execute("SELECT nextval('run_numbers')").fetchall()[0][0]
        delete_run(cursor, files.id)
        corpora = {side: corpus_of(cursor, db.workspace.corpora, files, side) for side in ("src", "trg")}
        mined = insert_pairs(cursor, number, files)
        insert_rows(cursor, "curves", curve_rows(files, number))
        insert_rows(cursor, "metrics", metric_rows(files, number))
        insert_rows(cursor, "minings", mining_rows(files, number))
        fill_mean_similarity(cursor, number)
        _insert_retrieval(cursor, number, files)
        _insert_run(cursor, number, files, corpora, mined)
        count_places(cursor, number)
        rank_contexts(cursor, number)
        insert_scores(cursor, number, files)
        _insert_type_pairs(cursor, number, files)
    return files.id


def delete_run(cursor: duckdb.DuckDBPyConnection, run_id: str) -> None:
    """Delete a run from the database inside an open transaction; its judgements stay."""
    for (number,) in cursor.execute("SELECT number FROM runs WHERE id = $id", {"id": run_id}).fetchall():
        for table in RUN_TABLES:
            cursor.execute(f"DELETE FROM {table} WHERE run = $run", {"run": number})
    cursor.execute("DELETE FROM runs WHERE id = $id", {"id": run_id})


def _insert_retrieval(cursor: duckdb.DuckDBPyConnection, number: int, files: RunFiles) -> None:
    if files.folder.test_sentences.exists():
        with parquet_as(cursor, "test_file", [files.folder.test_sentences], TEST_SENTENCES, RunError):
            cursor.execute("INSERT INTO test_sentences BY NAME SELECT $run AS run, * FROM test_file", {"run": number})
    if not files.folder.retrieval.exists():
        return
    with parquet_as(cursor, "retrieval_file", [files.folder.retrieval], RETRIEVAL, RunError):
        cursor.execute("CREATE TEMP TABLE gold AS SELECT *, row_number() OVER () - 1 AS link FROM retrieval_file")
    for direction in DIRECTIONS:
        answers = ", ".join(
            f"answer_{when}_{direction}_{part} AS answer_{when}_{part}" for when in ("before", "after") for part in ("sentence", "word")
        )
        cursor.execute(
            f"""
            INSERT INTO retrieval BY NAME
            SELECT $run AS run, link, $direction AS direction,
                   src_sentence, src_word, src_token, trg_sentence, trg_word, trg_token,
                   hit_before_{direction} AS hit_before, hit_after_{direction} AS hit_after, {answers}
            FROM gold ORDER BY link
            """,
            {"run": number, "direction": direction},
        )
    cursor.execute("DROP TABLE gold")


def _insert_type_pairs(cursor: duckdb.DuckDBPyConnection, number: int, files: RunFiles) -> None:
    if files.folder.type_pairs.exists():
        with parquet_as(cursor, "type_file", [files.folder.type_pairs], TYPE_PAIRS, RunError):
            cursor.execute("INSERT INTO type_pairs BY NAME SELECT $run AS run, * FROM type_file", {"run": number})


def _insert_run(cursor: duckdb.DuckDBPyConnection, number: int, files: RunFiles, corpora: dict[str, str | None], mined: int) -> None:
    record = {
        "id": files.id,
        "number": number,
        "name": files.config_value("name", default="") or files.id,
        "system": files.config_value("system", default=""),
        "state": str(files.state),
        "stage": files.status.get("stage") or "",
        "src_language": files.config_value("src", "language", default=""),
        "trg_language": files.config_value("trg", "language", default=""),
        "src_corpus": corpora["src"],
        "trg_corpus": corpora["trg"],
        "encoder": files.config_value("encoder", "name", default=""),
        "seed": files.config_value("seed", default=None),
        "iterations": len(files.folder.pair_files()),
        "mined_pairs": mined,
        "steps": files.steps,
        "best_step": files.best_step,
        "config": json.dumps(files.config),
        "versions": json.dumps(files.status.get("versions", {})),
        "summary": None if files.summary is None else json.dumps(files.summary),
        "error": files.status.get("error"),
        "started": files.status.get("started"),
        "finished": files.status.get("updated"),
        "seconds": files.seconds,
        "folder": str(files.folder.path),
    }
    for name, value in record.items():
        if not isinstance(value, (str, int, float, NoneType)):
            raise RunError(f"The run folder {files.folder.path} is damaged: {name} = {value!r} is not a single value.")
    names = ", ".join(record)
    cursor.execute(f"INSERT INTO runs ({names}) VALUES ({', '.join('$' + name for name in record)})", record)
