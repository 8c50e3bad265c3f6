"""Parquet files for the database, which cannot read files itself: streamed by pyarrow and checked batch by batch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from lraln_core.errors import LralnError

BATCH_ROWS, BATCH_SENTENCES = 16_384, 2_048  # rows in memory at a time; sentences may be long
_BAD_VALUES = (
    duckdb.ConversionException,
    duckdb.OutOfRangeException,
    duckdb.TypeMismatchException,
    duckdb.ConstraintException,
    duckdb.InvalidInputException,
)


@contextmanager
def parquet_as(
    cursor: duckdb.DuckDBPyConnection, name: str, paths: Sequence[Path], schema: pa.Schema, error: type[LralnError]
) -> Iterator[None]:
    """Register the files, in their order, as the table `name` with the columns of `schema`, for one statement in the block.

    Other columns are ignored. Raises `error` with the file when one is missing, damaged or lacks a column.
    """
    problems: list[LralnError] = []
    rows = BATCH_SENTENCES if any(pa.types.is_list(field.type) for field in schema) else BATCH_ROWS

    def batches() -> Iterator[pa.RecordBatch]:
        for path in paths:
            try:
                with pq.ParquetFile(path) as file:
                    for batch in file.iter_batches(rows, columns=schema.names):
                        batch = batch.select(schema.names).cast(schema)
                        batch.validate(full=True)
                        yield batch
            except (pa.ArrowException, OSError, KeyError, ValueError) as cause:
                problems.append(error(f"{path} is damaged and cannot be ingested ({first_line(cause)})."))
                raise

    cursor.register(name, pa.RecordBatchReader.from_batches(schema, batches()))
    try:
        yield
    except duckdb.Error as cause:
        if problems:
            raise problems[0] from cause
        raise
    finally:
        with suppress(duckdb.Error):  # refused in a failed transaction, which drops the name anyway
            cursor.unregister(name)


def insert_rows(cursor: duckdb.DuckDBPyConnection, table: str, rows: Sequence[dict[str, Any]]) -> None:
    """Insert records by column name, in one statement: hundreds of times faster than one statement a row."""
    if rows:
        cursor.register("incoming_rows", pa.Table.from_pylist(list(rows)))
        cursor.execute(f"INSERT INTO {table} BY NAME SELECT * FROM incoming_rows")
        cursor.unregister("incoming_rows")


@contextmanager
def damage(error: type[LralnError], what: str) -> Iterator[None]:
    """Raise values that do not fit the tables as `error` about `what`; failures of the database itself are raised unchanged."""
    try:
        yield
    except (*_BAD_VALUES, pa.ArrowException, ValueError) as cause:
        raise error(f"{what} is damaged and cannot be ingested ({first_line(cause)}).") from cause


def first_line(error: Exception) -> str:
    """The first line of an error message."""
    lines = str(error).strip().splitlines()
    return lines[0].rstrip(".") if lines else type(error).__name__
