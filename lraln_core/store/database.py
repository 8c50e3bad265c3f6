"""The DuckDB connection: one per process, a cursor per thread, writes one after another."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa
from filelock import FileLock, Timeout

from lraln_core.errors import RunError, WorkspaceError, WorkspaceInUseError
from lraln_core.files.atomic import require_own
from lraln_core.files.workspace import Workspace

from .migrations import MIGRATIONS

SCHEMA_VERSION = 5
MEMORY_LIMIT = "1GB"  # DuckDB spills to disk beyond it; the encoder needs the rest
MAX_THREADS = 4
OPENING_PATIENCE = 20  # seconds another process may take to open the same file
_SCHEMA = Path(__file__).with_name("schema.sql")
_REMEDY = "move it away, and it is rebuilt from the run folders and the judgements file"

Parameters = Mapping[str, Any]


class Database:
    """An open workspace database. Made by `open_database`; safe to share between threads."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, workspace: Workspace):
        self.workspace = workspace
        self.writing = threading.RLock()
        self._connection = connection
        self._local = threading.local()

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """The cursor of the calling thread."""
        if not hasattr(self._local, "cursor"):
            self._local.cursor = self._connection.cursor()
        return self._local.cursor

    def rows(self, sql: str, parameters: Parameters | None = None) -> list[tuple]:
        """All rows of a query with $named parameters. Raises WorkspaceError when the database fails."""
        with database_errors(self.workspace.database):
            return self.cursor().execute(sql, dict(parameters or {})).fetchall()

    def frame(self, sql: str, parameters: Parameters | None = None) -> pd.DataFrame:
        """The same as a DataFrame."""
        with database_errors(self.workspace.database):
            return self.cursor().execute(sql, dict(parameters or {})).df()

    def arrow(self, sql: str, parameters: Parameters | None = None) -> pa.Table:
        """The same as an Arrow table."""
        with database_errors(self.workspace.database):
            return self.cursor().sql(sql, params=dict(parameters or {})).to_arrow_table()

    def execute(self, sql: str, parameters: Parameters | None = None) -> None:
        """Run one writing statement in its own transaction."""
        with self.transaction() as cursor:
            cursor.execute(sql, dict(parameters or {}))

    @contextmanager
    def transaction(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Yield the thread's cursor in a transaction: committed at the end of the block, rolled back on any error."""
        with self.writing, database_errors(self.workspace.database):
            cursor = self.cursor()
            cursor.begin()
            try:
                yield cursor
                cursor.commit()
            except BaseException:
                try:
                    cursor.rollback()
                except duckdb.Error:
                    pass  # already rolled back by DuckDB; the first error is the one to report
                raise

    def run_number(self, run_id: str) -> int:
        """The number that stands for a run in the big tables. Raises RunError when the run is not in the database."""
        found = self.rows("SELECT number FROM runs WHERE id = $id", {"id": run_id})
        if not found:
            raise RunError(f"There is no run {run_id!r} in the database.")
        return found[0][0]

    def close(self) -> None:
        """Close the file, also for the cursors of other threads."""
        self._connection.close()


def open_database(workspace: Workspace) -> Database:
    """Open the workspace's database, or create an empty one, which `sync.sync` fills from the files of the workspace.

    A database of an older version is migrated. Raises WorkspaceInUseError when another process has the file,
    WorkspaceError when the folder cannot be written, the file is damaged, or its schema is of a newer version; it is then
    left as it was.
    """
    path = workspace.database
    require_own(path)
    try:
        workspace.require_writable()
        # A file that another process is creating looks damaged, and its write-ahead log like a left-over one.
        with FileLock(f"{path}.lock", timeout=OPENING_PATIENCE):
            if not path.exists():
                Path(f"{path}.wal").unlink(missing_ok=True)  # the write-ahead log of a database that was deleted
            return Database(_connect(path), workspace)
    except Timeout as error:
        raise WorkspaceInUseError(_in_use(path, None)) from error
    except OSError as error:
        raise WorkspaceError(f"The workspace {workspace.root} cannot be used: {error.strerror}.") from error


def _connect(path: Path) -> duckdb.DuckDBPyConnection:
    """A connection to a file with the present schema. Raises WorkspaceError."""
    try:
        connection = duckdb.connect(
            str(path),
            config={
                "memory_limit": MEMORY_LIMIT,
                "threads": min(MAX_THREADS, os.cpu_count() or 1),
                "temp_directory": f"{path}.tmp",
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
                "python_enable_replacements": False,
            },
        )
        try:
            _seal(connection)
            _require_schema(connection, path)
        except BaseException:
            connection.close()
            raise
    except duckdb.Error as error:
        raise _error(str(error), path) from error
    return connection


def _seal(connection: duckdb.DuckDBPyConnection) -> None:
    """Forbid SQL to read or write other files. Parquet is read by pyarrow instead (ingest/parquet.py)."""
    if not connection.execute("SELECT current_setting('lock_configuration')").fetchall()[0][0]:
        connection.execute("SET enable_external_access = false")
        connection.execute("SET lock_configuration = true")


def _require_schema(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    tables = {name for (name,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
    if not tables:
        connection.begin()
        connection.execute(_SCHEMA.read_text(encoding="utf-8"))
        connection.execute("INSERT INTO meta VALUES ($version)", {"version": SCHEMA_VERSION})
        connection.commit()
        return
    found = connection.execute("SELECT max(schema_version) FROM meta").fetchall()[0][0] if "meta" in tables else None
    if found is None:
        raise WorkspaceError(f"{path} is a database of another program; choose another workspace with LRALN_WORKSPACE.")
    if found > SCHEMA_VERSION:
        raise WorkspaceError(
            f"{path} was written by a newer version of this tool (schema {found}, here {SCHEMA_VERSION}); update the tool."
        )
    if not set(range(found, SCHEMA_VERSION)) <= set(MIGRATIONS):
        raise WorkspaceError(f"{path} has the outdated schema {found} (now {SCHEMA_VERSION}); {_REMEDY}.")
    if found < SCHEMA_VERSION:
        _migrate(connection, found)


def _migrate(connection: duckdb.DuckDBPyConnection, found: int) -> None:
    """Run the migrations from version `found` on, in one transaction."""
    connection.begin()
    try:
        for version in range(found, SCHEMA_VERSION):
            MIGRATIONS[version](connection)
        connection.execute("UPDATE meta SET schema_version = $version", {"version": SCHEMA_VERSION})
        connection.commit()
    except BaseException:
        connection.rollback()
        raise


@contextmanager
def database_errors(path: Path) -> Iterator[None]:
    """Turn DuckDB errors about files, memory and damage into WorkspaceError; wrong statements and values are raised unchanged."""
    try:
        yield
    except (duckdb.ProgrammingError, duckdb.DataError, duckdb.IntegrityError, duckdb.NotSupportedError):
        raise
    except duckdb.Error as error:
        raise _error(str(error), path) from error


def _error(message: str, path: Path) -> WorkspaceError:
    if "lock on file" in message.lower() or "used by another process" in message.lower():
        holder = re.search(r"\(PID (\d+)\)", message)
        return WorkspaceInUseError(_in_use(path, holder[1] if holder else None), int(holder[1]) if holder else None)
    return WorkspaceError(_sentence(message, path))


def _in_use(path: Path, holder: str | None) -> str:
    return (
        f"The database {path} is in use by another process{f' ({holder})' if holder else ''}: the app was started twice, or a "
        "command of this tool uses it; end the other one first."
    )


def _sentence(message: str, path: Path) -> str:
    lower = message.lower()
    if "no space left" in lower or "max_temp_directory_size" in lower:
        return f"Cannot write to {path}: the disk is full; free some space and start again."
    if "permission denied" in lower or "read-only file system" in lower:
        return f"Cannot write to {path}: permission denied or read-only; choose another workspace with LRALN_WORKSPACE."
    if "out of memory" in lower:
        return f"The database {path} needs more than {MEMORY_LIMIT} of memory for this; narrow the filter and try again."
    first = message.strip().splitlines()[0].rstrip(".") if message.strip() else "no reason given"
    if any(sign in lower for sign in ("not a valid duckdb", "corrupt", "checksum", "could not read enough", "is a directory")):
        return f"The database {path} is damaged ({first}); {_REMEDY}."
    return f"The database {path} cannot be used ({first}); if this stays, {_REMEDY}."
