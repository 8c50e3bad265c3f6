"""Mined pairs as files for other programs: Parquet with lists of words, or TSV with one line for each pair.

TSV cells hold the exact text, also text that a spreadsheet would read as a formula: import the columns as text.
Only characters that would end a cell or a line are escaped, as in PostgreSQL's COPY: backslash as \\\\, tab as
\\t, line feed as \\n, carriage return as \\r; others that some programs read as a line end as \\uXXXX. Sentences are given as
their words, separated by spaces, and as their text. A missing value is an empty cell.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from lraln_core.files.atomic import replacing
from lraln_core.files.schemas import COMPRESSION, EXPORTED_PAIRS
from lraln_core.records import Progress
from lraln_core.store.database import Database
from lraln_core.store.matching import coerce
from lraln_core.store.pair_filter import PairFilter

from .pairs import pair_ids

CHUNK = 50_000  # pairs in memory at a time

_CHUNK = """
    SELECT $run_id AS run_id, p.*, s.words AS src_words, t.words AS trg_words, s.text AS src_text, t.text AS trg_text
    FROM (SELECT unnest($ids::BIGINT[]) AS pair_id, generate_subscripts($ids::BIGINT[], 1) AS place) wanted
    JOIN mined_pairs p USING (pair_id)
    LEFT JOIN sentences s ON s.corpus = $src AND s.position = p.src_sentence
    LEFT JOIN sentences t ON t.corpus = $trg AND t.position = p.trg_sentence
    WHERE p.run = $run
    ORDER BY wanted.place
"""

_CORPORA = """
    SELECT (SELECT number FROM corpora WHERE id = src_corpus), (SELECT number FROM corpora WHERE id = trg_corpus)
    FROM runs WHERE id = $id
"""

# The backslash comes first, so that the backslashes of the other escapes are not doubled.
_ESCAPES = {"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"} | {
    character: f"\\u{ord(character):04x}" for character in "\0\v\f\x1c\x1d\x1e\x85\u2028\u2029"
}
_SPECIAL = r"[\\\t\n\r\x00\x0b\x0c\x1c-\x1e\x{85}\x{2028}\x{2029}]"


class ExportFormat(StrEnum):
    TSV = "tsv"
    PARQUET = "parquet"


def export_pairs(db: Database, filter: PairFilter, path: Path, format: ExportFormat | str, *, progress: Progress | None = None) -> int:
    """Write the selected pairs in order, atomically. -> how many.

    Raises ConfigError for an unknown format, RunError for an unknown run, WorkspaceError when the file cannot be written.
    """
    write = {ExportFormat.TSV: _write_tsv, ExportFormat.PARQUET: _write_parquet}[coerce(ExportFormat, format, "format")]
    ids = pair_ids(db, filter)
    with replacing(path) as temporary:
        write(temporary, _chunks(db, filter.run_id, ids, progress))
    return len(ids)


def pair_chunks(db: Database, filter: PairFilter, progress: Progress | None = None) -> Iterator[pa.Table]:
    """The selected pairs in order with the columns EXPORTED_PAIRS, CHUNK of them at a time. Raises RunError for an unknown run."""
    return _chunks(db, filter.run_id, pair_ids(db, filter), progress)


def _chunks(db: Database, run_id: str, ids: np.ndarray, progress: Progress | None) -> Iterator[pa.Table]:
    run = db.run_number(run_id)
    src, trg = db.rows(_CORPORA, {"id": run_id})[0]
    for start in range(0, len(ids), CHUNK):
        chunk = ids[start : start + CHUNK].tolist()
        table = db.arrow(_CHUNK, {"run_id": run_id, "run": run, "ids": chunk, "src": src, "trg": trg})
        yield table.select(EXPORTED_PAIRS.names).cast(EXPORTED_PAIRS)
        if progress:
            progress(start + len(chunk), len(ids))


def _write_parquet(path: Path, chunks: Iterator[pa.Table]) -> None:
    with pq.ParquetWriter(path, EXPORTED_PAIRS, compression=COMPRESSION) as writer:
        for table in chunks:
            writer.write_table(table)


def _write_tsv(path: Path, chunks: Iterator[pa.Table]) -> None:
    with open(path, "w", encoding="utf-8", newline="\n") as file:
        file.write("\t".join(EXPORTED_PAIRS.names) + "\n")
        for table in chunks:
            cells = [_cells(column) for column in table.combine_chunks().columns]
            lines = pc.binary_join_element_wise(*cells, "\t", null_handling="replace", null_replacement="")
            file.writelines(line + "\n" for line in lines.to_pylist())


def _cells(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """The cells of a column as text, with tabs and line ends escaped."""
    if pa.types.is_list(column.type):
        column = pc.binary_join(column, " ")
    if not pa.types.is_string(column.type):
        return column.cast(pa.string())
    if pc.any(pc.match_substring_regex(column, _SPECIAL)).as_py():
        for character, escape in _ESCAPES.items():
            column = pc.replace_substring(column, character, escape)
    return column
