"""Opening the database: made when missing, refused with a sentence and left as it is when it cannot be used."""

from __future__ import annotations

import errno
import subprocess
import sys
import tempfile
import threading

import duckdb
import pytest
from filelock import FileLock

from lraln_core.errors import WorkspaceError
from lraln_core.store import database
from lraln_core.store.database import SCHEMA_VERSION, database_errors, open_database

HOLD = """
import sys
from pathlib import Path
from lraln_core.store.database import open_database
from lraln_core.files.workspace import Workspace
db = open_database(Workspace(Path(sys.argv[1])))
"""
HALF = """
db.execute("INSERT INTO scanned VALUES ('run', 'kept', '', '', '')")
cursor = db.cursor()
cursor.begin()
cursor.execute("INSERT INTO scanned VALUES ('run', 'half', '', '', '')")
"""


def start(workspace, work: str) -> subprocess.Popen:
    """Another process that opens the database, does the work, says so and waits."""
    program = HOLD + work + "print('ready', flush=True)\nsys.stdin.read()"
    return subprocess.Popen([sys.executable, "-c", program, str(workspace.root)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def refusal(workspace) -> str:
    with pytest.raises(WorkspaceError) as caught:
        open_database(workspace)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def set_version(workspace, version: int) -> None:
    open_database(workspace).close()
    with duckdb.connect(str(workspace.database)) as connection:
        connection.execute("UPDATE meta SET schema_version = $version", {"version": version})


def test_a_new_database_has_the_current_schema_and_keeps_what_is_written(workspace):
    db = open_database(workspace)
    assert db.rows("SELECT schema_version FROM meta") == [(SCHEMA_VERSION,)]
    db.execute("INSERT INTO scanned VALUES ('run', 'x', '', '', '')")
    db.close()
    again = open_database(workspace)
    assert again.rows("SELECT id FROM scanned") == [("x",)]
    again.close()


@pytest.mark.parametrize(("version", "words"), [(SCHEMA_VERSION + 1, "newer version"), (0, "outdated schema")])
def test_another_schema_version_is_refused_and_the_file_not_touched(workspace, version, words):
    set_version(workspace, version)
    before = workspace.database.read_bytes()
    assert words in refusal(workspace)
    assert workspace.database.read_bytes() == before


def test_a_database_of_another_program_is_refused(workspace):
    with duckdb.connect(str(workspace.database)) as connection:
        connection.execute("CREATE TABLE prices (price INTEGER)")
    before = workspace.database.read_bytes()
    assert "another program" in refusal(workspace)
    assert workspace.database.read_bytes() == before


@pytest.mark.parametrize("damage", ["text", "empty", "cut short", "overwritten"])
def test_a_damaged_file_is_refused_and_not_touched(workspace, damage):
    open_database(workspace).close()
    good = workspace.database.read_bytes()
    bad = {
        "text": b"not a database" * 99,
        "empty": b"",
        "cut short": good[:5000],
        "overwritten": good[:12288] + bytes(byte ^ 0x55 for byte in good[12288:]),
    }[damage]
    workspace.database.write_bytes(bad)
    assert "is damaged" in refusal(workspace)
    assert workspace.database.read_bytes() == bad


def test_a_folder_in_its_place_is_refused(workspace):
    workspace.database.mkdir()
    assert str(workspace.database) in refusal(workspace)


def test_the_log_of_a_deleted_database_is_not_read_into_a_new_one(workspace):
    open_database(workspace).close()
    workspace.database.unlink()
    workspace.database.with_name(workspace.database.name + ".wal").write_bytes(b"left over")
    open_database(workspace).close()


def test_a_file_that_another_process_holds_is_refused_until_it_ends(workspace):
    other = start(workspace, "")
    try:
        assert other.stdout.readline() == "ready\n"
        sentence = refusal(workspace)
        assert "in use by another process" in sentence and str(other.pid) in sentence
    finally:
        other.communicate("")
    open_database(workspace).close()


def test_one_process_waits_while_another_begins_the_same_file(workspace, monkeypatch):
    monkeypatch.setattr(database, "OPENING_PATIENCE", 0.2)
    log = workspace.database.with_name(workspace.database.name + ".wal")
    log.write_bytes(b"of the one who is at it")
    with FileLock(f"{workspace.database}.lock"):
        assert "in use by another process" in refusal(workspace)
    assert log.exists() and not workspace.database.exists()
    log.unlink()
    open_database(workspace).close()


def test_what_a_killed_process_had_not_committed_is_gone(workspace):
    other = start(workspace, HALF)
    assert other.stdout.readline() == "ready\n"
    other.kill()
    other.communicate()
    db = open_database(workspace)
    assert db.rows("SELECT id FROM scanned") == [("kept",)]
    db.close()


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.EROFS, "read-only"),
        (errno.ENOSPC, "disk is full"),
        (errno.EACCES, "permission"),
        (errno.ENOTDIR, "not a folder"),
    ],
)
def test_a_workspace_that_takes_no_file_is_refused(workspace, monkeypatch, number, words):
    def refuse(*args, **kwargs):
        raise OSError(number, "no", str(workspace.root))

    monkeypatch.setattr(tempfile, "TemporaryFile", refuse)
    assert words in refusal(workspace)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (duckdb.IOException('IO Error: Could not write file "x": No space left on device'), "disk is full"),
        (duckdb.OutOfMemoryException("Out of Memory Error: failed to pin block"), "more than 1GB of memory"),
        (duckdb.FatalException("FATAL Error: database is invalid\nmore"), "cannot be used (FATAL Error: database is invalid)"),
    ],
)
def test_a_failing_database_says_so_in_one_sentence(tmp_path, error, words):
    with pytest.raises(WorkspaceError) as caught, database_errors(tmp_path / "x.duckdb"):
        raise error
    assert words in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM read_csv('/etc/hosts')",
        "COPY meta TO '{root}/x.csv'",
        "ATTACH '{root}/other.duckdb'",
        "SET memory_limit = '100GB'",
        "SET enable_external_access = true",
        "INSTALL httpfs",
        "SELECT * FROM glob('/*')",
    ],
)
def test_no_sql_reaches_other_files_or_loosens_the_limits(db, workspace, sql):
    before = sorted(workspace.root.iterdir())
    with pytest.raises((WorkspaceError, duckdb.Error)):
        db.rows(sql.format(root=workspace.root))
    assert sorted(workspace.root.iterdir()) == before


def test_memory_and_threads_are_bounded(db):
    assert db.rows("SELECT current_setting('memory_limit')") == [("953.6 MiB",)]
    assert db.rows("SELECT current_setting('threads')")[0][0] <= 4


def test_a_transaction_keeps_all_or_nothing(db):
    with pytest.raises(ZeroDivisionError), db.transaction() as cursor:
        cursor.execute("INSERT INTO scanned VALUES ('run', 'x', '', '', '')")
        raise ZeroDivisionError
    assert db.rows("SELECT * FROM scanned") == []
    with db.transaction() as cursor:
        cursor.execute("INSERT INTO scanned VALUES ('run', 'y', '', '', '')")
    assert db.rows("SELECT id FROM scanned") == [("y",)]


def test_threads_read_and_write_at_once(db):
    failures = []

    def work(name: int) -> None:
        try:
            for i in range(20):
                db.execute("INSERT INTO scanned VALUES ('run', $id, '', '', '')", {"id": f"{name}-{i}"})
                assert db.rows("SELECT count(*) FROM scanned")[0][0] > i
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(name,)) for name in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    assert db.rows("SELECT count(*) FROM scanned") == [(80,)]


def test_closing_frees_the_file_although_other_threads_have_cursors(workspace):
    db = open_database(workspace)
    thread = threading.Thread(target=lambda: db.rows("SELECT 1"))
    thread.start()
    thread.join()
    db.close()
    done = subprocess.run([sys.executable, "-c", HOLD + "db.close()", str(workspace.root)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_one_process_may_open_it_twice(workspace):
    """As after a hot reload, when the old object is still about."""
    one, two = open_database(workspace), open_database(workspace)
    one.execute("INSERT INTO scanned VALUES ('run', 'x', '', '', '')")
    one.close()
    assert two.rows("SELECT id FROM scanned") == [("x",)]
    two.close()
