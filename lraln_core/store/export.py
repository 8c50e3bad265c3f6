"""Mined pairs as files for other programs: Parquet with lists of words, or TSV with one line for each pair.

TSV cells hold the text exactly, spreadsheet formulas included: import the columns as text. Characters that would end a
cell or a line are written as in PostgreSQL's COPY: backslash as \\\\, tab as \\t, line feed as \\n, carriage return as \\r;
other characters that some programs take for a line end are written as \\uXXXX. A missing value is an empty cell. Sentences
are given as their words, separated by spaces, and as their text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from ..records import Progress
from ..workspace import replacing
from .database import Database
from .matching import coerce
from .pair_filter import PairFilter
from .queries_pairs import pair_ids

CHUNK = 50_000  # pairs in memory at a time

_COLUMNS = pa.schema([
    ("run_id", pa.string()), ("pair_id", pa.int64()), ("iteration", pa.int32()),
    ("src_token", pa.string()), ("trg_token", pa.string()), ("similarity", pa.float32()),
    ("forward", pa.bool_()), ("backward", pa.bool_()), ("multi", pa.bool_()),
    ("src_sentence", pa.int64()), ("src_word", pa.int32()), ("trg_sentence", pa.int64()), ("trg_word", pa.int32()),
    ("src_words", pa.list_(pa.string())), ("trg_words", pa.list_(pa.string())), ("src_text", pa.string()), ("trg_text", pa.string()),
])

_CHUNK = """
    SELECT $run_id AS run_id, p.* EXCLUDE (place), s.words AS src_words, t.words AS trg_words, s.text AS src_text, t.text AS trg_text
    FROM (
        SELECT w.place, pair_id, iteration, src_token, trg_token, similarity, forward, backward, multi,
               src_sentence, src_word, trg_sentence, trg_word
        FROM mined_pairs JOIN (SELECT unnest($ids::BIGINT[]) AS pair_id, generate_subscripts($ids::BIGINT[], 1) AS place) w USING (pair_id)
        WHERE run = $run
    ) p
    LEFT JOIN sentences s ON s.corpus = $src AND s.position = p.src_sentence
    LEFT JOIN sentences t ON t.corpus = $trg AND t.position = p.trg_sentence
    ORDER BY p.place
"""

_ESCAPED = {"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"} | {c: f"\\u{ord(c):04x}" for c in "\0\v\f\x1c\x1d\x1e\x85\u2028\u2029"}
_SPECIAL = re.compile("[" + re.escape("".join(_ESCAPED)) + "]")


class ExportFormat(StrEnum):
    TSV = "tsv"
    PARQUET = "parquet"


def export_pairs(db: Database, filter: PairFilter, path: Path, format: ExportFormat | str, *, progress: Progress | None = None) -> int:
    """Write the selected pairs in their order, whole or not at all. -> how many.

    Raises ConfigError for an unknown format, RunError for an unknown run, WorkspaceError when the file cannot be written.
    """
    write = {ExportFormat.TSV: _write_tsv, ExportFormat.PARQUET: _write_parquet}[coerce(ExportFormat, format, "format")]
    ids = pair_ids(db, filter)
    with replacing(path) as temporary:
        write(temporary, _chunks(db, filter.run_id, ids, progress))
    return len(ids)


def _chunks(db: Database, run_id: str, ids: Any, progress: Progress | None) -> Iterator[pa.Table]:
    run = db.run_number(run_id)
    numbers = dict(db.rows(
        "SELECT side, c.number FROM (SELECT unnest(['src', 'trg']) AS side, unnest([src_corpus, trg_corpus]) AS id FROM runs WHERE id = $id) "
        "JOIN corpora c USING (id)", {"id": run_id},
    ))
    for start in range(0, len(ids), CHUNK):
        chunk = ids[start : start + CHUNK].tolist()
        yield db.arrow(_CHUNK, {"run_id": run_id, "run": run, "ids": chunk, "src": numbers.get("src"), "trg": numbers.get("trg")})
        if progress:
            progress(start + len(chunk), len(ids))


def _write_parquet(path: Path, chunks: Iterator[pa.Table]) -> None:
    with pq.ParquetWriter(path, _COLUMNS, compression="zstd") as writer:
        for table in chunks:
            writer.write_table(table.select(_COLUMNS.names).cast(_COLUMNS))


def _write_tsv(path: Path, chunks: Iterator[pa.Table]) -> None:
    with open(path, "w", encoding="utf-8", newline="\n") as file:
        file.write("\t".join(_COLUMNS.names) + "\n")
        for table in chunks:
            columns = [map(_cell, table[name].to_pylist()) for name in _COLUMNS.names]
            file.writelines("\t".join(cells) + "\n" for cells in zip(*columns))


def _cell(value: Any) -> str:
    if isinstance(value, str):
        return _SPECIAL.sub(lambda found: _ESCAPED[found[0]], value)
    if isinstance(value, list):
        return _cell(" ".join(value))
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, float):
        return f"{value:.6f}"
    return "" if value is None else str(value)
